/* reject: see reject.h. */
#include "schema/reject.h"

#include "base/text.h"

#include <assert.h>

static const struct {
	const char *name, *sentence;
} codes[REJECT_CODES] = {
	[REJECT_NONE] = { "none", "nothing was refused" },
	[REJECT_EMPTY] = { "empty", "the file is empty" },
	[REJECT_NO_REPORT] = { "no-report", "holds no report" },
	[REJECT_TOO_LARGE] = { "too-large", "larger than the limit" },
	[REJECT_TOO_MANY] = { "too-many", "more parts than the limit" },
	[REJECT_TOO_DEEP] = { "too-deep", "nested deeper than the limit" },
	[REJECT_DAMAGED] = { "damaged", "the archive does not unpack" },
	[REJECT_ENCRYPTED] = { "encrypted", "the archive wants a password" },
	[REJECT_DOCTYPE] = { "doctype", "the document has a DOCTYPE, which is always refused" },
	[REJECT_NOT_XML] = { "not-xml", "the document is not well-formed XML" },
	[REJECT_NOT_DMARC] = { "not-dmarc", "the document is XML, but no DMARC aggregate report" },
	[REJECT_TLS_REPORT] = { "tls-report", "an SMTP TLS report (RFC 8460), which is not read yet" },
	[REJECT_FAILURE_REPORT] = { "failure-report", "a failure report (RFC 6591), which is not read yet" },
	[REJECT_FOREIGN] = { "foreign-domain", "a report for a domain that is not configured" },
	[REJECT_BROKEN_FRAME] = { "broken-frame", "the parser's answer was not understood" },
};

const char *reject_name(enum reject_code code)
{
	assert(code < REJECT_CODES);
	return codes[code].name;
}

const char *reject_sentence(enum reject_code code)
{
	assert(code < REJECT_CODES);
	return codes[code].sentence;
}

struct head { /* both ends are one program: its own layout will do */
	uint32_t code, file, member, detail; /* lengths, one more than the bytes; 0 absent */
	int64_t line;
};

static uint32_t counted(struct slice s)
{
	return s.ptr == NULL ? 0 : (uint32_t)s.len + 1;
}

void reject_encode(struct buf *out, const struct reject *r)
{
	const struct head h = { r->code, counted(r->file), counted(r->member), counted(r->detail), r->line };

	buf_add(out, &h, sizeof h);
	buf_add_slice(out, r->file);
	buf_add_slice(out, r->member);
	buf_add_slice(out, r->detail);
}

static bool take(struct slice *wire, uint32_t counted_bytes, struct slice *out)
{
	*out = (struct slice){ 0 };
	if (counted_bytes == 0)
		return true;
	if (counted_bytes - 1 > wire->len)
		return false;
	*out = (struct slice){ wire->ptr, counted_bytes - 1 };
	wire->ptr += out->len;
	wire->len -= out->len;
	return memchr(out->ptr, '\0', out->len) == NULL && text_utf8_valid(*out);
}

bool reject_decode(struct slice wire, struct reject *out)
{
	struct reject r = { 0 };
	struct head h;

	if (wire.len < sizeof h)
		return false;
	memcpy(&h, wire.ptr, sizeof h);
	wire = (struct slice){ wire.ptr + sizeof h, wire.len - sizeof h };
	if (h.code == REJECT_NONE || h.code >= REJECT_CODES || h.line < 0 || !take(&wire, h.file, &r.file) ||
	    !take(&wire, h.member, &r.member) || !take(&wire, h.detail, &r.detail) || wire.len > 0)
		return false;
	r.code = (enum reject_code)h.code;
	r.line = h.line;
	*out = r;
	return true;
}
