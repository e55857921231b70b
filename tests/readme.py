"""Tables that scripts measure and put into README.md, between the comments ``<!-- name -->`` and ``<!-- /name -->``."""

from __future__ import annotations

from pathlib import Path

README = Path(__file__).parents[1] / "README.md"


def put(name: str, content: str, *, readme: Path = README) -> None:
    """Replace what stands between the comments of this name.

    Raises
    ------
    SystemExit
        If the README has no such comments.
    """
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, _, rest = readme.read_text(encoding="utf-8").partition(begin)
    _, found, after = rest.partition(end)
    if not found:
        raise SystemExit(f"{readme} has no {begin} … {end}")
    readme.write_text(f"{before}{begin}\n{content}\n{end}{after}", encoding="utf-8", newline="\n")
