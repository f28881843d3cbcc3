/* repair: see repair.h. */
#include "parsers/repair.h"

#include "base/text.h"
#include "parsers/dmarc.h"
#include "schema/limits.h"

#include <iconv.h>
#include <stdio.h>

enum { NAME_BYTES = 40, DECLARATION_BYTES = 1024, PREFIX_BYTES = 64, OTHER_MARKUPS = 3 };

/* --- bytes to text --- */

/* "<?xml ...", as far as its end; empty where there is none. */
static struct slice declaration_of(struct slice raw)
{
	struct slice head = { raw.ptr, raw.len < DECLARATION_BYTES ? raw.len : DECLARATION_BYTES };
	const char *start = text_find_nocase(head, SLICE("<?xml")), *end;

	if (start == NULL)
		return (struct slice){ raw.ptr, 0 };
	head = (struct slice){ start, (size_t)(head.ptr + head.len - start) };
	end = memchr(head.ptr, '>', head.len);
	return end == NULL ? head : (struct slice){ start, (size_t)(end - start) };
}

/* The encoding that the bytes show or their declaration names, and how many bytes of byte-order mark to pass over. */
static const char *encoding_of(struct slice raw, char name[NAME_BYTES], size_t *mark)
{
	const unsigned char *p = (const unsigned char *)raw.ptr;
	struct slice head = declaration_of(raw);
	const char *at, *end = head.ptr + head.len;
	size_t n = 0;

	*mark = 0;
	if (raw.len >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) {
		*mark = 3;
		return "UTF-8";
	}
	if (raw.len >= 2 && (memcmp(p, "\xff\xfe", 2) == 0 || memcmp(p, "\xfe\xff", 2) == 0)) {
		*mark = 2;
		return p[0] == 0xff ? "UTF-16LE" : "UTF-16BE";
	}
	if (raw.len >= 4 && p[0] == '<' && p[1] == 0)
		return "UTF-16LE";
	if (raw.len >= 4 && p[0] == 0 && p[1] == '<')
		return "UTF-16BE";
	if ((at = text_find_nocase(head, SLICE("encoding"))) == NULL)
		return "UTF-8";
	for (at += 8; at < end && (text_is_blank(*at) || *at == '=' || *at == '"' || *at == '\'');)
		at++;
	while (at < end && n < NAME_BYTES - 1 && *at != '"' && *at != '\'' && *at != '?' && !text_is_blank(*at))
		name[n++] = *at++;
	name[n] = '\0';
	/* Whoever could read the declaration as ASCII knows that it is not two bytes wide. */
	return n == 0 || text_starts_nocase(slice_of(name), SLICE("utf-16")) ||
			       text_starts_nocase(slice_of(name), SLICE("ucs")) ||
			       text_starts_nocase(slice_of(name), SLICE("utf-32")) ?
		       "UTF-8" :
		       name;
}

/* Bytes that are no UTF-8 are what Windows-1252 takes them for: the mistake nearly all of them come from. */
static void add_windows_1252(struct buf *out, unsigned char byte)
{
	static const unsigned short high[32] = {
		0x20ac, 0xfffd, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
		0x2039, 0x0152, 0xfffd, 0x017d, 0xfffd, 0xfffd, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
		0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0xfffd, 0x017e, 0x0178,
	};
	unsigned c = byte < 0xa0 ? high[byte - 0x80] : byte;

	if (c >= 0x800)
		buf_add_char(out, (char)(0xe0 | c >> 12));
	buf_add_char(out, (char)(c >= 0x800 ? 0x80 | (c >> 6 & 0x3f) : 0xc0 | c >> 6));
	buf_add_char(out, (char)(0x80 | (c & 0x3f)));
}

static bool is_forbidden(const char *p, size_t n)
{
	return (n == 1 && (unsigned char)*p < 0x20 && *p != '\t' && *p != '\n' && *p != '\r') ||
	       (n == 3 && memcmp(p, "\xef\xbf", 2) == 0 && ((unsigned char)p[2] | 1) == 0xbf);
}

/* Copies UTF-8, mending what is none and leaving out what XML forbids. */
static void add_clean(struct repair *r, struct buf *out, struct slice s)
{
	size_t i = 0;

	while (i < s.len) {
		size_t n = text_utf8_length((struct slice){ s.ptr + i, s.len - i });

		if (n == 0) {
			note_add(r->arena, &r->notes, SLICE("bytes that are not UTF-8 read as Windows-1252"));
			add_windows_1252(out, (unsigned char)s.ptr[i++]);
			continue;
		}
		if (is_forbidden(s.ptr + i, n))
			note_add(r->arena, &r->notes, SLICE("forbidden characters dropped"));
		else
			buf_add(out, s.ptr + i, n);
		i += n;
	}
}

/* Encodings that reports were seen in, or might be. Any other name would make iconv look for a module of that name. */
static bool is_known_encoding(struct slice name)
{
	static const char *const starts[] = { "windows-125", "cp125", "iso-8859-", "iso8859-", "latin", "utf-16", "koi8-",
					      "gb", "shift", "sjis", "euc-", "iso-2022-", "big5", "us-ascii", "ascii" };

	for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
		if (text_starts_nocase(name, slice_of(starts[i])))
			return memchr(name.ptr, '/', name.len) == NULL;
	return false;
}

static void add_converted(struct repair *r, struct buf *out, struct slice s, const char *encoding)
{
	iconv_t cd = is_known_encoding(slice_of(encoding)) ? iconv_open("UTF-8", encoding) : (iconv_t)-1;
	char piece[4096], *from = (char *)s.ptr;
	size_t left = s.len, unit = text_starts_nocase(slice_of(encoding), SLICE("utf-16")) ? 2 : 1;

	if (cd == (iconv_t)-1) {
		note_addf(r->arena, &r->notes, "unknown encoding %s read as UTF-8", encoding);
		add_clean(r, out, s);
		return;
	}
	while (left > 0) {
		char *to = piece;
		size_t room = sizeof piece, before = left;

		iconv(cd, &from, &left, &to, &room);
		add_clean(r, out, (struct slice){ piece, sizeof piece - room });
		if (left == before) { /* a byte that the encoding does not have */
			note_addf(r->arena, &r->notes, "bytes that are not %s replaced", encoding);
			buf_add_text(out, "\xef\xbf\xbd");
			from += left < unit ? left : unit;
			left -= left < unit ? left : unit;
		}
	}
	iconv_close(cd);
}

static struct slice decode(struct repair *r, struct slice raw)
{
	char name[NAME_BYTES];
	size_t mark;
	const char *encoding = encoding_of(raw, name, &mark);
	struct slice body = { raw.ptr + mark, raw.len - mark }, text;
	struct buf out;

	buf_init(&out, LIMIT_REPAIRED_BYTES);
	if (text_eq_nocase(slice_of(encoding), SLICE("UTF-8")) || text_eq_nocase(slice_of(encoding), SLICE("US-ASCII")))
		add_clean(r, &out, body);
	else
		add_converted(r, &out, body, encoding);
	text = (struct slice){ arena_copy(r->arena, out.data, out.len), out.len };
	buf_release(&out);
	return text;
}

/* --- finding the documents --- */

static bool ends_name(const char *p, const char *end)
{
	return p < end && (text_is_blank(*p) || *p == '>' || *p == '/');
}

/* The next tag of that local name, "<feedback" or "<x:feedback"; with `closing`, "</...". NULL where there is none. */
static const char *find_tag(struct slice s, struct slice name, bool closing)
{
	const char *end = s.ptr + s.len, *p = s.ptr, *at;

	while ((at = text_find_nocase((struct slice){ p, (size_t)(end - p) }, name)) != NULL) {
		const char *lt = at;

		if (lt > s.ptr && lt[-1] == ':') /* a prefix of any sensible length */
			for (lt--; lt > s.ptr && at - lt < PREFIX_BYTES && lt[-1] != '<' && lt[-1] != '/' && lt[-1] != '>' &&
				   !text_is_blank(lt[-1]);)
				lt--;
		if (closing && lt > s.ptr && lt[-1] == '/')
			lt--;
		else if (closing)
			lt = s.ptr;
		if (lt > s.ptr && lt[-1] == '<' && ends_name(at + name.len, end))
			return lt - 1;
		p = at + 1;
	}
	return NULL;
}

static const char *find_start(struct slice s)
{
	static const struct slice names[] = { { "feedback", 8 }, { "report_metadata", 15 }, { "policy_published", 16 },
					      { "record", 6 } };
	const char *at = NULL;

	for (size_t i = 0; i < sizeof names / sizeof *names && at == NULL; i++)
		at = find_tag(s, names[i], false);
	return at;
}

int repair_open(struct arena *a, struct slice raw, struct repair *out, struct reject *why)
{
	struct repair r = { .arena = a };

	r.text = decode(&r, raw);
	if (find_start(r.text) == NULL) {
		*why = (struct reject){ .code = REJECT_NOT_DMARC, .detail = SLICE("no feedback element") };
		return -1;
	}
	if (text_find_nocase(r.text, SLICE("<!DOCTYPE")) != NULL || text_find_nocase(r.text, SLICE("<!ENTITY")) != NULL) {
		*why = (struct reject){ .code = REJECT_DOCTYPE, .detail = slice_of(reject_sentence(REJECT_DOCTYPE)) };
		return -1;
	}
	*out = r;
	return 0;
}

static struct slice rest_from(const struct repair *r, size_t at)
{
	return (struct slice){ r->text.ptr + at, r->text.len - at };
}

/* What stands before the first document, and is not the XML declaration. */
static void note_junk_before(struct repair *r, size_t begins, struct note **notes)
{
	struct slice junk = { r->text.ptr, begins }, trimmed = text_trim(junk);
	bool declared = text_starts_nocase(trimmed, SLICE("<?xml"));
	const char *end = declared ? memmem(trimmed.ptr, trimmed.len, "?>", 2) : NULL;

	if (end != NULL)
		trimmed = text_trim((struct slice){ end + 2, trimmed.len - (size_t)(end + 2 - trimmed.ptr) });
	if (trimmed.len > 0)
		note_add(r->arena, notes, SLICE("bytes before the root dropped"));
	else if (declared && text_is_blank(junk.ptr[0]))
		note_add(r->arena, notes, SLICE("blanks before the XML declaration dropped"));
	else if (declared)
		note_add(r->arena, notes, SLICE("XML declaration left out"));
}

int repair_next(struct repair *r, struct repaired *out)
{
	struct slice rest = rest_from(r, r->at), body;
	const char *start = r->at == 0 ? find_start(rest) : find_tag(rest, SLICE("feedback"), false), *end, *gt;

	if (start == NULL)
		return 0;
	*out = (struct repaired){ .begins = (size_t)(start - r->text.ptr) };
	body = rest_from(r, out->begins);
	if (r->at == 0)
		note_junk_before(r, out->begins, &out->notes);
	else
		note_add(r->arena, &out->notes, SLICE("documents one behind the other split"));
	r->at = r->text.len;
	if (find_tag(body, SLICE("feedback"), false) == start && (end = find_tag(body, SLICE("feedback"), true)) != NULL &&
	    (gt = memchr(end, '>', (size_t)(r->text.ptr + r->text.len - end))) != NULL) {
		out->whole = (struct slice){ start, (size_t)(gt + 1 - start) };
		r->at = out->begins + out->whole.len;
		if (text_trim(rest_from(r, r->at)).len > 0 && find_tag(rest_from(r, r->at), SLICE("feedback"), false) == NULL)
			note_add(r->arena, &out->notes, SLICE("bytes after the root dropped"));
	}
	return 1;
}

/* --- rewriting --- */

struct rewriting {
	struct repair *repair;
	struct repaired *document;
	struct buf *out;
	const char *at, *end;
	struct slice open[LIMIT_XML_DEPTH]; /* names of the open elements */
	size_t out_at[LIMIT_XML_DEPTH];     /* where each began in `out` */
	int depth;
	bool complete;
	bool never_closed[OTHER_MARKUPS]; /* looked for to the end once, and not found */
};

static void note(struct rewriting *w, struct slice text)
{
	note_add(w->repair->arena, &w->document->notes, text);
}

/* The length of an entity or character reference that XML itself knows, 0 where `s` begins with none. */
static size_t reference_length(struct slice s)
{
	static const char *const names[] = { "&amp;", "&lt;", "&gt;", "&quot;", "&apos;" };
	size_t i = 2;
	bool hex = s.len > 2 && s.ptr[2] == 'x';

	for (size_t k = 0; k < sizeof names / sizeof *names; k++)
		if (s.len >= strlen(names[k]) && memcmp(s.ptr, names[k], strlen(names[k])) == 0)
			return strlen(names[k]);
	if (s.len < 4 || s.ptr[1] != '#')
		return 0;
	for (i += hex; i < s.len && i < 10; i++) {
		char c = text_lower_char(s.ptr[i]);

		if (!((c >= '0' && c <= '9') || (hex && c >= 'a' && c <= 'f')))
			break;
	}
	return i > (size_t)(2 + hex) && i < s.len && s.ptr[i] == ';' ? i + 1 : 0;
}

static bool is_allowed_reference(struct slice s)
{
	char copy[16];
	unsigned c;

	if (s.ptr[1] != '#')
		return true;
	snprintf(copy, sizeof copy, "%.*s", (int)s.len, s.ptr);
	if (sscanf(copy, copy[2] == 'x' ? "&#x%x;" : "&#%u;", &c) != 1)
		return false;
	return c == 9 || c == 10 || c == 13 || (c >= 0x20 && c <= 0xd7ff) || (c >= 0xe000 && c <= 0xfffd) ||
	       (c >= 0x10000 && c <= 0x10ffff);
}

static void add_escaped(struct rewriting *w, struct slice s)
{
	for (size_t i = 0; i < s.len;) {
		struct slice rest = { s.ptr + i, s.len - i };
		size_t n = s.ptr[i] == '&' ? reference_length(rest) : 0;

		if (n > 0) {
			if (is_allowed_reference((struct slice){ rest.ptr, n }))
				buf_add(w->out, rest.ptr, n);
			else
				note(w, SLICE("references to forbidden characters dropped"));
			i += n;
			continue;
		}
		if (s.ptr[i] == '&')
			note(w, SLICE("stray & escaped"));
		else if (s.ptr[i] == '<')
			note(w, SLICE("stray < escaped"));
		if (s.ptr[i] == '&' || s.ptr[i] == '<' || s.ptr[i] == '>')
			buf_add_text(w->out, s.ptr[i] == '&' ? "&amp;" : s.ptr[i] == '<' ? "&lt;" : "&gt;");
		else
			buf_add_char(w->out, s.ptr[i]);
		i++;
	}
}

/* CDATA: nothing in it is markup. */
static void add_literal(struct rewriting *w, struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] == '&' || s.ptr[i] == '<' || s.ptr[i] == '>')
			buf_add_text(w->out, s.ptr[i] == '&' ? "&amp;" : s.ptr[i] == '<' ? "&lt;" : "&gt;");
		else
			buf_add_char(w->out, s.ptr[i]);
}

static struct slice top(const struct rewriting *w)
{
	return w->depth > 0 ? w->open[w->depth - 1] : (struct slice){ "", 0 };
}

/* "12345/report_id>": an end tag that lost its bracket, at the end of a leaf's text. */
static struct slice without_broken_end(struct rewriting *w, struct slice s)
{
	struct slice name = top(w), t = text_trim(s);
	size_t n = t.len, brackets = 0;

	if (n > 0 && t.ptr[n - 1] == '>')
		n--;
	if (n < name.len || !text_eq_nocase((struct slice){ t.ptr + n - name.len, name.len }, name))
		return s;
	for (n -= name.len; n > 0 && brackets < 2 && (t.ptr[n - 1] == '/' || t.ptr[n - 1] == '<'); n--)
		brackets++;
	if (brackets == 0)
		return s;
	note(w, SLICE("broken end tag mended"));
	return (struct slice){ t.ptr, n };
}

static bool is_name_char(char c)
{
	return (c >= '0' && c <= '9') || (text_lower_char(c) >= 'a' && text_lower_char(c) <= 'z') || c == '_' || c == '.' ||
	       c == ':' || c == '-';
}

/* Whether the open element's own end tag stands at `p`. */
static bool ends_here(const struct rewriting *w, const char *p)
{
	struct slice rest = { p, (size_t)(w->end - p) }, name = top(w);

	if (rest.len < name.len + 3 || rest.ptr[0] != '<' || rest.ptr[1] != '/')
		return false;
	return text_starts_nocase((struct slice){ p + 2, rest.len - 2 }, name) && !is_name_char(p[2 + name.len]);
}

static void put_text(struct rewriting *w, const char *from, const char *to)
{
	struct slice s = { from, (size_t)(to - from) };

	if (w->depth == 0 || from >= to)
		return;
	if (dmarc_is_leaf(top(w)) && !ends_here(w, to))
		s = without_broken_end(w, s);
	add_escaped(w, s);
}

static void close_top(struct rewriting *w)
{
	buf_addf(w->out, "</%.*s>", (int)top(w).len, top(w).ptr);
	w->depth--;
}

struct tag {
	struct slice name; /* local */
	struct slice namespace_uri;
	bool prefixed, closing, empty;
	const char *end; /* behind the '>' */
};

/* The root's default namespace, or that of its prefix, as written. */
static struct slice namespace_of(const char *lt, const char *end)
{
	struct slice tag = { lt, (size_t)(end - lt) };
	const char *at = text_find_nocase(tag, SLICE("xmlns")), *from;

	if (at == NULL || (at = memchr(at, '=', (size_t)(end - at))) == NULL)
		return (struct slice){ 0 };
	for (at++; at < end && text_is_blank(*at);)
		at++;
	if (at == end || (*at != '"' && *at != '\''))
		return (struct slice){ 0 };
	from = at + 1;
	at = memchr(from, *at, (size_t)(end - from));
	return at == NULL || memchr(from, '&', (size_t)(at - from)) != NULL || memchr(from, '<', (size_t)(at - from)) != NULL ||
			       memchr(from, '"', (size_t)(at - from)) != NULL ?
		       (struct slice){ 0 } :
		       (struct slice){ from, (size_t)(at - from) };
}

/* <name>, </name>, <name attributes/>: whether a whole tag begins at `p`. */
static bool read_tag(const char *p, const char *end, struct tag *t)
{
	const char *name, *gt, *colon;

	*t = (struct tag){ 0 };
	if (++p < end && *p == '/') {
		t->closing = true;
		p++;
	}
	for (name = p; p < end && is_name_char(*p);)
		p++;
	if (p == name || p == end || (*name >= '0' && *name <= '9') || *name == '-' || *name == '.' || *name == ':')
		return false;
	if (!ends_name(p, end))
		return false;
	for (gt = p; gt < end && *gt != '>' && *gt != '<';)
		gt++;
	if (gt == end || *gt == '<' || (*p == '/' && gt != p + 1))
		return false;
	t->empty = gt[-1] == '/';
	colon = memrchr(name, ':', (size_t)(p - name));
	t->prefixed = colon != NULL;
	name = colon != NULL ? colon + 1 : name;
	t->name = (struct slice){ name, (size_t)(p - name) };
	t->namespace_uri = namespace_of(p, gt);
	t->end = gt + 1;
	return true;
}

static bool is_plain_word(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!((s.ptr[i] >= 'a' && s.ptr[i] <= 'z') || s.ptr[i] == '_'))
			return false;
	return s.len > 0;
}

static void rewrite_end(struct rewriting *w, const struct tag *t)
{
	int level = w->depth;

	while (level > 0 && !text_eq_nocase(w->open[level - 1], t->name))
		level--;
	if (level == 0) {
		note(w, SLICE("end tag without start dropped"));
		return;
	}
	if (level < w->depth)
		note(w, SLICE("missing end tag added"));
	while (w->depth >= level)
		close_top(w);
	if (w->depth == 0)
		w->complete = true;
}

static bool is_one_of(struct slice name, const char *const *names)
{
	for (; *names != NULL; names++)
		if (text_eq_nocase(name, slice_of(*names)))
			return true;
	return false;
}

/* Rows must not be lost for a lost end tag: the parts of a record have one place only, and what was left open before them
 * ends where they begin. (report_metadata and policy_published hold names that mean another thing elsewhere: no guess.) */
static void close_left_open(struct rewriting *w, struct slice name)
{
	static const char *const of_feedback[] = { "record", NULL };
	static const char *const of_record[] = { "row", "identifiers", "identities", "auth_results", NULL };
	struct slice place = is_one_of(name, of_feedback) ? SLICE("feedback") : SLICE("record");
	int level = w->depth;

	if (!is_one_of(name, of_feedback) && !is_one_of(name, of_record))
		return;
	while (level > 0 && !text_eq_nocase(w->open[level - 1], place))
		level--;
	while (level > 0 && w->depth > level) {
		note(w, SLICE("missing end tag added"));
		close_top(w);
	}
}

static void rewrite_start(struct rewriting *w, const struct tag *t)
{
	close_left_open(w, t->name);
	while (w->depth > 0 && dmarc_is_leaf(top(w))) {
		note(w, SLICE("missing end tag added"));
		close_top(w);
	}
	if (t->empty) {
		buf_addf(w->out, "<%.*s/>", (int)t->name.len, t->name.ptr);
		w->complete = w->depth == 0; /* an empty root: whatever follows is another document */
	} else if (w->depth < LIMIT_XML_DEPTH) {
		w->open[w->depth] = t->name;
		w->out_at[w->depth++] = w->out->len;
		if (w->depth == 1 && t->namespace_uri.len > 0)
			buf_addf(w->out, "<%.*s xmlns=\"%.*s\">", (int)t->name.len, t->name.ptr, (int)t->namespace_uri.len,
				 t->namespace_uri.ptr);
		else
			buf_addf(w->out, "<%.*s>", (int)t->name.len, t->name.ptr);
	}
}

/* Comments and instructions are left out, CDATA is text. True where `lt` begins one; `w->at` is then behind it. */
static bool skip_other_markup(struct rewriting *w, const char *lt)
{
	static const struct {
		const char *opens, *closes;
	} kinds[OTHER_MARKUPS] = { { "<!--", "-->" }, { "<![CDATA[", "]]>" }, { "<?", "?>" } };

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		size_t n = strlen(kinds[i].opens);
		const char *close;

		if (w->never_closed[i] || (size_t)(w->end - lt) < n || memcmp(lt, kinds[i].opens, n) != 0)
			continue;
		close = memmem(lt + n, (size_t)(w->end - lt) - n, kinds[i].closes, strlen(kinds[i].closes));
		if (close == NULL) {
			w->never_closed[i] = true;
			return false;
		}
		put_text(w, w->at, lt);
		if (i == 1 && w->depth > 0)
			add_literal(w, (struct slice){ lt + n, (size_t)(close - lt) - n });
		w->at = close + strlen(kinds[i].closes);
		return true;
	}
	return false;
}

/* A '<' that begins no tag: text, or the place where the document was cut. */
static void rewrite_stray(struct rewriting *w, const char *lt)
{
	const char *next = memchr(lt + 1, '<', (size_t)(w->end - lt) - 1);

	if (next == NULL) {
		struct slice tail = { lt, (size_t)(w->end - lt) };

		if (w->depth > 0 && !dmarc_is_leaf(top(w)) && tail.len > 2 && tail.ptr[1] == '/' &&
		    text_eq_nocase(text_trim((struct slice){ tail.ptr + 2, tail.len - 2 }), top(w)) && w->depth == 1) {
			note(w, SLICE("broken end tag mended"));
			close_top(w);
			w->complete = true;
		} else {
			put_text(w, w->at, lt);
			note(w, SLICE("cut off inside a tag"));
		}
		w->at = w->end;
		return;
	}
	put_text(w, w->at, next);
	w->at = next;
}

static void rewrite_tag(struct rewriting *w, const char *lt, const struct tag *t)
{
	bool has_at = memchr(lt, '@', (size_t)(t->end - lt)) != NULL;

	if (!dmarc_is_known(t->name)) {
		if (t->prefixed || t->closing || (is_plain_word(t->name) && !has_at)) {
			put_text(w, w->at, lt);
			note(w, SLICE("unknown tag dropped"));
		} else {
			put_text(w, w->at, t->end);
		}
	} else {
		put_text(w, w->at, lt);
		if (t->closing)
			rewrite_end(w, t);
		else
			rewrite_start(w, t);
	}
	w->at = t->end;
}

/* What was open when the text ended: a record goes whole, everything else is closed. */
static void close_cut(struct rewriting *w)
{
	note(w, SLICE("the document stops early: only whole records were kept"));
	for (int level = 0; level < w->depth; level++)
		if (text_eq_nocase(w->open[level], SLICE("record"))) {
			w->out->len = w->out_at[level];
			w->depth = level;
		}
	while (w->depth > 0)
		close_top(w);
}

void repair_rewrite(struct repair *r, struct repaired *d, struct buf *to, bool *complete)
{
	struct rewriting w = { .repair = r, .document = d, .out = to, .at = r->text.ptr + d->begins };
	struct tag root;

	w.end = r->text.ptr + r->text.len;
	if (!read_tag(w.at, w.end, &root) || !text_eq_nocase(root.name, SLICE("feedback"))) {
		note(&w, SLICE("root element missing"));
		w.open[0] = SLICE("feedback");
		w.out_at[w.depth++] = 0;
		buf_add_text(to, "<feedback>");
	}
	while (w.at < w.end && !w.complete) {
		const char *lt = memchr(w.at, '<', (size_t)(w.end - w.at));
		struct tag t;

		if (lt != NULL && w.depth > 0 && lt != r->text.ptr + d->begins && read_tag(lt, w.end, &t) && !t.closing &&
		    text_eq_nocase(t.name, SLICE("feedback"))) { /* the next document: this one was cut */
			w.at = lt;
			break;
		}
		if (lt == NULL) {
			put_text(&w, w.at, w.end);
			w.at = w.end;
		} else if (!skip_other_markup(&w, lt)) {
			if (read_tag(lt, w.end, &t))
				rewrite_tag(&w, lt, &t);
			else
				rewrite_stray(&w, lt);
		}
	}
	if (!w.complete)
		close_cut(&w);
	*complete = w.complete;
	r->at = (size_t)(w.at - r->text.ptr);
}
