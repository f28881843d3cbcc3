/* xml_lines: a document as numbered lines, and where its records lie (UX 7.7). It finds tags and nothing more: what it marks is a
 * help to the eye, and decides nothing. Pure. Neighbours: act_source.c. */
#ifndef WEB_XML_LINES_H
#define WEB_XML_LINES_H
#include "storage/query.h"

enum { XML_LINE_CHARS = 200 /* longer ones go on in further lines without a number, broken between tags where that can be */ };

struct xml_line {
	struct slice text;
	int64_t number; /* from 1; 0: goes on with the line before */
};
/* Takes the next piece off `rest`; `*number` is that of the last line, 0 at first. False at the end. */
bool xml_next_line(struct slice *rest, int64_t *number, bool *goes_on, struct xml_line *out);

struct xml_record {
	struct slice text; /* from <record> to </record> */
	int64_t first, last; /* its lines */
};
/* The next record behind *at (0 at first), which moves on; `*line` is the number of the line at *at (1 at first). */
bool xml_next_record(struct slice document, size_t *at, int64_t *line, struct xml_record *out);
/* The text of the first element of that name (whatever its prefix) which holds text alone, trimmed; NULL ptr where there is none. */
struct slice xml_field(struct slice text, const char *name);
/* Whether a record is what a row was read from: address, From domain and what was evaluated. */
bool xml_is_row(struct arena *scratch, const struct xml_record *x, const struct record *r);
#endif
