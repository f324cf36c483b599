"""Cards to the letter, one of each shape. Renew them with `python -m tests.cds.renew_golden`."""

import pytest

from tests.cds.renew_golden import GOLDEN, SHAPES, written


@pytest.mark.parametrize("name", SHAPES)
def test_cards_are_as_they_were_read(name: str) -> None:
    assert written(name) == (GOLDEN / f"{name}.json").read_bytes()


def test_no_golden_card_is_left_over() -> None:
    assert {path.stem for path in GOLDEN.glob("*.json")} == SHAPES.keys()
