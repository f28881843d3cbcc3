/* test_web_text: a view on a terminal, where the view leaves something out. */
#include "sample.h"
#include "store_sample.h"

#include "schema/limits.h"
#include "web/web.h"

static int take(void *ctx, const char *bytes, size_t len)
{
	return buf_add(ctx, bytes, len);
}

/* One more row than is told apart by address in passing. */
static void fill(struct bench *b)
{
	struct report *r = sample_report(b, "1", SAMPLE_DAY);
	struct row *rows = arena_array(&b->arena, LIMIT_OVERVIEW_ROWS + 1, sizeof *rows);
	struct store *s = sample_open(b, sample_rules(b));

	for (int i = 0; i <= LIMIT_OVERVIEW_ROWS; i++) {
		rows[i] = *sample_row(b, sample_report(b, "x", SAMPLE_DAY), arena_printf(&b->arena, "10.%d.%d.1", i / 256, i % 256), 1);
		rows[i].next = i < LIMIT_OVERVIEW_ROWS ? &rows[i + 1] : NULL;
	}
	rows[0].source_ip = SLICE("192.0.2.1");
	r->rows = rows;
	r->row_count = LIMIT_OVERVIEW_ROWS + 1;
	sample_put(b, s, r);
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
}

static void test_a_summary_of_too_many_addresses_names_sources(void **state)
{
	struct bench *b = *state;
	const struct web_config config = { .database = b->db, .suffixes = b->list };
	const struct web_param all = { SLICE("period"), SLICE("all"), false };
	struct buf out;

	fill(b);
	buf_init(&out, 1 << 20);
	assert_int_equal(web_print(&config, "/", &all, 1, false, take, &out, &b->err), WEB_FOUND);
	buf_add_char(&out, '\0');
	assert_non_null(strstr(out.data, "Who sends as us\n   50,000  Unknown "));
	assert_non_null(strstr(out.data, "        1  Relays "));
	assert_non_null(strstr(out.data, "\nPolicy p=none (1 of 1 report)\nNext: Name the senders that no rule names "));
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(test_a_summary_of_too_many_addresses_names_sources),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("web_text", tests, NULL, NULL);
}
