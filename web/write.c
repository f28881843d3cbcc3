/* write: see write.h. */
#include "web/write.h"

#include "base/text.h"
#include "schema/limits.h"

static struct value *list_of(struct value *form, const char *key)
{
	for (struct value *v = form->first; v != NULL; v = v->next)
		if (strcmp(v->key, key) == 0)
			return v;
	return NULL;
}

static struct value *add_field(struct page *p, struct value *form, const char *name, const char *label, bool wide)
{
	struct value *field = view_add_object(p->a, list_of(form, "w_fields"));

	view_put_link(p->a, field, "w_name", slice_of(name));
	view_put_link(p->a, field, "w_label", slice_of(label));
	view_put_bool(p->a, field, "w_wide", wide);
	return field;
}

void write_field(struct page *p, struct value *form, const struct write_field *f)
{
	struct value *field;

	if (form == NULL)
		return;
	field = add_field(p, form, f->name, f->label, f->kind == WRITE_LONG);
	view_put_bool(p->a, field, "w_line", f->kind == WRITE_LINE);
	view_put_bool(p->a, field, "w_long", f->kind == WRITE_LONG);
	view_put_bool(p->a, field, "w_day", f->kind == WRITE_DAY);
	view_put_bool(p->a, field, "w_required", f->required);
	view_put_link(p->a, field, "w_value", f->value.ptr != NULL ? f->value : SLICE(""));
	view_put_link(p->a, field, "w_most", slice_of(arena_printf(p->a, "%zu", f->most)));
}

void write_hidden(struct page *p, struct value *form, const char *name, struct slice value)
{
	struct value *field;

	if (form == NULL)
		return;
	field = view_add_object(p->a, list_of(form, "w_hidden"));
	view_put_link(p->a, field, "name", slice_of(name));
	view_put_link(p->a, field, "value", value);
}

void write_choice(struct page *p, struct value *form, const char *name, const char *label, const char *const *words, const char *const *texts, size_t n,
		  const char *now)
{
	struct value *field, *options, *option;

	if (form == NULL)
		return;
	field = add_field(p, form, name, label, false);
	view_put_bool(p->a, field, "w_choice", true);
	options = view_put_list(p->a, field, "w_options");
	for (size_t i = 0; i < n; i++) {
		option = view_add_object(p->a, options);
		view_put_link(p->a, option, "value", slice_of(words[i]));
		view_put_text(p->a, option, "text", slice_of(texts != NULL ? texts[i] : words[i]));
		view_put_bool(p->a, option, "selected", strcmp(words[i], now) == 0);
	}
}

struct slice write_day_text(struct page *p, int64_t day)
{
	char text[TEXT_DAY_BYTES];

	return day != 0 ? slice_of(arena_printf(p->a, "%s", text_day(text, day))) : SLICE("");
}

struct slice write_name(const struct page *p)
{
	return p->visitor != NULL && p->visitor->name.ptr != NULL ? p->visitor->name : SLICE("");
}

void write_confirm(struct page *p, struct value *card, const struct write_confirm *ask)
{
	struct value *form;

	page_say(p, card_says(p, card), ask->text);
	form = card_write(p, card, NULL, SLICE("/rollout/confirmations"), "I confirm this");
	write_hidden(p, form, "domain", ask->domain);
	write_hidden(p, form, "step", slice_of(step_name(ask->step)));
	write_hidden(p, form, "check", slice_of(ask->check));
	write_hidden(p, form, "text", slice_of(ask->text));
	write_hidden(p, form, "days", slice_of(arena_printf(p->a, "%d", ask->days)));
	write_hidden(p, form, "back", ask->back);
	write_field(p, form, &(struct write_field){ .name = "name", .label = "Your name, kept beside it", .value = write_name(p),
						    .most = LIMIT_GRANT_NAME_BYTES, .required = true });
}
