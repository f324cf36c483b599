"""Key sets at a URL: kept, renewed, shared by workers, and never fetched in a storm. Once over real HTTP."""

import os
from pathlib import Path

import pytest

from service.app import create_app
from service.trust import load_trust, read_key_set
from service.web.key_sets import Fetched, KeySets, NoKeys
from tests.trust.keys import elliptic, jwks, rsa
from tests.vignettes.runner import knowledge, packs
from tests.web.callers import access_token, settings, trust_file
from tests.web.test_auth_fhir import screen

URL = '"https://mercy.example.org/jwks"'
OLD = jwks(elliptic(), kid="old")
NEW = jwks(rsa(), kid="new")


class Owner:
    """The one who publishes keys, and a clock."""

    def __init__(self) -> None:
        self.published: bytes | None = OLD
        self.max_age_s: int | None = None
        self.fetches = 0
        self.seconds = 1_000.0

    def fetch(self, _: object) -> Fetched | None:
        self.fetches += 1
        return None if self.published is None else (read_key_set(self.published), self.max_age_s)

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def owner() -> Owner:
    return Owner()


class Ring:
    def __init__(self, folder: Path, owner: Owner) -> None:
        self.callers = load_trust(trust_file(folder, jwks_url=URL)).callers
        self.sets = KeySets(owner.fetch, monotonic=owner.monotonic, callers=self.callers)

    def kids(self, kid: str = "old") -> set[str | None]:
        found = self.sets.of(self.callers[0], kid)
        return {key.kid for key in found.keys}


@pytest.fixture
def ring(tmp_path: Path, owner: Owner) -> Ring:
    return Ring(tmp_path, owner)


def test_a_set_is_fetched_once_while_it_is_fresh(ring: Ring, owner: Owner) -> None:
    assert [ring.kids() for _ in range(3)] == [{"old"}] * 3
    assert owner.fetches == 1


@pytest.mark.parametrize(("max_age", "fresh"), [(None, 3_600), (0, 300), (10, 300), (7_200, 7_200), (10**8, 86_400)])
def test_a_set_is_kept_as_its_owner_says_within_bounds(
    ring: Ring, owner: Owner, max_age: int | None, fresh: float
) -> None:
    owner.max_age_s = max_age
    ring.kids()
    owner.seconds += fresh - 1
    ring.kids()
    assert owner.fetches == 1
    owner.seconds += 1
    ring.kids()
    assert owner.fetches == 2


def test_a_new_key_is_found_at_once_and_a_storm_of_names_fetches_once(ring: Ring, owner: Owner) -> None:
    ring.kids()
    owner.published = NEW
    assert ring.kids("new") == {"new"}
    for number in range(100):
        ring.kids(f"random {number}")
    assert owner.fetches == 2
    owner.seconds += 60
    ring.kids("random")
    ring.kids("random again")
    assert owner.fetches == 3


def test_a_key_that_is_taken_away_is_not_trusted_any_longer(ring: Ring, owner: Owner) -> None:
    ring.kids()
    owner.published = NEW
    owner.seconds += 3_600
    assert "old" not in ring.kids("old")


def test_an_owner_who_is_away_is_known_for_a_day(ring: Ring, owner: Owner) -> None:
    ring.kids()
    owner.published = None
    owner.seconds += 3_700
    for _ in range(10):
        assert ring.kids() == {"old"}
    assert owner.fetches == 2  # tried again, and then let be for a while
    owner.seconds += 86_400 - 3_700
    with pytest.raises(NoKeys):
        ring.kids()


def test_without_any_key_nobody_asks_all_the_time(ring: Ring, owner: Owner) -> None:
    owner.published = None
    for _ in range(10):
        with pytest.raises(NoKeys):
            ring.kids()
    assert owner.fetches <= 2
    owner.published = OLD
    owner.seconds += 60
    assert ring.kids() == {"old"}


def test_workers_share_what_one_has_fetched(ring: Ring, owner: Owner) -> None:
    child = os.fork()
    if not child:
        os._exit(0 if ring.kids() == {"old"} else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert ring.kids() == {"old"}
    assert owner.fetches == 0


def test_without_keys_the_answer_is_to_come_again(tmp_path: Path, owner: Owner) -> None:
    owner.published = None
    chosen = settings(trust_file(tmp_path, jwks_url=URL))
    client = create_app(chosen, knowledge(), packs(), fetch_keys=owner.fetch).test_client()
    answer = screen(client, access_token())
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert answer.json is not None
    assert answer.json["issue"][0]["code"] == "transient"
    owner.published = jwks(elliptic(), kid="one")
    owner.seconds += 60
    assert screen(client, access_token()).status_code == 200
