/* imap_read: see imap_read.h. */
#include "daemon/imap_read.h"

#include "base/text.h"
#include "schema/limits.h"

void imap_reader_init(struct imap_reader *r, size_t literal_bytes)
{
	*r = (struct imap_reader){ .literal_bytes = literal_bytes, .line_bytes = LIMIT_IMAP_LINE_BYTES };
	buf_init(&r->in, literal_bytes + LIMIT_IMAP_LINE_BYTES + 2 * IMAP_READ_BYTES);
}

void imap_reader_release(struct imap_reader *r)
{
	buf_release(&r->in);
}

int imap_reader_add(struct imap_reader *r, struct slice bytes)
{
	buf_drop(&r->in, r->taken);
	r->at -= r->taken;
	r->line -= r->taken;
	r->taken = 0;
	return buf_add_slice(&r->in, bytes);
}

bool imap_reader_is_empty(const struct imap_reader *r)
{
	return r->taken == r->in.len;
}

/* --- where a response ends --- */

static int broken(struct imap_reader *r, struct err *err, const char *what)
{
	r->broken = true;
	return err_set(err, ERR_SYSTEM, "%s", what);
}

static struct slice take_word(struct slice *s)
{
	const char *space = s->len > 0 ? memchr(s->ptr, ' ', s->len) : NULL;
	size_t n = space != NULL ? (size_t)(space - s->ptr) : s->len;
	struct slice word = { s->ptr, n };

	n += space != NULL;
	*s = (struct slice){ s->ptr + n, s->len - n };
	return word;
}

static enum imap_status status_of(struct slice word)
{
	static const char *const names[] = { "", "OK", "NO", "BAD", "BYE", "PREAUTH" };

	for (enum imap_status s = IMAP_OK; s <= IMAP_PREAUTH; s++)
		if (text_eq_nocase(word, slice_of(names[s])))
			return s;
	return IMAP_NO_STATUS;
}

/* Only untagged data holds literals: the words of a status are for people, whatever they end in. */
static bool may_hold_literals(struct slice response)
{
	return slice_is(take_word(&response), "*") && status_of(take_word(&response)) == IMAP_NO_STATUS;
}

/* Whether a line ends in "{123}": its length. 1 it does, 0 not, -1 in something that counts as nothing. */
static int literal_at_end(struct slice line, size_t *bytes)
{
	size_t i = line.len;
	int64_t n;

	if (line.len == 0 || line.ptr[line.len - 1] != '}')
		return 0;
	while (i > 0 && line.ptr[i - 1] != '{' && line.len - i < 24)
		i--;
	if (i == 0 || line.ptr[i - 1] != '{')
		return 0;
	if (i == line.len - 1 || line.ptr[i] < '0' || line.ptr[i] > '9')
		return 0;
	if (!text_int((struct slice){ line.ptr + i, line.len - 1 - i }, &n))
		return -1;
	*bytes = (size_t)n;
	return 1;
}

/* The line from r->line to its end at `end`: 1 it ends the response, 0 a literal follows it and is passed over, -1. */
static int end_line(struct imap_reader *r, size_t end, struct err *err)
{
	struct slice line = { r->in.data + r->line, end - r->line };
	size_t bytes;
	int rc = 0;

	r->text += line.len;
	if (may_hold_literals((struct slice){ r->in.data + r->taken, end - r->taken }))
		rc = literal_at_end(line, &bytes);
	if (rc == 0)
		return 1;
	if (rc < 0)
		return broken(r, err, "the server counts a literal in a way that IMAP does not know");
	if (bytes > r->literal_bytes - r->held)
		return broken(r, err, "the server sends more than was asked for: a literal over the ceiling");
	if (++r->literals > LIMIT_IMAP_LITERALS)
		return broken(r, err, "the server sends more literals in one response than anybody needs");
	r->held += bytes;
	r->at = r->line = end + 2 + bytes;
	return 0;
}

/* Looks on for the end of the response in hand: 1 with where its last line ends, 0 more is needed, -1. */
static int find_end(struct imap_reader *r, size_t *end, struct err *err)
{
	while (r->at < r->in.len) {
		const char *from = r->in.data + r->at, *feed = memchr(from, '\n', r->in.len - r->at);
		size_t reached = feed != NULL ? (size_t)(feed - r->in.data) : r->in.len;
		int rc;

		if (r->text + (reached - r->line) > r->line_bytes)
			return broken(r, err, "the server sends a line that is longer than any ruad asks for");
		r->at = reached;
		if (feed == NULL)
			return 0;
		if (reached == r->line || r->in.data[reached - 1] != '\r')
			return broken(r, err, "the server ends a line in a way that IMAP does not know");
		*end = reached - 1;
		if ((rc = end_line(r, *end, err)) != 0)
			return rc;
	}
	return 0;
}

/* --- what a response says --- */

/* "[CODE ...] words"; the bracket ends the code, for no code that is read here holds one. */
static void read_status(struct slice rest, struct imap_response *out)
{
	const char *end;

	if (rest.len > 0 && rest.ptr[0] == '[' && (end = memchr(rest.ptr, ']', rest.len)) != NULL) {
		out->code = (struct slice){ rest.ptr + 1, (size_t)(end - rest.ptr) - 1 };
		rest.len -= (size_t)(end + 1 - rest.ptr);
		rest.ptr = end + 1;
	}
	out->text = text_trim(rest);
}

static bool read_number(struct slice word, uint32_t *out)
{
	int64_t n;

	if (word.len == 0 || word.ptr[0] < '0' || word.ptr[0] > '9' || !text_int(word, &n) || n > UINT32_MAX)
		return false;
	*out = (uint32_t)n;
	return true;
}

static bool read_untagged(struct slice rest, struct imap_response *out)
{
	struct slice word = take_word(&rest);

	out->kind = IMAP_UNTAGGED;
	if ((out->status = status_of(word)) != IMAP_NO_STATUS) {
		read_status(rest, out);
		return true;
	}
	if (read_number(word, &out->number))
		word = take_word(&rest);
	out->name = word;
	out->data = rest;
	return word.len > 0;
}

static bool read_tagged(struct slice tag, struct slice rest, struct imap_response *out)
{
	out->kind = IMAP_TAGGED;
	out->tag = tag;
	out->status = status_of(take_word(&rest));
	read_status(rest, out);
	return tag.len > 0 && (out->status == IMAP_OK || out->status == IMAP_NO || out->status == IMAP_BAD);
}

static bool read_response(struct slice line, struct imap_response *out)
{
	struct slice tag = take_word(&line);

	*out = (struct imap_response){ 0 };
	if (slice_is(tag, "*"))
		return read_untagged(line, out);
	if (!slice_is(tag, "+"))
		return read_tagged(tag, line, out);
	out->kind = IMAP_GO_ON;
	out->text = text_trim(line);
	return true;
}

/* The next response begins behind `end` and its line feed. */
static void begin_next(struct imap_reader *r, size_t end)
{
	r->taken = r->at = r->line = end + 2;
	r->text = r->held = 0;
	r->literals = 0;
}

int imap_reader_next(struct imap_reader *r, struct imap_response *out, struct err *err)
{
	size_t end = 0, begin = r->taken;
	int rc;

	if (r->broken)
		return broken(r, err, "the server no longer speaks IMAP");
	if ((rc = find_end(r, &end, err)) != 1)
		return rc;
	begin_next(r, end);
	if (!read_response((struct slice){ r->in.data + begin, end - begin }, out))
		return broken(r, err, "the server says something that is not IMAP");
	return 1;
}

/* --- the data of a response --- */

static bool is_atom_char(char c)
{
	return (unsigned char)c > ' ' && c != '(' && c != ')' && c != '"' && c != '{' && c != 0x7f;
}

static struct slice take(struct slice *data, size_t n)
{
	struct slice part = { data->ptr, n };

	*data = (struct slice){ data->ptr + n, data->len - n };
	return part;
}

static int take_quoted(struct slice *data, struct imap_token *out)
{
	size_t i = 1;

	while (i < data->len && data->ptr[i] != '"' && data->ptr[i] != '\r')
		i += data->ptr[i] == '\\' ? 2 : 1;
	if (i >= data->len || data->ptr[i] != '"')
		return -1;
	take(data, 1);
	*out = (struct imap_token){ IMAP_STRING, take(data, i - 1) };
	take(data, 1);
	return 1;
}

static int take_literal(struct slice *data, struct imap_token *out)
{
	const char *feed = memchr(data->ptr, '\n', data->len);
	struct slice head;
	size_t bytes;

	if (feed == NULL || feed - data->ptr < 2)
		return -1;
	head = (struct slice){ data->ptr, (size_t)(feed - data->ptr) - 1 };
	if (literal_at_end(head, &bytes) != 1 || memchr(head.ptr + 1, '{', head.len - 1) != NULL)
		return -1;
	take(data, head.len + 2);
	if (bytes > data->len)
		return -1;
	*out = (struct imap_token){ IMAP_STRING, take(data, bytes) };
	return 1;
}

int imap_token_next(struct slice *data, struct imap_token *out)
{
	size_t n = 0;

	while (data->len > 0 && data->ptr[0] == ' ')
		take(data, 1);
	if (data->len == 0)
		return 0;
	if (data->ptr[0] == '(' || data->ptr[0] == ')') {
		enum imap_token_kind kind = data->ptr[0] == '(' ? IMAP_OPEN : IMAP_CLOSE;

		*out = (struct imap_token){ kind, take(data, 1) };
		return 1;
	}
	if (data->ptr[0] == '"')
		return take_quoted(data, out);
	if (data->ptr[0] == '{')
		return take_literal(data, out);
	while (n < data->len && is_atom_char(data->ptr[n]))
		n++;
	*out = (struct imap_token){ IMAP_ATOM, take(data, n) };
	return n > 0 ? 1 : -1;
}

/* Passes over the rest of a list whose opening parenthesis was taken: 1, or -1 where it does not end. */
static int pass_list(struct slice *data)
{
	struct imap_token t;

	for (size_t depth = 1; depth > 0;) {
		if (imap_token_next(data, &t) != 1)
			return -1;
		if (t.kind == IMAP_OPEN || t.kind == IMAP_CLOSE)
			depth += t.kind == IMAP_OPEN ? 1 : (size_t)-1;
	}
	return 1;
}

static bool is_body(struct slice name)
{
	struct slice all = SLICE("BODY[]");

	return text_starts_nocase(name, all) && (name.len == all.len || name.ptr[all.len] == '<');
}

/* A name was taken; takes its value, and keeps it where it is of use. */
static int take_item(struct slice *data, struct slice name, struct imap_mail *out)
{
	struct imap_token value;

	if (imap_token_next(data, &value) != 1 || value.kind == IMAP_CLOSE)
		return -1;
	if (text_eq_nocase(name, SLICE("UID")))
		return value.kind == IMAP_ATOM && read_number(value.text, &out->uid) && out->uid != 0 ? 1 : -1;
	if (value.kind == IMAP_OPEN)
		return pass_list(data);
	if (is_body(name) && value.kind == IMAP_STRING) {
		out->has_body = true;
		out->body = value.text;
	}
	return 1;
}

int imap_read_fetch(struct slice data, struct imap_mail *out)
{
	struct imap_mail mail = { 0 };
	struct imap_token t;

	if (imap_token_next(&data, &t) != 1 || t.kind != IMAP_OPEN)
		return -1;
	while (imap_token_next(&data, &t) == 1 && t.kind == IMAP_ATOM)
		if (take_item(&data, t.text, &mail) != 1)
			return -1;
	if (t.kind != IMAP_CLOSE || data.len > 0)
		return -1;
	*out = mail;
	return 0;
}

/* "(TAG "r7") UID ALL 2:5,9": names and values, of which one is wanted. */
static int read_esearch(struct slice data, struct uid_set *out)
{
	struct imap_token t;
	bool is_all = false;
	int rc;

	while ((rc = imap_token_next(&data, &t)) == 1) {
		if (t.kind == IMAP_OPEN) {
			if (pass_list(&data) != 1)
				return -1;
		} else if (is_all) {
			return t.kind == IMAP_ATOM && uid_set_read(out, t.text) ? 0 : -1;
		}
		is_all = t.kind == IMAP_ATOM && text_eq_nocase(t.text, SLICE("ALL"));
	}
	return rc;
}

int imap_read_search(const struct imap_response *r, struct uid_set *out)
{
	struct slice data = r->data;
	struct imap_token t;
	int rc;

	if (text_eq_nocase(r->name, SLICE("ESEARCH")))
		return read_esearch(data, out);
	while ((rc = imap_token_next(&data, &t)) == 1) {
		uint32_t uid;

		if (t.kind == IMAP_OPEN) /* "(MODSEQ 917)" */
			return pass_list(&data) == 1 ? 0 : -1;
		if (t.kind != IMAP_ATOM || !read_number(t.text, &uid) || uid == 0 || uid_set_add(out, uid, uid) != 0)
			return -1;
	}
	return rc;
}
