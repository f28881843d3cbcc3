/* route: from an address to an answer. It knows the paths, turns parameters into a view, and prints it. No HTTP library
 * here: http.c hands in what a client said and sends what comes out. Neighbours: page.h, template.h, print.h. */
#ifndef WEB_ROUTE_H
#define WEB_ROUTE_H
#include "schema/ask.h"
#include "web/access.h"
#include "web/page.h"
#include "web/print.h"
#include "web/template.h"
#include "web/traffic.h"
#include "web/web.h"

#define ROUTE_CSP                                                                                                      \
	"default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "          \
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"

struct act;

enum theme { THEME_SYSTEM, THEME_LIGHT, THEME_DARK };

struct asset {
	const char *type;
	struct slice bytes;
	char path[64]; /* "/assets/app.<hash>.css" */
};
enum { ASSET_CSS, ASSET_JS, ASSETS };

enum { TEMPLATES = 64 }; /* room for them */

struct site { /* what all requests share; read-only but for the readers, the cache and what is counted */
	struct web_config config;
	struct readers *readers;
	struct status_cache *cache;
	struct throttle *throttle; /* of sign-in */
	unsigned char key[ACCESS_KEY_BYTES]; /* made at the start: what seals cursors, ETags and forms */
	struct traffic traffic;
	int64_t start_s; /* Unix seconds */
	struct template template[TEMPLATES];
	struct asset asset[ASSETS];
	struct buf openapi; /* openapi.h */
	uint64_t made; /* hash of all that is compiled in: part of every ETag */
};
/* What the configuration points to outlives it. */
void site_init(struct site *site, const struct web_config *config);
void site_release(struct site *site);

enum method { METHOD_GET = 1, METHOD_HEAD = 2, METHOD_POST = 4, METHOD_PUT = 8, METHOD_PATCH = 16, METHOD_DELETE = 32 };
enum { METHOD_READS = METHOD_GET | METHOD_HEAD };

/* The cookie that a session lies in. */
#define ROUTE_COOKIE "ruad_session"

struct request {
	struct slice target; /* as it stood in the request line: path and query, undecoded */
	enum method method;
	bool wants_html; /* Accept names text/html */
	enum theme theme;
	struct slice if_none_match; /* NULL ptr: none; so are all below */
	struct slice if_match, host, content_type, authorization, origin, fetch_site, forwarded_for, forwarded_proto;
	struct slice user;    /* of the configured proxy header */
	struct slice session; /* the cookie of that name */
	struct slice body;    /* once it is there; NULL ptr: none */
	unsigned char peer[16]; /* the other end of the connection; IPv4 as ::ffff:a.b.c.d */
	bool tls;
};

/* How many bytes a body may have that this request brings: 0 where it may bring none. */
size_t route_body_most(const struct site *site, const struct request *request);

/* One filled view and its printing. Its parts point at each other: it never moves. */
struct job {
	struct page page;
	struct view view;
	struct print print;
};

/* What to send. `body` is all of it, unless `more` is set: then the rest comes from route_more. Never moves. */
struct answer {
	int status;
	const char *type;
	struct buf body;
	struct slice fixed; /* instead of body: bytes that live as long as the program */
	char etag[48]; /* empty: none */
	char download[192]; /* file name of an export; empty: shown in place */
	struct slice link; /* the next page's address, NULL ptr: none */
	bool immutable, fleeting, retry, is_page, more; /* fleeting: never to be kept */
	int retry_s; /* after how many seconds to try again, where `retry` */
	char cookie[256]; /* to set; empty: none */
	struct slice location, allow; /* where to go; which methods there are; NULL ptr: not said */
	bool asks; /* no answer yet: `question` is for web_config.ask, and its answer for route_continue */
	enum ask_kind ask;
	struct buf question;
	struct slice question_rest; /* the question's second half: points into the request or the arena */
	struct act *act; /* of act.h; NULL: it is no act */
	struct visitor visitor; /* who asks */
	bool challenge; /* say how to come in: WWW-Authenticate */
	int route; /* for route_label */
	char trouble[512]; /* for the log: why it is a 503; empty: it is none */
	struct job *job;
	struct arena arena; /* what all of the above points into */
};

/* Fills `out`, which was all zeros. Never fails: what goes wrong is an answer, too. */
void route_answer(const struct site *site, const struct request *request, struct answer *out);
/* Looks at a request whose body is not there yet: true where it may come; else `out` is filled with why not. */
bool route_admit(const struct site *site, const struct request *request, struct answer *out);
/* Goes on where the answer asked something: `reply` has a NULL ptr where nobody could say. `out` may ask again. */
void route_continue(const struct site *site, const struct request *request, struct slice reply, struct answer *out);
/* The next portion into an empty buffer: 1 more follows, 0 that was all, -1 err. */
int route_more(struct answer *answer, struct buf *out, struct err *err);
void answer_release(struct answer *answer);

/* --- for acts --- */

bool route_is_api(struct slice path);
/* Whether there is a page of that path, or the data of one. */
bool route_is_page(struct slice path);
/* Whether only the team may see what the path gives: pages that are about all of what was reported. */
bool route_is_of_team(struct slice path);
/* A page outside of the days and filters: `view` has its template and fields, its page is what route_shell gave. */
struct value *route_shell(const struct site *site, const struct request *request, struct answer *out, const char *title);
void route_print(const struct site *site, const struct request *request, struct answer *out, int status, const struct view *view);
void route_problem(const struct site *site, const struct request *request, struct answer *out, int status, const char *slug,
		   const char *title, const char *detail);
/* Sends the client on to an address of ours. */
void route_go(struct answer *out, struct slice location);
/* What went wrong: a page for people, problem+json (RFC 9457) for programs and where the path is the API's; so is the above. */
void route_fail(struct act *act, int status, const char *slug, const char *title, const char *detail);

/* Fills the job's page and view for a path such as "/" or "/sources/mailer"; its parameters are read already. 0; -1 err, or with `errors`
 * where a parameter is wrong. Memory is the arena's, but for job_release. */
int job_fill(const struct site *site, struct arena *a, const char *path, struct job *job, struct param_errors *errors,
	     struct err *err);
void job_release(struct job *job);
struct route_info { /* a line of the table of pages */
	const char *path, *page, *name; /* as asked for, `*` for an id; the page it is or gives the data of; a word for it */
	bool api;
	unsigned kind;
};
/* The i-th, from 0; false behind the last. */
bool route_at(int i, struct route_info *out);
/* Requests are counted by these, and behind them each page by its place. */
enum { ROUTE_NONE, ROUTE_ASSETS, ROUTE_ALIVE, ROUTE_HEALTH, ROUTE_METRICS, ROUTE_ACTS, ROUTE_PAGES };
/* The name under which requests are counted, by number from 0; NULL behind the last. */
const char *route_label(int i);
/* The kind of a page's path, with or without an id (enum page_kind); 0 for no page. */
unsigned route_page_kind(const char *path);
#endif
