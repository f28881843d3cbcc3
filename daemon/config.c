/* config: see config.h. libconfig parses; here are the file, the smaller blocks and the table of all of them.
 * Neighbours: config_read.c has the machinery, config_rules.c, config_mail.c, config_web.c and config_alerts.c the larger blocks. */
#include "daemon/config_read.h"

#include "base/text.h"
#include "daemon/endpoint.h"
#include "schema/limits.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NUMBER_DIGITS = 9, MOST_ROLLOUT_DAYS = 366, MOST_SENDERS = 1000, MOST_PER_SECOND = 1000, MOST_SESSION_HOURS = 24 * 365, DNS_PORT = 53, MOST_CONNECTIONS = 800 /* of 1,024 descriptors */ };

/* --- values of the smaller blocks --- */

static void read_ceiling(struct reading *r, const struct key *key, const config_setting_t *s, void *to)
{
	const char *range =
		arena_printf(r->arena, "from 1 to %lld, for a ceiling may only be lowered", (long long)key->most);

	value_number(r, key, s, range, to);
}

static void read_days(struct reading *r, const struct key *key, const config_setting_t *s, void *to)
{
	const char *range = arena_printf(r->arena, "from 1 to %lld days, or 0 for ever", (long long)key->most);

	value_number(r, key, s, range, to);
}

static void read_listen(struct reading *r, const struct key *key, const config_setting_t *s, void *to)
{
	struct config *out = to;
	struct slice text = value_text(r, key, s);

	if (text.ptr != NULL && !config_listen(r->arena, text, &out->web.address, &out->web.port))
		problem_add(r, setting_line(s),
			    "%s.%s \"%s\" is no address and port, such as \"127.0.0.1:8080\" or \"[::1]:8080\"",
			    key->of, key->name, problem_text(r, text.ptr));
}

static void read_hosts(struct reading *r, const struct key *key, const config_setting_t *s, void *to)
{
	struct config *out = to;

	out->web.host_count = value_strings(r, key, s, read_domain, sizeof(struct slice), &out->web.hosts);
}

/* The block itself, and what its keys need of each other. */
static void read_web(struct reading *r, const struct key *key, const config_setting_t *s, void *to)
{
	static const char *const pair[] = { "tls_certificate", "tls_key" };

	read_block(r, key, s, to);
	for (int i = 0; i < 2 && config_setting_is_group(s) == CONFIG_TRUE; i++)
		if (setting_has(s, pair[i]) && !setting_has(s, pair[1 - i]))
			problem_add(r, setting_key_line(s, pair[i]), "web.%s stands alone: TLS needs web.%s, too", pair[i], pair[1 - i]);
}

static void read_own(struct reading *r, const struct key *key, const config_setting_t *s, void *to)
{
	struct config *out = to;

	out->domains.own_count = value_strings(r, key, s, read_domain, sizeof(struct slice), &out->domains.own);
}

static void read_owner_domain(struct reading *r, const struct key *key, const config_setting_t *s, void *to)
{
	struct slice text = value_text(r, key, s);

	if (text.ptr != NULL)
		read_domain(r, key, s, text, &((struct domain_owner *)to)->domain);
}

static void read_owner(struct reading *r, const struct key *key, const config_setting_t *s, void *item)
{
	static const char *const both[] = { "domain", "owner" };

	read_keys(r, key->keys, s, item);
	for (int i = 0; i < 2; i++)
		if (!setting_has(s, both[i]))
			problem_add(r, setting_line(s), "this entry of domains.owners has no %s", both[i]);
}

static void read_owners(struct reading *r, const struct key *key, const config_setting_t *s, void *to)
{
	struct entries owners = read_entries(r, key, s, sizeof(struct domain_owner), read_owner);

	((struct config *)to)->domains.owners = (struct domain_owners){ owners.item, owners.n };
}

/* A numeric address with a port, or without one, which is 53. */
static bool server_parse(struct reading *r, struct slice text, const char **out)
{
	unsigned char addr[16];
	const char *address;
	int port = DNS_PORT;
	bool bare = endpoint_is_host(text) && address_parse(text, addr);

	if (bare)
		address = arena_copy(r->arena, text.ptr, text.len);
	else if (text.ptr[0] == ':' || !config_listen(r->arena, text, &address, &port) || port == 0)
		return false;
	*out = arena_printf(r->arena, strchr(address, ':') != NULL ? "[%s]:%d" : "%s:%d", address, port);
	return true;
}

static bool read_server(struct reading *r, const struct key *key, const config_setting_t *s, struct slice text,
			void *item)
{
	if (server_parse(r, text, item))
		return true;
	problem_add(r, setting_line(s),
		    "%s.%s \"%s\" is no numeric address, such as \"127.0.0.1:53\" or \"2001:db8::53\"", key->of,
		    key->name, problem_text(r, text.ptr));
	return false;
}

static void read_servers(struct reading *r, const struct key *key, const config_setting_t *s, void *to)
{
	struct config *out = to;
	const char *const *server;
	size_t n = value_strings(r, key, s, read_server, sizeof *server, &server);

	for (size_t i = 0; i < n; i++)
		out->dns.servers = i == 0 ? server[i] : arena_printf(r->arena, "%s,%s", out->dns.servers, server[i]);
}

/* A percentage, into int64_t as hundredths of a percent. */
static void read_percent(struct reading *r, const struct key *key, const config_setting_t *s, void *to)
{
	int type = config_setting_type(s);
	double hundredths = type == CONFIG_TYPE_FLOAT ? config_setting_get_float(s) * READINESS_WHOLE / 100 : 0;
	int64_t whole;

	if (type != CONFIG_TYPE_FLOAT && type != CONFIG_TYPE_INT && type != CONFIG_TYPE_INT64)
		problem_type(r, key, s, "a percentage");
	else if (type != CONFIG_TYPE_FLOAT && value_number(r, key, s, "from 0 to 100", &whole))
		*(int64_t *)to = whole * READINESS_WHOLE / 100;
	else if (type == CONFIG_TYPE_FLOAT && hundredths >= 0 && hundredths <= READINESS_WHOLE && fabs(hundredths - round(hundredths)) < 1e-6)
		*(int64_t *)to = (int64_t)round(hundredths);
	else if (type == CONFIG_TYPE_FLOAT)
		problem_add(r, setting_line(s), "%s.%s must be from 0 to 100, with two digits behind the point at most", key->of, key->name);
}

/* --- the tables --- */

#define AT(field) offsetof(struct config, field)

static const struct key database_table[] = {
	{ "path", read_string, AT(database.path), 0, "database", NULL },
	{ "failure_reports", read_flag, AT(database.failure_reports), 0, "database", NULL },
};
static const struct key web_table[] = {
	{ "listen", read_listen, 0, 0, "web", NULL },
	{ "hosts", read_hosts, 0, 0, "web", NULL },
	{ "connections", read_number, AT(web.connections), MOST_CONNECTIONS, "web", NULL, 8 },
	{ "users_file", read_string, AT(web.users_file), 0, "web", NULL },
	{ "proxy_header", read_proxy_header, AT(web.proxy_header), 0, "web", NULL },
	{ "proxy_peers", read_proxy_peers, 0, 0, "web", NULL },
	{ "proxy_role", read_proxy_role, 0, 0, "web", NULL },
	{ "scope_links", read_flag, AT(web.scope_links), 0, "web", NULL },
	{ "session_hours", read_number, AT(web.session_hours), MOST_SESSION_HOURS, "web", NULL, 1 },
	{ "contact", read_string, AT(web.contact), 0, "web", NULL },
	{ "connections_per_address", read_number, AT(web.connections_per_address), MOST_CONNECTIONS, "web", NULL, 1 },
	{ "tls_certificate", read_string, AT(web.tls_certificate), 0, "web", NULL },
	{ "tls_key", read_string, AT(web.tls_key), 0, "web", NULL },
};
static const struct key limits_table[] = {
	{ "mail_bytes", read_ceiling, AT(limits.mail_bytes), LIMIT_MAIL_BYTES, "limits", NULL, 1 },
	{ "part_bytes", read_ceiling, AT(limits.part_bytes), LIMIT_PART_BYTES, "limits", NULL, 1 },
	{ "expanded_bytes", read_ceiling, AT(limits.expanded_bytes), LIMIT_EXPANDED_BYTES, "limits", NULL, 1 },
	{ "rows", read_ceiling, AT(limits.rows), LIMIT_ROWS, "limits", NULL, 1 },
};
static const struct key retention_table[] = {
	{ "raw_days", read_days, AT(retention.raw_days), LIMIT_RETENTION_DAYS, "retention", NULL },
	{ "reject_days", read_days, AT(retention.reject_days), LIMIT_RETENTION_DAYS, "retention", NULL },
	{ "report_days", read_days, AT(retention.report_days), LIMIT_RETENTION_DAYS, "retention", NULL },
	{ "tls_days", read_days, AT(retention.tls_days), LIMIT_RETENTION_DAYS, "retention", NULL },
	{ "failure_days", read_days, AT(retention.failure_days), LIMIT_RETENTION_DAYS, "retention", NULL },
};
static const struct key owner_table[] = {
	{ "domain", read_owner_domain, 0, 0, "domains.owners", NULL },
	{ "owner", read_text, offsetof(struct domain_owner, owner), 0, "domains.owners", NULL },
};
static const struct keys owner_keys = { "domains.owners", KEYS(owner_table) };
static const struct key domains_table[] = {
	{ "own", read_own, 0, 0, "domains", NULL },
	{ "suffix_list", read_string, AT(domains.suffix_list), 0, "domains", NULL },
	{ "owners", read_owners, 0, 0, "domains", &owner_keys },
};
static const struct key dns_table[] = {
	{ "lookups", read_flag, AT(dns.lookups), 0, "dns", NULL },
	{ "servers", read_servers, 0, 0, "dns", NULL },
	{ "per_second", read_number, AT(dns.per_second), MOST_PER_SECOND, "dns", NULL, 1 },
	{ "asn_file", read_string, AT(dns.asn_file), 0, "dns", NULL },
	{ "country_file", read_string, AT(dns.country_file), 0, "dns", NULL },
};
static const struct key rollout_table[] = {
	{ "days", read_number, AT(rollout.days), MOST_ROLLOUT_DAYS, "rollout", NULL, READINESS_LEAST_DAYS },
	{ "first_days", read_number, AT(rollout.first_days), MOST_ROLLOUT_DAYS, "rollout", NULL, READINESS_LEAST_DAYS },
	{ "rehearsal_days", read_number, AT(rollout.rehearsal_days), MOST_ROLLOUT_DAYS, "rollout", NULL, 1 },
	{ "incomplete", read_percent, AT(rollout.incomplete), 100, "rollout", NULL },
	{ "large_receivers", read_number, AT(rollout.large_receivers), RECEIVERS, "rollout", NULL, READINESS_LEAST_LARGE },
	{ "failing_own", read_percent, AT(rollout.failing_own), 100, "rollout", NULL },
	{ "unnamed_senders", read_number, AT(rollout.unnamed_senders), MOST_SENDERS, "rollout", NULL },
	{ "lists_rewritten", read_percent, AT(rollout.lists_rewritten), 100, "rollout", NULL },
	{ "signed_own", read_percent, AT(rollout.signed_own), 100, "rollout", NULL },
};

static const struct keys database_keys = { "database", KEYS(database_table) };
static const struct keys web_keys = { "web", KEYS(web_table) };
static const struct keys limits_keys = { "limits", KEYS(limits_table) };
static const struct keys retention_keys = { "retention", KEYS(retention_table) };
static const struct keys domains_keys = { "domains", KEYS(domains_table) };
static const struct keys dns_keys = { "dns", KEYS(dns_table) };
static const struct keys rollout_keys = { "rollout", KEYS(rollout_table) };

static const struct key root_table[] = {
	{ "database", read_block, 0, 0, NULL, &database_keys },
	{ "web", read_web, 0, 0, NULL, &web_keys },
	{ "limits", read_block, 0, 0, NULL, &limits_keys },
	{ "retention", read_block, 0, 0, NULL, &retention_keys },
	{ "domains", read_block, 0, 0, NULL, &domains_keys },
	{ "sources", read_sources, 0, 0, NULL, &source_keys },
	{ "lists", read_lists, 0, 0, NULL, &list_keys },
	{ "mail", read_mail, 0, LIMIT_SOURCES, NULL, &mail_keys },
	{ "oauth", read_oauth, 0, LIMIT_SOURCES, NULL, &oauth_keys },
	{ "dns", read_block, 0, 0, NULL, &dns_keys },
	{ "alerts", read_block, AT(alerts), 0, NULL, &alerts_keys },
	{ "rollout", read_block, 0, 0, NULL, &rollout_keys },
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
		problem_add(r, 0, "larger than %d bytes", LIMIT_CONFIG_BYTES);
		return NULL;
	}
	text = arena_alloc(scratch, room + 1);
	while (len < room && (got = read(fd, text + len, room - len)) > 0)
		len += (size_t)got;
	if (got < 0)
		problem_add(r, 0, "%s", strerror(errno));
	else if (len == room)
		problem_add(r, 0, "larger than %d bytes", LIMIT_CONFIG_BYTES);
	else if (strlen(text) != len)
		problem_add(r, 0, "holds a NUL byte: it is no text");
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
				problem_add(r, line, "a number of more than %d digits", NUMBER_DIGITS);
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
	problem_add(r, config_error_line(c), "%s", text != NULL ? text : "syntax error");
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

static void read_file(struct reading *r)
{
	int fd = open(r->path, O_RDONLY | O_CLOEXEC);
	struct arena scratch = { 0 };
	const char *text;

	if (fd < 0) {
		problem_add(r, 0, "%s", strerror(errno));
		return;
	}
	if ((text = file_text(r, &scratch, fd)) != NULL) {
		check_numbers(r, text);
		read_settings(r, text);
		settle_rules(r);
		settle_mail(r);
		settle_web(r);
	}
	close(fd);
	arena_release(&scratch);
}

void config_defaults(struct config *out)
{
	*out = (struct config){
		.database = { "/var/lib/ruad/ruad.db" },
		.web = { .address = "127.0.0.1", .port = 8080, .connections = 512, .connections_per_address = 128, .scope_links = true,
			 .session_hours = 12 },
		.limits = { LIMIT_MAIL_BYTES, LIMIT_PART_BYTES, LIMIT_EXPANDED_BYTES, LIMIT_ROWS },
		.dns = { .lookups = true, .per_second = 50 },
		.alerts = { .source_quiet_h = 36,
			    .reporter_quiet_days = 7,
			    .unreadable_mails = 10,
			    .failing_messages = 100,
			    .wanted_quarantined = true,
			    .policy_changed = true,
			    .digest_weekday = 1,
			    .digest_hour = 7 },
		.rollout = readiness_defaults,
	};
}

int config_load(struct arena *a, const char *path, struct config *out, void (*complain)(const char *line),
		struct err *err)
{
	struct config found;
	struct reading r = { .arena = a, .path = path, .out = &found };

	config_defaults(&found);
	read_file(&r);
	if (problems_tell(&r, complain, err) != 0)
		return -1;
	*out = found;
	return 0;
}

/* --- address and port --- */

bool config_listen(struct arena *a, struct slice text, const char **address, int *port)
{
	unsigned char parsed[16];
	struct slice host;
	const char *copy;
	int n;

	if (!endpoint_split(text, &host, &n) || (host.len > 0 && memchr(host.ptr, '\0', host.len) != NULL))
		return false;
	copy = host.len == 0 ? "127.0.0.1" : arena_copy(a, host.ptr, host.len);
	if (inet_pton(strchr(copy, ':') != NULL ? AF_INET6 : AF_INET, copy, parsed) != 1)
		return false;
	*address = copy;
	*port = n;
	return true;
}
