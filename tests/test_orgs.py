"""Organizations: marked sentences, counter-examples, linking, the user's file, and properties of ``find``."""

from __future__ import annotations

import re
import time
from itertools import pairwise
from pathlib import Path

import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st

from baomat import aliases, orgs, published
from baomat.errors import BaomatError
from baomat.schema import ORG_TYPES, Organization, OrgMention

TABLES = Path(__file__).parent / "tables"
MARK = re.compile(r"\[([^|\]]+)\|([^\]]+)\]")


def rows(name: str, columns: int) -> list[list[str]]:
    """The rows of a table of sentences, without comments and header."""
    lines = [line for line in (TABLES / f"{name}.tsv").read_text(encoding="utf-8").split("\n") if line and line[0] != "#"]
    table = [line.split("\t") for line in lines[1:]]
    assert all(len(row) == columns for row in table)
    return table


def find(text: str, when: str = "", user: Path | None = None) -> tuple[list[OrgMention], dict[str, Organization]]:
    return orgs.find(text, sentences=[(0, len(text))], published=published.parse(when), lexicon=aliases.organizations(user))


def unmark(marked: str) -> tuple[str, list[tuple[int, int, str]]]:
    """Plain text, and the marks as (start, end, label)."""
    text, spans, position = "", [], 0
    for match in MARK.finditer(marked):
        text += marked[position : match.start()]
        spans.append((len(text), len(text) + len(match[1]), match[2]))
        text += match[1]
        position = match.end()
    return text + marked[position:], spans


@pytest.mark.parametrize(("why", "when", "marked"), rows("orgs", 3))
def test_marked_sentence(why: str, when: str, marked: str) -> None:
    text, expected = unmark(marked)
    mentions, _ = find(text, when)
    assert [text[start:end] for start, end, _ in expected] == [mention.text for mention in mentions], why
    assert [(start, end) for start, end, _ in expected] == [(mention.start, mention.end) for mention in mentions]
    of_label: dict[str, set[str]] = {}
    for (_, _, label), mention in zip(expected, mentions, strict=True):
        of_label.setdefault(label, set()).add(mention.org_id)
    assert all(len(ids) == 1 for ids in of_label.values()), f"one organization, several ids: {of_label}"
    assert len(set.union(set(), *of_label.values())) == len(of_label), f"two organizations, one id: {of_label}"
    known = aliases.organizations().organizations
    assert all(ids == {label} for label, ids in of_label.items() if label in known)


@pytest.mark.parametrize(("why", "text"), rows("orgs_negative", 2))
def test_counter_example(why: str, text: str) -> None:
    mentions, _ = find(text)
    assert [mention.text for mention in mentions] == [], why


def test_tables_are_large_and_do_not_repeat() -> None:
    for name, columns in (("orgs", 3), ("orgs_negative", 2)):
        table = rows(name, columns)
        assert len(table) >= 150
        assert len({row[-1] + row[1] for row in table}) == len(table)


# ---------------------------------------------------------------- the lexicon
def test_every_sure_alias_is_found() -> None:
    """A name of the lexicon is found as its organization (or one of those that share it) in a bare sentence."""
    lexicon = aliases.organizations()
    missed = []
    for alias in {entry for entry in aliases.below(lexicon.root) if not entry.kind and len(entry.words) > 1}:
        text = f"Hôm qua {alias.text} đã họp."
        mentions, _ = find(text)
        if not any(mention.start <= 8 < mention.end for mention in mentions):
            missed.append(alias.text)
    assert len(missed) < 0.03 * len(lexicon.organizations), missed[:50]


def test_variants_of_an_alias() -> None:
    lexicon = aliases.Lexicon(organizations={"x": Organization("x", "Bộ TT&TT", "government")})
    lexicon.add("Bộ TT&TT", "x")
    for text in ("Bộ TT&TT", "Bộ TT-TT", "Bộ TT & TT", "Bộ TTTT", "bộ TT&TT"):
        mentions, _ = orgs.find(f"Theo {text}, đã có.", sentences=[], lexicon=lexicon)
        assert [mention.text for mention in mentions] == [text]


def test_predecessor_and_successor_are_chosen_by_date() -> None:
    lexicon = aliases.Lexicon()
    lexicon.organizations["old"] = Organization("old", "Cục Thử", "government", valid_to="2025-02-28", successor="new")
    lexicon.organizations["new"] = Organization("new", "Cục Thử", "government", valid_from="2025-03-01")
    for org_id in ("old", "new"):
        lexicon.add("Cục Thử nghiệm số", org_id)
    for when, expected in (("2024-05-01", "old"), ("2025-06-01", "new"), ("", "new")):
        mentions, found = orgs.find(
            "Theo Cục Thử nghiệm số, đã xong.", sentences=[], published=published.parse(when), lexicon=lexicon
        )
        assert [mention.org_id for mention in mentions] == [expected]
        assert list(found) == [expected]


def test_learned_ids_agree_between_articles() -> None:
    first, _ = find("Công ty cổ phần Vận tải Hải Vân Xanh bị tấn công. Hải Vân Xanh xin lỗi.")
    second, _ = find("Theo công ty Hải Vân Xanh, dữ liệu đã được khôi phục.")
    assert {mention.org_id for mention in first} == {mention.org_id for mention in second} == {aliases.learned_id("Hải Vân Xanh")}


def test_learned_organization_keeps_its_aliases() -> None:
    _, found = find("Cơ quan An ninh mạng Estonia (CSAE) khuyến cáo.")
    organization = found[aliases.learned_id("CSAE")]
    assert organization.name == "CSAE"
    assert ("Cơ quan An ninh mạng Estonia", "learned") in organization.aliases


def test_bodies_of_a_merged_province_end_and_have_an_heir() -> None:
    """Listed or not, the police of a province that was merged on 2025-07-01 stays an organization of its own."""
    mentions, found = find("Sở Y tế tỉnh Hậu Giang và Sở Y tế TP Cần Thơ cùng vào cuộc.", "2025-08-01")
    old, new = (found[mention.org_id] for mention in mentions)
    assert (old.name, old.valid_to, old.successor) == ("Sở Y tế Hậu Giang", "2025-06-30", new.org_id)
    assert (new.name, new.valid_to) == ("Sở Y tế Cần Thơ", "")


# ---------------------------------------------------------------- the user's file
def user_file(folder: Path, *lines: str) -> Path:
    path = folder / "my.tsv"
    path.write_text("action\torganization\tvalue\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_user_adds_and_gives_aliases(tmp_path: Path) -> None:
    path = user_file(tmp_path, "add\tSao Khuê\ttelecom", "alias\tSao Khuê\tSKTel; Viễn thông Sao Khuê")
    mentions, found = find("Hôm nay SKTel và Sao Khuê báo lãi.", user=path)
    assert [mention.text for mention in mentions] == ["SKTel", "Sao Khuê"]
    (organization,) = found.values()
    assert (organization.name, organization.org_type) == ("Sao Khuê", "telecom")
    assert ("SKTel", "user") in organization.aliases


def test_user_renames(tmp_path: Path) -> None:
    _, found = find("Theo Vietcombank, giao dịch đã trở lại.", user=user_file(tmp_path, "rename\tvietcombank\tVCB"))
    assert found["vietcombank"].name == "VCB"


def test_user_renames_a_learned_organization(tmp_path: Path) -> None:
    path = user_file(tmp_path, f"rename\t{aliases.learned_id('Hải Vân Xanh')}\tHVX")
    _, found = find("Công ty cổ phần Vận tải Hải Vân Xanh xin lỗi.", user=path)
    assert [organization.name for organization in found.values()] == ["HVX"]


def test_user_merges(tmp_path: Path) -> None:
    path = user_file(tmp_path, f"merge\t{aliases.learned_id('Norvexa')}\tkaspersky", "merge\tBIDV\tvietcombank")
    mentions, _ = find("Số liệu từ công ty Norvexa và Kaspersky. BIDV và Vietcombank họp.", user=path)
    assert [mention.org_id for mention in mentions] == ["kaspersky", "kaspersky", "vietcombank", "vietcombank"]


def test_user_splits(tmp_path: Path) -> None:
    path = user_file(tmp_path, "split\tfbi\tCục Điều tra Liên bang Mỹ")
    mentions, _ = find("Cục Điều tra Liên bang Mỹ lên tiếng. Hôm sau, FBI họp báo.", user=path)
    assert len({mention.org_id for mention in mentions}) == 2


@pytest.mark.parametrize("blocked", ["VNPT", "vnpt"])
def test_user_blocks(tmp_path: Path, blocked: str) -> None:
    mentions, found = find("VNPT và Viettel cử đội ứng cứu.", user=user_file(tmp_path, f"block\t{blocked}\t"))
    assert [mention.text for mention in mentions] == ["Viettel"]
    assert list(found) == ["viettel"]


@pytest.mark.parametrize("line", ["drop\tVNPT\tx", "add\tSao Khuê\tcircus", "rename\tVNPT\t", "merge\t\tvnpt"])
def test_user_file_that_cannot_be_read_says_where(tmp_path: Path, line: str) -> None:
    with pytest.raises(BaomatError, match=r"B301.*my\.tsv:2"):
        aliases.organizations(user_file(tmp_path, line))


# ---------------------------------------------------------------- properties
PIECES = "Bộ|Công an|tỉnh|Cà Mau|công ty|Công ty|cổ phần|Hải Vân Xanh|(|)|FBI|VNPT|-|,|.|\n|và|của|TP|HCM|Facebook|theo|Theo|Ảnh:"
MORE = "sân bay|Nội Bài|nhóm tin tặc|Lazarus|A05|&|TT|\u00a0|İ|ﬁ|gọi tắt là|Trung tâm|Y tế|Nguyễn|F-16|@|https://"
BRACKETS = "IS|(IS)|Nhà nước Hồi giáo|WHO|(EC)|Ủy ban|(FBI, thuộc|(VNPT)"
SENTENCES = st.lists(st.sampled_from(f"{PIECES}|{MORE}|{BRACKETS}".split("|")), max_size=40)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=200), SENTENCES.map(" ".join), SENTENCES.map("".join)))
def test_mentions_are_exact_sorted_and_apart(text: str) -> None:
    mentions, found = orgs.find(text, sentences=[])
    assert all(text[mention.start : mention.end] == mention.text for mention in mentions)
    assert all(left.end <= right.start for left, right in pairwise(mentions))
    assert all(mention.org_type in ORG_TYPES and 0 < mention.score <= 1 and mention.method for mention in mentions)
    assert {mention.org_id for mention in mentions} == set(found)
    assert (mentions, found) == orgs.find(text, sentences=[])


def test_sentences_are_numbered() -> None:
    text = "Mở đầu. VNPT họp. Sau đó Viettel họp."
    mentions, _ = orgs.find(text, sentences=[(0, 7), (8, 17), (18, len(text))])
    assert [(mention.text, mention.sentence) for mention in mentions] == [("VNPT", 1), ("Viettel", 2)]


@pytest.mark.parametrize("piece", ["(", "Công ty ", "A", "Bộ và ", "VNPT (", "a.b@c ", "\n", "Nguyễn ", "- ", "Công an tỉnh "])
def test_junk_ends_soon(piece: str) -> None:
    text = piece * (300_000 // len(piece))
    aliases.organizations()
    began = time.process_time()
    orgs.find(text, sentences=[])
    assert time.process_time() - began < 10  # linear: about 1 s; anything quadratic takes minutes


def test_spacy_component() -> None:
    nlp = spacy.blank("xx")
    nlp.add_pipe("baomat_orgs")
    doc = nlp("Theo VNPT, sự cố đã xong.")
    assert [mention.text for mention in doc._.orgs] == ["VNPT"]
    assert list(doc._.organizations) == ["vnpt"]
