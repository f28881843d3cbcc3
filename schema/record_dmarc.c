/* record_dmarc: see record_dmarc.h. */
#include "schema/record_dmarc.h"

#include "base/text.h"

#include <assert.h>

enum { WALK_JUMP_LABELS = 7 }; /* where a longer name goes on (RFC 9989 4.10) */

/* --- report addresses --- */

static bool is_address(struct arena *a, struct dmarc_uri *u)
{
	const char *at = u->address.len > 0 ? memchr(u->address.ptr, '@', u->address.len) : NULL;
	const char *query = u->address.len > 0 ? memchr(u->address.ptr, '?', u->address.len) : NULL;
	struct slice address = { u->address.ptr, query != NULL ? (size_t)(query - u->address.ptr) : u->address.len };

	for (size_t i = 0; i < u->address.len; i++)
		if ((unsigned char)u->address.ptr[i] <= ' ' || (unsigned char)u->address.ptr[i] > '~')
			return false;
	if (at == NULL || at == address.ptr || at >= address.ptr + address.len)
		return false;
	u->domain = domain_normal(a, address);
	return domain_is_name(u->domain);
}

/* "!10m": digits and at most one unit (RFC 7489 6.4). */
static bool is_size(struct slice s)
{
	size_t i = 0;

	while (i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9')
		i++;
	return i > 0 && (i == s.len || (i + 1 == s.len && strchr("kmgt", text_lower_char(s.ptr[i])) != NULL));
}

bool dmarc_next_uri(struct arena *a, struct slice *list, struct dmarc_uri *out)
{
	const struct slice scheme = SLICE("mailto:");
	struct dmarc_uri u = { 0 };
	const char *mark;

	if (!lint_piece(list, ',', &u.text))
		return false;
	u.text = text_trim(u.text);
	u.address = u.text;
	if ((mark = u.text.len > 0 ? memchr(u.text.ptr, '!', u.text.len) : NULL) != NULL) {
		u.address.len = (size_t)(mark - u.text.ptr);
		u.size = (struct slice){ mark + 1, u.text.len - u.address.len - 1 };
	}
	if (text_starts_nocase(u.address, scheme)) {
		u.address = (struct slice){ u.address.ptr + scheme.len, u.address.len - scheme.len };
		u.valid = is_address(a, &u) && (u.size.ptr == NULL || is_size(u.size));
	}
	*out = u;
	return true;
}

struct slice dmarc_report_name(struct arena *a, struct slice domain, struct slice target)
{
	return lint_below(a, domain, lint_below(a, SLICE("_report"), lint_below(a, SLICE("_dmarc"), target)));
}

static bool has_address(struct arena *a, struct slice list)
{
	struct dmarc_uri uri;

	while (dmarc_next_uri(a, &list, &uri))
		if (uri.valid)
			return true;
	return false;
}

/* --- tags --- */

static enum policy_word policy_of(struct slice value)
{
	return text_eq_nocase(value, SLICE("none"))	  ? POLICY_NONE :
	       text_eq_nocase(value, SLICE("quarantine")) ? POLICY_QUARANTINE :
	       text_eq_nocase(value, SLICE("reject"))	  ? POLICY_REJECT :
							    POLICY_ABSENT;
}


/* Each takes the value into the record and says what it means; NULL where it means nothing. */
typedef const char *take_tag(struct arena *a, struct dmarc_record *r, struct slice value);

static const char *take_v(struct arena *a, struct dmarc_record *r, struct slice value)
{
	return slice_is(value, "DMARC1") ? "This is a DMARC record." : NULL;
}

static const char *take_p(struct arena *a, struct dmarc_record *r, struct slice value)
{
	r->has_p = true;
	r->seen.p = policy_of(value);
	r->bad_p = r->seen.p == POLICY_ABSENT;
	switch (r->seen.p) {
	case POLICY_NONE:
		return "Mail that fails is to be treated as any other: receivers are only asked to report.";
	case POLICY_QUARANTINE:
		return "Receivers are asked to put mail that fails in spam.";
	case POLICY_REJECT:
		return "Receivers are asked to refuse mail that fails.";
	case POLICY_ABSENT:
		break;
	}
	return NULL;
}

static const char *below_says(struct arena *a, enum policy_word p, const char *of)
{
	return p == POLICY_ABSENT ? NULL : arena_printf(a, "%s: %s.", of,
							p == POLICY_NONE       ? "nothing is asked for" :
							p == POLICY_QUARANTINE ? "mail that fails is to go to spam" :
										 "mail that fails is to be refused");
}

static const char *take_sp(struct arena *a, struct dmarc_record *r, struct slice value)
{
	r->seen.sp = policy_of(value);
	r->bad_sp = r->seen.sp == POLICY_ABSENT;
	return below_says(a, r->seen.sp, "For sub-domains without a record of their own");
}

static const char *take_np(struct arena *a, struct dmarc_record *r, struct slice value)
{
	r->seen.np = policy_of(value);
	r->bad_np = r->seen.np == POLICY_ABSENT;
	return below_says(a, r->seen.np, "For names below it that do not exist, at receivers on RFC 9989");
}

static const char *take_psd(struct arena *a, struct dmarc_record *r, struct slice value)
{
	static const char letters[] = "ynu";
	const char *at = value.len == 1 ? strchr(letters, text_lower_char(value.ptr[0])) : NULL;

	if (at == NULL || *at == '\0')
		return NULL;
	r->psd = *at;
	return *at == 'y' ? "This is a public suffix: each name below it is somebody else's." :
	       *at == 'n' ? "This is an organisational domain: receivers on RFC 9989 look no further up." :
			    "Receivers on RFC 9989 find out for themselves whether this is an organisational domain; so they do without it.";
}

static const char *take_pct(struct arena *a, struct dmarc_record *r, struct slice value)
{
	int64_t pct;

	r->bad_pct = value.len == 0 || value.ptr[0] < '0' || value.ptr[0] > '9' || !text_int(value, &pct) || pct > 100;
	if (r->bad_pct)
		return NULL;
	r->seen.pct = (int)pct;
	return pct == 100 ? "The policy is for all mail that fails; so it is without it." :
	       pct == 0	  ? "Receivers on RFC 7489 apply one level less to all mail that fails; those on RFC 9989 pass over it." :
			    arena_printf(a, "Receivers on RFC 7489 apply the policy to %d of 100 messages that fail, one level less to the "
					    "others; those on RFC 9989 pass over it.",
					 (int)pct);
}

static const char *take_t(struct arena *a, struct dmarc_record *r, struct slice value)
{
	if (text_eq_nocase(value, SLICE("n")))
		return "Not a test; so it is without it.";
	if (!text_eq_nocase(value, SLICE("y")))
		return NULL;
	r->seen.testing = true;
	return "A test: receivers on RFC 9989 apply one level less; those on RFC 7489 pass over it.";
}

static const char *take_mode(struct slice value, bool *strict, const char *relaxed_says, const char *strict_says)
{
	if (text_eq_nocase(value, SLICE("r")))
		return relaxed_says;
	if (!text_eq_nocase(value, SLICE("s")))
		return NULL;
	*strict = true;
	return strict_says;
}

static const char *take_adkim(struct arena *a, struct dmarc_record *r, struct slice value)
{
	return take_mode(value, &r->seen.strict_dkim, "A signature counts if it is by the same organisation; so it is without it.",
			 "A signature counts only if it is by exactly the From domain.");
}

static const char *take_aspf(struct arena *a, struct dmarc_record *r, struct slice value)
{
	return take_mode(value, &r->seen.strict_spf, "SPF counts if it is for the same organisation; so it is without it.",
			 "SPF counts only if it is for exactly the From domain.");
}

static bool is_fo(struct slice value)
{
	struct slice piece;

	if (value.len == 0 || value.ptr[value.len - 1] == ':')
		return false;
	while (lint_piece(&value, ':', &piece)) {
		piece = text_trim(piece);
		if (piece.len != 1 || strchr("01ds", text_lower_char(piece.ptr[0])) == NULL)
			return false;
	}
	return true;
}

static const char *take_fo(struct arena *a, struct dmarc_record *r, struct slice value)
{
	if (!is_fo(value))
		return NULL;
	return "When failure reports are asked for: 0 if all checks fail, 1 if any does, d if DKIM does, s if SPF does.";
}

static const char *take_rf(struct arena *a, struct dmarc_record *r, struct slice value)
{
	return text_eq_nocase(value, SLICE("afrf")) ? "The format of failure reports; there is only this one." : NULL;
}

static const char *take_ri(struct arena *a, struct dmarc_record *r, struct slice value)
{
	int64_t seconds;

	if (!text_int(value, &seconds) || seconds < 0 || seconds > UINT32_MAX)
		return NULL;
	return "How many seconds a report is wished to cover; nearly all receivers send one a day whatever it says.";
}

static const char *take_rua(struct arena *a, struct dmarc_record *r, struct slice value)
{
	r->has_rua = has_address(a, value);
	return r->has_rua ? "Where receivers send aggregate reports." : NULL;
}

static const char *take_ruf(struct arena *a, struct dmarc_record *r, struct slice value)
{
	r->has_ruf = has_address(a, value);
	return r->has_ruf ? "Where receivers may send reports of single messages; few do." : NULL;
}

static const struct {
	const char *name;
	take_tag *take;
} known[] = {
	{ "v", take_v },       { "p", take_p },	      { "sp", take_sp }, { "np", take_np }, { "psd", take_psd },
	{ "pct", take_pct },   { "t", take_t },	      { "rua", take_rua }, { "ruf", take_ruf }, { "adkim", take_adkim },
	{ "aspf", take_aspf }, { "fo", take_fo },     { "rf", take_rf }, { "ri", take_ri },
};

static bool is_written(const struct dmarc_record *r, struct slice name)
{
	for (size_t i = 0; i < r->tags; i++)
		if (r->tag[i].value.ptr != NULL && text_eq_nocase(r->tag[i].name, name))
			return true;
	return false;
}

static void take(struct arena *a, struct dmarc_record *r, struct dmarc_tag *tag)
{
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		if (!text_eq_nocase(tag->name, slice_of(known[i].name)))
			continue;
		tag->known = true;
		tag->says = known[i].take(a, r, tag->value);
		tag->good = tag->says != NULL;
		if (!tag->good)
			tag->says = "This value means nothing: receivers do as if the tag were not there.";
		return;
	}
	tag->says = "No tag of DMARC: receivers pass over it.";
}

bool dmarc_is_record(struct slice text)
{
	struct slice piece, name, value;

	return lint_piece(&text, ';', &piece) && lint_tag(piece, &name, &value) && slice_is(name, "v") && slice_is(value, "DMARC1");
}

struct dmarc_record dmarc_record_read(struct arena *a, struct slice text)
{
	struct dmarc_record r = { .text = text, .seen = { .pct = -1 }, .psd = 'u' };
	struct slice rest = text, piece;

	r.tag = arena_array(a, LIMIT_RECORD_TAGS, sizeof *r.tag);
	while (r.tags < LIMIT_RECORD_TAGS && lint_piece(&rest, ';', &piece)) {
		struct dmarc_tag tag = { .text = text_trim(piece) };

		if (tag.text.len == 0)
			continue;
		if (!lint_tag(piece, &tag.name, &tag.value))
			tag.says = "Not of the form name=value: receivers pass over it.";
		else if (is_written(&r, tag.name))
			tag.says = "Said already: receivers take the first, the last, or none of the record.";
		else
			take(a, &r, &tag);
		r.twice = r.twice || (tag.value.ptr != NULL && is_written(&r, tag.name));
		r.tag[r.tags++] = tag;
	}
	return r;
}

int dmarc_records_read(struct arena *a, struct slice lines, struct dmarc_record *out)
{
	int n = 0;

	while (lines.len > 0) {
		struct slice line = text_take_line(&lines);

		if (dmarc_is_record(line) && n++ == 0)
			*out = dmarc_record_read(a, line);
	}
	return n;
}

/* --- what reports tell --- */

static enum policy_word of_itself(const struct policy_seen *p)
{
	return p->p != POLICY_ABSENT ? p->p : POLICY_NONE;
}

static enum policy_word of_below(const struct policy_seen *p)
{
	return p->sp != POLICY_ABSENT ? p->sp : of_itself(p);
}

bool dmarc_agrees(const struct policy_seen *seen, const struct policy_seen *record)
{
	int pct = record->pct < 0 ? 100 : record->pct;

	return of_itself(seen) == of_itself(record) && of_below(seen) == of_below(record) && (seen->pct < 0 || seen->pct == pct) &&
	       (!seen->testing || record->testing);
}

/* --- what receivers find --- */

static enum policy_word one_less(enum policy_word p)
{
	return p == POLICY_REJECT ? POLICY_QUARANTINE : POLICY_NONE;
}

/* Fills what follows from a record that was found at `at`. A p that is missing or wrong, or another policy that is wrong, leaves
 * p=none where reports are asked for, else nothing (7489 6.6.3, 9989 4.10.1). */
static void settle(struct dmarc_policy *p, const struct dmarc_record *r, struct slice at, struct slice domain, bool new)
{
	bool broken = r->seen.p == POLICY_ABSENT || r->bad_sp || (new && r->bad_np);

	p->record = *r;
	p->domain = at;
	p->inherited = !slice_eq(at, domain);
	p->found = broken && !r->has_rua ? DMARC_BROKEN : DMARC_FOUND;
	p->share = 100;
	p->asked = POLICY_NONE;
	if (!broken)
		p->asked = p->inherited && r->seen.sp != POLICY_ABSENT ? r->seen.sp : r->seen.p;
	p->applied = p->asked;
	if (new ? r->seen.testing : r->seen.pct == 0)
		p->applied = one_less(p->asked);
	if (!new && r->seen.pct >= 0 && p->asked != POLICY_NONE)
		p->share = r->seen.pct;
}

static struct dmarc_policy without(enum dmarc_found found, struct slice at)
{
	return (struct dmarc_policy){ .found = found, .domain = at, .asked = POLICY_NONE, .applied = POLICY_NONE, .share = 100 };
}

static struct lint_answer ask(const struct lint_dns *dns, struct arena *a, struct slice domain)
{
	return lint_ask(dns, a, lint_below(a, SLICE("_dmarc"), domain));
}

struct dmarc_policy dmarc_policy_7489(struct arena *a, const struct lint_dns *dns, const struct suffixes *list, struct slice domain)
{
	struct slice at[2] = { domain, domain_organisational(list, domain) };
	int places = slice_eq(at[0], at[1]) ? 1 : 2;

	for (int i = 0; i < places; i++) {
		struct lint_answer answer = ask(dns, a, at[i]);
		struct dmarc_record record;
		struct dmarc_policy out = { 0 };
		int n;

		if (answer.state != LINT_KNOWN)
			return without(DMARC_UNKNOWN, at[i]);
		if ((n = dmarc_records_read(a, answer.lines, &record)) > 1)
			return without(DMARC_BROKEN, at[i]);
		if (n == 1) {
			settle(&out, &record, at[i], domain, false);
			return out;
		}
	}
	return without(DMARC_NONE, domain);
}

/* --- the tree walk --- */

struct step {
	struct slice at;
	bool found, unknown;
	struct dmarc_record record;
};

static size_t count_labels(struct slice name)
{
	size_t n = name.len > 0;

	for (size_t i = 0; i < name.len; i++)
		n += name.ptr[i] == '.';
	return n;
}

static struct slice parent_of(struct slice name)
{
	const char *dot = name.len > 0 ? memchr(name.ptr, '.', name.len) : NULL;

	return dot == NULL ? (struct slice){ name.ptr, 0 } :
			     (struct slice){ dot + 1, name.len - (size_t)(dot + 1 - name.ptr) };
}

size_t dmarc_walk(struct slice domain, struct slice out[DMARC_WALK_MOST])
{
	struct slice at = domain;
	size_t n = 0;

	while (n < DMARC_WALK_MOST && at.len > 0) {
		out[n++] = at;
		do {
			at = parent_of(at);
		} while (n == 1 && count_labels(at) > WALK_JUMP_LABELS);
	}
	return n;
}

/* Upwards from `domain`, until a record says that it is, or is not, a public suffix. */
static int walk(struct arena *a, const struct lint_dns *dns, struct slice domain, struct step step[DMARC_WALK_MOST])
{
	struct slice at[DMARC_WALK_MOST];
	size_t places = dmarc_walk(domain, at);
	int n = 0;

	while (n < (int)places) {
		struct step *s = &step[n];
		struct lint_answer answer = ask(dns, a, at[n++]);

		*s = (struct step){ .at = at[n - 1], .unknown = answer.state != LINT_KNOWN };
		s->found = !s->unknown && dmarc_records_read(a, answer.lines, &s->record) == 1;
		if (s->found && s->record.psd != 'u')
			break;
	}
	return n;
}

/* Which step is the organisational domain; `domain` alone, the first, where nothing was found (RFC 9989 4.10.2). */
static int organisational_step(const struct step *step, int n)
{
	int last = 0;

	for (int i = 0; i < n; i++) {
		if (!step[i].found)
			continue;
		if (step[i].record.psd == 'y' && i > 0)
			return i - 1;
		last = i;
	}
	return last;
}

/* The name whose answer would be needed: one that is not known, unless a record was found below it already. */
static const struct step *missing_step(const struct step *step, int n)
{
	for (int i = 0; i < n; i++) {
		if (step[i].unknown)
			return &step[i];
		if (step[i].found)
			return NULL;
	}
	return NULL;
}

struct dmarc_policy dmarc_policy_9989(struct arena *a, const struct lint_dns *dns, struct slice domain)
{
	struct step step[DMARC_WALK_MOST] = { 0 };
	int n = walk(a, dns, domain, step), at = 0;
	const struct step *missing = missing_step(step, n);
	struct dmarc_policy out = { 0 };

	if (missing != NULL)
		return without(DMARC_UNKNOWN, missing->at);
	if (n > 0 && !step[0].found) {
		at = organisational_step(step, n);
		if (!step[at].found && at + 1 < n) /* of the public suffix above it */
			at++;
	}
	if (n == 0 || !step[at].found)
		return without(DMARC_NONE, domain);
	settle(&out, &step[at].record, step[at].at, domain, true);
	return out;
}

const char *dmarc_policy_words(struct arena *a, const struct dmarc_policy *p)
{
	switch (p->found) {
	case DMARC_NONE:
		return "no policy";
	case DMARC_BROKEN:
		return "no policy, for the record is broken";
	case DMARC_UNKNOWN:
		return "not known";
	case DMARC_FOUND:
		break;
	}
	if (p->asked != p->applied)
		return arena_printf(a, "%s, held back to %s", policy_name(p->asked), policy_name(p->applied));
	if (p->share < 100 && p->asked != POLICY_NONE)
		return arena_printf(a, "%s for %d of 100", policy_name(p->asked), p->share);
	return policy_name(p->asked);
}
