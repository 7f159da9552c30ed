"""Dated parameters: published amounts, what happens before the first and after the last value, sources, the page."""

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from kompas.fouten import GebruiksFout
from kompas.models.calendar import to_date, to_day
from kompas.parameters.aow import aow_datum, aow_leeftijd, aow_rijen
from kompas.parameters.normen import LEEFVORMEN, norm, norm_met_bron, normreeks
from kompas.parameters.overzicht import parameters_markdown
from kompas.parameters.reeks import maak_reeks
from kompas.parameters.vakantietoeslag import vakantietoeslag, vakantietoeslagreeks
from kompas.parameters.vangnet import vangnet, vangnetreeks

WORTEL = Path(__file__).resolve().parents[1]
D = dt.date
CENT = 0.0101


# -- the loader


def reeks(*rijen, **anders):
    return maak_reeks("de proef", "Vraag na.", rijen, **anders)


def test_voor_de_eerste_datum_is_een_fout_die_zegt_wat_te_doen():
    r = reeks({"vanaf": D(2020, 1, 1), "bron": "b", "x": 1})
    with pytest.raises(GebruiksFout, match=r"31-12-2019.*eerste waarde geldt vanaf 01-01-2020.*Vraag na") as fout:
        r.op(D(2019, 12, 31))
    assert (fout.value.code, fout.value.exitcode) == ("KMP-P001", 2)
    assert r.op(D(2020, 1, 1)).waarde.inhoud["x"] == 1


def test_een_vervallen_recht_is_een_fout_en_geen_waarschuwing():
    r = reeks({"vanaf": D(2020, 1, 1), "bron": "b", "x": 1}, {"vanaf": D(2021, 1, 1), "bron": "wet", "vervallen": True})
    assert r.op(D(2020, 12, 31)).waarschuwing is None
    with pytest.raises(GebruiksFout, match=r"vervallen per 01-01-2021 \(wet\)") as fout:
        r.op(D(2021, 1, 1))
    assert fout.value.code == "KMP-P003"


def test_halfjaarlijkse_waarden_verlopen_op_1_januari_en_1_juli():
    r = reeks(
        {"vanaf": D(2020, 1, 1), "bron": "b", "x": 1}, {"vanaf": D(2021, 7, 1), "bron": "b", "x": 2}, halfjaarlijks=True
    )
    assert r.op(D(2020, 6, 30)).waarschuwing is None
    assert "01-07-2020 is niet bekend" in r.op(D(2020, 7, 1)).waarschuwing
    assert r.op(D(2021, 6, 30)).waarde.inhoud["x"] == 1
    assert r.op(D(2021, 12, 31)).waarschuwing is None
    assert r.op(D(2022, 1, 1)).waarschuwing is not None


@pytest.mark.parametrize(
    "rijen",
    [
        [],
        [{"vanaf": D(2020, 1, 1), "bron": "", "x": 1}],
        [{"vanaf": D(2020, 1, 1), "bron": "b"}],
        [{"vanaf": D(2020, 1, 1), "bron": "b", "x": 1, "vervallen": True}],
        [{"vanaf": D(2020, 1, 1), "bron": "b", "x": 1}, {"vanaf": D(2020, 1, 1), "bron": "b", "x": 1}],
    ],
)
def test_een_reeks_zonder_orde_of_bron_wordt_niet_gemaakt(rijen):
    with pytest.raises(ValueError, match="de proef"):
        reeks(*rijen)


# -- norms


@pytest.mark.parametrize(
    ("datum", "alleenstaande", "ouder", "gehuwd"),
    [
        # The basis is 618.43, 668.21 for singles and 865.80, 935.49 for parents; the supplement 247.37, 267.28.
        (D(2007, 1, 1), 618.43 + 247.37, 865.80 + 247.37, 1236.86),
        (D(2012, 1, 1), 668.21 + 267.28, 935.49 + 267.28, 1336.42),
        (D(2018, 1, 1), 992.12, 992.12, 1417.32),
        (D(2024, 1, 1), 1283.83, 1283.83, 1834.04),
        (D(2025, 1, 1), 1345.45, 1345.45, 1922.07),
    ],
)
def test_normen_van_de_vijf_bekende_dagen(datum, alleenstaande, ouder, gehuwd):
    gevonden = [norm_met_bron(leefvorm, datum) for leefvorm in LEEFVORMEN]
    assert [n.bedrag for n in gevonden[:3]] == [round(b, 2) for b in (alleenstaande, ouder, gehuwd)]
    assert gevonden[3].bedrag is None
    assert {n.vanaf for n in gevonden} == {datum}
    assert all(n.waarschuwing is None and n.bron for n in gevonden)


@pytest.mark.parametrize(
    ("datum", "leefvorm", "bedrag"),
    [
        (D(2004, 1, 1), "alleenstaande", 809.58),
        (D(2004, 1, 1), "alleenstaande_ouder", 1040.89),
        (D(2004, 4, 1), "alleenstaande_ouder", 1040.59),
        (D(2005, 5, 1), "alleenstaande", 807.77),
        (D(2006, 7, 1), "gehuwd", 1207.91),
        (D(2007, 7, 1), "alleenstaande_ouder", 1121.57),
        (D(2013, 6, 30), "gehuwd", 1321.96),
        (D(2014, 7, 1), "alleenstaande_ouder", 1223.54),
        (D(2022, 12, 31), "gehuwd", 1574.03),
    ],
)
def test_gepubliceerde_bedragen_met_toeslag(datum, leefvorm, bedrag):
    assert norm(leefvorm, datum) == bedrag


def test_normen_volgen_de_vaste_verhoudingen_van_de_wet():
    for waarde in normreeks().waarden:
        n = waarde.inhoud
        deel = {"alleenstaande": 0.5, "alleenstaande_ouder": 0.7, "toeslag_max": 0.2}
        if waarde.vanaf >= D(2015, 1, 1):
            deel = {"alleenstaande": 0.7, "alleenstaande_ouder": 0.7, "toeslag_max": 0.0}
        for naam, fractie in deel.items():
            assert n[naam] == pytest.approx(fractie * n["gehuwd"], abs=CENT), (waarde.vanaf, naam)


def test_tussen_twee_bekende_normen_geldt_de_laatste_met_een_waarschuwing():
    n = norm_met_bron("alleenstaande", D(2010, 6, 1))
    assert (n.vanaf, n.bedrag) == (D(2008, 1, 1), 882.20)
    assert "01-07-2008 is niet bekend" in n.waarschuwing
    assert norm_met_bron("alleenstaande", D(2008, 6, 30)).waarschuwing is None


def test_na_de_laatste_norm_een_waarschuwing_en_voor_de_eerste_een_fout():
    laatste = normreeks().waarden[-1]
    assert norm_met_bron("gehuwd", laatste.geldig_tot - dt.timedelta(days=1)).waarschuwing is None
    assert norm_met_bron("gehuwd", laatste.geldig_tot).waarschuwing is not None
    with pytest.raises(GebruiksFout, match=r"KMP-P001.*bedrag_maand"):
        norm("gehuwd", normreeks().waarden[0].vanaf - dt.timedelta(days=1))


def test_onbekende_leefvorm():
    with pytest.raises(GebruiksFout, match=r"KMP-P002.*Bedoelde u 'gehuwd'"):
        norm_met_bron("gehuwt", D(2018, 1, 1))
    assert norm("onbekend", D(2018, 1, 1)) is None


# -- AOW age


@pytest.mark.parametrize(
    ("geboren", "jaren", "maanden"),
    [
        (D(1947, 12, 31), 65, 0),
        (D(1948, 1, 1), 65, 1),
        (D(1948, 12, 1), 65, 2),
        (D(1949, 11, 1), 65, 3),
        (D(1950, 10, 1), 65, 6),
        (D(1951, 7, 1), 65, 9),
        (D(1952, 4, 1), 66, 0),
        (D(1953, 1, 1), 66, 4),
        (D(1955, 8, 31), 66, 4),
        (D(1955, 9, 1), 66, 7),
        (D(1956, 6, 1), 66, 10),
        (D(1957, 3, 1), 67, 0),
        (D(1960, 12, 31), 67, 0),
        (D(1961, 1, 1), 67, 3),
        (D(1964, 9, 30), 67, 3),
    ],
)
def test_aow_leeftijd_aan_beide_kanten_van_elke_grens(geboren, jaren, maanden):
    a = aow_leeftijd(geboren)
    assert (a.jaren, a.maanden, a.waarschuwing) == (jaren, maanden, None)
    assert to_date(int(aow_datum(np.array([to_day(geboren)]))[0])) == a.datum


def test_aow_leeftijd_valt_in_het_jaar_waarvoor_zij_is_vastgesteld():
    """Art. 7a gives ages per calendar year in which they are reached: nobody may reach one in another year."""
    per_jaar = {2013: (65, 1), 2014: (65, 2), 2015: (65, 3), 2016: (65, 6), 2017: (65, 9), 2018: (66, 0)}
    per_jaar |= dict.fromkeys((2019, 2020, 2021), (66, 4)) | {2022: (66, 7), 2023: (66, 10)}
    per_jaar |= dict.fromkeys(range(2024, 2028), (67, 0)) | dict.fromkeys(range(2028, 2032), (67, 3))
    eerste, laatste = to_day(D(1948, 1, 1)), to_day(D(1964, 9, 30))
    dagen = np.arange(eerste, laatste + 1)
    gezien = set()
    for dag, bereikt in zip(dagen.tolist(), aow_datum(dagen).tolist(), strict=True):
        geboren, op = to_date(dag), to_date(bereikt)
        jaren, maanden = per_jaar[op.year]
        # Born on the 29th-31st: the day is clipped to the month's end, the month never moves.
        assert (op.year * 12 + op.month) - (geboren.year * 12 + geboren.month) == 12 * jaren + maanden
        gezien.add(op.year)
    assert gezien == set(per_jaar)


def test_later_geboren_krijgt_de_laatste_leeftijd_met_een_waarschuwing():
    a = aow_leeftijd(D(1964, 10, 1))
    assert (a.jaren, a.maanden) == (67, 3)
    assert "nog niet vastgesteld" in a.waarschuwing
    assert all(r["bron"] for r in aow_rijen())


# -- holiday allowance


@pytest.mark.parametrize(
    ("datum", "aandeel", "maand"),
    [
        (D(2012, 1, 1), 0.05, 5),
        (D(2024, 6, 1), 0.05, 5),
        (D(2009, 1, 1), 0.05, None),
        (D(2008, 12, 31), 0.047, None),
        (D(2006, 12, 31), 0.049, None),
        (D(2004, 6, 1), 0.046, None),
    ],
)
def test_vakantietoeslag(datum, aandeel, maand):
    t = vakantietoeslag(datum)
    assert (t.aandeel, t.betaalmaand, t.waarschuwing) == (aandeel, maand, None)
    assert t.bron


@pytest.mark.parametrize(
    ("datum", "zonder", "toeslag"),
    [
        (D(2002, 1, 1), 1047.02, 52.79),
        (D(2007, 7, 1), 1186.37, 59.82),
        (D(2008, 1, 1), 1201.05, 59.23),
        (D(2012, 1, 1), 1269.60, 66.82),
        (D(2022, 7, 1), 1495.33, 78.70),
    ],
)
def test_vakantietoeslag_splitst_gepubliceerde_bedragen(datum, zonder, toeslag):
    """Published apart: the norm for couples without the allowance, and the allowance."""
    t = vakantietoeslag(datum)
    assert zonder * t.opslag == pytest.approx(toeslag, abs=CENT)
    assert norm("gehuwd", datum) * t.aandeel == pytest.approx(toeslag, abs=CENT)


def test_vakantietoeslag_in_een_gat_en_na_het_einde_waarschuwt():
    assert vakantietoeslag(D(2007, 3, 1)).waarschuwing is not None
    assert vakantietoeslag(D(2026, 1, 1)).waarschuwing is not None
    with pytest.raises(GebruiksFout, match="KMP-P001"):
        vakantietoeslag(vakantietoeslagreeks().waarden[0].vanaf - dt.timedelta(days=1))


# -- safety net


def test_vangnet_2024_heeft_beide_drempels_nodig():
    regel = vangnet(2024)
    assert (regel.drempel, regel.drempel_cumulatief, regel.jaren) == (0.075, 0.075, 3)
    gelijk = [100.0, 100.0, 100.0]
    assert regel.recht([0, 0, 7.6], gelijk) == "regulier"
    assert regel.recht([0, 0, 7.5], gelijk) == "geen"
    assert regel.recht([-0.2, 0, 7.6], gelijk) == "geen"
    assert regel.recht([9, 9, 7.5], gelijk) == "geen"
    # The cumulative deficit is measured on the budget of the year itself, not on that of its own years.
    assert regel.recht([-1, 3, 8], [10.0, 10.0, 100.0]) == "regulier"


def test_vangnet_2025_kent_een_tweede_deur():
    regel = vangnet(2025)
    vier = [100.0] * 4
    assert regel.recht([5, 5, 0, 5.1], vier) == "uitgebreid"
    assert regel.recht([5, 0, 0, 5.1], vier) == "geen"
    assert regel.recht([5, 5, 5, 5.0], vier) == "geen"
    assert regel.recht([0, 0, 0, 7.6], vier) == "regulier"


@pytest.mark.parametrize(
    ("jaar", "drempel", "jaren"), [(2017, 0.05, 2), (2018, 0.05, 3), (2019, 0.075, 3), (2023, 0.075, 3)]
)
def test_vangnet_per_jaar(jaar, drempel, jaren):
    regel = vangnet(jaar)
    assert (regel.drempel, regel.jaren, regel.waarschuwing) == (drempel, jaren, None)


def test_vangnet_buiten_de_bekende_jaren():
    for jaar in (2014, 2016):
        with pytest.raises(GebruiksFout, match="KMP-P001"):
            vangnet(jaar)
    assert vangnet(2026).waarschuwing is not None


def test_de_oude_aanvullende_uitkeringen_zijn_vervallen():
    assert vangnetreeks("iau").op(D(2014, 1, 1)).waarde.inhoud["drempel"] == 0.10
    assert vangnetreeks("mau").op(D(2014, 1, 1)).waarde.inhoud["drempel_elk_jaar"] == 0.025
    for regeling in ("iau", "mau"):
        with pytest.raises(GebruiksFout, match=r"KMP-P003.*2015"):
            vangnetreeks(regeling).op(D(2015, 1, 1))


@pytest.mark.parametrize(
    ("tekorten", "budgetten"),
    [([8.0], [100.0]), ([0, 0, 8.0], [100.0, 100.0]), ([0, 0, 8.0], [100.0, 0.0, 100.0])],
)
def test_vangnet_met_te_weinig_jaren_is_een_fout(tekorten, budgetten):
    with pytest.raises(GebruiksFout, match="KMP-P004"):
        vangnet(2024).recht(tekorten, budgetten)


# -- the page


def test_de_pagina_is_in_de_pas():
    assert (WORTEL / "docs" / "parameters.md").read_text(encoding="utf-8") == parameters_markdown()


def test_de_pagina_noemt_elke_waarde_met_haar_bron():
    pagina = parameters_markdown()
    bronnen = [w.bron for r in (normreeks(), vakantietoeslagreeks()) for w in r.waarden]
    bronnen += [w.bron for n in ("iau", "mau", "vangnet") for w in vangnetreeks(n).waarden]
    bronnen += [r["bron"] for r in aow_rijen()]
    assert all(b in pagina for b in bronnen)
    assert "| 1-1-2012 | 668,21 | 935,49 | 1.336,42 | 267,28 |" in pagina
    assert "vervallen" in pagina
