/* arena: memory that lives and dies together. One per message (parse), per frame (store), per request (web).
 * Neighbours: everything above. A function that allocates takes a `struct arena *` first. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H
#include <stddef.h>

struct arena_chunk;
struct arena {
	struct arena_chunk *head;
	size_t total_bytes; /* held from the system, for ceilings and reports */
};

/* An empty arena is all zeros; no init is needed. */

/* Zeroed memory of `bytes`, aligned for any type. Never NULL: where the system has no memory left the process ends,
 * and its parent starts it again (HOUSE, three kinds of wrong). */
void *arena_alloc(struct arena *a, size_t bytes) __attribute__((malloc, returns_nonnull, alloc_size(2)));

/* Zeroed memory for `n` items of `each` bytes; a product that overflows ends the process. */
void *arena_array(struct arena *a, size_t n, size_t each) __attribute__((malloc, returns_nonnull));

/* Copies `n` bytes and adds a NUL behind them. */
char *arena_copy(struct arena *a, const void *from, size_t n) __attribute__((returns_nonnull));

/* A formatted, NUL-terminated string. */
char *arena_printf(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3), returns_nonnull));

/* Forgets all that was allocated but keeps one chunk for the next round. */
void arena_clear(struct arena *a);
/* Gives everything back; the arena is empty and usable again. */
void arena_release(struct arena *a);
#endif
