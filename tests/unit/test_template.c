/* test_template: whatever a report says, the page that shows it stays the page we wrote. */
#include "sample.h"

#include "web/assets.h"
#include "web/format.h"
#include "web/template.h"

/* What the template `text` makes of `root`; NULL ptr where it is refused. The arena owns it. */
static struct slice filled(struct arena *a, const char *text, const struct value *root)
{
	struct template items[3];
	const struct templates set = { items, sizeof items / sizeof *items };
	struct slice out = { 0 };
	struct buf b;

	template_init(&items[0], "page", slice_of(text));
	template_init(&items[1], "part", SLICE("<{{name}}>"));
	template_init(&items[2], "endless", SLICE("{{>endless}}"));
	buf_init(&b, 1 << 20);
	if (template_render(&b, &set, "page", &root, 1) == 0)
		out = (struct slice){ arena_copy(a, buf_slice(&b).ptr, b.len), b.len };
	buf_release(&b);
	for (size_t i = 0; i < set.n; i++)
		template_release(&items[i]);
	return out;
}

static void test_markup_in_a_value_stays_text(void **state)
{
	struct arena a = { 0 };
	struct value *v = view_object(&a);

	view_put_text(&a, v, "name", SLICE("</b><script>alert(\"1\")</script> & 'x'"));
	assert_slice(filled(&a, "<b title=\"{{name}}\">{{name}}</b>", v),
		     "<b title=\"&lt;/b&gt;&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;x&#39;\">"
		     "&lt;/b&gt;&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;x&#39;</b>");
	arena_release(&a);
}

static void test_a_link_value_is_escaped_like_any_other(void **state)
{
	struct arena a = { 0 };
	struct value *v = view_object(&a);

	view_put_link(&a, v, "href", SLICE("/records?a=1&b=\"><script>"));
	assert_slice(filled(&a, "{{href}}", v), "/records?a=1&amp;b=&quot;&gt;&lt;script&gt;");
	arena_release(&a);
}

static void test_a_value_with_braces_is_not_a_template(void **state)
{
	struct arena a = { 0 };
	struct value *v = view_object(&a);

	view_put_text(&a, v, "name", SLICE("{{secret}}{{#name}}x{{/name}}"));
	view_put_text(&a, v, "secret", SLICE("told"));
	assert_slice(filled(&a, "{{name}}", v), "{{secret}}{{#name}}x{{/name}}");
	arena_release(&a);
}

static void test_direction_marks_and_controls_do_not_reach_the_page(void **state)
{
	struct arena a = { 0 };
	struct value *v = view_object(&a);

	view_put_text(&a, v, "name",
		      SLICE("a\xe2\x80\xae"
			    "b\x1b[0m\xe2\x81\xa6\xc2\x85"));
	assert_slice(filled(&a, "{{name}}", v), "a[U+202E]b[U+001B][0m[U+2066][U+0085]");
	arena_release(&a);
}

static void test_bytes_that_are_not_utf8_come_out_as_replacements(void **state)
{
	struct arena a = { 0 };
	struct value *v = view_object(&a);

	view_put_text(&a, v, "name",
		      SLICE("a\xff\xc0\xaf"
			    "b\xe2\x80"));
	assert_slice(filled(&a, "{{name}}", v), "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
						"b\xef\xbf\xbd\xef\xbf\xbd");
	arena_release(&a);
}

static void test_a_long_text_is_cut_on_screen_and_never_within_a_character(void **state)
{
	struct arena a = { 0 };
	struct value *v = view_object(&a);
	struct slice out;

	view_put_text(&a, v, "name", sample_repeat(&a, "\xc3\xa4", 64 * 1024));
	out = filled(&a, "{{name}}", v);
	assert_int_equal(out.len, 2 * FORMAT_SCREEN_CHARS + 3);
	assert_memory_equal(out.ptr + out.len - 5, "\xc3\xa4…", 5);
	arena_release(&a);
}

static void test_an_address_is_never_cut(void **state)
{
	struct arena a = { 0 };
	struct value *v = view_object(&a);

	view_put_link(&a, v, "href", sample_repeat(&a, "/ab", 1000));
	assert_int_equal(filled(&a, "{{href}}", v).len, 3000);
	arena_release(&a);
}

static void test_sections_repeat_enter_and_vanish(void **state)
{
	struct arena a = { 0 };
	struct value *v = view_object(&a), *list = view_put_list(&a, v, "rows");

	view_put_text(&a, v, "name", SLICE("outer"));
	view_put_text(&a, view_add_object(&a, list), "name", SLICE("one"));
	view_put_text(&a, view_add_object(&a, list), "other", SLICE("two"));
	view_put_list(&a, v, "none");
	view_put_int(&a, v, "zero", 0);
	view_put_bool(&a, v, "no", false);
	view_put_text(&a, v, "absent", (struct slice){ 0 });
	assert_slice(filled(&a, "{{#rows}}[{{name}}]{{/rows}}", v), "[one][outer]");
	assert_slice(filled(&a,
			    "{{#none}}x{{/none}}{{#zero}}x{{/zero}}{{#no}}x{{/no}}{{#absent}}x{{/absent}}{{#what}}x{{/"
			    "what}}",
			    v),
		     "");
	assert_slice(filled(&a,
			    "{{^none}}a{{/none}}{{^zero}}b{{/zero}}{{^no}}c{{/no}}{{^absent}}d{{/absent}}{{^what}}e{{/"
			    "what}}",
			    v),
		     "abcde");
	arena_release(&a);
}

static void test_a_null_hides_what_stands_further_out(void **state)
{
	struct arena a = { 0 };
	struct value *v = view_object(&a), *inner = view_put_object(&a, v, "inner");

	view_put_text(&a, v, "title", SLICE("outer"));
	view_put_text(&a, inner, "title", (struct slice){ 0 });
	assert_slice(filled(&a, "{{#inner}}{{#title}}x{{/title}}{{title}}{{/inner}}", v), "");
	arena_release(&a);
}

static void test_sections_of_one_name_nest(void **state)
{
	struct arena a = { 0 };
	struct value *v = view_object(&a), *one = view_put_object(&a, v, "a"), *two = view_put_object(&a, one, "a");

	view_put_int(&a, two, "n", 1443);
	assert_slice(filled(&a, "{{#a}}({{#a}}{{n}}{{/a}}){{/a}}", v), "(1,443)");
	arena_release(&a);
}

static void test_numbers_look_as_people_read_them(void **state)
{
	static const struct {
		int64_t part, whole;
		const char *looks;
	} shares[] = { { 0, 9, "0%" },
		       { 9, 9, "100%" },
		       { 254, 1443, "17.6%" },
		       { 1, 100000, "&lt;0.1%" },
		       { 99999, 100000, "&gt;99.9%" },
		       { 999, 1000, "99.9%" },
		       { 0, 0, "–" } };
	static const struct {
		int64_t n;
		const char *looks;
	} counts[] = { { 0, "0" }, { 999, "999" }, { 1000, "1,000" }, { 1234567, "1,234,567" }, { -1234, "-1,234" } };
	struct arena a = { 0 };

	for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
		struct value *v = view_object(&a);

		view_put_share(&a, v, "n", shares[i].part, shares[i].whole);
		assert_slice(filled(&a, "{{n}}", v), shares[i].looks);
	}
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
		struct value *v = view_object(&a);

		view_put_int(&a, v, "n", counts[i].n);
		assert_slice(filled(&a, "{{n}}", v), counts[i].looks);
	}
	arena_release(&a);
}

static void test_parts_see_the_item_around_them(void **state)
{
	struct arena a = { 0 };
	struct value *v = view_object(&a), *list = view_put_list(&a, v, "rows");

	view_put_text(&a, view_add_object(&a, list), "name", SLICE("a&b"));
	assert_slice(filled(&a, "{{#rows}}{{>part}}{{/rows}}", v), "<a&amp;b>");
	arena_release(&a);
}

static void test_a_tag_alone_on_its_line_leaves_no_empty_line(void **state)
{
	struct arena a = { 0 };
	struct value *v = view_object(&a);

	view_put_bool(&a, v, "yes", true);
	assert_slice(filled(&a, "a\n{{#yes}}\nb\n{{/yes}}\n{{! said to nobody }}\nc\n", v), "a\nb\nc\n");
	arena_release(&a);
}

static void test_a_broken_template_is_refused(void **state)
{
	static const char *const broken[] = { "{{#a}}", "{{/a}}", "{{#a}}{{#b}}{{/a}}", "{{>nowhere}}", "{{>endless}}",
					      "{{name", "{{}}" };
	struct arena a = { 0 };
	struct value *v = view_object(&a);

	view_put_bool(&a, v, "a", true);
	view_put_bool(&a, v, "b", true);
	for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
		assert_slice(filled(&a, broken[i], v), NULL);
	arena_release(&a);
}

/* Each embedded file, with nothing to show: parts must be there, sections closed. */
static void test_every_template_of_ours_holds_together(void **state)
{
#define ITEM(name)                                                                                                     \
	{                                                                                                              \
#name,                                                                                                 \
		{                                                                                                      \
			asset_##name##_html, 0                                                                         \
		}                                                                                                      \
	}
	struct template items[] = { ITEM(bar),     ITEM(error), ITEM(filters), ITEM(first_run), ITEM(foot),
				    ITEM(glyph),   ITEM(head),  ITEM(nothing), ITEM(number),    ITEM(overview),
				    ITEM(records), ITEM(say),   ITEM(tile),    ITEM(health), ITEM(chart), ITEM(card), ITEM(cards), ITEM(grid) };
	const struct templates set = { items, sizeof items / sizeof *items };
	struct arena a = { 0 };
	const struct value *root = view_object(&a);
	struct buf b;

	for (size_t i = 0; i < set.n; i++)
		template_init(&items[i], items[i].name, slice_of(items[i].text.ptr));
	buf_init(&b, 1 << 20);
	for (size_t i = 0; i < set.n; i++)
		assert_int_equal(template_render(&b, &set, items[i].name, &root, 1), 0);
	assert_null(memmem(b.data, b.len, "{{", 2));
	for (size_t i = 0; i < set.n; i++)
		template_release(&items[i]);
	buf_release(&b);
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_markup_in_a_value_stays_text),
		cmocka_unit_test(test_a_link_value_is_escaped_like_any_other),
		cmocka_unit_test(test_a_value_with_braces_is_not_a_template),
		cmocka_unit_test(test_direction_marks_and_controls_do_not_reach_the_page),
		cmocka_unit_test(test_bytes_that_are_not_utf8_come_out_as_replacements),
		cmocka_unit_test(test_a_long_text_is_cut_on_screen_and_never_within_a_character),
		cmocka_unit_test(test_an_address_is_never_cut),
		cmocka_unit_test(test_sections_repeat_enter_and_vanish),
		cmocka_unit_test(test_a_null_hides_what_stands_further_out),
		cmocka_unit_test(test_sections_of_one_name_nest),
		cmocka_unit_test(test_numbers_look_as_people_read_them),
		cmocka_unit_test(test_parts_see_the_item_around_them),
		cmocka_unit_test(test_a_tag_alone_on_its_line_leaves_no_empty_line),
		cmocka_unit_test(test_a_broken_template_is_refused),
		cmocka_unit_test(test_every_template_of_ours_holds_together),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("template", tests, NULL, NULL);
}
