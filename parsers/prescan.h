/* prescan: one pass over a mail's raw bytes before GMime sees them, since GMime builds all headers and parts before anyone
 * can count them (LIBRARIES 2.3: 200,000 parts took 269 MB). It follows header blocks and boundaries as far as a count
 * needs; lines that look like either but are not where they belong have a ceiling of their own, so that a mail that is
 * read differently here than there gains nothing. Neighbours: message.c. */
#ifndef PARSERS_PRESCAN_H
#define PARSERS_PRESCAN_H
#include "schema/reject.h"

/* REJECT_NONE, or which ceiling the mail is over; `detail` then says it in words (static text). */
enum reject_code prescan_mail(struct slice mail, const char **detail);
#endif
