/* template: fills the .html files of web/templates with a view. The only HTML escape lives here, and there is no way
 * around it: a template can name a value, and the value comes out escaped for text and quoted attributes alike.
 * Own, because Debian has no mustache library for C, and ctemplate and its like leave escaping to the author.
 *
 *	{{name}}            the value, escaped; long text cut; counts as 1,443, shares as 17.6%
 *	{{a.b}} {{.}}       a member of a member; the item itself
 *	{{#name}}..{{/name}} once per item of a list; once for an object or anything that is true
 *	{{^name}}..{{/name}} once where `name` is absent, null, empty, false or 0
 *	{{>part}}           another template in its place
 *
 * Names are looked for in the innermost section first. A tag alone on its line takes the line with it.
 * Direction marks and control characters come out as visible [U+202E]; bytes that are not UTF-8 as U+FFFD.
 * Neighbours: view.h, format.h. */
#ifndef WEB_TEMPLATE_H
#define WEB_TEMPLATE_H
#include "web/view.h"

#include "base/buf.h"

struct template_tag;

struct template
{
	const char *name;
	struct slice text;
	struct template_tag *tag; /* in their order */
	size_t n;
	bool broken;
};
/* Finds the tags of a text, which outlives it as the name does. One that is broken is told when it is rendered. */
void template_init(struct template *t, const char *name, struct slice text);
void template_release(struct template *t);

struct templates {
	const struct template *item;
	size_t n;
};

/* Appends the template `name` filled with the `n` roots, the last of which is looked in first. 0, or -1 where a
 * template is broken: an unknown part, a section not closed, nesting too deep. Those are bugs in files of ours; a test
 * renders each. */
int template_render(struct buf *out, const struct templates *set, const char *name, const struct value *const *root,
		    size_t n);
#endif
