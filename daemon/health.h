/* health: the board as the web role shows it: which slot is which part, in words of people.
 * Neighbours: board.h holds what each process said; web/health.h is what becomes of it; role_web.c hands it on. */
#ifndef DAEMON_HEALTH_H
#define DAEMON_HEALTH_H
#include "base/arena.h"
#include "daemon/board.h"
#include "web/health.h"

/* Adds a part for each slot that somebody has, and one for the parsers, of which the store tells. Text is the arena's. */
void health_of_board(const struct board *b, struct arena *a, struct health *out);
#endif
