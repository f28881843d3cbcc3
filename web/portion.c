/* portion: see portion.h. */
#include "web/portion.h"

#include "base/text.h"

void portions_init(struct portions *s, struct page *p, struct view *out, const struct portion_kind *kind, void *rows)
{
	int64_t usual = page_exports(p) ? INT64_MAX : p->for_api ? kind->to_programs : kind->on_screen;

	*s = (struct portions){ .p = p, .view = out, .kind = kind, .rows = rows, .after = param_one(&p->params, PARAM_AFTER),
				.left = param_number(&p->params, PARAM_LIMIT, usual) };
}

static int read_portion(struct page *p, struct reader *r, void *portions, struct err *err)
{
	struct portions *s = portions;

	arena_clear(&p->portion);
	if (s->kind->read(s, r, s->left < (int64_t)s->kind->rows ? (size_t)s->left : s->kind->rows, err) != 0)
		return -1;
	s->after = text_copy(p->a, s->after);
	s->at = 0;
	s->started = true;
	return 0;
}

static bool wants_portion(const struct portions *s)
{
	return !s->started || (s->at == s->n && s->after.ptr != NULL && (!s->kind->once || page_exports(s->p)));
}

int portions_next(void *portions, struct arena *a, struct value **row, struct err *err)
{
	struct portions *s = portions;

	while (s->left > 0 && wants_portion(s))
		if (page_ask(s->p, read_portion, s, err) != 0)
			return -1;
	if (s->left == 0 || s->at == s->n) {
		s->view->next = portions_href(s, s->p->api);
		s->left = 0;
		return 0;
	}
	*row = s->kind->make(s, a, s->at++);
	s->left--;
	return 1;
}

int portions_list(struct portions *s, struct value *list, struct err *err)
{
	struct value *row;
	int r;

	while ((r = portions_next(s, s->p->a, &row, err)) == 1)
		view_add(list, row);
	return r;
}

struct slice portions_href(const struct portions *s, const char *path)
{
	struct params params = param_with(s->p->a, &s->p->params, PARAM_AFTER, s->after);

	return s->after.ptr != NULL ? param_link(s->p->a, path, &params) : (struct slice){ 0 };
}
