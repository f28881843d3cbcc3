#!/usr/bin/env python3
"""The planner held to sets of reports whose truth is known: the published first results in their own numbers (published.py), and weeks in
which a policy moves on (history.py). Nothing here is timed."""
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import history  # noqa: E402
import made  # noqa: E402
import published  # noqa: E402
from asked import CLASSES, Base, check_not_ready, check_promises, text_of  # noqa: E402
from harness import Tap, folder, ndjson  # noqa: E402

# --- the published first results ---

def check_published_totals(tap, base):
    said = base.verb("summary", "--period", "3d").stdout.decode()
    tap.case(all(re.search(form, said) for form in (
        r"Untrusted +254 +17\.6%", r"Total +1,443", r"902 +62\.5%", r"287 +19\.9% .*121 lack DKIM, 166 lack SPF", r"Of the 254 untrusted",
        r"158 +62\.2% +Mailing lists +most: LISTSERV", r"\b28 +11\.0% +Forwarded, ARC vouched", r"\b34 +13\.4% +Our own systems", r"9 receivers, 31 reports")),
        "summary says it in the published numbers", said)
    for name, data in (("JSON", base.said("summary", "--period", "3d")), ("the API", base.api("/summary", period="3d"))):
        causes = {cause["key"]: cause["messages"] for cause in data["data"]["untrusted_by_cause"]}
        tap.equal([data["total"][c] for c in CLASSES] + [data["data"]["coverage"]["reports"], data["data"]["coverage"]["receivers"]],
                  [published.FULL, published.PARTIAL, published.UNTRUSTED, 0, 0, published.REPORTS, len(published.RECEIVERS)],
                  "%s has the five classes, 31 reports and 9 receivers" % name)
        tap.equal((causes["list"], causes["arc"], causes["ours"], data["data"]["list_and_arc"]),
                  (published.LISTS, published.ARC, published.PORTAL + published.RELAY, 0), "%s has the causes" % name)
    said = text_of(base.page("/", period="3d"))
    tap.equal(base.groups("verdict", class_="untrusted"), {"list-rewrites": published.LISTS, "arc": published.ARC, "unknown": published.UNKNOWN,
                                                           "ours-unfixed": published.PORTAL + published.RELAY, "forward-breaks": published.FORWARDED},
              "verdicts of what is untrusted")
    tap.case(all(word in said for word in ("254", "1,443", "17.6%", "158", "28")), "Overview says it in the published numbers", said[:3000])
    check_promises(tap, base, "/", period="3d")


def check_published_planner(tap, base):
    """What the rehearsal would do, by the arithmetic of UX 7.2, and what the steps behind it would."""
    for name, data in (("JSON", base.said("rollout", "--step", "rehearse", ok=(1,))), ("the API", base.api("/rollout", step="rehearse", period="3d"))):
        predicted = data["data"]["predicted"]
        tap.equal([predicted[key] for key in ("before_numerator", "before_denominator", "after_numerator", "after_denominator", "leaves")]
                  + [round(predicted["after"], 3), predicted["list_failing"], predicted["arc"], predicted["list_and_arc"]],
                  [254, 1443, 96, 1285, 158, 0.075, published.LISTS, published.ARC, 0], "%s predicts 96 of 1,285 after the rehearsal" % name)
        tap.case("(254 − 158) ÷ (1,443 − 158) = 96 ÷ 1,285 = 7.5%" in predicted["arithmetic"], "and shows the arithmetic", predicted)
    said = text_of(base.page("/rollout", period="3d"))
    tap.case(all(words in said for words in ("(254 − 158) ÷ (1,443 − 158) = 96 ÷ 1,285 = 7.5%", "254 of 1,443", "17.6%", "52.7", "9.3", "11.3", "2.3", "22.7")),
             "the page predicts it in the same numbers", said[:4000])
    groups = {(g["step"], g.get("group", "all")): g for step in data["data"]["steps"] for g in [step, *step["groups"]]}
    tap.equal([(g["failing"], g["leaves"], g["moved_low"], g["moved_high"]) for g in (
        groups["enforce", key] for key in ("list", "arc", "ours", "forward", "unknown", "all"))],
        [(158, 158, 0, 0), (28, 0, 0, 0), (34, 0, 34, 34), (7, 0, 7, 7), (27, 0, 27, 27), (254, 158, 68, 68)], "what enforcing would move of each group")
    by = base.api("/rollout/steps", period="3d", step="enforce")["data"]
    tap.equal({key: [sum(line[column] for line in by[key]) for column in ("failing", "leaves", "moved_high")] for key in ("sources", "receivers", "departments")},
              dict.fromkeys(("sources", "receivers", "departments"), [254, 158, 68]), "by sender, receiver and department it adds up to the same")
    for step in ("rehearse", "enforce", "reject"):
        for path in ("/rollout", "/rollout/steps"):
            check_promises(tap, base, path, period="3d", step=step)


def check_overlap(tap, base):
    """The same counts, and some of the list's mail is vouched for: both are said, nothing is counted twice."""
    data = base.said("summary", "--period", "3d")["data"]
    causes = {cause["key"]: cause["messages"] for cause in data["untrusted_by_cause"]}
    tap.equal((causes["list"], causes["arc"], data["arc_rescued"], data["list_and_arc"]),
              (published.LISTS, published.ARC, published.ARC + published.OVERLAP, published.OVERLAP), "list mail that ARC vouches for is told as both")
    predicted = base.api("/rollout", period="3d", step="rehearse")["data"]["predicted"]
    tap.equal([predicted[key] for key in ("list_failing", "arc", "list_and_arc", "after_numerator", "after_denominator")],
              [published.LISTS, published.ARC + published.OVERLAP, published.OVERLAP, 96, 1285], "the planner shows both, and predicts the same")
    said = text_of(base.page("/rollout", period="3d"))
    tap.case("Of 158 that failed through lists and 48 that ARC vouched for, 20 are the same messages" in said, "and so does its page", said[:3000])
    verdicts = base.groups("verdict", class_="untrusted")
    tap.equal((verdicts["list-rewrites"], verdicts["arc"]), (published.LISTS, published.ARC), "its verdict is that of its list, which is known to rewrite")


def check_published(tap, top):
    base = Base(top, "published", published.CONF, published.reports())
    with base.serving() as base.url, tap.guard("the published first results"):
        check_published_totals(tap, base)
        check_published_planner(tap, base)
        check_not_ready(tap, base, "three days", "first-days", "days", "quarantine-days")
    base = Base(top, "overlap", published.CONF, published.reports(published.OVERLAP))
    with base.serving() as base.url, tap.guard("the overlap of list and ARC"):
        check_overlap(tap, base)


# --- ten weeks from none to reject ---

def check_phase_totals(tap, base, truth):
    """What receivers did in each phase, and the verdict of every message."""
    tap.equal(base.groups("phase"), {step: sum(map(sum, verdicts.values())) for step, verdicts in truth.counts.items()}, "messages per phase")
    for step, verdicts in truth.counts.items():
        got = {verdict: base.classes(phase=step, verdict=verdict) for verdict in verdicts}
        tap.equal({verdict: [sum(counts[:3]), *counts[3:]] for verdict, counts in got.items()}, verdicts,
                  "each verdict in the phase %s: delivered, quarantined, rejected" % step)
        tap.equal(base.groups("verdict", phase=step), {verdict: sum(count) for verdict, count in verdicts.items()}, "and together")


def day_text(day):
    return made.day_text(history.FIRST + day * made.DAY_S)


def check_phases(tap, base, truth):
    """Which policy each receiver saw from which day on: its own days, for it may hold the old record."""
    lines = [line for line in ndjson(base.page("/api/v1/rollout/phases", format="ndjson").encode()) if line["list"] == "phases"]
    got = {}
    for line in lines:
        got.setdefault((line["reporter"], line["domain"]), []).append([line[name] for name in ("step", "old_last_seen", "first_seen", "last_seen")])
    want = {pair: [[step, day_text(stretches[i - 1][2]) if i else None, day_text(first), day_text(last)] for i, (step, first, last) in enumerate(stretches)]
            for pair, stretches in truth.seen.items()}
    tap.equal(got, want, "phases of %d receivers and policy domains, with the days on which they change" % len(want))
    check_promises(tap, base, "/rollout/phases")


def check_transition(tap, base, _truth):
    """What became of each group once the rehearsal began, with the receiver that was away, and a prediction beside it."""
    data = base.api("/rollout/measured", step="rehearse", by="source")["data"]
    lists = {line["key"]: line for line in data["groups"]}["LISTSERV mailing lists"]
    tap.case(lists["outcome"] == "now-rewrites" and lists["ratio"] < 0.15 and lists["predicted"] == 0 and lists["predicted_a_day"] == "0 a day" and lists["residual"] == lists["after"],
             "the list rewrites now, as was predicted; what is left stands beside it", lists)
    away = [line for line in data["receivers"] if line["label"] == history.MICROSOFT][0]
    tap.case(away["sound_before"] < away["sound_after"] * 0.8 and away["why"] == "compared", "the receiver that was away is compared by its own sound mail", away)
    groups = {line["key"]: line for line in base.api("/rollout/measured", step="rehearse", by="verdict")["data"]["groups"]}
    odd = [line for key, line in groups.items() if not key.startswith("list") and line["before"] >= 100
           and (line["outcome"] not in ("still-breaks", "unchanged", "too-little-data") or not 0.7 < line["ratio"] < 1.4)]
    tap.case(not odd and {"arc", "ours-unfixed", "forward-breaks", "unknown"} <= set(groups), "nothing else changed", odd or groups)
    check_promises(tap, base, "/rollout/measured", step="rehearse")


def check_banner(tap, base, truth):
    """The receiver that acts in a rehearsal is named, with what it moved."""
    certified = base.api("/rollout", period="all", phase="rehearse")["data"]["certified"]
    acting = [line["reporter"] for line in certified["receivers_that_act"]]
    tap.equal((certified["acted_on"], acting), (truth.acted, [history.IGNORES_PCT]), "who acts in a rehearsal, and on how much")
    held = sum(count[0] for verdict, count in truth.counts["rehearse"].items() if verdict not in ("sound", "forward-survives", "arc"))
    tap.equal(certified["held_back"], held, "what the others say that they held back")
    for path in ("/rollout", "/rollout/measured"):
        page = base.page(path, period="all", step="rehearse")
        alarm = re.search(r'<p class="alarm" role="alert">(.*?)</p>', page, re.S)
        said = re.sub(r"<[^>]*>", "", alarm.group(1)) if alarm else ""
        tap.case(history.IGNORES_PCT in said and str(truth.acted) in said, "a red banner says so on %s" % path, said or page[:1500])


def check_history(tap, top):
    truth = history.ten_weeks()
    base = Base(top, "history", history.CONF % "lookups = false;", truth.documents)
    with base.serving() as base.url:
        for check in (check_phase_totals, check_phases, check_transition, check_banner):
            with tap.guard(check.__name__):
                check(tap, base, truth)


def main():
    tap = Tap()
    with folder() as top:
        with tap.guard("published"):
            check_published(tap, top)
        with tap.guard("history"):
            check_history(tap, top)
    tap.end()


if __name__ == "__main__":
    main()
