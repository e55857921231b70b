"""baomat: Vietnamese cybersecurity news as structured incident facts in pandas DataFrames.

>>> import baomat
>>> nlp = baomat.load()
>>> doc = baomat.annotate(baomat.Article(text="Sáng 4/6, ...", published="2024-06-04"), nlp)
>>> tables = baomat.extract([baomat.Article(text="...")])
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .errors import BaomatError
from .schema import Article

if TYPE_CHECKING:
    from .batch import extract
    from .build import annotate, load
    from .cluster import extract_bag
    from .frames import Tables, read

__version__ = "0.1.0"
__all__ = ["Article", "BaomatError", "Tables", "annotate", "extract", "extract_bag", "load", "read"]

# spaCy, pandas and underthesea are slow to import: they come with the first use, not with ``import baomat``.
_LAZY = {"annotate": "build", "load": "build", "extract": "batch", "extract_bag": "cluster", "Tables": "frames", "read": "frames"}


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        from importlib import import_module

        return getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
