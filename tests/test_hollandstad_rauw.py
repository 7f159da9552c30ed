"""The raw exports of Hollandstad, and docs/rauw.md: its answers turn the draft of ``verken`` into a working config."""

import re
from pathlib import Path

import pandas as pd
import pytest

import kompas
from kompas.bron.verkennen import verken_bestanden
from kompas.fouten import GeweigerdFout
from kompas.voorbeeld import kopieer_voorbeeld

REPO = Path(__file__).resolve().parents[1]
SAMPLE = REPO / "data" / "sample"
BESTANDEN = ("szuitkering.csv", "trajecten.xlsx", "gronden.csv", "aanvragen.csv", "uitgaven.csv")


def antwoorden():
    tekst = (REPO / "docs" / "rauw.md").read_text(encoding="utf-8")
    blokken = re.findall(r"```zoek\n(.*?)```\n+```vervang\n(.*?)```", tekst, flags=re.DOTALL)
    assert len(blokken) == tekst.count("```zoek") == tekst.count("```vervang")
    return blokken


@pytest.fixture(scope="module")
def oefening(tmp_path_factory):
    """Folder with the exports, and ``kompas.toml`` as the doc leaves it."""
    map_ = kopieer_voorbeeld("hollandstad_rauw", tmp_path_factory.mktemp("rauw") / "oefening")
    ontwerp = kompas.verken(*(map_ / "exports" / b for b in BESTANDEN), uit=map_ / "kompas.toml")
    assert len(ontwerp.twijfels) == len(antwoorden()) == 13
    tekst = (map_ / "kompas.toml").read_text(encoding="utf-8")
    for zoek, vervang in antwoorden():
        assert tekst.count(zoek) == 1, zoek
        tekst = tekst.replace(zoek, vervang)
    assert "# TWIJFEL" not in tekst
    (map_ / "kompas.toml").write_text(tekst, encoding="utf-8")
    return map_


def test_ontwerp_herkent_elke_tabel_en_kolom():
    v = verken_bestanden([SAMPLE / "hollandstad_rauw" / "exports" / b for b in BESTANDEN])
    assert set(v.tabellen["tabel"]) == {"uitkeringen", "inzet", "gronden", "aanvragen", "uitgaven"}
    assert v.tabellen.loc[v.tabellen["zekerheid"] == "weglaten", "kolom"].tolist() == ["POSTCODE"]
    assert not (v.tabellen["zekerheid"] == "niet herkend").any()


def test_beantwoord_ontwerp_wordt_goedgekeurd(oefening):
    controle = kompas.controleer(oefening / "kompas.toml")
    assert controle.goedgekeurd, controle.reden
    telling = controle.bestand.telling.set_index("tabel")
    assert 0 < telling.loc["uitkeringen", "afgekeurd"] < 0.01 * telling.loc["uitkeringen", "gelezen"]
    assert set(controle.to_frame()["regel"]) >= {"A01", "A10", "A13", "U15", "I02", "I03", "I04"}


def test_ruw_en_net_zijn_dezelfde_gemeente(oefening):
    """After reading, the raw town is the clean one, but for the rows whose first day is missing."""
    ruw = kompas.controleer(oefening / "kompas.toml").bestand
    net = pd.read_csv(SAMPLE / "hollandstad" / "bron" / "uitkeringen.csv", dtype=str, keep_default_na=False)
    gelezen = ruw.uitkeringen.assign(
        sleutel="H" + ruw.uitkeringen["client_id"].str[2:] + " " + ruw.uitkeringen["begindatum"].dt.strftime("%Y-%m-%d")
    ).set_index("sleutel")
    net["sleutel"] = net["client_id"] + " " + net["begindatum"]
    assert gelezen.index.is_unique
    assert gelezen.index.isin(net["sleutel"]).all()
    ontbreekt = ~net["sleutel"].isin(gelezen.index)
    assert 0 < ontbreekt.mean() < 0.01
    samen = net[~ontbreekt].set_index("sleutel").loc[gelezen.index]
    for kolom in ("geslacht", "leefvorm", "opleiding", "klantmanager"):
        assert (samen[kolom] == gelezen[kolom]).all(), kolom
    for kolom in ("einddatum", "geboortedatum", "registratiedatum"):
        assert (samen[kolom] == gelezen[kolom].dt.strftime("%Y-%m-%d").fillna("")).all(), kolom
    assert (samen["bedrag_maand"].astype(float) == gelezen["bedrag_maand"]).all()
    eind = gelezen["reden_einde"].fillna("").astype(str)
    assert (samen["reden_einde"] == eind).all()  # the zeros are back


def test_postcode_wordt_geweigerd_als_kenmerk(oefening, tmp_path):
    tekst = (oefening / "kompas.toml").read_text(encoding="utf-8")
    exports = (oefening / "exports").as_posix()
    tekst = tekst.replace('map = "exports"', f'map = "{exports}"').replace('"opleiding", "fas', '"POSTCODE", "fas')
    (tmp_path / "kompas.toml").write_text(tekst, encoding="utf-8")
    with pytest.raises(GeweigerdFout, match="KMP-W001"):
        kompas.controleer(tmp_path / "kompas.toml")


def test_ruwe_bestanden_hebben_de_gebreken():
    exports = SAMPLE / "hollandstad_rauw" / "exports"
    bytes_ = (exports / "szuitkering.csv").read_bytes()
    kop, rest = bytes_.split(b"\r\n", 1)
    assert "REDEN_BEËINDIGING".encode("cp1252") in kop
    with pytest.raises(UnicodeDecodeError):
        kop.decode("utf-8")
    tekst = rest.decode("cp1252")
    rijen = tekst.split("\r\n")
    assert len(rijen) - len(set(rijen)) > 40
    for gebrek in (";00000000;", ";31-12-9999;", "1.060,00", ";;"):
        assert gebrek in tekst
    assert not re.search(r"(?<!\d)\d{9}(?!\d)", tekst)  # nothing that could be a BSN
