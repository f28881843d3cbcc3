/* channel: see channel.h. */
#include "daemon/channel.h"

#include "schema/limits.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_BYTES = 256 * 1024 };

struct head { /* both ends are one program: its own layout will do */
	uint32_t bytes, kind, message;
};

void channel_init(struct channel *c, int fd)
{
	*c = (struct channel){ .fd = fd };
	buf_init(&c->in, sizeof(struct head) + LIMIT_FRAME_BYTES + READ_BYTES);
	buf_init(&c->out, (size_t)LIMIT_FRAME_BYTES * 2);
}

void channel_release(struct channel *c)
{
	if (c->fd >= 0)
		close(c->fd);
	buf_release(&c->in);
	buf_release(&c->out);
	c->fd = -1;
}

int channel_put(struct channel *c, enum frame_kind kind, uint32_t message, struct slice head, struct slice rest)
{
	struct head h = { 0, kind, message };

	if (head.len + rest.len > LIMIT_FRAME_BYTES ||
	    c->out.len + sizeof h + head.len + rest.len > c->out.ceiling_bytes) /* whole or not at all */
		return -1;
	if (buf_reserve(&c->out, sizeof h + head.len + rest.len) == NULL) { /* no memory: what waits may still go */
		c->out.full = false;
		return -1;
	}
	h.bytes = (uint32_t)(head.len + rest.len);
	buf_add(&c->out, &h, sizeof h);
	buf_add_slice(&c->out, head);
	return buf_add_slice(&c->out, rest);
}

int channel_flush(struct channel *c, bool wait)
{
	while (c->sent < c->out.len) {
		ssize_t n = send(c->fd, c->out.data + c->sent, c->out.len - c->sent,
				 MSG_NOSIGNAL | (wait ? 0 : MSG_DONTWAIT));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			break;
		if (n <= 0)
			return -1;
		c->sent += (size_t)n;
	}
	if (c->sent * 2 >= c->out.len) { /* what is left is moved at most as often as it halves */
		buf_drop(&c->out, c->sent);
		c->sent = 0;
	}
	return 0;
}

int channel_fill(struct channel *c)
{
	char *room;
	ssize_t n;

	buf_drop(&c->in, c->taken);
	c->taken = 0;
	if ((room = buf_reserve(&c->in, READ_BYTES)) == NULL)
		return -1;
	do {
		n = read(c->fd, room, READ_BYTES);
	} while (n < 0 && errno == EINTR);
	c->in.len += n > 0 ? (size_t)n : 0;
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return 0;
	return n > 0 ? 1 : -1;
}

/* 1 the head of a whole frame, 0 not yet whole, -1 garbled. */
static int whole_head(const struct channel *c, struct head *h)
{
	size_t left = c->in.len - c->taken;

	if (left < sizeof *h)
		return 0;
	memcpy(h, c->in.data + c->taken, sizeof *h);
	if (h->bytes > LIMIT_FRAME_BYTES || h->kind == 0 || h->kind >= FRAME_KINDS)
		return -1;
	return left - sizeof *h >= h->bytes;
}

bool channel_waits(const struct channel *c)
{
	struct head h;

	return whole_head(c, &h) != 0;
}

int channel_next(struct channel *c, struct frame *out)
{
	struct head h;
	int rc = whole_head(c, &h);

	if (rc != 1)
		return rc;
	*out = (struct frame){ (enum frame_kind)h.kind, h.message, { c->in.data + c->taken + sizeof h, h.bytes } };
	c->taken += sizeof h + h.bytes;
	return 1;
}
