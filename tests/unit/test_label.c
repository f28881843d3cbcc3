/* test_label: the first rule that matches names the mail, by the patterns the operator wrote and no others. */
#include "store_sample.h"

#include "schema/source_hint.h"
#include "storage/db.h"
#include "storage/label.h"

static int64_t by_address(struct bench *b, const char *address)
{
	struct source_rules rules = sample_rules(b);
	unsigned char bytes[16];

	assert_true(address_parse(slice_of(address), bytes));
	return label_address(&rules, bytes, (struct address_known){ 0 });
}

static int64_t by_profile(struct bench *b, const struct row *row)
{
	struct source_rules rules = sample_rules(b);

	return label_profile(&b->arena, &rules, row);
}

static struct row *bare_row(struct bench *b)
{
	return sample_row(b, sample_report(b, "a", SAMPLE_DAY), "203.0.113.1", 1);
}

static void test_an_address_belongs_to_the_first_rule_that_holds_it(void **state)
{
	struct bench *b = *state;

	assert_int_equal(by_address(b, "192.0.2.31"), 1); /* the fifth rule holds it too */
	assert_int_equal(by_address(b, "192.0.2.32"), 5);
	assert_int_equal(by_address(b, "::ffff:192.0.2.1"), 1);
	assert_int_equal(by_address(b, "198.51.100.255"), 4);
	assert_int_equal(by_address(b, "203.0.113.1"), 0);
	assert_int_equal(by_address(b, "2001:db8::1"), 0);
}

static void test_only_a_signature_that_passed_names_a_sender(void **state)
{
	struct bench *b = *state;
	struct row *row = bare_row(b);

	sample_auth(b, &row->dkim_auth, "mailer.example", "s", "fail");
	sample_auth(b, &row->dkim_auth, "lists.example", "s", NULL);
	assert_int_equal(by_profile(b, row), 0);
	sample_auth(b, &row->dkim_auth, "other.example", "s", "pass");
	assert_int_equal(by_profile(b, row), 0);
	sample_auth(b, &row->dkim_auth, "EU.Mailer.example.", "s", "pass");
	assert_int_equal(by_profile(b, row), 3);
}

static void test_the_earlier_rule_wins_whatever_its_pattern(void **state)
{
	struct bench *b = *state;
	struct row *row = bare_row(b);

	sample_auth(b, &row->dkim_auth, "mailer.example", "s", "pass");
	row->envelope_from = SLICE("lists.example");
	assert_int_equal(by_profile(b, row), 2);
}

static void test_a_name_that_only_ends_alike_is_another(void **state)
{
	struct bench *b = *state;
	struct row *row = bare_row(b);

	row->envelope_from = SLICE("evillists.example");
	assert_int_equal(by_profile(b, row), 0);
	row->envelope_from = SLICE("lists.example.evil");
	assert_int_equal(by_profile(b, row), 0);
	row->envelope_from = SLICE("owner-staff@deep.Lists.Example.");
	assert_int_equal(by_profile(b, row), 2);
}

static void test_the_spf_domain_counts_only_without_an_envelope(void **state)
{
	struct bench *b = *state;
	struct row *row = bare_row(b);

	sample_auth(b, &row->spf_auth, "lists.example", NULL, "pass");
	assert_int_equal(by_profile(b, row), 2);
	row->envelope_from = SLICE("other.example");
	assert_int_equal(by_profile(b, row), 0);
}

/* Anybody can write our name on an envelope, and spoofers do: where SPF does not prove it, it names nobody as ours. */
static void test_an_envelope_in_our_name_is_ours_where_spf_proves_it(void **state)
{
	static const struct slice ours[] = { { "univ.example", 12 } };
	struct bench *b = *state;
	struct source_rule rule = { .name = SLICE("Us"), .kind = KIND_OURS, .envelopes = ours, .envelope_count = 1 };
	const struct source_rules rules = { &rule, 1 };
	static const struct {
		const char *envelope, *domain, *result;
		int names;
	} cases[] = {
		{ "univ.example", "univ.example", "pass", 1 },     { "bounce.univ.example", "BOUNCE.univ.example.", "pass", 1 },
		{ NULL, "univ.example", "pass", 1 },               { "univ.example", "univ.example", "softfail", 0 },
		{ "univ.example", "other.example", "pass", 0 },    { "univ.example", "bounce.univ.example", "pass", 0 },
		{ NULL, "univ.example", "fail", 0 },               { "univ.example", "univ.example", NULL, 0 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct row *row = bare_row(b);

		row->envelope_from = slice_of(cases[i].envelope);
		sample_auth(b, &row->spf_auth, cases[i].domain, NULL, cases[i].result);
		assert_int_equal(label_profile(&b->arena, &rules, row), cases[i].names);
		rule.kind = KIND_LIST; /* who sends for others gains nothing by a false name */
		assert_int_equal(label_profile(&b->arena, &rules, row), 1);
		rule.kind = KIND_OURS;
	}
}

static void test_a_name_in_helo_proves_no_envelope(void **state)
{
	static const struct slice ours[] = { { "univ.example", 12 } };
	struct bench *b = *state;
	const struct source_rule rule = { .name = SLICE("Us"), .kind = KIND_OURS, .envelopes = ours, .envelope_count = 1 };
	const struct source_rules rules = { &rule, 1 };
	struct row *row = bare_row(b);

	row->envelope_from = SLICE("univ.example");
	sample_auth(b, &row->spf_auth, "univ.example", NULL, "fail");
	sample_auth(b, &row->spf_auth, "univ.example", NULL, "pass");
	row->spf_auth->next->scope = SLICE("helo");
	assert_int_equal(label_profile(&b->arena, &rules, row), 0);
}

/* 933 messages of one installation had it (FORMATS 9): the null reverse-path names nobody, so the SPF domain does. */
static void test_a_null_reverse_path_is_no_envelope_domain(void **state)
{
	struct bench *b = *state;
	struct row *row = bare_row(b);

	row->envelope_from = SLICE("<>");
	sample_auth(b, &row->spf_auth, "lists.example", NULL, "pass");
	assert_int_equal(by_profile(b, row), 2);
}

static void test_no_rules_name_nothing(void **state)
{
	struct bench *b = *state;
	struct source_rules none = { 0 };
	unsigned char bytes[16] = { 0 };

	assert_int_equal(label_address(&none, bytes, (struct address_known){ 0 }), 0);
	assert_int_equal(label_profile(&b->arena, &none, bare_row(b)), 0);
	assert_true(label_fingerprint(&b->arena, &none).len > 0);
}

static bool same_fingerprint(struct bench *b, const struct source_rule *a, const struct source_rule *c)
{
	const struct source_rules x = { a, SAMPLE_RULES }, y = { c, SAMPLE_RULES };

	return slice_eq(label_fingerprint(&b->arena, &x), label_fingerprint(&b->arena, &y));
}

static void test_any_changed_rule_changes_the_fingerprint(void **state)
{
	static const struct slice other[] = { { "lists.example", 13 }, { "more.example", 12 } };
	static const uint32_t asn = 64500;
	struct bench *b = *state;
	const struct source_rule *was = sample_rules(b).rule;
	struct source_rule now[SAMPLE_RULES];
	struct network net = was[0].networks[0];

#define CHANGED(statement)                                                                                             \
	do {                                                                                                           \
		memcpy(now, was, sizeof now);                                                                          \
		statement;                                                                                             \
		assert_false(same_fingerprint(b, was, now));                                                           \
	} while (0)
	memcpy(now, was, sizeof now);
	assert_true(same_fingerprint(b, was, now));
	assert_true(same_fingerprint(b, was, sample_rules(b).rule));
	CHANGED(now[0].name = SLICE("Relay"));
	CHANGED(now[0].owner = (struct slice){ 0 });
	CHANGED(now[1].owner = SLICE(""));
	CHANGED(now[0].kind = KIND_SERVICE);
	CHANGED(now[1].software = SOFTWARE_MAILMAN);
	CHANGED(now[1].dkim_domains = other + 1);
	CHANGED(now[1].envelopes = other + 1);
	CHANGED((now[1].envelopes = other, now[1].envelope_count = 2));
	CHANGED(now[1].envelope_count = 0);
	CHANGED((now[2].envelopes = now[2].dkim_domains, now[2].envelope_count = 1, now[2].dkim_domain_count = 0));
	CHANGED((net.bits++, now[0].networks = &net));
	CHANGED((net = was[0].networks[0], net.addr[15]++, now[0].networks = &net));
	CHANGED((now[0] = was[1], now[1] = was[0]));
	CHANGED(now[0].hint = true);
	CHANGED((now[1].rdns = other, now[1].rdns_count = 1));
	CHANGED((now[1].rdns = now[1].envelopes, now[1].rdns_count = 1, now[1].envelope_count = 0));
	CHANGED((now[1].envelope_labels = other, now[1].envelope_label_count = 1));
	CHANGED((now[0].asns = &asn, now[0].asn_count = 1));
#undef CHANGED
}

static void test_any_other_pattern_changes_the_fingerprint(void **state)
{
	static const struct slice names[] = { { "a.example", 9 }, { "b.example", 9 } };
	static const uint32_t numbers[] = { 64500, 64501 };
	struct bench *b = *state;
	struct source_rule was[SAMPLE_RULES], now[SAMPLE_RULES];

	memcpy(was, sample_rules(b).rule, sizeof was);
	was[1].rdns = was[1].envelope_labels = names;
	was[1].asns = numbers;
	was[1].rdns_count = was[1].envelope_label_count = was[1].asn_count = 1;
	memcpy(now, was, sizeof now);
	assert_true(same_fingerprint(b, was, now));
	now[1].rdns = names + 1;
	assert_false(same_fingerprint(b, was, now));
	now[1].rdns = names;
	now[1].envelope_labels = names + 1;
	assert_false(same_fingerprint(b, was, now));
	now[1].envelope_labels = names;
	now[1].asns = numbers + 1;
	assert_false(same_fingerprint(b, was, now));
}

static const char labels[] =
	"SELECT a.bytes, a.written, s.source FROM address a JOIN address_source s ON s.address = a.id ORDER BY 1, 2";
static const char profile_labels[] =
	"SELECT p.key, c.source FROM profile p JOIN profile_class c ON c.profile = p.id ORDER BY 1";

static void test_labelling_all_equals_labelling_each_as_it_came(void **state)
{
	struct bench *b = *state;
	struct source_rules rules = sample_rules(b);
	const char *addresses, *profiles;
	struct db *db = NULL;

	sample_fill(b, 120);
	addresses = table_text(b, b->db, labels);
	profiles = table_text(b, b->db, profile_labels);
	assert_true(strlen(addresses) > 0);
	table_run(b, b->db, "DELETE FROM address_source; UPDATE profile_class SET source = 9; DELETE FROM source");
	assert_done(b, db_open(b->db, DB_WRITE, &db, &b->err));
	assert_done(b, label_all(db, &rules, &b->err));
	db_close(db);
	assert_string_equal(table_text(b, b->db, labels), addresses);
	assert_string_equal(table_text(b, b->db, profile_labels), profiles);
	assert_string_equal(table_text(b, b->db, "SELECT * FROM source"),
			    "1|Relays|0|postmaster|0|0\n2|Lists|2|-|0|0\n3|Mailer|1|-|0|0\n4|Alumni|3|-|0|0\n5|Campus|0|-|0|0\n");
}

/* --- what look-ups found --- */

static const struct slice outbound[] = { { "out.example.net", 15 } };
static const uint32_t asns[] = { 64500, 4200000000 };
static const struct source_rule looked_up[] = {
	{ .name = { "Cloud", 5 }, .kind = KIND_SERVICE, .rdns = outbound, .rdns_count = 1 },
	{ .name = { "Network", 7 }, .kind = KIND_OURS, .asns = asns, .asn_count = 2 },
};
static const struct source_rules looked_up_rules = { looked_up, 2 };

static int64_t by_name(const char *name, int64_t asn)
{
	static const unsigned char addr[16];

	return label_address(&looked_up_rules, addr, (struct address_known){ slice_of(name), asn });
}

static void test_a_reverse_name_or_a_network_number_names_an_address(void **state)
{
	assert_int_equal(by_name("out.example.net", 0), 1);
	assert_int_equal(by_name("a7.out.example.net", 0), 1);
	assert_int_equal(by_name("xout.example.net", 0), 0);
	assert_int_equal(by_name("out.example.net.evil.example", 0), 0);
	assert_int_equal(by_name(NULL, 64500), 2);
	assert_int_equal(by_name(NULL, 4200000000), 2);
	assert_int_equal(by_name(NULL, 64501), 0);
	assert_int_equal(by_name("out.example.net", 64500), 1);
	assert_int_equal(by_name(NULL, 0), 0);
}

static void name_address(struct bench *b, struct store *s, const char *address, const char *name, int64_t asn)
{
	struct address_found found = { .result = name != NULL ? LOOKUP_FOUND : LOOKUP_NONE, .name = slice_of(name), .asn = asn };

	assert_true(address_parse(slice_of(address), found.addr));
	assert_done(b, store_address_found(s, &found, SAMPLE_RECEIVED, &b->err));
}

static const char named[] = "SELECT hex(substr(a.bytes, 13)), n.name, n.asn, n.looked_up_s FROM address a"
			    " JOIN address_name n ON n.address = a.id ORDER BY 1";
static const char sources[] = "SELECT hex(substr(a.bytes, 13)), s.source FROM address a"
			      " JOIN address_source s ON s.address = a.id ORDER BY 1";

static struct store *two_addresses(struct bench *b)
{
	struct store *s = sample_open(b, looked_up_rules);
	struct report *r = sample_report(b, "a", SAMPLE_DAY);

	sample_row(b, r, "203.0.113.1", 7);
	sample_row(b, r, "203.0.113.2", 3);
	sample_put(b, s, r);
	assert_done(b, store_commit(s, &b->err));
	return s;
}

static void test_a_look_up_is_kept_and_names_its_address_anew(void **state)
{
	struct bench *b = *state;
	struct store *s = two_addresses(b);

	assert_string_equal(table_text(b, b->db, sources), "");
	name_address(b, s, "203.0.113.1", "A.Out.Example.NET.", 64500);
	name_address(b, s, "203.0.113.2", NULL, 64500);
	name_address(b, s, "203.0.113.9", "out.example.net", 64500); /* of no report */
	assert_done(b, store_commit(s, &b->err));
	assert_string_equal(table_text(b, b->db, named), "CB007101|a.out.example.net|64500|1743811200\n"
							 "CB007102|-|64500|1743811200\n");
	assert_string_equal(table_text(b, b->db, sources), "CB007101|1\nCB007102|2\n");
	name_address(b, s, "203.0.113.1", "elsewhere.example", 0);
	name_address(b, s, "203.0.113.2", "out.example.net", 0);
	assert_done(b, store_commit(s, &b->err));
	assert_string_equal(table_text(b, b->db, named), "CB007101|elsewhere.example|-|1743811200\n"
							 "CB007102|out.example.net|-|1743811200\n");
	assert_string_equal(table_text(b, b->db, sources), "CB007102|1\n");
	store_close(s);
}

static void test_changed_rules_match_what_was_looked_up_before(void **state)
{
	struct bench *b = *state;
	struct store *s = two_addresses(b);
	const struct source_rule reversed[] = { looked_up[1], looked_up[0] };

	name_address(b, s, "203.0.113.1", "out.example.net", 64500);
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
	store_close(sample_open(b, (struct source_rules){ 0 }));
	assert_string_equal(table_text(b, b->db, sources), "");
	store_close(sample_open(b, (struct source_rules){ reversed, 2 }));
	assert_string_equal(table_text(b, b->db, sources), "CB007101|1\n");
	assert_string_equal(table_text(b, b->db, "SELECT name FROM source ORDER BY id"), "Network\nCloud\n");
}

static void test_a_look_up_that_was_not_committed_is_forgotten(void **state)
{
	struct bench *b = *state;
	struct store *s = two_addresses(b);

	name_address(b, s, "203.0.113.1", "out.example.net", 0);
	store_close(s);
	assert_string_equal(table_text(b, b->db, named), "");
	assert_string_equal(table_text(b, b->db, sources), "");
}

static struct slice source_of_first_row(struct bench *b, struct reader *r)
{
	struct filter f = { .first_day = SAMPLE_DAY, .last_day = SAMPLE_DAY };
	struct groups g;

	assert_done(b, query_groups(r, &b->arena, &f, BY_IP, 0, &g, &b->err));
	assert_int_equal(g.n, 2);
	return g.item[0].source;
}

/* A reader that took old labels for settled would show an address unnamed until it is restarted. */
static void test_an_open_reader_sees_an_address_named_anew(void **state)
{
	struct bench *b = *state;
	struct store *s = two_addresses(b);
	struct reader *r = sample_reader(b);

	assert_null(source_of_first_row(b, r).ptr);
	name_address(b, s, "203.0.113.1", "out.example.net", 0);
	assert_done(b, store_commit(s, &b->err));
	assert_true(slice_is(source_of_first_row(b, r), "Cloud"));
	name_address(b, s, "203.0.113.1", NULL, 0);
	assert_done(b, store_commit(s, &b->err));
	assert_null(source_of_first_row(b, r).ptr);
	reader_close(r);
	store_close(s);
}

/* Each such change has every reader read all labels again: thousands of look-ups that change none must not. */
static void test_a_look_up_that_changes_no_label_leaves_readers_alone(void **state)
{
	static const char changes[] = "SELECT value FROM meta WHERE key = 'labels'";
	struct bench *b = *state;
	struct store *s = two_addresses(b);

	name_address(b, s, "203.0.113.1", "elsewhere.example", 64999);
	assert_done(b, store_commit(s, &b->err));
	assert_string_equal(table_text(b, b->db, changes), "");
	name_address(b, s, "203.0.113.1", "out.example.net", 0);
	name_address(b, s, "203.0.113.1", "a.out.example.net", 0);
	assert_done(b, store_commit(s, &b->err));
	assert_string_equal(table_text(b, b->db, changes), "1\n");
	store_close(s);
}

/* --- hints --- */

static const char *hinted(struct bench *b, const char *from, const char *envelope, const char *signer)
{
	struct source_rules rules = source_hints_behind(&b->arena, (struct source_rules){ 0 });
	struct row *row = bare_row(b);
	int64_t source;

	row->header_from = sample_text(b, from);
	row->envelope_from = sample_text(b, envelope);
	if (envelope != NULL)
		sample_auth(b, &row->spf_auth, envelope, NULL, "pass");
	if (signer != NULL)
		sample_auth(b, &row->dkim_auth, signer, "s", "pass");
	source = label_profile(&b->arena, &rules, row);
	return source > 0 ? rules.rule[source - 1].name.ptr : "none";
}

static void test_well_known_software_and_services_have_a_name(void **state)
{
	struct bench *b = *state;

	assert_string_equal(hinted(b, "univ.example", "eu-west-1.amazonses.com", NULL), "Amazon SES");
	assert_string_equal(hinted(b, "univ.example", "univ.example", "mail41.suw13.rsgsv.net"), "Mailchimp");
	assert_string_equal(hinted(b, "univ.example", NULL, "SendGrid.net."), "SendGrid");
	assert_string_equal(hinted(b, "univ.example", "JISCMAIL.AC.UK", NULL), "JISCMail");
	assert_string_equal(hinted(b, "univ.example", "googlegroups.com", "sendgrid.net"), "Google Groups");
	assert_string_equal(hinted(b, "univ.example", "bounce.s7.mc.salesforce.com", NULL), "Salesforce Marketing Cloud");
	assert_string_equal(hinted(b, "univ.example", "bnc.salesforce.com", NULL), "Salesforce");
	assert_string_equal(hinted(b, "univ.example", "notsendgrid.net", NULL), "none");
	assert_string_equal(hinted(b, "univ.example", "univ.example", "univ.example"), "none");
}

static void test_the_first_label_of_a_host_names_list_software(void **state)
{
	struct bench *b = *state;

	assert_string_equal(hinted(b, "univ.example", "listserv.other.example", NULL), "LISTSERV");
	assert_string_equal(hinted(b, "univ.example", "owner-x@LISTSERV.Other.Example", NULL), "LISTSERV");
	assert_string_equal(hinted(b, "univ.example", "mailman.dept.other.example", NULL), "Mailman");
	assert_string_equal(hinted(b, "univ.example", "sympa.other.example", NULL), "Sympa");
	assert_string_equal(hinted(b, "univ.example", "lists.univ.example", NULL), "Mailing lists (software unknown)");
	assert_string_equal(hinted(b, "univ.example", "lists.example", NULL), "none");
	assert_string_equal(hinted(b, "univ.example", "mail.lists.other.example", NULL), "none");
	assert_string_equal(hinted(b, "univ.example", "listserver.other.example", NULL), "none");
	assert_string_equal(hinted(b, "univ.example", "lists", NULL), "none");
	assert_string_equal(hinted(b, "univ.example", ".lists.other.example", NULL), "none");
	assert_string_equal(hinted(b, "univ.example", "groups.io", NULL), "groups.io");
	assert_string_equal(hinted(b, "univ.example", "univ.example", "lists.other.example"), "none");
}

/* Reports about jiscmail.ac.uk are read at JISCMail: there it is no outsider, and its staff's mail is no list. */
static void test_a_hint_does_not_name_the_readers_own_domain(void **state)
{
	struct bench *b = *state;

	assert_string_equal(hinted(b, "jiscmail.ac.uk", "jiscmail.ac.uk", "jiscmail.ac.uk"), "none");
	assert_string_equal(hinted(b, "news.mailchimp.com", "bounce.mailchimp.com", "mailchimp.com"), "none");
	assert_string_equal(hinted(b, "news.mailchimp.com", "amazonses.com", "mailchimp.com"), "Amazon SES");
	assert_string_equal(hinted(b, "jiscmail.ac.uk", "lists.jiscmail.ac.uk", NULL), "Mailing lists (software unknown)");
}

static void test_own_words_come_before_hints(void **state)
{
	struct bench *b = *state;
	const struct source_rule own = sample_rules(b).rule[2]; /* mailer.example */
	struct source_rules rules = source_hints_behind(&b->arena, (struct source_rules){ &own, 1 });
	struct row *row = bare_row(b);

	row->envelope_from = SLICE("lists.univ.example");
	assert_int_equal(label_profile(&b->arena, &rules, row), 0); /* anybody can write that */
	sample_auth(b, &row->spf_auth, "lists.univ.example", NULL, "pass");
	assert_true(label_profile(&b->arena, &rules, row) > 1);
	sample_auth(b, &row->dkim_auth, "mailer.example", "s", "pass");
	assert_int_equal(label_profile(&b->arena, &rules, row), 1);
}

/* A report may hold 400,000 signatures: a copy of each for every rule and hint would take gigabytes. */
static void test_memory_does_not_grow_with_the_number_of_rules(void **state)
{
	struct bench *b = *state;
	struct source_rules hints = source_hints_behind(&b->arena, (struct source_rules){ 0 });
	struct arena few = { 0 }, many = { 0 };
	struct row *row = bare_row(b);

	for (int i = 0; i < 100; i++)
		sample_auth(b, &row->dkim_auth, arena_printf(&b->arena, "s%d.other.example", i), "s", "pass");
	assert_int_equal(label_profile(&few, &(struct source_rules){ hints.rule, 1 }, row), 0);
	assert_int_equal(label_profile(&many, &hints, row), 0);
	assert_int_equal(many.total_bytes, few.total_bytes);
	arena_release(&few);
	arena_release(&many);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(test_an_address_belongs_to_the_first_rule_that_holds_it),
		bench_test(test_only_a_signature_that_passed_names_a_sender),
		bench_test(test_the_earlier_rule_wins_whatever_its_pattern),
		bench_test(test_a_name_that_only_ends_alike_is_another),
		bench_test(test_the_spf_domain_counts_only_without_an_envelope),
		bench_test(test_an_envelope_in_our_name_is_ours_where_spf_proves_it),
		bench_test(test_a_name_in_helo_proves_no_envelope),
		bench_test(test_a_null_reverse_path_is_no_envelope_domain),
		bench_test(test_no_rules_name_nothing),
		bench_test(test_any_changed_rule_changes_the_fingerprint),
		bench_test(test_any_other_pattern_changes_the_fingerprint),
		bench_test(test_labelling_all_equals_labelling_each_as_it_came),
		bench_test(test_a_reverse_name_or_a_network_number_names_an_address),
		bench_test(test_a_look_up_is_kept_and_names_its_address_anew),
		bench_test(test_changed_rules_match_what_was_looked_up_before),
		bench_test(test_a_look_up_that_was_not_committed_is_forgotten),
		bench_test(test_an_open_reader_sees_an_address_named_anew),
		bench_test(test_a_look_up_that_changes_no_label_leaves_readers_alone),
		bench_test(test_well_known_software_and_services_have_a_name),
		bench_test(test_the_first_label_of_a_host_names_list_software),
		bench_test(test_a_hint_does_not_name_the_readers_own_domain),
		bench_test(test_own_words_come_before_hints),
		bench_test(test_memory_does_not_grow_with_the_number_of_rules),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("label", tests, NULL, NULL);
}
