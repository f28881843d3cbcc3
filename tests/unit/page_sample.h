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
/* Of a page as HTML: every number that links to rows leads to as many messages. Returns how many there are. */
static inline int assert_numbers_lead_to_rows(struct bench *b, const char *target)
{
	static const char link[] = "href=\"/records?", number[] = " data-n=\"";
	const char *at = page_get(b, target, NULL);
	int n = 0;

	for (; (at = strstr(at, link)) != NULL; at += strlen(link)) {
		const char *query = at + strlen(link), *end = query + strcspn(query, "\"");
		struct buf address;

		if (strncmp(end + 1, number, strlen(number)) != 0)
			continue;
		buf_init(&address, 1 << 20);
		buf_add_text(&address, "/api/v1/records?");
		for (const char *c = query; c < end; c += strncmp(c, "&amp;", 5) == 0 ? 5 : 1)
			buf_add_char(&address, *c);
		buf_add_text(&address, "&limit=1");
		buf_add_char(&address, '\0');
		assert_says(page_get(b, address.data, NULL),
			    arena_printf(&b->arena, "\"total\":{\"messages\":%d,", atoi(end + 1 + strlen(number))));
		buf_release(&address);
		n++;
	}
	return n;
}
#endif
