/* test_certificate: what cannot serve is told apart and said before it takes the place of what can. */
#include "web/certificate.h"

#include <gnutls/abstract.h>
#include <gnutls/x509.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[32], certificate[64], key[64];
static const int64_t day_s = 86400;

static void write_file(const char *path, const void *bytes, size_t n)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	fclose(f);
}

static gnutls_x509_privkey_t new_key(const char *path, const char *password)
{
	gnutls_x509_privkey_t k;
	gnutls_datum_t pem;

	assert_int_equal(gnutls_x509_privkey_init(&k), 0);
	assert_int_equal(gnutls_x509_privkey_generate(k, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0), 0);
	assert_int_equal(gnutls_x509_privkey_export2_pkcs8(k, GNUTLS_X509_FMT_PEM, password,
							   password != NULL ? GNUTLS_PKCS_PBES2_AES_256 : GNUTLS_PKCS_PLAIN, &pem),
			 0);
	write_file(path, pem.data, pem.size);
	gnutls_free(pem.data);
	return k;
}

/* Of a key, signed with itself, from `begins` days to `ends` days from now. */
static void new_certificate(const char *path, gnutls_x509_privkey_t k, int begins, int ends)
{
	gnutls_x509_crt_t c;
	gnutls_datum_t pem;

	assert_int_equal(gnutls_x509_crt_init(&c), 0);
	gnutls_x509_crt_set_version(c, 3);
	gnutls_x509_crt_set_serial(c, "\1", 1);
	gnutls_x509_crt_set_dn(c, "CN=ruad.univ.example", NULL);
	gnutls_x509_crt_set_subject_alt_name(c, GNUTLS_SAN_DNSNAME, "ruad.univ.example", 17, GNUTLS_FSAN_SET);
	gnutls_x509_crt_set_activation_time(c, time(NULL) + begins * day_s);
	gnutls_x509_crt_set_expiration_time(c, time(NULL) + ends * day_s);
	gnutls_x509_crt_set_key(c, k);
	assert_int_equal(gnutls_x509_crt_sign2(c, c, k, GNUTLS_DIG_SHA256, 0), 0);
	assert_int_equal(gnutls_x509_crt_export2(c, GNUTLS_X509_FMT_PEM, &pem), 0);
	write_file(path, pem.data, pem.size);
	gnutls_free(pem.data);
	gnutls_x509_crt_deinit(c);
}

static void new_pair(int begins, int ends)
{
	gnutls_x509_privkey_t k = new_key(key, NULL);

	new_certificate(certificate, k, begins, ends);
	gnutls_x509_privkey_deinit(k);
}

static int setup(void **state)
{
	(void)state;
	snprintf(folder, sizeof folder, "/tmp/ruad-tls-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(certificate, sizeof certificate, "%s/c.pem", folder);
	snprintf(key, sizeof key, "%s/k.pem", folder);
	new_pair(-1, 30);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	certificate_end();
	unlink(certificate);
	unlink(key);
	return rmdir(folder);
}

static void assert_refused(const char *what)
{
	struct certificate_about about;
	struct err err;

	assert_int_equal(certificate_look(certificate, key, &about, &err), -1);
	if (strstr(err.text, what) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", err.text, what);
}

static void test_a_pair_is_read_with_its_name_and_end(void **state)
{
	struct certificate_about about;
	struct err err;

	(void)state;
	assert_int_equal(certificate_look(certificate, key, &about, &err), 0);
	assert_string_equal(about.name, "ruad.univ.example");
	assert_true(about.ends_s > time(NULL) + 29 * day_s && about.ends_s < time(NULL) + 31 * day_s);
	assert_true(about.begins_s < time(NULL));
}

static void test_a_key_of_another_certificate_is_refused(void **state)
{
	(void)state;
	gnutls_x509_privkey_deinit(new_key(key, NULL));
	assert_refused("is not the key of the certificate");
}

static void test_a_key_with_a_passphrase_is_refused(void **state)
{
	(void)state;
	gnutls_x509_privkey_deinit(new_key(key, "secret"));
	assert_refused("passphrase");
}

static void test_files_that_hold_something_else_are_refused(void **state)
{
	static char large[300 * 1024];

	(void)state;
	write_file(key, "", 0);
	assert_refused("holds no private key");
	write_file(certificate, "no certificate\n", 15);
	assert_refused("holds no certificate");
	memset(large, 'x', sizeof large);
	write_file(certificate, large, sizeof large);
	assert_refused("larger than");
	unlink(certificate);
	assert_refused("No such file");
}

/* Until the files are taken to be left alone. */
static int follow(struct certificate_files *f, struct err *err)
{
	const struct timespec moment = { .tv_nsec = 50 * 1000 * 1000 };
	struct certificate_about about;
	int rc = 0;

	for (int i = 0; i < 200 && (rc = certificate_follow(f, &about, err)) == 0 && f->stamp != f->tried; i++)
		nanosleep(&moment, NULL);
	return rc;
}

static void test_what_cannot_serve_does_not_replace_what_can(void **state)
{
	struct certificate_files f;
	struct certificate_about about;
	struct err err;

	(void)state;
	assert_int_equal(certificate_start(&f, certificate, key, &about, &err), 0);
	assert_int_equal(certificate_follow(&f, &about, &err), 0);
	new_pair(-30, -1);
	assert_int_equal(certificate_follow(&f, &about, &err), 0); /* the other file may be on its way */
	assert_int_equal(follow(&f, &err), -1);
	assert_non_null(strstr(err.text, "ended on"));
	assert_int_equal(certificate_follow(&f, &about, &err), 0); /* said once */
	new_pair(1, 30);
	assert_int_equal(follow(&f, &err), -1);
	assert_non_null(strstr(err.text, "clock"));
	new_pair(-1, 60);
	assert_int_equal(follow(&f, &err), 1);
}

int main(void)
{
#define EACH_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		EACH_TEST(test_a_pair_is_read_with_its_name_and_end),
		EACH_TEST(test_a_key_of_another_certificate_is_refused),
		EACH_TEST(test_a_key_with_a_passphrase_is_refused),
		EACH_TEST(test_files_that_hold_something_else_are_refused),
		EACH_TEST(test_what_cannot_serve_does_not_replace_what_can),
	};

	return cmocka_run_group_tests_name("certificate", tests, NULL, NULL);
}
