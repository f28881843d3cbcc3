/* test_record_dkim: what a key record holds is measured, and each fault of it is found, at its piece. */
#include "schema/record_dkim.h"

#include "zone_sample.h"

/* Made for this test by openssl: a key of 1024 bits as SubjectPublicKeyInfo, the same as RSAPublicKey, and one of Ed25519. */
#define SPKI_1024 \
	"MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDEG90W3BuSupUyORsfTFg5u138aPnWuQ0/v1GihWwB6x/62VV95zDHR7X1dl1va4kP9nEo" \
	"sk4Ob81dOsazIx9utWIn09ML0UhlUUifZmxEA7EziIayzyDvjWr02BcLVy2v3NdHY1U9dUoBsyzTpu0LZsM0LNoM4Td4eK9cNSOP4QIDAQAB"
#define RSA_1024 \
	"MIGJAoGBAMQb3RbcG5K6lTI5Gx9MWDm7Xfxo+da5DT+/UaKFbAHrH/rZVX3nMMdHtfV2XW9riQ/2cSiyTg5vzV06xrMjH2" \
	"61YifT0wvRSGVRSJ9mbEQDsTOIhrLPIO+NavTYFwtXLa/c10djVT11SgGzLNOm7QtmwzQs2gzhN3h4r1w1I4/hAgMBAAE="
#define ED25519 "jhyyn7GjKIaMEbKbdi/JKIbz5OW0Y5enBB/3RrZkFSE="

static struct arena arena;

static int teardown(void **state)
{
	arena_release(&arena);
	return 0;
}

static struct lint_answer known(const char *lines)
{
	return (struct lint_answer){ .state = LINT_KNOWN, .lines = slice_of(lines) };
}

static struct dkim_key key(const char *lines)
{
	struct lint_answer answer = known(lines);

	return dkim_read(&arena, &answer);
}

static const char *faults_of(struct lint_answer answer)
{
	struct lint l = { .a = &arena };

	dkim_lint(&l, SLICE("s1._domainkey.univ.example"), &answer);
	return zone_findings(&l);
}

#define assert_faults(lines, expected) assert_string_equal(faults_of(known(lines)), expected)

/* --- keys of any length --- */

static struct slice der(unsigned char type, struct slice content)
{
	char head[5] = { (char)type };
	size_t n = 2;

	if (content.len < 128) {
		head[1] = (char)content.len;
	} else if (content.len < 256) {
		head[1] = (char)0x81;
		head[2] = (char)content.len;
		n = 3;
	} else {
		head[1] = (char)0x82;
		head[2] = (char)(content.len >> 8);
		head[3] = (char)content.len;
		n = 4;
	}
	return sample_join(&arena, (struct slice){ arena_copy(&arena, head, n), n }, content);
}

/* p= of a key whose modulus has so many bits. */
static const char *rsa(size_t bits)
{
	size_t bytes = (bits + 7) / 8;
	char *modulus = arena_alloc(&arena, bytes + 1);
	struct slice number = { modulus, bytes + 1 }, sequence, p;
	char *out, *end;

	memset(modulus + 1, 0x55, bytes);
	modulus[1] = (char)(1 << ((bits - 1) % 8));
	if (bits % 8 != 0) /* needs no leading zero */
		number = (struct slice){ modulus + 1, bytes };
	sequence = der(0x30, sample_join(&arena, der(0x02, number), der(0x02, (struct slice){ "\1\0\1", 3 })));
	sequence = der(0x03, sample_join(&arena, (struct slice){ "\0", 1 }, sequence));
	sequence = sample_join(&arena, der(0x30, (struct slice){ "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00", 13 }), sequence);
	p = sample_base64(&arena, der(0x30, sequence));
	out = end = arena_copy(&arena, p.ptr, p.len);
	for (size_t i = 0; i < p.len; i++)
		if (p.ptr[i] != '\n')
			*end++ = p.ptr[i];
	*end = '\0';
	return out;
}

static void test_bits_are_counted(void **state)
{
	static const size_t all[] = { 512, 768, 1023, 1024, 1025, 2047, 2048, 4096 };

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		struct dkim_key k = key(arena_printf(&arena, "v=DKIM1; k=rsa; p=%s", rsa(all[i])));

		assert_int_equal(k.state, DKIM_KEY);
		assert_int_equal(k.bits, all[i]);
	}
}

static void test_both_forms_of_a_key_are_read(void **state)
{
	struct dkim_key k = key("v=DKIM1; p=" SPKI_1024);

	assert_int_equal(k.state, DKIM_KEY);
	assert_int_equal(k.bits, 1024);
	assert_string_equal(dkim_key_words(&arena, &k), "RSA, 1024 bits");
	assert_int_equal(key("p=" RSA_1024).bits, 1024);
	k = key("k=ed25519; p=" ED25519);
	assert_int_equal(k.state, DKIM_KEY);
	assert_string_equal(dkim_key_words(&arena, &k), "Ed25519");
}

static void test_blanks_within_a_key_do_not_matter(void **state)
{
	struct slice p = slice_of(rsa(2048));

	assert_int_equal(key(arena_printf(&arena, "v=DKIM1; p=%.100s %s", p.ptr, p.ptr + 100)).bits, 2048);
}

static void test_what_is_no_key_is_none(void **state)
{
	static const char *const all[] = { "p=!!!!", "p=AAAA", "p=MIGfMA0G", "p=" ED25519, "k=ed25519; p=" SPKI_1024, "k=dsa; p=" SPKI_1024, "v=DKIM1",
					   "p=MA==", "p=MIA=", "p=MAA=", "p=MAYCAQACAQA=", "v=DKIM2; p=" SPKI_1024, "p=" SPKI_1024 "; v=DKIM1",
					   "h=sha1; p=" SPKI_1024, "s=other; p=" SPKI_1024 };

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (key(all[i]).state != DKIM_BAD)
			fail_msg("%s: %s", all[i], dkim_state_words(key(all[i]).state));
}

static void test_states(void **state)
{
	struct lint_answer later = { .state = LINT_NOT_ASKED }, silent = { .state = LINT_NO_ANSWER, .trouble = SLICE("no server answered in time") };

	assert_int_equal(key("").state, DKIM_NONE);
	assert_int_equal(key("v=spf1 -all").state, DKIM_NONE);
	assert_int_equal(key("v=DKIM1; p=").state, DKIM_REVOKED);
	assert_int_equal(key("v=DKIM1; p=" SPKI_1024 "\nv=DKIM1; p=").state, DKIM_SEVERAL);
	assert_int_equal(dkim_read(&arena, &later).state, DKIM_NOT_ASKED);
	assert_int_equal(dkim_read(&arena, &silent).state, DKIM_NO_ANSWER);
	assert_true(key("t=y:s; p=" SPKI_1024).testing && key("t=y:s; p=" SPKI_1024).strict);
	assert_string_equal(faults_of(later), "note dkim-not-asked");
	assert_string_equal(faults_of(silent), "warning dkim-no-answer");
}

static void test_good_keys_have_no_faults(void **state)
{
	assert_faults(arena_printf(&arena, "v=DKIM1; k=rsa; p=%s", rsa(2048)), "");
	assert_faults(arena_printf(&arena, "k=rsa; h=sha256; s=email; n=x; p=%s;", rsa(4096)), "");
}

/* RFC 8301 3.2. */
static void test_short_keys_are_told(void **state)
{
	const char *weak = rsa(1023), *longer = rsa(4104);

	assert_faults(arena_printf(&arena, "v=DKIM1; p=%s", weak), arena_printf(&arena, "error dkim-weak [%s]", weak));
	assert_faults("v=DKIM1; p=" SPKI_1024, "warning dkim-short [" SPKI_1024 "]");
	assert_faults(arena_printf(&arena, "v=DKIM1; p=%s", longer), arena_printf(&arena, "warning dkim-long [%s]", longer));
}

static void test_faults_of_the_record(void **state)
{
	const char *p = rsa(2048);

	assert_faults("", "warning dkim-none");
	assert_faults("v=DKIM1; p=", "note dkim-revoked");
	assert_faults("v=DKIM1; k=rsa", "error dkim-no-p");
	assert_faults("v=DKIM1; p=AAAA", "error dkim-bad-key [AAAA]");
	assert_faults("v=DKIM1; k=dsa; p=AAAA", "error dkim-type [dsa]");
	assert_faults("k=ed25519; p=" ED25519, "note dkim-ed25519 [ed25519]");
	assert_faults(arena_printf(&arena, "v=DKIM2; p=%s", p), "error dkim-version [DKIM2]");
	assert_faults(arena_printf(&arena, "p=%s; v=DKIM1", p), "error dkim-version [DKIM1]");
	assert_faults(arena_printf(&arena, "t=y; h=sha1; s=x; p=%s", p), "error dkim-hash [sha1], error dkim-service [x], warning dkim-testing [y]");
	assert_faults(arena_printf(&arena, "t=s; h=sha1:sha256; g=*; p=%s", p), "note dkim-sha1 [sha1:sha256], note dkim-strict [s]");
	assert_faults(arena_printf(&arena, "k=rsa; junk; k=rsa; p=%s", p), "warning dkim-syntax [junk], error dkim-duplicate-tag [k=rsa]");
	assert_faults("v=DKIM1; p=\nv=DKIM1; p=", "error dkim-several, note dkim-revoked, note dkim-revoked");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bits_are_counted),	      cmocka_unit_test(test_both_forms_of_a_key_are_read),
		cmocka_unit_test(test_blanks_within_a_key_do_not_matter), cmocka_unit_test(test_what_is_no_key_is_none),
		cmocka_unit_test(test_states),			      cmocka_unit_test(test_good_keys_have_no_faults),
		cmocka_unit_test(test_short_keys_are_told),	      cmocka_unit_test(test_faults_of_the_record),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("record_dkim", tests, NULL, teardown);
}
