/* phases: what pages of policy phases share (page_phases.c, page_measured.c). */
#ifndef WEB_PHASES_H
#define WEB_PHASES_H
#include "web/page.h"

/* Without days asked for, the page is of all days. False, with an error, where its parameters make no filter. */
bool phases_all_days(struct page *p, struct param_errors *errors);
/* The policy domain with most messages; a NULL ptr where there is none. */
struct slice phases_main_domain(const struct phase_lines *lines);
/* "p=quarantine; sp=none; pct=0; t=y; adkim=s": as a phase has it. The arena's. */
const char *phases_policy_words(struct arena *a, const struct policy_seen *seen);
/* The rows of a phase's days; a NULL ptr where none can fit. */
struct slice phases_rows(struct page *p, const struct phase_line *line);
/* The pages beside each other. */
void phases_tabs(struct page *p, struct value *page, const char *path);
#endif
