/* test_param: an address says what it asks for, or is refused by name; and each question has one address. */
#include "sample.h"

#include "base/text.h"
#include "schema/limits.h"
#include "web/param.h"

static const struct store_state august = { .generation = 1, .first_day = 20000, .last_day = 20060 };

/* What the parser makes of a query: its canonical address, or NULL with the errors. */
static const char *canonical(struct arena *a, const char *query, unsigned page, struct param_errors *errors)
{
	struct params p = { 0 };
	struct slice link;

	*errors = (struct param_errors){ 0 };
	if (param_parse(a, slice_of(query), page, &p, errors) != 0)
		return NULL;
	assert_int_equal(errors->n, 0);
	link = param_link(a, "/records", &p);
	return arena_printf(a, "%.*s", (int)link.len, link.ptr);
}

static void assert_canonical(const char *query, const char *expected)
{
	struct arena a = { 0 };
	struct param_errors errors;
	const char *found = canonical(&a, query, PAGE_RECORDS, &errors), *again;

	assert_non_null(found);
	assert_string_equal(found, expected);
	again = strchr(found, '?') != NULL ? canonical(&a, strchr(found, '?') + 1, PAGE_RECORDS, &errors) : found;
	assert_string_equal(again, expected); /* a link leads to itself */
	arena_release(&a);
}

static void assert_refused(const char *query, const char *parameter, const char *detail)
{
	struct arena a = { 0 };
	struct param_errors errors;

	assert_null(canonical(&a, query, PAGE_RECORDS, &errors));
	assert_true(errors.n > 0);
	assert_slice(errors.item[0].parameter, parameter);
	if (strstr(errors.item[0].detail, detail) == NULL)
		fail_msg("%s: %s", query, errors.item[0].detail);
	arena_release(&a);
}

/* `n` values that differ: "name=a0,a1,...". */
static const char *many(struct arena *a, const char *name, int n)
{
	struct buf query;
	const char *text;

	buf_init(&query, 64 * 1024);
	for (int i = 0; i < n; i++)
		buf_addf(&query, "%s%s%sa%x", i == 0 ? "" : i % 1000 == 0 ? "&" : ",", i % 1000 == 0 ? name : "", i % 1000 == 0 ? "=" : "", i);
	text = arena_printf(a, "%.*s", (int)query.len, query.data);
	buf_release(&query);
	return text;
}

static void test_values_are_not_endless(void **state)
{
	struct arena a = { 0 };
	struct param_errors errors;
	struct params p = { 0 };

	(void)state;
	assert_refused(many(&a, "source", 6000), "source", "1000");
	assert_refused(many(&a, "domain!", 1001), "domain", "1000");
	errors = (struct param_errors){ 0 };
	assert_int_equal(param_parse(&a, slice_of(many(&a, "source", 1000)), PAGE_RECORDS, &p, &errors), 0);
	assert_int_equal(p.value[PARAM_SOURCE].n, 1000);
	assert_true(a.total_bytes < 1024 * 1024); /* each took its own room, and not that of all before */
	for (size_t i = 1; i < 1000; i++)
		assert_true(strncmp(p.value[PARAM_SOURCE].item[i - 1].ptr, p.value[PARAM_SOURCE].item[i].ptr, 4) <= 0);
	arena_release(&a);
}

static void test_equal_views_have_one_address(void **state)
{
	assert_canonical("", "/records");
	assert_canonical("period=28d&format=html", "/records");
	assert_canonical("limit=9&class=untrusted&period=3d", "/records?period=3d&class=untrusted&limit=9");
	assert_canonical("class=untrusted,full", "/records?class=full,untrusted");
	assert_canonical("class=untrusted&class=full&class=full", "/records?class=full,untrusted");
	assert_canonical("domain=B.example.&domain=a.example", "/records?domain=a.example,b.example");
	assert_canonical("ip=2001:DB8:0::1", "/records?ip=2001:db8::1");
	assert_canonical("&&class=full&", "/records?class=full");
}

static void test_exclusion_is_kept(void **state)
{
	assert_canonical("class!=full", "/records?class!=full");
	assert_canonical("class%21=full,partial", "/records?class!=full,partial");
	assert_refused("class!=full&class=partial", "class", "both");
	assert_refused("period!=3d", "period", "excluded");
	assert_refused("limit!=3", "limit", "excluded");
}

static void test_a_comma_in_a_name_is_not_a_list(void **state)
{
	struct arena a = { 0 };
	struct param_errors errors = { 0 };
	struct params p = { 0 };

	assert_int_equal(param_parse(&a, SLICE("reporter=Acme%2C+Inc.,Other"), PAGE_RECORDS, &p, &errors), 0);
	assert_int_equal(p.value[PARAM_REPORTER].n, 2);
	assert_slice(p.value[PARAM_REPORTER].item[0], "Acme, Inc.");
	assert_slice(param_link(&a, "/", &p), "/?reporter=Acme%2C%20Inc.,Other");
	p = (struct params){ 0 };
	assert_int_equal(param_parse(&a, SLICE("domain=a.example%2Cb.example"), PAGE_RECORDS, &p, &errors), 0);
	assert_int_equal(p.value[PARAM_DOMAIN].n, 2); /* a form's way of writing a list */
	arena_release(&a);
}

static void test_empty_fields_of_a_form_ask_for_nothing(void **state)
{
	assert_canonical("domain=&under=&q=&from=&limit=&ip=+", "/records");
}

static void test_unknown_parameters_are_refused_by_name(void **state)
{
	assert_refused("clas=untrusted", "clas", "Did you mean class?");
	assert_refused("Class=untrusted", "Class", "Did you mean class?");
	assert_refused("stage=ready", "stage", "Unknown.");
	assert_refused("color=-messages", "color", "Unknown.");
	assert_refused("compare=pref", "compare", "Did you mean prev?");
	assert_refused("=x", "", "Unknown.");
}

static void test_a_parameter_of_another_page_is_not_ignored(void **state)
{
	struct arena a = { 0 };
	struct param_errors errors;

	assert_null(canonical(&a, "by=ip", PAGE_OVERVIEW, &errors));
	assert_slice(errors.item[0].parameter, "by");
	arena_release(&a);
}

static void test_bad_values_are_refused_by_name(void **state)
{
	assert_refused("class=untrustd", "class", "Did you mean untrusted?");
	assert_refused("class=zzz", "class", "full, partial, untrusted, quarantined, rejected");
	assert_refused("limit=0", "limit", "1 to 1000");
	assert_refused("limit=1001", "limit", "1 to 1000");
	assert_refused("limit=5&limit=6", "limit", "one value");
	assert_refused("pct=101", "pct", "0 to 100");
	assert_refused("from=2026-02-30", "from", "day");
	assert_refused("ip=300.1.1.1", "ip", "address");
	assert_refused("ip=192.0.2.0/33", "ip", "address");
}

static void test_hostile_encodings_are_refused(void **state)
{
	struct arena a = { 0 };
	struct param_errors errors;
	struct slice big = sample_repeat(&a, "x", 3 * LIMIT_PARAM_BYTES + 1);

	assert_refused("q=a%00b", "q", "percent");
	assert_refused("q=%", "q", "percent");
	assert_refused("q=%4", "q", "percent");
	assert_refused("q=%zz", "q", "percent");
	assert_refused("q=%ff", "q", "UTF-8");
	assert_refused("q=%c0%af", "q", "UTF-8");
	assert_refused("q=%ed%a0%80", "q", "UTF-8");
	assert_refused("%00=a", "?", "percent");
	assert_null(canonical(&a, arena_printf(&a, "q=%.*s", (int)big.len, big.ptr), PAGE_RECORDS, &errors));
	assert_slice(errors.item[0].parameter, "q");
	arena_release(&a);
}

static void test_hostile_text_travels_through_a_link_unchanged(void **state)
{
	static const char text[] = "<script>\"'&=?#%+ ,\xe2\x80\xae\t\x1b;";
	struct arena a = { 0 };
	struct param_errors errors = { 0 };
	struct params p = { 0 }, back = { 0 };
	struct slice link;

	p = param_with(&a, &p, PARAM_REPORTER, slice_of(text));
	link = param_link(&a, "/", &p);
	for (size_t i = 0; i < link.len; i++)
		assert_null(strchr("<>\"' \t\x1b", link.ptr[i]));
	assert_int_equal(param_parse(&a, (struct slice){ link.ptr + 2, link.len - 2 }, PAGE_OVERVIEW, &back, &errors),
			 0);
	assert_slice(param_one(&back, PARAM_REPORTER), text);
	arena_release(&a);
}

static void test_no_link_is_made_that_the_parser_would_refuse(void **state)
{
	static const struct {
		enum param p;
		struct slice value;
	} unfit[] = { { PARAM_IP, { "not an ip", 9 } },
		      { PARAM_DOMAIN, { "a,b", 3 } },
		      { PARAM_DOMAIN, { "", 0 } },
		      { PARAM_DOMAIN, { "Upper.example", 13 } },
		      { PARAM_REASON, { "a,b", 3 } } };
	struct arena a = { 0 };
	struct params none = { 0 }, p;

	for (size_t i = 0; i < sizeof unfit / sizeof *unfit; i++) {
		p = param_with(&a, &none, unfit[i].p, unfit[i].value);
		assert_slice(param_link(&a, "/", &p), NULL);
	}
	p = param_with(&a, &none, PARAM_REPORTER, sample_repeat(&a, "\xc3\xa4", 2 * LIMIT_PARAM_BYTES));
	assert_slice(param_link(&a, "/", &p), NULL);
	arena_release(&a);
}

static void test_words_are_those_of_the_schema(void **state)
{
	size_t rules;
	int i;

	for (i = 0; i < TRUST_CLASSES; i++)
		assert_slice(param_word(PARAM_CLASS, i), trust_param((enum trust)i));
	assert_slice(param_word(PARAM_CLASS, i), NULL);
	for (i = 0; i <= CAUSES; i++)
		assert_slice(param_word(PARAM_CAUSE, i), cause_name((enum cause)i));
	assert_slice(param_word(PARAM_CAUSE, i), NULL);
	for (i = 0; i < VERDICTS; i++)
		assert_slice(param_word(PARAM_VERDICT, i), verdict_name((enum verdict)i));
	assert_slice(param_word(PARAM_VERDICT, i), NULL);
	verdict_rules(&rules);
	for (i = 0; i < (int)rules; i++)
		assert_slice(param_word(PARAM_DECIDED_BY, i), verdict_rule_at((size_t)i)->id);
	assert_slice(param_word(PARAM_DECIDED_BY, i), NULL);
	for (i = 0; i < SURVIVALS; i++)
		assert_slice(param_word(PARAM_STATE, i), survival_name((enum survival)i));
	assert_slice(param_word(PARAM_STATE, i), NULL);
	for (i = 0; i < STEPS; i++)
		assert_slice(param_word(PARAM_PHASE, i), step_name((enum step)i));
	assert_slice(param_word(PARAM_PHASE, i), NULL);
	for (i = 0; i < KINDS; i++)
		assert_slice(param_word(PARAM_KIND, i), source_kind_name((enum source_kind)i));
	assert_slice(param_word(PARAM_KIND, i), NULL);
	for (i = 0; i < FLAGS; i++)
		assert_slice(param_word(PARAM_FLAG, i), flag_name(i));
	assert_slice(param_word(PARAM_FLAG, i), NULL);
	for (i = 0; i < GROUP_BYS; i++)
		assert_true(group_by_of(param_word(PARAM_BY, i)) >= 0);
	assert_slice(param_word(PARAM_BY, i), NULL);
}

static struct filter filter_of(struct arena *a, const char *query, struct param_errors *errors)
{
	struct params p = { 0 };
	struct filter f = { 0 };

	*errors = (struct param_errors){ 0 };
	assert_int_equal(param_parse(a, slice_of(query), PAGE_RECORDS, &p, errors), 0);
	param_filter(a, &p, &august, &f, errors);
	return f;
}

static void test_every_filter_reaches_the_store(void **state)
{
	struct arena a = { 0 };
	struct param_errors errors;
	struct filter f =
		filter_of(&a,
			  "class=full&under=u.example&domain=d.example&policy_domain=p.example&cause=arc&verdict=arc&state=breaks&phase=part&flag=derived&"
			  "source=s&kind=list&ip=192.0.2.1&reporter=r&disp=none&reason=other&arc=pass&spf=pass&"
			  "spf_aligned=1&dkim=fail&dkim_aligned=0&dkim_domain=k.example&selector=Sel&"
			  "envelope=e.example&policy=none&pct=0&t=y&q=find",
			  &errors);
	const struct {
		struct names names;
		const char *item;
	} fields[] = {
		{ f.class_, "full" },
		{ f.under, "u.example" },
		{ f.domain, "d.example" },
		{ f.policy_domain, "p.example" },
		{ f.cause, "arc" },
		{ f.verdict, "arc" },
		{ f.state, "breaks" },
		{ f.phase, "part" },
		{ f.flag, "derived" },
		{ f.source, "s" },
		{ f.kind, "list" },
		{ f.ip, "192.0.2.1" },
		{ f.reporter, "r" },
		{ f.disp, "none" },
		{ f.reason, "other" },
		{ f.arc, "pass" },
		{ f.spf, "pass" },
		{ f.spf_aligned, "1" },
		{ f.dkim, "fail" },
		{ f.dkim_aligned, "0" },
		{ f.dkim_domain, "k.example" },
		{ f.selector, "Sel" },
		{ f.envelope, "e.example" },
		{ f.policy, "none" },
		{ f.pct, "0" },
		{ f.t, "y" },
	};

	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		assert_int_equal(fields[i].names.n, 1);
		assert_slice(fields[i].names.item[0], fields[i].item);
	}
	assert_slice(f.q, "find");
	arena_release(&a);
}

static void test_days_are_settled_or_refused(void **state)
{
	static const struct {
		const char *query, *parameter;
	} bad[] = { { "period=3d&from=2024-11-01", "period" },
		    { "period=soon", "period" },
		    { "period=0d", "period" },
		    { "from=2024-11-02&to=2024-11-01", "from" },
		    { "from=0001-01-01&to=9999-12-31", "from" },
		    { "period=9999m", "period" } };
	struct arena a = { 0 };
	struct param_errors errors;
	struct filter f = filter_of(&a, "", &errors);

	assert_int_equal(f.last_day - f.first_day, 27);
	f = filter_of(&a, "from=2024-11-01&to=2024-11-03", &errors);
	assert_int_equal(f.first_day, text_day_of(2024, 11, 1));
	assert_int_equal(f.last_day, text_day_of(2024, 11, 3));
	f = filter_of(&a, "from=2024-11-01", &errors);
	assert_int_equal(f.last_day, august.last_day);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		filter_of(&a, bad[i].query, &errors);
		assert_true(errors.n > 0);
		assert_slice(errors.item[0].parameter, bad[i].parameter);
	}
	arena_release(&a);
}

static void test_narrowing_never_widens(void **state)
{
	static const struct slice untrusted = { "untrusted", 9 }, full = { "full", 4 };
	struct arena a = { 0 };
	struct param_errors errors = { 0 };
	struct params p = { 0 };

	param_parse(&a, SLICE("class=full,partial"), PAGE_OVERVIEW, &p, &errors);
	assert_true(param_narrow(&a, &p, PARAM_CLASS, &full, 1));
	assert_slice(param_link(&a, "/", &p), "/?class=full");
	assert_false(param_narrow(&a, &p, PARAM_CLASS, &untrusted, 1));
	p = (struct params){ 0 };
	param_parse(&a, SLICE("class!=full"), PAGE_OVERVIEW, &p, &errors);
	assert_false(param_narrow(&a, &p, PARAM_CLASS, &full, 1));
	p = (struct params){ 0 };
	param_parse(&a, SLICE("class!=full"), PAGE_OVERVIEW, &p, &errors);
	assert_true(param_narrow(&a, &p, PARAM_CLASS, &untrusted, 1));
	assert_slice(param_link(&a, "/", &p), "/?class=untrusted");
	assert_false(param_exclude(&a, &p, PARAM_CLASS, &full, 1));
	p = param_less(&a, &p, PARAM_CLASS, untrusted);
	assert_slice(param_link(&a, "/", &p), "/");
	arena_release(&a);
}

static void test_a_command_line_reads_like_an_address(void **state)
{
	struct arena a = { 0 };
	struct param_errors errors = { 0 };
	struct params p = { 0 };

	assert_int_equal(param_add(&a, PAGE_RECORDS, SLICE("reporter"), SLICE("Acme\\, Inc.,50%"), false, &p, &errors),
			 0);
	assert_int_equal(param_add(&a, PAGE_RECORDS, SLICE("class"), SLICE("full"), true, &p, &errors), 0);
	assert_slice(param_link(&a, "/", &p), "/?class!=full&reporter=50%25,Acme%2C%20Inc.");
	assert_int_equal(param_add(&a, PAGE_RECORDS, SLICE("clas"), SLICE("full"), false, &p, &errors), -1);
	assert_slice(errors.item[0].parameter, "clas");
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values_are_not_endless),
		cmocka_unit_test(test_equal_views_have_one_address),
		cmocka_unit_test(test_exclusion_is_kept),
		cmocka_unit_test(test_a_comma_in_a_name_is_not_a_list),
		cmocka_unit_test(test_empty_fields_of_a_form_ask_for_nothing),
		cmocka_unit_test(test_unknown_parameters_are_refused_by_name),
		cmocka_unit_test(test_a_parameter_of_another_page_is_not_ignored),
		cmocka_unit_test(test_bad_values_are_refused_by_name),
		cmocka_unit_test(test_hostile_encodings_are_refused),
		cmocka_unit_test(test_hostile_text_travels_through_a_link_unchanged),
		cmocka_unit_test(test_no_link_is_made_that_the_parser_would_refuse),
		cmocka_unit_test(test_words_are_those_of_the_schema),
		cmocka_unit_test(test_every_filter_reaches_the_store),
		cmocka_unit_test(test_days_are_settled_or_refused),
		cmocka_unit_test(test_narrowing_never_widens),
		cmocka_unit_test(test_a_command_line_reads_like_an_address),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("param", tests, NULL, NULL);
}
