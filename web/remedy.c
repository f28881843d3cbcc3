/* remedy: see remedy.h. */
#include "web/remedy.h"

#include <stdlib.h>

enum {
	MOST_PERCENT = 98, /* of its mail that must carry a check, to call it done (UX 7.2) */
	SOME_PERCENT = 75, /* of its mail that passes SPF where the rest is likely forwarded */
};

static bool fails(const struct counts *c)
{
	return counts_failing(c) > 0;
}

static bool fails_always(const struct counts *c)
{
	return counts_failing(c) == counts_total(c);
}

static bool lacks_dkim(const struct counts *c)
{
	return (c->split[SPLIT_FULL] + c->split[SPLIT_DKIM_ONLY]) * 100 < counts_total(c) * MOST_PERCENT;
}

static bool lacks_spf(const struct counts *c)
{
	return (c->split[SPLIT_FULL] + c->split[SPLIT_SPF_ONLY]) * 100 < counts_total(c) * MOST_PERCENT;
}

/* Most of it passes SPF: what does not was forwarded, if DKIM held. */
static bool is_forwarded(const struct counts *c)
{
	return !fails(c) && !lacks_dkim(c) && (c->split[SPLIT_FULL] + c->split[SPLIT_SPF_ONLY]) * 100 >= counts_total(c) * SOME_PERCENT;
}

static bool always(const struct counts *c)
{
	return true;
}

enum { OURS = 1 << KIND_OURS, SERVICE = 1 << KIND_SERVICE, LIST = 1 << KIND_LIST, FORWARDER = 1 << KIND_FORWARDER,
       UNKNOWN = 1 << KIND_UNKNOWN, ANY = (1 << KINDS) - 1 };

static int64_t without_dkim(const struct counts *c)
{
	return counts_total(c) - c->split[SPLIT_FULL] - c->split[SPLIT_DKIM_ONLY];
}

static int64_t without_spf(const struct counts *c)
{
	return counts_total(c) - c->split[SPLIT_FULL] - c->split[SPLIT_SPF_ONLY];
}

static int64_t none(const struct counts *c)
{
	return 0;
}

static const struct rule {
	unsigned kinds;
	bool (*holds)(const struct counts *c);
	int64_t (*gain)(const struct counts *c);
	struct remedy remedy;
} rules[] = {
	{ LIST, fails, counts_failing,
	  { "list_rewrites", "See what a rehearsal changes",
	    "The list keeps your domain in From and changes the message. Most list software puts its own name there once a policy asks for quarantine, "
	    "even in a rehearsal that asks receivers for nothing. Where it still keeps yours under such a policy, ask whoever runs it.", "/rollout", true,
	    { "See what a rehearsal changes at ", "" }, GAIN_FEWER_UNTRUSTED, ROWS_FAILING, 80 } },
	{ FORWARDER, fails, counts_failing,
	  { "forwarder_breaks", "See what broke DKIM",
	    "Forwarding breaks SPF by its nature; DKIM survives where nothing in the message is changed.", "/lists", true,
	    { "See what broke DKIM at ", "" }, GAIN_FEWER_UNTRUSTED, ROWS_FAILING, 20 } },
	{ OURS, fails_always, counts_failing,
	  { "cover_ours", "Cover it by SPF and DKIM",
	    "Every message of this system of yours fails both checks: send it through a relay that signs, or sign there.", NULL, true,
	    { "Cover ", " by SPF and DKIM" }, GAIN_FEWER_UNTRUSTED, ROWS_FAILING, 95 } },
	{ SERVICE, fails_always, counts_failing,
	  { "ask_supplier", "Ask the supplier for DKIM",
	    "Every message of this service fails both checks: it must sign with your domain.", NULL, true,
	    { "Get DKIM from the supplier of ", "" }, GAIN_FEWER_UNTRUSTED, ROWS_FAILING, 90 } },
	{ OURS | SERVICE, lacks_dkim, without_dkim,
	  { "sign_with_dkim", "Sign with DKIM", "Mail that rests on SPF alone fails as soon as somebody forwards it.", NULL, true,
	    { "Sign the mail of ", " with DKIM" }, GAIN_MORE_TRUSTED, ROWS_WITHOUT_DKIM, 95 } },
	{ OURS | SERVICE, is_forwarded, none,
	  { "nothing", "Nothing", "What does not pass SPF was forwarded, and DKIM held.", NULL, false, { "", "" }, GAIN_KNOWN, ROWS_ALL, 0 } },
	{ SERVICE, lacks_spf, without_spf,
	  { "set_bounce_domain", "Set a bounce domain for SPF",
	    "Its envelope sender is not of your domain: a bounce domain below yours makes SPF count, too.", NULL, true,
	    { "Set a bounce domain for ", "" }, GAIN_MORE_TRUSTED, ROWS_WITHOUT_SPF, 60 } },
	{ OURS, lacks_spf, without_spf,
	  { "extend_spf", "Add it to SPF", "DKIM holds, but the address or envelope is not covered by your SPF record.", NULL, true,
	    { "Add ", " to SPF" }, GAIN_MORE_TRUSTED, ROWS_WITHOUT_SPF, 60 } },
	{ UNKNOWN, always, counts_total,
	  { "name_senders", "Name these senders", "No rule names these addresses: name those that are yours.", NULL, true,
	    { "Name the senders that no rule names", "" }, GAIN_KNOWN, ROWS_ALL, 50 } },
	{ ANY, always, none,
	  { "nothing", "Nothing", "Nothing is left to do for this sender.", NULL, false, { "", "" }, GAIN_KNOWN, ROWS_ALL, 0 } },
};

static const struct rule *rule_of(enum source_kind kind, const struct counts *c)
{
	size_t i = 0;

	while (!(rules[i].kinds >> kind & 1) || !rules[i].holds(c))
		i++;
	return &rules[i];
}

const struct remedy *remedy_of(enum source_kind kind, const struct counts *c)
{
	return &rule_of(kind, c)->remedy;
}

int64_t remedy_gain(enum source_kind kind, const struct counts *c)
{
	return rule_of(kind, c)->gain(c);
}

static int most_helped_first(const void *a, const void *b)
{
	const struct ranked_remedy *x = a, *y = b;
	int64_t helped[2] = { x->gain * x->remedy->certainty, y->gain * y->remedy->certainty };

	if (helped[0] != helped[1])
		return helped[0] > helped[1] ? -1 : 1;
	return (x->source > y->source) - (x->source < y->source); /* of one list: as they stood there */
}

size_t remedies_ranked(struct arena *a, const struct groups *sources, struct ranked_remedy **out)
{
	size_t n = 0;

	*out = arena_array(a, sources->n + 1, sizeof **out);
	for (size_t i = 0; i < sources->n; i++) {
		const struct group *g = &sources->item[i];
		enum source_kind kind = g->id > 0 ? g->kind : KIND_UNKNOWN;
		const struct remedy *remedy = remedy_of(kind, &g->counts);

		if (remedy->is_work)
			(*out)[n++] = (struct ranked_remedy){ g, remedy, remedy_gain(kind, &g->counts) };
	}
	if (n > 0)
		qsort(*out, n, sizeof **out, most_helped_first);
	return n;
}
