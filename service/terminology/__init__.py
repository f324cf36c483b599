"""Asking a FHIR terminology server about codes that no list holds."""

from service.terminology.resolver import Resolver, budget_s, open_resolver

__all__ = ["Resolver", "budget_s", "open_resolver"]
