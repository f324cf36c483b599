"""Whether the service lives, and what it has loaded."""

from flask.testing import FlaskClient

from service import __version__
from tests.vignettes.runner import knowledge, packs


def test_live_needs_nothing(client: FlaskClient) -> None:
    assert client.get("/health/live").json == {"status": "ok"}


def test_ready_tells_versions_and_counts(client: FlaskClient) -> None:
    ready = client.get("/health/ready").json
    assert ready is not None
    assert ready["software"] == {"name": "Needlewise", "version": __version__}
    assert {pack["id"]: pack["version"] for pack in ready["packs"]} == {
        pack.id: pack.version for pack in packs().values()
    }
    assert [pack["id"] for pack in ready["packs"] if pack["default"]] == ["default"]
    assert ready["lists"]["version"] == knowledge().version
    assert all(count > 0 for count in ready["lists"]["counts"].values())
