"""Whose chart it is, and which entries are about somebody else (contract 3, clinical rules 3.5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, Final

from service.core.chart import Source
from service.fhir.read.received import Received, identity
from service.fhir.read.references import (
    References,
    contained_resources,
    identifier_of,
    identifiers,
    is_absolute,
    reference_string,
    type_and_id,
    unversioned,
)
from service.fhir.read.resource_types import KNOWN_TYPES
from service.fhir.refused import Case, Issue, Refused

OURS: Final = ""
ANOTHER: Final = "it is about another patient"
UNTOLD: Final = "its subject can't be told from the patient of the chart"

# A tuple, not a set: what is looked for in it may be any JSON, also a list.
_ONE_PERSON: Final = ("replaced-by", "replaces", "refer", "seealso")


def subject_of(resource: dict[str, Any]) -> Any:  # noqa: ANN401 - any JSON
    """The Reference that says whom a resource is about."""
    subject = resource.get("subject")
    return subject if subject is not None else resource.get("patient")


class Whose:
    """The chart's patient, and for each entry whether it is about that patient."""

    def __init__(self, received: Sequence[Received], references: References, wanted: object = None) -> None:
        """Find the patient: the one asked for (`wanted`, a Reference), else the only one. Raises Refused."""
        self._received = received
        self._references = references
        self._patients = [one for one in received if one.source.type == "Patient"]
        # A relative reference means the same everywhere, unless two servers' patients share an id.
        self._is_plain = len({identity(one) for one in self._patients}) == len(self._patients)
        self._names_of_patients = self._plain_names()
        self.verdicts: dict[str, str] = {}  # literal reference → OURS, or why an entry with it is not used
        self.patient: Received | None = None  # None where only references name the patient
        self._name = ""
        if wanted is not None:
            self._choose(wanted)
        elif self._patients:
            self._choose_only_one()
        else:
            self._name = self._only_name()
        self._same = {one.source.position for one in self._same_person()}

    @property
    def source(self) -> Source:
        """Where the patient stands; position -1 where no entry is about the patient alone."""
        if self.patient is not None:
            return self.patient.source
        is_identifier = "|" in self._name  # nothing that a caller could resolve
        return Source(-1, "Patient", None if is_identifier else self._name or None)

    def _plain_names(self) -> dict[str, Received]:
        """The names that can mean no other entry than a Patient."""
        if not self._is_plain:
            return {}
        by_url = {one.full_url: one for one in self._patients if one.full_url}
        by_id = {f"Patient/{identity(one)}": one for one in self._patients if identity(one)}
        return {**by_id, **by_url}

    def is_record_of(self, patient: Received) -> bool:
        """Whether a Patient is a further record of the same person (`Patient.link`)."""
        return patient.source.position in self._same

    def verdict(self, one: Received) -> str:
        """OURS, or why an entry is not used; entries that name nobody belong to the chart's patient."""
        return self.verdict_on(subject_of(one.resource), one)

    def verdict_on(self, subject: object, one: Received) -> str:
        """OURS, or why what `subject` names, in this entry, is not the chart's patient."""
        literal = reference_string(subject)
        if literal.startswith("#"):
            return self._contained(one.resource, literal)
        if literal and "?" not in literal:
            if literal in self.verdicts:
                return self.verdicts[literal]
            verdict = self._literal(literal, one.full_url)
            if verdict is None:
                verdict = self._incomparable
            if self._is_plain:
                self.verdicts[literal] = verdict
            return verdict
        return self._logical(subject)

    def _literal(self, literal: str, near: str) -> str | None:
        """The verdict on a literal reference; None where its form can't be compared with the patient's."""
        # Mostly it is the patient's own name, and no index of all entries has to be built to see that.
        found = self._names_of_patients.get(literal) or self._references.find(literal, near)
        if found is not None:
            if found.source.position in self._same:
                return OURS
            return ANOTHER if found.source.type == "Patient" else _about(found.source.type)
        plain, _ = unversioned(literal)
        parts = type_and_id(plain)
        if parts is not None and parts[1] != "Patient":
            return _about(parts[1])
        if self.patient is None:
            return OURS if _same_name(plain, self._name) else ANOTHER
        return self._elsewhere(self.patient, parts)

    def _elsewhere(self, patient: Received, parts: tuple[str, str, str] | None) -> str | None:
        """The verdict on a reference that leads to no entry."""
        has_id = isinstance(patient.resource.get("id"), str)
        if not has_id and not patient.full_url:
            return OURS  # the patient has no name that a reference could use
        if parts is None:
            return ANOTHER if patient.full_url.lower().startswith("urn:") else None
        if has_id or (parts[0] and is_absolute(patient.full_url)):
            return ANOTHER
        return None

    @cached_property
    def _incomparable(self) -> str:
        """Where entries name their patient in a form that the Patient lacks: ours, if that is all there is."""
        verdicts = {literal: self._literal(literal, near) for literal, near in self._names()}
        unlike = [literal for literal, verdict in verdicts.items() if verdict is None]
        return OURS if len(unlike) == 1 and OURS not in verdicts.values() else UNTOLD

    def _names(self) -> Iterator[tuple[str, str]]:
        for one in self._received:
            literal = reference_string(subject_of(one.resource))
            if literal and literal[0] != "#" and "?" not in literal:
                yield literal, one.full_url

    def _contained(self, resource: dict[str, Any], literal: str) -> str:
        inner = contained_resources(resource).get(literal[1:])
        type_ = inner.get("resourceType") if inner is not None else "Patient"
        return OURS if type_ == "Patient" else _about(type_)

    def _logical(self, subject: object) -> str:
        """The verdict on a subject given by identifier, or by words alone."""
        identifier = identifier_of(subject)
        if identifier is None:
            type_ = subject.get("type") if isinstance(subject, dict) else None
            return OURS if type_ in (None, "Patient") else _about(type_)
        found = self._references.find({"identifier": {"system": identifier[0], "value": identifier[1]}}, "", "Patient")
        if found is not None:
            return OURS if found.source.position in self._same else ANOTHER
        if self.patient is None:
            return OURS if self._name in ("", "|".join(identifier)) else ANOTHER
        # An identifier of a system that the Patient has another value of is another patient's.
        systems = {system for system, _ in identifiers(self.patient.resource)}
        return ANOTHER if identifier[0] in systems else OURS

    def _choose(self, wanted: object) -> None:
        found = self._references.find(wanted, "", "Patient")
        if found is not None and found.source.type == "Patient":
            self.patient = found
            return
        plain, _ = unversioned(reference_string(wanted))
        named = next((name for name, _ in self._names() if _same_name(unversioned(name)[0], plain)), "")
        parts = type_and_id(plain)
        if not plain or not named or (parts is not None and parts[1] != "Patient"):
            message = "subject is not in the chart: name a Patient of the chart as its entries do, such as Patient/123"
            raise Refused(Case.NO_PATIENT, Issue("invalid", message))
        self._name = plain

    def _choose_only_one(self) -> None:
        self.patient = self._patients[0]
        if len(self._patients) > 1:
            same = self._same_person()
            if len(same) < len(self._patients):
                message = "the chart holds several patients: name the one to screen with the parameter subject"
                raise Refused(Case.SEVERAL_PATIENTS, Issue("multiple-matches", message))
            # By what they hold, not by where they stand: the order of entries changes nothing.
            self.patient = min(same, key=lambda one: (_is_replaced(one), repr(one.resource)))

    def _only_name(self) -> str:
        """The one patient that all entries name, where no Patient was sent."""
        names: dict[str, None] = {}
        for one in self._received:
            subject = subject_of(one.resource)
            plain, _ = unversioned(reference_string(subject))
            parts = type_and_id(plain)
            if plain.startswith("#") or (parts is not None and parts[1] != "Patient"):
                continue
            identifier = identifier_of(subject)
            if plain and "?" not in plain:
                names[plain] = None
            elif identifier is not None:
                names["|".join(identifier)] = None
        if not names:
            message = "the chart holds no patient: send the Patient, or entries whose subject names one"
            raise Refused(Case.NO_PATIENT, Issue("required", message))
        longest = max(names, key=lambda name: (is_absolute(name), name))
        if not all(_same_name(name, longest) for name in names):
            message = "the entries name several patients: name the one to screen with the parameter subject"
            raise Refused(Case.SEVERAL_PATIENTS, Issue("multiple-matches", message))
        return longest

    def _same_person(self) -> list[Received]:
        """The chosen Patient and all that are records of the same person, in their order."""
        if self.patient is None:
            return []
        ties: dict[int, list[int]] = defaultdict(list)
        for one, other in self._ties():
            ties[one].append(other)
            ties[other].append(one)
        known = {self.patient.source.position}
        reached = [self.patient.source.position]
        while reached:
            fresh = [other for other in ties.get(reached.pop(), ()) if other not in known]
            known.update(fresh)
            reached += fresh
        return [one for one in self._patients if one.source.position in known]

    def _ties(self) -> Iterator[tuple[int, int]]:
        """Positions of Patients that are one person: by `Patient.link`, or as copies of one record."""
        for one in self._patients:
            for other in self._linked(one):
                yield one.source.position, other.source.position
        if self._is_plain:
            return
        same_id: dict[str, list[Received]] = defaultdict(list)
        for one in self._patients:
            same_id[identity(one)].append(one)
        for copies in same_id.values():
            first: dict[str, Received] = {}
            addresses = {one.full_url for one in copies} - {""}
            for one in copies:
                # Two addresses say that they are two; a copy without one can belong to either.
                address = one.full_url if len(addresses) > 1 else "the only one"
                tied = first.setdefault(address, one)
                if address:
                    yield tied.source.position, one.source.position

    def _linked(self, patient: Received) -> Iterator[Received]:
        links = patient.resource.get("link")
        for link in links if isinstance(links, list) else ():
            if isinstance(link, dict) and link.get("type") in _ONE_PERSON:
                other = self._references.find(link.get("other"), patient.full_url, "Patient")
                if other is not None and other.source.type == "Patient":
                    yield other


def _is_replaced(patient: Received) -> bool:
    links = patient.resource.get("link")
    return patient.resource.get("active") is False or any(
        isinstance(link, dict) and link.get("type") == "replaced-by"
        for link in (links if isinstance(links, list) else ())
    )


def _same_name(one: str, other: str) -> bool:
    """Whether two references to a patient that was not sent mean the same: "Patient/1" is also "…/Patient/1"."""
    if one == other:
        return True
    a, b = type_and_id(one), type_and_id(other)
    return a is not None and b is not None and a[1:] == b[1:] and "" in (a[0], b[0])


def _about(type_: object) -> str:
    named = type_ if isinstance(type_, str) and type_ in KNOWN_TYPES else "thing"
    article = "an" if named[0] in "AEIOU" else "a"
    return f"it is about {article} {named}, not about the patient"
