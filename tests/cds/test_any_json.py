"""Whatever stands in a call, it is answered or refused: never an unexpected error."""

import contextlib
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from service.cds.feedback import read_feedback
from service.cds.hooks import Hook
from service.fhir.refused import Refused
from tests.cds.calls import OUTCOME, Json, cards, found, has, order, patient, taking

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "x", "Patient/joe", "ServiceRequest/order"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(
                ["resourceType", "entry", "resource", "id", "code", "link", "response", "issue", "reference"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)
WHOLE = st.sampled_from([order(), patient(), found(has("HIV infection")), found(taking()), OUTCOME])
ANY = VALUES | WHOLE
ENTRIES = st.lists(VALUES | WHOLE.map(lambda resource: {"resource": resource}), max_size=3)


@st.composite
def calls(draw: Any) -> Json:
    hook = draw(st.sampled_from(list(Hook)))
    bundle = {"resourceType": "Bundle", "entry": draw(ENTRIES | VALUES)}
    context: Json = {
        "patientId": "joe",
        "userId": draw(VALUES),
        "draftOrders": draw(st.just(bundle) | VALUES),
        "selections": draw(st.lists(ANY, max_size=2) | VALUES),
        "appointments": draw(st.just(bundle) | VALUES),
        "dispatchedOrders": draw(st.just(["ServiceRequest/order"]) | VALUES),
    }
    keys = st.sampled_from(["patient", "conditions", "medicationRequests", "serviceRequests", "observationsHiv", "x"])
    prefetch = draw(st.dictionaries(keys, ANY, max_size=4) | VALUES)
    return {"hook": hook.value, "hookInstance": "i", "context": context, "prefetch": prefetch}


@settings(max_examples=150)
@given(calls())
def test_any_call_is_answered_or_refused(sent: Json) -> None:
    with contextlib.suppress(Refused):
        assert len(cards(sent)) <= 3


@settings(max_examples=100)
@given(st.lists(ANY, max_size=3) | ANY)
def test_any_feedback_is_read_or_refused(sent: Any) -> None:
    with contextlib.suppress(Refused):
        read_feedback(orjson.dumps({"feedback": sent}))
