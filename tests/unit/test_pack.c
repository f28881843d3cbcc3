/* test_pack: packed rows read back as they were, reports can be passed over, and damaged bytes are refused. */
#include "storage/pack.h"

#include "schema/report.h"
#include "storage/varint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { REPORTS = 30, ROWS = 40, FIRST = 1000 };

static struct packed_row row_of(uint64_t report, uint64_t i)
{
	return (struct packed_row){ (uint32_t)(i / 2 * (report + 1) * 300), (uint32_t)(i % 2 ? UINT32_MAX : report * 7),
				    i == 3 ? INT64_MAX : (int64_t)(report * i) };
}

static struct packed_report report_of(uint64_t i)
{
	return (struct packed_report){ FIRST + (int64_t)(i * i * 100000), (uint32_t)i, UINT32_MAX - (uint32_t)i,
				       i == 5 ? UINT32_MAX : (uint32_t)i * 3, i % 3 == 0, i % 7 == 0 ? 0 : ROWS };
}

static void pack_all(struct buf *out)
{
	int64_t before = FIRST;

	buf_init(out, 1 << 20);
	for (uint64_t i = 0; i < REPORTS; i++) {
		struct packed_report r = report_of(i);
		struct packed_row rows[ROWS];

		for (uint64_t k = 0; k < r.rows; k++)
			rows[k] = row_of(i, k);
		varint_add(out, (uint64_t)(r.id - before));
		pack_report(out, &r, rows);
		before = r.id;
	}
}

static void test_packed_rows_read_back_as_they_were(void **state)
{
	struct pack_reader in;
	struct packed_report r;
	struct packed_row row;
	struct buf packed;
	uint64_t n = 0;
	int rc;

	pack_all(&packed);
	pack_reader_init(&in, buf_slice(&packed), FIRST);
	while ((rc = pack_next_report(&in, &r)) == 1) {
		struct packed_report want = report_of(n);
		uint64_t k = 0;

		assert_true(r.id == want.id && r.reporter == want.reporter && r.domain == want.domain &&
			    r.policy == want.policy && r.is_long == want.is_long && r.rows == want.rows);
		while ((rc = pack_next_row(&in, &row)) == 1) {
			struct packed_row as = row_of(n, k++);

			assert_true(row.address == as.address && row.profile == as.profile && row.messages == as.messages);
		}
		assert_int_equal(rc, 0);
		assert_int_equal(k, want.rows);
		n++;
	}
	assert_int_equal(rc, 0);
	assert_int_equal(n, REPORTS);
	buf_release(&packed);
}

static void test_a_report_is_passed_over_whole(void **state)
{
	struct pack_reader in;
	struct packed_report r;
	struct packed_row row;
	struct buf packed;
	uint64_t n = 0;

	pack_all(&packed);
	pack_reader_init(&in, buf_slice(&packed), FIRST);
	for (; pack_next_report(&in, &r) == 1; n++) {
		assert_int_equal(r.id, report_of(n).id);
		for (uint64_t k = 0; k < n % 3 && r.rows > 0; k++) /* none, one or two of its rows */
			assert_int_equal(pack_next_row(&in, &row), 1);
	}
	assert_int_equal(n, REPORTS);
	buf_release(&packed);
}

/* Every cut, and every byte changed: an end or a refusal, and nothing outside the bytes (under ASan). */
static void test_damaged_bytes_do_no_harm(void **state)
{
	struct buf packed;
	int refused = 0;

	pack_all(&packed);
	for (size_t i = 0; i < packed.len; i++) {
		char *copy = malloc(packed.len);
		size_t len = i % 2 ? i : packed.len;
		struct pack_reader in;
		struct packed_report r;
		struct packed_row row;
		int rc;

		assert_non_null(copy);
		memcpy(copy, packed.data, packed.len);
		copy[i] = (char)(copy[i] ^ 0x85);
		pack_reader_init(&in, (struct slice){ copy, len }, FIRST);
		while ((rc = pack_next_report(&in, &r)) == 1)
			while ((rc = pack_next_row(&in, &row)) == 1)
				;
		refused += rc == -1;
		free(copy);
	}
	assert_true(refused > 0);
	buf_release(&packed);
}

static void test_more_than_26_hours_is_long(void **state)
{
	assert_false(pack_is_long(0, 86399));
	assert_false(pack_is_long(0, 26 * 3600));
	assert_true(pack_is_long(0, 26 * 3600 + 1));
	assert_false(pack_is_long(5, 0));
	assert_false(pack_is_long(REPORT_NO_TIME, 100));
	assert_true(pack_is_long(INT64_MIN + 1, INT64_MAX));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_packed_rows_read_back_as_they_were),
		cmocka_unit_test(test_a_report_is_passed_over_whole),
		cmocka_unit_test(test_damaged_bytes_do_no_harm),
		cmocka_unit_test(test_more_than_26_hours_is_long),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("pack", tests, NULL, NULL);
}
