"""The command line: it reads options, calls the package, prints what came out. No logic of its own."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import __version__
from .errors import BaomatError

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import RenderableType

app = typer.Typer(
    name="baomat",
    help="Vietnamese cybersecurity news as structured incident facts.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
_state = {"debug": False}
# Options of more than one command.
Organizations = Annotated[
    Path | None, typer.Option("--organizations", metavar="FILE", help="TSV file with organizations of your own.")
]
Workers = Annotated[int, typer.Option("--workers", min=1, help="Processes to work in.")]
Form = Annotated[str, typer.Option("--format", metavar="FORMAT", help="What to print: table, csv or jsonl.")]


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"baomat {__version__}")
        raise typer.Exit


@app.callback()
def options(
    debug: Annotated[bool, typer.Option("--debug", help="Show the full traceback of an error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Vietnamese cybersecurity news as structured incident facts."""
    _state["debug"] = debug


@app.command()
def extract(
    inputs: Annotated[list[Path], typer.Argument(metavar="INPUT...", help="Files (.txt, .jsonl, .jsonl.gz) or folders of them.")],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="OUT", help="Folder for the tables.")],
    formats: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="LIST",
            help="Formats to write, joined by commas: parquet, csv, jsonl, sqlite, xlsx, html, stix, veris.",
        ),
    ] = "parquet,csv",
    text: Annotated[
        str | None,
        typer.Option("--text", metavar="MODE", help="What to keep of the papers' texts: full, evidence (quotes) or none."),
    ] = None,
    lang: Annotated[
        str | None, typer.Option("--lang", metavar="LANG", help="Headers and values of CSV and XLSX: vi or en.")
    ] = None,
    separator: Annotated[str, typer.Option("--sep", metavar="CHARACTER", help="What parts the cells of CSV: , or ;.")] = ",",
    no_bom: Annotated[bool, typer.Option("--no-bom", help="Begin CSV without a byte-order mark.")] = False,
    mapping: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="FIELD=NAME", help="Name of a field in your files, e.g. text=content; may be repeated."),
    ] = None,
    workers: Workers = 1,
    engine: Annotated[
        str, typer.Option("--engine", metavar="NAME", help="Where to work: local (this machine) or dask (a cluster).")
    ] = "local",
    scheduler: Annotated[
        str | None, typer.Option("--scheduler", metavar="ADDRESS", help="Scheduler of the Dask cluster, e.g. tcp://host:8786.")
    ] = None,
    organizations: Organizations = None,
    withdrawn: Annotated[
        Path | None, typer.Option("--withdrawn", metavar="FILE", help="TSV file with articles and incidents to leave out.")
    ] = None,
    corrections: Annotated[
        Path | None, typer.Option("--corrections", metavar="FILE", help="TSV file with what you know better.")
    ] = None,
    refuted: Annotated[bool, typer.Option("--all", help="Show incidents, too, that were found to be false.")] = False,
    only_cyber: Annotated[bool, typer.Option("--only-cyber", help="Keep only articles about cyber security.")] = False,
    keep_names: Annotated[
        bool, typer.Option("--keep-names", help="Name natural persons in the facts: accused, victims, others.")
    ] = False,
    no_merge: Annotated[bool, typer.Option("--no-merge", help="Leave the incidents of single articles apart.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the results that OUT already holds.")] = False,
    append: Annotated[
        bool, typer.Option("--append", help="Add to the articles that OUT's baomat.sqlite holds; --format must name sqlite.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
) -> None:
    """Read articles and write the tables of organizations, dates, phases, incidents and facts."""
    from contextlib import nullcontext

    from .batch import run
    from .export import Layout
    from .show import console, progress_bar, summary_view

    if engine not in ("local", "dask") or (engine == "dask") != bool(scheduler):
        raise BaomatError("B529", engine=engine, scheduler=scheduler or "none")
    with progress_bar() if sys.stderr.isatty() and not quiet else nullcontext() as progress:
        summary = run(
            inputs,
            out,
            formats=[name.strip() for name in formats.split(",")],
            layout=Layout(text, lang, separator, not no_bom),
            workers=workers,
            scheduler=scheduler,
            merge=not no_merge,
            only_cyber=only_cyber,
            overwrite=overwrite,
            append=append,
            keep_names=keep_names,
            organizations=organizations,
            withdrawn=withdrawn,
            corrections=corrections,
            refuted=refuted,
            mapping=mapping or (),
            progress=progress,
        )
    if not quiet:
        console().print(summary_view(summary))


@app.command()
def show(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A .txt, .jsonl or .jsonl.gz file.")],
    number: Annotated[int, typer.Option("--n", metavar="K", min=1, help="Which article of the file, from 1.")] = 1,
    organizations: Organizations = None,
) -> None:
    """Show one article with its organizations, dates and phases marked, then its incidents and their timeline."""
    from .show import console, show_file

    console().print(show_file(file, number, organizations=organizations))


@app.command()
def query(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A folder that extract wrote, or its baomat.sqlite.")],
    text: Annotated[str, typer.Argument(metavar="[TEXT]", help="What to look for, with or without diacritics.")] = "",
    org: Annotated[bool, typer.Option("--org", help="Look in the names of organizations only.")] = False,
    since: Annotated[str, typer.Option("--since", metavar="DATE", help="First day: 2024, 2024-06 or 2024-06-04.")] = "",
    until: Annotated[str, typer.Option("--until", metavar="DATE", help="Last day: 2024, 2024-06 or 2024-06-04.")] = "",
    types: Annotated[
        list[str] | None, typer.Option("--type", metavar="TYPE", help="Type of attack, e.g. ransomware; may be repeated.")
    ] = None,
    form: Form = "table",
    save: Annotated[
        Path | None, typer.Option("--save", metavar="FOLDER", help="Write all tables of what was found into a folder.")
    ] = None,
) -> None:
    """Find incidents and articles by what is written about them."""
    from .frames import read
    from .query import search, select
    from .show import hits_view

    if not (text or since or until or types):
        raise BaomatError("B704")
    tables = read(out)
    hits = search(tables, text, org=org, since=since, until=until, types=types or ())
    _print_rows(hits, form, hits_view)
    if save:
        asked = {"text": text, "org": org, "since": since, "until": until, "types": types or []}
        select(tables, hits).write(save, manifest={"query": asked})


@app.command()
def changes(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="A folder that extract wrote, or its baomat.sqlite.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="A later one.")],
    form: Form = "table",
) -> None:
    """List what is new, changed, merged or withdrawn between two outputs, with the field and the article that caused it."""
    from .changes import changes as compare
    from .show import changes_view

    _print_rows(compare(old, new), form, changes_view)


def _print_rows(rows: pd.DataFrame, form: str, view: Callable[[pd.DataFrame], RenderableType]) -> None:
    from .query import render
    from .show import console

    if form == "table":
        console().print(view(rows))
    else:
        typer.echo(render(rows, form), nl=False)


@app.command()
def codebook(
    lang: Annotated[str, typer.Option("--lang", metavar="LANG", help="Language: en or vi.")] = "en",
) -> None:
    """Print what every table and column means, with its type and its allowed values."""
    from .codebook import markdown

    typer.echo(markdown(lang), nl=False)


@app.command()
def evaluate(
    gold: Annotated[Path, typer.Argument(metavar="GOLD", help="A gold file (.jsonl) or a folder of marked texts.")],
    errors: Annotated[int, typer.Option("--errors", metavar="N", min=0, help="Show up to N errors of each kind.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as one JSON object.")] = False,
    side: Annotated[
        str | None, typer.Option("--side", metavar="SIDE", help="Of a folder only this side: train, validation or test.")
    ] = None,
    workers: Workers = 1,
) -> None:
    """Run the pipeline on annotated articles and print precision, recall and F1 of every task."""
    import json

    from .evaluate import evaluate as run
    from .evaluate import render, render_errors

    result = run(gold, workers=workers, side=side)
    if errors:
        typer.echo(render_errors(result.errors, errors), err=as_json)
    typer.echo(json.dumps(result.report, ensure_ascii=False) if as_json else render(result.report))


@app.command()
def train(
    gold: Annotated[list[Path], typer.Argument(metavar="GOLD...", help="Folders of marked texts.")],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="OUT", help="Folder for the models.")],
) -> None:
    """Fit the models on the train and validation sides of a gold corpus; needs the extra baomat[train]."""
    from .train import run

    for name, fitted in run(gold, out).items():
        for label, count, threshold, agreement in fitted.report:
            typer.echo(f"{name:9} {label:32} {count:5}  threshold {threshold:.3f}  held out {agreement:.3f}")


@app.command()
def bench(
    inputs: Annotated[list[Path], typer.Argument(metavar="INPUT...", help="Files (.txt, .jsonl, .jsonl.gz) or folders of them.")],
    articles: Annotated[int, typer.Option("--articles", min=2, metavar="N", help="How many articles to measure on.")] = 600,
    organizations: Organizations = None,
) -> None:
    """Print what every stage costs on your articles, in CPU time beside underthesea's word_tokenize."""
    from .bench import run

    typer.echo(run(inputs, n=articles, organizations=organizations))


def main() -> None:
    """The console script: an error becomes one line; exit status 2 for a coded one, 1 for an unexpected one."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # a console that cannot write Vietnamese
    try:
        app()
    except Exception as error:
        if _state["debug"]:
            raise
        if isinstance(error, BaomatError):
            typer.echo(f"baomat: {error}", err=True)
            sys.exit(2)
        typer.echo(f"baomat: unexpected {type(error).__name__}: {error} (baomat --debug COMMAND ... shows where)", err=True)
        sys.exit(1)
