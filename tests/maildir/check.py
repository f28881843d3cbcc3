#!/usr/bin/env python3
"""Maildirs and folders as sources of the daemon: what arrives is stored once, whatever happens meanwhile, and only then moved,
marked or removed.

  check.py                    all of it, with 3,000 mails for two daemons
  check.py --only NAME        one check, by the name that its line of time has
  check.py --arrivals N       two daemons with a database each on one maildir, into which N mails arrive; nothing else
"""
import argparse
import contextlib
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import samples  # noqa: E402
from harness import RUAD, Tap, folder, read_proc  # noqa: E402
from served import wait_until  # noqa: E402

ARRIVALS, KILLED_ARRIVALS, KILLS = 3000, 1500, 8
NEVER_S = 86400                                 # no test waits for a poll: what arrives is noticed
NOBODY = 65534
ROW = [("192.0.2.1", 1, "none", "pass", "pass", "univ.example")]


def report(name):
    return samples.report(0, report_id=name, rows=ROW)


def mail(name):
    return samples.mail(samples.gz(report(name)), "r.gz", "application/gzip")


class Maildir:
    def __init__(self, path):
        self.path = path
        self.make()

    def make(self):
        for part in "tmp", "new", "cur":
            os.makedirs(os.path.join(self.path, part))

    def deliver(self, name, data=None, to="new", info=""):
        """As a mail server does: written elsewhere, then renamed."""
        written = os.path.join(self.path, "tmp", name)
        with open(written, "wb") as f:
            f.write(mail(name) if data is None else data)
        os.rename(written, os.path.join(self.path, to, name + info))

    def names(self, part):
        path = os.path.join(self.path, part)
        return sorted(os.listdir(path)) if os.path.isdir(path) else []

    def work(self):
        """What lies in the work folders of daemons."""
        return [n for p in os.listdir(self.path) if p.startswith("ruad-work-") for n in self.names(p)]


class Daemon:
    """`ruad serve` with one mail source and a database of its own."""

    def __init__(self, top, name, keys, options=None):
        self.db = os.path.join(top, name + ".db")
        self.config = os.path.join(top, name + ".conf")
        self.log = os.path.join(top, name + ".log")
        self.options = options or {}
        self.binary = self.options.pop("binary", RUAD)
        with open(self.config, "w", encoding="utf-8") as f:
            f.write('database = { path = "%s"; };\nweb = { listen = "127.0.0.1:0"; };\ndns = { lookups = false; };\n'
                    'mail = ( { name = "reports"; %s } );\n' % (self.db, keys))
        self.run = None

    def start(self):
        self.began = os.path.getsize(self.log) if os.path.exists(self.log) else 0
        with open(self.log, "ab") as log:
            self.run = subprocess.Popen([self.binary, "--config", self.config, "serve"], stdout=subprocess.DEVNULL, stderr=log,
                                        **self.options)
        wait_until(lambda: "serving on" in self.said() or self.run.poll() is not None, "that it serves")
        return self

    def said(self):
        with open(self.log, encoding="utf-8", errors="replace") as f:
            f.seek(self.began)
            return f.read()

    def kill(self):
        self.run.kill()
        self.run.wait()

    def stop(self):
        """Its exit code; raises where a role of it broke."""
        if self.run is None or self.run.poll() is not None:
            return None
        self.run.terminate()
        code = self.run.wait(timeout=60)
        if re.search(r"Sanitizer|runtime error:|assert", self.said()):
            raise AssertionError(self.said())
        return code

    def role(self, name):
        """The pid of the process that has it."""
        children = read_proc("/proc/%d/task/%d/children" % (self.run.pid, self.run.pid)).split()
        return next(int(c) for c in children if read_proc("/proc/%s/comm" % c.decode()).strip() == b"ruad: " + name.encode())

    def ask(self, sql):
        if not os.path.exists(self.db):
            return []
        with contextlib.closing(sqlite3.connect("file:%s?mode=ro" % self.db, uri=True, timeout=30)) as c:
            try:
                return c.execute(sql).fetchall()
            except sqlite3.OperationalError:    # it is being made
                return []

    def reports(self):
        return sorted(r for (r,) in self.ask("SELECT report_id FROM report"))

    def count(self, table):
        return sum(n for (n,) in self.ask("SELECT count(*) FROM " + table))

    def wait_for(self, reports, refused=0):
        wait_until(lambda: self.count("report") >= reports and self.count("reject") >= refused,
                   lambda: "%d reports, %d refusals; there are %d, %d\n%s" % (
                       reports, refused, self.count("report"), self.count("reject"), self.said()))


@contextlib.contextmanager
def serving(*args, **options):
    daemon = Daemon(*args, options)
    try:
        yield daemon.start()
    finally:
        daemon.stop()


def source(maildir, after, more="", kind="maildir"):
    return 'type = "%s"; path = "%s"; after = "%s"; poll_s = %d; %s' % (kind, maildir, after, NEVER_S, more)


def called(n, prefix="m"):
    return ["%s%05d.host" % (prefix, i) for i in range(n)]


# --- a maildir ---


def check_move(tap, top):
    box = Maildir(os.path.join(top, "Maildir"))
    box.deliver("read", to="cur", info=":2,FS")
    box.deliver("before")
    os.mkdir(os.path.join(box.path, "new", "a folder"))
    os.symlink("/etc/passwd", os.path.join(box.path, "new", "link"))
    os.mkfifo(os.path.join(box.path, "new", "pipe"))
    with serving(top, "move", source(box.path, "move")) as daemon:
        names = called(300)
        for name in names:
            box.deliver(name)
        box.deliver("ill\x1b[31m\xff\n", b"Subject: none\n\nnothing\n")
        daemon.wait_for(302, 1)
        wait_until(lambda: not box.work(), "that all is archived")
        code = daemon.stop()
    tap.equal(code, 0, "move: a stop ends it well")
    tap.equal(daemon.reports(), sorted(names + ["before", "read"]), "move: all is stored, from new/ and cur/")
    tap.equal(box.names("new") + box.names("cur"), ["a folder", "link", "pipe"], "move: only mails are taken")
    tap.equal(box.names(".Archive/cur"), sorted([n + ":2," for n in names + ["before"]] + ["read:2,FS"]),
              "move: what was read is in the archive, with its flags")
    tap.equal(len(box.names(".Invalid/cur")), 1, "move: what was refused is in the other one")
    tap.case("maildirfolder" in box.names(".Archive"), "move: the archive is a maildir that mail readers see")
    tap.equal([n for n in os.listdir(box.path) if n.startswith("ruad")], [], "move: no work folder is left where none is needed")
    file = daemon.ask("SELECT file FROM reject")[0][0]
    tap.case("\\x1b[31m" in file and "\n" not in file, "move: a name cannot steer a terminal", repr(file))


def check_archive_elsewhere(tap, top):
    box = Maildir(os.path.join(top, "Maildir"))
    old = os.path.join(top, "elsewhere", "archive")
    os.makedirs(old)
    open(os.path.join(old, "twice"), "w", encoding="utf-8").close()
    more = 'archive = "%s"; invalid = "%s/new.invalid";' % (old, top)
    with serving(top, "elsewhere", source(box.path, "move", more)) as daemon:
        for name in "once", "twice":
            box.deliver(name)
        box.deliver("bad", b"Subject: none\n\nnothing\n")
        daemon.wait_for(2, 1)
        wait_until(lambda: not box.work(), "that all is archived")
    archived = sorted(os.listdir(old))
    tap.case(len(archived) == 3 and archived[:2] == ["once", "twice"] and archived[2].startswith("twice."),
             "a plain folder as archive: nothing in it is written over", archived)
    tap.equal(os.listdir(os.path.join(top, "new.invalid", "cur")), ["bad:2,"], "an archive that is missing is made, as a maildir")


def check_keep(tap, top, after, new_flags, cur_flags):
    box = Maildir(os.path.join(top, "Maildir"))
    box.deliver("opened", to="cur", info=":2,F")
    with serving(top, after, source(box.path, after)) as daemon:
        for name in called(20):
            box.deliver(name)
        daemon.wait_for(21)
        wait_until(lambda: not box.names("new") and "opened:2," + cur_flags in box.names("cur"), "that all lies in cur/")
    want = [n + ":2," + new_flags for n in called(20)] + ["opened:2," + cur_flags]
    tap.equal(box.names("cur"), sorted(want), "%s: all lies in cur/, flagged as asked" % after)
    tap.equal([p for p in os.listdir(box.path) if p not in ("new", "cur", "tmp")], [], "%s: nothing else is made" % after)
    for name in box.names("cur"):               # would be noticed if it were read once more
        box.deliver(name.split(":")[0], mail("again." + name), to="cur", info=":" + name.split(":")[1])
    box.deliver("unknown", to="cur", info=":2,RS")
    with serving(top, after, source(box.path, after)) as daemon:
        daemon.wait_for(22)
        box.deliver("last")
        daemon.wait_for(23)
        os.rename(os.path.join(box.path, "cur", "unknown:2,RS"), os.path.join(box.path, "cur", "unknown:2,FRS"))
        box.deliver("by.a.reader", to="cur", info=":2,S")
        daemon.wait_for(24)
    tap.equal(daemon.reports(), sorted(called(20) + ["opened", "unknown", "last", "by.a.reader"]),
              "%s: after a restart what is known is not read again, what is not is" % after)


def check_delete(tap, top):
    box = Maildir(os.path.join(top, "Maildir"))
    box.deliver("read", to="cur", info=":2,S")
    with serving(top, "delete", source(box.path, "delete")) as daemon:
        for name in called(20):
            box.deliver(name)
        box.deliver("bad", b"Subject: none\n\nnothing\n")
        daemon.wait_for(21, 1)
        wait_until(lambda: not box.work() and not box.names("cur"), "that all is removed")
    tap.equal(daemon.reports(), sorted(called(20) + ["read"]), "delete: all is stored")
    tap.equal(box.names("new") + box.names("cur"), [], "delete: all is removed")


def check_kills(tap, top, after, ends_in):
    box = Maildir(os.path.join(top, "Maildir"))
    names = called(KILLED_ARRIVALS)
    daemon = Daemon(top, "killed", source(box.path, after)).start()
    try:
        for i, name in enumerate(names):
            box.deliver(name)
            if i % (KILLED_ARRIVALS // KILLS) == KILLED_ARRIVALS // KILLS - 1:
                time.sleep(random.uniform(0, 0.3))      # the moment is what is random, nothing is waited for
                daemon.kill()
                daemon.start()
        daemon.wait_for(KILLED_ARRIVALS)
        wait_until(lambda: len(box.names(ends_in)) == KILLED_ARRIVALS, "that all is dealt with")
    finally:
        daemon.stop()
    what = "%s, %d kill -9" % (after, KILLS)
    tap.equal(daemon.reports(), names, what + ": each report is stored once")
    tap.equal(box.names(ends_in), [n + ":2," for n in names], what + ": each mail ends where it should, once")
    tap.equal(box.names("new") + box.work(), [], what + ": nothing is left behind")
    tap.equal(daemon.ask("PRAGMA integrity_check"), [("ok",)], what + ": the database is sound")


def check_two(tap, top, arrivals):
    box = Maildir(os.path.join(top, "Maildir"))
    names = called(arrivals)
    began = time.monotonic()
    with serving(top, "one", source(box.path, "move")) as one, serving(top, "two", source(box.path, "move")) as two:
        for name in names:
            box.deliver(name)
        delivered_s = time.monotonic() - began
        wait_until(lambda: one.count("report") + two.count("report") >= arrivals, "%d reports" % arrivals)
        wait_until(lambda: len(box.names(".Archive/cur")) == arrivals, "that all is archived")
        whole_s = time.monotonic() - began
    shares = one.reports(), two.reports()
    print("# %d mails arrived in %.1f s and were stored and archived after %.1f s; shared %d to %d" % (
        arrivals, delivered_s, whole_s, len(shares[0]), len(shares[1])))
    tap.equal(len(names), len(set(shares[0]) | set(shares[1])), "two daemons, %d arrivals: no report is lost" % arrivals)
    tap.equal(sorted(shares[0] + shares[1]), names, "two daemons, %d arrivals: each report is in one database, once" % arrivals)
    tap.equal(box.names(".Archive/cur"), [n + ":2," for n in names], "two daemons: each mail is archived once")
    tap.equal(box.names("new") + box.work(), [], "two daemons: nothing is left behind")


def check_events_lost(tap, top):
    """While the fetch process stands still, more happens than the kernel keeps for it."""
    with open("/proc/sys/fs/inotify/max_queued_events", encoding="ascii") as f:
        most = int(f.read())
    if most > 200000:
        tap.skip("lost events: what came meanwhile is found", "this system keeps %d events" % most)
        return
    box = Maildir(os.path.join(top, "Maildir"))
    with serving(top, "lost", source(box.path, "move")) as daemon:
        box.deliver("first")
        daemon.wait_for(1)
        fetcher = daemon.role("fetch")
        os.kill(fetcher, signal.SIGSTOP)
        for i in range(most // 2 + 10):         # two events each; equal ones that follow each other count once
            with open(os.path.join(box.path, "new", ".%d" % (i % 2)), "w", encoding="ascii"):
                pass
            os.unlink(os.path.join(box.path, "new", ".%d" % (i % 2)))
        for name in called(50):
            box.deliver(name)
        os.kill(fetcher, signal.SIGCONT)
        daemon.wait_for(51)
    tap.equal(daemon.reports(), sorted(called(50) + ["first"]), "lost events: what came meanwhile is found")


def check_made_again(tap, top):
    box = Maildir(os.path.join(top, "Maildir"))
    with serving(top, "again", source(box.path, "move")) as daemon:
        box.deliver("first")
        daemon.wait_for(1)
        wait_until(lambda: not box.work(), "that all is archived")
        shutil.rmtree(box.path)
        wait_until(lambda: "tried again until that is put right" in daemon.said(), "that it is missed")
        box.make()
        box.deliver("second")
        daemon.wait_for(2)
        os.rename(box.path, box.path + ".away")
        box.make()
        box.deliver("third")
        daemon.wait_for(3)
        shutil.rmtree(os.path.join(box.path, ".Archive"))
        box.deliver("fourth")
        daemon.wait_for(4)
        wait_until(lambda: "fourth:2," in box.names(".Archive/cur") or box.work(), "that it is dealt with")
        said = daemon.said()
    tap.equal(daemon.reports(), ["first", "fourth", "second", "third"], "a maildir that is removed, or replaced, and made again is read")
    tap.case(said.count("tried again until that is put right") == 1, "a missing maildir is said once", said)


def as_nobody():
    if os.getuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)


def check_unreadable(tap, top):
    home = os.path.join(top, "home")
    box = Maildir(os.path.join(home, "Maildir"))
    box.deliver("secret")
    os.chmod(os.path.join(box.path, "new", "secret"), 0)
    if os.getuid() == 0:
        for path, folders, _ in os.walk(home):
            for each in [path] + [os.path.join(path, f) for f in folders]:
                os.chown(each, NOBODY, NOBODY)
    binary = shutil.copy(RUAD, os.path.join(top, "ruad"))   # a checkout may stand where others may not look
    with serving(home, "nobody", source(box.path, "move"), binary=binary, preexec_fn=as_nobody) as daemon:
        for name in called(20):
            box.deliver(name)
        daemon.wait_for(20)
        wait_until(lambda: not box.work() and daemon.said().count("secret") > 0, "that it is said")
        box.deliver("one.more")
        daemon.wait_for(21)
        said = daemon.said()
    tap.equal(daemon.reports(), sorted(called(20) + ["one.more"]), "a mail that may not be read holds up no other")
    tap.equal(box.names("new"), ["secret"], "a mail that may not be read stays")
    tap.case(said.count("secret") == 1 and "new/secret: Permission denied" in said, "a mail that may not be read is said once", said)


def check_stuck(tap, top):
    """The archive cannot take a mail: it is stored, stays claimed, and goes there once it can."""
    box = Maildir(os.path.join(top, "Maildir"))
    with serving(top, "stuck", source(box.path, "move", 'archive = "%s/archive";' % top)) as daemon:
        box.deliver("first")
        daemon.wait_for(1)
        wait_until(lambda: not box.work(), "that all is archived")
        shutil.rmtree(os.path.join(top, "archive"))
        box.deliver("second")
        daemon.wait_for(2)
        box.deliver("third")
        daemon.wait_for(3)
        wait_until(lambda: "tried again until it goes" in daemon.said(), "that it is said")
        wait_until(lambda: not box.work(), "that it goes on")
    tap.equal(sorted(os.listdir(os.path.join(top, "archive", "cur"))), ["second:2,", "third:2,"],
              "an archive that was removed is made again, and what waited goes there")
    tap.equal(daemon.count("mail"), 3, "meanwhile nothing is read twice")


# --- a folder ---


def carriages():
    """A report in every carriage: name of the file, bytes, ids."""
    yield "plain.xml", report("xml").encode(), ["xml"]
    yield "packed.xml.gz", samples.gz(report("gz")), ["gz"]
    yield "zipped.zip", samples.zipped(report("zip")), ["zip"]
    yield "one.eml", mail("eml"), ["eml"]
    yield "many.mbox", samples.mbox(*[mail("mbox%d" % i) for i in range(5)]), ["mbox%d" % i for i in range(5)]


def drop(path, name, data):
    with open(os.path.join(path, name), "wb") as f:
        f.write(data)


def files(path):
    return sorted(n for n in os.listdir(path) if os.path.isfile(os.path.join(path, n)))


def check_drop(tap, top, after):
    path = os.path.join(top, "drop")
    os.makedirs(os.path.join(path, "below"))
    drop(os.path.join(path, "below"), "deep.xml", report("deep").encode())
    passed_over = [".hidden.xml", "a.tmp", "b.xml.part", "c.filepart", "d.xml~"]
    for name in passed_over:
        drop(path, name, report(name).encode())
    os.mkfifo(os.path.join(path, "pipe"))
    os.symlink(os.path.join(path, "below", "deep.xml"), os.path.join(path, "link.xml"))
    ids, names = [], []
    more = 'archive = "archive"; invalid = "invalid";' if after == "move" else ""
    with serving(top, after, source(path, after, more, "folder")) as daemon:
        for name, data, of in carriages():
            drop(path, name, data)
            names.append(name)
            ids += of
        drop(path, "bad.xml", b"nothing that anybody could read")
        daemon.wait_for(len(ids), 1)
        left = sorted(passed_over + (["bad.xml"] + names if after == "keep" else []) + ["link.xml"])
        wait_until(lambda: files(path) == left and not any(os.path.isfile(os.path.join(path, p, n)) for p in os.listdir(path)
                   if p.startswith("ruad-work") for n in os.listdir(os.path.join(path, p))), "that all is dealt with")
    tap.equal(daemon.reports(), sorted(ids), "folder, %s: each file of each kind is stored once, others are not" % after)
    tap.equal(files(path), left, "folder, %s: the files are where they should be" % after)
    if after == "move":
        tap.equal((files(os.path.join(path, "archive")), files(os.path.join(path, "invalid"))), (sorted(names), ["bad.xml"]),
                  "folder, move: what was read is archived apart from what was refused")
    return path, daemon


def check_drop_keep(tap, top):
    path, daemon = check_drop(tap, top, "keep")
    known = daemon.count("mail")
    drop(path, "plain.xml", report("xml.2").encode())
    with serving(top, "keep", source(path, "keep", "", "folder")) as daemon:
        drop(path, "new.xml", report("new").encode())
        daemon.wait_for(11)
    tap.equal(daemon.count("mail"), known + 2, "folder, keep: after a restart only what is new or changed is read")
    tap.equal([n for n in os.listdir(path) if n.startswith("ruad")], [], "folder, keep: nothing is made in it")


def check_drop_same_name(tap, top):
    path = os.path.join(top, "drop")
    os.mkdir(path)
    names = []
    with serving(top, "same", source(path, "move", 'archive = "old"; invalid = "bad";', "folder")) as daemon:
        for i in range(4):
            names.append("same%d" % i)
            drop(path, ".x", report(names[-1]).encode())
            os.rename(os.path.join(path, ".x"), os.path.join(path, "report.xml"))
            if i % 2 == 0:                      # the next one comes while this one is on its way, or after
                wait_until(lambda: not files(path), "that it is taken")
            else:
                daemon.wait_for(i + 1)
        daemon.wait_for(4)
        wait_until(lambda: len(os.listdir(os.path.join(path, "old"))) == 4, "that all is archived")
    tap.equal(daemon.reports(), names, "folder: files of one name, one after the other: each is stored, and none written over")


def check_half_written(tap, top):
    path = os.path.join(top, "drop")
    os.mkdir(path)
    whole = report("slow").encode()
    with serving(top, "half", source(path, "move", 'archive = "old"; invalid = "bad";', "folder")) as daemon:
        with open(os.path.join(path, "slow.xml"), "wb", buffering=0) as f:
            f.write(whole[:200])
            drop(path, "quick.xml", report("quick").encode())
            while daemon.count("report") == 0:  # as long as it is written to, it is not taken
                f.write(b"")
                os.utime(f.fileno())
                time.sleep(0.05)
            tap.equal(files(path), ["slow.xml"], "folder: a file that is being written is left alone")
            f.write(whole[200:])
        daemon.wait_for(2)
        os.kill(daemon.role("store"), signal.SIGSTOP)
        drop(path, "grew.xml", report("grew").encode()[:-40])
        wait_until(lambda: not files(path), "that it is taken")
        work = next(os.path.join(path, p) for p in os.listdir(path) if p.startswith("ruad-work"))
        with open(os.path.join(work, "grew.xml"), "ab") as f:
            f.write(report("grew").encode()[-40:])
        os.kill(daemon.role("store"), signal.SIGCONT)
        wait_until(lambda: daemon.ask("SELECT complete FROM report WHERE report_id = 'grew'") == [(1,)], "that it is read again")
        wait_until(lambda: files(os.path.join(path, "old")) == ["grew.xml", "quick.xml", "slow.xml"], "that all is archived")
    tap.equal(daemon.reports(), ["grew", "quick", "slow"], "folder: a file that grew while it was read is read again, whole")


CHECKS = (
    ("a maildir, move", check_move),
    ("an archive elsewhere", check_archive_elsewhere),
    ("a maildir, keep", lambda tap, top: check_keep(tap, top, "keep", "", "F")),
    ("a maildir, seen", lambda tap, top: check_keep(tap, top, "seen", "S", "FS")),
    ("a maildir, delete", check_delete),
    ("kill -9, move", lambda tap, top: check_kills(tap, top, "move", ".Archive/cur")),
    ("kill -9, keep", lambda tap, top: check_kills(tap, top, "keep", "cur")),
    ("two daemons", lambda tap, top: check_two(tap, top, ARRIVALS)),
    ("lost events", check_events_lost),
    ("a maildir made again", check_made_again),
    ("an unreadable mail", check_unreadable),
    ("an archive that is gone", check_stuck),
    ("a folder, move", lambda tap, top: check_drop(tap, top, "move")),
    ("a folder, delete", lambda tap, top: check_drop(tap, top, "delete")),
    ("a folder, keep", check_drop_keep),
    ("a folder, same names", check_drop_same_name),
    ("a folder, half-written", check_half_written),
)


def main():
    options = argparse.ArgumentParser(usage=__doc__)
    options.add_argument("--arrivals", type=int)
    options.add_argument("--only")
    chosen = options.parse_args()
    seed = random.randrange(1 << 32)
    print("# seed %d" % seed)
    random.seed(seed)
    checks = [c for c in CHECKS if chosen.only in (None, c[0])]
    if chosen.arrivals:
        checks = [("two daemons", lambda tap, top: check_two(tap, top, chosen.arrivals))]
    tap = Tap()
    with folder() as top:
        os.chmod(top, 0o755)
        for name, check in checks:
            path = tempfile.mkdtemp(dir=top)
            os.chmod(path, 0o755)
            began = time.monotonic()
            with tap.guard(name):
                check(tap, path)
            print("# %s: %.1f s" % (name, time.monotonic() - began))
    tap.end()


if __name__ == "__main__":
    main()
