"""served: a daemon under test: `ruad serve` with a configuration of the test's own, its log, its processes by role.

Neighbours: harness.py; daemon/, faults/, maildir/, soak/ and bench/imap.py use it.
"""
import os
import re
import signal
import sqlite3
import subprocess
import time
import urllib.error

from harness import DEADLINE_S, RUAD, fetch, read_proc, workers

WAIT_S = 60                                     # for what is meant to come at once, on a machine with much else to do
LOOK_S = 0.005


def wait_until(condition, what, most_s=WAIT_S, look_s=LOOK_S):
    """What `condition` gives once it is true; raises where it does not come true."""
    end = time.monotonic() + most_s
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError("waited %d s for %s" % (most_s, what() if callable(what) else what))
        time.sleep(look_s)


def children(pid):
    return [int(c) for c in read_proc("/proc/%d/task/%d/children" % (pid, pid)).split()]


def family(pid):
    """A process and all below it, with those of its threads that fork."""
    yield pid
    for child in children(pid):
        yield from family(child)


def state_of(pid):
    """"R", "S", "Z", ...; "" where there is no such process."""
    fields = read_proc("/proc/%d/stat" % pid).rpartition(b")")[2].split()
    return fields[0].decode() if fields else ""


def is_gone(pid):
    return state_of(pid) in ("", "Z")


def title_of(pid):
    return read_proc("/proc/%d/comm" % pid).decode(errors="replace").strip()


def open_files(pid):
    """{descriptor: what it leads to}"""
    out = {}
    try:
        for name in os.listdir("/proc/%d/fd" % pid):
            try:
                out[int(name)] = os.readlink("/proc/%d/fd/%s" % (pid, name))
            except OSError:                     # closed meanwhile
                pass
    except OSError:
        pass
    return out


class Daemon:
    """`ruad serve` on a free port, everything of it below `folder`: ruad.conf, ruad.db and the log."""

    def __init__(self, folder, conf="", db=None, listen="127.0.0.1:0", binary=RUAD):
        self.folder, self.binary = folder, binary
        self.db = db or os.path.join(folder, "ruad.db")
        self.conf_path, self.log_path = os.path.join(folder, "ruad.conf"), os.path.join(folder, "log")
        self.listen = listen
        self.process, self.url, self.began_at = None, None, 0
        self.configure(conf)

    def configure(self, text):
        with open(self.conf_path, "w", encoding="utf-8") as f:
            f.write(text)

    # --- its life ---

    def command(self):
        listen = ["--listen", self.listen] if self.listen else []
        return [self.binary, "--config", self.conf_path, "--db", self.db, "serve", *listen]

    def launch(self, command=None, **options):
        """Starts it and waits for nothing."""
        log = open(self.log_path, "ab")
        self.began_at = log.tell()
        self.process = subprocess.Popen(command or self.command(), stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=log, **options)
        log.close()
        return self

    def start(self, command=None, **options):
        self.launch(command, **options)
        self.url = self.wait_serving()
        return self

    def wait_serving(self, since=None):
        return self.wait_said(r"serving on (https?://\S+)", since).group(1)

    def stop(self, number=signal.SIGTERM):
        """Its exit code, and how many seconds it took to end."""
        began = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(number)
        self.process.wait(timeout=DEADLINE_S)
        return self.process.returncode, time.monotonic() - began

    def kill(self):
        """The parent is killed; whoever is left of the others must go by itself."""
        everyone = list(family(self.process.pid))
        self.process.kill()
        self.process.wait()
        wait_until(lambda: all(map(is_gone, everyone)), "the roles to end with their parent")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process is None:
            return
        everyone = list(family(self.process.pid)) if self.process.poll() is None else []
        for pid in everyone:                    # a test may have stopped one
            send(pid, signal.SIGCONT)
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=WAIT_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def hang_up(self):
        """SIGHUP, and waits until what it makes of it is said."""
        at = self.log_end()
        self.process.send_signal(signal.SIGHUP)
        return self.wait_said(r"the configuration (is read again|stays as it was)", at)

    def reload(self):
        """SIGHUP with a configuration that is good; then it serves again."""
        at = self.log_end()
        said = self.hang_up().group(1)
        if said != "is read again":
            raise AssertionError(self.log(at))
        self.url = self.wait_serving(at)

    # --- what it says ---

    def log_end(self):
        return os.path.getsize(self.log_path)

    def log(self, since=None):
        with open(self.log_path, "rb") as f:
            f.seek(self.began_at if since is None else since)
            return f.read().decode(errors="replace")

    def wait_said(self, pattern, since=None):
        found = []

        def look():
            ended = self.process.poll() is not None
            found[:] = [re.search(pattern, self.log(since))]
            if ended and not found[0]:
                raise AssertionError("it ended with %s and did not say %s:\n%s" % (
                    self.process.returncode, pattern, self.log(since)[-3000:]))
            return found[0]

        return wait_until(look, lambda: "%s in its log:\n%s" % (pattern, self.log(since)[-3000:]))

    def page(self, path="/"):
        status, _, body = fetch(self.url + path)
        return status, body

    def answers(self):
        try:
            return self.page()[0] == 200
        except (OSError, urllib.error.URLError):
            return False

    # --- its processes ---

    def roles(self, name=None):
        """The pids of a role, or of all."""
        alive = [c for c in children(self.process.pid) if not is_gone(c)]
        return [c for c in alive if title_of(c) == "ruad: %s" % name] if name else alive

    def role(self, name):
        return wait_until(lambda: self.roles(name), "a process of the role %s" % name)[0]

    def parsers(self):
        return [w for store in self.roles("store") for w in workers(store)]

    def zombies(self):
        return [p for p in family(self.process.pid) if state_of(p) == "Z"]

    # --- its database ---

    def ask(self, sql, *values):
        """Rows; none where there is no database, or no such table, yet."""
        c = sqlite3.connect("file:%s?mode=ro" % self.db, uri=True, timeout=WAIT_S) if os.path.exists(self.db) else None
        try:
            return c.execute(sql, values).fetchall() if c else []
        except sqlite3.OperationalError as e:
            if "no such table" in str(e):
                return []
            raise
        finally:
            if c:
                c.close()

    def number(self, sql, *values):
        rows = self.ask(sql, *values)
        return rows[0][0] if rows else 0

    def reports(self):
        return self.number("SELECT count(*) FROM report")


def send(pid, number):
    """Whether there was such a process."""
    try:
        os.kill(pid, number)
        return True
    except ProcessLookupError:
        return False


def arrive(maildir, name, data):
    """Delivers a mail as an MTA does: written whole in tmp, then moved to new."""
    for part in ("tmp", "new", "cur"):
        os.makedirs(os.path.join(maildir, part), exist_ok=True)
    path = os.path.join(maildir, "tmp", name)
    with open(path, "wb") as f:
        f.write(data)
    os.rename(path, os.path.join(maildir, "new", name))
