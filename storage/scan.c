/* scan: see scan.h. */
#include "storage/scan.h"

#include "base/text.h"

/* --- sets --- */

static struct id_set *set_new(struct arena *a, size_t ids, bool exclude)
{
	struct id_set *set = arena_alloc(a, sizeof *set);

	set->word_count = ids / 64 + 1;
	set->words = arena_array(a, set->word_count, sizeof *set->words);
	set->exclude = exclude;
	return set;
}

static void set_add(struct id_set *set, int64_t id)
{
	if (id >= 0 && (size_t)id / 64 < set->word_count)
		set->words[id / 64] |= (uint64_t)1 << (id % 64);
}

static bool set_has(const struct id_set *set, int64_t id)
{
	if (set == NULL)
		return true;
	return (id >= 0 && (size_t)id / 64 < set->word_count && (set->words[id / 64] >> (id % 64) & 1) != 0) != set->exclude;
}

/* --- words --- */

static bool names_has(const struct names *n, struct slice word)
{
	for (size_t i = 0; i < n->n; i++)
		if (slice_eq(n->item[i], word))
			return true;
	return false;
}

static bool names_keep(const struct names *n, struct slice word)
{
	return n->n == 0 || names_has(n, word) != n->exclude;
}

/* Bits of an enumeration that the words keep. */
static unsigned bits_kept(const struct names *n, int count, const char *(*name)(int))
{
	unsigned bits = 0;

	for (int i = 0; i < count; i++)
		if (names_keep(n, slice_of(name(i))))
			bits |= 1u << i;
	return bits;
}

static const char *class_word(int i)
{
	return trust_param((enum trust)i);
}

static const char *cause_word(int i)
{
	return cause_name((enum cause)i);
}

static const char *kind_word(int i)
{
	return source_kind_name((enum source_kind)i);
}

static const char *policy_word(int i)
{
	return policy_name((enum policy_word)i);
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

static bool reasons_keep(const struct names *n, const struct reason *r)
{
	bool named = r == NULL && names_has(n, SLICE("none"));

	for (; n->n > 0 && r != NULL; r = r->next)
		named = named || names_has(n, r->type.ptr != NULL ? r->type : SLICE("other"));
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

static struct slice yes_no(bool yes)
{
	return yes ? SLICE("1") : SLICE("0");
}

static bool profile_keeps(const struct reader *r, struct arena *scratch, const struct filter *f,
			  const struct profile_dim *p)
{
	struct slice domain = r->domains[p->domain];

	return under_keeps(&f->under, domain) && names_keep(&f->domain, domain) &&
	       names_keep(&f->disp, slice_of(disposition_name(p->verdict.disposition))) && reasons_keep(&f->reason, p->reasons) &&
	       flags_keep(&f->flag, p->verdict.flags) && results_keep(&f->spf, p->spf_auth) &&
	       results_keep(&f->dkim, p->dkim_auth) && names_keep(&f->spf_aligned, yes_no(p->verdict.spf_pass)) &&
	       names_keep(&f->dkim_aligned, yes_no(p->verdict.dkim_pass)) &&
	       domains_keep(scratch, &f->dkim_domain, p->dkim_auth) && selectors_keep(&f->selector, p->dkim_auth) &&
	       names_keep(&f->envelope, p->envelope.ptr != NULL ? p->envelope : SLICE("")) &&
	       names_keep(&f->arc, p->verdict.flags & FLAG_ARC_RESCUED ? SLICE("pass") : SLICE("none"));
}

static bool wants_profiles(const struct filter *f)
{
	return f->under.n + f->domain.n + f->disp.n + f->reason.n + f->flag.n + f->spf.n + f->dkim.n + f->spf_aligned.n +
		       f->dkim_aligned.n + f->dkim_domain.n + f->selector.n + f->envelope.n + f->arc.n >
	       0;
}

static struct id_set *profiles_kept(struct reader *r, struct arena *a, const struct filter *f)
{
	struct arena scratch = { 0 };
	struct id_set *set;

	if (!wants_profiles(f))
		return NULL;
	set = set_new(a, r->profile_count, false);
	for (size_t id = 1; id < r->profile_count; id++)
		if (r->profiles[id] != NULL && profile_keeps(r, &scratch, f, r->profiles[id]))
			set_add(set, (int64_t)id);
	arena_release(&scratch);
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
			set_add(set, (int64_t)id);
	return set;
}

static struct id_set *policies_kept(struct reader *r, struct arena *a, const struct filter *f)
{
	struct id_set *set;

	if (f->pct.n + f->t.n == 0)
		return NULL;
	set = set_new(a, r->policy_count, false);
	for (size_t id = 1; id < r->policy_count; id++) {
		const struct policy_seen *p = &r->policies[id];
		struct slice pct = p->pct < 0 ? SLICE("none") : slice_of(arena_printf(a, "%d", p->pct));

		if (names_keep(&f->pct, pct) && names_keep(&f->t, p->testing ? SLICE("y") : SLICE("n")))
			set_add(set, (int64_t)id);
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
		set_add(set, 0);
	for (size_t id = 1; id < r->source_count; id++)
		if (names_has(&f->source, r->sources[id].name))
			set_add(set, (int64_t)id);
	return set;
}

static void add_address(struct arena *a, struct id_set **set, int64_t id)
{
	struct id_set *more;

	if ((size_t)id / 64 >= (*set)->word_count) { /* ids are dense: grow by doubling */
		more = set_new(a, (size_t)id * 2, (*set)->exclude);
		memcpy(more->words, (*set)->words, (*set)->word_count * sizeof *more->words);
		*set = more;
	}
	set_add(*set, id);
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
		add_address(a, set, id);
	return 0;
}

static int add_network(struct reader *r, struct arena *a, struct slice text, struct id_set **set, struct err *err)
{
	struct network net;
	unsigned char last[16];
	struct statement *s;
	int rc;

	if (!network_parse(text, &net))
		return add_written(r, a, text, set, err);
	memcpy(last, net.addr, sizeof last);
	for (int i = net.bits; i < 128; i++)
		last[i / 8] |= (unsigned char)(0x80 >> i % 8);
	s = db_statement(r->db, SQL_ADDRESSES_BETWEEN);
	bind_blob(s, 1, net.addr, sizeof net.addr);
	bind_blob(s, 2, last, sizeof last);
	while ((rc = statement_step(s, err)) == 1)
		add_address(a, set, column_int(s, 0));
	return rc;
}

static int addresses_kept(struct reader *r, struct arena *a, const struct names *n, struct id_set **out,
			  struct err *err)
{
	*out = NULL;
	if (n->n == 0)
		return 0;
	*out = set_new(a, 1024, n->exclude);
	for (size_t i = 0; i < n->n; i++)
		if (add_network(r, a, n->item[i], out, err) != 0)
			return -1;
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
			add_address(a, set, column_int(s, 0));
	return rc;
}

/* Addresses whose spelling contains `q`: looked through one by one, and only where q could be part of one. */
static int add_spelt(struct reader *r, struct arena *a, struct slice q, struct id_set **set, struct err *err)
{
	char text[ADDRESS_TEXT_BYTES];
	struct statement *s;
	int rc;

	for (size_t i = 0; i < q.len; i++)
		if (strchr("0123456789abcdefABCDEF.:", q.ptr[i]) == NULL)
			return 0;
	s = db_statement(r->db, SQL_ADDRESSES_ALL);
	while ((rc = statement_step(s, err)) == 1) {
		struct slice bytes = column_blob(s, 1);

		if (bytes.len == 16 && contains(slice_of(address_text(text, (const unsigned char *)bytes.ptr)), q))
			add_address(a, set, column_int(s, 0));
	}
	return rc;
}

static int compile_q(struct scan *s, struct reader *r, struct arena *a, struct err *err)
{
	struct names as_network = { .item = &s->q, .n = 1 };

	if (s->q.len == 0)
		return 0;
	s->q_profiles = set_new(a, r->profile_count, false);
	for (size_t id = 1; id < r->profile_count; id++) {
		const struct profile_dim *p = r->profiles[id];

		if (p != NULL && (contains(r->domains[p->domain], s->q) || contains(p->envelope, s->q) ||
				  auths_contain(p->dkim_auth, s->q) || auths_contain(p->spf_auth, s->q)))
			set_add(s->q_profiles, (int64_t)id);
	}
	s->q_reporters = set_new(a, r->reporter_count, false);
	for (size_t id = 1; id < r->reporter_count; id++)
		if (contains(r->reporters[id], s->q))
			set_add(s->q_reporters, (int64_t)id);
	return addresses_kept(r, a, &as_network, &s->q_addresses, err) == 0 &&
			       add_written_with(r, a, s->q, &s->q_addresses, err) == 0 ?
		       add_spelt(r, a, s->q, &s->q_addresses, err) :
		       -1;
}

static bool q_keeps(const struct scan *s, const struct hit *h)
{
	return s->q.len == 0 || set_has(s->q_profiles, h->profile_id) || set_has(s->q_reporters, h->reporter) ||
	       set_has(s->q_addresses, h->address) || contains(h->report_id, s->q);
}

/* --- scanning --- */

int scan_compile(struct scan *s, struct reader *r, struct arena *a, const struct filter *f, struct err *err)
{
	*s = (struct scan){ .reader = r, .filter = f, .q = f->q };
	s->classes = bits_kept(&f->class_, TRUST_CLASSES, class_word);
	s->causes = bits_kept(&f->cause, CAUSES, cause_word);
	s->kinds = bits_kept(&f->kind, KINDS, kind_word);
	s->effectives = bits_kept(&f->policy, POLICY_REJECT + 1, policy_word);
	s->reporters = names_kept(a, &f->reporter, r->reporters, r->reporter_count);
	s->domains = names_kept(a, &f->policy_domain, r->domains, r->domain_count);
	s->policies = policies_kept(r, a, f);
	s->profiles = profiles_kept(r, a, f);
	s->sources = sources_kept(r, a, f);
	return addresses_kept(r, a, &f->ip, &s->addresses, err) == 0 ? compile_q(s, r, a, err) : -1;
}

static void bind_filter(struct scan *s, enum sql name)
{
	s->statement = db_statement(s->reader->db, name);
	bind_int(s->statement, 1, s->filter->first_day);
	bind_int(s->statement, 2, s->filter->last_day);
	bind_set(s->statement, 3, s->reporters);
	bind_set(s->statement, 4, s->domains);
	bind_set(s->statement, 5, s->policies);
	bind_set(s->statement, 6, s->profiles);
	bind_set(s->statement, 7, s->addresses);
}

void scan_start(struct scan *s)
{
	bind_filter(s, SQL_FACTS);
}

void scan_start_newest(struct scan *s, int64_t day, int64_t report, int64_t newest)
{
	bind_filter(s, SQL_FACTS_NEWEST);
	bind_int(s->statement, 2, day < s->filter->last_day ? day : s->filter->last_day);
	bind_int(s->statement, 8, day);
	bind_int(s->statement, 9, report);
	bind_int(s->statement, 10, newest);
}

/* UX 7.1: the first rule that fits. */
static enum cause cause_of(const struct reader *r, const struct hit *h)
{
	enum source_kind kind = h->source > 0 ? r->sources[h->source].kind : KIND_UNKNOWN;

	if (h->profile->verdict.split != SPLIT_UNTRUSTED)
		return CAUSES;
	if (kind == KIND_LIST)
		return CAUSE_LIST;
	if (h->profile->verdict.flags & FLAG_ARC_RESCUED)
		return CAUSE_ARC;
	return kind == KIND_OURS      ? CAUSE_OURS :
	       kind == KIND_SERVICE   ? CAUSE_SERVICE :
	       kind == KIND_FORWARDER ? CAUSE_FORWARDER :
					CAUSE_UNKNOWN;
}

static int64_t time_or_none(struct statement *st, int column)
{
	return column_is_null(st, column) ? REPORT_NO_TIME : column_int(st, column);
}

static void read_hit(struct scan *s, struct hit *h)
{
	const struct reader *r = s->reader;
	struct statement *st = s->statement;

	*h = (struct hit){ .report = column_int(st, 0),	   .day = column_int(st, 1),	   .reporter = column_int(st, 2),
			   .domain = column_int(st, 3),	   .begin = time_or_none(st, 5),   .end = time_or_none(st, 6),
			   .address = column_int(st, 8),   .profile_id = column_int(st, 9), .messages = column_int(st, 10) };
	h->policy = &r->policies[column_int(st, 4)];
	h->profile = r->profiles[h->profile_id];
	h->report_id = column_text(st, 7);
	h->effective = classify_effective(h->policy, r->domains[h->domain], r->domains[h->profile->domain]);
	h->source = reader_source(r, h->address, h->profile);
	h->cause = cause_of(r, h);
	h->in_class = s->classes >> h->profile->verdict.trust & 1;
}

static bool hit_keeps(const struct scan *s, const struct hit *h)
{
	enum source_kind kind = h->source > 0 ? s->reader->sources[h->source].kind : KIND_UNKNOWN;

	if (s->filter->cause.n > 0 && (h->cause == CAUSES ? !s->filter->cause.exclude : !(s->causes >> h->cause & 1)))
		return false;
	return (s->kinds >> kind & 1) && (s->effectives >> h->effective & 1) && set_has(s->sources, h->source) &&
	       q_keeps(s, h);
}

int scan_next(struct scan *s, struct hit *out, struct err *err)
{
	int rc;

	while ((rc = statement_step(s->statement, err)) == 1) {
		read_hit(s, out);
		if (hit_keeps(s, out))
			return 1;
	}
	return rc;
}

void scan_stop(struct scan *s)
{
	statement_reset(s->statement);
}
