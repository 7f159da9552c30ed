"""The rows of exposure against the oracle: piece by piece, on small towns with nasty dates."""

import datetime as dt
import itertools
import random

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.orakel import Instelling, Stuk, maak_stukken

from kompas import panel as panelmodule
from kompas.config import BESTEMMINGEN, Config, maak_config
from kompas.historie import bronwaarden_van
from kompas.models.calendar import to_date, to_day
from kompas.panel import Panel, maak_panel
from kompas.parameters.aow import aow_datum
from kompas.perioden import maak_perioden

D = dt.date
REDENEN = {
    "11": "werk",
    "31": "handhaving",
    "98": "overig",
    "02": "overig",
    "97": "overig",
    "03": "aow",
    "04": "overig",
}
AKELIG = (
    D(2004, 2, 29),
    D(2005, 1, 31),
    D(2005, 2, 28),
    D(2004, 12, 31),
    D(2005, 3, 1),
    D(2005, 3, 30),
    D(2003, 12, 31),
    D(2005, 8, 15),
    D(2004, 8, 30),
)
GEBOREN = (D(1940, 2, 29), D(1940, 3, 31), D(1939, 12, 31), D(1980, 2, 29), D(1975, 6, 15), D(1985, 1, 31))
VENSTERS = ((D(2004, 1, 1), D(2006, 6, 30)), (D(2004, 2, 29), D(2006, 2, 14)), (D(2003, 7, 17), D(2005, 12, 31)))
INSTRUMENTEN = (
    {"code": "traject", "duur_maanden": 3, "fasen_na": [2, 6]},
    {"code": "bezoek", "duur_maanden": 0, "fasen_na": [1]},
    {"code": "kort", "duur_maanden": 1, "fasen_na": []},
)


def getallen(zaad):
    """Source of numbers for ``dorp`` from a seed."""
    return random.Random(zaad).randrange  # noqa: S311 - a test, no secret


# --- a town from a source of numbers (a seed or hypothesis) --------------------------------------------------------


def dorp(kies, klanten):
    """Draw rows of so many clients and a config; ``kies(n)`` gives a number from 0 to n - 1."""
    van, tot = VENSTERS[kies(len(VENSTERS))]
    kop = {
        "gemeente": {"naam": "Dorp", "peildatum": tot},
        "bron": {"venster_van": van, "gat_dagen": (30, 1, 0, 90)[kies(4)], "rijping_maanden": (0, 0, 1, 3)[kies(4)]},
        "instrument": list(INSTRUMENTEN[: kies(4)]),
    }
    if kies(4) == 0:
        kop["bron"]["inzet"] = {"bestand": "x.csv", "volledig_vanaf": D(2004, 5, 31)}
    config = maak_config(kop)
    uitkeringen, inzet = [], []
    for c in range(klanten):
        huis = (None, f"h{c // 2}")[kies(2)]
        geboren = GEBOREN[kies(len(GEBOREN))]
        vorige = uitkeringen[-1] if uitkeringen else None
        eigen = _spells(kies, f"c{c}", huis, geboren, tot, config.bron.gat_dagen)
        if vorige and vorige["einddatum"] and kies(3) == 0:  # takeover by the next client
            vorige |= {"reden_einde": ("02", "97")[kies(2)], "bestemming": "overig", "huishouden_id": f"h{c}"}
            gat = (0, 29, 30, 1, 4)[kies(5)]
            rij = eigen[0] | {"begindatum": vorige["einddatum"] + dt.timedelta(days=1 + gat), "huishouden_id": f"h{c}"}
            slot = rij["begindatum"] + dt.timedelta(days=(3, 40, 130)[kies(3)])
            open_ = slot > tot
            rij |= {"einddatum": None if open_ else slot, "reden_einde": None if open_ else "11"}
            eigen = [rij | {"bestemming": None if open_ else "werk"}] if rij["begindatum"] <= tot else eigen
        uitkeringen += eigen
        if config.instrument:
            inzet += _inzet(kies, f"c{c}", [r for r in uitkeringen if r["client_id"] == f"c{c}"], config)
    return uitkeringen, inzet, config


def _spells(kies, client, huis, geboren, tot, gat):
    rijen = []
    begin = AKELIG[kies(len(AKELIG))] - dt.timedelta(days=(0, 1, 400, 30)[kies(4)])
    for _ in range(1 + kies(3)):
        duur = (1, 2, 27, 28, 31, 45, 59, 90, 200, 365, 700)[kies(11)]
        eind = begin + dt.timedelta(days=duur - 1)
        if kies(4) == 0:
            eind = AKELIG[kies(len(AKELIG))]
        if kies(6) == 0:
            eind = tot
        loopt = eind < begin or eind > tot or kies(8) == 0
        if begin > tot:
            break
        reden = None if loopt else list(REDENEN)[kies(len(REDENEN))]
        rijen.append(
            {
                "client_id": client,
                "begindatum": begin,
                "einddatum": None if loopt else eind,
                "reden_einde": reden,
                "bestemming": None if loopt else REDENEN[reden],
                "geboortedatum": geboren,
                "huishouden_id": huis,
                "geslacht": ("man", "vrouw")[int(client[1:]) % 2],
            }
        )
        if loopt:
            break
        begin = eind + dt.timedelta(days=1 + (0, gat, max(gat - 1, 0), gat + 1, 150, -3)[kies(6)])
        begin = max(begin, rijen[-1]["begindatum"] + dt.timedelta(days=1))
    return rijen


def _inzet(kies, client, spells, config):
    rijen = []
    for _ in range(kies(4)):
        ins = config.instrument[kies(len(config.instrument))]
        s = spells[kies(len(spells))]
        slot = s["einddatum"] or config.gemeente.peildatum
        anker = (s["begindatum"], slot, AKELIG[kies(len(AKELIG))], s["begindatum"] + (slot - s["begindatum"]) / 2)
        begin = anker[kies(4)] + dt.timedelta(days=(0, 0, -1, 1, -100, 17)[kies(6)])
        if rijen and kies(2):
            vorige = rijen[-1]
            ins = next(x for x in config.instrument if x.code == vorige["instrument"])
            begin = (vorige["einddatum"] or vorige["begindatum"]) + dt.timedelta(days=(30, 31, 29, 1, 60)[kies(5)])
        rijen.append(
            {
                "client_id": client,
                "instrument": ins.code,
                "begindatum": begin,
                "einddatum": (None, begin, begin + dt.timedelta(days=20), begin + dt.timedelta(days=95))[kies(4)],
                "geplande_einddatum": (None, None, begin, begin + dt.timedelta(days=44))[kies(4)],
                "aanmelddatum": (None, None, begin - dt.timedelta(days=12), begin)[kies(4)],
            }
        )
    return rijen


# --- both programs on the same rows ------------------------------------------------------------------------------


def als_tabel(rijen, datums, tekst):
    tabel = pd.DataFrame({k: pd.Series([r[k] for r in rijen], dtype=object) for k in (*datums, *tekst)})
    for k in datums:
        tabel[k] = pd.to_datetime(tabel[k]).astype("datetime64[ns]")
    return tabel.assign(rij=np.arange(len(tabel)) + 2)


def tabellen(uitkeringen, inzet):
    u = als_tabel(
        uitkeringen,
        ("begindatum", "einddatum", "geboortedatum"),
        ("client_id", "reden_einde", "bestemming", "huishouden_id", "geslacht"),
    ).sort_values(["client_id", "begindatum"], ignore_index=True)
    i = als_tabel(
        inzet, ("begindatum", "einddatum", "geplande_einddatum", "aanmelddatum"), ("client_id", "instrument")
    ).assign(kosten=np.nan, contract_id=None)
    return u, i


HISTORIE = pd.DataFrame({k: pd.Series(dtype=object) for k in ("client_id", "kenmerk", "waarde", "vanaf")})


def panel_van(uitkeringen, inzet, config: Config) -> tuple[Panel, pd.DataFrame]:
    """Run kompas; one line per piece."""
    u, i = tabellen(uitkeringen, inzet)
    perioden = maak_perioden(u, i, config)
    namen = ("leeftijd", "eerdere_spells", "geslacht")
    bron, stappen = bronwaarden_van(namen, perioden, u, HISTORIE)
    p = maak_panel(
        perioden,
        u,
        config,
        kenmerken=lambda spell, dag: {
            n: (w == "man").astype(np.int64) if n == "geslacht" else w
            for n in namen
            for w in [bron.waarde(n, spell, dag)]
        },
        tijdlijnen=stappen,
        leeftijden=np.arange(1, 121),
    )
    e = p.exposure.expand()
    rij = np.repeat(np.arange(p.exposure.profile.size), p.exposure.months)
    spells = perioden.spells.iloc[p.spell[rij]]
    tabel = pd.DataFrame(
        {
            "client": spells["client_id"].to_numpy(),
            "begin": [to_date(d) for d in spells["begin"]],
            "k": e["month"] + 1,
            "maand": [(int(m) // 12, int(m) % 12 + 1) for m in e["calendar"]],
            "d": e["length"],
            "event": [BESTEMMINGEN[v - 1] if v else None for v in e["event"]],
            "leeftijd": p.profielen["leeftijd"][e["profile"]] if e["profile"].size else [],
            "eerdere_spells": p.profielen["eerdere_spells"][e["profile"]] if e["profile"].size else [],
            "man": p.profielen["geslacht"][e["profile"]] if e["profile"].size else [],
            "fasen": list(
                zip(
                    *[
                        [ins.fasen[f] if f >= 0 else None for f in p.profielen[f"inzet:{ins.code}"][e["profile"]]]
                        for ins in config.instrument
                    ],
                    strict=True,
                )
            )
            if config.instrument and e["profile"].size
            else [()] * e["profile"].size,
        }
    )
    return p, tabel


def instelling(config: Config) -> Instelling:
    return Instelling(
        venster_van=config.bron.venster_van,
        peildatum=config.bron.venster_tot or config.gemeente.peildatum,
        gat_dagen=config.bron.gat_dagen,
        rijping_maanden=config.bron.rijping_maanden,
        volledig_vanaf=config.bron.inzet.volledig_vanaf if config.bron.inzet else None,
        instrumenten={i.code: (i.duur_maanden, i.fasen_na) for i in config.instrument},
    )


def aow(geboren: dt.date) -> dt.date:
    return to_date(aow_datum(np.array([to_day(geboren)]))[0])


def orakel(uitkeringen, inzet, config, *, per_dag=True) -> list[Stuk]:
    return maak_stukken(uitkeringen, inzet, instelling(config), aow, per_dag=per_dag)


VELDEN = ("client", "begin", "k", "maand", "d", "event", "leeftijd", "eerdere_spells", "man", "fasen")


def regel(s: Stuk) -> tuple:
    man = int(s.rij["geslacht"] == "man")
    return (s.client, s.begin, s.k, s.maand, s.d, s.event, s.leeftijd, s.eerdere_spells, man, s.fasen)


def vergelijk(uitkeringen, inzet, config) -> int:
    """Compare every piece; on a difference show the rows of that household only. Returns the number of pieces."""
    _, tabel = panel_van(uitkeringen, inzet, config)
    ons = [tuple(r) for r in tabel[list(VELDEN)].itertuples(index=False)]
    hun = [regel(s) for s in sorted(orakel(uitkeringen, inzet, config), key=lambda s: (s.client, s.begin, s.dag))]
    for a, b in itertools.zip_longest(ons, hun, fillvalue=("c0", None, None, None, 9)):
        if (*a[:4], *a[5:]) != (*b[:4], *b[5:]) or abs(a[4] - b[4]) > 1e-12:
            buren = {f"c{n}" for x in (a, b) for n in range(int(x[0][1:]) - 1, int(x[0][1:]) + 2)}
            rijen = "\n".join(str(r) for r in (*uitkeringen, *inzet) if r["client_id"] in buren)
            pytest.fail(f"kompas {a}\norakel {b}\n{rijen}\n{config.bron}\n{config.instrument}")
    return len(hun)


@pytest.mark.parametrize("zaad", range(14))
def test_vaste_zaden_stuk_voor_stuk_gelijk_aan_het_orakel(zaad):
    assert vergelijk(*dorp(getallen(zaad), 40)) > 100


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_hypothesis_stuk_voor_stuk_gelijk_aan_het_orakel(data):
    vergelijk(*dorp(lambda n: data.draw(st.integers(0, n - 1)), data.draw(st.integers(1, 4))))


def test_orakel_per_dag_en_per_datum_geven_hetzelfde():
    for zaad in range(100, 104):
        rijen = dorp(getallen(zaad), 25)
        assert orakel(*rijen) == orakel(*rijen, per_dag=False)


def test_zelfde_panel_in_stukken_van_zeven(monkeypatch):
    rijen = dorp(getallen(17), 60)
    heel, _ = panel_van(*rijen)
    monkeypatch.setattr(panelmodule, "CHUNK", 7)
    klein, _ = panel_van(*rijen)
    assert heel.spell.size > 7
    for naam in ("profile", "month", "calendar", "months", "length", "event", "cluster"):
        np.testing.assert_array_equal(getattr(heel.exposure, naam), getattr(klein.exposure, naam))
    np.testing.assert_array_equal(heel.spell, klein.spell)
    for naam, waarde in heel.profielen.items():
        np.testing.assert_array_equal(waarde, klein.profielen[naam])
    for naam, nummer in heel.inzet.items():
        np.testing.assert_array_equal(nummer, klein.inzet[naam])
    pd.testing.assert_frame_equal(heel.inzetten, klein.inzetten)


def test_nummers_van_inzetten_vallen_samen_met_die_van_het_orakel():
    for zaad in range(40, 46):
        uitkeringen, inzet, config = dorp(getallen(zaad), 30)
        p, _ = panel_van(uitkeringen, inzet, config)
        stukken = sorted(orakel(uitkeringen, inzet, config), key=lambda s: (s.client, s.begin, s.dag))
        for j, ins in enumerate(config.instrument):
            ons = np.repeat(p.inzet[ins.code], p.exposure.months)
            hun = [s.inzetten[j] for s in stukken]
            paren = {(int(a), b) for a, b in zip(ons, hun, strict=True)}
            assert len(paren) == len({a for a, _ in paren}) == len({b for _, b in paren})


# --- known answers, by hand --------------------------------------------------------------------------------------


def spell(begin, eind=None, reden=None, client="c0", **meer):
    rij = {"client_id": client, "begindatum": begin, "einddatum": eind, "reden_einde": reden, "huishouden_id": None}
    return rij | {"bestemming": REDENEN.get(reden), "geboortedatum": D(1980, 2, 29), "geslacht": "man"} | meer


def inzetrij(begin, instrument="traject", client="c0", **meer):
    rij = {"client_id": client, "instrument": instrument, "begindatum": begin, "einddatum": None}
    return rij | {"geplande_einddatum": None, "aanmelddatum": None} | meer


VAN, TOT = D(2004, 1, 1), D(2006, 12, 31)


def toets_config(*instrumenten, van=VAN, tot=TOT, **bron):
    return maak_config(
        {
            "gemeente": {"naam": "x", "peildatum": tot},
            "bron": {"venster_van": van} | bron,
            "instrument": list(instrumenten),
        }
    )


def stukken_van(u, i, config):
    _, tabel = panel_van(u, i, config)
    assert vergelijk(u, i, config) == len(tabel)
    return tabel


def test_uitstroom_op_de_eerste_dag_is_een_hele_maand():
    t = stukken_van([spell(D(2005, 1, 31), D(2005, 1, 31), "11")], [], toets_config())
    assert t[["k", "d", "event", "maand"]].to_numpy().tolist() == [[1, 1.0, "werk", (2005, 1)]]


def test_uitstroom_op_de_laatste_dag_van_een_maand_hoort_bij_die_maand():
    t = stukken_van([spell(D(2005, 1, 31), D(2005, 2, 27), "11")], [], toets_config())
    assert t[["k", "d", "event"]].to_numpy().tolist() == [[1, 1.0, "werk"]]
    t = stukken_van([spell(D(2005, 1, 31), D(2005, 2, 28), "11")], [], toets_config())
    assert t[["k", "d", "event", "maand"]].to_numpy().tolist() == [
        [1, 1.0, None, (2005, 1)],
        [2, 1.0, "werk", (2005, 2)],
    ]


def test_venster_knipt_midden_in_de_maand_en_de_peildatum_telt_mee():
    t = stukken_van([spell(D(2004, 1, 1))], [], toets_config(van=D(2004, 2, 11), tot=D(2004, 3, 10)))
    assert t["k"].tolist() == [2, 3]
    assert t["d"].tolist() == pytest.approx([19 / 29, 10 / 31], abs=1e-12)
    t = stukken_van([spell(D(2004, 1, 1), D(2004, 3, 10), "11")], [], toets_config(tot=D(2004, 3, 10)))
    assert t["event"].tolist() == [None, None, "werk"]
    assert t["d"].tolist() == pytest.approx([1, 1, 10 / 31], abs=1e-12)


def test_fasewissel_na_de_uitstroom_in_dezelfde_maand_knipt_maar_een_latere_inzet_niet():
    ins = {"code": "traject", "duur_maanden": 3}
    u = [spell(D(2005, 1, 1), D(2005, 4, 10), "11"), spell(D(2006, 1, 1))]
    t = stukken_van(u, [inzetrij(D(2005, 1, 21))], toets_config(ins, tot=D(2006, 1, 31)))
    assert t["k"].tolist() == [1, 1, 2, 3, 4, 1]
    assert t["d"].tolist() == pytest.approx([20 / 31, 11 / 31, 1, 1, 20 / 30, 1], abs=1e-12)
    assert t["fasen"].tolist() == [(None,), *[("tijdens",)] * 4, ("na_0",)]
    assert t["event"].tolist() == [None, None, None, None, "werk", None]
    t = stukken_van(u, [inzetrij(D(2005, 4, 11))], toets_config(ins, tot=D(2006, 1, 31)))
    assert t["d"].tolist() == [1, 1, 1, 1, 1]
    assert t["fasen"].tolist() == [*[(None,)] * 4, ("na_0",)]


def test_nieuwe_inzet_op_de_geplande_einddatum_van_de_vorige_begint_opnieuw():
    ins = {"code": "traject", "duur_maanden": 3, "fasen_na": [2]}
    i = [inzetrij(D(2005, 1, 10), einddatum=D(2005, 1, 20)), inzetrij(D(2005, 4, 10))]
    t = stukken_van([spell(D(2005, 1, 10))], i, toets_config(ins, tot=D(2005, 8, 9)))
    assert t["fasen"].tolist() == [*[("tijdens",)] * 6, ("na_0_2",)]
    t = stukken_van([spell(D(2005, 1, 10))], i[:1], toets_config(ins, tot=D(2005, 8, 9)))
    assert t["fasen"].tolist() == [*[("tijdens",)] * 3, *[("na_0_2",)] * 2, *[("na_2",)] * 2]


def test_inzet_op_de_dag_van_uitstroom_telt_in_het_laatste_stuk():
    ins = {"code": "traject", "duur_maanden": 3}
    t = stukken_van([spell(D(2005, 4, 1), D(2005, 4, 10), "11")], [inzetrij(D(2005, 4, 10))], toets_config(ins))
    assert t["fasen"].tolist() == [(None,), ("tijdens",)]
    assert t["d"].tolist() == pytest.approx([9 / 30, 21 / 30], abs=1e-12)
    assert t["event"].tolist() == [None, "werk"]


def test_aow_datum_sluit_de_blootstelling_en_code_03_is_geen_uitstroom():
    oud = {"geboortedatum": D(1940, 3, 31)}  # 65 on 31 March 2005
    t = stukken_van([spell(D(2005, 1, 1), D(2005, 6, 30), "11", **oud)], [], toets_config())
    assert t["d"].tolist() == pytest.approx([1, 1, 30 / 31], abs=1e-12)
    assert t["event"].isna().all()
    t = stukken_van([spell(D(2005, 1, 1), D(2005, 3, 30), "03", **oud)], [], toets_config())
    assert t["event"].isna().all()
    t = stukken_van([spell(D(2005, 1, 1), D(2005, 3, 30), "11", **oud)], [], toets_config())
    assert t["event"].tolist() == [None, None, "werk"]


def test_inzet_van_voor_het_venster_in_een_eerdere_periode_werkt_door():
    ins = {"code": "traject", "duur_maanden": 3, "fasen_na": [6, 18]}
    u = [spell(D(2002, 1, 1), D(2002, 6, 30), "11"), spell(D(2004, 1, 1))]
    t = stukken_van(u, [inzetrij(D(2002, 5, 15))], toets_config(ins, tot=D(2004, 5, 31)))
    assert t["eerdere_spells"].tolist() == [1] * len(t)
    assert set(t["fasen"]) == {("na_6_18",), ("na_18",)}
    knip = t[t["k"] == 2]  # planned end 15 August 2002 plus 18 months = 15 February 2004
    assert knip["fasen"].tolist() == [("na_6_18",), ("na_18",)]
    assert knip["d"].tolist() == pytest.approx([14 / 29, 15 / 29], abs=1e-12)


def test_inzet_van_de_partner_telt_voor_het_huishouden():
    ins = {"code": "bezoek", "duur_maanden": 0}
    u = [spell(D(2005, 1, 1), huishouden_id="h"), spell(D(2003, 1, 1), D(2003, 2, 1), "98", "c1", huishouden_id="h")]
    i = [inzetrij(D(2005, 2, 1), "bezoek", "c1")]
    config = toets_config(ins, tot=D(2005, 3, 31))
    assert stukken_van(u, i, config)["fasen"].tolist() == [(None,), ("na_0",), ("na_0",)]
    los = [r | {"huishouden_id": None} for r in u]
    assert stukken_van(los, i, config)["fasen"].tolist() == [(None,)] * 3


def test_overname_knipt_geen_maand_en_de_kenmerken_volgen_de_nieuwe_ontvanger():
    u = [
        spell(D(2005, 1, 1), D(2005, 3, 9), "02", huishouden_id="h", geboortedatum=D(1960, 7, 1)),
        spell(D(2005, 3, 20), client="c1", huishouden_id="h", geslacht="vrouw", geboortedatum=D(1970, 5, 2)),
    ]
    t = stukken_van(u, [], toets_config(tot=D(2005, 6, 30)))
    assert t["d"].tolist() == [1.0] * 6
    assert t["client"].tolist() == ["c1"] * 6
    assert t["man"].tolist() == [1, 1, 1, 0, 0, 0]
    assert t["leeftijd"].tolist() == [44, 44, 44, 34, 34, 35]


def test_overname_wordt_ook_gevolgd_als_de_partner_eerder_een_eigen_periode_had():
    u = [
        spell(D(2004, 1, 1), D(2005, 3, 31), "02", huishouden_id="h"),
        spell(D(2004, 6, 1), D(2004, 7, 31), "98", "c1", huishouden_id="h"),
        spell(D(2005, 4, 15), client="c1", huishouden_id="h"),
    ]
    t = stukken_van(u, [], toets_config(tot=D(2005, 12, 31)))
    assert t["event"].tolist().count("overig") == 1  # only the own period of the partner
    assert t.groupby("begin")["k"].max().to_dict() == {D(2004, 1, 1): 24, D(2004, 6, 1): 2}
