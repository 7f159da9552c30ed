"""The balanced sample leaves the truth standing: exits counted in the files against the hazards of ``waarheid``."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kompas.config import BESTEMMINGEN, lees_config
from kompas.simulatie.hollandstad import PEILDATUM, VENSTER_VAN, hollandstad_waarheid
from kompas.simulatie.steekproef import Marge, kies_steekproef

MAP = Path(__file__).resolve().parents[1] / "data" / "sample" / "hollandstad"
WERK, HANDHAVING = {"11", "13"}, {"31", "34", "35"}


def _maand(reeks):
    return reeks.dt.year * 12 + reeks.dt.month - 1


def _knopen(rijen, prefix, eerste):
    """Course on the first day of each month in ``eerste`` (datetime64), from the rows ``prefix=date``."""
    deel = rijen[rijen["term"].str.startswith(f"{prefix}=")]
    if deel.empty:
        return np.zeros(len(eerste))
    x = pd.to_datetime(deel["term"].str.split("=").str[1]).to_numpy().astype("datetime64[D]").astype(float)
    return np.interp(eerste.to_numpy().astype("datetime64[D]").astype(float), x, deel["log_effect"])


@pytest.fixture(scope="module")
def stukken():
    """One row per spell and duration month in the window, with expected exits per bestemming and the exit counted."""
    u = pd.read_csv(
        MAP / "bron/uitkeringen.csv",
        dtype={"reden_einde": str},
        parse_dates=["begindatum", "einddatum", "geboortedatum"],
    )
    h = pd.read_csv(MAP / "bron/kenmerken_historie.csv", parse_dates=["vanaf"])
    start = h.rename(columns={"vanaf": "begindatum", "waarde": "start"})[["client_id", "begindatum", "start"]]
    u = u.drop(columns="fasering").merge(start, on=["client_id", "begindatum"]).rename(columns={"start": "fasering"})
    u = u.merge(pd.read_csv(MAP / "waarheid/clienten.csv"), on="client_id")
    van, peil = pd.Timestamp(VENSTER_VAN), pd.Timestamp(PEILDATUM)
    u["tot"] = u["einddatum"].fillna(peil)
    u = u[u["tot"] >= van].reset_index(drop=True)
    u["spell"] = np.arange(len(u))
    aantal = (_maand(u["tot"]) - _maand(u["begindatum"]) + 1).to_numpy()
    p = u.loc[u.index.repeat(aantal)].reset_index(drop=True)
    p["k"] = p.groupby("spell").cumcount()
    eerste = p["begindatum"].dt.to_period("M").astype("int64") + p["k"]
    dag = p["begindatum"].dt.day
    for naam, maand in (("mv", eerste), ("mt", eerste + 1)):
        begin = pd.PeriodIndex.from_ordinals(maand, freq="M")
        p[naam] = begin.start_time + pd.to_timedelta(np.minimum(dag, begin.days_in_month) - 1, "D")
    p = p[(p["mt"] > van) & (p["mv"] <= p["tot"])].reset_index(drop=True)
    p["dag"] = p["mv"].clip(lower=van)
    eind = (p["tot"] + pd.Timedelta(days=1)).clip(upper=p["mt"])
    p["deel"] = (eind - p["dag"]) / (p["mt"] - p["mv"])
    weg = p["einddatum"].notna() & (p["einddatum"] < p["mt"]) & (p["reden_einde"] != "03")
    p["naar"] = np.where(~weg, -1, p["reden_einde"].map(lambda r: 0 if r in WERK else 1 if r in HANDHAVING else 2))
    return _verwacht(p)


def _verwacht(p):
    waar = pd.read_csv(MAP / "waarheid/coefficienten.csv")
    typen = pd.read_csv(MAP / "waarheid/typen.csv").set_index("type")
    config, effecten = lees_config(MAP / "kompas.toml"), pd.read_csv(MAP / "waarheid/effecten.csv")
    fasen = {i.code: _fase(p, i) for i in config.instrument}
    eerste = p["mv"].dt.to_period("M").dt.start_time
    leeftijd = p["dag"].dt.year - p["geboortedatum"].dt.year
    leeftijd -= (p["dag"].dt.month * 100 + p["dag"].dt.day) < (
        p["geboortedatum"].dt.month * 100 + p["geboortedatum"].dt.day
    )
    w = hollandstad_waarheid()
    band = np.searchsorted(w.duurbanden, p["k"], side="right")
    for c, naam in enumerate(BESTEMMINGEN):
        rijen = waar[waar["bestemming"] == naam]
        coef = rijen.set_index("term")["log_effect"]
        eta = coef[coef.index.str.startswith("duur=")].to_numpy()[band] + (leeftijd - w.leeftijd_nul) * coef["leeftijd"]
        eta += coef.reindex("maand=" + p["mv"].dt.month.astype(str)).to_numpy() + _knopen(rijen, "verloop", eerste)
        eta += np.where(p["k"] >= w.lang_vanaf, _knopen(rijen, "verloop_lang", eerste), 0.0)
        for kenmerk in ("geslacht", "leefvorm", "opleiding", "fasering"):
            eta += coef.reindex(f"{kenmerk}=" + p[kenmerk].fillna("onbekend")).to_numpy()
        eta += typen[f"uitstroom_{naam}"].reindex(p["type"]).to_numpy()
        for code, fase in fasen.items():
            rij = effecten[(effecten["instrument"] == code) & (effecten["bestemming"] == naam)]
            eta += np.concatenate([[0.0], rij["log_effect"]])[fase]
            p[f"fase_{code}"] = fase
        p[f"verwacht_{c}"] = np.exp(eta) * p["deel"]
    return p


def _fase(p, instrument):
    """Phase (0 = none) on the first day of the row, from the last deployment before it."""
    inzet = pd.read_csv(MAP / "bron/inzet.csv", parse_dates=["begindatum"])
    eigen = inzet[(inzet["instrument"] == instrument.code) & (inzet["status"] == "gestart")]
    eigen = eigen[["client_id", "begindatum"]].rename(columns={"begindatum": "start"}).sort_values("start")
    links = p[["client_id", "dag"]].reset_index().sort_values("dag")
    links["start"] = pd.merge_asof(
        links, eigen.assign(s=eigen["start"]), left_on="dag", right_on="start", by="client_id"
    )["s"].to_numpy()
    start = links.set_index("index")["start"].sort_index()
    eind = start + pd.DateOffset(months=instrument.duur_maanden)
    randen = ([start] if instrument.duur_maanden else []) + [eind]
    randen += [eind + pd.DateOffset(months=m) for m in instrument.fasen_na]
    return sum((r <= p["dag"]).to_numpy().astype(int) for r in randen)


def _z(p, groep):
    """Largest standardised difference of counted and expected exits over the cells of a grouping."""
    z = []
    for c in range(3):
        waar = (p["naar"] == c).groupby(groep).sum()
        hoop = p[f"verwacht_{c}"].groupby(groep).sum()
        z.append(((waar - hoop) / np.sqrt(hoop))[hoop > 15])
    return pd.concat(z).abs().max()


def test_uitstroom_volgt_de_ware_kansen(stukken):
    """Within 4.5% over all exits to work and the rest, and within chance in every phase, type and year."""
    for c in (0, 2):
        assert abs((stukken["naar"] == c).sum() / stukken[f"verwacht_{c}"].sum() - 1) < 0.045
    for code in ("reintegratie", "werkdirect", "huisbezoek"):
        assert _z(stukken, stukken[f"fase_{code}"]) < 3.2, code
    assert _z(stukken, stukken["type"]) < 3.2
    assert _z(stukken, stukken["mv"].dt.year) < 3.5


def test_steekproef_haalt_de_marges_en_is_herhaalbaar():
    rng = np.random.default_rng(1)
    marges = [Marge(naam=str(k), bijdrage=rng.integers(0, 3, 500), doel=260 + k) for k in range(6)]
    eerste = kies_steekproef(marges, n=500, trekking=300, zaad=5)
    assert [int(m.bijdrage[eerste].sum()) for m in marges] == pytest.approx([m.doel for m in marges], abs=2)
    assert np.array_equal(eerste, kies_steekproef(marges, n=500, trekking=300, zaad=5))
    assert not np.array_equal(eerste, kies_steekproef(marges, n=500, trekking=300, zaad=6))
