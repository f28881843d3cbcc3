/* alert_rules: what is worth telling people, in one table that a person can read (alert_rules.c). Rules look at the database
 * alone, and at a time that is given, so a test can be exact to the second. What comes of it is kept by storage/ingest.h and
 * told by role_tell.c. doc/alerts.md says the same for operators.
 * Neighbours: alert_mail.c, alert_policy.c, alert_reporter.c and alert_source.c hold the rules; desk_tell.c applies them. */
#ifndef DAEMON_ALERT_RULES_H
#define DAEMON_ALERT_RULES_H
#include "daemon/config.h"
#include "storage/query.h"
#include "web/param.h"

struct looking;

struct alert_rule {
	const char *name;
	enum { ALERT_STATE, ALERT_EVENT } kind; /* as long as it is so; or something happened, and is out of sight after a week */
	bool (*is_on)(const struct alerts *a);
	int (*look)(struct looking *l, struct err *err);
	const char *todo; /* what a person is to do */
	const char *over; /* of a state: what it means that it is not so any more */
};

enum found {
	FOUND_FIRING, /* so it is */
	FOUND_KNOWN,  /* nothing to tell, but to be compared with the next time */
	FOUND_UNSURE, /* cannot be said now: stays as it was */
};

struct finding {
	const struct alert_rule *rule;
	enum found found;
	struct slice subject, seen; /* as in facts.sql; never absent, nor is what follows */
	struct slice title, text, path;
	int64_t since_s;
	struct finding *next;
};

/* One rule's look at the world. */
struct looking {
	struct reader *reader;
	const struct config *config;
	struct store_state state;
	struct arena *a;
	int64_t now_s, today;
	int64_t since_s; /* alerts are watched since */
	const struct alert_rule *rule;
	struct finding *first, **end;
};

/* All that the rules in force find at `now_s` (Unix seconds), in the arena. `since_s`: store_alerts_since. 0, or -1 with err. */
int alert_rules_look(struct reader *r, const struct config *config, int64_t now_s, int64_t since_s, struct arena *a,
		     struct finding **out, struct err *err);
/* The rule of that name, in force or not; NULL where there is none. */
const struct alert_rule *alert_rule_of(struct slice name);

/* --- for the rules --- */

/* A finding of the rule at hand, empty but for its subject, which is cleaned as below. */
struct finding *look_add(struct looking *l, enum found found, struct slice subject);
/* Text from outside as words of a sentence: no controls, no broken bytes, 100 bytes at most. */
struct slice look_words(struct looking *l, struct slice s);
/* Likewise, for what an alert is kept by: what had to be changed or cut ends in a mark of the whole, so that two never become
 * one. */
struct slice look_subject(struct looking *l, struct slice s);
/* "1,443 messages". */
const char *look_count(struct looking *l, int64_t n, const char *one, const char *many);
/* The page of the rows that these keep, of those days; "" where a name from outside can be no parameter. */
struct slice look_link(struct looking *l, const struct params *p, int64_t first_day, int64_t last_day);
/* Title and text (in which the rule's `todo` stands last), from formats. */
void look_title(struct looking *l, struct finding *f, const char *format, ...) __attribute__((format(printf, 3, 4)));
void look_text(struct looking *l, struct finding *f, const char *format, ...) __attribute__((format(printf, 3, 4)));

int look_mail_sources(struct looking *l, struct err *err);
int look_unreadable(struct looking *l, struct err *err);
int look_failing_sources(struct looking *l, struct err *err);
int look_wanted_mail(struct looking *l, struct err *err);
int look_policies(struct looking *l, struct err *err);
int look_policies_of_dns(struct looking *l, struct err *err);
int look_reporters(struct looking *l, struct err *err);
#endif
