#!/usr/bin/env python3
"""The daemon as its supervisor sees it: `ruad serve` starts, stays, reads its configuration again and ends, whatever becomes of
one of its processes."""
import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import samples  # noqa: E402
from harness import DEADLINE_S, RUAD, Tap, fetch, folder, free_port, ruad  # noqa: E402
from served import (  # noqa: E402
    Daemon, arrive, children, family, is_gone, open_files, send, state_of, title_of, wait_until)

STOP_S, SLACK_S = 5, 3                          # what SIGTERM may take, and what a busy machine adds
KILLING_S, STARTS_MOST = 3, 8                   # a role killed as soon as it is there: 0, 250, 750, 1750, 3750 ms
MAILS = 300
RELOADS = 15


def maildir_conf(path, **more):
    keys = "".join(' %s = %s;' % (k, v if isinstance(v, (int, bool)) else '"%s"' % v) for k, v in more.items())
    return 'mail = ( { name = "reports"; type = "maildir"; path = "%s";%s } );\n' % (path, keys)


def fill(maildir, n, first=0):
    """n mails of a report each; the reports' numbers."""
    for i in range(first, first + n):
        arrive(maildir, "%06d.reports" % i,
               samples.mail(samples.gz(samples.report(i % 28, report_id="r%d" % i)), "r.gz", "application/gzip"))


def messages(db):
    out = ruad("--db", db, "summary", "--period", "all", "--format", "json", ok=(0, 1)).stdout
    return json.loads(out)["total"]["messages"]


def check_ended(tap, daemon, everyone, what):
    code, took_s = daemon.stop()
    tap.equal(code, 0, "%s: SIGTERM ends it with exit code 0" % what)
    tap.case(took_s <= STOP_S + SLACK_S, "%s: within %d s" % (what, STOP_S), "%.1f s" % took_s)
    tap.case(all(map(is_gone, everyone)), "%s: no process is left" % what, [p for p in everyone if not is_gone(p)])


# --- beginning and ending ---


def check_life(tap, top):
    with Daemon(top) as d:
        d.start()
        port = int(d.url.rsplit(":", 1)[1])
        tap.case(port > 0, "port 0: the port it got is said", d.log())
        tap.equal(d.page()[0], 200, "once it says that it serves, it does")
        tap.equal(sorted(map(title_of, children(d.process.pid))), ["ruad: lookup", "ruad: store", "ruad: web"],
                  "its processes have names")
        tap.case(len(d.parsers()) >= 1, "and the store has parsers")
        check_ended(tap, d, list(family(d.process.pid)), "an idle daemon")
        with contextlib.closing(socket.socket()) as s:
            tap.case(s.connect_ex(("127.0.0.1", port)) != 0, "its port is free again")
    with Daemon(top) as d:
        d.launch()
        wait_until(lambda: children(d.process.pid), "its first process")
        check_ended(tap, d, list(family(d.process.pid)), "a daemon that is not ready yet")
    with Daemon(top) as d:
        d.start()
        d.process.send_signal(signal.SIGINT)
        tap.equal(d.process.wait(timeout=DEADLINE_S), 0, "Ctrl-C ends it with exit code 0, too")


def check_hung(tap, top):
    for name in ("web", "fetch", "store"):
        path = tempfile.mkdtemp(dir=top)
        box = os.path.join(path, "Maildir")
        fill(box, 1)
        with Daemon(path, maildir_conf(box)) as d:
            d.start()
            everyone = list(family(d.process.pid))
            os.kill(d.role(name), signal.SIGSTOP)
            check_ended(tap, d, everyone, "a daemon whose %s process hangs" % name)


def check_busy(tap, top):
    box = os.path.join(top, "Maildir")
    fill(box, MAILS)
    with Daemon(top, maildir_conf(box)) as d:
        d.start()
        wait_until(lambda: d.reports() > 0, "the first report")
        check_ended(tap, d, list(family(d.process.pid)), "a daemon in the middle of its work")
    with Daemon(top, maildir_conf(box)) as d:
        d.start()
        wait_until(lambda: d.reports() == MAILS, lambda: "all reports: %d" % d.reports())
        tap.equal(messages(d.db), MAILS * samples.MESSAGES, "and the next one goes on where it stopped")


def check_odd_surroundings(tap, top):
    """As supervisors start programs: without standard streams, with signals ignored or blocked."""
    def ignore_children():
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)

    def block_all():
        signal.pthread_sigmask(signal.SIG_BLOCK, set(signal.Signals))

    for what, options in (("SIGCHLD ignored", {"preexec_fn": ignore_children}),
                          ("all signals blocked", {"preexec_fn": block_all})):
        with Daemon(tempfile.mkdtemp(dir=top)) as d:
            d.start(**options)
            before = d.role("store")
            os.kill(before, signal.SIGKILL)
            wait_until(lambda: d.roles("store") not in ([], [before]), "another store")
            wait_until(d.answers, "an answer")
            tap.case(True, "started with %s: what is killed comes back" % what)
            check_ended(tap, d, list(family(d.process.pid)), "started with %s" % what)
    with Daemon(tempfile.mkdtemp(dir=top)) as d:
        d.start(["sh", "-c", 'exec "$@" <&- >&-', "sh", *d.command()])
        tap.equal(d.page()[0], 200, "started without standard input and output it serves")
        check_ended(tap, d, list(family(d.process.pid)), "started without standard streams")


def check_refusals(tap, top):
    """What ends before it serves ends with the exit codes of INTERFACE, and says why."""
    def refused(what, code, words, conf="", args=(), db="ruad.db"):
        path = tempfile.mkdtemp(dir=top)
        d = Daemon(path, conf)
        command = [RUAD, "--config", d.conf_path, "--db", os.path.join(path, db), "serve",
                   *(args or ("--listen", "127.0.0.1:0"))]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=DEADLINE_S)
        said = done.stderr.decode(errors="replace")
        tap.case(done.returncode == code and done.stdout == b"" and all(w in said for w in words),
                 "%s: exit code %d, and why" % (what, code), "exit %d\n%s" % (done.returncode, said))

    refused("a configuration with an unknown key", 2, ("ruad.conf:2: ", "wep"), conf="\nwep = { };\n")
    refused("a word too many", 2, ("serve", "now"), args=("now",))
    refused("an address that is none", 2, ("--listen", "ADDRESS:PORT"), args=("--listen", "here"))
    refused("a database in a folder that is not there", 3, ("missing/ruad.db",), db="missing/ruad.db")
    refused("an address of another machine", 3, ("192.0.2.1",), args=("--listen", "192.0.2.1:8080"))
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        refused("a port that is taken", 3, (str(port),), args=("--listen", "127.0.0.1:%d" % port))
    path = tempfile.mkdtemp(dir=top)
    samples.write(path, "ruad.db", "this is no database" * 1000)
    done = subprocess.run([RUAD, "--db", os.path.join(path, "ruad.db"), "serve", "--listen", "127.0.0.1:0"],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=DEADLINE_S)
    tap.case(done.returncode in (2, 3) and b"ruad.db" in done.stderr, "a file that is no database is refused",
             done.stderr.decode(errors="replace"))


# --- processes that end ---


def check_killed_roles(tap, top):
    box = os.path.join(top, "Maildir")
    fill(box, 1)
    with Daemon(top, maildir_conf(box)) as d:
        d.start()
        wait_until(lambda: d.reports() == 1, "the first report")
        for name in ("web", "lookup", "fetch", "store"):
            before, at = d.role(name), d.log_end()
            os.kill(before, signal.SIGKILL)
            after = wait_until(lambda: [p for p in d.roles(name) if p != before], "another %s" % name)
            wait_until(d.answers, "an answer")
            tap.case(len(after) == 1, "%s killed: another takes its place, and pages answer" % name, after)
            tap.case("ended by signal 9" in d.log(at), "%s killed: it is said" % name, d.log(at))
        for n in (1, 2):
            parser = wait_until(d.parsers, "a parser")[0]
            os.kill(parser, signal.SIGKILL)
            store = d.role("store")
            fill(box, 10, first=10 * n)
            wait_until(lambda: d.reports() == 1 + 10 * n, "reports after a parser was killed")
            tap.equal(d.role("store"), store, "a parser killed: the store goes on with another")
        tap.equal(d.zombies(), [], "nobody is left unburied")
        check_ended(tap, d, list(family(d.process.pid)), "a daemon whose processes were killed")
        tap.equal(messages(d.db), 21 * samples.MESSAGES, "and every report was stored once")


def check_killed_store(tap, top):
    """In the middle of its work, more than once."""
    box = os.path.join(top, "Maildir")
    fill(box, MAILS)
    with Daemon(top, maildir_conf(box)) as d:
        d.start()
        for n in range(3):
            wait_until(lambda: d.reports() > n * MAILS // 4 or d.reports() == MAILS, "more reports")
            send(d.role("store"), signal.SIGKILL)
            wait_until(d.answers, "an answer while the store is away")
        wait_until(lambda: d.reports() == MAILS, lambda: "all reports: %d\n%s" % (d.reports(), d.log()[-2000:]))
        code, _ = d.stop()
        tap.equal((code, messages(d.db)), (0, MAILS * samples.MESSAGES),
                  "the store killed in its work: nothing is lost or doubled")
        tap.equal(ruad("--db", d.db, "verify", ok=(0, 1)).returncode, 0, "and verify finds nothing wrong")


def check_killed_parent(tap, top):
    box = os.path.join(top, "Maildir")
    fill(box, MAILS)
    with Daemon(top, maildir_conf(box)) as d:
        d.start()
        everyone = list(family(d.process.pid))
        tap.case(len(everyone) >= 6, "there are parent, store, web, fetch, look-up and parsers", list(map(title_of, everyone)))
        d.process.kill()
        d.process.wait()
        with contextlib.suppress(AssertionError):
            wait_until(lambda: all(map(is_gone, everyone)), "all to end")
        left = [(p, title_of(p)) for p in everyone if not is_gone(p)]
        tap.equal(left, [], "the parent killed: no process is left behind")
        for pid, _ in left:
            os.kill(pid, signal.SIGKILL)


def check_backoff(tap, top):
    """A role that ends as soon as it begins is not started over and over."""
    for name in ("web", "store"):
        with Daemon(tempfile.mkdtemp(dir=top)) as d:
            d.start()
            end, killed = time.monotonic() + KILLING_S, set()
            while time.monotonic() < end:
                for pid in d.roles(name):
                    if send(pid, signal.SIGKILL):
                        killed.add(pid)
                time.sleep(0.005)               # the rate at which it is killed; nothing waits for it
            tap.case(2 <= len(killed) <= STARTS_MOST,
                     "%s killed whenever it is there: it is not started more and more often" % name,
                     "%d starts in %d s" % (len(killed), KILLING_S))
            wait_until(d.answers, "an answer")
            tap.case(True, "%s left alone again: it comes back" % name)


def check_helpless(tap, top):
    """A mailbox that is not there: said once, the others go on."""
    box = os.path.join(top, "Maildir")
    conf = ('mail = ( { name = "gone"; type = "maildir"; path = "%s/missing"; },\n'
            '         { name = "reports"; type = "maildir"; path = "%s"; } );\n' % (top, box))
    fill(box, 1)
    with Daemon(top, conf) as d:
        d.start()
        wait_until(lambda: d.reports() == 1, "the report of the other mailbox")
        d.wait_said(r"/missing: ")
        fill(os.path.join(top, "elsewhere"), 1, first=1)
        os.rename(os.path.join(top, "elsewhere"), os.path.join(top, "missing"))
        wait_until(lambda: d.reports() == 2, "the report of the mailbox that was not there")
        tap.case(True, "once a folder that was missing is there, mails are taken from it")
        lines = [line for line in d.log().splitlines() if "/missing: " in line]
        tap.equal(len(lines), 1, "that it was missing is told once, not each time it was tried")


# --- the configuration read again ---

OURS = 'sources = ( { name = "Main relays"; kind = "ours"; ip = [ "192.0.2.1" ]; } );\n'


def check_reload_rules(tap, top):
    box = os.path.join(top, "Maildir")
    fill(box, 3)
    with Daemon(top, maildir_conf(box)) as d:
        d.start()
        wait_until(lambda: d.reports() == 3, "the reports")
        d.configure(maildir_conf(box) + OURS)
        labels = "SELECT count(*) FROM source WHERE name = 'Main relays'"
        tap.equal(d.number(labels), 0, "a rule that is not there labels nothing")
        d.reload()
        wait_until(lambda: d.number(labels) == 1, "the new label")
        tap.case(True, "SIGHUP: a new rule labels what was stored before")
        fill(box, 1, first=3)
        wait_until(lambda: d.reports() == 4, "a mail after SIGHUP")
        tap.case(True, "SIGHUP: mails go on to come in")


def check_reload_broken(tap, top):
    box = os.path.join(top, "Maildir")
    fill(box, 1)
    with Daemon(top, maildir_conf(box)) as d:
        d.start()
        wait_until(lambda: d.reports() == 1, "the report")
        before = sorted(d.roles())
        for broken, words in (("web = {\n  lisen = 3;\n};\n", "ruad.conf:2: "), ("mail = (((", "ruad.conf:1: "),
                              ('domains = { suffix_list = "/nonexistent"; };\n', "/nonexistent")):
            d.configure(broken)
            at = d.log_end()
            said = d.hang_up().group(1)
            tap.case(said == "stays as it was" and words in d.log(at), "a broken file is refused, and where it is broken is said",
                     d.log(at))
        os.unlink(d.conf_path)
        tap.equal(d.hang_up().group(1), "stays as it was", "a file that is gone is refused")
        tap.equal(sorted(d.roles()), before, "refused files stop nobody")
        fill(box, 1, first=1)
        wait_until(lambda: d.reports() == 2, "a mail after refused files")
        tap.equal(d.page()[0], 200, "and it serves as before")


def check_reload_address(tap, top):
    one, two = free_port(), free_port()
    with Daemon(top, 'web = { listen = "127.0.0.1:%d"; };\n' % one, listen=None) as d:
        d.start()
        tap.equal(d.url, "http://127.0.0.1:%d" % one, "the configured address is served")
        d.configure('web = { listen = "127.0.0.1:%d"; };\n' % two)
        d.reload()
        tap.equal((d.url, d.page()[0]), ("http://127.0.0.1:%d" % two, 200), "SIGHUP: a new address is served")
        with contextlib.closing(socket.socket()) as s:
            tap.case(s.connect_ex(("127.0.0.1", one)) != 0, "SIGHUP: the old one is not")
        with contextlib.closing(socket.create_server(("127.0.0.1", one))):
            d.configure('web = { listen = "127.0.0.1:%d"; };\n' % one)
            at = d.log_end()
            tap.case(d.hang_up().group(1) == "stays as it was" and str(one) in d.log(at),
                     "SIGHUP: an address that is taken is refused", d.log(at))
        tap.equal(d.page()[0], 200, "SIGHUP: and the address before is served on")


def check_reload_database(tap, top):
    """A database that cannot be opened is a fault that may pass, not the end of a daemon that runs."""
    os.mkdir(os.path.join(top, "later"))
    with Daemon(top, 'database = { path = "%s/ruad.db"; };\n' % top) as d:
        d.start([RUAD, "--config", d.conf_path, "serve", "--listen", d.listen])
        d.configure('database = { path = "%s/later/missing/ruad.db"; };\n' % top)
        d.hang_up()
        d.wait_said(r"store: .*missing[^\0]*store: .*missing")     # it is tried again
        tap.equal(d.process.poll(), None, "SIGHUP: a database that cannot be opened does not end the daemon")
        if d.process.poll() is not None:
            return
        at = d.log_end()
        os.mkdir(os.path.join(top, "later", "missing"))
        d.url = d.wait_serving(at)
        tap.equal(d.page()[0], 200, "SIGHUP: it is tried again, and served once it can be")


def check_reload_hurried(tap, top):
    """Signals that come while it still reads again."""
    with Daemon(tempfile.mkdtemp(dir=top)) as d:
        d.start()
        os.kill(d.role("web"), signal.SIGSTOP)  # so that reading again takes its time
        d.hang_up()
        everyone = list(family(d.process.pid))
        d.process.send_signal(signal.SIGTERM)
        try:
            code = d.process.wait(timeout=STOP_S * 2 + SLACK_S)
        except subprocess.TimeoutExpired:
            code = "none"
        tap.equal(code, 0, "SIGTERM while it reads its configuration again is not lost")
        tap.case(all(map(is_gone, everyone)), "and ends everyone")
    with Daemon(tempfile.mkdtemp(dir=top)) as d:
        d.start()
        os.kill(d.role("web"), signal.SIGSTOP)
        d.configure(OURS)
        at = d.log_end()
        d.hang_up()
        d.process.send_signal(signal.SIGHUP)
        with contextlib.suppress(AssertionError):
            wait_until(lambda: d.log(at).count("is read again") == 2, "the second", most_s=STOP_S + 2 * SLACK_S)
        tap.equal(d.log(at).count("is read again"), 2, "SIGHUP while it reads its configuration again is not lost")


class Hammer:
    """Asks for a page over and over, on a connection of its own each time, and notes what went wrong."""

    def __init__(self, url):
        self.url, self.answers, self.wrong, self.over = url, 0, [], threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while not self.over.is_set():
            try:
                status, _, _ = fetch(self.url + "/", {"Connection": "close"})
                self.answers += status == 200
                if status != 200:
                    self.wrong.append(status)
            except (OSError, urllib.error.URLError) as e:
                self.wrong.append(repr(e))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


def check_reload_hammered(tap, top):
    box = os.path.join(top, "Maildir")
    fill(box, 3)
    with Daemon(top, maildir_conf(box), listen="127.0.0.1:%d" % free_port()) as d:
        d.start()
        wait_until(lambda: d.reports() == 3, "the reports")
        with Hammer(d.url) as one, Hammer(d.url) as two:
            for n in range(RELOADS):
                before = one.answers + two.answers
                d.configure(maildir_conf(box) + OURS * (n % 2))
                d.reload()
                wait_until(lambda: one.answers + two.answers > before + 4, "answers after SIGHUP")
        tap.equal(one.wrong + two.wrong, [], "SIGHUP: no request is refused or cut, with two clients asking all the time")
        print("# %d requests over %d times SIGHUP" % (one.answers + two.answers, RELOADS))
        check_ended(tap, d, list(family(d.process.pid)), "after SIGHUP")


# --- the service manager ---


class Manager:
    """A socket as systemd has it, and what was said to it."""

    def __init__(self, path):
        self.path, self.said = path, []
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(path)
        self.socket.setblocking(False)

    def hear(self):
        with contextlib.suppress(BlockingIOError):
            while True:
                self.said.append(self.socket.recv(4096).decode())
        return self.said

    def wait(self, word, times=1):
        wait_until(lambda: self.hear().count(word) >= times, lambda: "%s among %s" % (word, self.said))


def check_notices(tap, top):
    m = Manager(os.path.join(top, "notify"))
    with contextlib.closing(m.socket), Daemon(top) as d:
        d.start(env={**os.environ, "NOTIFY_SOCKET": m.path, "WATCHDOG_USEC": "200000"})
        m.wait("READY=1")
        m.wait("WATCHDOG=1", 3)
        tap.case(True, "READY=1 once it serves, WATCHDOG=1 as often as asked")
        d.reload()
        m.wait("READY=1", 2)
        order = [w for w in m.said if w != "WATCHDOG=1"]
        tap.case(order[0] == "READY=1" and order[1].startswith("RELOADING=1") and order[2] == "READY=1",
                 "SIGHUP: RELOADING=1, then READY=1", order)
        d.configure("wep = 1;\n")
        d.hang_up()
        m.wait("READY=1", 3)
        tap.case(True, "SIGHUP with a broken file: READY=1 all the same")
        d.stop()
        m.wait("STOPPING=1")
        tap.equal([w for w in m.hear() if w != "WATCHDOG=1"][-1], "STOPPING=1", "SIGTERM: STOPPING=1 is the last word")
    with Daemon(tempfile.mkdtemp(dir=top)) as d:
        d.start(env={**os.environ, "NOTIFY_SOCKET": os.path.join(top, "nobody")})
        tap.equal(d.stop()[0], 0, "a manager that does not listen costs nothing")


HAND_OVER = """import os, sys
fd, pid, *command = sys.argv[1:]
os.dup2(int(fd), 3)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=pid if pid != "own" else str(os.getpid()))
os.execv(command[0], command)
"""


def handed_over(s, d, pid="own"):
    """What starts the daemon as the service manager would, with that socket."""
    return [sys.executable, "-c", HAND_OVER, str(s.fileno()), pid, *d.command()]


def check_activation(tap, top):
    """A socket that the manager has bound: served as it is, and kept over SIGHUP."""
    with contextlib.closing(socket.create_server(("127.0.0.1", 0), backlog=64)) as s, Daemon(top, listen=None) as d:
        port = s.getsockname()[1]
        d.start(handed_over(s, d), pass_fds=(s.fileno(),))
        tap.equal(d.url, "http://127.0.0.1:%d" % port, "a socket that was handed over is the one it says it serves")
        d.url = "http://127.0.0.1:%d" % port
        tap.equal(d.page()[0], 200, "a socket that was handed over is served")
        d.configure('web = { listen = "127.0.0.1:%d"; };\n' % free_port())
        d.reload()
        d.url = "http://127.0.0.1:%d" % port
        tap.equal(d.page()[0], 200, "and kept over SIGHUP, whatever the configuration says")
        tap.equal(d.stop()[0], 0, "and it ends well")
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as s, Daemon(tempfile.mkdtemp(dir=top)) as d:
        d.start(handed_over(s, d, "1"), pass_fds=(s.fileno(),))
        tap.case(not d.url.endswith(":%d" % s.getsockname()[1]), "a socket meant for another process is left alone")


# --- two daemons, and what each process holds ---


def check_two(tap, top):
    boxes = [os.path.join(top, name, "Maildir") for name in ("one", "two")]
    for n, box in enumerate(boxes):
        fill(box, MAILS, first=n * MAILS)
    db = os.path.join(top, "ruad.db")
    with Daemon(os.path.dirname(boxes[0]), maildir_conf(boxes[0]), db=db) as one, \
         Daemon(os.path.dirname(boxes[1]), maildir_conf(boxes[1]), db=db) as two:
        one.start()
        two.start()
        wait_until(lambda: one.reports() == 2 * MAILS, lambda: "all reports: %d\n%s%s" % (one.reports(), one.log(), two.log()))
        tap.equal((one.page()[0], two.page()[0]), (200, 200), "two daemons on one database: both serve")
        tap.equal((one.stop()[0], two.stop()[0]), (0, 0), "two daemons on one database: both end well")
        print("# " + "\n# ".join((one.log() + two.log()).splitlines()))
    tap.equal(messages(db), 2 * MAILS * samples.MESSAGES, "two daemons on one database: totals are exact")
    tap.equal(ruad("--db", db, "verify", ok=(0, 1)).returncode, 0, "two daemons on one database: verify finds nothing wrong")


def sockets(pid, table):
    """How many of the process's sockets the kernel lists in /proc/net/TABLE: of the machine, so pairs count as well."""
    inodes = {m.group(1) for m in (re.fullmatch(r"socket:\[(\d+)\]", to) for to in open_files(pid).values()) if m}
    at = {"unix": 6, "tcp": 9}[table]
    with open("/proc/net/%s" % table, encoding="ascii", errors="replace") as f:
        listed = [line.split() for line in f.readlines()[1:]]
    return len(inodes & {line[at] for line in listed if len(line) > at})


def files_below(pid, top):
    return sorted({os.path.relpath(to, top) for to in open_files(pid).values() if to.startswith(top + "/")} - {"log"})


def check_holdings(tap, top):
    box = os.path.join(top, "Maildir")
    fill(box, 3)
    with Daemon(top, maildir_conf(box), listen="127.0.0.1:%d" % free_port()) as d:
        d.start()
        wait_until(lambda: d.reports() == 3 and d.answers(), "the reports")
        wait_until(lambda: all(state_of(p) == "S" for p in family(d.process.pid)), "all to be quiet")
        store, web, mail, lookup = (d.role(n) for n in ("store", "web", "fetch", "lookup"))
        parsers = len(d.parsers())
        tap.equal({n: sockets(p, "tcp") for n, p in (("parent", d.process.pid), ("store", store), ("web", web), ("fetch", mail),
                                                     ("lookup", lookup))},
                  {"parent": 1, "store": 0, "web": 1, "fetch": 0, "lookup": 0},
                  "the listening socket is the parent's and the web role's alone")
        tap.equal({n: sockets(p, "unix") for n, p in (("parent", d.process.pid), ("store", store), ("web", web), ("fetch", mail),
                                                      ("lookup", lookup))},
                  {"parent": 4, "store": 4 + parsers, "web": 2, "fetch": 2, "lookup": 2},
                  "each role has its ends of the parent's and the store's sockets, and no one else's")
        for name, pid in (("parent", d.process.pid), ("fetch", mail), ("lookup", lookup)):
            tap.case(not any("ruad.db" in f for f in files_below(pid, top)), "%s holds no database" % name, files_below(pid, top))
        for name, pid in (("parent", d.process.pid), ("store", store), ("web", web), ("lookup", lookup)):
            tap.case(not any("Maildir" in f for f in files_below(pid, top)), "%s holds no mailbox" % name, files_below(pid, top))
        for name, pid in (("store", store), ("web", web), ("fetch", mail), ("lookup", lookup)):
            own = open_files(pid)
            tap.equal((own[0], own[1]), ("/dev/null", "/dev/null"), "%s has nothing on standard input and output" % name)
        tap.equal(d.zombies(), [], "nobody is left unburied")
        before = {p: len(open_files(p)) for p in family(d.process.pid)}
        for n in range(20):
            fill(box, 5, first=100 + 5 * n)
            wait_until(lambda: d.reports() == 8 + 5 * n, "more reports")
        wait_until(lambda: all(state_of(p) == "S" for p in family(d.process.pid)), "all to be quiet")
        after = {p: len(open_files(p)) for p in before}
        tap.case(all(after[p] <= before[p] + 2 for p in before), "a hundred mails later nobody holds more",
                 {title_of(p): (before[p], after[p]) for p in before})


def main():
    tap = Tap()
    checks = (check_life, check_refusals, check_odd_surroundings, check_hung, check_busy, check_killed_roles, check_killed_store,
              check_killed_parent, check_backoff, check_helpless, check_reload_rules, check_reload_broken, check_reload_address,
              check_reload_database, check_reload_hurried, check_reload_hammered, check_notices, check_activation, check_two,
              check_holdings)
    wanted = sys.argv[1:]
    with folder() as top:
        for check in checks:
            if wanted and check.__name__ not in wanted:
                continue
            began = time.monotonic()
            with tap.guard(check.__name__):
                check(tap, tempfile.mkdtemp(dir=top))
            print("# %s: %.1f s" % (check.__name__, time.monotonic() - began))
    tap.end()


if __name__ == "__main__":
    main()
