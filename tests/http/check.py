#!/usr/bin/env python3
"""The server against clients as they are on the internet: slow ones, greedy ones, ones that speak in riddles, and a page elsewhere
whose name leads here. Raw sockets against `ruad serve`; nobody else's HTTP client is in between."""
import contextlib
import gzip
import http.client
import os
import re
import select
import shutil
import socket
import ssl
import sys
import threading
import time
import warnings

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from harness import Tap, fetch, folder, ruad  # noqa: E402
from oauth.authority import Authority  # noqa: E402
from served import Daemon, wait_until  # noqa: E402

warnings.simplefilter("ignore", DeprecationWarning)  # of old TLS, which is what is tried

QUIET = "dns = { lookups = false; };\n"
REQUEST_S, IDLE_S, PROGRESS_S = 10, 30, 10       # web/guard.h
SLACK_S = 8                                     # the guard looks each second; the machine may be busy
PROGRESS_BYTES = 16 * 1024
GET = b"GET %s HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\n%s\r\n"
RELOADS = 3
NAMES = ("DNS:ruad.univ.example",)


def connect(url, source=None, receive_bytes=None):
    host, port = url.split("//")[1].split(":")
    s = socket.socket()
    if receive_bytes:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    if source:
        s.bind((source, 0))
    s.settimeout(60)
    s.connect((host, int(port)))
    return s


def drain(s):
    """All that comes until the other side ends."""
    out = []
    with contextlib.suppress(ConnectionError):
        while True:
            data = s.recv(65536)
            if not data:
                break
            out.append(data)
    return b"".join(out)


def said(url, request, **how):
    """What the server says to these bytes, in full, once it has closed; the connection is not closed by us."""
    with contextlib.closing(connect(url, **how)) as s:
        s.sendall(request)
        return drain(s)


def read_answer(s, method="GET"):
    answer = http.client.HTTPResponse(s, method=method)
    answer.begin()
    return answer.status, answer.headers, answer.read()


def ask(s, path=b"/healthz", more=b""):
    s.sendall(GET % (path, more))
    return read_answer(s)


def status_of(answer):
    found = re.match(rb"HTTP/1\.1 ([0-9]{3}) ", answer)
    return int(found.group(1)) if found else None


def metric(url, name):
    body = fetch(url + "/metrics")[2].decode()
    return float(re.search(r"^%s ([0-9.e+]+)$" % name, body, re.M).group(1))


# --- who speaks in riddles ---

def check_riddles(tap, url):
    close = b"Connection: close\r\n"
    both = said(url, b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                     b"GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n")
    tap.case(status_of(both) == 400 and both.count(b"HTTP/1.1 ") == 1,
             "two lengths, Content-Length and Transfer-Encoding: refused, and what follows is not read as a request", both[:600])
    other = said(url, b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"
                      b"GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n")
    tap.case(status_of(other) == 400 and other.count(b"HTTP/1.1 ") == 1, "in the other order, too", other[:600])
    twice = said(url, b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 50\r\n\r\nhello" + GET % (b"/", close))
    tap.case(status_of(twice) in (None, 400, 405) and b"</html>" not in twice, "two different Content-Lengths: no page", twice[:600])
    for what, request in (("a body for a page", b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello"),
                          ("a chunked one", b"GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
                          ("no Host", b"GET / HTTP/1.1\r\n\r\n"),
                          ("a NUL in the path", b"GET /%00 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
                          ("a blank before the colon", b"GET / HTTP/1.1\r\nHost : localhost\r\n\r\n")):
        answer = said(url, request)
        tap.case(status_of(answer) in (None, 400, 404), "%s: refused" % what, answer[:600])
    answer = said(url, b"BREW / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    tap.equal(status_of(answer), 501, "a method that nobody knows: 501")
    answer = said(url, b"DELETE / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    tap.case(status_of(answer) == 405 and b"\r\nAllow: GET" in answer, "one that this page does not have: 405 with those it has", answer[:600])
    for what, request in (("a TLS handshake", bytes.fromhex("1603010200010001fc0303") + bytes(517)), ("zeros", bytes(4096)),
                          ("the letter A", b"A" * 100000), ("line ends", b"\r\n" * 20000), ("a lone word", b"hello\r\n\r\n"),
                          ("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")):
        with contextlib.closing(connect(url)) as s:
            with contextlib.suppress(OSError):  # it may hang up before it has all
                s.sendall(request)
                s.shutdown(socket.SHUT_WR)
            answer = drain(s)
        tap.case(status_of(answer) != 200, "%s: no page" % what, answer[:300])
    tap.equal(fetch(url + "/healthz")[0], 200, "and whoever speaks plainly is still served")


def check_sizes(tap, url):
    answer = said(url, GET % (b"/", b"X-Long: " + b"x" * 40000 + b"\r\n"))
    tap.equal(status_of(answer), 431, "a head of 40 kB: 431")
    many = b"".join(b"X-%d: y\r\n" % i for i in range(5000))
    tap.equal(status_of(said(url, GET % (b"/", many))), 431, "5,000 header lines: 431")
    tap.case(status_of(said(url, GET % (b"/?q=" + b"x" * 40000, b""))) in (414, 431), "an address of 40 kB: 414")
    path = b"/?period=28d&reporter=" + b"x" * 8000
    tap.case(status_of(said(url, GET % (path, b"Connection: close\r\n"))) in (200, 400), "one of 8 kB is read")


# --- who speaks well ---

def check_manners(tap, url):
    with contextlib.closing(connect(url)) as s:
        s.sendall(GET % (b"/healthz", b"") + GET % (b"/nowhere", b"") + GET % (b"/healthz", b"Connection: close\r\n"))
        answers = drain(s)
    codes = [int(c) for c in re.findall(rb"HTTP/1\.1 ([0-9]{3}) ", answers)]
    tap.equal(codes, [200, 404, 200], "three requests in one breath: three answers, in order")
    with contextlib.closing(connect(url)) as s:
        first, second = ask(s)[0], ask(s)[0]
        tap.equal((first, second), (200, 200), "a connection serves more than one request")
        s.sendall((GET % (b"/", b"")).replace(b"GET", b"HEAD"))
        status, headers, body = read_answer(s, "HEAD")
        whole = ask(s, b"/")
        tap.case((status, body) == (200, b"") and abs(int(headers["Content-Length"]) - len(whole[2])) < 16 and
                 headers["ETag"] == whole[1]["ETag"], "HEAD says what GET would, without the page", (status, headers.items(), body))
        packed = ask(s, b"/", b"Accept-Encoding: br, gzip\r\n")
        tap.equal(packed[1]["Content-Encoding"], "gzip", "who takes gzip gets it")
        tap.case(abs(len(gzip.decompress(packed[2])) - len(whole[2])) < 16 and len(packed[2]) < len(whole[2]) / 3,
                 "which unpacks to the page", (len(packed[2]), len(whole[2])))
        plain = ask(s, b"/", b"Accept-Encoding: gzip;q=0, identity\r\n")
        tap.equal(plain[1]["Content-Encoding"], None, "and who refuses it does not")
        export = ask(s, b"/records?format=ndjson&period=all", b"Accept-Encoding: gzip\r\n")
        raw = ask(s, b"/records?format=ndjson&period=all")
        tap.case(gzip.decompress(export[2]) == raw[2] and len(raw[2]) > 65536, "an export in portions, packed, is the export")
        tap.equal(whole[1]["Strict-Transport-Security"], None, "nothing is said of TLS where there is none")


def check_hosts(tap, top, url, db):
    def asked(at, host):
        return status_of(said(at, b"GET /healthz HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n" % host))

    port = url.rsplit(":", 1)[1].encode()
    for host in (b"localhost", b"localhost:" + port, b"127.0.0.1:" + port, b"[::1]:" + port):
        tap.equal(asked(url, host), 200, "the name %s on a loopback address: answered" % host.replace(port, b"PORT").decode())
    for host in (b"evil.example", b"evil.example:" + port, b"127.0.0.1.evil.example", b"ruad.univ.example"):
        tap.equal(asked(url, host), 421, "the name %s: not ours" % host.replace(port, b"PORT").decode())
    tap.case(b"web.hosts" in said(url, b"GET / HTTP/1.1\r\nHost: ruad.univ.example\r\n\r\n"), "and it says what to do")
    tap.equal(status_of(said(url, b"GET /healthz HTTP/1.0\r\n\r\n")), 200, "no name at all, as a load balancer may ask: answered")
    with Daemon(top, QUIET + 'web = { hosts = [ "ruad.univ.example" ]; };\n', db) as d:
        d.start()
        tap.equal([asked(d.url, h) for h in (b"RUAD.univ.example:443", b"localhost", b"evil.example")], [200, 200, 421],
                  "a name in web.hosts is ours")
    with Daemon(top, QUIET + 'web = { proxy_header = "X-Remote-User"; proxy_peers = "192.0.2.1"; };\n', db, listen="0.0.0.0:0") as d:
        d.start()
        here = "http://127.0.0.1:" + d.url.rsplit(":", 1)[1]
        tap.equal(asked(here, b"ruad.univ.example"), 200, "where anybody may reach it, and no name is given, any name is")


# --- too many ---

def check_ceilings(tap, top, db):
    with contextlib.ExitStack() as stack:
        d = stack.enter_context(Daemon(top, QUIET + "web = { connections = 12; connections_per_address = 8; };\n", db))
        d.start()
        open_ = [stack.enter_context(contextlib.closing(connect(d.url, "127.0.0.2"))) for _ in range(8)]
        tap.equal([ask(s)[0] for s in open_], [200] * 8, "as many connections of an address as there may be")
        s = stack.enter_context(contextlib.closing(connect(d.url, "127.0.0.2")))
        status, headers, body = ask(s)
        tap.case(status == 503 and headers["Retry-After"] and headers["Connection"] == "close" and b"too many" in body,
                 "one more: 503, and when to come again", (status, headers.items(), body))
        tap.equal(drain(s), b"", "and its connection ends")
        others = [stack.enter_context(contextlib.closing(connect(d.url, "127.0.0.3"))) for _ in range(4)]
        tap.equal([ask(s)[0] for s in others], [200] * 4, "another address is served meanwhile")
        s = stack.enter_context(contextlib.closing(connect(d.url, "127.0.0.4")))
        tap.equal(ask(s)[0], 503, "but not above the ceiling for all")
        silent = stack.enter_context(contextlib.closing(connect(d.url, "127.0.0.4")))
        began = time.monotonic()
        drain(silent)
        tap.case(time.monotonic() - began < REQUEST_S, "who is too many and says nothing is closed sooner than others")
        tap.equal([ask(s)[0] for s in open_], [200] * 8, "those who were there first are served on")
        for gone in open_[:2] + others[:2]:
            gone.close()
        again = wait_until(lambda: ask_anew(d.url), "a place to be free")
        tap.equal(again, 200, "once some are gone, there is room")
        refused = metric(d.url, "ruad_http_connections_refused_total")
        tap.case(refused >= 2, "/metrics counts the refusals", refused)
        tap.case(metric(d.url, "ruad_http_connections") >= 8, "and the connections")


def ask_anew(url):
    with contextlib.closing(connect(url)) as s:
        status = ask(s)[0]
        return status if status == 200 else None


# --- the slow ---

class Slow:
    """Clients that take their time, all at once: each a thread, and what became of it by name."""

    def __init__(self):
        self.threads, self.found = [], {}

    def start(self, name, work):
        def run():
            began = time.monotonic()
            try:
                self.found[name] = (work(), time.monotonic() - began)
            except Exception as e:              # told as what it found
                self.found[name] = (repr(e), time.monotonic() - began)

        self.threads.append(threading.Thread(target=run))
        self.threads[-1].start()

    def end(self):
        for thread in self.threads:
            thread.join()
        return self.found


def trickle(url, start):
    """Sends a byte a second behind `start` until the other side ends; what it said."""
    with contextlib.closing(connect(url)) as s:
        s.sendall(start)
        out = b""
        while True:
            if select.select([s], [], [], 1)[0]:
                data = b""
                with contextlib.suppress(ConnectionError):
                    data = s.recv(65536)
                if not data:
                    return out
                out += data
            else:
                with contextlib.suppress(ConnectionError):
                    s.send(b"x")


def take_nothing(url, request):
    """Asks, takes no byte, and waits until the connection is torn down."""
    with contextlib.closing(connect(url, receive_bytes=4096)) as s:
        s.sendall(request)
        poll = select.poll()
        poll.register(s, 0)                     # an error or a reset, and nothing else
        return bool(poll.poll(60000))


def take_little(url, request, nbytes, every_s, most_s=60):
    """Takes `nbytes` every so often: how many came, and whether the end did."""
    with contextlib.closing(connect(url, receive_bytes=4096)) as s:
        s.sendall(request)
        took, end, reset = 0, time.monotonic() + most_s, select.poll()
        reset.register(s, 0)
        while time.monotonic() < end:
            if reset.poll(0):
                return took, False
            data = s.recv(nbytes)
            if not data:
                return took, True
            took += len(data)
            time.sleep(every_s)                 # the pace of a slow line
        return took, None


def idle(url):
    with contextlib.closing(connect(url)) as s:
        ask(s)
        return drain(s)


def check_slow(tap, url):
    before = {name: metric(url, "ruad_http_" + name) for name in ("slow_requests_total", "slow_readers_total", "idle_closed_total")}
    export = GET % (b"/records?format=ndjson&period=all", b"Connection: close\r\n")
    pages = (GET % (b"/", b"")) * 20
    slow = Slow()
    slow.start("says nothing", lambda: said(url, b""))
    slow.start("slow head", lambda: trickle(url, b"GET / HTTP/1.1\r\nHost: localhost\r\nX-"))
    slow.start("slow first line", lambda: trickle(url, b"GET /"))
    slow.start("slow body", lambda: trickle(url, b"POST /api/v1/ingest HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n"))
    slow.start("takes no page", lambda: take_nothing(url, pages))
    slow.start("takes no export", lambda: take_nothing(url, export * 8))
    slow.start("takes 200 bytes a second", lambda: take_little(url, pages, 200, 1))
    slow.start("takes 20 kB a second", lambda: take_little(url, (GET % (b"/", b"")) * 6 + GET % (b"/", b"Connection: close\r\n"), 4096, 0.2,
                                                           240))
    slow.start("idle", lambda: idle(url))
    time.sleep(1)                               # while they are at it
    tap.equal(fetch(url + "/")[0], 200, "others are served while slow clients are at it")
    found = slow.end()
    for name in ("says nothing", "slow head", "slow first line"):
        answer, took_s = found[name]
        tap.case(answer == b"" and REQUEST_S - 1 <= took_s <= REQUEST_S + SLACK_S, "%s: cut after %d s" % (name, REQUEST_S),
                 (answer, took_s))
    answer, took_s = found["slow body"]
    tap.case(b" 200 " not in answer[:20] and took_s <= PROGRESS_S + SLACK_S, "a slow body is not waited for", (answer[:200], took_s))
    for name in ("takes no page", "takes no export"):
        torn, took_s = found[name]
        tap.case(torn is True and PROGRESS_S - 1 <= took_s <= PROGRESS_S + 2 * SLACK_S, "%s: cut after %d s" % (name, PROGRESS_S),
                 (torn, took_s))
    (took, whole), took_s = found["takes 200 bytes a second"]
    tap.case(whole is False and took_s <= PROGRESS_S + 2 * SLACK_S, "a byte now and then is not enough", (took, whole, took_s))
    (took, whole), took_s = found["takes 20 kB a second"]
    tap.case(whole is True and took_s > 2 * PROGRESS_S, "who is slow and steady gets all of it", (took, whole, took_s))
    answer, took_s = found["idle"]
    tap.case(answer == b"" and REQUEST_S + SLACK_S < took_s <= IDLE_S + SLACK_S, "who has had an answer may think for %d s" % IDLE_S, took_s)
    grown = {name: metric(url, "ruad_http_" + name) - n for name, n in before.items()}
    tap.case(grown["slow_requests_total"] >= 3 and grown["slow_readers_total"] == 3 and grown["idle_closed_total"] >= 1,
             "/metrics tells them apart", grown)


# --- TLS ---

def handshake(url, ca, most=None, least=None):
    """A connection as a browser makes it, and the name on the certificate."""
    context = ssl.create_default_context(cafile=ca)
    if most:
        context.minimum_version, context.maximum_version = least or ssl.TLSVersion.TLSv1, most
        context.set_ciphers("DEFAULT@SECLEVEL=0")
    s = context.wrap_socket(connect(url), server_hostname="ruad.univ.example")
    return s, dict(pair[0] for pair in s.getpeercert()["subject"])["commonName"]


def name_served(url, ca):
    s, name = handshake(url, ca)
    s.close()
    return name


def put(pair, files):
    for source, to in zip(pair, files):         # one after the other, each whole, as a renewal does it
        shutil.copy(source, to + ".new")
        os.chmod(to + ".new", 0o600)
        os.rename(to + ".new", to)


def check_handshakes(tap, d, ca):
    s, name = handshake(d.url, ca)
    with contextlib.closing(s):
        tap.equal((name, s.version()), ("first", "TLSv1.3"), "the certificate is served, verified by CA and name")
        status, headers, body = ask(s, b"/")
        tap.case(status == 200 and body.rstrip().endswith(b"</html>"), "a page over TLS", (status, body[-100:]))
        tap.equal(headers["Strict-Transport-Security"], "max-age=31536000", "browsers are told to come back in no other way")
        export = ask(s, b"/records?format=ndjson&period=all")
        tap.case(export[0] == 200 and len(export[2]) > 65536, "an export in portions over TLS")
    s, _ = handshake(d.url, ca, ssl.TLSVersion.TLSv1_2)
    with contextlib.closing(s):
        tap.equal((s.version(), ask(s)[0]), ("TLSv1.2", 200), "TLS 1.2 is spoken")
    for version in (ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1):
        refused = None
        try:
            handshake(d.url, ca, version)[0].close()
        except (ssl.SSLError, ConnectionError) as e:
            refused = e
        tap.case(refused is not None, "%s is not" % version.name)
    plain = said(d.url, GET % (b"/", b""))
    tap.case(status_of(plain) is None, "who speaks plainly to it gets no page", plain[:200])


def check_renewal(tap, d, authority, files):
    ca = authority.ca
    kept, _ = handshake(d.url, ca)
    with contextlib.closing(kept):
        tap.equal(ask(kept)[0], 200, "a connection that stays open")
        at = d.log_end()
        put(authority.certificate("ended", NAMES, -1), files)
        d.wait_said("ended on.*the old certificate stays in use", at)
        tap.equal(name_served(d.url, ca), "first", "one that is out of date does not take its place")
        ask(kept)                               # it may be idle for so long only
        at = d.log_end()
        with open(files[0], "w") as f:
            f.write("-----BEGIN CERTIFICATE-----\nbroken\n")
        d.wait_said("holds no certificate.*the old certificate stays in use", at)
        tap.equal(name_served(d.url, ca), "first", "a broken one does not, either")
        ask(kept)
        second, at = authority.certificate("second", NAMES, 30), d.log_end()
        put((second[0],), files[:1])
        d.wait_said("is not the key of the certificate.*stays in use", at)
        tap.equal(d.log(at).count("stays in use"), 1, "a key that does not belong to it is told, once")
        at = d.log_end()
        put(second, files)
        d.wait_said("the certificate has changed", at)
        tap.equal(name_served(d.url, ca), "second", "once both are there, they are used")
        tap.equal(ask(kept)[0], 200, "and the connection that was open still is, and is answered")
        tap.case("BEGIN" not in d.log(), "no key is in the log")


def check_reload_tls(tap, d, authority, files):
    ca = authority.ca
    with open(files[1], "w") as f:
        f.write("broken\n")
    at = d.log_end()
    tap.equal(d.hang_up().group(1), "stays as it was", "told to read its configuration again with a broken key, it does not")
    tap.case("holds no private key" in d.log(at), "and says why", d.log(at))
    tap.equal(name_served(d.url, ca), "second", "the old pair is still served")
    put(authority.certificate("third", NAMES, 30), files)
    d.reload()
    tap.equal(name_served(d.url, ca), "third", "with a good one it does")


def check_tls(tap, top, db):
    os.makedirs(os.path.join(top, "tls"))
    authority = Authority(os.path.join(top, "tls"))
    files = [os.path.join(top, "tls", name) for name in ("fullchain.pem", "privkey.pem")]
    conf = QUIET + 'web = { hosts = [ "ruad.univ.example" ]; tls_certificate = "%s"; tls_key = "%s"; };\n' % tuple(files)
    put(authority.certificate("first", NAMES, 30), files)
    with Daemon(top, conf, db) as d:
        d.start()
        tap.case(d.url.startswith("https://"), "the log says https", d.url)
        slow = Slow()
        slow.start("silent", lambda: said(d.url, b""))
        for check in (lambda: check_handshakes(tap, d, authority.ca), lambda: check_renewal(tap, d, authority, files),
                      lambda: check_reload_tls(tap, d, authority, files)):
            with tap.guard("TLS"):
                check()
        answer, took_s = slow.end()["silent"]
        tap.case(REQUEST_S - 1 <= took_s <= REQUEST_S + SLACK_S, "who never begins the handshake is cut after %d s" % REQUEST_S, took_s)
        listen = conf.replace("hosts", 'listen = "%s"; hosts' % d.url.split("//")[1])
        d.configure(listen)
        found = ruad("--config", d.conf_path, "--db", db, "check", ok=(0, 1)).stdout.decode()
        tap.case(re.search(r"^ok +certificate: .*ruad.univ.example, valid until", found, re.M) and
                 re.search(r"^ok +web: .* ruad runs there", found, re.M), "`ruad check` reads it, and asks over TLS", found)
        os.chmod(files[1], 0o644)
        soon = authority.certificate("soon", NAMES, 13)
        put(soon[:1], files[:1])
        found = ruad("--config", d.conf_path, "--db", db, "check", ok=(1,)).stdout.decode()
        tap.case("everybody on this machine can get at this key" in found and "is not the key" in found,
                 "it tells of a key that others can read, and of one that does not belong", found)
        put(soon, files)
        found = ruad("--config", d.conf_path, "--db", db, "check", ok=(1,)).stdout.decode()
        tap.case(re.search(r"^failed +certificate: .*ends on", found, re.M), "and of fewer than 14 days", found)
    os.remove(files[1])
    with Daemon(top, conf, db) as d:
        d.launch()
        tap.equal(d.process.wait(timeout=60), 2, "without its key it does not start")
        tap.case("privkey.pem" in d.log(), "and says so", d.log())


# --- ending while it is asked ---

class Busy:
    """Clients that ask as fast as they get answers: half on kept connections, half on one for each request."""

    def __init__(self, url, clients=8):
        self.url, self.ending, self.asked, self.wrong = url, False, 0, []
        self.threads = [threading.Thread(target=self.run, args=(i % 2 == 0,)) for i in range(clients)]
        for thread in self.threads:
            thread.start()

    def run(self, keeps):
        s = None
        try:
            while True:
                if s is None:
                    s = connect(self.url)
                status, headers, body = ask(s, b"/", b"" if keeps else b"Connection: close\r\n")
                self.asked += 1
                if status != 200 or not body.rstrip().endswith(b"</html>"):
                    self.wrong.append((status, len(body)))
                if not keeps or headers["Connection"] == "close":
                    s.close()
                    s = None
                if self.ending:
                    return
        except ConnectionRefusedError:
            if not self.ending:
                self.wrong.append("refused")
        except (OSError, http.client.HTTPException) as e:
            self.wrong.append(repr(e))
        finally:
            if s is not None:
                s.close()

    def end(self):
        self.ending = True
        for thread in self.threads:
            thread.join()


def check_ends(tap, top, db):
    with Daemon(top, QUIET, db) as d:
        d.start()
        busy = Busy(d.url)
        for _ in range(RELOADS):
            asked = busy.asked
            wait_until(lambda: busy.asked >= asked + 50 or busy.wrong, "some requests")
            d.reload()
        asked = busy.asked
        wait_until(lambda: busy.asked >= asked + 50 or busy.wrong, "some more")
        tap.equal(busy.wrong, [], "%d reloads while it is asked: none of %d requests refused or cut" % (RELOADS, busy.asked))
        busy.ending = True
        d.process.terminate()
        busy.end()
        tap.equal(busy.wrong, [], "told to end while it is asked: whoever was let in got a whole answer")
        tap.equal(d.process.wait(timeout=60), 0, "and it ends well")


def main():
    tap = Tap()
    with folder() as top:
        db = os.path.join(top, "demo.db")
        ruad("--db", db, "demo", "--no-serve")
        with tap.guard("one server"), Daemon(top, QUIET, db) as d:
            d.start()
            for check in (check_riddles, check_sizes, check_manners, lambda t, u: check_hosts(t, os.path.join(top, "x"), u, db), check_slow):
                os.makedirs(os.path.join(top, "x"), exist_ok=True)
                with tap.guard("requests"):
                    check(tap, d.url)
        with tap.guard("ceilings"):
            check_ceilings(tap, top, db)
        with tap.guard("TLS"):
            check_tls(tap, top, db)
        with tap.guard("the end"):
            check_ends(tap, top, db)
    tap.end()


if __name__ == "__main__":
    main()
