"""How far a run has come: a bar on a terminal, a line now and then elsewhere, nothing for one file."""

import io

import pytest

from service.cli.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(stream: io.StringIO, total: int) -> str:
    progress = Progress(total, stream)
    for done in range(total + 1):
        progress.show(done, f"chart-{done}.json")
    progress.clear()
    return stream.getvalue()


def test_a_terminal_has_one_line_that_is_redrawn_and_taken_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    printed = shown(Terminal(), 4)
    assert "\n" not in printed
    assert "[############............] 2 of 4 chart-2.json" in printed
    assert printed.endswith("\r\x1b[K")
    assert max(len(part) for part in printed.split("\r\x1b[K")) < 60


def test_elsewhere_there_are_about_ten_lines() -> None:
    assert shown(io.StringIO(), 200).splitlines() == [f"{done} of 200 done" for done in range(20, 201, 20)]


@pytest.mark.parametrize("stream", [io.StringIO(), Terminal()])
def test_one_file_needs_no_bar(stream: io.StringIO) -> None:
    assert shown(stream, 1) == ""
