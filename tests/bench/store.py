"""The store's speed and size: `tests/bench/run store [ROWS]`.

Builds for release, fills a database with an invented university's reports (fill.c), asks every page's questions of it
(queries.c), changes source rules, asks again while more is stored at full speed, and runs the verbs that look after the
store. Prints one table, in which ratios hold across machines and figures do not. Neighbours: run, which calls this.
"""
import argparse
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BYTES_A_ROW = 80                                # at most, with what lies in the write-ahead log
PROBE_S = 2
PRUNED_DAYS = 30


def build():
    release = os.path.join(ROOT, "build-bench")
    there = os.path.exists(os.path.join(release, "build.ninja"))
    setup = ["configure", release] if there else ["setup", release, "--buildtype=release"]
    subprocess.run(["meson", *setup, "-Dtests=true"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    programs = ["tests/bench/bench_fill", "tests/bench/bench_queries", "daemon/ruad"]
    subprocess.run(["ninja", "-C", release, *programs], check=True, stdout=subprocess.DEVNULL)
    return [os.path.join(release, p) for p in programs]


def check_disk(folder, rows):
    needed, free = rows * BYTES_A_ROW, shutil.disk_usage(folder).free
    if free < needed:
        sys.exit("bench: %d rows may need %.1f GB, and %s has %.1f GB free: take fewer rows, or --work DIR on another disk"
                 % (rows, needed / 1e9, folder, free / 1e9))


class Child:
    """A program in the background, read line by line."""

    def __init__(self, *command):
        self.command = [str(word) for word in command]
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def line(self):
        return self.process.stdout.readline()

    def begin(self):
        """Lets a program begin that says `ready` and waits."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def wait_ready(self):
        if self.line() != "ready\n":
            self.end()
            sys.exit("bench: %s: did not get ready" % " ".join(self.command))

    def end(self, stop=False):
        """All that it still says, once it has ended of itself or because it was told to."""
        if stop:
            self.process.send_signal(signal.SIGTERM)
        said, _ = self.process.communicate()
        if self.process.returncode != 0:
            sys.exit("bench: %s: exit %d" % (" ".join(self.command), self.process.returncode))
        return said


def figures(line):
    """"end rows=1 cpu_s=2" as {"rows": 1.0, "cpu_s": 2.0}"""
    return {key: float(value) for key, value in (word.split("=") for word in line.split() if "=" in word)}


def whole_steps(lines):
    """Without the last line where it tells of the few rows that were left over."""
    rows = [0] + [line["rows"] for line in lines]
    return [line for line, before in zip(lines, rows) if 2 * (line["rows"] - before) >= lines[0]["rows"]]


def by_name(said):
    return {line["name"]: line for line in map(json.loads, said.splitlines())}


class Bench:
    def __init__(self, args, folder):
        self.args = args
        self.fill, self.queries, self.ruad = build()
        self.db, self.truth = os.path.join(folder, "bench.db"), os.path.join(folder, "truth")
        self.lines = []

    def say(self, what, figure, unit, ratio=None, of=""):
        self.lines.append((what, figure, unit, "" if ratio is None else "%.2f" % ratio, of))

    def questions(self, *options):
        return Child(self.queries, "--db", self.db, "--sets", self.args.sets, "--json", *options)

    def filled(self, seed, rows, *options):
        return Child(self.fill, "--db", self.db, "--seed", seed, "--rows", rows, "--days", self.args.days,
                     "--step", min(10 ** 6, max(rows // 5, 1)), *options)

    def measure_fill(self):
        said = [figures(line) for line in self.filled(1, self.args.rows, "--truth", self.truth).end().splitlines()]
        steps, end = whole_steps(said[1:-1]), said[-1]
        self.say("fill, first %d rows" % steps[0]["rows"], "%d" % steps[0]["rows_per_cpu_s"], "rows/CPU s")
        self.say("fill, as many at the end", "%d" % steps[-1]["rows_per_cpu_s"], "rows/CPU s",
                 steps[-1]["rows_per_cpu_s"] / steps[0]["rows_per_cpu_s"], "the first's")
        self.alone = end["rows"] / end["cpu_s"]
        self.say("fill, all", "%d" % self.alone, "rows/CPU s")
        self.say("database", "%.1f" % end["bytes_per_row"], "bytes a row")
        return end

    def check_totals(self):
        """What is measured must be right, too."""
        with open(self.truth, encoding="utf-8") as f:
            want = json.load(f)
        got = json.loads(Child(self.queries, "--db", self.db, "--totals").end())
        if got != want:
            sys.exit("bench: the totals are wrong:\n  stored %s\n  found  %s" % (want, got))

    def measure_pages(self):
        found = by_name(self.questions().end())
        self.say_times("every page", found["every page"])
        for kind in ("first 50", "total 28d", "total 12m"):
            self.say_times("any other filter, " + kind, found["any other filter " + kind])

    def say_times(self, what, line):
        self.say(what + ", p50 of %d" % line["n"], "%.3f" % line["p50_ms"], "ms")
        self.say(what + ", p99", "%.3f" % line["p99_ms"], "ms")
        self.say(what + ", longest", "%.3f" % line["max_ms"], "ms", of=line["slowest"])

    def loop(self):
        return by_name(self.questions("--seconds", self.args.seconds).end())["every page"]

    def probed(self, meanwhile):
        """How long a light question took at most while `meanwhile` ran, in ms, and what that returned."""
        probe = self.questions("--probe", "--wait")
        probe.wait_ready()
        probe.begin()
        result = meanwhile()
        return by_name(probe.end(stop=True))["probe"]["max_ms"], result

    def open_with(self, rules):
        return figures(Child(self.fill, "--db", self.db, "--rules", rules).end())

    def measure_relabel(self):
        idle_ms, _ = self.probed(lambda: time.sleep(PROBE_S))
        for rules, what in (("network", "a network"), ("signer", "a DKIM domain")):
            waited_ms, took = self.probed(lambda rules=rules: self.open_with(rules))
            self.say("relabel, %s changed" % what, "%.3f" % took["open_wall_s"], "s")
            self.say("relabel, CPU", "%.3f" % took["open_cpu_s"], "CPU s")
            self.say("longest wait of a reader meanwhile", "%.3f" % waited_ms, "ms", waited_ms / idle_ms, "idle")
            self.open_with("base")
        return idle_ms

    def verb(self, *words):
        """Wall seconds of a verb of ruad's; its exit code must be 0."""
        began = time.monotonic()
        done = subprocess.run([self.ruad, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            sys.exit("bench: ruad %s: exit %d: %s" % (" ".join(words), done.returncode, done.stdout))
        return time.monotonic() - began

    def measure_verbs(self, idle_ms):
        """All derived tables anew and compared, and the oldest 30 days removed, while a light question is asked."""
        self.verb("--db", self.db, "prune", "--dry-run")        # its rules are others than the bench's: applied here
        self.say("rebuild", "%.2f" % self.verb("--db", self.db, "rebuild"), "s")
        self.say("verify", "%.2f" % self.verb("--db", self.db, "verify"), "s")
        with sqlite3.connect(self.db) as c:
            oldest = c.execute("SELECT min(day) FROM report").fetchone()[0]
        c.close()
        conf = self.db + ".conf"
        with open(conf, "w", encoding="utf-8") as f:
            f.write("retention = { report_days = %d; };\n" % (int(time.time()) // 86400 - oldest - PRUNED_DAYS))
        waited_ms, took_s = self.probed(lambda: self.verb("--config", conf, "--db", self.db, "prune"))
        self.say("prune, the oldest %d days" % PRUNED_DAYS, "%.2f" % took_s, "s")
        self.say("longest wait of a reader meanwhile", "%.3f" % waited_ms, "ms", waited_ms / idle_ms, "idle")
        self.say("verify after that", "%.2f" % self.verb("--config", conf, "--db", self.db, "verify"), "s")

    def measure_mixed(self, more):
        """The same loop idle, while more is stored about the same days, and idle again."""
        before = self.loop()
        asking = self.questions("--seconds", 24 * 3600, "--wait")
        asking.wait_ready()
        storing = self.filled(2, more)
        while not storing.line().startswith("rows="):
            if storing.process.poll() is not None:
                storing.end()
        asking.begin()
        end = figures(storing.end().splitlines()[-1])
        during = by_name(asking.end(stop=True))["every page"]
        after = self.loop()
        self.say("in a loop, idle, p99 of %d" % before["n"], "%.3f" % before["p99_ms"], "ms")
        self.say("in a loop, while filling, p99 of %d" % during["n"], "%.3f" % during["p99_ms"], "ms",
                 during["p99_ms"] / before["p99_ms"], "idle")
        self.say("in a loop, idle afterwards, p99 of %d" % after["n"], "%.3f" % after["p99_ms"], "ms",
                 after["p99_ms"] / before["p99_ms"], "idle, with %d rows more" % more)
        self.say("fill, while asked", "%d" % (end["rows"] / end["cpu_s"]), "rows/CPU s",
                 end["rows"] / end["cpu_s"] / self.alone, "alone")

    def print(self, end):
        print("%d rows over %d days in %d reports, %d profiles; %d CPUs" % (
            end["rows"], self.args.days, end["reports"], end["profiles"], os.cpu_count()))
        print("%-44s %12s %-12s %6s  %s" % ("", "", "", "ratio", "to"))
        for line in self.lines:
            print(("%-44s %12s %-12s %6s  %s" % line).rstrip())


def run(args, folder):
    more = max(args.rows // 4, min(args.rows, 10 ** 6))
    check_disk(os.path.dirname(folder), args.rows + more)
    bench = Bench(args, folder)
    end = bench.measure_fill()
    bench.check_totals()
    bench.measure_pages()
    idle_ms = bench.measure_relabel()
    bench.measure_mixed(more)
    bench.measure_verbs(idle_ms)
    bench.print(end)


def main(words):
    parser = argparse.ArgumentParser(prog="tests/bench/run store", description=__doc__.splitlines()[0])
    parser.add_argument("rows", nargs="?", type=int, default=10 ** 6)
    parser.add_argument("--days", type=int, default=730)
    parser.add_argument("--sets", type=int, default=200, help="random sets of filters")
    parser.add_argument("--seconds", type=int, default=10, help="of each loop")
    parser.add_argument("--work", metavar="DIR", help="where the database is made, and removed again")
    args = parser.parse_args(words)
    if args.rows < 1000:
        parser.error("at least 1000 rows")
    with tempfile.TemporaryDirectory(prefix="ruad-bench-", dir=args.work) as folder:
        run(args, folder)
