/* page: see page.h. */
#include "web/page.h"

#include "base/text.h"
#include "web/format.h"
#include "web/route.h"

#include <inttypes.h>

enum {
	WORDS_CHARS = 40,     /* of one filter's value within a sentence */
	SENTENCE_CHARS = 600, /* of one that is said */
};

bool page_has_data(const struct page *p)
{
	return p->state.first_day <= p->state.last_day;
}

bool page_is_scoped(const struct page *p)
{
	return p->visitor != NULL && p->visitor->scope.n > 0;
}

bool page_may_write(const struct page *p)
{
	return p->visitor != NULL && p->visitor->role >= ACCESS_TEAM && p->visitor->writes;
}

bool page_exports(const struct page *p)
{
	struct slice format = param_one(&p->params, PARAM_FORMAT);

	return slice_is(format, "csv") || slice_is(format, "ndjson");
}

int page_ask(struct page *p, page_asks *ask, void *ctx, struct err *err)
{
	struct reader *reader;
	int r;

	if (readers_take(p->readers, &reader, err) != 0)
		return -1;
	r = ask(p, reader, ctx, err);
	readers_give(p->readers, reader, r >= 0);
	return r;
}

/* --- the envelope --- */

static void put_query(struct page *p, struct value *query)
{
	if (page_has_data(p)) {
		view_put_day(p->a, query, "from", p->filter.first_day);
		view_put_day(p->a, query, "to", p->filter.last_day);
	}
	if (p->params.value[PARAM_COMPARE].n > 0)
		view_put_text(p->a, query, "compare", param_one(&p->params, PARAM_COMPARE));
	for (int i = PARAM_CLASS; i < PARAM_BY; i++) {
		const struct names *names = &p->params.value[i];
		const char *key = param_name((enum param)i);
		struct value *list;

		if (names->n == 0)
			continue;
		list = view_put_list(p->a, query, names->exclude ? arena_printf(p->a, "%s!", key) : key);
		for (size_t k = 0; k < names->n; k++)
			view_add_text(p->a, list, names->item[k]);
	}
	for (int i = PARAM_BY; i <= PARAM_BY_FEW; i++)
		if (p->params.value[i].n > 0)
			view_put_text(p->a, query, "by", param_one(&p->params, (enum param)i));
}

void page_put_counts(struct arena *a, struct value *object, const struct counts *c)
{
	view_put_int(a, object, "messages", counts_total(c));
	for (int t = 0; t < TRUST_CLASSES; t++)
		view_put_int(a, object, trust_json((enum trust)t), counts_class(c, (enum trust)t));
}

void page_put_time(struct arena *a, struct value *object, const char *key, int64_t seconds)
{
	view_put_text(a, object, key, slice_of(seconds != REPORT_NO_TIME ? format_rfc3339(a, seconds) : NULL));
}

void page_put_aligned(struct arena *a, struct value *object, const struct counts *c)
{
	view_put_share(a, object, "spf_aligned", c->split[SPLIT_FULL] + c->split[SPLIT_SPF_ONLY], counts_total(c));
	view_put_share(a, object, "dkim_aligned", c->split[SPLIT_FULL] + c->split[SPLIT_DKIM_ONLY], counts_total(c));
}

struct value *page_envelope(struct page *p, const struct counts *total)
{
	struct value *envelope = view_object(p->a), *object;

	put_query(p, view_put_object(p->a, envelope, "query"));
	view_put_text(p->a, envelope, "generated_at", slice_of(format_rfc3339(p->a, p->now)));
	if (page_is_scoped(p)) /* it grows with what others report */
		view_put_text(p->a, envelope, "generation", (struct slice){ 0 });
	else
		view_put_int(p->a, envelope, "generation", p->state.generation);
	view_put_bool(p->a, envelope, "demo", p->state.demo);
	if (total == NULL)
		return envelope;
	object = view_put_object(p->a, envelope, "total");
	page_put_counts(p->a, object, total);
	view_put_int(p->a, object, "rows", total->rows);
	return envelope;
}

/* --- links --- */

struct slice page_link_to(struct page *p, const char *path, const struct params *params)
{
	struct params kept = param_kept(params);

	kept = param_fit(&kept, route_page_kind(path));
	return param_link(p->a, path, &kept);
}

struct slice page_link(struct page *p, const char *path, enum param which, struct slice value)
{
	struct params params = p->params;

	if (value.len == 0 || !param_narrow(p->a, &params, which, &value, 1))
		return (struct slice){ 0 };
	return page_link_to(p, path, &params);
}

struct slice page_link_class(struct page *p, const char *path, enum param which, struct slice value, enum trust t)
{
	struct params params = p->params;

	if (value.len == 0 || !param_narrow(p->a, &params, which, &value, 1) || !param_narrow_class(p->a, &params, t))
		return (struct slice){ 0 };
	return page_link_to(p, path, &params);
}

void page_number(struct page *p, struct value *hints, const char *key, int64_t n, const char *says, struct slice href,
		 const char *title)
{
	struct value *v = view_put_object(p->a, hints, key);

	view_put_link(p->a, v, "says", slice_of(says != NULL ? says : format_count_text(p->a, n)));
	view_put_link(p->a, v, "href", n != 0 ? href : (struct slice){ 0 });
	view_put_link(p->a, v, "n", slice_of(arena_printf(p->a, "%" PRId64, n)));
	view_put_link(p->a, v, "title", slice_of(title));
}

bool page_narrow(struct page *p, enum param which, struct slice value)
{
	struct param_errors errors = { 0 };

	return param_narrow(p->a, &p->params, which, &value, 1) &&
	       param_filter(p->a, &p->params, &p->state, &p->filter, &errors) == 0;
}

/* --- bars --- */

char *page_percent(struct arena *a, int64_t part, int64_t whole)
{
	return arena_printf(a, "%.3f%%", whole != 0 ? 100.0 * (double)part / (double)whole : 0.0);
}

const char *page_counts_words(struct arena *a, const struct counts *c)
{
	const char *words = "";

	for (int t = 0; t < TRUST_CLASSES; t++)
		if (counts_class(c, (enum trust)t) > 0 || t <= TRUST_UNTRUSTED)
			words = arena_printf(a, "%s%s%s %s", words, t > 0 ? ", " : "",
					     format_count_text(a, counts_class(c, (enum trust)t)),
					     text_lower(a, slice_of(trust_label((enum trust)t))).ptr);
	return words;
}

void page_bar(struct page *p, struct value *hints, const struct counts *c, int64_t longest)
{
	struct value *bar = view_put_list(p->a, hints, "bar"), *segment;
	int64_t before = 0, total = counts_total(c);

	for (int t = 0; t < TRUST_CLASSES; t++) {
		int64_t n = counts_class(c, (enum trust)t);

		if (n == 0)
			continue;
		segment = view_add_object(p->a, bar);
		view_put_link(p->a, segment, "c", slice_of(trust_param((enum trust)t)));
		view_put_link(p->a, segment, "x", slice_of(page_percent(p->a, before, longest)));
		view_put_link(p->a, segment, "w", slice_of(page_percent(p->a, n, longest)));
		view_put_link(p->a, segment, "tip",
			      slice_of(arena_printf(p->a, "%s: %s of %s (%s)", trust_label((enum trust)t),
						    format_count_text(p->a, n), format_count_text(p->a, total),
						    format_share_text(p->a, n, total))));
		before += n;
	}
	view_put_link(p->a, hints, "bar_label", slice_of(page_counts_words(p->a, c)));
}

/* --- sentences --- */

/* Longer than a cell may be, for it is ours; but names from reports may be in it. */
void page_say(struct page *p, struct value *list, const char *text)
{
	size_t n = format_cut(slice_of(text), SENTENCE_CHARS);

	view_put_link(p->a, view_add_object(p->a, list), "plain", text[n] == '\0' ? slice_of(text) : slice_of(arena_printf(p->a, "%.*s…", (int)n, text)));
}

void page_say_slice(struct page *p, struct value *list, struct slice text)
{
	if (text.len > 0)
		view_put_link(p->a, view_add_object(p->a, list), "plain", text);
}

void page_say_link(struct page *p, struct value *list, struct slice text, struct slice href)
{
	struct value *piece = view_add_object(p->a, list);

	if (href.ptr == NULL) {
		view_put_text(p->a, piece, "plain", text);
		return;
	}
	view_put_text(p->a, piece, "linked", text);
	view_put_link(p->a, piece, "linked_href", href);
}

void page_say_strong(struct page *p, struct value *list, const char *text)
{
	view_put_text(p->a, view_add_object(p->a, list), "strong", slice_of(text));
}

void page_say_number(struct page *p, struct value *list, int64_t n, const char *says, struct slice href)
{
	page_number(p, view_add_object(p->a, list), "number", n, says, href, NULL);
}

char *page_plural(struct arena *a, int64_t n, const char *one, const char *many)
{
	return arena_printf(a, "%s %s", format_count_text(a, n), n == 1 ? one : many);
}

/* A label within a sentence: "class", but "DKIM domain". */
static const char *spoken_label(const struct page *p, enum param which)
{
	const char *label = param_label(which);
	char *spoken = arena_copy(p->a, label, strlen(label));

	if (spoken[0] != '\0' && (spoken[1] < 'A' || spoken[1] > 'Z'))
		spoken[0] = text_lower_char(spoken[0]);
	return spoken;
}

const char *page_filter_words(const struct page *p)
{
	const char *words = "";

	for (int i = 0; i < PARAMS; i++) {
		const struct names *names = &p->params.value[i];
		struct slice first = param_one(&p->params, (enum param)i);

		if (!param_is_filter((enum param)i) || names->n == 0 || !param_is_of((enum param)i, p->kind))
			continue;
		words = arena_printf(p->a, "%s%s%s %s%.*s%s", words, *words != '\0' ? ", " : "",
				     spoken_label(p, (enum param)i), names->exclude ? "not " : "",
				     (int)format_cut(first, WORDS_CHARS), first.ptr, names->n > 1 ? " …" : "");
	}
	return words;
}

const char *page_kind_label(enum source_kind k)
{
	static const char *const labels[KINDS] = {
		[KIND_OURS] = "Ours",           [KIND_SERVICE] = "Service", [KIND_LIST] = "List",
		[KIND_FORWARDER] = "Forwarder", [KIND_UNKNOWN] = "Unknown",
	};

	return labels[k < KINDS ? k : KIND_UNKNOWN];
}

enum trust page_trust_of(struct slice word)
{
	int t = 0;

	while (t < TRUST_CLASSES && !slice_is(word, trust_param((enum trust)t)))
		t++;
	return (enum trust)t;
}
