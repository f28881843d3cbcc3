/* page_domains: how is each domain, and are its records right (UX 7.5). One line a From domain, or the tree of them; with
 * `show=` those that are known and sent nothing, and those that sent and have no record in DNS.
 * Neighbours: page_domain.c is one of them; domain.h, sheet.h, card.h. */
#include "web/card.h"
#include "web/compare.h"
#include "web/domain.h"
#include "web/format.h"

#include "schema/limits.h"

#include <stdlib.h>

enum { LINES_OF_PAGE = 40, LINES_OF_API = 100 };
enum show { SHOW_ALL, SHOW_TREE, SHOW_SILENT, SHOW_UNPUBLISHED };

static const struct column columns[] = {
	{ "label", "Domain", LOOK_NAME, true },
	{ "owner", "Owner", LOOK_TEXT, .beneath = true },
	{ "state", "State", LOOK_TAG, .beneath = true },
	{ "messages", "Messages", LOOK_NUMBER, true },
	{ "bar", "Trust, bar length = messages", LOOK_BAR },
	{ "fully_trusted", "Fully trusted", LOOK_NUMBER, .off_page = true },
	{ "partially_trusted", "Partially trusted", LOOK_NUMBER, .off_page = true },
	{ "untrusted", "Untrusted", LOOK_NUMBER, true },
	{ "quarantined", "Quarantined", LOOK_NUMBER, .off_page = true },
	{ "rejected", "Rejected", LOOK_NUMBER, .off_page = true },
	{ "untrusted_share", "Share", LOOK_NUMBER, true },
	{ "policy_dns", "Policy in DNS", LOOK_TEXT, true },
	{ "inherits_from", "Inherits from", LOOK_TEXT, .beneath = true },
	{ "policy_seen", "Policy seen", LOOK_TEXT },
	{ "record_errors", "Errors", LOOK_NUMBER },
	{ "record_warnings", "Record warnings", LOOK_NUMBER, .off_page = true },
	{ "first_seen", "First seen", LOOK_DAY },
	{ "last_seen", "Last seen", LOOK_DAY, .beneath = true },
	{ "depth", "Depth", LOOK_NUMBER, .off_page = true },
	{ "key", "Key", LOOK_TEXT, .off_page = true },
};
static const struct sheet sheet = { "domains", "Domains", columns, sizeof columns / sizeof *columns, .sorts = true };
static const struct sheet tree_sheet = { "domains", "Domains", columns, sizeof columns / sizeof *columns, .sorts = true, .overlaps = true };

struct line {
	struct slice name;
	const struct scope *scope; /* NULL: it sent nothing */
	struct domain_brief brief;
};
struct domains { /* what the page is built from */
	enum show show;
	struct scopes scopes;
	struct domain_names known; /* that DNS is asked about */
	struct line *line;
	size_t n;
	struct counts all, shown;
	struct compared compared;
	size_t sent, silent, own, wrong; /* of all that the filter keeps: sent mail; did not; of those that sent: with a record of their
	                                    own, with errors */
};

static enum show show_of(const struct page *p)
{
	struct slice word = param_one(&p->params, PARAM_SHOW);

	return slice_is(word, "tree")	     ? SHOW_TREE :
	       slice_is(word, "silent")	     ? SHOW_SILENT :
	       slice_is(word, "unpublished") ? SHOW_UNPUBLISHED :
					       SHOW_ALL;
}

/* --- asking --- */

static void add_counts(struct counts *to, const struct counts *c)
{
	for (int i = 0; i < SPLITS; i++)
		to->split[i] += c->split[i];
	to->arc_rescued += c->arc_rescued;
	to->rows += c->rows;
}

static int by_name(const void *a, const void *b)
{
	const struct line *x = a, *y = b;
	size_t n = x->name.len < y->name.len ? x->name.len : y->name.len;
	int order = memcmp(x->name.ptr, y->name.ptr, n);

	return order != 0 ? order : (x->name.len > y->name.len) - (x->name.len < y->name.len);
}

static bool is_sending(const struct page *p, struct slice name, const struct line *line, size_t n)
{
	return bsearch(&(struct line){ .name = name }, line, n, sizeof *line, by_name) != NULL;
}

/* Domains that sent mail, then those that are known and did not. */
static void make_lines(struct page *p, struct domains *d)
{
	d->line = arena_array(p->a, d->scopes.n + d->known.n + 1, sizeof *d->line);
	for (size_t i = 0; i < d->scopes.n; i++) {
		const struct scope *s = &d->scopes.item[i];

		add_counts(&d->all, &s->own);
		if (counts_total(&s->own) > 0)
			d->line[d->sent++] = (struct line){ s->name, s, { 0 } };
	}
	qsort(d->line, d->sent, sizeof *d->line, by_name);
	d->n = d->sent;
	for (size_t i = 0; i < d->known.n; i++)
		if (domain_is_asked_for(p, d->known.item[i]) && !is_sending(p, d->known.item[i], d->line, d->sent))
			d->line[d->n++] = (struct line){ .name = d->known.item[i] };
	d->silent = d->n - d->sent;
}

/* What stands in the tree only to hold others up is a line of it, too. */
static void make_tree(struct page *p, struct domains *d)
{
	d->line = arena_array(p->a, d->scopes.n + 1, sizeof *d->line);
	d->n = 0;
	for (size_t i = 0; i < d->scopes.n; i++)
		if (domain_may_see(p, d->scopes.item[i].name))
			d->line[d->n++] = (struct line){ d->scopes.item[i].name, &d->scopes.item[i], { 0 } };
}

static int read_records(struct page *p, struct reader *r, struct domains *d, struct err *err)
{
	struct arena scratch = { 0 };
	struct dns_lookups *lookups;
	struct lint_dns dns;

	if (query_dns_open(r, p->a, &lookups, err) != 0)
		return -1;
	dns = (struct lint_dns){ query_dns_text, lookups };
	for (size_t i = 0; i < d->n; i++) {
		struct line *line = &d->line[i];

		lint_domain_brief(&scratch, &dns, query_suffixes(r), line->name, &line->brief);
		if (line->scope != NULL) {
			d->own += line->brief.has_dmarc;
			d->wrong += line->brief.errors > 0;
		}
		arena_clear(&scratch);
	}
	arena_release(&scratch);
	return query_dns_close(lookups, err);
}

static int ask(struct page *p, struct reader *r, void *ctx, struct err *err)
{
	struct domains *d = ctx;

	if (query_scopes(r, p->a, &p->filter, &d->scopes, err) != 0 || query_dns_domains(r, p->a, &d->known, err) != 0)
		return -1;
	make_lines(p, d);
	if (d->show == SHOW_TREE)
		make_tree(p, d);
	return read_records(p, r, d, err) == 0 ? compare_groups(p, r, BY_DOMAIN, &d->compared, err) : -1;
}

/* --- data --- */

static const struct sheet *sheet_of(const struct domains *d)
{
	return d->show == SHOW_TREE ? &tree_sheet : &sheet;
}

static bool is_shown(const struct domains *d, const struct line *line)
{
	switch (d->show) {
	case SHOW_ALL:
		return line->scope != NULL;
	case SHOW_SILENT:
		return line->scope == NULL;
	case SHOW_UNPUBLISHED:
		return line->scope != NULL && line->brief.is_known && !line->brief.has_dmarc && !line->brief.has_spf;
	case SHOW_TREE:
		break;
	}
	return true;
}

static void put_day(struct page *p, struct value *row, const char *key, const struct scope *s, int64_t day)
{
	if (s != NULL)
		view_put_day(p->a, row, key, day);
	else
		view_put_text(p->a, row, key, (struct slice){ 0 });
}

static void put_policies(struct page *p, struct value *row, const struct line *line)
{
	const struct domain_brief *b = &line->brief;
	const struct scope *s = line->scope;
	bool found = b->policy.found == DMARC_FOUND, inherits = found && b->policy.inherited;

	view_put_text(p->a, row, "policy_dns",
		      b->policy.found == DMARC_UNKNOWN ? (struct slice){ 0 } :
		      found			       ? slice_of(domain_policy_words(p->a, &b->policy.record.seen)) :
							 slice_of(dmarc_policy_words(p->a, &b->policy)));
	view_put_text(p->a, row, "inherits_from",
		      !inherits ? (struct slice){ 0 } :
		      !p->html	? b->policy.domain :
				  slice_of(arena_printf(p->a, "from %.*s", (int)b->policy.domain.len, b->policy.domain.ptr)));
	view_put_text(p->a, row, "policy_seen", s != NULL ? s->policy : (struct slice){ 0 });
	view_put_known(p->a, row, "record_errors", b->is_known ? (int64_t)b->errors : -1);
	view_put_known(p->a, row, "record_warnings", b->is_known ? (int64_t)b->warnings : -1);
}

static const char *state_of(const struct line *line)
{
	return line->scope == NULL ? "silent" : line->brief.is_known && !line->brief.has_dmarc && !line->brief.has_spf ? "no DMARC or SPF record of its own" : NULL;
}

static void put_line(struct page *p, struct value *list, const struct domains *d, const struct line *line)
{
	static const struct counts nothing;
	bool tree = d->show == SHOW_TREE;
	const struct counts *c = line->scope == NULL ? &nothing : tree ? &line->scope->tree : &line->scope->own;
	enum param which = tree ? PARAM_UNDER : PARAM_DOMAIN;
	struct value *row = view_add_object(p->a, list);

	view_put_text(p->a, row, "key", line->name);
	view_put_text(p->a, row, "label",
		      !tree ? line->name : slice_of(arena_printf(p->a, "%s%.*s", p->html && line->scope->depth > 0 ? "└ " : "", (int)line->name.len, line->name.ptr)));
	view_put_int(p->a, row, "depth", line->scope != NULL ? (int64_t)line->scope->depth : 0);
	view_put_text(p->a, row, "state", slice_of(state_of(line)));
	view_put_text(p->a, row, "owner", domain_owner_of(p->owners, line->name));
	page_put_counts(p->a, row, c);
	view_put_share(p->a, row, "untrusted_share", counts_class(c, TRUST_UNTRUSTED), counts_total(c));
	if (!tree && line->scope != NULL)
		compare_row(p, row, &d->compared, line->name, which);
	put_policies(p, row, line);
	put_day(p, row, "first_seen", line->scope, line->scope != NULL ? line->scope->first_seen : 0);
	put_day(p, row, "last_seen", line->scope, line->scope != NULL ? line->scope->last_seen : 0);
	if (!p->html)
		return;
	sheet_link(p, row, "label", domain_href(p, line->name));
	sheet_link(p, row, "messages", page_link(p, "/records", which, line->name));
	sheet_link(p, row, "untrusted", page_link_class(p, "/records", which, line->name, TRUST_UNTRUSTED));
	sheet_link(p, row, "untrusted_share", page_link_class(p, "/records", which, line->name, TRUST_UNTRUSTED));
}

static int most_messages_first(const void *a, const void *b)
{
	const struct line *x = a, *y = b;
	int64_t n = x->scope != NULL ? counts_total(&x->scope->own) : 0, m = y->scope != NULL ? counts_total(&y->scope->own) : 0;

	return n != m ? (n > m ? -1 : 1) : by_name(a, b);
}

/* In the tree a message is in the line of each domain above it, and the total is of all. */
static void put_lines(struct page *p, struct value *list, struct domains *d)
{
	d->shown = d->show == SHOW_TREE ? d->all : (struct counts){ 0 };
	if (d->show != SHOW_TREE && d->n > 0)
		qsort(d->line, d->n, sizeof *d->line, most_messages_first);
	for (size_t i = 0; i < d->n; i++)
		if (is_shown(d, &d->line[i])) {
			put_line(p, list, d, &d->line[i]);
			if (d->show != SHOW_TREE && d->line[i].scope != NULL)
				add_counts(&d->shown, &d->line[i].scope->own);
		}
}

/* --- page by page --- */

/* Behind the line whose key is the cursor; false where there is none. */
static bool skip(struct value *list, struct slice after)
{
	for (struct value *row = list->first; row != NULL; row = row->next)
		if (slice_eq(view_text(row, "key"), after)) {
			list->first = row->next;
			return true;
		}
	return false;
}

/* Cuts the list behind so many lines; the key of the last where there are more. */
static struct slice cut(struct value *list, int64_t limit)
{
	struct value *row = list->first;

	for (; row != NULL && --limit > 0;)
		row = row->next;
	if (row == NULL || row->next == NULL)
		return (struct slice){ 0 };
	row->next = NULL;
	list->last = row;
	return view_text(row, "key");
}

static struct slice more_link(struct page *p, const char *path, struct slice after)
{
	struct params params = p->params;

	if (after.ptr == NULL)
		return after;
	params = param_with(p->a, &params, PARAM_AFTER, after);
	return param_link(p->a, path, &params);
}

/* Exports hold all lines, unless they are told how many. */
static bool take_page(struct page *p, struct value *list, struct slice *next, struct param_errors *errors)
{
	struct slice after = param_one(&p->params, PARAM_AFTER);
	int64_t limit = param_number(&p->params, PARAM_LIMIT, p->html ? LINES_OF_PAGE : p->for_api ? LINES_OF_API : INT64_MAX);

	if (after.ptr != NULL && !skip(list, after)) {
		errors->item[0].parameter = SLICE("after");
		errors->item[0].detail = "Is no cursor of this list.";
		errors->n = 1;
		return false;
	}
	*next = cut(list, limit);
	return true;
}

/* --- the page --- */

static void put_words(struct page *p, struct view *out, const struct domains *d)
{
	struct value *h = page_headline(p, out), *lede = page_lede(p, out);

	page_say(p, h, arena_printf(p->a, "%s sent mail", page_plural(p->a, (int64_t)d->sent, "domain", "domains")));
	page_say(p, h, d->show == SHOW_TREE ? "" :
		       d->wrong > 0	    ? arena_printf(p->a, d->wrong == 1 ? ". %s has errors in its records" : ". %s have errors in their records",
						  format_count_text(p->a, (int64_t)d->wrong)) :
					      ", and no record of theirs has an error");
	page_say_number(p, lede, counts_total(&d->all), page_plural(p->a, counts_total(&d->all), "message", "messages"),
			page_link_to(p, "/records", &p->params));
	if (d->show != SHOW_TREE)
		page_say(p, lede, arena_printf(p->a, ". %s, the others inherit one; %s known and silent",
					       page_plural(p->a, (int64_t)d->own, "has a DMARC record of its own", "have a DMARC record of their own"),
					       page_plural(p->a, (int64_t)d->silent, "is", "are")));
	page_say(p, lede, d->show == SHOW_TREE ? ". Each line holds its domain and all below it." : ". Records are looked up in the background, once a day.");
}

static void put_tabs(struct page *p, struct value *page, const struct domains *d)
{
	static const struct {
		enum show show;
		const char *word, *label;
	} tabs[] = { { SHOW_ALL, NULL, "Each" },
		     { SHOW_TREE, "tree", "Tree" },
		     { SHOW_SILENT, "silent", "Known but silent" },
		     { SHOW_UNPUBLISHED, "unpublished", "Seen but not in DNS" } };

	for (size_t i = 0; i < sizeof tabs / sizeof *tabs; i++) {
		struct params params = param_kept(&p->params);

		if (tabs[i].word != NULL)
			params = param_with(p->a, &params, PARAM_SHOW, slice_of(tabs[i].word));
		page_tab(p, page, tabs[i].label, param_link(p->a, "/domains", &params), d->show == tabs[i].show);
	}
}

static int put_page(struct page *p, struct view *out, const struct domains *d, const struct value *list, struct slice more, struct err *err)
{
	struct value *card;

	if (page_begin(p, out, "Domains", 0, "cards", err) != 0)
		return -1;
	if (out->empty)
		return 0;
	put_tabs(p, out->page, d);
	card = card_add(p, out->page, "h-dom", "Which domains", CARD_WHOLE);
	if (more.ptr != NULL)
		card_more(p, card, "Further domains", more);
	card_table(p, card, sheet_of(d), list, d->show == SHOW_SILENT ? "Every known domain sent mail in this period." : "No domain.");
	return 0;
}

int page_domains(struct page *p, struct view *out, struct param_errors *errors, struct err *err)
{
	struct value *list = view_put_list(p->a, view_object(p->a), "domains");
	struct domains d = { .show = show_of(p) };
	struct slice next = { 0 };

	if (page_has_data(p) && page_ask(p, ask, &d, err) != 0)
		return -1;
	put_lines(p, list, &d);
	if (!sheet_sort(p, &sheet, list, errors) || !take_page(p, list, &next, errors))
		return 0;
	out->envelope = page_envelope(p, &d.shown);
	compare_envelope(p, out->envelope, &d.compared.now_all, &d.compared.then_all);
	out->next = more_link(p, p->api, next);
	out->empty = d.n == 0;
	sheet_is_table(p, out, sheet_of(&d), list);
	put_words(p, out, &d);
	return p->html ? put_page(p, out, &d, list, more_link(p, "/domains", next), err) : 0;
}
