/* test_page_phases: each receiver's phases in words, days of a change, and what DNS says otherwise. */
#include "page_sample.h"

#include "storage/watch.h"

static void put_days(struct bench *b, struct store *s, const char *org, int64_t from, int64_t to, const char *p, int64_t pct)
{
	for (int64_t day = from; day <= to; day++) {
		struct report *r = sample_report(b, arena_printf(&b->arena, "%s-%lld", org, (long long)day), SAMPLE_DAY + day);

		r->org_name = sample_text(b, org);
		r->p = sample_text(b, p);
		r->pct = pct;
		sample_row(b, r, "192.0.2.1", 3);
		sample_row(b, r, "192.0.2.2", 1)->header_from = SLICE("chem.univ.example");
		sample_put(b, s, r);
	}
}

static void learn(struct bench *b, struct store *s, const char *name, const char *text, int64_t now_s)
{
	struct name_found f = { .name = slice_of(name), .result = text != NULL ? LOOKUP_FOUND : LOOKUP_NONE, .n = text != NULL, .text = { slice_of(text) } };

	assert_done(b, store_name_found(s, &f, now_s, &b->err));
}

static void fill(struct bench *b)
{
	struct store *s = sample_open(b, sample_rules(b));
	struct watch *w = watch_new(NULL, 0);

	put_days(b, s, "early", 0, 4, "none", 100);
	put_days(b, s, "early", 5, 19, "quarantine", 0);
	put_days(b, s, "late", 0, 19, "none", 100);
	assert_done(b, store_commit(s, &b->err));
	assert_done(b, watch_turn(w, s, (int64_t)(SAMPLE_DAY + 5) * DAY_SECONDS, &b->err));
	learn(b, s, "_dmarc.univ.example", "v=DMARC1; p=quarantine; pct=0", (int64_t)(SAMPLE_DAY + 5) * DAY_SECONDS);
	learn(b, s, "_dmarc.chem.univ.example", NULL, (int64_t)(SAMPLE_DAY + 5) * DAY_SECONDS);
	learn(b, s, "_dmarc.example", NULL, (int64_t)(SAMPLE_DAY + 5) * DAY_SECONDS);
	assert_done(b, store_commit(s, &b->err));
	watch_free(w);
	store_close(s);
}

static void test_phases_and_disagreement_are_said(void **state)
{
	struct bench *b = *state;
	const char *page;

	fill(b);
	page = page_get(b, "/rollout/phases?format=html", NULL);
	assert_says(page, "1 of 2 receivers last saw univ.example at Monitor");
	assert_says(page, "DNS says p=quarantine; pct=0; late still sees p=none");
	assert_says(page, "2024-03-06"); /* the day of the change */
	page = page_get(b, "/api/v1/rollout/phases", NULL);
	assert_says(page, "\"domain\":\"univ.example\",\"reporter\":\"early\",\"phase\":\"Rehearse\",\"step\":\"rehearse\",\"policy\":\"p=quarantine; pct=0\","
			  "\"old_last_seen\":\"2024-03-05\",\"first_seen\":\"2024-03-06\",\"last_seen\":\"2024-03-20\",\"days\":15,"
			  "\"reports\":15,\"messages\":60,");
	assert_says(page, "\"name\":\"chem.univ.example\",\"messages\":40,\"dns\":\"p=quarantine; pct=0\",\"inherits_from\":\"univ.example\","
			  "\"dns_phase\":\"Rehearse\",\"dns_step\":\"rehearse\"");
	assert_says(page_get(b, "/rollout/phases?format=csv", NULL), "phases,univ.example,late,Monitor,p=none,,2024-03-01,2024-03-20,20,20,80,");
}

static void test_numbers_lead_to_their_rows(void **state)
{
	struct bench *b = *state;

	fill(b);
	assert_true(assert_numbers_lead_to_rows(b, "/rollout/phases?format=html") >= 5);
	assert_true(assert_numbers_lead_to_rows(b, "/rollout/phases?format=html&under=chem.univ.example&period=7d") >= 3);
}

static void test_days_are_all_days_unless_asked(void **state)
{
	struct bench *b = *state;
	int status;

	fill(b);
	assert_says(page_get(b, "/api/v1/rollout/phases", NULL), "\"query\":{\"from\":\"2024-03-01\",\"to\":\"2024-03-20\"}");
	assert_null(strstr(page_get(b, "/api/v1/rollout/phases?period=3d", NULL), "2024-03-06"));
	page_get(b, "/rollout/phases?class=full", &status);
	assert_int_equal(status, 400);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(test_phases_and_disagreement_are_said),
		bench_test(test_numbers_lead_to_their_rows),
		bench_test(test_days_are_all_days_unless_asked),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("page_phases", tests, NULL, NULL);
}
