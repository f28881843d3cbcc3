/* test_users: who may sign in is what the file says, a password fits the one it was made from, and a file with a mistake lets
 * nobody in. */
#include "daemon/users.h"

#include "tests/unit/sample.h"

#include <sys/stat.h>
#include <unistd.h>

static struct arena arena;
static char folder[] = "/tmp/ruad-users-XXXXXX";
static const char *path;

#define HASH "$y$j9T$aaaaaaaaaaaaaaaaaaaaaa$bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static int setup(void **state)
{
	path = mkdtemp(folder) != NULL ? arena_printf(&arena, "%s/users", folder) : NULL;
	return path != NULL ? 0 : -1;
}

static int teardown(void **state)
{
	unlink(path);
	rmdir(folder);
	arena_release(&arena);
	return 0;
}

static void put(const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	assert_int_equal(chmod(path, 0640), 0);
}

/* Whoever may write it could make an admin of himself, and whoever may read it can try passwords at leisure. */
static void test_a_file_that_others_get_at_is_refused(void **state)
{
	static const mode_t open[] = { 0644, 0641, 0642, 0660 };
	struct users u;
	struct err err;

	put("ann:admin:" HASH "\n");
	for (size_t i = 0; i < sizeof open / sizeof *open; i++) {
		assert_int_equal(chmod(path, open[i]), 0);
		assert_int_equal(users_read(&arena, path, &u, &err), -1);
		assert_non_null(strstr(err.text, "chmod"));
	}
	assert_int_equal(chmod(path, 0400), 0);
	assert_int_equal(users_read(&arena, path, &u, &err), 0);
	assert_int_equal(chmod(path, 0600), 0);
}

static void test_people_are_read_with_their_roles(void **state)
{
	struct users u;
	struct err err;

	put("# people\n\nann:admin:" HASH "\n b\xc3\xb6rn@univ.example:team:" HASH "\ncem:viewer(Chem.Univ.Example,phys.univ.example.):" HASH);
	assert_int_equal(users_read(&arena, path, &u, &err), 0);
	assert_int_equal(u.n, 3);
	assert_int_equal(users_find(&u, SLICE("ann"))->role, ACCESS_ADMIN);
	assert_int_equal(users_find(&u, SLICE("b\xc3\xb6rn@univ.example"))->role, ACCESS_TEAM);
	assert_int_equal(users_find(&u, SLICE("cem"))->role, ACCESS_VIEWER);
	assert_slice(users_find(&u, SLICE("cem"))->trees, "chem.univ.example\nphys.univ.example\n");
	assert_null(users_find(&u, SLICE("an")));
}

static void test_a_mistake_is_named_with_its_line(void **state)
{
	static const char *const wrong[] = {
		"ann",
		"ann:admin",
		":admin:" HASH,
		"a nn:admin:" HASH,
		"ann:root:" HASH,
		"ann:viewer:" HASH,
		"ann:viewer():" HASH,
		"ann:viewer(chem):" HASH,
		"ann:viewer(chem.univ.example,,):" HASH,
		"ann:admin:",
		"ann:admin:plaintext-password-of-ann",
		"\nann:team:" HASH "\nann:admin:" HASH,
	};
	struct users u;
	struct err err;

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		put(wrong[i]);
		err = (struct err){ 0 };
		if (users_read(&arena, path, &u, &err) != -1)
			fail_msg("\"%s\" was taken", wrong[i]);
		assert_int_equal(err.kind, ERR_USE);
		assert_non_null(strstr(err.text, i + 1 < sizeof wrong / sizeof *wrong ? "users:1: " : "users:3: "));
		assert_null(strstr(err.text, "password-of"));
		assert_int_equal(users_are_readable(path, &err), -1);
		assert_non_null(strstr(err.text, "users:"));
	}
	assert_int_equal(users_read(&arena, "/nowhere/users", &u, &err), -1);
	assert_non_null(strstr(err.text, "ruad user NAME makes it"));
	assert_int_equal(users_are_readable(NULL, &err), 0);
}

static void test_what_is_written_is_read_and_is_nobody_elses(void **state)
{
	struct user people[] = { { SLICE("ann"), ACCESS_ADMIN, SLICE(""), SLICE(HASH) },
				 { SLICE("cem"), ACCESS_VIEWER, SLICE("a.univ.example\nb.univ.example\n"), SLICE(HASH) } };
	const struct users u = { people, 2 };
	struct users back;
	struct stat st;
	struct err err;

	unlink(path);
	assert_int_equal(users_write(path, &u, &err), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07, 0);
	assert_int_equal(users_read(&arena, path, &back, &err), 0);
	assert_int_equal(back.n, 2);
	assert_slice(back.item[1].trees, "a.univ.example\nb.univ.example\n");
	assert_slice(back.item[1].hash, HASH);
	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(users_write(path, &u, &err), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	assert_int_equal(users_write("/nowhere/users", &u, &err), -1);
	assert_int_equal(users_are_readable(path, &err), 0);
}

static void test_a_password_fits_its_own_hash_alone(void **state)
{
	struct user ann = { .name = SLICE("ann") };
	struct err err;
	char wide[600];

	assert_int_equal(users_hash(&arena, SLICE("correct horse"), &ann.hash, &err), 0);
	assert_memory_equal(ann.hash.ptr, "$y$", 3);
	assert_true(users_check(&ann, SLICE("correct horse")));
	assert_false(users_check(&ann, SLICE("correct hors")));
	assert_false(users_check(&ann, SLICE("correct horse ")));
	assert_false(users_check(&ann, SLICE("")));
	assert_false(users_check(&ann, SLICE("correct\0horse")));
	assert_false(users_check(NULL, SLICE("correct horse")));
	memset(wide, 'a', sizeof wide);
	assert_false(users_check(&ann, (struct slice){ wide, sizeof wide }));
	assert_int_equal(users_hash(&arena, (struct slice){ wide, sizeof wide }, &ann.hash, &err), -1);
	assert_int_equal(users_hash(&arena, SLICE(""), &ann.hash, &err), -1);
	ann.hash = SLICE("*0");
	assert_false(users_check(&ann, SLICE("*0")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_people_are_read_with_their_roles),
		cmocka_unit_test(test_a_file_that_others_get_at_is_refused),
		cmocka_unit_test(test_a_mistake_is_named_with_its_line),
		cmocka_unit_test(test_what_is_written_is_read_and_is_nobody_elses),
		cmocka_unit_test(test_a_password_fits_its_own_hash_alone),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("users", tests, setup, teardown);
}
