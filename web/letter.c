/* letter: see letter.h. */
#include "web/letter.h"

#include "base/text.h"
#include "web/format.h"

enum { NAME_CHARS = 80, NAMES = 5 };

static const char *cut(struct arena *a, struct slice name)
{
	return arena_printf(a, "%.*s", (int)format_cut(name, NAME_CHARS), name.ptr);
}

/* "a, b, c and 4 others" of the keys. */
static const char *names(struct arena *a, const struct groups *g)
{
	const char *text = "";
	size_t n = g->n < NAMES ? g->n : NAMES;

	for (size_t i = 0; i < n; i++)
		text = arena_printf(a, "%s%s%s", text, i > 0 ? ", " : "", cut(a, g->item[i].key));
	if (g->total > n)
		text = arena_printf(a, "%s and %s more", text, format_count_text(a, (int64_t)(g->total - n)));
	return text;
}

/* What each step asks for, behind "Please". */
static const struct ask {
	const char *key, *please, *record; /* @: the domain in From */
} asks[] = {
	{ "cover_ours", "send it through a relay that signs with DKIM, or sign there with a key of the domain in From; and add the addresses to its SPF record.",
	  "SELECTOR._domainkey.@. TXT \"v=DKIM1; k=rsa; p=(the public key of the relay)\"" },
	{ "ask_supplier", "sign this mail with DKIM, with the domain that stands in From (d=), and tell us the record to publish for it.",
	  "SELECTOR._domainkey.@. TXT \"v=DKIM1; k=rsa; p=(the public key that they name)\"" },
	{ "sign_with_dkim", "sign all of this mail with DKIM, with the domain that stands in From (d=): what rests on SPF alone fails once it is forwarded.",
	  "SELECTOR._domainkey.@. TXT \"v=DKIM1; k=rsa; p=(the public key of the sender)\"" },
	{ "set_bounce_domain", "use an envelope sender (return path) below the domain that stands in From, so that SPF counts as well.",
	  "bounce.@. CNAME (the host that they name)" },
	{ "extend_spf", "use an envelope sender of the domain that stands in From; we add the addresses to its SPF record.",
	  "@. TXT \"v=spf1 (what is there, and these addresses) ~all\"" },
};

static const struct ask *ask_of(const struct letter *l)
{
	for (size_t i = 0; i < sizeof asks / sizeof *asks; i++)
		if (strcmp(asks[i].key, l->step->key) == 0)
			return &asks[i];
	return NULL;
}

const char *letter_text(struct arena *a, const struct letter *l)
{
	const struct ask *ask = ask_of(l);
	int64_t total = counts_total(&l->counts), partial = counts_class(&l->counts, TRUST_PARTIAL);
	int64_t failing = total - counts_class(&l->counts, TRUST_FULL) - partial;
	const char *addresses = l->addresses->n > 0 ? arena_printf(a, "It came from %s.\n", names(a, l->addresses)) : "";

	if (ask == NULL || l->domains->n == 0)
		return NULL;
	return arena_printf(a,
			    "Mail in the name of %s through %s\n\n"
			    "From %s (UTC) receivers reported %s in the name of %s through %s.\n"
			    "%s of these failed both SPF and DKIM, %s passed only one of them.\n%s\n"
			    "Please %s\n",
			    cut(a, l->domains->item[0].key), cut(a, l->source), format_range(a, l->first_day, l->last_day),
			    page_plural(a, total, "message", "messages"), names(a, l->domains), cut(a, l->source),
			    format_count_text(a, failing), format_count_text(a, partial), addresses, ask->please);
}

const char *letter_records(struct arena *a, const struct letter *l)
{
	const struct ask *ask = ask_of(l);
	const char *record, *mark;

	if (ask == NULL || l->domains->n == 0)
		return NULL;
	record = ask->record;
	mark = strchr(record, '@');
	return arena_printf(a, "%.*s%s%s", (int)(mark - record), record, cut(a, l->domains->item[0].key), mark + 1);
}
