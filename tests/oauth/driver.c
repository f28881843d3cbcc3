/* driver: daemon/oauth.c and daemon/outgoing.c for tests/oauth/check.py, which writes commands to its standard input,
 * one a line, and reads an answer of one line each: "ok ..." or "err KIND TEXT".
 *
 *	driver CONF NAME     the block of that name, as `ruad serve` would have it
 *
 *	token | anew         oauth_token: "ok TOKEN"
 *	later SECONDS        moves the clock that tokens are held against
 *	lock FOLDER          sandbox_role, as a fetch role has it, with a folder that may be changed
 *	stopping             from now on a stop is asked for
 *	sign-in              oauth_sign_in: "show URL CODE", then "ok"
 *	advice ANSWER        oauth_advice with the last token: "ok ADVICE", or "ok" where there is none
 *	post URL CA          outgoing_post of {}: "ok STATUS BODY"
 *	mail URL CA STARTTLS USER PASSWORD TO...    outgoing_mail; "-" for what is not given
 */
#include "base/arena.h"
#include "base/clock.h"
#include "daemon/errand.h"
#include "daemon/oauth.h"
#include "daemon/outgoing.h"
#include "daemon/sandbox.h"
#include "schema/limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { LINE_BYTES = 4096, WORDS = 16, DRIVER_MS = 10 * 1000 };

static int64_t moved_ms;
static bool stopping;

/* Linked instead of base/clock.c. */
int64_t clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000 + moved_ms;
}

static bool should_stop(void)
{
	return stopping;
}

static void report(int rc, const char *text, const struct err *err)
{
	if (rc == 0)
		printf("ok%s%s\n", text[0] != '\0' ? " " : "", text);
	else
		printf("err %s %s\n", err->kind == ERR_USE ? "use" : "system", err->text);
	fflush(stdout);
}

static void show(void *ctx, const char *url, const char *code)
{
	printf("show %s %s\n", url, code);
	fflush(stdout);
}

static const char *given(const char *word)
{
	return strcmp(word, "-") == 0 ? NULL : word;
}

static void post(char **w)
{
	struct outgoing_post p = { .url = w[1],
				   .ca_file = given(w[2]),
				   .content_type = "application/json",
				   .bearer = "secret",
				   .body = SLICE("{}"),
				   .timeout_ms = DRIVER_MS,
				   .should_stop = should_stop };
	struct err err = { 0 };
	char text[LINE_BYTES];
	struct buf out;
	int status = 0, rc;

	buf_init(&out, 1024);
	rc = outgoing_post(&p, &status, &out, &err);
	snprintf(text, sizeof text, "%d %.*s", status, (int)out.len, buf_slice(&out).ptr);
	report(rc, text, &err);
	buf_release(&out);
}

static void mail(char **w)
{
	struct outgoing_mail m = { .url = w[1],
				   .ca_file = given(w[2]),
				   .user = given(w[4]),
				   .password = given(w[5]),
				   .starttls = strcmp(w[3], "starttls") == 0,
				   .from = "ruad@univ.example",
				   .to = (const char *const *)w + 6,
				   .timeout_ms = DRIVER_MS,
				   .should_stop = should_stop,
				   .message = SLICE("Subject: a test\r\n\r\n.\r\n.a dot begins this line\r\n") };
	struct err err = { 0 };

	report(outgoing_mail(&m, &err), "", &err);
}

static void lock(const char *folder)
{
	const struct sandbox_role keep = { .network = true, .write = { folder } };
	struct err err = { 0 };

	report(sandbox_role(&keep, &err) < 0 ? -1 : 0, "", &err);
}

static void token(struct oauth *o, bool anew, char held[LIMIT_TOKEN_BYTES + 1])
{
	struct err err = { 0 };
	const char *got = "";
	int rc = oauth_token(o, anew, &got, &err);

	if (rc == 0)
		snprintf(held, LIMIT_TOKEN_BYTES + 1, "%s", got);
	report(rc, got, &err);
}

static void obey(struct oauth *o, const struct oauth_config *c, char *line, char held[LIMIT_TOKEN_BYTES + 1])
{
	struct err err = { 0 };
	char *w[WORDS + 1] = { NULL }, *rest = line, *space = strchr(line, ' ');

	if (strncmp(line, "advice ", 7) == 0) {
		const char *advice = oauth_advice(c, slice_of(space + 1), held[0] != '\0' ? held : NULL);

		report(0, advice != NULL ? advice : "", &err);
		return;
	}
	for (int i = 0; i < WORDS && rest != NULL; i++)
		w[i] = strsep(&rest, " ");
	if (strcmp(w[0], "token") == 0 || strcmp(w[0], "anew") == 0)
		token(o, w[0][0] == 'a', held);
	else if (strcmp(w[0], "sign-in") == 0)
		report(oauth_sign_in(c, show, NULL, &err), "", &err);
	else if (strcmp(w[0], "post") == 0 && w[2] != NULL)
		post(w);
	else if (strcmp(w[0], "mail") == 0 && w[6] != NULL)
		mail(w);
	else if (strcmp(w[0], "lock") == 0 && w[1] != NULL)
		lock(w[1]);
	else if (strcmp(w[0], "stopping") == 0)
		report(0, (stopping = true) ? "" : "", &err);
	else if (strcmp(w[0], "later") == 0 && w[1] != NULL)
		report((moved_ms += atoi(w[1]) * 1000) >= 0 ? 0 : -1, "", &err);
	else
		report(-1, "", &err);
}

static void complain(const char *line)
{
	fprintf(stderr, "%s\n", line);
}

int main(int argc, char **argv)
{
	static char line[LINE_BYTES], held[LIMIT_TOKEN_BYTES + 1];
	struct arena a = { 0 };
	struct config c;
	struct err err = { 0 };
	struct oauth *o = NULL;
	int index = 0, control;

	if (argc != 3 || config_load(&a, argv[1], &c, complain, &err) != 0 || (control = errand_helper(&c, &err)) < 0)
		return 2;
	while ((size_t)index < c.oauth_count && strcmp(c.oauth[index].name, argv[2]) != 0)
		index++;
	if ((size_t)index == c.oauth_count || oauth_open(&c.oauth[index], index, control, &o, &err) != 0)
		return 2;
	oauth_stop_by(o, should_stop);
	while (fgets(line, sizeof line, stdin) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		obey(o, &c.oauth[index], line, held);
	}
	oauth_close(o);
	arena_release(&a);
	return 0;
}
