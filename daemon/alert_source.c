/* alert_source: rules about who sends: a source that fails for the first time, and wanted mail that does not arrive; see
 * alert_rules.h. A source is one that a rule of ruad.conf names, or the network of an address that none does. */
#include "base/text.h"
#include "daemon/alert_rules.h"
#include "web/format.h"

#include <stdlib.h>

enum {
	DAY_S = 86400,
	FAILING_DAYS = 3, /* the last days that are over: reports come in for so long */
	HISTORY_DAYS = 7, /* with less, everything would be new */
	WANTED_DAYS = 4,  /* with today */
	NAMES_MOST = 3,
	NETWORKS_MOST = 20, /* new ones of a day that are told one by one: a report may name as many as it has rows */
};

static const struct slice failing[] = { { "untrusted", 9 }, { "quarantined", 11 }, { "rejected", 8 } };
static const struct slice stopped[] = { { "quarantined", 11 }, { "rejected", 8 } };
static const struct slice wanted[] = { { "ours", 4 }, { "service", 7 }, { "list", 4 }, { "forwarder", 9 } };
static const struct slice unnamed[] = { { "none", 4 } };

#define NAMES(list) ((struct names){ (list), sizeof(list) / sizeof *(list), false })

/* The rows that a filter of one class list and one name keeps. */
static struct slice link_to(struct looking *l, const struct filter *f, enum param by, struct slice name)
{
	struct params p = { 0 };

	p.value[PARAM_CLASS] = f->class_;
	p = param_with(l->a, &p, by, name);
	return look_link(l, &p, f->first_day, f->last_day);
}

/* "google.com 12, Mimecast 3 and 4 more": those with most messages. */
static int list_names(struct looking *l, const struct filter *f, enum group_by by, const char **out, struct err *err)
{
	struct groups g;

	if (query_groups(l->reader, l->a, f, by, NAMES_MOST, &g, err) != 0)
		return -1;
	*out = "";
	for (size_t i = 0; i < g.n; i++)
		*out = arena_printf(l->a, "%s%s%s %s", *out, i > 0 ? ", " : "", look_words(l, g.item[i].label).ptr,
				    format_count_text(l->a, counts_total(&g.item[i].counts)));
	if (g.total > g.n)
		*out = arena_printf(l->a, "%s and %s more", *out, format_count_text(l->a, (int64_t)(g.total - g.n)));
	return 0;
}

/* --- a source that never failed before --- */

struct candidate {
	struct filter day; /* that day's mail of it, delivered although it failed */
	struct slice name; /* of the source, or "203.0.113.0/24" */
	enum param by;
	int64_t messages;
};

static int is_known(struct looking *l, struct slice subject, bool *known, struct err *err)
{
	struct alert_line line;
	int rc;

	subject = look_subject(l, subject);
	*known = true;
	for (const struct finding *f = l->first; f != NULL; f = f->next)
		if (f->rule == l->rule && slice_eq(f->subject, subject))
			return 0;
	rc = query_alert(l->reader, l->a, slice_of(l->rule->name), subject, &line, err);
	*known = rc == 1;
	return rc < 0 ? -1 : 0;
}

/* All that failed before that day, whatever became of it. */
static struct filter before_of(const struct looking *l, const struct filter *day)
{
	struct filter f = *day;

	f.first_day = l->state.first_day;
	f.last_day = day->first_day - 1;
	f.class_ = NAMES(failing);
	return f;
}

static int describe_failing(struct looking *l, const struct candidate *c, struct err *err)
{
	struct finding *f = look_add(l, FOUND_FIRING, c->name);
	const char *froms, *receivers, *count = look_count(l, c->messages, "message", "messages");

	if (list_names(l, &c->day, BY_DOMAIN, &froms, err) != 0 || list_names(l, &c->day, BY_REPORTER, &receivers, err) != 0)
		return -1;
	f->since_s = c->day.first_day * DAY_S;
	f->path = link_to(l, &c->day, c->by, c->name);
	look_title(l, f, "New failing source: %s, %s", f->subject.ptr, count);
	look_text(l, f, "%s from %s failed SPF and DKIM on %s and were delivered. None of it had ever failed before.\nFrom: %s\n"
			"Reported by: %s",
		  count, c->by == PARAM_IP ? arena_printf(l->a, "the unnamed network %s", f->subject.ptr) : f->subject.ptr,
		  format_day(l->a, c->day.first_day), froms, receivers);
	return 0;
}

/* One that is not known: told where it never failed before, else known from now on. */
static int judge(struct looking *l, const struct candidate *c, bool before, struct err *err)
{
	if (!before)
		return describe_failing(l, c, err);
	look_add(l, FOUND_KNOWN, c->name);
	return 0;
}

/* --- those that rules name --- */

static int judge_source(struct looking *l, struct candidate *c, struct err *err)
{
	struct counts counts;
	struct filter before;
	bool known;

	c->day.source = (struct names){ &c->name, 1, false };
	if (c->messages < l->config->alerts.failing_messages)
		return 0;
	before = before_of(l, &c->day);
	if (is_known(l, c->name, &known, err) != 0 || (!known && query_counts(l->reader, &before, &counts, err) != 0))
		return -1;
	return known ? 0 : judge(l, c, counts.rows > 0, err);
}

static int judge_named(struct looking *l, const struct filter *day, int64_t *rest, struct err *err)
{
	struct groups g;

	if (query_groups(l->reader, l->a, day, BY_SOURCE, 0, &g, err) != 0)
		return -1;
	*rest = 0;
	for (size_t i = 0; i < g.n; i++) {
		struct candidate c = { *day, g.item[i].key, PARAM_SOURCE, counts_total(&g.item[i].counts) };

		if (g.item[i].id == 0)
			*rest = c.messages;
		else if (judge_source(l, &c, err) != 0)
			return -1;
	}
	return 0;
}

/* --- networks of addresses that none names --- */

struct network_sum {
	struct network net;
	int64_t messages;
	bool before; /* it failed before */
};

static int by_network(const void *a, const void *b)
{
	const struct network_sum *x = a, *y = b;
	int order = memcmp(x->net.addr, y->net.addr, sizeof x->net.addr);

	return order != 0 ? order : x->net.bits - y->net.bits;
}

/* Addresses as their networks, each once. */
static size_t sum_networks(const struct groups *g, struct network_sum *sums)
{
	unsigned char addr[16];
	size_t n = 0, kept = 0;

	for (size_t i = 0; i < g->n; i++) {
		if (!address_parse(g->item[i].key, addr))
			continue;
		sums[n].messages = counts_total(&g->item[i].counts);
		network_of(addr, &sums[n++].net);
	}
	qsort(sums, n, sizeof *sums, by_network);
	for (size_t i = 0; i < n; i++)
		if (kept > 0 && by_network(&sums[kept - 1], &sums[i]) == 0)
			sums[kept - 1].messages += sums[i].messages;
		else
			sums[kept++] = sums[i];
	return kept;
}

static struct slice name_of(struct looking *l, const struct network_sum *sum)
{
	char text[NETWORK_TEXT_BYTES];

	return slice_of(arena_printf(l->a, "%s", network_text(text, &sum->net)));
}

/* Keeps those with enough messages that are not known. */
static int keep_new(struct looking *l, struct network_sum *sums, size_t *n, struct err *err)
{
	size_t kept = 0;
	bool known;

	for (size_t i = 0; i < *n; i++) {
		if (sums[i].messages < l->config->alerts.failing_messages)
			continue;
		if (is_known(l, name_of(l, &sums[i]), &known, err) != 0)
			return -1;
		if (!known)
			sums[kept++] = sums[i];
	}
	*n = kept;
	return 0;
}

/* One reading for all of them: each looks at years. */
static int look_back(struct looking *l, const struct filter *day, struct network_sum *sums, size_t n, struct err *err)
{
	struct filter f = before_of(l, day);
	struct slice *names = arena_array(l->a, n + 1, sizeof *names);
	struct groups g;

	for (size_t i = 0; i < n; i++)
		names[i] = name_of(l, &sums[i]);
	f.source = (struct names){ 0 };
	f.ip = (struct names){ names, n, false };
	if (query_groups(l->reader, l->a, &f, BY_IP, 0, &g, err) != 0)
		return -1;
	for (size_t i = 0; i < g.n; i++) {
		struct network_sum one = { .messages = 0 }, *found;
		unsigned char addr[16];

		if (!address_parse(g.item[i].key, addr))
			continue;
		network_of(addr, &one.net);
		if ((found = bsearch(&one, sums, n, sizeof *sums, by_network)) != NULL)
			found->before = true;
	}
	return 0;
}

static struct slice subject_of_many(struct looking *l, const struct filter *day)
{
	return slice_of(arena_printf(l->a, "unnamed networks on %s", format_day(l->a, day->first_day)));
}

/* All in one: told once for that day, whatever else comes of it. */
static void describe_many(struct looking *l, const struct filter *day, int64_t networks, int64_t messages)
{
	const char *count = look_count(l, messages, "message", "messages"), *n = format_count_text(l->a, networks);
	struct finding *f = look_add(l, FOUND_FIRING, subject_of_many(l, day));

	f->since_s = day->first_day * DAY_S;
	f->path = link_to(l, day, PARAM_SOURCE, unnamed[0]);
	look_title(l, f, "%s new failing networks, %s", n, count);
	look_text(l, f, "%s from %s unnamed networks failed SPF and DKIM on %s and were delivered. None of these had ever failed before.",
		  count, n, format_day(l->a, day->first_day));
}

/* Whether there are too many of them to be told one by one: then all that is to be told of them was found. */
static bool judge_many(struct looking *l, const struct filter *day, const struct network_sum *sums, size_t n)
{
	int64_t networks = 0, messages = 0;

	for (size_t i = 0; i < n; i++) {
		networks += !sums[i].before;
		messages += sums[i].before ? 0 : sums[i].messages;
	}
	if (networks > NETWORKS_MOST)
		describe_many(l, day, networks, messages);
	return networks > NETWORKS_MOST;
}

/* Drops those that are known, and says which of the others failed before. None is left where the day was told of already. */
static int find_new(struct looking *l, const struct filter *day, struct network_sum *sums, size_t *n, struct err *err)
{
	bool known = false;

	if (keep_new(l, sums, n, err) != 0 || (*n > NETWORKS_MOST && is_known(l, subject_of_many(l, day), &known, err) != 0))
		return -1;
	if (known)
		*n = 0;
	return *n > 0 ? look_back(l, day, sums, *n, err) : 0;
}

static int judge_networks(struct looking *l, const struct filter *day, struct err *err)
{
	struct filter f = *day;
	struct network_sum *sums;
	struct groups g;
	size_t n;

	f.source = NAMES(unnamed);
	if (query_groups(l->reader, l->a, &f, BY_IP, 0, &g, err) != 0)
		return -1;
	sums = arena_array(l->a, g.n + 1, sizeof *sums);
	n = sum_networks(&g, sums);
	if (find_new(l, day, sums, &n, err) != 0)
		return -1;
	if (judge_many(l, &f, sums, n))
		return 0;
	for (size_t i = 0; i < n; i++) {
		struct candidate c = { f, name_of(l, &sums[i]), PARAM_IP, sums[i].messages };

		c.day.ip = (struct names){ &c.name, 1, false };
		if (judge(l, &c, sums[i].before, err) != 0)
			return -1;
	}
	return 0;
}

/* --- both --- */

int look_failing_sources(struct looking *l, struct err *err)
{
	for (int64_t day = l->today - FAILING_DAYS; day < l->today; day++) {
		struct filter f = { .first_day = day, .last_day = day, .class_ = { failing, 1, false } };
		int64_t rest;

		if (l->state.first_day > l->state.last_day || l->state.first_day > day - HISTORY_DAYS)
			continue;
		if (judge_named(l, &f, &rest, err) != 0 ||
		    (rest >= l->config->alerts.failing_messages && judge_networks(l, &f, err) != 0))
			return -1;
	}
	return 0;
}

/* --- wanted mail that was quarantined or rejected --- */

static int describe_wanted(struct looking *l, const struct filter *all, const struct group *g, struct err *err)
{
	static const char *const kinds[KINDS] = { "a system of yours", "a service that you use", "a mailing list", "a forwarder", "" };
	struct finding *f = look_add(l, FOUND_FIRING, g->key);
	const char *receivers, *count = look_count(l, counts_total(&g->counts), "message", "messages");
	struct filter of = *all;

	of.kind = (struct names){ 0 };
	of.source = (struct names){ &g->key, 1, false };
	if (list_names(l, &of, BY_REPORTER, &receivers, err) != 0)
		return -1;
	f->since_s = g->first_seen * DAY_S;
	f->path = link_to(l, &of, PARAM_SOURCE, g->key);
	look_title(l, f, "Wanted mail stopped: %s, %s", f->subject.ptr, count);
	look_text(l, f, "%s from %s (%s%s) failed SPF and DKIM since %s: receivers put %s in spam and refused %s.\nReported by: %s",
		  count, f->subject.ptr, kinds[g->kind], g->hint ? ", as ruad guesses" : "", format_day(l->a, g->first_seen),
		  format_count_text(l->a, counts_class(&g->counts, TRUST_QUARANTINED)),
		  format_count_text(l->a, counts_class(&g->counts, TRUST_REJECTED)), receivers);
	return 0;
}

int look_wanted_mail(struct looking *l, struct err *err)
{
	const struct filter f = { .first_day = l->today - WANTED_DAYS + 1, .last_day = l->today, .class_ = NAMES(stopped),
				  .kind = NAMES(wanted) };
	struct groups g;

	if (query_groups(l->reader, l->a, &f, BY_SOURCE, 0, &g, err) != 0)
		return -1;
	for (size_t i = 0; i < g.n; i++)
		if (describe_wanted(l, &f, &g.item[i], err) != 0)
			return -1;
	return 0;
}
