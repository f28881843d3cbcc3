/* jwt: see jwt.h. */
#include "daemon/jwt.h"

#include "base/text.h"

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <time.h>

enum { HASH_BYTES = 32, NONCE_BYTES = 16 };

static gnutls_datum_t datum(struct slice s)
{
	return (gnutls_datum_t){ .data = (unsigned char *)s.ptr, .size = (unsigned)s.len };
}

/* --- base64url: GnuTLS's base64 with two other letters and no padding (RFC 7515 2) --- */

static char *encode(struct arena *a, struct slice bytes)
{
	gnutls_datum_t in = datum(bytes), out;
	char *text, *end;

	if (gnutls_base64_encode2(&in, &out) != 0)
		return NULL;
	text = arena_copy(a, out.data, out.size);
	gnutls_free(out.data);
	for (char *p = text; *p != '\0'; p++)
		*p = *p == '+' ? '-' : *p == '/' ? '_' : *p;
	if ((end = strchr(text, '=')) != NULL)
		*end = '\0';
	return text;
}

static struct slice decode(struct arena *a, struct slice text)
{
	char *padded = arena_alloc(a, text.len + 4);
	struct slice bytes = { 0 };
	gnutls_datum_t in, out;
	size_t n = text.len;

	for (size_t i = 0; i < n; i++)
		padded[i] = (char)(text.ptr[i] == '-' ? '+' : text.ptr[i] == '_' ? '/' : text.ptr[i]);
	while (n % 4 != 0)
		padded[n++] = '=';
	in = datum((struct slice){ padded, n });
	if (gnutls_base64_decode2(&in, &out) != 0)
		return bytes;
	bytes = (struct slice){ arena_copy(a, out.data, out.size), out.size };
	gnutls_free(out.data);
	return bytes;
}

const char *jwt_nonce(struct arena *a)
{
	char bytes[NONCE_BYTES];

	return gnutls_rnd(GNUTLS_RND_NONCE, bytes, sizeof bytes) == 0 ? encode(a, (struct slice){ bytes, sizeof bytes })
								      : NULL;
}

struct slice jwt_claims(struct arena *a, const char *token)
{
	const char *first = strchr(token, '.'), *second = first != NULL ? strchr(first + 1, '.') : NULL;

	if (second == NULL || second == first + 1)
		return (struct slice){ 0 };
	return decode(a, (struct slice){ first + 1, (size_t)(second - first - 1) });
}

/* --- keys --- */

static int key_open(struct slice pem, gnutls_privkey_t *out, struct err *err)
{
	gnutls_datum_t in = datum(pem);
	gnutls_privkey_t key;
	int e;

	if (gnutls_privkey_init(&key) != 0)
		return err_set(err, ERR_SYSTEM, "no memory for a key");
	e = gnutls_privkey_import_x509_raw(key, &in, GNUTLS_X509_FMT_PEM, NULL, 0);
	if (e == GNUTLS_E_DECRYPTION_FAILED)
		err_set(err, ERR_USE,
			"the key is encrypted with a password: decrypt it (openssl pkey -in OLD -out NEW)");
	else if (e != 0)
		err_set(err, ERR_USE, "holds no private key in PEM: %s", gnutls_strerror(e));
	else if (gnutls_privkey_get_pk_algorithm(key, NULL) != GNUTLS_PK_RSA)
		e = err_set(err, ERR_USE, "the key is not an RSA key, which the token server needs");
	if (e != 0) {
		gnutls_privkey_deinit(key);
		return -1;
	}
	*out = key;
	return 0;
}

int jwt_sign(struct arena *a, enum jwt_algorithm algorithm, struct slice key_pem, const char *header,
	     const char *claims, char **out, struct err *err)
{
	const char *h = encode(a, slice_of(header)), *c = encode(a, slice_of(claims)), *s;
	char *text = arena_printf(a, "%s.%s", h != NULL ? h : "", c != NULL ? c : "");
	gnutls_datum_t in = datum(slice_of(text)), signature;
	gnutls_privkey_t key;
	int e;

	if (key_open(key_pem, &key, err) != 0)
		return -1;
	e = gnutls_privkey_sign_data2(key,
				      algorithm == JWT_PS256 ? GNUTLS_SIGN_RSA_PSS_RSAE_SHA256 : GNUTLS_SIGN_RSA_SHA256,
				      0, &in, &signature);
	gnutls_privkey_deinit(key);
	if (e != 0)
		return err_set(err, ERR_USE, "the key cannot sign: %s", gnutls_strerror(e));
	s = encode(a, (struct slice){ (char *)signature.data, signature.size });
	gnutls_free(signature.data);
	if (h == NULL || c == NULL || s == NULL)
		return err_set(err, ERR_SYSTEM, "no memory to sign");
	*out = arena_printf(a, "%s.%s", text, s);
	return 0;
}

/* --- certificates --- */

static bool belongs(gnutls_x509_crt_t certificate, gnutls_privkey_t key)
{
	unsigned char id[2][HASH_BYTES];
	size_t n[2] = { HASH_BYTES, HASH_BYTES };
	gnutls_pubkey_t pub;
	bool same = false;

	if (gnutls_pubkey_init(&pub) != 0)
		return false;
	same = gnutls_pubkey_import_privkey(pub, key, 0, 0) == 0 &&
	       gnutls_pubkey_get_key_id(pub, GNUTLS_KEYID_USE_SHA256, id[0], &n[0]) == 0 &&
	       gnutls_x509_crt_get_key_id(certificate, GNUTLS_KEYID_USE_SHA256, id[1], &n[1]) == 0 &&
	       memcmp(id[0], id[1], HASH_BYTES) == 0;
	gnutls_pubkey_deinit(pub);
	return same;
}

static int check_certificate(gnutls_x509_crt_t certificate, struct slice key_pem, struct err *err)
{
	char day[TEXT_DAY_BYTES];
	time_t end = gnutls_x509_crt_get_expiration_time(certificate);
	gnutls_privkey_t key;
	bool own;

	if (end < time(NULL))
		return err_set(err, ERR_USE,
			       "the certificate expired on %s: make a new one, and upload it to the application",
			       text_day(day, text_floor_div(end, 86400)));
	if (key_open(key_pem, &key, err) != 0)
		return -1;
	own = belongs(certificate, key);
	gnutls_privkey_deinit(key);
	return own ? 0 : err_set(err, ERR_USE, "the certificate is not that of the key in key_file");
}

int jwt_thumbprint(struct arena *a, const char *certificate_file, struct slice key_pem, const char **out,
		   struct err *err)
{
	unsigned char hash[HASH_BYTES];
	size_t n = sizeof hash;
	gnutls_x509_crt_t certificate;
	gnutls_datum_t pem;
	const char *text = NULL;
	int e, rc;

	if ((e = gnutls_load_file(certificate_file, &pem)) != 0)
		return err_set(err, ERR_USE, "cannot be read: %s", gnutls_strerror(e));
	if (gnutls_x509_crt_init(&certificate) != 0) {
		gnutls_free(pem.data);
		return err_set(err, ERR_SYSTEM, "no memory for a certificate");
	}
	if ((e = gnutls_x509_crt_import(certificate, &pem, GNUTLS_X509_FMT_PEM)) != 0)
		rc = err_set(err, ERR_USE, "holds no certificate in PEM: %s", gnutls_strerror(e));
	else
		rc = check_certificate(certificate, key_pem, err);
	if (rc == 0 && gnutls_x509_crt_get_fingerprint(certificate, GNUTLS_DIG_SHA256, hash, &n) == 0)
		text = encode(a, (struct slice){ (char *)hash, n });
	if (rc == 0 && text == NULL)
		rc = err_set(err, ERR_SYSTEM, "no memory for a certificate");
	gnutls_x509_crt_deinit(certificate);
	gnutls_free(pem.data);
	if (rc == 0)
		*out = text;
	return rc;
}
