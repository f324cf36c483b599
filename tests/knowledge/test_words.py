"""Words for places, sides, tests, units and diseases."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from service.core.knowledge import Knowledge, Listed
from service.core.places import Side
from service.core.words import normalise
from service.knowledge.names import normalise_all
from service.knowledge.tables import COLUMNS, mappings_folder, rows_of


@pytest.mark.parametrize(
    ("words", "site"),
    [
        ("gastroc", "gastrocnemius"),
        ("QL", "quadratus lumborum"),
        ("upper traps", "upper trapezius"),
        ("hamstring", "hamstrings"),
        ("ITB", "iliotibial band"),
        ("lumbar paraspinals", "lumbar erector spinae"),
        ("L4/5 multifidus", "lumbar multifidus"),
        ("shoulder blade", "upper back"),
        ("low back", "lower back"),
        ("thumb base", "hand"),
        ("cervical cancer", "uterus"),
    ],
)
def test_places_are_known_by_the_words_clinicians_use(knowledge: Knowledge, words: str, site: str) -> None:
    """As the whole text of a target."""
    found = knowledge.site_names.whole(normalise(words))
    assert found is not None
    assert found.name == site


def test_a_region_counts_as_its_most_delicate_muscle(knowledge: Knowledge) -> None:
    """The upper back is a pleura target, and holds muscles that can't be compressed."""
    assert knowledge.sites["upper back"].pleura == "yes"
    assert knowledge.sites["upper back"].deep


@pytest.mark.parametrize(
    ("words", "side"),
    [
        ("L calf", Side.LEFT),
        ("(R) shoulder", Side.RIGHT),
        ("Lt. knee", Side.LEFT),
        ("RT gluteus medius", Side.RIGHT),
        ("bilat. hamstrings", Side.BILATERAL),
        ("B/L upper traps", Side.BILATERAL),
        ("unilateral weakness", None),
    ],
)
def test_sides_are_read_in_every_spelling(knowledge: Knowledge, words: str, side: Side | None) -> None:
    """Letters, abbreviations, brackets; "unilateral" says that there is a side and not which."""
    assert [hit.value for hit in knowledge.side_words.find(normalise(words))] == [side]


@pytest.mark.parametrize(
    ("words", "test"),
    [
        ("HBsAg", "hepatitis-b-surface-antigen"),
        ("Hb", "hemoglobin"),
        ("Hgb", "hemoglobin"),
        ("HCV RNA", "hepatitis-c-rna-quantitative"),
        ("anti-HBs", "hepatitis-b-surface-antibody-quantitative"),
        ("HIV Ag/Ab", "hiv-antigen-antibody-screen"),
        ("HbA1c", "hba1c"),
        ("A1c", "hba1c"),
        ("EDD", "delivery-date-estimated"),
        ("pregnancy test", "pregnancy-test"),
        ("beta hCG", "hcg-quantitative"),
        ("LMP", "last-menstrual-period"),
    ],
)
def test_tests_are_known_by_their_names(knowledge: Knowledge, words: str, test: str) -> None:
    """Where no code says which test it was."""
    found = knowledge.observation_names.whole(normalise(words))
    assert found is not None
    assert found.concept == test


@pytest.mark.parametrize(
    ("family", "spelling", "number", "expected"),
    [
        ("hemoglobin-mass", "g/dL", "11.2", "112.0"),
        ("cell-count", "K/uL", "32", "32"),
        ("cell-count", "/µL", "32000", "32.000"),
        ("gestational-age", "wk", "20", "140"),
    ],
)
def test_units_convert_to_the_canonical_one(
    knowledge: Knowledge, family: str, spelling: str, number: str, expected: str
) -> None:
    """By factor, without rounding."""
    assert Decimal(number) * knowledge.units[family][spelling].factor == Decimal(expected)


def test_a_fahrenheit_fever_is_a_fever(knowledge: Knowledge) -> None:
    """100.4 °F is 38.0 °C, not a hair less."""
    unit = knowledge.units["temperature"]["[degF]"]
    assert Decimal("100.4") * unit.factor + unit.offset >= Decimal("38.0")


def test_a_unit_of_red_cells_is_not_understood_for_platelets(knowledge: Knowledge) -> None:
    """10*12/L counts red cells; an HbA1c without a unit is an open question."""
    assert "10*12/L" not in knowledge.units["cell-count"]
    assert "" not in knowledge.units["hba1c-percent"]
    assert "" in knowledge.units["inr"]


@pytest.mark.parametrize(
    ("words", "listed"),
    [
        ("Haemophilia A", Listed("hemophilia", "disease")),
        ("breastfeeding", Listed("lactation", "status")),
        ("urine pregnancy test negative", Listed("pregnancy-test", "negative-status")),
        ("24 weeks pregnant", Listed("pregnancy", "disease")),
        ("on warfarin", Listed("blood-thinner-use", "status")),
        ("terminal cancer", Listed("cancer", "disease")),
        ("anti-HBs positive", Listed("hepatitis-b", "negative-status")),
    ],
)
def test_terms_say_their_meaning(knowledge: Knowledge, words: str, listed: Listed) -> None:
    """As the whole text."""
    assert listed in (knowledge.condition_terms.whole(normalise(words)) or ())


def test_a_display_names_its_code_only_where_all_agree(knowledge: Knowledge) -> None:
    """Names have two words or more, or one long one; none says two things."""
    assert knowledge.condition_names.whole("malignant neoplasm of breast") is not None
    assert all(" " in words or len(words) >= 6 for words in knowledge.condition_names)


def test_look_alikes_hold_no_disease(knowledge: Knowledge) -> None:
    """Hearing aids are not AIDS."""
    assert "hearing aids" in knowledge.look_alikes
    assert knowledge.condition_terms.whole("aids") is not None


def every_text() -> Iterator[str]:
    """Each cell of each list."""
    folder = mappings_folder()
    for pattern, columns in COLUMNS.items():
        for path in folder.glob(pattern):
            for row in rows_of(path, columns):
                yield from row


def test_normalising_many_texts_is_normalising_each() -> None:
    """The fast way gives the same words, on every text that ships."""
    texts = sorted(set(every_text()))[::7]
    assert normalise_all(texts) == [normalise(text) for text in texts]
