/* outgoing: see outgoing.h. One handle for each request: they are minutes apart, and nothing of one is left behind. */
#include "daemon/outgoing.h"

#include "base/log.h"
#include "base/text.h"
#include "daemon/endpoint.h"
#include "daemon/secret.h"
#include "daemon/version.h"
#include "schema/limits.h"

#include <curl/curl.h>
#include <stdio.h>

enum { WORDS_BYTES = 400, HOST_BYTES = 256 };

struct transfer {
	CURL *curl;
	char host[HOST_BYTES]; /* as messages name it: the rest of an address may be a secret */
	char said[CURL_ERROR_SIZE]; /* by libcurl */
	char refusal[WORDS_BYTES]; /* SMTP: the first line of the last answer that was one, RFC 5321 4.2.1 */
	bool in_refusal; /* more lines of it are to come */
	const char *ca_file;
	int timeout_ms;
	bool (*should_stop)(void);
	struct slice secret; /* that the other side was told, and may say again */
	struct buf *out; /* HTTP: the answer's body */
	struct slice left; /* SMTP: of the message */
};

/* --- where to --- */

/* As libcurl spells a host, with the brackets of an IPv6 address; it never asks DNS for localhost. */
static bool is_loopback(const char *host)
{
	struct slice s = slice_of(host);

	if (s.len > 2 && s.ptr[0] == '[')
		s = (struct slice){ s.ptr + 1, s.len - 2 };
	return endpoint_is_loopback(s);
}

/* Whether it is SCHEME://HOST..., or PLAIN://HOST... where that is made safe otherwise or stays on this machine. */
static bool is_allowed(CURLU *u, const char *scheme, const char *plain, bool safe, char host_out[HOST_BYTES])
{
	char *got = NULL, *host = NULL, *user = NULL;
	bool good = curl_url_get(u, CURLUPART_SCHEME, &got, 0) == CURLUE_OK &&
		    curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK && strlen(host) < HOST_BYTES &&
		    curl_url_get(u, CURLUPART_USER, &user, 0) != CURLUE_OK &&
		    (strcmp(got, scheme) == 0 || (strcmp(got, plain) == 0 && (safe || is_loopback(host))));

	if (good)
		memcpy(host_out, host, strlen(host) + 1);
	curl_free(got);
	curl_free(host);
	curl_free(user);
	return good;
}

static int check_url(const char *url, const char *scheme, const char *plain, bool safe, struct transfer *t,
		     struct err *err)
{
	CURLU *u = curl_url();
	bool good = u != NULL && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
		    is_allowed(u, scheme, plain, safe, t->host);

	curl_url_cleanup(u);
	if (good)
		return 0;
	return err_set(err, ERR_USE, "the address to send to must be %s://HOST... with no user in it; %s:// %s", scheme,
		       plain, safe ? "is taken too" : "only to this machine (127.0.0.1, [::1], localhost)");
}

/* --- what libcurl calls --- */

static size_t on_body(char *bytes, size_t one, size_t n, void *ctx)
{
	struct transfer *t = ctx;

	return buf_add(t->out, bytes, n) == 0 ? n : 0;
}

static size_t on_answer(char *line, size_t one, size_t n, void *ctx)
{
	struct transfer *t = ctx;
	struct slice s = text_trim((struct slice){ line, n });

	if (s.len < 4 || (s.ptr[0] != '4' && s.ptr[0] != '5'))
		return n;
	if (!t->in_refusal)
		snprintf(t->refusal, sizeof t->refusal, "%.*s", (int)s.len, s.ptr);
	t->in_refusal = s.ptr[3] == '-';
	return n;
}

static size_t on_message(char *to, size_t one, size_t room, void *ctx)
{
	struct transfer *t = ctx;
	size_t n = t->left.len < one * room ? t->left.len : one * room;

	memcpy(to, t->left.ptr, n);
	t->left = (struct slice){ t->left.ptr + n, t->left.len - n };
	return n;
}

static int on_progress(void *ctx, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	const struct transfer *t = ctx;

	return t->should_stop();
}

/* --- the transfer --- */

/* Text of the other side or of libcurl into a message: nothing in it may reach a terminal raw. */
static int failed(const struct transfer *t, const char *what, const char *words, struct err *err)
{
	struct arena scratch = { 0 };
	struct buf b;

	buf_init(&b, WORDS_BYTES * 4);
	log_quote(&b, secret_hidden(&scratch, text_trim(slice_of(words)), t->secret));
	arena_release(&scratch);
	err_set(err, ERR_SYSTEM, "%s: %s%s%.*s", t->host, what, b.len > 0 && what[0] != '\0' ? ": " : "", (int)b.len,
		buf_slice(&b).ptr);
	buf_release(&b);
	return -1;
}

/* What the server's certificate says under a name such as "Issuer:"; "unknown" where it got not so far. */
static struct slice certificate_field(const struct transfer *t, struct slice name)
{
	struct curl_certinfo *chain = NULL;

	if (curl_easy_getinfo(t->curl, CURLINFO_CERTINFO, &chain) != CURLE_OK || chain == NULL ||
	    chain->num_of_certs < 1)
		return SLICE("unknown");
	for (const struct curl_slist *l = chain->certinfo[0]; l != NULL; l = l->next)
		if (text_starts_nocase(slice_of(l->data), name))
			return slice_of(l->data + name.len);
	return SLICE("unknown");
}

/* libcurl does not tell an expired certificate from one of an unknown authority: so say what there is to see. */
static int untrusted(const struct transfer *t, const char *said, struct err *err)
{
	struct slice issuer = certificate_field(t, SLICE("Issuer:")), end = certificate_field(t, SLICE("Expire Date:"));
	struct slice words = slice_of(said);
	const char *more = text_find_nocase(words, SLICE(". CAfile"));
	struct buf b;

	if (more != NULL)
		words.len = (size_t)(more - words.ptr);
	buf_init(&b, WORDS_BYTES * 4);
	log_quote(&b, words);
	buf_add_text(&b, " (issued by \"");
	log_quote(&b, text_cut(issuer, 100));
	buf_add_text(&b, "\", valid until ");
	log_quote(&b, end);
	err_set(err, ERR_SYSTEM, "%s: its certificate is not to be trusted: %.*s; authorities are looked for in %s)",
		t->host, (int)b.len, buf_slice(&b).ptr, t->ca_file != NULL ? t->ca_file : "the system's list");
	buf_release(&b);
	return -1;
}

static int tell(const struct transfer *t, CURLcode code, struct err *err)
{
	const char *said = t->said[0] != '\0' ? t->said : curl_easy_strerror(code);

	switch (code) {
	case CURLE_PEER_FAILED_VERIFICATION:
		return untrusted(t, said, err);
	case CURLE_SSL_CACERT_BADFILE:
		return failed(t, "no CA certificates could be read from the configured ca_file", t->ca_file, err);
	case CURLE_OPERATION_TIMEDOUT:
		return err_set(err, ERR_SYSTEM, "%s: no whole answer within %d s", t->host,
			       (t->timeout_ms + 999) / 1000);
	case CURLE_ABORTED_BY_CALLBACK:
		return err_set(err, ERR_SYSTEM, "%s: not waited for, since ruad is to stop", t->host);
	case CURLE_USE_SSL_FAILED:
		return failed(t, "does not offer STARTTLS, or failed at it", t->refusal, err);
	case CURLE_LOGIN_DENIED:
		return failed(t, "refuses the user name or the password", t->refusal, err);
	default:
		break;
	}
	if (code == CURLE_WRITE_ERROR && t->out != NULL && t->out->full)
		return err_set(err, ERR_SYSTEM, "%s: answered with more than %zu bytes", t->host,
			       t->out->ceiling_bytes);
	if (t->refusal[0] != '\0')
		return failed(t, "refuses the mail", t->refusal, err);
	return failed(t, "", said, err);
}

/* What holds for every transfer. A curl_easy_setopt fails for want of memory only, and then all does. */
static int set_common(struct transfer *t, const char *url, const char *protocols)
{
	int c = 0;

	c |= curl_easy_setopt(t->curl, CURLOPT_URL, url);
	c |= curl_easy_setopt(t->curl, CURLOPT_PROTOCOLS_STR, protocols);
	c |= curl_easy_setopt(t->curl, CURLOPT_FOLLOWLOCATION, 0L);
	c |= curl_easy_setopt(t->curl, CURLOPT_PROXY, "");
	c |= curl_easy_setopt(t->curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	c |= curl_easy_setopt(t->curl, CURLOPT_NOSIGNAL, 1L);
	c |= curl_easy_setopt(t->curl, CURLOPT_CONNECTTIMEOUT_MS, (long)LIMIT_CONNECT_MS);
	c |= curl_easy_setopt(t->curl, CURLOPT_TIMEOUT_MS, (long)t->timeout_ms);
	c |= curl_easy_setopt(t->curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	c |= curl_easy_setopt(t->curl, CURLOPT_SSL_VERIFYPEER, 1L);
	c |= curl_easy_setopt(t->curl, CURLOPT_SSL_VERIFYHOST, 2L);
	c |= curl_easy_setopt(t->curl, CURLOPT_CERTINFO, 1L);
	c |= curl_easy_setopt(t->curl, CURLOPT_ERRORBUFFER, t->said);
	if (t->ca_file != NULL) {
		c |= curl_easy_setopt(t->curl, CURLOPT_CAINFO, t->ca_file);
		c |= curl_easy_setopt(t->curl, CURLOPT_CAPATH, NULL);
	}
	if (t->should_stop != NULL) {
		c |= curl_easy_setopt(t->curl, CURLOPT_NOPROGRESS, 0L);
		c |= curl_easy_setopt(t->curl, CURLOPT_XFERINFOFUNCTION, on_progress);
		c |= curl_easy_setopt(t->curl, CURLOPT_XFERINFODATA, t);
	}
	return c;
}

static int run(struct transfer *t, int prepared, struct err *err)
{
	CURLcode c = prepared != CURLE_OK ? CURLE_OUT_OF_MEMORY : curl_easy_perform(t->curl);

	return c == CURLE_OK ? 0 : tell(t, c, err);
}

static bool list_add(struct curl_slist **list, const char *text)
{
	struct curl_slist *more = curl_slist_append(*list, text);

	if (more != NULL)
		*list = more;
	return more != NULL;
}

/* What becomes part of a line of a protocol must not end it. */
static bool is_one_line(const char *text)
{
	for (const char *p = text; text != NULL && *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return false;
	return true;
}

/* --- HTTP --- */

static int set_post(struct transfer *t, const struct outgoing_post *p, struct curl_slist **headers)
{
	int c = set_common(t, p->url, "https,http");
	struct buf type;

	buf_init(&type, LIMIT_PARAM_BYTES);
	buf_addf(&type, "Content-Type: %s", p->content_type);
	/* an empty Expect keeps libcurl from waiting for a go-ahead that some servers never give */
	if (buf_add_char(&type, '\0') != 0 || !list_add(headers, type.data) ||
	    !list_add(headers, "Accept: application/json") || !list_add(headers, "Expect:"))
		c |= CURLE_OUT_OF_MEMORY;
	buf_release(&type);
	c |= curl_easy_setopt(t->curl, CURLOPT_HTTPHEADER, *headers);
	c |= curl_easy_setopt(t->curl, CURLOPT_USERAGENT, "ruad/" RUAD_VERSION);
	c |= curl_easy_setopt(t->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)p->body.len);
	c |= curl_easy_setopt(t->curl, CURLOPT_POSTFIELDS, p->body.ptr);
	c |= curl_easy_setopt(t->curl, CURLOPT_WRITEFUNCTION, on_body);
	c |= curl_easy_setopt(t->curl, CURLOPT_WRITEDATA, t);
	if (p->bearer != NULL) {
		c |= curl_easy_setopt(t->curl, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
		c |= curl_easy_setopt(t->curl, CURLOPT_XOAUTH2_BEARER, p->bearer);
	}
	return c;
}

int outgoing_post(const struct outgoing_post *p, int *status, struct buf *out, struct err *err)
{
	struct transfer t = {
		.ca_file = p->ca_file, .timeout_ms = p->timeout_ms, .should_stop = p->should_stop, .out = out,
		.secret = slice_of(p->bearer)
	};
	struct curl_slist *headers = NULL;
	long code = 0;
	int rc;

	if (check_url(p->url, "https", "http", false, &t, err) != 0)
		return -1;
	if (!is_one_line(p->bearer) || !is_one_line(p->content_type))
		return err_set(err, ERR_USE, "%s: the secret to be sent must be one line", t.host);
	if ((t.curl = curl_easy_init()) == NULL)
		return err_set(err, ERR_SYSTEM, "%s: no memory to ask it", t.host);
	rc = run(&t, set_post(&t, p, &headers), err);
	if (rc == 0 && curl_easy_getinfo(t.curl, CURLINFO_RESPONSE_CODE, &code) == CURLE_OK)
		*status = (int)code;
	curl_easy_cleanup(t.curl);
	curl_slist_free_all(headers);
	return rc;
}

void outgoing_form(struct buf *form, const char *name, struct slice value)
{
	char *escaped = curl_easy_escape(NULL, value.ptr, (int)value.len);

	if (escaped == NULL || buf_addf(form, "%s%s=", form->len > 0 ? "&" : "", name) != 0 ||
	    buf_add_text(form, escaped) != 0)
		form->full = true;
	if (escaped != NULL)
		explicit_bzero(escaped, strlen(escaped));
	curl_free(escaped);
}

/* --- SMTP --- */

static int set_mail(struct transfer *t, const struct outgoing_mail *m, struct curl_slist **to)
{
	int c = set_common(t, m->url, "smtps,smtp");

	for (size_t i = 0; m->to[i] != NULL; i++)
		if (!list_add(to, m->to[i]))
			c |= CURLE_OUT_OF_MEMORY;
	c |= curl_easy_setopt(t->curl, CURLOPT_USE_SSL, (long)(m->starttls ? CURLUSESSL_ALL : CURLUSESSL_NONE));
	c |= curl_easy_setopt(t->curl, CURLOPT_MAIL_FROM, m->from);
	c |= curl_easy_setopt(t->curl, CURLOPT_MAIL_RCPT, *to);
	c |= curl_easy_setopt(t->curl, CURLOPT_UPLOAD, 1L);
	c |= curl_easy_setopt(t->curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)m->message.len);
	c |= curl_easy_setopt(t->curl, CURLOPT_READFUNCTION, on_message);
	c |= curl_easy_setopt(t->curl, CURLOPT_READDATA, t);
	c |= curl_easy_setopt(t->curl, CURLOPT_HEADERFUNCTION, on_answer);
	c |= curl_easy_setopt(t->curl, CURLOPT_HEADERDATA, t);
	if (m->user != NULL) {
		c |= curl_easy_setopt(t->curl, CURLOPT_USERNAME, m->user);
		c |= curl_easy_setopt(t->curl, CURLOPT_PASSWORD, m->password);
	}
	return c;
}

static int check_addresses(const struct outgoing_mail *m, struct err *err)
{
	if (m->to[0] == NULL)
		return err_set(err, ERR_USE, "a mail needs somebody to go to");
	if (!is_one_line(m->from) || !is_one_line(m->user) || !is_one_line(m->password))
		return err_set(err, ERR_USE, "the sender, user name and password of mails must be one line each");
	for (size_t i = 0; m->to[i] != NULL; i++)
		if (!is_one_line(m->to[i]))
			return err_set(err, ERR_USE, "the recipients of mails must be one line each");
	return 0;
}

int outgoing_mail(const struct outgoing_mail *m, struct err *err)
{
	struct transfer t = {
		.ca_file = m->ca_file, .timeout_ms = m->timeout_ms, .should_stop = m->should_stop, .left = m->message,
		.secret = slice_of(m->password)
	};
	struct curl_slist *to = NULL;
	int rc;

	if (check_url(m->url, "smtps", "smtp", m->starttls, &t, err) != 0 || check_addresses(m, err) != 0)
		return -1;
	if ((t.curl = curl_easy_init()) == NULL)
		return err_set(err, ERR_SYSTEM, "%s: no memory to ask it", t.host);
	rc = run(&t, set_mail(&t, m, &to), err);
	curl_easy_cleanup(t.curl);
	curl_slist_free_all(to);
	return rc;
}

const char *outgoing_version(void)
{
	return curl_version_info(CURLVERSION_NOW)->version;
}
