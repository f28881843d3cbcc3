/* same: what was sent and what arrived are compared field by field; the first that differs is named. Neighbours: the
 * test_*report.c that include it. */
#ifndef TESTS_UNIT_SAME_H
#define TESTS_UNIT_SAME_H
#include "sample.h"
#include "schema/report.h"

static inline void same_text(const char *what, struct slice a, struct slice b)
{
	if (!slice_eq(a, b))
		fail_msg("%s: \"%.*s\" became \"%.*s\"", what, (int)a.len, a.ptr, (int)b.len, b.ptr);
}

static inline void same_notes(const char *what, const struct note *a, const struct note *b)
{
	for (; a != NULL && b != NULL; a = a->next, b = b->next)
		same_text(what, a->text, b->text);
	if (a != NULL || b != NULL)
		fail_msg("%s: another number of them", what);
}
#endif
