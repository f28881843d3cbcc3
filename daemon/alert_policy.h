/* alert_policy: what policy of a domain its reporters saw, and how policies are compared.
 * Neighbours: alert_policy.c has a policy that changed, alert_dns.c one that is not what DNS says. */
#ifndef DAEMON_ALERT_POLICY_H
#define DAEMON_ALERT_POLICY_H
#include "daemon/alert_rules.h"

/* "p=quarantine; sp=none": equal where what reports can show of two policies is equal. */
const char *policy_words(struct arena *a, const struct policy_seen *p);

/* Called with the latest report of each reporter of one domain, in order of their names. */
typedef int policy_look(struct looking *l, const struct policy_line *line, size_t n, struct err *err);
int policy_each_domain(struct looking *l, policy_look *look, struct err *err);

/* The page with the rows that fell under the domain's policy, by reporter; as look_link. */
struct slice policy_link(struct looking *l, struct slice domain);
#endif
