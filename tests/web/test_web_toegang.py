"""Who may see the pages: what is refused, that it is logged, and that the log holds nothing of a person."""

from __future__ import annotations

import http.client
import logging
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.webhulp import HOLLANDSTAD, Bezoeker, gegevens, nieuw_register, server

from kompas import artefact
from kompas.fouten import GebruiksFout
from kompas.opdrachten_serveer import maak_bediening
from kompas.web import rekenen
from kompas.web.bediening import Bediening
from kompas.web.toegang import Toegang

GEHEIM = "Geheim-7391"  # what was typed; may never be in a log
TE_VEEL = 70_000


@pytest.fixture(scope="module")
def bediening(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bediening]:
    with server(nieuw_register(tmp_path_factory.mktemp("boek"))) as b:
        yield b


@pytest.fixture
def vreemde(bediening: Bediening, baas: Bezoeker) -> Bezoeker:
    """Another user of the same computer, without the token; a session exists meanwhile."""
    assert baas.koekje
    return Bezoeker(bediening, met_sessie=False)


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """The log; at the end nothing of what was typed may be in it."""
    caplog.set_level(logging.DEBUG)
    yield caplog
    assert "7391" not in caplog.text
    assert GEHEIM not in str([r.args for r in caplog.records])


# -- the token


def test_het_adres_werkt_een_keer(log: pytest.LogCaptureFixture) -> None:
    with server(met_lijst=False) as b:
        pad = f"/begin/{b.toegang.sleutel}"
        iemand = Bezoeker(b, met_sessie=False)
        assert iemand.vraag("GET", "/begin/verkeerd")[0] == 403
        assert iemand.vraag("HEAD", pad)[0] == 403, "a program that only looks does not use it up"
        assert iemand.vraag("GET", pad, Sec_Purpose="prefetch;prerender")[0] == 403, "idem"
        status, koppen, _ = iemand.vraag("GET", pad)
        assert (status, koppen["Location"]) == (303, "/")
        assert {d.strip() for d in koppen["Set-Cookie"].split(";")[1:]} == {"HttpOnly", "Path=/", "SameSite=Strict"}
        status, koppen, _ = iemand.vraag("GET", pad)
        assert (status, koppen["Set-Cookie"]) == (403, None)
    assert "KMP-H004 geweigerd: GET /begin/<sleutel>" in log.text
    assert b.toegang.sleutel not in log.text


def test_een_sleutel_van_een_ander_geeft_geen_sessie() -> None:
    een, ander = Toegang(), Toegang()
    assert een.wissel(ander.sleutel) is None
    assert not een.geldig(None)
    assert not een.geldig("")
    assert not een.merk_klopt(een.merk()), "without a session no form is ours"
    assert een.wissel(een.sleutel) is not None
    assert ander.wissel(ander.sleutel) is not None
    assert een.merk_klopt(een.merk())
    assert not een.merk_klopt(ander.merk())
    assert not een.merk_klopt("é")


def test_zonder_sessie_is_elk_blad_dicht(
    bediening: Bediening, vreemde: Bezoeker, log: pytest.LogCaptureFixture
) -> None:
    adressen = {r.rule for r in bediening._server.application.url_map.iter_rules()}
    assert {"/", "/klant", "/klant/uit-lijst", "/lijst", "/besluit", "/dashboard", "/stop"} <= adressen
    for adres in sorted(adressen - {"/begin/<sleutel>", "/stijl.css", "/favicon.ico"}):
        pad = re.sub("<[^>]*>", "1", adres)
        for soort in ("GET", "POST"):
            status, _, tekst = vreemde.vraag(soort, pad, {"client_id": GEHEIM} if soort == "POST" else None)
            assert (soort, pad, status) == (soort, pad, 403)
            assert "Hollandstad" not in tekst
    assert "KMP-H004 geweigerd: POST /klant/uit-lijst" in log.text
    vreemde.koekje = f"kompas_{bediening.poort}=verzonnen"
    assert vreemde.vraag("GET", "/lijst")[0] == 403


def test_een_onbekend_adres_zonder_sessie_verraadt_niets(vreemde: Bezoeker) -> None:
    assert vreemde.vraag("GET", "/bestaat-niet")[0] == vreemde.vraag("GET", "/lijst")[0] == 403


# -- where a request comes from


@pytest.mark.parametrize(
    "naam", ["elders.voorbeeld", "127.0.0.1", "localhost", "127.0.0.1:1", "[::1]:{p}", "evil.localhost:{p}", "{p}"]
)
def test_een_andere_naam_voor_deze_computer_wordt_geweigerd(
    bediening: Bediening, baas: Bezoeker, log: pytest.LogCaptureFixture, naam: str
) -> None:
    naam = naam.format(p=bediening.poort)
    for pad in ("/", "/stijl.css", "/begin/x"):
        assert baas.vraag("GET", pad, Host=naam)[0] == 403
    assert "KMP-H003" in log.text
    assert baas.vraag("GET", "/", Host=f"localhost:{bediening.poort}")[0] == 200


VREEMDE_HERKOMST = [
    {"Sec_Fetch_Site": "cross-site"},
    {"Sec_Fetch_Site": "same-site"},
    {"Sec_Fetch_Site": "none"},
    {"Sec_Fetch_Site": "same-origin", "Origin": "http://elders.voorbeeld"},
    {"Sec_Fetch_Site": "", "Origin": "http://elders.voorbeeld"},
    {"Sec_Fetch_Site": "", "Origin": "http://127.0.0.1:1"},
    {"Sec_Fetch_Site": "", "Origin": "null"},
    {"Sec_Fetch_Site": ""},
]


@pytest.mark.parametrize("koppen", VREEMDE_HERKOMST, ids=str)
def test_een_formulier_van_een_andere_site_wordt_geweigerd(
    baas: Bezoeker, log: pytest.LogCaptureFixture, koppen: dict[str, str]
) -> None:
    status, tekst = baas.stuur("/klant", {"geslacht": "vrouw", "bedrag": GEHEIM}, **koppen)
    assert status == 403
    assert "KMP-H005" in tekst
    assert "KMP-H005 geweigerd: POST /klant" in log.text


def test_een_formulier_van_hier_komt_door(bediening: Bediening, baas: Bezoeker) -> None:
    """As browsers send it: with our referrer policy the origin is null; older ones send only the origin."""
    eigen = f"http://127.0.0.1:{bediening.poort}"
    assert baas.stuur("/lijst", Origin="null")[0] == 200
    assert baas.stuur("/lijst", Origin=eigen, Sec_Fetch_Site="")[0] == 200
    assert baas.vraag("GET", "/", Sec_Fetch_Site="none")[0] == 200
    assert baas.vraag("GET", "/", Sec_Fetch_Site="cross-site")[0] == 403


@pytest.mark.parametrize("merk", [None, "", "0" * 64, "é"])
def test_een_vervalst_formulier_wordt_geweigerd(
    baas: Bezoeker, log: pytest.LogCaptureFixture, merk: str | None
) -> None:
    velden = {"client_id": GEHEIM, "reden": GEHEIM} | ({} if merk is None else {"merk": merk})
    for pad in ("/klant", "/lijst", "/besluit", "/klant/uit-lijst", "/dashboard", "/stop"):
        status, _, tekst = baas.vraag("POST", pad, velden)
        assert status == 403
        assert "KMP-H006" in tekst
        assert GEHEIM not in tekst
    assert log.text.count("KMP-H006") == 6
    baas.open("/")  # /stop did not stop


def test_het_merk_van_een_eerdere_sessie_telt_niet(baas: Bezoeker) -> None:
    with server(met_lijst=False) as ander:
        vroeger = Bezoeker(ander)
        assert vroeger.stuur("/klant", {"geslacht": "man"})[0] == 200
        oud = ander.toegang.merk()
    assert baas.vraag("POST", "/klant", {"geslacht": "man", "merk": oud})[0] == 403


# -- what is too large or no form


def test_een_te_groot_verzoek_wordt_geweigerd(baas: Bezoeker, log: pytest.LogCaptureFixture) -> None:
    assert baas.stuur("/klant", {"bedrag": GEHEIM * (TE_VEEL // 10)})[0] == 413
    assert baas.stuur("/klant", {"bedrag": GEHEIM * 400})[0] == 413, "one field beyond any box of ours"
    assert "KMP-H007 geweigerd: POST /klant" in log.text


def test_een_reusachtig_verzoek_komt_niet_binnen(
    bediening: Bediening, baas: Bezoeker, log: pytest.LogCaptureFixture
) -> None:
    """Refused on what it says it will send, before it is sent."""
    with socket.create_connection(("127.0.0.1", bediening.poort), timeout=20) as s:
        s.sendall(
            f"POST /klant HTTP/1.1\r\nHost: 127.0.0.1:{bediening.poort}\r\nCookie: {baas.koekje}\r\n"
            f"X-Wie: {GEHEIM}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            "Content-Length: 50000000\r\n\r\nbedrag=".encode()
        )
        antwoord = b"".join(iter(lambda: s.recv(65536), b"")).decode()
    assert antwoord.startswith("HTTP/1.1 413")
    assert "KMP-H010" in antwoord
    assert "no-store" in antwoord
    assert "waitress" not in antwoord.lower()
    assert "KMP-H010 geweigerd: ander status 413" in log.text


def test_een_lange_kop_en_geen_http_worden_geweigerd(
    bediening: Bediening, baas: Bezoeker, log: pytest.LogCaptureFixture
) -> None:
    try:
        status = baas.vraag("GET", "/", X_Wie=GEHEIM * 10_000)[0]
    except (ConnectionError, http.client.HTTPException):
        status = 431  # cut off while it was still sending
    assert status == 431
    with socket.create_connection(("127.0.0.1", bediening.poort), timeout=20) as s:
        s.sendall(f"{GEHEIM} dit is geen http\r\n\r\n".encode())
        assert s.recv(65536).startswith(b"HTTP/1.0 400")
    assert log.text.count("KMP-H010") == 2


@pytest.mark.parametrize(
    ("soort", "lijf"),
    [
        ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--x--'),
        ("application/json", b"{}"),
        ("text/plain", b"merk=x"),
        ("", b"merk=x"),
    ],
)
def test_alleen_een_gewoon_formulier_wordt_gelezen(baas: Bezoeker, soort: str, lijf: bytes) -> None:
    status, _, tekst = baas.vraag("POST", "/klant", lijf, Content_Type=soort)
    assert status == 400
    assert "KMP-H009" in tekst


def test_een_onzichtbaar_teken_wordt_geweigerd(baas: Bezoeker) -> None:
    assert baas.stuur("/lijst", {"zoek": "H0\x0001"})[0] == 400
    assert baas.stuur("/lijst", {"zoek": "H\t1"})[0] == 200


# -- what is not there

PADEN = [
    "/../../../../etc/passwd",
    "/dashboard/../../../../etc/passwd",
    "/dashboard/..%2f..%2f..%2fetc%2fpasswd",
    "/dashboard/%2e%2e/%2e%2e/etc/passwd",
    "/dashboard//etc/passwd",
    "/dashboard/..\\..\\windows\\win.ini",
    "/dashboard/register.sqlite",
    "/static/../toestand.py",
    f"/klant/{GEHEIM}",
    f"/{GEHEIM}?zoek={GEHEIM}",
    "/besluit/-1",
    "/besluit/99999999999999999999",
    "/besluit/12",
    "/besluit/0",
]


@pytest.mark.parametrize("pad", PADEN)
def test_een_pad_buiten_de_bladen_bestaat_niet(baas: Bezoeker, log: pytest.LogCaptureFixture, pad: str) -> None:
    status, _, tekst = baas.vraag("GET", pad)
    assert status == 404
    assert "root:" not in tekst
    assert GEHEIM not in tekst
    assert "KMP-H008 geweigerd: GET" in log.text


def test_een_andere_soort_verzoek_bestaat_niet(baas: Bezoeker, log: pytest.LogCaptureFixture) -> None:
    assert baas.vraag("PUT", "/klant", b"x", Content_Type="text/plain")[0] == 404
    assert baas.vraag("GET", "/klant/uit-lijst")[0] == 404
    assert baas.vraag("GEHEIM7391", "/klant")[0] in (400, 404, 501)
    assert "geweigerd: PUT onbekend adres" in log.text


# -- what every answer carries


def test_elk_antwoord_heeft_de_koppen(baas: Bezoeker, vreemde: Bezoeker) -> None:
    antwoorden = [
        baas.vraag("GET", "/"),
        baas.vraag("GET", "/stijl.css"),
        baas.vraag("GET", "/bestaat-niet"),
        vreemde.vraag("GET", "/"),
        vreemde.vraag("GET", "/begin/x"),
        baas.vraag("POST", "/klant", {"bedrag": "x" * TE_VEEL}),
    ]
    assert [a[0] for a in antwoorden] == [200, 200, 404, 403, 403, 413]
    for _, koppen, _ in antwoorden:
        beleid = dict(d.split(" ", 1) for d in koppen["Content-Security-Policy"].split("; "))
        assert beleid == {
            "default-src": "'none'",
            "style-src": "'self'",
            "img-src": "'self' data:",
            "form-action": "'self'",
            "frame-ancestors": "'none'",
            "base-uri": "'none'",
        }
        assert koppen["Cache-Control"] == "no-store"
        assert koppen["X-Content-Type-Options"] == "nosniff"
        assert koppen["Referrer-Policy"] == "no-referrer"
        assert koppen["Server"] is None


def test_een_onverwachte_fout_verraadt_niets(
    baas: Bezoeker, log: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stuk(*_: object, **__: object) -> None:
        raise ZeroDivisionError(GEHEIM)

    monkeypatch.setattr(rekenen, "maak_beeld", stuk)
    status, tekst = baas.stuur("/klant", {"geslacht": "vrouw"})
    assert status == 500
    assert "KMP-H012" in tekst
    assert GEHEIM not in tekst
    assert re.search(r"KMP-H012 mislukt: ZeroDivisionError test_web_toegang.py:\d+ stuk in /klant", log.text)


# -- the server itself


def test_alleen_deze_computer(bediening: Bediening) -> None:
    assert bediening._server.socket.getsockname()[0] == "127.0.0.1"
    if sys.platform.startswith("linux"):
        with socket.socket() as s:
            s.settimeout(5)
            assert s.connect_ex(("127.0.0.2", bediening.poort)) != 0, "the other addresses of this machine are closed"


def test_een_bezette_poort_is_een_fout(bediening: Bediening) -> None:
    with pytest.raises(GebruiksFout, match=f"KMP-H002: poort {bediening.poort} is bezet"):
        maak_bediening(gegevens()[1], poort_nummer=bediening.poort)


@pytest.mark.parametrize("pakket", ["waitress", "flask"])
def test_zonder_de_pakketten_zegt_kompas_wat_te_doen(monkeypatch: pytest.MonkeyPatch, pakket: str) -> None:
    for naam in [n for n in sys.modules if n.startswith("kompas.web")]:
        monkeypatch.delitem(sys.modules, naam)
    monkeypatch.setitem(sys.modules, pakket, None)
    with pytest.raises(GebruiksFout, match=r'KMP-H001.*pip install "kompas\[web\]"'):
        maak_bediening(gegevens()[1])


def test_een_ontbrekend_register_is_een_fout(tmp_path: Path) -> None:
    with pytest.raises(GebruiksFout, match="KMP-R001"):
        maak_bediening(gegevens()[1], register=tmp_path / "er-niet.sqlite")


def test_de_opdracht_opent_toont_en_stopt(tmp_path: Path) -> None:
    """The command as a user types it: address on the screen, one visit, stop, exit code 0."""
    artefact.bewaar(gegevens()[1], tmp_path / "model")
    opdracht = [sys.executable, "-m", "kompas", "serveer", "--model", str(tmp_path / "model"), "--geen-browser"]
    with subprocess.Popen(  # noqa: S603 - our own command
        [*opdracht, "--config", str(HOLLANDSTAD), "--poort-nummer", "0", "--stil"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as p:
        assert p.stdout is not None
        assert p.stderr is not None
        try:
            regel = p.stdout.readline()
            gevonden = re.search(r"http://127\.0\.0\.1:(\d+)/begin/(\S+)", regel)
            assert gevonden, regel + p.stderr.read()
            bezoeker = Bezoeker.__new__(Bezoeker)
            bezoeker.poort, bezoeker.koekje, bezoeker._merk = int(gevonden[1]), "", ""
            bezoeker.koekje = bezoeker.vraag("GET", f"/begin/{gevonden[2]}")[1]["Set-Cookie"].split(";")[0]
            start = bezoeker.open("/")
            assert "2.700 lopende" in start
            bezoeker._merk = re.search('name="merk" value="([0-9a-f]{64})"', start)[1]
            assert bezoeker.vraag("GET", f"/{GEHEIM}")[0] == 404
            assert "Kompas is gestopt" in bezoeker.stuur("/stop")[1]
            uit, fout = p.communicate(timeout=30)
        finally:
            p.kill()
    assert p.returncode == 0, fout
    assert "Kompas is gestopt." in uit
    assert "kompas: KMP-H008 geweigerd: GET onbekend adres" in fout
    assert GEHEIM not in uit + fout
    assert gevonden[2] not in fout
