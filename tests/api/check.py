#!/usr/bin/env python3
"""The API does what its own description says (/api/v1/openapi.json): each path answers with the schema it names, takes every
parameter that it lists and refuses every other by name, is CSV and JSON lines too, and is not sent again when it did not change.
Runs on the demo data; knows no path by itself."""
import json
import os
import sys
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from harness import Tap, fetch, folder, ruad, serving  # noqa: E402

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}
SAMPLE = {"period": "7d", "from": "2026-01-01", "to": "2030-01-01", "after": None, "sort": None, "cols": None, "fields": None,
          "ip": "192.0.2.0/24", "q": "univ", "compare": "prev"}
PATHS_AT_LEAST = 6


def resolve(doc, schema):
    """Follows "$ref"."""
    while "$ref" in schema:
        node = doc
        for step in schema["$ref"].lstrip("#/").split("/"):
            node = node[step]
        schema = node
    return schema


def is_type(value, name):
    if name == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, TYPES[name])


def faults(doc, schema, value, where="answer"):
    """What of a value is not as its schema says. The part of JSON Schema that the description uses."""
    schema = resolve(doc, schema)
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if types and not any(is_type(value, name) for name in types):
        yield "%s: %r is no %s" % (where, value, types)
        return
    if "enum" in schema and value not in schema["enum"]:
        yield "%s: %r is none of %s" % (where, value, schema["enum"])
    if isinstance(value, dict):
        for name in schema.get("required", []):
            if name not in value:
                yield "%s: no %s" % (where, name)
        for name, inner in schema.get("properties", {}).items():
            if name in value:
                yield from faults(doc, inner, value[name], where + "." + name)
    if isinstance(value, list) and "items" in schema:
        for i, item in enumerate(value):
            yield from faults(doc, schema["items"], item, "%s[%d]" % (where, i))


def parameters(doc, operation):
    return [resolve(doc, p) for p in operation.get("parameters", [])]


def sample(parameter):
    """A value that the parameter says it takes; None where only the data can tell."""
    schema = parameter["schema"]
    schema = schema.get("items", schema)
    if parameter["name"] in SAMPLE:
        return SAMPLE[parameter["name"]]
    if "enum" in schema:
        return schema["enum"][0]
    return str(schema["minimum"]) if schema.get("type") == "integer" else "x.example"


def id_for(url, path, operation, get):
    """An id that is there: of the list that the page stands below, the page that its first row leads to."""
    page, below = operation["summary"].split()[-1].split("*")[0], urllib.parse.urlsplit(path).path.split("{id}")[0]
    body = get(url + page.rstrip("/"))[2].decode()
    for part in body.split('href="')[1:]:
        href = part.split('"')[0].split("?")[0].replace("&amp;", "&")
        if href.startswith(page) and len(href) > len(page) and "/" not in href[len(page):] and not href.endswith(".xml") and \
                fetch(url + below + href[len(page):])[0] == 200:
            return href[len(page):]
    return None


def check_answer(tap, doc, url, path):
    status, headers, body = fetch(url + path)
    schema = doc["components"]["responses"]["View"]["content"]["application/json"]["schema"]
    odd = list(faults(doc, schema, json.loads(body))) if status == 200 else [status, body[:300]]
    tap.case(status == 200 and not odd, "%s answers as described" % path, odd)
    again = fetch(url + path, {"If-None-Match": headers.get("ETag", "")})
    tap.equal((again[0], again[2]), (304, b""), "%s is not sent again when it did not change" % path)
    kinds = [fetch(url + path + "?format=" + f)[1].get("Content-Type", "").split(";")[0] for f in ("csv", "ndjson")]
    tap.equal(kinds, ["text/csv", "application/x-ndjson"], "%s is CSV and JSON lines, too" % path)


def check_parameters(tap, doc, url, path, operation):
    """Takes what it lists, and nothing else."""
    listed = {p["name"]: p for p in parameters(doc, operation) if p["in"] == "query"}
    refused = {}
    for name, parameter in listed.items():
        value = sample(parameter)
        if value is None:
            continue
        status, _, body = fetch(url + path + "?" + urllib.parse.urlencode({name: value}))
        if status == 400 and name not in [e["parameter"] for e in json.loads(body)["errors"]]:
            continue  # it wants another beside it
        if status not in (200, 404):
            refused[name] = (value, status, body[:200])
    tap.case(not refused, "%s takes the %d parameters that it lists" % (path, len(listed)), refused)
    taken = []
    for name in [*doc["components"]["parameters"], "clas"]:
        if name in listed:
            continue
        status, _, body = fetch(url + path + "?" + urllib.parse.urlencode({name: "1"}))
        problem = json.loads(body) if status == 400 else {}
        odd = list(faults(doc, doc["components"]["schemas"]["Problem"], problem))
        if odd or [e["parameter"] for e in problem["errors"]] != [name]:
            taken.append((name, status, odd))
    tap.case(not taken, "%s refuses every other by name" % path, taken)


def check_paths(tap, doc, url):
    for path, operations in doc["paths"].items():
        if "get" not in operations or "/raw" in path:
            continue
        operation, real = operations["get"], path
        if "{id}" in path:
            name = id_for(url, path, operation, fetch)
            tap.case(name is not None, "%s: the demo has one" % path, "")
            if name is None:
                continue
            real = path.replace("{id}", name)
        check_answer(tap, doc, url, real)
        check_parameters(tap, doc, url, real, operation)


def main():
    tap = Tap()
    with folder() as top:
        db = os.path.join(top, "demo.db")
        with tap.guard("demo and serve"):
            ruad("--db", db, "demo", "--no-serve")
            with serving(db) as url:
                status, headers, body = fetch(url + "/api/v1/openapi.json")
                doc = json.loads(body)
                tap.case(status == 200 and doc["openapi"].startswith("3.1.") and len(doc["paths"]) >= PATHS_AT_LEAST,
                         "the description is there, with %d paths" % len(doc.get("paths", [])), headers)
                names = [op["operationId"] for ops in doc["paths"].values() for op in ops.values()]
                tap.equal(len(names), len(set(names)), "each operation has a name of its own")
                check_paths(tap, doc, url)
    tap.end()


if __name__ == "__main__":
    main()
