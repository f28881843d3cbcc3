/* print: see print.h. */
#include "web/print.h"

#include "schema/limits.h"

#include <stdio.h>

void print_init(struct print *p, enum print_format format, struct view *view)
{
	*p = (struct print){ .format = format, .view = view };
}

void print_release(struct print *p)
{
	arena_release(&p->row);
}

/* --- JSON --- */

static void json_members(struct json *j, const struct value *object);

static void json_value(struct json *j, const struct value *v)
{
	switch (v->kind) {
	case VALUE_NULL:
		json_null(j);
		break;
	case VALUE_TEXT:
	case VALUE_LINK:
		json_text(j, v->text);
		break;
	case VALUE_INT:
		json_int(j, v->n);
		break;
	case VALUE_SHARE:
		json_share(j, v->n, v->of);
		break;
	case VALUE_BOOL:
		json_bool(j, v->n != 0);
		break;
	case VALUE_OBJECT:
		json_begin_object(j);
		json_members(j, v);
		json_end(j);
		break;
	case VALUE_LIST:
		json_begin_list(j);
		for (const struct value *item = v->first; item != NULL; item = item->next)
			json_value(j, item);
		json_end(j);
		break;
	}
}

/* A share has its numerator and denominator beside it (UX 11). */
static void json_share_parts(struct json *j, const struct value *v)
{
	char key[128];

	snprintf(key, sizeof key, "%s_numerator", v->key);
	json_key_int(j, key, v->n);
	snprintf(key, sizeof key, "%s_denominator", v->key);
	json_key_int(j, key, v->of);
}

static void json_members(struct json *j, const struct value *object)
{
	for (const struct value *v = object->first; v != NULL; v = v->next) {
		json_key(j, v->key);
		json_value(j, v);
		if (v->kind == VALUE_SHARE)
			json_share_parts(j, v);
	}
}

static void json_head(struct print *p)
{
	json_begin_object(&p->json);
	json_members(&p->json, p->view->envelope);
	json_key(&p->json, "data");
	if (p->view->data != NULL)
		json_value(&p->json, p->view->data);
	else
		json_begin_list(&p->json);
}

static void json_tail(struct print *p)
{
	if (p->view->data == NULL)
		json_end(&p->json);
	json_key_text(&p->json, "next", p->view->next);
	json_end(&p->json);
	json_line(&p->json);
}

/* --- CSV --- */

static void print_cell(struct buf *out, const struct value *v);

static void cell_join(struct buf *out, const struct value *first, const char *between)
{
	size_t start = out->len, before;

	for (const struct value *v = first; v != NULL; v = v->next) {
		if (v->kind == VALUE_NULL)
			continue;
		before = out->len;
		if (before > start)
			buf_add_text(out, between);
		print_cell(out, v);
	}
}

static void print_cell(struct buf *out, const struct value *v)
{
	if (v == NULL || v->kind == VALUE_NULL)
		return;
	if (v->kind == VALUE_TEXT || v->kind == VALUE_LINK)
		buf_add_slice(out, v->text);
	else if (v->kind == VALUE_INT)
		buf_add_int(out, v->n);
	else if (v->kind == VALUE_BOOL)
		buf_add_text(out, v->n ? "yes" : "no");
	else if (v->kind == VALUE_SHARE)
		buf_addf(out, "%.6f", v->of != 0 ? (double)v->n / (double)v->of : 0.0);
	else
		cell_join(out, v->first, v->kind == VALUE_LIST ? "; " : " ");
}

struct slice print_cell_text(struct arena *a, const struct value *v)
{
	struct slice text;
	struct buf cell;

	buf_init(&cell, LIMIT_RESPONSE_BYTES);
	print_cell(&cell, v);
	text = (struct slice){ arena_copy(a, buf_slice(&cell).ptr, cell.len), cell.len };
	buf_release(&cell);
	return text;
}

static void csv_value(struct csv *c, const struct value *v)
{
	struct buf cell;

	if (v != NULL && v->kind == VALUE_INT) {
		csv_int(c, v->n);
	} else if (v != NULL && v->kind == VALUE_SHARE) {
		csv_share(c, v->n, v->of);
	} else {
		buf_init(&cell, LIMIT_RESPONSE_BYTES);
		print_cell(&cell, v);
		csv_text(c, buf_slice(&cell));
		buf_release(&cell);
	}
}

static void csv_head(struct print *p)
{
	const struct table *t = &p->view->table;

	for (size_t i = 0; i < t->columns; i++)
		csv_text(&p->csv, slice_of(t->column[i]->name));
	csv_end_line(&p->csv);
}

static void csv_row(struct print *p, const struct value *row)
{
	const struct table *t = &p->view->table;

	for (size_t i = 0; i < t->columns; i++)
		csv_value(&p->csv, column_value(row, t->column[i]));
	csv_end_line(&p->csv);
}

/* --- portions --- */

static void print_row(struct print *p, const struct value *row)
{
	if (p->format == PRINT_CSV) {
		csv_row(p, row);
		return;
	}
	json_value(&p->json, row);
	if (p->format == PRINT_NDJSON)
		json_line(&p->json);
}

static int print_rows(struct print *p, struct buf *out, size_t want, struct err *err)
{
	const struct table *t = &p->view->table;
	struct value *row;
	int r = 1;

	while (out->len < want && !out->full) {
		arena_clear(&p->row);
		r = t->next(t->ctx, &p->row, &row, err);
		if (r != 1)
			break;
		print_row(p, row);
	}
	if (out->full)
		return err_set(err, ERR_SYSTEM, "web: one row is over %d MB", LIMIT_RESPONSE_BYTES >> 20);
	return r;
}

static void print_head(struct print *p)
{
	if (p->format == PRINT_JSON)
		json_head(p);
	else if (p->format == PRINT_CSV)
		csv_head(p);
	p->step = p->format == PRINT_JSON && p->view->data != NULL ? PRINT_TAIL : PRINT_ROWS;
}

int print_more(struct print *p, struct buf *out, size_t want, struct err *err)
{
	int r;

	if (p->step == PRINT_HEAD) {
		json_init(&p->json, out);
		csv_init(&p->csv, out);
		print_head(p);
	}
	p->json.out = p->csv.out = out;
	if (p->step == PRINT_ROWS) {
		r = print_rows(p, out, want, err);
		if (r != 0)
			return r;
		p->step = PRINT_TAIL;
	}
	if (p->step == PRINT_TAIL && p->format == PRINT_JSON)
		json_tail(p);
	p->step = PRINT_DONE;
	return 0;
}
