/* test_metrics: no name from outside breaks a line of /metrics, doubles a series or makes endlessly many of them. */
#include "web/metrics.h"

#include "schema/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { TODAY = 20000, ROOM = 1 << 22 };

static struct buf out;
static struct reporter_total line[LIMIT_METRIC_REPORTERS + 50];
static struct domain_total domain[3];
static const struct slice own[] = { { "univ.example", 12 }, { "univ.example", 12 } };

static int setup(void **state)
{
	(void)state;
	buf_init(&out, ROOM);
	memset(line, 0, sizeof line);
	memset(domain, 0, sizeof domain);
	for (int i = 0; i < 3; i++)
		domain[i].policy_day = INT64_MIN;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	buf_release(&out);
	return 0;
}

static void print_totals(size_t domains, size_t reporters)
{
	const struct totals t = { .domain = domain, .reporter = line, .reporters = reporters,
				  .state = { .generation = 7, .rejects = 3, .last_taken_in = 1700000000 } };

	metrics_totals(&out, &t, own, domains, TODAY);
	buf_add_char(&out, '\0');
}

static void report(size_t i, const char *name, int64_t reports)
{
	line[i].id = (int64_t)i + 1;
	line[i].name = slice_of(name);
	line[i].reports = reports;
	line[i].last_day = TODAY - 1;
}

static void assert_line(const char *text)
{
	const char *at = strstr(out.data, text);

	if (at == NULL || (at > out.data && at[-1] != '\n') || at[strlen(text)] != '\n')
		fail_msg("no line %s in\n%s", text, out.data);
}

static int times(const char *text)
{
	int n = 0;

	for (const char *at = out.data; (at = strstr(at, text)) != NULL; at++)
		n++;
	return n;
}

static void test_a_hostile_name_stays_within_its_quotes(void **state)
{
	(void)state;
	report(0, "a\"} 1\nevil_total 5", 1);
	report(1, "b\\", 2);
	report(2, "c\x1b[2J\xe2\x80\xae", 3);
	report(3, "d\xff", 4);
	print_totals(0, 4);
	assert_line("ruad_reports_total{reporter=\"a\\\"} 1\\\\x0aevil_total 5\"} 1");
	assert_line("ruad_reports_total{reporter=\"b\\\\\\\\\"} 2");
	assert_line("ruad_reports_total{reporter=\"c\\\\x1b[2J\\\\xe2\\\\x80\\\\xae\"} 3");
	assert_line("ruad_reports_total{reporter=\"d\\\\xff\"} 4");
	assert_int_equal(times("\nevil_total"), 0);
}

static void test_a_name_that_imitates_another_is_another_series(void **state)
{
	(void)state;
	report(0, "a\n", 1);
	report(1, "a\\x0a", 2);
	print_totals(0, 2);
	assert_line("ruad_reports_total{reporter=\"a\\\\x0a\"} 1");
	assert_line("ruad_reports_total{reporter=\"a\\\\\\\\x0a\"} 2");
}

static void test_endless_and_overlong_names_share_one_series(void **state)
{
	static char names[LIMIT_METRIC_REPORTERS + 50][16], huge[LIMIT_METRIC_NAME_BYTES + 2];

	(void)state;
	for (int i = 0; i < LIMIT_METRIC_REPORTERS + 50; i++) {
		snprintf(names[i], sizeof names[i], "r%d.example", i);
		report((size_t)i, names[i], 1);
	}
	memset(huge, 'x', LIMIT_METRIC_NAME_BYTES + 1);
	report(3, huge, 10);
	report(4, "other", 100);
	print_totals(0, LIMIT_METRIC_REPORTERS + 50);
	assert_line("ruad_reports_total{reporter=\"other\"} 160");
	assert_int_equal(times("\nruad_reports_total{"), LIMIT_METRIC_REPORTERS - 2 + 1);
	assert_int_equal(times("\nruad_reporter_last_report_timestamp_seconds{reporter=\"other\"}"), 1);
}

static void test_a_domain_given_twice_is_one_series(void **state)
{
	(void)state;
	domain[0].counts.split[SPLIT_UNTRUSTED] = 5;
	domain[0].cause[CAUSE_UNKNOWN] = 5;
	domain[2].counts.split[SPLIT_DKIM_ONLY] = 2;
	domain[2].counts.split[SPLIT_SPF_ONLY] = 1;
	domain[0].policy = (struct policy_seen){ .p = POLICY_REJECT, .pct = -1, .testing = true };
	domain[0].policy_day = TODAY;
	print_totals(2, 0);
	assert_line("ruad_messages_total{domain=\"univ.example\",class=\"untrusted\"} 5");
	assert_line("ruad_messages_total{domain=\"other\",class=\"partial\"} 3");
	assert_line("ruad_untrusted_messages_total{domain=\"univ.example\",cause=\"unknown\"} 5");
	assert_line("ruad_policy_info{domain=\"univ.example\",p=\"reject\",sp=\"\",pct=\"\",t=\"y\"} 1");
	assert_int_equal(times("ruad_messages_total{domain=\"univ.example\""), TRUST_CLASSES);
	assert_int_equal(times("# TYPE ruad_messages_total counter\n"), 1);
	assert_line("ruad_data_generation 7");
}

static void test_late_is_silence_longer_than_usual(void **state)
{
	static const struct {
		const char *name;
		uint64_t days;
		const char *late;
	} cases[] = {
		{ "daily, in time", 0x0ffffffe, "0" },
		{ "daily, two days ago", 0x0ffffffc, "0" },
		{ "daily, three days ago", 0x0ffffff8, "1" },
		{ "weekdays, after a weekend", 0x1f3e7cf8, "0" },
		{ "too few to say", 0x7e, NULL },
		{ "long gone", 0, NULL },
		{ "ends at the edge", (uint64_t)0x7f << 57, "1" },
	};
	char text[128];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		report(i, cases[i].name, 1);
		line[i].days = cases[i].days;
	}
	print_totals(0, sizeof cases / sizeof *cases);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		snprintf(text, sizeof text, "ruad_reporter_late{reporter=\"%s\"} %s", cases[i].name,
			 cases[i].late != NULL ? cases[i].late : "");
		if (cases[i].late != NULL)
			assert_line(text);
		else
			assert_null(strstr(out.data, text));
	}
}

static void test_parts_are_counted_by_what_they_said(void **state)
{
	static struct health h = { .n = 3 };

	(void)state;
	h.part[0] = (struct health_part){ .role = HEALTH_STORE, .name = SLICE("store"), .is_process = true, .is_up = true,
					  .starts = 3 };
	h.part[0].count[HEALTH_MAILS] = 10;
	h.part[0].count[HEALTH_REFUSED] = 4;
	h.part[0].count[HEALTH_TOOK] = 3;
	h.part[0].count[HEALTH_TOOK_LAST] = 6;
	h.part[0].count[HEALTH_TOOK_MS] = 20123;
	h.part[1] = (struct health_part){ .role = HEALTH_MAILBOX, .state = HEALTH_WAITING, .name = SLICE("mailbox a\"b"),
					  .own = SLICE("a\"b") };
	h.part[1].count[HEALTH_BACKLOG] = 5;
	h.part[1].count[HEALTH_LAST_S] = 1700000001;
	h.part[2] = (struct health_part){ .role = HEALTH_MAILBOX, .name = SLICE("mailbox c"), .own = SLICE("c") };
	h.part[2].count[HEALTH_BACKLOG] = 6;
	metrics_health(&out, &h);
	buf_add_char(&out, '\0');
	assert_line("ruad_role_up{role=\"store\"} 1");
	assert_line("ruad_role_restarts_total{role=\"store\"} 2");
	assert_line("ruad_ingest_mails_total{outcome=\"read\"} 6");
	assert_line("ruad_ingest_mails_total{outcome=\"refused\"} 4");
	assert_line("ruad_ingest_duration_seconds_bucket{le=\"0.1\"} 3");
	assert_line("ruad_ingest_duration_seconds_bucket{le=\"3\"} 3");
	assert_line("ruad_ingest_duration_seconds_bucket{le=\"10\"} 9");
	assert_line("ruad_ingest_duration_seconds_bucket{le=\"+Inf\"} 10");
	assert_line("ruad_ingest_duration_seconds_sum 20.123000");
	assert_line("ruad_ingest_duration_seconds_count 10");
	assert_line("ruad_ingest_backlog 11");
	assert_line("ruad_ingest_last_success_timestamp_seconds{mailbox=\"a\\\"b\"} 1700000001");
	assert_line("ruad_part_state{part=\"mailbox a\\\"b\",state=\"waiting\"} 1");
	assert_line("ruad_part_state{part=\"mailbox a\\\"b\",state=\"ok\"} 0");
	assert_int_equal(times("ruad_dns_lookups_total"), 0);
	assert_false(health_is_well(&h));
	h.part[1].state = HEALTH_STARTING;
	assert_true(health_is_well(&h));
}

static void test_alerts_are_counted_by_rule_and_own_domain(void **state)
{
	struct alert_line fires[] = {
		{ .rule = SLICE("policy-changed"), .subject = SLICE("univ.example"), .firing = true },
		{ .rule = SLICE("policy-changed"), .subject = SLICE("a.example"), .firing = true },
		{ .rule = SLICE("policy-changed"), .subject = SLICE("b\"} 1\nx"), .firing = true },
		{ .rule = SLICE("source-quiet"), .subject = SLICE("univ.example"), .firing = false },
		{ .rule = SLICE("policy-not-dns"), .subject = SLICE("univ.example"), .firing = false },
		{ .rule = SLICE("digest"), .subject = SLICE("weekly"), .firing = true },
	};
	const struct alert_lines alerts = { fires, sizeof fires / sizeof *fires };

	(void)state;
	metrics_alerts(&out, &alerts, own, 2);
	buf_add_char(&out, '\0');
	assert_line("ruad_alert_firing{rule=\"policy-changed\",domain=\"univ.example\"} 1");
	assert_line("ruad_alert_firing{rule=\"policy-changed\",domain=\"other\"} 2");
	assert_int_equal(times("\nruad_alert_firing{"), 2);
	assert_line("ruad_policy_mismatch{domain=\"univ.example\"} 0");
	fires[4].firing = true;
	buf_clear(&out);
	metrics_alerts(&out, &alerts, own, 2);
	buf_add_char(&out, '\0');
	assert_line("ruad_policy_mismatch{domain=\"univ.example\"} 1");
	assert_int_equal(times("\nruad_policy_mismatch{"), 1);
}

static const char *route_name(int i)
{
	return i == 0 ? "/" : i == 1 ? "/records" : NULL;
}

static void test_a_histogram_adds_up(void **state)
{
	static struct traffic t;

	(void)state;
	traffic_count(&t, 1, 200, 1000);
	traffic_count(&t, 1, 200, 1001);
	traffic_count(&t, 1, 418, 60000000);
	metrics_traffic(&out, &t, route_name);
	buf_add_char(&out, '\0');
	assert_line("ruad_http_requests_total{route=\"/records\",code=\"200\"} 2");
	assert_line("ruad_http_requests_total{route=\"/records\",code=\"other\"} 1");
	assert_line("ruad_http_request_duration_seconds_bucket{route=\"/records\",le=\"0.001\"} 1");
	assert_line("ruad_http_request_duration_seconds_bucket{route=\"/records\",le=\"0.005\"} 2");
	assert_line("ruad_http_request_duration_seconds_bucket{route=\"/records\",le=\"5\"} 2");
	assert_line("ruad_http_request_duration_seconds_bucket{route=\"/records\",le=\"+Inf\"} 3");
	assert_line("ruad_http_request_duration_seconds_sum{route=\"/records\"} 60.002001");
	assert_line("ruad_http_request_duration_seconds_count{route=\"/records\"} 3");
	assert_int_equal(times("route=\"/\""), 0);
}

static void test_what_is_not_known_is_left_out(void **state)
{
	const struct metrics_place place = { 5, -1, -1, false };
	const struct metrics_process process = { "1.0", 1500000, -1, -1, -1, -1, 1700000000 };

	(void)state;
	metrics_place(&out, &place);
	metrics_process(&out, &process);
	buf_add_char(&out, '\0');
	assert_line("ruad_db_up 0");
	assert_line("ruad_db_size_bytes 5");
	assert_null(strstr(out.data, "ruad_raw_size_bytes"));
	assert_null(strstr(out.data, "process_resident_memory_bytes"));
	assert_line("process_cpu_seconds_total 1.500000");
	assert_line("ruad_build_info{version=\"1.0\"} 1");
}

#define metrics_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		metrics_test(test_a_hostile_name_stays_within_its_quotes),
		metrics_test(test_a_name_that_imitates_another_is_another_series),
		metrics_test(test_endless_and_overlong_names_share_one_series),
		metrics_test(test_a_domain_given_twice_is_one_series),
		metrics_test(test_late_is_silence_longer_than_usual),
		metrics_test(test_parts_are_counted_by_what_they_said),
		metrics_test(test_alerts_are_counted_by_rule_and_own_domain),
		metrics_test(test_a_histogram_adds_up),
		metrics_test(test_what_is_not_known_is_left_out),
	};

	return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
