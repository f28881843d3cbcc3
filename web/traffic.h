/* traffic: how many requests were answered, how, and how fast, for /metrics. Counted by http.c and guard.c in any
 * thread; never reset. Neighbours: route.h names the routes, metrics.c prints. */
#ifndef WEB_TRAFFIC_H
#define WEB_TRAFFIC_H
#include <stdatomic.h>
#include <stdint.h>

enum { TRAFFIC_ROUTES = 96, TRAFFIC_CODES = 7, TRAFFIC_BUCKETS = 9 };

/* The statuses counted apart; 0 at the end stands for any other. */
extern const int traffic_code[TRAFFIC_CODES];
/* Upper bounds in microseconds; slower ones are only in the sum of all. */
extern const int64_t traffic_bucket_us[TRAFFIC_BUCKETS];

struct connection_traffic { /* guard.h; all but `open` only grow */
	atomic_llong open;
	atomic_llong refused, turned_away;        /* over a ceiling: told so, and not even that */
	atomic_llong slow_requests, slow_readers; /* cut: did not say what they want, did not take what they got */
	atomic_llong idle;                        /* closed: asked for nothing more */
	atomic_llong certificate_ends_s;          /* Unix seconds; 0: there is no TLS */
};

struct traffic { /* all zeros at first */
	struct connection_traffic connections;
	struct route_traffic {
		atomic_llong code[TRAFFIC_CODES];
		atomic_llong bucket[TRAFFIC_BUCKETS]; /* each request in the first that holds it */
		atomic_llong all, us;
	} route[TRAFFIC_ROUTES];
};

void traffic_count(struct traffic *t, int route, int status, int64_t us);
#endif
