"""The command line as a user meets it: in a process of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

import baomat

ARTICLE = """title: Cảng Sao Bắc bị mã hóa dữ liệu
source: Tin Sáng Online
published: 2024-06-05

Rạng sáng 4/6, hệ thống của Cảng Sao Bắc bị tin tặc tấn công ransomware, toàn bộ dữ liệu bị mã hóa.
Công ty Lưới Xanh hỗ trợ ứng cứu.
"""
C_LOCALE = {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
Done = subprocess.CompletedProcess[str]


def run(*arguments: object, encoding: str = "utf-8", **environment: str) -> Done:
    """Run ``baomat`` with these arguments; its output is not a terminal."""
    env = (
        os.environ
        | {"PYTHONIOENCODING": encoding, "PYTHONPATH": str(Path(baomat.__file__).parents[1]), "COLUMNS": "120"}
        | environment
    )
    command = [sys.executable, "-c", "from baomat.cli import main; main()", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, encoding=encoding, env=env, check=False, stdin=subprocess.DEVNULL)


@pytest.fixture
def article(tmp_path: Path) -> Path:
    path = tmp_path / "in" / "cảng.txt"
    path.parent.mkdir()
    path.write_text(ARTICLE, encoding="utf-8")
    return path


def test_help_is_quick_and_names_the_commands() -> None:
    start = time.perf_counter()
    done = run("--help")
    assert time.perf_counter() - start < 2  # about 0.2 s; a loaded machine takes longer
    assert done.returncode == 0
    assert {"extract", "show", "evaluate"} <= set(done.stdout.split())


def test_help_imports_nothing_slow() -> None:
    code = "import sys; sys.argv = ['baomat', '--help']\nfrom baomat.cli import main\ntry: main()\nexcept SystemExit: pass\n"
    slow = "print([m for m in 'spacy pandas underthesea pyarrow dateparser'.split() if m in sys.modules], file=sys.stderr)"
    env = os.environ | {"PYTHONPATH": str(Path(baomat.__file__).parents[1])}
    done = subprocess.run([sys.executable, "-c", code + slow], capture_output=True, encoding="utf-8", env=env, check=True)
    assert done.stderr.strip() == "[]"


def test_version() -> None:
    assert run("--version").stdout == f"baomat {baomat.__version__}\n"


def test_extract_writes_the_tables_and_says_what_it_found(article: Path, tmp_path: Path) -> None:
    done = run("extract", article.parent, "-o", tmp_path / "out")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"\b1 +articles", done.stdout)
    assert "out" in done.stdout
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"articles.parquet", "incidents.csv", "rejects.csv", "run.json"} <= names
    articles = pd.read_parquet(tmp_path / "out" / "articles.parquet")
    assert list(articles["title"]) == ["Cảng Sao Bắc bị mã hóa dữ liệu"]


def test_query_prints_and_saves_what_it_found(article: Path, tmp_path: Path) -> None:
    run("extract", article, "-o", tmp_path / "out", "--format", "sqlite,xlsx", "--text", "full", "-q")
    shown = run("query", tmp_path / "out", "sao bac")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "Cảng Sao Bắc" in shown.stdout
    printed = run("query", tmp_path / "out", "sao bac", "--format", "jsonl", "--save", tmp_path / "part")
    assert json.loads(printed.stdout.splitlines()[0])["kind"] in ("incident", "article")
    manifest = json.loads((tmp_path / "part" / "run.json").read_text(encoding="utf-8"))
    assert manifest["query"]["text"] == "sao bac"
    assert manifest["counts"]["articles"] == 1
    assert run("query", tmp_path / "out", '"*(', "--format", "csv").stdout.count("\n") == 1
    for arguments, code in ((["a", "--type", "virus"], "B701"), ([], "B704"), (["a", "--format", "xml"], "B703")):
        done = run("query", tmp_path / "out", *arguments)
        assert (done.returncode, code in done.stderr) == (2, True)


def test_codebook_speaks_both_languages() -> None:
    assert "# Codebook" in run("codebook").stdout
    assert "# Bảng mã" in run("codebook", "--lang", "vi").stdout
    assert "B511" in run("codebook", "--lang", "fr").stderr


def test_layout_of_csv(article: Path, tmp_path: Path) -> None:
    done = run("extract", article, "-o", tmp_path / "out", "--format", "csv", "--lang", "vi", "--sep", ";", "--no-bom")
    assert done.returncode == 0
    assert (tmp_path / "out" / "incidents.csv").read_text(encoding="utf-8").startswith("Mã sự cố;")
    assert "B513" in run("extract", article, "-o", tmp_path / "out2", "--sep", "x").stderr


def test_bench_tells_the_cost_of_every_stage(article: Path, tmp_path: Path) -> None:
    done = run("bench", article)
    assert (done.returncode, done.stderr) == (0, "")
    about, _, *table = done.stdout.splitlines()
    assert about.startswith("1 + 1 articles of 1")
    assert re.search(r"whole pipeline +\| +[\d,]+ \| +[\d.]+%", table[-1])
    assert {"words", "orgs", "dates", "phases", "incidents"} <= {line.split()[1] for line in table}
    (tmp_path / "empty.jsonl").touch()
    assert "B108" in run("bench", tmp_path / "empty.jsonl").stderr


def test_quiet_is_quiet(article: Path, tmp_path: Path) -> None:
    done = run("extract", article, "-o", tmp_path / "out", "--format", "jsonl", "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (tmp_path / "out" / "articles.jsonl").is_file()
    assert not (tmp_path / "out" / "articles.csv").exists()


def test_map_names_the_fields_of_other_files(tmp_path: Path) -> None:
    path = tmp_path / "other.jsonl"
    path.write_text(json.dumps({"content": "Viettel bị tấn công.", "day": "2024-06-04", "x": 1}) + "\n", encoding="utf-8")
    done = run("extract", path, "-o", tmp_path / "out", "--map", "text=content", "--map", "published=day", "-q")
    assert (done.returncode, done.stderr) == (0, "")
    assert list(pd.read_parquet(tmp_path / "out" / "articles.parquet")["published"]) == ["2024-06-04"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["extract", "{tmp}/none.txt", "-o", "{tmp}/out"], "B101"),
        (["extract", "{tmp}/empty", "-o", "{tmp}/out"], "B102"),
        (["extract", "{tmp}/a.docx", "-o", "{tmp}/out"], "B103"),
        (["extract", "{tmp}/in", "-o", "{tmp}/out", "--map", "headline"], "B105"),
        (["extract", "{tmp}/in", "-o", "{tmp}/out", "--format", "xml"], "B503"),
        (["extract", "{tmp}/in", "-o", "{tmp}/full"], "B501"),
        (["extract", "{tmp}/in", "-o", "{tmp}/a.docx/out"], "B502"),
        (["extract", "{tmp}/bad.jsonl", "-o", "{tmp}/out"], "B504"),
        (["show", "{tmp}/none.txt"], "B101"),
        (["show", "{tmp}/in/cảng.txt", "--n", "2"], "B104"),
        (["evaluate", "{tmp}/none.jsonl"], "B101"),
        (["evaluate", "{tmp}/bad.jsonl"], "B601"),
    ],
)
def test_bad_input_gets_a_coded_answer(article: Path, tmp_path: Path, arguments: list[str], code: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "run.json").write_text("{}", encoding="utf-8")
    (tmp_path / "full" / "articles.csv").write_text("article_id\n", encoding="utf-8")
    (tmp_path / "a.docx").touch()
    (tmp_path / "bad.jsonl").write_text("{no\n", encoding="utf-8")
    done = run(*(argument.format(tmp=tmp_path) for argument in arguments))
    assert done.returncode == 2
    assert done.stderr.startswith(f"baomat: [{code}] ")
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_debug_shows_the_traceback(tmp_path: Path) -> None:
    done = run("--debug", "show", tmp_path / "none.txt")
    assert done.returncode == 1
    assert "Traceback" in done.stderr


def test_one_bad_record_does_not_stop_the_others(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "Viettel bị tấn công."}\n{no\n', encoding="utf-8")
    done = run("extract", path, "-o", tmp_path / "out")
    assert done.returncode == 0
    assert "rejects" in done.stdout
    rejects = pd.read_csv(tmp_path / "out" / "rejects.csv")
    assert (rejects["row"].tolist(), rejects["code"].tolist()) == ([2], ["B201"])


@pytest.mark.parametrize(
    ("encoding", "command"),
    [("ascii", "show"), ("ascii", "extract"), ("cp1252", "--help"), ("cp1252", "show"), ("cp1258", "extract")],
)
def test_a_console_that_cannot_write_vietnamese(article: Path, tmp_path: Path, encoding: str, command: str) -> None:
    plain = article.rename(tmp_path / "article.txt")
    arguments = {"show": [plain], "extract": [plain, "-o", tmp_path / "out"], "--help": []}[command]
    done = run(command, *arguments, encoding=encoding, **C_LOCALE)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


def test_an_error_on_such_a_console(tmp_path: Path) -> None:
    done = run("show", tmp_path / "không.txt", encoding="ascii", **C_LOCALE)
    assert done.returncode == 2
    assert done.stderr.startswith("baomat: [B101] ")


def test_a_file_name_that_the_system_cannot_decode(article: Path, tmp_path: Path) -> None:
    done = run("extract", article, "-o", tmp_path / "out", **C_LOCALE)
    assert (done.returncode, done.stderr) == (0, "")


def test_show_marks_organizations_dates_and_phases(article: Path) -> None:
    done = run("show", article, FORCE_COLOR="1", TERM="xterm-256color", NO_COLOR="")
    assert done.returncode == 0, done.stderr
    assert "\x1b[" in done.stdout
    plain = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)
    assert "Cảng Sao Bắc" in plain
    assert "‹attack" in plain
    assert "Incident 1 (main)" in plain
    assert "Timeline" in plain


def test_evaluate_prints_figures(tmp_path: Path) -> None:
    record = {
        "id": "1",
        "title": "",
        "text": "Sáng 4/6/2024, Viettel họp.",
        "published": "2024-06-04",
        "orgs": [],
        "sents": [],
        "incident": None,
    }
    record["orgs"] = [{"surface": "Viettel", "canon": "Viettel"}]
    record["dates"] = [{"surface": "Sáng 4/6/2024", "value": "2024-06-04"}]
    path = tmp_path / "gold.jsonl"
    path.write_text(json.dumps(record, ensure_ascii=False) + "\n", encoding="utf-8")
    report = json.loads(run("evaluate", path, "--json").stdout)
    assert report["articles"] == 1
    assert report["organizations (exact span)"]["f1"] == 1.0
    assert report["dates (value)"]["f1"] == 1.0
    assert "dates (value)" in run("evaluate", path, "--errors", "3").stdout
