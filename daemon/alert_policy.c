/* alert_policy: the rule about a policy that changed; see alert_policy.h. What a domain's policy is, most of its reporters say, each by its latest report: receivers keep a record for
 * some time, so the majority moves once. Reports of the two standards do not say the same of one record: pct=0 is seen by those
 * of RFC 7489 and t=y by those of RFC 9990, so both come to "held back"; a pct or t that a report leaves out says nothing. */
#include "daemon/alert_policy.h"

#include "web/format.h"

enum { DAY_S = 86400, WINDOW_DAYS = 14 /* a reporter's latest report is one of these days */ };

const char *policy_words(struct arena *a, const struct policy_seen *p)
{
	const char *text = arena_printf(a, "p=%s", p->p == POLICY_ABSENT ? "none" : policy_name(p->p));

	if (p->sp != POLICY_ABSENT && p->sp != p->p)
		text = arena_printf(a, "%s; sp=%s", text, policy_name(p->sp));
	if (p->testing || p->pct == 0)
		return arena_printf(a, "%s; held back by pct=0 or t=y", text);
	return p->pct > 0 && p->pct < 100 ? arena_printf(a, "%s; pct=%d", text, p->pct) : text;
}

/* --- what most reporters say --- */

static bool is_newer(const struct policy_line *x, const struct policy_line *y)
{
	return x->last_day != y->last_day ? x->last_day > y->last_day : x->reports > y->reports;
}

/* The lines of one domain cut to the latest of each reporter; they come by reporter. */
static size_t latest_of_each(struct policy_line *line, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		if (kept == 0 || !slice_eq(line[kept - 1].reporter, line[i].reporter))
			line[kept++] = line[i];
		else if (is_newer(&line[i], &line[kept - 1]))
			line[kept - 1] = line[i];
	}
	return kept;
}

/* What more than half of them say (the vote of Boyer and Moore, then counted); NULL where there is no such policy. */
static const struct policy_line *majority(struct looking *l, const struct policy_line *line, size_t n)
{
	const char **words = arena_array(l->a, n + 1, sizeof *words);
	size_t leader = 0, lead = 0, votes = 0;

	for (size_t i = 0; i < n; i++) {
		words[i] = policy_words(l->a, &line[i].policy);
		if (lead == 0)
			leader = i;
		lead = lead == 0 || strcmp(words[i], words[leader]) == 0 ? lead + 1 : lead - 1;
	}
	for (size_t i = 0; i < n; i++)
		votes += strcmp(words[i], words[leader]) == 0;
	return votes * 2 > n ? &line[leader] : NULL;
}

int policy_each_domain(struct looking *l, policy_look *look, struct err *err)
{
	const struct filter f = { .first_day = l->today - WINDOW_DAYS, .last_day = l->today };
	struct policy_lines lines;

	if (query_policies(l->reader, l->a, &f, &lines, err) != 0)
		return -1;
	for (size_t i = 0, end; i < lines.n; i = end) {
		for (end = i; end < lines.n && slice_eq(lines.item[end].domain, lines.item[i].domain);)
			end++;
		if (look(l, &lines.item[i], latest_of_each(&lines.item[i], end - i), err) != 0)
			return -1;
	}
	return 0;
}

struct slice policy_link(struct looking *l, struct slice domain)
{
	struct params p = { 0 };

	p = param_with(l->a, &p, PARAM_POLICY_DOMAIN, domain);
	p = param_with(l->a, &p, PARAM_BY, SLICE("reporter"));
	return look_link(l, &p, l->today - WINDOW_DAYS, l->today);
}

/* --- it changed --- */

static int compare_with_known(struct looking *l, const struct policy_line *line, size_t n, struct err *err)
{
	const struct policy_line *now = majority(l, line, n);
	struct alert_line known = { 0 };
	struct finding *f;
	int rc;

	if (now == NULL)
		return 0;
	if ((rc = query_alert(l->reader, l->a, slice_of(l->rule->name), look_subject(l, now->domain), &known, err)) < 0)
		return -1;
	if (rc == 1 && slice_is(known.seen, policy_words(l->a, &now->policy)))
		return 0;
	f = look_add(l, rc == 1 ? FOUND_FIRING : FOUND_KNOWN, now->domain);
	f->seen = slice_of(policy_words(l->a, &now->policy));
	if (rc == 0)
		return 0;
	f->since_s = now->first_day * DAY_S;
	f->path = policy_link(l, now->domain);
	look_title(l, f, "Policy of %s is now %s", f->subject.ptr, f->seen.ptr);
	look_text(l, f, "Receivers report another policy of %s than before, first on %s.\nBefore: %s\nNow:    %s", f->subject.ptr,
		  format_day(l->a, now->first_day), known.seen.ptr, f->seen.ptr);
	return 0;
}

int look_policies(struct looking *l, struct err *err)
{
	return policy_each_domain(l, compare_with_known, err);
}
