import numpy as np
import pandas as pd
import pytest
from tests.uitvoeringhulp import SPELLS, lees, spel

from kompas.fouten import GebruiksFout
from kompas.monitors.kengetalbron import maak_kern, maandreeks
from kompas.monitors.kengetallen import KENGETALLEN, definitietabel, succes
from kompas.monitors.kengetalvorm import TELWIJZEN, WERKSTROMEN
from kompas.monitors.kengetalwaarden import maak_waarden
from kompas.monitors.maanden import nummer
from kompas.monitors.taakstelling import bezwaren, norm_van, versies

GEEN_REEKS = pd.DataFrame(columns=["maand", "huishoudens"])


def waarden(map_, tabellen, klantmanager=None, **delen):
    bestand, config = lees(map_, tabellen, **delen)
    k = maak_kern(bestand, config, klantmanager=klantmanager)
    return k, maak_waarden(k, GEEN_REEKS)


def stand(k, w, code, maand="2007-06", eenheid="Dorp"):
    rij = int(np.flatnonzero(k.eenheden["eenheid"] == eenheid)[0])
    return w.per_code[code].realisatie[rij, int(np.flatnonzero(k.maanden == nummer(maand))[0])]


# -- definitions


def test_een_programma_drie_cijfers():
    """feiten.md: 64%, 75% or 82% by what counts as success: work; + training; + no benefit."""
    n = {"werk": 64, "opleiding": 11, "geen uitkering": 7, "anders": 18}
    assert [succes(n, list(n)[: i + 1]) for i in range(3)] == [0.64, 0.75, 0.82]
    assert np.isnan(succes({}, {"werk"}))


def test_elk_kengetal_draagt_zijn_definitie():
    d = definitietabel()
    assert d["definitie"].str.endswith(".").all()
    assert (d["definitie"].str.split().str.len() >= 8).all()
    assert set(d["werkstroom"]) == set(WERKSTROMEN)
    assert set(d["telwijze"]) <= set(TELWIJZEN.values())
    assert d["label"].str.len().max() <= 33  # fits the text of 80 columns
    assert d["kengetal"].is_unique


@pytest.mark.parametrize("code", [k.code for k in KENGETALLEN.values() if k.normpad != "vast"])
def test_een_norm_die_oploopt_hoort_bij_een_telling_over_het_jaar_of_een_stand(code):
    assert KENGETALLEN[code].telwijze == ("stand" if code == "volume" else "jaar")


# -- spells, by hand (see SPELLS)


def test_tellingen_met_de_hand(tmp_path):
    k, w = waarden(tmp_path, {"uitkeringen": SPELLS})
    assert stand(k, w, "instroom") == 2  # A (again) and D
    assert stand(k, w, "instroom", "2006-12") == 3
    assert stand(k, w, "instroom_jongeren") == 1
    assert stand(k, w, "uitstroom") == 2
    assert stand(k, w, "uitstroom_werk") == 1  # B; E left by enforcement
    assert stand(k, w, "uitstroom_werk", "2006-12") == 2
    assert stand(k, w, "volume") == 3  # A, C, D
    assert stand(k, w, "volume", "2006-12") == 3  # B, C, E
    assert stand(k, w, "langer_dan_3_jaar") == pytest.approx(1 / 3)  # C


def test_per_team_telt_op_tot_de_gemeente(tmp_path):
    k, w = waarden(tmp_path, {"uitkeringen": SPELLS})
    assert k.eenheden["eenheid"].tolist() == ["Dorp", "Noord", "T1", "T2"]
    for code in ("instroom", "uitstroom", "uitstroom_werk", "volume"):
        t = w.per_code[code].teller
        np.testing.assert_array_equal(t[0], t[2] + t[3])
        np.testing.assert_array_equal(t[0], t[1])


def test_stand_is_vorige_stand_plus_instroom_min_uitstroom(tmp_path):
    k, w = waarden(tmp_path, {"uitkeringen": SPELLS})
    volume = w.per_code["volume"].teller
    stroom = w.per_maand["instroom"] - w.per_maand["uitstroom"]
    np.testing.assert_array_equal(np.diff(volume, axis=1), stroom[:, 1:])
    assert k.aantal_maanden > 12


def test_duurzaam_en_terugval(tmp_path):
    """Of the exits to work of A (August 2006, back in January) and F (March 2006, never back)."""
    k, w = waarden(tmp_path, {"uitkeringen": SPELLS})
    assert stand(k, w, "duurzaam_3m", "2007-02") == 1.0  # both followed three months: neither was back by then
    assert stand(k, w, "duurzaam_6m", "2007-02") == 0.5  # A was back within six months
    assert stand(k, w, "duurzaam_6m", "2006-09") == 1.0  # only F is followed six months
    assert np.isnan(stand(k, w, "duurzaam_12m", "2006-12"))  # nobody is followed a year
    assert stand(k, w, "duurzaam_12m", "2007-03") == 1.0
    assert stand(k, w, "terugval_12m", "2007-03") == 0.0


def test_overlijden_is_geen_kans_op_terugval(tmp_path):
    rijen = [spel("X", "2005-01-01", "2005-08-15", "04"), spel("Y", "2005-01-01", "2005-08-15", "01"), *SPELLS]
    k, w = waarden(tmp_path, {"uitkeringen": rijen})
    assert w.per_code["terugval_12m"].noemer[0][k.maanden == nummer("2006-08")].tolist() == [1.0]


def test_aow_is_uitstroom_en_geen_werk(tmp_path):
    rijen = [*SPELLS, spel("O", "2000-01-01", geboortedatum="1942-04-10")]  # 65 on 10-04-2007
    k, w = waarden(tmp_path, {"uitkeringen": rijen})
    assert stand(k, w, "volume", "2007-03") == 1 + 4
    assert stand(k, w, "volume") == 3
    assert stand(k, w, "uitstroom") == 3
    assert stand(k, w, "uitstroom_werk") == 1


# -- deployments and enforcement


INZET = [
    {"client_id": "C", "instrument": "traject", "begindatum": "2007-04-01", "einddatum": ""},
    {"client_id": "D", "instrument": "traject", "begindatum": "2007-03-01", "einddatum": "2007-05-31"},
    {"client_id": "E", "instrument": "huisbezoek", "begindatum": "2007-05-10", "einddatum": "2007-05-10"},
    {"client_id": "C", "instrument": "huisbezoek", "begindatum": "2007-02-10", "einddatum": "2007-02-10"},
]
GROND = {"client_id": "E", "instrument": "huisbezoek", "grond": "post onbestelbaar", "grond_door": "x"}


def test_inzet_en_handhaving(tmp_path):
    gronden = [GROND | {"grond_datum": "2007-05-01", "geldig_tot": "2007-08-01"}]
    k, w = waarden(tmp_path, {"uitkeringen": SPELLS, "inzet": INZET, "gronden": gronden})
    assert stand(k, w, "plaatsingen") == 2
    assert stand(k, w, "aandeel_in_traject") == pytest.approx(1 / 3)
    assert stand(k, w, "aandeel_in_traject", "2007-04") == pytest.approx(2 / 4)
    assert stand(k, w, "huisbezoek_met_grond") == 0.5
    assert stand(k, w, "beeindigd_na_handhaving") == 1  # E, six weeks after the visit
    assert stand(k, w, "handhaving_kosten_per_einde") == 400.0
    assert "aanmelddatum" in w.afwezig["start_binnen_3_weken"]


@pytest.mark.parametrize(
    "grond",
    [
        {"grond_datum": "2007-05-11", "geldig_tot": ""},  # recorded after the visit
        {"grond_datum": "2007-01-01", "geldig_tot": "2007-05-09"},  # no longer valid
        {"grond_datum": "2007-01-01", "geldig_tot": "", "client_id": "D"},  # another client
    ],
)
def test_een_grond_geldt_alleen_vooraf_en_voor_deze_klant(tmp_path, grond):
    k, w = waarden(tmp_path, {"uitkeringen": SPELLS, "inzet": INZET, "gronden": [GROND | grond]})
    assert stand(k, w, "huisbezoek_met_grond") == 0.0


def test_start_binnen_drie_weken(tmp_path):
    rijen = [
        {"client_id": c, "instrument": "traject", "begindatum": b, "aanmelddatum": a}
        for c, a, b in (("C", "2007-03-01", "2007-03-22"), ("D", "2007-03-01", "2007-03-23"))
    ]
    k, w = waarden(tmp_path, {"uitkeringen": SPELLS, "inzet": rijen})
    assert stand(k, w, "start_binnen_3_weken") == 0.5


def test_twee_definities_van_een_geslaagd_traject(tmp_path):
    """The same trajectories, two figures: out to work, or out of benefit for whatever reason."""
    spells = [
        spel("P", "2004-01-01", "2006-02-10", "11"),
        spel("Q", "2004-01-01", "2006-03-10", "32"),
        spel("R", "2004-01-01"),
    ]
    inzet = [{"client_id": c, "instrument": "traject", "begindatum": "2005-06-01"} for c in "PQR"]
    k, w = waarden(tmp_path, {"uitkeringen": spells, "inzet": inzet})
    maand = "2006-10"  # planned end 1-12-2005, followed half a year
    assert stand(k, w, "traject_naar_werk_6m", maand) == pytest.approx(1 / 3)
    assert stand(k, w, "traject_uit_bijstand_6m", maand) == pytest.approx(2 / 3)


# -- money and hours


def test_wdeel_deelt_kosten_door_de_laatst_bekende_vaststelling(tmp_path):
    budget = [
        {"jaar": 2007, "peildatum": "2006-10-01", "status": "voorlopig", "bedrag": 10_000, "deel": "werkdeel"},
        {"jaar": 2007, "peildatum": "2007-06-01", "status": "nader", "bedrag": 8_000, "deel": "werkdeel"},
        {"jaar": 2007, "peildatum": "2007-09-01", "status": "definitief", "bedrag": 1, "deel": "werkdeel"},
    ]
    inzet = [i | {"kosten": "3000"} if i["instrument"] == "traject" else i for i in INZET]
    k, w = waarden(tmp_path, {"uitkeringen": SPELLS, "inzet": inzet, "budget": budget})
    assert stand(k, w, "wdeel_benut") == pytest.approx(6_400 / 8_000)
    assert stand(k, w, "wdeel_benut", "2007-05") == pytest.approx(6_400 / 10_000)
    assert stand(k, w, "wdeel_benut", "2007-03") == pytest.approx(3_200 / 10_000)


def test_onbekende_kosten_zijn_geen_nul(tmp_path):
    budget = [{"jaar": 2007, "peildatum": "", "status": "voorlopig", "bedrag": 10_000, "deel": "werkdeel"}]
    zonder = [{"code": "traject", "duur_maanden": 6}, {"code": "huisbezoek", "meter": "handhaving", "kosten": 200.0}]
    k, w = waarden(tmp_path, {"uitkeringen": SPELLS, "inzet": INZET, "budget": budget}, instrument=zonder)
    assert stand(k, w, "wdeel_benut", "2007-02") == pytest.approx(0.02)
    assert np.isnan(stand(k, w, "wdeel_benut", "2007-03"))


def test_caseload_per_fte(tmp_path):
    uren = [{"team": t, "maand": f"2007-0{m}", "uren": u} for m in range(1, 7) for t, u in (("T1", 156), ("T2", 78))]
    k, w = waarden(tmp_path, {"uitkeringen": SPELLS, "capaciteit": uren})
    assert stand(k, w, "caseload") == pytest.approx(3 / 1.5)
    assert stand(k, w, "caseload", eenheid="Noord") == pytest.approx(2.0)
    assert stand(k, w, "caseload", eenheid="T1") == 2.0
    assert stand(k, w, "caseload", eenheid="T2") == 2.0


def test_een_team_zonder_uren_maakt_het_totaal_onbekend(tmp_path):
    uren = [{"team": "T1", "maand": "2007-06", "uren": 156}]
    k, w = waarden(tmp_path, {"uitkeringen": SPELLS, "capaciteit": uren})
    assert stand(k, w, "caseload", eenheid="T1") == 2.0
    assert np.isnan(stand(k, w, "caseload"))


# -- the gate


def test_poort(tmp_path):
    """feiten.md: preventiequote = applications without benefit / applications (Weert: 74%)."""
    dagen = [("2007-01-10", "2007-02-01", "afgewezen")] * 74 + [("2007-01-10", "2007-02-09", "toegekend")] * 26
    dagen += [("2007-04-01", "", "")]  # open, and older than eight weeks on 30 June
    dagen += [("2006-12-01", "2007-03-01", "ingetrokken")]  # ninety days
    rijen = [
        {"aanvraag_id": f"a{i}", "aanvraagdatum": a, "besluitdatum": b, "besluit": c}
        for i, (a, b, c) in enumerate(dagen)
    ]
    k, w = waarden(tmp_path, {"uitkeringen": SPELLS, "aanvragen": rijen})
    assert stand(k, w, "preventiequote", "2007-02") == pytest.approx(0.74)
    assert stand(k, w, "doorlooptijd_dagen", "2007-02") == pytest.approx(0.74 * 22 + 0.26 * 30)
    assert stand(k, w, "besluit_in_termijn", "2007-02") == pytest.approx(100 / 101)  # one is late and open
    assert stand(k, w, "besluit_in_termijn", "2007-05") == pytest.approx(100 / 102)
    assert w.per_code["preventiequote"].teller.shape[0] == 1


# -- without tables


def test_elke_ontbrekende_tabel_wordt_genoemd(tmp_path):
    _, w = waarden(tmp_path, {"uitkeringen": SPELLS})
    assert "[bron.inzet]" in w.afwezig["plaatsingen"]
    assert "[bron.aanvragen]" in w.afwezig["preventiequote"]
    assert "[bron.budget]" in w.afwezig["wdeel_benut"]
    assert "[bron.capaciteit]" in w.afwezig["caseload"]
    assert set(w.afwezig) | set(w.per_code) == set(KENGETALLEN)
    assert not set(w.afwezig) & set(w.per_code)


def test_onbekende_klantmanager_noemt_geen_namen(tmp_path):
    bestand, config = lees(tmp_path, {"uitkeringen": [spel("A", "2006-01-01", klantmanager="Jansen")]})
    with pytest.raises(GebruiksFout, match="KMP-Z501") as fout:
        maak_kern(bestand, config, klantmanager="Janssen")
    assert "Jans" not in str(fout.value)


def test_zonder_hele_maand_is_er_niets_te_tellen(tmp_path):
    _, config = lees(tmp_path, {"uitkeringen": SPELLS})
    krap = config.model_copy(update={"bron": config.bron.model_copy(update={"venster_van": config.gemeente.peildatum})})
    with pytest.raises(GebruiksFout, match="KMP-Z502"):
        maandreeks(krap)


# -- targets


def test_de_laatste_vastgestelde_versie_geldt():
    t = pd.DataFrame(
        {
            "jaar": 2007,
            "niveau": "teamleider",
            "eenheid": ["Noord", "Noord", "Noord", "Zuid"],
            "kengetal": "uitstroom_werk",
            "norm": [340.0, 300.0, 200.0, 50.0],
            "versie": ["1", "2", "10", None],
            "vastgesteld_op": pd.to_datetime(["2006-12-01", "2007-04-01", "2007-07-01", "2007-09-01"]),
            "vastgesteld_door": "directie",
        }
    )
    v = versies(t, pd.Timestamp("2007-06-30").date())
    assert v.query("geldt")["norm"].tolist() == [300.0]
    eenheden = pd.DataFrame({"niveau": ["management", "teamleider"], "eenheid": ["Dorp", "Noord"]})
    norm = norm_van(v, "uitstroom_werk", eenheden, np.array([2006, 2007]))
    np.testing.assert_array_equal(norm, [[np.nan, np.nan], [np.nan, 300.0]])
    zinnen = bezwaren(v, eenheden, {2007}, personen=False)
    assert any("'Zuid'" in z for z in zinnen)
    assert any("nog geen norm" in z for z in zinnen)


def test_gelijke_datum_dan_de_hoogste_versie():
    t = pd.DataFrame(
        {
            "jaar": 2007,
            "niveau": None,
            "eenheid": None,
            "kengetal": "instroom",
            "norm": [1.0, 2.0],
            "versie": ["10", "9"],
        }
    )
    assert versies(t, pd.Timestamp("2007-06-30").date()).query("geldt")["norm"].tolist() == [1.0]


def test_een_tikfout_in_een_kengetal_wordt_herkend():
    t = pd.DataFrame(
        {"jaar": [2007], "niveau": ["management"], "eenheid": ["X"], "kengetal": ["instrom"], "norm": [1.0]}
    )
    v = versies(t, pd.Timestamp("2007-06-30").date())
    (zin,) = bezwaren(v, pd.DataFrame({"niveau": ["management"], "eenheid": ["X"]}), {2007}, personen=False)
    assert "Bedoelde u 'instroom'?" in zin
