/* imap: see imap.h. */
#include "daemon/imap.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "daemon/imap_write.h"
#include "daemon/net.h"
#include "daemon/sasl.h"
#include "daemon/secret.h"
#include "schema/limits.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { COMMAND_BYTES = 1024 * 1024, BYE_MS = 500, LITERAL_MINUS_BYTES = 4096 };

struct imap {
	struct imap_server server;
	struct net *net;
	struct imap_reader reader;
	unsigned abilities; /* bits of enum imap_ability */
	uint32_t tag; /* of the last command */
	struct imap_folder folder;
	struct uid_set *found; /* where a search in hand puts what it finds */
	struct secret spoken;  /* what it was signed in with: the server may say it again */
	bool is_idle, has_news;
};

static int fail(const struct imap *m, enum err_kind kind, const char *what, struct err *err)
{
	return err_set(err, kind, "%s:%d: %s", m->server.host, m->server.port, what);
}

/* --- what a server refuses, in words --- */

bool imap_code_is(struct slice code, const char *name)
{
	size_t n = strlen(name);

	return text_starts_nocase(code, slice_of(name)) && (code.len == n || code.ptr[n] == ' ');
}

/* RFC 5530: what may be over soon. */
static bool may_pass(struct slice code)
{
	static const char *const names[] = {
		"UNAVAILABLE", "INUSE", "SERVERBUG", "LIMIT", "OVERQUOTA", "EXPUNGEISSUED"
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (imap_code_is(code, names[i]))
			return true;
	return false;
}

int imap_refused(const struct imap *m, const struct imap_event *answer, enum err_kind kind, const char *what,
		 struct err *err)
{
	struct arena scratch = { 0 };
	struct buf said;

	buf_init(&said, 1024);
	if (answer->code.len > 0) {
		buf_add_char(&said, '[');
		log_quote(&said, secret_hidden(&scratch, answer->code, secret_slice(&m->spoken)));
		buf_add_text(&said, "] ");
	}
	log_quote(&said, secret_hidden(&scratch, answer->text, secret_slice(&m->spoken)));
	err_set(err, may_pass(answer->code) ? ERR_SYSTEM : kind, "%s:%d: %s: %.*s", m->server.host, m->server.port, what,
		(int)said.len, buf_slice(&said).ptr);
	buf_release(&said);
	arena_release(&scratch);
	return -1;
}

/* --- what comes --- */

static const struct {
	const char *name;
	unsigned bits;
} abilities[] = {
	{ "IDLE", IMAP_CAN_IDLE },
	{ "MOVE", IMAP_CAN_MOVE },
	{ "UIDPLUS", IMAP_CAN_UIDPLUS },
	{ "ESEARCH", IMAP_CAN_ESEARCH },
	{ "SASL-IR", IMAP_CAN_SASL_IR },
	{ "LITERAL+", IMAP_CAN_LITERAL_PLUS },
	{ "LITERAL-", IMAP_CAN_LITERAL_MINUS },
	{ "STARTTLS", IMAP_CAN_STARTTLS },
	{ "LOGINDISABLED", IMAP_CAN_NO_LOGIN },
	{ "AUTH=PLAIN", IMAP_CAN_PLAIN },
	{ "AUTH=XOAUTH2", IMAP_CAN_XOAUTH2 },
	{ "AUTH=OAUTHBEARER", IMAP_CAN_OAUTHBEARER },
	{ "IMAP4rev1", IMAP_CAN_REV1 },
	/* RFC 9051 appendix E: what it took in */
	{ "IMAP4rev2", IMAP_CAN_REV2 | IMAP_CAN_IDLE | IMAP_CAN_MOVE | IMAP_CAN_UIDPLUS | IMAP_CAN_ESEARCH |
			       IMAP_CAN_SASL_IR | IMAP_CAN_LITERAL_MINUS },
};

static void take_capabilities(struct imap *m, struct slice data)
{
	struct imap_token t;

	while (imap_token_next(&data, &t) == 1)
		for (size_t i = 0; i < sizeof abilities / sizeof *abilities; i++)
			if (text_eq_nocase(t.text, slice_of(abilities[i].name)))
				m->abilities |= abilities[i].bits;
}

/* The number behind the name of a code: "UIDVALIDITY 17". */
static void take_number(struct slice code, const char *name, uint32_t *out)
{
	size_t n = strlen(name);
	int64_t value;

	if (imap_code_is(code, name) && code.len > n &&
	    text_int((struct slice){ code.ptr + n + 1, code.len - n - 1 }, &value) && value > 0 && value <= UINT32_MAX)
		*out = (uint32_t)value;
}

static int take_status(struct imap *m, const struct imap_response *r, struct err *err)
{
	if (r->status == IMAP_BYE)
		return imap_refused(m, &(struct imap_event){ .code = r->code, .text = r->text }, ERR_SYSTEM,
				    "the server says goodbye", err);
	take_number(r->code, "UIDVALIDITY", &m->folder.validity);
	take_number(r->code, "UIDNEXT", &m->folder.next_uid);
	return 0;
}

static int take_fetch(struct imap *m, const struct imap_response *r, struct imap_event *out, struct err *err)
{
	if (imap_read_fetch(r->data, &out->mail) != 0)
		return fail(m, ERR_SYSTEM, "the server sends a mail in a form that is not IMAP", err);
	out->kind = IMAP_MAIL;
	return out->mail.has_body && out->mail.uid != 0;
}

/* 1 an event, 0 kept or of no interest, -1. */
static int take_untagged(struct imap *m, const struct imap_response *r, struct imap_event *out, struct err *err)
{
	if (r->status != IMAP_NO_STATUS)
		return take_status(m, r, err);
	if (text_eq_nocase(r->name, SLICE("FETCH")))
		return take_fetch(m, r, out, err);
	if (text_eq_nocase(r->name, SLICE("EXPUNGE")) && m->folder.exists > 0)
		m->folder.exists--;
	if (text_eq_nocase(r->name, SLICE("EXISTS"))) { /* some say it with every answer */
		m->has_news |= r->number != m->folder.exists;
		m->folder.exists = r->number;
	}
	if (text_eq_nocase(r->name, SLICE("CAPABILITY")))
		take_capabilities(m, r->data);
	if ((text_eq_nocase(r->name, SLICE("SEARCH")) || text_eq_nocase(r->name, SLICE("ESEARCH"))) &&
	    m->found != NULL && imap_read_search(r, m->found) != 0)
		return fail(m, ERR_SYSTEM, "the server's answer to a search is not IMAP, or names too many mails", err);
	return 0;
}

static int take_tagged(struct imap *m, const struct imap_response *r, struct imap_event *out, struct err *err)
{
	int64_t tag;

	if (r->tag.len < 2 || r->tag.ptr[0] != 'r' ||
	    !text_int((struct slice){ r->tag.ptr + 1, r->tag.len - 1 }, &tag) || tag < 1 || tag > m->tag)
		return fail(m, ERR_SYSTEM, "the server answers a command that was never given", err);
	*out = (struct imap_event){
		.kind = IMAP_ANSWER, .tag = (uint32_t)tag, .status = r->status, .code = r->code, .text = r->text
	};
	return 1;
}

int imap_next(struct imap *m, struct imap_event *out, struct err *err)
{
	struct imap_response r;
	struct err what = { 0 };
	int rc;

	while ((rc = imap_reader_next(&m->reader, &r, &what)) == 1) {
		*out = (struct imap_event){ .kind = IMAP_READY, .text = r.text };
		if (r.kind == IMAP_TAGGED)
			return take_tagged(m, &r, out, err);
		if (r.kind == IMAP_GO_ON)
			return 1;
		if ((rc = take_untagged(m, &r, out, err)) != 0)
			return rc;
	}
	return rc == 0 ? 0 : fail(m, what.kind, what.text, err);
}

int imap_fill(struct imap *m, struct err *err)
{
	char bytes[IMAP_READ_BYTES];
	size_t n = 0;
	int rc = net_read(m->net, bytes, sizeof bytes, &n, err);

	if (rc == 1 && imap_reader_add(&m->reader, (struct slice){ bytes, n }) != 0)
		return fail(m, ERR_SYSTEM, "no memory for what the server sends", err);
	return rc;
}

bool imap_has_pending(const struct imap *m)
{
	return net_has_pending(m->net);
}

int imap_fd(const struct imap *m)
{
	return net_fd(m->net);
}

bool imap_has_news(const struct imap *m)
{
	return m->has_news;
}

bool imap_can(const struct imap *m, enum imap_ability what)
{
	return (m->abilities & what) != 0;
}

/* --- giving a command and waiting for its answer --- */

static int write_all(struct imap *m, struct slice bytes, struct err *err)
{
	return net_write(m->net, bytes, LIMIT_ANSWER_MS, err);
}

/* A line's buffer may have held a secret. */
static void wipe(struct buf *b)
{
	if (b->data != NULL)
		explicit_bzero(b->data, b->len);
	buf_release(b);
}

/* Gives a command: what `line` holds, under a new tag. */
static int give(struct imap *m, const struct buf *line, struct err *err)
{
	struct buf out;
	int rc;

	buf_init(&out, COMMAND_BYTES);
	buf_reserve(&out, line->len + 32);
	buf_addf(&out, "r%u ", (unsigned)++m->tag);
	buf_add_slice(&out, buf_slice(line));
	buf_add_text(&out, "\r\n");
	rc = line->full || out.full ? fail(m, ERR_USE, "a name or secret is too long for IMAP", err)
				    : write_all(m, buf_slice(&out), err);
	wipe(&out);
	return rc;
}

static int give_text(struct imap *m, struct err *err, const char *text)
{
	struct buf line;
	int rc;

	buf_init(&line, COMMAND_BYTES);
	buf_add_text(&line, text);
	rc = give(m, &line, err);
	buf_release(&line);
	return rc;
}

/* Waits for the answer to the last command, or for a continuation: 0, or -1. What else comes was kept by imap_next. The
 * time is that of the whole: a server that keeps talking without an answer is not waited for either. */
static int await(struct imap *m, struct imap_event *out, struct err *err)
{
	int64_t end_ms = clock_ms() + LIMIT_ANSWER_MS;
	int rc;

	for (;;) {
		while ((rc = imap_next(m, out, err)) == 1)
			if (out->kind == IMAP_READY || (out->kind == IMAP_ANSWER && out->tag == m->tag))
				return 0;
		if (rc < 0 || net_wait(m->net, end_ms > clock_ms() ? (int)(end_ms - clock_ms()) : 0, err) != 0 ||
		    imap_fill(m, err) < 0)
			return -1;
	}
}

/* The same where a continuation would be out of place. */
static int await_answer(struct imap *m, struct imap_event *out, struct err *err)
{
	if (await(m, out, err) != 0)
		return -1;
	return out->kind == IMAP_ANSWER ? 0
					: fail(m, ERR_SYSTEM, "the server asks for more where nothing follows", err);
}

static int ask(struct imap *m, const struct buf *line, struct imap_event *out, struct err *err)
{
	return give(m, line, err) == 0 ? await_answer(m, out, err) : -1;
}

/* A command without secrets that has to be answered by OK. */
static int ask_text(struct imap *m, const char *text, struct err *err)
{
	struct imap_event answer;

	if (give_text(m, err, text) != 0 || await_answer(m, &answer, err) != 0)
		return -1;
	return answer.status == IMAP_OK ? 0 : imap_refused(m, &answer, ERR_SYSTEM, text, err);
}

int imap_noop(struct imap *m, struct err *err)
{
	return ask_text(m, "NOOP", err);
}

/* --- beginning --- */

static int ask_capabilities(struct imap *m, struct err *err)
{
	m->abilities = 0;
	if (ask_text(m, "CAPABILITY", err) != 0)
		return -1;
	return imap_can(m, IMAP_CAN_REV1 | IMAP_CAN_REV2)
		       ? 0
		       : fail(m, ERR_USE, "the server speaks neither IMAP4rev1 nor IMAP4rev2", err);
}

/* RFC 9051 7.1.4: a greeting that says who we are comes from somebody who does not know it. */
static int greet(struct imap *m, struct err *err)
{
	int64_t end_ms = clock_ms() + LIMIT_CONNECT_MS;
	struct imap_response r;
	struct err what = { 0 };
	int rc;

	while ((rc = imap_reader_next(&m->reader, &r, &what)) == 0)
		if (net_wait(m->net, end_ms > clock_ms() ? (int)(end_ms - clock_ms()) : 0, err) != 0 ||
		    imap_fill(m, err) < 0)
			return -1;
	if (rc < 0)
		return fail(m, ERR_USE, "what answers there is not a mail server (IMAP)", err);
	if (r.kind == IMAP_UNTAGGED && r.status == IMAP_PREAUTH)
		return fail(m, ERR_USE, "the server takes us for somebody who is signed in already (PREAUTH): refused",
			    err);
	if (r.kind == IMAP_UNTAGGED && r.status == IMAP_BYE)
		return take_status(m, &r, err);
	return r.kind == IMAP_UNTAGGED && r.status == IMAP_OK
		       ? 0
		       : fail(m, ERR_USE, "what answers there is not a mail server (IMAP)", err);
}

/* RFC 9051 6.2.1, and CVE-2011-0411 of others: nothing said before TLS may be taken for said within it. */
static int upgrade(struct imap *m, struct err *err)
{
	struct imap_event answer;

	if (ask_capabilities(m, err) != 0)
		return -1;
	if (!imap_can(m, IMAP_CAN_STARTTLS))
		return fail(m, ERR_USE, "the server offers no STARTTLS: is it tls = \"implicit\", on port 993?", err);
	if (give_text(m, err, "STARTTLS") != 0 || await_answer(m, &answer, err) != 0)
		return -1;
	if (answer.status != IMAP_OK)
		return imap_refused(m, &answer, ERR_SYSTEM, "STARTTLS", err);
	if (!imap_reader_is_empty(&m->reader))
		return fail(m, ERR_USE,
			    "somebody put words in front of the encrypted part (STARTTLS injection): refused", err);
	return net_start_tls(m->net, err);
}

static int begin(struct imap *m, struct err *err)
{
	const struct imap_server *s = &m->server;

	if (net_open(&(struct net_peer){ .host = s->host, .port = s->port, .ca_file = s->ca_file, .stop_fd = s->stop_fd }, &m->net, err) != 0)
		return -1;
	if (s->tls == TLS_NONE && !net_is_private(m->net))
		return fail(m, ERR_USE, "tls = \"none\" is for this machine alone, and this is another", err);
	if (s->tls == TLS_IMPLICIT && net_start_tls(m->net, err) != 0)
		return -1;
	if (greet(m, err) != 0 || (s->tls == TLS_STARTTLS && upgrade(m, err) != 0))
		return -1;
	return ask_capabilities(m, err);
}

int imap_open(const struct imap_server *s, struct imap **out, struct err *err)
{
	struct imap *m = calloc(1, sizeof *m);

	if (m == NULL)
		return err_errno(err, "%s:%d", s->host, s->port);
	m->server = *s;
	imap_reader_init(&m->reader, (size_t)s->mail_bytes + 1);
	if (begin(m, err) != 0) {
		imap_close(m);
		return -1;
	}
	*out = m;
	return 0;
}

void imap_close(struct imap *m)
{
	char bye[64];

	if (m == NULL)
		return;
	if (m->net != NULL && m->abilities != 0) {
		snprintf(bye, sizeof bye, "%sr%u LOGOUT\r\n", m->is_idle ? "DONE\r\n" : "", (unsigned)m->tag + 1);
		net_write(m->net, slice_of(bye), BYE_MS, NULL);
	}
	net_close(m->net);
	imap_reader_release(&m->reader);
	secret_wipe(&m->spoken);
	free(m);
}

/* --- signing in --- */

static const char sign_in_refused[] = "the sign-in is refused, look at user and what its password_file holds";

static int sign_in_done(struct imap *m, const struct imap_event *answer, struct err *err)
{
	if (answer->status != IMAP_OK)
		return imap_refused(m, answer, ERR_USE, sign_in_refused, err);
	return ask_capabilities(m, err);
}

/* AUTHENTICATE (RFC 9051 6.2.2). A challenge is kept, and answered once with `back`, after which the server says no. */
static int authenticate(struct imap *m, const char *mechanism, const struct buf *initial, const char *back,
			struct buf *challenge, struct imap_event *out, struct err *err)
{
	bool at_once = imap_can(m, IMAP_CAN_SASL_IR);
	struct buf line;
	int rc;

	buf_init(&line, COMMAND_BYTES);
	buf_reserve(&line, initial->len + 64);
	buf_addf(&line, "AUTHENTICATE %s", mechanism);
	if (at_once) {
		buf_add_char(&line, ' ');
		buf_add_slice(&line, buf_slice(initial));
	}
	rc = give(m, &line, err) == 0 ? await(m, out, err) : -1;
	if (rc == 0 && !at_once && out->kind == IMAP_READY) {
		buf_clear(&line); /* its room stays: a secret must not move */
		buf_add_slice(&line, buf_slice(initial));
		buf_add_text(&line, "\r\n");
		rc = write_all(m, buf_slice(&line), err) == 0 ? await(m, out, err) : -1;
	}
	wipe(&line);
	if (rc != 0 || out->kind == IMAP_ANSWER)
		return rc;
	buf_add_slice(challenge, out->text);
	return write_all(m, slice_of(back), err) == 0 ? await_answer(m, out, err) : -1;
}

static int authenticate_plain(struct imap *m, const char *user, struct slice password, struct err *err)
{
	struct imap_event answer;
	struct buf initial, challenge;
	int rc;

	buf_init(&initial, COMMAND_BYTES);
	buf_init(&challenge, COMMAND_BYTES);
	rc = sasl_plain(&initial, slice_of(user), password) == 0
		     ? authenticate(m, "PLAIN", &initial, "*\r\n", &challenge, &answer, err)
		     : fail(m, ERR_USE, "user or password hold what IMAP cannot say", err);
	wipe(&initial);
	buf_release(&challenge);
	return rc == 0 ? sign_in_done(m, &answer, err) : -1;
}

static bool is_sayable(struct slice s)
{
	return s.len == 0 || (memchr(s.ptr, '\r', s.len) == NULL && memchr(s.ptr, '\n', s.len) == NULL &&
			      memchr(s.ptr, '\0', s.len) == NULL);
}

/* A string behind what `line` holds: in quotes, or as a literal (RFC 7888); where the server wants to be asked before
 * one, the line goes out so far. */
static int add_string(struct imap *m, struct buf *line, struct slice s, struct err *err)
{
	struct imap_event event;
	bool unasked = imap_can(m, IMAP_CAN_LITERAL_PLUS) ||
		       (imap_can(m, IMAP_CAN_LITERAL_MINUS) && s.len <= LITERAL_MINUS_BYTES);

	if (imap_is_quotable(s)) {
		imap_write_quoted(line, s);
		return 0;
	}
	buf_addf(line, "{%zu%s}\r\n", s.len, unasked ? "+" : "");
	if (!unasked) {
		if (write_all(m, buf_slice(line), err) != 0 || await(m, &event, err) != 0)
			return -1;
		if (event.kind != IMAP_READY)
			return imap_refused(m, &event, ERR_USE, sign_in_refused, err);
		buf_clear(line);
	}
	buf_add_slice(line, s);
	return 0;
}

static int login(struct imap *m, const char *user, struct slice password, struct err *err)
{
	struct imap_event answer;
	struct buf line;
	int rc;

	if (!is_sayable(slice_of(user)) || !is_sayable(password))
		return fail(m, ERR_USE, "user or password hold the end of a line, which IMAP cannot say", err);
	buf_init(&line, COMMAND_BYTES);
	buf_reserve(&line, 2 * (strlen(user) + password.len) + 64);
	buf_addf(&line, "r%u LOGIN ", (unsigned)++m->tag);
	rc = add_string(m, &line, slice_of(user), err);
	buf_add_char(&line, ' ');
	if (rc == 0)
		rc = add_string(m, &line, password, err);
	buf_add_text(&line, "\r\n");
	if (rc == 0)
		rc = write_all(m, buf_slice(&line), err) == 0 ? await_answer(m, &answer, err) : -1;
	wipe(&line);
	return rc == 0 ? sign_in_done(m, &answer, err) : -1;
}

static int need_privacy(const struct imap *m, struct err *err)
{
	return net_is_private(m->net) ? 0 : fail(m, ERR_USE, "no secret is sent without TLS", err);
}

int imap_sign_in(struct imap *m, const char *user, struct slice password, struct err *err)
{
	if (need_privacy(m, err) != 0 || secret_set(&m->spoken, password, err) != 0)
		return -1;
	if (imap_can(m, IMAP_CAN_PLAIN))
		return authenticate_plain(m, user, password, err);
	if (imap_can(m, IMAP_CAN_NO_LOGIN))
		return fail(m, ERR_USE, "the server takes no passwords here (LOGINDISABLED): it may want OAuth, or TLS",
			    err);
	return login(m, user, password, err);
}

static int refuse_token(const struct imap *m, const struct imap_event *answer, struct slice challenge, struct err *err)
{
	struct arena scratch = { 0 };
	struct buf words;

	buf_init(&words, 1024);
	if (!sasl_explain(challenge, &words))
		buf_add_text(&words, "the token is refused");
	buf_add_char(&words, '\0');
	imap_refused(m, answer, ERR_USE,
		     secret_hidden(&scratch, slice_of(buf_slice(&words).ptr), secret_slice(&m->spoken)).ptr, err);
	buf_release(&words);
	arena_release(&scratch);
	return may_pass(answer->code) ? -1 : 1;
}

int imap_sign_in_token(struct imap *m, const char *user, const char *token, struct err *err)
{
	bool bearer = imap_can(m, IMAP_CAN_OAUTHBEARER);
	struct slice who = slice_of(user), what = slice_of(token);
	struct imap_event answer;
	struct buf initial, challenge;
	int rc;

	if (need_privacy(m, err) != 0 || secret_set(&m->spoken, what, err) != 0)
		return -1;
	if (!imap_can(m, IMAP_CAN_OAUTHBEARER | IMAP_CAN_XOAUTH2))
		return fail(m, ERR_USE, "the server takes no tokens: it offers neither OAUTHBEARER nor XOAUTH2", err);
	buf_init(&initial, COMMAND_BYTES);
	buf_init(&challenge, COMMAND_BYTES);
	rc = bearer ? sasl_oauthbearer(&initial, who, m->server.host, m->server.port, what)
		    : sasl_xoauth2(&initial, who, what);
	rc = rc == 0 ? authenticate(m, bearer ? "OAUTHBEARER" : "XOAUTH2", &initial, bearer ? "AQ==\r\n" : "\r\n",
				    &challenge, &answer, err)
		     : fail(m, ERR_USE, "user or token hold what IMAP cannot say", err);
	if (rc == 0)
		rc = answer.status == IMAP_OK ? ask_capabilities(m, err)
					      : refuse_token(m, &answer, buf_slice(&challenge), err);
	wipe(&initial);
	buf_release(&challenge);
	return rc;
}

/* --- folders --- */

static int add_folder(const struct imap *m, struct buf *line, const char *folder, struct err *err)
{
	bool plain = imap_can(m, IMAP_CAN_REV2) && !imap_can(m, IMAP_CAN_REV1);

	return imap_write_folder(line, slice_of(folder), plain) == 0
		       ? 0
		       : fail(m, ERR_USE, "the name of a folder is not UTF-8, or holds control characters", err);
}

static int ask_about(struct imap *m, const char *before, const char *folder, const char *behind,
		     struct imap_event *answer, struct err *err)
{
	struct buf line;
	int rc;

	buf_init(&line, COMMAND_BYTES);
	buf_add_text(&line, before);
	rc = add_folder(m, &line, folder, err);
	buf_add_text(&line, behind);
	if (rc == 0)
		rc = ask(m, &line, answer, err);
	buf_release(&line);
	return rc;
}

int imap_select(struct imap *m, const char *folder, bool read_only, struct imap_folder *out, struct err *err)
{
	struct imap_event answer;
	char what[256];

	m->folder = (struct imap_folder){ 0 };
	if (ask_about(m, read_only ? "EXAMINE " : "SELECT ", folder, "", &answer, err) != 0)
		return -1;
	if (answer.status != IMAP_OK) {
		snprintf(what, sizeof what, "the folder %s cannot be opened", folder);
		return imap_refused(m, &answer, ERR_USE, what, err);
	}
	if (m->folder.validity == 0)
		return fail(m, ERR_USE,
			    "the server gives no UIDVALIDITY, so it cannot be remembered which mails are known", err);
	m->has_news = false;
	m->folder.read_only = imap_code_is(answer.code, "READ-ONLY");
	*out = m->folder;
	return 0;
}

int imap_has_folder(struct imap *m, const char *folder, struct err *err)
{
	struct imap_event answer;

	if (ask_about(m, "STATUS ", folder, " (UIDNEXT)", &answer, err) != 0)
		return -1;
	if (answer.status == IMAP_OK)
		return 1;
	return imap_code_is(answer.code, "NOPERM") || may_pass(answer.code)
		       ? imap_refused(m, &answer, ERR_USE, folder, err)
		       : 0;
}

int imap_search(struct imap *m, uint32_t first, int64_t since_day, bool undeleted, struct uid_set *out, struct err *err)
{
	struct uid_set found = { 0 };
	struct imap_event answer;
	struct buf line;
	int rc;

	buf_init(&line, 256);
	buf_addf(&line, "UID SEARCH %sUID %u:*", imap_can(m, IMAP_CAN_ESEARCH) ? "RETURN (ALL) " : "", (unsigned)first);
	if (undeleted)
		buf_add_text(&line, " UNDELETED");
	if (since_day != INT64_MIN) {
		buf_add_text(&line, " SINCE ");
		imap_write_day(&line, since_day);
	}
	m->found = &found;
	m->has_news = false;
	rc = ask(m, &line, &answer, err);
	m->found = NULL;
	buf_release(&line);
	if (rc == 0 && answer.status != IMAP_OK)
		rc = imap_refused(m, &answer, ERR_SYSTEM, "the server does not search", err);
	if (rc != 0) {
		uid_set_release(&found);
		return -1;
	}
	uid_set_sort(&found, first); /* n:* names the last mail even where it is older than n */
	*out = found;
	return 0;
}

/* --- ahead --- */

static int add_command(const struct imap *m, struct buf *line, enum imap_command c, struct slice uids,
		       const char *folder, struct err *err)
{
	static const struct {
		const char *before, *behind;
	} words[] = {
		[IMAP_FETCH] = { "UID FETCH ", "" },
		[IMAP_MOVE] = { "UID MOVE ", " " },
		[IMAP_COPY] = { "UID COPY ", " " },
		[IMAP_SEEN] = { "UID STORE ", " +FLAGS.SILENT (\\Seen)" },
		[IMAP_DELETED] = { "UID STORE ", " +FLAGS.SILENT (\\Deleted)" },
		[IMAP_EXPUNGE] = { "UID EXPUNGE ", "" },
		[IMAP_CREATE] = { "CREATE ", "" },
		[IMAP_IDLE] = { "IDLE", "" },
	};

	buf_add_text(line, words[c].before);
	buf_add_slice(line, uids);
	buf_add_text(line, words[c].behind);
	if (c == IMAP_FETCH)
		buf_addf(line, " (UID BODY.PEEK[]<0.%lld>)", (long long)m->server.mail_bytes + 1);
	return folder != NULL ? add_folder(m, line, folder, err) : 0;
}

int imap_send(struct imap *m, enum imap_command c, struct slice uids, const char *folder, uint32_t *tag,
	      struct err *err)
{
	struct buf line;
	int rc;

	buf_init(&line, COMMAND_BYTES);
	rc = add_command(m, &line, c, uids, folder, err);
	if (rc == 0)
		rc = give(m, &line, err);
	buf_release(&line);
	*tag = m->tag;
	m->is_idle = c == IMAP_IDLE;
	return rc;
}

int imap_done(struct imap *m, struct err *err)
{
	struct imap_event event = { 0 };

	m->is_idle = false;
	if (write_all(m, SLICE("DONE\r\n"), err) != 0)
		return -1;
	do { /* the word that IDLE has begun may still be on its way */
		if (await(m, &event, err) != 0)
			return -1;
	} while (event.kind != IMAP_ANSWER);
	return 0;
}
