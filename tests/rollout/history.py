"""history: weeks of an invented university whose policy moves on, as reports, with what a planner must make of them. Each receiver sees a
change on a day of its own, for it may hold the old record; a department has a record of its own, which stays at none.
Neighbours: made.py, published.py (how rows look); check.py holds ruad to the truth that comes with each.
  ten_weeks()       from none to reject: a list begins to rewrite From once a policy asks for more than nothing, one receiver does what a
                    rehearsal asks nobody to do, one is away for two weeks
  sound()           all that enforcing asks for: 40 days of rehearsal in which nothing of ours fails
  without_large()   the same, but neither Google nor Microsoft reports
  to_rehearse()     four weeks at p=none in which nothing of ours fails; a list whose software may refuse posts
"""
import collections
import random

import made
from made import Look, Row
from published import AUTHORS, addresses, broken, listed, newsletter, portal, relayed, sent_on, stranger, unsigned, vouched

FIRST = made.day_of("2026-06-01")               # a Monday
DOMAIN, OWN_RECORD = "univ.example", "law.univ.example"
OWN_RECORD_EVERY, OWN_RECORD_SHARE = 7, 0.1     # days from one report about it to the next, and its share of the mail
MONITOR, REHEARSE, ENFORCE, REJECT = (("monitor", made.MONITOR), ("rehearse", made.REHEARSE), ("enforce", made.ENFORCE), ("reject", made.REJECT))
GOOGLE, OUTLOOK, MICROSOFT, IGNORES_PCT = "google.com", "Outlook.com", "Enterprise Outlook", "Strict Mail"

CONF = """
dns = { %s };
domains = { own = [ "univ.example" ]; };
sources = (
 { name = "University mail relays"; kind = "ours"; ip = [ "192.0.2.0/27" ]; },
 { name = "Careers portal"; kind = "ours"; ip = [ "198.51.100.24" ]; },
 { name = "Newsletter service"; kind = "service"; envelope = [ "bounce.news.example" ]; }
);
lists = (
 { name = "LISTSERV mailing lists"; software = "listserv"; envelope = [ "hosting.example" ]; },
 { name = "Library lists"; software = "mailman"; envelope = [ "posts.example" ]; }
);
"""

# A receiver, its share of the mail, how many days it holds an old record, and the days on which it is away.
Receiver = collections.namedtuple("Receiver", "name share lag rfc9990 away")
# What sends: the verdict that is right, messages a day and, from the rehearsal on, how many of each hundred are left; how it looks, its
# addresses (None: a new one for every message) and the receivers that see it (all where None).
Flow = collections.namedtuple("Flow", "verdict a_day left looks addresses receivers")


def key_missing(author):
    """The service with a key that cannot be used."""
    return Look("fail", "fail", ((author, "s1", "permerror"),), "bounce.news.example", "pass", ())


def vouched_group(author):
    """Through what is a list by its name alone."""
    return vouched(author)._replace(envelope="groups.partner.example")


def posted(author):
    return listed(author)._replace(envelope="posts.example")


def forged(author):
    return Look("fail", "fail", (), author, "fail", ())


class History:
    """The documents, and what they come to: `counts`[step][verdict] as [passing or delivered, quarantined, rejected] messages; `acted`:
    messages moved in a rehearsal; `seen`[receiver, policy domain]: [step, first day, last day], ... in order, as numbers from FIRST."""

    def __init__(self, receivers, flows, steps, days, seed):
        self.dice = random.Random(seed)
        self.flows, self.steps, self.days = flows, steps, days
        self.documents, self.acted, self.forgers = [], 0, 0
        self.counts = collections.defaultdict(lambda: collections.defaultdict(lambda: [0, 0, 0]))
        self.seen = collections.defaultdict(list)
        for receiver in receivers:
            for day in range(days):
                if day not in receiver.away:
                    self.report(receiver, day, DOMAIN, self.step_on(day - receiver.lag))
                    if day % OWN_RECORD_EVERY == 0:
                        self.report(receiver, day, OWN_RECORD, MONITOR)

    def step_on(self, day):
        return [step for first, step in self.steps if first <= max(day, 0)][-1]

    def report(self, receiver, day, domain, seen):
        step, policy = seen
        rows = collections.Counter()
        for flow in self.flows:
            for row in self.traffic(flow, receiver, domain, day):
                rows[self.judged(row, flow, receiver, step)] += 1
        stretches = self.seen[receiver.name, domain]
        if not stretches or stretches[-1][0] != step:
            stretches.append([step, day, day])
        stretches[-1][2] = day
        self.documents.append(made.document(receiver.name, "%s-%d-%s" % (receiver.name.split()[0], day, domain), domain,
                                            FIRST + day * made.DAY_S, rows, policy, rfc9990=receiver.rfc9990))

    def traffic(self, flow, receiver, domain, day):
        """A day's messages, each as a row. A list looks DNS up itself: it does not wait for a receiver's old record."""
        if flow.receivers and receiver.name not in flow.receivers:
            return
        share = (1 if flow.receivers else receiver.share / 100) * (1 if domain == DOMAIN else OWN_RECORD_SHARE)
        asked = domain == DOMAIN and self.step_on(day) != MONITOR
        for _ in range(int(flow.a_day * share * (flow.left / 100 if asked else 1) + self.dice.random())):
            author = self.dice.choices(*zip(*AUTHORS[:-1]))[0] if domain == DOMAIN else domain
            yield Row(self.dice.choice(flow.addresses) if flow.addresses else self.new_address(), author, flow.looks(author), "none")

    def new_address(self):
        self.forgers += 1
        return "2001:db8:%x::%x" % (0x1000 + self.forgers, self.forgers)

    def judged(self, row, flow, receiver, step):
        """The row as its receiver writes it. A list that keeps From while a policy asks is one that does not rewrite."""
        count = self.counts[step]["list-keeps" if flow.verdict == "list-rewrites" and step != "monitor" else flow.verdict]
        passes = "pass" in (row.look.dkim, row.look.spf)
        if passes or row.look.reason or step == "monitor":
            count[0] += 1
            return row
        if step == "rehearse" and receiver.name != IGNORES_PCT:
            count[0] += 1
            return row._replace(look=row.look._replace(reason=("policy_test_mode" if receiver.rfc9990 else "sampled_out", "")))
        self.acted += step == "rehearse"
        count[2 if step == "reject" else 1] += 1
        return row._replace(disposition="reject" if step == "reject" else "quarantine")


# --- the sets ---

PASSING = (
    Flow("sound", 260, 100, relayed, addresses("192.0.2.%d", 1, 6), None),
    Flow("sound", 60, 100, newsletter, addresses("198.51.100.%d", 130, 5), None),
    Flow("forward-survives", 24, 100, sent_on, addresses("203.0.113.%d", 130, 40), None),
)
FAILING = (
    Flow("list-rewrites", 50, 4, listed, addresses("198.51.100.%d", 40, 3), None),
    Flow("arc", 12, 100, vouched, addresses("203.0.113.%d", 70, 4), (GOOGLE,)),
    Flow("arc", 6, 100, vouched_group, addresses("203.0.113.%d", 60, 2), (GOOGLE,)),
    Flow("ours-unfixed", 20, 100, portal, ("198.51.100.24",), None),
    Flow("service-unfixed", 8, 100, key_missing, addresses("198.51.100.%d", 130, 5), None),
    Flow("forward-breaks", 10, 100, broken, addresses("203.0.113.%d", 80, 5), None),
    Flow("unknown", 14, 100, stranger, addresses("203.0.113.%d", 9, 8), None),
    Flow("spoofing", 5, 100, forged, None, None),
)
FIXED = (
    Flow("sound", 2, 100, unsigned, addresses("192.0.2.%d", 10, 2), None),
    Flow("list-rewrites", 20, 0, listed, addresses("198.51.100.%d", 40, 3), None),
    Flow("arc", 3, 100, vouched, addresses("203.0.113.%d", 70, 4), ("Mimecast",)),
    Flow("spoofing", 5, 100, forged, None, None),
)


def ten_weeks():
    receivers = (Receiver(GOOGLE, 40, 0, False, ()), Receiver(MICROSOFT, 25, 1, False, range(9, 23)), Receiver("Yahoo", 12, 1, False, ()),
                 Receiver("comcast.net", 8, 2, False, ()), Receiver("Fastmail Pty Ltd", 6, 0, True, ()), Receiver(IGNORES_PCT, 6, 1, False, ()),
                 Receiver("Mimecast", 3, 2, False, ()))
    return History(receivers, PASSING + FAILING, ((0, MONITOR), (28, REHEARSE), (49, ENFORCE), (63, REJECT)), 70, 7)


def rehearsed(large):
    receivers = large + (Receiver("Yahoo", 20, 1, False, ()), Receiver("Mimecast", 10, 0, False, ()), Receiver("Fastmail Pty Ltd", 10, 0, True, ()))
    return History(receivers, PASSING + FIXED, ((0, MONITOR), (21, REHEARSE)), 61, 40)


LARGE = (Receiver(GOOGLE, 40, 0, False, ()), Receiver(MICROSOFT, 10, 0, False, ()), Receiver(OUTLOOK, 10, 0, False, ()))


def sound():
    return rehearsed(LARGE)


def to_rehearse():
    flows = PASSING + FIXED + (Flow("list-open", 10, 100, posted, addresses("198.51.100.%d", 50, 2), None),)
    return History(LARGE + (Receiver("Yahoo", 40, 0, False, ()),), flows, ((0, MONITOR),), 28, 28)


def without_large():
    return rehearsed(())
