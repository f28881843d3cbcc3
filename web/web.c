/* web: the query verbs of web.h: one view on a terminal, or as data. Neighbours: route.c fills the view, text.c and
 * print.c print it; http.c has the server half of the door. */
#include "web/web.h"

#include "schema/limits.h"
#include "web/route.h"
#include "web/text.h"

#include <stdio.h>
#include <string.h>

enum { PORTION_BYTES = 64 * 1024 };

static int say_errors(const struct param_errors *errors, struct err *err)
{
	const struct slice name = errors->item[0].parameter;

	return err_set(err, ERR_USE, "--%.*s: %s", (int)(name.len < 80 ? name.len : 80), name.ptr,
		       errors->item[0].detail);
}

static enum web_status read_params(struct arena *a, const char *path, const struct web_param *params, size_t n,
				   struct params *out, struct err *err)
{
	struct param_errors errors = { 0 };
	unsigned kind = route_page_kind(path);

	if (kind == 0) {
		err_set(err, ERR_USE, "%s: is no page", path);
		return WEB_BAD_PARAM;
	}
	for (size_t i = 0; i < n; i++)
		param_add(a, kind, params[i].name, params[i].value, params[i].exclude, out, &errors);
	if (errors.n == 0 && slice_is(param_one(out, PARAM_FORMAT), "html")) {
		errors.item[0].parameter = SLICE("format");
		errors.item[0].detail = "Takes text, json, csv or ndjson.";
		errors.n = 1;
	}
	if (errors.n == 0)
		return WEB_FOUND;
	say_errors(&errors, err);
	return WEB_BAD_PARAM;
}

static int print_text(struct job *job, bool colour, int (*write)(void *, const char *, size_t), void *ctx,
		      struct err *err)
{
	struct buf out;
	int r = 0;

	buf_init(&out, LIMIT_RESPONSE_BYTES);
	if (job->page.kind == PAGE_OVERVIEW)
		text_overview(&out, &job->page, &job->view, colour);
	else if (job->view.data != NULL)
		text_sheets(&out, &job->page, &job->view);
	else
		r = text_table(&out, &job->page, &job->view, err);
	if (r == 0 && write(ctx, buf_slice(&out).ptr, out.len) != 0)
		r = err_set(err, ERR_SYSTEM, "standard output: cannot be written");
	buf_release(&out);
	return r;
}

static int print_data(struct job *job, struct slice format, int (*write)(void *, const char *, size_t), void *ctx,
		      struct err *err)
{
	struct buf out;
	int r;

	buf_init(&out, LIMIT_RESPONSE_BYTES);
	print_init(&job->print,
		   slice_is(format, "json")  ? PRINT_JSON
		   : slice_is(format, "csv") ? PRINT_CSV
					     : PRINT_NDJSON,
		   &job->view);
	do {
		buf_clear(&out);
		r = print_more(&job->print, &out, PORTION_BYTES, err);
		if (r >= 0 && write(ctx, buf_slice(&out).ptr, out.len) != 0)
			r = err_set(err, ERR_SYSTEM, "standard output: cannot be written");
	} while (r == 1);
	buf_release(&out);
	return r;
}

static enum web_status print_page(const struct site *site, struct arena *a, const char *path, struct job *job,
				  bool colour, int (*write)(void *, const char *, size_t), void *ctx, struct err *err)
{
	struct slice format = param_one(&job->page.params, PARAM_FORMAT);
	struct param_errors errors = { 0 };
	bool text = format.ptr == NULL || slice_is(format, "text");
	int r;

	if (text)
		job->page.params = param_with(a, &job->page.params, PARAM_FORMAT, SLICE("text"));
	job->page.for_api = !text;
	if (job_fill(site, a, path, job, &errors, err) != 0 && errors.n == 0)
		return err->kind == ERR_USE ? WEB_BAD_PARAM : WEB_FAILED;
	if (errors.n > 0) {
		say_errors(&errors, err);
		return WEB_BAD_PARAM;
	}
	r = text ? print_text(job, colour, write, ctx, err) : print_data(job, format, write, ctx, err);
	if (r != 0)
		return err->kind == ERR_USE ? WEB_BAD_PARAM : WEB_FAILED;
	return job->view.empty ? WEB_EMPTY : job->view.not_ready ? WEB_NOT_READY : WEB_FOUND;
}

enum web_status web_print(const struct web_config *config, const char *path, const struct web_param *params, size_t n,
			  bool colour, int (*write)(void *ctx, const char *bytes, size_t len), void *ctx,
			  struct err *err)
{
	struct arena a = { 0 };
	struct job job = { 0 };
	enum web_status status = read_params(&a, path, params, n, &job.page.params, err);
	struct site site;

	if (status == WEB_FOUND) {
		site_init(&site, config);
		status = print_page(&site, &a, path, &job, colour, write, ctx, err);
		job_release(&job);
		site_release(&site);
	}
	arena_release(&a);
	return status;
}
