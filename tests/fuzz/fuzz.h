/* fuzz: what the targets share. Each fuzz_NAME.c gives the two functions below: libFuzzer calls them under clang
 * (tests/fuzz/run), standalone.c calls them once per file of the corpus in every other build.
 * Neighbours: given.c checks what the front door of the parsers gives out. */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H
#include "base/buf.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline struct slice fuzz_slice(const uint8_t *data, size_t size)
{
	return (struct slice){ size > 0 ? (const char *)data : "", size };
}

/* Whether this input is one of the 1 in `n` that the slower checks are made on. Of the bytes alone, so that a finding
 * can be found again. */
static inline int fuzz_is_one_in(unsigned n, const uint8_t *data, size_t size)
{
	unsigned h = (unsigned)size;

	for (size_t i = 0; i < size; i++)
		h = h * 31 + data[i];
	return h % n == 0;
}
#endif
