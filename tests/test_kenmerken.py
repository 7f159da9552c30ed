"""Traits: what is learnt, how it is coded, and that a trait that changes holds from the next month on."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.orakel import jaren_oud
from tests.test_panel import D, spell, tabellen, toets_config

from kompas.config import STANDAARD_KENMERKEN, maak_config
from kompas.fouten import GebruiksFout
from kompas.historie import bronwaarden_van
from kompas.kenmerken import Kenmerk, bandnamen, gevraagd, leer_kenmerken, relevante_leeftijden
from kompas.models.calendar import to_day
from kompas.panel import maak_panel
from kompas.perioden import maak_perioden


def config_met(**kenmerken):
    kop = {"gemeente": {"naam": "x", "peildatum": D(2006, 12, 31)}, "bron": {"venster_van": D(2004, 1, 1)}}
    return maak_config(kop | {"kenmerken": kenmerken})


def leer(u, config, namen, historie=None, **kolommen):
    """Learn traits on rows of uitkeringen; returns them with the look-up."""
    ut, it = tabellen(u, [])
    for naam, waarden in kolommen.items():
        ut[naam] = waarden
    p = maak_perioden(ut, it, config)
    leeg = pd.DataFrame({"client_id": [], "kenmerk": [], "waarde": [], "vanaf": []})
    bron, stappen = bronwaarden_van(namen, p, ut, leeg if historie is None else historie)
    spells = np.arange(len(p.spells))
    dag = np.maximum(p.spells["begin"].to_numpy(), to_day(config.bron.venster_van))
    return {k.naam: k for k in leer_kenmerken(namen, bron, spells, dag, config)}, bron, (p, ut, stappen)


def klanten(n, **meer):
    return [spell(D(2004, 1, 1) + dt.timedelta(days=k), client=f"c{k}", **meer) for k in range(n)]


def test_tekst_wordt_categorie_met_de_meeste_als_referentie():
    k = leer(klanten(5), config_met(), ["team"], team=["b", "a", "c", "b", "c"])[0]["team"]
    assert (k.soort, k.niveaus, k.referentie) == ("categorie", ("a", "b", "c"), "b")  # a tie: the first in order
    assert k.codeer(np.array(["c", "a", "onbekend", "b"], dtype=object)).tolist() == [2, 0, -1, 1]
    assert leer(klanten(3), config_met(), ["team"], team=["b", "a", "a"])[0]["team"].referentie == "a"


def test_getal_is_lineair_tenzij_banden_of_soort():
    waarden = [1.0, 2.5, 7.0, 2.5]
    k = leer(klanten(4), config_met(), ["x"], x=waarden)[0]["x"]
    assert (k.soort, k.bereik, k.niveaus) == ("numeriek", (1.0, 7.0), ())
    k = leer(klanten(4), config_met(gebruik=["x"], banden={"x": [2.5, 5]}), ["x"], x=waarden)[0]["x"]
    assert (k.soort, k.niveaus, k.referentie) == ("band", ("<2.5", "2.5-<5", "5+"), "2.5-<5")
    assert k.codeer(np.array([2.4, 2.5, 4.9, 5.0, np.nan])).tolist() == [0, 1, 1, 2, -1]


def test_een_afgeleid_getal_als_categorie_krijgt_een_code_per_waarde():
    u = [
        spell(D(2004, 1, 1), D(2004, 2, 1), "11"),
        spell(D(2005, 1, 1), D(2005, 2, 1), "11"),
        spell(D(2005, 6, 1)),
        spell(D(2005, 6, 1), client="c1", geboortedatum=D(1975, 1, 1)),
    ]
    config = config_met(soort={"eerdere_spells": "categorie", "leeftijd": "categorie"})
    kenmerken, bron, (p, ut, _) = leer(u, config, ["eerdere_spells", "leeftijd"])
    assert kenmerken["eerdere_spells"].niveaus == ("0", "1", "2")
    assert kenmerken["eerdere_spells"].referentie == "0"
    assert kenmerken["eerdere_spells"].codeer(np.array([2, 0, 3])).tolist() == [2, 0, -1]
    assert kenmerken["eerdere_spells"].codeer(np.array([2.0, 0.0])).tolist() == [2, 0]
    k = kenmerken["leeftijd"]
    assert k.niveaus == tuple(str(j) for j in range(23, 32))  # 31 is reached after the first day, within the window
    q = maak_panel(
        p,
        ut,
        config,
        kenmerken=lambda s, d: {"code": k.codeer(bron.waarde("leeftijd", s, d))},
        leeftijden=relevante_leeftijden([k]),
    )
    assert q.profielen["code"].min() >= 0


def test_niveau_dat_alleen_bij_de_overnemer_voorkomt_is_bekend():
    u = [
        spell(D(2004, 1, 1), D(2004, 6, 30), "02", huishouden_id="h"),
        spell(D(2004, 7, 1), client="c1", huishouden_id="h"),
    ]
    kenmerken, bron, _ = leer(u, config_met(), ["team"], team=["a", "b"])
    k = kenmerken["team"]
    assert (k.niveaus, k.referentie) == (("a", "b"), "a")
    assert k.codeer(bron.waarde("team", np.zeros(1, dtype=int), np.array([to_day(D(2005, 1, 1))]))).tolist() == [1]


def test_bandnamen_dekken_alle_getallen_een_keer():
    assert bandnamen((25, 35, 45), geheel=True) == ("<25", "25-34", "35-44", "45+")
    assert bandnamen((25,), geheel=True) == ("<25", "25+")


@given(st.lists(st.integers(15, 70), min_size=1, max_size=6, unique=True).map(sorted), st.integers(10, 80))
def test_een_leeftijd_valt_in_de_band_die_zijn_naam_zegt(banden, leeftijd):
    k = Kenmerk(naam="leeftijd", soort="band", niveaus=bandnamen(banden, geheel=True), banden=tuple(banden))
    naam = k.niveaus[int(k.codeer(np.array([leeftijd]))[0])]
    if naam.startswith("<"):
        assert leeftijd < int(naam[1:])
    elif naam.endswith("+"):
        assert leeftijd >= int(naam[:-1])
    else:
        laag, hoog = naam.split("-")
        assert int(laag) <= leeftijd <= int(hoog)


def test_gevraagd_neemt_van_de_standaardlijst_alleen_wat_er_is_en_nooit_duur():
    kolommen = ["geslacht", "leefvorm", "team"]
    assert gevraagd(config_met(), kolommen, []) == ("geslacht", "leeftijd", "leefvorm", "eerdere_spells")
    assert gevraagd(config_met(gebruik=["team", "duur"]), kolommen, []) == ("team",)
    assert gevraagd(config_met(gebruik=["trede"], motivering={"trede": "x"}), kolommen, ["trede"]) == ("trede",)
    with pytest.raises(GebruiksFout, match="geslacht"):
        gevraagd(config_met(gebruik=["geslagt"]), kolommen, [])
    assert "fasering" in STANDAARD_KENMERKEN


def test_tekst_in_banden_is_een_fout():
    with pytest.raises(GebruiksFout, match="KMP-C021"):
        leer(klanten(2), config_met(gebruik=["team"], banden={"team": [1]}), ["team"], team=["a", "b"])


def test_leeftijd_is_hele_jaren_aan_het_begin_van_elk_stuk():
    u = [spell(D(2004, 1, 31), geboortedatum=g, client=f"c{n}") for n, g in enumerate([D(1980, 2, 29), D(1975, 6, 30)])]
    kenmerken, bron, (p, ut, _) = leer(u, config_met(banden={"leeftijd": [24, 30]}), ["leeftijd"])
    assert relevante_leeftijden(list(kenmerken.values())).tolist() == [24, 30]
    assert relevante_leeftijden([Kenmerk(naam="leeftijd", soort="numeriek")]).tolist() == list(range(1, 121))
    assert relevante_leeftijden([Kenmerk(naam="x", soort="numeriek")]).size == 0
    q = maak_panel(
        p,
        ut,
        config_met(),
        kenmerken=lambda s, d: {"leeftijd": bron.waarde("leeftijd", s, d)},
        leeftijden=np.arange(1, 121),
    )
    e = q.exposure.expand()
    for n, r in enumerate(u):
        eigen = q.profielen["leeftijd"][e["profile"][e["cluster"] == n]]
        begin = [D(2004 + m // 12, m % 12 + 1, 1) for m in range(len(eigen))]
        dagen = [(b.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1) for b in begin]
        dagen = [min(d, d.replace(day=min(d.day, 31))) for d in dagen]  # begins on the 31st: the last day of each month
        assert eigen.tolist() == [jaren_oud(r["geboortedatum"], d) for d in dagen]


def test_een_kenmerk_dat_verandert_geldt_vanaf_de_volgende_maand_en_knipt_niet():
    historie = pd.DataFrame(
        {
            "client_id": ["c0", "c0"],
            "kenmerk": ["trede", "trede"],
            "waarde": ["2", "3"],
            "vanaf": pd.to_datetime(["2004-03-15", "2004-05-01"]).astype("datetime64[ns]"),
        }
    )
    config = toets_config(tot=D(2004, 6, 30))
    kenmerken, bron, (p, ut, stappen) = leer([spell(D(2004, 1, 1))], config, ["trede"], historie, trede=["1"])
    assert kenmerken["trede"].niveaus == ("1", "2", "3")
    q = maak_panel(
        p,
        ut,
        config,
        kenmerken=lambda s, d: {"trede": kenmerken["trede"].codeer(bron.waarde("trede", s, d))},
        tijdlijnen=stappen,
    )
    e = q.exposure.expand()
    assert e["length"].tolist() == [1.0] * 6
    assert q.profielen["trede"][e["profile"]].tolist() == [0, 0, 0, 1, 2, 2]
    assert q.exposure.profile.size == 3  # one row per value


def test_historie_van_voor_de_periode_en_van_een_ander_telt_niet_verkeerd():
    historie = pd.DataFrame(
        {
            "client_id": ["c0", "c1"],
            "kenmerk": ["trede", "trede"],
            "waarde": ["2", "3"],
            "vanaf": pd.to_datetime(["1999-01-01", "2004-02-01"]).astype("datetime64[ns]"),
        }
    )
    u = [spell(D(2004, 1, 1)), spell(D(2004, 1, 1), client="c1")]
    _, bron, _ = leer(u, toets_config(), ["trede"], historie, trede=["1", "1"])
    dag = np.array([to_day(D(2004, 1, 20))] * 2)
    assert bron.waarde("trede", np.arange(2), dag).tolist() == ["2", "1"]
    assert bron.waarde("trede", np.arange(2), dag + 40).tolist() == ["2", "3"]


def test_historie_volgt_de_ontvanger_na_een_overname():
    historie = pd.DataFrame(
        {
            "client_id": ["c0", "c1", "c0"],
            "kenmerk": "trede",
            "waarde": ["2", "3", "4"],
            "vanaf": pd.to_datetime(["2004-01-10", "2004-01-20", "2004-09-01"]).astype("datetime64[ns]"),
        }
    )
    u = [
        spell(D(2004, 1, 1), D(2004, 6, 30), "02", huishouden_id="h"),
        spell(D(2004, 7, 1), client="c1", huishouden_id="h"),
    ]
    _, bron, _ = leer(u, toets_config(), ["trede"], historie, trede=["1", "1"])
    dagen = np.array([to_day(d) for d in (D(2004, 1, 5), D(2004, 6, 30), D(2004, 7, 1), D(2004, 12, 1))])
    assert bron.waarde("trede", np.zeros(4, dtype=np.int64), dagen).tolist() == ["1", "2", "3", "3"]
