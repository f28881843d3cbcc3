/* config: ruad.conf, read with libconfig, held against a table of known keys (INTERFACE, Configuration). Every key has
 * a default. All errors are found in one run, each as "FILE:LINE: what, did you mean".
 * Neighbours: config_read.h has the machinery of config.c and its parts. */
#ifndef DAEMON_CONFIG_H
#define DAEMON_CONFIG_H
#include "base/arena.h"
#include "base/err.h"
#include "schema/access.h"
#include "schema/domain.h"
#include "schema/readiness.h"
#include "schema/retention.h"
#include "schema/source_rule.h"

#include <stdint.h>

enum source_type { SOURCE_IMAP, SOURCE_MAILDIR, SOURCE_FOLDER };
enum after { AFTER_KEEP, AFTER_SEEN, AFTER_MOVE, AFTER_DELETE }; /* what is done with a mail once it is stored */
enum tls_mode { TLS_IMPLICIT, TLS_STARTTLS, TLS_NONE }; /* none: to a loopback address only */

struct mail_source { /* mail = ( { name = "reports"; type = "imap"; ... }, ... ); NULL: not given */
	const char *name; /* once only */
	enum source_type type;
	enum after after;
	const char *archive, *invalid; /* after = "move", else NULL: a mailbox, or a whole path of the file system */
	int64_t poll_s;       /* looked into at least this often */
	/* imap */
	const char *host;
	int port;             /* 993, or 143 for starttls and none */
	enum tls_mode tls;
	const char *ca_file;  /* instead of the system's */
	const char *user, *password_file;
	int oauth;            /* place in config.oauth, or -1 */
	const char *folder;   /* "INBOX" */
	bool idle;
	int64_t since_day;    /* mails that arrived earlier are passed over; INT64_MIN: none are */
	/* maildir, folder */
	const char *path;
};

enum oauth_flow { OAUTH_CLIENT_CREDENTIALS, OAUTH_REFRESH_TOKEN, OAUTH_DEVICE_CODE, OAUTH_SERVICE_ACCOUNT, OAUTH_COMMAND };

struct oauth_config { /* oauth = ( { name = "exchange"; flow = "client_credentials"; ... }, ... ) */
	const char *name;
	enum oauth_flow flow;
	const char *token_url, *device_url; /* by default from `tenant`: Microsoft's; for a service account: Google's.
					       NULL where the flow has none */
	const char *tenant, *client_id, *client_secret_file;
	const char *certificate_file, *key_file; /* instead of a secret; for a service account, key_file is Google's JSON */
	const char *scope, *subject; /* scope: NULL: none is sent; subject: the mailbox that a service account acts for */
	const char *token_file; /* refresh_token and device_code: where the refresh token is; rewritten when it changes */
	const char *ca_file;
	const char *const *command;  /* argv, NULL at the end */
};

struct alert_mail { /* NULL url: no mail */
	const char *url; /* "smtp://host:587", "smtps://host:465" */
	const char *from, *user, *password_file, *ca_file;
	const char *const *to; /* NULL at the end */
	bool starttls; /* must be had; false for smtps:// and, to a loopback address only, where nobody asked for it */
};

struct alerts {
	struct alert_mail mail;
	const char *webhook_url, *webhook_secret_file, *webhook_ca_file; /* NULL url: none. Secret: sent as a bearer token */
	const char *const *command; /* argv, NULL at the end; NULL: none */
	int64_t source_quiet_h;   /* no report from a mail source for so long; 0: no such alert. Likewise: */
	int64_t reporter_quiet_days;
	int64_t unreadable_mails; /* refused in a day */
	int64_t failing_messages; /* untrusted messages a day of a source never seen failing before */
	bool wanted_quarantined, policy_changed;
	int digest_weekday;       /* 0 Sunday ... 6; -1 none */
	int digest_hour;          /* UTC */
};

/* Whether there is anyone to tell. */
static inline bool alerts_has_outlets(const struct alerts *a)
{
	return a->mail.url != NULL || a->webhook_url != NULL || a->command != NULL;
}

struct config {
	struct { /* database = { path = "/var/lib/ruad/ruad.db"; }; */
		const char *path;
		bool failure_reports; /* keep the fields of failure reports; they hold personal data */
	} database;
	struct { /* web = { listen = "127.0.0.1:8080"; hosts = [ "ruad.univ.example" ]; ... }; */
		const char *address;
		int port;
		const struct slice *hosts; /* names of the pages beside the address */
		size_t host_count;
		int64_t connections, connections_per_address;
		const char *tls_certificate, *tls_key; /* PEM files, both or none */
		const char *users_file;     /* who may sign in with a password; NULL: nobody */
		const char *proxy_header;   /* names who it is; NULL: none does */
		const struct network *proxy; /* peers that are believed */
		size_t proxies;
		enum access_role proxy_role; /* of a name that is not in users_file; ACCESS_NOBODY: it does not come in */
		bool scope_links;
		int64_t session_hours;
		const char *contact;        /* of the team, for those who see a scope */
	} web;
	struct { /* limits = { rows = 200000; mail_bytes = ...; part_bytes = ...; expanded_bytes = ...; }; lower only */
		int64_t mail_bytes, part_bytes, expanded_bytes, rows;
	} limits;
	struct retention retention; /* retention = { raw_days = 0; reject_days = 0; ... }; 0: for ever */
	struct { /* domains = { own = [ "univ.example" ]; suffix_list = "/path"; owners = ( { domain = "chem.univ.example"; owner = "..."; } ); }; */
		const struct slice *own; /* organisational domains whose reports are wanted; n == 0: any */
		size_t own_count;
		const char *suffix_list; /* NULL: the system's */
		struct domain_owners owners;
	} domains;
	/* sources = ( { name = "Mail relays"; kind = "ours"; owner = "..."; ip = [ "192.0.2.0/27" ]; dkim_domain = [];
	 * envelope = []; rdns = []; asn = [ 64500 ]; }, ... ); lists = ( { name = "LISTSERV"; software = "listserv"; owner; envelope = [ ... ]; ip;
	 * dkim_domain; rdns; asn }, ... ); lists are rules of kind list, behind the sources. */
	struct source_rules sources;
	const struct mail_source *mail;
	size_t mail_count;
	const struct oauth_config *oauth;
	size_t oauth_count;
	struct { /* dns = { lookups = true; servers = [ "127.0.0.1:53" ]; per_second = 50; asn_file; country_file; }; */
		bool lookups;
		const char *servers; /* "address:port,..." as c-ares takes them; NULL: the system's */
		int64_t per_second;
		const char *asn_file, *country_file; /* MaxMind DB files; NULL: none */
	} dns;
	struct alerts alerts;
	struct readiness_limits rollout; /* rollout = { days = 28; failing_own = 0.5; ... }; shares are written in percent */
};

/* Whether anybody has to sign in to see pages. */
bool config_signs_in(const struct config *c);
/* Whether pages may be served on that socket: on another than a loopback address nobody comes in without sign-in. 0, or -1 with
 * err, which says what to set. */
int config_may_listen(const struct config *c, int fd, struct err *err);

/* The defaults alone: what holds where there is no file. */
void config_defaults(struct config *out);

/* Reads `path` over the defaults. Text belongs to the arena. On errors returns -1, calls `complain` (which may be NULL)
 * once per error with a "FILE:LINE: ..." line, in the order of the file, and fills err (ERR_USE) with the first; `out`
 * is untouched then. (The name config_read is libconfig's own.) */
int config_load(struct arena *a, const char *path, struct config *out, void (*complain)(const char *line),
		struct err *err);

/* "127.0.0.1:8080", "[::1]:8080", ":8080" (loopback) into address and port (0: any free one); false for anything else.
 * The address is copied into the arena. */
bool config_listen(struct arena *a, struct slice text, const char **address, int *port);
#endif
