#!/usr/bin/env python3
"""What a department sees: every route is asked for as a user of chem.univ.example, of a database in which zoology has names and numbers
that stand nowhere else, and none of them may come back: not on a page, in data, in a header, by guessing what things are called, by
parameters, cursors or ETags. The routes are those of the server's own tables."""
import http.client
import itertools
import json
import os
import re
import sys
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import samples  # noqa: E402
from harness import ROOT, Tap, folder, ruad  # noqa: E402
from served import Daemon  # noqa: E402

CHEM, ZOO = "chem.univ.example", "zoology.univ.example"
PASSWORD = "correct horse battery"

# What only zoology has. Each is looked for in whatever a chemist is given, without regard to case.
NAMES = ("zoology", "zebra", "okapi", "giraffe", "hippo", "walrus", "203.0.113.77", "2001:db8:200", "zoo-report", "quagga")
NUMBERS = (48611, 7919, 68413)
CHEM_ROWS = (("192.0.2.11", 101, "none", "pass", "pass", CHEM), ("198.51.100.21", 13, "none", "fail", "fail", "lab." + CHEM))
CHEM_TOTAL = 101 + 13

CONF = """
web = { users_file = "%s"; contact = "Mail team"; };
dns = { lookups = false; };
domains = { own = [ "univ.example" ]; };
sources = (
 { name = "Walrus mailer"; kind = "service"; owner = "Hippo keepers"; ip = [ "203.0.113.77" ]; },
 { name = "Chemistry relay"; kind = "ours"; ip = [ "192.0.2.11" ]; }
);
"""


def zoo_row(address, count, disposition="none"):
    return """<record><row><source_ip>%s</source_ip><count>%d</count><policy_evaluated><disposition>%s</disposition><dkim>fail</dkim>\
<spf>fail</spf><reason><type>local_policy</type><comment>quagga</comment></reason></policy_evaluated></row><identifiers>\
<header_from>%s</header_from><envelope_from>giraffe.example</envelope_from></identifiers><auth_results><dkim><domain>%s</domain>\
<selector>okapi</selector><result>pass</result></dkim><spf><domain>giraffe.example</domain><result>pass</result></spf>\
</auth_results></record>
""" % (address, count, disposition, ZOO, ZOO)


ZOO_ROWS = zoo_row("203.0.113.77", NUMBERS[0]) + zoo_row("2001:db8:200::5", NUMBERS[1], "reject")


def fill(top):
    """Reports of one department, of both, and of the other alone; a TLS report and a refusal of the other."""
    for day in range(20):
        mixed = samples.report(day, report_id="both-%d" % day, rows=CHEM_ROWS).replace("</feedback>", ZOO_ROWS + "</feedback>")
        samples.write(top, "in/both-%02d.xml" % day, mixed)
    alone = samples.report(25, reporter="zebra.example", report_id="zoo-report", rows=()).replace(
        "</feedback>", zoo_row("203.0.113.77", NUMBERS[2]) + "</feedback>").replace("<domain>univ.example</domain>", "<domain>%s</domain>" % ZOO, 1)
    samples.write(top, "in/zoo.xml", alone)
    samples.write(top, "in/hippo.xml", "<walrus/>")
    samples.write(top, "in/tls.json", json.dumps({
        "organization-name": "Zebra TLS", "report-id": "zoo-report-tls", "contact-info": "okapi@zebra.example",
        "date-range": {"start-datetime": "2025-09-20T00:00:00Z", "end-datetime": "2025-09-20T23:59:59Z"},
        "policies": [{"policy": {"policy-type": "sts", "policy-string": ["mx: giraffe.example"], "policy-domain": ZOO},
                      "summary": {"total-successful-session-count": NUMBERS[0], "total-failure-session-count": NUMBERS[1]}}]}))
    ruad("--config", os.path.join(top, "ruad.conf"), "--db", os.path.join(top, "ruad.db"), "import", os.path.join(top, "in"), ok=(0, 1))


# --- asking ---

class Client:
    def __init__(self, url, cookie=None, bearer=None):
        self.host = url.split("//")[1]
        self.headers = {"Cookie": cookie} if cookie else {"Authorization": "Bearer " + bearer} if bearer else {}

    def ask(self, path, method="GET", body=None, html=True, headers=None):
        """(status, headers, body), nothing followed."""
        c = http.client.HTTPConnection(self.host, timeout=60)
        c.request(method, path, body, {"Accept": "text/html" if html else "*/*", **self.headers, **(headers or {})})
        r = c.getresponse()
        answer = r.status, r.headers, r.read().decode("utf-8", "replace")
        c.close()
        return answer

    def send(self, method, path, fields):
        """As a program changes something: (status, number of what was made)."""
        status, _, body = self.ask(path, method, json.dumps(fields), html=False,
                                   headers={"Content-Type": "application/json", "Sec-Fetch-Site": "same-origin"})
        return status, json.loads(body).get("id") if body.startswith("{") else None

    def form(self, path, fields, page=None):
        """Sends a form as the page at `page` has it: with its token."""
        token = re.search(r'name="form" value="([0-9a-f]+)"', self.ask(page or path)[2]).group(1)
        return self.ask(path, "POST", urllib.parse.urlencode({"form": token, **fields}),
                        headers={"Content-Type": "application/x-www-form-urlencoded"})


def sign_in(url, name):
    status, headers, body = Client(url).form("/sign-in", {"name": name, "password": PASSWORD})
    if status != 303:
        raise AssertionError("sign-in as %s: %d %s" % (name, status, body[:300]))
    return Client(url, headers["Set-Cookie"].split(";")[0])


def grouped(n):
    return "{:,}".format(n)


def sums():
    """Every sum that zoology's numbers are part of over all days or one."""
    daily = NUMBERS[0] + NUMBERS[1]
    for n in (*NUMBERS, daily, 20 * daily, 20 * NUMBERS[0], 20 * NUMBERS[1], 20 * daily + NUMBERS[2],
              daily + CHEM_TOTAL, 20 * (daily + CHEM_TOTAL), 20 * (daily + CHEM_TOTAL) + NUMBERS[2], 20 * NUMBERS[0] + NUMBERS[2],
              20 * (NUMBERS[0] + CHEM_TOTAL), 20 * (NUMBERS[0] + 13), 20 * (NUMBERS[0] + 13) + NUMBERS[2], NUMBERS[0] + 13):
        yield n


FORBIDDEN = re.compile("|".join([re.escape(n) for n in NAMES] + [
    r"(?<![0-9a-f.,])%s(?![0-9a-f.,]*[0-9])" % re.escape(t) for n in sums() for t in {str(n), grouped(n)}]), re.I)


def seen(headers, body, said=()):
    """What of the other department stands in an answer, but for what the question itself said."""
    text = "\n".join("%s: %s" % h for h in headers.items()) + "\n" + body
    for word in said:
        for form in {word, urllib.parse.quote(word), urllib.parse.quote(word, safe=""), word.replace(" ", "+"), word.lower()}:
            text = re.sub(re.escape(form), "", text, flags=re.I)
    return sorted(set(m.group(0).lower() for m in FORBIDDEN.finditer(text)))


# --- the routes ---

def routes():
    """(path pattern, methods, whether only the team may) of every page and act, as the server's tables have them."""
    with open(os.path.join(ROOT, "web", "route.c"), encoding="utf-8") as f:
        table = re.search(r"routes\[\] = \{(.*?)\n\};", f.read(), re.S).group(1)
    for path, end in re.findall(r'\{ "([^"]+)",.*?"[a-z-]+"(, true)? \}', table):
        yield path, "GET", bool(end)
    with open(os.path.join(ROOT, "web", "act.c"), encoding="utf-8") as f:
        table = re.search(r"entries\[\] = \{(.*?)\n\};", f.read(), re.S).group(1)
    for path, methods, needs in re.findall(r'\{ "([^"]+)", METHOD_(\w+), \w+, ACCESS_(\w+),', table):
        yield path, {"READS": "GET"}.get(methods, methods), needs in ("TEAM", "ADMIN")
    for path in ("/health", "/metrics"):
        yield path, "GET", True


def filled(path):
    """The path with everything in its places that the other department has, or that may stand for it."""
    ids = [ZOO, "ape." + ZOO, "univ.example", "Walrus mailer", "walrus-mailer", "zebra.example", "okapi"]
    ids += [str(n) for n in range(1, 26)]
    if "*" in path:
        return [path.replace("*", urllib.parse.quote(i)) for i in ids + ["%d.%d.%d" % c for c in itertools.product((1, 2, 21), (1, 2, 3, 4), (1, 2, 3))]]
    return [path.replace("#", str(n)) for n in range(1, 26)] if "#" in path else [path]


def is_others(path):
    return any(n in urllib.parse.unquote(path).lower() for n in ("zoology", "walrus", "zebra", "okapi")) or "/domains/univ.example" in path


PARAMETERS = (("under", ZOO), ("under", "univ.example"), ("domain", ZOO), ("policy_domain", ZOO), ("policy_domain", "univ.example"),
              ("source", "Walrus mailer"), ("ip", "203.0.113.77"), ("ip", "2001:db8:200::/48"), ("ip", "0.0.0.0/0"),
              ("reporter", "zebra.example"), ("dkim_domain", ZOO), ("selector", "okapi"), ("envelope", "giraffe.example"),
              ("reason", "local_policy"), ("kind", "service"), ("class", "rejected"), ("class", "untrusted,rejected"), ("report", "21"),
              ("q", "zoo"), ("q", "203.0.113"), ("q", "ok"), ("q", "gir"), ("domain!", CHEM), ("under!", CHEM), ("compare", "prev"))
GROUPS = ("day", "month", "domain", "policy_domain", "reporter", "ip", "source", "cause", "network", "envelope", "signature", "reason")


def check_routes(tap, who, client):
    leaks, wrong, asked = [], [], 0
    for path, method, of_team in routes():
        if path.startswith(("/sign", "/s/")):
            continue
        for at in filled(path):
            for query in ("", "?period=all", "?period=all&format=json", "?period=all&format=csv") if method == "GET" else ("",):
                if path.startswith("/help") and query:
                    continue
                status, headers, body = client.ask(at + query, method, html="format" not in query)
                asked += 1
                found = seen(headers, body, [urllib.parse.unquote(at)] + [s for s in urllib.parse.unquote(at).split("/") if s])
                if found:
                    leaks.append("%s %s%s: %d %s" % (method, at, query, status, found))
                if of_team and status not in (404, 400 if "?" in query else 404):
                    wrong.append("%s %s%s: %d, not 404" % (method, at, query, status))
                if not of_team and is_others(at) and not path.startswith("/help") and status not in (404, 400, 405):
                    wrong.append("%s %s%s: %d, not 404" % (method, at, query, status))
    tap.case(not leaks, "%s: no name or number of the other department in %d answers" % (who, asked), "\n".join(leaks))
    tap.case(not wrong, "%s: what is the team's or the other department's is not there" % who, "\n".join(sorted(set(wrong))))


def check_parameters(tap, who, client):
    leaks, asked = [], 0
    pages = sorted({p for p, m, team in routes() if m == "GET" and not team and not re.search(r"[*#]|/s/|sign|/help", p)})
    for page, (name, value) in itertools.product(pages, PARAMETERS):
        for fmt in ("", "&format=json"):
            status, headers, body = client.ask("%s?period=all&%s=%s%s" % (page, name, urllib.parse.quote(value), fmt), html=not fmt)
            asked += 1
            found = seen(headers, body, [value])
            if found:
                leaks.append("%s %s=%s%s: %d %s" % (page, name, value, fmt, status, found))
    for by in GROUPS:
        for fmt in ("json", "csv", "html", "ndjson"):
            status, headers, body = client.ask("/records?period=all&by=%s&format=%s" % (by, fmt))
            asked += 1
            if status != 200 or seen(headers, body):
                leaks.append("by=%s %s: %d %s" % (by, fmt, status, seen(headers, body)))
    tap.case(not leaks, "%s: nor in %d answers to parameters that name it" % (who, asked), "\n".join(leaks))


def check_totals(tap, who, client, want=20 * CHEM_TOTAL):
    for path in ("/api/v1/summary?period=all", "/api/v1/records?period=all&limit=1"):
        total = json.loads(client.ask(path, html=False)[2])
        tap.equal((total["total"]["messages"], total["generation"]), (want, None),
                  "%s: %s is of its own mail alone, and tells no generation" % (who, path))
    body = client.ask("/?period=all")[2]
    tap.case("You see" in body and CHEM in body and "Mail team" in body, "%s: a page says what is seen and whom to ask" % who, body[:600])


def check_state(tap, who, client, team):
    """Cursors and ETags neither carry nor open anything."""
    page = "/api/v1/records?period=all&limit=1"
    theirs = json.loads(team.ask(page, html=False)[2])["next"]
    leaks = []
    at = theirs and "%s&after=%s" % (page, urllib.parse.parse_qs(urllib.parse.urlsplit(theirs).query)["after"][0])
    for path in (at, page):
        for _ in range(60):
            if not path:
                break
            status, headers, body = client.ask(path, html=False)
            if seen(headers, body):
                leaks.append("%s: %s" % (path, seen(headers, body)))
            path = json.loads(body).get("next") if status == 200 else None
    tap.case(not leaks, "%s: nor behind a cursor, whoever it was made for" % who, "\n".join(leaks))
    for path in ("/?period=all", "/records?period=all", "/api/v1/summary?period=all"):
        html = not path.startswith("/api")
        foreign, own = team.ask(path, html=html)[1]["ETag"], client.ask(path, html=html)[1]["ETag"]
        tap.case(own != foreign and re.fullmatch(r'W/"[0-9a-f]{32}"', own or "") is not None,
                 "%s: the ETag of %s is its own and says nothing" % (who, path), "%s %s" % (own, foreign))
        tap.equal([client.ask(path, html=html, headers={"If-None-Match": tag})[0] for tag in (foreign, own)], [200, 304],
                  "%s: it is known again by that alone" % who)


def check_nobody(tap, url):
    wrong = []
    nobody = Client(url)
    for path, method, _ in routes():
        at = filled(path)[0]
        if path.startswith(("/sign-in", "/s/")):
            continue
        status, headers, body = nobody.ask(at, method)
        if seen(headers, body, [at]) or (status != 401 and not (status == 303 and headers["Location"].startswith("/sign-in"))):
            wrong.append("%s %s: %d" % (method, at, status))
    tap.case(not wrong, "who is not signed in gets nothing but the way to sign in", "\n".join(wrong))
    tap.equal([nobody.ask(p)[0] for p in ("/healthz", "/sign-in")], [200, 200], "but whether it is alive, and the page to sign in")


def check_link(tap, url, team):
    """A scope link: nothing before its button is pressed; then the scope; nothing once it is revoked."""
    status, _, body = team.form("/settings/access/links", {"name": "Chemists", "trees": CHEM, "days": "7"}, "/settings/access")
    link = re.search(r"http://\S+?(/s/[0-9a-f]{32})<", body)
    tap.case(status == 201 and link is not None, "the team makes a link, which is shown", body[:500])
    path = link.group(1)
    page = Client(url).ask(path)
    tap.case(page[0] == 200 and page[1]["Set-Cookie"] is None, "opening it asks for a button press first", page[2][:300])
    status, headers, _ = Client(url).form(path, {})
    cookie = headers["Set-Cookie"] or ""
    tap.case(status == 303 and headers["Location"] == "/" and "HttpOnly" in cookie and "SameSite=Lax" in cookie,
             "then it is a cookie, and the token leaves the address", "%d %s" % (status, cookie))
    guest = Client(url, cookie.split(";")[0])
    tap.equal(Client(url).ask("/s/" + "0" * 32)[0], 404, "a link that nobody made is not there")
    return path, guest


def check_revoked(tap, url, team, path, guest):
    settings = team.ask("/settings/access")[2]
    tap.case(path[3:] not in settings, "the settings never show the link again")
    number = re.search(r'name="kind" value="1"><input type="hidden" name="id" value="([0-9]+)"', settings).group(1)
    status = team.form("/settings/access/revoke", {"kind": "1", "id": number}, "/settings/access")[0]
    tap.equal((status, Client(url).ask(path)[0], guest.ask("/")[0]), (303, 404, 303), "a link that is revoked opens nothing, and ends what it opened")
    audit = team.ask("/settings/audit")[2]
    tap.case(all(w in audit for w in ("signed in", "scope link made", "link opened", "scope link revoked")), "the audit log has all of it", audit)


def check_token(tap, url, team):
    status, _, body = team.form("/settings/access/tokens", {"name": "chem graphs", "may": "scope", "trees": CHEM, "days": "7"},
                                "/settings/access")
    token = re.search(r"<code>([0-9a-f]{32})</code>", body)
    tap.case(status == 201 and token is not None, "an admin makes a token for a scope", body[:500])
    client = Client(url, bearer=token.group(1))
    tap.equal(client.ask("/api/v1/ingest", "POST", b"<feedback/>", html=False)[0], 404, "it takes nothing in")
    tap.equal(Client(url, bearer="0" * 32).ask("/api/v1/summary", html=False)[0], 401, "a token that nobody made is refused")
    return client


def check_changes(tap, url, team, viewer):
    """What changes something wants a page of ours, and somebody who may."""
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    fields = {"name": "x", "trees": CHEM}
    tap.equal(team.ask("/settings/access/links", "POST", urllib.parse.urlencode(fields), headers=form)[0], 403, "a form without its token changes nothing")
    other = viewer.ask("/sign-out")[2]
    token = re.search(r'name="form" value="([0-9a-f]+)"', viewer.ask("/")[2])
    tap.case(token is not None, "a page has a token for its forms", other[:200])
    tap.equal(team.ask("/settings/access/links", "POST", urllib.parse.urlencode({**fields, "form": token.group(1)}), headers=form)[0], 403,
              "nor with another's")
    tap.equal([team.ask("/api/v1/ingest", "POST", b"x", html=False, headers=h)[0] for h in (
        {"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://evil.example"}, {"Origin": "null"})], [403] * 3, "nor does a page of another site")
    tap.equal(viewer.ask("/api/v1/ingest", "POST", b"x", html=False)[0], 404, "who sees a part takes nothing in")
    tap.case('<input type="file"' in team.ask("/ingest")[2], "the team finds a field for files on Ingest")
    out = viewer.form("/sign-out", {}, "/")
    tap.equal((out[0], viewer.ask("/")[0]), (303, 303), "who signs out is out")


def write_journal(tap, team):
    """What the team writes down: of chemistry, of the other department, and of all."""
    made = []
    for domain, text, source in ((ZOO, "Zebra keys renewed", "Walrus mailer"), ("", "Okapi relay moved", ""), (CHEM, "Chemistry signs", ""),
                                 ("univ.example", "The giraffe asked for it", "")):
        made.append(team.send("POST", "/api/v1/notes", {"day": "2025-09-20", "text": text, "domain": domain, "source": source, "name": "ann"}))
        if domain:
            made.append(team.send("POST", "/api/v1/blockers", {"domain": domain, "text": text, "owner": "Hippo keepers" if domain == ZOO else "Chemistry IT",
                                                               "source": source}))
            made.append(team.send("POST", "/api/v1/confirmations", {"domain": domain, "step": "enforce", "check": "lists-accept", "text": text, "name": "ann"}))
    tap.equal(made, [(201, n) for n in (1, 1, 1, 2, 3, 2, 2, 4, 3, 3)], "the team writes down what changed, what blocks, what is so")


def check_journal(tap, who, client):
    """Of what was written only that about the own domains: not that about all, for it may name others."""
    seen_of = {}
    for list_ in ("notes", "blockers", "confirmations"):
        seen_of[list_] = [row["text"] for row in json.loads(client.ask("/api/v1/" + list_, html=False)[2])["data"]]
    tap.equal(seen_of, {list_: ["Chemistry signs"] for list_ in seen_of}, "%s: sees what is written about its own domains" % who)
    tap.case("Chemistry signs" in client.ask("/?period=all")[2] and "Chemistry signs" in client.ask("/rollout/notes/3")[2],
             "%s: on the timeline, too" % who)
    planned = [json.loads(client.ask("/api/v1/rollout?period=all" + under, html=False)[2])["data"]["domain"]
               for under in ("", "&under=" + CHEM, "&under=univ.example", "&under=" + ZOO, "&under=%s,%s" % (CHEM, ZOO))]
    tap.equal(planned, [CHEM, CHEM, None, None, CHEM], "%s: plans for its own domains alone, whose records it may see" % who)
    refused = [client.ask(path, "GET")[0] for path in ("/rollout/notes/1", "/rollout/notes/2", "/rollout/blockers/1", "/api/v1/blockers/3")]
    refused += [client.send(method, path, {"text": "mine", "domain": CHEM})[0] for method, path in (
        ("POST", "/api/v1/notes"), ("PATCH", "/api/v1/notes/3"), ("DELETE", "/api/v1/notes/3"), ("POST", "/api/v1/blockers"),
        ("PATCH", "/api/v1/blockers/2"), ("DELETE", "/api/v1/confirmations/2"), ("POST", "/rollout/notes"), ("POST", "/rollout/notes/3/remove"))]
    tap.equal(refused, [404] * 12, "%s: opens no other, and changes none" % who)


def check_throttle(tap, url):
    answers = [Client(url).form("/sign-in", {"name": "nobody", "password": "guess %d" % n}) for n in range(11)]
    tap.equal(([a[0] for a in answers], int(answers[-1][1]["Retry-After"] or 0) > 60), ([401] * 10 + [429], True),
              "whoever guesses passwords has to wait")


def check_open(tap, top):
    """Without sign-in, no other than a loopback address; the users file is read before anybody is served."""
    conf = samples.write(top, "open.conf", "dns = { lookups = false; };\n")
    users = samples.write(top, "broken", "ann:admin:none\n")
    broken = samples.write(top, "broken.conf", 'web = { users_file = "%s"; };\n' % users)
    os.chmod(users, 0o644)
    for what, file, listen in (("all addresses", conf, "0.0.0.0:0"), ("all of IPv6", conf, "[::]:0")):
        said = ruad("--config", file, "--db", os.path.join(top, "ruad.db"), "serve", "--listen", listen, ok=(2,)).stderr.decode()
        tap.case("web.users_file" in said, "%s: refused where nobody signs in, and it says what to set" % what, said)
    start = ("--config", broken, "--db", os.path.join(top, "ruad.db"), "serve", "--listen", "127.0.0.1:0")
    said = ruad(*start, ok=(2,)).stderr.decode()
    tap.case("chmod" in said, "a users file that everybody can read is refused", said)
    os.chmod(users, 0o600)
    said = ruad(*start, ok=(2,)).stderr.decode()
    tap.case("broken:1: " in said and "none" not in said.split("hash")[0], "a users file with a mistake is refused with its line", said)


def main():
    tap = Tap()
    with folder() as top:
        users = os.path.join(top, "users")
        with open(os.path.join(top, "ruad.conf"), "w", encoding="utf-8") as f:
            f.write(CONF % users)
        for name, options in (("ann", ["--role", "admin"]), ("cem", ["--under", CHEM])):
            ruad("--config", os.path.join(top, "ruad.conf"), "user", *options, name, stdin=(PASSWORD + "\n").encode())
        fill(top)
        with tap.guard("open"):
            check_open(tap, top)
        with Daemon(top, CONF % users) as d:
            d.start()
            team, viewer = sign_in(d.url, "ann"), sign_in(d.url, "cem")
            tap.case(len(seen({}, team.ask("/records?period=all&by=domain")[2])) > 2, "the team sees the other department, so the check can fail")
            with tap.guard("nobody"):
                check_nobody(tap, d.url)
            with tap.guard("journal"):
                write_journal(tap, team)
            with tap.guard("link"):
                path, guest = check_link(tap, d.url, team)
                token = check_token(tap, d.url, team)
            for who, client in (("a user", viewer), ("a link", guest), ("a token", token)):
                with tap.guard(who):
                    check_totals(tap, who, client)
                    check_state(tap, who, client, team)
                    check_journal(tap, who, client)
            with tap.guard("routes"):
                check_routes(tap, "a user", viewer)
                check_parameters(tap, "a link", guest)
            with tap.guard("revoked"):
                check_revoked(tap, d.url, team, path, guest)
            with tap.guard("changes"):
                check_changes(tap, d.url, team, viewer)
            with tap.guard("throttle"):
                check_throttle(tap, d.url)
    tap.end()


if __name__ == "__main__":
    main()
