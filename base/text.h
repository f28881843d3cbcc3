/* text: what is done with slices: trimming, comparing, numbers, UTF-8, days. Pure; allocates only where an arena is taken.
 * Neighbours: slice.h. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H
#include "base/arena.h"
#include "base/slice.h"

#include <stdint.h>

/* ASCII blanks, case and comparison: the C locale's, whatever the process runs in. */
static inline bool text_is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static inline char text_lower_char(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

struct slice text_trim(struct slice s);
bool text_eq_nocase(struct slice a, struct slice b);
bool text_starts_nocase(struct slice s, struct slice prefix);
bool text_ends(struct slice s, struct slice suffix);
/* The first place of `needle` in `s` without regard to ASCII case, or NULL. */
const char *text_find_nocase(struct slice s, struct slice needle);
/* A copy; absent stays absent. */
struct slice text_copy(struct arena *a, struct slice s);
/* The folder that a path stands in: "." for "a", "/" for "/a". The arena's, or static. */
const char *text_folder(struct arena *a, const char *path);
/* At most the first `most` bytes, and no character cut in two; `s` is UTF-8. */
struct slice text_cut(struct slice s, size_t most);
/* Takes the first line off `s`, without its line feed. */
struct slice text_take_line(struct slice *s);
/* A lower-case copy (ASCII only). */
struct slice text_lower(struct arena *a, struct slice s);
/* Trimmed, inner runs of blanks made one; NULL ptr where nothing is left (INTERFACE, `ruad parse`). */
struct slice text_squeeze(struct arena *a, struct slice s);

/* A whole number, all of the slice, optional sign; false where it is none or overflows. */
bool text_int(struct slice s, int64_t *out);

/* Bytes of the first UTF-8 sequence (1 to 4), 0 where it is invalid, overlong, a surrogate or cut. */
size_t text_utf8_length(struct slice s);
bool text_utf8_valid(struct slice s);
/* The same text with U+FFFD for every byte that is no UTF-8, and for NUL: `s` itself where there is none. */
struct slice text_utf8_clean(struct arena *a, struct slice s);
/* Whether the sequence of `n` bytes is a C1 control or a direction override, which a terminal or page must not obey. */
bool text_is_control(const char *p, size_t n);

/* Days since 1970-01-01 and back (proleptic Gregorian, UTC). */
int64_t text_day_of(int year, int month, int day);
struct civil {
	int year, month, day, weekday; /* weekday 0 = Sunday */
};
struct civil text_civil(int64_t day);
/* The first day of the month behind this day's. */
int64_t text_next_month(int64_t day);
/* "2026-09-15" in a caller's buffer of at least 16 bytes. */
enum { TEXT_DAY_BYTES = 24 };
char *text_day(char out[TEXT_DAY_BYTES], int64_t day);
/* "2026-09-15" to a day; false for anything else, or a day that does not exist. */
bool text_parse_day(struct slice s, int64_t *day);
/* Floor division, for seconds before 1970 too. */
int64_t text_floor_div(int64_t a, int64_t b);
#endif
