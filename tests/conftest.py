"""What the tests share: the pipeline, loaded once, and the material beside the project, where it is present."""

from __future__ import annotations

from pathlib import Path

import pytest
from spacy.language import Language

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session")
def nlp() -> Language:
    """The whole pipeline; treat it as read-only."""
    import baomat

    return baomat.load()


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's folder."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real material beside the project; the test is skipped where there is none."""
    if not SHARED.is_dir():
        pytest.skip("no ../shared")
    return SHARED


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The accuracy gate runs last."""
    items.sort(key=lambda item: item.get_closest_marker("gate") is not None)
