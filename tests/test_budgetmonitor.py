"""The budgetmonitor: grafiek 8, 9 and 11 of the essay, practice of municipalities, rounds, targets, what it says."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from tests.bronhulp import UITKERING
from tests.geldhulp import hollandstads, monitors, stad, uitgavenrijen

from kompas.fouten import GebruiksFout
from kompas.monitors import jaarstand as jaarstandmodule
from kompas.monitors.budgetmonitor import maak_budget
from kompas.monitors.budgetregels import buffer, evenwicht, kans_onder, mutatie, vangnetstand, werkdeelstand
from kompas.monitors.uitgavenmonitor import maak_uitgaven
from kompas.weergave.budgetblad import budgetdelen, budgetpagina, budgettekst
from kompas.weergave.budgetzinnen import doelzinnen, hoofdzinnen, padzinnen, vangnetzinnen, werkdeelzinnen
from kompas.weergave.uitgavenblad import hoofdzinnen as uitgavenzinnen

KOLOMMEN = [
    *("jaar", "status", "deel", "scenario", "budget", "budget_maand", "uitgaven_tot_nu", "maanden"),
    *("uitgaven_jaarbasis", "uitgaven_maand", "saldo", "saldo_fractie", "ondergrens", "bovengrens"),
]


def ronde(bedrag, *, jaar=2007, status="nader", datum="2007-06-01", deel="inkomensdeel"):
    return {"jaar": str(jaar), "peildatum": datum, "status": status, "bedrag": str(bedrag), "deel": deel}


def plat(zinnen):
    return " ".join(zinnen).replace("\N{NO-BREAK SPACE}", " ")


# -- grafiek 11: to the euro


def den_haag(tmp_path, **extra):
    """Six months that are 422,579,900 on a yearly basis, beside the budget of 395,272,181.

    The source prints 404,160,042 as 'uitgaven tot nu toe' after six months: that is a yearly amount and cannot belong
    to 422,579,900 on a yearly basis. It says itself that the data are not real; the six months here are half the year.
    """
    rijen = uitgavenrijen("2007-01", "2007-06", lambda _: 422_579_900 / 12, huishoudens=lambda _: 17_150)
    return monitors(tmp_path, uitgaven=rijen, budget=[ronde(395_272_181, datum="2007-06-12")], **extra)[1]


def test_grafiek_11(tmp_path):
    b = den_haag(tmp_path)
    assert list(b.to_frame().columns) == KOLOMMEN
    r = b.stand()
    assert round(r["budget_maand"]) == 32_939_348
    assert round(r["uitgaven_jaarbasis"]) == 422_579_900
    assert round(r["uitgaven_maand"]) == 35_214_992
    assert round(r["saldo"]) == -27_307_719
    assert round(r["saldo_fractie"], 3) == -0.069
    assert (r["maanden"], r["scenario"], r["status"]) == (6, "jaarbasis", "nader")
    zin = plat(hoofdzinnen(b))
    assert "€ −27.307.719: een tekort van 6,9% van het budget" in zin
    assert "€ 32.939.348 per maand" in zin


def test_saldo_ligt_binnen_zijn_marge(tmp_path):
    r = den_haag(tmp_path).stand()
    assert r["ondergrens"] <= r["saldo"] <= r["bovengrens"]


@pytest.mark.parametrize(
    ("doel", "jaarbasis", "ruimte", "woorden"),
    [
        ({"totaal": 400_000_000.0}, 422_579_900, -22_579_900, "€ 22.579.900 boven het doel"),
        ({"per_maand": 36_000_000.0}, 422_579_900 / 12, 36_000_000 - 422_579_900 / 12, "onder het doel"),
        ({"deel_van_budget": 1.05}, 422_579_900 / 395_272_181, 1.05 - 422_579_900 / 395_272_181, "boven het doel"),
    ],
)
def test_drie_vormen_van_het_doel(tmp_path, doel, jaarbasis, ruimte, woorden):
    b = den_haag(tmp_path, delen={"budgetdoel": doel})
    r = b.doel.iloc[0]
    assert r["jaarbasis"] == pytest.approx(jaarbasis)
    assert r["ruimte"] == pytest.approx(ruimte)
    assert woorden in plat(doelzinnen(b))
    assert b.evenwicht["grens"].tolist() == ["budget", "doel"]


def test_zonder_doel_geen_zin(tmp_path):
    assert doelzinnen(den_haag(tmp_path)) == ()


# -- grafiek 8 and 9: Hollandstad


def test_resultaat_van_2005_en_2006():
    """Essay: -1.4 million (3.5%) in 2005, -6.0 million (17.5%) in 2006; percentages of the budget."""
    b = hollandstads()[1]
    for jaar, saldo, deel in ((2005, -1.4e6, -0.035), (2006, -6.0e6, -0.175)):
        r = b.stand(jaar)
        assert r["saldo"] == pytest.approx(saldo, abs=1)
        assert r["saldo_fractie"] == pytest.approx(deel, abs=0.0005)
        assert (r["status"], r["scenario"], r["maanden"]) == ("definitief", "realisatie", 12)
        assert np.isnan(r["ondergrens"])


def test_grafiek_9_uitgaven_en_budget_volgens_scenario():
    """Essay: spending from over 40 (2007) to 28 million (2012); budget 33, over 30 (2011), 25 (2012); -3 in 2012."""
    t = hollandstads()[1].tabel.query("scenario == 'bestuursakkoord'").set_index("jaar")
    assert (t.loc[[2007, 2012], "uitgaven_jaarbasis"] / 1e6).round(1).tolist() == [40.2, 28.0]
    assert (t.loc[[2007, 2011, 2012], "budget"] / 1e6).round(1).tolist() == [33.0, 30.3, 25.0]
    assert round(t.loc[2012, "saldo"] / 1e6, 1) == -3.0
    assert (t["status"] == "macro").all()


def test_grafiek_8_gat_van_008_procentpunt_is_ongeveer_3_miljoen():
    m = hollandstads()[1].macro.query("scenario == 'bestuursakkoord'").set_index("jaar")
    assert m["gat"].to_numpy() == pytest.approx(0.0008)
    assert m["gat_euro"].mean() == pytest.approx(3.0e6, rel=0.05)
    assert pytest.approx(3.0e6) == 3.75e9 * 0.0008  # the macro total of the essay


def test_realisatie_van_dit_jaar_is_nog_niet_bekend(tmp_path):
    macro = [
        {"jaar": str(j), "scenario": "realisatie", "macrobudget": "1e9", "aandeel_budget": "0.01"} for j in (2006, 2007)
    ]
    macro = [
        m | {"macrobudget": "1000000000", "macro_uitgaven": "1000000000", "aandeel_uitgaven": "0.02"} for m in macro
    ]
    _, b = monitors(tmp_path, uitgaven=uitgavenrijen("2007-01", "2007-06", lambda _: 1e6), macro=macro)
    assert b.macro["jaar"].tolist() == [2006]
    assert b.stand() is None
    assert "geen budget bekend" in hoofdzinnen(b)[0]


def test_zonder_uitgaven_blijft_het_budget_en_is_het_saldo_onbekend(tmp_path):
    bestand, config = stad(tmp_path, budget=[ronde(12e6), ronde(5e5, deel="werkdeel")])
    b = maak_budget(bestand, config)
    r = b.stand()
    assert r["budget_maand"] == 1e6
    assert np.isnan(r["saldo"])
    assert "geen uitspraak over het saldo" in hoofdzinnen(b)[0]
    assert any("[bron.uit" in z for z in b.waarschuwingen)
    assert "Budgetmonitor Proefstad" in budgetpagina(b)
    assert budgettekst(b)


# -- rounds


def test_een_ronde_van_na_de_peildatum_bestaat_niet(tmp_path):
    rijen = uitgavenrijen("2007-01", "2007-06", lambda _: 1e6)
    budget = [
        ronde(11e6, status="voorlopig", datum="2006-10-01"),
        ronde(12e6, status="nader", datum="2007-06-30"),
        ronde(13e6, status="definitief", datum="2007-10-01"),
    ]
    _, b = monitors(tmp_path, uitgaven=rijen, budget=budget)
    assert b.tabel["status"].tolist() == ["voorlopig", "nader"]
    assert b.stand()["budget"] == 12e6
    assert any("1 rondes" in z for z in b.toelichting)


def test_ronde_van_volgend_jaar_staat_naast_de_prognose(tmp_path):
    rijen = uitgavenrijen("2005-01", "2007-12", lambda _: 1e6)
    budget = [ronde(12e6, status="definitief"), ronde(11e6, jaar=2008, status="voorlopig", datum="2007-10-01")]
    u, b = monitors(tmp_path, peildatum=dt.date(2007, 12, 31), uitgaven=rijen, budget=budget)
    r = b.stand(2008)
    straks = u.reeks("eigen").query("maand >= '2008-01' and maand <= '2008-12'")
    assert (r["scenario"], r["maanden"]) == ("prognose", 0)
    assert r["uitgaven_jaarbasis"] == pytest.approx(straks["uitgaven"].sum())
    assert r["ondergrens"] <= r["saldo"] <= r["bovengrens"]
    assert b.stand()["saldo"] == pytest.approx(0.0)
    assert b.verwachting["jaar"].tolist() == [2008]


def test_alleen_rondes_van_later_is_een_fout(tmp_path):
    bestand, config = stad(
        tmp_path,
        uitgaven=uitgavenrijen("2007-01", "2007-06", lambda _: 1e6),
        budget=[ronde(13e6, status="definitief", datum="2007-10-01")],
    )
    with pytest.raises(GebruiksFout, match="KMP-Z402"):
        maak_budget(bestand, config)


def test_mutatie_telt_op_en_is_symmetrisch():
    macro, aandeel = mutatie(3.9e9, 4.1e9, 32.4e6, 33.0e6)
    assert macro + aandeel == pytest.approx(0.6e6)
    assert mutatie(4.1e9, 3.9e9, 33.0e6, 32.4e6) == pytest.approx((-macro, -aandeel))
    assert mutatie(3.9e9, 4.1e9, 39e6, 41e6) == pytest.approx((2e6, 0.0))  # the same share: all macro
    assert mutatie(4e9, 4e9, 39e6, 41e6) == pytest.approx((0.0, 2e6))  # the same macro: all share
    assert np.isnan(mutatie(float("nan"), 4e9, 1.0, 1.0)).all()


def test_mutaties_tussen_rondes_uit_de_tabel_macro(tmp_path):
    macro = [
        {
            "jaar": "2007",
            "scenario": s,
            "macrobudget": str(m),
            "macro_uitgaven": "",
            "aandeel_budget": "",
            "aandeel_uitgaven": "",
        }
        for s, m in (("voorlopig", 1_000_000_000), ("nader", 1_100_000_000))
    ]
    budget = [ronde(10e6, status="voorlopig", datum="2006-10-01"), ronde(12.1e6)]
    rijen = uitgavenrijen("2007-01", "2007-06", lambda _: 1e6)
    _, b = monitors(tmp_path, uitgaven=rijen, budget=budget, macro=macro)
    r = b.mutaties.iloc[0]
    assert (r["van"], r["naar"], r["mutatie"]) == ("2007 voorlopig", "2007 nader", pytest.approx(2.1e6))
    assert r["macro_effect"] == pytest.approx(1.05e6)
    assert r["aandeel_effect"] == pytest.approx(1.05e6)
    assert (b.tabel["status"] != "macro").all()  # rounds are no scenario


def test_mutatie_zonder_macrobudget_is_onbekend_en_zegt_wat_te_doen():
    b = hollandstads()[1]
    m = b.mutaties
    assert m[m["soort"] == "ronde"]["macro_effect"].isna().all()
    jaar = m[m["soort"] == "jaar"]
    assert (jaar["macro_effect"] + jaar["aandeel_effect"]).to_numpy() == pytest.approx(jaar["mutatie"].to_numpy())
    assert any("scenario voorlopig, nader of definitief" in z for z in b.waarschuwingen)


# -- clients that fit (Leeuwarden)


def test_leeuwarden():
    """52 million for 4,200 clients = 12,381 each; at 47 million 3,975 is not enough, 3,796 is."""
    prijs = 52e6 / 4200
    e = evenwicht(
        47e6, tot_nu=0.0, maanden=0, prijs_maand=prijs / 12, vakantiegeld_rest=0.0, prijs_jaar=prijs, nu=4200.0
    )
    assert round(prijs) == 12_381
    assert int(e.jaargemiddelde) == 3796
    assert 3975 * prijs > 47e6 > 3796 * prijs
    # Both levels are needed: a straight line from 4,200 that has that mean ends far lower.
    assert np.mean(4200 + (e.eindstand - 4200) * np.arange(1, 13) / 12) == pytest.approx(47e6 / prijs)
    assert e.eindstand < e.jaargemiddelde


def test_pad_geeft_precies_het_budget_uit(tmp_path):
    """Spending to date + the months of the path at the present price = the budget."""
    rijen = uitgavenrijen("2006-01", "2007-06", lambda _: 1e6, lambda m: 6e5 if m.endswith("-05") else 0.0)
    _, b = monitors(tmp_path, uitgaven=rijen, budget=[ronde(12.3e6)])
    e = b.evenwicht.iloc[0]
    pad = b.pad.query("lijn == 'budget' and maand > '2007-06'")["uitkeringen"]
    assert len(pad) == 6
    assert 6.6e6 + pad.sum() * 1000.0 == pytest.approx(12.3e6)
    assert e["rest_gemiddelde"] == pytest.approx(950.0)
    assert e["eindstand"] == pytest.approx(pad.iloc[-1])
    assert "gemiddeld 950 in de maanden die komen" in plat(padzinnen(b))


def zonder_maanden(map_, *weg, tot="2007-06", **extra):
    rijen = [r for r in uitgavenrijen("2006-01", tot, lambda _: 1e6) if r["maand"] not in weg]
    return monitors(map_, uitgaven=rijen, budget=[ronde(11.7e6)], **extra)


def test_geen_pad_met_een_gat_in_dit_jaar(tmp_path):
    """Without February and March four million of six is known: what is left for the months to come is unknown."""
    u, b = zonder_maanden(tmp_path, "2007-02", "2007-03")
    assert b.evenwicht.empty
    assert set(b.pad["lijn"]) <= {"realisatie", "prognose"}
    assert plat(padzinnen(b)) == (
        "Met hoeveel uitkeringen het uitkomt: geen uitspraak. Van 2007 ontbreken de uitgaven van 2007-02 en 2007-03, "
        "en wat toen is uitgegeven, gaat van het budget af."
    )
    assert "Met hoeveel uitkeringen het uitkomt: geen uitspraak" in budgetpagina(b)
    zin = plat(uitgavenzinnen(u))
    assert "tot en met juni 2007 € 4,0 miljoen uit aan bijstand, zonder februari en maart: die ontbreken" in zin


def test_een_maand_van_nul_is_onbekend_en_geen_besparing(tmp_path):
    """Five months of a million are twelve million a year, not ten: June of 0 was not filled in."""
    rijen = uitgavenrijen("2006-01", "2007-06", lambda _: 1e6)
    for r in rijen:
        r["bedrag"] = "0" if r["maand"] == "2007-06" else r["bedrag"]
    u, b = monitors(tmp_path, uitgaven=rijen, budget=[ronde(11.7e6)])
    r = b.stand()
    assert r["uitgaven_jaarbasis"] == pytest.approx(12e6)
    assert r["saldo"] == pytest.approx(-0.3e6)
    assert any("De uitgaven van 2007-06 staan als 0 in de tabel" in w for w in u.waarschuwingen)
    assert any("De uitgaven van 2007-06 staan als 0 in de tabel" in w for w in b.waarschuwingen)


def test_pad_begint_bij_de_laatste_maand_ook_als_een_eerder_aantal_ontbreekt(tmp_path):
    rijen = uitgavenrijen("2006-01", "2007-06", lambda _: 1e6)
    for r in rijen:
        r["huishoudens"] = "" if r["maand"] == "2007-02" else r["huishoudens"]
    _, b = monitors(tmp_path, uitgaven=rijen, budget=[ronde(11.7e6)])
    pad = b.pad.query("lijn == 'budget'").set_index("maand")["uitkeringen"]
    assert pad.index[0] == "2007-06"
    assert pad.index[-1] == "2007-12"
    assert pad["2007-06"] == 1000
    assert 6e6 + pad.iloc[1:].sum() * 1000.0 == pytest.approx(11.7e6)


def test_zonder_laatste_aantal_is_er_geen_pad(tmp_path):
    rijen = uitgavenrijen("2006-01", "2007-06", lambda _: 1e6)
    rijen[-1]["huishoudens"] = ""
    _, b = monitors(tmp_path, uitgaven=rijen, budget=[ronde(11.7e6)])
    assert b.evenwicht.empty
    assert "Het aantal uitkeringen van 2007-06 is niet bekend" in plat(padzinnen(b))


def test_zin_en_tabel_van_het_pad_ronden_gelijk_af(tmp_path):
    """1,000 now; 5.698e6 left = 949.667 a month on average, so 1,000 - 50.333 x 12/7 = 913.71 at the end: 913 fit."""
    rijen = uitgavenrijen("2006-01", "2007-06", lambda _: 1e6)
    _, b = monitors(tmp_path, uitgaven=rijen, budget=[ronde(11.698e6)])
    assert b.evenwicht["eindstand"].item() == pytest.approx(913.714, abs=0.001)
    assert "naar 913 aan het eind van 2007" in plat(padzinnen(b))
    tabel = next(d for d in budgetdelen(b) if d.id == "budget-klanten").stukken[0].tabel
    assert "913" in str(tabel.rijen[-1])
    assert "914" not in str(tabel.rijen[-1])


def test_geen_jaarbasis_is_geen_uitspraak_met_de_reden(tmp_path):
    """Before the first known share by law, without last year and without the column."""
    rijen = [
        {k: w for k, w in r.items() if k != "vakantiegeld"}
        for r in uitgavenrijen("2001-01", "2001-03", lambda _: 1e6, huishoudens=lambda _: 1000)
    ]
    toen = dt.date(2001, 3, 31)
    with pytest.MonkeyPatch.context() as m:
        m.setattr(jaarstandmodule, "vakantietoeslag", _onbekend)
        u, b = monitors(tmp_path, peildatum=toen, uitgaven=rijen, budget=[ronde(12e6, jaar=2001, datum="2001-01-01")])
    assert np.isnan(b.stand()["saldo"])
    assert "hoeveel vakantiegeld er in 2001 nog komt, is onbekend" in plat(hoofdzinnen(b))
    assert "geen uitspraak over de uitgaven op jaarbasis" in plat(uitgavenzinnen(u))
    assert "onbekend" not in plat(uitgavenzinnen(u)[:1])
    assert b.evenwicht.empty
    assert "geen uitspraak" in plat(vangnetzinnen(b))


def _onbekend(_dag):
    raise GebruiksFout("KMP-P001", "niet bekend. Lever het mee.")


def test_onhaalbaar_pad_is_geen_getal(tmp_path):
    rijen = uitgavenrijen("2006-01", "2007-06", lambda _: 1e6)
    _, b = monitors(tmp_path, uitgaven=rijen, budget=[ronde(5e6)])
    assert np.isnan(b.evenwicht["eindstand"].iloc[0])
    assert "niet meer te halen" in plat(padzinnen(b))


# -- buffer, vangnet


def test_buffer_en_kans():
    assert buffer(100.0, 10.0, 100.0, 0.8)[0] == pytest.approx(8.416, abs=0.001)
    assert buffer(100.0, 10.0, 130.0, 0.9) == (pytest.approx(12.816, abs=0.001), 0.0)
    assert np.isnan(buffer(float("nan"), 1.0, 1.0, 0.8)).all()
    # the buffer covers exactly its share of the outcomes
    assert kans_onder(90.0 + buffer(100.0, 10.0, 90.0, 0.8)[1], 100.0, 10.0) == pytest.approx(0.8)
    assert np.isnan(kans_onder(1.0, float("nan"), 1.0))


def test_vangnet_2024():
    """Vangnet 2024: deficit > 7.5% and cumulative t-2..t > 7.5%."""
    assert vangnetstand(2024, [0.0, 0.0, 7.6], [100.0] * 3).recht == "regulier"
    assert vangnetstand(2024, [0.0, 0.0, 7.5], [100.0] * 3).recht == "geen"
    assert vangnetstand(2024, [-3.0, 0.0, 8.0], [100.0] * 3).recht == "geen"
    kort = vangnetstand(2024, [8.0], [100.0])
    assert kort.recht == "onbekend"
    assert "3 jaren achter elkaar" in kort.zin
    assert vangnetstand(2007, [8.0], [100.0]).recht == "onbekend"


def test_vangnet_uit_de_tabellen(tmp_path):
    rijen = uitgavenrijen("2022-01", "2024-12", lambda _: 1e6)
    budget = [
        ronde(12e6 / f, jaar=j, status="definitief", datum=f"{j}-10-01")
        for j, f in ((2022, 1.0), (2023, 1.01), (2024, 1.1))
    ]
    _, b = monitors(tmp_path, peildatum=dt.date(2024, 12, 31), uitgaven=rijen, budget=budget)
    r = b.vangnet.iloc[-1]
    assert (r["jaar"], r["recht"]) == (2024, "regulier")
    assert r["tekort_fractie"] == pytest.approx(0.1)
    assert "Toetsingscommissie" in r["bron"]
    assert "Bron: Toetsingscommissie" in budgetpagina(b)


def vangnetstad(map_, tot, status):
    """A year's budget of 12, 12 and 10.8 million against a million a month: 11.1% short in 2024."""
    dag = dt.date(2024, 12, 31) if tot == "2024-12" else dt.date(2024, 6, 30)
    budget = [
        ronde(b, jaar=j, status=status if j == 2024 else "definitief", datum=f"{j}-02-01")
        for j, b in ((2022, 12e6), (2023, 12e6), (2024, 10.8e6))
    ]
    rijen = uitgavenrijen("2022-01", tot, lambda _: 1e6)
    return monitors(map_, peildatum=dag, uitgaven=rijen, budget=budget)[1]


def test_vangnet_na_een_half_jaar_is_voorwaardelijk(tmp_path):
    zinnen = plat(vangnetzinnen(vangnetstad(tmp_path, "2024-06", "voorlopig")))
    assert zinnen.startswith(
        "Op grond van 6 maanden is het tekort over 2024 op jaarbasis 11,1% van het budget (voorlopig); de drempel is "
        "7,5%."
    )
    assert (
        "Als dit tempo aanhoudt en het budget van 2024 niet meer verandert, geldt over 2024: aan de financiële "
        "voorwaarden van de vangnetuitkering wordt voldaan." in zinnen
    )
    assert "Over 2024 geldt" not in zinnen


@pytest.mark.parametrize(
    ("status", "begin"), [("nader", "Als het budget van 2024 niet meer verandert, geldt"), ("definitief", "Over 2024")]
)
def test_vangnet_over_een_heel_jaar(tmp_path, status, begin):
    zinnen = plat(vangnetzinnen(vangnetstad(tmp_path, "2024-12", status)))
    assert zinnen.startswith("Het tekort over 2024 is 11,1% van het budget (")
    assert begin in zinnen
    assert "tempo" not in zinnen


# -- the work part


def test_werkdeel_landelijk_overgehouden():
    """Macro 1,582 / 1,611 / 1,629 million; left over 128 / 255 / 242 = 8 / 16 / 15%."""
    macro, over = (1582, 1611, 1629), (128, 255, 242)
    rest = [1 - werkdeelstand(m, m - o, 12).benutting for m, o in zip(macro, over, strict=True)]
    assert [round(100 * r) for r in rest] == [8, 16, 15]


def test_almere_4_4_van_13_7_na_zeven_maanden():
    """Behind a straight line: 13.7 x 7/12 = 8.0 (the source says 7.5, which is no twelfth of 13.7)."""
    w = werkdeelstand(13.7, 4.4, 7, ondergrens=0.60)
    assert w.rechte_lijn == pytest.approx(7.99, abs=0.01)
    assert w.rechte_lijn != pytest.approx(7.5, abs=0.1)
    assert w.achter == pytest.approx(3.59, abs=0.01)
    # Benutting and the floor are two figures: at this pace 55% is used, under a floor of 60% money goes back.
    assert w.benutting_jaar == pytest.approx(0.55, abs=0.001)
    assert w.terug == pytest.approx(0.6 * 13.7 - 4.4 * 12 / 7)
    assert np.isnan(werkdeelstand(13.7, 4.4, 7).terug)
    with pytest.raises(GebruiksFout, match="KMP-Z403"):
        werkdeelstand(13.7, 4.4, 0)


LOPEND = UITKERING | {"einddatum": "", "reden_einde": "", "bedrag_maand": "1000"}


def werkstad(tmp_path, inzet, **extra):
    bestand, config = stad(
        tmp_path,
        uitkeringen=[LOPEND | {"client_id": f"K{i}"} for i in range(30)],
        uitgaven=uitgavenrijen("2006-01", "2007-06", lambda _: 3e4, huishoudens=lambda _: 30),
        budget=[ronde(360_000), ronde(100_000, deel="werkdeel")],
        inzet=inzet,
        **extra,
    )
    return maak_budget(bestand, config, uitgaven=maak_uitgaven(bestand, config))


def traject(i, kosten="", begin="01-03-2007", **extra):
    return {"client_id": f"K{i}", "instrument": "traject", "begindatum": begin, "kosten": kosten} | extra


def test_onbekende_kosten_zijn_niet_nul(tmp_path):
    b = werkstad(tmp_path, [traject(1, "4000"), traject(2)])
    w = b.werkdeel.iloc[0]
    assert np.isnan(w["besteed"])
    assert (w["bekend"], w["onbekend"]) == (4000, 1)
    assert "Van 1 inzetten zijn de kosten onbekend" in plat(werkdeelzinnen(b))
    assert np.isnan(b.stand(deel="werkdeel")["saldo"])


def test_werkdeel_tegen_de_rechte_lijn_en_de_ondergrens(tmp_path):
    """A contract counts once; a deployment of last year does not count; the floor is a target of the municipality."""
    inzet = [
        traject(1, "4000", contract_id="C1"),
        traject(1, "4000", begin="20-03-2007", contract_id="C1"),
        traject(2, "6000"),
        traject(3, "9000", begin="01-11-2006"),
    ]
    norm = [{"jaar": "2007", "niveau": "management", "eenheid": "X", "kengetal": "wdeel_ondergrens", "norm": "0.25"}]
    b = werkstad(tmp_path, inzet, taakstellingen=norm)
    w = b.werkdeel.iloc[0]
    assert (w["besteed"], w["rechte_lijn"], w["achter"]) == (10_000, 50_000, 40_000)
    assert w["terug"] == pytest.approx(25_000 - 20_000)
    r = b.stand(deel="werkdeel")
    assert (r["uitgaven_jaarbasis"], r["saldo"]) == (20_000, 80_000)
    assert "Onder 25% benutting gaat geld terug" in plat(werkdeelzinnen(b))
    assert "niet getoond" in budgetpagina(b)  # two deployments are not shown to others


@pytest.mark.parametrize(
    ("budget", "zin"),
    [
        ([], "Voor 2007 is geen werkdeel bekend. Zet het in [bron.budget] met deel werkdeel."),
        ([ronde(1e5, jaar=2006, deel="werkdeel")], "Voor 2007 is geen werkdeel bekend, wel voor 2006."),
        ([ronde(0, deel="werkdeel")], "Het werkdeel van 2007 is 0: is het onbekend?"),
    ],
)
def test_zonder_werkdeel_staat_er_wat_er_mist(tmp_path, budget, zin):
    bestand, config = stad(
        tmp_path,
        uitkeringen=[LOPEND | {"client_id": f"K{i}"} for i in range(30)],
        uitgaven=uitgavenrijen("2006-01", "2007-06", lambda _: 3e4, huishoudens=lambda _: 30),
        budget=[ronde(360_000), *budget],
        inzet=[traject(1, "4000")],
    )
    zinnen = plat(werkdeelzinnen(maak_budget(bestand, config, uitgaven=maak_uitgaven(bestand, config))))
    assert zinnen.startswith(zin)
    assert "zijn [bron.budget] en [bron.inzet] nodig" not in zinnen


def test_werkdeel_zonder_inzet_noemt_de_inzet(tmp_path):
    b = monitors(
        tmp_path,
        uitgaven=uitgavenrijen("2006-01", "2007-06", lambda _: 3e4),
        budget=[ronde(360_000), ronde(100_000, deel="werkdeel")],
    )[1]
    assert plat(werkdeelzinnen(b)) == (
        "Van 2007 staat er geen inzet in [bron.inzet]: de besteding van het werkdeel (€ 100.000) is onbekend."
    )


def test_werkdeel_met_inzet_die_niet_volledig_is(tmp_path):
    b = werkstad(tmp_path, [traject(1, "4000")], delen=None)
    leeg = replace(b, werkdeel=b.werkdeel.iloc[:0])
    assert "niet volledig geregistreerd" in plat(werkdeelzinnen(leeg))


# -- a budget of nothing


@pytest.mark.parametrize("vorm", [{}, {"deel_van_budget": 1.0}])
def test_budget_van_nul_is_een_vraag_en_geen_buffer(tmp_path, vorm):
    rijen = uitgavenrijen("2005-01", "2007-06", lambda _: 1e6)
    _, b = monitors(tmp_path, uitgaven=rijen, budget=[ronde(0)], delen={"budgetdoel": vorm} if vorm else None)
    r = b.stand()
    assert r["saldo"] == pytest.approx(-12e6)
    assert np.isnan(r["saldo_fractie"])
    assert b.verwachting[["kans_tekort", "buffer_80", "buffer_90"]].isna().all(axis=None)
    zinnen = plat(hoofdzinnen(b))
    assert zinnen.startswith("Het saldo op jaarbasis is € −12.000.000: een tekort, bij een budget van 0 of minder.")
    assert "onbekend van het budget" not in budgetpagina(b)
    assert "oneindig" not in budgetpagina(b)
    assert not any(w in zinnen for w in ("kans op een tekort", "buffer"))
    assert any("Het inkomensdeel van 2007 is 0" in z and "leeg" in z for z in b.waarschuwingen)


# -- page and text


def test_de_zin_verandert_met_de_cijfers(tmp_path):
    woorden = []
    for budget in (11e6, 13e6):
        map_ = tmp_path / str(int(budget))
        map_.mkdir()
        rijen = uitgavenrijen("2006-01", "2007-06", lambda _: 1e6)
        woorden.append(plat(hoofdzinnen(monitors(map_, uitgaven=rijen, budget=[ronde(budget)])[1])))
    assert "een tekort van 9,1% van het budget" in woorden[0]
    assert "een overschot van 7,7% van het budget" in woorden[1]


def test_tekst_begint_met_het_saldo_en_past_in_80_kolommen():
    b = hollandstads()[1]
    regels = budgettekst(b).splitlines()
    assert regels[0].replace("\N{NO-BREAK SPACE}", " ").startswith("Het saldo op jaarbasis is € −4.660.195")
    assert max(map(len, regels)) <= 80


def test_pagina_heeft_bij_elke_plaat_een_tabel_en_dezelfde_bytes():
    b = hollandstads()[1]
    html = budgetpagina(b)
    assert html.count('role="img"') == 5
    assert html.count("<table") == 8
    assert html == budgetpagina(b)
    for soort in ("maand", "pad", "aandelen", "bedragen", "werkdeel"):
        assert b.plot(soort).zinnen
