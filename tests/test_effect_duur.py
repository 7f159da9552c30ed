"""Effects that differ by the elapsed duration at the start of a deployment."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from tests.dorphulp import KOP, MAANDEN, begindagen, dorp, inzetten, verloop

from kompas.catalogusreken import maak_groepen
from kompas.herijking import schat
from kompas.kenmerken import startduur
from kompas.klantstand import maak_klantstand
from kompas.lijst import maak_lijst
from kompas.panel import maak_panel
from kompas.perioden import maak_perioden

CONFIG = KOP.replace("[model]", '[model]\neffect_per = ["duur"]') + '[[instrument]]\ncode = "bezoek"\nkosten = 100.0\n'
KANS, VROEG, LAAT = 0.04, 0.9, 0.0  # monthly chance of work; log effects of an early and of a late start


@pytest.fixture(scope="module")
def stad(tmp_path_factory):
    """Everybody starts within three months or after a year; only the early start works."""
    rng, n = np.random.default_rng(5), 6_000
    begin = begindagen(rng, n, 2_150)
    start = np.where(rng.random(n) < 0.5, rng.integers(0, 3, n), rng.integers(12, 24, n))
    effect = (np.arange(MAANDEN) >= start[:, None]) * np.where(start < 3, VROEG, LAAT)[:, None]
    u, duur = verloop(rng, begin, KANS * np.exp(effect))
    return dorp(tmp_path_factory.mktemp("duur") / "a", CONFIG, u, inzetten(u, duur, "bezoek", start))


@pytest.fixture(scope="module")
def h(stad):
    return schat(*stad, methoden=("waargenomen", "landmark"))


def test_de_band_is_die_van_het_begin_van_de_inzet_die_loopt(tmp_path):
    u = pd.DataFrame({"client_id": ["A", "B"], "begindatum": ["2003-01-10", "2003-02-01"]})
    u = u.assign(einddatum=None, reden_einde=None)
    i = pd.DataFrame({"client_id": ["A", "A", "B"], "begindatum": ["2003-03-09", "2005-01-10", "2003-05-01"]})
    bestand, config = dorp(tmp_path / "b", CONFIG, u, i.assign(instrument="bezoek"))
    perioden = maak_perioden(bestand.uitkeringen, bestand.inzet, config)
    panel = maak_panel(perioden, bestand.uitkeringen, config, kenmerken=lambda spell, _dag: {"geslacht": spell * 0})
    e, p = panel.exposure, panel.profielen
    met = p["inzet:bezoek"][e.profile] >= 0
    gezien = pd.DataFrame({"spell": panel.spell, "maand": e.month, "band": p["startduur:bezoek"][e.profile]})[met]
    # A: in the second month (band 0), later in month 24 (band 24-60); B: on the day that month 3 begins (band 3-6)
    assert gezien[gezien["spell"] == 0].groupby("band")["maand"].min().to_dict() == {0: 1, 4: 24}
    assert gezien[gezien["spell"] == 1].groupby("band")["maand"].min().to_dict() == {1: 3}


def test_alleen_de_vroege_start_werkt(h):
    e = h.effecten[(h.effecten["bestemming"] == "werk") & (h.effecten["methode"] == "waargenomen")]
    e = e.set_index("groep")
    assert set(e.index) == {"allen", *(f"duur={v}" for v in startduur().niveaus)}
    for groep, waar in (("duur=0-3", VROEG), ("duur=12-24", LAAT)):
        assert e.loc[groep, "log_effect"] == pytest.approx(waar, abs=3 * e.loc[groep, "se"])
        assert e.loc[groep, "se"] < 0.12
        assert e.loc[groep, "inzetten"] > 500
    assert (e.loc[["duur=3-6", "duur=60+"], "oordeel"] == "onvoldoende_gegevens").all()
    assert LAAT + 0.1 < e.loc["allen", "log_effect"] < VROEG - 0.1


def test_per_duur_is_de_voorkeur_wat_de_meters_gebruiken(h):
    """landmark for all together, the deviations by duration of waargenomen: in the rows and in the coefficients."""
    e = h.effecten[h.effecten["bestemming"] == "werk"].set_index(["groep", "methode"])["log_effect"]
    v = h.effecten[h.effecten["voorkeur"] & (h.effecten["bestemming"] == "werk")].set_index("groep")
    coef = dict(zip(h.termen, h.meter_coef[0], strict=True))
    for groep in ("duur=0-3", "duur=12-24"):
        assert v.loc[groep, "methode"] == v.loc["allen", "methode"] == "landmark"
        verwacht = e["allen", "landmark"] + e[groep, "waargenomen"] - e["allen", "waargenomen"]
        assert v.loc[groep, "log_effect"] == pytest.approx(verwacht, abs=1e-12)
        assert coef["inzet:bezoek=na_0"] + coef[f"inzet:bezoek:na_0:{groep}"] == pytest.approx(verwacht, abs=1e-9)
    assert np.isfinite(h.effecten["log_effect"]).all()


def test_de_lijst_rekent_met_het_effect_bij_de_duur_van_nu(stad, h):
    """Constant hazards: months in closed form. Early a start gains, after a year it does not, in between no support."""
    bestand, config = stad
    lijst = maak_lijst(bestand, config, h).tabel
    had = lijst["profiel"].str.contains("inzet:bezoek").to_numpy()
    duur = lijst["duur_maanden"].to_numpy()
    maanden, reden = lijst["bezoek_maanden_bespaard"].to_numpy(), lijst["bezoek_reden"].to_numpy()
    zonder, met = (-np.expm1(-60 * k) / k for k in (KANS, KANS * np.exp(VROEG)))
    vroeg, laat = (duur < 3) & ~had, (duur >= 12) & (duur < 24) & ~had
    assert min(vroeg.sum(), laat.sum()) >= 10
    assert maanden[vroeg].mean() == pytest.approx(zonder - met, abs=1.0)
    assert np.abs(maanden[laat]).max() < 2.0
    assert np.abs(maanden[(duur < 3) & had]).max() < 1e-9  # a second start in the same phase changes nothing
    assert (reden[(duur >= 6) & (duur < 12)] == "te weinig vergelijkbare klanten kregen dit").all()


def test_de_catalogus_kent_de_duur_al_als_groep(stad, h):
    bestand, config = stad
    stand, _ = maak_klantstand(bestand, config, h)
    groepen = maak_groepen(stand, h, np.full(stand.client.size, "", dtype=object))
    assert set(groepen.leden) == {"allen", "duur=0-11", "duur=12-35", "duur=36+"}
