/* fixed: the least that a server on libmicrohttpd can do: one body of so many bytes, made once, for every request. It stands beside
 * ruad in `tests/bench/run http`, with the library's settings that web/http.c has. Says `port N`; ends when its input does. */
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { THREADS = 2, CONNECTIONS = 512, HEADER_BYTES = 32 * 1024, IDLE_SECONDS = 30 };

static enum MHD_Result answer(void *ctx, struct MHD_Connection *c, const char *url, const char *method, const char *version,
			      const char *upload, size_t *upload_size, void **request_ctx)
{
	if (*request_ctx == NULL) {
		*request_ctx = ctx;
		return MHD_YES;
	}
	return MHD_queue_response(c, MHD_HTTP_OK, ctx);
}

int main(int argc, char **argv)
{
	size_t n = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
	struct sockaddr_in here = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct MHD_Response *body;
	struct MHD_Daemon *server;
	char *bytes = malloc(n), byte;

	if (n == 0 || bytes == NULL) {
		fprintf(stderr, "usage: bench_fixed BYTES\n");
		return 2;
	}
	memset(bytes, 'x', n);
	body = MHD_create_response_from_buffer(n, bytes, MHD_RESPMEM_MUST_FREE);
	server = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC, 0, NULL, NULL, answer, body,
				  MHD_OPTION_SOCK_ADDR, &here, MHD_OPTION_THREAD_POOL_SIZE, THREADS,
				  MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT, IDLE_SECONDS,
				  MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADER_BYTES, MHD_OPTION_END);
	if (body == NULL || server == NULL) {
		perror("bench_fixed");
		return 3;
	}
	printf("port %d\n", MHD_get_daemon_info(server, MHD_DAEMON_INFO_BIND_PORT)->port);
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	MHD_stop_daemon(server);
	MHD_destroy_response(body);
	return 0;
}
