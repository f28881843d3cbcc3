#!/usr/bin/env python3
"""The first command, in a copy of the checkout that nothing was built in: ./quickstart with the demo data, with a
folder, again, and with nothing that can be read."""
import os
import re
import shutil
import signal
import socket
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import samples  # noqa: E402
from harness import ROOT, Tap, fetch, folder  # noqa: E402

SERVED = re.compile(rb"http://127\.0\.0\.1:8080")


def copy_checkout(to):
    shutil.copytree(ROOT, to, symlinks=True, ignore=lambda path, names: [
        n for n in names if n in (".git", "node_modules", "__pycache__") or (path == ROOT and n.startswith("build"))])


def quickstart(top, *args, cwd=None):
    return subprocess.run([os.path.join(top, "quickstart"), *args], cwd=cwd or top, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, timeout=600)


def check_demo(tap, top):
    first = quickstart(top, "--no-serve")
    tap.case(first.returncode == 0 and b"Fully trusted" in first.stdout,
             "builds, makes the demo data, prints the summary", first.stdout.decode(errors="replace"))
    made = {name: os.stat(os.path.join(top, "build", name)).st_mtime_ns for name in ("daemon/ruad", "demo.db")}
    again = quickstart(top, "--no-serve")
    tap.case(again.returncode == 0 and again.stdout in first.stdout, "a second run says the same summary",
             again.stdout.decode(errors="replace"))
    tap.equal({name: os.stat(os.path.join(top, "build", name)).st_mtime_ns for name in made}, made,
              "and neither builds nor fills again")


def check_folder(tap, top, inbox):
    samples.write(inbox, "mine/report.xml.gz", samples.gz(samples.report()))
    samples.write(inbox, "mine/note.txt", "no report\n")
    nothing = quickstart(top, "--no-serve", "mine/note.txt", cwd=inbox)
    tap.case(nothing.returncode == 1, "nothing that can be read: exit 1", nothing)
    for turn in ("a folder, though a file of it was refused", "the same folder again"):
        done = quickstart(top, "--no-serve", "mine", cwd=inbox)
        tap.case(done.returncode == 0 and re.search(rb"Total +%d\b" % samples.MESSAGES, done.stdout),
                 "takes in " + turn, done.stdout.decode(errors="replace"))
    tap.equal(quickstart(top, "--no-serve", "none", cwd=inbox).returncode, 2, "a path that is not there: exit 2")
    tap.equal(quickstart(top, "--no-such-option").returncode, 2, "an unknown option: exit 2")


def check_serve(tap, top):
    name = "serves on http://127.0.0.1:8080 and says so"
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", 8080))
        except OSError:
            tap.skip(name, "port 8080 is taken on this machine")
            return
    server = subprocess.Popen([os.path.join(top, "quickstart")], cwd=top, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
    try:
        said = b""
        for line in server.stdout:
            said += line
            if SERVED.search(line):
                break
        status = fetch("http://127.0.0.1:8080/")[0] if SERVED.search(said) else None
        tap.case(status == 200, name, said.decode(errors="replace"))
    finally:
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=60)
    tap.equal(server.returncode, 0, "and ends well when told to")


def main():
    tap = Tap()
    with folder() as work:
        top = os.path.join(work, "ruad")
        copy_checkout(top)
        with tap.guard("the demo data"):
            check_demo(tap, top)
        with tap.guard("a folder"):
            check_folder(tap, top, os.path.join(work, "inbox"))
        with tap.guard("serving"):
            check_serve(tap, top)
    tap.end()


if __name__ == "__main__":
    main()
