/* xml: see xml.h. */
#include "parsers/xml.h"

#include "base/text.h"
#include "schema/limits.h"

#include <libxml/parser.h>
#include <libxml/SAX2.h>
#include <stdio.h>
#include <stdlib.h>

struct xml {
	xmlParserCtxtPtr parser;
	xmlSAXHandler sax;
	const struct xml_handler *handler;
	void *ctx;
	int depth;
	bool has_root;
	enum xml_status status;
	bool at_end; /* inside xml_finish: what breaks now breaks for want of input */
	int64_t line;
	char message[200];
};

/* libxml2 says some things on standard error, whoever listens. */
static void say_nothing(void *ctx, const char *message, ...)
{
}

void xml_init(void)
{
	xmlInitParser();
	xmlSetGenericErrorFunc(NULL, say_nothing);
}

const char *xml_version(void)
{
	return "libxml2 " LIBXML_DOTTED_VERSION;
}

static void stop(struct xml *x, enum xml_status why)
{
	if (x->status == XML_OK)
		x->status = why;
	xmlStopParser(x->parser);
}

static struct slice of_xml(const xmlChar *s)
{
	return slice_of((const char *)s);
}

static void on_start(void *state, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int n_namespaces,
		     const xmlChar **namespaces, int n_attributes, int n_defaulted, const xmlChar **attributes)
{
	struct xml *x = state;

	x->has_root = true;
	if (++x->depth > LIMIT_XML_DEPTH)
		stop(x, XML_DEEP);
	else if (n_attributes > LIMIT_XML_ATTRIBUTES || n_namespaces > LIMIT_XML_ATTRIBUTES)
		stop(x, XML_MANY);
	else if (!x->handler->start(x->ctx, of_xml(name), of_xml(uri)))
		stop(x, XML_STOPPED);
}

static void on_end(void *state, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	struct xml *x = state;

	x->depth--;
	if (!x->handler->end(x->ctx))
		stop(x, XML_STOPPED);
}

static void on_text(void *state, const xmlChar *text, int n)
{
	struct xml *x = state;

	if (!x->handler->text(x->ctx, (struct slice){ (const char *)text, (size_t)n }))
		stop(x, XML_STOPPED);
}

static void on_doctype(void *state, const xmlChar *name, const xmlChar *public_id, const xmlChar *system_id)
{
	stop(state, XML_DOCTYPE);
}

static void say(struct xml *x, int64_t line, const char *message)
{
	x->line = line;
	snprintf(x->message, sizeof x->message, "%s", message != NULL ? message : "not well-formed");
	for (char *p = x->message; *p != '\0'; p++)
		if (text_is_blank(*p))
			*p = ' ';
}

/* Whether the document broke for want of more: its root is not closed, and something was begun and not ended, be it one
 * character or reference. */
static bool is_cut(const struct xml *x, int code)
{
	enum { LONGEST_CHARACTER = 4 };
	const xmlParserInput *in = x->parser->input;
	static const int unfinished[] = { XML_ERR_DOCUMENT_END,	      XML_ERR_TAG_NOT_FINISHED,	      XML_ERR_GT_REQUIRED,
					  XML_ERR_COMMENT_NOT_FINISHED, XML_ERR_CDATA_NOT_FINISHED,   XML_ERR_PI_NOT_FINISHED,
					  XML_ERR_ATTRIBUTE_NOT_FINISHED, XML_ERR_LITERAL_NOT_FINISHED, XML_ERR_LTSLASH_REQUIRED,
					  XML_ERR_XMLDECL_NOT_FINISHED, XML_ERR_VERSION_MISSING,     XML_ERR_EQUAL_REQUIRED,
					  XML_ERR_STRING_NOT_STARTED,   XML_ERR_STRING_NOT_CLOSED,   XML_ERR_PI_NOT_STARTED };

	if (!x->at_end || (x->has_root && x->depth == 0))
		return false;
	for (size_t i = 0; i < sizeof unfinished / sizeof *unfinished; i++)
		if (code == unfinished[i])
			return true;
	return in != NULL && in->end - in->cur < LONGEST_CHARACTER;
}

static void on_error(void *state, xmlErrorPtr error)
{
	struct xml *x = state;

	/* An undefined prefix is a namespace error: the document still has its shape (FORMATS 3.2). */
	if (error->level < XML_ERR_ERROR || error->domain == XML_FROM_NAMESPACE || x->status != XML_OK)
		return;
	x->status = is_cut(x, error->code) ? XML_CUT : XML_BROKEN;
	say(x, error->line, error->message);
}

struct xml *xml_open(const struct xml_handler *handler, void *ctx)
{
	struct xml *x = calloc(1, sizeof *x);

	if (x == NULL)
		return NULL;
	x->handler = handler;
	x->ctx = ctx;
	x->sax = (xmlSAXHandler){
		.initialized = XML_SAX2_MAGIC,
		.startElementNs = on_start,
		.endElementNs = on_end,
		.characters = on_text,
		.cdataBlock = on_text,
		.internalSubset = on_doctype,
		.serror = on_error,
	};
	if ((x->parser = xmlCreatePushParserCtxt(&x->sax, x, NULL, 0, NULL)) == NULL) {
		free(x);
		return NULL;
	}
	xmlCtxtUseOptions(x->parser, XML_PARSE_NONET);
	return x;
}

void xml_free(struct xml *x)
{
	if (x == NULL)
		return;
	xmlFreeParserCtxt(x->parser);
	free(x);
}

static bool holds_back_too_much(const struct xml *x)
{
	const xmlParserInput *in = x->parser->input;

	return in != NULL && in->end - in->cur > LIMIT_XML_UNREAD_BYTES;
}

/* For a tag, a name, a comment without an end; or for the ';' of a stray &, which may never come. */
static void stop_waiting(struct xml *x)
{
	if (*x->parser->input->cur == '&') {
		say(x, xmlSAX2GetLineNumber(x->parser), "a & that begins no reference");
		stop(x, XML_BROKEN);
	} else {
		stop(x, XML_LONG);
	}
}

bool xml_feed(struct xml *x, const void *bytes, size_t n)
{
	const char *p = bytes;

	while (n > 0 && x->status == XML_OK) {
		size_t piece = n < LIMIT_XML_CHUNK_BYTES ? n : LIMIT_XML_CHUNK_BYTES;

		xmlParseChunk(x->parser, p, (int)piece, 0);
		if (holds_back_too_much(x))
			stop_waiting(x);
		else if (xmlDictSize(x->parser->dict) > LIMIT_XML_NAMES)
			stop(x, XML_MANY);
		p += piece;
		n -= piece;
	}
	return x->status == XML_OK;
}

enum xml_status xml_finish(struct xml *x)
{
	if (x->status == XML_OK) {
		x->at_end = true;
		xmlParseChunk(x->parser, NULL, 0, 1);
		/* libxml2 tells its encoding errors to nobody: it only stops. */
		if (x->status == XML_OK && (x->depth > 0 || !x->has_root)) {
			say(x, xmlSAX2GetLineNumber(x->parser), "bytes that the declared encoding does not have");
			x->status = XML_BROKEN;
		}
	}
	return x->status;
}

struct slice xml_message(const struct xml *x)
{
	return text_trim(slice_of(x->message));
}

int64_t xml_line(const struct xml *x)
{
	return x->line > 0 ? x->line : xmlSAX2GetLineNumber(x->parser);
}
