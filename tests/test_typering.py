"""Weights of the types by Bayes' rule: a history written out by hand, what must hold for all, the way to the list."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import kompas
from kompas import artefact, typering
from kompas.bron import Bestand, lees_bron
from kompas.config import Config, lees_config
from kompas.herijking import Herijking
from kompas.lijst import maak_lijst
from kompas.perioden import OPEN, maak_perioden
from kompas.typen import Kansmodel, Typen
from kompas.typering import typekansen

UIT = np.array([0.05, 0.01, 0.02])  # hazard per month of each exit, first type
IN, EERDER = 0.03, 0.7  # hazard of a start; log factor after an earlier deployment
PUNTEN = np.array([[0.0, 0.0, 0.0, 0.0], [-1.2, -0.3, -0.5, 0.9]])
KANS = 0.3  # of the second type at the begin


def constant(h: Herijking) -> Typen:
    """Two types with constant hazards of exit and of entry into one instrument; traits do nothing."""
    duur = [j for j, t in enumerate(h.termen) if t.startswith("duur=")]
    coef = np.zeros((3, len(h.termen)))
    coef[:, duur] = np.log(UIT)[:, None]
    termen = [t for t in h.termen if not t.startswith("inzet:")]
    termen += [f"loopt:{i.code}" for i in h.config.instrument if i.code != "reintegratie" and i.duur_maanden]
    termen.append("eerder")
    intrede = np.zeros(len(termen))
    intrede[: len(duur)], intrede[-1] = np.log(IN), EERDER
    return Typen(
        punten=PUNTEN,
        coef=coef,
        covariantie=1e-4 * np.eye(coef.size),
        intrede_termen={"reintegratie": tuple(termen)},
        intrede_coef={"reintegratie": intrede},
        intrede_banden=h.tijd.bands,
        tot_maand={"reintegratie": None},
        bekend_vanaf=-OPEN,
        kans=Kansmodel(kolommen=("",), midden=np.zeros(1), schaal=np.ones(1)),
        delta=np.array([[np.log(KANS / (1 - KANS))]]),
        aandelen=np.array([1 - KANS, KANS]),
    )


@dataclasses.dataclass(frozen=True)
class Geval:
    config: Config
    bestand: Bestand
    h: Herijking

    def gewichten(self, bestand: Bestand | None = None, config: Config | None = None) -> pd.DataFrame:
        """Weights of every running spell, by client."""
        b, c = bestand or self.bestand, config or self.config
        perioden = maak_perioden(b.uitkeringen, b.inzet, self.h.config)
        lopend = np.flatnonzero(perioden.spells["eind"].to_numpy() == OPEN)
        w = typekansen(self.h, perioden, b, c, lopend)
        return pd.DataFrame(w, index=perioden.spells["client_id"].to_numpy()[lopend])

    def met_rijen(self, spells: list[tuple], inzet: list[tuple] = ()) -> Bestand:
        """Spells (client, begin, last day or None, reden, bestemming) and deployments, traits as of some client."""
        u = pd.concat([self.bestand.uitkeringen.iloc[:1]] * len(spells), ignore_index=True)

        def datum(k: int) -> pd.DatetimeIndex:
            return pd.to_datetime([s[k] for s in spells]).astype("datetime64[ns]")

        u = u.assign(
            client_id=[s[0] for s in spells],
            begindatum=datum(1),
            einddatum=datum(2),
            reden_einde=[s[3] for s in spells],
            bestemming=[s[4] for s in spells],
            geboortedatum=pd.Timestamp("1970-05-05"),
            huishouden_id=None,
            rij=np.arange(len(spells)) + 2,
        )
        i = (
            pd.concat([self.bestand.inzet.iloc[:1]] * len(inzet), ignore_index=True)
            if inzet
            else self.bestand.inzet[:0]
        )
        i = i.assign(
            client_id=[r[0] for r in inzet],
            instrument=[r[1] for r in inzet],
            begindatum=pd.to_datetime([r[2] for r in inzet]).astype("datetime64[ns]"),
            einddatum=pd.NaT,
            geplande_einddatum=pd.NaT,
            aanmelddatum=pd.NaT,
            rij=np.arange(len(inzet)) + 2,
        )
        for k in ("einddatum", "geplande_einddatum", "aanmelddatum"):
            i[k] = i[k].astype("datetime64[ns]")
        return dataclasses.replace(self.bestand, uitkeringen=u, inzet=i)


@pytest.fixture(scope="module")
def geval(gemeente: Path, model: Path) -> Geval:
    config = lees_config(gemeente / "kompas.toml")
    h = kompas.laad_model(model)
    t = constant(h)
    h = dataclasses.replace(h, typen=t, gesteund=True, meter_coef=t.coef, meter_covariantie=t.covariantie)
    return Geval(config=config, bestand=lees_bron(config), h=h)


EERSTE = ("a", dt.date(2003, 1, 1), dt.date(2003, 12, 31), "11", "werk")
TWEEDE = ("a", dt.date(2006, 1, 1), None, None, None)
INZET = [("a", "reintegratie", dt.date(2006, 3, 1))]


def bayes(maanden_uit: np.ndarray, uit: list[int], maanden_in: float, starts: int, eerder: float) -> np.ndarray:
    """Posterior from exposure in months per exit, exits, and exposure to a start (before, starts, after an earlier)."""
    log = np.log([1 - KANS, KANS])
    for m in range(2):
        u = UIT * np.exp(PUNTEN[m, :3])
        log[m] += -(u * maanden_uit).sum() + sum(np.log(np.expm1(u[c])) for c in uit)
        v = IN * np.exp(PUNTEN[m, 3])
        log[m] += -v * maanden_in + starts * np.log(np.expm1(v)) - v * np.exp(EERDER) * eerder
    return np.exp(log - log.max()) / np.exp(log - log.max()).sum()


def test_gewichten_zijn_die_van_bayes(geval: Geval) -> None:
    """Twelve months and an exit to work; then eighteen months with a trajectory from the third on.

    At risk of a start: eleven months and a half; two months and the month of the start; six months it runs, one is
    waited, nine are left.
    """
    kort = np.array([12.0, 11.5, 11.5])
    verwacht = bayes(kort + 18, [0], 11.5 + 3, 1, 9)
    gekregen = geval.gewichten(geval.met_rijen([EERSTE, TWEEDE], INZET)).loc["a"]
    np.testing.assert_allclose(gekregen, verwacht, atol=1e-10)
    zonder = geval.gewichten(geval.met_rijen([EERSTE, TWEEDE])).loc["a"]
    np.testing.assert_allclose(zonder, bayes(kort + 18, [0], 11.5 + 18, 0, 0), atol=1e-10)
    alleen = geval.gewichten(geval.met_rijen([TWEEDE], INZET)).loc["a"]
    np.testing.assert_allclose(alleen, bayes(np.full(3, 18.0), [], 3, 1, 9), atol=1e-10)
    assert np.ptp([gekregen[1], zonder[1], alleen[1]]) > 0.1


def test_starts_tellen_vanaf_de_registratie(geval: Geval) -> None:
    """Registered from 1 June 2006: the start in March says nothing, the months in which it ran are known."""
    inzet = geval.config.bron.inzet.model_copy(update={"volledig_vanaf": dt.date(2006, 6, 1)})
    config = geval.config.model_copy(update={"bron": geval.config.bron.model_copy(update={"inzet": inzet})})
    w = geval.gewichten(geval.met_rijen([EERSTE, TWEEDE], INZET), config).loc["a"]
    verwacht = bayes(np.array([12.0, 11.5, 11.5]) + 18, [0], 0, 0, 9)
    np.testing.assert_allclose(w, verwacht, atol=1e-10)


def test_wie_langer_blijft_is_eerder_van_het_trage_type(geval: Geval) -> None:
    begin = [dt.date(j, 7, 1) for j in (2007, 2006, 2005, 2003, 2000)][1:]
    spells = [(f"c{k}", b, None, None, None) for k, b in enumerate(begin)]
    h = dataclasses.replace(geval.h, typen=dataclasses.replace(geval.h.typen, intrede_coef={}, intrede_termen={}))
    w = dataclasses.replace(geval, h=h).gewichten(geval.met_rijen(spells))
    assert (w[1].diff().dropna() > 0).all()
    maanden = np.array([12, 24, 48, 84])
    per = (UIT * (np.exp(PUNTEN[1, :3]) - 1)).sum()
    kans = KANS * np.exp(-per * maanden)
    np.testing.assert_allclose(w[1], kans / (kans + 1 - KANS), atol=1e-10)


def test_gewichten_tellen_op_en_hangen_niet_van_anderen_af(geval: Geval) -> None:
    w = geval.gewichten()
    np.testing.assert_allclose(w.sum(axis=1), 1.0, atol=1e-12)
    assert ((w >= 0) & (w <= 1)).all().all()
    assert w[1].std() > 0.05
    b = geval.bestand
    wie = sorted(w.index)[::7]
    klein = dataclasses.replace(
        b,
        uitkeringen=b.uitkeringen[b.uitkeringen["client_id"].isin(wie)].reset_index(drop=True),
        inzet=b.inzet[b.inzet["client_id"].isin(wie)].reset_index(drop=True),
    )
    np.testing.assert_allclose(geval.gewichten(klein).loc[wie], w.loc[wie], atol=1e-12)


def test_zonder_typen_een_kolom_met_enen(geval: Geval) -> None:
    for h in (
        dataclasses.replace(geval.h, gesteund=False),
        dataclasses.replace(geval.h, typen=None),
    ):
        w = dataclasses.replace(geval, h=h).gewichten()
        assert w.shape[1] == 1
        assert (w[0] == 1.0).all()


def test_kans_op_de_lijst_is_het_gemiddelde_over_de_typen(geval: Geval) -> None:
    """Constant hazards and no effects: the chance to leave within a year is known in closed form."""
    tabel = maak_lijst(geval.bestand, geval.config, geval.h).to_frame().set_index("client_id")
    w = geval.gewichten()
    totaal = (UIT * np.exp(PUNTEN[:, :3])).sum(axis=1)
    werk = UIT[0] * np.exp(PUNTEN[:, 0]) / totaal
    jong = geval.bestand.uitkeringen.set_index("client_id")["geboortedatum"] > "1950-01-01"  # no AOW within the year
    wie = [c for c in tabel.index if jong.loc[[c]].all()]
    assert len(wie) > 100
    uit = -np.expm1(-12 * totaal)
    np.testing.assert_allclose(tabel.loc[wie, "kans_uitstroom_12m"], w.loc[wie] @ uit, atol=1e-10)
    np.testing.assert_allclose(tabel.loc[wie, "kans_werk_12m"], w.loc[wie] @ (uit * werk), atol=1e-10)


def test_modelmap_met_typen_geeft_dezelfde_lijst(geval: Geval, tmp_path: Path) -> None:
    artefact.bewaar(geval.h, tmp_path / "model")
    weer = kompas.laad_model(tmp_path / "model")
    assert weer.gesteund
    for veld in ("punten", "coef", "covariantie", "delta", "aandelen"):
        np.testing.assert_array_equal(getattr(weer.typen, veld), getattr(geval.h.typen, veld))
    assert weer.typen.intrede_termen == geval.h.typen.intrede_termen
    assert weer.typen.tot_maand == geval.h.typen.tot_maand
    assert weer.typen.kans.kolommen == geval.h.typen.kans.kolommen
    a, b = (maak_lijst(geval.bestand, geval.config, h).to_frame() for h in (geval.h, weer))
    assert a.to_csv(float_format="%.17g") == b.to_csv(float_format="%.17g")
    # and the folder itself: the same bytes when it is saved again
    artefact.bewaar(weer, tmp_path / "nog")
    for pad in (tmp_path / "model").iterdir():
        assert pad.read_bytes() == (tmp_path / "nog" / pad.name).read_bytes()


def test_blokken_veranderen_de_gewichten_niet(geval: Geval, monkeypatch: pytest.MonkeyPatch) -> None:
    heel = geval.gewichten()
    monkeypatch.setattr(typering, "BLOK", 7)
    los = geval.gewichten()
    assert len(heel) > 20
    np.testing.assert_allclose(los, heel, atol=1e-12)
