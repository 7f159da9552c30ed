"""The simulator: its tables tile the true hazards.

Hazards are rebuilt here per person-day from the written truth (frames), with other code than the engine's.
"""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from kompas.config import BESTEMMINGEN
from kompas.simulatie import InstrumentWaarheid, Simulatie, simuleer_gemeente, standaard_waarheid

Z_GRENS = 4.0  # largest standardised difference of one cell
KANS_CHI2 = 1e-4  # chi-square of a whole table
MIN_VERWACHT = 8.0  # cells with fewer expected events are left out
REDEN = {"11": "werk", "13": "werk", "31": "handhaving", "34": "handhaving", "35": "handhaving"}


# --- person-days, rebuilt from the tables ------------------------------------------------------------------------


def _delen(datums):
    maand = datums.astype("datetime64[M]")
    return maand.astype(int), (datums - maand).astype(int) + 1


def _dag_in_maand(maand, dag):
    """Return the date of day ``dag`` (clipped) in month ``maand`` since 1970."""
    eerste = maand.astype("datetime64[M]").astype("datetime64[D]")
    laatste = (maand + 1).astype("datetime64[M]").astype("datetime64[D]") - 1
    return np.minimum(eerste + (dag - 1), laatste)


def _plus(datums, maanden):
    maand, dag = _delen(datums)
    return _dag_in_maand(maand + maanden, dag)


KENMERKEN = ("geslacht", "leefvorm", "opleiding", "fasering")


def persoonsdagen(sim: Simulatie) -> pd.DataFrame:
    """Return one row per day on benefit in the window, with the days of its duration month and the exit on it."""
    u = sim.uitkeringen.merge(sim.clienten, on="client_id").reset_index(drop=True)
    venster, peil = np.datetime64(sim.venster_van), np.datetime64(sim.peildatum)
    begin = u["begindatum"].to_numpy().astype("datetime64[D]")
    eind = np.where(u["einddatum"].isna(), peil, u["einddatum"].to_numpy().astype("datetime64[D]"))
    van = np.maximum(begin, venster)
    n = np.maximum((eind - van).astype(int) + 1, 0)
    rij = np.repeat(np.arange(len(u)), n)
    dag = van[rij] + (np.arange(n.sum()) - np.repeat(np.cumsum(n) - n, n))
    maand_b, dag_b = (deel[rij] for deel in _delen(begin))
    maand_d, _ = _delen(dag)
    k = maand_d - maand_b - (dag < _dag_in_maand(maand_d, dag_b))
    maand_van = _dag_in_maand(maand_b + k, dag_b)
    maand_m, dag_m = _delen(maand_van)
    maand_g, dag_g = (deel[rij] for deel in _delen(u["geboortedatum"].to_numpy().astype("datetime64[D]")))
    naar = u["reden_einde"].map(lambda r: -1 if r in {None, "03"} else BESTEMMINGEN.index(REDEN.get(r, "overig")))
    p = {kenmerk: u[kenmerk].astype("category").cat.codes.to_numpy()[rij] for kenmerk in KENMERKEN}
    p |= {"spell": rij, "client": u["client_id"].str.slice(1).astype(int).to_numpy()[rij], "dag": dag.astype(int)}
    p |= {"type": u["type"].to_numpy()[rij], "spelldag": (dag - begin[rij]).astype(int), "k": k}
    p["duur"] = np.searchsorted(sim.waarheid.duurbanden, k, side="right")
    p["lengte"] = (_dag_in_maand(maand_b + k + 1, dag_b) - maand_van).astype(int)
    p["maand"], p["trend"] = maand_m % 12 + 1, maand_m - (2001 - 1970) * 12
    p["leeftijd"] = (maand_m - maand_g - (dag_m < dag_g)) // 12 - sim.waarheid.leeftijd_nul
    p["naar"] = np.where(dag == eind[rij], naar.to_numpy()[rij], -1)
    for i in sim.waarheid.instrumenten:
        p |= _fasen(sim, i, p["client"], dag)
    return pd.DataFrame(p)


def _fasen(sim: Simulatie, i: InstrumentWaarheid, client: np.ndarray, dag: np.ndarray) -> dict[str, np.ndarray]:
    """Return per person-day the phase (0 = none) of an instrument, and whether it starts or could start."""
    rijen = sim.inzet[sim.inzet["instrument"] == i.code]
    nummer = rijen["client_id"].str.slice(1).astype(int).to_numpy()
    begin = rijen["begindatum"].to_numpy().astype("datetime64[D]")
    sleutel = nummer * 100_000 + begin.astype(int)
    orde = np.argsort(sleutel)
    plek = np.searchsorted(sleutel[orde], client * 100_000 + dag.astype(int), side="right") - 1
    wie = orde[np.maximum(plek, 0)]
    heeft = (plek >= 0) & (nummer[wie] == client)
    eind = _plus(begin, i.instrument.duur_maanden)
    grenzen = [*([begin] if i.instrument.duur_maanden else []), eind, *(_plus(eind, m) for m in i.instrument.fasen_na)]
    fase = sum((g[wie] <= dag).astype(int) for g in grenzen)
    start = heeft & (begin[wie] == dag)
    tweede = pd.Series(sleutel[orde] // 100_000).duplicated().to_numpy()
    eerder = heeft & (~start | tweede[np.maximum(plek, 0)])
    vrij = ~heeft | start | (dag >= eind[wie] + 31)
    kolommen = {"fase": np.where(heeft, fase, 0), "start": start, "eerder": eerder, "vrij": vrij}
    return {f"{naam}_{i.code}": kolom for naam, kolom in kolommen.items()}


def eta(sim: Simulatie, p: pd.DataFrame, c: str, *, zonder=(), typen=True) -> np.ndarray:
    """Return the true log hazard per duration month of exit to ``c``, from the truth frames."""
    u = sim.uitkeringen.merge(sim.clienten, on="client_id")
    coef = sim.coefficienten[sim.coefficienten["bestemming"] == c].set_index("term")["log_effect"]
    per_spell = sum((f"{k}=" + u[k]).map(coef).to_numpy() for k in KENMERKEN)
    if typen:
        per_spell = per_spell + u["type"].map(sim.typen.set_index("type")[f"uitstroom_{c}"]).to_numpy()
    som = per_spell[p["spell"]] + coef["leeftijd"] * p["leeftijd"].to_numpy() + coef["trend"] * p["trend"].to_numpy()
    som += coef[coef.index.str.startswith("duur=")].to_numpy()[p["duur"]]
    som += np.array([0.0, *(coef[f"maand={m}"] for m in range(1, 13))])[p["maand"]]
    waar = sim.effecten[sim.effecten["bestemming"] == c]
    for code in [i.code for i in sim.waarheid.instrumenten if i.code not in zonder]:
        som += np.array([0.0, *waar.loc[waar["instrument"] == code, "log_effect"]])[p[f"fase_{code}"]]
    return som


def tel(p: pd.DataFrame, per: str) -> pd.DataFrame:
    """Return observed and expected exits per value of ``per`` and bestemming."""
    rijen = []
    for j, c in enumerate(BESTEMMINGEN):
        tabel = pd.DataFrame({"o": p["naar"] == j, "e": p[f"kans_{c}"]}).groupby(p[per]).sum()
        rijen.append(tabel.assign(bestemming=c).reset_index(names="cel"))
    uit = pd.concat(rijen)
    return uit[uit["e"] >= MIN_VERWACHT]


def met_kansen(sim: Simulatie) -> pd.DataFrame:
    p = persoonsdagen(sim)
    for c in BESTEMMINGEN:
        p[f"kans_{c}"] = np.exp(eta(sim, p, c)) / p["lengte"]
    totaal = sum(p[f"kans_{c}"] for c in BESTEMMINGEN)
    for c in BESTEMMINGEN:  # chance of an exit on the day, not the hazard
        p[f"kans_{c}"] *= -np.expm1(-totaal) / totaal
    return p


@pytest.fixture(scope="module")
def stad() -> Simulatie:
    return simuleer_gemeente(standaard_waarheid(), zaad=11, clienten=2500)


@pytest.fixture(scope="module")
def dagen(stad) -> pd.DataFrame:
    return met_kansen(stad)


@pytest.fixture(scope="module")
def loting() -> Simulatie:
    """No unobserved differences, no selection."""
    w = standaard_waarheid(selectie=0, heterogeniteit=0)
    return simuleer_gemeente(w, zaad=12, clienten=2500, met_verwacht=False)


CELLEN = ["duur", "maand", "geslacht", "leefvorm", "opleiding", "fasering", "type"]
FASEN = ["fase_reintegratie", "fase_werkdirect", "fase_huisbezoek", "fase_placebo"]


@pytest.mark.parametrize("per", [*CELLEN, *FASEN])
def test_uitstroom_volgt_de_ware_hazards(dagen, per):
    cellen = tel(dagen, per)
    z = (cellen["o"] - cellen["e"]) / np.sqrt(cellen["e"])
    assert len(cellen) >= 4
    assert z.abs().max() < Z_GRENS, cellen.assign(z=z).sort_values("z").to_string()
    assert stats.chi2.sf((z**2).sum(), len(z)) > KANS_CHI2


def test_de_toets_ziet_een_verkeerde_hazard(dagen):
    # The same check must fail when a lock-in of -0.4 is taken for +0.4.
    mis = dagen.assign(kans_werk=np.where(dagen["fase_reintegratie"] == 1, np.exp(0.8), 1.0) * dagen["kans_werk"])
    cel = tel(mis, "fase_reintegratie").query("cel == 1 and bestemming == 'werk'").iloc[0]
    assert abs(cel["o"] - cel["e"]) / np.sqrt(cel["e"]) > Z_GRENS


@pytest.mark.parametrize("code", ["reintegratie", "werkdirect", "placebo", "huisbezoek"])
def test_intrede_kan_elke_dag_en_volgt_de_ware_kans(stad, dagen, code):
    i = next(i for i in stad.waarheid.instrumenten if i.code == code)
    p = dagen[dagen[f"vrij_{code}"]]
    u = stad.uitkeringen.merge(stad.clienten, on="client_id")
    last = u["type"].map(stad.typen.set_index("type")[f"intrede_{code}"]).to_numpy()
    for kenmerk in KENMERKEN:
        last = last + (f"{kenmerk}=" + u[kenmerk]).map(i.intrede_kenmerken).fillna(0.0).to_numpy()
    eerder = p[f"eerder_{code}"]
    per_maand = np.array(i.intrede)[np.searchsorted(i.intrede_banden, p["k"], side="right")]
    per_maand = per_maand * np.exp(last[p["spell"]] + np.where(eerder, i.herhaling, 0.0))
    kort = i.begin_dagen is not None
    per_dag = per_maand / (i.begin_dagen if kort else p["lengte"]) * ((p["spelldag"] < 10) if kort else 1.0)
    groep = pd.DataFrame({"o": p[f"start_{code}"], "e": -np.expm1(-per_dag)}).groupby([p["type"], eerder]).sum()
    groep = groep[groep["e"] >= MIN_VERWACHT]
    z = (groep["o"] - groep["e"]) / np.sqrt(groep["e"])
    assert len(groep) >= 3
    assert z.abs().max() < Z_GRENS, groep.to_string()


def _ratio(sim, p, code, fasen, c):
    """Return the log occurrence-exposure ratio of phases, its standard error; knows traits, not types."""
    deel = p[p[f"fase_{code}"].isin(fasen)]
    o = (deel["naar"] == BESTEMMINGEN.index(c)).sum()
    e = (np.exp(eta(sim, deel, c, zonder=[code], typen=False)) / deel["lengte"]).sum()
    return np.log(o / e), 1 / np.sqrt(o)


def test_zonder_selectie_geeft_de_kale_verhouding_het_ware_effect(loting):
    p = met_kansen(loting)
    waar = loting.effecten.set_index(["instrument", "fase", "bestemming"])["log_effect"]
    geteld = 0
    fasen = {i.code: ["", *i.instrument.fasen] for i in loting.waarheid.instrumenten}
    for (code, fase, c), effect in waar.items():
        nummer = fasen[code].index(fase)
        if (p.loc[p[f"fase_{code}"] == nummer, "naar"] == BESTEMMINGEN.index(c)).sum() < 25:
            continue
        geteld += 1
        schatting, se = _ratio(loting, p, code, [nummer], c)
        assert abs(schatting - effect) < Z_GRENS * se, (code, fase, c, schatting, effect, se)
    assert geteld >= 12
    assert abs(_ratio(loting, p, "placebo", [1, 2], "werk")[0]) < 0.2


def test_met_selectie_lijkt_de_placebo_te_werken():
    w = standaard_waarheid(selectie=3, instrumenten=["placebo"])
    sim = simuleer_gemeente(w, zaad=13, clienten=1500)
    p = persoonsdagen(sim)
    schatting, se = _ratio(sim, p, "placebo", [1], "werk")
    basis, se_basis = _ratio(sim, p, "placebo", [0], "werk")
    assert schatting - basis > Z_GRENS * np.hypot(se, se_basis)  # and its true effect is zero:
    assert not sim.effecten["log_effect"].any()
    assert not sim.verwacht["placebo_maanden_bespaard"].dropna().any()
