/* uid_set: see uid_set.h. */
#include "daemon/uid_set.h"

#include "schema/limits.h"

#include <stdlib.h>

void uid_set_release(struct uid_set *s)
{
	free(s->range);
	*s = (struct uid_set){ 0 };
}

static int grow(struct uid_set *s)
{
	size_t room = s->room > 0 ? s->room * 2 : 64;
	struct uid_range *range;

	if ((range = realloc(s->range, room * sizeof *range)) == NULL)
		return -1;
	s->range = range;
	s->room = room;
	return 0;
}

int uid_set_add(struct uid_set *s, uint32_t a, uint32_t b)
{
	struct uid_range new = { a < b ? a : b, a < b ? b : a };

	if (s->n > s->taken && s->range[s->n - 1].last < UINT32_MAX && s->range[s->n - 1].last + 1 == new.first) {
		s->range[s->n - 1].last = new.last;
		return 0;
	}
	if (s->n == LIMIT_IMAP_RANGES || (s->n == s->room && grow(s) != 0))
		return -1;
	s->range[s->n++] = new;
	return 0;
}

static int by_first(const void *a, const void *b)
{
	const struct uid_range *x = a, *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

void uid_set_sort(struct uid_set *s, uint32_t least)
{
	size_t kept = 0;

	if (s->n > s->taken)
		qsort(s->range + s->taken, s->n - s->taken, sizeof *s->range, by_first);
	for (size_t i = s->taken; i < s->n; i++) {
		struct uid_range r = s->range[i], *before = kept > 0 ? &s->range[kept - 1] : NULL;

		if (r.last < least)
			continue;
		if (r.first < least)
			r.first = least;
		if (before != NULL && (before->last == UINT32_MAX || r.first <= before->last + 1))
			before->last = r.last > before->last ? r.last : before->last;
		else
			s->range[kept++] = r;
	}
	s->n = kept;
	s->taken = 0;
}

uint64_t uid_set_count(const struct uid_set *s)
{
	uint64_t count = 0;

	for (size_t i = s->taken; i < s->n; i++)
		count += (uint64_t)s->range[i].last - s->range[i].first + 1;
	return count;
}

size_t uid_set_take(struct uid_set *s, uint32_t *to, size_t n)
{
	size_t got = 0;

	while (got < n && s->taken < s->n) {
		struct uid_range *r = &s->range[s->taken];

		to[got++] = r->first;
		if (r->first == r->last)
			s->taken++;
		else
			r->first++;
	}
	return got;
}

static bool read_uid(struct slice *text, uint32_t *out)
{
	uint64_t n = 0;
	size_t i = 0;

	for (; i < text->len && text->ptr[i] >= '0' && text->ptr[i] <= '9' && n <= UINT32_MAX; i++)
		n = n * 10 + (uint64_t)(text->ptr[i] - '0');
	*text = (struct slice){ text->ptr + i, text->len - i };
	*out = (uint32_t)n;
	return i > 0 && n > 0 && n <= UINT32_MAX;
}

static bool skip(struct slice *text, char c)
{
	if (text->len == 0 || text->ptr[0] != c)
		return false;
	*text = (struct slice){ text->ptr + 1, text->len - 1 };
	return true;
}

bool uid_set_read(struct uid_set *s, struct slice text)
{
	do {
		uint32_t a, b;

		if (!read_uid(&text, &a))
			return false;
		b = a;
		if (skip(&text, ':') && !read_uid(&text, &b))
			return false;
		if (uid_set_add(s, a, b) != 0)
			return false;
	} while (skip(&text, ','));
	return text.len == 0;
}

void uid_set_print(struct buf *out, const uint32_t *uid, size_t n)
{
	for (size_t i = 0, end; i < n; i = end) {
		for (end = i + 1; end < n && uid[end] == uid[end - 1] + 1; end++)
			;
		if (i > 0)
			buf_add_char(out, ',');
		buf_add_int(out, uid[i]);
		if (end > i + 1) {
			buf_add_char(out, ':');
			buf_add_int(out, uid[end - 1]);
		}
	}
}
