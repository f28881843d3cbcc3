#!/usr/bin/env python3
"""What `ruad import` keeps: totals by every dimension against what was sent, nothing twice, a complete report instead
of a cut one, refusals that stop nothing. Where ../shared/tools stands beside the checkout, a generated Maildir against
its truth.json.

  check_totals.py [FOLDER]     FOLDER: a set that gen_reports.py made already
"""
import ipaddress
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import samples  # noqa: E402
from harness import SHARED, Tap, folder, ndjson, ruad  # noqa: E402

CLASSES = ("fully_trusted", "partially_trusted", "untrusted", "quarantined", "rejected")
REPORTS = 300


def summary(db):
    return json.loads(ruad("--db", db, "summary", "--period", "all", "--format", "json", ok=(0, 1)).stdout)


def totals(db):
    total = summary(db)["total"]
    return {name: total[name] for name in CLASSES}


def breakdown(db, by):
    """{key: [messages by class]} of the whole database, groups without messages left out."""
    lines = ndjson(ruad("--db", db, "records", "--by", by, "--period", "all", "--format", "ndjson", ok=(0, 1)).stdout)
    out = {}
    for line in lines:
        key = line["key"]
        assert key not in out, "%s twice in by=%s" % (key, by)
        assert line["messages"] == sum(line[c] for c in CLASSES), line
        out[key] = [line[c] for c in CLASSES]
    return no_empty(out)


def no_empty(groups):
    return {key: counts for key, counts in groups.items() if any(counts)}


def normal(groups):
    """One spelling per address: IPv4-mapped is IPv4, IPv6 is compressed."""
    out = {}
    for key, counts in groups.items():
        try:
            address = ipaddress.ip_address(key)
            key = str(getattr(address, "ipv4_mapped", None) or address)
        except ValueError:
            pass
        out[key] = [a + b for a, b in zip(out.get(key, [0] * len(CLASSES)), counts)]
    return out


def differences(got, want):
    lines = ["%s: got %s, want %s" % (key, got.get(key), want.get(key))
             for key in sorted(set(got) | set(want), key=str) if got.get(key) != want.get(key)]
    return "%d groups differ\n%s" % (len(lines), "\n".join(lines))


def counts_of(db, *paths, ok=(0,)):
    return json.loads(ruad("--db", db, "import", "--format", "json", *paths, ok=ok).stdout)


def check_own(tap, top):
    db = os.path.join(top, "own.db")
    box = os.path.join(top, "box")
    for day in range(3):
        xml = samples.report(day)
        samples.write(box, "new/%d" % day, samples.mail(samples.gz(xml), "r.gz", "application/gzip"))
        samples.write(box, "new/%d.again" % day, samples.mail(samples.zipped(xml), "r.zip", "application/zip"))
    samples.write(box, "new/other", "From: a@univ.example\r\nSubject: no report\r\n\r\nHello.\r\n")
    with tap.guard("import"):
        first = counts_of(db, box, ok=(1,))
        tap.equal(totals(db), {k: 3 * v for k, v in samples.CLASSES.items()},
                  "a report sent twice is counted once, and a mail without one stops nothing (exit 1)")
        tap.equal(breakdown(db, "day"), {"2025-09-%d" % (15 + day): list(samples.CLASSES.values()) for day in range(3)},
                  "counts on the UTC day a report begins")
        tap.equal((first["reports"], first["duplicates"], first["refused"]), (3, 3, 1), "import counts what it did")
    with tap.guard("conflict"):
        other = samples.report(0, reporter="other.example")
        counts_of(db, samples.write(top, "other.xml", other))
        tap.equal(summary(db)["total"]["messages"], 4 * samples.MESSAGES,
                  "the same report id of another reporter is another")


def check_cut(tap, top):
    db = os.path.join(top, "cut.db")
    whole = samples.report()
    cut = samples.write(top, "cut.xml", whole[:whole.index("</record>") + 20])
    whole = samples.write(top, "whole.xml", whole)
    with tap.guard("cut"):
        counts_of(db, cut, ok=(0, 1))
        tap.equal(summary(db)["total"]["messages"], samples.ROWS[0][1], "the whole rows of a cut report count")
        counts_of(db, whole)
        tap.equal(totals(db), samples.CLASSES, "the complete report takes the place of the cut one")
        counts_of(db, cut, ok=(0, 1))
        tap.equal(totals(db), samples.CLASSES, "the cut one, sent again, changes nothing")


def generated(tap, top):
    """The folder of a generated set, or None."""
    if len(sys.argv) > 1:
        return sys.argv[1]
    generator = os.path.join(SHARED, "tools", "gen_reports.py")
    if not os.path.exists(generator):
        tap.skip("totals of a generated set equal its truth", "../shared/tools does not stand beside the checkout")
        return None
    subprocess.run([sys.executable, generator, "--out", top, "--reports", str(REPORTS), "--rows-mean", "50", "--dup",
                    "0.05"], check=True, stdout=subprocess.DEVNULL)
    return top


def check_generated(tap, top, made):
    db = os.path.join(top, "generated.db")
    with open(os.path.join(made, "truth.json"), encoding="utf-8") as f:
        truth = json.load(f)
    first = counts_of(db, os.path.join(made, "Maildir"), ok=(0, 1) if truth["other_mails"] else (0,))
    tap.equal((first["reports"], first["duplicates"]), (truth["reports"], truth["duplicates"]),
              "takes in each report once, and counts the others")
    tap.equal(totals(db), truth["totals"], "totals by class")
    total = summary(db)["total"]
    tap.case(total["messages"] == truth["messages"] and 0 < total["rows"] <= truth["rows"],
             "messages in all, and no more rows than were sent (those alike within a report are one)", total)
    for by, name in (("day", "by_day"), ("domain", "by_header_from"), ("policy_domain", "by_domain"),
                     ("reporter", "by_reporter")):
        got, want = breakdown(db, by), no_empty(truth[name])
        tap.case(got == want, "totals by %s: %d groups" % (by, len(want)), differences(got, want))
    got, want = normal(breakdown(db, "ip")), normal(no_empty(truth["by_ip"]))
    tap.case(got == want, "totals by address: %d groups" % len(want), differences(got, want))
    check_again(tap, db, made, truth)


def check_again(tap, db, made, truth):
    before = summary(db)
    again = counts_of(db, os.path.join(made, "Maildir"), ok=(0, 1) if truth["other_mails"] else (0,))
    tap.equal((again["reports"], again["duplicates"]), (0, truth["deliveries"] - truth["other_mails"]),
              "a second import of the same adds nothing, and says so")
    after = summary(db)
    tap.equal((after["total"], after["data"], after["generation"]),
              (before["total"], before["data"], before["generation"]), "and changes no number and no generation")


def main():
    tap = Tap()
    with folder() as top:
        check_own(tap, top)
        check_cut(tap, top)
        with tap.guard("generated"):
            made = generated(tap, tempfile.mkdtemp(dir=top))
            if made:
                check_generated(tap, top, made)
    tap.end()


if __name__ == "__main__":
    main()
