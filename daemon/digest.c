/* digest: see digest.h. */
#include "daemon/digest.h"

#include "base/text.h"
#include "web/format.h"
#include "web/web.h"

enum { DAY_S = 86400, WEEK_DAYS = 7, HOUR_S = 3600, STALE_S = 7 * DAY_S, ALERTS_MOST = 50 };

int64_t digest_slot(const struct alerts *a, int64_t now_s)
{
	int64_t day = text_floor_div(now_s, DAY_S), slot;

	if (a->digest_weekday < 0)
		return INT64_MIN;
	day -= (text_civil(day).weekday - a->digest_weekday + WEEK_DAYS) % WEEK_DAYS;
	slot = day * DAY_S + a->digest_hour * HOUR_S;
	return slot <= now_s ? slot : slot - WEEK_DAYS * DAY_S;
}

struct week { /* and all that is needed to write of it */
	const struct command *command;
	struct reader *reader;
	struct arena *a;
	struct buf *out;
	int64_t now_s, first_day, last_day;
	struct store_state state;
	struct counts counts, before;
};

/* --- the summary --- */

static int take_text(void *ctx, const char *bytes, size_t len)
{
	return buf_add(ctx, bytes, len);
}

static int add_summary(const struct week *w, struct err *err)
{
	const struct web_config config = { .database = w->command->config.database.path, .suffixes = w->command->suffixes,
					   .rollout = &w->command->config.rollout };
	struct web_param params[2] = { { SLICE("from") }, { SLICE("to") } };
	char from[TEXT_DAY_BYTES], to[TEXT_DAY_BYTES];
	enum web_status status;

	params[0].value = slice_of(text_day(from, w->first_day));
	params[1].value = slice_of(text_day(to, w->last_day));
	status = web_print(&config, "/", params, 2, false, take_text, w->out, err);
	return status == WEB_FOUND || status == WEB_EMPTY ? 0 : -1;
}

static void add_share(const struct week *w, const struct counts *c)
{
	int64_t n = counts_class(c, TRUST_UNTRUSTED), all = counts_total(c);

	buf_addf(w->out, "%s of %s messages untrusted (%s)", format_count_text(w->a, n), format_count_text(w->a, all),
		 format_share_text(w->a, n, all));
}

static void add_comparison(const struct week *w)
{
	buf_add_text(w->out, "\nThis week        ");
	add_share(w, &w->counts);
	buf_add_text(w->out, "\nThe week before  ");
	add_share(w, &w->before);
	buf_add_char(w->out, '\n');
}

/* --- what fires --- */

static int add_alerts(const struct week *w, int64_t *firing, struct err *err)
{
	struct alert_lines lines;

	if (query_alerts(w->reader, w->a, &lines, err) != 0)
		return -1;
	*firing = 0;
	for (size_t i = 0; i < lines.n; i++) {
		const struct alert_line *l = &lines.item[i];

		if (!l->firing || slice_is(l->rule, "digest"))
			continue;
		if ((*firing)++ == 0)
			buf_add_text(w->out, "\nAlerts\n");
		if (*firing > ALERTS_MOST)
			continue;
		buf_addf(w->out, "  since %s: %.*s\n", format_day_short(w->a, text_floor_div(l->since_s, DAY_S)), (int)l->title.len,
			 l->title.ptr);
	}
	if (*firing > ALERTS_MOST)
		buf_addf(w->out, "  and %s more\n", format_count_text(w->a, *firing - ALERTS_MOST));
	if (*firing == 0)
		buf_add_text(w->out, "\nNo alert.\n");
	return 0;
}

/* --- what came in --- */

static int add_intake(const struct week *w, struct err *err)
{
	struct mailbox_lines m;

	if (query_mailboxes(w->reader, w->a, w->now_s - WEEK_DAYS * DAY_S, &m, err) != 0)
		return -1;
	buf_add_text(w->out, "\nWhat came in\n");
	if (w->state.last_taken_in == 0)
		buf_add_text(w->out, "  No report was ever taken in.\n");
	else
		buf_addf(w->out, "  The last report was taken in on %s.\n", format_time(w->a, w->state.last_taken_in));
	for (size_t i = 0; i < m.n; i++)
		buf_addf(w->out, "  %.*s: %s in 7 days, %s unreadable\n", (int)m.item[i].place.len, m.item[i].place.ptr,
			 format_count_text(w->a, m.item[i].mails), format_count_text(w->a, m.item[i].refused));
	return 0;
}

static void add_heartbeat(const struct week *w)
{
	static const char *const days[] = { "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday" };
	const struct alerts *a = &w->command->config.alerts;

	if (a->digest_weekday >= 0)
		buf_addf(w->out, "\nThis comes every %s at %02d:00 UTC, also when nothing happened.\n"
				 "When it does not come, ruad does not run, or cannot send.\n",
			 days[a->digest_weekday], a->digest_hour);
}

static int count_week(struct week *w, int64_t first_day, struct counts *out, struct err *err)
{
	const struct filter f = { .first_day = first_day, .last_day = first_day + WEEK_DAYS - 1 };

	return query_counts(w->reader, &f, out, err);
}

static const char *title_of(const struct week *w, int64_t firing)
{
	int64_t n = counts_class(&w->counts, TRUST_UNTRUSTED), all = counts_total(&w->counts);
	const char *range = format_range(w->a, w->first_day, w->last_day);

	return arena_printf(w->a, "%s: %s messages, %s untrusted, %s", range, format_count_text(w->a, all),
			    format_share_text(w->a, n, all),
			    firing == 0 ? "no alert" :
			    firing == 1 ? "1 alert" :
					  arena_printf(w->a, "%s alerts", format_count_text(w->a, firing)));
}

int digest_write(const struct command *c, struct reader *r, struct arena *a, int64_t now_s, struct buf *out,
		 const char **title, enum digest_state *state, struct err *err)
{
	struct week w = { .command = c, .reader = r, .a = a, .out = out, .now_s = now_s };
	int64_t firing;

	w.last_day = text_floor_div(now_s, DAY_S) - 1;
	w.first_day = w.last_day - WEEK_DAYS + 1;
	if (query_state(r, &w.state, err) != 0 || count_week(&w, w.first_day, &w.counts, err) != 0 ||
	    count_week(&w, w.first_day - WEEK_DAYS, &w.before, err) != 0 || add_summary(&w, err) != 0)
		return -1;
	add_comparison(&w);
	if (add_alerts(&w, &firing, err) != 0 || add_intake(&w, err) != 0)
		return -1;
	add_heartbeat(&w);
	*title = title_of(&w, firing);
	*state = w.counts.rows > 0 && (w.state.demo || now_s - w.state.last_taken_in <= STALE_S) ? DIGEST_WELL : DIGEST_STALE;
	return out->full ? err_set(err, ERR_SYSTEM, "digest: longer than %zu bytes", out->ceiling_bytes) : 0;
}
