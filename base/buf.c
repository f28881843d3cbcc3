/* buf: see buf.h. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { KEPT_BYTES = 1024 * 1024 };

void buf_init(struct buf *b, size_t ceiling_bytes)
{
	*b = (struct buf){ .ceiling_bytes = ceiling_bytes };
}

void buf_release(struct buf *b)
{
	free(b->data);
	*b = (struct buf){ .ceiling_bytes = b->ceiling_bytes };
}

/* One large piece of work must not stay in memory for all that come after. */
static void empty(struct buf *b)
{
	if (b->room > KEPT_BYTES) {
		free(b->data);
		b->data = NULL;
		b->room = 0;
	}
	b->len = 0;
}

void buf_clear(struct buf *b)
{
	empty(b);
	b->full = false;
}

/* Room for `n` more bytes and a closing NUL that vsnprintf wants. */
static int reserve(struct buf *b, size_t n)
{
	size_t room = b->room > 0 ? b->room : 256;
	char *data;

	if (b->full || n > b->ceiling_bytes || b->len > b->ceiling_bytes - n) {
		b->full = true;
		return -1;
	}
	if (b->len + n < b->room)
		return 0;
	while (room <= b->len + n)
		room *= 2;
	if ((data = realloc(b->data, room)) == NULL) {
		b->full = true;
		return -1;
	}
	b->data = data;
	b->room = room;
	return 0;
}

int buf_add(struct buf *b, const void *from, size_t n)
{
	if (reserve(b, n) != 0)
		return -1;
	if (n > 0)
		memcpy(b->data + b->len, from, n);
	b->len += n;
	return 0;
}

int buf_add_slice(struct buf *b, struct slice s)
{
	return buf_add(b, s.ptr, s.len);
}

int buf_add_text(struct buf *b, const char *s)
{
	return buf_add(b, s, strlen(s));
}

int buf_add_char(struct buf *b, char c)
{
	return buf_add(b, &c, 1);
}

int buf_add_int(struct buf *b, int64_t n)
{
	char digits[24], *p = digits + sizeof digits;
	uint64_t u = n < 0 ? -(uint64_t)n : (uint64_t)n;

	do {
		*--p = (char)('0' + u % 10);
	} while ((u /= 10) != 0);
	if (n < 0)
		*--p = '-';
	return buf_add(b, p, (size_t)(digits + sizeof digits - p));
}

int buf_addf(struct buf *b, const char *format, ...)
{
	va_list ap, again;
	int n;

	va_start(ap, format);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, format, ap);
	va_end(ap);
	if (n < 0 || reserve(b, (size_t)n) != 0) {
		va_end(again);
		b->full = true;
		return -1;
	}
	vsnprintf(b->data + b->len, (size_t)n + 1, format, again);
	va_end(again);
	b->len += (size_t)n;
	return 0;
}

char *buf_reserve(struct buf *b, size_t n)
{
	return reserve(b, n) == 0 ? b->data + b->len : NULL;
}

void buf_drop(struct buf *b, size_t n)
{
	if (n >= b->len) {
		empty(b);
		return;
	}
	memmove(b->data, b->data + n, b->len - n);
	b->len -= n;
}
