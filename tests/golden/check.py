#!/usr/bin/env python3
"""Golden samples: every element of both aggregate schemas, every field of a TLS report and of a failure report, against the
exact lines that `ruad parse` must print for them, key by key.

A sample stands beside its NAME.expected.jsonl; where a line names the file, it is the bare name there. Each sample is also
read as it arrives: packed and as an attachment of a mail.
"""
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
import samples  # noqa: E402
from harness import Tap, folder, ndjson, ruad  # noqa: E402

SAMPLES = (
    ("rfc7489.xml", "text/xml", "every element of RFC 7489"),
    ("rfc9990.xml", "text/xml", "every element of RFC 9990, extensions of the report and of a record"),
    ("tlsrpt.json", "application/tlsrpt+json", "every field of RFC 8460"),
    ("failure.eml", None, "every field of RFC 9991 and RFC 6591"),
)


def parse(path):
    lines = ndjson(ruad("parse", path).stdout)
    for line in lines:
        line["file"] = os.path.basename(line["file"])
    return lines


def differences(got, want):
    if len(got) != len(want):
        return "%d lines, want %d" % (len(got), len(want))
    out = []
    for g, w in zip(got, want):
        out += ["%s: got %s, want %s" % (k, json.dumps(g.get(k)), json.dumps(w.get(k)))
                for k in sorted(set(g) | set(w)) if g.get(k) != w.get(k) or (k in g) != (k in w)]
    return "\n".join(out)


def main():
    tap = Tap()
    with folder() as top:
        for name, kind, says in SAMPLES:
            with tap.guard(name):
                with open(os.path.join(HERE, name + ".expected.jsonl"), "rb") as f:
                    want = ndjson(f.read())
                got = parse(os.path.join(HERE, name))
                tap.case(got == want, "%s is read as it must be: %s" % (name, says), differences(got, want))
                if kind is None:
                    continue
                with open(os.path.join(HERE, name), "rb") as f:
                    data = f.read()
                for how, packed in (("gzip", samples.gz(data.decode())), ("zip", samples.zipped(data.decode(), name))):
                    got = parse(samples.write(top, name + ".eml", samples.mail(packed, name + "." + how, kind)))
                    for line in got + want:
                        line["file"] = line["member"] = None
                    tap.case(got == want, "%s as %s in a mail is the same" % (name, how), differences(got, want))
    tap.end()


if __name__ == "__main__":
    main()
