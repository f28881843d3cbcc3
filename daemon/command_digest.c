/* command_digest: `ruad digest`: prints what the weekly digest would say now. */
#include "base/log.h"
#include "daemon/digest.h"
#include "schema/limits.h"

#include <time.h>

static int print(struct command *c, struct reader *r)
{
	enum digest_state state;
	const char *title;
	struct buf text;
	struct err err;
	int rc;

	buf_init(&text, LIMIT_NOTICE_BYTES);
	if (digest_write(c, r, c->arena, (int64_t)time(NULL), &text, &title, &state, &err) != 0)
		rc = command_fail(&err);
	else if (command_print(buf_slice(&text)) != 0)
		rc = EXIT_SYSTEM;
	else
		rc = state == DIGEST_WELL ? EXIT_DONE : EXIT_PARTLY;
	buf_release(&text);
	return rc;
}

int command_digest(struct command *c)
{
	static const struct option options[] = { { 0 } };
	struct reader *r;
	struct err err;
	int rc;

	while ((rc = command_option(c, options)) != -1)
		if (rc == '?')
			return EXIT_USE;
	if (command_has_arguments(c))
		return EXIT_USE;
	if ((rc = command_need_data(c)) != EXIT_DONE)
		return rc;
	if (reader_open(c->config.database.path, c->suffixes, &r, &err) != 0)
		return command_fail(&err);
	rc = print(c, r);
	reader_close(r);
	return rc;
}
