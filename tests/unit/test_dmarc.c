/* test_dmarc: of a report's XML everything is read that the two schemas have, as written; what is wrong is named; no
 * document makes it read more rows, text or memory than the limits. */
#include "parsers/dmarc.h"

#include "base/text.h"
#include "sample.h"
#include "schema/limits.h"

static struct arena arena;

static int clear(void **state)
{
	arena_release(&arena);
	return 0;
}

static int read_limited(struct slice document, int64_t row_limit, struct report *out, struct reject *why)
{
	struct stream s;

	stream_of(&s, document);
	memset(why, 0, sizeof *why);
	return dmarc_read(&arena, &s, row_limit, NULL, out, why);
}

static struct report read_slice(struct slice document)
{
	struct report r;
	struct reject why;

	if (read_limited(document, LIMIT_ROWS, &r, &why) != 0)
		fail_msg("refused: %s, line %d: %.*s", reject_name(why.code), (int)why.line, (int)why.detail.len,
			 why.detail.ptr);
	return r;
}

static struct report read_sample(struct sample_report sample)
{
	return read_slice(sample_xml(&arena, sample));
}

static struct report read_records(const char *records)
{
	return read_sample((struct sample_report){ .records = records });
}

static enum reject_code refusal(struct slice document)
{
	struct report r;
	struct reject why;

	assert_int_equal(read_limited(document, LIMIT_ROWS, &r, &why), -1);
	assert_true(why.detail.len > 0);
	return why.code;
}

static bool has_note(const struct note *n, const char *text)
{
	for (; n != NULL; n = n->next)
		if (text_find_nocase(n->text, slice_of(text)) != NULL)
			return true;
	return false;
}

static int count_notes(const struct note *n)
{
	int count = 0;

	for (; n != NULL; n = n->next)
		count++;
	return count;
}

static void assert_warned(const struct report *r, const char *text)
{
	if (!has_note(r->warnings, text))
		fail_msg("no warning says \"%s\"", text);
}

static void assert_no_warning(const struct report *r)
{
	if (r->warnings != NULL)
		fail_msg("warning: %.*s", (int)r->warnings->text.len, r->warnings->text.ptr);
}

/* --- the two schemas, every element --- */

static const char rfc9990[] =
	"<feedback xmlns=\"urn:ietf:params:xml:ns:dmarc-2.0\" xmlns:x=\"https://receiver.example/ext\">\n"
	" <version>1.0</version>\n"
	" <report_metadata><org_name>Receiver  One</org_name><email>d@receiver.example</email>\n"
	"  <extra_contact_info lang=\"en\">https://receiver.example/d</extra_contact_info>\n"
	"  <report_id>20260601-ab12@receiver.example</report_id>\n"
	"  <date_range><begin>1780272000</begin><end>1780358399</end></date_range>\n"
	"  <error lang=\"en\">multiple policy records</error><generator>Gen 2.1</generator></report_metadata>\n"
	" <policy_published><domain>univ.example</domain><p>quarantine</p><sp>none</sp><np>reject</np><adkim>r"
	"</adkim>\n"
	"  <aspf>s</aspf><discovery_method>treewalk</discovery_method><fo>1:d</fo><testing>y</testing>"
	"</policy_published>\n"
	" <extension><x:top>1</x:top></extension>\n"
	" <record><row><source_ip>2001:db8::1</source_ip><count>12</count><policy_evaluated>\n"
	"   <disposition>pass</disposition><dkim>fail</dkim><spf>fail</spf>\n"
	"   <reason><type>policy_test_mode</type><comment lang=\"en\">t=y</comment></reason>\n"
	"   <reason><type>other</type></reason></policy_evaluated></row>\n"
	"  <identifiers><header_from>sub.univ.example</header_from><envelope_from/><envelope_to>receiver.example"
	"</envelope_to>\n"
	"  </identifiers>\n"
	"  <auth_results><dkim><domain>univ.example</domain><result>fail</result><selector>s1</selector>\n"
	"    <human_result lang=\"en\">body hash</human_result></dkim>\n"
	"   <spf><domain>lists.example</domain><scope>mfrom</scope><result>policy</result>\n"
	"    <human_result>own</human_result></spf></auth_results>\n"
	"  <x:chain>ok</x:chain></record>\n"
	"</feedback>\n";

static void test_no_element_of_rfc9990_is_lost(void **state)
{
	struct report r = read_slice(slice_of(rfc9990));

	assert_true(r.complete);
	assert_slice(r.namespace_uri, "urn:ietf:params:xml:ns:dmarc-2.0");
	assert_slice(r.version, "1.0");
	assert_slice(r.org_name, "Receiver One"); /* inner blanks one */
	assert_slice(r.email, "d@receiver.example");
	assert_slice(r.extra_contact_info, "https://receiver.example/d");
	assert_slice(r.report_id, "20260601-ab12@receiver.example");
	assert_slice(r.generator, "Gen 2.1");
	assert_true(r.begin == 1780272000 && r.end == 1780358399);
	assert_slice(r.errors->text, "multiple policy records");
	assert_null(r.errors->next);
	assert_slice(r.domain, "univ.example");
	assert_slice(r.p, "quarantine");
	assert_slice(r.sp, "none");
	assert_slice(r.np, "reject");
	assert_slice(r.adkim, "r");
	assert_slice(r.aspf, "s");
	assert_slice(r.fo, "1:d");
	assert_slice(r.testing, "y");
	assert_slice(r.discovery_method, "treewalk");
	assert_true(r.pct == REPORT_NO_PCT);
	assert_true(r.row_count == 1);
	assert_null(r.repairs);
	assert_no_warning(&r);
}

static void test_no_element_of_a_rfc9990_record_is_lost(void **state)
{
	struct report r = read_slice(slice_of(rfc9990));
	const struct row *row = r.rows;

	assert_slice(row->source_ip, "2001:db8::1");
	assert_true(row->count == 12);
	assert_slice(row->disposition, "pass");
	assert_slice(row->dkim, "fail");
	assert_slice(row->spf, "fail");
	assert_slice(row->reasons->type, "policy_test_mode");
	assert_slice(row->reasons->comment, "t=y");
	assert_slice(row->reasons->next->type, "other");
	assert_slice(row->reasons->next->comment, NULL);
	assert_slice(row->header_from, "sub.univ.example");
	assert_slice(row->envelope_from, NULL);
	assert_slice(row->envelope_to, "receiver.example");
	assert_slice(row->dkim_auth->domain, "univ.example");
	assert_slice(row->dkim_auth->selector, "s1");
	assert_slice(row->dkim_auth->result, "fail");
	assert_slice(row->dkim_auth->human_result, "body hash");
	assert_slice(row->dkim_auth->scope, NULL);
	assert_slice(row->spf_auth->domain, "lists.example");
	assert_slice(row->spf_auth->scope, "mfrom");
	assert_slice(row->spf_auth->result, "policy");
	assert_slice(row->spf_auth->human_result, "own");
	assert_null(row->next);
}

static void test_unknown_elements_are_named_and_skipped(void **state)
{
	struct report r = read_slice(slice_of(rfc9990));

	assert_true(has_note(r.extensions, "{urn:ietf:params:xml:ns:dmarc-2.0}extension"));
	assert_true(has_note(r.extensions, "{https://receiver.example/ext}chain"));
	assert_true(has_note(r.extensions, "{https://receiver.example/ext}top"));
	assert_int_equal(count_notes(r.extensions), 3); /* what is in them is theirs */
	r = read_records("<record><x><row><count>5</count></row></x>" SAMPLE_RECORD("192.0.2.1", "1") "</record>");
	assert_true(r.row_count == 1); /* a record in a record is unknown, so the outer one has no row */
	assert_true(r.rows->count == 0);
}

static void test_no_element_of_rfc7489_is_lost(void **state)
{
	struct report r = read_slice(SLICE(
		"<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<feedback>\n<report_metadata>\n<org_name>Receiver"
		"</org_name>\n"
		"<email>d@receiver.example</email>\n<extra_contact_info>x</extra_contact_info>\n<report_id>1"
		"</report_id>\n"
		"<date_range>\n<begin>1700000000</begin>\n<end>1700086399</end>\n</date_range><error>one</error>"
		"<error>two</error>\n"
		"</report_metadata>\n<policy_published>\n<domain>univ.example</domain>\n<adkim>s</adkim>\n"
		"<aspf>r</aspf>\n"
		"<p>reject</p>\n<sp>quarantine</sp>\n<pct>25</pct>\n<fo>0</fo><np>none</np>\n"
		"</policy_published>\n<record>\n<row>\n"
		"<source_ip>192.0.2.1</source_ip>\n<count>2</count>\n<policy_evaluated>\n<disposition>none"
		"</disposition>\n"
		"<dkim>pass</dkim>\n<spf>fail</spf>\n<reason><type>forwarded</type><comment></comment></reason>"
		"</policy_evaluated>\n</row>\n<identifiers>\n<envelope_to>receiver.example</envelope_to>"
		"<envelope_from>list.example</envelope_from><header_from>univ.example</header_from>\n</identifiers>\n"
		"<auth_results>\n<spf>\n<domain>list.example</domain>\n<scope>helo</scope><result>pass"
		"</result>\n</spf>\n"
		"<dkim>\n<domain>univ.example</domain>\n<result>pass</result>\n<selector>s1</selector>\n"
		"</dkim>\n</auth_results>\n"
		"</record>\n</feedback>\n"));

	assert_slice(r.namespace_uri, NULL);
	assert_slice(r.version, NULL);
	assert_slice(r.errors->next->text, "two");
	assert_slice(r.np, "none"); /* behind pct, as the largest reporter writes it */
	assert_slice(r.fo, "0");
	assert_true(r.pct == 25);
	assert_slice(r.rows->reasons->type, "forwarded");
	assert_slice(r.rows->reasons->comment, NULL);
	assert_slice(r.rows->envelope_from, "list.example");
	assert_slice(r.rows->spf_auth->scope, "helo");
	assert_slice(r.rows->dkim_auth->selector, "s1");
	assert_null(r.extensions);
	assert_no_warning(&r);
}

/* FORMATS 10 (11) */
static void test_any_namespace_or_none_is_read(void **state)
{
	static const char *const uris[] = { "http://dmarc.org/dmarc-xml/0.1", "http//dmarc.org/dmarc-xml/0.1",
					    "http://dmarc.org/dmarc-xml/2.0", "urn:ietf:params:xml:ns:dmarc-2.0" };
	struct report r;

	for (size_t i = 0; i < sizeof uris / sizeof *uris; i++) {
		r = read_sample((struct sample_report){ .attributes = arena_printf(&arena, " xmlns=\"%s\"", uris[i]) });
		assert_slice(r.namespace_uri, uris[i]);
		assert_true(r.row_count == 1);
		assert_slice(r.org_name, "Receiver");
	}
	r = read_sample((struct sample_report){ .attributes = " xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\"" });
	assert_slice(r.namespace_uri, NULL);
	r = read_slice(SLICE("<d:feedback xmlns:d=\"urn:d\"><report_metadata><org_name>A</org_name></report_metadata>"
			     "</d:feedback>")); /* qualified root, children without */
	assert_slice(r.namespace_uri, "urn:d");
	assert_slice(r.org_name, "A");
	r = read_slice(
		SLICE("<q:feedback><q:report_metadata><q:org_name>A</q:org_name></q:report_metadata></q:feedback>"));
	assert_slice(r.namespace_uri, NULL); /* the prefix is nowhere defined */
	assert_slice(r.org_name, "A");
}

static void test_order_and_case_of_elements_do_not_matter(void **state)
{
	struct report r = read_slice(SLICE("<Feedback>" SAMPLE_RECORD(
		"192.0.2.1",
		"1") "<Policy_Published><P>None</P><Domain>A.example"
		     "</Domain></Policy_Published><REPORT_METADATA><Org_Name>B</Org_Name></REPORT_METADATA>"
		     "<version>2.0</version></Feedback>"));

	assert_slice(r.org_name, "B");
	assert_slice(r.p, "none");
	assert_slice(r.domain, "A.example"); /* a name keeps its case */
	assert_slice(r.version, "2.0");
	assert_true(r.row_count == 1);
}

static void test_words_are_lowered_and_otherwise_left(void **state)
{
	struct report r = read_records(
		"<record><row><source_ip> 192.0.2.1 </source_ip><count>1</count><policy_evaluated><disposition>"
		" Quarantine\n"
		"</disposition><dkim>PASS</dkim><spf>SoftFail</spf><reason><type>Local_Policy</type><comment>"
		" ARC =\n Pass </comment>"
		"</reason></policy_evaluated></row><identifiers><header_from>Univ.Example</header_from>"
		"</identifiers><auth_results>"
		"<dkim><domain>Univ.Example</domain><selector>S1</selector><result>HardFail</result></dkim>"
		"<dkim/><spf><domain></domain><result>Unknown</result><scope>MFROM</scope></spf></auth_results>"
		"</record>");
	const struct row *row = r.rows;

	assert_slice(row->source_ip, "192.0.2.1");
	assert_slice(row->disposition, "quarantine");
	assert_slice(row->dkim, "pass");
	assert_slice(row->spf, "softfail");
	assert_slice(row->reasons->type, "local_policy");
	assert_slice(row->reasons->comment, "ARC = Pass");
	assert_slice(row->header_from, "Univ.Example");
	assert_slice(row->dkim_auth->selector, "S1");
	assert_slice(row->dkim_auth->result, "hardfail");
	assert_non_null(row->dkim_auth->next); /* an empty one is one too: gosecure writes it on every row */
	assert_slice(row->dkim_auth->next->result, NULL);
	assert_slice(row->spf_auth->domain, NULL);
	assert_slice(row->spf_auth->result, "unknown");
	assert_slice(row->spf_auth->scope, "mfrom");
}

static void test_characters_outside_ascii_and_references_arrive(void **state)
{
	struct report r = read_sample((struct sample_report){
		.metadata = "<org_name>AT&amp;T B\xc3\xbc"
			    "cher &#x20ac;</org_name><report_id><![CDATA[<id>]]></report_id>" });

	assert_slice(r.org_name, "AT&T B\xc3\xbc"
				 "cher \xe2\x82\xac");
	assert_slice(r.report_id, "<id>");
}

/* FORMATS 10 (1) */
static void test_a_byte_order_mark_and_crlf_change_nothing(void **state)
{
	struct slice plain = sample_xml(&arena, (struct sample_report){ 0 });
	struct report r = read_slice(sample_join(&arena, SLICE("\xef\xbb\xbf"), sample_crlf(&arena, plain)));

	assert_true(r.complete && r.row_count == 1);
	assert_null(r.repairs);
	assert_slice(r.org_name, "Receiver");
}

static void test_a_wrapper_around_the_root_is_walked_through(void **state)
{
	struct report r =
		read_sample((struct sample_report){ .before = "<xs:schema><x>", .after = "</x></xs:schema>" });

	assert_true(r.complete && r.row_count == 1);
}

/* --- identifiers --- */

static void test_identities_is_another_word_for_identifiers(void **state)
{
	struct report r = read_records(
		"<record><row><source_ip>192.0.2.1</source_ip><count>1</count></row><identities><header_from>"
		"univ.example</header_from></identities></record>");

	assert_slice(r.rows->header_from, "univ.example");
	assert_null(r.extensions);
}

static void test_a_missing_from_or_address_keeps_the_row_and_warns(void **state)
{
	struct report r = read_records("<record><row><source_ip>192.0.2.1</source_ip><count>7</count></row></record>");

	assert_true(r.row_count == 1 && r.rows->count == 7);
	assert_slice(r.rows->header_from, NULL);
	assert_warned(&r, "header_from missing");
	r = read_records("<record><row><count>7</count></row></record>");
	assert_true(r.row_count == 1);
	assert_warned(&r, "source_ip missing");
}

/* FORMATS 10 (20) and (22): as written, whatever it is */
static void test_addresses_and_paths_stay_as_written(void **state)
{
	static const char *const fine[] = { "::FFFF:192.0.2.1", "[2001:db8::1]", "2001:db8::1%eth0", "192.0.2.1" };
	static const char *const odd[] = { "mail.example", "192.0.2", "192.0.2.1, 192.0.2.2" };
	struct report r;

	for (size_t i = 0; i < 4; i++) {
		r = read_records(
			arena_printf(&arena,
				     "<record><row><source_ip>%s</source_ip><count>1</count></row><identifiers>"
				     "<header_from>a.example</header_from></identifiers></record>",
				     fine[i]));
		assert_slice(r.rows->source_ip, fine[i]);
		assert_no_warning(&r);
	}
	for (size_t i = 0; i < 3; i++) {
		r = read_records(arena_printf(
			&arena, "<record><row><source_ip>%s</source_ip><count>1</count></row></record>", odd[i]));
		assert_slice(r.rows->source_ip, odd[i]);
		assert_warned(&r, "source_ip is no address");
	}
	r = read_records(
		"<record><row/><identifiers><envelope_from>&lt;&gt;</envelope_from><envelope_to>user@univ.example"
		"</envelope_to></identifiers></record>");
	assert_slice(r.rows->envelope_from, "<>");
	assert_slice(r.rows->envelope_to, "user@univ.example");
}

/* --- reasons: FORMATS 4.1 and 10 (30) --- */

static struct report read_reasons(const char *reasons)
{
	return read_records(
		arena_printf(&arena,
			     "<record><row><source_ip>192.0.2.1</source_ip><count>1</count><policy_evaluated>"
			     "%s<dkim>fail</dkim></policy_evaluated></row></record>",
			     reasons));
}

static void test_every_way_to_write_a_reason_is_read(void **state)
{
	struct report r = read_reasons(
		"<reason><type>local_policy</type><comment>arc=pass</comment></reason>"
		"<reason><comment>only a comment</comment></reason><reason><type>sampled_out</type></reason>"
		"<reason>bare\n words</reason><reason><comment>c</comment><type>other</type></reason>");
	const struct reason *x = r.rows->reasons;

	assert_slice(x->type, "local_policy");
	assert_slice(x->comment, "arc=pass");
	x = x->next;
	assert_slice(x->type, NULL);
	assert_slice(x->comment, "only a comment");
	x = x->next;
	assert_slice(x->type, "sampled_out");
	assert_slice(x->comment, NULL);
	x = x->next;
	assert_slice(x->type, NULL);
	assert_slice(x->comment, "bare words");
	x = x->next;
	assert_slice(x->type, "other");
	assert_slice(x->comment, "c");
	assert_null(x->next);
	assert_slice(r.rows->dkim, "fail"); /* what follows them is not lost */
}

static void test_a_reason_of_nothing_is_left_out(void **state)
{
	struct report r =
		read_reasons("<reason/><reason><type></type><comment> </comment></reason><reason>\n</reason>");

	assert_null(r.rows->reasons);
	assert_slice(r.rows->dkim, "fail");
}

static void test_blanks_around_a_reasons_parts_are_no_comment(void **state)
{
	struct report r = read_reasons("<reason>\n <type>other</type>\n <comment>\n </comment>\n</reason>");

	assert_slice(r.rows->reasons->type, "other");
	assert_slice(r.rows->reasons->comment, NULL);
}

static void test_reasons_over_the_limit_are_left_out_and_said(void **state)
{
	struct report r = read_reasons(
		sample_repeat(&arena, "<reason><type>other</type></reason>", LIMIT_REASONS_PER_ROW + 5).ptr);
	int n = 0;

	for (const struct reason *x = r.rows->reasons; x != NULL; x = x->next)
		n++;
	assert_int_equal(n, LIMIT_REASONS_PER_ROW);
	assert_warned(&r, "more reasons");
}

/* --- times: FORMATS 10 (18) --- */

static struct report read_range(const char *begin, const char *end)
{
	return read_sample((struct sample_report){
		.metadata = arena_printf(&arena,
					 "<org_name>A</org_name><report_id>1</report_id><date_range><begin>%s</begin>"
					 "<end>%s</end></date_range>",
					 begin, end) });
}

static void test_times_are_read_however_they_are_written(void **state)
{
	static const struct {
		const char *text;
		int64_t seconds;
		bool odd;
	} cases[] = {
		{ "1780272000", 1780272000, false },
		{ "0", 0, false },
		{ "1700000000.5", 1700000000, false },
		{ "1700000000.999999", 1700000000, false },
		{ "99999999999", 99999999999, false },
		{ "100000000000", 100000000, true },
		{ "1627776308616", 1627776308, true },
		{ "2026-06-01", 1780272000, true },
		{ "2026-06-01 00:00:00", 1780272000, true },
		{ "2026-06-01T00:00:00Z", 1780272000, true },
		{ "2026-06-01T02:00:00+02:00", 1780272000, true },
		{ "2026-05-31T19:00:00-0500", 1780272000, true },
		{ "2026-06-01T00:00:00.123Z", 1780272000, true },
		{ "06/01/2026 00:00:00", 1780272000, true },
		{ "Mon, 01 Jun 2026 00:00:00 GMT", 1780272000, true },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int64_t seconds = -7;
		const char *odd = NULL;

		if (!dmarc_time(slice_of(cases[i].text), &seconds, &odd) || seconds != cases[i].seconds)
			fail_msg("\"%s\" became %lld", cases[i].text, (long long)seconds);
		assert_int_equal(odd != NULL, cases[i].odd);
	}
}

static void test_odd_times_are_warned_about(void **state)
{
	struct report r = read_range("1780272000000", "2026-06-01 23:59:59");

	assert_true(r.begin == 1780272000 && r.end == 1780358399);
	assert_warned(&r, "begin is in milliseconds");
	assert_warned(&r, "end is a calendar date");
}

static void test_what_is_no_time_is_absent_and_said(void **state)
{
	static const char *const junk[] = { "yesterday",
					    "17x",
					    "2026-13-01",
					    "1780272000 1780272001",
					    "0x10",
					    "1e9",
					    "99999999999999999999",
					    ".",
					    "-",
					    "2026-06-01 12 apples" };

	for (size_t i = 0; i < sizeof junk / sizeof *junk; i++) {
		struct report r = read_range(junk[i], "1780358399");

		if (r.begin != REPORT_NO_TIME)
			fail_msg("\"%s\" became %lld", junk[i], (long long)r.begin);
		assert_warned(&r, "begin is no time");
		assert_true(r.end == 1780358399);
	}
	for (size_t n = 1; n < 200; n++) { /* junk of any length */
		int64_t seconds;
		const char *odd = NULL;

		assert_false(dmarc_time((struct slice){ sample_noise(&arena, n).ptr, n }, &seconds, &odd));
	}
}

static void test_begin_and_end_are_compared(void **state)
{
	struct report r = read_range("1780272000", "1780272000");

	assert_true(r.begin == r.end);
	assert_no_warning(&r); /* legal (FORMATS 3.4) */
	r = read_range("1780358399", "1780272000");
	assert_true(r.begin == 1780358399 && r.end == 1780272000); /* as written */
	assert_warned(&r, "end before begin");
	r = read_range("1780272000", "1780444800");
	assert_warned(&r, "covers more than a day");
	r = read_range("", "");
	assert_true(r.begin == REPORT_NO_TIME && r.end == REPORT_NO_TIME);
	assert_warned(&r, "begin missing");
}

static void test_the_ends_of_time_do_not_overflow(void **state)
{
	static const char *const ends[] = { "9223372036854775807", "-9223372036854775807", "-9223372036854775808",
					    "999999999999999999",  "9999-12-31 23:59:59",  "-1" };

	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		for (size_t k = 0; k < sizeof ends / sizeof *ends; k++)
			read_range(ends[i], ends[k]);
}

/* A slice has no NUL behind it. */
static void test_a_time_is_not_read_past_its_end(void **state)
{
	static const char *const texts[] = { "1700000000.5", "1700000000.", "17", "2026-06-01",
					     "2026-06-01T00:00:00.5" };

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		size_t n = strlen(texts[i]);
		char *digits = arena_printf(&arena, "%s77777777", texts[i]), *exact;
		int64_t seconds;
		const char *odd = NULL;

		/* more of the same behind it must not change the answer */
		assert_true(dmarc_time((struct slice){ digits, n }, &seconds, &odd));
		assert_non_null(exact = malloc(n));
		memcpy(exact, texts[i], n);
		assert_true(dmarc_time((struct slice){ exact, n }, &seconds, &odd));
		free(exact);
	}
}

/* --- numbers: FORMATS 10 (19) and (31) --- */

static void test_counts_are_whole_numbers_or_nothing(void **state)
{
	static const struct {
		const char *text;
		int64_t count;
		const char *warning;
	} cases[] = { { "0", 0, NULL },
		      { "1", 1, NULL },
		      { "12.0", 12, NULL },
		      { "+12", 12, NULL },
		      { " 12 ", 12, NULL },
		      { "1000000000", 1000000000, NULL },
		      { "1000000001", 1000000001, "count over" },
		      { "999999999999999999", 999999999999999999, "count over" },
		      { "-1", 0, "count is no number" },
		      { "1e9", 0, "count is no number" },
		      { "99999999999999999999", 0, "count is no number" },
		      { "12.5", 0, "count is no number" },
		      { "many", 0, "count is no number" },
		      { "1 2", 0, "count is no number" },
		      { "0x10", 0, "count is no number" } };

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct report r = read_records(arena_printf(&arena, SAMPLE_RECORD("192.0.2.1", "%s"), cases[i].text));

		if (r.row_count != 1 || r.rows->count != cases[i].count)
			fail_msg("\"%s\" became %lld", cases[i].text, (long long)r.rows->count);
		if (cases[i].warning != NULL)
			assert_warned(&r, cases[i].warning);
		else
			assert_no_warning(&r);
	}
}

/* INTERFACE: "a missing or broken `count` is 0 with a warning". */
static void test_a_missing_count_is_0_and_said(void **state)
{
	struct report r =
		read_records("<record><row><source_ip>192.0.2.1</source_ip></row><identifiers><header_from>a.example"
			     "</header_from></identifiers></record>");

	assert_true(r.rows->count == 0);
	assert_warned(&r, "count");
	r = read_records(SAMPLE_RECORD("192.0.2.1", ""));
	assert_true(r.rows->count == 0);
	assert_warned(&r, "count");
}

static void test_percentages_are_numbers_or_absent(void **state)
{
	static const struct {
		const char *xml;
		int64_t pct;
		bool warned;
	} cases[] = { { "", REPORT_NO_PCT, false },
		      { "<pct></pct>", REPORT_NO_PCT, false },
		      { "<pct>0</pct>", 0, false },
		      { "<pct>100</pct>", 100, false },
		      { "<pct>100%</pct>", 100, false },
		      { "<pct>abc</pct>", REPORT_NO_PCT, true },
		      { "<pct>-5</pct>", REPORT_NO_PCT, true },
		      { "<pct>25</pct><testing>y</testing>", 25, false } };

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct report r = read_sample((struct sample_report){
			.policy = arena_printf(&arena, "<domain>univ.example</domain><p>none</p>%s", cases[i].xml) });

		assert_true(r.pct == cases[i].pct);
		assert_int_equal(has_note(r.warnings, "pct is no number"), cases[i].warned);
	}
}

static void test_a_number_is_not_read_past_its_end(void **state)
{
	int64_t n = -7;

	assert_true(dmarc_whole((struct slice){ "12345", 2 }, &n) && n == 12);
	assert_true(dmarc_whole((struct slice){ "12.0", 3 }, &n) && n == 12);
	assert_true(dmarc_whole((struct slice){ "12%%", 3 }, &n) && n == 12);
	assert_true(dmarc_whole(SLICE("999999999999999999"), &n) && n == 999999999999999999);
	n = -7;
	assert_false(dmarc_whole(SLICE("1000000000000000000"), &n));
	assert_false(dmarc_whole(SLICE(""), &n));
	assert_false(dmarc_whole(SLICE("+"), &n));
	assert_false(dmarc_whole(SLICE("%"), &n));
	assert_false(dmarc_whole(SLICE(".0"), &n));
	assert_false(dmarc_whole(SLICE("12.01"), &n));
	assert_false(dmarc_whole(SLICE("++1"), &n));
	assert_true(n == -7);
}

/* --- structure --- */

static void test_of_several_policies_the_first_counts(void **state)
{
	struct report r = read_slice(SLICE(
		"<feedback><report_metadata><org_name>A</org_name></report_metadata><policy_published>"
		"<domain>one.example</domain>"
		"<p>none</p></policy_published><policy_published><domain>two.example</domain><p>reject</p>"
		"<sp>reject</sp>"
		"</policy_published><report_metadata><org_name>B</org_name><email>b@b.example</email></report_metadata>"
		"<feedback><record/></feedback></feedback>"));

	assert_slice(r.domain, "one.example");
	assert_slice(r.p, "none");
	assert_slice(r.sp, NULL); /* never mixed */
	assert_slice(r.org_name, "A");
	assert_slice(r.email, NULL);
	assert_warned(&r, "more than one policy_published");
	assert_warned(&r, "more than one report_metadata");
}

static void test_of_a_repeated_leaf_the_first_with_a_value_counts(void **state)
{
	struct report r = read_sample((struct sample_report){
		.policy =
			"<domain/><domain>one.example</domain><domain>two.example</domain><p> </p><p>none</p>"
			"<p>reject</p>" });

	assert_slice(r.domain, "one.example");
	assert_slice(r.p, "none");
}

static void test_a_record_without_row_is_kept_and_said(void **state)
{
	struct report r =
		read_records("<record><identifiers><header_from>univ.example</header_from></identifiers></record>"
			     "<record/>" SAMPLE_RECORD("192.0.2.9", "4"));

	assert_true(r.row_count == 3);
	assert_slice(r.rows->header_from, "univ.example");
	assert_slice(r.rows->source_ip, NULL);
	assert_warned(&r, "record without row");
	assert_slice(r.rows->next->header_from, NULL); /* nothing of another record */
	assert_true(r.rows->next->next->count == 4);
}

static void test_a_records_fields_outside_of_row_are_taken(void **state)
{
	struct report r = read_records(
		"<record><source_ip>192.0.2.1</source_ip><count>3</count><policy_evaluated><dkim>pass</dkim>"
		"</policy_evaluated><identifiers><header_from>univ.example</header_from></identifiers></record>");

	assert_true(r.row_count == 1 && r.rows->count == 3);
	assert_slice(r.rows->source_ip, "192.0.2.1");
	assert_slice(r.rows->dkim, "pass");
}

static void test_several_rows_of_a_record_share_what_is_the_records(void **state)
{
	struct report r = read_records(
		"<record><row><source_ip>192.0.2.1</source_ip><count>1</count><policy_evaluated><dkim>pass"
		"</dkim></policy_evaluated>"
		"</row><row><source_ip>192.0.2.2</source_ip><count>2</count><policy_evaluated><dkim>fail</dkim>"
		"<reason><type>other</type>"
		"</reason></policy_evaluated></row><identifiers><header_from>univ.example</header_from>"
		"</identifiers><auth_results>"
		"<spf><domain>univ.example</domain><result>pass</result></spf></auth_results></record>" SAMPLE_RECORD(
			"192.0.2.3", "3"));
	const struct row *first = r.rows, *second = r.rows->next;

	assert_true(r.row_count == 3);
	assert_slice(first->source_ip, "192.0.2.1");
	assert_slice(first->dkim, "pass");
	assert_null(first->reasons);
	assert_true(second->count == 2);
	assert_slice(second->dkim, "fail");
	assert_slice(second->reasons->type, "other");
	assert_slice(first->header_from, "univ.example");
	assert_slice(second->header_from, "univ.example");
	assert_slice(first->spf_auth->domain, "univ.example");
	assert_slice(second->spf_auth->domain, "univ.example");
	assert_true(second->next->count == 3);
	assert_null(second->next->next);
}

static void test_stray_text_between_elements_is_nobodys(void **state)
{
	struct report r = read_sample(
		(struct sample_report){ .policy = "stray<domain>univ.example</domain>11<sp>none</sp>11<p>none</p>x" });

	assert_slice(r.domain, "univ.example");
	assert_slice(r.sp, "none");
	assert_slice(r.p, "none");
}

static void test_an_element_in_a_leaf_does_not_join_its_text(void **state)
{
	struct report r = read_sample(
		(struct sample_report){ .metadata = "<org_name>A<b>x</b>C</org_name><email><p>y</p></email>" });

	assert_slice(r.org_name, "AC");
	assert_slice(r.email, NULL);
	assert_slice(r.p, "none"); /* the <p> of a mail address is no policy */
}

static void test_a_report_of_nothing_says_what_it_lacks(void **state)
{
	struct report r = read_slice(SLICE("<feedback/>"));

	assert_true(r.complete && r.row_count == 0);
	assert_null(r.rows);
	assert_true(r.begin == REPORT_NO_TIME && r.end == REPORT_NO_TIME && r.pct == REPORT_NO_PCT);
	assert_warned(&r, "org_name missing");
	assert_warned(&r, "report_id missing");
	assert_warned(&r, "policy domain missing");
	assert_warned(&r, "no record");
}

/* --- limits --- */

static void test_a_hundred_signatures_are_kept_and_more_are_said(void **state)
{
	struct slice many = sample_repeat(&arena, "<dkim><domain>a.example</domain><result>pass</result></dkim>",
					  LIMIT_AUTH_PER_ROW);
	struct report r =
		read_records(arena_printf(&arena, "<record><row/><auth_results>%s</auth_results></record>", many.ptr));
	int n = 0;

	for (const struct auth *x = r.rows->dkim_auth; x != NULL; x = x->next)
		n++;
	assert_int_equal(n, LIMIT_AUTH_PER_ROW);
	assert_false(has_note(r.warnings, "more results"));
	r = read_records(
		arena_printf(&arena,
			     "<record><row/><auth_results>%s<dkim/><spf><domain>b.example</domain></spf></auth_results>"
			     "</record>",
			     many.ptr));
	assert_warned(&r, "more results");
	assert_slice(r.rows->spf_auth->domain, "b.example"); /* counted apart */
	assert_null(r.rows->spf_auth->next);
}

static void test_rows_over_the_ceiling_refuse_the_report(void **state)
{
	struct slice ten = sample_xml(
		&arena,
		(struct sample_report){ .records = sample_repeat(&arena, SAMPLE_RECORD("192.0.2.1", "1"), 10).ptr });
	struct report r;
	struct reject why;

	assert_int_equal(read_limited(ten, 10, &r, &why), 0);
	assert_int_equal(read_limited(ten, 9, &r, &why), -1);
	assert_int_equal(why.code, REJECT_TOO_MANY);
	ten = sample_xml(&arena,
			 (struct sample_report){ .records = arena_printf(&arena, "<record>%s</record>",
									 sample_repeat(&arena, "<row/>", 10).ptr) });
	assert_int_equal(read_limited(ten, 10, &r, &why), 0);
	assert_int_equal(read_limited(ten, 9, &r, &why), -1);
	assert_int_equal(why.code, REJECT_TOO_MANY);
}

/* limits.h: each is checked before anything is allocated for it. */
static void test_rows_of_one_record_are_counted_before_they_are_kept(void **state)
{
	struct slice rows = sample_repeat(&arena, "<row/>", 100000), document;
	struct report r;
	struct reject why;
	size_t before;

	document = sample_xml(
		&arena, (struct sample_report){ .records = arena_printf(&arena, "<record>%s</record>", rows.ptr) });
	before = arena.total_bytes;
	assert_int_equal(read_limited(document, 1000, &r, &why), -1);
	assert_int_equal(why.code, REJECT_TOO_MANY);
	assert_true(arena.total_bytes - before < 1000 * sizeof(struct row) + 600000);
}

static void test_unknown_elements_without_end_do_not_fill_the_memory(void **state)
{
	struct slice many = sample_repeat(&arena, "<x/>", 100000), document;
	size_t before;

	document = sample_xml(&arena, (struct sample_report){ .attributes = arena_printf(&arena, " xmlns=\"urn:%s\"",
											 sample_noise(&arena, 190).ptr),
							      .records = many.ptr });
	before = arena.total_bytes;
	assert_int_equal(count_notes(read_slice(document).extensions), 1);
	assert_true(arena.total_bytes - before < 2 * document.len);
}

static void test_every_kind_of_note_is_cut_at_its_limit(void **state)
{
	struct buf xml;
	struct report r;

	buf_init(&xml, 1 << 20);
	buf_add_text(&xml, "<feedback><report_metadata>");
	for (int i = 0; i < LIMIT_NOTES * 3; i++)
		buf_addf(&xml, "<error>error %d</error><x%d/>", i, i);
	buf_add_text(&xml, "</report_metadata>");
	for (int i = 0; i < LIMIT_NOTES * 3; i++)
		buf_addf(&xml, "<record><row><source_ip>junk %d</source_ip><count>junk %d</count></row></record>", i,
			 i);
	buf_add_text(&xml, "</feedback>");
	r = read_slice(buf_slice(&xml));
	buf_release(&xml);
	assert_int_equal(count_notes(r.errors), LIMIT_NOTES);
	assert_int_equal(count_notes(r.extensions), LIMIT_NOTES);
	assert_int_equal(count_notes(r.warnings), LIMIT_NOTES);
	assert_true(r.row_count == LIMIT_NOTES * 3);
}

static void test_text_over_its_limit_refuses_the_report(void **state)
{
	struct slice longest = sample_repeat(&arena, "x", LIMIT_XML_TEXT_BYTES);
	struct report r = read_sample(
		(struct sample_report){ .metadata = arena_printf(&arena, "<org_name>%s</org_name>", longest.ptr) });

	assert_int_equal(r.org_name.len, LIMIT_XML_TEXT_BYTES);
	assert_int_equal(refusal(sample_xml(&arena, (struct sample_report){ .metadata = arena_printf(
										    &arena, "<org_name>%sx</org_name>",
										    longest.ptr) })),
			 REJECT_TOO_LARGE);
	r = read_sample((struct sample_report){
		.metadata = arena_printf(&arena, "<org_name>A</org_name><x>%sx</x>%sx", longest.ptr, longest.ptr) });
	assert_slice(r.org_name, "A"); /* what nobody reads may be long */
}

static void test_what_is_no_report_is_refused_with_its_reason(void **state)
{
	struct slice deep = sample_repeat(&arena, "<x>", LIMIT_XML_DEPTH);

	assert_int_equal(refusal(SLICE("<!DOCTYPE feedback><feedback/>")), REJECT_DOCTYPE);
	assert_int_equal(
		refusal(SLICE("<!DOCTYPE f [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><feedback>&e;</feedback>")),
		REJECT_DOCTYPE);
	assert_int_equal(refusal(sample_join(&arena, SLICE("<feedback>"), deep)), REJECT_TOO_DEEP);
	assert_int_equal(refusal(SLICE("<html><body/></html>")), REJECT_NOT_DMARC);
	assert_int_equal(refusal(SLICE("<html><body>")), REJECT_NOT_XML);
	assert_int_equal(refusal(SLICE("<feedback><a></b></feedback>")), REJECT_NOT_XML);
	assert_int_equal(refusal(SLICE("unused")), REJECT_NOT_XML);
	assert_int_equal(refusal(SLICE("")), REJECT_NOT_XML);
	assert_int_equal(refusal(sample_join(&arena, SLICE("<feedback "), sample_repeat(&arena, "a", 1000000))),
			 REJECT_TOO_LARGE);
}

static void test_a_refusal_touches_nothing_and_says_where(void **state)
{
	struct report r, untouched;
	struct reject why;

	memset(&r, 0x5a, sizeof r);
	memset(&untouched, 0x5a, sizeof untouched);
	assert_int_equal(read_limited(SLICE("<feedback>\n<record>\n</feedback>"), LIMIT_ROWS, &r, &why), -1);
	assert_memory_equal(&r, &untouched, sizeof r);
	assert_int_equal(why.line, 3);
	assert_true(text_find_nocase(why.detail, SLICE("record")) != NULL);
}

/* --- cut documents --- */

static struct slice three_records(void)
{
	return sample_xml(&arena, (struct sample_report){ .records = SAMPLE_RECORD("192.0.2.1", "1234")
								  SAMPLE_RECORD("192.0.2.2", "5678")
									  SAMPLE_RECORD("192.0.2.3", "9") });
}

/* How many record end tags are whole in the first `n` bytes. */
static int64_t records_in(struct slice s, size_t n)
{
	int64_t count = 0;

	for (const char *p = s.ptr; (p = memmem(p, n - (size_t)(p - s.ptr), "</record>", 9)) != NULL; p += 9)
		count++;
	return count;
}

static void test_a_cut_document_gives_its_whole_records(void **state)
{
	static const int64_t counts[] = { 1234, 5678, 9 };
	struct slice document = three_records();
	size_t first = sample_at(document, "<feedback>") + 10, last = sample_at(document, "</feedback>") + 11;

	for (size_t n = first; n < last; n++) {
		struct report r = read_slice((struct slice){ document.ptr, n });
		const struct row *row = r.rows;

		if (r.complete || r.repairs == NULL || r.row_count != records_in(document, n))
			fail_msg("cut at %zu: %d rows, complete %d", n, (int)r.row_count, r.complete);
		for (int64_t i = 0; i < r.row_count; i++, row = row->next)
			assert_true(row->count == counts[i]);
		assert_null(row);
	}
	assert_true(read_slice((struct slice){ document.ptr, last }).complete);
}

static void test_a_cut_before_the_root_is_no_report(void **state)
{
	struct slice document = three_records();
	size_t first = sample_at(document, "<feedback>");

	for (size_t n = 0; n <= first; n++)
		assert_int_equal(refusal((struct slice){ document.ptr, n }), REJECT_NOT_XML);
}

/* --- the content hash --- */

static void test_the_same_content_has_the_same_hash_whatever_the_line_ends(void **state)
{
	struct slice document = three_records(), crlf = sample_crlf(&arena, document);
	struct report a = read_slice(document), b = read_slice(crlf);
	unsigned char hash[REPORT_HASH_BYTES];

	assert_true(crlf.len > document.len);
	assert_memory_equal(a.content_hash, b.content_hash, REPORT_HASH_BYTES);
	dmarc_hash(document, hash);
	assert_memory_equal(a.content_hash, hash, REPORT_HASH_BYTES);
	dmarc_hash(crlf, hash);
	assert_memory_equal(a.content_hash, hash, REPORT_HASH_BYTES);
}

static void test_other_content_has_another_hash(void **state)
{
	struct slice document = three_records(), other;
	struct report a = read_slice(document), b;

	other = (struct slice){ arena_copy(&arena, document.ptr, document.len), document.len };
	((char *)(uintptr_t)other.ptr)[sample_at(other, "1234")] = '2';
	b = read_slice(other);
	assert_memory_not_equal(a.content_hash, b.content_hash, REPORT_HASH_BYTES);
	b = read_slice((struct slice){ document.ptr, sample_at(document, "</feedback>") });
	assert_memory_not_equal(a.content_hash, b.content_hash, REPORT_HASH_BYTES);
}

static void test_the_hash_does_not_depend_on_where_pieces_end(void **state)
{
	struct slice big = sample_xml(
		&arena,
		(struct sample_report){ .records = sample_repeat(&arena, SAMPLE_RECORD("192.0.2.1", "1"), 500).ptr });
	struct report a = read_slice(big);
	unsigned char hash[REPORT_HASH_BYTES];

	assert_true(big.len > 10 * LIMIT_XML_CHUNK_BYTES);
	dmarc_hash(big, hash);
	assert_memory_equal(a.content_hash, hash, REPORT_HASH_BYTES);
}

/* --- the held bytes --- */

static void test_a_broken_document_is_held_whole_for_mending(void **state)
{
	struct slice broken = sample_xml(
		&arena,
		(struct sample_report){ .metadata = "<org_name></oops>",
					.records = sample_repeat(&arena, SAMPLE_RECORD("192.0.2.1", "1"), 200).ptr });
	struct stream s;
	struct report r;
	struct reject why;
	struct buf held;

	buf_init(&held, 1 << 20);
	stream_of(&s, broken);
	assert_int_equal(dmarc_read(&arena, &s, LIMIT_ROWS, &held, &r, &why), -1);
	assert_true(slice_eq(buf_slice(&held), broken));
	buf_release(&held);
}

static void test_known_names_are_those_of_the_schemas(void **state)
{
	assert_true(dmarc_is_known(SLICE("feedback")) && dmarc_is_known(SLICE("Source_IP")));
	assert_false(dmarc_is_known(SLICE("feedbac")) || dmarc_is_known(SLICE("")) ||
		     dmarc_is_known(SLICE("extension")));
	assert_true(dmarc_is_leaf(SLICE("count")) && dmarc_is_leaf(SLICE("human_result")));
	assert_false(dmarc_is_leaf(SLICE("dkim")) || dmarc_is_leaf(SLICE("row")) || dmarc_is_leaf(SLICE("x")));
}

/* --- whatever comes --- */

static void test_flipped_bytes_never_get_an_unsound_report_through(void **state)
{
	struct slice document = slice_of(rfc9990);
	char *copy = arena_alloc(&arena, document.len);
	struct arena own = arena;

	for (size_t i = 0; i < document.len; i++)
		for (int bit = 0; bit < 8; bit++) {
			struct stream s;
			struct report r, back;
			struct reject why;
			struct buf wire;

			memcpy(copy, document.ptr, document.len);
			copy[i] = (char)(copy[i] ^ (1 << bit));
			memset(&arena, 0, sizeof arena);
			stream_of(&s, (struct slice){ copy, document.len });
			if (dmarc_read(&arena, &s, LIMIT_ROWS, NULL, &r, &why) == 0) {
				buf_init(&wire, 1 << 20);
				assert_int_equal(report_encode(&wire, &r), 0);
				assert_int_equal(report_decode(&arena, buf_slice(&wire), &back), 0);
				assert_true(back.row_count == r.row_count);
				buf_release(&wire);
			}
			arena_release(&arena);
		}
	arena = own;
}

/* What is read must get through to the store: a frame that does not decode ends the parser (HOUSE). */
static void test_a_long_namespace_gets_through_to_the_store(void **state)
{
	static const size_t lengths[] = { 1000, LIMIT_XML_TEXT_BYTES, LIMIT_XML_TEXT_BYTES + 1,
					  LIMIT_XML_TEXT_BYTES + 12000 };

	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		struct slice document = sample_xml(
			&arena,
			(struct sample_report){ .before = "",
						.attributes = arena_printf(&arena, " xmlns=\"%s\"",
									   sample_noise(&arena, lengths[i]).ptr) });
		struct report r, back;
		struct reject why;
		struct buf wire;

		if (read_limited(document, LIMIT_ROWS, &r, &why) != 0)
			continue;
		buf_init(&wire, 1 << 20);
		assert_int_equal(report_encode(&wire, &r), 0);
		if (report_decode(&arena, buf_slice(&wire), &back) != 0)
			fail_msg("a namespace of %zu bytes was read and does not decode", lengths[i]);
		buf_release(&wire);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_teardown(name, clear)
		TEST(test_no_element_of_rfc9990_is_lost),
		TEST(test_no_element_of_a_rfc9990_record_is_lost),
		TEST(test_unknown_elements_are_named_and_skipped),
		TEST(test_no_element_of_rfc7489_is_lost),
		TEST(test_any_namespace_or_none_is_read),
		TEST(test_order_and_case_of_elements_do_not_matter),
		TEST(test_words_are_lowered_and_otherwise_left),
		TEST(test_characters_outside_ascii_and_references_arrive),
		TEST(test_a_byte_order_mark_and_crlf_change_nothing),
		TEST(test_a_wrapper_around_the_root_is_walked_through),
		TEST(test_identities_is_another_word_for_identifiers),
		TEST(test_a_missing_from_or_address_keeps_the_row_and_warns),
		TEST(test_addresses_and_paths_stay_as_written),
		TEST(test_every_way_to_write_a_reason_is_read),
		TEST(test_a_reason_of_nothing_is_left_out),
		TEST(test_blanks_around_a_reasons_parts_are_no_comment),
		TEST(test_reasons_over_the_limit_are_left_out_and_said),
		TEST(test_times_are_read_however_they_are_written),
		TEST(test_odd_times_are_warned_about),
		TEST(test_what_is_no_time_is_absent_and_said),
		TEST(test_begin_and_end_are_compared),
		TEST(test_the_ends_of_time_do_not_overflow),
		TEST(test_a_time_is_not_read_past_its_end),
		TEST(test_counts_are_whole_numbers_or_nothing),
		TEST(test_a_missing_count_is_0_and_said),
		TEST(test_percentages_are_numbers_or_absent),
		TEST(test_a_number_is_not_read_past_its_end),
		TEST(test_of_several_policies_the_first_counts),
		TEST(test_of_a_repeated_leaf_the_first_with_a_value_counts),
		TEST(test_a_record_without_row_is_kept_and_said),
		TEST(test_a_records_fields_outside_of_row_are_taken),
		TEST(test_several_rows_of_a_record_share_what_is_the_records),
		TEST(test_stray_text_between_elements_is_nobodys),
		TEST(test_an_element_in_a_leaf_does_not_join_its_text),
		TEST(test_a_report_of_nothing_says_what_it_lacks),
		TEST(test_a_hundred_signatures_are_kept_and_more_are_said),
		TEST(test_rows_over_the_ceiling_refuse_the_report),
		TEST(test_rows_of_one_record_are_counted_before_they_are_kept),
		TEST(test_unknown_elements_without_end_do_not_fill_the_memory),
		TEST(test_every_kind_of_note_is_cut_at_its_limit),
		TEST(test_text_over_its_limit_refuses_the_report),
		TEST(test_what_is_no_report_is_refused_with_its_reason),
		TEST(test_a_refusal_touches_nothing_and_says_where),
		TEST(test_a_cut_document_gives_its_whole_records),
		TEST(test_a_cut_before_the_root_is_no_report),
		TEST(test_the_same_content_has_the_same_hash_whatever_the_line_ends),
		TEST(test_other_content_has_another_hash),
		TEST(test_the_hash_does_not_depend_on_where_pieces_end),
		TEST(test_a_broken_document_is_held_whole_for_mending),
		TEST(test_known_names_are_those_of_the_schemas),
		TEST(test_flipped_bytes_never_get_an_unsound_report_through),
		TEST(test_a_long_namespace_gets_through_to_the_store),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("dmarc", tests, NULL, NULL);
}
