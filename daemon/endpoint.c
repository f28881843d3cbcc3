/* endpoint: see endpoint.h. */
#include "daemon/endpoint.h"

#include "base/text.h"
#include "schema/source_rule.h"

#include <string.h>

enum { NAME_BYTES = 253, LABEL_BYTES = 63, MOST_PORT = 65535 };

static bool is_name_char(char c)
{
	c = text_lower_char(c);
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

bool endpoint_is_name(struct slice name)
{
	size_t label = 0;

	for (size_t i = 0; i < name.len; i++) {
		char c = name.ptr[i];

		if (c == '.' ? label == 0 || label > LABEL_BYTES : !is_name_char(c))
			return false;
		label = c == '.' ? 0 : label + 1;
	}
	return label > 0 && label <= LABEL_BYTES && name.len <= NAME_BYTES;
}

static bool has(struct slice s, char c)
{
	return s.len > 0 && memchr(s.ptr, c, s.len) != NULL;
}

bool endpoint_is_host(struct slice host)
{
	unsigned char addr[16];

	return endpoint_is_name(host) || (has(host, ':') && !has(host, '[') && address_parse(host, addr));
}

bool endpoint_is_loopback(struct slice host)
{
	static const struct network loopback[] = {
		{ { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127 }, 96 + 8 },
		{ { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 }, 128 },
	};
	unsigned char addr[16];

	if (text_eq_nocase(host, slice_of("localhost")))
		return true;
	return !has(host, '%') && address_parse(host, addr) &&
	       (network_holds(&loopback[0], addr) || network_holds(&loopback[1], addr));
}

static bool port_of(struct slice text, int *port)
{
	int64_t n;

	if (text.len == 0 || text.ptr[0] < '0' || text.ptr[0] > '9' || !text_int(text, &n) || n > MOST_PORT)
		return false;
	*port = (int)n;
	return true;
}

bool endpoint_split(struct slice text, struct slice *host, int *port)
{
	const char *colon = text.len > 0 ? memrchr(text.ptr, ':', text.len) : NULL;
	struct slice before = { text.ptr, colon != NULL ? (size_t)(colon - text.ptr) : 0 };
	bool six = before.len >= 2 && before.ptr[0] == '[' && before.ptr[before.len - 1] == ']';
	int n;

	if (colon == NULL || !port_of((struct slice){ colon + 1, text.len - before.len - 1 }, &n))
		return false;
	if (six)
		before = (struct slice){ before.ptr + 1, before.len - 2 };
	if (has(before, ':') != six)
		return false;
	*host = before;
	*port = n;
	return true;
}

static bool is_url_text(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] <= ' ' || s.ptr[i] > '~' || s.ptr[i] == '@' || s.ptr[i] == '\\')
			return false;
	return true;
}

/* The host and port of a URL; where no port is named it is 0. */
static bool split_authority(struct slice text, struct slice *host, int *port)
{
	bool bracketed = text.len > 2 && text.ptr[0] == '[' && text.ptr[text.len - 1] == ']';

	if (has(text, ':') && !bracketed)
		return endpoint_split(text, host, port) && *port > 0;
	*host = bracketed ? (struct slice){ text.ptr + 1, text.len - 2 } : text;
	*port = 0;
	return has(*host, ':') == bracketed;
}

bool endpoint_url(struct slice text, struct endpoint_url *out)
{
	const char *mark = text.len > 0 ? memmem(text.ptr, text.len, "://", 3) : NULL;
	struct endpoint_url found = { .scheme = { text.ptr, mark != NULL ? (size_t)(mark - text.ptr) : 0 } };
	struct slice rest = text, authority;

	if (mark == NULL || !is_url_text(text) || !endpoint_is_name(found.scheme))
		return false;
	rest = (struct slice){ mark + 3, text.len - found.scheme.len - 3 };
	authority = rest;
	for (authority.len = 0; authority.len < rest.len; authority.len++)
		if (memchr("/?#", authority.ptr[authority.len], 3) != NULL)
			break;
	found.path = (struct slice){ rest.ptr + authority.len, rest.len - authority.len };
	if (!split_authority(authority, &found.host, &found.port) || !endpoint_is_host(found.host))
		return false;
	*out = found;
	return true;
}
