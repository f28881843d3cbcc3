/* watch: which names DNS is asked for, because reports of the last 90 days make them matter: of each domain of a policy, and
 * of each From domain and its organisational domain, the domain itself (SPF), "_dmarc." of it, and "_dmarc." of all above it
 * (RFC 9989 4.10); "S._domainkey.D" of each signature by one's own domain; and what records of these names mention: includes of
 * SPF, and the names that let reports go to others. A round over those reports a day, a little at a time, and whatever is new as
 * it comes.
 * Neighbours: ingest_lookup.c keeps the answers; daemon/desk_lookup.c asks. */
#ifndef STORAGE_WATCH_H
#define STORAGE_WATCH_H
#include "storage/ingest.h"

struct watch;

/* With `own` only names under these matter, and they do without any report; without, a signer is one's own where it belongs
 * to the organisation of the From domain. `own` outlives it. */
struct watch *watch_new(const struct slice *own, size_t own_count);
void watch_free(struct watch *w); /* NULL is fine */

/* Goes on by a bounded step, over what is committed: with rows still open it waits; at most LIMIT_DNS_NAMES are found to matter in a round. Names that no longer do are not asked
 * for again, and what is known of them stays. Writes as store_report does. */
int watch_turn(struct watch *w, struct store *s, int64_t now_s, struct err *err);
/* An answer about a name was kept: what its record mentions matters as well. Writes as store_report. */
int watch_found(struct watch *w, struct store *s, struct slice name, struct err *err);
#endif
