#!/usr/bin/env python3
"""Bombs: each is refused with its own code, the worker stays small, and what else the run was given is read all the same.

  check.py            the suite: TAP
  check.py --table    time, memory and code of each, as a table; asserts nothing. With words: only the bombs whose name
                      has one of them
"""
import json
import os
import select
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import samples  # noqa: E402
from bombs import BOMBS  # noqa: E402
from harness import DEADLINE_S, RUAD, Tap, folder, process_status, workers  # noqa: E402

WORKER_KB = 96 * 1024
POLL_S = 0.003
# What stands behind the bomb: a report whose JSON is larger than a pipe holds. Once its first byte can be read, the bomb is
# done with; and as long as we do not read, ruad waits and its worker is still there to be looked at.
GOOD_ROWS = tuple(("192.0.2.%d" % (i % 250), i, "none", "pass", "pass", "d%d.univ.example" % i) for i in range(1500))


class Run:
    """One run of `ruad parse BOMB GOOD`: how it ended, and the most memory any worker of it had resident."""

    def __init__(self, bomb, good):
        self.peak_kb, self.sandboxed, self.pids = 0, False, set()
        began = time.monotonic()
        with tempfile.TemporaryFile() as said:
            ruad = subprocess.Popen([RUAD, "parse", bomb, good], stdout=subprocess.PIPE, stderr=said)
            while not select.select([ruad.stdout], [], [], POLL_S)[0]:
                self.look(ruad.pid)
                if time.monotonic() - began > DEADLINE_S:
                    ruad.kill()
            self.seconds = time.monotonic() - began
            self.look(ruad.pid)
            self.lines = [json.loads(line) for line in ruad.stdout.read().splitlines()]
            self.exit = ruad.wait()
            said.seek(0)
            self.said = said.read().decode(errors="replace")

    def look(self, pid):
        for worker in workers(pid):
            now = process_status(worker)
            if "VmHWM" in now:
                self.pids.add(worker)
                self.peak_kb = max(self.peak_kb, int(now["VmHWM"].split()[0]))
                self.sandboxed = self.sandboxed or now.get("Seccomp", "").strip() == "2"

    def code(self):
        return self.lines[0].get("code") if self.lines and self.lines[0]["kind"] == "unparseable" else None


def run(top, file, make, good):
    path = samples.write(top, "bomb/" + file, make())
    try:
        return Run(path, good), os.path.getsize(path)
    finally:
        os.unlink(path)


def check(tap, top, good):
    for name, file, make, code in BOMBS:
        with tap.guard(name):
            r = run(top, file, make, good)[0]
            got = json.dumps([{k: str(v)[:200] for k, v in line.items() if k != "rows"} for line in r.lines]) + r.said
            tap.case(r.code() == code and r.exit == 1, "%s is refused as %s" % (name, code), got)
            tap.case([line.get("row_count") for line in r.lines[1:]] == [len(GOOD_ROWS)],
                     "%s: the report behind it is read" % name, got)
            if r.sandboxed:                     # a sanitizer's shadow memory is its own
                tap.case(0 < r.peak_kb < WORKER_KB, "%s: the worker stays under 96 MB" % name, "%d kB" % r.peak_kb)


def table(top, good, words):
    print("%-46s %9s %-11s %-11s %7s %7s %s" % ("bomb", "bytes", "expected", "code", "s", "MB", ""))
    for name, file, make, code in BOMBS:
        if words and not any(w in name for w in words):
            continue
        r, size = run(top, file, make, good)
        wrong = " ".join(w for w, bad in (("CODE", r.code() != code), ("TIME", r.seconds > 2),
                                          ("MEMORY", r.peak_kb >= WORKER_KB), ("DIED", len(r.pids) > 1)) if bad)
        print("%-46s %9d %-11s %-11s %7.2f %7.1f %s" % (name, size, code, r.code(), r.seconds, r.peak_kb / 1024, wrong))
        sys.stdout.flush()


def main():
    with folder() as top:
        good = samples.write(top, "good.xml", samples.report(rows=GOOD_ROWS))
        if sys.argv[1:2] == ["--table"]:
            table(top, good, sys.argv[2:])
            return
        tap = Tap()
        check(tap, top, good)
        tap.end()


if __name__ == "__main__":
    main()
