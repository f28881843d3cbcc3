/* check_local: the half of check.h that looks at files and processes of this machine. */
#include "daemon/check.h"

#include "base/text.h"
#include "daemon/geo.h"
#include "daemon/intake.h"
#include "daemon/sandbox.h"
#include "daemon/secret.h"
#include "daemon/users.h"
#include "schema/limits.h"
#include "storage/raw.h"
#include "web/certificate.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

enum { DAY_SECONDS = 86400, OLD_LIST_DAYS = 365, RENEW_DAYS = 14, MB = 1000 * 1000 };

/* --- configuration --- */

void check_config(struct checks *k)
{
	const struct config *c = &k->command->config;
	const char *path = k->command->config_path;

	check_say(k, true, "configuration", "%s: own domains: %zu, source rules: %zu, mail sources: %zu%s",
		  path != NULL ? path : "there is none, the defaults hold", c->domains.own_count, c->sources.n, c->mail_count,
		  c->mail_count == 0 ? "; reports come by ruad import only" : "");
}

void check_suffixes(struct checks *k)
{
	const char *path = k->command->config.domains.suffix_list;
	int64_t days = ((int64_t)time(NULL) - suffixes_made_s(k->command->suffixes)) / DAY_SECONDS;

	if (days < OLD_LIST_DAYS)
		check_say(k, true, "suffix list", "%s: %lld days old", path != NULL ? path : "the system's", (long long)days);
	else
		check_say(k, true, "suffix list", "%s: %lld days old; a newer one from publicsuffix.org can be named with "
			  "domains.suffix_list", path != NULL ? path : "the system's", (long long)days);
}

/* --- database --- */

static const char *user_name(struct arena *a)
{
	const struct passwd *pw = getpwuid(geteuid());

	return pw != NULL ? arena_printf(a, "%s", pw->pw_name) : arena_printf(a, "user %d", (int)geteuid());
}

static bool may_write(const char *path)
{
	return faccessat(AT_FDCWD, path, R_OK | W_OK, AT_EACCESS) == 0;
}

/* Whether new files can be made in the folder that the database lies in; else said. */
static bool folder_is_well(struct checks *k, const char *folder)
{
	struct arena *a = k->command->arena;
	struct stat st;

	if (stat(folder, &st) != 0)
		check_say(k, false, "database", "%s: %s: make the folder, and give it to the user that ruad runs as", folder,
			  strerror(errno));
	else if (!may_write(folder))
		check_say(k, false, "database", "%s: %s may not write there: give the folder to the user that ruad runs as, and "
			  "run this check as that user", folder, user_name(a));
	else
		return true;
	return false;
}

static void check_free(struct checks *k, const char *folder)
{
	struct statvfs v;
	int64_t bytes;

	if (statvfs(folder, &v) != 0) {
		check_say(k, false, "disk", "%s: %s", folder, strerror(errno));
		return;
	}
	bytes = (int64_t)v.f_bavail * (int64_t)v.f_frsize;
	if (bytes < LIMIT_FREE_BYTES)
		check_say(k, false, "disk", "%s: only %lld MB free: make room, or nothing more can be taken in", folder,
			  (long long)(bytes / MB));
	else
		check_say(k, true, "disk", "%s: %lld MB free", folder, (long long)(bytes / MB));
}

void check_database(struct checks *k)
{
	struct arena *a = k->command->arena;
	const char *path = k->command->config.database.path, *folder = text_folder(a, path);
	struct store_state state;
	struct stat st;
	struct err err;

	if (!folder_is_well(k, folder))
		return;
	if (stat(path, &st) != 0 && errno == ENOENT)
		check_say(k, true, "database", "%s: is not there yet; it is made when ruad starts", path);
	else if (!may_write(path))
		check_say(k, false, "database", "%s: %s may not write it: give it to the user that ruad runs as, and run this "
			  "check as that user", path, user_name(a));
	else if (command_state(k->command, &state, &err) != 0)
		check_say(k, false, "database", "%s", err.text);
	else
		check_say(k, true, "database", "%s: %lld reports, %lld refused", path, (long long)state.reports,
			  (long long)state.rejects);
	check_free(k, folder);
}

void check_raw(struct checks *k)
{
	char path[RAW_PATH_BYTES];
	struct raw *raw;
	struct stat st;
	struct err err;

	if (raw_path(k->command->config.database.path, path, &err) != 0) {
		check_say(k, false, "raw file", "%s", err.text);
	} else if (stat(path, &st) != 0) {
		check_say(k, true, "raw file", "%s: is not there yet; it is made with the first mail", path);
	} else if (!may_write(path)) {
		check_say(k, false, "raw file", "%s: %s may not write it: give it to the user that ruad runs as", path,
			  user_name(k->command->arena));
	} else if (raw_open(k->command->config.database.path, DB_READ, &raw, &err) != 0) {
		check_say(k, false, "raw file", "%s", err.text);
	} else {
		raw_close(raw);
		check_say(k, true, "raw file", "%s: %lld MB of mails and files as they came", path,
			  (long long)(st.st_size / MB));
	}
}

/* --- sandbox --- */

static int take_report(void *ctx, const struct intake_item *item, const struct report *r, struct err *err)
{
	return 0;
}

static int take_tls(void *ctx, const struct intake_item *item, const struct tls_report *r, struct err *err)
{
	return 0;
}

static int take_failure(void *ctx, const struct intake_item *item, const struct failure_report *r, struct err *err)
{
	return 0;
}

static int take_reject(void *ctx, const struct intake_item *item, const struct reject *r, struct err *err)
{
	return 0;
}

static int take_done(void *ctx, const struct intake_item *item, struct err *err)
{
	return 0;
}

/* The level that a parser has reached by the time it has read something. */
static int parser_level(const struct command *c, struct err *err)
{
	const struct message_limits limits = command_limits(&c->config);
	const struct intake_sink sink = { take_report, take_tls, take_failure, take_reject, take_done, NULL };
	struct intake *in = NULL;
	char *nothing = calloc(1, 1);
	int level = -1;

	if (nothing == NULL)
		return err_errno(err, "parse");
	if (intake_start(&limits, 1, &sink, &in, err) != 0)
		free(nothing);
	else if (intake_put(in, SLICE("check"), nothing, 1, true, err) == 0 && intake_finish(in, err) == 0)
		level = intake_sandbox_level(in);
	intake_free(in);
	return level;
}

void check_sandbox(struct checks *k)
{
	struct err err;
	int level = parser_level(k->command, &err);

	if (level < 0)
		check_say(k, false, "sandbox", "%s", err.text);
	else if (level == 0)
		check_say(k, true, "sandbox", "none: this build of ruad has no sandbox around what reads mail");
	else
		check_say(k, true, "sandbox", "%s%s", sandbox_name((unsigned)level),
			  (level & SANDBOX_LANDLOCK) == 0 ? "; this kernel has no Landlock, which newer ones have" : "");
}

/* --- network files --- */

void check_networks(struct checks *k)
{
	const char *asn = k->command->config.dns.asn_file, *country = k->command->config.dns.country_file;
	struct geo *g;

	if (asn == NULL && country == NULL)
		return;
	if ((g = geo_open(asn, country)) == NULL)
		check_say(k, false, "network files", "memory");
	else if (geo_trouble(g)[0] != '\0')
		check_say(k, false, "network files", "%s", geo_trouble(g));
	else
		check_say(k, true, "network files", "%s%s%s", asn != NULL ? asn : "", asn != NULL && country != NULL ? ", " : "",
			  country != NULL ? country : "");
	geo_close(g);
}

/* --- notices --- */

static bool secret_is_well(struct checks *k, const char *path)
{
	struct secret s = { 0 };
	struct err err;
	int rc;

	if (path == NULL)
		return true;
	if ((rc = secret_read(path, &s, &err)) != 0)
		check_say(k, false, "alerts", "%s", err.text);
	secret_wipe(&s);
	return rc == 0;
}

static bool file_is_well(struct checks *k, const char *path)
{
	if (path == NULL || faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) == 0)
		return true;
	check_say(k, false, "alerts", "%s: %s", path, strerror(errno));
	return false;
}

static bool command_is_well(struct checks *k, const char *const *command)
{
	if (command == NULL || faccessat(AT_FDCWD, command[0], X_OK, AT_EACCESS) == 0)
		return true;
	check_say(k, false, "alerts", "%s: %s: alerts.command must name a program by its whole path", command[0], strerror(errno));
	return false;
}

void check_alerts(struct checks *k)
{
	const struct alerts *al = &k->command->config.alerts;
	bool mail = al->mail.url != NULL, webhook = al->webhook_url != NULL, command = al->command != NULL;
	bool well = secret_is_well(k, al->mail.password_file);

	well = file_is_well(k, al->mail.ca_file) && well;
	well = secret_is_well(k, al->webhook_secret_file) && well;
	well = file_is_well(k, al->webhook_ca_file) && well;
	well = command_is_well(k, al->command) && well;
	if (!mail && !webhook && !command)
		check_say(k, true, "alerts", "none go out: the configuration names no way to tell anybody");
	else if (well)
		check_say(k, true, "alerts", "go out by %s%s%s%s%s; their files are in order", mail ? "mail" : "",
			  mail && webhook ? ", " : "", webhook ? "webhook" : "", (mail || webhook) && command ? ", " : "",
			  command ? "command" : "");
}

/* --- TLS of the pages --- */

/* Where anybody reads the key, anybody can be these pages; said. */
static bool key_is_kept(struct checks *k, const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0 || (st.st_mode & S_IRWXO) == 0)
		return true;
	check_say(k, false, "certificate", "%s: everybody on this machine can get at this key: chmod 640 it, and give it to root and the "
		  "group that ruad runs as", path);
	return false;
}

void check_certificate(struct checks *k)
{
	const char *path = k->command->config.web.tls_certificate, *key = k->command->config.web.tls_key;
	struct certificate_about about;
	char day[TEXT_DAY_BYTES];
	int64_t now_s = time(NULL);
	struct err err;
	bool kept;

	if (path == NULL)
		return;
	kept = key_is_kept(k, key);
	if (certificate_look(path, key, &about, &err) != 0) {
		check_say(k, false, "certificate", "%s", err.text);
		return;
	}
	text_day(day, text_floor_div(about.ends_s, DAY_SECONDS));
	if (about.ends_s <= now_s)
		check_say(k, false, "certificate", "%s: ended on %s: put a newer one there; ruad takes it by itself", path, day);
	else if (about.begins_s > now_s)
		check_say(k, false, "certificate", "%s: is not valid yet: look at this machine's clock", path);
	else if (about.ends_s - now_s < RENEW_DAYS * DAY_SECONDS)
		check_say(k, false, "certificate", "%s: ends on %s: put a newer one there; ruad takes it by itself", path, day);
	else if (kept)
		check_say(k, true, "certificate", "%s: %s%svalid until %s", path, about.name[0] != '\0' ? about.name : "",
			  about.name[0] != '\0' ? ", " : "", day);
}

void check_users(struct checks *k)
{
	const char *path = k->command->config.web.users_file;
	struct users users;
	struct err err;

	if (path == NULL)
		return;
	if (users_read(k->command->arena, path, &users, &err) != 0)
		check_say(k, false, "users", "%s", err.text);
	else
		check_say(k, true, "users", "%s: %zu may sign in with a password", path, users.n);
}
