/* demo_dns: see demo_dns.h. Each name has a value, and from some day on another; what is in no line has no record. */
#include "daemon/demo_dns.h"

#include "daemon/demo.h"
#include "storage/watch.h"

enum {
	DAY_S = 86400,
	MORNING_S = 9 * 3600, /* when it was looked up */
	CHANGE_DAY = 28,      /* as in demo.c: p=quarantine; pct=0; t=y */
	PORTAL_DAY = 41,      /* the careers portal's supplier is added to SPF */
	NAMES_AT_ONCE = 64,
};

/* Public keys made for this; nobody has the other halves. */
#define KEY_SELECTOR1 \
	"MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA2wMxXwt++cpTI2uok/jKrA3nbFg6eA58i5qnVDdLfjM4BKBeWqEt" \
	"GOY54TvOaSRBYaDMazqe1BtfdqDy//RGQvt+5kqMo1RsoRgN7Odmw7rUr79Rtyl2d/jvLImnwwaOhUUOJEpkCP0jboXUpjrh" \
	"xxhuJmlIN9JuPiscQMmEw7E/ywDqH/362eO9x9sLSBvBJBxTveCubCwzbvUV8BYamb1kx65jNhfJY1oIew6WDxELcNn1Y4H/" \
	"FUsC3XngtYOrC6TazlvcBQd9oplyKuHZOQCF9adSpbBNLqGB16gi7dUglxADAC9MuRQFIESPmvMMgb2nCo6mSYGkGHHf/+xg" \
	"ewIDAQAB"
#define KEY_NEWS \
	"MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAx5w0VS7vjUbqW+jH5GkUFD1Mh0dX514yKvmMtYqhGKNDdowV8zZC" \
	"NIlcXQUDXI52QOxcXk62N55xDeProWp2s5DB6r4Qm0IGvk3Ax8DRLeIIqsNDqBKYevDwslgMk3BggFrD1LEi0i1HHfhEumlc" \
	"nl+IL7QRk+CrjrZlCbBqK0yQv+BrBXFvKqTnFCYoBb5ylGjewstUJ4Z9gH1hKqPYjsCELiVz+FCBRg3YmPf2uy2k3Lxax+t5" \
	"vyZAHYr0hoe8Qwaa656HuO3LwMkbFZMVzl6YOl59bXzW2SUcAmC7F+W+ENvOTFcOqZ9tzD3m/5gFOGVHhryTaTFtMrW4Tz4f" \
	"ZQIDAQAB"
#define KEY_RELAY \
	"MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC18kCawgwL484ZMaPW0zZqLbBSMjKa9abCg/Xt6BDh1oV/43UNDTYVcEJl" \
	"kuiZet7hlP/1bJ5Wl1GqNCpqLnAHJN+6JaAmApHxzr21mWM77WM5SO6XhgW3rlRuR3RNz5ivolUSM1TrBFCka0G+ceMB1Agk" \
	"Mw0XAaZOkOIHuqyEBQIDAQAB"

#define ORG "univ.example"
#define RUA "rua=mailto:dmarc@" ORG ",mailto:" ORG "@reports.example"
#define SPF_OF_ORG "v=spf1 ip4:192.0.2.0/27 ip4:203.0.113.128/28 ip6:2001:db8:365::/48 include:_spf." ORG " include:spf.mailer.example.net"
#define TEXT(literal) { "" literal, sizeof(literal) - 1 }

static const struct record {
	struct slice name, text;
	int from_day; /* of the eight weeks; of several values of a name the last that has begun */
} records[] = {
	{ TEXT("_dmarc." ORG), TEXT("v=DMARC1; p=none; " RUA), 0 },
	{ TEXT("_dmarc." ORG), TEXT("v=DMARC1; p=quarantine; pct=0; t=y; " RUA), CHANGE_DAY },
	{ TEXT("_dmarc.alumni." ORG), TEXT("v=DMARC1; p=none; sp=none; " RUA "; ruf=mailto:alumni@" ORG "; fo=1"), 0 },
	{ TEXT(ORG "._report._dmarc.reports.example"), TEXT("v=DMARC1"), 0 },
	{ TEXT(ORG), TEXT(SPF_OF_ORG " ~all"), 0 },
	{ TEXT(ORG), TEXT(SPF_OF_ORG " include:mail.portal.example ~all"), PORTAL_DAY },
	{ TEXT("_spf." ORG), TEXT("v=spf1 mx a:lists." ORG " include:spf.staff.example.com ~all"), 0 },
	{ TEXT("spf.staff.example.com"), TEXT("v=spf1 ip4:203.0.113.128/27 ip6:2001:db8:365::/48 -all"), 0 },
	{ TEXT("spf.mailer.example.net"), TEXT("v=spf1 ip4:198.51.100.32/28 exists:%{i}._ok.mailer.example.net -all"), 0 },
	{ TEXT("mail.portal.example"), TEXT("v=spf1 ip4:198.51.100.24 a ~all"), 0 },
	{ TEXT("alumni." ORG), TEXT("v=spf1 include:spf.mailer.example.net ?all"), 0 },
	{ TEXT("chem." ORG), TEXT("v=spf1 ip4:192.0.2.0/27 include:relay.chem." ORG " ptr ~all"), 0 },
	{ TEXT("physics." ORG), TEXT("v=spf1 redirect=" ORG), 0 },
	{ TEXT("selector1._domainkey." ORG), TEXT("v=DKIM1; k=rsa; p=" KEY_SELECTOR1), 0 },
	{ TEXT("relay._domainkey." ORG), TEXT("v=DKIM1; k=rsa; p=" KEY_RELAY), 0 },
	{ TEXT("news._domainkey.alumni." ORG), TEXT("v=DKIM1; k=rsa; t=y; p=" KEY_NEWS), 0 },
};
static const int look_days[] = { 0, CHANGE_DAY, PORTAL_DAY, DEMO_DAYS }; /* when all names are looked up */

static struct name_found answer_of(struct slice name, int day)
{
	struct name_found found = { .name = name, .result = LOOKUP_NONE };

	for (size_t i = 0; i < sizeof records / sizeof *records; i++)
		if (slice_eq(records[i].name, name) && records[i].from_day <= day) {
			found.result = LOOKUP_FOUND;
			found.n = 1;
			found.text[0] = records[i].text;
		}
	return found;
}

/* All that is due by then, and what it mentions, and so on. */
static int look_up(struct store *s, struct watch *w, int day, int64_t now_s, struct err *err)
{
	struct slice due[NAMES_AT_ONCE];
	struct arena a = { 0 };
	size_t n = 1;
	int rc = 0;

	while (rc == 0 && n > 0) {
		arena_clear(&a);
		rc = store_names_due(s, &a, now_s, due, NAMES_AT_ONCE, &n, err);
		for (size_t i = 0; rc == 0 && i < n; i++) {
			const struct name_found found = answer_of(due[i], day);

			rc = store_name_found(s, &found, now_s, err);
			rc = rc == 0 ? watch_found(w, s, due[i], err) : rc;
		}
	}
	arena_release(&a);
	return rc;
}

int demo_dns_fill(struct store *s, int64_t last_day, struct err *err)
{
	static const struct slice own[] = { TEXT(ORG) };
	int64_t first_day = last_day - DEMO_DAYS + 1;
	struct watch *w = watch_new(own, 1);
	int rc = 0;

	if (w == NULL)
		return err_errno(err, "demo");
	for (size_t i = 0; rc == 0 && i < sizeof look_days / sizeof *look_days; i++) {
		int64_t now_s = (first_day + look_days[i]) * DAY_S + MORNING_S;

		rc = watch_turn(w, s, now_s, err);
		rc = rc == 0 ? look_up(s, w, look_days[i], now_s, err) : rc;
	}
	watch_free(w);
	return rc;
}
