"""bombs: files made to hurt whoever reads them, built on the fly; none is larger on disk than some ten megabytes.

Each entry of BOMBS is (name, file name, builder, the code `ruad parse` must refuse it with, what it would come to).
A builder returns bytes. Neighbours: check.py runs them; samples.py has the harmless report that some of them start from.
"""
import base64
import gzip
import io
import os
import struct
import sys
import zipfile
import zlib

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import samples  # noqa: E402

MB = 1000 * 1000
HEAD = ("<?xml version=\"1.0\"?>\n<feedback><report_metadata><org_name>receiver.example</org_name>"
        "<email>dmarc@receiver.example</email><report_id>bomb</report_id><date_range><begin>1757894400</begin>"
        "<end>1757980799</end></date_range></report_metadata><policy_published><domain>univ.example</domain><p>none</p>"
        "</policy_published>\n").encode()
TAIL = b"</feedback>\n"
RECORD = samples.row_xml(samples.ROWS[0]).encode()


# --- streams ---

def gz(data):
    return gzip.compress(data, 6, mtime=0)


def gz_of(head, block, times, tail=b""):
    """A gzip file of head, `times` blocks and tail; each block is compressed once, and is a member of its own."""
    return gz(head) + gz(block) * times + (gz(tail) if tail else b"")


def zeros_gz():
    return gz_of(b"", bytes(10 * MB), 1000)


def xml_gz():
    """10 GB that are a valid report to the last byte: its rows stand behind ten billion blanks."""
    return gz_of(HEAD, b" " * (10 * MB), 1000, RECORD + TAIL)


def gz_4():
    return gz(gz(gz(gz(HEAD + RECORD + TAIL))))


def one_stream(window):
    """1 GB of XML as one stream without an end: after a full flush the same block compresses to the same bytes."""
    z = zlib.compressobj(9, zlib.DEFLATED, window)
    first = z.compress(HEAD) + z.flush(zlib.Z_FULL_FLUSH)
    z.compress(b" " * (10 * MB))
    z.flush(zlib.Z_FULL_FLUSH)
    return first + (z.compress(b" " * (10 * MB)) + z.flush(zlib.Z_FULL_FLUSH)) * 100


def gz_empty_members():
    return gz(b"") * 1000000


# --- archives ---

def zip_of(files, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as z:
        for name, data in files:
            z.writestr(zipfile.ZipInfo(name), data, method)
    return out.getvalue()


def zip_42():
    """Six layers of sixteen, each file the same: 100 MB at the bottom, 1.6 petabytes in all."""
    data = bytes(100 * MB)
    for _ in range(6):
        data = zip_of(("lib %x.zip" % i, data) for i in range(16))
    return data


def zip_lying(said):
    """1 GB of XML whose two headers claim that it is `said` bytes."""
    packed = one_stream(-15)
    name = b"report.xml"
    common = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 0x21, 0, len(packed), said, len(name), 0)
    local = b"PK\3\4" + common + name + packed
    central = b"PK\1\2" + struct.pack("<H", 20) + common + struct.pack("<HHHII", 0, 0, 0, 0, 0) + name
    return local + central + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local), 0)


def zip_overlapping():
    """90 entries of one zip that all point at the same 60 MB."""
    name = b"report.xml"
    z = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = b"<x>" + b" " * (60 * MB) + b"</x>"
    packed = z.compress(data) + z.flush()
    common = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 0x21, zlib.crc32(data), len(packed), len(data), len(name), 0)
    local = b"PK\3\4" + common + name + packed
    central = (b"PK\1\2" + struct.pack("<H", 20) + common + struct.pack("<HHHII", 0, 0, 0, 0, 0) + name) * 90
    return local + central + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 90, 90, len(central), len(local), 0)


def zip_empty_entries():
    return zip_of((("%05d.xml" % i, b"") for i in range(65000)), zipfile.ZIP_STORED)


def zip_encrypted():
    """One file under the old password scheme: the flag alone decides, the bytes are noise."""
    name, noise = b"report.xml", bytes(range(200))
    common = struct.pack("<HHHHHIIIHH", 20, 1, 8, 0, 0x21, 0x12345678, len(noise), 500, len(name), 0)
    local = b"PK\3\4" + common + name + noise
    central = b"PK\1\2" + struct.pack("<H", 20) + common + struct.pack("<HHHII", 0, 0, 0, 0, 0) + name
    return local + central + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local), 0)


def zip_tree(leaf):
    """A hundred archives of a hundred archives of a hundred files: no single one is over its limit, a million together."""
    data = zip_of((("%d" % i, leaf) for i in range(100)), zipfile.ZIP_STORED)
    data = zip_of(("%d" % i, data) for i in range(100))
    return zip_of(("%d" % i, data) for i in range(100))


def tar_entries():
    def header(name):
        h = bytearray(512)
        h[0:len(name)] = name
        h[100:108], h[124:136], h[156:157], h[257:265] = b"0000644\0", b"00000000000\0", b"0", b"ustar\00000"
        h[148:156] = b" " * 8
        h[148:156] = b"%06o\0 " % sum(h)
        return bytes(h)
    return gz(b"".join(header(b"%d.xml" % i) for i in range(65000)) + bytes(1024))


# --- XML ---

def attributes():
    return HEAD + b"<record " + b" ".join(b'a%d=""' % i for i in range(500000)) + b"/>" + TAIL


def attributes_spread():
    """Each tag stays below the limit of what may be held back; finding doubles among its attributes costs their square."""
    tag = b"<a " + b" ".join(b'a%d=""' % i for i in range(6000)) + b"/>\n"
    return gz_of(HEAD, tag * 20, 50, TAIL)


def levels():
    return gz(HEAD + b"<a>" * 2000000 + b"</a>" * 2000000 + TAIL)


def laughs():
    lines = ['<!ENTITY lol "lol">'] + ['<!ENTITY lol%d "%s">' % (i, ("&lol%s;" % (i - 1 if i > 1 else "")) * 10)
                                       for i in range(1, 10)]
    return ("<?xml version=\"1.0\"?>\n<!DOCTYPE feedback [\n%s\n]>\n<feedback><report_metadata><org_name>&lol9;</org_name>"
            "</report_metadata></feedback>\n" % "\n".join(lines)).encode()


def external():
    return (b"<?xml version=\"1.0\"?>\n<!DOCTYPE feedback [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>\n" +
            b"<feedback><report_metadata><org_name>&x;</org_name></report_metadata></feedback>\n")


def records():
    return gz(HEAD + b"<record></record>" * 500000 + TAIL)


def rows_in_one_record():
    return gz_of(HEAD + b"<record>", b"<row/>" * 100000, 50, b"</record>" + TAIL)


def signatures():
    record = (b"<record><row><source_ip>192.0.2.1</source_ip><count>1</count></row><auth_results>" + b"<dkim/>" * 100 +
              b"</auth_results></record>\n")
    return gz_of(HEAD, record * 1000, 50, TAIL)


def unknown_elements():
    head = HEAD.replace(b"<feedback>", b'<feedback xmlns="https://receiver.example/' + b"n" * 160 + b'">')
    return gz_of(head, b"<a/>" * 100000, 150, TAIL)


def names_apart():
    return gz(HEAD + b"".join(b"<n%d/>" % i for i in range(2000000)) + TAIL)


def bad_counts():
    record = b"<record><row><source_ip>none</source_ip><count>many</count></row></record>"
    return gz(HEAD + b"".join(record.replace(b"many", b"many%d" % i) for i in range(190000)) + b"<record/>" * 190000 + TAIL)


def one(before, byte, after):
    return lambda: gz(HEAD + before + byte * (20 * MB) + after + TAIL)


# --- damaged XML: what mending it costs ---

def damaged(block, times):
    """Not well-formed from the start, then what mending must look at again and again, and nothing that could be kept."""
    return lambda: gz(b"<feedback><a></b>" + block * times)


def documents():
    return gz(b"<feedback><a></b></feedback>" + b"<feedback></feedback>" * 350000)


def damaged_file():
    """The most that is held at once: a plain file as large as may be, and damaged."""
    return b"<feedback><a></b>" + RECORD * (60 * MB // len(RECORD))


def damaged_mail():
    """Its attachment is as large as what is mended may be, and longer once mended."""
    return samples.mail((b"<feedback><a></b>" + b"&<x@y>" * (8 * MB // 6)), "report.xml", "text/xml")


# --- JSON ---

def json_deep():
    return b'{"organization-name":"a","policies":' + b"[" * 1000000 + b"]" * 1000000 + b"}"


def json_large():
    return gz(b'{"organization-name":"a","policies":[' + b"{}," * (20 * MB // 3) + b"{}]}")


# --- mails ---

MAIL = (b"From: dmarc@receiver.example\r\nTo: dmarc@univ.example\r\nSubject: Report domain: univ.example\r\n"
        b"MIME-Version: 1.0\r\n")


def parts():
    return (MAIL + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" +
            b"--b\r\nContent-Type: application/xml\r\n\r\nx\r\n" * 200000 + b"--b--\r\n")


def parts_bare():
    return MAIL + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\n" * 200000 + b"--b--\r\n"


def multiparts():
    return (MAIL + b"Content-Type: multipart/mixed; boundary=b0\r\n\r\n" +
            b"".join(b"--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n" % (i, i + 1) for i in range(20000)) +
            b"--b20000\r\n\r\nx\r\n" + b"".join(b"--b%d--\r\n" % i for i in range(20000, -1, -1)))


def messages():
    return MAIL + b"Content-Type: message/rfc822\r\n\r\n" + (MAIL + b"Content-Type: message/rfc822\r\n\r\n") * 20000 + b"x"


def messages_encoded():
    """Mails in mails in base64, each with a line of one blank: reading each a second time doubles with every level."""
    data = MAIL + b"Content-Type: application/octet-stream\r\n\r\n" + (b"x" * 70 + b"\r\n \r\n") * 30000
    for _ in range(7):
        data = (MAIL + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n \r\n--b\r\n"
                b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
                base64.encodebytes(data) + b"\r\n \r\n--b--\r\n")
    return data


def header_lines():
    return MAIL + b"".join(b"X-%d: x\r\n" % i for i in range(300000)) + b"\r\nx\r\n"


def header_line():
    return MAIL + b"X-Long: " + b"x" * (20 * MB) + b"\r\n\r\nx\r\n"


def folded_line():
    return MAIL + b"X-Long: x" + (b"\r\n " + b"x" * 70) * 270000 + b"\r\n\r\nx\r\n"


def parameters():
    return (MAIL + b"Content-Type: application/xml" + b"".join(b";\r\n name*%d=x" % i for i in range(100000)) +
            b"\r\n\r\n" + HEAD + RECORD + TAIL)


def part_headers():
    return (MAIL + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" +
            b"".join(b"X-%d: x\r\n" % i for i in range(300000)) + b"\r\nx\r\n--b--\r\n")


def large_mail():
    return samples.mail(os.urandom(1000) * 20000, "report.gz", "application/gzip")


TOO_LARGE, TOO_MANY, TOO_DEEP = "too-large", "too-many", "too-deep"
BOMBS = (
    ("10 GB of zeros in a gz", "a.gz", zeros_gz, "no-report"),
    ("10 GB of valid XML in a gz", "a.xml.gz", xml_gz, TOO_LARGE),
    ("10 GB of zeros in gz in gz in gz", "a.gz.gz.gz", lambda: gz(gz(zeros_gz())), "no-report"),
    ("10 GB of valid XML in gz in gz in gz", "a.xml.gz.gz.gz", lambda: gz(gz(xml_gz())), TOO_LARGE),
    ("a report in gz in gz in gz in gz", "a.gz.gz.gz.gz", gz_4, TOO_DEEP),
    ("1 GB in a zlib stream", "a.xml", lambda: one_stream(15), TOO_LARGE),
    ("1,000,000 empty gz members", "a.gz", gz_empty_members, "no-report"),
    ("a 42-style zip", "42.zip", zip_42, TOO_DEEP),
    ("a zip that says 100 bytes and holds 1 GB", "a.zip", lambda: zip_lying(100), TOO_LARGE),
    ("a zip that says 4 GB and holds 1 GB", "a.zip", lambda: zip_lying(0xfffffffe), TOO_LARGE),
    ("90 entries of a zip over the same 60 MB", "a.zip", zip_overlapping, "not-dmarc"),
    ("65,000 empty entries of a zip", "a.zip", zip_empty_entries, TOO_MANY),
    ("65,000 empty entries of a tar", "a.tar.gz", tar_entries, TOO_MANY),
    ("1,000,000 files in a tree of zips", "a.zip", lambda: zip_tree(b"x"), TOO_MANY),
    ("1,000,000 bad documents in a tree of zips", "a.zip", lambda: zip_tree(b"<a"), "not-dmarc"),
    ("an encrypted zip", "a.zip", zip_encrypted, "encrypted"),
    ("500,000 attributes", "a.xml", attributes, TOO_LARGE),
    ("1,000 tags of 6,000 attributes each", "a.xml.gz", attributes_spread, TOO_MANY),
    ("2,000,000 levels", "a.xml.gz", levels, TOO_DEEP),
    ("billion laughs", "a.xml", laughs, "doctype"),
    ("an external entity", "a.xml", external, "doctype"),
    ("500,000 empty records", "a.xml.gz", records, TOO_MANY),
    ("5,000,000 rows in one record", "a.xml.gz", rows_in_one_record, TOO_MANY),
    ("5,000,000 empty signatures", "a.xml.gz", signatures, TOO_MANY),
    ("15,000,000 unknown elements", "a.xml.gz", unknown_elements, TOO_MANY),
    ("2,000,000 names of elements", "a.xml.gz", names_apart, TOO_MANY),
    ("380,000 rows that are each warned of", "a.xml.gz", bad_counts, TOO_MANY),
    ("an element name of 20 MB", "a.xml.gz", one(b"<", b"n", b"/>"), TOO_LARGE),
    ("an attribute of 20 MB", "a.xml.gz", one(b"<record a=\"", b"v", b"\"/>"), TOO_LARGE),
    ("a comment of 20 MB", "a.xml.gz", one(b"<!--", b"c", b"-->"), TOO_LARGE),
    ("a text of 20 MB", "a.xml.gz", one(b"<version>", b"t", b"</version>"), TOO_LARGE),
    ("an instruction of 20 MB", "a.xml.gz", one(b"<?p ", b"i", b"?>"), TOO_LARGE),
    ("a CDATA section of 20 MB", "a.xml.gz", one(b"<version><![CDATA[", b"t", b"]]></version>"), TOO_LARGE),
    ("damage, and 350,000 empty documents", "a.xml.gz", documents, TOO_MANY),
    ("damage, and 1,900,000 comments not closed", "a.xml.gz", damaged(b"<!--", 1900000), "not-xml"),
    ("damage, and 3,900,000 instructions not closed", "a.xml.gz", damaged(b"<?", 3900000), "not-xml"),
    ("damage, and 850,000 prefixes", "a.xml.gz", damaged(b"feedback:", 850000), "not-xml"),
    ("a damaged file of 60 MB", "a.xml", damaged_file, "not-xml"),
    ("a damaged report of 8 MB in a mail", "a.eml", damaged_mail, "not-xml"),
    ("JSON of 1,000,000 levels", "a.json", json_deep, "not-json"),
    ("JSON of 20 MB", "a.json.gz", json_large, TOO_LARGE),
    ("200,000 MIME parts", "a.eml", parts, TOO_MANY),
    ("200,000 MIME parts without headers", "a.eml", parts_bare, TOO_MANY),
    ("20,000 nested multiparts", "a.eml", multiparts, TOO_DEEP),
    ("20,000 nested message/rfc822", "a.eml", messages, TOO_DEEP),
    ("8 mails in each other, in base64", "a.eml", messages_encoded, TOO_LARGE),
    ("300,000 header lines", "a.eml", header_lines, TOO_MANY),
    ("300,000 header lines of a part", "a.eml", part_headers, TOO_MANY),
    ("a header line of 20 MB", "a.eml", header_line, TOO_LARGE),
    ("a header of 20 MB in 270,000 lines", "a.eml", folded_line, TOO_LARGE),
    ("100,000 parameters of one header", "a.eml", parameters, TOO_LARGE),
    ("a mail of 27 MB", "a.eml", large_mail, TOO_LARGE),
)
