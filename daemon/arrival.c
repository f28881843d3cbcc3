/* arrival: see arrival.h. */
#include "daemon/arrival.h"

#include <errno.h>
#include <sys/inotify.h>
#include <unistd.h>

static const uint32_t wanted = IN_CREATE | IN_MOVED_TO | IN_CLOSE_WRITE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
static const uint32_t ended = IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED;

int arrival_open(struct arrivals *w, struct err *err)
{
	w->folders = 0;
	w->at = w->len = 0;
	w->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	return w->fd >= 0 ? 0 : err_errno(err, "inotify");
}

int arrival_folder(struct arrivals *w, const char *path, struct err *err)
{
	int number = inotify_add_watch(w->fd, path, wanted);

	if (number < 0)
		return err_errno(err, "%s: cannot be watched", path);
	w->folder[w->folders++] = number;
	return 0;
}

void arrival_close(struct arrivals *w)
{
	if (w->fd >= 0)
		close(w->fd);
	w->fd = -1;
}

/* False where nothing waits. */
static bool fill(struct arrivals *w)
{
	ssize_t n;

	do {
		n = read(w->fd, w->bytes, sizeof w->bytes);
	} while (n < 0 && errno == EINTR);
	w->at = 0;
	w->len = n > 0 ? (size_t)n : 0;
	return n > 0;
}

static int folder_of(const struct arrivals *w, int number)
{
	for (int i = 0; i < w->folders; i++)
		if (w->folder[i] == number)
			return i;
	return -1;
}

/* False for an event that says nothing to the watcher. */
static bool read_event(const struct arrivals *w, const struct inotify_event *e, struct arrival_event *out)
{
	*out = (struct arrival_event){ .kind = ARRIVAL_NAME, .folder = folder_of(w, e->wd), .name = e->name };
	if (e->mask & IN_Q_OVERFLOW)
		out->kind = ARRIVAL_LOST;
	else if (e->mask & ended)
		out->kind = ARRIVAL_GONE;
	else if (e->len == 0 || out->folder < 0 || e->mask & IN_ISDIR)
		return false;
	out->whole = (e->mask & (IN_MOVED_TO | IN_CLOSE_WRITE)) != 0;
	return true;
}

int arrival_next(struct arrivals *w, struct arrival_event *out)
{
	bool said = false;

	while (!said) {
		const struct inotify_event *e;

		if (w->fd < 0 || (w->at >= w->len && !fill(w)))
			return 0;
		e = (const struct inotify_event *)(const void *)(w->bytes + w->at);
		w->at += sizeof *e + e->len;
		said = read_event(w, e, out);
	}
	return 1;
}
