/* page_sample: a site over a database of store_sample.h, and what it answers: for the tests of pages. */
#ifndef TESTS_PAGE_SAMPLE_H
#define TESTS_PAGE_SAMPLE_H
#include "store_sample.h"

#include "web/route.h"

/* The whole answer to a GET as text, of the arena; `status` may be NULL. */
static inline const char *page_get(struct bench *b, const char *target, int *status)
{
	const struct web_config config = { .database = b->db, .suffixes = b->list };
	const struct request request = { .target = slice_of(target), .method = METHOD_GET };
	struct answer *answer = arena_alloc(&b->arena, sizeof *answer);
	const char *text;
	struct site *site = arena_alloc(&b->arena, sizeof *site);
	struct buf more;
	int r = 1;

	*answer = (struct answer){ 0 };
	site_init(site, &config);
	route_answer(site, &request, answer);
	text = arena_printf(&b->arena, "%.*s", (int)answer->body.len, answer->body.data);
	buf_init(&more, 1 << 26);
	while (answer->more && r == 1) {
		buf_clear(&more);
		r = route_more(answer, &more, &b->err);
		assert_true(r >= 0);
		text = arena_printf(&b->arena, "%s%.*s", text, (int)more.len, more.data);
	}
	if (status != NULL)
		*status = answer->status;
	else if (answer->status != 200)
		fail_msg("%s: %d: %s", target, answer->status, text);
	buf_release(&more);
	answer_release(answer);
	site_release(site);
	return text;
}

static inline int page_count(const char *text, const char *what)
{
	int n = 0;

	for (; (text = strstr(text, what)) != NULL; text += strlen(what))
		n++;
	return n;
}

static inline void assert_says(const char *text, const char *what)
{
	if (strstr(text, what) == NULL)
		fail_msg("no \"%s\" in: %s", what, text);
}
#endif
