"""From the engine's arrays to the tables of the contract, and the truth as frames."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from kompas.config import BESTEMMINGEN
from kompas.simulatie.bevolking import Bevolking
from kompas.simulatie.tijd import NOOIT, Ints, als_dagen, als_datums, dagnummer, plus_maanden
from kompas.simulatie.verloop import Verloop
from kompas.simulatie.waarheid import Waarheid

KOLOMMEN_INZET = [
    "client_id",
    "instrument",
    "begindatum",
    "einddatum",
    "geplande_einddatum",
    "kosten",
    "contract_id",
    "uitvoerder",
    "resultaat",
    "status",
    "toewijzing",
]
KOLOMMEN_GRONDEN = ["client_id", "instrument", "grond", "grond_datum", "grond_door", "geldig_tot"]

_AFDELINGEN = ("Noord", "Zuid")
_TEAMS_PER_AFDELING = 3
_KLANTMANAGERS_PER_TEAM = 6
_UITVOERDERS = ("Aanpak BV", "Eigen dienst", "Stap Vooruit")
_GRONDEN = (
    "opgave woonsituatie strookt niet met de verbruiksgegevens",
    "melding van inkomsten die niet zijn opgegeven",
    "post kwam herhaald onbestelbaar terug",
)
_REGISTRATIE_DAGEN = 12.0
_GROND_GELDIG_MAANDEN = 3


def client_ids(n: int) -> pd.Series:
    """Return n opaque pseudonyms (never 8 or 9 digits)."""
    return pd.Series([f"H{i:06d}" for i in range(1, n + 1)], dtype=str)


def maak_uitkeringen(
    w: Waarheid, b: Bevolking, v: Verloop, *, peildatum: dt.date, rng: np.random.Generator
) -> pd.DataFrame:
    """Return the table ``uitkeringen``, sorted by client and begindatum."""
    orde = np.lexsort((v.begin, v.client))
    wie, einddag = v.client[orde], v.einddag[orde]
    n = len(b.begin)
    ids = client_ids(n)
    afdeling = rng.integers(0, len(_AFDELINGEN), n)
    team = rng.integers(1, _TEAMS_PER_AFDELING + 1, n) + _TEAMS_PER_AFDELING * afdeling
    manager = rng.integers(1, _KLANTMANAGERS_PER_TEAM + 1, n) + _KLANTMANAGERS_PER_TEAM * (team - 1)
    loopt = einddag == NOOIT
    vertraging = np.floor(rng.standard_exponential(len(wie)) * _REGISTRATIE_DAGEN).astype(np.int64)
    registratie = np.where(loopt, NOOIT, np.minimum(einddag + vertraging, dagnummer(peildatum)))
    kenmerk = {k: np.array(w.waarden[k], dtype=object)[plek] for k, plek in b.kenmerken.items()}
    reden = pd.Series(v.reden, dtype=object).to_numpy()[orde]
    return pd.DataFrame(
        {
            "client_id": ids.to_numpy()[wie],
            "huishouden_id": ("HH" + ids.str.slice(1)).to_numpy()[wie],
            "regeling": "algemeen",
            "begindatum": als_datums(v.begin[orde]),
            "einddatum": als_datums(einddag),
            "reden_einde": pd.Series(reden, dtype=object).mask(loopt, None).to_numpy(),
            "geslacht": kenmerk["geslacht"][wie],
            "geboortedatum": als_datums(b.geboorte[wie]),
            "leefvorm": kenmerk["leefvorm"][wie],
            "opleiding": kenmerk["opleiding"][wie],
            "fasering": kenmerk["fasering"][wie],
            "afdeling": np.array(_AFDELINGEN, dtype=object)[afdeling[wie]],
            "team": np.array([f"Team {t}" for t in team], dtype=object)[wie],
            "klantmanager": np.array([f"KM{m:02d}" for m in manager], dtype=object)[wie],
            "bedrag_maand": pd.Series(kenmerk["leefvorm"][wie]).map(dict(w.bedragen)).astype(float).to_numpy(),
            "registratiedatum": als_datums(registratie),
        }
    )


def _einde_inzet(w: Waarheid, v: Verloop, orde: Ints, peildag: int) -> tuple[Ints, Ints]:
    """Return the recorded last day (planned, or the exit when that came first; NOOIT = running) and the exit."""
    duur = np.array([i.instrument.duur_maanden for i in w.instrumenten], dtype=np.int64)
    begin = v.inzet_begin[orde]
    gepland = np.maximum(plus_maanden(begin, duur[v.inzet_instrument[orde]]) - 1, begin)
    sleutel = pd.MultiIndex.from_arrays([v.client, v.begin])
    plek = sleutel.get_indexer(pd.MultiIndex.from_arrays([v.inzet_client[orde], v.inzet_spell[orde]]))
    weg = v.einddag[plek]
    eind = np.maximum(np.minimum(gepland, weg), begin)  # who left before the begin has one day
    return np.where(eind <= peildag, eind, NOOIT), weg


def maak_inzet(w: Waarheid, v: Verloop, *, peildatum: dt.date, rng: np.random.Generator) -> pd.DataFrame:
    """Return the table ``inzet``, sorted by client, begindatum and instrument."""
    if not len(v.inzet_client):
        leeg = pd.DataFrame({k: pd.Series(dtype=object) for k in KOLOMMEN_INZET})
        datums = dict.fromkeys(["begindatum", "einddatum", "geplande_einddatum"], "datetime64[ns]")
        return leeg.astype(datums | {"kosten": float})
    orde = np.lexsort((v.inzet_instrument, v.inzet_begin, v.inzet_client))
    wie, wat, begin = v.inzet_client[orde], v.inzet_instrument[orde], v.inzet_begin[orde]
    eind, weg = _einde_inzet(w, v, orde, dagnummer(peildatum))
    codes = np.array([i.code for i in w.instrumenten], dtype=object)
    prijs = np.array([np.nan if i.instrument.kosten is None else i.instrument.kosten for i in w.instrumenten])
    jaar = als_datums(begin).astype("datetime64[Y]").astype(np.int64) + 1970
    volg = np.arange(1, len(wie) + 1)
    uitkomsten = ["niet_begonnen", "loopt", "uitgestroomd"]
    resultaat = np.select([begin > weg, eind == NOOIT, eind == weg], uitkomsten, default="afgerond")
    tabel = pd.DataFrame(
        {
            "client_id": client_ids(int(wie.max()) + 1).to_numpy()[wie],
            "instrument": codes[wat],
            "begindatum": als_datums(begin),
            "einddatum": als_datums(eind),
            "geplande_einddatum": als_datums(np.full(len(wie), NOOIT)),
            "kosten": np.round(prijs[wat] * rng.uniform(0.8, 1.2, len(wie)), 2),
            "contract_id": [f"{codes[i][:3].upper()}-{j}-{k:06d}" for i, j, k in zip(wat, jaar, volg, strict=True)],
            "uitvoerder": np.array(_UITVOERDERS, dtype=object)[rng.integers(0, len(_UITVOERDERS), len(wie))],
            "resultaat": resultaat,
            "status": "gestart",
            "toewijzing": "regulier",
        }
    )
    if any(i.aanmeld_dagen is not None for i in w.instrumenten):
        tabel.insert(tabel.columns.get_loc("geplande_einddatum") + 1, "aanmelddatum", als_datums(v.inzet_aanmeld[orde]))
    return tabel


def registreer_inzet(w: Waarheid, inzet: pd.DataFrame, *, peildatum: dt.date) -> pd.DataFrame:
    """Keep what the administration shows of announcements: ``InstrumentWaarheid.aanmeld_registratie``."""
    if "aanmelddatum" not in inzet:
        return inzet
    aangemeld = {i.code: i.aanmeld_registratie for i in w.instrumenten if i.aanmeld_dagen is not None}
    soort = inzet["instrument"].map(aangemeld)
    begonnen = (inzet["resultaat"] != "niet_begonnen") & (inzet["begindatum"] <= pd.Timestamp(peildatum))
    aanmeld = inzet["aanmelddatum"].where(soort.isin(("volledig", "begonnen")))
    uit = inzet.assign(aanmelddatum=aanmeld)[(soort == "volledig") | begonnen].reset_index(drop=True)
    return uit if uit["aanmelddatum"].notna().any() else uit.drop(columns="aanmelddatum")


def maak_gronden(
    w: Waarheid, uitkeringen: pd.DataFrame, inzet: pd.DataFrame, *, peildatum: dt.date, rng: np.random.Generator
) -> pd.DataFrame:
    """Return the table ``gronden``: a concrete ground before a part of the visits, and some still open."""
    lopend = uitkeringen.loc[uitkeringen["einddatum"].isna(), "client_id"].to_numpy()
    delen = []
    for i in w.instrumenten:
        bezocht = inzet[inzet["instrument"] == i.code]
        bezocht = bezocht[rng.random(len(bezocht)) < i.grond_kans]
        wie = lopend[rng.random(len(lopend)) < i.grond_open]
        dag = np.concatenate([als_dagen(bezocht["begindatum"]), np.full(len(wie), dagnummer(peildatum))])
        dag -= rng.integers(3, 15, len(dag))
        deel = pd.DataFrame(
            {
                "client_id": np.concatenate([bezocht["client_id"].to_numpy(), wie]),
                "instrument": i.code,
                "grond": np.array(_GRONDEN, dtype=object)[rng.integers(0, len(_GRONDEN), len(dag))],
                "grond_datum": als_datums(dag),
                "grond_door": "klantmanager",
                "geldig_tot": als_datums(plus_maanden(dag, _GROND_GELDIG_MAANDEN)),
            }
        )
        delen.append(deel)
    leeg = pd.DataFrame({k: pd.Series(dtype=object) for k in KOLOMMEN_GRONDEN})
    leeg = leeg.astype(dict.fromkeys(["grond_datum", "geldig_tot"], "datetime64[ns]"))
    delen = [d for d in delen if len(d)]
    if not delen:
        return leeg
    return pd.concat(delen).sort_values(["client_id", "grond_datum", "instrument"], kind="stable", ignore_index=True)


def effecten_waar(w: Waarheid) -> pd.DataFrame:
    """Return the true log hazard ratios: instrument, fase, bestemming, log_effect."""
    rijen = [
        (i.code, fase, c, i.effect(fase, c))
        for i in w.instrumenten
        for fase in i.instrument.fasen
        for c in BESTEMMINGEN
    ]
    return pd.DataFrame(rijen, columns=["instrument", "fase", "bestemming", "log_effect"])


def coefficienten_waar(w: Waarheid) -> pd.DataFrame:
    """Return the true coefficients: bestemming, term, log_effect.

    ``duur=a-b`` is the log hazard of the band for the reference values (the value of each trait with log_effect 0),
    age ``leeftijd_nul``, an average month, ``trend_nul`` and a type with loading 0; ``trend`` is per calendar month;
    ``verloop=date`` and ``verloop_lang=date`` are knots of the courses over calendar time.
    """
    rijen = []
    for c in BESTEMMINGEN:
        termen = w.kenmerken.get(c, {})
        rijen += [(c, f"duur={naam}", float(np.log(h))) for naam, h in zip(w.duurnamen, w.basis[c], strict=True)]
        for k, waarden in w.waarden.items():
            rijen += [(c, f"{k}={x}", float(termen.get(f"{k}={x}", 0.0))) for x in waarden]
        rijen.append((c, "leeftijd", float(termen.get("leeftijd", 0.0))))
        rijen += [(c, f"maand={m}", float(e)) for m, e in enumerate(w.seizoen.get(c, (0.0,) * 12), start=1)]
        rijen.append((c, "trend", float(w.trend.get(c, 0.0))))
        rijen += [(c, f"verloop={datum}", float(e)) for datum, e in w.verloop.get(c, ())]
        rijen += [(c, f"verloop_lang={datum}", float(e)) for datum, e in w.verloop_lang.get(c, ())]
    return pd.DataFrame(rijen, columns=["bestemming", "term", "log_effect"])


def typen_waar(w: Waarheid) -> pd.DataFrame:
    """Return the types: share of the inflow, loadings on exit and (times ``selectie``) on each instrument."""
    rijen = []
    for q, t in enumerate(w.typen):
        rij: dict[str, float] = {"type": q + 1, "kans": t.kans}
        rij |= {f"uitstroom_{c}": float(t.uitstroom.get(c, 0.0)) for c in BESTEMMINGEN}
        rij |= {
            f"intrede_{i.code}": w.selectie * (i.intrede_typen[q] if i.intrede_typen else 0.0) for i in w.instrumenten
        }
        rijen.append(rij)
    return pd.DataFrame(rijen)
