/* view: see view.h. */
#include "web/view.h"

#include "base/text.h"

#include <assert.h>

static struct value *make(struct arena *a, enum value_kind kind)
{
	struct value *v = arena_alloc(a, sizeof *v);

	v->kind = kind;
	return v;
}

static struct value *append(struct value *parent, struct value *v, const char *key)
{
	v->key = key;
	if (parent->last != NULL)
		parent->last->next = v;
	else
		parent->first = v;
	parent->last = v;
	return v;
}

static struct value *put(struct arena *a, struct value *object, const char *key, enum value_kind kind)
{
	assert(object->kind == VALUE_OBJECT);
	return append(object, make(a, kind), key);
}

struct value *view_object(struct arena *a)
{
	return make(a, VALUE_OBJECT);
}

void view_put_text(struct arena *a, struct value *object, const char *key, struct slice text)
{
	put(a, object, key, text.ptr != NULL ? VALUE_TEXT : VALUE_NULL)->text = text;
}

void view_put_link(struct arena *a, struct value *object, const char *key, struct slice text)
{
	put(a, object, key, text.ptr != NULL ? VALUE_LINK : VALUE_NULL)->text = text;
}

void view_put_int(struct arena *a, struct value *object, const char *key, int64_t n)
{
	put(a, object, key, VALUE_INT)->n = n;
}

void view_put_known(struct arena *a, struct value *object, const char *key, int64_t n)
{
	if (n >= 0)
		view_put_int(a, object, key, n);
	else
		view_put_text(a, object, key, (struct slice){ 0 });
}

void view_put_share(struct arena *a, struct value *object, const char *key, int64_t part, int64_t whole)
{
	struct value *v = put(a, object, key, VALUE_SHARE);

	v->n = part;
	v->of = whole;
}

void view_put_bool(struct arena *a, struct value *object, const char *key, bool b)
{
	put(a, object, key, VALUE_BOOL)->n = b;
}

void view_put_day(struct arena *a, struct value *object, const char *key, int64_t day)
{
	char text[TEXT_DAY_BYTES];

	view_put_text(a, object, key, slice_of(arena_printf(a, "%s", text_day(text, day))));
}

struct value *view_put_object(struct arena *a, struct value *object, const char *key)
{
	return put(a, object, key, VALUE_OBJECT);
}

struct value *view_put_list(struct arena *a, struct value *object, const char *key)
{
	return put(a, object, key, VALUE_LIST);
}

struct value *view_add_object(struct arena *a, struct value *list)
{
	assert(list->kind == VALUE_LIST);
	return append(list, make(a, VALUE_OBJECT), NULL);
}

void view_add_text(struct arena *a, struct value *list, struct slice text)
{
	assert(list->kind == VALUE_LIST);
	append(list, make(a, text.ptr != NULL ? VALUE_TEXT : VALUE_NULL), NULL)->text = text;
}

void view_add(struct value *list, struct value *item)
{
	assert(list->kind == VALUE_LIST && item->next == NULL);
	append(list, item, NULL);
}

struct value *view_hints(struct arena *a, struct value *object)
{
	assert(object->kind == VALUE_OBJECT);
	if (object->hints == NULL)
		object->hints = make(a, VALUE_OBJECT);
	return object->hints;
}

const struct value *view_get(const struct value *object, const char *key, size_t key_len)
{
	if (object == NULL || object->kind != VALUE_OBJECT)
		return NULL;
	for (const struct value *v = object->first; v != NULL; v = v->next)
		if (v->key[0] == key[0] && strncmp(v->key, key, key_len) == 0 && v->key[key_len] == '\0')
			return v;
	return view_get(object->hints, key, key_len);
}

const struct value *view_at(const struct value *object, const char *path)
{
	for (;;) {
		size_t n = strcspn(path, ".");

		object = view_get(object, path, n);
		if (object == NULL || path[n] == '\0')
			return object;
		path += n + 1;
	}
}

int64_t view_int(const struct value *object, const char *path)
{
	const struct value *v = view_at(object, path);

	return v != NULL ? v->n : 0;
}

struct slice view_text(const struct value *object, const char *path)
{
	const struct value *v = view_at(object, path);

	return v != NULL ? v->text : (struct slice){ 0 };
}

const struct value *column_value(const struct value *row, const struct column *c)
{
	return view_at(row, c->at != NULL ? c->at : c->name);
}
