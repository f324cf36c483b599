"""How many examples a property is tried on, and from which seed.

`make test` is short and says the same to everyone; `make safety` is long, from the seed it prints.
"""

from hypothesis import HealthCheck, settings

_SHARED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

settings.register_profile("default", _SHARED, max_examples=300, derandomize=True, database=None)
settings.register_profile("long", _SHARED, max_examples=10_000, print_blob=True)
settings.load_profile("default")
