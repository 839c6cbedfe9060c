"""The page's server where no AWS answers, for tests of what it does by itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser import chromium
from tests.console.page.serving import Page, page_of

NOWHERE = {
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "example",
}


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    """Yield a page whose calls to AWS reach nothing."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in NOWHERE.items():
            patch.setenv(name, value)
        with page_of(NOWHERE) as page:
            yield page


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Yield the machine's Chromium."""
    with chromium() as browser:
        yield browser
