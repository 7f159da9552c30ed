"""The pages in a real browser: by keyboard alone, for axe, on narrow screens, and without any other host."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.webhulp import CHROMIUM, OPTIES, server

from kompas.adviesregister import Adviesregister
from kompas.web.bediening import Bediening

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium ontbreekt")
playwright = pytest.importorskip("playwright.sync_api")

BEELDEN = Path(__file__).resolve().parents[2] / "docs" / "beelden"
MAAK = "KOMPAS_BEELDEN"  # set it to write the pictures of the handleiding anew
GROOTSTE = 60_000
AXE = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}
BREED, SMAL = {"width": 1000, "height": 800}, {"width": 320, "height": 640}
ZOOM = {"width": 640, "height": 400}  # 1280 by 800 at 200%
STOPPEN = 80  # presses of Tab before something is wrong


@pytest.fixture(scope="module")
def bediening(boek: Adviesregister) -> Iterator[Bediening]:
    with server(boek, horizon_kort=False) as b:
        yield b


@pytest.fixture(scope="module")
def browser() -> Iterator[playwright.Browser]:
    with playwright.sync_playwright() as p:
        b = p.chromium.launch(executable_path=CHROMIUM, args=OPTIES)
        yield b
        b.close()


class Bezoek:
    """A visit: one context with the session, and every host that was asked for."""

    def __init__(self, browser: playwright.Browser, bediening: Bediening) -> None:
        self.eigen = f"127.0.0.1:{bediening.poort}"
        self.context = browser.new_context(locale="nl-NL", viewport=BREED, java_script_enabled=True)
        self.gevraagd: set[str] = set()
        self.meldingen: list[str] = []
        self.context.route("**/*", self._langs)
        self.blad = self.context.new_page()
        self.blad.on("console", lambda m: self.meldingen.append(m.text))
        self.blad.on("dialog", lambda d: self.meldingen.append(f"dialog {d.message}"))
        self.blad.goto(bediening.beginadres)

    def _langs(self, route: playwright.Route) -> None:
        host = route.request.url.split("/")[2]
        self.gevraagd.add(host)
        if host == self.eigen:
            route.continue_()
        else:
            route.abort()

    def naar(self, pad: str) -> None:
        self.blad.goto(f"http://{self.eigen}{pad}")

    def tab_tot(self, keus: str) -> None:
        """Press Tab until this element has the focus."""
        for _ in range(STOPPEN):
            self.blad.keyboard.press("Tab")
            if self.blad.evaluate("k => document.activeElement.matches(k)", keus):
                return
        raise AssertionError(f"not reached by Tab: {keus}")

    def typ(self, keus: str, tekst: str) -> None:
        self.tab_tot(keus)
        self.blad.keyboard.type(tekst)

    def focus(self) -> str:
        return str(self.blad.evaluate("document.activeElement.id"))


@pytest.fixture(scope="module")
def bezoek(browser: playwright.Browser, bediening: Bediening) -> Iterator[Bezoek]:
    b = Bezoek(browser, bediening)
    yield b
    b.context.close()


def toets_axe(bezoek: Bezoek, naam: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    uitslag = axe.Axe().run(bezoek.blad, options=AXE)
    gezien = [(v["id"], [n["html"][:160] for n in v["nodes"]]) for v in uitslag.response["violations"]]
    assert not gezien, naam
    assert bezoek.gevraagd == {bezoek.eigen}, naam
    assert len(uitslag.response["passes"]) >= 8, "axe looked at something"


def toets_vorm(bezoek: Bezoek, naam: str) -> None:
    """At 320 pixels, and at 200%, the page itself does not scroll sideways, and nothing is cut off by its box."""
    for maat in (SMAL, ZOOM):
        bezoek.blad.set_viewport_size(maat)
        breedte = bezoek.blad.evaluate("document.documentElement.scrollWidth")
        assert breedte <= maat["width"], (naam, maat)
        weg = bezoek.blad.evaluate(
            "w => [...document.querySelectorAll('h1,h2,p,label,input,select,textarea,button,a')].filter(e => {"
            "const r = e.getBoundingClientRect();"
            "return r.width && !e.closest('.rol') && !e.closest('.sla-over, .verborgen') && (r.right > w + 1);"
            "}).map(e => e.outerHTML.slice(0, 80))",
            maat["width"],
        )
        assert not weg, (naam, maat)
    bezoek.blad.set_viewport_size(BREED)


def toets(bezoek: Bezoek, naam: str) -> None:
    toets_axe(bezoek, naam)
    toets_vorm(bezoek, naam)


# -- by keyboard alone


def test_invullen_antwoord_en_besluit_met_alleen_het_toetsenbord(bezoek: Bezoek, boek: Adviesregister) -> None:
    """From the start page to a record in the register: Tab, letters, arrows, space, Enter."""
    blad, toets_ = bezoek.blad, bezoek.blad.keyboard
    bezoek.naar("/")
    toets_.press("Tab")
    assert blad.evaluate("document.activeElement.className") == "sla-over", "the first stop skips the menu"
    toets_.press("Enter")
    assert bezoek.focus() == "inhoud"
    bezoek.tab_tot('main a[href="/klant"]')
    toets_.press("Enter")
    blad.wait_for_url("**/klant")

    bezoek.typ("#v-geslacht", "vrouw")
    bezoek.typ("#v-geboortedatum", "8-11-1983")
    bezoek.typ("#v-begindatum", "8-5-2007")
    bezoek.typ("#v-opleiding", "hoger")
    bezoek.tab_tot("#v-peildatum")
    toets_.press("Control+a")
    toets_.type("8-11-2007")
    toets_.press("Enter")
    blad.wait_for_selector("#deel-opties")
    assert blad.title().startswith("Wat kunt u verwachten")
    assert "08-11-1983" in blad.inner_text("#bekend")
    assert "peildatum 08-11-2007" in blad.inner_text("header")

    bezoek.tab_tot('a[href="#kop-besluit"]')
    toets_.press("Enter")
    bezoek.typ("#v-client_id", "TOETS1")
    bezoek.tab_tot("#v-instrument")
    toets_.press("Space")
    toets_.press("ArrowDown")
    bezoek.tab_tot("#v-besluit")
    toets_.press("Space")
    bezoek.typ("#v-reden", "klant begint zelf in juli")
    bezoek.typ("#v-door", "KM05")
    bezoek.tab_tot(".besluit button")
    toets_.press("Enter")
    blad.wait_for_url("**/besluit/*")
    r = boek.toon(client="TOETS1").iloc[0]
    assert (r["instrument"], r["besluit"], r["reden"], r["door"]) == (
        "reintegratie",
        "gevolgd",
        "klant begint zelf in juli",
        "KM05",
    )
    assert r["hash"] in blad.inner_text("main")
    blad.reload()
    assert len(boek.toon(client="TOETS1")) == 1, "a reload records nothing"


def test_de_lijst_met_alleen_het_toetsenbord(bezoek: Bezoek) -> None:
    blad = bezoek.blad
    bezoek.naar("/lijst")
    bezoek.tab_tot('button[value="kans_werk_12m:oplopend"]')
    blad.keyboard.press("Enter")
    blad.wait_for_selector('th[aria-sort="ascending"]:has-text("Kans op werk")')
    bezoek.typ("#v-zoek", "H0002")
    blad.keyboard.press("Enter")
    blad.wait_for_selector("#v-zoek[value='H0002']")
    assert 0 < blad.locator("tbody tr").count() < 20
    assert "kans op werk" in blad.inner_text("#stand"), "a search keeps the order"
    bezoek.tab_tot('button[name="client_id"]')
    client = blad.evaluate("document.activeElement.value")
    blad.keyboard.press("Enter")
    blad.wait_for_selector("#deel-opties")
    assert client in blad.inner_text("header")
    assert blad.url == f"http://{bezoek.eigen}/klant/uit-lijst"
    bezoek.tab_tot(".verder button")
    blad.keyboard.press("Enter")
    blad.wait_for_selector("#zoekformulier")
    assert blad.input_value("#v-zoek") == "H0002"


def test_elke_stop_is_te_zien_en_in_volgorde(bezoek: Bezoek) -> None:
    """Focus has a thick outline everywhere, and goes down the page."""
    blad = bezoek.blad
    for pad in ("/", "/klant", "/lijst"):
        bezoek.naar(pad)
        hoogte, aantal = -1.0, 0
        for _ in range(30):
            blad.keyboard.press("Tab")
            e = blad.evaluate(
                "() => { const e = document.activeElement, s = getComputedStyle(e);"
                "return [e.tagName, s.outlineStyle, parseFloat(s.outlineWidth), e.className,"
                " e.getBoundingClientRect().top + scrollY] }"
            )
            if e[0] == "BODY":
                break
            assert e[1] == "solid", (pad, e)
            assert e[2] >= 2, (pad, e)
            if e[3] != "sla-over":
                assert e[4] >= hoogte - 60, (pad, e)
                hoogte = e[4]
            aantal += 1
        assert aantal >= 8


def test_een_fout_krijgt_de_focus_en_wijst_naar_het_veld(bezoek: Bezoek) -> None:
    blad = bezoek.blad
    bezoek.naar("/klant")
    bezoek.typ("#v-geboortedatum", "31-2-1980")
    blad.keyboard.press("Enter")
    blad.wait_for_selector("#fouten:focus")
    assert blad.title().startswith("Fout: ")
    assert bezoek.focus() == "fouten"
    blad.keyboard.press("Tab")
    blad.keyboard.press("Enter")
    assert bezoek.focus() == "v-geboortedatum"
    assert blad.input_value("#v-geboortedatum") == "31-2-1980"
    toets(bezoek, "formulier met fout")


# -- axe, zoom, narrow; and nothing from elsewhere


@pytest.mark.parametrize("pad", ["/", "/klant", "/lijst", "/dashboard", "/toegankelijkheid", "/bestaat-niet"])
def test_blad_zonder_schendingen(bezoek: Bezoek, pad: str) -> None:
    bezoek.naar(pad)
    toets(bezoek, pad)


def test_antwoord_fout_en_record_zonder_schendingen(bezoek: Bezoek) -> None:
    blad = bezoek.blad
    bezoek.naar("/klant")
    blad.fill("#v-geboortedatum", "8-11-1983")
    blad.click("summary:has-text('Wat de klant al kreeg')")
    toets(bezoek, "formulier met alles open")
    blad.click("button:text-is('Bereken')")
    blad.wait_for_selector("#deel-opties")
    for dicht in blad.locator("details:not([open]) > summary").all():
        dicht.click()
    toets(bezoek, "antwoord")
    blad.click("button:text-is('Leg vast')")
    blad.wait_for_selector("#fouten:focus")
    assert bezoek.focus() == "fouten"
    assert blad.locator("#fouten li").count() == 5
    toets(bezoek, "antwoord met fouten")
    for link in blad.locator("#fouten a").all():
        assert blad.locator(str(link.get_attribute("href"))).count() == 1
    blad.fill("#v-client_id", "AXE1")
    blad.check("#v-instrument-2")
    blad.check("#v-besluit-3")
    blad.fill("#v-reden", "<script>alert('x')</script> later nog eens bekijken")
    blad.fill("#v-door", "KM05")
    blad.click("button:text-is('Leg vast')")
    blad.wait_for_url("**/besluit/*")
    assert "<script>alert('x')</script> later" in blad.inner_text("main"), "shown as text, not run"
    toets(bezoek, "vastgelegd")


def test_een_lege_lijst_en_een_klant_uit_de_lijst_zonder_schendingen(bezoek: Bezoek) -> None:
    blad = bezoek.blad
    bezoek.naar("/lijst")
    blad.fill("#v-zoek", "bestaat niet")
    blad.click("button:text-is('Zoek')")
    blad.wait_for_selector("[role=status]")
    toets(bezoek, "lege lijst")
    blad.click("text=Alles tonen")
    blad.click("tbody button >> nth=0")
    blad.wait_for_selector("#deel-opties")
    toets(bezoek, "klant uit de lijst")


@pytest.mark.langzaam
def test_het_dashboard_zonder_schendingen(bezoek: Bezoek) -> None:
    """The real pages, with their own style under a policy that knows only that style."""
    blad = bezoek.blad
    bezoek.naar("/dashboard")
    blad.click("button:text-is('Maak het dashboard')", timeout=240_000)
    blad.wait_for_url("**/dashboard/index.html", timeout=240_000)
    toets_axe(bezoek, "dashboard")
    assert blad.evaluate("getComputedStyle(document.querySelector('.tegels')).display") == "grid", "styled"
    for adres in blad.eval_on_selector_all("nav a[href$='.html']", "l => l.map(a => a.getAttribute('href'))"):
        bezoek.naar(f"/dashboard/{adres}")
        assert blad.locator("h1").count() == 1, adres
    blad.click("text=Terug naar de startpagina")
    blad.wait_for_url(f"http://{bezoek.eigen}/")


def test_geen_blad_vraagt_iets_elders(bezoek: Bezoek) -> None:
    """Every kind of page goes by; nothing is asked of another host, nothing is refused or run. And the watch works."""
    blad = bezoek.blad
    for pad in ("/", "/klant", "/lijst", "/dashboard", "/toegankelijkheid"):
        bezoek.naar(pad)
    bezoek.naar("/lijst")
    blad.click("tbody button >> nth=0")
    blad.wait_for_selector("figure svg")
    bezoek.naar("/klant")
    blad.click("button:text-is('Bereken')")
    blad.wait_for_selector("#fouten:focus")
    assert bezoek.gevraagd == {bezoek.eigen}
    assert not [m for m in bezoek.meldingen if "404" not in m], "no refused style, no dialog, no error"
    ander = bezoek.context.new_page()
    ander.set_content('<img src="http://elders.voorbeeld/x.png">')
    ander.wait_for_timeout(300)
    ander.close()
    assert bezoek.gevraagd == {bezoek.eigen, "elders.voorbeeld"}, "a page that did ask elsewhere would be seen"
    bezoek.gevraagd.clear()


def test_alles_werkt_zonder_javascript(browser: playwright.Browser) -> None:
    with server(met_lijst=False) as b:
        context = browser.new_context(java_script_enabled=False)
        blad = context.new_page()
        blad.goto(b.beginadres)
        blad.click("main a[href='/klant']")
        blad.fill("#v-geboortedatum", "8-11-1983")
        blad.click("button:text-is('Bereken')")
        blad.wait_for_selector("#deel-opties")
        blad.goto(b.adres)
        blad.click("button:text-is('Kompas stoppen')")
        blad.wait_for_selector("h1:has-text('Kompas is gestopt')")
        context.close()


# -- the pictures of the handleiding


def _maat(beeld: bytes) -> tuple[int, int]:
    assert beeld[:8] == b"\x89PNG\r\n\x1a\n"
    breed, hoog = struct.unpack(">II", beeld[16:24])
    return breed, hoog


def _fotos(bezoek: Bezoek, map_: Path) -> dict[str, bytes]:
    """Make every picture: a fixed part of a page, filled in as in the handleiding."""
    blad = bezoek.blad

    def foto(naam: str, hoogte: int, bij: str | None = None) -> None:
        blad.set_viewport_size({"width": 760, "height": hoogte})
        if bij is not None:
            blad.evaluate("k => scrollTo(0, document.querySelector(k).getBoundingClientRect().top + scrollY - 12)", bij)
        blad.screenshot(path=map_ / f"serveer_{naam}.png")

    bezoek.naar("/")
    foto("start", 640)
    bezoek.naar("/klant")
    blad.select_option("#v-geslacht", "vrouw")
    blad.fill("#v-geboortedatum", "8-11-1983")
    blad.fill("#v-begindatum", "8-5-2007")
    blad.select_option("#v-opleiding", "hoger")
    foto("formulier", 640)
    blad.click("button:text-is('Bereken')")
    blad.wait_for_selector("#deel-opties")
    foto("antwoord", 420, "#deel-kort")
    foto("besluit", 640, ".besluit")
    bezoek.naar("/lijst")
    foto("lijst", 640, "#zoekformulier")
    blad.set_viewport_size(BREED)
    return {p.name: p.read_bytes() for p in sorted(map_.glob("serveer_*.png"))}


def test_de_beelden_van_de_handleiding_zijn_die_van_nu(bezoek: Bezoek, tmp_path: Path) -> None:
    """Same pictures, same size, about as much on them; letters differ between computers, so bytes may too."""
    nu = _fotos(bezoek, tmp_path)
    if os.environ.get(MAAK):
        for naam, beeld in nu.items():
            (BEELDEN / naam).write_bytes(beeld)
    toen = {p.name: p.read_bytes() for p in sorted(BEELDEN.glob("serveer_*.png"))}
    assert list(toen) == list(nu)
    tekst = (BEELDEN.parent / "handleiding.md").read_text(encoding="utf-8")
    for naam, beeld in toen.items():
        assert len(beeld) < GROOTSTE, naam
        assert f"](beelden/{naam})" in tekst
        assert _maat(beeld) == _maat(nu[naam])
        assert _maat(beeld)[0] == 760
        assert 0.6 < len(nu[naam]) / len(beeld) < 1.6, f"{naam} looks different: set {MAAK}=1 and run this test"
