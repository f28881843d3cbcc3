/* throttle: how often something was tried in vain, by whom and for whom, so that passwords cannot be guessed, and how often somebody
 * came in. A bounded table in memory: who was quiet longest is forgotten first. Neighbours: act_sign_in.c. */
#ifndef WEB_THROTTLE_H
#define WEB_THROTTLE_H
#include "base/slice.h"

#include <stdint.h>

enum { THROTTLE_KEYS = 4096, THROTTLE_WINDOW_S = 15 * 60 };

struct throttle;

struct throttle *throttle_new(void); /* never NULL */
void throttle_free(struct throttle *t);
/* How many seconds until the key may be tried again: 0 at once, where it failed less than `most` times within the window. */
int throttle_wait(struct throttle *t, struct slice key, int most, int64_t now_s);
/* It was tried in vain, or counts. */
void throttle_failed(struct throttle *t, struct slice key, int64_t now_s);
/* It went well after all: one try less. */
void throttle_undo(struct throttle *t, struct slice key);
#endif
