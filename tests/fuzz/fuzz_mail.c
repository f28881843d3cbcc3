/* fuzz_mail: bytes as a mail or file through the front door of the parsers: MIME, containers and every kind of document
 * behind them. Checks: given.h. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/given.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	message_init();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	given_check(fuzz_slice(data, size), fuzz_is_one_in(4, data, size));
	return 0;
}
