/* fuzz_packed: the packed tables of the store, as a damaged disk or a strange hand may leave them. The first byte says which
 * form: 0 the rows of a day, 1 cells of a day, 2 cells of a month, 3 with five keys; the rest is what is stored.
 * Checks: reading ends, and gives no more than there is; sorted cells that were read are the same after being packed and
 * read once more. */
#include "tests/fuzz/fuzz.h"

#include "storage/cells.h"
#include "storage/pack.h"

#include <assert.h>
#include <string.h>

enum { MOST_BYTES = 64 * 1024 };

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	return 0;
}

static void read_rows(struct slice segment)
{
	struct packed_report r;
	struct packed_row row;
	struct pack_reader in;
	size_t n = 0;
	uint64_t rows = 0;

	pack_reader_init(&in, segment, 1);
	while (pack_next_report(&in, &r) == 1) {
		n++;
		rows = 0;
		while (pack_next_row(&in, &row) == 1)
			rows++;
		assert(rows <= r.rows && rows <= segment.len);
	}
	assert(n <= segment.len);
}

static int compare(const struct cell *a, const struct cell *b)
{
	for (int i = 0; i < CELL_KEYS; i++)
		if (a->key[i] != b->key[i])
			return a->key[i] < b->key[i] ? -1 : 1;
	return 0;
}

/* The cells up to the first that is out of order, which cells_pack would never write. */
static void read_cells(struct slice packed, int keys, bool of_month, struct cells *out)
{
	const struct cell *cell;
	struct cell_reader in;
	size_t n = 0;

	cell_reader_init(&in, packed, keys, of_month);
	while (cell_reader_next(&in, &cell) == 1) {
		assert(++n <= packed.len);
		if (out->n > 0 && compare(&out->item[out->n - 1], cell) >= 0)
			break;
		cells_append(out, cell);
	}
}

static void check_cells(struct slice packed, int keys, bool of_month)
{
	struct cells first = { 0 }, again = { 0 };
	struct buf out;

	read_cells(packed, keys, of_month, &first);
	buf_init(&out, 16 * MOST_BYTES);
	cells_pack(&out, &first, keys, of_month);
	assert(!out.full);
	read_cells(buf_slice(&out), keys, of_month, &again);
	assert(again.n == first.n);
	for (size_t i = 0; i < first.n; i++)
		assert(compare(&first.item[i], &again.item[i]) == 0 && first.item[i].messages == again.item[i].messages &&
		       first.item[i].count == again.item[i].count && first.item[i].days == again.item[i].days);
	buf_release(&out);
	cells_release(&first);
	cells_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest;

	if (size == 0 || size > MOST_BYTES)
		return 0;
	rest = fuzz_slice(data + 1, size - 1);
	if (data[0] == 0)
		read_rows(rest);
	else
		check_cells(rest, data[0] == 3 ? CELL_KEYS : ROW_KEYS, data[0] >= 2);
	return 0;
}
