"""The workbook as a reader of Excel finds it: no formula, typed cells, links that lead where they say, the same bytes."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sample
from baomat import BaomatError, excel
from baomat.excel import SHEETS, guarded
from baomat.export import Layout, Writer
from baomat.frames import Tables
from baomat.lexicon import labels
from baomat.tables import TABLES

Sheets = dict[str, Any]


def sheets(path: Path) -> Sheets:
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == [labels()["table.about"]["vi"], *(labels()[f"table.{table}"]["vi"] for table in SHEETS)]
    return dict(zip(("about", *SHEETS), book.worksheets, strict=True))


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("excel") / "baomat.xlsx"
    sample.tables().to_excel(path)
    return path


@pytest.fixture(scope="module")
def book(path: Path) -> Sheets:
    return sheets(path)


def one_row(folder: Path, table: str, row: dict[str, Any], **layout: Any) -> dict[str, Any]:
    """The cells of a sheet with this one row, by column of the codebook."""
    with Writer(folder, formats=["xlsx"], overwrite=True, layout=Layout(**layout)) as writer:
        writer.append(table, [row])
        writer.finish({})
    found = openpyxl.load_workbook(folder / "baomat.xlsx").worksheets[1 + SHEETS.index(table)]
    columns = [column.name for column in TABLES[table] if (table, column.name) != ("articles", "text")]
    return dict(zip(columns, found[2], strict=True))


# ---------------------------------------------------------------- what a reader sees
def test_every_row_is_there_and_no_cell_is_a_formula(book: Sheets) -> None:
    for table in SHEETS:
        assert book[table].max_row == 1 + len(getattr(sample.tables(), table))
        assert all(cell.data_type != "f" for row in book[table].iter_rows() for cell in row)


def test_headers_are_frozen_and_filtered(book: Sheets) -> None:
    for table in SHEETS:
        assert book[table].freeze_panes in ("A2", "C2")
        assert book[table].auto_filter.ref.startswith("A1:")
    assert [cell.value for cell in book["timeline"][1]][:3] == ["Mã sự cố", "Giai đoạn", "Giá trị"]


def test_the_first_sheet_says_what_to_mind_and_explains_every_column(book: Sheets) -> None:
    text = "\n".join(str(cell.value) for row in book["about"].iter_rows() for cell in row if cell.value is not None)
    assert all(names["vi"] in text for key, names in labels().items() if key.startswith("about."))
    assert "schema_version" in text
    for table in SHEETS:
        assert all(column.vi in text for column in TABLES[table] if column.name != "text")


def test_an_incident_leads_to_its_facts_and_a_fact_to_its_article(book: Sheets) -> None:
    def lead(cell: Any) -> tuple[str, str]:
        name, _, place = cell.hyperlink.location.partition("!")
        return name.strip("'"), place

    for incident_id, title in ((row[0], row[1]) for row in book["incidents"].iter_rows(min_row=2)):
        name, place = lead(title)
        assert name == book["facts"].title
        assert book["facts"][place.replace("A", "B")].value == incident_id.value
    for row in book["facts"].iter_rows(min_row=2):
        name, place = lead(row[2])
        assert book["articles"][place].value == row[2].value
    address = book["articles"]["B2"]
    assert address.hyperlink.target == address.value


def test_without_article_texts(path: Path) -> None:
    assert all("Nguyên văn" not in [cell.value for cell in sheet[1]] for sheet in sheets(path).values())


def test_same_tables_same_bytes(path: Path, tmp_path: Path) -> None:
    sample.tables().to_excel(tmp_path / "again.xlsx")
    assert (tmp_path / "again.xlsx").read_bytes() == path.read_bytes()


# ---------------------------------------------------------------- cells
@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("2024-06-04", datetime(2024, 6, 4)),
        ("2024-06-04T03:10", datetime(2024, 6, 4, 3, 10)),
        ("2024-06", "2024-06"),
        ("2024", "2024"),
        ("2024-W23", "2024-W23"),
        ("XXXX-06-04", "XXXX-06-04"),
        ("2024-06-01/2024-06-04", "2024-06-01/2024-06-04"),
        ("1899-12-31", "1899-12-31"),
    ],
)
def test_dates_are_dates_and_no_more(tmp_path: Path, value: str, shown: object) -> None:
    assert one_row(tmp_path, "incidents", {"incident_id": "i", "onset": value})["onset"].value == shown


@pytest.mark.parametrize(
    ("table", "column", "value", "vi", "en"),
    [
        ("incidents", "attack_types", "ransomware; data_breach", "mã độc tống tiền; lộ dữ liệu", "ransomware; data breach"),
        ("incidents", "attack_types", "other", "tấn công mạng", "cyber attack"),
        ("incidents", "verification", "claimed", "chưa xác minh", "unverified"),
        ("incidents", "conflicts", "onset; people", "bắt đầu tấn công; số người", "onset; people"),
        ("organizations", "org_type", "other", "tổ chức khác", "other"),
        ("facts", "preferred", True, "có", "yes"),
        ("facts", "field", "threat_actor", "bên bị quy trách nhiệm", "threat actor"),
        ("facts", "claim", "claimed", "chỉ là lời một bên", "claimed"),
        ("facts", "number_min", 1500000.0, 1500000, 1500000),
        ("facts", "quote", "- Ngày 4/6", "'- Ngày 4/6", "'- Ngày 4/6"),
        ("facts", "quote", "0123", "0123", "0123"),
        ("facts", "quote", "http://a.vn", "http://a.vn", "http://a.vn"),
    ],
)
def test_values_are_told_in_words(tmp_path: Path, table: str, column: str, value: object, vi: object, en: object) -> None:
    row = {"incident_id": "i", "fact_id": "f", "org_id": "o", column: value}
    assert one_row(tmp_path, table, row)[column].value == vi
    assert one_row(tmp_path, table, row, lang="en")[column].value == en


def test_what_a_fact_names_is_told_in_words_too(tmp_path: Path) -> None:
    for field, value, shown in (("attack_type", "ddos", "tấn công từ chối dịch vụ"), ("victim", "other", "other")):
        assert one_row(tmp_path, "facts", {"field": field, "value": value})["value"].value == shown


def test_long_cell_is_cut_visibly(tmp_path: Path) -> None:
    assert one_row(tmp_path, "facts", {"quote": "a" * 40_000})["quote"].value == "a" * 32_766 + "…"


def test_more_rows_than_a_sheet_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(excel, "MOST_ROWS", 1)
    with pytest.raises(BaomatError, match=r"B510.*facts.*2 rows"), Writer(tmp_path, formats=["xlsx"]) as writer:
        writer.append("facts", [{"quote": "a"}, {"quote": "b"}])
    assert list(tmp_path.iterdir()) == []


def test_links_end_where_excel_would_refuse_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(excel, "MOST_LINKS", 0)
    row = one_row(tmp_path, "articles", {"article_id": "a", "url": "https://a.vn"})
    assert (row["url"].value, row["url"].hyperlink) == ("https://a.vn", None)


@pytest.mark.parametrize("url", ["javascript:alert(1)", "file:///etc/passwd", "https://a.vn/" + "a" * 3000, "internal:'x'!A1"])
def test_only_web_addresses_become_links(tmp_path: Path, url: str) -> None:
    assert one_row(tmp_path, "articles", {"article_id": "a", "url": url})["url"].hyperlink is None


@settings(max_examples=30, deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]) | st.sampled_from("=+-@'\"<&>🔥ạ\u0301"), min_size=1))
def test_odd_texts_are_readable(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    row = one_row(tmp_path_factory.mktemp("odd"), "facts", {"quote": text})
    if "_x" not in text and "\ufffe" not in text and "\uffff" not in text:
        assert (row["quote"].value or "").strip() == guarded(text).strip()


def test_control_characters_do_not_break_the_file(tmp_path: Path) -> None:
    assert one_row(tmp_path, "facts", {"quote": "a\x0b\x1ab\x00_x0041_", "value": "v"})["value"].value == "v"


def test_empty_tables(tmp_path: Path) -> None:
    Tables(**{table: getattr(sample.tables(), table)[:0] for table in TABLES}).to_excel(tmp_path / "empty.xlsx")
    assert sheets(tmp_path / "empty.xlsx")["facts"].max_row == 1
