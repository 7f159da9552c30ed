"""Which CBS file is which, and all that the files of ``[monitor]`` cbs hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import pandas as pd

from kompas.bron.cbs import GEMEENTEKOLOMMEN, lees_cbs_gemeenten, lees_cbs_maand
from kompas.bron.cbs_regio import KOLOMMEN, TOTAAL, lees_cbs_leefvorm, lees_cbs_personen
from kompas.bron.cbs_ruw import kaal, lees_ruw
from kompas.fouten import GebruiksFout, GegevensFout

NEDERLAND: Final = "NL01"
Soort = Literal["37789ksz", "80794ned", "82015NED", "gemeenten"]
EENHEID: Final = {
    "37789ksz": "uitkeringen aan huishoudens tot de AOW-leeftijd",
    "80794ned": "personen (geen huishoudens) met bijstand tot de AOW-leeftijd",
    "82015NED": "uitkeringen aan huishoudens tot de AOW-leeftijd, zonder mensen in een instelling en daklozen",
}
# Columns (bare names) by which each layout is known; the first that fits.
_MERK: Final[tuple[tuple[Soort, tuple[tuple[str, ...], ...]], ...]] = (
    ("37789ksz", (("bijst_tot_aow",), ("BijstandsuitkeringenTotDeAOWLeeftijd",))),
    ("80794ned", (("RegioS", "BijstandTotDeAOWLeeftijd"), ("RegioS", "BijstandTotAOWLeeftijd"))),
    ("82015NED", (("RegioS", "UitkeringenInRelatieMetDeAOW"),)),
    ("gemeenten", (("Regiokenmerken", "Leeftijd", "Bijstandsontvangers"),)),
)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Cbsreeks:
    """Monthly series of one file.

    Parameters
    ----------
    bestand, tabelnummer, eenheid : str
        Name of the file, number of the table at CBS, and what is counted.
    tabel : DataFrame
        regio (code of CBS), maand (jjjj-mm), groep (totaal or a leefvorm), uitkeringen (float, below AOW age),
        voorlopig (bool).
    """

    bestand: str
    tabelnummer: str
    eenheid: str
    tabel: pd.DataFrame

    @property
    def regios(self) -> frozenset[str]:
        """Codes of the regions in it."""
        return frozenset(self.tabel["regio"])


def herken_cbs(pad: str | Path) -> Soort:
    """Tell which table a file is, by its columns.

    Parameters
    ----------
    pad : path
        CSV of CBS open data, version 3 or 4.

    Returns
    -------
    str
        ``37789ksz``, ``80794ned``, ``82015NED`` or ``gemeenten`` (83450NED, 83747NED, 84066NED).

    Raises
    ------
    GebruiksFout
        ``KMP-B910`` when the file is missing.
    GegevensFout
        ``KMP-B911`` when it is none of these.
    """
    pad = Path(pad)
    namen = {kaal(k) for k in lees_ruw(pad).columns}
    for soort, opties in _MERK:
        if any(namen.issuperset(o) for o in opties):
            return soort
    raise GegevensFout(
        "KMP-B911",
        f"{pad.name} heeft geen opzet die kompas kent. Verwacht: 37789ksz (Perioden, "
        "BijstandsuitkeringenTotDeAOWLeeftijd), 82015NED (RegioS, Perioden, UitkeringenInRelatieMetDeAOW), 80794ned "
        "(RegioS, Perioden, BijstandTotDeAOWLeeftijd), of 83450NED, 83747NED, 84066NED (Regiokenmerken, Leeftijd, "
        f"Bijstandsontvangers); gevonden: {', '.join(sorted(namen)[:12])}.",
    )


def _paden(map_: Path, namen: Sequence[str]) -> list[Path]:
    paden = [map_ / n.replace("\\", "/") for n in namen]
    weg = [p.name for p in paden if not p.is_file()]
    if weg:
        raise GebruiksFout(
            "KMP-B910",
            f"CBS-bestand {', '.join(weg)} uit [monitor] cbs staat niet in {map_.name or 'de map van de bron'}. "
            "Zet het daar neer of haal het uit de lijst.",
        )
    return paden


def lees_cbs_reeksen(map_: Path, namen: Sequence[str]) -> tuple[Cbsreeks, ...]:
    """Read the monthly series among the files, households before persons.

    Parameters
    ----------
    map_ : Path
        Folder of the source tables.
    namen : sequence of str
        Files relative to it; yearly tables per gemeente are left to `lees_cbs_jaren`.

    Raises
    ------
    GebruiksFout, GegevensFout
        As `herken_cbs` and the readers.
    """
    uit = []
    for pad in _paden(map_, namen):
        soort = herken_cbs(pad)
        if soort == "37789ksz":
            f = lees_cbs_maand(pad)
            tabel = f[["maand", "voorlopig"]].assign(regio=NEDERLAND, groep=TOTAAL, uitkeringen=f["bijstand_tot_aow"])[
                list(KOLOMMEN)
            ]
        elif soort == "82015NED":
            tabel = lees_cbs_leefvorm(pad)
        elif soort == "80794ned":
            tabel = lees_cbs_personen(pad)
        else:
            continue
        uit.append(Cbsreeks(bestand=pad.name, tabelnummer=soort, eenheid=EENHEID[soort], tabel=tabel))
    volgorde = ("37789ksz", "82015NED", "80794ned")
    return tuple(sorted(uit, key=lambda r: (volgorde.index(r.tabelnummer), r.bestand)))


def lees_cbs_jaren(map_: Path, namen: Sequence[str]) -> pd.DataFrame:
    """Read the yearly tables per gemeente among the files, one below the other.

    Returns
    -------
    DataFrame
        Columns of ``GEMEENTEKOLOMMEN``; empty without such files.

    Raises
    ------
    GebruiksFout
        ``KMP-B914`` also when two files are about the same year.
    """
    delen = [lees_cbs_gemeenten(p) for p in _paden(map_, namen) if herken_cbs(p) == "gemeenten"]
    if not delen:
        return pd.DataFrame(columns=list(GEMEENTEKOLOMMEN))
    jaren = [int(d["jaar"].iloc[0]) for d in delen]
    if len(set(jaren)) < len(jaren):
        dubbel = next(j for j in jaren if jaren.count(j) > 1)
        raise GebruiksFout("KMP-B914", f"twee bestanden in [monitor] cbs gaan over {dubbel}; noem er een.")
    return pd.concat([d for _, d in sorted(zip(jaren, delen, strict=True), key=lambda p: p[0])], ignore_index=True)
