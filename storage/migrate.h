/* migrate: facts of an older ruad brought up to date, one version at a time and only forward. What is derived from them is
 * rebuilt, not migrated. Neighbours: db.c calls it inside a transaction that ends with the new version; schema/migrate. */
#ifndef STORAGE_MIGRATE_H
#define STORAGE_MIGRATE_H
#include "storage/db.h"

/* From the version before `to`, which is at least 2. No statement of the file's kind is prepared yet. */
int migrate_to(struct db *db, int64_t to, struct err *err);
#endif
