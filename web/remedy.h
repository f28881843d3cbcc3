/* remedy: what is to be done about a sender, by what it is and what became of its mail (UX 7.1 and 7.3): one table of rules
 * in order, so that Overview and Sources say the same. Pure. Neighbours: page_sources.c, page_source.c, page_overview.c. */
#ifndef WEB_REMEDY_H
#define WEB_REMEDY_H
#include "storage/query.h"

struct remedy {
	const char *key;  /* "sign_with_dkim": in JSON */
	const char *verb; /* "Sign with DKIM" */
	const char *why;  /* one sentence */
	const char *path; /* where it is done: a page of ours; NULL: the rows */
	bool is_work;     /* false: nothing is to be done */
	const char *task[2]; /* around the sender's name: "Sign the mail of ", " with DKIM" */
	enum remedy_gain_of { GAIN_FEWER_UNTRUSTED, GAIN_MORE_TRUSTED, GAIN_KNOWN } gain_of; /* what becomes of the messages it helps */
	enum remedy_rows { ROWS_FAILING, ROWS_WITHOUT_DKIM, ROWS_WITHOUT_SPF, ROWS_ALL } rows; /* which these are */
	int certainty;    /* percent of them that it is likely to help: some of it is not in our hands */
};

/* The first rule that fits a sender of that kind; never NULL. */
const struct remedy *remedy_of(enum source_kind kind, const struct counts *c);
/* How many of its messages the remedy would help. */
int64_t remedy_gain(enum source_kind kind, const struct counts *c);

struct ranked_remedy { /* a sender's remedy that is work */
	const struct group *source; /* id 0: mail that no rule names */
	const struct remedy *remedy;
	int64_t gain;
};
/* Those of all senders, most messages helped first, each as far as it is certain. Returns how many; they point into `sources`. */
size_t remedies_ranked(struct arena *a, const struct groups *sources, struct ranked_remedy **out);
#endif
