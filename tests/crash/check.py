#!/usr/bin/env python3
"""Crashes: an import that is killed at any moment, and a disk that is full, cost nothing but doing it again."""
import json
import os
import random
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import samples  # noqa: E402
from harness import DEADLINE_S, RUAD, Tap, folder, ruad  # noqa: E402

REPORTS, ROWS, KILLS = 300, 700, 20            # rows enough for several commits in one import
SMALL_BYTES = 512 * 1024                        # of the disk that fills up: the database needs several times as much


def make_maildir(top):
    """REPORTS mails of ROWS rows each, every fifth of them twice, and what they add up to."""
    want = {k: 0 for k in ("messages", *samples.CLASSES)}
    networks = "192.0.2", "198.51.100", "203.0.113"
    for n in range(REPORTS):
        rows = []
        for i in range(ROWS):
            at = (n + i) % len(samples.ROWS)
            rows.append(("%s.%d" % (networks[i % 3], i // 3 % 256), 1 + (n * i) % 97, *samples.ROWS[at][2:]))
            want[list(samples.CLASSES)[at]] += rows[-1][1]
            want["messages"] += rows[-1][1]
        mail = samples.mail(samples.gz(samples.report(n % 28, report_id="r%d" % n, rows=rows)), "r.gz", "application/gzip")
        for k in range(2 if n % 5 == 0 else 1):
            samples.write(top, "Maildir/new/%04d.%d" % (n, k), mail)
    return os.path.join(top, "Maildir"), want


def totals(db):
    total = json.loads(ruad("--db", db, "summary", "--period", "all", "--format", "json", ok=(0, 1)).stdout)["total"]
    return {k: total[k] for k in ("messages", *samples.CLASSES)}


def look_inside(db):
    """What SQLite itself says of the file, how many reports it holds, and how many keys."""
    with sqlite3.connect(db) as c:
        check = c.execute("PRAGMA integrity_check").fetchall()
        foreign = c.execute("PRAGMA foreign_key_check").fetchall()
        reports = c.execute("SELECT count(*), count(DISTINCT key) FROM report").fetchone()
    c.close()
    return check, foreign, reports


def take(db, maildir, **options):
    return subprocess.Popen([RUAD, "--db", db, "import", "--format", "json", maildir], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, **options)


def check_end(tap, db, maildir, want, after):
    """An import that is left alone after all that went wrong."""
    last = json.loads(ruad("--db", db, "import", "--format", "json", maildir).stdout)
    print("# %s: %d reports had been kept" % (after, REPORTS - last["reports"]))
    tap.equal(totals(db), want, "%s: the next import ends with exact totals" % after)
    tap.equal(look_inside(db), ([("ok",)], [], (REPORTS, REPORTS)), "%s: the database is sound and holds nothing twice" % after)
    tap.equal(last["reports"] + last["duplicates"], REPORTS + REPORTS // 5, "%s: and everything was looked at" % after)


def check_kills(tap, top, maildir, want):
    db = os.path.join(top, "killed.db")
    began = time.monotonic()
    take(os.path.join(top, "undisturbed.db"), maildir).communicate(timeout=DEADLINE_S)
    whole_s = time.monotonic() - began
    killed = 0
    for _ in range(KILLS):
        run = take(db, maildir)
        time.sleep(random.uniform(0, whole_s))
        run.kill()
        run.communicate(timeout=DEADLINE_S)
        killed += run.returncode == -signal.SIGKILL
    tap.case(killed >= KILLS // 2, "%d imports were killed at random moments" % KILLS, "%d of them before their end" % killed)
    time.sleep(0.2)
    tap.equal(leftovers(db), [], "no worker outlives its import")
    check_end(tap, db, maildir, want, "after kill -9")
    again = json.loads(ruad("--db", db, "import", "--format", "json", maildir).stdout)
    tap.equal((again["reports"], again["duplicates"]), (0, REPORTS + REPORTS // 5), "after kill -9: once more adds nothing")


def leftovers(db):
    """Workers of the binary under test that have no parent any more."""
    out = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/cmdline" % pid, "rb") as f:
                is_worker = b"--role=parse" in f.read()
            with open("/proc/%s/status" % pid, "rb") as f:
                orphan = b"\nPPid:\t1\n" in f.read()
            if is_worker and orphan and os.readlink("/proc/%s/exe" % pid) == os.path.realpath(RUAD):
                out.append(int(pid))
        except OSError:                         # gone, or somebody else's
            continue
    return out


def full_disk(top):
    """A folder that has room for SMALL_BYTES, and how to make more of it; or None where we may not mount."""
    path = os.path.join(top, "small")
    os.mkdir(path)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=%d" % SMALL_BYTES, "tmpfs", path],
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return path if mounted.returncode == 0 else None


def check_failed(tap, run, what):
    out, said = run.communicate(timeout=DEADLINE_S)
    said = said.decode(errors="replace")
    tap.equal((run.returncode, out), (3, b""), "%s: exit 3, and no counts as if all were well" % what)
    tap.case(len(said.strip().splitlines()) == 1 and said.startswith("ruad: ") and "disk" in said,
             "%s: one line says what was wrong" % what, said)
    print("# " + said.strip())


def check_full(tap, top, maildir, want):
    path = full_disk(top)
    if path is None:
        tap.skip("a full disk: exit 3, and nothing lost", "mounting a small disk is not permitted")
        return
    try:
        db = os.path.join(path, "full.db")
        check_failed(tap, take(db, maildir), "a full disk")
        subprocess.run(["mount", "-o", "remount,size=%d" % (512 * 1024 * 1024), path], check=True)
        check_end(tap, db, maildir, want, "after a full disk has room again")
    finally:
        subprocess.run(["umount", path], check=True)


def check_file_size(tap, top, maildir, want):
    """A ceiling on the size of files, as a quota sets it."""
    db = os.path.join(top, "quota.db")

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (SMALL_BYTES, SMALL_BYTES))

    check_failed(tap, take(db, maildir, preexec_fn=limit), "files that may not grow")
    check_end(tap, db, maildir, want, "after they may grow again")


def main():
    seed = random.randrange(1 << 32)
    print("# seed %d" % seed)
    random.seed(seed)
    tap = Tap()
    with folder() as top:
        maildir, want = make_maildir(top)
        for check in (check_kills, check_full, check_file_size):
            with tap.guard(check.__name__):
                check(tap, tempfile.mkdtemp(dir=top), maildir, want)
    tap.end()


if __name__ == "__main__":
    main()
