/* config_read: see config_read.h. Nothing stops at the first error: each is kept with its line, and all are told in the
 * order of the file. Neighbours: config.c has the file and the table of blocks, config_*.c the larger ones. */
#include "daemon/config_read.h"

#include "base/buf.h"
#include "base/log.h"
#include "base/text.h"
#include "daemon/endpoint.h"
#include "schema/domain.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { QUOTED_BYTES = 1024, WORD_BYTES = 32 };

struct problem {
	int line; /* 0: of the file as a whole */
	const char *text;
	struct problem *next;
};

struct named {
	struct slice name;
	int line;
	struct named *next;
};

/* --- what is wrong --- */

void problem_add(struct reading *r, int line, const char *format, ...)
{
	struct problem *p = arena_alloc(r->arena, sizeof *p), **at = &r->problems;
	char text[QUOTED_BYTES * 2];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	p->line = line;
	p->text = line > 0 ? arena_printf(r->arena, "%s:%d: %s", r->path, line, text)
			   : arena_printf(r->arena, "%s: %s", r->path, text);
	if (r->last != NULL && line >= r->last->line)
		at = &r->last->next;
	while (*at != NULL && (*at)->line <= line)
		at = &(*at)->next;
	p->next = *at;
	*at = p;
	if (p->next == NULL)
		r->last = p;
}

int problems_tell(const struct reading *r, void (*complain)(const char *line), struct err *err)
{
	for (const struct problem *p = r->problems; p != NULL && complain != NULL; p = p->next)
		complain(p->text);
	return r->problems != NULL ? err_set(err, ERR_USE, "%s", r->problems->text) : 0;
}

const char *problem_text(struct reading *r, const char *text)
{
	struct buf b;
	const char *copy;

	buf_init(&b, QUOTED_BYTES);
	log_quote(&b, slice_of(text));
	copy = arena_copy(r->arena, buf_slice(&b).ptr, b.len);
	buf_release(&b);
	return copy;
}

int setting_line(const config_setting_t *s)
{
	return (int)config_setting_source_line(s);
}

int setting_key_line(const config_setting_t *s, const char *name)
{
	const config_setting_t *member = config_setting_get_member(s, name);

	return setting_line(member != NULL ? member : s);
}

static const char *type_name(const config_setting_t *s)
{
	switch (config_setting_type(s)) {
	case CONFIG_TYPE_GROUP:
		return "a block";
	case CONFIG_TYPE_INT:
	case CONFIG_TYPE_INT64:
		return "a whole number";
	case CONFIG_TYPE_FLOAT:
		return "a fraction";
	case CONFIG_TYPE_STRING:
		return "text";
	case CONFIG_TYPE_BOOL:
		return "true or false";
	default:
		return "a list";
	}
}

void problem_type(struct reading *r, const struct key *key, const config_setting_t *s, const char *wanted)
{
	problem_add(r, setting_line(s), "%s%s%s must be %s, not %s", key->of != NULL ? key->of : "",
		    key->of != NULL ? "." : "", key->name, wanted, type_name(s));
}

/* --- did you mean --- */

static int least(int a, int b)
{
	return a < b ? a : b;
}

/* Letters to add, drop, change or swap with the next to make `a` of `b`; many for words too long to matter. */
static int edit_distance(const char *a, const char *b)
{
	int row[3][WORD_BYTES + 1], n = (int)strnlen(b, WORD_BYTES + 1), m = (int)strnlen(a, WORD_BYTES + 1);

	if (n > WORD_BYTES || m > WORD_BYTES)
		return WORD_BYTES;
	for (int j = 0; j <= n; j++)
		row[0][j] = j;
	for (int i = 1; i <= m; i++) {
		int *now = row[i % 3], *before = row[(i + 2) % 3], *two_before = row[(i + 1) % 3];

		now[0] = i;
		for (int j = 1; j <= n; j++) {
			now[j] = least(least(before[j], now[j - 1]) + 1, before[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				now[j] = least(now[j], two_before[j - 2] + 1);
		}
	}
	return row[m % 3][n];
}

/* The nearest word so far: `word` if it is nearer to `written` than `best`, and near enough to be meant. */
static const char *nearer(const char *written, const char *word, const char *best)
{
	int d = edit_distance(written, word);

	if (d > 2 || d * 2 > (int)strlen(word) || (best != NULL && d >= edit_distance(written, best)))
		return best;
	return word;
}

static const char *did_you_mean(struct reading *r, const char *best)
{
	return best != NULL ? arena_printf(r->arena, ": did you mean \"%s\"?", best) : "";
}

/* Whether `key` names the file of the secret `name`: "token_file" of "token", and of "refresh_token". */
static bool is_file_of(const char *key, const char *name)
{
	const char *file = strstr(key, "_file");
	struct slice stem = { key, file != NULL ? (size_t)(file - key) : 0 }, of = slice_of(name);

	return stem.len > 0 && (text_find_nocase(stem, of) != NULL || text_find_nocase(of, stem) != NULL);
}

/* The key that whoever wrote a secret into the file should have used; NULL where it is no secret. */
static const char *secret_file(const struct keys *keys, const char *name)
{
	static const char *const secrets[] = { "password", "secret", "client_secret", "token", "refresh_token" };

	for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++)
		for (size_t k = 0; k < keys->n && strcmp(name, secrets[i]) == 0; k++)
			if (is_file_of(keys->key[k].name, name))
				return keys->key[k].name;
	return NULL;
}

static void unknown_key(struct reading *r, const struct keys *keys, const config_setting_t *s)
{
	const char *name = config_setting_name(s), *file = secret_file(keys, name), *best = NULL;

	for (size_t i = 0; i < keys->n; i++)
		best = nearer(name, keys->key[i].name, best);
	if (file != NULL)
		problem_add(r, setting_line(s), "unknown key \"%s\" in %s: secrets are named by file: use %s", name,
			    keys->name, file);
	else
		problem_add(r, setting_line(s), "unknown key \"%s\"%s%s%s", problem_text(r, name),
			    keys->name != NULL ? " in " : "", keys->name != NULL ? keys->name : "",
			    did_you_mean(r, best));
}

/* --- values --- */

static bool is_printable(struct slice s)
{
	while (s.len > 0) {
		size_t n = text_utf8_length(s);

		if (n == 0 || text_is_control(s.ptr, n))
			return false;
		s.ptr += n;
		s.len -= n;
	}
	return true;
}

struct slice value_text(struct reading *r, const struct key *key, const config_setting_t *s)
{
	struct slice none = { 0 }, text;

	if (config_setting_type(s) != CONFIG_TYPE_STRING) {
		problem_type(r, key, s, "text");
		return none;
	}
	text = text_trim(slice_of(config_setting_get_string(s)));
	if (text.len == 0)
		problem_add(r, setting_line(s), "%s.%s is empty", key->of, key->name);
	else if (!is_printable(text))
		problem_add(r, setting_line(s), "%s.%s is not plain UTF-8 text", key->of, key->name);
	else
		return (struct slice){ arena_copy(r->arena, text.ptr, text.len), text.len };
	return none;
}

void read_text(struct reading *r, const struct key *key, const config_setting_t *s, void *to)
{
	struct slice text = value_text(r, key, s);

	if (text.ptr != NULL)
		*(struct slice *)to = text;
}

void read_string(struct reading *r, const struct key *key, const config_setting_t *s, void *to)
{
	struct slice text = value_text(r, key, s);

	if (text.ptr != NULL)
		*(const char **)to = text.ptr;
}

void read_flag(struct reading *r, const struct key *key, const config_setting_t *s, void *to)
{
	if (config_setting_type(s) != CONFIG_TYPE_BOOL)
		problem_type(r, key, s, "true or false");
	else
		*(bool *)to = config_setting_get_bool(s) == CONFIG_TRUE;
}

bool value_number(struct reading *r, const struct key *key, const config_setting_t *s, const char *range, int64_t *n)
{
	int type = config_setting_type(s);
	int64_t found;

	if (type != CONFIG_TYPE_INT && type != CONFIG_TYPE_INT64) {
		problem_type(r, key, s, "a whole number");
		return false;
	}
	found = type == CONFIG_TYPE_INT ? config_setting_get_int(s) : config_setting_get_int64(s);
	if (found < key->least || found > key->most) {
		problem_add(r, setting_line(s), "%s.%s is %lld: it must be %s", key->of, key->name, (long long)found,
			    range);
		return false;
	}
	*n = found;
	return true;
}

void read_number(struct reading *r, const struct key *key, const config_setting_t *s, void *to)
{
	const char *range = arena_printf(r->arena, "from %lld to %lld", (long long)key->least, (long long)key->most);

	value_number(r, key, s, range, to);
}

/* "a, b, c". */
static const char *all_words(struct reading *r, const char *const *words)
{
	const char *all = words[0];

	for (int i = 1; words[i] != NULL; i++)
		all = arena_printf(r->arena, "%s, %s", all, words[i]);
	return all;
}

int value_word(struct reading *r, const struct key *key, const config_setting_t *s, const char *const *words)
{
	struct slice word = value_text(r, key, s);
	const char *best = NULL;

	if (word.ptr == NULL)
		return -1;
	for (int i = 0; words[i] != NULL; i++) {
		if (slice_is(word, words[i]))
			return i;
		best = nearer(word.ptr, words[i], best);
	}
	problem_add(r, setting_line(s), "%s.%s \"%s\" is not one of %s%s", key->of, key->name,
		    problem_text(r, word.ptr), all_words(r, words), did_you_mean(r, best));
	return -1;
}

void read_word(struct reading *r, const struct key *key, const config_setting_t *s, void *to)
{
	int word = value_word(r, key, s, key->words);

	if (word >= 0)
		*(unsigned *)to = (unsigned)word;
}

static bool is_item(const struct key *key, const config_setting_t *s)
{
	int type = config_setting_type(s);

	return type == CONFIG_TYPE_STRING || (key->most > 0 && (type == CONFIG_TYPE_INT || type == CONFIG_TYPE_INT64));
}

/* An item of a list: text; also a whole number, as text, where the key takes one. */
static struct slice item_value(struct reading *r, const struct key *key, const config_setting_t *s)
{
	if (!is_item(key, s) || config_setting_type(s) == CONFIG_TYPE_STRING)
		return value_text(r, key, s);
	return slice_of(arena_printf(r->arena, "%lld", config_setting_get_int64(s)));
}

size_t value_strings(struct reading *r, const struct key *key, const config_setting_t *s,
		     bool (*each)(struct reading *r, const struct key *key, const config_setting_t *s,
				  struct slice text, void *item),
		     size_t item_bytes, void *items_out)
{
	bool alone = is_item(key, s);
	size_t length = alone ? 1 : (size_t)config_setting_length(s), n = 0;
	char *items = arena_array(r->arena, length + 1, item_bytes);

	if (!alone && config_setting_is_array(s) != CONFIG_TRUE && config_setting_is_list(s) != CONFIG_TRUE) {
		problem_type(r, key, s, "text or a list of texts");
		return 0;
	}
	for (size_t i = 0; i < length; i++) {
		const config_setting_t *elem = alone ? s : config_setting_get_elem(s, (unsigned)i);
		struct slice text = item_value(r, key, elem);

		if (text.ptr != NULL && each(r, key, elem, text, items + n * item_bytes))
			n++;
	}
	memcpy(items_out, &items, sizeof items);
	return n;
}

bool read_domain(struct reading *r, const struct key *key, const config_setting_t *s, struct slice text, void *item)
{
	struct slice name = domain_normal(r->arena, text);

	if (memchr(text.ptr, '@', text.len) != NULL || !endpoint_is_name(name)) {
		problem_add(r, setting_line(s), "%s.%s \"%s\" is no domain name", key->of, key->name,
			    problem_text(r, text.ptr));
		return false;
	}
	*(struct slice *)item = name;
	return true;
}

static bool read_argument(struct reading *r, const struct key *key, const config_setting_t *s, struct slice text,
			  void *item)
{
	*(const char **)item = text.ptr;
	return true;
}

void read_command(struct reading *r, const struct key *key, const config_setting_t *s, void *to)
{
	const char *const *words = NULL;
	bool listed = config_setting_is_array(s) == CONFIG_TRUE || config_setting_is_list(s) == CONFIG_TRUE;

	if (!listed)
		problem_type(r, key, s,
			     "a list of texts, [ \"/path/of/program\", \"argument\" ], for no shell reads it");
	else if (config_setting_length(s) == 0)
		problem_add(r, setting_line(s), "%s.%s is empty: name a program, or leave it out", key->of, key->name);
	else if (value_strings(r, key, s, read_argument, sizeof *words, &words) > 0 && words[0][0] != '/')
		problem_add(r, setting_line(s), "%s.%s starts \"%s\": name the program by its whole path, from \"/\"",
			    key->of, key->name, problem_text(r, words[0]));
	else
		*(const char *const **)to = words;
}

void read_https(struct reading *r, const struct key *key, const config_setting_t *s, void *to)
{
	struct slice text = value_text(r, key, s);
	struct endpoint_url url;

	if (text.ptr == NULL)
		return;
	if (!endpoint_url(text, &url) || (!slice_is(url.scheme, "https") && !slice_is(url.scheme, "http")))
		problem_add(r, setting_line(s), "%s.%s is no URL such as \"https://login.example/token\"", key->of,
			    key->name);
	else if (!slice_is(url.scheme, "https") && !endpoint_is_loopback(url.host))
		problem_add(r, setting_line(s),
			    "%s.%s must begin with https://: http:// is for a loopback address only", key->of,
			    key->name);
	else
		*(const char **)to = text.ptr;
}

/* --- blocks --- */

void read_keys(struct reading *r, const struct keys *keys, const config_setting_t *block, void *base)
{
	for (int i = 0; i < config_setting_length(block); i++) {
		const config_setting_t *s = config_setting_get_elem(block, (unsigned)i);
		size_t k = 0;

		while (k < keys->n && strcmp(keys->key[k].name, config_setting_name(s)) != 0)
			k++;
		if (k < keys->n)
			keys->key[k].read(r, &keys->key[k], s, (char *)base + keys->key[k].offset);
		else
			unknown_key(r, keys, s);
	}
}

void read_block(struct reading *r, const struct key *key, const config_setting_t *s, void *to)
{
	if (config_setting_is_group(s) != CONFIG_TRUE)
		problem_type(r, key, s, "a block { ... }");
	else
		read_keys(r, key->keys, s, to);
}

struct entries read_entries(struct reading *r, const struct key *key, const config_setting_t *s, size_t item_bytes,
			    void (*each)(struct reading *r, const struct key *key, const config_setting_t *s,
					 void *item))
{
	struct entries none = { 0 };
	size_t length = (size_t)config_setting_length(s);
	char *items = arena_array(r->arena, length + 1, item_bytes);

	if (config_setting_is_list(s) != CONFIG_TRUE) {
		problem_type(r, key, s, "a list of blocks ( { ... }, ... )");
		return none;
	}
	if (key->most > 0 && length > (size_t)key->most)
		problem_add(r, setting_line(s), "%s has %zu entries: %lld at most", key->name, length,
			    (long long)key->most);
	for (size_t i = 0; i < length; i++) {
		const config_setting_t *elem = config_setting_get_elem(s, (unsigned)i);

		if (config_setting_is_group(elem) != CONFIG_TRUE)
			problem_add(r, setting_line(elem), "each entry of %s must be a block { ... }, not %s",
				    key->name, type_name(elem));
		else
			each(r, key, elem, items + i * item_bytes);
	}
	return (struct entries){ items, length };
}

void read_name(struct reading *r, const struct key *key, const config_setting_t *s, struct named **names,
	       const char *what)
{
	const config_setting_t *written = config_setting_get_member(s, "name");
	struct named *n = arena_alloc(r->arena, sizeof *n);

	if (written == NULL)
		problem_add(r, setting_line(s), "this entry of %s has no name", key->name);
	if (written == NULL || config_setting_type(written) != CONFIG_TYPE_STRING)
		return;
	n->name = text_copy(r->arena, text_trim(slice_of(config_setting_get_string(written))));
	n->line = setting_line(s);
	for (; n->name.len > 0 && *names != NULL; names = &(*names)->next)
		if (text_eq_nocase((*names)->name, n->name)) {
			problem_add(r, n->line, "duplicate %s name \"%s\": first on line %d", what,
				    problem_text(r, n->name.ptr), (*names)->line);
			return;
		}
	*names = n;
}

/* The place of the chosen word; -1 where it is none of them, which its own reader has told. */
static int chosen(const config_setting_t *s, const struct needs *needs)
{
	const config_setting_t *choice = config_setting_get_member(s, needs->choice);
	struct slice word = { 0 };

	if (config_setting_type(choice) == CONFIG_TYPE_STRING)
		word = text_trim(slice_of(config_setting_get_string(choice)));
	for (int i = 0; needs->words[i] != NULL; i++)
		if (slice_is(word, needs->words[i]))
			return i;
	return -1;
}

int check_needs(struct reading *r, const struct keys *keys, const config_setting_t *s, const struct needs *needs)
{
	int choice;

	if (!setting_has(s, needs->choice)) {
		problem_add(r, setting_line(s), "this entry of %s has no %s: it is one of %s", keys->name,
			    needs->choice, all_words(r, needs->words));
		return -1;
	}
	if ((choice = chosen(s, needs)) < 0)
		return -1;
	for (size_t i = 0; i < needs->n; i++) {
		const struct need *need = &needs->need[i];
		bool there = setting_has(s, need->key);

		if (there && need->of[choice] == '-')
			problem_add(r, setting_key_line(s, need->key), "%s.%s has no meaning for %s = \"%s\"",
				    keys->name, need->key, needs->choice, needs->words[choice]);
		else if (!there && need->of[choice] == '!')
			problem_add(r, setting_line(s), "this entry of %s has no %s: %s = \"%s\" needs it", keys->name,
				    need->key, needs->choice, needs->words[choice]);
	}
	return choice;
}
