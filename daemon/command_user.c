/* command_user: `ruad user NAME`: who may sign in to the pages with a password: added, given a new one, or removed (users.h). */
#include "base/log.h"
#include "base/text.h"
#include "daemon/command.h"
#include "daemon/users.h"

#include <errno.h>
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

enum { LINE_BYTES = 1024, LEAST_BYTES = 8 };

struct asked { /* for */
	const char *file, *role;
	struct buf trees; /* with commas between */
	bool remove;
};

/* A line of standard input, without its end; what is typed on a terminal is not shown. */
static int read_secret(const char *prompt, char line[LINE_BYTES])
{
	struct termios shown, hidden;
	bool terminal = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &shown) == 0;
	char *got;

	if (terminal) {
		fprintf(stderr, "%s: ", prompt);
		hidden = shown;
		hidden.c_lflag &= ~(tcflag_t)ECHO;
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
	}
	got = fgets(line, LINE_BYTES, stdin);
	if (terminal) {
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
		fputc('\n', stderr);
	}
	if (got == NULL)
		return -1;
	line[strcspn(line, "\r\n")] = '\0';
	return 0;
}

static int read_password(struct arena *a, struct slice *out)
{
	char *first = arena_alloc(a, LINE_BYTES), again[LINE_BYTES];

	if (read_secret("Password", first) != 0 || strlen(first) < LEAST_BYTES) {
		log_line("user: a password has at least %d letters", LEAST_BYTES);
		return -1;
	}
	if (isatty(STDIN_FILENO) && (read_secret("Again", again) != 0 || strcmp(first, again) != 0)) {
		log_line("user: the two are not the same; nothing was changed");
		return -1;
	}
	*out = slice_of(first);
	return 0;
}

static int set_role(struct command *c, const struct asked *asked, struct user *u)
{
	const char *word = asked->role != NULL ? asked->role : asked->trees.len > 0 ? "viewer" : NULL;

	if (word == NULL && u->role != ACCESS_NOBODY)
		return 0; /* as it was */
	if (word == NULL)
		word = "team";
	if (strcmp(word, "viewer") == 0)
		word = arena_printf(c->arena, "viewer(%.*s)", (int)asked->trees.len, asked->trees.data != NULL ? asked->trees.data : "");
	else if (asked->trees.len > 0) {
		log_line("user: --under is for a viewer: the others see all");
		return -1;
	}
	if (users_role(c->arena, slice_of(word), &u->role, &u->trees))
		return 0;
	log_line("user: --role is admin, team, or viewer, who needs at least one --under DOMAIN");
	return -1;
}

static int add_user(struct command *c, const struct asked *asked, struct users *users, struct slice name, struct err *err)
{
	struct user *u = users_find(users, name), changed = { .name = name, .trees = SLICE("") };
	struct slice password;

	if (u != NULL)
		changed = *u;
	if (set_role(c, asked, &changed) != 0 || read_password(c->arena, &password) != 0)
		return EXIT_USE;
	if (u == NULL && users->n == USERS_MOST) {
		log_line("user: %s: has %d users already, and takes no more", asked->file, USERS_MOST);
		return EXIT_USE;
	}
	if (users_hash(c->arena, password, &changed.hash, err) != 0)
		return command_fail(err);
	*(u != NULL ? u : &users->item[users->n++]) = changed;
	return EXIT_DONE;
}

static int remove_user(struct users *users, struct slice name)
{
	struct user *u = users_find(users, name);

	if (u == NULL) {
		log_line("user: there is nobody of that name");
		return EXIT_PARTLY;
	}
	*u = users->item[--users->n];
	return EXIT_DONE;
}

static int change(struct command *c, const struct asked *asked, struct slice name)
{
	struct users users = { .item = arena_array(c->arena, USERS_MOST, sizeof *users.item) };
	struct err err;
	int rc;

	if (access(asked->file, F_OK) == 0 && users_read(c->arena, asked->file, &users, &err) != 0)
		return command_fail(&err);
	rc = asked->remove ? remove_user(&users, name) : add_user(c, asked, &users, name, &err);
	if (rc != EXIT_DONE)
		return rc;
	if (users_write(asked->file, &users, &err) != 0)
		return command_fail(&err);
	log_line("user: %s: %s; a daemon that runs hears of it with SIGHUP", asked->file, asked->remove ? "removed" : "written");
	return EXIT_DONE;
}

/* 0, or -1, already said. */
static int read_options(struct command *c, struct asked *asked)
{
	static const struct option options[] = { { "role", required_argument, NULL, 'r' },
						 { "under", required_argument, NULL, 'u' },
						 { "file", required_argument, NULL, 'f' },
						 { "remove", no_argument, NULL, 'x' },
						 { 0 } };
	int option;

	while ((option = command_option(c, options)) != -1) {
		if (option == '?')
			return -1;
		if (option == 'u')
			buf_addf(&asked->trees, "%s%s", asked->trees.len > 0 ? "," : "", optarg);
		asked->role = option == 'r' ? optarg : asked->role;
		asked->file = option == 'f' ? optarg : asked->file;
		asked->remove = asked->remove || option == 'x';
	}
	return 0;
}

int command_user(struct command *c)
{
	struct asked asked = { .file = c->config.web.users_file };
	struct slice name;
	int rc = EXIT_USE;

	buf_init(&asked.trees, LINE_BYTES);
	if (read_options(c, &asked) == 0) {
		name = slice_of(optind < c->argc ? c->argv[optind] : "");
		if (optind + 1 != c->argc || !users_is_name(name))
			log_line("user: wants one NAME, without blanks and colons");
		else if (asked.file == NULL)
			log_line("user: web.users_file of ruad.conf says where they are kept; or --file FILE");
		else
			rc = change(c, &asked, name);
	}
	buf_release(&asked.trees);
	return rc;
}
