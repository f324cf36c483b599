"""The service notices its own silence: synthetic patients through its own door, and rules that fire as they used to."""

from service.canary.board import Trouble
from service.canary.checks import plan
from service.canary.door import HEADER, Door
from service.canary.watch import Watch

__all__ = ["HEADER", "Door", "Trouble", "Watch", "plan"]
