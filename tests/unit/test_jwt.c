/* test_jwt: what is signed is verified by somebody else's code, and a key or certificate that will not do is named. */
#include "base/buf.h"
#include "base/text.h"
#include "daemon/jwt.h"

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

struct keys {
	struct arena a;
	gnutls_x509_privkey_t rsa, ec;
	struct slice rsa_pem, ec_pem;
	char file[32]; /* the certificate of the RSA key */
};

static struct slice pem_of(struct arena *a, gnutls_x509_privkey_t key)
{
	gnutls_datum_t out;
	struct slice s;

	assert_int_equal(gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &out), 0);
	s = (struct slice){ arena_copy(a, out.data, out.size), out.size };
	gnutls_free(out.data);
	return s;
}

static gnutls_x509_privkey_t generate(gnutls_pk_algorithm_t algorithm, unsigned bits)
{
	gnutls_x509_privkey_t key;

	assert_int_equal(gnutls_x509_privkey_init(&key), 0);
	assert_int_equal(gnutls_x509_privkey_generate(key, algorithm, bits, 0), 0);
	return key;
}

static void certify(const struct keys *k, time_t end)
{
	gnutls_x509_crt_t crt;
	gnutls_datum_t out;
	FILE *f = fopen(k->file, "w");

	assert_non_null(f);
	assert_int_equal(gnutls_x509_crt_init(&crt), 0);
	assert_int_equal(gnutls_x509_crt_set_key(crt, k->rsa), 0);
	assert_int_equal(gnutls_x509_crt_set_dn(crt, "CN=ruad", NULL), 0);
	assert_int_equal(gnutls_x509_crt_set_serial(crt, "1", 1), 0);
	assert_int_equal(gnutls_x509_crt_set_activation_time(crt, end - 100000), 0);
	assert_int_equal(gnutls_x509_crt_set_expiration_time(crt, end), 0);
	assert_int_equal(gnutls_x509_crt_sign2(crt, crt, k->rsa, GNUTLS_DIG_SHA256, 0), 0);
	assert_int_equal(gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &out), 0);
	assert_int_equal(fwrite(out.data, 1, out.size, f), out.size);
	assert_int_equal(fclose(f), 0);
	gnutls_free(out.data);
	gnutls_x509_crt_deinit(crt);
}

static int setup(void **state)
{
	struct keys *k = calloc(1, sizeof *k);
	int fd;

	assert_non_null(k);
	k->rsa = generate(GNUTLS_PK_RSA, 2048);
	k->ec = generate(GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1));
	k->rsa_pem = pem_of(&k->a, k->rsa);
	k->ec_pem = pem_of(&k->a, k->ec);
	snprintf(k->file, sizeof k->file, "/tmp/test_jwt.XXXXXX");
	assert_true((fd = mkstemp(k->file)) >= 0);
	close(fd);
	*state = k;
	return 0;
}

static int teardown(void **state)
{
	struct keys *k = *state;

	gnutls_x509_privkey_deinit(k->rsa);
	gnutls_x509_privkey_deinit(k->ec);
	arena_release(&k->a);
	unlink(k->file);
	free(k);
	return 0;
}

/* RFC 7515 2, the other way round, by hand. */
static size_t decode(const char *text, size_t n, unsigned char *out)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	unsigned bits = 0, held = 0;
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		const char *at = strchr(letters, text[i]);

		assert_true(at != NULL && text[i] != '\0');
		held = held << 6 | (unsigned)(at - letters);
		if ((bits += 6) >= 8)
			out[len++] = (unsigned char)(held >> (bits -= 8));
	}
	return len;
}

static int verify(const struct keys *k, gnutls_sign_algorithm_t algorithm, const char *jwt)
{
	const char *dot = strrchr(jwt, '.');
	unsigned char bytes[512];
	gnutls_datum_t data = { (unsigned char *)(uintptr_t)jwt, (unsigned)(dot - jwt) };
	gnutls_datum_t signature = { bytes, (unsigned)decode(dot + 1, strlen(dot + 1), bytes) };
	gnutls_pubkey_t pub;
	gnutls_privkey_t key;
	int e;

	assert_int_equal(gnutls_privkey_init(&key), 0);
	assert_int_equal(gnutls_privkey_import_x509(key, k->rsa, 0), 0);
	assert_int_equal(gnutls_pubkey_init(&pub), 0);
	assert_int_equal(gnutls_pubkey_import_privkey(pub, key, 0, 0), 0);
	e = gnutls_pubkey_verify_data2(pub, algorithm, 0, &data, &signature);
	gnutls_pubkey_deinit(pub);
	gnutls_privkey_deinit(key);
	return e;
}

static void test_a_signature_is_verified_as_its_algorithm_says(void **state)
{
	struct keys *k = *state;
	struct err err = { 0 };
	char *jwt;

	assert_int_equal(
		jwt_sign(&k->a, JWT_RS256, k->rsa_pem, "{\"alg\":\"RS256\"}", "{\"a\":\"??\?>>>\"}", &jwt, &err), 0);
	assert_ptr_equal(strstr(jwt, "eyJhbGciOiJSUzI1NiJ9.eyJhIjoiPz8_Pj4-In0."),
			 jwt); /* both letters that are not base64's */
	assert_null(strpbrk(jwt, "+/="));
	assert_true(verify(k, GNUTLS_SIGN_RSA_SHA256, jwt) >= 0);
	jwt[0] = 'f';
	assert_true(verify(k, GNUTLS_SIGN_RSA_SHA256, jwt) < 0);
	assert_int_equal(jwt_sign(&k->a, JWT_PS256, k->rsa_pem, "{}", "{}", &jwt, &err), 0);
	assert_true(verify(k, GNUTLS_SIGN_RSA_PSS_RSAE_SHA256, jwt) >= 0);
	assert_true(verify(k, GNUTLS_SIGN_RSA_SHA256, jwt) < 0);
}

static void test_a_key_that_will_not_do_is_named(void **state)
{
	struct keys *k = *state;
	struct err err = { 0 };
	char *jwt = NULL;

	assert_int_equal(jwt_sign(&k->a, JWT_RS256, k->ec_pem, "{}", "{}", &jwt, &err), -1);
	assert_non_null(strstr(err.text, "RSA"));
	assert_int_equal(jwt_sign(&k->a, JWT_RS256, SLICE("hunter2"), "{}", "{}", &jwt, &err), -1);
	assert_non_null(strstr(err.text, "no private key"));
	assert_null(strstr(err.text, "hunter2"));
	assert_int_equal(err.kind, ERR_USE);
	assert_null(jwt);
}

static void test_a_thumbprint_is_of_the_keys_own_certificate(void **state)
{
	struct keys *k = *state;
	const char *text = NULL;
	unsigned char bytes[64];
	struct err err = { 0 };

	assert_int_equal(jwt_thumbprint(&k->a, "/nonexistent/certificate", k->rsa_pem, &text, &err), -1);
	assert_int_equal(jwt_thumbprint(&k->a, k->file, k->rsa_pem, &text, &err), -1);
	assert_non_null(strstr(err.text, "no certificate"));
	certify(k, time(NULL) - 86400);
	assert_int_equal(jwt_thumbprint(&k->a, k->file, k->rsa_pem, &text, &err), -1);
	assert_non_null(strstr(err.text, "expired on 2"));
	certify(k, time(NULL) + 86400);
	assert_int_equal(jwt_thumbprint(&k->a, k->file, pem_of(&k->a, k->ec), &text, &err), -1);
	assert_null(text);
	assert_int_equal(jwt_thumbprint(&k->a, k->file, k->rsa_pem, &text, &err), 0);
	assert_int_equal(decode(text, strlen(text), bytes), 32);
}

static void test_claims_are_read_from_what_may_be_no_token(void **state)
{
	struct keys *k = *state;
	static const char *const none[] = {
		"", ".", "..", "a.b", "a..c", "a.!.c", "a.A.c", "\x01.\xff.\x01", "opaque-token"
	};

	assert_true(slice_is(jwt_claims(&k->a, "eyJ9.eyJhIjoiPz8_Pj4-In0.c2ln"), "{\"a\":\"??\?>>>\"}"));
	assert_true(slice_is(jwt_claims(&k->a, "x.e30."), "{}"));
	for (size_t i = 0; i < sizeof none / sizeof *none; i++)
		assert_null(jwt_claims(&k->a, none[i]).ptr);
}

static void test_no_two_nonces_are_alike(void **state)
{
	struct keys *k = *state;
	const char *one = jwt_nonce(&k->a), *other = jwt_nonce(&k->a);

	assert_int_equal(strlen(one), 22);
	assert_string_not_equal(one, other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_signature_is_verified_as_its_algorithm_says),
		cmocka_unit_test(test_a_key_that_will_not_do_is_named),
		cmocka_unit_test(test_a_thumbprint_is_of_the_keys_own_certificate),
		cmocka_unit_test(test_claims_are_read_from_what_may_be_no_token),
		cmocka_unit_test(test_no_two_nonces_are_alike),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("jwt", tests, setup, teardown);
}
