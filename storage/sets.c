/* sets: see sets.h. */
#include "storage/sets.h"

#include "base/text.h"
#include "storage/trait.h"

enum { LEAST_ID_PART = 4 /* characters of a report id that are looked for: fewer name thousands */ };

/* --- sets --- */

static struct id_set *set_new(struct arena *a, size_t ids, bool exclude)
{
	struct id_set *set = arena_alloc(a, sizeof *set);

	set->word_count = ids / 64 + 1;
	set->words = arena_array(a, set->word_count, sizeof *set->words);
	set->exclude = exclude;
	return set;
}

static void set_add(struct arena *a, struct id_set *set, uint64_t id)
{
	struct id_list *item;

	if (id / 64 >= set->word_count || (set->words[id / 64] >> (id % 64) & 1) != 0)
		return;
	set->words[id / 64] |= (uint64_t)1 << (id % 64);
	item = arena_alloc(a, sizeof *item);
	*item = (struct id_list){ (uint32_t)id, set->first };
	set->first = item;
	set->n++;
}

/* --- words --- */

static bool names_has(const struct names *n, struct slice word)
{
	for (size_t i = 0; i < n->n; i++)
		if (slice_eq(n->item[i], word))
			return true;
	return false;
}

bool names_keep(const struct names *n, struct slice word)
{
	return n->n == 0 || names_has(n, word) != n->exclude;
}

/* --- what a profile must be --- */

/* `pass`: some result passed; `fail`: none did; another word: some result was that. */
static bool results_keep(const struct names *n, const struct auth *results)
{
	bool passed = false, named = false;

	if (n->n == 0)
		return true;
	for (; results != NULL; results = results->next) {
		passed = passed || slice_is(results->result, "pass");
		named = named || (results->result.ptr != NULL && !slice_is(results->result, "pass") &&
				  !slice_is(results->result, "fail") && names_has(n, results->result));
	}
	named = named || (passed && names_has(n, SLICE("pass"))) || (!passed && names_has(n, SLICE("fail")));
	return named != n->exclude;
}

static bool domains_keep(struct arena *scratch, const struct names *n, const struct auth *dkim)
{
	bool named = false;

	for (; n->n > 0 && dkim != NULL; dkim = dkim->next)
		named = named || names_has(n, domain_normal(scratch, dkim->domain));
	return n->n == 0 || named != n->exclude;
}

static bool selectors_keep(const struct names *n, const struct auth *dkim)
{
	bool named = false;

	for (; n->n > 0 && dkim != NULL; dkim = dkim->next)
		named = named || (dkim->selector.ptr != NULL && names_has(n, dkim->selector));
	return n->n == 0 || named != n->exclude;
}

static bool signatures_keep(struct arena *scratch, const struct names *n, const struct auth *dkim)
{
	bool named = dkim == NULL && names_has(n, SLICE("none"));

	for (; n->n > 0 && dkim != NULL; dkim = dkim->next)
		named = named || names_has(n, trait_signature(scratch, dkim));
	return n->n == 0 || named != n->exclude;
}

static bool reasons_keep(const struct names *n, const struct reason *r)
{
	bool named = r == NULL && names_has(n, SLICE("none"));

	for (; n->n > 0 && r != NULL; r = r->next)
		named = named || names_has(n, trait_reason(r));
	return n->n == 0 || named != n->exclude;
}

static bool flags_keep(const struct names *n, unsigned flags)
{
	bool named = false;

	for (int bit = 0; bit < FLAGS; bit++)
		named = named || ((flags >> bit & 1) && names_has(n, slice_of(flag_name(bit))));
	return n->n == 0 || named != n->exclude;
}

static bool under_keeps(const struct names *n, struct slice name)
{
	bool named = false;

	for (size_t i = 0; i < n->n; i++)
		named = named || domain_is_under(name, n->item[i]);
	return n->n == 0 || named != n->exclude;
}

struct slice yes_no(bool yes)
{
	return yes ? SLICE("1") : SLICE("0");
}

/* Names are looked at once each, and not once a profile. */
static struct id_set *domains_kept(struct reader *r, struct arena *a, const struct filter *f)
{
	struct id_set *set;
	bool all = true; /* as under the one organisation there is: no filter */

	if (f->scope.n + f->under.n + f->domain.n == 0)
		return NULL;
	set = set_new(a, r->domain_count, false);
	for (size_t id = 1; id < r->domain_count; id++) {
		if (r->domains[id].ptr == NULL)
			continue;
		if (under_keeps(&f->scope, r->domains[id]) && under_keeps(&f->under, r->domains[id]) &&
		    names_keep(&f->domain, r->domains[id]))
			set_add(a, set, id);
		else
			all = false;
	}
	return all && f->scope.n == 0 ? NULL : set; /* whoever sees a part is never told what stands beside rows */
}

static bool profile_keeps(struct arena *scratch, const struct filter *f, const struct id_set *domains,
			  const struct profile_dim *p)
{
	return set_has(domains, (uint64_t)p->domain) &&
	       names_keep(&f->disp, slice_of(disposition_name(p->verdict.disposition))) && reasons_keep(&f->reason, p->reasons) &&
	       flags_keep(&f->flag, p->verdict.flags) && results_keep(&f->spf, p->spf_auth) &&
	       results_keep(&f->dkim, p->dkim_auth) && names_keep(&f->spf_aligned, yes_no(p->verdict.spf_pass)) &&
	       names_keep(&f->dkim_aligned, yes_no(p->verdict.dkim_pass)) &&
	       domains_keep(scratch, &f->dkim_domain, p->dkim_auth) && selectors_keep(&f->selector, p->dkim_auth) &&
	       signatures_keep(scratch, &f->signature, p->dkim_auth) && names_keep(&f->envelope, trait_envelope(p)) &&
	       names_keep(&f->arc, p->verdict.flags & FLAG_ARC_RESCUED ? SLICE("pass") : SLICE("none"));
}

static bool wants_profiles(const struct filter *f)
{
	return f->disp.n + f->reason.n + f->flag.n + f->spf.n + f->dkim.n + f->spf_aligned.n +
		       f->dkim_aligned.n + f->dkim_domain.n + f->selector.n + f->signature.n + f->envelope.n + f->arc.n >
	       0;
}

static struct id_set *profiles_kept(struct reader *r, struct arena *a, const struct filter *f, const struct id_set *domains)
{
	struct arena scratch = { 0 };
	struct id_set *set;

	if (domains == NULL && !wants_profiles(f))
		return NULL;
	set = set_new(a, r->profile_count, false);
	for (size_t id = 1; id < r->profile_count; id++)
		if (r->profiles[id] != NULL && profile_keeps(&scratch, f, domains, r->profiles[id]))
			set_add(a, set, id);
	arena_release(&scratch);
	return set;
}

struct id_set *sets_of_class(struct reader *r, struct arena *a, const struct id_set *profiles, unsigned classes)
{
	struct id_set *set = set_new(a, r->profile_count, false);

	for (size_t id = 1; id < r->profile_count; id++)
		if (r->profiles[id] != NULL && set_has(profiles, id) && (classes >> r->profiles[id]->verdict.trust & 1))
			set_add(a, set, id);
	return set;
}

/* --- the other dimensions --- */

static struct id_set *names_kept(struct arena *a, const struct names *n, const struct slice *names, size_t count)
{
	struct id_set *set;

	if (n->n == 0)
		return NULL;
	set = set_new(a, count, n->exclude);
	for (size_t id = 1; id < count; id++)
		if (names[id].ptr != NULL && names_has(n, names[id]))
			set_add(a, set, id);
	return set;
}

static struct id_set *policies_kept(struct reader *r, struct arena *a, const struct filter *f)
{
	struct id_set *set;

	if (f->pct.n + f->t.n == 0)
		return NULL;
	set = set_new(a, r->meaning.policy_count, false);
	for (size_t id = 1; id < r->meaning.policy_count; id++) {
		const struct policy_seen *p = &r->meaning.policies[id];
		struct slice pct = p->pct < 0 ? SLICE("none") : slice_of(arena_printf(a, "%d", p->pct));

		if (names_keep(&f->pct, pct) && names_keep(&f->t, p->testing ? SLICE("y") : SLICE("n")))
			set_add(a, set, id);
	}
	return set;
}

static struct id_set *sources_kept(struct reader *r, struct arena *a, const struct filter *f)
{
	struct id_set *set;

	if (f->source.n == 0)
		return NULL;
	set = set_new(a, r->source_count, f->source.exclude);
	if (names_has(&f->source, SLICE("none")))
		set_add(a, set, 0);
	for (size_t id = 1; id < r->source_count; id++)
		if (names_has(&f->source, r->sources[id].name))
			set_add(a, set, id);
	return set;
}

static void set_add_growing(struct arena *a, struct id_set **set, uint64_t id)
{
	struct id_set *more;

	if (id / 64 >= (*set)->word_count) { /* ids are dense: grow by doubling */
		more = set_new(a, id * 2, (*set)->exclude);
		memcpy(more->words, (*set)->words, (*set)->word_count * sizeof *more->words);
		more->first = (*set)->first;
		more->n = (*set)->n;
		*set = more;
	}
	set_add(a, *set, id);
}

/* What stands where an address should be, as it was written; `none` where nothing did. */
static int add_written(struct reader *r, struct arena *a, struct slice text, struct id_set **set, struct err *err)
{
	struct statement *s = db_statement(r->db, SQL_ADDRESS_FIND);
	int64_t id = 0;

	bind_blob(s, 1, "", 0);
	bind_text(s, 2, slice_is(text, "none") ? SLICE("") : text);
	if (statement_run(s, &id, err) != 0)
		return -1;
	if (id > 0)
		set_add_growing(a, set, (uint64_t)id);
	return 0;
}

/* Addresses between two, both included. */
static int add_between(struct reader *r, struct arena *a, const unsigned char first[16], const unsigned char last[16],
		       struct id_set **set, struct err *err)
{
	struct statement *s = db_statement(r->db, SQL_ADDRESSES_BETWEEN);
	int rc;

	bind_blob(s, 1, first, 16);
	bind_blob(s, 2, last, 16);
	while ((rc = statement_step(s, err)) == 1)
		set_add_growing(a, set, (uint64_t)column_int(s, 0));
	return rc;
}

static int add_network(struct reader *r, struct arena *a, const struct network *net, struct id_set **set, struct err *err)
{
	unsigned char last[16];

	memcpy(last, net->addr, sizeof last);
	for (int i = net->bits; i < 128; i++)
		last[i / 8] |= (unsigned char)(0x80 >> i % 8);
	return add_between(r, a, net->addr, last, set, err);
}

/* Whether a wider one, or the same before it, has all its addresses: a thousand spellings of everything are read once. */
static bool is_within_another(const struct network *net, size_t n, size_t at)
{
	for (size_t i = 0; i < n; i++)
		if ((net[i].bits < net[at].bits || (net[i].bits == net[at].bits && i < at)) && network_holds(&net[i], net[at].addr))
			return true;
	return false;
}

static int addresses_kept(struct reader *r, struct arena *a, const struct names *n, struct id_set **out,
			  struct err *err)
{
	struct network *net;
	size_t nets = 0;

	*out = NULL;
	if (n->n == 0)
		return 0;
	*out = set_new(a, 1024, n->exclude);
	net = arena_array(a, n->n, sizeof *net);
	for (size_t i = 0; i < n->n; i++)
		if (network_parse(n->item[i], &net[nets]))
			nets++;
		else if (add_written(r, a, n->item[i], out, err) != 0)
			return -1;
	for (size_t i = 0; i < nets; i++)
		if (!is_within_another(net, nets, i) && add_network(r, a, &net[i], out, err) != 0)
			return -1;
	return 0;
}

/* --- reports --- */

static int add_report(struct sets *s, struct reader *r, struct arena *a, struct slice number, struct err *err)
{
	struct statement *st = db_statement(r->db, SQL_REPORT_DAY);
	int64_t id, day = INT64_MIN;

	if (!text_int(number, &id) || id < 1 || id > UINT32_MAX)
		return 0;
	bind_int(st, 1, id);
	if (statement_run(st, &day, err) != 0)
		return -1;
	if (day < 0)
		return 0;
	set_add_growing(a, &s->reports, (uint64_t)id);
	set_add_growing(a, &s->report_days, (uint64_t)day);
	return 0;
}

static int reports_kept(struct sets *s, struct reader *r, struct arena *a, const struct names *n, struct err *err)
{
	if (n->n == 0)
		return 0;
	s->reports = set_new(a, 1024, n->exclude);
	s->report_days = set_new(a, 1024, false);
	for (size_t i = 0; i < n->n; i++)
		if (add_report(s, r, a, n->item[i], err) != 0)
			return -1;
	if (n->exclude)
		s->report_days = NULL;
	return 0;
}

/* --- q: part of a name, or an address --- */

static bool auths_contain(const struct auth *r, struct slice q)
{
	for (; r != NULL; r = r->next)
		if ((r->domain.ptr != NULL && text_find_nocase(r->domain, q) != NULL) ||
		    (r->selector.ptr != NULL && text_find_nocase(r->selector, q) != NULL))
			return true;
	return false;
}

static bool contains(struct slice s, struct slice q)
{
	return s.ptr != NULL && text_find_nocase(s, q) != NULL;
}

static int add_written_with(struct reader *r, struct arena *a, struct slice q, struct id_set **set, struct err *err)
{
	struct statement *s = db_statement(r->db, SQL_ADDRESSES_WRITTEN);
	int rc;

	while ((rc = statement_step(s, err)) == 1)
		if (contains(column_text(s, 1), q))
			set_add_growing(a, set, (uint64_t)column_int(s, 0));
	return rc;
}

/* Addresses whose spelling begins with `q`, a part of one that ends in a group: "10.1" is 10.1., 10.10. to 10.19. and so on. */
static int add_spelt(struct reader *r, struct arena *a, struct slice q, struct id_set **set, struct err *err)
{
	struct address_range range[ADDRESS_RANGES];
	int n = address_prefix(q, range);

	for (int i = 0; i < n; i++)
		if (add_between(r, a, range[i].first, range[i].last, set, err) != 0)
			return -1;
	return 0;
}

/* Reports whose id begins with it. */
static int add_reports(struct sets *s, struct reader *r, struct arena *a, struct slice q, struct err *err)
{
	struct statement *st = db_statement(r->db, SQL_REPORTS_NAMED);
	struct slice least = text_lower(a, q); /* as NOCASE compares */
	char *behind = arena_copy(a, least.ptr, least.len);
	int rc;

	s->q_reports = set_new(a, 1024, false);
	s->q_days = set_new(a, 1024, false);
	if (q.len < LEAST_ID_PART || (unsigned char)behind[q.len - 1] == 0xff)
		return 0;
	behind[q.len - 1] = (char)(behind[q.len - 1] == '@' ? '[' : behind[q.len - 1] + 1); /* no letter comes between */
	bind_text(st, 1, least);
	bind_text(st, 2, (struct slice){ behind, q.len });
	while ((rc = statement_step(st, err)) == 1) {
		set_add_growing(a, &s->q_reports, (uint64_t)column_int(st, 0));
		set_add_growing(a, &s->q_days, (uint64_t)column_int(st, 1));
	}
	return rc;
}

static int compile_q(struct sets *s, struct reader *r, struct arena *a, const struct filter *f, struct err *err)
{
	const struct names as_network = { .item = &f->q, .n = 1 };

	if (f->q.len == 0)
		return 0;
	s->q_profiles = set_new(a, r->profile_count, false);
	for (size_t id = 1; id < r->profile_count; id++) {
		const struct profile_dim *p = r->profiles[id];

		if (p != NULL && (contains(r->domains[p->domain], f->q) || contains(p->envelope, f->q) ||
				  auths_contain(p->dkim_auth, f->q) || auths_contain(p->spf_auth, f->q)))
			set_add(a, s->q_profiles, id);
	}
	s->q_reporters = set_new(a, r->reporter_count, false);
	for (size_t id = 1; id < r->reporter_count; id++)
		if (contains(r->reporters[id], f->q))
			set_add(a, s->q_reporters, id);
	return add_reports(s, r, a, f->q, err) == 0 && addresses_kept(r, a, &as_network, &s->q_addresses, err) == 0 &&
			       add_written_with(r, a, f->q, &s->q_addresses, err) == 0 ?
		       add_spelt(r, a, f->q, &s->q_addresses, err) :
		       -1;
}

int sets_compile(struct sets *s, struct reader *r, struct arena *a, const struct filter *f, struct err *err)
{
	*s = (struct sets){ 0 };
	s->reporters = names_kept(a, &f->reporter, r->reporters, r->reporter_count);
	s->policy_domains = names_kept(a, &f->policy_domain, r->domains, r->domain_count);
	s->policies = policies_kept(r, a, f);
	s->domains = domains_kept(r, a, f);
	s->profiles = profiles_kept(r, a, f, s->domains);
	s->sources = sources_kept(r, a, f);
	return reports_kept(s, r, a, &f->report, err) == 0 && addresses_kept(r, a, &f->ip, &s->addresses, err) == 0 ?
		       compile_q(s, r, a, f, err) :
		       -1;
}
