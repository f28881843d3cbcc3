/* lint: faults of what DNS publishes about mail: each with the piece of the record it is about, why it matters, and what to do,
 * in plain words (UX 7.5). Pure: what other names say is asked of whoever calls.
 * Neighbours: record_dmarc.c, record_spf.c and record_dkim.c find them; lint_domain.c puts them together. */
#ifndef SCHEMA_LINT_H
#define SCHEMA_LINT_H
#include "base/arena.h"
#include "base/slice.h"
#include "schema/limits.h"

enum lint_severity {
	LINT_NOTE,    /* worth knowing; nothing is broken */
	LINT_WARNING, /* some receivers do other than meant, or much more is allowed than needed */
	LINT_ERROR,   /* the record, or that piece, does not work */
};
/* "note", "warning", "error". */
const char *lint_severity_name(enum lint_severity s);

struct lint_finding {
	enum lint_severity severity;
	const char *id;      /* "spf-too-many-lookups": stable, for programs */
	struct slice name;   /* where the record stands: "_dmarc.univ.example" */
	struct slice record; /* its text; len 0 where there is none */
	size_t at, len;      /* the piece of it in bytes; len 0: no piece of its own */
	const char *why, *fix;
};
struct lint { /* starts as zero but for the arena */
	struct arena *a;
	struct lint_finding *item; /* in the order found */
	size_t n, count[LINT_ERROR + 1];
	size_t left_out;           /* beyond LIMIT_LINT_FINDINGS; counted in `count` all the same */
	struct slice name, record; /* that findings are about from here on */
};

/* From here on findings are about this record; both outlive the lint. */
void lint_about(struct lint *l, struct slice name, struct slice record);
/* `piece` lies within the record, or is empty. `fix` is static or the arena's; the rest says why. */
void lint_add(struct lint *l, enum lint_severity severity, const char *id, struct slice piece, const char *fix, const char *why,
	      ...) __attribute__((format(printf, 6, 7)));

/* --- what other names say --- */

enum lint_state {
	LINT_KNOWN,
	LINT_NOT_ASKED, /* nobody looked it up yet */
	LINT_NO_ANSWER, /* it was, and there was none */
};
struct lint_answer {
	enum lint_state state;
	struct slice lines;   /* LINT_KNOWN: TXT records, a line each; "" where there are none */
	struct slice trouble; /* LINT_NO_ANSWER: why, in words */
};
struct lint_dns { /* asked for names that domain_is_name takes; what it gives is the arena's, or outlives it */
	void (*text)(void *ctx, struct arena *a, struct slice name, struct lint_answer *out);
	void *ctx;
};
/* Of a name that is none, LINT_KNOWN with no records. */
struct lint_answer lint_ask(const struct lint_dns *dns, struct arena *a, struct slice name);
/* `label`, a dot, `name`. */
struct slice lint_below(struct arena *a, struct slice label, struct slice name);

/* --- lists with a separator --- */

/* Takes the piece up to `separator` off `rest`, untrimmed; false at the end. An empty text has no pieces; what ends in a separator
 * has none behind it. */
bool lint_piece(struct slice *rest, char separator, struct slice *piece);
/* `tag=value`, both trimmed; false where there is no equals sign. `tag` is the whole piece then. */
bool lint_tag(struct slice piece, struct slice *tag, struct slice *value);
#endif
