#!/usr/bin/env python3
"""Look-ups in the background, against real name servers on the loopback address: what DNS says, whatever the server does, how
it changes what pages show, and that none of it ever holds the daemon up.

  check.py
"""
import concurrent.futures
import contextlib
import json
import os
import queue
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import mmdb  # noqa: E402
import samples  # noqa: E402
from harness import RUAD, Tap, fetch, folder, read_proc, ruad, wait_until  # noqa: E402
from nsd import code, nonsense, nsd, odd_server, only_root, reverse, silence  # noqa: E402

ASK = os.path.join(os.path.dirname(os.path.dirname(RUAD)), "tests", "dns", "dns_ask")
DEADLINE_S = 90
TODAY = int(time.time()) // samples.DAY - samples.FIRST // samples.DAY  # as samples counts days

# An RSA key of 512 bits, made for this test.
SHORT_KEY = ("MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAMyiGQPhCeuGBArcR1HNLgUuYltPlMw+PhewRo"
             "Zx2UIIKv+tg28UC2F/RK1f6OapxmZuUWoAheF7hTj4AQVutH8CAwEAAQ==")

TREE = "2.0.192.in-addr.arpa"
TREE_6 = "8.b.d.0.1.0.0.2.ip6.arpa"
MANY = "0.10.in-addr.arpa"
ZONES = {
    "univ.example": """
@ TXT "v=spf1 ip4:192.0.2.0/24 -all"
@ TXT "site-verification=1"
_dmarc TXT "v=DMARC1; p=none"
s1._domainkey TXT "v=DKIM1; p=%s" "%s"
_big TXT %s
_odd TXT "a\\010b\\255\\000c"
_many TXT "b"
_many TXT "a"
mail A 192.0.2.1
liar A 192.0.2.99
mail3 A 192.0.2.33
mail3 A 192.0.2.3
mail4 A 192.0.2.4
mail6 AAAA 2001:db8::1
*.many A 10.0.0.0
""" % ("A" * 200, "B" * 200, " ".join('"%s"' % ("x" * 200) for _ in range(12))),
    TREE: """
1 PTR Mail.univ.example.
2 PTR liar.univ.example.
3 PTR nobody.univ.example.
3 PTR mail3.univ.example.
4 CNAME 4.sub
4.sub PTR mail4.univ.example.
6 PTR mail.elsewhere.example.
7 PTR a\\032b.univ.example.
8 PTR localhost.
""",
    TREE_6: "%s PTR mail6.univ.example.\n" % reverse("2001:db8::1"),
    MANY: "*.0 PTR host.many.univ.example.\n*.1 PTR host.many.univ.example.\n",
    "broken.example": None,
    "college.example": """
@ TXT "v=spf1 include:_spf.college.example include:gone.college.example +all"
_spf TXT "v=spf1 ip4:198.51.100.0/24 mx redirect=_more.college.example"
_more TXT "v=spf1 a ptr ~all"
_dmarc TXT "v=DMARC1; p=quarantine; pct=0; rua=mailto:a@univ.example,mailto:b@lists.example"
short._domainkey TXT "v=DKIM1; p=%s"
""" % SHORT_KEY,
    "lists.example": 'college.example._report._dmarc TXT "v=DMARC1"\n',
    "good.example": """
@ TXT "v=spf1 ip4:198.51.100.0/24 ~all"
_dmarc TXT "v=DMARC1; p=reject; rua=mailto:a@good.example"
""",
}


# --- dns.c and geo.c alone ---

def ask(servers, *lines, rate=100000, files=()):
    """What was asked to what came of it: the columns behind it; and the other lines."""
    done = subprocess.run([ASK, servers, str(rate), *files], input="".join(line + "\n" for line in lines).encode(),
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=DEADLINE_S, check=False)
    if done.returncode != 0:
        raise AssertionError(done.stderr.decode())
    said = done.stdout.decode().splitlines()
    return {line.split("\t")[0]: line.split("\t")[1:] for line in said if "\t" in line}, [s for s in said if "\t" not in s]


def addresses(tap, server):
    found, _ = ask(server.address, *["address 192.0.2.%d" % i for i in range(1, 10)], "address 2001:db8::1",
                   "address 2001:db8::2", "address 198.51.100.1")
    for address, want, why in (
            ("192.0.2.1", ["found", "mail.univ.example"], "a name that leads back is found, in normal form"),
            ("192.0.2.2", ["there is none", ""], "a name that leads elsewhere is none"),
            ("192.0.2.3", ["found", "mail3.univ.example"], "one of several names is enough, and one of its addresses"),
            ("192.0.2.4", ["found", "mail4.univ.example"], "a delegated network (RFC 2317) is followed"),
            ("192.0.2.5", ["there is none", ""], "no name is an answer"),
            ("192.0.2.6", ["the server refuses to answer", ""], "a name that cannot be confirmed is asked for again"),
            ("192.0.2.7", ["there is none", ""], "a name with a blank in it is none"),
            ("192.0.2.8", ["there is none", ""], "a name of one label is none"),
            ("2001:db8::1", ["found", "mail6.univ.example"], "IPv6 is found by AAAA"),
            ("2001:db8::2", ["there is none", ""], "no name of an IPv6 address is an answer"),
            ("198.51.100.1", ["the server refuses to answer", ""], "a refusal is no answer")):
        tap.equal(found[address][:2], want, why)


def names(tap, server):
    want = {
        "univ.example": ["found", "v=spf1 ip4:192.0.2.0/24 -all", "site-verification=1"],
        "s1._domainkey.univ.example": ["found", "v=DKIM1; p=" + "A" * 200 + "B" * 200],
        "_big.univ.example": ["found", "x" * 2400],
        "_odd.univ.example": ["found", "a\ufffdb\ufffd\ufffdc"],
        "no.univ.example": ["there is none"],
        "mail.univ.example": ["there is none"],
        "x.broken.example": ["the server says that it failed"],
        "refused.example": ["the server refuses to answer"],
    }
    found, _ = ask(server.address, *["name " + name for name in want])
    for name, records in want.items():
        tap.equal(found[name], records, "records of %s" % name)


def odd_servers(tap, server):
    cases = (("a server that is silent", silence, "no server answered in time"),
             ("a server that fails", code(2), "the server says that it failed"),
             ("a server that refuses", code(5), "the server refuses to answer"),
             ("a server that talks nonsense", nonsense, "no server answered in time"))

    def alone_and_with_another(case):
        with odd_server(case[1]) as (address, _):
            return ask(address, "name a.example")[0], ask(address + "," + server.address, "name _dmarc.univ.example")[0]

    with concurrent.futures.ThreadPoolExecutor() as threads:  # they wait for seconds each
        results = list(threads.map(alone_and_with_another, cases))
    for (title, _, want), (alone, with_another) in zip(cases, results):
        tap.equal(alone, {"a.example": [want]}, title)
        tap.equal(with_another, {"_dmarc.univ.example": ["found", "v=DMARC1; p=none"]}, title + ": the next is asked")
    with odd_server(code(2)) as (address, asked):
        names = ["name n%d.example" % i for i in range(34)]
        found, other = ask(address, *names[:32], "wait", *names[32:])
        tap.case("trouble: the server says that it failed" in other, "many failures in a row are trouble", other)
        tap.equal(len(found), 34, "nothing that was asked is lost in trouble")
        first = {}
        for at, question in asked:              # of each name: a question without an answer is sent again
            if question[12] != 0:               # nor of the root, which shows whether names are to blame
                first.setdefault(question[12:], at)
        times = sorted(first.values())
        tap.case(len(times) == 34 and times[33] - times[31] > 2, "in trouble one question at a time is asked, ever later", times)
    with odd_server(only_root) as (address, _):
        found, other = ask(address, *["name n%d.example" % i for i in range(100)])
        tap.case(len(found) == 100 and not any("trouble" in line for line in other), "many names that nobody serves are no trouble, and hold nothing up",
                 other)


def rate(tap, server):
    for per_second in (20, 200):
        before, began = server.questions(), time.monotonic()
        found, _ = ask(server.address, *["address 10.0.0.%d" % i for i in range(per_second)], rate=per_second)
        asked, took = server.questions() - before, time.monotonic() - began
        tap.case(len(found) == per_second and asked <= per_second * took + per_second / 10 + 1,
                 "no more than %d questions a second" % per_second, "%d in %.2f s" % (asked, took))


def network_files(tap, place):
    asn, country = os.path.join(place, "asn.mmdb"), os.path.join(place, "country.mmdb")
    known = {"192.0.2.0/25": 64500, "198.51.100.0/24": 4200000000, "2001:db8::/32": 64501}
    lands = {"192.0.2.0/24": "GB", "2001:db8::/48": "DE"}
    mmdb.put(asn, mmdb.asn(known))
    mmdb.put(country, mmdb.country(lands))
    for file, address, path, want in ((asn, "192.0.2.1", "autonomous_system_number", "64500"),
                                      (country, "2001:db8::1", "country", '"DE"')):
        said = subprocess.run(["mmdblookup", "-f", file, "-i", address, path], stdout=subprocess.PIPE, check=False)
        tap.case(want in said.stdout.decode(), "mmdblookup reads what the tests write: %s" % want, said.stdout)
    with odd_server(code(3)) as (server, _):
        def places(*files):
            found, other = ask(server, *["address " + a for a in ("192.0.2.1", "192.0.2.129", "198.51.100.9", "2001:db8::1",
                                                                  "2001:db8:1::1", "203.0.113.1")], files=files)
            return [found[a][2:] for a in found], other

        want = [["64500", "gb"], ["0", "gb"], ["4200000000", ""], ["64501", "de"], ["64501", ""], ["0", ""]]
        tap.equal(places(asn, country)[0], want, "networks and countries, IPv4 and IPv6")
        mmdb.put(asn, mmdb.asn({n: v for n, v in known.items() if ":" not in n}, version=4))
        tap.equal([p[0] for p in places(asn, country)[0]], ["64500", "0", "4200000000", "0", "0", "0"],
                  "a file of IPv4 alone knows no IPv6")
        mmdb.put(asn, mmdb.mmdb({"192.0.2.0/24": {"asn": "AS64502", "country_code": "FR"}}, "other"))
        tap.equal(places(asn, asn)[0][0], ["64502", "fr"], "files with flat keys are read too")
        mmdb.put(asn, mmdb.mmdb({"192.0.2.0/24": {"autonomous_system_number": "x", "country": {"iso_code": "GBR"}}}, "x"))
        tap.equal(places(asn, asn)[0][0], ["0", ""], "values of another kind are none")
        tap.case("dns.asn_file" in places(asn + ".none")[1][0], "a file that is not there is named")
        broken_files(tap, asn, places)


def broken_files(tap, path, places):
    whole = mmdb.asn({"192.0.2.0/24": 64500})
    for cut in range(0, len(whole), 37):
        mmdb.put(path, whole[:cut])
        places(path)
    tap.case("put a whole MaxMind DB file in its place" in places(path)[1][0], "a cut file is said to be broken, and ends nothing")
    for at in range(0, len(whole), 11):
        mmdb.put(path, whole[:at] + b"\xff\xff\xff" + whole[at + 3:])
        places(path)
    tap.case(True, "bytes that are wrong anywhere end nothing")


# --- the daemon ---

class Daemon:
    """`ruad serve` with a configuration of its own, into whose folder reports are dropped."""

    def __init__(self, place, dns, more=""):
        self.place, self.drop = place, os.path.join(place, "drop")
        self.db = os.path.join(place, "ruad.db")
        self.config = os.path.join(place, "ruad.conf")
        os.makedirs(self.drop, exist_ok=True)
        with open(self.config, "w", encoding="ascii") as f:
            f.write('database = { path = "%s"; };\nweb = { listen = "127.0.0.1:0"; };\ndns = { %s };\n'
                    'mail = ( { name = "drop"; type = "folder"; path = "%s"; after = "keep"; poll_s = 10; } );\n%s\n'
                    % (self.db, dns, self.drop, more))
        self.said, self.url, self.ears = [], queue.Queue(), None

    def __enter__(self):
        self.process = subprocess.Popen([RUAD, "--config", self.config, "serve"], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE)
        self.ears = threading.Thread(target=self.listen)
        self.ears.start()
        self.address = self.url.get(timeout=DEADLINE_S)
        if self.address is None:
            raise AssertionError("serve ended:\n" + "".join(self.said))
        return self

    def listen(self):
        for line in self.process.stderr:
            self.said.append(line.decode(errors="replace"))
            found = re.search(rb"serving on (http://127\.0\.0\.1:[0-9]+)", line)
            if found:
                self.url.put(found.group(1).decode())
        self.url.put(None)

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.ears.join()

    def put(self, name, rows):
        path = os.path.join(self.place, name)
        with open(path, "w", encoding="ascii") as f:
            f.write(samples.report(TODAY - 1, report_id=name, rows=rows))
        os.rename(path, os.path.join(self.drop, name + ".xml"))

    def rows(self, sql, *values):
        with contextlib.suppress(sqlite3.OperationalError), \
                contextlib.closing(sqlite3.connect("file:%s?mode=ro" % self.db, uri=True, timeout=30)) as db:
            return db.execute(sql, values).fetchall()
        return []                               # it is only just being made

    def count(self, sql):
        return (self.rows(sql) or [(0,)])[0][0]

    def health(self):
        """(state, text) of look-ups."""
        for part in json.loads(fetch(self.address + "/health", {"Accept": "application/json"})[2])["parts"]:
            if part["part"] == "look-up":
                return part["state"], part["text"]
        return None

    def sources(self):
        said = ruad("--config", self.config, "records", "--period", "28d", "--format", "ndjson", ok=(0, 1)).stdout
        return {row["ip"]: row["source"] for row in map(json.loads, said.splitlines())}

    def children(self):
        return [int(c) for c in read_proc("/proc/%d/task/%d/children" % (self.process.pid, self.process.pid)).split()]

    def lookup_pid(self):
        return next((c for c in self.children() if read_proc("/proc/%d/comm" % c).strip() == b"ruad: lookup"), None)


def row(address, domain="univ.example"):
    return (address, 1, "none", "fail", "fail", domain)


def many(first, n):
    return [row("10.0.%d.%d" % (i // 256, i % 256)) for i in range(first, first + n)]


LOOKED_UP = "SELECT count(*) FROM address_name WHERE looked_up_s > 0"
RULES = """sources = ( { name = "Relays"; kind = "ours"; rdns = [ "univ.example" ]; },
            { name = "Cloud"; kind = "service"; asn = [ 64501 ]; } );"""


def what_is_found_relabels(tap, server, place):
    asn, country = os.path.join(place, "asn.mmdb"), os.path.join(place, "country.mmdb")
    mmdb.put(asn, mmdb.asn({"192.0.2.0/24": 64500, "198.51.100.0/24": 64501}))
    mmdb.put(country, mmdb.country({"192.0.2.0/24": "GB"}))
    dns = 'servers = [ "%s" ]; per_second = 200; asn_file = "%s"; country_file = "%s";' % (server.address, asn, country)
    with Daemon(place, dns, RULES) as d:
        d.put("first", [row("192.0.2.1"), row("192.0.2.2"), row("198.51.100.3"), row("2001:db8::1"), row("203.0.113.1")])
        wait_until("five addresses looked up", lambda: d.count("SELECT count(*) FROM address_name") == 5)
        wait_until("rows with the new sources", lambda: d.sources() == {
            "192.0.2.1": "Relays", "192.0.2.2": None, "198.51.100.3": "Cloud", "2001:db8::1": "Relays", "203.0.113.1": None})
        tap.case(True, "a reverse name and a network number name their source")
        found = d.rows("SELECT n.name, n.asn, n.country FROM address_name n JOIN address a ON a.id = n.address"
                       " WHERE a.bytes = ?", bytes(10) + b"\xff\xff\xc0\0\2\1")
        tap.equal(found, [("mail.univ.example", 64500, "gb")], "name, network and country are kept")
        wait_until("three names", lambda: d.count("SELECT count(*) FROM dns_name WHERE looked_up_s > 0") == 3)
        tap.equal(sorted(d.rows("SELECT name, text FROM dns_record")), [
            ("_dmarc.univ.example", "v=DMARC1; p=none"),
            ("s1._domainkey.univ.example", "v=DKIM1; p=" + "A" * 200 + "B" * 200),
            ("univ.example", "v=spf1 ip4:192.0.2.0/24 -all")], "the records of the domain and its signer are kept")
        tap.equal(wait_until("the health of look-ups", d.health)[0], "ok", "health says that look-ups are well")
        replaced_files(tap, d, asn)


def replaced_files(tap, d, asn):
    mmdb.put(asn, b"rubbish")
    wait_until("health names the file", lambda: d.health()[0] != "ok" and "dns.asn_file" in d.health()[1])
    mmdb.put(asn, mmdb.asn({"10.0.0.0/8": 64999}))
    wait_until("health is well again", lambda: d.health()[0] == "ok")
    d.put("second", many(0, 1))
    wait_until("the number of the new file", lambda: d.count("SELECT count(*) FROM address_name WHERE asn = 64999") == 1)
    tap.case(True, "a broken network file is told of, and a new one is used at once")


def dns_that_is_down(tap, server, place):
    with Daemon(place, 'servers = [ "%s" ]; per_second = 100;' % server.address) as d:
        server.stop()
        d.put("first", many(0, 60))
        said = wait_until("health says that DNS is down", lambda: "DNS does not answer since" in d.health()[1] and d.health())
        tap.case(said[0] != "ok" and server.address in said[1], "health says since when, and who does not answer", said)
        d.put("second", many(60, 3))
        wait_until("the second report", lambda: d.count("SELECT count(*) FROM report") == 2)
        tap.equal(fetch(d.address + "/")[0], 200, "without DNS reports are stored and pages served")
        server.start()
        wait_until("health is well again", lambda: d.health()[0] == "ok")
        failed = "SELECT count(*) FROM address_name WHERE looked_up_s = 0 AND failures > 0 AND due_s > 0"
        wait_until("names of all others", lambda: d.count(LOOKED_UP) + d.count(failed) == 63)
        tap.case(d.count(LOOKED_UP) > 30, "once it answers the others are looked up", d.count(LOOKED_UP))
        wait_until("the log to say so", lambda: any("all is well again" in line for line in d.said))
        tap.case(sum("DNS does not answer" in line for line in d.said) == 1, "the log says it once", "".join(d.said))


def a_rate_and_a_death(tap, server, place):
    with Daemon(place, 'servers = [ "%s" ]; per_second = 50;' % server.address) as d:
        before, began = server.questions(), time.monotonic()
        d.put("first", many(0, 120))
        wait_until("some answers", lambda: d.count(LOOKED_UP) > 10)
        os.kill(wait_until("the look-up process", d.lookup_pid), signal.SIGKILL)
        wait_until("all answers", lambda: d.count(LOOKED_UP) == 120)
        tap.case(True, "what a look-up process left when it was killed is asked again")
        asked, took = server.questions() - before, time.monotonic() - began
        tap.case(asked <= 50 * took + 12, "the daemon asks no more than 50 questions a second", "%d in %.1f s" % (asked, took))


def switched_off(tap, server, place):
    asn = os.path.join(place, "asn.mmdb")
    mmdb.put(asn, mmdb.asn({"10.0.0.0/8": 64500}))
    before = server.questions()
    servers = 'servers = [ "%s" ];' % server.address
    with Daemon(place, 'lookups = false; asn_file = "%s"; %s' % (asn, servers)) as d:
        d.put("first", many(0, 20))
        wait_until("networks", lambda: d.count("SELECT count(*) FROM address_name WHERE asn = 64500") == 20)
        tap.equal(server.questions(), before, "switched off, nothing is asked, and files still say which network it is")
    with Daemon(place, "lookups = false; " + servers) as d:
        d.put("second", many(20, 20))
        wait_until("the second report", lambda: d.count("SELECT count(*) FROM report") == 2)
        tap.equal((d.lookup_pid(), server.questions()), (None, before), "with neither there is no look-up process")
    with Daemon(place, servers + " per_second = 500;") as d:
        wait_until("names", lambda: d.count(LOOKED_UP) == 40)
        tap.case(True, "switched on again, what was passed over is asked at once")


# --- ruad lint ---

def lint(server, place, *args, ok=(0, 1), db="none.db", dns=""):
    """The exit code and the data of --format json."""
    config = os.path.join(place, "lint.conf")
    with open(config, "w", encoding="ascii") as f:
        f.write('dns = { servers = [ "%s" ]; %s };\n' % (server.address, dns))
    done = ruad("--config", config, "--db", os.path.join(place, db), "lint", "--format", "json", *args, ok=ok)
    return done.returncode, json.loads(done.stdout)["data"]


def found_ids(data):
    return {f["id"] for f in data["findings"] if f["severity"] != "note"}


def lint_asks(tap, server, place):
    code_, data = lint(server, place, "--selector", "short", "college.example")
    tap.equal(code_, 1, "lint: a domain with faults is exit 1")
    tap.equal(found_ids(data), {"dmarc-pct-without-t", "dmarc-rua-permission", "spf-everybody", "spf-unreachable", "spf-ptr", "dkim-weak"},
              "lint: each fault is found through DNS")
    tap.equal([(r["depth"], r["name"], r["state"], r["lookups"]) for r in data["spf"]["tree"]], [
        (0, "college.example", "found", 6), (1, "_spf.college.example", "found", 4), (2, "_more.college.example", "found", 2),
        (1, "gone.college.example", "no SPF record", 0)], "lint: the tree of look-ups is counted")
    piece = [f["piece"] for f in data["findings"] if f["id"] == "dmarc-rua-permission"]
    tap.equal(piece, ["mailto:a@univ.example"], "lint: the address that nobody allowed is named, the other is not")
    tap.equal(data["dkim"][0]["bits"], 512, "lint: the bits of a key")
    code_, data = lint(server, place, "good.example")
    tap.equal((code_, data["errors"], data["warnings"]), (0, 0, 0), "lint: a domain without faults is exit 0")
    text = ruad("--config", os.path.join(place, "lint.conf"), "--db", os.path.join(place, "none.db"), "lint", "good.example").stdout.decode()
    tap.case("Receivers on RFC 9989 find: reject" in text and "0 errors, 0 warnings" in text, "lint: text says what receivers find", text)
    before = server.questions()
    _, data = lint(server, place, "good.example", dns="lookups = false;")
    tap.equal((server.questions(), data["spf"]["state"]), (before, "not_looked_up"), "lint: with look-ups off nothing is asked")
    with odd_server(silence) as (address, _):
        server_ = type("Silent", (), {"address": address})
        _, data = lint(server_, place, "silent.example")
        tap.equal(data["dmarc"]["state"], "no_answer", "lint: no answer is told from no record")


def lint_knows(tap, server, place):
    """Names that records mention are looked up in the background; a verb then asks nothing."""
    with Daemon(place, 'servers = [ "%s" ]; per_second = 200;' % server.address, 'domains = { own = [ "college.example" ]; };') as d:
        want = {"_more.college.example", "_spf.college.example", "college.example._report._dmarc.lists.example",
                "college.example._report._dmarc.univ.example", "gone.college.example", "college.example", "_dmarc.college.example"}
        wait_until("all that is mentioned is looked up", lambda: want <= {
            name for name, in d.rows("SELECT name FROM dns_name WHERE looked_up_s > 0")})
        tap.case(True, "includes, redirects and permissions for reports are looked up in the background")
        before = server.questions()
        _, data = lint(server, place, "college.example", db="ruad.db")
        tap.equal((found_ids(data), data["spf"]["lookups"]), (
            {"dmarc-pct-without-t", "dmarc-rua-permission", "spf-everybody", "spf-unreachable", "spf-ptr"}, 6),
            "lint: what the database knows gives the same")
        tap.equal(server.questions() - before, 1, "lint: nothing is asked but what had no answer: _dmarc.example is refused")
        server.write("college.example", '@ TXT "v=spf1 ~all"\n')
        server.said("reload")
        wait_until("the name server's new zone", lambda: "v=spf1 ~all" in json.dumps(
            lint(server, place, "--fresh", "college.example", db="ruad.db")[1]["spf"]))
        tap.case(True, "lint --fresh asks again")


def main():
    tap = Tap()
    with nsd(ZONES) as server:
        for part in (addresses, names, odd_servers, rate):
            with tap.guard(part.__name__):
                part(tap, server)
        with tap.guard("network_files"), folder() as place:
            network_files(tap, place)
        for part in (what_is_found_relabels, dns_that_is_down, a_rate_and_a_death, switched_off, lint_asks, lint_knows):
            with tap.guard(part.__name__), folder() as place:
                part(tap, server, place)
            if server.process is None:          # the part failed while it was down
                server.start()
    tap.end()


if __name__ == "__main__":
    main()
