#!/usr/bin/env python3
"""Whether a step is ready, with its records in a name server: weeks in which all is sound are ready to enforce, and the same weeks
without the reports of Google and Microsoft are not, and say so; what no report tells wants a person's word (history.py). The exit code
of `ruad rollout --step` follows. Neighbours: ../dns/nsd.py; check.py has three days, which are ready for nothing."""
import contextlib
import json
import os
import sqlite3
import sys
import urllib.request

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [TESTS, os.path.join(TESTS, "dns")]
import history  # noqa: E402
from asked import Base, check_not_ready  # noqa: E402
from harness import Tap, folder, wait_until  # noqa: E402
from nsd import nsd  # noqa: E402

KEY = ("MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAtXuZtplQhbxQ0M6eDa0D08/sF86CJ/ApE+qeMexxtSBFWIKX3IZ40tsyeGIctmHz0RBW6yDNtSJqEE0vjHrqW+6y"
       "OQFZrLTD8uMxObgFZRuw1Rot765hUCp+xkb2U4Nio/q/Xsfi9Lqzx9iJ5o84qsYt0l6FWNMi1f+lpbbDFaqUsxwKcG1wFwpWImWw/oo9wen7VUJV+ASKu09TaD0KvOohxgA5"
       "8Z50u7SO4nt21/4YcIdCrPsSeUyltf+tbkLR46963pGgLeVO/9kh2Tbq7G0hVvtlm93DhUJCpKejCrgfcPswxHExWBCHHvZdy17I9FSVGgAlIvhmo1ciapHEQQIDAQAB")
NAME = """%(name)s TXT "v=spf1 ip4:192.0.2.0/27 -all"
s1._domainkey.%(name)s TXT "v=DKIM1; k=rsa; p=%(begin)s" "%(end)s"
"""
NAMES = "".join(NAME % {"name": name + "univ.example.", "begin": KEY[:200], "end": KEY[200:]} for name in ("", "chem.", "physics.", "library.", "law."))
RECORD = """_dmarc%s TXT "v=DMARC1; %s; rua=mailto:dmarc@univ.example"
"""


def zone(policy):
    """What the name server says: the domain's policy, a department's own, and what all that signs and sends wants."""
    return {"univ.example": RECORD % ("", policy) + RECORD % (".law", "p=none") + NAMES}


@contextlib.contextmanager
def looked_up(top, name, truth, server):
    """The set in a database that knows what the name server says, served."""
    base = Base(top, name, history.CONF % ('servers = [ "%s" ]; per_second = 500;' % server.address), truth.documents)
    with base.serving() as base.url:
        with contextlib.closing(sqlite3.connect("file:%s?mode=ro" % base.db, uri=True)) as c:
            wait_until("the records to be looked up", lambda: c.execute(
                "SELECT count(*) > 1 AND min(looked_up_s > 0) FROM dns_name WHERE name LIKE '%univ.example' AND due_s IS NOT NULL").fetchone()[0])
        yield base


def confirm(base, check, step):
    body = json.dumps({"domain": "univ.example", "step": step, "check": check, "text": "Asked the people who look after it.", "name": "A Postmaster"})
    with urllib.request.urlopen(urllib.request.Request(base.url + "/api/v1/confirmations", body.encode(), {"Content-Type": "application/json"})) as answer:
        assert answer.status == 201, answer.status


def states(data, *wanted):
    return {check["id"]: check["arithmetic"] for check in data["checks"] if check["state"] in wanted}


def check_sound(tap, base):
    for step in ("rehearse", "enforce"):
        data = base.said("rollout", "--step", step)["data"]
        tap.equal(states(data, "fail", "unknown", "confirm"), {}, "all is as it has to be to %s" % step)
        tap.equal((data["readiness"], base.api("/rollout", step=step)["data"]["readiness"]), ("ready", "ready"), "ready to %s: exit 0" % step)
    said = base.verb("rollout", "--step", "enforce").stdout.decode()
    tap.case(said.startswith("univ.example is ready to enforce"), "the first words say so", said)
    data = base.said("rollout", "--step", "reject", ok=(1,))["data"]
    tap.case("quarantine-days" in states(data, "fail"), "what comes after it is not: it wants weeks at quarantine", data["checks"])


def check_confirmed(tap, base):
    """What no report tells is asked of a person, and their name stands beside it."""
    data = base.said("rollout", "--step", "rehearse", ok=(1,))["data"]
    tap.equal((data["readiness"], states(data, "fail", "unknown"), list(states(data, "confirm"))), ("ready-once-confirmed", {}, ["lists-accept"]),
              "to rehearse one thing is to be confirmed: exit 1")
    confirm(base, "lists-accept", "rehearse")
    data = base.said("rollout", "--step", "rehearse")["data"]
    check = [check for check in data["checks"] if check["id"] == "lists-accept"][0]
    tap.equal((data["readiness"], check["state"], check["confirmed_by"]), ("ready", "pass", "A Postmaster"), "once it is: exit 0")
    check_not_ready(tap, base, "four weeks at p=none", "rewritten", steps=("enforce", "reject"))


def main():
    tap = Tap()
    with folder() as top:
        with nsd(zone("p=quarantine; pct=0; t=y")) as server:
            with tap.guard("sound"), looked_up(top, "sound", history.sound(), server) as base:
                check_sound(tap, base)
            with tap.guard("without the large"), looked_up(top, "thin", history.without_large(), server) as base:
                check_not_ready(tap, base, "without Google and Microsoft", "reports", "large")
                tap.case("no reports from Gmail and Outlook" in base.page("/rollout", step="enforce"), "they are named")
        with nsd(zone("p=none")) as server:
            with tap.guard("to rehearse"), looked_up(top, "none", history.to_rehearse(), server) as base:
                check_confirmed(tap, base)
    tap.end()


if __name__ == "__main__":
    main()
