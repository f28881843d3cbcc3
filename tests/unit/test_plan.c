/* test_plan: every named statement prepares, takes the parameters its text names, and walks no table it need not. */
#include "store_sample.h"

#include "storage/db.h"

/* What may scan, and why. A statement's comment in schema/queries says the same after "scan:". */
static const struct allowed {
	const char *name, *why;
} scans[] = {
	{ "addresses_known", "a changed rule looks at every address" },
	{ "profiles_envelope", "a changed rule looks at every profile" },
	{ "state", "a count over a small b-tree" },
	{ "mailboxes", "as many as are configured, or were" },
	{ "profiles_facts", "a rebuild looks at every profile" },
	{ "report_count", "verify counts all reports" },
	{ "rejects_older", "pruning looks at all refusals" },
	{ "tls_reports_older", "pruning looks at all of them" },
	{ "addresses_due_all", "changed settings touch every address" },
	{ "failure_reports_older", "pruning looks at all of them" },
	{ "note_count", "as many as a person wrote" },
	{ "confirmation_count", "as many as a person gave" },
	{ "blocker_count", "as many as a person named" },
};

static bool may_scan(const char *name)
{
	for (size_t i = 0; i < sizeof scans / sizeof *scans; i++)
		if (strcmp(scans[i].name, name) == 0)
			return true;
	return false;
}

/* Statements of a migration fit the tables of another version only: test_migrate runs them. */
static bool is_of(enum sql_home home, int name)
{
	return sql_texts[name].home == home;
}

static struct db *opened(struct bench *b, enum sql_home home)
{
	const char *raw = arena_printf(&b->arena, "%s.raw", b->db);
	struct db *db = NULL;

	if (home == SQL_HOME_RAW)
		assert_done(b, db_open_raw(raw, DB_WRITE, &db, &b->err));
	else
		assert_done(b, db_open(b->db, DB_WRITE, &db, &b->err));
	return db;
}

static bool plan_walks(struct bench *b, struct db *db, int name, char plan[4096])
{
	plan[0] = '\0';
	if (db_plan(db, (enum sql)name, plan, 4096, &b->err) < 0)
		fail_msg("%s: %s", sql_texts[name].name, b->err.text);
	return strstr(plan, "SCAN") != NULL || strstr(plan, "TEMP B-TREE") != NULL || strstr(plan, "AUTOMATIC") != NULL;
}

static void assert_plans(struct bench *b, enum sql_home home)
{
	struct db *db = opened(b, home);
	char plan[4096];

	for (int i = 0; i < SQL_STATEMENTS; i++) {
		if (!is_of(home, i))
			continue;
		if (plan_walks(b, db, i, plan) && !may_scan(sql_texts[i].name))
			fail_msg("%s walks a table:\n%s", sql_texts[i].name, plan);
		if (strstr(plan, "TEMP B-TREE") != NULL || strstr(plan, "AUTOMATIC") != NULL)
			fail_msg("%s sorts or builds an index each time:\n%s", sql_texts[i].name, plan);
	}
	db_close(db);
}

static void test_no_statement_walks_a_table_unlisted(void **state)
{
	struct bench *b = *state;

	assert_plans(b, SQL_HOME_MAIN);
	assert_plans(b, SQL_HOME_RAW);
}

static void test_statistics_do_not_turn_a_search_into_a_scan(void **state)
{
	struct bench *b = *state;

	sample_fill(b, 100);
	table_run(b, b->db, "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 100) "
			    "INSERT INTO month_ids SELECT i, x'', x'' FROM n"); /* three lines are best walked */
	table_run(b, b->db, "ANALYZE");
	assert_plans(b, SQL_HOME_MAIN);
}

static void test_the_list_of_scans_is_exact(void **state)
{
	struct bench *b = *state;
	struct db *db = opened(b, SQL_HOME_MAIN);
	char plan[4096];

	for (size_t k = 0; k < sizeof scans / sizeof *scans; k++) {
		int i = 0;

		while (i < SQL_STATEMENTS && strcmp(sql_texts[i].name, scans[k].name) != 0)
			i++;
		if (i == SQL_STATEMENTS || !plan_walks(b, db, i, plan))
			fail_msg("%s is listed as a scan (%s), but is none", scans[k].name, scans[k].why);
	}
	db_close(db);
}

/* The comments beside the statements and the list above say the same. */
static void compare_comments(struct bench *b, const char *file, size_t *said)
{
	const char *end = strrchr(__FILE__, '/');
	char line[1024];
	FILE *f = fopen(
		arena_printf(&b->arena, "%.*s../../schema/queries/%s", (int)(end + 1 - __FILE__), __FILE__, file), "r");

	if (f == NULL)
		fail_msg("%s does not open from here: run where the build ran", file);
	while (fgets(line, sizeof line, f) != NULL) {
		char *colon = strncmp(line, "-- ", 3) == 0 ? strchr(line, ':') : NULL;

		if (colon == NULL || strstr(colon, "scan:") == NULL)
			continue;
		*colon = '\0';
		if (!may_scan(line + 3))
			fail_msg("%s says that %s scans; the list does not", file, line + 3);
		++*said;
	}
	fclose(f);
}

static void test_the_comments_admit_each_scan(void **state)
{
	struct bench *b = *state;
	size_t said = 0;

	compare_comments(b, "derive.sql", &said);
	compare_comments(b, "ingest.sql", &said);
	compare_comments(b, "raw.sql", &said);
	compare_comments(b, "read.sql", &said);
	assert_int_equal(said, sizeof scans / sizeof *scans);
}

static void assert_parameters(struct bench *b, enum sql_home home)
{
	struct db *db = opened(b, home);

	for (int i = 0; i < SQL_STATEMENTS; i++) {
		unsigned long highest = 0, seen = 0;

		if (!is_of(home, i))
			continue;
		for (const char *p = sql_texts[i].text; (p = strchr(p, '?')) != NULL; p++) {
			unsigned long n = strtoul(p + 1, NULL, 10);

			if (n < 1 || n > 63)
				fail_msg("%s: a parameter without a number", sql_texts[i].name);
			seen |= 1UL << n;
			highest = n > highest ? n : highest;
		}
		if ((unsigned long)db_parameters(db, (enum sql)i) != highest || seen != (2UL << highest) - 2)
			fail_msg("%s: parameters are not 1 to %lu", sql_texts[i].name, highest);
	}
	db_close(db);
}

static void test_every_parameter_is_bound_by_its_number(void **state)
{
	assert_parameters(*state, SQL_HOME_MAIN);
	assert_parameters(*state, SQL_HOME_RAW);
}

static void test_names_are_unique(void **state)
{
	for (int i = 0; i < SQL_STATEMENTS; i++)
		for (int k = 0; k < i; k++)
			assert_string_not_equal(sql_texts[i].name, sql_texts[k].name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(test_no_statement_walks_a_table_unlisted),
		bench_test(test_statistics_do_not_turn_a_search_into_a_scan),
		bench_test(test_the_list_of_scans_is_exact),
		bench_test(test_the_comments_admit_each_scan),
		bench_test(test_every_parameter_is_bound_by_its_number),
		cmocka_unit_test(test_names_are_unique),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
