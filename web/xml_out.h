/* xml_out: the XML writer, and the only XML escape. What XML 1.0 cannot hold comes out as U+FFFD, direction marks as they stand: the
 * text is never shown but through another escape, or as plain text. Neighbours: report_xml.c. */
#ifndef WEB_XML_OUT_H
#define WEB_XML_OUT_H
#include "base/buf.h"

enum { XML_DEPTH = 12 };

struct xml_out {
	struct buf *out;
	const char *open[XML_DEPTH]; /* names of the elements that are open */
	int depth;
};

/* Begins a document; `comment` (ours, without hyphens one behind the other) stands before the root, or is NULL. */
void xml_out_init(struct xml_out *x, struct buf *out, const char *comment);
/* Names are literals. */
void xml_out_begin(struct xml_out *x, const char *name);
void xml_out_end(struct xml_out *x);
/* An element on a line of its own; nothing where the text has a NULL ptr. */
void xml_out_text(struct xml_out *x, const char *name, struct slice text);
void xml_out_int(struct xml_out *x, const char *name, int64_t n);
#endif
