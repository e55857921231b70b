"""Input: every kind of file, every kind of bad record with its code, duplicates, revisions, papers."""

from __future__ import annotations

import gzip
import json
import re
import unicodedata
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from baomat import Article, BaomatError
from baomat.duplicates import distinct, publisher_of
from baomat.reader import Record, check_mapping, from_articles, from_frame, from_sources, read, sources
from baomat.schema import Reject

BODY = "Sáng 4/6, hệ thống của công ty bị tấn công và phải ngừng hoạt động."


def write(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def write_jsonl(path: Path, *records: Any) -> Path:
    return write(path, "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records))


def one(path: Path, **options: Any) -> Article:
    (item,) = read([path], **options)
    assert isinstance(item, Article), item
    return item


def codes(items: Any) -> list[str]:
    return [item.code if isinstance(item, Reject) else "article" for item in items]


# ---------------------------------------------------------------- nothing can be read: at once
def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(BaomatError, match=r"\[B101\].*không-có.txt"):
        read([tmp_path / "không-có.txt"])


@pytest.mark.parametrize("content", [(), ("README.md",), (".an.txt",)], ids=["empty", "other files only", "hidden only"])
def test_folder_without_articles(tmp_path: Path, content: tuple[str, ...]) -> None:
    for name in content:
        write(tmp_path / name, BODY)
    with pytest.raises(BaomatError, match="B102"):
        read([tmp_path])


@pytest.mark.parametrize("name", ["bai.docx", "bai.json", "bai.gz", "bai"])
def test_unknown_kind_of_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(BaomatError, match="B103"):
        read([write(tmp_path / name, BODY)])


@pytest.mark.parametrize("mapping", [["text"], ["body=content"], ["text="], ["=content"], {"body": "content"}, {"text": ""}])
def test_bad_mapping(tmp_path: Path, mapping: Any) -> None:
    with pytest.raises(BaomatError, match=r"B105.*id, url, source, title, text, published"):
        read([write(tmp_path / "a.txt", BODY)], mapping=mapping)


def test_mapping_as_text_or_as_pairs() -> None:
    assert check_mapping(["text=content", "title = head"]) == check_mapping({"text": "content", "title": "head"})


# ---------------------------------------------------------------- one record cannot be used: the rest goes on
@pytest.mark.parametrize(
    ("line", "code", "told"),
    [
        (b'{"text": "thieu ngoac"', "B201", "character"),
        (b"[" * 100_000, "B201", "recursion"),
        (b'["a", "b"]', "B202", "a list"),
        (b'"a"', "B202", "text"),
        (b"12", "B202", "a number"),
        (b"null", "B202", "null"),
        (b'{"id": "x"}', "B203", "neither title nor text"),
        (b'{"title": " ", "text": "\\n"}', "B203", "neither"),
        (b'{"text": " date 2024-06 "}', "B203", "neither"),
        (b'{"text": ["a"]}', "B204", "'text' must be text, not a list"),
        (b'{"title": 5, "text": "a"}', "B204", "'title' must be text, not a number"),
        (b'{"id": true, "text": "a"}', "B204", "'id' must be text, not true or false"),
        (b'{"id": 1.5, "text": "a"}', "B204", "'id'"),
        (b'{"text": "C\xf4ng ty"}', "B206", "0xf4"),
        ('{"text": "Công ty"}'.encode("utf-16"), "B206", "0xff"),
    ],
)
def test_line_17_is_bad(tmp_path: Path, line: bytes, code: str, told: str) -> None:
    good = [json.dumps({"id": n, "text": f"{BODY} {n}"}).encode() for n in range(20)]
    path = write(tmp_path / "tin.jsonl", b"\n".join([*good[:16], line, *good[17:]]))
    items = list(read([path]))
    assert codes(items).count("article") == 19
    (reject,) = [item for item in items if isinstance(item, Reject)]
    assert (reject.input, reject.row, reject.code, reject.stage) == ("tin.jsonl", 17, code, "read")
    assert told in reject.message


def test_text_file_that_is_not_utf8(tmp_path: Path) -> None:
    (reject,) = read([write(tmp_path / "cũ.txt", "Tin nhanh\nCông ty".encode("cp1258", "replace"))])
    assert isinstance(reject, Reject)
    assert (reject.input, reject.row, reject.code) == ("cũ.txt", 2, "B206")
    assert "iconv" in reject.message


@pytest.mark.parametrize("content", ["", "\n \n", "title:\nsource: Báo\n\n"])
def test_empty_text_file(tmp_path: Path, content: str) -> None:
    assert codes(read([write(tmp_path / "a.txt", content)])) == ["B203"]


def test_broken_gzip_keeps_what_came_before(tmp_path: Path) -> None:
    lines = "".join(json.dumps({"text": f"{n} {unicodedata.name(chr(0x4E00 + n))} {BODY}"}) + "\n" for n in range(4000))
    whole = gzip.compress(lines.encode(), mtime=0)
    items = list(read([write(tmp_path / "a.jsonl.gz", whole[: len(whole) // 2])]))
    assert codes(items)[-1] == "B104"
    assert set(codes(items)[:-1]) == {"article"}
    assert codes(read([write(tmp_path / "b.jsonl.gz", "no gzip")])) == ["B104"]


@pytest.mark.parametrize("value", ["hôm nào đó", "2024-13-01", "9999-12-31T23:59:59-12:00", [2024], {"y": 1}, 1.5, True])
def test_published_that_cannot_be_read_keeps_the_article(tmp_path: Path, value: Any) -> None:
    reject, article = read([write_jsonl(tmp_path / "a.jsonl", {"id": "7", "text": BODY, "published": value})])
    assert isinstance(reject, Reject)
    assert (reject.code, reject.stage, reject.article_id, reject.row) == ("B207", "published", "7", 1)
    assert isinstance(article, Article)


@pytest.mark.parametrize("value", [None, "", "2024-06-04", "2024", 2024, "Thứ Ba, 4/6/2024, 08:30 (GMT+7)"])
def test_published_that_can_be_read(tmp_path: Path, value: Any) -> None:
    assert codes(read([write_jsonl(tmp_path / "a.jsonl", {"text": BODY, "published": value})])) == ["article"]


def test_date_mark_that_is_no_date(tmp_path: Path) -> None:
    assert codes(read([write(tmp_path / "a.txt", f" date 2024-13 {BODY}")])) == ["B207", "article"]


# ---------------------------------------------------------------- records
def test_fields_of_a_record(tmp_path: Path) -> None:
    record = {"id": 42, "url": " https://a.vn/1 ", "source": "Báo", "title": "TT&amp;TT", "text": "R&D &quot;x&quot;", "tags": []}
    article = one(write_jsonl(tmp_path / "a.jsonl", record | {"published": "2024-06-04"}))
    assert article == Article(
        'R&D "x"', title="TT&TT", id="42", url="https://a.vn/1", source="Báo", published="2024-06-04", published_from="given"
    )


def test_mapping_gives_other_names(tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "a.jsonl", {"text": "không phải", "content": "phải", "head": "Đầu đề"})
    assert one(path, mapping={"text": "content", "title": "head"}).full_text == "Đầu đề\n\nphải"


def test_blank_lines_byte_order_mark_gzip_and_nfd(tmp_path: Path) -> None:
    lines = "\ufeff" + json.dumps({"text": unicodedata.normalize("NFD", BODY)}, ensure_ascii=False) + "\r\n\n  \n"
    article = one(write(tmp_path / "a.jsonl.gz", gzip.compress(lines.encode())))
    assert article.full_text == BODY


def test_lone_surrogate_is_replaced(tmp_path: Path) -> None:
    assert one(write(tmp_path / "a.jsonl", '{"text": "a\\ud83d b"}')).text == "a\ufffd b"


def test_line_separator_inside_a_text_is_no_line_end(tmp_path: Path) -> None:
    assert one(write_jsonl(tmp_path / "a.jsonl", {"text": "một\u2028hai\x85ba"})).text == "một\u2028hai\x85ba"


# ---------------------------------------------------------------- text files
@pytest.mark.parametrize(
    ("content", "title", "text"),
    [
        ("Trang web bị sửa\n\nSáng nay, trang web", "Trang web bị sửa", "Trang web bị sửa\n\nSáng nay, trang web"),
        ("Trang web bị sửa\nSáng nay", "Trang web bị sửa", "Trang web bị sửa\nSáng nay"),
        ("Ai đã sửa trang web?\n\nSáng nay", "Ai đã sửa trang web?", "Ai đã sửa trang web?\n\nSáng nay"),
        ("Chỉ có tiêu đề\n", "Chỉ có tiêu đề", "Chỉ có tiêu đề"),
        ("Sáng nay, trang web bị sửa.\nChiều nay", "", "Sáng nay, trang web bị sửa.\nChiều nay"),
        ("một dòng không có cuối dòng", "", "một dòng không có cuối dòng"),
        (f"{'rất dài ' * 40}\nChiều nay", "", f"{'rất dài ' * 40}\nChiều nay"),
        ("Tiêu đề  hai dấu cách\nChiều nay", "", "Tiêu đề  hai dấu cách\nChiều nay"),
        (" date 2024-06 Trang web bị sửa\n\nSáng nay", "Trang web bị sửa", "Trang web bị sửa\n\nSáng nay"),
        ("Trang web bị sửa\r\n\r\nSáng nay", "Trang web bị sửa", "Trang web bị sửa\n\nSáng nay"),
        ("title: Trang web\nurl: https://a.vn\n\nSáng nay", "Trang web", "Trang web\n\nSáng nay"),
        ("Title: Trang web\nsynthetic: true\n \nTrang web\nSáng nay", "Trang web", "Trang web\nSáng nay"),
        ("title: Chỉ có tiêu đề", "Chỉ có tiêu đề", "Chỉ có tiêu đề"),
        ("source: Báo\n\nTrang web bị sửa\nSáng nay", "Trang web bị sửa", "Trang web bị sửa\nSáng nay"),
        ("basis: invented\ntitle: Trang web\n\nSáng", None, "basis: invented\ntitle: Trang web\n\nSáng"),
        ("title: Trang web\nkhông phải đầu mục\n\nSáng", None, "title: Trang web\nkhông phải đầu mục\n\nSáng"),
    ],
)
def test_text_file(tmp_path: Path, content: str, title: str | None, text: str) -> None:
    article = one(write(tmp_path / "a.txt", content))
    assert article.full_text == text
    if title is not None:
        assert article.title == title


def test_header_of_a_text_file(tmp_path: Path) -> None:
    header = "id: a-1\nurl: https://a.vn/x?y=1\nsource: Báo A\npublished: 2024-06-04\nsources: https://b.vn"
    content = f"{header}\n\nSáng nay. Chiều nay."
    article = one(write(tmp_path / "a.txt", content))
    assert (article.id, article.url, article.source) == ("a-1", "https://a.vn/x?y=1", "Báo A")
    assert (article.published, article.published_from, article.text) == ("2024-06-04", "header", "Sáng nay. Chiều nay.")


def test_id_without_header_is_the_hash(tmp_path: Path) -> None:
    article = one(write(tmp_path / "a.txt", BODY))
    assert article.article_id == Article(BODY).article_id
    assert re.fullmatch("[0-9a-f]{16}", article.article_id)


# ---------------------------------------------------------------- folders
def test_folder_is_read_in_the_order_of_names(tmp_path: Path) -> None:
    for name in ("b.txt", "a/z.TXT", "a/10.txt", "a/9.jsonl", "README.md", "a/notes.html", ".git/x.txt", "a/._9.txt"):
        write(tmp_path / "tin" / name, json.dumps({"text": name}))
    found = sources([tmp_path / "tin"])
    assert [source.name for source in found] == ["tin/a/10.txt", "tin/a/9.jsonl", "tin/a/z.TXT", "tin/b.txt"]
    assert [source.count() for source in found] == [1, 1, 1, 1]
    assert codes(read([tmp_path / "tin"])) == ["article"] * 4


def test_file_named_twice_is_read_once(tmp_path: Path) -> None:
    path = write(tmp_path / "tin" / "a.txt", BODY)
    assert [source.name for source in sources([path, tmp_path / "tin", path])] == ["a.txt"]


def test_reading_is_lazy(tmp_path: Path) -> None:
    first, second = write_jsonl(tmp_path / "a.jsonl", {"text": "một"}), write_jsonl(tmp_path / "b.jsonl", {"text": "hai"})
    items = read([first, second])
    assert isinstance(next(items), Article)
    second.unlink()
    assert codes(items) == ["B104"]


def test_count_agrees_with_reading(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", '{"text": "a"}\n\n  \nbad\n{"text": "b"}')
    (source,) = sources([path])
    assert source.count() == len(list(read([path]))) == 3


# ---------------------------------------------------------------- frames and lists
def test_frame() -> None:
    frame = pd.DataFrame(
        {
            "id": [1, 2, None],
            "content": [BODY, None, BODY],
            "title": ["A", None, "&lt;B&gt;"],
            "published": pd.to_datetime(["2024-06-04", None, "2024-06-05"]),
        }
    )
    items = list(from_frame(frame, mapping={"text": "content"}))
    assert codes(items) == ["article", "B203", "article"]
    first, reject, last = items
    assert isinstance(first, Record)
    assert (first.row, first.article.id, first.article.published) == (1, "1", date(2024, 6, 4))
    assert isinstance(reject, Reject)
    assert (reject.input, reject.row, reject.article_id) == ("DataFrame", 2, "2")
    assert isinstance(last, Record)
    assert (last.article.id, last.article.title) == ("", "<B>")


def test_frame_with_clock_times_keeps_them() -> None:
    frame = pd.DataFrame({"text": [BODY, BODY], "published": pd.to_datetime(["2024-06-04 08:30", "2024-06-05 00:00"])})
    first = next(from_frame(frame))
    assert isinstance(first, Record)
    assert first.article.published == pd.Timestamp("2024-06-04 08:30")


@pytest.mark.parametrize(
    ("columns", "mapping", "missing"),
    [(["id"], {}, "text"), (["text"], {"title": "head"}, "head"), (["content"], {}, "text")],
)
def test_frame_without_the_columns(columns: list[str], mapping: dict[str, str], missing: str) -> None:
    with pytest.raises(BaomatError, match=f"B106.*'{missing}'"):
        from_frame(pd.DataFrame(columns=columns), mapping=mapping)


def test_list_of_articles() -> None:
    items = from_articles([Article(BODY), Article(" "), Article(BODY, published="hôm nào")])
    assert codes(items) == ["article", "B203", "B207", "article"]
    with pytest.raises(BaomatError, match=r"B107.*str"):
        list(from_articles(["text"]))  # type: ignore[list-item]


# ---------------------------------------------------------------- over the articles of one run
def over_run(*articles: Article) -> list[Any]:
    return list(distinct(from_articles(articles)))


def test_same_id_same_text_is_left_out() -> None:
    first, copy = over_run(Article(BODY, id="a"), Article(BODY, id="a"))
    assert first.article_id == "a"
    assert (copy.code, copy.article_id, copy.row, copy.input) == ("B205", "a", 2, "articles")


def test_same_url_or_same_text_without_id() -> None:
    url = "https://a.vn/1"
    items = over_run(Article(BODY, url=url), Article(BODY, url=url), Article(BODY), Article(BODY))
    assert [item.code for item in items[1::2]] == ["B205", "B205"]


def test_same_id_other_text_is_a_revision() -> None:
    items = over_run(*(Article(f"Bản {n}.", id="a") for n in (1, 2, 3, 2)), Article("Khác.", id="a#2"))
    assert [(item.article_id, item.revision_of) for item in items[:3]] == [("a", ""), ("a#2", "a"), ("a#3", "a#2")]
    assert items[3].code == "B205"
    assert items[4].article_id != "a#2"
    assert len({item.article_id for item in items}) == 5 - 1


def test_copy_with_the_same_body() -> None:
    other = BODY.upper().replace(",", " –")
    copy, longer = Article(f"Hai\n\n{other}", title="Hai", id="b"), Article(f"{BODY} {BODY[::-1]}", id="c")
    items = over_run(Article(BODY, title="Một", id="a"), copy, longer)
    assert [item.near_duplicate_of for item in items] == ["", "a", ""]


def test_short_bodies_are_no_copies() -> None:
    assert [item.near_duplicate_of for item in over_run(Article("Ảnh: TTXVN", id="a"), Article("Ảnh: TTXVN", id="b"))] == ["", ""]


@pytest.mark.parametrize(
    ("source", "url", "publisher"),
    [
        ("VnExpress - Công Nghệ", "", "VnExpress"),
        ("VnExpress | Thế giới", "", "VnExpress"),
        ("Báo Phố-Cảng", "", "Báo Phố-Cảng"),
        ("tuoitre.vn", "", "Tuổi Trẻ"),
        ("", "https://tuoitre.vn/x.htm", "Tuổi Trẻ"),
        ("", "https://www.vietnamnet.vn/x", "VietNamNet"),
        ("", "https://sohoa.vnexpress.net/x", "VnExpress"),
        ("", "https://e.vnexpress.net/x", "VnExpress International"),
        ("", "dantri.com.vn/x", "Dân trí"),
        ("", "https://khongbiet.example/x", ""),
        ("", "http://[hong", ""),
        ("", "", ""),
    ],
)
def test_publisher(source: str, url: str, publisher: str) -> None:
    assert publisher_of(Article(BODY, source=source, url=url)) == publisher


def test_gold_texts_are_read_as_they_are(shared: Path) -> None:
    path = shared / "eval" / "dev.jsonl"
    texts = [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines()]
    assert [item.article.full_text for item in from_sources(sources([path])) if isinstance(item, Record)] == texts
