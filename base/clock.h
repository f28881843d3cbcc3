/* clock: how long something takes. Neighbours: whoever waits or shows progress; the time of day is time(2). */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H
#include <stdint.h>

/* Milliseconds on a clock that only goes forward; only differences mean something. */
int64_t clock_ms(void);
#endif
