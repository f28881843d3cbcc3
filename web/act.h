/* act: requests that change something, and those that decide who gets in: each a function of steps, for what it needs done is
 * done by others (schema/ask.h) while the connection waits. Neighbours: route.c hands requests in; act_*.c are the acts. */
#ifndef WEB_ACT_H
#define WEB_ACT_H
#include "web/form.h"
#include "web/route.h"

struct act { /* one request on its way; the answer's arena holds it */
	const struct site *site;
	const struct request *request;
	struct answer *out;
	struct slice path, query;
	int64_t id;         /* of "#" in the path */
	bool api;           /* asked for by a program: answers are JSON */
	struct form form;   /* where the body is one */
	int step;           /* 0, and one more each time that something was asked and answered */
	struct slice reply; /* to what was asked; NULL ptr: nobody could say */
	void *state;        /* the act's own */
	void (*run)(struct act *act);
};

/* The methods that the path takes, a bit each; 0 where it is no act. */
int act_methods(struct slice path);
/* How large a body the request may bring. */
size_t act_body_most(const struct request *request, struct slice path);
/* Answers, or asks first: false where path and method are no act. */
bool act_answer(const struct site *site, const struct request *request, struct slice path, struct slice query,
		struct answer *out);
void act_continue(struct act *act, const struct request *request, struct slice reply);

/* --- for acts --- */

/* Has the question sent that answer.question holds, made empty here; the act runs again with the reply. */
struct buf *act_ask(struct act *act, enum ask_kind kind);

/* act_ingest.c */
void act_ingest_api(struct act *act);
#endif
