"""Asking a FHIR terminology server: about codes that no list holds, and to expand the definitions of lists."""

from service.terminology.expand import Expander
from service.terminology.resolver import Resolver, budget_s, open_resolver
from service.terminology.server import NoAnswer, NotOffered

__all__ = ["Expander", "NoAnswer", "NotOffered", "Resolver", "budget_s", "open_resolver"]
