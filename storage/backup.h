/* backup: a copy of the database and of the raw file beside it, while others read and write. Neighbours: db.c copies. */
#ifndef STORAGE_BACKUP_H
#define STORAGE_BACKUP_H
#include "base/err.h"

/* Copies the database at `path` to `to` and `to`.raw: each as of one moment, the raw bytes as of a later one, so that all
 * that the copy names is in it. Neither may be there (ERR_USE); they appear only when both are whole and on the disk. */
int backup_make(const char *path, const char *to, struct err *err);
#endif
