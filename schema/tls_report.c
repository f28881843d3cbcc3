/* tls_report: see tls_report.h. */
#include "schema/tls_report.h"

#include "schema/limits.h"
#include "schema/wire.h"

static void put_failures(struct buf *out, const struct tls_failure *f)
{
	for (; f != NULL; f = f->next) {
		const struct slice texts[] = { f->result_type, f->sending_mta_ip, f->receiving_mx_hostname,
					       f->receiving_mx_helo, f->receiving_ip, f->additional_information,
					       f->failure_reason_code };

		wire_put_uint(out, 1);
		for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
			wire_put_slice(out, texts[i]);
		wire_put_int(out, f->failed);
	}
	wire_put_uint(out, 0);
}

int tls_report_encode(struct buf *out, const struct tls_report *r)
{
	const struct slice texts[] = { r->file, r->member, r->organization_name, r->contact_info, r->report_id, r->start,
				       r->end };

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		wire_put_slice(out, texts[i]);
	for (const struct tls_policy *p = r->policies; p != NULL; p = p->next) {
		wire_put_uint(out, 1);
		wire_put_slice(out, p->policy_type);
		wire_put_slice(out, p->policy_domain);
		notes_encode(out, p->mx_host);
		notes_encode(out, p->policy_string);
		wire_put_int(out, p->successful);
		wire_put_int(out, p->failed);
		put_failures(out, p->failures);
	}
	wire_put_uint(out, 0);
	return out->full ? -1 : 0;
}

static bool get_failure(struct wire *w, struct tls_failure *f)
{
	struct slice *const texts[] = { &f->result_type, &f->sending_mta_ip, &f->receiving_mx_hostname,
					&f->receiving_mx_helo, &f->receiving_ip, &f->additional_information,
					&f->failure_reason_code };

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (!wire_get_slice(w, texts[i]))
			return false;
	return wire_get_int(w, &f->failed) && f->failed >= TLS_NO_COUNT;
}

static bool get_failures(struct wire *w, struct tls_failure **list)
{
	bool more;

	for (int n = 0; wire_get_flag(w, &more); list = &(*list)->next) {
		if (!more)
			return true;
		if (++n > LIMIT_TLS_ITEMS)
			return false;
		*list = arena_alloc(w->arena, sizeof **list);
		if (!get_failure(w, *list))
			return false;
	}
	return false;
}

static bool get_policies(struct wire *w, struct tls_policy **list)
{
	bool more;

	for (int n = 0; wire_get_flag(w, &more); list = &(*list)->next) {
		struct tls_policy *p;

		if (!more)
			return true;
		if (++n > LIMIT_TLS_ITEMS)
			return false;
		p = *list = arena_alloc(w->arena, sizeof *p);
		if (!wire_get_slice(w, &p->policy_type) || !wire_get_slice(w, &p->policy_domain) ||
		    !notes_decode(w, &p->mx_host) || !notes_decode(w, &p->policy_string) || !wire_get_int(w, &p->successful) ||
		    !wire_get_int(w, &p->failed) || p->successful < TLS_NO_COUNT || p->failed < TLS_NO_COUNT ||
		    !get_failures(w, &p->failures))
			return false;
	}
	return false;
}

int tls_report_decode(struct arena *a, struct slice wire, struct tls_report *out)
{
	struct wire w = wire_of(a, wire);
	struct tls_report r = { 0 };
	struct slice *const texts[] = { &r.file,      &r.member, &r.organization_name, &r.contact_info,
					&r.report_id, &r.start,	 &r.end };

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (!wire_get_slice(&w, texts[i]))
			return -1;
	if (!get_policies(&w, &r.policies) || w.at != w.end)
		return -1;
	*out = r;
	return 0;
}
