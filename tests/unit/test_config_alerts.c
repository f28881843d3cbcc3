/* test_config_alerts: a way for notices that cannot work, or would give a secret away, is told when ruad.conf is read
 * and not when the first alert is due. */
#include "tests/unit/config_sample.h"

#define MAIL(more) "alerts = { mail = { from = \"ruad@univ.example\"; to = \"dmarc@univ.example\"; " more " }; };"

static void test_every_key_of_alerts_is_read(void **state)
{
	struct config c = good(
		"alerts = { mail = { url = \"smtp://mail.univ.example:587\"; from = \"ruad@univ.example\";\n"
		"    to = [ \"a@univ.example\", \"b@univ.example\" ]; user = \"ruad\"; password_file = \"/s\"; ca_file "
		"= \"/ca.pem\"; };\n"
		"  webhook = { url = \"https://chat.example/hook\"; secret_file = \"/w\"; ca_file = \"/wca.pem\"; };\n"
		"  command = [ \"/usr/bin/page\", \"--now\" ];\n"
		"  source_quiet_h = 0; reporter_quiet_days = 30; unreadable_mails = 1; failing_messages = 5;\n"
		"  wanted_quarantined = false; policy_changed = false; digest = \"Sat 23:00\"; };");
	const struct alerts *a = &c.alerts;

	(void)state;
	assert_string_equal(a->mail.url, "smtp://mail.univ.example:587");
	assert_string_equal(a->mail.from, "ruad@univ.example");
	assert_string_equal(a->mail.to[0], "a@univ.example");
	assert_string_equal(a->mail.to[1], "b@univ.example");
	assert_null(a->mail.to[2]);
	assert_string_equal(a->mail.user, "ruad");
	assert_string_equal(a->mail.password_file, "/s");
	assert_string_equal(a->mail.ca_file, "/ca.pem");
	assert_true(a->mail.starttls);
	assert_string_equal(a->webhook_url, "https://chat.example/hook");
	assert_string_equal(a->webhook_secret_file, "/w");
	assert_string_equal(a->webhook_ca_file, "/wca.pem");
	assert_string_equal(a->command[1], "--now");
	assert_null(a->command[2]);
	assert_int_equal(a->source_quiet_h, 0);
	assert_int_equal(a->reporter_quiet_days, 30);
	assert_int_equal(a->unreadable_mails, 1);
	assert_int_equal(a->failing_messages, 5);
	assert_false(a->wanted_quarantined);
	assert_false(a->policy_changed);
	assert_int_equal(a->digest_weekday, 6);
	assert_int_equal(a->digest_hour, 23);
}

static void test_mail_goes_out_encrypted_but_within_this_machine(void **state)
{
	(void)state;
	assert_true(good(MAIL("url = \"smtp://mail.univ.example\";")).alerts.mail.starttls);
	assert_false(good(MAIL("url = \"smtp://127.0.0.1:25\";")).alerts.mail.starttls);
	assert_true(good(MAIL("url = \"smtp://localhost:25\"; starttls = true;")).alerts.mail.starttls);
	assert_false(good(MAIL("url = \"smtps://mail.univ.example:465\";")).alerts.mail.starttls);
	BAD(MAIL("url = \"smtp://mail.univ.example\";\nstarttls = false;"),
	    ":2: alerts.mail.starttls may be false only where the mail server has a loopback address");
	BAD(MAIL("url = \"smtps://mail.univ.example\"; starttls = true;"),
	    ":1: alerts.mail.starttls has no meaning for smtps://, which is encrypted from the start");
	BAD(MAIL("url = \"https://mail.univ.example\";"),
	    ":1: alerts.mail.url is no mail server such as \"smtp://mail.univ.example:587\" or "
	    "\"smtps://mail.univ.example:465\"");
	BAD(MAIL("url = \"smtp://ruad:secret@mail.univ.example\";"),
	    ":1: alerts.mail.url is no mail server such as \"smtp://mail.univ.example:587\" or "
	    "\"smtps://mail.univ.example:465\"");
}

static void test_mail_has_a_sender_and_somebody_to_read_it(void **state)
{
	(void)state;
	BAD("alerts = {\n mail = { };\n webhook = { }; };", ":2: alerts.mail has no url", ":2: alerts.mail has no from",
	    ":2: alerts.mail has no to", ":3: alerts.webhook has no url");
	BAD("alerts = { mail = { url = \"smtp://localhost\"; from = \"ruad\"; to = [ ]; }; };",
	    ":1: alerts.mail.from \"ruad\" is no mail address, such as \"postmaster@univ.example\"",
	    ":1: alerts.mail.to is empty");
	BAD("alerts = { mail = { url = \"smtp://localhost\"; from = \"a@univ.example\"; to = [ \"Ann "
	    "<a@univ.example>\",\n"
	    "\"a@b@univ.example\",\n\"@univ.example\",\n\"a@\" ]; }; };",
	    ":1: alerts.mail.to \"Ann <a@univ.example>\" is no mail address, such as \"postmaster@univ.example\"",
	    ":2: alerts.mail.to \"a@b@univ.example\" is no mail address, such as \"postmaster@univ.example\"",
	    ":3: alerts.mail.to \"@univ.example\" is no mail address, such as \"postmaster@univ.example\"",
	    ":4: alerts.mail.to \"a@\" is no mail address, such as \"postmaster@univ.example\"");
	BAD(MAIL("url = \"smtp://localhost\"; user = \"u\";"),
	    ":1: alerts.mail.user and alerts.mail.password_file go together: password_file is missing");
	BAD(MAIL("url = \"smtp://localhost\"; password_file = \"/u\";"),
	    ":1: alerts.mail.user and alerts.mail.password_file go together: user is missing");
	BAD("alerts = { mail = \"a@univ.example\"; webhook = 1; };",
	    ":1: alerts.mail must be a block { ... }, not text",
	    ":1: alerts.webhook must be a block { ... }, not a whole number");
}

/* Some services put the secret of a webhook into its URL. */
static void test_a_secret_of_a_way_out_is_refused_and_not_repeated(void **state)
{
	(void)state;
	BAD("alerts = { webhook = { url = \"http://chat.example/hunter2\"; }; };",
	    ":1: alerts.webhook.url must begin with https://: http:// is for a loopback address only");
	BAD("alerts = { webhook = { url = \"chat.example/hunter2\"; }; };",
	    ":1: alerts.webhook.url is no URL such as \"https://login.example/token\"");
	BAD("alerts = { webhook = { url = \"https://chat.example/\"; secret = \"hunter2\"; }; };",
	    ":1: unknown key \"secret\" in alerts.webhook: secrets are named by file: use secret_file");
	BAD(MAIL("url = \"smtp://localhost\"; user = \"u\"; password_file = \"/u\"; password = \"hunter2\";"),
	    ":1: unknown key \"password\" in alerts.mail: secrets are named by file: use password_file");
}

static void test_the_digest_has_a_day_and_an_hour(void **state)
{
	static const char *const junk[] = { "monday 07:00", "mon 7:00", "mon 24:00", "mon 07:30", "mo 07:00",
					    "mon07:00",     "07:00",    "mon -1:00", "mon 1 :00" };

	(void)state;
	assert_int_equal(good("alerts = { digest = \"off\"; };").alerts.digest_weekday, -1);
	assert_int_equal(good("alerts = { digest = \"sun 00:00\"; };").alerts.digest_weekday, 0);
	for (size_t i = 0; i < sizeof junk / sizeof *junk; i++)
		BAD(arena_printf(&arena, "alerts = { digest = \"%s\"; };", junk[i]),
		    arena_printf(&arena,
				 ":1: alerts.digest \"%s\" is no weekday and full hour (UTC) such as \"mon 07:00\", "
				 "nor \"off\"",
				 junk[i]));
}

static void test_thresholds_are_held_to_their_range(void **state)
{
	(void)state;
	BAD("alerts = { source_quiet_h = -1;\n reporter_quiet_days = 367;\n comand = [ \"/x\" ]; };",
	    ":1: alerts.source_quiet_h is -1: it must be from 0 to 8784",
	    ":2: alerts.reporter_quiet_days is 367: it must be from 0 to 366",
	    ":3: unknown key \"comand\" in alerts: did you mean \"command\"?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_key_of_alerts_is_read),
		cmocka_unit_test(test_mail_goes_out_encrypted_but_within_this_machine),
		cmocka_unit_test(test_mail_has_a_sender_and_somebody_to_read_it),
		cmocka_unit_test(test_a_secret_of_a_way_out_is_refused_and_not_repeated),
		cmocka_unit_test(test_the_digest_has_a_day_and_an_hour),
		cmocka_unit_test(test_thresholds_are_held_to_their_range),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("config_alerts", tests, setup, teardown);
}
