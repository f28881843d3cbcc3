/* certificate: see certificate.h. Each handshake is given copies of its own, so nothing has to know when the last one that uses an old
 * certificate is over. */
#include "web/certificate.h"

#include "base/clock.h"
#include "base/text.h"
#include "schema/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/abstract.h>
#include <gnutls/x509.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { SETTLE_MS = 3000 /* two files are not replaced at once */, DAY_S = 86400 };

struct certificate {
	gnutls_x509_crt_t *chain;
	unsigned n;
	gnutls_x509_privkey_t key;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct certificate current; /* n == 0: none */

static void release(struct certificate *c)
{
	for (unsigned i = 0; i < c->n; i++)
		gnutls_x509_crt_deinit(c->chain[i]);
	gnutls_free(c->chain);
	if (c->key != NULL)
		gnutls_x509_privkey_deinit(c->key);
	*c = (struct certificate){ 0 };
}

/* --- reading --- */

/* The whole file; the caller wipes and frees it. */
static int read_file(const char *path, gnutls_datum_t *out, struct err *err)
{
	unsigned char *bytes = malloc(LIMIT_CERTIFICATE_BYTES + 1);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	size_t n = 0;
	ssize_t got = -1;

	while (fd >= 0 && bytes != NULL && n <= LIMIT_CERTIFICATE_BYTES && (got = read(fd, bytes + n, LIMIT_CERTIFICATE_BYTES + 1 - n)) > 0)
		n += (size_t)got;
	if (got < 0)
		err_set(err, ERR_USE, "%s: %s: web.tls_certificate and web.tls_key name files that the user ruad runs as can read", path,
			strerror(errno));
	else if (n > LIMIT_CERTIFICATE_BYTES)
		got = err_set(err, ERR_USE, "%s: larger than %d bytes: this is no PEM file of a certificate or key", path,
			      LIMIT_CERTIFICATE_BYTES);
	if (fd >= 0)
		close(fd);
	if (got < 0) {
		if (bytes != NULL)
			explicit_bzero(bytes, n);
		free(bytes);
		return -1;
	}
	*out = (gnutls_datum_t){ bytes, (unsigned)n };
	return 0;
}

static void wipe(gnutls_datum_t *d)
{
	explicit_bzero(d->data, d->size);
	free(d->data);
}

static int read_chain(const char *path, struct certificate *c, struct err *err)
{
	gnutls_datum_t text;
	int rc;

	if (read_file(path, &text, err) != 0)
		return -1;
	rc = gnutls_x509_crt_list_import2(&c->chain, &c->n, &text, GNUTLS_X509_FMT_PEM, GNUTLS_X509_CRT_LIST_SORT);
	wipe(&text);
	if (rc >= 0 && c->n > 0)
		return 0;
	c->n = 0;
	return err_set(err, ERR_USE, "%s: holds no certificate: web.tls_certificate is a PEM file, the server's own certificate first "
		       "and those up to the CA behind it (%s)", path, gnutls_strerror(rc));
}

static int read_key(const char *path, struct certificate *c, struct err *err)
{
	gnutls_datum_t text;
	int rc;

	if (read_file(path, &text, err) != 0)
		return -1;
	if ((rc = gnutls_x509_privkey_init(&c->key)) == 0)
		rc = gnutls_x509_privkey_import2(c->key, &text, GNUTLS_X509_FMT_PEM, NULL, 0);
	wipe(&text);
	if (rc == 0)
		return 0;
	if (rc == GNUTLS_E_DECRYPTION_FAILED)
		return err_set(err, ERR_USE, "%s: the key wants a passphrase: write it without one, readable for ruad alone", path);
	return err_set(err, ERR_USE, "%s: holds no private key: web.tls_key is a PEM file (%s)", path, gnutls_strerror(rc));
}

static bool belong_together(const struct certificate *c)
{
	unsigned char of_certificate[64], of_key[64];
	size_t n = sizeof of_certificate, m = sizeof of_key;

	return gnutls_x509_crt_get_key_id(c->chain[0], 0, of_certificate, &n) == 0 &&
	       gnutls_x509_privkey_get_key_id(c->key, 0, of_key, &m) == 0 && n == m && memcmp(of_certificate, of_key, n) == 0;
}

static void read_about(const struct certificate *c, struct certificate_about *out)
{
	size_t size = sizeof out->name;

	*out = (struct certificate_about){ .begins_s = gnutls_x509_crt_get_activation_time(c->chain[0]),
					   .ends_s = gnutls_x509_crt_get_expiration_time(c->chain[0]) };
	if (gnutls_x509_crt_get_subject_alt_name(c->chain[0], 0, out->name, &size, NULL) != GNUTLS_SAN_DNSNAME)
		out->name[0] = '\0';
}

static int load(const char *certificate, const char *key, struct certificate *out, struct certificate_about *about, struct err *err)
{
	struct certificate c = { 0 };

	if (read_chain(certificate, &c, err) != 0 || read_key(key, &c, err) != 0) {
		release(&c);
		return -1;
	}
	if (!belong_together(&c)) {
		release(&c);
		return err_set(err, ERR_USE, "%s: is not the key of the certificate in %s: web.tls_key and web.tls_certificate must belong "
			       "together", key, certificate);
	}
	read_about(&c, about);
	*out = c;
	return 0;
}

int certificate_look(const char *certificate, const char *key, struct certificate_about *out, struct err *err)
{
	struct certificate c;

	if (load(certificate, key, &c, out, err) != 0)
		return -1;
	release(&c);
	return 0;
}

/* --- following the files --- */

static uint64_t mixed(uint64_t stamp, const char *path)
{
	struct stat st = { 0 };
	const uint64_t parts[] = { stat(path, &st) == 0, (uint64_t)st.st_dev, (uint64_t)st.st_ino, (uint64_t)st.st_size,
				   (uint64_t)st.st_mtim.tv_sec, (uint64_t)st.st_mtim.tv_nsec };

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		stamp = (stamp ^ parts[i]) * 0x100000001b3u + 1;
	return stamp;
}

static uint64_t stamp_of(const struct certificate_files *f)
{
	return mixed(mixed(0xcbf29ce484222325u, f->certificate), f->key);
}

static void hand_out_from_now(struct certificate *c)
{
	struct certificate old;

	pthread_mutex_lock(&lock);
	old = current;
	current = *c;
	pthread_mutex_unlock(&lock);
	release(&old);
}

int certificate_start(struct certificate_files *f, const char *certificate, const char *key, struct certificate_about *out,
		      struct err *err)
{
	struct certificate c;

	*f = (struct certificate_files){ .certificate = certificate, .key = key };
	f->stamp = f->tried = stamp_of(f);
	if (load(certificate, key, &c, out, err) != 0)
		return -1;
	hand_out_from_now(&c);
	return 0;
}

static int check_time(const struct certificate_files *f, const struct certificate_about *about, struct err *err)
{
	int64_t now_s = time(NULL);
	char day[TEXT_DAY_BYTES];

	if (about->ends_s <= now_s)
		return err_set(err, ERR_USE, "%s: this certificate ended on %s: put a newer one there", f->certificate,
			       text_day(day, text_floor_div(about->ends_s, DAY_S)));
	if (about->begins_s > now_s)
		return err_set(err, ERR_USE, "%s: this certificate is valid from %s on only: look at this machine's clock", f->certificate,
			       text_day(day, text_floor_div(about->begins_s, DAY_S)));
	return 0;
}

int certificate_follow(struct certificate_files *f, struct certificate_about *out, struct err *err)
{
	uint64_t stamp = stamp_of(f);
	struct certificate_about about;
	struct certificate c;

	if (stamp != f->stamp) {
		f->stamp = stamp;
		f->changed_ms = clock_ms();
	}
	if (stamp == f->tried || clock_ms() - f->changed_ms < SETTLE_MS)
		return 0;
	f->tried = stamp;
	if (load(f->certificate, f->key, &c, &about, err) != 0)
		return -1;
	if (check_time(f, &about, err) != 0) {
		release(&c);
		return -1;
	}
	hand_out_from_now(&c);
	*out = about;
	return 1;
}

void certificate_end(void)
{
	struct certificate none = { 0 };

	hand_out_from_now(&none);
}

/* --- handing out --- */

static int copy_chain(gnutls_pcert_st **out, unsigned *n)
{
	gnutls_pcert_st *copy = gnutls_calloc(current.n, sizeof *copy);

	*n = 0;
	for (unsigned i = 0; copy != NULL && i < current.n; i++) {
		if (gnutls_pcert_import_x509(&copy[i], current.chain[i], 0) != 0)
			break;
		*n = i + 1;
	}
	*out = copy;
	return copy != NULL && current.n > 0 && *n == current.n ? 0 : -1;
}

static int copy_key(gnutls_privkey_t *out)
{
	if (gnutls_privkey_init(out) != 0) {
		*out = NULL;
		return -1;
	}
	return gnutls_privkey_import_x509(*out, current.key, GNUTLS_PRIVKEY_IMPORT_COPY);
}

static int hand_out(gnutls_session_t session, const struct gnutls_cert_retr_st *info, gnutls_pcert_st **chain, unsigned *n,
		    gnutls_ocsp_data_st **ocsp, unsigned *ocsp_n, gnutls_privkey_t *key, unsigned *flags)
{
	int rc;

	*ocsp = NULL;
	*ocsp_n = 0;
	*key = NULL;
	pthread_mutex_lock(&lock);
	rc = copy_chain(chain, n) == 0 && copy_key(key) == 0 ? 0 : -1;
	pthread_mutex_unlock(&lock);
	if (rc == 0) {
		*flags = GNUTLS_CERT_RETR_DEINIT_ALL;
		return 0;
	}
	for (unsigned i = 0; i < *n; i++)
		gnutls_pcert_deinit(&(*chain)[i]);
	gnutls_free(*chain);
	if (*key != NULL)
		gnutls_privkey_deinit(*key);
	return -1;
}

void *certificate_callback(void)
{
	return (void *)(uintptr_t)hand_out;
}
