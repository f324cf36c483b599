"""Who may call us and whom we may call: the TRUST file, its keys, and how URLs are compared with it."""

from service.trust.entries import Caller, EhrServer, NullPrefetch, Right, Trust
from service.trust.keys import KeysError, SigningKey, read_key_set
from service.trust.load import load_trust, trusted
from service.trust.tables import TrustError
from service.trust.urls import Url, parse_base, parse_url, resolve

__all__ = [
    "Caller",
    "EhrServer",
    "KeysError",
    "NullPrefetch",
    "Right",
    "SigningKey",
    "Trust",
    "TrustError",
    "Url",
    "load_trust",
    "parse_base",
    "parse_url",
    "read_key_set",
    "resolve",
    "trusted",
]
