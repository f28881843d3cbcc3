/* command_backup: `ruad backup FILE`: a consistent copy, also while others read and write. */
#include "base/log.h"
#include "daemon/command.h"
#include "storage/backup.h"

int command_backup(struct command *c)
{
	static const struct option options[] = { { 0 } };
	struct err err;

	if (command_option(c, options) != -1)
		return EXIT_USE;
	if (optind != c->argc - 1) {
		log_line("backup: name one file, which is not there yet");
		return EXIT_USE;
	}
	if (backup_make(c->config.database.path, c->argv[optind], &err) != 0)
		return command_fail(&err);
	log_line("backup: %s and %s.raw hold all that was in %s", c->argv[optind], c->argv[optind], c->config.database.path);
	return EXIT_DONE;
}
