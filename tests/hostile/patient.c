/* patient: preloaded under valgrind. ruad ends its parsers with SIGKILL once their socket is closed; here they are let go by
 * themselves, so that valgrind can say what they leaked. And a program that starts itself anew through /proc finds itself,
 * not valgrind. Neighbours: valgrind.sh. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

int kill(pid_t pid, int number)
{
	return 0;
}

int execv(const char *path, char *const argv[])
{
	const char *self = getenv("RUAD");

	return execve(strcmp(path, "/proc/self/exe") == 0 && self != NULL ? self : path, argv, environ);
}
