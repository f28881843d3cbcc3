/* act_source: the XML of a report, line by line, with the lines of one row marked (UX 7.7). Whoever may see only some domains gets
 * an extract, which is written anew (report_xml.h); so does everybody where the bytes are no longer kept.
 * Neighbours: act_document.c has the bytes themselves; xml_lines.h. */
#include "web/act.h"

#include "base/text.h"
#include "schema/limits.h"
#include "web/report_xml.h"
#include "web/row.h"
#include "web/xml_lines.h"

#include <time.h>

enum { SHOWN_LINES = 400, LINES_BEFORE = 8, LAST_LINE = INT32_MAX };

struct source {
	struct view view;
	struct page page;
	struct buf made; /* an extract */
	struct slice text;
	int64_t from;        /* the first line shown */
	int64_t first, last; /* lines that are marked; 0: none */
	const char *note;
};

static void page_init(struct act *act, struct page *p)
{
	*p = (struct page){ .a = act->a, .readers = act->site->readers, .now = time(NULL), .visitor = &act->out->visitor, .html = true };
	p->params.scope = p->filter.scope = act->out->visitor.scope;
}

/* 1, or 0 where it was answered already. */
static int make_extract(struct act *act, struct page *p, struct buf *out)
{
	struct err err = { 0 };
	int rc = report_xml(p, act->id, out, &err);

	if (rc == 0)
		route_fail(act, 404, "not-found", "Nothing here", "No page has this address.");
	else if (rc < 0)
		act_no_word(act);
	return rc == 1;
}

void act_report_extract(struct act *act)
{
	struct page p;

	page_init(act, &p);
	if (!make_extract(act, &p, &act->out->body))
		return;
	act->out->status = 200;
	act->out->type = "text/plain; charset=utf-8";
}

/* --- which lines --- */

/* "12-40", or "12". */
static bool read_lines(struct slice text, int64_t *first, int64_t *last)
{
	const char *dash = text.len > 0 ? memchr(text.ptr, '-', text.len) : NULL;
	size_t n = dash != NULL ? (size_t)(dash - text.ptr) : text.len;

	if (n == 0 || !text_int((struct slice){ text.ptr, n }, first))
		return false;
	*last = *first;
	return (dash == NULL || text_int((struct slice){ dash + 1, text.len - n - 1 }, last)) && *first >= 1 && *last >= *first && *last <= LAST_LINE;
}

/* The lines of the first record that the row was read from. */
static void find_row(struct act *act, struct source *s, const struct record *r)
{
	struct arena scratch = { 0 };
	struct xml_record x;
	int64_t line = 1;
	size_t at = 0;

	while (s->first == 0 && xml_next_record(s->text, &at, &line, &x)) {
		if (xml_is_row(&scratch, &x, r)) {
			s->first = x.first;
			s->last = x.last;
		}
		arena_clear(&scratch);
	}
	arena_release(&scratch);
}

/* What `row=` and `lines=` mark. A row that this report has not is no error: nothing is marked. */
static void find_marked(struct act *act, struct source *s)
{
	int64_t report, address, profile;
	struct slice row = act_param(act, "row");
	struct reader *reader;
	struct record record;
	struct err err = { 0 };
	int rc = 0;

	if (read_lines(act_param(act, "lines"), &s->first, &s->last) || !row_id_parse(row, &report, &address, &profile) || report != act->id)
		return;
	if (readers_take(act->site->readers, &reader, &err) != 0)
		return;
	rc = query_record(reader, act->a, &s->page.filter, report, address, profile, &record, &err);
	readers_give(act->site->readers, reader, rc >= 0);
	if (rc == 1)
		find_row(act, s, &record);
}

/* --- the page --- */

static void put_line(struct act *act, const struct source *s, struct value *lines, const struct xml_line *line, int64_t number)
{
	struct value *v = view_add_object(act->a, lines);

	if (line->number > 0)
		view_put_link(act->a, v, "number", slice_of(arena_printf(act->a, "%lld", (long long)number)));
	view_put_bool(act->a, v, "marked", number >= s->first && number <= s->last);
	view_put_link(act->a, v, "text", line->text);
}

/* At most SHOWN_LINES pieces from line `from` on. Returns the number of the first line that is not shown; 0 where there is none. */
static int64_t put_lines(struct act *act, const struct source *s)
{
	struct value *lines = view_put_list(act->a, s->view.page, "lines");
	struct slice rest = s->text;
	struct xml_line line;
	bool goes_on = false;
	int64_t number = 0;
	int n = 0;

	while (xml_next_line(&rest, &number, &goes_on, &line)) {
		if (number < s->from)
			continue;
		if (n >= SHOWN_LINES && line.number > 0)
			return number;
		if (n++ < 4 * SHOWN_LINES) /* of a document on one line, so much and no more */
			put_line(act, s, lines, &line, number);
	}
	return 0;
}

static void put_page_link(struct act *act, struct source *s, const char *key, int64_t from)
{
	const char *mark = s->first > 0 ? arena_printf(act->a, "&lines=%lld-%lld", (long long)s->first, (long long)s->last) : "";

	if (from > 0)
		view_put_link(act->a, s->view.page, key, slice_of(arena_printf(act->a, "/reports/%lld/raw?from=%lld%s", (long long)act->id, (long long)from, mark)));
}

static void answer(struct act *act, struct source *s)
{
	struct slice from = act_param(act, "from");
	int64_t next;

	find_marked(act, s);
	if (!text_int(from, &s->from) || s->from < 1 || s->from > LAST_LINE)
		s->from = s->first > LINES_BEFORE ? s->first - LINES_BEFORE : 1;
	act_page(act, &s->view, "source", arena_printf(act->a, "Report %lld, line by line", (long long)act->id));
	view_put_link(act->a, s->view.page, "number_of_report", slice_of(arena_printf(act->a, "%lld", (long long)act->id)));
	view_put_link(act->a, s->view.page, "note", slice_of(s->note));
	view_put_bool(act->a, s->view.page, "has_file", s->made.len == 0);
	next = put_lines(act, s);
	put_page_link(act, s, "before", s->from > SHOWN_LINES ? s->from - SHOWN_LINES : s->from > 1 ? 1 : 0);
	put_page_link(act, s, "behind", next);
	route_print(act->site, act->request, act->out, 200, &s->view);
}

static void answer_extract(struct act *act, struct source *s, const char *note)
{
	buf_init(&s->made, LIMIT_RESPONSE_BYTES);
	s->note = note;
	if (make_extract(act, &s->page, &s->made)) {
		s->text = buf_slice(&s->made);
		answer(act, s);
	}
	buf_release(&s->made);
}

void act_report_lines(struct act *act)
{
	const struct wanted wanted = { WANTED_REPORT, act->id };
	struct source *s = act->state;
	struct document d;

	if (act->step == 0) {
		act->state = s = arena_alloc(act->a, sizeof *s);
		page_init(act, &s->page);
		if (act->out->visitor.scope.n > 0)
			answer_extract(act, s, "An extract: only the records of the domains that you may see, written anew from what is stored.");
		else
			wanted_encode(act_ask(act, ASK_DOCUMENT), &wanted);
		return;
	}
	if (act->reply.ptr != NULL && document_decode(act->reply, &d) && d.state == DOCUMENT_HERE) {
		s->text = d.bytes;
		answer(act, s);
		return;
	}
	answer_extract(act, s, "The document that was sent is not at hand: this is written anew from what is stored.");
}
