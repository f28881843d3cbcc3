/* sandbox_linux: rlimits, Landlock and seccomp; see sandbox.h. The order matters: Landlock and no_new_privs before the
 * filter forbids the calls that set them. */
#include "daemon/sandbox.h"

#include "schema/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
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

/* --- Landlock: of <linux/landlock.h>, whose copy in Debian 12 ends at ABI 2: rules on files, and from ABI 4 on TCP --- */

struct landlock_attributes {
	uint64_t fs, net;
};

struct landlock_path {
	uint64_t allowed;
	int32_t parent_fd;
} __attribute__((packed));

enum { KNOWN_ABI = 5, FIRST_WITH_REFER = 2, FIRST_WITH_NET = 4, VERSION_FLAG = 1, RULE_PATH = 1 };

static const uint64_t fs_execute = 1, fs_write = 2, fs_read = 4 | 8 /* files, folders */, fs_on_files = 1 | 2 | 4 | 0x4000;
static const uint64_t fs_of_abi[] = { 0, 0x1fff, 0x3fff, 0x7fff, 0x7fff, 0xffff };

static long landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, VERSION_FLAG);

	return abi > KNOWN_ABI ? KNOWN_ABI : abi;
}

static int landlock_rules(long abi, bool network)
{
	const struct landlock_attributes all = { fs_of_abi[abi], abi >= FIRST_WITH_NET && !network ? 3 : 0 };

	return (int)syscall(SYS_landlock_create_ruleset, &all, abi >= FIRST_WITH_NET ? sizeof all : sizeof all.fs, 0);
}

static int landlock_restrict(int rules)
{
	long rc = syscall(SYS_landlock_restrict_self, rules, 0);

	close(rules);
	return rc == 0;
}

static int landlock_nothing_allowed(void)
{
	long abi = landlock_abi();
	int rules = abi < 1 ? -1 : landlock_rules(abi, false);

	return rules >= 0 && landlock_restrict(rules);
}

/* What is not there cannot be allowed. */
static void allow_path(int rules, const char *path, uint64_t access)
{
	struct landlock_path rule = { access, open(path, O_PATH | O_CLOEXEC) };
	struct stat st;

	if (rule.parent_fd < 0)
		return;
	if (fstat(rule.parent_fd, &st) == 0 && !S_ISDIR(st.st_mode))
		rule.allowed &= fs_on_files;
	syscall(SYS_landlock_add_rule, rules, RULE_PATH, &rule, 0);
	close(rule.parent_fd);
}

/* What manages the network makes /etc/resolv.conf a link to a folder of its own, and a new file there when something changes. */
static void allow_resolver(int rules)
{
	char *path = realpath("/etc/resolv.conf", NULL), *slash = path != NULL ? strrchr(path, '/') : NULL;

	if (slash != NULL && slash != path) {
		*slash = '\0';
		allow_path(rules, path, fs_read);
	}
	free(path);
}

/* Files may be moved between folders, which the first ABI never allows: no Landlock then rather than no archive. */
static int landlock_role(const struct sandbox_role *keep)
{
	static const char *const system[] = { "/usr", "/lib", "/lib64", "/lib32", "/etc", "/proc", "/dev",
					      "/sys/devices/system/cpu", "/var/lib/ca-certificates", NULL };
	static const char *const libraries[] = { "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/proc/self/exe", NULL };
	const long abi = landlock_abi();
	int rules = abi < FIRST_WITH_REFER ? -1 : landlock_rules(abi, keep->network);

	if (rules < 0)
		return 0;
	for (int i = 0; system[i] != NULL; i++)
		allow_path(rules, system[i], fs_read);
	if (keep->network)
		allow_resolver(rules);
	allow_path(rules, "/dev/null", fs_read | fs_write);
	for (int i = 0; keep->starts_parsers && libraries[i] != NULL; i++)
		allow_path(rules, libraries[i], fs_read | fs_execute);
	for (int i = 0; keep->read[i] != NULL; i++)
		allow_path(rules, keep->read[i], fs_read);
	for (int i = 0; keep->write[i] != NULL; i++)
		allow_path(rules, keep->write[i], fs_of_abi[abi] & ~fs_execute);
	return landlock_restrict(rules);
}

/* --- seccomp --- */

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

/* What no role has a use for: it would change the system, look into other processes, or widen what the kernel exposes. */
static int add_role_rules(scmp_filter_ctx filter, const struct sandbox_role *keep)
{
	static const int fatal[] = {
		SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev), SCMP_SYS(bpf), SCMP_SYS(perf_event_open),
		SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(pivot_root), SCMP_SYS(chroot), SCMP_SYS(setns), SCMP_SYS(unshare),
		SCMP_SYS(init_module), SCMP_SYS(finit_module), SCMP_SYS(delete_module), SCMP_SYS(kexec_load), SCMP_SYS(reboot),
		SCMP_SYS(swapon), SCMP_SYS(swapoff), SCMP_SYS(settimeofday), SCMP_SYS(clock_settime), SCMP_SYS(sethostname),
		SCMP_SYS(keyctl), SCMP_SYS(add_key), SCMP_SYS(request_key), SCMP_SYS(userfaultfd), SCMP_SYS(open_by_handle_at),
		SCMP_SYS(io_uring_setup), SCMP_SYS(setuid), SCMP_SYS(setgid), SCMP_SYS(setresuid), SCMP_SYS(setresgid),
		SCMP_SYS(acct), SCMP_SYS(quotactl), SCMP_SYS(personality),
	};
	static const int domains[] = { AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, AF_VSOCK };

	for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++)
		if (seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, fatal[i], 0) != 0)
			return -1;
	for (size_t i = 0; !keep->network && i < sizeof domains / sizeof *domains; i++)
		if (seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(socket), 1,
				     SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)domains[i])) != 0)
			return -1;
	if (keep->starts_parsers)
		return 0;
	return seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(execve), 0) == 0 &&
			       seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(execveat), 0) == 0 ?
		       0 :
		       -1;
}

static int filter_calls(const struct sandbox_role *keep, struct err *err)
{
	scmp_filter_ctx filter = seccomp_init(keep == NULL ? SCMP_ACT_KILL_PROCESS : SCMP_ACT_ALLOW);
	int rc;

	if (filter == NULL)
		return err_set(err, ERR_SYSTEM, "sandbox: seccomp: no memory");
	rc = (keep == NULL ? add_rules(filter) : add_role_rules(filter, keep)) == 0 ? seccomp_load(filter) : -EINVAL;
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
	if (set_limits(err) != 0 || filter_calls(NULL, err) != 0)
		return -1;
	return (int)level;
}

int sandbox_role(const struct sandbox_role *keep, struct err *err)
{
	const struct rlimit none = { 0, 0 };
	unsigned level = SANDBOX_LIMITS | SANDBOX_SECCOMP;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return err_errno(err, "sandbox: no_new_privs");
	if (landlock_role(keep))
		level |= SANDBOX_LANDLOCK;
	if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_DUMPABLE, 0) != 0)
		return err_errno(err, "sandbox: limits");
	return filter_calls(keep, err) == 0 ? (int)level : -1;
}
