/* pack: see pack.h. */
#include "storage/pack.h"

#include "schema/report.h"
#include "storage/varint.h"

enum { LONG_REPORT_SECONDS = 26 * 3600 };

void pack_report(struct buf *out, const struct packed_report *r, const struct packed_row *rows)
{
	size_t head, len;
	uint32_t address = 0;
	char *p;

	varint_add(out, r->reporter);
	varint_add(out, r->domain);
	varint_add(out, (uint64_t)r->policy << 1 | r->is_long);
	varint_add(out, r->rows);
	head = out->len;
	if ((p = buf_reserve(out, (size_t)(r->rows * 3 + 1) * VARINT_BYTES)) == NULL)
		return;
	p += VARINT_BYTES; /* the length comes in front */
	for (uint64_t i = 0; i < r->rows; address = rows[i++].address) {
		p = varint_put(p, rows[i].address - address);
		p = varint_put(p, rows[i].profile);
		p = varint_put(p, (uint64_t)rows[i].messages);
	}
	len = (size_t)(p - out->data) - head - VARINT_BYTES;
	varint_add(out, len);
	memmove(out->data + out->len, out->data + head + VARINT_BYTES, len);
	out->len += len;
}

bool pack_is_long(int64_t begin_s, int64_t end_s)
{
	int64_t seconds;

	if (begin_s == REPORT_NO_TIME || end_s == REPORT_NO_TIME)
		return false;
	return __builtin_sub_overflow(end_s, begin_s, &seconds) ? end_s > begin_s : seconds > LONG_REPORT_SECONDS;
}

void pack_reader_init(struct pack_reader *r, struct slice segment, int64_t first)
{
	const unsigned char *at = (const unsigned char *)segment.ptr;

	*r = (struct pack_reader){ .at = at, .end = at + segment.len, .rows_end = at, .id = first };
}

int pack_next_report(struct pack_reader *r, struct packed_report *out)
{
	uint64_t n[6];

	r->at = r->rows_end;
	if (r->at == r->end)
		return 0;
	for (int i = 0; i < 6; i++)
		if (!varint_read(&r->at, r->end, &n[i]))
			return -1;
	if (n[0] > (uint64_t)(INT64_MAX - r->id) || n[1] > UINT32_MAX || n[2] > UINT32_MAX || n[3] >> 1 > UINT32_MAX ||
	    n[5] > (uint64_t)(r->end - r->at))
		return -1;
	r->id += (int64_t)n[0];
	r->rows_left = n[4];
	r->rows_end = r->at + n[5];
	r->address = 0;
	*out = (struct packed_report){ r->id, (uint32_t)n[1], (uint32_t)n[2], (uint32_t)(n[3] >> 1), n[3] & 1, n[4] };
	return 1;
}

int pack_next_row(struct pack_reader *r, struct packed_row *out)
{
	uint64_t address, profile, messages;

	if (r->rows_left == 0)
		return r->at == r->rows_end ? 0 : -1;
	if (!varint_read(&r->at, r->rows_end, &address) || !varint_read(&r->at, r->rows_end, &profile) ||
	    !varint_read(&r->at, r->rows_end, &messages) || address > UINT32_MAX - r->address || profile > UINT32_MAX ||
	    messages > INT64_MAX)
		return -1;
	r->rows_left--;
	r->address += (uint32_t)address;
	*out = (struct packed_row){ r->address, (uint32_t)profile, (int64_t)messages };
	return 1;
}
