/* test_channel: a frame arrives whole or not at all, wherever the socket cuts it, and nonsense ends the conversation.
 */
#include "daemon/channel.h"
#include "schema/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

struct ends {
	struct channel a, b;
};

static int setup(void **state)
{
	struct ends *e = calloc(1, sizeof *e);
	int pair[2];

	assert_non_null(e);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	channel_init(&e->a, pair[0]);
	channel_init(&e->b, pair[1]);
	*state = e;
	return 0;
}

static int teardown(void **state)
{
	struct ends *e = *state;

	channel_release(&e->a);
	channel_release(&e->b);
	free(e);
	return 0;
}

static void assert_frame(struct channel *c, enum frame_kind kind, uint32_t message, const char *body)
{
	struct frame f;

	assert_int_equal(channel_next(c, &f), 1);
	assert_int_equal(f.kind, kind);
	assert_int_equal(f.message, message);
	assert_int_equal(f.body.len, strlen(body));
	assert_memory_equal(f.body.ptr, body, f.body.len);
}

/* Two frames, one of them without a body, as they stand on the wire. */
static struct slice wire_of_two(struct ends *e)
{
	assert_int_equal(channel_put(&e->a, FRAME_REPORT, 7, SLICE("head and "), SLICE("rest")), 0);
	assert_int_equal(channel_put(&e->a, FRAME_DONE, 7, (struct slice){ 0 }, (struct slice){ 0 }), 0);
	return buf_slice(&e->a.out);
}

static void pass(struct ends *e, struct slice bytes)
{
	assert_int_equal(write(e->a.fd, bytes.ptr, bytes.len), bytes.len);
	assert_int_equal(channel_fill(&e->b), 1);
}

static void test_a_frame_cut_anywhere_is_put_together(void **state)
{
	struct ends *e = *state;
	struct slice wire = wire_of_two(e);

	for (size_t cut = 1; cut < wire.len; cut++) {
		struct frame f;
		int whole = 0;

		pass(e, (struct slice){ wire.ptr, cut });
		while (channel_next(&e->b, &f) == 1)
			whole++;
		pass(e, (struct slice){ wire.ptr + cut, wire.len - cut });
		if (whole == 0)
			assert_frame(&e->b, FRAME_REPORT, 7, "head and rest");
		assert_frame(&e->b, FRAME_DONE, 7, "");
		assert_int_equal(channel_next(&e->b, &f), 0);
	}
}

static void test_a_frame_that_trickles_in_is_put_together(void **state)
{
	struct ends *e = *state;
	struct slice wire = wire_of_two(e);
	struct frame f;
	int frames = 0;

	for (size_t i = 0; i < wire.len; i++) {
		pass(e, (struct slice){ wire.ptr + i, 1 });
		while (channel_next(&e->b, &f) == 1)
			frames++;
	}
	assert_int_equal(frames, 2);
	assert_int_equal(f.kind, FRAME_DONE);
}

static void test_a_batch_comes_out_in_order(void **state)
{
	struct ends *e = *state;
	char body[16];

	for (uint32_t i = 0; i < 500; i++) {
		snprintf(body, sizeof body, "%u", i);
		assert_int_equal(channel_put(&e->a, FRAME_REJECT, i, slice_of(body), SLICE("")), 0);
	}
	assert_int_equal(channel_flush(&e->a, true), 0);
	assert_int_equal(channel_unsent(&e->a), 0);
	for (uint32_t i = 0; i < 500; i++) {
		struct frame f;

		snprintf(body, sizeof body, "%u", i);
		while (channel_next(&e->b, &f) == 0)
			assert_int_equal(channel_fill(&e->b), 1);
		assert_int_equal(f.message, i);
		assert_true(slice_is(f.body, body));
	}
}

static void test_more_than_the_socket_holds_goes_over_in_turns(void **state)
{
	enum { BYTES = 5 * 1000 * 1000 };
	struct ends *e = *state;
	char *bytes = malloc(BYTES);
	struct frame f;
	int rc;

	assert_non_null(bytes);
	for (int i = 0; i < BYTES; i++)
		bytes[i] = (char)(i * 31 >> 3);
	assert_int_equal(channel_put(&e->a, FRAME_MESSAGE, 1, SLICE("x"), (struct slice){ bytes, BYTES }), 0);
	assert_int_equal(channel_flush(&e->a, false), 0);
	assert_true(channel_unsent(&e->a) > 0);
	while ((rc = channel_next(&e->b, &f)) == 0) {
		assert_int_equal(channel_fill(&e->b), 1);
		assert_int_equal(channel_flush(&e->a, false), 0);
	}
	assert_int_equal(rc, 1);
	assert_int_equal(channel_unsent(&e->a), 0);
	assert_int_equal(f.body.len, BYTES + 1);
	assert_memory_equal(f.body.ptr + 1, bytes, BYTES);
	free(bytes);
}

static void assert_garbled(uint32_t bytes, uint32_t kind)
{
	struct ends *e;
	void *state;
	const uint32_t head[3] = { bytes, kind, 1 };
	struct frame f;

	setup(&state);
	e = state;
	pass(e, (struct slice){ (const char *)head, sizeof head });
	assert_int_equal(channel_next(&e->b, &f), -1);
	assert_int_equal(channel_next(&e->b, &f), -1); /* and stays so */
	teardown(&state);
}

static void test_a_garbled_head_ends_its_sender(void **state)
{
	assert_garbled(0, 0);
	assert_garbled(0, FRAME_KINDS);
	assert_garbled(0, UINT32_MAX);
	assert_garbled((uint32_t)LIMIT_FRAME_BYTES + 1, FRAME_REPORT);
	assert_garbled(UINT32_MAX, FRAME_REPORT);
}

static void test_a_frame_over_the_limit_is_not_sent(void **state)
{
	struct ends *e = *state;
	const struct slice large = { "x", (size_t)LIMIT_FRAME_BYTES }; /* refused before a byte of it is read */

	assert_int_equal(channel_put(&e->a, FRAME_REPORT, 1, SLICE("y"), large), -1);
	assert_int_equal(channel_unsent(&e->a), 0);
	assert_int_equal(channel_put(&e->a, FRAME_DONE, 2, SLICE(""), SLICE("")), 0);
	assert_int_equal(channel_flush(&e->a, true), 0);
	assert_int_equal(channel_fill(&e->b), 1);
	assert_frame(&e->b, FRAME_DONE, 2, "");
}

/* What does not fit behind what waits is refused whole: half a frame would garble all that follow. */
static void test_a_frame_without_room_leaves_the_queue_whole(void **state)
{
	struct ends *e = *state;
	struct frame f;

	e->a.out.ceiling_bytes = 60;
	assert_int_equal(channel_put(&e->a, FRAME_REPORT, 1, SLICE("0123456789"), SLICE("0123456789")), 0);
	assert_int_equal(channel_put(&e->a, FRAME_REPORT, 2, SLICE("0123456789"), SLICE("0123456789")), -1);
	assert_int_equal(channel_flush(&e->a, true), 0);
	assert_int_equal(channel_put(&e->a, FRAME_DONE, 3, SLICE(""), SLICE("")), 0);
	assert_int_equal(channel_flush(&e->a, true), 0);
	shutdown(e->a.fd, SHUT_WR);
	while (channel_fill(&e->b) == 1)
		;
	assert_frame(&e->b, FRAME_REPORT, 1, "01234567890123456789");
	assert_frame(&e->b, FRAME_DONE, 3, "");
	assert_int_equal(channel_next(&e->b, &f), 0);
}

/* All but the last byte of the largest frame is there already; the pages in between are never touched. */
static void test_the_largest_frame_can_be_received(void **state)
{
	struct ends *e = *state;
	const uint32_t head[3] = { LIMIT_FRAME_BYTES, FRAME_REPORT, 9 };
	size_t held = sizeof head + LIMIT_FRAME_BYTES - 1;
	struct frame f;
	char *room;

	assert_non_null(room = buf_reserve(&e->b.in, held));
	memcpy(room, head, sizeof head);
	e->b.in.len = held;
	assert_int_equal(channel_next(&e->b, &f), 0);
	pass(e, SLICE("x"));
	assert_int_equal(channel_next(&e->b, &f), 1);
	assert_int_equal(f.body.len, LIMIT_FRAME_BYTES);
}

static void test_an_end_that_went_away_is_noticed(void **state)
{
	struct ends *e = *state;
	struct slice wire = wire_of_two(e);
	struct frame f;

	pass(e, (struct slice){ wire.ptr, 5 });
	close(e->a.fd);
	e->a.fd = -1;
	assert_int_equal(channel_next(&e->b, &f), 0); /* half a frame is none */
	assert_int_equal(channel_fill(&e->b), -1);
	assert_int_equal(channel_put(&e->b, FRAME_DONE, 1, SLICE(""), SLICE("")), 0);
	assert_int_equal(channel_flush(&e->b, false), -1); /* and no SIGPIPE */
	assert_int_equal(channel_flush(&e->b, true), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_frame_cut_anywhere_is_put_together, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_frame_that_trickles_in_is_put_together, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_batch_comes_out_in_order, setup, teardown),
		cmocka_unit_test_setup_teardown(test_more_than_the_socket_holds_goes_over_in_turns, setup, teardown),
		cmocka_unit_test(test_a_garbled_head_ends_its_sender),
		cmocka_unit_test_setup_teardown(test_a_frame_over_the_limit_is_not_sent, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_frame_without_room_leaves_the_queue_whole, setup, teardown),
		cmocka_unit_test_setup_teardown(test_the_largest_frame_can_be_received, setup, teardown),
		cmocka_unit_test_setup_teardown(test_an_end_that_went_away_is_noticed, setup, teardown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("channel", tests, NULL, NULL);
}
