/* test_unpack: containers come off by their first bytes, in any nesting that is allowed; no bomb gets past the
 * ceilings; what is damaged gives what was there, and says so. */
#include "parsers/unpack.h"

#define SAMPLE_CONTAINERS
#include "sample.h"
#include "schema/limits.h"

enum { PIECE_BYTES = 16 * 1024 }; /* what unpack.c reads at a time */

static struct arena arena;

static int clear(void **state)
{
	arena_release(&arena);
	return 0;
}

/* What came out: "member=content;" of each document, "member!code;" of each refusal. */
struct seen {
	struct buf log;
	struct slice content; /* of the last document */
	enum reject_code code, failed; /* of the last refusal; of the last document's stream */
	int documents, refusals;
	bool cut;
};

static struct seen seen;

static void on_document(void *ctx, struct stream *s, struct slice member)
{
	unsigned char piece[5000];
	struct buf all;
	ptrdiff_t n;

	buf_init(&all, 256 * 1024 * 1024);
	while ((n = stream_read(s, piece, sizeof piece)) > 0)
		assert_int_equal(buf_add(&all, piece, (size_t)n), 0);
	seen.documents++;
	seen.failed = n < 0 ? s->code : REJECT_NONE;
	assert_int_equal(n < 0, s->code != REJECT_NONE);
	assert_true(n == 0 || s->detail != NULL);
	seen.cut = s->cut;
	seen.content = (struct slice){ arena_copy(&arena, all.data != NULL ? all.data : "", all.len), all.len };
	buf_add_slice(&seen.log, member.ptr != NULL ? member : SLICE("-"));
	buf_addf(&seen.log, "=%.*s;", (int)(all.len < 40 ? all.len : 40), seen.content.ptr);
	buf_release(&all);
}

static void on_refused(void *ctx, enum reject_code code, const char *detail, struct slice member)
{
	seen.refusals++;
	seen.code = code;
	assert_true(strlen(detail) > 0);
	buf_add_slice(&seen.log, member.ptr != NULL ? member : SLICE("-"));
	buf_addf(&seen.log, "!%s;", reject_name(code));
}

static int64_t walk_limited(struct slice bytes, int64_t part_bytes, int64_t all_bytes)
{
	struct unpack u = { .arena = &arena,
			    .part_bytes = part_bytes,
			    .left_bytes = all_bytes,
			    .document = on_document,
			    .refused = on_refused };
	struct stream s;

	buf_release(&seen.log);
	seen = (struct seen){ 0 };
	buf_init(&seen.log, 1 << 20);
	stream_of(&s, bytes);
	unpack_walk(&u, &s, (struct slice){ 0 });
	return u.left_bytes;
}

static void walk(struct slice bytes)
{
	walk_limited(bytes, LIMIT_PART_BYTES, LIMIT_EXPANDED_BYTES);
}

#define assert_seen(expected) assert_slice(buf_slice(&seen.log), expected)

static void assert_whole(struct slice expected)
{
	assert_int_equal(seen.documents, 1);
	assert_int_equal(seen.refusals, 0);
	assert_int_equal(seen.failed, REJECT_NONE);
	assert_false(seen.cut);
	assert_true(slice_eq(seen.content, expected));
}

/* --- streams --- */

static void test_what_is_no_container_is_a_document(void **state)
{
	walk(SLICE("<feedback/>"));
	assert_seen("-=<feedback/>;");
	walk(SLICE(""));
	assert_seen("-=;");
	walk(SLICE("P"));
	assert_seen("-=P;");
	assert_int_equal(seen.refusals, 0);
}

static void test_a_gzip_stream_is_its_content(void **state)
{
	struct slice big = sample_noise(&arena, 300000);

	walk(sample_gzip(&arena, SLICE("<feedback/>")));
	assert_seen("gz=<feedback/>;");
	walk(sample_gzip(&arena, big));
	assert_whole(big);
	walk(sample_zlib(&arena, SLICE("<feedback/>")));
	assert_seen("zlib=<feedback/>;");
	walk(sample_gzip(&arena, SLICE("")));
	assert_int_equal(seen.refusals, 0);
	assert_int_equal(seen.content.len, 0);
	walk(sample_gzip(&arena, SLICE("unused"))); /* FORMATS 2.2: seen at Yahoo */
	assert_seen("gz=unused;");
}

static void test_junk_behind_a_gzip_stream_changes_nothing(void **state)
{
	static const struct slice tails[] = { { "\r\n", 2 }, { "\n", 1 },    { "\0\0\0\0", 4 },
					      { "\x1f", 1 }, { "\x1fx", 2 }, { "junk", 4 } };
	struct slice gz = sample_gzip(&arena, SLICE("<feedback/>"));

	for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
		walk(sample_join(&arena, gz, tails[i]));
		assert_whole(SLICE("<feedback/>"));
	}
}

static void test_members_behind_each_other_are_one_content(void **state)
{
	struct slice two =
		sample_join(&arena, sample_gzip(&arena, SLICE("<feed")), sample_gzip(&arena, SLICE("back/>")));
	struct slice three = sample_join(&arena, sample_join(&arena, two, sample_gzip(&arena, SLICE(""))),
					 sample_gzip(&arena, SLICE("\n")));

	walk(two);
	assert_whole(SLICE("<feedback/>"));
	walk(sample_join(&arena, three, SLICE("\r\n")));
	assert_whole(SLICE("<feedback/>\n"));
}

/* The second member's magic lies across the end of the bytes read at once: at every place around it. */
static void test_no_member_is_lost_where_the_input_is_split(void **state)
{
	struct slice second = sample_gzip(&arena, SLICE("back/>"));

	for (size_t n = PIECE_BYTES - 4; n <= PIECE_BYTES + 2; n++) {
		struct slice first = sample_gzip_of_length(&arena, SLICE("<feed"), n);

		assert_int_equal(first.len, n);
		walk(sample_join(&arena, first, second));
		assert_whole(SLICE("<feedback/>"));
		walk(sample_join(&arena, first, SLICE("\x1f")));
		assert_whole(SLICE("<feed"));
	}
}

/* The same inside of an archive and of a gzip stream, where the input itself is a stream whose head was looked at. */
static void test_no_member_is_lost_where_the_head_ends(void **state)
{
	struct slice second = sample_gzip(&arena, SLICE("back/>"));

	for (size_t n = STREAM_HEAD_BYTES - 3; n <= STREAM_HEAD_BYTES + 1; n++) {
		struct slice both = sample_join(&arena, sample_gzip_of_length(&arena, SLICE("<feed"), n), second);

		walk(sample_zip(&arena, "a.gz", both));
		assert_whole(SLICE("<feedback/>"));
		walk(sample_gzip(&arena, both));
		assert_whole(SLICE("<feedback/>"));
	}
}

static void test_containers_in_each_other_come_off_up_to_the_limit(void **state)
{
	struct slice one = sample_gzip(&arena, SLICE("<feedback/>")), two = sample_gzip(&arena, one);
	struct slice three = sample_gzip(&arena, two), four = sample_gzip(&arena, three);

	walk(two);
	assert_seen("gz!gz=<feedback/>;");
	walk(three);
	assert_seen("gz!gz!gz=<feedback/>;");
	walk(four);
	assert_seen("gz!gz!gz!too-deep;");
	walk(sample_zip(&arena, "a.xml.gz", one));
	assert_seen("a.xml.gz!gz=<feedback/>;");
	walk(sample_gzip(&arena, sample_zip(&arena, "a.xml", SLICE("<feedback/>"))));
	assert_seen("gz!a.xml=<feedback/>;");
	walk(sample_zip(&arena, "1",
			sample_zip(&arena, "2", sample_zip(&arena, "3", sample_zip(&arena, "4", SLICE("x"))))));
	assert_seen("1!2!3!too-deep;");
}

/* --- archives --- */

static void test_all_files_of_an_archive_are_read_and_no_folder(void **state)
{
	static const char *const formats[] = { "zip", "7zip", "ustar" };
	const struct sample_file files[] = { { "reports/", { 0 } },
					     { "reports/a.xml", SLICE("<a/>") },
					     { "b.xml", SLICE("<b/>") } };

	for (size_t i = 0; i < 3; i++) {
		struct slice archive = sample_archive(&arena, formats[i], NULL, NULL, files, 3);

		walk(archive);
		/* 7z writes folders last */
		assert_true(slice_is(buf_slice(&seen.log), "reports/a.xml=<a/>;b.xml=<b/>;"));
		walk(sample_gzip(&arena, archive)); /* as a stream, without seeking */
		if (i != 1) /* a 7z wants to seek: see the next test */
			assert_seen("gz!reports/a.xml=<a/>;gz!b.xml=<b/>;");
		assert_int_equal(seen.failed, REJECT_NONE);
	}
}

static void test_an_archive_that_wants_to_seek_is_refused_in_a_stream(void **state)
{
	const struct sample_file file = { "a.xml", SLICE("<a/>") };

	walk(sample_gzip(&arena, sample_archive(&arena, "7zip", NULL, NULL, &file, 1)));
	assert_true(seen.documents == 1 || seen.refusals > 0); /* never silence */
}

static void test_every_way_to_compress_an_archive_is_read(void **state)
{
	static const char *const ways[][2] = { { "zip", "zip:compression=store" },
					       { "zip", "zip:compression=deflate" },
					       { "7zip", "7zip:compression=store" },
					       { "7zip", "7zip:compression=lzma2" },
					       { "7zip", "7zip:compression=deflate" } };
	struct slice content = sample_noise(&arena, 100000);
	const struct sample_file file = { "a.xml", content };

	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
		walk(sample_archive(&arena, ways[i][0], ways[i][1], NULL, &file, 1));
		assert_whole(content);
	}
}

static void test_twins_that_mac_os_adds_are_passed_over(void **state)
{
	const struct sample_file files[] = { { "__MACOSX/", { 0 } },
					     { "__MACOSX/._a.xml", SLICE("\0\5\26\7") },
					     { "reports/._b.xml", SLICE("\0\5\26\7") },
					     { "._c.xml", SLICE("x") },
					     { "a.xml", SLICE("<a/>") },
					     { "a._b", SLICE("<b/>") } };

	walk(sample_archive(&arena, "zip", NULL, NULL, files, 6));
	assert_seen("a.xml=<a/>;a._b=<b/>;");
}

static void test_an_encrypted_file_is_said_and_others_are_read(void **state)
{
	const struct sample_file file = { "a.xml", SLICE("<a/>") };

	walk(sample_archive(&arena, "zip", "zip:encryption=traditional", "secret", &file, 1));
	assert_seen("a.xml!encrypted;");
	walk(sample_archive(&arena, "zip", "zip:encryption=aes256", "secret", &file, 1));
	assert_seen("a.xml!encrypted;");
	walk(sample_gzip(&arena, sample_archive(&arena, "zip", "zip:encryption=traditional", "secret", &file, 1)));
	assert_seen("gz!a.xml!encrypted;");
}

static void test_an_archive_of_nothing_is_said(void **state)
{
	const struct sample_file folder = { "empty/", { 0 } };

	walk(sample_archive(&arena, "zip", NULL, NULL, &folder, 1));
	assert_seen("-!no-report;");
	walk(sample_archive(&arena, "zip", NULL, NULL, NULL, 0)); /* PK\5\6 */
	assert_seen("-!no-report;");
}

static void test_files_over_the_ceiling_are_refused(void **state)
{
	struct sample_file files[LIMIT_ARCHIVE_ENTRIES + 1];

	for (int i = 0; i <= LIMIT_ARCHIVE_ENTRIES; i++)
		files[i] = (struct sample_file){ arena_printf(&arena, "%d.xml", i), SLICE("<a/>") };
	walk(sample_archive(&arena, "zip", NULL, NULL, files, LIMIT_ARCHIVE_ENTRIES));
	assert_true(seen.documents == LIMIT_ARCHIVE_ENTRIES && seen.refusals == 0);
	walk(sample_archive(&arena, "zip", NULL, NULL, files, LIMIT_ARCHIVE_ENTRIES + 1));
	assert_true(seen.documents <= LIMIT_ARCHIVE_ENTRIES && seen.refusals == 1);
	assert_int_equal(seen.code, REJECT_TOO_MANY);
}

static void test_folders_without_end_are_refused_too(void **state)
{
	struct sample_file files[LIMIT_ARCHIVE_ENTRIES * 2];

	for (int i = 0; i < LIMIT_ARCHIVE_ENTRIES * 2; i++)
		files[i] = (struct sample_file){ arena_printf(&arena, "%d/", i), { 0 } };
	walk(sample_archive(&arena, "ustar", NULL, NULL, files, LIMIT_ARCHIVE_ENTRIES * 2));
	assert_int_equal(seen.code, REJECT_TOO_MANY);
}

static void test_names_of_files_cannot_lead_anywhere(void **state)
{
	const struct sample_file files[] = { { "../../etc/cron.d/x", SLICE("<a/>") },
					     { "/etc/passwd", SLICE("<b/>") } };

	walk(sample_archive(&arena, "ustar", NULL, NULL, files, 2));
	assert_int_equal(seen.documents, 2); /* a label, never a path to open */
	assert_int_equal(seen.refusals, 0);
}

/* --- damage --- */

static void test_a_cut_gzip_stream_gives_what_was_there(void **state)
{
	struct slice content = sample_noise(&arena, 200000), gz = sample_gzip(&arena, content);
	size_t before = 0;

	for (size_t n = 2000; n < gz.len; n += gz.len / 50) {
		walk((struct slice){ gz.ptr, n });
		assert_int_equal(seen.documents, 1);
		assert_int_equal(seen.failed, REJECT_NONE);
		assert_true(seen.cut);
		assert_true(seen.content.len >= before && seen.content.len < content.len);
		assert_memory_equal(seen.content.ptr, content.ptr, seen.content.len);
		before = seen.content.len;
	}
	assert_true(before > content.len / 2);
	walk((struct slice){ gz.ptr, gz.len - 4 }); /* only its own length is missing */
	assert_true(seen.cut);
	assert_true(slice_eq(seen.content, content));
}

static void test_a_damaged_gzip_stream_gives_what_was_there(void **state)
{
	struct slice content = sample_noise(&arena, 200000), gz = sample_gzip(&arena, content);
	char *bytes = arena_copy(&arena, gz.ptr, gz.len);

	memset(bytes + gz.len / 2, 0xff, 64);
	walk((struct slice){ bytes, gz.len });
	assert_true(seen.cut && seen.content.len > 0 && seen.content.len < content.len);
}

static void test_a_second_member_that_is_damaged_does_not_hide(void **state)
{
	struct slice first = sample_gzip(&arena, SLICE("<feedback/>")),
		     second = sample_gzip(&arena, sample_noise(&arena, 5000));

	walk(sample_join(&arena, first, (struct slice){ second.ptr, 30 }));
	assert_true(seen.cut);
	assert_memory_equal(seen.content.ptr, "<feedback/>", 11);
}

static void test_a_stream_of_which_nothing_is_left_is_refused(void **state)
{
	struct slice gz = sample_gzip(&arena, sample_noise(&arena, 5000));

	for (size_t n = 2; n <= 10; n++) {
		walk((struct slice){ gz.ptr, n });
		assert_seen("gz!damaged;");
	}
	walk(SLICE("\x1f\x8b\x08\xff junk that was never compressed"));
	assert_seen("gz!damaged;");
}

static void test_a_cut_or_damaged_archive_is_never_silent(void **state)
{
	static const char *const formats[] = { "zip", "7zip", "ustar" };
	struct slice content = sample_noise(&arena, 20000);
	const struct sample_file files[] = { { "a.xml", content }, { "b.xml", content } };

	for (size_t f = 0; f < 3; f++) {
		struct slice whole = sample_archive(&arena, formats[f], NULL, NULL, files, 2);
		char *bytes;

		for (size_t n = f == 2 ? 600 : 6; n < whole.len; n += 997) {
			walk((struct slice){ whole.ptr, n });
			assert_true(seen.documents + seen.refusals > 0);
			if (seen.refusals == 0 && seen.failed == REJECT_NONE && !seen.cut)
				assert_true(seen.documents == 2 || f == 2); /* a tar has no end of its own */
		}
		bytes = arena_copy(&arena, whole.ptr, whole.len);
		for (size_t at = f == 2 ? 600 : 6; at < whole.len; at += 499) {
			bytes[at] = (char)(bytes[at] ^ 0x55);
			walk((struct slice){ bytes, whole.len });
			assert_true(seen.documents + seen.refusals > 0);
			bytes[at] = whole.ptr[at];
		}
	}
}

/* --- ceilings --- */

static void test_a_bomb_is_stopped_at_the_ceiling_of_a_part(void **state)
{
	struct slice zeros = { arena_alloc(&arena, 1000000), 1000000 };
	struct slice gz = sample_gzip(&arena, zeros);

	walk_limited(gz, 1000000, 10000000);
	assert_whole(zeros);
	walk_limited(gz, 999999, 10000000);
	assert_int_equal(seen.failed, REJECT_TOO_LARGE);
	assert_true(seen.content.len <= 999999);
	walk_limited(sample_zip(&arena, "a", zeros), 999999, 10000000);
	assert_int_equal(seen.failed, REJECT_TOO_LARGE);
	assert_true(seen.content.len <= 999999);
}

static void test_many_parts_are_stopped_at_the_ceiling_of_the_mail(void **state)
{
	struct slice zeros = { arena_alloc(&arena, 100000), 100000 };
	struct sample_file files[10];
	int64_t left;

	for (int i = 0; i < 10; i++)
		files[i] = (struct sample_file){ arena_printf(&arena, "%d", i), zeros };
	left = walk_limited(sample_archive(&arena, "zip", NULL, NULL, files, 10), 100000, 1000000);
	assert_int_equal(left, 0);
	assert_int_equal(seen.failed, REJECT_NONE);
	walk_limited(sample_archive(&arena, "zip", NULL, NULL, files, 10), 100000, 999999);
	assert_int_equal(seen.failed, REJECT_TOO_LARGE);
}

static void test_what_lies_between_containers_counts_too(void **state)
{
	struct slice zeros = { arena_alloc(&arena, 1000000), 1000000 };
	struct slice inner = sample_gzip_stored(&arena, zeros);
	int64_t left = walk_limited(sample_gzip(&arena, inner), 2000000, 10000000);

	assert_int_equal(left, 10000000 - 1000000 - (int64_t)inner.len);
}

/* A ceiling met by the outer container is not the end of the inner one. */
static void test_a_ceiling_met_further_out_is_no_early_end(void **state)
{
	struct slice content = sample_noise(&arena, 100000), stored = sample_gzip_stored(&arena, content);

	assert_true(stored.len > content.len); /* so that the outer stream meets it first */
	walk_limited(sample_gzip(&arena, stored), 60000, 10000000);
	assert_false(seen.cut);
	assert_int_equal(seen.failed, REJECT_TOO_LARGE);
}

static void test_a_ceiling_met_around_an_archive_is_no_damage(void **state)
{
	const struct sample_file file = { "a.xml", sample_noise(&arena, 100000) };
	struct slice stored = sample_archive(&arena, "zip", "zip:compression=store", NULL, &file, 1);

	walk_limited(sample_gzip(&arena, stored), 60000, 10000000);
	assert_false(seen.cut);
	assert_true(seen.failed == REJECT_TOO_LARGE || seen.code == REJECT_TOO_LARGE);
}

/* --- what looks like a container --- */

static void test_first_bytes_alone_decide(void **state)
{
	struct slice tar = sample_archive(&arena, "ustar", NULL, NULL, &(struct sample_file){ "a", SLICE("x") }, 1);

	assert_true(unpack_is_container(sample_gzip(&arena, SLICE("x"))));
	assert_true(unpack_is_container(sample_zlib(&arena, SLICE("<feedback/>"))));
	assert_true(unpack_is_container(sample_zip(&arena, "a", SLICE("x"))));
	assert_true(unpack_is_container(tar));
	assert_false(unpack_is_container((struct slice){ tar.ptr, 260 }));
	assert_false(unpack_is_container(SLICE("<feedback>")));
	assert_false(unpack_is_container(SLICE("PK")));
	assert_false(unpack_is_container(SLICE("\x1f")));
	assert_false(unpack_is_container((struct slice){ 0 }));
}

/* "x" and certain second letters look like the head of a zlib stream, two bytes that text has too. */
static void test_text_is_not_taken_for_a_zlib_stream(void **state)
{
	static const char *const texts[] = { "x marks the spot", "x? why not", "x^2 + y^2", "x} is odd" };

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		walk(slice_of(texts[i]));
		if (seen.refusals != 0 || seen.documents != 1)
			fail_msg("\"%s\" was taken for a container", texts[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_teardown(name, clear)
		TEST(test_what_is_no_container_is_a_document),
		TEST(test_a_gzip_stream_is_its_content),
		TEST(test_junk_behind_a_gzip_stream_changes_nothing),
		TEST(test_members_behind_each_other_are_one_content),
		TEST(test_no_member_is_lost_where_the_input_is_split),
		TEST(test_no_member_is_lost_where_the_head_ends),
		TEST(test_containers_in_each_other_come_off_up_to_the_limit),
		TEST(test_all_files_of_an_archive_are_read_and_no_folder),
		TEST(test_an_archive_that_wants_to_seek_is_refused_in_a_stream),
		TEST(test_every_way_to_compress_an_archive_is_read),
		TEST(test_twins_that_mac_os_adds_are_passed_over),
		TEST(test_an_encrypted_file_is_said_and_others_are_read),
		TEST(test_an_archive_of_nothing_is_said),
		TEST(test_files_over_the_ceiling_are_refused),
		TEST(test_folders_without_end_are_refused_too),
		TEST(test_names_of_files_cannot_lead_anywhere),
		TEST(test_a_cut_gzip_stream_gives_what_was_there),
		TEST(test_a_damaged_gzip_stream_gives_what_was_there),
		TEST(test_a_second_member_that_is_damaged_does_not_hide),
		TEST(test_a_stream_of_which_nothing_is_left_is_refused),
		TEST(test_a_cut_or_damaged_archive_is_never_silent),
		TEST(test_a_bomb_is_stopped_at_the_ceiling_of_a_part),
		TEST(test_many_parts_are_stopped_at_the_ceiling_of_the_mail),
		TEST(test_what_lies_between_containers_counts_too),
		TEST(test_a_ceiling_met_further_out_is_no_early_end),
		TEST(test_a_ceiling_met_around_an_archive_is_no_damage),
		TEST(test_first_bytes_alone_decide),
		TEST(test_text_is_not_taken_for_a_zlib_stream),
	};
	int failed;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	failed = cmocka_run_group_tests_name("unpack", tests, NULL, NULL);
	buf_release(&seen.log);
	return failed;
}
