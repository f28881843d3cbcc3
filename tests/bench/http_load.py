"""The pages' speed and endurance: `tests/bench/run http [ROWS]`.

Rates: the Overview, another period each time so that nothing is remembered, and its 304 answer, beside a server of one fixed body
(fixed.c) of the same size, in the same run and in turn. Load: many connections for minutes, a quarter of which take next to nothing of
what they ask for; whatever is refused or cut, and the memory of all processes. Ratios hold across machines, figures do not.
Neighbours: run, which calls this; store.py builds and fills.
"""
import argparse
import asyncio
import os
import random
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time

import store

ROOT = store.ROOT
sys.path.insert(0, os.path.join(ROOT, "tests"))
from harness import fetch, read_proc  # noqa: E402
from served import Daemon, family  # noqa: E402

ROUNDS = 3
OVERVIEW_LEAST, KNOWN_LEAST = 0.01, 0.5
SLOW_BYTES, SLOW_S = 200, 1.0
FLAT = 1.15                                     # memory of the last minute, of the second one's
PATHS = ("/", "/records", "/sources", "/reports", "/reports/reporters", "/lists", "/domains", "/api/v1/summary", "/records?by=ip", "/records?format=csv&period=7d", "/healthz")

VARY = """local n, id, ids = 0, 0, 0
function setup(thread) thread:set("id", ids) ids = ids + 1 end
function request()
  n = n + 1
  return wrk.format("GET", "/?period=" .. (7 + (n * 7 + id * 13) % DAYS) .. "d")
end
"""


def build():
    fill, _, ruad = store.build()
    release = os.path.join(ROOT, "build-bench")
    subprocess.run(["ninja", "-C", release, "tests/bench/bench_fixed"], check=True, stdout=subprocess.DEVNULL)
    need = ". tests/packages && packages_need wrk:wrk"
    if subprocess.run(["sh", "-c", need], cwd=ROOT).returncode != 0:
        sys.exit("bench: wrk is needed")
    return fill, ruad, os.path.join(release, "tests", "bench", "bench_fixed")


# --- rates ---

class Fixed:
    def __init__(self, program, size):
        self.process = subprocess.Popen([program, str(size)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = "http://127.0.0.1:%s" % self.process.stdout.readline().split()[1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.communicate("")


def cpu_s(pid):
    fields = read_proc("/proc/%d/stat" % pid).rpartition(b")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wrk(url, pid, args, *options):
    """(requests a second, CPU microseconds of the server for each); a wrong answer ends the bench."""
    before = cpu_s(pid)
    said = subprocess.run(["wrk", "-t2", "-c%d" % args.connections, "-d%ds" % args.seconds, *options, url], check=True,
                          stdout=subprocess.PIPE, text=True).stdout
    if "Non-2xx" in said or "Socket errors" in said:
        sys.exit("bench: %s: %s" % (url, said))
    requests = int(re.search(r"^ *([0-9]+) requests in", said, re.M).group(1))
    return float(re.search(r"Requests/sec: +([0-9.]+)", said).group(1)), (cpu_s(pid) - before) / requests * 1e6


def rates(args, url, pid, fixed, folder):
    vary = os.path.join(folder, "vary.lua")
    with open(vary, "w", encoding="utf-8") as f:
        f.write(VARY.replace("DAYS", str(max(args.days - 7, 1))))
    for packed in (False, True):
        asks = {"Accept": "text/html", **({"Accept-Encoding": "gzip"} if packed else {})}
        headers = [word for pair in asks.items() for word in ("-H", "%s: %s" % pair)]
        _, said, body = fetch(url + "/", asks)
        found = {"fixed": [], "overview": [], "304": []}
        with Fixed(fixed, len(body)) as other:
            for _ in range(ROUNDS):
                found["fixed"].append(wrk(other.url + "/", other.process.pid, args))
                found["overview"].append(wrk(url + "/", pid, args, *headers, "-s", vary))
                found["304"].append(wrk(url + "/", pid, args, *headers, "-H", "If-None-Match: " + said["ETag"]))
        yield ("gzip" if packed else "plain"), len(body), {name: [statistics.median(column) for column in zip(*n)] for name, n in found.items()}


def measure_rates(args, url, pid, fixed, folder):
    print("%-24s %10s %11s %13s %8s  %s" % ("", "body bytes", "requests/s", "CPU us a req.", "ratio", "of requests/s, at least"))
    well = True
    for kind, size, found in rates(args, url, pid, fixed, folder):
        print("%-24s %10d %11.0f %13.1f" % ("fixed body, " + kind, size, *found["fixed"]))
        for name, least in (("overview", OVERVIEW_LEAST), ("304", KNOWN_LEAST)):
            ratio = found[name][0] / found["fixed"][0]
            well = well and ratio >= least
            print("%-24s %10s %11.0f %13.1f %8.4f  %s%s" % (name + ", " + kind, "", *found[name], ratio, least,
                                                          "" if ratio >= least else "  MISSED"))
    return well


# --- load ---

class Load:
    def __init__(self, args, url):
        self.args, self.port = args, int(url.rsplit(":", 1)[1])
        self.end = time.monotonic() + args.load_seconds
        self.answers, self.errors, self.cut, self.memory = {}, {}, 0, []

    async def connect(self, i, receive_bytes=None):
        """From four addresses: one alone has no right to so many."""
        s = socket.socket()
        s.setblocking(False)
        if receive_bytes:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        s.bind(("127.0.0.%d" % (1 + i % 4), 0))
        await asyncio.get_running_loop().sock_connect(s, ("127.0.0.1", self.port))
        return await asyncio.open_connection(sock=s, limit=2 ** 16)

    def count(self, where, what):
        where[what] = where.get(what, 0) + 1

    async def answer(self, reader):
        """(status, whether the connection ends)"""
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = re.search(rb"\r\ncontent-length: ([0-9]+)", head)
        if length:
            await reader.readexactly(int(length.group(1)))
        elif b"\r\ntransfer-encoding: chunked" in head:
            while True:
                size = int((await reader.readuntil(b"\r\n")).split(b";")[0], 16)
                await reader.readexactly(size + 2)
                if size == 0:
                    break
        return int(head[9:12]), b"\r\nconnection: close" in head

    async def fast(self, i):
        dice, writer = random.Random(i), None
        while time.monotonic() < self.end:
            try:
                if writer is None:
                    reader, writer = await self.connect(i)
                path = dice.choice(PATHS)
                writer.write(b"GET %s HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\n%s\r\n" % (
                    path.encode(), b"Accept-Encoding: gzip\r\n" if dice.random() < 0.5 else b""))
                status, ends = await self.answer(reader)
                self.count(self.answers, status)
                if ends:
                    writer.close()
                    writer = None
                await asyncio.sleep(dice.random() * self.args.think)
            except (OSError, asyncio.IncompleteReadError, ValueError) as e:
                self.count(self.errors, repr(e)[:80])
                if writer is not None:
                    writer.close()
                writer = None
        if writer is not None:
            writer.close()

    async def slow(self, i):
        """Asks for more than fits into the kernel's buffers, and takes a few bytes a second until it is cut."""
        request = b"GET %s HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\n\r\n" % (b"/" if i % 2 else b"/records?format=ndjson&period=all")
        while time.monotonic() < self.end:
            try:
                reader, writer = await self.connect(i, 4096)
                writer.transport.pause_reading()
                writer.write(request * (30 if i % 2 else 1))
                s = writer.get_extra_info("socket")
                while time.monotonic() < self.end:
                    await asyncio.sleep(SLOW_S)
                    if not os.read(s.fileno(), SLOW_BYTES):
                        raise ConnectionResetError
            except BlockingIOError:
                pass                            # nothing has come yet, or no more does
            except OSError:
                self.cut += 1
            finally:
                writer.transport.abort()

    async def watch(self, pid):
        while time.monotonic() < self.end:
            kb = sum(int(line.split()[1]) for member in family(pid) for line in read_proc("/proc/%d/smaps_rollup" % member).splitlines()
                     if line.startswith(b"Pss:"))
            self.memory.append(kb / 1024)
            await asyncio.sleep(1)

    async def run(self, pid):
        slow = self.args.slow
        await asyncio.gather(self.watch(pid), *(self.slow(i) for i in range(slow)),
                             *(self.fast(i) for i in range(self.args.clients - slow)))


def measure_load(args, url, pid):
    load = Load(args, url)
    asyncio.run(load.run(pid))
    minute = min(60, max(len(load.memory) // 3, 1))
    second, last = statistics.mean(load.memory[minute:2 * minute]), statistics.mean(load.memory[-minute:])
    metrics = fetch(url + "/metrics")[2].decode()
    counted = {name: int(float(n)) for name, n in re.findall(r"^ruad_http_((?:connections|slow|idle)\w*) ([0-9.e+]+)$", metrics, re.M)}
    wrong = {status: n for status, n in load.answers.items() if status != 200}
    print("%d connections for %d s, %d of them taking %d bytes a second:" % (args.clients, args.load_seconds, args.slow, SLOW_BYTES / SLOW_S))
    print("  answers %s, errors %s" % (load.answers, load.errors or "none"))
    print("  slow readers cut: %d seen, %d counted; %s" % (load.cut, counted["slow_readers_total"], counted))
    print("  memory of all processes: %.1f MB in the second minute, %.1f MB in the last: %.2f; most %.1f MB" % (
        second, last, last / second, max(load.memory)))
    return not load.errors and not wrong and last <= second * FLAT and load.cut > 0


def run(args, folder):
    fill, ruad, fixed = build()
    db = os.path.join(folder, "bench.db")
    if args.rows > 0:
        store.check_disk(folder, args.rows)
        subprocess.run([fill, "--db", db, "--seed", "1", "--rows", str(args.rows), "--days", str(args.days), "--step",
                        str(min(10 ** 6, max(args.rows // 5, 1)))], check=True, stdout=subprocess.DEVNULL)
    else:
        subprocess.run([ruad, "--db", db, "demo", "--no-serve"], check=True, stderr=subprocess.DEVNULL)
    well = True
    with Daemon(folder, "dns = { lookups = false; };\n", db, binary=ruad) as d:
        d.start()
        print("%s; %d CPUs, load %.1f" % ("%d rows over %d days" % (args.rows, args.days) if args.rows else "the demo", os.cpu_count(),
                                          os.getloadavg()[0]))
        if args.seconds > 0:
            well = measure_rates(args, d.url, d.role("web"), fixed, folder)
        sys.stdout.flush()
        if args.load_seconds > 0:
            well = measure_load(args, d.url, d.process.pid) and well
    return 0 if well else 1


def main(words):
    parser = argparse.ArgumentParser(prog="tests/bench/run http", description=__doc__.splitlines()[0])
    parser.add_argument("rows", nargs="?", type=int, default=200000, help="0: the demo data")
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--connections", type=int, default=16, help="of the rates")
    parser.add_argument("--seconds", type=int, default=5, help="of each rate; 0: none is measured")
    parser.add_argument("--load-seconds", type=int, default=300, help="of the load; 0: none")
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--slow", type=int, default=50)
    parser.add_argument("--think", type=float, default=1.0, help="seconds at most between an answer and the next request")
    parser.add_argument("--work", metavar="DIR", help="where the database is made, and removed again")
    args = parser.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="ruad-bench-", dir=args.work) as folder:
        return run(args, folder)
