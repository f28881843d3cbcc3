/* test_access: who somebody is, and what they may: by token, proxy, session or address; and what a request must be like to change
 * something. The answers are route.c's, as http.c gets them. */
#include "web/act.h"
#include "web/domain.h"

#include "tests/unit/store_sample.h"
#include "tests/unit/sample.h"

#include <time.h>

static const struct web_user people[] = { { { "ann", 3 }, ACCESS_ADMIN, { "", 0 } },
					  { { "bob", 3 }, ACCESS_TEAM, { "", 0 } },
					  { { "cem", 3 }, ACCESS_VIEWER, { "chem.univ.example\n", 18 } } };
static const char secret[] = "00112233445566778899aabbccddeeff";

struct house {
	struct bench *b;
	struct site site;
	struct network proxy;
};

static struct house *open_house(struct bench *b, struct web_access access)
{
	struct house *h = arena_alloc(&b->arena, sizeof *h);
	struct web_config config = { .database = b->db, .suffixes = b->list, .access = access };

	h->b = b;
	site_init(&h->site, &config);
	return h;
}

static struct house *with_people(struct bench *b)
{
	return open_house(b, (struct web_access){ .on = true, .user = people, .users = 3, .links = true, .session_s = 3600 });
}

static void keep(struct bench *b, struct grant g)
{
	struct store *s = sample_open(b, sample_rules(b));
	int64_t id;

	access_hash(slice_of(secret), g.hash);
	g.made_s = 1000;
	g.sources = g.maker = SLICE("");
	if (g.trees.ptr == NULL)
		g.trees = SLICE("");
	assert_done(b, store_report(s, sample_report(b, "one", SAMPLE_DAY), SLICE("x"), SAMPLE_RECEIVED, &(enum stored){ 0 }, &b->err));
	assert_done(b, store_grant_add(s, &g, &id, &b->err));
	assert_done(b, store_commit(s, &b->err));
	store_close(s);
}

static struct visitor who(struct house *h, const struct request *r)
{
	struct visitor v;

	assert_done(h->b, access_visitor(&h->site, &h->b->arena, r, &v, &h->b->err));
	return v;
}

static const int64_t far = INT64_C(1) << 40;

static void test_without_sign_in_everybody_is_an_admin(void **state)
{
	struct house *h = open_house(*state, (struct web_access){ 0 });
	const struct request plain = { .method = METHOD_GET }, token = { .method = METHOD_GET, .authorization = SLICE("Bearer x") };

	assert_true(who(h, &plain).role == ACCESS_ADMIN && who(h, &plain).by == BY_ADDRESS);
	keep(*state, (struct grant){ .kind = GRANT_SESSION, .name = SLICE("x"), .expires_s = far });
	assert_true(who(h, &token).role == ACCESS_NOBODY && who(h, &token).refused); /* what is wrong is never more than nothing */
	site_release(&h->site);
}

static void test_a_session_is_what_its_user_is_today(void **state)
{
	const struct request r = { .method = METHOD_GET, .session = slice_of(secret) };
	struct bench *b = *state;
	struct house *h;

	keep(b, (struct grant){ .kind = GRANT_SESSION, .name = SLICE("cem"), .role = ACCESS_ADMIN, .writes = true, .expires_s = far });
	h = with_people(b);
	assert_int_equal(who(h, &r).role, ACCESS_VIEWER);
	assert_int_equal(who(h, &r).scope.n, 1);
	assert_false(who(h, &r).writes);
	h->site.config.access.users = 2; /* removed from the file */
	assert_int_equal(who(h, &r).role, ACCESS_NOBODY);
	site_release(&h->site);
}

static void test_what_is_over_lets_nobody_in(void **state)
{
	const struct request r = { .method = METHOD_GET, .session = slice_of(secret) };
	struct house *h;

	keep(*state, (struct grant){ .kind = GRANT_SESSION, .name = SLICE("ann"), .role = ACCESS_ADMIN, .expires_s = (int64_t)time(NULL) });
	h = with_people(*state);
	assert_int_equal(who(h, &r).role, ACCESS_NOBODY);
	site_release(&h->site);
}

static void test_a_secret_is_of_its_kind_alone(void **state)
{
	const struct request cookie = { .method = METHOD_GET, .session = slice_of(secret) };
	const struct request bearer = { .method = METHOD_GET, .authorization = SLICE("bearer 00112233445566778899aabbccddeeff") };
	struct house *h;

	keep(*state, (struct grant){ .kind = GRANT_LINK, .name = SLICE("ann"), .role = ACCESS_VIEWER, .trees = SLICE("chem.univ.example"),
				     .expires_s = far });
	h = with_people(*state);
	assert_int_equal(who(h, &cookie).role, ACCESS_NOBODY);
	assert_int_equal(who(h, &bearer).role, ACCESS_NOBODY);
	site_release(&h->site);
}

static void test_a_token_may_what_it_says(void **state)
{
	const struct request r = { .method = METHOD_GET, .authorization = SLICE("Bearer 00112233445566778899aabbccddeeff") };
	struct house *h;

	keep(*state, (struct grant){ .kind = GRANT_TOKEN, .name = SLICE("graphs"), .role = ACCESS_TEAM, .expires_s = far });
	h = with_people(*state);
	assert_true(who(h, &r).role == ACCESS_TEAM && who(h, &r).by == BY_TOKEN && !who(h, &r).writes);
	site_release(&h->site);
}

static void test_a_viewer_of_nothing_is_nobody(void **state)
{
	const struct request r = { .method = METHOD_GET, .authorization = SLICE("Bearer 00112233445566778899aabbccddeeff") };
	struct house *h;

	keep(*state, (struct grant){ .kind = GRANT_TOKEN, .name = SLICE("graphs"), .role = ACCESS_VIEWER, .expires_s = far });
	h = with_people(*state);
	assert_int_equal(who(h, &r).role, ACCESS_NOBODY);
	site_release(&h->site);
}

static struct request from(const char *peer, const char *user)
{
	struct request r = { .method = METHOD_GET, .user = slice_of(user) };

	assert_true(address_parse(slice_of(peer), r.peer));
	return r;
}

static void test_a_proxy_is_believed_where_it_is_known(void **state)
{
	struct house *h = with_people(*state);
	struct request r;
	unsigned char peer[16], wanted[16];

	h->site.config.access.proxy_header = "X-Remote-User";
	assert_true(network_parse(SLICE("192.0.2.8/30"), &h->proxy));
	h->site.config.access.proxy = &h->proxy;
	h->site.config.access.proxies = 1;
	r = from("192.0.2.9", "bob");
	assert_true(who(h, &r).role == ACCESS_TEAM && who(h, &r).by == BY_PROXY);
	r = from("192.0.2.12", "bob");
	assert_int_equal(who(h, &r).role, ACCESS_NOBODY);
	r = from("192.0.2.9", "stranger");
	assert_true(who(h, &r).role == ACCESS_NOBODY && who(h, &r).refused);
	h->site.config.access.proxy_role = ACCESS_TEAM;
	assert_int_equal(who(h, &r).role, ACCESS_TEAM);
	r = from("192.0.2.9", "\xff");
	assert_int_equal(who(h, &r).role, ACCESS_NOBODY);
	r.user = slice_of(arena_printf(&h->b->arena, "%0300d", 1)); /* longer than what is written down of anybody */
	assert_int_equal(who(h, &r).role, ACCESS_NOBODY);
	r = from("192.0.2.9", NULL);
	r.forwarded_for = SLICE("203.0.113.1, 203.0.113.2");
	r.forwarded_proto = SLICE("https");
	access_peer(&h->site, &r, peer);
	assert_true(address_parse(SLICE("203.0.113.2"), wanted));
	assert_memory_equal(peer, wanted, 16);
	assert_true(access_is_secure(&h->site, &r));
	assert_true(address_parse(SLICE("192.0.2.12"), r.peer));
	access_peer(&h->site, &r, peer);
	assert_memory_equal(peer, r.peer, 16);
	assert_false(access_is_secure(&h->site, &r));
	site_release(&h->site);
}

static void test_another_site_s_page_changes_nothing(void **state)
{
	static const struct {
		const char *site, *origin;
		bool own, strictly;
	} cases[] = {
		{ NULL, NULL, true, true },
		{ "same-origin", NULL, true, true },
		{ "same-origin", "null", true, true },
		{ "none", NULL, true, true },
		{ "same-site", NULL, false, false },
		{ "cross-site", "http://ruad.univ.example", false, false },
		{ NULL, "null", true, false },
		{ NULL, "https://ruad.univ.example", true, true },
		{ NULL, "https://ruad.univ.example:1", false, false },
		{ NULL, "https://evil.example", false, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct request r = { .host = SLICE("ruad.univ.example"), .fetch_site = slice_of(cases[i].site),
					   .origin = slice_of(cases[i].origin) };

		assert_int_equal(access_is_own_site(&r, false), cases[i].own);
		assert_int_equal(access_is_own_site(&r, true), cases[i].strictly);
	}
}

static void test_a_form_s_token_is_of_its_session(void **state)
{
	struct house *h = with_people(*state), *other = with_people(*state);
	const struct request one = { .session = SLICE("one") }, two = { .session = SLICE("two") };
	const struct visitor v = { .by = BY_SESSION };
	struct arena *a = &h->b->arena;

	assert_true(slice_eq(access_form_token(&h->site, a, &one, &v), access_form_token(&h->site, a, &one, &v)));
	assert_false(slice_eq(access_form_token(&h->site, a, &one, &v), access_form_token(&h->site, a, &two, &v)));
	assert_false(slice_eq(access_form_token(&h->site, a, &one, &v), access_form_token(&other->site, a, &one, &v)));
	site_release(&h->site);
	site_release(&other->site);
}

static void test_what_may_be_seen_ends_at_a_label(void **state)
{
	static const struct slice tree = { "chem.univ.example", 17 };
	const struct page v = { .params.scope = { &tree, 1, false } }, team = { 0 };

	(void)state;
	assert_true(domain_may_see(&v, SLICE("chem.univ.example")) && domain_may_see(&v, SLICE("a.chem.univ.example")));
	assert_false(domain_may_see(&v, SLICE("univ.example")) || domain_may_see(&v, SLICE("alchem.univ.example")) || domain_may_see(&v, SLICE("")));
	assert_true(domain_may_see(&team, SLICE("anything.example")));
}

static int status_of(struct house *h, const char *target, enum method method, struct slice session)
{
	const struct request r = { .target = slice_of(target), .method = method, .session = session, .wants_html = true };
	struct answer out = { 0 };
	int status;

	if (method == METHOD_GET)
		route_answer(&h->site, &r, &out);
	else if (route_admit(&h->site, &r, &out))
		out.status = -1; /* its body may come */
	status = out.status;
	answer_release(&out);
	return status;
}

static void test_each_role_has_its_doors(void **state)
{
	static const struct {
		const char *target;
		enum method method;
		int nobody, viewer;
	} cases[] = {
		{ "/healthz", METHOD_GET, 200, 200 },         { "/sign-in", METHOD_GET, 200, 200 },
		{ "/records", METHOD_GET, 303, 200 },         { "/api/v1/records", METHOD_GET, 401, 200 },
		{ "/metrics", METHOD_GET, 303, 404 },         { "/health", METHOD_GET, 303, 404 },
		{ "/settings/access", METHOD_GET, 303, 404 }, { "/sources/rules", METHOD_GET, 303, 404 },
		{ "/nowhere", METHOD_GET, 303, 404 },         { "/ingest", METHOD_POST, 401, 404 },
		{ "/api/v1/ingest", METHOD_POST, 401, 404 },  { "/sign-out", METHOD_POST, 401, -1 },
		{ "/records", METHOD_POST, 401, 405 },        { "/sign-in", METHOD_POST, -1, -1 },
	};
	struct house *h;

	keep(*state, (struct grant){ .kind = GRANT_SESSION, .name = SLICE("cem"), .expires_s = far });
	h = with_people(*state);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int nobody = status_of(h, cases[i].target, cases[i].method, (struct slice){ 0 });
		int viewer = status_of(h, cases[i].target, cases[i].method, slice_of(secret));

		if (nobody != cases[i].nobody || viewer != cases[i].viewer)
			fail_msg("%s: %d and %d, not %d and %d", cases[i].target, nobody, viewer, cases[i].nobody, cases[i].viewer);
	}
	site_release(&h->site);
}

static void test_the_way_back_is_an_address_of_ours(void **state)
{
	static const char *const cases[][2] = {
		{ "/sign-in?next=/records%3Fclass%3Dfull", "value=\"/records?class=full\"" },
		{ "/sign-in?next=//evil.example", "value=\"/\"" },
		{ "/sign-in?next=/%5Cevil.example", "value=\"/\"" },
		{ "/sign-in?next=https://evil.example/", "value=\"/\"" },
		{ "/sign-in?next=/a%0d%0aSet-Cookie:x", "value=\"/\"" },
	};
	struct house *h = with_people(*state);

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct request r = { .target = slice_of(cases[i][0]), .method = METHOD_GET, .wants_html = true };
		struct answer out = { 0 };
		const char *found;

		route_answer(&h->site, &r, &out);
		buf_add_char(&out.body, '\0');
		found = strstr(out.body.data, "name=\"next\" ");
		if (found == NULL || strncmp(found + 12, cases[i][1], strlen(cases[i][1])) != 0)
			fail_msg("%s: %.60s", cases[i][0], found != NULL ? found : "nothing");
		answer_release(&out);
	}
	site_release(&h->site);
}

/* --- guessing passwords --- */

/* Whether the password would be looked at; else he is told to wait. */
static bool is_tried(struct house *h, const char *peer, const char *name)
{
	struct request r = { .target = SLICE("/sign-in"), .method = METHOD_POST, .content_type = SLICE("application/x-www-form-urlencoded") };
	const struct visitor nobody = { .name = SLICE("") };
	struct answer out = { 0 };
	struct slice token;
	bool asks;

	assert_true(address_parse(slice_of(peer), r.peer));
	token = access_form_token(&h->site, &h->b->arena, &r, &nobody);
	r.body = slice_of(arena_printf(&h->b->arena, "form=%.*s&name=%s&password=guess", (int)token.len, token.ptr, name));
	route_answer(&h->site, &r, &out);
	asks = out.asks;
	assert_int_equal(out.status, asks ? 0 : 429);
	answer_release(&out);
	return asks;
}

/* How often somebody comes in within a moment, where nothing is wrong: each time is a line of the audit log, which is not endless. */
static int entries(struct house *h, const char *target, const char *fields)
{
	struct request r = { .target = slice_of(target), .method = METHOD_POST, .content_type = SLICE("application/x-www-form-urlencoded") };
	const struct visitor nobody = { .name = SLICE("") };
	struct slice token = access_form_token(&h->site, &h->b->arena, &r, &nobody);
	const char right = 1;

	r.body = slice_of(arena_printf(&h->b->arena, "form=%.*s%s", (int)token.len, token.ptr, fields));
	for (int n = 0; n < 10000; n++) {
		struct answer out = { 0 };
		bool asks;

		route_answer(&h->site, &r, &out);
		if (out.asks && out.ask == ASK_PASSWORD) {
			out.asks = false;
			route_continue(&h->site, &r, (struct slice){ &right, 1 }, &out);
		}
		asks = out.asks && out.ask == ASK_EDIT;
		assert_int_equal(out.status, asks ? 0 : 429);
		answer_release(&out);
		if (!asks)
			return n;
	}
	return -1;
}

static void test_nobody_comes_in_without_end(void **state)
{
	struct house *h;

	keep(*state, (struct grant){ .kind = GRANT_LINK, .name = SLICE("x"), .role = ACCESS_VIEWER, .trees = SLICE("chem.univ.example\n"),
				     .expires_s = far });
	h = with_people(*state);
	assert_int_equal(entries(h, arena_printf(&h->b->arena, "/s/%s", secret), ""), 300);
	assert_int_equal(entries(h, "/sign-in", "&name=ann&password=right"), 300);
	assert_int_equal(entries(h, "/sign-in", "&name=bob&password=right"), 300);
	site_release(&h->site);
}

static void test_a_network_of_addresses_is_one(void **state)
{
	struct house *h = with_people(*state);
	char peer[64], name[16];
	int tried = 0;

	for (int i = 0; i < 100; i++) { /* what looks like IPv4 within IPv6 is none of it */
		snprintf(peer, sizeof peer, "2001:db8::%x:ffff:192.0.2.%d", i, i);
		snprintf(name, sizeof name, "name%d", i);
		tried += is_tried(h, peer, name);
	}
	assert_int_equal(tried, 30);
	assert_true(is_tried(h, "2001:db8:0:1::1", "bob"));
	assert_true(is_tried(h, "192.0.2.1", "bob"));
	assert_true(is_tried(h, "192.0.2.2", "bob"));
	site_release(&h->site);
}

static uint64_t plain_hash(const char *name)
{
	uint64_t hash = 0xcbf29ce484222325u;

	for (const char *p = name; *p != '\0'; p++)
		hash = (hash ^ (unsigned char)*p) * 0x100000001b3u;
	return hash;
}

/* Nobody can tell which names share a place in the table, and so push one out of it. */
static void test_no_name_makes_another_forgotten(void **state)
{
	struct house *h = with_people(*state);
	char key[32];
	int tried = 0;

	for (int i = 0; i < 10; i++)
		tried += is_tried(h, "192.0.2.1", "ann");
	assert_int_equal(tried, 10);
	for (int i = 0, found = 0; found < 16; i++) {
		snprintf(key, sizeof key, "name x%d", i);
		if (plain_hash(key) % 4096 == plain_hash("name ann") % 4096 && ++found > 0)
			assert_true(is_tried(h, "192.0.2.1", key + 5));
	}
	assert_false(is_tried(h, "192.0.2.3", "ann"));
	site_release(&h->site);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(test_without_sign_in_everybody_is_an_admin),
		bench_test(test_a_session_is_what_its_user_is_today),
		bench_test(test_what_is_over_lets_nobody_in),
		bench_test(test_a_secret_is_of_its_kind_alone),
		bench_test(test_a_token_may_what_it_says),
		bench_test(test_a_viewer_of_nothing_is_nobody),
		bench_test(test_a_proxy_is_believed_where_it_is_known),
		cmocka_unit_test(test_another_site_s_page_changes_nothing),
		bench_test(test_a_form_s_token_is_of_its_session),
		cmocka_unit_test(test_what_may_be_seen_ends_at_a_label),
		bench_test(test_each_role_has_its_doors),
		bench_test(test_the_way_back_is_an_address_of_ours),
		bench_test(test_nobody_comes_in_without_end),
		bench_test(test_a_network_of_addresses_is_one),
		bench_test(test_no_name_makes_another_forgotten),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("access", tests, NULL, NULL);
}
