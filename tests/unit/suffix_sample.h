/* suffix_sample: a public suffix list of a test's own, so that no test depends on the one the system has. Neighbours: the
 * test_*.c that include it. */
#ifndef TESTS_UNIT_SUFFIX_SAMPLE_H
#define TESTS_UNIT_SUFFIX_SAMPLE_H
#include "sample.h"
#include "schema/domain.h"

#include <unistd.h>

/* `rules` in the form of the list itself. The caller frees it. */
static inline struct suffixes *suffix_sample(const char *rules)
{
	char path[] = "/tmp/ruad-suffixes-XXXXXX";
	int fd = mkstemp(path);
	struct suffixes *list = NULL;
	struct err err = { 0 };

	assert_true(fd >= 0);
	assert_int_equal(write(fd, rules, strlen(rules)), strlen(rules));
	close(fd);
	assert_int_equal(suffixes_open(path, &list, &err), 0);
	assert_int_equal(unlink(path), 0);
	return list;
}
#endif
