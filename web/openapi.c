/* openapi: see openapi.h. */
#include "web/openapi.h"

#include "base/text.h"
#include "web/act.h"
#include "web/json.h"
#include "web/param.h"
#include "web/route.h"

#include <string.h>

static void key_words(struct json *j, const char *key, const char *text)
{
	json_key_text(j, key, slice_of(text));
}

static void key_object(struct json *j, const char *key)
{
	json_key(j, key);
	json_begin_object(j);
}

static void key_list(struct json *j, const char *key)
{
	json_key(j, key);
	json_begin_list(j);
}

static void refer(struct json *j, const char *to)
{
	json_begin_object(j);
	key_words(j, "$ref", to);
	json_end(j);
}

static void key_refer(struct json *j, const char *key, const char *to)
{
	json_key(j, key);
	refer(j, to);
}

/* --- parameters --- */

static void print_words(struct json *j, enum param which)
{
	struct slice word;

	key_list(j, "enum");
	for (int i = 0; (word = param_word(which, i)).ptr != NULL; i++)
		if (which != PARAM_FORMAT || (!slice_is(word, "html") && !slice_is(word, "text")))
			json_text(j, word);
	json_end(j);
}

static void print_value(struct json *j, enum param which)
{
	int64_t least, most;

	json_begin_object(j);
	if (param_range(which, &least, &most)) {
		key_words(j, "type", "integer");
		json_key_int(j, "minimum", least);
		json_key_int(j, "maximum", most);
	} else {
		key_words(j, "type", "string");
		if (which == PARAM_FROM || which == PARAM_TO)
			key_words(j, "format", "date");
		if (param_word(which, 0).ptr != NULL)
			print_words(j, which);
	}
	json_end(j);
}

static void print_schema(struct json *j, enum param which)
{
	json_key(j, "schema");
	if (param_is_single(which)) {
		print_value(j, which);
		return;
	}
	json_begin_object(j);
	key_words(j, "type", "array");
	json_key(j, "items");
	print_value(j, which);
	json_end(j);
}

/* Two have one name. */
static const char *key_of(enum param which)
{
	return which == PARAM_BY_FEW ? "by_few" : param_name(which);
}

static void print_parameter(struct json *j, enum param which)
{
	key_object(j, key_of(which));
	key_words(j, "name", param_name(which));
	key_words(j, "in", "query");
	json_key_text(j, "description", slice_of(param_label(which)));
	json_key_bool(j, "required", false);
	if (!param_is_single(which)) {
		key_words(j, "style", "form");
		json_key_bool(j, "explode", false);
	}
	print_schema(j, which);
	json_end(j);
}

static void print_parameters(struct json *j)
{
	key_object(j, "parameters");
	for (int i = 0; i < PARAMS; i++)
		print_parameter(j, (enum param)i);
	json_end(j);
}

/* --- schemas and answers --- */

static void print_type(struct json *j, const char *key, const char *type)
{
	key_object(j, key);
	key_words(j, "type", type);
	json_end(j);
}

static void print_nullable(struct json *j, const char *key, const char *type)
{
	key_object(j, key);
	key_list(j, "type");
	json_text(j, slice_of(type));
	json_text(j, SLICE("null"));
	json_end(j);
	json_end(j);
}

static void print_required(struct json *j, const char *const *names, size_t n)
{
	key_list(j, "required");
	for (size_t i = 0; i < n; i++)
		json_text(j, slice_of(names[i]));
	json_end(j);
}

static void print_total(struct json *j)
{
	static const char *const names[] = { "messages", "fully_trusted", "partially_trusted", "untrusted", "quarantined", "rejected", "rows" };

	key_object(j, "total");
	key_words(j, "type", "object");
	key_words(j, "description", "Messages by class; counts of another kind on pages that are not about messages.");
	key_object(j, "properties");
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		print_type(j, names[i], "integer");
	json_end(j);
	json_end(j);
}

static void print_envelope(struct json *j)
{
	static const char *const required[] = { "query", "generated_at", "generation", "demo", "data", "next" };

	key_object(j, "Envelope");
	key_words(j, "type", "object");
	print_required(j, required, sizeof required / sizeof *required);
	key_object(j, "properties");
	print_type(j, "query", "object");
	key_object(j, "generated_at");
	key_words(j, "type", "string");
	key_words(j, "format", "date-time");
	json_end(j);
	print_nullable(j, "generation", "integer");
	print_type(j, "demo", "boolean");
	print_total(j);
	key_object(j, "data");
	key_list(j, "type");
	json_text(j, SLICE("array"));
	json_text(j, SLICE("object"));
	json_end(j);
	json_end(j);
	print_nullable(j, "next", "string");
	json_end(j);
	json_end(j);
}

static void print_problem(struct json *j)
{
	static const char *const required[] = { "type", "title", "status", "detail", "instance", "errors" };
	static const char *const inner[] = { "parameter", "detail" };

	key_object(j, "Problem");
	key_words(j, "type", "object");
	key_words(j, "description", "RFC 9457; `type` is the address of a page that explains it.");
	print_required(j, required, sizeof required / sizeof *required);
	key_object(j, "properties");
	print_type(j, "type", "string");
	print_type(j, "title", "string");
	print_type(j, "status", "integer");
	print_type(j, "detail", "string");
	print_type(j, "instance", "string");
	key_object(j, "errors");
	key_words(j, "type", "array");
	key_object(j, "items");
	key_words(j, "type", "object");
	print_required(j, inner, 2);
	json_end(j);
	json_end(j);
	json_end(j);
	json_end(j);
}

static void print_content(struct json *j, const char *type, const char *schema)
{
	key_object(j, type);
	key_refer(j, "schema", schema);
	json_end(j);
}

static void print_text(struct json *j, const char *type)
{
	key_object(j, type);
	key_object(j, "schema");
	key_words(j, "type", "string");
	json_end(j);
	json_end(j);
}

static void print_responses(struct json *j)
{
	key_object(j, "responses");
	key_object(j, "View");
	key_words(j, "description", "The view, as `format` asks: the envelope, or the rows of its lists as CSV or JSON lines.");
	key_object(j, "content");
	print_content(j, "application/json", "#/components/schemas/Envelope");
	print_text(j, "text/csv");
	print_text(j, "application/x-ndjson");
	json_end(j);
	json_end(j);
	key_object(j, "Problem");
	key_words(j, "description", "What went wrong.");
	key_object(j, "content");
	print_content(j, "application/problem+json", "#/components/schemas/Problem");
	json_end(j);
	json_end(j);
	json_end(j);
}

static void print_components(struct json *j)
{
	key_object(j, "components");
	print_parameters(j);
	key_object(j, "schemas");
	print_envelope(j);
	print_problem(j);
	json_end(j);
	print_responses(j);
	key_object(j, "securitySchemes");
	key_object(j, "token");
	key_words(j, "type", "http");
	key_words(j, "scheme", "bearer");
	json_end(j);
	json_end(j);
	json_end(j);
}

/* --- paths --- */

/* "{id}" for what stands for an id in a table of paths. */
static void key_path(struct json *j, const char *path)
{
	size_t before = strcspn(path, "*#");
	struct arena a = { 0 };

	key_object(j, path[before] == '\0' ? path : arena_printf(&a, "%.*s{id}%s", (int)before, path, path + before + 1));
	arena_release(&a);
}

static void print_id(struct json *j, const char *path)
{
	if (path[strcspn(path, "*#")] == '\0')
		return;
	json_begin_object(j);
	key_words(j, "name", "id");
	key_words(j, "in", "path");
	json_key_bool(j, "required", true);
	key_object(j, "schema");
	key_words(j, "type", strchr(path, '#') != NULL ? "integer" : "string");
	json_end(j);
	json_end(j);
}

static void print_problems(struct json *j)
{
	static const char *const statuses[] = { "400", "401", "404", "503" };

	for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
		key_refer(j, statuses[i], "#/components/responses/Problem");
}

static void print_route(struct json *j, const struct route_info *r)
{
	struct arena a = { 0 };

	key_object(j, "get");
	key_words(j, "operationId", arena_printf(&a, "get_%s", r->name));
	key_words(j, "summary", arena_printf(&a, "The data of the page %s", r->page));
	key_list(j, "parameters");
	print_id(j, r->path);
	for (int i = 0; i < PARAMS; i++)
		if (param_is_of((enum param)i, r->kind))
			refer(j, arena_printf(&a, "#/components/parameters/%s", key_of((enum param)i)));
	json_end(j);
	key_object(j, "responses");
	key_refer(j, "200", "#/components/responses/View");
	key_object(j, "304");
	key_words(j, "description", "It did not change: If-None-Match names what it would be.");
	json_end(j);
	print_problems(j);
	json_end(j);
	json_end(j);
	arena_release(&a);
}

static const char *verb_of(int method)
{
	return method & METHOD_POST ? "post" : method & METHOD_PUT ? "put" : method & METHOD_PATCH ? "patch" : method & METHOD_DELETE ? "delete" : "get";
}

/* "post_ingest_retry": the words of the path behind the version. */
static const char *operation_of(struct arena *a, const struct act_info *act)
{
	char *name = arena_printf(a, "%s_%s", verb_of(act->methods), act->path + strlen("/api/v1/"));
	size_t n = 0;

	for (size_t i = 0; name[i] != '\0'; i++)
		if (name[i] >= 'a' && name[i] <= 'z')
			name[n++] = name[i];
		else if (n > 0 && name[n - 1] != '_')
			name[n++] = '_';
	name[n] = '\0';
	return name;
}

/* Each is text: a day as "2026-09-15". */
static void print_fields(struct json *j, const char *names)
{
	struct arena a = { 0 };

	key_object(j, "application/json");
	key_object(j, "schema");
	key_words(j, "type", "object");
	key_object(j, "properties");
	for (const char *at = names; *at != '\0';) {
		size_t n = strcspn(at, " ");

		print_type(j, arena_copy(&a, at, n), "string");
		at += n + (at[n] == ' ');
	}
	for (int i = 0; i < 3; i++)
		json_end(j);
	arena_release(&a);
}

static void print_body(struct json *j, const struct act_info *act)
{
	if (act->body_most == 0 || (act->fields != NULL && act->fields[0] == '\0'))
		return;
	key_object(j, "requestBody");
	key_object(j, "content");
	if (act->fields != NULL) {
		print_fields(j, act->fields);
	} else {
		key_object(j, "application/octet-stream");
		json_end(j);
	}
	json_end(j);
	json_end(j);
}

static void print_act(struct json *j, const struct act_info *act)
{
	static const char *const statuses[] = { "403", "409", "412", "422" };
	struct arena a = { 0 };

	key_object(j, verb_of(act->methods));
	key_words(j, "operationId", operation_of(&a, act));
	key_list(j, "parameters");
	print_id(j, act->path);
	json_end(j);
	print_body(j, act);
	key_object(j, "responses");
	key_object(j, "2XX");
	key_words(j, "description", "Done, or taken on.");
	json_end(j);
	print_problems(j);
	for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
		key_refer(j, statuses[i], "#/components/responses/Problem");
	json_end(j);
	json_end(j);
	arena_release(&a);
}

/* "*" and "#" stand for an id alike. */
static bool is_same_path(const char *a, const char *b)
{
	size_t n = strcspn(a, "*#");

	return n == strcspn(b, "*#") && strncmp(a, b, n) == 0 && (a[n] == '\0') == (b[n] == '\0') && (a[n] == '\0' || strcmp(a + n + 1, b + n + 1) == 0);
}

/* What can be done at that path, from the i-th act on. */
static void print_acts(struct json *j, const char *path, int i)
{
	struct act_info act;

	for (; act_at(i, &act); i++)
		if (is_same_path(act.path, path))
			print_act(j, &act);
}

static bool is_told_before(const char *path, int i)
{
	struct route_info route;
	struct act_info act;

	for (int k = 0; route_at(k, &route); k++)
		if (is_same_path(route.path, path))
			return true;
	for (int k = 0; k < i && act_at(k, &act); k++)
		if (is_same_path(act.path, path))
			return true;
	return false;
}

static void print_paths(struct json *j)
{
	struct route_info route;
	struct act_info act;

	for (int i = 0; route_at(i, &route); i++) {
		if (!route.api)
			continue;
		key_path(j, route.path);
		print_route(j, &route);
		print_acts(j, route.path, 0);
		json_end(j);
	}
	for (int i = 0; act_at(i, &act); i++) {
		if (!route_is_api(slice_of(act.path)) || is_told_before(act.path, i))
			continue;
		key_path(j, act.path);
		print_acts(j, act.path, i);
		json_end(j);
	}
}

void openapi_print(struct buf *out, const char *version)
{
	struct json j;

	json_init(&j, out);
	json_begin_object(&j);
	key_words(&j, "openapi", "3.1.0");
	key_object(&j, "info");
	key_words(&j, "title", "ruad");
	key_words(&j, "version", version != NULL ? version : "");
	key_words(&j, "description", "What the pages show, as data: the same addresses, parameters and numbers. `name!=value` excludes; commas mean "
				     "or, different parameters mean and. Days are whole UTC days, counts are messages.");
	json_end(&j);
	key_object(&j, "paths");
	print_paths(&j);
	json_end(&j);
	print_components(&j);
	json_end(&j);
	json_line(&j);
}
