/* wire: the pieces that frames between processes are made of: varints and counted strings. Writers append to a buf (its
 * `full` says whether all fitted); readers return false at the first thing that is not right and never leave the wire.
 * A string's count is one more than its length; 0 is absent. Neighbours: report.c, tls_report.c, failure_report.c, reject.c. */
#ifndef SCHEMA_WIRE_H
#define SCHEMA_WIRE_H
#include "base/arena.h"
#include "base/buf.h"

#include <stdint.h>

void wire_put_uint(struct buf *out, uint64_t n);
void wire_put_int(struct buf *out, int64_t n);
void wire_put_slice(struct buf *out, struct slice s);

struct wire {
	const unsigned char *at, *end;
	struct arena *arena;
};

static inline struct wire wire_of(struct arena *a, struct slice bytes)
{
	return (struct wire){ (const unsigned char *)bytes.ptr, (const unsigned char *)bytes.ptr + bytes.len, a };
}

bool wire_get_uint(struct wire *w, uint64_t *out);
bool wire_get_int(struct wire *w, int64_t *out);
/* A varint that is 0 or 1: whether another item of a list follows. */
bool wire_get_flag(struct wire *w, bool *out);
/* Text of at most LIMIT_XML_TEXT_BYTES, UTF-8 without NUL; points into the wire. */
bool wire_get_slice(struct wire *w, struct slice *out);
bool wire_get_bytes(struct wire *w, void *out, size_t n);
#endif
