/* source_rule: see source_rule.h. */
#include "schema/source_rule.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdio.h>

static const char *const kinds[KINDS] = { "ours", "service", "list", "forwarder", "unknown" };
static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

const char *source_kind_name(enum source_kind k)
{
	assert(k < KINDS);
	return kinds[k];
}

const char *list_software_name(enum list_software s)
{
	static const char *const names[SOFTWARES] = { "unknown",       "listserv",      "mailman", "sympa",
						      "google-groups", "microsoft-365", "other" };

	return names[s < SOFTWARES ? s : SOFTWARE_UNKNOWN];
}

enum source_kind source_kind_of(struct slice word)
{
	int k = 0;

	while (k < KINDS && !slice_is(word, kinds[k]))
		k++;
	return (enum source_kind)k;
}

bool address_parse(struct slice text, unsigned char out[16])
{
	char copy[ADDRESS_TEXT_BYTES];
	struct slice s = text_trim(text);
	const char *zone;

	if (s.len >= 2 && s.ptr[0] == '[' && s.ptr[s.len - 1] == ']')
		s = (struct slice){ s.ptr + 1, s.len - 2 };
	if (s.len > 0 && (zone = memchr(s.ptr, '%', s.len)) != NULL)
		s.len = (size_t)(zone - s.ptr);
	if (s.len == 0 || s.len >= sizeof copy || memchr(s.ptr, '\0', s.len) != NULL)
		return false;
	memcpy(copy, s.ptr, s.len);
	copy[s.len] = '\0';
	if (inet_pton(AF_INET6, copy, out) == 1)
		return true;
	if (inet_pton(AF_INET, copy, out + 12) != 1)
		return false;
	memcpy(out, mapped, sizeof mapped);
	return true;
}

/* One group of an address: up to `digits` digits of `base`; false for anything else. */
static bool group_parse(struct slice s, int base, size_t digits, unsigned *out)
{
	*out = 0;
	for (size_t i = 0; i < s.len; i++) {
		const char *all = "0123456789abcdef", *at = memchr(all, text_lower_char(s.ptr[i]), (size_t)base);

		if (at == NULL || (i > 0 && *out == 0)) /* nobody writes a leading zero */
			return false;
		*out = *out * (unsigned)base + (unsigned)(at - all);
	}
	return s.len > 0 && s.len <= digits && *out < (base == 10 ? 256u : 65536u);
}

static void put_group(struct address_range *r, int width, int at, unsigned first, unsigned last)
{
	for (int i = 0; i < width; i++) {
		r->first[at + i] = (unsigned char)(first >> 8 * (width - 1 - i));
		r->last[at + i] = (unsigned char)(last >> 8 * (width - 1 - i));
	}
}

/* The last group is `n` and whatever more digits make of it. */
static int prefix_ranges(const struct address_range *head, int width, int at, int base, unsigned n, bool whole,
			 struct address_range *out)
{
	unsigned most = width == 1 ? 255 : 65535, times = 1;
	int count = 0;

	for (; n * times <= most && count < ADDRESS_RANGES; times *= (unsigned)base) {
		unsigned last = n * times + times - 1;

		out[count] = *head;
		put_group(&out[count++], width, at, n * times, last < most ? last : most);
		if (whole || n == 0)
			break;
	}
	return count;
}

int address_prefix(struct slice text, struct address_range out[ADDRESS_RANGES])
{
	bool four = text.len > 0 && memchr(text.ptr, ':', text.len) == NULL;
	int width = four ? 1 : 2, at = four ? 12 : 0, base = four ? 10 : 16;
	struct address_range head = { { 0 }, { 0 } };
	unsigned n = 0;

	memset(head.last, 0xff, sizeof head.last);
	if (four) {
		memcpy(head.first, mapped, sizeof mapped);
		memcpy(head.last, mapped, sizeof mapped);
	}
	for (; at < 16 && text.len > 0; at += width) {
		const char *end = memchr(text.ptr, four ? '.' : ':', text.len);
		struct slice group = { text.ptr, end != NULL ? (size_t)(end - text.ptr) : text.len };

		if (!group_parse(group, base, four ? 3 : 4, &n))
			return 0;
		text = (struct slice){ text.ptr + group.len + (end != NULL), text.len - group.len - (end != NULL) };
		if (text.len == 0) /* a mark behind it: the group is whole */
			return prefix_ranges(&head, width, at, base, n, end != NULL, out);
		put_group(&head, width, at, n, n);
	}
	return 0;
}

char *address_text(char out[ADDRESS_TEXT_BYTES], const unsigned char addr[16])
{
	bool four = memcmp(addr, mapped, sizeof mapped) == 0;

	inet_ntop(four ? AF_INET : AF_INET6, four ? addr + 12 : addr, out, ADDRESS_TEXT_BYTES);
	return out;
}

static void clear_host_bits(struct network *net)
{
	for (int i = 0; i < 16; i++) {
		int keep = net->bits - i * 8;

		if (keep < 8)
			net->addr[i] &= keep <= 0 ? 0 : (unsigned char)(0xff << (8 - keep));
	}
}

bool network_parse(struct slice text, struct network *out)
{
	const char *slash = text.len > 0 ? memchr(text.ptr, '/', text.len) : NULL;
	struct slice host = text;
	struct network net = { .bits = 128 };
	int64_t bits;
	bool four;

	if (slash != NULL)
		host.len = (size_t)(slash - text.ptr);
	if (!address_parse(host, net.addr))
		return false;
	four = memchr(host.ptr, ':', host.len) == NULL;
	if (slash != NULL) {
		if (!text_int((struct slice){ slash + 1, text.len - host.len - 1 }, &bits) || bits < 0 ||
		    bits > (four ? 32 : 128))
			return false;
		net.bits = (int)bits + (four ? 96 : 0);
	}
	clear_host_bits(&net);
	*out = net;
	return true;
}

bool network_holds(const struct network *net, const unsigned char addr[16])
{
	int whole = net->bits / 8, rest = net->bits % 8;

	if (whole > 0 && net->addr[whole - 1] != addr[whole - 1]) /* where most differ: spares a call */
		return false;
	return memcmp(net->addr, addr, (size_t)whole) == 0 &&
	       (rest == 0 || ((net->addr[whole] ^ addr[whole]) & (0xff << (8 - rest)) & 0xff) == 0);
}

void network_of(const unsigned char addr[16], struct network *out)
{
	out->bits = memcmp(addr, mapped, sizeof mapped) == 0 ? 96 + 24 : 48;
	memcpy(out->addr, addr, sizeof out->addr);
	clear_host_bits(out);
}

char *network_text(char out[NETWORK_TEXT_BYTES], const struct network *net)
{
	bool four = memcmp(net->addr, mapped, sizeof mapped) == 0 && net->bits >= 96;
	char address[ADDRESS_TEXT_BYTES];

	snprintf(out, NETWORK_TEXT_BYTES, "%s/%d", address_text(address, net->addr), four ? net->bits - 96 : net->bits);
	return out;
}

bool asn_parse(struct slice text, uint32_t *out)
{
	int64_t n;

	if (text_starts_nocase(text, SLICE("AS")))
		text = (struct slice){ text.ptr + 2, text.len - 2 };
	if (text.len == 0 || text.ptr[0] < '0' || text.ptr[0] > '9' || !text_int(text, &n) || n < 1 || n > UINT32_MAX)
		return false;
	*out = (uint32_t)n;
	return true;
}
