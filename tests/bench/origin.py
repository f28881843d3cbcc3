"""origin: what a set that gen_reports.py made says of itself, read without ruad: its truth.json, and the policy in each of its reports.

Neighbours: rollout.py holds ruad to it. The generator's own words: phases none, quarantine-0, quarantine-100, reject; sources by what they
are meant to be; an address belongs to one source, but for those of the list host, which sends as it is and rewritten.
"""
import collections
import datetime
import email
import glob
import html
import io
import json
import os
import re
import runpy
import subprocess
import sys
import zipfile
import zlib

ORG = "example.edu"
EPOCH = datetime.date(1970, 1, 1).toordinal()
CLASSES = ("fully_trusted", "partially_trusted", "untrusted", "quarantined", "rejected")
FAILING = slice(2, 5)
# The generator's phases by ruad's steps, in order.
STEPS = {"monitor": "none", "rehearse": "quarantine-0", "enforce": "quarantine-100", "reject": "reject"}
LISTS = ("listserv",)
SOUND = ("exchange-online", "own-mta", "bulk-dkim", "crm-dkim", "app-spf-only", "forwarder-google", "listserv-rewritten")
# What does not change with the policy: mail of a phase is measured by it.
STEADY = tuple(name for name in SOUND if name != "listserv-rewritten")
# By how much a source's share of the rows changes when the rehearsal begins: senders() of gen_reports.py.
WEIGHT_RATIO = {"listserv": 1.4 / 9}

# The table of right verdicts at the top of gen_reports.py, in ruad's words. ARC vouches for every failing message of arc-intermediary.
RIGHT = {
    "own-mta": ("ours-unfixed",),
    "exchange-online": ("ours-unfixed",),
    "app-spf-only": ("service-unfixed", "ours-unfixed"),
    "bulk-dkim": ("service-unfixed",),
    "crm-dkim": ("service-unfixed",),
    "listserv": ("list-rewrites", "list-keeps", "list-open"),
    "arc-intermediary": ("arc",),
    "forwarder": ("forward-breaks",),
    "forwarder-google": ("forward-breaks",),
    "shadow-service": ("unknown", "service-unfixed"),
    "spoofer": ("spoofing", "unknown"),
}


class Made:
    """A generated set in a folder; made there where it is not."""

    def __init__(self, generator, folder, seed, reports, days=180):
        self.seed, self.folder, self.days = seed, folder, days
        path = os.path.join(folder, "truth.json")
        if not os.path.exists(path):
            subprocess.run([sys.executable, generator, "--reports", str(reports), "--seed", str(seed), "--days", str(days), "--out", folder],
                           check=True, stdout=subprocess.DEVNULL)
        with open(path, encoding="utf-8") as f:
            self.truth = json.load(f)
        self.maildir = os.path.join(folder, "Maildir")
        self.rules = runpy.run_path(generator)
        self.first_day = day_number(self.truth["arguments"]["end"]) - days + 1
        self.source_of = {address: names[0] if len(names) == 1 else None for address, names in self.truth["source_of_ip"].items()}

    def source(self, address, fails):
        """Who sent it: rewritten list mail passes, list mail that is not fails."""
        return self.source_of[address] or ("listserv" if fails else "listserv-rewritten")

    def counts(self, step):
        """{source: messages by class} of a phase, sources without mail left out."""
        return {name: counts for name, counts in self.truth["by_phase_source"][STEPS[step]].items() if any(counts)}

    def failing(self, step, name):
        return sum(self.counts(step).get(name, (0,) * 5)[FAILING])

    def steady(self, step):
        """Messages of a phase from senders whose mail is sound and does not depend on the policy."""
        return sum(sum(counts) for name, counts in self.counts(step).items() if name in STEADY)

    def change_day(self, step, domain):
        """The first day of a phase, as days since 1970, by the generator's own rule."""
        org, at = self.rules["Org"](ORG, [], None, 0), list(STEPS).index(step)
        return self.first_day + next(day for day in range(self.days) if org.phase(day / self.days, domain) == at)

    def days_of(self, step):
        """Of a phase of the domain itself."""
        starts = [self.change_day(each, ORG) for each in STEPS] + [self.first_day + self.days]
        at = list(STEPS).index(step)
        return starts[at + 1] - starts[at]

    def groups(self):
        """Sources some of whose mail fails, in order."""
        return sorted(name for name in RIGHT if any(self.failing(step, name) for step in STEPS))

    def acted_share(self, name, step):
        quarantined, rejected = self.counts(step).get(name, (0,) * 5)[3:]
        return (quarantined + rejected) / self.failing(step, name)


# --- the policy in each report, as its receiver saw it ---

Seen = collections.namedtuple("Seen", "reporter domain step begin end")
# Days since 1970: of the last report of the phase before (None: there is none), and of the first and last report of this one.
Stretch = collections.namedtuple("Stretch", "step old_last first last")
DAY_S = 86400
LONG_S = 26 * 3600                              # a report over more tells no day (UX 5)
BEGINS_BEFORE = 1                               # days that 163.com's report of a day begins before it


def unpacked(data):
    if data[:2] == b"\x1f\x8b":
        return zlib.decompressobj(31).decompress(data)
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return archive.read(archive.namelist()[0])
    return data


def report_of(mail):
    for part in mail.walk():
        data = None if part.is_multipart() else unpacked(part.get_payload(decode=True) or b"")
        if data and b"<feedback" in data:
            return data
    raise ValueError("a mail without a report")


def head_of(data):
    """(reporter, report id, domain, policy tags, begin, end): all that stands before the first record."""
    charset = re.search(rb'encoding=["\']([^"\']+)', data[:200])
    text = data.split(b"<record>")[0].decode(charset.group(1).decode() if charset else "utf-8")

    def tag(name):
        found = re.search("<%s>\\s*([^<]*?)\\s*</%s>" % (name, name), text)
        return html.unescape(found.group(1)) if found else None

    return tag("org_name"), tag("report_id"), tag("domain"), {name: tag(name) for name in ("p", "pct", "testing")}, int(tag("begin")), int(tag("end"))


def step_of(tags):
    if tags["p"] == "quarantine":
        return "rehearse" if tags["pct"] == "0" or tags["testing"] == "y" else "enforce"
    return {"none": "monitor", "reject": "reject"}[tags["p"]]


def seen_in(maildir):
    """What each report says, once however often it came."""
    out = {}
    for path in sorted(glob.glob(os.path.join(maildir, "new", "*"))):
        with open(path, "rb") as f:
            reporter, report_id, domain, tags, begin, end = head_of(report_of(email.message_from_binary_file(f)))
        out[reporter, report_id, domain, begin] = Seen(reporter, domain, step_of(tags), begin, end)
    return list(out.values())


def day_number(text):
    return datetime.date.fromisoformat(text).toordinal() - EPOCH


def stretches(seen):
    """{(reporter, policy domain): [Stretch]} of what receivers saw, by the days that reports begin. Where there are others, long ones tell
    nothing. Besides, the pairs of which all reports are long: what such say of a day is none too sure."""
    pairs = collections.defaultdict(list)
    for one in seen:
        pairs[one.reporter, one.domain].append(one)
    out, vague = {}, []
    for pair, reports in pairs.items():
        short = [one for one in reports if one.end - one.begin <= LONG_S]
        told = sorted((one.begin // DAY_S, one.step) for one in short or reports)
        days = [(step, [day for day, other in told if other == step]) for step in STEPS]
        days = [(step, of) for step, of in days if of]
        out[pair] = [Stretch(step, days[i - 1][1][-1] if i else None, of[0], of[-1]) for i, (step, of) in enumerate(days)]
        if not short:
            vague.append(pair)
    return out, vague
