/* alert_mail: rules about mails that do not come, or cannot be read; see alert_rules.h. */
#include "base/text.h"
#include "daemon/alert_rules.h"
#include "daemon/mail_place.h"
#include "schema/reject.h"
#include "web/format.h"

enum { HOUR_S = 3600, DAY_S = 86400, PAGE_LINES = 500, PAGES_MOST = 20, CODES_MOST = REJECT_CODES };

/* --- no report from a source --- */

static int64_t last_of(const struct mailbox_lines *m, struct slice place)
{
	for (size_t i = 0; i < m->n; i++)
		if (slice_eq(m->item[i].place, place))
			return m->item[i].last_s;
	return 0;
}

/* Since when a mailbox that never gave anything is watched: it is remembered when it is first met. */
static int watched_since(struct looking *l, struct slice name, struct slice place, int64_t *since_s, struct err *err)
{
	struct alert_line known;
	int rc = query_alert(l->reader, l->a, slice_of(l->rule->name), look_subject(l, name), &known, err);

	if (rc == 1 && slice_eq(known.seen, place))
		*since_s = known.since_s;
	else if (rc >= 0)
		look_add(l, FOUND_KNOWN, name)->seen = place;
	return rc < 0 ? -1 : 0;
}

static int look_source(struct looking *l, const struct mail_source *source, struct slice place, int64_t last_s, struct err *err)
{
	struct slice name = slice_of(source->name);
	int64_t from_s = last_s, hours = l->config->alerts.source_quiet_h;
	struct finding *f;

	if (last_s == 0) {
		from_s = l->now_s;
		if (watched_since(l, name, place, &from_s, err) != 0)
			return -1;
	}
	if (l->now_s - from_s < hours * HOUR_S)
		return 0;
	f = look_add(l, FOUND_FIRING, name);
	f->seen = place;
	f->since_s = from_s;
	look_title(l, f, "No report from %s for %s", f->subject.ptr, look_count(l, (l->now_s - from_s) / HOUR_S, "hour", "hours"));
	look_text(l, f, last_s == 0 ? "The mail source %s gave no report since it was first asked, on %s." :
				      "The last report from the mail source %s came on %s.",
		  f->subject.ptr, format_time(l->a, from_s));
	return 0;
}

int look_mail_sources(struct looking *l, struct err *err)
{
	struct mailbox_lines m;

	if (query_mailboxes(l->reader, l->a, l->now_s, &m, err) != 0)
		return -1;
	for (size_t i = 0; i < l->config->mail_count; i++) {
		const struct mail_source *source = &l->config->mail[i];
		struct slice place = slice_of(mail_source_place(l->a, source, NULL));

		if (place.ptr != NULL && look_source(l, source, place, last_of(&m, place), err) != 0)
			return -1;
	}
	return 0;
}

/* --- mails that cannot be read --- */

struct refusals {
	struct {
		struct slice code;
		int64_t n;
	} by_code[CODES_MOST];
	size_t codes;
	int64_t n;
	struct reject_line last;
};

static void count_refusal(struct refusals *r, const struct reject_line *line)
{
	size_t i = 0;

	if (r->n++ == 0)
		r->last = *line;
	while (i < r->codes && !slice_eq(r->by_code[i].code, line->code))
		i++;
	if (i == CODES_MOST)
		return;
	r->codes += i == r->codes;
	r->by_code[i].code = line->code;
	r->by_code[i].n++;
}

/* Those received at `from_s` or later, the last first; of very many only the last. */
static int count_refusals(struct looking *l, int64_t from_s, struct refusals *r, struct err *err)
{
	struct reject_page page = { 0 };

	for (int i = 0; i < PAGES_MOST; i++) {
		if (query_rejects(l->reader, l->a, page.after, PAGE_LINES, &page, err) != 0)
			return -1;
		for (size_t k = 0; k < page.n; k++) {
			if (page.item[k].received_s < from_s)
				return 0;
			count_refusal(r, &page.item[k]);
		}
		if (page.after == 0)
			return 0;
	}
	return 0;
}

static const char *sentence_of(struct slice code)
{
	for (int i = 0; i < REJECT_CODES; i++)
		if (slice_is(code, reject_name((enum reject_code)i)))
			return reject_sentence((enum reject_code)i);
	return "";
}

static const char *reasons(struct looking *l, const struct refusals *r)
{
	const char *text = "";

	for (size_t i = 0; i < r->codes; i++)
		text = arena_printf(l->a, "%s\n  %s  %s", text, format_count_text(l->a, r->by_code[i].n),
				    sentence_of(r->by_code[i].code));
	return text;
}

/* Fires from the configured number on, and until a whole day brought none: a number that hovers there is told once. */
int look_unreadable(struct looking *l, struct err *err)
{
	const struct slice subject = SLICE("all mail");
	struct alert_line before = { 0 };
	struct refusals r = { 0 };
	struct finding *f;

	if (count_refusals(l, l->now_s - DAY_S, &r, err) != 0 ||
	    query_alert(l->reader, l->a, slice_of(l->rule->name), subject, &before, err) < 0)
		return -1;
	if (r.n == 0 || (r.n < l->config->alerts.unreadable_mails && !before.firing))
		return 0;
	f = look_add(l, FOUND_FIRING, subject);
	look_title(l, f, "%s could not be read", look_count(l, r.n, "mail or file", "mails or files"));
	look_text(l, f, "In the last 24 hours %s could not be read:%s\nThe last one came on %s: %s",
		  look_count(l, r.n, "mail or file", "mails or files"), reasons(l, &r), format_time(l->a, r.last.received_s),
		  look_words(l, r.last.file).ptr);
	return 0;
}
