"""What a user knows better: a list of corrections that is applied on every run.

A TSV file with the columns ``target``, ``field``, ``value``, ``reason``, ``by`` and ``date``. A row says one of these:

- **a value**: the target is the id of an incident, the field a column of ``incidents``, the value what it shall say
  (several joined by "; ", nothing for unknown). The facts stay as the papers tell them.
- **merge**: the target and the value are ids of incidents that are one.
- **split**: the target is the id or address of an article that tells an incident of its own.
- **withdraw**: the incident of the target is left out, as by ``--withdrawn``.

An incident is known by any id that it has or had. What was done is in the table ``corrections`` and in the column
``corrected`` of ``incidents``; a row that finds no incident gives a row of ``rejects`` (B209).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import lexicon
from .cells import SEPARATOR, several
from .consensus import title
from .errors import MESSAGES
from .merge import Group, Member, day_of
from .schema import DATE_FIELDS, Reject
from .tables import LIST_COLUMNS, TABLES

COLUMNS = ("target", "field", "value", "reason", "by", "date")
ACTIONS = ("merge", "split", "withdraw")
STAGE = "corrections"
OWN = frozenset(
    ("incident_id", "n_articles", "n_publishers", "publishers", "urls", "first_published", "last_published", "corrected")
)
_FIELDS = {column.name: column for column in TABLES["incidents"] if column.name not in OWN}
_DATE = re.compile(r"\d{4}(?:-(?:W\d\d|Q[1-4]|\d\d(?:-\d\d(?:T\d\d:\d\d)?)?))?")
_READ: dict[str, Callable[[str], object]] = {"int": int, "float": float, "text": str}
Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class Correction:
    """One row of the file, with the value as the table holds it."""

    line: int
    target: str
    field: str
    value: object
    told: Mapping[str, str]  # the row as it stands

    @property
    def about(self) -> tuple[str, ...]:
        """What the row is about: a column of one target, or an action on it. Two rows about the same cannot both stand."""
        return tuple(self.told[column] for column in (COLUMNS[:3] if self.field in ACTIONS else COLUMNS[:2]))


@dataclass(frozen=True, slots=True)
class Corrections:
    """The rows of a file, in its order; none without a file."""

    name: str = ""
    rows: Sequence[Correction] = ()

    @property
    def ids(self) -> set[str]:
        """The ids of incidents that it speaks of: they stay known when incidents merge."""
        named = {row.target for row in self.rows if row.field != "split"}
        return named | {str(row.value) for row in self.rows if row.field == "merge"}

    @property
    def apart(self) -> set[str]:
        """The ids and addresses of the articles that tell an incident of their own."""
        return {row.target for row in self.rows if row.field == "split"}

    def also(self, rows: Sequence[Mapping[str, str]], name: str) -> Corrections:
        """The rows that a file of the given name keeps in force, then these; these stand where both say something."""
        cells = ({column: row[column] for column in COLUMNS} for row in rows)
        kept = [_correction(lexicon.Row(name, line, row)) for line, row in enumerate(cells, 1)]
        now = {row.about for row in self.rows}
        return Corrections(self.name or name, [*(row for row in kept if row.about not in now), *self.rows])

    def joined(self, groups: Sequence[Group]) -> list[Group]:
        """The groups, those put together that the user says are one."""
        found = list(groups)
        for row in self.rows:
            if row.field == "merge":
                first, second = (_holding(found, name) for name in (row.target, str(row.value)))
                if first and second and first is not second:
                    members = sorted(first.members + second.members, key=lambda member: member.order)
                    reason = f"merged by {self.name}:{row.line}: {row.told['reason']}"
                    moved = {member.incident_id: reason for member in second.members}
                    found = [group for group in found if group is not first and group is not second]
                    found.append(Group(members, {**first.reasons, **second.reasons, **moved}))
        return found

    def withdrawn(self, group: Group) -> bool:
        """Whether the user takes the incident out."""
        ids = {member.incident_id for member in group.members}
        return any(row.field == "withdraw" and row.target in ids for row in self.rows)

    def corrected(self, group: Group, row: Row) -> Row:
        """The row of an incident with the values that the user gives."""
        ids = {member.incident_id for member in group.members} | {row["incident_id"]}
        fields = []
        for one in self.rows:
            if one.field not in ACTIONS and one.target in ids:
                row = row | {one.field: one.value}
                fields.append(one.field)
        if fields and "title" not in fields:
            lists = {name: several(row[name]) for name in LIST_COLUMNS}
            row = row | {"title": title(row | lists, group.told[0].article.published)}
        return row | {"corrected": "; ".join(dict.fromkeys(fields))}

    def report(self, members: Sequence[Member], shown: Mapping[str, str]) -> tuple[list[Row], list[Reject]]:
        """The rows of the table ``corrections``, and a note for each that finds nothing in this run.

        Parameters
        ----------
        members
            All tellings of the run.
        shown
            The id under which the incident of a telling is shown now, by the id that the telling has alone.
        """
        articles: dict[str, str] = {}
        for member in members:
            for name in (member.article.article_id, member.article.url):
                articles.setdefault(name, member.incident_id)
        known = {member.incident_id for member in members}
        table: list[Row] = []
        rejects: list[Reject] = []
        for row in self.rows:
            alone = articles.get(row.target, "") if row.field == "split" else row.target
            missing = [name for name in ((alone,) if row.field != "merge" else (alone, str(row.value))) if name not in known]
            if missing:
                message = MESSAGES["B209"].format(target=row.told["value"] if missing[0] != alone else row.target)
                rejects.append(Reject(self.name, row.line, "", STAGE, "B209", message))
            table.append({**row.told, "incident_id": "" if missing else shown.get(alone, "")})
        return table, rejects


def _holding(groups: Sequence[Group], incident_id: str) -> Group | None:
    return next((group for group in groups if any(member.incident_id == incident_id for member in group.members)), None)


def read(path: Path | str | None) -> Corrections:
    """The corrections in a file; none without a file.

    Raises
    ------
    BaomatError
        B104 if it cannot be read, B301 with file and line if a row is no correction.
    """
    if path is None:
        return Corrections()
    path = Path(path)
    found = []
    for row in lexicon.read(path, COLUMNS, unique=("target", "field", "value")):
        if not row["target"].strip() or not row["reason"].strip():
            row.fail("target and reason must not be empty")
        found.append(_correction(row))
    return Corrections(path.name, found)


def _correction(row: lexicon.Row) -> Correction:
    return Correction(row.line, row["target"].strip(), row["field"], _value(row), row.cells)


def _value(row: lexicon.Row) -> object:
    """The value of a row as the table holds it; B301 where it can be none."""
    field, value = row.one_of("field", (*ACTIONS, *_FIELDS)), row["value"].strip()
    if field in ACTIONS:
        if (field == "merge") != bool(value):
            row.fail("merge needs the id of another incident" if field == "merge" else f"{field} takes no value")
        return value
    column = _FIELDS[field]
    parts = row.several("value") if field in LIST_COLUMNS else [value] if value else []
    if column.values and not (
        set(parts) <= set(column.values) and (parts or field not in ("kind", "verification", "attack_types"))
    ):
        row.fail(f"{field} is '{value}'; allowed: {', '.join(column.values)}")
    if field in DATE_FIELDS and value and not (_DATE.fullmatch(value) and (len(value) < 10 or day_of(value))):
        row.fail(f"{field} is '{value}', not a date such as 2024-06-04")
    if not value:
        return "" if column.dtype == "text" else None
    try:
        return SEPARATOR.join(parts) if field in LIST_COLUMNS else _READ[column.dtype](value)
    except ValueError:
        row.fail(f"{field} is '{value}', not a number")
