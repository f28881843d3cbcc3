/* format: how numbers, days and long text look to a person (UX 5, Numbers and Time), on a page and on a terminal alike.
 * Pure. Neighbours: template.c, text.c and the pages use it; JSON and CSV never do. */
#ifndef WEB_FORMAT_H
#define WEB_FORMAT_H
#include "base/arena.h"
#include "base/buf.h"

enum { FORMAT_SCREEN_CHARS = 200 }; /* longer text from outside is cut on screen, and whole in JSON and CSV */

/* "1,443". */
void format_count(struct buf *out, int64_t n);
/* "17.6%", "0%", "100%", "<0.1%", ">99.9%"; a dash where `whole` is 0. */
void format_share(struct buf *out, int64_t part, int64_t whole);
char *format_count_text(struct arena *a, int64_t n);
char *format_share_text(struct arena *a, int64_t part, int64_t whole);

/* "+12 (+8.3%)", "−5 (−100%)", "±0"; no share where there was nothing before: "+12". */
char *format_change_text(struct arena *a, int64_t now, int64_t then);
/* How much a share moved: "−9.6 pts"; a dash where either is of nothing. */
char *format_points_text(struct arena *a, int64_t now, int64_t now_of, int64_t then, int64_t then_of);

/* "2.1 MB"; "512 bytes". */
char *format_bytes(struct arena *a, int64_t bytes);

/* "Tue 15 Sep 2026"; without the year; "15 Sep". */
char *format_day(struct arena *a, int64_t day);
char *format_day_short(struct arena *a, int64_t day);
char *format_day_month(struct arena *a, int64_t day);
/* "Tue 15 – Thu 17 Sep 2026": what both days share is said once. */
char *format_range(struct arena *a, int64_t first_day, int64_t last_day);
/* "18 Sep 09:12 UTC" from Unix seconds, and "2026-09-18T09:12:00Z". */
char *format_time(struct arena *a, int64_t seconds);
char *format_rfc3339(struct arena *a, int64_t seconds);

/* How many bytes of `s` make up its first `chars` characters. Bytes that are not UTF-8 count as one each. */
size_t format_cut(struct slice s, size_t chars);
/* The code point of one valid UTF-8 sequence of `n` bytes. */
uint32_t format_code_point(const char *p, size_t n);
#endif
