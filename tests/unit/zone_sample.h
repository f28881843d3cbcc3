/* zone_sample: what DNS says, as a table of a test's own, and findings as one text. Neighbours: the tests of lint.h's family. */
#ifndef TESTS_UNIT_ZONE_SAMPLE_H
#define TESTS_UNIT_ZONE_SAMPLE_H
#include "sample.h"
#include "schema/lint.h"

struct zone_line {
	const char *name, *text; /* text NULL: no answer; a name that is in no line was answered with nothing */
};
struct zone {
	const struct zone_line *line; /* ends with a NULL name */
	const char *not_asked;        /* a name that nobody looked up yet */
	int asked;
};

static inline void zone_text(void *ctx, struct arena *a, struct slice name, struct lint_answer *out)
{
	struct zone *z = ctx;

	(void)a;
	z->asked++;
	*out = (struct lint_answer){ .state = LINT_KNOWN, .lines = SLICE("") };
	for (const struct zone_line *l = z->line; l != NULL && l->name != NULL; l++)
		if (slice_is(name, l->name)) {
			out->state = l->text != NULL ? LINT_KNOWN : LINT_NO_ANSWER;
			out->lines = l->text != NULL ? slice_of(l->text) : SLICE("");
			out->trouble = SLICE("no server answered in time");
		}
	if (z->not_asked != NULL && slice_is(name, z->not_asked))
		*out = (struct lint_answer){ .state = LINT_NOT_ASKED };
}

/* "error dmarc-several, note dmarc-pct-removed [pct=0]": each finding with its piece. */
static inline const char *zone_findings(struct lint *l)
{
	const char *all = "";

	for (size_t i = 0; i < l->n; i++) {
		const struct lint_finding *f = &l->item[i];

		assert_true(f->at + f->len <= f->record.len);
		assert_true(strlen(f->why) > 0 && strlen(f->fix) > 0);
		all = arena_printf(l->a, "%s%s%s %s", all, i > 0 ? ", " : "", lint_severity_name(f->severity), f->id);
		if (f->len > 0)
			all = arena_printf(l->a, "%s [%.*s]", all, (int)f->len, f->record.ptr + f->at);
	}
	return all;
}
#endif
