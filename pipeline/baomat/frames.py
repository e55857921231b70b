"""Rows -> typed DataFrames; the codebook ``tables.TABLES`` says which columns there are, in which order.

What is not known is missing (``pd.NA``, null in Parquet and JSON, an empty cell in CSV), never an empty text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from . import readback
from .cells import columns
from .errors import BaomatError
from .export import Layout, Writer
from .schema import Incident, Organization
from .tables import DTYPES, TABLES


def frame(table: str, rows: Sequence[Mapping[str, object]]) -> pd.DataFrame:
    """Rows as a DataFrame with exactly the columns and dtypes of the codebook, also when there are none."""
    return _typed(table, columns(table, rows))


def _typed(table: str, cells: Mapping[str, list[Any]]) -> pd.DataFrame:
    dtypes: dict[str, Any] = {column.name: DTYPES[column.dtype] for column in TABLES[table]}
    return pd.DataFrame({name: pd.array(values, dtype=dtypes[name]) for name, values in cells.items()})


@dataclass(frozen=True, slots=True)
class Tables:
    """One typed DataFrame for every table of the codebook."""

    articles: pd.DataFrame
    sentences: pd.DataFrame
    organizations: pd.DataFrame
    organization_aliases: pd.DataFrame
    organization_mentions: pd.DataFrame
    dates: pd.DataFrame
    phases: pd.DataFrame
    incidents: pd.DataFrame
    incident_articles: pd.DataFrame
    facts: pd.DataFrame
    timeline: pd.DataFrame
    id_redirects: pd.DataFrame
    corrections: pd.DataFrame
    rejects: pd.DataFrame

    def write(
        self,
        folder: Path | str,
        *,
        formats: Sequence[str] = ("parquet", "csv"),
        overwrite: bool = False,
        layout: Layout | None = None,
        manifest: Mapping[str, object] | None = None,
    ) -> None:
        """Write every table into a folder, as ``baomat extract`` does (see ``export.Writer``); ``manifest`` goes into
        ``run.json``."""
        with Writer(Path(folder), formats=formats, overwrite=overwrite, layout=layout) as writer:
            for table in TABLES:
                writer.append(table, records(getattr(self, table)))
            writer.finish(manifest or {})

    def to_parquet(self, folder: Path | str, *, overwrite: bool = False, text: str = "full") -> None:
        """Write ``<table>.parquet`` files."""
        self.write(folder, formats=["parquet"], overwrite=overwrite, layout=Layout(text=text))

    def to_csv(
        self, folder: Path | str, *, overwrite: bool = False, lang: str = "en", separator: str = ",", bom: bool = True
    ) -> None:
        """Write ``<table>.csv`` files for spreadsheets; without the texts of the articles."""
        layout = Layout(lang=lang, separator=separator, bom=bom)
        self.write(folder, formats=["csv"], overwrite=overwrite, layout=layout)

    def to_sqlite(self, path: Path | str, *, overwrite: bool = False, text: str = "evidence") -> None:
        """Write one SQLite file (see :mod:`baomat.sqlite`)."""
        self._to_file(Path(path), "sqlite", overwrite, Layout(text=text))

    def to_excel(self, path: Path | str, *, overwrite: bool = False, lang: str = "vi") -> None:
        """Write one workbook for people (see :mod:`baomat.excel`)."""
        self._to_file(Path(path), "xlsx", overwrite, Layout(lang=lang))

    def _to_file(self, path: Path, name: str, overwrite: bool, layout: Layout) -> None:
        if path.exists() and not overwrite:
            raise BaomatError("B501", path=path)
        with TemporaryDirectory(dir=path.parent, prefix=".baomat-") as folder:
            self.write(folder, formats=[name], layout=layout)
            (Path(folder) / f"baomat.{name}").replace(path)

    @classmethod
    def read(cls, path: Path | str) -> Tables:
        """The tables that were written into a folder or a SQLite file (see :mod:`baomat.readback`)."""
        return cls(**{table: _typed(table, cells) for table, cells in readback.read(Path(path))})


def read(path: Path | str) -> Tables:
    """The tables that ``baomat extract`` or ``Tables.write`` wrote, with their dtypes.

    Parameters
    ----------
    path
        The folder, or a SQLite file. Of a folder the Parquet files are read, else JSONL, SQLite, CSV.

    Raises
    ------
    BaomatError
        B508, B509, B514 if there are none that can be read.
    """
    return Tables.read(path)


def records(data: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a frame as plain values, None where one is missing."""
    return data.astype(object).where(data.notna(), None).to_dict("records")  # type: ignore[return-value]


class Collector:
    """Gathers rows in memory, cell by column, and makes :class:`Tables` of them."""

    keeps = False

    def __init__(self) -> None:
        self._cells = {table: columns(table, []) for table in TABLES}

    def append(self, table: str, rows: Sequence[Mapping[str, object]]) -> None:
        """Add rows to the end of a table."""
        for name, cells in columns(table, rows).items():
            self._cells[table][name].extend(cells)

    def keep(self, article_id: str, sketch: str, organizations: Sequence[Organization], incidents: Sequence[Incident]) -> None:
        """Nothing can be added later."""

    def tables(self) -> Tables:
        """What was gathered."""
        return Tables(**{table: _typed(table, cells) for table, cells in self._cells.items()})
