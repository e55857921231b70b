"""What kind of news the headline and the lead look like."""

from __future__ import annotations

import pytest

from baomat import concepts, newskinds
from baomat.text import key
from rows import rows


def shown(title: str, lead: str) -> dict[str, float]:
    keyed = key(f"{title}\n{lead}")
    spans = [(0, len(title)), (len(title) + 1, len(keyed))]
    hits = concepts.find(keyed)
    return newskinds.features(keyed, spans, [concepts.within(hits, *span) for span in spans])


@pytest.mark.parametrize(("title", "lead", "kinds", "undigital"), rows("news_kinds")[1:])
def test_kinds(title: str, lead: str, kinds: str, undigital: str) -> None:
    found = shown(title, lead)
    named = {name.partition(":")[2] for name in found if name.startswith("opening news:")}
    assert named - {"CASE"} == set(kinds.split())
    assert bool(found["undigital"]) == (undigital == "yes")


def test_headline_and_lead_are_told_apart() -> None:
    found = shown("Dự luật mới được thông qua", "Không có gì thêm")
    assert "title news:LAW" in found
    assert "lead news:LAW" not in found
