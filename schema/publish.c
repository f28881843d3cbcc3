/* publish: see publish.h. */
#include "schema/publish.h"

#include "base/text.h"

#include <stdio.h>

enum { ESCAPE_BYTES = 4 }; /* of one byte: backslash, three digits */

static bool is_printable(char c)
{
	return c >= ' ' && c <= '~';
}

static bool is_clean(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is_printable(s.ptr[i]))
			return false;
	return true;
}

/* Bytes that are not printable as \ddd; in a zone's string quotes and backslashes as well. */
static struct slice escape(struct arena *a, struct slice s, bool quoted)
{
	char *out = arena_alloc(a, s.len * ESCAPE_BYTES + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++) {
		if (!is_printable(s.ptr[i])) {
			n += (size_t)snprintf(out + n, ESCAPE_BYTES + 1, "\\%03d", (unsigned char)s.ptr[i]);
			continue;
		}
		if (quoted && (s.ptr[i] == '"' || s.ptr[i] == '\\'))
			out[n++] = '\\';
		out[n++] = s.ptr[i];
	}
	return (struct slice){ out, n };
}

/* --- what the tags are to be --- */

enum wanted_tag { WANT_P, WANT_SP, WANT_NP, WANT_PCT, WANT_T, WANT_ADKIM, WANT_ASPF, WANTED };
static const char *const names[WANTED] = { "p", "sp", "np", "pct", "t", "adkim", "aspf" };

struct wanted {
	bool named[WANTED];        /* the step or a choice says what it is to be; else it stays as it is */
	const char *value[WANTED]; /* NULL: not there, or as good as not there */
	bool met[WANTED];          /* the record has it */
};

static void want(struct wanted *w, enum wanted_tag tag, const char *value)
{
	w->named[tag] = true;
	w->value[tag] = value;
}

static struct wanted wanted_of(struct arena *a, const struct publish_ask *ask)
{
	struct wanted w = { 0 };
	const char *part = arena_printf(a, "%d", ask->pct > 0 ? ask->pct : PUBLISH_PART_PCT);

	want(&w, WANT_P, policy_name(step_policy(ask->step)));
	want(&w, WANT_PCT, step_is_rehearsal(ask->step) ? "0" : step_is_part(ask->step) ? part : NULL);
	want(&w, WANT_T, step_is_rehearsal(ask->step) ? "y" : NULL);
	if (ask->sp != POLICY_ABSENT)
		want(&w, WANT_SP, policy_name(ask->sp));
	if (ask->np != POLICY_ABSENT)
		want(&w, WANT_NP, policy_name(ask->np));
	if (ask->adkim != 0)
		want(&w, WANT_ADKIM, ask->adkim == 's' ? "s" : NULL);
	if (ask->aspf != 0)
		want(&w, WANT_ASPF, ask->aspf == 's' ? "s" : NULL);
	return w;
}

/* Whether a tag of that value does what there being none does. */
static bool is_as_absent(enum wanted_tag tag, struct slice value)
{
	return (tag == WANT_PCT && slice_is(value, "100")) || (tag == WANT_T && text_eq_nocase(value, SLICE("n"))) ||
	       ((tag == WANT_ADKIM || tag == WANT_ASPF) && text_eq_nocase(value, SLICE("r")));
}

static enum wanted_tag wanted_tag_of(const struct wanted *w, struct slice name)
{
	int tag = 0;

	while (tag < WANTED && !(w->named[tag] && text_eq_nocase(name, slice_of(names[tag]))))
		tag++;
	return (enum wanted_tag)tag;
}

/* --- pieces of both records, in order --- */

struct writing {
	struct arena *a;
	struct publish_token *piece; /* as they come, not yet joined */
	size_t n, room;
};

static void put(struct writing *w, enum publish_change change, struct slice text)
{
	if (text.len == 0)
		return;
	if (w->n == w->room) {
		struct publish_token *more = arena_array(w->a, w->room * 2 + 16, sizeof *more);

		if (w->n > 0)
			memcpy(more, w->piece, w->n * sizeof *more);
		w->piece = more;
		w->room = w->room * 2 + 16;
	}
	w->piece[w->n++] = (struct publish_token){ change, change == PUBLISH_REMOVED ? escape(w->a, text, false) : text };
}

/* What is kept of a text is what of it is printable: there may be tabs between tags. */
static void keep(struct writing *w, struct slice text)
{
	for (size_t i = 0, from = 0; i < text.len; from = i) {
		bool good = is_printable(text.ptr[i]);

		while (i < text.len && is_printable(text.ptr[i]) == good)
			i++;
		put(w, good ? PUBLISH_KEPT : PUBLISH_REMOVED, (struct slice){ text.ptr + from, i - from });
	}
}

static void add(struct writing *w, enum wanted_tag tag, const char *value)
{
	put(w, PUBLISH_ADDED, slice_of(arena_printf(w->a, "; %s=%s", names[tag], value)));
}

static void add_missing(struct writing *w, const struct wanted *wanted)
{
	for (int tag = WANT_P; tag < WANTED; tag++)
		if (wanted->named[tag] && wanted->value[tag] != NULL && !wanted->met[tag])
			add(w, (enum wanted_tag)tag, wanted->value[tag]);
}

/* From one place of the same text to another. */
static struct slice between(const char *from, const char *to)
{
	return (struct slice){ from, (size_t)(to - from) };
}

struct piece {
	struct slice raw, text, name, value; /* raw: with the semicolon before it, and all blanks */
	enum wanted_tag tag;                 /* WANTED: not named */
	bool dropped, again;                 /* has unprintable bytes; its tag was there before */
};

static void replace(struct writing *w, const struct piece *p, const char *value)
{
	const char *end = p->text.ptr + p->text.len, *at = p->value.len > 0 ? p->value.ptr : end;

	keep(w, between(p->raw.ptr, at));
	put(w, PUBLISH_REMOVED, p->value);
	put(w, PUBLISH_ADDED, slice_of(value));
}

/* Writes a piece but for the blanks behind it; false: all of it is removed. */
static bool write_piece(struct writing *w, const struct piece *p, const struct wanted *wanted)
{
	const char *value = p->tag < WANTED ? wanted->value[p->tag] : NULL;
	bool right = p->tag == WANTED || (value != NULL ? text_eq_nocase(p->value, slice_of(value)) : is_as_absent(p->tag, p->value));

	if (p->dropped || p->again || (!right && value == NULL)) {
		put(w, PUBLISH_REMOVED, p->raw);
		return false;
	}
	if (right)
		keep(w, between(p->raw.ptr, p->text.ptr + p->text.len));
	else
		replace(w, p, value);
	return true;
}

/* Cuts the record into pieces and finds what of it is wanted. `anchor` is the piece that new tags go behind: p, or v. */
static size_t cut(struct arena *a, struct slice record, struct wanted *wanted, struct piece **out, size_t *anchor)
{
	struct slice rest = record, raw;
	struct piece *piece = arena_array(a, record.len + 1, sizeof *piece);
	size_t n = 0;

	*anchor = 0;
	for (; lint_piece(&rest, ';', &raw); n++) {
		struct piece *p = &piece[n];

		*p = (struct piece){ .raw = n == 0 ? raw : (struct slice){ raw.ptr - 1, raw.len + 1 }, .text = text_trim(raw) };
		p->dropped = !is_clean(p->text);
		p->tag = lint_tag(raw, &p->name, &p->value) && !p->dropped ? wanted_tag_of(wanted, p->name) : WANTED;
		if (p->tag == WANTED)
			continue;
		p->again = wanted->met[p->tag];
		wanted->met[p->tag] = true;
		if (p->tag == WANT_P && !p->again)
			*anchor = n;
	}
	*out = piece;
	return n;
}

static size_t write_changed(struct writing *w, struct slice record, struct wanted *wanted)
{
	struct piece *piece;
	size_t anchor, n = cut(w->a, record, wanted, &piece, &anchor), dropped = 0;
	const char *end = record.ptr;

	for (size_t i = 0; i < n; i++) {
		const struct piece *p = &piece[i];
		bool there = write_piece(w, p, wanted);

		end = p->raw.ptr + p->raw.len;
		dropped += p->dropped;
		if (i == anchor)
			add_missing(w, wanted);
		if (there)
			keep(w, between(p->text.ptr + p->text.len, end));
	}
	keep(w, between(end, record.ptr + record.len)); /* a semicolon at the end */
	return dropped;
}

/* A first record: all of it is new, and reports go where those of the record above go. */
static size_t write_new(struct writing *w, struct slice above, const struct wanted *wanted)
{
	struct dmarc_record record = above.ptr != NULL ? dmarc_record_read(w->a, above) : (struct dmarc_record){ 0 };
	size_t dropped = 0;

	put(w, PUBLISH_ADDED, SLICE("v=DMARC1"));
	add_missing(w, wanted);
	for (size_t i = 0; i < record.tags; i++) {
		const struct dmarc_tag *tag = &record.tag[i];

		if (!tag->good || !text_eq_nocase(tag->name, SLICE("rua")))
			continue;
		if (!is_clean(tag->text)) {
			dropped++;
			continue;
		}
		put(w, PUBLISH_ADDED, SLICE("; "));
		put(w, PUBLISH_ADDED, tag->text);
	}
	return dropped;
}

/* --- the record --- */

/* The texts of `n` pieces one behind the other, without those of one kind: `but`, or none. */
static struct slice join(struct arena *a, const struct publish_token *piece, size_t n, int but)
{
	size_t len = 0;
	char *out;

	for (size_t i = 0; i < n; i++)
		len += (int)piece[i].change != but ? piece[i].text.len : 0;
	out = arena_alloc(a, len + 1);
	len = 0;
	for (size_t i = 0; i < n; i++) {
		if ((int)piece[i].change == but)
			continue;
		memcpy(out + len, piece[i].text.ptr, piece[i].text.len);
		len += piece[i].text.len;
	}
	return (struct slice){ out, len };
}

static void settle_tokens(const struct writing *w, struct publish *out)
{
	struct publish_token *token = arena_array(w->a, w->n, sizeof *token);

	for (size_t i = 0, from = 0; i < w->n; from = i) {
		while (i < w->n && w->piece[i].change == w->piece[from].change)
			i++;
		token[out->tokens++] = (struct publish_token){ w->piece[from].change, join(w->a, w->piece + from, i - from, -1) };
		out->changed = out->changed || w->piece[from].change != PUBLISH_KEPT;
	}
	out->token = token;
	out->text = join(w->a, w->piece, w->n, PUBLISH_REMOVED);
}

static struct slice zone_line(struct arena *a, struct slice domain, int64_t ttl_s, struct slice text)
{
	const char *line = arena_printf(a, "_dmarc.%.*s. %lld IN TXT", (int)domain.len, domain.ptr, (long long)ttl_s);

	for (size_t at = 0; at < text.len; at += PUBLISH_STRING_BYTES) {
		size_t n = text.len - at < PUBLISH_STRING_BYTES ? text.len - at : PUBLISH_STRING_BYTES;
		struct slice s = escape(a, (struct slice){ text.ptr + at, n }, true);

		line = arena_printf(a, "%s \"%.*s\"", line, (int)s.len, s.ptr);
	}
	return slice_of(line);
}

static struct publish_back way_back(struct arena *a, const struct publish_ask *ask)
{
	int64_t ttl_s = ask->ttl_s > 0 ? ask->ttl_s : PUBLISH_TTL_S;
	struct publish_back back = { .remove = ask->current.ptr == NULL, .ttl_known = ask->ttl_s > 0, .ttl_after_s = ttl_s, .kept_s = ttl_s };

	back.ahead_s = ttl_s > PUBLISH_LOW_AHEAD_S ? ttl_s : PUBLISH_LOW_AHEAD_S;
	back.ttl_before_s = ttl_s < PUBLISH_LOW_TTL_S ? ttl_s : PUBLISH_LOW_TTL_S;
	if (back.remove)
		return back;
	back.escaped = !is_clean(ask->current);
	back.text = back.escaped ? escape(a, ask->current, false) : ask->current;
	back.zone = zone_line(a, ask->domain, ttl_s, ask->current);
	return back;
}

void publish_plan(struct arena *a, const struct lint_dns *dns, const struct suffixes *list, const struct publish_ask *ask,
		  struct publish *out)
{
	struct wanted wanted = wanted_of(a, ask);
	struct writing w = { .a = a };

	*out = (struct publish){ .lint = { .a = a } };
	out->dropped = ask->current.ptr != NULL ? write_changed(&w, ask->current, &wanted) : write_new(&w, ask->above, &wanted);
	settle_tokens(&w, out);
	out->back = way_back(a, ask);
	out->zone = zone_line(a, ask->domain, out->back.ttl_after_s, out->text);
	out->record = dmarc_record_read(a, out->text);
	dmarc_lint(&out->lint, dns, list, ask->domain, out->text);
}
