/* test_alert_rules: each rule finds what it is for, on the day that it is so and no earlier, and nothing else; what it says
 * names who, how many and since when. Time is given, so each case is exact. */
#include "store_sample.h"

#include "daemon/alert_rules.h"
#include "schema/notice.h"

enum { DAY = SAMPLE_DAY, HOUR_S = 3600 };

static struct config config_of(struct bench *b)
{
	struct config c;

	config_defaults(&c);
	c.alerts = (struct alerts){ .digest_weekday = -1 };
	return c;
}

static int64_t noon(int64_t day)
{
	return day * DAY_SECONDS + DAY_SECONDS / 2;
}

static const struct finding *look(struct bench *b, const struct config *c, int64_t now_s)
{
	struct reader *r = sample_reader(b);
	struct finding *found;

	assert_done(b, alert_rules_look(r, c, now_s, now_s, &b->arena, &found, &b->err));
	reader_close(r);
	return found;
}

/* "source-quiet|reports|firing|19783|TITLE", a line each of what is not unsure. */
static const char *found_text(struct bench *b, const struct config *c, int64_t now_s)
{
	static const char *const words[] = { "firing", "known" };
	const char *text = "";

	for (const struct finding *f = look(b, c, now_s); f != NULL; f = f->next)
		if (f->found != FOUND_UNSURE)
			text = arena_printf(&b->arena, "%s%s|%s|%s|%lld|%s\n", text, f->rule->name, f->subject.ptr,
					    words[f->found], (long long)(f->since_s / DAY_SECONDS), f->title.ptr);
	return text;
}

/* As the store role does: what is found is known from then on. */
static void keep(struct bench *b, const struct config *c, int64_t now_s)
{
	const struct finding *f = look(b, c, now_s);
	struct store *s = sample_open(b, sample_rules(b));

	for (; f != NULL; f = f->next) {
		const struct alert_state a = { slice_of(f->rule->name), f->subject, f->seen, f->found == FOUND_FIRING, f->since_s,
					       f->title,		f->text,    f->path };

		if (f->found != FOUND_UNSURE)
			assert_done(b, store_alert(s, &a, 0, &b->err));
	}
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
}

static void has(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("\"%s\" is not in:\n%s", part, text);
}

/* --- mails --- */

static void put_mail(struct bench *b, const char *place, const char *name, int64_t received_s, enum mail_outcome outcome)
{
	struct store *s = sample_open(b, sample_rules(b));
	struct mailbox_state state;
	int64_t id;

	assert_done(b, store_mailbox(s, slice_of(place), &id, &state, &b->err));
	if (name != NULL)
		assert_done(b, store_mail(s, id, slice_of(name), SLICE("mail"), received_s, outcome, NULL, &b->err));
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
}

static void test_a_source_that_gives_nothing_is_told_to_the_hour(void **state)
{
	struct bench *b = *state;
	const struct mail_source sources[] = {
		{ .name = "reports", .type = SOURCE_IMAP, .user = "r@univ.example", .host = "imap.univ.example", .port = 993, .folder = "INBOX" },
		{ .name = "drop", .type = SOURCE_FOLDER, .path = "/srv/drop" },
	};
	struct config c = config_of(b);
	const char *text;

	c.mail = sources;
	c.mail_count = 2;
	c.alerts.source_quiet_h = 36;
	put_mail(b, "imap://r@univ.example@imap.univ.example:993/INBOX", "1", noon(DAY), MAIL_READ);
	put_mail(b, "imap://r@univ.example@imap.univ.example:993/INBOX", "2", noon(DAY) + 5, MAIL_REFUSED); /* no report */
	put_mail(b, "folder:/srv/drop", NULL, 0, MAIL_READ);
	assert_string_equal(found_text(b, &c, noon(DAY) + 36 * HOUR_S - 1), "source-quiet|drop|known|19784|\n");
	keep(b, &c, noon(DAY) + HOUR_S);
	assert_string_equal(found_text(b, &c, noon(DAY) + 36 * HOUR_S),
			    "source-quiet|reports|firing|19783|No report from reports for 36 hours\n");
	assert_string_equal(found_text(b, &c, noon(DAY) + 38 * HOUR_S),
			    "source-quiet|reports|firing|19783|No report from reports for 38 hours\n"
			    "source-quiet|drop|firing|19783|No report from drop for 37 hours\n"); /* since it was first asked */
	text = look(b, &c, noon(DAY) + 38 * HOUR_S)->text.ptr;
	has(text, "came on 1 Mar 12:00 UTC.");
	has(text, "What to do: ");
	put_mail(b, "imap://r@univ.example@imap.univ.example:993/INBOX", "3", noon(DAY + 1), MAIL_PARTLY);
	assert_string_equal(found_text(b, &c, noon(DAY) + 36 * HOUR_S), "");
}

static void refuse(struct bench *b, int n, enum reject_code code, int64_t received_s)
{
	struct store *s = sample_open(b, sample_rules(b));
	bool fresh;

	for (int i = 0; i < n; i++) {
		const char *bytes = arena_printf(&b->arena, "%d %d %lld", i, (int)code, (long long)received_s);
		const struct reject r = { .code = code, .file = SLICE("a\x1b[31m.eml"), .detail = SLICE("") };

		assert_done(b, store_reject(s, &r, slice_of(bytes), received_s + i, &fresh, &b->err));
	}
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
}

static void test_unreadable_mail_is_counted_over_a_day(void **state)
{
	struct bench *b = *state;
	struct config c = config_of(b);
	const char *text;

	c.alerts.unreadable_mails = 5;
	refuse(b, 3, REJECT_DAMAGED, noon(DAY));
	refuse(b, 1, REJECT_NO_REPORT, noon(DAY) + HOUR_S);
	assert_string_equal(found_text(b, &c, noon(DAY) + 2 * HOUR_S), "");
	refuse(b, 1, REJECT_DAMAGED, noon(DAY) + 2 * HOUR_S);
	assert_string_equal(found_text(b, &c, noon(DAY) + 2 * HOUR_S),
			    "mail-unreadable|all mail|firing|19783|5 mails or files could not be read\n");
	text = look(b, &c, noon(DAY) + 2 * HOUR_S)->text.ptr;
	has(text, "\n  4  the archive does not unpack");
	has(text, "\n  1  holds no report");
	has(text, ": a?[31m.eml\n");
	assert_string_equal(found_text(b, &c, noon(DAY + 1) + 1), "");
	keep(b, &c, noon(DAY) + 2 * HOUR_S);
	has(found_text(b, &c, noon(DAY + 1) + 1), "|firing|"); /* once told, until a day brings none */
	assert_string_equal(found_text(b, &c, noon(DAY + 1) + 2 * HOUR_S + 1), "");
}

/* --- sources --- */

struct part {
	const char *ip;
	int64_t count;
	const char *disposition, *dkim;
};

static void report_of(struct bench *b, struct store *s, const char *reporter, int64_t day, const struct part *parts, size_t n)
{
	struct report *r = sample_report(b, arena_printf(&b->arena, "%s-%lld", reporter, (long long)day), day);

	r->org_name = sample_text(b, reporter);
	for (size_t i = 0; i < n; i++)
		sample_results(b, sample_row(b, r, parts[i].ip, parts[i].count), parts[i].disposition, parts[i].dkim, "fail");
	assert_int_equal(sample_put(b, s, r), STORED_NEW);
}

static void report(struct bench *b, const char *reporter, int64_t day, const struct part *parts, size_t n)
{
	struct store *s = sample_open(b, sample_rules(b));

	report_of(b, s, reporter, day, parts, n);
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
}

static void test_a_source_that_never_failed_is_told_once(void **state)
{
	static const struct part old[] = { { "203.0.113.9", 1, "reject", "fail" }, { "192.0.2.40", 500, "none", "pass" } };
	static const struct part new[] = { { "203.0.113.200", 60, "none", "fail" },   /* its network failed before */
					   { "192.0.2.40", 70, "none", "fail" },      /* Campus: only ever passed */
					   { "198.18.7.1", 20, "none", "fail" },      /* two of one network */
					   { "198.18.7.250", 35, "none", "fail" },
					   { "198.18.8.1", 49, "none", "fail" },      /* too few */
					   { "198.18.9.1", 99, "quarantine", "fail" } /* not delivered */ };
	struct bench *b = *state;
	struct config c = config_of(b);
	const struct finding *f;

	c.alerts.failing_messages = 50;
	report(b, "google.com", DAY - 30, old, 2);
	report(b, "google.com", DAY, new, 6);
	assert_string_equal(found_text(b, &c, noon(DAY)), ""); /* the day is not over */
	assert_string_equal(found_text(b, &c, noon(DAY + 1)),
			    "source-failing|Campus|firing|19783|New failing source: Campus, 70 messages\n"
			    "source-failing|198.18.7.0/24|firing|19783|New failing source: 198.18.7.0/24, 55 messages\n"
			    "source-failing|203.0.113.0/24|known|19784|\n");
	f = look(b, &c, noon(DAY + 1));
	has(f->text.ptr, "70 messages from Campus failed SPF and DKIM on Fri 1 Mar 2024 and were delivered.");
	has(f->text.ptr, "\nFrom: univ.example 70\nReported by: google.com 70\n");
	has(f->path.ptr, "/records?from=2024-03-01&to=2024-03-01&class=untrusted&source=Campus");
	has(f->next->text.ptr, "from the unnamed network 198.18.7.0/24 failed");
	has(f->next->path.ptr, "ip=198.18.7.0/24");
	keep(b, &c, noon(DAY + 1));
	assert_string_equal(found_text(b, &c, noon(DAY + 1)), "");
	assert_string_equal(found_text(b, &c, noon(DAY + 4)), "");
}

/* A report may name as many networks as it has rows. */
static void test_very_many_new_networks_are_one_alert(void **state)
{
	enum { NETWORKS = 600 };
	static const struct part old = { "192.0.2.40", 500, "none", "pass" };
	struct bench *b = *state;
	struct part *new = arena_array(&b->arena, NETWORKS, sizeof *new);
	struct config c = config_of(b);

	for (int i = 0; i < NETWORKS; i++)
		new[i] = (struct part){ arena_printf(&b->arena, "198.%d.%d.1", 18 + i / 256, i % 256), 100, "none", "fail" };
	c.alerts.failing_messages = 50;
	report(b, "google.com", DAY - 30, &old, 1);
	report(b, "google.com", DAY, new, NETWORKS);
	assert_string_equal(found_text(b, &c, noon(DAY + 1)),
			    "source-failing|unnamed networks on Fri 1 Mar 2024|firing|19783|600 new failing networks, 60,000 messages\n");
	keep(b, &c, noon(DAY + 1));
	report(b, "Yahoo", DAY, new, NETWORKS / 2);
	assert_string_equal(found_text(b, &c, noon(DAY + 1)), ""); /* more of them: the day was told of */
	new[0].ip = "203.0.113.5";
	report(b, "google.com", DAY + 1, new, 2);
	assert_string_equal(found_text(b, &c, noon(DAY + 2)),
			    "source-failing|198.18.1.0/24|known|19785|\n"
			    "source-failing|203.0.113.0/24|firing|19784|New failing source: 203.0.113.0/24, 100 messages\n");
}

static void test_with_little_history_nothing_is_new(void **state)
{
	static const struct part first = { "192.0.2.40", 1, "none", "pass" }, bad = { "198.18.7.1", 99, "none", "fail" };
	struct bench *b = *state;
	struct config c = config_of(b);

	c.alerts.failing_messages = 50;
	report(b, "google.com", DAY, &first, 1);
	report(b, "google.com", DAY + 6, &bad, 1);
	assert_string_equal(found_text(b, &c, noon(DAY + 7)), "");
	report(b, "google.com", DAY + 7, &bad, 1);
	has(found_text(b, &c, noon(DAY + 8)), "198.18.7.0/24|known|"); /* it failed the day before */
}

static void test_wanted_mail_that_was_stopped_is_told_with_who_stopped_it(void **state)
{
	static const struct part day[] = { { "192.0.2.40", 12, "quarantine", "fail" }, /* Campus, ours */
					   { "198.51.100.3", 3, "reject", "fail" },    /* Alumni, a forwarder */
					   { "192.0.2.41", 5, "quarantine", "pass" },  /* passed: the receiver's own filter */
					   { "203.0.113.9", 90, "reject", "fail" } };  /* nobody's */
	struct bench *b = *state;
	struct config c = config_of(b);
	const struct finding *f;

	c.alerts.wanted_quarantined = true;
	report(b, "google.com", DAY, day, 4);
	report(b, "Mimecast", DAY + 1, day, 1);
	assert_string_equal(found_text(b, &c, noon(DAY + 1)),
			    "wanted-stopped|Campus|firing|19783|Wanted mail stopped: Campus, 24 messages\n"
			    "wanted-stopped|Alumni|firing|19783|Wanted mail stopped: Alumni, 3 messages\n");
	f = look(b, &c, noon(DAY + 1));
	has(f->text.ptr, "24 messages from Campus (a system of yours) failed SPF and DKIM since Fri 1 Mar 2024: receivers put 24 in spam"
			 " and refused 0.\nReported by: google.com 12, Mimecast 12\n");
	has(f->next->text.ptr, "(a forwarder)");
	has(f->path.ptr, "class=quarantined,rejected&source=Campus");
	assert_string_equal(found_text(b, &c, noon(DAY + 4)), "wanted-stopped|Campus|firing|19784|Wanted mail stopped: Campus, 12 messages\n");
	assert_string_equal(found_text(b, &c, noon(DAY + 5)), "");
}

/* --- policies --- */

static void see(struct bench *b, const char *reporter, int64_t day, const char *p, int pct, const char *testing)
{
	struct report *r = sample_report(b, arena_printf(&b->arena, "%s-%lld", reporter, (long long)day), day);
	struct store *s = sample_open(b, sample_rules(b));

	r->org_name = sample_text(b, reporter);
	r->p = sample_text(b, p);
	r->pct = pct;
	r->testing = sample_text(b, testing);
	sample_row(b, r, "192.0.2.1", 1);
	assert_int_equal(sample_put(b, s, r), STORED_NEW);
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
}

static void test_a_policy_is_what_most_reporters_saw_last(void **state)
{
	struct bench *b = *state;
	struct config c = config_of(b);
	const struct finding *f;

	c.alerts.policy_changed = true;
	see(b, "google.com", DAY, "none", 100, NULL);
	see(b, "Yahoo", DAY, "none", REPORT_NO_PCT, NULL); /* the same: 100 is what absent means */
	see(b, "Mimecast", DAY, "none", 100, NULL);
	assert_string_equal(found_text(b, &c, noon(DAY)), "policy-changed|univ.example|known|19783|\n");
	keep(b, &c, noon(DAY));
	see(b, "google.com", DAY + 1, "quarantine", 0, NULL);
	assert_string_equal(found_text(b, &c, noon(DAY + 1)), ""); /* one of three */
	see(b, "Yahoo", DAY + 2, "quarantine", REPORT_NO_PCT, "y"); /* the other standard's words for it */
	assert_string_equal(
		found_text(b, &c, noon(DAY + 2)),
		"policy-changed|univ.example|firing|19784|Policy of univ.example is now p=quarantine; held back by pct=0 or t=y\n");
	f = look(b, &c, noon(DAY + 2));
	has(f->text.ptr, "first on Sat 2 Mar 2024.\nBefore: p=none\nNow:    p=quarantine; held back by pct=0 or t=y\n");
	has(f->path.ptr, "policy_domain=univ.example&by=reporter");
	keep(b, &c, noon(DAY + 2));
	see(b, "Mimecast", DAY + 2, "none", 100, NULL); /* it keeps the old record for long */
	see(b, "google.com", DAY + 3, "quarantine", 0, NULL);
	assert_string_equal(found_text(b, &c, noon(DAY + 3)), "");
	see(b, "google.com", DAY + 4, "quarantine", 100, NULL);
	see(b, "Yahoo", DAY + 4, "quarantine", REPORT_NO_PCT, NULL);
	has(found_text(b, &c, noon(DAY + 4)), "|firing|19787|Policy of univ.example is now p=quarantine\n");
}

/* The policy in DNS since `first_s`, as look-ups found it; with `trouble`, they find nothing any more. */
static void resolve(struct bench *b, const char *text, int64_t first_s, bool trouble)
{
	table_run(b, b->db,
		  arena_printf(&b->arena,
			       "INSERT OR REPLACE INTO dns_name (name, wanted_s, looked_up_s, due_s, failures, trouble)"
			       " VALUES ('_dmarc.univ.example', 0, %lld, 0, 0, %s);"
			       "INSERT OR IGNORE INTO dns_record (name, first_s, last_s, text) VALUES ('_dmarc.univ.example', %lld, %lld, '%s')",
			       (long long)first_s, trouble ? "'no answer'" : "NULL", (long long)first_s, (long long)first_s, text));
}

static bool differs(struct bench *b, int64_t now_s)
{
	struct config c = config_of(b);

	c.alerts.policy_changed = true;
	return strstr(found_text(b, &c, now_s), "policy-not-dns|univ.example|firing|") != NULL;
}

static void test_a_policy_that_is_not_what_dns_says_is_told_once_it_cannot_be_old(void **state)
{
	struct bench *b = *state;
	struct config c = config_of(b);

	see(b, "google.com", DAY, "none", 100, NULL);
	see(b, "Yahoo", DAY, "none", REPORT_NO_PCT, NULL);
	assert_false(differs(b, noon(DAY + 1))); /* DNS was never asked */
	resolve(b, "v=DMARC1; p=none; rua=mailto:r@univ.example", noon(DAY - 20), false);
	assert_false(differs(b, noon(DAY + 1)));
	resolve(b, "v=DMARC1; p=quarantine; pct=0; t=y", noon(DAY + 1), false);
	assert_false(differs(b, noon(DAY + 2)));
	see(b, "google.com", DAY + 2, "none", 100, NULL);
	assert_false(differs(b, noon(DAY + 3) + 1)); /* that report may be of the old record */
	see(b, "google.com", DAY + 3, "none", 100, NULL);
	assert_true(differs(b, noon(DAY + 4)));
	c.alerts.policy_changed = true;
	keep(b, &c, noon(DAY + 4));
	has(table_text(b, b->db, "SELECT text FROM alert WHERE rule = 'policy-not-dns'"),
	    "\nReports: p=none\nDNS:     p=quarantine; held back by pct=0 or t=y\nReported so by: google.com\n");
	see(b, "google.com", DAY + 4, "quarantine", 0, NULL); /* one standard sees pct, */
	see(b, "Yahoo", DAY + 4, "quarantine", REPORT_NO_PCT, "y"); /* the other t */
	assert_false(differs(b, noon(DAY + 5)));
	resolve(b, "", noon(DAY + 5), true);
	assert_false(differs(b, noon(DAY + 9))); /* no answer says nothing */
}

static void test_records_that_are_none_are_named_as_such(void **state)
{
	struct bench *b = *state;
	struct config c = config_of(b);

	c.alerts.policy_changed = true;
	see(b, "google.com", DAY, "reject", 100, NULL);
	resolve(b, "", noon(DAY - 3), false);
	assert_true(differs(b, noon(DAY + 1)));
	keep(b, &c, noon(DAY + 1));
	has(table_text(b, b->db, "SELECT text FROM alert WHERE rule = 'policy-not-dns'"), "\nDNS:     no DMARC record\n");
	resolve(b, "v=DMARC1; p=reject" "\n" "v=DMARC1;p=reject; sp=none", noon(DAY - 2), false);
	assert_true(differs(b, noon(DAY + 1)));
	resolve(b, "other=1; p=none" "\n" "v=DMARC1 ;; P ; p = Reject ;sp=reject;", noon(DAY - 2) + 1, false);
	assert_false(differs(b, noon(DAY + 1)));
	resolve(b, "v=DMARC1; p=reject; sp=none", noon(DAY - 2) + 2, false);
	assert_true(differs(b, noon(DAY + 1)));
}

/* --- reporters --- */

/* Every day from `first` to `last`, but for the weekday `off` (-1: none). */
static void reports_daily(struct bench *b, const char *reporter, int64_t first, int64_t last, int off, int64_t count)
{
	const struct part part = { "192.0.2.1", count, "none", "pass" };
	struct store *s = sample_open(b, sample_rules(b));

	for (int64_t day = first; day <= last; day++)
		if (text_civil(day).weekday != off)
			report_of(b, s, reporter, day, &part, 1);
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
	/* Each arrives 10 hours after the end of its day. */
	table_run(b, b->db, "UPDATE report SET received_s = (day + 1) * 86400 + 36000");
}

static void test_a_reporter_is_quiet_when_its_own_days_are_missing(void **state)
{
	struct bench *b = *state;
	struct config c = config_of(b);
	const int64_t due = (DAY + 33) * DAY_SECONDS + 36001 + 12 * HOUR_S; /* of the day DAY + 32 */
	const struct finding *f;

	c.alerts.reporter_quiet_days = 3;
	reports_daily(b, "google.com", DAY, DAY + 60, -1, 100);
	reports_daily(b, "Mimecast", DAY, DAY + 29, -1, 12);
	reports_daily(b, "Weekdays Ltd", DAY, DAY + 29, text_civil(DAY + 31).weekday, 7); /* never reports of DAY + 31 */
	reports_daily(b, "Newcomer", DAY + 18, DAY + 29, -1, 7); /* no rhythm yet */
	assert_string_equal(found_text(b, &c, due - 1), "");
	assert_string_equal(found_text(b, &c, due),
			    "reporter-quiet|Mimecast|firing|19813|Mimecast has gone quiet: 12 messages a day out of sight\n");
	f = look(b, &c, due);
	has(f->text.ptr, "Mimecast last reported of Sat 30 Mar 2024. By its usual rhythm 3 report days are missing since, with about"
			 " 12 messages a day.");
	has(f->path.ptr, "from=2024-03-24&to=2024-03-30&reporter=Mimecast");
	has(found_text(b, &c, due + DAY_SECONDS), "reporter-quiet|Weekdays Ltd|firing|");
	assert_null(strstr(found_text(b, &c, due + 20 * DAY_SECONDS), "Newcomer"));
	assert_string_equal(found_text(b, &c, noon(DAY + 29 + 61)), ""); /* given up; google.com is silent as well, with nobody else */
}

static void test_when_nothing_arrives_at_all_no_reporter_is_blamed(void **state)
{
	struct bench *b = *state;
	struct config c = config_of(b);

	c.alerts.reporter_quiet_days = 3;
	reports_daily(b, "google.com", DAY, DAY + 40, -1, 100);
	reports_daily(b, "Mimecast", DAY, DAY + 40, -1, 12);
	assert_string_equal(found_text(b, &c, noon(DAY + 50)), "");
}

/* --- all of them --- */

static void test_what_is_off_is_not_looked_for(void **state)
{
	struct bench *b = *state;
	const struct mail_source source = { .name = "drop", .type = SOURCE_FOLDER, .path = "/srv/drop" };
	struct config c = config_of(b);

	c.mail = &source;
	c.mail_count = 1;
	sample_fill(b, 300);
	refuse(b, 20, REJECT_DAMAGED, noon(DAY + SAMPLE_DAYS));
	assert_string_equal(found_text(b, &c, noon(DAY + SAMPLE_DAYS)), "");
	assert_null(alert_rule_of(SLICE("digest")));
	assert_string_equal(alert_rule_of(SLICE("reporter-quiet"))->name, "reporter-quiet");
}

static void test_an_empty_database_gives_no_alert(void **state)
{
	struct bench *b = *state;
	struct config c;

	config_defaults(&c);
	store_close(sample_open(b, sample_rules(b)));
	assert_string_equal(found_text(b, &c, noon(DAY)), "");
}

static void test_words_from_outside_are_one_plain_line(void **state)
{
	static const struct part part = { "192.0.2.1", 3, "none", "pass" };
	struct bench *b = *state;
	struct config c = config_of(b);
	struct store *s;
	char name[400];

	memset(name, 'x', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	memcpy(name, "a\r\nBcc: b\x1b]\xc2\x9b\xe2\x80\xae", 16);
	c.alerts.reporter_quiet_days = 1;
	s = sample_open(b, sample_rules(b));
	for (int64_t day = DAY; day < DAY + 30; day++)
		report_of(b, s, name, day, &part, 1);
	for (int64_t day = DAY; day < DAY + 35; day++)
		report_of(b, s, "google.com", day, &part, 1);
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
	for (const struct finding *f = look(b, &c, noon(DAY + 40)); f != NULL; f = f->next) {
		assert_true(strncmp(f->subject.ptr, "a??Bcc: b?]??xxx", 16) == 0);
		assert_true(f->subject.len <= 100);
		assert_null(strpbrk(f->title.ptr, "\r\n\x1b"));
		assert_null(strpbrk(f->text.ptr, "\r\x1b"));
		return;
	}
	fail_msg("nobody is quiet");
}

static void test_a_domain_that_is_no_host_name_is_told_without_a_link(void **state)
{
	struct bench *b = *state;
	struct config c = config_of(b);
	const struct finding *f;

	c.alerts.policy_changed = true;
	for (int day = 0; day < 2; day++) {
		struct report *r = sample_report(b, day == 0 ? "a" : "b", DAY + day);
		struct store *s = sample_open(b, sample_rules(b));

		r->domain = SLICE("no, host & name");
		r->p = day == 0 ? SLICE("none") : SLICE("reject");
		sample_row(b, r, "192.0.2.1", 1);
		sample_put(b, s, r);
		assert_done(b, store_commit(s, &b->err));
		store_close(s);
		f = look(b, &c, noon(DAY + day));
		assert_string_equal(f->subject.ptr, "no, host & name");
		assert_string_equal(f->path.ptr, "");
		keep(b, &c, noon(DAY + day));
	}
}

static void see_policy(struct bench *b, const char *domain, const char *p)
{
	struct report *r = sample_report(b, arena_printf(&b->arena, "%s-%s", domain, p), DAY);
	struct store *s = sample_open(b, sample_rules(b));

	r->domain = sample_text(b, domain);
	r->p = sample_text(b, p);
	sample_row(b, r, "192.0.2.1", 1);
	assert_int_equal(sample_put(b, s, r), STORED_NEW);
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
}

static void test_names_that_look_alike_when_cut_or_cleaned_are_not_one(void **state)
{
	static const char *const ends[] = { "a.example", "b.example", "\x01.example", "?.example" };
	struct bench *b = *state;
	struct config c = config_of(b);

	c.alerts.policy_changed = true;
	for (int i = 0; i < 4; i++)
		see_policy(b, arena_printf(&b->arena, "%0*d.%s", i < 2 ? 120 : 1, 0, ends[i]), i % 2 == 0 ? "none" : "reject");
	keep(b, &c, noon(DAY));
	assert_int_equal(table_int(b, "SELECT count(*) FROM alert"), 4);
	assert_string_equal(found_text(b, &c, noon(DAY)), ""); /* as one, each would change the other for ever */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(test_a_source_that_gives_nothing_is_told_to_the_hour),
		bench_test(test_unreadable_mail_is_counted_over_a_day),
		bench_test(test_a_source_that_never_failed_is_told_once),
		bench_test(test_very_many_new_networks_are_one_alert),
		bench_test(test_with_little_history_nothing_is_new),
		bench_test(test_wanted_mail_that_was_stopped_is_told_with_who_stopped_it),
		bench_test(test_a_policy_is_what_most_reporters_saw_last),
		bench_test(test_a_policy_that_is_not_what_dns_says_is_told_once_it_cannot_be_old),
		bench_test(test_records_that_are_none_are_named_as_such),
		bench_test(test_a_reporter_is_quiet_when_its_own_days_are_missing),
		bench_test(test_when_nothing_arrives_at_all_no_reporter_is_blamed),
		bench_test(test_what_is_off_is_not_looked_for),
		bench_test(test_an_empty_database_gives_no_alert),
		bench_test(test_words_from_outside_are_one_plain_line),
		bench_test(test_a_domain_that_is_no_host_name_is_told_without_a_link),
		bench_test(test_names_that_look_alike_when_cut_or_cleaned_are_not_one),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("alert_rules", tests, NULL, NULL);
}
