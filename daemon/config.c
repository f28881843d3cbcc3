/* config: see config.h. libconfig parses; the tables below say which keys exist, what each must be and where it lands.
 * Nothing stops at the first error: each is kept with its line, and all are told in the order of the file. */
#include "daemon/config.h"

#include "base/buf.h"
#include "base/log.h"
#include "base/text.h"
#include "schema/domain.h"
#include "schema/limits.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <libconfig.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { QUOTED_BYTES = 1024, WORD_BYTES = 32, NAME_BYTES = 253, LABEL_BYTES = 63, NUMBER_DIGITS = 9 };

struct problem {
	int line; /* 0: of the file as a whole */
	const char *text;
	struct problem *next;
};

struct rule_at {
	struct source_rule rule;
	int line;
	struct rule_at *next;
};

struct reading {
	struct arena *arena;
	const char *path;
	struct problem *first, *last;      /* by line */
	struct rule_at *sources, *lists;   /* in the order of the file */
	struct config *out;
};

struct key {
	const char *name;
	void (*read)(struct reading *r, const struct key *key, const config_setting_t *s, void *to);
	size_t offset;        /* from the block's own struct to where the value lands */
	int64_t most;         /* of a whole number; 0 where none is taken */
	const char *of;       /* the block it stands in, for messages */
	const struct keys *keys; /* of a block, or of each entry of a list of blocks */
};

struct keys {
	const char *name; /* NULL: the file itself */
	const struct key *key;
	size_t n;
};

/* --- telling what is wrong --- */

static void problem_insert(struct reading *r, struct problem *p)
{
	struct problem **at = &r->first;

	if (r->last != NULL && p->line >= r->last->line)
		at = &r->last->next;
	while (*at != NULL && (*at)->line <= p->line)
		at = &(*at)->next;
	p->next = *at;
	*at = p;
	if (p->next == NULL)
		r->last = p;
}

static void __attribute__((format(printf, 3, 4))) problem(struct reading *r, int line, const char *format, ...)
{
	struct problem *p = arena_alloc(r->arena, sizeof *p);
	char text[QUOTED_BYTES * 2];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	p->line = line;
	p->text = line > 0 ? arena_printf(r->arena, "%s:%d: %s", r->path, line, text) :
			     arena_printf(r->arena, "%s: %s", r->path, text);
	problem_insert(r, p);
}

/* Text of the file for a message: nothing in it may reach a terminal raw. */
static const char *quoted(struct reading *r, const char *text)
{
	struct buf b;
	const char *copy;

	buf_init(&b, QUOTED_BYTES);
	log_quote(&b, slice_of(text));
	copy = arena_copy(r->arena, buf_slice(&b).ptr, b.len);
	buf_release(&b);
	return copy;
}

static int line_of(const config_setting_t *s)
{
	return (int)config_setting_source_line(s);
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

static void wrong_type(struct reading *r, const struct key *key, const config_setting_t *s, const char *wanted)
{
	problem(r, line_of(s), "%s%s%s must be %s, not %s", key->of != NULL ? key->of : "", key->of != NULL ? "." : "",
		key->name, wanted, type_name(s));
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

static void unknown_key(struct reading *r, const struct keys *keys, const config_setting_t *s)
{
	const char *name = config_setting_name(s), *best = NULL;

	for (size_t i = 0; i < keys->n; i++)
		best = nearer(name, keys->key[i].name, best);
	problem(r, line_of(s), "unknown key \"%s\"%s%s%s", quoted(r, name), keys->name != NULL ? " in " : "",
		keys->name != NULL ? keys->name : "", did_you_mean(r, best));
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

/* A string with something in it, trimmed; NULL ptr after saying what is wrong with it. */
static struct slice text_value(struct reading *r, const struct key *key, const config_setting_t *s)
{
	struct slice none = { 0 }, text;

	if (config_setting_type(s) != CONFIG_TYPE_STRING) {
		wrong_type(r, key, s, "text");
		return none;
	}
	text = text_trim(slice_of(config_setting_get_string(s)));
	if (text.len == 0)
		problem(r, line_of(s), "%s.%s is empty", key->of, key->name);
	else if (!is_printable(text))
		problem(r, line_of(s), "%s.%s is not plain UTF-8 text", key->of, key->name);
	else
		return (struct slice){ arena_copy(r->arena, text.ptr, text.len), text.len };
	return none;
}

static void read_text(struct reading *r, const struct key *key, const config_setting_t *s, void *to)
{
	struct slice text = text_value(r, key, s);

	if (text.ptr != NULL)
		*(struct slice *)to = text;
}

static void read_path(struct reading *r, const struct key *key, const config_setting_t *s, void *to)
{
	struct slice text = text_value(r, key, s);

	if (text.ptr != NULL)
		*(const char **)to = text.ptr;
}

static void read_flag(struct reading *r, const struct key *key, const config_setting_t *s, void *to)
{
	if (config_setting_type(s) != CONFIG_TYPE_BOOL)
		wrong_type(r, key, s, "true or false");
	else
		*(bool *)to = config_setting_get_bool(s) == CONFIG_TRUE;
}

static void read_ceiling(struct reading *r, const struct key *key, const config_setting_t *s, void *to)
{
	int type = config_setting_type(s);
	int64_t n;

	if (type != CONFIG_TYPE_INT && type != CONFIG_TYPE_INT64) {
		wrong_type(r, key, s, "a whole number");
		return;
	}
	n = type == CONFIG_TYPE_INT ? config_setting_get_int(s) : config_setting_get_int64(s);
	if (n < 1 || n > key->most)
		problem(r, line_of(s), "%s.%s is %lld: it must be from 1 to %lld, for a ceiling may only be lowered",
			key->of, key->name, (long long)n, (long long)key->most);
	else
		*(int64_t *)to = n;
}

static void read_days(struct reading *r, const struct key *key, const config_setting_t *s, void *to)
{
	int type = config_setting_type(s);
	int64_t n = type == CONFIG_TYPE_INT64 ? config_setting_get_int64(s) : config_setting_get_int(s);

	if (type != CONFIG_TYPE_INT && type != CONFIG_TYPE_INT64)
		wrong_type(r, key, s, "a whole number");
	else if (n < 0 || n > key->most)
		problem(r, line_of(s), "%s.%s is %lld: it must be from 1 to %lld days, or 0 for ever", key->of, key->name,
			(long long)n, (long long)key->most);
	else
		*(int64_t *)to = n;
}

static void read_listen(struct reading *r, const struct key *key, const config_setting_t *s, void *to)
{
	struct config *out = to;
	struct slice text = text_value(r, key, s);

	if (text.ptr != NULL && !config_listen(r->arena, text, &out->web.address, &out->web.port))
		problem(r, line_of(s),
			"%s.%s \"%s\" is no address and port, such as \"127.0.0.1:8080\" or \"[::1]:8080\"", key->of,
			key->name, quoted(r, text.ptr));
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
		return text_value(r, key, s);
	return slice_of(arena_printf(r->arena, "%lld", config_setting_get_int64(s)));
}

/* The items of a list or array; one alone counts as a list of one. Calls `each` for every one of the right type. */
static size_t read_strings(struct reading *r, const struct key *key, const config_setting_t *s,
			   bool (*each)(struct reading *r, const struct key *key, const config_setting_t *s,
					struct slice text, void *item),
			   size_t item_bytes, void *items_out)
{
	bool alone = is_item(key, s);
	size_t length = alone ? 1 : (size_t)config_setting_length(s), n = 0;
	char *items = arena_array(r->arena, length + 1, item_bytes);

	if (!alone && config_setting_is_array(s) != CONFIG_TRUE && config_setting_is_list(s) != CONFIG_TRUE) {
		wrong_type(r, key, s, "text or a list of texts");
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

static bool is_host_name(struct slice s)
{
	size_t label = 0;

	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (c == '.' ? label == 0 || label > LABEL_BYTES :
			       !((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'))
			return false;
		label = c == '.' ? 0 : label + 1;
	}
	return label > 0 && label <= LABEL_BYTES && s.len <= NAME_BYTES;
}

static bool read_domain(struct reading *r, const struct key *key, const config_setting_t *s, struct slice text,
			void *item)
{
	struct slice name = domain_normal(r->arena, text);

	if (memchr(text.ptr, '@', text.len) != NULL || !is_host_name(name)) {
		problem(r, line_of(s), "%s.%s \"%s\" is no domain name", key->of, key->name, quoted(r, text.ptr));
		return false;
	}
	*(struct slice *)item = name;
	return true;
}

static bool read_network(struct reading *r, const struct key *key, const config_setting_t *s, struct slice text,
			 void *item)
{
	if (network_parse(text, item))
		return true;
	problem(r, line_of(s), "%s.%s \"%s\" is no address or network, such as \"192.0.2.7\" or \"2001:db8::/32\"",
		key->of, key->name, quoted(r, text.ptr));
	return false;
}

static bool read_as_number(struct reading *r, const struct key *key, const config_setting_t *s, struct slice text,
			   void *item)
{
	if (asn_parse(text, item))
		return true;
	problem(r, line_of(s), "%s.%s \"%s\" is no AS number, such as 64500 or \"AS64500\"", key->of, key->name,
		quoted(r, text.ptr));
	return false;
}

static void read_own(struct reading *r, const struct key *key, const config_setting_t *s, void *to)
{
	struct config *out = to;

	out->domains.own_count = read_strings(r, key, s, read_domain, sizeof(struct slice), &out->domains.own);
}

static void read_ip(struct reading *r, const struct key *key, const config_setting_t *s, void *to)
{
	struct source_rule *rule = to;

	rule->network_count = read_strings(r, key, s, read_network, sizeof(struct network), &rule->networks);
}

static void read_dkim_domain(struct reading *r, const struct key *key, const config_setting_t *s, void *to)
{
	struct source_rule *rule = to;

	rule->dkim_domain_count = read_strings(r, key, s, read_domain, sizeof(struct slice), &rule->dkim_domains);
}

static void read_envelope(struct reading *r, const struct key *key, const config_setting_t *s, void *to)
{
	struct source_rule *rule = to;

	rule->envelope_count = read_strings(r, key, s, read_domain, sizeof(struct slice), &rule->envelopes);
}

static void read_rdns(struct reading *r, const struct key *key, const config_setting_t *s, void *to)
{
	struct source_rule *rule = to;

	rule->rdns_count = read_strings(r, key, s, read_domain, sizeof(struct slice), &rule->rdns);
}

static void read_asn(struct reading *r, const struct key *key, const config_setting_t *s, void *to)
{
	struct source_rule *rule = to;

	rule->asn_count = read_strings(r, key, s, read_as_number, sizeof(uint32_t), &rule->asns);
}

static void read_kind(struct reading *r, const struct key *key, const config_setting_t *s, void *to)
{
	struct slice word = text_value(r, key, s);
	enum source_kind kind = source_kind_of(word);
	const char *best = NULL;

	if (word.ptr == NULL)
		return;
	if (kind < KINDS) {
		*(enum source_kind *)to = kind;
		return;
	}
	for (int k = 0; k < KINDS; k++)
		best = nearer(word.ptr, source_kind_name((enum source_kind)k), best);
	problem(r, line_of(s), "%s.%s \"%s\" is not one of ours, service, list, forwarder, unknown%s", key->of,
		key->name, quoted(r, word.ptr), did_you_mean(r, best));
}

/* For the person who reads the file: no figure depends on it, so only the word is checked. */
static void read_software(struct reading *r, const struct key *key, const config_setting_t *s, void *to)
{
	static const char *const words[] = { "listserv",      "mailman",       "sympa",
					     "google-groups", "microsoft-365", "other" };
	struct slice word = text_value(r, key, s);
	const char *best = NULL;

	(void)to;
	if (word.ptr == NULL)
		return;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (slice_is(word, words[i]))
			return;
		best = nearer(word.ptr, words[i], best);
	}
	problem(r, line_of(s),
		"%s.%s \"%s\" is not one of listserv, mailman, sympa, google-groups, microsoft-365, other%s", key->of,
		key->name, quoted(r, word.ptr), did_you_mean(r, best));
}

/* --- blocks --- */

static void read_keys(struct reading *r, const struct keys *keys, const config_setting_t *block, void *base)
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

static void read_block(struct reading *r, const struct key *key, const config_setting_t *s, void *to)
{
	if (config_setting_is_group(s) != CONFIG_TRUE)
		wrong_type(r, key, s, "a block { ... }");
	else
		read_keys(r, key->keys, s, to);
}

static bool has_pattern(const config_setting_t *s)
{
	static const char *const patterns[] = { "ip", "dkim_domain", "envelope", "rdns", "asn" };
	bool has = false;

	for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
		has = has || config_setting_get_member(s, patterns[i]) != NULL;
	return has;
}

static void read_rule(struct reading *r, const struct key *key, const config_setting_t *s, struct source_rule *rule)
{
	if (config_setting_is_group(s) != CONFIG_TRUE) {
		problem(r, line_of(s), "each entry of %s must be a block { ... }, not %s", key->name, type_name(s));
		return;
	}
	read_keys(r, key->keys, s, rule);
	if (config_setting_get_member(s, "name") == NULL)
		problem(r, line_of(s), "this entry of %s has no name", key->name);
	if (!has_pattern(s))
		problem(r, line_of(s), "this entry of %s matches no mail: it needs ip, dkim_domain, envelope, rdns or asn",
			key->name);
}

static void read_rules(struct reading *r, const struct key *key, const config_setting_t *s, struct rule_at **list,
		       enum source_kind kind)
{
	if (config_setting_is_list(s) != CONFIG_TRUE) {
		wrong_type(r, key, s, "a list of blocks ( { ... }, ... )");
		return;
	}
	for (int i = 0; i < config_setting_length(s); i++) {
		const config_setting_t *elem = config_setting_get_elem(s, (unsigned)i);
		struct rule_at *at = arena_alloc(r->arena, sizeof *at);

		at->line = line_of(elem);
		at->rule.kind = kind;
		read_rule(r, key, elem, &at->rule);
		*list = at;
		list = &at->next;
	}
}

static void read_sources(struct reading *r, const struct key *key, const config_setting_t *s, void *to)
{
	(void)to;
	read_rules(r, key, s, &r->sources, KIND_UNKNOWN);
}

static void read_lists(struct reading *r, const struct key *key, const config_setting_t *s, void *to)
{
	(void)to;
	read_rules(r, key, s, &r->lists, KIND_LIST);
}

/* --- the tables: every key there is --- */

#define AT(field) offsetof(struct config, field)
#define IN_RULE(field) offsetof(struct source_rule, field)
#define KEYS(table) (table), sizeof(table) / sizeof *(table)

static const struct key database_table[] = {
	{ "path", read_path, AT(database.path), 0, "database", NULL },
	{ "failure_reports", read_flag, AT(database.failure_reports), 0, "database", NULL },
};
static const struct key web_table[] = {
	{ "listen", read_listen, 0, 0, "web", NULL },
};
static const struct key limits_table[] = {
	{ "mail_bytes", read_ceiling, AT(limits.mail_bytes), LIMIT_MAIL_BYTES, "limits", NULL },
	{ "part_bytes", read_ceiling, AT(limits.part_bytes), LIMIT_PART_BYTES, "limits", NULL },
	{ "expanded_bytes", read_ceiling, AT(limits.expanded_bytes), LIMIT_EXPANDED_BYTES, "limits", NULL },
	{ "rows", read_ceiling, AT(limits.rows), LIMIT_ROWS, "limits", NULL },
};
static const struct key retention_table[] = {
	{ "raw_days", read_days, AT(retention.raw_days), LIMIT_RETENTION_DAYS, "retention", NULL },
	{ "reject_days", read_days, AT(retention.reject_days), LIMIT_RETENTION_DAYS, "retention", NULL },
	{ "report_days", read_days, AT(retention.report_days), LIMIT_RETENTION_DAYS, "retention", NULL },
	{ "tls_days", read_days, AT(retention.tls_days), LIMIT_RETENTION_DAYS, "retention", NULL },
	{ "failure_days", read_days, AT(retention.failure_days), LIMIT_RETENTION_DAYS, "retention", NULL },
};
static const struct key domains_table[] = {
	{ "own", read_own, 0, 0, "domains", NULL },
	{ "suffix_list", read_path, AT(domains.suffix_list), 0, "domains", NULL },
};
static const struct key source_table[] = {
	{ "name", read_text, IN_RULE(name), 0, "sources", NULL },
	{ "kind", read_kind, IN_RULE(kind), 0, "sources", NULL },
	{ "owner", read_text, IN_RULE(owner), 0, "sources", NULL },
	{ "ip", read_ip, 0, 0, "sources", NULL },
	{ "dkim_domain", read_dkim_domain, 0, 0, "sources", NULL },
	{ "envelope", read_envelope, 0, 0, "sources", NULL },
	{ "rdns", read_rdns, 0, 0, "sources", NULL },
	{ "asn", read_asn, 0, UINT32_MAX, "sources", NULL },
};
static const struct key list_table[] = {
	{ "name", read_text, IN_RULE(name), 0, "lists", NULL },
	{ "software", read_software, 0, 0, "lists", NULL },
	{ "owner", read_text, IN_RULE(owner), 0, "lists", NULL },
	{ "ip", read_ip, 0, 0, "lists", NULL },
	{ "dkim_domain", read_dkim_domain, 0, 0, "lists", NULL },
	{ "envelope", read_envelope, 0, 0, "lists", NULL },
	{ "rdns", read_rdns, 0, 0, "lists", NULL },
	{ "asn", read_asn, 0, UINT32_MAX, "lists", NULL },
};

static const struct keys database_keys = { "database", KEYS(database_table) };
static const struct keys web_keys = { "web", KEYS(web_table) };
static const struct keys limits_keys = { "limits", KEYS(limits_table) };
static const struct keys retention_keys = { "retention", KEYS(retention_table) };
static const struct keys domains_keys = { "domains", KEYS(domains_table) };
static const struct keys source_keys = { "sources", KEYS(source_table) };
static const struct keys list_keys = { "lists", KEYS(list_table) };

static const struct key root_table[] = {
	{ "database", read_block, 0, 0, NULL, &database_keys }, { "web", read_block, 0, 0, NULL, &web_keys },
	{ "limits", read_block, 0, 0, NULL, &limits_keys },	{ "retention", read_block, 0, 0, NULL, &retention_keys },
	{ "domains", read_block, 0, 0, NULL, &domains_keys },
	{ "sources", read_sources, 0, 0, NULL, &source_keys },	{ "lists", read_lists, 0, 0, NULL, &list_keys },
};
static const struct keys root_keys = { NULL, KEYS(root_table) };

/* --- the file --- */

/* The text of the file with a NUL behind it; NULL after saying why not. A file over the ceiling is not read. */
static const char *file_text(struct reading *r, struct arena *scratch, int fd)
{
	const size_t room = LIMIT_CONFIG_BYTES + 1; /* one more than fits: a pipe that goes on is seen */
	struct stat st;
	size_t len = 0;
	ssize_t got = 0;
	char *text;

	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > LIMIT_CONFIG_BYTES) {
		problem(r, 0, "larger than %d bytes", LIMIT_CONFIG_BYTES);
		return NULL;
	}
	text = arena_alloc(scratch, room + 1);
	while (len < room && (got = read(fd, text + len, room - len)) > 0)
		len += (size_t)got;
	if (got < 0)
		problem(r, 0, "%s", strerror(errno));
	else if (len == room)
		problem(r, 0, "larger than %d bytes", LIMIT_CONFIG_BYTES);
	else if (strlen(text) != len)
		problem(r, 0, "holds a NUL byte: it is no text");
	else
		return text;
	return NULL;
}

/* Behind a string that starts at `p`, or behind a comment there; `p` itself where neither starts. */
static const char *skip_quiet(const char *p)
{
	const char *end;

	if (*p == '"') {
		for (p++; *p != '\0' && *p != '"'; p++)
			if (*p == '\\' && p[1] != '\0')
				p++;
		return *p != '\0' ? p + 1 : p;
	}
	if (*p == '#' || (*p == '/' && p[1] == '/'))
		return p + strcspn(p, "\n");
	if (*p == '/' && p[1] == '*')
		return (end = strstr(p + 2, "*/")) != NULL ? end + 2 : p + strlen(p);
	return p;
}

/* libconfig 1.5 wraps a whole number over 32 bits without a word. No key needs more than nine digits. */
static void check_numbers(struct reading *r, const char *text)
{
	static const char word[] = "-_*.ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	int line = 1;

	for (const char *p = text, *end; *p != '\0'; p = end) {
		size_t n = strspn(p, word), sign = *p == '-', hex = 0;

		if ((end = skip_quiet(p)) == p)
			end = p + (n > 0 ? n : 1);
		if (n > sign && p[sign] >= '0' && p[sign] <= '9' && memchr(p, '.', n) == NULL) {
			hex = n > sign + 1 && (p[sign + 1] == 'x' || p[sign + 1] == 'X') ? 2 : 0;
			while (n > 0 && p[n - 1] == 'L')
				n--;
			if (n - sign - hex > NUMBER_DIGITS - (hex > 0 ? 2 : 0))
				problem(r, line, "a number of more than %d digits", NUMBER_DIGITS);
		}
		for (; p < end; p++)
			line += *p == '\n';
	}
}

static void syntax_problem(struct reading *r, const config_t *c)
{
	const char *text = config_error_text(c);

	if (text != NULL && strstr(text, "include") != NULL)
		text = "@include is not followed: ruad.conf is one file";
	problem(r, config_error_line(c), "%s", text != NULL ? text : "syntax error");
}

static void read_settings(struct reading *r, const char *text)
{
	config_t c;

	config_init(&c);
	/* 1.5 has no switch for @include, but puts this before every path: nothing can be opened below a device. */
	config_set_include_dir(&c, "/dev/null");
	if (config_read_string(&c, text) == CONFIG_TRUE)
		read_keys(r, &root_keys, config_root_setting(&c), r->out);
	else
		syntax_problem(r, &c);
	config_destroy(&c);
}

static const struct rule_at *rule_named(const struct rule_at *from, const struct rule_at *end, struct slice name)
{
	for (; from != end; from = from->next)
		if (from->rule.name.ptr != NULL && text_eq_nocase(from->rule.name, name))
			return from;
	return NULL;
}

static void check_names(struct reading *r)
{
	for (const struct rule_at *at = r->sources, *other; at != NULL; at = at->next)
		if (at->rule.name.ptr != NULL && (other = rule_named(r->sources, at, at->rule.name)) != NULL)
			problem(r, at->line, "duplicate source name \"%s\": first on line %d", at->rule.name.ptr,
				other->line);
}

/* Lists stand behind the sources: the operator's own words come first. */
static void settle_rules(struct reading *r)
{
	struct rule_at **end = &r->sources;
	struct source_rule *rules;
	size_t n = 0;

	while (*end != NULL)
		end = &(*end)->next;
	*end = r->lists;
	check_names(r);
	for (const struct rule_at *at = r->sources; at != NULL; at = at->next)
		n++;
	rules = arena_array(r->arena, n, sizeof *rules);
	r->out->sources = (struct source_rules){ rules, n };
	for (const struct rule_at *at = r->sources; at != NULL; at = at->next)
		*rules++ = at->rule;
}

static void read_file(struct reading *r)
{
	int fd = open(r->path, O_RDONLY | O_CLOEXEC);
	struct arena scratch = { 0 };
	const char *text;

	if (fd < 0) {
		problem(r, 0, "%s", strerror(errno));
		return;
	}
	if ((text = file_text(r, &scratch, fd)) != NULL) {
		check_numbers(r, text);
		read_settings(r, text);
		settle_rules(r);
	}
	close(fd);
	arena_release(&scratch);
}

void config_defaults(struct config *out)
{
	*out = (struct config){
		.database = { "/var/lib/ruad/ruad.db" },
		.web = { "127.0.0.1", 8080 },
		.limits = { LIMIT_MAIL_BYTES, LIMIT_PART_BYTES, LIMIT_EXPANDED_BYTES, LIMIT_ROWS },
	};
}

int config_load(struct arena *a, const char *path, struct config *out, void (*complain)(const char *line),
		struct err *err)
{
	struct config found;
	struct reading r = { .arena = a, .path = path, .out = &found };

	config_defaults(&found);
	read_file(&r);
	if (r.first == NULL) {
		*out = found;
		return 0;
	}
	for (const struct problem *p = r.first; p != NULL && complain != NULL; p = p->next)
		complain(p->text);
	return err_set(err, ERR_USE, "%s", r.first->text);
}

/* --- address and port --- */

static bool port_of(struct slice text, int *port)
{
	int64_t n;

	if (text.len == 0 || text.ptr[0] < '0' || text.ptr[0] > '9' || !text_int(text, &n) || n > 65535)
		return false;
	*port = (int)n;
	return true;
}

bool config_listen(struct arena *a, struct slice text, const char **address, int *port)
{
	const char *colon = text.len > 0 ? memrchr(text.ptr, ':', text.len) : NULL;
	struct slice host = { text.ptr, colon != NULL ? (size_t)(colon - text.ptr) : 0 };
	unsigned char parsed[16];
	bool six = host.len >= 2 && host.ptr[0] == '[' && host.ptr[host.len - 1] == ']';
	const char *copy;
	int n;

	if (colon == NULL || !port_of((struct slice){ colon + 1, text.len - host.len - 1 }, &n))
		return false;
	if (six)
		host = (struct slice){ host.ptr + 1, host.len - 2 };
	if (memchr(host.ptr, '\0', host.len) != NULL)
		return false;
	copy = host.len == 0 && !six ? "127.0.0.1" : arena_copy(a, host.ptr, host.len);
	if (inet_pton(six ? AF_INET6 : AF_INET, copy, parsed) != 1)
		return false;
	*address = copy;
	*port = n;
	return true;
}
