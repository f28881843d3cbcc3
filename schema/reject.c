/* reject: see reject.h. */
#include "schema/reject.h"

#include "schema/wire.h"

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
	[REJECT_NOT_JSON] = { "not-json", "the document is not well-formed JSON" },
	[REJECT_FAILURE_REPORT] = { "failure-report", "a failure report without any of its fields" },
	[REJECT_FOREIGN] = { "foreign-domain", "a report for a domain that is not configured" },
	[REJECT_DIED] = { "parser-died", "the parser died over it, twice" },
	[REJECT_SLOW] = { "too-slow", "the parser took longer than the limit, twice" },
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

void reject_encode(struct buf *out, const struct reject *r)
{
	wire_put_uint(out, r->code);
	wire_put_slice(out, r->file);
	wire_put_slice(out, r->member);
	wire_put_slice(out, r->detail);
	wire_put_int(out, r->line);
}

bool reject_decode(struct slice wire, struct reject *out)
{
	struct wire w = wire_of(NULL, wire);
	struct reject r = { 0 };
	uint64_t code;

	if (!wire_get_uint(&w, &code) || code == REJECT_NONE || code >= REJECT_CODES || !wire_get_slice(&w, &r.file) ||
	    !wire_get_slice(&w, &r.member) || !wire_get_slice(&w, &r.detail) || !wire_get_int(&w, &r.line) || r.line < 0 ||
	    w.at != w.end)
		return false;
	r.code = (enum reject_code)code;
	*out = r;
	return true;
}
