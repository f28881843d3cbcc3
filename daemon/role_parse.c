/* role_parse: see role_parse.h. Answers are gathered and written when no more messages wait, so a batch costs one write. */
#include "daemon/role_parse.h"

#include "daemon/channel.h"
#include "daemon/sandbox.h"
#include "schema/ask.h"
#include "schema/limits.h"

#include <fcntl.h>
#include <iconv.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { GATHER_BYTES = 256 * 1024, ROLE_FD = 3, KEPT_BYTES = 16 * 1024 * 1024 };

static char role_argument[] = "--role=parse";

struct answering {
	struct channel channel;
	struct buf wire; /* scratch */
	uint32_t message;
	struct arena arena; /* of one message */
	unsigned char wanted[REPORT_HASH_BYTES]; /* of a document that is looked for */
	bool found;
};

static void answer_reject(void *ctx, const struct reject *r)
{
	struct answering *a = ctx;

	buf_clear(&a->wire);
	reject_encode(&a->wire, r);
	channel_put(&a->channel, FRAME_REJECT, a->message, buf_slice(&a->wire), (struct slice){ 0 });
}

static void answer_report(void *ctx, const struct report *r)
{
	const struct reject too_large = { .code = REJECT_TOO_LARGE, .file = r->file, .member = r->member,
					  .detail = SLICE("what it says is larger than the limit") };
	struct answering *a = ctx;

	buf_clear(&a->wire);
	if (report_encode(&a->wire, r) != 0 ||
	    channel_put(&a->channel, FRAME_REPORT, a->message, buf_slice(&a->wire), (struct slice){ 0 }) != 0)
		answer_reject(a, &too_large);
}

static void answer_tls(void *ctx, const struct tls_report *r)
{
	struct answering *a = ctx;

	buf_clear(&a->wire);
	tls_report_encode(&a->wire, r);
	channel_put(&a->channel, FRAME_TLS, a->message, buf_slice(&a->wire), (struct slice){ 0 });
}

static void answer_failure(void *ctx, const struct failure_report *r)
{
	struct answering *a = ctx;

	buf_clear(&a->wire);
	failure_report_encode(&a->wire, r);
	channel_put(&a->channel, FRAME_FAILURE, a->message, buf_slice(&a->wire), (struct slice){ 0 });
}

static void answer_head(void *ctx, struct slice sender, struct slice subject)
{
	struct answering *a = ctx;

	buf_clear(&a->wire);
	ask_put_pair(&a->wire, sender.ptr != NULL ? sender : SLICE(""), subject);
	channel_put(&a->channel, FRAME_HEAD, a->message, buf_slice(&a->wire), (struct slice){ 0 });
}

static void pass_over_head(void *ctx, struct slice sender, struct slice subject)
{
}

static void pass_over_report(void *ctx, const struct report *r)
{
}

static void pass_over_tls(void *ctx, const struct tls_report *r)
{
}

static void pass_over_failure(void *ctx, const struct failure_report *r)
{
}

static void pass_over_reject(void *ctx, const struct reject *r)
{
}

/* The first of that content: others are the same. */
static void answer_document(void *ctx, const struct report *r, struct slice bytes)
{
	struct answering *a = ctx;

	if (a->found || memcmp(r->content_hash, a->wanted, sizeof a->wanted) != 0)
		return;
	a->found = channel_put(&a->channel, FRAME_FOUND, a->message, bytes, (struct slice){ 0 }) == 0;
}

static int answer(struct answering *a, const struct frame *f, const struct message_limits *limits)
{
	const struct message_sink all = { answer_report, answer_tls, answer_failure, answer_reject, a, NULL, answer_head };
	const struct message_sink one = { pass_over_report, pass_over_tls, pass_over_failure, pass_over_reject, a, answer_document };
	struct slice body = f->body;
	uint32_t label;

	if (f->kind != FRAME_MESSAGE && f->kind != FRAME_FIND)
		return -1;
	if (f->kind == FRAME_FIND) {
		if (body.len < sizeof a->wanted)
			return -1;
		memcpy(a->wanted, body.ptr, sizeof a->wanted);
		a->found = false;
		body = (struct slice){ body.ptr + sizeof a->wanted, body.len - sizeof a->wanted };
	}
	if (body.len < sizeof label)
		return -1;
	memcpy(&label, body.ptr, sizeof label);
	if (label > body.len - sizeof label)
		return -1;
	a->message = f->message;
	message_read(&a->arena, (struct slice){ body.ptr + sizeof label, label },
		     (struct slice){ body.ptr + sizeof label + label, body.len - sizeof label - label }, limits,
		     f->kind == FRAME_FIND ? &one : &all);
	arena_clear(&a->arena);
	channel_put(&a->channel, FRAME_DONE, f->message, (struct slice){ 0 }, (struct slice){ 0 });
	return channel_unsent(&a->channel) > GATHER_BYTES ? channel_flush(&a->channel, true) : 0;
}

/* A mail with a report in it, in a gz, in base64, to make the libraries load and open all that they will ever need. */
static const char sample[] =
	"From: a@example.org\r\nTo: b@example.org\r\nSubject: =?koi8-r?B?0sHa?=\r\nMIME-Version: 1.0\r\n"
	"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=iso-8859-1\r\n"
	"Content-Transfer-Encoding: quoted-printable\r\n\r\n=E9\r\n--b\r\nContent-Type: text/xml; name=\"=?utf-8?Q?a?=\"\r\n"
	"Content-Disposition: attachment; filename*0=a; filename*1=.xml\r\nContent-Transfer-Encoding: base64\r\n\r\n"
	"PD94bWwgdmVyc2lvbj0iMS4wIiBlbmNvZGluZz0id2luZG93cy0xMjUyIj8+PGZlZWRiYWNrPjxh\r\n"
	"Lz48L2ZlZWRiYWNrPg==\r\n--b--\r\n";

/* Character sets are modules: opened now and never closed, they work without a file system (LIBRARIES 2.10). */
static void warm_up(const struct message_limits *limits)
{
	static const char *const sets[] = { "WINDOWS-1251", "WINDOWS-1252", "ISO-8859-1", "ISO-8859-15", "ISO-2022-JP",
					    "KOI8-R", "GB18030", "EUC-KR", "SHIFT_JIS", "UTF-16", "UTF-16LE", "UTF-16BE",
					    "US-ASCII" };
	const struct message_sink nobody = { pass_over_report, pass_over_tls, pass_over_failure, pass_over_reject, NULL, NULL, pass_over_head };
	struct arena a = { 0 };

	setenv("TZ", "UTC0", 1);
	tzset();
	for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
		iconv_open("UTF-8", sets[i]);
		iconv_open(sets[i], "UTF-8");
	}
	message_init();
	message_read(&a, SLICE("warm-up"), slice_of(sample), limits, &nobody);
	arena_release(&a);
}

static int answer_all(struct answering *a, const struct message_limits *limits)
{
	struct frame f;
	int rc = 0;

	while (rc == 0) {
		while ((rc = channel_next(&a->channel, &f)) == 1 && (rc = answer(a, &f, limits)) == 0)
			;
		if (rc < 0)
			return 1;
		if (channel_flush(&a->channel, true) != 0 || channel_fill(&a->channel) < 0)
			return 0;
		rc = 0;
	}
	return 1;
}

int role_parse_run(char **argv)
{
	struct message_limits limits;
	struct answering a = { 0 };
	struct err err;
	char level;
	int reached, rc;

	/* What one message needed the next needs too: giving it back to the system in between cost a tenth of the time. */
	mallopt(M_MMAP_THRESHOLD, KEPT_BYTES);
	mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, argv[0]);
	signal(SIGINT, SIG_IGN);
	limits = (struct message_limits){ atoll(argv[2]), atoll(argv[3]), atoll(argv[4]), atoll(argv[5]) };
	warm_up(&limits);
	channel_init(&a.channel, ROLE_FD);
	buf_init(&a.wire, LIMIT_FRAME_BYTES);
	if ((reached = sandbox_parser(&err)) < 0)
		return 1;
	level = (char)reached;
	channel_put(&a.channel, FRAME_HELLO, 0, (struct slice){ &level, 1 }, (struct slice){ 0 });
	rc = answer_all(&a, &limits);
	channel_release(&a.channel);
	buf_release(&a.wire);
	arena_release(&a.arena);
	return rc;
}

bool role_parse_is_asked(int argc, char **argv)
{
	return argc == 6 && strcmp(argv[1], role_argument) == 0;
}

/* Only what a test or a sanitizer asks for: the rest of the environment may hold secrets. */
static void keep_little(char **environment, size_t room)
{
	size_t n = 0;

	for (char **e = environ; *e != NULL && n < room - 1; e++)
		if (strncmp(*e, "RUAD_TEST_", 10) == 0 || strstr(*e, "SAN_OPTIONS=") != NULL)
			environment[n++] = *e;
	environment[n] = NULL;
}

/* In the child: the socket as ROLE_FD, nothing where standard streams are, and this program again. */
static void become_role(const struct message_limits *limits, int fd)
{
	char numbers[4][24];
	static char title[] = "ruad: parse";
	char *const argv[] = { title, role_argument, numbers[0], numbers[1], numbers[2], numbers[3], NULL };
	char *environment[8];
	const int64_t values[] = { limits->mail_bytes, limits->part_bytes, limits->expanded_bytes, limits->rows };
	int null = open("/dev/null", O_RDWR);

	for (int i = 0; i < 4; i++)
		snprintf(numbers[i], sizeof numbers[i], "%lld", (long long)values[i]);
	if (null < 0 || (fd == ROLE_FD ? fcntl(fd, F_SETFD, 0) : dup2(fd, ROLE_FD)) < 0)
		_exit(1);
	for (int i = 0; i < ROLE_FD; i++)
		dup2(null, i);
	close_range(ROLE_FD + 1, ~0U, 0);
	keep_little(environment, sizeof environment / sizeof *environment);
	execve("/proc/self/exe", argv, environment);
	_exit(1);
}

pid_t role_parse_start(const struct message_limits *limits, int *socket_out)
{
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return -1;
	if ((pid = fork()) == 0)
		become_role(limits, pair[1]);
	close(pair[1]);
	if (pid < 0)
		close(pair[0]);
	else
		*socket_out = pair[0];
	return pid;
}
