"""The own caseload of a scan: tabel 1 to 4 of the essay, late entry, small cells, the leak in fasering."""

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kompas.bron import lees_bron
from kompas.bron.typen import Bestand, geen_bevindingen
from kompas.config import lees_config, maak_config
from kompas.monitors.bestandsanalyse import Verblijf, maak_bestandsanalyse, vertrek

HOLLANDSTAD = Path(__file__).resolve().parents[1] / "data" / "sample" / "hollandstad" / "kompas.toml"
# Whole percentages of the source: what LEESMIJ.md of the sample allows, in percentage points.
TABEL_2, TABEL_3_4, TABEL_1 = 0.6, 1.5, 0.6


@pytest.fixture(scope="module")
def config():
    return lees_config(HOLLANDSTAD)


@pytest.fixture(scope="module")
def bestand(config):
    return lees_bron(config)


@pytest.fixture(scope="module")
def stad(bestand, config):
    return maak_bestandsanalyse(bestand, config)


def fractie(a, datum, leefvorm, geslacht="totaal"):
    s = a.samenstelling
    rij = s[(s["datum"] == datum) & (s["leefvorm"] == leefvorm) & (s["geslacht"] == geslacht)]
    return 100 * rij["fractie"].item()


# -- the figures of the essay


@pytest.mark.parametrize(
    ("datum", "delen", "mannen"),
    [("2002-01-01", (60, 25, 15), 55), ("2004-01-01", (61, 24, 15), 56), ("2006-01-01", (61, 24, 15), 57)],
)
def test_tabel_1_van_het_essay(stad, datum, delen, mannen):
    """Essay, tabel 1. Paren are 15% in the table; the text beside it says 13%."""
    for leefvorm, procent in zip(("alleenstaande", "alleenstaande_ouder", "gehuwd"), delen, strict=True):
        assert abs(fractie(stad, datum, leefvorm) - procent) <= TABEL_1
    assert abs(fractie(stad, datum, "alleenstaande", "man") - mannen) <= TABEL_1


@pytest.mark.parametrize(
    ("jaar", "maanden", "procent"), [(2004, 6, 36), (2005, 6, 36), (2006, 6, 37), (2004, 12, 58), (2005, 12, 59)]
)
def test_tabel_2_van_het_essay(stad, jaar, maanden, procent):
    """Essay, tabel 2. Its 23% 'between' in 2005 is 59 - 36 of rounded figures."""
    assert abs(100 * stad.kans("jaar", str(jaar), maanden) - procent) <= TABEL_2


def test_tabel_2_is_leeg_waar_een_jaar_nog_niet_om_is(stad):
    """Inflow of 2006 was not observed for a year on 30 June 2007, as in the essay."""
    assert np.isnan(stad.kans("jaar", "2006", 12))
    assert "2007" not in set(stad.kansen["groep"])


@pytest.mark.parametrize(
    ("groep", "procent"), [("15-24", 61), ("25-34", 55), ("35-44", 57), ("45-54", 54), ("55-aow", 50)]
)
def test_tabel_3_van_het_essay(stad, groep, procent):
    assert stad.periode == "2002-2005"
    assert abs(100 * stad.kans("leeftijd", groep) - procent) <= TABEL_3_4


@pytest.mark.parametrize(
    ("fase", "procent"),
    [("fase 1", 90), ("fase 2", 52), ("fase 3", 43), ("fase 4", 53), ("nog niet ingedeeld", 51), ("onbekend", 75)],
)
def test_tabel_4_van_het_essay_is_naar_de_laatste_waarde(stad, fase, procent):
    assert abs(100 * stad.kans("fasering", fase) - procent) <= TABEL_3_4


def test_fasering_bij_de_start_verklapt_de_uitkomst_niet(stad):
    """LEESMIJ.md of the sample: 70% of who started in fase 1, not 90%."""
    assert stad.kans("fasering_start", "fase 1") == pytest.approx(0.70, abs=0.01)
    assert np.isnan(stad.kans("fasering_start", "onbekend"))  # made up afterwards: nobody starts there
    (zin,) = stad.waarschuwingen
    assert "90%" in zin
    assert "70%" in zin


def test_intervallen_zijn_die_van_een_aandeel_zolang_niemand_is_afgekapt(stad):
    """Everybody was observed for a year: Greenwood is then the binomial variance."""
    k = stad.kansen[(stad.kansen["tabel"] == "leeftijd")]
    se = np.sqrt(k["kans"] * (1 - k["kans"]) / k["instroom"])
    assert (k["bovengrens"] - k["ondergrens"]).to_numpy() == pytest.approx((2 * 1.96 * se).to_numpy(), rel=0.02)
    assert ((k["ondergrens"] < k["kans"]) & (k["kans"] < k["bovengrens"])).all()


# -- Kaplan-Meier


def verblijf(entry, exit_, left):
    return Verblijf(
        begin=np.zeros(len(entry), dtype=np.int64),
        entry=np.array(entry, dtype=float),
        exit_=np.array(exit_, dtype=float),
        left=np.array(left, dtype=np.int64),
    )


def test_vertrek_met_de_hand():
    """At risk 5, 3 (one censored), 1 later: S = 4/5, then 4/5 x 2/3."""
    v = verblijf([0] * 5, [1, 2, 3, 4, 4], [1, 0, 1, 0, 0])
    kans, laag, hoog = vertrek(v, np.array([0.5, 1.0, 3.5, 5.0]))
    assert kans[:3] == pytest.approx([0.0, 0.2, 1 - 0.8 * 2 / 3])
    assert np.isnan([kans[3], laag[0], hoog[0]]).all()  # nobody was observed for five months
    s, greenwood = 0.8 * 2 / 3, 1 / (5 * 4) + 1 / (3 * 2)
    breed = np.exp(1.959964 * np.sqrt(greenwood) / abs(np.log(s)))
    assert [laag[2], hoog[2]] == pytest.approx([1 - s ** (1 / breed), 1 - s**breed])


def test_late_intrede_telt_niet_als_risico_voor_de_intrede():
    """Nine spells enter at month 5: the exit at month 2 is one of the single spell at risk then, not one of ten."""
    v = verblijf([0, 0, *[5] * 9], [2, 12, *[12] * 9], [1, 0, *[0] * 9])
    kans, _, _ = vertrek(v, np.array([6.0]))
    assert kans[0] == pytest.approx(0.5)


def test_intervallen_dekken_bij_afkapping_en_late_intrede():
    rng, raak = np.random.default_rng(7), 0
    for _ in range(300):
        duur = rng.exponential(12, 400)
        entry, einde = rng.uniform(0, 6, 400) * (rng.random(400) < 0.3), rng.uniform(6, 24, 400)
        wie = duur > entry
        v = verblijf(entry[wie], np.minimum(duur, einde)[wie], (duur <= einde)[wie])
        _, laag, hoog = vertrek(v, np.array([12.0]))
        raak += laag[0] <= 1 - np.exp(-1) <= hoog[0]
    assert 0.92 <= raak / 300 <= 0.985


# -- towns made by hand


def dorp(rijen, historie=None, **velden):
    """A town from (begin, eind, leefvorm, geslacht, geboren) per client."""
    n = len(rijen)
    leeg = [None] * n
    u = pd.DataFrame(
        {
            "client_id": [f"C{k:04d}" for k in range(n)],
            "huishouden_id": pd.Series(leeg, dtype=object),
            "begindatum": pd.to_datetime([r[0] for r in rijen]),
            "einddatum": pd.to_datetime([r[1] for r in rijen]),
            "reden_einde": [None if r[1] is None else "11" for r in rijen],
            "bestemming": [None if r[1] is None else "werk" for r in rijen],
            "leefvorm": [r[2] for r in rijen],
            "geslacht": [r[3] for r in rijen],
            "geboortedatum": pd.to_datetime([r[4] for r in rijen]),
            "rij": range(2, n + 2),
            **velden,
        }
    )
    b = Bestand(
        uitkeringen=u,
        inzet=pd.DataFrame(columns=["client_id", "instrument"]),
        gronden=pd.DataFrame(),
        kenmerken_historie=historie
        if historie is not None
        else pd.DataFrame(columns=["client_id", "kenmerk", "waarde", "vanaf"]),
        overig={},
        bevindingen=geen_bevindingen(),
        telling=pd.DataFrame(),
        bestanden=(),
    )
    gemeente = {"naam": "Dorp", "peildatum": dt.date(2007, 6, 30)}
    return maak_bestandsanalyse(b, maak_config({"gemeente": gemeente, "bron": {"venster_van": dt.date(2001, 1, 1)}}))


def klanten(n, begin="2005-03-01", eind=None, leefvorm="alleenstaande", geslacht="man", geboren="1970-01-01"):
    return [(begin, eind, leefvorm, geslacht, geboren)] * n


def test_kleine_groep_staat_er_niet_en_is_niet_terug_te_rekenen():
    rijen = klanten(33) + klanten(21, leefvorm="gehuwd") + klanten(6, leefvorm="anders")
    s = dorp(rijen).samenstelling
    assert "anders" not in set(s["leefvorm"])
    totaal = s[(s["geslacht"] == "totaal") & (s["datum"] == "2006-01-01")].set_index("leefvorm")
    assert totaal["aantal"].to_dict() == {"alleenstaande": 30.0, "gehuwd": 20.0}
    # 1 - 30/60 - 20/60 leaves ten of sixty: between 0 and 20 clients, not six.
    assert totaal["fractie"].sum() == pytest.approx(50 / 60)


def test_kleine_cel_naar_geslacht_staat_er_niet():
    rijen = klanten(40) + klanten(5, geslacht="vrouw") + klanten(30, leefvorm="gehuwd")
    s = dorp(rijen).samenstelling
    cellen = s[s["leefvorm"] == "alleenstaande"].set_index(["datum", "geslacht"])["aantal"]
    assert ("2006-01-01", "vrouw") not in cellen.index
    assert cellen["2006-01-01", "man"] == 40.0
    assert s[s["leefvorm"] == "alleenstaande"].query("geslacht == 'totaal'")["aantal"].tolist() == [45.0]


def test_te_weinig_instromers_vertrekkers_of_blijvers_geven_geen_kans():
    weg = klanten(12, eind="2005-08-31")
    a = dorp(weg + klanten(9))
    assert np.isnan(a.kans("jaar", "2005", 6))  # nine stayed
    assert dorp(weg + klanten(10)).kans("jaar", "2005", 6) == pytest.approx(12 / 22)
    tussen = weg + klanten(4, eind="2006-01-31") + klanten(20)
    assert dorp(tussen).kans("jaar", "2005", 6) == pytest.approx(12 / 36)
    assert np.isnan(dorp(tussen).kans("jaar", "2005", 12))  # four left in between
    jong = dorp(klanten(30) + klanten(30, eind="2005-08-31") + klanten(8, geboren="1985-01-01"))
    rij = jong.kansen[(jong.kansen["tabel"] == "leeftijd") & (jong.kansen["groep"] == "15-24")]
    assert rij[["instroom", "kans"]].isna().all().all()


def test_wie_de_aow_leeftijd_bereikt_is_vertrokken():
    """Born 1-9-1940: 65 on 1-9-2005, six months after the begin; the row itself runs on."""
    a = dorp(klanten(20, geboren="1940-09-01") + klanten(20))
    assert a.kans("jaar", "2005", 6) == pytest.approx(0.5)
    nu = a.samenstelling[a.samenstelling["datum"] == "2006-01-01"]
    assert nu[nu["geslacht"] == "totaal"]["aantal"].tolist() == [20.0]


def test_fasering_zonder_geschiedenis_waarschuwt():
    a = dorp(klanten(30) + klanten(30, eind="2005-08-31"), fasering=["fase 2"] * 30 + ["fase 1"] * 30)
    assert a.kans("fasering", "fase 1") == pytest.approx(1.0)
    assert not (a.kansen["tabel"] == "fasering_start").any()
    assert "kenmerken_historie" in a.waarschuwingen[0]


def test_zonder_fasering_of_uitkeringen():
    a = dorp(klanten(30))
    assert "fasering" in a.waarschuwingen[0]
    assert dorp([]) is None
