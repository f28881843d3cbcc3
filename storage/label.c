/* label: see label.h. */
#include "storage/label.h"

#include "base/text.h"
#include "schema/domain.h"

#include <nettle/sha2.h>

static bool is_under_any(struct slice name, const struct slice *trees, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (domain_is_under(name, trees[i]))
			return true;
	return false;
}

static bool rule_names_address(const struct source_rule *rule, const unsigned char *addr, struct address_known known)
{
	for (size_t i = 0; i < rule->network_count; i++)
		if (network_holds(&rule->networks[i], addr))
			return true;
	for (size_t i = 0; known.asn != 0 && i < rule->asn_count; i++)
		if (rule->asns[i] == known.asn)
			return true;
	return known.name.len > 0 && is_under_any(known.name, rule->rdns, rule->rdns_count);
}

int64_t label_address(const struct source_rules *rules, const unsigned char *addr, struct address_known known)
{
	for (size_t i = 0; i < rules->n; i++)
		if (rule_names_address(&rules->rule[i], addr, known))
			return (int64_t)i + 1;
	return 0;
}

/* What rules look at, in normal form: made once, for there are dozens of rules and may be 100 signatures. */
struct identity {
	struct slice from, envelope, *signers; /* d= of signatures that passed */
	bool proven; /* SPF passed for the envelope */
	size_t signer_count;
};

/* "lists" for lists.univ.example, but not for a registered domain such as lists.example. */
static bool has_label(struct slice host, const struct slice *labels, size_t n)
{
	const char *dot = host.len > 0 ? memchr(host.ptr, '.', host.len) : NULL;
	size_t first = dot != NULL ? (size_t)(dot - host.ptr) : 0;

	if (dot == NULL || memchr(dot + 1, '.', host.len - first - 1) == NULL)
		return false;
	for (size_t i = 0; i < n; i++)
		if (slice_eq((struct slice){ host.ptr, first }, labels[i]))
			return true;
	return false;
}

/* Anybody can write any name on an envelope: mail is called ours by it, or a list by the look of its host, where SPF proves it. */
static bool rule_names(const struct source_rule *rule, const struct identity *id)
{
	if (id->proven && has_label(id->envelope, rule->envelope_labels, rule->envelope_label_count))
		return true;
	if (rule->hint && is_under_any(id->from, rule->envelopes, rule->envelope_count))
		return false;
	if ((rule->kind != KIND_OURS || id->proven) && is_under_any(id->envelope, rule->envelopes, rule->envelope_count))
		return true;
	for (size_t i = 0; i < id->signer_count; i++)
		if (is_under_any(id->signers[i], rule->dkim_domains, rule->dkim_domain_count))
			return true;
	return false;
}

static struct identity identity_of(struct arena *scratch, const struct row *row)
{
	struct identity id = { domain_normal(scratch, row->header_from), domain_normal(scratch, row->envelope_from) };
	size_t passed = 0;

	for (const struct auth *spf = row->spf_auth; id.envelope.len == 0 && spf != NULL; spf = spf->next)
		id.envelope = domain_normal(scratch, spf->domain);
	for (const struct auth *spf = row->spf_auth; spf != NULL; spf = spf->next)
		id.proven = id.proven || (slice_is(spf->result, "pass") && !slice_is(spf->scope, "helo") &&
					  slice_eq(domain_normal(scratch, spf->domain), id.envelope));
	for (const struct auth *dkim = row->dkim_auth; dkim != NULL; dkim = dkim->next)
		passed += slice_is(dkim->result, "pass");
	id.signers = arena_array(scratch, passed + 1, sizeof *id.signers);
	for (const struct auth *dkim = row->dkim_auth; dkim != NULL; dkim = dkim->next)
		if (slice_is(dkim->result, "pass"))
			id.signers[id.signer_count++] = domain_normal(scratch, dkim->domain);
	return id;
}

int64_t label_profile(struct arena *scratch, const struct source_rules *rules, const struct row *row)
{
	struct identity id = identity_of(scratch, row);

	for (size_t i = 0; i < rules->n; i++)
		if (rule_names(&rules->rule[i], &id))
			return (int64_t)i + 1;
	return 0;
}

static int write_rules(struct db *db, const struct source_rules *rules, struct err *err)
{
	if (statement_run(db_statement(db, SQL_SOURCE_CLEAR), NULL, err) != 0)
		return -1;
	for (size_t i = 0; i < rules->n; i++) {
		struct statement *s = db_statement(db, SQL_SOURCE_ADD);

		bind_int(s, 1, (int64_t)i + 1);
		bind_text(s, 2, rules->rule[i].name);
		bind_int(s, 3, rules->rule[i].kind);
		bind_text(s, 4, rules->rule[i].owner);
		bind_int(s, 5, rules->rule[i].hint);
		bind_int(s, 6, rules->rule[i].software);
		if (statement_run(s, NULL, err) != 0)
			return -1;
	}
	return 0;
}

int label_next_address(struct statement *all, const struct source_rules *rules, int64_t *id, int64_t *source,
		       struct err *err)
{
	int rc = statement_step(all, err);

	if (rc == 1) {
		struct slice bytes = column_blob(all, 1);
		struct address_known known = { column_text(all, 2), column_int(all, 3) };

		*id = column_int(all, 0);
		*source = bytes.len == 16 ? label_address(rules, (const unsigned char *)bytes.ptr, known) : 0;
	}
	return rc;
}

static int label_addresses(struct db *db, const struct source_rules *rules, struct err *err)
{
	struct statement *all, *add;
	int64_t id, source;
	int rc;

	if (statement_run(db_statement(db, SQL_ADDRESS_SOURCE_CLEAR), NULL, err) != 0)
		return -1;
	all = db_statement(db, SQL_ADDRESSES_KNOWN);
	while ((rc = label_next_address(all, rules, &id, &source, err)) == 1) {
		if (source == 0)
			continue;
		add = db_statement(db, SQL_ADDRESS_SOURCE_ADD);
		bind_int(add, 1, id);
		bind_int(add, 2, source);
		if (statement_run(add, NULL, err) != 0) {
			statement_reset(all);
			return -1;
		}
	}
	return rc;
}

int label_read_auths(struct db *db, struct arena *a, int64_t profile, struct row *row, struct err *err)
{
	struct statement *s = db_statement(db, SQL_PROFILE_AUTH_OF);
	struct auth **dkim = &row->dkim_auth, **spf = &row->spf_auth;
	int rc;

	bind_int(s, 1, profile);
	while ((rc = statement_step(s, err)) == 1) {
		struct auth ***end = column_int(s, 0) == 0 ? &dkim : &spf;
		struct slice domain = column_text(s, 1), result = column_text(s, 2), scope = column_text(s, 3);

		**end = arena_alloc(a, sizeof ***end);
		(**end)->domain = text_lower(a, domain);
		(**end)->result = text_lower(a, result);
		(**end)->scope = text_lower(a, scope);
		*end = &(**end)->next;
	}
	return rc;
}

static int label_profiles(struct db *db, const struct source_rules *rules, struct err *err)
{
	struct statement *all = db_statement(db, SQL_PROFILES_ENVELOPE);
	struct arena scratch = { 0 };
	int rc;

	while ((rc = statement_step(all, err)) == 1) {
		int64_t profile = column_int(all, 0);
		struct row row = { .envelope_from = text_lower(&scratch, column_text(all, 1)),
				   .header_from = text_lower(&scratch, column_text(all, 2)) };
		struct statement *set;

		if ((rc = label_read_auths(db, &scratch, profile, &row, err)) != 0)
			break;
		set = db_statement(db, SQL_PROFILE_SOURCE_SET);
		bind_int(set, 1, profile);
		bind_int(set, 2, label_profile(&scratch, rules, &row));
		if ((rc = statement_run(set, NULL, err)) != 0)
			break;
		arena_clear(&scratch);
	}
	statement_reset(all);
	arena_release(&scratch);
	return rc;
}

int label_all(struct db *db, const struct source_rules *rules, struct err *err)
{
	return write_rules(db, rules, err) == 0 && label_addresses(db, rules, err) == 0 ?
		       label_profiles(db, rules, err) :
		       -1;
}

static void hash_slice(struct sha256_ctx *h, struct slice s)
{
	uint64_t n = s.ptr == NULL ? 0 : s.len + 1;

	sha256_update(h, sizeof n, (const uint8_t *)&n);
	sha256_update(h, s.len, (const uint8_t *)s.ptr);
}

static void hash_slices(struct sha256_ctx *h, const struct slice *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		hash_slice(h, s[i]);
}

static void hash_rule(struct sha256_ctx *h, const struct source_rule *r)
{
	const size_t sizes[] = { (size_t)r->kind, r->network_count, r->dkim_domain_count, r->envelope_count,
				 r->rdns_count, r->asn_count, r->envelope_label_count, r->hint,
				 (size_t)r->software };

	hash_slice(h, r->name);
	hash_slice(h, r->owner);
	sha256_update(h, sizeof sizes, (const uint8_t *)sizes);
	for (size_t k = 0; k < r->network_count; k++) {
		sha256_update(h, sizeof r->networks[k].addr, r->networks[k].addr);
		sha256_update(h, sizeof r->networks[k].bits, (const uint8_t *)&r->networks[k].bits);
	}
	hash_slices(h, r->dkim_domains, r->dkim_domain_count);
	hash_slices(h, r->envelopes, r->envelope_count);
	hash_slices(h, r->rdns, r->rdns_count);
	sha256_update(h, r->asn_count * sizeof *r->asns, (const uint8_t *)r->asns);
	hash_slices(h, r->envelope_labels, r->envelope_label_count);
}

struct slice label_fingerprint(struct arena *a, const struct source_rules *rules)
{
	struct sha256_ctx h;
	uint8_t digest[SHA256_DIGEST_SIZE];
	char *hex = arena_alloc(a, sizeof digest * 2 + 1);

	sha256_init(&h);
	for (size_t i = 0; i < rules->n; i++)
		hash_rule(&h, &rules->rule[i]);
	sha256_digest(&h, sizeof digest, digest);
	for (size_t i = 0; i < sizeof digest; i++) {
		hex[i * 2] = "0123456789abcdef"[digest[i] >> 4];
		hex[i * 2 + 1] = "0123456789abcdef"[digest[i] & 15];
	}
	return slice_of(hex);
}
