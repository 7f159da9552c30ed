"""The simulator's true expectations: against a loop over days, and against simulating a client many times."""

import numpy as np
import pandas as pd
import pytest

from kompas.config import BESTEMMINGEN
from kompas.simulatie import Simulatie, Waarheid, simuleer_gemeente, standaard_waarheid
from kompas.simulatie import verwacht as vw
from kompas.simulatie.tijd import als_dagen, plus_maanden, volle_maanden
from kompas.simulatie.verloop import Toestand, faseranden, loop_af, maak_tabellen

Z_GRENS = 4.0  # largest standardised difference of one client
KENMERKEN = ("geslacht", "leefvorm", "opleiding", "fasering")


@pytest.fixture(scope="module")
def stad() -> Simulatie:
    return simuleer_gemeente(standaard_waarheid(), zaad=11, clienten=2500)


def _vlak(totaal: float, **velden) -> Waarheid:
    """Return a truth with constant hazards: no traits, types, season, trend, instruments or returns."""
    s = standaard_waarheid(instrumenten=[])
    kaal = {
        "basis": {"werk": (0.5 * totaal,), "handhaving": (0.2 * totaal,), "overig": (0.3 * totaal,)},
        "duurbanden": (),
        "leeftijd": {(18, 40): 1.0},
    }
    zelfde = {n: getattr(s, n) for n in ("redenen", "geslacht", "leefvorm", "opleiding", "bedragen")}
    return Waarheid(**(zelfde | kaal | velden))


def _dag_voor_dag(sim: Simulatie, client: str) -> tuple[float, float, float]:
    """Return months in the running spell, P(exit), P(work) in 12 months: a plain loop over days."""
    w = sim.waarheid
    u = sim.uitkeringen[(sim.uitkeringen["client_id"] == client) & sim.uitkeringen["einddatum"].isna()].iloc[0]
    soort = int(sim.clienten.set_index("client_id").loc[client, "type"])
    coef = {c: g.set_index("term")["log_effect"] for c, g in sim.coefficienten.groupby("bestemming")}
    inzet = sim.inzet[sim.inzet["client_id"] == client].groupby("instrument")["begindatum"].max()
    grenzen = {}
    for i in w.instrumenten:
        if i.code in inzet.index:
            inst, eind = i.instrument, inzet[i.code] + pd.DateOffset(months=i.instrument.duur_maanden)
            na = [eind + pd.DateOffset(months=m) for m in inst.fasen_na]
            grenzen[i.code] = list(
                zip([*([inzet[i.code]] if inst.duur_maanden else []), eind, *na], inst.fasen, strict=True)
            )
    nu = pd.Timestamp(sim.peildatum) + pd.Timedelta(days=1)
    tot = min(nu + pd.DateOffset(months=60), u["geboortedatum"] + pd.DateOffset(years=65))
    trend = np.mean([(nu.year - 2001) * 12 + nu.month - 1 - m for m in range(1, 13)])
    maandbegin = [u["begindatum"] + pd.DateOffset(months=k) for k in range(400)]
    er, maanden, kans_uit, kans_werk, k, oud = 1.0, 0.0, 0.0, 0.0, 0, None
    for dag in pd.date_range(nu, tot - pd.Timedelta(days=1)):
        while maandbegin[k + 1] <= dag:
            k += 1
        stuk = max([maandbegin[k], nu, *(g for rij in grenzen.values() for g, _ in rij if g <= dag)])
        if (k, stuk) != oud:
            oud, lengte = (k, stuk), (maandbegin[k + 1] - maandbegin[k]).days
            jaren = stuk.year - u["geboortedatum"].year
            jaren -= (stuk.month, stuk.day) < (u["geboortedatum"].month, u["geboortedatum"].day)
            band = next((f"{a}-{b}" for a, b in zip((0, *w.duurbanden), w.duurbanden, strict=False) if k < b), "60+")
            lam = {}
            for c in BESTEMMINGEN:
                termen = [*(f"{t}={u[t]}" for t in KENMERKEN), f"duur={band}", f"maand={maandbegin[k].month}"]
                log = sum(coef[c][t] for t in termen) + coef[c]["leeftijd"] * (jaren - 40) + coef[c]["trend"] * trend
                log += sim.typen.set_index("type").loc[soort, f"uitstroom_{c}"]
                for i in w.instrumenten:
                    fasen = [f for g, f in grenzen.get(i.code, []) if g <= dag]
                    log += i.effect(fasen[-1], c) if fasen else 0.0
                lam[c] = np.exp(log) / lengte
        maanden += er / lengte
        weg = er * -np.expm1(-sum(lam.values()))
        if dag < nu + pd.DateOffset(months=12):
            kans_uit += weg
            kans_werk += weg * lam["werk"] / sum(lam.values())
        er -= weg
    return maanden, kans_uit, kans_werk


def _bijzondere_clienten(stad) -> list[str]:
    """Return running clients: near AOW, in a trajectory, after one, and a plain one begun on day 31."""
    u = stad.uitkeringen[stad.uitkeringen["einddatum"].isna()]
    jong = u[u["geboortedatum"] > "1965-01-01"]
    oud = u[u["geboortedatum"].between("1943-01-01", "1946-01-01")]["client_id"].iloc[0]
    loopt = stad.inzet[stad.inzet["einddatum"].isna() & (stad.inzet["instrument"] == "reintegratie")]["client_id"]
    loopt = loopt[loopt.isin(jong["client_id"])].iloc[0]
    na = stad.inzet[
        stad.inzet["begindatum"].between("2006-07-05", "2006-11-20") & (stad.inzet["instrument"] == "reintegratie")
    ]
    na = na[na["client_id"].isin(jong["client_id"])]["client_id"].iloc[0]
    dag31 = jong[jong["begindatum"].dt.day == 31]["client_id"].iloc[0]
    return [oud, loopt, na, dag31]


def test_verwacht_is_de_som_over_dagen(stad):
    v = stad.verwacht.set_index("client_id")
    for client in _bijzondere_clienten(stad):
        maanden, kans_uit, kans_werk = _dag_voor_dag(stad, client)
        assert v.loc[client, "verwachte_maanden_zonder_terugval"] == pytest.approx(maanden, abs=2e-6)
        assert v.loc[client, "kans_uitstroom_12m"] == pytest.approx(kans_uit, abs=2e-6)
        assert v.loc[client, "kans_werk_12m"] == pytest.approx(kans_werk, abs=2e-6)


def _naspelen(
    sim: Simulatie, clienten: list[str], keer: int, zaad: int, start: str | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and standard error of the months on benefit in 60 months, each client ``keer`` times."""
    w = sim.waarheid
    ids, stand = vw._lopende(w, sim.uitkeringen, sim.inzet, sim.clienten, sim.peildatum)
    plek = np.repeat([ids[ids == c].index[0] for c in clienten], keer)
    nu = int(als_dagen(np.array([sim.peildatum], dtype="datetime64[D]"))[0]) + 1
    randen = [r[plek] for r in stand.randen]
    for j, i in enumerate(w.instrumenten):
        if i.code == start:
            randen[j] = np.repeat(faseranden(i, np.array([nu])), len(plek), axis=0)
    begin = stand.begin[plek]
    s = Toestand(
        geboorte=stand.geboorte[plek],
        aow=stand.aow[plek],
        uitstroom=stand.uitstroom[plek],
        intrede=np.zeros((len(plek), len(w.instrumenten))),
        begin=begin,
        dag=np.full(len(plek), nu),
        maand=volle_maanden(begin, np.full(len(plek), nu)),
        randen=randen,
        inzet_eind=np.zeros((len(plek), len(w.instrumenten)), dtype=np.int64),
    )
    einde = int(plus_maanden(nu, 60))
    tab = maak_tabellen(w, kalender=vw.vooruit_kalender(w, sim.peildatum))
    v = loop_af(tab, s, einde=einde, rng=np.random.default_rng(zaad), start=False)
    van, tot = np.maximum(v.begin, nu), np.minimum(v.einddag + 1, einde)

    def duur(dag):
        k = volle_maanden(v.begin, dag)
        return k + (dag - plus_maanden(v.begin, k)) / (plus_maanden(v.begin, k + 1) - plus_maanden(v.begin, k))

    maanden = np.bincount(v.client, weights=duur(tot) - duur(van), minlength=len(plek)).reshape(-1, keer)
    return maanden.mean(axis=1), maanden.std(axis=1) / np.sqrt(keer)


@pytest.mark.parametrize("start", [None, "reintegratie"])
def test_verwacht_tegen_naspelen(stad, start):
    clienten = _bijzondere_clienten(stad)
    v = stad.verwacht.set_index("client_id").loc[clienten]
    verwacht = v["verwachte_maanden"].to_numpy()
    if start:  # not defined for the client in whose case it runs already
        keuze = v[f"{start}_maanden_bespaard"].notna().to_numpy()
        assert keuze.tolist() == [True, False, True, True]
        clienten = [c for c, k in zip(clienten, keuze, strict=True) if k]
        verwacht = (v["verwachte_maanden"] - v[f"{start}_maanden_bespaard"]).to_numpy()[keuze]
    gemiddeld, se = _naspelen(stad, clienten, keer=4000, zaad=3, start=start)
    z = (gemiddeld - verwacht) / se
    assert np.abs(z).max() < Z_GRENS, (z, gemiddeld, verwacht)
    assert abs(z.sum()) / np.sqrt(len(z)) < 3.0


def test_terugval_in_een_vlakke_wereld_tegen_naspelen():
    # Fast in and out, so that returns are most of the answer and errors of the monthly grid would show.
    w = _vlak(0.15, terugval={"werk": (0.2,), "handhaving": (0.3,), "overig": (0.1,)})
    sim = simuleer_gemeente(w, zaad=4, clienten=60)
    v = sim.verwacht.set_index("client_id")
    clienten = v.index[:4].tolist()
    gemiddeld, se = _naspelen(sim, clienten, keer=5000, zaad=8, start=None)
    verschil = gemiddeld - v.loc[clienten, "verwachte_maanden"].to_numpy()
    assert (v["verwachte_maanden"] > 2 * v["verwachte_maanden_zonder_terugval"]).all()
    assert abs(verschil.mean()) < 4 * np.sqrt((se**2).mean() / len(se))


def test_zonder_effect_bespaart_niets_en_zonder_terugval_is_het_gelijk():
    sim = simuleer_gemeente(standaard_waarheid(effect=0, terugval=0), zaad=6, clienten=300)
    bespaard = sim.verwacht.filter(like="_maanden_bespaard")
    assert bespaard.shape[1] == 4
    assert not bespaard.fillna(0).to_numpy().any()
    assert (sim.verwacht["verwachte_maanden"] == sim.verwacht["verwachte_maanden_zonder_terugval"]).all()
    assert not sim.uitkeringen["client_id"].duplicated().any()
    loopt = sim.inzet[sim.inzet["einddatum"].isna()]
    assert sim.verwacht.set_index("client_id").filter(like="bespaard").isna().sum().sum() == len(loopt)
