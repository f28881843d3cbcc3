#!/usr/bin/env python3
"""Whatever fails between a mailbox and the database, every mail is stored once, and dealt with in its mailbox only after that.

  check.py [--full] [FAULT...]     --full: as often as is asked for a release (some 20 minutes), and the slow faults

Mails arrive in a Dovecot of the tests' own, or in a maildir, while the daemon is at work; servers, processes, networks and disks
fail on it. At each fault, and all the time besides, the archive is held against the database: a mail that lies in the archive
must be stored. In the end the database must hold exactly what was sent. Prints a table of faults and outcomes.
"""
import argparse
import contextlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import samples  # noqa: E402
from harness import Tap, folder, ruad  # noqa: E402
from imap import dovecot  # noqa: E402
from oauth.authority import Authority  # noqa: E402
from proxy import Proxy  # noqa: E402
from served import Daemon, arrive, send, wait_until  # noqa: E402

BATCH = 60                                      # mails that arrive before each fault
BROKEN_EACH, TWICE_EACH = 12, 9                 # every so many-th mail holds no report, or one that came before
RATE = 200 * 1000                               # bytes a second from the server, so that there is a middle of fetching
KILLS_A_LIFE = 4                                # then the daemon starts anew: its pauses between starts grow
DISK_BYTES = 64 * 1024 * 1024
PASSWORD = "correct horse"

dovecot.CONFIG += "!include_try {top}/extra.conf\n"


class Truth:
    """Mails as they are sent, each with a name of its own, and what they add up to."""

    def __init__(self):
        self.mails, self.reports, self.broken = 0, 0, 0

    def mail(self):
        n = self.mails
        self.mails += 1
        if n % BROKEN_EACH == BROKEN_EACH - 1:
            self.broken += 1
            return samples.mail(b"no report, number %d" % n, "b.gz", "application/gzip")
        if not (n % TWICE_EACH == TWICE_EACH - 1 and self.reports):
            self.reports += 1
        at = self.reports - 1
        report = samples.report(at % 28, report_id="r%d" % at)
        mail = samples.mail(samples.gz(report), "r.gz", "application/gzip")
        return b"X-Test-Report: r%d\r\nX-Test-Mail: %d\r\n" % (at, n) + mail

    def some(self, n):
        return [self.mail() for _ in range(n)]


class Box:
    """A mailbox that the daemon takes mails out of. `seen` remembers which file of the archive holds which report."""

    def __init__(self, after="move"):
        self.after, self.reports_in = after, {}

    def waiting(self):
        """How many are not dealt with yet."""
        raise NotImplementedError

    def archived(self):
        """The paths of the archive's files."""
        raise NotImplementedError

    def invalid(self):
        raise NotImplementedError

    def reports_archived(self):
        """The reports whose mails are dealt with as read."""
        found = set()
        for path in self.archived():
            name = os.path.basename(path).partition(":")[0]
            if name not in self.reports_in:
                try:
                    with open(path, "rb") as f:
                        head = f.read(400)
                except FileNotFoundError:       # given other flags meanwhile
                    continue
                self.reports_in[name] = re.search(rb"X-Test-Report: (\S+)", head).group(1).decode()
            found.add(self.reports_in[name])
        return found


def files(*folders):
    out = []
    for path in folders:
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            out += [os.path.join(path, name) for name in os.listdir(path)]
    return out


class Imap(Box):
    def __init__(self, world, after="move", port=None, **more):
        super().__init__(after)
        self.server, self.user = world.server, world.new_user()
        self.deliver([])                        # makes the mailbox before anybody looks into it
        self.port = port or self.server.tls_port
        self.conf = ('mail = ( { name = "reports"; type = "imap"; host = "127.0.0.1"; port = %d; user = "%s";'
                     ' password_file = "%s"; ca_file = "%s"; after = "%s";%s poll_s = 10;%s } );\n' % (
                         self.port, self.user, world.password_file, world.authority.ca, after,
                         ' archive = "Archive"; invalid = "Invalid";' if after == "move" else "",
                         "".join(" %s = %s;" % item for item in more.items())))

    def deliver(self, mails):
        self.server.deliver(self.user, mails)

    def folders(self, name):
        top = self.server.maildir(self.user, name)
        return os.path.join(top, "new"), os.path.join(top, "cur")

    def waiting(self):
        if self.after == "keep":
            return 0
        inbox = files(*self.folders("INBOX"))
        return sum(1 for p in inbox if "S" not in p.partition(":2,")[2]) if self.after == "seen" else len(inbox)

    def archived(self):
        if self.after == "seen":
            return [p for p in files(*self.folders("INBOX")) if "S" in p.partition(":2,")[2] and not self.is_broken(p)]
        return files(*self.folders("Archive"))

    @staticmethod
    def is_broken(path):
        try:
            with open(path, "rb") as f:
                return b"X-Test-Report" not in f.read(400)
        except FileNotFoundError:
            return True

    def invalid(self):
        return files(*self.folders("Invalid"))


class Maildir(Box):
    def __init__(self, top, after="move"):
        super().__init__(after)
        self.path, self.count = os.path.join(top, "Maildir"), 0
        for part in ("tmp", "new", "cur"):
            os.makedirs(os.path.join(self.path, part))
        self.conf = 'mail = ( { name = "reports"; type = "maildir"; path = "%s"; after = "%s"; poll_s = 10; } );\n' % (
            self.path, after)

    def deliver(self, mails):
        for mail in mails:
            arrive(self.path, "%07d.test" % self.count, mail)
            self.count += 1

    def waiting(self):
        work = [os.path.join(self.path, n) for n in os.listdir(self.path) if n.startswith("ruad-work")]
        return len(files(os.path.join(self.path, "new"), os.path.join(self.path, "cur"), *work))

    def archived(self):
        return files(os.path.join(self.path, ".Archive", "cur"), os.path.join(self.path, ".Archive", "new"))

    def invalid(self):
        return files(os.path.join(self.path, ".Invalid", "cur"), os.path.join(self.path, ".Invalid", "new"))


class World:
    """One mail server for all faults, each with a user of its own."""

    def __init__(self, top, full):
        self.top, self.full = top, full
        self.users = 0
        self.authority = Authority(tempfile.mkdtemp(dir=top))
        self.password_file = samples.write(top, "password", PASSWORD + "\n")
        os.chmod(self.password_file, 0o600)
        path = os.path.join(top, "dovecot")
        os.mkdir(path)
        users = {"user%d" % n: PASSWORD for n in range(99)}
        self.server = dovecot.Dovecot(path, users, self.authority.certificate("server")).start()

    def new_user(self):
        self.users += 1
        return "user%d" % (self.users - 1)

    def times(self, short, full):
        return full if self.full else short


class Watch:
    """Looks all the time whether what is archived is stored: the archive first, then the database, which only grows."""

    def __init__(self, box, daemon):
        self.box, self.daemon, self.wrong, self.looks = box, daemon, [], 0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def look(self):
        archived, invalid = self.box.reports_archived(), len(self.box.invalid())
        stored = {row[0] for row in self.daemon.ask("SELECT report_id FROM report")}
        refused = self.daemon.number("SELECT count(*) FROM reject")
        self.looks += 1
        if not archived <= stored:
            self.wrong.append("archived and not stored: %s" % sorted(archived - stored)[:5])
        if invalid > refused:
            self.wrong.append("%d in Invalid, %d refusals kept" % (invalid, refused))

    def run(self):
        while not self.over.wait(0.1):
            try:
                self.look()
            except Exception as e:              # a watch that broke is a wrong, and never silence
                self.wrong.append(repr(e))
                return

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


class Trial:
    """One fault: a mailbox, a daemon, what was sent, and what came of it."""

    def __init__(self, tap, world, name, top, box):
        self.tap, self.world, self.name, self.box = tap, world, name, box
        self.truth, self.daemon = Truth(), Daemon(top, box.conf)
        self.watch = Watch(box, self.daemon)
        self.hits, self.remark = 0, ""

    def deliver(self, n=BATCH):
        self.box.deliver(self.truth.some(n))

    def is_stored(self):
        return (self.daemon.reports() == self.truth.reports and
                self.daemon.number("SELECT count(*) FROM reject") == self.truth.broken and
                self.daemon.number("SELECT count(*) FROM mail") >= self.truth.mails)

    def where(self):
        d = self.daemon
        return "%d of %d reports, %d of %d refusals, %d of %d mails, %d waiting\n%s" % (
            d.reports(), self.truth.reports, d.number("SELECT count(*) FROM reject"), self.truth.broken,
            d.number("SELECT count(*) FROM mail"), self.truth.mails, self.box.waiting(), d.log()[-2500:])

    def wait_settled(self, most_s=120):
        wait_until(lambda: self.is_stored() and self.box.waiting() == 0, lambda: "all to be stored: " + self.where(), most_s)

    def hit(self, what=None):
        """A fault happened: look at both sides at once."""
        self.hits += 1
        self.watch.look()
        return what

    def settle_with(self, **sent):
        """What must be there in the end, that differs from all mails once each."""
        d = self.daemon
        want = {"reports": self.truth.reports, "refusals": self.truth.broken, "mails": self.truth.mails,
                "messages": self.truth.reports * samples.MESSAGES, "twice": 0, **sent}
        got = {"reports": d.reports(), "refusals": d.number("SELECT count(*) FROM reject"),
               "mails": d.number("SELECT count(*) FROM mail"), "messages": self.messages(),
               "twice": d.number("SELECT count(*) - count(DISTINCT report_id) FROM report")}
        return want, got

    def messages(self):
        out = ruad("--db", self.daemon.db, "summary", "--period", "all", "--format", "json", ok=(0, 1)).stdout
        return json.loads(out)["total"]["messages"]

    def end(self, **sent):
        """All is settled; the daemon ends; both sides are compared."""
        self.wait_settled()
        code, _ = self.daemon.stop()
        self.watch.look()
        want, got = self.settle_with(**sent)
        self.tap.equal((code, got), (0, want), "%s: every mail is stored exactly once" % self.name)
        self.tap.equal(self.watch.wrong, [], "%s: nothing was settled before it was stored" % self.name)
        said = ruad("--db", self.daemon.db, "verify", ok=(0, 1))
        self.tap.equal(said.returncode, 0, "%s: verify finds nothing wrong" % self.name)
        if self.box.after == "move":
            self.tap.equal((len(self.box.archived()) >= self.truth.mails - self.truth.broken,
                            len(self.box.invalid()) >= self.truth.broken), (True, True),
                           "%s: all mails are in the archive, the unreadable ones apart" % self.name)
        starts = self.daemon.log(0).count("serving on")
        TABLE.append((self.name, self.hits, self.truth.mails, got["reports"], got == want, not self.watch.wrong,
                      self.watch.looks, self.remark or ("%d starts" % starts if starts > 1 else "")))


TABLE = []


def print_table():
    print("# %-52s %5s %6s %8s %7s %8s %6s  %s" % ("fault", "times", "mails", "reports", "exactly", "settled", "looks", ""))
    print("# %-52s %5s %6s %8s %7s %8s %6s" % ("", "", "", "", "once", "after", ""))
    for name, hits, mails, reports, exact, after, looks, remark in TABLE:
        print("# %-52s %5d %6d %8d %7s %8s %6d  %s" % (name, hits, mails, reports, "yes" if exact else "NO",
                                                      "yes" if after else "NO", looks, remark))


@contextlib.contextmanager
def trial(tap, world, name, box=None, port=None, **more):
    top = tempfile.mkdtemp(dir=world.top)
    t = Trial(tap, world, name, top, box(top) if box else Imap(world, port=port, **more))
    with t.daemon, t.watch:
        yield t


def some_bytes():
    return random.randrange(1000, BATCH * 1400)


class Moment:
    """Waits until a wire has carried so many bytes from the server, and does something right then."""

    def __init__(self, wire, action):
        self.done = threading.Event()

        def act():
            action()
            self.done.set()
        wire.after(some_bytes(), act)

    def wait(self, t):
        wait_until(lambda: self.done.is_set() or (t.is_stored() and t.box.waiting() == 0), "the moment to come")
        return self.done.is_set()


# --- the server ---


def server_killed(tap, world):
    with Proxy(world.server.tls_port, bytes_per_s=RATE) as wire, \
         trial(tap, world, "server killed in the middle of fetching", port=wire.address) as t:
        t.daemon.start()
        most = world.times(4, 20)
        while t.hits < most:
            t.deliver()
            if Moment(wire, world.server.kill).wait(t):
                t.hit()
                world.server.end(signal.SIGKILL)
                world.server.start()
            if t.hits % KILLS_A_LIFE == 0 and t.hits < most:
                t.daemon.stop()
                t.daemon.start()
        t.end()


def server_stopped(tap, world):
    """It ends as it is meant to, with BYE, and is away for a moment."""
    with Proxy(world.server.tls_port, bytes_per_s=RATE) as wire, \
         trial(tap, world, "server restarted in the middle of fetching", port=wire.address) as t:
        t.daemon.start()
        for _ in range(world.times(2, 8)):
            t.deliver()
            wait_until(lambda: wire.received > 2000, "the first bytes")
            world.server.stop()
            t.hit()
            world.server.start()
        t.end()


def renumbered(tap, world, after):
    """Everything gets other numbers, as after a restore from a backup, in the middle of the work."""
    with Proxy(world.server.tls_port, bytes_per_s=RATE) as wire, \
         trial(tap, world, "UIDVALIDITY changed, after = %s" % after, port=wire.address, after=after) as t:
        t.daemon.start()
        for _ in range(world.times(2, 6)):
            t.deliver()
            Moment(wire, world.server.kill).wait(t)
            world.server.end(signal.SIGKILL)
            with contextlib.suppress(FileNotFoundError):    # nobody has looked into it yet
                world.server.renumber(t.box.user)
            t.hit()
            world.server.start()
        t.wait_settled()
        if after == "keep":                     # all mails are there, and taken in under the last numbering
            last = "SELECT count(*) FROM mail WHERE place LIKE (SELECT validity FROM mailbox) || ':%'"
            wait_until(lambda: t.daemon.number(last) == t.truth.mails, lambda: "all mails under their last numbers: " + t.where())
        t.end(mails=t.daemon.number("SELECT count(*) FROM mail"))


def over_quota(tap, world):
    """The mailbox takes no more, not even copies: mails stay where they are, stored, and are moved once it does. (Dovecot
    lets a full mailbox move; a server without MOVE has to copy.)"""
    extra = os.path.join(world.server.top, "extra.conf")
    samples.write(world.server.top, "extra.conf", """
mail_plugins = $mail_plugins quota
plugin {
  quota = count:User quota
  quota_vsizes = yes
  quota_rule = *:messages=5
}
""")
    world.server.stop()
    world.server.set(capability="IMAP4rev1 UIDPLUS IDLE LITERAL+").start()
    try:
        with trial(tap, world, "mailbox over quota") as t:
            t.daemon.start()
            t.deliver()
            said = t.daemon.wait_said(r"mails cannot be moved to Archive.*")
            tap.case("uota" in said.group(0), "mailbox over quota: it is said, in the server's words", said.group(0))
            wait_until(t.is_stored, lambda: "all to be stored all the same: " + t.where())
            tap.case(t.box.waiting() > 0, "mailbox over quota: mails that cannot be moved stay in the mailbox")
            t.hit()
            os.unlink(extra)
            world.server.stop()
            world.server.set(capability="").start()
            t.daemon.reload()                   # a person did something: it is tried at once
            t.end()
    finally:
        world.server.set(capability="")
        with contextlib.suppress(FileNotFoundError):
            os.unlink(extra)


def folder_missing(tap, world):
    with trial(tap, world, "folder to read from missing", folder='"Reports"') as t:
        t.daemon.start()
        said = t.daemon.wait_said(r"mail reports: .*Reports.*")
        print("# " + said.group(0))
        t.hit()
        t.box.folders = lambda name, own=t.box.folders: own("Reports" if name == "INBOX" else name)
        world.server.deliver(t.box.user, t.truth.some(BATCH), "Reports")
        t.daemon.reload()
        t.end()


def archive_removed(tap, world):
    """Somebody removes the archive while the daemon runs: it is made anew. What lay there is gone, and was stored."""
    with trial(tap, world, "archive removed by somebody") as t:
        t.daemon.start()
        t.deliver()
        t.wait_settled()
        for name in ("Archive", "Invalid"):
            subprocess.run(["rm", "-r", world.server.maildir(t.box.user, name)], check=True)
        t.hit()
        gone = t.truth.mails
        t.deliver()
        t.wait_settled()
        tap.case(len(t.box.archived()) >= BATCH // 2, "archive removed: it is there again", len(t.box.archived()))
        t.box.after = "moved once more"         # the archive does not hold all any more
        t.remark = "%d mails stored and lost in the mailbox" % gone
        t.end()


# --- the network ---


def cut_in_idle(tap, world, reset):
    how = "connection reset in IDLE" if reset else "connection closed in IDLE"
    with Proxy(world.server.tls_port) as wire, trial(tap, world, how, port=wire.address) as t:
        t.daemon.start()
        for _ in range(world.times(2, 8)):
            t.deliver(5)
            t.wait_settled()
            wire.cut(reset)
            t.hit()
        t.deliver(5)
        t.end()


def cut_in_fetch(tap, world):
    with Proxy(world.server.tls_port, bytes_per_s=RATE) as wire, \
         trial(tap, world, "connection cut in the middle of fetching", port=wire.address) as t:
        t.daemon.start()
        for n in range(world.times(3, 20)):
            t.deliver()
            if Moment(wire, lambda: wire.drop(reset=n % 2 == 0)).wait(t):
                t.hit()
            if t.hits % KILLS_A_LIFE == KILLS_A_LIFE - 1:
                t.daemon.reload()
        t.end()


def dead_in_idle(tap, world):
    """A router forgot the connection: nobody is told, and what the server says of new mails is lost."""
    with Proxy(world.server.tls_port) as wire, trial(tap, world, "connection dead in IDLE", port=wire.address) as t:
        t.daemon.start()
        t.deliver(5)
        t.wait_settled()
        wire.forget()
        t.hit()
        t.deliver(5)
        began = time.monotonic()
        t.wait_settled(most_s=300)
        t.remark = "noticed after %d s" % (time.monotonic() - began)
        t.end()


# --- our processes ---


def daemon_killed(tap, world, box=None):
    """The parent is killed: all go with it, at any moment of their work."""
    what = "daemon killed (kill -9), from a maildir" if box else "daemon killed (kill -9)"
    with Proxy(world.server.tls_port, bytes_per_s=RATE) as wire, trial(tap, world, what, box=box, port=wire.address) as t:
        for _ in range(world.times(6, 50)):
            t.deliver(BATCH // 2 if world.full else BATCH)
            t.daemon.start()
            before, most = t.daemon.reports(), random.randrange(BATCH)
            wait_until(lambda: t.is_stored() or t.daemon.reports() >= before + most or random.random() < 0.005, "a moment")
            t.daemon.kill()
            t.hit()
        t.daemon.start()
        t.end()


def role_killed(tap, world, name, box=None):
    what = "%s process killed%s" % (name, ", from a maildir" if box else "")
    with Proxy(world.server.tls_port, bytes_per_s=RATE) as wire, trial(tap, world, what, box=box, port=wire.address) as t:
        t.daemon.start()
        for _ in range(world.times(2, 12)):
            t.deliver()
            if box:
                wait_until(lambda: t.is_stored() or random.random() < 0.005, "a moment")
            else:
                Moment(wire, lambda: None).wait(t)
            for pid in t.daemon.parsers() if name == "parse" else t.daemon.roles(name):
                if send(pid, signal.SIGKILL):
                    t.hit()
            if t.hits % KILLS_A_LIFE == KILLS_A_LIFE - 1:
                t.daemon.reload()
        t.end()


# --- the disk ---


def disk_full(tap, world, box=None):
    what = "disk full for a while" + (", from a maildir" if box else "")
    path = tempfile.mkdtemp(dir=world.top)
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=%d" % DISK_BYTES, "tmpfs", path], stderr=subprocess.DEVNULL)
    if mount.returncode != 0:
        tap.skip(what, "mounting a disk is not permitted")
        return
    try:
        with trial(tap, world, what, box=box) as t:
            t.daemon.db = t.watch.daemon.db = os.path.join(path, "ruad.db")
            t.daemon.start()
            t.deliver()
            t.wait_settled()
            fill_disk(os.path.join(path, "other"))
            t.deliver()
            said = t.daemon.wait_said(r"store: .*disk is full.*")
            t.hit()
            tap.case(t.box.waiting() > 0, "%s: what cannot be stored stays in the mailbox" % what)
            os.unlink(os.path.join(path, "other"))
            t.remark = said.group(0).rpartition(": ")[2][:60]
            t.end()
    finally:
        subprocess.run(["umount", "-l", path], check=True)


def fill_disk(path):
    with contextlib.suppress(OSError), open(path, "wb", buffering=0) as f:
        piece = bytes(1024 * 1024)
        while len(piece) > 0:
            try:
                f.write(piece)
            except OSError:
                piece = piece[:len(piece) // 2]


# --- files ---


def archive_unwritable(tap, world):
    """A maildir's archive is a file: mails cannot be moved, and are, once somebody has put it right."""
    with trial(tap, world, "archive of a maildir is no folder", box=Maildir) as t:
        samples.write(t.box.path, ".Archive", "in the way")
        t.daemon.start()
        t.deliver()
        t.daemon.wait_said(r"\.Archive: ")
        t.hit()
        tap.equal(t.box.waiting(), BATCH, "archive of a maildir is no folder: mails stay where they are")
        os.unlink(os.path.join(t.box.path, ".Archive"))
        t.end()


def folder_moved(tap, world):
    """The maildir is moved away and comes back, as a mount that went."""
    with trial(tap, world, "maildir gone for a while", box=Maildir) as t:
        t.daemon.start()
        t.deliver()
        t.wait_settled()
        away = t.box.path + ".away"
        os.rename(t.box.path, away)
        t.hit()
        t.daemon.wait_said(r"No such file")
        os.rename(away, t.box.path)
        t.deliver()
        t.end()


FAULTS = {
    "server_killed": server_killed,
    "server_stopped": server_stopped,
    "renumbered_keep": lambda tap, world: renumbered(tap, world, "keep"),
    "renumbered_seen": lambda tap, world: renumbered(tap, world, "seen"),
    "renumbered_move": lambda tap, world: renumbered(tap, world, "move"),
    "over_quota": over_quota,
    "folder_missing": folder_missing,
    "archive_removed": archive_removed,
    "closed_in_idle": lambda tap, world: cut_in_idle(tap, world, False),
    "reset_in_idle": lambda tap, world: cut_in_idle(tap, world, True),
    "cut_in_fetch": cut_in_fetch,
    "dead_in_idle": dead_in_idle,
    "daemon_killed": daemon_killed,
    "daemon_killed_maildir": lambda tap, world: daemon_killed(tap, world, box=Maildir),
    "fetch_killed": lambda tap, world: role_killed(tap, world, "fetch"),
    "fetch_killed_maildir": lambda tap, world: role_killed(tap, world, "fetch", box=Maildir),
    "store_killed": lambda tap, world: role_killed(tap, world, "store"),
    "store_killed_maildir": lambda tap, world: role_killed(tap, world, "store", box=Maildir),
    "web_killed": lambda tap, world: role_killed(tap, world, "web"),
    "lookup_killed": lambda tap, world: role_killed(tap, world, "lookup"),
    "parse_killed": lambda tap, world: role_killed(tap, world, "parse"),
    "disk_full": disk_full,
    "disk_full_maildir": lambda tap, world: disk_full(tap, world, box=Maildir),
    "archive_unwritable": archive_unwritable,
    "folder_moved": folder_moved,
}
SLOW = ("dead_in_idle",)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--full", action="store_true")
    options.add_argument("fault", nargs="*", choices=[[], *FAULTS], metavar="FAULT", help=", ".join(FAULTS))
    args = options.parse_args()
    seed = random.randrange(1 << 32)
    print("# seed %d" % seed)
    random.seed(seed)
    tap = Tap()
    with folder() as top:
        os.chmod(top, 0o755)
        world = World(top, args.full)
        try:
            for name in args.fault or [n for n in FAULTS if args.full or n not in SLOW]:
                began = time.monotonic()
                with tap.guard(name):
                    FAULTS[name](tap, world)
                if world.server.process is None:    # a fault that ended early must not cost the next ones theirs
                    world.server.start()
                print("# %s: %.1f s" % (name, time.monotonic() - began))
        finally:
            world.server.stop()
    print_table()
    tap.end()


if __name__ == "__main__":
    main()
