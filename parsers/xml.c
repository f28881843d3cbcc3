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
	enum xml_status status;
	bool at_end; /* inside xml_finish: what breaks now breaks for want of input */
	int64_t line;
	char message[200];
};

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

	if (++x->depth > LIMIT_XML_DEPTH)
		stop(x, XML_DEEP);
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

static void on_error(void *state, xmlErrorPtr error)
{
	struct xml *x = state;

	/* An undefined prefix is a namespace error: the document still has its shape (FORMATS 3.2). */
	if (error->level < XML_ERR_ERROR || error->domain == XML_FROM_NAMESPACE || x->status != XML_OK)
		return;
	x->status = x->at_end ? XML_CUT : XML_BROKEN;
	x->line = error->line;
	snprintf(x->message, sizeof x->message, "%s", error->message != NULL ? error->message : "not well-formed");
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

bool xml_feed(struct xml *x, const void *bytes, size_t n)
{
	const char *p = bytes;

	while (n > 0 && x->status == XML_OK) {
		size_t piece = n < LIMIT_XML_CHUNK_BYTES ? n : LIMIT_XML_CHUNK_BYTES;

		xmlParseChunk(x->parser, p, (int)piece, 0);
		if (holds_back_too_much(x))
			stop(x, XML_LONG);
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
		if (x->status == XML_OK && x->parser->wellFormed == 0 && x->parser->nsWellFormed != 0)
			x->status = XML_CUT;
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
