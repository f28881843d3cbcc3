/* sample: what the unit tests read is built here, in code: XML documents, gzip and zlib streams, archives, mails. All
 * memory is the arena's. Functions are inline so that a test links only the libraries whose builders it calls.
 * Neighbours: the test_*.c that include it. */
#ifndef TESTS_UNIT_SAMPLE_H
#define TESTS_UNIT_SAMPLE_H
#include "base/arena.h"
#include "base/buf.h"
#include "base/slice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* --- asserting --- */

#define assert_slice(s, expected) assert_slice_at((s), (expected), __FILE__, __LINE__)

/* `expected` NULL: absent. */
static inline void assert_slice_at(struct slice s, const char *expected, const char *file, int line)
{
	if (expected == NULL ? s.ptr == NULL : slice_is(s, expected))
		return;
	print_error("\"%.*s\"%s is not \"%s\"\n", (int)s.len, s.ptr != NULL ? s.ptr : "",
		    s.ptr == NULL ? " (absent)" : "", expected != NULL ? expected : "(absent)");
	_fail(file, line);
}

/* --- bytes --- */

static inline struct slice sample_join(struct arena *a, struct slice x, struct slice y)
{
	char *p = arena_alloc(a, x.len + y.len + 1);

	if (x.len > 0)
		memcpy(p, x.ptr, x.len);
	if (y.len > 0)
		memcpy(p + x.len, y.ptr, y.len);
	return (struct slice){ p, x.len + y.len };
}

static inline struct slice sample_repeat(struct arena *a, const char *text, size_t times)
{
	size_t n = strlen(text);
	char *p = arena_alloc(a, n * times + 1);

	for (size_t i = 0; i < times; i++)
		memcpy(p + i * n, text, n);
	return (struct slice){ p, n * times };
}

/* Bytes that do not compress, and contain no magic by chance: the same ones in every run. */
static inline struct slice sample_noise(struct arena *a, size_t n)
{
	char *p = arena_alloc(a, n + 1);
	uint32_t x = 2463534242u;

	for (size_t i = 0; i < n; i++) {
		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		p[i] = (char)('a' + x % 26);
	}
	return (struct slice){ p, n };
}

/* Every LF as CRLF. */
static inline struct slice sample_crlf(struct arena *a, struct slice s)
{
	char *p = arena_alloc(a, s.len * 2 + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '\n')
			p[n++] = '\r';
		p[n++] = s.ptr[i];
	}
	return (struct slice){ p, n };
}

/* The first place of `needle`, which is there. */
static inline size_t sample_at(struct slice s, const char *needle)
{
	const char *p = memmem(s.ptr, s.len, needle, strlen(needle));

	assert_non_null(p);
	return (size_t)(p - s.ptr);
}

/* --- XML documents --- */

struct sample_report { /* NULL takes the usual one */
	const char *before, *attributes; /* in front of <feedback>; of it */
	const char *metadata, *policy; /* what is in them */
	const char *records; /* all of them */
	const char *after; /* behind </feedback> */
};

#define SAMPLE_METADATA                                                                                                \
	"<org_name>Receiver</org_name><email>dmarc@receiver.example</email><report_id>r1</report_id>"                  \
	"<date_range><begin>1780272000</begin><end>1780358399</end></date_range>"
#define SAMPLE_POLICY                                                                                                  \
	"<domain>univ.example</domain><adkim>r</adkim><aspf>r</aspf><p>none</p><sp>none</sp><pct>100</pct>"
#define SAMPLE_RECORD(ip, count) \
	"<record><row><source_ip>" ip "</source_ip><count>" count "</count><policy_evaluated>" \
	"<disposition>none</disposition><dkim>pass</dkim><spf>fail</spf></policy_evaluated></row>" \
	"<identifiers><header_from>univ.example</header_from></identifiers><auth_results>" \
	"<dkim><domain>univ.example</domain><selector>s1</selector><result>pass</result></dkim>" \
	"<spf><domain>list.example</domain><result>pass</result></spf></auth_results></record>\n"

static inline struct slice sample_xml(struct arena *a, struct sample_report r)
{
	return slice_of(arena_printf(
		a,
		"%s<feedback%s>\n<report_metadata>%s</report_metadata>\n<policy_published>%s"
		"</policy_published>\n%s</feedback>\n%s",
		r.before != NULL ? r.before : "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n",
		r.attributes != NULL ? r.attributes : "", r.metadata != NULL ? r.metadata : SAMPLE_METADATA,
		r.policy != NULL ? r.policy : SAMPLE_POLICY,
		r.records != NULL ? r.records : SAMPLE_RECORD("192.0.2.1", "3"), r.after != NULL ? r.after : ""));
}

/* One report as short as it may be, told from others by its id. */
static inline struct slice sample_small(struct arena *a, const char *id)
{
	return sample_xml(
		a, (struct sample_report){
			   .metadata = arena_printf(a, "<org_name>Receiver</org_name><report_id>%s</report_id>", id) });
}

/* --- compressed streams --- */
#ifdef SAMPLE_CONTAINERS
#include <archive.h>
#include <archive_entry.h>
#include <zlib.h>

static inline struct slice sample_deflate(struct arena *a, struct slice bytes, int level, int window)
{
	z_stream z = { .next_in = (Bytef *)(uintptr_t)bytes.ptr, .avail_in = (uInt)bytes.len };
	size_t room;
	char *out;

	assert_int_equal(deflateInit2(&z, level, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY), Z_OK);
	room = deflateBound(&z, bytes.len);
	out = arena_alloc(a, room);
	z.next_out = (Bytef *)out;
	z.avail_out = (uInt)room;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	return (struct slice){ out, room - z.avail_out };
}

static inline struct slice sample_gzip(struct arena *a, struct slice bytes)
{
	return sample_deflate(a, bytes, 6, 15 + 16);
}

/* Not smaller than what is in it. */
static inline struct slice sample_gzip_stored(struct arena *a, struct slice bytes)
{
	return sample_deflate(a, bytes, 0, 15 + 16);
}

static inline struct slice sample_zlib(struct arena *a, struct slice bytes)
{
	return sample_deflate(a, bytes, 6, 15);
}

/* A gzip member of exactly `n` bytes (18 at least): a name in its header takes up what is missing. */
static inline struct slice sample_gzip_of_length(struct arena *a, struct slice bytes, size_t n)
{
	struct slice plain = sample_deflate(a, bytes, 6, 15 + 16);
	char *p = arena_alloc(a, n);

	assert_true(n > plain.len);
	memcpy(p, plain.ptr, 10);
	p[3] = 8; /* FNAME */
	memset(p + 10, 'n', n - plain.len - 1);
	memcpy(p + 10 + (n - plain.len), plain.ptr + 10, plain.len - 10);
	return (struct slice){ p, n };
}

struct sample_file {
	const char *name; /* a folder where it ends with a slash */
	struct slice bytes;
};

/* `format`: "zip", "7zip", "ustar"; `options` and `password` may be NULL. */
static inline struct slice sample_archive(struct arena *a, const char *format, const char *options,
					  const char *password, const struct sample_file *files, size_t n)
{
	struct archive *w = archive_write_new();
	struct archive_entry *entry = archive_entry_new();
	size_t room = 64 * 1024, used = 0;
	char *out;

	for (size_t i = 0; i < n; i++)
		room += files[i].bytes.len * 2 + 4 * strlen(files[i].name) + 2048;
	out = arena_alloc(a, room);
	assert_int_equal(archive_write_set_format_by_name(w, format), ARCHIVE_OK);
	if (options != NULL)
		assert_int_equal(archive_write_set_options(w, options), ARCHIVE_OK);
	if (password != NULL)
		assert_int_equal(archive_write_set_passphrase(w, password), ARCHIVE_OK);
	archive_write_set_bytes_in_last_block(w, 1);
	assert_int_equal(archive_write_open_memory(w, out, room, &used), ARCHIVE_OK);
	for (size_t i = 0; i < n; i++) {
		bool folder = files[i].name[strlen(files[i].name) - 1] == '/';

		archive_entry_clear(entry);
		archive_entry_set_pathname(entry, files[i].name);
		archive_entry_set_filetype(entry, folder ? AE_IFDIR : AE_IFREG);
		archive_entry_set_perm(entry, folder ? 0755 : 0644);
		archive_entry_set_size(entry, folder ? 0 : (la_int64_t)files[i].bytes.len);
		assert_int_equal(archive_write_header(w, entry), ARCHIVE_OK);
		if (!folder)
			assert_int_equal(archive_write_data(w, files[i].bytes.ptr, files[i].bytes.len),
					 files[i].bytes.len);
	}
	assert_int_equal(archive_write_close(w), ARCHIVE_OK);
	archive_write_free(w);
	archive_entry_free(entry);
	return (struct slice){ out, used };
}

static inline struct slice sample_zip(struct arena *a, const char *name, struct slice bytes)
{
	return sample_archive(a, "zip", NULL, NULL, &(struct sample_file){ name, bytes }, 1);
}
#endif

/* --- mails --- */

static inline struct slice sample_base64(struct arena *a, struct slice s)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *p = arena_alloc(a, s.len * 4 / 3 + s.len / 54 + 16);
	size_t n = 0;

	for (size_t i = 0; i < s.len; i += 3) {
		uint32_t three = 0;

		for (size_t k = 0; k < 3; k++)
			three = three << 8 | (i + k < s.len ? (unsigned char)s.ptr[i + k] : 0);
		for (size_t k = 0; k < 4; k++)
			p[n++] = i + k > s.len ? '=' : digits[three >> (18 - 6 * k) & 63];
		if (i % 54 == 51)
			p[n++] = '\n';
	}
	p[n++] = '\n';
	return (struct slice){ p, n };
}

static inline struct slice sample_quoted(struct arena *a, struct slice s)
{
	char *p = arena_alloc(a, s.len * 4 + 16);
	size_t n = 0, column = 0;

	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if (c == '\n') {
			p[n++] = '\n';
			column = 0;
			continue;
		}
		if (column >= 70) {
			n += (size_t)snprintf(p + n, 3, "=\n");
			column = 0;
		}
		if (c == '=' || c < 0x20 || c > 0x7e)
			n += (size_t)snprintf(p + n, 4, "=%02X", c), column += 3;
		else
			p[n++] = (char)c, column++;
	}
	return (struct slice){ p, n };
}

struct sample_part {
	const char *headers; /* each with its line end */
	struct slice body; /* already encoded */
};

#define SAMPLE_MAIL_HEADERS                                                                                            \
	"Return-Path: <dmarc@receiver.example>\nFrom: dmarc@receiver.example\nTo: rua@univ.example\n"                  \
	"Subject: Report Domain: univ.example Submitter: receiver.example Report-ID: <r1>\nMIME-Version: 1.0\n"

/* A mail whose whole body is that part. */
static inline struct slice sample_mail_of(struct arena *a, struct sample_part part)
{
	struct slice head = slice_of(arena_printf(a, SAMPLE_MAIL_HEADERS "%s\n", part.headers));

	return sample_join(a, head, part.body);
}

/* The parts in a multipart, which may itself be a part: `boundary` is its own. */
static inline struct sample_part sample_multipart(struct arena *a, const char *boundary,
						  const struct sample_part *parts, size_t n)
{
	struct slice body = { "", 0 };

	for (size_t i = 0; i < n; i++) {
		body = sample_join(a, body, slice_of(arena_printf(a, "--%s\n%s\n", boundary, parts[i].headers)));
		body = sample_join(a, sample_join(a, body, parts[i].body), SLICE("\n"));
	}
	body = sample_join(a, body, slice_of(arena_printf(a, "--%s--\n", boundary)));
	return (struct sample_part){ arena_printf(a, "Content-Type: multipart/mixed; boundary=\"%s\"\n", boundary),
				     body };
}

/* An attachment in base64. */
static inline struct sample_part sample_attached(struct arena *a, const char *type, const char *name,
						 struct slice bytes)
{
	return (struct sample_part){ arena_printf(a,
						  "Content-Type: %s\nContent-Transfer-Encoding: base64\n"
						  "Content-Disposition: attachment; filename=\"%s\"\n",
						  type, name),
				     sample_base64(a, bytes) };
}

static inline struct slice sample_mail(struct arena *a, const struct sample_part *parts, size_t n)
{
	return sample_mail_of(a, sample_multipart(a, "b0undary", parts, n));
}
#endif
