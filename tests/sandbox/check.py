#!/usr/bin/env python3
"""The sandbox: what a parser that was taken over cannot do, what a worker holds, and that one which dies or hangs costs
nothing but time."""
import os
import random
import signal
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import samples  # noqa: E402
from harness import RUAD, Tap, folder, process_status, read_proc, workers  # noqa: E402
from workers import Import, killer, totals  # noqa: E402

REPORTS, ROWS, KILLS, RUNS = 300, 200, 20, 20
PROBE = os.path.join(os.path.dirname(os.path.dirname(RUAD)), "tests", "sandbox", "sandbox_probe")
CANARY = "SECRET_OF_RUAD=canary"


def make_maildir(top):
    """REPORTS mails of ROWS rows each, and what they add up to."""
    want = {k: 0 for k in ("messages", *samples.CLASSES)}
    kinds = [(r[2:], name) for r, name in zip(samples.ROWS, samples.CLASSES)]
    for n in range(REPORTS):
        rows = []
        for i in range(ROWS):
            row, trust = kinds[(n + i) % len(kinds)]
            rows.append(("203.0.113.%d" % (i % 256), 1 + (n * i) % 97, *row))
            want[trust] += rows[-1][1]
            want["messages"] += rows[-1][1]
        xml = samples.report(n % 28, report_id="r%d" % n, rows=rows)
        samples.write(top, "Maildir/new/%04d" % n, samples.mail(samples.gz(xml), "r.xml.gz", "application/gzip"))
    return os.path.join(top, "Maildir"), want


def check_probe(tap):
    if not os.path.exists(PROBE):
        tap.skip("what the sandbox must stop", "this build has no sandbox")
        return
    done = subprocess.run([PROBE], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
    for line in done.stdout.decode().splitlines():
        if line.startswith(("ok ", "not ok ")):
            tap.case(line.startswith("ok "), line.split(" - ", 1)[1])
    tap.case(b"\n1.." in done.stdout, "the probe runs to its end", done.stdout + done.stderr)


def check_worker(tap, top):
    """A worker is looked at while ruad waits for us to read what it prints."""
    good = samples.write(top, "good.xml", samples.report(rows=samples.ROWS * 400))
    name, value = CANARY.split("=")
    with subprocess.Popen([RUAD, "parse", good], stdout=subprocess.PIPE, env={**os.environ, name: value}) as ruad:
        ruad.stdout.read(1)
        found = workers(ruad.pid)
        tap.equal(len(found), 1, "`ruad parse` has one worker")
        at = "/proc/%d/" % found[0]
        status = process_status(found[0])
        try:
            held = sorted((int(fd), os.readlink(at + "fd/" + fd).split(":")[0]) for fd in os.listdir(at + "fd"))
            environment = read_proc(at + "environ")
        except PermissionError:                 # it is not dumpable, so only root may look
            held = environment = None
        ruad.stdout.read()
    if not os.path.exists(PROBE):
        tap.skip("a worker is under a filter and holds one socket", "this build has no sandbox")
        return
    tap.equal((status["Seccomp"].strip(), status["NoNewPrivs"].strip()), ("2", "1"),
              "a worker is under a seccomp filter and can gain no privilege")
    if held is None:
        tap.skip("a worker holds one socket and nothing else", "only root may look")
        return
    tap.equal(held, [(0, "/dev/null"), (1, "/dev/null"), (2, "/dev/null"), (3, "socket")],
              "a worker holds one socket and nothing else")
    tap.case(CANARY.encode() not in environment, "a worker does not hold ruad's environment",
             "it has %s" % CANARY)


def check_kills(tap, top, maildir, want):
    """Runs until workers were killed KILLS times in all; each run must end as if nothing had happened."""
    kills = deaths = 0
    for n in range(RUNS):
        db = os.path.join(top, "kills%d.db" % n)
        run = Import(db, maildir, killer(KILLS - kills, 0.005, 0.08))
        kills, deaths = kills + run.hits, deaths + run.counts.get("parser_deaths", 0)
        got = totals(db), run.exit, run.counts.get("reports"), run.counts.get("refused")
        if got != (want, 0, REPORTS, 0):
            tap.equal(got, (want, 0, REPORTS, 0), "run %d: after %d kills the totals are exact" % (n, run.hits))
            return
        if kills >= KILLS:
            break
    tap.equal(kills, KILLS, "%d workers killed at random in %d imports of %d reports: totals exact, exit 0" % (
        KILLS, n + 1, REPORTS))
    tap.case(0 < deaths <= kills, "their deaths are counted", "%d kills, %d counted" % (kills, deaths))


def check_hang(tap, top, maildir, want):
    db = os.path.join(top, "hang.db")
    run = Import(db, maildir, lambda run: run.hits or run.hit(signal.SIGSTOP))
    tap.equal((run.hits, totals(db), run.exit, run.counts.get("refused"), run.counts.get("parser_deaths")),
              (1, want, 0, 0, 1), "a worker that hangs is replaced at its deadline: totals exact, exit 0, and it is counted")


def main():
    seed = random.randrange(1 << 32)
    print("# seed %d" % seed)
    random.seed(seed)
    tap = Tap()
    with folder() as top:
        with tap.guard("probe"):
            check_probe(tap)
        with tap.guard("worker"):
            check_worker(tap, top)
        with tap.guard("kills"):
            maildir, want = make_maildir(top)
            check_kills(tap, top, maildir, want)
        with tap.guard("hang"):
            check_hang(tap, top, maildir, want)
    tap.end()


if __name__ == "__main__":
    main()
