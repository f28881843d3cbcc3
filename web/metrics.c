/* metrics: see metrics.h. */
#include "web/metrics.h"

#include "base/log.h"
#include "schema/limits.h"

#include <inttypes.h>
#include <stdio.h>

enum { DAY_SECONDS = 86400, USUAL_DAYS = 28, USUAL_REPORTS = 7, QUOTED_BYTES = 1024 };

static const struct slice other = { "other", 5 };

/* --- the format --- */

static void head(struct buf *out, const char *name, const char *type, const char *help)
{
	buf_addf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* Control and direction marks as \xNN, so that two names never look alike; then what the format asks for. */
static void add_label_text(struct buf *out, struct slice s)
{
	struct buf quoted;

	buf_init(&quoted, QUOTED_BYTES);
	log_quote(&quoted, s);
	for (size_t i = 0; i < quoted.len; i++) {
		if (quoted.data[i] == '"' || quoted.data[i] == '\\')
			buf_add_char(out, '\\');
		buf_add_char(out, quoted.data[i]);
	}
	buf_release(&quoted);
}

struct sample {
	struct buf *out;
	bool labelled;
};

static struct sample sample(struct buf *out, const char *name)
{
	buf_add_text(out, name);
	return (struct sample){ out, false };
}

static void label(struct sample *s, const char *name, struct slice value)
{
	buf_addf(s->out, "%s%s=\"", s->labelled ? "," : "{", name);
	add_label_text(s->out, value);
	buf_add_char(s->out, '"');
	s->labelled = true;
}

static void end_int(struct sample *s, int64_t n)
{
	buf_addf(s->out, "%s %" PRId64 "\n", s->labelled ? "}" : "", n);
}

static void end_seconds(struct sample *s, int64_t us)
{
	buf_addf(s->out, "%s %" PRId64 ".%06" PRId64 "\n", s->labelled ? "}" : "", us / 1000000, us % 1000000);
}

static void plain(struct buf *out, const char *name, int64_t n)
{
	struct sample s = sample(out, name);

	end_int(&s, n);
}

static void labelled(struct buf *out, const char *name, const char *key, struct slice value, int64_t n)
{
	struct sample s = sample(out, name);

	label(&s, key, value);
	end_int(&s, n);
}

/* --- what the database holds --- */

static bool stands_before(const struct slice *own, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (slice_eq(own[k], own[i]))
			return true;
	return false;
}

static void put_messages(struct buf *out, const struct totals *t, const struct slice *own, size_t n)
{
	static const char name[] = "ruad_messages_total";

	head(out, name, "counter",
	     "Messages of all reports in the database, by From domain and class, by the time of ingest and not of the mail: for "
	     "days of the past ask the API. Removing old reports lowers it.");
	for (size_t i = 0; i <= n; i++) {
		for (int c = 0; c < TRUST_CLASSES && (i == n || !stands_before(own, i)); c++) {
			struct sample s = sample(out, name);

			label(&s, "domain", i < n ? own[i] : other);
			label(&s, "class", slice_of(trust_param((enum trust)c)));
			end_int(&s, counts_class(&t->domain[i].counts, (enum trust)c));
		}
	}
}

static void put_causes(struct buf *out, const struct totals *t, const struct slice *own, size_t n)
{
	static const char name[] = "ruad_untrusted_messages_total";

	head(out, name, "counter",
	     "Of these, the untrusted ones that were delivered, by what most likely caused it. A changed source rule moves them.");
	for (size_t i = 0; i <= n; i++) {
		for (int c = 0; c < CAUSES && (i == n || !stands_before(own, i)); c++) {
			struct sample s = sample(out, name);

			label(&s, "domain", i < n ? own[i] : other);
			label(&s, "cause", slice_of(cause_name((enum cause)c)));
			end_int(&s, t->domain[i].cause[c]);
		}
	}
}

static struct slice policy_word(enum policy_word p)
{
	return p == POLICY_ABSENT ? SLICE("") : slice_of(policy_name(p));
}

static void put_policies(struct buf *out, const struct totals *t, const struct slice *own, size_t n)
{
	static const char name[] = "ruad_policy_info";
	char pct[24];

	head(out, name, "gauge",
	     "The policy of each domain as the reports about its last day saw it; a label is empty where they do not say.");
	for (size_t i = 0; i < n; i++) {
		const struct policy_seen *p = &t->domain[i].policy;
		struct sample s;

		if (t->domain[i].policy_day == INT64_MIN || stands_before(own, i))
			continue;
		snprintf(pct, sizeof pct, "%d", p->pct);
		s = sample(out, name);
		label(&s, "domain", own[i]);
		label(&s, "p", policy_word(p->p));
		label(&s, "sp", policy_word(p->sp));
		label(&s, "pct", p->pct < 0 ? SLICE("") : slice_of(pct));
		label(&s, "t", p->testing ? SLICE("y") : SLICE("n"));
		end_int(&s, 1);
	}
}

/* The names that have a series of their own: the first, so that none of them ever leaves or enters the rest. */
static bool has_series(const struct totals *t, size_t i)
{
	return i < LIMIT_METRIC_REPORTERS && t->reporter[i].name.len <= LIMIT_METRIC_NAME_BYTES &&
	       !slice_eq(t->reporter[i].name, other);
}

static void put_reports(struct buf *out, const struct totals *t)
{
	static const char name[] = "ruad_reports_total";
	int64_t rest = 0;

	head(out, name, "counter", "Reports in the database by reporter. Removing old reports lowers it.");
	for (size_t i = 0; i < t->reporters; i++) {
		if (has_series(t, i))
			labelled(out, name, "reporter", t->reporter[i].name, t->reporter[i].reports);
		else
			rest += t->reporter[i].reports;
	}
	labelled(out, name, "reporter", other, rest);
}

static void put_last_reports(struct buf *out, const struct totals *t)
{
	static const char name[] = "ruad_reporter_last_report_timestamp_seconds";
	int64_t rest = INT64_MIN;

	head(out, name, "gauge", "End of the last UTC day that a report of this reporter is about.");
	for (size_t i = 0; i < t->reporters; i++) {
		int64_t day = t->reporter[i].last_day;

		if (has_series(t, i))
			labelled(out, name, "reporter", t->reporter[i].name, (day + 1) * DAY_SECONDS);
		else
			rest = day > rest ? day : rest;
	}
	if (rest != INT64_MIN)
		labelled(out, name, "reporter", other, (rest + 1) * DAY_SECONDS);
}

/* Whether it is silent for longer, by more than a day, than it ever was in the four weeks up to its last report; -1 where it
 * sent too few then to say, or has been silent for too long to be missed. */
static int is_late(const struct reporter_total *r)
{
	int silent = r->days != 0 ? __builtin_ctzll(r->days) : 0, longest = 0, last = 0;
	uint64_t usual = (r->days >> silent) & (((uint64_t)1 << USUAL_DAYS) - 1);

	if (__builtin_popcountll(usual) < USUAL_REPORTS)
		return -1;
	for (int day = 0; day < USUAL_DAYS; day++) {
		if (!(usual >> day & 1))
			continue;
		longest = day - last > longest ? day - last : longest;
		last = day;
	}
	return silent > longest + 1;
}

static void put_late(struct buf *out, const struct totals *t)
{
	static const char name[] = "ruad_reporter_late";

	head(out, name, "gauge",
	     "1 where a reporter is silent for longer, by more than a day, than in the four weeks before; only of those that "
	     "reported on a week's worth of days then.");
	for (size_t i = 0; i < t->reporters; i++)
		if (has_series(t, i) && is_late(&t->reporter[i]) >= 0)
			labelled(out, name, "reporter", t->reporter[i].name, is_late(&t->reporter[i]));
}

void metrics_totals(struct buf *out, const struct totals *t, const struct slice *own, size_t n, int64_t today)
{
	put_messages(out, t, own, n);
	put_causes(out, t, own, n);
	put_reports(out, t);
	put_last_reports(out, t);
	put_late(out, t);
	put_policies(out, t, own, n);
	head(out, "ruad_data_generation", "gauge", "Changes with every commit that changed anything.");
	plain(out, "ruad_data_generation", t->state.generation);
	head(out, "ruad_refusals", "gauge", "Files and mails kept because they could not be read.");
	plain(out, "ruad_refusals", t->state.rejects);
	head(out, "ruad_ingest_last_report_timestamp_seconds", "gauge", "When the last report was taken in; 0 never.");
	plain(out, "ruad_ingest_last_report_timestamp_seconds", t->state.last_taken_in);
}

static struct slice domain_of(struct slice subject, const struct slice *own, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (slice_eq(subject, own[i]))
			return own[i];
	return other;
}

struct firing {
	struct slice rule, domain;
	int64_t alerts;
};

static void count_firing(struct firing *line, size_t *lines, struct slice rule, struct slice domain)
{
	size_t i = 0;

	while (i < *lines && !(slice_eq(line[i].rule, rule) && slice_eq(line[i].domain, domain)))
		i++;
	if (i == *lines)
		line[(*lines)++] = (struct firing){ rule, domain, 0 };
	line[i].alerts++;
}

/* What the rule of that name (daemon/alert_rules.c) found. */
static bool differs_from_dns(const struct alert_lines *alerts, struct slice domain)
{
	for (size_t i = 0; i < alerts->n; i++)
		if (alerts->item[i].firing && slice_is(alerts->item[i].rule, "policy-not-dns") &&
		    slice_eq(alerts->item[i].subject, domain))
			return true;
	return false;
}

static void put_mismatches(struct buf *out, const struct alert_lines *alerts, const struct slice *own, size_t n)
{
	static const char name[] = "ruad_policy_mismatch";

	head(out, name, "gauge",
	     "1 where most receivers see another policy of the domain than DNS has; 0 also where that is not known.");
	for (size_t i = 0; i < n; i++)
		if (!stands_before(own, i))
			labelled(out, name, "domain", own[i], differs_from_dns(alerts, own[i]));
}

/* The digest that was told last stands among the alerts, and is none. */
void metrics_alerts(struct buf *out, const struct alert_lines *alerts, const struct slice *own, size_t n)
{
	static const char name[] = "ruad_alert_firing";
	struct arena scratch = { 0 };
	struct firing *line = arena_array(&scratch, alerts->n + 1, sizeof *line);
	size_t lines = 0;

	for (size_t i = 0; i < alerts->n; i++)
		if (alerts->item[i].firing && !slice_is(alerts->item[i].rule, "digest"))
			count_firing(line, &lines, alerts->item[i].rule, domain_of(alerts->item[i].subject, own, n));
	head(out, name, "gauge", "How many alerts of a rule fire, by the domain that they are about; none where there is no line.");
	for (size_t i = 0; i < lines; i++) {
		struct sample s = sample(out, name);

		label(&s, "rule", line[i].rule);
		label(&s, "domain", line[i].domain);
		end_int(&s, line[i].alerts);
	}
	put_mismatches(out, alerts, own, n);
	arena_release(&scratch);
}

/* --- what the parts say --- */

static int64_t sum_of(const struct health *h, enum health_role role, enum health_count what)
{
	int64_t sum = 0;

	for (size_t i = 0; i < h->n; i++)
		if (h->part[i].role == role)
			sum += h->part[i].count[what];
	return sum;
}

static bool has_role(const struct health *h, enum health_role role)
{
	for (size_t i = 0; i < h->n; i++)
		if (h->part[i].role == role)
			return true;
	return false;
}

static void put_parts(struct buf *out, const struct health *h)
{
	head(out, "ruad_part_state", "gauge", "1 for the state that each part is in, 0 for the others.");
	for (size_t i = 0; i < h->n; i++) {
		for (int state = 0; state < HEALTH_STATES; state++) {
			struct sample s = sample(out, "ruad_part_state");

			label(&s, "part", h->part[i].name);
			label(&s, "state", slice_of(health_state_name((enum health_state)state)));
			end_int(&s, (int)h->part[i].state == state);
		}
	}
	head(out, "ruad_role_up", "gauge", "1 where the process of a part runs.");
	for (size_t i = 0; i < h->n; i++)
		if (h->part[i].is_process)
			labelled(out, "ruad_role_up", "role", h->part[i].name, h->part[i].is_up);
	head(out, "ruad_role_restarts_total", "counter", "How often a process had to be started again.");
	for (size_t i = 0; i < h->n; i++)
		if (h->part[i].is_process && h->part[i].starts > 0)
			labelled(out, "ruad_role_restarts_total", "role", h->part[i].name, h->part[i].starts - 1);
}

/* A mail may be counted between two readings: no bucket is larger than all. */
static void put_took(struct buf *out, const struct health *h, int64_t mails)
{
	static const char name[] = "ruad_ingest_duration_seconds", bucket[] = "ruad_ingest_duration_seconds_bucket";
	struct sample sum;
	int64_t n = 0;
	char bound[24];

	head(out, name, "histogram", "From a mail's arrival in the store until it is durable, since the start.");
	for (int i = 0; i < MAIL_TOOK_BOUNDS; i++) {
		n += sum_of(h, HEALTH_STORE, (enum health_count)(HEALTH_TOOK + i));
		snprintf(bound, sizeof bound, "%g", mail_took_ms[i] / 1e3);
		labelled(out, bucket, "le", slice_of(bound), n);
	}
	mails = mails > n ? mails : n;
	labelled(out, bucket, "le", SLICE("+Inf"), mails);
	sum = sample(out, "ruad_ingest_duration_seconds_sum");
	end_seconds(&sum, sum_of(h, HEALTH_STORE, HEALTH_TOOK_MS) * 1000);
	plain(out, "ruad_ingest_duration_seconds_count", mails);
}

static void put_ingest(struct buf *out, const struct health *h)
{
	static const struct {
		const char *name;
		enum health_count count;
	} outcomes[] = { { "stored", HEALTH_REPORTS },
			 { "duplicate", HEALTH_DUPLICATES },
			 { "tls", HEALTH_TLS },
			 { "failure", HEALTH_FAILURES } };
	int64_t mails = sum_of(h, HEALTH_STORE, HEALTH_MAILS), refused = sum_of(h, HEALTH_STORE, HEALTH_REFUSED);

	head(out, "ruad_ingest_mails_total", "counter",
	     "Mails and files taken in since the start; refused: nothing in them could be read.");
	labelled(out, "ruad_ingest_mails_total", "outcome", SLICE("read"), mails - refused);
	labelled(out, "ruad_ingest_mails_total", "outcome", SLICE("refused"), refused);
	head(out, "ruad_ingest_reports_total", "counter", "Reports found in them, by what became of them.");
	for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++)
		labelled(out, "ruad_ingest_reports_total", "outcome", slice_of(outcomes[i].name),
			 sum_of(h, HEALTH_STORE, outcomes[i].count));
	put_took(out, h, mails);
	head(out, "ruad_ingest_backlog", "gauge", "Mails seen in the mailboxes and not yet dealt with.");
	plain(out, "ruad_ingest_backlog", sum_of(h, HEALTH_MAILBOX, HEALTH_BACKLOG));
	head(out, "ruad_commits_total", "counter", "Commits since the start.");
	plain(out, "ruad_commits_total", sum_of(h, HEALTH_STORE, HEALTH_COMMITS));
	head(out, "ruad_parser_deaths_total", "counter", "Parsers that died of a mail, or took too long.");
	plain(out, "ruad_parser_deaths_total", sum_of(h, HEALTH_STORE, HEALTH_PARSER_DEATHS));
}

static void put_mailboxes(struct buf *out, const struct health *h, const char *name, enum health_count what, const char *help)
{
	head(out, name, "gauge", help);
	for (size_t i = 0; i < h->n; i++)
		if (h->part[i].role == HEALTH_MAILBOX)
			labelled(out, name, "mailbox", h->part[i].own, h->part[i].count[what]);
}

static void put_two(struct buf *out, const char *name, const char *help, const char *good, int64_t all, const char *bad,
		    int64_t failed)
{
	head(out, name, "counter", help);
	labelled(out, name, "result", slice_of(good), all);
	labelled(out, name, "result", slice_of(bad), failed);
}

void metrics_health(struct buf *out, const struct health *h)
{
	put_parts(out, h);
	if (has_role(h, HEALTH_STORE))
		put_ingest(out, h);
	if (has_role(h, HEALTH_MAILBOX)) {
		put_mailboxes(out, h, "ruad_ingest_last_success_timestamp_seconds", HEALTH_LAST_S,
			      "When a mail of this mailbox was last dealt with; 0 not since the start.");
		put_mailboxes(out, h, "ruad_mailbox_contact_timestamp_seconds", HEALTH_CONTACT_S,
			      "When this mailbox was last seen in order; 0 not since the start.");
	}
	if (has_role(h, HEALTH_LOOKUP)) {
		put_two(out, "ruad_dns_lookups_total", "Questions to DNS since the start.", "answered",
			sum_of(h, HEALTH_LOOKUP, HEALTH_LOOKUPS), "failed", sum_of(h, HEALTH_LOOKUP, HEALTH_LOOKUPS_FAILED));
		head(out, "ruad_dns_queue", "gauge", "Questions to DNS that wait.");
		plain(out, "ruad_dns_queue", sum_of(h, HEALTH_LOOKUP, HEALTH_BACKLOG));
	}
	if (has_role(h, HEALTH_NOTICES))
		put_two(out, "ruad_notices_total", "Notices since the start.", "sent", sum_of(h, HEALTH_NOTICES, HEALTH_TOLD),
			"failed", sum_of(h, HEALTH_NOTICES, HEALTH_TELLS_FAILED));
}

/* --- requests --- */

static void put_requests(struct buf *out, const struct traffic *t, const char *(*route_name)(int i))
{
	static const char name[] = "ruad_http_requests_total";
	char code[16];

	head(out, name, "counter", "Requests answered since the server started.");
	for (int i = 0; i < TRAFFIC_ROUTES && route_name(i) != NULL; i++) {
		for (int c = 0; c < TRAFFIC_CODES; c++) {
			int64_t n = atomic_load(&t->route[i].code[c]);
			struct sample s;

			if (n == 0)
				continue;
			snprintf(code, sizeof code, "%d", traffic_code[c]);
			s = sample(out, name);
			label(&s, "route", slice_of(route_name(i)));
			label(&s, "code", traffic_code[c] == 0 ? other : slice_of(code));
			end_int(&s, n);
		}
	}
}

static void put_duration(struct buf *out, const struct route_traffic *t, struct slice route)
{
	int64_t all = atomic_load(&t->all), n = 0;
	struct sample s;
	char bound[24];

	for (int i = 0; i < TRAFFIC_BUCKETS; i++) {
		n += atomic_load(&t->bucket[i]);
		snprintf(bound, sizeof bound, "%g", (double)traffic_bucket_us[i] / 1e6);
		s = sample(out, "ruad_http_request_duration_seconds_bucket");
		label(&s, "route", route);
		label(&s, "le", slice_of(bound));
		end_int(&s, n);
	}
	all = all > n ? all : n; /* a request may be counted between two readings */
	s = sample(out, "ruad_http_request_duration_seconds_bucket");
	label(&s, "route", route);
	label(&s, "le", SLICE("+Inf"));
	end_int(&s, all);
	s = sample(out, "ruad_http_request_duration_seconds_sum");
	label(&s, "route", route);
	end_seconds(&s, atomic_load(&t->us));
	labelled(out, "ruad_http_request_duration_seconds_count", "route", route, all);
}

static void put_known(struct buf *out, const char *name, const char *type, const char *help, int64_t n)
{
	if (n < 0)
		return;
	head(out, name, type, help);
	plain(out, name, n);
}

static void put_connections(struct buf *out, const struct connection_traffic *c)
{
	const struct {
		const char *name, *type, *help;
		int64_t n;
	} series[] = {
		{ "ruad_http_connections", "gauge", "Open connections to the pages.", atomic_load(&c->open) },
		{ "ruad_http_connections_refused_total", "counter", "Answered 503 at once: there were too many, in all or of the address.",
		  atomic_load(&c->refused) },
		{ "ruad_http_connections_turned_away_total", "counter", "Closed without an answer: there were far too many.",
		  atomic_load(&c->turned_away) },
		{ "ruad_http_slow_requests_total", "counter", "Connections cut: the request did not come in time.",
		  atomic_load(&c->slow_requests) },
		{ "ruad_http_slow_readers_total", "counter", "Connections cut: the answer was not taken in time.",
		  atomic_load(&c->slow_readers) },
		{ "ruad_http_idle_closed_total", "counter", "Connections closed after an answer: nothing more was asked for.",
		  atomic_load(&c->idle) },
	};

	for (size_t i = 0; i < sizeof series / sizeof *series; i++) {
		head(out, series[i].name, series[i].type, series[i].help);
		plain(out, series[i].name, series[i].n);
	}
	if (atomic_load(&c->certificate_ends_s) > 0)
		put_known(out, "ruad_http_certificate_end_timestamp_seconds", "gauge", "When the pages' certificate ends.",
			  atomic_load(&c->certificate_ends_s));
}

void metrics_traffic(struct buf *out, const struct traffic *t, const char *(*route_name)(int i))
{
	put_connections(out, &t->connections);
	put_requests(out, t, route_name);
	head(out, "ruad_http_request_duration_seconds", "histogram",
	     "How long an answer took to make; of an export, its first part.");
	for (int i = 0; i < TRAFFIC_ROUTES && route_name(i) != NULL; i++)
		if (atomic_load(&t->route[i].all) > 0)
			put_duration(out, &t->route[i], slice_of(route_name(i)));
}

/* --- the database's place, and the process --- */

void metrics_place(struct buf *out, const struct metrics_place *p)
{
	put_known(out, "ruad_db_up", "gauge", "1 where the database can be read.", p->readable);
	put_known(out, "ruad_db_size_bytes", "gauge", "The database with its write-ahead log.", p->database_bytes);
	put_known(out, "ruad_raw_size_bytes", "gauge", "The kept bytes of mails and files.", p->raw_bytes);
	put_known(out, "ruad_disk_free_bytes", "gauge", "Free disk space where the database lies.", p->free_bytes);
}

void metrics_process(struct buf *out, const struct metrics_process *p)
{
	struct sample s;

	head(out, "ruad_build_info", "gauge", "Which ruad this is.");
	labelled(out, "ruad_build_info", "version", slice_of(p->version), 1);
	head(out, "process_cpu_seconds_total", "counter", "Of the process that answers, as all of process_.");
	s = sample(out, "process_cpu_seconds_total");
	end_seconds(&s, p->cpu_us);
	put_known(out, "process_resident_memory_bytes", "gauge", "Resident memory.", p->resident_bytes);
	put_known(out, "process_virtual_memory_bytes", "gauge", "Virtual memory.", p->virtual_bytes);
	put_known(out, "process_open_fds", "gauge", "Open file descriptors.", p->open_fds);
	put_known(out, "process_max_fds", "gauge", "How many may be open.", p->most_fds);
	put_known(out, "process_start_time_seconds", "gauge", "When it started.", p->start_s);
}
