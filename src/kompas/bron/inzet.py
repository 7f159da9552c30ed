"""Rules and types of the table inzet: rows of deployments, tied to the spells of client and household."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kompas.bron.aansluiting import GENOEG, meld_onbekende_clienten
from kompas.bron.relaties import binnen_periode, dagnummer
from kompas.bron.tabellen import veld
from kompas.bron.typen import Kolom, als_object
from kompas.bron.waarden import code_sleutel
from kompas.bron.werkblad import Werkblad, naaste_of_lijst, omgekeerd
from kompas.config import Config
from kompas.models.calendar import add_months, days_of, to_day

NIET_BEGONNEN = ("besteld", "niet_verschenen", "geannuleerd")
LANG_VERLOPEN = 12  # months after the planned end
VEEL = 0.25  # share of what runs


def instrument_van(config: Config) -> Mapping[str, str]:
    """Return local code (as ``code_sleutel``) -> instrument code."""
    bron = config.bron.inzet
    groepeer = bron.groepeer if bron is not None else {}
    return {code_sleutel(i.code): i.code for i in config.instrument} | omgekeerd(groepeer)


def maak_inzet(
    blad: Werkblad, config: Config, uitkeringen: pd.DataFrame, aangeleverd: Collection[str] = ()
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Check and type the table.

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

    Returns
    -------
    inzet, aanbod : DataFrame
        The rows that passed, sorted by client_id, instrument, begindatum and then the other columns, and what was
        offered at the gate, both as described in ``lees_bron``.
    """
    instrument = _instrument(blad, config)
    status = _lijst(blad, config, "status", None)
    niet = pd.Series(status).isin(NIET_BEGONNEN).to_numpy()
    blad.meld("I04", niet, "status", waarde=np.where(niet, status, ""), groep=True)
    client = blad.tekst_of_none("client_id", nodig=True)
    begin = blad.datum("begindatum")
    geen_begin = np.isnat(begin) & ~blad.afgekeurd
    blad.meld("I03", geen_begin, "begindatum", groep=True)
    tabel = pd.DataFrame(
        {
            "rij": blad.rij,
            "client_id": client,
            "instrument": instrument,
            "begindatum": begin,
            "einddatum": blad.datum("einddatum"),
            "geplande_einddatum": blad.datum("geplande_einddatum"),
            "aanmelddatum": blad.datum("aanmelddatum"),
            "kosten": blad.bedrag("kosten"),
            "contract_id": blad.tekst_of_none("contract_id"),
            "uitvoerder": blad.tekst_of_none("uitvoerder"),
            "resultaat": blad.tekst_of_none("resultaat"),
            "status": status,
            "toewijzing": _lijst(blad, config, "toewijzing", "regulier"),
            "zonder_einde": np.full(len(blad.rij), fill_value=not blad.heeft("einddatum")),
        }
    )
    _datumregels(blad, tabel, np.datetime64(config.gemeente.peildatum, "ns"))
    poort = [i.code for i in config.instrument if i.meter == "werkdirect"]  # also offered to who never got benefit
    meld_onbekende_clienten(blad, client, uitkeringen, aangeleverd, ~tabel["instrument"].isin(poort).to_numpy())
    _perioden(blad, tabel, uitkeringen)
    _eindes(blad, tabel, config)
    volgorde = ["client_id", "instrument", "begindatum", *tabel.columns[4:], "rij"]
    return tabel[blad.over].sort_values(volgorde, ignore_index=True), _aanbod(blad, tabel, config)


def _aanbod(blad: Werkblad, tabel: pd.DataFrame, config: Config) -> pd.DataFrame:
    """Return offers at the gate, whoever got benefit afterwards: leaving out the others would choose by the outcome.

    Who did not show up was offered it all the same; what was ordered or cancelled was not offered.
    """
    gate = [i.code for i in config.instrument if i.meter == "werkdirect"]
    telt = tabel["status"].isna() | tabel["status"].isin(["gestart", "niet_verschenen"])
    telt &= tabel["instrument"].isin(gate) & tabel["client_id"].notna()
    telt &= tabel["begindatum"] <= pd.Timestamp(config.gemeente.peildatum)
    kolommen = ["client_id", "instrument", "begindatum", "kosten", "toewijzing"]
    return tabel.loc[telt & ~blad.afgekeurd, kolommen].sort_values(kolommen, ignore_index=True)


def _lijst(blad: Werkblad, config: Config, kolom: str, leeg: str | None) -> NDArray[np.object_]:
    v, bron = veld("inzet", kolom), config.bron.inzet
    assert v is not None  # noqa: S101 - a fixed column
    return blad.lijst(v, bron.codes.get(kolom, {}) if bron is not None else {}, leeg=leeg)


def _instrument(blad: Werkblad, config: Config) -> NDArray[np.object_]:
    """Return the own code per row; ignored codes leave the table, unknown ones stop the run."""
    bron, n = config.bron.inzet, len(blad.rij)
    negeer = {code_sleutel(c) for c in bron.negeer} if bron is not None else set()
    eigen = instrument_van(config)
    vertaling = omgekeerd(bron.codes.get("instrument", {})) if bron is not None else {}
    kolom = blad.kolommen.get("instrument", Kolom(codes=np.zeros(n, dtype=np.int32), uniek=("",)))
    sleutels = [code_sleutel(vertaling.get(code_sleutel(u), u)) for u in kolom.uniek]
    waarden = kolom.per_waarde(als_object([eigen.get(s) for s in sleutels]))
    genegeerd = kolom.per_waarde(np.array([s in negeer for s in sleutels], dtype=bool))
    blad.meld("I02", genegeerd, "instrument", groep=True)
    blad.meld("A01", kolom.leeg(), "instrument")
    onbekend = pd.isna(waarden) & ~genegeerd & ~kolom.leeg()
    lokaal = [c for hunne in (bron.groepeer.values() if bron is not None else ()) for c in hunne]
    bekend = [i.code for i in config.instrument] + lokaal + list(bron.negeer if bron is not None else ())
    hint = naaste_of_lijst(bekend) if bekend else "er is geen enkel [[instrument]] in kompas.toml"
    blad.meld("I01", onbekend, "instrument", detail=hint, groep=True)
    blad.afgekeurd |= onbekend & ~blad.weg & ~blad.scheef
    return waarden


def _datumregels(blad: Werkblad, tabel: pd.DataFrame, peildatum: np.datetime64) -> None:
    begin, eind = tabel["begindatum"].to_numpy(), tabel["einddatum"].to_numpy()
    blad.meld("A17", eind < begin, "einddatum")
    blad.meld("I05", tabel["geplande_einddatum"].to_numpy() < begin, "geplande_einddatum")
    blad.meld("I06", begin > peildatum, "begindatum")
    blad.meld("I07", eind > peildatum, "einddatum")
    blad.meld("I10", tabel["aanmelddatum"].to_numpy() > begin, "aanmelddatum")


def _eindes(blad: Werkblad, tabel: pd.DataFrame, config: Config) -> None:
    """Report that ends are missing altogether, or that many deployments were never closed."""
    over = blad.over
    duur = tabel["instrument"].map({i.code: i.duur_maanden for i in config.instrument}).to_numpy(dtype=np.float64)
    over &= duur > 0
    if not over.any():
        return
    if not blad.heeft("einddatum"):
        blad.meld_tabel("I11", "einddatum", f"{int(over.sum())} rijen")
        return
    open_ = np.flatnonzero(over & tabel["einddatum"].isna().to_numpy())
    begin = days_of(tabel["begindatum"].to_numpy()[open_], 0)
    gepland = days_of(tabel["geplande_einddatum"].to_numpy()[open_], -1)
    gepland = np.where(gepland >= begin, gepland + 1, add_months(begin, duur[open_].astype(np.int64)))
    te_laat = int((add_months(gepland, LANG_VERLOPEN) <= to_day(config.gemeente.peildatum)).sum())
    if te_laat >= GENOEG and te_laat > VEEL * len(open_):
        blad.meld_tabel("I12", "einddatum", f"{te_laat} van {len(open_)} lopende inzetten")


def _perioden(blad: Werkblad, tabel: pd.DataFrame, uitkeringen: pd.DataFrame) -> None:
    """Report deployments that begin outside the client's own spells: inside the partner's, or nowhere."""
    plek = np.flatnonzero(blad.over & tabel["client_id"].notna().to_numpy())
    if not len(plek) or uitkeringen.empty:
        return
    vraag = tabel.iloc[plek]
    client, namen = pd.factorize(uitkeringen["client_id"])
    dag = dagnummer(vraag["begindatum"])
    buiten = plek[~binnen_periode(pd.Index(namen).get_indexer(vraag["client_id"]), dag, uitkeringen, client)]
    huishouden, adressen = pd.factorize(uitkeringen["huishouden_id"])
    paren = uitkeringen[["client_id", "huishouden_id"]].dropna().drop_duplicates()
    los = tabel.iloc[buiten][["client_id", "begindatum"]].assign(_i=buiten).merge(paren, on="client_id")
    groep = pd.Index(adressen).get_indexer(los["huishouden_id"]) if len(los) else np.zeros(0, dtype=np.int64)
    bij_partner = binnen_periode(groep, dagnummer(los["begindatum"]), uitkeringen, huishouden)
    partner = np.unique(los["_i"].to_numpy()[bij_partner])
    for regel, rijen in (("I09", partner), ("I08", np.setdiff1d(buiten, partner))):
        masker = np.zeros(len(tabel), dtype=bool)
        masker[rijen] = True
        blad.meld(regel, masker, "begindatum")
