/* fuzz_config: ruad.conf. Checks: a file is taken with values that are within what limits.h allows, or refused with one
 * line per error, each naming the file; the same file gives the same answer again. */
#include "tests/fuzz/fuzz.h"

#include "daemon/config.h"
#include "daemon/endpoint.h"
#include "schema/limits.h"

#include <assert.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

/* The lexer of libconfig 1.5 loses the text it had in hand when a syntax error ends its reading: a few bytes, once, in a
 * program that then ends. Named by the library, for its own names are not there where no symbolizer is. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libconfig.so\n";
}

static char path[64];
static int complaints;

static void count_complaint(const char *line)
{
	assert(strncmp(line, path, strlen(path)) == 0 && strchr(line, '\n') == NULL);
	complaints++;
}

/* Whoever fetches relies on this without looking again. */
static void check_mail(const struct config *c, const struct mail_source *m)
{
	assert(m->name != NULL && m->poll_s >= 10 && m->oauth < (int)c->oauth_count);
	assert((m->after == AFTER_MOVE) == (m->archive != NULL) && (m->archive != NULL) == (m->invalid != NULL));
	if (m->type != SOURCE_IMAP) {
		assert(m->path[0] == '/');
		return;
	}
	assert(m->host != NULL && m->user != NULL && m->folder != NULL && m->port > 0 && m->port <= 65535);
	assert((m->password_file != NULL) == (m->oauth < 0));
	assert(m->tls != TLS_NONE || endpoint_is_loopback(slice_of(m->host)));
}

static void check_oauth(const struct oauth_config *o)
{
	assert(o->name != NULL && (o->command != NULL) == (o->flow == OAUTH_COMMAND));
	assert((o->token_url != NULL) == (o->flow != OAUTH_COMMAND));
	assert((o->device_url != NULL) == (o->flow == OAUTH_DEVICE_CODE));
	assert((o->token_file != NULL) == (o->flow == OAUTH_REFRESH_TOKEN || o->flow == OAUTH_DEVICE_CODE));
}

static void check_values(const struct config *c)
{
	assert(c->database.path != NULL && c->web.address != NULL && c->web.port >= 0 && c->web.port <= 65535);
	assert(c->limits.mail_bytes > 0 && c->limits.mail_bytes <= LIMIT_MAIL_BYTES);
	assert(c->limits.part_bytes > 0 && c->limits.part_bytes <= LIMIT_PART_BYTES);
	assert(c->limits.expanded_bytes > 0 && c->limits.expanded_bytes <= LIMIT_EXPANDED_BYTES);
	assert(c->limits.rows > 0 && c->limits.rows <= LIMIT_ROWS);
	for (size_t i = 0; i < c->domains.own_count; i++)
		assert(c->domains.own[i].len > 0);
	for (size_t i = 0; i < c->mail_count; i++)
		check_mail(c, &c->mail[i]);
	for (size_t i = 0; i < c->oauth_count; i++)
		check_oauth(&c->oauth[i]);
	assert(c->alerts.mail.url == NULL || (c->alerts.mail.from != NULL && c->alerts.mail.to[0] != NULL));
	assert(c->alerts.command == NULL || c->alerts.command[0][0] == '/');
}

static int load(void)
{
	struct arena a = { 0 };
	struct config config;
	struct err err = { 0 };
	int rc;

	complaints = 0;
	rc = config_load(&a, path, &config, count_complaint, &err);
	assert((rc == 0) == (complaints == 0));
	if (rc == 0)
		check_values(&config);
	else
		assert(err.kind == ERR_USE && err.text[0] != '\0');
	arena_release(&a);
	return complaints;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("ruad.conf", MFD_CLOEXEC), first;

	assert(fd >= 0 && (size == 0 || write(fd, data, size) == (ssize_t)size));
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	first = load();
	assert(load() == first);
	close(fd);
	return 0;
}
