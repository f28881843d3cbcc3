/* lookup: see lookup.h. */
#include "schema/lookup.h"

#include "base/text.h"
#include "schema/domain.h"
#include "schema/wire.h"

#include <assert.h>

static const char *const sentences[LOOKUP_RESULTS] = {
	[LOOKUP_FOUND] = "found",
	[LOOKUP_NONE] = "there is none",
	[LOOKUP_TIMEOUT] = "no server answered in time",
	[LOOKUP_UNREACHABLE] = "no server gave an answer",
	[LOOKUP_REFUSED] = "the server refuses to answer",
	[LOOKUP_SERVFAIL] = "the server says that it failed",
	[LOOKUP_GARBLED] = "the answer makes no sense",
	[LOOKUP_OFF] = "look-ups are switched off",
};

const char *lookup_sentence(enum lookup_result r)
{
	assert(r < LOOKUP_RESULTS);
	return sentences[r];
}

static bool get_result(struct wire *w, enum lookup_result *out)
{
	uint64_t n;

	if (!wire_get_uint(w, &n) || n >= LOOKUP_RESULTS)
		return false;
	*out = (enum lookup_result)n;
	return true;
}

/* --- addresses --- */

int address_found_encode(struct buf *out, const struct address_found *f)
{
	buf_add(out, f->addr, sizeof f->addr);
	wire_put_uint(out, f->result);
	wire_put_slice(out, f->name);
	wire_put_uint(out, (uint64_t)f->asn);
	wire_put_slice(out, f->country);
	return out->full ? -1 : 0;
}

static bool is_country(struct slice s)
{
	return s.len == 2 && s.ptr[0] >= 'a' && s.ptr[0] <= 'z' && s.ptr[1] >= 'a' && s.ptr[1] <= 'z';
}

bool address_found_decode(struct slice wire, struct address_found *out)
{
	struct wire w = wire_of(NULL, wire);
	struct address_found f;
	uint64_t asn;

	if (!wire_get_bytes(&w, f.addr, sizeof f.addr) || !get_result(&w, &f.result) || !wire_get_slice(&w, &f.name) ||
	    !wire_get_uint(&w, &asn) || asn > UINT32_MAX || !wire_get_slice(&w, &f.country) || w.at != w.end)
		return false;
	if ((f.result == LOOKUP_FOUND) != (f.name.ptr != NULL) || (f.name.ptr != NULL && !domain_is_name(f.name)) ||
	    (f.country.ptr != NULL && !is_country(f.country)))
		return false;
	f.asn = (int64_t)asn;
	*out = f;
	return true;
}

bool address_wanted_decode(struct slice wire, unsigned char out[16])
{
	if (wire.len != 16)
		return false;
	memcpy(out, wire.ptr, 16);
	return true;
}

/* --- names --- */

int name_found_encode(struct buf *out, const struct name_found *f)
{
	wire_put_slice(out, f->name);
	wire_put_uint(out, f->result);
	for (size_t i = 0; i < f->n; i++) {
		wire_put_uint(out, 1);
		wire_put_slice(out, f->text[i]);
	}
	wire_put_uint(out, 0);
	return out->full ? -1 : 0;
}

/* One line: it is kept with others, a line each. */
static bool is_record(struct slice s)
{
	if (s.ptr == NULL || s.len > LIMIT_DNS_RECORD_BYTES)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (((unsigned char)s.ptr[i] < ' ' && s.ptr[i] != '\t') || s.ptr[i] == 0x7f)
			return false;
	return true;
}

static bool get_records(struct wire *w, struct name_found *f)
{
	bool more;

	while (wire_get_flag(w, &more)) {
		if (!more)
			return true;
		if (f->n == LIMIT_DNS_RECORDS || !wire_get_slice(w, &f->text[f->n]) || !is_record(f->text[f->n]))
			return false;
		f->n++;
	}
	return false;
}

bool name_found_decode(struct slice wire, struct name_found *out)
{
	struct wire w = wire_of(NULL, wire);
	struct name_found f = { 0 };

	if (!wire_get_slice(&w, &f.name) || !domain_is_name(f.name) || !get_result(&w, &f.result) || !get_records(&w, &f) ||
	    w.at != w.end || (f.result == LOOKUP_FOUND) != (f.n > 0))
		return false;
	*out = f;
	return true;
}

bool name_wanted_decode(struct slice wire, struct slice *name)
{
	if (!domain_is_name(wire))
		return false;
	*name = wire;
	return true;
}
