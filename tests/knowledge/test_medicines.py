"""Medicines: codes, products, names and wordings."""

from __future__ import annotations

import pytest

from service.core.chart import Coding
from service.core.knowledge import Knowledge
from service.core.words import normalise


def names(knowledge: Knowledge, system: str, code: str) -> set[str]:
    """The drugs of a medicine code."""
    return {drug.name for product in knowledge.medicines.find(Coding(system, code)) for drug in product.drugs}


def test_an_ingredient_code_and_an_atc_code_name_the_drug(knowledge: Knowledge) -> None:
    """RxNorm 11289 and ATC B01AA03 are warfarin."""
    assert names(knowledge, "rxnorm", "11289") == {"warfarin"}
    assert names(knowledge, "atc", "B01AA03") == {"warfarin"}


def test_an_unlisted_atc_code_falls_back_to_its_class(knowledge: Knowledge) -> None:
    """A sulfonylurea that no row names is still a sulfonylurea."""
    product = knowledge.medicines.find(Coding("atc", "A10BB99"))[0]
    assert product.drugs[0].classes == ("sulfonylurea",)
    assert product.drugs[0].groups == ("diabetes",)


def test_uk_codes_are_read_under_both_addresses(knowledge: Knowledge) -> None:
    """dm+d identifiers are SNOMED CT identifiers."""
    assert names(knowledge, "dmd", "687211000001104") == {"naproxen"}
    assert names(knowledge, "snomed", "687211000001104") == {"naproxen"}


def test_a_fixed_combination_is_judged_as_one(knowledge: Knowledge) -> None:
    """Nirmatrelvir with ritonavir treats COVID-19 and is no HIV treatment."""
    drug = knowledge.drugs["nirmatrelvir / ritonavir"]
    assert "hiv" not in drug.groups
    assert drug.components == ("nirmatrelvir", "ritonavir")


@pytest.mark.parametrize(
    ("drug", "days"),
    [
        ("warfarin", 5),
        ("phenprocoumon", 14),
        ("apixaban", 3),
        ("rivaroxaban", 3),
        ("edoxaban", 3),
        ("dabigatran etexilate", 5),
        ("enoxaparin", 2),
        ("heparin", 1),
        ("fondaparinux", 4),
        ("aspirin", 10),
        ("clopidogrel", 7),
        ("prasugrel", 10),
        ("ticagrelor", 5),
        ("ticlopidine", 14),
        ("dipyridamole", 2),
        ("cilostazol", 2),
        ("alteplase", 3),
        ("vorapaxar", 30),
        ("cangrelor", 14),
    ],
)
def test_washouts_are_those_of_the_clinical_rules(knowledge: Knowledge, drug: str, days: int) -> None:
    """Section 7, and 14 days for what it does not name."""
    assert knowledge.drugs[drug].washout_days == days


def test_a_drug_is_found_inside_a_product_name(knowledge: Knowledge) -> None:
    """RxNorm and dm+d names are built from ingredient names."""
    hits = knowledge.drug_names.find(normalise("apixaban 5 MG Oral Tablet [Eliquis]"))
    assert {drug.name for hit in hits for drug in hit.value} == {"apixaban"}


@pytest.mark.parametrize("words", ["Bayer Contour test strips", "Cartia XT 120 mg capsule", "Adult Pain relief gel"])
def test_a_company_or_common_phrase_names_no_drug(knowledge: Knowledge, words: str) -> None:
    """Names that mean other things were left out."""
    assert knowledge.drug_names.find(normalise(words)) == ()


def test_what_explains_a_medicine_has_codes_and_words(knowledge: Knowledge) -> None:
    """Crohn's disease explains methotrexate, by code and by name."""
    explained = {row.concept for row in knowledge.explanations["methotrexate"]}
    assert {"inflammatory-bowel-disease", "rheumatoid-arthritis", "psoriasis"} <= explained
    assert knowledge.conditions.find(Coding("icd-10-cm", "K50.90"))[0].concept == "inflammatory-bowel-disease"
    assert knowledge.condition_terms.whole(normalise("Crohn's disease")) is not None


def test_a_class_named_without_a_drug_is_a_medicine(knowledge: Knowledge) -> None:
    """ "Blood thinner" is taking one of them."""
    term = knowledge.medicine_terms.whole(normalise("on blood thinner"))
    assert term is not None
    assert (term.meaning, term.drugs[0].groups) == ("taking", ("blood-thinner",))
