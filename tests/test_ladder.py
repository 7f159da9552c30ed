"""The ladder of updates: the rule on made-up errors, the steps against the engine itself, a town with a known turn."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from tests.jaarhulp import VORIG, dubbel, stad

from kompas import bijstelling
from kompas.config import BESTEMMINGEN
from kompas.gebruikelijk import beleid_van, gebruikelijk_beleid
from kompas.kenmerken import Kenmerk
from kompas.ladder import TREDEN, fouten_per_klant, kies_trede, maak_ladder
from kompas.mededingers import zonder_nieuwe_start
from kompas.models.design import Factor, make_profiles
from kompas.models.hazard import fit_hazard, prepare
from kompas.perioden import maak_perioden
from kompas.prior import Prior, gewicht_van, maak_prior, met_prior
from kompas.schatters import schat_licht as schat
from kompas.schatting import ontwerp
from kompas.terugblik import Uitkomst, config_op, stand_op, uitkomst_van, zoals_bekend
from kompas.typen import EEN_TYPE


def test_de_goedkoopste_die_niet_aantoonbaar_slechter_is():
    """Paired differences decide, not the spread of the errors themselves."""
    rng = np.random.default_rng(1)
    basis = rng.uniform(0.1, 0.9, 400)
    ruis = rng.normal(scale=0.02, size=400)
    fouten = {
        "ongewijzigd": basis + 0.02 + ruis,
        "niveau": basis + 0.003 * np.where(np.arange(400) % 2 == 0, 32.0, -30.0),
        "volledig": basis,
    }
    tabel, advies, beste = kies_trede(fouten)
    assert (advies, beste) == ("niveau", "volledig")
    assert tabel["advies"].tolist() == [False, True, False]
    rij = tabel.set_index("trede").loc["niveau"]
    assert rij["verschil"] == pytest.approx(0.003)
    assert rij["se"] == pytest.approx((fouten["niveau"] - basis).std(ddof=1) / 20)
    assert tabel["wat"].tolist() == [TREDEN[t] for t in fouten]
    # less than half a percent of the score is no difference, however surely it was measured
    klein = {"ongewijzigd": basis * 1.001, "volledig": basis}
    assert kies_trede(klein)[1] == "ongewijzigd"
    assert kies_trede({"ongewijzigd": basis * 1.1, "volledig": basis})[1] == "volledig"


def test_een_weerlegd_model_blijft_niet_ongewijzigd():
    gelijk = {t: np.full(50, 0.2) for t in TREDEN}
    assert kies_trede(gelijk)[1] == "ongewijzigd"
    assert kies_trede(gelijk, weerlegd=True)[1] == "niveau"
    alleen = {"ongewijzigd": np.full(50, 0.2), "volledig": np.linspace(0.3, 0.5, 50)}
    assert kies_trede(alleen, weerlegd=True)[1] == "volledig"


def test_fouten_met_de_hand():
    """Two clients, two horizons: squares of chance less outcome, summed over destinations, averaged over horizons."""
    b, c = stad("zelfde")
    stand = stand_op(zoals_bekend(b, VORIG), config_op(c, VORIG))
    twee = replace(stand, spells=stand.spells[:2], aow=np.array([100.0, 100.0]))
    assert twee.aantal == 2
    u = Uitkomst(tijd=np.array([4.0, 12.0]), oorzaak=np.array([1, 0]), kwijt=np.zeros(2, bool), bekend=np.ones(2, bool))
    kans = np.zeros((3, 2, 2))
    kans[0, 0], kans[2, 0], kans[0, 1] = (0.5, 0.8), (0.1, 0.1), (0.2, 0.4)
    fout = fouten_per_klant(kans, u, twee, (3, 6))
    een = ((0.5**2 + 0.1**2) + (0.2**2 + 0.1**2)) / 2
    np.testing.assert_allclose(fout, [een, (0.2**2 + 0.4**2) / 2], rtol=1e-12)


def verwacht_en_echt(model, stand, uitkomst):
    """Clients expected and seen to leave within a year, by destination."""
    p = zonder_nieuwe_start(model, stand, (12,))[:, uitkomst.bekend, 0].sum(axis=1)
    echt = [int(((uitkomst.oorzaak == k + 1) & (uitkomst.tijd <= 12.0) & uitkomst.bekend).sum()) for k in range(3)]
    return p, np.array(echt)


@pytest.fixture(scope="module")
def gedraaid():
    """A town in which exits to work doubled 21 months before the end, and the model of 24 months before it."""
    b, c = stad("gedraaid", verloop=dubbel(dt.date(2005, 9, 30)))
    toen, op = zoals_bekend(b, VORIG), config_op(c, VORIG)
    oud = schat(zoals_bekend(b, dt.date(2005, 6, 30)), config_op(c, dt.date(2005, 6, 30)))
    return b, c, oud, toen, op, bijstelling.treden_van(oud, toen, op, schat)


def test_niveau_maakt_de_som_over_de_nieuwe_maanden_gelijk(gedraaid):
    """The property of an intercept: after the shift, expected exits in the new months equal the exits."""
    _, _, oud, toen, op, modellen = gedraaid
    kort = op.model_copy(update={"bron": op.bron.model_copy(update={"venster_van": dt.date(2005, 7, 1)})})
    panel = bijstelling.blootstelling(oud, toen, kort)
    n = len(oud.tijd.band_names)
    for k in range(len(BESTEMMINGEN)):
        verschuiving = modellen["niveau"].coef[k] - oud.coef[k]
        assert np.ptp(verschuiving[:n]) < 1e-12
        np.testing.assert_array_equal(verschuiving[n:], 0.0)
        u = _cumulatief(modellen["niveau"], panel, k)
        e = panel.exposure
        raak = e.event == k + 1
        # the score of a cloglog intercept: sum over pieces of u, less for exits u / (1 - exp(-u))
        laatste = _laatste_stuk(modellen["niveau"], panel, k)[raak]
        assert u.sum() == pytest.approx((laatste / -np.expm1(-laatste)).sum(), rel=1e-6)
    assert modellen["niveau"].coef[0, 0] - oud.coef[0, 0] > 0.4  # exits to work doubled in the last nine months
    assert abs(modellen["niveau"].coef[2, 0] - oud.coef[2, 0]) < 0.3


def _eta(model, panel, k):
    e = panel.exposure
    time = bijstelling.make_time_design(
        bijstelling.make_spec(model.tijd.bands, "geen", int(e.calendar.min()), int((e.calendar + e.months).max()) - 1)
    )
    return bijstelling._vast_profiel(model, panel, k).offset, *bijstelling._verwachting_tijd(model, time, k), time.first


def _cumulatief(model, panel, k):
    """Integrated hazard per row, month by month."""
    e = panel.exposure
    profiel, duur, maand, eerste = _eta(model, panel, k)
    uit = np.zeros(e.profile.size)
    for stap in range(int(e.months.max())):
        mee = e.months > stap
        d = np.minimum(e.month[mee] + stap, duur.size - 1)
        eta = profiel[e.profile[mee]] + duur[d] + maand[e.calendar[mee] + stap - eerste]
        uit[mee] += np.exp(eta) * e.length[mee]
    return uit


def _laatste_stuk(model, panel, k):
    e = panel.exposure
    profiel, duur, maand, eerste = _eta(model, panel, k)
    stap = e.months - 1
    d = np.minimum(e.month + stap, duur.size - 1)
    return np.exp(profiel[e.profile] + duur[d] + maand[e.calendar + stap - eerste]) * e.length


def test_elke_trede_houdt_vast_wat_zij_vast_houdt(gedraaid):
    *_, oud, _, op, modellen = gedraaid
    n_tijd = len([t for t in oud.termen if t.startswith(("duur=", "maand=", "trend"))])
    n = len(oud.tijd.band_names)
    basis, kalender, volledig = (modellen[t] for t in ("basis", "kalender", "volledig"))
    np.testing.assert_array_equal(basis.coef[:, n:], oud.coef[:, n:])
    assert np.ptp(basis.coef[0, :n] - oud.coef[0, :n]) > 0.01
    rest = len(oud.termen) - n_tijd
    np.testing.assert_array_equal(kalender.coef[:, -rest:], oud.coef[:, -rest:])
    assert kalender.termen[-rest:] == oud.termen[-rest:]
    assert kalender.tijd.last == oud.tijd.last + 12
    assert volledig.config.gemeente.peildatum == op.gemeente.peildatum == VORIG
    assert np.isnan(basis.covariantie).all()  # for prediction only: no interval can come of it
    np.testing.assert_array_equal(modellen["ongewijzigd"].coef, oud.coef)


def test_een_hogere_kans_op_werk_vraagt_een_bijstelling(gedraaid):
    b, c, oud, *_, modellen = gedraaid
    ladder = maak_ladder(oud, b, c)
    t = ladder.treden.set_index("trede")
    assert list(t.index) == list(TREDEN)
    assert ladder.moment == VORIG
    assert ladder.advies in {"niveau", "basis", "kalender", "volledig"}
    assert t.loc["ongewijzigd", "verschil"] > 2 * t.loc["ongewijzigd", "se"]
    assert t.loc[ladder.advies, "advies"]
    assert t["advies"].sum() == 1
    assert TREDEN[ladder.advies] in ladder.zin
    stand = stand_op(zoals_bekend(b, VORIG), config_op(c, VORIG))
    uitkomst = uitkomst_van(stand, maak_perioden(b.uitkeringen, b.inzet, c), b, c)
    voor, echt = verwacht_en_echt(oud, stand, uitkomst)
    na, _ = verwacht_en_echt(modellen["niveau"], stand, uitkomst)
    assert abs(na[0] - echt[0]) < abs(voor[0] - echt[0]) / 2


def test_een_model_van_vorig_jaar_begint_een_jaar_eerder():
    """A model from the day of the test has nothing to be updated with: its settings are estimated a year before."""
    b, c = stad("zelfde")
    toen = zoals_bekend(b, VORIG)
    oud = schat(toen, config_op(c, VORIG))
    gezien = []

    def schatter(bestand, config, *, zaad=0):
        gezien.append((config.gemeente.peildatum, str(bestand.uitkeringen["begindatum"].max().date())))
        return schat(bestand, config, zaad=zaad)

    een = maak_ladder(oud, b, c, schatter=schatter)
    assert [g[0] for g in gezien] == [dt.date(2005, 6, 30), VORIG]
    assert all(g[1] <= str(g[0]) for g in gezien)  # nothing that was not known then
    assert een.treden.equals(maak_ladder(oud, b, c).treden)  # no chance in it


def met_starts(bestand, config, *, zaad=0):
    """The engine with the hazards of entry of one type."""
    return schat(bestand, config, zaad=zaad, methoden=("waargenomen", "selectie"), keuze=EEN_TYPE)


@pytest.fixture(scope="module")
def gestart():
    """A steady town in which many start what raises exits to work, with the steps that know how often."""
    b, c = stad("gestart", fors=1.4)
    toen, op = zoals_bekend(b, VORIG), config_op(c, VORIG)
    oud = met_starts(zoals_bekend(b, dt.date(2005, 6, 30)), config_op(c, dt.date(2005, 6, 30)))
    return b, c, oud, stand_op(toen, op), bijstelling.treden_van(oud, toen, op, met_starts)


def test_elke_trede_verwacht_nieuwe_starts(gestart):
    """Usual policy for all or for none; new starts can only add exits to work here."""
    b, c, oud, stand, modellen = gestart
    assert {beleid_van(m) for m in modellen.values()} == {"gebruikelijk_beleid"}
    for m in modellen.values():
        met, zonder = (k(m, stand, (12,))[0].sum() for k in (gebruikelijk_beleid, zonder_nieuwe_start))
        assert met > 1.05 * zonder
    assert maak_ladder(oud, b, c, schatter=met_starts).beleid == "gebruikelijk_beleid"
    kaal = replace(oud, typen=None, bestanden=())  # from another delivery: it is taken as it is
    assert maak_ladder(kaal, b, c, schatter=met_starts).beleid == "niets_nieuws"
    assert maak_ladder(oud, b, c, schatter=met_starts, scoor=zonder_nieuwe_start).beleid == "niets_nieuws"


def test_een_nieuwe_kalender_laat_de_kans_op_een_start_zoals_zij_was(gestart):
    """Step ``kalender`` gives the exits another trend; without its shift the entries are those of the old model."""
    _, _, oud, stand, modellen = gestart
    assert any(t.startswith("trend") for t in oud.termen)
    kaal = {
        c: np.where([t.startswith("trend") for t in oud.typen.intrede_termen[c]], 0.0, b)
        for c, b in oud.typen.intrede_coef.items()
    }
    assert any((kaal[c] != b).any() for c, b in oud.typen.intrede_coef.items())  # there is a trend to be frozen
    dezelfde = replace(oud, typen=modellen["kalender"].typen)  # the old model with the entries of the step
    for m in (6, 12):
        np.testing.assert_allclose(
            gebruikelijk_beleid(dezelfde, stand, (m,)), gebruikelijk_beleid(oud, stand, (m,)), rtol=1e-10
        )
    anders = gebruikelijk_beleid(replace(oud, typen=replace(oud.typen, intrede_coef=kaal)), stand, (12,))
    assert np.abs(anders - gebruikelijk_beleid(oud, stand, (12,))).max() > 1e-5  # dropping the trend would show


def test_een_oud_model_uit_dezelfde_levering_wordt_opnieuw_geschat():
    b, c = stad("zelfde")
    eerder = dt.date(2005, 6, 30)
    gezien = []

    def schatter(bestand, config, *, zaad=0):
        gezien.append((config.gemeente.peildatum, bestand.uitkeringen["begindatum"].max() <= pd.Timestamp(eerder)))
        return schat(bestand, config, zaad=zaad)

    oud = schat(b, config_op(c, eerder))
    maak_ladder(oud, b, c, schatter=schatter)
    assert gezien == [(eerder, True), (VORIG, False)]
    gezien.clear()
    maak_ladder(replace(oud, bestanden=()), b, c, schatter=schatter)
    assert [dag for dag, _ in gezien] == [VORIG]


def test_een_kort_venster_geeft_geen_ladder():
    b, c = stad("zelfde")
    kort = c.model_copy(update={"bron": c.bron.model_copy(update={"venster_van": dt.date(2005, 1, 1)})})
    oud = schat(zoals_bekend(b, VORIG), config_op(kort, VORIG))
    ladder = maak_ladder(oud, b, kort)
    assert (ladder.advies, len(ladder.treden)) == ("", 0)
    assert "te kort" in ladder.zin


# -- last year as a prior ------------------------------------------------------------------------------------------


def kenmerk(referentie="man"):
    return Kenmerk(naam="geslacht", soort="categorie", niveaus=("man", "vrouw"), referentie=referentie)


def test_een_prior_met_de_hand():
    termen = ("duur=0-1", "duur=1+", "geslacht=vrouw", "leeftijd", "inzet:r=tijdens", "inzet:r:tijdens:geslacht=man")
    coef = np.arange(18.0).reshape(3, 6)
    coef[1] = np.nan
    var = np.diag(np.tile([1.0, 1.0, 0.04, 0.0, 0.25, 9.0], 3))
    leeftijd = Kenmerk(naam="leeftijd", soort="numeriek", bereik=(18.0, 64.0))
    p = maak_prior(termen, coef, var, (kenmerk(), leeftijd), (kenmerk(), leeftijd), gewicht=0.5)
    assert p.termen == ("geslacht=vrouw", "leeftijd", "inzet:r=tijdens")  # no baseline, no deviation of a group
    np.testing.assert_allclose(p.precisie[0], [0.5 / 0.04, 0.0, 0.5 / 0.25])  # a standard error of nought is no figure
    np.testing.assert_array_equal(p.precisie[1], 0.0)
    np.testing.assert_array_equal(p.centrum[2], [14.0, np.nan, 16.0])
    ander = maak_prior(termen, coef, var, (kenmerk("vrouw"),), (kenmerk(),), gewicht=0.5)
    assert ander.termen == ("inzet:r=tijdens",)  # another reference: another meaning
    assert "voor 50% van hun gewicht" in p.zin()


def test_een_prior_komt_bij_de_straf_die_er_al_is():
    f = Factor(name="geslacht", levels=("vrouw",), codes=np.array([-1, 0]), ridge=(3.0,))
    profielen = make_profiles([f], [("x", np.array([0.0, 1.0]))], 2)
    p = Prior(termen=("geslacht=vrouw",), centrum=np.full((3, 1), 0.8), precisie=np.full((3, 1), 1.0), gewicht=1.0)
    uit = met_prior(profielen, p, 1)
    np.testing.assert_allclose(uit.ridge, [4.0, 0.0])
    np.testing.assert_allclose(uit.centre, [0.2, 0.0])


def test_een_prior_trekt_naar_vorig_jaar_en_meer_waar_weinig_is():
    """Halfway in precision is halfway in the estimate, to first order; a term without a prior hardly moves."""

    b, c = stad("zelfde")
    h = schat(b, c)
    panel = bijstelling.blootstelling(h, b, c)
    profielen = ontwerp(c, h.kenmerken, h.interacties, panel.profielen)
    time = bijstelling.make_time_design(h.tijd)
    vrij = fit_hazard(prepare(panel.exposure, profielen, time), 1)
    np.testing.assert_allclose(vrij.coef, h.coef[0], atol=1e-6)
    plek = h.termen.index("geslacht=vrouw")
    se = vrij.se[plek]
    for keer in (1.0, 9.0):
        p = Prior(
            termen=("geslacht=vrouw",),
            centrum=np.full((3, 1), vrij.coef[plek] + 2 * se),
            precisie=np.full((3, 1), keer / se**2),
            gewicht=1.0,
        )
        fit = fit_hazard(prepare(panel.exposure, met_prior(profielen, p, 1), time), 1)
        stap = (fit.coef - vrij.coef) / vrij.se
        assert stap[plek] == pytest.approx(2 * keer / (1 + keer), abs=0.05)
        assert fit.se[plek] == pytest.approx(se / np.sqrt(1 + keer), rel=0.05)


def test_gewicht_is_wat_het_nieuwe_venster_niet_meer_heeft():
    _, c = stad("zelfde")
    assert gewicht_van(config_op(c, VORIG), c) == pytest.approx(0.1)  # all of last year is still there
