/* demo: see demo.h. Tables say who sends, through what, how much a day and how each receiver writes its reports; the
 * code below draws messages from them, adds equal ones up to rows, and judges each row as that receiver would (UX 7.2,
 * FORMATS 3.5, 4, 5). Only whole numbers and an own generator: the reports are the same on every machine.
 * Every address is of RFC 5737 or RFC 3849, every name of RFC 2606 but those of well-known reporters. */
#include "daemon/demo.h"

#include "base/text.h"
#include "schema/domain.h"

#include <assert.h>
#include <stdio.h>

enum {
	CHANGE_DAY = 28,         /* p=quarantine; pct=0; t=y is published */
	LONG_DAY = 20,           /* one receiver puts two days into one report */
	DAY_SECONDS = 86400,
	MOST_KINDS = 2048,       /* of message a day: about six times what the tables give */
	PER_MILLE = 1000,
};

/* --- the generator: splitmix64, whose stream depends on nothing but its seed --- */

struct dice {
	uint64_t state;
};

static uint64_t dice_next(struct dice *d)
{
	uint64_t z = d->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static int dice_below(struct dice *d, int n)
{
	return (int)((dice_next(d) >> 32) * (uint64_t)n >> 32);
}

/* A stream of its own for each purpose, so that one more draw in one report changes no other. */
static struct dice dice_for(uint64_t seed, uint64_t purpose, uint64_t which)
{
	struct dice d = { seed };

	d.state = dice_next(&d) ^ purpose;
	d.state = dice_next(&d) ^ which;
	return d;
}

/* An index drawn by weights that sum up to anything above 0. */
static int dice_weighted(struct dice *d, const short *weights, int n)
{
	int sum = 0, at;

	for (int i = 0; i < n; i++)
		sum += weights[i];
	at = dice_below(d, sum);
	for (int i = 0; i < n; i++)
		if ((at -= weights[i]) < 0)
			return i;
	return n - 1;
}

/* --- the university: names and how often each stands in From --- */

#define ORG "univ.example"

/* The first ones are named by flows below. alumni has a mailer of its own, so nothing else is drawn for it. */
enum { FROM_ORG, FROM_ALUMNI, FROM_CAREERS, FROM_CHEM, FROM_LAW, FROM_ANY = -1 };

static const struct {
	const char *name;
	short weight;
} froms[] = {
	{ ORG, 561 },		   { "alumni." ORG, 0 },	{ "careers." ORG, 56 },	   { "chem." ORG, 104 },
	{ "law." ORG, 2 },	   { "medsci." ORG, 162 },	{ "physics." ORG, 67 },	   { "library." ORG, 2 },
	{ "maths." ORG, 2 },	   { "biology." ORG, 2 },	{ "history." ORG, 2 },	   { "english." ORG, 2 },
	{ "music." ORG, 2 },	   { "engineering." ORG, 2 },	{ "informatics." ORG, 2 }, { "economics." ORG, 2 },
	{ "philosophy." ORG, 2 },  { "geography." ORG, 2 },	{ "psychology." ORG, 2 },  { "education." ORG, 2 },
	{ "admissions." ORG, 2 },  { "estates." ORG, 2 },	{ "finance." ORG, 2 },	   { "research." ORG, 2 },
	{ "sport." ORG, 2 },	   { "union." ORG, 2 },		{ "events." ORG, 2 },	   { "museum." ORG, 2 },
	{ "veterinary." ORG, 1 },  { "theatre." ORG, 1 },	{ "press." ORG, 1 },
};
enum { FROMS = sizeof froms / sizeof *froms };

/* --- the receivers --- */

enum id_style { ID_DIGITS, ID_HEX32, ID_HEX64, ID_EPOCH_FRACTION, ID_DATED, ID_COMCAST, ID_RANGE };
enum audience { TO_ALL, TO_CONSUMERS, TO_ARC, AUDIENCES };

static const struct receiver {
	const char *org, *email, *contact;
	const char *generator;   /* the last three: RFC 9990 only */
	bool rfc9990;
	bool version;            /* <version>1.0</version> */
	bool alignment;          /* adkim and aspf */
	bool sp, np;
	bool envelope_from, scope, no_selector, human_result;
	const char *const *envelope_to; /* NULL-terminated; NULL: not reported */
	const char *fo;
	enum id_style id;
	int period_s, starts_s;  /* length, and offset into the UTC day */
	int cache_days;          /* after the change until it sees the new record */
	bool no_reasons;         /* never states one */
	bool ignores_both;       /* neither pct nor t means anything to it */
	int refuses_per_mille;   /* of unknown senders, by a policy of its own */
	int silent_from, silent_days;
	int late_days;           /* at the end, of which nothing came yet */
	short weight[AUDIENCES]; /* share of the mail */
} receivers[] = {
	{ .org = "google.com", .email = "dmarc-noreply@google.example",
	  .contact = "https://support.google.example/dmarc", .alignment = true, .sp = true, .np = true, .id = ID_DIGITS,
	  .period_s = DAY_SECONDS - 1, .weight = { 412, 550, 800 } },
	{ .org = "Outlook.com", .email = "dmarcreport@outlook.example", .version = true, .alignment = true, .sp = true,
	  .envelope_from = true, .scope = true, .fo = "0", .id = ID_HEX32, .period_s = DAY_SECONDS, .cache_days = 1,
	  .envelope_to = (const char *const[]){ "inbox.example.com", "post.example.net", NULL }, .no_reasons = true,
	  .weight = { 244, 250, 0 } },
	{ .org = "Enterprise Outlook", .email = "dmarcreport@outlook.example", .version = true, .alignment = true,
	  .sp = true, .envelope_from = true, .scope = true, .fo = "0", .id = ID_HEX32, .period_s = DAY_SECONDS,
	  .envelope_to = (const char *const[]){ "partner.example", "college.example", "clinic.example", NULL },
	  .cache_days = 1, .no_reasons = true, .weight = { 148, 0, 0 } },
	{ .org = "Yahoo", .email = "dmarchelp@yahoo.example", .alignment = true, .id = ID_EPOCH_FRACTION,
	  .period_s = DAY_SECONDS - 1, .weight = { 82, 120, 0 } },
	{ .org = "Mimecast", .email = "no-reply@mimecast.example", .alignment = true, .sp = true, .id = ID_HEX64,
	  .period_s = DAY_SECONDS - 1, .cache_days = 2, .refuses_per_mille = 200, .silent_from = 17, .silent_days = 2,
	  .late_days = 2,
	  .weight = { 40, 0, 0 } },
	{ .org = "Fastmail Pty Ltd", .email = "reports@fastmail.example", .generator = "reporter 3.4", .rfc9990 = true,
	  .version = true, .sp = true, .np = true, .envelope_from = true, .scope = true, .human_result = true,
	  .id = ID_DIGITS, .period_s = DAY_SECONDS - 1, .refuses_per_mille = 300, .weight = { 24, 0, 130 } },
	{ .org = "gmx.net", .email = "noreply-dmarc@gmx.example", .contact = "https://postmaster.gmx.example",
	  .generator = "aggregator 2.1", .rfc9990 = true, .version = true, .alignment = true, .sp = true, .np = true,
	  .envelope_from = true, .scope = true, .id = ID_DATED, .period_s = DAY_SECONDS - 1, .refuses_per_mille = 300,
	  .silent_from = 38, .silent_days = 7, .weight = { 34, 40, 70 } },
	{ .org = "comcast.net", .email = "dmarc@comcast.example", .version = true, .alignment = true, .sp = true,
	  .envelope_from = true, .scope = true, .id = ID_COMCAST, .period_s = DAY_SECONDS, .cache_days = 1,
	  .refuses_per_mille = 300, .weight = { 10, 40, 0 } },
	{ .org = "univ-hospital.example", .email = "postmaster@univ-hospital.example", .alignment = true, .sp = true,
	  .no_selector = true, .id = ID_RANGE, .period_s = DAY_SECONDS, .starts_s = 3 * 3600 + 600,
	  .ignores_both = true, .silent_from = LONG_DAY + 1, .silent_days = 1, .weight = { 16, 0, 0 } },
};
enum { RECEIVERS = sizeof receivers / sizeof *receivers };

/* --- what is sent --- */

/* Addresses: `four` with last bytes from `first` on, `step` apart, then `six` with last groups from 1 on. */
struct pool {
	const char *four;
	int first, step, fours;
	const char *six;
	int sixes;
};
static const struct pool staff_pool = { "203.0.113.", 128, 1, 4, "2001:db8:365::", 2 };
static const struct pool relay_pool = { "192.0.2.", 1, 1, 3, NULL, 0 };
static const struct pool list_pool = { "192.0.2.", 40, 1, 3, NULL, 0 };
static const struct pool old_list_pool = { "192.0.2.", 43, 1, 1, NULL, 0 };
static const struct pool alumni_pool = { "198.51.100.", 32, 1, 4, NULL, 0 };
static const struct pool careers_pool = { "198.51.100.", 24, 1, 1, NULL, 0 };
static const struct pool chem_pool = { "192.0.2.", 77, 1, 1, NULL, 0 };
static const struct pool forwarder_pool = { "203.0.113.", 192, 1, 3, "2001:db8:f0::", 1 };
static const struct pool elsewhere_pool = { "203.0.113.", 96, 1, 8, "2001:db8:af::", 2 };
static const struct pool returning_pool = { "203.0.113.", 9, 22, 2, "2001:db8:4::", 1 };
static const struct pool once_pool = { "198.51.100.", 64, 1, 192, "2001:db8:5b::", 64 };
static const struct pool once_more_pool = { "203.0.113.", 32, 1, 64, "2001:db8:5c::", 64 };

struct signature {
	const char *domain, *selector, *result;
};

static const struct flow {
	const struct pool *pool;
	int a_day_tenths, jitter_percent, weekend_percent;
	int from;                /* of froms, or FROM_ANY */
	enum audience to;
	const char *spf_domain, *spf_result; /* NULL: the domain in From */
	struct signature dkim, second;       /* domain NULL: not signed */
	bool rewrites;           /* a list that takes From over once the policy asks for something */
	bool list, arc, unknown;
} flows[] = {
	/* Staff and student mail; a ninth of it goes on to another mailbox first. */
	{ &staff_pool, 2340, 5, 46, FROM_ANY, TO_ALL, NULL, "pass", { ORG, "selector1", "pass" } },
	{ &elsewhere_pool, 150, 25, 46, FROM_ANY, TO_ALL, "forward.example.net", "pass", { ORG, "selector1", "pass" } },
	{ &elsewhere_pool, 143, 25, 46, FROM_ANY, TO_ALL, NULL, "softfail", { ORG, "selector1", "pass" } },
	/* The relays sign what passes the new ones only. */
	{ &relay_pool, 547, 10, 62, FROM_ANY, TO_ALL, NULL, "pass", { ORG, "relay", "pass" } },
	{ &relay_pool, 403, 10, 62, FROM_ANY, TO_ALL, NULL, "pass", { NULL } },
	/* LISTSERV: the body changes, so DKIM breaks, and SPF passes for the list's host. */
	{ &list_pool, 505, 10, 40, FROM_ANY, TO_ALL, "listserv.example.org", "pass", { ORG, "selector1", "fail" },
	  { "listserv.example.org", "list", "pass" }, .rewrites = true, .list = true },
	{ &old_list_pool, 15, 60, 40, FROM_ORG, TO_ALL, "listserv.example.org", "pass", { ORG, "selector1", "fail" },
	  .list = true },
	{ &list_pool, 7, 60, 40, FROM_LAW, TO_ALL, "listserv.example.org", "pass", { ORG, "selector1", "fail" },
	  { "listserv.example.org", "list", "pass" }, .list = true }, /* exempted: DMARC_NO_REWRITE */
	{ &alumni_pool, 120, 20, 60, FROM_ALUMNI, TO_CONSUMERS, "bounce.alumni." ORG, "pass",
	  { "alumni." ORG, "news", "pass" } },
	{ &alumni_pool, 203, 20, 60, FROM_ALUMNI, TO_CONSUMERS, "bounce.mailer.example.net", "pass",
	  { "alumni." ORG, "news", "pass" }, { "mailer.example.net", "m1", "pass" } },
	/* Forwarders: some keep DKIM whole, some break it and add ARC, some break it. */
	{ &forwarder_pool, 57, 30, 60, FROM_ANY, TO_ALL, "alumnus.example", "pass", { ORG, "selector1", "pass" } },
	{ &forwarder_pool, 93, 20, 60, FROM_ANY, TO_ARC, "alumnus.example", "pass", { ORG, "selector1", "fail" },
	  .arc = true },
	{ &forwarder_pool, 23, 60, 60, FROM_ANY, TO_ALL, "forward.example.com", "pass", { ORG, "selector1", "fail" } },
	/* Ours to fix. */
	{ &careers_pool, 73, 35, 50, FROM_CAREERS, TO_ALL, "mail.portal.example", "pass", { NULL } },
	{ &chem_pool, 40, 40, 75, FROM_CHEM, TO_ALL, NULL, "softfail", { NULL } },
	/* Unknown: three that come back, and many that come once. */
	{ &returning_pool, 38, 50, 100, FROM_ORG, TO_ALL, NULL, "fail", { NULL }, .unknown = true },
	{ &once_pool, 32, 60, 100, FROM_ANY, TO_ALL, NULL, "fail", { NULL }, .unknown = true },
	{ &once_more_pool, 20, 60, 100, FROM_ORG, TO_ALL, "offers.example.com", "pass",
	  { "offers.example.com", "k1", "pass" }, .unknown = true },
};
enum { FLOWS = sizeof flows / sizeof *flows };

static const int weekday_percent[7] = { 100, 102, 104, 102, 98, 94, 100 }; /* Sunday first; weekends by flow */

/* --- one day's mail --- */

/* All that tells one message from another; equal ones are counted together, as receivers do. */
struct kind {
	int receiver, flow, from, host, to;
	int refused; /* 1 quarantined, 2 rejected: by a policy of the receiver's own */
};

struct tally {
	struct kind kind[MOST_KINDS];
	int64_t count[MOST_KINDS];
	int n;
};

static void tally_add(struct tally *t, const struct kind *k)
{
	int i = 0;

	while (i < t->n && memcmp(&t->kind[i], k, sizeof *k) != 0)
		i++;
	assert(i < MOST_KINDS);
	if (i == t->n) {
		t->kind[t->n++] = *k;
		t->count[i] = 0;
	}
	t->count[i]++;
}

static int volume(struct dice *d, const struct flow *f, int day, int weekday)
{
	bool weekend = weekday == 0 || weekday == 6;
	int64_t milli = (int64_t)f->a_day_tenths * (weekend ? f->weekend_percent : weekday_percent[weekday]);

	milli = milli * (100 - f->jitter_percent + dice_below(d, 2 * f->jitter_percent + 1)) / 100;
	if (f->rewrites && day >= CHANGE_DAY)
		milli = day == CHANGE_DAY ? milli / 2 : 0; /* the list's own resolver needs half a day */
	return (int)(milli / PER_MILLE) + (dice_below(d, PER_MILLE) < milli % PER_MILLE);
}

static struct kind draw(struct dice *d, int flow)
{
	const struct flow *f = &flows[flow];
	short to_weights[RECEIVERS], from_weights[FROMS];
	struct kind k = { .flow = flow };
	const struct receiver *r;

	for (int i = 0; i < RECEIVERS; i++)
		to_weights[i] = receivers[i].weight[f->to];
	for (int i = 0; i < FROMS; i++)
		from_weights[i] = froms[i].weight;
	k.receiver = dice_weighted(d, to_weights, RECEIVERS);
	r = &receivers[k.receiver];
	k.from = f->from != FROM_ANY ? f->from : dice_weighted(d, from_weights, FROMS);
	k.host = dice_below(d, f->pool->fours + f->pool->sixes);
	if (r->envelope_to != NULL) {
		while (r->envelope_to[k.to] != NULL)
			k.to++;
		k.to = dice_below(d, k.to);
	}
	if (f->unknown && dice_below(d, PER_MILLE) < r->refuses_per_mille)
		k.refused = 1 + dice_below(d, 2);
	return k;
}

/* Adds the mail of one day; only that to `receiver` where it is none of -1. */
static void tally_day(struct tally *t, uint64_t seed, int64_t first_day, int day, int receiver)
{
	int weekday = text_civil(first_day + day).weekday;

	for (int f = 0; f < FLOWS; f++) {
		struct dice d = dice_for(seed, (uint64_t)f, (uint64_t)day);

		for (int n = volume(&d, &flows[f], day, weekday); n > 0; n--) {
			struct kind k = draw(&d, f);

			if (receiver < 0 || k.receiver == receiver)
				tally_add(t, &k);
		}
	}
}

/* --- one report --- */

struct writing {
	struct arena *arena;
	const struct receiver *receiver;
	bool rehearsal; /* the record it sees is p=quarantine; pct=0; t=y */
};

static struct slice chosen(bool wanted, const char *text)
{
	return slice_of(wanted ? text : NULL);
}

static const char *address(struct arena *a, const struct pool *p, int host)
{
	if (host < p->fours)
		return arena_printf(a, "%s%d", p->four, p->first + host * p->step);
	return arena_printf(a, "%s%x", p->six, (unsigned)(host - p->fours + 1));
}

static struct auth *authenticated(const struct writing *w, const char *domain, const char *selector, const char *result)
{
	struct auth *r = arena_alloc(w->arena, sizeof *r);
	bool dkim = selector != NULL;

	r->domain = slice_of(domain);
	r->selector = chosen(dkim && !w->receiver->no_selector, selector);
	r->scope = chosen(!dkim && w->receiver->scope, "mfrom");
	r->result = slice_of(result);
	if (dkim && w->receiver->human_result)
		r->human_result = strcmp(result, "pass") == 0 ? SLICE("pass") : SLICE("fail, body has been altered");
	return r;
}

static bool passes(const struct auth *results)
{
	for (; results != NULL; results = results->next)
		if (slice_is(results->result, "pass") && domain_is_under(results->domain, SLICE(ORG)))
			return true;
	return false;
}

static void reason(const struct writing *w, struct row *row, const char *type, const char *comment)
{
	row->reasons = arena_alloc(w->arena, sizeof *row->reasons);
	row->reasons->type = slice_of(type);
	row->reasons->comment = slice_of(comment);
}

static void vouch(const struct writing *w, struct row *row)
{
	if (!w->receiver->rfc9990)
		reason(w, row, "local_policy", "arc=pass");
	else if (w->receiver->human_result)
		reason(w, row, "local_policy",
		       arena_printf(w->arena, "arc=pass as[1].d=alumnus.example as[1].s=arc1 remote-ip[1]=%s",
				    row->source_ip.ptr));
	else
		reason(w, row, "trusted_forwarder", "Policy ignored due to DMARC pass in trusted ARC chain");
}

/* What the receiver did with mail that failed both checks, and why it says so (FORMATS 4.1, 5.1). */
static void judge_failed(const struct writing *w, const struct kind *k, struct row *row)
{
	const struct receiver *r = w->receiver;

	row->disposition = SLICE("none");
	if (k->refused > 0) {
		row->disposition = k->refused == 1 ? SLICE("quarantine") : SLICE("reject");
		reason(w, row, "local_policy", "sender on local block list");
	} else if (flows[k->flow].arc) {
		vouch(w, row);
	} else if (w->rehearsal && r->ignores_both) {
		row->disposition = SLICE("quarantine");
	} else if (w->rehearsal && !r->no_reasons) {
		if (r->human_result && flows[k->flow].list)
			reason(w, row, "mailing_list", "Policy ignored due to local mailing list policy");
		else if (r->rfc9990)
			reason(w, row, "policy_test_mode", "t=y");
		else
			reason(w, row, "sampled_out", NULL);
	}
}

static struct row *write_row(const struct writing *w, const struct kind *k, int64_t count)
{
	const struct flow *f = &flows[k->flow];
	const char *from = froms[k->from].name, *envelope = f->spf_domain != NULL ? f->spf_domain : from;
	struct row *row = arena_alloc(w->arena, sizeof *row);
	bool dkim, spf;

	row->source_ip = slice_of(address(w->arena, f->pool, k->host));
	row->count = count;
	row->header_from = slice_of(from);
	row->envelope_from = chosen(w->receiver->envelope_from, envelope);
	if (w->receiver->envelope_to != NULL)
		row->envelope_to = slice_of(w->receiver->envelope_to[k->to]);
	if (f->dkim.domain != NULL)
		row->dkim_auth = authenticated(w, f->dkim.domain, f->dkim.selector, f->dkim.result);
	if (f->second.domain != NULL)
		row->dkim_auth->next = authenticated(w, f->second.domain, f->second.selector, f->second.result);
	row->spf_auth = authenticated(w, envelope, NULL, f->spf_result);
	dkim = passes(row->dkim_auth);
	spf = passes(row->spf_auth);
	row->dkim = dkim ? SLICE("pass") : SLICE("fail");
	row->spf = spf ? SLICE("pass") : SLICE("fail");
	if (dkim || spf)
		row->disposition = w->receiver->rfc9990 && w->rehearsal ? SLICE("pass") : SLICE("none");
	else
		judge_failed(w, k, row);
	return row;
}

static const char *hex(struct arena *a, struct dice *d, int digits)
{
	char *s = arena_alloc(a, (size_t)digits + 1);

	for (int i = 0; i < digits; i++)
		s[i] = "0123456789abcdef"[dice_below(d, 16)];
	return s;
}

/* Each reporter's way to name a report (FORMATS 3.5, second table). Every draw has a statement of its own: in which
 * order arguments are worked out is the compiler's choice. */
static const char *report_name(struct arena *a, struct dice *d, const struct receiver *r, const struct report *out)
{
	long long begin = out->begin, end = out->end;
	int upper = dice_below(d, 900 * 1000 * 1000), lower = dice_below(d, 1000 * 1000 * 1000);
	const char *digits = hex(a, d, 64);
	char day[TEXT_DAY_BYTES];

	switch (r->id) {
	case ID_DIGITS:
		return arena_printf(a, "%d%09d", upper + 100 * 1000 * 1000, lower);
	case ID_HEX32:
		return arena_printf(a, "%.32s", digits);
	case ID_HEX64:
		return digits;
	case ID_EPOCH_FRACTION:
		return arena_printf(a, "%lld.%06d", end + 3600 + lower % 7200, upper % (1000 * 1000));
	case ID_DATED:
		text_day(day, text_floor_div(begin, DAY_SECONDS));
		return arena_printf(a, "%s-%.12s@gmx.example", day, digits);
	case ID_COMCAST:
		return arena_printf(a, "v2-%lld-%s", begin, out->domain.ptr);
	case ID_RANGE:
		break;
	}
	return arena_printf(a, "%s.%lld.%lld", out->domain.ptr, begin, end);
}

/* policy_published as this receiver writes it: tags absent in DNS with their defaults, or left out. */
static void write_policy(const struct writing *w, struct report *out)
{
	const struct receiver *r = w->receiver;
	const char *p = w->rehearsal ? "quarantine" : "none";

	out->p = slice_of(p);
	out->sp = chosen(r->sp, p);
	out->np = chosen(r->np, p);
	out->adkim = out->aspf = chosen(r->alignment, "r");
	out->fo = slice_of(r->fo);
	out->pct = r->rfc9990 ? REPORT_NO_PCT : w->rehearsal ? 0 : 100;
	out->testing = chosen(r->rfc9990, w->rehearsal ? "y" : "n");
	out->discovery_method = chosen(r->rfc9990, "treewalk");
}

static void write_head(const struct writing *w, struct dice *d, int64_t day, int days, struct report *out)
{
	const struct receiver *r = w->receiver;

	out->file = SLICE("demo");
	out->complete = true;
	out->version = chosen(r->version, "1.0");
	out->namespace_uri = chosen(r->rfc9990, "urn:ietf:params:xml:ns:dmarc-2.0");
	out->org_name = slice_of(r->org);
	out->email = slice_of(r->email);
	out->extra_contact_info = slice_of(r->contact);
	out->generator = slice_of(r->generator);
	out->begin = day * DAY_SECONDS + r->starts_s;
	out->end = out->begin + (int64_t)(days - 1) * DAY_SECONDS + r->period_s;
	write_policy(w, out);
	out->report_id = slice_of(report_name(w->arena, d, r, out));
	for (int i = 0; i < REPORT_HASH_BYTES; i++)
		out->content_hash[i] = (unsigned char)dice_below(d, 256);
}

/* The report of one receiver about one policy domain; false where it saw no mail of it. */
static bool write_report(struct writing *w, struct dice *d, const struct tally *t, bool alumni, int64_t day, int days,
			 struct report *out)
{
	struct row **list = &out->rows;

	for (int i = 0; i < t->n; i++) {
		if (&receivers[t->kind[i].receiver] != w->receiver || (t->kind[i].from == FROM_ALUMNI) != alumni)
			continue;
		*list = write_row(w, &t->kind[i], t->count[i]);
		list = &(*list)->next;
		out->row_count++;
	}
	out->domain = alumni ? SLICE("alumni." ORG) : SLICE(ORG);
	write_head(w, d, day, days, out);
	return out->row_count > 0;
}

static bool is_silent(const struct receiver *r, int day)
{
	return (day >= r->silent_from && day < r->silent_from + r->silent_days) || day >= DEMO_DAYS - r->late_days;
}

/* --- the eight weeks --- */

struct telling {
	struct arena arena; /* of one report */
	uint64_t seed;
	int64_t first_day;
	int (*put)(void *ctx, const struct report *r);
	void *ctx;
};

/* alumni publishes p=none itself, so what it is told about its mail stands in a report of its own. */
static int tell_receiver(struct telling *s, const struct tally *t, int day, int receiver, int days)
{
	const struct receiver *r = &receivers[receiver];
	int status = 0;

	for (int alumni = 0; alumni <= 1 && status == 0; alumni++) {
		uint64_t which = ((uint64_t)day * RECEIVERS + (uint64_t)receiver) * 2 + (uint64_t)alumni;
		struct dice d = dice_for(s->seed, UINT64_C(0x7265706f7274), which);
		struct writing w = { &s->arena, r, alumni == 0 && day >= CHANGE_DAY + r->cache_days };
		struct report out = { 0 };

		if (write_report(&w, &d, t, alumni == 1, s->first_day + day, days, &out))
			status = s->put(s->ctx, &out);
		arena_clear(&s->arena);
	}
	return status;
}

static int tell_day(struct telling *s, struct tally *t, int day)
{
	int status = 0;

	t->n = 0;
	tally_day(t, s->seed, s->first_day, day, -1);
	for (int i = 0; i < RECEIVERS && status == 0; i++) {
		bool two_days = day == LONG_DAY && receivers[i].silent_from == LONG_DAY + 1;

		if (is_silent(&receivers[i], day))
			continue;
		if (two_days)
			tally_day(t, s->seed, s->first_day, day + 1, i);
		status = tell_receiver(s, t, day, i, two_days ? 2 : 1);
	}
	return status;
}

int demo_reports(uint64_t seed, int64_t last_day, int (*put)(void *ctx, const struct report *r), void *ctx)
{
	struct telling s = { .first_day = last_day - DEMO_DAYS + 1, .put = put, .ctx = ctx };
	struct dice d = dice_for(seed, UINT64_C(0x64656d6f), (uint64_t)last_day);
	struct arena tallies = { 0 };
	struct tally *t = arena_alloc(&tallies, sizeof *t);
	int status = 0;

	s.seed = dice_next(&d);
	for (int day = 0; day < DEMO_DAYS && status == 0; day++)
		status = tell_day(&s, t, day);
	arena_release(&tallies);
	arena_release(&s.arena);
	return status;
}

/* --- TLS reports --- */

enum {
	RENEWED_DAY = 35,    /* mx2's certificate is a new one from then on */
	EXPIRED_DAY = 27,    /* and expired then */
	OLD_SENDER_DAYS = 4, /* every so many, an old server comes that knows no TLS of today */
};

static const struct tls_reporter {
	const char *org, *contact, *ip;
	int sessions; /* a day */
	bool both;    /* lists the same sessions under DANE, too; writes times without a zone */
} tls_reporters[] = {
	{ "Google Inc.", "smtp-tls-reporting@google.example", "203.0.113.200", 240, false },
	{ "Microsoft Corporation", "tlsrpt-noreply@microsoft.example", NULL, 130, true },
};
enum { TLS_REPORTERS = sizeof tls_reporters / sizeof *tls_reporters };

static const char *instant(struct arena *a, int64_t day, const char *time, bool zone)
{
	char text[TEXT_DAY_BYTES];

	return arena_printf(a, "%s%s%s", text_day(text, day), time, zone ? "Z" : "");
}

static void tls_failed(struct arena *a, struct tls_policy *p, const char *ip, const char *result, const char *mx, const char *mx_ip, int64_t n)
{
	struct tls_failure *f = arena_alloc(a, sizeof *f);

	*f = (struct tls_failure){ .result_type = slice_of(result), .sending_mta_ip = slice_of(ip), .receiving_mx_hostname = slice_of(mx),
				   .receiving_ip = slice_of(mx_ip), .failed = n, .next = p->failures };
	p->failures = f;
	p->failed += n;
	p->successful -= n;
}

static struct tls_policy *tls_policy(struct arena *a, const char *type, int sessions)
{
	struct tls_policy *p = arena_alloc(a, sizeof *p);

	*p = (struct tls_policy){ .policy_type = slice_of(type), .policy_domain = SLICE(ORG), .successful = sessions };
	note_add(a, &p->mx_host, SLICE("mx1." ORG));
	note_add(a, &p->mx_host, SLICE("mx2." ORG));
	return p;
}

static void tls_failures(struct arena *a, struct dice *d, const struct tls_reporter *r, struct tls_policy *p, int day)
{
	int64_t old = p->successful * (25 + dice_below(d, 10)) / 100;

	if (day >= EXPIRED_DAY && day < RENEWED_DAY)
		tls_failed(a, p, r->ip, "certificate-expired", "mx2." ORG, "192.0.2.26", old);
	if (day % OLD_SENDER_DAYS == 1)
		tls_failed(a, p, r->ip, "validation-failure", "mx1." ORG, "192.0.2.25", 1 + dice_below(d, 3));
}

static void write_tls(struct arena *a, struct dice *d, const struct tls_reporter *r, int64_t first_day, int day, struct tls_report *out)
{
	int sessions = r->sessions * weekday_percent[text_civil(first_day + day).weekday] / 100 + dice_below(d, 20);
	bool zone = !r->both;

	*out = (struct tls_report){ .file = SLICE("demo"), .organization_name = slice_of(r->org), .contact_info = slice_of(r->contact),
				    .start = slice_of(instant(a, first_day + day, "T00:00:00", zone)),
				    .end = slice_of(instant(a, first_day + day, "T23:59:59", zone)),
				    .report_id = slice_of(instant(a, first_day + day, "." ORG, false)) };
	out->policies = tls_policy(a, "sts", sessions);
	tls_failures(a, d, r, out->policies, day);
	if (r->both) {
		out->policies->next = arena_alloc(a, sizeof *out->policies);
		*out->policies->next = *out->policies;
		out->policies->next->policy_type = SLICE("tlsa");
		out->policies->next->next = NULL;
	}
}

int demo_tls_reports(uint64_t seed, int64_t last_day, int (*put)(void *ctx, const struct tls_report *r), void *ctx)
{
	struct arena arena = { 0 };
	struct tls_report report;
	int status = 0;

	for (int day = 0; day < DEMO_DAYS; day++)
		for (int i = 0; i < TLS_REPORTERS && status == 0; i++) {
			struct dice d = dice_for(seed, UINT64_C(0x746c73), (uint64_t)(day * TLS_REPORTERS + i));

			write_tls(&arena, &d, &tls_reporters[i], last_day - DEMO_DAYS + 1, day, &report);
			status = put(ctx, &report);
			arena_clear(&arena);
		}
	arena_release(&arena);
	return status;
}

/* --- what the operator has named --- */

#define TEXT(literal) { literal, sizeof(literal) - 1 }
#define NET4(a, b, c, d, prefix) { { [10] = 0xff, 0xff, a, b, c, d }, 96 + (prefix) }
#define NET6(c, d, prefix) { { 0x20, 0x01, 0x0d, 0xb8, c, d }, prefix }
#define ITEMS(array) (array), sizeof(array) / sizeof *(array)

static const struct network relay_net[] = { NET4(192, 0, 2, 0, 27) };
static const struct network list_net[] = { NET4(192, 0, 2, 40, 30) };
static const struct network alumni_net[] = { NET4(198, 51, 100, 32, 28) };
static const struct network careers_net[] = { NET4(198, 51, 100, 24, 32) };
static const struct network chem_net[] = { NET4(192, 0, 2, 77, 32) };
static const struct network forwarder_net[] = { NET4(203, 0, 113, 192, 28), NET6(0, 0xf0, 48) };
static const struct network staff_net[] = { NET4(203, 0, 113, 128, 28), NET6(0x03, 0x65, 48) };
static const struct slice list_envelope[] = { TEXT("listserv.example.org") };
static const struct slice alumni_envelope[] = { TEXT("mailer.example.net") };
static const struct slice alumni_dkim[] = { TEXT("alumni." ORG) };
static const struct slice portal_envelope[] = { TEXT("mail.portal.example") };
static const struct slice staff_dkim[] = { TEXT(ORG) };

/* In order: the first match names. Staff mail comes last: its signature holds through forwarders without a name. */
static const struct source_rule rules[] = {
	{ TEXT("University mail relays"), TEXT("Email team"), KIND_OURS, ITEMS(relay_net), NULL, NULL, 0, 0 },
	{ TEXT("LISTSERV mailing lists"), TEXT("Lists team"), KIND_LIST, ITEMS(list_net), NULL, list_envelope, 0, 1,
	  .software = SOFTWARE_LISTSERV },
	{ TEXT("Alumni mailer"), TEXT("Alumni Office"), KIND_SERVICE, ITEMS(alumni_net), alumni_dkim, alumni_envelope,
	  1, 1 },
	{ TEXT("Careers portal"), TEXT("Careers Service"), KIND_SERVICE, ITEMS(careers_net), NULL, portal_envelope,
	  0, 1 },
	{ TEXT("Chemistry relay"), TEXT("Chemistry IT"), KIND_OURS, ITEMS(chem_net), NULL, NULL, 0, 0 },
	{ TEXT("Mailbox forwarders"), { NULL, 0 }, KIND_FORWARDER, ITEMS(forwarder_net), NULL, NULL, 0, 0 },
	{ TEXT("Staff and student mail"), TEXT("Email team"), KIND_OURS, ITEMS(staff_net), staff_dkim, NULL, 1, 0 },
};

struct source_rules demo_source_rules(void)
{
	return (struct source_rules){ ITEMS(rules) };
}

static const struct domain_owner owners[] = {
	{ TEXT(ORG), TEXT("Email team") },
	{ TEXT("alumni." ORG), TEXT("Alumni Office") },
	{ TEXT("careers." ORG), TEXT("Careers Service") },
	{ TEXT("chem." ORG), TEXT("Chemistry IT") },
	{ TEXT("medsci." ORG), TEXT("Medical Sciences IT") },
	{ TEXT("physics." ORG), TEXT("Physics IT") },
};

struct domain_owners demo_domain_owners(void)
{
	return (struct domain_owners){ ITEMS(owners) };
}
