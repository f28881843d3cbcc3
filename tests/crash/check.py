#!/usr/bin/env python3
"""Crashes: an import that is killed at any moment, and a database that is full, locked or not to be written, cost nothing but
doing it again.

  check.py [--kills N]     N kills of a process of an import (default 12)
"""
import argparse
import contextlib
import json
import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import samples  # noqa: E402
from harness import DEADLINE_S, RUAD, Tap, folder, read_proc, ruad, workers  # noqa: E402

REPORTS, ROWS, KILLS = 300, 700, 12            # rows enough for several commits in one import
SMALL_BYTES = 512 * 1024                        # of the disk that fills up: the database needs several times as much
ROOMY_BYTES = 512 * 1024 * 1024
KILLS_AN_IMPORT = 3                             # on average, where it were left to run to its end
NOBODY = 65534
BUSY_S = 10                                     # a silent lock is waited for (storage/db.c)


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


def has_verify():
    return b"\n  verify " in ruad("--help").stdout


def is_exact(db, want):
    """What is wrong with a database that an import was run into to its end, or nothing."""
    wrong = []
    if totals(db) != want:
        wrong.append("totals %s" % totals(db))
    if has_verify():
        said = ruad("--db", db, "verify", ok=(0, 1))
        if said.returncode != 0:
            wrong.append("verify: %s" % (said.stdout + said.stderr).decode(errors="replace"))
    if look_inside(db) != ([("ok",)], [], (REPORTS, REPORTS)):
        wrong.append("inside: %s" % (look_inside(db),))
    return wrong


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


def take(db, maildir, binary=RUAD, **options):
    return subprocess.Popen([binary, "--db", db, "import", "--format", "json", maildir], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, **options)


def wait_until(condition):
    """Whether it came true before the deadline."""
    end = time.monotonic() + DEADLINE_S
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.005)
    return True


def check_end(tap, db, maildir, want, after):
    """An import that is left alone after all that went wrong."""
    last = json.loads(ruad("--db", db, "import", "--format", "json", maildir).stdout)
    print("# %s: %d reports had been kept" % (after, REPORTS - last["reports"]))
    tap.equal(is_exact(db, want), [], "%s: the next import ends with exact totals, sound and nothing twice" % after)
    tap.equal(last["reports"] + last["duplicates"], REPORTS + REPORTS // 5, "%s: and everything was looked at" % after)


# --- kill -9 ---


class Kills:
    """Imports of which any process may be killed at any moment; one that is killed is started again on the same database."""

    def __init__(self, top, maildir, want):
        self.top, self.maildir, self.want = top, maildir, want
        self.parents = self.parsers = self.ends = 0
        self.wrong = []
        began = time.monotonic()
        run = take(os.path.join(top, "undisturbed.db"), maildir)
        run.communicate(timeout=DEADLINE_S)
        self.whole_s = time.monotonic() - began

    def kill_one(self, run):
        """One of the import's processes at random, after a random while; false where it had ended before."""
        time.sleep(random.uniform(0, 2 * self.whole_s / KILLS_AN_IMPORT))       # the moment is what is random, nothing is waited for
        victim = random.choice([run.pid] + workers(run.pid))
        if run.poll() is not None:
            return False
        try:
            os.kill(victim, signal.SIGKILL)
        except ProcessLookupError:              # a parser that had just ended
            return True
        self.parents += victim == run.pid
        self.parsers += victim != run.pid
        return True

    def one_import(self, db, most):
        """True where it ran to its end."""
        run = take(db, self.maildir)
        while self.parents + self.parsers < most and self.kill_one(run) and run.poll() is None:
            pass
        out, said = run.communicate(timeout=DEADLINE_S)
        if not wait_until(lambda: not leftovers()):
            self.wrong.append("workers outlive their import: %s" % leftovers())
        if run.returncode not in (0, -signal.SIGKILL):
            self.wrong.append("exit %d: %s" % (run.returncode, said.decode(errors="replace")))
        return run.returncode == 0

    def series(self, number, most):
        """From an empty database to an import that ran to its end."""
        db = os.path.join(self.top, "killed.%d.db" % number)
        while not self.one_import(db, most) and not self.wrong:
            pass
        if self.wrong:
            return
        self.ends += 1
        self.wrong += ["series %d: %s" % (number, w) for w in is_exact(db, self.want)]
        again = json.loads(ruad("--db", db, "import", "--format", "json", self.maildir).stdout)
        if (again["reports"], again["duplicates"]) != (0, REPORTS + REPORTS // 5):
            self.wrong.append("series %d: once more adds %s" % (number, again))
        for end in "", "-wal", "-shm":
            with contextlib.suppress(FileNotFoundError):
                os.unlink(db + end)


def check_kills(tap, top, maildir, want, most):
    kills = Kills(top, maildir, want)
    number = 0
    while kills.parents + kills.parsers < most and not kills.wrong:
        kills.series(number, most)
        number += 1
    print("# killed: %d times the import itself, %d times a parser; %d imports ran to their end" % (
        kills.parents, kills.parsers, kills.ends))
    tap.equal(kills.wrong, [], "after %d kill -9 of any process: exact and sound at every end, nothing left running" % most)
    tap.case(kills.parents > 0 and kills.parsers > 0, "imports and their parsers were killed")


def leftovers():
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


@contextlib.contextmanager
def disk(tap, top, what, size):
    """A disk of that size, or a skipped case and None where we may not mount."""
    path = tempfile.mkdtemp(dir=top)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=%d" % size, "tmpfs", path],
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0
    if not mounted:
        tap.skip("%s: exit 3, and nothing lost" % what, "mounting a disk is not permitted")
    try:
        yield path if mounted else None
    finally:
        if mounted:
            subprocess.run(["umount", path], check=True)


def remount(path, options):
    subprocess.run(["mount", "-o", "remount," + options, path], check=True)


def check_failed(tap, db, run, what, *words):
    out, said = run.communicate(timeout=DEADLINE_S)
    said = said.decode(errors="replace")
    tap.equal((run.returncode, out), (3, b""), "%s: exit 3, and no counts as if all were well" % what)
    tap.case(len(said.strip().splitlines()) == 1 and said.startswith(("ruad: %s: " % db, "ruad: %s.raw: " % db)) and all(w in said for w in words),
             "%s: one line says what was wrong, and what to do" % what, said)
    print("# " + said.strip())


# --- a disk without room ---


def check_full(tap, top, maildir, want, _):
    with disk(tap, top, "a full disk", SMALL_BYTES) as path:
        if path is None:
            return
        db = os.path.join(path, "full.db")
        check_failed(tap, db, take(db, maildir), "a full disk", "disk is full", "make room")
        remount(path, "size=%d" % ROOMY_BYTES)
        check_end(tap, db, maildir, want, "after a full disk has room again")


def fill(path):
    """A file that takes all the room its disk has left."""
    with contextlib.suppress(OSError), open(path, "wb", buffering=0) as f:
        while f.write(bytes(4096)):
            pass


def check_full_beside(tap, top, maildir, want, _):
    with disk(tap, top, "a disk that another file fills", 64 * 1024 * 1024) as path:
        if path is None:
            return
        db, other = os.path.join(path, "full.db"), os.path.join(path, "full.db.other")
        ruad("--db", db, "import", os.path.join(maildir, "new", "0000.0"))
        before = totals(db)
        with sqlite3.connect(db) as reader:     # so that there is room for the index that readers share, and none for more
            reader.execute("SELECT count(*) FROM report").fetchall()
            fill(other)
            check_failed(tap, db, take(db, maildir), "a disk that another file fills", "disk is full", "make room")
            tap.equal(totals(db), before, "a disk that another file fills: what was there is shown")
        reader.close()
        check_failed(tap, db, take(db, maildir), "a disk without one free byte", "disk is full", "make room")
        os.unlink(other)
        check_end(tap, db, maildir, want, "after the other file is gone")


def check_full_checkpoint(tap, top, maildir, want, _):
    """All is in the journal; the database has no room for it."""
    with disk(tap, top, "no room for a checkpoint", ROOMY_BYTES) as path:
        if path is None:
            return
        db, other = os.path.join(path, "full.db"), os.path.join(path, "full.db.other")
        ruad("--db", db, "import", os.path.join(maildir, "new", "0000.0"))
        reader = sqlite3.connect(db)            # while it is there nobody is the last to close
        reader.execute("SELECT count(*) FROM report").fetchall()
        ruad("--db", db, "import", maildir)
        journal = os.path.getsize(db + "-wal")
        remount(path, "size=%d" % (1024 * 1024 + sum(f.stat().st_size for f in os.scandir(path))))
        fill(other)
        reader.close()
        tap.case(os.path.getsize(db + "-wal") >= journal > 512 * 1024, "no room for a checkpoint: the journal stays")
        tap.equal(totals(db), want, "no room for a checkpoint: totals are exact")
        os.unlink(other)
        remount(path, "size=%d" % ROOMY_BYTES)
        check_end(tap, db, maildir, want, "after there was no room for a checkpoint")


def check_file_size(tap, top, maildir, want, _):
    """A ceiling on the size of files, as a quota sets it."""
    db = os.path.join(top, "quota.db")

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (SMALL_BYTES, SMALL_BYTES))

    check_failed(tap, db, take(db, maildir, preexec_fn=limit), "files that may not grow", "look at the disk and its quota")
    check_end(tap, db, maildir, want, "after they may grow again")


# --- a database that may not be written ---


def as_nobody():
    if os.getuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)


def check_not_written(tap, db, maildir, what, **options):
    """Somebody who may only read takes in what he may not, and looks at what is there."""
    before = totals(db)
    files = sorted(os.listdir(os.path.dirname(db)))
    check_failed(tap, db, take(db, maildir, **options), what, "may not be written", "let this user write it")
    binary = options.pop("binary", RUAD)
    shown = subprocess.run([binary, "--db", db, "summary", "--period", "all", "--format", "json"], stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE, timeout=DEADLINE_S, **options)
    total = json.loads(shown.stdout)["total"] if shown.stdout else shown.stderr
    tap.equal({k: total[k] for k in before} if shown.stdout else total, before, "%s: summary reads it" % what)
    tap.equal(sorted(os.listdir(os.path.dirname(db))), files, "%s: nothing is left behind that its owner must remove" % what)


def check_permissions(tap, top, maildir, want, _):
    binary = shutil.copy(RUAD, os.path.join(top, "ruad"))       # a checkout may stand where others may not look
    for mode, folder_mode in (0o444, 0o777), (0o666, 0o555):
        what = "a database of mode %o in a folder of %o" % (mode, folder_mode)
        path = tempfile.mkdtemp(dir=top)
        db = os.path.join(path, "mine.db")
        ruad("--db", db, "import", os.path.join(maildir, "new", "0000.0"))
        os.chmod(db, mode)
        os.chmod(path, folder_mode)
        check_not_written(tap, db, maildir, what, binary=binary, preexec_fn=as_nobody)
        os.chmod(path, 0o755)
        os.chmod(db, 0o644)
        check_end(tap, db, maildir, want, "after " + what)


def check_read_only_disk(tap, top, maildir, want, _):
    with disk(tap, top, "a read-only disk", ROOMY_BYTES) as path:
        if path is None:
            return
        db = os.path.join(path, "mine.db")
        ruad("--db", db, "import", os.path.join(maildir, "new", "0000.0"))
        remount(path, "ro")
        check_not_written(tap, db, maildir, "a read-only disk")
        remount(path, "rw")
        check_end(tap, db, maildir, want, "after a read-only disk")


# --- a database that others write ---


def is_waiting(run):
    """It sleeps until it asks for the lock again: nothing else in an import sleeps."""
    return b"nanosleep" in read_proc("/proc/%d/wchan" % run.pid) or run.poll() is not None


def check_locked(tap, top, maildir, want, _):
    db = os.path.join(top, "locked.db")
    ruad("--db", db, "import", os.path.join(maildir, "new", "0000.0"))
    other = sqlite3.connect(db, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    check_failed(tap, db, take(db, maildir), "a locked database", "locked", "run this again")
    other.execute("ROLLBACK")
    check_end(tap, db, maildir, want, "after a lock")
    other.execute("BEGIN IMMEDIATE")
    run = take(db, maildir)
    waited = wait_until(lambda: is_waiting(run)) and run.poll() is None
    other.execute("ROLLBACK")
    other.close()
    said = run.communicate(timeout=DEADLINE_S)[1].decode(errors="replace")
    tap.case(waited, "a lock that goes in time: the import waits for it")
    tap.equal((run.returncode, said), (0, ""), "a lock that goes in time: nothing is said, all is well")


def check_busy(tap, top, maildir, want, _):
    """Another that writes for longer than a silent one is waited for, and lets go only for moments."""
    db = os.path.join(top, "busy.db")
    ruad("--db", db, "import", os.path.join(maildir, "new", "0000.0"))
    other = sqlite3.connect(db, isolation_level=None, timeout=DEADLINE_S)
    other.execute("BEGIN IMMEDIATE")
    run = take(db, maildir)
    until = time.monotonic() + BUSY_S + 2
    while time.monotonic() < until and run.poll() is None:
        other.execute("INSERT OR REPLACE INTO meta (key, value) VALUES ('other', ?)", (time.monotonic(),))
        other.execute("COMMIT")
        other.execute("BEGIN IMMEDIATE")
        time.sleep(0.05)                        # the work of the other
    other.execute("ROLLBACK")
    other.close()
    said = run.communicate(timeout=DEADLINE_S)[1].decode(errors="replace")
    tap.equal((run.returncode, said), (0, ""), "a database that another works on is waited for")
    tap.equal(is_exact(db, want), [], "a database that another works on: totals are exact")


def check_two(tap, top, maildir, want, _):
    db = os.path.join(top, "two.db")
    runs = [take(db, maildir) for _ in range(2)]
    said = [run.communicate(timeout=DEADLINE_S) for run in runs]
    tap.equal([(run.returncode, err) for run, (_, err) in zip(runs, said)], [(0, b"")] * 2, "two imports at once end well")
    tap.equal(sum(json.loads(out)["reports"] for out, _ in said if out), REPORTS, "two imports at once: each report is taken in once")
    tap.equal(is_exact(db, want), [], "two imports at once: totals are exact")


def main():
    options = argparse.ArgumentParser(usage=__doc__)
    options.add_argument("--kills", type=int, default=KILLS)
    most = options.parse_args().kills
    seed = random.randrange(1 << 32)
    print("# seed %d" % seed)
    random.seed(seed)
    tap = Tap()
    checks = (check_kills, check_full, check_full_beside, check_full_checkpoint, check_file_size, check_permissions,
              check_read_only_disk, check_locked, check_busy, check_two)
    with folder() as top:
        os.chmod(top, 0o755)
        maildir, want = make_maildir(top)
        for check in checks:
            path = tempfile.mkdtemp(dir=top)
            os.chmod(path, 0o755)
            with tap.guard(check.__name__):
                check(tap, path, maildir, want, most)
    if not has_verify():
        tap.skip("verify is clean at every end", "this ruad has no such verb")
    tap.end()


if __name__ == "__main__":
    main()
