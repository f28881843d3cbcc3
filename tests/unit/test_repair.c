/* test_repair: a damaged document loses nothing that was whole in it, gains nothing that was not, and says what was done
 * to it (FORMATS 3.1, 3.2, 10). Most go through the front door, since only strict reading says what needs mending. */
#include "parsers/repair.h"

#include "base/text.h"
#include "parsers/dmarc.h"
#include "parsers/message.h"
#include "sample.h"
#include "schema/limits.h"

#include <iconv.h>

static struct arena arena;

static int setup(void **state)
{
	message_init();
	return 0;
}

static int clear(void **state)
{
	arena_release(&arena);
	return 0;
}

/* --- what came out --- */

static struct {
	struct report report[LIMIT_DOCUMENTS + 1]; /* in order */
	int reports, rejects;
	struct reject reject; /* the last */
} seen;

/* A frame that does not decode ends the parser (HOUSE), so none may be sent. */
static void on_report(void *ctx, const struct report *r)
{
	struct buf wire;
	struct report back;

	buf_init(&wire, LIMIT_FRAME_BYTES);
	assert_int_equal(report_encode(&wire, r), 0);
	assert_int_equal(report_decode(&arena, buf_slice(&wire), &back), 0);
	assert_true(back.row_count == r->row_count);
	buf_release(&wire);
	assert_true(seen.reports <= LIMIT_DOCUMENTS);
	seen.report[seen.reports++] = *r;
}

static void on_tls(void *ctx, const struct tls_report *r)
{
	fail_msg("XML became a TLS report");
}

static void on_failure(void *ctx, const struct failure_report *r)
{
	fail_msg("XML became a failure report");
}

static void on_reject(void *ctx, const struct reject *r)
{
	seen.rejects++;
	seen.reject = *r;
}

static void read_all(struct slice bytes)
{
	static const struct message_limits usual = { LIMIT_MAIL_BYTES, LIMIT_PART_BYTES, LIMIT_EXPANDED_BYTES,
						     LIMIT_ROWS };
	const struct message_sink sink = { on_report, on_tls, on_failure, on_reject, NULL };

	memset(&seen, 0, sizeof seen);
	message_read(&arena, SLICE("file"), bytes, &usual, &sink);
	assert_true(seen.reports + seen.rejects > 0);
}

static struct report mended(struct slice bytes)
{
	read_all(bytes);
	if (seen.reports != 1 || seen.rejects != 0)
		fail_msg("%d reports, %d rejects (%s: %.*s)", seen.reports, seen.rejects, reject_name(seen.reject.code),
			 (int)seen.reject.detail.len, seen.reject.detail.ptr != NULL ? seen.reject.detail.ptr : "");
	return seen.report[0];
}

static bool has_note(const struct note *n, const char *text)
{
	for (; n != NULL; n = n->next)
		if (text_find_nocase(n->text, slice_of(text)) != NULL)
			return true;
	return false;
}

#define assert_named(list, text) assert_named_at((list), (text), __FILE__, __LINE__)

static void assert_named_at(const struct note *list, const char *text, const char *file, int line)
{
	if (has_note(list, text))
		return;
	print_error("no repair says \"%s\", but:\n", text);
	for (; list != NULL; list = list->next)
		print_error("  %.*s\n", (int)list->text.len, list->text.ptr);
	_fail(file, line);
}

/* --- documents --- */

#define REST_OF_METADATA                                                                                               \
	"<email>d@receiver.example</email><report_id>r1</report_id>"                                                   \
	"<date_range><begin>1780272000</begin><end>1780358399</end></date_range>"
#define TWO_RECORDS SAMPLE_RECORD("192.0.2.1", "1234") SAMPLE_RECORD("192.0.2.2", "5678")

static struct slice metadata(const char *text)
{
	return sample_xml(&arena, (struct sample_report){ .metadata = text, .records = TWO_RECORDS });
}

static struct slice org(const char *text)
{
	return metadata(arena_printf(&arena, "<org_name>%s</org_name>" REST_OF_METADATA, text));
}

/* Strict reading fails over it, whatever else is done to it. */
static struct slice broken(void)
{
	return org("AT&T");
}

static struct slice replaced(struct slice s, size_t at, size_t n, struct slice by)
{
	struct slice front = sample_join(&arena, (struct slice){ s.ptr, at }, by);

	return sample_join(&arena, front, (struct slice){ s.ptr + at + n, s.len - at - n });
}

static struct slice with_byte(struct slice s, const char *mark, char byte)
{
	return replaced(s, sample_at(s, mark), strlen(mark), (struct slice){ &byte, 1 });
}

static void assert_both_rows(const struct report *r)
{
	assert_true(r->row_count == 2);
	assert_true(r->rows->count == 1234 && r->rows->next->count == 5678);
	assert_slice(r->rows->source_ip, "192.0.2.1");
	assert_slice(r->rows->next->source_ip, "192.0.2.2");
	assert_slice(r->rows->next->header_from, "univ.example");
	assert_null(r->rows->next->next);
}

/* All that the usual document says, its org_name apart. */
static void assert_all_there(const struct report *r)
{
	assert_true(r->complete);
	assert_slice(r->email, "d@receiver.example");
	assert_slice(r->report_id, "r1");
	assert_true(r->begin == 1780272000 && r->end == 1780358399);
	assert_slice(r->domain, "univ.example");
	assert_slice(r->p, "none");
	assert_true(r->pct == 100);
	assert_both_rows(r);
	assert_slice(r->rows->dkim_auth->selector, "s1");
	assert_slice(r->rows->spf_auth->domain, "list.example");
}

static void test_what_is_whole_is_not_mended(void **state)
{
	struct report r = mended(org("AT&amp;T"));

	assert_all_there(&r);
	assert_slice(r.org_name, "AT&T");
	assert_null(r.repairs);
	assert_null(r.warnings);
}

/* --- bytes --- */

static void test_a_byte_order_mark_is_no_junk(void **state) /* FORMATS 10 (1) */
{
	struct slice marked = sample_join(&arena, SLICE("\xef\xbb\xbf"), sample_crlf(&arena, broken()));
	struct report r = mended(marked);

	assert_all_there(&r);
	assert_slice(r.org_name, "AT&T");
	assert_named(r.repairs, "stray &");
	assert_false(has_note(r.repairs, "before the root") || has_note(r.repairs, "Windows-1252"));
	r = mended(sample_join(&arena, SLICE("\xef\xbb\xbf"), org("A")));
	assert_null(r.repairs);
}

static void test_a_nul_does_not_cut_the_document(void **state) /* FORMATS 10 (5) */
{
	struct slice document = sample_xml(
		&arena, (struct sample_report){ .metadata = "<org_name>A</org_name>" REST_OF_METADATA,
						.records = SAMPLE_RECORD("192.0.2.1", "1234") "!"
							   SAMPLE_RECORD("192.0.2.2", "56~78") });
	struct report r;

	document = with_byte(with_byte(document, "!", '\0'), "~", '\0');
	r = mended(document);
	assert_all_there(&r);
	assert_named(r.repairs, "forbidden characters dropped");
}

static void test_control_characters_leave_their_text_behind(void **state)
{
	for (int c = 0; c < 0x20; c++) {
		bool allowed = c == '\t' || c == '\n' || c == '\r';
		struct report r = mended(with_byte(org("A!B & C"), "!", (char)c));

		assert_slice(r.org_name, allowed ? "A B & C" : "AB & C");
		assert_int_equal(has_note(r.repairs, "forbidden characters dropped"), !allowed);
		assert_all_there(&r);
	}
}

static void test_what_is_no_character_of_xml_leaves_its_text_behind(void **state)
{
	struct report r = mended(org("A\xef\xbf\xbe"
				     "B\xef\xbf\xbf"
				     "C\x7f\xef\xbf\xbd"));

	assert_slice(r.org_name, "ABC\x7f\xef\xbf\xbd"); /* U+FFFE and U+FFFF only */
	assert_named(r.repairs, "forbidden characters dropped");
	assert_all_there(&r);
}

static void test_blanks_before_the_declaration_hide_nothing(void **state) /* FORMATS 10 (2) */
{
	static const char *const blanks[] = { " ", "\n", "\r\n", "\t\r\n \n" };

	for (size_t i = 0; i < sizeof blanks / sizeof *blanks; i++) {
		struct report r = mended(sample_join(&arena, slice_of(blanks[i]), org("A")));

		assert_all_there(&r);
		assert_named(r.repairs, "blanks before the XML declaration");
		assert_false(has_note(r.repairs, "bytes before the root"));
	}
}

/* --- encodings --- */

static struct slice declared(const char *encoding, const char *name)
{
	return sample_xml(&arena, (struct sample_report){
					  .before = arena_printf(&arena, "<?xml version=\"1.0\" encoding=\"%s\"?>\n",
								 encoding),
					  .metadata = arena_printf(&arena, "<org_name>%s</org_name>" REST_OF_METADATA,
								   name),
					  .records = TWO_RECORDS });
}

static void test_an_unknown_encoding_is_read_as_utf8(void **state) /* FORMATS 10 (3) */
{
	static const char *const names[] = { "ANSI", "utf-", "UTF-8-SIG", "x-user-defined", "1", "../../etc/passwd", "a//b",
					     "gb//TRANSLIT" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct report r = mended(declared(names[i], "Caf\xc3\xa9"));

		assert_slice(r.org_name, "Caf\xc3\xa9");
		assert_all_there(&r);
		assert_named(r.repairs, arena_printf(&arena, "unknown encoding %s read as UTF-8", names[i]));
	}
}

static void test_the_name_of_an_encoding_is_only_a_name(void **state)
{
	struct report r = mended(declared(sample_noise(&arena, 900).ptr, "A"));

	assert_all_there(&r);
	assert_named(r.repairs, "unknown encoding");
	r = mended(declared("\xff\xfe\xe9", "A")); /* no UTF-8 itself */
	assert_all_there(&r);
	assert_named(r.repairs, "unknown encoding");
}

static void test_a_declaration_without_a_usable_encoding_hides_nothing(void **state)
{
	static const char *const names[] = { "", "utf-16", "UTF-16LE", "UCS-2", "utf-32" }; /* the bytes are ASCII */

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct report r = mended(declared(names[i], "Caf\xc3\xa9"));

		assert_slice(r.org_name, "Caf\xc3\xa9");
		assert_all_there(&r);
	}
}

/* repair.h: every repair is named. */
static void test_a_declaration_that_was_wrong_is_said(void **state)
{
	static const char *const names[] = { "", "utf-16" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (mended(declared(names[i], "A")).repairs == NULL)
			fail_msg("encoding=\"%s\" was mended and nothing says so", names[i]);
}

static void test_the_case_of_an_encoding_does_not_matter(void **state)
{
	static const char *const names[] = { "utf-8", "Utf-8", "UTF-8" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct report r = mended(declared(names[i], "A&B"));

		assert_all_there(&r);
		assert_false(has_note(r.repairs, "unknown encoding"));
	}
}

/* What the byte means in `from`, as UTF-8; U+FFFD where it means nothing. */
static const char *meaning(const char *from, unsigned char byte)
{
	char in[1] = { (char)byte }, out[8] = "", *p = in, *q = out;
	size_t left = 1, room = sizeof out - 1;
	iconv_t cd = iconv_open("UTF-8", from);

	assert_true(cd != (iconv_t)-1);
	if (iconv(cd, &p, &left, &q, &room) == (size_t)-1)
		memcpy(out, "\xef\xbf\xbd", 4);
	iconv_close(cd);
	return arena_printf(&arena, "%s", out);
}

static void test_bytes_that_are_no_utf8_mean_what_windows_1252_says(void **state) /* FORMATS 10 (4) */
{
	int holes = 0;

	for (unsigned c = 0x80; c <= 0xff; c++) {
		const char *as = meaning("WINDOWS-1252", (unsigned char)c);
		struct report r = mended(with_byte(org("x!y"), "!", (char)c));

		assert_slice(r.org_name, arena_printf(&arena, "x%sy", as));
		assert_named(r.repairs, "not UTF-8 read as Windows-1252");
		assert_all_there(&r);
		holes += strcmp(as, "\xef\xbf\xbd") == 0;
	}
	assert_int_equal(holes, 5);
}

static void test_one_wrong_byte_does_not_spoil_the_utf8_around_it(void **state)
{
	static const struct {
		const char *raw, *read;
	} cases[] = {
		{ "\xc3\xbc \xe9 \xe2\x82\xac", "\xc3\xbc \xc3\xa9 \xe2\x82\xac" },
		{ "\xc3", "\xc3\x83" },                             /* cut */
		{ "\xe2\x82", "\xc3\xa2\xe2\x80\x9a" },             /* cut */
		{ "\xc0\xaf", "\xc3\x80\xc2\xaf" },                 /* overlong */
		{ "\xed\xa0\x80", "\xc3\xad\xc2\xa0\xe2\x82\xac" }, /* a surrogate */
		{ "\xf0\x9f\x98\x80\xff", "\xf0\x9f\x98\x80\xc3\xbf" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct report r = mended(org(cases[i].raw));

		assert_slice(r.org_name, cases[i].read);
		assert_all_there(&r);
	}
}

static void test_a_declared_encoding_is_believed_where_the_rest_is_broken(void **state)
{
	static const struct {
		const char *encoding, *raw, *read;
	} cases[] = {
		{ "windows-1252", "\x80 & \xe9", "\xe2\x82\xac & \xc3\xa9" },
		{ "ISO-8859-1", "& \xe9", "& \xc3\xa9" },
		{ "iso-8859-15", "\xa4 &", "\xe2\x82\xac &" },
		{ "Windows-1251", "\xc0 &", "\xd0\x90 &" },
		{ "koi8-r", "\xc1 &", "\xd0\xb0 &" },
		{ "Shift_JIS", "\x82\xa0 &", "\xe3\x81\x82 &" },
		{ "us-ascii", "a &", "a &" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct report r = mended(declared(cases[i].encoding, cases[i].raw));

		assert_slice(r.org_name, cases[i].read);
		assert_all_there(&r);
		assert_false(has_note(r.repairs, "unknown encoding") || has_note(r.repairs, "replaced"));
	}
}

static void test_the_five_holes_of_a_declared_windows_1252_are_replaced_and_said(void **state)
{
	static const char holes[] = "\x81\x8d\x8f\x90\x9d";

	for (size_t i = 0; i < 5; i++) {
		struct report r = mended(with_byte(declared("windows-1252", "x!y&z"), "!", holes[i]));

		assert_slice(r.org_name, "x\xef\xbf\xbdy&z");
		assert_all_there(&r);
		assert_named(r.repairs, "bytes that are not windows-1252 replaced");
	}
}

/* libxml2 ends such a document without an error that its handler hears: it must not pass for a whole, empty report. */
static void test_a_byte_that_a_declared_encoding_has_not_does_not_empty_the_report(void **state)
{
	static const size_t before[] = { 0, 1000, LIMIT_XML_CHUNK_BYTES, 40000 };

	for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
		struct report r = mended(with_byte(
			declared("windows-1252", arena_printf(&arena, "%s!y", sample_noise(&arena, before[i]).ptr)), "!",
			'\x81'));

		assert_all_there(&r);
		assert_true(text_ends(r.org_name, SLICE("\xef\xbf\xbdy")));
		assert_non_null(r.repairs);
	}
}

/* Only the declaration names an encoding: what a reporter calls itself does not. */
static void test_the_word_encoding_in_the_text_names_none(void **state)
{
	struct report r = mended(
		sample_xml(&arena, (struct sample_report){
					   .before = "<?xml version=\"1.0\"?>",
					   .metadata = "<org_name>Encoding windows-1252 & Caf\xc3\xa9</org_name>",
					   .records = TWO_RECORDS }));

	assert_slice(r.org_name, "Encoding windows-1252 & Caf\xc3\xa9");
	assert_false(has_note(r.repairs, "encoding"));
}

static struct slice utf16(struct slice s, bool big, bool mark)
{
	size_t n = 0, left = s.len, room = s.len * 2;
	char *out = arena_alloc(&arena, s.len * 2 + 2), *p = (char *)(uintptr_t)s.ptr, *q;
	iconv_t cd = iconv_open(big ? "UTF-16BE" : "UTF-16LE", "UTF-8");

	assert_true(cd != (iconv_t)-1);
	if (mark)
		memcpy(out, big ? "\xfe\xff" : "\xff\xfe", n = 2);
	q = out + n;
	assert_true(iconv(cd, &p, &left, &q, &room) != (size_t)-1);
	iconv_close(cd);
	return (struct slice){ out, (size_t)(q - out) };
}

static void test_utf16_of_either_end_is_mended_like_any_text(void **state)
{
	static const char *const names[] = { "UTF-8", "utf-16", "ANSI" }; /* what is declared decides nothing */

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		for (int way = 0; way < 4; way++) {
			struct slice s = utf16(declared(names[i], "\xc3\xa9 & \xe2\x82\xac \xf0\x9f\x98\x80"), way & 1,
					       way & 2);
			struct report r = mended(s);

			assert_slice(r.org_name, "\xc3\xa9 & \xe2\x82\xac \xf0\x9f\x98\x80");
			assert_all_there(&r);
			assert_named(r.repairs, "stray &");
			assert_false(has_note(r.repairs, "Windows-1252") || has_note(r.repairs, "replaced"));
		}
}

static void test_a_whole_utf16_document_needs_no_mending(void **state)
{
	for (int big = 0; big < 2; big++) {
		struct report r = mended(utf16(declared("utf-16", "\xc3\xa9"), big, true));

		assert_slice(r.org_name, "\xc3\xa9");
		assert_all_there(&r);
	}
}

static void test_utf16_cut_in_half_a_character_keeps_its_rows(void **state)
{
	for (int big = 0; big < 2; big++) {
		struct slice s = utf16(broken(), big, true);
		struct report r;

		s.len -= 2 * strlen("</feedback>\n") - 1; /* the first half of '<' is there */
		r = mended(s);
		assert_both_rows(&r);
		assert_false(r.complete);
	}
}

/* One half of a pair without the other must not shift all that follows by a byte. */
static void test_half_a_pair_in_utf16_spoils_no_more_than_itself(void **state)
{
	for (int big = 0; big < 2; big++) {
		struct slice s = utf16(org("x\xe2\x82\xacy & z"), big, true), euro = utf16(SLICE("\xe2\x82\xac"), big, false);
		size_t at = (size_t)((const char *)memmem(s.ptr, s.len, euro.ptr, 2) - s.ptr);
		struct report r = mended(replaced(s, at, 2, (struct slice){ big ? "\xd8\x01" : "\x01\xd8", 2 }));

		assert_all_there(&r);
		assert_true(text_starts_nocase(r.org_name, SLICE("x\xef\xbf\xbd")));
		assert_true(text_ends(r.org_name, SLICE("y & z")));
		assert_named(r.repairs, "replaced");
	}
}

/* --- stray markup --- */

static void test_stray_brackets_and_ampersands_are_text(void **state) /* FORMATS 10 (6) */
{
	static const struct {
		const char *raw, *read, *said;
	} cases[] = {
		{ "AT&T", "AT&T", "stray & escaped" },
		{ "A & B", "A & B", "stray & escaped" },
		{ "A&", "A&", "stray & escaped" },
		{ "&", "&", "stray & escaped" },
		{ "A&amp;B&C", "A&B&C", "stray & escaped" },
		{ "A&nbsp;B", "A&nbsp;B", "stray & escaped" }, /* XML does not know it */
		{ "A&#;B", "A&#;B", "stray & escaped" },
		{ "A&#x;B", "A&#x;B", "stray & escaped" },
		{ "A&#12B", "A&#12B", "stray & escaped" },
		{ "A&#xZZ;B", "A&#xZZ;B", "stray & escaped" },
		{ "a < b", "a < b", "stray < escaped" },
		{ "a<", "a<", "stray < escaped" },
		{ "a << b", "a << b", "stray < escaped" },
		{ "a<1>b", "a<1>b", "stray < escaped" },
		{ "a <b", "a <b", "stray < escaped" },
		{ "a > b & c", "a > b & c", "stray & escaped" },
		{ "]]> & c", "]]> & c", "stray & escaped" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct report r = mended(org(cases[i].raw));

		assert_slice(r.org_name, cases[i].read);
		assert_named(r.repairs, cases[i].said);
		assert_all_there(&r);
	}
}

static void test_an_address_in_brackets_is_no_tag(void **state)
{
	static const char *const addresses[] = { "<d@receiver.example>", "DMARC <d.m-arc@receiver.example>",
						 "<mailto:d@receiver.example>", "<d+x@receiver.example> & co" };

	for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
		struct report r = mended(metadata(arena_printf(
			&arena, "<org_name>A</org_name><email>%s</email><report_id><2026$a=b@h.example></report_id>",
			addresses[i])));

		assert_slice(r.email, addresses[i]);
		assert_slice(r.report_id, "<2026$a=b@h.example>");
		assert_both_rows(&r);
	}
}

static void test_a_link_with_ampersands_is_kept(void **state)
{
	struct report r = mended(metadata("<org_name>A</org_name><extra_contact_info>https://r.example/?a=1&b=2&lt=3"
					  "</extra_contact_info>" REST_OF_METADATA));

	assert_slice(r.extra_contact_info, "https://r.example/?a=1&b=2&lt=3");
	assert_all_there(&r);
}

static void test_references_to_no_character_of_xml_are_dropped(void **state)
{
	static const char *const references[] = { "&#0;",     "&#x0;",	  "&#1;",	"&#x1F;",     "&#11;",
						  "&#xD800;", "&#xDFFF;", "&#xFFFE;",	"&#xFFFF;",   "&#x110000;",
						  "&#1114112;", "&#55296;", "&#99999999;", "&#xFFFFFFF;" };

	for (size_t i = 0; i < sizeof references / sizeof *references; i++) {
		struct report r = mended(org(arena_printf(&arena, "a%sb & c", references[i])));

		assert_slice(r.org_name, "ab & c");
		assert_all_there(&r);
	}
}

/* repair.h: every repair is named. */
static void test_a_dropped_reference_is_said(void **state)
{
	struct report r = mended(org("a&#0;b"));

	assert_slice(r.org_name, "ab");
	assert_non_null(r.repairs);
}

static void test_references_that_xml_knows_stay_what_they_are(void **state)
{
	static const struct {
		const char *raw, *read;
	} cases[] = {
		{ "&amp;&lt;&gt;&quot;&apos;", "&<>\"'" },
		{ "&#65;&#x42;&#x63;", "ABc" },
		{ "&#xE9;&#xe9;", "\xc3\xa9\xc3\xa9" },
		{ "&#x10FFFF;", "\xf4\x8f\xbf\xbf" },
		{ "&#1114111;", "\xf4\x8f\xbf\xbf" },
		{ "&#xD7FF;&#xE000;&#xFFFD;", "\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbd" },
		{ "a&#9;b&#10;c", "a b c" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct report r = mended(org(arena_printf(&arena, "%s & x", cases[i].raw)));

		assert_slice(r.org_name, arena_printf(&arena, "%s & x", cases[i].read));
		assert_all_there(&r);
	}
}

/* "&#X41;" is no reference to XML, which knows a small x only: left as it is, the mended text does not parse either. */
static void test_a_reference_with_a_capital_x_does_not_lose_the_report(void **state)
{
	struct report r = mended(org("a&#X41;b"));

	assert_all_there(&r);
	assert_true(text_starts_nocase(r.org_name, SLICE("a")) && text_ends(r.org_name, SLICE("b")));
}

static void test_cdata_and_comments_do_not_bring_markup(void **state)
{
	struct report r = mended(org("x & <![CDATA[a <record> & </org_name>]]> <!-- <record> & -->y<?pi <row> ?>"));

	assert_slice(r.org_name, "x & a <record> & </org_name> y");
	assert_all_there(&r);
	r = mended(sample_xml(
		&arena, (struct sample_report){ .metadata = "<org_name>A&B</org_name>" REST_OF_METADATA,
						.records = "<!--" SAMPLE_RECORD("192.0.2.9", "9") "-->" TWO_RECORDS
							   "<![CDATA[" SAMPLE_RECORD("192.0.2.8", "8") "]]>" }));
	assert_all_there(&r);
}

static void test_a_reference_in_cdata_is_none(void **state)
{
	struct report r = mended(org("&<![CDATA[a&amp;b]]>"));

	assert_slice(r.org_name, "&a&amp;b");
}

static void test_a_comment_without_end_does_not_swallow_the_rows(void **state)
{
	static const char *const openers[] = { "<!-- ", "<![CDATA[", "<? " };

	for (size_t i = 0; i < sizeof openers / sizeof *openers; i++) {
		struct report r = mended(metadata(
			arena_printf(&arena, "<org_name>A</org_name>" REST_OF_METADATA "%s", openers[i])));

		assert_both_rows(&r);
		assert_true(r.complete);
		assert_named(r.repairs, "stray <");
	}
}

/* --- tags --- */

static void test_a_schema_that_is_never_closed_hides_nothing(void **state) /* FORMATS 10 (10) */
{
#define SCHEMA "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" targetNamespace=\"http://dmarc.org/dmarc-xml/0.1\">\n"
	struct report r = mended(
		sample_xml(&arena, (struct sample_report){ .before = "<?xml version=\"1.0\"?>\n" SCHEMA,
							   .metadata = "<org_name>A</org_name>" REST_OF_METADATA,
							   .records = TWO_RECORDS }));

	assert_all_there(&r);
	assert_named(r.repairs, "before the root");
	r = mended(metadata("<org_name>A</org_name>" REST_OF_METADATA SCHEMA));
	assert_all_there(&r);
	assert_named(r.repairs, "unknown tag dropped");
	r = mended(sample_xml(&arena, (struct sample_report){ .metadata = "<org_name>A&B</org_name>" REST_OF_METADATA,
							      .before = SCHEMA "<xs:element name=\"feedback\"/>",
							      .records = TWO_RECORDS,
							      .after = "</xs:schema>" }));
	assert_all_there(&r);
	assert_slice(r.org_name, "A&B");
#undef SCHEMA
}

/* Each end tag of the document but the root's is left out in turn; what follows it must still be where it belongs. */
static void lose_each_end_tag(const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *tag = arena_printf(&arena, "</%s>", names[i]);
		struct slice document = org("A");
		struct report r = mended(replaced(document, sample_at(document, tag), strlen(tag), (struct slice){ 0 }));

		if (r.row_count != 2 || r.domain.ptr == NULL || r.report_id.ptr == NULL || r.rows->dkim_auth == NULL)
			fail_msg("without %s: %d rows, domain \"%.*s\"", tag, (int)r.row_count, (int)r.domain.len,
				 r.domain.ptr != NULL ? r.domain.ptr : "");
		assert_named(r.repairs, "missing end tag added");
		assert_slice(r.org_name, "A");
		assert_all_there(&r);
	}
}

static void test_a_value_without_end_tag_ends_where_the_next_begins(void **state)
{
	static const char *const names[] = { "org_name", "email", "report_id", "begin", "end", "adkim", "p", "pct",
					     "source_ip", "count", "disposition", "header_from", "selector", "result" };

	lose_each_end_tag(names, sizeof names / sizeof *names);
}

static void test_a_lost_end_tag_of_a_group_does_not_swallow_what_follows(void **state)
{
	static const char *const names[] = { "date_range", "policy_evaluated", "auth_results" };

	lose_each_end_tag(names, sizeof names / sizeof *names);
}

/* What follows in it is not guessed at, but no row is lost for it. */
static void test_a_lost_end_of_the_metadata_costs_no_row(void **state)
{
	struct slice document = org("A");
	struct report whole = mended(document);
	struct report r = mended(replaced(document, sample_at(document, "</report_metadata>"), 18, (struct slice){ 0 }));

	assert_int_equal(r.row_count, whole.row_count);
	assert_slice(r.org_name, "A");
	assert_named(r.repairs, "missing end tag added");
}

static void test_a_lost_end_inside_a_record_does_not_swallow_the_rest_of_it(void **state)
{
	static const char *const names[] = { "row", "identifiers" };

	lose_each_end_tag(names, sizeof names / sizeof *names);
}

static void test_a_record_without_end_does_not_swallow_the_next(void **state)
{
	struct slice document = org("A");
	struct report r = mended(replaced(document, sample_at(document, "</record>"), 9, (struct slice){ 0 }));
	const struct row *row = r.rows;

	while (row != NULL && row->count != 5678)
		row = row->next;
	assert_non_null(row);
	assert_slice(row->source_ip, "192.0.2.2");
	assert_named(r.repairs, "missing end tag added");
}

static void test_an_end_tag_without_start_ends_nothing(void **state)
{
	struct report r = mended(metadata("<org_name>A</org_name></count></record></date_range>" REST_OF_METADATA));

	assert_all_there(&r);
	assert_named(r.repairs, "end tag without start dropped");
}

static void test_a_broken_end_tag_is_no_part_of_the_value(void **state) /* kddi: FORMATS 2.3 */
{
	static const char *const ends[] = { "/report_id>", "</report_id", "/report_id", "</report_id ", "/REPORT_ID>",
					    "</report_id\n" };

	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		struct report r = mended(metadata(
			arena_printf(&arena,
				     "<org_name>A</org_name><email>d@receiver.example</email><report_id>12345%s"
				     "<date_range><begin>1780272000</begin><end>1780358399</end></date_range>",
				     ends[i])));

		assert_slice(r.report_id, "12345");
		assert_true(r.begin == 1780272000 && r.end == 1780358399);
		assert_named(r.repairs, "broken end tag mended");
		assert_both_rows(&r);
	}
}

/* A link may end in the name of its element; where the end tag stands behind it, it is a link. */
static void test_a_value_that_ends_like_its_tag_is_kept_whole(void **state)
{
	struct report r = mended(metadata("<org_name>A&B</org_name><email>https://r.example/email</email>"));

	assert_slice(r.email, "https://r.example/email");
}

static void test_a_report_with_a_prefix_is_mended_too(void **state)
{
	struct buf xml;
	struct report r;

	buf_init(&xml, 1 << 16);
	buf_add_text(&xml, "<d:feedback xmlns:d=\"urn:ietf:params:xml:ns:dmarc-2.0\"><d:report_metadata>"
			   "<d:org_name>A & B</d:org_name><d:report_id>r1</d:report_id></d:report_metadata>"
			   "<d:record><d:row><d:source_ip>192.0.2.1</d:source_ip><d:count>7</d:count></d:row>"
			   "</d:record></d:feedback>");
	r = mended(buf_slice(&xml));
	assert_slice(r.org_name, "A & B");
	assert_slice(r.report_id, "r1");
	assert_true(r.complete && r.row_count == 1 && r.rows->count == 7);
	buf_release(&xml);
}

/* report.h: namespace_uri is the root's. */
static void test_a_mended_report_keeps_its_namespace(void **state)
{
	struct report r = mended(sample_xml(
		&arena, (struct sample_report){ .attributes = " xmlns=\"urn:ietf:params:xml:ns:dmarc-2.0\"",
						.metadata = "<org_name>A & B</org_name>" REST_OF_METADATA,
						.records = TWO_RECORDS }));

	assert_all_there(&r);
	assert_slice(r.namespace_uri, "urn:ietf:params:xml:ns:dmarc-2.0");
}

/* --- cut documents --- */

static void test_the_end_of_the_root_may_be_cut_anywhere(void **state) /* FORMATS 10 (7) */
{
	struct slice documents[] = { org("A"), broken() };

	for (size_t i = 0; i < 2; i++)
		for (size_t n = 0; n < 11; n++) {
			size_t end = sample_at(documents[i], "</feedback>");
			struct report r = mended((struct slice){ documents[i].ptr, end + n });

			assert_both_rows(&r);
			assert_int_equal(r.complete, n == 10); /* "</feedback" is as good as whole */
			assert_named(r.repairs, n == 10 ? "broken end tag mended" : "only whole records");
		}
}

static void test_blanks_behind_a_cut_end_tag_change_nothing(void **state)
{
	struct slice document = org("A");
	struct report r = mended(
		sample_join(&arena, (struct slice){ document.ptr, sample_at(document, "</feedback>") + 10 }, SLICE(" \r\n")));

	assert_all_there(&r);
}

static int64_t records_in(struct slice s, size_t n)
{
	int64_t count = 0;

	for (const char *p = s.ptr; (p = memmem(p, n - (size_t)(p - s.ptr), "</record>", 9)) != NULL; p += 9)
		count++;
	return count;
}

static void cut_everywhere(struct slice document)
{
	static const int64_t counts[] = { 1234, 5678, 9 };
	size_t first = sample_at(document, "<record>"), last = sample_at(document, "</feedback>");
	struct arena own = arena;

	for (size_t n = first; n <= last; n++) {
		const struct row *row;
		struct report r;

		memset(&arena, 0, sizeof arena);
		r = mended((struct slice){ document.ptr, n });
		row = r.rows;
		if (r.complete || r.row_count != records_in(document, n))
			fail_msg("cut at %zu: %d rows, complete %d", n, (int)r.row_count, r.complete);
		assert_named(r.repairs, "only whole records");
		for (int64_t i = 0; i < r.row_count; i++, row = row->next)
			assert_true(row->count == counts[i]);
		assert_null(row);
		arena_release(&arena);
	}
	arena = own;
}

static void test_a_cut_never_makes_a_row_of_half_a_record(void **state) /* FORMATS 10 (8) */
{
	struct sample_report sample = { .records = SAMPLE_RECORD("192.0.2.1", "1234") SAMPLE_RECORD("192.0.2.2", "5678")
						SAMPLE_RECORD("192.0.2.3", "9") };

	cut_everywhere(sample_xml(&arena, sample));
	sample.metadata = "<org_name>AT&T</org_name><report_id>r1</report_id>";
	cut_everywhere(sample_xml(&arena, sample));
}

static void test_a_cut_before_the_first_record_makes_no_row(void **state)
{
	struct slice document = broken();

	for (size_t n = 0; n < sample_at(document, "<record>"); n++) {
		read_all((struct slice){ document.ptr, n });
		assert_int_equal(seen.reports + seen.rejects, 1);
		if (seen.reports == 1)
			assert_true(!seen.report[0].complete && seen.report[0].row_count == 0);
	}
}

/* --- several documents --- */

static struct slice numbered(int i, const char *name)
{
	return sample_xml(&arena,
			  (struct sample_report){
				  .metadata = arena_printf(&arena, "<org_name>%s</org_name><report_id>id%d</report_id>", name, i),
				  .records = arena_printf(&arena, SAMPLE_RECORD("192.0.2.1", "%d"), 10 + i) });
}

static void assert_numbered(int n)
{
	assert_int_equal(seen.reports, n);
	assert_int_equal(seen.rejects, 0);
	for (int i = 0; i < n; i++) {
		assert_slice(seen.report[i].report_id, arena_printf(&arena, "id%d", i));
		assert_true(seen.report[i].complete && seen.report[i].row_count == 1);
		assert_true(seen.report[i].rows->count == 10 + i);
		assert_non_null(seen.report[i].repairs);
		if (i > 0)
			assert_named(seen.report[i].repairs, "documents one behind the other split");
		else
			assert_false(has_note(seen.report[i].repairs, "documents one behind the other split"));
	}
}

static void test_every_document_of_a_concatenation_is_read(void **state) /* FORMATS 10 (9) */
{
	static const char *const between[] = { "", "\n", "\r\n\r\n", "--junk--", "\n]]> & <junk>\n" };

	for (size_t i = 0; i < sizeof between / sizeof *between; i++) {
		struct slice all = sample_join(&arena, numbered(0, "A"), slice_of(between[i]));

		all = sample_join(&arena, all, numbered(1, "B"));
		read_all(all);
		assert_numbered(2);
		all = sample_join(&arena, sample_join(&arena, all, slice_of(between[i])), numbered(2, "C"));
		read_all(all);
		assert_numbered(3);
	}
}

static void test_any_document_of_a_concatenation_may_be_broken(void **state)
{
	for (int wrong = 0; wrong < 8; wrong++) {
		struct slice all = { 0 };

		for (int i = 0; i < 3; i++)
			all = sample_join(&arena, all, numbered(i, wrong & 1 << i ? "A&B" : "AB"));
		read_all(all);
		assert_numbered(3);
		for (int i = 0; i < 3; i++) {
			assert_slice(seen.report[i].org_name, wrong & 1 << i ? "A&B" : "AB");
			assert_int_equal(has_note(seen.report[i].repairs, "stray &"), (wrong >> i) & 1);
		}
	}
}

static void test_a_cut_document_does_not_swallow_the_next(void **state)
{
	struct slice one = numbered(0, "A"), two = numbered(1, "B");
	static const char *const cuts[] = { "</feedback>", "</record>", "</count>", "<auth_results>" };

	for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
		const struct report *last;

		read_all(sample_join(&arena, (struct slice){ one.ptr, sample_at(one, cuts[i]) }, two));
		if (seen.reports == 0)
			fail_msg("cut at %s: nothing was read", cuts[i]);
		last = &seen.report[seen.reports - 1];
		if (!slice_is(last->report_id, "id1") || last->row_count != 1 || last->rows->count != 11)
			fail_msg("cut at %s: %d reports, the last is \"%.*s\" with %d rows", cuts[i], seen.reports,
				 (int)last->report_id.len, last->report_id.ptr, (int)last->row_count);
	}
}

static void test_the_last_of_several_may_be_cut(void **state)
{
	struct slice all = sample_join(&arena, numbered(0, "A"), broken());

	all.len = sample_at(all, "5678");
	read_all(all);
	assert_int_equal(seen.reports, 2);
	assert_true(seen.report[0].complete && seen.report[0].row_count == 1);
	assert_false(seen.report[1].complete);
	assert_true(seen.report[1].row_count == 1 && seen.report[1].rows->count == 1234);
}

/* The store tells resends by it (FORMATS 2.3). */
static void test_a_document_has_one_hash_wherever_it_stands(void **state)
{
	static const char *const names[] = { "A", "A&B" };

	for (size_t i = 0; i < 2; i++) {
		struct slice one = numbered(0, names[i]), two = numbered(1, names[i]);
		unsigned char hash[REPORT_HASH_BYTES];

		read_all(sample_join(&arena, one, two));
		assert_int_equal(seen.reports, 2);
		assert_memory_not_equal(seen.report[0].content_hash, seen.report[1].content_hash, REPORT_HASH_BYTES);
		memcpy(hash, seen.report[0].content_hash, sizeof hash);
		read_all(sample_crlf(&arena, sample_join(&arena, two, one)));
		assert_int_equal(seen.reports, 2);
		assert_memory_equal(seen.report[1].content_hash, hash, sizeof hash);
	}
}

/* "dropped" means that something is gone: a document that is read on its own is not. */
static void test_the_next_document_is_not_said_to_be_dropped(void **state)
{
	read_all(sample_join(&arena, numbered(0, "A"), numbered(1, "B")));
	assert_int_equal(seen.reports, 2);
	assert_false(has_note(seen.report[0].repairs, "dropped"));
	assert_false(has_note(seen.report[1].repairs, "dropped"));
}

static void test_documents_without_end_are_counted(void **state)
{
	struct slice all = sample_repeat(&arena, numbered(0, "A").ptr, LIMIT_DOCUMENTS);

	read_all(all);
	assert_int_equal(seen.reports, LIMIT_DOCUMENTS);
	assert_int_equal(seen.rejects, 0);
	read_all(sample_join(&arena, all, numbered(1, "B")));
	assert_int_equal(seen.reports, LIMIT_DOCUMENTS);
	assert_int_equal(seen.rejects, 1);
	assert_int_equal(seen.reject.code, REJECT_TOO_MANY);
}

static void test_an_empty_root_is_no_report_and_hides_none(void **state)
{
	read_all(SLICE("<feedback/><feedback></feedback>"));
	assert_int_equal(seen.reports, 0);
	assert_int_equal(seen.reject.code, REJECT_NOT_XML);
	read_all(sample_join(&arena, SLICE("<feedback/>"), numbered(0, "A")));
	assert_int_equal(seen.reports, 1);
	assert_slice(seen.report[0].report_id, "id0");
	assert_true(seen.report[0].complete && seen.report[0].row_count == 1);
}

/* --- junk, roots, refusals --- */

static void test_junk_around_the_root_is_dropped_and_said(void **state)
{
	struct report r = mended(sample_xml(
		&arena, (struct sample_report){ .before = "<?xml version=\"1.0\"?>\njunk & <junk> ",
						.metadata = "<org_name>A</org_name>" REST_OF_METADATA,
						.records = TWO_RECORDS }));

	assert_all_there(&r);
	assert_named(r.repairs, "bytes before the root dropped");
	assert_false(has_note(r.repairs, "after the root"));
	r = mended(sample_xml(&arena, (struct sample_report){ .metadata = "<org_name>A</org_name>" REST_OF_METADATA,
							      .records = TWO_RECORDS,
							      .after = "-- \nsent by a gateway & <footer>" }));
	assert_all_there(&r);
	assert_named(r.repairs, "bytes after the root dropped");
	assert_false(has_note(r.repairs, "before the root"));
}

/* FORMATS 3.2, leading junk: whoever calls repair with such bytes gets the document. */
static void test_junk_before_the_declaration_hides_nothing(void **state)
{
	struct slice raw = sample_join(&arena, SLICE("Content-Type: text/xml\n\n"), org("A"));
	struct repair text;
	struct repaired document;
	struct reject why;
	struct stream s;
	struct report r;

	assert_int_equal(repair_open(&arena, raw, &text, &why), 0);
	assert_int_equal(repair_next(&text, &document), 1);
	stream_of(&s, document.whole);
	assert_int_equal(dmarc_read(&arena, &s, LIMIT_ROWS, NULL, &r, &why), 0);
	assert_all_there(&r);
	assert_named(document.notes, "bytes before the root dropped");
	assert_int_equal(repair_next(&text, &document), 0);
}

static void test_a_report_without_its_root_is_read(void **state)
{
	struct slice document = org("A");
	size_t at = sample_at(document, "<feedback>");
	struct report r = mended(replaced(document, at, 10, (struct slice){ 0 })); /* the start tag only */

	assert_all_there(&r);
	assert_named(r.repairs, "root element missing");
	r = mended(replaced(document, at, 10, SLICE("<feedback ")));
	assert_all_there(&r);
	assert_named(r.repairs, "root element missing");
	document = replaced(document, at, 10, (struct slice){ 0 });
	r = mended(replaced(document, sample_at(document, "</feedback>"), 11, (struct slice){ 0 }));
	assert_both_rows(&r);
	assert_slice(r.org_name, "A");
	assert_named(r.repairs, "root element missing");
}

static enum reject_code refusal(struct slice raw)
{
	struct repair text, untouched;
	struct reject why = { 0 };

	memset(&text, 0x5a, sizeof text);
	untouched = text;
	assert_int_equal(repair_open(&arena, raw, &text, &why), -1);
	assert_memory_equal(&text, &untouched, sizeof text);
	assert_true(why.detail.len > 0);
	return why.code;
}

static void test_a_doctype_is_refused_wherever_it_hides(void **state)
{
	static const char *const declarations[] = { "<!DOCTYPE feedback>", "<!doctype feedback>",
						    "<!DOCTYPE f [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>",
						    "<!ENTITY e \"x\">", "<!entity e \"x\">" };

	for (size_t i = 0; i < sizeof declarations / sizeof *declarations; i++) {
		struct slice front = sample_join(&arena, slice_of(declarations[i]), broken()),
			     inside = metadata(arena_printf(&arena, "<org_name>A & B</org_name>%s", declarations[i]));

		assert_int_equal(refusal(front), REJECT_DOCTYPE);
		assert_int_equal(refusal(inside), REJECT_DOCTYPE);
		assert_int_equal(refusal(utf16(front, false, true)), REJECT_DOCTYPE);
		assert_int_equal(refusal(utf16(front, true, false)), REJECT_DOCTYPE);
		assert_int_equal(refusal(sample_join(&arena, broken(), front)), REJECT_DOCTYPE);
		read_all(inside);
		assert_int_equal(seen.reports, 0);
		assert_int_equal(seen.reject.code, REJECT_DOCTYPE);
	}
	/* Nor by a NUL or a control character that mending takes away. */
	assert_int_equal(refusal(with_byte(metadata("<!DOC!TYPE x>"), "C!", 'C')), REJECT_DOCTYPE);
	assert_int_equal(refusal(with_byte(metadata("<!DOC?TYPE x>"), "C?", 'C')), REJECT_DOCTYPE);
	assert_int_equal(refusal(with_byte(metadata("<org_name></org_name><!DOC*TYPE x>"), "*", '\0')), REJECT_DOCTYPE);
}

static void test_what_is_nothing_like_a_report_is_not_mended(void **state)
{
	assert_int_equal(refusal((struct slice){ "", 0 }), REJECT_NOT_DMARC);
	assert_int_equal(refusal(SLICE("<")), REJECT_NOT_DMARC);
	assert_int_equal(refusal(SLICE("<html><body></html>")), REJECT_NOT_DMARC);
	assert_int_equal(refusal(SLICE("<feedbackx></y>")), REJECT_NOT_DMARC);
	assert_int_equal(refusal(SLICE("feedback record report_metadata")), REJECT_NOT_DMARC);
	assert_int_equal(refusal(SLICE("</feedback>")), REJECT_NOT_DMARC);
	assert_int_equal(refusal(SLICE("<feedback")), REJECT_NOT_DMARC);
	assert_int_equal(refusal(SLICE("\xff\xfe")), REJECT_NOT_DMARC);
}

/* --- bounds --- */

static void test_decoding_never_grows_past_its_ceiling(void **state)
{
	char *raw = arena_alloc(&arena, LIMIT_REPAIR_BYTES);
	struct repair text;
	struct reject why;

	memset(raw, 0x80, LIMIT_REPAIR_BYTES); /* each becomes three bytes */
	memcpy(raw, "<feedback>", 10);
	assert_int_equal(repair_open(&arena, (struct slice){ raw, LIMIT_REPAIR_BYTES }, &text, &why), 0);
	assert_true(text.text.len <= LIMIT_REPAIRED_BYTES);
	assert_true(text.text.len > LIMIT_REPAIR_BYTES);
	text.text.len -= 2; /* the last character may be cut */
	assert_true(text_utf8_valid(text_cut(text.text, text.text.len - 2)));
}

static void test_escaping_never_grows_past_its_ceiling(void **state)
{
	static const size_t ceilings[] = { 0, 1, 9, 10, 11, 100, 4096, 65536 };
	struct slice raw = sample_join(&arena, SLICE("<feedback><report_metadata><org_name>"),
				       sample_repeat(&arena, "&", 100000));

	for (size_t i = 0; i < sizeof ceilings / sizeof *ceilings; i++) {
		struct repair text;
		struct repaired document;
		struct reject why;
		struct buf to;
		bool complete;

		assert_int_equal(repair_open(&arena, raw, &text, &why), 0);
		assert_int_equal(repair_next(&text, &document), 1);
		buf_init(&to, ceilings[i]);
		repair_rewrite(&text, &document, &to, &complete);
		assert_true(to.full && to.len <= ceilings[i]);
		assert_false(complete);
		assert_int_equal(repair_next(&text, &document), 0);
		buf_release(&to);
	}
}

static void test_a_report_that_mending_makes_too_large_is_not_said_to_be_whole(void **state)
{
	struct slice s = sample_repeat(&arena, "&", LIMIT_REPAIRED_BYTES / 5 + 1);
	struct report r;

	s = sample_join(&arena, sample_join(&arena, SLICE("<feedback><report_metadata><org_name>A&B</org_name></report_metadata>"
							  SAMPLE_RECORD("192.0.2.1", "1") "<record>"),
					    s),
			SLICE("</record>" SAMPLE_RECORD("192.0.2.2", "2") "</feedback>"));
	r = mended(s);
	assert_slice(r.org_name, "A&B");
	assert_false(r.complete);
	assert_true(r.row_count == 1);
}

static void test_elements_without_end_nest_no_deeper_than_the_limit(void **state)
{
	static const char *const tags[] = { "<record>", "<row>", "<dkim>", "<feedback>", "<x:record y='1'>" };

	for (size_t i = 0; i < sizeof tags / sizeof *tags; i++) {
		struct slice s = sample_join(&arena, numbered(0, "A&B"), sample_repeat(&arena, tags[i], 10000));

		read_all(s);
		assert_true(seen.reports >= 1 && seen.reports <= LIMIT_DOCUMENTS);
		assert_slice(seen.report[0].report_id, "id0");
		read_all(sample_join(&arena, SLICE("<feedback>&<report_metadata><org_name>A</org_name>"),
				     sample_repeat(&arena, tags[i], 10000)));
		assert_true(seen.reports + seen.rejects >= 1);
	}
}

/* Mending is for hostile bytes too: whatever comes out is sound (see on_report), and cutting never adds rows. */
static void test_no_flipped_bit_of_a_damaged_document_brings_a_row(void **state)
{
	struct slice document = replaced(broken(), 0, 0, SLICE("<!-- & --><![CDATA[x]]>")), copy;
	struct arena own = arena;

	copy = (struct slice){ malloc(document.len), document.len };
	assert_non_null(copy.ptr);
	for (size_t i = 0; i < document.len; i++) {
		char *p = (char *)(uintptr_t)copy.ptr;

		memset(&arena, 0, sizeof arena);
		memcpy(p, document.ptr, document.len);
		p[i] = (char)(p[i] ^ (1 << i % 8));
		read_all(copy);
		assert_true(seen.reports <= 1);
		if (seen.reports == 1 && seen.report[0].row_count > 2)
			fail_msg("bit %zu of byte %zu: %d rows", i % 8, i, (int)seen.report[0].row_count);
		arena_release(&arena);
	}
	free((char *)(uintptr_t)copy.ptr);
	arena = own;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_teardown(name, clear)
		TEST(test_what_is_whole_is_not_mended),
		TEST(test_a_byte_order_mark_is_no_junk),
		TEST(test_a_nul_does_not_cut_the_document),
		TEST(test_control_characters_leave_their_text_behind),
		TEST(test_what_is_no_character_of_xml_leaves_its_text_behind),
		TEST(test_blanks_before_the_declaration_hide_nothing),
		TEST(test_an_unknown_encoding_is_read_as_utf8),
		TEST(test_the_name_of_an_encoding_is_only_a_name),
		TEST(test_a_declaration_without_a_usable_encoding_hides_nothing),
		TEST(test_a_declaration_that_was_wrong_is_said),
		TEST(test_the_case_of_an_encoding_does_not_matter),
		TEST(test_bytes_that_are_no_utf8_mean_what_windows_1252_says),
		TEST(test_one_wrong_byte_does_not_spoil_the_utf8_around_it),
		TEST(test_a_declared_encoding_is_believed_where_the_rest_is_broken),
		TEST(test_the_five_holes_of_a_declared_windows_1252_are_replaced_and_said),
		TEST(test_a_byte_that_a_declared_encoding_has_not_does_not_empty_the_report),
		TEST(test_the_word_encoding_in_the_text_names_none),
		TEST(test_utf16_of_either_end_is_mended_like_any_text),
		TEST(test_a_whole_utf16_document_needs_no_mending),
		TEST(test_utf16_cut_in_half_a_character_keeps_its_rows),
		TEST(test_half_a_pair_in_utf16_spoils_no_more_than_itself),
		TEST(test_stray_brackets_and_ampersands_are_text),
		TEST(test_an_address_in_brackets_is_no_tag),
		TEST(test_a_link_with_ampersands_is_kept),
		TEST(test_references_to_no_character_of_xml_are_dropped),
		TEST(test_a_dropped_reference_is_said),
		TEST(test_references_that_xml_knows_stay_what_they_are),
		TEST(test_a_reference_with_a_capital_x_does_not_lose_the_report),
		TEST(test_cdata_and_comments_do_not_bring_markup),
		TEST(test_a_reference_in_cdata_is_none),
		TEST(test_a_comment_without_end_does_not_swallow_the_rows),
		TEST(test_a_schema_that_is_never_closed_hides_nothing),
		TEST(test_a_value_without_end_tag_ends_where_the_next_begins),
		TEST(test_a_lost_end_tag_of_a_group_does_not_swallow_what_follows),
		TEST(test_a_lost_end_of_the_metadata_costs_no_row),
		TEST(test_a_lost_end_inside_a_record_does_not_swallow_the_rest_of_it),
		TEST(test_a_record_without_end_does_not_swallow_the_next),
		TEST(test_an_end_tag_without_start_ends_nothing),
		TEST(test_a_broken_end_tag_is_no_part_of_the_value),
		TEST(test_a_value_that_ends_like_its_tag_is_kept_whole),
		TEST(test_a_report_with_a_prefix_is_mended_too),
		TEST(test_a_mended_report_keeps_its_namespace),
		TEST(test_the_end_of_the_root_may_be_cut_anywhere),
		TEST(test_blanks_behind_a_cut_end_tag_change_nothing),
		TEST(test_a_cut_never_makes_a_row_of_half_a_record),
		TEST(test_a_cut_before_the_first_record_makes_no_row),
		TEST(test_every_document_of_a_concatenation_is_read),
		TEST(test_any_document_of_a_concatenation_may_be_broken),
		TEST(test_a_cut_document_does_not_swallow_the_next),
		TEST(test_the_last_of_several_may_be_cut),
		TEST(test_a_document_has_one_hash_wherever_it_stands),
		TEST(test_the_next_document_is_not_said_to_be_dropped),
		TEST(test_documents_without_end_are_counted),
		TEST(test_an_empty_root_is_no_report_and_hides_none),
		TEST(test_junk_around_the_root_is_dropped_and_said),
		TEST(test_junk_before_the_declaration_hides_nothing),
		TEST(test_a_report_without_its_root_is_read),
		TEST(test_a_doctype_is_refused_wherever_it_hides),
		TEST(test_what_is_nothing_like_a_report_is_not_mended),
		TEST(test_decoding_never_grows_past_its_ceiling),
		TEST(test_escaping_never_grows_past_its_ceiling),
		TEST(test_a_report_that_mending_makes_too_large_is_not_said_to_be_whole),
		TEST(test_elements_without_end_nest_no_deeper_than_the_limit),
		TEST(test_no_flipped_bit_of_a_damaged_document_brings_a_row),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("repair", tests, setup, NULL);
}
