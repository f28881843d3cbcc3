#!/usr/bin/env python3
"""The byte-level vectors: what genuine reporters send, one mistake at a time. Each case is named for what would go wrong.

Inputs are made here, byte for byte; `ruad parse` reads them, and `ruad import` where it matters what is stored. The number
in brackets is the vector's. Neighbours: samples.py has the sound report; bombs.py what is refused for its size.

  vectors.py                    the suite: TAP
  vectors.py --keep FOLDER      the same, and the inputs stay there as files
"""
import base64
import contextlib
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import samples  # noqa: E402
from bombs import gz, zip_of  # noqa: E402
from harness import Tap, folder, ndjson, ruad  # noqa: E402

XML = samples.report()
WHOLE = (len(samples.ROWS), samples.MESSAGES, samples.CLASSES)
CRLF = b"\r\n"


class Suite:
    def __init__(self, tap, top):
        self.tap, self.top, self.files = tap, top, 0


    def parse(self, data, name="a.xml", ok=(0, 1)):
        self.files += 1
        return ndjson(ruad("parse", samples.write(self.top, "%d/%s" % (self.files, name), data), ok=ok).stdout)

    def report(self, data, name="a.xml"):
        lines = self.parse(data, name)
        if [line["kind"] for line in lines] != ["aggregate"]:
            raise AssertionError("not one report: " + json.dumps(lines)[:2000])
        return lines[0]

    def whole(self, name, data, file="a.xml", repaired=None, **fields):
        """One report, complete and with every row; `repaired`: whether it says that it was mended."""
        with self.tap.guard(name):
            r = self.report(data, file)
            got = (r["row_count"], r["messages"], r["totals"]), r["complete"], {k: r[k] for k in fields}
            good = self.tap.equal(got, (WHOLE, True, fields), name)
            if good and repaired is not None:
                self.tap.equal(bool(r["repairs"]), repaired, name + (" (and said)" if repaired else " (nothing mended)"))

    def value(self, name, data, pick, want, file="a.xml"):
        with self.tap.guard(name):
            got = pick(self.report(data, file))
            self.tap.equal(got, want, name)


def head(before, after, text=XML):
    """The sound report with one piece of it written otherwise."""
    assert text.count(before) >= 1, before
    return text.replace(before, after, 1)


def row(**parts):
    """A report of one row in pieces that a vector can replace; None leaves the element out."""
    p = {"source_ip": "192.0.2.1", "count": "7", "disposition": "none", "dkim": "pass", "spf": "fail", "reasons": "",
         "header_from": "univ.example", "envelope_from": None, "identifiers": "identifiers",
         "auth": "<dkim><domain>univ.example</domain><selector>s</selector><result>pass</result></dkim>"
                 "<spf><domain>lists.example.org</domain><scope>mfrom</scope><result>fail</result></spf>", **parts}

    def leaf(name):
        return "" if p[name] is None else "<%s>%s</%s>" % (name, p[name], name)

    record = ("<record><row>%s%s<policy_evaluated>%s%s%s%s</policy_evaluated></row><%s>%s%s</%s><auth_results>%s"
              "</auth_results></record>\n" % (leaf("source_ip"), leaf("count"), leaf("disposition"), leaf("dkim"),
                                              leaf("spf"), p["reasons"], p["identifiers"], leaf("envelope_from"),
                                              leaf("header_from"), p["identifiers"], p["auth"]))
    return samples.report(rows=()).replace("</feedback>", record + "</feedback>")


def first(field):
    return lambda r: r["rows"][0][field]


def trusted(r):
    return [row["trust"] for row in r["rows"]]


def multipart(*parts, boundary="b", top="multipart/mixed", subject="Report domain: univ.example"):
    return (b"From: dmarc@receiver.example\r\nTo: dmarc@univ.example\r\nSubject: " + subject.encode() + CRLF +
            b"MIME-Version: 1.0\r\nContent-Type: " + top.encode() + b"; boundary=\"" + boundary.encode() + b"\"\r\n\r\n" +
            b"".join(b"--" + boundary.encode() + CRLF + p + CRLF for p in parts) + b"--" + boundary.encode() + b"--\r\n")


def part(headers, body):
    return "\r\n".join(headers).encode() + CRLF + CRLF + body


def base64_of(data):
    return base64.encodebytes(data).replace(b"\n", CRLF)


# --- 3.1 and 3.2: bytes ---

def check_bytes(s):
    s.whole("(1) a byte-order mark and CRLF line ends lose nothing",
            b"\xef\xbb\xbf" + XML.replace("\n", "\r\n").encode(), repaired=False)
    s.whole("(2) a blank line before the declaration loses nothing", "\r\n" + XML)
    for name in ("ANSI", "", "utf8-foo"):
        s.whole('(3) encoding="%s" does not hide the report' % name, head("UTF-8", name))
    text = head("receiver.example</org_name>", "Universit\xe9</org_name>")
    s.whole("(4) a Latin-1 byte under UTF-8 does not lose the report, and is the letter it was meant to be",
            text.encode("latin-1"), repaired=True, org_name="Universit\xe9")
    s.whole("(4) a Windows-1252 byte likewise", head("receiver.example</org_name>", "A \x93</org_name>").encode("latin-1"),
            org_name="A \u201c")
    cut = XML.index("</record>") + len("</record>")
    s.whole("(5) a NUL between two records does not hide the rows behind it",
            XML[:cut].encode() + b"\0" + XML[cut:].encode(), repaired=True)
    s.whole("(5) a control character likewise", XML[:cut].encode() + b"\x0b" + XML[cut:].encode(), repaired=True)
    s.whole("(6) a raw & keeps the whole name", head("receiver.example</org_name>", "AT&T</org_name>"), repaired=True,
            org_name="AT&T")
    s.whole("(6) raw angle brackets keep the address", head("dmarc@receiver.example</email>", "<dmarc@receiver.example></email>"),
            repaired=True, email="<dmarc@receiver.example>")
    s.whole("(7) an end tag without its last byte is a whole report", XML.rstrip()[:-1])
    third = XML.index("<record>", XML.index("<record>", XML.index("<record>") + 1) + 1)
    for where, at in (("in a count", XML.index("<count>", third) + len("<count>2")), ("in a tag", third + 30),
                      ("before its end tag", XML.index("</record>", third))):
        with s.tap.guard("cut"):
            r = s.report(XML[:at])
            s.tap.equal((r["complete"], [x["count"] for x in r["rows"]]), (False, [100, 40]),
                        "(8) a report cut %s gives the two whole rows and no cut one" % where)
    with s.tap.guard("two"):
        for name, between in (("", ""), (", with junk between", "\n\0junk ")):
            got = s.parse(samples.report(0) + between + samples.report(1))
            s.tap.equal([(g["kind"], g.get("report_id"), g.get("row_count"), g.get("complete")) for g in got],
                        [("aggregate", "r0", 5, True), ("aggregate", "r1", 5, True)],
                        "(9) of two documents one behind the other both are read" + name)
    schema = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="http://dmarc.org/dmarc-xml/0.1">\n'
    s.whole("(10) a schema wrapper that is never closed does not hide the report", head("<feedback>", schema + "<feedback>"))
    s.whole("(10) nor one that is closed", head("<feedback>", schema + "<feedback>") + "</xs:schema>\n", repaired=False)


# --- 1: both dialects ---

APP_B = """<feedback xmlns="urn:ietf:params:xml:ns:dmarc-2.0">
  <version>1.0</version>
  <report_metadata>
    <org_name>Sample Reporter</org_name>
    <email>report_sender@example-reporter.com</email>
    <extra_contact_info>...</extra_contact_info>
    <report_id>3v98abbp8ya9n3va8yr8oa3ya</report_id>
    <date_range>
      <begin>302832000</begin>
      <end>302918399</end>
    </date_range>
    <generator>Example DMARC Aggregate Reporter v1.2</generator>
  </report_metadata>
  <policy_published>
    <domain>example.com</domain>
    <p>quarantine</p>
    <sp>none</sp>
    <np>none</np>
    <testing>n</testing>
    <discovery_method>treewalk</discovery_method>
  </policy_published>
  <record>
    <row>
      <source_ip>192.0.2.123</source_ip>
      <count>123</count>
      <policy_evaluated>
        <disposition>pass</disposition>
        <dkim>pass</dkim>
        <spf>fail</spf>
      </policy_evaluated>
    </row>
    <identifiers>
      <envelope_from>example.com</envelope_from>
      <header_from>example.com</header_from>
    </identifiers>
    <auth_results>
      <dkim>
        <domain>example.com</domain>
        <result>pass</result>
        <selector>abc123</selector>
      </dkim>
      <spf>
        <domain>example.com</domain>
        <result>fail</result>
      </spf>
    </auth_results>
  </record>
</feedback>
""".replace("example-reporter.com", "reporter.example").replace("example.com", "example.org")


def check_dialects(s):
    for uri in (None, "http://dmarc.org/dmarc-xml/0.1", "http//dmarc.org/dmarc-xml/0.1", "http://dmarc.org/dmarc-xml/2.0",
                "urn:ietf:params:xml:ns:dmarc-2.0"):
        s.whole("(11) namespace %s does not hide the report" % uri, head("<feedback>", '<feedback xmlns="%s">' % uri)
                if uri else XML, repaired=False, namespace=uri, warnings=[])
    s.whole("(11) nor one with a prefix", XML.replace("<feedback>", '<d:feedback xmlns:d="http://dmarc.org/dmarc-xml/0.1">')
            .replace("</feedback>", "</d:feedback>"), namespace="http://dmarc.org/dmarc-xml/0.1")
    s.whole("(11) nor a prefix that nobody declared", XML.replace("<feedback>", "<d:feedback>")
            .replace("</feedback>", "</d:feedback>"))
    with s.tap.guard("appendix"):
        r = s.report(APP_B)
        got = {k: r[k] for k in ("org_name", "report_id", "begin", "end", "generator", "domain", "p", "sp", "np", "testing",
                                 "discovery_method", "version", "pct", "complete", "repairs", "messages")}
        s.tap.equal(got, {"org_name": "Sample Reporter", "report_id": "3v98abbp8ya9n3va8yr8oa3ya", "begin": 302832000,
                          "end": 302918399, "generator": "Example DMARC Aggregate Reporter v1.2", "domain": "example.org",
                          "p": "quarantine", "sp": "none", "np": "none", "testing": "n", "discovery_method": "treewalk",
                          "version": "1.0", "pct": None, "complete": True, "repairs": [], "messages": 123},
                    "(12) the sample of RFC 9990 appendix B is read in full")
        s.tap.equal((r["rows"][0]["disposition"], r["rows"][0]["trust"], r["rows"][0]["dkim_auth"][0]["selector"]),
                    ("pass", "partially_trusted", "abc123"), "(12) its selector stands behind its result, and is kept")
    for version, want in (("<version>0.1</version>", "0.1"), ("", None), ("<version>2.0</version>", "2.0")):
        s.whole("(13) version %s does not hide the report" % want, head("<feedback>", "<feedback>" + version), version=want)
    s.value("(14) `identities` for `identifiers` does not lose the From domain", row(identifiers="identities"),
            first("header_from"), "univ.example")
    extended = head("<feedback>", '<feedback xmlns:x="https://receiver.example/ext">')
    extended = head("<record>", "<extension><x:top>1</x:top></extension><record>", extended)
    extended = head("</record>", "<x:row>ok</x:row></record>", extended)
    extended = head("<p>none</p>", "<version_published>1</version_published><p>none</p>", extended)
    s.whole("(32) extensions of the report and of a record do not hide rows, and are named", extended, repaired=False,
            extensions=["{}version_published", "{}extension", "{https://receiver.example/ext}top", "{https://receiver.example/ext}row"])


# --- 3.3 and 3.4: structure and values ---

def check_values(s):
    spf = "<spf><domain>lists.example.org</domain><result>pass</result></spf>"
    with s.tap.guard("many"):
        got = s.report(row(auth="<dkim></dkim>" + spf * 3))["rows"][0]
        s.tap.equal((len(got["spf_auth"]), len(got["dkim_auth"]), got["dkim_auth"][0]["result"]), (3, 1, None),
                    "(15) three spf and an empty dkim are all kept, and the empty one is not a pass")
    for dkim, spf, trust in (("Pass", " PASS ", "fully_trusted"), ("hardfail", "unknown", "untrusted"),
                             ("", "pass", "partially_trusted"), ("softfail", "none", "untrusted")):
        s.value("(16) dkim %r and spf %r are %s" % (dkim, spf, trust), row(dkim=dkim, spf=spf, auth=""), trusted, [trust])
    for disposition, trust in (("pass", "untrusted"), ("none", "untrusted"), ("", "untrusted"), ("Reject", "rejected"),
                               ("QUARANTINE", "quarantined"), ("discard", "untrusted")):
        s.value("(17) disposition %r of a row that fails both is %s" % (disposition, trust),
                row(disposition=disposition, dkim="fail"), trusted, [trust])
    s.value("(17) disposition reject does not untrust a row that passed", row(disposition="reject"), trusted,
            ["partially_trusted"])
    for begin, end, want in (("1627776308616", "1627862708616", (1627776308, 1627862708)),
                             ("1757894400", "1757894400", (1757894400, 1757894400)),
                             ("1700000000.5", "1700086399.9", (1700000000, 1700086399)),
                             ("1757980799", "1757894400", (1757980799, 1757894400)),
                             (" 1757894400 ", "1757980799\n", (1757894400, 1757980799))):
        text = head("<begin>1757894400</begin><end>1757980799</end>", "<begin>%s</begin><end>%s</end>" % (begin, end))
        s.whole("(18) begin %r and end %r are read as seconds" % (begin, end), text, begin=want[0], end=want[1])
    for count, want in (("0", 0), ("-1", 0), ("1000000000", 1000000000), ("99999999999999999999", 0), ("", 0), ("12x", 0),
                        (" 5 ", 5)):
        with s.tap.guard("count"):
            r = s.report(row(count=count))
            s.tap.equal((r["rows"][0]["count"], r["messages"], sum(r["totals"].values())), (want, want, want),
                        "(19) a count of %r is %d in the row and in the totals" % (count, want))
            if count in ("-1", "99999999999999999999", "12x"):
                s.tap.case(r["warnings"], "(19) a count of %r is warned of" % count, r["warnings"])
    for address in ("::FFFF:192.0.2.1", " 192.0.2.1 ", "[2001:db8::1]", "mail.univ.example", "2001:DB8:0:0:0:0:0:1%eth0"):
        s.value("(20) source_ip %r does not lose its row" % address, row(source_ip=address),
                lambda r: (r["messages"], r["rows"][0]["source_ip"]), (7, address.strip()))
    s.value("(21) a missing header_from does not lose the row", row(header_from=None),
            lambda r: (r["messages"], r["rows"][0]["header_from"], trusted(r)), (7, None, ["partially_trusted"]))
    for written, want in (("&lt;&gt;", "<>"), ("someone@lists.example.org", "someone@lists.example.org"), ("", None)):
        s.value("(22) envelope_from %r is kept as written" % written, row(envelope_from=written), first("envelope_from"), want)
    s.value("(22) a raw <> in envelope_from does not lose the row", row(envelope_from="<>"),
            lambda r: (r["messages"], r["rows"][0]["envelope_from"], r["rows"][0]["header_from"]), (7, "<>", "univ.example"))
    for name, xml, want in (
            ("two reasons are both kept", "<reason><type>forwarded</type></reason><reason><type>Mailing_List</type>"
             "<comment>arc=pass as[1].d=example.org</comment></reason>",
             [{"type": "forwarded", "comment": None}, {"type": "mailing_list", "comment": "arc=pass as[1].d=example.org"}]),
            ("an unknown type is kept", "<reason><type>arc</type><comment/></reason>", [{"type": "arc", "comment": None}]),
            ("a comment alone is kept", '<reason><comment lang="en">t=y</comment></reason>',
             [{"type": None, "comment": "t=y"}]),
            ("an empty reason is left out", "<reason></reason><reason><type/></reason>", []),
            ("bare text in a reason is its comment", "<reason>sampled</reason>", [{"type": None, "comment": "sampled"}])):
        s.value("(30) " + name, row(reasons=xml), first("reasons"), want)
    for written, want in (("", None), ("<pct></pct>", None), ("<pct>abc</pct>", None), ("<pct>0</pct>", 0),
                          ("<pct>0</pct><testing>y</testing>", 0)):
        s.value("(31) pct %r is %s, never 100" % (written, want), head("<pct>100</pct>", written), lambda r: r["pct"], want)
    s.value("(31) t and pct stand side by side", head("<pct>100</pct>", "<pct>0</pct><testing>y</testing>"),
            lambda r: (r["pct"], r["testing"]), (0, "y"))


# --- 2: carriage ---

def kinds(lines):
    return [(g["kind"], g.get("report_id", g.get("code"))) for g in lines]


def check_containers(s):
    packed = samples.gz(XML)
    for name, file, data in (
            ("gzip that is named .zip", "a.zip", packed), ("zip that is named .gz", "a.xml.gz", samples.zipped(XML)),
            ("gzip with a CRLF behind it", "a.xml.gz", packed + CRLF), ("gzip with junk behind it", "a.gz", packed + b"junk" * 99),
            ("double gzip", "a.xml.gz", gz(packed)), ("zip of a gzip", "a.zip", zip_of([("a.xml.gz", packed)])),
            ("gzip in two members", "a.xml.gz", samples.gz(XML[:900]) + samples.gz(XML[900:]))):
        s.whole("(24) %s is read" % name, data, file)
    kind = "application/zip"
    s.whole("(24) zip that is typed as gzip is read", samples.mail(samples.zipped(XML), "a.gz", "application/gzip"), "a.eml")
    s.whole("(24) gzip that is typed as zip is read", samples.mail(packed, "a.zip", kind), "a.eml")
    typed = part(["Content-Type: multipart/alternative; name=a.gz", "Content-Transfer-Encoding: base64"], base64_of(packed))
    s.whole("(24) gzip that is typed as multipart is read", multipart(typed), "a.eml")
    s.whole("(24) so is such a mail as a whole", samples.mail(packed, "a.gz", "multipart/alternative"), "a.eml")
    with s.tap.guard("zips"):
        got = s.parse(zip_of([("reports/", b""), ("reports/a.xml", samples.report(0)), ("b.xml", samples.report(1))]), "a.zip")
        s.tap.equal(kinds(got), [("aggregate", "r0"), ("aggregate", "r1")], "(24) a zip with a folder gives both its reports")
        s.tap.equal(kinds(s.parse(gz(b"unused"), "a.xml.gz")), [("unparseable", "no-report")],
                    "(24) gzip of the word `unused` is no report, and no crash")


def nested(inner, times=1):
    for _ in range(times):
        inner = multipart(part(["Content-Type: text/plain"], b"See below."), part(["Content-Type: message/rfc822"], inner))
    return inner


def check_mails(s):
    quoted = XML.replace("=", "=3D").replace("<record>", "<record=\n>", 1).replace("\n", "\r\n").encode()
    quoted = (b"From: a@receiver.example\r\nTo: b@univ.example\r\nMIME-Version: 1.0\r\nContent-Type: text/xml\r\n"
              b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + quoted)
    s.whole("(25) quoted-printable XML with =3D and soft line ends is read", quoted, "a.eml", repaired=False)
    inner = samples.mail(samples.gz(XML), "a.xml.gz", "application/gzip")
    for times in (1, 3):
        s.whole("(26) a report in %d forwarded mail(s) is read" % times, nested(inner, times), "a.eml")
    for header in ("message/rfc822\r\nContent-Transfer-Encoding: base64", "application/octet-stream\r\n"
                   "Content-Transfer-Encoding: base64"):
        s.whole("(26) so is one in a mail in base64, as " + header.split("\r")[0],
                multipart(part(["Content-Type: " + header], base64_of(inner))), "a.eml")
    split = part(["Content-Type: application/octet-stream", "Content-Disposition: attachment;",
                  " filename*0=receiver.example!univ.example!1757894400;", " filename*1=!1757980799.xml.gz",
                  "Content-Transfer-Encoding: base64"], base64_of(samples.gz(XML)))
    s.value("(26) a file name in two pieces is one name", multipart(split), lambda r: r["member"].count(
        "receiver.example!univ.example!1757894400!1757980799.xml.gz"), 1, "a.eml")
    misspelt = inner.replace(b"Content-Type:", b"ContentType:")
    s.whole("(26) a header written ContentType does not hide the report", misspelt, "a.eml")
    whole_body = (b"From: noreply@receiver.example\r\nTo: dmarc@univ.example\r\nMIME-Version: 1.0\r\n"
                  b"Content-Type: application/zip; name=\"receiver.example!univ.example!1757894400!1757980799.zip\"\r\n"
                  b"Content-Disposition: attachment\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
                  base64_of(samples.zipped(XML)))
    s.whole("(27) a mail whose whole body is the zip is read", whole_body, "a.eml")
    attachment = part(["Content-Type: application/gzip; name=a.xml.gz", "Content-Transfer-Encoding: base64"],
                      base64_of(samples.gz(XML)))
    preview = multipart(part(["Content-Type: text/html; charset=utf-8"], b"<html><body>This is a preview.</body></html>"),
                        attachment, subject="[Preview] Report Domain: univ.example Submitter: receiver.example Report-ID: r0")
    s.whole("(28) HTML beside the report is not taken for it", preview, "a.eml", repaired=False)
    amazon = multipart(part(["Content-Type: text/plain"], b"Report attached."), attachment,
                       subject="Dmarc Aggregate Report Domain: {univ.example}  Submitter: {receiver.example}  "
                               "Date: {2025-09-15}  Report-ID: {r0}")
    s.whole("(28) a Subject with braces is no matter", amazon, "a.eml", repaired=False)
    long = "n" * 60000
    s.whole("a part's name of 60,000 bytes does not lose the report", samples.mail(samples.gz(XML), long, "application/gzip"),
            "a.eml")
    long = "n" * 65000
    s.whole("names of 65,000 bytes in zip in zip do not lose the report",
            zip_of([(long, zip_of([(long, XML)]))]), "a.zip")


def check_refusals(s):
    """(29) in small; bombs.py has them in full."""
    entities = '<?xml version="1.0"?>\n<!DOCTYPE feedback [<!ENTITY a "b">]>\n' + XML[XML.index("<feedback"):]
    for name, data, code in (
            ("blanks without end", gz(b"<feedback>" + b" " * 70000000), "too-large"),
            ("empty records without end", gz(b"<feedback>" + b"<record/>" * 500000 + b"</feedback>"), "too-many"),
            ("elements in each other without end", "<feedback>" + "<a>" * 100 + "</a>" * 100 + "</feedback>", "too-deep"),
            ("entities in a DOCTYPE", entities, "doctype"),
            ("entities in a DOCTYPE of a damaged document", entities.replace("</feedback>", "&</feedback>"), "doctype"),
            ("entities in a DOCTYPE of UTF-16", entities.replace("UTF-8", "UTF-16").encode("utf-16"), "doctype")):
        with s.tap.guard(name):
            s.tap.equal(kinds(s.parse(data)), [("unparseable", code)], "(29) %s: %s" % (name, code))


def check_tls(s):
    report = {"organization-name": "receiver.example", "contact-info": None, "report-id": "2025-09-15:r0@receiver.example",
              "date-range": {"start-datetime": "2025-09-15T00:00:00Z", "end-datetime": "2025-09-15T23:59:59Z"}, "policies": []}
    with s.tap.guard("tls"):
        got = s.parse(json.dumps(report), "a.json", ok=(0,))
        for line in got:
            line.pop("file"), line.pop("member")
        s.tap.equal(got, [{"kind": "tlsrpt", "organization_name": "receiver.example", "contact_info": None,
                           "report_id": "2025-09-15:r0@receiver.example", "start": "2025-09-15T00:00:00Z",
                           "end": "2025-09-15T23:59:59Z", "policies": []}],
                    "(33) a TLS report with null contact-info and no policies is read")


# --- 2.3: what is stored ---

class Store:
    def __init__(self, s, name):
        self.s, self.db, self.n = s, os.path.join(s.top, name + ".db"), 0

    def take(self, data, ok=(0,)):
        """How import counted it: what of (reports, duplicates, replaced, twins) is not 0; and all messages by now."""
        self.n += 1
        path = samples.write(self.s.top, "%s.%d.xml" % (self.db, self.n), data)
        said = json.loads(ruad("--db", self.db, "import", "--format", "json", path, ok=ok).stdout)
        total = json.loads(ruad("--db", self.db, "summary", "--period", "all", "--format", "json", ok=(0, 1)).stdout)["total"]
        return {k: said[k] for k in ("reports", "duplicates", "replaced", "twins") if said[k]}, total["messages"]


def check_store(s):
    n = samples.MESSAGES
    with s.tap.guard("identity"):
        store = Store(s, "identity")
        store.take(XML)
        s.tap.equal(store.take(XML), ({"duplicates": 1}, n), "(23) a report sent again is counted once")
        s.tap.equal(store.take(XML.replace("\n", "\r\n")), ({"duplicates": 1}, n),
                    "(23) so is one sent again with other line ends")
        other = head("<begin>1757894400</begin><end>1757980799</end>", "<begin>1757980800</begin><end>1758067199</end>")
        s.tap.equal(store.take(other), ({"reports": 1}, 2 * n), "(23) the same id for another period is another report")
        twin = head("<count>100</count>", "<count>101</count>")
        s.tap.equal(store.take(twin), ({"reports": 1, "twins": 1}, 3 * n + 1),
                    "(23) the same id and period with other content: both are kept, and flagged")
        s.tap.equal(store.take(twin), ({"duplicates": 1}, 3 * n + 1), "(23) and each only once")
    with s.tap.guard("cut"):
        store = Store(s, "cut")
        cut = XML[:XML.index("</record>") + len("</record>")]
        store.take(cut, ok=(0, 1))
        s.tap.equal(store.take(XML), ({"reports": 1, "replaced": 1}, n), "(23) a whole report takes the place of the cut one")
        s.tap.equal(store.take(cut, ok=(0, 1)), ({"duplicates": 1}, n), "(23) and the cut one does not come back")
    with s.tap.guard("ids"):
        store = Store(s, "ids")
        store.take(head("<report_id>r0</report_id>", "<report_id></report_id>"))
        s.tap.equal(store.take(twin.replace("<report_id>r0</report_id>", "<report_id></report_id>")),
                    ({"reports": 1}, 2 * n + 1), "(23) two reports without an id are two")


def main():
    tap = Tap()
    keep = sys.argv[2] if sys.argv[1:2] == ["--keep"] else None
    with contextlib.nullcontext(keep) if keep else folder() as top:
        s = Suite(tap, top)
        for check in (check_bytes, check_dialects, check_values, check_containers, check_mails, check_refusals, check_tls,
                      check_store):
            with tap.guard(check.__name__):
                check(s)
    tap.end()


if __name__ == "__main__":
    main()
