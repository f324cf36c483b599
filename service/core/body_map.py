"""The body map: where each site lies on a drawn body, as outlines that a page can turn into a picture."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from service.core.places import Site


class View(StrEnum):
    """From where the body is seen."""

    FRONT = "front"
    BACK = "back"


class Layer(StrEnum):
    """How deep a site lies; regions lie on the skin. Figure and lines are drawn and not chosen."""

    FIGURE = "figure"
    SURFACE = "surface"
    MIDDLE = "middle"
    DEEP = "deep"
    REGION = "region"
    LINE = "line"


class Point(NamedTuple):
    """A point of an outline: from the midline outwards and from the crown downwards, 800 units to the soles."""

    x: float
    y: float
    corner: bool  # else the outline runs smoothly through it


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One half of a site as one view shows it; the other half is its mirror image."""

    view: View
    layer: Layer
    site: Site | None  # None: of the figure itself
    midline: bool  # both halves are one shape without a side; else there is a left and a right one
    outline: tuple[Point, ...]
