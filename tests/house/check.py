#!/usr/bin/env python3
"""The picture of the house as a table: who may include whom, who alone may use a library, what nobody may call, and how
long a function may be. Fails the tests when a line of code breaks it; proves first, on a tree of its own, that it can.

  check.py [ROOT]      the root of the checkout; the one it stands in by default
"""
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from harness import ROOT, Tap, folder  # noqa: E402

# A room: the rooms whose headers it may include. Siblings do not name each other, nobody includes daemon/.
MAY_INCLUDE = {
    "base": ("base/",),
    "schema": ("base/", "schema/"),
    "parsers": ("base/", "schema/", "parsers/"),
    "storage": ("base/", "schema/", "storage/"),
    "web": ("base/", "schema/", "storage/query.h", "web/"),
    "daemon": ("base/", "schema/", "parsers/", "storage/", "web/", "daemon/"),
}

# A library's headers: the only files that may include them.
OWNERS = (
    (r"sqlite3\.h", ("storage/db.c", "storage/db.h")),
    (r"(gmime|glib|gio|gobject)\b.*", ("parsers/mime.c",)),
    (r"libxml/.*", ("parsers/xml.c",)),
    (r"microhttpd\.h", ("web/http.c",)),
    (r"libconfig\.h", ("daemon/config_read.h",)),
    (r"archive(_entry)?\.h", ("parsers/unpack.c",)),
    (r"zlib\.h", ("parsers/unpack.c", "storage/raw.c", "web/http.c")),
    (r"(libpsl|idn2)\.h", ("schema/domain.c",)),
    (r"nettle/.*", ("schema/record_dkim.c", "parsers/dmarc.c", "storage/ingest.c", "storage/label.c", "daemon/alert_rules.c", "daemon/imap_write.c", "daemon/notice_form.c", "daemon/secret.c",
                    "daemon/sasl.c", "web/access.c")),
    (r"xxhash\.h", ("storage/map.c",)),
    (r"jansson\.h", ("parsers/tlsrpt.c", "daemon/oauth.c", "daemon/sasl.c", "web/form.c")),
    (r"gnutls/.*", ("daemon/net.c", "daemon/jwt.c", "web/certificate.c")),
    (r"curl/curl\.h", ("daemon/outgoing.c",)),
    (r"ares\.h", ("daemon/dns.c",)),
    (r"crypt\.h", ("daemon/users.c",)),
    (r"maxminddb\.h", ("daemon/geo.c",)),
    (r"seccomp\.h", ("daemon/sandbox_linux.c",)),
)

# The C library and the system, which every room stands on.
SYSTEM = re.compile(
    r"(assert|ctype|dirent|endian|errno|fcntl|fnmatch|getopt|glob|grp|iconv|inttypes|limits|locale|malloc|math|netdb"
    r"|poll|pthread|pwd|sched|search|semaphore|setjmp|signal|spawn|stdalign|stdarg|stdatomic|stdbool|stddef|stdint|stdio"
    r"|stdlib|stdnoreturn|string|strings|syslog|termios|threads|time|unistd|wchar"
    r"|(arpa|net|netinet|sys|linux)/[a-z0-9_]+)\.h")

BANNED = ("strcpy", "stpcpy", "strcat", "sprintf", "vsprintf", "gets", "strtok", "system", "popen", "alloca", "tmpnam",
          "mktemp")

LONG_LINES, LONG_SHARE, LONGEST_LINES = 40, 0.10, 120

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"]*)"|<([^>]*)>)', re.M)
NOT_CODE = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def sources(root):
    for room in MAY_INCLUDE:
        for folder_, _, names in sorted(os.walk(os.path.join(root, room))):
            for name in sorted(names):
                if name.endswith((".c", ".h")):
                    path = os.path.join(folder_, name)
                    with open(path, encoding="utf-8") as f:
                        yield os.path.relpath(path, root), f.read()


def line_of(text, at):
    return text.count("\n", 0, at) + 1


def blank(match):
    """Comments and literals become blanks; lines keep their numbers."""
    return re.sub(r"[^\n]", " ", match.group())


def check_includes(path, text):
    """Yields (rule, complaint) for every include that the tables do not allow."""
    room = path.split("/")[0]
    for found in INCLUDE.finditer(text):
        where = "%s:%d" % (path, line_of(text, found.start()))
        ours, system = found.groups()
        if ours is not None:
            if ".." in ours or not ours.startswith(MAY_INCLUDE[room]):
                yield room, '%s: %s/ may not include "%s"' % (where, room, ours)
            continue
        for pattern, owners in OWNERS:
            if re.fullmatch(pattern, system):
                if path not in owners:
                    yield "libraries", "%s: only %s may include <%s>" % (where, " and ".join(owners), system)
                break
        else:
            if not SYSTEM.fullmatch(system):
                yield "libraries", "%s: <%s> is in no table: name its only user in OWNERS" % (where, system)


def check_calls(path, text):
    code = NOT_CODE.sub(blank, text)
    for found in re.finditer(r"\b(%s)[ \t]*\(" % "|".join(BANNED), code):
        yield "%s:%d: %s()" % (path, line_of(code, found.start()), found.group(1))


def bodies(path, text):
    """Yields (lines, place) of each function: in our style its braces are the only ones in the first column."""
    start = None
    for number, line in enumerate(text.split("\n"), 1):
        if line.rstrip() == "{":
            start = number
        elif line.rstrip() == "}" and start is not None:
            yield number - start - 1, "%s:%d" % (path, start)
            start = None


def inspect(root):
    """Every complaint about the tree at `root`, by rule, and the length of every function."""
    wrong = {rule: [] for rule in list(MAY_INCLUDE) + ["libraries", "calls"]}
    lengths = []
    for path, text in sources(root):
        for rule, complaint in check_includes(path, text):
            wrong[rule].append(complaint)
        wrong["calls"].extend(check_calls(path, text))
        lengths.extend(bodies(path, text))
    return wrong, lengths


def long_bodies(lengths):
    """(whether they are too many or too long, what they are)"""
    over = sorted((b for b in lengths if b[0] > LONG_LINES), reverse=True)
    bad = len(over) > LONG_SHARE * len(lengths) or any(n > LONGEST_LINES for n, _ in over)
    return bad, "%d of %d bodies exceed %d lines\n" % (len(over), len(lengths), LONG_LINES) + "\n".join(
        "%4d lines: %s" % b for b in over)


def write(root, path, text):
    os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
    with open(os.path.join(root, path), "w", encoding="utf-8") as f:
        f.write(text)


def prove(tap):
    """The check must be able to fail: each of these lines, alone in a tree, must be found by its rule."""
    cases = (
        ("base", "base/a.c", '#include "schema/report.h"\n'),
        ("schema", "schema/a.c", '#include "storage/query.h"\n'),
        ("parsers", "parsers/a.c", '#include "storage/query.h"\n'),
        ("storage", "storage/a.h", '#include "parsers/message.h"\n'),
        ("storage", "storage/a.c", '#  include "web/web.h"\n'),
        ("web", "web/a.c", '#include "storage/db.h"\n'),
        ("web", "web/a.c", '#include "parsers/message.h"\n'),
        ("web", "web/a.c", '#include "daemon/config.h"\n'),
        ("daemon", "daemon/a.c", '#include "config.h"\n'),
        ("daemon", "daemon/a.c", '#include "daemon/../tests/a.h"\n'),
        ("libraries", "storage/ingest.c", "#include <sqlite3.h>\n"),
        ("libraries", "parsers/message.c", "#include <gmime/gmime.h>\n"),
        ("libraries", "web/route.c", "#include <microhttpd.h>\n"),
        ("libraries", "base/a.c", "#include <curl/curl.h>\n"),
        ("calls", "base/a.c", "\tstrcpy(a, b);\n"),
        ("calls", "base/a.c", "/* one */ popen (a, b);\n"),
    )
    for rule, path, line in cases:
        with folder() as root:
            write(root, path, "/* a */\n" + line)
            found = inspect(root)[0]
            tap.case(len(found[rule]) == 1 and sum(map(len, found.values())) == 1,
                     "finds %s in %s" % (line.strip(), path), found)
    with folder() as root:
        write(root, "base/a.c", '#include "base/a.h"\n#include <string.h>\n/* strcpy(a) */ "system(" \'"\' my_system(\n'
              "int f(void)\n{\n%s}\n" % ("\tx();\n" * (LONGEST_LINES + 1)))
        found, lengths = inspect(root)
        tap.equal([r for r in found if found[r]], [], "accepts what is allowed, comments and literals")
        tap.equal(lengths, [(LONGEST_LINES + 1, "base/a.c:5")], "counts the lines of a body")
    tap.case(long_bodies([(LONGEST_LINES + 1, "a")] + [(1, "b")] * 99)[0], "finds one body that is far too long")
    tap.case(long_bodies([(LONG_LINES + 1, "a")] * 11 + [(1, "b")] * 89)[0], "finds too many long bodies")
    tap.case(not long_bodies([(LONG_LINES + 1, "a")] * 10 + [(1, "b")] * 90)[0], "accepts one long body in ten")


def main():
    tap = Tap()
    prove(tap)
    wrong, lengths = inspect(sys.argv[1] if len(sys.argv) > 1 else ROOT)
    for room in MAY_INCLUDE:
        tap.case(not wrong[room], "%s/ includes only what stands below it" % room, "\n".join(wrong[room]))
    tap.case(not wrong["libraries"], "each library has one user", "\n".join(wrong["libraries"]))
    tap.case(not wrong["calls"], "no banned function is called", "\n".join(wrong["calls"]))
    tap.case(len(lengths) > 0, "there are functions to measure")
    bad, what = long_bodies(lengths)
    tap.case(not bad, "nine in ten bodies under %d lines, none over %d" % (LONG_LINES, LONGEST_LINES), what)
    tap.end()


if __name__ == "__main__":
    main()
