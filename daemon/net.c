/* net: see net.h. */
#include "daemon/net.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "schema/limits.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

/* A peer that went away without a word is noticed after two minutes, in IDLE too. */
enum { ALIVE_AFTER_S = 60, ALIVE_EVERY_S = 20, ALIVE_TRIES = 3 };

struct net {
	struct net_peer peer;
	int fd;
	gnutls_session_t tls; /* NULL: not yet */
	gnutls_certificate_credentials_t trust;
	bool is_local;
};

static int fail(const struct net_peer *p, enum err_kind kind, const char *what, struct err *err)
{
	return err_set(err, kind, "%s:%d: %s", p->host, p->port, what);
}

/* --- waiting --- */

/* Waits for `events` of `fd` until `deadline_ms` of the clock: 0, or -1 with err. */
static int await(const struct net_peer *p, int fd, short events, int64_t deadline_ms, struct err *err)
{
	struct pollfd fds[2] = { { fd, events, 0 }, { p->stop_fd, POLLIN, 0 } };
	int64_t left;
	int n;

	do {
		left = deadline_ms - clock_ms();
		n = poll(fds, 2, left > 0 ? (int)left : 0);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_errno(err, "%s:%d", p->host, p->port);
	if (fds[1].revents != 0)
		return fail(p, ERR_SYSTEM, "stopped while waiting", err);
	return n > 0 ? 0 : fail(p, ERR_SYSTEM, "no answer in time", err);
}

int net_wait(struct net *n, int timeout_ms, struct err *err)
{
	return net_has_pending(n) ? 0 : await(&n->peer, n->fd, POLLIN, clock_ms() + timeout_ms, err);
}

int net_fd(const struct net *n)
{
	return n->fd;
}

bool net_has_pending(const struct net *n)
{
	return n->tls != NULL && gnutls_record_check_pending(n->tls) > 0;
}

bool net_is_private(const struct net *n)
{
	return n->tls != NULL || n->is_local;
}

/* --- connecting --- */

static int connect_one(const struct net_peer *p, const struct addrinfo *a, struct err *err)
{
	int fd = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), trouble = 0;
	socklen_t size = sizeof trouble;

	if (fd < 0)
		return err_errno(err, "%s:%d", p->host, p->port);
	if (connect(fd, a->ai_addr, a->ai_addrlen) != 0) {
		trouble = errno;
		if (trouble == EINPROGRESS && await(p, fd, POLLOUT, clock_ms() + LIMIT_CONNECT_MS, err) != 0) {
			close(fd);
			return -1;
		}
		if (trouble == EINPROGRESS && getsockopt(fd, SOL_SOCKET, SO_ERROR, &trouble, &size) != 0)
			trouble = errno;
	}
	if (trouble == 0)
		return fd;
	close(fd);
	errno = trouble;
	return err_errno(err, "%s:%d: cannot connect", p->host, p->port);
}

static bool is_loopback(const struct sockaddr *a)
{
	if (a->sa_family == AF_INET)
		return ntohl(((const struct sockaddr_in *)(const void *)a)->sin_addr.s_addr) >> 24 == 127;
	if (a->sa_family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)(const void *)a)->sin6_addr);
	return false;
}

static void set_options(int fd)
{
	const int on = 1, after = ALIVE_AFTER_S, every = ALIVE_EVERY_S, tries = ALIVE_TRIES;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &after, sizeof after);
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &every, sizeof every);
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &tries, sizeof tries);
}

static int look_up(const struct net_peer *p, struct addrinfo **out, struct err *err)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	/* RFC 6761 6.3: localhost is the loopback address, whatever there is to look it up in */
	const char *host = text_eq_nocase(slice_of(p->host), SLICE("localhost")) ? NULL : p->host;
	char port[16];
	int rc;

	snprintf(port, sizeof port, "%d", p->port);
	if ((rc = getaddrinfo(host, port, &hints, out)) != 0)
		return err_set(err, ERR_SYSTEM, "%s:%d: cannot find the host: %s", p->host, p->port, gai_strerror(rc));
	return 0;
}

int net_open(const struct net_peer *p, struct net **out, struct err *err)
{
	struct net *n = calloc(1, sizeof *n);
	struct addrinfo *all = NULL;

	if (n == NULL)
		return err_errno(err, "%s:%d", p->host, p->port);
	n->peer = *p;
	n->fd = -1;
	if (look_up(p, &all, err) == 0) {
		for (struct addrinfo *a = all; a != NULL && n->fd < 0; a = a->ai_next) {
			n->fd = connect_one(p, a, err);
			n->is_local = is_loopback(a->ai_addr);
		}
		freeaddrinfo(all);
	}
	if (n->fd < 0) {
		net_close(n);
		return -1;
	}
	set_options(n->fd);
	*out = n;
	return 0;
}

void net_close(struct net *n)
{
	if (n == NULL)
		return;
	if (n->tls != NULL) {
		gnutls_bye(n->tls, GNUTLS_SHUT_WR);
		gnutls_deinit(n->tls);
	}
	if (n->trust != NULL)
		gnutls_certificate_free_credentials(n->trust);
	if (n->fd >= 0)
		close(n->fd);
	free(n);
}

/* --- what is wrong with a certificate --- */

/* The first name that the certificate is for, quoted, and when it ends. */
static void read_certificate(gnutls_session_t tls, struct buf *name, int64_t *ends_day)
{
	unsigned count = 0;
	const gnutls_datum_t *list = gnutls_certificate_get_peers(tls, &count);
	gnutls_x509_crt_t crt;
	char text[256];
	size_t size = sizeof text;

	if (list == NULL || count == 0 || gnutls_x509_crt_init(&crt) != 0)
		return;
	if (gnutls_x509_crt_import(crt, &list[0], GNUTLS_X509_FMT_DER) == 0) {
		*ends_day = text_floor_div(gnutls_x509_crt_get_expiration_time(crt), 86400);
		if (gnutls_x509_crt_get_subject_alt_name(crt, 0, text, &size, NULL) == GNUTLS_SAN_DNSNAME)
			log_quote(name, (struct slice){ text, size });
	}
	gnutls_x509_crt_deinit(crt);
}

static void add_status(struct buf *out, unsigned status)
{
	gnutls_datum_t said = { 0 };

	if (gnutls_certificate_verification_status_print(status, GNUTLS_CRT_X509, &said, 0) == 0)
		buf_addf(out, "its certificate is refused: %s", (const char *)said.data);
	gnutls_free(said.data);
}

static int refuse_certificate(struct net *n, struct err *err)
{
	unsigned status = gnutls_session_get_verify_cert_status(n->tls);
	char day[TEXT_DAY_BYTES];
	struct buf name, what;
	int64_t ends_day = 0;

	buf_init(&name, 1024);
	buf_init(&what, 1024);
	read_certificate(n->tls, &name, &ends_day);
	if (status & GNUTLS_CERT_EXPIRED)
		buf_addf(&what, "its certificate expired on %s: the server needs a new one", text_day(day, ends_day));
	else if (status & GNUTLS_CERT_NOT_ACTIVATED)
		buf_add_text(&what, "its certificate is not valid yet: look at this machine's clock");
	else if (status & (GNUTLS_CERT_SIGNER_NOT_FOUND | GNUTLS_CERT_SIGNER_NOT_CA))
		buf_addf(&what,
			 "its certificate is signed by nobody that %s names: where it is your own CA, give its file "
			 "as ca_file",
			 n->peer.ca_file != NULL ? n->peer.ca_file : "this system");
	else if (status & GNUTLS_CERT_UNEXPECTED_OWNER)
		buf_addf(&what,
			 "its certificate is for %.*s and not for this host name: write host as it stands in the "
			 "certificate",
			 (int)(name.len > 0 ? name.len : 12), name.len > 0 ? name.data : "another name");
	else
		add_status(&what, status);
	err_set(err, ERR_USE, "%s:%d: %.*s", n->peer.host, n->peer.port, (int)what.len, buf_slice(&what).ptr);
	buf_release(&name);
	buf_release(&what);
	return -1;
}

/* --- TLS --- */

static int set_trust(struct net *n, struct err *err)
{
	const char *file = n->peer.ca_file;
	int count;

	if (gnutls_certificate_allocate_credentials(&n->trust) != 0)
		return fail(&n->peer, ERR_SYSTEM, "no memory for TLS", err);
	if (n->peer.unverified)
		return 0;
	count = file != NULL ? gnutls_certificate_set_x509_trust_file(n->trust, file, GNUTLS_X509_FMT_PEM)
			     : gnutls_certificate_set_x509_system_trust(n->trust);
	if (count > 0)
		return 0;
	return file != NULL ? err_set(err, ERR_USE, "%s: no certificate could be read from this ca_file: %s", file,
				      count < 0 ? gnutls_strerror(count) : "there is none in it")
			    : fail(&n->peer, ERR_USE,
				   "this system trusts nobody: install ca-certificates, or give a ca_file", err);
}

static bool is_address(const char *host)
{
	unsigned char any[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, host, any) == 1 || inet_pton(AF_INET6, host, any) == 1;
}

static int set_session(struct net *n, struct err *err)
{
	const char *host = n->peer.host;
	int rc = gnutls_init(&n->tls, GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL);

	if (rc == 0)
		rc = gnutls_priority_set_direct(n->tls, "NORMAL:-VERS-TLS1.0:-VERS-TLS1.1:%PROFILE_MEDIUM", NULL);
	if (rc == 0)
		rc = gnutls_credentials_set(n->tls, GNUTLS_CRD_CERTIFICATE, n->trust);
	if (rc == 0 && !is_address(host)) /* RFC 6066 3: never an address */
		rc = gnutls_server_name_set(n->tls, GNUTLS_NAME_DNS, host, strlen(host));
	if (rc != 0)
		return fail(&n->peer, ERR_SYSTEM, gnutls_strerror(rc), err);
	if (!n->peer.unverified)
		gnutls_session_set_verify_cert(n->tls, host, 0);
	gnutls_transport_set_int(n->tls, n->fd);
	return 0;
}

static int refuse_handshake(struct net *n, int rc, struct err *err)
{
	if (rc == GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR)
		return refuse_certificate(n, err);
	if (rc == GNUTLS_E_UNEXPECTED_PACKET_LENGTH || rc == GNUTLS_E_UNSUPPORTED_VERSION_PACKET ||
	    rc == GNUTLS_E_UNEXPECTED_PACKET)
		return fail(&n->peer, ERR_USE,
			    "what answers there is not TLS: is it tls = \"starttls\", or another port?", err);
	return err_set(err, ERR_SYSTEM, "%s:%d: TLS does not begin: %s", n->peer.host, n->peer.port,
		       gnutls_strerror(rc));
}

static short direction(const struct net *n)
{
	return gnutls_record_get_direction(n->tls) ? POLLOUT : POLLIN;
}

static void forget_tls(struct net *n)
{
	if (n->tls != NULL)
		gnutls_deinit(n->tls);
	n->tls = NULL;
}

int net_start_tls(struct net *n, struct err *err)
{
	int64_t deadline_ms = clock_ms() + LIMIT_CONNECT_MS;
	int rc = 0;

	if (set_trust(n, err) != 0 || set_session(n, err) != 0) {
		forget_tls(n);
		return -1;
	}
	while ((rc = gnutls_handshake(n->tls)) != 0) {
		if (rc == GNUTLS_E_AGAIN || rc == GNUTLS_E_INTERRUPTED)
			rc = await(&n->peer, n->fd, direction(n), deadline_ms, err);
		else if (gnutls_error_is_fatal(rc))
			rc = refuse_handshake(n, rc, err);
		else
			continue; /* a warning */
		if (rc != 0) {
			forget_tls(n);
			return -1;
		}
	}
	return 0;
}

/* --- reading and writing --- */

static int read_tls(struct net *n, char *to, size_t room, size_t *got, struct err *err)
{
	ssize_t rc = gnutls_record_recv(n->tls, to, room);

	if (rc > 0) {
		*got = (size_t)rc;
		return 1;
	}
	if (rc == 0 || rc == GNUTLS_E_PREMATURE_TERMINATION)
		return fail(&n->peer, ERR_SYSTEM, "the server closed the connection", err);
	if (!gnutls_error_is_fatal((int)rc))
		return 0;
	return fail(&n->peer, ERR_SYSTEM, gnutls_strerror((int)rc), err);
}

int net_read(struct net *n, char *to, size_t room, size_t *got, struct err *err)
{
	ssize_t rc;

	if (n->tls != NULL)
		return read_tls(n, to, room, got, err);
	if ((rc = recv(n->fd, to, room, 0)) > 0) {
		*got = (size_t)rc;
		return 1;
	}
	if (rc == 0)
		return fail(&n->peer, ERR_SYSTEM, "the server closed the connection", err);
	if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
		return 0;
	return err_errno(err, "%s:%d", n->peer.host, n->peer.port);
}

/* How much went out, 0 where it would have to wait; -1 with err. */
static ssize_t write_some(struct net *n, struct slice bytes, struct err *err)
{
	ssize_t rc;

	if (n->tls == NULL) {
		rc = send(n->fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);
		if (rc >= 0 || errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
			return rc < 0 ? 0 : rc;
		return err_errno(err, "%s:%d", n->peer.host, n->peer.port);
	}
	rc = gnutls_record_send(n->tls, bytes.ptr, bytes.len);
	if (rc >= 0 || !gnutls_error_is_fatal((int)rc))
		return rc < 0 ? 0 : rc;
	return fail(&n->peer, ERR_SYSTEM, gnutls_strerror((int)rc), err);
}

int net_write(struct net *n, struct slice bytes, int timeout_ms, struct err *err)
{
	int64_t deadline_ms = clock_ms() + timeout_ms;

	while (bytes.len > 0) {
		ssize_t sent = write_some(n, bytes, err);

		if (sent < 0 || (sent == 0 && await(&n->peer, n->fd, POLLOUT, deadline_ms, err) != 0))
			return -1;
		bytes = (struct slice){ bytes.ptr + sent, bytes.len - (size_t)sent };
	}
	return 0;
}

const char *net_version(void)
{
	return gnutls_check_version(NULL);
}
