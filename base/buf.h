/* buf: a growing buffer that cannot exist without a ceiling (learnt from curl's dynbuf).
 * Overflow is sticky: what does not fit is dropped, and `full` stays set until buf_clear, so a writer may check once at
 * the end. Neighbours: the writers of JSON, CSV, HTML and frames. */
#ifndef BASE_BUF_H
#define BASE_BUF_H
#include "base/slice.h"

#include <stdint.h>

struct buf {
	char *data;
	size_t len, room, ceiling_bytes;
	bool full;
};

void buf_init(struct buf *b, size_t ceiling_bytes);
void buf_release(struct buf *b);
/* Empties it and keeps its memory for the next use, but for more than 1 MB. */
void buf_clear(struct buf *b);

/* Each returns 0, or -1 once the ceiling was met (nothing of this call was added then). */
int buf_add(struct buf *b, const void *from, size_t n);
int buf_add_slice(struct buf *b, struct slice s);
int buf_add_text(struct buf *b, const char *s);
int buf_add_char(struct buf *b, char c);
int buf_add_int(struct buf *b, int64_t n);
int buf_addf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Room for `n` bytes behind the end, to be written there and added to `len` by the caller; NULL at the ceiling. */
char *buf_reserve(struct buf *b, size_t n);

/* Drops the first `n` bytes, or all there are. */
void buf_drop(struct buf *b, size_t n);

static inline struct slice buf_slice(const struct buf *b)
{
	return (struct slice){ b->data != NULL ? b->data : "", b->len };
}
#endif
