/* evidence: what one row shows by itself about where it comes from, as facts (verdict.h): whose signatures it bears and how they
 * fared, whose envelope, what the receiver says of it. Pure, as classify.h; the facts of its source, of its policy and of its
 * address are added where these are known.
 * FORMATS 4.2 rules 5 and 6. */
#ifndef SCHEMA_EVIDENCE_H
#define SCHEMA_EVIDENCE_H
#include "schema/classify.h"
#include "schema/verdict.h"

/* The facts of a row that was judged so. */
unsigned evidence_of(struct arena *scratch, const struct suffixes *list, const struct row *row, const struct judgement *j);

/* What carries a row: it passes, the receiver vouches for it (classify_vouched), or neither. */
enum survival evidence_survival(enum split split, bool vouched);
#endif
