"""How far the data reach: an export that stops before the peildatum is not a town in which nothing happens."""

import datetime as dt

import pandas as pd
import pytest
from tests.bronhulp import UITKERING, lees

from kompas.bron import keur
from kompas.bron.bereik import bereik
from kompas.config import maak_config
from kompas.fouten import GegevensFout
from kompas.models.calendar import month_of, to_day
from kompas.monitors.eigenreeks import eigen_reeks

D = dt.date
EINDE = D(2007, 6, 30)


def dorp(per_maand: int, tot: dt.date = EINDE) -> list[dict[str, str]]:
    """So many begins on day 1 and ends on day 28 of each month from 2005-01: twice as many events."""
    rijen, dag = [], D(2005, 1, 1)
    while dag <= tot:
        for i in range(per_maand):
            begin, eind = f"{dag:%d-%m-%Y}", f"28-{dag:%m-%Y}"
            rijen.append(UITKERING | {"client_id": f"K{len(rijen)}", "begindatum": begin, "einddatum": eind})
            if i == 0:  # somebody stays
                rijen.append(UITKERING | {"client_id": f"L{len(rijen)}", "begindatum": begin, "einddatum": ""})
                rijen[-1]["reden_einde"] = ""
        dag = (dag + dt.timedelta(days=32)).replace(day=1)
    return rijen


def lees_op(map_, rijen, peildatum, **bron):
    delen = {"gemeente": {"naam": "X", "peildatum": peildatum}}
    bestand = lees(map_, {"bron": {"venster_van": D(2005, 1, 1)} | bron}, delen, uitkeringen=rijen)
    return bestand, bestand.bevindingen.to_frame().set_index("regel")


def test_een_export_die_voor_de_peildatum_ophoudt_stopt_de_run(tmp_path):
    """Per month 5 begins, 1 of who stays and 5 ends: 11. In 6 empty months 66 are expected."""
    bestand, tabel = lees_op(tmp_path, dorp(5), D(2007, 12, 31))
    assert tabel.loc["U18", "ernst"] == "blokkade"
    assert "tot en met 28-06-2007; in de 6 maanden daarna" in tabel.loc["U18", "bericht"]
    assert "ongeveer 66 keer" in tabel.loc["U18", "bericht"]
    c = maak_config({"gemeente": {"naam": "X", "peildatum": D(2007, 12, 31)}, "bron": {"venster_van": D(2005, 1, 1)}})
    with pytest.raises(GegevensFout, match=r"U18[\s\S]*tot en met 28-06-2007[\s\S]*Zet peildatum"):
        keur(bestand, c)


@pytest.mark.parametrize(
    ("peildatum", "bron", "regels"),
    [
        (D(2007, 6, 30), {}, []),  # the export reaches the peildatum
        (D(2007, 7, 20), {}, []),  # less than a month
        (D(2007, 7, 31), {}, ["U19"]),  # one month, 11 expected: the export is late, the list not wrong
        (D(2007, 8, 31), {}, ["U19"]),
        (D(2007, 9, 30), {}, ["U18"]),  # three months
        (D(2007, 12, 31), {"venster_tot": D(2007, 6, 30)}, ["U19"]),  # the analyst knows
        (D(2007, 12, 31), {"rijping_maanden": 6}, ["U19"]),
    ],
)
def test_alleen_een_lege_staart_binnen_het_venster_telt(tmp_path, peildatum, bron, regels):
    _, tabel = lees_op(tmp_path, dorp(5), peildatum, **bron)
    assert list(tabel.index) == regels


def test_een_kleine_gemeente_krijgt_hooguit_een_waarschuwing(tmp_path):
    """1 begin, 1 who stays and 1 end: 3 per month. One empty month: 3 expected; three months: 9; four: 12."""
    for maand, dag, regels in ((7, 31, ["U19"]), (9, 30, ["U19"]), (10, 31, ["U18"])):
        _, tabel = lees_op(tmp_path, dorp(1), D(2007, maand, dag))
        assert list(tabel.index) == regels


def test_een_enkel_gepland_einde_in_de_staart_verbergt_haar_niet(tmp_path):
    """11 per month, 6 months: 66 expected; 2% of that is 1.3, so one planned end is still an empty tail."""
    rijen = dorp(5)
    rijen[1] |= {"einddatum": "01-11-2007", "reden_einde": "33"}
    _, tabel = lees_op(tmp_path, rijen, D(2007, 12, 31))
    assert "tot en met 28-06-2007" in tabel.loc["U18", "bericht"]
    for k in (4, 7):
        rijen.append(rijen[1] | {"client_id": f"N{k}"})
    _, tabel = lees_op(tmp_path, rijen, D(2007, 12, 31))
    assert "U18" not in tabel.index or "28-06-2007" not in tabel.loc["U18", "bericht"]


def test_te_kort_venster_geeft_geen_uitspraak():
    u = pd.DataFrame({"begindatum": pd.to_datetime(["2007-01-01"] * 50), "einddatum": pd.NaT})
    assert bereik(u, D(2007, 1, 1), D(2007, 3, 31)) is None
    assert bereik(u.iloc[:0], D(2005, 1, 1), D(2007, 3, 31)) is None


@pytest.mark.parametrize(("tot", "laatste"), [(D(2007, 6, 30), "2007-06"), (D(2007, 6, 10), "2007-05")])
def test_de_monitor_toont_geen_maanden_na_het_einde_van_de_gegevens(tmp_path, tot, laatste):
    """An export of 10 June has 40 begins (and no ends on the 28th): June is not whole, so May is the last month."""
    rijen = dorp(20)
    if tot.day == 10:
        rijen = [r | ({"einddatum": "", "reden_einde": ""} if r["einddatum"] == "28-06-2007" else {}) for r in rijen]
    bestand, _ = lees_op(tmp_path, rijen, D(2007, 12, 31))
    c = maak_config({"gemeente": {"naam": "X", "peildatum": D(2007, 12, 31)}, "bron": {"venster_van": D(2005, 1, 1)}})
    grens = month_of(pd.Series([to_day(D(2006, 1, 1)), to_day(D(2007, 12, 1))]).to_numpy())
    reeks, zinnen = eigen_reeks(
        bestand.uitkeringen, bestand.kenmerken_historie, c, maanden=(int(grens[0]), int(grens[1]))
    )
    assert reeks["maand"].max() == laatste
    assert any("latere maanden zijn onbekend" in z for z in zinnen)
