"""Whether a result conforms to the profile and extensions published with it: read from what is served."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from service.core.packs import Pack
from service.fhir.definitions.catalogue import definitions
from service.fhir.versions import FhirVersion

_OURS = "https://needlewise.org/fhir/StructureDefinition/"


def profile_faults(result: dict[str, Any], version: FhirVersion, packs: Sequence[Pack]) -> list[str]:
    """Everything in which the result departs from its profile; empty where it conforms."""
    published = definitions("StructureDefinition", version, packs=packs)
    reader = _Reader({str(each["url"]): each for each in published}, _codes(version, packs))
    (profile,) = result["meta"]["profile"]
    return [*reader.constraints(result, reader.structures[profile]), *reader.extensions(result, "RiskAssessment")]


def _codes(version: FhirVersion, packs: Sequence[Pack]) -> dict[str, set[str]]:
    """The codes of each published ValueSet."""
    systems = {
        each["url"]: {concept["code"] for concept in each["concept"]}  # type: ignore[attr-defined]
        for each in definitions("CodeSystem", version, packs=packs)
    }
    found = {}
    for value_set in definitions("ValueSet", version, packs=packs):
        (include,) = value_set["compose"]["include"]  # type: ignore[index]
        some = {concept["code"] for concept in include.get("concept", ())}
        found[str(value_set["url"])] = some or systems[include["system"]]
    return found


class _Reader:
    def __init__(self, structures: dict[str, Any], codes: dict[str, set[str]]) -> None:
        self.structures, self.codes = structures, codes

    def constraints(self, result: dict[str, Any], profile: dict[str, Any]) -> Iterator[str]:
        """The profile's own elements."""
        for element in profile["differential"]["element"]:
            path = element["path"].split(".")[1:]
            for parent, values in _at(result, path):
                wanted = values
                if "sliceName" in element:
                    wanted = [each for each in values if each["url"] == element["type"][0]["profile"][0]]
                yield from self._element(element, parent, wanted)

    def _element(self, element: dict[str, Any], parent: object, values: list[Any]) -> Iterator[str]:
        where = element["id"]
        most = element.get("max", "*")
        if parent is not None and len(values) < element.get("min", 0):
            yield f"{where}: {len(values)} values"
        if most != "*" and len(values) > int(most):
            yield f"{where}: {len(values)} values"
        for value in values:
            if element.get("fixedUri", value) != value:
                yield f"{where}: not the fixed value"
            for pattern in element.get("patternCodeableConcept", {}).get("coding", ()):
                if not any(pattern.items() <= coding.items() for coding in value["coding"]):
                    yield f"{where}: not the pattern"
            yield from self._bound(element, value, where)

    def extensions(self, value: Any, path: str) -> Iterator[str]:
        """Every extension anywhere in the result is one that we publish, in its place, with its value."""
        if isinstance(value, list):
            for each in value:
                yield from self.extensions(each, path)
        elif isinstance(value, dict):
            for extension in value.get("extension", ()):
                url = extension["url"]
                structure = self.structures.get(url)
                if structure is None:
                    yield f"{path}: {url} is not published"
                elif path not in [context["expression"] for context in structure["context"]]:
                    yield f"{path}: {url} does not belong here"
                else:
                    yield from self._extension(extension, structure["differential"]["element"], "Extension")
            for name, each in value.items():
                if name != "extension":
                    yield from self.extensions(each, f"{path}.{name}")

    def _extension(self, extension: dict[str, Any], elements: list[dict[str, Any]], id_: str) -> Iterator[str]:
        by_id = {element["id"]: element for element in elements}
        value = by_id[f"{id_}.value[x]"]
        if by_id[f"{id_}.url"]["fixedUri"] != extension["url"]:
            yield f"{id_}: url"
        if value.get("max") == "0":
            yield from self._parts(extension.get("extension", []), elements, id_)
        elif set(extension) != {"url", (name := _value_name(value["type"][0]["code"]))}:
            yield f"{extension['url']}: {sorted(extension)}"
        else:
            yield from self._bound(value, extension[name], id_)

    def _parts(self, parts: list[dict[str, Any]], elements: list[dict[str, Any]], id_: str) -> Iterator[str]:
        slices = [each for each in elements if each.get("sliceName") and each["id"].rpartition(".")[0] == id_]
        known = {each["sliceName"] for each in slices}
        yield from (f"{id_}: unknown part {part['url']}" for part in parts if part["url"] not in known)
        for each in slices:
            found = [part for part in parts if part["url"] == each["sliceName"]]
            if len(found) < each["min"] or (each["max"] != "*" and len(found) > int(each["max"])):
                yield f"{each['id']}: {len(found)} values"
            for part in found:
                yield from self._extension(part, elements, each["id"])

    def _bound(self, element: dict[str, Any], value: Any, where: str) -> Iterator[str]:
        if "binding" not in element:
            return
        codes = self.codes[element["binding"]["valueSet"]]
        for given in _given(value):
            if given not in codes:
                yield f"{where}: {given} is no code of {element['binding']['valueSet']}"


def _value_name(type_: str) -> str:
    return f"value{type_[0].upper()}{type_[1:]}"


def _given(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [coding["code"] for coding in value.get("coding", [value])]


def _at(value: Any, path: list[str]) -> Iterator[tuple[Any, list[Any]]]:
    """Each parent of a path, with the values there; no parent, no constraint."""
    if not path:
        yield None, [value]
        return
    name, *rest = path
    for parent in value if isinstance(value, list) else [value]:
        found = [each for key, each in parent.items() if _is_named(key, name)]
        if rest:
            for each in found:
                yield from _at(each, rest)
        else:
            yield parent, [item for each in found for item in (each if isinstance(each, list) else [each])]


def _is_named(key: str, name: str) -> bool:
    return key.startswith(name.removesuffix("[x]")) if name.endswith("[x]") else key == name
