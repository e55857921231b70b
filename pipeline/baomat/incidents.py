"""From the tellings of all articles to the tables about incidents."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from . import consensus, likeness, merge
from .corrections import Corrections
from .merge import Group, Member, Result
from .schema import Reject

TABLES = ("incidents", "incident_articles", "facts", "timeline", "id_redirects", "corrections")
Row = dict[str, Any]


def incident_tables(
    results: Sequence[Result],
    *,
    join: bool,
    known: Collection[str] = (),
    corrections: Corrections | None = None,
    refuted: bool = False,
    over: merge.Map = map,
) -> tuple[dict[str, list[Row]], list[Reject]]:
    """Rows of the tables about incidents, and notes about corrections that find nothing.

    Parameters
    ----------
    results
        Articles that tell incidents, or may speak of them.
    join
        Join what several articles tell of one incident; else every article's incidents stay apart.
    known
        Ids that incidents had before: they keep them, and of several that are one now the earliest told.
    corrections
        What the user knows better.
    refuted
        Show incidents, too, that were found to be false. Without ``join`` they always are.
    over
        See ``merge.groups``.
    """
    corrections = corrections or Corrections()
    known = {*known, *corrections.ids}
    members = sorted((Member(result, incident) for result in results for incident in result.incidents), key=lambda m: m.order)
    tables: dict[str, list[Row]] = {table: [] for table in TABLES}
    shown: dict[str, str] = {}
    for group in sorted(_groups(members, join, corrections, over), key=lambda group: group.told[0].order):
        former = [member.incident_id for member in group.members if member.incident_id in known and not member.echo]
        incident_id = former[0] if former else group.told[0].incident_id
        row = corrections.corrected(group, consensus.record(group, incident_id))
        if corrections.withdrawn(group) or (join and not refuted and row["verification"] == "refuted"):
            continue
        shown |= {member.incident_id: incident_id for member in group.members}
        for old in former[1:]:
            reason = group.reasons.get(old) or "articles added later tell of both"
            tables["id_redirects"].append({"old_id": old, "new_id": incident_id, "reason": f"merged: {reason}"})
        for table, rows in consensus.rows(group, row).items():
            tables[table] += rows
    tables["corrections"], rejects = corrections.report(members, shown)
    return tables, rejects


def _groups(members: Sequence[Member], join: bool, corrections: Corrections, over: merge.Map) -> list[Group]:
    if not join:
        return [Group([member]) for member in members if member.incident.relation != likeness.ECHO]
    return corrections.joined(merge.groups(members, apart=corrections.apart, over=over))
