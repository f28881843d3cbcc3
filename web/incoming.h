/* incoming: what became of what came in, in words (UX 7.8). Neighbours: page_ingest.c lists it, page_mail.c has one. */
#ifndef WEB_INCOMING_H
#define WEB_INCOMING_H
#include "web/sheet.h"

/* Its subject, else its file or place; of what was sent to the pages the file alone, without the key before it. */
struct slice incoming_name(const struct incoming *m);
/* As it is today: "read", "duplicate", "tls_report", "partly_read", "not_read", "read_later", "set_aside". */
const char *incoming_outcome(const struct incoming *m);
/* The same for people: "Read", "Duplicate: was here before", ... */
const char *incoming_words(const struct incoming *m);
/* "m12" of a mail, "r5" of a refusal that came in none; NULL ptr of a report that came in none. */
struct slice incoming_id(struct arena *a, const struct incoming *m);
/* Its page: of that id, or the report's. */
struct slice incoming_href(struct page *p, const struct incoming *m);
/* The kind and number of such an id; false for what is none. */
bool incoming_of(struct slice id, enum incoming_kind *kind, int64_t *number);
/* What a refusal says: "too large: over 64 MB unpacked"; where in it: "part2(a.xml), line 3" or NULL ptr. */
struct slice incoming_detail(struct arena *a, const struct reject_line *r);
struct slice incoming_where(struct arena *a, const struct reject_line *r);
/* The buttons and links of a refusal; and of a mail. */
void incoming_actions(struct page *p, struct value *row, const struct reject_line *r);
void incoming_download(struct page *p, struct value *row, const struct incoming *m);
/* Where its bytes are, as received; NULL ptr where they are not to be had. */
struct slice incoming_bytes(struct page *p, const struct incoming *m);
#endif
