"""One self-contained page to hand on: incidents with their verification, timeline, and every fact with its quote.

``index.html`` opens from the disk, asks nothing of the network, and runs no script but its own (a content security policy
with its hash says so); what papers write gets into the page as data, never as markup. Newest first, up to ``MOST`` incidents
and ``MOST_BYTES``; the page says what it leaves out.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

from . import __version__, lexicon, withdrawn
from .codebook import CODED_FACTS
from .lexicon import labels
from .schema import ATTACK_TYPES, VERIFICATIONS
from .stixobjects import interval
from .story import Row, Stories, Story
from .tables import SCHEMA_VERSION

MOST = 2000
MOST_BYTES = 4_900_000
FIELDS = (
    "victim", "impersonated", "threat_actor", "attack_type", "onset", "detected", "reported_to_authority", "made_public",
    "contained", "recovered", "service_status", "people", "records", "volume", "machines", "sites", "loss", "ransom", "responder",
    "authority", "unaffected", "person_victim", "person_accused", "person", "case_status", "verification",
)  # fmt: skip


def write(path: Path, stories: Stories, *, text: str = "evidence") -> int:
    """Write the page.

    Parameters
    ----------
    path
        The HTML file.
    stories
        The incidents.
    text
        What it holds of the papers' texts: none, the quotes (evidence), or the articles too (full).

    Returns
    -------
    left_out
        How many incidents did not fit.
    """
    data = _data(stories, text=text)
    path.write_text(render(data), encoding="utf-8", errors="replace", newline="\n")
    return len(stories) - len(data["incidents"])


def render(data: dict[str, Any]) -> str:
    """The page with its data."""
    style, script = _file("page.css"), _file("page.js")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(_file("page.html")).render(
        words={key: names[0] for key, names in data["words"].items()},
        style=style,
        script=script,
        style_hash=_hash(style),
        script_hash=_hash(script),
        data=_json(data).replace("<", "\\u003c"),  # no text can end the element
    )


def _file(name: str) -> str:
    return (files("baomat") / "templates" / name).read_text(encoding="utf-8")


def _hash(content: str) -> str:
    """What the content security policy calls an inline element: the hash of all between its tags."""
    return b64encode(sha256(content.encode()).digest()).decode()


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@cache
def words() -> dict[str, dict[str, str]]:
    """The words of the page itself: key -> {"vi": …, "en": …}."""
    return {row["key"]: {"vi": row["vi"], "en": row["en"]} for row in lexicon.read("page", ("key", "vi", "en"), unique=("key",))}


# ---------------------------------------------------------------- data
def _words(codes: _Names) -> dict[str, dict[str, str]]:
    """The words of a page, which says so where it names persons."""
    named = any(field.startswith("person") for field in codes.numbers)
    return {**words(), "privacy": words()["privacy.names" if named else "privacy"]}


class _Names:
    """Gives every string a number, so that it is written once."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def __call__(self, name: str) -> int:
        return self.numbers.setdefault(name, len(self.numbers))


def _data(stories: Stories, *, text: str) -> dict[str, Any]:
    """Everything that the page shows; ``page.js`` says what the short keys are."""
    codes, articles = _Names(), _Articles(text)
    incidents: list[dict[str, Any]] = []
    size = 0
    for story in sorted(stories, key=lambda story: _when(story.incident), reverse=True):
        entry = _incident(story, codes, articles, stories.aliases, text=text)
        size += len(_json(entry).encode("utf-8", "replace")) + articles.grown()
        if len(incidents) == MOST or size > MOST_BYTES:
            break
        incidents.append(entry)
    return {
        "version": __version__,
        "schema": SCHEMA_VERSION,
        "words": {key: [names["vi"], names["en"]] for key, names in _words(codes).items()},
        "codes": [_named(code) for code in codes.numbers],
        "fields": [codes.numbers[field] for field in FIELDS if field in codes.numbers],
        "articles": articles.rows,
        "incidents": incidents,
        "all": len(stories),
        "withdrawn": sum(row.get("stage") == withdrawn.STAGE for row in stories.rows["rejects"]),
    }


class _Articles:
    """The articles of the page, each once: publisher, title, time, address, and its text if asked for."""

    def __init__(self, text: str) -> None:
        self.rows: list[list[str]] = []
        self._text, self._numbers, self._counted = text, dict[str, int](), 0

    def number(self, row: Row) -> int:
        key = row["article_id"]
        if key not in self._numbers:
            self._numbers[key] = len(self.rows)
            url = row.get("url", "") if row.get("url", "").startswith(("https://", "http://")) else ""
            cells = [row.get("publisher", ""), row.get("title", ""), row.get("published", ""), url]
            self.rows.append([*cells, row.get("text", "")] if self._text == "full" else cells)
        return self._numbers[key]

    def grown(self) -> int:
        """Bytes added since it was last asked."""
        added = sum(len(_json(row).encode("utf-8", "replace")) + 1 for row in self.rows[self._counted :])
        self._counted = len(self.rows)
        return added


def _when(incident: Row) -> str:
    """For sorting: when it began or, untold, was first reported; last what has no date."""
    start: str = interval(_shown_date(incident)).get("start_time", "")
    return start


def _shown_date(incident: Row) -> str:
    dates: tuple[str, str] = (incident.get("onset", ""), incident.get("first_published", ""))
    return dates[0] if interval(dates[0]) else dates[1]


def _incident(story: Story, codes: _Names, articles: _Articles, aliases: dict[str, list[str]], *, text: str) -> dict[str, Any]:
    row = story.incident
    title = row["title"].removesuffix(f" – {labels()[row['verification']]['vi']}")  # the badge says so
    passages: dict[tuple[str, int, int], int] = {}
    quotes: list[list[Any]] = []

    def passage(told: Row) -> int:
        place = (told["article_id"], told["start"], told["end"])
        if place not in passages:
            passages[place] = len(quotes)
            number = articles.number(story.articles[told["article_id"]])
            quotes.append([number, *place[1:]] if text == "none" else [number, *place[1:], story.quote(told)])
        return passages[place]

    date = _shown_date(row)
    entry = {
        "i": row["incident_id"],
        "t": [title, english(title)],
        "v": codes(row["verification"]),
        "k": codes(row["kind"]),
        "c": codes(row["confidence"]),
        "y": [codes(name) for name in story.listed("attack_types")],
        "d": date,
        "p": int(date != row.get("onset", "")),  # the date is that of the report
        "x": [codes(name) for name in story.listed("conflicts")],
        "a": [articles.number(article) for article in story.articles.values()],
        "f": [_fact(fact, passage(fact), codes) for fact in story.of(*FIELDS)],
        "s": [[codes(step["phase"]), step.get("value", ""), passage(step)] for step in story.timeline],
        "q": quotes,
        "w": _other_names(story, aliases),
    }
    return {key: value for key, value in entry.items() if value not in ([], "")}


def _fact(fact: Row, quote: int, codes: _Names) -> list[Any]:
    """A value with a label is its number, any other the text itself."""
    value = fact.get("value", "")
    shown = codes(value) if fact["field"] in CODED_FACTS else value
    return [codes(fact["field"]), shown, quote, codes(fact["claimant"]), codes(fact["claim"]), int(bool(fact.get("preferred")))]


def _other_names(story: Story, aliases: dict[str, list[str]]) -> str:
    """Full names and aliases of its organizations, only to be found by."""
    shown = {fact.get("value", "") for fact in story.facts}
    names = [row.get("full_name", "") for row in story.organizations.values()]
    names += [alias for key in story.organizations for alias in aliases.get(key, ())[:6]]
    return "; ".join(name for name in dict.fromkeys(names) if name and name not in shown)


def _named(code: str) -> list[str]:
    """A code with what it is called: [code, vi, en]."""
    names = labels().get(f"field.{code}") or labels().get(code) or {"vi": code, "en": code}
    return [code, names["vi"], names["en"]]


@cache
def _in_english() -> dict[str, str]:
    return {labels()[name]["vi"]: labels()[name]["en"] for name in (*ATTACK_TYPES, *VERIFICATIONS)}


def english(title: str) -> str:
    """A title of ours in English: its parts that have labels, and whose name is misused."""
    parts: Sequence[str] = title.split(" – ")
    return " – ".join(_in_english().get(part) or part.replace("mạo danh ", "impersonating ") for part in parts)
