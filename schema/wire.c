/* wire: see wire.h. */
#include "schema/wire.h"

#include "base/text.h"
#include "schema/limits.h"

void wire_put_uint(struct buf *out, uint64_t n)
{
	unsigned char bytes[10];
	size_t len = 0;

	do {
		bytes[len++] = (unsigned char)((n & 0x7f) | (n > 0x7f ? 0x80 : 0));
	} while ((n >>= 7) != 0);
	buf_add(out, bytes, len);
}

void wire_put_int(struct buf *out, int64_t n) /* small negatives stay small */
{
	wire_put_uint(out, ((uint64_t)n << 1) ^ (uint64_t)(n >> 63));
}

void wire_put_slice(struct buf *out, struct slice s)
{
	wire_put_uint(out, s.ptr == NULL ? 0 : (uint64_t)s.len + 1);
	buf_add_slice(out, s);
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
