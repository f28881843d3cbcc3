/* report: one aggregate report as it was read, and its form between processes.
 * Values are what the reporter wrote: trimmed, inner blanks made one, empty is absent, enumerations lower-cased
 * (INTERFACE, `ruad parse`); what they mean is classify.h's business. Element names follow RFC 7489 app. C and RFC 9990
 * app. A (FORMATS 1.1). All memory belongs to one arena. Lists are in document order.
 * Neighbours: parsers/dmarc.c fills it, daemon/channel.c carries it, storage/ingest.c and daemon/json lines read it. */
#ifndef SCHEMA_REPORT_H
#define SCHEMA_REPORT_H
#include "base/arena.h"
#include "base/buf.h"
#include "base/slice.h"

#include <stdint.h>

#define REPORT_NO_TIME INT64_MIN
enum { REPORT_NO_PCT = -1, REPORT_HASH_BYTES = 16 };

struct note { /* repairs, warnings, <error>s, names of unknown elements */
	struct slice text;
	struct note *next;
};

struct reason { /* policy_evaluated/reason; at least one of the two is there */
	struct slice type, comment;
	struct reason *next;
};

struct auth { /* auth_results/dkim or /spf, raw and unaligned */
	struct slice domain;
	struct slice selector; /* dkim only */
	struct slice scope;    /* spf only */
	struct slice result, human_result;
	struct auth *next;
};

struct row {
	struct slice source_ip; /* as written */
	int64_t count;          /* 0 where it was missing or broken; a warning says so */
	struct slice disposition, dkim, spf; /* policy_evaluated */
	struct reason *reasons;
	struct slice header_from, envelope_from, envelope_to;
	struct auth *dkim_auth, *spf_auth;
	struct row *next;
};

struct report {
	struct slice file, member; /* where it was found: for people, never a path to open */
	bool complete;             /* false: the document stopped early; only rows whose end tag was there */
	struct note *repairs, *warnings;
	struct slice version, namespace_uri; /* of the root; NULL where none */
	/* report_metadata */
	struct slice org_name, email, extra_contact_info, report_id, generator;
	int64_t begin, end; /* Unix seconds, or REPORT_NO_TIME */
	struct note *errors;
	/* policy_published */
	struct slice domain, p, sp, np, testing, adkim, aspf, fo, discovery_method;
	int64_t pct; /* or REPORT_NO_PCT */
	struct note *extensions; /* "{namespace}name" of elements the schemas do not have, each once */
	struct row *rows;
	int64_t row_count;
	unsigned char content_hash[REPORT_HASH_BYTES]; /* SHA-256, cut, of the document without CRs (FORMATS 2.3) */
};

/* Whether the namespace of the root is that of RFC 9990 (app. A). RFC 7489 has none that reporters agree on. */
bool report_is_9990(struct slice namespace_uri);

/* Appends the wire form. -1 where the buffer's ceiling was met. */
int report_encode(struct buf *out, const struct report *r);

/* Reads exactly `wire` into a report whose text points into it. 0, or -1 for anything but a whole, well-formed frame:
 * the sender is not believed. The report is checked: UTF-8 without NUL, within limits.h, row_count as found. */
int report_decode(struct arena *a, struct slice wire, struct report *out);

/* Appends all of a row but its address and count: equal bytes, equal profile (STORAGE, Settled). */
void report_row_profile(struct buf *out, const struct row *row);

/* A list of notes as part of a frame; decoding refuses more than LIMIT_NOTES. */
struct wire;
void notes_encode(struct buf *out, const struct note *n);
bool notes_decode(struct wire *w, struct note **list);

/* Adds a note behind the others, once per text and LIMIT_NOTES in all. The text is copied into the arena. */
void note_add(struct arena *a, struct note **list, struct slice text);
void note_addf(struct arena *a, struct note **list, const char *format, ...) __attribute__((format(printf, 3, 4)));
#endif
