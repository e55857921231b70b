"""Adding to a SQLite file: the same as one run over all, revised articles replaced, ids kept, lists in force, one at a time."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import baomat
from baomat import BaomatError, append, merge
from baomat.batch import Summary, run
from baomat.export import FORMATS, Layout
from baomat.frames import Tables, read
from baomat.sqlite import LOCK, alone
from baomat.tables import TABLES

VICTIM = "Ban quản lý Cảng Sao Bắc"
ATTACK = "Rạng sáng {day}/6/2024, hệ thống của {victim} bị tin tặc tấn công ransomware, toàn bộ dữ liệu bị mã hóa. {rest}"


def record(
    name: str, *, day: int = 4, victim: str = VICTIM, rest: str = "Cục A05 đang điều tra.", published: str = ""
) -> dict[str, str]:
    return {
        "id": name,
        "url": f"https://bao.example/{name}",
        "source": "Tin Sáng Online",
        "title": f"{victim} bị tấn công",
        "text": ATTACK.format(day=day, victim=victim, rest=rest),
        "published": published or f"2024-06-{day + 1:02}",
    }


def other(name: str, **changes: str) -> dict[str, str]:
    """An article about something else."""
    title = "Trường Đại học Hải Lam bị tấn công từ chối dịch vụ"
    text = (
        "Tối 20/6/2024, trang web của Trường Đại học Hải Lam bị tin tặc tấn công DDoS, sinh viên không đăng nhập được. "
        "Nhà trường cho biết đã báo cáo VNCERT và khôi phục hệ thống ngay trong đêm."
    )
    return record(name) | {"title": title, "text": text, "published": "2024-06-21"} | changes


def made(folder: Path, *records: dict[str, str], name: str = "tin.jsonl") -> Path:
    path = folder / name
    path.write_text("\n".join(json.dumps(item, ensure_ascii=False) for item in records), encoding="utf-8")
    return path


def added(folder: Path, *inputs: Path, out: str = "out", **options: Any) -> tuple[Summary, Tables]:
    summary = run(inputs, folder / out, **({"formats": ["sqlite"], "append": True} | options))
    return summary, read(folder / out / "baomat.sqlite")


def differ(first: Tables, second: Tables) -> list[str]:
    return [table for table in TABLES if not getattr(first, table).equals(getattr(second, table))]


# ---------------------------------------------------------------- what comes out
@pytest.mark.parametrize("parts", [(2, 1), (1, 3)])
def test_adding_is_the_same_as_one_run(tmp_path: Path, root: Path, parts: tuple[int, int]) -> None:
    files = sorted((root / "data" / "articles").glob("*.txt"))
    cut = len(files) * parts[0] // sum(parts)
    copy = made(tmp_path, record("a"), record("b") | {"published": "2024-07-01"})  # the same body twice
    inputs = [*files[:cut], copy, *files[cut:]]
    _, once = added(tmp_path, *inputs, out="once", append=False)
    added(tmp_path, *inputs[:cut])
    summary, twice = added(tmp_path, *inputs[cut:])
    assert (differ(once, twice), summary.n_unchanged) == ([], 0)
    assert summary.counts == {table: len(getattr(once, table)) for table in TABLES}
    summary, again = added(tmp_path, *inputs)
    assert (differ(once, again), summary.n_unchanged) == ([], len(once.articles))


def test_every_format_is_written_anew_as_one_run_would(tmp_path: Path) -> None:
    first, second = made(tmp_path, record("a")), made(tmp_path, other("b"), name="hai.jsonl")
    layout = Layout(text="full")
    run([first, second], tmp_path / "once", formats=FORMATS, layout=layout)
    run([first], tmp_path / "out", formats=FORMATS, layout=layout)
    run([second], tmp_path / "out", formats=FORMATS, layout=layout, append=True)
    for path in (tmp_path / "once").rglob("*"):
        if path.is_file() and path.suffix not in (".sqlite", ".log") and path.name != "run.json":
            assert path.read_bytes() == (tmp_path / "out" / path.relative_to(tmp_path / "once")).read_bytes(), path.name
    manifest = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    assert [entry["name"] for entry in manifest["inputs"]] == ["hai.jsonl"]
    assert [entry["name"] for former in manifest["earlier"] for entry in former["inputs"]] == ["tin.jsonl"]


def test_a_revised_article_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    old, apart = record("a"), other("b")
    new = record("a", rest="Đến sáng 6/6/2024, đơn vị đã khôi phục toàn bộ hệ thống, dịch vụ hoạt động trở lại bình thường.")
    added(tmp_path, made(tmp_path, old, apart))
    _, tables = added(tmp_path, made(tmp_path, new, name="mới.jsonl"))
    _, once = added(tmp_path, made(tmp_path, apart, new), out="once")
    assert differ(tables, once) == []
    assert tables.articles["revision_of"].isna().all()
    with closing(sqlite3.connect(tmp_path / "out" / "baomat.sqlite")) as con:
        told = "\n".join(con.iterdump())
    assert "khôi phục" in told
    assert "A05 đang điều tra" not in told


def test_an_article_that_fails_or_is_off_topic_leaves_the_old_one(tmp_path: Path) -> None:
    _, before = added(tmp_path, made(tmp_path, record("a")))
    sport = record("a") | {
        "title": "Đội bóng thắng trận",
        "text": "Chiều nay, đội chủ nhà thắng hai bàn trước đông đảo khán giả.",
    }
    _, after = added(tmp_path, made(tmp_path, sport), only_cyber=True)
    assert differ(before, after) == []


def test_rejects_are_told_once(tmp_path: Path) -> None:
    path = made(tmp_path, record("a"))
    path.write_text(f"{path.read_text(encoding='utf-8')}\n{{bad\n", encoding="utf-8")
    added(tmp_path, path)
    _, tables = added(tmp_path, path)
    assert tables.rejects["code"].tolist() == ["B201"]


# ---------------------------------------------------------------- ids
def test_an_incident_keeps_its_id_when_an_earlier_article_joins(tmp_path: Path) -> None:
    _, before = added(tmp_path, made(tmp_path, record("b", published="2024-06-09")))
    _, after = added(tmp_path, made(tmp_path, record("a", rest="VNPT hỗ trợ ứng cứu.", published="2024-06-05")))
    assert after.incidents["n_articles"].tolist() == [2]
    assert after.incidents["incident_id"].tolist() == before.incidents["incident_id"].tolist()
    assert after.id_redirects.empty
    _, once = added(tmp_path, made(tmp_path, record("a", rest="VNPT hỗ trợ ứng cứu.", published="2024-06-05")), out="once")
    assert once.incidents["incident_id"].tolist() != after.incidents["incident_id"].tolist()


def test_merged_incidents_lead_to_the_one_that_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def apart(members: Sequence[merge.Member], **_: object) -> list[merge.Group]:
        return [merge.Group([member]) for member in members]

    with monkeypatch.context() as patch:
        patch.setattr(merge, "groups", apart)
        _, before = added(
            tmp_path, made(tmp_path, record("a"), record("b", rest="VNPT hỗ trợ ứng cứu ngay trong đêm và sáng hôm sau."))
        )
    assert len(before.incidents) == 2
    _, after = added(tmp_path, made(tmp_path, record("c", day=7, rest="Sự cố xảy ra từ 4/6/2024."), name="ba.jsonl"))
    first, second = before.incidents["incident_id"]
    assert after.incidents["incident_id"][0] == first
    assert after.id_redirects[["old_id", "new_id"]].values.tolist() == [[second, first]]
    assert after.id_redirects["reason"].str.startswith("merged").all()
    _, later = added(tmp_path, made(tmp_path, other("d"), name="bốn.jsonl"))
    assert later.id_redirects.equals(after.id_redirects)


def test_an_incident_that_loses_its_founding_article(tmp_path: Path) -> None:
    _, before = added(
        tmp_path,
        made(
            tmp_path, record("a"), record("b", rest="VNPT hỗ trợ ứng cứu ngay trong đêm và sáng hôm sau.", published="2024-06-07")
        ),
    )
    assert before.incidents["n_articles"].tolist() == [2]
    path = tmp_path / "withdrawn.tsv"
    path.write_text("target\treason\tdate\nhttps://bao.example/a\ttakedown\t\n", encoding="utf-8")
    _, after = added(tmp_path, made(tmp_path, other("c"), name="c.jsonl"), withdrawn=path)
    assert after.articles["article_id"].tolist() == ["b", "c"]
    assert after.id_redirects.values.tolist() == [
        [before.incidents["incident_id"][0], after.incidents["incident_id"][0], append.LOST]
    ]


# ---------------------------------------------------------------- lists stay in force
def test_what_was_withdrawn_stays_withdrawn(tmp_path: Path) -> None:
    inputs = made(tmp_path, record("a"), other("b"))
    _, all_of_it = added(tmp_path, inputs, out="all")
    taken = all_of_it.incidents["incident_id"][1]
    path = tmp_path / "withdrawn.tsv"
    path.write_text(f"target\treason\tdate\na\terasure\t2026-03-01\n{taken}\ttakedown\t\n", encoding="utf-8")
    added(tmp_path, inputs, withdrawn=path)
    # an earlier article of the incident that was taken down does not bring it back, and "a" does not come back either
    more = made(tmp_path, record("a"), other("c", published="2024-06-20"), name="c.jsonl")
    _, tables = added(tmp_path, more)
    assert tables.articles["article_id"].tolist() == ["b", "c"]
    assert tables.incidents.empty
    assert tables.rejects["code"].tolist() == ["B208", "B208"]
    with closing(sqlite3.connect(tmp_path / "out" / "baomat.sqlite")) as con:
        told = "\n".join(con.iterdump())
    assert "https://bao.example/a" not in told


def test_corrections_stay_in_force(tmp_path: Path) -> None:
    inputs = made(tmp_path, record("a"))
    _, before = added(tmp_path, inputs, out="before")
    incident_id = before.incidents["incident_id"][0]
    head, path = "target\tfield\tvalue\treason\tby\tdate\n", tmp_path / "corrections.tsv"
    path.write_text(f"{head}{incident_id}\tonset\t2024-06-03\tthe victim says so\tme\t2026-03-01\n", encoding="utf-8")
    added(tmp_path, inputs, corrections=path)
    _, tables = added(tmp_path, made(tmp_path, other("b"), name="b.jsonl"))
    assert tables.incidents["onset"][0] == "2024-06-03"
    assert tables.corrections["reason"].tolist() == ["the victim says so"]
    path.write_text(f"{head}{incident_id}\tonset\t2024-06-02\tnow they say otherwise\tme\t\n", encoding="utf-8")
    _, tables = added(tmp_path, made(tmp_path, other("b"), name="b.jsonl"), corrections=path)
    assert tables.incidents["onset"][0] == "2024-06-02"
    assert tables.corrections["reason"].tolist() == ["now they say otherwise"]


def test_names_are_in_the_file_only_when_they_are_asked_for(tmp_path: Path) -> None:
    first = made(tmp_path, record("a", rest="Công an đã bắt giữ Trần Văn Thử (30 tuổi), người rao bán dữ liệu."))
    _, tables = added(tmp_path, first, keep_names=True)
    assert tables.facts[tables.facts["field"] == "person_accused"]["value"].tolist() == ["Trần Văn Thử"]
    second = made(tmp_path, other("b"), name="b.jsonl")
    _, tables = added(tmp_path, second, keep_names=True)
    assert "person_accused" in set(tables.facts["field"])
    _, tables = added(tmp_path, second)
    assert not tables.facts["field"].str.startswith("person").any()


# ---------------------------------------------------------------- what is refused
def test_what_would_lose_something_is_refused(tmp_path: Path) -> None:
    path = made(tmp_path, record("a"))
    with pytest.raises(BaomatError, match=r"B518.*sqlite"):
        run([path], tmp_path / "out", append=True)
    run([path], tmp_path / "out", formats=["sqlite", "parquet", "csv"])
    before = {file.name: file.read_bytes() for file in (tmp_path / "out").iterdir()}
    with pytest.raises(BaomatError, match=r"B518.*csv, parquet, sqlite"):
        run([path], tmp_path / "out", formats=["sqlite"], append=True)
    with pytest.raises(BaomatError, match=r"B519.*parquet.*evidence"):
        run([path], tmp_path / "out", formats=["sqlite", "parquet", "csv"], append=True)
    with pytest.raises(BaomatError, match="B519"):
        run([path], tmp_path / "out", formats=["sqlite", "parquet", "csv"], layout=Layout(text="full"), append=True)
    assert before == {file.name: file.read_bytes() for file in (tmp_path / "out").iterdir()}
    run([path], tmp_path / "other", formats=["csv"])
    with pytest.raises(BaomatError, match="B517"):
        run([path], tmp_path / "other", formats=["sqlite", "csv"], append=True)


def test_a_file_that_does_not_keep_what_is_needed(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    article = baomat.Article(**record("a"))
    baomat.extract([article]).to_sqlite(tmp_path / "out" / "baomat.sqlite")
    with pytest.raises(BaomatError, match="B517"):
        added(tmp_path, made(tmp_path, record("b")))


def test_without_any_text(tmp_path: Path) -> None:
    added(tmp_path, made(tmp_path, record("a")), layout=Layout(text="none"))
    _, tables = added(
        tmp_path, made(tmp_path, record("b", rest="VNPT hỗ trợ ứng cứu ngay trong đêm và sáng hôm sau."), name="b.jsonl")
    )
    assert tables.facts["quote"].isna().all()
    assert tables.incidents["n_articles"].tolist() == [2]
    with closing(sqlite3.connect(tmp_path / "out" / "baomat.sqlite")) as con:
        assert con.execute("SELECT value FROM about WHERE name = 'text'").fetchone() == ("none",)


# ---------------------------------------------------------------- one at a time
def test_only_one_run_at_a_time(tmp_path: Path) -> None:
    with alone(tmp_path), pytest.raises(BaomatError, match=r"B516.*another run"), alone(tmp_path, seconds=0.1):
        pass
    with alone(tmp_path):
        assert (tmp_path / LOCK).exists()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_two_processes_at_once(tmp_path: Path) -> None:
    inputs = [made(tmp_path, *(record(f"{name}{i}", day=i + 1) for i in range(20)), name=f"{name}.jsonl") for name in "ab"]
    added(tmp_path, made(tmp_path, record("first")))
    env = os.environ | {"PYTHONPATH": str(Path(baomat.__file__).parents[1]), "PYTHONIOENCODING": "utf-8"}
    code = "from baomat.cli import main; main()"
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", code, "extract", path, "-o", tmp_path / "out", "--format", "sqlite", "--append"],
            env=env,
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            encoding="utf-8",
        )
        for path in inputs
    ]
    ended = [(process.communicate()[1], process.returncode) for process in runs]
    done = [path.stem for path, (_, status) in zip(inputs, ended, strict=True) if status == 0]
    assert done
    assert all(status == 0 or (status == 2 and "B516" in message) for message, status in ended), ended
    tables = read(tmp_path / "out")
    assert len(tables.articles) == 1 + 20 * len(done)
    with closing(sqlite3.connect(tmp_path / "out" / "baomat.sqlite")) as con:
        assert con.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert con.execute("PRAGMA foreign_key_check").fetchall() == []
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"baomat.sqlite", "datapackage.json", "run.json", "run.log"}
