"""Results in the terminal, with Rich: what a run found, and one article with its marks, incidents and timeline."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console, Group, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from .cells import plain
from .errors import BaomatError
from .schema import Article, Incident, PhaseMention
from .tables import FACT_FIELDS, TABLES

if TYPE_CHECKING:
    import pandas as pd
    from spacy.tokens import Doc

    from .batch import Summary

ROLE_STYLES = {
    "victim": "bold red",
    "attacker": "bold magenta",
    "impersonated": "bold magenta",
    "responder": "bold green",
    "authority": "bold green",
}
ORG_STYLE, DATE_STYLE, PHASE_STYLE = "bold cyan", "bold yellow", "italic blue"
UNTOLD: tuple[object, ...] = (None, "", [], (), "none", "none_told", "unknown")
FIRST = 10  # incidents that a summary shows
SUMMARY = {
    "articles": "articles",
    "organizations": "organizations",
    "organization_mentions": "mentions of organizations",
    "dates": "dates",
    "phases": "phases told",
    "incidents": "incidents",
    "facts": "facts about them",
    "rejects": "rejects",
}


def console() -> Console:
    """A console that writes no colours to a file, and plain tables where the encoding has no lines."""
    return Console(highlight=False)


@contextmanager
def progress_bar() -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error, for ``batch.run(progress=...)``."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading articles", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


# ---------------------------------------------------------------- a run
def summary_view(summary: Summary) -> RenderableType:
    """What a run found, its first incidents, and where the files are."""
    counts = Table.grid(padding=(0, 2))
    counts.add_column(justify="right", style="bold")
    for table, note in SUMMARY.items():
        counts.add_row(f"{summary.counts[table]:,}", note)
    read = f"Read {summary.n_records:,} records in {summary.seconds:.1f} s."
    if summary.n_off_topic:
        read += f" Left out {summary.n_off_topic:,} that are not about cyber security."
    if summary.n_unchanged:
        read += f" {summary.n_unchanged:,} of them were there already."
    views: list[RenderableType] = [Text(read), counts]
    if summary.counts["incidents"] and (rows := _first_incidents(summary.out)):
        views.append(_incidents(rows, summary.counts["incidents"]))
    if summary.counts["rejects"]:
        views.append(Text(f"{summary.counts['rejects']:,} rejects; why, is in the table rejects.", style="bold red"))
    views.append(Text(f"The tables are in {summary.out}/ (run.json says how they were made)."))
    return Group(*views)


def _first_incidents(folder: Path) -> list[tuple[str, ...]]:
    """What the summary shows of the first incidents; nothing where only people can read the files (XLSX)."""
    from .readback import read

    try:
        ((_, cells),) = read(folder, tables=["incidents"])
    except BaomatError:
        return []
    columns = [cells[name][:FIRST] for name in ("title", "onset", "recovered", "n_articles")]
    return [tuple("" if cell is None else str(cell) for cell in row) for row in zip(*columns, strict=True)]


def _incidents(rows: list[tuple[str, ...]], n: int) -> Table:
    title = f"The first {FIRST} of {n:,} incidents" if n > FIRST else "Incidents"
    table = _table(title, "incident", "began", "recovered", "articles")
    for row in rows:
        table.add_row(*row)
    return table


def hits_view(hits: pd.DataFrame) -> RenderableType:
    """What a search found: each incident or article with the passage that has the words."""
    table = _table(f"{len(hits):,} found", "when", "incident or article", "how sure", "part", "from the text")
    for hit in hits.fillna("").astype(str).to_dict("records"):
        sure = hit["verification"] if hit["kind"] == "incident" else "(no incident)"
        part = f"{hit['role']} ({hit['claim']})" if hit["claim"] else hit["role"] or hit["found_in"]
        table.add_row(hit["date"][:10], hit["title"], sure, part, _clip(hit["quote"] or hit["url"]))
    return table


def changes_view(changes: pd.DataFrame) -> RenderableType:
    """What differs between two outputs: each change with the field and the paper that caused it."""
    table = _table(f"{len(changes):,} changes", "change", "incident", "field", "before", "now", "because of")
    for row in changes.fillna("").astype(str).to_dict("records"):
        cause = " ".join(filter(None, (row["publisher"], row["published"][:10], row["url"] or row["article_id"])))
        table.add_row(row["change"], row["title"], row["field"], _clip(row["old"]), _clip(row["new"]), row["reason"] or cause)
    return table


def show_file(path: Path, number: int = 1, *, organizations: Path | None = None) -> RenderableType:
    """The view of one article of a file; ``number`` counts from 1."""
    from .build import annotate, load

    article = _article(path, number)
    return article_view(article, annotate(article, load(organizations=organizations)))


def _article(path: Path, number: int) -> Article:
    from .reader import read

    count = 0
    for item in read([path]):
        if isinstance(item, Article):
            count += 1
            if count == number:
                return item
    raise BaomatError("B104", path=path, cause=f"it holds {count} articles; there is no number {number}")


# ---------------------------------------------------------------- one article
def article_view(article: Article, doc: Doc) -> RenderableType:
    """The text with its marks, what the marks stand for, then each incident with its timeline."""
    views: list[RenderableType] = [_head(article), _legend(), Text(), _marked(doc), Text(), *_meanings(doc), Text()]
    for incident in doc._.incidents:
        views += [_incident_table(incident), _timeline_table(incident, doc.text)]
    if not doc._.incidents:
        views.append(Text("This article tells no incident.", style="bold"))
    return Group(*views)


def _head(article: Article) -> Text:
    facts = (article.source, str(article.published or ""), article.url)
    return Text(" · ".join(fact for fact in facts if fact), style="dim")


def _legend() -> Text:
    roles = [("victim", "victim"), ("attacker, impersonated", "attacker"), ("responder, authority", "responder")]
    marks = [*((name, ROLE_STYLES[role]) for name, role in roles), ("other organization", ORG_STYLE), ("date", DATE_STYLE)]
    return Text("  ").join(Text(*mark) for mark in [("marks:", "dim"), *marks, ("‹phase›", PHASE_STYLE)])


def _marked(doc: Doc) -> Text:
    """The text in colours, with the phases of each sentence behind it."""
    text = Text(doc.text)
    for org in doc._.orgs:
        text.stylize(ROLE_STYLES.get(org.role, ORG_STYLE), org.start, org.end)
    for date in doc._.dates:
        text.stylize(DATE_STYLE, date.start, date.end)
    tags: dict[int, list[str]] = {}
    for phase in doc._.phases:
        tags.setdefault(phase.end, []).append(_tag(phase))
    ends = sorted(tags)
    marked = Text()
    for end, piece in zip([*ends, None], text.divide(ends), strict=True):
        marked.append_text(piece)
        if end is not None:
            marked.append(f" ‹{', '.join(dict.fromkeys(tags[end]))}›", style=PHASE_STYLE)
    return marked


def _meanings(doc: Doc) -> Iterator[Text]:
    """One line of organizations with their roles, one of dates with their values."""
    roles: dict[str, set[str]] = {}
    for org in doc._.orgs:
        roles.setdefault(doc._.organizations[org.org_id].name, set()).add(org.role)
    if roles:
        yield Text("Organizations: ", "bold").append(
            "; ".join(f"{name} ({', '.join(sorted(roles[name]))})" for name in roles), "not bold"
        )
    values = dict.fromkeys(f"{date.text} = {date.value or '?'}" for date in doc._.dates)
    if values:
        yield Text("Dates: ", "bold").append("; ".join(values), "not bold")


def _tag(phase: PhaseMention) -> str:
    return phase.phase if phase.modality == "actual" else f"{phase.phase}: {phase.modality}"


def _incident_table(incident: Incident) -> Table:
    """The columns that have a value, each with the passage that says so, where one is kept."""
    quotes: dict[str, str] = {}
    for fact in sorted(incident.facts, key=lambda fact: not fact.preferred):
        quotes.setdefault(fact.field, fact.quote)
    table = _table(f"Incident {incident.number + 1} ({incident.relation})", "field", "value", "from the text")
    for column in TABLES["incidents"]:
        value = incident.values.get(column.name)
        if value not in UNTOLD:
            table.add_row(column.name, _shown(value), _clip(quotes.get(FACT_FIELDS.get(column.name, column.name), "")))
    return table


def _timeline_table(incident: Incident, text: str) -> Table:
    table = _table("Timeline", "when", "phase", "from the text")
    for entry in incident.timeline:
        table.add_row(entry.value or "-", entry.phase, _clip(text[entry.start : entry.end]))
    return table


def _table(title: str, *columns: str) -> Table:
    return Table(*columns, title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)


def _shown(value: object) -> str:
    return f"{value:,.15g}" if isinstance(value, float) else str(plain(value))


def _clip(passage: str, length: int = 100) -> str:
    passage = " ".join(passage.split())
    return passage if len(passage) <= length else passage[: length - 1] + "…"
