/* demo_journal: see demo_journal.h. Days are of the eight weeks, as in demo.c and demo_dns.c. */
#include "daemon/demo_journal.h"

#include "daemon/demo.h"

enum {
	CHANGE_DAY = 28,  /* p=quarantine; pct=0; t=y */
	PORTAL_DAY = 41,  /* the careers portal's supplier is added to SPF */
	ASKED_DAY = 45,   /* chemistry is asked to sign */
	ACCEPTED_DAYS = 60,
	DAY_S = 86400,
	MORNING_S = 9 * 3600,
	HOLDS_DAYS = 90,
};

#define TEXT(literal) { literal, sizeof(literal) - 1 }
#define ORG "univ.example"

static const struct journal_note notes[] = {
	{ .day = CHANGE_DAY, .end_day = CHANGE_DAY, .text = TEXT("Rehearsal published: p=quarantine; pct=0; t=y"), .domain = TEXT(ORG),
	  .source = TEXT(""), .who = TEXT("e-mail team") },
	{ .day = PORTAL_DAY, .end_day = PORTAL_DAY, .text = TEXT("The careers portal's supplier is included in our SPF record"), .domain = TEXT(ORG),
	  .source = TEXT("Careers portal"), .who = TEXT("e-mail team") },
	{ .day = ASKED_DAY, .end_day = ASKED_DAY + 1, .text = TEXT("The chemistry relay was moved to a new machine"), .domain = TEXT("chem." ORG),
	  .source = TEXT("Chemistry relay"), .who = TEXT("chemistry IT") },
};

static const struct blocker blockers[] = {
	{ .key = TEXT(""), .domain = TEXT("chem." ORG), .text = TEXT("The chemistry relay does not sign its mail with DKIM"), .owner = TEXT("chemistry IT"),
	  .state = BLOCKER_ASKED, .state_day = ASKED_DAY, .reason = TEXT(""), .note = TEXT("The relay's software can sign; it wants a key."),
	  .source = TEXT("Chemistry relay"), .who = TEXT("e-mail team") },
	{ .key = TEXT(""), .domain = TEXT(ORG), .text = TEXT("Forwarding to outside mailboxes breaks what the forwarder changes"),
	  .owner = TEXT("e-mail team"), .state = BLOCKER_ACCEPTED, .state_day = ASKED_DAY, .reason = TEXT("few messages, and people may fetch their mail instead"),
	  .until_day = ASKED_DAY + ACCEPTED_DAYS, .note = TEXT(""), .source = TEXT("Mailbox forwarders"), .who = TEXT("e-mail team") },
};

static const struct confirmation confirmation = {
	.domain = TEXT(ORG), .step = STEP_REHEARSE, .check = TEXT("lists-accept"),
	.text = TEXT("No list that our people post to refuses mail of a domain that asks for quarantine."), .who = TEXT("e-mail team")
};

static int put_notes(struct store *s, int64_t first_day, struct err *err)
{
	enum journaled became;
	int64_t id;
	int rc = 0;

	for (size_t i = 0; i < sizeof notes / sizeof *notes && rc == 0; i++) {
		struct journal_note n = notes[i];

		n.day += first_day;
		n.end_day += first_day;
		n.made_s = n.end_day * DAY_S + MORNING_S;
		rc = store_note(s, &n, &id, &became, err);
	}
	return rc;
}

static int put_blockers(struct store *s, int64_t first_day, struct err *err)
{
	enum journaled became;
	int64_t id;
	int rc = 0;

	for (size_t i = 0; i < sizeof blockers / sizeof *blockers && rc == 0; i++) {
		struct blocker b = blockers[i];

		b.state_day += first_day;
		b.until_day += b.until_day != 0 ? first_day : 0;
		b.made_s = b.state_day * DAY_S + MORNING_S;
		rc = store_blocker(s, &b, &id, &became, err);
	}
	return rc;
}

int demo_journal_fill(struct store *s, int64_t last_day, struct err *err)
{
	int64_t first_day = last_day - DEMO_DAYS + 1, id;
	struct confirmation c = confirmation;
	enum journaled became;

	c.made_s = (first_day + CHANGE_DAY - 1) * DAY_S + MORNING_S;
	c.expires_s = c.made_s + (int64_t)HOLDS_DAYS * DAY_S;
	if (put_notes(s, first_day, err) != 0 || put_blockers(s, first_day, err) != 0)
		return -1;
	return store_confirm(s, &c, &id, &became, err);
}
