/* test_tls_report: a TLS report arrives as it was sent, or not at all; the sender is not believed. */
#include "schema/tls_report.h"

#include "base/text.h"
#include "same.h"
#include "sample.h"
#include "schema/limits.h"
#include "schema/wire.h"

static struct arena arena;
static struct buf wire;

static int setup(void **state)
{
	buf_init(&wire, 16 << 20);
	return 0;
}

static int clear(void **state)
{
	buf_clear(&wire);
	arena_release(&arena);
	return 0;
}

static int teardown(void **state)
{
	buf_release(&wire);
	return 0;
}

/* --- two reports are the same --- */

static void same_failures(const struct tls_failure *a, const struct tls_failure *b)
{
	for (; a != NULL && b != NULL; a = a->next, b = b->next) {
		same_text("result_type", a->result_type, b->result_type);
		same_text("sending_mta_ip", a->sending_mta_ip, b->sending_mta_ip);
		same_text("receiving_mx_hostname", a->receiving_mx_hostname, b->receiving_mx_hostname);
		same_text("receiving_mx_helo", a->receiving_mx_helo, b->receiving_mx_helo);
		same_text("receiving_ip", a->receiving_ip, b->receiving_ip);
		same_text("additional_information", a->additional_information, b->additional_information);
		same_text("failure_reason_code", a->failure_reason_code, b->failure_reason_code);
		assert_true(a->failed == b->failed);
	}
	assert_true(a == NULL && b == NULL);
}

static void assert_same(const struct tls_report *a, const struct tls_report *b)
{
	const struct tls_policy *p = a->policies, *q = b->policies;

	same_text("file", a->file, b->file);
	same_text("member", a->member, b->member);
	same_text("organization_name", a->organization_name, b->organization_name);
	same_text("contact_info", a->contact_info, b->contact_info);
	same_text("report_id", a->report_id, b->report_id);
	same_text("start", a->start, b->start);
	same_text("end", a->end, b->end);
	for (; p != NULL && q != NULL; p = p->next, q = q->next) {
		same_text("policy_type", p->policy_type, q->policy_type);
		same_text("policy_domain", p->policy_domain, q->policy_domain);
		same_notes("mx_host", p->mx_host, q->mx_host);
		same_notes("policy_string", p->policy_string, q->policy_string);
		assert_true(p->successful == q->successful && p->failed == q->failed);
		same_failures(p->failures, q->failures);
	}
	assert_true(p == NULL && q == NULL);
}

/* --- building --- */

static struct tls_failure *add_failure(struct tls_policy *p, int64_t failed)
{
	struct tls_failure **end = &p->failures;

	while (*end != NULL)
		end = &(*end)->next;
	*end = arena_alloc(&arena, sizeof **end);
	**end = (struct tls_failure){ SLICE("certificate-expired"), SLICE("192.0.2.1"), SLICE("mx.univ.example"),
				      SLICE("helo.univ.example"), SLICE("198.51.100.1"), SLICE("https://r.example/\xc3\xa9"),
				      SLICE("X509"), failed, NULL };
	return *end;
}

static struct tls_policy *add_policy(struct tls_report *r, int64_t successful, int64_t failed)
{
	struct tls_policy **end = &r->policies;

	while (*end != NULL)
		end = &(*end)->next;
	*end = arena_alloc(&arena, sizeof **end);
	**end = (struct tls_policy){ .policy_type = SLICE("sts"),
				     .policy_domain = SLICE("univ.example"),
				     .successful = successful,
				     .failed = failed };
	return *end;
}

static struct tls_report full_report(void)
{
	struct tls_report r = { SLICE("mail.eml"),	   SLICE("part2!x.json"),	SLICE("Receiver"),
				SLICE("tls@r.example"),	   SLICE("2026:id@r.example"),	SLICE("2026-06-01T00:00:00Z"),
				SLICE("2026-06-01T23:59:59Z"), NULL };
	struct tls_policy *p = add_policy(&r, 5326, 303);

	note_add(&arena, &p->mx_host, SLICE("mx1.univ.example"));
	note_add(&arena, &p->mx_host, SLICE("*.univ.example"));
	note_add(&arena, &p->policy_string, SLICE("version: STSv1"));
	add_failure(p, 100);
	add_failure(p, TLS_NO_COUNT)->result_type = (struct slice){ 0 };
	add_policy(&r, TLS_NO_COUNT, 0);
	add_failure(add_policy(&r, 0, INT64_MAX), INT64_MAX);
	return r;
}

static void assert_arrives(const struct tls_report *r)
{
	struct tls_report back;

	buf_clear(&wire);
	memset(&back, 0x5a, sizeof back);
	assert_int_equal(tls_report_encode(&wire, r), 0);
	assert_int_equal(tls_report_decode(&arena, buf_slice(&wire), &back), 0);
	assert_same(r, &back);
}

/* `out` untouched on failure (HOUSE). */
static void assert_refused(struct slice bytes)
{
	char *exact = malloc(bytes.len > 0 ? bytes.len : 1);
	struct tls_report r, untouched;

	assert_non_null(exact);
	if (bytes.len > 0)
		memcpy(exact, bytes.ptr, bytes.len);
	memset(&r, 0x5a, sizeof r);
	memset(&untouched, 0x5a, sizeof untouched);
	assert_int_equal(tls_report_decode(&arena, (struct slice){ exact, bytes.len }, &r), -1);
	assert_memory_equal(&r, &untouched, sizeof r);
	free(exact);
}

static void assert_not_taken(const struct tls_report *r)
{
	buf_clear(&wire);
	assert_int_equal(tls_report_encode(&wire, r), 0);
	assert_refused(buf_slice(&wire));
}

/* --- tests --- */

static void test_every_field_arrives(void **state)
{
	struct tls_report r = full_report();

	assert_arrives(&r);
}

static void test_a_report_of_nothing_arrives(void **state)
{
	struct tls_report r = { 0 };

	assert_arrives(&r);
	r.policies = arena_alloc(&arena, sizeof *r.policies);
	assert_arrives(&r);
	r.policies->failures = arena_alloc(&arena, sizeof *r.policies->failures);
	assert_arrives(&r);
}

static void test_absent_and_empty_stay_apart(void **state)
{
	struct tls_report r = full_report();
	struct slice *const texts[] = { &r.file, &r.member, &r.organization_name, &r.contact_info, &r.report_id, &r.start, &r.end,
					&r.policies->policy_type, &r.policies->policy_domain, &r.policies->failures->result_type,
					&r.policies->failures->failure_reason_code };

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		*texts[i] = SLICE("");
		assert_arrives(&r);
		*texts[i] = (struct slice){ 0 };
		assert_arrives(&r);
	}
}

static void test_no_cut_or_longer_wire_is_a_report(void **state)
{
	struct tls_report r = full_report();

	assert_int_equal(tls_report_encode(&wire, &r), 0);
	for (size_t n = 0; n < wire.len; n++)
		assert_refused((struct slice){ wire.data, n });
	buf_add_char(&wire, '\0');
	assert_refused(buf_slice(&wire));
	assert_int_equal(tls_report_decode(&arena, (struct slice){ 0 }, &r), -1);
}

static void test_a_flipped_byte_is_refused_or_harmless(void **state)
{
	struct tls_report r = full_report(), back, same;
	struct arena own = arena;
	struct buf again;

	assert_int_equal(tls_report_encode(&wire, &r), 0);
	buf_init(&again, 4 << 20);
	memset(&arena, 0, sizeof arena);
	for (size_t i = 0; i < wire.len; i++)
		for (int bit = 0; bit < 8; bit++) {
			char *exact = malloc(wire.len);

			assert_non_null(exact);
			memcpy(exact, wire.data, wire.len);
			exact[i] = (char)(exact[i] ^ (1 << bit));
			if (tls_report_decode(&arena, (struct slice){ exact, wire.len }, &back) == 0) {
				buf_clear(&again);
				assert_int_equal(tls_report_encode(&again, &back), 0);
				assert_int_equal(tls_report_decode(&arena, buf_slice(&again), &same), 0);
				assert_same(&back, &same);
			}
			free(exact);
			arena_clear(&arena);
		}
	arena_release(&arena);
	buf_release(&again);
	arena = own;
}

static void test_counts_that_make_no_sense_are_refused(void **state)
{
	static const int64_t bad[] = { -2, -1000, INT64_MIN };

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct tls_report r = full_report();

		r.policies->successful = bad[i];
		assert_not_taken(&r);
		r = full_report();
		r.policies->next->failed = bad[i];
		assert_not_taken(&r);
		r = full_report();
		r.policies->failures->next->failed = bad[i];
		assert_not_taken(&r);
	}
}

static void test_text_that_is_no_text_or_too_long_is_refused(void **state)
{
	const struct slice bad[] = { SLICE("a\0b"), SLICE("\xff"), SLICE("\xed\xa0\x80"),
				     sample_noise(&arena, LIMIT_XML_TEXT_BYTES + 1) };

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct tls_report r = full_report();

		r.end = bad[i];
		assert_not_taken(&r);
		r = full_report();
		r.policies->policy_domain = bad[i];
		assert_not_taken(&r);
		r = full_report();
		r.policies->mx_host->next->text = bad[i];
		assert_not_taken(&r);
		r = full_report();
		r.policies->failures->additional_information = bad[i];
		assert_not_taken(&r);
	}
}

static void test_lists_over_their_limits_are_refused(void **state)
{
	struct tls_report r = { 0 };
	struct tls_policy *policies = arena_array(&arena, LIMIT_TLS_ITEMS + 1, sizeof *policies);
	struct tls_failure *failures = arena_array(&arena, LIMIT_TLS_ITEMS + 1, sizeof *failures);
	struct note *notes = arena_array(&arena, LIMIT_NOTES + 1, sizeof *notes);

	for (size_t i = 0; i < LIMIT_TLS_ITEMS - 1; i++) {
		policies[i].next = &policies[i + 1];
		failures[i].next = &failures[i + 1];
	}
	for (size_t i = 0; i <= LIMIT_NOTES; i++) {
		notes[i].text = SLICE("x");
		notes[i].next = i < LIMIT_NOTES - 1 ? &notes[i + 1] : NULL;
	}
	r.policies = policies;
	assert_arrives(&r);
	policies[LIMIT_TLS_ITEMS - 1].next = &policies[LIMIT_TLS_ITEMS];
	assert_not_taken(&r);
	policies[0].next = NULL;
	policies[0].failures = failures;
	policies[0].mx_host = notes;
	assert_arrives(&r);
	failures[LIMIT_TLS_ITEMS - 1].next = &failures[LIMIT_TLS_ITEMS];
	assert_not_taken(&r);
	failures[0].next = NULL;
	notes[LIMIT_NOTES - 1].next = &notes[LIMIT_NOTES];
	assert_not_taken(&r);
	policies[0].mx_host = NULL;
	policies[0].policy_string = notes;
	assert_not_taken(&r);
}

static void test_a_full_buffer_is_said(void **state)
{
	struct tls_report r = full_report();
	struct buf small;
	size_t whole;

	assert_int_equal(tls_report_encode(&wire, &r), 0);
	whole = wire.len;
	for (size_t ceiling = 0; ceiling <= whole; ceiling++) {
		buf_init(&small, ceiling);
		assert_int_equal(tls_report_encode(&small, &r), ceiling < whole ? -1 : 0);
		assert_true(small.len <= ceiling);
		buf_release(&small);
	}
}

static void test_text_of_a_decoded_report_lies_in_the_wire(void **state)
{
	struct tls_report r = full_report(), back;
	const char *from, *to;

	assert_int_equal(tls_report_encode(&wire, &r), 0);
	assert_int_equal(tls_report_decode(&arena, buf_slice(&wire), &back), 0);
	from = wire.data;
	to = wire.data + wire.len;
	assert_true(back.file.ptr > from && back.file.ptr < to);
	assert_true(back.policies->mx_host->text.ptr > from && back.policies->mx_host->text.ptr < to);
	assert_true(back.policies->failures->result_type.ptr > from && back.policies->failures->result_type.ptr < to);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_teardown(name, clear)
		TEST(test_every_field_arrives),
		TEST(test_a_report_of_nothing_arrives),
		TEST(test_absent_and_empty_stay_apart),
		TEST(test_no_cut_or_longer_wire_is_a_report),
		TEST(test_a_flipped_byte_is_refused_or_harmless),
		TEST(test_counts_that_make_no_sense_are_refused),
		TEST(test_text_that_is_no_text_or_too_long_is_refused),
		TEST(test_lists_over_their_limits_are_refused),
		TEST(test_a_full_buffer_is_said),
		TEST(test_text_of_a_decoded_report_lies_in_the_wire),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("tls_report", tests, setup, teardown);
}
