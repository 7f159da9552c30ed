"""The other tables: grounds, changing traits, and the tables of the monitors."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kompas.bron.aansluiting import meld_onbekende_clienten
from kompas.bron.inzet import instrument_van
from kompas.bron.koppelen import gebruikte_kenmerken
from kompas.bron.tabellen import SLEUTELS, VELDEN, Veld, veld
from kompas.bron.typen import als_object
from kompas.bron.waarden import code_sleutel, datums, getallen
from kompas.bron.werkblad import Masker, Werkblad, in_lijst, naaste_of_lijst, omgekeerd
from kompas.config import Config


def maak_tabel(blad: Werkblad, config: Config) -> pd.DataFrame:
    """Check and type a table by its schema alone, with ``rij`` in front; the rows are not dropped yet."""
    bron = config.bron.tabel(blad.naam)
    codes = bron.codes if bron is not None else {}
    data: dict[str, NDArray[Any]] = {"rij": blad.rij}
    for v in VELDEN[blad.naam]:
        data[v.naam] = _lees(blad, v, codes.get(v.naam, {}))
    return pd.DataFrame(data)


def _lees(blad: Werkblad, v: Veld, vertaling: Mapping[str, tuple[str, ...]]) -> NDArray[Any]:
    match v.soort:
        case "datum":
            return blad.datum(v.naam, nodig=v.nodig)
        case "getal":
            return blad.bedrag(v.naam, nodig=v.nodig)
        case "heel":
            return blad.heel(v.naam, nodig=v.nodig)
        case "maand":
            return blad.maand(v.naam, nodig=v.nodig)
        case "lijst":
            waarden = blad.lijst(v, vertaling)
            if v.nodig:
                blad.meld("A01", blad.leeg(v.naam), v.naam)
            return waarden
        case _:
            tekst = blad.tekst_of_none(v.naam, nodig=v.nodig)
            eigen = omgekeerd(vertaling)
            return (
                als_object([eigen.get(code_sleutel(t), t) if t is not None else None for t in tekst])
                if eigen
                else tekst
            )


def _rond_af(blad: Werkblad, tabel: pd.DataFrame) -> pd.DataFrame:
    """Drop rejected rows, cast integers, sort by every column (rij last)."""
    sleutel = list(SLEUTELS.get(blad.naam, ()))
    if sleutel:
        over = blad.over
        dubbel = np.zeros(len(tabel), dtype=bool)
        dubbel[over] = tabel[over].duplicated(sleutel, keep=False).to_numpy()
        blad.meld("A15", dubbel, sleutel[0])
    heel = {v.naam: "int64" for v in VELDEN[blad.naam] if v.soort == "heel"}
    volgorde = [k for k in tabel.columns if k != "rij"]
    uit = tabel[blad.over].astype(heel)
    return uit.sort_values([*volgorde, "rij"], ignore_index=True)


def maak_overig(blad: Werkblad, config: Config) -> pd.DataFrame:
    """Check and type one of the tables of the monitors.

    Returns
    -------
    DataFrame
        ``rij`` and the columns of the contract: text or None, ``datetime64[ns]``, float64, jaar as int64, maand as
        ``jjjj-mm``; sorted by those columns.
    """
    tabel = maak_tabel(blad, config)
    if blad.naam == "aanvragen":
        tabel = tabel.assign(**_extra_aanvragen(blad, config))
        blad.meld("O01", (tabel["besluitdatum"] < tabel["aanvraagdatum"]).to_numpy(), "besluitdatum")
    if blad.naam == "contracten":
        blad.meld("A17", (tabel["einddatum"] < tabel["begindatum"]).to_numpy(), "einddatum")
        blad.meld("O02", (tabel["minimum"] > tabel["maximum"]).to_numpy(), "minimum")
    return _rond_af(blad, tabel)


def _extra_aanvragen(blad: Werkblad, config: Config) -> dict[str, NDArray[Any]]:
    """Return what was known of applicants, as far as the file has it; only a wrong date of the offer is a finding."""
    bron = config.bron.tabel("aanvragen")
    codes = bron.codes if bron is not None else {}
    uit: dict[str, NDArray[Any]] = {}
    if blad.heeft("aanbod_datum"):
        uit["aanbod_datum"] = blad.datum("aanbod_datum")
    if blad.heeft("geboortedatum"):
        uit["geboortedatum"] = datums(blad.kolommen["geboortedatum"])[0]
    for naam in gebruikte_kenmerken(config):
        if blad.heeft(naam) and veld("aanvragen", naam) is None:
            eigen = omgekeerd(codes.get(naam, {}))
            tekst = blad.tekst_of_none(naam)
            uit[naam] = als_object([None if t is None else eigen.get(code_sleutel(t), t) for t in tekst])
    return uit


def maak_gronden(
    blad: Werkblad, config: Config, uitkeringen: pd.DataFrame, aangeleverd: Collection[str] = ()
) -> pd.DataFrame:
    """Check and type the recorded grounds; without text and date a ground is no ground."""
    tabel = maak_tabel(blad, config)
    eigen = instrument_van(config)
    instrument = tabel["instrument"].map(lambda w: eigen.get(code_sleutel(w)), na_action="ignore").astype(object)
    onbekend = (instrument.isna() & tabel["instrument"].notna()).to_numpy()
    codes = [i.code for i in config.instrument]
    hint = naaste_of_lijst(codes) if codes else "er is geen enkel [[instrument]] in kompas.toml"
    blad.meld("A07", onbekend, "instrument", detail=hint)
    tabel["instrument"] = instrument.where(instrument.notna(), None)
    blad.meld("G01", (tabel["geldig_tot"] < tabel["grond_datum"]).to_numpy(), "geldig_tot")
    peildatum = pd.Timestamp(config.gemeente.peildatum)
    blad.meld("G02", (tabel["grond_datum"] > peildatum).to_numpy(), "grond_datum")
    meld_onbekende_clienten(blad, tabel["client_id"].to_numpy(), uitkeringen, aangeleverd)
    return _rond_af(blad, tabel)


def maak_historie(
    blad: Werkblad,
    config: Config,
    uitkeringen: pd.DataFrame,
    aangeleverd: Collection[str] = (),
    *,
    bekend: Collection[str],
    getal: Collection[str],
) -> pd.DataFrame:
    """Check and type changing traits.

    Parameters
    ----------
    blad : Werkblad
        The opened table.
    config : Config
        The whole config.
    uitkeringen : DataFrame
        The spells that passed.
    aangeleverd : collection of str
        All identifiers in the file with uitkeringen.
    bekend : collection of str
        Traits that may occur: columns of uitkeringen and traits in use.
    getal : collection of str
        Traits that are numbers: each ``waarde`` must be one (kept as canonical text).
    """
    tabel = maak_tabel(blad, config)
    kenmerk = tabel["kenmerk"]
    onbekend = (kenmerk.notna() & ~kenmerk.isin(list(bekend))).to_numpy()
    blad.meld("H01", onbekend, "kenmerk", detail=naaste_of_lijst(sorted(bekend)), groep=True)
    blad.meld("H02", (tabel["vanaf"] > pd.Timestamp(config.gemeente.peildatum)).to_numpy(), "vanaf")
    tabel["waarde"] = _waarden(blad, config, kenmerk.to_numpy(), tabel["waarde"].to_numpy(), getal)
    meld_onbekende_clienten(blad, tabel["client_id"].to_numpy(), uitkeringen, aangeleverd)
    return _rond_af(blad, tabel)


def _waarden(
    blad: Werkblad, config: Config, kenmerk: NDArray[np.object_], waarde: NDArray[np.object_], getal: Collection[str]
) -> NDArray[np.object_]:
    """Read each waarde the way its own column in uitkeringen is read."""
    leeg = pd.isna(waarde)
    uit = np.where(leeg, "onbekend", waarde)
    bron = config.bron.uitkeringen
    for naam in sorted(pd.Series(kenmerk).dropna().unique()):
        hier: Masker = np.asarray(kenmerk == naam)
        v = veld("uitkeringen", naam)
        eigen = omgekeerd(bron.codes.get(naam, {})) if bron is not None else {}
        if naam in getal and blad.heeft("waarde"):
            _getal(blad, hier, uit)
        elif v is not None and v.soort == "lijst":
            mag_leeg = "onbekend" in v.lijst
            gelezen = {w: in_lijst(w, v, eigen) for w in set(uit[hier & ~leeg])}
            fout = hier & ~leeg & pd.isna(pd.Series(uit).map(gelezen).to_numpy())
            blad.meld("A07", fout, "waarde", detail=naaste_of_lijst(v.lijst))
            blad.meld("A13" if mag_leeg else "A01", hier & leeg, "waarde", groep=mag_leeg)
            uit[hier & ~leeg] = [gelezen[w] for w in uit[hier & ~leeg]]
        else:
            blad.meld("A13", hier & leeg, "waarde", groep=True)
            uit[hier & ~leeg] = [eigen.get(code_sleutel(w), w) for w in uit[hier & ~leeg]]
    return uit


def _getal(blad: Werkblad, hier: Masker, uit: NDArray[np.object_]) -> None:
    waarden, status = getallen(blad.kolommen["waarde"], blad.decimaal)
    for regel, code in (("A04", 1), ("A05", 3), ("A06", 4)):
        blad.meld(regel, hier & (status == code), "waarde")
    blad.meld("U11", hier & np.isnan(waarden) & (status == 0), "waarde")
    uit[hier] = waarden[hier].astype(str)
