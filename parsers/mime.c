/* mime: see mime.h. */
#include "parsers/mime.h"

#include "base/text.h"
#include "schema/limits.h"

#include <gmime/gmime.h>
#include <stdio.h>

struct walk {
	struct arena *arena;
	struct slice outer; /* the member the mail lies in */
	const struct mime_visitor *visitor;
	int parts;
	bool stopped;
};

char *mime_version(char out[MIME_VERSION_BYTES])
{
	snprintf(out, MIME_VERSION_BYTES, "GMime %u.%u.%u", gmime_major_version, gmime_minor_version,
		 gmime_micro_version);
	return out;
}

void mime_init(void)
{
	g_mime_init();
}

static struct slice member_of(struct walk *w, const char *name)
{
	const char *sep = w->outer.ptr != NULL ? "!" : "";

	return slice_of(name != NULL ?
				arena_printf(w->arena, "%.*s%spart%d(%s)", (int)w->outer.len,
					     w->outer.ptr != NULL ? w->outer.ptr : "", sep, w->parts, name) :
				arena_printf(w->arena, "%.*s%spart%d", (int)w->outer.len,
					     w->outer.ptr != NULL ? w->outer.ptr : "", sep, w->parts));
}

static bool is_one_part_too_many(struct walk *w)
{
	if (++w->parts <= LIMIT_MIME_PARTS)
		return w->stopped;
	if (!w->stopped)
		w->visitor->refused(w->visitor->ctx, REJECT_TOO_MANY, "more parts in the mail than the limit", w->outer);
	w->stopped = true;
	return true;
}

/* A copy of GLib's string, which is freed. */
static struct slice taken(struct arena *a, char *from)
{
	struct slice s = from != NULL ? slice_of(arena_copy(a, from, strlen(from))) : (struct slice){ 0 };

	g_free(from);
	return s;
}

static struct slice lower(struct arena *a, char *from)
{
	return text_lower(a, taken(a, from));
}

static void visit_leaf(struct walk *w, GMimePart *part)
{
	GMimeDataWrapper *content = g_mime_part_get_content(part);
	GMimeContentType *type = g_mime_object_get_content_type(GMIME_OBJECT(part));
	struct mime_leaf leaf = { .type = SLICE("text/plain") };
	GMimeStream *memory;
	GByteArray *bytes;

	if (is_one_part_too_many(w))
		return;
	leaf.member = member_of(w, g_mime_part_get_filename(part));
	if (type != NULL)
		leaf.type = lower(w->arena, g_mime_content_type_get_mime_type(type));
	if (slice_is(leaf.type, "message/feedback-report"))
		leaf.headers = taken(w->arena, g_mime_object_get_headers(GMIME_OBJECT(part), NULL));
	memory = g_mime_stream_mem_new();
	if (content != NULL)
		g_mime_data_wrapper_write_to_stream(content, memory);
	bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(memory));
	leaf.body = (struct slice){ (const char *)bytes->data, bytes->len };
	w->visitor->leaf(w->visitor->ctx, &leaf);
	g_object_unref(memory);
}

/* A body that calls itself multipart and has no parts: seen with a gz (FORMATS 2.2). It is decoded as it says and taken for
 * a leaf. */
static void visit_prologue(struct walk *w, GMimeMultipart *multipart)
{
	const char *text = g_mime_multipart_get_prologue(multipart);
	const char *how = g_mime_object_get_header(GMIME_OBJECT(multipart), "Content-Transfer-Encoding");
	struct mime_leaf leaf = { .type = SLICE("application/octet-stream") };
	GMimeEncoding decoder;
	size_t n, got;
	char *out;

	if (text == NULL || is_one_part_too_many(w))
		return;
	n = strlen(text);
	g_mime_encoding_init_decode(&decoder, how != NULL ? g_mime_content_encoding_from_string(how) :
							    GMIME_CONTENT_ENCODING_DEFAULT);
	out = arena_alloc(w->arena, g_mime_encoding_outlen(&decoder, n) + 1);
	got = g_mime_encoding_flush(&decoder, text, n, out);
	leaf.member = member_of(w, NULL);
	leaf.body = (struct slice){ out, got };
	w->visitor->leaf(w->visitor->ctx, &leaf);
}

static void visit(struct walk *w, GMimeObject *object, int depth)
{
	if (object == NULL || w->stopped)
		return;
	if (depth > LIMIT_MIME_DEPTH) {
		w->visitor->refused(w->visitor->ctx, REJECT_TOO_DEEP, "parts nested deeper than the limit", w->outer);
		w->stopped = true;
	} else if (GMIME_IS_MULTIPART(object)) {
		int n = g_mime_multipart_get_count(GMIME_MULTIPART(object));

		if (n == 0)
			visit_prologue(w, GMIME_MULTIPART(object));
		for (int i = 0; i < n && !w->stopped; i++)
			visit(w, g_mime_multipart_get_part(GMIME_MULTIPART(object), i), depth + 1);
	} else if (GMIME_IS_MESSAGE_PART(object)) {
		GMimeMessage *inner = g_mime_message_part_get_message(GMIME_MESSAGE_PART(object));

		if (inner != NULL)
			visit(w, g_mime_message_get_mime_part(inner), depth + 1);
	} else if (GMIME_IS_PART(object)) {
		visit_leaf(w, GMIME_PART(object));
	}
}

static void give_head(GMimeMessage *message, const struct mime_visitor *visitor)
{
	InternetAddressList *from = g_mime_message_get_from(message);
	char *sender = from != NULL && internet_address_list_length(from) > 0 ? internet_address_list_to_string(from, NULL, FALSE) : NULL;
	const char *subject = g_mime_message_get_subject(message);

	visitor->head(visitor->ctx, slice_of(sender), slice_of(subject));
	g_free(sender);
}

void mime_walk(struct arena *a, struct slice mail, struct slice member, const struct mime_visitor *visitor)
{
	struct walk w = { .arena = a, .outer = member, .visitor = visitor };
	GMimeStream *stream = g_mime_stream_mem_new_with_buffer(mail.ptr, mail.len);
	GMimeParser *parser = g_mime_parser_new_with_stream(stream);
	GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);

	if (message != NULL && visitor->head != NULL)
		give_head(message, visitor);
	if (message != NULL) { /* empty and binary input give none */
		visit(&w, g_mime_message_get_mime_part(message), 0);
		g_object_unref(message);
	}
	g_object_unref(parser);
	g_object_unref(stream);
}
