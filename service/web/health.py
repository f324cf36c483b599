"""Whether the service lives, and whether it is ready to screen."""

from __future__ import annotations

from flask import Blueprint, Response

from service import __version__
from service.pipeline import Screener
from service.web.answers import json_answer


def health_blueprint(screener: Screener) -> Blueprint:
    """`/health/live` needs nothing; `/health/ready` says what is loaded."""
    health = Blueprint("health", __name__, url_prefix="/health")
    ready_content = _ready(screener)

    @health.get("/live")
    def live() -> Response:
        return json_answer({"status": "ok"})

    @health.get("/ready")
    def ready() -> Response:
        return json_answer(ready_content)

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
