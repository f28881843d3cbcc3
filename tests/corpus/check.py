#!/usr/bin/env python3
"""What `ruad parse` reads: one report in every carriage and dialect, what it refuses, and, where ../shared/corpus
stands beside the checkout, every sound file of it against EXPECTED.jsonl."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import samples  # noqa: E402
from harness import RUAD, SHARED, Tap, folder, ndjson, ruad  # noqa: E402

WHERE = ("file", "member")                      # what differs by carriage alone


def parse(*paths, stdin=None, ok=(0,)):
    return ndjson(ruad("parse", *paths, stdin=stdin, ok=ok).stdout)


def bare(line):
    return {k: v for k, v in line.items() if k not in WHERE}


def carriages(xml):
    gz = samples.gz(xml)
    mail = samples.mail(gz, "report.xml.gz", "application/gzip")
    return (
        ("xml", "a.xml", xml),
        ("gzip", "a.xml.gz", gz),
        ("zip", "a.zip", samples.zipped(xml)),
        ("gzip in mail", "a.eml", mail),
        ("zip in mail", "b.eml", samples.mail(samples.zipped(xml), "report.zip", "application/zip")),
        ("xml in mail", "c.eml", samples.mail(xml.encode(), "report.xml", "text/xml")),
        ("gzip under a wrong type and no name", "d.eml", samples.mail(gz, "", "application/octet-stream")),
        ("mbox", "a.mbox", samples.mbox(mail)),
        ("Maildir", "Maildir/new/1.1.host", mail),
        ("gzip without an ending", "plain", gz),
    )


def check_carriages(tap, top):
    xml = samples.report()
    want = None
    for name, path, data in carriages(xml):
        with tap.guard(name):
            path = samples.write(top, path, data)
            got = parse(path.split("/new/")[0])
            want = want or bare(got[0])
            tap.equal([bare(line) for line in got], [want], "reads a report as " + name)
    with tap.guard("stdin"):
        got = parse("-", stdin=samples.gz(xml))
        tap.equal([bare(line) for line in got], [want], "reads a report from standard input")
    with tap.guard("totals"):
        tap.equal((want["kind"], want["messages"], want["row_count"], want["totals"]),
                  ("aggregate", samples.MESSAGES, len(samples.ROWS), samples.CLASSES),
                  "counts each class of the report")
    with tap.guard("mbox of two"):
        mails = [samples.mail(samples.gz(samples.report(day)), "r.gz", "application/gzip") for day in (0, 1)]
        path = samples.write(top, "two.mbox", samples.mbox(*mails))
        tap.equal([line["report_id"] for line in parse(path)], ["r0", "r1"], "reads every mail of an mbox, in order")
    with tap.guard("new dialect"):
        got = parse(samples.write(top, "new.xml", samples.report(rfc9990=True)))[0]
        tap.equal((got["namespace"], got["testing"], got["np"], got["pct"], got["totals"]),
                  ("urn:ietf:params:xml:ns:dmarc-2.0", "n", "none", None, samples.CLASSES),
                  "reads the dialect of RFC 9990")


def check_refusals(tap, top):
    xml = samples.report()
    refused = (
        ("a text that is no report", "note.txt", "Dear all,\n\nno report here.\n"),
        ("an empty file", "empty.xml", ""),
        ("a DOCTYPE", "doctype.xml", xml.replace("<feedback", '<!DOCTYPE feedback [<!ENTITY a "b">]>\n<feedback', 1)),
        ("a damaged gzip", "cut.gz", samples.gz(xml)[:40]),
    )
    for name, path, data in refused:
        with tap.guard(name):
            got = parse(samples.write(top, path, data), ok=(1,))
            tap.case([g["kind"] for g in got] == ["unparseable"] and got[0]["reason"] and got[0]["code"],
                     "refuses %s, with a reason and exit 1" % name, got)
    with tap.guard("cut"):
        got = parse(samples.write(top, "cut.xml", xml[:xml.index("</record>") + 40]), ok=(0, 1))
        tap.equal([(g["kind"], g["complete"], g["row_count"]) for g in got], [("aggregate", False, 1)],
                  "keeps the whole rows of a report that stops early")
    with tap.guard("run"):
        both = samples.write(top, "run/1.txt", "nothing"), samples.write(top, "run/2.xml", xml)
        got = parse(os.path.dirname(both[0]), ok=(1,))
        tap.equal(sorted(g["kind"] for g in got), ["aggregate", "unparseable"], "one bad file does not stop the run")


def check_shared(tap):
    corpus, tools = os.path.join(SHARED, "corpus"), os.path.join(SHARED, "tools")
    name = "reads every sound file of the corpus as EXPECTED.jsonl says"
    if not os.path.isdir(corpus):
        tap.skip(name, "../shared/corpus does not stand beside the checkout")
        return
    read = ruad("parse", corpus, ok=(0, 1)).stdout
    for options, judge in ((["--wellformed"], True), ([], False)):
        done = subprocess.run([sys.executable, os.path.join(tools, "compare.py"),
                               os.path.join(corpus, "EXPECTED.jsonl"), "-"] + options,
                              input=read, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        said = done.stdout.decode(errors="replace")
        if judge:
            tap.case(done.returncode == 0, name, said)
        else:
            print("# damaged files included: " + said.strip().splitlines()[-1])


def main():
    tap = Tap()
    print("# " + RUAD)
    with folder() as top:
        check_carriages(tap, top)
        check_refusals(tap, top)
    with tap.guard("corpus"):
        check_shared(tap)
    tap.end()


if __name__ == "__main__":
    main()
