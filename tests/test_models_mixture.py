"""Hazards that share types: the likelihood written out, its derivatives, what may change nothing, and known answers."""

import math
from dataclasses import replace

import numpy as np
import pytest
from tests.mengselhulp import EFFECT, IN, TYPE, UIT, parameters, proces, voorraad, willekeurig

from kompas.models.hazard import fit_hazard, log_likelihood
from kompas.models.mixture import (
    Parameters,
    client_log_likelihood,
    join,
    passes,
    penalty,
    rows_at,
    small_penalty,
)
from kompas.models.mixturefit import inner, newton, shifted
from kompas.models.mixturepoints import OneFactor, Shifted
from kompas.models.mixturescore import client_scores, full_derivatives, small_derivatives
from kompas.models.mixturesearch import one_type, resumed, search

HELLING = 2e-6  # score against central differences, relative to the largest
KLEIN = 1e-4  # information against differences of the score where hazards are small (one term is linear in u)
GEWOON = 0.02  # idem at hazards of up to one per month
STAP = 1e-5
VORMEN = ("een_factor", "vrij")


def afgeleiden(joint, form, par):
    rows = [rows_at(joint, q, b) for q, b in enumerate(par.coef)]
    both = passes(joint, rows, form, par)
    return client_log_likelihood(joint, both), full_derivatives(joint, form, par, rows, both), rows, both


def log_som(joint, form, par) -> float:
    rows = [rows_at(joint, q, b) for q, b in enumerate(par.coef)]
    return float(client_log_likelihood(joint, passes(joint, rows, form, par)).sum())


def scores_van(joint, form, par, rows, both) -> np.ndarray:
    delen = list(client_scores(joint, form, par, rows, both))
    assert [d.start for d, _ in delen] == list(range(0, joint.clients, 8_000))
    return np.concatenate([s for _, s in delen])


def verschillen(functie, par, stap=STAP):
    """Central differences of a function of the parameters, one row per parameter."""
    x = par.flat()
    uit = []
    for j in range(x.size):
        e = np.zeros(x.size)
        e[j] = stap
        uit.append((functie(par.moved(x + e)) - functie(par.moved(x - e))) / (2 * stap))
    return np.array(uit)


# --- the likelihood, written out ----------------------------------------------------------------------------------


def uitgeschreven(joint, coef, v, delta) -> np.ndarray:
    """Log likelihood per client by plain loops over clients, types, processes and pieces."""
    uit = np.zeros(joint.clients)
    for i in range(joint.clients):
        score = [0.0] + [float(joint.traits[i] @ d) for d in delta]
        top = sum(math.exp(s) for s in score)
        heel, eerder, heeft_voor = 0.0, 0.0, False
        for m in range(v.shape[0]):
            a_heel = a_voor = 0.0
            for q, process in enumerate(joint.processes):
                p, b = process.problem, coef[q]
                n_d, n_z = p.time.duration.shape[1], p.time.size
                x = p.profiles.matrix.toarray()
                voor = np.repeat(process.before, p.exposure.months)
                stuk = p.exposure.expand()
                for r in np.flatnonzero(stuk["cluster"] == i):
                    maand = min(int(stuk["month"][r]), p.time.duration.shape[0] - 1)
                    eta = float(p.time.duration[maand] @ b[:n_d])
                    eta += float(p.time.calendar[stuk["calendar"][r] - p.time.first] @ b[n_d:n_z])
                    eta += float(x[stuk["profile"][r]] @ b[n_z:])
                    u = math.exp(eta + v[m, q]) * stuk["length"][r]
                    bij = math.log(1 - math.exp(-u)) if stuk["event"][r] == process.cause else -u
                    a_heel += bij
                    if voor[r]:
                        a_voor, heeft_voor = a_voor + bij, True
            heel += math.exp(score[m]) / top * math.exp(a_heel)
            eerder += math.exp(score[m]) / top * math.exp(a_voor)
        uit[i] = math.log(heel) - (math.log(eerder) if heeft_voor else 0.0)
    return uit


@pytest.mark.parametrize("vorm", VORMEN)
@pytest.mark.parametrize("met_voor", [True, False])
def test_likelihood_is_de_uitgeschreven_som(vorm, met_voor):
    joint, coef = willekeurig(1, met_voor=met_voor, niveau=-1.0)
    form, par = parameters(joint, coef, vorm)
    delta = form.logit(par.psi, joint.traits.shape[1])
    verwacht = uitgeschreven(joint, coef, form.points(par.phi), delta)
    gekregen, _, _, both = afgeleiden(joint, form, par)
    assert len(both) == 1 + met_voor
    np.testing.assert_allclose(gekregen, verwacht, rtol=0, atol=1e-10)
    assert np.ptp(verwacht) > 3


# --- derivatives --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("vorm", VORMEN)
@pytest.mark.parametrize("met_voor", [True, False])
def test_score_is_de_helling_van_de_likelihood(vorm, met_voor):
    joint, coef = willekeurig(2, met_voor=met_voor, niveau=-0.7)
    form, par = parameters(joint, coef, vorm)
    _, (score, _), rows, both = afgeleiden(joint, form, par)
    verwacht = verschillen(lambda p: log_som(joint, form, p), par)
    np.testing.assert_allclose(score, verwacht, rtol=0, atol=HELLING * np.abs(verwacht).max())
    klein, _ = small_derivatives(joint, form, par, both)
    np.testing.assert_allclose(klein, score[sum(joint.sizes) :], rtol=1e-12)
    per_klant = scores_van(joint, form, par, rows, both)
    np.testing.assert_allclose(per_klant.sum(axis=0), score, rtol=0, atol=1e-9 * np.abs(score).max())
    een = verschillen(
        lambda p: client_log_likelihood(
            joint, passes(joint, [rows_at(joint, q, b) for q, b in enumerate(p.coef)], form, p)
        ),
        par,
    )
    np.testing.assert_allclose(per_klant.T, een, rtol=0, atol=HELLING * np.abs(verwacht).max())


@pytest.mark.parametrize("vorm", VORMEN)
@pytest.mark.parametrize("met_voor", [True, False])
def test_informatie_is_de_helling_van_de_score(vorm, met_voor):
    """Exact at small hazards; within two percent at hazards of up to one per month."""
    for niveau, grens in ((-4.0, KLEIN), (-1.5, GEWOON)):
        joint, coef = willekeurig(3, met_voor=met_voor, niveau=niveau, clienten=80)
        form, par = parameters(joint, coef, vorm)
        _, (_, info), _, _ = afgeleiden(joint, form, par)
        verwacht = -verschillen(lambda p, j=joint, f=form: afgeleiden(j, f, p)[1][0], par)
        np.testing.assert_allclose(info, info.T, rtol=0, atol=1e-10 * np.abs(info).max())
        schaal = np.sqrt(np.abs(np.outer(np.diag(verwacht), np.diag(verwacht))))
        assert np.abs((info - verwacht) / schaal).max() < grens
        n = sum(joint.sizes)
        punten = slice(n, n + par.phi.size)
        np.testing.assert_allclose(info[punten, punten], verwacht[punten, punten], rtol=1e-4, atol=1e-5 * schaal.max())


def test_met_een_oude_informatie_is_de_score_dezelfde():
    joint, coef = willekeurig(4)
    form, par = parameters(joint, coef, "een_factor")
    _, (score, info), rows, both = afgeleiden(joint, form, par)
    oud = np.eye(info.shape[0])
    weer, gekregen = full_derivatives(joint, form, par, rows, both, oud)
    np.testing.assert_allclose(weer, score, rtol=1e-13)
    assert gekregen is oud


@pytest.mark.parametrize("vorm", VORMEN)
def test_straf_heeft_haar_eigen_afgeleiden(vorm):
    joint, coef = willekeurig(5)
    form, par = parameters(joint, coef, vorm)
    waarde, helling, precisie = penalty(joint, form, par)
    assert waarde > 0
    np.testing.assert_allclose(helling, verschillen(lambda p: penalty(joint, form, p)[0], par), rtol=0, atol=1e-7)
    np.testing.assert_allclose(precisie, verschillen(lambda p: penalty(joint, form, p)[1], par), rtol=0, atol=1e-6)


def test_verschoven_vorm_heeft_goede_afgeleiden():
    """The step that holds the coefficients fixed: shifts per process in front of the points."""
    joint, coef = willekeurig(6)
    form, par = parameters(joint, coef, "een_factor")
    wijd = Shifted(form=form, processes=3)
    rows = [rows_at(joint, q, b) for q, b in enumerate(coef)]
    los = Parameters(coef=(), phi=np.concatenate([[0.2, -0.1, 0.3], par.phi]), psi=par.psi)

    def log(p):
        return float(client_log_likelihood(joint, passes(joint, rows, wijd, p)).sum())

    def score(p):
        return small_derivatives(joint, wijd, p, passes(joint, rows, wijd, p))[0]

    info = small_derivatives(joint, wijd, los, passes(joint, rows, wijd, los))[1]
    np.testing.assert_allclose(score(los), verschillen(log, los), rtol=0, atol=1e-6)
    np.testing.assert_allclose(info, -verschillen(score, los), rtol=0, atol=1e-5)
    # a shift of all points is a shift of the level of each process
    hoger = shifted(joint, coef, np.array([0.2, -0.1, 0.3]))
    assert log(los) == pytest.approx(log_som(joint, form, replace(par, coef=hoger)), abs=1e-9)


# --- what may change nothing --------------------------------------------------------------------------------------


def test_een_type_is_de_som_van_losse_hazards():
    """Without types the rows before the window fall away, and each hazard is on its own."""
    joint, coef = willekeurig(7, clienten=150)
    los = []
    for process in joint.processes:
        e, houd = process.problem.exposure, ~process.before
        kolommen = {
            k: getattr(e, k)[houd] for k in ("profile", "month", "calendar", "months", "length", "event", "cluster")
        }
        p = process.problem
        na = proces(kolommen, naam="na", oorzaak=1, voor=np.zeros(houd.sum()), profielen=p.profiles, time=p.time)
        los.append((na.problem, fit_hazard(na.problem, 1)))
    een = one_type(joint, coef)
    assert een.converged
    assert een.log_likelihood == pytest.approx(sum(f.log_likelihood for _, f in los), abs=1e-3)
    for b, (_, f) in zip(een.par.coef, los, strict=True):
        np.testing.assert_allclose(b, f.coef, atol=0.02)
    bij_fit = Parameters(coef=tuple(np.array(f.coef) for _, f in los), phi=np.zeros(0), psi=np.zeros(0))
    verwacht = sum(log_likelihood(p, f.coef, 1) for p, f in los)
    assert log_som(joint, een.form, bij_fit) == pytest.approx(verwacht, abs=1e-8)
    np.testing.assert_array_equal(een.shares, [1.0])
    assert een.parameters == sum(joint.sizes)


def test_types_omnummeren_verandert_niets():
    """Another reference type: levels move to it, points and logit coefficients are taken against it."""
    joint, coef = willekeurig(8)
    form, par = parameters(joint, coef, "vrij")
    k = joint.traits.shape[1]
    v, delta = form.points(par.phi), np.vstack([np.zeros(k), form.logit(par.psi, k)])
    orde = [2, 0, 1]
    nieuw_v, nieuw_d = (v - v[2])[orde], (delta - delta[2])[orde]
    psi = np.concatenate([nieuw_d[1:, 0], nieuw_d[1, 1:], nieuw_d[2, 1:2] / nieuw_d[1, 1:2]])
    np.testing.assert_allclose(form.logit(psi, k), nieuw_d[1:], atol=1e-12)
    anders = Parameters(coef=shifted(joint, coef, v[2]), phi=nieuw_v[1:].ravel(), psi=psi)
    a, _, _, both_a = afgeleiden(joint, form, par)
    b, _, _, both_b = afgeleiden(joint, form, anders)
    np.testing.assert_allclose(a, b, atol=1e-10)
    np.testing.assert_allclose(both_a[0].w[:, orde], both_b[0].w, atol=1e-10)
    assert np.abs(both_a[0].w[:, 0] - both_b[0].w[:, 0]).max() > 0.1


def test_volgorde_van_klanten_en_processen_verandert_niets():
    joint, coef = willekeurig(9)
    form, par = parameters(joint, coef, "een_factor")
    log, (score, info), _, _ = afgeleiden(joint, form, par)
    rng = np.random.default_rng(1)
    nieuw = rng.permutation(joint.clients)  # new number of each client
    om = [2, 0, 1]
    processen = []
    for q in om:
        p = joint.processes[q]
        e = p.problem.exposure
        kolommen = {k: getattr(e, k) for k in ("profile", "month", "calendar", "months", "length", "event")}
        kolommen["cluster"] = nieuw[e.cluster]
        processen.append(
            proces(kolommen, naam=p.name, oorzaak=1, voor=p.before, profielen=p.problem.profiles, time=p.problem.time)
        )
    z = np.empty_like(joint.traits)
    z[nieuw] = joint.traits
    ander = join(processen, z)
    par_2 = Parameters(coef=tuple(coef[q] for q in om), phi=np.concatenate([par.phi[:3][om], par.phi[3:]]), psi=par.psi)
    log_2, (score_2, info_2), _, _ = afgeleiden(ander, form, par_2)
    np.testing.assert_allclose(log_2[nieuw], log, atol=1e-11)
    breed = np.arange(sum(joint.sizes)).reshape(3, -1)  # equal sizes
    n = breed.size
    plek = np.concatenate([breed[om].ravel(), n + np.array(om), np.arange(n + 3, score.size)])
    np.testing.assert_allclose(score_2, score[plek], atol=1e-9)
    np.testing.assert_allclose(info_2, info[np.ix_(plek, plek)], atol=1e-8)


def test_een_klant_buiten_de_telling_is_een_fout():
    joint, _ = willekeurig(10)
    with pytest.raises(ValueError, match="numbers clients outside"):
        join(joint.processes, joint.traits[:-1])


# --- known answers ------------------------------------------------------------------------------------------------

KANS, PUNT = 0.35, np.array([1.2, -0.9])  # share of the second type; its shift of both hazards
NIVEAU = np.log([0.15, 0.25])


def binomiale_stad(trekken: int = 6, clienten: int = 20_000):
    """Two processes in which an event can come every month, in the proportions that two types give exactly."""
    telling = [math.comb(trekken, j) for j in range(trekken + 1)]
    kans = np.zeros((trekken + 1, trekken + 1))
    for p, v in ((1 - KANS, np.zeros(2)), (KANS, PUNT)):
        q = -np.expm1(-np.exp(NIVEAU + v))
        los = [np.array([c * a**j * (1 - a) ** (trekken - j) for j, c in enumerate(telling)]) for a in q]
        kans += p * np.outer(*los)
    aantal = np.rint(kans * clienten).astype(int)
    j, k = (a.ravel() for a in np.indices(aantal.shape))
    per_klant = [np.repeat(x, aantal.ravel()) for x in (j, k)]
    n = per_klant[0].size
    processen = []
    for naam, events in zip(("een", "twee"), per_klant, strict=True):
        client = np.concatenate([np.repeat(np.arange(n), events), np.flatnonzero(events < trekken)])
        raak = np.arange(client.size) < events.sum()
        maanden = np.where(raak, 1, trekken - events[client])
        nul = np.zeros(client.size, dtype=int)
        kolommen = {"profile": nul, "month": nul, "calendar": nul, "months": maanden, "length": nul + 1.0}
        kolommen |= {"event": raak.astype(int), "cluster": client}
        processen.append(proces(kolommen, naam=naam, oorzaak=1, voor=nul))
    return join(processen, np.ones((n, 1)))


def test_twee_typen_worden_teruggevonden():
    """Frequencies that follow from two types exactly: the estimate is the truth, and no third type is wanted."""
    joint = binomiale_stad()
    coef = [np.array(fit_hazard(p.problem, 1).coef) for p in joint.processes]
    gezocht = search(joint, coef, [True, False], max_types=3)
    een, twee = gezocht.fits[:2]
    assert twee.converged
    assert not twee.flat
    assert not twee.degenerate
    zwaar = int(np.argmin(twee.shares))  # the labels of the types are arbitrary
    assert twee.shares[zwaar] == pytest.approx(KANS, abs=0.01)
    niveau = np.array([c[0] for c in twee.par.coef])
    np.testing.assert_allclose(niveau + twee.points[1 - zwaar], NIVEAU, atol=0.01)
    np.testing.assert_allclose(twee.points[zwaar] - twee.points[1 - zwaar], PUNT, atol=0.02)
    assert een.bic - twee.bic > 1_000
    assert gezocht.plain is not None
    assert gezocht.plain.log_likelihood == pytest.approx(twee.log_likelihood, abs=1e-3)
    assert all(f.aic > twee.aic for f in gezocht.fits[2:])


def test_verder_vanaf_een_eerdere_uitkomst():
    """From points and probabilities that are off, the same top as the search finds; and no other number of types."""
    joint = binomiale_stad()
    coef = [np.array(fit_hazard(p.problem, 1).coef) for p in joint.processes]
    twee = search(joint, coef, [True, False], max_types=2).fits[1]
    delta = twee.form.logit(twee.par.psi, 1)
    for punten, kans in ((twee.points, delta), (0.6 * twee.points, delta - 0.5)):
        een, weer = resumed(joint, coef, punten, kans)
        assert (een.types, weer.types) == (1, 2)
        assert weer.usable
        assert weer.log_likelihood == pytest.approx(twee.log_likelihood, abs=0.02)
        np.testing.assert_allclose(weer.points, twee.points, atol=0.02)
    assert [f.types for f in resumed(joint, coef, np.zeros((1, 2)), np.zeros((0, 1)))] == [1]


@pytest.mark.parametrize("vorm", ["een_factor", "vrij"])
def test_verder_houdt_de_vorm_van_de_punten(vorm):
    """Points on one line are one factor with its places, others are free; the start is read back exactly."""
    joint, coef = willekeurig(3)
    form, par = parameters(joint, coef, vorm)
    delta = form.logit(par.psi, joint.traits.shape[1])
    gezien = []

    def vang(_joint, _rows, *start):
        gezien.extend(start)
        raise StopIteration

    with pytest.MonkeyPatch.context() as m:
        m.setattr("kompas.models.mixturesearch.inner", vang)
        with pytest.raises(StopIteration):
            resumed(joint, coef, form.points(par.phi), delta)
    gevonden, phi, psi = gezien
    assert type(gevonden) is type(form)
    np.testing.assert_allclose(phi, par.phi, rtol=1e-10)
    np.testing.assert_allclose(psi, par.psi, rtol=1e-10)


def test_een_ruwe_informatie_oordeelt_niet_over_vlak():
    """BFGS keeps the bends of where it began: a candidate must not be refused for them."""
    joint = binomiale_stad(clienten=4_000)
    form = OneFactor(types=2, processes=2)
    start = Parameters(coef=(NIVEAU[:1] + 1.0, NIVEAU[1:] - 1.0), phi=np.array([2.0, -2.0]), psi=np.array([-2.0]))
    ruw = newton(joint, form, start, dropped=np.zeros(0, dtype=np.int64), exact=False)
    precies = newton(joint, form, ruw.par, dropped=np.zeros(0, dtype=np.int64))
    assert ruw.converged
    assert not ruw.flat
    assert precies.usable
    assert ruw.log_likelihood == pytest.approx(precies.log_likelihood, abs=1e-3)


def test_newton_komt_van_ver_op_hetzelfde_punt():
    joint = binomiale_stad(clienten=4_000)
    form = OneFactor(types=2, processes=2)
    uit = []
    for phi, psi in ((np.array([0.6, -0.2]), np.array([0.0])), (np.array([2.0, -2.0]), np.array([-2.0]))):
        start = Parameters(coef=(NIVEAU[:1] + 1.0, NIVEAU[1:] - 1.0), phi=phi, psi=psi)
        rows = [rows_at(joint, q, b) for q, b in enumerate(start.coef)]
        doel, verschuiving, phi_2, psi_2 = inner(joint, rows, form, phi, psi)
        straf = small_penalty(form, phi_2, psi_2, 1)[0]
        binnen = Parameters(coef=shifted(joint, start.coef, verschuiving), phi=phi_2, psi=psi_2)
        assert doel == pytest.approx(log_som(joint, form, binnen) - straf, abs=1e-7)
        fit = newton(joint, form, binnen, dropped=np.zeros(0, dtype=np.int64))
        assert fit.converged
        uit.append(fit)
    assert uit[0].log_likelihood == pytest.approx(uit[1].log_likelihood, abs=1e-3)
    np.testing.assert_allclose(uit[0].points, uit[1].points, atol=0.01)
    _, (score, _), _, _ = afgeleiden(joint, form, uit[0].par)
    assert np.abs(score - penalty(joint, form, uit[0].par)[1]).max() < 0.5


# --- spells begun before the window -------------------------------------------------------------------------------


def fit_van(joint):
    form = OneFactor(types=2, processes=2)
    start = Parameters(coef=(np.array([UIT, EFFECT]), np.array([IN])), phi=np.array([-1.5, 0.9]), psi=np.array([0.0]))
    fit = newton(joint, form, start, dropped=np.zeros(0, dtype=np.int64))
    assert fit.converged
    return fit


def test_voorraad_vraagt_om_de_jaren_voor_het_venster():
    """Those still here at the window differ from those who began: with the conditioning the estimates are the truth.

    Left out, the months before the window turn a gain of half into a loss. Where the model holds, the inverse
    information is the variance of the scores.
    """
    maak = voorraad(1)
    joint = maak(met=True, houd_voor=True)
    fit = fit_van(joint)
    bread, waar = fit.bread, np.array([UIT, EFFECT, IN, *TYPE[1], 0.0])
    se = np.sqrt(np.diag(bread))
    z = (fit.par.flat() - waar) / se
    assert se[1] < 0.08
    assert np.abs(z).max() < 2.8
    _, _, rows, both = afgeleiden(joint, fit.form, fit.par)
    s = scores_van(joint, fit.form, fit.par, rows, both)
    np.testing.assert_allclose(np.sqrt(np.diag(bread @ (s.T @ s) @ bread)), se, rtol=0.12)
    fout = fit_van(maak(met=False, houd_voor=False))
    assert abs(fout.par.coef[0][1] - EFFECT) > 8 * se[1]
