/* test_receiver: reporters are whom they say they are, rules have one code each, and a bounce is read as it comes. */
#include "sample.h"

#include "schema/receiver.h"

static void test_reporters_are_known_by_any_of_their_names(void **state)
{
	static const struct {
		const char *name;
		enum receiver is;
	} cases[] = {
		{ "google.com", RECEIVER_GMAIL },	  { "GOOGLE.COM", RECEIVER_GMAIL },	    { "Yahoo", RECEIVER_YAHOO },
		{ "AOL", RECEIVER_YAHOO },		  { "ymail.com", RECEIVER_YAHOO },	    { "Outlook.com", RECEIVER_OUTLOOK },
		{ "Enterprise Outlook", RECEIVER_OUTLOOK }, { "protection.outlook.com", RECEIVER_OUTLOOK }, { "mail.yahoo.com", RECEIVER_YAHOO },
		{ "notgoogle.com", RECEIVERS },		  { "google.com.example", RECEIVERS },	    { "", RECEIVERS },
		{ "x.Google Inc.", RECEIVERS },		  { "Mimecast", RECEIVERS },		    { "com", RECEIVERS },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (receiver_of(slice_of(cases[i].name)) != cases[i].is)
			fail_msg("%s", cases[i].name);
}

static void test_a_bounce_opens_its_rule(void **state)
{
	static const struct {
		const char *text, *code;
		enum bulk_rule rule;
		enum receiver receiver;
		bool refused;
		const char *domain;
	} cases[] = {
		{ "550 5.7.27 SPF did not pass", "5.7.27", BULK_SPF, RECEIVERS, true, NULL },
		{ "421-4.7.27 x gsmtp", "4.7.27", BULK_SPF, RECEIVER_GMAIL, false, NULL },
		{ "550 5.7.515 Access denied, sending domain [univ.example] does not meet the required authentication level", "5.7.515",
		  BULK_ALIGNED, RECEIVER_OUTLOOK, true, "univ.example" },
		{ "4.7.x", "4.7.x", BULK_RULES, RECEIVERS, false, NULL },
		{ "5.7.26", "5.7.26", BULK_ALIGNED, RECEIVERS, true, NULL },
		{ "host [192.0.2.1] said 4.7.30 (google.com)", "4.7.30", BULK_DKIM, RECEIVER_GMAIL, false, NULL },
		{ "550 5.7.26 at yahoo", "5.7.26", BULK_ALIGNED, RECEIVER_YAHOO, true, NULL },
		{ "5.7.40", "5.7.40", BULK_DMARC, RECEIVERS, true, NULL },
		{ "5.7.25", "5.7.25", BULK_PTR, RECEIVERS, true, NULL },
		{ "5.1.1 no such user", "5.1.1", BULK_RULES, RECEIVERS, true, NULL },
		{ "5.7.270", "5.7.270", BULK_RULES, RECEIVERS, true, NULL },
		{ "192.4.7.27", NULL, BULK_RULES, RECEIVERS, false, NULL },
		{ "15.7.27", NULL, BULK_RULES, RECEIVERS, false, NULL },
		{ "5.7.", NULL, BULK_RULES, RECEIVERS, false, NULL },
		{ "hello [", NULL, BULK_RULES, RECEIVERS, false, NULL },
		{ "", NULL, BULK_RULES, RECEIVERS, false, NULL },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct bounce b = bounce_read(slice_of(cases[i].text));

		assert_slice(b.code, cases[i].code);
		assert_slice(b.domain, cases[i].domain);
		if (b.rule != cases[i].rule || b.receiver != cases[i].receiver || b.refused != cases[i].refused)
			fail_msg("%s: rule %d, receiver %d, refused %d", cases[i].text, b.rule, b.receiver, b.refused);
	}
}

/* Every code that a rule is shown with leads back to it. */
static void test_codes_lead_back_to_their_rules(void **state)
{
	for (int rule = 0; rule < BULK_RULES; rule++)
		for (const char *p = bulk_rule_codes((enum bulk_rule)rule); *p != '\0'; p++) {
			struct bounce b;

			if ((*p != '4' && *p != '5') || p[1] != '.' || strncmp(p, "5.7.515", 7) == 0)
				continue;
			b = bounce_read((struct slice){ p, strcspn(p, ",; ") });
			if ((int)b.rule != rule)
				fail_msg("%s of %s is of rule %d", p, bulk_rule_name((enum bulk_rule)rule), b.rule);
			p += strcspn(p, ",; ") - 1;
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reporters_are_known_by_any_of_their_names),
		cmocka_unit_test(test_a_bounce_opens_its_rule),
		cmocka_unit_test(test_codes_lead_back_to_their_rules),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("receiver", tests, NULL, NULL);
}
