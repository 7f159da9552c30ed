"""Choosing reference municipalities and rankings: distances by hand, ties, what is missing, real tables."""

import numpy as np
import pandas as pd
import pytest
from tests.bestandhulp import CBS

from kompas.bron.cbs_bestanden import lees_cbs_jaren
from kompas.fouten import GebruiksFout
from kompas.monitors.vergelijking import gemeentekenmerken, kies_referentie, ontwikkeling_gemeenten, rangorde


@pytest.fixture(scope="module")
def jaren():
    return lees_cbs_jaren(CBS, [p.name for p in sorted(CBS.glob("8*.csv"))])


def tabel(**kolommen):
    n = len(next(iter(kolommen.values())))
    return pd.DataFrame({"regio": [chr(65 + i) for i in range(n)], **kolommen})


# -- distance


def test_afstand_met_de_hand():
    """Medians 2 and 20; median absolute deviations 1 and 10; so the spread is 1.4826 and 14.826."""
    f = tabel(x=[1.0, 1.0, 2.0, 3.0, 9.0], y=[20.0, 31.0, 20.0, 10.0, 5.0])
    k = kies_referentie(f, "A", op=["x", "y"], aantal=2)
    assert k.schaal["spreiding"].tolist() == pytest.approx([1.4826, 14.826])
    t = k.tabel.set_index("regio")
    assert t.loc["B", "afstand"] == pytest.approx(11 / 14.826)
    assert t.loc["D", "afstand"] == pytest.approx(np.hypot(2 / 1.4826, 10 / 14.826))
    assert (t.loc["B", "x_bijdrage"], t.loc["B", "y_bijdrage"]) == (0, 1)
    assert t.loc["D", "x_bijdrage"] == pytest.approx(0.8)
    assert t[["x_bijdrage", "y_bijdrage"]].sum(axis=1).tolist() == pytest.approx([1] * 4)
    assert k.tabel["rang"].tolist() == [1, 2, 3, 4]
    assert k.tabel["regio"].tolist() == ["C", "B", "D", "E"]
    assert k.gekozen == ("C", "B")


def test_een_andere_eenheid_verandert_niets():
    f = tabel(x=[1.0, 1.5, 2.0, 3.0, 9.0], y=[20.0, 30.0, 20.0, 10.0, 5.0])
    een = kies_referentie(f, "B", op=["x", "y"])
    ander = kies_referentie(f.assign(x=f["x"] * 1000 + 7), "B", op=["x", "y"])
    np.testing.assert_allclose(een.tabel["afstand"], ander.tabel["afstand"])


def test_een_uitschieter_maakt_de_anderen_niet_gelijk():
    """With an ordinary standard deviation the outlier would set the scale."""
    f = tabel(x=[10.0, 11.0, 12.0, 13.0, 14.0, 10_000.0])
    k = kies_referentie(f, "A", op=["x"])
    assert k.tabel["afstand"].iloc[0] == pytest.approx(1 / (1.4826 * 1.5))


def test_ontbrekend_wordt_weggelaten_en_geteld():
    f = tabel(x=[1.0, 2.0, None, 4.0], y=[1.0, np.inf, 2.0, 3.0])
    k = kies_referentie(f, "A", op=["x", "y"], aantal=3)
    assert k.weggelaten.to_numpy().tolist() == [["B", "y"], ["C", "x"]]
    assert k.tabel["regio"].tolist() == ["D"]
    assert "2 gemeenten zijn weggelaten" in k.toelichting[1]
    assert any("maar 1" in w for w in k.waarschuwingen)


def test_gelijke_afstand_gaat_op_code_en_rijvolgorde_maakt_niet_uit():
    f = tabel(x=[5.0, 6.0, 4.0, 6.0, 4.0])
    volgorde = ["B", "C", "D", "E"]
    assert kies_referentie(f, "A", op=["x"]).tabel["regio"].tolist() == volgorde
    assert kies_referentie(f.iloc[::-1], "A", op=["x"]).tabel["regio"].tolist() == volgorde


@pytest.mark.parametrize(
    ("eigen", "op", "aantal", "code"),
    [
        ("Z", ["x"], 1, "KMP-Z111"),
        ("B", ["x"], 1, "KMP-Z111"),
        ("A", ["z"], 1, "KMP-Z112"),
        ("A", [], 1, "KMP-Z112"),
        ("A", ["x"], 0, "KMP-Z113"),
    ],
)
def test_verkeerd_gebruik(eigen, op, aantal, code):
    with pytest.raises(GebruiksFout) as fout:
        kies_referentie(tabel(x=[1.0, None, 2.0]), eigen, op=op, aantal=aantal)
    assert fout.value.code == code


def test_dubbele_gemeente_wordt_geweigerd():
    f = pd.DataFrame({"regio": ["A", "A"], "x": [1.0, 2.0]})
    with pytest.raises(GebruiksFout, match="KMP-Z113"):
        kies_referentie(f, "A", op=["x"])


# -- rankings


def test_rangorde_als_grafiek_1():
    """Ten and ten of thirty, the own municipality in the middle and the Netherlands by its own figure."""
    n = 30
    groei = np.linspace(-0.20, 0.09, n)
    f = pd.DataFrame({"regio": [f"G{i:02d}" for i in range(n)], "inwoners": 70_000.0, "groei": groei})
    f = pd.concat([f, pd.DataFrame({"regio": ["NL01", "KLEIN"], "inwoners": [1e7, 100.0], "groei": [-0.08, -0.9]})])
    r = rangorde(f.sample(frac=1, random_state=3), "groei", eigen="G15")
    assert r["deel"].value_counts().to_dict() == {"sterkste": 10, "minst_sterke": 10, "eigen": 1, "nederland": 1}
    assert r["groei"].is_monotonic_increasing
    assert r["van"].unique().tolist() == [30]
    assert r.loc[r["deel"] == "eigen", "plaats"].tolist() == [16]
    assert r["regio"].tolist()[:10] == [f"G{i:02d}" for i in range(10)]
    assert "KLEIN" not in set(r["regio"])
    eigen_klein = rangorde(f, "groei", eigen="KLEIN").set_index("regio")
    assert np.isnan(eigen_klein.loc["KLEIN", "plaats"])
    assert eigen_klein.loc["KLEIN", "deel"] == "eigen"


def test_een_korte_lijst_noemt_niemand_twee_keer():
    f = tabel(inwoners=[7e4] * 5, groei=[0.1, -0.1, 0.0, 0.2, None])
    r = rangorde(f, "groei")
    assert r["regio"].tolist() == ["B", "C", "A", "D"]
    assert r["deel"].tolist() == ["sterkste", "sterkste", "minst_sterke", "minst_sterke"]


def test_rangorde_van_niemand_is_leeg():
    assert rangorde(tabel(inwoners=[10.0], groei=[0.1]), "groei").empty


def test_rangorde_weigert_twee_jaren_en_een_onbekende_kolom(jaren):
    groei, _ = ontwikkeling_gemeenten(jaren)
    with pytest.raises(GebruiksFout, match="KMP-Z113"):
        rangorde(groei, "ontwikkeling")
    with pytest.raises(GebruiksFout, match=r"KMP-Z112.*Bedoelde u 'ontwikkeling'"):
        rangorde(groei, "ontwikkelin")


# -- the real tables


def test_ontwikkeling_uit_de_echte_tabellen(jaren):
    """The Netherlands below AOW age, and Den Haag; municipalities with a changed border are left out and counted."""
    groei, zinnen = ontwikkeling_gemeenten(jaren)
    land = groei[groei["regio"] == "NL01"].set_index("jaar")
    for jaar in (2016, 2017):
        stand = jaren[(jaren["regio"] == "NL01") & (jaren["leeftijd"] == "15-aow")].set_index("jaar")
        verwacht = stand.loc[jaar, "bijstandsontvangers"] / stand.loc[jaar - 1, "bijstandsontvangers"] - 1
        assert land.loc[jaar, "ontwikkeling"] == pytest.approx(verwacht)
    assert not groei.duplicated(["jaar", "regio"]).any()
    assert set(groei["jaar"]) == {2016, 2017}
    weg = {2016: 390 + 1, 2017: 388 + 1}
    over = groei.groupby("jaar").size()
    genoemd = sum(int(z.split(" ", 1)[0]) for z in zinnen)
    assert sum(weg.values()) - over.sum() == genoemd == 34


def test_kenmerken_van_gemeenten(jaren):
    k = gemeentekenmerken(jaren, jaar=2016).set_index("regio")
    assert len(k) == 391
    assert k.loc["NL01", "dichtheid"] == 36.0
    assert k.loc["NL01", "inwoners"] == 14_303_940
    assert k.loc["GM0518", "aandeel_aow"] == pytest.approx(0.1, abs=0.05)
    with pytest.raises(GebruiksFout, match=r"KMP-Z114.*2012"):
        gemeentekenmerken(jaren, jaar=2012)


def test_den_haag_lijkt_op_grote_steden(jaren):
    k = gemeentekenmerken(jaren)
    keuze = kies_referentie(k[k["regio"] != "NL01"], "GM0518", op=["log_inwoners", "dichtheid", "instroom_pct"])
    assert {"GM0363", "GM0599"} <= set(keuze.gekozen)
    gekozen = k.set_index("regio").loc[list(keuze.gekozen)]
    assert (gekozen["inwoners"] > 40_000).all()
