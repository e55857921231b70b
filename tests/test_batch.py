"""Whole runs: files to tables, over one process and several, with what goes wrong on the way."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from spacy.language import Language
from spacy.tokens import Doc

import baomat
from baomat import Article, BaomatError, Tables, engine, extract
from baomat.batch import run
from baomat.engine import CHUNK
from baomat.export import FORMATS
from baomat.reader import Record
from baomat.schema import Reject
from baomat.tables import DTYPES, TABLES

LEAD = "Sáng 4/6/2024, Công ty Cổ phần Lam Thạch cho biết máy chủ bị tin tặc tấn công mã hóa dữ liệu, đã báo Cục A05. Bài {}."


def made_input(folder: Path, n: int = 12) -> Path:
    """A file of ``n`` good records with a bad line 3."""
    lines = [json.dumps({"id": f"a{i}", "title": f"Tin số {i}", "text": LEAD.format(i)}, ensure_ascii=False) for i in range(n)]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "tin.jsonl"
    path.write_text("\n".join([*lines[:2], "{bad", *lines[2:]]), encoding="utf-8")
    return path


def contents(folder: Path) -> dict[str, bytes]:
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != "run.log"]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


# ---------------------------------------------------------------- run: files to files
def test_run_writes_every_table_and_says_what_it_did(tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []
    path = made_input(tmp_path, n=40)
    summary = run([path], tmp_path / "out", formats=FORMATS, progress=lambda done, total: steps.append((done, total)))
    assert steps == [(CHUNK, 41), (41, 41)]
    assert (summary.n_records, summary.counts["articles"], summary.counts["rejects"]) == (41, 40, 1)
    tables = Tables.read(tmp_path / "out")
    assert {table: len(getattr(tables, table)) for table in TABLES} == dict(summary.counts)
    assert tables.articles["article_id"].tolist() == [f"a{i}" for i in range(40)]
    assert tables.rejects[["input", "row", "code"]].values.tolist() == [["tin.jsonl", 3, "B201"]]
    texts = tables.articles.set_index("article_id")["text"]
    for row in [*tables.organization_mentions.itertuples(), *tables.dates.itertuples()]:
        assert texts[row.article_id][row.start : row.end] == row.text
    for row in tables.facts.itertuples():
        assert texts[row.article_id][row.start : row.end] == row.quote


def test_manifest_holds_no_time_and_no_place(tmp_path: Path) -> None:
    path = made_input(tmp_path / "vào")
    run([path.parent], tmp_path / "ra", mapping={"source": "paper"})
    text = (tmp_path / "ra" / "run.json").read_text(encoding="utf-8")
    manifest = json.loads(text)
    assert manifest["inputs"][0]["name"] == "vào/tin.jsonl"
    assert manifest["inputs"][0]["size"] == path.stat().st_size
    assert manifest["options"]["mapping"] == {"source": "paper"}
    assert set(manifest["lexicons"]) >= {"organizations.tsv", "publishers.tsv"}
    assert str(tmp_path) not in text
    assert str(path.resolve()) in (tmp_path / "ra" / "run.log").read_text(encoding="utf-8")


@pytest.mark.slow
def test_workers_do_not_show_in_the_result(tmp_path: Path, root: Path) -> None:
    inputs = [made_input(tmp_path, n=3 * CHUNK), root / "data" / "articles"]
    run(inputs, tmp_path / "one", formats=FORMATS)
    run(inputs, tmp_path / "two", formats=FORMATS, workers=2)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_only_cyber(tmp_path: Path) -> None:
    path = tmp_path / "tin.jsonl"
    sport = {"id": "b", "title": "Đội bóng thắng trận", "text": "Chiều nay, đội chủ nhà thắng hai bàn trước đông đảo khán giả."}
    cyber = {"id": "a", "title": "Tin tặc tấn công mã hóa dữ liệu", "text": LEAD.format(1)}
    path.write_text("\n".join(json.dumps(record) for record in (sport, cyber)), encoding="utf-8")
    steps: list[int] = []
    summary = run([path], tmp_path / "out", only_cyber=True, progress=lambda done, total: steps.append(done))
    assert Tables.read(tmp_path / "out").articles["article_id"].tolist() == ["a"]
    assert (summary.n_off_topic, summary.n_records, steps) == (1, 2, [1, 2])


# ---------------------------------------------------------------- nothing could be done
def test_every_record_rejected(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": ""}\n{bad\n')
    with pytest.raises(BaomatError, match=r"B504.*all 2 records.*a\.jsonl:1: \[B203\]"):
        run([tmp_path / "a.jsonl"], tmp_path / "out")
    assert [file.name for file in (tmp_path / "out").iterdir() if not file.name.startswith(".baomat-")] == []


def test_unreadable_date_alone_is_no_reason_to_stop(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps({"text": LEAD.format(1), "published": "hôm nào"}))
    summary = run([tmp_path / "a.jsonl"], tmp_path / "out")
    assert (summary.n_records, summary.counts["articles"], summary.counts["rejects"]) == (1, 1, 1)
    tables = Tables.read(tmp_path / "out")
    assert tables.articles["published"].isna().all()
    assert tables.articles["published_from"].tolist() == ["none"]
    assert tables.rejects["code"].tolist() == ["B207"]


def test_file_without_records(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("\n\n")
    with pytest.raises(BaomatError, match=r"B108.*a\.jsonl"):
        run([tmp_path / "a.jsonl"], tmp_path / "out")


def test_out_is_refused_before_any_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = made_input(tmp_path)
    run([path], tmp_path / "out")
    monkeypatch.setattr(engine, "load", None)
    with pytest.raises(BaomatError, match="B501"):
        run([path], tmp_path / "out")
    with pytest.raises(BaomatError, match="B502"):
        run([path], path / "out")
    with pytest.raises(BaomatError, match="B101"):
        run([tmp_path / "không có"], tmp_path / "out", overwrite=True)
    assert (tmp_path / "out" / "run.json").exists()


@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_interrupted_run_leaves_the_journal_alone(tmp_path: Path, workers: int) -> None:
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    path = made_input(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        run([path], tmp_path / "out", workers=workers, progress=stop)
    assert [file.name for file in (tmp_path / "out").iterdir() if not file.name.startswith(".baomat-")] == []


# ---------------------------------------------------------------- one article fails: the rest goes on
@pytest.fixture(scope="module")
def fragile() -> Language:
    """A pipeline whose last stage fails on some articles."""

    @Language.component("fragile_for_tests")
    def fragile(doc: Doc) -> Doc:
        if "KeyError" in doc.text:
            raise KeyError("x")
        if "hỏng" in doc.text:
            raise ValueError("không đọc được")
        return doc

    nlp = engine.pipeline(None)
    nlp.add_pipe("fragile_for_tests", name="fragile")
    nlp.set_error_handler(engine._fail)
    return nlp


def test_article_that_fails_becomes_a_reject(fragile: Language) -> None:
    texts = (LEAD.format(1), "Bài hỏng.", LEAD.format(2), "Bài KeyError.", "Bài \ud800.")
    records = [Record(Article(text), "tin.jsonl", row, f"a{row}") for row, text in enumerate(texts, 1)]
    results = engine.Worker(fragile)([*records, Reject("tin.jsonl", 9, "", "read", "B201", "…")])
    rejects = [item for item in results if isinstance(item, Reject)]
    assert [(item.row, item.article_id, item.code) for item in rejects] == [
        (2, "a2", "B403"),
        (4, "a4", "B403"),
        (5, "a5", "B403"),
        (9, "", "B201"),
    ]
    assert rejects[0].stage == "fragile"
    assert rejects[0].message == "stage 'fragile' failed: ValueError: không đọc được"
    assert "fragile" in rejects[1].message
    assert len(results) == 6


def test_copy_of_an_article_that_failed_names_no_missing_article(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = engine._annotated

    def annotated(nlp: Language, article: Article, doc: Doc | None) -> Doc:
        if article.title == "hỏng":
            raise ValueError
        return whole(nlp, article, doc)

    monkeypatch.setattr(engine, "_annotated", annotated)
    tables = extract([Article(LEAD.format(1), title=title, id=title) for title in ("hỏng", "lành", "nữa")])
    assert tables.rejects["article_id"].tolist() == ["hỏng"]
    assert tables.articles["article_id"].tolist() == ["lành", "nữa"]
    assert set(tables.articles["near_duplicate_of"].dropna()) <= {"lành"}


# ---------------------------------------------------------------- extract: Python in, frames out
def test_extract_from_articles_and_from_a_frame_agree() -> None:
    texts = [LEAD.format(i) for i in range(3)]
    from_list = extract([Article(text, id=str(i), published="2024-06-05") for i, text in enumerate(texts)])
    frame = pd.DataFrame({"id": range(3), "content": texts, "published": "2024-06-05", "tags": None})
    from_frame = extract(frame, mapping={"text": "content"})
    for table in TABLES:
        pd.testing.assert_frame_equal(getattr(from_list, table), getattr(from_frame, table))
    assert from_list.articles["published"].tolist() == ["2024-06-05"] * 3


def test_extract_nothing_gives_typed_tables() -> None:
    for tables in (extract([]), extract(pd.DataFrame({"text": []}))):
        for table, columns in TABLES.items():
            data = getattr(tables, table)
            assert {name: str(dtype) for name, dtype in data.dtypes.items()} == {
                column.name: DTYPES[column.dtype] for column in columns
            }
            assert data.empty


def test_extract_is_lazy_over_its_input(monkeypatch: pytest.MonkeyPatch) -> None:
    taken, at_work = 0, []

    def articles() -> Iterator[Article]:
        nonlocal taken
        for i in range(3 * CHUNK):
            taken += 1
            yield Article(f"Bài {i}.")

    whole = engine.Worker.__call__
    monkeypatch.setattr(engine.Worker, "__call__", lambda self, chunk: at_work.append(taken) or whole(self, chunk))
    assert len(extract(articles()).articles) == 3 * CHUNK
    assert at_work == [CHUNK, 2 * CHUNK, 3 * CHUNK]


@pytest.mark.parametrize(
    "article",
    [
        Article(title="Chỉ có tiêu đề"),
        Article("The company said on 4 June 2024 that its servers had been encrypted.", title="An article in English"),
        Article("Sa\u0301ng 4/6, công ty bị tâ\u0301n công.", title="Không phải NFC"),
        Article("\u200b\ufeff\u00a0‮ 😀 \x00 x"),
        Article("Hà NộiBộ Công an  (PLO) - \t\n\n\n   TPO"),
    ],
    ids=["title only", "English", "not NFC", "odd characters", "odd spaces"],
)
def test_odd_articles_are_processed(article: Article) -> None:
    tables = extract([article])
    assert tables.rejects.empty
    assert tables.articles["text"].tolist() == [article.full_text]


@pytest.mark.slow
def test_long_article_is_processed_whole() -> None:
    paragraph = "Hôm ấy trời mưa rất to và không có gì xảy ra trong thành phố nhỏ bên bờ sông.\n"
    text = paragraph * (2_000_000 // len(paragraph)) + LEAD.format(1)
    tables = extract([Article(text)])
    assert tables.rejects.empty
    assert len(tables.articles["text"][0]) == len(text)
    assert tables.sentences["end"].max() == len(text)
    assert tables.organization_mentions["start"].max() > 2_000_000 - len(LEAD)


def test_user_file_that_is_wrong_is_told(tmp_path: Path) -> None:
    path = tmp_path / "của tôi.tsv"
    path.write_text("no\tsuch\tcolumns\n")
    with pytest.raises(BaomatError, match="B301"):
        extract([Article(LEAD.format(1))], organizations=path)
    with pytest.raises(BaomatError, match="B301"):
        extract([Article(LEAD.format(1))], organizations=path, workers=2)
    path.unlink()
    with pytest.raises(BaomatError, match="B104"):
        extract([Article(LEAD.format(1))], organizations=path)
    with pytest.raises(BaomatError, match="B104"):
        run([made_input(tmp_path)], tmp_path / "out", organizations=path)


# ---------------------------------------------------------------- processes
def python(path: Path, code: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run a script in a process of its own; its workers are spawned."""
    path.write_text(textwrap.dedent(code), encoding="utf-8")
    package = str(Path(baomat.__file__).parents[1])
    environment = os.environ | {"PYTHONPATH": package, "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(
        [sys.executable, *options, str(path)], capture_output=True, text=True, encoding="utf-8", timeout=120, env=environment
    )


@pytest.mark.slow
def test_script_with_workers_runs_without_a_warning(tmp_path: Path) -> None:
    done = python(
        tmp_path / "script.py",
        """
        from baomat import Article, extract

        if __name__ == "__main__":
            tables = extract((Article(f"Bài {i}: VNPT bị tấn công.") for i in range(70)), workers=2)
            print(tables.articles["text"].iloc[-1], len(tables.articles))
        """,
        "-W",
        "error",
    )
    assert (done.stdout, done.stderr) == ("Bài 69: VNPT bị tấn công. 70\n", "")


@pytest.mark.slow
def test_script_without_guard_is_told(tmp_path: Path) -> None:
    done = python(
        tmp_path / "script.py",
        """
        from baomat import Article, extract

        extract([Article("Bài.")], workers=2)
        """,
    )
    assert done.returncode == 1
    assert "B506" in done.stderr.splitlines()[-1]
    assert "__main__" in done.stderr.splitlines()[-1]
    assert "[B507]" in done.stderr


@pytest.mark.slow
def test_worker_that_dies_is_told(tmp_path: Path) -> None:
    done = python(
        tmp_path / "script.py",
        """
        import os
        import baomat.engine

        baomat.engine._work = lambda *_: os._exit(9)  # in the workers too: they import this script

        if __name__ == "__main__":
            baomat.extract([baomat.Article("Bài.")], workers=2)
        """,
    )
    assert done.returncode == 1
    assert "B506" in done.stderr.splitlines()[-1]
