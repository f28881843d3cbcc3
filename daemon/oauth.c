/* oauth: see oauth.h. Each flow is a form that is posted; the answers are read alike. */
#include "daemon/oauth.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "daemon/errand.h"
#include "daemon/jwt.h"
#include "daemon/oauth_advice.h"
#include "daemon/outgoing.h"
#include "daemon/secret.h"
#include "schema/limits.h"

#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define ASSERTION "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" /* RFC 7523 2.2 */
#define JWT_BEARER "urn:ietf:params:oauth:grant-type:jwt-bearer" /* RFC 7523 2.1 */
#define DEVICE_CODE "urn:ietf:params:oauth:grant-type:device_code" /* RFC 8628 3.4 */

enum { ASSERTION_S = 300, GOOGLE_ASSERTION_S = 3600, INTERVAL_S = 5, SLOWER_S = 5 };
enum { WORDS_BYTES = 600, CODE_BYTES = 64, URL_BYTES = 512 };

struct oauth {
	const struct oauth_config *c;
	int index, control;
	bool (*should_stop)(void);
	struct secret token;
	int64_t renew_ms, end_ms; /* of it, on clock_ms */
	struct secret refresh; /* a new one that is not on disk yet */
};

/* --- errors --- */

/* What a neighbour says, with the block's name before it. */
static int pass_on(const struct oauth *o, const struct err *why, struct err *err)
{
	return err_set(err, why->kind, "oauth %s: %s", o->c->name, why->text);
}

static int pass_on_of(const struct oauth *o, const char *file, const struct err *why, struct err *err)
{
	return err_set(err, why->kind, "oauth %s: %s: %s", o->c->name, file, why->text);
}

static struct slice text_of(const json_t *object, const char *key)
{
	const json_t *v = json_object_get(object, key);

	return json_is_string(v) ? (struct slice){ json_string_value(v), json_string_length(v) } : (struct slice){ 0 };
}

static bool may_pass(struct slice error, int status)
{
	return slice_is(error, "temporarily_unavailable") || slice_is(error, "server_error") || status == 429 ||
	       status >= 500;
}

/* Behind an advice, for a grant that is gone. */
static void add_what_next(struct buf *b, const struct oauth_config *c)
{
	if (c->flow == OAUTH_DEVICE_CODE)
		buf_addf(b, ": sign in with `ruad check --sign-in %s`", c->name);
	else if (c->flow == OAUTH_REFRESH_TOKEN)
		buf_add_text(b, ": get a new refresh token and put it into token_file");
}

static int refused(const struct oauth *o, const json_t *answer, int status, struct err *err)
{
	struct slice error = text_of(answer, "error"), description = text_of(answer, "error_description");
	const char *advice = oauth_advice_token(o->c->flow, error, description);
	const char *trace = text_find_nocase(description, SLICE(" Trace ID"));
	enum err_kind kind = error.ptr != NULL && !may_pass(error, status) ? ERR_USE : ERR_SYSTEM;
	struct buf b;

	if (trace != NULL)
		description.len = (size_t)(trace - description.ptr);
	buf_init(&b, WORDS_BYTES * 4);
	if (slice_is(error, "invalid_grant"))
		add_what_next(&b, o->c);
	buf_addf(&b, " (the token server says %d ", status);
	log_quote(&b, text_cut(error.ptr != NULL ? error : SLICE("without a reason"), 60));
	if (description.len > 0)
		buf_add_text(&b, ": ");
	log_quote(&b, text_cut(description, 160));
	err_set(err, kind, "oauth %s: %s%.*s)", o->c->name, advice != NULL ? advice : "no token is to be had",
		(int)b.len, buf_slice(&b).ptr);
	buf_release(&b);
	return -1;
}

/* --- asking a token server --- */

struct answer {
	int status;
	json_t *object;
};

/* Reserved as a whole, so that no copy of a secret is left where it was too small. */
static void secret_buf_init(struct buf *b, size_t ceiling_bytes)
{
	buf_init(b, ceiling_bytes);
	if (buf_reserve(b, ceiling_bytes) == NULL)
		b->full = true;
}

static void secret_buf_release(struct buf *b)
{
	if (b->data != NULL)
		explicit_bzero(b->data, b->len);
	buf_release(b);
}

static void answer_forget(struct answer *a)
{
	static const char *const secrets[] = { "access_token", "refresh_token", "id_token", "device_code",
					       "private_key" };

	for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++) {
		struct slice s = text_of(a->object, secrets[i]);

		if (s.len > 0)
			explicit_bzero((char *)s.ptr, s.len);
	}
	json_decref(a->object);
	a->object = NULL;
}

/* jansson's own words would quote the text, which may be a token. */
static json_t *object_of(struct slice text)
{
	json_t *v = json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES, NULL);

	if (json_is_object(v))
		return v;
	json_decref(v);
	return NULL;
}

/* A value of a form, as it was before it was put there. */
static void unescape(struct buf *out, struct slice value)
{
	for (size_t i = 0; i < value.len; i++) {
		char byte = value.ptr[i];

		if (byte == '%' && i + 2 < value.len) {
			const char digits[] = { value.ptr[i + 1], value.ptr[i + 2], '\0' }; /* the form has no end of its own */

			byte = (char)strtoul(digits, NULL, 16);
			i += 2;
		}
		buf_add_char(out, byte);
	}
}

static struct slice without_field(struct arena *a, struct slice words, struct slice field)
{
	static const char *const secrets[] = { "client_secret=", "refresh_token=", "assertion=", "client_assertion=",
					       "device_code=" };
	struct buf value;

	for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++) {
		size_t n = strlen(secrets[i]);

		if (!text_starts_nocase(field, slice_of(secrets[i])))
			continue;
		secret_buf_init(&value, field.len + 1);
		unescape(&value, (struct slice){ field.ptr + n, field.len - n });
		words = secret_hidden(a, words, buf_slice(&value));
		secret_buf_release(&value);
	}
	return words;
}

/* What a server says of a refusal without the secrets of the form, which it may say again. */
static struct slice without_secrets(struct arena *a, struct slice words, struct slice form)
{
	while (form.len > 0) {
		const char *and = memchr(form.ptr, '&', form.len);
		struct slice field = { form.ptr, and != NULL ? (size_t)(and - form.ptr) : form.len };

		words = without_field(a, words, field);
		form.ptr += field.len + (and != NULL);
		form.len -= field.len + (and != NULL);
	}
	return words;
}

static void hide_secrets(json_t *object, struct slice form)
{
	static const char *const keys[] = { "error", "error_description" };

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		struct arena scratch = { 0 };
		struct slice words = text_of(object, keys[i]), hidden = without_secrets(&scratch, words, form);

		if (hidden.ptr != words.ptr)
			json_object_set_new(object, keys[i], json_stringn(hidden.ptr, hidden.len));
		arena_release(&scratch);
	}
}

/* Posts the form: 0 with the answer, to be forgotten by the caller; -1 where there was none that could be read. */
static int ask(const struct oauth *o, const char *url, const struct buf *form, struct answer *out, struct err *err)
{
	struct outgoing_post p = { .url = url,
				   .ca_file = o->c->ca_file,
				   .content_type = "application/x-www-form-urlencoded",
				   .body = buf_slice(form),
				   .timeout_ms = LIMIT_TOKEN_MS,
				   .should_stop = o->should_stop };
	struct err why = { 0 };
	struct buf body;
	int rc;

	if (form->full)
		return err_set(err, ERR_SYSTEM, "oauth %s: no memory to ask for a token", o->c->name);
	secret_buf_init(&body, LIMIT_TOKEN_ANSWER_BYTES);
	rc = outgoing_post(&p, &out->status, &body, &why);
	out->object = rc == 0 ? object_of(buf_slice(&body)) : NULL;
	secret_buf_release(&body);
	if (rc != 0)
		return pass_on(o, &why, err);
	if (out->object == NULL)
		return err_set(err, ERR_SYSTEM, "oauth %s: the token server answered %d, and not as one does",
			       o->c->name, out->status);
	hide_secrets(out->object, buf_slice(form));
	return 0;
}

/* --- reading the answer --- */

static bool is_token(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] < 0x21 || s.ptr[i] > 0x7e)
			return false;
	return s.len > 0 && s.len <= LIMIT_TOKEN_BYTES;
}

/* Seconds, which some servers write as text; 0 where they say nothing. */
static int64_t seconds_of(const json_t *object, const char *key, int64_t most)
{
	const json_t *v = json_object_get(object, key);
	int64_t s = json_is_integer(v) ? json_integer_value(v) : 0;

	if (json_is_string(v) && !text_int(text_of(object, key), &s))
		s = 0;
	return s < 0 ? 0 : s > most ? most : s;
}

/* Writes a new refresh token down; what it could not write is tried again at the next call. */
static int keep_refresh_token(struct oauth *o, struct err *err)
{
	struct err why = { 0 };

	if (o->refresh.text == NULL)
		return 0;
	if (secret_write(o->c->token_file, secret_slice(&o->refresh), &why) != 0)
		return pass_on(o, &why, err);
	secret_wipe(&o->refresh);
	return 0;
}

static int take_token(struct oauth *o, const struct answer *a, int64_t asked_ms, struct err *err)
{
	struct slice token = text_of(a->object, "access_token"), refresh = text_of(a->object, "refresh_token");
	struct slice type = text_of(a->object, "token_type");
	int64_t life_s = seconds_of(a->object, "expires_in", LIMIT_TOKEN_S);
	bool by_person = o->c->flow == OAUTH_REFRESH_TOKEN || o->c->flow == OAUTH_DEVICE_CODE;

	if (a->status != 200 || token.ptr == NULL)
		return refused(o, a->object, a->status, err);
	if (!is_token(token) || (type.ptr != NULL && !text_eq_nocase(type, SLICE("Bearer"))))
		return err_set(err, ERR_SYSTEM, "oauth %s: the token server gave a token of a kind that cannot be used",
			       o->c->name);
	if (secret_set(&o->token, token, err) != 0)
		return -1;
	o->renew_ms = asked_ms + life_s * 800;
	o->end_ms = asked_ms + life_s * 1000;
	if (by_person && is_token(refresh) && secret_set(&o->refresh, refresh, err) != 0)
		return -1;
	return keep_refresh_token(o, err);
}

/* --- the flows --- */

static void add(struct buf *form, const char *name, const char *value)
{
	outgoing_form(form, name, slice_of(value));
}

static int add_secret_file(const struct oauth *o, struct buf *form, const char *name, const char *file, struct err *err)
{
	struct secret s = { 0 };
	struct err why = { 0 };

	if (secret_read(file, &s, &why) != 0)
		return pass_on(o, &why, err);
	outgoing_form(form, name, secret_slice(&s));
	secret_wipe(&s);
	return 0;
}

/* Adds a signed assertion under `name`. Takes over header and claims. */
static int add_signed(enum jwt_algorithm alg, struct slice key, json_t *header, json_t *claims, struct buf *form,
		      const char *name, struct err *err)
{
	char *h = json_dumps(header, JSON_COMPACT), *c = json_dumps(claims, JSON_COMPACT), *jwt;
	struct arena a = { 0 };
	int rc;

	if (h == NULL || c == NULL)
		rc = err_set(err, ERR_USE,
			     "what is to be signed is no text: compare client_id, subject and the key file");
	else
		rc = jwt_sign(&a, alg, key, h, c, &jwt, err);
	free(h);
	free(c);
	json_decref(header);
	json_decref(claims);
	if (rc == 0) {
		add(form, name, jwt);
		explicit_bzero(jwt, strlen(jwt));
	}
	arena_release(&a);
	return rc;
}

/* Microsoft identity platform, "Certificate credentials"; RFC 7523 2.2. */
static int add_client_assertion(const struct oauth *o, struct buf *form, struct err *err)
{
	const struct oauth_config *c = o->c;
	struct arena a = { 0 };
	const char *thumbprint, *nonce = jwt_nonce(&a);
	struct secret key = { 0 };
	struct err why = { 0 };
	json_int_t now = time(NULL);
	int rc = -1;

	if (nonce == NULL)
		err_set(err, ERR_SYSTEM, "oauth %s: no random numbers to be had", c->name);
	else if (secret_read(c->key_file, &key, &why) != 0)
		pass_on(o, &why, err);
	else if (jwt_thumbprint(&a, c->certificate_file, secret_slice(&key), &thumbprint, &why) != 0)
		pass_on_of(o, c->certificate_file, &why, err);
	else if (add_signed(JWT_PS256, secret_slice(&key),
			    json_pack("{s:s,s:s,s:s}", "alg", "PS256", "typ", "JWT", "x5t#S256", thumbprint),
			    json_pack("{s:s,s:s,s:s,s:s,s:I,s:I,s:I}", "aud", c->token_url, "iss", c->client_id, "sub",
				      c->client_id, "jti", nonce, "iat", now, "nbf", now, "exp", now + ASSERTION_S),
			    form, "client_assertion", &why) != 0)
		pass_on_of(o, c->key_file, &why, err);
	else
		rc = 0;
	add(form, "client_assertion_type", ASSERTION);
	secret_wipe(&key);
	arena_release(&a);
	return rc;
}

static int add_client(const struct oauth *o, struct buf *form, struct err *err)
{
	add(form, "client_id", o->c->client_id);
	if (o->c->client_secret_file != NULL)
		return add_secret_file(o, form, "client_secret", o->c->client_secret_file, err);
	return o->c->certificate_file != NULL ? add_client_assertion(o, form, err) : 0;
}

static int client_credentials_form(const struct oauth *o, struct buf *form, struct err *err)
{
	add(form, "grant_type", "client_credentials");
	if (o->c->scope != NULL)
		add(form, "scope", o->c->scope);
	return add_client(o, form, err);
}

static int refresh_form(const struct oauth *o, struct buf *form, struct err *err)
{
	if (o->c->flow == OAUTH_DEVICE_CODE && access(o->c->token_file, F_OK) != 0 && errno == ENOENT)
		return err_set(err, ERR_USE,
			       "oauth %s: nobody has signed in yet: sign in with `ruad check --sign-in %s`", o->c->name,
			       o->c->name);
	add(form, "grant_type", "refresh_token");
	if (o->c->scope != NULL)
		add(form, "scope", o->c->scope);
	return add_client(o, form, err) != 0 ? -1 : add_secret_file(o, form, "refresh_token", o->c->token_file, err);
}

/* Google, "Using OAuth 2.0 for Server to Server Applications"; RFC 7523 2.1. */
static int service_account_form(const struct oauth *o, struct buf *form, struct err *err)
{
	const struct oauth_config *c = o->c;
	struct secret file = { 0 };
	struct err why = { 0 };
	struct answer key = { 0 };
	struct slice pem, id, mail;
	json_int_t now = time(NULL);
	int rc;

	if (secret_read(c->key_file, &file, &why) != 0)
		return pass_on(o, &why, err);
	key.object = object_of(secret_slice(&file));
	secret_wipe(&file);
	pem = text_of(key.object, "private_key");
	id = text_of(key.object, "private_key_id");
	mail = text_of(key.object, "client_email");
	if (pem.ptr == NULL || id.ptr == NULL || mail.ptr == NULL)
		rc = err_set(&why, ERR_USE,
			     "is no service account's key in JSON (private_key, private_key_id, client_email)");
	else
		rc = add_signed(JWT_RS256, pem, json_pack("{s:s,s:s,s:s}", "alg", "RS256", "typ", "JWT", "kid", id.ptr),
				json_pack("{s:s,s:s,s:s,s:s,s:I,s:I}", "iss", mail.ptr, "sub", c->subject, "scope",
					  c->scope, "aud", c->token_url, "iat", now, "exp", now + GOOGLE_ASSERTION_S),
				form, "assertion", &why);
	answer_forget(&key);
	add(form, "grant_type", JWT_BEARER);
	return rc == 0 ? 0 : pass_on_of(o, c->key_file, &why, err);
}

static int make_form(const struct oauth *o, struct buf *form, struct err *err)
{
	switch (o->c->flow) {
	case OAUTH_CLIENT_CREDENTIALS:
		return client_credentials_form(o, form, err);
	case OAUTH_SERVICE_ACCOUNT:
		return service_account_form(o, form, err);
	default:
		return refresh_form(o, form, err);
	}
}

static int post_for_token(struct oauth *o, struct err *err)
{
	struct answer answer = { 0 };
	int64_t asked_ms = clock_ms();
	struct buf form;
	int rc;

	secret_buf_init(&form, LIMIT_TOKEN_REQUEST_BYTES);
	rc = make_form(o, &form, err);
	if (rc == 0)
		rc = ask(o, o->c->token_url, &form, &answer, err);
	if (rc == 0)
		rc = take_token(o, &answer, asked_ms, err);
	answer_forget(&answer);
	secret_buf_release(&form);
	return rc;
}

/* A command does not say how long its token is valid: it is asked each time. */
static int run_for_token(struct oauth *o, struct err *err)
{
	struct err why = { 0 };
	struct slice printed, line;
	struct buf out;
	int rc;

	secret_buf_init(&out, LIMIT_ERRAND_BYTES);
	rc = errand_run(o->control, ERRAND_TOKEN, o->index, SLICE(""), &out, &why);
	printed = buf_slice(&out);
	line = text_trim(text_take_line(&printed));
	if (rc != 0)
		pass_on(o, &why, err);
	else if (!is_token(line))
		rc = err_set(err, ERR_USE, "oauth %s: the first line that the command printed is not a token",
			     o->c->name);
	else
		rc = secret_set(&o->token, line, err);
	secret_buf_release(&out);
	return rc;
}

/* --- what others call --- */

int oauth_open(const struct oauth_config *c, int index, int control, struct oauth **out, struct err *err)
{
	struct oauth *o;

	if ((o = calloc(1, sizeof *o)) == NULL)
		return err_set(err, ERR_SYSTEM, "oauth %s: no memory", c->name);
	*o = (struct oauth){ .c = c, .index = index, .control = control };
	*out = o;
	return 0;
}

void oauth_stop_by(struct oauth *o, bool (*should_stop)(void))
{
	o->should_stop = should_stop;
}

void oauth_close(struct oauth *o)
{
	if (o == NULL)
		return;
	secret_wipe(&o->token);
	secret_wipe(&o->refresh);
	free(o);
}

int oauth_token(struct oauth *o, bool anew, const char **token, struct err *err)
{
	struct err why = { 0 };

	if (keep_refresh_token(o, err) != 0)
		return -1;
	if (anew)
		secret_wipe(&o->token);
	if (o->token.text == NULL || clock_ms() >= o->renew_ms) {
		int rc = o->c->flow == OAUTH_COMMAND ? run_for_token(o, &why) : post_for_token(o, &why);

		/* what is still valid does while the server cannot be had */
		if (rc != 0 && (o->refresh.text != NULL || o->token.text == NULL || clock_ms() >= o->end_ms))
			return err_set(err, why.kind, "%s", why.text);
	}
	*token = o->token.text;
	return 0;
}

static bool lists(const json_t *list, const char *word)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *v = json_array_get(list, i);

		if (json_is_string(v) && strcmp(json_string_value(v), word) == 0)
			return true;
	}
	return false;
}

static struct oauth_claims read_claims(struct slice text)
{
	json_t *claims = object_of(text);
	struct slice aud = text_of(claims, "aud");
	struct oauth_claims c = {
		.readable = claims != NULL && aud.ptr != NULL,
		.for_mail =
			text_find_nocase(aud, SLICE("outlook.")) != NULL ||
			slice_is(aud, "00000002-0000-0ff1-ce00-000000000000"), /* Office 365 Exchange Online's own ID */
		.may_app = lists(json_object_get(claims, "roles"), "IMAP.AccessAsApp"),
		.may_user = text_find_nocase(text_of(claims, "scp"), SLICE("IMAP.AccessAsUser.All")) != NULL,
	};

	json_decref(claims);
	return c;
}

const char *oauth_advice(const struct oauth_config *c, struct slice answer, const char *token)
{
	struct arena a = { 0 };
	struct slice text = token != NULL ? jwt_claims(&a, token) : (struct slice){ 0 };
	struct oauth_claims claims = { 0 };

	if (text.ptr != NULL)
		claims = read_claims(text);
	arena_release(&a);
	return oauth_advice_mailbox(c, &claims, answer);
}

/* --- signing in: RFC 8628 --- */

struct sign_in {
	struct secret device_code;
	int64_t interval_s, end_ms;
	char url[URL_BYTES], code[CODE_BYTES];
};

/* For a terminal: printable ASCII of at least one and less than `room` bytes. */
static bool take_printable(struct slice s, char *to, size_t room)
{
	if (s.len == 0 || s.len >= room)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] < 0x20 || s.ptr[i] > 0x7e)
			return false;
	memcpy(to, s.ptr, s.len);
	to[s.len] = '\0';
	return true;
}

static int take_device_code(const struct oauth *o, const struct answer *a, struct sign_in *out, struct err *err)
{
	struct slice url = text_of(a->object, "verification_uri"), device_code = text_of(a->object, "device_code");
	int64_t life_s = seconds_of(a->object, "expires_in", LIMIT_SIGN_IN_S);

	if (a->status != 200)
		return refused(o, a->object, a->status, err);
	if (url.ptr == NULL) /* Google's word for it */
		url = text_of(a->object, "verification_url");
	out->interval_s = seconds_of(a->object, "interval", LIMIT_SIGN_IN_S);
	if (out->interval_s == 0)
		out->interval_s = INTERVAL_S;
	out->end_ms = clock_ms() + (life_s > 0 ? life_s : LIMIT_SIGN_IN_S) * 1000;
	if (!take_printable(url, out->url, sizeof out->url) ||
	    !take_printable(text_of(a->object, "user_code"), out->code, sizeof out->code) || !is_token(device_code))
		return err_set(err, ERR_SYSTEM, "oauth %s: the server gave no code to sign in with", o->c->name);
	return secret_set(&out->device_code, device_code, err);
}

static int ask_for_code(struct oauth *o, struct sign_in *out, struct err *err)
{
	struct answer answer = { 0 };
	struct buf form;
	int rc;

	secret_buf_init(&form, LIMIT_TOKEN_REQUEST_BYTES);
	add(&form, "client_id", o->c->client_id);
	if (o->c->scope != NULL)
		add(&form, "scope", o->c->scope);
	rc = ask(o, o->c->device_url, &form, &answer, err);
	if (rc == 0)
		rc = take_device_code(o, &answer, out, err);
	answer_forget(&answer);
	secret_buf_release(&form);
	return rc;
}

/* 1 once there is a token, 0 where the person is not done yet, -1 where it is in vain. */
static int take_sign_in(struct oauth *o, struct sign_in *s, const struct answer *a, struct err *err)
{
	struct slice error = text_of(a->object, "error");

	if (slice_is(error, "slow_down"))
		s->interval_s += SLOWER_S;
	if (slice_is(error, "slow_down") || slice_is(error, "authorization_pending"))
		return 0;
	if (a->status == 200 && !is_token(text_of(a->object, "refresh_token")))
		return err_set(err, ERR_USE,
			       "oauth %s: the server gave no refresh token: scope must ask for it (offline_access)",
			       o->c->name);
	return take_token(o, a, clock_ms(), err) == 0 ? 1 : -1;
}

static int poll_once(struct oauth *o, struct sign_in *s, struct err *err)
{
	struct answer answer = { 0 };
	struct buf form;
	int rc;

	secret_buf_init(&form, LIMIT_TOKEN_REQUEST_BYTES);
	add(&form, "grant_type", DEVICE_CODE);
	outgoing_form(&form, "device_code", secret_slice(&s->device_code));
	rc = add_client(o, &form, err);
	if (rc == 0)
		rc = ask(o, o->c->token_url, &form, &answer, err);
	if (rc == 0)
		rc = take_sign_in(o, s, &answer, err);
	answer_forget(&answer);
	secret_buf_release(&form);
	return rc;
}

/* A server that cannot be reached is asked again, less often (RFC 8628 3.5). */
static int wait_for_person(struct oauth *o, struct sign_in *s, struct err *err)
{
	struct err why = { ERR_USE, "nobody signed in in time: begin again" };

	while (clock_ms() < s->end_ms) {
		int64_t left_ms = s->end_ms - clock_ms(), wait_ms = s->interval_s * 1000;
		int rc;

		poll(NULL, 0, (int)(wait_ms < left_ms ? wait_ms : left_ms));
		if ((rc = poll_once(o, s, &why)) > 0)
			return 0;
		if (rc < 0 && why.kind == ERR_USE)
			break;
		if (rc < 0)
			s->interval_s *= 2;
	}
	return err_set(err, why.kind, "%s", why.text);
}

int oauth_sign_in(const struct oauth_config *c, void (*show)(void *ctx, const char *url, const char *code), void *ctx,
		  struct err *err)
{
	struct oauth o = { .c = c, .index = -1, .control = -1 };
	struct sign_in s = { 0 };
	int rc;

	if (c->flow != OAUTH_DEVICE_CODE)
		return err_set(err, ERR_USE, "oauth %s: nobody signs in for it: its flow is not \"device_code\"",
			       c->name);
	rc = ask_for_code(&o, &s, err);
	if (rc == 0) {
		show(ctx, s.url, s.code);
		rc = wait_for_person(&o, &s, err);
	}
	secret_wipe(&s.device_code);
	secret_wipe(&o.token);
	secret_wipe(&o.refresh);
	return rc;
}
