/* check_remote: the half of check.h that speaks to others: mail servers, DNS, a running ruad. */
#include "daemon/check.h"

#include "base/clock.h"
#include "base/text.h"
#include "daemon/dns.h"
#include "daemon/errand.h"
#include "daemon/net.h"
#include "daemon/source_drop.h"
#include "daemon/source_imap.h"
#include "daemon/source_maildir.h"
#include "web/web.h"

#include <unistd.h>

enum { ASK_MS = 5000, ANSWER_BYTES = 256 * 1024, FOUND_BYTES = 4096, DNS_MS = 10 * 1000, DNS_NAMES = 8 };

/* --- mail sources --- */

static int look_into(const struct mail_source *m, const struct config *c, int control, struct buf *found, struct err *err)
{
	switch (m->type) {
	case SOURCE_IMAP:
		return source_imap_check(m, c->oauth, control, found, err);
	case SOURCE_MAILDIR:
		return source_maildir_check(m, found, err);
	case SOURCE_FOLDER:
		return source_drop_check(m, found, err);
	}
	return 0;
}

static void check_source(struct checks *k, const struct mail_source *m, int control)
{
	const char *name = arena_printf(k->command->arena, "mailbox %s", m->name);
	struct buf found;
	struct err err;

	buf_init(&found, FOUND_BYTES);
	if (look_into(m, &k->command->config, control, &found, &err) != 0)
		check_say(k, false, name, "%s", err.text);
	else
		check_say(k, true, name, "%.*s", (int)found.len, buf_slice(&found).ptr);
	buf_release(&found);
}

/* A token that a command prints is asked for as a role would: a helper stands in for the parent. */
static bool wants_errands(const struct config *c)
{
	for (size_t i = 0; i < c->mail_count; i++)
		if (c->mail[i].oauth >= 0 && c->oauth[c->mail[i].oauth].flow == OAUTH_COMMAND)
			return true;
	return false;
}

void check_sources(struct checks *k)
{
	const struct config *c = &k->command->config;
	int control = -1;
	struct err err;

	if (wants_errands(c) && (control = errand_helper(c, &err)) < 0)
		check_say(k, false, "commands", "%s", err.text);
	for (size_t i = 0; i < c->mail_count; i++)
		check_source(k, &c->mail[i], control);
	if (control >= 0)
		close(control);
}

/* --- DNS --- */

static struct slice dmarc_record(const struct name_found *found)
{
	for (size_t i = 0; i < found->n; i++)
		if (text_starts_nocase(found->text[i], SLICE("v=DMARC1")))
			return found->text[i];
	return (struct slice){ 0 };
}

static void on_name(void *ctx, uint32_t number, const struct name_found *found)
{
	struct slice record = dmarc_record(found);
	struct checks *k = ctx;

	if (record.ptr != NULL)
		check_say(k, true, "dns", "%.*s: %.*s", (int)found->name.len, found->name.ptr, (int)record.len, record.ptr);
	else if (lookup_is_answer(found->result))
		check_say(k, false, "dns", "%.*s: there is no DMARC record, so nobody sends reports about this domain: publish one",
			  (int)found->name.len, found->name.ptr);
	else
		check_say(k, false, "dns", "%.*s: %s: name servers that answer with dns.servers, or switch look-ups off",
			  (int)found->name.len, found->name.ptr, lookup_sentence(found->result));
}

static void on_address(void *ctx, uint32_t number, const struct address_found *found)
{
}

static void wait_for_answers(struct dns *d)
{
	int64_t until = clock_ms() + DNS_MS, left;
	struct pollfd fds[DNS_FDS];

	while (dns_waiting(d) > 0 && (left = until - clock_ms()) > 0) {
		int timeout_ms = (int)left, n = dns_poll(d, fds, &timeout_ms);

		poll(fds, (nfds_t)n, timeout_ms);
		dns_turn(d, fds, n);
	}
}

void check_dns(struct checks *k)
{
	const struct config *c = &k->command->config;
	const struct dns_sink sink = { on_address, on_name, k };
	struct dns *d = NULL;
	struct err err;

	if (!c->dns.lookups || c->domains.own_count == 0) {
		check_say(k, true, "dns", "%s", c->dns.lookups ? "there is no own domain to ask about" : "look-ups are switched off");
		return;
	}
	if (dns_open(c->dns.servers, c->dns.per_second, &sink, &d, &err) != 0) {
		check_say(k, false, "dns", "%s", err.text);
		return;
	}
	for (size_t i = 0; i < c->domains.own_count && i < DNS_NAMES; i++)
		dns_want_name(d, (uint32_t)i, slice_of(arena_printf(k->command->arena, "_dmarc.%.*s",
								    (int)c->domains.own[i].len, c->domains.own[i].ptr)));
	wait_for_answers(d);
	if (dns_waiting(d) > 0)
		check_say(k, false, "dns", "no answer within %d s", DNS_MS / 1000);
	dns_close(d);
}

/* --- a running ruad --- */

static int read_answer(struct net *n, struct buf *out, struct err *err)
{
	int64_t until = clock_ms() + ASK_MS, left;
	char bytes[4096];
	size_t got;
	int rc;

	while ((left = until - clock_ms()) > 0 && !out->full) {
		if ((rc = net_read(n, bytes, sizeof bytes, &got, err)) < 0)
			return out->len > 0 ? 0 : -1; /* the end of an answer looks like this */
		if (rc == 1)
			buf_add(out, bytes, got);
		else if (net_wait(n, (int)left, err) != 0)
			return out->len > 0 ? 0 : -1;
	}
	return err_set(err, ERR_SYSTEM, "no whole answer within %d s", ASK_MS / 1000);
}

/* Asks who listens there for its health: its whole answer. */
static int ask(const char *host, int port, bool tls, struct buf *out, struct err *err)
{
	const struct slice request = SLICE("GET /health?format=text HTTP/1.0\r\nHost: localhost\r\n\r\n");
	const struct net_peer peer = { .host = host, .port = port, .unverified = true, .stop_fd = -1 };
	struct net *n;
	int rc;

	if (net_open(&peer, &n, err) != 0)
		return -1;
	rc = tls ? net_start_tls(n, err) : 0;
	if (rc == 0)
		rc = net_write(n, request, ASK_MS, err);
	if (rc == 0)
		rc = read_answer(n, out, err);
	net_close(n);
	return rc;
}

/* A line of status_text: a state word, blanks, a name, and what it says. False for anything else. */
static bool split_line(struct slice line, bool *well, struct slice *text)
{
	static const char *const words[] = { "ok", "starting", "waiting", "failed" };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		size_t n = strlen(words[i]);

		if (line.len < n + 2 || memcmp(line.ptr, words[i], n) != 0 || line.ptr[n] != ' ')
			continue;
		*well = i < 2;
		*text = text_trim((struct slice){ line.ptr + n, line.len - n });
		return true;
	}
	return false;
}

/* Says a line for each part; false where that was no ruad. */
static bool say_parts(struct checks *k, struct slice answer)
{
	const char *body = memmem(answer.ptr, answer.len, "\r\n\r\n", 4);
	struct slice rest, text;
	bool well;
	int said = 0;

	if (body == NULL || answer.len < 13 || memcmp(answer.ptr, "HTTP/1.", 7) != 0)
		return false;
	for (rest = (struct slice){ body + 4, answer.len - (size_t)(body + 4 - answer.ptr) }; rest.len > 0; said++) {
		if (!split_line(text_take_line(&rest), &well, &text))
			return false;
		check_say(k, well, "running ruad", "%.*s", (int)text.len, text.ptr);
	}
	return said > 0;
}

/* Where all addresses are listened on, this machine is one of them. */
static const char *host_to_ask(const char *address)
{
	return strcmp(address, "0.0.0.0") == 0 ? "127.0.0.1" : strcmp(address, "::") == 0 ? "::1" : address;
}

static void check_taken(struct checks *k, const char *address, int port, const char *trouble)
{
	const bool tls = k->command->config.web.tls_certificate != NULL;
	struct buf answer;

	buf_init(&answer, ANSWER_BYTES);
	if (ask(host_to_ask(address), port, tls, &answer, NULL) != 0)
		check_say(k, false, "web", "%s; and no ruad answers there: web.listen names another address", trouble);
	else if (!say_parts(k, buf_slice(&answer)))
		check_say(k, false, "web", "%s, port %d, is taken by another program: name another with web.listen, or end that one",
			  address, port);
	else
		check_say(k, true, "web", "%s, port %d: ruad runs there", address, port);
	buf_release(&answer);
}

void check_web(struct checks *k)
{
	const char *address = k->command->config.web.address;
	int port = k->command->config.web.port, fd, bound;
	struct err err;

	if (web_bind(address, port, &fd, &bound, &err) != 0) {
		check_taken(k, address, port, err.text);
		return;
	}
	close(fd);
	check_say(k, true, "web", "%s, port %d, is free; no ruad runs there now", address, bound);
}
