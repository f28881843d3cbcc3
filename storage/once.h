/* once: addresses that were seen on one day only in all history, with few messages: what tells likely spoofing from a sender
 * that nobody has named yet (UX 7.3). Read from the ids of months (derive.h), and kept until the data changes.
 * Internal to storage/. Neighbours: scan.c. */
#ifndef STORAGE_ONCE_H
#define STORAGE_ONCE_H
#include "storage/reader.h"

/* A bit for each address up to the last, owned by the reader; all 0 while there are fewer than LIMIT_ONCE_DAYS days with data, for
 * then most are seen once. Inside reader_begin. 0, or -1 with err. */
int once_addresses(struct reader *r, const uint64_t **out, struct err *err);
void once_release(struct once *o);

/* The same of any connection, up to the address `last`; the caller's, to be freed; NULL after a failure. */
int once_read(struct db *db, uint32_t last, uint64_t **out, struct err *err);
#endif
