"""The body map: `places/body-map.csv`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from service.core.body_map import Layer, Point, Shape, View
from service.core.places import Site
from service.knowledge.tables import MappingError, read_numbered

_FILE: Final = "places/body-map.csv"
_POINT: Final = re.compile(r"(\d{1,3}(?:\.\d)?),(\d{1,3}(?:\.\d)?)(c?)")
_FEWEST: Final = 2  # points of a line


def load_shapes(folder: Path, sites: Mapping[str, Site]) -> tuple[Shape, ...]:
    """Read the shapes, in the order they are drawn. Raises MappingError for a site or an outline that is none."""
    file = folder / _FILE
    shapes = []
    for line, (view, layer, name, sides, outline) in read_numbered(folder, _FILE):
        if name and name not in sites:
            raise MappingError(file, line, f"{name!r} is not a row of sites.csv")
        points = tuple(map(_POINT.fullmatch, outline.split(" ")))
        if len(points) < _FEWEST or not all(points):
            raise MappingError(file, line, "the outline must be two or more points such as 12.5,40 or 12.5,40c")
        shapes.append(
            Shape(
                view=View(view),
                layer=Layer(layer),
                site=sites[name] if name else None,
                midline=sides == "midline",
                outline=tuple(Point(float(p[1]), float(p[2]), p[3] == "c") for p in points if p),
            )
        )
    return tuple(shapes)
