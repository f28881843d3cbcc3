/* act: requests that change something, and those that decide who gets in: each a function of steps, for what it needs done is
 * done by others (schema/ask.h) while the connection waits. A form's token is looked at before an act runs.
 * Neighbours: route.c hands requests in, behind gate.c; act_*.c are the acts. */
#ifndef WEB_ACT_H
#define WEB_ACT_H
#include "web/form.h"
#include "web/route.h"

struct act { /* one request on its way; the answer's arena holds it */
	const struct site *site;
	const struct request *request;
	struct answer *out;
	struct arena *a;    /* the answer's */
	struct slice path, query;
	int64_t id;         /* of "#" in the path */
	struct slice word;  /* of "*" in it, as it stood there */
	bool api;           /* asked for by a program: answers are JSON */
	struct form form;   /* where the body is one */
	int step;           /* 0, and one more each time that something was asked and answered */
	struct slice reply; /* to what was asked; NULL ptr: nobody could say */
	void *state;        /* the act's own */
	void (*run)(struct act *act);
};

/* The methods that the path takes, a bit each; 0 where it is no act. */
int act_methods(struct slice path);
/* Who alone may do any of them; ACCESS_NOBODY where the path is no act. */
enum access_role act_needs(struct slice path);
struct act_info { /* a line of the table of acts */
	const char *path; /* "#" is a number, "*" a word */
	int methods;
	size_t body_most;
	const char *fields; /* that a program may send, with a blank between two; NULL: the body is of another kind */
};
/* The i-th, from 0; false behind the last. */
bool act_at(int i, struct act_info *out);
/* How large a body the request may bring. */
size_t act_body_most(const struct request *request, struct slice path);
/* Answers, or asks first: false where path and method are no act. */
bool act_answer(const struct site *site, const struct request *request, struct slice path, struct slice query,
		struct answer *out);
void act_continue(struct act *act, const struct request *request, struct slice reply);

/* --- for acts --- */

/* Has the question sent that this buffer holds, made empty here; the act runs again with the reply. */
struct buf *act_ask(struct act *act, enum ask_kind kind);
/* The same for an edit; who does it is filled in. */
void act_edit(struct act *act, struct edit *e);
/* Of the reply to an edit: false where it was not done, which is answered then. */
bool act_done(struct act *act, struct edited *out);
/* Nobody could say whether it was done. */
void act_no_word(struct act *act);
/* A field of the form, trimmed; "" where there is none. */
struct slice act_field(const struct act *act, const char *name);
/* The first value of a parameter of the address, decoded; NULL ptr where there is none. */
struct slice act_param(struct act *act, const char *name);
/* The address where a form wants to go on to; "/" where it is none of ours, which begin with a single slash. */
struct slice act_own_address(struct slice next);
/* A page of the act's own; further fields go into view->page. */
void act_page(struct act *act, struct view *view, const char *template_name, const char *title);

/* act_sign_in.c */
void act_sign_in_page(struct act *act);
void act_sign_in(struct act *act);
void act_sign_out(struct act *act);
void act_link_page(struct act *act);
void act_link_open(struct act *act);
/* act_grant.c */
void act_settings(struct act *act);
void act_access_page(struct act *act);
void act_link_make(struct act *act);
void act_token_make(struct act *act);
void act_revoke(struct act *act);
void act_audit_page(struct act *act);
/* act_journal.c */
void act_note_add(struct act *act);
void act_note_change(struct act *act);
void act_note_remove(struct act *act);
void act_confirm(struct act *act);
void act_withdraw(struct act *act);
void act_blocker_add(struct act *act);
void act_blocker_change(struct act *act);
void act_blocker_remove(struct act *act);
/* act_ingest.c */
void act_ingest_api(struct act *act);
void act_ingest_form(struct act *act);
void act_retry(struct act *act);
void act_dismiss(struct act *act);
/* act_document.c */
void act_report_xml(struct act *act);
void act_report_file(struct act *act);
void act_reject_file(struct act *act);
void act_mail_file(struct act *act);
/* act_source.c */
void act_report_lines(struct act *act);
void act_report_extract(struct act *act);
#endif
