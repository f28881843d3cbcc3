/* probe: what a parser, or another role, that was taken over could try. Each attempt is made in a process of its own that has
 * locked itself down as its role does; it must be killed by SIGSYS or refused with the errno of the table, and
 * a few things that parsing needs must still work. Prints TAP.
 * Neighbours: check.py runs it; daemon/sandbox_linux.c is on trial. */
#include "daemon/sandbox.h"
#include "parsers/message.h"
#include "schema/limits.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WORKS = 0, KILLED = -1 /* by SIGSYS */ }; /* else: refused with that errno */
enum { NO_LANDLOCK = 77, PAGE_BYTES = 4096, FLOOD_STEP_BYTES = 1024 * 1024 };

static pid_t victim;    /* who the attempts may try to hurt: the parent */
static int old_socket;  /* opened before the sandbox, as if it had been left open by mistake */
static void *old_page;

enum who { PARSER, STORE, WEB, FETCH };

struct attempt {
	const char *name;
	int (*make)(void); /* 0 where it worked, else the errno */
	int expected;
	enum who who;
	bool by_landlock; /* nothing else stops it */
};

static int result(long rc)
{
	return rc < 0 ? errno : WORKS;
}

/* --- files --- */

static int open_to_read(void)
{
	return result(open("/etc/passwd", O_RDONLY));
}

static int open_to_write(void)
{
	return result(open("/tmp/ruad-sandbox-probe", O_WRONLY | O_CREAT, 0600));
}

static int open_own_memory(void)
{
	return result(open("/proc/self/mem", O_RDWR));
}

static int open_by_old_call(void)
{
	return result(syscall(SYS_open, "/etc/passwd", O_RDONLY));
}

static int open_by_new_call(void)
{
	return result(syscall(SYS_openat2, AT_FDCWD, "/etc/passwd", (uint64_t[3]){ 0 }, sizeof(uint64_t[3])));
}

static int look_at_file(void)
{
	struct stat st;

	return result(stat("/etc/passwd", &st));
}

static int look_at_file_anew(void)
{
	return result(syscall(SYS_statx, AT_FDCWD, "/etc/passwd", 0, 0x7ff, old_page));
}

static int list_folder(void)
{
	return result(syscall(SYS_getdents64, 0, old_page, PAGE_BYTES));
}

static int remove_file(void)
{
	return result(unlink("/tmp/ruad-sandbox-probe"));
}

/* --- network --- */

static int make_socket(void)
{
	return result(socket(AF_INET, SOCK_STREAM, 0));
}

static int make_local_socket(void)
{
	return result(socket(AF_UNIX, SOCK_STREAM, 0));
}

static int connect_old_socket(void)
{
	const struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9) };

	return result(connect(old_socket, (const struct sockaddr *)&to, sizeof to));
}

static int pass_descriptor(void)
{
	struct msghdr m = { 0 };

	return result(sendmsg(old_socket, &m, 0));
}

/* --- processes --- */

static int run_program(void)
{
	char *const argv[] = { (char[]){ "true" }, NULL };

	return result(execve("/bin/true", argv, argv + 1));
}

static int run_program_by_descriptor(void)
{
	return result(syscall(SYS_execveat, 0, "", NULL, NULL, AT_EMPTY_PATH));
}

static int fork_child(void)
{
	return result(fork());
}

static int fork_by_old_call(void)
{
	return result(syscall(SYS_fork));
}

static int trace_parent(void)
{
	return result(ptrace(PTRACE_ATTACH, victim, NULL, NULL));
}

static int read_parent(void)
{
	struct iovec here = { old_page, 1 }, there = { old_page, 1 };

	return result(process_vm_readv(victim, &here, 1, &there, 1, 0));
}

static int kill_parent(void)
{
	return result(kill(victim, SIGUSR1));
}

static int kill_thread_of_parent(void)
{
	return result(syscall(SYS_tgkill, victim, victim, SIGUSR1));
}

static int signal_parent(void)
{
	return result(syscall(SYS_rt_sigqueueinfo, victim, SIGUSR1, old_page));
}

/* --- memory that runs --- */

static int map_writable_and_executable(void)
{
	void *p = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? errno : WORKS;
}

static int map_executable(void)
{
	void *p = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? errno : WORKS;
}

static int make_executable(void)
{
	return result(mprotect(old_page, PAGE_BYTES, PROT_READ | PROT_EXEC));
}

static int make_executable_by_key(void)
{
	return result(syscall(SYS_pkey_mprotect, old_page, PAGE_BYTES, PROT_READ | PROT_EXEC, -1));
}

static int make_reading_execute(void)
{
	return result(syscall(SYS_personality, 0x0400000 /* READ_IMPLIES_EXEC */));
}

/* --- giving itself more --- */

static int raise_limit(void)
{
	const struct rlimit r = { RLIM_INFINITY, RLIM_INFINITY };

	return result(setrlimit(RLIMIT_AS, &r));
}

static int become_dumpable(void)
{
	return result(prctl(PR_SET_DUMPABLE, 1));
}

static int become_root(void)
{
	return result(setuid(0));
}

static int make_ring(void)
{
	return result(syscall(SYS_io_uring_setup, 1, old_page));
}

static int load_program(void)
{
	return result(syscall(SYS_bpf, 5, old_page, 48));
}

#ifdef __x86_64__
/* The same kernel by another door: the calls of x32 have numbers of their own. */
static int call_as_x32(void)
{
	return result(syscall(0x40000000 + SYS_getpid));
}
#endif

/* Until no more is to be had. Where the limit holds, that is soon. */
static int flood_memory(void)
{
	size_t got = 0;
	char *p;

	while (got <= LIMIT_PARSER_MEMORY_BYTES && (p = malloc(FLOOD_STEP_BYTES)) != NULL) {
		memset(p, 1, FLOOD_STEP_BYTES);
		got += FLOOD_STEP_BYTES;
	}
	return got <= LIMIT_PARSER_MEMORY_BYTES ? ENOMEM : WORKS;
}

/* --- what must go on working --- */

static int use_memory(void)
{
	enum { MUCH_BYTES = 96 * 1024 * 1024 };
	char *p = malloc(MUCH_BYTES);

	if (p == NULL)
		return ENOMEM;
	memset(p, 1, MUCH_BYTES);
	free(p);
	return WORKS;
}

static int ask_the_time(void)
{
	struct timespec t;

	return result(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &t));
}

/* --- what another role keeps --- */

static char kept_folder[] = "/tmp/ruad-sandbox-XXXXXX";

static int write_in_kept_folder(void)
{
	char path[sizeof kept_folder + 8];
	int fd;

	snprintf(path, sizeof path, "%s/file", kept_folder);
	if ((fd = open(path, O_WRONLY | O_CREAT, 0600)) < 0)
		return errno;
	return result(unlink(path));
}

static int start_itself(void)
{
	char *const argv[] = { (char[]){ "sandbox_probe" }, (char[]){ "nothing" }, NULL };
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		execve("/proc/self/exe", argv, argv + 2);
		_exit(99);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return errno;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? WORKS : EACCES;
}

static int wait_for_nobody(void)
{
	return waitpid(-1, NULL, 0) < 0 && errno == ECHILD ? WORKS : errno;
}

static const struct attempt attempts[] = {
	{ "open a file to read", open_to_read, EACCES },
	{ "open a file to write", open_to_write, EACCES },
	{ "open its own memory", open_own_memory, EACCES },
	{ "open a file by the old call", open_by_old_call, EACCES },
	{ "open a file by the new call", open_by_new_call, KILLED },
	{ "look at a file", look_at_file, EACCES },
	{ "look at a file by the new call", look_at_file_anew, KILLED },
	{ "list a folder", list_folder, KILLED },
	{ "remove a file", remove_file, KILLED },
	{ "make a socket", make_socket, KILLED },
	{ "make a local socket", make_local_socket, KILLED },
	{ "connect a socket left open", connect_old_socket, KILLED },
	{ "pass a descriptor", pass_descriptor, KILLED },
	{ "run a program", run_program, KILLED },
	{ "run a program by its descriptor", run_program_by_descriptor, KILLED },
	{ "fork", fork_child, KILLED },
	{ "fork by the old call", fork_by_old_call, KILLED },
	{ "trace its parent", trace_parent, KILLED },
	{ "read its parent's memory", read_parent, KILLED },
	{ "kill its parent", kill_parent, KILLED },
	{ "kill its parent as a thread", kill_thread_of_parent, KILLED },
	{ "queue a signal to its parent", signal_parent, KILLED },
	{ "map memory that is written and run", map_writable_and_executable, KILLED },
	{ "map memory that is run", map_executable, KILLED },
	{ "make memory run", make_executable, KILLED },
	{ "make memory run by a key", make_executable_by_key, KILLED },
	{ "make all that is read run", make_reading_execute, KILLED },
	{ "raise its limits", raise_limit, KILLED },
	{ "make itself dumpable", become_dumpable, KILLED },
	{ "become root", become_root, KILLED },
	{ "make an io_uring", make_ring, KILLED },
	{ "load a BPF program", load_program, KILLED },
#ifdef __x86_64__
	{ "make a call of another ABI", call_as_x32, KILLED },
#endif
	{ "take all memory", flood_memory, ENOMEM },
	{ "use the memory it may", use_memory, WORKS },
	{ "ask the time", ask_the_time, WORKS },

	{ "make a socket", make_socket, EACCES, STORE },
	{ "run a program", run_program, EACCES, STORE, true },
	{ "open a file elsewhere to write", open_to_write, EACCES, STORE, true },
	{ "trace its parent", trace_parent, KILLED, STORE },
	{ "read its parent's memory", read_parent, KILLED, STORE },
	{ "become root", become_root, KILLED, STORE },
	{ "write in its own folder", write_in_kept_folder, WORKS, STORE },
	{ "start itself again", start_itself, WORKS, STORE },
	{ "make a socket", make_socket, EACCES, WEB },
	{ "run a program", run_program, EACCES, WEB },
	{ "run a program by its descriptor", run_program_by_descriptor, EACCES, WEB },
	{ "open a file elsewhere to write", open_to_write, EACCES, WEB, true },
	{ "load a BPF program", load_program, KILLED, WEB },
	{ "make an io_uring", make_ring, KILLED, WEB },
	{ "read the system's files", open_to_read, WORKS, WEB },
	{ "wait for children", wait_for_nobody, WORKS, WEB },
	{ "run a program", run_program, EACCES, FETCH },
	{ "open a file elsewhere to write", open_to_write, EACCES, FETCH, true },
	{ "read its parent's memory", read_parent, KILLED, FETCH },
	{ "make a socket", make_socket, WORKS, FETCH },
	{ "write in its own folder", write_in_kept_folder, WORKS, FETCH },
};

static const char *const who_names[] = { "a parser", "the store", "the web server", "a fetch role" };

/* --- making them --- */

static void nobody_report(void *ctx, const struct report *r)
{
}

static void nobody_tls(void *ctx, const struct tls_report *r)
{
}

static void nobody_failure(void *ctx, const struct failure_report *r)
{
}

static void nobody_reject(void *ctx, const struct reject *r)
{
}

/* As daemon/role_parse.c does before it locks itself down. */
static void warm_up(void)
{
	const struct message_limits limits = { LIMIT_MAIL_BYTES, LIMIT_PART_BYTES, LIMIT_EXPANDED_BYTES, LIMIT_ROWS };
	const struct message_sink nobody = { nobody_report, nobody_tls, nobody_failure, nobody_reject, NULL };
	struct arena a = { 0 };

	setenv("TZ", "UTC0", 1);
	tzset();
	message_init();
	message_read(&a, SLICE("warm-up"), SLICE("<feedback><record/></feedback>"), &limits, &nobody);
	arena_release(&a);
}

static int lock_down(enum who who, struct err *err)
{
	const struct sandbox_role keep = { .network = who == FETCH, .starts_parsers = who == STORE, .write = { kept_folder } };

	return sandbox_role(&keep, err);
}

static void child(const struct attempt *a, int answer)
{
	const struct rlimit no_core = { 0, 0 };
	struct err err;
	int got, level;

	setrlimit(RLIMIT_CORE, &no_core);
	old_socket = socket(AF_INET, SOCK_STREAM, 0);
	old_page = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (a->who == PARSER)
		warm_up();
	if ((level = a->who == PARSER ? sandbox_parser(&err) : lock_down(a->who, &err)) < 0)
		_exit(2);
	if (a->by_landlock && !(level & SANDBOX_LANDLOCK))
		_exit(NO_LANDLOCK);
	got = a->make();
	_exit(write(answer, &got, sizeof got) == sizeof got ? 0 : 3);
}

/* What became of it, in words; true where it is what the table says. */
static bool judge(const struct attempt *a, int status, bool answered, int got, char *said, size_t room)
{
	if (WIFSIGNALED(status)) {
		snprintf(said, room, "killed by signal %d", WTERMSIG(status));
		return a->expected == KILLED && WTERMSIG(status) == SIGSYS;
	}
	if (WEXITSTATUS(status) != 0 || !answered) {
		snprintf(said, room, "no answer, exit %d", WEXITSTATUS(status));
		return false;
	}
	snprintf(said, room, "%s", got == WORKS ? "it works" : strerror(got));
	return got == a->expected;
}

static bool try(const struct attempt *a, int number)
{
	char said[100];
	int pair[2], status, got = 0;
	bool answered, good;
	pid_t pid;

	if (pipe(pair) != 0 || (pid = fork()) < 0) {
		perror("sandbox_probe");
		exit(3);
	}
	if (pid == 0)
		child(a, pair[1]);
	close(pair[1]);
	answered = read(pair[0], &got, sizeof got) == sizeof got;
	close(pair[0]);
	waitpid(pid, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == NO_LANDLOCK) {
		printf("ok %d - %s: %s # SKIP this kernel has no Landlock that knows moving files\n", number, who_names[a->who], a->name);
		return true;
	}
	good = judge(a, status, answered, got, said, sizeof said);
	printf("%s %d - %s: %s%s: %s\n", good ? "ok" : "not ok", number, who_names[a->who], a->name,
	       a->expected == WORKS ? "" : " is stopped", said);
	fflush(stdout);
	return good;
}

int main(int argc, char **argv)
{
	const int n = sizeof attempts / sizeof *attempts;
	bool good = true;

	if (argc > 1) /* start_itself */
		return 0;
	if (mkdtemp(kept_folder) == NULL) {
		perror(kept_folder);
		return 3;
	}
	signal(SIGUSR1, SIG_IGN); /* so that an attempt on us that works can be told */
	victim = getpid();
	for (int i = 0; i < n; i++)
		good &= try(&attempts[i], i + 1);
	printf("1..%d\n", n);
	rmdir(kept_folder);
	return good ? 0 : 1;
}
