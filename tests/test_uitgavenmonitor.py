"""The uitgavenmonitor: figures of Hollandstad, what is known on the peildatum, what is an estimate, what it says."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from tests.bronhulp import UITKERING
from tests.geldhulp import hollandstad, hollandstads, maanden, stad, uitgavenrijen

from kompas.fouten import GebruiksFout
from kompas.monitors.jaarstand import jaarstand, piek_vakantiegeld, verwacht_vakantiegeld
from kompas.monitors.maanden import nummer
from kompas.monitors.reeksen import maak_reeksen
from kompas.monitors.uitgavenmonitor import maak_uitgaven
from kompas.monitors.uitgavenreken import laatste_hele_maand
from kompas.parameters.vakantietoeslag import vakantietoeslag
from kompas.weergave.uitgavenblad import hoofdzinnen, uitgavenpagina, uitgaventekst

KOLOMMEN = ["maand", "gebied", "soort", "uitkeringen", "prijs", "uitgaven", "vakantiegeld", "ondergrens", "bovengrens"]


def mei(bedrag):
    return lambda m: bedrag if m.endswith("-05") else 0.0


# -- Hollandstad: figures of the essay


def test_kolommen_van_het_contract():
    u, _ = hollandstads()
    assert list(u.to_frame().columns) == KOLOMMEN
    assert set(u.tabel["soort"]) == {"realisatie", "prognose"}


def test_prijs_ligt_2_procent_boven_de_referentie():
    """Essay: 'de gemiddelde uitkeringshoogte is +2% hoger dan in de referentiegemeenten'."""
    u, _ = hollandstads()
    v = u.vergelijking.set_index("gebied")
    assert v.loc["referentie", "verschil"] == pytest.approx(0.02, abs=0.001)
    assert v.loc["eigen", "prijs"] == pytest.approx(1043.49, abs=0.01)


def test_uitgaven_per_jaar():
    u, _ = hollandstads()
    jaren = u.jaren[u.jaren["gebied"] == "eigen"].set_index("jaar")["uitgaven_tot_nu"]
    assert jaren[2005] == pytest.approx(41.4e6)
    assert jaren[2006] == pytest.approx(40.3e6)


def test_eerste_halfjaar_2007_op_jaarbasis():
    """LEESMIJ: 19,8 miljoen in het eerste halfjaar, met het hele vakantiegeld; op jaarbasis ongeveer 38 miljoen."""
    u, _ = hollandstads()
    r = u.jaren.query("gebied == 'eigen' and jaar == 2007").iloc[0]
    assert round(r["uitgaven_tot_nu"] / 1e6, 1) == 19.8
    assert r["uitgaven_jaarbasis"] == pytest.approx(12 * r["uitgaven_maand"] + 1991843)
    assert round(r["uitgaven_jaarbasis"] / 1e6) == 38


def test_realisatie_is_volume_maal_prijs_plus_vakantiegeld():
    u, _ = hollandstads()
    f = u.reeks("eigen")
    assert (f["uitkeringen"] * f["prijs"] + f["vakantiegeld"]).to_numpy() == pytest.approx(f["uitgaven"].to_numpy())
    juni = f[f["maand"] == "2007-06"].iloc[0]
    assert juni["uitkeringen"] == 2700
    assert juni["uitgaven"] == 2860314


def test_prognose_van_24_maanden_met_marge():
    u, _ = hollandstads()
    p = u.reeks("eigen").query("soort == 'prognose'")
    assert p["maand"].tolist() == maanden("2007-07", "2009-06")
    assert (p["ondergrens"] < p["uitgaven"]).all()
    assert (p["bovengrens"] > p["uitgaven"]).all()
    breed = (p["bovengrens"] - p["ondergrens"]) / p["uitgaven"]
    assert breed.iloc[-1] > breed.iloc[0]
    assert (p.set_index("maand")["vakantiegeld"] > 0).to_dict() == {m: m.endswith("-05") for m in p["maand"]}


def test_brug_telt_op_tot_het_verschil():
    u, _ = hollandstads()
    for _, f in u.brug.groupby("periode"):
        per = f.set_index("component")["bedrag"]
        assert per[["vorig", "volume", "prijs", "mix", "vakantiegeld"]].sum() == pytest.approx(per["nu"], abs=0.01)
        assert per["volume"] < 0 < per["prijs"]
    half = u.brug[u.brug["periode"] == "dit_jaar"].set_index("component")["bedrag"]
    assert half["nu"] == 19826019


def test_vakantiegeld_van_anderen_is_de_piek_van_mei():
    u, _ = hollandstads()
    r = u.reeks("referentie").set_index("maand")
    assert r.loc["2006-05", "vakantiegeld"] == pytest.approx(23765400 - (14600200 + 14433600) / 2)
    assert r["prijs"].loc["2006-04":"2006-06"].pct_change().abs().max() < 0.01


# -- what is known on the peildatum


def test_op_een_eerdere_peildatum_bestaat_later_niet():
    bestand, config = hollandstad()
    vroeg = config.met_peildatum(dt.date(2006, 12, 31))
    u = maak_uitgaven(bestand, vroeg, reeksen=maak_reeksen(bestand, vroeg))
    f = u.reeks("eigen")
    assert f[f["soort"] == "realisatie"]["maand"].max() == "2006-12"
    assert u.jaren.query("gebied == 'eigen' and jaar == 2006")["maanden"].item() == 12


def test_een_halve_maand_telt_niet():
    assert laatste_hele_maand(dt.date(2007, 6, 15)) == nummer("2007-05")
    assert laatste_hele_maand(dt.date(2007, 6, 30)) == nummer("2007-06")


# -- where spending comes from


def zonder(bestand, *namen):
    return type(bestand)(
        **{f: getattr(bestand, f) for f in bestand.__slots__ if f != "overig"},
        overig={k: v for k, v in bestand.overig.items() if k not in namen},
    )


def test_zonder_tabel_uitgaven_is_het_een_schatting_uit_de_bedragen():
    bestand, config = hollandstad()
    u = maak_uitgaven(zonder(bestand, "uitgaven", "referentie"), config)
    assert u.herkomst == "bedragen"
    f = u.reeks("eigen").query("maand >= '2006-07' and maand <= '2007-06'")
    loop = bestand.uitkeringen[bestand.uitkeringen["einddatum"].isna()]
    juni = f[f["maand"] == "2007-06"].iloc[0]
    assert juni["prijs"] == pytest.approx(loop["bedrag_maand"].mean() * (1 - 0.049), rel=1e-3)
    assert juni["vakantiegeld"] == 0
    assert f.set_index("maand").loc["2007-05", "vakantiegeld"] > 1e6
    assert "schatting" in u.toelichting[0]
    assert "naar schatting" in hoofdzinnen(u)[0]


def test_zonder_bedragen_geldt_de_norm(tmp_path):
    rij = UITKERING | {"einddatum": "", "reden_einde": "", "begindatum": "01-02-2006", "leefvorm": "alleenstaande"}
    bestand, config = stad(tmp_path, uitkeringen=[rij | {"client_id": f"K{i}"} for i in range(20)])
    u = maak_uitgaven(bestand, config)
    assert u.herkomst == "normen"
    juni = u.reeks("eigen").set_index("maand").loc["2007-06"]
    assert juni["prijs"] * 20 == pytest.approx(20 * 865.80 * (1 - 0.049))
    assert any("100% van de bedragen uit de bijstandsnorm" in z for z in u.toelichting)


def test_eigen_uitgaven_uit_referentie(tmp_path):
    rijen = [
        {
            "maand": m,
            "soort": "eigen",
            "groep": "totaal",
            "huishoudens": "5000",
            "uitkeringen": "100",
            "uitgaven": "100000",
        }
        for m in maanden("2006-01", "2007-06")
    ]
    bestand, config = stad(tmp_path, referentie=rijen)
    u = maak_uitgaven(bestand, config)
    assert u.herkomst == "referentie"
    assert u.reeks("eigen").set_index("maand").loc["2007-06", "prijs"] == 1000


def test_zonder_iets_een_fout_die_zegt_wat_te_doen(tmp_path):
    rijen = [{"maand": "2007-06", "soort": "eigen", "huishoudens": "5000", "uitkeringen": "100"}]
    bestand, config = stad(tmp_path, referentie=rijen)
    with pytest.raises(GebruiksFout, match=r"KMP-Z401.*\[bron.uitgaven\]"):
        maak_uitgaven(bestand, config)


def test_een_ontbrekende_maand_is_geen_nul(tmp_path):
    rijen = [r for r in uitgavenrijen("2006-01", "2007-06", lambda _: 1e6) if r["maand"] != "2007-03"]
    bestand, config = stad(tmp_path, uitgaven=rijen)
    u = maak_uitgaven(bestand, config)
    assert "2007-03" not in set(u.reeks("eigen")["maand"])
    assert u.jaren.query("gebied == 'eigen' and jaar == 2007")["uitgaven_jaarbasis"].item() == pytest.approx(12e6)
    assert any("2007-03" in z for z in u.waarschuwingen)


def test_zonder_volume_de_reeks_zelf(tmp_path):
    rijen = [
        {k: w for k, w in r.items() if k != "huishoudens"} for r in uitgavenrijen("2005-01", "2007-06", lambda _: 1e6)
    ]
    bestand, config = stad(tmp_path, uitgaven=rijen)
    u = maak_uitgaven(bestand, config)
    p = u.reeks("eigen").query("soort == 'prognose'")
    assert p["uitgaven"].to_numpy() == pytest.approx(1e6, rel=1e-3)
    assert p["prijs"].isna().all()


def test_oude_uitgaven_geven_geen_prognose(tmp_path):
    bestand, config = stad(tmp_path, uitgaven=uitgavenrijen("2004-01", "2006-03", lambda _: 1e6))
    u = maak_uitgaven(bestand, config)
    assert (u.reeks("eigen")["soort"] == "realisatie").all()
    assert any("12 maanden oud" in z for z in u.waarschuwingen)


# -- the yearly basis and the holiday allowance


def frame(van, bedragen, vakantiegeld):
    n = len(bedragen)
    return pd.DataFrame({"nummer": nummer(van) + np.arange(n), "uitgaven": bedragen, "vakantiegeld": vakantiegeld})


def test_vakantiegeld_dat_nog_komt_volgt_vorig_jaar():
    """Last year 100 a month and 60 in May; this year 110 a month until March: 66 is still to come."""
    vak = [60.0 if i == 4 else 0.0 for i in range(12)]
    f = pd.concat([frame("2006-01", [100.0 + v for v in vak], vak), frame("2007-01", [110.0] * 3, [0.0] * 3)])
    s = jaarstand(f, 2007)
    assert s.vakantiegeld == pytest.approx(66.0)
    assert s.jaarbasis == pytest.approx(12 * 110 + 66)
    assert s.geschat


def test_zonder_vorig_jaar_het_wettelijke_aandeel():
    s = jaarstand(frame("2012-01", [95.0] * 3, [0.0] * 3), 2012)
    assert s.vakantiegeld == pytest.approx(12 * 95 * 0.05 / 0.95)  # 5% of the amount including it
    assert s.geschat


def test_na_mei_komt_er_niets_meer():
    s = jaarstand(frame("2012-01", [95.0, 95.0, 95.0, 95.0, 155.0, 95.0], [0.0] * 4 + [60.0, 0.0]), 2012)
    assert s.vakantiegeld == 60
    assert s.per_maand == pytest.approx(95)
    assert s.jaarbasis == pytest.approx(1200)


def zonder_kolom(map_, van, per_jaar, *, tot="2007-03", **extra):
    """Spending without the column vakantiegeld: 6e5 more in May."""
    rijen = uitgavenrijen(van, tot, lambda m: per_jaar[m[:4]], mei(6e5))
    kaal = [{k: w for k, w in r.items() if k != "vakantiegeld"} for r in rijen]
    bestand, config = stad(map_, peildatum=dt.date(2007, 3, 31), uitgaven=kaal, **extra)
    return maak_uitgaven(bestand, config)


def test_zonder_kolom_telt_het_vakantiegeld_van_vorig_jaar_mee(tmp_path):
    """May 2006 had 6e5 above its neighbours; 2007 spends 1.1 times as much: 12 x 1.1e6 + 6.6e5 on a yearly basis."""
    u = zonder_kolom(tmp_path, "2006-01", {"2006": 1e6, "2007": 1.1e6})
    r = u.jaren.query("gebied == 'eigen' and jaar == 2007").iloc[0]
    assert r["vakantiegeld"] == pytest.approx(6.6e5)
    assert r["uitgaven_jaarbasis"] == pytest.approx(13.86e6)
    assert any("wat er in 2006 is betaald" in z and "660000 euro" in z for z in u.waarschuwingen)


def test_zonder_kolom_is_de_jaarbasis_van_hollandstad_die_met_kolom():
    met, config = hollandstad(dt.date(2007, 3, 31))
    kaal = replace(met, overig={**met.overig, "uitgaven": met.overig["uitgaven"].assign(vakantiegeld=np.nan)})
    basis = [
        maak_uitgaven(b, config).jaren.query("gebied == 'eigen' and jaar == 2007")["uitgaven_jaarbasis"].item()
        for b in (met, kaal)
    ]
    assert round(basis[0]) == 38_418_286
    assert basis[1] == pytest.approx(basis[0], rel=0.005)


def test_zonder_kolom_en_zonder_vorig_jaar_het_wettelijke_aandeel(tmp_path):
    u = zonder_kolom(tmp_path, "2007-01", {"2007": 1e6})
    toeslag = vakantietoeslag(dt.date(2007, 12, 1)).opslag
    r = u.jaren.query("gebied == 'eigen' and jaar == 2007").iloc[0]
    assert r["uitgaven_jaarbasis"] == pytest.approx(12e6 * (1 + toeslag))
    assert any("wettelijke aandeel" in z for z in u.waarschuwingen)


def test_onbekend_vakantiegeld_is_het_wettelijke_aandeel():
    s = jaarstand(frame("2012-01", [95.0] * 3, [np.nan] * 3), 2012)
    assert s.vakantiegeld == pytest.approx(60)  # 12 x 95 x 5/95
    assert s.jaarbasis == pytest.approx(1200)
    assert (s.geschat, s.grond) == (True, "wet")


def test_onbekend_vakantiegeld_zonder_wettelijk_aandeel_is_geen_uitspraak():
    s = jaarstand(frame("2000-01", [95.0] * 3, [np.nan] * 3), 2000)
    assert np.isnan(s.vakantiegeld)
    assert np.isnan(s.jaarbasis)
    assert (s.tot_nu, s.per_maand, s.grond) == (pytest.approx(285), pytest.approx(95), "onbekend")


def test_een_mei_en_juni_zonder_piek_vragen_niets_meer():
    """Nothing stands out last year, or this year until June: it is within the amounts."""
    vlak = frame("2011-01", [100.0] * 15, [np.nan] * 15)
    assert jaarstand(vlak, 2012).jaarbasis == pytest.approx(1200)
    s = jaarstand(frame("2012-01", [100.0] * 6, [np.nan] * 6), 2012)
    assert (s.jaarbasis, s.geschat, s.grond) == (pytest.approx(1200), False, "")


def test_de_prognose_kent_het_vakantiegeld_dat_nog_niet_is_gezien():
    """Four months from January 2012 without one shown apart: 12 x 95 x 5/95 in May, and nan before any known share."""
    n = np.arange(nummer("2012-01"), nummer("2012-01") + 12, dtype=float)
    straks = verwacht_vakantiegeld(n, np.full(12, 95.0), np.full(12, np.nan), 8)
    assert straks.tolist() == pytest.approx([60.0] + [0.0] * 7)
    vroeg = verwacht_vakantiegeld(n - 144, np.full(12, 95.0), np.full(12, np.nan), 8)
    assert np.isnan(vroeg).tolist() == [True] + [False] * 7


def test_maandelijks_geboekt_vakantiegeld():
    s = jaarstand(frame("2012-01", [100.0] * 3, [5.0] * 3), 2012)
    assert s.per_maand == pytest.approx(95)
    assert s.jaarbasis == pytest.approx(1200)


def test_geen_maand_geen_cijfer():
    s = jaarstand(frame("2012-01", [100.0], [5.0]), 2013)
    assert s.maanden == 0
    assert np.isnan(s.jaarbasis)


def test_piek_alleen_in_mei_of_juni():
    m = pd.Series(nummer("2007-01") + np.arange(12))
    bedrag = pd.Series([100.0] * 12)
    bedrag[[4, 10]] = 200.0
    piek = piek_vakantiegeld(m, bedrag)
    assert piek[4] == 100
    assert np.isfinite(piek).sum() == 1


def test_verwacht_vakantiegeld_houdt_de_verhouding():
    n = nummer("2006-06") + np.arange(36)
    zonder_vak = np.r_[np.full(12, 100.0), np.full(24, 200.0)]
    vak = np.full(36, np.nan)
    vak[:12] = 0.0
    vak[11] = 66.0  # May 2007: 5.5% of twelve months
    straks = verwacht_vakantiegeld(n.astype(float), zonder_vak, vak, 24)
    assert straks[11] == pytest.approx(0.055 * 2400)
    assert np.flatnonzero(straks).tolist() == [11, 23]
    assert np.isnan(verwacht_vakantiegeld(n.astype(float), zonder_vak, np.full(36, np.nan), 24)).all()


# -- page and text


def test_de_zin_volgt_uit_de_cijfers(tmp_path):
    zinnen = []
    for bedrag in (1e6, 1.5e6):
        map_ = tmp_path / str(int(bedrag))
        map_.mkdir()
        rijen = uitgavenrijen("2005-01", "2007-06", lambda _, b=bedrag: b, mei(4e5))
        bestand, config = stad(map_, uitgaven=rijen)
        zinnen.append(hoofdzinnen(maak_uitgaven(bestand, config))[0].replace("\N{NO-BREAK SPACE}", " "))
    assert "tot en met juni 2007 € 6,4 miljoen uit" in zinnen[0]
    assert "op jaarbasis is dat € 12,4 miljoen" in zinnen[0]
    assert "€ 9,4 miljoen" in zinnen[1]


def test_tekst_past_in_80_kolommen_en_begint_met_wat_telt():
    u, _ = hollandstads()
    regels = uitgaventekst(u).splitlines()
    assert max(map(len, regels)) <= 80
    assert regels[0].startswith("In 2007 gaf Hollandstad")


def test_kleine_groepen_staan_niet_op_de_pagina():
    """Two households 'anders': not shown, and the smallest other group neither, or it could be subtracted."""
    u, _ = hollandstads()
    html = uitgavenpagina(u)
    assert u.leefvorm.query("maand == '2007-06' and leefvorm == 'anders'")["uitkeringen"].item() == 2
    assert html.count("niet getoond") == 6
    assert html == uitgavenpagina(u)


def test_elke_plaat_heeft_een_naam_en_een_tabel():
    u, _ = hollandstads()
    html = uitgavenpagina(u)
    assert html.count('role="img"') == 3
    assert html.count("<table") >= 4
    assert u.plot().titel.startswith("Hollandstad: uitgaven")
    assert u.plot("brug").zinnen[0].startswith("Over 2007-01 t/m 2007-06")
