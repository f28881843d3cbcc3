/* test_report: a report arrives as it was sent, or not at all; no wire, however wrong, gets past the checks. */
#include "schema/report.h"

#include "base/text.h"
#include "same.h"
#include "sample.h"
#include "schema/limits.h"

static struct arena arena;

static int clear(void **state)
{
	arena_clear(&arena);
	return 0;
}

static int teardown(void **state)
{
	arena_release(&arena);
	return 0;
}

/* --- two reports are the same --- */

static void same_auths(const struct auth *a, const struct auth *b)
{
	for (; a != NULL && b != NULL; a = a->next, b = b->next) {
		same_text("domain", a->domain, b->domain);
		same_text("selector", a->selector, b->selector);
		same_text("scope", a->scope, b->scope);
		same_text("result", a->result, b->result);
		same_text("human_result", a->human_result, b->human_result);
	}
	assert_true(a == NULL && b == NULL);
}

static void same_row(const struct row *a, const struct row *b)
{
	const struct reason *x = a->reasons, *y = b->reasons;

	same_text("source_ip", a->source_ip, b->source_ip);
	assert_true(a->count == b->count);
	same_text("disposition", a->disposition, b->disposition);
	same_text("dkim", a->dkim, b->dkim);
	same_text("spf", a->spf, b->spf);
	for (; x != NULL && y != NULL; x = x->next, y = y->next) {
		same_text("type", x->type, y->type);
		same_text("comment", x->comment, y->comment);
	}
	assert_true(x == NULL && y == NULL);
	same_text("header_from", a->header_from, b->header_from);
	same_text("envelope_from", a->envelope_from, b->envelope_from);
	same_text("envelope_to", a->envelope_to, b->envelope_to);
	same_auths(a->dkim_auth, b->dkim_auth);
	same_auths(a->spf_auth, b->spf_auth);
}

#define SAME(field) same_text(#field, a->field, b->field)

static void same_head(const struct report *a, const struct report *b)
{
	SAME(file), SAME(member), SAME(version), SAME(namespace_uri), SAME(org_name), SAME(email),
		SAME(extra_contact_info);
	SAME(report_id), SAME(generator), SAME(domain), SAME(p), SAME(sp), SAME(np), SAME(testing), SAME(adkim),
		SAME(aspf);
	SAME(fo), SAME(discovery_method);
	assert_int_equal(a->complete, b->complete);
	assert_true(a->begin == b->begin && a->end == b->end && a->pct == b->pct);
	same_notes("repairs", a->repairs, b->repairs);
	same_notes("warnings", a->warnings, b->warnings);
	same_notes("errors", a->errors, b->errors);
	same_notes("extensions", a->extensions, b->extensions);
	assert_memory_equal(a->content_hash, b->content_hash, REPORT_HASH_BYTES);
}

static void same(const struct report *a, const struct report *b)
{
	const struct row *x = a->rows, *y = b->rows;

	same_head(a, b);
	for (; x != NULL && y != NULL; x = x->next, y = y->next)
		same_row(x, y);
	assert_true(x == NULL && y == NULL);
	assert_true(a->row_count == b->row_count);
}

/* --- reports to send --- */

static struct auth *auth_of(const char *domain, const char *selector, const char *scope, const char *result,
			    const char *human)
{
	struct auth *r = arena_alloc(&arena, sizeof *r);

	*r = (struct auth){ slice_of(domain), slice_of(selector), slice_of(scope),
			    slice_of(result), slice_of(human),    NULL };
	return r;
}

static struct row *full_row(const char *ip, int64_t count)
{
	struct row *row = arena_alloc(&arena, sizeof *row);

	*row = (struct row){ .source_ip = slice_of(ip),
			     .count = count,
			     .disposition = SLICE("none"),
			     .dkim = SLICE("fail"),
			     .spf = SLICE("hardfail"),
			     .header_from = SLICE("univ.example"),
			     .envelope_from = SLICE(""),
			     .envelope_to = SLICE("receiver.example") };
	row->reasons = arena_alloc(&arena, sizeof *row->reasons);
	row->reasons->type = SLICE("local_policy");
	row->reasons->next = arena_alloc(&arena, sizeof *row->reasons);
	row->reasons->next->comment = SLICE("arc=pass");
	row->dkim_auth = auth_of("univ.example", "s1", NULL, "fail", "body hash");
	row->dkim_auth->next = auth_of(NULL, NULL, NULL, NULL, NULL);
	row->spf_auth = auth_of("list.example", NULL, "mfrom", "pass", "");
	return row;
}

/* No two fields alike, so that none can be taken for another. */
static struct report *full_report(void)
{
	struct report *r = arena_alloc(&arena, sizeof *r);

	*r = (struct report){
		.file = SLICE("file"),
		.member = SLICE("part1(\xc3\xbc.xml)"),
		.complete = true,
		.version = SLICE("1.0"),
		.namespace_uri = SLICE("urn:ietf:params:xml:ns:dmarc-2.0"),
		.org_name = SLICE("Receiver"),
		.email = SLICE("dmarc@receiver.example"),
		.extra_contact_info = SLICE("https://receiver.example/d"),
		.report_id = SLICE("99999999999999999999"),
		.generator = SLICE("Gen 2.1"),
		.begin = -1,
		.end = 1780358399,
		.domain = SLICE("univ.example"),
		.p = SLICE("quarantine"),
		.sp = SLICE("none"),
		.np = SLICE("reject"),
		.testing = SLICE("y"),
		.adkim = SLICE("r"),
		.aspf = SLICE("s"),
		.fo = SLICE("1:d"),
		.discovery_method = SLICE("treewalk"),
		.pct = 0,
		.row_count = 3,
	};
	note_add(&arena, &r->repairs, SLICE("repair"));
	note_add(&arena, &r->warnings, SLICE("warning 1"));
	note_add(&arena, &r->warnings, SLICE("warning 2"));
	note_add(&arena, &r->errors, SLICE("error"));
	note_add(&arena, &r->extensions, SLICE("{urn:x}y"));
	for (size_t i = 0; i < REPORT_HASH_BYTES; i++)
		r->content_hash[i] = (unsigned char)(i * 16 + 1);
	r->rows = full_row("192.0.2.1", 12);
	r->rows->next = full_row("2001:db8::1", 0);
	r->rows->next->next = full_row("not an address", INT64_MAX);
	return r;
}

static struct slice encode(const struct report *r)
{
	struct buf wire;
	struct slice copy;

	buf_init(&wire, 64 * 1024 * 1024);
	assert_int_equal(report_encode(&wire, r), 0);
	copy = (struct slice){ arena_copy(&arena, wire.data, wire.len), wire.len };
	buf_release(&wire);
	return copy;
}

static bool decodes(const struct report *r)
{
	struct report back;

	return report_decode(&arena, encode(r), &back) == 0;
}

/* --- there and back --- */

static void test_every_field_arrives(void **state)
{
	struct report *r = full_report(), back;

	assert_int_equal(report_decode(&arena, encode(r), &back), 0);
	same(r, &back);
}

static void test_a_report_of_nothing_arrives(void **state)
{
	struct report r = { .begin = REPORT_NO_TIME, .end = REPORT_NO_TIME, .pct = REPORT_NO_PCT }, back;

	assert_int_equal(report_decode(&arena, encode(&r), &back), 0);
	same(&r, &back);
	assert_null(back.org_name.ptr);
	assert_true(back.begin == REPORT_NO_TIME && back.end == REPORT_NO_TIME && back.pct == REPORT_NO_PCT);
	assert_null(back.rows);
}

static void test_absent_and_empty_stay_apart(void **state)
{
	struct report r = { .p = SLICE("") }, back;

	assert_int_equal(report_decode(&arena, encode(&r), &back), 0);
	assert_non_null(back.p.ptr);
	assert_null(back.sp.ptr);
}

static void test_the_largest_numbers_arrive(void **state)
{
	static const int64_t numbers[] = { 0,   1,   -1,        63,        64,        -64,          -65,
					   127, 128, INT32_MAX, INT64_MAX, INT64_MIN, INT64_MIN + 1 };

	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		struct report r = { .begin = numbers[i], .end = -1 - numbers[i], .pct = numbers[i] }, back;

		assert_int_equal(report_decode(&arena, encode(&r), &back), 0);
		assert_true(back.begin == r.begin && back.end == r.end && back.pct == r.pct);
	}
}

static void test_text_of_a_decoded_report_lies_in_the_wire(void **state)
{
	struct slice wire = encode(full_report());
	struct report back;

	assert_int_equal(report_decode(&arena, wire, &back), 0);
	assert_true(back.org_name.ptr > wire.ptr && back.org_name.ptr < wire.ptr + wire.len);
}

static void test_a_full_buffer_is_said(void **state)
{
	struct report *r = full_report();
	size_t whole = encode(r).len;
	struct buf wire;

	for (size_t ceiling = 0; ceiling < whole; ceiling++) {
		buf_init(&wire, ceiling);
		assert_int_equal(report_encode(&wire, r), -1);
		buf_release(&wire);
	}
	buf_init(&wire, whole + 64); /* a writer may want more room than it uses */
	assert_int_equal(report_encode(&wire, r), 0);
	buf_release(&wire);
}

/* --- what is wrong is refused --- */

static void test_no_cut_wire_is_a_report(void **state)
{
	struct slice wire = encode(full_report());
	struct report back, untouched;

	memset(&back, 0x5a, sizeof back);
	memset(&untouched, 0x5a, sizeof untouched);
	for (size_t n = 0; n < wire.len; n++) {
		char *exact = malloc(n + 1); /* a byte past its end would be seen */

		assert_non_null(exact);
		memcpy(exact, wire.ptr, n);
		assert_int_equal(report_decode(&arena, (struct slice){ exact, n }, &back), -1);
		free(exact);
	}
	assert_memory_equal(&back, &untouched, sizeof back);
	wire = sample_join(&arena, wire, SLICE("x"));
	assert_int_equal(report_decode(&arena, wire, &back), -1);
	wire.ptr += wire.len - 1;
	assert_int_equal(report_decode(&arena, (struct slice){ wire.ptr, 0 }, &back), -1);
}

static void assert_clean_text(struct slice s, struct slice wire)
{
	if (s.ptr == NULL)
		return;
	assert_true(s.ptr >= wire.ptr && s.ptr + s.len <= wire.ptr + wire.len);
	assert_true(s.len <= LIMIT_XML_TEXT_BYTES);
	assert_true(memchr(s.ptr, '\0', s.len) == NULL && text_utf8_valid(s));
}

/* Whatever was taken is a report in every respect: it can be sent on and comes back the same. */
static void assert_sound(const struct report *r, struct slice wire)
{
	int64_t rows = 0;
	struct report again;

	assert_clean_text(r->file, wire);
	assert_clean_text(r->discovery_method, wire);
	for (const struct row *row = r->rows; row != NULL; row = row->next, rows++) {
		assert_true(row->count >= 0);
		assert_clean_text(row->source_ip, wire);
		for (const struct reason *x = row->reasons; x != NULL; x = x->next) {
			assert_true(x->type.ptr != NULL || x->comment.ptr != NULL);
			assert_clean_text(x->comment, wire);
		}
		for (const struct auth *x = row->dkim_auth; x != NULL; x = x->next)
			assert_clean_text(x->human_result, wire);
	}
	assert_true(rows == r->row_count);
	assert_int_equal(report_decode(&arena, encode(r), &again), 0);
	same(r, &again);
}

static void test_a_flipped_byte_is_refused_or_harmless(void **state)
{
	static const unsigned char flips[] = { 0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xff, 0x7f };
	struct slice wire = encode(full_report());
	char *exact = malloc(wire.len);
	int refused = 0;

	assert_non_null(exact);
	for (size_t i = 0; i < wire.len; i++)
		for (size_t k = 0; k < sizeof flips; k++) {
			struct report back;

			memcpy(exact, wire.ptr, wire.len);
			exact[i] = (char)(exact[i] ^ flips[k]);
			if (report_decode(&arena, (struct slice){ exact, wire.len }, &back) != 0)
				refused++;
			else
				assert_sound(&back, (struct slice){ exact, wire.len });
		}
	free(exact);
	assert_true(refused > 0);
}

static void test_noise_is_refused_or_harmless(void **state)
{
	struct slice wire = encode(full_report());
	char *exact = malloc(wire.len);
	uint32_t x = 7;

	assert_non_null(exact);
	for (int round = 0; round < 3000; round++) {
		struct report back;

		memcpy(exact, wire.ptr, wire.len);
		for (int k = 0; k < 1 + round % 8; k++) {
			x = x * 1664525 + 1013904223;
			exact[(x >> 8) % wire.len] = (char)(x >> 24);
		}
		if (report_decode(&arena, (struct slice){ exact, wire.len }, &back) == 0)
			assert_sound(&back, (struct slice){ exact, wire.len });
	}
	free(exact);
}

static void test_text_that_is_no_text_is_refused(void **state)
{
	static const struct slice bad[] = { { "a\0b", 3 }, { "\xff", 1 }, { "\xed\xa0\x80", 3 }, { "cut\xe2\x82", 5 } };

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct report *r = full_report();

		r->org_name = bad[i];
		assert_false(decodes(r));
		r = full_report();
		r->rows->next->envelope_to = bad[i];
		assert_false(decodes(r));
		r = full_report();
		r->rows->reasons->comment = bad[i];
		assert_false(decodes(r));
		r = full_report();
		r->rows->spf_auth->result = bad[i];
		assert_false(decodes(r));
		r = full_report();
		r->warnings->text = bad[i];
		assert_false(decodes(r));
	}
}

static void test_text_over_the_limit_is_refused(void **state)
{
	struct report *r = full_report();

	r->org_name = sample_repeat(&arena, "x", LIMIT_XML_TEXT_BYTES);
	assert_true(decodes(r));
	r->org_name.len++;
	assert_false(decodes(r));
}

static void test_lists_over_their_limits_are_refused(void **state)
{
	struct report *r = full_report();
	struct auth **auth = &r->rows->dkim_auth;
	struct reason **reason = &r->rows->reasons;
	struct note **note = &r->errors;

	*auth = NULL;
	for (int i = 0; i < LIMIT_AUTH_PER_ROW; i++, auth = &(*auth)->next)
		*auth = auth_of("univ.example", NULL, NULL, "pass", NULL);
	assert_true(decodes(r));
	*auth = auth_of("univ.example", NULL, NULL, "pass", NULL);
	assert_false(decodes(r));
	*auth = NULL;
	r->rows->reasons = NULL;
	for (int i = 0; i < LIMIT_REASONS_PER_ROW; i++, reason = &(*reason)->next) {
		*reason = arena_alloc(&arena, sizeof **reason);
		(*reason)->type = SLICE("other");
	}
	assert_true(decodes(r));
	*reason = arena_alloc(&arena, sizeof **reason);
	(*reason)->type = SLICE("other");
	assert_false(decodes(r));
	*reason = NULL;
	r->errors = NULL;
	for (int i = 0; i <= LIMIT_NOTES; i++, note = &(*note)->next) {
		*note = arena_alloc(&arena, sizeof **note);
		(*note)->text = SLICE("n");
	}
	assert_false(decodes(r));
}

static void test_rows_over_the_limit_are_refused(void **state)
{
	struct report r = { 0 }, back;
	struct row *rows = arena_array(&arena, LIMIT_ROWS + 1, sizeof *rows);

	for (int i = 0; i < LIMIT_ROWS; i++)
		rows[i].next = &rows[i + 1];
	r.rows = &rows[1];
	assert_int_equal(report_decode(&arena, encode(&r), &back), 0);
	assert_true(back.row_count == LIMIT_ROWS);
	r.rows = &rows[0];
	assert_int_equal(report_decode(&arena, encode(&r), &back), -1);
}

static void test_rows_that_make_no_sense_are_refused(void **state)
{
	struct report *r = full_report();

	r->rows->count = -1;
	assert_false(decodes(r));
	r = full_report();
	r->rows->reasons->type = (struct slice){ 0 }; /* neither type nor comment */
	assert_false(decodes(r));
}

static void test_a_wrong_row_count_of_the_sender_is_not_believed(void **state)
{
	struct report *r = full_report(), back;

	r->row_count = 1000;
	assert_int_equal(report_decode(&arena, encode(r), &back), 0);
	assert_true(back.row_count == 3);
}

static void test_another_version_is_refused(void **state)
{
	struct slice wire = encode(full_report());
	struct report back;

	((char *)(uintptr_t)wire.ptr)[0]++;
	assert_int_equal(report_decode(&arena, wire, &back), -1);
}

/* --- profiles --- */

static struct slice profile(const struct row *row)
{
	struct buf out;
	struct slice copy;

	buf_init(&out, 100000);
	report_row_profile(&out, row);
	copy = (struct slice){ arena_copy(&arena, out.data, out.len), out.len };
	buf_release(&out);
	return copy;
}

static void test_address_and_count_are_no_part_of_a_profile(void **state)
{
	assert_true(slice_eq(profile(full_row("192.0.2.1", 1)), profile(full_row("198.51.100.9", 77))));
}

static void test_no_two_profiles_look_alike(void **state)
{
	struct slice base = profile(full_row("192.0.2.1", 1));
	struct row *row;

#define DIFFERS(change)                                                                                                \
	do {                                                                                                           \
		row = full_row("192.0.2.1", 1);                                                                        \
		change;                                                                                                \
		assert_false(slice_eq(base, profile(row)));                                                            \
	} while (0)
	DIFFERS(row->disposition = SLICE("reject"));
	DIFFERS(row->dkim = SLICE("pass"));
	DIFFERS(row->spf = (struct slice){ 0 });
	DIFFERS(row->header_from = SLICE("chem.univ.example"));
	DIFFERS(row->envelope_from = (struct slice){ 0 }); /* absent is not empty */
	DIFFERS(row->envelope_to = SLICE("x"));
	DIFFERS(row->reasons = row->reasons->next);
	DIFFERS(row->reasons->type = SLICE("other"));
	DIFFERS(row->reasons->comment = SLICE("x"));
	DIFFERS(row->dkim_auth = row->dkim_auth->next);
	DIFFERS(row->dkim_auth->selector = SLICE("s2"));
	DIFFERS(row->spf_auth->scope = SLICE("helo"));
	DIFFERS(row->spf_auth->human_result = SLICE("x"));
	DIFFERS((row->spf_auth = row->dkim_auth, row->dkim_auth = NULL)); /* moved, not changed */
#undef DIFFERS
}

/* --- notes --- */

static int count_notes(const struct note *n)
{
	int count = 0;

	for (; n != NULL; n = n->next)
		count++;
	return count;
}

static void test_a_note_is_kept_once_and_in_order(void **state)
{
	struct note *list = NULL;

	note_add(&arena, &list, SLICE("first"));
	note_add(&arena, &list, SLICE("second"));
	note_add(&arena, &list, SLICE("first"));
	note_addf(&arena, &list, "%s", "second");
	assert_int_equal(count_notes(list), 2);
	assert_slice(list->text, "first");
	assert_slice(list->next->text, "second");
}

static void test_notes_without_end_are_cut_at_their_limit(void **state)
{
	struct note *list = NULL;
	size_t held;

	for (int i = 0; i < LIMIT_NOTES; i++)
		note_addf(&arena, &list, "note %d", i);
	held = arena.total_bytes;
	for (int i = 0; i < 100000; i++)
		note_addf(&arena, &list, "more %d", i);
	assert_int_equal(count_notes(list), LIMIT_NOTES);
	assert_int_equal(arena.total_bytes, held);
}

static void test_a_note_outlives_what_it_was_made_of(void **state)
{
	char text[] = "text";
	struct note *list = NULL;

	note_add(&arena, &list, slice_of(text));
	memset(text, 'x', 4);
	assert_slice(list->text, "text");
}

static void test_a_long_note_is_cut_between_characters(void **state)
{
	struct note *list = NULL;
	struct slice euros = sample_repeat(&arena, "\xe2\x82\xac", 1000);

	note_addf(&arena, &list, "%.40s", euros.ptr);
	note_addf(&arena, &list, "%s", euros.ptr);
	for (const struct note *n = list; n != NULL; n = n->next)
		assert_true(text_utf8_valid(n->text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_every_field_arrives, clear),
		cmocka_unit_test_teardown(test_a_report_of_nothing_arrives, clear),
		cmocka_unit_test_teardown(test_absent_and_empty_stay_apart, clear),
		cmocka_unit_test_teardown(test_the_largest_numbers_arrive, clear),
		cmocka_unit_test_teardown(test_text_of_a_decoded_report_lies_in_the_wire, clear),
		cmocka_unit_test_teardown(test_a_full_buffer_is_said, clear),
		cmocka_unit_test_teardown(test_no_cut_wire_is_a_report, clear),
		cmocka_unit_test_teardown(test_a_flipped_byte_is_refused_or_harmless, clear),
		cmocka_unit_test_teardown(test_noise_is_refused_or_harmless, clear),
		cmocka_unit_test_teardown(test_text_that_is_no_text_is_refused, clear),
		cmocka_unit_test_teardown(test_text_over_the_limit_is_refused, clear),
		cmocka_unit_test_teardown(test_lists_over_their_limits_are_refused, clear),
		cmocka_unit_test_teardown(test_rows_over_the_limit_are_refused, clear),
		cmocka_unit_test_teardown(test_rows_that_make_no_sense_are_refused, clear),
		cmocka_unit_test_teardown(test_a_wrong_row_count_of_the_sender_is_not_believed, clear),
		cmocka_unit_test_teardown(test_another_version_is_refused, clear),
		cmocka_unit_test_teardown(test_address_and_count_are_no_part_of_a_profile, clear),
		cmocka_unit_test_teardown(test_no_two_profiles_look_alike, clear),
		cmocka_unit_test_teardown(test_a_note_is_kept_once_and_in_order, clear),
		cmocka_unit_test_teardown(test_notes_without_end_are_cut_at_their_limit, clear),
		cmocka_unit_test_teardown(test_a_note_outlives_what_it_was_made_of, clear),
		cmocka_unit_test_teardown(test_a_long_note_is_cut_between_characters, clear),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("report", tests, NULL, teardown);
}
