"""made: aggregate reports for the suites of the planner: whole documents from rows, and traffic dealt out to many of them.

Neighbours: published.py and history.py make sets of reports with it; samples.py has small ones written by hand. All names
are of example domains, all addresses of the documentation ranges; receivers' names are those of well-known reporters.
"""
import collections
import datetime
import os
from xml.sax.saxutils import escape

DAY_S = 86400

# How a row reads. `signatures`: (domain, selector, result); `envelope`: whom SPF was asked for, and what it said;
# `reason`: (type, comment), or ().
Look = collections.namedtuple("Look", "dkim spf signatures envelope spf_said reason")
# Who sent it: `address`, the From domain, and how it looks.
Row = collections.namedtuple("Row", "address author look disposition")

MONITOR = {"p": "none", "pct": "100"}
REHEARSE = {"p": "quarantine", "pct": "0", "testing": "y"}
ENFORCE = {"p": "quarantine", "pct": "100"}
REJECT = {"p": "reject", "pct": "100"}


def day_of(text):
    """Seconds of a day's first moment: "2026-09-15"."""
    return int(datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.timezone.utc).timestamp())


def day_text(second):
    return datetime.datetime.fromtimestamp(second, datetime.timezone.utc).strftime("%Y-%m-%d")


def record(row, count):
    look = row.look
    reason = "<reason><type>%s</type><comment>%s</comment></reason>" % look.reason if look.reason else ""
    signatures = "".join("<dkim><domain>%s</domain><selector>%s</selector><result>%s</result></dkim>" % s for s in look.signatures)
    return """<record><row><source_ip>%s</source_ip><count>%d</count><policy_evaluated><disposition>%s</disposition><dkim>%s</dkim>\
<spf>%s</spf>%s</policy_evaluated></row><identifiers><header_from>%s</header_from></identifiers><auth_results>%s<spf><domain>%s\
</domain><result>%s</result></spf></auth_results></record>
""" % (row.address, count, row.disposition, look.dkim, look.spf, reason, row.author, signatures, look.envelope, look.spf_said)


def document(reporter, report_id, domain, begin, rows, policy, end=None, rfc9990=False):
    """One report as XML; `rows`: {Row: messages}. A reporter writes the tags that its RFC knows."""
    tags = ("p", "sp", "testing") if rfc9990 else ("p", "sp", "pct")
    said = "".join("<%s>%s</%s>" % (tag, value, tag) for tag, value in {"sp": policy["p"], "testing": "n", **policy}.items() if tag in tags)
    return """<?xml version="1.0" encoding="UTF-8"?>
<feedback%s><report_metadata><org_name>%s</org_name><email>dmarc@reports.example</email><report_id>%s</report_id><date_range><begin>%d\
</begin><end>%d</end></date_range></report_metadata>
<policy_published><domain>%s</domain><adkim>r</adkim><aspf>r</aspf>%s</policy_published>
%s</feedback>
""" % (' xmlns="urn:ietf:params:xml:ns:dmarc-2.0"' if rfc9990 else "", escape(reporter), report_id, begin, end or begin + DAY_S - 1, domain, said,
       "".join(record(row, count) for row, count in sorted(rows.items())))


def write_all(folder, documents):
    """Each into a file of its own; gives the folder."""
    os.makedirs(folder, exist_ok=True)
    for i, text in enumerate(documents):
        with open(os.path.join(folder, "%05d.xml" % i), "w", encoding="utf-8") as f:
            f.write(text)
    return folder


def deal(dice, count, parts):
    """{part: messages}: `count` messages, each to one of the (part, weight)."""
    names, weights = zip(*parts)
    return collections.Counter(dice.choices(names, weights, k=count))
