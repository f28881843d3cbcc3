/* bulk: what the two halves of Bulk senders share: page_bulk.c (the numbers) and bulk_words.c (headline, cards, a bounce). */
#ifndef WEB_BULK_H
#define WEB_BULK_H
#include "schema/receiver.h"
#include "web/card.h"
#include "web/want.h"

enum {
	BULK_MOST_ROWS = 500 * 1000, /* more rows than this are not told apart by profile in passing */
	BULK_DOMAINS = 3,            /* organisational domains that are looked at, those with most mail */
	BULK_ADDRESSES = 200,        /* whose reverse names are looked at, likewise */
};

enum bulk_state { BULK_MET, BULK_NOT_MET, BULK_NO_EVIDENCE, BULK_NOT_IN_REPORTS, BULK_NOT_ASKED, BULK_TOO_MANY, BULK_STATES };

struct bulk_party { /* one receiver, by all the names it reports under */
	struct slice *reporters;
	size_t n;
	struct counts all, direct, passed; /* direct: not through a list or forwarder */
	int64_t breaks[BULK_RULES];        /* messages of `direct`; -1: not counted */
	int64_t both;                      /* that pass SPF and DKIM; -1 not counted */
	enum policy_word seen;             /* the policy of the largest domain, as it was last seen there */
	struct want direct_want;
};

struct bulk_day {
	int64_t day, messages; /* messages 0: none */
};
struct bulk_volume { /* mail From one organisational domain and all below it to one receiver */
	struct slice domain;
	enum receiver receiver;
	int64_t messages, days; /* in the period */
	struct bulk_day peak, ever;
};

struct bulk_line { /* who breaks a rule, at one receiver */
	struct slice source, domain;
	int64_t source_id, messages;
	enum receiver receiver;
	enum bulk_rule rule;
};

struct bulk {
	struct counts all;
	struct rule_lines rules;
	struct bulk_party party[RECEIVERS];
	struct slice domain[BULK_DOMAINS];
	struct dns_line record[BULK_DOMAINS];
	size_t domains;
	struct bulk_volume *volume;
	size_t volumes;
	struct bulk_line *line; /* most messages first */
	size_t lines;
	struct groups addresses;  /* of ours and services, at receivers that ask for reverse names */
	struct reverse *reverse;
	int64_t names_days;       /* the last ones of the period, that these are of */
	bool left_out;            /* too many rows for what profiles tell */
	bool has_tls;
	struct bounce bounce;
	struct slice bounce_text; /* NULL ptr: none was pasted */
};

extern const struct sheet bulk_receiver_sheet, bulk_volume_sheet, bulk_rule_sheet, bulk_line_sheet;

enum bulk_state bulk_state_of(const struct bulk *b, enum bulk_rule rule, enum receiver r);
const char *bulk_state_name(enum bulk_state s);
/* Mail of that receiver that breaks the rule: rows can be wanted of the first three rules alone. */
struct want bulk_want(struct page *p, const struct bulk_party *party, enum bulk_rule rule);
/* Rows of a volume, on some days. */
struct slice bulk_volume_href(struct page *p, const struct bulk *b, const struct bulk_volume *v, int64_t first_day, int64_t last_day);
struct slice bulk_line_href(struct page *p, const struct bulk *b, const struct bulk_line *line);

void bulk_say(struct page *p, struct view *out, const struct bulk *b);
int bulk_cards(struct page *p, struct view *out, const struct bulk *b, struct err *err);
#endif
