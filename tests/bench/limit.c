/* limit: the least that any reader of these mails must do, to measure ruad against. Reads every file below a folder,
 * parses the mail, decodes its attachments, inflates them and walks the XML with handlers that do nothing but count
 * records. It stores, checks and keeps nothing. Built and run by tests/bench/run; prints `files rows cpu_s peak_mb`. */
#include <dirent.h>
#include <fcntl.h>
#include <gmime/gmime.h>
#include <libxml/parser.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

struct count {
	long files, rows;
};

enum { CHUNK_BYTES = 64 * 1024, ZIP_HEADER_BYTES = 30 };

static void start_element(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int namespaces,
			  const xmlChar **namespace, int attributes, int defaulted, const xmlChar **attribute)
{
	struct count *count = ctx;

	if (strcmp((const char *)name, "record") == 0)
		count->rows++;
}

static void end_element(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
}

static void characters(void *ctx, const xmlChar *text, int bytes)
{
}

static xmlParserCtxtPtr walk_new(struct count *count)
{
	xmlSAXHandler handler = { .initialized = XML_SAX2_MAGIC,
				  .startElementNs = start_element,
				  .endElementNs = end_element,
				  .characters = characters };
	xmlParserCtxtPtr walk = xmlCreatePushParserCtxt(&handler, count, NULL, 0, NULL);

	if (walk == NULL)
		abort();
	xmlCtxtUseOptions(walk, XML_PARSE_NONET | XML_PARSE_HUGE);
	return walk;
}

static void walk_end(xmlParserCtxtPtr walk)
{
	xmlParseChunk(walk, NULL, 0, 1);
	xmlFreeParserCtxt(walk);
}

/* `window` as zlib's inflateInit2 takes it: 31 gzip, -15 the bare stream of a zip member. */
static void inflate_and_walk(const unsigned char *data, size_t len, int window, struct count *count)
{
	static unsigned char out[CHUNK_BYTES];
	xmlParserCtxtPtr walk = walk_new(count);
	z_stream z = { .next_in = (unsigned char *)data, .avail_in = (unsigned)len };
	int status = inflateInit2(&z, window);

	while (status == Z_OK) {
		z.next_out = out;
		z.avail_out = sizeof(out);
		status = inflate(&z, Z_NO_FLUSH);
		xmlParseChunk(walk, (const char *)out, (int)(sizeof(out) - z.avail_out), 0);
	}
	inflateEnd(&z);
	walk_end(walk);
}

static size_t zip_data_offset(const unsigned char *p)
{
	return ZIP_HEADER_BYTES + (size_t)(p[26] | p[27] << 8) + (size_t)(p[28] | p[29] << 8);
}

/* The bytes of one attachment: gzip, a zip with one deflated member, or XML as it is. */
static void read_attachment(const unsigned char *p, size_t len, struct count *count)
{
	xmlParserCtxtPtr walk;

	if (len > 2 && p[0] == 0x1f && p[1] == 0x8b) {
		inflate_and_walk(p, len, 31, count);
	} else if (len > ZIP_HEADER_BYTES && memcmp(p, "PK\3\4", 4) == 0 && zip_data_offset(p) < len) {
		inflate_and_walk(p + zip_data_offset(p), len - zip_data_offset(p), -15, count);
	} else if (len > 0 && p[0] == '<') {
		walk = walk_new(count);
		xmlParseChunk(walk, (const char *)p, (int)len, 0);
		walk_end(walk);
	}
}

static void read_part(GMimeObject *parent, GMimeObject *part, void *ctx)
{
	GMimeStream *decoded;
	GByteArray *bytes;
	GMimeDataWrapper *content;

	if (!GMIME_IS_PART(part) || (content = g_mime_part_get_content(GMIME_PART(part))) == NULL)
		return;
	decoded = g_mime_stream_mem_new();
	g_mime_data_wrapper_write_to_stream(content, decoded);
	bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(decoded));
	read_attachment(bytes->data, bytes->len, ctx);
	g_object_unref(decoded);
}

static void read_mail(const char *path, struct count *count)
{
	GMimeStream *file = g_mime_stream_file_open(path, "r", NULL);
	GMimeParser *parser;
	GMimeMessage *mail;

	if (file == NULL)
		return;
	parser = g_mime_parser_new_with_stream(file);
	mail = g_mime_parser_construct_message(parser, NULL);
	if (mail != NULL) {
		g_mime_message_foreach(mail, read_part, count);
		g_object_unref(mail);
	}
	g_object_unref(parser);
	g_object_unref(file);
	count->files++;
}

static void read_folder(const char *path, struct count *count)
{
	DIR *folder = opendir(path);
	struct dirent *entry;
	struct stat st;
	char *below;

	if (folder == NULL)
		return;
	while ((entry = readdir(folder)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		below = g_build_filename(path, entry->d_name, NULL);
		if (stat(below, &st) == 0 && S_ISDIR(st.st_mode))
			read_folder(below, count);
		else
			read_mail(below, count);
		g_free(below);
	}
	closedir(folder);
}

int main(int argc, char **argv)
{
	struct count count = { 0 };
	struct rusage used;

	if (argc != 2) {
		fprintf(stderr, "usage: limit FOLDER\n");
		return 2;
	}
	g_mime_init();
	read_folder(argv[1], &count);
	getrusage(RUSAGE_SELF, &used);
	printf("%ld %ld %.3f %.1f\n", count.files, count.rows,
	       (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
		       (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6,
	       (double)used.ru_maxrss / 1024);
	return 0;
}
