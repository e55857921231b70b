"""The gold corpus: format, marks, own wording, the counts that it promises, its split, and the figures of its data sheet.

python tests/test_gold.py --update    write the counts and the agreement anew into data/README.md
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

import gold_checks as checks
from baomat import goldfile, schema
from baomat.gold import side_of as split
from gold_checks import Record

DATA = Path(__file__).parents[1] / "data"
SHEET = DATA / "README.md"
TARGETS = {"organizations (exact span)": 0.95, "dates (value)": 0.97, "phases (by sentence)": 0.85}
SIDES = {"train": 0.6, "validation": 0.2, "test": 0.2}
UNDOING = {"containment", "eradication", "recovery"}

# The sectors that the corpus is to cover, and the topic words of the headers that stand for them.
SECTORS = {
    "banking and payment": "banking, bank, payment, e-wallet, wallet, credit cards, bank accounts, bank account, bank insider",
    "securities and crypto": "securities, stock market, market, investment, investment fraud, crypto, crypto exchange",
    "post and transport": "post, logistics, port, ports, shipping, aviation, airline, airport",
    "telecom": "telecom, mobile, sim swap, SIM swap, SIM hijack",
    "energy and water": "energy, fuel, water leak",
    "health": "health, hospital, medical devices",
    "education": "education, school, university, students, grades",
    "provinces, ministries and state bodies": "provinces, province, government, public services, state attack, social insurance",
    "retail, tourism and online trade": "retail, e-commerce, hotel, hotels, online shopping, tourism",
    "media": "media, film",
    "industry": "manufacturer, engineering, aerospace, electronics, automotive security",
}


@cache
def gold() -> tuple[Record, ...]:
    return tuple(goldfile.read_folder(DATA / "gold"))


@cache
def annotations() -> tuple[tuple[Record, ...], tuple[Record, ...]]:
    """The articles that were annotated twice, before disagreements were settled: first, second."""
    second = goldfile.read_folder(DATA / "agreement")
    return tuple(goldfile.read_folder(DATA / "agreement" / "first")), tuple(second)


# ---------------------------------------------------------------- format and marks
def test_marks_stand_where_they_say() -> None:
    for record in gold():
        text, dates = record["text"], iter(record["dates"])
        surfaces = {org["surface"] for org in record["orgs"]}
        for start, end, what in record["marks"]:
            assert text[start:end] == next(dates)["surface"] if what == "date" else text[start:end] in surfaces, record["id"]
        spans = record["spans"]
        assert all(start < end for start, end in spans), record["id"]
        assert all(end <= start for (_, end), (start, _) in pairwise(spans)), record["id"]
        assert text[: spans[0][1]] == record["title"], f"{record['id']}: the title is not the first sentence"


def test_marks_record_and_weekdays_agree() -> None:
    assert [f"{record['id']}: {mistake}" for record in gold() for mistake in checks.mark_mistakes(record)] == []


def test_one_organization_has_one_type() -> None:
    """But for names that two invented organizations happen to share."""
    types: dict[str, set[str]] = {}
    for record in gold():
        for org in record["orgs"]:
            types.setdefault(org["canon"], set()).add(org["type"])
    assert {canon for canon, found in types.items() if len(found) > 1} <= {"Mắt Lưới"}


def test_lengths_are_those_of_the_style() -> None:
    for record in gold():
        words = len(record["text"].split()) - len(record["title"].split())
        sentences = len(record["spans"]) - 1
        assert 200 <= words <= 600 if record["style"] == "long" else 1 <= sentences <= 3, f"{record['id']}: {words}, {sentences}"


def test_no_incident_no_group_of_its_own() -> None:
    told = Counter(record["group"] for record in gold() if record["incident"])
    assert not [record["id"] for record in gold() if not record["incident"] and record["group"] in told]


# ---------------------------------------------------------------- what the corpus promises
def count(holds: Callable[[Record], object]) -> Callable[[Sequence[Record]], float]:
    return lambda records: sum(bool(holds(record)) for record in records)


def share(holds: Callable[[Record], object]) -> Callable[[Sequence[Record]], float]:
    return lambda records: count(holds)(records) / len(records)


def undoing(record: Record) -> int:
    """Sentences that tell containment, eradication or recovery."""
    return sum(bool(UNDOING & set(sent["phases"])) for sent in record["sents"])


def doubted(record: Record) -> bool:
    """A denial, an unverified claim or a refutation is told."""
    claimed = any("claimed" in sent.get("modalities", ()) for sent in record["sents"])
    return claimed or (record["incident"] or {}).get("verification") in ("disputed", "refuted")


def merge_groups(records: Sequence[Record]) -> int:
    """Incidents that two or more articles tell."""
    return sum(n > 1 for n in Counter(record["group"] for record in records).values())


PROMISES: dict[str, tuple[Callable[[Sequence[Record]], float], float, float]] = {
    "articles": (len, 300, 330),
    "long articles": (count(lambda record: record["style"] == "long"), 130, 145),
    "leads": (count(lambda record: record["style"] == "lead"), 170, 190),
    "share of real incidents": (share(lambda record: record["basis"] == "real"), 0.35, 0.45),
    "share without an incident": (share(lambda record: not record["incident"]), 0.20, 0.30),
    "share in Vietnam": (share(lambda record: "VN" in record["country"]), 0.62, 0.78),
    "tell containment, eradication or recovery at length": (count(lambda record: undoing(record) >= 3), 60, 330),
    "hold a denial, an unverified claim or a refutation": (count(doubted), 30, 330),
    "incidents told by two or more articles": (merge_groups, 40, 330),
    "years": (lambda records: len({record["published"][:4] for record in records}), 13, 13),
}


@pytest.mark.parametrize("what", PROMISES)
def test_the_corpus_holds_what_it_promises(what: str) -> None:
    measure, low, high = PROMISES[what]
    assert low <= measure(gold()) <= high


def test_every_year_and_every_label_is_there() -> None:
    incidents = [record["incident"] for record in gold() if record["incident"]]
    orgs = [org for record in gold() for org in record["orgs"]]
    sents = [sent for record in gold() for sent in record["sents"]]
    assert {record["published"][:4] for record in gold()} == {str(year) for year in range(2014, 2027)}
    assert {incident["kind"] for incident in incidents} == set(schema.KINDS)
    assert {attack for incident in incidents for attack in incident["attack_types"]} == set(schema.ATTACK_TYPES)
    assert {incident["verification"] for incident in incidents} == set(schema.VERIFICATIONS)
    assert {org["type"] for org in orgs} == set(schema.ORG_TYPES)
    assert {org["role"] for org in orgs} == set(schema.ROLES)
    assert {phase for sent in sents for phase in sent["phases"]} == set(schema.PHASES)
    assert {sector: n for sector, n in sectors(gold()).items() if n < 3} == {}


# ---------------------------------------------------------------- own wording
def test_no_two_articles_resemble_each_other() -> None:
    assert checks.twins(gold()) == []


@pytest.mark.slow
def test_the_words_are_our_own(shared: Path) -> None:
    eights, fifteens = checks.common_runs(gold(), shared, checks.RUN, checks.LONG_RUN)
    assert [f"{record['id']}: {mistake}" for record in gold() for mistake in checks.copied(record, eights, fifteens)] == []


def test_no_source_is_an_article_of_the_evaluation_set(shared: Path) -> None:
    with (shared / "eval" / "dev.jsonl").open(encoding="utf-8") as file:
        kept_out = {json.loads(line).get("url") for line in file}
    assert [record["id"] for record in gold() if kept_out & set(record["sources"])] == []


# ---------------------------------------------------------------- split
def test_no_incident_stands_on_two_sides() -> None:
    """Articles with a source or an organization hit in common are one group, so the hash of the group parts no incident."""
    groups: dict[str, set[str]] = {}
    for record in gold():
        for name in (*record["sources"], *(record["incident"] or {}).get("victims", ())):
            groups.setdefault(name, set()).add(record["group"])
    assert {name: found for name, found in groups.items() if len(found) > 1} == {}


@pytest.mark.parametrize("side", SIDES)
def test_sides_have_their_share(side: str) -> None:
    assert share(lambda record: split(record["group"]) == side)(gold()) == pytest.approx(SIDES[side], abs=0.06)


# ---------------------------------------------------------------- agreement and data sheet
def test_two_annotations_agree() -> None:
    first, second = annotations()
    assert len(first) == len(second) == 30
    found = {task: checks.f1(*counts) for task, counts in checks.agreement(first, second).items()}
    assert {task: found[task] for task, target in TARGETS.items() if found[task] < target} == {}


def test_annotated_twice_are_articles_of_the_corpus() -> None:
    texts = {record["id"]: record["text"] for record in gold()}
    assert [record["id"] for records in annotations() for record in records if texts[record["id"]] != record["text"]] == []


def test_the_data_sheet_tells_the_figures() -> None:
    assert SHEET.read_text(encoding="utf-8") == with_figures(SHEET.read_text(encoding="utf-8"))


def sectors(records: Sequence[Record]) -> dict[str, int]:
    """Articles by sector; one can count in several, or in none."""
    words = {sector: set(named.split(", ")) for sector, named in SECTORS.items()}
    return {sector: count(lambda record, named=named: named & set(record["topic"]))(records) for sector, named in words.items()}


def counts_sheet(records: Sequence[Record]) -> list[str]:
    """The tables of the data sheet, as Markdown lines."""
    sides = {"all": list(records), **{side: [r for r in records if split(r["group"]) == side] for side in SIDES}}
    columns: dict[str, Callable[[Record], object]] = {
        "long": lambda record: record["style"] == "long",
        "leads": lambda record: record["style"] == "lead",
        "with an incident": lambda record: record["incident"],
        "real": lambda record: record["basis"] == "real",
        "Vietnam": lambda record: "VN" in record["country"],
    }
    lines = [row("side", "articles", *columns), row("---", *["--:"] * (len(columns) + 1))]
    lines += [row(side, len(chosen), *(count(holds)(chosen) for holds in columns.values())) for side, chosen in sides.items()]
    lines += ["", row("what", "counts"), row("---", "---")]
    return lines + [row(what, told) for what, told in described(records).items()]


def described(records: Sequence[Record]) -> dict[str, object]:
    incidents = [record["incident"] for record in records if record["incident"]]
    orgs = [org for record in records for org in record["orgs"]]
    sents = [sent for record in records for sent in record["sents"]]
    sentences, dates = (sum(len(record[field]) for record in records) for field in ("spans", "dates"))
    return {
        "sentences": f"{sentences}, {len(sents)} of them with phases",
        "marks": f"{len(orgs)} organization surfaces, {dates} dates",
        "kinds of incident": tally(incident["kind"] for incident in incidents),
        "types of attack (an incident can have several)": tally(
            kind for incident in incidents for kind in incident["attack_types"]
        ),
        "verification": tally(incident["verification"] for incident in incidents),
        "phase labels": tally(phase for sent in sents for phase in sent["phases"]),
        "labels with another modality than actual": tally(
            modality for sent in sents for modality in sent.get("modalities", ()) if modality != "actual"
        ),
        "organization surfaces by type": tally(org["type"] for org in orgs),
        "organization surfaces by role": tally(org["role"] for org in orgs),
        "sectors (by topic words)": ", ".join(f"{sector} {n}" for sector, n in sectors(records).items()),
        "years": ", ".join(f"{year} {n}" for year, n in sorted(Counter(record["published"][:4] for record in records).items())),
        "incidents told by two or more articles": merge_groups(records),
        "articles with three or more sentences of containment, eradication or recovery": count(
            lambda record: undoing(record) >= 3
        )(records),
        "articles with a denial, an unverified claim or a refutation": count(doubted)(records),
    }


def tally(values: Iterable[str]) -> str:
    return ", ".join(f"{value} {n}" for value, n in sorted(Counter(values).items(), key=lambda item: (-item[1], item[0])))


def agreement_sheet() -> list[str]:
    lines = [row("task", "F1", "in both", "first", "second"), row("---", *["--:"] * 4)]
    found = checks.agreement(*annotations())
    return lines + [row(task, f"{checks.f1(*counts):.3f}", *counts) for task, counts in found.items()]


def row(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def with_figures(text: str) -> str:
    """The data sheet with its figures written anew between their comments."""
    for name, lines in (("counts", counts_sheet(gold())), ("agreement", agreement_sheet())):
        before, start, rest = text.partition(f"<!-- {name} -->\n")
        _, end, after = rest.partition(f"<!-- end of {name} -->")
        assert end, f"no place for the {name} in the data sheet"
        text = f"{before}{start}\n" + "\n".join(lines) + f"\n\n{end}{after}"
    return text


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--update", action="store_true", help="write the figures into data/README.md")
    old = SHEET.read_text(encoding="utf-8")
    new = with_figures(old)
    if parser.parse_args().update:
        SHEET.write_text(new, encoding="utf-8")
    else:
        print(new)
    return 0


if __name__ == "__main__":
    sys.exit(main())
