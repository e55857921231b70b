"""Coded messages: what went wrong, where, and what to do about it.

Every message has a code, so that it can be searched for and tested. Raise with ``BaomatError("B101", path=...)``.
"""

from __future__ import annotations

MESSAGES = {
    # input: nothing can be read
    "B101": "{path}: no such file or folder. Check the name, or give a .txt, .jsonl or .jsonl.gz file or a folder of them.",
    "B102": "{path}: the folder holds no .txt, .jsonl or .jsonl.gz file.",
    "B103": "{path}: unknown kind of file '{suffix}'. baomat reads .txt, .jsonl and .jsonl.gz.",
    "B104": "{path}: cannot be read ({cause}).",
    "B105": "--map {mapping}: write it as FIELD=NAME, where FIELD is one of {fields} and NAME is the field in your file.",
    "B106": "The frame has no column '{column}'. It needs 'title' or 'text'; its columns are: {columns}.",
    "B107": "extract() takes Article objects or a DataFrame, not {kind}.",
    "B108": "There is no record in the input: {inputs}.",
    # input: one record cannot be used (reject rows)
    "B201": "not valid JSON ({cause}); mend or remove this line.",
    "B202": "a record must be a JSON object with the fields title and text, not {kind}.",
    "B203": "neither title nor text; there is nothing to read.",
    "B204": "the field '{field}' must be text, not {kind}.",
    "B205": "the same id '{id}' with the same text was read before; this copy is left out.",
    "B206": "not UTF-8 ({cause}); convert the file, for example with: iconv -f WINDOWS-1258 -t UTF-8.",
    "B207": "published '{value}' is not a date that can be read; the article is kept without a publication date.",
    "B208": "withdrawn ({reason}): left out, as your list asks.",
    "B209": "correction of {target}: nothing in this run has this id or address; it changes nothing.",
    # lexicons
    "B301": "{path}:{line}: {problem}",
    # text
    "B401": "The text is not in Unicode NFC. Use baomat.annotate(Article(...), nlp), or unicodedata.normalize('NFC', text).",
    "B402": "Internal: tokens do not rebuild the text ({detail}). Please report this article.",
    "B403": "stage '{stage}' failed: {cause}",
    # output
    "B501": "{path} already holds results. Give another folder, --overwrite to replace them, or --append to add to them.",
    "B502": "{path}: cannot be written ({cause}).",
    "B503": "--format {format}: unknown. Choose from {choices}.",
    "B504": "No article could be used: all {n} records were rejected (first: {first}).",
    "B505": "Internal: {what} [{start}, {end}) is not '{quote}' in the text. Please report this article.",
    "B506": "A worker process died: out of memory, perhaps (try fewer workers). In a script of your own, call extract() or "
    "run() under 'if __name__ == \"__main__\":'.",
    "B507": "Workers import your script: put the call of extract() or run() under 'if __name__ == \"__main__\":'.",
    "B508": "{path}: the tables were written in Vietnamese, for people. Read the Parquet, JSONL or SQLite files of that run.",
    "B509": "{path}: not the tables of this version of baomat ({detail}). Extract them anew.",
    "B510": "{table} has {n} rows, but a sheet holds {limit}. Leave xlsx out of --format, or give fewer articles.",
    "B511": "--lang {lang}: unknown. Choose from {choices}.",
    "B512": "--text {text}: unknown. Choose from {choices}.",
    "B513": "--sep '{separator}': give one of {choices}.",
    "B514": "{path}: holds no tables of baomat. Give the folder that 'baomat extract -o' wrote, or its baomat.sqlite.",
    "B515": "Internal: {n} rows of {table} name a row of {target} that is not there. Please report this.",
    "B516": "{path}: another run of baomat is writing here. Try again when it has ended, or give another folder.",
    "B517": "{path}: nothing can be added to it; it was not written by 'baomat extract'. Extract everything anew.",
    "B518": "--append writes anew what {path} holds: --format must name {names}.",
    "B519": "--append with --format {format} needs the papers' texts, which {path} does not hold (--text {text}). Leave the "
    "format out, or extract everything anew with --text full.",
    "B525": "--engine dask needs Dask: pip install 'baomat[dask]'.",
    "B526": "--scheduler {scheduler}: no Dask scheduler answers there ({cause}).",
    "B527": "The worker {worker} has baomat {other}, you have {own}. Install the same version everywhere.",
    "B528": "{n} workers in turn were lost over the same articles: out of memory, perhaps. Give the workers more of it.",
    "B529": "--engine {engine} with --scheduler {scheduler}: give --engine dask and --scheduler tcp://HOST:8786, or neither.",
    # evaluation
    "B601": "{path}: {problem}",
    "B602": "Training needs {package}: pip install 'baomat[train]'.",
    # query
    "B701": "--type {name}: unknown. Choose from {choices}.",
    "B702": "{option} {value}: not a date. Write 2024, 2024-06 or 2024-06-04.",
    "B703": "--format {format}: unknown. Choose from {choices}.",
    "B704": "Nothing to look for: give a text, --type, --since or --until.",
}


class BaomatError(Exception):
    """An error with a code; ``str(error)`` is the code and the filled-in message."""

    def __init__(self, code: str, **values: object) -> None:
        self.code = code
        self.message = MESSAGES[code].format(**values)
        self.values = values
        super().__init__(f"[{code}] {self.message}")

    def __reduce__(self) -> tuple[object, tuple[str, dict[str, object]]]:
        return _rebuild, (self.code, self.values)


def _rebuild(code: str, values: dict[str, object]) -> BaomatError:
    return BaomatError(code, **values)
