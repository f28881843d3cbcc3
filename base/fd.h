/* fd: a descriptor that is closed once, however often that is asked for. Neighbours: whoever holds several of them. */
#ifndef BASE_FD_H
#define BASE_FD_H
#include <unistd.h>

/* Closes it and leaves -1 in its place; -1 is none. */
static inline void fd_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}
#endif
