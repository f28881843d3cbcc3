/* record_spf: see record_spf.h. */
#include "schema/record_spf.h"

#include "base/text.h"
#include "schema/domain.h"

#include <assert.h>

static const char *const kinds[SPF_KINDS] = { "all",  "include", "a",	     "mx",  "ptr", "ip4",
					      "ip6", "exists",  "redirect", "exp", "",    "" };

const char *spf_kind_name(enum spf_kind k)
{
	assert(k < SPF_KINDS);
	return kinds[k];
}

const char *spf_found_words(enum spf_found found)
{
	static const char *const words[] = {
		[SPF_FOUND] = "found",
		[SPF_NONE] = "no SPF record",
		[SPF_SEVERAL] = "several SPF records",
		[SPF_NOT_ASKED] = "not looked up yet",
		[SPF_NO_ANSWER] = "no answer",
		[SPF_LOOP] = "a loop",
		[SPF_TOO_DEEP] = "not followed any further",
	};

	return words[found];
}

bool spf_is_record(struct slice text)
{
	const struct slice version = SLICE("v=spf1");

	return text_starts_nocase(text, version) && (text.len == version.len || text.ptr[version.len] == ' ');
}

/* --- domains with macros (RFC 7208 7.1) --- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
	return is_digit(c) || (text_lower_char(c) >= 'a' && text_lower_char(c) <= 'z');
}

static bool holds_char(const char *set, char c)
{
	return c != '\0' && strchr(set, c) != NULL;
}

/* How long the macro at the start of `s` is, which begins with a percent sign; 0 where it is none. */
static size_t macro_length(struct slice s, bool exp)
{
	size_t i = 3;

	if (s.len >= 2 && holds_char("%_-", s.ptr[1]))
		return 2;
	if (s.len < 4 || s.ptr[1] != '{' || !holds_char(exp ? "slodiphvcrt" : "slodiphv", text_lower_char(s.ptr[2])))
		return 0;
	while (i < s.len && is_digit(s.ptr[i]))
		i++;
	if (i < s.len && text_lower_char(s.ptr[i]) == 'r')
		i++;
	while (i < s.len && holds_char(".-+,/_=", s.ptr[i]))
		i++;
	return i < s.len && s.ptr[i] == '}' ? i + 1 : 0;
}

/* The last label is no number: else an address would do for a name. */
static bool ends_in_label(struct slice s)
{
	bool letter = false;

	if (s.len > 0 && s.ptr[s.len - 1] == '.')
		s.len--;
	if (s.len > 0 && s.ptr[s.len - 1] == '}') /* a macro: whatever it gives */
		return true;
	for (size_t i = s.len; i > 0 && s.ptr[i - 1] != '.'; i--) {
		if (!is_alnum(s.ptr[i - 1]) && s.ptr[i - 1] != '-')
			return false;
		letter = letter || !is_digit(s.ptr[i - 1]);
	}
	return letter && s.ptr[s.len - 1] != '-' && memchr(s.ptr, '.', s.len) != NULL;
}

static const char *check_domain(struct slice s, bool *macro)
{
	for (size_t i = 0; i < s.len;) {
		size_t n = 1;

		if (s.ptr[i] == '%') {
			if ((n = macro_length((struct slice){ s.ptr + i, s.len - i }, false)) == 0)
				return "a percent sign that begins no macro";
			*macro = true;
		} else if (s.ptr[i] <= ' ' || s.ptr[i] > '~') {
			return "a character that no name has";
		}
		i += n;
	}
	return s.len == 0 ? "no name behind it" : ends_in_label(s) ? NULL : "no host name behind it";
}

/* --- terms --- */

/* "/24", "//64", "/24//64" at the end of an a or mx, cut off `s`. */
static const char *take_bits(struct slice *s, int *bits4, int *bits6)
{
	const char *slash = NULL;
	struct slice tail;
	int64_t n;

	for (size_t i = 0; i < s->len && slash == NULL; i++) {
		if (s->ptr[i] == '%' && i + 1 < s->len && s->ptr[i + 1] == '{') /* a slash in a macro is its own */
			while (i < s->len && s->ptr[i] != '}')
				i++;
		else if (s->ptr[i] == '/')
			slash = &s->ptr[i];
	}
	if (slash == NULL)
		return NULL;
	tail = (struct slice){ slash, s->len - (size_t)(slash - s->ptr) };
	s->len -= tail.len;
	while (tail.len > 0) {
		bool six = tail.len > 1 && tail.ptr[1] == '/';
		size_t i = six ? 2 : 1, from = i;

		while (i < tail.len && is_digit(tail.ptr[i]))
			i++;
		if (tail.ptr[0] != '/' || !text_int((struct slice){ tail.ptr + from, i - from }, &n) || n > (six ? 128 : 32) ||
		    *(six ? bits6 : bits4) >= 0)
			return "no length of a network behind the slash";
		*(six ? bits6 : bits4) = (int)n;
		tail = (struct slice){ tail.ptr + i, tail.len - i };
	}
	return NULL;
}

static const char *read_network(struct spf_term *t, struct slice value)
{
	bool colon = value.len > 0 && memchr(value.ptr, ':', value.len) != NULL;

	t->domain = value;
	if (value.len == 0)
		return "no address behind it";
	if (colon != (t->kind == SPF_IP6))
		return colon ? "an IPv6 address, which wants ip6:" : memchr(value.ptr, '.', value.len) != NULL ?
			       (t->kind == SPF_IP6 ? "no IPv6 address" : network_parse(value, &t->network) ? NULL : "no IPv4 address or network") :
			       "no address";
	return network_parse(value, &t->network) ? NULL : colon ? "no IPv6 address or network" : "no IPv4 address or network";
}

static const char *read_named(struct spf_term *t, bool has_value, struct slice value)
{
	const char *trouble = NULL;

	if (t->kind == SPF_A || t->kind == SPF_MX)
		trouble = take_bits(&value, &t->bits4, &t->bits6);
	if (has_value || t->kind == SPF_INCLUDE || t->kind == SPF_EXISTS) {
		t->domain = value;
		trouble = trouble != NULL ? trouble : check_domain(value, &t->macro);
	} else if (trouble == NULL && value.len > 0) {
		trouble = "something behind it that does not belong there";
	}
	return trouble;
}

static const char *read_mechanism(struct spf_term *t, bool has_value, struct slice value)
{
	switch (t->kind) {
	case SPF_ALL:
		return has_value || value.len > 0 ? "all, which takes no value" : NULL;
	case SPF_IP4:
	case SPF_IP6:
		return read_network(t, value);
	default:
		return read_named(t, has_value, value);
	}
}

static enum spf_kind kind_of(struct slice name, enum spf_kind from, enum spf_kind to)
{
	for (int k = from; k < (int)to; k++)
		if (text_eq_nocase(name, slice_of(kinds[k])))
			return (enum spf_kind)k;
	return SPF_WRONG;
}

/* The name in front of a colon, an equals sign or a slash. */
static size_t name_length(struct slice s)
{
	size_t i = 0;

	while (i < s.len && (is_alnum(s.ptr[i]) || holds_char("-_.", s.ptr[i])))
		i++;
	return i;
}

static const char *read_modifier(struct spf_term *t, struct slice name, struct slice value)
{
	t->kind = kind_of(name, SPF_REDIRECT, SPF_OTHER);
	t->domain = value;
	if (t->kind == SPF_WRONG) {
		t->kind = SPF_OTHER;
		return NULL;
	}
	return check_domain(value, &t->macro);
}

static struct slice next_name(struct arena *a, const struct spf_term *t)
{
	struct slice name = { 0 };

	if ((t->kind == SPF_INCLUDE || t->kind == SPF_REDIRECT) && t->trouble == NULL && !t->macro)
		name = domain_normal(a, t->domain);
	return name.ptr != NULL && domain_is_name(name) ? name : (struct slice){ 0 };
}

static struct spf_term read_term(struct arena *a, struct slice text)
{
	struct spf_term t = { .text = text, .qualifier = '+', .bits4 = -1, .bits6 = -1 };
	struct slice s = text, name, value;
	size_t n;

	if (holds_char("+-~?", s.ptr[0])) {
		t.qualifier = s.ptr[0];
		s = (struct slice){ s.ptr + 1, s.len - 1 };
	}
	n = name_length(s);
	name = (struct slice){ s.ptr, n };
	value = (struct slice){ s.ptr + n, s.len - n };
	if (value.len > 0 && value.ptr[0] == '=' && s.ptr == text.ptr && n > 0 && !is_digit(name.ptr[0])) {
		t.trouble = read_modifier(&t, name, (struct slice){ value.ptr + 1, value.len - 1 });
	} else if ((t.kind = kind_of(name, SPF_ALL, SPF_REDIRECT)) == SPF_WRONG || (value.len > 0 && !holds_char(":/", value.ptr[0]))) {
		t.kind = SPF_WRONG;
		t.trouble = "no mechanism of SPF";
	} else {
		bool colon = value.len > 0 && value.ptr[0] == ':';

		t.trouble = read_mechanism(&t, colon, colon ? (struct slice){ value.ptr + 1, value.len - 1 } : value);
	}
	t.next = next_name(a, &t);
	return t;
}

/* Whether a receiver that comes to it looks something up: what counts against ten. */
static bool is_lookup(const struct spf_term *t)
{
	return t->kind == SPF_INCLUDE || t->kind == SPF_A || t->kind == SPF_MX || t->kind == SPF_PTR || t->kind == SPF_EXISTS ||
	       t->kind == SPF_REDIRECT;
}

/* Behind `all` nothing is looked at, and a redirect beside it neither (RFC 7208 5.1, 6.1). */
static bool is_reached(const struct spf_record *r, size_t term)
{
	return r->all == r->n || (term < r->all && r->terms[term].kind < SPF_REDIRECT);
}

void spf_read(struct arena *a, struct slice text, struct spf_record *r)
{
	struct slice rest = text, piece;

	r->text = text;
	r->terms = arena_array(a, LIMIT_SPF_TERMS, sizeof *r->terms);
	r->n = 0;
	lint_piece(&rest, ' ', &piece); /* the version */
	while (r->n < LIMIT_SPF_TERMS && lint_piece(&rest, ' ', &piece))
		if (text_trim(piece).len > 0)
			r->terms[r->n++] = read_term(a, text_trim(piece));
	for (r->all = 0; r->all < r->n && r->terms[r->all].kind != SPF_ALL;)
		r->all++;
	r->own = 0;
	for (size_t i = 0; i < r->n; i++)
		r->own += is_reached(r, i) && is_lookup(&r->terms[i]);
}

size_t spf_mentions(struct arena *a, struct slice text, struct slice *out, size_t most)
{
	struct spf_record r = { 0 };
	size_t n = 0;

	if (!spf_is_record(text))
		return 0;
	spf_read(a, text, &r);
	for (size_t i = 0; i < r.n && n < most; i++)
		if (r.terms[i].next.ptr != NULL && is_reached(&r, i))
			out[n++] = r.terms[i].next;
	return n;
}

/* --- the tree --- */

static void take_lines(struct arena *a, struct spf_tree *tree, struct spf_record *r, struct slice lines)
{
	int n = 0;

	tree->voids += lines.len == 0;
	while (lines.len > 0) {
		struct slice line = text_take_line(&lines);

		if (spf_is_record(line) && n++ == 0)
			spf_read(a, line, r);
	}
	r->found = n == 0 ? SPF_NONE : n == 1 ? SPF_FOUND : SPF_SEVERAL;
	if (n != 1)
		r->n = r->own = r->all = 0;
}

static bool is_above(const struct spf_tree *tree, size_t at, struct slice name)
{
	for (;; at = tree->record[at].parent) {
		if (slice_eq(tree->record[at].name, name))
			return true;
		if (tree->record[at].depth == 0)
			return false;
	}
}

static void look_up(struct arena *a, const struct lint_dns *dns, struct spf_tree *tree, struct spf_record *r)
{
	struct lint_answer answer;

	if (is_above(tree, r->parent, r->name)) {
		r->found = SPF_LOOP;
		return;
	}
	if (r->depth > LIMIT_SPF_DEPTH) {
		r->found = SPF_TOO_DEEP;
		tree->at_least = true;
		return;
	}
	answer = lint_ask(dns, a, r->name);
	if (answer.state == LINT_KNOWN) {
		take_lines(a, tree, r, answer.lines);
		return;
	}
	r->found = answer.state == LINT_NOT_ASKED ? SPF_NOT_ASKED : SPF_NO_ANSWER;
	r->trouble = answer.trouble;
	tree->at_least = true;
}

/* Each record's own, in order, right behind it. Recursion is as deep as the tree. */
static void follow(struct arena *a, const struct lint_dns *dns, struct spf_tree *tree, size_t at)
{
	struct spf_record *r = &tree->record[at];

	r->lookups = r->own;
	for (size_t i = 0; i < r->n; i++) {
		size_t below = tree->n;

		if (r->terms[i].next.ptr == NULL || !is_reached(r, i)) {
			tree->at_least = tree->at_least || (r->terms[i].macro && is_reached(r, i) && r->terms[i].kind != SPF_EXISTS);
			continue;
		}
		if (tree->n == LIMIT_SPF_RECORDS) {
			tree->at_least = true;
			return;
		}
		tree->record[tree->n++] = (struct spf_record){ .name = r->terms[i].next, .parent = at, .term = i, .depth = r->depth + 1 };
		look_up(a, dns, tree, &tree->record[below]);
		follow(a, dns, tree, below);
		r->lookups += tree->record[below].lookups;
	}
}

void spf_follow(struct arena *a, const struct lint_dns *dns, struct slice domain, struct slice lines, struct spf_tree *out)
{
	struct spf_tree tree = { .n = 1 };

	tree.record = arena_array(a, LIMIT_SPF_RECORDS, sizeof *tree.record);
	tree.record[0].name = domain;
	take_lines(a, &tree, &tree.record[0], lines);
	tree.voids = 0; /* of the first name it does not count */
	follow(a, dns, &tree, 0);
	tree.lookups = tree.record[0].lookups;
	*out = tree;
}
