"""harness: what the integration suites share: counting cases in TAP, running ruad, serving a database.

Neighbours: tests/run counts the "ok" and "not ok" lines of a suite. The binary under test is named by $RUAD.
As a program: `harness.py junit FILE` prints the TAP of what `meson test` left in meson-logs/testlog.junit.xml.
"""
import contextlib
import json
import os
import queue
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import urllib.error
import urllib.request
import xml.etree.ElementTree

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
RUAD = os.path.abspath(os.environ.get("RUAD", os.path.join(ROOT, "build-test", "daemon", "ruad")))
SHARED = os.path.join(os.path.dirname(ROOT), "shared")
DEADLINE_S = 300


class Tap:
    """Counts cases; each prints its line as it ends."""

    def __init__(self):
        self.number = 0
        self.failed = 0

    def case(self, good, name, detail=""):
        self.number += 1
        print("%s %d - %s" % ("ok" if good else "not ok", self.number, name))
        if not good:
            self.failed += 1
            for line in str(detail).splitlines()[:40]:
                print("#   " + line)
        sys.stdout.flush()
        return good

    def equal(self, got, want, name):
        return self.case(got == want, name, "got  %s\nwant %s" % (got, want))

    def skip(self, name, reason):
        self.number += 1
        print("ok %d - %s # SKIP %s" % (self.number, name, reason))
        sys.stdout.flush()

    @contextlib.contextmanager
    def guard(self, name):
        """A part of a suite that ends in an exception is one failed case; the parts behind it still run."""
        try:
            yield
        except Exception:                       # whatever broke, it is a failed case and never a lost one
            self.case(False, name, traceback.format_exc())

    def end(self):
        print("1..%d" % self.number)
        sys.exit(1 if self.failed else 0)


@contextlib.contextmanager
def folder():
    path = tempfile.mkdtemp(prefix="ruad-test-")
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def ruad(*args, stdin=None, ok=(0,)):
    """Runs the binary; raises with what it said where the exit code is not one of `ok`."""
    done = subprocess.run([RUAD, *args], input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=DEADLINE_S)
    if done.returncode not in ok:
        raise AssertionError("ruad %s: exit %d\n%s" % (
            " ".join(args), done.returncode, done.stderr.decode(errors="replace")[-3000:]))
    return done


def read_proc(path):
    try:
        with open(path, "rb") as f:
            return f.read()
    except OSError:                             # the process has ended
        return b""


def workers(pid):
    """The pids of the parse role below `pid`."""
    children = read_proc("/proc/%d/task/%d/children" % (pid, pid)).split()
    return [int(c) for c in children if b"--role=parse" in read_proc("/proc/%s/cmdline" % c.decode())]


def descendants(pid):
    """The pids of all processes below `pid`."""
    below = []
    for child in read_proc("/proc/%d/task/%d/children" % (pid, pid)).split():
        below += [int(child)] + descendants(int(child))
    return below


def role(pid, name):
    """The pid of the role "ruad: NAME" below `pid`; None where it does not run."""
    for child in descendants(pid):
        if read_proc("/proc/%d/comm" % child).strip() == b"ruad: " + name.encode():
            return child
    return None


def wait_until(what, condition):
    """Waits until the condition holds, and gives what it gave."""
    end = time.monotonic() + DEADLINE_S
    while time.monotonic() < end:
        got = condition()
        if got:
            return got
        time.sleep(0.02)
    raise AssertionError("%s: not within %d s" % (what, DEADLINE_S))


def process_status(pid):
    return dict(line.split(":", 1) for line in read_proc("/proc/%d/status" % pid).decode().splitlines() if ":" in line)


def ndjson(data):
    return [json.loads(line) for line in data.splitlines() if line.strip()]


class Served(str):
    """The address of a running server, with its process and what it has logged so far."""


@contextlib.contextmanager
def serving(db, *options, env=None):
    """Serves a database on a free port and yields its address. Without options: no configuration but that nothing is looked up.
    A server that does not end well on SIGTERM raises."""
    conf = tempfile.NamedTemporaryFile("w", prefix="ruad-test-", suffix=".conf")
    conf.write("dns = { lookups = false; };\n")
    conf.flush()
    options = options or ("--config", conf.name)
    server = subprocess.Popen([RUAD, *options, "--db", db, "serve", "--listen", "127.0.0.1:0"], stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, env=env)
    said, url = [], queue.Queue()

    def listen():                               # to the end, so that the server never waits for its reader
        for line in server.stderr:
            said.append(line)
            found = re.search(rb"serving on (http://127\.0\.0\.1:[1-9][0-9]*)", line)
            if found:
                url.put(found.group(1).decode())
        url.put(None)

    ears = threading.Thread(target=listen)
    ears.start()
    try:
        address = url.get(timeout=DEADLINE_S)
        if address is None:
            raise AssertionError("serve ended before it served:\n" + b"".join(said).decode(errors="replace"))
        address = Served(address)
        address.pid, address.said = server.pid, said
        yield address
    finally:
        server.terminate()
        try:
            server.wait(timeout=60)
        except subprocess.TimeoutExpired:
            server.kill()
        ears.join()
        server.wait()
        conf.close()
    if server.returncode != 0:
        raise AssertionError("serve: exit %d after SIGTERM\n%s" % (
            server.returncode, b"".join(said).decode(errors="replace")[-6000:]))


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@contextlib.contextmanager
def running(server):
    """A socketserver at work in a thread, until the end of the block."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def fetch(url, headers=None, method="GET", body=None):
    """As a browser asks: (status, headers, bytes), for any status; no redirect is followed, no proxy asked."""
    headers = {"Accept": "text/html,*/*;q=0.8", **(headers or {})}
    opener = urllib.request.build_opener(NoRedirect, urllib.request.ProxyHandler({}))
    try:
        with opener.open(urllib.request.Request(url, body, headers, method=method), timeout=60) as r:
            return r.status, r.headers, r.read()
    except urllib.error.HTTPError as e:
        return e.code, e.headers, e.read()


def remarks(said, case):
    """The lines that a TAP program wrote beneath a failed case."""
    found = re.search(r"^not ok %s *$((?:\n *#.*)*)" % re.escape(case), said, re.M)
    return found.group(1).strip() if found else said[-3000:]


def junit(path):
    """meson's own record as TAP. A program that died between its cases is a failed case of its own."""
    tap = Tap()
    for suite in xml.etree.ElementTree.parse(path).getroot():
        program = suite.get("name").split(" / ")[-1].split(".")[-1]
        said, heard = suite.findtext("system-out") or "", suite.findtext("system-err") or ""
        failed = 0
        for case in suite.findall("testcase"):
            title = "%s: %s" % (program, re.sub(r"^\d+ - ", "", case.get("name")))
            if case.find("skipped") is not None:
                tap.skip(title, (case.findtext("system-out") or "skipped").strip())
                continue
            bad = case.find("failure") is not None or case.find("error") is not None
            failed += bad
            own = (case.findtext("system-out") or "") + (case.findtext("system-err") or "")
            tap.case(not bad, title, own[-3000:] or remarks(said, case.get("name")) + (heard[-3000:] if failed == 1 else ""))
        died = re.search(r"exited with status code (-?[0-9]+)", heard)
        plan = re.search(r"^1\.\.([0-9]+)$", said, re.M)
        short = plan and int(plan.group(1)) != len(suite.findall("testcase"))
        if not failed and (died or short or not suite.findall("testcase")):
            tap.case(False, "%s: runs to its end" % program, said[-3000:] + heard[-6000:])
    tap.end()


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] != "junit":
        sys.exit(__doc__)
    junit(sys.argv[2])
