/* patient: preloaded under valgrind. A parser that ruad has done with is let go by itself instead of being killed, so
 * that valgrind can say what it leaked. And a program that starts itself anew through /proc finds itself, not valgrind.
 * Neighbours: valgrind.sh. */
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

int kill(pid_t pid, int number)
{
	return 0;
}

int execve(const char *path, char *const argv[], char *const environment[])
{
	const char *self = getenv("RUAD");

	path = strcmp(path, "/proc/self/exe") == 0 && self != NULL ? self : path;
	return (int)syscall(SYS_execve, path, argv, environment);
}

int execv(const char *path, char *const argv[])
{
	return execve(path, argv, environ);
}
