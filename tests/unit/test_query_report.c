/* test_query_report: who reports, how late, and what policy they saw, is what the reports themselves say. */
#include "store_sample.h"

#define EVER .first_day = SAMPLE_DAY - 10, .last_day = SAMPLE_DAY + 130

static const char *reporters_text(struct bench *b, struct reader *r, const struct filter *f)
{
	struct reporter_lines lines;
	const char *text = "";

	assert_done(b, query_reporters(r, &b->arena, f, &lines, &b->err));
	for (size_t i = 0; i < lines.n; i++) {
		const struct reporter_line *l = &lines.item[i];
		int64_t arrived = 0;

		for (int64_t d = 0; d <= f->last_day - f->first_day; d++)
			arrived += l->arrived[d];
		assert_int_equal(arrived, l->days);
		text = arena_printf(&b->arena, "%s%s|%lld|%lld|%lld|%lld|%lld|%lld\n", text, l->name.ptr, (long long)l->reports,
				    (long long)l->long_reports, (long long)l->messages, (long long)l->first_day,
				    (long long)l->last_day, (long long)l->days);
	}
	return text;
}

static void test_reporters_are_what_their_reports_come_to(void **state)
{
	struct bench *b = *state;
	const struct filter all = { EVER }, some = { .first_day = SAMPLE_DAY + 7, .last_day = SAMPLE_DAY + 44 };
	const struct filter *const filters[] = { &all, &some };
	struct reader *r;

	sample_fill(b, 200);
	r = sample_reader(b);
	for (int i = 0; i < 2; i++)
		assert_string_equal(
			reporters_text(b, r, filters[i]),
			table_text(b, b->db,
				   arena_printf(&b->arena,
						"SELECT n.name, count(*), sum(end_s - begin_s > 93600), sum(messages), min(day), max(day),"
						" count(DISTINCT day) FROM report r JOIN reporter n ON n.id = r.reporter"
						" WHERE day BETWEEN %lld AND %lld GROUP BY 1 ORDER BY 4 DESC, 2 DESC, 1",
						(long long)filters[i]->first_day, (long long)filters[i]->last_day)));
	reader_close(r);
}

static void test_a_department_s_reporters_are_those_of_its_mail(void **state)
{
	static const struct slice chem = { "chem.univ.example", 17 };
	struct bench *b = *state;
	const struct filter f = { EVER, .scope = { &chem, 1, false } };
	struct reporter_lines lines;
	const char *text = "";
	struct reader *r;

	sample_fill(b, 200);
	r = sample_reader(b);
	assert_done(b, query_reporters(r, &b->arena, &f, &lines, &b->err));
	for (size_t i = 0; i < lines.n; i++) {
		const struct reporter_line *l = &lines.item[i];

		assert_true(l->reports == -1 && l->usual_delay_s == -1 && l->generator.ptr == NULL);
		text = arena_printf(&b->arena, "%s%s|%lld|%lld|%lld|%lld\n", text, l->name.ptr, (long long)l->messages,
				    (long long)l->first_day, (long long)l->last_day, (long long)l->days);
	}
	assert_string_equal(text, table_text(b, b->db,
		"SELECT x.name, sum(f.messages), min(day), max(day), count(DISTINCT day) FROM fact f JOIN report r ON r.id = f.report"
		" JOIN reporter x ON x.id = r.reporter JOIN profile p ON p.id = f.profile JOIN domain n ON n.id = p.domain"
		" WHERE n.name = 'chem.univ.example' OR n.name LIKE '%.chem.univ.example' GROUP BY 1 ORDER BY 2 DESC, 1"));
	reader_close(r);
}

static void test_the_last_report_says_with_what_it_was_written(void **state)
{
	struct bench *b = *state;
	const struct filter f = { EVER }, days = { .first_day = SAMPLE_DAY, .last_day = SAMPLE_DAY + 4 };
	struct store *s = sample_open(b, sample_rules(b));
	struct reporter_lines lines;
	struct reader *r;

	for (int i = 0; i < 3; i++) {
		struct report *report = sample_report(b, arena_printf(&b->arena, "%d", i), SAMPLE_DAY + 2 - i);

		report->generator = sample_text(b, arena_printf(&b->arena, "writer %d", i));
		report->namespace_uri = sample_text(b, i == 0 ? "urn:ietf:params:xml:ns:dmarc-2.0" : NULL);
		report->p = sample_text(b, i == 0 ? "reject" : "none");
		sample_row(b, report, "192.0.2.1", 1);
		sample_put(b, s, report);
	}
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
	r = sample_reader(b);
	assert_done(b, query_reporters(r, &b->arena, &days, &lines, &b->err));
	assert_int_equal(lines.n, 1);
	assert_string_equal(lines.item[0].generator.ptr, "writer 0");
	assert_true(lines.item[0].is_9990);
	assert_int_equal(lines.item[0].policy.p, POLICY_REJECT);
	assert_done(b, query_reporters(r, &b->arena, &f, &lines, &b->err));
	assert_int_equal(lines.item[0].policy.p, POLICY_REJECT);
	assert_null(lines.item[0].generator.ptr); /* too long ago */
	reader_close(r);
}

static void put_late(struct bench *b, struct store *s, const char *org, int64_t day, int64_t late_s)
{
	struct report *r = sample_report(b, arena_printf(&b->arena, "%s-%lld", org, (long long)day), day);
	enum stored how;

	r->org_name = sample_text(b, org);
	sample_row(b, r, "192.0.2.1", 1);
	assert_done(b, store_report(s, r, (struct slice){ 0 }, r->end + late_s, &how, &b->err));
}

static void test_the_usual_delay_is_the_median(void **state)
{
	static const int64_t late_s[] = { 3600, 7200, 1800, 90000, 3700 };
	struct bench *b = *state;
	const struct filter f = { EVER }, recent = { .first_day = SAMPLE_DAY, .last_day = SAMPLE_DAY + 4 };
	struct store *s = sample_open(b, sample_rules(b));
	struct reporter_lines lines;
	struct reader *r;

	for (int i = 0; i < 5; i++)
		put_late(b, s, "Prompt", SAMPLE_DAY + i, late_s[i]);
	put_late(b, s, "Early", SAMPLE_DAY + 3, -50);
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
	r = sample_reader(b);
	assert_done(b, query_reporters(r, &b->arena, &recent, &lines, &b->err));
	assert_int_equal(lines.n, 2);
	assert_string_equal(lines.item[0].name.ptr, "Prompt");
	assert_int_equal(lines.item[0].usual_delay_s, 3700);
	assert_int_equal(lines.item[1].usual_delay_s, 0);
	assert_done(b, query_reporters(r, &b->arena, &f, &lines, &b->err));
	assert_int_equal(lines.item[0].usual_delay_s, -1); /* nothing in the last days of that period */
	reader_close(r);
}

static void test_policies_are_what_each_reporter_saw(void **state)
{
	struct bench *b = *state;
	const struct filter f = { EVER };
	struct policy_lines lines;
	const char *text = "";
	struct reader *r;

	sample_fill(b, 200);
	r = sample_reader(b);
	assert_done(b, query_policies(r, &b->arena, &f, &lines, &b->err));
	assert_true(lines.n > 100);
	assert_int_equal(query_first_about(lines.item, lines.n, sizeof *lines.item, SLICE("zz.example")), lines.n);
	for (size_t i = 0; i < lines.n; i++) {
		const struct policy_line *l = &lines.item[i];
		size_t first = query_first_about(lines.item, lines.n, sizeof *lines.item, l->domain);

		assert_true(first <= i && slice_eq(lines.item[first].domain, l->domain) &&
			    (first == 0 || !slice_eq(lines.item[first - 1].domain, l->domain)));
		text = arena_printf(&b->arena, "%s%s|%s|%s|%s|%d|%d|%lld|%lld|%lld|%lld|%lld\n", text, l->domain.ptr, l->reporter.ptr,
				    policy_name(l->policy.p), policy_name(l->policy.sp), l->policy.pct, l->policy.testing,
				    (long long)l->first_day, (long long)l->last_day, (long long)l->days, (long long)l->reports,
				    (long long)l->messages);
	}
	/* Both sides in one order: days of two policies may begin together. */
	table_run(b, b->db, "CREATE TABLE found (line TEXT)");
	for (const char *at = text, *end; *at != '\0'; at = end + 1) {
		end = strchr(at, '\n');
		table_run(b, b->db, arena_printf(&b->arena, "INSERT INTO found VALUES ('%.*s')", (int)(end - at), at));
	}
	assert_string_equal(
		table_text(b, b->db, "SELECT line FROM found ORDER BY 1"),
		table_text(b, b->db,
			   "SELECT d.name || '|' || n.name || '|' || coalesce(p.p, 'absent') || '|' || coalesce(p.sp, 'absent') || '|' ||"
			   " coalesce(p.pct, -1) || '|' || (coalesce(p.testing, 'n') = 'y') || '|' || min(r.day) || '|' || max(r.day) || '|'"
			   " || count(DISTINCT r.day) || '|' || count(*) || '|' || sum(r.messages)"
			   " FROM report r JOIN domain d ON d.id = r.domain JOIN reporter n ON n.id = r.reporter"
			   " JOIN policy p ON p.id = r.policy GROUP BY r.domain, r.reporter, r.policy ORDER BY 1"));
	reader_close(r);
}

static void test_a_source_is_new_once(void **state)
{
	struct bench *b = *state;
	struct store *s = sample_open(b, sample_rules(b));
	const struct filter first = { .first_day = SAMPLE_DAY, .last_day = SAMPLE_DAY },
			    second = { .first_day = SAMPLE_DAY + 1, .last_day = SAMPLE_DAY + 40 };
	struct groups g;
	struct reader *r;

	for (int i = 0; i < 3; i++) {
		struct report *report = sample_report(b, arena_printf(&b->arena, "%d", i), SAMPLE_DAY + i * 17);

		sample_row(b, report, "192.0.2.1", 5); /* Relays */
		sample_row(b, report, i == 2 ? "198.51.100.9" : "203.0.113.1", 1); /* Alumni, or nobody */
		sample_put(b, s, report);
	}
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
	r = sample_reader(b);
	assert_done(b, query_new_sources(r, &b->arena, &first, &g, &b->err));
	assert_int_equal(g.n, 1);
	assert_string_equal(g.item[0].key.ptr, "Relays");
	assert_done(b, query_new_sources(r, &b->arena, &second, &g, &b->err));
	assert_int_equal(g.n, 1);
	assert_string_equal(g.item[0].key.ptr, "Alumni");
	assert_int_equal(g.item[0].first_seen, SAMPLE_DAY + 34);
	reader_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(test_reporters_are_what_their_reports_come_to),
		bench_test(test_a_department_s_reporters_are_those_of_its_mail),
		bench_test(test_the_last_report_says_with_what_it_was_written),
		bench_test(test_the_usual_delay_is_the_median),
		bench_test(test_policies_are_what_each_reporter_saw),
		bench_test(test_a_source_is_new_once),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("query_report", tests, NULL, NULL);
}
