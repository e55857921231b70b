"""The codebook is complete, generated, and the same everywhere: ``python tests/test_codebook.py --update`` writes it anew."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

import sample
from baomat import BaomatError
from baomat.codebook import coded, datapackage, document, header, label, markdown
from baomat.export import FORMATS, OWN_FILES, Layout
from baomat.lexicon import labels
from baomat.schema import LANGUAGES
from baomat.tables import KEYS, REFERENCES, ROWS, SCHEMA_VERSION, TABLES

FILE = Path(__file__).parents[1] / "data" / "CODEBOOK.md"


def test_the_file_is_what_the_program_prints() -> None:
    assert FILE.read_text(encoding="utf-8") == document(), "run: python tests/test_codebook.py --update"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_table_column_and_value_is_in_it(lang: str) -> None:
    text = markdown(lang)
    assert str(SCHEMA_VERSION) in text
    for table, columns in TABLES.items():
        _, _, part = text.partition(f"\n## {table}\n")
        part = part.partition("\n## ")[0]
        assert ROWS[table][lang == "vi"] in part
        for column in columns:
            assert f"| `{column.name}` |" in part
            assert all(f"`{value}`" in part for value in column.values)


def test_unknown_language() -> None:
    with pytest.raises(BaomatError, match="B511"):
        markdown("fr")


@pytest.mark.parametrize("table", TABLES)
def test_everything_has_a_name_in_both_languages(table: str) -> None:
    heads = [header(column.name, "vi") for column in TABLES[table]]
    assert len(set(heads)) == len(heads)
    for column in TABLES[table]:
        assert f"column.{column.name}" in labels()
        assert header(column.name, "en") == column.name
        for value in column.values:
            for lang in LANGUAGES:
                assert label(value, lang, column=column.name) not in ("", f"{column.name}.{value}")
            assert value in labels() or f"{column.name}.{value}" in labels(), (column.name, value)


def test_keys_and_references_name_columns() -> None:
    assert set(ROWS) == set(TABLES)
    for table, names in KEYS.items():
        assert set(names) <= {column.name for column in TABLES[table]}
    for (table, column), target in REFERENCES.items():
        assert column in {item.name for item in TABLES[table]}
        assert KEYS[target] == ("incident_id" if column == "new_id" else column,)


def test_no_label_lacks_a_use() -> None:
    columns = {column.name for columns in TABLES.values() for column in columns}
    for key in labels():
        if key.startswith("column."):
            assert key.removeprefix("column.") in columns


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_package_describes_every_file(tmp_path: Path, lang: str) -> None:
    sample.tables().write(tmp_path, formats=FORMATS, layout=Layout(lang=lang, separator=";", bom=False))
    package = json.loads((tmp_path / "datapackage.json").read_text(encoding="utf-8"))
    files = {path.name for path in tmp_path.iterdir() if path.is_file()} - {"run.json", "run.log", "datapackage.json"}
    assert {resource["path"] for resource in package["resources"]} == files
    assert files <= set(OWN_FILES)
    assert package["schema_version"] == SCHEMA_VERSION
    assert len({resource["name"] for resource in package["resources"]}) == len(files)
    for resource in package["resources"]:
        if resource["format"] == "csv":
            head = (tmp_path / resource["path"]).read_text(encoding=resource["encoding"]).split("\n")[0]
            assert head.split(resource["dialect"]["delimiter"]) == [field["name"] for field in resource["schema"]["fields"]]


def test_allowed_values_of_the_package_are_those_written() -> None:
    (resource,) = datapackage(["incidents.csv"], lang="vi")["resources"]  # type: ignore[misc]
    fields = {field["name"]: field for field in resource["schema"]["fields"]}
    assert "chưa xác minh" in fields["Mức độ xác minh"]["constraints"]["enum"]
    assert "constraints" not in fields["Hình thức tấn công"]  # several in one cell
    assert any(coded("incidents", column) for column in TABLES["incidents"])


if __name__ == "__main__" and "--update" in sys.argv:
    FILE.write_text(document(), encoding="utf-8", newline="\n")
