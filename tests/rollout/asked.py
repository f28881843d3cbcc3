"""asked: a database of made reports, asked by verbs and by a server, and what both say, as the suites of the planner look at it.
Neighbours: check.py, ready.py; made.py makes the reports."""
import json
import os
import re
import urllib.parse

import made
from harness import fetch, ndjson, ruad, serving

CLASSES = ("fully_trusted", "partially_trusted", "untrusted", "quarantined", "rejected")


class Base:
    """A database of reports with its configuration, asked by verbs and by a server."""

    def __init__(self, top, name, conf, documents):
        self.folder = os.path.join(top, name)
        self.reports = made.write_all(os.path.join(self.folder, "in"), documents)
        self.conf, self.db, self.url = os.path.join(self.folder, "ruad.conf"), os.path.join(self.folder, "ruad.db"), None
        with open(self.conf, "w", encoding="utf-8") as f:
            f.write(conf)
        self.verb("import", self.reports)

    def verb(self, *words, ok=(0,)):
        return ruad("--config", self.conf, "--db", self.db, *words, ok=ok)

    def said(self, *words, ok=(0,)):
        """A query verb as JSON."""
        return json.loads(self.verb(*words, "--format", "json", ok=ok).stdout)

    def serving(self):
        return serving(self.db, "--config", self.conf)

    def page(self, path, **filter_):
        status, _, body = fetch(self.url + address(path, filter_))
        assert status == 200, "%s: %d\n%s" % (address(path, filter_), status, body[:500].decode(errors="replace"))
        return body.decode()

    def api(self, path, **filter_):
        return json.loads(self.page("/api/v1" + path, **filter_))


    def classes(self, **filter_):
        """Messages by class of all rows that fit."""
        total = self.api("/records", period="all", limit=1, **filter_)["total"]
        return [total[name] for name in CLASSES]

    def groups(self, by, **filter_):
        """{key: messages} of all rows that fit."""
        lines = self.page("/api/v1/records", by=by, period="all", format="ndjson", **filter_)
        return {line["key"]: line["messages"] for line in ndjson(lines.encode()) if line["messages"]}


def address(path, filter_):
    query = urllib.parse.urlencode({name.rstrip("_"): value for name, value in filter_.items()})
    return path + ("?" + query if query else "")


def text_of(page):
    """What a page says, its marks of emphasis and links left out."""
    main = re.search(r"<main.*?</main>", page, re.S).group()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", main)).replace("&amp;", "&")


def promises(page):
    """Every number of a page that is a link, with where it leads."""
    return [(int(n), href.replace("&amp;", "&")) for tag in re.findall(r"<a\b[^>]*>", page)
            for n in re.findall(r'data-n="([0-9]+)"', tag) for href in re.findall(r'href="([^"]+)"', tag)]


def check_promises(tap, base, path, **filter_):
    """Each number leads to a page that shows it as its total."""
    found = promises(base.page(path, **filter_))
    odd = []
    for n, href in found:
        total = re.search(r'<main[^>]*\bdata-total="([0-9,]+)"', base.page(href))
        if not total or int(total.group(1).replace(",", "")) != n:
            odd.append("%d leads to %s: %s" % (n, href, total and total.group(1)))
    tap.case(found and not odd, "each of %d numbers of %s leads to its rows" % (len(found), address(path, filter_)), "\n".join(odd))


def check_not_ready(tap, base, name, *missing, steps=("rehearse", "enforce", "rehearse-reject", "reject")):
    """No step is ready; whatever a check lacks is said, on page and terminal."""
    for step in steps:
        data = base.said("rollout", "--step", step, ok=(0, 1))["data"]
        lacks = [check for check in data["checks"] if check["state"] in ("fail", "unknown")]
        page = text_of(base.page("/rollout", step=step))
        text = base.verb("rollout", "--step", step, ok=(1,)).stdout.decode()
        tap.case(data["readiness"] == "not-yet" and lacks and all(check["missing_says"] and check["missing_says"] in page and check["label"] in page
                                                                  and check["label"] in text for check in lacks),
                 "%s: not ready for %s: exit 1, and each refusal says what is missing" % (name, step), (data["readiness"], lacks, page[:500]))
        found = {check["id"] for check in lacks}
        tap.case(found.intersection(missing), "and the days or receivers that are not there are among it", lacks)
