"""The planner against histories whose truth is known: `tests/bench/run rollout [--keep DIR] [SEED...]`.

For each seed gen_reports.py makes 180 days of 10,000 reports, the policy moving from none to reject; ruad takes them in with a configuration
that names only what an administrator knows, and answers over its API: (a) phases and the days they change, (b) totals per phase, (c) what
became of failing mail in the rehearsal, (d) what enforcing would do, foretold from the days at p=none, (e) verdicts. Each part is a
table beside the generator's truth; the last line says how many measures were met, and the exit code is 1 unless all were. Nothing here is
timed. Neighbours: run, which calls this; origin.py, the truth.
"""
import argparse
import collections
import json
import os
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [TESTS]
import origin  # noqa: E402
from served import Daemon  # noqa: E402

REPORTS, SEEDS = 10000, (1, 2, 3, 4, 5)
FAILING = "untrusted,quarantined,rejected"
AGREE_LEAST = 0.95                              # of failing messages whose verdict is right
RATIO_WITHIN, SHARE_WITHIN = 0.20, 0.15
BIG = 2000                                      # failing messages of a group in each phase, for the two above to bind

CONF = """
dns = { lookups = false; };
domains = { own = [ "example.edu" ]; };
sources = (
 { name = "Mail relays"; kind = "ours"; ip = [ "198.51.100.10/31", "198.51.100.12/30", "198.51.100.16/30", "198.51.100.20/31", "2001:db8:a::/48" ]; },
 { name = "Exchange Online"; kind = "ours"; ip = [ "40.92.0.0/14", "40.96.0.0/13", "40.104.0.0/14", "2a01:111:f400::/40" ]; },
 { name = "Application servers"; kind = "ours"; ip = [ "203.0.113.40/29", "203.0.113.48/28", "203.0.113.64/29", "203.0.113.72/31", "203.0.113.74" ]; },
 { name = "SendGrid"; kind = "service"; envelope = [ "sendgrid.example" ]; },
 { name = "CRM"; kind = "service"; envelope = [ "crm.example" ]; }
);
lists = ( { name = "Platform lists"; software = "listserv"; envelope = [ "lists.platform.example" ]; } );
"""


class Answers:
    """What ruad says of one history: the only place that knows the names of its API."""

    def __init__(self, url):
        self.url = url

    def lines(self, path, **filter_):
        query = urllib.parse.urlencode({"period": "all", "format": "ndjson", **{name.rstrip("_"): value for name, value in filter_.items()}})
        with urllib.request.urlopen("%s/api/v1%s?%s" % (self.url, path, query)) as answer:
            for line in answer:
                yield json.loads(line)

    def phases(self):
        """{(reporter, policy domain): [origin.Stretch]}"""
        out = collections.defaultdict(list)
        for line in self.lines("/rollout/phases"):
            if line["list"] == "phases":
                days = [line[name] and origin.day_number(line[name]) for name in ("old_last_seen", "first_seen", "last_seen")]
                out[line["reporter"], line["domain"]].append(origin.Stretch(line["step"], *days))
        return out

    def by_address(self, **filter_):
        """{address: messages by class}"""
        return {line["key"]: [line[name] for name in origin.CLASSES] for line in self.lines("/records", by="ip", **filter_)}

    def verdicts(self):
        """{address: {verdict: failing messages}}"""
        out = collections.defaultdict(collections.Counter)
        for line in self.lines("/records", class_=FAILING, cols="ip,verdict,messages"):
            if line["messages"]:                # a row of wp.pl's that says nothing was seen has no address either
                out[line["ip"]][line["verdict"]] += line["messages"]
        return out


# --- tables, and what was met ---

class Book:
    def __init__(self):
        self.met = self.measures = 0

    def hold(self, good, what):
        """One measure; one that is not met is told."""
        self.measures += 1
        self.met += good
        if not good:
            print("NOT MET: " + what)

    def table(self, title, heads, rows):
        print("\n" + title)
        cells = [heads] + [[cell if isinstance(cell, str) else "%.3f" % cell if isinstance(cell, float) else "{:,}".format(cell) for cell in row]
                           for row in rows]
        widths = [max(len(row[i]) for row in cells) for i in range(len(heads))]
        for row in cells:
            print("  ".join(cell.ljust(width) if i == 0 else cell.rjust(width) for i, (cell, width) in enumerate(zip(row, widths))).rstrip())


# --- (a) phases ---

def check_phases(book, made, answers):
    """Each receiver's phases and change days against the reports themselves, and those against the generator's rule."""
    want, vague = origin.stretches(origin.seen_in(made.maildir))
    got, rows, odd, ruled_out = answers.phases(), [], [], []
    for step in origin.STEPS:
        told = {pair: stretch for pair, of in want.items() for stretch in of if stretch.step == step}
        found = {pair: stretch for pair, of in got.items() for stretch in of if stretch.step == step}
        wrong = [(pair, told.get(pair), found.get(pair)) for pair in sorted(set(told) | set(found)) if told.get(pair) != found.get(pair)]
        odd += wrong
        windows = sorted(stretch.first - stretch.old_last for stretch in told.values() if stretch.old_last is not None)
        outside = [pair for pair, stretch in told.items() if stretch.old_last is not None and pair not in vague and not
                   stretch.old_last < made.change_day(step, pair[1]) <= stretch.first + origin.BEGINS_BEFORE]
        ruled_out += outside
        rows.append([step, len({reporter for reporter, _ in told}), len(told), len(found), len(wrong), windows[len(windows) // 2] if windows else 0, len(outside)])
    book.table("(a) seed %d: phases that %d receivers saw of %d policy domains" % (
        made.seed, len({pair[0] for pair in want}), len({pair[1] for pair in want})),
        ["phase", "receivers", "receiver and domain", "found", "differ", "median days between old and new", "outside the rule"], rows)
    if vague:
        print("of %s all reports are longer than 26 hours: their days are those that the reports begin" % ", ".join(
            "%s and %s" % pair for pair in sorted(vague)))
    book.hold(not odd, "seed %d: phases of receivers: %s" % (made.seed, odd[:3]))
    book.hold(not ruled_out, "seed %d: change days outside the generator's rule: %s" % (made.seed, ruled_out[:5]))


# --- (b) totals per phase and source ---

def check_totals(book, made, answers):
    rows, odd = [], []
    for step in origin.STEPS:
        got = collections.defaultdict(lambda: [0] * len(origin.CLASSES))
        for address, counts in answers.by_address(phase=step).items():
            for i, n in enumerate(counts):
                if n:
                    got[made.source(address, fails=i >= 2)][i] += n
        want = made.counts(step)
        odd += [(step, name, got.get(name), want.get(name)) for name in sorted(set(got) | set(want)) if got.get(name) != want.get(name)]
        rows.append([step, len(want), sum(map(sum, want.values())), sum(map(sum, got.values())), sum(1 for each in odd if each[0] == step)])
    book.table("(b) seed %d: messages per phase, unadjusted" % made.seed, ["phase", "sources", "truth", "ruad", "sources that differ"], rows)
    book.hold(not odd, "seed %d: totals per phase and source: %s" % (made.seed, odd[:5]))


# --- (e) verdicts ---

def check_verdicts(book, made, answers):
    """Every failing message by what it is and what ruad takes it for."""
    confusion = collections.defaultdict(collections.Counter)
    for address, verdicts in answers.verdicts().items():
        for verdict, n in verdicts.items():
            confusion[made.source(address, fails=True)][verdict] += n
    said = sorted({verdict for counts in confusion.values() for verdict in counts})
    right = {name: sum(counts[verdict] for verdict in origin.RIGHT[name]) for name, counts in confusion.items()}
    total = sum(sum(counts.values()) for counts in confusion.values())
    book.table("(e) seed %d: failing messages by origin (lines) and verdict (columns)" % made.seed, ["origin"] + said + ["right"],
               [[name] + [confusion[name][verdict] for verdict in said] + [right[name] / sum(confusion[name].values())] for name in sorted(confusion)])
    share = sum(right.values()) / total
    print("agree: %d of %d, %.2f%%" % (sum(right.values()), total, 100 * share))
    book.hold(total == sum(made.failing(step, name) for step in origin.STEPS for name in made.groups()), "seed %d: all failing messages have a verdict" % made.seed)
    book.hold(share >= AGREE_LEAST, "seed %d: verdicts agree with origin for %.2f%% of failing messages" % (made.seed, 100 * share))
    book.hold(confusion["spoofer"]["ours-unfixed"] == 0, "seed %d: spoofing called ours" % made.seed)


# --- all of it ---

PARTS = (check_phases, check_totals, check_verdicts)


def judge(book, made, ruad):
    with tempfile.TemporaryDirectory(prefix="ruad-bench-") as folder, Daemon(folder, CONF, binary=ruad) as daemon:
        subprocess.run([ruad, "--config", daemon.conf_path, "--db", daemon.db, "import", made.maildir], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        daemon.start()
        for part in PARTS:
            part(book, made, Answers(daemon.url))


def main(words, ruad, generator):
    parser = argparse.ArgumentParser(prog="tests/bench/run rollout", description=__doc__.splitlines()[0])
    parser.add_argument("seeds", nargs="*", type=int, default=SEEDS)
    parser.add_argument("--keep", metavar="DIR", help="where the histories are, by seed; made there where they are not")
    args = parser.parse_args(words)
    book = Book()
    with tempfile.TemporaryDirectory(prefix="ruad-bench-") as folder:
        for seed in args.seeds:
            judge(book, origin.Made(generator, os.path.join(args.keep or folder, str(seed)), seed, REPORTS), ruad)
    print("\n%d of %d met" % (book.met, book.measures))
    return book.met < book.measures
