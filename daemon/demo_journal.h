/* demo_journal: what the people of the demo's invented university wrote down in its eight weeks: notes of what changed, a confirmation,
 * and what keeps it from its next step. Neighbours: demo.h has its mail; command_demo.c stores both. */
#ifndef DAEMON_DEMO_JOURNAL_H
#define DAEMON_DEMO_JOURNAL_H
#include "storage/ingest.h"

/* Writes as store_report. */
int demo_journal_fill(struct store *s, int64_t last_day, struct err *err);
#endif
