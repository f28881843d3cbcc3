/* xml: a document as events, pushed in pieces. The only libxml2 user (LIBRARIES 2.5: SAX2 push, no DTD, no entity, no
 * network, our own depth guard and a guard against the attribute hang). Neighbours: dmarc.c gives the meaning. */
#ifndef PARSERS_XML_H
#define PARSERS_XML_H
#include "base/slice.h"

#include <stdint.h>

struct xml_handler { /* each returns false to stop the parser (XML_STOPPED); names are local names, as written */
	bool (*start)(void *ctx, struct slice name, struct slice namespace_uri); /* namespace NULL ptr where none */
	bool (*end)(void *ctx);
	bool (*text)(void *ctx, struct slice text); /* in pieces */
};

enum xml_status {
	XML_OK,      /* a whole, well-formed document */
	XML_CUT,     /* well-formed as far as it goes, and it stops early */
	XML_BROKEN,  /* not well-formed: xml_message and xml_line say where */
	XML_DOCTYPE, /* has a document type declaration */
	XML_DEEP,    /* nested deeper than LIMIT_XML_DEPTH */
	XML_LONG,    /* one tag, name or comment longer than LIMIT_XML_UNREAD_BYTES */
	XML_MANY,    /* more distinct names, or attributes of one element, than the limit */
	XML_STOPPED, /* a handler said so */
};

struct xml;

/* Once per process. */
void xml_init(void);

/* "libxml2 2.9.14". */
const char *xml_version(void);

/* NULL where memory is short. `handler` and `ctx` outlive it. */
struct xml *xml_open(const struct xml_handler *handler, void *ctx);
void xml_free(struct xml *x);
/* Takes the next bytes; false once nothing more need be fed. */
bool xml_feed(struct xml *x, const void *bytes, size_t n);
/* No more bytes come: how it went. */
enum xml_status xml_finish(struct xml *x);
/* Of XML_BROKEN: libxml2's sentence, without its newline; lives as long as `x`. */
struct slice xml_message(const struct xml *x);
int64_t xml_line(const struct xml *x);
#endif
