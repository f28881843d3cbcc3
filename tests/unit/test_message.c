/* test_message: every report in a mail or file comes out once, in order, wherever it lies; what is none is said;
 * whatever is given out gets through to the store. */
#include "parsers/message.h"

#include "base/text.h"
#define SAMPLE_CONTAINERS
#include "sample.h"
#include "schema/limits.h"

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
	struct buf log; /* "r:ID@member;" "t:ID@member;" "f:TYPE@member;" "!code@member;" */
	int reports, rejects, others;
	struct report report; /* the last */
	enum reject_code code;
} seen;

static void log_one(const char *kind, struct slice what, struct slice member)
{
	buf_add_text(&seen.log, kind);
	buf_add_slice(&seen.log, what.ptr != NULL ? what : SLICE("-"));
	buf_add_char(&seen.log, '@');
	buf_add_slice(&seen.log, member.ptr != NULL ? member : SLICE("-"));
	buf_add_char(&seen.log, ';');
}

/* A frame that does not decode ends the parser (HOUSE), so none may be sent. */
static void on_report(void *ctx, const struct report *r)
{
	struct buf wire;
	struct report back;

	buf_init(&wire, LIMIT_FRAME_BYTES);
	assert_int_equal(report_encode(&wire, r), 0);
	if (report_decode(&arena, buf_slice(&wire), &back) != 0)
		fail_msg("a report was given out that does not decode (member of %zu bytes)", r->member.len);
	assert_true(back.row_count == r->row_count);
	buf_release(&wire);
	seen.reports++;
	seen.report = *r;
	log_one("r:", r->report_id, r->member);
}

static void on_tls(void *ctx, const struct tls_report *r)
{
	struct buf wire;
	struct tls_report back;

	buf_init(&wire, LIMIT_FRAME_BYTES);
	assert_int_equal(tls_report_encode(&wire, r), 0);
	if (tls_report_decode(&arena, buf_slice(&wire), &back) != 0)
		fail_msg("a TLS report was given out that does not decode");
	buf_release(&wire);
	seen.others++;
	log_one("t:", r->report_id, r->member);
}

static void on_failure(void *ctx, const struct failure_report *r)
{
	seen.others++;
	log_one("f:", r->field[FAILURE_FEEDBACK_TYPE], r->member);
}

static void on_reject(void *ctx, const struct reject *r)
{
	struct buf wire;
	struct reject back;

	buf_init(&wire, LIMIT_FRAME_BYTES);
	reject_encode(&wire, r);
	if (!reject_decode(buf_slice(&wire), &back))
		fail_msg("a reject was given out that does not decode (%s, member of %zu bytes)", reject_name(r->code),
			 r->member.len);
	buf_release(&wire);
	seen.rejects++;
	seen.code = r->code;
	log_one("!", slice_of(reject_name(r->code)), r->member);
}

static const struct message_limits usual = { LIMIT_MAIL_BYTES, LIMIT_PART_BYTES, LIMIT_EXPANDED_BYTES, LIMIT_ROWS };

static void read_limited(struct slice bytes, const struct message_limits *limits)
{
	const struct message_sink sink = { on_report, on_tls, on_failure, on_reject, NULL };

	buf_release(&seen.log);
	memset(&seen, 0, sizeof seen);
	buf_init(&seen.log, 16 << 20);
	message_read(&arena, SLICE("file"), bytes, limits, &sink);
	assert_true(seen.reports + seen.rejects + seen.others > 0); /* never silence */
}

static void read_bytes(struct slice bytes)
{
	read_limited(bytes, &usual);
}

#define assert_seen(expected) assert_slice(buf_slice(&seen.log), expected)

static bool has_note(const struct note *n, const char *text)
{
	for (; n != NULL; n = n->next)
		if (text_find_nocase(n->text, slice_of(text)) != NULL)
			return true;
	return false;
}

static struct slice xml(const char *id)
{
	return sample_small(&arena, id);
}

static struct slice gz(const char *id)
{
	return sample_gzip(&arena, xml(id));
}

static struct slice mail_with(struct sample_part part)
{
	struct sample_part parts[] = { { "Content-Type: text/plain\n", SLICE("This is a report.\n") }, part };

	return sample_mail(&arena, parts, 2);
}

/* --- files --- */

static void test_a_report_as_a_file_is_read_in_every_carriage(void **state)
{
	read_bytes(xml("a"));
	assert_seen("r:a@-;");
	assert_slice(seen.report.file, "file");
	assert_true(seen.report.complete && seen.report.row_count == 1);
	read_bytes(gz("b"));
	assert_seen("r:b@gz;");
	read_bytes(sample_zip(&arena, "x.xml", xml("c")));
	assert_seen("r:c@x.xml;");
	read_bytes(sample_zip(&arena, "x.xml.gz", gz("d")));
	assert_seen("r:d@x.xml.gz!gz;");
	read_bytes(sample_join(&arena, gz("e"), SLICE("\r\n"))); /* Mimecast's tail */
	assert_seen("r:e@gz;");
	assert_null(seen.report.repairs);
}

static void test_nothing_is_said_to_be_nothing(void **state)
{
	read_bytes((struct slice){ 0 });
	assert_seen("!empty@-;");
	read_bytes(SLICE(" \r\n\t "));
	assert_seen("!empty@-;");
	read_bytes(SLICE("just some words\n"));
	assert_seen("!no-report@-;");
	read_bytes(sample_gzip(&arena, SLICE("unused"))); /* FORMATS 2.2 */
	assert_int_equal(seen.code, REJECT_NO_REPORT);
	read_bytes(mail_with((struct sample_part){ "Content-Type: image/png\n", SLICE("\x89PNG") }));
	assert_seen("!no-report@-;");
}

static void test_other_xml_and_broken_archives_are_named(void **state)
{
	read_bytes(SLICE("<?xml version=\"1.0\"?><rss/>"));
	assert_seen("!not-dmarc@-;");
	read_bytes(SLICE("<!DOCTYPE feedback><feedback/>"));
	assert_seen("!doctype@-;");
	read_bytes(SLICE("\x1f\x8b\x08 not really"));
	assert_seen("!damaged@gz;");
	read_bytes(SLICE("PK\3\4"));
	assert_int_equal(seen.code, REJECT_DAMAGED);
}

/* --- mails --- */

static void test_a_mail_whose_whole_body_is_a_zip_is_read(void **state) /* Google */
{
	struct sample_part part =
		sample_attached(&arena, "application/zip", "g!u!1!2.zip", sample_zip(&arena, "a.xml", xml("a")));

	read_bytes(sample_mail_of(&arena, part));
	assert_seen("r:a@part1(g!u!1!2.zip)!a.xml;");
	read_bytes(sample_crlf(&arena, sample_mail_of(&arena, part)));
	assert_seen("r:a@part1(g!u!1!2.zip)!a.xml;");
}

static void test_a_type_that_lies_changes_nothing(void **state)
{
	static const char *const types[] = { "application/zip",    "application/gzip", "application/octet-stream",
					     "application/x-gzip", "image/png",        "text/plain",
					     "text/html",          "application/json", "x/y" };

	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		read_bytes(mail_with(sample_attached(&arena, types[i], "report.zip", gz("a")))); /* GMX: gz named zip */
		assert_seen("r:a@part2(report.zip)!gz;");
	}
}

static void test_xml_in_quoted_printable_is_read(void **state)
{
	struct slice document = sample_xml(
		&arena,
		(struct sample_report){ .metadata = "<org_name>a=b \xc3\xbc</org_name><report_id>q=3D</report_id>" });

	read_bytes(
		mail_with((struct sample_part){ "Content-Type: text/xml\nContent-Transfer-Encoding: quoted-printable\n",
						sample_quoted(&arena, document) }));
	assert_seen("r:q=3D@part2;");
	assert_slice(seen.report.org_name, "a=b \xc3\xbc");
	read_bytes(sample_mail_of(&arena, (struct sample_part){ "Content-Type: text/plain\n", document })); /* inline */
	assert_seen("r:q=3D@part1;");
}

static void test_attached_mails_are_read_to_their_depth(void **state)
{
	struct slice mail = mail_with(sample_attached(&arena, "application/gzip", "a.gz", gz("a")));

	mail = mail_with((struct sample_part){ "Content-Type: message/rfc822\n", mail });
	read_bytes(mail);
	assert_seen("r:a@part3(a.gz)!gz;");
	read_bytes(mail_with(sample_attached(&arena, "application/octet-stream", "fwd.eml", mail))); /* as a file */
	assert_seen("r:a@part2(fwd.eml)!part3(a.gz)!gz;");
	for (int i = 0; i < LIMIT_MIME_DEPTH + 1; i++)
		mail = mail_with(sample_attached(&arena, "application/octet-stream", "m", mail));
	read_bytes(mail);
	assert_int_equal(seen.reports, 0);
	assert_int_equal(seen.code, REJECT_TOO_DEEP);
}

static void test_a_mail_in_an_archive_is_read(void **state)
{
	struct slice mail = mail_with(sample_attached(&arena, "application/gzip", "a.gz", gz("a")));

	read_bytes(sample_zip(&arena, "one.eml", mail));
	assert_seen("r:a@one.eml!part2(a.gz)!gz;");
	read_bytes(sample_gzip(&arena, mail));
	assert_seen("r:a@gz!part2(a.gz)!gz;");
}

/* A mail that is packed is told by as much of it as one that is not. */
static void test_a_packed_mail_with_a_long_first_header_is_a_mail(void **state)
{
	struct slice mail = mail_with(sample_attached(&arena, "application/gzip", "a.gz", gz("a"))),
		     head = SLICE("ARC-Seal: i=1; ");

	for (int i = 0; i < 20; i++)
		head = sample_join(&arena, head, SLICE("\n b=c2lnbmF0dXJlc2lnbmF0dXJlc2lnbmF0dXJlc2lnbmF0dXJl"));
	mail = sample_join(&arena, sample_join(&arena, head, SLICE("\n")), mail);
	read_bytes(mail);
	assert_seen("r:a@part2(a.gz)!gz;");
	read_bytes(sample_gzip(&arena, mail));
	assert_seen("r:a@gz!part2(a.gz)!gz;");
}

static void test_split_names_are_labels_like_others(void **state)
{
	struct slice body = sample_base64(&arena, gz("a"));

	read_bytes(mail_with((struct sample_part){
		"Content-Type: application/octet-stream;\n name*0=\"r!u!1\";"
		" name*1=\"!2.xml.gz\"\nContent-Transfer-Encoding: base64\n",
		body }));
	assert_seen("r:a@part2(r!u!1!2.xml.gz)!gz;");
}

static void test_a_header_without_its_hyphen_hides_nothing(void **state) /* Trustwave */
{
	read_bytes(sample_mail_of(
		&arena, (struct sample_part){ "ContentType: application/gzip\nContent-Transfer-Encoding: base64\n",
					      sample_base64(&arena, gz("a")) }));
	assert_seen("r:a@part1!gz;");
}

/* FORMATS 2.2: a gzip attachment typed multipart/alternative. */
static void test_an_attachment_typed_multipart_hides_nothing(void **state)
{
	read_bytes(mail_with((struct sample_part){
		"Content-Type: multipart/alternative; name=\"a.xml.gz\"\nContent-Transfer-Encoding: base64\n"
		"Content-Disposition: attachment; filename=\"a.xml.gz\"\n",
		sample_base64(&arena, gz("a")) }));
	assert_int_equal(seen.reports, 1);
}

static void test_html_and_chatter_are_no_broken_reports(void **state)
{
	struct sample_part parts[] = {
		{ "Content-Type: text/html\n", SLICE("<html><body><p>[Preview] Report</p></body></html>") },
		{ "Content-Type: text/plain\n", SLICE("< less than, and {braces}") },
		{ "Content-Type: text/html\n", SLICE("<!DOCTYPE html><html></html>") },
		{ "Content-Type: image/png\n", SLICE("\x89PNG") },
		sample_attached(&arena, "application/gzip", "a.gz", gz("a")),
	};

	read_bytes(sample_mail(&arena, parts, 5));
	assert_seen("r:a@part5(a.gz)!gz;");
}

/* "x " and the like are the first two bytes of a zlib stream as well. */
static void test_a_text_that_begins_with_x_is_no_broken_archive(void **state)
{
	struct sample_part parts[] = { { "Content-Type: text/plain\n", SLICE("x marks the spot\n") },
				       sample_attached(&arena, "application/gzip", "a.gz", gz("a")) };

	read_bytes(sample_mail(&arena, parts, 2));
	assert_seen("r:a@part2(a.gz)!gz;");
}

static void test_all_reports_of_a_mail_come_out_in_order(void **state)
{
	const struct sample_file files[] = {
		{ "b/", { 0 } }, { "b/b.xml", xml("b") }, { "c.xml", xml("c") }, { "__MACOSX/._c.xml", SLICE("x") }
	};
	struct sample_part parts[] = {
		sample_attached(&arena, "application/gzip", "a.gz", gz("a")),
		sample_attached(&arena, "application/zip", "bc.zip",
				sample_archive(&arena, "zip", NULL, NULL, files, 4)),
		sample_attached(&arena, "application/gzip", "broken.gz", SLICE("\x1f\x8b\x08 junk")),
		{ "Content-Type: text/xml\n", xml("d") },
	};

	read_bytes(sample_mail(&arena, parts, 4));
	assert_seen(
		"r:a@part1(a.gz)!gz;r:b@part2(bc.zip)!b/b.xml;r:c@part2(bc.zip)!c.xml"
		";!damaged@part3(broken.gz)!gz;r:d@part4;");
}

static void test_other_kinds_of_reports_are_told_apart_by_part(void **state)
{
	struct sample_part parts[] = {
		sample_attached(
			&arena, "application/tlsrpt+gzip", "t.json.gz",
			sample_gzip(
				&arena,
				SLICE("{\"organization-name\":\"A\",\"report-id\":\"t1\",\"policies\":[],"
				      "\"date-range\":{\"start-datetime\":\"2026-06-01T00:00:00Z\","
				      "\"end-datetime\":\"2026-06-02T00:00:00Z\"}}"))),
		sample_attached(&arena, "application/gzip", "a.gz", gz("a")),
		{ "Content-Type: message/feedback-report\n", SLICE("Feedback-Type: auth-failure\nVersion: 1\n") },
	};

	read_bytes(sample_mail(&arena, parts, 3));
	assert_seen("t:t1@part1(t.json.gz)!gz;r:a@part2(a.gz)!gz;f:auth-failure@part3;");
}

static void test_labels_that_are_no_utf8_are_cleaned(void **state)
{
	const struct sample_file file = { "r\xff.xml", xml("b") };

	read_bytes(mail_with(sample_attached(&arena, "application/gzip", "r\xff\xfe.gz", gz("a"))));
	assert_int_equal(seen.reports, 1);
	assert_true(text_utf8_valid(seen.report.member));
	read_bytes(mail_with(sample_attached(&arena, "application/gzip", "r\xff\xfe.gz", SLICE("\x1f\x8b junk"))));
	assert_int_equal(seen.code, REJECT_DAMAGED);
	read_bytes(sample_archive(&arena, "ustar", NULL, NULL, &file, 1));
	assert_int_equal(seen.reports, 1);
	read_bytes(sample_zip(&arena, "<script>\x1b[2J\n.xml", xml("c"))); /* a label may hold anything that is text */
	assert_int_equal(seen.reports, 1);
}

static void test_a_label_of_any_length_gets_through(void **state)
{
	char *name = arena_copy(&arena, sample_noise(&arena, 60000).ptr, 60000),
	     *half = arena_copy(&arena, name, 40000);

	read_bytes(sample_zip(&arena, half, sample_zip(&arena, half, xml("a"))));
	assert_int_equal(seen.reports, 1);
	memset(half, 0xff, 40000); /* each byte becomes three */
	read_bytes(mail_with(sample_attached(&arena, "application/gzip", half, gz("a"))));
	assert_int_equal(seen.reports, 1);
	read_bytes(mail_with(sample_attached(&arena, "application/gzip", name, gz("a"))));
	assert_int_equal(seen.reports, 1);
	read_bytes(mail_with(sample_attached(&arena, "application/gzip", name, SLICE("\x1f\x8b junk"))));
	assert_int_equal(seen.code, REJECT_DAMAGED);
}

static void test_text_of_a_tls_report_gets_through_at_its_limit(void **state)
{
	for (size_t n = LIMIT_XML_TEXT_BYTES - 3; n <= LIMIT_XML_TEXT_BYTES + 1; n++) {
		read_bytes(slice_of(arena_printf(
			&arena, "{\"organization-name\":\"%.*s\xe2\x82\xac\",\"report-id\":\"t\",\"policies\":[]}",
			(int)n, sample_noise(&arena, n).ptr)));
		assert_int_equal(seen.others, 1);
	}
}

/* --- limits --- */

static void test_a_mail_over_the_limit_is_refused(void **state)
{
	struct slice mail = mail_with(sample_attached(&arena, "application/gzip", "a.gz", gz("a")));
	struct message_limits limits = usual;

	limits.mail_bytes = (int64_t)mail.len;
	read_limited(mail, &limits);
	assert_int_equal(seen.reports, 1);
	limits.mail_bytes--;
	read_limited(mail, &limits);
	assert_seen("!too-large@-;");
	read_limited(sample_zip(&arena, "m.eml", mail), &limits); /* not by hiding it either */
	assert_seen("!too-large@m.eml;");
}

static void test_a_file_or_part_over_the_limit_is_refused(void **state)
{
	struct slice document = xml("a");
	struct message_limits limits = usual;

	limits.part_bytes = (int64_t)document.len;
	read_limited(document, &limits);
	assert_int_equal(seen.reports, 1);
	read_limited(sample_gzip(&arena, document), &limits);
	assert_int_equal(seen.reports, 1);
	limits.part_bytes--;
	read_limited(document, &limits);
	assert_int_equal(seen.code, REJECT_TOO_LARGE);
	read_limited(sample_gzip(&arena, document), &limits);
	assert_int_equal(seen.code, REJECT_TOO_LARGE);
	assert_int_equal(seen.reports, 0);
	limits = usual;
	limits.expanded_bytes = (int64_t)document.len - 1;
	read_limited(sample_gzip(&arena, document), &limits);
	assert_int_equal(seen.code, REJECT_TOO_LARGE);
}

static void test_rows_over_the_limit_are_refused(void **state)
{
	struct slice document = sample_xml(
		&arena,
		(struct sample_report){ .records = sample_repeat(&arena, SAMPLE_RECORD("192.0.2.1", "1"), 20).ptr });
	struct message_limits limits = usual;

	limits.rows = 20;
	read_limited(document, &limits);
	assert_int_equal(seen.reports, 1);
	limits.rows = 19;
	read_limited(document, &limits);
	assert_seen("!too-many@-;");
}

/* --- damage --- */

static void test_a_cut_stream_gives_whole_records_and_says_so(void **state)
{
	struct buf records;
	struct slice document, packed;

	buf_init(&records, 1 << 20);
	for (int i = 0; i < 500; i++)
		buf_addf(&records, SAMPLE_RECORD("192.0.2.%d", "%d"), i % 250, i * 7919 % 1000);
	buf_add_char(&records, '\0');
	document = sample_xml(&arena, (struct sample_report){ .records = records.data });
	buf_release(&records);
	packed = sample_gzip(&arena, document);
	packed.len = packed.len * 2 / 3;
	read_bytes(mail_with(sample_attached(&arena, "application/gzip", "a.gz", packed)));
	assert_int_equal(seen.reports, 1);
	assert_false(seen.report.complete);
	assert_true(seen.report.row_count > 100 && seen.report.row_count < 500);
	assert_true(has_note(seen.report.repairs, "compressed stream ends early"));
	assert_true(has_note(seen.report.repairs, "whole records"));
}

static void test_a_stray_ampersand_is_mended_however_large_the_report(void **state) /* FORMATS 10 (6) */
{
	for (size_t rows = 1; rows <= 1000; rows += 999) {
		read_bytes(sample_xml(
			&arena, (struct sample_report){
					.metadata = "<org_name>AT&T</org_name><report_id>a</report_id>",
					.records = sample_repeat(&arena, SAMPLE_RECORD("192.0.2.1", "1"), rows).ptr }));
		assert_seen("r:a@-;");
		assert_slice(seen.report.org_name, "AT&T");
		assert_true(seen.report.complete && seen.report.row_count == (int64_t)rows);
	}
}

/* FORMATS 10 (2) to (5), (7), (9) */
static void test_damaged_documents_are_mended(void **state)
{
	struct slice plain = xml("a");
	struct sample_report odd = { .before = "<?xml version=\"1.0\" encoding=\"ANSI\"?>\n" };

	read_bytes(sample_join(&arena, SLICE("\r\n "), plain));
	assert_seen("r:a@-;");
	read_bytes(sample_xml(&arena, odd));
	assert_seen("r:r1@-;");
	read_bytes(sample_xml(
		&arena, (struct sample_report){ .metadata = "<org_name>Caf\xe9</org_name><report_id>l</report_id>" }));
	assert_seen("r:l@-;");
	assert_slice(seen.report.org_name, "Caf\xc3\xa9");
	read_bytes(sample_join(&arena, plain, xml("b")));
	assert_seen("r:a@-;r:b@-;");
	read_bytes((struct slice){ plain.ptr, sample_at(plain, "</feedback>") + 10 }); /* cut by one byte */
	assert_seen("r:a@-;");
	assert_true(seen.report.complete);
	plain = sample_xml(&arena,
			   (struct sample_report){
				   .records = SAMPLE_RECORD("192.0.2.1", "1") "NUL" SAMPLE_RECORD("192.0.2.2", "2") });
	memcpy((char *)(uintptr_t)plain.ptr + sample_at(plain, "NUL"), "\0\0\0", 3);
	read_bytes(plain);
	assert_true(seen.report.row_count == 2); /* not cut at the NUL */
}

static void test_trailing_bytes_do_not_lose_a_report(void **state)
{
	static const struct slice tails[] = { { "x", 1 },        { "xy", 2 },   { "\0", 1 },
					      { "\0\0\0\0", 4 }, { "\x1a", 1 }, { "--b--\n", 6 } };

	for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
		read_bytes(sample_join(&arena, xml("a"), tails[i]));
		assert_seen("r:a@-;");
		assert_true(seen.report.complete && seen.report.row_count == 1);
	}
}

static void test_a_mended_report_is_the_same_report_each_time(void **state)
{
	struct slice broken = sample_xml(
		&arena, (struct sample_report){ .metadata = "<org_name>A&B</org_name><report_id>a</report_id>" });
	unsigned char hash[REPORT_HASH_BYTES];

	read_bytes(broken);
	memcpy(hash, seen.report.content_hash, sizeof hash);
	read_bytes(sample_crlf(&arena, broken));
	assert_memory_equal(hash, seen.report.content_hash, sizeof hash);
}

static void test_no_cut_or_flipped_file_crashes_or_is_silent(void **state)
{
	struct sample_part inner =
		sample_attached(&arena, "application/zip", "b.zip", sample_zip(&arena, "b.xml", xml("b")));
	struct sample_part parts[] = { { "Content-Type: message/rfc822\n", sample_mail(&arena, &inner, 1) },
				       sample_attached(&arena, "application/gzip", "a.gz", gz("a")) };
	struct slice mail = sample_mail(&arena, parts, 2);
	struct arena own = arena;

	for (size_t n = 0; n < mail.len; n += 7) {
		char *exact = malloc(mail.len);

		memset(&arena, 0, sizeof arena);
		assert_non_null(exact);
		memcpy(exact, mail.ptr, mail.len);
		read_bytes((struct slice){ exact + mail.len - n, n });
		exact[n] = (char)(exact[n] ^ (1 << n % 8));
		read_bytes((struct slice){ exact, mail.len });
		free(exact);
		arena_release(&arena);
	}
	arena = own;
}

/* Each byte may be looked at a few times, not once for every one before it: that takes hours for what fits in a
 * mail. */
static void test_markup_that_never_ends_does_not_hang_the_mending(void **state)
{
	static const char *const pieces[] = { "<!--", "<![CDATA[", "<?",	     ":feedback",
					      "<",    "&",	   "<record>", "</feedback" };

	for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
		struct slice many = sample_repeat(&arena, pieces[i], 4000000 / strlen(pieces[i]));

		read_bytes(sample_join(&arena, SLICE("<feedback><x></y> "), many));
		assert_int_equal(seen.reports, 0);
		arena_clear(&arena);
	}
}

/* --- what is a mail --- */

static void test_mails_and_mailboxes_are_known_by_their_first_lines(void **state)
{
	assert_true(message_is_mail(SLICE("From: a@b.example\nTo: c@d.example\n\n")));
	assert_true(message_is_mail(SLICE("\r\nReceived: x\r\n y\r\nSubject: z\r\n")));
	assert_true(message_is_mail(SLICE("X-A: 1\nX-B: 2\n")));
	assert_false(message_is_mail(SLICE("From: a@b.example\n")));
	assert_false(message_is_mail(SLICE("Note: this\nis no: mail\n")));
	assert_false(message_is_mail(SLICE("<feedback>\nFrom: x\nTo: y\n")));
	assert_false(message_is_mail(SLICE("")));
	assert_false(message_is_mail((struct slice){ 0 }));
	assert_false(message_is_mail((struct slice){ sample_noise(&arena, 100000).ptr, 100000 }));
	assert_true(message_is_mbox(
		SLICE("From a@b.example Mon Jun  1 00:00:00 2026\nFrom: a@b.example\nTo: c@d.example\n\n")));
	assert_false(message_is_mbox(SLICE("From: a@b.example\nTo: c@d.example\n\n")));
	assert_false(message_is_mbox(SLICE("From here to there\nand back\n")));
	assert_false(message_is_mbox(SLICE("From ")));
}

/* --- the head of a mail --- */

static void note_head(void *ctx, struct slice sender, struct slice subject)
{
	buf_addf(ctx, "[%.*s|%.*s]", (int)sender.len, sender.len > 0 ? sender.ptr : "", (int)subject.len, subject.len > 0 ? subject.ptr : "");
	assert_true(text_utf8_valid(sender) && text_utf8_valid(subject) && sender.len <= LIMIT_LABEL_BYTES && subject.len <= LIMIT_LABEL_BYTES);
}

static void assert_head(const char *mail, const char *expected)
{
	struct buf out;
	const struct message_sink sink = { on_report, on_tls, on_failure, on_reject, &out, NULL, note_head };

	buf_init(&out, 1 << 16);
	message_read(&arena, SLICE("file"), slice_of(mail), &usual, &sink);
	assert_slice(buf_slice(&out), expected);
	buf_release(&out);
}

static void test_a_mail_says_who_sent_it_and_what_it_is_called(void **state)
{
	char *longest = arena_alloc(&arena, 4001);

	(void)state;
	memset(longest, 'x', 4000);
	assert_head("From: Reports <a@b.example>\r\nSubject: =?utf-8?Q?Report_=C3=A9?=\r\nTo: c@d.example\r\n\r\ntext\r\n", "[Reports <a@b.example>|Report \xc3\xa9]");
	assert_head("To: c@d.example\r\nDate: now\r\n\r\ntext\r\n", "[|]");
	assert_head("<feedback/>", "");
	assert_head("From: a@b.example\r\nSubject: \xff\r\nContent-Type: message/rfc822\r\n\r\nFrom: in@side.example\r\nSubject: inner\r\n\r\nx\r\n",
		    "[a@b.example|\xc3\xbf]");
	assert_head(arena_printf(&arena, "From: a@b.example\r\nSubject: %s\r\nTo: c\r\n\r\n", longest),
		    arena_printf(&arena, "[a@b.example|%.*s]", LIMIT_LABEL_BYTES, longest));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_teardown(name, clear)
		TEST(test_a_report_as_a_file_is_read_in_every_carriage),
		TEST(test_nothing_is_said_to_be_nothing),
		TEST(test_other_xml_and_broken_archives_are_named),
		TEST(test_a_mail_whose_whole_body_is_a_zip_is_read),
		TEST(test_a_type_that_lies_changes_nothing),
		TEST(test_xml_in_quoted_printable_is_read),
		TEST(test_attached_mails_are_read_to_their_depth),
		TEST(test_a_mail_in_an_archive_is_read),
		TEST(test_a_packed_mail_with_a_long_first_header_is_a_mail),
		TEST(test_split_names_are_labels_like_others),
		TEST(test_a_header_without_its_hyphen_hides_nothing),
		TEST(test_an_attachment_typed_multipart_hides_nothing),
		TEST(test_html_and_chatter_are_no_broken_reports),
		TEST(test_a_text_that_begins_with_x_is_no_broken_archive),
		TEST(test_all_reports_of_a_mail_come_out_in_order),
		TEST(test_other_kinds_of_reports_are_told_apart_by_part),
		TEST(test_labels_that_are_no_utf8_are_cleaned),
		TEST(test_a_label_of_any_length_gets_through),
		TEST(test_text_of_a_tls_report_gets_through_at_its_limit),
		TEST(test_a_mail_over_the_limit_is_refused),
		TEST(test_a_file_or_part_over_the_limit_is_refused),
		TEST(test_rows_over_the_limit_are_refused),
		TEST(test_a_cut_stream_gives_whole_records_and_says_so),
		TEST(test_a_stray_ampersand_is_mended_however_large_the_report),
		TEST(test_damaged_documents_are_mended),
		TEST(test_trailing_bytes_do_not_lose_a_report),
		TEST(test_a_mended_report_is_the_same_report_each_time),
		TEST(test_no_cut_or_flipped_file_crashes_or_is_silent),
		TEST(test_mails_and_mailboxes_are_known_by_their_first_lines),
		TEST(test_markup_that_never_ends_does_not_hang_the_mending),
		cmocka_unit_test(test_a_mail_says_who_sent_it_and_what_it_is_called),
	};
	int failed;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	failed = cmocka_run_group_tests_name("message", tests, setup, NULL);
	buf_release(&seen.log);
	return failed;
}
