/* host: see host.h. */
#include "web/host.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <string.h>

enum { ADDRESS_BYTES = 46 };

static bool is_address(struct slice name, int family)
{
	unsigned char parsed[16];
	char text[ADDRESS_BYTES];

	if (name.len == 0 || name.len >= sizeof text)
		return false;
	memcpy(text, name.ptr, name.len);
	text[name.len] = '\0';
	return inet_pton(family, text, parsed) == 1;
}

/* Nothing, or a colon and digits. */
static bool is_port(struct slice s)
{
	for (size_t i = 1; i < s.len; i++)
		if (s.ptr[i] < '0' || s.ptr[i] > '9')
			return false;
	return s.len == 0 || s.ptr[0] == ':';
}

static bool is_name_of_ours(struct slice name, const struct slice *own, size_t n)
{
	if (name.len > 0 && name.ptr[name.len - 1] == '.')
		name.len--;
	if (text_eq_nocase(name, SLICE("localhost")))
		return true;
	for (size_t i = 0; i < n; i++)
		if (text_eq_nocase(name, own[i]))
			return true;
	return false;
}

bool host_is_ours(struct slice host, const struct slice *own, size_t n)
{
	bool bracket = host.len > 0 && host.ptr[0] == '[';
	const char *end = host.len > 0 ? memchr(host.ptr, bracket ? ']' : ':', host.len) : NULL;
	size_t length = end != NULL ? (size_t)(end - host.ptr) : host.len;
	struct slice name = { host.ptr + bracket, length - bracket };
	struct slice rest = { host.ptr + length, host.len - length };

	if (bracket) {
		if (end == NULL)
			return false;
		return is_port((struct slice){ rest.ptr + 1, rest.len - 1 }) && is_address(name, AF_INET6);
	}
	return is_port(rest) && (is_address(name, AF_INET) || is_name_of_ours(name, own, n));
}
