"""samples: small reports written by hand for the suites, in both dialects and every carriage, with what they add up to.

All names are of example domains and all addresses of the documentation ranges.
"""
import base64
import gzip
import io
import os
import zipfile

DAY = 86400
FIRST = 1757894400                              # 2025-09-15 00:00 UTC

# (address, messages, disposition, dkim, spf, From domain)
ROWS = (
    ("192.0.2.1", 100, "none", "pass", "pass", "univ.example"),
    ("192.0.2.2", 40, "none", "fail", "pass", "univ.example"),
    ("198.51.100.3", 25, "none", "fail", "fail", "chem.univ.example"),
    ("2001:db8::4", 5, "quarantine", "fail", "fail", "chem.univ.example"),
    ("203.0.113.5", 2, "reject", "fail", "fail", "physics.univ.example"),
)
CLASSES = {"fully_trusted": 100, "partially_trusted": 40, "untrusted": 25, "quarantined": 5, "rejected": 2}
MESSAGES = sum(CLASSES.values())


def row_xml(row):
    address, count, disposition, dkim, spf, domain = row
    return """<record><row><source_ip>%s</source_ip><count>%d</count><policy_evaluated><disposition>%s</disposition>\
<dkim>%s</dkim><spf>%s</spf></policy_evaluated></row><identifiers><header_from>%s</header_from></identifiers>\
<auth_results><dkim><domain>%s</domain><selector>s1</selector><result>%s</result></dkim>\
<spf><domain>%s</domain><result>%s</result></spf></auth_results></record>
""" % (address, count, disposition, dkim, spf, domain, domain, dkim, domain, spf)


def report(day=0, reporter="receiver.example", report_id=None, rows=ROWS, rfc9990=False):
    """One report of the day FIRST + `day`, as XML text."""
    begin = FIRST + day * DAY
    return """<?xml version="1.0" encoding="UTF-8"?>
<feedback%s><report_metadata><org_name>%s</org_name><email>dmarc@%s</email><report_id>%s</report_id>\
<date_range><begin>%d</begin><end>%d</end></date_range></report_metadata>
<policy_published><domain>univ.example</domain><adkim>r</adkim><aspf>r</aspf><p>none</p><sp>none</sp>%s\
</policy_published>
%s</feedback>
""" % (' xmlns="urn:ietf:params:xml:ns:dmarc-2.0"' if rfc9990 else "", reporter, reporter, report_id or "r%d" % day,
       begin, begin + DAY - 1, "<np>none</np><testing>n</testing>" if rfc9990 else "<pct>100</pct>",
       "".join(map(row_xml, rows)))


def gz(text):
    return gzip.compress(text.encode(), mtime=0)


def zipped(text, name="report.xml"):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def mail(data, name, kind):
    """A mail whose one attachment is `data`."""
    return ("From: dmarc@receiver.example\r\nTo: dmarc@univ.example\r\nSubject: Report domain: univ.example\r\n"
            "MIME-Version: 1.0\r\nContent-Type: %s; name=\"%s\"\r\nContent-Disposition: attachment; filename=\"%s\"\r\n"
            "Content-Transfer-Encoding: base64\r\n\r\n%s" % (
                kind, name, name, base64.encodebytes(data).decode().replace("\n", "\r\n"))).encode()


def mbox(*mails):
    return b"".join(b"From dmarc@receiver.example Mon Sep 15 00:00:00 2025\n" + m.replace(b"\r\n", b"\n") + b"\n"
                    for m in mails)


def write(folder, name, data):
    """Writes text or bytes below a folder and returns the path."""
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data if isinstance(data, bytes) else data.encode())
    return path
