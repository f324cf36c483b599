"""Wires the rooms into one Flask application; the only place that knows all of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from uuid import uuid4

from flask import Flask, g

from service.canary import Watch
from service.cds.discovery import RESOURCE_TYPES, templates
from service.cds.reach import Reach, make_reach
from service.core.knowledge import Knowledge
from service.core.packs import Pack
from service.core.wording import Wording
from service.ehr import Clocks, EhrReader, KeySetLost, Limits, fetch_key_set
from service.knowledge.code_sets import load_lists
from service.pipeline import ONLY_ENGLISH, make_screener, read_clock
from service.sandbox.box import Box
from service.sandbox.ehr import Ehr
from service.settings import Settings
from service.store import NoStore, Store
from service.terminology import budget_s, open_resolver
from service.trust import Caller, Trust, trusted
from service.web.audit import audit_blueprint
from service.web.auth import guard
from service.web.canaries import CanaryState, let_in
from service.web.cds import cds_blueprint
from service.web.definitions import definitions_blueprint
from service.web.errors import answer_errors
from service.web.fhir import fhir_blueprint
from service.web.headers import carry_headers
from service.web.health import health_blueprint
from service.web.key_sets import Fetch, Fetched
from service.web.metrics import Metrics, count_requests
from service.web.openapi import openapi_blueprint
from service.web.pages.assets import assets_blueprint
from service.web.pages.docs import docs_blueprint
from service.web.pages.insights import insights_blueprint
from service.web.pages.layout import Pages
from service.web.pages.report import reports_blueprint
from service.web.pages.rules import rules_blueprint
from service.web.pages.sandbox import sandbox_blueprint
from service.web.pages.sandbox_fhir import sandbox_fhir_blueprint
from service.web.pages.workbench import workbench_blueprint
from service.web.paths import IdConverter, plain_paths
from service.web.proxies import behind_proxies
from service.web.rate_limit import limit_rate, limit_refusals
from service.web.results import results_blueprint
from service.web.traces import trace_requests
from service.web.trail import keep_trail


def fetch_keys(caller: Caller) -> Fetched | None:
    """Fetch a caller's key set from its URL."""
    try:
        fetched = fetch_key_set(caller, monotonic=time.monotonic)
    except KeySetLost:
        return None
    return fetched.keys, fetched.max_age_s


def _reach(settings: Settings, trust: Trust, metrics: Metrics, box: Box) -> Callable[[str], Reach]:
    """The way to the EHRs that are listed, and for the sandbox to its own."""
    reader = EhrReader(
        limits=Limits(
            timeout_s=settings.ehr_timeout_s, most_bytes=settings.max_body, most_entries=settings.max_entries
        ),
        clocks=Clocks(monotonic=time.monotonic, epoch=time.time),
        resource_types=RESOURCE_TYPES,
        heard=metrics.heard_ehr,
    )
    budget = settings.cds_budget_s - budget_s(settings)
    inside, outside = (
        make_reach(Trust(servers=servers), reader, budget_s=budget, monotonic=time.monotonic)
        for servers in ((box.ehr,), trust.servers)
    )

    def reach(request_id: str) -> Reach:
        return (inside if g.get("caller") is box.caller else outside)(request_id)

    return reach


def _today() -> date:
    return read_clock().first


def create_app(  # noqa: PLR0913 - all that it wires
    settings: Settings,
    knowledge: Knowledge,
    packs: Mapping[str, Pack],
    *,
    wordings: Mapping[str, Wording] = ONLY_ENGLISH,
    store: Store | None = None,
    metrics: Metrics | None = None,
    watch: Watch | None = None,
    fetch_keys: Fetch = fetch_keys,
) -> Flask:
    """Make the application; without a store nothing is remembered.

    Raises SettingsError where the settings name a pack that is not in `packs`, or callers that can't be known.
    """
    trust = trusted(settings)
    store = store or NoStore()
    screener = make_screener(settings, knowledge, packs, wordings)
    screener = replace(screener, look_up=open_resolver(settings, knowledge.roots, store.code_answers))
    metrics = metrics or Metrics()
    app = Flask("needlewise", static_folder=None)
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False  # plain_paths does it without a redirect
    app.url_map.converters["default"] = IdConverter
    app.wsgi_app = plain_paths(behind_proxies(app.wsgi_app, settings.trusted_proxies))  # type: ignore[method-assign, assignment]  # as Flask documents it
    carry_headers(app, settings)
    pages = Pages(settings)
    lists = cache(load_lists)  # read when somebody first asks for them
    answer_errors(app, pages)
    count_requests(app, metrics, screener, store)
    if watch is not None:
        metrics.show(CanaryState(watch))
        let_in(app, watch.door)
    trace_requests(app)
    box = Box(settings, now=time.time, today=_today)
    ehr = Ehr(
        box,
        templates(tuple(screener.packs.values()), screener.knowledge),
        written_now=lambda: read_clock().written,
        new_id=lambda: str(uuid4()),
    )
    limit_refusals(app, settings)
    guard(app, settings, trust=trust, inside=box.caller, store=store, fetch=fetch_keys)
    limit_rate(app, settings)
    keep_trail(app, store)
    app.register_blueprint(fhir_blueprint(settings, screener, store))
    app.register_blueprint(results_blueprint(settings, store))
    app.register_blueprint(audit_blueprint(settings, store))
    app.register_blueprint(cds_blueprint(settings, screener, reach=_reach(settings, trust, metrics, box), store=store))
    app.register_blueprint(definitions_blueprint(settings, screener, lists, stores=store.keeps))
    app.register_blueprint(health_blueprint(screener, store, watch))
    app.register_blueprint(openapi_blueprint(settings))
    app.register_blueprint(assets_blueprint())
    app.register_blueprint(sandbox_blueprint(pages, box, ehr, screener.knowledge, today=_today))
    app.register_blueprint(sandbox_fhir_blueprint(box))
    app.register_blueprint(workbench_blueprint(pages, settings, screener, store))
    app.register_blueprint(insights_blueprint(pages, screener, store))
    app.register_blueprint(reports_blueprint(pages, screener, store))
    app.register_blueprint(rules_blueprint(pages, screener, lists))
    app.register_blueprint(docs_blueprint(pages, settings.base_url))
    return app
