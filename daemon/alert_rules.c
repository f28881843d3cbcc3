/* alert_rules: see alert_rules.h. */
#include "daemon/alert_rules.h"

#include "base/text.h"
#include "web/format.h"

#include <nettle/sha2.h>
#include <stdarg.h>
#include <stdio.h>

enum { WORDS_BYTES = 100, MARK_BYTES = 8, DAY_S = 86400 };

static bool source_is_on(const struct alerts *a)
{
	return a->source_quiet_h > 0;
}

static bool unreadable_is_on(const struct alerts *a)
{
	return a->unreadable_mails > 0;
}

static bool failing_is_on(const struct alerts *a)
{
	return a->failing_messages > 0;
}

static bool wanted_is_on(const struct alerts *a)
{
	return a->wanted_quarantined;
}

static bool policy_is_on(const struct alerts *a)
{
	return a->policy_changed;
}

static bool reporter_is_on(const struct alerts *a)
{
	return a->reporter_quiet_days > 0;
}

static const struct alert_rule rules[] = {
	{ "source-quiet", ALERT_STATE, source_is_on, look_mail_sources,
	  "See whether reports still reach that mailbox, and whether ruad can open it: run ruad check.",
	  "A report came from it again." },
	{ "mail-unreadable", ALERT_STATE, unreadable_is_on, look_unreadable,
	  "Everything is kept. After an upgrade ruad reparse reads it again; what is no report needs nothing.",
	  "A whole day brought nothing that could not be read." },
	{ "source-failing", ALERT_EVENT, failing_is_on, look_failing_sources,
	  "Find out whose it is. If it is yours, have it sign with DKIM or send from a domain that SPF lets it use, and name it in"
	  " ruad.conf. If nobody knows it, others send in your name: that is what a stricter policy stops.",
	  NULL },
	{ "wanted-stopped", ALERT_STATE, wanted_is_on, look_wanted_mail,
	  "Have it sign with DKIM, or send from a domain that SPF lets it use. Until then a softer policy lets it through.",
	  "No receiver reported such mail for the last days." },
	{ "policy-changed", ALERT_EVENT, policy_is_on, look_policies,
	  "If nobody of you changed the record, look at who may edit the zone.", NULL },
	{ "policy-not-dns", ALERT_STATE, policy_is_on, look_policies_of_dns,
	  "Look at the record with several servers: a server of the zone may have an old copy, or there may be two records.",
	  "Receivers report what DNS says again." },
	{ "reporter-quiet", ALERT_STATE, reporter_is_on, look_reporters,
	  "Receivers stop for reasons of their own. Where several stop at once, look at the address in rua= and its mailbox.",
	  "It reports again, or has been silent for so long that it is not waited for any more." },
};
enum { RULES = sizeof rules / sizeof *rules };

const struct alert_rule *alert_rule_of(struct slice name)
{
	for (size_t i = 0; i < RULES; i++)
		if (slice_is(name, rules[i].name))
			return &rules[i];
	return NULL;
}

int alert_rules_look(struct reader *r, const struct config *config, int64_t now_s, int64_t since_s, struct arena *a,
		     struct finding **out, struct err *err)
{
	struct looking l = { .reader = r, .config = config, .a = a, .now_s = now_s, .since_s = since_s };

	l.today = text_floor_div(now_s, DAY_S);
	l.end = &l.first;
	if (query_state(r, &l.state, err) != 0)
		return -1;
	for (size_t i = 0; i < RULES; i++) {
		l.rule = &rules[i];
		if (l.rule->is_on(&config->alerts) && l.rule->look(&l, err) != 0)
			return -1;
	}
	*out = l.first;
	return 0;
}

/* --- for the rules --- */

struct slice look_words(struct looking *l, struct slice s)
{
	char *words;
	size_t n, len = 0;

	s = text_cut(text_utf8_clean(l->a, s), WORDS_BYTES);
	words = arena_alloc(l->a, s.len + 1);
	for (size_t i = 0; i < s.len; i += n) {
		n = text_utf8_length((struct slice){ s.ptr + i, s.len - i });
		if (text_is_control(s.ptr + i, n)) {
			words[len++] = '?';
			continue;
		}
		memcpy(words + len, s.ptr + i, n);
		len += n;
	}
	return (struct slice){ words, len };
}

struct slice look_subject(struct looking *l, struct slice s)
{
	struct slice words = look_words(l, s);
	struct sha256_ctx hash;
	uint8_t mark[SHA256_DIGEST_SIZE];
	char *text;

	if (slice_eq(words, s))
		return words;
	sha256_init(&hash);
	sha256_update(&hash, s.len, (const uint8_t *)s.ptr);
	sha256_digest(&hash, sizeof mark, mark);
	words = text_cut(words, WORDS_BYTES - 1 - 2 * MARK_BYTES);
	text = arena_printf(l->a, "%.*s~", (int)words.len, words.ptr);
	for (size_t i = 0; i < MARK_BYTES; i++)
		text = arena_printf(l->a, "%s%02x", text, mark[i]);
	return slice_of(text);
}

struct finding *look_add(struct looking *l, enum found found, struct slice subject)
{
	struct finding *f = arena_alloc(l->a, sizeof *f);

	*f = (struct finding){ l->rule, found, look_subject(l, subject), SLICE(""), SLICE(""), SLICE(""), SLICE(""), l->now_s, NULL };
	*l->end = f;
	l->end = &f->next;
	return f;
}

const char *look_count(struct looking *l, int64_t n, const char *one, const char *many)
{
	return arena_printf(l->a, "%s %s", format_count_text(l->a, n), n == 1 ? one : many);
}

struct slice look_link(struct looking *l, const struct params *p, int64_t first_day, int64_t last_day)
{
	struct params days = param_days(l->a, p, first_day, last_day);
	struct slice link = param_link(l->a, "/records", &days);

	return link.ptr != NULL ? link : SLICE("");
}

static struct slice __attribute__((format(printf, 2, 0))) printed(struct arena *a, const char *format, va_list ap)
{
	va_list again;
	char *text;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, format, again);
	va_end(again);
	text = arena_alloc(a, (size_t)n + 1);
	vsnprintf(text, (size_t)n + 1, format, ap);
	return (struct slice){ text, (size_t)n };
}

void look_title(struct looking *l, struct finding *f, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	f->title = printed(l->a, format, ap);
	va_end(ap);
}

void look_text(struct looking *l, struct finding *f, const char *format, ...)
{
	struct slice what;
	va_list ap;

	va_start(ap, format);
	what = printed(l->a, format, ap);
	va_end(ap);
	f->text = slice_of(arena_printf(l->a, "%s\n\nWhat to do: %s\n", what.ptr, l->rule->todo));
}
