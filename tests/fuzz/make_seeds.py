#!/usr/bin/env python3
"""Writes the seed corpora of the fuzz targets, corpus/TARGET/NAME, each file named for what it holds.
All of it is invented here, in the shapes of FORMATS; findings (files named found-*) are left where they are.
  tests/fuzz/make_seeds.py [TARGET...]"""
import base64
import gzip
import io
import os
import quopri
import struct
import sys
import tarfile
import zipfile
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
MOST_BYTES = 4096
WHEN = (2026, 6, 1, 0, 0, 0)


# --- aggregate reports ---

def auth(kind, domain="univ.example", result="pass", more=""):
    return f"<{kind}><domain>{domain}</domain>{more}<result>{result}</result></{kind}>"


def record(ip="192.0.2.1", count="2", disposition="none", dkim="pass", spf="fail", reason="",
           header_from="univ.example", auths=auth("dkim") + auth("spf", "lists.example.org"), more=""):
    return (f"<record><row><source_ip>{ip}</source_ip><count>{count}</count><policy_evaluated>"
            f"<disposition>{disposition}</disposition><dkim>{dkim}</dkim><spf>{spf}</spf>{reason}"
            f"</policy_evaluated></row>"
            f"<identifiers><header_from>{header_from}</header_from></identifiers>"
            f"<auth_results>{auths}</auth_results>{more}</record>")


def report(*records, org="Reporter", report_id="20260601.ab12", begin="1780272000", end="1780358399", attributes="",
           policy="<p>quarantine</p><sp>none</sp><pct>100</pct>",
           declaration='<?xml version="1.0" encoding="UTF-8"?>\n',
           email="d@reporter.example", before="", after=""):
    return (f"{declaration}<feedback{attributes}>{before}<report_metadata><org_name>{org}</org_name>"
            f"<email>{email}</email>"
            f"<report_id>{report_id}</report_id><date_range><begin>{begin}</begin><end>{end}</end></date_range>"
            f"</report_metadata><policy_published><domain>univ.example</domain>{policy}</policy_published>"
            f"{''.join(records or (record(),))}{after}</feedback>")


RFC7489 = """<?xml version="1.0"?>
<feedback xmlns="http://dmarc.org/dmarc-xml/0.1"><version>1.0</version>
<report_metadata><org_name>Reporter</org_name><email>d@reporter.example</email>
<extra_contact_info>https://reporter.example/d</extra_contact_info><report_id>20260601-ab12</report_id>
<date_range><begin>1780272000</begin><end>1780358399</end></date_range>
<error>multiple policy records</error></report_metadata>
<policy_published><domain>univ.example</domain><adkim>r</adkim><aspf>s</aspf><p>reject</p><sp>none</sp>
<pct>100</pct><fo>1:d:s</fo>
</policy_published><record><row><source_ip>2001:db8::1</source_ip><count>12</count><policy_evaluated>
<disposition>none</disposition><dkim>fail</dkim><spf>fail</spf><reason><type>local_policy</type>
<comment>arc=pass</comment></reason>
<reason><type>forwarded</type></reason></policy_evaluated></row><identifiers><envelope_to>example.org</envelope_to>
<envelope_from>lists.example.org</envelope_from><header_from>univ.example</header_from></identifiers><auth_results>
<dkim><domain>univ.example</domain><selector>s1</selector><result>fail</result>
<human_result>body hash</human_result></dkim>
<spf><domain>lists.example.org</domain><scope>mfrom</scope>
<result>softfail</result></spf></auth_results></record></feedback>
"""

RFC9990 = """<feedback xmlns="urn:ietf:params:xml:ns:dmarc-2.0" xmlns:x="https://reporter.example/ext">
<version>1.0</version>
<report_metadata><org_name>Reporter</org_name><email>d@reporter.example</email>
<extra_contact_info lang="en">https://reporter.example/d</extra_contact_info>
<report_id>20260601-ab12@reporter.example</report_id>
<date_range><begin>1780272000</begin><end>1780358399</end></date_range><error lang="en">e</error>
<generator>Gen 2.1</generator>
</report_metadata><policy_published><domain>univ.example</domain><p>quarantine</p><sp>none</sp><np>reject</np>
<adkim>r</adkim>
<aspf>r</aspf><discovery_method>treewalk</discovery_method><fo>1:d</fo><testing>y</testing></policy_published>
<extension><x:top>1</x:top></extension><record><row><source_ip>203.0.113.7</source_ip><count>3</count><policy_evaluated>
<disposition>pass</disposition><dkim>fail</dkim><spf>fail</spf><reason><type>policy_test_mode</type>
<comment lang="en">t=y</comment>
</reason></policy_evaluated></row><identifiers><header_from>sub.univ.example</header_from><envelope_from/>
<envelope_to>reporter.example</envelope_to></identifiers><auth_results><dkim><domain>univ.example</domain>
<selector>s1</selector>
<result>fail</result><human_result lang="en">body hash</human_result></dkim><spf>
<domain>lists.example.org</domain><scope>mfrom</scope>
<result>policy</result><human_result>h</human_result></spf></auth_results><x:row>chain-ok</x:row></record></feedback>
"""


def reason(kind, comment):
    return f"<reason><type>{kind}</type><comment>{comment}</comment></reason>"


def aggregate():
    three = report(record(), record("198.51.100.2", "1234"), record("2001:db8::5", "7"))
    values = report(record(disposition="Pass", dkim="hardfail", spf="", count="-1"),
                    record("::FFFF:192.0.2.1", "1000000000"),
                    record(" [2001:db8::1] ", "99999999999999999999"),
                    record("mail.univ.example", "0", header_from="<a@univ.example>"),
                    begin="1700000000.5", end="1627776308616",
                    policy="<p>NONE</p><sp/><pct>abc</pct><testing>y</testing>")
    return {
        "rfc7489-every-element": RFC7489,
        "rfc9990-every-element": RFC9990,
        "google-no-version": report(policy="<p>none</p><sp>none</sp><pct>100</pct><np>none</np>"),
        "bom-crlf": b"\xef\xbb\xbf" + report().replace("><", ">\r\n<").encode(),
        "blank-before-declaration": "\n \n" + report(),
        "encoding-ansi": report(declaration='<?xml version="1.0" encoding="ANSI"?>'),
        "encoding-empty": report(declaration='<?xml version="1.0" encoding=""?>'),
        "utf16-le-bom": report().replace("UTF-8", "UTF-16").encode("utf-16"),
        "utf16-be-no-bom": report(declaration='<?xml version="1.0"?>').encode("utf-16-be"),
        "utf16-declared-utf8-bytes": report(declaration='<?xml version="1.0" encoding="UTF-16"?>'),
        "latin1-under-utf8": report(org="Universit\xe9").encode("latin-1"),
        "koi8-declared":
            report(declaration='<?xml version="1.0" encoding="KOI8-R"?>', org="\u041f\u043e").encode("koi8-r"),
        "iso2022jp-declared":
            report(declaration='<?xml version="1.0" encoding="ISO-2022-JP"?>', org="\u65e5").encode("iso2022-jp"),
        "nul-between-records": report(record(), "\0", record("198.51.100.2")),
        "control-characters": report(org="A\x01B\x1f"),
        "raw-ampersand": report(org="AT&T & Sons &nbsp; &#0; &#xfffe; &#65;"),
        "raw-brackets": report(email="<bad@reporter.example>"),
        "less-than-in-text": report(org="a < b > c <"),
        "cut-last-byte": report()[:-1],
        "cut-root-end": report()[:-6],
        "cut-in-third-record": three[:three.rfind("<count>") + 9],
        "cut-in-tag": three[:three.rfind("<header_from") + 5],
        "cut-in-comment": three[:-11] + "<!-- cut",
        "two-documents": report() + "\n" + report(record("198.51.100.9")),
        "junk-before-and-after": "junk <" + report() + "junk </x>",
        "xs-schema-wrapper": "<xs:schema xmlns:xs='urn:x'>" + report(),
        "xs-schema-inside": report(before="<xs:schema attr='1'>"),
        "no-root": report()[49:-11].replace("<feedback>", ""),
        "prefixed-root": (report().replace("<feedback", "<d:feedback xmlns:d='http://dmarc.org/dmarc-xml/0.2'")
                          .replace("</feedback", "</d:feedback")),
        "undefined-prefix": report().replace("feedback>", "q:feedback>"),
        "typo-namespace": report(attributes=' xmlns="http//dmarc.org/dmarc-xml/0.1"'),
        "doctype": report(declaration='<?xml version="1.0"?><!DOCTYPE feedback [<!ENTITY a "b">]>'),
        "broken-end-tag": report().replace("ab12</report_id>", "ab12/report_id>"),
        "missing-end-tag": report().replace("</email>", "").replace("</row>", ""),
        "crossed-tags": report().replace("</p><sp>", "<sp></p>"),
        "identities": report().replace("identifiers>", "identities>"),
        "stray-text": report().replace("</sp>", "</sp>11"),
        "upper-case": report().upper().replace("<?XML VERSION", "<?xml version").replace("ENCODING", "encoding"),
        "odd-values": values,
        "calendar-dates": report(begin="2026-06-01T00:00:00Z", end="06/01/2026 23:59:59 +0200"),
        "three-spf-empty-dkim": report(record(auths="<dkim/>" + auth("spf") * 3)),
        "no-record": report("<!-- -->"),
        "record-without-row": report("<record></record>"),
        "two-rows-in-record": report(record().replace("</row>", "</row><row><count>4</count></row>")),
        "reasons": report(record(reason=reason("local_policy", "arc=fail as[2].d=a.example") + reason("", "")
                                 + "<reason>bare</reason>")),
        "repeated-policy": report(after="<policy_published><domain>b.example</domain></policy_published>"),
        "unknown-elements": report(after="<extensions><extension name='a' definition='b'/></extensions><ri>86400</ri>"),
        "cdata-and-comments": report(org="<![CDATA[a & b <c>]]>", before="<!-- x --><?pi y?>"),
        "markup-never-closed": "<feedback> & </p><record>" + "<!--" * 30 + "<?" * 30 + "<![CDATA[" * 30,
        "documents-over-limit": "& <feedback/>" * 120,
        "long-namespace": report(attributes=f' xmlns="{"u" * 1500}"'),
        "chain-of-prefixes": "<feedback> & </p>" + ":feedback" * 100,
        "self-closing-root": "<feedback/>",
        "only-root": "<feedback></feedback>",
        "html": "<html><body>no</body></html>",
        "deep": "<feedback>" + "<a>" * 40,
        "nested-feedback": "<feedback>" + report(declaration="") + "</feedback>",
    }


# --- containers ---

def gz(data, name=""):
    out = io.BytesIO()
    with gzip.GzipFile(name, "wb", 9, out, 1780272000) as f:
        f.write(data)
    return out.getvalue()


def zipped(*files, method=zipfile.ZIP_DEFLATED, streamed=False):
    class Pipe(io.RawIOBase):
        data = b""

        def writable(self):
            return True

        def write(self, b):
            self.data += bytes(b)
            return len(b)

    out = Pipe() if streamed else io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as z:
        for name, data in files:
            z.writestr(zipfile.ZipInfo(name, WHEN), data, method)
    return out.data if streamed else out.getvalue()


def tarred(*files, form=tarfile.USTAR_FORMAT):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form, bufsize=512) as t:
        for name, data in files:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            t.addfile(info, io.BytesIO(data))
    return out.getvalue().rstrip(b"\0") + b"\0" * 1024


def encrypted_zip():
    data = bytearray(zipped(("r.xml", b"secret bytes")))
    data[6] |= 1
    data[data.rfind(b"PK\1\2") + 8] |= 1
    return bytes(data)


def unpack():
    x = report(record()).encode()
    small = b"<feedback><version>1</version></feedback>"
    xml_zip = zipped(("r.xml", x))
    return {
        "gz": gz(x),
        "gz-with-name": gz(x, "r.xml"),
        "gz-crlf-tail": gz(x) + b"\r\n",
        "gz-junk-tail": gz(x) + b"junk",
        "gz-two-members": gz(x[:200]) + gz(x[200:]),
        "gz-member-then-1f": gz(x) + b"\x1f",
        "gz-cut": gz(x)[:-20],
        "gz-header-only": gz(x)[:12],
        "gz-bad-crc": gz(x)[:-8] + b"12345678",
        "gz-damaged": gz(x)[:90] + b"\xff\xfe" + gz(x)[92:],
        "gz-unused": gz(b"unused"),
        "gz-empty": gz(b""),
        "gz-gz": gz(gz(small)),
        "gz-gz-gz-gz": gz(gz(gz(gz(small)))),
        "gz-zeros": gz(b"\0" * 100000),
        "gz-over-part": gz(b"<a/>" * 90000),
        "zlib": zlib.compress(x),
        "zlib-cut": zlib.compress(x)[:-9],
        "zip": xml_zip,
        "zip-stored": zipped(("r.xml", small), method=zipfile.ZIP_STORED),
        "zip-streamed": zipped(("r.xml", x), streamed=True),
        "zip-two-and-folder":
            zipped(("d/", b""), ("d/a.xml", small), ("d/b.json", b"{}"), ("__MACOSX/._a", b"x"), ("._b", b"x")),
        "zip-of-gz": zipped(("r.xml.gz", gz(x))),
        "gz-of-zip": gz(xml_zip),
        "zip-in-zip": zipped(("a.zip", zipped(("b.zip", xml_zip)))),
        "zip-empty": zipped(),
        "zip-cut": xml_zip[:-30],
        "zip-no-directory": xml_zip[:xml_zip.find(b"PK\1\2")],
        "zip-damaged": xml_zip[:60] + b"\xff" * 20 + xml_zip[80:],
        "zip-encrypted": encrypted_zip(),
        "zip-many-entries": zipped(*((f"{i}", b"") for i in range(30))),
        "zip-lzma": zipped(("r.xml", small), method=zipfile.ZIP_LZMA),
        "zip-bzip2": zipped(("r.xml", small), method=zipfile.ZIP_BZIP2),
        "zip-lies-about-size": xml_zip.replace(struct.pack("<I", len(x)), struct.pack("<I", 10)),
        "zip-path-outside": zipped(("../../etc/r.xml", small)),
        "tar": tarred(("r.xml", small)),
        "tar-pax": tarred(("r\xe9.xml", small), form=tarfile.PAX_FORMAT),
        "tar-gnu-long-name": tarred(("d/" + "n" * 150, small), form=tarfile.GNU_FORMAT),
        "tar-gz": gz(tarred(("a.xml", x), ("b.xml", small))),
        "seven-zip-empty": b"7z\xbc\xaf\x27\x1c\0\4" + struct.pack("<I", zlib.crc32(b"\0" * 20)) + b"\0" * 20,
        "plain-xml": x,
        "empty": b"",
    }


# --- mails ---

def headers(content, subject="Report Domain: univ.example Submitter: reporter.example Report-ID: <ab12>",
            encoding="base64", more=""):
    lines = [f"From: d@reporter.example", "To: dmarc@univ.example", f"Subject: {subject}", "MIME-Version: 1.0"]
    lines += [f"Content-Type: {content}"] if content else []
    lines += [f"Content-Transfer-Encoding: {encoding}"] if encoding else []
    return "\r\n".join(lines) + "\r\n" + more + "\r\n"


def wrapped(data):
    return base64.encodebytes(data).decode().replace("\n", "\r\n")


def part(content, body, encoding="base64", more=""):
    return f"Content-Type: {content}\r\nContent-Transfer-Encoding: {encoding}\r\n{more}\r\n{body}"


def multipart(*parts, kind="mixed", boundary="b", top=headers, end=True):
    lines = "".join(f"--{boundary}\r\n{p}\r\n" for p in parts) + (f"--{boundary}--\r\n" if end else "")
    return top(f"multipart/{kind}; boundary=\"{boundary}\"", encoding="") + "preamble\r\n" + lines


FEEDBACK = ("Feedback-Type: auth-failure\r\nUser-Agent: Gen/1.0\r\nVersion: 1\r\nAuth-Failure: dmarc\r\n"
            "Reported-Domain: univ.example\r\n"
            "Source-IP: 192.0.2.7 (host.example.org)\r\nDelivery-Result: reject\r\nIdentity-Alignment: dkim, spf\r\n"
            "Authentication-Results: mx.example.org;\r\n dkim=fail header.d=univ.example;"
            "\r\n\tspf=fail\r\nDKIM-Domain: univ.example\r\n"
            "DKIM-Selector: s1\r\nSPF-DNS: txt : univ.example : \"v=spf1 -all\"\r\nOriginal-Mail-From: "
            "<a@univ.example>\r\n"
            "Arrival-Date: Mon, 1 Jun 2026 10:00:00 +0000\r\nIncidents: 2\r\n\r\n")


def mail():
    x = report(record()).encode()
    small = b"<feedback><version>1.0</version></feedback>"
    z, g = zipped(("r.xml", x)), gz(x)
    disposition = ('Content-Disposition: attachment;'
                   ' filename="reporter.example!univ.example!1780272000!1780358399.xml.gz"\r\n')
    split = "Content-Disposition: attachment;\r\n filename*0=reporter.example!univ;\r\n filename*1=.xml.gz\r\n"
    rfc2231 = "Content-Disposition: attachment; filename*=utf-8''r%C3%A9port%00.xml.gz\r\n"
    word = 'Content-Disposition: attachment; filename="=?utf-8?B?csOpcC54bWw=?="\r\n'
    text = part("text/plain; charset=iso-8859-1", "This is a report.=E9\r\n", "quoted-printable")
    long_name = "n\u00e9" * 500
    tls = TLS[0].encode()
    inner = headers("application/gzip") + wrapped(g)
    feedback = (text, part("message/feedback-report", FEEDBACK, "7bit"),
                part("message/rfc822", "From: a@univ.example\r\n\r\nx", "7bit"))
    nested = "From: a@example.org\r\nSubject: x\r\nContent-Type: text/xml\r\n\r\n" + small.decode()
    for _ in range(10):
        nested = "From: a@example.org\r\nSubject: x\r\nContent-Type: message/rfc822\r\n\r\n" + nested
    spaced = "From: a@example.org\r\nSubject: x\r\n\r\n \r\nx"
    for _ in range(5):
        spaced = multipart(part("application/octet-stream", " \r\n" + wrapped(spaced.encode())))
    return {
        "gzip-base64": multipart(text, part("application/gzip", wrapped(g), more=disposition)),
        "zip-whole-body": headers("application/zip; name=r.zip") + wrapped(z),
        "octet-stream-split-name": multipart(part("application/octet-stream", wrapped(g), more=split)),
        "rfc2231-name": multipart(part("application/gzip; name*=utf-8''a", wrapped(g), more=rfc2231)),
        "encoded-word-name": multipart(part("application/gzip; name=\"=?utf-8?Q?a=00b?=\"", wrapped(g), more=word)),
        "quoted-printable-xml": multipart(part("text/xml", quopri.encodestring(x).decode(), "quoted-printable")),
        "plain-xml-inline": multipart(part("text/plain", x.decode(), "7bit")),
        "binary-gzip": headers("application/gzip", encoding="binary").encode() + g,
        "uuencoded": headers("application/gzip", encoding="x-uuencode") + "begin 644 r.xml\r\n"
                     + "+/&9E961B86-K+SX\r\n`\r\nend\r\n",
        "gz-named-zip": multipart(part("application/zip; name=r.zip", wrapped(g))),
        "zip-typed-gzip": multipart(part("application/gzip", wrapped(z))),
        "gz-typed-multipart": headers("multipart/alternative") + wrapped(g),
        "content-type-misspelt": headers("").replace("MIME-V", "ContentType: application/gzip\r\nMIME-V") + wrapped(g),
        "nested-rfc822": multipart(text, part("message/rfc822", inner, "7bit")),
        "nested-rfc822-base64": multipart(part("message/rfc822", wrapped(inner.encode()))),
        "nested-too-deep": nested,
        "nested-base64-blank-lines": spaced,
        "signed":
            multipart(part("application/gzip", wrapped(g)), part("application/pkcs7-signature", "AAAA"), kind="signed"),
        "two-reports": multipart(part("text/xml", small.decode(), "7bit"), part("application/zip", wrapped(z))),
        "aggregate-and-tls":
            multipart(part("application/gzip", wrapped(g)), part("application/tlsrpt+gzip", wrapped(gz(tls)))),
        "tlsrpt":
            multipart(text, part("application/tlsrpt+json", tls.decode(), "7bit"), kind='report; report-type="tlsrpt"'),
        "failure-report": multipart(*feedback, kind="report; report-type=feedback-report"),
        "failure-blank-line-first":
            multipart(part("message/feedback-report", FEEDBACK, "7bit").replace("\r\n\r\n", "\r\n", 1)),
        "failure-base64": multipart(part("message/feedback-report; name=ATT00001", wrapped(FEEDBACK.encode()))),
        "preview-html":
            headers("text/html", "[Preview] Report Domain: univ.example") + wrapped(b"<html><body>Hello</body></html>"),
        "koi8-subject": headers("text/xml", "=?koi8-r?B?0sHa?= Report domain: univ.example", "7bit") + small.decode(),
        "wrong-boundary": multipart(part("text/xml", small.decode(), "7bit")).replace("--b", "--c"),
        "no-boundary": headers("multipart/mixed", encoding="") + "x",
        "no-end": multipart(part("application/gzip", wrapped(g)), end=False),
        "blank-line-of-spaces": multipart(part("text/xml", small.decode(), "7bit")).replace("\r\n\r\n", "\r\n \r\n"),
        "lf-only": multipart(part("application/gzip", wrapped(g))).replace("\r\n", "\n"),
        "base64-with-junk": headers("application/gzip") + wrapped(g).replace("\r\n", "!\r\n* "),
        "base64-cut": headers("application/gzip") + wrapped(g)[:100],
        "many-parts": multipart(*["Content-Type: text/plain\r\n\r\n"] * 110),
        "mail-in-zip": zipped(("m.eml", inner)),
        "mbox": "From d@reporter.example Mon Jun  1 00:00:00 2026\r\n" + inner,
        "long-name": multipart(part("application/gzip", wrapped(g),
                                    more=f'Content-Disposition: attachment; filename="{long_name}"\r\n')),
        "bare-xml": x,
        "bare-gz": g,
        "bare-json": tls,
        "empty": b"",
        "blanks": b" \r\n\t",
        "no-report": headers("text/plain", encoding="7bit") + "Hello",
        "damaged-xml": multipart(part("text/xml", report(org="A & B").replace("</p>", ""), "7bit")),
        "cut-xml-in-gz": headers("application/gzip") + wrapped(gz(x[:-60])),
        "two-documents-in-gz": headers("application/gzip") + wrapped(gz(x + x)),
        "folded-header": headers("application/gzip;\r\n\tname=\"r.xml.gz\"") + wrapped(g),
    }


# --- TLS reports ---

POLICY = ('{"policy":{"policy-type":"sts","policy-string":["version: STSv1","mode: testing",'
          '"mx: *.univ.example","max_age: 86400"],'
          '"policy-domain":"univ.example","mx-host":"*.univ.example"},"summary":{"total-successful-session-count":5326,'
          '"total-failure-session-count":303},"failure-details":[{"result-type":"certificate-expired",'
          '"sending-mta-ip":"2001:db8::1",'
          '"receiving-mx-hostname":"mx1.univ.example","receiving-mx-helo":"mx1","receiving-ip":"203.0.113.58",'
          '"failed-session-count":100,'
          '"additional-information":"https://reporter.example/r","failure-reason-code":"X509_V_ERR"}]}')


def tls_report(policies, start='"2026-06-01T00:00:00Z"', contact='"tls@reporter.example"', ident='"ab12:univ.example"'):
    return (f'{{"organization-name":"Reporter","date-range":{{"start-datetime":{start},'
            f'"end-datetime":"2026-06-01T23:59:59Z"}},'
            f'"contact-info":{contact},"report-id":{ident},"policies":{policies}}}')


TLS = [tls_report(f"[{POLICY}]")]


def tls():
    whole = TLS[0]
    return {
        "whole": whole,
        "contact-null": tls_report(f"[{POLICY}]", contact="null"),
        "no-policies": tls_report("[]"),
        "policies-null": tls_report("null"),
        "policies-object": tls_report(POLICY),
        "two-policies": tls_report(f"[{POLICY},{POLICY}]"),
        "no-zone": tls_report("[]", start='"2026-06-01T00:00:00"'),
        "mx-list": whole.replace('"mx-host":"*.univ.example"', '"mx-host":["mx: a.example","b.example",7,null]'),
        "no-ip": whole.replace('"sending-mta-ip":"2001:db8::1",', ""),
        "no-details": whole[:whole.find(',"failure-details"')] + "}]}",
        "details-empty": tls_report('[{"failure-details":[]}]'),
        "details-odd": tls_report('[{"failure-details":[1,"a",{},[]]},3]'),
        "json-in-string": whole.replace('"version: STSv1"', '"{\\"version\\":\\"STSv1\\"}"'),
        "tlsa": tls_report('[{"policy":{"policy-type":"TLSA","policy-string":["3 0 1 AB"]}}]'),
        "no-policy-found": tls_report('[{"policy":{"policy-type":"no-policy-found","policy-domain":"univ.example"}}]'),
        "counts-odd": tls_report('[{"summary":{"total-successful-session-count":-1,'
                                 '"total-failure-session-count":9223372036854775807}}]'),
        "counts-real":
            tls_report('[{"summary":{"total-successful-session-count":1.5,"total-failure-session-count":"7"}}]'),
        "id-number": tls_report("[]", ident="123"),
        "bom": b"\xef\xbb\xbf" + whole.encode(),
        "trailing": whole + "\r\n\r\n",
        "trailing-junk": whole + "junk",
        "cut": whole[:-20],
        "other-json": '{"a":1}',
        "array": "[1]",
        "escapes": whole.replace("Reporter", "R\\u00e9\\u2028\\ud83d\\ude00\\t\\n"),
        "nul-escape": whole.replace("Reporter", "R\\u0000"),
        "lone-surrogate": whole.replace("Reporter", "\\ud800"),
        "latin1": whole.replace("Reporter", "R\xe9").encode("latin-1"),
        "duplicate-keys": '{"policies":[],"policies":[],"organization-name":"a","organization-name":"b"}',
        "deep": '{"policies":' + "[" * 600,
        "empty": b"",
        "utf16": whole.encode("utf-16"),
    }


# --- failure reports ---

def failure():
    f = FEEDBACK
    return {
        "whole": f,
        "lf-only": f.replace("\r\n", "\n"),
        "no-identity-alignment": f.replace("Identity-Alignment: dkim, spf\r\n", ""),
        "only-type": "Feedback-Type: auth-failure\r\n",
        "repeated-field": f + f.replace("univ", "other"),
        "upper-case": f.upper(),
        "blank-first": "\r\n" + f,
        "unknown-fields": "X-A: b\r\nDKIM-Canonicalized-Body: eA==\r\n" + f,
        "no-colon": "Feedback-Type auth-failure\r\n",
        "colon-first": ": x\r\n::\r\n" + f,
        "folded-first-line": " folded\r\n" + f,
        "only-folds": " a\r\n\tb\r\n",
        "blank-values": "Feedback-Type:\r\nSource-IP: \t \r\nIncidents:\r\n \r\n",
        "latin1": "Reported-Domain: univ\xe9.example\r\n".encode("latin-1"),
        "nul": "Source-IP: 192.0.2.1\0x\r\n",
        "plain-text": "A message claiming to be from you has failed the published DMARC policy.\r\n",
        "no-end-of-line": "Source-IP: 192.0.2.1",
        "spaces-around-name": " Source-IP : 192.0.2.1\r\nIncidents\t: 3\r\n",
        "cr-only": f.replace("\r\n", "\r"),
        "empty": b"",
    }


# --- frames between processes (schema/wire.h, daemon/channel.h) ---

def uint(n):
    out = b""
    while True:
        out += bytes([n & 0x7f | (0x80 if n > 0x7f else 0)])
        n >>= 7
        if n == 0:
            return out


def sint(n):
    return uint((n << 1 ^ n >> 63) & (1 << 64) - 1)


def text(s):
    if s is None:
        return b"\0"
    s = s.encode() if isinstance(s, str) else s
    return uint(len(s) + 1) + s


def texts(*all_of_them):
    return b"".join(text(s) for s in all_of_them)


def notes(*lines):
    return texts(*lines) + b"\0"


def listed(*items):
    return b"".join(b"\1" + i for i in items) + b"\0"


def wire_auth(domain="univ.example", selector=None, scope=None, result="pass", human=None):
    return texts(domain, selector, scope, result, human)


def wire_row(ip="192.0.2.1", count=2, disposition="none", dkim="pass", spf="fail", reasons=(),
             header_from="univ.example",
             envelope_from=None, envelope_to=None, dkims=(wire_auth(selector="s1"),), spfs=(wire_auth(scope="mfrom"),)):
    return (text(ip) + sint(count) + texts(disposition, dkim, spf) + listed(*(texts(*r) for r in reasons))
            + texts(header_from, envelope_from, envelope_to) + listed(*dkims) + listed(*spfs))


HEAD = dict(file="m.eml", member="part2(r.xml.gz)", version="1.0", namespace="urn:ietf:params:xml:ns:dmarc-2.0",
            org_name="Reporter", email="d@reporter.example", contact="https://reporter.example", report_id="ab12",
            generator="Gen 2", domain="univ.example",
            p="quarantine", sp="none", np="reject", testing="y", adkim="r", aspf="s", fo="1:d", method="treewalk")


def wire_report(*rows, form=1, complete=1, begin=1780272000, end=1780358399, pct=100, repairs=(), warnings=(),
                errors=(), extensions=(), **head):
    return (uint(form) + uint(complete) + texts(*{**HEAD, **head}.values()) + notes(*repairs) + notes(*warnings)
            + notes(*errors)
            + notes(*extensions) + sint(begin) + sint(end) + sint(pct) + bytes(range(16)) + listed(*rows))


def report_frames():
    least = wire_report(**{k: None for k in HEAD}, begin=-2**63, end=-2**63, pct=-1)
    whole = wire_report(wire_row())
    return {
        "one-row": whole,
        "nothing-in-it": least,
        "no-rows": wire_report(),
        "three-rows": wire_report(wire_row(), wire_row("2001:db8::1", 0), wire_row("x", 2**62)),
        "notes":
            wire_report(wire_row(), repairs=("a", "b"), warnings=("w",), errors=("e",), extensions=("{urn:x}row",)),
        "reasons-arc": wire_report(wire_row(dkim="fail", reasons=(("local_policy", "arc=pass as[1].d=a.example"),
                                                                  ("forwarded", None), (None, "c")))),
        "quarantined-despite-pass": wire_report(wire_row(disposition="quarantine")),
        "rejected": wire_report(wire_row(disposition="reject", dkim="fail")),
        "results-absent": wire_report(wire_row(dkim=None, spf=None, disposition=None)),
        "results-odd": wire_report(wire_row(dkim="hardfail", spf="", disposition="discard")),
        "no-from": wire_report(wire_row(header_from=None)),
        "from-address": wire_report(wire_row(header_from="a@b@univ.example.")),
        "from-u-label": wire_report(wire_row(dkim=None, header_from="b\u00fccher.example")),
        "strict-derived":
            wire_report(wire_row(dkim=None, spf=None, dkims=(wire_auth("sub.univ.example"),)), adkim="s", aspf="s"),
        "many-auths": wire_report(wire_row(dkims=(wire_auth(),) * 20, spfs=(wire_auth(None, result=None),) * 3)),
        "too-many-auths": wire_report(wire_row(dkims=(wire_auth("a.example"),) * 101)),
        "too-many-reasons": wire_report(wire_row(reasons=(("other", None),) * 17)),
        "empty-reason": wire_report(wire_row(reasons=((None, None),))),
        "too-many-notes": wire_report(warnings=[str(i) for i in range(65)]),
        "negative-count": wire_report(wire_row(count=-1)),
        "text-not-utf8": wire_report(wire_row(), org_name=b"\xff"),
        "text-with-nul": wire_report(org_name="a\0b"),
        "count-past-end": whole[:60] + uint(2**40) + whole[61:],
        "long-varint": b"\x81\x80\x00" + whole[1:],
        "wrong-version": wire_report(form=2),
        "flag-two": wire_report(complete=2),
        "surplus-byte": whole + b"\0",
        "cut": whole[:-9],
        "cut-in-head": whole[:40],
        "empty": b"",
        "json-specials":
            wire_report(wire_row(header_from='"\\</script>\u2028\x1f\x7f'), org_name="\u202e\u009b31m", report_id="<>"),
    }


def frame(kind, body, message=1, length=None):
    return struct.pack("<III", len(body) if length is None else length, kind, message) + body


HELLO, MESSAGE, REPORT, TLS_FRAME, FAILURE, REJECT, DONE = range(1, 8)
ADDRESS, NAME, NOTICE, TOLD = 15, 17, 18, 19


def wire_tls(policies=1, failures=1, failed=-1):
    policy = texts("sts", "univ.example") + notes("*.univ.example") + notes("version: STSv1") + sint(5) + sint(failed)
    policy += listed(*[texts("certificate-expired", "192.0.2.1", "mx.univ.example", None, "192.0.2.2", None, "X")
                       + sint(3)] * failures)
    return (texts("m.eml", "part1", "Reporter", None, "ab12", "2026-06-01T00:00:00Z", None)
            + listed(*[policy] * policies))


def wire_address(result=0, name="mail.univ.example", asn=64500, country="gb"):
    return bytes(10) + b"\xff\xff\xc0\0\2\1" + uint(result) + text(name) + uint(asn) + text(country)


def wire_name(*records, result=0):
    return text("_dmarc.univ.example") + uint(result) + listed(*map(text, records))


def frames():
    r, t, f = wire_report(wire_row()), wire_tls(), texts("m.eml", "part2", *["v"] * 12, None)
    j = uint(9) + texts("m.eml", None, "why") + sint(3)
    n = sint(7) + uint(1) + uint(5) + sint(1726650720) + texts("source-quiet", "reports", "One line", "a\nb\n", "/")
    hello, done = frame(HELLO, b"\3"), frame(DONE, b"")
    streams = {
        "hello": hello,
        "report-done": hello + frame(REPORT, r) + done,
        "all-kinds": hello + frame(REPORT, r) + frame(TLS_FRAME, t) + frame(FAILURE, f) + frame(REJECT, j) + done,
        "two-messages": frame(REPORT, r, 1) + frame(DONE, b"", 1) + frame(REJECT, j, 2) + frame(DONE, b"", 2),
        "tls-many": frame(TLS_FRAME, wire_tls(6, 6)),
        "tls-negative": frame(TLS_FRAME, wire_tls(failed=-2)),
        "tls-no-policies": frame(TLS_FRAME, wire_tls(0)),
        "failure-all-fields": frame(FAILURE, texts("f", "m", *["v"] * 13)),
        "failure-short": frame(FAILURE, texts("f", "m")),
        "reject-no-code": frame(REJECT, b"\0" + j[1:]),
        "reject-unknown-code": frame(REJECT, uint(99) + j[1:]),
        "reject-negative-line": frame(REJECT, j[:-1] + sint(-1)),
        "notice": frame(NOTICE, n) + frame(TOLD, uint(5) + uint(1)),
        "notice-taken-back": frame(NOTICE, n.replace(uint(5), uint(0), 1)) + frame(TOLD, uint(0) + uint(0)),
        "notice-two-lines": frame(NOTICE, n.replace(b"One", b"O\ne")),
        "kind-zero": frame(0, b""),
        "kind-unknown": hello + frame(99, b"x") + done,
        "over-limit": frame(REPORT, b"", length=2**32 - 1),
        "length-at-limit": frame(REPORT, r, length=160 * 1024 * 1024),
        "head-cut": hello + b"\1\0\0",
        "body-cut": frame(REPORT, r)[:-5],
        "message-upward": frame(MESSAGE, struct.pack("<I", 1) + b"xmail"),
        "empty-bodies": b"".join(frame(k, b"") for k in range(1, 8)),
        "one-inside-another": frame(REPORT, frame(REPORT, r)),
        "surplus-in-body": frame(REPORT, r + b"\0"),
        "lookup-address": frame(ADDRESS, wire_address()) + frame(ADDRESS, wire_address(1, None, 0, None), 2),
        "lookup-address-unlike": frame(ADDRESS, wire_address(1)) + frame(ADDRESS, wire_address(country="GB")),
        "lookup-name": frame(NAME, wire_name("v=DMARC1; p=none", "")) + frame(NAME, wire_name(result=2), 2),
        "lookup-name-two-lines": frame(NAME, wire_name("a\nb")),
    }
    return {name: bytes([i * 7 % 256]) + stream for i, (name, stream) in enumerate(streams.items())}


# --- query strings (the first byte says which page) and configurations ---

def param():
    queries = {
        "empty": "",
        "period": "period=90d",
        "days": "from=2026-01-01&to=2026-02-28",
        "day-wrong": "from=2026-02-30",
        "classes": "class=untrusted,quarantined",
        "not": "class!=full&domain!=a.example,b.example",
        "under": "under=univ.example",
        "domain-upper": "domain=UNIV.Example.",
        "u-label": "domain=b%C3%BCcher.example",
        "cause-flag": "cause=list,arc&flag=arc_rescued",
        "comma-in-value": "source=A%2CB,C&reporter=a%2Cb",
        "ip-network": "ip=192.0.2.0/24,2001:db8::/32",
        "ip-mapped": "ip=::ffff:192.0.2.1",
        "ip-wrong": "ip=192.0.2.300/33",
        "results": "spf=pass,fail&dkim=temperror&spf_aligned=1&dkim_aligned=0",
        "selector": "selector=s1,%2C&dkim_domain=a.example",
        "envelope-policy": "envelope=b.example&policy=none,reject&pct=0&t=1",
        "search": "q=a+b%20c",
        "paging": "limit=100&after=12.3.4.5&cols=ip,count&by=day",
        "format": "format=csv",
        "repeated": "class=full&class=partial&class=full",
        "empty-values": "class=&domain=&q=",
        "unknown": "clas=full&x=1&y&=2",
        "bad-percent": "q=%zz%4",
        "nul": "q=a%00b",
        "bad-utf8": "q=%ff%c3",
        "control": "q=%1b%5b31m%0d%0a",
        "long": "q=" + "a" * 2049,
        "many": "&".join(f"domain={i}.example" for i in range(60)),
        "only-separators": "&&==&!=&,",
        "overflow": "limit=99999999999999999999&pct=-1",
        "reversed-days": "from=2026-03-01&to=2026-01-01",
        "quote": "q=%22%3E%3Cscript%3E&reason=arc%3Dpass,Local_Policy",
        "nothing-can-match": "class=full&class!=full",
    }
    return {name: bytes([i & 1]) + q.encode() for i, (name, q) in enumerate(queries.items())}


def config():
    whole = """# ruad.conf
database = { path = "/var/lib/ruad/ruad.db"; failure_reports = false; };
web = { listen = "127.0.0.1:8080"; };
limits = { rows = 100000; mail_bytes = 1000000; part_bytes = 2000000; expanded_bytes = 4000000; };
domains = { own = [ "univ.example" ]; suffix_list = "/etc/psl.dat"; };
sources = (
  { name = "Mail relays"; kind = "ours"; owner = "IT"; ip = [ "192.0.2.0/27", "2001:db8::/32" ];
    dkim_domain = [ "univ.example" ]; envelope = []; },
  { name = "Newsletters"; kind = "service"; dkim_domain = [ "news.example.org" ]; },
  { name = "Tickets"; rdns = "out.tickets.example"; asn = ( 64500, "AS4200000000" ); }
);
lists = ( { name = "LISTSERV"; software = "listserv"; owner = "Lists"; envelope = [ "lists.univ.example" ]; } );
"""
    arrivals = """mail = (
  { name = "a"; type = "imap"; host = "imap.univ.example"; user = "u"; oauth = "x"; after = "move"; archive = "A";
    invalid = "I"; since = "2026-09-01"; idle = false; tls = "starttls"; port = 143; folder = "R"; ca_file = "/c"; },
  { name = "b"; type = "maildir"; path = "/srv/m"; after = "move"; poll_s = 10; },
  { name = "c"; type = "folder"; path = "/srv/d"; after = "delete"; }
);
oauth = (
  { name = "x"; flow = "client_credentials"; tenant = "univ.example"; client_id = "7"; client_secret_file = "/s"; },
  { name = "y"; flow = "device_code"; token_url = "https://[::1]:1/t"; device_url = "http://localhost/d";
    client_id = "7"; token_file = "/t"; scope = "s"; },
  { name = "z"; flow = "service_account"; key_file = "/k"; subject = "u@univ.example"; },
  { name = "w"; flow = "command"; command = [ "/bin/token", "-q" ]; }
);
"""
    notices = """dns = { lookups = true; servers = [ "127.0.0.1", "[::1]:53", "2001:db8::53" ]; per_second = 5;
  asn_file = "/a"; country_file = "/c"; };
alerts = {
  mail = { url = "smtp://mail.univ.example:587"; from = "r@univ.example"; to = [ "a@univ.example", "b@univ.example" ];
    user = "r"; password_file = "/p"; starttls = true; ca_file = "/c"; };
  webhook = { url = "https://chat.example/h"; secret_file = "/s"; };
  command = ( "/bin/page", "now" ); source_quiet_h = 0; digest = "sat 23:00"; wanted_quarantined = false;
};
"""
    return {
        "arrivals": arrivals,
        "notices": notices,
        "arrivals-wrong": arrivals.replace("imap", "maildir").replace("flow", "folw").replace("https", "ftp"),
        "notices-wrong": notices.replace("@", "@@").replace("127", "ns").replace("sat", "sad").replace("/bin/", ""),
        "secret": 'mail = ( { name = "a"; type = "imap"; password = "p"; } ); oauth = ( { token = "t"; secret = "s"; } );',
        "tls-none": 'mail = ( { name = "a"; type = "imap"; host = "::1"; tls = "none"; user = "u"; password_file = "p"; } );',
        "whole": whole,
        "empty": "",
        "comments": "# a\n// b\n/* c\n */\n",
        "comment-open": "/* never closed",
        "string-open": 'web = { listen = "127',
        "unknown-key": "databse = { path = \"x\"; };",
        "unknown-inner": "web = { lisen = \"x\"; };",
        "wrong-types": "web = 5;\ndatabase = { path = true; failure_reports = \"no\"; };\nlimits = ( 1 );",
        "listen-six": 'web = { listen = "[::1]:8080"; };',
        "listen-port-only": 'web = { listen = ":0"; };',
        "listen-wrong": 'web = { listen = "host:99999"; };',
        "limits-high": "limits = { rows = 999999999; };",
        "limits-zero": "limits = { rows = 0; mail_bytes = -1; };",
        "limits-overflow": "limits = { rows = 4294967297; part_bytes = 0x1FFFFFFFFF; };",
        "limits-long": "limits = { rows = 99999999999999999999L; };",
        "fraction": "limits = { rows = 1.5e3; };",
        "own-empty": "domains = { own = []; };",
        "own-wrong": 'domains = { own = [ "not a host", "*.example", "" ]; };',
        "own-mixed": 'domains = { own = [ "a.example", "b.example" ] };',
        "sources-not-list": "sources = { };",
        "source-no-name": 'sources = ( { kind = "ours"; } );',
        "source-same-name": 'sources = ( { name = "A"; kind = "ours"; ip = ["192.0.2.1"]; }, { name = "a";'
                            ' kind = "ours"; ip = ["192.0.2.2"]; } );',
        "source-bad-kind": 'sources = ( { name = "A"; kind = "our"; } );',
        "source-bad-ip": 'sources = ( { name = "A"; kind = "ours"; ip = [ "192.0.2.1/40", "x" ]; } );',
        "list-bad-software": 'lists = ( { name = "A"; software = "listserve"; envelope = ["a.example"]; } );',
        "include": '@include "/etc/hostname"\n',
        "include-inside": 'web = {\n@include "x"\n};',
        "duplicate-key": 'web = { listen = ":1"; };\nweb = { listen = ":2"; };',
        "string-joined": 'database = { path = "/a" "/b"; };',
        "escapes": 'sources = ( { name = "\\x1b[31m\\n"; kind = "ours"; } );',
        "nul": 'web = { listen = "a\0b"; };',
        "not-utf8": b'database = { path = "\xff\xfe"; };',
        "deep": "a = " + "( " * 200,
        "crlf": whole.replace("\n", "\r\n"),
    }


# --- packed tables (storage/pack.h, storage/cells.h) ---


def varint(n):
    out = b""
    while n >= 0x80:
        out, n = out + bytes([n & 0x7f | 0x80]), n >> 7
    return out + bytes([n])


def packed_report(step, rows, reporter=1, domain=1, policy=1, is_long=0):
    body, before = b"", 0
    for address, profile, messages in rows:
        body += varint(address - before) + varint(profile) + varint(messages)
        before = address
    return b"".join(map(varint, (step, reporter, domain, policy * 2 + is_long, len(rows), len(body)))) + body


def packed_group(step, cells, days=b""):
    """Cells as (first, numbers...): what pack_cell writes of each."""
    body = b"".join(bytes([first]) + b"".join(map(varint, numbers)) + days for first, *numbers in cells)
    return varint(step) + varint(len(body)) + body


def packed():
    rows = [(5, 1, 10), (5, 300, 1), (70000, 2, 999999)]
    cells = [(1, 2, 1, 700, 12, 3), (2, 4, 701, 1, 2), (3, 5, 2 ** 40, 7)]
    seeds = {
        "rows": b"\0" + packed_report(0, rows) + packed_report(3, []) + packed_report(900, rows, 50, 7, 9, 1),
        "rows-cut": b"\0" + packed_report(0, rows)[:-3],
        "rows-too-many": b"\0" + bytes([0, 1, 1, 2, 0x7f, 2, 1, 1]),
        "nothing": b"\1",
    }
    five = [(1, 2, 1, 700, 8, 12, 3), (4, 1, 1, 2), (3, 5, 0, 2 ** 40, 7)]
    for form, cells, days in ((1, cells, b""), (2, cells, b"\x01\x80\x00\x40"), (3, five, b"\x01\x00\x00\x00")):
        whole = bytes([form]) + packed_group(1, cells, days)
        seeds["cells-%d" % form] = whole + packed_group(40, cells[:1], days)
        seeds["cells-%d-cut" % form] = whole[:-2]
        seeds["cells-%d-group-too-long" % form] = bytes([form]) + b"\x01\x7f" + bytes(9)
    return seeds


# --- what a mail server says (daemon/imap_read.h) ---


def imap():
    mails = (b"* 1 FETCH (UID 7 BODY[]<0> {24}\r\nSubject: x\r\n\r\nr3 OK done FLAGS (\\Seen))\r\n"
             b"* 2 FETCH (FLAGS () BODY[] \"q\\\"uoted\" UID 8)\r\n* 3 FETCH (UID 9 BODY[] NIL)\r\nr3 OK [X] done\r\n")
    seeds = {
        "greeting": b"* OK [CAPABILITY IMAP4rev1 SASL-IR STARTTLS] ready\r\n",
        "preauth": b"* PREAUTH [CAPABILITY IMAP4rev1] hello\r\n",
        "select": b"* FLAGS (\\Seen \\Deleted)\r\n* OK [PERMANENTFLAGS (\\Seen \\*)] limited\r\n* 172 EXISTS\r\n"
                  b"* 1 RECENT\r\n* OK [UIDVALIDITY 3857529045] valid\r\n* OK [UIDNEXT 4392] next\r\n"
                  b"* LIST () \"/\" INBOX\r\nr1 OK [READ-WRITE] done\r\n",
        "search": b"* SEARCH 2 84 3 5:7\r\n* SEARCH 1 2 (MODSEQ 9)\r\nr2 OK done\r\n",
        "esearch": b"* ESEARCH (TAG \"r2\") UID MIN 2 ALL 2:4,84,4294967295 COUNT 4\r\nr2 OK done\r\n",
        "mails": mails,
        "mails-cut": mails[:60],
        "refused": b"r4 NO [TRYCREATE] no such folder {5}\r\nr5 BAD what\r\n* BYE gone\r\n",
        "challenge": b"+ " + base64.b64encode(b'{"status":"401","schemes":"bearer","scope":"mail"}') + b"\r\n+\r\n",
        "literal-too-long": b"* 1 FETCH (BODY[] {2001}\r\n",
        "literal-unknown": b"* 1 FETCH (BODY[] {5+}\r\nabcde)\r\n",
        "literals-many": b"* LIST " + b"{1}\r\nx " * 17 + b"\r\n",
        "line-too-long": b"* SEARCH " + b"123456789 " * 310,
        "lists-deep": b"* 1 FETCH (ENVELOPE " + b"(" * 500 + b")" * 500 + b")\r\n",
        "line-feeds": b"* OK a\nb\r\n",
        "not-imap": b"220 smtp.example ESMTP\r\n",
        "nul": b"* OK \0\r\n* 1 FETCH (BODY[] {2}\r\n\0\0)\r\n",
    }
    return {name: bytes([i % 7 * 5]) + said for i, (name, said) in enumerate(seeds.items())}


# --- records of DNS, an answer behind the other (schema/lint_domain.h) ---


def lint():
    dmarc = b"v=DMARC1; p=quarantine; sp=none; np=reject; pct=0; t=y; psd=n; adkim=s; aspf=r; fo=1:d; rf=afrf; ri=3600; "
    spf = b"v=spf1 a:mail.univ.example/24//64 mx ip4:192.0.2.1/24 ip6:2001:db8::/32 ptr exists:%{ir}.%{v}._spf.%{d2} "
    short = base64.b64encode(bytes.fromhex("300d0603020103030300") + b"\x30\x06\x02\x01\x03\x02\x01\x03")
    seeds = {
        "nothing": [],
        "dmarc": [dmarc + b"rua=mailto:a@univ.example!10m,mailto:b@other.example; ruf=mailto:c@univ.example"],
        "dmarc-inherited": [b"", dmarc],
        "dmarc-several": [b"v=DMARC1; p=none\nv=DMARC1; p=reject\nv=dmarc1; p=none"],
        "dmarc-wrong": [b"v=DMARC1; p=x; sp; pct=101; rua=a@b.c; foo=bar; p=none; psd=y; ruf=https://x"],
        "spf": [b"", b"", spf + b"include:_a.univ.example ?all", b"", b"v=spf1 include:_b.univ.example -all", b"v=spf1 ~all"],
        "spf-redirect": [b"", b"", b"v=spf1 redirect=a.example exp=b.example", b"v=spf1 include:a.example -all"] * 2,
        "spf-loop": [b"v=spf1 include:chem.univ.example include:aa.univ.example -all"] * 8,
        "spf-wrong": [b"", b"", b"v=spf1 ipv4:1 a/ ip4:300.1.1.1 include: include:%{z} +all x=y -mx/33//129 ip4:0.0.0.0/0"],
        "dkim": [b"", b"", b"", b"v=DKIM1; k=rsa; h=sha1:sha256; s=email; t=y:s; n=x; p=" + short],
        "dkim-revoked": [b"", b"", b"", b"v=DKIM1; p="],
        "dkim-ed25519": [b"", b"", b"", b"k=ed25519; p=" + base64.b64encode(bytes(32))],
        "not-text": [b"\xff\xfe\0v=DMARC1"] * 4,
    }
    return {name: b"\1".join(b or b"\n" for b in answers) for name, answers in seeds.items()}


TARGETS = {"aggregate": aggregate, "unpack": unpack, "mail": mail, "tls": tls, "failure": failure, "frames": frames,
           "report": report_frames, "param": param, "config": config, "packed": packed, "imap": imap,
           "lint": lint}


def write(target):
    folder = os.path.join(HERE, "corpus", target)
    os.makedirs(folder, exist_ok=True)
    for old in os.listdir(folder):
        if not old.startswith("found-"):
            os.remove(os.path.join(folder, old))
    for name, data in TARGETS[target]().items():
        data = data.encode() if isinstance(data, str) else data
        assert len(data) <= MOST_BYTES, (target, name, len(data))
        with open(os.path.join(folder, name), "wb") as f:
            f.write(data)


if __name__ == "__main__":
    for wanted in sys.argv[1:] or TARGETS:
        write(wanted)
