"""Every page as HTML over HTTP on a filled store: `tests/bench/run pages [ROWS]`.

Fills a database with an invented university's reports (fill.c), or takes one that is there (--db), and starts the release
binary's `serve` on it with that university's sources. Asks every page with random sets of period, under, class, source and
reporter, at most three at once, half of the values by volume and half evenly, as queries.c draws them: each once untimed and
once timed. Prints for each page the time until the first byte, what the web process computed for it, and how large it is; a
repeated view must be a 304. With --chromium also how long a page takes until all of it is painted (paint.mjs).
Times hold on a quiet machine; computing time holds on a busy one, too. Neighbours: run, which calls this; ../served.py.
"""
import argparse
import glob
import gzip
import html
import json
import os
import random
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TESTS = os.path.join(ROOT, "tests")
sys.path[:0] = [TESTS]
from served import Daemon  # noqa: E402

ASKED_MS, ASKED_BYTES, ASKED_PAINT_MS = 50, 60000, 150
PERIODS = ["3d", "7d", "28d", "90d", "12m", "all"]
FIVE = ("period", "under", "class", "source", "reporter")

# Every page there is. A page of one thing is found by following a link of a list of such things; `{}` in a path stands for it.
PAGES = [
    ("/", None),
    ("/records", None),
    *[("/records?by=" + by, None) for by in ("day", "month", "domain", "policy_domain", "reporter", "ip", "network", "source",
                                             "cause", "signature", "envelope", "reason", "verdict", "state", "phase", "decided_by")],
    ("/records/{}", "/records"),
    ("/sources", None),
    ("/sources/rules", None),
    ("/sources/{}", "/sources"),
    ("/lists", None),
    ("/domains", None),
    ("/domains/{}", "/domains"),
    ("/domains/{}/records", "/domains"),
    ("/domains/{}/timeline", "/domains"),
    ("/rollout", None),
    ("/rollout/steps", None),
    ("/rollout/phases", None),
    ("/rollout/measured", None),
    ("/rollout/notes", None),
    ("/rollout/blockers", None),
    ("/verdicts", None),
    ("/verdicts/explain", None),
    ("/bulk", None),
    ("/reports", None),
    ("/reports/{}", "/reports"),
    ("/reports/reporters", None),
    ("/ingest", None),
    ("/tls", None),
    ("/find?q=univ", None),
    ("/find?q=10.1", None),
    ("/help", None),
    ("/help/untrusted", None),
]
NOT_OF_ONE = {"reporters", "rules"}             # what else stands where a page of one thing has its name

CONF = """sources = (
  { name = "Staff mail"; kind = "ours"; ip = [ "172.16.0.0/28" ]; },
  { name = "Student mail"; kind = "ours"; ip = [ "172.16.0.16/28" ]; },
  { name = "Library"; kind = "ours"; ip = [ "172.16.0.32/27" ]; },
  { name = "Mail relays"; kind = "ours"; ip = [ "172.16.1.0/24" ]; },
  { name = "Old web hosts"; kind = "ours"; ip = [ "172.16.2.0/28" ]; },
  { name = "Laboratories"; kind = "ours"; ip = [ "172.16.2.16/28" ]; },
%s
  { name = "Forwarder"; kind = "forwarder"; envelope = [ "forward.example" ]; }
);
lists = (
  { name = "LISTSERV"; envelope = [ "listserv.example" ]; },
  { name = "Groups"; envelope = [ "groups.example" ]; }
);
""" % "\n".join('  { name = "Mailer %02d"; kind = "service"; dkim_domain = [ "mailer-%02d.example" ]; },' % (i, i)
                for i in range(11))


# --- asking ---

class Answer:
    def __init__(self, status, headers, body, first_byte_ms):
        self.status, self.headers, self.body, self.first_byte_ms = status, headers, body, first_byte_ms

    def text(self):
        packed = self.headers.get("content-encoding") == "gzip"
        return (gzip.decompress(self.body) if packed else self.body).decode(errors="replace")


class Client:
    """One connection that is kept; a server that closes it is asked anew."""

    def __init__(self, url):
        at = urllib.parse.urlsplit(url)
        self.place, self.socket = (at.hostname, at.port), None

    def get(self, target, **headers):
        if self.socket is None:
            self.socket = socket.create_connection(self.place, timeout=120)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        lines = ["GET %s HTTP/1.1" % target, "Host: %s:%d" % self.place, "Accept-Encoding: gzip"]
        lines += ["%s: %s" % (name.replace("_", "-"), value) for name, value in headers.items()]
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        began = time.monotonic()
        data = self.socket.recv(65536)
        first_byte_ms = (time.monotonic() - began) * 1e3
        return self.read(data, first_byte_ms)

    def read(self, data, first_byte_ms):
        while b"\r\n\r\n" not in data:
            data += self.more()
        head, body = data.split(b"\r\n\r\n", 1)
        first, *rest = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in rest)}
        status = int(first.split()[1])
        if headers.get("transfer-encoding") == "chunked":
            body = self.chunks(body)
        else:
            length = 0 if status == 304 else int(headers.get("content-length", 0))
            while len(body) < length:
                body += self.more()
        if headers.get("connection") == "close":
            self.socket.close()
            self.socket = None
        return Answer(status, headers, body, first_byte_ms)

    def more(self):
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionError("the server closed in the middle")
        return data

    def chunks(self, data):
        body = b""
        while True:
            while b"\r\n" not in data:
                data += self.more()
            size, data = data.split(b"\r\n", 1)
            while len(data) < int(size, 16) + 2:
                data += self.more()
            body, data = body + data[:int(size, 16)], data[int(size, 16) + 2:]
            if int(size, 16) == 0:
                return body

    def page(self, target, **headers):
        return self.get(target, Accept="text/html,*/*;q=0.8", **headers)


def computed_ms(pid):
    """What all threads of a process have computed so far."""
    total = 0
    for path in glob.glob("/proc/%d/task/*/schedstat" % pid):
        try:
            with open(path, encoding="ascii") as f:
                total += int(f.read().split()[0])
        except OSError:                         # a thread that ended
            pass
    return total / 1e6


# --- sets of filters ---

class Values:
    """Those that a filter may have, by volume or all alike."""

    def __init__(self, client, by):
        said = client.get("/records?period=all&format=ndjson&by=" + by, Accept="*/*").text()
        lines = [json.loads(line) for line in said.splitlines()]
        self.words = [(line["key"], line["messages"]) for line in lines if line["key"]]

    def add_parents(self):
        names = {word for word, _ in self.words}
        parents = {word.split(".", 1)[1] for word in names if word.count(".") > 1}
        self.words += [(name, 0) for name in sorted(parents - names)]

    def draw(self, dice):
        if dice.random() < 0.5:
            return dice.choices([w for w, _ in self.words], [n for _, n in self.words])[0]
        return dice.choice(self.words)[0]


def draw_sets(client, count, seed):
    values = {key: Values(client, by) for key, by in (("under", "domain"), ("source", "source"), ("reporter", "reporter"))}
    values["under"].add_parents()
    dice = random.Random(seed)
    for _ in range(count):
        one = {}
        for key in sorted(dice.sample(FIVE, dice.randint(1, 3)), key=FIVE.index):
            if key == "period":
                one[key] = dice.choice(PERIODS)
            elif key == "class":
                one[key] = dice.choice(["full", "partial", "untrusted", "quarantined", "rejected"])
            else:
                one[key] = values[key].draw(dice)
        yield one


def with_set(path, one):
    query = "&".join("%s=%s" % (k, urllib.parse.quote(v, safe="").replace("%2C", "%252C") if k in ("source", "reporter") and "," in v
                                else urllib.parse.quote(v, safe="")) for k, v in one.items())
    return path + ("&" if "?" in path else "?") + query if query else path


# --- one page ---

class Page:
    def __init__(self, path, found_on):
        self.path, self.found_on = path, found_on
        self.refused = set()                    # parameters that it does not take
        self.times, self.cpu, self.bytes, self.plain = [], [], [], []
        self.wrong, self.slowest = [], (0, "")

    def target(self, client, one):
        """None where there is nothing to open."""
        one = {key: value for key, value in one.items() if key not in self.refused}
        if self.found_on is None:
            return with_set(self.path, one)
        prefix, suffix = self.path.split("{}")
        lists = [client.page(with_set(self.found_on, each)) for each in (one, {})]
        for links in (re.findall(r'href="(%s[^"/?#]+)' % re.escape(prefix), each.text()) for each in lists):
            for link in map(html.unescape, links):
                if link[len(prefix):] not in NOT_OF_ONE:
                    return with_set(link + suffix, one)
        return None

    def learn_refusals(self, client, target):
        said = client.get(target, Accept="application/json")
        if said.status == 400:
            self.refused |= {each["parameter"] for each in json.loads(said.text())["errors"]}

    def open(self, client, one):
        """Asked once: (target, answer), or nothing where there is no such page."""
        for _ in range(len(FIVE)):
            target = self.target(client, one)
            if target is None:
                return None, None
            answer = client.page(target)
            if answer.status != 400:
                break
            self.learn_refusals(client, target)
        return (None, None) if answer.status in (404, 405) else (target, answer)

    def measure(self, client, pid, one):
        target, answer = self.open(client, one)
        if target is None:
            return
        before = computed_ms(pid)
        answer = client.page(target)
        cpu = computed_ms(pid) - before
        if answer.status != 200:
            self.wrong.append("%d %s" % (answer.status, target))
            return
        self.times.append(answer.first_byte_ms)
        self.cpu.append(cpu)
        self.bytes.append(len(answer.body))
        self.plain.append(len(answer.text()))
        self.slowest = max(self.slowest, (cpu, target))
        again = client.page(target, If_None_Match=answer.headers.get("etag", "none"))
        if again.status == 200 and again.headers.get("etag") != answer.headers.get("etag"): # the data changed meanwhile
            again = client.page(target, If_None_Match=again.headers.get("etag", "none"))
        if again.status != 304:
            self.wrong.append("%d instead of 304 %s" % (again.status, target))


def percentile(values, percent):
    """Nearest rank."""
    return sorted(values)[max(0, -(-len(values) * percent // 100) - 1)]


def say(pages):
    print("%-28s %5s %8s %8s %8s %8s %8s %7s %7s %s" % (
        "", "asked", "p50 ms", "p99 ms", "max ms", "CPU p50", "CPU p99", "gzip", "plain", "slowest to compute"))
    for page in pages:
        if not page.times:
            print("%-28s %5s" % (page.path, "-"))
            continue
        print("%-28s %5d %8.1f %8.1f %8.1f %8.1f %8.1f %7d %7d %s" % (
            page.path, len(page.times), percentile(page.times, 50), percentile(page.times, 99), max(page.times),
            percentile(page.cpu, 50), percentile(page.cpu, 99), max(page.bytes), max(page.plain), page.slowest[1]))
    for page in pages:
        for line in page.wrong[:5]:
            print("wrong: %s: %s" % (page.path, line))
        if page.times and max(page.bytes) > ASKED_BYTES:
            print("large: %s: %d bytes as sent, %d are asked for" % (page.path, max(page.bytes), ASKED_BYTES))
        if page.times and percentile(page.times, 99) > ASKED_MS:
            print("slow:  %s: p99 %.1f ms, %d are asked for" % (page.path, percentile(page.times, 99), ASKED_MS))


def paint(daemon, client, pages):
    """The default view of each page that there is."""
    browser = os.path.join(TESTS, "browser")
    if not os.path.isdir(os.path.join(browser, "node_modules")):
        subprocess.run(["npm", "--prefix", browser, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], check=True,
                       stdout=subprocess.DEVNULL)
    targets = [target for target in (page.target(client, {}) for page in pages if page.times) if target]
    said = subprocess.run(["node", os.path.join(TESTS, "bench", "paint.mjs"), daemon.url, *targets], check=True, text=True,
                          stdout=subprocess.PIPE).stdout
    print("%-40s %s" % ("in Chromium, median of five loads", "last paint, ms (%d asked)" % ASKED_PAINT_MS))
    print(said, end="")


def run(args, folder):
    import store
    fill, _, ruad = store.build()
    db = args.db or os.path.join(folder, "bench.db")
    if not args.db:
        store.check_disk(folder, args.rows)
        subprocess.run([fill, "--db", db, "--rows", str(args.rows)], check=True, stdout=subprocess.DEVNULL)
    with Daemon(folder, CONF, db=db, binary=ruad) as daemon:
        daemon.start()
        client, pid = Client(daemon.url), daemon.role("web")
        pages = [Page(*each) for each in PAGES if not args.only or re.search(args.only, each[0])]
        for one in draw_sets(client, args.sets, args.seed):
            for page in pages:
                page.measure(client, pid, one)
        say(pages)
        if args.chromium:
            paint(daemon, client, pages)


def main(words):
    parser = argparse.ArgumentParser(prog="tests/bench/run pages", description=__doc__.splitlines()[0])
    parser.add_argument("rows", nargs="?", type=int, default=10 ** 6)
    parser.add_argument("--db", metavar="FILE", help="a database that fill.c made; it is named anew by its sources")
    parser.add_argument("--sets", type=int, default=100, help="random sets of filters")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", metavar="PATTERN", help="pages whose path has it")
    parser.add_argument("--chromium", action="store_true", help="also how long until a page is painted")
    args = parser.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="ruad-bench-") as folder:
        run(args, folder)
