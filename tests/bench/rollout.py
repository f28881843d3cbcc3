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

    def measured(self, by):
        """(days compared, {key: line}) of the change to the rehearsal."""
        query = urllib.parse.urlencode({"step": "rehearse", "by": by})
        with urllib.request.urlopen("%s/api/v1/rollout/measured?%s" % (self.url, query)) as answer:
            data = json.load(answer)["data"]
        return data["change"], {line["key"]: {"before": line["before"], "expected": line["expected"], "after": line["after"], "outcome": line["outcome"],
                                              "ratio": line["ratio"] or 0.0} for line in data["groups"]}

    def forecast(self):
        """{(group, list): (failing, of these leaving, of these moved at enforce)}, from the days at p=none."""
        query = urllib.parse.urlencode({"period": "all", "phase": "monitor", "step": "enforce"})
        with urllib.request.urlopen("%s/api/v1/rollout?%s" % (self.url, query)) as answer:
            lines = [line for step in json.load(answer)["data"]["steps"] for line in step["groups"]]
        return {(line["group"], line["source"]): (line["failing"], line["leaves"], (line["moved_low"] + line["moved_high"]) / 2)
                for line in lines if line["step"] == "enforce"}

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


# --- (c) what became of failing mail in the rehearsal ---

# Groups that ruad tells apart, with the generator's sources in them: lists and services by name, the rest by verdict.
GROUPS = (("source", "Platform lists", ("listserv",)), ("source", "SendGrid", ("bulk-dkim",)), ("verdict", "arc", ("arc-intermediary",)),
          ("verdict", "forward-breaks", ("forwarder",)), ("verdict", "unknown", ("shadow-service", "spoofer")))


def check_measured(book, made, answers):
    """After over before, per sound message: the phases of the truth, and the days that ruad compares."""
    change, rows = None, []
    lines = {}
    for by in ("source", "verdict"):
        change, lines[by] = answers.measured(by)
    nothing = {"before": 0, "expected": 0, "after": 0, "outcome": "too-little-data", "ratio": 0.0}
    for by, key, names in GROUPS:
        got = lines[by].get(key, nothing)
        before, after = (sum(made.failing(step, name) for name in names) for step in ("monitor", "rehearse"))
        truth = (after / made.steady("rehearse")) / (before / made.steady("monitor"))
        a_day = (after / made.days_of("rehearse")) / (before / made.days_of("monitor"))
        big = min(before, after) >= BIG
        off = got["ratio"] / truth - 1
        right = ("now-rewrites",) if names == origin.LISTS else ("still-breaks", "unchanged")
        rows.append([key, before, after, truth, a_day, origin.WEIGHT_RATIO.get(names[0], 1.0), got["before"], got["after"], got["ratio"],
                     "%+.1f%%" % (100 * off), got["outcome"]])
        book.hold(got["outcome"] in right + (() if big else ("too-little-data",)), "seed %d: %s: outcome %s" % (made.seed, key, got["outcome"]))
        if big:
            book.hold(abs(off) <= RATIO_WITHIN, "seed %d: %s: ratio %.3f where truth has %.3f" % (made.seed, key, got["ratio"], truth))
    book.table("(c) seed %d: failing messages before and in the rehearsal; ruad compares %d days each at %d receivers" % (
        made.seed, change["days"], change["compared"]),
        ["group", "before", "after", "truth per sound", "per day", "weights", "compared before", "and after", "ruad", "off", "outcome"], rows)


# --- (d) what enforcing would do, foretold ---

FORETOLD = ((("list", "Platform lists"), ("listserv",)), (("service", None), ("bulk-dkim",)), (("arc", None), ("arc-intermediary",)),
            (("forward", None), ("forwarder",)), (("unknown", None), ("shadow-service", "spoofer")))


def check_forecast(book, made, answers):
    """The share of each group's failing messages that is acted on at quarantine, foretold at p=none, beside the outcome."""
    told, rows, lists = answers.forecast(), [], []
    for key, names in FORETOLD:
        failing, leaves, moved = told[key]
        before, after = (sum(made.failing(step, name) for name in names) for step in ("monitor", "enforce"))
        outcome = sum(made.counts("enforce")[name][3] for name in names) / after
        if names == origin.LISTS:
            left = (after / made.steady("enforce")) / (before / made.steady("monitor"))
            lists.append([key[1], failing, 1 - leaves / failing, left, left - (1 - leaves / failing), moved / failing, left * outcome])
            continue
        share = moved / failing
        rows.append([key[0], before, failing, share, after, outcome, "%+.1f points" % (100 * (share - outcome))])
        if min(before, after) >= BIG:
            book.hold(abs(share - outcome) <= SHARE_WITHIN, "seed %d: %s: %.3f foretold, %.3f came" % (made.seed, key[0], share, outcome))
    book.table("(d) seed %d: share of failing messages moved at quarantine" % made.seed,
               ["group", "failing at none", "ruad has", "foretold", "failing at quarantine", "outcome", "off"], rows)
    book.table("    lists: what is left of failing mail, per sound message, and what of it at none is moved",
               ["list", "failing at none", "left, foretold", "outcome", "residual", "moved, foretold", "outcome"], lists)


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

PARTS = (check_phases, check_totals, check_measured, check_forecast, check_verdicts)


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
