#!/usr/bin/env python3
"""What scripts rely on: exit codes, what goes to standard output and what to standard error, messages that name the
place and the way out."""
import os
import socket
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import samples  # noqa: E402
from harness import Tap, folder, ruad  # noqa: E402

VERBS = ("parse", "import", "summary", "records", "serve", "demo")
ANY = (0, 1, 2, 3)


def check_help(tap):
    for args in [(verb, "--help") for verb in VERBS] + [("--help",)]:
        done = ruad(*args, ok=ANY)
        tap.case(done.returncode == 0 and done.stdout and not done.stderr,
                 "%s: on standard output, exit 0" % " ".join(args), done)
    done = ruad("--version", ok=ANY)
    said = done.stdout.decode()
    tap.case(done.returncode == 0 and "0.1.0" in said and all(name in said.lower() for name in ("libxml2", "gmime")),
             "--version names libraries and their versions", said)


def refused(tap, name, code, *args, says=()):
    """Exit `code`, nothing on standard output, and a line `ruad: WHAT` that says, with those behind it, `says`."""
    done = ruad(*args, ok=ANY)
    lines = done.stderr.decode(errors="replace").splitlines()
    good = (done.returncode == code and not done.stdout and lines and lines[0].startswith("ruad: ")
            and all(word in "\n".join(lines) for word in says))
    tap.case(good, "%s: exit %d" % (name, code), "exit %d\n%s\n%s" % (
        done.returncode, done.stdout.decode(errors="replace"), "\n".join(lines)))


def check_use(tap, top, db):
    refused(tap, "no verb", 2)
    refused(tap, "an unknown verb", 2, "sumary", says=("sumary", "summary"))
    refused(tap, "an unknown option", 2, "--db", db, "summary", "--clas", "untrusted", says=("clas", "class"))
    refused(tap, "a value that is none", 2, "--db", db, "summary", "--period", "never", says=("period", "28d"))
    refused(tap, "an unknown format", 2, "--db", db, "summary", "--format", "xls", says=("format",))
    refused(tap, "import of nothing", 2, "--db", db, "import")
    refused(tap, "an address that is none", 2, "--db", db, "serve", "--listen", "nowhere", says=("nowhere",))
    refused(tap, "no configuration file", 2, "--config", os.path.join(top, "no.conf"), "summary", says=("no.conf",))


def check_config(tap, top):
    conf = samples.write(top, "ruad.conf", 'database = { path = "a.db"; };\nweb = { lisen = "127.0.0.1:0"; };\n'
                         "limits = { rows = \"many\"; };\n")
    refused(tap, "a wrong configuration, all errors at once, with line and a guess", 2, "--config", conf, "summary",
            says=("ruad.conf:2: ", "lisen", "listen", "ruad.conf:3: ", "rows"))
    conf = samples.write(top, "broken.conf", "database = {\n")
    refused(tap, "a configuration that cannot be read", 2, "--config", conf, "summary", says=("broken.conf:",))


def check_system(tap, top, db):
    refused(tap, "a database that cannot be made", 3, "--db", os.path.join(top, "no", "such", "a.db"), "import", db)
    other = samples.write(top, "other.db", "this is no database, though it is long enough to be one\n" * 20)
    refused(tap, "a file that is no database", 2, "--db", other, "summary", says=("other.db",))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused(tap, "a port that is taken", 3, "--db", db, "serve", "--listen", "127.0.0.1:%d" % port,
                says=("in use",))


def check_answers(tap, top, db):
    report = samples.write(top, "report.xml", samples.report())
    tap.equal(ruad("--db", db, "import", report, ok=ANY).returncode, 0, "import of a report: exit 0")
    text = samples.write(top, "note.txt", "no report\n")
    done = ruad("--db", db, "import", text, ok=ANY)
    tap.case(done.returncode == 1 and b"1 refused" in done.stderr, "import of something else: exit 1, and counts it",
             done)
    done = ruad("--db", db, "import", report, text, ok=ANY)
    tap.equal(done.returncode, 1, "import of both: exit 1")
    done = ruad("--db", db, "import", os.path.join(top, "none"), ok=ANY)
    tap.case(done.returncode in (1, 2, 3) and b"none" in done.stderr, "import of a path that is not there is told",
             done)
    for verb in ("summary", "records"):
        done = ruad("--db", db, verb, ok=ANY)
        tap.case(done.returncode in ((0, 1) if verb == "summary" else (0,)) and b"%d" % samples.MESSAGES in done.stdout
                 and not done.stderr, "%s: text on standard output, nothing else" % verb, done)
        tap.case(b"\x1b" not in done.stdout, "%s: no terminal codes in a pipe" % verb, done)
        done = ruad("--db", db, verb, "--domain", "nothing.example", ok=ANY)
        tap.equal(done.returncode, 1, "%s that finds nothing: exit 1" % verb)
    said = ruad("--db", db, "summary", ok=ANY).stdout.decode()
    tap.case(all(len(line) <= 80 for line in said.splitlines()), "summary: 80 columns", said)
    done = ruad("--db", db, "records", "--format", "csv", ok=ANY)
    tap.case(done.returncode == 0 and done.stdout.count(b"\n") == 1 + len(samples.ROWS),
             "records --format csv: a header and a line per row", done)


def main():
    tap = Tap()
    with folder() as top:
        db = os.path.join(top, "a.db")
        for check in (lambda: check_help(tap), lambda: check_answers(tap, top, db), lambda: check_use(tap, top, db),
                      lambda: check_config(tap, top), lambda: check_system(tap, top, db)):
            with tap.guard("the command line"):
                check()
    tap.end()


if __name__ == "__main__":
    main()
