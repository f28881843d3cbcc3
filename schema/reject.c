/* reject: see reject.h. */
#include "schema/reject.h"

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
