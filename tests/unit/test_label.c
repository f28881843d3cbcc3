/* test_label: the first rule that matches names the mail, by the patterns the operator wrote and no others. */
#include "store_sample.h"

#include "storage/db.h"
#include "storage/label.h"

static int64_t by_address(struct bench *b, const char *address)
{
	struct source_rules rules = sample_rules(b);
	unsigned char bytes[16];

	assert_true(address_parse(slice_of(address), bytes));
	return label_address(&rules, bytes);
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

	assert_int_equal(label_address(&none, bytes), 0);
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
	CHANGED(now[1].dkim_domains = other + 1);
	CHANGED(now[1].envelopes = other + 1);
	CHANGED((now[1].envelopes = other, now[1].envelope_count = 2));
	CHANGED(now[1].envelope_count = 0);
	CHANGED((now[2].envelopes = now[2].dkim_domains, now[2].envelope_count = 1, now[2].dkim_domain_count = 0));
	CHANGED((net.bits++, now[0].networks = &net));
	CHANGED((net = was[0].networks[0], net.addr[15]++, now[0].networks = &net));
	CHANGED((now[0] = was[1], now[1] = was[0]));
#undef CHANGED
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
			    "1|Relays|0|postmaster\n2|Lists|2|-\n3|Mailer|1|-\n4|Alumni|3|-\n5|Campus|0|-\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(test_an_address_belongs_to_the_first_rule_that_holds_it),
		bench_test(test_only_a_signature_that_passed_names_a_sender),
		bench_test(test_the_earlier_rule_wins_whatever_its_pattern),
		bench_test(test_a_name_that_only_ends_alike_is_another),
		bench_test(test_the_spf_domain_counts_only_without_an_envelope),
		bench_test(test_a_null_reverse_path_is_no_envelope_domain),
		bench_test(test_no_rules_name_nothing),
		bench_test(test_any_changed_rule_changes_the_fingerprint),
		bench_test(test_labelling_all_equals_labelling_each_as_it_came),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("label", tests, NULL, NULL);
}
