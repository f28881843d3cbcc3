/* incoming: see incoming.h. */
#include "web/incoming.h"

#include "base/text.h"
#include "web/reports.h"
#include "web/route.h"

enum { KEY_LETTERS = 32 };
enum fate { FATE_READ, FATE_DUPLICATE, FATE_TLS, FATE_PARTLY, FATE_REFUSED, FATE_LATER, FATE_ASIDE, FATES };

static const char *const names[FATES] = { "read", "duplicate", "tls_report", "partly_read", "not_read", "read_later", "set_aside" };
static const char *const words[FATES] = {
	"Read", "Duplicate: was here before", "TLS or failure report, kept apart", "Partly read", "Not read", "Read when tried again", "Set aside",
};

static enum fate fate_of(const struct incoming *m)
{
	bool gave = m->reports > 0 || m->fresh + m->known > 0;

	if (m->rejects > 0)
		return gave ? FATE_PARTLY : FATE_REFUSED;
	if (m->outcome != MAIL_READ)
		return m->reports > 0 ? FATE_LATER : FATE_ASIDE;
	if (m->fresh == 0 && m->known > 0 && m->reports == 0)
		return FATE_DUPLICATE;
	return m->others > 0 && !gave ? FATE_TLS : FATE_READ;
}

/* Of a file in a folder, without the size and time that tell it from later ones of its name. */
static struct slice without_stamp(struct slice place)
{
	struct slice name = place;
	const char *slash;

	for (int i = 0; i < 2; i++) {
		if ((slash = memrchr(name.ptr, '/', name.len)) == NULL || slash == name.ptr)
			return place;
		for (const char *p = slash + 1; p < name.ptr + name.len; p++)
			if ((*p < '0' || *p > '9') && *p != '.')
				return place;
		name.len = (size_t)(slash - name.ptr);
	}
	return name;
}

struct slice incoming_name(const struct incoming *m)
{
	size_t n = 0;

	if (m->subject.len > 0)
		return m->subject;
	if (m->mailbox.len > 7 && memcmp(m->mailbox.ptr, "folder:", 7) == 0)
		return without_stamp(m->place);
	while (n < m->place.len && n < KEY_LETTERS && strchr("0123456789abcdef", m->place.ptr[n]) != NULL && m->place.ptr[n] != '\0')
		n++;
	return n == KEY_LETTERS && m->place.len > n + 1 && m->place.ptr[n] == ' ' ? (struct slice){ m->place.ptr + n + 1, m->place.len - n - 1 } : m->place;
}

const char *incoming_outcome(const struct incoming *m)
{
	return names[fate_of(m)];
}

const char *incoming_words(const struct incoming *m)
{
	return words[fate_of(m)];
}

struct slice incoming_id(struct arena *a, const struct incoming *m)
{
	if (m->kind == INCOMING_REPORT)
		return (struct slice){ 0 };
	return slice_of(arena_printf(a, "%c%lld", m->kind == INCOMING_MAIL ? 'm' : 'r', (long long)m->id));
}

struct slice incoming_href(struct page *p, const struct incoming *m)
{
	if (m->kind == INCOMING_REPORT)
		return reports_href(p, m->id);
	return slice_of(arena_printf(p->a, "/ingest/%s", incoming_id(p->a, m).ptr));
}

bool incoming_of(struct slice id, enum incoming_kind *kind, int64_t *number)
{
	if (id.len < 2 || (id.ptr[0] != 'm' && id.ptr[0] != 'r') || id.ptr[1] < '1' || id.ptr[1] > '9')
		return false;
	*kind = id.ptr[0] == 'm' ? INCOMING_MAIL : INCOMING_REJECT;
	return text_int((struct slice){ id.ptr + 1, id.len - 1 }, number);
}

struct slice incoming_detail(struct arena *a, const struct reject_line *r)
{
	return r->id == 0 ? (struct slice){ 0 } : r->detail.len > 0 ? r->detail : slice_of(arena_printf(a, "%.*s", (int)r->code.len, r->code.ptr));
}

struct slice incoming_where(struct arena *a, const struct reject_line *r)
{
	const char *line = r->line > 0 ? arena_printf(a, "line %lld", (long long)r->line) : "";

	if (r->member.len == 0 && r->line == 0)
		return (struct slice){ 0 };
	return slice_of(arena_printf(a, "%.*s%s%s", (int)r->member.len, r->member.len > 0 ? r->member.ptr : "", r->member.len > 0 && r->line > 0 ? ", " : "", line));
}

/* Whether there is somebody who has the bytes. */
static bool has_store(const struct page *p)
{
	return p->site != NULL && p->site->config.ask != NULL;
}

struct slice incoming_bytes(struct page *p, const struct incoming *m)
{
	if (!m->kept || !has_store(p) || (m->kind == INCOMING_MAIL && p->state.demo && m->rejects == 0)) /* invented mails have none */
		return (struct slice){ 0 };
	return slice_of(arena_printf(p->a, "/ingest/%lld/%s", (long long)m->id, m->kind == INCOMING_MAIL ? "mail" : "refused"));
}

void incoming_actions(struct page *p, struct value *row, const struct reject_line *r)
{
	if (r->id == 0)
		return;
	if (r->kept)
		sheet_action(p, row, "Retry", slice_of(arena_printf(p->a, "/ingest/%lld/retry", (long long)r->id)), true);
	if (r->kept && has_store(p))
		sheet_action(p, row, "Download", slice_of(arena_printf(p->a, "/ingest/%lld/refused", (long long)r->id)), false);
	sheet_action(p, row, "Not a report", slice_of(arena_printf(p->a, "/ingest/%lld/dismiss", (long long)r->id)), true);
}

void incoming_download(struct page *p, struct value *row, const struct incoming *m)
{
	struct slice href = incoming_bytes(p, m);

	if (m->kind == INCOMING_MAIL && href.ptr != NULL)
		sheet_action(p, row, "Download", href, false);
}
