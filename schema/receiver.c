/* receiver: see receiver.h. */
#include "schema/receiver.h"

#include "base/text.h"
#include "schema/domain.h"

enum { MOST_NAMES = 12, MOST_CODES = 4, BULK_A_DAY = 5000 };

static const struct {
	const char *name, *label;
	int64_t threshold;
	const char *reporters[MOST_NAMES]; /* names, and domains with all below them */
} receivers[RECEIVERS] = {
	[RECEIVER_GMAIL] = { "gmail", "Gmail", BULK_A_DAY, { "google.com", "gmail.com", "googlemail.com", "Google", "Google Inc.", "Google LLC" } },
	[RECEIVER_YAHOO] = { "yahoo", "Yahoo", 0,
			     { "Yahoo", "Yahoo Inc.", "Yahoo! Inc.", "yahoo.com", "yahooinc.com", "ymail.com", "rocketmail.com", "AOL", "aol.com",
			       "Verizon Media" } },
	[RECEIVER_OUTLOOK] = { "outlook", "Outlook", BULK_A_DAY,
			       { "Outlook.com", "Enterprise Outlook", "hotmail.com", "live.com", "msn.com", "microsoft.com", "Microsoft Corp.",
				 "Microsoft Corporation" } },
};

const char *receiver_name(enum receiver r)
{
	return r < RECEIVERS ? receivers[r].name : "other";
}

const char *receiver_label(enum receiver r)
{
	return r < RECEIVERS ? receivers[r].label : "another receiver";
}

int64_t receiver_threshold(enum receiver r)
{
	return r < RECEIVERS ? receivers[r].threshold : 0;
}

static bool is_below(struct slice name, struct slice domain)
{
	return memchr(domain.ptr, '.', domain.len) != NULL && memchr(domain.ptr, ' ', domain.len) == NULL && name.len > domain.len &&
	       name.ptr[name.len - domain.len - 1] == '.' &&
	       text_eq_nocase((struct slice){ name.ptr + name.len - domain.len, domain.len }, domain);
}

enum receiver receiver_of(struct slice reporter)
{
	for (int r = 0; r < RECEIVERS; r++)
		for (int i = 0; i < MOST_NAMES && receivers[r].reporters[i] != NULL; i++) {
			struct slice name = slice_of(receivers[r].reporters[i]);

			if (text_eq_nocase(reporter, name) || is_below(reporter, name))
				return (enum receiver)r;
		}
	return RECEIVERS;
}

/* --- rules: FORMATS 8 --- */

enum { OF_GMAIL = 1 << RECEIVER_GMAIL, OF_YAHOO = 1 << RECEIVER_YAHOO, OF_OUTLOOK = 1 << RECEIVER_OUTLOOK, OF_EACH = (1 << RECEIVERS) - 1 };

static const struct {
	const char *name, *label, *codes;
	unsigned of;
	const char *ends[MOST_CODES]; /* behind "4." or "5." */
} rules[BULK_RULES] = {
	[BULK_SPF] = { "spf", "SPF passes", "4.7.27, 5.7.27; Outlook 5.7.515", OF_EACH, { "7.27" } },
	[BULK_DKIM] = { "dkim", "DKIM passes", "4.7.30, 5.7.30; Outlook 5.7.515", OF_EACH, { "7.30" } },
	[BULK_ALIGNED] = { "aligned", "From aligned", "4.7.32, 5.7.32, 5.7.26; Outlook 5.7.515", OF_EACH,
			   { "7.32", "7.26", "7.515", "7.509" } },
	[BULK_DMARC] = { "dmarc", "DMARC record", "4.7.31, 4.7.40, 5.7.40", OF_EACH, { "7.31", "7.40" } },
	[BULK_PTR] = { "ptr", "Reverse name, both ways", "4.7.23, 5.7.25", OF_GMAIL | OF_YAHOO, { "7.23", "7.25" } },
	[BULK_TLS] = { "tls", "TLS on the way", "4.7.29, 5.7.29", OF_GMAIL, { "7.29" } },
	[BULK_SPAM] = { "spam", "Spam rate below 0.3%", "4.7.28, 5.7.28", OF_GMAIL | OF_YAHOO, { "7.28" } },
	[BULK_UNSUBSCRIBE] = { "unsubscribe", "One-click unsubscribe", "none", OF_EACH, { NULL } },
};

const char *bulk_rule_name(enum bulk_rule rule)
{
	return rules[rule].name;
}

const char *bulk_rule_label(enum bulk_rule rule)
{
	return rules[rule].label;
}

const char *bulk_rule_codes(enum bulk_rule rule)
{
	return rules[rule].codes;
}

bool bulk_rule_is_of(enum bulk_rule rule, enum receiver r)
{
	return rules[rule].of >> r & 1;
}

/* --- bounces --- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* An enhanced status code (RFC 3463) at `at`: its length, or 0. The last part may be "x", as people write of a family. */
static size_t code_at(struct slice text, size_t at)
{
	const char *p = text.ptr + at, *end = text.ptr + text.len;
	size_t n = 4;

	if (end - p < 5 || (p[0] != '4' && p[0] != '5') || p[1] != '.' || !is_digit(p[2]) || p[3] != '.' ||
	    (at > 0 && (is_digit(p[-1]) || p[-1] == '.')))
		return 0;
	while (p + n < end && is_digit(p[n]))
		n++;
	if (n == 4 && (p[4] == 'x' || p[4] == 'X'))
		return 5;
	return n > 4 && n <= 7 ? n : 0;
}

static bool rule_has(enum bulk_rule rule, struct slice end)
{
	for (int i = 0; i < MOST_CODES && rules[rule].ends[i] != NULL; i++)
		if (slice_is(end, rules[rule].ends[i]))
			return true;
	return false;
}

static bool says(struct slice text, const char *word)
{
	return text_find_nocase(text, slice_of(word)) != NULL;
}

/* Codes of one receiver alone, then words that only one of them writes. */
static enum receiver speaker_of(struct slice text, struct slice end)
{
	if (slice_is(end, "7.515") || slice_is(end, "7.509") || says(text, "outlook.com") || says(text, "office365"))
		return RECEIVER_OUTLOOK;
	if (says(text, "yahoo") || says(text, "[TSS"))
		return RECEIVER_YAHOO;
	return says(text, "gsmtp") || says(text, "google") || says(text, "gmail") ? RECEIVER_GMAIL : RECEIVERS;
}

/* "sending domain [univ.example] does not meet ..." */
static struct slice bracketed(struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		size_t n = 0;

		if (text.ptr[i] != '[')
			continue;
		while (i + 1 + n < text.len && text.ptr[i + 1 + n] != ']')
			n++;
		if (i + 1 + n < text.len && domain_is_name((struct slice){ text.ptr + i + 1, n }) && !is_digit(text.ptr[i + n]))
			return (struct slice){ text.ptr + i + 1, n };
	}
	return (struct slice){ 0 };
}

struct bounce bounce_read(struct slice text)
{
	struct bounce b = { .rule = BULK_RULES, .receiver = RECEIVERS };
	size_t n = 0;

	for (size_t at = 0; at < text.len && n == 0; at++)
		if ((n = code_at(text, at)) > 0)
			b.code = (struct slice){ text.ptr + at, n };
	if (b.code.ptr == NULL)
		return b;
	b.refused = b.code.ptr[0] == '5';
	for (int rule = 0; rule < BULK_RULES && b.rule == BULK_RULES; rule++)
		if (rule_has((enum bulk_rule)rule, (struct slice){ b.code.ptr + 2, n - 2 }))
			b.rule = (enum bulk_rule)rule;
	b.receiver = speaker_of(text, (struct slice){ b.code.ptr + 2, n - 2 });
	b.domain = bracketed(text);
	return b;
}
