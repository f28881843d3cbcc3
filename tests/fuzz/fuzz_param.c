/* fuzz_param: the query part of a URL. The first byte says which page. Checks: what is taken makes an address that is
 * taken again and makes the same address; what is refused names at least one error. */
#include "tests/fuzz/fuzz.h"

#include "base/text.h"
#include "web/param.h"

#include <assert.h>

static const struct store_state state = { .generation = 7, .reports = 3, .first_day = 20000, .last_day = 20600 };

static void check_errors(const struct param_errors *errors)
{
	assert(errors->n > 0 && errors->n <= PARAM_ERRORS);
	for (size_t i = 0; i < errors->n; i++)
		assert(errors->item[i].detail != NULL);
}

static void check_filter(struct arena *a, const struct params *p)
{
	struct param_errors errors = { 0 };
	struct filter filter;

	if (param_filter(a, p, &state, &filter, &errors) != 0)
		check_errors(&errors);
	else
		assert(filter.first_day <= filter.last_day);
}

/* An address made of parameters is the canonical one: read and made again, it stays as it is. */
static void check_link(struct arena *a, unsigned page, const struct params *p)
{
	struct slice link = param_link(a, "/x", p), again;
	struct param_errors errors = { 0 };
	struct params back = { 0 };
	struct slice query;
	const char *mark;

	if (link.ptr == NULL)
		return;
	assert(text_utf8_valid(link));
	mark = memchr(link.ptr, '?', link.len);
	if (mark == NULL)
		return;
	query = (struct slice){ mark + 1, link.len - (size_t)(mark + 1 - link.ptr) };
	assert(param_parse(a, query, page, &back, &errors) == 0);
	again = param_link(a, "/x", &back);
	assert(slice_eq(link, again));
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = { 0 };
	struct param_errors errors = { 0 };
	struct params p = { 0 };
	unsigned page;

	if (size == 0)
		return 0;
	page = data[0] & 1 ? PAGE_RECORDS : PAGE_OVERVIEW;
	if (param_parse(&a, fuzz_slice(data + 1, size - 1), page, &p, &errors) != 0) {
		check_errors(&errors);
	} else {
		check_filter(&a, &p);
		check_link(&a, page, &p);
	}
	arena_release(&a);
	return 0;
}
