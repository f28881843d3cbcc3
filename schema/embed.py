#!/usr/bin/env python3
"""Turn files of the source tree into C at build time.

  embed.py sql OUT.h OUT.c FILE.sql...     named statements: an enum SQL_X and a table of their texts
  embed.py files OUT.h OUT.s FILE...       whole files: asset_NAME and asset_NAME_end, by the assembler

A statement starts at a line `-- name: what it does` and ends before the next such line. `{fragment}` stands for the
statement `-- fragment name: ...` of the same file. facts.sql, derived.sql and raw.sql are single scripts, named after the
file. Each has a home: which kind of database file it belongs to, or that it is a script, or a step of a migration.
"""
import os
import re
import sys

HEAD = re.compile(r"^-- (fragment )?([a-z][a-z0-9_]*):(.*)$")


def statements(path):
    """Yield (name, sql, comment, home) of one file."""
    text = open(path, encoding="utf-8").read()
    folder, base = os.path.dirname(path).rsplit("/", 1)[-1], os.path.splitext(os.path.basename(path))[0]
    if folder not in ("queries", "migrate"):
        yield base + "_script", text, "the script", "SCRIPT"
        return
    home = "MIGRATION" if folder == "migrate" else "RAW" if base == "raw" else "MAIN"
    fragments, found, name, lines, comment, fragment = {}, [], None, [], "", False
    for line in text.splitlines() + ["-- end: of file"]:
        m = HEAD.match(line)
        if not m:
            lines.append(line)
            continue
        if name is not None:
            body = "\n".join(x for x in lines if not x.startswith("--")).strip()
            if fragment:
                fragments[name] = body
            else:
                found.append((name, body, comment))
        fragment, name, comment, lines = bool(m.group(1)), m.group(2), m.group(3).strip(), []
    for name, body, comment in found:
        yield name, re.sub(r"\{(\w+)\}", lambda m: fragments[m.group(1)], body), comment, home


def c_string(text):
    return "\n".join('\t  "%s\\n"' % x.replace("\\", "\\\\").replace('"', '\\"') for x in text.splitlines())


def embed_sql(header, source, paths):
    found = [s for p in paths for s in statements(p)]
    with open(header, "w", encoding="utf-8") as h:
        h.write("/* Made by schema/embed.py. */\n#ifndef SCHEMA_SQL_H\n#define SCHEMA_SQL_H\nenum sql {\n")
        h.writelines("\tSQL_%s, /* %s */\n" % (n.upper(), c.replace("*/", "")) for n, _, c, _ in found)
        h.write("\tSQL_STATEMENTS\n};\nenum sql_home { SQL_HOME_MAIN, SQL_HOME_RAW, SQL_HOME_SCRIPT, SQL_HOME_MIGRATION };\n"
                "extern const struct sql_text {\n\tconst char *name, *text;\n\tenum sql_home home;\n} "
                "sql_texts[SQL_STATEMENTS];\n#endif\n")
    with open(source, "w", encoding="utf-8") as c:
        c.write('#include "%s"\nconst struct sql_text sql_texts[SQL_STATEMENTS] = {\n' % os.path.basename(header))
        c.writelines('\t{ "%s",\n%s, SQL_HOME_%s },\n' % (n, c_string(s), home) for n, s, _, home in found)
        c.write("};\n")


def embed_files(header, source, paths):
    names = [re.sub(r"\W", "_", os.path.basename(p)) for p in paths]
    with open(header, "w", encoding="utf-8") as h:
        h.write("/* Made by schema/embed.py. */\n#ifndef EMBEDDED_FILES_H\n#define EMBEDDED_FILES_H\n")
        h.writelines("extern const char asset_%s[], asset_%s_end[];\n" % (n, n) for n in names)
        h.write("#endif\n")
    with open(source, "w", encoding="utf-8") as s:
        s.write(".section .rodata\n")
        for name, path in zip(names, paths):
            s.write(".balign 16\n.global asset_%s, asset_%s_end\nasset_%s:\n.incbin \"%s\"\nasset_%s_end:\n.byte 0\n"
                    % (name, name, name, os.path.abspath(path), name))
        s.write('.section .note.GNU-stack,"",%progbits\n')


if __name__ == "__main__":
    {"sql": embed_sql, "files": embed_files}[sys.argv[1]](sys.argv[2], sys.argv[3], sys.argv[4:])
