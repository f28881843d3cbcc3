/* config_web: the keys of the block `web` that say who may come in, and whether they go with where it listens (UX 9). */
#include "daemon/config_read.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>

static bool read_peer(struct reading *r, const struct key *key, const config_setting_t *s, struct slice text, void *item)
{
	if (network_parse(text, item))
		return true;
	problem_add(r, setting_line(s), "%s.%s \"%s\" is no address or network, such as \"127.0.0.1\" or \"192.0.2.0/28\"", key->of,
		    key->name, problem_text(r, text.ptr));
	return false;
}

void read_proxy_peers(struct reading *r, const struct key *key, const config_setting_t *s, void *to)
{
	struct config *out = to;

	out->web.proxies = value_strings(r, key, s, read_peer, sizeof *out->web.proxy, &out->web.proxy);
}

void read_proxy_role(struct reading *r, const struct key *key, const config_setting_t *s, void *to)
{
	static const char *const words[] = { "none", "team", "admin", NULL };
	static const enum access_role roles[] = { ACCESS_NOBODY, ACCESS_TEAM, ACCESS_ADMIN };
	struct config *out = to;
	int word = value_word(r, key, s, words);

	if (word >= 0)
		out->web.proxy_role = roles[word];
}

/* A header's name is a token (RFC 9110 5.6.2). */
void read_proxy_header(struct reading *r, const struct key *key, const config_setting_t *s, void *to)
{
	struct slice text = value_text(r, key, s);

	for (size_t i = 0; i < text.len; i++)
		if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", text.ptr[i]) == NULL) {
			problem_add(r, setting_line(s), "%s.%s \"%s\" is no name of a header, such as \"X-Remote-User\"", key->of,
				    key->name, problem_text(r, text.ptr));
			return;
		}
	if (text.ptr != NULL)
		*(const char **)to = text.ptr;
}

void settle_web(struct reading *r)
{
	struct config *out = r->out;

	if (out->web.proxy_header != NULL && out->web.proxies == 0)
		problem_add(r, 0, "web.proxy_header needs web.proxy_peers: the addresses of the proxy, for anybody else could send that header too");
	if (out->web.proxy_header == NULL && out->web.proxies > 0 && out->web.users_file == NULL)
		problem_add(r, 0, "web.proxy_peers has no meaning without web.proxy_header or web.users_file");
}

bool config_signs_in(const struct config *c)
{
	return c->web.users_file != NULL || c->web.proxy_header != NULL;
}

static bool is_loopback(const struct sockaddr *at)
{
	const struct in6_addr *six = &((const struct sockaddr_in6 *)(const void *)at)->sin6_addr;

	if (at->sa_family == AF_INET)
		return ntohl(((const struct sockaddr_in *)(const void *)at)->sin_addr.s_addr) >> 24 == 127;
	return at->sa_family == AF_UNIX || (at->sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(six));
}

int config_may_listen(const struct config *c, int fd, struct err *err)
{
	struct sockaddr_storage at = { 0 };
	socklen_t n = sizeof at;
	char host[NI_MAXHOST] = "?";

	if (config_signs_in(c))
		return 0;
	if (getsockname(fd, (struct sockaddr *)&at, &n) != 0)
		return err_errno(err, "web: the socket");
	if (is_loopback((struct sockaddr *)&at))
		return 0;
	getnameinfo((struct sockaddr *)&at, n, host, sizeof host, NULL, 0, NI_NUMERICHOST);
	return err_set(err, ERR_USE,
		       "web.listen: %s is no loopback address, so it needs a sign-in: set web.users_file (ruad user NAME makes one), or "
		       "web.proxy_header and web.proxy_peers",
		       host);
}
