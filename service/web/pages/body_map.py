"""The body map as pictures: outlines of `mappings/places/body-map.csv` as SVG paths, and the list beside them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from service.core.body_map import Layer, Point, Shape, View
from service.core.knowledge import Knowledge
from service.core.places import Site, within

WIDTH: Final = 440
HEIGHT: Final = 804
_MIDDLE: Final = WIDTH / 2
_SMOOTH: Final = 1 / 6  # a Catmull-Rom spline as Bézier curves
_CHOSEN: Final = ("region", "group", "muscle")  # kinds of sites that a needle is ordered for
_AREAS: Final = (  # heading, and the regions below it; a site stands under the first that fits
    ("Head and neck", ("head and neck",)),
    ("Shoulder and arm", ("upper limb",)),
    ("Chest and back", ("thorax", "lower back", "trunk")),
    ("Abdomen and pelvis", ("abdomen", "pelvis")),
    ("Hip and leg", ("lower limb",)),
    ("Whole body", ("whole body",)),
)


class Drawn(NamedTuple):
    """One path. `target` is what it stands for, "" where it can't be chosen."""

    path: str
    layer: str
    target: str
    label: str


class Listed(NamedTuple):
    """A site as the list shows it."""

    name: str
    choices: tuple[tuple[str, str], ...]  # what is said on the button, and the target it chooses
    hazards: str
    pleura: str
    deep: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyMap:
    """Both views, and every site that can be chosen under its area."""

    views: tuple[tuple[str, tuple[Drawn, ...]], ...]
    areas: tuple[tuple[str, tuple[Listed, ...]], ...]
    names: tuple[str, ...]  # of every target that can be chosen, for a text field to suggest


def body_map(knowledge: Knowledge) -> BodyMap:
    """The map of these lists; made once."""
    midline = frozenset(shape.site.name for shape in knowledge.shapes if shape.site and shape.midline)
    sites = [site for site in knowledge.sites.values() if site.kind in _CHOSEN]
    listed = {site.name: _listed(site, midline) for site in sorted(sites, key=_order)}
    areas: dict[str, list[Listed]] = {heading: [] for heading, _ in _AREAS}
    for site in sorted(sites, key=_order):
        areas[_area(site, knowledge)].append(listed[site.name])
    return BodyMap(
        views=tuple((view.value, tuple(_view(knowledge.shapes, view))) for view in View),
        areas=tuple((heading, tuple(found)) for heading, found in areas.items() if found),
        names=tuple(target for each in listed.values() for _, target in each.choices),
    )


def _order(site: Site) -> tuple[int, str]:
    return _CHOSEN.index(site.kind), site.name


def _area(site: Site, knowledge: Knowledge) -> str:
    for heading, containers in _AREAS:
        if all(any(within(region, each, knowledge.parents) for each in containers) for region in site.regions):
            return heading
    region = min(site.regions)
    return next(
        heading for heading, containers in _AREAS if any(within(region, each, knowledge.parents) for each in containers)
    )


def _listed(site: Site, midline: frozenset[str]) -> Listed:
    whole = site.name in midline or (site.kind == "region" and site.name in ("whole body", "trunk", "head and neck"))
    sides = (("Choose", site.name),) if whole else (("Left", f"left {site.name}"), ("Right", f"right {site.name}"))
    return Listed(
        name=site.name,
        choices=sides,
        hazards="; ".join(site.hazards),
        pleura="" if site.pleura == "no" else "over the lung" if site.pleura == "yes" else f"lung: {site.pleura}",
        deep=site.deep,
    )


def _view(shapes: Sequence[Shape], view: View) -> Iterator[Drawn]:
    """The paths of one view, what lies below first. Seen from the front, the left side is on the right."""
    left, right = (1, -1) if view is View.FRONT else (-1, 1)
    order = list(Layer)
    for shape in sorted((each for each in shapes if each.view is view), key=lambda each: order.index(each.layer)):
        name = shape.site.name if shape.site else ""
        if shape.midline:
            yield Drawn(_path(_whole(shape.outline)), shape.layer.value, name, name)
            continue
        for side, sign in (("left", left), ("right", right)):
            points = [Point(_MIDDLE + sign * x, y, corner) for x, y, corner in shape.outline]
            target = f"{side} {name}" if name else ""
            yield Drawn(_path(points, closed=shape.layer is not Layer.LINE), shape.layer.value, target, target)


def _whole(half: Iterable[Point]) -> list[Point]:
    """Both halves of what crosses the midline."""
    outline = list(half)
    mirrored = [point for point in reversed(outline) if point.x > 0]
    return [
        *(Point(_MIDDLE + x, y, corner) for x, y, corner in outline),
        *(Point(_MIDDLE - x, y, corner) for x, y, corner in mirrored),
    ]


def _path(points: Sequence[Point], *, closed: bool = True) -> str:
    """A smooth line through the points; it turns sharply at corners."""
    count = len(points)

    def at(place: int) -> Point:
        return points[place % count] if closed else points[max(0, min(place, count - 1))]

    drawn = [f"M{_number(points[0].x)},{_number(points[0].y)}"]
    for place in range(count if closed else count - 1):
        before, start, end, after = (at(place + step) for step in (-1, 0, 1, 2))
        leaving = 0.0 if start.corner else _SMOOTH
        arriving = 0.0 if end.corner else _SMOOTH
        drawn.append(
            f"C{_number(start.x + (end.x - before.x) * leaving)},{_number(start.y + (end.y - before.y) * leaving)}"
            f" {_number(end.x - (after.x - start.x) * arriving)},{_number(end.y - (after.y - start.y) * arriving)}"
            f" {_number(end.x)},{_number(end.y)}"
        )
    return "".join(drawn) + ("Z" if closed else "")


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
