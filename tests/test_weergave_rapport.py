import datetime as dt
import re
from html.parser import HTMLParser
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from kompas.fouten import GebruiksFout
from kompas.weergave.rapport import RapportInhoud, herijkingsrapport, terugval_samenvatting
from kompas.weergave.zinnen import cijfer, effectzin, hoofdeffecten, hoofdrijen, richting, selectiezin

LEEG = ("meta", "link", "br", "hr", "img", "input")


def effecten(**kolommen):
    f = pd.DataFrame(
        {
            "instrument": ["r", "r", "h", "h"],
            "fase": ["tijdens", "na_0", "na_0", "na_0"],
            "bestemming": ["werk", "werk", "handhaving", "werk"],
            "groep": "allen",
            "methode": "waargenomen",
            "log_effect": np.log([0.7, 1.1, 3.0, 1.0]),
            "se": 0.1,
            "effect": [0.7, 1.1, 3.0, np.nan],
            "ondergrens": [0.6, 0.9, 2.0, np.nan],
            "bovengrens": [0.83, 1.3, 4.5, np.nan],
            "inzetten": [1234, 500, 9, 3],
            "gebeurtenissen": [321, 100, 7, 0],
            "voorkeur": [True, True, True, False],
            "oordeel": ["niet_vastgesteld", "niet_vastgesteld", "niet_vastgesteld", "onvoldoende_gegevens"],
        }
    )
    return f.assign(**kolommen)


def inhoud(**anders):
    maand = np.arange(0, 25)
    velden = {
        "gemeente": "Hollandstad",
        "peildatum": dt.date(2007, 6, 30),
        "venster_van": dt.date(2001, 1, 1),
        "venster_tot": dt.date(2007, 6, 30),
        "kompas_versie": "0.1.0",
        "zaad": 7,
        "telling": pd.DataFrame([["uitkeringen", 12480, 14, 310, 12156]], columns=KOL["telling"]),
        "weglatingen": pd.DataFrame([["andere regeling", 310, "doet niet mee"]], columns=KOL["weglatingen"]),
        "bevindingen": pd.DataFrame([["datum", "fout", 14, "geen datum", "herstel"]], columns=KOL["bevindingen"]),
        "glance": pd.DataFrame(
            [["werk", "waargenomen", 231456.4, 3456, -1234.56, 1], ["overig", "waargenomen", 231456.4, 5, -9.0, 1]],
            columns=KOL["glance"],
        ),
        "effecten": effecten(),
        "coefficienten": pd.DataFrame(
            [
                ["werk", "geslacht=vrouw", "waargenomen", -0.2, 0.05],
                ["werk", "duur=0-1", "waargenomen", np.nan, np.nan],
            ],
            columns=KOL["coefficienten"],
        ),
        "kalibratie": pd.DataFrame([["werk", 1, 0.02, 0.021, 900]], columns=KOL["kalibratie"]),
        "cif": pd.DataFrame({"maand": maand, "bestemming": "werk", "kans": maand / 100}),
        "referenties": {"geslacht": "man"},
        "waarschuwingen": ("Inzet is pas volledig vanaf 2003.",),
        "instrumentnamen": {"r": "Re-integratietraject", "h": "Huisbezoek"},
        "meters": {"h": "handhaving"},
    }
    return RapportInhoud(**{**velden, **anders})


KOL = {
    "telling": ["tabel", "gelezen", "afgekeurd", "weggelaten", "gebruikt"],
    "weglatingen": ["wat", "aantal", "waarom"],
    "bevindingen": ["regel", "ernst", "aantal", "bericht", "wat_te_doen"],
    "glance": ["bestemming", "methode", "persoonmaanden", "gebeurtenissen", "log_likelihood", "typen"],
    "coefficienten": ["bestemming", "term", "methode", "log_effect", "se"],
    "kalibratie": ["bestemming", "deciel", "verwacht", "waargenomen", "n"],
}


class Lezer(HTMLParser):
    """Collects tags with attributes and checks that every element is closed in order."""

    def __init__(self):
        super().__init__()
        self.tags, self.stapel, self.tekst = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs), tuple(self.stapel)))
        if tag not in LEEG:
            self.stapel.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs), tuple(self.stapel)))

    def handle_endtag(self, tag):
        assert self.stapel.pop() == tag

    def handle_data(self, data):
        if not {"style", "script"} & set(self.stapel):
            self.tekst.append(data)


def lees(html):
    lezer = Lezer()
    lezer.feed(html)
    lezer.close()
    assert lezer.stapel == []
    return lezer


def tekst(html):
    return " ".join(" ".join(lees(html).tekst).split())


@pytest.fixture(scope="module")
def pagina():
    return herijkingsrapport(inhoud())


def test_niets_van_buiten_en_geen_script(pagina):
    zonder_namen = re.sub(r'xmlns(:\w+)?="[^"]*"', "", pagina)
    assert "http://" not in zonder_namen
    assert "https://" not in zonder_namen
    for tag, attrs, _ in lees(pagina).tags:
        assert tag not in {"script", "link", "iframe", "img", "object"}
        assert "src" not in attrs
        assert attrs.get("href", "#").startswith("#")
    assert not re.search(r"url\((?!#)", pagina)
    assert "@import" not in pagina
    assert "default-src 'none'" in pagina


def test_taal_landmarks_en_overslaan(pagina):
    tags = lees(pagina).tags
    namen = [t for t, _, _ in tags]
    assert next(a for t, a, _ in tags if t == "html")["lang"] == "nl"
    assert [namen.count(t) for t in ("header", "main", "footer", "nav", "h1", "title")][:5] == [1, 1, 1, 1, 1]
    eerste = next(a for t, a, _ in tags if t == "a")
    assert eerste["href"] == "#inhoud"
    assert next(a for t, a, _ in tags if t == "main")["id"] == "inhoud"


def test_ids_zijn_uniek_en_verwijzingen_komen_aan(pagina):
    tags = lees(pagina).tags
    ids = [a["id"] for _, a, _ in tags if "id" in a]
    assert len(ids) == len(set(ids))
    doelen = [a["href"][1:] for t, a, _ in tags if t == "a"]
    doelen += [a["aria-labelledby"] for _, a, _ in tags if "aria-labelledby" in a]
    assert set(doelen) <= set(ids)


def test_koppen_slaan_geen_niveau_over(pagina):
    niveaus = [int(t[1]) for t, _, _ in lees(pagina).tags if re.fullmatch(r"h[1-6]", t)]
    assert niveaus[0] == 1
    assert all(b - a <= 1 for a, b in pairwise(niveaus))


def test_elke_tabel_heeft_een_bijschrift_en_scopes(pagina):
    tabellen = re.findall(r"<table.*?</table>", pagina, flags=re.DOTALL)
    assert len(tabellen) >= 9
    for t in tabellen:
        assert re.search(r"<caption[^>]*>[^<]+</caption>", t)
        assert all("scope=" in kop for kop in re.findall(r"<th[ >][^>]*>?", t))
        breedte = len(re.findall(r'scope="col"', t))
        for rij in re.findall(r"<tr>.*?</tr>", t.split("</thead>")[1], flags=re.DOTALL):
            assert len(re.findall(r"<t[hd][ >]", rij)) == breedte


def test_elke_grafiek_heeft_een_naam(pagina):
    grafieken = [a for t, a, _ in lees(pagina).tags if t == "svg"]
    assert len(grafieken) == 3
    assert all(a["role"] == "img" and a["aria-label"] for a in grafieken)


def test_samenvatting_volgt_uit_de_cijfers(pagina):
    t = tekst(pagina)
    assert "231.456 maanden bijstand" in t
    assert "3.456 naar werk en minder dan 10 om een andere reden" in t
    assert "geen uitspraak; het cijfer, 0,70 keer (95%-interval 0,60 tot 0,83), bewijst niets. Oordeel: niet" in t
    assert "Erna: geen aantoonbaar verschil, 1,10 keer (95%-interval 0,90 tot 1,30). Oordeel: niet vastgesteld." in t
    assert "Huisbezoek , uitstroom door handhaving" in t
    assert "Erna: geen uitspraak; het cijfer, 3,00 keer (95%-interval 2,00 tot 4,50), bewijst niets." in t
    assert "0 vastgesteld, 0 afhankelijk van aanname, 3 niet vastgesteld, 1 onvoldoende gegevens" in t
    assert "alleen gecorrigeerd voor waargenomen kenmerken" in t
    assert "selectie kan de cijfers vertekenen" in t
    assert t.index("Inzet is pas volledig vanaf 2003.") < t.index("Wat erin ging")


def test_zinnen_veranderen_met_de_cijfers():
    f = effecten(
        effect=[1.3, 1.1, 3.0, np.nan], ondergrens=[1.2, 1.05, 0.5, np.nan], bovengrens=[1.4, 1.3, 4.5, np.nan]
    )
    vast = f.assign(oordeel=["vastgesteld", *f["oordeel"].iloc[1:]])
    assert "Tijdens: sneller naar werk, 1,30 keer" in tekst(herijkingsrapport(inhoud(effecten=vast)))
    t = tekst(herijkingsrapport(inhoud(effecten=f)))
    assert "Tijdens: geen uitspraak; het cijfer, 1,30 keer (95%-interval 1,20 tot 1,40), bewijst niets." in t
    assert "Erna: geen aantoonbaar verschil, 3,00 keer (95%-interval 0,50 tot 4,50)" in t
    assert "minder snel naar werk" not in t


def test_elke_effectrij_heeft_haar_oordeel_in_woorden(pagina):
    tabel = next(t for t in re.findall(r"<table.*?</table>", pagina, flags=re.DOTALL) if 'id="effecten-hoofd"' in t)
    rijen = re.findall(r"<tr>.*?</tr>", tabel.split("</thead>")[1], flags=re.DOTALL)
    assert len(rijen) == 4
    assert sum("<td>niet vastgesteld</td>" in r for r in rijen) == 3
    assert "<td>geen uitspraak</td>" in rijen[3]
    assert "<td>onvoldoende gegevens</td>" in rijen[3]
    assert ">nan<" not in pagina.lower()


def test_kleine_aantallen_staan_er_niet_in(pagina):
    tabel = next(t for t in re.findall(r"<table.*?</table>", pagina, flags=re.DOTALL) if 'id="effecten-hoofd"' in t)
    assert tabel.count("minder dan 10") == 3
    assert ">9<" not in tabel
    assert ">7<" not in tabel


def test_noten_staan_er_een_keer_en_rijen_verwijzen():
    gelijk = tekst(herijkingsrapport(inhoud(effecten=effecten(toelichting="Geen toets op selectie."))))
    assert gelijk.count("Bij alle effecten geldt: Geen toets op selectie.") == 1
    assert "Noot" not in gelijk
    pagina = herijkingsrapport(inhoud(effecten=effecten(toelichting=["Ene.", "Ene.", "Andere.", None])))
    assert tekst(pagina).count("Andere.") == 1
    tabel = next(t for t in re.findall(r"<table.*?</table>", pagina, flags=re.DOTALL) if 'id="effecten-hoofd"' in t)
    rijen = re.findall(r"<tr>.*?</tr>", tabel.split("</thead>")[1], flags=re.DOTALL)
    assert [re.sub(r"<[^>]+>", "", r.rsplit("<td", 1)[1].split(">", 1)[1]) for r in rijen] == ["1", "1", "2", "–"]


def test_onvoldoende_gegevens_is_geen_uitspraak_ook_met_een_getal():
    f = effecten(effect=[0.7, 1.1, 3.0, 1.0], ondergrens=[0.6, 0.9, 2.0, 0.14], bovengrens=[0.83, 1.3, 4.5, 7.1])
    f["oordeel"] = ["niet_vastgesteld", "onvoldoende_gegevens", "onvoldoende_gegevens", "onvoldoende_gegevens"]
    pagina = herijkingsrapport(inhoud(effecten=f))
    t = tekst(pagina)
    assert "Erna: te weinig gegevens voor een uitspraak. Oordeel: onvoldoende gegevens." in t
    assert "sneller door handhaving" not in t
    assert pagina.count(">geen cijfer<") == 3  # in the picture
    assert pagina.count("<td>geen uitspraak</td>") == 6  # in both tables


def test_terugval_samenvatting_telt_maanden_op():
    t = pd.DataFrame(
        {
            "soort": ["terugkeer"] * 4 + ["aantal", "uitstroom"],
            "bestemming": ["werk", "werk", "overig", "werk", "werk", "werk"],
            "maand": [1, 7, 3, 30, 0, 1],
            "waarde": [0.1, 0.2, 0.5, 0.9, 7.0, 0.3],
        }
    )
    uit = terugval_samenvatting(t).set_index("bestemming")
    assert uit.loc["werk", "kans_terug_6m"] == pytest.approx(0.1)
    assert uit.loc["werk", "kans_terug_12m"] == pytest.approx(1 - 0.9 * 0.8)
    assert uit.loc["werk", "kans_terug_24m"] == pytest.approx(1 - 0.9 * 0.8)
    assert uit.loc["overig", "kans_terug_6m"] == pytest.approx(0.5)
    pagina = tekst(herijkingsrapport(inhoud(terugval=terugval_samenvatting(t))))
    assert "werk minder dan 10 10,0% 28,0% 28,0%" in pagina


def test_namen_worden_ontsnapt():
    kwaad = '<script>alert("x")</script><b>'
    pagina = herijkingsrapport(
        inhoud(
            gemeente=kwaad,
            instrumentnamen={"r": kwaad},
            waarschuwingen=(kwaad,),
            motiveringen={kwaad: kwaad},
            referenties={"team": kwaad},
            weglatingen=pd.DataFrame([[kwaad, 1, kwaad]], columns=KOL["weglatingen"]),
        )
    )
    assert "<script" not in pagina
    assert "<b>" not in pagina
    lees(pagina)


def test_lege_onderdelen():
    leeg = inhoud()
    pagina = herijkingsrapport(
        inhoud(
            effecten=leeg.effecten.iloc[:0],
            kalibratie=leeg.kalibratie.iloc[:0],
            cif=leeg.cif.iloc[:0],
            coefficienten=leeg.coefficienten.iloc[:0],
            bevindingen=leeg.bevindingen.iloc[:0],
            weglatingen=leeg.weglatingen.iloc[:0],
            waarschuwingen=(),
            referenties={},
        )
    )
    t = tekst(pagina)
    assert "Er zijn geen effecten van instrumenten geschat." in t
    assert "Er zijn geen waarschuwingen." in t
    assert "Bevindingen per regel: geen." in t
    assert "selectie kan de cijfers vertekenen" not in t
    assert "<svg" not in pagina


def test_terugval_en_motivering():
    terugval = pd.DataFrame({"maand": [6, 12], "kans": [0.125, np.nan]})
    t = tekst(herijkingsrapport(inhoud(terugval=terugval, motiveringen={"team": "Eigen aanpak."})))
    assert "Terugkeer in de bijstand" in t
    assert "12,5%" in t
    assert "Team Eigen aanpak." in t


def test_uitstroomtabel(pagina):
    assert "24 24% 76%" in tekst(pagina)


def test_zelfde_tekst_en_geen_klok(pagina):
    assert herijkingsrapport(inhoud()) == pagina
    assert str(dt.datetime.now(tz=dt.UTC).year) not in pagina


def test_ontbrekende_kolom():
    with pytest.raises(GebruiksFout, match=r"KMP-U007.*'glance' mist typen"):
        inhoud(glance=inhoud().glance.drop(columns="typen"))


@pytest.mark.parametrize(
    ("laag", "hoog", "wat"),
    [
        (1.0, 2.0, "geen aantoonbaar verschil"),
        (0.5, 1.0, "geen aantoonbaar verschil"),
        (1.00001, 2.0, "geen aantoonbaar verschil"),  # 1 at four decimals: no claim
        (1.001, 2.0, "sneller"),
        (0.5, 0.999, "minder snel"),
        (1e-9, 1e9, "geen aantoonbaar verschil"),
        (0.5, np.inf, "geen cijfer"),
    ],
)
def test_richting(laag, hoog, wat):
    assert richting(1.0, laag, hoog) == wat


def test_cijfer_spreekt_de_richting_nooit_tegen():
    assert cijfer(1.2, 1.004, 1.4) == "1,200 (1,004 tot 1,400)"
    assert cijfer(0.9, 0.8, 0.9951) == "0,900 (0,800 tot 0,995)"
    assert cijfer(1.5, 1e-9, 1e9) == "1,50 (<0,01 tot >100)"
    rij = {"fase": "na_6", "bestemming": "overig", "oordeel": "vastgesteld"}
    zin = effectzin({**rij, "effect": 1.5, "ondergrens": 1e-9, "bovengrens": 1e9})
    assert zin.startswith(
        "Vanaf 6 maanden erna: geen aantoonbaar verschil, 1,50 keer (95%-interval minder dan 0,01 tot"
    )


def test_hoofdrijen_kiezen_de_voorkeur_en_houden_rijen_zonder_cijfer():
    f = pd.concat([effecten(voorkeur=False), effecten(methode="selectie")], ignore_index=True)
    rijen = hoofdrijen(f)
    assert len(rijen) == 4
    assert list(rijen["methode"]) == ["selectie", "selectie", "selectie", "waargenomen"]  # order of first appearance
    groep = effecten(groep="opleiding=vmbo")
    assert hoofdrijen(pd.concat([effecten(), groep], ignore_index=True)).equals(effecten())


def test_selectiezin_volgt_de_methode():
    assert "alleen gecorrigeerd" in selectiezin(effecten(methode="landmark"))
    alles = selectiezin(effecten(methode="selectie"))
    assert "Bij 4 van de 4" in alles
    assert "alleen gecorrigeerd" not in alles
    deels = selectiezin(effecten(methode=["selectie", "waargenomen", "waargenomen", "landmark"]))
    assert "Bij 1 van de 4" in deels
    assert "alleen gecorrigeerd voor waargenomen kenmerken" in deels


def test_hoofdeffecten_hoogstens_vijf_de_grootste_eerst():
    f = pd.concat([effecten(instrument=f"i{k}", inzetten=k) for k in range(7)], ignore_index=True)
    assert [h.naam for h in hoofdeffecten(f, {}, {})] == ["i6", "i5", "i4", "i3", "i2"]
