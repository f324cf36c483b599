"""The command line: a thin second door to the pipeline. Results on standard output, all else on standard error."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from typing import Final

from service.cli.arguments import parse
from service.cli.refusal import CommandError

DONE: Final = 0
FAULTS: Final = 1
USAGE: Final = 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and give the exit status: 0 done, 1 some input could not be screened, 2 usage or settings."""
    asked = parse(argv)
    # Each command's module is imported only when it is asked for: serving needs much that `settings` does not.
    command = importlib.import_module(f"service.cli.{asked.command}")
    try:
        status: int = command.run(asked)
        sys.stdout.flush()
    except CommandError as ended:
        for fault in ended.faults:
            print(f"needlewise: {fault}", file=sys.stderr)
        return ended.status
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader has seen enough (`| head`)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    return status
