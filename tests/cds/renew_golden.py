"""Write the golden cards anew: `python -m tests.cds.renew_golden`; then read the diff."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import orjson

from tests.cds.calls import Json, cards, has, order, patient, sign, taking, whole

GOLDEN: Final = Path(__file__).parent / "golden"
WORST: Final = whole(has("HIV infection"), has("Type 2 diabetes", "dm"), medicines=(taking(),), gender="female")

# One of each shape, not one of each case.
SHAPES: Final[dict[str, Json]] = {
    "contraindicated": sign(order(), prefetch=WORST),
    "contraindicated-at-site": sign(order(), prefetch=whole(has("Cellulitis of left lower leg"))),
    "precaution": sign(order(), prefetch=whole(medicines=(taking(),))),
    "insufficient-data": sign(order(), prefetch={"patient": patient()}),
    "routine-question": sign(order(), prefetch=whole(gender="female")),
    "two-orders": sign(order(), order("two", "right calf"), prefetch=whole(medicines=(taking(),))),
    "clear": sign(order(), prefetch=whole()),
}


def written(name: str) -> bytes:
    """The cards of a shape as bytes."""
    told = cards(SHAPES[name], show_clear=True)
    return orjson.dumps(told, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for shape in SHAPES:
        (GOLDEN / f"{shape}.json").write_bytes(written(shape))
