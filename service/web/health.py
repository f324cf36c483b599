"""Whether the service lives, and whether it is ready to screen."""

from __future__ import annotations

from flask import Blueprint, Response

from service import __version__
from service.canary import Watch
from service.pipeline import Screener
from service.store import NoStore, Store
from service.web.answers import json_answer
from service.web.canaries import told_by


def health_blueprint(screener: Screener, store: Store, watch: Watch | None) -> Blueprint:
    """`/health/live` needs nothing; `/health/ready` says what is loaded, and whether the store can be reached.

    A service without its store still screens, so it stays ready (200) and says that it is degraded: taking it out of
    a load balancer would make a fault of a trace into a fault of care. The same where the watch found a rule that is
    not as it was: people have to look, and until then the other rules are of use.
    """
    health = Blueprint("health", __name__, url_prefix="/health")
    ready_content = _ready(screener)

    @health.get("/live")
    def live() -> Response:
        return json_answer({"status": "ok"})

    @health.get("/ready")
    def ready() -> Response:
        problem = store.problem()
        state = "none" if isinstance(store, NoStore) else "failed" if problem else "ok"
        told: dict[str, object] = {"status": state, "failures": store.failures}
        if problem:
            told["problem"] = problem
        canary = told_by(watch)
        well = problem is None and "problems" not in canary
        return json_answer({**ready_content, "status": "ok" if well else "degraded", "store": told, "canary": canary})

    return health


def _ready(screener: Screener) -> dict[str, object]:
    """What is loaded: it does not change while the process lives, which could not have started without it."""
    knowledge = screener.knowledge
    return {
        "status": "ok",
        "software": {"name": "Needlewise", "version": __version__},
        "packs": [
            {
                "id": pack.id,
                "version": pack.version,
                "title": pack.title,
                "rules": len(pack.rules),
                "default": pack.id in screener.default_packs,
            }
            for pack in screener.packs.values()
        ],
        "lists": {
            "version": knowledge.version,
            "counts": {
                "conditions": len(knowledge.conditions),
                "condition-terms": len(knowledge.condition_terms),
                "condition-places": len(knowledge.condition_places),
                "medicines": len(knowledge.medicines),
                "drugs": len(knowledge.drugs),
                "drug-names": len(knowledge.drug_names),
                "observations": len(knowledge.observations),
                "procedures": len(knowledge.procedures),
                "immunizations": len(knowledge.immunizations),
                "orders": len(knowledge.orders),
                "sites": len(knowledge.sites),
            },
        },
    }
