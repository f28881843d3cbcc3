/* test_oauth: what is refused becomes what an administrator has to do, and nothing is asked for that cannot be had.
 * The flows themselves are tested against a server, in tests/oauth. */
#include "daemon/oauth.h"
#include "daemon/oauth_advice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void assert_advice(enum oauth_flow flow, const char *error, const char *description, const char *words)
{
	const char *got = oauth_advice_token(flow, slice_of(error), slice_of(description));

	if (words == NULL) {
		assert_null(got);
		return;
	}
	assert_non_null(got);
	assert_non_null(strstr(got, words));
}

static void test_a_code_is_not_taken_for_a_longer_one(void **state)
{
	assert_advice(OAUTH_CLIENT_CREDENTIALS, "x", "AADSTS700024: ...", "clock");
	assert_advice(OAUTH_CLIENT_CREDENTIALS, "x", "AADSTS700024", "clock");
	assert_advice(OAUTH_CLIENT_CREDENTIALS, "x", "AADSTS70002: ...", NULL);
	assert_advice(OAUTH_CLIENT_CREDENTIALS, "x", "AADSTS7000240: ...", NULL);
	assert_advice(OAUTH_CLIENT_CREDENTIALS, "x", "see AADSTS700024: ...", NULL);
	assert_advice(OAUTH_CLIENT_CREDENTIALS, "x", "", NULL);
}

static void test_the_same_error_means_something_else_in_another_flow(void **state)
{
	assert_advice(OAUTH_SERVICE_ACCOUNT, "unauthorized_client", "", "domain-wide delegation");
	assert_advice(OAUTH_CLIENT_CREDENTIALS, "unauthorized_client", "", "registration");
	assert_advice(OAUTH_SERVICE_ACCOUNT, "invalid_grant", "Invalid JWT Signature.", "key");
	assert_advice(OAUTH_SERVICE_ACCOUNT, "invalid_grant", "Invalid email or User ID", "subject");
	assert_advice(OAUTH_DEVICE_CODE, "invalid_grant", "", "sign-in");
	assert_advice(OAUTH_REFRESH_TOKEN, "invalid_grant", "", "refresh token");
	assert_advice(OAUTH_REFRESH_TOKEN, "invalid_grant ", "", NULL);
}

static void test_advice_is_given_without_a_token_or_an_answer(void **state)
{
	const struct oauth_config microsoft = { .name = "a",
						.flow = OAUTH_CLIENT_CREDENTIALS,
						.tenant = "univ.example" };
	const struct oauth_config own = { .name = "b", .flow = OAUTH_COMMAND };

	assert_non_null(oauth_advice(&microsoft, SLICE("AUTHENTICATE failed."), NULL));
	assert_non_null(oauth_advice(&microsoft, SLICE("a00001 no authenticate FAILED."), "no.jwt"));
	assert_null(oauth_advice(&microsoft, (struct slice){ 0 }, NULL));
	assert_null(oauth_advice(&microsoft, SLICE("\xff\x00"), "."));
	assert_null(oauth_advice(&own, SLICE("AUTHENTICATE failed."), NULL));
}

static void test_claims_are_of_the_kinds_they_should_be(void **state)
{
	const struct oauth_config c = { .name = "a", .flow = OAUTH_CLIENT_CREDENTIALS, .tenant = "univ.example" };
	static const char *const tokens[] = {
		/* {"aud":["a"],"roles":"IMAP.AccessAsApp"} */
		"x.eyJhdWQiOlsiYSJdLCJyb2xlcyI6IklNQVAuQWNjZXNzQXNBcHAifQ.x",
		"x.W10.x", /* [] */
		"x.Im91dCI.x", /* "out" */
		"x.eyJhdWQi.x", /* cut */
	};

	for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++)
		assert_non_null(
			strstr(oauth_advice(&c, SLICE("AUTHENTICATE failed."), tokens[i]), "New-ServicePrincipal"));
	/* {"aud":"00000002-0000-0ff1-ce00-000000000000","roles":[1,"IMAP.AccessAsApp"]} */
	assert_non_null(strstr(
		oauth_advice(&c, SLICE("AUTHENTICATE failed."),
			     "x.eyJhdWQiOiIwMDAwMDAwMi0wMDAwLTBmZjEtY2UwMC0wMDAwMDAwMDAwMDAiLCJyb2xlcyI6WzEsIklNQVAuQW"
			     "NjZXNzQXNBcHAiXX0.x"),
		"New-ServicePrincipal"));
}

static void test_a_secret_that_is_missing_is_asked_for_nowhere(void **state)
{
	const struct oauth_config c = { .name = "one",
					.flow = OAUTH_CLIENT_CREDENTIALS,
					.client_id = "app",
					.token_url = "https://192.0.2.1/token",
					.client_secret_file = "/nonexistent/secret" };
	const char *token = NULL;
	struct err err = { 0 };
	struct oauth *o;

	assert_int_equal(oauth_open(&c, 0, -1, &o, &err), 0);
	assert_int_equal(oauth_token(o, false, &token, &err), -1);
	assert_int_equal(err.kind, ERR_USE);
	assert_non_null(strstr(err.text, "oauth one: /nonexistent/secret: "));
	assert_null(token);
	oauth_close(o);
	oauth_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_code_is_not_taken_for_a_longer_one),
		cmocka_unit_test(test_the_same_error_means_something_else_in_another_flow),
		cmocka_unit_test(test_advice_is_given_without_a_token_or_an_answer),
		cmocka_unit_test(test_claims_are_of_the_kinds_they_should_be),
		cmocka_unit_test(test_a_secret_that_is_missing_is_asked_for_nowhere),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("oauth", tests, NULL, NULL);
}
