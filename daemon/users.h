/* users: the people who may sign in with a password: a file of lines "name:role:hash", the role "team", "admin" or
 * "viewer(chem.univ.example,phys.univ.example)", the hash as crypt(5) has it (yescrypt). Lines that begin with "#" are none.
 * The only user of libcrypt. Neighbours: role_web.c looks passwords up in it, command_user.c writes it. */
#ifndef DAEMON_USERS_H
#define DAEMON_USERS_H
#include "base/arena.h"
#include "base/err.h"
#include "schema/access.h"

enum { USERS_MOST = 2000, USERS_NAME_BYTES = 100, USERS_HASH_BYTES = 400 };

struct user {
	struct slice name;
	enum access_role role;
	struct slice trees; /* of a viewer: a line each, else "" */
	struct slice hash;
};
struct users {
	struct user *item;
	size_t n;
};

/* Reads the file; the arena's. 0, or -1 with err (ERR_USE, "FILE:LINE: what") where it cannot be read, a line is wrong, or others than
 * its owner and group get at it. */
int users_read(struct arena *a, const char *path, struct users *out, struct err *err);
/* Whether it can be read, found out by a process of its own, for whoever must not have seen what stands in it. NULL is none: it
 * can. 0, or -1 with err. */
int users_are_readable(const char *path, struct err *err);
/* Writes it anew, whole or not at all, for its owner alone to read. */
int users_write(const char *path, const struct users *u, struct err *err);
/* The user of that name; NULL where there is none. */
struct user *users_find(const struct users *u, struct slice name);
/* "viewer(a,b)" as role and trees; false for what is none. */
bool users_role(struct arena *a, struct slice text, enum access_role *role, struct slice *trees);
bool users_is_name(struct slice name);

/* A new hash of the password, the arena's; -1 with err where the system has none to give. */
int users_hash(struct arena *a, struct slice password, struct slice *out, struct err *err);
/* Whether the password is the user's; for NULL it takes as long and is not. */
bool users_check(const struct user *u, struct slice password);
#endif
