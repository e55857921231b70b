"""What must not be passed on: articles and incidents on a user's list of retractions, takedowns and erasure requests.

The list is a TSV file with the columns ``target`` (the address or id of an article, or the id of an incident), ``reason``
and ``date``. What it names is left out of every table; a row of ``rejects`` with the stage ``withdrawn`` says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import lexicon
from .errors import MESSAGES
from .reader import Record
from .schema import Reject

REASONS = ("retraction", "takedown", "erasure")
STAGE = "withdrawn"
_SCHEME = re.compile(r"^https?://(?:www\.)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The list; ``notes`` says of each target why it was withdrawn."""

    name: str = ""
    notes: Mapping[str, str] = field(default_factory=dict)

    def article(self, record: Record) -> Reject | None:
        """The note about an article that is on the list."""
        article_id = record.article.article_id
        note = self.note(record.article.url, article_id)
        return Reject(record.input, record.row, article_id, STAGE, "B208", note) if note else None

    def note(self, url: str | None, article_id: str) -> str:
        """Why an article with this address or id was withdrawn; empty if it was not."""
        return next((note for target in (url, article_id) if target and (note := self.notes.get(_address(target)))), "")

    def incidents(self, tables: dict[str, list[dict[str, Any]]]) -> list[Reject]:
        """Take the incidents on the list, and those with which they were merged, out of the tables; the notes about them."""
        gone = {row["incident_id"]: row["incident_id"] for row in tables["incidents"] if row["incident_id"] in self.notes}
        gone |= {row["new_id"]: row["old_id"] for row in tables.get("id_redirects", ()) if row["old_id"] in self.notes}
        for table, rows in tables.items():
            tables[table] = [row for row in rows if row["new_id" if table == "id_redirects" else "incident_id"] not in gone]
        return [Reject(self.name, None, "", STAGE, "B208", f"{name}: {self.notes[name]}") for name in sorted(gone.values())]

    def also(self, notes: Mapping[str, str], name: str) -> Withdrawn:
        """This list, and what an earlier one said that a file of the given name keeps in force."""
        return Withdrawn(self.name or name, {**notes, **self.notes})


def read(path: Path | str | None) -> Withdrawn:
    """The list in a file; an empty one without a file.

    Raises
    ------
    BaomatError
        B104 if it cannot be read, B301 with file and line if it is not such a list.
    """
    if path is None:
        return Withdrawn()
    path = Path(path)
    notes = {}
    for row in lexicon.read(path, ("target", "reason", "date"), unique=("target",)):
        told = ", ".join(filter(None, (row.one_of("reason", REASONS), row["date"])))
        notes[_address(row["target"])] = MESSAGES["B208"].format(reason=told)
    return Withdrawn(path.name, notes)


def _address(target: str) -> str:
    """An address without what does not matter for where it leads; an id stays as it is."""
    return _SCHEME.sub("", target.strip()).partition("#")[0].rstrip("/")
