/* test_config: ruad.conf is read as documented, and every mistake in it is named with its line, all in one run. */
#include "tests/unit/config_sample.h"

#include "schema/limits.h"

#include <stdlib.h>

/* --- what is right --- */

static void assert_alert_defaults(const struct alerts *a)
{
	assert_null(a->mail.url);
	assert_null(a->webhook_url);
	assert_null(a->command);
	assert_int_equal(a->source_quiet_h, 36);
	assert_int_equal(a->reporter_quiet_days, 7);
	assert_int_equal(a->unreadable_mails, 10);
	assert_int_equal(a->failing_messages, 100);
	assert_true(a->wanted_quarantined);
	assert_true(a->policy_changed);
	assert_int_equal(a->digest_weekday, 1);
	assert_int_equal(a->digest_hour, 7);
}

static void assert_defaults(const struct config *c)
{
	assert_string_equal(c->database.path, "/var/lib/ruad/ruad.db");
	assert_string_equal(c->web.address, "127.0.0.1");
	assert_int_equal(c->web.port, 8080);
	assert_int_equal(c->web.host_count, 0);
	assert_int_equal(c->web.connections, 512);
	assert_int_equal(c->web.connections_per_address, 128);
	assert_null(c->web.tls_certificate);
	assert_null(c->web.users_file);
	assert_null(c->web.proxy_header);
	assert_int_equal(c->web.proxies, 0);
	assert_int_equal(c->web.proxy_role, ACCESS_NOBODY);
	assert_true(c->web.scope_links);
	assert_int_equal(c->web.session_hours, 12);
	assert_null(c->web.contact);
	assert_int_equal(c->limits.mail_bytes, LIMIT_MAIL_BYTES);
	assert_int_equal(c->limits.part_bytes, LIMIT_PART_BYTES);
	assert_int_equal(c->limits.expanded_bytes, LIMIT_EXPANDED_BYTES);
	assert_int_equal(c->limits.rows, LIMIT_ROWS);
	assert_memory_equal(&c->retention, &(struct retention){ 0 }, sizeof c->retention);
	assert_int_equal(c->domains.own_count, 0);
	assert_null(c->domains.suffix_list);
	assert_int_equal(c->sources.n, 0);
	assert_int_equal(c->mail_count, 0);
	assert_int_equal(c->oauth_count, 0);
	assert_true(c->dns.lookups);
	assert_null(c->dns.servers);
	assert_int_equal(c->dns.per_second, 50);
	assert_null(c->dns.asn_file);
	assert_null(c->dns.country_file);
	assert_memory_equal(&c->rollout, &readiness_defaults, sizeof c->rollout);
	assert_alert_defaults(&c->alerts);
}

static void test_an_empty_file_is_the_defaults(void **state)
{
	struct config c;

	(void)state;
	config_defaults(&c);
	assert_defaults(&c);
	c = good("");
	assert_defaults(&c);
	c = good("# nothing\n/* here */ // yet\n"
		 "database = { }; web: {}; limits = {}; domains = {}; sources = (); lists = (); mail = ();\n"
		 "oauth = (); dns = {}; alerts = {};");
	assert_defaults(&c);
}

static void test_every_key_lands_where_it_belongs(void **state)
{
	struct config c = good(
		"database = { path = \"/srv/ruad.db\"; };\n"
		"web = { listen = \"[::1]:8443\"; hosts = [ \"Ruad.Univ.Example\", \"ruad\" ]; connections = 8;\n"
		" connections_per_address = 800; tls_certificate = \"/srv/c.pem\"; tls_key = \"/srv/k.pem\"; };\n"
		"limits = { mail_bytes = 1000; part_bytes = 2000L; expanded_bytes = 0xfff; rows = 1; };\n"
		"domains = { own = [ \"univ.example\", \"Example.ORG.\" ]; suffix_list = \"/srv/psl.dat\";\n"
		"  owners = ( { domain = \"Chem.Example.ORG\"; owner = \" Chemistry IT \"; } ); };\n");

	(void)state;
	assert_string_equal(c.database.path, "/srv/ruad.db");
	assert_string_equal(c.web.address, "::1");
	assert_int_equal(c.web.port, 8443);
	assert_int_equal(c.web.host_count, 2);
	assert_slice(c.web.hosts[0], "ruad.univ.example");
	assert_slice(c.web.hosts[1], "ruad");
	assert_int_equal(c.web.connections, 8);
	assert_int_equal(c.web.connections_per_address, 800);
	assert_string_equal(c.web.tls_certificate, "/srv/c.pem");
	assert_string_equal(c.web.tls_key, "/srv/k.pem");
	assert_int_equal(c.limits.mail_bytes, 1000);
	assert_int_equal(c.limits.part_bytes, 2000);
	assert_int_equal(c.limits.expanded_bytes, 4095);
	assert_int_equal(c.limits.rows, 1);
	assert_int_equal(c.domains.own_count, 2);
	assert_slice(c.domains.own[0], "univ.example");
	assert_slice(c.domains.own[1], "example.org");
	assert_string_equal(c.domains.suffix_list, "/srv/psl.dat");
	assert_int_equal(c.domains.owners.n, 1);
	assert_slice(c.domains.owners.item[0].domain, "chem.example.org");
	assert_slice(c.domains.owners.item[0].owner, "Chemistry IT");
}

static void test_sources_and_lists_become_rules(void **state)
{
	struct config c = good(
		"lists = ( { name = \"LISTSERV\"; software = \"listserv\"; envelope = \"listserv.example.org\"; } );\n"
		"sources = (\n"
		" { name = \" Mail relays \"; kind = \"ours\"; owner = \"Email team\";\n"
		"   ip = [ \"192.0.2.9/27\", \"2001:db8::/32\" ];\n"
		"   dkim_domain = ( \"UNIV.example\", \"b\xc3\xbc" "cher.example\" ); envelope = []; },\n"
		" { name = \"Other\"; ip = \"198.51.100.7\"; } );\n");
	const struct source_rule *rule = c.sources.rule;

	(void)state;
	assert_int_equal(c.sources.n, 3);
	assert_int_equal(rule[2].software, SOFTWARE_LISTSERV);
	assert_slice(rule[0].name, "Mail relays");
	assert_slice(rule[0].owner, "Email team");
	assert_int_equal(rule[0].kind, KIND_OURS);
	assert_int_equal(rule[0].network_count, 2);
	assert_int_equal(rule[0].networks[0].bits, 96 + 27);
	assert_int_equal(rule[0].networks[0].addr[15], 0);
	assert_int_equal(rule[0].networks[1].bits, 32);
	assert_int_equal(rule[0].dkim_domain_count, 2);
	assert_slice(rule[0].dkim_domains[0], "univ.example");
	assert_slice(rule[0].dkim_domains[1], "xn--bcher-kva.example");
	assert_int_equal(rule[0].envelope_count, 0);
	assert_slice(rule[1].name, "Other");
	assert_int_equal(rule[1].kind, KIND_UNKNOWN);
	assert_null(rule[1].owner.ptr);
	assert_int_equal(rule[1].networks[0].bits, 128);
	assert_slice(rule[2].name, "LISTSERV"); /* behind the sources, wherever it stands in the file */
	assert_int_equal(rule[2].kind, KIND_LIST);
	assert_slice(rule[2].envelopes[0], "listserv.example.org");
}

static void test_rules_by_reverse_name_and_network_are_read(void **state)
{
	struct config c = good(
		"sources = (\n"
		" { name = \"A\"; rdns = \"Out.Example.NET.\"; },\n"
		" { name = \"B\"; asn = 64500; },\n"
		" { name = \"C\"; asn = [ \"AS64500\", \"4200000000\" ]; rdns = [ \"a.example\", \"b.example\" ]; } );\n"
		"lists = ( { name = \"D\"; asn = ( 64501, \"as64502\", 1L ); } );\n");
	const struct source_rule *rule = c.sources.rule;

	(void)state;
	assert_int_equal(c.sources.n, 4);
	assert_int_equal(rule[0].rdns_count, 1);
	assert_slice(rule[0].rdns[0], "out.example.net");
	assert_int_equal(rule[1].asn_count, 1);
	assert_int_equal(rule[1].asns[0], 64500);
	assert_int_equal(rule[2].asn_count, 2);
	assert_int_equal(rule[2].asns[1], 4200000000);
	assert_int_equal(rule[2].rdns_count, 2);
	assert_slice(rule[2].rdns[1], "b.example");
	assert_int_equal(rule[3].asn_count, 3);
	assert_int_equal(rule[3].asns[1], 64502);
	assert_int_equal(rule[3].asns[2], 1);
	assert_int_equal(rule[3].kind, KIND_LIST);
	assert_false(rule[0].hint);
}

static void test_ceilings_may_be_what_they_are(void **state)
{
	struct config c = good("limits = { mail_bytes = 26214400; part_bytes = 67108864; expanded_bytes = 134217728;\n"
			       "rows = 200000; };");

	(void)state;
	assert_int_equal(c.limits.expanded_bytes, LIMIT_EXPANDED_BYTES);
	assert_int_equal(c.limits.rows, LIMIT_ROWS);
}

/* doc/ruad.conf.example says of every key what its default is: as it stands, it must change nothing. */
static void test_each_kind_has_days_of_its_own(void **state)
{
	struct config c = good("retention = { raw_days = 1; reject_days = 2L; report_days = 0; tls_days = 36500; failure_days = 5; };");

	(void)state;
	assert_int_equal(c.retention.raw_days, 1);
	assert_int_equal(c.retention.reject_days, 2);
	assert_int_equal(c.retention.report_days, 0);
	assert_int_equal(c.retention.tls_days, 36500);
	assert_int_equal(c.retention.failure_days, 5);
	BAD("retention = { raw_days = -1; };", ":1: retention.raw_days is -1: it must be from 1 to 36500 days, or 0 for ever");
	BAD("retention = { raw_days = 36501; };",
	    ":1: retention.raw_days is 36501: it must be from 1 to 36500 days, or 0 for ever");
	BAD("retention = { raw_days = \"all\"; };", ":1: retention.raw_days must be a whole number, not text");
}

static void test_what_steps_are_held_to(void **state)
{
	struct config c = good("rollout = { days = 14; first_days = 4; rehearsal_days = 7; incomplete = 0; large_receivers = 2;\n"
			       "failing_own = 1.25; unnamed_senders = 5; lists_rewritten = 90.5; signed_own = 100; };");

	(void)state;
	assert_int_equal(c.rollout.days, 14);
	assert_int_equal(c.rollout.first_days, 4);
	assert_int_equal(c.rollout.rehearsal_days, 7);
	assert_int_equal(c.rollout.incomplete, 0);
	assert_int_equal(c.rollout.large_receivers, 2);
	assert_int_equal(c.rollout.failing_own, 125);
	assert_int_equal(c.rollout.unnamed_senders, 5);
	assert_int_equal(c.rollout.lists_rewritten, 9050);
	assert_int_equal(c.rollout.signed_own, 10000);
	BAD("rollout = { days = 3; };", ":1: rollout.days is 3: it must be from 4 to 366");
	BAD("rollout = { large_receivers = 1; };", ":1: rollout.large_receivers is 1: it must be from 2 to 3");
	BAD("rollout = { failing_own = 101; };", ":1: rollout.failing_own is 101: it must be from 0 to 100");
	BAD("rollout = { failing_own = 100.01; };", ":1: rollout.failing_own must be from 0 to 100, with two digits behind the point at most");
	BAD("rollout = { failing_own = -0.5; };", ":1: rollout.failing_own must be from 0 to 100, with two digits behind the point at most");
	BAD("rollout = { failing_own = 0.125; };", ":1: rollout.failing_own must be from 0 to 100, with two digits behind the point at most");
	BAD("rollout = { failing_own = 1e300; };", ":1: rollout.failing_own must be from 0 to 100, with two digits behind the point at most");
	BAD("rollout = { failing_own = \"half\"; };", ":1: rollout.failing_own must be a percentage, not text");
}

static void test_the_example_is_the_defaults(void **state)
{
	const char *slash = strrchr(__FILE__, '/'), *path;
	struct config c;

	(void)state;
	assert_non_null(slash);
	path = arena_printf(&arena, "%.*s/../../doc/ruad.conf.example", (int)(slash - __FILE__), __FILE__);
	if (access(path, R_OK) != 0)
		skip();
	if (config_load(&arena, path, &c, complain, &err) != 0)
		fail_msg("%s", err.text);
	assert_defaults(&c);
}

static void test_name_servers_are_numeric_with_or_without_a_port(void **state)
{
	struct config c = good("dns = { lookups = false; per_second = 5; asn_file = \"/srv/asn.mmdb\";\n"
			       "country_file = \"/srv/country.mmdb\";\n"
			       "servers = [ \"127.0.0.1\", \"192.0.2.53:5353\", \"2001:db8::53\", \"[::1]:54\" ]; };");

	(void)state;
	assert_false(c.dns.lookups);
	assert_int_equal(c.dns.per_second, 5);
	assert_string_equal(c.dns.servers, "127.0.0.1:53,192.0.2.53:5353,[2001:db8::53]:53,[::1]:54");
	assert_string_equal(c.dns.asn_file, "/srv/asn.mmdb");
	assert_string_equal(c.dns.country_file, "/srv/country.mmdb");
	BAD("dns = { servers = [ \"ns.univ.example\",\n \"127.0.0.1:0\",\n \":53\" ]; };",
	    ":1: dns.servers \"ns.univ.example\" is no numeric address, such as \"127.0.0.1:53\" or \"2001:db8::53\"",
	    ":2: dns.servers \"127.0.0.1:0\" is no numeric address, such as \"127.0.0.1:53\" or \"2001:db8::53\"",
	    ":3: dns.servers \":53\" is no numeric address, such as \"127.0.0.1:53\" or \"2001:db8::53\"");
	BAD("dns = { per_second = 0; };", ":1: dns.per_second is 0: it must be from 1 to 1000");
	BAD("dns = { lookups = \"yes\"; };", ":1: dns.lookups must be true or false, not text");
}

/* --- what is wrong --- */

static void test_unknown_keys_are_named_with_what_was_meant(void **state)
{
	(void)state;
	BAD("# one\n\nweb = {\n  lisen = \"127.0.0.1:80\";\n};\n",
	    ":4: unknown key \"lisen\" in web: did you mean \"listen\"?");
	BAD("domains = { owners = ( { domain = \"univ.example\"; } ); };", ":1: this entry of domains.owners has no owner");
	BAD("domains = { owners = ( { domain = \"no name\"; owner = \"x\"; } ); };",
	    ":1: domains.owners.domain \"no name\" is no domain name");
	BAD("databse = { };", ":1: unknown key \"databse\": did you mean \"database\"?");
	BAD("wbe = 1;", ":1: unknown key \"wbe\": did you mean \"web\"?");
	BAD("limits = { mail_byte = 1; };", ":1: unknown key \"mail_byte\" in limits: did you mean \"mail_bytes\"?");
	BAD("sources = ( { name = \"A\"; ip = []; onwer = \"x\"; } );",
	    ":1: unknown key \"onwer\" in sources: did you mean \"owner\"?");
	BAD("lists = ( { name = \"A\"; ip = []; kind = \"list\"; } );", ":1: unknown key \"kind\" in lists");
	BAD("telemetry = true;", ":1: unknown key \"telemetry\"");
	BAD("web = { a-very-long-name-that-nobody-ever-meant-to-write-in-a-configuration = 1; };",
	    ":1: unknown key \"a-very-long-name-that-nobody-ever-meant-to-write-in-a-configuration\" in web");
}

static void test_wrong_types_are_named(void **state)
{
	(void)state;
	BAD("database = \"/x\";", ":1: database must be a block { ... }, not text");
	BAD("database = { path = 7; };", ":1: database.path must be text, not a whole number");
	BAD("web = { listen = 8080; };", ":1: web.listen must be text, not a whole number");
	BAD("limits = { rows = \"many\"; };", ":1: limits.rows must be a whole number, not text");
	BAD("limits = { rows = 1000.0; };", ":1: limits.rows must be a whole number, not a fraction");
	BAD("limits = { rows = true; };", ":1: limits.rows must be a whole number, not true or false");
	BAD("domains = { own = { }; };", ":1: domains.own must be text or a list of texts, not a block");
	BAD("domains = { own = 5; };", ":1: domains.own must be text or a list of texts, not a whole number");
	BAD("domains = { own = [ 1,\n2 ]; };", ":1: domains.own must be text, not a whole number",
	    ":2: domains.own must be text, not a whole number");
	BAD("sources = ( { name = \"A\"; asn = 1.5; } );", ":1: sources.asn must be text or a list of texts, not a fraction");
	BAD("sources = ( { name = \"A\"; ip = 5; } );", ":1: sources.ip must be text or a list of texts, not a whole number");
	BAD("sources = { };", ":1: sources must be a list of blocks ( { ... }, ... ), not a block");
	BAD("sources = (\n \"A\" );", ":2: each entry of sources must be a block { ... }, not text");
}

static void test_bad_values_are_named(void **state)
{
	(void)state;
	BAD("database = { path = \" \"; };", ":1: database.path is empty");
	BAD("web = { listen = \"localhost:80\"; };",
	    ":1: web.listen \"localhost:80\" is no address and port, such as \"127.0.0.1:8080\" or \"[::1]:8080\"");
	BAD("web = { hosts = [ \"ruad.univ.example:443\" ]; };", ":1: web.hosts \"ruad.univ.example:443\" is no domain name");
	BAD("web = {\ntls_key = \"/etc/ruad/key.pem\"; };", ":2: web.tls_key stands alone: TLS needs web.tls_certificate, too");
	BAD("web = { tls_certificate = \"/etc/ruad/cert.pem\"; };",
	    ":1: web.tls_certificate stands alone: TLS needs web.tls_key, too");
	BAD("web = { connections = 7;\nconnections_per_address = 801; };", ":1: web.connections is 7: it must be from 8 to 800",
	    ":2: web.connections_per_address is 801: it must be from 1 to 800");
	BAD("domains = { own = [ \"univ example\" ]; };", ":1: domains.own \"univ example\" is no domain name");
	BAD("domains = { own = \"dmarc@univ.example\"; };", ":1: domains.own \"dmarc@univ.example\" is no domain name");
	BAD("domains = { own = \"*.univ.example\"; };", ":1: domains.own \"*.univ.example\" is no domain name");
	BAD("sources = ( { name = \"A\"; ip = [\n\"192.0.2.0/24\",\n\"192.0.2.0/33\" ]; } );",
	    ":3: sources.ip \"192.0.2.0/33\" is no address or network, such as \"192.0.2.7\" or \"2001:db8::/32\"");
	BAD("sources = ( { name = \"A\"; asn = [ 64500,\n0,\n-1 ]; } );",
	    ":2: sources.asn \"0\" is no AS number, such as 64500 or \"AS64500\"",
	    ":3: sources.asn \"-1\" is no AS number, such as 64500 or \"AS64500\"");
	BAD("lists = ( { name = \"A\"; asn = \"ASxyz\"; } );",
	    ":1: lists.asn \"ASxyz\" is no AS number, such as 64500 or \"AS64500\"");
	BAD("sources = ( { name = \"A\"; rdns = \"*.example\"; } );", ":1: sources.rdns \"*.example\" is no domain name");
	BAD("sources = ( { name = \"A\"; kind = \"lists\"; ip = []; } );",
	    ":1: sources.kind \"lists\" is not one of ours, service, list, forwarder, unknown: did you mean \"list\"?");
	BAD("lists = ( { name = \"A\"; software = \"majordomo\"; ip = []; } );",
	    ":1: lists.software \"majordomo\" is not one of listserv, mailman, sympa, google-groups, microsoft-365, "
	    "other");
}

static void test_ceilings_are_never_raised(void **state)
{
	(void)state;
	BAD("limits = { rows = 200001; };",
	    ":1: limits.rows is 200001: it must be from 1 to 200000, for a ceiling may only be lowered");
	BAD("limits = { rows = 0; };",
	    ":1: limits.rows is 0: it must be from 1 to 200000, for a ceiling may only be lowered");
	BAD("limits = { mail_bytes = -5; };",
	    ":1: limits.mail_bytes is -5: it must be from 1 to 26214400, for a ceiling may only be lowered");
}

/* libconfig 1.5 reads 4294967297 as 1. */
static void test_long_numbers_do_not_wrap(void **state)
{
	(void)state;
	BAD("# a\nlimits = {\n  rows = 4294967297; };", ":3: a number of more than 9 digits");
	BAD("limits = { rows = 0x100000001; };", ":1: a number of more than 9 digits");
	good("# 4294967297\n/* 4294967297\n */ // 4294967297\ndatabase = { path = \"/4294967297 \\\" 4294967297\"; };");
}

static void test_sources_without_name_or_pattern_are_found(void **state)
{
	(void)state;
	BAD("sources = (\n { kind = \"ours\"; ip = \"192.0.2.1\"; },\n { name = \"B\"; } );",
	    ":2: this entry of sources has no name",
	    ":3: this entry of sources matches no mail: it needs ip, dkim_domain, envelope, rdns or asn");
}

static void test_names_are_given_once(void **state)
{
	(void)state;
	BAD("sources = (\n { name = \"Relays\"; ip = []; },\n { name = \"relays\"; ip = []; } );\n"
	    "lists = (\n { name = \"Relays\"; ip = []; } );",
	    ":3: duplicate source name \"relays\": first on line 2",
	    ":5: duplicate source name \"Relays\": first on line 2");
}

static void test_all_errors_come_in_one_run_in_order(void **state)
{
	(void)state;
	BAD("lists = (\n { ip = \"nowhere\"; } );\n"
	    "web = { lisen = 1;\n listen = 2; };\n"
	    "limits = { rows = 0; };\n"
	    "sources = (\n { name = \"A\"; ip = []; },\n { name = \"A\"; ip = []; } );\n"
	    "surces = 1;\n",
	    ":2: lists.ip \"nowhere\" is no address or network, such as \"192.0.2.7\" or \"2001:db8::/32\"",
	    ":2: this entry of lists has no name", ":3: unknown key \"lisen\" in web: did you mean \"listen\"?",
	    ":4: web.listen must be text, not a whole number",
	    ":5: limits.rows is 0: it must be from 1 to 200000, for a ceiling may only be lowered",
	    ":8: duplicate source name \"A\": first on line 7",
	    ":9: unknown key \"surces\": did you mean \"sources\"?");
}

static void test_syntax_errors_have_a_line(void **state)
{
	(void)state;
	BAD("web = {\n listen = ;\n};", ":2: syntax error");
	BAD("web = {};\nweb = {};", ":2: duplicate setting name");
	BAD("domains = { own = [ \"a\",\n 1 ]; };", ":2: mismatched element type in array");
}

static void test_include_opens_no_file(void **state)
{
	(void)state;
	BAD("web = {};\n@include \"/etc/hostname\"\n", ":2: @include is not followed: ruad.conf is one file");
	BAD("@include \"../etc/hostname\"\n", ":1: @include is not followed: ruad.conf is one file");
}

static void test_text_of_the_file_cannot_write_to_a_terminal(void **state)
{
	(void)state;
	BAD("web = { listen = \"\\x1b[31m\"; };", ":1: web.listen is not plain UTF-8 text");
	BAD("sources = ( { name = \"a\\x1b[2J\"; ip = []; } );", ":1: sources.name is not plain UTF-8 text");
	BAD("sources = ( { name = \"a\xff\"; ip = []; } );", ":1: sources.name is not plain UTF-8 text");
	BAD("sources = ( { name = \"a\xe2\x80\xae" "b\"; ip = []; } );", ":1: sources.name is not plain UTF-8 text");
}

static void test_what_is_no_text_is_refused(void **state)
{
	struct config c;
	static const char nul[] = "web = {};\n\0 limits = { rows = 0; };";

	(void)state;
	assert_int_equal(read_bytes(nul, sizeof nul - 1, &c), -1);
	assert_string_equal(lines[0], ": holds a NUL byte: it is no text");
}

static void test_a_file_over_the_ceiling_is_not_read(void **state)
{
	char *text = malloc(LIMIT_CONFIG_BYTES + 1);
	struct config c;

	(void)state;
	assert_non_null(text);
	memset(text, '\n', LIMIT_CONFIG_BYTES + 1);
	assert_int_equal(read_bytes(text, LIMIT_CONFIG_BYTES, &c), 0);
	assert_int_equal(read_bytes(text, LIMIT_CONFIG_BYTES + 1, &c), -1);
	free(text);
	assert_string_equal(lines[0], ": larger than 1048576 bytes");
}

static void test_nesting_does_not_exhaust_the_stack(void **state)
{
	char *text = malloc(LIMIT_CONFIG_BYTES);
	struct config c;

	(void)state;
	assert_non_null(text);
	memset(text, '(', LIMIT_CONFIG_BYTES);
	memcpy(text, "a=", 2);
	assert_int_equal(read_bytes(text, LIMIT_CONFIG_BYTES, &c), -1);
	free(text);
	assert_int_equal(line_count, 1);
}

static void test_a_missing_file_is_said(void **state)
{
	struct config c;

	(void)state;
	forget();
	assert_int_equal(config_load(&arena, "/nonexistent/ruad.conf", &c, complain, &err), -1);
	assert_int_equal(line_count, 1);
	assert_string_equal(lines[0], "/nonexistent/ruad.conf: No such file or directory");
	assert_int_equal(config_load(&arena, "/", &c, NULL, &err), -1);
	assert_string_equal(err.text, "/: Is a directory");
}

/* --- address and port --- */

static void assert_listen(const char *text, const char *address, int port)
{
	const char *found = NULL;
	int n = -1;

	if (!config_listen(&arena, slice_of(text), &found, &n))
		fail_msg("\"%s\" was refused", text);
	assert_string_equal(found, address);
	assert_int_equal(n, port);
}

static void test_listen_takes_an_address_and_a_port(void **state)
{
	static const char *const junk[] = {
		"", ":", "127.0.0.1", "8080", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:+1",
		"127.0.0.1: 80",
		"127.0.0.1:80 ", " 127.0.0.1:80", "127.0.0.1:http", "localhost:80", "::1:80", "[::1]", "[::1]80",
		"[127.0.0.1]:80",
		"[]:80", "[fe80::1%eth0]:80", "127.0.0:80", "*:80", "127.0.0.1:99999999999999999999", "[::1:80",
		"::1]:80",
	};
	const char *address = "as it was";
	int port = 7;

	(void)state;
	assert_listen("127.0.0.1:8080", "127.0.0.1", 8080);
	assert_listen("0.0.0.0:80", "0.0.0.0", 80);
	assert_listen("[::1]:8080", "::1", 8080);
	assert_listen("[::]:65535", "::", 65535);
	assert_listen(":8080", "127.0.0.1", 8080);
	assert_listen("127.0.0.1:0", "127.0.0.1", 0);
	for (size_t i = 0; i < sizeof junk / sizeof *junk; i++)
		if (config_listen(&arena, slice_of(junk[i]), &address, &port))
			fail_msg("\"%s\" was taken", junk[i]);
	assert_false(config_listen(&arena, (struct slice){ 0 }, &address, &port));
	assert_false(config_listen(&arena, (struct slice){ "127.0.0.1\0x:80", 14 }, &address, &port));
	assert_string_equal(address, "as it was");
	assert_int_equal(port, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_empty_file_is_the_defaults),
		cmocka_unit_test(test_every_key_lands_where_it_belongs),
		cmocka_unit_test(test_sources_and_lists_become_rules),
		cmocka_unit_test(test_rules_by_reverse_name_and_network_are_read),
		cmocka_unit_test(test_ceilings_may_be_what_they_are),
		cmocka_unit_test(test_each_kind_has_days_of_its_own),
		cmocka_unit_test(test_what_steps_are_held_to),
		cmocka_unit_test(test_the_example_is_the_defaults),
		cmocka_unit_test(test_name_servers_are_numeric_with_or_without_a_port),
		cmocka_unit_test(test_unknown_keys_are_named_with_what_was_meant),
		cmocka_unit_test(test_wrong_types_are_named),
		cmocka_unit_test(test_bad_values_are_named),
		cmocka_unit_test(test_ceilings_are_never_raised),
		cmocka_unit_test(test_long_numbers_do_not_wrap),
		cmocka_unit_test(test_sources_without_name_or_pattern_are_found),
		cmocka_unit_test(test_names_are_given_once),
		cmocka_unit_test(test_all_errors_come_in_one_run_in_order),
		cmocka_unit_test(test_syntax_errors_have_a_line),
		cmocka_unit_test(test_include_opens_no_file),
		cmocka_unit_test(test_text_of_the_file_cannot_write_to_a_terminal),
		cmocka_unit_test(test_what_is_no_text_is_refused),
		cmocka_unit_test(test_a_file_over_the_ceiling_is_not_read),
		cmocka_unit_test(test_nesting_does_not_exhaust_the_stack),
		cmocka_unit_test(test_a_missing_file_is_said),
		cmocka_unit_test(test_listen_takes_an_address_and_a_port),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("config", tests, setup, teardown);
}
