"""Files: what is refused, what a spreadsheet must not run, that nothing half-written looks complete, the same bytes."""

from __future__ import annotations

import csv
import io
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from baomat import BaomatError
from baomat.export import FORMATS, OWN_FILES, TABLE_FORMATS, WORK, Writer
from baomat.frames import read
from baomat.tablefiles import ROWS_PER_GROUP
from baomat.tables import SCHEMA_VERSION, TABLES

ARTICLE = {
    "article_id": "a",
    "title": "Đầu đề",
    "text": "Đầu đề\n\nSáng nay.",
    "n_words": 4,
    "cyber_score": 0.25,
    "is_incident": True,
}


def written(
    folder: Path, rows: dict[str, list[dict[str, Any]]], *, formats: Any = TABLE_FORMATS, overwrite: bool = False
) -> Path:
    with Writer(folder, formats=formats, overwrite=overwrite) as writer:
        for table, part in rows.items():
            writer.append(table, part)
        writer.finish({"options": {}}, log="a line\n")
    return folder


def csv_rows(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))


def test_every_table_in_every_format_also_when_empty(tmp_path: Path) -> None:
    out = written(tmp_path / "new" / "out", {"articles": [ARTICLE]}, formats=FORMATS)
    assert sorted(path.name for path in out.iterdir()) == sorted(OWN_FILES)
    assert pq.read_table(out / "facts.parquet").column_names == [column.name for column in TABLES["facts"]]
    assert csv_rows(out / "facts.csv") == [[column.name for column in TABLES["facts"]]]
    assert (out / "facts.jsonl").read_bytes() == b""


def test_only_the_formats_asked_for(tmp_path: Path) -> None:
    out = written(tmp_path, {}, formats=["csv"])
    assert {path.suffix for path in out.iterdir()} == {".csv", ".json", ".log"}


def test_unknown_format(tmp_path: Path) -> None:
    with pytest.raises(BaomatError, match=r"B503.*'?docx'?.*parquet, csv, jsonl"):
        Writer(tmp_path / "out", formats=["csv", "docx"])
    assert not (tmp_path / "out").exists()


# ---------------------------------------------------------------- the folder
def test_results_are_not_overwritten_unless_told(tmp_path: Path) -> None:
    out = written(tmp_path, {"articles": [ARTICLE]})
    (out / "của tôi.csv").write_text("giữ lại")
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    with pytest.raises(BaomatError, match=r"B501.*--overwrite"):
        Writer(out)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    written(out, {}, formats=["csv"], overwrite=True)
    assert {path.suffix for path in out.iterdir()} == {".csv", ".json", ".log"}
    assert (out / "của tôi.csv").read_text() == "giữ lại"
    assert len(csv_rows(out / "articles.csv")) == 1


def test_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "out"):
        with pytest.raises(BaomatError, match="B502"):
            Writer(folder)


def test_disk_that_fills_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    def append() -> None:
        with Writer(tmp_path) as writer:
            monkeypatch.setattr(type(writer._files["articles"][0]), "append", full)
            writer.append("articles", [ARTICLE])

    with pytest.raises(BaomatError, match=r"B502.*No space left"):
        append()
    assert list(tmp_path.iterdir()) == []


def test_run_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    with suppress(KeyboardInterrupt), Writer(tmp_path / "out") as writer:
        writer.append("articles", [ARTICLE])
        raise KeyboardInterrupt
    assert list((tmp_path / "out").iterdir()) == []


def test_overwriting_run_that_breaks_off_leaves_the_old_results(tmp_path: Path) -> None:
    out = written(tmp_path, {"articles": [ARTICLE]})
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    with pytest.raises(KeyboardInterrupt), Writer(out, overwrite=True):
        raise KeyboardInterrupt
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_left_over_of_a_killed_run_is_cleared(tmp_path: Path) -> None:
    (tmp_path / WORK).mkdir()
    (tmp_path / WORK / "facts.csv").write_text("half")
    assert not (written(tmp_path, {}) / WORK).exists()


# ---------------------------------------------------------------- CSV
def test_csv_bytes(tmp_path: Path) -> None:
    data = (written(tmp_path, {"articles": [ARTICLE]}) / "articles.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbfarticle_id,")
    assert data.endswith(b"\r\n")
    header, row = csv_rows(tmp_path / "articles.csv")
    assert "text" not in header
    assert dict(zip(header, row, strict=True)) | {"title": "Đầu đề", "n_words": "4", "is_incident": "true"} == dict(
        zip(header, row, strict=True)
    )


@pytest.mark.parametrize("cell", ["=1+1", "+84 24", "- Ngày 4/6", "@ten", "\tx", "\rx", '=cmd|"/c calc"!A1'])
def test_formula_is_guarded_in_csv_only(tmp_path: Path, cell: str) -> None:
    out = written(tmp_path, {"facts": [{"fact_id": "f", "quote": cell, "number_min": -5.0}]})
    header, row = csv_rows(out / "facts.csv")
    assert row[header.index("quote")] == f"'{cell}"
    assert row[header.index("number_min")] == "-5"
    assert pd.read_parquet(out / "facts.parquet")["quote"][0] == cell
    assert json.loads((out / "facts.jsonl").read_text(encoding="utf-8"))["quote"] == cell
    assert json.loads((out / "run.json").read_text(encoding="utf-8"))["guarded_cells"] == 1


@pytest.mark.parametrize("cell", ["700889e018067057", "12E5", "1234567890123456", "007"])
def test_an_id_that_a_spreadsheet_would_take_for_a_number_is_guarded(tmp_path: Path, cell: str) -> None:
    out = written(tmp_path, {"articles": [ARTICLE | {"article_id": cell}]}, formats=["csv"])
    header, row = csv_rows(out / "articles.csv")
    assert row[header.index("article_id")] == f"'{cell}"
    assert read(out).articles["article_id"].tolist() == [cell]


@pytest.mark.parametrize(
    "cell", ["2024", "2024-06", "1500000", "0", "12e", "a=b", "3-4", "giờ, ngày", 'nói "không"', "hai\ndòng", "'"]
)
def test_other_cells_come_back_as_they_are(tmp_path: Path, cell: str) -> None:
    header, row = csv_rows(written(tmp_path, {"facts": [{"quote": cell}]}) / "facts.csv")
    assert row[header.index("quote")] == cell


def test_flat_table_has_no_line_ends(tmp_path: Path) -> None:
    header, row = csv_rows(written(tmp_path, {"incidents": [{"title": "hai\ndòng"}]}) / "incidents.csv")
    assert row[header.index("title")] == "hai dòng"


@pytest.mark.parametrize(
    ("number", "cell"),
    [(1500000.0, "1500000"), (0.1, "0.1"), (90.8, "90.8"), (1e21, "1" + 21 * "0"), (0.00001, "0.00001"), (0.0, "0"), (None, "")],
)
def test_numbers_are_plain(tmp_path: Path, number: float | None, cell: str) -> None:
    header, row = csv_rows(written(tmp_path, {"facts": [{"number_min": number}]}) / "facts.csv")
    assert row[header.index("number_min")] == cell


# ---------------------------------------------------------------- Parquet, JSONL, manifest
def test_parquet_gives_the_dtypes_back(tmp_path: Path) -> None:
    data = pd.read_parquet(written(tmp_path, {"articles": [ARTICLE]}) / "articles.parquet")
    assert {str(dtype) for dtype in data.dtypes} == {"string", "Int64", "Float64", "boolean"}
    assert data["text"][0] == ARTICLE["text"]
    assert data["url"].isna().all()
    meta = pq.ParquetFile(tmp_path / "articles.parquet").metadata
    assert meta.row_group(0).column(0).compression == "ZSTD"


def test_json_lines_name_every_column(tmp_path: Path) -> None:
    row = json.loads((written(tmp_path, {"articles": [ARTICLE]}) / "articles.jsonl").read_text(encoding="utf-8"))
    assert list(row) == [column.name for column in TABLES["articles"]]
    assert (row["text"], row["url"]) == (ARTICLE["text"], None)


def test_how_rows_come_does_not_show(tmp_path: Path) -> None:
    rows = [ARTICLE | {"article_id": str(n)} for n in range(2 * ROWS_PER_GROUP["articles"] + 5)]
    for name, size in (("a", 7), ("b", 1000)):
        with Writer(tmp_path / name, formats=TABLE_FORMATS) as writer:
            for start in range(0, len(rows), size):
                writer.append("articles", rows[start : start + size])
            writer.finish({})
    for path in sorted((tmp_path / "a").iterdir()):
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes(), path.name
    assert pq.ParquetFile(tmp_path / "a" / "articles.parquet").num_row_groups == 3
    assert len(pd.read_parquet(tmp_path / "a" / "articles.parquet")) == len(rows)


def test_manifest_counts_rows(tmp_path: Path) -> None:
    manifest = json.loads(
        (written(tmp_path, {"articles": [ARTICLE, ARTICLE | {"article_id": "b"}]}) / "run.json").read_text(encoding="utf-8")
    )
    assert manifest["counts"] == dict.fromkeys(TABLES, 0) | {"articles": 2}
    assert manifest["schema_version"] == SCHEMA_VERSION
    assert set(manifest) == {"baomat", "schema_version", "options", "counts", "guarded_cells"}
