/* test_config_mail: a mailbox is described whole and without contradiction, no secret stands in ruad.conf, and nothing
 * signs in over an open line, before anything of it is tried. */
#include "tests/unit/config_sample.h"

#include "schema/limits.h"

#define IMAP(more)                                                                                                     \
	"mail = ( { name = \"reports\"; type = \"imap\"; host = \"imap.univ.example\"; user = \"dmarc\"; " more " } "  \
	");"
#define SIGNED_IN(more) IMAP("password_file = \"/etc/ruad/imap\"; " more)
#define MAILDIR(more) "mail = ( { name = \"reports\"; type = \"maildir\"; path = \"/srv/Maildir\"; " more " } );"
#define FOLDER(more) "mail = ( { name = \"drop\"; type = \"folder\"; path = \"/srv/drop\"; " more " } );"
#define OAUTH(more) "oauth = ( { name = \"mine\"; " more " } );"

/* --- mail --- */

static void test_a_mailbox_has_defaults_for_the_rest(void **state)
{
	struct config c = good(SIGNED_IN(""));
	const struct mail_source *m = c.mail;

	(void)state;
	assert_int_equal(c.mail_count, 1);
	assert_string_equal(m->name, "reports");
	assert_int_equal(m->type, SOURCE_IMAP);
	assert_int_equal(m->after, AFTER_KEEP);
	assert_null(m->archive);
	assert_null(m->invalid);
	assert_int_equal(m->poll_s, 300);
	assert_string_equal(m->host, "imap.univ.example");
	assert_int_equal(m->port, 993);
	assert_int_equal(m->tls, TLS_IMPLICIT);
	assert_null(m->ca_file);
	assert_string_equal(m->user, "dmarc");
	assert_string_equal(m->password_file, "/etc/ruad/imap");
	assert_int_equal(m->oauth, -1);
	assert_string_equal(m->folder, "INBOX");
	assert_true(m->idle);
	assert_true(m->since_day == INT64_MIN);
}

static void test_each_key_of_a_mailbox_is_read(void **state)
{
	struct config c =
		good("mail = ( { name = \"A\"; type = \"maildir\"; path = \"/srv/a\"; },\n"
		     " { name = \"reports\"; type = \"imap\"; host = \"IMAP.univ.example\"; port = 1993; tls = "
		     "\"starttls\";\n"
		     "   ca_file = \"/etc/ca.pem\"; user = \"dmarc\"; oauth = \"Second\"; folder = \"Reports\"; idle = "
		     "false;\n"
		     "   since = \"2026-09-01\"; after = \"move\"; archive = \"Done\"; invalid = \"Odd\"; poll_s = 60; "
		     "} );\n"
		     "oauth = ( { name = \"first\"; flow = \"command\"; command = [ \"/bin/true\" ]; },\n"
		     " { name = \"second\"; flow = \"command\"; command = [ \"/usr/bin/token\", \"-q\" ]; } );");
	const struct mail_source *m = &c.mail[1];

	(void)state;
	assert_int_equal(c.mail_count, 2);
	assert_string_equal(m->host, "imap.univ.example");
	assert_int_equal(m->port, 1993);
	assert_int_equal(m->tls, TLS_STARTTLS);
	assert_string_equal(m->ca_file, "/etc/ca.pem");
	assert_null(m->password_file);
	assert_int_equal(m->oauth, 1);
	assert_string_equal(m->folder, "Reports");
	assert_false(m->idle);
	assert_int_equal(m->since_day, 20697);
	assert_int_equal(m->after, AFTER_MOVE);
	assert_string_equal(m->archive, "Done");
	assert_string_equal(m->invalid, "Odd");
	assert_int_equal(m->poll_s, 60);
	assert_string_equal(c.oauth[1].command[0], "/usr/bin/token");
	assert_string_equal(c.oauth[1].command[1], "-q");
	assert_null(c.oauth[1].command[2]);
}

static void test_nothing_is_deleted_unless_asked_for(void **state)
{
	(void)state;
	assert_int_equal(good(MAILDIR("")).mail[0].after, AFTER_KEEP);
	assert_int_equal(good(FOLDER("")).mail[0].after, AFTER_KEEP);
	assert_int_equal(good(SIGNED_IN("after = \"seen\";")).mail[0].after, AFTER_SEEN);
	assert_int_equal(good(SIGNED_IN("after = \"delete\";")).mail[0].after, AFTER_DELETE);
	BAD(SIGNED_IN("after = \"deleted\";"),
	    ":1: mail.after \"deleted\" is not one of keep, seen, move, delete: did you mean \"delete\"?");
	BAD(FOLDER("after = \"seen\";"), ":1: mail.after \"seen\" has no meaning for type = \"folder\": a file has no "
					 "such mark; keep, move or delete it");
}

static void test_moving_names_both_places(void **state)
{
	struct config c = good(MAILDIR("after = \"move\"; archive = \"done\";"));

	(void)state;
	assert_string_equal(c.mail[0].archive, "/srv/Maildir/done");
	assert_string_equal(c.mail[0].invalid, "/srv/Maildir/.Invalid");
	c = good(FOLDER("after = \"move\"; archive = \"/srv/done\"; invalid = \"odd\";"));
	assert_string_equal(c.mail[0].archive, "/srv/done");
	assert_string_equal(c.mail[0].invalid, "/srv/drop/odd");
	BAD(SIGNED_IN("after = \"move\";"), ":1: this entry of mail has no archive: after = \"move\" needs it",
	    ":1: this entry of mail has no invalid: after = \"move\" needs it");
	BAD(FOLDER("after = \"move\"; archive = \"done\";"),
	    ":1: this entry of mail has no invalid: after = \"move\" needs it");
	BAD(SIGNED_IN("archive = \"Done\";"), ":1: mail.archive has no meaning without after = \"move\"");
	BAD(MAILDIR("after = \"seen\"; invalid = \"odd\";"),
	    ":1: mail.invalid has no meaning without after = \"move\"");
	BAD(SIGNED_IN("after = \"move\"; archive = \"INBOX\"; invalid = \"Odd\";"),
	    ":1: mail.archive is where the mails come from: name another place");
	BAD(MAILDIR("after = \"move\"; invalid = \"/srv/Maildir\";"),
	    ":1: mail.invalid is where the mails come from: name another place");
}

static void test_an_open_line_is_for_this_machine_only(void **state)
{
	struct config c =
		good("mail = ( { name = \"a\"; type = \"imap\"; host = \"127.0.0.9\"; user = \"u\"; tls = \"none\";\n"
		     "password_file = \"p\"; } );");

	(void)state;
	assert_int_equal(c.mail[0].tls, TLS_NONE);
	assert_int_equal(c.mail[0].port, 143);
	assert_int_equal(good(SIGNED_IN("tls = \"starttls\";")).mail[0].port, 143);
	BAD(SIGNED_IN("\ntls = \"none\";"), ":2: mail.tls \"none\" is for a loopback address only: to "
					    "\"imap.univ.example\" it must be \"implicit\" or \"starttls\"");
	BAD(SIGNED_IN("tls = \"no\";"),
	    ":1: mail.tls \"no\" is not one of implicit, starttls, none: did you mean \"none\"?");
}

static void test_exactly_one_thing_signs_in(void **state)
{
	(void)state;
	BAD(IMAP(""), ":1: this entry of mail has nothing to sign in with: it needs password_file or oauth");
	BAD(SIGNED_IN("\noauth = \"mine\";") "\n" OAUTH("flow = \"command\"; command = [ \"/bin/true\" ];"),
	    ":2: mail.oauth stands beside password_file: one of them must go");
	BAD(IMAP("\noauth = \"mien\";") "\n" OAUTH("flow = \"command\"; command = [ \"/bin/true\" ];"),
	    ":2: mail.oauth \"mien\" names no entry of oauth");
}

static void test_a_mailbox_without_the_needful_is_told(void **state)
{
	(void)state;
	BAD("mail = (\n { type = \"imap\"; } );", ":2: this entry of mail has no name",
	    ":2: this entry of mail has no host: type = \"imap\" needs it",
	    ":2: this entry of mail has no user: type = \"imap\" needs it",
	    ":2: this entry of mail has nothing to sign in with: it needs password_file or oauth");
	BAD("mail = ( { name = \"a\"; path = \"/x\"; } );",
	    ":1: this entry of mail has no type: it is one of imap, maildir, folder");
	BAD("mail = ( { name = \"a\"; type = \"mbox\"; } );",
	    ":1: mail.type \"mbox\" is not one of imap, maildir, folder");
	BAD("mail = ( { name = \"a\"; type = \"folder\"; } );",
	    ":1: this entry of mail has no path: type = \"folder\" needs it");
	BAD("mail = { };", ":1: mail must be a list of blocks ( { ... }, ... ), not a block");
	BAD("mail = ( \"reports\" );", ":1: each entry of mail must be a block { ... }, not text");
}

static void test_keys_of_another_type_are_told(void **state)
{
	(void)state;
	BAD(MAILDIR("\nhost = \"imap.univ.example\";\nidle = true;"),
	    ":2: mail.host has no meaning for type = \"maildir\"",
	    ":3: mail.idle has no meaning for type = \"maildir\"");
	BAD(SIGNED_IN("path = \"/srv/Maildir\";"), ":1: mail.path has no meaning for type = \"imap\"");
}

static void test_values_of_a_mailbox_are_held_to_their_range(void **state)
{
	(void)state;
	BAD(SIGNED_IN("poll_s = 9;"), ":1: mail.poll_s is 9: it must be from 10 to 86400");
	BAD(SIGNED_IN("poll_s = 86401;"), ":1: mail.poll_s is 86401: it must be from 10 to 86400");
	BAD(SIGNED_IN("port = 0;"), ":1: mail.port is 0: it must be from 1 to 65535");
	BAD(SIGNED_IN("since = \"01.09.2026\";"), ":1: mail.since \"01.09.2026\" is no day such as \"2026-09-01\"");
	BAD(SIGNED_IN("since = \"2026-02-30\";"), ":1: mail.since \"2026-02-30\" is no day such as \"2026-09-01\"");
	BAD("mail = ( { name = \"a\"; type = \"maildir\"; path = \"Maildir\"; } );",
	    ":1: mail.path \"Maildir\" must be a whole path, from \"/\"");
	BAD("mail = ( { name = \"a\"; type = \"imap\"; user = \"u\"; password_file = \"p\"; host = "
	    "\"imap.univ.example:993\"; } );",
	    ":1: mail.host \"imap.univ.example:993\" is no host name or address, such as \"imap.univ.example\"");
}

static void test_mailboxes_have_names_of_their_own(void **state)
{
	(void)state;
	BAD("mail = ( { name = \"A\"; type = \"folder\"; path = \"/a\"; },\n { name = \"a\"; type = \"folder\"; path = "
	    "\"/b\"; } );",
	    ":2: duplicate mail name \"a\": first on line 1");
	BAD("oauth = ( { name = \"A\"; flow = \"command\"; command = [ \"/a\" ]; },\n"
	    " { name = \"A\"; flow = \"command\"; command = [ \"/b\" ]; } );",
	    ":2: duplicate oauth name \"A\": first on line 1");
	good("oauth = ( { name = \"A\"; flow = \"command\"; command = [ \"/a\" ]; } );\n" /* and sources are another
											     list */
	     "mail = ( { name = \"A\"; type = \"folder\"; path = \"/a\"; } );\nsources = ( { name = \"A\"; ip = []; } "
	     ");");
}

static void test_there_are_so_many_mailboxes_at_most(void **state)
{
	static char text[LIMIT_SOURCES * 80];
	size_t n = 0;

	(void)state;
	for (int i = 0; i <= LIMIT_SOURCES; i++) {
		struct config c;

		n += (size_t)snprintf(text + n, sizeof text - n,
				      "%s{ name = \"%d\"; type = \"folder\"; path = \"/%d\"; }",
				      i == 0 ? "mail = ( " : ", ", i, i);
		memcpy(text + n, " );", 4);
		assert_int_equal(read_bytes(text, n + 3, &c), i < LIMIT_SOURCES ? 0 : -1);
	}
	assert_string_equal(lines[0], ":1: mail has 33 entries: 32 at most");
}

static void test_a_secret_in_the_file_is_refused_and_not_repeated(void **state)
{
	(void)state;
	BAD(SIGNED_IN("\npassword = \"hunter2\";"),
	    ":2: unknown key \"password\" in mail: secrets are named by file: use password_file");
	BAD(OAUTH("flow = \"command\"; command = [ \"/bin/true\" ]; client_secret = \"hunter2\";"),
	    ":1: unknown key \"client_secret\" in oauth: secrets are named by file: use client_secret_file");
	BAD(OAUTH("flow = \"command\"; command = [ \"/bin/true\" ]; secret = \"hunter2\";"),
	    ":1: unknown key \"secret\" in oauth: secrets are named by file: use client_secret_file");
	BAD(OAUTH("flow = \"command\"; command = [ \"/bin/true\" ]; refresh_token = \"hunter2\"; token = \"hunter2\";"),
	    ":1: unknown key \"refresh_token\" in oauth: secrets are named by file: use token_file",
	    ":1: unknown key \"token\" in oauth: secrets are named by file: use token_file");
}

/* --- oauth --- */

static void test_a_tenant_says_where_microsoft_gives_tokens(void **state)
{
	struct config c =
		good("oauth = (\n"
		     " { name = \"a\"; flow = \"client_credentials\"; tenant = \"univ.example\"; client_id = \"7\";\n"
		     "   client_secret_file = \"/s\"; },\n"
		     " { name = \"b\"; flow = \"device_code\"; tenant = \"univ.example\"; client_id = \"7\"; "
		     "token_file = \"/t\"; },\n"
		     " { name = \"c\"; flow = \"refresh_token\"; tenant = \"univ.example\"; client_id = \"7\"; "
		     "token_file = \"/t\";\n"
		     "   scope = \"mail\"; } );");

	(void)state;
	assert_string_equal(c.oauth[0].token_url, "https://login.microsoftonline.com/univ.example/oauth2/v2.0/token");
	assert_string_equal(c.oauth[0].scope, "https://outlook.office365.com/.default");
	assert_null(c.oauth[0].device_url);
	assert_string_equal(c.oauth[1].device_url,
			    "https://login.microsoftonline.com/univ.example/oauth2/v2.0/devicecode");
	assert_string_equal(c.oauth[1].scope, "https://outlook.office365.com/IMAP.AccessAsUser.All offline_access");
	assert_string_equal(c.oauth[2].token_url, c.oauth[0].token_url);
	assert_string_equal(c.oauth[2].scope, "mail");
}

static void test_other_token_servers_are_named(void **state)
{
	struct config c = good("oauth = (\n"
			       " { name = \"a\"; flow = \"service_account\"; key_file = \"/g.json\"; subject = "
			       "\"dmarc@univ.example\"; },\n"
			       " { name = \"b\"; flow = \"client_credentials\"; token_url = "
			       "\"http://127.0.0.1:8099/t\"; client_id = \"7\";\n"
			       "   certificate_file = \"/c.pem\"; key_file = \"/k.pem\"; ca_file = \"/ca.pem\"; } );");

	(void)state;
	assert_string_equal(c.oauth[0].token_url, "https://oauth2.googleapis.com/token");
	assert_string_equal(c.oauth[0].scope, "https://mail.google.com/");
	assert_string_equal(c.oauth[0].subject, "dmarc@univ.example");
	assert_int_equal(c.oauth[0].flow, OAUTH_SERVICE_ACCOUNT);
	assert_string_equal(c.oauth[1].token_url, "http://127.0.0.1:8099/t");
	assert_null(c.oauth[1].scope);
	assert_string_equal(c.oauth[1].certificate_file, "/c.pem");
	assert_string_equal(c.oauth[1].key_file, "/k.pem");
	assert_string_equal(c.oauth[1].ca_file, "/ca.pem");
}

static void test_each_flow_says_what_it_needs(void **state)
{
	(void)state;
	BAD(OAUTH(""),
	    ":1: this entry of oauth has no flow: it is one of client_credentials, refresh_token, device_code, "
	    "service_account, command");
	BAD(OAUTH("flow = \"client_credentials\";"),
	    ":1: this entry of oauth has no client_id: flow = \"client_credentials\" needs it",
	    ":1: this entry of oauth cannot prove who asks: it needs client_secret_file, or certificate_file "
	    "and key_file",
	    ":1: this entry of oauth has no token_url: it needs one, or the tenant if it is Microsoft's");
	BAD(OAUTH("flow = \"device_code\"; client_id = \"7\"; token_file = \"/t\";"),
	    ":1: this entry of oauth has no token_url: it needs one, or the tenant if it is Microsoft's",
	    ":1: this entry of oauth has no device_url: it needs one, or the tenant if it is Microsoft's");
	BAD(OAUTH("flow = \"refresh_token\"; tenant = \"t\"; client_id = \"7\";"),
	    ":1: this entry of oauth has no token_file: flow = \"refresh_token\" needs it");
	BAD(OAUTH("flow = \"service_account\";"),
	    ":1: this entry of oauth has no key_file: flow = \"service_account\" needs it",
	    ":1: this entry of oauth has no subject: flow = \"service_account\" needs it");
	BAD(OAUTH("flow = \"command\";"), ":1: this entry of oauth has no command: flow = \"command\" needs it");
}

static void test_each_flow_says_what_it_cannot_use(void **state)
{
	(void)state;
	BAD(OAUTH("flow = \"command\"; command = [ \"/bin/true\" ];\nscope = \"x\";"),
	    ":2: oauth.scope has no meaning for flow = \"command\"");
	BAD(OAUTH("flow = \"client_credentials\"; tenant = \"t\"; client_id = \"7\"; client_secret_file = \"/s\";\n "
		  "token_file = \"/t\";"),
	    ":2: oauth.token_file has no meaning for flow = \"client_credentials\"");
	BAD(OAUTH("flow = \"client_credentials\"; tenant = \"t\"; client_id = \"7\"; certificate_file = \"/c\";"),
	    ":1: oauth.certificate_file and oauth.key_file go together: key_file is missing");
	BAD(OAUTH("flow = \"client_credentials\"; tenant = \"t\"; client_id = \"7\"; certificate_file = \"/c\"; "
		  "key_file = \"/k\";\n"
		  "client_secret_file = \"/s\";"),
	    ":2: oauth.client_secret_file stands beside certificate_file: one of them must go");
}

static void test_tokens_are_asked_for_over_https(void **state)
{
	(void)state;
#define SECRET(url) OAUTH("flow = \"refresh_token\"; client_id = \"7\"; token_file = \"/t\"; token_url = \"" url "\";")
	BAD(SECRET("http://login.example/token"),
	    ":1: oauth.token_url must begin with https://: http:// is for a loopback address only");
	BAD(SECRET("http://127.0.0.1@login.example/"),
	    ":1: oauth.token_url is no URL such as \"https://login.example/token\"");
	BAD(SECRET("file:///etc/passwd"), ":1: oauth.token_url is no URL such as \"https://login.example/token\"");
	BAD(SECRET("ftp://login.example/"), ":1: oauth.token_url is no URL such as \"https://login.example/token\"");
	BAD(OAUTH("flow = \"refresh_token\"; client_id = \"7\"; token_file = \"/t\"; tenant = \"univ.example/../x\";"),
	    ":1: oauth.tenant \"univ.example/../x\" is no directory (tenant) ID or domain name");
}

static void test_a_command_is_a_program_and_its_arguments(void **state)
{
	(void)state;
	BAD(OAUTH("flow = \"command\"; command = \"/bin/token -q\";"),
	    ":1: oauth.command must be a list of texts, [ \"/path/of/program\", \"argument\" ], for no shell reads it, "
	    "not text");
	BAD(OAUTH("flow = \"command\"; command = [ ];"), ":1: oauth.command is empty: name a program, or leave it out");
	BAD(OAUTH("flow = \"command\"; command = [ \"token\", \"-q\" ];"),
	    ":1: oauth.command starts \"token\": name the program by its whole path, from \"/\"");
	BAD(OAUTH("flow = \"command\"; command = ( \"/bin/token\", 7 );"),
	    ":1: oauth.command must be text, not a whole number");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_mailbox_has_defaults_for_the_rest),
		cmocka_unit_test(test_each_key_of_a_mailbox_is_read),
		cmocka_unit_test(test_nothing_is_deleted_unless_asked_for),
		cmocka_unit_test(test_moving_names_both_places),
		cmocka_unit_test(test_an_open_line_is_for_this_machine_only),
		cmocka_unit_test(test_exactly_one_thing_signs_in),
		cmocka_unit_test(test_a_mailbox_without_the_needful_is_told),
		cmocka_unit_test(test_keys_of_another_type_are_told),
		cmocka_unit_test(test_values_of_a_mailbox_are_held_to_their_range),
		cmocka_unit_test(test_mailboxes_have_names_of_their_own),
		cmocka_unit_test(test_there_are_so_many_mailboxes_at_most),
		cmocka_unit_test(test_a_secret_in_the_file_is_refused_and_not_repeated),
		cmocka_unit_test(test_a_tenant_says_where_microsoft_gives_tokens),
		cmocka_unit_test(test_other_token_servers_are_named),
		cmocka_unit_test(test_each_flow_says_what_it_needs),
		cmocka_unit_test(test_each_flow_says_what_it_cannot_use),
		cmocka_unit_test(test_tokens_are_asked_for_over_https),
		cmocka_unit_test(test_a_command_is_a_program_and_its_arguments),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("config_mail", tests, setup, teardown);
}
