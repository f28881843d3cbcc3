/* test_publish: the record to publish changes what the step changes and nothing else, the diff is exact, and nothing hostile goes along. */
#include "schema/publish.h"

#include "suffix_sample.h"
#include "zone_sample.h"

static struct arena arena;
static struct suffixes *list;

#define RUA "rua=mailto:dmarc@univ.example"

static int setup(void **state)
{
	list = suffix_sample("// ===BEGIN ICANN DOMAINS===\nexample\n// ===END ICANN DOMAINS===\n");
	return 0;
}

static int teardown(void **state)
{
	suffixes_free(list);
	arena_release(&arena);
	return 0;
}

static struct publish plan(struct publish_ask ask)
{
	struct zone z = { 0 };
	const struct lint_dns dns = { zone_text, &z };
	struct publish out;

	ask.domain = ask.domain.ptr != NULL ? ask.domain : SLICE("univ.example");
	publish_plan(&arena, &dns, list, &ask, &out);
	return out;
}

static struct publish from(const char *current, enum step step)
{
	return plan((struct publish_ask){ .current = slice_of(current), .step = step });
}

/* "v=DMARC1; p=[-none-]{+quarantine; pct=0; t=y+}; rua=...", after holding the tokens to their contract. */
static const char *diff(const struct publish *p)
{
	static const char *const marks[][2] = { { "", "" }, { "[-", "-]" }, { "{+", "+}" } };
	const char *all = "", *new = "", *old = "";

	for (size_t i = 0; i < p->tokens; i++) {
		const struct publish_token *t = &p->token[i];

		assert_true(t->text.len > 0);
		assert_true(i == 0 || t->change != p->token[i - 1].change);
		all = arena_printf(&arena, "%s%s%.*s%s", all, marks[t->change][0], (int)t->text.len, t->text.ptr, marks[t->change][1]);
		if (t->change != PUBLISH_ADDED)
			old = arena_printf(&arena, "%s%.*s", old, (int)t->text.len, t->text.ptr);
		if (t->change != PUBLISH_REMOVED)
			new = arena_printf(&arena, "%s%.*s", new, (int)t->text.len, t->text.ptr);
	}
	assert_slice(p->text, new);
	assert_slice(p->back.text, p->back.remove ? NULL : old);
	return all;
}

#define assert_diff(current, step, expected)                       \
	do {                                                       \
		struct publish p_ = from(current, step);           \
		assert_string_equal(diff(&p_), expected);          \
	} while (0)

static void test_each_step_changes_the_policy_and_what_holds_it_back(void **state)
{
	static const char now[] = "v=DMARC1; p=none; " RUA;
	static const char held[] = "v=DMARC1; p=quarantine; pct=0; t=y; " RUA;

	assert_diff(now, STEP_REHEARSE, "v=DMARC1; p=[-none-]{+quarantine; pct=0; t=y+}; " RUA);
	assert_diff(now, STEP_PART, "v=DMARC1; p=[-none-]{+quarantine; pct=25+}; " RUA);
	assert_diff(now, STEP_ENFORCE, "v=DMARC1; p=[-none-]{+quarantine+}; " RUA);
	assert_diff(now, STEP_REHEARSE_REJECT, "v=DMARC1; p=[-none-]{+reject; pct=0; t=y+}; " RUA);
	assert_diff(now, STEP_REJECT, "v=DMARC1; p=[-none-]{+reject+}; " RUA);
	assert_diff(now, STEP_MONITOR, "v=DMARC1; p=none; " RUA);
	assert_diff(held, STEP_ENFORCE, "v=DMARC1; p=quarantine[-; pct=0; t=y-]; " RUA);
	assert_diff(held, STEP_PART, "v=DMARC1; p=quarantine; pct=[-0-]{+25+}[-; t=y-]; " RUA);
	assert_diff(held, STEP_REHEARSE_REJECT, "v=DMARC1; p=[-quarantine-]{+reject+}; pct=0; t=y; " RUA);
	assert_diff(held, STEP_MONITOR, "v=DMARC1; p=[-quarantine-]{+none+}[-; pct=0; t=y-]; " RUA);
	assert_diff(held, STEP_REHEARSE, held);
	assert_false(from(held, STEP_REHEARSE).changed);
	assert_true(from(now, STEP_REHEARSE).changed);
}

static void test_all_else_is_carried_over_as_it_is_and_where_it_is(void **state)
{
	assert_diff("v=DMARC1;p=none;sp=reject;x-own= 1 ;ruf=mailto:a@univ.example;;fo=1; psd=n ;", STEP_ENFORCE,
		    "v=DMARC1;p=[-none-]{+quarantine+};sp=reject;x-own= 1 ;ruf=mailto:a@univ.example;;fo=1; psd=n ;");
	assert_diff("v=DMARC1; " RUA "; p = None ; pct=100; t=n", STEP_MONITOR, "v=DMARC1; " RUA "; p = None ; pct=100; t=n");
	assert_diff("v=DMARC1; " RUA " ; p=none ", STEP_REHEARSE, "v=DMARC1; " RUA " ; p=[-none-]{+quarantine; pct=0; t=y+} ");
	assert_diff("v=DMARC1; p=none; pct=abc; t", STEP_ENFORCE, "v=DMARC1; p=[-none-]{+quarantine+}[-; pct=abc-]; t");
}

static void test_a_tag_that_is_missing_empty_or_there_twice(void **state)
{
	assert_diff("v=DMARC1; " RUA, STEP_ENFORCE, "v=DMARC1{+; p=quarantine+}; " RUA);
	assert_diff("v=DMARC1", STEP_REHEARSE, "v=DMARC1{+; p=quarantine; pct=0; t=y+}");
	assert_diff("v=DMARC1; p=; " RUA, STEP_ENFORCE, "v=DMARC1; p={+quarantine+}; " RUA);
	assert_diff("v=DMARC1; p=none; p=reject; " RUA, STEP_ENFORCE, "v=DMARC1; p=[-none-]{+quarantine+}[-; p=reject-]; " RUA);
}

static void test_choices_are_made_beside_the_step(void **state)
{
	struct publish p = plan((struct publish_ask){ .current = SLICE("v=DMARC1; p=none; aspf=s; " RUA), .step = STEP_REHEARSE, .sp = POLICY_NONE,
						      .np = POLICY_REJECT, .adkim = 's', .aspf = 'r' });

	assert_string_equal(diff(&p), "v=DMARC1; p=[-none-]{+quarantine; sp=none; np=reject; pct=0; t=y; adkim=s+}[-; aspf=s-]; " RUA);
	assert_int_equal(step_of(&p.record.seen, true), STEP_REHEARSE);
	assert_int_equal(step_of(&p.record.seen, false), STEP_MONITOR);
	p = plan((struct publish_ask){ .current = SLICE("v=DMARC1; p=none"), .step = STEP_PART, .pct = 50, .adkim = 'r' });
	assert_string_equal(diff(&p), "v=DMARC1; p=[-none-]{+quarantine; pct=50+}");
}

static void test_a_first_record_takes_the_reports_where_they_go_already(void **state)
{
	struct publish p = plan((struct publish_ask){ .domain = SLICE("chem.univ.example"), .above = SLICE("v=DMARC1; p=reject; fo=1; " RUA),
						      .step = STEP_REHEARSE });

	assert_string_equal(diff(&p), "{+v=DMARC1; p=quarantine; pct=0; t=y; " RUA "+}");
	assert_slice(p.zone, "_dmarc.chem.univ.example. 3600 IN TXT \"v=DMARC1; p=quarantine; pct=0; t=y; " RUA "\"");
	assert_true(p.back.remove);
	assert_null(p.back.zone.ptr);
	p = plan((struct publish_ask){ .step = STEP_MONITOR });
	assert_string_equal(diff(&p), "{+v=DMARC1; p=none+}");
	assert_int_equal(p.lint.count[LINT_WARNING], 1); /* nobody gets reports */
}

static void test_what_is_not_printable_is_never_carried_over(void **state)
{
	struct publish p = from("v=DMARC1; p=none; x=\xc3\xa9\x1b; \t" RUA, STEP_ENFORCE);

	assert_string_equal(diff(&p), "v=DMARC1; p=[-none-]{+quarantine+}[-; x=\\195\\169\\027-]; [-\\009-]" RUA);
	assert_int_equal(p.dropped, 1);
	assert_true(p.back.escaped);
	assert_slice(p.back.zone, "_dmarc.univ.example. 3600 IN TXT \"v=DMARC1; p=none; x=\\195\\169\\027; \\009" RUA "\"");
	p = from("v=DMARC1; p=no\x01ne; " RUA, STEP_ENFORCE);
	assert_string_equal(diff(&p), "v=DMARC1{+; p=quarantine+}[-; p=no\\001ne-]; " RUA);
	p = plan((struct publish_ask){ .above = SLICE("v=DMARC1; p=none; rua=mailto:a@univ.example,mailto:\xc3\xa9@univ.example"), .step = STEP_MONITOR });
	assert_string_equal(diff(&p), "{+v=DMARC1; p=none+}");
	assert_int_equal(p.dropped, 1);
	for (int c = 1; c < 256; c++) { /* wherever it stands */
		char text[] = "v=DMARC1; p=none;?x=a?; " RUA;

		text[17] = text[21] = (char)c;
		p = from(text, STEP_REHEARSE);
		for (size_t i = 0; i < p.text.len; i++)
			assert_true(p.text.ptr[i] >= ' ' && p.text.ptr[i] <= '~');
		assert_true(memchr(p.zone.ptr, '\n', p.zone.len) == NULL);
	}
}

/* Whatever a record is made of, the diff is exact and the new record asks for what the step does. */
static void test_records_made_of_anything(void **state)
{
	static const char *const bits[] = { ";", ";", ";", "p=", "none", "reject", "pct=0", "t=y", "t = n", " ", "\t", "\x80", "sp=x", "=", "rua=mailto:a@b.example",
					    "v=DMARC1", "\"", "\\", "adkim=s" };
	uint32_t x = 2463534242u;

	for (int round = 0; round < 3000; round++) {
		const char *text = "v=DMARC1;";
		enum step step;
		struct publish p;

		for (int n = round % 12; n > 0; n--) {
			x = x * 1664525u + 1013904223u;
			text = arena_printf(&arena, "%s%s", text, bits[(x >> 16) % (sizeof bits / sizeof *bits)]);
		}
		step = (enum step)(STEP_MONITOR + (x >> 8) % (STEPS - STEP_MONITOR));
		p = from(text, step);
		diff(&p);
		assert_true(dmarc_is_record(p.text));
		assert_int_equal(step_of(&p.record.seen, true), step);
		assert_false(from(p.text.ptr, step).changed); /* nothing is left to do */
		if (round % 100 == 0)
			arena_clear(&arena);
	}
}

static void test_a_zone_line_splits_long_records_and_quotes(void **state)
{
	struct slice filler = sample_repeat(&arena, "x", 600);
	const char *long_record = arena_printf(&arena, "v=DMARC1; p=none; x=\"\\%.*s", (int)filler.len, filler.ptr);
	struct publish p = from(long_record, STEP_ENFORCE);
	const char *rest = p.zone.ptr;
	size_t bytes = 0, longest = 0, strings = 0;

	assert_non_null(strstr(rest, "x=\\\"\\\\xxx"));
	while ((rest = strstr(rest, " \"")) != NULL) {
		size_t n = 0;

		for (rest += 2; *rest != '"'; rest++, n++)
			rest += *rest == '\\';
		bytes += n;
		longest = n > longest ? n : longest;
		strings++;
	}
	assert_int_equal(bytes, p.text.len);
	assert_int_equal(longest, PUBLISH_STRING_BYTES);
	assert_int_equal(strings, 3);
}

static void test_the_way_back_says_what_was_there_and_how_long_it_is_kept(void **state)
{
	static const struct {
		int64_t ttl, ahead, before, after, kept;
	} cases[] = { { 3600, 86400, 300, 3600, 3600 }, { 60, 86400, 60, 60, 60 }, { 172800, 172800, 300, 172800, 172800 }, { 0, 86400, 300, 3600, 3600 } };

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct publish p = plan((struct publish_ask){ .current = SLICE("v=DMARC1; p=none; " RUA), .ttl_s = cases[i].ttl, .step = STEP_REHEARSE });

		assert_slice(p.back.text, "v=DMARC1; p=none; " RUA);
		assert_string_equal(p.back.zone.ptr, arena_printf(&arena, "_dmarc.univ.example. %d IN TXT \"v=DMARC1; p=none; " RUA "\"", (int)cases[i].after));
		assert_int_equal(p.back.ahead_s, cases[i].ahead);
		assert_int_equal(p.back.ttl_before_s, cases[i].before);
		assert_int_equal(p.back.ttl_after_s, cases[i].after);
		assert_int_equal(p.back.kept_s, cases[i].kept);
		assert_int_equal(p.back.ttl_known, cases[i].ttl > 0);
		assert_false(p.back.remove || p.back.escaped);
	}
}

static void test_what_the_linter_says_of_the_new_record_comes_along(void **state)
{
	struct publish p = from("v=DMARC1; p=none; " RUA, STEP_REHEARSE);

	assert_string_equal(zone_findings(&p.lint), "note dmarc-pct-removed [pct=0]");
	p = plan((struct publish_ask){ .current = SLICE("v=DMARC1; p=none; " RUA), .step = STEP_ENFORCE, .sp = POLICY_NONE });
	assert_string_equal(zone_findings(&p.lint), "note dmarc-sp-other [sp=none]");
	p = from("v=DMARC1; p=none; sp=x; " RUA, STEP_ENFORCE);
	assert_int_equal(p.lint.count[LINT_ERROR], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_step_changes_the_policy_and_what_holds_it_back),
		cmocka_unit_test(test_all_else_is_carried_over_as_it_is_and_where_it_is),
		cmocka_unit_test(test_a_tag_that_is_missing_empty_or_there_twice),
		cmocka_unit_test(test_choices_are_made_beside_the_step),
		cmocka_unit_test(test_a_first_record_takes_the_reports_where_they_go_already),
		cmocka_unit_test(test_what_is_not_printable_is_never_carried_over),
		cmocka_unit_test(test_records_made_of_anything),
		cmocka_unit_test(test_a_zone_line_splits_long_records_and_quotes),
		cmocka_unit_test(test_the_way_back_says_what_was_there_and_how_long_it_is_kept),
		cmocka_unit_test(test_what_the_linter_says_of_the_new_record_comes_along),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("publish", tests, setup, teardown);
}
