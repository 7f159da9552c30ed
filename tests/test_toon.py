"""Results in a notebook: what the tables and pictures say, and what they never show."""

import dataclasses
import html
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import kompas
from kompas.config import Instrument
from kompas.fouten import GebruiksFout
from kompas.lijst import Lijst
from kompas.opdrachten import Controle
from kompas.simulatie import Simulatie, simuleer_gemeente, standaard_waarheid
from kompas.toonbaar import Toonbaar
from kompas.weergave.platen import Grafiek
from kompas.weergave.staven import stapelplot, verdelingplot
from kompas.weergave.toon import RIJEN

WORTEL = Path(__file__).resolve().parents[1]
NS = "{http://www.w3.org/2000/svg}"


def woorden(svg):
    return [t.text for t in ET.fromstring(svg).iter(f"{NS}text") if t.text]  # noqa: S314


def cellen(tekst):
    """Rows of the table in an HTML fragment, as text."""
    lijf = re.search(r"<tbody>(.*)</tbody>", tekst, flags=re.DOTALL).group(1)
    rijen = re.findall(r"<tr>(.*?)</tr>", lijf)
    return [[html.unescape(c) for c in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", r)] for r in rijen]


def koppen(tekst):
    return [html.unescape(k) for k in re.findall(r'<th scope="col"[^>]*>(.*?)</th>', tekst)]


@pytest.fixture(scope="module")
def h(model):
    return kompas.laad_model(model)


@pytest.fixture(scope="module")
def lijst(gemeente, h):
    return kompas.lijstwerk(gemeente / "kompas.toml", h)


@pytest.fixture(scope="module")
def controle(gemeente):
    return kompas.controleer(gemeente / "kompas.toml")


@pytest.fixture(scope="module")
def verkenning(gemeente):
    return kompas.verken(gemeente / "bron" / "uitkeringen.csv", gemeente / "bron" / "inzet.csv")


@pytest.fixture(scope="module")
def simulatie():
    return simuleer_gemeente(standaard_waarheid(), zaad=1, clienten=300, met_verwacht=False)


@pytest.fixture(scope="module")
def alles(h, lijst, controle, verkenning, simulatie):
    return {"h": h, "lijst": lijst, "controle": controle, "verkenning": verkenning, "simulatie": simulatie}


PLATEN = {
    "effecten": ("h", {}),
    "kalibratie": ("h", {"soort": "kalibratie"}),
    "uitstroom": ("h", {"soort": "uitstroom"}),
    "indicaties": ("lijst", {}),
    "kansen": ("lijst", {"soort": "kansen"}),
    "bevindingen": ("controle", {}),
    "kolommen": ("verkenning", {}),
    "waarheid": ("simulatie", {}),
}


def plaat(alles, naam):
    wie, keuze = PLATEN[naam]
    return alles[wie].plot(**keuze)


def korte_lijst(tabel, *instrumenten):
    """A list with only the columns that its table and pictures read."""
    basis = pd.DataFrame({"client_id": ["K1", "K2", "K3"], "team": None, "duur_maanden": [0, 12, 1200]})
    basis = basis.assign(kans_uitstroom_12m=[0.365, 1.0, np.nan], kans_werk_12m=[0.1, 0.05, np.nan])
    basis = basis.assign(verwachte_maanden=[12.34, 0.0, np.nan], advies=["r", "", ""])
    return Lijst(
        tabel=basis.assign(**tabel),
        peildatum=pd.Timestamp("2007-06-30").date(),
        instrumenten=instrumenten,
        waarschuwingen=(),
    )


# -- the mixin


@pytest.mark.parametrize("naam", ["h", "lijst", "controle", "verkenning", "simulatie"])
def test_elk_resultaat_blijft_bevroren_en_zonder_dict(alles, naam):
    r = alles[naam]
    assert isinstance(r, Toonbaar)
    assert not hasattr(r, "__dict__")
    with pytest.raises((dataclasses.FrozenInstanceError, AttributeError, TypeError)):
        r.iets = 1
    assert len(r.to_frame()) or naam == "controle"


def test_to_frame_is_een_kopie_van_de_genoemde_tabel(verkenning, simulatie):
    assert Simulatie._tabel == "effecten"
    kopie = verkenning.to_frame()
    pd.testing.assert_frame_equal(kopie, verkenning.tabellen)
    kopie.iloc[0, 0] = "anders"
    assert verkenning.tabellen.iloc[0, 0] != "anders"
    pd.testing.assert_frame_equal(simulatie.to_frame(), simulatie.effecten)


# -- tables


@pytest.mark.parametrize("naam", ["h", "lijst", "controle", "verkenning", "simulatie"])
def test_tabel_is_welgevormd_zonder_verwijzing_en_steeds_gelijk(alles, naam):
    tekst = alles[naam]._repr_html_()
    ET.fromstring(tekst)  # noqa: S314
    assert not re.findall(r"https?:|src=|href=|@import|<script", tekst)
    assert tekst == alles[naam]._repr_html_()


def test_herijking_toont_de_uitstroom_waar_het_instrument_voor_is(h):
    tekst = h._repr_html_()
    rijen, naar = cellen(tekst), {i.label: i.meter for i in h.config.instrument}
    verwacht = sum(len(i.fasen) for i in h.config.instrument)
    assert len(rijen) == verwacht
    assert {(naar[r[0]] == "handhaving", r[2]) for r in rijen} <= {(True, "handhaving"), (False, "werk")}
    eerste = h.to_frame().query("bestemming == 'werk' and groep == 'allen' and voorkeur").iloc[0]
    getal = [f"{eerste[k]:.2f}".replace(".", ",") for k in ("effect", "ondergrens", "bovengrens")]
    assert rijen[0][3] == f"{getal[0]} ({getal[1]} tot {getal[2]})"
    assert f"en nog {len(h.to_frame()) - verwacht} rijen" in tekst
    assert "30-06-2007" in re.search(r"<caption>(.*?)</caption>", tekst).group(1)


def test_herijking_zonder_instrumenten_toont_de_modellen(h):
    een = h.glance[h.glance["methode"] == "waargenomen"]  # nothing to select into: no other method
    kaal = h.config.model_copy(update={"instrument": ()})
    leeg = dataclasses.replace(h, effecten=h.effecten.head(0), glance=een, config=kaal)
    assert [r[0] for r in cellen(leeg._repr_html_())] == ["werk", "handhaving", "overig"]


def test_lijst_toont_ten_hoogste_twintig_rijen(lijst):
    tekst = lijst._repr_html_()
    rijen = cellen(tekst)
    assert len(rijen) == RIJEN == 20
    assert [r[0] for r in rijen] == lijst.to_frame()["client_id"].head(20).tolist()
    rest = f"{len(lijst.to_frame()) - 20:,}".replace(",", ".")
    assert f"en nog {rest} rijen" in tekst


def test_lijst_in_woorden_en_nederlandse_getallen():
    traject = Instrument(code="r", naam="Traject & meer")
    tabel = {"r_indicatie": ["ja", "nee", "geen_uitspraak"], "r_netto": [1234.4, -50.6, 9999.0]}
    tekst = korte_lijst(tabel, traject)._repr_html_()
    assert koppen(tekst)[-1] == "Traject & meer (netto opbrengst)"
    assert "Team" not in koppen(tekst)
    rijen = [[c.replace("\N{NO-BREAK SPACE}", " ") for c in r] for r in cellen(tekst)]
    assert rijen[0] == ["K1", "0", "36,5%", "10,0%", "12,3", "Traject & meer", "ja (€ 1.234)"]
    assert rijen[1][-2:] == ["geen", "nee (€ −51)"]
    assert rijen[2][1:] == ["1.200", "–", "–", "–", "geen", "geen uitspraak"]  # without support no amount
    assert "en nog" not in tekst


def test_tekst_uit_gegevens_wordt_ontsnapt():
    kwaad = Instrument(code="r", naam="<script>alert('x')</script>")
    tabel = {"r_indicatie": "nee", "r_netto": 0.0, "client_id": ["<b>1</b>", "2", "3"]}
    lijst = korte_lijst(tabel, kwaad)
    for tekst in (lijst._repr_html_(), lijst.plot()._repr_html_(), lijst.plot().svg):
        assert "<script>" not in tekst
        assert "<b>1" not in tekst


def test_controle_toont_regels_en_geen_waarden(gemeente, tmp_path):
    for bestand in ("kompas.toml", "bron/uitkeringen.csv", "bron/inzet.csv", "bron/gronden.csv"):
        (tmp_path / bestand).parent.mkdir(exist_ok=True)
        (tmp_path / bestand).write_bytes((gemeente / bestand).read_bytes())
    pad = tmp_path / "bron" / "uitkeringen.csv"
    regels = pad.read_text(encoding="utf-8").splitlines()
    regels[3] = regels[3].replace("man", "geheim").replace("vrouw", "geheim")
    pad.write_text("\n".join([*regels, regels[1], regels[2]]) + "\n", encoding="utf-8")
    c = kompas.controleer(tmp_path / "kompas.toml")
    assert "geheim" in c.to_frame()["waarde"].to_list()
    tekst = c._repr_html_()
    assert "geheim" not in tekst
    assert f"goedgekeurd ({c.to_frame()['aantal'].sum()} bevindingen)" in tekst
    eigen = [(r[1], r[2], r[4]) for r in cellen(tekst) if r[0] == "uitkeringen.csv"]
    assert eigen == [("geslacht", "fout", "1"), ("", "waarschuwing", "2")]
    assert {"fout 1 · waarschuwing 2", "uitkeringen.csv"} <= set(woorden(c.plot().svg))


def test_controle_zonder_bevindingen(controle):
    leeg = controle.to_frame().head(0)
    geen = Controle(
        bestand=dataclasses.replace(controle.bestand, bevindingen=type(controle.bestand.bevindingen)(tabel=leeg)),
        goedgekeurd=True,
        reden="",
        bevindingen=controle.bevindingen,
    )
    assert "goedgekeurd (0 bevindingen)" in geen._repr_html_()
    assert "<table" not in geen._repr_html_()
    assert woorden(geen.plot().svg) == ["geen gegevens"]


def test_verkenning_zet_twijfels_vooraan(verkenning):
    frame = verkenning.tabellen.copy()
    frame.loc[frame.index[-1], "zekerheid"] = "twijfel"
    eerste = cellen(dataclasses.replace(verkenning, tabellen=frame)._repr_html_())[0]
    assert eerste[2] == frame["kolom"].iloc[-1]


def test_een_onbekend_resultaat_toont_zijn_tabel():
    class Iets(Toonbaar, tabel="rijen"):
        def __init__(self, n):
            self.rijen = pd.DataFrame({"jaar": 2007, "budget": [1000.0] * n})

    tekst = Iets(21)._repr_html_()
    assert koppen(tekst) == ["Jaar", "Budget"]
    assert cellen(tekst)[0][0] == "2007"
    assert "en nog 1 rij;" in tekst
    with pytest.raises(GebruiksFout, match=r"KMP-U010.*geen grafieken"):
        Iets(1).plot()


# -- pictures


@pytest.mark.parametrize("naam", PLATEN)
def test_elke_plaat_heeft_naam_beschrijving_en_niets_van_buiten(alles, naam):
    g = plaat(alles, naam)
    boom = ET.fromstring(g.svg)  # noqa: S314
    assert boom.find(f"{NS}title").text
    assert boom.find(f"{NS}desc").text
    buiten = re.sub(r'xmlns(:\w+)?="[^"]*"', "", g.svg)
    assert not re.findall(r"http|href|@import", buiten)
    assert g.svg == plaat(alles, naam).svg
    assert g._repr_svg_() == g.svg
    ET.fromstring(g._repr_html_())  # noqa: S314
    assert all(html.escape(z) in g._repr_html_() for z in g.zinnen)


def test_effecten_van_een_instrument_naar_een_bestemming(h):
    g = h.plot(instrument="werkdirect", bestemming="werk")
    rijen = [w for w in woorden(g.svg) if ": " in w and not w.startswith(("Uitstroom", "Methode"))]
    assert {r.split(":")[0] for r in rijen} == {"WerkDirect"}
    assert "Uitstroom: handhaving" not in woorden(g.svg)
    r = h.to_frame().query("instrument == 'werkdirect' and bestemming == 'werk' and voorkeur")
    assert len(g.zinnen) == len(r)
    for zin, laag, hoog in zip(g.zinnen, r["ondergrens"], r["bovengrens"], strict=True):
        assert f"{laag:.2f} tot {hoog:.2f}".replace(".", ",") in zin
        assert "Oordeel: " in zin


def test_effecten_van_een_groep_noemen_de_groep(h):
    eigen = h.effecten.assign(groep="opleiding=vmbo", effect=3.0, ondergrens=2.5, bovengrens=3.5)
    beide = dataclasses.replace(h, effecten=pd.concat([h.effecten, eigen], ignore_index=True))
    g = beide.plot(instrument="placebo", bestemming="werk", groep="opleiding=vmbo")
    assert {"Uitstroom: werk (Opleiding: vmbo)", "Placebo: tijdens"} <= set(woorden(g.svg))
    assert {"Uitstroom: werk", "Placebo (vmbo): tijdens"} <= set(woorden(beide.plot(groep="opleiding=vmbo").svg))
    assert all("2,50 tot 3,50" in z for z in g.zinnen)
    assert g.svg != beide.plot(instrument="placebo", bestemming="werk").svg
    assert beide.plot().svg == h.plot().svg  # by default all clients together


def test_kalibratie_in_woorden_is_het_gewogen_gemiddelde(h):
    k = h.kalibratie.query("bestemming == 'werk'")
    maandkans = (k["waargenomen"] * k["n"]).sum() / k["n"].sum()
    zin = h.plot("kalibratie", bestemming="werk").zinnen[0]
    assert f"waargenomen {100 * maandkans:.2f}%".replace(".", ",") in zin


def test_indicaties_tellen_de_lijst(lijst):
    g = lijst.plot()
    for ins, zin in zip(lijst.instrumenten, g.zinnen, strict=True):
        n = lijst.to_frame()[f"{ins.code}_indicatie"].value_counts()
        delen = [
            f"{w} {n.get(c, 0):,}".replace(",", ".") for c, w in (("ja", "ja"), ("geen_uitspraak", "geen uitspraak"))
        ]
        assert zin.startswith(f"{ins.label}: {delen[0]}, nee ")
        assert zin.endswith(f"{delen[1]}.")
    een = lijst.plot(instrument="placebo")
    assert [z.split(":")[0] for z in een.zinnen] == ["Placebo"]


def test_kansen_vallen_in_de_goede_klasse():
    f = pd.DataFrame({"kans_werk_12m": [0.0, 0.099, 0.1, 1.0, np.nan]})
    svg = verdelingplot(f, titel="Kansen")
    assert "4 uitkeringen" in svg
    assert "1 zonder cijfer" in svg
    staven = re.findall(r'd="M[^"]*"', svg[svg.index("mark-rect") :])
    hoogten = [abs(float(s.split("v")[1].split("h")[0])) for s in staven if "v" in s][:10]
    assert hoogten[0] == pytest.approx(2 * hoogten[1])
    assert hoogten[1] == pytest.approx(hoogten[9]) != 0
    assert not any(hoogten[2:9])
    with pytest.raises(GebruiksFout, match="KMP-U008"):
        verdelingplot(pd.DataFrame({"kans_werk_12m": [1.2]}), titel="Kansen")


def test_stapel_is_zonder_kleur_te_lezen():
    f = pd.DataFrame({"rij": "a", "soort": list("xyz"), "aantal": [1, 2, 3]})
    svg = stapelplot(f, list("xyz"), titel="t", eenheid="n")
    vul = set(re.findall(r'fill="(#[0-9A-Fa-f]{6}|url\(#[\w-]+\))"[^>]*stroke="#1B1B1B"', svg))
    assert "url(#kompas-arcering)" in vul
    licht = sorted(sum(int(v[i : i + 2], 16) for i in (1, 3, 5)) / 3 for v in vul if v.startswith("#"))
    assert licht[1] - licht[0] > 60
    assert "x 1 · y 2 · z 3" in woorden(svg)
    with pytest.raises(GebruiksFout, match="KMP-U009"):
        stapelplot(f, list("vwxyz"), titel="t", eenheid="n")


@pytest.mark.parametrize(
    ("wie", "keuze", "code", "noemt"),
    [
        ("h", {"soort": "kalibrate"}, "KMP-U010", "Bedoelde u 'kalibratie'?"),
        ("h", {"soort": "taart"}, "KMP-U010", "Er is: effecten, kalibratie, uitstroom."),
        ("lijst", {"soort": "kans"}, "KMP-U010", "Bedoelde u 'kansen'?"),
        ("h", {"instrument": "werkdirekt"}, "KMP-U011", "Bedoelde u 'werkdirect'?"),
        ("h", {"bestemming": "wrk"}, "KMP-U011", "Bedoelde u 'werk'?"),
        ("h", {"groep": "opleiding=mavo"}, "KMP-U011", "Er is: allen."),
        ("h", {"soort": "uitstroom", "instrument": "placebo"}, "KMP-U012", "Kies uit: bestemming."),
        ("lijst", {"soort": "kansen", "instrument": "placebo"}, "KMP-U012", "Laat het weg."),
        ("lijst", {"instrument": "placeba"}, "KMP-U011", "Bedoelde u 'placebo'?"),
    ],
)
def test_een_onbekende_keuze_noemt_de_naaste(alles, wie, keuze, code, noemt):
    with pytest.raises(GebruiksFout) as fout:
        alles[wie].plot(**keuze)
    assert fout.value.code == code
    assert noemt in str(fout.value)


@pytest.mark.parametrize(
    ("naam", "begin"), [("a.svg", b"<svg "), ("a.PNG", b"\x89PNG"), ("a.html", b"<!DOCTYPE html>")]
)
def test_bewaar_kiest_de_soort_naar_de_naam(tmp_path, lijst, naam, begin):
    g = lijst.plot()
    pad = g.bewaar(tmp_path / naam)
    assert pad.read_bytes().startswith(begin)
    assert [p.name for p in tmp_path.iterdir()] == [naam]
    assert pad.read_bytes() == g.bewaar(tmp_path / naam).read_bytes()


def test_bewaar_weigert_een_andere_soort(tmp_path):
    with pytest.raises(GebruiksFout, match=r"KMP-U004.*\.svg, \.png, \.html"):
        Grafiek(titel="t", tekening="<svg></svg>").bewaar(tmp_path / "a.pdf")
    assert list(tmp_path.iterdir()) == []
