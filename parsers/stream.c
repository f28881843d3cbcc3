/* stream: see stream.h. */
#include "parsers/stream.h"

static ptrdiff_t memory_read(struct stream *s, unsigned char *to, size_t room)
{
	size_t n = s->memory.len < room ? s->memory.len : room;

	if (n > 0)
		memcpy(to, s->memory.ptr, n);
	s->memory.ptr += n;
	s->memory.len -= n;
	return (ptrdiff_t)n;
}

void stream_of(struct stream *s, struct slice bytes)
{
	*s = (struct stream){ .read = memory_read, .memory = { bytes.ptr != NULL ? bytes.ptr : "", bytes.len } };
}

struct slice stream_peek(struct stream *s, size_t n)
{
	if (s->memory.ptr != NULL)
		return (struct slice){ s->memory.ptr, s->memory.len < n ? s->memory.len : n };
	if (s->head_len - s->head_at < n && s->head_at > 0) {
		memmove(s->head, s->head + s->head_at, s->head_len - s->head_at);
		s->head_len -= s->head_at;
		s->head_at = 0;
	}
	while (s->head_len - s->head_at < n && s->head_len < sizeof s->head) {
		ptrdiff_t got = s->read(s, s->head + s->head_len, sizeof s->head - s->head_len);

		if (got <= 0)
			break;
		s->head_len += (size_t)got;
	}
	return (struct slice){ (const char *)s->head + s->head_at,
			       s->head_len - s->head_at < n ? s->head_len - s->head_at : n };
}

ptrdiff_t stream_read(struct stream *s, unsigned char *to, size_t room)
{
	size_t n = s->head_len - s->head_at < room ? s->head_len - s->head_at : room;

	if (n == 0)
		return s->read(s, to, room);
	memcpy(to, s->head + s->head_at, n);
	s->head_at += n;
	return (ptrdiff_t)n;
}
