/* alert_dns: the rule about a policy that is not what DNS says; see alert_policy.h. A record that is new is compared once
 * receivers cannot have the old one any more, and only with reports of the days since. */
#include "daemon/alert_policy.h"

#include "schema/record_dmarc.h"
#include "web/format.h"

enum {
	DAY_S = 86400,
	SETTLED_DAYS = 2, /* receivers may keep the old record for a day, and report a day later */
	NAMES_MOST = 5,
};

static const char *words_of_dns(struct looking *l, int records, const struct policy_seen *dns)
{
	return records == 0 ? "no DMARC record" :
	       records > 1  ? "several DMARC records, which is as good as none" :
			      policy_words(l->a, dns);
}

static void describe_difference(struct looking *l, const struct policy_line *seen, int records, const struct policy_seen *dns,
				const char *who, int64_t since_s)
{
	struct finding *f = look_add(l, FOUND_FIRING, seen->domain);

	f->path = policy_link(l, seen->domain);
	f->since_s = since_s;
	look_title(l, f, "Receivers see another policy of %s than DNS has", f->subject.ptr);
	look_text(l, f, "Most receivers report a policy of %s that is not what DNS says since %s.\nReports: %s\nDNS:     %s\n"
			"Reported so by: %s",
		  f->subject.ptr, format_time(l->a, since_s), policy_words(l->a, &seen->policy), words_of_dns(l, records, dns), who);
}

static int compare_with_dns(struct looking *l, const struct policy_line *line, size_t n, struct err *err)
{
	struct slice name = slice_of(arena_printf(l->a, "_dmarc.%s", line->domain.ptr));
	const struct policy_line *other = NULL;
	struct dmarc_record read = { .seen = { .pct = -1 } };
	size_t asked = 0, differ = 0;
	struct dns_line record;
	const char *who = "";
	int records;

	if (query_dns_record(l->reader, l->a, name, &record, err) != 0)
		return -1;
	if (record.value.text.ptr == NULL || record.trouble.ptr != NULL ||
	    l->now_s - record.value.first_s < SETTLED_DAYS * DAY_S) {
		look_add(l, FOUND_UNSURE, line->domain);
		return 0;
	}
	records = dmarc_records_read(l->a, record.value.text, &read);
	for (size_t i = 0; i < n; i++) {
		if ((line[i].last_day - 1) * DAY_S < record.value.first_s) /* may have seen the record before */
			continue;
		asked++;
		if (records == 1 && dmarc_agrees(&line[i].policy, &read.seen))
			continue;
		other = &line[i];
		if (differ++ < NAMES_MOST)
			who = arena_printf(l->a, "%s%s%s", who, differ > 1 ? ", " : "", look_words(l, line[i].reporter).ptr);
	}
	if (asked == 0)
		look_add(l, FOUND_UNSURE, line->domain);
	else if (differ * 2 > asked)
		describe_difference(l, other, records, &read.seen, who, record.value.first_s);
	return 0;
}

int look_policies_of_dns(struct looking *l, struct err *err)
{
	return policy_each_domain(l, compare_with_dns, err);
}
