"""What happens with the findings: refuse, reject, summarise, write."""

from __future__ import annotations

import os
import tempfile
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pandas as pd

from kompas.bron.regels import REGELS
from kompas.bron.tabellen import VELDEN
from kompas.bron.typen import BLOKKADE, ERNSTEN, FOUT, Bestand, Bevindingen, Kolom
from kompas.bron.waarden import telt_als_bsn
from kompas.config import Config
from kompas.fouten import GegevensFout, GeweigerdFout

_VOORBEELDEN: Final = 5
_BREEDTE: Final = 80
# Values of these columns (or under these rules) say something about one person: the list has them, a message does not.
_PERSOON: Final = (
    *("client_id", "huishouden_id", "klantmanager", "aanvraag_id", "contract_id", "grond", "grond_door"),
    *("geboortedatum", "bedrag_maand", "waarde"),
)
_BEKEND: Final = frozenset(v.naam for velden in VELDEN.values() for v in velden)
_PERSOONSREGELS: Final = ("U04",)


def weiger_bsn(bestand: str, kolommen: Mapping[str, Kolom]) -> None:
    """Refuse a table whose identifiers are BSNs.

    Raises
    ------
    GeweigerdFout
        ``KMP-W010``: over half of the 8-9 digit values of client_id or huishouden_id pass the elfproef.
    """
    for naam in ("client_id", "huishouden_id"):
        kolom = kolommen.get(naam)
        if kolom is not None and telt_als_bsn(kolom.uniek):
            raise GeweigerdFout(
                "KMP-W010",
                f"kolom '{naam}' van {bestand} lijkt een BSN te bevatten: meer dan de helft van de waarden met 8 of 9 "
                "cijfers doorstaat de elfproef. Kompas werkt alleen met een pseudoniem dat bij elke levering gelijk "
                "blijft; vervang het BSN in het bronsysteem.",
            )


def keur(bestand: Bestand, config: Config) -> None:
    """Stop the run when the input is not good enough.

    Parameters
    ----------
    bestand : Bestand
        Result of ``lees_bron``.
    config : Config
        Gives ``max_afgekeurd``.

    Raises
    ------
    GegevensFout
        ``KMP-G010`` when there is a blokkade, or when of some table a larger share than ``max_afgekeurd`` of the rows
        was rejected. The message counts per rule and shows the first findings, never a client.
    """
    grens = config.bron.max_afgekeurd
    redenen = []
    for tabel, gelezen, afgekeurd in bestand.telling[["tabel", "gelezen", "afgekeurd"]].itertuples(index=False):
        if gelezen and afgekeurd / gelezen > grens:
            redenen.append(
                f"{tabel}: {_nl(afgekeurd)} van {_nl(gelezen)} rijen afgekeurd ({_procent(afgekeurd / gelezen)}), "
                f"meer dan max_afgekeurd = {_procent(grens)}"
            )
    tabel = bestand.bevindingen.tabel
    blokkades = tabel[tabel["ernst"] == BLOKKADE]
    if len(blokkades):
        redenen.append(
            "blokkade: " + ", ".join(f"{r} {REGELS[r].omschrijving}" for r in sorted(set(blokkades["regel"])))
        )
    if not redenen:
        return
    ernstig = tabel[tabel["ernst"].isin([BLOKKADE, FOUT])]
    naast = f"naast {config.pad.name}" if config.pad is not None else "naast de configuratie"
    raise GegevensFout(
        "KMP-G010",
        "de gegevens zijn afgekeurd. "
        + "; ".join(redenen)
        + ".\nPer regel:\n"
        + "\n".join(_per_regel(ernstig))
        + "\nDe eerste bevindingen:\n"
        + "\n".join(_een_regel(r) for r in _eerste(ernstig).to_dict("records"))
        + f"\nAlle bevindingen staan in bevindingen.csv {naast}; 'kompas controleer --config "
        + f"{config.pad.name if config.pad is not None else 'kompas.toml'}' schrijft dat bestand.",
    )


def _nl(getal: int) -> str:
    return f"{int(getal):,}".replace(",", ".")


def _procent(deel: float) -> str:
    return f"{100 * deel:.2f}".rstrip("0").rstrip(".").replace(".", ",") + "%"


def _per_regel(tabel: pd.DataFrame) -> list[str]:
    telling = tabel.groupby("regel", sort=True)["aantal"].sum()
    return [f"  {r} {REGELS[str(r)].omschrijving}: {_nl(n)}" for r, n in telling.items()]


def _eerste(tabel: pd.DataFrame) -> pd.DataFrame:
    """Return the blokkades first, and of each rule one before a second of any."""
    volgorde = tabel.assign(
        _e=(tabel["ernst"] != BLOKKADE).astype(int), _n=tabel.groupby("regel").cumcount()
    ).sort_values(["_e", "_n", "bestand", "rij", "kolom"], kind="stable")
    return volgorde.head(_VOORBEELDEN)


def _een_regel(b: Mapping[str, object]) -> str:
    # A column that the contract does not know is a trait of the municipality's own.
    eigen = bool(b["kolom"]) and b["kolom"] not in _BEKEND
    verborgen = eigen or b["kolom"] in _PERSOON or b["regel"] in _PERSOONSREGELS
    verborgen = verborgen and not (b["ernst"] == BLOKKADE and not b["waarde"])  # about the whole table
    waarde = "" if verborgen or not b["waarde"] else f", waarde '{str(b['waarde'])[:60]}'"
    kolom = f", kolom {b['kolom']}" if b["kolom"] else ""
    bericht = REGELS[str(b["regel"])].omschrijving if verborgen else b["bericht"]
    return f"  - {b['bestand']}, rij {b['rij']}{kolom}{waarde}: {bericht} ({b['regel']}). {b['wat_te_doen']}"


def samenvatting(bestand: Bestand) -> str:
    """Return what was read and found, as Dutch text in lines of at most 80 columns.

    Parameters
    ----------
    bestand : Bestand
        Result of ``lees_bron``.

    Returns
    -------
    str
        Per table the rows read, rejected, left out and used; then per rule its count.
    """
    regels = [f"{'tabel':<20}{'gelezen':>12}{'afgekeurd':>12}{'weggelaten':>12}{'gebruikt':>12}"]
    for naam, *aantallen in bestand.telling.itertuples(index=False):
        regels.append(f"{naam:<20}" + "".join(f"{_nl(n):>12}" for n in aantallen))
    tabel = bestand.bevindingen.tabel
    if tabel.empty:
        return "\n".join([*regels, "", "Geen bevindingen."])
    for ernst in ERNSTEN:
        deel = tabel[tabel["ernst"] == ernst]
        if len(deel):
            regels += ["", f"{ernst} ({_nl(deel['aantal'].sum())})"]
            for (naam, regel), aantal in deel.groupby(["bestand", "regel"], sort=True)["aantal"].sum().items():
                r = REGELS[regel]
                tekst = f"{naam}: {r.omschrijving} ({regel}, {r.gevolg}): {_nl(aantal)}"
                regels += textwrap.wrap(tekst, _BREEDTE, initial_indent="  ", subsequent_indent="    ")
    return "\n".join(regels)


def schrijf_bevindingen(bevindingen: Bevindingen, pad: str | Path) -> Path:
    """Write the findings as CSV (comma, UTF-8), whole or not at all.

    A text that begins with ``=``, ``+``, ``-``, ``@``, a tab or a return gets a ``'`` in front, because people open
    this file in Excel and a value from a source file must not run as a formula there.

    Parameters
    ----------
    bevindingen : Bevindingen
        What was found.
    pad : path
        Where to; an existing file is replaced.

    Returns
    -------
    Path
        The file.
    """
    doel = Path(pad)
    tabel = bevindingen.to_frame()
    for kolom in ("bestand", "kolom", "waarde", "bericht"):
        gevaar = tabel[kolom].str.match(r"[=+\-@\t\r]").fillna(value=False).astype(bool)
        tabel.loc[gevaar, kolom] = "'" + tabel.loc[gevaar, kolom]
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", newline="", dir=doel.parent, prefix=f".{doel.name}.", delete=False
    ) as tijdelijk:
        try:
            tabel.to_csv(tijdelijk, index=False, lineterminator="\n")
        except BaseException:
            tijdelijk.close()
            Path(tijdelijk.name).unlink(missing_ok=True)
            raise
    Path(tijdelijk.name).chmod(0o666 & ~_umask())
    os.replace(tijdelijk.name, doel)  # noqa: PTH105 - atomic replace
    return doel


def _umask() -> int:
    masker = os.umask(0)
    os.umask(masker)
    return masker
