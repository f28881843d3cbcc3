/* config_read: how ruad.conf is read: a table of keys for each block says what each must be and where it lands; what is
 * wrong is kept with its line until all of it is found. The only libconfig user.
 * Neighbours: config.c and its parts, config_*.c, and nobody else. */
#ifndef DAEMON_CONFIG_READ_H
#define DAEMON_CONFIG_READ_H
#include "daemon/config.h"

#include <libconfig.h>
#include <stddef.h>

struct problem;
struct named;

struct entries { /* of a list of blocks, as many as stand in the file */
	void *item;
	size_t n;
};

struct reading {
	struct arena *arena;
	const char *path;
	struct problem *problems, *last; /* by line */
	struct config *out;
	struct entries sources, lists; /* struct source_rule */
	struct entries mail;           /* struct mail_entry, in config_mail.c */
	struct named *source_names, *mail_names, *oauth_names;
};

struct key {
	const char *name;
	void (*read)(struct reading *r, const struct key *key, const config_setting_t *s, void *to);
	size_t offset;               /* from the block's own struct to where the value lands */
	int64_t most;                /* of a whole number; 0 where none is taken */
	const char *of;              /* the block it stands in, for messages; NULL: the file itself */
	const struct keys *keys;     /* of a block, or of each entry of a list of blocks */
	int64_t least;               /* of a whole number */
	const char *const *words;    /* for read_word: all there are, NULL at the end */
};

struct keys {
	const char *name; /* NULL: the file itself */
	const struct key *key;
	size_t n;
};

#define KEYS(table) (table), sizeof(table) / sizeof *(table)

/* --- what is wrong --- */

/* Keeps "PATH:LINE: ..."; line 0 is the file as a whole. */
void problem_add(struct reading *r, int line, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Gives each to `complain` (which may be NULL), by line, and the first to err. 0 where there is none. */
int problems_tell(const struct reading *r, void (*complain)(const char *line), struct err *err);
/* Text of the file for a message: nothing in it may reach a terminal raw. */
const char *problem_text(struct reading *r, const char *text);
int setting_line(const config_setting_t *s);
void problem_type(struct reading *r, const struct key *key, const config_setting_t *s, const char *wanted);

/* --- values: each reads one setting, and tells what is wrong with it --- */

/* A text with something in it, trimmed; NULL ptr after saying what is wrong with it. */
struct slice value_text(struct reading *r, const struct key *key, const config_setting_t *s);
/* The place of a text in `words` (NULL at the end); -1 after saying that it is none of them. */
int value_word(struct reading *r, const struct key *key, const config_setting_t *s, const char *const *words);
/* The items of a list or array; one alone counts as a list of one. `each` makes an item of every text and returns
 * whether it is good; returns how many were, and the array of them in `*items` (a pointer to an array of what `each`
 * makes), with one of zeros behind the last. Whole numbers count as text where the key takes them. */
size_t value_strings(struct reading *r, const struct key *key, const config_setting_t *s,
		     bool (*each)(struct reading *r, const struct key *key, const config_setting_t *s,
				  struct slice text, void *item),
		     size_t item_bytes, void *items);
bool read_domain(struct reading *r, const struct key *key, const config_setting_t *s, struct slice text, void *item);

/* In this order into: struct slice; const char *; bool; int64_t; an enum; const char *const *, NULL at the end. */
void read_text(struct reading *r, const struct key *key, const config_setting_t *s, void *to);
void read_string(struct reading *r, const struct key *key, const config_setting_t *s, void *to);
void read_flag(struct reading *r, const struct key *key, const config_setting_t *s, void *to);
void read_number(struct reading *r, const struct key *key, const config_setting_t *s, void *to);
void read_word(struct reading *r, const struct key *key, const config_setting_t *s, void *to);
void read_command(struct reading *r, const struct key *key, const config_setting_t *s, void *to);
/* Into const char *: https://, or http:// to a loopback address. A URL may be a secret: none is told in a message. */
void read_https(struct reading *r, const struct key *key, const config_setting_t *s, void *to);
/* A whole number of the key's range in `*n`, or what is wrong with it by `range`, which follows "must be ". */
bool value_number(struct reading *r, const struct key *key, const config_setting_t *s, const char *range, int64_t *n);

/* --- blocks --- */

void read_keys(struct reading *r, const struct keys *keys, const config_setting_t *block, void *base);
void read_block(struct reading *r, const struct key *key, const config_setting_t *s, void *to);
/* The entries of a list of blocks, each `item_bytes` large and given to `each`. */
struct entries read_entries(struct reading *r, const struct key *key, const config_setting_t *s, size_t item_bytes,
			    void (*each)(struct reading *r, const struct key *key, const config_setting_t *s,
					 void *item));
/* The name of an entry: there must be one, and once only without regard to case; `what` it names, for the message. */
void read_name(struct reading *r, const struct key *key, const config_setting_t *s, struct named **names,
	       const char *what);
static inline bool setting_has(const config_setting_t *s, const char *name)
{
	return config_setting_get_member(s, name) != NULL;
}
/* The line of a key of a block; the block's own where it is not there. */
int setting_key_line(const config_setting_t *s, const char *name);

enum { CHOICES = 5 };
struct need { /* of a key: '!' it must be there, '+' it may, '-' it has no meaning; a letter for each choice */
	const char *key;
	char of[CHOICES + 1];
};
struct needs {
	const char *choice; /* the key that chooses */
	const char *const *words;
	const struct need *need;
	size_t n;
};
/* Holds a block to what its choice needs. The choice, or -1 where there is none, which is told. */
int check_needs(struct reading *r, const struct keys *keys, const config_setting_t *s, const struct needs *needs);

/* --- the parts --- */

extern const struct keys source_keys, list_keys, mail_keys, oauth_keys, alerts_keys;
void read_sources(struct reading *r, const struct key *key, const config_setting_t *s, void *to);
void read_lists(struct reading *r, const struct key *key, const config_setting_t *s, void *to);
void settle_rules(struct reading *r); /* once all is read */
void read_mail(struct reading *r, const struct key *key, const config_setting_t *s, void *to);
void read_oauth(struct reading *r, const struct key *key, const config_setting_t *s, void *to);
void settle_mail(struct reading *r); /* once all is read */
void read_proxy_peers(struct reading *r, const struct key *key, const config_setting_t *s, void *to);
void read_proxy_role(struct reading *r, const struct key *key, const config_setting_t *s, void *to);
void read_proxy_header(struct reading *r, const struct key *key, const config_setting_t *s, void *to);
void settle_web(struct reading *r); /* once all is read */
#endif
