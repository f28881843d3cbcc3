/* sasl: see sasl.h. */
#include "daemon/sasl.h"

#include "base/log.h"
#include "base/text.h"

#include <stdlib.h>

#include <jansson.h>
#include <nettle/base64.h>

enum { PLAIN_BYTES = 128 * 1024, CHALLENGE_BYTES = 8 * 1024 };

static bool holds(struct slice s, char c)
{
	return s.len > 0 && memchr(s.ptr, c, s.len) != NULL;
}

static int add_base64(struct buf *out, struct buf *plain)
{
	size_t n = BASE64_ENCODE_RAW_LENGTH(plain->len);
	char *room = plain->full ? NULL : buf_reserve(out, n);

	if (room != NULL) {
		base64_encode_raw(room, plain->len, (const uint8_t *)plain->data);
		out->len += n;
	}
	if (plain->data != NULL)
		explicit_bzero(plain->data, plain->len);
	buf_release(plain);
	return room != NULL ? 0 : -1;
}

int sasl_plain(struct buf *out, struct slice user, struct slice password)
{
	struct buf plain;

	if (holds(user, '\0') || holds(password, '\0'))
		return -1;
	buf_init(&plain, PLAIN_BYTES);
	buf_reserve(&plain, user.len + password.len + 2); /* it must not move: what it leaves behind is not wiped */
	buf_add_char(&plain, '\0');
	buf_add_slice(&plain, user);
	buf_add_char(&plain, '\0');
	buf_add_slice(&plain, password);
	return add_base64(out, &plain);
}

int sasl_xoauth2(struct buf *out, struct slice user, struct slice token)
{
	struct buf plain;

	if (holds(user, '\1') || holds(token, '\1'))
		return -1;
	buf_init(&plain, PLAIN_BYTES);
	buf_reserve(&plain, user.len + token.len + 64);
	buf_addf(&plain, "user=%.*s\1auth=Bearer ", (int)user.len, user.ptr);
	buf_add_slice(&plain, token);
	buf_add_text(&plain, "\1\1");
	return add_base64(out, &plain);
}

/* RFC 5801 4, `saslname`. */
static void add_name(struct buf *out, struct slice name)
{
	for (size_t i = 0; i < name.len; i++) {
		if (name.ptr[i] == ',')
			buf_add_text(out, "=2C");
		else if (name.ptr[i] == '=')
			buf_add_text(out, "=3D");
		else
			buf_add_char(out, name.ptr[i]);
	}
}

int sasl_oauthbearer(struct buf *out, struct slice user, const char *host, int port, struct slice token)
{
	struct buf plain;

	if (holds(user, '\1') || holds(user, '\0') || holds(token, '\1'))
		return -1;
	buf_init(&plain, PLAIN_BYTES);
	buf_reserve(&plain, user.len * 3 + token.len + strlen(host) + 64);
	buf_add_text(&plain, "n,a=");
	add_name(&plain, user);
	buf_addf(&plain, ",\1host=%s\1port=%d\1auth=Bearer ", host, port);
	buf_add_slice(&plain, token);
	buf_add_text(&plain, "\1\1");
	return add_base64(out, &plain);
}

/* --- a refusal --- */

static json_t *decode(struct slice challenge)
{
	uint8_t text[CHALLENGE_BYTES];
	struct base64_decode_ctx ctx;
	size_t n = 0;

	base64_decode_init(&ctx);
	if (BASE64_DECODE_LENGTH(challenge.len) > sizeof text ||
	    !base64_decode_update(&ctx, &n, text, challenge.len, challenge.ptr) || !base64_decode_final(&ctx))
		return NULL;
	return json_loadb((const char *)text, n, JSON_REJECT_DUPLICATES, NULL);
}

/* Names of RFC 6750 3.1, or, in XOAUTH2, the number of the HTTP status that stands behind each. */
static bool is_one_of(const char *status, const char *name, const char *number)
{
	return strcmp(status, name) == 0 || strcmp(status, number) == 0;
}

static void add_member(struct buf *words, const json_t *said, const char *name, const char *before)
{
	const char *value = json_string_value(json_object_get(said, name));

	if (value == NULL || *value == '\0')
		return;
	buf_add_text(words, before);
	log_quote(words, slice_of(value));
}

bool sasl_explain(struct slice challenge, struct buf *words)
{
	json_t *said = decode(challenge);
	const char *status = json_string_value(json_object_get(said, "status"));

	if (status == NULL) {
		json_decref(said);
		return false;
	}
	if (is_one_of(status, "insufficient_scope", "403"))
		buf_add_text(words, "the token lacks a permission");
	else if (is_one_of(status, "invalid_token", "401") || strcmp(status, "400") == 0)
		buf_add_text(words,
			     "the token is not accepted: it has expired, or was withdrawn, or is not for this mailbox");
	else
		buf_add_text(words, "the token is refused");
	add_member(words, said, "status", "; status ");
	add_member(words, said, "scope", ", permission (scope) wanted: ");
	json_decref(said);
	return true;
}
