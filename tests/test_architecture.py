"""What keeps the house in order: imports run one way, and nothing is undocumented, unreadable or unregistered."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
import typer
from spacy.language import Language
from spacy.util import registry

import baomat
from baomat import cli, lexicon
from baomat.tables import DTYPES, TABLES

PACKAGE = Path(baomat.__file__).parent
# Every module may import only those named before it; __init__ and __main__ stand outside.
ORDER = (
    "errors text schema lexicon tables cells published reader duplicates layers tokenizer crfmodel crf words "
    "aliases orgwords cyber marks surface cues brackets linking brands names nonames edges concepts linear clusters vectors "
    "runs tagview tagrules tagger lists orgs "
    "isovalue datetokens dategrammar dateexpressions datechecks dateparse datereading datedays dateperiods dateoffsets datevalue "
    "figures phaserules newskinds features sentencenet phases timing rolerules roles passages facts record onset "
    "incident likeness merge consensus corrections incidents results "
    "build codebook sqlite excel tablefiles story stixobjects stix veris withdrawn page export readback frames query "
    "persons changes engine cluster journal append job batch "
    "goldfile gold tagtrain marked fitting nettrain train evaluate show bench cli"
).split()
FACTORIES = {"words", "orgs", "dates", "phases", "incidents", "spans"}


def modules() -> list[str]:
    return sorted(path.stem for path in PACKAGE.glob("*.py") if not path.stem.startswith("__"))


def imported(path: Path) -> set[str]:
    """The modules of the package that a module imports, at its top or inside a function."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.removeprefix("baomat.") for alias in node.names if alias.name.startswith("baomat.")}
        elif isinstance(node, ast.ImportFrom) and (node.level or (node.module or "").split(".")[0] == "baomat"):
            module = (node.module or "").removeprefix("baomat").lstrip(".")
            found |= {module} if module else {alias.name for alias in node.names}
    return found & set(modules())


def test_every_module_has_its_place() -> None:
    missing, gone = sorted(set(modules()) - set(ORDER)), sorted(set(ORDER) - set(modules()))
    assert not missing, f"put {', '.join(missing)} into ORDER in {Path(__file__).name}, after all modules that it imports"
    assert not gone, f"take {', '.join(gone)} out of ORDER in {Path(__file__).name}: there is no such module"


@pytest.mark.parametrize("module", [name for name in modules() if name in ORDER])
def test_imports_run_one_way(module: str) -> None:
    later = imported(PACKAGE / f"{module}.py") - set(ORDER[: ORDER.index(module)])
    assert not later, f"{module} imports {', '.join(sorted(later))}, which may only come after it"


# ---------------------------------------------------------------- documentation
def commands() -> dict[str, Any]:
    return dict(typer.main.get_command(cli.app).commands)  # type: ignore[attr-defined]


def section(readme: str, heading: str) -> str:
    """The part of the README under a heading of the third level."""
    _, found, rest = readme.partition(f"\n### {heading}\n")
    assert found, f"README.md has no heading '### {heading}'"
    return rest.partition("\n#")[0]


@pytest.mark.parametrize("command", sorted(commands()))
def test_every_command_and_option_is_documented(root: Path, command: str) -> None:
    text = section((root / "README.md").read_text(encoding="utf-8"), f"`baomat {command}`")
    for parameter in commands()[command].params:
        assert parameter.help or parameter.param_type_name == "argument", f"{command} {parameter.name} has no help"
        if parameter.param_type_name == "argument":
            usage = rf"`baomat {command} [^`]*{re.escape(parameter.metavar)}"
            assert re.search(usage, text), f"README.md does not describe {parameter.metavar} of baomat {command}"
            continue
        wanted = f"`{max(parameter.opts, key=len)}`"
        if wanted != "`--help`":
            assert wanted in text, f"README.md does not describe {wanted} of baomat {command}"


def test_the_readme_invents_no_option(root: Path) -> None:
    readme = (root / "README.md").read_text(encoding="utf-8")
    for name, command in commands().items():
        known = {option for parameter in command.params for option in parameter.opts}
        rows = [line.split("`")[1] for line in section(readme, f"`baomat {name}`").splitlines() if line.startswith("| `-")]
        assert {option for row in rows for option in row.split()[:1]} <= known


@pytest.mark.parametrize("table", sorted(TABLES))
def test_every_column_has_a_meaning_in_both_languages(table: str) -> None:
    names = [column.name for column in TABLES[table]]
    assert len(names) == len(set(names))
    for column in TABLES[table]:
        assert column.dtype in DTYPES
        assert column.en
        assert column.vi
        assert column.en != column.vi


@pytest.mark.parametrize("table", sorted(TABLES))
def test_every_table_is_in_the_readme(root: Path, table: str) -> None:
    assert f"`{table}`" in (root / "README.md").read_text(encoding="utf-8")


# ---------------------------------------------------------------- knowledge and registrations
@pytest.mark.parametrize("path", sorted((PACKAGE / "lexicons").glob("*.tsv")), ids=lambda path: path.stem)
def test_every_lexicon_can_be_read(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    header = next(line for line in lines if line.strip() and not line.startswith("#"))
    assert lexicon.read(path.stem, header.split("\t"))


def test_the_stages_are_pinned(nlp: Language) -> None:
    assert nlp.pipe_names == ["words", "orgs", "dates", "phases", "incidents", "spans"]
    assert {nlp.get_pipe_meta(name).factory for name in nlp.pipe_names} == {f"baomat_{name}" for name in FACTORIES}
    assert registry.has("tokenizers", "baomat.SyllableTokenizer.v1")


def test_entry_points_lead_to_the_stages(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    groups = project["entry-points"]
    assert set(groups["spacy_factories"]) == {f"baomat_{name}" for name in FACTORIES}
    for target in [*groups["spacy_factories"].values(), *groups["spacy_tokenizers"].values(), *project["scripts"].values()]:
        module, _, name = target.partition(":")
        assert callable(getattr(importlib.import_module(module), name))


def test_the_version_is_in_the_changelog(root: Path) -> None:
    assert f"## {baomat.__version__}" in (root / "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_saved_pipeline_loads_without_importing_baomat(nlp: Language, tmp_path: Path) -> None:
    try:
        metadata.distribution("baomat")
    except metadata.PackageNotFoundError:
        pytest.skip("baomat is not installed, so spaCy cannot see its entry points")
    nlp.to_disk(tmp_path / "saved")
    code = f"import spacy; doc = spacy.load({str(tmp_path / 'saved')!r})('Sáng 4/6, Viettel hỗ trợ.'); print(doc.spans['orgs'])"
    done = subprocess.run([sys.executable, "-X", "utf8", "-c", code], capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    assert "Viettel" in done.stdout
