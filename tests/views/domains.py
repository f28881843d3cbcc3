#!/usr/bin/env python3
"""Domains, one domain, its records and its timeline, on the demo data: every printing says the same, every number is the total of
what it leads to, and the faults that the demo's records have are found."""
import csv
import html
import io
import json
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from harness import Tap, fetch, folder, ndjson, ruad, serving  # noqa: E402


def got(url, status=200):
    found, _, body = fetch(url)
    assert found == status, "%s: %d\n%s" % (url, found, body[:500].decode(errors="replace"))
    return body


def numbers(page):
    """(number, address) of every link that promises one."""
    for tag in re.findall(r"<a [^>]*>", page.decode()):
        n, href = re.search(r'data-n="(\d+)"', tag), re.search(r'href="([^"]*)"', tag)
        if n and href:
            yield int(n.group(1)), html.unescape(href.group(1))


def total(page):
    return int(re.search(rb'data-total="([0-9,]+)"', page).group(1).replace(b",", b""))


def check_numbers(tap, url, path):
    page = got(url + path)
    wrong = [(n, href) for n, href in set(numbers(page)) if total(got(url + href)) != n]
    tap.case(not wrong and any(numbers(page)), "%s: every number is the total of what it leads to" % path, wrong[:5])
    tap.case(len(page) < 250000 and page.count(b"<h1") == 1, "%s: one headline, and not too long" % path, len(page))


def rows_of(body):
    return list(csv.DictReader(io.StringIO(body.decode())))


def check_list(tap, url):
    data = json.loads(got(url + "/api/v1/domains?limit=1000"))
    lines, rows = data["data"], rows_of(got(url + "/domains?format=csv"))
    tap.equal(sum(d["messages"] for d in lines), data["total"]["messages"], "each message is in the line of one domain")
    tap.equal([(r["key"], r["messages"]) for r in rows], [(d["key"], str(d["messages"])) for d in lines], "CSV has the same lines")
    by_name = {d["key"]: d for d in lines}
    tap.equal((by_name["univ.example"]["policy_dns"], by_name["chem.univ.example"]["inherits_from"]),
              ("p=quarantine; pct=0; t=y", "univ.example"), "the policy in DNS, and where it is inherited from")
    tap.equal(by_name["alumni.univ.example"]["policy_dns"], "p=none", "a domain with a record of its own has its own policy")
    tap.case(by_name["chem.univ.example"]["record_errors"] == 1 and by_name["univ.example"]["record_errors"] == 0,
             "errors are counted where the record stands", by_name["chem.univ.example"])
    unpublished = json.loads(got(url + "/api/v1/domains?show=unpublished&limit=1000"))["data"]
    tap.case(0 < len(unpublished) < len(lines) and all(d["state"] == "no DMARC or SPF record of its own" for d in unpublished),
             "domains without a record of their own", len(unpublished))
    silent = json.loads(got(url + "/api/v1/domains?show=silent&under=chem.univ.example&from=2020-01-01&to=2020-01-02"))
    tap.equal([d["key"] for d in silent["data"]], ["chem.univ.example"], "a domain that is known and sent nothing")
    check_tree(tap, url, data["total"]["messages"])
    check_pages(tap, url, [d["key"] for d in lines])


def check_tree(tap, url, messages):
    tree = json.loads(got(url + "/api/v1/domains?show=tree&limit=1000"))["data"]
    tap.case(tree[0]["key"] == "univ.example" and tree[0]["messages"] == messages and {d["depth"] for d in tree[1:]} == {1},
             "a line of the tree holds all below it", tree[0])


def check_pages(tap, url, names):
    seen, next_ = [], "/api/v1/domains?limit=7"
    while next_:
        data = json.loads(got(url + next_))
        seen += [d["key"] for d in data["data"]]
        next_ = data["next"]
    tap.equal(seen, names, "page by page each line comes once")
    got(url + "/domains?after=nobody.example", 400)
    got(url + "/domains?sort=nothing", 400)
    first = [d["key"] for d in json.loads(got(url + "/api/v1/domains?sort=key&limit=3"))["data"]]
    tap.equal(first, sorted(names)[:3], "sorted as asked")


def check_records(tap, url):
    data = json.loads(got(url + "/api/v1/domains/univ.example/records"))["data"]
    tap.equal(data["dmarc"]["rfc7489"]["words"], data["dmarc"]["rfc9989"]["words"], "held back for receivers of either RFC")
    tap.equal((data["spf"]["lookups"], data["spf"]["at_least"]), (8, False), "look-ups of the whole tree")
    tap.equal({r["state"] for r in data["spf"]["tree"]}, {"found"}, "every record of the tree is known")
    keys = {k["selector"]: k for k in data["dkim"]}
    tap.equal((keys["selector1"]["bits"], keys["relay"]["bits"]), (2048, 1024), "keys of the selectors that reports name")
    ids = {f["id"]: f for f in data["findings"]}
    tap.case("dkim-short" in ids and "dmarc-pct-removed" in ids and ids["dmarc-pct-removed"]["piece"] == "pct=0", "what is wrong, at its piece", list(ids))
    tap.equal(data["errors"], 0, "the university's own records have no error")
    chem = json.loads(got(url + "/api/v1/domains/chem.univ.example/records"))["data"]
    tap.case({"spf-unreachable", "spf-ptr"} <= {f["id"] for f in chem["findings"]} and chem["dmarc"]["inherited"], "the department's record has faults",
             chem["findings"])


def check_one(tap, url):
    data = json.loads(got(url + "/api/v1/domains/chem.univ.example"))
    below = json.loads(got(url + "/api/v1/summary?under=chem.univ.example"))
    tap.equal(data["total"], below["total"], "one domain has the total of its tree")
    for part in ("days", "sources", "domains", "receivers"):
        tap.equal(sum(row["messages"] for row in data["data"][part]), data["total"]["messages"], "one domain: %s add up" % part)
    org = json.loads(got(url + "/api/v1/domains/univ.example?period=all"))["data"]
    tap.case({k["selector"]: k["passes"] > 0 for k in org["dkim"]} == {"selector1": True, "relay": True, "news": True}, "selectors that reports name, with passes",
             org["dkim"])
    changes = [(e["what"], e["after"]) for e in org["timeline"]]
    tap.case(any(w == "record" and "p=quarantine" in a for w, a in changes) and any(w == "policy" and "p=quarantine" in a for w, a in changes if a),
             "the timeline tells of the new record, and of who saw it first", changes)
    alone = json.loads(got(url + "/api/v1/domains/univ.example/timeline?period=all"))["data"]["timeline"]
    tap.equal(alone, org["timeline"], "the timeline alone is the same")
    tap.case(len(org["seen"]) > 5 and {s["compared"] for s in org["seen"]} <= {"as in DNS", "too early to say", "another than in DNS"},
             "what receivers see is held against DNS", org["seen"])
    got(url + "/domains/nobody.example", 404)
    got(url + "/domains/univ.example?under=x.example", 400)
    page = got(url + "/domains/chem.univ.example").decode()
    tap.case("<mark>include:relay.chem.univ.example</mark>" in page, "the piece of the record that is wrong is marked")


def main():
    tap = Tap()
    with folder() as top:
        db = os.path.join(top, "demo.db")
        ruad("--db", db, "demo", "--no-serve")
        with serving(db) as url:
            for check in (check_list, check_records, check_one):
                with tap.guard(check.__name__):
                    check(tap, url)
            for path in ("/domains", "/domains?show=tree", "/domains/univ.example", "/domains/chem.univ.example", "/domains/univ.example/records",
                         "/domains/univ.example/timeline?period=all"):
                with tap.guard(path):
                    check_numbers(tap, url, path)
            page = json.loads(got(url + "/api/v1/domains/chem.univ.example?period=90d"))["data"]
        text = ruad("--db", db, "domains").stdout.decode()
        tap.case("univ.example" in text and "quarantine" in text, "ruad domains: the same on a terminal", text[:500])
        lint = json.loads(ruad("--db", db, "lint", "--format", "json", "univ.example", ok=(0, 1)).stdout)["data"]
        tap.case(lint["spf"]["lookups"] == 8 and {k["selector"] for k in lint["dkim"]} >= {"selector1", "relay"},
                 "ruad lint: what the database knows, with the selectors of its reports", lint["spf"])
        below = json.loads(ruad("--db", db, "lint", "--format", "json", "chem.univ.example", ok=(0, 1)).stdout)["data"]
        tap.equal({k["selector"] for k in below["dkim"]}, {k["selector"] for k in page["dkim"]}, "and those that sign its mail, as on its page")
    tap.end()


if __name__ == "__main__":
    main()
