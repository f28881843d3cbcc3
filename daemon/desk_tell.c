/* desk_tell: see desk_tell.h. */
#include "daemon/desk_tell.h"

#include "base/text.h"
#include "daemon/alert_rules.h"
#include "daemon/digest.h"
#include "schema/limits.h"
#include "schema/notice.h"

#include <stdlib.h>

enum {
	FIRST_LOOK_S = 10,  /* mail sources have a moment to bring what came meanwhile */
	LOOK_LEAST_S = 60,  /* between two looks, where something new was stored */
	LOOK_MOST_S = 300,  /* where not: rules also look at the clock */
	EVENT_S = 7 * 86400, /* what happened is out of sight then */
	SINGLE_MOST = 3,    /* more alerts at once are told in one notice */
	EACH_MOST = LIMIT_NOTICES / OUTLETS, /* that an outlet is to take: one that takes none leaves room for the others */
};

static const struct slice digest_rule = { "digest", 6 }, digest_subject = { "weekly", 6 };

struct alert_key { /* of table alert */
	int64_t id, change;
};

struct flight { /* a notice that the tell role has */
	uint32_t number;
	enum notice_kind kind;
	unsigned outlets; /* that have not yet taken it */
	bool recalled;
	size_t rows;
	struct alert_key row[LIMIT_NOTICE_ALERTS];
};

struct desk_tell {
	const struct command *command;
	struct store *store;
	struct reader *reader;
	unsigned outlets; /* configured */
	struct arena arena; /* of one turn */
	struct buf wire, text;
	int64_t opened_s, checked_s, looked_s, generation;
	int64_t digest_s; /* the last digest written was due then */
	bool is_first;    /* look ever: what is so already is told in one notice */
	bool stale;       /* the rows of alerts may have changed */
	uint32_t number;
	struct flight flight[LIMIT_NOTICES];
	size_t flights;
};

/* --- opening --- */

static unsigned configured(const struct alerts *a)
{
	return (a->mail.url != NULL ? OUTLET_MAIL : 0) | (a->webhook_url != NULL ? OUTLET_WEBHOOK : 0) |
	       (a->command != NULL ? OUTLET_COMMAND : 0);
}

static int set_digest(struct desk_tell *d, int64_t slot_s, const char *title, unsigned excused, struct err *err)
{
	const struct alert_state a = { digest_rule,
				       digest_subject,
				       slice_of(arena_printf(&d->arena, "%lld", (long long)slot_s)),
				       true,
				       slot_s,
				       slice_of(title),
				       buf_slice(&d->text),
				       SLICE("/") };

	if (store_alert(d->store, &a, excused, err) != 0)
		return -1;
	d->digest_s = slot_s;
	d->stale = true;
	return store_commit(d->store, err);
}

/* A database that never sent one has the next one to come as its first. */
static int recall_digest(struct desk_tell *d, int64_t now_s, struct err *err)
{
	int64_t slot_s = digest_slot(&d->command->config.alerts, now_s);
	struct alert_line line;
	int rc = query_alert(d->reader, &d->arena, digest_rule, digest_subject, &line, err);

	if (rc == 1 && text_int(line.seen, &d->digest_s))
		return 0;
	if (rc < 0)
		return -1;
	return slot_s == INT64_MIN ? 0 : set_digest(d, slot_s, "", OUTLETS_ALL, err);
}

int desk_tell_open(const struct command *c, struct store *s, struct desk_tell **out, struct err *err)
{
	struct desk_tell *d = calloc(1, sizeof *d);

	if (d == NULL)
		return err_errno(err, "alerts");
	d->command = c;
	d->store = s;
	d->outlets = configured(&c->config.alerts);
	d->digest_s = d->generation = INT64_MIN;
	buf_init(&d->wire, LIMIT_FRAME_BYTES);
	buf_init(&d->text, LIMIT_NOTICE_BYTES);
	if (reader_open(c->config.database.path, c->suffixes, &d->reader, err) != 0) {
		desk_tell_close(d);
		return -1;
	}
	*out = d;
	return 0;
}

void desk_tell_close(struct desk_tell *d)
{
	if (d == NULL)
		return;
	reader_close(d->reader);
	arena_release(&d->arena);
	buf_release(&d->wire);
	buf_release(&d->text);
	free(d);
}

void desk_tell_connected(struct desk_tell *d)
{
	d->flights = 0;
	d->stale = true;
}

/* --- what the rules find --- */

static int keep_finding(struct desk_tell *d, const struct finding *f, struct err *err)
{
	const struct alert_state a = { slice_of(f->rule->name), f->subject, f->seen, f->found == FOUND_FIRING, f->since_s,
				       f->title,		f->text,    f->path };

	return f->found == FOUND_UNSURE ? 0 : store_alert(d->store, &a, f->found == FOUND_KNOWN ? OUTLETS_ALL : 0, err);
}

static bool is_found(const struct finding *f, const struct alert_line *l)
{
	while (f != NULL && !(slice_is(l->rule, f->rule->name) && slice_eq(l->subject, f->subject)))
		f = f->next;
	return f != NULL;
}

/* The first paragraph. */
static struct slice what_of(struct slice text)
{
	const char *end = text.len > 0 ? memmem(text.ptr, text.len, "\n\n", 2) : NULL;

	return end != NULL ? (struct slice){ text.ptr, (size_t)(end - text.ptr) } : text;
}

/* What was firing and was not found again: over, or, of a rule that is no longer in force and of what only happened once, out of
 * sight; the latter once all have heard of it. */
static int end_one(struct desk_tell *d, const struct alert_line *l, int64_t now_s, struct err *err)
{
	const struct alert_rule *rule = alert_rule_of(l->rule);
	struct alert_state a = { l->rule, l->subject, l->seen, false, now_s, l->title, SLICE(""), l->path };
	struct slice what = what_of(l->text);

	if (rule == NULL || !rule->is_on(&d->command->config.alerts))
		return store_alert(d->store, &a, OUTLETS_ALL, err);
	if (rule->kind == ALERT_EVENT)
		return now_s - l->since_s < EVENT_S || (d->outlets & ~l->heard) != 0 ? 0 :
										       store_alert(d->store, &a, OUTLETS_ALL, err);
	a.text = slice_of(arena_printf(&d->arena, "%s\n\nIt was:\n%.*s\n", rule->over, (int)what.len, what.ptr));
	return store_alert(d->store, &a, 0, err);
}

static int keep_findings(struct desk_tell *d, const struct finding *first, int64_t now_s, struct err *err)
{
	struct alert_lines live;

	if (query_alerts(d->reader, &d->arena, &live, err) != 0)
		return -1;
	for (const struct finding *f = first; f != NULL; f = f->next)
		if (keep_finding(d, f, err) != 0)
			return -1;
	for (size_t i = 0; i < live.n; i++)
		if (live.item[i].firing && !slice_eq(live.item[i].rule, digest_rule) && !is_found(first, &live.item[i]) &&
		    end_one(d, &live.item[i], now_s, err) != 0)
			return -1;
	return store_commit(d->store, err);
}

static int look(struct desk_tell *d, int64_t now_s, struct err *err)
{
	struct finding *found;
	int64_t since_s;

	if (store_alerts_since(d->store, now_s, &since_s, err) != 0 ||
	    alert_rules_look(d->reader, &d->command->config, now_s, since_s, &d->arena, &found, err) != 0 ||
	    keep_findings(d, found, now_s, err) != 0)
		return -1;
	d->is_first = since_s == now_s;
	d->looked_s = now_s;
	d->stale = true;
	return 0;
}

/* Where something new was stored it is due soon, else by the clock; a clock that was set back is no reason to wait. */
static int look_if_due(struct desk_tell *d, int64_t now_s, struct err *err)
{
	struct store_state state;

	if (now_s - d->opened_s < FIRST_LOOK_S && now_s >= d->opened_s)
		return 0;
	if (now_s - d->checked_s < LOOK_LEAST_S && now_s >= d->checked_s)
		return 0;
	d->checked_s = now_s;
	if (query_state(d->reader, &state, err) != 0)
		return -1;
	if (state.generation == d->generation && now_s - d->looked_s < LOOK_MOST_S && now_s >= d->looked_s)
		return 0;
	d->generation = state.generation;
	return look(d, now_s, err);
}

static int write_digest_if_due(struct desk_tell *d, int64_t now_s, struct err *err)
{
	int64_t slot_s = digest_slot(&d->command->config.alerts, now_s);
	enum digest_state state;
	const char *title;

	if (slot_s <= d->digest_s || d->looked_s == 0) /* what fires must be known */
		return 0;
	buf_clear(&d->text);
	if (digest_write(d->command, d->reader, &d->arena, now_s, &d->text, &title, &state, err) != 0)
		return -1;
	return set_digest(d, slot_s, title, OUTLETS_ALL & ~d->outlets, err);
}

/* --- what goes out --- */

/* Who of those configured has not heard how it is. */
static unsigned untold(const struct desk_tell *d, const struct alert_line *l)
{
	return l->firing ? d->outlets & ~l->heard : d->outlets & l->heard;
}

static enum notice_kind kind_of(const struct alert_line *l)
{
	return slice_eq(l->rule, digest_rule) ? NOTICE_DIGEST : l->firing ? NOTICE_ALERT : NOTICE_CLEARED;
}

static int put_notice(struct desk_tell *d, struct channel *c, uint32_t number, const struct notice *n, struct err *err)
{
	buf_clear(&d->wire);
	notice_encode(&d->wire, n);
	if (channel_put(c, FRAME_NOTICE, number, buf_slice(&d->wire), (struct slice){ 0 }) != 0)
		return err_set(err, ERR_SYSTEM, "alerts: no room for a notice");
	return 0;
}

static const struct alert_line *line_of(const struct alert_lines *live, const struct alert_key *row)
{
	for (size_t i = 0; i < live->n; i++)
		if (live->item[i].id == row->id)
			return &live->item[i];
	return NULL;
}

static bool is_overtaken(const struct flight *f, const struct alert_lines *live)
{
	for (size_t i = 0; i < f->rows; i++) {
		const struct alert_line *l = line_of(live, &f->row[i]);

		if (l == NULL || l->change != f->row[i].change)
			return true;
	}
	return false;
}

/* Takes back what is not so any more; what is so instead goes out once the tell role has said who took it nevertheless. */
static int recall_overtaken(struct desk_tell *d, struct channel *c, const struct alert_lines *live, struct err *err)
{
	const struct notice nothing = { .id = 1, .rule = SLICE(""), .subject = SLICE(""), .title = SLICE(""), .text = SLICE(""),
					.path = SLICE("") };

	for (size_t i = 0; i < d->flights; i++) {
		struct flight *f = &d->flight[i];

		if (f->recalled || f->outlets == 0 || !is_overtaken(f, live))
			continue;
		f->recalled = true;
		if (put_notice(d, c, f->number, &nothing, err) != 0)
			return -1;
	}
	return 0;
}

static bool is_in_flight(const struct desk_tell *d, int64_t id)
{
	for (size_t i = 0; i < d->flights; i++)
		for (size_t k = 0; k < d->flight[i].rows; k++)
			if (d->flight[i].row[k].id == id)
				return true;
	return false;
}

struct bundle { /* alerts of one kind that the same outlets have to be told of */
	const struct alert_line *line[LIMIT_NOTICE_ALERTS];
	size_t n, bytes;
	enum notice_kind kind;
	unsigned outlets;
};

enum { AROUND_BYTES = 64 /* what add_text adds to an alert's own */ };

static void add_text(struct buf *out, const struct alert_line *l)
{
	buf_addf(out, "* %.*s\n%.*s", (int)l->title.len, l->title.ptr, (int)l->text.len, l->text.ptr);
	if (l->path.len > 0)
		buf_addf(out, "Where to look: %.*s\n", (int)l->path.len, l->path.ptr);
	buf_add_char(out, '\n');
}

static struct notice notice_of(struct desk_tell *d, const struct bundle *b)
{
	const struct alert_line *l = b->line[0];
	struct notice n = { l->change, b->kind, b->outlets, l->since_s, l->rule, l->subject, l->title, l->text, l->path };

	if (b->n == 1)
		return n;
	n.rule = SLICE("several");
	n.subject = slice_of(arena_printf(&d->arena, "%zu alerts", b->n));
	n.title = slice_of(arena_printf(&d->arena, "%zu alerts: %.*s, and others", b->n, (int)l->title.len, l->title.ptr));
	n.path = SLICE("");
	buf_clear(&d->text);
	for (size_t i = 0; i < b->n; i++) {
		add_text(&d->text, b->line[i]);
		n.id = b->line[i]->change > n.id ? b->line[i]->change : n.id;
		n.since_s = b->line[i]->since_s < n.since_s ? b->line[i]->since_s : n.since_s;
	}
	n.text = buf_slice(&d->text);
	return n;
}

static int send_bundle(struct desk_tell *d, struct channel *c, const struct bundle *b, struct err *err)
{
	struct flight *f = &d->flight[d->flights];
	const struct notice n = notice_of(d, b);

	*f = (struct flight){ .number = ++d->number, .kind = b->kind, .outlets = b->outlets, .rows = b->n };
	for (size_t i = 0; i < b->n; i++)
		f->row[i] = (struct alert_key){ b->line[i]->id, b->line[i]->change };
	d->flights++;
	return put_notice(d, c, f->number, &n, err);
}

/* The outlets that have not too much to take. */
static unsigned with_room(const struct desk_tell *d)
{
	unsigned with = 0;

	for (unsigned outlet = 1; outlet <= OUTLETS_ALL; outlet <<= 1) {
		int n = 0;

		for (size_t i = 0; i < d->flights; i++)
			n += (d->flight[i].outlets & outlet) != 0;
		with |= n < EACH_MOST ? outlet : 0;
	}
	return with;
}

/* The first that is untold, and what can be told with it. False where none is. */
static bool gather(const struct desk_tell *d, const struct alert_lines *live, struct bundle *b)
{
	const unsigned room = with_room(d);

	*b = (struct bundle){ 0 };
	for (size_t i = 0; i < live->n && b->n < LIMIT_NOTICE_ALERTS; i++) {
		const struct alert_line *l = &live->item[i];
		size_t bytes = l->title.len + l->text.len + l->path.len + AROUND_BYTES;
		unsigned outlets = untold(d, l) & room;

		if (outlets == 0 || is_in_flight(d, l->id))
			continue;
		if (b->n == 0) {
			b->kind = kind_of(l);
			b->outlets = outlets;
		} else if (b->kind != kind_of(l) || b->outlets != outlets || b->bytes + bytes > LIMIT_NOTICE_BYTES) {
			continue;
		}
		b->line[b->n++] = l;
		b->bytes += bytes;
	}
	return b->n > 0;
}

static int send_untold(struct desk_tell *d, struct channel *c, const struct alert_lines *live, struct err *err)
{
	struct bundle b;

	while (d->flights < LIMIT_NOTICES && gather(d, live, &b)) {
		if (b.n <= SINGLE_MOST && !d->is_first)
			b.n = 1;
		if (send_bundle(d, c, &b, err) != 0)
			return -1;
	}
	d->is_first = false;
	return 0;
}

static int tell(struct desk_tell *d, struct channel *c, struct err *err)
{
	struct alert_lines live;

	if (query_alerts(d->reader, &d->arena, &live, err) != 0 || recall_overtaken(d, c, &live, err) != 0 ||
	    send_untold(d, c, &live, err) != 0)
		return -1;
	d->stale = false;
	return 0;
}

int desk_tell_turn(struct desk_tell *d, struct channel *c, int64_t now_s, struct err *err)
{
	int rc = 0;

	if (d->opened_s == 0) {
		d->opened_s = now_s;
		rc = recall_digest(d, now_s, err);
	}
	if (rc == 0)
		rc = look_if_due(d, now_s, err) == 0 && write_digest_if_due(d, now_s, err) == 0 && (!d->stale || tell(d, c, err) == 0) ?
			     0 :
			     -1;
	arena_clear(&d->arena);
	return rc;
}

/* --- who took it --- */

static int keep_told(struct desk_tell *d, const struct flight *f, unsigned outlets, struct err *err)
{
	for (size_t i = 0; i < f->rows; i++)
		if (store_alert_told(d->store, f->row[i].id, f->row[i].change, f->kind != NOTICE_CLEARED, outlets, err) != 0)
			return -1;
	return store_commit(d->store, err);
}

int desk_tell_take(struct desk_tell *d, const struct frame *frame, int64_t now_s, struct err *err)
{
	struct flight *f = d->flight;
	struct told t;

	if (frame->kind != FRAME_TOLD || !told_decode(frame->body, &t))
		return 1;
	while (f < d->flight + d->flights && f->number != frame->message)
		f++;
	if (f == d->flight + d->flights || (t.outlets & ~f->outlets) != 0 ||
	    (t.done && !f->recalled && t.outlets != f->outlets))
		return 1;
	if (t.outlets != 0 && keep_told(d, f, t.outlets, err) != 0)
		return -1;
	f->outlets &= ~t.outlets;
	if (t.done)
		*f = d->flight[--d->flights];
	d->stale = true;
	return 0;
}
