"""``lees_bron``: from the files that the config names to one checked ``Bestand``."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import pandas as pd

from kompas.bron.bereik import meld_bereik
from kompas.bron.inzet import maak_inzet
from kompas.bron.keuring import weiger_bsn
from kompas.bron.koppelen import (
    Problemen,
    controleer_codes,
    controleer_einde,
    controleer_groepeer,
    controleer_kenmerken,
    controleer_regelingen,
    gebruikte_kenmerken,
    genoemde_kolommen,
    koppel,
    lijkt_op,
    meld_problemen,
)
from kompas.bron.lezen import lees_ruw, zoek_bestand
from kompas.bron.overige import maak_gronden, maak_historie, maak_overig
from kompas.bron.tabellen import GEEN_KENMERK, VELDEN
from kompas.bron.typen import Bestand, Bevindingen, Kolom, Ruw, bevindingentabel
from kompas.bron.uitkeringen import getalkenmerken, maak_uitkeringen
from kompas.bron.waarden import Decimaal, beslis_decimaal
from kompas.bron.werkblad import Werkblad, leeg_werkblad, open_werkblad
from kompas.config import TABELLEN, Config
from kompas.fouten import GebruiksFout

PERSONEN = ("uitkeringen", "inzet", "gronden", "kenmerken_historie")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Gelezen:
    ruw: Ruw
    kolommen: dict[str, Kolom]


def lees_bron(config: Config, *, voortgang: Callable[[str], None] | None = None) -> Bestand:
    """Read and check every table that the config names.

    Parameters
    ----------
    config : Config
        Names the files (relative to ``config.map``), columns, codes, traits and instruments.
    voortgang : callable, optional
        Called with a short Dutch text before each step.

    Returns
    -------
    Bestand
        With these frames (text columns hold None for empty, dates are ``datetime64[ns]`` with NaT for none):

        uitkeringen
            rij, client_id, begindatum, einddatum (NaT = running on the peildatum), reden_einde (two-digit code, a
            bestemming, or a local code), bestemming (werk, handhaving, overig, aow, None when running), geslacht,
            geboortedatum, leefvorm, opleiding and fasering (only if the file has them), regeling, huishouden_id,
            afdeling, team, klantmanager, bedrag_maand (NaN = unknown), registratiedatum, and each trait in use that
            is an extra column: float64, or text with 'onbekend' for empty. Sorted by client_id and begindatum, which
            together are unique.
        inzet
            rij, client_id, instrument (own code), begindatum, einddatum, geplande_einddatum, aanmelddatum, kosten
            (NaN = unknown), contract_id, uitvoerder, resultaat, status, toewijzing, zonder_einde (the file has no
            einddatum: when a row ended is unknown). Sorted by client_id, instrument,
            begindatum and then the other columns (rij last), so that the order of the file does not matter.
        gronden, kenmerken_historie
            rij and the columns of the contract; ``waarde`` is text, for a numeric trait the text of a float.
        overig
            rij and the columns of the contract; jaar int64, maand text ``jjjj-mm``. In aanvragen also, where the file
            has them: geboortedatum, aanbod_datum (dates) and traits in use that are categories (None for empty).
        aanbod
            client_id, instrument, begindatum, kosten, toewijzing of what was offered at the gate.

    Raises
    ------
    GebruiksFout
        ``KMP-C010`` to ``KMP-C018``: file, column, sheet, code or trait in the config that does not exist. All
        problems of one kind of step are named at once.
    GegevensFout
        ``KMP-G001``: a file that is broken.
    GeweigerdFout
        ``KMP-W010``: identifiers that are BSNs.

    Notes
    -----
    Bad values do not raise: they are in ``bevindingen`` (see ``REGELS``), and ``keur`` decides.
    """
    zeg = voortgang or (lambda _: None)
    gelezen = _lees(config, zeg)
    _controleer(config, gelezen)
    zeg("gegevens controleren")
    bladen: list[Werkblad] = []

    def blad(naam: str) -> Werkblad:
        g = gelezen.get(naam)
        if g is None:
            return leeg_werkblad(naam)
        nieuw = open_werkblad(naam, g.ruw, g.kolommen, _decimaal(config, naam, gelezen))
        _lijkt_op(nieuw, config)
        bladen.append(nieuw)
        return nieuw

    eerste = blad("uitkeringen")
    uitkeringen = maak_uitkeringen(eerste, config)
    if "uitkeringen" in gelezen and not len(eerste.rij):
        eerste.meld_tabel("U01", "")
    meld_bereik(eerste, uitkeringen, config)
    getal = _getal_in_historie(config, gelezen)
    bekend = {*gebruikte_kenmerken(config), *(k for k in eerste.kolommen if k not in GEEN_KENMERK)}
    aangeleverd = eerste.kolommen["client_id"].uniek if eerste.heeft("client_id") else ()
    inzet, aanbod = maak_inzet(blad("inzet"), config, uitkeringen, aangeleverd)
    gronden = maak_gronden(blad("gronden"), config, uitkeringen, aangeleverd)
    historie = maak_historie(blad("kenmerken_historie"), config, uitkeringen, aangeleverd, bekend=bekend, getal=getal)
    overig = {naam: maak_overig(blad(naam), config) for naam in TABELLEN if naam in gelezen and naam not in PERSONEN}
    tellingen = [b.telling() for b in bladen]
    return Bestand(
        uitkeringen=uitkeringen,
        inzet=inzet,
        aanbod=aanbod,
        gronden=gronden,
        kenmerken_historie=historie,
        overig=overig,
        bevindingen=Bevindingen(tabel=bevindingentabel([s for b in bladen for s in b.stukken])),
        telling=pd.DataFrame(tellingen, columns=["tabel", "gelezen", "afgekeurd", "weggelaten", "gebruikt"]),
        bestanden=_bestanden(config, gelezen),
    )


def _lees(config: Config, zeg: Callable[[str], None]) -> dict[str, _Gelezen]:
    """Find and read all files; every file that is missing is named at once, then every column."""
    bronnen = {naam: bron for naam in TABELLEN if (bron := config.bron.tabel(naam)) is not None}
    problemen: Problemen = []
    paden = {}
    for naam, bron in bronnen.items():
        try:
            paden[naam] = zoek_bestand(config.map, bron.bestand)
        except GebruiksFout as fout:
            problemen.append((fout.code, fout.bericht))
    meld_problemen(problemen)
    uit = {}
    for naam, bron in bronnen.items():
        zeg(f"{bron.bestand} lezen")
        verwacht = [*(v.naam for v in VELDEN[naam]), *bron.kolommen.values()]
        ruw = lees_ruw(paden[naam], blad=bron.blad, scheidingsteken=bron.scheidingsteken, bekend=verwacht)
        if naam == "inzet" and not ruw.koppen:  # an inzet of zero bytes is an empty inzet
            uit[naam] = _Gelezen(ruw=ruw, kolommen={})
            continue
        kolommen = koppel(ruw, naam, bron, problemen, ook=genoemde_kolommen(config, naam))
        uit[naam] = _Gelezen(ruw=ruw, kolommen=kolommen)
    meld_problemen(problemen)
    return uit


def _controleer(config: Config, gelezen: Mapping[str, _Gelezen]) -> None:
    """Check the config against what was read, and refuse BSNs."""
    for g in gelezen.values():
        weiger_bsn(g.ruw.bestand, g.kolommen)
    problemen: Problemen = []
    if "uitkeringen" in gelezen:
        g = gelezen["uitkeringen"]
        controleer_einde(g.kolommen, g.ruw.bestand, problemen)
        historie = gelezen.get("kenmerken_historie")
        namen = historie.kolommen["kenmerk"].uniek if historie is not None else ()
        controleer_kenmerken(config, g.kolommen, namen, g.ruw.bestand, problemen)
    controleer_codes(config, {naam: g.kolommen for naam, g in gelezen.items()}, problemen)
    controleer_regelingen(config, problemen)
    controleer_groepeer(config, problemen)
    meld_problemen(problemen)


def _decimaal(config: Config, naam: str, gelezen: Mapping[str, _Gelezen]) -> Decimaal:
    """Decide the decimal separator of one file from all its number columns."""
    bron, kolommen = config.bron.tabel(naam), gelezen[naam].kolommen
    gegeven = (bron.decimaal if bron is not None else None) or config.bron.decimaal
    namen = [v.naam for v in VELDEN[naam] if v.soort in ("getal", "heel")]
    if naam == "uitkeringen":
        namen += getalkenmerken(config, kolommen)
    if naam == "kenmerken_historie" and _getal_in_historie(config, gelezen):
        namen.append("waarde")
    return beslis_decimaal([kolommen[n] for n in namen if n in kolommen], gegeven)


def _getal_in_historie(config: Config, gelezen: Mapping[str, _Gelezen]) -> Collection[str]:
    g = gelezen.get("uitkeringen")
    return getalkenmerken(config, g.kolommen) if g is not None else ()


def _lijkt_op(blad: Werkblad, config: Config) -> None:
    gebruikt = gebruikte_kenmerken(config) if blad.naam == "uitkeringen" else ()
    for hun, ons in lijkt_op(blad.naam, blad.kolommen, gebruikt).items():
        blad.meld_tabel("A14", hun, detail=f"'{ons}'")


def _bestanden(config: Config, gelezen: Mapping[str, _Gelezen]) -> tuple[tuple[str, str], ...]:
    paren = set()
    for naam, g in gelezen.items():
        bron = config.bron.tabel(naam)
        paren.add((bron.bestand if bron is not None else g.ruw.bestand, g.ruw.sha256))
    return tuple(sorted(paren))
