/* test_err: a fault says what and why, in one bounded text, and asking for no text is allowed. */
#include "base/err.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_what_went_wrong_is_kept_with_its_kind(void **state)
{
	struct err err = { 0 };

	assert_int_equal(err_set(&err, ERR_USE, "ruad.conf:%d: unknown key \"%s\"", 7, "colour"), -1);
	assert_int_equal(err.kind, ERR_USE);
	assert_string_equal(err.text, "ruad.conf:7: unknown key \"colour\"");
}

static void test_a_system_fault_says_why(void **state)
{
	struct err err = { 0 };

	errno = ENOENT;
	assert_int_equal(err_errno(&err, "%s", "/srv/ruad.db"), -1);
	assert_int_equal(err.kind, ERR_SYSTEM);
	assert_string_equal(err.text, "/srv/ruad.db: No such file or directory");
}

static void test_nobody_asking_for_the_text_is_no_crash(void **state)
{
	errno = EACCES;
	assert_int_equal(err_set(NULL, ERR_USE, "%s", "x"), -1);
	assert_int_equal(err_errno(NULL, "%s", "x"), -1);
}

static void test_a_long_text_is_cut_inside_its_room(void **state)
{
	static char name[4000];
	struct {
		struct err err;
		unsigned char behind[64];
	} box;

	memset(name, 'n', sizeof name - 1);
	for (int with_errno = 0; with_errno < 2; with_errno++) {
		memset(&box, 0x5a, sizeof box);
		errno = ENOSPC;
		if (with_errno)
			err_errno(&box.err, "%s", name);
		else
			err_set(&box.err, ERR_SYSTEM, "%s", name);
		assert_int_equal(strlen(box.err.text), sizeof box.err.text - 1);
		for (size_t i = 0; i < sizeof box.behind; i++)
			assert_int_equal(box.behind[i], 0x5a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_went_wrong_is_kept_with_its_kind),
		cmocka_unit_test(test_a_system_fault_says_why),
		cmocka_unit_test(test_nobody_asking_for_the_text_is_no_crash),
		cmocka_unit_test(test_a_long_text_is_cut_inside_its_room),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("err", tests, NULL, NULL);
}
