/* ingest_tls: SMTP TLS reports into their own tables; see ingest.h. */
#include "schema/limits.h"
#include "schema/wire.h"
#include "storage/store.h"

enum { JOINED_BYTES = (LIMIT_XML_TEXT_BYTES + 1) * LIMIT_NOTES };

static void bind_count(struct statement *st, int position, int64_t n)
{
	if (n != TLS_NO_COUNT)
		bind_int(st, position, n);
}

static struct slice joined(struct buf *b, const struct note *n)
{
	size_t from = b->len;

	if (n == NULL)
		return (struct slice){ 0 };
	for (; n != NULL; n = n->next) {
		buf_add_slice(b, n->text);
		if (n->next != NULL)
			buf_add_char(b, '\n');
	}
	return (struct slice){ b->data + from, b->len - from };
}

static int add_failures(struct db *db, int64_t report, int64_t policy, const struct tls_failure *f, struct err *err)
{
	for (int64_t ord = 0; f != NULL; f = f->next, ord++) {
		const struct slice texts[] = { f->result_type, f->sending_mta_ip, f->receiving_mx_hostname,
					       f->receiving_mx_helo, f->receiving_ip, f->additional_information,
					       f->failure_reason_code };
		struct statement *st = db_statement(db, SQL_TLS_FAILURE_ADD);

		bind_int(st, 1, report);
		bind_int(st, 2, policy);
		bind_int(st, 3, ord);
		for (int i = 0; i < 7; i++)
			bind_text(st, 4 + i, texts[i]);
		bind_count(st, 11, f->failed);
		if (statement_run(st, NULL, err) != 0)
			return -1;
	}
	return 0;
}

static int add_policy(struct db *db, int64_t report, int64_t ord, const struct tls_policy *p, struct err *err)
{
	struct statement *st = db_statement(db, SQL_TLS_POLICY_ADD);
	struct buf hosts, strings;
	int rc;

	buf_init(&hosts, JOINED_BYTES);
	buf_init(&strings, JOINED_BYTES);
	bind_int(st, 1, report);
	bind_int(st, 2, ord);
	bind_text(st, 3, p->policy_type);
	bind_text(st, 4, p->policy_domain);
	bind_text(st, 5, joined(&hosts, p->mx_host));
	bind_text(st, 6, joined(&strings, p->policy_string));
	bind_count(st, 7, p->successful);
	bind_count(st, 8, p->failed);
	rc = statement_run(st, NULL, err);
	buf_release(&hosts);
	buf_release(&strings);
	return rc == 0 ? add_failures(db, report, ord, p->failures, err) : -1;
}

static void key_of(const struct tls_report *r, unsigned char out[KEY_BYTES])
{
	const struct slice parts[] = { r->organization_name, r->report_id, r->start, r->end };
	struct tls_report content = *r;
	struct buf key;

	buf_init(&key, LIMIT_FRAME_BYTES);
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		wire_put_slice(&key, parts[i]);
	if (r->report_id.ptr == NULL) { /* nothing else tells one report from the next */
		content.file = content.member = (struct slice){ 0 };
		tls_report_encode(&key, &content);
	}
	store_digest(buf_slice(&key), out);
	buf_release(&key);
}

static int add_report(struct store *s, const struct tls_report *r, int64_t received_s, int64_t *id, struct err *err)
{
	const struct slice texts[] = { r->organization_name, r->contact_info, r->report_id, r->start, r->end };
	struct statement *st = db_statement(store_db(s), SQL_TLS_REPORT_ADD);
	unsigned char key[KEY_BYTES];

	key_of(r, key);
	bind_blob(st, 1, key, sizeof key);
	for (int i = 0; i < 5; i++)
		bind_text(st, 2 + i, texts[i]);
	bind_int(st, 7, received_s);
	bind_text(st, 8, r->file);
	bind_text(st, 9, r->member);
	return statement_run(st, id, err);
}

int store_tls(struct store *s, const struct tls_report *r, int64_t received_s, enum stored *out, struct err *err)
{
	int64_t id = 0, ord = 0;

	if (store_begin(s, err) != 0 || add_report(s, r, received_s, &id, err) != 0)
		return store_roll_back(s);
	for (const struct tls_policy *p = r->policies; id != 0 && p != NULL; p = p->next)
		if (add_policy(store_db(s), id, ord++, p, err) != 0)
			return store_roll_back(s);
	if (id != 0)
		store_changed(s, 1 + ord);
	*out = id != 0 ? STORED_NEW : STORED_DUPLICATE;
	return 0;
}
