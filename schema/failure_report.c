/* failure_report: see failure_report.h. */
#include "schema/failure_report.h"

#include "schema/wire.h"

#include <assert.h>

static const struct {
	const char *key, *name;
} fields[FAILURE_FIELDS] = {
	[FAILURE_FEEDBACK_TYPE] = { "feedback_type", "Feedback-Type" },
	[FAILURE_AUTH_FAILURE] = { "auth_failure", "Auth-Failure" },
	[FAILURE_REPORTED_DOMAIN] = { "reported_domain", "Reported-Domain" },
	[FAILURE_SOURCE_IP] = { "source_ip", "Source-IP" },
	[FAILURE_DELIVERY_RESULT] = { "delivery_result", "Delivery-Result" },
	[FAILURE_IDENTITY_ALIGNMENT] = { "identity_alignment", "Identity-Alignment" },
	[FAILURE_AUTHENTICATION_RESULTS] = { "authentication_results", "Authentication-Results" },
	[FAILURE_DKIM_DOMAIN] = { "dkim_domain", "DKIM-Domain" },
	[FAILURE_DKIM_SELECTOR] = { "dkim_selector", "DKIM-Selector" },
	[FAILURE_SPF_DNS] = { "spf_dns", "SPF-DNS" },
	[FAILURE_ORIGINAL_MAIL_FROM] = { "original_mail_from", "Original-Mail-From" },
	[FAILURE_ARRIVAL_DATE] = { "arrival_date", "Arrival-Date" },
	[FAILURE_INCIDENTS] = { "incidents", "Incidents" },
};

const char *failure_field_key(enum failure_field f)
{
	assert(f < FAILURE_FIELDS);
	return fields[f].key;
}

const char *failure_field_name(enum failure_field f)
{
	assert(f < FAILURE_FIELDS);
	return fields[f].name;
}

int failure_report_encode(struct buf *out, const struct failure_report *r)
{
	wire_put_slice(out, r->file);
	wire_put_slice(out, r->member);
	for (int f = 0; f < FAILURE_FIELDS; f++)
		wire_put_slice(out, r->field[f]);
	return out->full ? -1 : 0;
}

int failure_report_decode(struct slice wire, struct failure_report *out)
{
	struct wire w = wire_of(NULL, wire);
	struct failure_report r;
	bool ok = wire_get_slice(&w, &r.file) && wire_get_slice(&w, &r.member);

	for (int f = 0; ok && f < FAILURE_FIELDS; f++)
		ok = wire_get_slice(&w, &r.field[f]);
	if (!ok || w.at != w.end)
		return -1;
	*out = r;
	return 0;
}
