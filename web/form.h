/* form: the fields and files of a request's body, as a form sends them: application/x-www-form-urlencoded, or multipart/form-data
 * (RFC 7578); or as a program does: one JSON object, whose members are the fields. Pure; what is taken out points into the body, or is the arena's.
 * Neighbours: act.c reads requests with it; param.c has the query part of addresses. */
#ifndef WEB_FORM_H
#define WEB_FORM_H
#include "base/arena.h"
#include "base/slice.h"

enum { FORM_PARTS = 200 }; /* fields and files of one form */

struct form_part {
	struct slice name;     /* UTF-8 without NUL */
	struct slice file;     /* the file's name, without its folders; NULL ptr: a field */
	struct slice value;    /* of a field UTF-8 without NUL; of a file any bytes */
};
struct form {
	struct form_part *part;
	size_t n;
};

enum form_kind { FORM_NONE, FORM_ENCODED, FORM_MULTIPART, FORM_JSON };
/* By the Content-Type; FORM_NONE for any other. */
enum form_kind form_kind(struct slice type);
/* 0, or -1 where the body is not what its type says. */
int form_read(struct arena *a, struct slice type, struct slice body, struct form *out);
/* The first field of that name; NULL ptr where there is none. */
struct slice form_field(const struct form *f, const char *name);
/* Undoes percent-encoding and "+": false for a broken escape, a NUL, or what is not UTF-8 then. */
bool form_decode(struct arena *a, struct slice text, struct slice *out);
#endif
