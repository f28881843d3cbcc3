"""mmdb: writes small files in the MaxMind DB format 2.0, for tests: networks to values, IPv4 below ::/96.

  mmdb.py asn|country FILE NETWORK=VALUE...    192.0.2.0/24=64500, 2001:db8::/32=GB

Neighbours: check.py has what it wrote read by mmdblookup as well.
"""
import ipaddress
import os
import struct
import sys

RECORD_BITS = 24


def control(kind, size):
    """The control byte of a field, and what belongs to it (type over 7: the next byte; size over 28: the next one)."""
    assert size < 29 + 256
    first = (kind << 5 if kind <= 7 else 0) | min(size, 29)
    return bytes([first]) + (bytes([kind - 7]) if kind > 7 else b"") + (bytes([size - 29]) if size >= 29 else b"")


class U16(int):
    pass


class U64(int):
    pass


def field(value):
    if isinstance(value, str):
        return control(2, len(value.encode())) + value.encode()
    if isinstance(value, dict):
        return control(7, len(value)) + b"".join(field(k) + field(v) for k, v in value.items())
    if isinstance(value, list):
        return control(11, len(value)) + b"".join(map(field, value))
    kind = 5 if isinstance(value, U16) else 9 if isinstance(value, U64) else 6
    number = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return control(kind, len(number)) + number


def bits_of(network, version):
    net = ipaddress.ip_network(network)
    if version == 6 and net.version == 4:
        return "0" * 96 + format(int(net.network_address), "032b")[:net.prefixlen]
    return format(int(net.network_address), "0%db" % net.max_prefixlen)[:net.prefixlen]


def tree_of(values, version):
    """Nodes of two records each: a number of a node, or ("data", offset), or None."""
    nodes, data, offsets = [[None, None]], b"", {}
    for network, value in values.items():
        packed = field(value)
        if packed not in offsets:
            offsets[packed] = len(data)
            data += packed
        at, bits = 0, bits_of(network, version)
        for bit in bits[:-1]:
            if nodes[at][int(bit)] is None:
                nodes.append([None, None])
                nodes[at][int(bit)] = len(nodes) - 1
            at = nodes[at][int(bit)]
        nodes[at][int(bits[-1])] = ("data", offsets[packed])
    return nodes, data


def mmdb(values, kind, version=6):
    """The bytes of a file: `values` maps networks, none within another, to what is known of them."""
    nodes, data = tree_of(values, version)
    tree = b""
    for node in nodes:
        for record in node:
            number = len(nodes) if record is None else record if isinstance(record, int) else len(nodes) + 16 + record[1]
            tree += struct.pack(">I", number)[4 - RECORD_BITS // 8:]
    about = {"node_count": len(nodes), "record_size": U16(RECORD_BITS), "ip_version": U16(version),
             "database_type": kind, "languages": ["en"], "binary_format_major_version": U16(2),
             "binary_format_minor_version": U16(0), "build_epoch": U64(1700000000),
             "description": {"en": "made for a test"}}
    return tree + bytes(16) + data + b"\xab\xcd\xefMaxMind.com" + field(about)


def asn(networks, version=6):
    return mmdb({n: {"autonomous_system_number": number, "autonomous_system_organization": "AS %d" % number}
                 for n, number in networks.items()}, "GeoLite2-ASN", version)


def country(networks, version=6):
    return mmdb({n: {"country": {"geoname_id": 1, "iso_code": code}} for n, code in networks.items()},
                "GeoLite2-Country", version)


def put(path, data):
    """In the place of what was there, as an update has to: by renaming."""
    with open(path + ".new", "wb") as f:
        f.write(data)
    os.rename(path + ".new", path)


if __name__ == "__main__":
    if len(sys.argv) < 4 or sys.argv[1] not in ("asn", "country"):
        sys.exit(__doc__)
    pairs = dict(p.rsplit("=", 1) for p in sys.argv[3:])
    put(sys.argv[2], asn({n: int(v) for n, v in pairs.items()}) if sys.argv[1] == "asn" else country(pairs))
