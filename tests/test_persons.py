"""Names of persons: only with --keep-names, only where a word or an age says that it is one; nobody is accused by mistake."""

from __future__ import annotations

import pytest

import baomat
from baomat.persons import FIELDS, find
from rows import rows

TEXT = (
    "Rạng sáng 4/6/2024, hệ thống của Ban quản lý Cảng Sao Bắc bị tin tặc tấn công ransomware, toàn bộ dữ liệu bị mã hóa. "
    "Ông Đặng Văn Mẫu, giám đốc, cho biết đã báo Cục A05. "
    "Ngày 9/6, công an đã bắt giữ Trần Văn Thử (30 tuổi) để điều tra."
)
ARTICLE = baomat.Article(id="a", title="Cảng Sao Bắc bị tấn công", text=TEXT, published="2024-06-10")


@pytest.mark.parametrize(("sentence", "persons"), rows("persons"))
def test_persons(sentence: str, persons: str) -> None:
    assert "; ".join(f"{person.kind} {person.name}" for person in find(sentence)) == persons
    assert all(sentence[person.start : person.end] == person.name for person in find(sentence))


def test_no_person_in_the_name_of_an_organization() -> None:
    sentence = "Giám đốc Nguyễn Mẫu Nêu Group lên tiếng."
    assert find(sentence)
    assert not find(sentence, taken=[(9, 30)])


def test_only_when_asked_for() -> None:
    plain, named = baomat.extract([ARTICLE]), baomat.extract([ARTICLE], keep_names=True)
    assert not plain.facts["field"].isin(FIELDS.values()).any()
    found = named.facts[named.facts["field"].isin(FIELDS.values())]
    told = found[["field", "value", "claim"]].values.tolist()
    assert ["person_accused", "Trần Văn Thử", "claimed"] in told
    assert ["person", "Đặng Văn Mẫu", "confirmed"] in told
    for row in found.itertuples():
        assert named.articles["text"][0][row.start : row.end] == row.quote
        assert row.value in row.quote
    others = named.facts[~named.facts["field"].isin(FIELDS.values())].reset_index(drop=True)
    assert others.equals(plain.facts)
    assert named.incidents.equals(plain.incidents)


def test_a_megabyte_is_read_in_no_time() -> None:
    assert len(find("Nguyễn Văn A, " * 70_000)) == 0
    assert len(find("ông Nguyễn Văn Mẫu, " * 20_000)) == 20_000
