"""Results in further languages: every sentence has its own, none is mixed, and what is not translated stays English."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.core.packs import Pack
from service.core.screening import Screening
from service.core.translate import translated
from service.core.wording import ENGLISH, Wording, sentences_of
from service.knowledge.languages import load_wordings
from service.knowledge.sentences import places
from service.knowledge.tables import MappingError
from tests.builders import told
from tests.vignettes.dialects import tell
from tests.vignettes.runner import knowledge, packs, run

ROOT = Path(__file__).parents[2]

WORDINGS = load_wordings()
FURTHER = [wording for wording in WORDINGS.values() if wording is not ENGLISH]
# They hold what the door says of a fault in English: such a sentence stays English as a whole.
TECHNICAL = frozenset({"unreadable", "read-in-part", "remark", "no-known-code-no-words", "medication-not-sent"})


def _texts(pack: Pack) -> Iterator[str]:
    """Every text of a pack that a result can show."""
    yield pack.title
    yield from (text for key, text in pack.phrases.items() if key not in TECHNICAL)
    yield from pack.list_names.values()
    yield from (text for key, text in pack.reasons.items() if key not in TECHNICAL)
    yield from (part for text in pack.doubts.values() for part in text)
    for rule in pack.rules:
        yield from (rule.title, rule.harm, rule.say, rule.ends_when, rule.found, rule.together)
        yield from (addition.say for addition in rule.additions)
        yield from (part for text in rule.texts.values() for part in text)
        yield from rule.remarks.values()
    for chart_rule in pack.chart_rules.values():
        yield from (chart_rule.title, chart_rule.harm, chart_rule.ask)
    yield from (reason.display for reason in pack.override_reasons)
    yield from (answer.label for answer in pack.answers)


def said(wording: Wording, *entries: str, patient: str = "45 male", target: str = "left gastrocnemius") -> Screening:
    request = tell(told(*entries, patient=patient, target=target), "snomed")
    return run(request, by=[translated(packs()["default"], wording)])


def test_german_and_spanish_are_there() -> None:
    assert list(WORDINGS) == ["en", "de", "es"]


@pytest.mark.parametrize("wording", FURTHER, ids=lambda wording: wording.language)
@pytest.mark.parametrize("pack", ["default", "standard-precautions"])
def test_every_sentence_of_the_founding_packs_is_translated(wording: Wording, pack: str) -> None:
    lacking = {text for text in _texts(packs()[pack]) if text and not wording.knows(text)}
    assert lacking == set()


@pytest.mark.parametrize("wording", FURTHER, ids=lambda wording: wording.language)
def test_a_translation_has_the_places_of_the_english_and_never_calls_anything_safe(wording: Wording) -> None:
    assert wording.sentences
    for english, words in wording.sentences.items():
        assert places(words) == places(english)
        assert not re.search(r"ungefährlich|unbedenklich|inofensiv|inocu", words.lower())


@pytest.mark.parametrize("wording", FURTHER, ids=lambda wording: wording.language)
def test_no_sentence_is_translated_that_no_pack_or_writer_says_any_more(wording: Wording) -> None:
    spoken = {sentence for pack in packs().values() for text in _all_texts(pack) for sentence in sentences_of(text)}
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "service").rglob("*.py"))
    plain = re.sub(r'"\s*\n\s*"', "", source)
    lists = (ROOT / "mappings" / "places" / "sites.csv").read_text(encoding="utf-8")
    classes = {name.replace("-", " ") for drug in knowledge().drugs.values() for name in drug.classes}
    stale = {
        english
        for english in wording.sentences
        if english not in spoken
        and english not in classes
        and english not in plain
        and english.replace(" ", "-") not in plain
        and english.replace(" ", "_") not in plain
        and english not in lists
        and english.partition(" ")[0] not in ("intent", "as")
    }
    assert stale == set()


def _all_texts(pack: Pack) -> Iterator[str]:
    yield from _texts(pack)
    yield from (*pack.phrases.values(), *pack.reasons.values())
    yield from (rule.because for rule in pack.chart_rules.values())
    yield from (answer.value[2] for answer in pack.answers)
    for rule in pack.rules:
        for clause in (*rule.finding, *rule.question, *rule.note):
            yield from (clause.bounds.say, clause.bounds.ends_when)


def test_the_same_chart_is_judged_the_same_in_every_language() -> None:
    chart = ("condition: Type 2 diabetes mellitus, active", "statement: apixaban 5 mg oral tablet, active")
    english, german = said(ENGLISH, *chart), said(WORDINGS["de"], *chart)
    assert [finding.rule for finding in german.findings] == [finding.rule for finding in english.findings]
    assert german.headline is english.headline
    assert [finding.changes for finding in german.findings] == [finding.changes for finding in english.findings]
    assert german.entries == english.entries


@pytest.mark.parametrize(
    ("language", "sentence", "why", "question"),
    [
        (
            "de",
            "Anämie ist erfasst: Iron deficiency anemia (aktiv, undatiert).",
            "Erfasst: Anämie.",
            "Es ist keine aktuelle Antwort erfasst, ob die Person schwanger ist.",
        ),
        (
            "es",
            "Consta Anemia: Iron deficiency anemia (activo, sin fecha).",
            "Consta: anemia.",
            "No consta una respuesta actual a si la persona está embarazada.",
        ),
    ],
)
def test_a_result_is_in_its_language(language: str, sentence: str, why: str, question: str) -> None:
    got = said(WORDINGS[language], "condition: Iron deficiency anemia, active", patient="31 female")
    assert got.findings[0].sentence == sentence
    assert got.judgements[0].why == why
    assert got.questions[0].sentence == question
    assert got.wording.language == language


def test_what_is_not_translated_stays_english_sentence_by_sentence() -> None:
    wording = Wording(language="xx", sentences={"Diabetes is recorded.": "X."}, lowers=True)
    assert wording.say("Diabetes is recorded. Ask for the feet.") == "X. Ask for the feet."
    assert wording.say("Diabetes is recorded, and more.") == "Diabetes is recorded, and more."


@pytest.mark.parametrize(
    ("language", "sentences", "complaint"),
    [
        ("en", "{}", "'language' must be"),
        ("fr", '{ "{a}": "{b}" }', "places"),
        ("fr", '{ "a": "{" }', "brace"),
        ("fr", "[]", "'sentences' must be there"),
    ],
)
def test_a_faulty_file_is_refused_with_its_line(tmp_path: Path, language: str, sentences: str, complaint: str) -> None:
    head = f"language: {language}\ntranslator: a\ndate: 2026-11-24\nreviewed: no one\ncapital-inside: true\n"
    folder = tmp_path / "packs" / "texts"
    folder.mkdir(parents=True)
    (folder / "fr.yaml").write_text(f"{head}sentences: {sentences}\n", encoding="utf-8")
    with pytest.raises(MappingError, match=complaint):
        load_wordings(tmp_path)
