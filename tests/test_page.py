"""The page: it needs no network, runs no script but its own, holds what it says, and finds with and without diacritics."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import unicodedata
from base64 import b64encode
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pytest

from baomat import page
from baomat.page import english, words
from baomat.story import Stories
from rows import rows
from stories import QUOTE, fact, made, sample

ATTACK = "</script><script>document.title='hỏng'</script><img src=x onerror=\"document.title='hỏng'\">"
TEMPLATES = Path(page.__file__).parent / "templates"


def written(folder: Path, stories: Stories, *, text: str = "evidence") -> str:
    page.write(folder / "index.html", stories, text=text)
    return (folder / "index.html").read_text(encoding="utf-8")


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def parsed(html: str) -> _Elements:
    elements = _Elements()
    elements.feed(html)
    return elements


def data_of(html: str) -> dict[str, Any]:
    (found,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', html, flags=re.DOTALL)
    content: dict[str, Any] = json.loads(found)
    return content


# ---------------------------------------------------------------- structure
def test_one_file_that_asks_nothing_of_the_network(tmp_path: Path) -> None:
    html = written(tmp_path, sample())
    elements = parsed(html)
    tags = [tag for tag, _ in elements.found]
    assert tags.count("script") == 2
    assert not {"img", "iframe", "object", "embed", "base"} & set(tags)
    for _, attributes in elements.found:
        assert attributes.get("href") in (None, "data:,")
        assert "src" not in attributes
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
    policy = next(attributes["content"] for tag, attributes in elements.found if "http-equiv" in attributes) or ""
    assert "default-src 'none'" in policy
    for part in ("script", "style"):
        (content,) = re.findall(rf"<{part}>(.*?)</{part}>", html, flags=re.DOTALL)
        digest = b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{part}-src 'sha256-{digest}'" in policy


def test_what_the_papers_write_is_never_markup(tmp_path: Path) -> None:
    facts = [fact("victim", ATTACK, value_key="org-1", quote=ATTACK)]
    article = {"url": "javascript:alert(1)", "title": ATTACK, "publisher": ATTACK}
    html = written(tmp_path, made(facts=facts, title=ATTACK, article=article))
    assert [tag for tag, _ in parsed(html).found].count("script") == 2
    assert "<img" not in html
    data = data_of(html)
    assert data["incidents"][0]["q"][0][3] == ATTACK
    assert data["articles"][0] == [ATTACK, ATTACK, "2024-06-05T08:30", ""]


def test_everything_is_there(tmp_path: Path) -> None:
    stories = sample()
    data = data_of(written(tmp_path, stories))
    assert (data["all"], len(data["incidents"])) == (len(stories), len(stories))
    by_id = {entry["i"]: entry for entry in data["incidents"]}
    for story in stories:
        entry = by_id[story.incident["incident_id"]]
        assert len(entry["f"]) == len(story.facts)
        assert len(entry["s"]) == len(story.timeline)
        assert data["codes"][entry["v"]][0] == story.incident["verification"]
        for told in (*story.facts, *story.timeline):
            text = story.articles[told["article_id"]]["text"][told["start"] : told["end"]]
            assert text in [quote[3] for quote in entry["q"]]
    dates = [entry["d"][:4] for entry in data["incidents"]]
    assert dates == sorted(dates, reverse=True)


def test_the_words_of_the_page_are_those_of_the_lexicon() -> None:
    script, html = ((TEMPLATES / name).read_text(encoding="utf-8") for name in ("page.js", "page.html"))
    used = set(re.findall(r'word\(\s*(?:phrase \? )?"([\w.]+)"', script)) | set(
        re.findall(r'data-(?:word|label)="([\w.]+)"', html)
    )
    used |= set(re.findall(r'words(?:\.(\w+)|\["[\w.]+"\])', html)) - {""} | {"search.label", "found.words", "article"}
    assert used <= set(words())
    assert set(words()) - used <= {f"legend.{name}" for name in ("confirmed", "claimed", "disputed", "refuted")} | {
        "privacy.names"
    }
    for names in words().values():
        assert set(re.findall(r"\{\w+\}", names["vi"])) == set(re.findall(r"\{\w+\}", names["en"]))


@pytest.mark.parametrize(
    ("title", "translated"),
    [
        ("Cảng Sao Bắc – mã độc tống tiền – 06/2024", "Cảng Sao Bắc – ransomware – 06/2024"),
        (
            "mạo danh A05 – lừa đảo trực tuyến – 03/2025 – chưa xác minh",
            "impersonating A05 – online fraud – 03/2025 – unverified",
        ),
        ("người dùng – mã độc – 03/2026", "người dùng – malware – 03/2026"),
    ],
)
def test_titles_in_english(title: str, translated: str) -> None:
    assert english(title) == translated


@pytest.mark.parametrize(("text", "quoted", "whole"), [("none", False, False), ("evidence", True, False), ("full", True, True)])
def test_what_of_the_papers_texts_is_passed_on(tmp_path: Path, text: str, quoted: bool, whole: bool) -> None:
    data = data_of(written(tmp_path, made(), text=text))
    assert data["incidents"][0]["q"] == [[0, 0, len(QUOTE), QUOTE] if quoted else [0, 0, len(QUOTE)]]
    assert (QUOTE in data["articles"][0]) is whole


# ---------------------------------------------------------------- size
def repeated(stories: Stories, n: int) -> Stories:
    """The incidents again and again, each time with articles of their own, up to ``n``."""
    found = Stories()
    found.rows |= {"organizations": stories.rows["organizations"], "organization_aliases": stories.rows["organization_aliases"]}
    for copy in range(n // len(stories) + 1):
        for table in ("articles", "incidents", "incident_articles", "facts", "timeline"):
            keys = ("article_id", "incident_id")
            found.rows[table] += [row | {key: f"{copy}{row[key]}" for key in keys if key in row} for row in stories.rows[table]]
    del found.rows["incidents"][n:]
    return found


def test_two_thousand_incidents_are_less_than_5_mb(tmp_path: Path) -> None:
    html = written(tmp_path, repeated(sample(), 2000))
    assert len(html.encode()) < 5_000_000
    assert len(data_of(html)["incidents"]) == 2000


def test_more_than_fit_are_left_out_and_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "MOST", 3)
    data = data_of(written(tmp_path, made(n=5)))
    assert (len(data["incidents"]), data["all"]) == (3, 5)
    monkeypatch.setattr(page, "MOST_BYTES", 1000)
    data = data_of(written(tmp_path, made(n=5)))
    assert (len(data["incidents"]), data["all"]) == (2, 5)


# ---------------------------------------------------------------- in a browser
def shown(folder: Path, fragment: str) -> str:
    """The page as it stands after its script ran."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or pytest.skip("no chromium")
    options = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
    ]
    options += ["--disable-component-update", "--disable-sync", f"--user-data-dir={folder / 'profile'}", "--dump-dom"]
    address = f"{(folder / 'index.html').as_uri()}#{fragment}"
    done = subprocess.run([browser, *options, address], capture_output=True, encoding="utf-8", check=True, timeout=60)
    return done.stdout


@pytest.mark.slow
def test_search_in_a_browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All queries in one start of the browser: the page's own functions answer into its title."""
    queries = {query: int(n) for query, n in rows("page_queries")}
    queries |= {unicodedata.normalize("NFD", query): n for query, n in queries.items()}
    ask = f"document.title = JSON.stringify({json.dumps(list(queries))}.map((query) => find(query).hits.length));"
    original = page._file
    monkeypatch.setattr(page, "_file", lambda name: original(name) + (ask if name == "page.js" else ""))
    written(tmp_path, made())
    (answers,) = re.findall(r"<title>(.*?)</title>", shown(tmp_path, ""))
    assert dict(zip(queries, json.loads(answers), strict=True)) == queries


@pytest.mark.slow
def test_a_query_in_the_address(tmp_path: Path) -> None:
    written(tmp_path, made())
    for query, n in (("cang sao", 1), ("lừa đảo", 0)):
        incidents = re.findall(r'<details class="incident"[^>]*>', shown(tmp_path, f"q={quote_plus(query)}"))
        assert len([tag for tag in incidents if " hidden" not in tag]) == n


@pytest.mark.slow
def test_scripts_in_titles_and_quotes_do_nothing_in_a_browser(tmp_path: Path) -> None:
    facts = [fact("victim", ATTACK, value_key="org-1", quote=ATTACK)]
    written(tmp_path, made(facts=facts, title=ATTACK, article={"title": ATTACK, "publisher": ATTACK}))
    html = shown(tmp_path, "open=0000000000000000")
    assert "<title>Sự cố an ninh mạng trên báo chí</title>" in html
    assert "<img" not in html
    assert html.count("<blockquote>") == 2
    assert 'rel="noopener noreferrer"' in html
