/* test_xml: no document, however built, hangs the parser, opens an entity or a file, or passes for another. */
#include "parsers/xml.h"

#include "sample.h"
#include "schema/limits.h"

static struct arena arena;

static int teardown(void **state)
{
	arena_release(&arena);
	return 0;
}

/* Events as text: "<name{uri}" ">" and the text between, pieces joined. */
struct events {
	struct buf out;
	int stop_at; /* refuse the event of that number */
	int seen, depth, deepest;
};

static bool count(struct events *e)
{
	return ++e->seen != e->stop_at;
}

static bool on_start(void *ctx, struct slice name, struct slice uri)
{
	struct events *e = ctx;

	if (++e->depth > e->deepest)
		e->deepest = e->depth;
	buf_add_char(&e->out, '<');
	buf_add_slice(&e->out, name);
	if (uri.ptr != NULL) {
		buf_add_char(&e->out, '{');
		buf_add_slice(&e->out, uri);
		buf_add_char(&e->out, '}');
	}
	buf_add_char(&e->out, '|');
	return count(e);
}

static bool on_end(void *ctx)
{
	struct events *e = ctx;

	e->depth--;
	buf_add_char(&e->out, '>');
	return count(e);
}

static bool on_text(void *ctx, struct slice text)
{
	struct events *e = ctx;

	buf_add_slice(&e->out, text);
	return e->stop_at == 0 || e->seen != e->stop_at;
}

static const struct xml_handler handler = { on_start, on_end, on_text };

static struct events e;

/* Parses in pieces of `piece` bytes; what happened is in `e`. */
static enum xml_status parse_in(struct slice document, size_t piece, int stop_at)
{
	struct xml *x;
	enum xml_status status;

	buf_release(&e.out);
	e = (struct events){ .stop_at = stop_at };
	buf_init(&e.out, 64 * 1024 * 1024);
	assert_non_null(x = xml_open(&handler, &e));
	for (size_t at = 0; at < document.len; at += piece)
		if (!xml_feed(x, document.ptr + at, document.len - at < piece ? document.len - at : piece))
			break;
	status = xml_finish(x);
	if (status == XML_BROKEN) {
		assert_true(xml_message(x).len > 0);
		assert_true(xml_line(x) > 0);
	}
	xml_free(x);
	return status;
}

static enum xml_status parse(struct slice document)
{
	return parse_in(document, 1 << 20, 0);
}

static void assert_events(const char *expected)
{
	assert_slice(buf_slice(&e.out), expected);
}

static void test_a_document_is_its_events(void **state)
{
	assert_int_equal(parse(SLICE("<?xml version=\"1.0\"?>\n<a x=\"1\">t<b/><!-- c -->u<?pi?></a>\n")), XML_OK);
	assert_events("<a|t<b|>u>");
	assert_int_equal(parse(SLICE("<a><![CDATA[<&]]></a>")), XML_OK);
	assert_events("<a|<&>");
	assert_int_equal(parse(SLICE("<a>&lt;&amp;&#65;&#xe9;</a>")), XML_OK);
	assert_events("<a|<&A\xc3\xa9>");
	assert_int_equal(parse(SLICE("<a> \r\n </a>")), XML_OK);
	assert_events("<a| \n >");
}

static void test_names_are_local_and_come_with_their_namespace(void **state)
{
	assert_int_equal(parse(SLICE("<x:a xmlns:x=\"urn:x\"><b/><c xmlns=\"urn:y\"/></x:a>")), XML_OK);
	assert_events("<a{urn:x}|<b|><c{urn:y}|>>");
}

static void test_an_undefined_prefix_does_not_lose_the_document(void **state)
{
	assert_int_equal(parse(SLICE("<q:a><q:b>t</q:b></q:a>")), XML_OK);
	assert_events("<a|<b|t>>");
	assert_int_equal(parse(SLICE("<q:a><q:b>t</q:b>")), XML_CUT);
	assert_int_equal(parse(SLICE("<q:a><q:b>t</q:c></q:a>")), XML_BROKEN);
	assert_int_equal(parse(SLICE("<a xmlns=\"http//dmarc.org/dmarc-xml/0.1\"/>")),
			 XML_OK); /* the typo of FORMATS 1.1 */
}

static void test_encodings_that_xml_has_are_read(void **state)
{
	static const char wide[] = "\xff\xfe<\0a\0>\0\xe9\0<\0/\0a\0>"; /* the last NUL is the literal's own */

	assert_int_equal(parse(SLICE("\xef\xbb\xbf<a>\xc3\xa9</a>")), XML_OK);
	assert_events("<a|\xc3\xa9>");
	assert_int_equal(parse((struct slice){ wide, sizeof wide }), XML_OK);
	assert_events("<a|\xc3\xa9>");
	assert_int_equal(parse(SLICE("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>\xe9</a>")), XML_OK);
	assert_events("<a|\xc3\xa9>");
}

/* FORMATS 3.2: what is broken is said to be broken; mending is somebody else's business. */
static void test_broken_documents_do_not_pass(void **state)
{
	static const struct slice broken[] = {
		{ "<a><b></a></b>", 14 },
		{ "<a>AT&T</a>;", 12 },
		{ "<a>&nbsp;</a>", 13 },
		{ "<a>\x01</a>", 8 },
		{ "<a>x\0y</a>", 10 },
		{ "<a>\xe9t\xe9 </a>", 12 },
		{ "\n<?xml version=\"1.0\"?><a/>", 26 },
		{ "<a/><b/>", 8 },
		{ "<a/>text", 8 },
		{ "<a b></a>", 9 },
		{ "<a><1/></a>", 11 },
		{ "junk<a/>", 8 },
		{ "<a x='1' x='2'/>", 16 },
		{ "<?xml version=\"1.0\" encoding=\"ANSI\"?><a/>", 41 },
	};

	for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
		for (size_t piece = 1; piece <= 64; piece += 63)
			if (parse_in(broken[i], piece, 0) != XML_BROKEN)
				fail_msg("document %zu in pieces of %zu", i, piece);
}

/* libxml2 waits for the ';' until the end, and for a second byte behind the root. */
static void test_a_document_that_is_all_there_is_not_cut(void **state)
{
	assert_int_equal(parse(SLICE("<a>AT&T</a>")), XML_BROKEN);
	assert_int_equal(parse(SLICE("<a/>x")), XML_BROKEN);
}

static void test_an_ampersand_far_from_the_end_is_not_endless_markup(void **state)
{
	struct slice rest = sample_repeat(&arena, "<b>text</b>\n", 20000);

	rest = sample_join(&arena, sample_join(&arena, SLICE("<a>AT&T "), rest), SLICE("</a>"));
	assert_int_equal(parse(rest), XML_BROKEN);
}

static void test_what_broke_is_said_on_one_line(void **state)
{
	struct xml *x = xml_open(&handler, &e);

	assert_non_null(x);
	xml_feed(x, "<a>\xe9t\xe9 </a>", 12);
	assert_int_equal(xml_finish(x), XML_BROKEN);
	assert_true(memchr(xml_message(x).ptr, '\n', xml_message(x).len) == NULL);
	xml_free(x);
}

static void test_nothing_is_no_document(void **state)
{
	assert_int_not_equal(parse(SLICE("")), XML_OK);
	assert_int_not_equal(parse(SLICE(" \n")), XML_OK);
	assert_int_not_equal(parse(SLICE("<!-- only -->")), XML_OK);
	assert_int_not_equal(parse(SLICE("<?xml version=\"1.0\"?>")), XML_OK);
}

static void test_where_it_broke_is_said(void **state)
{
	struct xml *x = xml_open(&handler, &e);

	assert_non_null(x);
	assert_false(xml_feed(x, "<a>\n\n<b></c>\n</a>\n", 18));
	assert_int_equal(xml_finish(x), XML_BROKEN);
	assert_int_equal(xml_line(x), 3);
	assert_false(xml_feed(x, "<d/>", 4)); /* nothing more need be fed */
	xml_free(x);
	xml_free(NULL);
}

static void test_every_doctype_is_refused(void **state)
{
	static const char *const documents[] = {
		"<!DOCTYPE a><a/>",
		"<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>",
		"<!DOCTYPE a PUBLIC \"x\" \"http://192.0.2.1/\"><a/>",
		"<!DOCTYPE a [<!ENTITY e \"x\">]><a>&e;</a>",
		"<!DOCTYPE a [<!ENTITY % p SYSTEM \"file:///etc/passwd\"> %p;]><a/>",
		"<?xml version=\"1.0\"?>\n<!-- c -->\n<!DOCTYPE a []><a/>",
		"<!DOCTYPE a [<!ENTITY x \"aaaaaaaaaa\"><!ENTITY y \"&x;&x;&x;&x;\"><!ENTITY z \"&y;&y;&y;\">]>"
		"<a>&z;</a>",
	};

	for (size_t i = 0; i < sizeof documents / sizeof *documents; i++)
		for (size_t piece = 1; piece <= 1000; piece += 999) {
			assert_int_equal(parse_in(slice_of(documents[i]), piece, 0), XML_DOCTYPE);
			assert_events(""); /* no element was believed */
		}
}

static struct slice nested(int depth)
{
	struct slice open = sample_repeat(&arena, "<a>", (size_t)depth),
		     close = sample_repeat(&arena, "</a>", (size_t)depth);

	return sample_join(&arena, open, close);
}

static void test_deep_nesting_is_refused_at_its_limit(void **state)
{
	assert_int_equal(parse(nested(LIMIT_XML_DEPTH)), XML_OK);
	assert_int_equal(e.deepest, LIMIT_XML_DEPTH);
	assert_int_equal(parse(nested(LIMIT_XML_DEPTH + 1)), XML_DEEP);
	assert_int_equal(e.deepest, LIMIT_XML_DEPTH);
	assert_int_equal(parse(nested(200000)), XML_DEEP);
	assert_int_equal(parse(sample_repeat(&arena, "<a>", 200000)), XML_DEEP);
}

/* LIBRARIES 2.5: many attributes of one element take libxml2 quadratic time. Without the guard this runs into minutes.
 */
static void test_attributes_without_end_do_not_hang(void **state)
{
	struct buf document;

	buf_init(&document, 16 * 1024 * 1024);
	buf_add_text(&document, "<a");
	for (int i = 0; i < 500000; i++)
		buf_addf(&document, " a%d=\"\"", i);
	buf_add_text(&document, "/>");
	assert_false(document.full);
	assert_int_equal(parse(buf_slice(&document)), XML_LONG);
	assert_int_equal(parse_in(buf_slice(&document), 1000, 0), XML_LONG);
	buf_release(&document);
}

static void test_one_endless_piece_of_markup_is_refused(void **state)
{
	static const char *const opens[] = { "<a x=\"", "<", "<a><!--", "<a><?pi ", "<!--", "<a></" };
	struct slice filler = sample_repeat(&arena, "x", 4 * 1024 * 1024);

	for (size_t i = 0; i < sizeof opens / sizeof *opens; i++)
		if (parse(sample_join(&arena, slice_of(opens[i]), filler)) != XML_LONG)
			fail_msg("%s", opens[i]);
}

static void test_long_text_is_not_long_markup(void **state)
{
	struct slice text = sample_repeat(&arena, "text ", 1000000), document;

	document = sample_join(&arena, sample_join(&arena, SLICE("<a>"), text), SLICE("</a>"));
	assert_int_equal(parse(document), XML_OK);
	assert_int_equal(e.out.len, text.len + 4);
}

static void test_a_handler_can_stop_at_any_event(void **state)
{
	struct slice document = SLICE("<a><b>t</b><c/><d>u</d></a>");

	assert_int_equal(parse(document), XML_OK);
	for (int at = 1, all = e.seen; at <= all; at++) {
		assert_int_equal(parse_in(document, 1, at), XML_STOPPED);
		assert_int_equal(e.seen, at); /* and hears no more */
		assert_int_equal(parse_in(document, 1000, at), XML_STOPPED);
		assert_int_equal(e.seen, at);
	}
}

/* Where a network or a ceiling cuts the bytes is nobody's doing: the events are the same. */
static void test_pieces_of_any_size_give_the_same_events(void **state)
{
	struct slice text = sample_repeat(&arena,
					  "\xe2\x82\xac b\xc3\xbc"
					  "cher &amp; \xf0\x9f\x93\xac\n",
					  60),
		     document;
	struct slice whole;

	document = sample_join(&arena, SLICE("<?xml version=\"1.0\" encoding=\"UTF-8\"?><a><b>"), text);
	document = sample_join(&arena, document, SLICE("</b><!-- c --><c xmlns=\"urn:x\"><![CDATA[]]x]]></c></a>"));
	assert_int_equal(parse(document), XML_OK);
	whole = (struct slice){ arena_copy(&arena, e.out.data, e.out.len), e.out.len };
	for (size_t piece = 1; piece < 700; piece += piece < 40 ? 1 : 37) {
		if (parse_in(document, piece, 0) != XML_OK)
			fail_msg("pieces of %zu", piece);
		assert_true(slice_eq(buf_slice(&e.out), whole));
	}
}

static void test_a_cut_document_is_cut_and_not_broken(void **state)
{
	struct slice document = SLICE(
		"<?xml version=\"1.0\"?>\n<a x=\"1\"><b>t \xe2\x82\xac &amp; u</b><!-- c --><c><![CDATA[d]]></c></a>");

	for (size_t n = sample_at(document, "<a x") + 1; n < document.len; n++) {
		enum xml_status status = parse((struct slice){ document.ptr, n });

		if (status != XML_CUT)
			fail_msg("cut at %zu: %d", n, status);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_document_is_its_events),
		cmocka_unit_test(test_names_are_local_and_come_with_their_namespace),
		cmocka_unit_test(test_an_undefined_prefix_does_not_lose_the_document),
		cmocka_unit_test(test_encodings_that_xml_has_are_read),
		cmocka_unit_test(test_broken_documents_do_not_pass),
		cmocka_unit_test(test_a_document_that_is_all_there_is_not_cut),
		cmocka_unit_test(test_an_ampersand_far_from_the_end_is_not_endless_markup),
		cmocka_unit_test(test_what_broke_is_said_on_one_line),
		cmocka_unit_test(test_nothing_is_no_document),
		cmocka_unit_test(test_where_it_broke_is_said),
		cmocka_unit_test(test_every_doctype_is_refused),
		cmocka_unit_test(test_deep_nesting_is_refused_at_its_limit),
		cmocka_unit_test(test_attributes_without_end_do_not_hang),
		cmocka_unit_test(test_one_endless_piece_of_markup_is_refused),
		cmocka_unit_test(test_long_text_is_not_long_markup),
		cmocka_unit_test(test_a_handler_can_stop_at_any_event),
		cmocka_unit_test(test_pieces_of_any_size_give_the_same_events),
		cmocka_unit_test(test_a_cut_document_is_cut_and_not_broken),
	};
	int failed;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	failed = cmocka_run_group_tests_name("xml", tests, NULL, teardown);
	buf_release(&e.out);
	return failed;
}
