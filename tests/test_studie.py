"""The simulation study keeps its books right, and the notebook on the naive comparison finds the known answers."""

import ast
import contextlib
import importlib
import io
import json
import math
import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from kompas.bron import Bestand
from kompas.fouten import RekenFout
from kompas.simulatie import simuleer_gemeente
from kompas.simulatie.werelden import wereld

WORTEL = Path(__file__).resolve().parents[1]
sys.path.append(str(WORTEL / "benchmarks"))
effecten = importlib.import_module("effecten")
brug, opslag, samenvatting, stad = (
    importlib.import_module(f"onderdelen.{naam}") for naam in ("brug", "opslag", "samenvatting", "stad")
)
sys.path.remove(str(WORTEL / "benchmarks"))

STAD = {"wereld": "selectie", "variant": "stock", "clienten": 1000, "zaad": 1}
RIJ = STAD | {
    "instrument": "a",
    "fase": "tijdens",
    "bestemming": "werk",
    "methode": "waargenomen",
    "waar": 0.5,
    "log_effect": 0.6,
    "se": 0.1,
    "voorkeur": True,
    "oordeel": "vastgesteld",
    "inzetten": 2000,
    "gebeurtenissen": 100,
    "typen": 1,
    "ja": None,
    "seconden": 2.0,
    "piek_mb": 300.0,
}


def gelezen(rijen: list[dict], map_: Path) -> pd.DataFrame:
    """The rows as they come back from the CSV."""
    for sleutel in dict.fromkeys(opslag.key_of(r) for r in rijen):
        opslag.append(map_ / "e.csv", effecten.STUDY, [r for r in rijen if opslag.key_of(r) == sleutel])
    return samenvatting.typed(pd.DataFrame(opslag.read(map_ / "e.csv", effecten.STUDY)))


# -- arithmetic


def test_exact_interval_is_dat_van_clopper_en_pearson():
    assert samenvatting.exact_interval(0, 10) == pytest.approx((0.0, 1 - 0.025**0.1))
    assert samenvatting.exact_interval(10, 10) == pytest.approx((0.025**0.1, 1.0))
    assert samenvatting.exact_interval(5, 10) == pytest.approx((0.1871, 0.8129), abs=1e-4)
    assert samenvatting.exact_interval(0, 0) == (0.0, 1.0)


def test_samenvatting_is_die_met_de_hand(tmp_path):
    # Cell a/tijdens (truth .5, large): errors +.1 and +.3; cell b/na_0 (placebo): errors -.2 and +.1.
    b = {"instrument": "b", "fase": "na_0", "waar": 0.0, "inzetten": 500, "oordeel": "afhankelijk_van_aanname"}
    rijen = [
        RIJ,
        RIJ | {"zaad": 2, "log_effect": 0.8, "oordeel": "niet_vastgesteld", "ja": 0.4, "seconden": 4.0},
        RIJ | b | {"log_effect": -0.2, "oordeel": "vastgesteld"},
        RIJ | b | {"zaad": 2, "log_effect": 0.1, "ja": 0.4, "seconden": 4.0},
        RIJ | {"bestemming": "overig", "log_effect": 9.0},  # another exit
        RIJ | {"fase": "na_0", "gebeurtenissen": 4, "log_effect": 9.0, "oordeel": "onvoldoende_gegevens"},  # too few
    ]
    s = samenvatting.summarize(gelezen(rijen, tmp_path))
    assert len(s) == 1
    r = s.iloc[0]
    assert (r["methode"], r["steden"], r["cellen"], r["schattingen"], r["mislukt"]) == ("waargenomen", 2, 2, 4, 0)
    assert r["bias"] == pytest.approx((0.2 + 0.05) / 2)
    assert r["bias_se"] == pytest.approx((0.2 / 2 + 0.3 / 2) / 2)  # sd of two values is their distance / sqrt(2)
    assert (r["slechtste"], r["slechtste_cel"]) == (pytest.approx(0.2), "a tijdens werk")
    assert r["rmse"] == pytest.approx(math.sqrt((0.01 + 0.09 + 0.04 + 0.01) / 4))
    assert r["spreiding"] == pytest.approx(np.std([1.0, 3.0, -2.0, 1.0], ddof=1))
    assert r["dekking"] == 0.5  # within .196: +.1 and +.1
    assert (r["dekking_laag"], r["dekking_hoog"]) == pytest.approx(samenvatting.exact_interval(2, 4))
    assert (r["placebo_n"], r["placebo_vast"], r["placebo_zeker"]) == (2, 1, 1)  # -.2 with se .1 excludes 0
    assert r["placebo_zeker_hoog"] == pytest.approx(samenvatting.exact_interval(1, 2)[1])
    assert (r["groot_n"], r["groot_vast"]) == (3, 1)  # also the cell with too few exits was large and not established
    assert (r["ja"], r["seconden"], r["piek_mb"]) == (0.4, 3.0, 300.0)


def test_placebo_zonder_zeker_effect_telt_niet_als_fout(tmp_path):
    rijen = [RIJ | {"waar": 0.0, "log_effect": 0.1}]
    r = samenvatting.summarize(gelezen(rijen, tmp_path)).iloc[0]
    assert (r["placebo_n"], r["placebo_vast"], r["placebo_zeker"], r["groot_n"]) == (1, 1, 0, 0)


def test_instrument_met_ergens_een_effect_is_geen_placebo(tmp_path):
    rijen = [RIJ, RIJ | {"fase": "na_0", "waar": 0.0}]
    assert samenvatting.summarize(gelezen(rijen, tmp_path)).iloc[0]["placebo_n"] == 0


def test_meer_methoden_geven_ook_de_voorkeur(tmp_path):
    rijen = [
        RIJ | {"voorkeur": False},
        RIJ | {"methode": "selectie", "log_effect": 0.5, "typen": 3},
        RIJ | {"fase": "na_0"},
        RIJ | {"fase": "na_0", "methode": "selectie", "voorkeur": False, "log_effect": 0.7, "typen": 3},
    ]
    s = samenvatting.summarize(gelezen(rijen, tmp_path)).set_index("methode")
    assert s["bias"].to_dict() == pytest.approx({"waargenomen": 0.1, "selectie": 0.1, "voorkeur": 0.05})
    assert s["typen"].to_dict() == pytest.approx({"waargenomen": 1, "selectie": 3, "voorkeur": 2})


def test_alle_werelden_samen(tmp_path):
    """Counts add up over worlds, with the interval of the sum; one world alone has no such line."""
    leeg = {"instrument": "p", "waar": 0.0, "log_effect": 0.3, "se": 0.1, "oordeel": "vastgesteld"}
    wereld = [RIJ | {"voorkeur": False}, RIJ | {"methode": "selectie"}]
    wereld += [RIJ | leeg | {"voorkeur": False}, RIJ | leeg | {"methode": "selectie"}]
    tweede = [r | {"wereld": "anders"} for r in wereld]
    tweede[3] |= {"log_effect": 0.1, "oordeel": "niet_vastgesteld"}
    slot = samenvatting.study_table(samenvatting.summarize(gelezen([*wereld, *tweede], tmp_path))).splitlines()[-1]
    laag, hoog = samenvatting.exact_interval(1, 2)
    assert slot.startswith("| **all together** | voorkeur | 2 | — | — | — | — | 75.0% (")
    assert f"| 1/2 | 1/2 ({laag:.1%} to {hoog:.1%}) |" in slot
    (tmp_path / "een").mkdir()
    assert "all together" not in samenvatting.study_table(samenvatting.summarize(gelezen(wereld, tmp_path / "een")))


def test_onbekende_fout_en_oneindige_fout(tmp_path):
    rijen = [RIJ | {"log_effect": math.nan}, RIJ | {"fase": "na_0", "se": math.inf, "log_effect": 5.0}]
    r = samenvatting.summarize(gelezen(rijen, tmp_path)).iloc[0]
    assert (r["schattingen"], r["dekking"]) == (1, 1.0)  # nothing claimed, nothing missed


def test_mislukte_stad_staat_in_de_tabel(tmp_path):
    mislukt = RIJ | {"zaad": 2, "methode": stad.FAILED, "log_effect": None, "se": None, "oordeel": "KMP-M001"}
    s = samenvatting.summarize(gelezen([RIJ, mislukt], tmp_path))
    assert s[["steden", "mislukt"]].to_numpy().tolist() == [[1, 1]]
    assert "1 (1 failed)" in samenvatting.study_table(s)
    (tmp_path / "x").mkdir()
    alleen = samenvatting.summarize(gelezen([mislukt], tmp_path / "x"))
    assert "0 (1 failed)" in samenvatting.study_table(alleen)


def test_prognoserijen_van_een_bekende_lijn():
    n = 40
    geschat = pd.DataFrame({"client_id": [f"H{i}" for i in range(n)], "verwachte_maanden": np.arange(n, dtype=float)})
    geschat["a_maanden_bespaard"] = 2.0
    geschat.loc[0, "a_maanden_bespaard"] = np.nan
    waar = pd.DataFrame({"client_id": geschat["client_id"], "verwachte_maanden": 3 + 0.5 * np.arange(n)})
    waar["a_maanden_bespaard"] = np.where(np.arange(n) < 2, 100.0, 1.0)
    uit = {r["wat"]: r for r in stad.forecast_rows(geschat, waar.iloc[::-1])}
    assert uit["helling"]["geschat"] == pytest.approx(0.5)
    assert (uit["deciel_01"]["geschat"], uit["deciel_01"]["waar"]) == (1.5, 3.75)
    assert uit["deciel_10"]["geschat"] == 37.5
    assert uit["a_maanden_bespaard"] == {
        "wat": "a_maanden_bespaard",
        "geschat": 2.0,
        "waar": pytest.approx((100 + 38) / 39),
        "n": 39,
    }


# -- the store


def test_halve_stad_telt_niet_en_wordt_opgeruimd(tmp_path):
    pad = tmp_path / "e.csv"
    opslag.append(pad, effecten.STUDY, [RIJ, RIJ | {"fase": "na_0"}])
    twee = [RIJ | {"zaad": 2}, RIJ | {"zaad": 2, "fase": "na_0"}]
    opslag.append(pad, effecten.STUDY, twee)
    heel = pad.read_text()
    afgebroken = heel[: heel.rindex("na_0") + 2]  # in the middle of the last line
    pad.write_text(afgebroken)
    sleutels = [opslag.key_of(RIJ), opslag.key_of(twee[0])]
    assert opslag.missing(sleutels, pad, effecten.STUDY) == [sleutels[1]]
    assert pad.read_text() == "".join(heel.splitlines(keepends=True)[:3])
    opslag.append(pad, effecten.STUDY, twee)
    assert pad.read_text() == heel
    assert opslag.missing(sleutels, pad, effecten.STUDY) == []


def test_opnieuw_haalt_alleen_het_gevraagde_weg(tmp_path):
    pad = tmp_path / "e.csv"
    for zaad in (1, 2):
        opslag.append(pad, effecten.STUDY, [RIJ | {"zaad": zaad}])
    sleutel = opslag.key_of(RIJ)
    assert opslag.missing([sleutel, sleutel], pad, effecten.STUDY, again=True) == [sleutel]
    assert [r["zaad"] for r in opslag.read(pad, effecten.STUDY)] == ["2"]


def test_opslag_weigert_twee_steden_en_andere_kolommen(tmp_path):
    with pytest.raises(ValueError, match="one town"):
        opslag.append(tmp_path / "e.csv", effecten.STUDY, [RIJ, RIJ | {"zaad": 2}])
    (tmp_path / "e.csv").write_text("a,b\n")
    with pytest.raises(ValueError, match=r"e\.csv has other columns"):
        opslag.read(tmp_path / "e.csv", effecten.STUDY)


def test_waarden_worden_kort_geschreven():
    waarden = [None, math.nan, True, 0.123456789, 3, "x", -0.0]
    assert [opslag.text_of(w) for w in waarden] == ["", "", "true", "0.123457", "3", "x", "0"]


@pytest.fixture
def gemeten(monkeypatch):
    """Instead of a process per town: what was asked, in order; seed 3 fails."""
    gevraagd = []

    def nep(key, *, ja, prognose):
        gevraagd.append((key, ja, prognose))
        if key[3] == "3":
            raise effecten.MeasureError("kapot")
        town = dict(zip(opslag.KEY, key, strict=True))
        prognose_rij = [town | {"wat": "helling", "geschat": 1.0, "waar": 1.0, "n": 5}]
        rijen = [RIJ | town | {"piek_mb": None}, RIJ | town | {"fase": "na_0"}]
        return {"rijen": rijen, "prognose": prognose_rij * prognose, "peak_mb": 250.0, "process_wall": 1.0}

    monkeypatch.setattr(effecten, "_measured", nep)
    return gevraagd


def test_prognosetabel_noemt_gemiddelde_en_uiterste_stad():
    def stad_(zaad, helling, deciel, bespaard):
        wat = {"helling": (helling, 1.0), "deciel_01": (deciel, 10.0), "verwachte_maanden": (20.0, 19.0)}
        wat |= {"kans_werk_12m": (0.2, 0.2), "a_maanden_bespaard": (bespaard, 1.0)}
        return [STAD | {"zaad": zaad, "wat": w, "geschat": g, "waar": x, "n": 9} for w, (g, x) in wat.items()]

    tabel = samenvatting.forecast_table(pd.DataFrame(stad_(1, 0.9, 11.0, 1.5) + stad_(2, 1.06, 9.6, 0.3)))
    regel = tabel.splitlines()[-1]
    assert "| 2 | 0.98 (0.90 to 1.06) | 20.0 / 19.0 | 3.0%, 3.0% (10.0%) | 20.0% / 20.0% | a -0.10 (-0.70) |" in regel


def test_studie_gaat_verder_waar_zij_stopte(tmp_path, gemeten, capsys):
    files = effecten.Files(folder=tmp_path)
    keys = [("selectie", "stock", "1000", str(z)) for z in (1, 2, 3, 4)]
    opties = {"cores": 1, "ja": True, "again": False}
    assert effecten.study(keys[:2], files, prognose=False, **opties) == 0
    assert effecten.study(keys, files, prognose=False, **opties) == 1
    assert [g[0][3] for g in gemeten] == ["1", "2", "3", "4"]
    assert "kapot" in capsys.readouterr().err
    rijen = opslag.read(files.study, effecten.STUDY)
    assert [r["zaad"] for r in rijen] == ["1", "1", "2", "2", "4", "4"]
    assert {r["piek_mb"] for r in rijen} == {"250"}
    # asked for forecasts: the towns without one are measured again, as a whole, and no row stands twice
    assert effecten.study(keys[:2], files, prognose=True, **opties) == 0
    assert effecten.study(keys[:2], files, prognose=True, **opties) == 0
    assert [g[0][3] for g in gemeten[4:]] == ["1", "2"]
    assert len(opslag.read(files.study, effecten.STUDY)) == 6
    assert len(opslag.read(files.forecast, effecten.FORECAST)) == 2


@pytest.mark.usefixtures("gemeten")
def test_tabellen_komen_tussen_de_merktekens(tmp_path):
    files = effecten.Files(folder=tmp_path)
    readme = tmp_path / "README.md"
    readme.write_text((WORTEL / "benchmarks" / "README.md").read_text(encoding="utf-8"), encoding="utf-8")
    effecten.tables(files, readme)
    leeg = readme.read_text(encoding="utf-8")
    assert leeg.count("Not measured yet.") == 4
    effecten.study([opslag.key_of(RIJ)], files, cores=1, ja=False, prognose=False, again=False)
    effecten.tables(files, readme)
    nieuw = readme.read_text(encoding="utf-8")
    regel = re.search(r"^\| selectie, stock, 1,000 \| waargenomen \|.*$", nieuw, flags=re.MULTILINE)
    assert "| 1 | 0.100 (nan) | 0.10 a na_0 werk | 0.100 | 0.00 | 100% (16% to 100%) |" in regel[0]
    assert nieuw.count("Not measured yet.") == 2
    effecten.tables(files, readme)
    assert readme.read_text(encoding="utf-8") == nieuw


# -- towns


def test_wereld_van_een_label():
    w = stad.world_of("anticipatie:registratie=geen,sterkte=0.5", "instroom")
    assert (w.voorloop_jaren, w.selectie, w.instrumenten[0].aanmeld_registratie) == (0, 0.5, "geen")


def test_brug_leest_wat_de_simulatie_schreef():
    sim = simuleer_gemeente(wereld("een_instrument"), zaad=2, clienten=60, met_verwacht=False)
    bestand, config = brug.bestand_van(sim, model={"kalender": "geen"}, rendement={"horizon_maanden": 24})
    assert isinstance(bestand, Bestand)
    assert (config.model.kalender, config.rendement.horizon_maanden, config.rendement.terugval) == ("geen", 24, True)
    assert config.gemeente.peildatum == sim.peildatum
    assert len(bestand.uitkeringen) == len(sim.uitkeringen)
    assert bestand.inzet["begindatum"].sort_values().tolist() == sim.inzet["begindatum"].sort_values().tolist()


def test_waargenomen_is_fout_met_selectie_en_goed_zonder():
    met = pd.DataFrame(stad.measure_town("selectie", "stock", 4_000, 1)["rijen"])
    fout = met[(met["methode"] == "waargenomen") & (met["bestemming"] == "werk")]
    verschil = fout.set_index(["instrument", "fase"])["log_effect"] - fout.set_index(["instrument", "fase"])["waar"]
    assert (verschil.abs() > 0.3).sum() >= 4
    assert verschil["placebo", "na_0"] < -0.3
    assert verschil["werkdirect", "na_3"] > 0.2
    assert (met["seconden"] > 0).all()
    typen = met.groupby("methode")["typen"].agg(["min", "max"])
    assert typen.loc["waargenomen"].tolist() == [1, 1]
    assert typen.loc["selectie", "min"] == typen.loc["selectie", "max"] >= 2
    zonder = pd.DataFrame(stad.measure_town("geen_typen", "stock", 4_000, 1)["rijen"])
    goed = zonder[zonder["methode"] == "waargenomen"]
    z = (goed["log_effect"] - goed["waar"]) / goed["se"]
    assert z[goed["gebeurtenissen"] >= 20].abs().max() < 4


def test_een_fout_van_kompas_is_een_mislukte_stad(monkeypatch):
    def mislukt(*_, **__):
        raise RekenFout("KMP-M001", "lukt niet")

    monkeypatch.setattr(stad, "schat", mislukt)
    uit = stad.measure_town("een_instrument", "instroom", 60, 1, prognose=True)
    assert {(r["methode"], r["oordeel"]) for r in uit["rijen"]} == {(stad.FAILED, "KMP-M001")}
    assert len(uit["rijen"]) == 4 * 3
    assert [r["wat"] for r in uit["prognose"]] == [stad.FAILED]
    opslag_rijen = [{**r, "piek_mb": 1.0} for r in uit["rijen"]]
    assert {opslag.key_of(r) for r in opslag_rijen} == {("een_instrument", "instroom", "60", "1")}


# -- the notebook on the naive comparison

NOTEBOOK = WORTEL / "notebooks" / "waarom_naief_fout_is.ipynb"
NSW = WORTEL / "data" / "sample" / "nsw" / "nsw.csv"


@pytest.fixture(scope="module")
def naief(tmp_path_factory):
    """Names after every code cell was run elsewhere, the printed text, and what cells end with."""
    namen, uit, druk = {"__name__": "__main__"}, [], io.StringIO()
    with contextlib.chdir(tmp_path_factory.mktemp("naief")), contextlib.redirect_stdout(druk):
        for cel in json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]:
            if cel["cell_type"] != "code":
                continue
            boom = ast.parse("".join(cel["source"]))
            laatste = boom.body.pop() if isinstance(boom.body[-1], ast.Expr) else None
            exec(compile(boom, cel["id"], "exec"), namen)  # noqa: S102
            if laatste is not None:
                uit.append(eval(compile(ast.Expression(laatste.value), cel["id"], "eval"), namen))  # noqa: S307
            if "parameters" in cel["metadata"].get("tags", []):
                namen |= {"BESTAND": NSW, "HERHALINGEN": 12}
    return namen, druk.getvalue(), uit


def test_notebook_opent_in_jupyter_zonder_uitvoer():
    tekst = NOTEBOOK.read_text(encoding="utf-8")
    nb = json.loads(tekst)
    assert tekst == json.dumps(nb, ensure_ascii=False, indent=1) + "\n"
    assert (nb["nbformat"], nb["nbformat_minor"]) == (4, 5)
    assert len({c["id"] for c in nb["cells"]}) == len(nb["cells"])
    assert all(c["outputs"] == [] and c["execution_count"] is None for c in nb["cells"] if c["cell_type"] == "code")


def test_de_loterij_en_de_naieve_vergelijking_geven_de_bekende_cijfers(naief):
    namen, druk, _ = naief
    assert namen["waarheid"] == pytest.approx(1794.34, abs=0.005)
    assert namen["naief"] == pytest.approx(-8497.52, abs=0.005)
    assert namen["fout_loterij"] == pytest.approx(671, abs=1)
    assert "1.794 dollar" in druk
    assert "−8.498 dollar" in druk


def test_wegen_komt_in_de_buurt_en_zonder_loonverleden_niet(naief):
    u = naief[0]["uitkomst"]["verschil"]
    waar = naief[0]["waarheid"]
    assert abs(u["gewogen"] - waar) < 300
    assert abs(u["dubbel robuust"] - waar) < 300
    assert u["gewogen, zonder loonverleden"] < -3000
    assert naief[0]["gewogen"] == u["gewogen"]
    assert naief[0]["balans"].query("wanneer == 'na wegen'")["verschil"].abs().max() < 0.1
    assert naief[0]["balans"].query("wanneer == 'vooraf'")["verschil"].abs().min() > 0.8
    assert naief[0]["keuzes"]["deelnemers"].is_monotonic_decreasing
    assert naief[0]["keuzes"].loc[1, "gewogen"] == pytest.approx(u["gewogen"])


def test_kansen_en_gewogen_verschil_zijn_die_van_statsmodels(naief):
    namen = naief[0]
    x, t, y = namen["kenmerken"](namen["samen"]), namen["deelname"], namen["loon"]
    kans = np.asarray(sm.Logit(t, x).fit(disp=0, maxiter=100).predict())
    np.testing.assert_allclose(namen["kans"], kans, atol=1e-6)
    mee = (kans >= 0.01) & (kans <= 0.99)
    gewicht = np.where(t == 1, 1.0, kans / (1 - kans))[mee]
    lineair = sm.WLS(y[mee], sm.add_constant(t[mee]), weights=gewicht).fit()
    assert lineair.params[1] == pytest.approx(namen["gewogen"], rel=1e-6)
    assert namen["gewogen"] == pytest.approx(2007.4, abs=1)
    assert namen["uitkomst"].loc["dubbel robuust", "verschil"] == pytest.approx(1732.8, abs=1)
    assert namen["telt_als"] == pytest.approx(62, abs=1)


def test_notebook_laat_drie_platen_zien_zonder_internet(naief):
    platen = [w for w in naief[2] if hasattr(w, "zinnen")]
    assert len(platen) == 3
    assert all(p.svg.startswith("<svg") and p.zinnen for p in platen)
    assert "http" not in re.sub(r'xmlns(:\w+)?="[^"]*"', "", "".join(p.svg for p in platen))
    assert sum("95%-interval" in z for z in platen[-1].zinnen) == 5


def test_gegevens_zijn_die_van_de_bron():
    f = pd.read_csv(NSW)
    assert f.groupby(["groep", "treat"]).size().to_dict() == {
        ("cps", 0): 15992,
        ("experiment", 0): 260,
        ("experiment", 1): 185,
    }
    assert f["re78"].sum() == pytest.approx(445 * 5300.764 + 15992 * 14846.66, rel=1e-6)
    lees = (NSW.parent / "LEESMIJ.md").read_text(encoding="utf-8")
    assert "LaLonde" in lees
    assert "MIT" in lees
