/* test_page_domain: who may see one department sees nothing of another on pages of domains, neither by name nor by number; and
 * each receiver's last policy is held against DNS once that can be. */
#include "store_sample.h"

#include "storage/watch.h"
#include "web/page.h"
#include "web/print.h"

static const struct source_rules no_rules = { 0 };
static const struct domain_owners nobody = { 0 };
static const struct slice chem = WORD("chem.univ.example");

#define NOON(day) ((int64_t)(day) * DAY_SECONDS + DAY_SECONDS / 2)

static void put(struct bench *b, struct store *s, const char *who, int64_t day, const char *from, const char *p, int64_t count)
{
	struct report *r = sample_report(b, arena_printf(&b->arena, "%s-%d", who, (int)day), day);
	struct row *row = sample_row(b, r, "203.0.113.1", count);

	r->org_name = sample_text(b, who);
	r->p = sample_text(b, p);
	row->header_from = sample_text(b, from);
	sample_auth(b, &row->dkim_auth, from, "key1", "pass");
	sample_put(b, s, r);
}

static void resolve(struct bench *b, struct store *s, struct watch *w, const char *name, const char *text, int64_t now_s)
{
	struct name_found f = { .name = slice_of(name), .result = text != NULL ? LOOKUP_FOUND : LOOKUP_NONE, .n = text != NULL, .text = { slice_of(text) } };

	assert_done(b, store_name_found(s, &f, now_s, &b->err));
	assert_done(b, watch_found(w, s, f.name, &b->err));
	assert_done(b, store_commit(s, &b->err));
}

/* Two departments, each with a receiver of its own, and what DNS says. */
static struct readers *filled(struct bench *b)
{
	struct store *s = sample_open(b, no_rules);
	struct watch *w = watch_new(NULL, 0);

	put(b, s, "Chemfriend", SAMPLE_DAY, "chem.univ.example", "none", 7);
	put(b, s, "Physfriend", SAMPLE_DAY, "physics.univ.example", "none", 91);
	put(b, s, "Chemfriend", SAMPLE_DAY + 9, "chem.univ.example", "reject", 3);
	put(b, s, "Physfriend", SAMPLE_DAY + 9, "physics.univ.example", "none", 9);
	assert_done(b, store_commit(s, &b->err));
	assert_done(b, watch_turn(w, s, NOON(SAMPLE_DAY + 9), &b->err));
	assert_done(b, store_commit(s, &b->err));
	resolve(b, s, w, "_dmarc.univ.example", "v=DMARC1; p=none; rua=mailto:a@univ.example", NOON(SAMPLE_DAY));
	resolve(b, s, w, "_dmarc.univ.example", "v=DMARC1; p=reject; rua=mailto:a@univ.example", NOON(SAMPLE_DAY + 4));
	resolve(b, s, w, "_dmarc.chem.univ.example", NULL, NOON(SAMPLE_DAY));
	resolve(b, s, w, "_dmarc.physics.univ.example", NULL, NOON(SAMPLE_DAY));
	resolve(b, s, w, "_dmarc.example", NULL, NOON(SAMPLE_DAY));
	resolve(b, s, w, "chem.univ.example", "v=spf1 include:gone.univ.example ~all", NOON(SAMPLE_DAY));
	resolve(b, s, w, "gone.univ.example", NULL, NOON(SAMPLE_DAY));
	watch_free(w);
	store_close(s);
	return readers_new(b->db, b->list);
}

/* What the page says as JSON; NULL where there is none. */
static const char *said(struct bench *b, struct readers *readers, page_fill *fill, const char *id, const struct slice *scope)
{
	struct page p = { .a = &b->arena, .readers = readers, .owners = &nobody, .path = "/domains", .api = "/api/v1/domains",
			  .id = slice_of(id), .kind = id != NULL ? PAGE_DOMAIN : PAGE_DOMAINS, .now = NOON(SAMPLE_DAY + 12) };
	struct param_errors errors = { 0 };
	struct reader *reader;
	struct view view = { 0 };
	struct print print;
	struct buf out;
	const char *text;
	int rc;

	assert_done(b, readers_take(readers, &reader, &b->err));
	assert_done(b, query_state(reader, &p.state, &b->err));
	readers_give(readers, reader, true);
	p.params = param_days(p.a, &p.params, SAMPLE_DAY, SAMPLE_DAY + 10);
	if (scope != NULL)
		p.params.scope = (struct names){ scope, 1, false };
	assert_int_equal(param_filter(p.a, &p.params, &p.state, &p.filter, &errors), 0);
	if ((rc = fill(&p, &view, &errors, &b->err)) == PAGE_GONE)
		return NULL;
	assert_done(b, rc);
	assert_int_equal(errors.n, 0);
	buf_init(&out, 1 << 20);
	print_init(&print, PRINT_JSON, &view);
	while ((rc = print_more(&print, &out, 1 << 20, &b->err)) == 1)
		;
	assert_int_equal(rc, 0);
	text = arena_copy(&b->arena, buf_slice(&out).ptr, out.len);
	print_release(&print);
	buf_release(&out);
	return text;
}

static void lacks(const char *text, const char *what)
{
	const char *at = strstr(text, what);

	if (at != NULL)
		fail_msg("\"%s\" is in it: %.200s", what, at);
}

static void has(const char *text, const char *what)
{
	if (strstr(text, what) == NULL)
		fail_msg("\"%s\" is not in it: %.3000s", what, text);
}

static void test_a_department_sees_itself_alone(void **state)
{
	static page_fill *const pages[] = { page_domain, page_domain_records, page_domain_timeline };
	static const char *const others[] = { "physics", "Physfriend", "91", "110" };
	struct bench *b = *state;
	struct readers *readers = filled(b);
	const char *list = said(b, readers, page_domains, NULL, &chem);

	has(list, "\"key\":\"chem.univ.example\"");
	has(list, "\"messages\":10");
	for (size_t k = 0; k < 4; k++)
		lacks(list, others[k]);
	for (size_t i = 0; i < 3; i++) {
		const char *one = said(b, readers, pages[i], "chem.univ.example", &chem);

		for (size_t k = 0; k < 4; k++)
			lacks(one, others[k]);
		assert_null(said(b, readers, pages[i], "physics.univ.example", &chem));
		assert_null(said(b, readers, pages[i], "univ.example", &chem));
		assert_null(said(b, readers, pages[i], "nobody.example", &chem));
	}
	readers_free(readers);
}

static void test_all_is_there_without_a_scope(void **state)
{
	struct bench *b = *state;
	struct readers *readers = filled(b);
	const char *list = said(b, readers, page_domains, NULL, NULL), *one = said(b, readers, page_domain, "Univ.Example", NULL);

	has(list, "\"key\":\"physics.univ.example\"");
	has(list, "\"messages\":110");
	has(one, "\"messages\":110");
	assert_null(said(b, readers, page_domain, "nobody.example", NULL));
	readers_free(readers);
}

static void test_faults_are_counted_where_they_are(void **state)
{
	struct bench *b = *state;
	struct readers *readers = filled(b);
	const char *one = said(b, readers, page_domain_records, "chem.univ.example", NULL);

	has(one, "\"id\":\"spf-unreachable\"");
	has(one, "\"inherited\":true");
	has(one, "\"errors\":1");
	has(said(b, readers, page_domain_records, "physics.univ.example", NULL), "\"errors\":0");
	readers_free(readers);
}

/* The record changed on the fifth day; a report of the tenth cannot be of the old one. */
static void test_what_receivers_see_is_held_against_dns(void **state)
{
	struct bench *b = *state;
	struct readers *readers = filled(b);
	const char *one = said(b, readers, page_domain, "univ.example", NULL);

	has(one, "{\"reporter\":\"Chemfriend\",\"policy\":\"p=reject\",\"compared\":\"as in DNS\"");
	has(one, "{\"reporter\":\"Physfriend\",\"policy\":\"p=none\",\"compared\":\"another than in DNS\"");
	has(one, "\"text\":\"The record at _dmarc.univ.example changed\"");
	has(one, "\"text\":\"Chemfriend is the first to report another policy\"");
	readers_free(readers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(test_a_department_sees_itself_alone),
		bench_test(test_all_is_there_without_a_scope),
		bench_test(test_faults_are_counted_where_they_are),
		bench_test(test_what_receivers_see_is_held_against_dns),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("page_domain", tests, NULL, NULL);
}
