"""Rules and types of the table uitkeringen: one row per spell of a household."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kompas.bron.koppelen import gebruikte_kenmerken
from kompas.bron.relaties import groepen_te_groot, loopt_door, overlapt
from kompas.bron.tabellen import BESTEMMINGEN, GEEN_REDEN, OVERNAME, REDEN_EINDE, VELDEN, veld
from kompas.bron.typen import Kolom, als_object
from kompas.bron.waarden import code_sleutel, getalsoort, is_getalkolom
from kompas.bron.werkblad import Masker, Werkblad, omgekeerd
from kompas.config import Config

ONBEKEND: Final = "onbekend"
_EENHEDEN: Final = ("afdeling", "team", "klantmanager")
_BIJNA: Final = 0.95  # from this share of numbers on, a text in a column is probably a mistake


def getalkenmerken(config: Config, kolommen: Mapping[str, Kolom]) -> tuple[str, ...]:
    """Return the traits that are read as numbers.

    A contract column is a number only when the config says so (``soort`` or ``banden``); an extra column also when
    every filled value is a number. A column with ``codes`` is a category.
    """
    bron = config.bron.uitkeringen
    vertaald = bron.codes if bron is not None else {}
    eigen = {v.naam for v in VELDEN["uitkeringen"]}
    uit = []
    for naam in gebruikte_kenmerken(config):
        if naam not in kolommen or naam == "bedrag_maand":
            continue
        soort = config.kenmerken.soort.get(naam)
        gevraagd = soort == "numeriek" or (soort is None and naam in config.kenmerken.banden)
        vanzelf = soort is None and naam not in eigen and naam not in vertaald and is_getalkolom(kolommen[naam])
        if gevraagd or vanzelf:
            uit.append(naam)
    return tuple(uit)


def maak_uitkeringen(blad: Werkblad, config: Config) -> pd.DataFrame:
    """Check and type the table.

    Parameters
    ----------
    blad : Werkblad
        The opened table.
    config : Config
        The whole config.

    Returns
    -------
    DataFrame
        The rows that passed, sorted by client_id and begindatum (together unique), as described in ``lees_bron``.
    """
    bron = config.bron.uitkeringen
    codes: Mapping[str, Mapping[str, tuple[str, ...]]] = bron.codes if bron is not None else {}
    regeling = _regeling(blad, codes, bron.regelingen if bron is not None else ("algemeen",))
    client = blad.tekst_of_none("client_id", nodig=True)
    begin, eind = blad.datum("begindatum", nodig=True), blad.datum("einddatum")
    peildatum = np.datetime64(config.gemeente.peildatum, "ns")
    _datumregels(blad, begin, eind, peildatum)
    na_peildatum: Masker = np.asarray(eind > peildatum)
    eind[na_peildatum] = np.datetime64("NaT", "ns")
    reden, bestemming = _reden(blad, codes.get("reden_einde", {}), eind, na_peildatum)
    data: dict[str, NDArray[Any]] = {
        "rij": blad.rij,
        "client_id": client,
        "begindatum": begin,
        "einddatum": eind,
        "reden_einde": reden,
        "bestemming": bestemming,
        "geslacht": _categorie(blad, "geslacht", codes),
        "geboortedatum": blad.datum("geboortedatum", nodig=True),
        "leefvorm": _categorie(blad, "leefvorm", codes),
    }
    _leeftijd(blad, data["geboortedatum"], begin)
    if blad.heeft("opleiding"):
        data["opleiding"] = _categorie(blad, "opleiding", codes)
    data["regeling"] = regeling
    data["huishouden_id"] = _huishouden(blad, client)
    data["bedrag_maand"] = blad.bedrag("bedrag_maand")
    data["registratiedatum"] = blad.datum("registratiedatum")
    _teksten(blad, config, codes, data)
    tabel = _perioden(blad, pd.DataFrame(data))
    _overname(blad, tabel, config.bron.gat_dagen)
    return tabel


def _regeling(
    blad: Werkblad, codes: Mapping[str, Mapping[str, Sequence[str]]], gebruikt: Sequence[str]
) -> NDArray[np.object_]:
    v = veld("uitkeringen", "regeling")
    assert v is not None  # noqa: S101 - a fixed column
    waarden = blad.lijst(v, codes.get("regeling", {}), leeg="algemeen")
    andere = ~pd.isna(waarden) & ~pd.Series(waarden).isin(gebruikt).to_numpy()
    blad.meld("U15", andere, "regeling", waarde=waarden, groep=True)
    if blad.heeft("regeling"):
        blad.meld("U14", blad.leeg("regeling"), "regeling", groep=True)
    return waarden


def _datumregels(
    blad: Werkblad, begin: NDArray[np.datetime64], eind: NDArray[np.datetime64], peildatum: np.datetime64
) -> None:
    blad.meld("A17", eind < begin, "einddatum")
    blad.meld("U02", begin > peildatum, "begindatum")
    blad.meld("U03", eind > peildatum, "einddatum")


def _leeftijd(blad: Werkblad, geboren: NDArray[np.datetime64], begin: NDArray[np.datetime64]) -> None:
    g, b = pd.DatetimeIndex(geboren), pd.DatetimeIndex(begin)
    voor_verjaardag = (b.month < g.month) | ((b.month == g.month) & (b.day < g.day))
    jaren = np.asarray(b.year - g.year - voor_verjaardag.astype(int), dtype=float)
    blad.meld("U04", (jaren < 15) | (jaren > 100), "geboortedatum")


def _categorie(blad: Werkblad, kolom: str, codes: Mapping[str, Mapping[str, Sequence[str]]]) -> NDArray[np.object_]:
    """A fixed list; empty becomes 'onbekend' where the list has it, otherwise the row is rejected."""
    v = veld("uitkeringen", kolom)
    assert v is not None  # noqa: S101 - a fixed column
    mag_leeg = ONBEKEND in v.lijst
    waarden = blad.lijst(v, codes.get(kolom, {}), leeg=ONBEKEND if mag_leeg else None)
    leeg = blad.leeg(kolom)
    blad.meld("A13" if mag_leeg else "A01", leeg, kolom, groep=mag_leeg)
    return waarden


def _reden(
    blad: Werkblad, vertaling: Mapping[str, Sequence[str]], eind: NDArray[np.datetime64], na_peildatum: Masker
) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Return reden_einde and bestemming per row; both None for a running spell."""
    n = len(blad.rij)
    lopend: Masker = np.isnat(eind)
    kolom = blad.kolommen.get("reden_einde", Kolom(codes=np.zeros(n, dtype=np.int32), uniek=("",)))
    eigen = omgekeerd(vertaling)
    vertaald = [_een_reden(u, eigen) for u in kolom.uniek]
    reden = kolom.per_waarde(als_object([r for r, _, _ in vertaald]))
    bestemming = kolom.per_waarde(als_object([b for _, b, _ in vertaald]))
    onbekend = kolom.per_waarde(np.array([not bekend for _, _, bekend in vertaald], dtype=bool))
    leeg = kolom.leeg()
    vulling = kolom.per_waarde(np.array([code_sleutel(u) in GEEN_REDEN for u in kolom.uniek], dtype=bool))
    einde_onleesbaar = lopend & ~blad.leeg("einddatum") & blad.afgekeurd
    blad.meld("U08", leeg & ~lopend, "reden_einde", groep=True)
    blad.meld("U09", onbekend & ~leeg & ~lopend, "reden_einde", groep=True)
    blad.meld("U10", lopend & ~vulling & ~na_peildatum & ~einde_onleesbaar, "reden_einde", groep=True)
    reden[lopend] = None
    bestemming[lopend] = None
    return reden, bestemming


def _een_reden(tekst: str, eigen: Mapping[str, str]) -> tuple[str | None, str, bool]:
    """Return reden_einde, bestemming and whether it is known, for one text.

    A code that the config sends elsewhere than the default is a local code: it keeps only its bestemming, so that a
    local 02 is not taken for the BUS code of a takeover.

    Examples
    --------
    >>> _een_reden("6", {}), _een_reden("2", {"2": "werk"}), _een_reden("AOW", {"AOW": "03"}), _een_reden("77", {})
    (('06', 'handhaving', True), ('werk', 'werk', True), ('03', 'aow', True), ('77', 'overig', False))
    """
    sleutel = code_sleutel(tekst)
    code = sleutel.zfill(2) if sleutel.isdigit() else sleutel
    doel = eigen.get(sleutel)
    if doel in BESTEMMINGEN:
        return (code if REDEN_EINDE.get(code) == doel else doel), doel, True
    if doel is not None:
        return doel, REDEN_EINDE[doel], True
    if code in REDEN_EINDE:
        return code, REDEN_EINDE[code], True
    if code.casefold() in BESTEMMINGEN:
        return code.casefold(), code.casefold(), True
    return code or None, "overig", False


def _huishouden(blad: Werkblad, clienten: NDArray[np.object_]) -> NDArray[np.object_]:
    waarden = blad.tekst_of_none("huishouden_id")
    te_groot = groepen_te_groot(waarden, clienten)
    blad.meld("U16", te_groot, "huishouden_id", groep=True)
    waarden[te_groot] = None
    return waarden


def _teksten(
    blad: Werkblad,
    config: Config,
    codes: Mapping[str, Mapping[str, tuple[str, ...]]],
    data: dict[str, NDArray[Any]],
) -> None:
    """Add fasering, the units and every extra trait: numbers or categories."""
    gebruikt = gebruikte_kenmerken(config)
    getal = getalkenmerken(config, blad.kolommen)
    namen = [n for n in dict.fromkeys(("fasering", *_EENHEDEN, *gebruikt)) if n not in data]
    for naam in namen:
        if naam in getal:
            data[naam] = blad.getal(naam)
            blad.meld("U11", blad.leeg(naam), naam)
        elif naam in gebruikt and blad.heeft(naam):
            data[naam] = _vrije_categorie(blad, naam, codes, bijna=naam not in config.kenmerken.soort)
        elif naam == "fasering" and blad.heeft(naam):
            data[naam] = _vrije_categorie(blad, naam, codes, bijna=False)
        elif naam in _EENHEDEN:
            data[naam] = _vertaal(blad, naam, codes)
    if "bedrag_maand" in gebruikt:
        blad.meld("U11", blad.leeg("bedrag_maand"), "bedrag_maand")


def _vertaal(blad: Werkblad, naam: str, codes: Mapping[str, Mapping[str, Sequence[str]]]) -> NDArray[np.object_]:
    """Return a free text column with the config's ``codes`` applied; None for empty."""
    tekst = blad.tekst_of_none(naam)
    if naam in codes and blad.heeft(naam):
        eigen, kolom = omgekeerd(codes[naam]), blad.kolommen[naam]
        tekst = kolom.per_waarde(als_object([eigen.get(code_sleutel(u), u or None) for u in kolom.uniek]))
    return tekst


def _vrije_categorie(
    blad: Werkblad, naam: str, codes: Mapping[str, Mapping[str, Sequence[str]]], *, bijna: bool
) -> NDArray[np.object_]:
    tekst = _vertaal(blad, naam, codes)
    leeg = pd.isna(tekst)
    blad.meld("A13", leeg, naam, groep=True)
    tekst[leeg] = ONBEKEND
    kolom = blad.kolommen[naam]
    soorten = [getalsoort(u) for u in kolom.uniek]
    is_getal = kolom.per_waarde(np.array([s not in ("leeg", "fout") for s in soorten], dtype=bool))
    gevuld = int((~kolom.leeg()).sum())
    if bijna and naam not in codes and is_getal.sum() >= _BIJNA * gevuld and len(kolom.uniek) > 20:
        blad.meld("U17", ~is_getal & ~kolom.leeg(), naam, groep=True)
    return tekst


def _perioden(blad: Werkblad, tabel: pd.DataFrame) -> pd.DataFrame:
    """Drop what was rejected, keep one row per client and begindatum, report overlaps; sorted."""
    plek = np.arange(len(tabel))
    tabel = tabel.assign(_plek=plek, _einde=tabel["einddatum"].fillna(pd.Timestamp.max))[blad.over]
    overige = [k for k in tabel.columns if k not in ("rij", "_plek", "_einde", "client_id", "begindatum")]
    zelfde = tabel.duplicated(["client_id", "begindatum"], keep=False)
    if zelfde.any():
        # Equal ends: the order of the texts decides, so that the choice does not hang on the order of rows.
        sleutel = tabel.loc[zelfde, overige].astype(str).agg("|".join, axis=1)
        tabel["_tekst"] = sleutel.reindex(tabel.index, fill_value="")
        tabel = tabel.sort_values(
            ["client_id", "begindatum", "_einde", "_tekst", "rij"],
            ascending=[True, True, False, True, True],
            ignore_index=True,
        ).drop(columns="_tekst")
        dubbel = tabel.duplicated(["client_id", "begindatum"], keep="first").to_numpy()
        blad.meld("U07", _masker(blad, tabel["_plek"].to_numpy()[dubbel]), "begindatum")
        tabel = tabel[~dubbel]
    tabel = tabel.sort_values(["client_id", "begindatum"], ignore_index=True)
    raakt, dubbel_lopend = overlapt(tabel)
    blad.meld("U05", _masker(blad, tabel["_plek"].to_numpy()[raakt & ~dubbel_lopend]), "begindatum")
    blad.meld("U06", _masker(blad, tabel["_plek"].to_numpy()[dubbel_lopend]), "begindatum")
    return tabel.drop(columns=["_plek", "_einde"])


def _masker(blad: Werkblad, plekken: NDArray[np.int64]) -> Masker:
    masker = np.zeros(len(blad.rij), dtype=bool)
    masker[plekken] = True
    return masker


def _overname(blad: Werkblad, tabel: pd.DataFrame, gat_dagen: int) -> None:
    """Report ends by takeover (02, 97): those that go on in the household, and those without a household."""
    einde = tabel["reden_einde"].isin(OVERNAME).to_numpy()
    door = loopt_door(tabel, einde, gat_dagen)
    zonder = einde & tabel["huishouden_id"].isna().to_numpy()
    for regel, masker in (("U13", door), ("U12", zonder)):
        plek = np.searchsorted(blad.rij, tabel["rij"].to_numpy()[masker])
        blad.meld(regel, _masker(blad, plek), "reden_einde", groep=True)
