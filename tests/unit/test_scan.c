/* test_scan: a compiled filter keeps exactly the facts that its words say, whichever dimension they are about. */
#include "store_sample.h"

#include "storage/scan.h"

#define FILTER(...) ((struct filter){ .first_day = 0, .last_day = 100000, __VA_ARGS__ })
#define NAMES(...)                                                                                                     \
	((struct names){ .item = (const struct slice[]){ __VA_ARGS__ },                                                \
			 .n = sizeof((const struct slice[]){ __VA_ARGS__ }) / sizeof(struct slice) })
#define NOT_NAMES(...)                                                                                                 \
	((struct names){ .item = (const struct slice[]){ __VA_ARGS__ },                                                \
			 .n = sizeof((const struct slice[]){ __VA_ARGS__ }) / sizeof(struct slice),                    \
			 .exclude = true })
#define S(text)                                                                                                        \
	{                                                                                                              \
		"" text, sizeof(text) - 1                                                                              \
	}

/* Each row of the store has a count of its own power of two, so that a sum tells which rows were kept. */
struct kept {
	int64_t messages;
	size_t hits;
};

static struct kept scan_by(struct bench *b, const struct filter *f, enum scan_grain grain)
{
	struct reader *r = sample_reader(b);
	struct kept kept = { 0 };
	struct scan s;
	struct hit h;
	int rc;

	assert_done(b, reader_begin(r, NULL, &b->err));
	assert_done(b, scan_compile(&s, r, &b->arena, f, &b->err));
	scan_start(&s, grain, OF_NOTHING);
	while ((rc = scan_next(&s, &h, &b->err)) == 1)
		if (h.in_class) {
			kept.messages += h.messages;
			kept.hits += (size_t)h.rows;
			assert_true(h.first_day >= f->first_day && h.first_day <= h.last_day && h.last_day <= f->last_day);
		}
	assert_int_equal(rc, 0);
	scan_stop(&s);
	reader_end(r);
	reader_close(r);
	return kept;
}

/* Facts, sums of days and sums of months say the same. */
static struct kept scan_all(struct bench *b, const struct filter *f)
{
	struct kept facts = scan_by(b, f, SCAN_FACTS), days = scan_by(b, f, SCAN_DAYS), sums = scan_by(b, f, SCAN_SUMS);

	assert_int_equal(days.messages, facts.messages);
	assert_int_equal(sums.messages, facts.messages);
	assert_int_equal(days.hits, facts.hits);
	assert_int_equal(sums.hits, facts.hits);
	return facts;
}

#define assert_keeps(b, expected, ...)                                                                                 \
	do {                                                                                                           \
		const struct filter filter_ = FILTER(__VA_ARGS__);                                                     \
		assert_int_equal(scan_all((b), &filter_).messages, (expected));                                        \
	} while (0)

static void finish(struct bench *b, const struct report *const *reports, size_t n)
{
	struct store *s = sample_open(b, sample_rules(b));

	for (size_t i = 0; i < n; i++)
		sample_put(b, s, reports[i]);
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
}

static void finish_one(struct bench *b, const struct report *r)
{
	finish(b, &r, 1);
}

/* --- names --- */

static void test_under_keeps_the_tree_and_no_neighbour(void **state)
{
	struct bench *b = *state;
	struct report *r = sample_report(b, "1", SAMPLE_DAY);
	static const char *const froms[] = { "univ.example",       "chem.univ.example",  "a.b.chem.univ.example",
					     "Chem.Univ.Example.", "xchem.univ.example", "chem.univ.example.evil",
					     "notuniv.example" };

	for (size_t i = 0; i < sizeof froms / sizeof *froms; i++)
		sample_row(b, r, "203.0.113.9", 1 << i)->header_from = slice_of(froms[i]);
	sample_row(b, r, "203.0.113.9", 128)->header_from = (struct slice){ 0 };
	finish_one(b, r);
	assert_keeps(b, 255, .q = { 0 });
	assert_keeps(b, 14, .under = NAMES(S("chem.univ.example")));
	assert_keeps(b, 31, .under = NAMES(S("univ.example")));
	assert_keeps(b, 255 - 31, .under = NOT_NAMES(S("univ.example")));
	assert_keeps(b, 15, .under = NAMES(S("chem.univ.example"), S("univ.example")),
		     .domain = NOT_NAMES(S("xchem.univ.example")));
	assert_keeps(b, 10, .domain = NAMES(S("chem.univ.example")));
	assert_keeps(b, 128, .domain = NAMES(S("")));
	assert_keeps(b, 0, .domain = NAMES(S("nobody.example")));
	assert_keeps(b, 255, .domain = NOT_NAMES(S("nobody.example")));
}

static void test_reporters_and_policy_domains_are_exact(void **state)
{
	struct bench *b = *state;
	const struct report *reports[3];

	for (int i = 0; i < 3; i++) {
		static const struct slice orgs[] = { S("google.com"), S("Google.com"), S("") };
		struct report *r = sample_report(b, arena_printf(&b->arena, "%d", i), SAMPLE_DAY);

		r->org_name = orgs[i].len > 0 ? orgs[i] : (struct slice){ 0 };
		r->email = (struct slice){ 0 };
		r->domain = i == 2 ? SLICE("CHEM.univ.example") : SLICE("univ.example");
		sample_row(b, r, "203.0.113.9", 1 << i);
		reports[i] = r;
	}
	finish(b, reports, 3);
	assert_keeps(b, 1, .reporter = NAMES(S("google.com")));
	assert_keeps(b, 6, .reporter = NOT_NAMES(S("google.com")));
	assert_keeps(b, 4, .reporter = NAMES(S("")));
	assert_keeps(b, 4, .policy_domain = NAMES(S("chem.univ.example")));
	assert_keeps(b, 3, .policy_domain = NOT_NAMES(S("chem.univ.example")));
	assert_keeps(b, 0, .reporter = NAMES(S("google.com")), .policy_domain = NAMES(S("chem.univ.example")));
}

/* --- addresses --- */

static void test_networks_keep_what_they_hold(void **state)
{
	struct bench *b = *state;
	struct report *r = sample_report(b, "1", SAMPLE_DAY);
	static const char *const ips[] = { "192.0.2.0",   "::ffff:192.0.2.127", "192.0.2.128",      "192.0.3.0",
					   "2001:db8::1", "2001:db8:0:1::",     "mail.example.org", NULL };

	for (size_t i = 0; i < sizeof ips / sizeof *ips; i++)
		sample_row(b, r, ips[i], 1 << i);
	finish_one(b, r);
	assert_keeps(b, 3, .ip = NAMES(S("192.0.2.0/25")));
	assert_keeps(b, 7, .ip = NAMES(S("192.0.2.77/24")));
	assert_keeps(b, 4, .ip = NAMES(S("192.0.2.128")));
	assert_keeps(b, 15, .ip = NAMES(S("0.0.0.0/0")));
	assert_keeps(b, 16, .ip = NAMES(S("2001:db8::/64")));
	assert_keeps(b, 63, .ip = NAMES(S("::/0")));
	assert_keeps(b, 20, .ip = NAMES(S("2001:db8::1"), S("192.0.2.128")));
	assert_keeps(b, 255 - 20, .ip = NOT_NAMES(S("2001:db8::1"), S("192.0.2.128")));
	assert_keeps(b, 0, .ip = NAMES(S("192.0.2.300")));
	assert_keeps(b, 255, .ip = NOT_NAMES(S("junk")));
}

static void test_the_last_of_many_addresses_is_found(void **state)
{
	enum { ADDRESSES = 5000 };
	struct bench *b = *state;
	struct report *r = sample_report(b, "1", SAMPLE_DAY);

	for (int i = 0; i < ADDRESSES; i++)
		sample_row(b, r, arena_printf(&b->arena, "10.0.%d.%d", i / 256, i % 256), 1);
	finish_one(b, r);
	assert_keeps(b, 1, .ip = NAMES(S("10.0.19.135")));
	assert_keeps(b, 2, .ip = NAMES(S("10.0.0.7"), S("10.0.19.135")));
	assert_keeps(b, ADDRESSES - 2, .ip = NOT_NAMES(S("10.0.0.7"), S("10.0.19.135")));
	assert_keeps(b, ADDRESSES, .ip = NAMES(S("10.0.0.0/16")));
	assert_keeps(b, 0, .ip = NOT_NAMES(S("10.0.0.0/8")));
}

/* --- what a row says --- */

static struct report *auth_report(struct bench *b)
{
	struct report *r = sample_report(b, "1", SAMPLE_DAY);
	struct row *row = sample_row(b, r, "203.0.113.9", 1);

	sample_auth(b, &row->dkim_auth, "univ.example", "S1", "pass");
	sample_auth(b, &row->dkim_auth, "Other.Example", "s2", "fail");
	sample_auth(b, &row->spf_auth, "univ.example", NULL, "softfail");
	row->dkim = SLICE("pass");
	row = sample_row(b, r, "203.0.113.9", 2);
	sample_auth(b, &row->dkim_auth, "other.example", NULL, "fail");
	sample_auth(b, &row->spf_auth, "bounce.example", NULL, "pass");
	row->spf = SLICE("pass");
	row = sample_row(b, r, "203.0.113.9", 4); /* no results at all */
	row->envelope_from = SLICE("Lists.Example");
	sample_reason(b, row, "local_policy", "arc=pass");
	row = sample_row(b, r, "203.0.113.9", 8);
	sample_results(b, row, "quarantine", "pass", "pass");
	sample_reason(b, row, NULL, "who knows");
	sample_reason(b, row, "mailing_list", NULL);
	sample_results(b, sample_row(b, r, "203.0.113.9", 16), "reject", "fail", "fail");
	sample_results(b, sample_row(b, r, "203.0.113.9", 32), NULL, NULL, "fail");
	return r;
}

static void test_results_are_asked_raw_and_aligned_apart(void **state)
{
	struct bench *b = *state;

	finish_one(b, auth_report(b));
	assert_keeps(b, 1, .dkim = NAMES(S("pass")));
	assert_keeps(b, 62, .dkim = NAMES(S("fail"))); /* none passed */
	assert_keeps(b, 62, .dkim = NOT_NAMES(S("pass")));
	assert_keeps(b, 2, .spf = NAMES(S("pass")));
	assert_keeps(b, 1, .spf = NAMES(S("softfail")));
	assert_keeps(b, 3, .spf = NAMES(S("softfail"), S("pass")));
	assert_keeps(b, 9, .dkim_aligned = NAMES(S("1")));
	assert_keeps(b, 54, .dkim_aligned = NAMES(S("0")));
	assert_keeps(b, 10, .spf_aligned = NAMES(S("1")));
	assert_keeps(b, 53, .spf_aligned = NOT_NAMES(S("1")));
	assert_keeps(b, 63, .spf_aligned = NAMES(S("1"), S("0")));
}

static void test_signatures_and_envelopes_are_found_by_name(void **state)
{
	struct bench *b = *state;

	finish_one(b, auth_report(b));
	assert_keeps(b, 3, .dkim_domain = NAMES(S("other.example")));
	assert_keeps(b, 60, .dkim_domain = NOT_NAMES(S("other.example")));
	assert_keeps(b, 1, .selector = NAMES(S("S1")));
	assert_keeps(b, 62, .selector = NOT_NAMES(S("S1")));
	assert_keeps(b, 1, .signature = NAMES(S("other.example/s2/fail")));
	assert_keeps(b, 0, .signature = NAMES(S("other.example/S1/fail")));
	assert_keeps(b, 3, .signature = NAMES(S("univ.example/S1/pass"), S("other.example//fail")));
	assert_keeps(b, 4 + 8 + 16 + 32, .signature = NAMES(S("none")));
	assert_keeps(b, 62, .signature = NOT_NAMES(S("univ.example/S1/pass")));
	assert_keeps(b, 4, .envelope = NAMES(S("lists.example")));
	assert_keeps(b, 2, .envelope = NAMES(S("bounce.example")));
	assert_keeps(b, 8 + 16 + 32, .envelope = NAMES(S("none")));
	assert_keeps(b, 61, .envelope = NOT_NAMES(S("bounce.example")));
}

static void test_reasons_flags_and_dispositions_are_kept_or_left_out(void **state)
{
	struct bench *b = *state;

	finish_one(b, auth_report(b));
	assert_keeps(b, 1 + 2 + 16 + 32, .reason = NAMES(S("none")));
	assert_keeps(b, 8, .reason = NAMES(S("other")));
	assert_keeps(b, 12, .reason = NAMES(S("mailing_list"), S("local_policy")));
	assert_keeps(b, 63 - 12, .reason = NOT_NAMES(S("mailing_list"), S("local_policy")));
	assert_keeps(b, 4, .arc = NAMES(S("pass")));
	assert_keeps(b, 59, .arc = NOT_NAMES(S("pass")));
	assert_keeps(b, 4, .flag = NAMES(S("arc_rescued")));
	assert_keeps(b, 8, .flag = NAMES(S("acted_despite_pass")));
	assert_keeps(b, 32, .flag = NAMES(S("derived")));
	assert_keeps(b, 63 - 8 - 32, .flag = NOT_NAMES(S("acted_despite_pass"), S("derived")));
	assert_keeps(b, 8, .disp = NAMES(S("quarantine")));
	assert_keeps(b, 24, .disp = NAMES(S("quarantine"), S("reject")));
	assert_keeps(b, 1 + 2 + 4 + 32, .disp = NAMES(S("none")));
}

static void test_classes_are_kept_or_left_out(void **state)
{
	struct bench *b = *state;

	finish_one(b, auth_report(b));
	assert_keeps(b, 8, .class_ = NAMES(S("full")));
	assert_keeps(b, 3, .class_ = NAMES(S("partial")));
	assert_keeps(b, 4 + 32, .class_ = NAMES(S("untrusted")));
	assert_keeps(b, 16, .class_ = NAMES(S("rejected")));
	assert_keeps(b, 0, .class_ = NAMES(S("quarantined")));
	assert_keeps(b, 63 - 8 - 16, .class_ = NOT_NAMES(S("full"), S("rejected")));
	assert_keeps(b, 0, .class_ = NAMES(S("fully_trusted"))); /* JSON's word, not a filter's */
}

/* --- pairs --- */

static void test_the_policy_that_applied_is_asked(void **state)
{
	static const struct {
		const char *p, *sp;
		int pct;
		bool testing;
	} policies[] = { { "none", NULL, REPORT_NO_PCT, false },
			 { "reject", "none", 100, false },
			 { "quarantine", "", 0, true } };
	struct bench *b = *state;
	const struct report *reports[3];

	for (int i = 0; i < 3; i++) {
		struct report *r = sample_report(b, arena_printf(&b->arena, "%d", i), SAMPLE_DAY);

		r->p = sample_text(b, policies[i].p);
		r->sp = sample_text(b, policies[i].sp);
		r->pct = policies[i].pct;
		r->testing = policies[i].testing ? SLICE("y") : (struct slice){ 0 };
		sample_row(b, r, "203.0.113.9", 1 << (2 * i));
		sample_row(b, r, "203.0.113.9", 2 << (2 * i))->header_from = SLICE("chem.univ.example");
		reports[i] = r;
	}
	finish(b, reports, 3);
	assert_keeps(b, 1 + 2 + 8, .policy = NAMES(S("none")));
	assert_keeps(b, 4, .policy = NAMES(S("reject")));
	assert_keeps(b, 48, .policy = NAMES(S("quarantine")));
	assert_keeps(b, 15, .policy = NOT_NAMES(S("quarantine")));
	assert_keeps(b, 3, .pct = NAMES(S("none")));
	assert_keeps(b, 48, .pct = NAMES(S("0")));
	assert_keeps(b, 15, .pct = NOT_NAMES(S("0")));
	assert_keeps(b, 48, .t = NAMES(S("y")));
	assert_keeps(b, 15, .t = NAMES(S("n")));
}

static struct report *sources_report(struct bench *b)
{
	struct report *r = sample_report(b, "1", SAMPLE_DAY);
	struct row *row;

	sample_row(b, r, "192.0.2.1", 1); /* Relays, ours */
	sample_row(b, r, "203.0.113.9", 2)->envelope_from = SLICE("lists.example"); /* Lists */
	row = sample_row(b, r, "192.0.2.1", 4); /* Relays before Lists */
	row->envelope_from = SLICE("lists.example");
	row = sample_row(b, r, "203.0.113.9", 8); /* Mailer */
	sample_auth(b, &row->dkim_auth, "mailer.example", "s", "pass");
	sample_row(b, r, "198.51.100.1", 16); /* Alumni */
	row = sample_row(b, r, "198.51.100.1", 32); /* Lists before Alumni */
	row->envelope_from = SLICE("lists.example");
	sample_reason(b, row, "local_policy", "arc=pass");
	sample_row(b, r, "203.0.113.9", 64); /* nobody */
	row = sample_row(b, r, "198.51.100.1", 128); /* Alumni, vouched for */
	sample_reason(b, row, "local_policy", "arc=pass");
	sample_results(b, sample_row(b, r, "203.0.113.9", 256), "reject", "fail", "fail");
	return r;
}

static void test_a_source_is_the_earlier_rule_of_address_and_profile(void **state)
{
	struct bench *b = *state;

	finish_one(b, sources_report(b));
	assert_keeps(b, 5, .source = NAMES(S("Relays")));
	assert_keeps(b, 34, .source = NAMES(S("Lists")));
	assert_keeps(b, 8, .source = NAMES(S("Mailer")));
	assert_keeps(b, 144, .source = NAMES(S("Alumni")));
	assert_keeps(b, 511 - 34 - 8, .source = NOT_NAMES(S("Lists"), S("Mailer")));
	assert_keeps(b, 0, .source = NAMES(S("Nobody")));
	assert_keeps(b, 5, .kind = NAMES(S("ours")));
	assert_keeps(b, 64 + 256, .kind = NAMES(S("unknown")));
	assert_keeps(b, 511 - 5, .kind = NOT_NAMES(S("ours")));
}

static void test_a_message_has_the_first_cause_that_fits(void **state)
{
	struct bench *b = *state;

	finish_one(b, sources_report(b));
	assert_keeps(b, 2 + 32, .cause = NAMES(S("list"))); /* the one that ARC vouched for as well */
	assert_keeps(b, 128, .cause = NAMES(S("arc")));
	assert_keeps(b, 1 + 4, .cause = NAMES(S("ours")));
	assert_keeps(b, 8, .cause = NAMES(S("service")));
	assert_keeps(b, 16, .cause = NAMES(S("forwarder")));
	assert_keeps(b, 64, .cause = NAMES(S("unknown")));
	assert_keeps(b, 511 - 256,
		     .cause = NAMES(S("list"), S("arc"), S("ours"), S("service"), S("forwarder"), S("unknown")));
	assert_keeps(b, 511 - 64, .cause = NOT_NAMES(S("unknown"))); /* what is not untrusted has none */
}

/* --- verdicts --- */

/* Messages and rows by rule, as each fact by itself says. */
static void count_by_rule(struct bench *b, const struct filter *f, struct kept *of)
{
	struct reader *r = sample_reader(b);
	struct scan s;
	struct hit h;
	int rc;

	assert_done(b, reader_begin(r, NULL, &b->err));
	assert_done(b, scan_compile(&s, r, &b->arena, f, &b->err));
	assert_done(b, scan_tell_once(&s, &b->err));
	scan_start(&s, SCAN_FACTS, OF_NOTHING);
	while ((rc = scan_next(&s, &h, &b->err)) == 1) {
		size_t n;
		const struct verdict_rule *rules = verdict_rules(&n);

		assert_int_equal(h.rule, verdict_decide(rules, n, scan_facts(&s, &h)));
		of[h.rule].messages += h.messages;
		of[h.rule].hits++;
	}
	assert_int_equal(rc, 0);
	scan_stop(&s);
	reader_end(r);
	reader_close(r);
}

/* As the list of rows reads it: days that can have nothing are passed over. */
static struct kept scan_newest(struct bench *b, const struct filter *f)
{
	struct reader *r = sample_reader(b);
	struct kept kept = { 0 };
	struct scan s;
	struct hit h;

	assert_done(b, reader_begin(r, NULL, &b->err));
	assert_done(b, scan_compile(&s, r, &b->arena, f, &b->err));
	scan_start_newest(&s, INT64_MAX, INT64_MAX);
	while (scan_next(&s, &h, &b->err) == 1) {
		kept.messages += h.messages;
		kept.hits++;
	}
	scan_stop(&s);
	reader_end(r);
	reader_close(r);
	return kept;
}

static void check_kept(struct bench *b, const struct filter *f, struct kept expected)
{
	struct kept all = scan_all(b, f), newest = scan_newest(b, f);

	assert_int_equal(all.messages, expected.messages);
	assert_int_equal(all.hits, expected.hits);
	assert_int_equal(newest.messages, expected.messages);
	assert_int_equal(newest.hits, expected.hits);
}

/* A few days of strangers among those of sample_fill, so that some addresses are seen once. */
static void fill_with_strangers(struct bench *b)
{
	struct store *s;

	sample_fill(b, 150);
	s = sample_open(b, sample_rules(b));
	for (int i = 0; i < 20; i++) {
		struct report *r = sample_report(b, arena_printf(&b->arena, "stranger-%d", i), SAMPLE_DAY + 2 * i);

		sample_row(b, r, arena_printf(&b->arena, "203.0.113.%d", 100 + i), 1 + i % 6)->envelope_from = SLICE("stranger.example");
		sample_put(b, s, r);
	}
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
}

static struct kept add_kept(struct kept a, struct kept b)
{
	return (struct kept){ a.messages + b.messages, a.hits + b.hits };
}

static void test_rules_and_verdicts_are_kept_or_left_out(void **state)
{
	const struct filter base[] = { FILTER(.q = { 0 }), FILTER(.reporter = NAMES(S("Receiver Ltd"), S("google.com"))),
				       FILTER(.under = NAMES(S("univ.example")), .reporter = NAMES(S("Receiver Ltd"))),
				       FILTER(.envelope = NAMES(S("stranger.example"))),
				       { .first_day = SAMPLE_DAY + 3, .last_day = SAMPLE_DAY + 40 } };
	struct bench *b = *state;
	size_t n;
	const struct verdict_rule *rules = verdict_rules(&n);

	fill_with_strangers(b);
	for (size_t i = 0; i < sizeof base / sizeof *base; i++) {
		struct kept of_rule[32] = { 0 }, of_verdict[VERDICTS] = { 0 };

		count_by_rule(b, &base[i], of_rule);
		for (size_t k = 0; k < n; k++) {
			struct slice id = slice_of(rules[k].id);
			struct filter f = base[i];

			f.decided_by = (struct names){ &id, 1, false };
			check_kept(b, &f, of_rule[k]);
			of_verdict[rules[k].verdict] = add_kept(of_verdict[rules[k].verdict], of_rule[k]);
		}
		assert_true(of_verdict[VERDICT_SPOOFING].hits > 0);
		for (int v = 0; v < VERDICTS; v++) {
			struct slice word = slice_of(verdict_name((enum verdict)v));
			struct filter f = base[i];

			f.verdict = (struct names){ &word, 1, false };
			check_kept(b, &f, of_verdict[v]);
		}
	}
}

static void test_likely_spoofing_beside_unknown_needs_no_address(void **state)
{
	struct bench *b = *state;
	struct kept of[32] = { 0 }, both = { 0 };
	size_t n;
	const struct verdict_rule *rules = verdict_rules(&n);
	const struct filter all = FILTER(.q = { 0 }), f = FILTER(.verdict = NAMES(S("spoofing"), S("unknown")));

	fill_with_strangers(b);
	count_by_rule(b, &all, of);
	for (size_t i = 0; i < n; i++)
		if (rules[i].verdict == VERDICT_SPOOFING || rules[i].verdict == VERDICT_UNKNOWN)
			both = add_kept(both, of[i]);
	check_kept(b, &f, both);
}

/* --- q --- */

static void test_find_looks_where_it_says(void **state)
{
	struct bench *b = *state;
	struct report *r = auth_report(b);

	r->report_id = SLICE("1709600619.487850");
	finish_one(b, r);
	assert_keeps(b, 63, .q = S("UNIV.exa"));
	assert_keeps(b, 3, .q = S("ther.examp")); /* d= */
	assert_keeps(b, 2, .q = S("bounce")); /* SPF */
	assert_keeps(b, 4, .q = S("LISTS.")); /* envelope */
	assert_keeps(b, 1, .q = S("s1")); /* selector */
	assert_keeps(b, 63, .q = S("eiver")); /* reporter */
	assert_keeps(b, 63, .q = S("170960061")); /* the beginning of a report id */
	assert_keeps(b, 0, .q = S("0619.48"));
	assert_keeps(b, 0, .q = S("1709600619.487850x"));
	assert_keeps(b, 63, .q = S("203.0.113.9"));
	assert_keeps(b, 63, .q = S("203.0.113.0/24"));
	assert_keeps(b, 0, .q = S("203.0.113.8"));
	assert_keeps(b, 0, .q = S("%"));
	assert_keeps(b, 1, .q = S("univ"), .dkim = NAMES(S("pass")));
}

/* query.h: `q` is part of a domain, address, ... */
static void test_find_takes_a_part_of_an_address(void **state)
{
	struct bench *b = *state;
	struct report *r = sample_report(b, "1", SAMPLE_DAY);

	sample_row(b, r, "192.0.2.77", 1);
	sample_row(b, r, "mail.example.org", 2);
	sample_row(b, r, "2001:db8::77", 4);
	finish_one(b, r);
	assert_keeps(b, 1, .q = S("192.0.2."));
	assert_keeps(b, 2, .q = S("mail.exa"));
	assert_keeps(b, 4, .q = S("2001:db8"));
}

/* --- order --- */

static bool is_after(const struct hit *a, const struct hit *b)
{
	return a->first_day != b->first_day ? a->first_day < b->first_day
	       : a->report != b->report   ? a->report < b->report
	       : a->address != b->address ? a->address < b->address
					  : a->profile < b->profile;
}

static void test_newest_first_repeats_and_skips_no_row(void **state)
{
	struct bench *b = *state;
	const struct filter f = FILTER(.q = { 0 });
	struct hit h, last = { 0 };
	struct reader *r;
	struct scan s;
	size_t n = 0;
	int rc;

	sample_fill(b, 150);
	r = sample_reader(b);
	assert_done(b, reader_begin(r, NULL, &b->err));
	assert_done(b, scan_compile(&s, r, &b->arena, &f, &b->err));
	scan_start_newest(&s, INT64_MAX, INT64_MAX);
	while ((rc = scan_next(&s, &h, &b->err)) == 1) {
		assert_true(n == 0 || is_after(&h, &last));
		last = h;
		n++;
	}
	assert_int_equal(rc, 0);
	assert_true(n > 400);
	assert_int_equal(n, scan_all(b, &f).hits);
	scan_stop(&s);
	reader_end(r);
	reader_close(r);
}

/* scan.h: at most up to row (day, report). What lies before is gone through again for every page of a long list. */
static void test_a_later_page_does_not_walk_the_earlier_ones(void **state)
{
	struct bench *b = *state;
	const struct filter f = FILTER(.q = { 0 });
	struct reader *r;
	struct scan s;
	struct hit h;

	sample_fill(b, 60);
	r = sample_reader(b);
	assert_done(b, reader_begin(r, NULL, &b->err));
	assert_done(b, scan_compile(&s, r, &b->arena, &f, &b->err));
	scan_start_newest(&s, SAMPLE_DAY + 10, 40);
	while (scan_next(&s, &h, &b->err) == 1) {
		assert_true(h.first_day <= SAMPLE_DAY + 10);
		assert_true(h.first_day < SAMPLE_DAY + 10 || h.report <= 40);
	}
	scan_stop(&s);
	reader_end(r);
	reader_close(r);
}

static void test_days_are_inclusive(void **state)
{
	struct bench *b = *state;
	const struct report *reports[4];
	struct filter f = { .first_day = SAMPLE_DAY + 1, .last_day = SAMPLE_DAY + 2 };

	for (int i = 0; i < 4; i++) {
		struct report *r = sample_report(b, arena_printf(&b->arena, "%d", i), SAMPLE_DAY + i);

		r->begin += i == 2 ? DAY_SECONDS - 1 : 0; /* a second before midnight still is that day */
		sample_row(b, r, "203.0.113.9", 1 << i);
		reports[i] = r;
	}
	finish(b, reports, 4);
	assert_int_equal(scan_all(b, &f).messages, 6);
	f.last_day = SAMPLE_DAY;
	assert_int_equal(scan_all(b, &f).messages, 0);
}

static void test_a_stopped_scan_holds_up_nobody(void **state)
{
	struct bench *b = *state;
	const struct filter f = FILTER(.q = { 0 });
	struct reader *r;
	struct store *store;
	struct scan s;
	struct hit h;

	sample_fill(b, 20);
	r = sample_reader(b);
	for (int i = 0; i < 3; i++) {
		assert_done(b, reader_begin(r, NULL, &b->err));
		assert_done(b, scan_compile(&s, r, &b->arena, &f, &b->err));
		scan_start(&s, i == 0 ? SCAN_FACTS : i == 1 ? SCAN_DAYS : SCAN_SUMS, OF_NOTHING);
		assert_int_equal(scan_next(&s, &h, &b->err), 1);
		scan_stop(&s);
		reader_end(r);
	}
	store = sample_open(b, sample_rules(b));
	sample_put(b, store, sample_random(b, 20));
	assert_done(b, store_commit(store, &b->err));
	store_close(store);
	/* the whole log can be written back: no old reading is open */
	assert_int_equal(strncmp(table_text(b, b->db, "PRAGMA wal_checkpoint(TRUNCATE)"), "0|", 2), 0);
	reader_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(test_under_keeps_the_tree_and_no_neighbour),
		bench_test(test_reporters_and_policy_domains_are_exact),
		bench_test(test_networks_keep_what_they_hold),
		bench_test(test_the_last_of_many_addresses_is_found),
		bench_test(test_results_are_asked_raw_and_aligned_apart),
		bench_test(test_signatures_and_envelopes_are_found_by_name),
		bench_test(test_reasons_flags_and_dispositions_are_kept_or_left_out),
		bench_test(test_classes_are_kept_or_left_out),
		bench_test(test_the_policy_that_applied_is_asked),
		bench_test(test_a_source_is_the_earlier_rule_of_address_and_profile),
		bench_test(test_a_message_has_the_first_cause_that_fits),
		bench_test(test_rules_and_verdicts_are_kept_or_left_out),
		bench_test(test_likely_spoofing_beside_unknown_needs_no_address),
		bench_test(test_find_looks_where_it_says),
		bench_test(test_find_takes_a_part_of_an_address),
		bench_test(test_newest_first_repeats_and_skips_no_row),
		bench_test(test_a_later_page_does_not_walk_the_earlier_ones),
		bench_test(test_days_are_inclusive),
		bench_test(test_a_stopped_scan_holds_up_nobody),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("scan", tests, NULL, NULL);
}
