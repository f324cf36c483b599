"""The body map: every muscle of the clinical rules' section 8 can be pointed at, on the side that is meant."""

from pathlib import Path

import pytest

from service.core.body_map import Layer, View
from service.core.knowledge import Knowledge
from service.knowledge.shapes import load_shapes
from service.knowledge.tables import MappingError

_DRAWN = (Layer.SURFACE, Layer.MIDDLE, Layer.DEEP, Layer.REGION)


def test_every_muscle_is_drawn_or_part_of_what_is(knowledge: Knowledge) -> None:
    """A muscle without a shape has the regions and hazards of a drawn one beside it, or its parts are drawn."""
    drawn = {shape.site for shape in knowledge.shapes if shape.site is not None}
    beside = {(site.regions, site.hazards) for site in drawn}
    muscles = [site for site in knowledge.sites.values() if site.kind == "muscle"]
    missing = [site.name for site in muscles if (site.regions, site.hazards) not in beside]
    assert len(muscles) > 100
    assert [name for name in missing if not any(name in each.name for each in drawn)] == []


def test_each_half_stays_on_the_figure(knowledge: Knowledge) -> None:
    for view in View:
        figure = next(s for s in knowledge.shapes if s.view is view and s.layer is Layer.FIGURE)
        widest, lowest = max(p.x for p in figure.outline), max(p.y for p in figure.outline)
        for shape in knowledge.shapes:
            if shape.view is view and shape.layer in _DRAWN:
                assert all(0 <= p.x <= widest and 0 <= p.y <= lowest for p in shape.outline), shape


@pytest.mark.parametrize(
    ("row", "advice"),
    [
        ("front,surface,nonsuch,paired,1,2 3,4 5,6", "not a row of sites.csv"),
        ("front,surface,deltoid,paired,1,2 3;4", "the outline must be"),
    ],
)
def test_a_bad_row_is_refused_with_its_line(tmp_path: Path, knowledge: Knowledge, row: str, advice: str) -> None:
    (tmp_path / "places").mkdir()
    view, layer, site, sides, outline = row.split(",", 4)
    text = f'view,layer,site,sides,outline\n{view},{layer},{site},{sides},"{outline}"\n'
    (tmp_path / "places/body-map.csv").write_text(text, encoding="utf-8")
    with pytest.raises(MappingError, match=rf"body-map.csv:2: .*{advice}"):
        load_shapes(tmp_path, knowledge.sites)
