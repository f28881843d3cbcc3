#!/usr/bin/env python3
"""Turn files of the source tree into C at build time.

  embed.py sql OUT.h OUT.c FILE.sql...     named statements: an enum SQL_X and a table of their texts
  embed.py files OUT.h OUT.s FILE...       whole files: asset_NAME and asset_NAME_end, by the assembler

A statement starts at a line `-- name: what it does` and ends before the next such line. `{fragment}` stands for the
statement `-- fragment name: ...` of the same file. facts.sql and derived.sql are single scripts, named after the file.
"""
import os
import re
import sys

HEAD = re.compile(r"^-- (fragment )?([a-z][a-z0-9_]*):(.*)$")


def statements(path):
    """Yield (name, sql, comment) of one file."""
    text = open(path, encoding="utf-8").read()
    if os.path.dirname(path).rsplit("/", 1)[-1] not in ("queries", "migrate"):
        yield os.path.splitext(os.path.basename(path))[0] + "_script", text, "the script"
        return
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
        yield name, re.sub(r"\{(\w+)\}", lambda m: fragments[m.group(1)], body), comment


def c_string(text):
    return "\n".join('\t  "%s\\n"' % x.replace("\\", "\\\\").replace('"', '\\"') for x in text.splitlines())


def embed_sql(header, source, paths):
    found = [s for p in paths for s in statements(p)]
    with open(header, "w", encoding="utf-8") as h:
        h.write("/* Made by schema/embed.py. */\n#ifndef SCHEMA_SQL_H\n#define SCHEMA_SQL_H\nenum sql {\n")
        h.writelines("\tSQL_%s, /* %s */\n" % (n.upper(), c.replace("*/", "")) for n, _, c in found)
        h.write("\tSQL_STATEMENTS\n};\nextern const struct sql_text {\n\tconst char *name, *text;\n} "
                "sql_texts[SQL_STATEMENTS];\n#endif\n")
    with open(source, "w", encoding="utf-8") as c:
        c.write('#include "%s"\nconst struct sql_text sql_texts[SQL_STATEMENTS] = {\n' % os.path.basename(header))
        c.writelines('\t{ "%s",\n%s },\n' % (n, c_string(s)) for n, s, _ in found)
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
