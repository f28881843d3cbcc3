/* arena: see arena.h. Chunks double from 4 KiB to 256 KiB; a larger request gets a chunk of its own size. */
#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CHUNK_BYTES = 4096, LARGEST_CHUNK_BYTES = 256 * 1024 };

struct arena_chunk {
	struct arena_chunk *next;
	size_t size_bytes, used_bytes;
	alignas(max_align_t) unsigned char data[];
};

static void __attribute__((noreturn)) no_memory(void)
{
	static const char text[] = "ruad: out of memory\n";

	fwrite(text, 1, sizeof text - 1, stderr);
	abort();
}

static struct arena_chunk *chunk_add(struct arena *a, size_t need)
{
	size_t size = a->head != NULL ? a->head->size_bytes * 2 : FIRST_CHUNK_BYTES;
	struct arena_chunk *c;

	if (size > LARGEST_CHUNK_BYTES)
		size = LARGEST_CHUNK_BYTES;
	if (size < need)
		size = need;
	if (size > SIZE_MAX - sizeof *c || (c = malloc(sizeof *c + size)) == NULL)
		no_memory();
	c->next = a->head;
	c->size_bytes = size;
	c->used_bytes = 0;
	a->head = c;
	a->total_bytes += size;
	return c;
}

static void *take(struct arena *a, size_t bytes)
{
	const size_t align = alignof(max_align_t);
	struct arena_chunk *c = a->head;
	void *p;

	if (bytes > SIZE_MAX / 2)
		no_memory();
	bytes = (bytes + align - 1) & ~(align - 1);
	if (c == NULL || c->size_bytes - c->used_bytes < bytes)
		c = chunk_add(a, bytes);
	p = c->data + c->used_bytes;
	c->used_bytes += bytes;
	return p;
}

void *arena_alloc(struct arena *a, size_t bytes)
{
	return memset(take(a, bytes), 0, bytes);
}

void *arena_array(struct arena *a, size_t n, size_t each)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, each, &bytes))
		no_memory();
	return arena_alloc(a, bytes);
}

char *arena_copy(struct arena *a, const void *from, size_t n)
{
	char *p = take(a, n + 1);

	if (n > 0)
		memcpy(p, from, n);
	p[n] = '\0';
	return p;
}

char *arena_printf(struct arena *a, const char *format, ...)
{
	char shorter[256]; /* most are: then nothing is formatted twice to learn its length */
	va_list ap, again;
	int n;
	char *p;

	va_start(ap, format);
	va_copy(again, ap);
	n = vsnprintf(shorter, sizeof shorter, format, ap);
	va_end(ap);
	if (n < 0)
		no_memory();
	p = take(a, (size_t)n + 1);
	if ((size_t)n < sizeof shorter)
		memcpy(p, shorter, (size_t)n + 1);
	else
		vsnprintf(p, (size_t)n + 1, format, again);
	va_end(again);
	return p;
}

static void chunks_free(struct arena_chunk *c)
{
	while (c != NULL) {
		struct arena_chunk *next = c->next;

		free(c);
		c = next;
	}
}

void arena_clear(struct arena *a)
{
	struct arena_chunk *keep = a->head;

	if (keep == NULL)
		return;
	if (keep->size_bytes > LARGEST_CHUNK_BYTES) {
		arena_release(a);
		return;
	}
	chunks_free(keep->next);
	keep->next = NULL;
	keep->used_bytes = 0;
	a->total_bytes = keep->size_bytes;
}

void arena_release(struct arena *a)
{
	chunks_free(a->head);
	*a = (struct arena){ 0 };
}
