/* json: one streaming JSON writer (RFC 8259), and the only JSON escape. It appends to a `struct buf` and looks only
 * forward, so the buffer may be written out and cleared between any two calls. Used by view printing (web/) and by
 * `ruad parse` and `ruad import` (daemon/). Neighbours: base/buf.h. Overflow is the buffer's affair (`full`).
 *
 *	struct json j;
 *	json_init(&j, &out);
 *	json_begin_object(&j);
 *	json_key(&j, "org_name");
 *	json_text(&j, r->org_name);
 *	json_key(&j, "rows");
 *	json_begin_list(&j);
 *	...
 *	json_end(&j);
 *	json_end(&j);
 *	json_line(&j);
 */
#ifndef WEB_JSON_H
#define WEB_JSON_H
#include "base/buf.h"

enum { JSON_DEPTH = 32 }; /* nesting that json_end can close; deeper is a bug of the caller */

struct json {
	struct buf *out;
	uint64_t lists; /* one bit per open level: set where it is a list */
	int depth;
	bool comma; /* the next value or key stands behind another */
};

void json_init(struct json *j, struct buf *out);

void json_begin_object(struct json *j);
void json_begin_list(struct json *j);
/* Closes the innermost open object or list. */
void json_end(struct json *j);
/* The name of the next value; inside an object only. Escaped like text. */
void json_key(struct json *j, const char *name);

/* Text; null where ptr is NULL. Besides what RFC 8259 7 demands, `<` and every control or direction mark
 * (text_is_control) are written as \u escapes, so the output is inert in pages and terminals too. Bytes that are not
 * UTF-8 come out as U+FFFD, one each. */
void json_text(struct json *j, struct slice s);
void json_int(struct json *j, int64_t n);
void json_bool(struct json *j, bool b);
void json_null(struct json *j);
/* `part` of `whole` as a number from 0 to 1 with at most six decimals; null where `whole` is 0. */
void json_share(struct json *j, int64_t part, int64_t whole);

/* key and value at once. */
void json_key_text(struct json *j, const char *name, struct slice s);
void json_key_int(struct json *j, const char *name, int64_t n);
void json_key_bool(struct json *j, const char *name, bool b);

/* Ends a line of JSON lines: a newline, and the next value stands alone. At the outermost level only. */
void json_line(struct json *j);
#endif
