"""The report with everything in it: sections appear when asked for, and their sentences follow from the figures."""

import datetime as dt
import re
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from tests.test_weergave_rapport import inhoud, lees, tekst

from kompas.fouten import GebruiksFout
from kompas.jaarvergelijk import Jaarvergelijking
from kompas.ladder import Ladder
from kompas.weergave.jaarzinnen import eerste_zin, vertrouwen, wat_te_doen, wat_veranderde
from kompas.weergave.methodedelen import keer
from kompas.weergave.padplot import padplot
from kompas.weergave.rapport import herijkingsrapport
from kompas.weergave.rapportdelen import OPTIONEEL

NAMEN = {"r": "Re-integratietraject", "h": "Huisbezoek"}


def effectverschil(**anders):
    f = pd.DataFrame(
        {
            "instrument": ["r", "r", "h"],
            "fase": ["tijdens", "na_0", "na_0"],
            "bestemming": ["werk", "werk", "handhaving"],
            "groep": "allen",
            "methode": "waargenomen",
            "oud": np.log([0.7, 1.2, 2.0]),
            "se_oud": 0.1,
            "nieuw": np.log([0.7, 1.8, 2.1]),
            "se_nieuw": 0.09,
            "verschil": np.log([1.0, 1.5, 1.05]),
            "se_verschil": 0.05,
            "ondergrens": np.log([1.0, 1.5, 1.05]) - 0.098,
            "bovengrens": np.log([1.0, 1.5, 1.05]) + 0.098,
            "z": [0.0, 8.1, 1.0],
            "signaal": [False, True, False],
            "stand": "beide",
            "oordeel_oud": "afhankelijk_van_aanname",
            "oordeel_nieuw": ["afhankelijk_van_aanname", "vastgesteld", "afhankelijk_van_aanname"],
            "voorkeur_oud": True,
            "voorkeur_nieuw": True,
        }
    )
    return f.assign(**anders)


def drift(*rijen):
    kolommen = ["onderdeel", "kenmerk", "niveau", "jaar_oud", "jaar_nieuw", "maat", "oud", "nieuw", "verschil"]
    f = pd.DataFrame(rijen, columns=[*kolommen, "signaal", "zin"])
    return f.astype({"signaal": bool, "oud": float, "nieuw": float, "verschil": float})


RUSTIG = ("mix", "geslacht", "man", 2005, 2006, "aandeel", 0.5, 0.52, 0.02, False, "")
CODE = ("reden", "reden_einde", "11", 2005, 2006, "aandeel", 0.4, 0.1, -0.3, True, "Code 11 daalde. Vraag het na.")
LAAT = ("historie", "uitstroom", "volume", 2005, 2005, "aantal", 300.0, 340.0, 40.0, True, "Eerst 300, nu 340. Let op.")


def uitkomst(signaal=False, verhouding=1.02):
    f = pd.DataFrame(
        {
            "bestemming": ["uitstroom", "werk"],
            "horizon": 12,
            "n": 1500,
            "verwacht": [400.0, 6.0],
            "waargenomen": [400.0 * verhouding, 7.0],
            "verhouding": [verhouding, 1.17],
            "ondergrens": [verhouding * 0.93, 0.4],
            "bovengrens": [verhouding * 1.07, 2.2],
            "signaal": [signaal, False],
        }
    )
    return f.assign(zin=["Van de 1.500 klanten vertrok een deel. Dat is zo.", "Naar werk gingen er weinig. Ja."])


def ladder(advies="niveau"):
    treden = pd.DataFrame(
        {
            "trede": ["ongewijzigd", "niveau", "volledig"],
            "wat": ["zoals het is", "het niveau opnieuw", "alles opnieuw"],
            "brier": [0.25, 0.24, 0.2399],
            "verschil": [0.0101, 0.0001, 0.0],
            "se": [0.001, 0.0005, 0.0],
            "advies": [t == advies for t in ("ongewijzigd", "niveau", "volledig")],
        }
    )
    moment = dt.date(2006, 6, 30)
    return Ladder(treden=treden, moment=moment, clienten=1500, advies=advies, zin=f"Advies van de ladder: {advies}.")


def jaren(**anders):
    coef = pd.DataFrame(
        {
            "bestemming": "werk",
            "term": ["geslacht=vrouw", "trend_2"],
            "methode": "waargenomen",
            "oud": [0.1, np.nan],
            "se_oud": [0.05, np.nan],
            "nieuw": [0.4, 0.2],
            "se_nieuw": 0.05,
            "verschil": [0.3, np.nan],
            "se_verschil": [0.02, np.nan],
            "ondergrens": [0.26, np.nan],
            "bovengrens": [0.34, np.nan],
            "z": [15.0, np.nan],
            "signaal": [True, False],
            "stand": ["beide", "andere_knopen"],
        }
    )
    basis = coef.drop(columns=["term", "methode", "stand"]).assign(
        onderdeel=["duur", "kalender"], niveau=["0-1", "2004"], oud=np.log([0.04, 1.0]), nieuw=np.log([0.05, 1.1])
    )
    velden = {
        "oud_peildatum": dt.date(2006, 6, 30),
        "nieuw_peildatum": dt.date(2007, 6, 30),
        "genest": True,
        "effecten": effectverschil(),
        "coefficienten": coef,
        "basis": basis,
        "drift": drift(RUSTIG),
        "uitkomst": uitkomst(),
        "decielen": pd.DataFrame(
            {"bestemming": "uitstroom", "horizon": 12, "deciel": [1, 2], "verwacht": [0.1, 0.2], "n": 75}
        ).assign(waargenomen=[0.12, 0.18]),
        "proef": pd.DataFrame({"voorspeller": ["model", "vorige"], "brier": [0.2, 0.2]}),
        "slechter": False,
        "slechterzin": "",
        "ladder": ladder(),
        "prior": 0.0,
        "opmerkingen": ("Dit is niet vergeleken.",),
    }
    return Jaarvergelijking(**{**velden, **anders})


# -- the page for the manager --------------------------------------------------------------------------------------


def test_managerblad_als_alles_goed_gaat():
    zelfde = effectverschil(signaal=False, oordeel_nieuw="afhankelijk_van_aanname")
    j = jaren(effecten=zelfde, ladder=ladder("ongewijzigd"))
    assert wat_veranderde(j, NAMEN) == (
        "In de gegevens valt niets op: codes, aantallen en samenstelling zijn ongeveer als vorige keer.",
        "Van de 3 effecten die beide keren te meten waren, is er geen duidelijk veranderd.",
    )
    assert vertrouwen(j) == (
        "De voorspelling van vorige keer kwam uit. Van de 1.500 klanten vertrok een deel.",
        "Het nieuwe model voorspelt niet aantoonbaar slechter dan het vorige.",
    )
    assert wat_te_doen(j) == (
        "U kunt het nieuwe model gebruiken voor lijsten en adviezen.",
        "Advies van de ladder: ongewijzigd.",
    )


def test_managerblad_als_er_van_alles_is():
    j = jaren(
        drift=drift(RUSTIG, LAAT, CODE),
        uitkomst=uitkomst(signaal=True, verhouding=1.5),
        slechter=True,
        slechterzin="Cijfers.",
        prior=0.25,
        effecten=effectverschil(),
    )
    veranderd = wat_veranderde(j, NAMEN)
    assert veranderd[0] == "In de gegevens vallen 2 dingen op. Eerst 300, nu 340. Code 11 daalde."
    assert "Van de 3 effecten die beide keren te meten waren, is er 1 duidelijk veranderd." in veranderd[1]
    assert "Re-integratietraject, erna, uitstroom naar werk: het effect was 1,20 (0,99 tot 1,46) keer" in veranderd[1]
    assert "en is nu 1,80 (1,51 tot 2,15) keer." in veranderd[1]
    assert veranderd[2] == "Bij 1 effect is het oordeel anders dan vorige keer."
    zeker = vertrouwen(j)
    assert zeker[0].startswith("De voorspelling van vorige keer kwam niet uit.")
    assert zeker[1] == "Het nieuwe model voorspelt aantoonbaar slechter dan het vorige."
    assert "als voorkennis mee (25% van hun gewicht)" in zeker[2]
    doen = wat_te_doen(j)
    assert doen[0].startswith("Gebruik dit model niet voor lijsten en adviezen.")
    assert doen[1].startswith("Laat de administratie nakijken")
    assert doen[2].startswith("Einden worden laat ingevoerd")
    assert doen[-1] == "Advies van de ladder: niveau."
    niet = wat_te_doen(jaren(uitkomst=uitkomst(signaal=True, verhouding=1.5)))
    assert niet[0].startswith("Gebruik het nieuwe model en niet meer dat van vorige keer.")


def test_een_effect_dat_niet_gebruikt_wordt_komt_niet_op_het_managerblad():
    f = effectverschil(voorkeur_nieuw=[True, False, True])
    assert "is er geen duidelijk veranderd" in wat_veranderde(jaren(effecten=f), NAMEN)[1]
    alleen_nu = effectverschil(stand="alleen_nieuw", signaal=False, oordeel_oud=None, voorkeur_oud=None)
    assert wat_veranderde(jaren(effecten=alleen_nu, drift=drift()), NAMEN) == (
        "Er is niets te vergelijken: geen effecten en geen tellingen van vorige keer.",
    )


def test_eerste_zin_van_een_zin_is_die_zin():
    assert eerste_zin("Alleen dit.") == "Alleen dit."


# -- the sections --------------------------------------------------------------------------------------------------


def effectrijen(methode, keer_):
    return pd.DataFrame(
        {
            "instrument": ["r", "h"],
            "fase": "na_0",
            "bestemming": ["werk", "handhaving"],
            "groep": "allen",
            "methode": methode,
            "log_effect": np.log(keer_),
            "se": 0.1,
            "effect": keer_,
            "ondergrens": 0.1,
            "bovengrens": 9.0,
            "voorkeur": methode == "selectie",
            "oordeel": ["vastgesteld", "niet_vastgesteld"],
            "toelichting": ["Stabiel over typen.", "De placebo faalt."],
        }
    )


def alles():
    pad = pd.concat(
        [
            pd.DataFrame(
                {
                    "instrument": ["r", "r", "h"],
                    "fase": ["tijdens", "na_0", "na_0"],
                    "bestemming": ["werk", "werk", "handhaving"],
                    "typen": q,
                    "log_effect": [-0.1 * q, 0.2, 0.5],
                    "se": 0.1,
                    "aic": 1000.0 - q,
                    "bic": 1010.0 + q,
                    "gekozen": q == 2,
                    "oordeel_typen": "stabiel",
                }
            )
            for q in (1, 2, 3)
        ],
        ignore_index=True,
    )
    overlap = {"instrument": ["r", "r"], "kans_van": [0.0, 0.02], "kans_tot": [0.02, 0.5], "starters": [55.0, np.nan]}
    return {
        "methoden": pd.concat([effectrijen("waargenomen", 1.2), effectrijen("selectie", 0.8)], ignore_index=True),
        "typenpad": pad,
        "fits": pd.DataFrame(
            {"typen": [1, 2, 3], "gekozen": [False, True, False], "bruikbaar": [True, True, False], "winst_bic": 41.6}
        ),
        "overlap": pd.DataFrame(overlap).assign(nog_niet=[1234.0, 7.0]),
        "overleving": pd.DataFrame(
            {
                "methode": ["selectie", "waargenomen"],
                "instrument": "r",
                "bestemming": "alle",
                "maand": 6,
                "met": 0.25,
                "zonder": [0.2, 0.21],
                "verschil": [0.05, 0.04],
                "se": [0.01, np.nan],
            }
        ),
        "toetsen": pd.DataFrame(
            {"instrument": ["r"], "toets": ["placebo"], "uitkomst": ["niet_geslaagd"], "zin": ["Te vroeg effect."]}
        ),
        "kracht": pd.DataFrame(
            {"instrument": "r", "fase": "na_0", "bestemming": "werk", "aantoonbaar_effect": [np.log(1.25)]}
        ).assign(inzetten=7, nodig=900.0),
        "adviesgebruik": pd.DataFrame(
            {"instrument": ["r"], "advies": ["ja"], "besluit": ["gevolgd"], "gestart_3m": ["ja"], "aantal": [25.0]}
        ).assign(naar_werk_12m=0.31, verborgen=False),
        "terugtoets": pd.DataFrame(
            {
                "moment": pd.Timestamp("2006-06-30"),
                "horizon": [3, 12, 12, 24],
                "bestemming": ["werk", "uitstroom", "uitstroom", "uitstroom"],
                "voorspeller": ["model", "model", "duur", "model"],
                "n": 1500,
                "brier": [0.05, 0.21, 0.22, 0.24],
                "auc": [0.66, 0.67, 0.81, 0.70],
                "verwacht": 0.3,
                "waargenomen": 0.31,
                "oe": 1.03,
                "oe_laag": 0.95,
                "oe_hoog": 1.12,
            }
        ),
    }


@pytest.fixture(scope="module")
def pagina():
    return herijkingsrapport(inhoud(jaren=jaren(drift=drift(RUSTIG, CODE)), **alles()))


def tabel_van(html, naam):
    return next(t for t in re.findall(r"<table.*?</table>", html, flags=re.DOTALL) if f'id="{naam}"' in t)


def cellen(html, naam):
    rijen = re.findall(r"<tr>.*?</tr>", tabel_van(html, naam).split("</thead>")[1], flags=re.DOTALL)
    return [[re.sub(r"<[^>]+>", "", c) for c in re.findall(r"<t[hd][ >].*?</t[hd]>", r)] for r in rijen]


def test_onderdelen_zijn_er_alleen_als_ze_gevraagd_zijn(pagina):
    kaal = herijkingsrapport(inhoud())
    ids = [
        "managerblad",
        "methoden",
        "typen",
        "overleving",
        "overlap",
        "toetsen",
        "kracht",
        "terugtoets",
        "adviesgebruik",
    ]
    ids += ["uitgekomen", "vorige", "gegevens", "ladder"]
    for naam in ids:
        assert f'<section id="{naam}"' in pagina
        assert f'href="#{naam}"' in pagina
        assert f'id="{naam}"' not in kaal
    leeg = herijkingsrapport(inhoud(**{naam: f.iloc[:0] for naam, f in alles().items()}))
    assert leeg == kaal
    zonder = herijkingsrapport(inhoud(jaren=jaren(ladder=None)))
    assert 'id="ladder"' not in zonder


def test_de_pagina_blijft_toegankelijk(pagina):
    tags = lees(pagina).tags
    ids = [a["id"] for _, a, _ in tags if "id" in a]
    assert len(ids) == len(set(ids))
    doelen = [a["href"][1:] for t, a, _ in tags if t == "a"]
    doelen += [a["aria-labelledby"] for _, a, _ in tags if "aria-labelledby" in a]
    assert set(doelen) <= set(ids)
    niveaus = [int(t[1]) for t, _, _ in tags if re.fullmatch(r"h[1-6]", t)]
    assert all(b - a <= 1 for a, b in pairwise(niveaus))
    for t in re.findall(r"<table.*?</table>", pagina, flags=re.DOTALL):
        breedte = len(re.findall(r'scope="col"', t))
        for rij in re.findall(r"<tr>.*?</tr>", t.split("</thead>")[1], flags=re.DOTALL):
            assert len(re.findall(r"<t[hd][ >]", rij)) == breedte
    assert all(a["role"] == "img" and a["aria-label"] for t, a, _ in tags if t == "svg")
    assert ">nan<" not in pagina.lower()
    assert pagina.index('id="managerblad"') < pagina.index('id="samenvatting"')


def test_zelfde_inhoud_zelfde_tekst(pagina):
    assert herijkingsrapport(inhoud(jaren=jaren(drift=drift(RUSTIG, CODE)), **alles())) == pagina


def test_methoden_staan_naast_elkaar_met_oordeel_en_noot(pagina):
    rijen = cellen(pagina, "methoden-allen")
    assert rijen[0] == [
        "Re-integratietraject",
        "erna",
        "werk",
        "1,20 (0,99 tot 1,46)",
        "0,80 (0,66 tot 0,97)",
        "selectie",
        "vastgesteld",
        "1",
    ]
    assert rijen[1][-2:] == ["niet vastgesteld", "2"]
    t = tekst(pagina)
    assert "Noot 2: De placebo faalt." in t
    assert "Van 2 effecten lopen de methoden bij 2 meer dan 20% uiteen." in t


def test_het_pad_over_typen(pagina):
    assert cellen(pagina, "typen-maten") == [
        ["1", "999,0", "1.011,0", "nee"],
        ["2", "998,0", "1.012,0", "ja"],
        ["3", "997,0", "1.013,0", "nee"],
    ]
    svg = padplot(alles()["typenpad"], NAMEN, "werk")
    assert "Re-integratietraject" in svg
    assert "Huisbezoek" not in svg
    assert "1 instrumenten, 3 typen" in svg
    assert "is 1,22 keer" in svg  # from -0.1 to -0.3 on the log scale
    assert padplot(alles()["typenpad"], NAMEN, "werk") == svg
    with pytest.raises(GebruiksFout, match="KMP-U007"):
        padplot(alles()["typenpad"].drop(columns="gekozen"), NAMEN, "werk")


def test_of_er_typen_zijn_staat_er_in_woorden(pagina):
    t = tekst(pagina)
    assert "Twee typen passen volgens BIC beter dan één (42 punten): er zijn verborgen typen. AIC kiest er 2." in t
    assert "Niet bruikbaar: het model met 3 typen." in t
    geen = alles()
    geen["fits"] = geen["fits"].assign(gekozen=[True, False, False], winst_bic=-50.2)
    assert "slechter dan één (50 punten): er zijn geen verborgen typen gevonden" in tekst(
        herijkingsrapport(inhoud(**geen))
    )


def test_andere_bestemmingen_zijn_dichtgeklapt():
    tabellen = alles()
    meer = tabellen["overleving"].iloc[:1]
    tabellen["overleving"] = pd.concat(
        [tabellen["overleving"], meer.assign(bestemming="overig"), meer.assign(bestemming="werk")], ignore_index=True
    )
    html = herijkingsrapport(inhoud(**tabellen))
    assert [r[1] for r in cellen(html, "overleving-tabel")] == ["elke uitstroom", "elke uitstroom", "werk"]
    assert [r[1] for r in cellen(html, "overleving-rest")] == ["overig"]


@pytest.mark.parametrize(
    ("laag", "slot"),
    [(0.95, "Dat verschil kan toeval zijn."), (1.01, "voorspelde kansen kunnen er zo veel naast zitten.")],
)
def test_de_terugtoets_zegt_hoe_ver_het_model_ernaast_zat(laag, slot):
    scores = alles()["terugtoets"].assign(oe_laag=laag)
    t = tekst(herijkingsrapport(inhoud(terugtoets=scores)))
    assert "verwachtte het model dat 30,0% van 1.500 klanten binnen 12 maanden zou uitstromen; het werd 31,0%." in t
    assert slot in t


def test_zitten_allen_ernaast_dan_ligt_het_niet_aan_het_model():
    """Said only when every competitor is off to the same side, beyond chance."""
    zin = "Ook de andere voorspellers verwachtten te weinig uitstroom"
    een = alles()["terugtoets"].query("bestemming == 'uitstroom' and horizon == 12").iloc[:1]
    for laag, staat_er in ((1.01, True), (0.99, False)):
        twee = pd.concat([een.assign(oe_laag=1.01), een.assign(voorspeller="duur", oe_laag=laag)], ignore_index=True)
        assert (zin in tekst(herijkingsrapport(inhoud(terugtoets=twee)))) == staat_er
    alleen = tekst(herijkingsrapport(inhoud(terugtoets=een.assign(oe_laag=1.01))))
    assert zin not in alleen


def test_de_ladder_zegt_wanneer_zij_zonder_nieuwe_inzet_rekent():
    zin = "Alle bijstellingen rekenen alsof daarna geen instrument meer begint."
    for beleid in ("niets_nieuws", "gebruikelijk_beleid"):
        html = herijkingsrapport(inhoud(jaren=jaren(ladder=replace(ladder(), beleid=beleid))))
        assert (zin in tekst(html)) == (beleid == "niets_nieuws")


def test_zonder_terugtoets_staat_er_waarom():
    t = tekst(herijkingsrapport(inhoud(terugtoets_zinnen=("Er is geen terugtoets: het venster is te kort.",))))
    assert "Er is geen terugtoets: het venster is te kort." in t


def test_overlap_en_overleving_tonen_geen_kleine_aantallen(pagina):
    assert cellen(pagina, "overlap-tabel") == [
        ["Re-integratietraject", "0,0% tot 2,0%", "55", "1.234"],
        ["Re-integratietraject", "2,0% tot 50,0%", "minder dan 10", "minder dan 10"],
    ]
    rijen = cellen(pagina, "overleving-tabel")
    assert [r[3] for r in rijen] == ["waargenomen", "selectie"]  # side by side, in the order of the methods
    assert rijen[1][4:] == ["25,0%", "20,0%", "5,0 (3,0 tot 7,0)"]
    assert rijen[0][6] == "onbekend"
    assert cellen(pagina, "kracht-tabel")[0][3:] == ["0,80 of 1,25 keer", "minder dan 10", "900"]
    assert cellen(pagina, "toetsen-tabel")[0][1:] == ["placebo", "niet geslaagd", "Te vroeg effect."]


def test_de_vergelijking_met_vorige_keer(pagina):
    rijen = cellen(pagina, "vorige-effecten")
    assert rijen[1] == [
        "Re-integratietraject",
        "erna",
        "werk",
        "waargenomen",
        "1,20 (0,99 tot 1,46)",
        "1,80 (1,51 tot 2,15)",
        "1,50 (1,36 tot 1,65)",
        "ja",
        "afhankelijk van aanname → vastgesteld",
    ]
    assert rijen[0][-2:] == ["nee", "afhankelijk van aanname"]
    coef = cellen(pagina, "vorige-coefficienten")
    assert coef[1][3:] == ["–", "1,22 (1,11 tot 1,35)", "–", "ander venster: niet te vergelijken"]
    basis = cellen(pagina, "vorige-basis")
    assert basis[0][:4] == ["kans per maand bij duur 0-1 maanden", "werk", "3,92%", "4,88%"]
    t = tekst(pagina)
    assert "Opvallend anders zijn 1 van 3 effecten en 1 van 1 coëfficiënten." in t
    assert "Het nieuwe venster bevat het oude." in t
    assert "Dit is niet vergeleken." in t
    assert "ruim genomen" in tekst(herijkingsrapport(inhoud(jaren=jaren(genest=False))))


def test_gegevens_uitkomst_ladder_en_terugtoets(pagina):
    assert cellen(pagina, "drift-alles")[0][5:] == ["aandeel", "50,0%", "52,0%", "2,0 punt", "nee"]
    t = tekst(pagina)
    assert "Code 11 daalde. Vraag het na." in t
    assert cellen(pagina, "uitkomst-tabel")[0] == [
        "elke uitstroom",
        "12",
        "1.500",
        "400",
        "408",
        "1,02 (0,95 tot 1,09)",
        "nee",
    ]
    assert cellen(pagina, "uitkomst-tabel")[1][3:5] == ["minder dan 10", "minder dan 10"]
    assert cellen(pagina, "ladder-tabel")[1] == ["niveau", "het niveau opnieuw", "0,2400", "0,0001", "0,0005", "ja"]
    kort = cellen(pagina, "terugtoets-kort")
    assert [r[0] for r in kort] == ["Model", "Alleen duur"]  # a year ahead only
    assert "Let op: alleen duur onderscheidt verdacht goed (AUC boven 0,80)." in t
    assert len(cellen(pagina, "terugtoets-alles")) == 4
    leeg = jaren(uitkomst=uitkomst().iloc[:0], decielen=jaren().decielen.iloc[:0])
    assert "De voorspelling van vorige keer is niet te toetsen." in tekst(herijkingsrapport(inhoud(jaren=leeg)))


def test_kwade_namen_worden_ontsnapt():
    kwaad = '<script>alert("x")</script>'
    tabellen = alles()
    tabellen["toetsen"] = tabellen["toetsen"].assign(zin=kwaad)
    raar = drift((*CODE[:2], kwaad, *CODE[3:-1], kwaad))
    pagina = herijkingsrapport(inhoud(jaren=jaren(drift=raar), instrumentnamen={"r": kwaad}, **tabellen))
    assert "<script" not in pagina
    lees(pagina)


def test_een_onderdeel_zonder_kolom_wordt_geweigerd():
    for naam, kolommen in OPTIONEEL.items():
        with pytest.raises(GebruiksFout, match=rf"KMP-U007.*'{naam}' mist {kolommen[0]}"):
            inhoud(**{naam: alles()[naam].drop(columns=kolommen[0])})


def test_keer_bij_niets():
    assert keer(np.nan, np.nan) == "onbekend"
    assert keer(np.log(2), 0.1) == "2,00 (1,64 tot 2,43)"
