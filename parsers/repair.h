/* repair: a damaged document made readable (the pre-pass of FORMATS 3.2 in its order): one encoding, no forbidden bytes, no
 * junk around the root, several documents split, stray brackets and ampersands escaped, tags closed; a document that stops
 * early keeps its whole records. It only rewrites text: libxml2 still does the parsing. Every repair is named.
 * Neighbours: message.c calls it where the strict reading failed, dmarc.c knows which elements there are. */
#ifndef PARSERS_REPAIR_H
#define PARSERS_REPAIR_H
#include "base/buf.h"
#include "schema/reject.h"
#include "schema/report.h"

struct repair {
	struct arena *arena;
	struct slice text;   /* UTF-8 without forbidden characters */
	size_t at;           /* where the next document is looked for */
	struct note *notes;  /* of the text as a whole */
};

struct repaired { /* one document */
	struct slice whole;  /* from <feedback> to </feedback> as it stands, to be tried first; NULL ptr where it has no end */
	size_t begins;
	struct note *notes;
};

/* Decodes `raw`. -1 with `why` where there is nothing like a report in it, or a DOCTYPE. */
int repair_open(struct arena *a, struct slice raw, struct repair *out, struct reject *why);
/* The next document: 1, or 0 where there is no other. */
int repair_next(struct repair *r, struct repaired *out);
/* Rewrites the document into `to`, and says whether its end was there. Its `whole` was tried and did not parse. */
void repair_rewrite(struct repair *r, struct repaired *d, struct buf *to, bool *complete);
#endif
