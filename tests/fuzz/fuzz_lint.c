/* fuzz_lint: the records of one domain, and what other names say: all of it is from outside. The input is cut at bytes of 1 into
 * answers: those of the names that are asked for first, and
 * of others, which get the one that their length says. Checks: every piece lies within its record, texts are UTF-8, counts agree,
 * and nothing is without end. */
#include "tests/fuzz/fuzz.h"

#include "base/text.h"
#include "schema/lint_domain.h"

#include <assert.h>
#include <stdlib.h>

enum { ANSWERS = 8 };

struct answers {
	struct slice text[ANSWERS];
	size_t n;
};

static struct suffixes *list;

static void give(void *ctx, struct arena *a, struct slice name, struct lint_answer *out)
{
	static const char *const first[] = { "_dmarc.chem.univ.example", "_dmarc.univ.example", "chem.univ.example", "s1._domainkey.univ.example" };
	const struct answers *given = ctx;
	size_t at = 0;

	while (at < sizeof first / sizeof *first && !slice_is(name, first[at]))
		at++;
	if (at == sizeof first / sizeof *first)
		at = name.len % (ANSWERS + 1);
	if (at < given->n)
		out->lines = given->text[at];
	else
		*out = (struct lint_answer){ .state = name.len % 2 ? LINT_NOT_ASKED : LINT_NO_ANSWER, .trouble = SLICE("no server gave an answer") };
}

static void check_findings(const struct lint *l)
{
	assert(l->n <= LIMIT_LINT_FINDINGS);
	assert(l->n + l->left_out == l->count[LINT_NOTE] + l->count[LINT_WARNING] + l->count[LINT_ERROR]);
	for (size_t i = 0; i < l->n; i++) {
		const struct lint_finding *f = &l->item[i];

		assert(f->at <= f->record.len && f->len <= f->record.len - f->at);
		assert(text_utf8_valid(slice_of(f->why)) && f->fix[0] != '\0');
	}
}

static void check_tree(const struct spf_tree *tree)
{
	assert(tree->n <= LIMIT_SPF_RECORDS);
	for (size_t i = 1; i < tree->n; i++) {
		const struct spf_record *r = &tree->record[i];

		assert(r->parent < i && r->depth == tree->record[r->parent].depth + 1 && r->depth <= LIMIT_SPF_DEPTH + 1);
		assert(domain_is_name(r->name) && r->term < tree->record[r->parent].n);
	}
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	return suffixes_open(NULL, &list, NULL) == 0 ? 0 : (abort(), 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct slice keys[] = { SLICE("s1._domainkey.univ.example"), SLICE("s20._domainkey.univ.example") };
	struct slice rest = fuzz_slice(data, size), piece;
	struct arena a = { 0 };
	struct answers given = { 0 };
	const struct lint_dns dns = { give, &given };
	struct domain_records d;

	while (given.n < ANSWERS && lint_piece(&rest, 1, &piece))
		given.text[given.n++] = text_utf8_clean(&a, piece);
	lint_domain(&a, &dns, list, SLICE("chem.univ.example"), keys, 2, &d);
	check_findings(&d.lint);
	check_tree(&d.spf);
	for (size_t i = 0; i < d.dmarc.tags; i++)
		assert(d.dmarc.tag[i].says != NULL);
	arena_release(&a);
	return 0;
}
