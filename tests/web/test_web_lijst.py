"""The caseload on a page: order, search and filters, no client in an address, and fifty requests at once."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pandas as pd
import pytest
from tests.webhulp import (
    BESLUIT,
    Bezoeker,
    server,
)

from kompas.adviesregister import Adviesregister
from kompas.web.lijstvraag import PER_BLAD, lees_vraag, maak_lijstblad
from kompas.web.toestand import Toestand

# -- the list


def _clienten(tekst: str) -> list[str]:
    return re.findall(r'formaction="/klant/uit-lijst" name="client_id" value="([^"]+)"', tekst)


def test_de_lijst_bladert_door_alle_klanten(toestand: Toestand, lijst: pd.DataFrame) -> None:
    gezien: list[str] = []
    paginas = -(-len(lijst) // PER_BLAD)
    for nummer in range(1, paginas + 1):
        blad = maak_lijstblad(toestand, lees_vraag({"blad": str(nummer)}, toestand))
        assert blad.paginas == paginas
        assert blad.van == len(gezien) + 1
        gezien += [c for c, _ in blad.rijen]
        assert blad.tot == len(gezien)
    assert gezien == sorted(lijst["client_id"])
    for gek in ("0", "999999", "-1", "x", "1e9", "9" * 30, ""):
        assert 1 <= maak_lijstblad(toestand, lees_vraag({"blad": gek}, toestand)).vraag.pagina <= paginas


@pytest.mark.parametrize("kolom", ["duur_maanden", "kans_werk_12m", "verwachte_maanden", "team", "doelgroep", "advies"])
@pytest.mark.parametrize("richting", ["oplopend", "aflopend"])
def test_de_lijst_sorteert(toestand: Toestand, lijst: pd.DataFrame, kolom: str, richting: str) -> None:
    blad = maak_lijstblad(toestand, lees_vraag({"kolom": f"{kolom}:{richting}", "pagina": "3"}, toestand))
    assert blad.vraag.pagina == 1, "a new order begins at the first page"
    verwacht = lijst.sort_values([kolom, "client_id"], ascending=[richting == "oplopend", True], na_position="last")
    assert [c for c, _ in blad.rijen] == verwacht["client_id"].head(PER_BLAD).tolist()
    kop = next(k for k in blad.koppen if k.naam == kolom)
    assert kop.aria == {"oplopend": "ascending", "aflopend": "descending"}[richting]
    assert kop.volgende == {"oplopend": "aflopend", "aflopend": "oplopend"}[richting]
    assert [k.aria for k in blad.koppen].count("none") == len(blad.koppen) - 1


def test_zoeken_en_kiezen(baas: Bezoeker, lijst: pd.DataFrame) -> None:
    tekst = baas.stuur("/lijst", {"zoek": "h0001", "zoeken": "ja"})[1]
    assert _clienten(tekst) == [c for c in lijst["client_id"] if "H0001" in c]
    team = str(lijst["team"].iloc[0])
    keus = {"team": team, "doelgroep": "focusklant", "sorteer": "kans_werk_12m", "richting": "aflopend"}
    deel = lijst[(lijst["team"] == team) & (lijst["doelgroep"] == "focusklant")]
    deel = deel.sort_values(["kans_werk_12m", "client_id"], ascending=[False, True])
    tekst = baas.stuur("/lijst", keus)[1]
    assert _clienten(tekst) == deel["client_id"].head(PER_BLAD).tolist()
    assert f" van {len(deel)}." in tekst
    assert f'<option value="{team}" selected>' in tekst
    tweede = baas.stuur("/lijst", {**keus, "blad": "2"})[1]
    assert _clienten(tweede) == deel["client_id"].iloc[PER_BLAD : 2 * PER_BLAD].tolist()
    assert " van 2.700." in baas.stuur("/lijst", {"team": "Team 99"})[1], "an unknown team is no choice"


def test_kiezen_op_een_instrument_toont_wie_er_ja_voor_heeft(toestand: Toestand, lijst: pd.DataFrame) -> None:
    """The sample gives no ja at all: write one for every seventh client."""
    tabel = lijst.copy()
    wie = tabel.index[::7]
    tabel.loc[wie, "reintegratie_indicatie"] = "ja"
    tabel.loc[wie, "advies"] = "reintegratie"
    assert toestand.lijst is not None
    met = replace(toestand, lijst=replace(toestand.lijst, tabel=tabel))
    vraag = lees_vraag({"instrument": "reintegratie"}, met)
    blad = maak_lijstblad(met, vraag)
    assert [c for c, _ in blad.rijen] == sorted(tabel.loc[wie, "client_id"])[:PER_BLAD]
    assert blad.paginas == -(-len(wie) // PER_BLAD)


def test_een_nieuwe_zoekopdracht_begint_op_blad_een(toestand: Toestand) -> None:
    assert lees_vraag({"zoeken": "ja", "pagina": "7"}, toestand).pagina == 1
    assert lees_vraag({"pagina": "7"}, toestand).pagina == 7


def test_in_geen_adres_staat_een_klant(baas: Bezoeker, lijst: pd.DataFrame) -> None:
    client = str(lijst["client_id"].iloc[0])
    for tekst in (
        baas.open("/lijst"),
        baas.stuur("/lijst", {"zoek": client})[1],
        baas.stuur("/klant/uit-lijst", {"client_id": client})[1],
    ):
        assert client in tekst
        adressen = re.findall(r'(?:href|action|formaction|src)="([^"]*)"', tekst)
        assert adressen
        assert not [a for a in adressen if client in a or "?" in a]
        assert 'method="get"' not in tekst.lower()


def test_terug_naar_de_lijst_onthoudt_de_keuze_in_het_blad(baas: Bezoeker, lijst: pd.DataFrame) -> None:
    client = str(lijst["client_id"].iloc[0])
    tekst = baas.stuur("/klant/uit-lijst", {"client_id": client, "team": "Team 1", "pagina": "2", "zoek": "H"})[1]
    terug = re.search(r'<form method="post" action="/lijst">(.*?)</form>', tekst, re.DOTALL)
    assert terug is not None
    velden = dict(re.findall(r'name="(\w+)" value="([^"]*)"', terug.group(1)))
    assert velden.items() >= {"team": "Team 1", "pagina": "2", "zoek": "H", "sorteer": "client_id"}.items()


def test_een_onbekende_klant_is_een_nette_fout(baas: Bezoeker) -> None:
    status, tekst = baas.stuur("/klant/uit-lijst", {"client_id": "BESTAAT-NIET"})
    assert status == 400
    assert "KMP-K010" in tekst
    assert "BESTAAT-NIET" not in tekst


# -- many at once


@pytest.mark.langzaam
def test_vijftig_verzoeken_tegelijk_krijgen_elk_hun_eigen_antwoord(
    baas: Bezoeker, boek: Adviesregister, lijst: pd.DataFrame
) -> None:
    """Lists, clients of the list, typed clients and decisions; each answer is about the one who was asked for."""
    eerder = boek.verifieer().aantal
    clienten = lijst["client_id"].iloc[::53].head(50).tolist()
    assert len(set(clienten)) == 50

    def vraag(i: int) -> tuple[int, str]:
        c = clienten[i]
        if i < 28:
            return baas.stuur("/lijst", {"zoek": c})
        if i < 38:
            return baas.stuur("/klant/uit-lijst", {"client_id": c})
        if i < 46:
            return baas.stuur("/klant", {"geboortedatum": f"1-1-{1950 + i - 38}", "begindatum": "1-2-2006"})
        return baas.stuur("/besluit", {"herkomst": "lijst", "client_id": c, **BESLUIT, "formulier": f"v{i}"})

    with ThreadPoolExecutor(50) as pool:
        antwoorden = list(pool.map(vraag, range(50)))
    assert [s for s, _ in antwoorden] == [200] * 46 + [303] * 4
    per_client = lijst.set_index("client_id")
    for i, (_, tekst) in enumerate(antwoorden):
        if i < 28:
            assert _clienten(tekst) == [clienten[i]]
        elif i < 38:
            assert f"Cliëntnummer {clienten[i]}<" in tekst
            maanden = f"{per_client.loc[clienten[i], 'verwachte_maanden']:.1f}".replace(".", ",")
            assert f"nog {maanden} maanden bijstand" in tekst
        elif i < 46:
            assert f"01-01-{1950 + i - 38}</td>" in tekst
    nieuw = boek.toon().iloc[eerder:]
    assert boek.verifieer().heel
    assert sorted(nieuw["client_id"]) == sorted(clienten[46:])
    for r in nieuw.to_dict("records"):
        assert r["maanden_bespaard"] == per_client.loc[r["client_id"], "reintegratie_maanden_bespaard"]
    assert json.dumps(antwoorden[45][1]) != json.dumps(antwoorden[44][1])


def test_wat_er_afviel_staat_boven_de_lijst(monkeypatch: pytest.MonkeyPatch) -> None:
    zin = "Van 4.210 rijen van uitkeringen zijn 12 afgekeurd: die klanten staan niet in de lijst."
    monkeypatch.setattr("kompas.lijst.afgevallen_rijen", lambda _bestand: (zin,))
    with server() as b:
        bezoeker = Bezoeker(b)
        for pad in ("/", "/lijst"):
            assert f"<p>{zin}</p>" in bezoeker.open(pad)
