"""The competitors of the backtest: what each may know, and known monthly chances that each must find back."""

import dataclasses
import datetime as dt

import numpy as np
import pandas as pd
import pytest
from tests.terughulp import gelijk, hand, maak_stad

from kompas.boosting import Boosting, trek_stukken
from kompas.config import maak_config
from kompas.fouten import GebruiksFout
from kompas.mededingers import Duur, PerKenmerk, Vorige, VorigJaar, zelfde_levering, zonder_nieuwe_start
from kompas.models.design import Exposure
from kompas.schatters import schat_licht as schat
from kompas.terugblik import (
    config_op,
    stand_op,
    zoals_bekend,
)

T = dt.date(2006, 6, 30)


@pytest.fixture(scope="module")
def stad(tmp_path_factory):
    return maak_stad(tmp_path_factory.mktemp("mededingers") / "stad")


def test_duur_kent_alleen_de_duur(stad):
    bestand, config = stad
    stand = stand_op(zoals_bekend(bestand, T), config_op(config, T))
    k = Duur().leer(stand.bestand, stand.config).kansen(stand, [12])[:, :, 0]
    ver = pd.DataFrame(k.T[stand.aow > 12], index=stand.begin[stand.aow > 12])
    zelfde = ver.groupby(level=0)
    assert (zelfde.size() > 1).sum() > 30
    assert (zelfde.max() - zelfde.min()).to_numpy().max() == 0.0  # the same begin, the same chance
    assert len(np.unique(ver)) > 50
    kort, lang = k.sum(axis=0)[stand.duur < 6].mean(), k.sum(axis=0)[stand.duur > 60].mean()
    assert kort > 2 * lang
    dichtbij = stand.aow < 3
    assert k.sum(axis=0)[dichtbij].max(initial=0) < k.sum(axis=0)[~dichtbij].max()


def test_vorig_jaar_is_het_model_van_toen(stad):
    bestand, config = stad
    gevraagd = []

    def schatter(b, c):
        gevraagd.append((b, c))
        return "model"

    geleerd = VorigJaar(schatter=schatter, scoor=lambda h, stand, m: (h, stand, m)).leer(bestand, config_op(config, T))
    (b, c), toen = gevraagd[0], dt.date(2005, 6, 30)
    gelijk(b, zoals_bekend(bestand, toen))
    assert c == config_op(config, toen)
    assert geleerd.kansen("stand", [3]) == ("model", "stand", [3])
    kort = maak_config(config.model_dump() | {"bron": config.bron.model_dump() | {"venster_van": dt.date(2004, 7, 2)}})
    with pytest.raises(GebruiksFout, match="KMP-T005"):
        VorigJaar(schatter=schatter).leer(bestand, config_op(kort, T))


def test_na_de_aow_houdt_de_kans_van_alle_mededingers_op(stad):
    bestand, config = stad
    toen = config_op(config, T)
    stand = stand_op(zoals_bekend(bestand, T), toen)
    bijna = dataclasses.replace(stand, aow=np.full(stand.aantal, 3.0))
    for v in (Duur(), PerKenmerk(), Boosting(rondes=5)):
        geleerd = v.leer(stand.bestand, toen)
        ver, kort = geleerd.kansen(stand, [3, 12]), geleerd.kansen(bijna, [3, 12])
        assert kort[:, :, 1] == pytest.approx(kort[:, :, 0], abs=1e-12)
        lang = stand.aow > 12
        assert kort[:, lang, 0] == pytest.approx(ver[:, lang, 0], abs=1e-12)
        assert (ver[:, lang, 1].sum(axis=0) > ver[:, lang, 0].sum(axis=0)).all()


class Kijker:
    """Stands in for the trees: keeps what it is asked and answers that nobody leaves."""

    def __init__(self):
        self.gezien = []

    def predict_proba(self, x):
        self.gezien.append(x)
        return np.eye(4)[np.zeros(len(x), dtype=int)]


def test_in_de_uitdager_gaan_duur_leeftijd_seizoen_en_fasen_vooruit(stad):
    bestand, config = stad
    toen = config_op(config, T)
    stand = stand_op(zoals_bekend(bestand, T), toen)
    kijker = Kijker()
    geleerd = dataclasses.replace(Boosting(rondes=1).leer(stand.bestand, toen), bomen=kijker)
    assert (geleerd.kansen(stand, [14]) == 0).all()
    x = np.stack(kijker.gezien)
    namen = [k.naam for k in geleerd.opzet.kenmerken]
    duur, seizoen, inzet = len(namen), len(namen) + 1, len(namen) + 2
    assert x.shape == (15, stand.aantal, len(namen) + 2 + len(config.instrument))
    assert (x[:, :, duur] == stand.duurmaand + np.arange(15)[:, None]).all()
    begin = pd.to_datetime(stand.begin, unit="D")
    assert (x[0, :, seizoen] == (begin.month - 1 + stand.duurmaand) % 12).all()
    assert (x[1:, :, seizoen] == (x[:-1, :, seizoen] + 1) % 12).all()
    leeftijd = x[:, :, namen.index("leeftijd")]
    assert (leeftijd[12] == leeftijd[0] + 1).all()
    assert set(np.unique(np.diff(leeftijd, axis=0))) == {0.0, 1.0}
    fase = x[:, :, inzet]  # reintegratie: 0 = not, 1 = tijdens, 2-4 = after
    assert (np.diff(fase, axis=0) >= 0).all()
    assert ((fase[0] == 1) & (fase[7] == 2)).any()
    assert (fase[7:] != 1).all()  # six months is the plan: whoever runs it now has finished by then
    assert (x[1:, :, 0] == x[0, :, 0]).all()


@pytest.mark.parametrize("voorspeller", [PerKenmerk(), Boosting(rondes=40)], ids=lambda v: v.naam)
def test_een_bekende_maandkans_per_groep_komt_eruit(tmp_path, voorspeller):
    bestand, config = hand(tmp_path)
    toen = config_op(config, T)
    stand = stand_op(zoals_bekend(bestand, T), toen)
    k = voorspeller.leer(stand.bestand, toen).kansen(stand, [12])[:, :, 0]
    groep = stand.bestand.uitkeringen.set_index("client_id").loc[stand.client_id, "fasering"].to_numpy()
    for naam, kans in (("k1", 1 - 0.9**12), ("k2", 1 - 0.98**12)):
        assert k[:, groep == naam].sum(axis=0).mean() == pytest.approx(kans, abs=0.06)
        assert k[0, groep == naam].mean() == pytest.approx(0.8 * kans, abs=0.06)
    assert k[1].max() == 0.0  # nobody ever left for handhaving


def test_een_niveau_dat_toen_niet_bestond_krijgt_de_kans_van_allen(tmp_path):
    bestand, config = hand(tmp_path)
    toen = config_op(config, T)
    stand = stand_op(zoals_bekend(bestand, T), toen)
    geleerd = PerKenmerk().leer(stand.bestand, toen)
    u = stand.bestand.uitkeringen
    vreemd = dataclasses.replace(stand.bestand, uitkeringen=u.assign(fasering="k9"))
    k = geleerd.kansen(dataclasses.replace(stand, bestand=vreemd), [12])
    assert np.isfinite(k).all()
    assert 1 - 0.98**12 < k.sum(axis=0).mean() < 1 - 0.9**12


def test_een_steekproef_van_persoonmaanden_weegt_op_tot_het_geheel():
    rng = np.random.default_rng(1)
    n = 3_000
    heel = {"profile": np.arange(n), "month": np.zeros(n, int), "calendar": np.zeros(n, int), "cluster": np.arange(n)}
    e = Exposure(**heel, months=rng.integers(1, 20, n), length=np.ones(n), event=(rng.random(n) < 0.2).astype(np.int64))
    rijen, stap, gewicht = trek_stukken(e, 2_000, 5)
    raak = (stap == e.months[rijen] - 1) & (e.event[rijen] > 0)
    assert rijen.size == 2_000
    assert len(set(zip(rijen.tolist(), stap.tolist(), strict=True))) == 2_000
    assert raak.sum() == (e.event > 0).sum()  # every exit is there
    assert (gewicht[raak] == 1).all()
    assert gewicht.sum() == pytest.approx(e.person_months)
    assert ((stap >= 0) & (stap < e.months[rijen])).all()
    alles = trek_stukken(e, 10**6, 5)
    assert alles[0].size == e.person_months
    assert (alles[2] == 1).all()
    weinig = trek_stukken(e, 400, 5)
    assert weinig[2].sum() == pytest.approx(e.person_months)


def test_vorige_herijking_die_de_uitkomst_al_zag_wordt_opnieuw_geschat(stad):
    bestand, config = stad
    geroepen = []

    def schatter(b, c, zaad=0):
        geroepen.append(c.gemeente.peildatum)
        return schat(b, c, zaad=zaad)

    toen = config_op(config, T)
    stand = stand_op(zoals_bekend(bestand, T), toen)
    eerder = schat(zoals_bekend(bestand, dt.date(2006, 5, 31)), config_op(config, dt.date(2006, 5, 31)))
    eerder = dataclasses.replace(eerder, bestanden=(("uitkeringen.csv", "een eerdere levering"),))
    vast = Vorige(herijking=eerder, schatter=schatter).leer(stand.bestand, toen).kansen(stand, [12])
    assert geroepen == []
    assert np.array_equal(vast, zonder_nieuwe_start(eerder, stand, [12]), equal_nan=True)
    minder = maak_config(
        config.model_dump() | {"kenmerken": {"gebruik": ["geslacht"]}, "instrument": config.instrument[:1]}
    )
    alles = schat(dataclasses.replace(bestand, inzet=bestand.inzet.query("instrument == 'reintegratie'")), minder)
    opnieuw = Vorige(herijking=alles, schatter=schatter).leer(stand.bestand, toen)
    assert geroepen == [T]
    assert [k.naam for k in opnieuw.herijking.kenmerken] == ["geslacht"]
    k = opnieuw.kansen(stand, [12])
    assert np.isfinite(k).all()
    assert len(np.unique(k[0].round(9))) > 2  # its one instrument is read from the data of then


def test_een_vorig_model_uit_dezelfde_levering_kende_te_veel(stad):
    """Ends that were registered later: the model must be that of what was known on its own peildatum."""
    bestand, config = stad
    eerder = dt.date(2005, 6, 30)
    h = schat(bestand, config_op(config, eerder))
    zoals_toen = schat(zoals_bekend(bestand, eerder), config_op(config, eerder))
    assert np.nanmax(np.abs(h.coef - zoals_toen.coef)) > 0.01
    toen = config_op(config, T)
    assert zelfde_levering(h, bestand)
    geleerd = Vorige(herijking=h, schatter=schat).leer(zoals_bekend(bestand, T), toen)
    np.testing.assert_array_equal(geleerd.herijking.coef, zoals_toen.coef)
    for anders in ((), (("uitkeringen.csv", "x"),), (("uitkeringen.csv", "x"), *h.bestanden[:1])):
        assert not zelfde_levering(dataclasses.replace(h, bestanden=anders), bestand)
    hernoemd = dataclasses.replace(bestand, bestanden=tuple((f"2007-{n}", som) for n, som in bestand.bestanden))
    assert zelfde_levering(h, hernoemd)
