"""The ambition: Arnhem's figures, a gap that splits exactly, a chance that is one, and sentences that follow."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from scipy.stats import multivariate_normal

from kompas.config import maak_config
from kompas.fouten import GebruiksFout
from kompas.monitors.ambitie import KOLOMMEN, kans_gehaald, maak_ambitie
from kompas.monitors.maanden import namen, nummer
from kompas.monitors.reeksen import KOLOMMEN as REEKSKOLOMMEN
from kompas.monitors.reeksen import Reeksen
from kompas.monitors.vooruitzicht import maak_vooruitzicht
from kompas.weergave.ambitieblad import ambitiedelen, ambitiepagina, ambitietekst

VAN = "2003-06"


def config(**ambitie):
    return maak_config(
        {
            "gemeente": {"naam": "Arnhem", "peildatum": dt.date(2007, 6, 30)},
            "bron": {"venster_van": dt.date(2001, 1, 1)},
            "ambitie": {"minder": 500, "jaren": 4, "vanaf": VAN} | ambitie,
        }
    )


def reeksen(**gebieden):
    """Areas with one value per month from 2003-06 on."""
    delen = []
    for gebied, waarden in gebieden.items():
        maanden = namen(range(nummer(VAN), nummer(VAN) + len(waarden)))
        deel = pd.DataFrame({"maand": maanden, "gebied": gebied, "naam": gebied, "groep": "totaal"})
        deel = deel.assign(uitkeringen=np.asarray(waarden, dtype=float), voorlopig=False, bron="referentie")
        delen.append(deel.reindex(columns=list(REEKSKOLOMMEN)))
    tabel = pd.concat(delen, ignore_index=True).astype({"instroom": float, "uitstroom": float})
    tabel = tabel.sort_values(["gebied", "naam", "groep", "maand"], ignore_index=True)
    return Reeksen(tabel=tabel, gemeente="Arnhem", peildatum=dt.date(2007, 6, 30), laatste_maand="2007-06")


VLAK = np.full(49, 10_000.0)
DALING = np.linspace(300_000, 285_000, 49)  # index .95 after four years


def maak(eigen=VLAK, nederland=DALING, **ambitie):
    r = reeksen(eigen=eigen) if nederland is None else reeksen(eigen=eigen, nederland=nederland)
    c = config(**ambitie)
    v = maak_vooruitzicht(None, c, None, reeksen=r)
    return maak_ambitie(None, c, vooruitzicht=v, reeksen=r)


def test_arnhem():
    """S0 = 10,000, national index .95 after four years, 500 fewer on top: 9,500 - 500 = 9,000 (feiten)."""
    t = maak().tabel.set_index("maand")
    assert list(t.reset_index().columns) == list(KOLOMMEN)
    r = t.loc["2007-06"]
    assert r["trendpad"] == pytest.approx(9_500)
    assert r["doelpad"] == pytest.approx(9_000)
    assert (r["gat_trend"], r["gat_eigen"]) == (pytest.approx(500), pytest.approx(500))
    assert t.loc["2005-06", "doelpad"] == pytest.approx(9_750 - 250)
    assert t.index[0] == VAN
    assert t.index[-1] == "2009-06"
    assert t.loc["2009-06", "trendpad"] - t.loc["2009-06", "doelpad"] == pytest.approx(500), (
        "phased in full after the term"
    )


def test_het_gat_is_precies_de_som_van_zijn_delen():
    rng = np.random.default_rng(1)
    t = maak(eigen=9_000 + rng.integers(0, 900, 49)).tabel
    y = t["realisatie"].fillna(t["prognose"])
    assert t["realisatie"].notna().sum() == 49
    assert t["prognose"].notna().sum() == 24
    np.testing.assert_allclose(t["gat_trend"] + t["gat_eigen"], y - t["doelpad"], atol=1e-9)


def test_wie_de_trend_volgt_heeft_geen_trenddeel():
    t = maak(eigen=10_000 * DALING / DALING[0]).tabel.dropna(subset=["realisatie"])
    np.testing.assert_allclose(t["gat_trend"], 0.0, atol=1e-8)
    np.testing.assert_allclose(t["gat_eigen"], 500 * np.arange(49) / 48, atol=1e-8)


def test_kans_in_maanden_die_geweest_zijn_is_een_of_nul():
    t = maak().tabel.set_index("maand")
    assert t.loc[VAN, "kans"] == 1.0
    assert (t.loc["2003-07":"2007-06", "kans"] == 0.0).all()
    onder = maak(eigen=np.r_[10_000.0, np.linspace(9_900, 8_000, 48)]).tabel.set_index("maand")
    assert (onder.loc[:"2007-06", "kans"] == 1.0).all()


def test_kans_tegen_loting():
    """The quadrature against a simulation of both errors."""
    y, s, t, st, korting, rho = 9_400.0, 0.06, 9_500.0, 0.04, 300.0, 0.5
    uit = kans_gehaald(*(np.array([x]) for x in (y, s, t, st, korting)), rho)[0]
    z = np.random.default_rng(3).standard_normal((2, 400_000))
    trend = t * np.exp(st * z[0])
    eigen = y * np.exp(s * (rho * z[0] + np.sqrt(1 - rho**2) * z[1]))
    assert uit == pytest.approx((eigen <= trend - korting).mean(), abs=0.003)


def test_kans_zonder_korting_is_een_normale_verdeling():
    rho, s, st = 0.3, 0.05, 0.02
    uit = kans_gehaald(np.array([100.0]), np.array([s]), np.array([103.0]), np.array([st]), np.zeros(1), rho)[0]
    sd = np.sqrt(s**2 + st**2 - 2 * rho * s * st)
    assert uit == pytest.approx(multivariate_normal(0, sd**2).cdf(np.log(1.03)), abs=1e-6)


def test_meer_ambitie_is_minder_kans_en_meer_samenhang_telt():
    kansen = [maak(minder=m).tabel["kans"].iloc[-1] for m in (0, 250, 500, 1_000)]
    assert kansen == sorted(kansen, reverse=True)
    assert kansen[0] > kansen[-1]


def test_zonder_landelijke_reeks_een_vast_pad_met_een_zin():
    a = maak(nederland=None)
    t = a.tabel.set_index("maand")
    assert t["trendpad"].isna().all()
    assert t["gat_trend"].isna().all()
    assert t.loc["2007-06", "doelpad"] == pytest.approx(9_500)
    assert t.loc["2007-06", "gat_eigen"] == pytest.approx(500)
    assert a.volgt == ""
    assert any("[bron.referentie] met soort nederland" in z for z in a.waarschuwingen)
    assert "zonder trend" in ambitietekst(a)


def test_zonder_eigen_reeks_en_buiten_de_reeks():
    r = reeksen(nederland=DALING)
    with pytest.raises(GebruiksFout, match="KMP-Z210"):
        maak_ambitie(None, config(), reeksen=r)
    with pytest.raises(GebruiksFout, match=r"KMP-Z211.*2003-06 tot en met 2007-06"):
        maak(vanaf="2002-01")


def test_einde_verder_dan_de_prognose_is_geen_uitspraak():
    a = maak(vanaf="2007-06")
    assert a.einde == "2011-06"
    assert a.start == 10_000
    assert len(a.tabel) == 25
    assert any("geen uitspraak" in z and "2011-06" in z for z in a.waarschuwingen)


def test_achterlopende_landelijke_reeks_wordt_vooruit_gezet():
    a = maak(nederland=DALING[:-6])
    t = a.tabel.set_index("maand")
    assert t["trendpad"].notna().all()
    assert 0.0 < t.loc["2007-06", "trendpad"] < 10_000
    assert any("2006-12, 181 dagen" in b for b in a.bronnen)


def test_zinnen_volgen_de_cijfers():
    hier, daar = maak(), maak(eigen=np.linspace(10_000, 8_500, 49))
    assert "1.000 boven het doelpad (500 boven de trend; de afspraak is 500 eronder)" in " ".join(
        ambitietekst(hier).split()
    )
    assert "500 onder het doelpad (1.000 onder de trend" in " ".join(ambitietekst(daar).split())
    assert max(len(r) for r in ambitietekst(hier).splitlines()) <= 80
    assert ambitiepagina(hier) == ambitiepagina(maak())
    assert "Arnhem" in ambitiepagina(hier)


def test_plaatjes_hebben_een_naam_en_zinnen():
    a = maak()
    for soort in ("pad", "kans"):
        p = a.plot(soort)
        assert p.titel in p.svg
        assert p.zinnen


def test_kleine_aantallen_staan_niet_op_het_blad():
    a = maak(eigen=np.r_[np.full(48, 12.0), 7.0], nederland=None, minder=2)
    rij = next(s.tabel for d in ambitiedelen(a) for s in d.stukken if s.tabel).rijen[48]
    assert rij[:2] == ("2007-06", "minder dan 10")
    assert rij[5:8] == ("niet getoond",) * 3
