"""published: a set of reports that comes to the published first results (UX 7): three days, nine receivers, 31 reports, 1,443 messages, of
which 254 are untrusted, 158 of them through LISTSERV and 28 vouched for by ARC. Neighbours: made.py; check.py holds ruad to these numbers."""
import collections
import random

import made
from made import Look, Row

FIRST = made.day_of("2026-09-15")
DAYS = 3
DOMAIN = "univ.example"
REPORTS, MESSAGES, FULL, PARTIAL, UNTRUSTED = 31, 1443, 902, 287, 254
DKIM_ONLY, SPF_ONLY = 166, 121
LISTS, ARC, PORTAL, RELAY, FORWARDED, UNKNOWN, UNKNOWN_ADDRESSES = 158, 28, 22, 12, 7, 27, 11
OVERLAP = 20                                    # of the list's messages, in the variant where ARC vouches for some of them

# A receiver with its share of the mail and how many reports it sends a day; one of them sends one more on its second day.
RECEIVERS = (("google.com", 42, 1), ("Enterprise Outlook", 20, 1), ("Outlook.com", 8, 1), ("Yahoo", 10, 2), ("Mimecast", 4, 1),
             ("Fastmail Pty Ltd", 4, 1), ("comcast.net", 5, 1), ("AMAZON-SES", 4, 1), ("zoho.com", 3, 1))
ONE_MORE = ("comcast.net", 1)
RFC_9990 = ("Fastmail Pty Ltd",)

CONF = """
dns = { lookups = false; };
domains = { own = [ "univ.example" ]; };
sources = (
 { name = "University mail relays"; kind = "ours"; owner = "Email team"; ip = [ "192.0.2.0/27", "2001:db8:25::/48" ]; },
 { name = "Careers portal"; kind = "ours"; owner = "Careers Service"; ip = [ "198.51.100.24" ]; },
 { name = "Chemistry relay"; kind = "ours"; owner = "Chemistry IT"; ip = [ "198.51.100.77" ]; },
 { name = "Newsletter service"; kind = "service"; envelope = [ "bounce.news.example" ]; }
);
lists = ( { name = "LISTSERV mailing lists"; software = "listserv"; envelope = [ "hosting.example" ]; } );
"""

AUTHORS = ((DOMAIN, 50), ("chem.univ.example", 12), ("physics.univ.example", 10), ("library.univ.example", 8), ("law.univ.example", 6))


def signed(author, result):
    return ((author, "s1", result),)


def relayed(author):
    return Look("pass", "pass", signed(author, "pass"), author, "pass", ())


def unsigned(author):
    return Look("fail", "pass", (), author, "pass", ())


def newsletter(author):
    return Look("pass", "fail", signed(author, "pass"), "bounce.news.example", "pass", ())


def sent_on(author):
    return Look("pass", "fail", signed(author, "pass"), author, "softfail", ())


def listed(author):
    return Look("fail", "fail", signed(author, "fail"), "hosting.example", "pass", ())


def vouched_list(author):
    return listed(author)._replace(reason=("local_policy", "arc=pass"))


def vouched(author):
    return Look("fail", "fail", signed(author, "fail"), "forward.partner.example", "pass", ("local_policy", "arc=pass"))


def portal(_author):
    return Look("fail", "fail", (), "mail.portal.example", "pass", ())


def relay(author):
    return Look("fail", "fail", (), author, "softfail", ())


def broken(author):
    return Look("fail", "fail", signed(author, "fail"), author, "softfail", ())


def stranger(_author):
    return Look("fail", "fail", (), "mx.elsewhere.example", "none", ())


def addresses(form, first, n):
    return tuple(form % i for i in range(first, first + n))


# Traffic: messages, From domains, addresses, how it looks, and the receivers that see it (all where None).
def flows(overlap):
    outside = addresses("203.0.113.%d", 9, UNKNOWN_ADDRESSES)
    return [
        (FULL, AUTHORS, addresses("192.0.2.%d", 1, 6) + ("2001:db8:25::1",), relayed, None),
        (SPF_ONLY, AUTHORS, addresses("192.0.2.%d", 10, 3), unsigned, None),
        (70, AUTHORS, addresses("198.51.100.%d", 130, 5), newsletter, None),
        (DKIM_ONLY - 70, AUTHORS, addresses("203.0.113.%d", 130, 40), sent_on, None),
        (LISTS - overlap, AUTHORS, addresses("198.51.100.%d", 40, 3), listed, None),
        (overlap, AUTHORS, addresses("198.51.100.%d", 40, 3), vouched_list, ("google.com",)),
        (ARC, AUTHORS, addresses("203.0.113.%d", 70, 4), vouched, ("google.com",)),
        (PORTAL, (("careers.univ.example", 1),), ("198.51.100.24",), portal, None),
        (RELAY, (("chem.univ.example", 1),), ("198.51.100.77",), relay, None),
        (FORWARDED, ((DOMAIN, 1),), addresses("203.0.113.%d", 80, 5), broken, None),
        (UNKNOWN - UNKNOWN_ADDRESSES, AUTHORS, outside, stranger, None),
    ] + [(1, AUTHORS, (address,), stranger, None) for address in outside]


def slots():
    """(receiver, day, which of the day) of every report, with the share of the mail that it holds."""
    out = []
    for name, share, a_day in RECEIVERS:
        for day in range(DAYS):
            out += [((name, day, i), share / a_day) for i in range(a_day)]
    return out + [((ONE_MORE[0], ONE_MORE[1], 1), 1)]


def reports(overlap=0):
    """The documents."""
    dice = random.Random(1443)
    everyone = slots()
    rows = {slot: collections.Counter() for slot, _ in everyone}
    for count, authors, ips, looks, receivers in flows(overlap):
        seen_by = [part for part in everyone if receivers is None or part[0][0] in receivers]
        for slot, n in made.deal(dice, count, seen_by).items():
            for author, m in made.deal(dice, n, authors).items():
                for address, k in made.deal(dice, m, [(a, 1) for a in ips]).items():
                    rows[slot][Row(address, author, looks(author), "none")] += k
    assert len(rows) == REPORTS and all(rows.values()) and sum(sum(r.values()) for r in rows.values()) == MESSAGES
    return [made.document(name, "%s-%d-%d" % (name.split()[0], day, i), DOMAIN, FIRST + day * made.DAY_S, of, {**made.MONITOR, "testing": "n"},
                          rfc9990=name in RFC_9990) for (name, day, i), of in rows.items()]
