"""Accuracy against annotated articles: precision, recall and F1 of every task.

What counts
  organizations  exact span; overlapping span; distinct names (organizations matched one to one); linking: of the pairs
                 of different written forms, those that are rightly said to be one organization (F1, mean over articles);
                 not listed: of the mentions whose organization the lexicon has under none of its names, the share found exactly.
  dates          found (overlapping), exact span, value (found and the same ISO value).
  phases         per sentence; planned and negated ones are left out, except for impact. Macro: phases with 10 labels or more.
  incident       the main incident of each article; a name is right when its organization is, or its folded form.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import aliases
from .gold import Gold, Span, read
from .schema import PHASES
from .text import fold

if TYPE_CHECKING:
    import pandas as pd

    from .frames import Tables

Row = Mapping[str, Any]
StandsFor = Callable[[str], set[str]]
NAMES = ("victims", "impersonated", "threat_actors", "responders")
# Single values of an incident, with the value that says the same as nothing.
SINGLE = {"service_status": "unknown", "case_status": "none_told", "verification": "", "kind": ""}
NOT_LISTED = "organizations (not listed)"
FREQUENT = 10  # labels that a phase needs to count in the macro average


@dataclass(slots=True)
class Counts:
    """Right ones, those in the gold, those the program gave."""

    hit: int = 0
    gold: int = 0
    system: int = 0

    def add(self, hit: int, gold: int, system: int) -> None:
        self.hit, self.gold, self.system = self.hit + hit, self.gold + gold, self.system + system

    def row(self) -> dict[str, float]:
        precision, recall = _ratio(self.hit, self.system), _ratio(self.hit, self.gold)
        f1 = _ratio(2 * precision * recall, precision + recall)
        figures = {"precision": precision, "recall": recall, "f1": f1}
        return {name: round(value, 3) for name, value in figures.items()} | {"gold": self.gold, "system": self.system}


@dataclass(slots=True)
class Shares:
    """How often one value an article was right."""

    right: int = 0
    n: int = 0

    def add(self, right: bool) -> None:
        self.right, self.n = self.right + right, self.n + 1

    def row(self) -> dict[str, float | None]:
        return {"accuracy": round(self.right / self.n, 3) if self.n else None, "n": self.n}


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


@dataclass(slots=True)
class Evaluation:
    """The figures of a run (``report``) and, task by task, what was wrong (``errors``)."""

    report: dict[str, Any]
    errors: dict[str, list[str]]


@dataclass(slots=True)
class _Totals:
    counts: defaultdict[str, Counts] = field(default_factory=lambda: defaultdict(Counts))
    shares: defaultdict[str, Shares] = field(default_factory=lambda: defaultdict(Shares))
    phase: defaultdict[str, Counts] = field(default_factory=lambda: defaultdict(Counts))
    linking: list[float] = field(default_factory=list)
    errors: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    incident_rows: int = 0


def evaluate(path: Path | str, *, workers: int = 1, side: str | None = None) -> Evaluation:
    """Run the pipeline on a gold file or folder (of a folder only one side, if asked for), without merging, and score it."""
    from .batch import extract

    gold = read(path, side=side)
    return score(gold, extract([article.article for article in gold], workers=workers, merge=False))


def score(gold: Sequence[Gold], tables: Tables) -> Evaluation:
    """Compare the tables of a run without merging with the gold articles.

    Parameters
    ----------
    gold
        Annotated articles (:func:`baomat.gold.read`).
    tables
        What ``baomat.extract`` found in the same articles, one incident row for each article and incident.
    """
    orgs, dates, phases = (_by_article(getattr(tables, name)) for name in ("organization_mentions", "dates", "phases"))
    linked = _by_article(tables.incident_articles)
    incidents = {row["incident_id"]: row for row in _rows(tables.incidents)}
    named: defaultdict[str, set[str]] = defaultdict(set)  # folded name -> org_ids
    for row in _rows(tables.organizations):
        named[_key(row["name"])].add(row["org_id"])

    totals = _Totals()
    for article in gold:
        meant = _organizations(article, orgs[article.id], totals)
        _dates(article, dates[article.id], totals)
        _phases(article, phases[article.id], totals)
        links = linked[article.id]
        totals.incident_rows += len(links)
        mains = (
            incidents[link["incident_id"]] for link in links if link["relation"] == "main" and link["incident_id"] in incidents
        )
        _incident(article, next(mains, None), partial(_stands_for, named, meant), totals)
    return Evaluation(_report(len(gold), totals), dict(totals.errors))


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table as dicts; a missing value is the empty string."""
    return [
        {str(k): "" if v is None or v != v else v for k, v in row.items()}  # NaN differs from itself
        for row in frame.astype(object).where(frame.notna(), None).to_dict("records")
    ]


def _by_article(frame: pd.DataFrame) -> defaultdict[str, list[dict[str, Any]]]:
    found: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in _rows(frame):
        found[str(row["article_id"])].append(row)
    return found


def _key(name: str) -> str:
    """For comparing names: only letters and digits, no diacritics, lower case."""
    return fold(name).replace(" ", "")


def _stands_for(named: Mapping[str, set[str]], meant: Mapping[str, set[str]], name: str) -> set[str]:
    """The gold organizations that a name of ours stands for, by the org_ids of that name."""
    return {canon for org_id in named.get(_key(name), ()) for canon in meant.get(org_id, ())}


# ---------------------------------------------------------------- spans
def overlapping(gold: Sequence[Span], system: Sequence[Span]) -> list[tuple[int, int]]:
    """Pair spans that overlap, the largest overlap first, each span once: (index in gold, index in system)."""
    overlaps = (
        (start - end, i, j)
        for i, g in enumerate(gold)
        for j, s in enumerate(system)
        if (start := max(g[0], s[0])) < (end := min(g[1], s[1]))
    )
    pairs: list[tuple[int, int]] = []
    left: set[int] = set()
    right: set[int] = set()
    for _, i, j in sorted(overlaps):
        if i not in left and j not in right:
            left.add(i)
            right.add(j)
            pairs.append((i, j))
    return pairs


def _organizations(article: Gold, rows: Iterable[Row], totals: _Totals) -> dict[str, set[str]]:
    """Count the mentions of one article. Returns the gold organizations that each org_id stands for."""
    text = article.text
    want = sorted(article.orgs)
    got = sorted({((row["start"], row["end"]), row["org_id"]) for row in rows})
    spans = {span for span, _ in got}
    pairs = [(want[i], *got[j]) for i, j in overlapping(want, [span for span, _ in got])]
    shared = Counter((article.orgs[span], org_id) for span, _, org_id in pairs)

    totals.counts["organizations (exact span)"].add(len(spans & set(want)), len(want), len(spans))
    totals.counts["organizations (overlap)"].add(len(pairs), len(want), len(got))
    distinct = len({org_id for _, org_id in got})
    totals.counts["organizations (distinct names)"].add(_one_to_one(shared), len(article.canons), distinct)
    totals.linking += _linking(article, pairs)
    for span, canon in sorted(article.orgs.items()):
        if _listed().isdisjoint(map(_key, (canon, *article.canons[canon]))):
            totals.shares[NOT_LISTED].add(span in spans)
    totals.errors["organization missed"] += [f"{article.id}: {text[s:e]}" for s, e in want if (s, e) not in spans]
    totals.errors["organization wrong"] += [f"{article.id}: {text[s:e]}" for s, e in sorted(spans - set(want))]

    meant: defaultdict[str, set[str]] = defaultdict(set)
    for canon, org_id in shared:
        meant[org_id].add(canon)
    return meant


@cache
def _listed() -> frozenset[str]:
    """All names of the packaged lexicon, for comparing."""
    return frozenset(_key(alias.text) for alias in aliases.below(aliases.organizations().root))


def _one_to_one(shared: Counter[tuple[str, str]]) -> int:
    """How many organizations can be matched one to one, those with the most shared mentions first."""
    canons: set[str] = set()
    org_ids: set[str] = set()
    for (canon, org_id), _ in sorted(shared.items(), key=lambda item: (-item[1], item[0])):
        if canon not in canons and org_id not in org_ids:
            canons.add(canon)
            org_ids.add(org_id)
    return len(canons)


def _linking(article: Gold, pairs: Iterable[tuple[Span, Span, str]]) -> list[float]:
    """Of the pairs of different written forms that both sides found: which are one organization? F1, or nothing."""
    forms = {
        (article.text[slice(*span)], article.text[slice(*ours)]): (article.orgs[span], org_id) for span, ours, org_id in pairs
    }
    said = [(a[0] == b[0], a[1] == b[1]) for a, b in combinations(forms.values(), 2)]
    gold, system = sum(one for one, _ in said), sum(one for _, one in said)
    return [2 * sum(a and b for a, b in said) / (gold + system)] if gold or system else []


def iso(value: str) -> str:
    """An ISO value without seconds and zone, which do not count."""
    return "/".join(_minutes(half) for half in value.strip().split("/"))


def _minutes(moment: str) -> str:
    day, _, clock = moment.partition("T")
    clock = ":".join(clock.partition("+")[0].rstrip("Z").split(":")[:2])
    return f"{day}T{clock}" if clock else day


def _dates(article: Gold, rows: Iterable[Row], totals: _Totals) -> None:
    want = article.dates
    got = sorted({((row["start"], row["end"]), row["value"]) for row in rows})
    spans = {span for span, _ in got}
    pairs = overlapping([span for span, _ in want], [span for span, _ in got])
    wrong = [(i, j) for i, j in pairs if iso(want[i][1]) != iso(got[j][1])]

    totals.counts["dates (found)"].add(len(pairs), len(want), len(got))
    totals.counts["dates (exact span)"].add(len(spans & {span for span, _ in want}), len(want), len(got))
    totals.counts["dates (value)"].add(len(pairs) - len(wrong), len(want), len(got))

    def show(mark: tuple[Span, str]) -> str:
        (start, end), value = mark
        return f"{article.id}: {article.text[start:end]} = {value}"

    matched, ours = {i for i, _ in pairs}, {j for _, j in pairs}
    totals.errors["date missed"] += [show(mark) for i, mark in enumerate(want) if i not in matched]
    totals.errors["date wrong"] += [show(mark) for j, mark in enumerate(got) if j not in ours]
    totals.errors["date value"] += [f"{show(want[i])}, got {got[j][1]}" for i, j in wrong]


# ---------------------------------------------------------------- phases
def _phases(article: Gold, rows: Iterable[Row], totals: _Totals) -> None:
    told = [row for row in rows if row["phase"] == "impact" or row["modality"] not in ("planned", "negated")]
    for number, sentence in enumerate(article.sentences):
        want = article.phases.get(number, set())
        got = {row["phase"] for row in told if _belongs((row["start"], row["end"]), sentence)}
        totals.counts["phases (micro)"].add(len(want & got), len(want), len(got))
        for phase in PHASES:
            totals.phase[phase].add(phase in want & got, phase in want, phase in got)
        if want != got:
            start, end = sentence
            totals.errors["phase"].append(
                f"{article.id} [{number}] want {sorted(want)} got {sorted(got)}: {article.text[start:end][:160]}"
            )


def _belongs(span: Span, sentence: Span) -> bool:
    """The span covers at least half of the sentence, or lies at least half in it."""
    overlap = min(span[1], sentence[1]) - max(span[0], sentence[0])
    return overlap >= 0.5 * min(span[1] - span[0], sentence[1] - sentence[0])


# ---------------------------------------------------------------- the main incident
def parts(cell: str) -> list[str]:
    """The different values of a cell that holds several, joined by ``; ``."""
    return list(dict.fromkeys(part.strip() for part in cell.split(";") if part.strip()))


def _incident(article: Gold, row: Row | None, stands_for: StandsFor, totals: _Totals) -> None:
    """Count the facts of the main incident; ``row`` is ours, None where we saw none."""
    want = article.incident
    present = bool(want) == (row is not None)
    totals.shares["incident present"].add(present)
    if not present:
        totals.errors["incident present"].append(f"{article.id}: want {bool(want)}: {article.text[:120]!r}")
    if not want:
        return
    got: Row = row if row is not None else defaultdict(str)
    for name in NAMES:
        ours = parts(got[name])
        hits = _names_right(want.get(name, []), ours, article.canons, stands_for)
        totals.counts[name].add(hits, len(want.get(name, [])), len(ours))
        if name == "victims" and not hits == len(want[name]) == len(ours):
            totals.errors[name].append(f"{article.id}: want {want[name]} got {ours if row is not None else None}")
    types, our_types = set(want["attack_types"]), set(parts(got["attack_types"]))
    totals.counts["attack types"].add(len(types & our_types), len(types), len(our_types))
    day, our_day = iso(want.get("onset") or "")[:10], iso(got["onset"])[:10]
    totals.counts["onset"].add(bool(day) and day == our_day, bool(day), bool(our_day))
    for name, untold in SINGLE.items():
        value = got[name]
        totals.shares[name].add(value == want[name] or (not value and want[name] == untold))
        if value != want[name]:
            totals.errors[name].append(f"{article.id}: want {want[name]} got {value}")


def _names_right(wanted: Iterable[str], ours: Sequence[str], canons: Mapping[str, set[str]], stands_for: StandsFor) -> int:
    """How many wanted names are among ours, each of ours used once."""
    left = list(ours)
    for name in wanted:
        forms = {_key(form) for form in (name, *canons.get(name, ()))}
        match = next((one for one in left if _key(one) in forms or name in stands_for(one)), None)
        if match is not None:
            left.remove(match)
    return len(ours) - len(left)


# ---------------------------------------------------------------- the report
def _report(n_articles: int, totals: _Totals) -> dict[str, Any]:
    """The figures in a fixed order; every task is there, also when nothing was counted."""
    counts, shares = totals.counts, totals.shares
    frequent = [totals.phase[phase].row()["f1"] for phase in PHASES if totals.phase[phase].gold >= FREQUENT]
    report: dict[str, Any] = {"articles": n_articles}
    report |= {
        name: counts[name].row() for name in (f"organizations ({kind})" for kind in ("exact span", "overlap", "distinct names"))
    }
    report[NOT_LISTED] = shares[NOT_LISTED].row()
    report["organization linking"] = round(sum(totals.linking) / len(totals.linking), 3) if totals.linking else None
    report |= {name: counts[name].row() for name in ("dates (found)", "dates (exact span)", "dates (value)", "phases (micro)")}
    report["phases (macro f1)"] = round(sum(frequent) / len(frequent), 3) if frequent else None
    report["phase"] = {phase: totals.phase[phase].row() for phase in PHASES}
    report["incident present"] = shares["incident present"].row()
    report |= {name: counts[name].row() for name in (*NAMES, "attack types", "onset")}
    report |= {name: shares[name].row() for name in SINGLE}
    report["incident rows an article"] = round(totals.incident_rows / n_articles, 2) if n_articles else None
    return report


def render(report: Mapping[str, Any]) -> str:
    """The report as lines to read, one a task; the phases one by one, indented."""
    return "\n".join(_line(name, figures) for name, figures in report.items())


def _line(name: str, figures: Any) -> str:
    if not isinstance(figures, dict):
        return f"{name:32s} {figures}"
    if "accuracy" in figures:
        return f"{name:32s} accuracy {figures['accuracy']}  (n {figures['n']})"
    if "f1" in figures:
        scores = f"P {figures['precision']:.3f}  R {figures['recall']:.3f}  F1 {figures['f1']:.3f}"
        return f"{name:32s} {scores}  (gold {figures['gold']}, system {figures['system']})"
    return "\n".join("  " + _line(phase, row) for phase, row in figures.items())


def render_errors(errors: Mapping[str, Sequence[str]], limit: int) -> str:
    """Up to ``limit`` errors of each kind, under a line with their number."""
    return "\n".join(line for kind, lines in errors.items() for line in (f"--- {kind}: {len(lines)}", *lines[:limit]))
