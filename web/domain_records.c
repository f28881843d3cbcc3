/* domain_records: see domain_records.h. */
#include "web/domain_records.h"

#include <string.h>

enum { LOOKUPS_MOST = 10 }; /* RFC 7208 4.6.4 */

static const struct column finding_columns[] = {
	{ "severity", "How bad", LOOK_TAG, true },
	{ "name", "Record, and the piece", LOOK_TEXT, true },
	{ "piece", "Piece", LOOK_MONO, .beneath = true },
	{ "why", "Why", LOOK_TEXT },
	{ "fix", "What to do", LOOK_TEXT },
	{ "id", "Name of it", LOOK_TEXT, true, .off_page = true },
	{ "at", "At byte", LOOK_NUMBER, .off_page = true },
	{ "length", "Bytes", LOOK_NUMBER, .off_page = true },
};
static const struct column tag_columns[] = {
	{ "text", "Tag", LOOK_MONO, true },
	{ "says", "In plain words", LOOK_TEXT, true },
	{ "tag", "Its name", LOOK_TEXT, .off_page = true },
	{ "value", "Its value", LOOK_TEXT, .off_page = true },
	{ "valid", "Valid", LOOK_TEXT, .off_page = true },
};
static const struct column tree_columns[] = {
	{ "name", "Record at", LOOK_NAME, true },
	{ "term", "Because of", LOOK_MONO, true },
	{ "state", "Found", LOOK_TAG, true },
	{ "lookups", "Look-ups", LOOK_NUMBER, true },
	{ "record", "Record", LOOK_MONO },
	{ "depth", "Depth", LOOK_NUMBER, .off_page = true },
};
static const struct column key_columns[] = {
	{ "selector", "Selector", LOOK_NAME, true },
	{ "signer", "Of", LOOK_TEXT, true, .beneath = true },
	{ "state", "Key", LOOK_TAG, true },
	{ "type", "Type", LOOK_TEXT, .beneath = true },
	{ "bits", "Bits", LOOK_NUMBER, true },
	{ "passes", "Passes", LOOK_NUMBER, true },
	{ "fails", "Fails", LOOK_NUMBER, true },
	{ "last_used", "Last used", LOOK_DAY, true },
	{ "name", "Record at", LOOK_MONO, .off_page = true },
	{ "testing", "Testing", LOOK_TEXT, .off_page = true },
	{ "record", "Record", LOOK_MONO, .off_page = true },
};
#define SHEET(key, title, columns) { key, title, columns, sizeof columns / sizeof *columns, .overlaps = true }
const struct sheet domain_finding_sheet = SHEET("findings", "What is wrong with its records", finding_columns);
const struct sheet domain_tag_sheet = SHEET("dmarc.tags", "The DMARC record, tag by tag", tag_columns);
const struct sheet domain_tree_sheet = SHEET("spf.tree", "The SPF record and what it leads to", tree_columns);
const struct sheet domain_key_sheet = SHEET("dkim", "DKIM keys", key_columns);
#undef SHEET

void domain_records_add_sheets(struct view *out)
{
	view_add_sheet(out, &domain_finding_sheet);
	view_add_sheet(out, &domain_tag_sheet);
	view_add_sheet(out, &domain_tree_sheet);
	view_add_sheet(out, &domain_key_sheet);
}

const char *domain_records_lookups(struct arena *a, const struct spf_tree *tree)
{
	return arena_printf(a, "%s%zu of %d look-ups", tree->at_least ? "at least " : "", tree->lookups, LOOKUPS_MOST);
}

static const char *state_word(enum lint_state s)
{
	return s == LINT_KNOWN ? "known" : s == LINT_NOT_ASKED ? "not_looked_up" : "no_answer";
}

/* --- DMARC --- */

static void put_tags(struct arena *a, struct value *object, const struct dmarc_record *r)
{
	struct value *list = view_put_list(a, object, "tags");

	for (size_t i = 0; i < r->tags; i++) {
		struct value *tag = view_add_object(a, list);

		view_put_text(a, tag, "text", r->tag[i].text);
		view_put_text(a, tag, "tag", r->tag[i].name);
		view_put_text(a, tag, "value", r->tag[i].value);
		view_put_bool(a, tag, "valid", r->tag[i].good);
		view_put_text(a, tag, "says", slice_of(r->tag[i].says));
	}
}

static void put_policy(struct arena *a, struct value *object, const char *key, const struct dmarc_policy *p)
{
	static const char *const words[] = { "found", "none", "broken", "unknown" };
	struct value *policy = view_put_object(a, object, key);
	bool found = p->found == DMARC_FOUND;

	view_put_text(a, policy, "state", slice_of(words[p->found]));
	view_put_text(a, policy, "domain", found ? p->domain : (struct slice){ 0 });
	view_put_text(a, policy, "asked", slice_of(found ? policy_name(p->asked) : NULL));
	view_put_text(a, policy, "applied", slice_of(found ? policy_name(p->applied) : NULL));
	if (found)
		view_put_int(a, policy, "percent", p->share);
	else
		view_put_text(a, policy, "percent", (struct slice){ 0 });
	view_put_text(a, policy, "words", slice_of(dmarc_policy_words(a, p)));
}

static void put_dmarc(struct arena *a, struct value *object, const struct domain_records *d)
{
	struct value *dmarc = view_put_object(a, object, "dmarc");
	bool has = d->dmarc.text.ptr != NULL;

	view_put_text(a, dmarc, "state", slice_of(state_word(d->dmarc_answer.state)));
	view_put_text(a, dmarc, "name", has ? lint_below(a, SLICE("_dmarc"), d->dmarc_at) : (struct slice){ 0 });
	view_put_bool(a, dmarc, "inherited", has && !slice_eq(d->dmarc_at, d->domain));
	view_put_text(a, dmarc, "record", d->dmarc.text);
	put_tags(a, dmarc, &d->dmarc);
	put_policy(a, dmarc, "rfc7489", &d->old);
	put_policy(a, dmarc, "rfc9989", &d->new);
}

/* --- SPF --- */

static void put_tree(struct arena *a, struct value *object, const struct spf_tree *tree)
{
	struct value *list = view_put_list(a, object, "tree");

	for (size_t i = 0; i < tree->n; i++) {
		const struct spf_record *r = &tree->record[i];
		struct value *record = view_add_object(a, list);

		view_put_text(a, record, "name", r->name);
		view_put_int(a, record, "depth", (int64_t)r->depth);
		view_put_text(a, record, "term", i > 0 ? tree->record[r->parent].terms[r->term].text : (struct slice){ 0 });
		view_put_text(a, record, "state", slice_of(spf_found_words(r->found)));
		view_put_int(a, record, "lookups", (int64_t)r->lookups);
		view_put_text(a, record, "record", r->text);
	}
}

static void put_spf(struct arena *a, struct value *object, const struct domain_records *d)
{
	struct value *spf = view_put_object(a, object, "spf");
	bool found = d->spf.n > 0 && d->spf.record[0].found == SPF_FOUND;

	view_put_text(a, spf, "state", slice_of(state_word(d->spf_answer.state)));
	view_put_text(a, spf, "name", d->domain);
	view_put_text(a, spf, "record", found ? d->spf.record[0].text : (struct slice){ 0 });
	view_put_int(a, spf, "lookups", (int64_t)d->spf.lookups);
	view_put_int(a, spf, "void_lookups", (int64_t)d->spf.voids);
	view_put_bool(a, spf, "at_least", d->spf.at_least);
	put_tree(a, spf, &d->spf);
}

/* --- DKIM --- */

/* "s1._domainkey.univ.example": the part before, or behind, the middle. */
static struct slice key_half(struct slice name, bool behind)
{
	static const char middle[] = "._domainkey.";
	const char *at = memmem(name.ptr, name.len, middle, sizeof middle - 1);

	if (at == NULL)
		return (struct slice){ 0 };
	return behind ? (struct slice){ at + sizeof middle - 1, (size_t)(name.ptr + name.len - at) - (sizeof middle - 1) } :
			(struct slice){ name.ptr, (size_t)(at - name.ptr) };
}

static void put_keys(struct arena *a, struct value *object, const struct domain_records *d)
{
	struct value *list = view_put_list(a, object, "dkim");

	for (size_t i = 0; i < d->keys; i++) {
		const struct dkim_key *k = &d->key[i].key;
		struct value *key = view_add_object(a, list);

		view_put_text(a, key, "selector", key_half(d->key[i].name, false));
		view_put_text(a, key, "signer", key_half(d->key[i].name, true));
		view_put_text(a, key, "name", d->key[i].name);
		view_put_text(a, key, "state", slice_of(dkim_state_words(k->state)));
		view_put_text(a, key, "type", slice_of(k->bits == 0 ? NULL : k->type == DKIM_RSA ? "rsa" : "ed25519"));
		if (k->bits > 0)
			view_put_int(a, key, "bits", (int64_t)k->bits);
		else
			view_put_text(a, key, "bits", (struct slice){ 0 });
		view_put_bool(a, key, "testing", k->testing);
		view_put_text(a, key, "record", k->text);
	}
}

/* --- findings --- */

static void put_findings(struct arena *a, struct value *object, const struct lint *l)
{
	struct value *list = view_put_list(a, object, "findings");

	for (int severity = LINT_ERROR; severity >= LINT_NOTE; severity--)
		for (size_t i = 0; i < l->n; i++) {
			const struct lint_finding *f = &l->item[i];
			struct value *finding;

			if ((int)f->severity != severity)
				continue;
			finding = view_add_object(a, list);
			view_put_text(a, finding, "severity", slice_of(lint_severity_name(f->severity)));
			view_put_text(a, finding, "id", slice_of(f->id));
			view_put_text(a, finding, "name", f->name);
			view_put_text(a, finding, "piece", f->len > 0 ? (struct slice){ f->record.ptr + f->at, f->len } : (struct slice){ 0 });
			view_put_int(a, finding, "at", (int64_t)f->at);
			view_put_int(a, finding, "length", (int64_t)f->len);
			view_put_text(a, finding, "why", slice_of(f->why));
			view_put_text(a, finding, "fix", slice_of(f->fix));
			view_put_text(a, finding, "record", f->record.len > 0 ? f->record : (struct slice){ 0 });
		}
}

void domain_records_put(struct arena *a, struct value *object, const struct domain_records *d)
{
	put_dmarc(a, object, d);
	put_spf(a, object, d);
	put_keys(a, object, d);
	put_findings(a, object, &d->lint);
	view_put_int(a, object, "errors", (int64_t)d->lint.count[LINT_ERROR]);
	view_put_int(a, object, "warnings", (int64_t)d->lint.count[LINT_WARNING]);
	view_put_int(a, object, "notes", (int64_t)d->lint.count[LINT_NOTE]);
}
