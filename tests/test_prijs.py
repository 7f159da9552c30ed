"""Price per benefit: own amounts, norms, what they may not say; the price path; the bridge with last year."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from tests.bronhulp import UITKERING
from tests.geldhulp import stad

from kompas.monitors.brug import maak_brug, ontleed
from kompas.monitors.maanden import nummer
from kompas.monitors.prijs import gemiddelde_prijs, normindex, normtabel, prijs_per_leefvorm, prijspad

JUNI = nummer("2007-06")
LOPEND = UITKERING | {"einddatum": "", "reden_einde": "", "leefvorm": "alleenstaande"}


def rijen(*extra):
    return [LOPEND | {"client_id": f"K{i}"} | e for i, e in enumerate(extra)]


def prijzen(tmp_path, *extra, van=JUNI, tot=JUNI):
    bestand, _ = stad(tmp_path, uitkeringen=rijen(*extra))
    return prijs_per_leefvorm(bestand, (van, tot))


# -- amounts and norms


def test_normen_van_2007_zoals_in_de_bron():
    """Stcrt. 2006, 251: 618,43 + 247,37; 865,80 + 247,37; 1.236,86."""
    norm, zinnen = normtabel(np.array([nummer("2007-01")]))
    assert norm[0, :3] == pytest.approx([618.43 + 247.37, 865.80 + 247.37, 1236.86])
    assert np.isnan(norm[0, 3])
    assert zinnen == ()


def test_voor_de_eerste_norm_is_de_prijs_onbekend():
    norm, zinnen = normtabel(np.array([nummer("2001-12"), nummer("2002-01")]))
    assert np.isnan(norm[0]).all()
    assert norm[1, 2] == pytest.approx(1099.81)
    assert "1 maanden" in zinnen[0]


def test_eigen_bedrag_gaat_voor_de_norm(tmp_path):
    t = prijzen(tmp_path, {"bedrag_maand": "1000"}, {"bedrag_maand": ""}).tabel
    assert t["prijs"].tolist() == pytest.approx([(1000 + 865.80) / 2])
    assert t["uit_norm"].tolist() == [0.5]
    assert t["uitkeringen"].tolist() == [2.0]


def test_anders_zonder_bedrag_is_onbekend_en_niet_nul(tmp_path):
    t = prijzen(tmp_path, {"bedrag_maand": "1000"}, {"leefvorm": "anders", "bedrag_maand": ""}).tabel.set_index(
        "leefvorm"
    )
    assert np.isnan(t.loc["anders", "prijs"])
    assert t.loc["anders", "onbekend"] == 1.0
    assert np.isnan(gemiddelde_prijs(t.reset_index())["prijs"].iloc[0])  # half is unknown: no mean


def test_tot_een_twintigste_onbekend_spreken_de_anderen_ervoor(tmp_path):
    rest = [{"bedrag_maand": "900"}] * 19
    t = prijzen(tmp_path, {"leefvorm": "anders", "bedrag_maand": ""}, *rest).tabel
    g = gemiddelde_prijs(t).iloc[0]
    assert g["onbekend"] == pytest.approx(0.05)
    assert g["prijs"] == pytest.approx(900.0)


def test_telt_wie_aan_het_eind_van_de_maand_loopt(tmp_path):
    """Ended on the last day of May: not in May any more. Begun on 30 June: in June. Past the AOW age: in neither."""
    t = prijzen(
        tmp_path,
        {"einddatum": "31-05-2007", "reden_einde": "11", "bedrag_maand": "1"},
        {"begindatum": "30-06-2007", "bedrag_maand": "20"},
        {"einddatum": "01-06-2007", "reden_einde": "11", "bedrag_maand": "300"},
        {"geboortedatum": "01-04-1942", "bedrag_maand": "4000"},
        van=nummer("2007-04"),
    ).tabel
    per = t.groupby("maand").apply(lambda x: float((x["prijs"] * x["uitkeringen"]).sum()), include_groups=False)
    # 65 on 1-4-2007: the old client is out from April on
    assert per.to_dict() == pytest.approx({"2007-04": 301.0, "2007-05": 300.0, "2007-06": 20.0})


def test_andere_regelingen_tellen_niet(tmp_path):
    t = prijzen(tmp_path, {"bedrag_maand": "1000"}, {"bedrag_maand": "5", "regeling": "bbz"}).tabel
    assert t["prijs"].tolist() == [1000.0]


# -- the price path

LANG = np.arange(nummer("2005-07"), JUNI + 1)


def test_groei_van_de_laatste_twaalf_maanden_houdt_aan():
    prijs = 1000 * 1.03 ** (np.arange(24) / 12)
    p = prijspad(LANG, prijs, 12, aandelen={}, peildatum=dt.date(2007, 6, 30))
    assert p.groei == pytest.approx(0.03)
    assert p.prijs == pytest.approx(prijs[-1] * 1.03 ** (np.arange(1, 13) / 12), rel=1e-5)
    assert p.norm_tot == ""
    assert "3,0% per jaar" in p.zin


def test_norm_per_1_juli_is_op_30_juni_bekend_en_die_van_januari_niet():
    """Norms: 1.236,86 (1-1-2007), 1.246,19 (1-7-2007), 1.260,28 (1-1-2008)."""
    vlak = np.full(24, 1200.0)
    p = prijspad(LANG, vlak, 12, aandelen={"gehuwd": 10.0}, peildatum=dt.date(2007, 6, 30))
    assert p.norm_tot == "2007-12"
    assert p.prijs[:6] == pytest.approx(1200 * 1246.19 / 1236.86)
    assert p.prijs[6:] == pytest.approx(1200 * 1246.19 / 1236.86)  # no growth in the past: flat after it


def test_een_maand_eerder_is_die_van_juli_nog_niet_bekend():
    toen = np.array([nummer("2007-06"), nummer("2007-07")])
    index = normindex(toen, {"gehuwd": 1.0}, dt.date(2007, 5, 30))
    assert index[0] == pytest.approx(1236.86)
    assert np.isnan(index[1])


def test_te_kort_verleden_geeft_geen_groei():
    p = prijspad(
        LANG[-5:], np.array([900.0, 950.0, 1000.0, 1000.0, 1000.0]), 3, aandelen={}, peildatum=dt.date(2007, 6, 30)
    )
    assert np.isnan(p.groei)
    assert p.prijs.tolist() == [1000.0] * 3
    assert np.isnan(p.spreiding).all()
    assert "minder dan 24 maanden" in p.zin


def test_onzekerheid_loopt_op():
    r = np.random.default_rng(3)
    prijs = 1000 * np.exp(np.cumsum(r.normal(0, 0.01, 60)))
    p = prijspad(np.arange(60) + 24000, prijs, 24, aandelen={}, peildatum=dt.date(2007, 6, 30))
    assert (np.diff(p.spreiding) >= 0).all()
    assert 0.005 < p.spreiding[0] < 0.03
    assert p.spreiding[-1] > 2 * p.spreiding[0]


# -- the bridge


def test_alleen_volume():
    V0, V1, een = np.array([100.0, 90.0]), np.array([80.0, 70.0]), np.ones((2, 1))
    assert ontleed(V0, V1, een, een, 12 * een, 12 * een) == pytest.approx((-480.0, 0.0, 0.0))


def test_alleen_mix():
    S0, S1, P = np.array([[0.5, 0.5]]), np.array([[0.25, 0.75]]), np.array([[100.0, 200.0]])
    V = np.array([10.0])
    assert ontleed(V, V, S0, S1, P, P) == pytest.approx((0.0, 250.0, 0.0))


def test_telt_precies_op_en_is_symmetrisch():
    r = np.random.default_rng(1)
    V = r.uniform(50, 100, (2, 6))
    S = r.dirichlet(np.ones(3), (2, 6))
    P = r.uniform(800, 1300, (2, 6, 3))
    heen = ontleed(V[0], V[1], S[0], S[1], P[0], P[1])
    terug = ontleed(V[1], V[0], S[1], S[0], P[1], P[0])
    U = [float((V[i][:, None] * S[i] * P[i]).sum()) for i in (0, 1)]
    assert sum(heen) == pytest.approx(U[1] - U[0], abs=1e-8)
    assert np.negative(terug) == pytest.approx(heen)


def test_zelfde_volgorde_als_alle_zes_volgordes():
    """The shares are the mean over the six orders in which volume, mix and price can change."""
    x = [(100.0, 90.0), (0.4, 0.3), (10.0, 12.0)]  # volume, share of the first of two groups, its price (the other 20)

    def u(stand):
        v, s, p = (x[k][j] for k, j in enumerate(stand))
        return v * (s * p + (1 - s) * 20.0)

    effect = np.zeros(3)
    for orde in ((0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)):
        stand = [0, 0, 0]
        for k in orde:
            voor = u(stand)
            stand[k] = 1
            effect[k] += (u(stand) - voor) / 6
    S0, S1 = np.array([[0.4, 0.6]]), np.array([[0.3, 0.7]])
    P0, P1 = np.array([[10.0, 20.0]]), np.array([[12.0, 20.0]])
    assert ontleed(np.array([100.0]), np.array([90.0]), S0, S1, P0, P1) == pytest.approx(effect)


def reeks(n, vakantiegeld=0.0):
    nummers = np.arange(JUNI - n + 1, JUNI + 1)
    f = pd.DataFrame({"nummer": nummers, "uitkeringen": np.linspace(1100, 1000, n)})
    return f.assign(uitgaven=f["uitkeringen"] * 1000.0 + vakantiegeld, vakantiegeld=vakantiegeld)


GEEN = pd.DataFrame(columns=["nummer", "leefvorm", "uitkeringen", "prijs"])


def test_brug_zonder_leefvorm_heeft_geen_mix():
    b = maak_brug(reeks(24), GEEN)
    jaar = b[b["periode"] == "twaalf_maanden"].set_index("component")["bedrag"]
    assert np.isnan(jaar["mix"])
    assert jaar[["vorig", "volume", "prijs", "vakantiegeld"]].sum() == pytest.approx(jaar["nu"])
    assert jaar["prijs"] == pytest.approx(0.0, abs=1e-6)


def test_brug_over_de_maanden_van_dit_jaar():
    b = maak_brug(reeks(18), GEEN)
    assert b["periode"].unique().tolist() == ["dit_jaar"]
    assert b["basis"].iloc[0] == "2007-01 t/m 2007-06 tegen een jaar eerder"


def test_geen_brug_als_een_maand_ontbreekt():
    f = reeks(24)
    assert maak_brug(f[f["nummer"] != JUNI - 14], GEEN)["periode"].tolist() == []


def test_een_groep_die_verdwijnt_breekt_de_brug_niet():
    f = reeks(24)
    lang = pd.concat(
        [
            pd.DataFrame({"nummer": f["nummer"], "leefvorm": "gehuwd", "uitkeringen": 500.0, "prijs": 1200.0}),
            pd.DataFrame({"nummer": f["nummer"][:12], "leefvorm": "anders", "uitkeringen": 5.0, "prijs": 700.0}),
        ]
    )
    jaar = maak_brug(f, lang).query("periode == 'twaalf_maanden'").set_index("component")["bedrag"]
    assert jaar["mix"] > 0  # the cheap group is gone
    assert jaar[["vorig", "volume", "prijs", "mix", "vakantiegeld"]].sum() == pytest.approx(jaar["nu"])
