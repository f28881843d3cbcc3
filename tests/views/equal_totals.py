#!/usr/bin/env python3
"""A page and its API cannot disagree: the total on Overview, in `summary --format json`, in /api/v1/summary and the
sum of /records?format=ndjson, under several filters, on the demo data; asked one by one and many at a time."""
import concurrent.futures
import json
import os
import re
import sys
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from harness import Tap, fetch, folder, ndjson, ruad, serving  # noqa: E402

FILTERS = (
    {},
    {"period": "all"},
    {"class": "untrusted"},
    {"under": None},                            # a sub-domain of the data, filled in below
    {"reporter": "google.com", "class": "partial,untrusted"},
    {"period": "7d", "domain": None, "class": "full"},
)
AT_ONCE, ROUNDS = 8, 20


def query(filter_, **more):
    return "?" + urllib.parse.urlencode({**filter_, **more}) if filter_ or more else ""


def got(url):
    status, _, body = fetch(url)
    assert status == 200, "%s: %d\n%s" % (url, status, body[:500].decode(errors="replace"))
    return body


def page_total(html):
    found = re.search(rb'<main[^>]*\bdata-total="([0-9,]+)"', html)
    assert found, "no data-total on <main>"
    return int(found.group(1).replace(b",", b""))


def totals(db, url, filter_):
    options = [part for name, value in filter_.items() for part in ("--" + name, value)]
    said = ruad("--db", db, "summary", "--format", "json", *options, ok=(0, 1)).stdout
    rows = ndjson(got(url + "/records" + query(filter_, format="ndjson")))
    groups = ndjson(got(url + "/records" + query(filter_, by="reporter", format="ndjson")))
    return {
        "overview": page_total(got(url + "/" + query(filter_))),
        "records page": page_total(got(url + "/records" + query(filter_))),
        "summary": json.loads(said)["total"]["messages"],
        "api": json.loads(got(url + "/api/v1/summary" + query(filter_)))["total"]["messages"],
        "records": sum(row["messages"] for row in rows),
        "records by reporter": sum(group["messages"] for group in groups),
    }


def check_filters(tap, db, url):
    names = [line["key"] for line in ndjson(got(url + "/records?by=domain&period=all&format=ndjson"))]
    domain = max(names, key=lambda name: (name.count("."), name))
    for filter_ in FILTERS:
        filter_ = {name: value or domain for name, value in filter_.items()}
        with tap.guard("totals under %s" % filter_):
            found = totals(db, url, filter_)
            tap.case(len(set(found.values())) == 1 and found["api"] > 0,
                     "totals agree under %s" % (query(filter_) or "no filter"), found)


def check_sources(tap, url):
    """Senders add up to all mail, whichever way they are printed and sorted; each has a page that adds up to its line."""
    lines = json.loads(got(url + "/api/v1/sources"))
    total = lines["total"]["messages"]
    csv = got(url + "/sources?format=csv").decode().splitlines()
    at = csv[0].split(",").index("messages")
    tap.equal((sum(line["messages"] for line in lines["data"]), sum(int(row.split(",")[at]) for row in csv[1:])),
              (total, total), "senders add up to all mail, as JSON and as CSV")
    falling = [line["untrusted"] for line in json.loads(got(url + "/api/v1/sources?sort=-untrusted"))["data"]]
    tap.equal(falling, sorted((line["untrusted"] for line in lines["data"]), reverse=True), "senders are sorted as asked")
    pages = re.findall(r'class="name" href="(/sources/[^"]+)"', got(url + "/sources").decode())
    odd = [page for page in pages if page_total(got(url + page)) not in [line["messages"] for line in lines["data"]]]
    tap.case(len(pages) == len(lines["data"]) and not odd, "each sender has a page with the number of its line", (pages, odd))
    tap.equal((fetch(url + "/sources/nobody")[0], fetch(url + "/sources?sort=nothing")[0], fetch(url + "/sources/unknown?source=x")[0]),
              (404, 400, 400), "no such sender, no such column, a sender twice")


def check_rules(tap, url):
    """A rule that is tried moves just the mail of its address, and nothing when an earlier rule has it already."""
    network = json.loads(got(url + "/api/v1/records?by=network&limit=1"))["data"][0]
    tried = "/api/v1/source-rules?rule=Tried&as=service&match=ip&value=%s" % network["key"]
    first, last = json.loads(got(url + tried + "&at=1"))["data"], json.loads(got(url + tried + "&at=1000"))["data"]
    tap.equal(first["messages_moved"], network["messages"], "a rule in the first place moves all mail of its network")
    tap.case(last["messages_moved"] < first["messages_moved"] and len(last["rules"]) == len(first["rules"]) > 0,
             "behind the others it moves less, and the rules in force stay as they are", last["moves"])
    tap.equal(fetch(url + tried + "x")[0], 400, "what is no network is refused")


def check_find(tap, url):
    """What is typed is found by its name, with its page or rows behind it."""
    found = json.loads(got(url + "/api/v1/find?q=chem"))["data"]
    tap.case(("chem.univ.example", "domain") in [(f["name"], f["what"]) for f in found] and
             ("Chemistry relay", "source") in [(f["name"], f["what"]) for f in found], "a part of a name finds domain and source", found)
    report = json.loads(got(url + "/api/v1/records?limit=1&cols=report_id,reporter,ip"))["data"][0]
    for q, what, name in ((report["ip"], "address", report["ip"]), (report["report_id"], "report", report["report_id"]),
                          (report["reporter"][:5].upper(), "receiver", report["reporter"])):
        found = json.loads(got(url + "/api/v1/find?q=" + urllib.parse.quote(q)))["data"]
        tap.case((name, what) in [(f["name"], f["what"]) for f in found], "%s is found by %s" % (what, q), found)
    pages = re.findall(r'class="name" href="([^"]+)"', got(url + "/find?q=chem").decode())
    odd = [page for page in pages if fetch(url + page.replace("&amp;", "&"))[0] != 200]
    tap.case(pages and not odd, "what is found leads to a page", odd)
    tap.case(b"Nothing has" in got(url + "/find?q=%3Cb%3Ezzz") and b"<b>zzz" not in got(url + "/find?q=%3Cb%3Ezzz"), "what is not found is said", "")


def check_at_once(tap, url):
    """The same answers when asked for many at a time: nothing is shared between requests that should not be."""
    paths = ["/", "/records", "/records?by=ip", "/?class=untrusted", "/api/v1/summary", "/records?format=csv"]
    once = {path: shape(got(url + path)) for path in paths}
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(lambda path: (path, shape(got(url + path))), paths * ROUNDS))
    odd = sorted({path for path, body in answers if body != once[path]})
    tap.equal(odd, [], "%d requests, %d at a time, are answered like one alone" % (len(answers), AT_ONCE))


def shape(body):
    """An answer without what may differ from one second to the next: times, and how long it took."""
    body = re.sub(rb'"generated_at":"[^"]*"', b"", body)
    return re.sub(rb"\b[0-9.]+ (ms|\xc2\xb5s)\b", b"", body)


def check_serving(tap, db, before):
    """To serve is to show: it changes no number, no name and no generation."""
    after = answer(db)
    odd = [key for key in before["data"] if before["data"][key] != after["data"][key]]
    tap.case(not odd and before["generation"] == after["generation"], "what is stored reads the same after serving it",
             "differ: %s\nbefore %s\nafter  %s" % (odd, [before["data"][key] for key in odd],
                                                   [after["data"][key] for key in odd]))


def answer(db):
    return json.loads(ruad("--db", db, "summary", "--period", "all", "--format", "json").stdout)


def check_http(tap, url):
    status, headers, body = fetch(url + "/?clas=untrusted")
    tap.case(status == 400 and b"clas" in body, "an unknown parameter is refused by name", (status, body[:300]))
    status, headers, _ = fetch(url + "/")
    wanted = ("default-src 'none'", "script-src 'self'", "style-src 'self'", "form-action 'self'", "base-uri 'none'",
              "frame-ancestors 'none'", "require-trusted-types-for 'script'")
    policy = headers.get("Content-Security-Policy", "")
    tap.case(status == 200 and all(w in policy for w in wanted) and "unsafe" not in policy, "the strict policy is sent",
             policy)
    tap.equal(headers.get("X-Content-Type-Options"), "nosniff", "types are not sniffed")
    again = fetch(url + "/", {"If-None-Match": headers.get("ETag", "")})
    tap.equal((again[0], again[2]), (304, b""), "a view that did not change is not sent again")
    status, _, body = fetch(url + "/api/v1/summary?clas=x")
    tap.case(status == 400 and "errors" in json.loads(body), "the API says what is wrong with a parameter", body[:300])
    tap.equal(fetch(url + "/no-such-page")[0], 404, "another path is not found")
    plain = [path for path in ("/", "/settings/access", "/health", "/help", "/no-such-page")
             if b"Demo data" not in fetch(url + path, {"Accept": "text/html"})[2]]
    tap.equal(plain, [], "every page of a demo says that it is one")


def main():
    tap = Tap()
    with folder() as top:
        db = os.path.join(top, "demo.db")
        with tap.guard("demo and serve"):
            ruad("--db", db, "demo", "--no-serve")
            before = answer(db)
            with serving(db) as url:
                for check in (lambda: check_filters(tap, db, url), lambda: check_http(tap, url),
                              lambda: check_sources(tap, url), lambda: check_rules(tap, url), lambda: check_find(tap, url),
                              lambda: check_at_once(tap, url)):
                    with tap.guard("the server"):
                        check()
            tap.case(True, "serve ends well when told to")
            check_serving(tap, db, before)
    tap.end()


if __name__ == "__main__":
    main()
