/* traffic: see traffic.h. */
#include "web/traffic.h"

const int traffic_code[TRAFFIC_CODES] = { 200, 304, 400, 404, 405, 503, 0 };
const int64_t traffic_bucket_us[TRAFFIC_BUCKETS] = { 1000, 5000, 10000, 25000, 50000, 100000, 250000, 1000000, 5000000 };

void traffic_count(struct traffic *t, int route, int status, int64_t us)
{
	struct route_traffic *r = &t->route[route];
	int i = 0;

	while (i < TRAFFIC_CODES - 1 && traffic_code[i] != status)
		i++;
	atomic_fetch_add(&r->code[i], 1);
	for (i = 0; i < TRAFFIC_BUCKETS && us > traffic_bucket_us[i];)
		i++;
	if (i < TRAFFIC_BUCKETS)
		atomic_fetch_add(&r->bucket[i], 1);
	atomic_fetch_add(&r->us, us);
	atomic_fetch_add(&r->all, 1);
}
