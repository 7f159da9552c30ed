"""Contributions to the expected months: they add up, and each factor gets what is its own."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from kompas.bron import lees_bron
from kompas.config import lees_config
from kompas.fouten import GebruiksFout
from kompas.herijking import Herijking, schat
from kompas.lijst import lopende_klanten
from kompas.models.calendar import to_day
from kompas.perioden import OPEN, maak_perioden
from kompas.rendement import bereken, maak_meter
from kompas.rooster import Klanten
from kompas.toerekening import Bijdragen, bijdragen, maak_referentie
from kompas.vooruitblik import Meter

OPTELLEN = 1e-9
KWADRATUUR = 0.15  # months: the worst that three Gauss points miss of differences of up to 40 months


@pytest.fixture(scope="module")
def basis(gemeente: Path) -> tuple[Herijking, Klanten]:
    config = lees_config(gemeente / "kompas.toml")
    bestand = lees_bron(config)
    h = schat(bestand, config, methoden=("waargenomen",))
    perioden = maak_perioden(bestand.uitkeringen, bestand.inzet, config)
    nu = to_day(config.gemeente.peildatum) + 1
    s = perioden.spells
    spells = np.flatnonzero((s["eind"].to_numpy() > nu) & (s["begin"].to_numpy() < nu))
    k, _ = lopende_klanten(perioden, bestand, config, h, spells)
    return h, k


def met_typen(basis: tuple[Herijking, Klanten]) -> tuple[Herijking, Klanten]:
    h, k = basis
    kans = np.random.default_rng(3).uniform(0.05, 0.95, k.aantal)
    typen = SimpleNamespace(punten=np.array([[0.0, 0.0, 0.0], [-1.2, -0.4, -0.6]]))
    k = dataclasses.replace(k, types=np.stack([kans, 1 - kans], axis=1))
    return dataclasses.replace(h, typen=typen, gesteund=True), k


def meter(h: Herijking) -> Meter:
    return maak_meter(h, horizon=60, discontovoet=0.04, terugval=True)


def per_factor(b: Bijdragen) -> dict[str, np.ndarray]:
    return dict(zip(b.factoren, b.waarde.T, strict=True))


@pytest.mark.parametrize("typen", [False, True])
def test_bijdragen_tellen_op(basis: tuple[Herijking, Klanten], typen: bool) -> None:
    h, k = met_typen(basis) if typen else basis
    m = meter(h)
    b = bijdragen(m, k)
    np.testing.assert_allclose(b.waarde.sum(axis=1), b.totaal - b.referentie, atol=OPTELLEN)
    np.testing.assert_array_equal(b.totaal, bereken(m, k, ()).verwachte_maanden)
    assert np.abs(b.rest).max() < KWADRATUUR
    assert np.abs(b.rest).mean() < 0.01
    namen = {x.naam for x in h.kenmerken} | {"leeftijd", "duur", "inzet"} | ({"typen"} if typen else set())
    assert set(b.factoren) == namen
    assert len(b.factoren) == len(set(b.factoren))
    verschillend = [n for n, x in per_factor(b).items() if np.ptp(x) > 0.5]
    assert {"opleiding", "duur", "leeftijd"} <= set(verschillend)
    assert b.to_frame().shape == b.waarde.shape


def test_wie_gemiddeld_is_heeft_geen_bijdragen(basis: tuple[Herijking, Klanten]) -> None:
    h, k = met_typen(basis)
    zelfde = k.deel(np.full(6, 11))
    b = bijdragen(meter(h), zelfde)
    np.testing.assert_allclose(b.waarde, 0.0, atol=OPTELLEN)
    np.testing.assert_allclose(b.totaal, b.referentie, atol=OPTELLEN)


def anders(k: Klanten, factor: str) -> Klanten:
    """Two clients who differ in one thing."""
    k = k.deel(np.array([20, 20]))
    k = dataclasses.replace(k, inzet={c: (np.array([OPEN, OPEN]),) * 2 for c in k.inzet})
    jaar = 365
    if factor == "leeftijd":
        return dataclasses.replace(k, geboren=k.nu - np.array([30, 45]) * jaar, aow=k.nu + np.array([9_000, 9_000]))
    if factor == "aow":
        return dataclasses.replace(k, aow=k.nu + np.array([300, 9_000]))
    if factor == "duur":
        # the same day of the month: age is taken on the first day of a duration month
        return dataclasses.replace(k, begin=np.array([to_day(dt.date(j, 3, 5)) for j in (2007, 2002)]))
    if factor == "typen":
        return dataclasses.replace(k, types=np.array([[0.9, 0.1], [0.2, 0.8]]))
    if factor == "inzet":
        code = next(iter(k.inzet))
        return dataclasses.replace(
            k, inzet=k.inzet | {code: (np.array([OPEN, k.nu - 90]), np.array([OPEN, k.nu + 90]))}
        )
    return dataclasses.replace(k, codes=k.codes | {factor: np.array([0, 1])})


@pytest.mark.parametrize("factor", ["geslacht", "opleiding", "leeftijd", "aow", "duur", "inzet", "typen"])
def test_een_verschil_komt_bij_zijn_eigen_factor(basis: tuple[Herijking, Klanten], factor: str) -> None:
    h, k = met_typen(basis)
    b = bijdragen(meter(h), anders(k, factor))
    naam = "leeftijd" if factor == "aow" else factor
    delen = per_factor(b)
    eigen = delen.pop(naam)
    assert np.ptp(b.totaal) > 0.02
    np.testing.assert_allclose(eigen, b.totaal - b.referentie, atol=OPTELLEN)
    for ander, waarde in delen.items():
        np.testing.assert_allclose(waarde, 0.0, atol=OPTELLEN, err_msg=ander)


def test_bijdragen_tegen_een_pad_in_kleine_stappen(
    basis: tuple[Herijking, Klanten], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three Gauss points against forty."""
    h, k = met_typen(basis)
    m, k = meter(h), k.deel(slice(0, 150))
    grof = bijdragen(m, k)
    monkeypatch.setattr("kompas.toerekening.PUNTEN", 40)
    fijn = bijdragen(m, k)
    assert np.abs(fijn.rest).max() < 0.01
    assert np.abs(grof.waarde - fijn.waarde).max() < KWADRATUUR
    assert np.abs(grof.waarde - fijn.waarde).mean() < 0.003
    assert fijn.referentie == grof.referentie


def test_alleen_met_een_referentie_als_in_de_lijst(
    basis: tuple[Herijking, Klanten], monkeypatch: pytest.MonkeyPatch
) -> None:
    h, k = met_typen(basis)
    m = meter(h)
    monkeypatch.setattr("kompas.rendement.BLOK", 96)  # several blocks, the last one not full
    ref = maak_referentie(m, k)
    heel = bijdragen(m, k)
    assert heel.referentie == ref.maanden
    for een in (0, 101, k.aantal - 1):
        los = bijdragen(m, k.deel(slice(een, een + 1)), ref)
        assert los.waarde.tobytes() == heel.waarde[[een]].tobytes()
    monkeypatch.setattr("kompas.rendement.on_cores", lambda werk, n: [werk(b) for b in reversed(range(n))])
    assert bijdragen(m, k).waarde.tobytes() == heel.waarde.tobytes()


def test_gewicht_is_herhaling(basis: tuple[Herijking, Klanten]) -> None:
    h, k = met_typen(basis)
    m = meter(h)
    twee = k.deel(np.array([3, 90, 90, 90]))
    zwaar = maak_referentie(m, k.deel(np.array([3, 90])), np.array([1.0, 3.0]))
    assert zwaar.maanden == pytest.approx(maak_referentie(m, twee).maanden, abs=1e-12)
    assert zwaar.maanden != pytest.approx(maak_referentie(m, k.deel(np.array([3, 90]))).maanden, abs=0.01)


def test_factoren_samen_of_los(basis: tuple[Herijking, Klanten]) -> None:
    h, k = basis
    m = meter(h)
    samen, los = bijdragen(m, k), bijdragen(m, k, groepen={})
    assert set(los.factoren) - set(samen.factoren) == {"seizoen"}
    delen = per_factor(los)
    np.testing.assert_allclose(per_factor(samen)["duur"], delen["duur"] + delen["seizoen"], atol=KWADRATUUR)


def test_zonder_klanten(basis: tuple[Herijking, Klanten]) -> None:
    h, k = basis
    m, niemand = meter(h), k.deel(slice(0, 0))
    with pytest.raises(GebruiksFout, match="KMP-V003"):
        bijdragen(m, niemand)
    assert bijdragen(m, niemand, maak_referentie(m, k)).waarde.shape[0] == 0


def test_zonder_instrumenten_of_leeftijd(basis: tuple[Herijking, Klanten]) -> None:
    """The months until AOW are told under leeftijd, also when the model has no such trait."""
    h, k = basis
    weg = [j for j, t in enumerate(h.termen) if t.split("=")[0] != "leeftijd" and not t.startswith("inzet:")]
    breed = np.concatenate([np.array(weg) + c * len(h.termen) for c in range(3)])
    kaal = dataclasses.replace(
        h,
        config=h.config.model_copy(update={"instrument": ()}),
        kenmerken=tuple(x for x in h.kenmerken if x.naam != "leeftijd"),
        termen=tuple(h.termen[j] for j in weg),
        meter_coef=h.meter_coef[:, weg],
        meter_covariantie=h.meter_covariantie[np.ix_(breed, breed)],
    )
    b = bijdragen(meter(kaal), k)
    assert "inzet" not in b.factoren
    ver = k.aow - k.nu > 5 * 366
    assert (per_factor(b)["leeftijd"][ver] >= 0).all()
    assert (per_factor(b)["leeftijd"][k.aow - k.nu < 365] < -1).all()
    np.testing.assert_allclose(b.waarde.sum(axis=1), b.totaal - b.referentie, atol=OPTELLEN)
