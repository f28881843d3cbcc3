/* dmarc: see dmarc.h. The grammar is a table: in each scope, which elements are known, and whether one opens a scope of
 * its own or is a leaf whose text lands in a field. What the table does not know is skipped whole, and named. */
#include "parsers/dmarc.h"

#include "base/text.h"
#include "parsers/xml.h"
#include "schema/limits.h"
#include "schema/source_rule.h"

#include <nettle/sha2.h>
#include <stddef.h>
#include <stdio.h>
#include <time.h>

enum scope {
	IN_DOCUMENT, /* anywhere outside of feedback */
	IN_FEEDBACK,
	IN_METADATA,
	IN_DATE_RANGE,
	IN_POLICY,
	IN_RECORD,
	IN_ROW,
	IN_EVALUATED,
	IN_REASON,
	IN_IDENTIFIERS,
	IN_AUTH_RESULTS,
	IN_DKIM,
	IN_SPF,
	IN_EXTENSION, /* RFC 9990's place for others' elements: skipped too, but these are named */
	IN_LEAF,    /* its text is wanted, elements in it are not */
	IN_UNKNOWN, /* skipped with all that is in it */
	SCOPES
};

enum target { NOWHERE, OF_REPORT, OF_ROW, OF_RECORD, OF_REASON, OF_AUTH, AS_BEGIN, AS_END, AS_PCT, AS_COUNT, AS_ERROR };

struct element {
	struct slice name; /* lower case; a NULL ptr ends a scope's list */
	enum scope opens; /* IN_LEAF: see the rest */
	enum target target;
	size_t offset;    /* of the slice in its struct */
	bool is_word;     /* an enumeration: lower-cased */
};

#define SLICE_INIT(literal) { "" literal, sizeof(literal) - 1 }
#define LEAF(name, to, type, field) { SLICE_INIT(name), IN_LEAF, to, offsetof(struct type, field), false }
#define WORD(name, to, type, field) { SLICE_INIT(name), IN_LEAF, to, offsetof(struct type, field), true }
#define VALUE(name, as) { SLICE_INIT(name), IN_LEAF, as, 0, false }
#define OPENS(name, scope) { SLICE_INIT(name), scope, NOWHERE, 0, false }
#define END { { 0 }, IN_UNKNOWN, NOWHERE, 0, false }

static const struct element in_document[] = { OPENS("feedback", IN_FEEDBACK), END };
static const struct element in_feedback[] = {
	OPENS("record", IN_RECORD),
	OPENS("report_metadata", IN_METADATA),
	OPENS("policy_published", IN_POLICY),
	OPENS("date_range", IN_DATE_RANGE), /* where it does not belong, but was seen */
	LEAF("version", OF_REPORT, report, version),
	END,
};
static const struct element in_metadata[] = {
	LEAF("org_name", OF_REPORT, report, org_name),
	LEAF("email", OF_REPORT, report, email),
	LEAF("extra_contact_info", OF_REPORT, report, extra_contact_info),
	LEAF("report_id", OF_REPORT, report, report_id),
	LEAF("generator", OF_REPORT, report, generator),
	OPENS("date_range", IN_DATE_RANGE),
	VALUE("error", AS_ERROR),
	END,
};
static const struct element in_date_range[] = { VALUE("begin", AS_BEGIN), VALUE("end", AS_END), END };
static const struct element in_policy[] = {
	LEAF("domain", OF_REPORT, report, domain),
	WORD("p", OF_REPORT, report, p),
	WORD("sp", OF_REPORT, report, sp),
	WORD("np", OF_REPORT, report, np),
	WORD("adkim", OF_REPORT, report, adkim),
	WORD("aspf", OF_REPORT, report, aspf),
	VALUE("pct", AS_PCT),
	LEAF("fo", OF_REPORT, report, fo),
	WORD("testing", OF_REPORT, report, testing),
	WORD("discovery_method", OF_REPORT, report, discovery_method),
	END,
};
static const struct element in_record[] = {
	OPENS("row", IN_ROW),
	OPENS("identifiers", IN_IDENTIFIERS),
	OPENS("identities", IN_IDENTIFIERS), /* some reporters' own word (FORMATS 3.3) */
	OPENS("auth_results", IN_AUTH_RESULTS),
	LEAF("source_ip", OF_ROW, row, source_ip), /* where <row> is missing, its fields stand here */
	VALUE("count", AS_COUNT),
	OPENS("policy_evaluated", IN_EVALUATED),
	END,
};
static const struct element in_row[] = {
	LEAF("source_ip", OF_ROW, row, source_ip),
	VALUE("count", AS_COUNT),
	OPENS("policy_evaluated", IN_EVALUATED),
	END,
};
static const struct element in_evaluated[] = {
	WORD("disposition", OF_ROW, row, disposition),
	WORD("dkim", OF_ROW, row, dkim),
	WORD("spf", OF_ROW, row, spf),
	OPENS("reason", IN_REASON),
	END,
};
static const struct element in_reason[] = {
	WORD("type", OF_REASON, reason, type),
	LEAF("comment", OF_REASON, reason, comment),
	END,
};
static const struct element in_identifiers[] = {
	LEAF("header_from", OF_RECORD, row, header_from),
	LEAF("envelope_from", OF_RECORD, row, envelope_from),
	LEAF("envelope_to", OF_RECORD, row, envelope_to),
	END,
};
static const struct element in_auth_results[] = { OPENS("dkim", IN_DKIM), OPENS("spf", IN_SPF), END };
static const struct element in_dkim[] = {
	LEAF("domain", OF_AUTH, auth, domain),
	LEAF("selector", OF_AUTH, auth, selector),
	WORD("result", OF_AUTH, auth, result),
	LEAF("human_result", OF_AUTH, auth, human_result),
	END,
};
static const struct element in_spf[] = {
	LEAF("domain", OF_AUTH, auth, domain),
	WORD("scope", OF_AUTH, auth, scope),
	WORD("result", OF_AUTH, auth, result),
	LEAF("human_result", OF_AUTH, auth, human_result),
	END,
};
static const struct element nothing[] = { END };

static const struct element *const grammar[SCOPES] = {
	[IN_DOCUMENT] = in_document,	 [IN_FEEDBACK] = in_feedback,	    [IN_METADATA] = in_metadata,
	[IN_DATE_RANGE] = in_date_range, [IN_POLICY] = in_policy,	    [IN_RECORD] = in_record,
	[IN_ROW] = in_row,		 [IN_EVALUATED] = in_evaluated,	    [IN_REASON] = in_reason,
	[IN_IDENTIFIERS] = in_identifiers, [IN_AUTH_RESULTS] = in_auth_results, [IN_DKIM] = in_dkim,
	[IN_SPF] = in_spf,		 [IN_EXTENSION] = nothing,	    [IN_LEAF] = nothing,
	[IN_UNKNOWN] = nothing,
};

struct reading {
	struct arena *arena;
	struct report report;
	struct row **rows_end;     /* where the next finished row is hung */
	struct row *record_rows, **record_rows_end; /* of the open record */
	struct row *row;           /* the open row, or where the record's first will be */
	struct row shared;         /* the record's identifiers and results */
	struct auth **dkim_end, **spf_end;
	struct reason **reasons_end;
	struct reason reason;
	struct auth auth;
	int reasons, dkims, spfs;
	int64_t row_limit;
	enum scope scope[LIMIT_XML_DEPTH + 1];
	int depth;
	int64_t rows_opened, results, unknown;
	const struct element *leaf; /* the open leaf */
	struct buf text;
	bool has_feedback, has_metadata, has_policy, has_count; /* seen already: the first counts */
	enum reject_code refused;
	const char *detail;
	struct slice recent[64]; /* values just seen: a report repeats itself row after row */
};

static bool refuse(struct reading *r, enum reject_code code, const char *detail)
{
	r->refused = code;
	r->detail = detail;
	return false;
}

/* --- values --- */

bool dmarc_whole(struct slice s, int64_t *out)
{
	size_t n = 0, i = s.len > 0 && s.ptr[0] == '+' ? 1 : 0, first = i;

	while (i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9')
		i++;
	n = i - first;
	if (n == 0 || n > 18)
		return false;
	if (i < s.len && s.ptr[i] == '.')
		for (i++; i < s.len && s.ptr[i] == '0';)
			i++;
	if (i < s.len && s.ptr[i] == '%')
		i++;
	return i == s.len && text_int((struct slice){ s.ptr + first, n }, out);
}

static bool calendar_time(const char *text, int64_t *seconds)
{
	static const char *const formats[] = { "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M",
					       "%Y-%m-%d", "%m/%d/%Y %H:%M:%S", "%a, %d %b %Y %H:%M:%S" };

	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
		struct tm tm = { 0 };
		const char *rest = strptime(text, formats[i], &tm);
		int hours = 0, minutes = 0;
		char sign = '+';

		if (rest == NULL)
			continue;
		if (*rest == '.')
			rest += 1 + strspn(rest + 1, "0123456789");
		rest += strspn(rest, " ");
		if (*rest != '\0' && strcmp(rest, "Z") != 0 && strcmp(rest, "GMT") != 0 && strcmp(rest, "UTC") != 0 &&
		    sscanf(rest, "%c%2d:%2d", &sign, &hours, &minutes) != 3 &&
		    sscanf(rest, "%c%2d%2d", &sign, &hours, &minutes) != 3)
			continue;
		if (sign != '+' && sign != '-')
			continue;
		*seconds = (int64_t)timegm(&tm) - (sign == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
		return true;
	}
	return false;
}

static bool is_digits(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] < '0' || s.ptr[i] > '9')
			return false;
	return true;
}

bool dmarc_time(struct slice s, int64_t *seconds, const char **odd)
{
	const char *dot = s.len > 0 ? memchr(s.ptr, '.', s.len) : NULL;
	struct slice whole = { s.ptr, dot != NULL ? (size_t)(dot - s.ptr) : s.len };
	char copy[64];

	if ((dot == NULL || is_digits((struct slice){ dot + 1, s.len - whole.len - 1 })) && text_int(whole, seconds)) {
		if (*seconds >= 100000000000 || *seconds <= -100000000000) {
			*seconds = text_floor_div(*seconds, 1000);
			*odd = "in milliseconds";
		}
		return true;
	}
	if (s.len >= sizeof copy)
		return false;
	memcpy(copy, s.ptr, s.len);
	copy[s.len] = '\0';
	if (!calendar_time(copy, seconds))
		return false;
	*odd = "a calendar date";
	return true;
}

/* Where a value is looked for among the recent ones: a guess, then compared in full. */
static unsigned place_of(struct slice s)
{
	const unsigned char *p = (const unsigned char *)s.ptr;

	return (unsigned)s.len * 5 + p[0] * 3u + p[s.len / 2] * 7u + p[s.len - 1] * 11u;
}

/* In place: inner runs of blanks made one blank, a word lower-cased. The new length. */
static size_t squeeze(char *p, size_t len, bool is_word)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		char c = p[i];

		if (c > ' ')
			p[n++] = is_word ? text_lower_char(c) : c;
		else if (c < 0 || !text_is_blank(c))
			p[n++] = c;
		else if (p[n - 1] != ' ')
			p[n++] = ' ';
	}
	return n;
}

/* The squeezed text of the open element, as the arena's; equal values that follow each other share one copy. */
static struct slice take_text(struct reading *r, bool is_word)
{
	struct slice s = text_trim(buf_slice(&r->text)), *recent;

	if (s.len == 0)
		return (struct slice){ 0 };
	s.len = squeeze((char *)s.ptr, s.len, is_word);
	recent = &r->recent[place_of(s) % (sizeof r->recent / sizeof *r->recent)];
	if (!slice_eq(*recent, s))
		*recent = (struct slice){ arena_copy(r->arena, s.ptr, s.len), s.len };
	return *recent;
}

static void take_time(struct reading *r, const char *name, int64_t *field)
{
	struct slice s = take_text(r, false);
	const char *odd = NULL;

	if (s.ptr == NULL || *field != REPORT_NO_TIME)
		return;
	if (!dmarc_time(s, field, &odd)) {
		*field = REPORT_NO_TIME;
		note_addf(r->arena, &r->report.warnings, "%s is no time: %.40s", name, s.ptr);
	} else if (odd != NULL) {
		note_addf(r->arena, &r->report.warnings, "%s is %s", name, odd);
	}
}

static void take_count(struct reading *r)
{
	struct slice s = take_text(r, false);

	if (r->has_count || s.ptr == NULL) /* the first that holds anything */
		return;
	r->has_count = true;
	if (!dmarc_whole(s, &r->row->count)) {
		r->row->count = 0;
		note_addf(r->arena, &r->report.warnings, "count is no number: %.40s", s.ptr);
	} else if (r->row->count > LIMIT_COUNT) {
		note_addf(r->arena, &r->report.warnings, "count over %d is stored as that: %.40s", LIMIT_COUNT, s.ptr);
	}
}

static void take_pct(struct reading *r)
{
	struct slice s = take_text(r, false);

	if (s.ptr != NULL && r->report.pct == REPORT_NO_PCT && !dmarc_whole(s, &r->report.pct)) {
		r->report.pct = REPORT_NO_PCT;
		note_addf(r->arena, &r->report.warnings, "pct is no number: %.40s", s.ptr);
	}
}

static void take_leaf(struct reading *r)
{
	char *base = r->leaf->target == OF_REPORT ? (char *)&r->report :
		     r->leaf->target == OF_ROW	  ? (char *)r->row :
		     r->leaf->target == OF_RECORD ? (char *)&r->shared :
		     r->leaf->target == OF_REASON ? (char *)&r->reason :
						    (char *)&r->auth;
	struct slice *field = (struct slice *)(void *)(base + r->leaf->offset);

	if (field->ptr == NULL) /* the first that holds anything */
		*field = take_text(r, r->leaf->is_word);
}

static void take(struct reading *r)
{
	struct slice s;

	switch (r->leaf->target) {
	case AS_BEGIN:
		take_time(r, "begin", &r->report.begin);
		break;
	case AS_END:
		take_time(r, "end", &r->report.end);
		break;
	case AS_PCT:
		take_pct(r);
		break;
	case AS_COUNT:
		take_count(r);
		break;
	case AS_ERROR:
		if ((s = take_text(r, false)).ptr != NULL)
			note_add(r->arena, &r->report.errors, s);
		break;
	default:
		take_leaf(r);
	}
}

/* --- elements --- */

static void open_row(struct reading *r)
{
	r->row = arena_alloc(r->arena, sizeof *r->row);
	*r->record_rows_end = r->row;
	r->record_rows_end = &r->row->next;
	r->reasons_end = &r->row->reasons;
	r->reasons = 0;
	r->has_count = false;
	r->rows_opened++;
}

static void open_record(struct reading *r)
{
	r->record_rows = NULL;
	r->record_rows_end = &r->record_rows;
	r->shared = (struct row){ 0 };
	r->dkim_end = &r->shared.dkim_auth;
	r->spf_end = &r->shared.spf_auth;
	r->dkims = r->spfs = 0;
}

/* A second report_metadata or policy_published is skipped: the first counts (FORMATS 3.3). */
static enum scope first_only(struct reading *r, bool *seen, enum scope scope, const char *name)
{
	if (!*seen) {
		*seen = true;
		return scope;
	}
	note_addf(r->arena, &r->report.warnings, "more than one %s", name);
	return IN_UNKNOWN;
}

static enum scope open_scope(struct reading *r, enum scope scope, struct slice uri)
{
	switch (scope) {
	case IN_FEEDBACK:
		if (uri.ptr != NULL && uri.len <= LIMIT_LABEL_BYTES && r->report.namespace_uri.ptr == NULL)
			r->report.namespace_uri = (struct slice){ arena_copy(r->arena, uri.ptr, uri.len), uri.len };
		return first_only(r, &r->has_feedback, scope, "feedback");
	case IN_METADATA:
		return first_only(r, &r->has_metadata, scope, "report_metadata");
	case IN_POLICY:
		return first_only(r, &r->has_policy, scope, "policy_published");
	case IN_RECORD:
		open_record(r);
		break;
	case IN_ROW:
		open_row(r);
		break;
	case IN_REASON:
		r->reason = (struct reason){ 0 };
		break;
	case IN_DKIM:
	case IN_SPF:
		r->auth = (struct auth){ 0 };
		break;
	default:
		break;
	}
	return scope;
}

/* Lower case is what nearly everybody writes. */
static inline bool is_name(struct slice known_name, struct slice name)
{
	return known_name.len == name.len && text_lower_char(*name.ptr) == *known_name.ptr &&
	       (memcmp(known_name.ptr, name.ptr, name.len) == 0 || text_eq_nocase(known_name, name));
}

static const struct element *known(enum scope scope, struct slice name)
{
	const struct element *e = grammar[scope];

	while (e->name.ptr != NULL && !is_name(e->name, name))
		e++;
	return e;
}

bool dmarc_is_known(struct slice name)
{
	for (int scope = 0; scope < SCOPES; scope++)
		if (known((enum scope)scope, name)->name.ptr != NULL)
			return true;
	return false;
}

bool dmarc_is_leaf(struct slice name)
{
	for (int scope = 0; scope < SCOPES; scope++) {
		const struct element *e = known((enum scope)scope, name);

		if (e->name.ptr != NULL && e->opens != IN_LEAF)
			return false;
	}
	return dmarc_is_known(name);
}

static bool is_of_row(const struct element *e)
{
	return e->target == OF_ROW || e->target == AS_COUNT || e->opens == IN_EVALUATED;
}

/* An extension's element, which may be called like one of ours (RFC 9990 5): in a namespace that is not the root's. */
static bool is_foreign(const struct reading *r, struct slice uri)
{
	return uri.ptr != NULL && r->has_feedback && !slice_eq(uri, r->report.namespace_uri) &&
	       text_find_nocase(uri, SLICE("dmarc")) == NULL;
}

static void name_unknown(struct reading *r, struct slice name, struct slice uri)
{
	char text[512];

	if (name.len > 200 || uri.len > 200)
		return;
	snprintf(text, sizeof text, "{%.*s}%.*s", (int)uri.len, uri.ptr != NULL ? uri.ptr : "", (int)name.len, name.ptr);
	note_add(r->arena, &r->report.extensions, slice_of(text));
}

static bool on_start(void *ctx, struct slice name, struct slice uri)
{
	struct reading *r = ctx;
	enum scope outer = r->scope[r->depth], scope;
	const struct element *e = is_foreign(r, uri) ? nothing : known(outer, name);

	if (outer != IN_LEAF && outer != IN_REASON)
		buf_clear(&r->text);
	if (e->name.ptr == NULL) { /* wrappers around feedback are walked through, all else unknown is skipped */
		if (++r->unknown > LIMIT_UNKNOWN)
			return refuse(r, REJECT_TOO_MANY, "more elements that no schema has than the limit");
		scope = outer == IN_DOCUMENT ? IN_DOCUMENT : IN_UNKNOWN;
		if (outer != IN_DOCUMENT && outer != IN_UNKNOWN && outer != IN_LEAF)
			name_unknown(r, name, uri);
		if (outer == IN_FEEDBACK && slice_is(name, "extension"))
			scope = IN_EXTENSION;
	} else {
		if (outer == IN_RECORD && r->record_rows == NULL && is_of_row(e))
			open_row(r);
		scope = open_scope(r, e->opens, uri);
		if (scope == IN_LEAF) {
			r->leaf = e;
			buf_clear(&r->text);
		}
	}
	r->scope[++r->depth] = scope;
	if (r->rows_opened > r->row_limit)
		return refuse(r, REJECT_TOO_MANY, "more rows than the limit");
	return r->results <= LIMIT_RESULTS || refuse(r, REJECT_TOO_MANY, "more signatures and reasons than the limit");
}

static void close_reason(struct reading *r)
{
	if (r->reason.type.ptr == NULL && r->reason.comment.ptr == NULL)
		r->reason.comment = take_text(r, false); /* bare text in <reason> */
	if (r->reason.type.ptr == NULL && r->reason.comment.ptr == NULL) {
		note_add(r->arena, &r->report.warnings, SLICE("empty reason"));
		return;
	}
	if (r->reasons++ >= LIMIT_REASONS_PER_ROW) {
		note_add(r->arena, &r->report.warnings, SLICE("more reasons in a row than the limit: the rest is left out"));
		return;
	}
	r->results++;
	*r->reasons_end = arena_alloc(r->arena, sizeof **r->reasons_end);
	**r->reasons_end = r->reason;
	r->reasons_end = &(*r->reasons_end)->next;
}

static void close_auth(struct reading *r, struct auth ***end, int *n)
{
	if ((*n)++ >= LIMIT_AUTH_PER_ROW) {
		note_add(r->arena, &r->report.warnings, SLICE("more results in a row than the limit: the rest is left out"));
		return;
	}
	r->results++;
	**end = arena_alloc(r->arena, sizeof ***end);
	***end = r->auth;
	*end = &(**end)->next;
}

static void warn_of_row(struct reading *r, const struct row *row)
{
	unsigned char address[16];

	if (row->source_ip.ptr == NULL)
		note_add(r->arena, &r->report.warnings, SLICE("source_ip missing"));
	else if (!address_parse(row->source_ip, address))
		note_addf(r->arena, &r->report.warnings, "source_ip is no address: %.40s", row->source_ip.ptr);
	if (row->header_from.ptr == NULL)
		note_add(r->arena, &r->report.warnings, SLICE("header_from missing"));
}

/* The whole record has been there: its rows count now. */
static void close_record(struct reading *r)
{
	if (r->record_rows == NULL) {
		note_add(r->arena, &r->report.warnings, SLICE("record without row"));
		open_row(r);
	}
	for (struct row *row = r->record_rows; row != NULL; row = row->next) {
		r->report.row_count++;
		row->header_from = r->shared.header_from;
		row->envelope_from = r->shared.envelope_from;
		row->envelope_to = r->shared.envelope_to;
		row->dkim_auth = r->shared.dkim_auth;
		row->spf_auth = r->shared.spf_auth;
		warn_of_row(r, row);
	}
	*r->rows_end = r->record_rows;
	r->rows_end = r->record_rows_end;
}

static bool on_end(void *ctx)
{
	struct reading *r = ctx;

	switch (r->scope[r->depth--]) {
	case IN_LEAF:
		take(r);
		buf_clear(&r->text);
		break;
	case IN_REASON:
		close_reason(r);
		break;
	case IN_DKIM:
		close_auth(r, &r->dkim_end, &r->dkims);
		break;
	case IN_SPF:
		close_auth(r, &r->spf_end, &r->spfs);
		break;
	case IN_ROW:
		if (!r->has_count)
			note_add(r->arena, &r->report.warnings, SLICE("count missing"));
		break;
	case IN_RECORD:
		close_record(r);
		break;
	default:
		break;
	}
	return true;
}

static bool on_text(void *ctx, struct slice text)
{
	struct reading *r = ctx;
	enum scope scope = r->scope[r->depth];

	if (scope != IN_LEAF && scope != IN_REASON)
		return true;
	if (buf_add_slice(&r->text, text) != 0)
		return refuse(r, REJECT_TOO_LARGE, "the text of one element is longer than the limit");
	return true;
}

static const struct xml_handler handler = { on_start, on_end, on_text };

/* --- the document --- */

/* Hashed without CRs: the same report by mail with either line end is the same report. */
static void hash_update(struct sha256_ctx *hash, const unsigned char *p, size_t n)
{
	while (n > 0) {
		const unsigned char *cr = memchr(p, '\r', n);
		size_t run = cr != NULL ? (size_t)(cr - p) : n;

		sha256_update(hash, run, p);
		run += cr != NULL;
		p += run;
		n -= run;
	}
}

static void hash_end(struct sha256_ctx *hash, unsigned char out[REPORT_HASH_BYTES])
{
	unsigned char digest[SHA256_DIGEST_SIZE];

	sha256_digest(hash, sizeof digest, digest);
	memcpy(out, digest, REPORT_HASH_BYTES);
}

void dmarc_hash(struct slice document, unsigned char out[REPORT_HASH_BYTES])
{
	struct sha256_ctx hash;

	sha256_init(&hash);
	hash_update(&hash, (const unsigned char *)document.ptr, document.len);
	hash_end(&hash, out);
}

static enum xml_status feed(struct xml *x, struct stream *s, struct sha256_ctx *hash, struct buf *held)
{
	unsigned char piece[LIMIT_XML_CHUNK_BYTES];
	bool more = true;
	ptrdiff_t n;

	/* A document that broke off is read on for the one who may mend it. */
	while ((more || (held != NULL && !held->full)) && (n = stream_read(s, piece, sizeof piece)) > 0) {
		hash_update(hash, piece, (size_t)n);
		if (held != NULL)
			buf_add(held, piece, (size_t)n);
		more = more && xml_feed(x, piece, (size_t)n);
	}
	return xml_finish(x);
}

static void check_head(struct reading *r)
{
	struct report *p = &r->report;

	if (p->org_name.ptr == NULL)
		note_add(r->arena, &p->warnings, SLICE("org_name missing"));
	if (p->report_id.ptr == NULL)
		note_add(r->arena, &p->warnings, SLICE("report_id missing"));
	if (p->domain.ptr == NULL)
		note_add(r->arena, &p->warnings, SLICE("policy domain missing"));
	if (p->begin == REPORT_NO_TIME)
		note_add(r->arena, &p->warnings, SLICE("begin missing"));
	if (p->end == REPORT_NO_TIME)
		note_add(r->arena, &p->warnings, SLICE("end missing"));
	else if (p->begin != REPORT_NO_TIME && p->end < p->begin)
		note_add(r->arena, &p->warnings, SLICE("end before begin"));
	else if (p->begin != REPORT_NO_TIME && p->end - p->begin > 26 * 3600)
		note_addf(r->arena, &p->warnings, "covers more than a day (%lld s)", (long long)(p->end - p->begin));
	if (p->row_count == 0)
		note_add(r->arena, &p->warnings, SLICE("no record"));
}

static int reject(struct arena *a, struct reject *why, enum reject_code code, int64_t line, struct slice detail)
{
	why->code = code;
	why->line = line;
	why->detail = (struct slice){ arena_copy(a, detail.ptr, detail.len), detail.len };
	return -1;
}

static int judge(struct reading *r, enum xml_status status, const struct xml *x, const struct stream *s,
		 struct reject *why)
{
	if (s->code != REJECT_NONE)
		return reject(r->arena, why, s->code, 0, slice_of(s->detail));
	switch (status) {
	case XML_DOCTYPE:
		return reject(r->arena, why, REJECT_DOCTYPE, xml_line(x), slice_of(reject_sentence(REJECT_DOCTYPE)));
	case XML_DEEP:
		return reject(r->arena, why, REJECT_TOO_DEEP, xml_line(x), SLICE("elements nested deeper than the limit"));
	case XML_LONG:
		return reject(r->arena, why, REJECT_TOO_LARGE, xml_line(x),
			      SLICE("one tag, name or comment longer than the limit"));
	case XML_MANY:
		return reject(r->arena, why, REJECT_TOO_MANY, xml_line(x),
			      SLICE("more distinct names, or attributes of one element, than the limit"));
	case XML_STOPPED:
		return reject(r->arena, why, r->refused, xml_line(x), slice_of(r->detail));
	case XML_BROKEN:
		return reject(r->arena, why, REJECT_NOT_XML, xml_line(x), xml_message(x));
	case XML_CUT:
		if (!r->has_feedback)
			return reject(r->arena, why, REJECT_NOT_XML, xml_line(x), xml_message(x));
		break;
	case XML_OK:
		if (!r->has_feedback)
			return reject(r->arena, why, REJECT_NOT_DMARC, 0, SLICE("no feedback element"));
		break;
	}
	r->report.complete = status == XML_OK;
	if (!r->report.complete)
		note_add(r->arena, &r->report.repairs, SLICE("the document stops early: only whole records were kept"));
	return 0;
}

int dmarc_read(struct arena *a, struct stream *s, int64_t row_limit, struct buf *held, struct report *out,
	       struct reject *why)
{
	struct reading *r = arena_alloc(a, sizeof *r);
	struct xml *x = xml_open(&handler, r);
	struct sha256_ctx hash;
	int result;

	if (x == NULL)
		return reject(a, why, REJECT_TOO_LARGE, 0, SLICE("no memory to read it"));
	r->arena = a;
	r->row_limit = row_limit;
	r->rows_end = &r->report.rows;
	r->report.begin = r->report.end = REPORT_NO_TIME;
	r->report.pct = REPORT_NO_PCT;
	buf_init(&r->text, LIMIT_XML_TEXT_BYTES);
	sha256_init(&hash);
	result = judge(r, feed(x, s, &hash, held), x, s, why);
	if (result == 0) {
		check_head(r);
		hash_end(&hash, r->report.content_hash);
		*out = r->report;
	}
	buf_release(&r->text);
	xml_free(x);
	return result;
}
