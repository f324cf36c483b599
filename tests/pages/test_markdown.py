"""Cards as an EHR draws them: nothing of a chart's words runs, loads or leads away."""

import re

from service.web.pages.markdown import blocks

HOSTILE = '<img src=x onerror=alert(1)> <script>1</script> [a](javascript:1) ![b](http://c) <http://d> "e" &amp;'


def test_html_links_and_pictures_are_shown_and_not_obeyed() -> None:
    drawn = blocks(f"**x** {HOSTILE}\n\n| a | b |\n|---|---|\n| {HOSTILE} | c |")
    assert set(re.findall(r"<(\w+)", drawn)) == {"p", "strong", "table", "thead", "tbody", "tr", "th", "td"}
    assert not re.search(r"<[^>]*(src|href|onerror|style)=", drawn)


def test_a_cell_says_under_which_heading_it_stands() -> None:
    drawn = blocks("| What | To <do> |\n|---|---|\n| one | two |\n| three | four |")
    labels = re.findall(r'<td role="cell" data-label="([^"]*)">(\w+)', drawn)
    expected = [("What", "one"), ("To &lt;do&gt;", "two"), ("What", "three"), ("To &lt;do&gt;", "four")]
    assert labels == expected
