/* config_alerts: the block `alerts`: what is worth a notice, and how notices go out. */
#include "daemon/config_read.h"

#include "base/text.h"
#include "daemon/endpoint.h"
#include "schema/limits.h"

/* Nine digits are the most that a number of ruad.conf may have. */
enum { MOST_HOURS = 366 * 24, MOST_DAYS = 366, MOST_MESSAGES = 999999999 };

/* --- mail --- */

static bool is_address(struct slice s)
{
	const char *at = memchr(s.ptr, '@', s.len);
	struct slice host = { 0 };

	if (at == NULL || at == s.ptr)
		return false;
	host = (struct slice){ at + 1, s.len - (size_t)(at + 1 - s.ptr) };
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] <= ' ' || s.ptr[i] > '~' || memchr("<>\"(),;:\\", s.ptr[i], 9) != NULL)
			return false;
	return endpoint_is_name(host);
}

static bool read_address(struct reading *r, const struct key *key, const config_setting_t *s, struct slice text,
			 void *item)
{
	if (!is_address(text)) {
		problem_add(r, setting_line(s), "%s.%s \"%s\" is no mail address, such as \"postmaster@univ.example\"",
			    key->of, key->name, problem_text(r, text.ptr));
		return false;
	}
	*(const char **)item = text.ptr;
	return true;
}

static void read_from(struct reading *r, const struct key *key, const config_setting_t *s, void *to)
{
	struct slice text = value_text(r, key, s);

	if (text.ptr != NULL)
		read_address(r, key, s, text, to);
}

static void read_to(struct reading *r, const struct key *key, const config_setting_t *s, void *to)
{
	struct alert_mail *mail = to;

	if (value_strings(r, key, s, read_address, sizeof *mail->to, &mail->to) == 0 && config_setting_length(s) == 0 &&
	    config_setting_type(s) != CONFIG_TYPE_STRING)
		problem_add(r, setting_line(s), "%s.%s is empty", key->of, key->name);
}

static void read_smtp(struct reading *r, const struct key *key, const config_setting_t *s, void *to)
{
	struct slice text = value_text(r, key, s);
	struct endpoint_url url;

	if (text.ptr == NULL)
		return;
	if (endpoint_url(text, &url) && (slice_is(url.scheme, "smtp") || slice_is(url.scheme, "smtps")) &&
	    url.path.len == 0)
		*(const char **)to = text.ptr;
	else
		problem_add(r, setting_line(s),
			    "%s.%s is no mail server such as \"smtp://mail.univ.example:587\" or "
			    "\"smtps://mail.univ.example:465\"",
			    key->of, key->name);
}

static void check_starttls(struct reading *r, const config_setting_t *s, struct alert_mail *mail)
{
	bool said = setting_has(s, "starttls"), smtps, loopback;
	struct endpoint_url url;

	if (mail->url == NULL || !endpoint_url(slice_of(mail->url), &url))
		return;
	smtps = slice_is(url.scheme, "smtps");
	loopback = endpoint_is_loopback(url.host);
	if (said && smtps)
		problem_add(r, setting_key_line(s, "starttls"),
			    "alerts.mail.starttls has no meaning for smtps://, which is encrypted from the start");
	else if (said && !mail->starttls && !loopback)
		problem_add(r, setting_key_line(s, "starttls"),
			    "alerts.mail.starttls may be false only where the mail server has a loopback address");
	if (!said)
		mail->starttls = !smtps && !loopback;
}

static void check_member(struct reading *r, const config_setting_t *s, const char *of, const char *key)
{
	if (!setting_has(s, key))
		problem_add(r, setting_line(s), "%s has no %s", of, key);
}

static void read_alert_mail(struct reading *r, const struct key *key, const config_setting_t *s, void *to)
{
	struct alert_mail *mail = to;
	bool user = setting_has(s, "user"), password = setting_has(s, "password_file");

	read_block(r, key, s, mail);
	if (config_setting_is_group(s) != CONFIG_TRUE)
		return;
	check_member(r, s, "alerts.mail", "url");
	check_member(r, s, "alerts.mail", "from");
	check_member(r, s, "alerts.mail", "to");
	if (user != password)
		problem_add(r, setting_key_line(s, user ? "user" : "password_file"),
			    "alerts.mail.user and alerts.mail.password_file go together: %s is missing",
			    user ? "password_file" : "user");
	check_starttls(r, s, mail);
}

/* --- the others --- */

static void read_webhook(struct reading *r, const struct key *key, const config_setting_t *s, void *to)
{
	read_block(r, key, s, to);
	if (config_setting_is_group(s) == CONFIG_TRUE)
		check_member(r, s, "alerts.webhook", "url");
}

/* "mon 07:00": a weekday and a full hour. */
static bool digest_parse(struct slice text, int *weekday, int *hour)
{
	static const char days[] = "sunmontuewedthufrisat";
	int64_t h;

	if (text.len != 9 || text.ptr[3] != ' ' || memcmp(text.ptr + 6, ":00", 3) != 0 || text.ptr[4] < '0' ||
	    text.ptr[4] > '2' || !text_int((struct slice){ text.ptr + 4, 2 }, &h) || h > 23)
		return false;
	for (int d = 0; d < 7; d++)
		if (text_eq_nocase((struct slice){ text.ptr, 3 }, (struct slice){ days + 3 * d, 3 })) {
			*weekday = d;
			*hour = (int)h;
			return true;
		}
	return false;
}

static void read_digest(struct reading *r, const struct key *key, const config_setting_t *s, void *to)
{
	struct slice text = value_text(r, key, s);
	struct alerts *alerts = to;

	if (text.ptr == NULL)
		return;
	if (slice_is(text, "off"))
		alerts->digest_weekday = -1;
	else if (!digest_parse(text, &alerts->digest_weekday, &alerts->digest_hour))
		problem_add(r, setting_line(s),
			    "%s.%s \"%s\" is no weekday and full hour (UTC) such as \"mon 07:00\", nor \"off\"",
			    key->of, key->name, problem_text(r, text.ptr));
}

/* --- the tables --- */

#define IN(field) offsetof(struct alerts, field)
#define IN_MAIL(field) offsetof(struct alert_mail, field)

static const struct key alert_mail_table[] = {
	{ "url", read_smtp, IN_MAIL(url), 0, "alerts.mail", NULL },
	{ "from", read_from, IN_MAIL(from), 0, "alerts.mail", NULL },
	{ "to", read_to, 0, 0, "alerts.mail", NULL },
	{ "user", read_string, IN_MAIL(user), 0, "alerts.mail", NULL },
	{ "password_file", read_string, IN_MAIL(password_file), 0, "alerts.mail", NULL },
	{ "starttls", read_flag, IN_MAIL(starttls), 0, "alerts.mail", NULL },
	{ "ca_file", read_string, IN_MAIL(ca_file), 0, "alerts.mail", NULL },
};
static const struct key webhook_table[] = {
	{ "url", read_https, IN(webhook_url), 0, "alerts.webhook", NULL },
	{ "secret_file", read_string, IN(webhook_secret_file), 0, "alerts.webhook", NULL },
	{ "ca_file", read_string, IN(webhook_ca_file), 0, "alerts.webhook", NULL },
};
static const struct keys alert_mail_keys = { "alerts.mail", KEYS(alert_mail_table) };
static const struct keys webhook_keys = { "alerts.webhook", KEYS(webhook_table) };

static const struct key alerts_table[] = {
	{ "mail", read_alert_mail, IN(mail), 0, "alerts", &alert_mail_keys },
	{ "webhook", read_webhook, 0, 0, "alerts", &webhook_keys },
	{ "command", read_command, IN(command), 0, "alerts", NULL },
	{ "source_quiet_h", read_number, IN(source_quiet_h), MOST_HOURS, "alerts", NULL },
	{ "reporter_quiet_days", read_number, IN(reporter_quiet_days), MOST_DAYS, "alerts", NULL },
	{ "unreadable_mails", read_number, IN(unreadable_mails), MOST_MESSAGES, "alerts", NULL },
	{ "failing_messages", read_number, IN(failing_messages), MOST_MESSAGES, "alerts", NULL },
	{ "wanted_quarantined", read_flag, IN(wanted_quarantined), 0, "alerts", NULL },
	{ "policy_changed", read_flag, IN(policy_changed), 0, "alerts", NULL },
	{ "digest", read_digest, 0, 0, "alerts", NULL },
};

const struct keys alerts_keys = { "alerts", KEYS(alerts_table) };
