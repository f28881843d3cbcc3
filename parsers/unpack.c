/* unpack: see unpack.h. */
#include "parsers/unpack.h"

#include "base/text.h"
#include "schema/limits.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <zlib.h>

enum { PIECE_BYTES = 16 * 1024, GZIP_WINDOW = 15 + 16, ZLIB_WINDOW = 15, HEAD_BYTES = 512 /* a tar says so at 257 */ };

static void walk(struct unpack *u, struct stream *s, struct slice member, int depth);

static struct slice member_in(struct unpack *u, struct slice outer, const char *name)
{
	char *path = outer.ptr == NULL ? arena_printf(u->arena, "%s", name) :
					 arena_printf(u->arena, "%.*s!%s", (int)outer.len, outer.ptr, name);

	return slice_of(path);
}

static ptrdiff_t fail(struct stream *s, enum reject_code code, const char *detail)
{
	s->code = code;
	s->detail = detail;
	return -1;
}

/* Counts what a stream gave out against both ceilings. */
static ptrdiff_t charge(struct unpack *u, struct stream *s, int64_t *part_left, ptrdiff_t n)
{
	if (n <= 0)
		return n;
	*part_left -= n;
	u->left_bytes -= n;
	if (*part_left < 0)
		return fail(s, REJECT_TOO_LARGE, "one document unpacks to more than the limit");
	if (u->left_bytes < 0)
		return fail(s, REJECT_TOO_LARGE, "the mail unpacks to more than the limit");
	return n;
}

/* --- gzip and zlib: one stream, or gzip members one behind the other --- */

struct inflated {
	struct stream stream; /* first: a struct stream * is this */
	struct stream *from;
	struct unpack *unpack;
	z_stream z;
	int64_t part_left;
	bool done, gave;
	unsigned char input[PIECE_BYTES];
};

/* More input where there is none: its number of bytes, 0 at the end. */
static size_t refill(struct inflated *f)
{
	ptrdiff_t n;

	if (f->z.avail_in > 0)
		return f->z.avail_in;
	n = stream_read(f->from, f->input, sizeof f->input);
	f->z.next_in = f->input;
	f->z.avail_in = n > 0 ? (uInt)n : 0;
	return f->z.avail_in;
}

/* After a member's end: another one goes on; anything else is the tail that some gateways add (FORMATS 2.2). */
static void next_member(struct inflated *f)
{
	unsigned char two[2];

	f->done = true;
	if (refill(f) == 0)
		return;
	two[0] = f->z.next_in[0];
	if (f->z.avail_in > 1)
		two[1] = f->z.next_in[1];
	else if (two[0] != 0x1f || stream_peek(f->from, 1).len == 0)
		return;
	else
		two[1] = (unsigned char)stream_peek(f->from, 1).ptr[0];
	if (two[0] == 0x1f && two[1] == 0x8b && inflateReset(&f->z) == Z_OK)
		f->done = false;
}

static ptrdiff_t inflated_ended(struct inflated *f, const char *why)
{
	f->done = true;
	if (f->from->code != REJECT_NONE) /* a ceiling that was met further out */
		return fail(&f->stream, f->from->code, f->from->detail);
	if (!f->gave)
		return fail(&f->stream, REJECT_DAMAGED, why);
	f->stream.cut = true;
	return 0;
}

static ptrdiff_t inflated_read(struct stream *s, unsigned char *to, size_t room)
{
	struct inflated *f = (struct inflated *)s;

	while (!f->done) {
		size_t before;
		int rc;

		if (refill(f) == 0)
			return inflated_ended(f, "the compressed stream ends early");
		f->z.next_out = to;
		f->z.avail_out = (uInt)room;
		before = room;
		rc = inflate(&f->z, Z_NO_FLUSH);
		if (rc == Z_STREAM_END)
			next_member(f);
		if (f->z.avail_out < before) {
			f->gave = true;
			return charge(f->unpack, s, &f->part_left, (ptrdiff_t)(before - f->z.avail_out));
		}
		if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR)
			return inflated_ended(f, "the compressed stream is damaged");
	}
	return 0;
}

static void walk_inflated(struct unpack *u, struct stream *s, struct slice member, int depth, int window)
{
	struct inflated *f = calloc(1, sizeof *f);

	if (f == NULL || inflateInit2(&f->z, window) != Z_OK) {
		free(f);
		u->refused(u->ctx, REJECT_DAMAGED, "no memory to unpack it", member);
		return;
	}
	f->stream.read = inflated_read;
	f->from = s;
	f->unpack = u;
	f->part_left = u->part_bytes;
	walk(u, &f->stream, member_in(u, member, window == GZIP_WINDOW ? "gz" : "zlib"), depth + 1);
	inflateEnd(&f->z);
	free(f);
}

/* --- archives --- */

struct entry { /* one file of an archive */
	struct stream stream;
	struct unpack *unpack;
	struct archive *archive;
	struct stream *from; /* the archive's own bytes */
	int64_t part_left;
	bool gave;
};

static ptrdiff_t entry_read(struct stream *s, unsigned char *to, size_t room)
{
	struct entry *e = (struct entry *)s;
	la_ssize_t n = archive_read_data(e->archive, to, room);

	if (n < 0 && e->from->code != REJECT_NONE) /* a ceiling that was met further out */
		return fail(s, e->from->code, e->from->detail);
	if (n < 0 && e->gave) {
		s->cut = true;
		return 0;
	}
	if (n < 0)
		return fail(s, REJECT_DAMAGED, "a file of the archive does not unpack");
	e->gave = e->gave || n > 0;
	return charge(e->unpack, s, &e->part_left, (ptrdiff_t)n);
}

struct archive_input {
	struct stream *from;
	unsigned char piece[PIECE_BYTES];
};

static la_ssize_t archive_input_read(struct archive *archive, void *ctx, const void **out)
{
	struct archive_input *in = ctx;

	*out = in->piece;
	return stream_read(in->from, in->piece, sizeof in->piece);
}

/* Mac OS adds a twin to every file, "__MACOSX/._name": never a report. */
static bool is_apple_double(const char *path)
{
	const char *slash = strrchr(path, '/');

	return strncmp(path, "__MACOSX/", 9) == 0 || strncmp(slash != NULL ? slash + 1 : path, "._", 2) == 0;
}

static void walk_entry(struct unpack *u, struct archive *archive, struct archive_entry *entry, struct stream *from,
		       struct slice member, int depth)
{
	const char *path = archive_entry_pathname(entry);
	struct entry *e;

	if (path == NULL)
		path = "file";
	if (is_apple_double(path))
		return;
	if (archive_entry_is_encrypted(entry)) {
		u->refused(u->ctx, REJECT_ENCRYPTED, "a file of the archive is encrypted", member_in(u, member, path));
		return;
	}
	if ((e = calloc(1, sizeof *e)) == NULL)
		return;
	e->stream.read = entry_read;
	e->unpack = u;
	e->archive = archive;
	e->from = from;
	e->part_left = u->part_bytes;
	walk(u, &e->stream, member_in(u, member, path), depth + 1);
	free(e);
}

static void walk_entries(struct unpack *u, struct archive *archive, struct stream *from, struct slice member, int depth)
{
	struct archive_entry *entry;
	int rc, files = 0, entries = 0;

	while ((rc = archive_read_next_header(archive, &entry)) == ARCHIVE_OK || rc == ARCHIVE_WARN) {
		if (++entries > LIMIT_ARCHIVE_ENTRIES || ++u->entries > LIMIT_MAIL_ENTRIES) {
			u->refused(u->ctx, REJECT_TOO_MANY, "more files in the archive, or in all of the mail, than the limit", member);
			return;
		}
		if (archive_entry_filetype(entry) != AE_IFREG)
			continue;
		files++;
		walk_entry(u, archive, entry, from, member, depth);
	}
	if (rc != ARCHIVE_EOF)
		u->refused(u->ctx, REJECT_DAMAGED, "the archive is damaged", member);
	else if (files == 0)
		u->refused(u->ctx, REJECT_NO_REPORT, "the archive holds no file", member);
}

static void walk_archive(struct unpack *u, struct stream *s, struct slice member, int depth)
{
	struct archive *archive = archive_read_new();
	struct archive_input *in = calloc(1, sizeof *in);
	bool opened = false;

	if (archive != NULL && in != NULL) {
		in->from = s;
		archive_read_support_format_zip(archive);
		archive_read_support_format_7zip(archive);
		archive_read_support_format_tar(archive);
		opened = (s->memory.ptr != NULL ? archive_read_open_memory(archive, s->memory.ptr, s->memory.len) :
						  archive_read_open(archive, in, NULL, archive_input_read, NULL)) ==
			 ARCHIVE_OK;
	}
	if (opened)
		walk_entries(u, archive, s, member, depth);
	else
		u->refused(u->ctx, REJECT_DAMAGED, "the archive does not open", member);
	archive_read_free(archive);
	free(in);
}

/* --- what is it? --- */

static bool starts(struct slice s, const char *magic, size_t n)
{
	return s.len >= n && memcmp(s.ptr, magic, n) == 0;
}

/* The two bytes of a zlib header are also letters ("x^"): only what inflates is one. */
static bool is_zlib(struct slice s)
{
	unsigned char out[64];
	z_stream z = { .next_in = (unsigned char *)s.ptr, .avail_in = (uInt)s.len, .next_out = out, .avail_out = sizeof out };
	int rc;

	if (s.len < 7 || s.ptr[0] != 0x78 || ((unsigned char)s.ptr[0] * 256 + (unsigned char)s.ptr[1]) % 31 != 0 ||
	    inflateInit2(&z, ZLIB_WINDOW) != Z_OK)
		return false;
	rc = inflate(&z, Z_NO_FLUSH);
	inflateEnd(&z);
	return rc == Z_OK || rc == Z_STREAM_END;
}

static bool is_archive(struct slice s)
{
	return starts(s, "PK\3\4", 4) || starts(s, "PK\5\6", 4) || starts(s, "7z\xbc\xaf\x27\x1c", 6) ||
	       (s.len > 262 && memcmp(s.ptr + 257, "ustar", 5) == 0);
}

static bool is_gzip(struct slice s)
{
	return starts(s, "\x1f\x8b", 2);
}

bool unpack_is_container(struct slice head)
{
	return is_gzip(head) || is_zlib(head) || is_archive(head);
}

static void walk(struct unpack *u, struct stream *s, struct slice member, int depth)
{
	struct slice head = stream_peek(s, HEAD_BYTES);

	if (head.len == 0 && s->code != REJECT_NONE)
		u->refused(u->ctx, s->code, s->detail, member);
	else if (!unpack_is_container(head))
		u->document(u->ctx, s, member);
	else if (depth >= LIMIT_CONTAINER_DEPTH)
		u->refused(u->ctx, REJECT_TOO_DEEP, "more containers in each other than the limit", member);
	else if (is_archive(head))
		walk_archive(u, s, member, depth);
	else
		walk_inflated(u, s, member, depth, is_gzip(head) ? GZIP_WINDOW : ZLIB_WINDOW);
}

const char *unpack_version(void)
{
	return archive_version_details();
}

void unpack_walk(struct unpack *u, struct stream *s, struct slice member)
{
	walk(u, s, member, 0);
}
