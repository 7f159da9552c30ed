"""The pages in a real browser: no violation of WCAG 2.1 A/AA that axe-core can see, no request, no sideways scroll."""

import shutil
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright
from tests.test_dashboard import paginas, teksten

CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is niet geïnstalleerd (.ci/run doet dat met apt)")
NORMEN = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}
SMAL, BREED = 360, 1280


@pytest.fixture(scope="module")
def map_(tmp_path_factory: pytest.TempPathFactory) -> Path:
    doel = tmp_path_factory.mktemp("bord")
    for naam, inhoud in paginas().items():
        (doel / naam).write_bytes(inhoud)
    return doel


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as p:
        b = p.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield b
        b.close()


@pytest.mark.parametrize("naam", sorted(teksten()))
def test_blad_in_een_browser(naam, map_, browser):
    gevraagd: list[str] = []
    blad = browser.new_page(viewport={"width": BREED, "height": 900}, bypass_csp=True)
    try:
        blad.on("request", lambda r: gevraagd.append(r.url))
        blad.goto(f"file://{map_ / naam}")
        fouten = Axe().run(blad, options=NORMEN).response["violations"]
        assert not fouten, [(f["id"], f["nodes"][0]["html"][:200]) for f in fouten]
        assert gevraagd == [f"file://{map_ / naam}"], "een blad staat op zichzelf"
        blad.set_viewport_size({"width": SMAL, "height": 800})
        assert blad.evaluate("document.documentElement.scrollWidth") <= SMAL
    finally:
        blad.close()
