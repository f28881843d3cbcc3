/* pending: stands in for roles that are merged next. */
#include "daemon/fetch.h"

int source_maildir_run(struct fetch *f, struct err *err)
{
	return err_set(err, ERR_USE, "not built yet");
}

int source_drop_run(struct fetch *f, struct err *err)
{
	return err_set(err, ERR_USE, "not built yet");
}

int role_lookup(const struct heritage *h)
{
	return EXIT_USE;
}

int role_tell(const struct heritage *h)
{
	return EXIT_USE;
}
