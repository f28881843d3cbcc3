/* wire: see wire.h. */
#include "schema/wire.h"

#include "base/text.h"
#include "schema/limits.h"

enum { VARINT_BYTES = 10 };

static inline size_t put_varint(char *to, uint64_t n)
{
	size_t len = 0;

	while (n > 0x7f) {
		to[len++] = (char)(n | 0x80);
		n >>= 7;
	}
	to[len++] = (char)n;
	return len;
}

void wire_put_uint(struct buf *out, uint64_t n)
{
	char bytes[VARINT_BYTES];

	buf_add(out, bytes, put_varint(bytes, n));
}

void wire_put_int(struct buf *out, int64_t n) /* small negatives stay small */
{
	wire_put_uint(out, ((uint64_t)n << 1) ^ (uint64_t)(n >> 63));
}

void wire_put_slice(struct buf *out, struct slice s)
{
	char count[VARINT_BYTES];
	size_t n = put_varint(count, s.ptr == NULL ? 0 : (uint64_t)s.len + 1);
	char *to = buf_reserve(out, n + s.len);

	if (to == NULL)
		return;
	memcpy(to, count, n);
	if (s.len > 0)
		memcpy(to + n, s.ptr, s.len);
	out->len += n + s.len;
}

bool wire_get_uint(struct wire *w, uint64_t *out)
{
	uint64_t n = 0;

	for (int shift = 0; shift < 64 && w->at < w->end; shift += 7) {
		unsigned char b = *w->at++;

		if (shift == 63 && b > 1)
			return false;
		n |= (uint64_t)(b & 0x7f) << shift;
		if (b < 0x80) {
			*out = n;
			return true;
		}
	}
	return false;
}

bool wire_get_int(struct wire *w, int64_t *out)
{
	uint64_t n;

	if (!wire_get_uint(w, &n))
		return false;
	*out = (int64_t)(n >> 1) ^ -(int64_t)(n & 1);
	return true;
}

bool wire_get_flag(struct wire *w, bool *out)
{
	uint64_t n;

	if (!wire_get_uint(w, &n) || n > 1)
		return false;
	*out = n == 1;
	return true;
}

bool wire_get_slice(struct wire *w, struct slice *out)
{
	uint64_t n;

	if (!wire_get_uint(w, &n) || n > (uint64_t)(w->end - w->at) + 1)
		return false;
	*out = (struct slice){ 0 };
	if (n == 0)
		return true;
	*out = (struct slice){ (const char *)w->at, (size_t)n - 1 };
	w->at += n - 1;
	return out->len <= LIMIT_XML_TEXT_BYTES && memchr(out->ptr, '\0', out->len) == NULL && text_utf8_valid(*out);
}

bool wire_get_bytes(struct wire *w, void *out, size_t n)
{
	if ((size_t)(w->end - w->at) < n)
		return false;
	memcpy(out, w->at, n);
	w->at += n;
	return true;
}
