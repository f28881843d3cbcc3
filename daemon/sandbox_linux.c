/* sandbox_linux: rlimits, Landlock and seccomp; see sandbox.h. The order matters: Landlock and no_new_privs before the
 * filter forbids the calls that set them. */
#include "daemon/sandbox.h"

#include "schema/limits.h"

#include <errno.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

const unsigned sandbox_required = SANDBOX_LIMITS | SANDBOX_SECCOMP;

static int set_limits(struct err *err)
{
	static const struct {
		int resource;
		rlim_t most;
	} limits[] = {
		{ RLIMIT_AS, LIMIT_PARSER_MEMORY_BYTES }, { RLIMIT_FSIZE, 0 }, { RLIMIT_CORE, 0 },
		{ RLIMIT_NPROC, 0 },			  { RLIMIT_NOFILE, 4 }, { RLIMIT_MEMLOCK, 0 },
		{ RLIMIT_CPU, LIMIT_PARSER_CPU_S },
	};

	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
		const struct rlimit r = { limits[i].most, limits[i].most };

		if (setrlimit((__rlimit_resource_t)limits[i].resource, &r) != 0)
			return err_errno(err, "sandbox: limits");
	}
	return prctl(PR_SET_DUMPABLE, 0) == 0 ? 0 : err_errno(err, "sandbox: dumpable");
}

/* Of <linux/landlock.h>, whose copy in Debian 12 ends at ABI 2: rules on files, and from ABI 4 on TCP. */
struct landlock_attributes {
	uint64_t fs, net;
};

static int landlock_nothing_allowed(void)
{
	static const uint64_t fs_of_abi[] = { 0, 0x1fff, 0x3fff, 0x7fff, 0x7fff, 0xffff };
	enum { KNOWN_ABI = 5, FIRST_WITH_NET = 4, VERSION_FLAG = 1 };
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, VERSION_FLAG);
	struct landlock_attributes all;
	long fd, rc;

	if (abi < 1)
		return 0;
	if (abi > KNOWN_ABI)
		abi = KNOWN_ABI;
	all = (struct landlock_attributes){ fs_of_abi[abi], abi >= FIRST_WITH_NET ? 3 : 0 };
	fd = syscall(SYS_landlock_create_ruleset, &all, abi >= FIRST_WITH_NET ? sizeof all : sizeof all.fs, 0);
	if (fd < 0)
		return 0;
	rc = syscall(SYS_landlock_restrict_self, fd, 0);
	close((int)fd);
	return rc == 0;
}

/* What libxml2, zlib, GMime and libarchive need once they are warm. Memory may never become executable; looking for a file
 * (a character set, the time zone) is refused rather than fatal; everything else kills. */
static int add_rules(scmp_filter_ctx filter)
{
	static const int allowed[] = { SCMP_SYS(read),	  SCMP_SYS(write),	  SCMP_SYS(sendto),	 SCMP_SYS(munmap),
				       SCMP_SYS(mremap),  SCMP_SYS(madvise),	  SCMP_SYS(brk),	 SCMP_SYS(futex),
				       SCMP_SYS(close),	  SCMP_SYS(exit),	  SCMP_SYS(exit_group),	 SCMP_SYS(rt_sigreturn),
				       SCMP_SYS(getpid),  SCMP_SYS(gettid),	 SCMP_SYS(rt_sigprocmask),
				       SCMP_SYS(rt_sigaction), SCMP_SYS(clock_gettime), SCMP_SYS(getrandom), SCMP_SYS(restart_syscall) };
	static const int refused[] = { SCMP_SYS(openat), SCMP_SYS(open), SCMP_SYS(newfstatat), SCMP_SYS(fstat),
				       SCMP_SYS(readlink), SCMP_SYS(lseek), SCMP_SYS(access) };
	const struct scmp_arg_cmp not_executable = SCMP_CMP(2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);

	for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++)
		if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0) != 0)
			return -1;
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
		if (seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), refused[i], 0) != 0)
			return -1;
	/* abort() sends a signal to its own process; to no other. */
	if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid())) != 0)
		return -1;
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, not_executable) == 0 &&
			       seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, not_executable) == 0 ?
		       0 :
		       -1;
}

static int filter_calls(struct err *err)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int rc;

	if (filter == NULL)
		return err_set(err, ERR_SYSTEM, "sandbox: seccomp: no memory");
	rc = add_rules(filter) == 0 ? seccomp_load(filter) : -EINVAL;
	seccomp_release(filter);
	if (rc == 0)
		return 0;
	errno = -rc;
	return err_errno(err, "sandbox: seccomp");
}

int sandbox_parser(struct err *err)
{
	unsigned level = SANDBOX_LIMITS | SANDBOX_SECCOMP;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return err_errno(err, "sandbox: no_new_privs");
	if (landlock_nothing_allowed())
		level |= SANDBOX_LANDLOCK;
	if (set_limits(err) != 0 || filter_calls(err) != 0)
		return -1;
	return (int)level;
}
