/* unpack: takes containers off until documents are left, by their first bytes alone (FORMATS 2.2): gzip and zlib streams
 * (zlib), zip, 7z and tar (the only libarchive user), in each other up to LIMIT_CONTAINER_DEPTH. Everything is streamed and
 * counted against absolute ceilings. Neighbours: message.c above, stream.h. */
#ifndef PARSERS_UNPACK_H
#define PARSERS_UNPACK_H
#include "base/arena.h"
#include "parsers/stream.h"

struct unpack {
	struct arena *arena; /* for the names of members */
	int64_t part_bytes;  /* one document's ceiling */
	int64_t left_bytes;  /* what all documents of this mail may still unpack to */
	/* A document: `member` is its path ("report.zip!a.xml"), NULL ptr at the top. */
	void (*document)(void *ctx, struct stream *s, struct slice member);
	/* A container that could not be opened or read. */
	void (*refused)(void *ctx, enum reject_code code, const char *detail, struct slice member);
	void *ctx;
	int entries; /* of all archives so far; starts at 0 */
};

/* "libarchive 3.6.2 zlib/1.2.13 ...". */
const char *unpack_version(void);

/* Whether bytes begin like a container that is walked into. */
bool unpack_is_container(struct slice head);

/* Walks `s`, calling back once per document or refusal. */
void unpack_walk(struct unpack *u, struct stream *s, struct slice member);
#endif
