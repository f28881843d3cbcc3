/* lint_domain: see lint_domain.h. */
#include "schema/lint_domain.h"

static void take_dmarc(struct arena *a, const struct lint_dns *dns, const struct suffixes *list, struct domain_records *d)
{
	const struct dmarc_policy *p = &d->old;

	d->dmarc_answer = lint_ask(dns, a, lint_below(a, SLICE("_dmarc"), d->domain));
	d->old = dmarc_policy_7489(a, dns, list, d->domain);
	d->new = dmarc_policy_9989(a, dns, d->domain);
	d->dmarc_at = d->domain;
	if (d->dmarc_answer.state == LINT_KNOWN) {
		dmarc_records_read(a, d->dmarc_answer.lines, &d->dmarc);
		dmarc_lint(&d->lint, dns, list, d->domain, d->dmarc_answer.lines);
	}
	if (p->record.text.ptr == NULL)
		p = &d->new;
	if (d->dmarc.text.ptr == NULL && p->record.text.ptr != NULL) {
		d->dmarc = p->record;
		d->dmarc_at = p->domain;
		dmarc_lint(&d->lint, dns, list, p->domain, p->record.text);
	}
	dmarc_lint_policies(&d->lint, d->domain, &d->old, &d->new);
}

static void take_spf(struct arena *a, const struct lint_dns *dns, const struct suffixes *list, struct domain_records *d)
{
	bool below = !slice_eq(domain_organisational(list, d->domain), d->domain);

	d->spf_answer = lint_ask(dns, a, d->domain);
	if (d->spf_answer.state == LINT_KNOWN) {
		spf_follow(a, dns, d->domain, d->spf_answer.lines, &d->spf);
		spf_lint(&d->lint, &d->spf, d->spf_answer.lines, below);
		return;
	}
	lint_about(&d->lint, d->domain, SLICE(""));
	lint_add(&d->lint, d->spf_answer.state == LINT_NOT_ASKED ? LINT_NOTE : LINT_WARNING, "spf-unknown", (struct slice){ 0 }, "Look again later.",
		 "Whether there is an SPF record is not known: %.*s.", (int)d->spf_answer.trouble.len,
		 d->spf_answer.trouble.ptr != NULL ? d->spf_answer.trouble.ptr : "");
}

static void take_keys(struct arena *a, const struct lint_dns *dns, const struct slice *keys, size_t n, struct domain_records *d)
{
	d->key = arena_array(a, n, sizeof *d->key);
	for (size_t i = 0; i < n; i++) {
		struct lint_answer answer = lint_ask(dns, a, keys[i]);

		d->key[d->keys++] = (struct domain_key){ keys[i], dkim_read(a, &answer) };
		dkim_lint(&d->lint, keys[i], &answer);
	}
}

void lint_domain(struct arena *a, const struct lint_dns *dns, const struct suffixes *list, struct slice domain, const struct slice *keys,
		 size_t n, struct domain_records *out)
{
	struct domain_records d = { .domain = domain, .lint = { .a = a } };

	take_dmarc(a, dns, list, &d);
	take_spf(a, dns, list, &d);
	take_keys(a, dns, keys, n, &d);
	*out = d;
}

/* --- in short --- */

void lint_domain_brief(struct arena *scratch, const struct lint_dns *dns, const struct suffixes *list, struct slice domain,
		       struct domain_brief *out)
{
	struct lint_answer dmarc = lint_ask(dns, scratch, lint_below(scratch, SLICE("_dmarc"), domain)), spf = lint_ask(dns, scratch, domain);
	struct domain_brief b = { .is_known = dmarc.state == LINT_KNOWN && spf.state == LINT_KNOWN };
	struct lint lint = { .a = scratch };
	struct dmarc_record record;
	struct spf_tree tree;

	b.policy = dmarc_policy_7489(scratch, dns, list, domain);
	b.policy.record = (struct dmarc_record){ .seen = b.policy.record.seen };
	b.has_dmarc = dmarc.state == LINT_KNOWN && dmarc_records_read(scratch, dmarc.lines, &record) > 0;
	if (dmarc.state == LINT_KNOWN && dmarc.lines.len > 0)
		dmarc_lint(&lint, dns, list, domain, dmarc.lines);
	if (spf.state == LINT_KNOWN && spf.lines.len > 0) {
		spf_follow(scratch, dns, domain, spf.lines, &tree);
		b.has_spf = tree.record[0].found != SPF_NONE;
		spf_lint(&lint, &tree, spf.lines, true);
	}
	b.errors = lint.count[LINT_ERROR];
	b.warnings = lint.count[LINT_WARNING];
	*out = b;
}
