"""The pages on the sample municipality: a server in this process, a client without a browser, and a browser."""

from __future__ import annotations

import datetime as dt
import functools
import http.client
import re
import shutil
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kompas.adviesregister import Adviesregister
from kompas.bron import lees_bron
from kompas.config import Config, lees_config
from kompas.herijking import Herijking
from kompas.opdrachten_register import register
from kompas.opdrachten_serveer import maak_bediening
from kompas.schatters import schat_licht
from kompas.web.bediening import Bediening

HOLLANDSTAD = Path(__file__).resolve().parents[1] / "data" / "sample" / "hollandstad" / "kompas.toml"
SCRIPT = "<script>alert('x')</script>"
BESLUIT = {"instrument": "reintegratie", "besluit": "afgeweken", "reden": "klant begint zelf in juli", "door": "KM05"}
VANDAAG = dt.date(2007, 7, 2)
GRAFIEK14 = {"geslacht": "vrouw", "geboortedatum": "8-11-1983", "begindatum": "8-5-2007", "opleiding": "hoger"}
PEILDATUM14 = "8-11-2007"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
OPTIES = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@functools.cache
def gegevens() -> tuple[Config, Herijking]:
    """Config of Hollandstad and a quick model of it."""
    config = lees_config(HOLLANDSTAD)
    return config, schat_licht(lees_bron(config), config)


def kort(config: Config) -> Config:
    """The same with a horizon of six months, so that figures come faster; WerkDirect is cheap enough for a ja."""
    rendement = config.rendement.model_copy(update={"horizon_maanden": 6})
    instrument = tuple(i.model_copy(update={"kosten": 1.0}) if i.code == "werkdirect" else i for i in config.instrument)
    return config.model_copy(update={"rendement": rendement, "instrument": instrument})


def nieuw_register(map_: Path) -> Adviesregister:
    return register(map_ / "register.sqlite", gemeente="Hollandstad")


@contextmanager
def server(
    boek: Adviesregister | None = None, *, met_lijst: bool = True, horizon_kort: bool = True
) -> Iterator[Bediening]:
    """Pages that are being served; stopped at the end."""
    config, h = gegevens()
    config = kort(config) if horizon_kort else config
    bediening = maak_bediening(h, config if met_lijst else None, register=boek, vandaag=VANDAAG)
    draad = threading.Thread(target=bediening.draai, daemon=True)
    draad.start()
    try:
        yield bediening
    finally:
        bediening.stop()
        draad.join(20)
        assert not draad.is_alive()


class Bezoeker:
    """A client that behaves as a browser does, or not, as the test likes."""

    def __init__(self, bediening: Bediening, *, met_sessie: bool = True) -> None:
        self.poort = bediening.poort
        self.koekje = ""
        self._merk = ""
        if met_sessie:
            status, koppen, _ = self.vraag("GET", f"/begin/{bediening.toegang.sleutel}")
            assert status == 303
            self.koekje = koppen["Set-Cookie"].split(";")[0]
            self._merk = bediening.toegang.merk()

    def vraag(
        self, soort: str, pad: str, velden: dict[str, str] | bytes | None = None, **koppen: str
    ) -> tuple[int, http.client.HTTPMessage, str]:
        """Send one request; a mapping is sent as a form. Headers with an empty text are left out."""
        vast = {"Host": f"127.0.0.1:{self.poort}", "Cookie": self.koekje}
        lijf = urllib.parse.urlencode(velden).encode() if isinstance(velden, dict) else velden
        if lijf is not None:
            vast |= {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
        alle = {k: v for k, v in (vast | {k.replace("_", "-"): v for k, v in koppen.items()}).items() if v}
        verbinding = http.client.HTTPConnection("127.0.0.1", self.poort, timeout=180)
        try:
            verbinding.putrequest(soort, pad, skip_host=True, skip_accept_encoding=True)
            for naam, waarde in alle.items():
                verbinding.putheader(naam, waarde)
            if lijf is not None and "Transfer-Encoding" not in alle:
                verbinding.putheader("Content-Length", str(len(lijf)))
            verbinding.endheaders(lijf)
            antwoord = verbinding.getresponse()
            return antwoord.status, antwoord.headers, antwoord.read().decode("utf-8", "replace")
        finally:
            verbinding.close()

    def stuur(self, pad: str, velden: dict[str, str] | None = None, **koppen: str) -> tuple[int, str]:
        """Send a form of a page of this session; return status and text."""
        status, _, tekst = self.vraag("POST", pad, {"merk": self._merk, **(velden or {})}, **koppen)
        return status, tekst

    def open(self, pad: str) -> str:
        status, _, tekst = self.vraag("GET", pad)
        assert status == 200, (pad, status)
        return tekst


def tabellen(pagina: str) -> list[str]:
    """All tables of a page as text."""
    return re.findall(r"<table.*?</table>", pagina, flags=re.DOTALL)
