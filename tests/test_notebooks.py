"""Both notebooks run from top to bottom, and what they show is right; Python and pictures in the documents exist.

No Jupyter needed: cells are executed here.
"""

import ast
import contextlib
import inspect
import io
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import kompas
from kompas.artefact import manifest_hash
from kompas.simulatie import schrijf_simulatie, simuleer_gemeente, standaard_waarheid

MAP = Path(__file__).resolve().parents[1] / "notebooks"
NOTEBOOKS = ("beleidsmedewerker", "analist")


def cellen(naam):
    return json.loads((MAP / f"{naam}.ipynb").read_text(encoding="utf-8"))["cells"]


def draai(naam, **keuzes):
    """Execute every code cell; what a cell ends with is kept as a notebook would show it.

    The cell tagged ``parameters`` is followed by ``keuzes``. Returns names, (value, printed text) per code cell.
    """
    namen, uit = {"__name__": "__main__"}, []
    for cel in cellen(naam):
        if cel["cell_type"] != "code":
            continue
        boom = ast.parse("".join(cel["source"]), filename=f"{naam}:{cel['id']}")
        laatste = boom.body.pop() if isinstance(boom.body[-1], ast.Expr) else None
        druk = io.StringIO()
        waarde = None
        with contextlib.redirect_stdout(druk):
            exec(compile(boom, f"{naam}:{cel['id']}", "exec"), namen)  # noqa: S102
            if laatste is not None:
                waarde = eval(compile(ast.Expression(laatste.value), f"{naam}:{cel['id']}", "eval"), namen)  # noqa: S307
        if "parameters" in cel["metadata"].get("tags", []):
            namen |= keuzes
        uit.append((waarde, druk.getvalue()))
    return namen, uit


@pytest.fixture(scope="module")
def werk(tmp_path_factory):
    return tmp_path_factory.mktemp("notebook")


@pytest.fixture(scope="module")
def beleid(werk):
    waarheid = standaard_waarheid(selectie=0.0, heterogeniteit=0.0)
    schrijf_simulatie(simuleer_gemeente(waarheid, zaad=5, clienten=4_000, met_verwacht=False), werk / "stad")
    config = werk / "stad" / "kompas.toml"
    goedkoop = re.sub(r"^kosten = .*$", "kosten = 1.0", config.read_text(encoding="utf-8"), flags=re.MULTILINE)
    config.write_text(goedkoop, encoding="utf-8")  # so that something pays
    with contextlib.chdir(werk):
        namen, uit = draai("beleidsmedewerker", CONFIG=config, INSTRUMENT="werkdirect", GROEP="opleiding=vmbo")
        lijst = kompas.lijstwerk(config, Path("oefenmap/model"), "lijst.csv")
    return namen, uit, lijst, werk


@pytest.fixture(scope="module")
def analist(tmp_path_factory, gemeente):
    map_ = tmp_path_factory.mktemp("analist")
    with contextlib.chdir(map_):
        namen, uit = draai("analist", CONFIG=gemeente / "kompas.toml")
    return namen, uit, map_


# -- the files


@pytest.mark.parametrize("naam", NOTEBOOKS)
def test_notebook_is_zonder_uitvoer_en_opent_in_jupyter(naam):
    tekst = (MAP / f"{naam}.ipynb").read_text(encoding="utf-8")
    nb = json.loads(tekst)
    assert (nb["nbformat"], nb["nbformat_minor"]) == (4, 5)
    assert nb["metadata"]["kernelspec"] == {"display_name": "Python 3", "language": "python", "name": "python3"}
    assert tekst == json.dumps(nb, ensure_ascii=False, indent=1) + "\n"
    ids = [c["id"] for c in nb["cells"]]
    assert len(set(ids)) == len(ids)
    for c in nb["cells"]:
        assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", c["id"])
        if c["cell_type"] == "code":
            assert set(c) == {"cell_type", "execution_count", "id", "metadata", "outputs", "source"}
            assert (c["execution_count"], c["outputs"]) == (None, [])
        else:
            assert set(c) == {"cell_type", "id", "metadata", "source"}


@pytest.mark.parametrize("naam", NOTEBOOKS)
def test_proza_noemt_geen_cijfers_van_het_voorbeeld(naam):
    """Figures are computed: in prose only those that explain how to read (1, 1,20, 0,80, 95%, 20%, ...)."""
    proza = " ".join("".join(c["source"]) for c in cellen(naam) if c["cell_type"] == "markdown")
    getallen = set(re.findall(r"(?<![\w.])\d[\d.,]*\d|(?<![\w.])\d{2,}", re.sub(r"`[^`]*`", "", proza)))
    assert getallen <= {"1,20", "0,80", "95", "20"}


# -- the policy officer's


def test_beleid_laat_elk_resultaat_zien(beleid):
    _, uit, _, _ = beleid
    getoond = [w._repr_html_() for w, _ in uit if hasattr(w, "_repr_html_")]
    assert len(getoond) >= 8
    assert sum("<svg" in g for g in getoond) == 3
    assert all("Traceback" not in g for g in getoond)


def test_de_tien_hoogste_opbrengsten_zijn_die_van_de_lijst(beleid):
    namen, _, _, werk = beleid
    tien = namen["tien"]
    lijst = pd.read_csv(werk / "lijst.csv", dtype={"client_id": str})
    paren = [
        (bedrag, client, i.label)
        for i in namen["lijst"].instrumenten
        for client, bedrag in zip(lijst["client_id"], lijst[f"{i.code}_netto"], strict=True)
        if not np.isnan(bedrag)
    ]
    verwacht = sorted(paren, key=lambda p: (-p[0], p[1]))[:10]
    assert tien["netto"].is_monotonic_decreasing
    assert len(tien) == 10
    np.testing.assert_allclose(tien["netto"], [v[0] for v in verwacht], atol=0.006)
    assert list(zip(tien["client_id"], tien["instrument"], strict=True)) == [v[1:] for v in verwacht]
    advies = lijst.set_index("client_id")["advies"]
    codes = {i.label: i.code for i in namen["lijst"].instrumenten}
    met = namen["met"]
    assert len(met) > 0
    assert all(codes[r.instrument] in advies[r.client_id].split() for r in met.itertuples())
    assert met["netto"].is_monotonic_decreasing
    hoogste = max(p[0] for p in paren if codes[p[2]] in str(advies[p[1]]).split())
    assert met["netto"].iloc[0] == pytest.approx(hoogste, abs=0.006)


def test_de_effectzin_heeft_het_interval_en_het_oordeel_van_die_groep(beleid):
    namen, uit, _, _ = beleid
    tekst = next(t for w, t in uit if "Oordeel" in t)
    f = namen["h"].to_frame()
    rijen = f.query("instrument == 'werkdirect' and bestemming == 'werk' and groep == 'opleiding=vmbo' and voorkeur")
    assert len(tekst.splitlines()) == len(rijen) > 0
    for regel, r in zip(tekst.splitlines(), rijen.to_dict("records"), strict=True):
        assert f"{r['ondergrens']:.2f} tot {r['bovengrens']:.2f}".replace(".", ",") in regel
        assert r["oordeel"].replace("_", " ") in regel
        assert "WerkDirect (Opleiding: vmbo)" in regel
        richting = "sneller" if r["ondergrens"] > 1 else "minder snel" if r["bovengrens"] < 1 else "geen aantoonbaar"
        geen = r["oordeel"] == "niet_vastgesteld" and not richting.startswith("geen")  # a figure that proves nothing
        assert ("geen uitspraak" if geen else richting) in regel


def test_wat_niet_bekend_is_telt_op_tot_de_lijst(beleid):
    namen, uit, _, _ = beleid
    tabel = namen["lijst"].to_frame()
    geen = sum((tabel[f"{i.code}_indicatie"] == "geen_uitspraak").sum() for i in namen["lijst"].instrumenten)
    assert namen["redenen"]["uitkeringen"].sum() == geen > 0
    assert namen["oordelen"]["effecten"].sum() == len(namen["gebruikt"])
    assert any("gecorrigeerd voor waargenomen kenmerken" in t for _, t in uit)
    se = namen["klein"]["se"].to_numpy()
    np.testing.assert_allclose(namen["zichtbaar"]["zichtbaar_vanaf"], np.exp(2.8 * se))


def test_beleid_zonder_keuzes_pakt_het_voorbeeld(tmp_path, monkeypatch, gemeente):
    """The first cells as they stand: the sample is asked for once, a second run reuses it."""
    gevraagd = []

    def init(map_, *, voorbeeld):
        gevraagd.append((Path(map_).name, voorbeeld))
        Path(map_).mkdir()
        (Path(map_) / "kompas.toml").write_bytes((gemeente / "kompas.toml").read_bytes())

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(kompas, "init", init, raising=False)
    eerste = [c for c in cellen("beleidsmedewerker") if c["cell_type"] == "code"][:2]
    code = "".join(r for c in eerste for r in (*c["source"], "\n"))
    namen = {}
    for _ in range(2):
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(code, "start", "exec"), namen)  # noqa: S102
    assert gevraagd == [("hollandstad", "hollandstad")]
    assert namen["config"].gemeente.naam


# -- the analyst's


def test_kalibratie_van_het_hele_model_klopt_in_totaal(analist):
    k = analist[0]["kalibratie"]
    assert list(k["bestemming"]) == ["werk", "handhaving", "overig"]
    # Duration bands are free: on the data of the fit totals agree (expected counts hazards, a little above chances).
    np.testing.assert_allclose(k["waargenomen_per_verwacht"], 1, atol=0.03)


def test_vooruit_gemeten_uitkomst_loopt_op_met_de_verwachting(analist):
    v, lijst = analist[0]["vooruit"], analist[0]["lijst_toen"]
    assert v["uitkeringen"].sum() == lijst["kans_uitstroom_12m"].notna().sum()
    assert v["verwacht"].is_monotonic_increasing
    assert v["waargenomen"].iloc[-1] > v["waargenomen"].iloc[0]
    n = v["uitkeringen"].to_numpy()
    # No selection in this town and little new starts: outcomes lie near what was expected.
    assert abs(np.average(v["waargenomen"] - v["verwacht"], weights=n)) < 0.08


def test_ruwe_verhouding_is_uitstroom_per_maand(analist):
    namen = analist[0]
    u, c = namen["u"], namen["config"]
    van, tot = pd.Timestamp(c.bron.venster_van), pd.Timestamp(c.gemeente.peildatum)
    kenmerk = next(k for k in namen["nieuw"].kenmerken if k.naam == "geslacht")
    tempo = {}
    for soort in ("man", "vrouw"):
        raak = maanden = 0
        for r in u[u["geslacht"] == soort].itertuples():
            eind = min(r.einddatum, tot) if r.einddatum is not pd.NaT else tot
            duur = (eind - max(r.begindatum, van)).days + 1
            maanden += max(duur, 0)
            raak += duur > 0 and r.bestemming == "werk" and van <= r.einddatum <= tot
        tempo[soort] = raak / maanden
    ander = "man" if kenmerk.referentie == "vrouw" else "vrouw"
    rij = namen["naast"].set_index("term").loc[f"geslacht={ander}"]
    assert rij["ruw"] == pytest.approx(tempo[ander] / tempo[kenmerk.referentie])
    assert rij["ondergrens"] < rij["model"] < rij["bovengrens"]


def test_vergelijking_is_nieuw_min_oud(analist):
    namen, _, map_ = analist
    v = namen["vergelijking"].set_index(namen["sleutel"])
    oud, nieuw = (kompas.laad_model(map_ / "oefenmap" / m).to_frame() for m in ("model-oud", "model-nieuw"))
    for naam, f in (("oud", oud), ("nieuw", nieuw)):
        log = f.set_index(namen["sleutel"])["log_effect"]
        np.testing.assert_allclose(v[naam], log.reindex(v.index), atol=1e-9)
    np.testing.assert_allclose(v["verschil"], v["nieuw"] - v["oud"], atol=1e-9)
    log_se = nieuw.set_index(namen["sleutel"])["log_effect"].sub(oud.set_index(namen["sleutel"])["log_effect"])
    log_se = log_se / oud.set_index(namen["sleutel"])["se"]
    np.testing.assert_allclose(v["in_se"], log_se.reindex(v.index), atol=1e-6)
    assert namen["oud"].config.gemeente.peildatum == namen["toen"] < namen["nu"]
    assert namen["toen"].replace(year=namen["toen"].year + 1) == namen["nu"]
    manifest = json.loads((map_ / "oefenmap" / "model-nieuw" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["ouder"] == manifest_hash(map_ / "oefenmap" / "model-oud")


# -- Python and pictures in the documents


WORTEL = MAP.parent
DOCS = (WORTEL / "README.md", WORTEL / "docs" / "handleiding.md")


@pytest.mark.parametrize("pad", DOCS, ids=lambda p: p.name)
def test_python_in_de_documenten_roept_aan_wat_er_is(pad):
    blokken = re.findall(r"^```python\n(.*?)^```", pad.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    aanroepen = [
        n
        for blok in blokken
        for n in ast.walk(ast.parse(blok))
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)
    ]
    assert len(aanroepen) >= 5
    platen = {"plot": kompas.Lijst.plot, "to_frame": kompas.Lijst.to_frame, "tekst": kompas.Controle.tekst}
    for a in aanroepen:
        eigen = isinstance(a.func.value, ast.Name) and a.func.value.id == "kompas"
        functie = getattr(kompas, a.func.attr) if eigen else platen.get(a.func.attr)
        if functie is None:
            assert a.func.attr in {"join", "bewaar", "noteer", "verifieer", "overzicht", "toon", "wis"}
            continue
        args = [None] * (len(a.args) + (not eigen))
        inspect.signature(functie).bind(*args, **{k.arg: None for k in a.keywords})


def test_elke_opdracht_in_de_handleiding_heeft_python_ernaast():
    tekst = DOCS[1].read_text(encoding="utf-8")
    for naam in ("init", "verken", "controleer", "herijk", "lijstwerk", "simuleer", "demo"):
        assert re.search(rf"^kompas {naam} |kompas {naam}$", tekst, flags=re.MULTILINE), naam
        assert f"kompas.{naam}(" in tekst, naam


def test_plaatjes_van_de_readme_zijn_klein_en_hebben_een_beschrijving():
    tekst = DOCS[0].read_text(encoding="utf-8")
    plaatjes = re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", tekst)
    namen = ("rapport.png", "dashboard.png", "effecten.svg", "indicaties.svg")
    assert {p for _, p in plaatjes} == {f"docs/beelden/{n}" for n in namen}
    for beschrijving, pad in plaatjes:
        assert len(beschrijving) > 30
        assert 1_000 < (WORTEL / pad).stat().st_size <= 200_000
