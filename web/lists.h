/* lists: what the two halves of Lists & ARC share: page_lists.c (the numbers) and lists_words.c (headline and cards). */
#ifndef WEB_LISTS_H
#define WEB_LISTS_H
#include "web/card.h"
#include "web/compare.h"
#include "web/want.h"

/* More rows than this are not told apart by profile in passing. */
enum { LISTS_MOST_ROWS = 500 * 1000 };

enum { LISTS_LISTS, LISTS_REASONS, LISTS_ARC, LISTS_FORWARDERS, LISTS_OVERLAP, LISTS_SHEETS };
extern const struct sheet lists_sheets[LISTS_SHEETS];

struct lists { /* what the page is built from */
	struct rule_lines rules;
	struct counts all;
	struct compared compared;          /* by source, where p->compare is on */
	struct groups sources;             /* of all kinds */
	struct groups enforced;            /* lists whose mail ever was under a policy that asks for something */
	struct cross days;                 /* by list and day */
	int64_t days_first;                /* of them */
	struct groups arc, before, vouched; /* by receiver: failing list and forwarded mail, the same before, all that is vouched */
	struct groups hosts, reasons, unsigned_; /* empty where `left_out` */
	bool left_out;
	struct want lists, forwarders, failing; /* failing: of both kinds */
};

struct list_days { /* a list's messages by day, from `first` on */
	const int64_t *messages;
	int64_t first;
	int64_t usual_from, changed; /* what is usual: from that day to before the other */
	int64_t from, last;          /* the days that are compared with it */
};
/* Messages that were to be expected from `from` to `last`, weekday by weekday, and those seen; both -1 where too few days came
 * before to say what is usual. */
void list_usual(const struct list_days *d, int64_t *expected, int64_t *seen);
/* About how many of them the list rewrote, which is claimed only where at least half are gone; else -1. */
int64_t list_rewritten(int64_t expected, int64_t seen);

/* Headline and lede; the cards of the page. */
void lists_say(struct page *p, struct view *out, const struct lists *l);
int lists_cards(struct page *p, struct view *out, const struct lists *l, struct err *err);
#endif
