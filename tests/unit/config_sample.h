/* config_sample: reads a ruad.conf out of a text and holds what is said of it to what is expected, for the tests of
 * config.c and its parts. */
#ifndef TESTS_UNIT_CONFIG_SAMPLE_H
#define TESTS_UNIT_CONFIG_SAMPLE_H
#include "daemon/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

enum { MOST_LINES = 4096 };

/* What the last reading complained of, without the name of the temporary file. */
static char *lines[MOST_LINES];
static int line_count;
static char file[64];
static struct arena arena;
static struct err err;

static void complain(const char *line)
{
	assert_true(line_count < MOST_LINES);
	lines[line_count++] = strdup(strncmp(line, file, strlen(file)) == 0 ? line + strlen(file) : line);
}

static void forget(void)
{
	while (line_count > 0)
		free(lines[--line_count]);
}

static int setup(void **state)
{
	(void)state;
	snprintf(file, sizeof file, "/tmp/ruad-config-XXXXXX");
	close(mkstemp(file));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	forget();
	arena_release(&arena);
	return unlink(file);
}

static inline int read_bytes(const char *text, size_t n, struct config *out)
{
	FILE *f = fopen(file, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
	forget();
	return config_load(&arena, file, out, complain, &err);
}

static inline struct config good(const char *text)
{
	struct config c;

	if (read_bytes(text, strlen(text), &c) != 0)
		fail_msg("refused: %s", lines[0]);
	assert_int_equal(line_count, 0);
	return c;
}

/* `expected` is what each line must say, in order. */
static inline void assert_bad(const char *text, const char *const *expected, int n)
{
	struct config untouched, c;

	memset(&c, 0x5a, sizeof c);
	memset(&untouched, 0x5a, sizeof untouched);
	assert_int_equal(read_bytes(text, strlen(text), &c), -1);
	for (int i = 0; i < n && i < line_count; i++)
		assert_string_equal(lines[i], expected[i]);
	assert_int_equal(line_count, n);
	assert_memory_equal(&c, &untouched, sizeof c);
	assert_int_equal(err.kind, ERR_USE);
	assert_string_equal(err.text + strlen(file), lines[0]);
}

#define BAD(text, ...)                                                                                                 \
	assert_bad(text, (const char *const[]){ __VA_ARGS__ },                                                         \
		   (int)(sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *)))

static inline void assert_slice(struct slice s, const char *expected)
{
	if (!slice_is(s, expected))
		fail_msg("\"%.*s\" is not \"%s\"", (int)s.len, s.ptr, expected);
}
#endif
