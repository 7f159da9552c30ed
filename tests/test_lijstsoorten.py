"""Kinds of lists and filters: who belongs on which, to the day, and why."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner

import kompas
from kompas.bron import Bestand, lees_bron
from kompas.cli import hoofd, main
from kompas.config import Config, lees_config, maak_config
from kompas.fouten import GebruiksFout
from kompas.herijking import Herijking
from kompas.klantstand import maak_klantstand
from kompas.lijst import Lijst, scoor
from kompas.lijstfilter import bekende_waarden, filter_lijst
from kompas.lijstsoorten import SOORTEN, Basis, kans_op_terugkeer, kies_soort
from kompas.models.returns import monthly_returns

STANDAARD = ["client_id", "team", "duur_maanden", "verwachte_maanden", "waarom", "profiel"]


def dag(tekst: str | None) -> pd.Timestamp:
    return pd.NaT if tekst is None else pd.Timestamp(tekst)


@dataclasses.dataclass(frozen=True)
class Dorp:
    """A town of which clients and deployments are written down in the test; peildatum 30-6-2007."""

    config: Config
    leeg: Bestand
    h: Herijking

    def basis(self, klanten: list[tuple], inzet: list[tuple] = (), **lijst: object) -> Basis:
        """Clients as (naam, begin, einde, reden, fasering); deployments as (naam, code, begin, einde, gepland)."""
        u, z = self.leeg.uitkeringen, self.leeg.inzet
        rijen = pd.concat([u.iloc[:1]] * len(klanten), ignore_index=True).assign(
            client_id=[k[0] for k in klanten],
            begindatum=pd.to_datetime([k[1] for k in klanten]),
            einddatum=[dag(k[2]) for k in klanten],
            bestemming=[k[3] for k in klanten],
            reden_einde=[{"werk": "11", "overig": "01"}.get(k[3]) for k in klanten],
            fasering=[k[4] if len(k) > 4 else "fase 2" for k in klanten],
            rij=range(len(klanten)),
        )
        stukken = pd.concat([z.iloc[:1]] * len(inzet), ignore_index=True) if inzet else z.iloc[:0]
        stukken = stukken.assign(
            client_id=[i[0] for i in inzet],
            instrument=[i[1] for i in inzet],
            begindatum=pd.to_datetime([i[2] for i in inzet]),
            einddatum=pd.to_datetime([dag(i[3]) for i in inzet]),
            geplande_einddatum=pd.to_datetime([dag(i[4]) for i in inzet]),
            aanmelddatum=pd.NaT,
            rij=range(len(inzet)),
        )
        bestand = dataclasses.replace(
            self.leeg,
            uitkeringen=rijen,
            inzet=stukken,
            gronden=self.leeg.gronden.iloc[:0],
            kenmerken_historie=self.leeg.kenmerken_historie.iloc[:0],
        )
        config = maak_config(self.config.model_dump() | {"lijst": lijst}, pad=self.config.pad)
        stand, achtergrond = maak_klantstand(bestand, config, self.h)
        alle = scoor(stand, config, self.h)
        return Basis(lijst=alle, stand=stand, achtergrond=achtergrond, config=config, h=self.h)


@pytest.fixture(scope="module")
def dorp(gemeente: Path, model: Path) -> Dorp:
    config = lees_config(gemeente / "kompas.toml")
    bestand = lees_bron(config)
    u = bestand.uitkeringen
    gewoon = u[u["einddatum"].isna() & (u["geboortedatum"] > "1960-01-01")].assign(huishouden_id=None)
    return Dorp(config=config, leeg=dataclasses.replace(bestand, uitkeringen=gewoon), h=kompas.laad_model(model))


def namen(lijst: Lijst) -> list[str]:
    return lijst.tabel["client_id"].tolist()


# -- out of sight


def test_uit_beeld_op_de_dag_nauwkeurig(dorp: Dorp) -> None:
    """Twelve months without a deployment, on benefit for twelve months: to the day."""
    klanten = [(n, "2000-01-01", None, None) for n in "abcdef"]
    klanten += [("jong", "2006-07-02", None, None), ("net", "2006-07-01", None, None)]
    inzet = [
        ("a", "reintegratie", "2005-10-01", "2006-07-01", "2006-04-01"),  # twelve months before 1-7-2007: out of sight
        ("b", "reintegratie", "2005-10-01", "2006-07-02", "2006-04-01"),  # one day later: still in sight
        ("c", "reintegratie", "2005-10-01", None, "2006-04-01"),  # still running
        ("d", "huisbezoek", "2005-01-10", None, None),  # a moment, long ago
        ("e", "werkdirect", "2007-01-10", "2007-02-10", None),  # recent
        ("e", "reintegratie", "2001-01-10", "2001-02-10", None),
    ]
    lijst = kies_soort("uit_beeld", dorp.basis(klanten, inzet))
    assert namen(lijst) == ["a", "d", "f", "net"]
    t = lijst.tabel.set_index("client_id")
    assert t.loc["a", "laatste_inzet"] == "reintegratie"
    assert t.loc["a", "laatste_inzet_datum"] == pd.Timestamp("2006-07-01")
    assert t["maanden_zonder_inzet"].tolist() == [12, 29, 90, 12]
    assert t.loc["f", ["laatste_inzet", "waarom_op_lijst"]].tolist() == [
        "",
        "In 90 maanden bijstand is geen enkele inzet vastgelegd.",
    ]
    assert t.loc["d", "waarom_op_lijst"] == (
        "Laatste inzet: Huisbezoek, 29 maanden geleden (10-01-2005); sindsdien niets vastgelegd."
    )
    plek = list(lijst.tabel.columns).index("waarom")
    assert list(lijst.tabel.columns)[plek + 1 : plek + 5] == [
        "laatste_inzet",
        "laatste_inzet_datum",
        "maanden_zonder_inzet",
        "waarom_op_lijst",
    ]
    assert lijst.soort == "uit_beeld"
    assert namen(kies_soort("uit_beeld", dorp.basis(klanten, inzet, uit_beeld_duur=13))) == ["a", "d", "f"]
    ruim = kies_soort("uit_beeld", dorp.basis(klanten, inzet, uit_beeld_maanden=3, uit_beeld_duur=0))
    assert namen(ruim) == ["a", "b", "d", "e", "f", "jong", "net"]


def test_uit_beeld_zonder_volledige_registratie_is_niet_te_zeggen(dorp: Dorp) -> None:
    basis = dorp.basis([("a", "2000-01-01", None, None)])
    laat = basis.config.model_dump()
    laat["bron"]["inzet"]["volledig_vanaf"] = dt.date(2006, 7, 2)
    met = dataclasses.replace(basis, config=maak_config(laat, pad=basis.config.pad))
    with pytest.raises(GebruiksFout, match=r"KMP-L012.*volledig vanaf 02-07-2006"):
        kies_soort("uit_beeld", met)
    laat["bron"]["inzet"]["volledig_vanaf"] = dt.date(2006, 7, 1)
    op_tijd = dataclasses.replace(basis, config=maak_config(laat, pad=basis.config.pad))
    assert namen(kies_soort("uit_beeld", op_tijd)) == ["a"]
    zonder = basis.config.model_dump()
    zonder["bron"]["inzet"] = None
    with pytest.raises(GebruiksFout, match=r"KMP-L012.*zonder tabel inzet"):
        kies_soort("uit_beeld", dataclasses.replace(basis, config=maak_config(zonder, pad=basis.config.pad)))


# -- trajectory ends soon


def test_traject_loopt_af_binnen_twee_maanden(dorp: Dorp) -> None:
    klanten = [(n, "2005-01-01", None, None) for n in "abcdef"]
    inzet = [
        ("a", "reintegratie", "2007-02-15", None, "2007-08-31"),  # last day 31-8: before 1-9
        ("b", "reintegratie", "2007-02-15", None, "2007-09-01"),
        ("c", "reintegratie", "2006-10-01", None, "2007-04-15"),  # overdue, still running
        ("d", "reintegratie", "2006-10-01", "2007-04-15", "2007-04-15"),  # ended
        ("e", "reintegratie", "2007-02-15", None, "2007-08-20"),
        ("e", "werkdirect", "2007-06-20", None, "2007-07-20"),  # the first to end counts
        ("f", "huisbezoek", "2007-06-29", None, None),  # a moment never runs
    ]
    lijst = kies_soort("traject_loopt_af", dorp.basis(klanten, inzet))
    t = lijst.tabel.set_index("client_id")
    assert t["traject"].to_dict() == {"a": "reintegratie", "c": "reintegratie", "e": "werkdirect"}
    assert t["traject_einde"].dt.strftime("%Y-%m-%d").tolist() == ["2007-08-31", "2007-04-15", "2007-07-20"]
    assert t["over_tijd"].tolist() == [False, True, False]
    assert t["waarom_op_lijst"].tolist() == [
        "Re-integratietraject loopt af op 31-08-2007.",
        "Re-integratietraject had klaar moeten zijn op 15-04-2007 en staat nog open.",
        "WerkDirect loopt af op 20-07-2007.",
    ]
    assert namen(kies_soort("traject_loopt_af", dorp.basis(klanten, inzet, loopt_af_maanden=3))) == ["a", "b", "c", "e"]
    assert (t["reintegratie_reden"].loc[["a", "c"]] == "loopt al").all()


# -- aftercare


def test_nazorg_na_drie_en_zes_maanden(dorp: Dorp) -> None:
    klanten = [
        ("a", "2003-01-01", "2007-03-31", "werk"),  # first day without: 1-4, three months before 1-7
        ("b", "2003-01-01", "2007-03-01", "werk"),  # three months and 29 days
        ("c", "2003-01-01", "2007-02-28", "werk"),  # four months
        ("d", "2003-01-01", "2006-12-31", "werk"),  # six months
        ("e", "2003-01-01", "2007-03-31", "overig"),
        ("f", "2003-01-01", "2007-03-15", "werk"),
        ("f", "2007-05-20", None, None),  # came back
        ("g", "2003-01-01", "2007-04-01", "werk"),  # not yet three months
        ("h", "2003-01-01", None, None),
    ]
    lijst = kies_soort("nazorg", dorp.basis(klanten))
    t = lijst.tabel.set_index("client_id")
    assert t["maanden_geleden"].to_dict() == {"a": 3, "b": 3, "d": 6}
    assert t.loc["a", "einddatum"] == pd.Timestamp("2007-03-31")
    assert t.loc["a", "waarom_op_lijst"].startswith("3 maanden geleden uitgestroomd naar werk: nazorg.")
    assert list(lijst.tabel.columns[:7]) == [
        "client_id",
        "afdeling",
        "team",
        "klantmanager",
        "einddatum",
        "reden_einde",
        "maanden_geleden",
    ]
    assert not [k for k in lijst.tabel if k.endswith("_indicatie")], "no advice about who has left"
    assert namen(kies_soort("nazorg", dorp.basis(klanten, nazorg_maanden=[2]))) == ["g"]


def test_de_lijst_voor_nazorg_toont_zichzelf(dorp: Dorp) -> None:
    lijst = kies_soort(
        "nazorg", dorp.basis([("a", "2003-01-01", "2007-03-31", "werk"), ("b", "2005-01-01", None, None)])
    )
    tekst = lijst._repr_html_()
    assert "Nazorg op peildatum 30-06-2007: 1 klanten" in tekst
    assert "3 maanden geleden uitgestroomd naar werk" in tekst


def test_kans_op_terugkeer_is_voorwaardelijk(dorp: Dorp) -> None:
    """A constant hazard of 2% per month: 12 months ahead always the same chance."""
    per_maand = monthly_returns(np.full(5, 0.02), 60)
    rijen = pd.DataFrame({"soort": "terugkeer", "bestemming": "werk", "maand": range(1, 61), "waarde": per_maand})
    h = dataclasses.replace(dorp.h, terugval=rijen)
    kans = kans_op_terugkeer(h, np.array([0, 3, 6, 24]))
    np.testing.assert_allclose(kans, 1 - np.exp(-0.24), rtol=1e-12)
    np.testing.assert_allclose(kans_op_terugkeer(h, np.array([3]), 6), 1 - np.exp(-0.12), rtol=1e-12)


# -- model and fasering disagree


def fasen(dorp: Dorp, kansen: dict[str, list[float]], **lijst: object) -> Basis:
    """Clients per level with a given chance of work; names are level and number."""
    klanten = [(f"{f}-{i:02d}", "2005-01-01", None, None, f) for f, p in kansen.items() for i in range(len(p))]
    basis = dorp.basis(klanten, **lijst)
    kans = {f"{f}-{i:02d}": p for f, reeks in kansen.items() for i, p in enumerate(reeks)}
    tabel = basis.lijst.tabel.assign(kans_werk_12m=basis.lijst.tabel["client_id"].map(kans))
    return dataclasses.replace(basis, lijst=dataclasses.replace(basis.lijst, tabel=tabel))


DICHTBIJ = [0.50, 0.52, 0.54, 0.56, 0.58, 0.60, 0.62, 0.64, 0.66, 0.68]  # upper quarter from .635, lower up to .545
VER = [0.10, 0.12, 0.14, 0.16, 0.18, 0.20, 0.22, 0.24, 0.64, 0.63]


def test_onderschat_ligt_in_het_hoogste_kwart_van_een_betere_fase(dorp: Dorp) -> None:
    lijst = kies_soort("onderschat", fasen(dorp, {"fase 1": DICHTBIJ, "fase 4": VER}))
    assert namen(lijst) == ["fase 4-08"]  # .64 is in the upper quarter of fase 1, .63 is not
    rij = lijst.tabel.iloc[0]
    assert (rij["fasering"], rij["past_bij"]) == ("fase 4", "fase 1")
    assert "64%, hoger dan de fasering zegt: dat past bij het hoogste kwart van fase 1." in rij["waarom_op_lijst"]
    assert any("fase 1, fase 4 (naar de middelste kans" in z for z in lijst.toelichting)


def test_overschat_ligt_in_het_laagste_kwart_van_een_slechtere_fase(dorp: Dorp) -> None:
    een = [*DICHTBIJ[:-2], 0.13, 0.16]  # lower quarter of fase 4 is up to .145
    lijst = kies_soort("overschat", fasen(dorp, {"fase 1": een, "fase 4": VER}))
    assert namen(lijst) == ["fase 1-08"]
    assert lijst.tabel["past_bij"].tolist() == ["fase 4"]


def test_volgorde_van_de_fasering_uit_de_config(dorp: Dorp) -> None:
    """A ladder whose first step is the farthest from work: the declared order decides, not the name."""
    kansen = {"trede 1": VER, "trede 6": DICHTBIJ}
    assert namen(kies_soort("onderschat", fasen(dorp, kansen))) == ["trede 1-08"]
    omgekeerd = fasen(dorp, kansen, fasering_volgorde=["trede 1", "trede 6"])
    lijst = kies_soort("onderschat", omgekeerd)
    assert namen(lijst) == [f"trede 6-{i:02d}" for i in range(10)]
    assert lijst.toelichting[-1].endswith("trede 1, trede 6.")
    with pytest.raises(GebruiksFout, match=r"KMP-L013.*Bedoelde u 'trede 1'"):
        kies_soort("onderschat", fasen(dorp, kansen, fasering_volgorde=["trede1"]))


def test_te_weinig_of_geen_fasering(dorp: Dorp) -> None:
    with pytest.raises(GebruiksFout, match=r"KMP-L012.*twee niveaus"):
        kies_soort("onderschat", fasen(dorp, {"fase 1": DICHTBIJ[:9], "fase 4": VER}))
    for niets in ("onbekend", "nog niet ingedeeld", "n.v.t."):
        with pytest.raises(GebruiksFout, match=r"KMP-L012.*geen fasering"):
            kies_soort("onderschat", fasen(dorp, {niets: DICHTBIJ}))


def test_onbekende_soort(dorp: Dorp) -> None:
    with pytest.raises(GebruiksFout, match=r"KMP-L010.*Bedoelde u 'uit_beeld'"):
        kies_soort("uitbeeld", dorp.basis([("a", "2000-01-01", None, None)]))


# -- filters


def lijst_van(**kolommen: list[object]) -> Lijst:
    n = len(next(iter(kolommen.values())))
    return Lijst(
        tabel=pd.DataFrame({"client_id": [f"k{i}" for i in range(n)], **kolommen}),
        peildatum=dt.date(2007, 6, 30),
        instrumenten=(),
        waarschuwingen=(),
    )


def test_filters_samen_en_elk_met_meer_waarden() -> None:
    lijst = lijst_van(team=["A", "B", "A", None], doelgroep=["x", "x", "y", "x"], r_indicatie=["ja", "ja", "nee", "ja"])
    bekend = {"team": ("A", "B"), "doelgroep": ("x", "y"), "instrument": ("r",)}
    kies = {
        "A": {"team": ["A"]},
        "AB": {"team": ["A", "B"]},
        "Ax": {"team": ["A"], "doelgroep": ["x"]},
        "r": {"instrument": ["r"]},
    }
    uit = {k: namen(filter_lijst(lijst, v, bekend)) for k, v in kies.items()}
    assert uit == {"A": ["k0", "k2"], "AB": ["k0", "k1", "k2"], "Ax": ["k0"], "r": ["k0", "k1", "k3"]}
    een = filter_lijst(lijst, {"team": ["A", "B"], "instrument": ["r"]}, bekend)
    assert een.toelichting == ("Gekozen: team A of B; instrument r. 2 van 4 rijen.",)
    assert filter_lijst(lijst, {"team": []}, bekend) is lijst


def test_filter_met_onbekende_waarde_noemt_de_naaste() -> None:
    lijst = lijst_van(team=["Centrum", "Noord"])
    with pytest.raises(GebruiksFout, match=r"KMP-L011.*Bedoelde u 'Centrum'"):
        filter_lijst(lijst, {"team": ["centrun"]}, {"team": ("Centrum", "Noord")})
    with pytest.raises(GebruiksFout, match=r"KMP-L011.*Er zijn: Centrum, Noord"):
        filter_lijst(lijst, {"team": ["zzz"]}, {"team": ("Centrum", "Noord")})
    with pytest.raises(GebruiksFout, match=r"KMP-L011.*geen enkele team"):
        filter_lijst(lijst, {"team": ["A"]}, {"team": ()})
    with pytest.raises(GebruiksFout, match="KMP-L014"):
        filter_lijst(lijst, {"doelgroep": ["x"]}, {"doelgroep": ("x",)})


def test_bekende_waarden(dorp: Dorp) -> None:
    basis = dorp.basis([("a", "2000-01-01", None, None)])
    bekend = bekende_waarden(basis.lijst, basis.config)
    assert bekend["doelgroep"] == ("klantgroep_1", "focusklant", "zorgklant")
    assert bekend["instrument"] == tuple(i.code for i in basis.config.instrument)
    assert bekend["team"] == (basis.lijst.tabel["team"].iloc[0],)


# -- the function and the command


def test_filter_en_soort_veranderen_geen_cijfer(gemeente: Path, model: Path) -> None:
    config = gemeente / "kompas.toml"
    alle = kompas.lijstwerk(config, model).to_frame()
    team = alle["team"].dropna().iloc[0]
    deel = kompas.lijstwerk(config, model, team=team).to_frame()
    pd.testing.assert_frame_equal(deel, alle[alle["team"] == team].reset_index(drop=True), check_exact=True)
    for soort in SOORTEN[1:-1]:
        lijst = kompas.lijstwerk(config, model, soort=soort)
        gelijk = alle.set_index("client_id").loc[lijst.tabel["client_id"]].reset_index()
        pd.testing.assert_frame_equal(lijst.tabel[gelijk.columns], gelijk, check_exact=True)
        assert lijst.tabel["waarom_op_lijst"].str.endswith(".").all()
        assert 0 < len(lijst.tabel) < len(alle), soort
    nazorg = kompas.lijstwerk(config, model, soort="nazorg", team=[team]).to_frame()
    assert set(nazorg["team"]) <= {team}
    assert not set(nazorg["client_id"]) & set(alle["client_id"])


def test_opdracht_met_filters(gemeente: Path, model: Path, tmp_path: Path) -> None:
    config, uit = str(gemeente / "kompas.toml"), tmp_path / "l.csv"
    basis = ["lijstwerk", "--config", config, "--model", str(model), "--uit", str(uit)]
    alle = kompas.lijstwerk(config, model).to_frame()
    team = str(alle["team"].dropna().iloc[0])
    gedraaid = CliRunner().invoke(hoofd, [*basis, "--team", team, "--doelgroep", "zorgklant"])
    assert gedraaid.exit_code == 0, gedraaid.output
    geschreven = pd.read_csv(uit, dtype={"team": str})
    verwacht = alle[(alle["team"] == team) & (alle["doelgroep"] == "zorgklant")]
    assert geschreven["client_id"].tolist() == verwacht["client_id"].tolist()
    assert uit.read_text(encoding="utf-8").startswith("client_id,"), "a CSV holds rows only"
    assert f"Gekozen: team {team}; doelgroep zorgklant. {len(verwacht)} van {len(alle)} rijen." in " ".join(
        gedraaid.output.split()
    )
    assert main([*basis, "--soort", "uitbeeld"]) == 2
    assert main([*basis, "--instrument", "reintegrate"]) == 2


def test_excel_per_team_is_voor_mensen(gemeente: Path, model: Path, tmp_path: Path) -> None:
    pad = tmp_path / "l.xlsx"
    lijst = kompas.lijstwerk(gemeente / "kompas.toml", model, pad, per="team", soort="uit_beeld")
    boek = openpyxl.load_workbook(pad)
    assert boek.sheetnames[:2] == ["Lees mij", "Overzicht"]
    tekst = "\n".join(str(r[0].value) for r in boek["Lees mij"].iter_rows())
    assert "Peildatum: 30-06-2007." in tekst
    assert f"Model: {lijst.model}." in tekst
    assert all(f"Let op: {w}" in tekst for w in lijst.waarschuwingen)
    blad = boek[boek.sheetnames[2]]
    koppen = {c.value: c.column_letter for c in blad[1]}
    assert blad.freeze_panes == "B2"
    assert blad.auto_filter.ref is not None
    assert blad.column_dimensions[koppen["Profiel (voor kompas)"]].hidden
    assert not blad.column_dimensions[koppen["Waarom op deze lijst"]].hidden
    waarden = {c.value for k, letter in koppen.items() if k.endswith(": indicatie") for c in blad[letter][1:]}
    assert waarden <= {"ja", "nee", "geen uitspraak"}
    assert "geen uitspraak" in waarden
    assert all(c.data_type != "f" for rij in blad.iter_rows() for c in rij)


def test_lege_lijst_wordt_geschreven(gemeente: Path, model: Path, tmp_path: Path) -> None:
    config = lees_config(gemeente / "kompas.toml")
    geen = [{"code": "niemand", "binnen_maanden": 3, "minimum": 0.999}]
    leeg = maak_config(config.model_dump() | {"doelgroep": geen}, pad=config.pad)
    for eind in ("csv", "parquet", "xlsx"):
        lijst = kompas.lijstwerk(leeg, model, tmp_path / f"l.{eind}", doelgroep="niemand")
        assert len(lijst.tabel) == 0
    assert len(pd.read_csv(tmp_path / "l.csv")) == 0
    assert set(STANDAARD) <= set(pd.read_parquet(tmp_path / "l.parquet").columns)
