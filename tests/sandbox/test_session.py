"""A clinician's work in the sandbox, step by step over HTTP."""

import json
import re
from collections.abc import Iterator

import pytest
import requests

from service.app import create_app
from service.cds.hooks import Hook
from service.settings import Settings
from tests.sandbox.clinician import Clinician, served
from tests.vignettes.runner import knowledge, packs
from tests.web.serving import free_port

NOTHING = "Needlewise had nothing to say: no card."


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    database = tmp_path_factory.mktemp("sandbox") / "store.db"
    with served(database_url=f"sqlite:///{database}") as address:
        yield address


@pytest.mark.parametrize("hook", list(Hook))
@pytest.mark.parametrize("prefetch", ["on", "-"])
def test_every_moment_is_told_with_prefetch_and_without(url: str, hook: Hook, prefetch: str) -> None:
    clinician = Clinician(url)
    assert clinician.click(f"call {hook.value}", prefetch=prefetch) == "Needlewise answered with 1 card."
    assert clinician.cards == ["Precaution, left gastrocnemius: blood thinner"]
    sent = json.loads(clinician.wire("wire-call-2"))
    assert sent["hook"] == hook.value
    assert ("prefetch" in sent) == (prefetch == "on")
    assert json.loads(clinician.wire("wire-call-1"))["aud"] == f"{url}/cds-services/{hook.service_id}"
    assert json.loads(clinician.wire("wire-call-3"))["cards"][0]["summary"] == clinician.cards[0]


def test_an_accepted_answer_is_in_the_chart_and_the_question_rests(url: str) -> None:
    clinician = Clinician(url, "mina")
    clinician.click("call order-sign")
    assert "Sign again" in clinician.click(clinician.button("Record: asked today"))
    assert "recorded just now" in clinician.page
    assert "Accepted: Record: asked today, not pregnant" in clinician.page
    assert clinician.click("call order-sign").endswith(NOTHING)
    assert clinician.click("call order-sign", prefetch="-").endswith(NOTHING)  # it is in the EHR, too
    clinician.click("order new")
    assert clinician.click("call order-sign").endswith(NOTHING)


def test_an_override_rests_for_its_order_and_not_for_the_next(url: str) -> None:
    clinician = Clinician(url)
    clinician.click("call order-sign")
    do = clinician.button("Override")
    card = do.removeprefix("override ")
    told = clinician.click(do, **{f"reason {card}": "precautions-planned"})
    assert told == "The card was overridden. Sign again: it rests for this order until its evidence changes."
    assert "Overridden: Known; needling goes ahead with precautions" in clinician.page
    (entry,) = json.loads(clinician.wire("wire-feedback-1-2"))["feedback"]
    assert (entry["card"], entry["overrideReason"]["reason"]["code"]) == (card, "precautions-planned")
    assert json.loads(clinician.wire("wire-feedback-1-3")) == {"received": 1, "stored": True}
    assert clinician.click("call order-sign").endswith(NOTHING)
    assert "answered with 1 card" in clinician.click("call order-sign", side="right")
    clinician.click("order new")
    assert "answered with 1 card" in clinician.click("call order-sign")


def test_a_contraindication_does_not_rest_and_the_order_can_be_removed(url: str) -> None:
    clinician = Clinician(url, "jonas")
    clinician.click("call order-sign")
    assert "does not rest" in clinician.click(clinician.button("Override"))
    assert "answered with 1 card" in clinician.click("call order-sign")
    assert clinician.click(clinician.button("Remove the order")) == "The order was removed."
    assert clinician.send(do="call order-sign").status_code == 400  # there is none


def test_nothing_to_screen_is_told_as_the_service_tells_it(url: str) -> None:
    clinician = Clinician(url)
    told = clinician.click("call order-sign", prefetch="-", access="-")
    assert told.startswith("No cards. The service answered 412: nothing to screen: no prefetch came")
    assert "answered 412" in clinician.page
    assert json.loads(clinician.wire("wire-call-3"))["issue"][0]["code"] == "required"


def test_without_a_site_the_card_says_so(url: str) -> None:
    clinician = Clinician(url, "peter")
    clinician.click("call order-sign", what="stimulation", site="gastrocnemius", side="both")
    assert clinician.cards[0].startswith("Contraindicated at this site")
    answer = clinician.send(do="call order-sign", site="", side="")
    assert "site not given" in answer.text


def test_a_page_of_a_process_that_is_gone_is_replaced(url: str) -> None:
    clinician = Clinician(url)
    clinician.click("call order-sign", state="of-somebody-else")
    assert clinician.said.startswith("This page was older")
    assert clinician.cards == []


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"site": "the moon"}, 400),
        ({"what": "-"}, 400),
        ({"side": "up"}, 400),
        ({"do": "fly"}, 400),
        ({"do": "accept 1 2"}, 400),
        ({"do": "call no-such-hook"}, 400),
        ({"patient": "x" * 1_100_000}, 413),
    ],
)
def test_what_the_page_does_not_offer_is_refused(url: str, changed: dict[str, str], status: int) -> None:
    assert Clinician(url).send(**{"do": "order new"} | changed).status_code == status


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer x"}])
def test_nobody_else_is_led_to_its_fhir_server(url: str, headers: dict[str, str]) -> None:
    """Its address is on this machine: whoever copies a call out of the page is answered from its prefetch."""
    clinician = Clinician(url)
    clinician.click("call order-sign", prefetch="-")
    sent = json.loads(clinician.wire("wire-call-2"))
    answer = requests.post(f"{url}/cds-services/dry-needling-order-sign", json=sent, headers=headers, timeout=10)
    assert answer.status_code == 412


def test_another_site_cannot_send_its_form(url: str) -> None:
    answer = requests.post(f"{url}/sandbox", headers={"Sec-Fetch-Site": "cross-site"}, timeout=10)
    assert answer.status_code == 403


def test_there_is_no_other_patient(url: str) -> None:
    assert requests.get(f"{url}/sandbox?patient=joe", timeout=10).status_code == 404


def test_what_is_not_stored_is_not_promised_to_rest() -> None:
    with served(database_url="none") as address:
        clinician = Clinician(address)
        clinician.click("call order-sign")
        assert clinician.click(clinician.button("Override")).endswith("so no card will rest for it.")
        assert "answered with 1 card" in clinician.click("call order-sign")


def test_where_the_service_is_deaf_to_itself_it_is_said() -> None:
    """HOST as it stands may be an address that this machine does not reach itself by."""
    chosen = Settings(port=free_port())
    client = create_app(chosen, knowledge(), packs()).test_client()  # nobody listens on that port
    state = re.search(r'name="state" value="([^"]+)"', client.get("/sandbox").text)
    assert state is not None
    form = {"state": state[1], "what": "dry-needling", "site": "gastrocnemius", "side": "left", "do": "call order-sign"}
    answer = client.post("/sandbox", data=form)
    assert answer.status_code == 200
    assert "The service did not answer at the address that it listens on." in answer.text
