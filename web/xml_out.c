/* xml_out: see xml_out.h. */
#include "web/xml_out.h"

#include "base/text.h"

#include <assert.h>
#include <stdio.h>

static void indent(struct xml_out *x)
{
	for (int i = 0; i < x->depth; i++)
		buf_add_text(x->out, "  ");
}

void xml_out_init(struct xml_out *x, struct buf *out, const char *comment)
{
	*x = (struct xml_out){ .out = out };
	buf_add_text(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	if (comment != NULL)
		buf_addf(out, "<!-- %s -->\n", comment);
}

void xml_out_begin(struct xml_out *x, const char *name)
{
	assert(x->depth < XML_DEPTH);
	indent(x);
	buf_addf(x->out, "<%s>\n", name);
	x->open[x->depth++] = name;
}

void xml_out_end(struct xml_out *x)
{
	assert(x->depth > 0);
	x->depth--;
	indent(x);
	buf_addf(x->out, "</%s>\n", x->open[x->depth]);
}

/* Whether XML 1.0 may hold it (2.2): no controls but tab and line ends. */
static bool is_char(const char *p, size_t n)
{
	unsigned char c = (unsigned char)*p;

	if (n == 1)
		return c >= 0x20 || c == '\t' || c == '\n' || c == '\r';
	return !(n == 3 && c == 0xef && (unsigned char)p[1] == 0xbf && (unsigned char)p[2] >= 0xbe);
}

static void escape(struct buf *out, struct slice text)
{
	for (size_t i = 0, n; i < text.len; i += n > 0 ? n : 1) {
		n = text_utf8_length((struct slice){ text.ptr + i, text.len - i });
		if (n == 0 || !is_char(text.ptr + i, n))
			buf_add_text(out, "\xef\xbf\xbd");
		else if (text.ptr[i] == '&')
			buf_add_text(out, "&amp;");
		else if (text.ptr[i] == '<')
			buf_add_text(out, "&lt;");
		else if (text.ptr[i] == '>')
			buf_add_text(out, "&gt;");
		else if (text.ptr[i] == '\r')
			buf_add_text(out, "&#13;");
		else
			buf_add(out, text.ptr + i, n);
	}
}

void xml_out_text(struct xml_out *x, const char *name, struct slice text)
{
	if (text.ptr == NULL)
		return;
	indent(x);
	buf_addf(x->out, "<%s>", name);
	escape(x->out, text);
	buf_addf(x->out, "</%s>\n", name);
}

void xml_out_int(struct xml_out *x, const char *name, int64_t n)
{
	indent(x);
	buf_addf(x->out, "<%s>%lld</%s>\n", name, (long long)n, name);
}
