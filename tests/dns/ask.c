/* ask: dns.c and geo.c alone, for tests/dns/check.py: reads "address ADDR" or "name NAME" a line, prints a line for each as its
 * answer comes: what was asked, the result in words, what was found. "wait" asks no more before all that was is answered. Ends with the first line of trouble, where there is
 * some, and how many were answered in how long.
 *   dns_ask SERVERS PER_SECOND [ASN_FILE [COUNTRY_FILE]] */
#include "base/clock.h"
#include "base/text.h"
#include "daemon/dns.h"
#include "daemon/geo.h"
#include "schema/source_rule.h"

#include <stdio.h>
#include <stdlib.h>

struct asking {
	struct dns *dns;
	struct geo *geo;
	bool was_troubled;
	long asked, answered;
};

static void on_address(void *ctx, uint32_t number, const struct address_found *f)
{
	struct asking *a = ctx;
	char text[ADDRESS_TEXT_BYTES], letters[2];
	struct slice country;
	int64_t asn;

	geo_find(a->geo, f->addr, &asn, letters, &country);
	printf("%s\t%s\t%.*s\t%lld\t%.*s\n", address_text(text, f->addr), lookup_sentence(f->result), (int)f->name.len,
	       f->name.len > 0 ? f->name.ptr : "", (long long)asn, (int)country.len, country.len > 0 ? country.ptr : "");
	a->answered++;
}

static void on_name(void *ctx, uint32_t number, const struct name_found *f)
{
	struct asking *a = ctx;

	printf("%.*s\t%s", (int)f->name.len, f->name.ptr, lookup_sentence(f->result));
	for (size_t i = 0; i < f->n; i++)
		printf("\t%.*s", (int)f->text[i].len, f->text[i].ptr);
	printf("\n");
	a->answered++;
}

static bool ask(struct asking *a, const char *line)
{
	struct slice word = text_trim(slice_of(line));
	unsigned char addr[16];

	if (text_starts_nocase(word, SLICE("address ")) &&
	    address_parse((struct slice){ word.ptr + 8, word.len - 8 }, addr))
		return dns_want_address(a->dns, (uint32_t)a->asked++, addr) == 0;
	return text_starts_nocase(word, SLICE("name ")) &&
	       dns_want_name(a->dns, (uint32_t)a->asked++, (struct slice){ word.ptr + 5, word.len - 5 }) == 0;
}

static void turn(struct asking *a)
{
	struct pollfd fds[DNS_FDS];
	struct dns_trouble trouble;
	int timeout_ms = -1, n = dns_poll(a->dns, fds, &timeout_ms);

	poll(fds, (nfds_t)n, timeout_ms);
	dns_turn(a->dns, fds, n);
	if (dns_is_troubled(a->dns, &trouble) && !a->was_troubled) {
		printf("trouble: %s\n", lookup_sentence(trouble.result));
		a->was_troubled = true;
	}
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct asking a = { 0 };
	const struct dns_sink sink = { on_address, on_name, &a };
	char line[512];
	struct err err;
	int64_t began;

	if (argc < 3 || dns_open(argv[1], atoll(argv[2]), &sink, &a.dns, &err) != 0) {
		fprintf(stderr, "dns_ask: %s\n", argc < 3 ? "wrong use" : err.text);
		return 2;
	}
	a.geo = geo_open(argc > 3 ? argv[3] : NULL, argc > 4 ? argv[4] : NULL);
	if (geo_trouble(a.geo)[0] != '\0')
		printf("%s\n", geo_trouble(a.geo));
	began = clock_ms();
	while (fgets(line, sizeof line, stdin) != NULL) {
		bool wait = strcmp(line, "wait\n") == 0;

		if (!wait && !ask(&a, line))
			return 2;
		while (dns_waiting(a.dns) > (wait ? 0 : LIMIT_LOOKUPS - 1))
			turn(&a);
	}
	while (dns_waiting(a.dns) > 0)
		turn(&a);
	printf("answered %ld in %lld ms\n", a.answered, (long long)(clock_ms() - began));
	geo_close(a.geo);
	dns_close(a.dns);
	return 0;
}
