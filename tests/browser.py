"""A headless Chromium for tests of what a person sees."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class Page:
    """A page of a browser, and what went wrong on it.

    Attributes:
        page: Playwright's.
        errors: What its console called an error, and exceptions that nothing caught.
    """

    def __init__(self, page: Any) -> None:
        self.page = page
        self.errors: list[str] = []
        page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))


@contextmanager
def browser_page(*, dark: bool = False, width: int = 1400, height: int = 1000) -> Iterator[Page]:
    """A fresh page in the installed Chromium; the test is skipped, saying so, where there is none."""
    executable = next((path for name in _NAMES if (path := shutil.which(name))), None)
    if executable is None:
        pytest.skip("Chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=executable, args=list(_QUIET))
        try:
            scheme = "dark" if dark else "light"
            yield Page(browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme))
        finally:
            browser.close()
