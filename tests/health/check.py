#!/usr/bin/env python3
"""How ruad itself is: /metrics is what a scraper can read and says what `ruad summary` says; /health says in words which part
is down, and that it is well again."""
import contextlib
import json
import os
import re
import signal
import socket
import sys
import urllib.error
import urllib.request
import xml.sax.saxutils

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import samples  # noqa: E402
from harness import Tap, descendants, fetch, folder, role, ruad, serving, wait_until  # noqa: E402

CLASSES = (("full", "fully_trusted"), ("partial", "partially_trusted"), ("untrusted", "untrusted"),
           ("quarantined", "quarantined"), ("rejected", "rejected"))
OWN = ("univ.example", "chem.univ.example")
HOSTILE = ('evil"} 1\\', "two\\nlines", "tab\tand\u202eback", "x" * 5000, "other", "o\\\\x", "o\\x")

NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|\})')


# --- the exposition format, version 0.0.4: a reader of our own, stricter than it need be ---

def read_labels(text):
    """The labels behind the brace, and what stands behind them."""
    labels, more = [], True
    while more:
        found = LABEL.match(text)
        if not found:
            raise ValueError("labels: %r" % text)
        labels.append((found.group(1), re.sub(r"\\(.)", lambda m: {"n": "\n"}.get(m.group(1), m.group(1)), found.group(2))))
        text, more = text[found.end():], found.group(3) == ","
    if len({name for name, _ in labels}) != len(labels):
        raise ValueError("a label twice: %r" % labels)
    return tuple(sorted(labels)), text


def read_metrics(text):
    """({(name, labels): number}, {name: type}); raises where a line is wrong."""
    series, types, family = {}, {}, None
    if not text.endswith("\n"):
        raise ValueError("the last line has no end")
    for line in text[:-1].split("\n"):
        if line.startswith("# HELP "):
            family = line.split(" ")[2]
            if family in types or not line.split(" ", 3)[3:]:
                raise ValueError("help: %r" % line)
            continue
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            if name != family or kind not in ("counter", "gauge", "histogram"):
                raise ValueError("type: %r" % line)
            types[name] = kind
            continue
        name = NAME.match(line).group()
        labels, rest = read_labels(line[len(name) + 1:]) if line[len(name)] == "{" else ((), line[len(name):])
        of = re.sub(r"_(bucket|sum|count)$", "", name) if types[family] == "histogram" else name
        if of != family or not re.fullmatch(r" -?[0-9.]+", rest):
            raise ValueError("a sample below %s: %r" % (family, line))
        if (name, labels) in series:
            raise ValueError("a series twice: %r" % line)
        series[name, labels] = float(rest)
    return series, types


def scrape(url):
    status, headers, body = fetch(url + "/metrics", {"Accept": "*/*"})
    if status != 200 or headers["Content-Type"] != "text/plain; version=0.0.4; charset=utf-8":
        raise AssertionError("/metrics: %d %s" % (status, headers))
    return read_metrics(body.decode())


def check_reader(tap):
    """The reader must be able to fail."""
    good = '# HELP a_total b\n# TYPE a_total counter\na_total{x="1"} 1\n'
    read_metrics(good)
    for what, text in (("a series twice", good + 'a_total{x="1"} 2\n'), ("a line break in a label", good.replace('"1"', '"1\n"')),
                       ("a quote in a label", good.replace('"1"', '"1""')), ("no type", good.replace("# TYPE", "# TIPE")),
                       ("another name below a type", good.replace("a_total{", "b_total{")), ("no number", good.replace("} 1", "} x")),
                       ("an unfinished line", good[:-1])):
        try:
            read_metrics(text)
            tap.case(False, "the reader of metrics refuses %s" % what)
        except (ValueError, AttributeError, KeyError, IndexError):
            tap.case(True, "the reader of metrics refuses %s" % what)


# --- what it says ---

def total_of(config, db, *options):
    said = ruad("--config", config, "--db", db, "summary", "--period", "all", "--format", "json", *options, ok=(0, 1)).stdout
    return json.loads(said)["total"]


def messages(series, domain, name):
    return series["ruad_messages_total", (("class", name), ("domain", domain))]


def check_numbers(tap, config, db, url):
    series, types = scrape(url)
    whole, own, below = total_of(config, db), total_of(config, db, "--under", OWN[0]), total_of(config, db, "--under", OWN[1])
    for word, key in CLASSES:
        tap.equal((messages(series, OWN[1], word), messages(series, OWN[0], word) + messages(series, OWN[1], word),
                   sum(messages(series, d, word) for d in OWN + ("other",))), (below[key], own[key], whole[key]),
                  "metrics and summary agree on %s" % word)
    for domain in OWN + ("other",):
        causes = sum(n for (name, labels), n in series.items()
                     if name == "ruad_untrusted_messages_total" and dict(labels)["domain"] == domain)
        tap.equal(causes, messages(series, domain, "untrusted"), "the causes of %s add up to its untrusted" % domain)
    reports = sum(n for (name, _), n in series.items() if name == "ruad_reports_total")
    tap.equal(reports, 5 + len(HOSTILE), "each report is some reporter's")
    tap.case(all(name.endswith("_total") for name, kind in types.items() if kind == "counter"), "counters are named so", types)
    tap.equal({kind for kind in types.values()}, {"counter", "gauge", "histogram"}, "counters, gauges and a histogram")
    return series


def check_hostile(tap, series):
    names = {dict(labels)["reporter"] for (name, labels) in series if name == "ruad_reports_total"}
    tap.case({'evil"} 1\\\\', "two\\\\nlines", "tab and\\xe2\\x80\\xaeback", "other", "o\\\\\\\\x", "o\\\\x"} <= names,
             "hostile names stay in their labels, and apart", names)
    tap.case(all(len(name) <= 200 for name in names), "a name of 5,000 bytes has no series of its own", names)
    tap.case(not any(c < " " for name in names for c in name), "no control character in a label", names)
    allowed = {"domain", "class", "cause", "reporter", "part", "state", "role", "outcome", "mailbox", "result", "route", "code",
               "le", "version", "p", "sp", "pct", "t", "rule"}
    found = {key for _, labels in series for key, _ in labels}
    tap.case(found <= allowed, "no other label than those that are documented", found - allowed)
    values = " ".join(value for (name, labels) in series for _, value in labels)
    tap.case(not any(row[0] in values for row in samples.ROWS) and "rid-" not in values,
             "no label holds an address or the number of a report", values)


def check_growth(tap, config, db, top, url, before):
    old, _ = before, None
    ruad("--config", config, "--db", db, "import",
         samples.write(top, "later.xml", samples.report(day=2, report_id="later", reporter="later.example")))
    new, types = scrape(url)
    counters = [key for key in old if types.get(key[0]) == "counter" or "_bucket" in key[0]]
    tap.case(counters and all(key in new and new[key] >= old[key] for key in counters), "no counter ever falls",
             [key for key in counters if new.get(key, -1) < old[key]])
    grown = sum(new[key] - old.get(key, 0) for key in new if key[0] == "ruad_messages_total")
    tap.equal(grown, samples.MESSAGES, "what was taken in meanwhile is counted at once")
    tap.case(new["ruad_data_generation", ()] > old["ruad_data_generation", ()], "and the data has another generation")
    tap.case(("ruad_reports_total", (("reporter", "later.example"),)) in new, "and its reporter has a series")
    buckets = [n for (name, labels), n in new.items()
               if name == "ruad_http_request_duration_seconds_bucket" and dict(labels)["route"] == "/metrics"]
    tap.case(buckets == sorted(buckets) and len(buckets) > 5, "a histogram only grows to the right", buckets)


def check_manners(tap, url):
    for path, kind in (("/health", "application/json"), ("/health?format=text", "text/plain; charset=utf-8"),
                       ("/health?format=html", "text/html; charset=utf-8"), ("/metrics", "text/plain; version=0.0.4; charset=utf-8")):
        status, headers, body = fetch(url + path, {"Accept": "*/*"})
        tap.case(status in (200, 503) and headers["Content-Type"] == kind and headers["Cache-Control"] == "no-store"
                 and headers["X-Content-Type-Options"] == "nosniff" and "ETag" not in headers and body,
                 "%s: its type, never kept, hardened" % path, "%d %s" % (status, headers))
        request = urllib.request.Request(url + path, method="HEAD", headers={"Accept": "*/*"})
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as r:
                got = r.status, r.read()
        except urllib.error.HTTPError as e:
            got = e.code, e.read()
        tap.equal(got, (status, b""), "%s: HEAD is the same without its body" % path)
    tap.equal(fetch(url + "/health?format=xml", {"Accept": "*/*"})[0], 400, "/health: an unknown format is refused")
    tap.equal(fetch(url + "/healthz")[2], b"ok\n", "/healthz: alive")
    request = urllib.request.Request(url + "/metrics", data=b"x")
    try:
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60)
        tap.case(False, "/metrics: POST is refused")
    except urllib.error.HTTPError as e:
        tap.equal(e.code, 405, "/metrics: POST is refused")


def health(url):
    """(status, {part: (state, text)}, the whole of it)"""
    status, _, body = fetch(url + "/health?format=json", {"Accept": "*/*"})
    said = json.loads(body)
    return status, {part["part"]: (part["state"], part["text"]) for part in said["parts"]}, said


def check_mailbox_down(tap, config, db, url, port):
    def settled():
        got = health(url)
        return got if got[1]["mailbox reports"][0] != "starting" and "parsers" in got[1] else None
    status, parts, said = wait_until("the mailbox is tried", settled)
    state, text = parts["mailbox reports"]
    tap.case(status == 503 and not said["ok"] and state in ("waiting", "failed"), "a mailbox that is down: 503", said)
    tap.case("127.0.0.1" in text and str(port) in text and "refused" in text, "and in words where, and what happened", text)
    tap.case(all(parts[name][0] == "ok" for name in ("store", "parsers", "pages", "database", "disk")),
             "the others are well meanwhile", parts)
    lines = fetch(url + "/health?format=text", {"Accept": "*/*"})[2].decode().splitlines()
    tap.case([line for line in lines if re.match(r"(waiting|failed) +mailbox reports: .*refused", line)]
             and all(re.match(r"(ok|starting|waiting|failed) +\S", line) for line in lines), "as text: a line each", lines)
    page = fetch(url + "/health")[2].decode()
    tap.case("One part wants attention: " in page and "refused" in page and page.count("<h1") == 1, "as a page", page[-2000:])
    series, _ = scrape(url)
    tap.equal(series["ruad_part_state", (("part", "mailbox reports"), ("state", state))], 1, "and in metrics")
    done = ruad("--config", config, "--db", db, "check", ok=(0, 1, 2, 3))
    said = done.stdout.decode()
    tap.case(done.returncode == 1 and re.search(r"^failed +mailbox reports: .*refused", said, re.M)
             and re.search(r"^failed +running ruad: mailbox reports: ", said, re.M)
             and re.search(r"^ok +running ruad: store", said, re.M), "ruad check says so, and asks the running ruad", said)


def check_store_killed(tap, url):
    """Killed again until its end was seen: each time it is started again later."""
    starts = [part["restarts"] for part in health(url)[2]["parts"] if part["part"] == "store"][0]
    told = None
    while told is None:
        pid = wait_until("the store runs", lambda: role(url.pid, "store"))
        os.kill(pid, signal.SIGKILL)
        starts += 1

        def seen():
            status, parts, said = health(url)
            store = [part for part in said["parts"] if part["part"] == "store"][0]
            if store["state"] == "waiting" and "signal 9" in store["text"]:
                return status, store
            return "back" if store["restarts"] >= starts and store["state"] == "ok" else None
        got = wait_until("word of the store", seen)
        told = got if got != "back" else None
    tap.case(told[0] == 503 and not told[1]["running"], "a store that was killed: 503, and that it was", told)
    back = wait_until("the store is back", lambda: (lambda parts: parts["store"][0] == "ok" and parts)(health(url)[1]))
    tap.case(back["database"][0] == "ok" and role(url.pid, "store") is not None, "and it is well again by itself", back)
    restarts = scrape(url)[0]["ruad_role_restarts_total", (("role", "store"),)]
    tap.equal(restarts, starts, "and metrics count how often")


def fill(top, db, config):
    files = [samples.write(top, "%d.xml" % day, samples.report(day=day, report_id="rid-%d" % day)) for day in range(5)]
    rows = samples.ROWS + (("192.0.2.77", 9, "none", "fail", "fail", "elsewhere.example"),)
    for n, name in enumerate(HOSTILE):
        files.append(samples.write(top, "hostile-%d.xml" % n, samples.report(
            report_id="rid-h%d" % n, rows=rows, reporter="REPORTER").replace("<org_name>REPORTER<", "<org_name>%s<" %
                                                                             xml.sax.saxutils.escape(name))))
    ruad("--config", config, "--db", db, "import", *files)


def main():
    tap = Tap()
    with folder() as top, socket.socket() as nobody, contextlib.ExitStack() as stack:
        nobody.bind(("127.0.0.1", 0))               # bound and not listening: whoever connects is refused
        port = nobody.getsockname()[1]
        password = samples.write(top, "password", "secret\n")
        os.chmod(password, 0o600)
        config, db = os.path.join(top, "ruad.conf"), os.path.join(top, "a.db")
        text = 'domains = { own = [ "%s" ]; };\ndns = { lookups = false; };\n' % '", "'.join(OWN)
        mail = ('mail = ( { name = "reports"; type = "imap"; host = "127.0.0.1"; port = %d; tls = "none"; user = "reports"; '
                'password_file = "%s"; } );\n' % (port, password))
        samples.write(top, "ruad.conf", text)
        with tap.guard("the reader"):
            check_reader(tap)
        fill(top, db, config)
        samples.write(top, "ruad.conf", text + mail)
        url = stack.enter_context(serving(db, "--config", config))
        samples.write(top, "ruad.conf", text + mail + 'web = { listen = "%s"; };\n' % url.split("//")[1])
        for check in (lambda: check_hostile(tap, scrape(url)[0]),
                      lambda: check_growth(tap, config, db, top, url, check_numbers(tap, config, db, url)),
                      lambda: check_manners(tap, url), lambda: check_mailbox_down(tap, config, db, url, port),
                      lambda: check_store_killed(tap, url)):
            with tap.guard("health and metrics"):
                check()
        with tap.guard("the end"):
            pids = descendants(url.pid)
            stack.close()
            tap.case(not [pid for pid in pids if os.path.exists("/proc/%d" % pid)], "and it ends with all its processes")
    tap.end()


if __name__ == "__main__":
    main()
