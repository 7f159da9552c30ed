"""The figures of every kengetal, by unit and month, and the sentence for each that the tables do not allow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from kompas.models.calendar import age_at, days_of, month_of
from kompas.models.design import Floats, Ints
from kompas.monitors.kengetalbron import Kern, jaar_tot_nu, laatste_twaalf, maanden_later, met_meter, op_spell, schuif
from kompas.monitors.kengetalgeld import caseload, kosten_per_einde, wdeel
from kompas.monitors.kengetaltelling import Telling, aandeel, aantal, leeg_voor
from kompas.monitors.kengetalvorm import (
    JONG,
    LANG_MAANDEN,
    NA_HANDHAVING_MAANDEN,
    NA_TRAJECT_MAANDEN,
    START_DAGEN,
    TERMIJN_DAGEN,
)
from kompas.perioden import OPEN
from kompas.uitstroom import GEEN_TERUGKEER

Vlag = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Waarden:
    """Counts per kengetal, and why others are not there.

    Parameters
    ----------
    per_code : mapping of str to Telling
    per_maand : mapping of str to (U, T) array
        Monthly flows, for the kengetallen whose norm follows the season; the first row is the whole.
    afwezig : mapping of str to str
        Sentence per kengetal that cannot be counted.
    """

    per_code: Mapping[str, Telling]
    per_maand: Mapping[str, Floats]
    afwezig: Mapping[str, str]


def _zonder(tabel: str) -> str:
    return f"Tabel {tabel} ontbreekt: voeg [bron.{tabel}] toe aan kompas.toml."


# -- flows and stocks of spells ------------------------------------------------------------------------------------


def _stromen(k: Kern) -> dict[str, Floats]:
    """Events per month, (U, T)."""
    uit = k.eind - 1
    geboren = days_of(k.bestand.uitkeringen["geboortedatum"].to_numpy()[k.rij], OPEN)
    jong = (geboren < OPEN) & (age_at(np.minimum(geboren, k.begin), k.begin) < JONG)
    werk = k.oorzaak == "werk"
    return {
        "instroom": k.tel(k.blad, k.begin),
        "instroom_jongeren": k.tel(k.blad[jong], k.begin[jong]),
        "uitstroom": k.tel(k.blad, uit),
        "uitstroom_werk": k.tel(k.blad[werk], uit[werk]),
    }


def _spells(k: Kern, s: Mapping[str, Floats]) -> dict[str, Telling]:
    m = k.maanden
    uit = {code: aantal(jaar_tot_nu(stroom, m)) for code, stroom in s.items()}
    stand = k.stand(k.blad, k.begin, k.eind)
    stromen = np.sqrt(jaar_tot_nu(s["instroom"] + s["uitstroom"], m))
    uit["volume"] = Telling(teller=stand, noemer=None, spreiding=stromen)
    lang = maanden_later(k.begin, LANG_MAANDEN)
    nog = lang < k.eind
    uit["langer_dan_3_jaar"] = aandeel(k.stand(k.blad[nog], lang[nog], k.eind[nog]), stand)
    return uit | _terugkeer(k)


def _terugkeer(k: Kern) -> dict[str, Telling]:
    """Who stayed away and who came back, over twelve months of exits that have been followed long enough."""
    uit: dict[str, Telling] = {}
    weg = k.eind < OPEN
    reden = k.perioden.spells["reden"].astype(str).to_numpy()[k.spell]
    gevallen = {f"duurzaam_{n}m": (n, weg & (k.oorzaak == "werk")) for n in (3, 6, 12)}
    gevallen["terugval_12m"] = (12, weg & (k.oorzaak != "aow") & ~np.isin(reden, GEEN_TERUGKEER))
    for code, (maanden, wie) in gevallen.items():
        eind, blad = k.eind[wie], k.blad[wie]
        terug = k.volgende[wie] < maanden_later(eind, maanden)
        raak = terug if code.startswith("terugval") else ~terug
        teller, noemer = (
            laatste_twaalf(np.nan_to_num(schuif(k.tel(blad, eind - 1, w), maanden)))
            for w in (raak.astype(np.float64), np.ones(eind.size))
        )
        te_vroeg = np.arange(k.aantal_maanden) < maanden + 11
        uit[code] = leeg_voor(aandeel(teller, noemer), te_vroeg)
    return uit


# -- deployments ---------------------------------------------------------------------------------------------------


def _binnen(k: Kern, *, handhaving: bool) -> pd.DataFrame:
    """Deployments that started within a spell that counts, one row each, with ``plek`` among the spells."""
    i = k.perioden.inzetten
    eigen = i[i["binnen"] & i["instrument"].isin(met_meter(k.config, handhaving=handhaving))]
    eigen = eigen.assign(plek=op_spell(k, eigen["spell"])).drop_duplicates("inzet")
    return eigen[eigen["plek"] >= 0]


def _volledig(k: Kern) -> Vlag:
    """Months in which deployments are registered completely, (T,)."""
    vanaf = k.config.bron.inzet.volledig_vanaf if k.config.bron.inzet is not None else None
    grens = -OPEN if vanaf is None else int(days_of(np.array([vanaf], dtype="datetime64[D]"), 0)[0])
    return np.asarray(k.eerste_dag >= grens, dtype=bool)


def _inzet(k: Kern) -> tuple[dict[str, Telling], dict[str, str]]:
    uit: dict[str, Telling] = {}
    afwezig: dict[str, str] = {}
    compleet = _volledig(k)
    traject = _binnen(k, handhaving=False)
    plek = traject["plek"].to_numpy(dtype=np.int64)
    begin, blad = traject["begin"].to_numpy(dtype=np.int64), k.blad[plek]
    if not met_meter(k.config, handhaving=False):
        zin = "Er is geen [[instrument]] in kompas.toml dat geen handhaving is."
        codes = ("plaatsingen", "aandeel_in_traject", "traject_naar_werk_6m", "traject_uit_bijstand_6m")
        afwezig |= dict.fromkeys((*codes, "start_binnen_3_weken"), zin)
    else:
        stroom = np.where(compleet, k.tel(blad, begin), np.nan)
        uit["plaatsingen"] = aantal(jaar_tot_nu(stroom, k.maanden))
        uit["aandeel_in_traject"] = leeg_voor(_in_traject(k), ~compleet)
        uit |= _na_traject(k, traject, ~compleet)
        start = traject["start"].to_numpy(dtype=np.int64)
        if (start < begin).any():
            snel = (begin - start <= START_DAGEN).astype(np.float64)
            teller, noemer = (jaar_tot_nu(k.tel(blad, begin, w), k.maanden) for w in (snel, np.ones(snel.size)))
            uit["start_binnen_3_weken"] = aandeel(teller, noemer)
        else:
            afwezig["start_binnen_3_weken"] = "Kolom aanmelddatum van inzet ontbreekt of is leeg: vul die."
    return uit, afwezig


def _in_traject(k: Kern) -> Telling:
    """Spells with a running deployment on the last day of each month, among those that run."""
    i = k.perioden.inzetten
    i = i[i["instrument"].isin(met_meter(k.config, handhaving=False))]
    plek = op_spell(k, i["spell"])
    van, tot = (i[c].to_numpy(dtype=np.int64) for c in ("begin", "stop"))
    teller = np.zeros((k.lid.shape[1], k.aantal_maanden))
    for t, dag in enumerate(k.laatste_dag):
        wie = np.unique(plek[(plek >= 0) & (van <= dag) & (tot > dag)])
        wie = wie[(k.begin[wie] <= dag) & (k.eind[wie] > dag + 1)]
        teller[:, t] = np.bincount(k.blad[wie], minlength=teller.shape[0])
    return aandeel(k.lid.astype(np.float64) @ teller, k.stand(k.blad, k.begin, k.eind))


def _na_traject(k: Kern, traject: pd.DataFrame, leeg: Vlag) -> dict[str, Telling]:
    """What became of households in the months after the planned end of a trajectory: two definitions of success."""
    duur = np.array([i.duur_maanden for i in k.config.instrument], dtype=np.int64)
    traject = traject[duur[traject["instrument"].to_numpy(dtype=np.int64)] > 0]
    plek = traject["plek"].to_numpy(dtype=np.int64)
    plan = traject["gepland"].to_numpy(dtype=np.int64)
    weg = k.eind[plek] <= maanden_later(plan, NA_TRAJECT_MAANDEN)
    te_vroeg = (np.arange(k.aantal_maanden) < NA_TRAJECT_MAANDEN + 11) | leeg
    uit = {}
    for code, raak in (
        ("traject_naar_werk_6m", weg & (k.oorzaak[plek] == "werk")),
        ("traject_uit_bijstand_6m", weg),
    ):
        teller, noemer = (
            laatste_twaalf(np.nan_to_num(schuif(k.tel(k.blad[plek], plan - 1, w), NA_TRAJECT_MAANDEN)))
            for w in (raak.astype(np.float64), np.ones(plek.size))
        )
        uit[code] = leeg_voor(aandeel(teller, noemer), te_vroeg)
    return uit


# -- enforcement ---------------------------------------------------------------------------------------------------


def _handhaving(k: Kern) -> tuple[dict[str, Telling], dict[str, str]]:
    codes = ("huisbezoek_met_grond", "beeindigd_na_handhaving", "handhaving_kosten_per_einde")
    if not met_meter(k.config, handhaving=True):
        return {}, dict.fromkeys(codes, 'Er is geen [[instrument]] met meter = "handhaving" in kompas.toml.')
    bezoek = _binnen(k, handhaving=True)
    plek = bezoek["plek"].to_numpy(dtype=np.int64)
    begin = bezoek["begin"].to_numpy(dtype=np.int64)
    gestopt = (
        (k.oorzaak[plek] == "handhaving")
        & (k.eind[plek] - 1 >= begin)
        & (k.eind[plek] <= maanden_later(begin, NA_HANDHAVING_MAANDEN))
    )
    raak = np.unique(plek[gestopt])
    compleet = _volledig(k)
    einden = jaar_tot_nu(np.where(compleet, k.tel(k.blad[raak], k.eind[raak] - 1), np.nan), k.maanden)
    uit, afwezig = {"beeindigd_na_handhaving": aantal(einden)}, {}
    if k.config.bron.gronden is None:
        afwezig["huisbezoek_met_grond"] = _zonder("gronden")
    else:
        grond = _met_grond(k, bezoek)
        teller, noemer = (
            jaar_tot_nu(np.where(compleet, k.tel(k.blad[plek], begin, w), np.nan), k.maanden)
            for w in (grond.astype(np.float64), np.ones(grond.size))
        )
        uit["huisbezoek_met_grond"] = aandeel(teller, noemer)
    telling, zin = kosten_per_einde(k, einden)
    if telling is None:
        afwezig["handhaving_kosten_per_einde"] = zin
    else:
        uit["handhaving_kosten_per_einde"] = leeg_voor(telling, ~compleet)
    return uit, afwezig


def _met_grond(k: Kern, bezoek: pd.DataFrame) -> Vlag:
    """Whether a concrete ground was recorded for this client and instrument before the deployment, (n,)."""
    g = k.bestand.gronden
    codes = np.array([i.code for i in k.config.instrument], dtype=object)
    client = k.perioden.spells["client_id"].to_numpy(dtype=object)[bezoek["spell"].to_numpy(dtype=np.int64)]
    vraag = pd.DataFrame(
        {
            "nr": np.arange(len(bezoek)),
            "client_id": client,
            "instrument": codes[bezoek["instrument"].to_numpy(dtype=np.int64)],
            "dag": bezoek["begin"].to_numpy(dtype=np.int64),
        }
    )
    gevuld = g[g["grond"].notna() & g["grond"].astype(str).str.strip().ne("")]
    paar = vraag.merge(gevuld[["client_id", "instrument", "grond_datum", "geldig_tot"]], on=["client_id", "instrument"])
    geldig = (days_of(paar["grond_datum"], OPEN) <= paar["dag"]) & (days_of(paar["geldig_tot"], OPEN) >= paar["dag"])
    uit = np.zeros(len(bezoek), dtype=bool)
    uit[paar.loc[geldig, "nr"].to_numpy(dtype=np.int64)] = True
    return uit


# -- the gate ------------------------------------------------------------------------------------------------------


def _aanvragen(k: Kern, a: pd.DataFrame) -> dict[str, Telling]:
    """Figures of the applications, management only, (1, T)."""
    vraag, besluit = days_of(a["aanvraagdatum"], OPEN), days_of(a["besluitdatum"], OPEN)
    af = a["besluit"].notna().to_numpy() & (besluit < OPEN)
    vraag_af, besluit_af = vraag[af], besluit[af]
    weg = (a["besluit"] != "toegekend").to_numpy()[af].astype(np.float64)
    duur = (besluit_af - vraag_af).astype(np.float64)

    def per_jaar(dag: Ints, gewicht: Floats) -> Floats:
        plek = month_of(dag) - k.maanden[0]
        raak = (plek >= 0) & (plek < k.aantal_maanden)
        som = np.bincount(plek[raak], gewicht[raak], k.aantal_maanden).astype(np.float64)
        return jaar_tot_nu(som[None, :], k.maanden)

    n = per_jaar(besluit_af, np.ones(duur.size))
    som, kwadraat = per_jaar(besluit_af, duur), per_jaar(besluit_af, duur**2)
    met = np.where(n > 1, n, np.nan)
    fout = np.sqrt(np.maximum(kwadraat - som**2 / met, 0.0) / (met - 1) / met)
    open_ = a["besluit"].isna().to_numpy()
    laat = np.array(
        [((vraag < dag - TERMIJN_DAGEN) & (open_ | (af & (besluit > dag)))).sum() for dag in k.laatste_dag],
        dtype=np.float64,
    )[None, :]
    op_tijd = per_jaar(besluit_af, (duur <= TERMIJN_DAGEN).astype(np.float64))
    eerste = int(month_of(vraag[vraag < OPEN]).min()) if (vraag < OPEN).any() else 10**9
    uit = {
        "preventiequote": aandeel(per_jaar(besluit_af, weg), n),
        "doorlooptijd_dagen": Telling(teller=som, noemer=n, spreiding=fout),
        "besluit_in_termijn": aandeel(op_tijd, n + laat),
    }
    return {c: leeg_voor(t, k.maanden < eerste) for c, t in uit.items()}


# -- all together --------------------------------------------------------------------------------------------------


def uit_reeks(k: Kern, eigen: pd.DataFrame) -> tuple[dict[str, Telling], dict[str, Floats]]:
    """Counts of the town from its monthly series, where there are no spells."""
    plek = pd.Index(eigen["maand"]).get_indexer(_tekst(k))
    stroom = {c: np.r_[eigen[c].to_numpy(dtype=np.float64), np.nan][plek][None, :] for c in ("instroom", "uitstroom")}
    stand = np.r_[eigen["uitkeringen"].to_numpy(dtype=np.float64), np.nan][plek][None, :]
    uit = {c: aantal(jaar_tot_nu(x, k.maanden)) for c, x in stroom.items()}
    spreiding = np.sqrt(jaar_tot_nu(stroom["instroom"] + stroom["uitstroom"], k.maanden))
    uit["volume"] = Telling(teller=stand, noemer=None, spreiding=spreiding)
    houd = {c: t for c, t in uit.items() if not np.isnan(t.realisatie).all()}
    return houd, stroom


def _tekst(k: Kern) -> list[str]:
    return [f"{m // 12:04d}-{m % 12 + 1:02d}" for m in k.maanden]


def _dichtheid(k: Kern, volume: Telling, eigen: pd.DataFrame) -> Telling | None:
    plek = pd.Index(eigen["maand"]).get_indexer(_tekst(k))
    huishoudens = np.r_[eigen["huishoudens"].to_numpy(dtype=np.float64), np.nan][plek][None, :]
    if np.isnan(huishoudens).all():
        return None
    spreiding = None if volume.spreiding is None else volume.spreiding[:1] / huishoudens
    return Telling(teller=volume.teller[:1], noemer=huishoudens, spreiding=spreiding)


def _van_uitkeringen(k: Kern, eigen: pd.DataFrame) -> tuple[dict[str, Telling], dict[str, Floats], dict[str, str]]:
    """Flows and stocks: from spells, else what the monthly series gives."""
    if len(k.bestand.uitkeringen):
        stromen = _stromen(k)
        return _spells(k, stromen), stromen, {}
    uit, stroom = uit_reeks(k, eigen)
    rest = ("instroom_jongeren", "uitstroom_werk", "langer_dan_3_jaar", "terugval_12m", "caseload")
    codes = (*rest, *(f"duurzaam_{n}m" for n in (3, 6, 12)))
    codes += tuple(c for c in ("instroom", "uitstroom", "volume") if c not in uit)
    return uit, stroom, dict.fromkeys(codes, _zonder("uitkeringen"))


def _van_inzet(k: Kern) -> list[tuple[dict[str, Telling], dict[str, str]]]:
    """Trajectories and enforcement, where there are deployments."""
    if k.config.bron.inzet is not None and len(k.bestand.uitkeringen):
        return [_inzet(k), _handhaving(k)]
    zin = _zonder("inzet" if k.config.bron.inzet is None else "uitkeringen")
    codes: tuple[str, ...] = ("plaatsingen", "start_binnen_3_weken", "traject_naar_werk_6m", "traject_uit_bijstand_6m")
    codes += ("aandeel_in_traject", "huisbezoek_met_grond", "beeindigd_na_handhaving", "handhaving_kosten_per_einde")
    return [({}, dict.fromkeys(codes, zin))]


def maak_waarden(k: Kern, eigen: pd.DataFrame, stap: Callable[[str, float], None] | None = None) -> Waarden:
    """Count every kengetal that the tables allow.

    Parameters
    ----------
    k : Kern
    eigen : DataFrame
        Own monthly series (``Reeksen.reeks("eigen")``); used for the households of the town, and for the flows where
        there are no spells. May be empty.
    stap : function (step, share), optional

    Returns
    -------
    Waarden
        Arrays (U, T) for kengetallen of all units, (1, T) for those of management only.
    """
    if stap is not None:
        stap("kengetallen", 0.0)
    overig = k.bestand.overig
    uit, stroom, afwezig = _van_uitkeringen(k, eigen)
    for deel in _van_inzet(k):
        uit, afwezig = uit | deel[0], afwezig | deel[1]
    management = k.eenheden["niveau"].iloc[0] == "management"
    if "aanvragen" in overig and management:
        uit |= _aanvragen(k, overig["aanvragen"])
    else:
        afwezig |= dict.fromkeys(("preventiequote", "doorlooptijd_dagen", "besluit_in_termijn"), _zonder("aanvragen"))
    losse = {"wdeel_benut": wdeel(k)}
    if "caseload" not in afwezig:
        losse["caseload"] = caseload(k, uit["volume"])
    uit |= {code: telling for code, (telling, _) in losse.items() if telling is not None}
    afwezig |= {code: zin for code, (telling, zin) in losse.items() if telling is None}
    dicht = _dichtheid(k, uit["volume"], eigen) if "volume" in uit and len(eigen) else None
    if dicht is None:
        afwezig["uitkeringsdichtheid"] = (
            "Het aantal huishoudens in de gemeente is niet bekend: lever het in tabel referentie (soort eigen) onder "
            "[bron.referentie]."
        )
    else:
        uit["uitkeringsdichtheid"] = dicht
    afwezig["niet_gezien_6m"] = "Gesprekken met klanten staan in geen enkele tabel die kompas kent."
    afwezig["vorderingen_geind"] = "Vorderingen (BDFS) staan in geen enkele tabel die kompas kent."
    return Waarden(per_code=uit, per_maand=stroom, afwezig=afwezig)
