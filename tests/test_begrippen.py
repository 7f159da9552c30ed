from pathlib import Path

import pytest

from kompas.begrippen import begrippen_markdown, fase_in_woorden, lees_begrippen, maak_begrippen
from kompas.fouten import GebruiksFout

WORTEL = Path(__file__).resolve().parents[1]

# Contract, sections 1, 2, 4 and 5, copied by hand.
KOLOMMEN = {
    "uitkeringen": "client_id begindatum einddatum reden_einde geslacht geboortedatum leefvorm opleiding fasering "
    "regeling huishouden_id afdeling team klantmanager bedrag_maand registratiedatum",
    "inzet": "client_id instrument begindatum einddatum geplande_einddatum aanmelddatum kosten contract_id uitvoerder "
    "resultaat status toewijzing",
    "gronden": "client_id instrument grond grond_datum grond_door geldig_tot",
    "kenmerken_historie": "client_id kenmerk waarde vanaf",
    "aanvragen": "aanvraag_id client_id aanvraagdatum besluitdatum besluit",
    "uitgaven": "maand bedrag vakantiegeld huishoudens",
    "budget": "jaar peildatum status bedrag deel",
    "macro": "jaar scenario macrobudget macro_uitgaven aandeel_budget aandeel_uitgaven",
    "referentie": "maand gebied soort groep huishoudens uitkeringen instroom uitstroom uitgaven",
    "taakstellingen": "jaar niveau eenheid kengetal norm",
    "contracten": "contract_id instrument uitvoerder begindatum einddatum ingekocht verbruikt minimum maximum prijs",
    "capaciteit": "team maand uren",
    "effecten": "instrument fase bestemming groep methode log_effect se effect ondergrens bovengrens inzetten "
    "gebeurtenissen voorkeur oordeel",
    "coefficienten": "bestemming term methode log_effect se",
    "glance": "bestemming methode persoonmaanden gebeurtenissen log_likelihood typen",
    "lijstwerk": "client_id afdeling team klantmanager duur_maanden kans_uitstroom_12m kans_werk_12m "
    "verwachte_maanden doelgroep advies waarom CODE_maanden_bespaard CODE_opbrengst CODE_netto CODE_netto_laag "
    "CODE_netto_hoog CODE_kans_positief CODE_indicatie CODE_reden",
    "bevindingen": "bestand rij kolom waarde regel wat_te_doen",
    "monitor bestand": "maand gebied groep soort huishoudens uitkeringen geschaald ontwikkeling_3m instroom uitstroom "
    "ondergrens bovengrens",
    "monitor uitgaven": "maand gebied soort uitkeringen prijs uitgaven vakantiegeld ondergrens bovengrens",
    "monitor budget": "jaar status deel scenario budget budget_maand uitgaven_tot_nu maanden uitgaven_jaarbasis "
    "uitgaven_maand saldo saldo_fractie ondergrens bovengrens",
    "monitor uitvoering": "maand niveau eenheid werkstroom kengetal norm realisatie verwacht prognose"
    " afwijking signaal",
    "monitor ambitie": "maand trendpad doelpad realisatie prognose gat_trend gat_eigen kans",
}
TERMEN = {
    "schatting": "bestemming fase doelgroep oordeel methode hazard persoonmaanden allen peildatum leeftijd duur",
    "waarden": "werk handhaving overig waargenomen landmark selectie vastgesteld afhankelijk_van_aanname "
    "niet_vastgesteld onvoldoende_gegevens ja nee geen_uitspraak",
    "kompas.toml": "gemeente naam peildatum bron map venster_van venster_tot rijping_maanden gat_dagen max_afgekeurd "
    "bestand kolommen codes decimaal volledig_vanaf groepeer negeer kenmerken gebruik banden soort motivering "
    "alleen_voorspelling model kalender effect_per duurbanden instrument code meter duur_maanden fasen_na kosten "
    "rendement horizon_maanden discontovoet terugval minimale_kans_positief",
}
OPDRACHTEN = (
    "init verken controleer herijk lijstwerk verschil klant monitor scan mix dashboard serveer register toets "
    "simuleer demo"
)


@pytest.mark.parametrize("tabel", KOLOMMEN)
def test_elke_kolom_van_het_contract_staat_erin_met_haar_tabel(tabel):
    begrippen = lees_begrippen()
    for kolom in KOLOMMEN[tabel].split():
        assert tabel in begrippen.begrip(kolom).waar, kolom


@pytest.mark.parametrize("groep", TERMEN)
def test_elk_woord_van_het_contract_staat_erin(groep):
    assert [t for t in TERMEN[groep].split() if t not in lees_begrippen().per_term] == []


def test_elke_opdracht_staat_erin():
    in_lijst = [t for t, b in lees_begrippen().per_term.items() if "opdrachten" in b.waar]
    assert in_lijst == [f"kompas {o}" for o in OPDRACHTEN.split()]


def test_definities_zijn_korte_hele_zinnen():
    for b in lees_begrippen().per_term.values():
        assert b.definitie.endswith("."), b.term
        assert max(len(zin.split()) for zin in b.definitie.split(". ")) <= 28, b.term
        assert len(b.label) <= 60, b.term


def test_docs_pagina_loopt_gelijk():
    assert (WORTEL / "docs" / "begrippen.md").read_text(encoding="utf-8") == begrippen_markdown()


def test_langste_achtervoegsel_wint_en_namen_begrenzen_de_codes():
    b = lees_begrippen()
    namen = {"re_int": "Traject"}
    assert b.label("re_int_netto", namen) == "Traject: netto opbrengst"
    assert b.label("re_int_netto_laag", namen) == "Traject: netto opbrengst, ondergrens"
    assert b.label("eigen_reden", namen) == "eigen_reden"  # not an instrument: keeps its own name
    assert b.label("eigen_reden") == "eigen: reden"
    assert b.label("_netto") == "_netto"
    assert b.eenheid("re_int_kans_positief", namen) == "kans"


def test_naam_met_accolades_wordt_niet_uitgevoerd():
    assert lees_begrippen().label("x_netto", {"x": "{0} {instrument}"}).startswith("{0} {instrument}: netto")


def test_waarden_hangen_van_de_kolom_af():
    b = lees_begrippen()
    assert b.waarde("oordeel", "onvoldoende_gegevens") == "onvoldoende gegevens"
    assert b.waarde("signaal", "geen") == "geen"
    assert b.waarde("leefvorm", "alleenstaande_ouder") == "alleenstaande ouder"
    assert b.waarde("team", "werk") == "werk"
    assert b.waarde("team", "niet_vastgesteld") == "niet_vastgesteld"
    assert b.modelterm("fasering=fase 4") == "Fasering: fase 4"


def test_onbekend_begrip_noemt_het_naaste():
    with pytest.raises(GebruiksFout, match=r"KMP-U001.*persoonmaanden"):
        lees_begrippen().begrip("persoonmaand")


@pytest.mark.parametrize(
    "regel",
    [
        'x = { label = "X", english = "x", eenheid = "-", definitie = "X." }',
        'x = { waar = [], label = "X", english = "x", eenheid = "-", definitie = "X." }',
        'x = { waar = ["a"], label = " ", english = "x", eenheid = "-", definitie = "X." }',
        'x = { waar = ["a"], label = "X", english = "x", eenheid = "-", definitie = "X.", extra = 1 }',
    ],
)
def test_onvolledig_begrip_wordt_geweigerd(regel):
    with pytest.raises(GebruiksFout, match="KMP-U002"):
        maak_begrippen("[begrippen]\n" + regel)


def test_onbekende_fase_blijft_staan():
    assert fase_in_woorden("proef") == "proef"
