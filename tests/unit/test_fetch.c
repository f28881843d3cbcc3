/* test_fetch: a source that rests after a fault goes on, whenever the store's words come. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "daemon/fetch.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HANG_S = 20 };

struct bench {
	struct heritage heritage;
	struct fetch f;
	struct channel store;
	struct err err;
};

static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof *b);
	int pair[2];

	assert_non_null(b);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	assert_non_null(b->heritage.board = board_make(&b->err));
	b->f.heritage = &b->heritage;
	channel_init(&b->f.channel, pair[0]);
	channel_init(&b->store, pair[1]);
	alarm(HANG_S);
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	alarm(0);
	channel_release(&b->f.channel);
	channel_release(&b->store);
	board_free(b->heritage.board);
	free(b);
	return 0;
}

static void put_mails(struct bench *b, int n)
{
	uint32_t number;

	for (int i = 0; i < n; i++)
		assert_int_equal(fetch_put(&b->f, i + 1, SLICE("1:1"), SLICE("a mail"), SLICE("its bytes"), &number, &b->err), 0);
}

static void settle(struct bench *b, uint32_t number)
{
	const char outcome = MAIL_READ;

	assert_int_equal(channel_put(&b->store, FRAME_SETTLED, number, (struct slice){ &outcome, 1 }, (struct slice){ 0 }), 0);
	assert_int_equal(channel_flush(&b->store, true), 0);
}

static void test_a_rest_ends_where_the_words_come_after_its_time(void **state)
{
	struct bench *b = *state;

	put_mails(b, 2);
	settle(b, 1);
	settle(b, 2);
	assert_int_equal(fetch_rest(&b->f, -1, &b->err), 0); /* its time is over before the first word is read */
	assert_int_equal(b->f.unsettled, 0);
}

static void test_a_rest_does_not_outlive_the_store(void **state)
{
	struct bench *b = *state;

	put_mails(b, 2);
	settle(b, 1);
	channel_release(&b->store);
	assert_int_equal(fetch_rest(&b->f, 0, &b->err), -1);
	assert_true(b->f.gone);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_rest_ends_where_the_words_come_after_its_time, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_rest_does_not_outlive_the_store, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
