"""The list: every rule by which a figure is shown, left empty or turned into advice."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import kompas
from kompas.bron import Bestand, lees_bron
from kompas.config import Config, lees_config, maak_config
from kompas.fouten import GebruiksFout
from kompas.herijking import Herijking
from kompas.lijst import maak_lijst

VAST = [
    "client_id",
    "afdeling",
    "team",
    "klantmanager",
    "duur_maanden",
    "kans_uitstroom_12m",
    "kans_werk_12m",
    "verwachte_maanden",
    "doelgroep",
    "advies",
    "waarom",
]
PER_INSTRUMENT = [
    "maanden_bespaard",
    "opbrengst",
    "netto",
    "netto_laag",
    "netto_hoog",
    "kans_positief",
    "indicatie",
    "reden",
]
SLOT = [
    *(f"kans_uitstroom_{m}m" for m in (3, 6, 24)),
    *(f"kans_werk_{m}m" for m in (3, 6, 24)),
    "profiel",
    "model",
    "peildatum",
]
EURO = ["opbrengst", "netto", "netto_laag", "netto_hoog", "kans_positief"]
GROND = {
    "vastgesteld": "methoden_eens",
    "afhankelijk_van_aanname": "klein",
    "niet_vastgesteld": "geen_verschil",
    "onvoldoende_gegevens": "te_weinig",
}
GROOT = 1.5  # a log effect that no instrument has: every client gains


@dataclasses.dataclass(frozen=True)
class Geval:
    config: Config
    bestand: Bestand
    h: Herijking

    def lijst(self) -> pd.DataFrame:
        return maak_lijst(self.bestand, self.config, self.h).to_frame()

    def met_config(self, **delen: object) -> Geval:
        return dataclasses.replace(self, config=maak_config(self.config.model_dump() | delen, pad=self.config.pad))

    def met_effect(self, code: str, log_effect: float, *, oordeel: str = "vastgesteld", se: float = 0.01) -> Geval:
        """The same model with one known effect on every bestemming and phase."""
        h = self.h
        coef, covariantie = h.meter_coef.copy(), h.meter_covariantie.copy()
        for j, term in enumerate(h.termen):
            if term.startswith(f"inzet:{code}="):
                coef[:, j] = log_effect
                for k in range(3):
                    p = k * len(h.termen) + j
                    covariantie[p, :] = covariantie[:, p] = 0.0
                    covariantie[p, p] = se**2
        eigen = h.effecten["instrument"] == code
        effecten = h.effecten.assign(
            oordeel=h.effecten["oordeel"].where(~eigen, oordeel),
            grond=h.effecten["grond"].where(~eigen, GROND[oordeel]),
        )
        return dataclasses.replace(
            self, h=dataclasses.replace(h, meter_coef=coef, meter_covariantie=covariantie, effecten=effecten)
        )

    def met_steun(self) -> Geval:
        return dataclasses.replace(self, h=dataclasses.replace(self.h, steun=self.h.steun.assign(voldoende=True)))

    def met_rijen(self, **kolommen: object) -> Geval:
        return dataclasses.replace(
            self, bestand=dataclasses.replace(self.bestand, uitkeringen=self.bestand.uitkeringen.assign(**kolommen))
        )


@pytest.fixture(scope="module")
def geval(gemeente: Path, model: Path) -> Geval:
    config = lees_config(gemeente / "kompas.toml")
    return Geval(config=config, bestand=lees_bron(config), h=kompas.laad_model(model))


def test_kolommen_zijn_die_van_het_contract(geval: Geval) -> None:
    tabel = geval.lijst()
    codes = [i.code for i in geval.config.instrument]
    assert list(tabel.columns) == [*VAST, *(f"{c}_{k}" for c in codes for k in PER_INSTRUMENT), *SLOT]
    assert tabel["client_id"].is_monotonic_increasing
    lopend = geval.bestand.uitkeringen["einddatum"].isna().sum()
    assert len(tabel) == lopend
    kansen = tabel[["kans_uitstroom_12m", "kans_werk_12m"]]
    assert ((kansen > 0) & (kansen < 1)).all().all()
    assert set(tabel.filter(like="_indicatie").to_numpy().ravel()) <= {"ja", "nee", "geen_uitspraak"}


def test_cijfers_hangen_niet_van_de_andere_klanten_af(geval: Geval) -> None:
    """One client alone, or among others in another order: the same figures to the last bit."""
    alle = geval.lijst().set_index("client_id")
    u, z = geval.bestand.uitkeringen, geval.bestand.inzet
    for client in alle.index[[0, 17, 101]]:
        alleen = dataclasses.replace(
            geval.bestand, uitkeringen=u[u["client_id"] == client], inzet=z[z["client_id"] == client]
        )
        een = maak_lijst(alleen, geval.config, geval.h).to_frame().set_index("client_id")
        pd.testing.assert_frame_equal(
            een.drop(columns="waarom"), alle.loc[[client]].drop(columns="waarom"), check_exact=True
        )
        assert "gemiddeld" not in een["waarom"].iloc[0], "one client has nobody to compare with"


def test_kansen_op_vier_termijnen_lopen_op(geval: Geval) -> None:
    t = geval.lijst()
    for soort in ("uitstroom", "werk"):
        kansen = t[[f"kans_{soort}_{m}m" for m in (3, 6, 12, 24)]].to_numpy()
        stap = np.diff(kansen, axis=1)
        assert (stap >= 0).all()
        assert (stap > 0).mean() > 0.95, "equal only after the AOW age"
    assert (t["kans_werk_24m"] < t["kans_uitstroom_24m"]).all()


def test_duur_telt_hele_maanden_tot_en_met_de_peildatum(geval: Geval) -> None:
    """Begun on 1-6-2007 with peildatum 30-6-2007 is one month; on 8-5-2007 it is one month and some days."""
    rijen = geval.bestand.uitkeringen
    lopend = rijen.index[rijen["einddatum"].isna() & (rijen["begindatum"] > "2006-01-01")][:2]
    begin = rijen["begindatum"].copy()
    begin[lopend[0]], begin[lopend[1]] = pd.Timestamp("2007-06-01"), pd.Timestamp("2007-05-08")
    tabel = geval.met_rijen(begindatum=begin).lijst().set_index("client_id")
    clienten = rijen.loc[lopend, "client_id"].tolist()
    assert tabel.loc[clienten, "duur_maanden"].tolist() == [1, 1]


def test_waargenomen_alleen_geeft_pas_ja_als_de_ondergrens_positief_is(geval: Geval) -> None:
    breed = geval.met_effect("reintegratie", 0.45, oordeel="afhankelijk_van_aanname", se=0.30).met_steun()
    goedkoop = breed.met_config(instrument=_prijs(breed.config, "reintegratie", 0.0))
    tabel = goedkoop.lijst()
    ja = tabel["reintegratie_indicatie"] == "ja"
    assert ja.any()
    assert (tabel.loc[ja, "reintegratie_netto_laag"] > 0).all()
    niet = (tabel["reintegratie_kans_positief"] >= 0.8) & (tabel["reintegratie_netto_laag"] <= 0)
    assert niet.any()
    assert (tabel.loc[niet, "reintegratie_indicatie"] == "nee").all()
    vast = geval.met_effect("reintegratie", 0.45, oordeel="vastgesteld", se=0.30).met_steun()
    vast = vast.met_config(instrument=_prijs(vast.config, "reintegratie", 0.0)).lijst()
    assert (vast.loc[niet, "reintegratie_indicatie"] == "ja").all()


@pytest.mark.parametrize("oordeel", ["niet_vastgesteld", "onvoldoende_gegevens"])
def test_zonder_oordeel_geen_euros(geval: Geval, oordeel: str) -> None:
    tabel = geval.met_effect("reintegratie", GROOT, oordeel=oordeel).met_steun().lijst()
    assert tabel[[f"reintegratie_{k}" for k in EURO]].isna().all().all()
    assert (tabel["reintegratie_indicatie"] == "geen_uitspraak").all()
    assert not tabel["advies"].str.contains("reintegratie").any()
    loopt = tabel["reintegratie_reden"] == "loopt al"
    assert tabel.loc[~loopt, "reintegratie_maanden_bespaard"].notna().all()


def test_advies_noemt_precies_de_ja_codes(geval: Geval) -> None:
    tabel = geval.met_effect("reintegratie", GROOT).met_effect("werkdirect", GROOT).met_steun().lijst()
    for rij in tabel.itertuples():
        ja = {
            c for c in ("reintegratie", "werkdirect", "placebo", "huisbezoek") if getattr(rij, f"{c}_indicatie") == "ja"
        }
        assert set(rij.advies.split()) == ja
    assert (tabel["advies"] == "reintegratie werkdirect").any()


def test_netto_is_opbrengst_min_kosten_en_het_interval_omvat_het(geval: Geval) -> None:
    tabel = geval.lijst()
    kosten = {i.code: i.kosten for i in geval.config.instrument}
    bedrag = geval.bestand.uitkeringen.loc[geval.bestand.uitkeringen["einddatum"].isna()].set_index("client_id")[
        "bedrag_maand"
    ]
    for code, prijs in kosten.items():
        t = tabel[tabel[f"{code}_netto"].notna()].set_index("client_id")
        np.testing.assert_allclose(t[f"{code}_netto"], t[f"{code}_opbrengst"] - prijs, atol=1e-9)
        np.testing.assert_allclose(t[f"{code}_opbrengst"], t[f"{code}_maanden_bespaard"] * bedrag[t.index], rtol=1e-9)
        assert ((t[f"{code}_netto_laag"] <= t[f"{code}_netto"]) & (t[f"{code}_netto"] <= t[f"{code}_netto_hoog"])).all()
        positief = t[f"{code}_netto"] > 0
        assert ((t[f"{code}_kans_positief"] > 0.5) == positief).all()


def _prijs(config: Config, code: str, kosten: float | None) -> tuple[dict, ...]:
    return tuple(i.model_dump() | ({"kosten": kosten} if i.code == code else {}) for i in config.instrument)


def test_onbekende_kosten_zijn_niet_nul(geval: Geval) -> None:
    leeg = geval.met_effect("reintegratie", GROOT).met_steun()
    leeg = leeg.met_config(instrument=_prijs(leeg.config, "reintegratie", None))
    kosten = leeg.h.kosten.assign(kosten=leeg.h.kosten["kosten"].where(leeg.h.kosten["instrument"] != "reintegratie"))
    tabel = dataclasses.replace(leeg, h=dataclasses.replace(leeg.h, kosten=kosten)).lijst()
    t = tabel[tabel["reintegratie_reden"] != "loopt al"]
    assert t["reintegratie_opbrengst"].notna().all()
    assert t[["reintegratie_netto", "reintegratie_netto_laag", "reintegratie_kans_positief"]].isna().all().all()
    assert (t["reintegratie_indicatie"] == "geen_uitspraak").all()
    assert (t["reintegratie_reden"] == "kosten van het instrument onbekend").all()


def test_norm_waar_het_bedrag_ontbreekt_en_onbekend_waar_geen_norm_is(geval: Geval) -> None:
    tabel = (
        geval.met_rijen(bedrag_maand=np.nan).met_effect("werkdirect", GROOT).met_steun().lijst().set_index("client_id")
    )
    lopend = geval.bestand.uitkeringen[geval.bestand.uitkeringen["einddatum"].isna()].set_index("client_id")
    alleen = lopend.index[lopend["leefvorm"] == "alleenstaande"]
    t = tabel.loc[alleen]
    t = t[t["werkdirect_opbrengst"].notna()]
    np.testing.assert_allclose(t["werkdirect_opbrengst"], t["werkdirect_maanden_bespaard"] * 865.80, rtol=1e-9)
    assert t["waarom"].str.contains("bedrag volgens norm").all()
    anders = tabel.loc[lopend.index[lopend["leefvorm"] == "anders"]]
    assert len(anders) > 0
    assert anders["werkdirect_opbrengst"].isna().all()
    assert not (anders["werkdirect_indicatie"] == "ja").any()


def test_wat_loopt_krijgt_geen_uitspraak(geval: Geval) -> None:
    tabel = geval.met_effect("reintegratie", GROOT).met_steun().lijst().set_index("client_id")
    inzet = geval.bestand.inzet
    lopend = inzet[(inzet["instrument"] == "reintegratie") & inzet["einddatum"].isna()]["client_id"]
    lopend = lopend[lopend.isin(tabel.index)]
    assert len(lopend) > 5
    t = tabel.loc[lopend]
    assert (t["reintegratie_indicatie"] == "geen_uitspraak").all()
    assert (t["reintegratie_reden"] == "loopt al").all()
    assert t[[f"reintegratie_{k}" for k in ("maanden_bespaard", *EURO)]].isna().all().all()
    rest = tabel.drop(index=lopend)
    assert not (rest["reintegratie_reden"] == "loopt al").any()


def test_huisbezoek_zonder_grond_is_nooit_ja(geval: Geval) -> None:
    """CRvB: a risk profile is no ground. With any effect, any support, any price: no ground, no ja, no euros."""
    sterk = geval.met_effect("huisbezoek", 3.0).met_steun()
    sterk = sterk.met_config(instrument=_prijs(sterk.config, "huisbezoek", 0.0))
    gronden = sterk.bestand.gronden
    peil = pd.Timestamp(sterk.config.gemeente.peildatum)
    geldig = set(
        gronden[(gronden["grond_datum"] <= peil) & (gronden["geldig_tot"].isna() | (gronden["geldig_tot"] >= peil))][
            "client_id"
        ]
    )
    tabel = sterk.lijst()
    met = tabel["client_id"].isin(geldig)
    assert met.any()
    assert (tabel.loc[met, "huisbezoek_indicatie"] == "ja").any()
    assert (tabel.loc[~met, "huisbezoek_indicatie"] == "nee").all()
    assert tabel.loc[~met, [f"huisbezoek_{k}" for k in ("maanden_bespaard", *EURO)]].isna().all().all()
    for anders in (
        gronden.iloc[:0],
        gronden.assign(instrument="reintegratie"),
        gronden.assign(geldig_tot=peil - pd.Timedelta(days=1)),
        gronden.assign(grond_datum=peil + pd.Timedelta(days=1)),
        gronden.assign(grond="  "),
    ):
        zonder = dataclasses.replace(sterk, bestand=dataclasses.replace(sterk.bestand, gronden=anders))
        assert not (zonder.lijst()["huisbezoek_indicatie"] == "ja").any()


def test_na_de_aow_leeftijd_blijft_iemand_staan_zonder_cijfers(geval: Geval) -> None:
    rijen = geval.bestand.uitkeringen
    lopend = rijen.index[rijen["einddatum"].isna()][:3]
    geboren = rijen["geboortedatum"].copy()
    geboren[lopend] = [pd.Timestamp("1942-06-30"), pd.Timestamp("1942-07-01"), pd.Timestamp("1942-07-02")]
    tabel = geval.met_rijen(geboortedatum=geboren).lijst().set_index("client_id")
    t = tabel.loc[rijen.loc[lopend, "client_id"]]
    assert t["kans_werk_12m"].isna().tolist() == [True, True, False]
    assert t["waarom"].str.contains("AOW").tolist() == [True, True, False]
    assert (t["reintegratie_indicatie"].iloc[:2] == "geen_uitspraak").all()
    assert t["verwachte_maanden"].iloc[2] < 0.05


def test_onbekend_niveau_geeft_geen_uitspraak(geval: Geval) -> None:
    rijen = geval.bestand.uitkeringen
    lopend = rijen.index[rijen["einddatum"].isna()][0]
    fasering = rijen["fasering"].astype(object).copy()
    fasering[lopend] = "fase 99"
    tabel = geval.met_rijen(fasering=fasering).lijst().set_index("client_id")
    rij = tabel.loc[rijen.loc[lopend, "client_id"]]
    assert np.isnan(rij["verwachte_maanden"])
    assert rij["werkdirect_indicatie"] == "geen_uitspraak"
    assert tabel["verwachte_maanden"].isna().sum() == 1


def test_zonder_steun_geen_uitspraak(geval: Geval) -> None:
    sterk = geval.met_effect("placebo", GROOT)
    steun = sterk.h.steun
    weg = (steun["instrument"] == "placebo") & (steun["kenmerk"] == "geslacht") & (steun["niveau"] == "vrouw")
    geen = dataclasses.replace(sterk, h=dataclasses.replace(sterk.h, steun=steun.assign(voldoende=~weg)))
    tabel = geen.lijst().set_index("client_id")
    lopend = geen.bestand.uitkeringen[geen.bestand.uitkeringen["einddatum"].isna()].set_index("client_id")
    vrouw = lopend.index[lopend["geslacht"] == "vrouw"]
    assert (tabel.loc[vrouw, "placebo_indicatie"] == "geen_uitspraak").all()
    assert tabel.loc[vrouw, [f"placebo_{k}" for k in EURO]].isna().all().all()
    assert (tabel.loc[lopend.index[lopend["geslacht"] == "man"], "placebo_indicatie"] == "ja").any()


def test_instrument_dat_het_model_niet_kent(geval: Geval) -> None:
    nieuw = (*_prijs(geval.config, "", None), {"code": "werkstag", "duur_maanden": 3})
    with pytest.raises(GebruiksFout, match="KMP-L001"):
        geval.met_config(instrument=nieuw).lijst()
    anders = tuple(i | {"duur_maanden": 9} for i in _prijs(geval.config, "", None))
    with pytest.raises(GebruiksFout, match="KMP-L002"):
        geval.met_config(instrument=anders).lijst()


def test_volgorde_van_rijen_verandert_geen_byte(gemeente: Path, model: Path, tmp_path: Path) -> None:
    """Shuffled input rows: the same list, byte for byte, in every format."""
    anders = tmp_path / "anders"
    (anders / "bron").mkdir(parents=True)
    (anders / "kompas.toml").write_bytes((gemeente / "kompas.toml").read_bytes())
    rng = np.random.default_rng(1)
    for bron in sorted((gemeente / "bron").iterdir()):
        kop, *rijen = bron.read_text(encoding="utf-8").splitlines()
        rng.shuffle(rijen)
        (anders / "bron" / bron.name).write_text("\n".join([kop, *rijen]) + "\n", encoding="utf-8")
    for eind in ("csv", "parquet", "xlsx"):
        een, twee = tmp_path / f"een.{eind}", tmp_path / f"twee.{eind}"
        kompas.lijstwerk(gemeente / "kompas.toml", model, een)
        kompas.lijstwerk(anders / "kompas.toml", model, twee)
        assert een.read_bytes() == twee.read_bytes(), eind


def test_de_drie_formaten_zeggen_hetzelfde(gemeente: Path, model: Path, tmp_path: Path) -> None:
    lezers = {"csv": pd.read_csv, "parquet": pd.read_parquet, "xlsx": pd.read_excel}
    gelezen = {}
    for eind, lees in lezers.items():
        pad = tmp_path / f"lijst.{eind}"
        kompas.lijstwerk(gemeente / "kompas.toml", model, pad)
        gelezen[eind] = lees(pad)
    for eind in ("parquet", "xlsx"):
        a, b = gelezen["csv"], gelezen[eind]
        assert list(a.columns) == list(b.columns)
        for kolom in a.dropna(axis=1, how="all").select_dtypes("number").columns:
            np.testing.assert_allclose(a[kolom], b[kolom].astype(float), atol=1e-9)
        assert a["client_id"].tolist() == b["client_id"].tolist()
        assert a["reintegratie_reden"].tolist() == b["reintegratie_reden"].tolist()


def test_peildatum_later_verschuift_de_duur(gemeente: Path, model: Path) -> None:
    nu = kompas.lijstwerk(gemeente / "kompas.toml", model).to_frame().set_index("client_id")
    eerder = kompas.lijstwerk(gemeente / "kompas.toml", model, peildatum=dt.date(2007, 3, 31)).to_frame()
    eerder = eerder.set_index("client_id")
    beide = nu.index.intersection(eerder.index)
    zelfde = nu.loc[beide, "duur_maanden"] - eerder.loc[beide, "duur_maanden"]
    assert (zelfde[zelfde > 0] == 3).mean() > 0.95


def test_oude_of_onbekende_norm_wordt_gezegd(geval: Geval) -> None:
    """A norm that is no longer the last, or none at all for that day, is said with the list."""
    zonder = geval.met_rijen(bedrag_maand=np.nan)
    gewoon = maak_lijst(zonder.bestand, zonder.config, zonder.h).waarschuwingen
    assert not [w for w in gewoon if "bedrag_maand" in w]
    toen = zonder.met_config(gemeente={"naam": "Dorp", "peildatum": dt.date(2001, 12, 31)})
    lijst = maak_lijst(toen.bestand, toen.config, toen.h)
    assert any("blijven de euro's leeg" in w for w in lijst.waarschuwingen)
    assert lijst.tabel["werkdirect_opbrengst"].isna().all()
    later = zonder.met_config(gemeente={"naam": "Dorp", "peildatum": dt.date(2010, 3, 1)})
    assert any("niet bekend" in w for w in maak_lijst(later.bestand, later.config, later.h).waarschuwingen)
