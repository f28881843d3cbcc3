/* gate: what happens before anything is answered: who asks is found out, and whoever may not is sent to the sign-in page, or told
 * so. What lies outside of a scope is not there (UX 9). Neighbours: route.c; access.h says who it is, act.h what acts want. */
#ifndef WEB_GATE_H
#define WEB_GATE_H
#include "web/route.h"

/* Fills out->visitor. False where the request goes no further: `out` is the answer then. */
bool gate_passes(const struct site *site, const struct request *request, struct slice path, struct answer *out);
#endif
