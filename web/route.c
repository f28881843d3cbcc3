/* route: see route.h. */
#include "web/route.h"

#include "base/text.h"
#include "schema/limits.h"
#include "web/act.h"
#include "web/assets.h"
#include "web/format.h"
#include "web/openapi.h"
#include "web/gate.h"
#include "web/status.h"
#include "web/throttle.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#define OPENAPI_PATH "/api/v1/openapi.json"
enum { PORTION_BYTES = 64 * 1024, HOUR_SECONDS = 3600, DAY_SECONDS = 86400 };

/* A `*` stands for one segment, the id of what the page is about. Of several that fit, the first. */
static const struct route {
	const char *path, *page; /* as asked for; the page it is or gives the data of */
	bool api;
	unsigned kind;
	page_fill *fill;
	const char *name; /* of exports */
	bool of_team; /* about all of what was reported: nothing that a scope could narrow */
} routes[] = {
	{ "/", "/", false, PAGE_OVERVIEW, page_overview, "overview" },
	{ "/records", "/records", false, PAGE_RECORDS, page_records, "records" },
	{ "/sources", "/sources", false, PAGE_SOURCES, page_sources, "sources" },
	{ "/sources/rules", "/sources/rules", false, PAGE_RULES, page_rules, "source-rules", true },
	{ "/sources/*", "/sources/*", false, PAGE_SOURCE, page_source, "source" },
	{ "/reports", "/reports", false, PAGE_REPORTS, page_reports, "reports" },
	{ "/reports/reporters", "/reports/reporters", false, PAGE_REPORTERS, page_reporters, "reporters" },
	{ "/find", "/find", false, PAGE_FIND, page_find, "found" },
	{ "/help", "/help", false, PAGE_HELP, page_help, "words" },
	{ "/help/*", "/help/*", false, PAGE_HELP, page_help_word, "word" },
	{ "/help/errors/*", "/help/errors/*", false, PAGE_HELP, page_help_word, "word" },
	{ "/lists", "/lists", false, PAGE_LISTS, page_lists, "lists" },
	{ "/reports/*", "/reports/*", false, PAGE_REPORT, page_report, "report" },
	{ "/records/*", "/records/*", false, PAGE_RECORD, page_record, "record" },
	{ "/ingest", "/ingest", false, PAGE_INGEST, page_ingest, "ingest", true },
	{ "/ingest/*", "/ingest/*", false, PAGE_MAIL, page_mail, "mail", true },
	{ "/domains", "/domains", false, PAGE_DOMAINS, page_domains, "domains" },
	{ "/domains/*", "/domains/*", false, PAGE_DOMAIN, page_domain, "domain" },
	{ "/domains/*/records", "/domains/*/records", false, PAGE_DOMAIN, page_domain_records, "domain-records" },
	{ "/domains/*/timeline", "/domains/*/timeline", false, PAGE_DOMAIN, page_domain_timeline, "domain-timeline" },
	{ "/rollout/notes", "/rollout/notes", false, PAGE_JOURNAL, page_notes, "notes" },
	{ "/rollout/notes/*", "/rollout/notes/*", false, PAGE_WRITTEN, page_note, "note" },
	{ "/rollout/confirmations", "/rollout/confirmations", false, PAGE_JOURNAL, page_confirmations, "confirmations" },
	{ "/rollout/blockers", "/rollout/blockers", false, PAGE_JOURNAL, page_blockers, "blockers" },
	{ "/rollout/blockers/*", "/rollout/blockers/*", false, PAGE_WRITTEN, page_blocker, "blocker" },
	{ "/tls", "/tls", false, PAGE_TLS, page_tls, "tls" },
	{ "/rollout", "/rollout", false, PAGE_ROLLOUT, page_rollout, "rollout" },
	{ "/rollout/steps", "/rollout/steps", false, PAGE_ROLLOUT, page_rollout_steps, "rollout-steps" },
	{ "/rollout/measured", "/rollout/measured", false, PAGE_MEASURED, page_measured, "measured" },
	{ "/rollout/phases", "/rollout/phases", false, PAGE_PHASES, page_phases, "phases" },
	{ "/verdicts", "/verdicts", false, PAGE_VERDICTS, page_verdicts, "verdicts" },
	{ "/verdicts/explain", "/verdicts/explain", false, PAGE_VERDICTS, page_explain, "explained" },
	{ "/bulk", "/bulk", false, PAGE_BULK, page_bulk, "bulk" },
	{ "/api/v1/summary", "/", true, PAGE_OVERVIEW, page_overview, "overview" },
	{ "/api/v1/records", "/records", true, PAGE_RECORDS, page_records, "records" },
	{ "/api/v1/find", "/find", true, PAGE_FIND, page_find, "found" },
	{ "/api/v1/sources", "/sources", true, PAGE_SOURCES, page_sources, "sources" },
	{ "/api/v1/source-rules", "/sources/rules", true, PAGE_RULES, page_rules, "source-rules", true },
	{ "/api/v1/sources/*", "/sources/*", true, PAGE_SOURCE, page_source, "source" },
	{ "/api/v1/domains", "/domains", true, PAGE_DOMAINS, page_domains, "domains" },
	{ "/api/v1/domains/*", "/domains/*", true, PAGE_DOMAIN, page_domain, "domain" },
	{ "/api/v1/domains/*/records", "/domains/*/records", true, PAGE_DOMAIN, page_domain_records, "domain-records" },
	{ "/api/v1/domains/*/timeline", "/domains/*/timeline", true, PAGE_DOMAIN, page_domain_timeline, "domain-timeline" },
	{ "/api/v1/reports", "/reports", true, PAGE_REPORTS, page_reports, "reports" },
	{ "/api/v1/reports/*", "/reports/*", true, PAGE_REPORT, page_report, "report" },
	{ "/api/v1/explain/*", "/records/*", true, PAGE_RECORD, page_explain, "explained-row" },
	{ "/api/v1/records/*", "/records/*", true, PAGE_RECORD, page_record, "record" },
	{ "/api/v1/ingest", "/ingest", true, PAGE_INGEST, page_ingest, "ingest", true },
	{ "/api/v1/ingest/*", "/ingest/*", true, PAGE_MAIL, page_mail, "mail", true },
	{ "/api/v1/reporters", "/reports/reporters", true, PAGE_REPORTERS, page_reporters, "reporters" },
	{ "/api/v1/tls", "/tls", true, PAGE_TLS, page_tls, "tls" },
	{ "/api/v1/rollout", "/rollout", true, PAGE_ROLLOUT, page_rollout, "rollout" },
	{ "/api/v1/rollout/steps", "/rollout/steps", true, PAGE_ROLLOUT, page_rollout_steps, "rollout-steps" },
	{ "/api/v1/rollout/measured", "/rollout/measured", true, PAGE_MEASURED, page_measured, "measured" },
	{ "/api/v1/rollout/phases", "/rollout/phases", true, PAGE_PHASES, page_phases, "phases" },
	{ "/api/v1/bulk", "/bulk", true, PAGE_BULK, page_bulk, "bulk" },
	{ "/api/v1/notes", "/rollout/notes", true, PAGE_JOURNAL, page_notes, "notes" },
	{ "/api/v1/notes/*", "/rollout/notes/*", true, PAGE_WRITTEN, page_note, "note" },
	{ "/api/v1/confirmations", "/rollout/confirmations", true, PAGE_JOURNAL, page_confirmations, "confirmations" },
	{ "/api/v1/blockers", "/rollout/blockers", true, PAGE_JOURNAL, page_blockers, "blockers" },
	{ "/api/v1/blockers/*", "/rollout/blockers/*", true, PAGE_WRITTEN, page_blocker, "blocker" },
	{ "/api/v1/verdicts", "/verdicts", true, PAGE_VERDICTS, page_verdicts, "verdicts" },
	{ "/api/v1/explain", "/verdicts/explain", true, PAGE_VERDICTS, page_explain, "explained" },
	/* Of several that are of one page the last is the one that all of its data comes from. */
	{ "/api/v1/forwarders", "/lists", true, PAGE_LISTS, page_forwarders, "forwarders" },
	{ "/api/v1/arc", "/lists", true, PAGE_LISTS, page_arc, "arc" },
	{ "/api/v1/lists", "/lists", true, PAGE_LISTS, page_lists, "lists" },
};
enum { ROUTES = sizeof routes / sizeof *routes };

/* Counted beside the pages. */
static const char *const others[] = { [ROUTE_NONE] = "other",
				      [ROUTE_ASSETS] = "/assets",
				      [ROUTE_ALIVE] = "/healthz",
				      [ROUTE_HEALTH] = "/health",
				      [ROUTE_METRICS] = "/metrics",
				      [ROUTE_ACTS] = "changes" };
static_assert(ROUTE_PAGES + ROUTES <= TRAFFIC_ROUTES, "each route is counted");

bool route_at(int i, struct route_info *out)
{
	if (i < 0 || i >= ROUTES)
		return false;
	*out = (struct route_info){ routes[i].path, routes[i].page, routes[i].name, routes[i].api, routes[i].kind };
	return true;
}

const char *route_label(int i)
{
	return i < ROUTE_PAGES ? others[i] : i < ROUTE_PAGES + ROUTES ? routes[i - ROUTE_PAGES].path : NULL;
}

/* --- what is compiled in --- */

static const struct {
	const char *name, *from, *to;
} files[] = {
#define FILE_OF(name)                                                                                                  \
	{                                                                                                              \
#name, asset_##name##_html, asset_##name##_html_end                                                    \
	}
	FILE_OF(access),
	FILE_OF(audit),
	FILE_OF(bar),
	FILE_OF(card),
	FILE_OF(cards),
	FILE_OF(chart),
	FILE_OF(error),
	FILE_OF(filters),
	FILE_OF(first_run),
	FILE_OF(foot),
	FILE_OF(glyph),
	FILE_OF(grid),
	FILE_OF(head),
	FILE_OF(health),
	FILE_OF(made),
	FILE_OF(nothing),
	FILE_OF(number),
	FILE_OF(open_link),
	FILE_OF(overview),
	FILE_OF(records),
	FILE_OF(rollout),
	FILE_OF(rules),
	FILE_OF(say),
	FILE_OF(sign_in),
	FILE_OF(taken),
	FILE_OF(source),
	FILE_OF(tile),
#undef FILE_OF
};
static_assert(sizeof files / sizeof *files <= TEMPLATES, "each template has a place");

static uint64_t fnv(uint64_t hash, struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		hash = (hash ^ (unsigned char)s.ptr[i]) * 0x100000001b3u;
	return hash;
}

static const uint64_t fnv_start = 0xcbf29ce484222325u;

static void asset_init(struct asset *a, const char *type, const char *ending, const char *from, const char *to)
{
	a->type = type;
	a->bytes = (struct slice){ from, (size_t)(to - from) };
	snprintf(a->path, sizeof a->path, "/assets/app.%016" PRIx64 ".%s", fnv(fnv_start, a->bytes), ending);
}

void site_init(struct site *site, const struct web_config *config)
{
	memset(site, 0, sizeof *site);
	site->config = *config;
	site->readers = readers_new(config->database, config->suffixes);
	site->cache = status_cache_new();
	site->throttle = throttle_new();
	if (getrandom(site->key, sizeof site->key, 0) != sizeof site->key)
		abort();
	site->start_s = time(NULL);
	site->made = fnv_start;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		struct slice text = { files[i].from, (size_t)(files[i].to - files[i].from) };

		template_init(&site->template[i], files[i].name, text);
		site->made = fnv(site->made, text);
	}
	for (size_t i = 0; i < config->owners.n; i++) /* a page that says another owner is another page */
		site->made = fnv(fnv(site->made, config->owners.item[i].domain), config->owners.item[i].owner);
	if (config->rollout != NULL) /* so is one that holds steps to other limits */
		site->made = fnv(site->made, (struct slice){ (const char *)config->rollout, sizeof *config->rollout });
	asset_init(&site->asset[ASSET_CSS], "text/css; charset=utf-8", "css", asset_app_css, asset_app_css_end);
	asset_init(&site->asset[ASSET_JS], "text/javascript; charset=utf-8", "js", asset_app_js, asset_app_js_end);
	buf_init(&site->openapi, LIMIT_RESPONSE_BYTES);
	openapi_print(&site->openapi, config->version);
	for (int i = 0; i < ASSETS; i++)
		site->made = fnv(site->made, site->asset[i].bytes);
}

void site_release(struct site *site)
{
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		template_release(&site->template[i]);
	buf_release(&site->openapi);
	readers_free(site->readers);
	status_cache_free(site->cache);
	throttle_free(site->throttle);
}

/* --- pages as HTML --- */

static const char *theme_name(enum theme t)
{
	return t == THEME_DARK ? "dark" : t == THEME_LIGHT ? "light" : NULL;
}

static double ms_since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - start->tv_sec) * 1e3 + (double)(now.tv_nsec - start->tv_nsec) / 1e6;
}

/* Hints `lists_overlap` and `lists_partial`: the lists of a page that are no breakdown. */
static void put_no_breakdowns(struct arena *a, const struct view *view)
{
	const char *overlaps = NULL, *partial = NULL;

	for (size_t i = 0; i < view->sheets; i++) {
		const struct sheet *s = view->sheet[i];
		const char **keys = s->overlaps ? &overlaps : &partial;

		if (s->overlaps || s->partial)
			*keys = arena_printf(a, "%s%s%s", *keys != NULL ? *keys : "", *keys != NULL ? " " : "", s->key);
	}
	if (overlaps != NULL)
		view_put_link(a, view->page, "lists_overlap", slice_of(overlaps));
	if (partial != NULL)
		view_put_link(a, view->page, "lists_partial", slice_of(partial));
}

static void print_html(const struct site *site, const struct request *request, struct answer *out,
		       const struct view *view, const struct timespec *start)
{
	const struct templates set = { site->template, sizeof files / sizeof *files };
	const struct value *roots[4];
	size_t n = 0;
	int r;

	view_put_link(&out->arena, view->page, "css", slice_of(site->asset[ASSET_CSS].path));
	view_put_link(&out->arena, view->page, "js", slice_of(site->asset[ASSET_JS].path));
	view_put_link(&out->arena, view->page, "theme", slice_of(theme_name(request->theme)));
	view_put_link(&out->arena, view->page, "made_in",
		      slice_of(arena_printf(&out->arena, "%.0f ms", ms_since(start))));
	put_no_breakdowns(&out->arena, view);
	if (view->envelope != NULL)
		roots[n++] = view->envelope;
	if (view->data != NULL)
		roots[n++] = view->data;
	if (view->words != NULL)
		roots[n++] = view->words;
	roots[n++] = view->page;
	r = template_render(&out->body, &set, view->template_name, roots, n);
	assert(r == 0);
	out->type = "text/html; charset=utf-8";
	out->is_page = true;
}

/* Who asks, as pages show it. */
static void put_visitor(const struct site *site, const struct request *request, struct answer *out, struct page *p)
{
	p->site = site;
	p->visitor = &out->visitor;
	p->contact = site->config.access.contact;
	p->form_token = access_form_token(site, &out->arena, request, &out->visitor);
	p->params.scope = out->visitor.scope;
}

/* One outside of the days and filters. */
static struct page plain_page(const struct site *site, const struct request *request, struct answer *out)
{
	struct page p = { .a = &out->arena, .path = "", .now = time(NULL), .state = { .first_day = 1, .last_day = 0, .demo = site->config.demo } };

	put_visitor(site, request, out, &p);
	return p;
}

struct value *route_shell(const struct site *site, const struct request *request, struct answer *out, const char *title)
{
	struct page p = plain_page(site, request, out);

	return page_shell(&p, title, 0);
}

void route_print(const struct site *site, const struct request *request, struct answer *out, int status, const struct view *view)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	buf_clear(&out->body);
	out->status = status;
	out->fleeting = true;
	print_html(site, request, out, view, &now);
}

void route_go(struct answer *out, struct slice location)
{
	out->status = 303;
	out->type = "text/plain; charset=utf-8";
	out->location = location;
	out->fleeting = true;
	buf_clear(&out->body);
}

/* --- what goes wrong --- */

struct problem {
	int status;
	const char *slug, *title, *detail;
	const struct param_errors *errors; /* or NULL */
};

static void print_problem(struct answer *out, const struct request *request, const struct problem *what)
{
	struct json j;

	json_init(&j, &out->body);
	json_begin_object(&j);
	json_key_text(&j, "type", slice_of(arena_printf(&out->arena, "/help/errors/%s", what->slug)));
	json_key_text(&j, "title", slice_of(what->title));
	json_key_int(&j, "status", what->status);
	json_key_text(&j, "detail", slice_of(what->detail));
	json_key_text(&j, "instance", request->target);
	json_key(&j, "errors");
	json_begin_list(&j);
	for (size_t i = 0; what->errors != NULL && i < what->errors->n; i++) {
		json_begin_object(&j);
		json_key_text(&j, "parameter", what->errors->item[i].parameter);
		json_key_text(&j, "detail", slice_of(what->errors->item[i].detail));
		json_end(&j);
	}
	json_end(&j);
	json_end(&j);
	json_line(&j);
	out->type = "application/problem+json";
}

static void print_error_page(const struct site *site, const struct request *request, struct answer *out,
			     const struct problem *what, const struct timespec *start)
{
	struct view view = { .template_name = "error", .page = route_shell(site, request, out, what->title) };
	struct value *list = view_put_list(&out->arena, view.page, "errors"), *item;

	view_put_text(&out->arena, view.page, "detail", slice_of(what->detail));
	for (size_t i = 0; what->errors != NULL && i < what->errors->n; i++) {
		item = view_add_object(&out->arena, list);
		view_put_text(&out->arena, item, "parameter", what->errors->item[i].parameter);
		view_put_text(&out->arena, item, "detail", slice_of(what->errors->item[i].detail));
	}
	print_html(site, request, out, &view, start);
}

/* A page for people, problem+json (RFC 9457, UX 11) for programs. */
static void answer_problem(const struct site *site, const struct request *request, bool api, struct answer *out,
			   const struct problem *what, const struct timespec *start)
{
	buf_clear(&out->body);
	out->status = what->status;
	out->retry = what->status == 503;
	out->etag[0] = out->download[0] = '\0';
	out->link = (struct slice){ 0 };
	out->more = false;
	if (api || !request->wants_html)
		print_problem(out, request, what);
	else
		print_error_page(site, request, out, what, start);
}

static struct problem problem_of_errors(struct arena *a, const struct param_errors *errors)
{
	bool unknown = errors->item[0].unknown;
	struct slice name = errors->item[0].parameter;

	return (struct problem){ .status = 400,
				 .errors = errors,
				 .slug = unknown ? "unknown-parameter" : "bad-parameter",
				 .title = unknown ? "Unknown parameter" : "Bad parameter",
				 .detail = arena_printf(a, "%.*s: %s", (int)format_cut(name, FORMAT_SCREEN_CHARS),
							name.ptr, errors->item[0].detail) };
}

/* --- filling a view --- */

/* Whether a path is one of the pattern; `id` is what stands for the `*`, or NULL ptr where there is none. */
static bool fits(const char *pattern, struct slice path, struct slice *id)
{
	size_t before = strcspn(pattern, "*"), after = pattern[before] != '\0' ? strlen(pattern + before + 1) : 0;

	*id = (struct slice){ 0 };
	if (pattern[before] == '\0')
		return slice_is(path, pattern);
	if (path.len <= before + after || memcmp(path.ptr, pattern, before) != 0 ||
	    memcmp(path.ptr + path.len - after, pattern + before + 1, after) != 0)
		return false;
	*id = (struct slice){ path.ptr + before, path.len - before - after };
	return memchr(id->ptr, '/', id->len) == NULL;
}

static const struct route *route_of(struct slice path, struct slice *id)
{
	for (int i = 0; i < ROUTES; i++)
		if (fits(routes[i].path, path, id))
			return &routes[i];
	return NULL;
}

unsigned route_page_kind(const char *path)
{
	struct slice id;
	const struct route *r = route_of(slice_of(path), &id);

	return r != NULL ? r->kind : 0;
}

static int read_state(const struct site *site, struct store_state *state, struct err *err)
{
	struct reader *reader;
	int r;

	if (readers_take(site->readers, &reader, err) != 0)
		return -1;
	r = query_state(reader, state, err);
	readers_give(site->readers, reader, r == 0);
	return r;
}

/* Nothing that is asked is ignored. */
static bool sorts_as_asked(const struct job *job)
{
	bool sorts = job->page.params.value[PARAM_SORT].n == 0;

	for (size_t i = 0; i < job->view.sheets; i++)
		sorts = sorts || job->view.sheet[i]->sorts;
	return sorts;
}

static int fill(const struct route *route, struct job *job, struct param_errors *errors, struct err *err)
{
	int r;

	if (param_filter(job->page.a, &job->page.params, &job->page.state, &job->page.filter, errors) != 0)
		return -1;
	r = route->fill(&job->page, &job->view, errors, err);
	if (r == 0 && errors->n == 0 && !sorts_as_asked(job)) {
		errors->item[0].parameter = SLICE("sort");
		errors->item[0].detail = "No list of this page is sorted.";
		errors->n = 1;
	}
	return errors->n > 0 ? -1 : r;
}

/* The pattern with the id in its place. */
static const char *path_of(struct arena *a, const char *pattern, struct slice id)
{
	size_t before = strcspn(pattern, "*");
	struct slice segment;

	if (id.ptr == NULL || pattern[before] == '\0')
		return pattern;
	segment = param_as_segment(a, id);
	return arena_printf(a, "%.*s%.*s%s", (int)before, pattern, (int)segment.len, segment.ptr, pattern + before + 1);
}

/* False where the id is none. */
static bool job_init(struct job *job, const struct site *site, struct arena *a, const struct route *route, struct slice id)
{
	job->page.a = a;
	job->page.readers = site->readers;
	job->page.rules = &site->config.rules;
	job->page.rollout = site->config.rollout;
	job->page.owners = &site->config.owners;
	job->page.now = time(NULL);
	job->page.kind = route->kind;
	if (id.ptr != NULL && !param_segment(a, id, &job->page.id))
		return false;
	for (int i = 0; i < ROUTES; i++)
		if (strcmp(routes[i].page, route->page) == 0)
			*(routes[i].api ? &job->page.api : &job->page.path) = path_of(a, routes[i].path, job->page.id);
	return true;
}

int job_fill(const struct site *site, struct arena *a, const char *path, struct job *job, struct param_errors *errors,
	     struct err *err)
{
	struct slice id;
	const struct route *route = route_of(slice_of(path), &id);
	int r;

	if (!job_init(job, site, a, route, id))
		return err_set(err, ERR_USE, "%s: names nothing that can be", path);
	if (read_state(site, &job->page.state, err) != 0)
		return -1;
	r = fill(route, job, errors, err);
	return r == PAGE_GONE ? err_set(err, ERR_USE, "%s: there is none of that name", path) : r;
}

void job_release(struct job *job)
{
	print_release(&job->print);
	arena_release(&job->page.portion);
}

/* --- answering --- */

struct work { /* one request on its way */
	const struct site *site;
	const struct request *request;
	const struct route *route;
	struct slice id; /* as it stood in the path */
	struct answer *out;
	struct job *job;
	struct slice format; /* "html", "json", "csv", "ndjson" */
	struct timespec start;
};

static void fail(struct work *w, const struct problem *what)
{
	answer_problem(w->site, w->request, w->route->api, w->out, what, &w->start);
}

static void fail_errors(struct work *w, const struct param_errors *errors)
{
	struct problem what = problem_of_errors(&w->out->arena, errors);

	fail(w, &what);
}

/* A wrong cursor is the client's doing; all else is ours, and may pass. */
static void fail_err(struct work *w, const struct err *err)
{
	struct problem what = { .status = 503,
				.slug = "store",
				.title = "The store did not answer",
				.detail = "Reports cannot be read just now. Nothing was lost; try again." };
	struct param_errors errors = { .item = { { SLICE("after"), "Is no cursor of this list.", false } }, .n = 1 };

	if (err->kind == ERR_USE && param_one(&w->job->page.params, PARAM_AFTER).ptr != NULL) {
		fail_errors(w, &errors);
		return;
	}
	fail(w, &what);
	snprintf(w->out->trouble, sizeof w->out->trouble, "%s", err->text);
}

/* What the answer depends on: the data, the question, who asks, and for a page also its looks and whether the data is old.
 * Sealed for who sees a part: it neither tells the generation nor can be made for another's view. */
static void make_etag(struct work *w)
{
	const struct page *p = &w->job->page;
	struct arena *a = &w->out->arena;
	struct slice query = param_link(a, w->route->api ? p->api : p->path, &p->params);
	uint64_t hash = fnv(w->site->made, query);
	int64_t idle_days = text_floor_div(p->now, DAY_SECONDS) - p->state.last_day;
	struct slice sealed;

	if (p->kind & PAGE_INGEST) /* how the parts are depends on no data */
		hash = fnv(hash, slice_of(arena_printf(&w->out->arena, "%" PRId64, p->now)));
	if (p->kind & (PAGE_REPORTS | PAGE_REPORTERS | PAGE_JOURNAL | PAGE_WRITTEN | PAGE_ROLLOUT)) /* who is late, and what is over, depends on the hour */
		hash = fnv(hash, slice_of(arena_printf(&w->out->arena, "%" PRId64, text_floor_div(p->now, HOUR_SECONDS))));
	if (p->broken != NULL)
		hash = fnv(fnv(hash, slice_of(p->broken->name)), slice_of(p->broken->text));
	if (p->html)
		hash = fnv(fnv(hash, slice_of(arena_printf(a, "%d %" PRId64, (int)w->request->theme, idle_days))), p->form_token);
	if (page_is_scoped(p)) {
		for (size_t i = 0; i < p->visitor->scope.n; i++)
			hash = fnv(fnv(hash, p->visitor->scope.item[i]), SLICE("\n"));
		sealed = access_seal(w->site, a, "etag", slice_of(arena_printf(a, "%" PRId64 " %016" PRIx64, p->state.generation, hash)));
		snprintf(w->out->etag, sizeof w->out->etag, "W/\"%.*s\"", (int)sealed.len, sealed.ptr);
		return;
	}
	snprintf(w->out->etag, sizeof w->out->etag, "W/\"%" PRId64 "-%016" PRIx64 "\"", p->state.generation, hash);
}

static bool is_known(struct slice if_none_match, const char *etag)
{
	if (if_none_match.ptr == NULL)
		return false;
	return slice_is(text_trim(if_none_match), "*") ||
	       memmem(if_none_match.ptr, if_none_match.len, etag, strlen(etag)) != NULL;
}

static void make_download(struct work *w)
{
	const struct page *p = &w->job->page;
	struct slice class_ = param_one(&p->params, PARAM_CLASS);
	char from[TEXT_DAY_BYTES], to[TEXT_DAY_BYTES];

	if (w->route->api && slice_is(w->format, "json"))
		return;
	snprintf(w->out->download, sizeof w->out->download, "ruad%s-%s-%s_%s%s%.*s.%.*s", p->state.demo ? "-demo" : "",
		 w->route->name, text_day(from, p->filter.first_day),
		 text_day(to, p->filter.last_day), class_.ptr != NULL ? "-" : "", (int)class_.len,
		 class_.ptr != NULL ? class_.ptr : "", (int)w->format.len, w->format.ptr);
}

static void print_data(struct work *w)
{
	bool json = slice_is(w->format, "json");
	struct err err = { 0 };
	int r;

	print_init(&w->job->print,
		   json                         ? PRINT_JSON
		   : slice_is(w->format, "csv") ? PRINT_CSV
						: PRINT_NDJSON,
		   &w->job->view);
	r = print_more(&w->job->print, &w->out->body, json ? LIMIT_RESPONSE_BYTES : PORTION_BYTES, &err);
	if (r < 0) {
		fail_err(w, &err);
		return;
	}
	w->out->more = r == 1;
	w->out->link = w->job->view.next;
	w->out->type = json                         ? "application/json"
		       : slice_is(w->format, "csv") ? "text/csv; charset=utf-8"
						    : "application/x-ndjson";
	make_download(w);
}

static const struct problem nowhere = {
	.status = 404, .slug = "not-found", .title = "Nothing here", .detail = "No page has this address."
};

static void answer_view(struct work *w)
{
	struct param_errors errors = { 0 };
	struct err err = { 0 };
	int r = fill(w->route, w->job, &errors, &err);

	if (r != 0) {
		if (errors.n > 0)
			fail_errors(w, &errors);
		else if (r == PAGE_GONE)
			fail(w, &nowhere);
		else
			fail_err(w, &err);
		return;
	}
	w->out->status = 200;
	if (w->job->page.html)
		print_html(w->site, w->request, w->out, &w->job->view, &w->start);
	else
		print_data(w);
}

/* What the answer shall look like; an API has no pages, and no address gives terminal text. */
static bool choose_format(struct work *w, struct param_errors *errors)
{
	struct slice asked = param_one(&w->job->page.params, PARAM_FORMAT);

	w->format = asked.ptr != NULL ? asked : w->route->api ? SLICE("json") : SLICE("html");
	if (!slice_is(w->format, "text") && !(w->route->api && slice_is(w->format, "html")))
		return true;
	errors->item[0].parameter = SLICE("format");
	errors->item[0].detail =
		w->route->api ? "Takes json, csv or ndjson here." : "Takes html, csv, json or ndjson here.";
	errors->n = 1;
	return false;
}

/* Who sees a part is not told when the rest last changed, how much there is of it, or on which days. */
static int hide_others(const struct site *site, struct page *p, struct err *err)
{
	struct filter f = { .first_day = p->state.first_day, .last_day = p->state.last_day, .scope = p->params.scope };
	struct reader *reader;
	int rc;

	if (!page_is_scoped(p))
		return 0;
	p->state.generation = p->state.reports = p->state.rejects = p->state.last_taken_in = 0;
	if (readers_take(site->readers, &reader, err) != 0)
		return -1;
	rc = query_days(reader, &f, &p->state.first_day, &p->state.last_day, err);
	readers_give(site->readers, reader, rc >= 0);
	if (rc == 0)
		p->state.first_day = p->state.last_day = text_floor_div(p->now, DAY_SECONDS) - 1;
	return rc < 0 ? -1 : 0;
}

static void answer_route(struct work *w, struct slice query)
{
	struct page *p = &w->job->page;
	struct param_errors errors = { 0 };
	struct err err = { 0 };

	if (!job_init(w->job, w->site, &w->out->arena, w->route, w->id)) {
		fail(w, &nowhere);
		return;
	}
	p->for_api = w->route->api;
	put_visitor(w->site, w->request, w->out, p);
	if (param_parse(p->a, query, w->route->kind, &p->params, &errors) != 0 || !choose_format(w, &errors)) {
		fail_errors(w, &errors);
		return;
	}
	p->html = slice_is(w->format, "html");
	if (read_state(w->site, &p->state, &err) != 0) {
		fail_err(w, &err);
		return;
	}
	if (p->html && p->kind == PAGE_OVERVIEW && !page_is_scoped(p))
		p->broken = status_trouble(w->site, p->a, p->now);
	make_etag(w);
	if (hide_others(w->site, p, &err) != 0) {
		fail_err(w, &err);
		return;
	}
	if (is_known(w->request->if_none_match, w->out->etag)) {
		w->out->status = 304;
		w->out->is_page = p->html;
	} else {
		answer_view(w);
	}
}

static bool answer_fixed(const struct site *site, struct slice path, struct answer *out)
{
	for (int i = 0; i < ASSETS; i++) {
		if (!slice_is(path, site->asset[i].path))
			continue;
		out->route = ROUTE_ASSETS;
		out->fixed = site->asset[i].bytes;
		out->type = site->asset[i].type;
		out->immutable = true;
	}
	if (slice_is(path, OPENAPI_PATH)) {
		out->route = ROUTE_ASSETS;
		out->fixed = buf_slice(&site->openapi);
		out->type = "application/json";
	}
	if (slice_is(path, "/healthz")) {
		out->route = ROUTE_ALIVE;
		out->fixed = SLICE("ok\n");
		out->type = "text/plain; charset=utf-8";
	}
	if (out->fixed.ptr != NULL)
		out->status = 200;
	return out->fixed.ptr != NULL;
}

/* --- how ruad itself is --- */

static void print_health_page(const struct site *site, const struct request *request, struct answer *out,
			      const struct health *h, const struct timespec *start)
{
	struct page p = plain_page(site, request, out);
	struct view view = { .template_name = "health", .page = page_shell(&p, "Health", 0) };

	status_put(&p, view.page, h);
	print_html(site, request, out, &view, start);
}

static void answer_health(const struct site *site, const struct request *request, struct slice query, struct answer *out,
			  const struct timespec *start)
{
	static const struct problem wrong = { .status = 400,
					      .slug = "bad-parameter",
					      .title = "Bad parameter",
					      .detail = "Takes nothing but format=html, json or text." };
	bool text = slice_is(query, "format=text"), json = slice_is(query, "format=json"), html = slice_is(query, "format=html");
	struct health h;

	if (query.len > 0 && !text && !json && !html) {
		answer_problem(site, request, false, out, &wrong, start);
		return;
	}
	status_health(site, &out->arena, &h);
	out->status = health_is_well(&h) ? 200 : 503;
	if (html || (query.len == 0 && request->wants_html)) {
		print_health_page(site, request, out, &h, start);
		return;
	}
	out->type = text ? "text/plain; charset=utf-8" : "application/json";
	if (text)
		status_text(&out->body, &h);
	else
		status_json(&out->body, &out->arena, &h);
}

/* Whatever Prometheus is told to ask with, the answer is the same. */
static void answer_metrics(const struct site *site, struct answer *out)
{
	out->status = 200;
	out->type = METRICS_TYPE;
	status_metrics(site, &out->arena, &out->body);
}

static bool answer_status(const struct site *site, const struct request *request, struct slice path, struct slice query,
			  struct answer *out, const struct timespec *start)
{
	out->route = slice_is(path, "/health") ? ROUTE_HEALTH : slice_is(path, "/metrics") ? ROUTE_METRICS : ROUTE_NONE;
	if (out->route == ROUTE_NONE)
		return false;
	out->fleeting = true;
	if (out->route == ROUTE_HEALTH)
		answer_health(site, request, query, out, start);
	else
		answer_metrics(site, out);
	return true;
}

bool route_is_api(struct slice path)
{
	return path.len > 5 && memcmp(path.ptr, "/api/", 5) == 0;
}

void route_problem(const struct site *site, const struct request *request, struct answer *out, int status, const char *slug,
		   const char *title, const char *detail)
{
	const struct problem what = { .status = status, .slug = slug, .title = title, .detail = detail };
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	answer_problem(site, request, route_is_api(request->target), out, &what, &now);
}

void route_fail(struct act *act, int status, const char *slug, const char *title, const char *detail)
{
	route_problem(act->site, act->request, act->out, status, slug, title, detail);
}

bool route_is_page(struct slice path)
{
	struct slice id;

	return route_of(path, &id) != NULL;
}

bool route_is_of_team(struct slice path)
{
	struct slice id;
	const struct route *r = route_of(path, &id);

	return r != NULL && r->of_team;
}

static void split_target(struct slice target, struct slice *path, struct slice *query)
{
	const char *mark = memchr(target.ptr, '?', target.len);
	size_t n = mark != NULL ? (size_t)(mark - target.ptr) : target.len;

	*path = (struct slice){ target.ptr, n };
	*query = mark != NULL ? (struct slice){ mark + 1, target.len - n - 1 } : (struct slice){ NULL, 0 };
}

static bool is_fixed(const struct site *site, struct slice path)
{
	for (int i = 0; i < ASSETS; i++)
		if (slice_is(path, site->asset[i].path))
			return true;
	return slice_is(path, OPENAPI_PATH) || slice_is(path, "/healthz") || slice_is(path, "/health") || slice_is(path, "/metrics");
}

/* The methods of a path, a bit each; 0 where nothing has that address. */
static int methods_of(const struct site *site, struct slice path)
{
	struct slice id;

	return act_methods(path) | (is_fixed(site, path) || route_of(path, &id) != NULL ? METHOD_READS : 0);
}

static const char *methods_text(struct arena *a, int methods)
{
	static const char *const names[] = { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE" };
	const char *text = "";

	for (int i = 0; i < 6; i++)
		if (methods >> i & 1)
			text = arena_printf(a, "%s%s%s", text, *text != '\0' ? ", " : "", names[i]);
	return text;
}

static void answer_nowhere(const struct site *site, const struct request *request, struct slice path, struct answer *out,
			   const struct timespec *start)
{
	answer_problem(site, request, route_is_api(path), out, &nowhere, start);
}

static void answer_other_method(const struct site *site, const struct request *request, struct slice path, struct answer *out,
				const struct timespec *start)
{
	const char *allow = methods_text(&out->arena, methods_of(site, path));
	const struct problem wrong = { .status = 405, .slug = "method", .title = "Not this way",
				       .detail = arena_printf(&out->arena, "This address takes %s.", allow) };

	answer_problem(site, request, route_is_api(path), out, &wrong, start);
	out->allow = slice_of(allow);
}

/* False where the path has no such method, or is none: answered then. */
static bool takes_method(const struct site *site, const struct request *request, struct slice path, struct answer *out,
			 const struct timespec *start)
{
	int methods = methods_of(site, path);

	if (methods & (int)request->method)
		return true;
	if (methods == 0)
		answer_nowhere(site, request, path, out, start);
	else
		answer_other_method(site, request, path, out, start);
	return false;
}

size_t route_body_most(const struct site *site, const struct request *request)
{
	struct slice path, query;

	split_target(request->target, &path, &query);
	return act_body_most(request, path);
}

bool route_admit(const struct site *site, const struct request *request, struct answer *out)
{
	struct slice path, query;
	struct timespec start;

	clock_gettime(CLOCK_MONOTONIC, &start);
	buf_init(&out->body, LIMIT_RESPONSE_BYTES);
	split_target(request->target, &path, &query);
	return gate_passes(site, request, path, out) && takes_method(site, request, path, out, &start);
}

void route_answer(const struct site *site, const struct request *request, struct answer *out)
{
	struct slice path, query;
	struct work w = { .site = site, .request = request, .out = out };

	clock_gettime(CLOCK_MONOTONIC, &w.start);
	buf_release(&out->body);
	buf_init(&out->body, LIMIT_RESPONSE_BYTES);
	split_target(request->target, &path, &query);
	if ((request->method & METHOD_READS) && answer_fixed(site, path, out))
		return;
	if (!gate_passes(site, request, path, out) || !takes_method(site, request, path, out, &w.start) ||
	    act_answer(site, request, path, query, out) || answer_status(site, request, path, query, out, &w.start))
		return;
	w.route = route_of(path, &w.id);
	out->route = ROUTE_PAGES + (int)(w.route - routes);
	w.job = out->job = arena_alloc(&out->arena, sizeof *w.job);
	answer_route(&w, query);
}

void route_continue(const struct site *site, const struct request *request, struct slice reply, struct answer *out)
{
	act_continue(out->act, request, reply);
}

int route_more(struct answer *answer, struct buf *out, struct err *err)
{
	return print_more(&answer->job->print, out, PORTION_BYTES, err);
}

void answer_release(struct answer *answer)
{
	if (answer->job != NULL)
		job_release(answer->job);
	buf_release(&answer->body);
	buf_release(&answer->question);
	arena_release(&answer->arena);
}
