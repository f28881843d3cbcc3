#!/usr/bin/env python3
"""What scripts rely on: exit codes, what goes to standard output and what to standard error, messages that name the
place and the way out."""
import contextlib
import json
import os
import socket
import sqlite3
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import samples  # noqa: E402
from harness import Tap, folder, ruad  # noqa: E402

VERBS = ("parse", "import", "summary", "records", "sources", "lists", "domains", "lint", "bulk", "reports", "reporters", "tls", "rollout", "notes", "blockers", "phases", "measured", "verdicts", "explain", "digest", "reparse", "rebuild",
         "verify", "prune", "backup", "check", "user", "serve", "demo")
ANY = (0, 1, 2, 3)


def check_help(tap):
    for args in [(verb, "--help") for verb in VERBS] + [("--help",), ("-h",), ("help",)]:
        done = ruad(*args, ok=ANY)
        tap.case(done.returncode == 0 and done.stdout and not done.stderr,
                 "%s: on standard output, exit 0" % " ".join(args), done)
    done = ruad("--version", ok=ANY)
    said = done.stdout.decode()
    tap.case(done.returncode == 0 and "0.1.0" in said and all(name in said.lower() for name in ("libxml2", "gmime", "sqlite 3", "c-ares 1", "gnutls 3", "libcurl 7")),
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
    for args in (("sources", "--db", db), ("verify", "--db", db)):
        refused(tap, "--db behind %s" % args[0], 2, *args, says=("before the verb", "ruad --db FILE " + args[0]))
    refused(tap, "a value that is none", 2, "--db", db, "summary", "--period", "never", says=("period", "1d, 3d", "28d"))
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


def check_check(tap, top):
    """`ruad check` before anything runs: each line a state, a name and a sentence; every fault is exit 1 and says what to do."""
    at = os.path.join(top, "check")
    os.mkdir(at)
    db = os.path.join(at, "a.db")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    conf = samples.write(top, "check.conf", 'web = { listen = "127.0.0.1:%d"; };\n' % port)
    done = ruad("--config", conf, "--db", db, "check", ok=ANY)
    lines = done.stdout.decode().splitlines()
    tap.case(done.returncode == 0 and not done.stderr and lines and all(line.startswith("ok        ") for line in lines),
             "check: a line each and exit 0 where all is well", done)
    tap.case(not os.listdir(at), "check makes nothing", os.listdir(at))
    found = json.loads(ruad("--config", conf, "--db", db, "check", "--format", "json").stdout)
    tap.equal(([c["check"] for c in found["checks"]], found["faults"]), ([line[10:].split(": ")[0] for line in lines], 0),
              "check --format json: the same")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(0)
        def answer():
            with taken.accept()[0] as peer:
                peer.recv(4096)
                peer.sendall(b"HTTP/1.1 200 OK\r\n\r\nok        \x1b[2Jfriendly: but no\nwhatever\n")
        threading.Thread(target=answer, daemon=True).start()
        conf = samples.write(top, "taken.conf", 'web = { listen = "127.0.0.1:%d"; };\n' % taken.getsockname()[1])
        done = ruad("--config", conf, "--db", db, "check", ok=ANY)
        tap.case(done.returncode == 1 and b"taken by another program" in done.stdout and b"\x1b" not in done.stdout,
                 "check: a port that another program has is a fault", done)
    done = ruad("--db", os.path.join(top, "none", "a.db"), "check", ok=ANY)
    tap.case(done.returncode == 1 and b"failed    database: " in done.stdout and b"make the folder" in done.stdout,
             "check: a folder that is not there is a fault, and what to do is said", done)
    broken = samples.write(top, "broken.db", "this is no database, though it is long enough to be one\n" * 20)
    done = ruad("--db", broken, "check", ok=ANY)
    tap.case(done.returncode == 1 and b"failed    database: " in done.stdout, "check: a file that is no database is a fault", done)
    refused(tap, "check --sign-in of nobody", 2, "--config", conf, "check", "--sign-in", "exchange", says=("exchange", "oauth"))
    refused(tap, "check with an unknown format", 2, "check", "--format", "csv", says=("text or json",))


def check_verify(tap, top):
    db = os.path.join(top, "verify.db")
    refused(tap, "rebuild without a database", 2, "--db", db, "rebuild", says=("verify.db",))
    refused(tap, "verify without a database", 2, "--db", db, "verify", says=("verify.db",))
    ruad("--db", db, "import", samples.write(top, "verify.xml", samples.report()))
    done = ruad("--db", db, "verify", ok=ANY)
    tap.case(done.returncode == 0 and not done.stdout and b"sound" in done.stderr, "verify: exit 0 and one line", done)
    before = ruad("--db", db, "summary", "--period", "all", "--format", "json", ok=ANY)
    with sqlite3.connect(db) as c:
        c.execute("UPDATE cell SET cells = x'' WHERE id = (SELECT max(id) FROM cell)")
    c.close()
    done = ruad("--db", db, "verify", ok=ANY)
    tap.case(done.returncode == 1 and b"ruad rebuild" in done.stderr, "verify: exit 1 and what to do", done)
    found = json.loads(ruad("--db", db, "verify", "--format", "json", ok=ANY).stdout)
    tap.equal((found["clean"], found["file_sound"], found["different"] > 0, found["damaged"]), (False, True, True, 0),
              "verify --format json says what differs")
    done = ruad("--db", db, "rebuild", ok=ANY)
    tap.case(done.returncode == 0 and b"1 reports" in done.stderr and done.stdout == b"No verdict changed.\n",
             "rebuild: exit 0, and no verdict changed", done)
    tap.equal(ruad("--db", db, "verify", ok=ANY).returncode, 0, "verify is clean after a rebuild")
    with sqlite3.connect(db) as c:
        c.execute("UPDATE verdict_rule SET verdict = 'unknown', id = 'passed' WHERE id = 'sound'")
    c.close()
    tap.equal(ruad("--db", db, "verify", ok=ANY).returncode, 1, "verify tells of another table of verdicts")
    done = ruad("--db", db, "rebuild", ok=ANY)
    tap.case(done.returncode == 0 and done.stdout.endswith(b": Unknown -> Sound (rule passed -> sound)\n") and done.stdout.count(b"\n") == 1,
             "rebuild says which verdicts changed", done)
    tap.equal(json.loads(ruad("--db", db, "summary", "--period", "all", "--format", "json", ok=ANY).stdout)["total"],
              json.loads(before.stdout)["total"], "a rebuild changes no number")
    with sqlite3.connect(db + ".raw") as c:
        c.execute("UPDATE raw SET bytes = x'00'")
    c.close()
    done = ruad("--db", db, "verify", ok=ANY)
    tap.case(done.returncode == 1 and b"damaged" in done.stderr, "verify: damaged bytes are told", done)
    done = ruad("--db", db, "rebuild", "--dry-run", ok=ANY)
    tap.case(done.returncode == 0 and b"would move" in done.stdout, "rebuild --dry-run says what would move", done)


def check_older(tap, top):
    """A database of the first version, as tests/unit/migrate_0001.sql has it: each way that its messages name must work."""
    schema = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "unit", "migrate_0001.sql")
    for verb in (("rebuild",), ("import", samples.write(top, "older.xml", samples.report()))):
        db = os.path.join(top, "older-%s.db" % verb[0])
        with sqlite3.connect(db) as c, open(schema, encoding="utf-8") as f:
            c.executescript(f.read() + ";PRAGMA application_id = 1920295268; PRAGMA user_version = 1;")
        c.close()
        refused(tap, "summary of an older database", 2, "--db", db, "summary", says=("ruad rebuild",))
        done = ruad("--db", db, *verb, ok=ANY)
        tap.case(done.returncode == 0, "%s brings an older database up to date" % verb[0], done)
        done = ruad("--db", db, "verify", ok=ANY)
        tap.case(done.returncode == 0, "%s: and verify finds it clean" % verb[0], done)
    db = os.path.join(top, "older-demo.db")
    ruad("--db", db, "demo", "--no-serve", ok=ANY)
    with sqlite3.connect(db) as c:
        c.execute("UPDATE meta SET value = 1 WHERE key = 'derived'")
    c.close()
    refused(tap, "summary of an older demo", 2, "--db", db, "summary", says=("ruad rebuild",))
    done = ruad("--db", db, "demo", "--no-serve", ok=ANY)
    tap.case(done.returncode == 0 and ruad("--db", db, "summary", ok=ANY).returncode == 0, "demo brings an older demo up to date", done)


def check_keeping(tap, top):
    db, copy = os.path.join(top, "keep.db"), os.path.join(top, "copy.db")
    conf = samples.write(top, "keep.conf", "retention = { raw_days = 36500; report_days = 1; };\n")
    refused(tap, "prune without a database", 2, "--db", db, "prune", says=("keep.db",))
    refused(tap, "backup without a database", 2, "--db", db, "backup", copy, says=("keep.db",))
    ruad("--db", db, "import", samples.write(top, "keep.xml", samples.report()))
    refused(tap, "backup of nothing named", 2, "--db", db, "backup")
    done = ruad("--db", db, "backup", copy, ok=ANY)
    tap.case(done.returncode == 0 and os.path.exists(copy) and os.path.exists(copy + ".raw"), "backup: exit 0, a pair of files",
             done)
    refused(tap, "backup over a file", 2, "--db", db, "backup", copy, says=("copy.db",))
    tap.equal(ruad("--db", copy, "summary", "--period", "all", "--format", "csv", ok=ANY).stdout,
              ruad("--db", db, "summary", "--period", "all", "--format", "csv", ok=ANY).stdout, "a backup answers the same")
    counts = [json.loads(ruad("--config", conf, "--db", db, "prune", "--format", "json", *more).stdout)
              for more in (("--dry-run",), (), ())]
    tap.equal([(c["dry_run"], c["reports"]) for c in counts], [(True, 1), (False, 1), (False, 0)],
              "prune removes what --dry-run said, once")
    done = ruad("--db", db, "prune", ok=ANY)
    tap.case(done.returncode == 0 and b"kept for ever" in done.stdout and not done.stderr, "prune: counts on standard output", done)
    wrong = samples.write(top, "days.conf", "retention = { raw_day = 1; report_days = -1; };\n")
    refused(tap, "a retention that is none", 2, "--config", wrong, "prune", says=("raw_days", "for ever"))


def tables(db):
    """What a reading again may change, and the bytes it reads."""
    with contextlib.closing(sqlite3.connect(db)) as c:
        c.execute("ATTACH ? AS kept", (db + ".raw",))
        return [c.execute(q).fetchall() for q in (
            "SELECT id, report_id, messages, row_count, complete, raw FROM report", "SELECT * FROM fact",
            "SELECT * FROM report_note", "SELECT key, raw FROM reject", "SELECT key FROM kept.raw ORDER BY key")]


def damage(db, *statements):
    with contextlib.closing(sqlite3.connect(db)) as c:
        for statement in statements:
            c.execute(statement)
        c.commit()


def check_reparse(tap, top):
    db, folder_ = os.path.join(top, "again.db"), os.path.join(top, "again")
    for day in range(5):
        samples.write(folder_, "%d.eml" % day, samples.mail(samples.gz(samples.report(day)), "r.gz", "application/gzip"))
    ruad("--db", db, "import", folder_)
    want = tables(db)
    done = ruad("--db", db, "reparse", ok=ANY)
    tap.case(done.returncode == 0 and not done.stdout and b"5 reports read again: 0 changed" in done.stderr
             and tables(db) == want, "reparse: where nothing changed it says so and changes nothing", done)
    of = "(SELECT id FROM report WHERE report_id = '%s')"
    damage(db, "UPDATE fact SET messages = messages + 1 WHERE messages = 40 AND report = " + of % "r1",
           "DELETE FROM fact WHERE report = " + of % "r3",
           "UPDATE report SET row_count = 0, messages = 0, complete = 0 WHERE report_id = 'r3'",
           "INSERT INTO report_note SELECT id, 1, 0, 'of an older ruad' FROM report WHERE report_id = 'r4'")
    was = tables(db)
    done = ruad("--db", db, "reparse", "--dry-run", ok=ANY)
    lines = sorted(done.stdout.decode().splitlines())
    tap.case(done.returncode == 0 and len(lines) == 3 and tables(db) == was and b"3 would change" in done.stderr,
             "reparse --dry-run: a line for each report that would change, and nothing changes", done)
    tap.equal(lines[:2], ["receiver.example r1 2025-09-16: 5 rows, full 100, partial 41, untrusted 25, quarantined 5, rejected 2"
                          " -> 5 rows, full 100, partial 40, untrusted 25, quarantined 5, rejected 2",
                          "receiver.example r3 2025-09-18: 0 rows, full 0, partial 0, untrusted 0, quarantined 0, rejected 0"
                          " -> 5 rows, full 100, partial 40, untrusted 25, quarantined 5, rejected 2"],
              "reparse says what a report added up to before and adds up to now")
    done = ruad("--db", db, "reparse", ok=ANY)
    tap.case(done.returncode == 0 and sorted(done.stdout.decode().splitlines()) == lines and tables(db) == want,
             "reparse does what --dry-run said, and all is as it was read", done)
    damage(db, "UPDATE report SET content = x'00', key = x'00', member = 'gone' WHERE report_id = 'r3'")
    was = tables(db)
    done = ruad("--db", db, "reparse", "--format", "json", ok=ANY)
    tap.case(done.returncode == 1 and json.loads(done.stdout)["unread"] == 1 and b"can no longer be read" in done.stderr
             and all(row in now for a, now in zip(was, tables(db)) for row in a),
             "reparse keeps what it can no longer find, and says so", done)


def main():
    tap = Tap()
    with folder() as top:
        db = os.path.join(top, "a.db")
        for check in (lambda: check_help(tap), lambda: check_answers(tap, top, db), lambda: check_use(tap, top, db),
                      lambda: check_config(tap, top), lambda: check_system(tap, top, db), lambda: check_check(tap, top), lambda: check_verify(tap, top), lambda: check_older(tap, top), lambda: check_keeping(tap, top), lambda: check_reparse(tap, top)):
            with tap.guard("the command line"):
                check()
    tap.end()


if __name__ == "__main__":
    main()
