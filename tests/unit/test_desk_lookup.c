/* test_desk_lookup: all that is due is asked for, each once, never too many at a time, and again by a fresh look-up process; an
 * answer that was not asked for is refused. */
#include "store_sample.h"

#include "daemon/desk_lookup.h"

#include <sys/socket.h>

enum { NOW = SAMPLE_DAY * DAY_SECONDS + 1000, MOST = 64, WANTS = 4096 };

static const struct source_rules no_rules = { 0 };

struct want {
	uint32_t number;
	enum frame_kind kind;
	int address; /* the last two bytes */
	char name[256];
	unsigned char addr[16];
};

struct side { /* the store, its desk, and the look-up role's end of the channel */
	struct bench *b;
	struct config config;
	struct store *store;
	struct desk_lookup *desk;
	struct channel here, there;
	struct want want[WANTS];
	size_t wants;
};

static void connect_sides(struct side *s)
{
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	channel_init(&s->here, pair[0]);
	channel_init(&s->there, pair[1]);
}

static void disconnect_sides(struct side *s)
{
	channel_release(&s->here);
	channel_release(&s->there);
}

static struct side *side_open(struct bench *b, bool lookups)
{
	struct side *s = arena_alloc(&b->arena, sizeof *s);

	s->b = b;
	config_defaults(&s->config);
	s->config.dns.lookups = lookups;
	s->config.dns.per_second = 1;
	s->config.dns.asn_file = "asn.mmdb";
	s->store = sample_open(b, no_rules);
	connect_sides(s);
	assert_done(b, desk_lookup_open(&s->config, s->store, &s->desk, &b->err));
	return s;
}

static void side_close(struct side *s)
{
	desk_lookup_close(s->desk);
	store_close(s->store);
	disconnect_sides(s);
}

/* A report with `n` addresses 10.0.x.y, from number `from` on. */
static void put_addresses(struct side *s, int from, int n)
{
	struct report *r = sample_report(s->b, arena_printf(&s->b->arena, "%d", from), SAMPLE_DAY);

	for (int i = from; i < from + n; i++)
		sample_row(s->b, r, arena_printf(&s->b->arena, "10.0.%d.%d", i / 256, i % 256), 1);
	sample_put(s->b, s->store, r);
	assert_done(s->b, store_commit(s->store, &s->b->err));
}

static void take_want(struct side *s, const struct frame *f)
{
	struct want *w = &s->want[s->wants++];

	*w = (struct want){ .number = f->message, .kind = f->kind };
	if (f->kind == FRAME_WANT_NAME) {
		memcpy(w->name, f->body.ptr, f->body.len);
		return;
	}
	assert_int_equal(f->kind, FRAME_WANT_ADDRESS);
	assert_true(address_wanted_decode(f->body, w->addr));
	w->address = w->addr[14] * 256 + w->addr[15];
}

/* One turn; what it asks for stands in `want`. Returns how many. */
static size_t turn(struct side *s, int64_t now)
{
	struct frame f;

	s->wants = 0;
	assert_done(s->b, desk_lookup_turn(s->desk, &s->here, now, &s->b->err));
	assert_done(s->b, store_commit(s->store, &s->b->err));
	assert_int_equal(channel_flush(&s->here, false), 0);
	while (channel_fill(&s->there) == 1)
		while (channel_next(&s->there, &f) == 1)
			take_want(s, &f);
	return s->wants;
}

static int give(struct side *s, enum frame_kind kind, uint32_t number, struct buf *wire)
{
	const struct frame f = { kind, number, buf_slice(wire) };
	int rc = desk_lookup_take(s->desk, &f, NOW, &s->b->err);

	if (rc >= 0)
		assert_done(s->b, store_commit(s->store, &s->b->err));
	buf_release(wire);
	return rc;
}

static int answer_as(struct side *s, const struct want *w, enum lookup_result result)
{
	struct address_found a = { .result = result, .name = result == LOOKUP_FOUND ? SLICE("a.example") : (struct slice){ 0 } };
	struct name_found n = { .name = slice_of(w->name), .result = result, .n = result == LOOKUP_FOUND, .text = { SLICE("v=spf1") } };
	struct buf wire;

	buf_init(&wire, 10000);
	memcpy(a.addr, w->addr, sizeof a.addr);
	if (w->kind == FRAME_WANT_NAME)
		name_found_encode(&wire, &n);
	else
		address_found_encode(&wire, &a);
	return give(s, w->kind == FRAME_WANT_NAME ? FRAME_NAME : FRAME_ADDRESS, w->number, &wire);
}

static size_t names_wanted(const struct side *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->wants; i++)
		n += s->want[i].kind == FRAME_WANT_NAME;
	return n;
}

static void test_all_that_is_new_is_asked_for_once_a_few_at_a_time(void **state)
{
	enum { MANY = 500 };
	struct side *s = side_open(*state, true);
	static int seen[MANY];
	size_t names = 0, addresses = 0, n, turns = 0;

	memset(seen, 0, sizeof seen);
	put_addresses(s, 0, MANY);
	while ((n = turn(s, NOW)) > 0) {
		assert_true(n <= MOST && ++turns < 100);
		assert_int_equal(turn(s, NOW) + n, n); /* nothing more before there are answers */
		s->wants = n;
		for (size_t i = 0; i < n; i++) {
			names += s->want[i].kind == FRAME_WANT_NAME;
			if (s->want[i].kind == FRAME_WANT_ADDRESS) {
				addresses++;
				seen[s->want[i].address]++;
			}
			assert_int_equal(answer_as(s, &s->want[i], i % 2 == 0 ? LOOKUP_FOUND : LOOKUP_NONE), 0);
		}
	}
	for (int i = 0; i < MANY; i++)
		assert_int_equal(seen[i], 1);
	assert_true(names == 3 && addresses == MANY && turns >= MANY / MOST);
	side_close(s);
}

static void test_what_comes_last_is_asked_for_first(void **state)
{
	struct side *s = side_open(*state, false);

	put_addresses(s, 0, 200);
	assert_int_equal(turn(s, NOW), MOST);
	assert_int_equal(s->want[0].address, 199);
	put_addresses(s, 200, 10);
	put_addresses(s, 210, 10);
	for (size_t i = 0; i < MOST; i++)
		assert_int_equal(answer_as(s, &s->want[i], LOOKUP_OFF), 0);
	assert_int_equal(turn(s, NOW), 20);
	assert_int_equal(s->want[0].address, 219);
	assert_int_equal(turn(s, NOW), MOST - 20);
	assert_int_equal(s->want[0].address, 199 - MOST);
	side_close(s);
}

/* Every arrival while older ones are asked for leaves a range of ids: more than there is room for must not lose addresses. */
static void test_many_small_arrivals_lose_none(void **state)
{
	enum { ARRIVALS = 60, EACH = 3, FIRST = 200, ALL = FIRST + ARRIVALS * EACH };
	struct side *s = side_open(*state, false);
	static struct want waiting[ALL];
	static int seen[ALL];
	size_t waiting_n = 0;

	memset(seen, 0, sizeof seen);
	put_addresses(s, 0, FIRST);
	for (int arrivals = 0; turn(s, NOW) > 0 || waiting_n > 0;) {
		for (size_t i = 0; i < s->wants; i++) {
			seen[s->want[i].address]++;
			waiting[waiting_n++] = s->want[i];
		}
		if (arrivals < ARRIVALS)
			put_addresses(s, FIRST + arrivals++ * EACH, EACH);
		assert_int_equal(answer_as(s, &waiting[--waiting_n], LOOKUP_OFF), 0);
	}
	for (int i = 0; i < ALL; i++)
		assert_int_equal(seen[i], 1);
	side_close(s);
}

static void test_a_fresh_process_is_asked_what_the_last_one_left(void **state)
{
	struct side *s = side_open(*state, true);
	struct want left;

	put_addresses(s, 0, 2);
	assert_int_equal(turn(s, NOW), 2 + 3);
	assert_int_equal(names_wanted(s), 3);
	left = s->want[1];
	for (size_t i = 0; i < 5; i++)
		if (i != 1)
			assert_int_equal(answer_as(s, &s->want[i], LOOKUP_NONE), 0);
	disconnect_sides(s);
	connect_sides(s);
	desk_lookup_connected(s->desk);
	assert_int_equal(turn(s, NOW), 1);
	assert_string_equal(s->want[0].name, left.name);
	assert_int_equal(s->want[0].address, left.address);
	assert_int_equal(answer_as(s, &s->want[0], LOOKUP_NONE), 0);
	assert_int_equal(turn(s, NOW), 0);
	side_close(s);
}

static void test_an_answer_to_no_question_is_refused(void **state)
{
	struct side *s = side_open(*state, true);
	struct want address = { 0 }, name = { 0 }, wrong;
	struct buf wire;

	put_addresses(s, 0, 1);
	assert_int_equal(turn(s, NOW), 4);
	for (size_t i = 0; i < 4; i++)
		*(s->want[i].kind == FRAME_WANT_NAME ? &name : &address) = s->want[i];
	wrong = address;
	wrong.number += 1000;
	assert_int_equal(answer_as(s, &wrong, LOOKUP_FOUND), 1);
	wrong = address;
	wrong.addr[15]++;
	assert_int_equal(answer_as(s, &wrong, LOOKUP_FOUND), 1);
	wrong = address;
	wrong.number = name.number;
	assert_int_equal(answer_as(s, &wrong, LOOKUP_FOUND), 1);
	wrong = name;
	wrong.number = address.number;
	assert_int_equal(answer_as(s, &wrong, LOOKUP_FOUND), 1);
	wrong = name;
	memcpy(wrong.name, "other.example", 14);
	assert_int_equal(answer_as(s, &wrong, LOOKUP_FOUND), 1);
	buf_init(&wire, 100);
	buf_add_text(&wire, "nonsense");
	assert_int_equal(give(s, FRAME_ADDRESS, address.number, &wire), 1);
	buf_init(&wire, 100);
	assert_int_equal(give(s, FRAME_DONE, address.number, &wire), 1);
	assert_int_equal(table_int(s->b, "SELECT count(*) FROM address_name"), 0);
	assert_int_equal(answer_as(s, &address, LOOKUP_FOUND), 0);
	assert_int_equal(answer_as(s, &address, LOOKUP_FOUND), 1); /* twice */
	side_close(s);
}

static void test_what_failed_is_asked_for_again_when_it_is_due(void **state)
{
	struct side *s = side_open(*state, true);

	put_addresses(s, 0, 1);
	assert_int_equal(turn(s, NOW), 4);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(answer_as(s, &s->want[i], LOOKUP_TIMEOUT), 0);
	assert_int_equal(turn(s, NOW + 3599), 0);
	assert_int_equal(turn(s, NOW + 3600), 4);
	assert_int_equal(turn(s, NOW + 3600), 0); /* it is under way */
	side_close(s);
}

static void test_with_dns_off_no_name_is_asked_for(void **state)
{
	struct side *s = side_open(*state, false);

	put_addresses(s, 0, 3);
	assert_int_equal(turn(s, NOW), 3);
	assert_int_equal(names_wanted(s), 0);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(answer_as(s, &s->want[i], LOOKUP_OFF), 0);
	assert_int_equal(table_int(s->b, "SELECT count(*) FROM dns_name"), 0);
	assert_int_equal(turn(s, NOW + 24 * 3600), 0);
	side_close(s);
}

/* Whoever adds a network file wants its numbers today, not in a month. */
static void test_changed_settings_make_all_due(void **state)
{
	struct side *s = side_open(*state, false);

	put_addresses(s, 0, 3);
	assert_int_equal(turn(s, NOW), 3);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(answer_as(s, &s->want[i], LOOKUP_OFF), 0);
	desk_lookup_close(s->desk);
	assert_done(s->b, desk_lookup_open(&s->config, s->store, &s->desk, &s->b->err));
	assert_int_equal(turn(s, NOW), 0);
	desk_lookup_close(s->desk);
	s->config.dns.country_file = "country.mmdb";
	assert_done(s->b, desk_lookup_open(&s->config, s->store, &s->desk, &s->b->err));
	assert_int_equal(turn(s, NOW), 3);
	side_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(test_all_that_is_new_is_asked_for_once_a_few_at_a_time),
		bench_test(test_what_comes_last_is_asked_for_first),
		bench_test(test_many_small_arrivals_lose_none),
		bench_test(test_a_fresh_process_is_asked_what_the_last_one_left),
		bench_test(test_an_answer_to_no_question_is_refused),
		bench_test(test_what_failed_is_asked_for_again_when_it_is_due),
		bench_test(test_with_dns_off_no_name_is_asked_for),
		bench_test(test_changed_settings_make_all_due),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("desk_lookup", tests, NULL, NULL);
}
