/* record_dkim: see record_dkim.h. */
#include "schema/record_dkim.h"

#include "base/text.h"

#include <nettle/asn1.h>
#include <nettle/base64.h>

enum { ED25519_BYTES = 32, BITS_LEAST = 1024, BITS_GOOD = 2048, BITS_MOST = 4096 }; /* RFC 8301 3.2 */

struct tags { /* of a record; NULL ptr: not there */
	struct slice v, k, p, h, s, t, g, n;
	struct slice odd, twice; /* the first piece that has no equals sign; that is there again */
	bool v_is_first, has_p;
};

static struct slice *place_of(struct tags *t, struct slice name)
{
	struct {
		const char *name;
		struct slice *place;
	} known[] = { { "v", &t->v }, { "k", &t->k }, { "p", &t->p }, { "h", &t->h }, { "s", &t->s }, { "t", &t->t }, { "g", &t->g }, { "n", &t->n } };

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (slice_is(name, known[i].name))
			return known[i].place;
	return NULL;
}

static struct tags read_tags(struct slice text)
{
	struct slice piece, name, value, *place;
	struct tags t = { 0 };

	for (size_t i = 0; i < LIMIT_RECORD_TAGS && lint_piece(&text, ';', &piece); i++) {
		if (text_trim(piece).len == 0)
			continue;
		if (!lint_tag(piece, &name, &value)) {
			t.odd = t.odd.ptr != NULL ? t.odd : text_trim(piece);
		} else if ((place = place_of(&t, name)) != NULL) {
			if (place->ptr != NULL)
				t.twice = text_trim(piece);
			else
				*place = value;
			t.v_is_first = t.v_is_first || (i == 0 && place == &t.v);
		}
	}
	t.has_p = t.p.ptr != NULL;
	return t;
}

/* Whether a TXT record may be meant for a key: it has a tag p. */
static bool is_key(struct slice text)
{
	return read_tags(text).has_p || text_starts_nocase(text_trim(text), SLICE("v=DKIM"));
}

/* Whether a list separated by colons holds `word`. */
static bool holds_word(struct slice list, const char *word)
{
	struct slice piece;

	while (lint_piece(&list, ':', &piece))
		if (text_eq_nocase(text_trim(piece), slice_of(word)))
			return true;
	return false;
}

/* --- the key itself --- */

static bool decode(struct arena *a, struct slice written, struct slice *out)
{
	struct base64_decode_ctx ctx;
	char *bytes = arena_alloc(a, BASE64_DECODE_LENGTH(written.len) + 1);
	size_t n = BASE64_DECODE_LENGTH(written.len);

	base64_decode_init(&ctx);
	if (!base64_decode_update(&ctx, &n, (uint8_t *)bytes, written.len, written.ptr) || !base64_decode_final(&ctx))
		return false;
	*out = (struct slice){ bytes, n };
	return true;
}

static size_t integer_bits(const struct asn1_der_iterator *i)
{
	const uint8_t *p = i->data;
	size_t n = i->length, bits;

	if (n == 0 || (p[0] & 0x80) != 0) /* negative */
		return 0;
	while (n > 0 && *p == 0) {
		p++;
		n--;
	}
	bits = n * 8;
	for (unsigned top = n > 0 ? *p : 0x80; (top & 0x80) == 0; top <<= 1)
		bits--;
	return bits;
}

/* Of an RSAPublicKey, a sequence of two numbers, whose iterator stands before the first (RFC 8017 A.1.1). */
static size_t modulus_bits(struct asn1_der_iterator *i)
{
	size_t bits;

	if (i->type != ASN1_INTEGER)
		return 0;
	bits = integer_bits(i);
	return asn1_der_iterator_next(i) == ASN1_ITERATOR_PRIMITIVE && i->type == ASN1_INTEGER && integer_bits(i) > 0 &&
			       asn1_der_iterator_next(i) == ASN1_ITERATOR_END ?
		       bits :
		       0;
}

/* What openssl writes is a SubjectPublicKeyInfo with an RSAPublicKey in it, and what RFC 6376 asks for the inner one: receivers
 * take both. 0: neither. */
static size_t rsa_bits(struct slice der)
{
	struct asn1_der_iterator outer, in, inner;

	if (asn1_der_iterator_first(&outer, der.len, (const uint8_t *)der.ptr) != ASN1_ITERATOR_CONSTRUCTED || outer.type != ASN1_SEQUENCE ||
	    asn1_der_decode_constructed(&outer, &in) == ASN1_ITERATOR_ERROR)
		return 0;
	if (in.type == ASN1_INTEGER)
		return modulus_bits(&in);
	if (in.type != ASN1_SEQUENCE || asn1_der_iterator_next(&in) != ASN1_ITERATOR_PRIMITIVE || in.type != ASN1_BITSTRING ||
	    asn1_der_decode_bitstring(&in, &inner) != ASN1_ITERATOR_CONSTRUCTED || inner.type != ASN1_SEQUENCE ||
	    asn1_der_decode_constructed(&inner, &outer) != ASN1_ITERATOR_PRIMITIVE)
		return 0;
	return modulus_bits(&outer);
}

static size_t key_bits(struct arena *a, enum dkim_type type, struct slice written)
{
	struct slice bytes;

	if (!decode(a, written, &bytes))
		return 0;
	return type == DKIM_RSA ? rsa_bits(bytes) : type == DKIM_ED25519 && bytes.len == ED25519_BYTES ? 256 : 0;
}

static enum dkim_type type_of(const struct tags *t)
{
	return t->k.ptr == NULL || text_eq_nocase(t->k, SLICE("rsa")) ? DKIM_RSA :
	       text_eq_nocase(t->k, SLICE("ed25519"))		       ? DKIM_ED25519 :
									 DKIM_OTHER;
}

static bool is_usable(const struct tags *t)
{
	return (t->v.ptr == NULL || (slice_is(t->v, "DKIM1") && t->v_is_first)) && (t->s.ptr == NULL || holds_word(t->s, "*") || holds_word(t->s, "email")) &&
	       (t->h.ptr == NULL || holds_word(t->h, "sha256"));
}

static void read_key(struct arena *a, struct slice text, struct dkim_key *k)
{
	struct tags t = read_tags(text);

	k->text = text;
	k->type = type_of(&t);
	k->testing = holds_word(t.t, "y");
	k->strict = holds_word(t.t, "s");
	k->state = DKIM_BAD;
	if (t.has_p && t.p.len == 0)
		k->state = DKIM_REVOKED;
	else if (t.has_p && (k->bits = key_bits(a, k->type, t.p)) > 0 && is_usable(&t))
		k->state = DKIM_KEY;
}

struct dkim_key dkim_read(struct arena *a, const struct lint_answer *answer)
{
	struct dkim_key k = { .state = DKIM_NONE };
	struct slice lines = answer->lines, first = { 0 };
	int n = 0;

	if (answer->state != LINT_KNOWN) {
		k.state = answer->state == LINT_NOT_ASKED ? DKIM_NOT_ASKED : DKIM_NO_ANSWER;
		k.trouble = answer->trouble;
		return k;
	}
	while (lines.len > 0) {
		struct slice line = text_take_line(&lines);

		if (is_key(line) && n++ == 0)
			first = line;
	}
	if (n > 0)
		read_key(a, first, &k);
	if (n > 1)
		k.state = DKIM_SEVERAL;
	return k;
}

const char *dkim_state_words(enum dkim_state s)
{
	static const char *const words[] = {
		[DKIM_KEY] = "found",	 [DKIM_REVOKED] = "revoked",	   [DKIM_NONE] = "no key",
		[DKIM_SEVERAL] = "several records", [DKIM_BAD] = "no usable key", [DKIM_NOT_ASKED] = "not looked up yet",
		[DKIM_NO_ANSWER] = "no answer",
	};

	return words[s];
}

const char *dkim_key_words(struct arena *a, const struct dkim_key *k)
{
	if (k->bits == 0)
		return "";
	return k->type == DKIM_ED25519 ? "Ed25519" : arena_printf(a, "RSA, %zu bits", k->bits);
}

/* --- lint --- */

static void lint_bits(struct lint *l, const struct tags *t, const struct dkim_key *k)
{
	if (k->type == DKIM_OTHER)
		lint_add(l, LINT_ERROR, "dkim-type", t->k, "Use rsa, or ed25519 beside it.",
			 "\"%.*s\" is no type of key that receivers know (RFC 6376 3.6.1, RFC 8463): signatures with it fail.", (int)t->k.len, t->k.ptr);
	else if (k->bits == 0)
		lint_add(l, LINT_ERROR, "dkim-bad-key", t->p, "Publish the key again, exactly as the signing system gives it.",
			 "p holds no %s public key in base64: a piece may be missing, or a quotation mark or blank too much. Signatures with it fail.",
			 k->type == DKIM_ED25519 ? "Ed25519" : "RSA");
	else if (k->type == DKIM_RSA && k->bits < BITS_LEAST)
		lint_add(l, LINT_ERROR, "dkim-weak", t->p, "Make a new key of 2048 bits under a new selector.",
			 "The key has %zu bits. Below %d receivers must not take it, and it can be computed by anybody (RFC 8301 3.2).", k->bits, BITS_LEAST);
	else if (k->type == DKIM_RSA && k->bits < BITS_GOOD)
		lint_add(l, LINT_WARNING, "dkim-short", t->p, "Make a new key of 2048 bits under a new selector.",
			 "The key has %zu bits; %d are what signers should use (RFC 8301 3.2).", k->bits, BITS_GOOD);
	else if (k->type == DKIM_RSA && k->bits > BITS_MOST)
		lint_add(l, LINT_WARNING, "dkim-long", t->p, "Use a key of 2048 bits.",
			 "The key has %zu bits; receivers need not take more than %d (RFC 8301 3.2).", k->bits, BITS_MOST);
	else if (k->type == DKIM_ED25519)
		lint_add(l, LINT_NOTE, "dkim-ed25519", t->k, "Sign with an RSA key of another selector as well.",
			 "Many receivers do not know Ed25519 (RFC 8463): to them a mail signed with this key alone is not signed.");
}

static void lint_form(struct lint *l, const struct tags *t)
{
	if (t->v.ptr != NULL && !slice_is(t->v, "DKIM1"))
		lint_add(l, LINT_ERROR, "dkim-version", t->v, "Write v=DKIM1.", "v is not DKIM1: receivers discard the record (RFC 6376 3.6.1).");
	else if (t->v.ptr != NULL && !t->v_is_first)
		lint_add(l, LINT_ERROR, "dkim-version", t->v, "Move v=DKIM1 to the front.", "v has to be the first tag (RFC 6376 3.6.1).");
	if (t->odd.ptr != NULL)
		lint_add(l, LINT_WARNING, "dkim-syntax", t->odd, "Write each tag as name=value, with a semicolon between two.",
			 "\"%.*s\" is not of the form name=value; some receivers discard the record.", (int)t->odd.len, t->odd.ptr);
	if (t->twice.ptr != NULL)
		lint_add(l, LINT_ERROR, "dkim-duplicate-tag", t->twice, "Keep one of them.",
			 "A tag is there twice, which makes the record invalid (RFC 6376 3.2).");
}

static void lint_use(struct lint *l, const struct tags *t)
{
	if (t->h.ptr != NULL && !holds_word(t->h, "sha256"))
		lint_add(l, LINT_ERROR, "dkim-hash", t->h, "Take h out, or write h=sha256.",
			 "h allows \"%.*s\" alone: receivers must not take SHA-1 any more (RFC 8301 3.1), and sha256 is not allowed here.", (int)t->h.len,
			 t->h.ptr);
	else if (holds_word(t->h, "sha1"))
		lint_add(l, LINT_NOTE, "dkim-sha1", t->h, "Take h out, or write h=sha256.", "h allows SHA-1, which receivers must not take (RFC 8301 3.1).");
	if (t->s.ptr != NULL && !holds_word(t->s, "*") && !holds_word(t->s, "email"))
		lint_add(l, LINT_ERROR, "dkim-service", t->s, "Take s out, or write s=email.", "The key is not for mail: signatures with it fail.");
	if (holds_word(t->t, "y"))
		lint_add(l, LINT_WARNING, "dkim-testing", t->t, "Take t=y out once signing works.",
			 "t=y says that this domain only tests DKIM: receivers may treat a signature that fails as if there were none, and some one "
			 "that passes as well.");
	if (holds_word(t->t, "s"))
		lint_add(l, LINT_NOTE, "dkim-strict", t->t, "Leave it, unless i= of the signatures names a sub-domain.",
			 "t=s: the identity of a signature (i=) has to be of exactly the signing domain.");
	if (t->g.ptr != NULL && !slice_is(t->g, "*"))
		lint_add(l, LINT_NOTE, "dkim-granularity", t->g, "Take it out.", "g was removed by RFC 6376; old receivers refuse signatures by it.");
}

static void lint_key(struct lint *l, struct arena *a, struct slice text)
{
	struct tags t = read_tags(text);
	struct dkim_key k = { 0 };

	read_key(a, text, &k);
	lint_form(l, &t);
	if (!t.has_p)
		lint_add(l, LINT_ERROR, "dkim-no-p", (struct slice){ 0 }, "Publish the key again, exactly as the signing system gives it.",
			 "The record has no p, so no key.");
	else if (k.state == DKIM_REVOKED)
		lint_add(l, LINT_NOTE, "dkim-revoked", (struct slice){ 0 }, "Remove it once nothing signs with it any more.",
			 "The key is revoked: p is empty, and signatures with it fail.");
	else
		lint_bits(l, &t, &k);
	lint_use(l, &t);
}

static void lint_absent(struct lint *l, const struct lint_answer *answer)
{
	if (answer->state == LINT_NOT_ASKED)
		lint_add(l, LINT_NOTE, "dkim-not-asked", (struct slice){ 0 }, "Look again later.", "The key was not looked up yet.");
	else if (answer->state == LINT_NO_ANSWER)
		lint_add(l, LINT_WARNING, "dkim-no-answer", (struct slice){ 0 }, "Look again later; see that the name servers answer.",
			 "DNS gives no answer for this key: %.*s.", (int)answer->trouble.len, answer->trouble.ptr != NULL ? answer->trouble.ptr : "");
	else
		lint_add(l, LINT_WARNING, "dkim-none", (struct slice){ 0 },
			 "If something still signs with it, publish its key; where a service asked for a CNAME, see that it is there and leads to a key.",
			 "There is no key at this name: signatures with this selector fail. Of a CNAME only its end is seen here.");
}

void dkim_lint(struct lint *l, struct slice name, const struct lint_answer *answer)
{
	struct dkim_key k = dkim_read(l->a, answer);
	struct slice lines = answer->lines;

	lint_about(l, name, k.text.ptr != NULL ? k.text : SLICE(""));
	if (k.text.ptr == NULL) {
		lint_absent(l, answer);
		return;
	}
	if (k.state == DKIM_SEVERAL)
		lint_add(l, LINT_ERROR, "dkim-several", (struct slice){ 0 }, "Remove all but one.",
			 "There are several keys at this name; which one a receiver takes is undefined (RFC 6376 3.6.2.2).");
	while (lines.len > 0) {
		struct slice line = text_take_line(&lines);

		if (!is_key(line))
			continue;
		lint_about(l, name, line);
		lint_key(l, l->a, line);
	}
}
