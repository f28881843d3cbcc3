/* config_mail: the blocks `mail`, where reports are fetched, and `oauth`, how a token to sign in with is had. */
#include "daemon/config_read.h"

#include "base/text.h"
#include "daemon/endpoint.h"
#include "schema/limits.h"

enum { POLL_S = 300, LEAST_POLL_S = 10, MOST_POLL_S = 86400, PORT_TLS = 993, PORT_PLAIN = 143, MOST_PORT = 65535 };

/* In the order of their enums, config.h. */
static const char *const types[] = { "imap", "maildir", "folder", NULL };
static const char *const afters[] = { "keep", "seen", "move", "delete", NULL };
static const char *const modes[] = { "implicit", "starttls", "none", NULL };
static const char *const flows[] = { "client_credentials", "refresh_token", "device_code",
				     "service_account",    "command",       NULL };

struct mail_entry {
	struct mail_source mail;
	int64_t port; /* 0: what the mode of TLS has */
	const char *oauth; /* the name of a block */
	int oauth_line;
};

/* --- mail --- */

static void read_host(struct reading *r, const struct key *key, const config_setting_t *s, void *to)
{
	struct slice text = value_text(r, key, s), host = text_lower(r->arena, text);

	if (text.ptr != NULL && !endpoint_is_host(host))
		problem_add(r, setting_line(s),
			    "%s.%s \"%s\" is no host name or address, such as \"imap.univ.example\"", key->of,
			    key->name, problem_text(r, text.ptr));
	else if (text.ptr != NULL)
		*(const char **)to = arena_copy(r->arena, host.ptr, host.len);
}

static void read_since(struct reading *r, const struct key *key, const config_setting_t *s, void *to)
{
	struct slice text = value_text(r, key, s);

	if (text.ptr != NULL && !text_parse_day(text, to))
		problem_add(r, setting_line(s), "%s.%s \"%s\" is no day such as \"2026-09-01\"", key->of, key->name,
			    problem_text(r, text.ptr));
}

static void read_folder_path(struct reading *r, const struct key *key, const config_setting_t *s, void *to)
{
	struct slice text = value_text(r, key, s);

	if (text.ptr != NULL && text.ptr[0] != '/')
		problem_add(r, setting_line(s), "%s.%s \"%s\" must be a whole path, from \"/\"", key->of, key->name,
			    problem_text(r, text.ptr));
	else if (text.ptr != NULL)
		*(const char **)to = text.ptr;
}

static void check_sign_in(struct reading *r, const config_setting_t *s)
{
	bool password = setting_has(s, "password_file"), oauth = setting_has(s, "oauth");

	if (!password && !oauth)
		problem_add(r, setting_line(s),
			    "this entry of mail has nothing to sign in with: it needs password_file or oauth");
	if (password && oauth)
		problem_add(r, setting_key_line(s, "oauth"),
			    "mail.oauth stands beside password_file: one of them must go");
}

static void check_tls(struct reading *r, const config_setting_t *s, struct mail_entry *e)
{
	struct mail_source *m = &e->mail;

	m->port = e->port > 0 ? (int)e->port : m->tls == TLS_IMPLICIT ? PORT_TLS : PORT_PLAIN;
	if (m->tls == TLS_NONE && m->host != NULL && !endpoint_is_loopback(slice_of(m->host)))
		problem_add(r, setting_key_line(s, "tls"),
			    "mail.tls \"none\" is for a loopback address only: to \"%s\" it must be \"implicit\" or "
			    "\"starttls\"",
			    problem_text(r, m->host));
}

/* A mail moved to where it came from would come again and again. */
static void check_elsewhere(struct reading *r, const config_setting_t *s, const char *key, const char *to,
			    const char *from)
{
	if (to != NULL && from != NULL && strcmp(to, from) == 0)
		problem_add(r, setting_key_line(s, key), "mail.%s is where the mails come from: name another place",
			    key);
}

/* Of files: a folder that is not named from the root lies in the source's own. */
static const char *place_in(struct reading *r, const struct mail_source *m, const char *place)
{
	if (m->type == SOURCE_IMAP || place[0] == '/' || m->path == NULL)
		return place;
	return arena_printf(r->arena, "%s/%s", m->path, place);
}

static void check_place(struct reading *r, const config_setting_t *s, struct mail_source *m, const char *key,
			const char *usual, const char **place)
{
	if (m->after != AFTER_MOVE && *place != NULL)
		problem_add(r, setting_key_line(s, key), "mail.%s has no meaning without after = \"move\"", key);
	if (m->after != AFTER_MOVE)
		return;
	if (*place == NULL && !setting_has(s, key) && m->type != SOURCE_MAILDIR)
		problem_add(r, setting_line(s), "this entry of mail has no %s: after = \"move\" needs it", key);
	if (*place == NULL && m->type == SOURCE_MAILDIR)
		*place = usual;
	if (*place != NULL)
		*place = place_in(r, m, *place);
	check_elsewhere(r, s, key, *place, m->type == SOURCE_IMAP ? m->folder : m->path);
}

static void check_after(struct reading *r, const config_setting_t *s, struct mail_source *m)
{
	check_place(r, s, m, "archive", ".Archive", &m->archive);
	check_place(r, s, m, "invalid", ".Invalid", &m->invalid);
	if (m->type == SOURCE_FOLDER && m->after == AFTER_SEEN)
		problem_add(r, setting_key_line(s, "after"),
			    "mail.after \"seen\" has no meaning for type = \"folder\": a file has "
			    "no such mark; keep, move or delete it");
}

static const struct need type_needs[] = {
	{ "host", "!--" }, { "port", "+--" },  { "tls", "+--" },           { "ca_file", "+--" },
	{ "user", "!--" }, { "oauth", "+--" }, { "password_file", "+--" }, { "folder", "+--" },
	{ "idle", "+--" }, { "since", "+--" }, { "path", "-!!" },
};

static void read_mail_entry(struct reading *r, const struct key *key, const config_setting_t *s, void *item)
{
	static const struct needs needs = { "type", types, type_needs, sizeof type_needs / sizeof *type_needs };
	struct mail_entry *e = item;
	struct mail_source *m = &e->mail;
	int type;

	*m = (struct mail_source){
		.poll_s = POLL_S, .folder = "INBOX", .idle = true, .oauth = -1, .since_day = INT64_MIN
	};
	read_keys(r, key->keys, s, e);
	read_name(r, key, s, &r->mail_names, "mail");
	if ((type = check_needs(r, key->keys, s, &needs)) < 0)
		return;
	check_after(r, s, m);
	if (type == SOURCE_IMAP) {
		e->oauth_line = setting_key_line(s, "oauth");
		check_sign_in(r, s);
		check_tls(r, s, e);
	}
}

void read_mail(struct reading *r, const struct key *key, const config_setting_t *s, void *to)
{
	r->mail = read_entries(r, key, s, sizeof(struct mail_entry), read_mail_entry);
}

static int oauth_named(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->oauth_count; i++)
		if (c->oauth[i].name != NULL && text_eq_nocase(slice_of(c->oauth[i].name), slice_of(name)))
			return (int)i;
	return -1;
}

void settle_mail(struct reading *r)
{
	const struct mail_entry *e = r->mail.item;
	struct mail_source *mail = arena_array(r->arena, r->mail.n, sizeof *mail);

	for (size_t i = 0; i < r->mail.n; i++) {
		mail[i] = e[i].mail;
		mail[i].oauth = e[i].oauth != NULL ? oauth_named(r->out, e[i].oauth) : -1;
		if (e[i].oauth != NULL && mail[i].oauth < 0)
			problem_add(r, e[i].oauth_line, "mail.oauth \"%s\" names no entry of oauth",
				    problem_text(r, e[i].oauth));
	}
	r->out->mail = mail;
	r->out->mail_count = r->mail.n;
}

/* --- oauth --- */

#define MICROSOFT "https://login.microsoftonline.com/%s/oauth2/v2.0/"
#define GOOGLE_TOKEN_URL "https://oauth2.googleapis.com/token"
#define GOOGLE_SCOPE "https://mail.google.com/"

/* It becomes part of a URL. */
static void read_tenant(struct reading *r, const struct key *key, const config_setting_t *s, void *to)
{
	struct slice text = value_text(r, key, s);

	if (text.ptr != NULL && !endpoint_is_name(text))
		problem_add(r, setting_line(s), "%s.%s \"%s\" is no directory (tenant) ID or domain name", key->of,
			    key->name, problem_text(r, text.ptr));
	else if (text.ptr != NULL)
		*(const char **)to = text.ptr;
}

/* What each flow needs, in the order of enum oauth_flow. */
static const struct need flow_needs[] = {
	{ "token_url", "++++-" },
	{ "device_url", "--+--" },
	{ "tenant", "+++--" },
	{ "client_id", "!!!--" },
	{ "client_secret_file", "+++--" },
	{ "certificate_file", "+----" },
	{ "key_file", "+--!-" },
	{ "scope", "++++-" },
	{ "subject", "---!-" },
	{ "token_file", "-!!--" },
	{ "ca_file", "++++-" },
	{ "command", "----!" },
};

static void check_proof(struct reading *r, const config_setting_t *s)
{
	bool secret = setting_has(s, "client_secret_file"), certificate = setting_has(s, "certificate_file");

	if (certificate != setting_has(s, "key_file"))
		problem_add(r, setting_key_line(s, certificate ? "certificate_file" : "key_file"),
			    "oauth.certificate_file and oauth.key_file go together: %s is missing",
			    certificate ? "key_file" : "certificate_file");
	else if (secret && certificate)
		problem_add(r, setting_key_line(s, "client_secret_file"),
			    "oauth.client_secret_file stands beside certificate_file: one of them must go");
	else if (!secret && !certificate)
		problem_add(
			r, setting_line(s),
			"this entry of oauth cannot prove who asks: it needs client_secret_file, or certificate_file "
			"and key_file");
}

static void check_token_urls(struct reading *r, const config_setting_t *s, enum oauth_flow flow)
{
	static const char *const urls[] = { "token_url", "device_url" };

	for (int i = 0; i < (flow == OAUTH_DEVICE_CODE ? 2 : 1); i++)
		if (!setting_has(s, "tenant") && !setting_has(s, urls[i]))
			problem_add(r, setting_line(s),
				    "this entry of oauth has no %s: it needs one, or the tenant if it is Microsoft's",
				    urls[i]);
}

static const char *microsoft_scope(enum oauth_flow flow)
{
	return flow == OAUTH_CLIENT_CREDENTIALS ? "https://outlook.office365.com/.default"
						: "https://outlook.office365.com/IMAP.AccessAsUser.All offline_access";
}

/* What is Microsoft's or Google's own need not be written. */
static void default_urls(struct reading *r, struct oauth_config *o)
{
	bool microsoft = o->tenant != NULL, google = o->flow == OAUTH_SERVICE_ACCOUNT;

	if (o->token_url == NULL && (microsoft || google))
		o->token_url = microsoft ? arena_printf(r->arena, MICROSOFT "token", o->tenant) : GOOGLE_TOKEN_URL;
	if (o->device_url == NULL && microsoft && o->flow == OAUTH_DEVICE_CODE)
		o->device_url = arena_printf(r->arena, MICROSOFT "devicecode", o->tenant);
	if (o->scope == NULL && (microsoft || google))
		o->scope = google ? GOOGLE_SCOPE : microsoft_scope(o->flow);
}

static void read_oauth_entry(struct reading *r, const struct key *key, const config_setting_t *s, void *item)
{
	static const struct needs needs = { "flow", flows, flow_needs, sizeof flow_needs / sizeof *flow_needs };
	struct oauth_config *o = item;
	int flow;

	read_keys(r, key->keys, s, o);
	read_name(r, key, s, &r->oauth_names, "oauth");
	if ((flow = check_needs(r, key->keys, s, &needs)) < 0)
		return;
	if (flow == OAUTH_CLIENT_CREDENTIALS)
		check_proof(r, s);
	if (flow <= OAUTH_DEVICE_CODE)
		check_token_urls(r, s, flow);
	default_urls(r, o);
}

void read_oauth(struct reading *r, const struct key *key, const config_setting_t *s, void *to)
{
	struct entries found = read_entries(r, key, s, sizeof(struct oauth_config), read_oauth_entry);

	r->out->oauth = found.item;
	r->out->oauth_count = found.n;
}

/* --- the tables --- */

#define IN(field) offsetof(struct mail_entry, field)
#define IN_OAUTH(field) offsetof(struct oauth_config, field)

static const struct key mail_table[] = {
	{ "name", read_string, IN(mail.name), 0, "mail", NULL },
	{ "type", read_word, IN(mail.type), 0, "mail", NULL, 0, types },
	{ "after", read_word, IN(mail.after), 0, "mail", NULL, 0, afters },
	{ "archive", read_string, IN(mail.archive), 0, "mail", NULL },
	{ "invalid", read_string, IN(mail.invalid), 0, "mail", NULL },
	{ "poll_s", read_number, IN(mail.poll_s), MOST_POLL_S, "mail", NULL, LEAST_POLL_S },
	{ "host", read_host, IN(mail.host), 0, "mail", NULL },
	{ "port", read_number, IN(port), MOST_PORT, "mail", NULL, 1 },
	{ "tls", read_word, IN(mail.tls), 0, "mail", NULL, 0, modes },
	{ "ca_file", read_string, IN(mail.ca_file), 0, "mail", NULL },
	{ "user", read_string, IN(mail.user), 0, "mail", NULL },
	{ "password_file", read_string, IN(mail.password_file), 0, "mail", NULL },
	{ "oauth", read_string, IN(oauth), 0, "mail", NULL },
	{ "folder", read_string, IN(mail.folder), 0, "mail", NULL },
	{ "idle", read_flag, IN(mail.idle), 0, "mail", NULL },
	{ "since", read_since, IN(mail.since_day), 0, "mail", NULL },
	{ "path", read_folder_path, IN(mail.path), 0, "mail", NULL },
};
static const struct key oauth_table[] = {
	{ "name", read_string, IN_OAUTH(name), 0, "oauth", NULL },
	{ "flow", read_word, IN_OAUTH(flow), 0, "oauth", NULL, 0, flows },
	{ "token_url", read_https, IN_OAUTH(token_url), 0, "oauth", NULL },
	{ "device_url", read_https, IN_OAUTH(device_url), 0, "oauth", NULL },
	{ "tenant", read_tenant, IN_OAUTH(tenant), 0, "oauth", NULL },
	{ "client_id", read_string, IN_OAUTH(client_id), 0, "oauth", NULL },
	{ "client_secret_file", read_string, IN_OAUTH(client_secret_file), 0, "oauth", NULL },
	{ "certificate_file", read_string, IN_OAUTH(certificate_file), 0, "oauth", NULL },
	{ "key_file", read_string, IN_OAUTH(key_file), 0, "oauth", NULL },
	{ "scope", read_string, IN_OAUTH(scope), 0, "oauth", NULL },
	{ "subject", read_string, IN_OAUTH(subject), 0, "oauth", NULL },
	{ "token_file", read_string, IN_OAUTH(token_file), 0, "oauth", NULL },
	{ "ca_file", read_string, IN_OAUTH(ca_file), 0, "oauth", NULL },
	{ "command", read_command, IN_OAUTH(command), 0, "oauth", NULL },
};

const struct keys mail_keys = { "mail", KEYS(mail_table) };
const struct keys oauth_keys = { "oauth", KEYS(oauth_table) };
