"""The picture of a report that the README shows: its beginning in light beside its charts in dark.

PYTHONPATH=tests python tests/picture.py experiments/<study>/report.html docs/report.png
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from browser import browser_page
from PIL import Image

_WIDTH, _HEIGHT = 900, 1640
"""Pixels of each half as the page has them; the picture is 1200 wide."""

_HALF = 600


def picture(report: Path, path: Path) -> None:
    """Open a report, and save what its beginning and its search look like side by side."""
    halves = [_half(report, dark=False, at="main"), _half(report, dark=True, at="#search")]
    whole = Image.new("RGB", (2 * _HALF, halves[0].height))
    for number, half in enumerate(halves):
        whole.paste(half, (number * _HALF, 0))
    whole.quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)


def _half(report: Path, *, dark: bool, at: str) -> Image.Image:
    with browser_page(dark=dark, width=_WIDTH, height=_HEIGHT) as browser:
        browser.page.goto(report.resolve().as_uri())
        browser.page.wait_for_selector("html[data-drawn]", state="attached")
        browser.page.add_style_tag(content="html { scroll-behavior: auto } nav { display: none !important }")
        browser.page.evaluate("at => document.querySelector(at).scrollIntoView()", at)
        browser.page.wait_for_timeout(300)
        shot = Image.open(io.BytesIO(browser.page.screenshot())).convert("RGB")
    return shot.resize((_HALF, _HEIGHT * _HALF // _WIDTH), Image.Resampling.LANCZOS)


if __name__ == "__main__":
    picture(Path(sys.argv[1]), Path(sys.argv[2]))
