"""Method ``selectie``: timing of events, with hazards of exit and of entry into instruments that share types."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kompas.config import BESTEMMINGEN
from kompas.intrede import INTREDE_BANDEN
from kompas.models.bootstrap import weight_block
from kompas.models.design import Floats, Ints
from kompas.models.mixture import (
    Parameters,
    client_log_likelihood,
    passes,
    rows_at,
)
from kompas.models.mixturefit import MixtureFit, inner, newton, shifted
from kompas.models.mixturescore import client_scores
from kompas.opzet import Opzet
from kompas.rijen import Rijen
from kompas.tabellen import Effectrijen
from kompas.typen import Typen, Typenkeuze
from kompas.typenzoek import kandidaten, kies, winst_per_klant
from kompas.wisselwerking import toets_wisselwerking

MINSTE_KLANTEN = 200


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Selectie:
    """What timing of events gives.

    Parameters
    ----------
    fits : DataFrame
        One row per number of types: typen, vorm, log_likelihood, parameters, aic, bic, iteraties, geconvergeerd,
        conditie, kleinste_aandeel, bruikbaar, gekozen, winst_bic (of two types of fixed
        probabilities over one: above zero, types are supported), toets_typen (twice the gain in log likelihood of the
        same).
    gesteund : bool
        Whether more than one type is supported (BIC, with loadings on entry).
    effect, se : (rows,) arrays
        Log effects at the chosen number of types, and their standard errors, the choice included.
    pad, pad_se : (fits, rows) arrays
        The same for each number of types.
    replicaten, replicaten_een : (rows, draws) arrays
        Client bootstrap by scores: each draw with its own choice of the number of types, and always with one type.
    instroom, instroom_se_verschil : (rows,) arrays or None
        Effects on clients that flowed in within the window, and the standard error of the difference.
    keuzes : mapping of int to float
        Share of the draws that chose each number of types.
    typen : Typen
        The chosen model (also when it has one type).
    posterior : (N, M) array
        Weights of the types of each client given all that was seen of him; ``codes`` are the clusters of the panel.
        Not for keeping: a model folder holds nothing about a person.
    clienten, weggelaten : int
        Clients in the fit; spells left out because their history is not known.
    persoonmaanden : float
        Months within the window in the fit.
    uitstromers : tuple of int
        Exits within the window in the fit, by bestemming.
    wisselwerking : DataFrame
        Whether instruments together do what the sum of their effects says, see ``toets_wisselwerking``.
    """

    fits: pd.DataFrame
    gesteund: bool
    effect: Floats
    se: Floats
    pad: Floats
    pad_se: Floats
    replicaten: Floats
    replicaten_een: Floats
    instroom: Floats | None
    instroom_se_verschil: Floats | None
    keuzes: Mapping[int, float]
    typen: Typen
    posterior: Floats
    codes: Ints
    clienten: int
    weggelaten: int
    persoonmaanden: float
    uitstromers: tuple[int, ...]
    wisselwerking: pd.DataFrame


def _naar_gemeen(opzet: Opzet, fit: MixtureFit, breed: int) -> Floats:
    """Coefficients of exits on the common terms, (3, P); nan where nothing was estimated."""
    uit = np.full((len(BESTEMMINGEN), breed), np.nan)
    plek = np.cumsum([0, *opzet.joint.sizes])
    weg = np.zeros(int(plek[-1]), dtype=bool)
    weg[fit.dropped[fit.dropped < plek[-1]]] = True
    for j, c in enumerate(opzet.uitstroom):
        kaart = opzet.kaarten[j]
        mist = (kaart @ weg[plek[j] : plek[j + 1]]) > 0
        uit[c - 1] = np.where(mist, np.nan, kaart @ fit.par.coef[j])
    return uit


def _op_parameters(opzet: Opzet, rijen: Effectrijen, grootte: int) -> Floats:
    """The rows of the effects as weights on all parameters of a fit, (rows, grootte)."""
    plek = np.cumsum([0, *opzet.joint.sizes])
    van_oorzaak = {c - 1: j for j, c in enumerate(opzet.uitstroom)}
    uit = np.zeros((rijen.oorzaak.size, grootte))
    for oorzaak, j in van_oorzaak.items():
        wie = rijen.oorzaak == oorzaak
        uit[wie, plek[j] : plek[j + 1]] = rijen.gewichten[wie] @ opzet.kaarten[j]
    return uit


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Invloed:
    """Per fit: influence of each client on the effects (N, rows), log likelihood per client, sandwich covariance."""

    effect: Floats
    invloed: Floats
    log: Floats
    covariantie: Floats
    posterior: Floats
    voorkennis: Floats  # (rows, p) what one standard deviation of each prior does to the effects

    @property
    def se(self) -> Floats:
        """Standard errors of the effects: clients, and priors as observations of their own."""
        return np.asarray(np.sqrt((self.invloed**2).sum(axis=0) + (self.voorkennis**2).sum(axis=1)))


def _invloed(opzet: Opzet, fit: MixtureFit, rijen: Effectrijen) -> _Invloed:
    joint, bread = opzet.joint, fit.bread
    c = _op_parameters(opzet, rijen, bread.shape[0])
    naar = bread @ c.T
    rows = [rows_at(joint, q, b) for q, b in enumerate(fit.par.coef)]
    both = passes(joint, rows, fit.form, fit.par)
    invloed = np.empty((joint.clients, rijen.oorzaak.size))
    meat = np.zeros_like(bread)
    for part, s in client_scores(joint, fit.form, fit.par, rows, both):
        invloed[part] = s @ naar
        meat += s.T @ s
    ridge = np.zeros(bread.shape[0])
    ridge[: sum(joint.sizes)] = np.concatenate([p.problem.ridge for p in joint.processes])
    meat += np.diag(ridge)
    return _Invloed(
        effect=c @ fit.par.flat(),
        invloed=invloed,
        log=client_log_likelihood(joint, both),
        covariantie=bread @ meat @ bread,
        posterior=both[0].w,
        voorkennis=naar.T * np.sqrt(ridge),
    )


def _gemene_covariantie(opzet: Opzet, klein: Floats, breed: int) -> Floats:
    """Covariance of the exits on the common terms, (3P, 3P)."""
    plek = np.cumsum([0, *opzet.joint.sizes])
    groot = np.zeros((len(BESTEMMINGEN) * breed, klein.shape[0]))
    for j, c in enumerate(opzet.uitstroom):
        groot[(c - 1) * breed : c * breed, plek[j] : plek[j + 1]] = opzet.kaarten[j]
    return np.asarray(groot @ klein @ groot.T)


def _andere_kolommen(fit: MixtureFit, breed: int, kolom: Ints) -> Floats:
    """Free parameters of the logit when its columns are others (-1 = a new one, at zero)."""
    rest = fit.types - 1
    if rest == 0:
        return np.zeros(0)
    psi, k = fit.par.psi, breed - 1
    helling = np.append(0.0, psi[rest : rest + k])
    return np.concatenate([psi[:rest], np.where(kolom > 0, helling[kolom], 0.0)[1:], psi[rest + k :]])


def _instroom(opzet: Opzet, fit: MixtureFit, smal: Opzet) -> MixtureFit:
    """The same number of types on the clients of ``smal``, started at the solution for everybody."""
    rows = [rows_at(smal.joint, q, np.nan_to_num(c)) for q, c in enumerate(smal.coef)]
    dropped = np.flatnonzero(np.isnan(np.concatenate(smal.coef)))
    coef = tuple(np.nan_to_num(c) for c in smal.coef)
    kolom = [opzet.kans.kolommen.index(k) if k in opzet.kans.kolommen else -1 for k in smal.kans.kolommen]
    psi = _andere_kolommen(fit, opzet.joint.traits.shape[1], np.array(kolom))
    _, shift, _, _ = inner(smal.joint, rows, fit.form, fit.par.phi, psi, max_iterations=1)
    start = Parameters(coef=shifted(smal.joint, coef, shift), phi=fit.par.phi, psi=psi)
    return newton(smal.joint, fit.form, start, dropped=dropped)


def schat_selectie(
    opzet: Opzet,
    instroom: Opzet | None,
    r: Rijen,
    r_instroom: Rijen | None,
    rijen: Effectrijen,
    breed: int,
    *,
    codes: Sequence[str],
    vanaf: int,
    zaad: int,
    trekkingen: int,
    keuze: Typenkeuze,
    zeg: Callable[[str], None],
) -> Selectie:
    """Fit timing of events, choose the number of types, and say how sure that is.

    Parameters
    ----------
    opzet, r : Opzet, Rijen
        Everybody whose history is known.
    instroom, r_instroom : optional
        The clients that flowed in within the window; None when everybody did, or too few.
    rijen : Effectrijen
        The rows of the effects.
    breed : int
        Number of common terms P.
    codes : sequence of str
        Instruments, in the order of the config.
    vanaf : int
        First day from which all starts are known.
    zaad, trekkingen : int
        Of the client weights: the same as those of the other methods.
    keuze : Typenkeuze
        How the number of types is found.
    zeg : function
        Progress.
    """
    gevonden = kandidaten(opzet, keuze, zeg)
    fits = gevonden.fits
    aic, bic = np.array([f.aic for f in fits]), np.array([f.bic for f in fits])
    bruikbaar = [f.usable for f in fits]
    gekozen = kies(aic, gevonden.winst, bruikbaar)
    zeg("onzekerheid")
    delen = [_invloed(opzet, f, rijen) for f in fits]
    winst = winst_per_klant(opzet, gevonden)
    replicaten, een, keuzes = _trek(delen, aic, (gevonden.winst, winst), bruikbaar, r.codes, zaad, trekkingen)
    effect = delen[gekozen].effect
    se = np.sqrt(((replicaten - effect[:, None]) ** 2).mean(axis=1))
    fit = fits[gekozen]
    covariantie = _gemene_covariantie(opzet, delen[gekozen].covariantie, breed)
    coef = [_naar_gemeen(opzet, f, breed) for f in fits]
    for j, f in enumerate(coef):
        los = np.nan_to_num(f - coef[gekozen]).ravel()
        covariantie = covariantie + keuzes.get(j + 1, 0.0) * np.outer(los, los)
    binnen, se_verschil = None, None
    if instroom is not None and r_instroom is not None:
        zeg("alleen instroom")
        smal = _instroom(opzet, fit, instroom)
        deel = _invloed(instroom, smal, rijen)
        binnen = deel.effect
        verschil = delen[gekozen].invloed.copy()
        verschil[np.searchsorted(r.codes, r_instroom.codes)] -= deel.invloed
        se_verschil = np.sqrt((verschil**2).sum(axis=0))
    samen = pd.DataFrame()
    if keuze.bewijs:
        zeg("wisselwerking")
        samen = toets_wisselwerking(opzet.joint, opzet.uitstroom, fit, r, codes)
    tabel = pd.DataFrame(
        {
            "typen": [f.types for f in fits],
            "vorm": [type(f.form).__name__ for f in fits],
            "log_likelihood": [f.log_likelihood for f in fits],
            "parameters": [f.parameters for f in fits],
            "aic": aic,
            "bic": bic,
            "iteraties": [f.iterations for f in fits],
            "geconvergeerd": [f.converged for f in fits],
            "conditie": [f.condition for f in fits],
            "kleinste_aandeel": [float(f.shares.min()) for f in fits],
            "bruikbaar": bruikbaar,
            "gekozen": [j == gekozen for j in range(len(fits))],
            "winst_bic": gevonden.winst,
            "toets_typen": gevonden.toets,
        }
    )
    return Selectie(
        fits=tabel,
        gesteund=gekozen > 0,
        effect=effect,
        se=se,
        pad=np.stack([d.effect for d in delen]),
        pad_se=np.stack([d.se for d in delen]),
        replicaten=replicaten,
        replicaten_een=een,
        instroom=binnen,
        instroom_se_verschil=se_verschil,
        keuzes=keuzes,
        typen=_typen(opzet, fit, coef[gekozen], covariantie, vanaf),
        posterior=delen[gekozen].posterior,
        codes=r.codes,
        clienten=opzet.joint.clients,
        weggelaten=r.weggelaten,
        persoonmaanden=float((r.lengte * r.maanden)[~r.voor].sum()),
        uitstromers=tuple(int(((r.event == k + 1) & ~r.voor).sum()) for k in range(len(BESTEMMINGEN))),
        wisselwerking=samen,
    )


def _trek(
    delen: Sequence[_Invloed],
    aic: Floats,
    winst: tuple[float, Floats],
    bruikbaar: Sequence[bool],
    codes: Ints,
    zaad: int,
    trekkingen: int,
) -> tuple[Floats, Floats, dict[int, float]]:
    """Client bootstrap by scores; each draw chooses the number of types anew."""
    los = np.zeros((len(delen), delen[0].effect.size, trekkingen))
    log = np.zeros((len(delen), trekkingen))
    bic = np.full(trekkingen, winst[0])
    stap = 20_000
    for a in range(0, codes.size, stap):
        mijn = codes[a : a + stap]
        gewicht = weight_block(int(mijn[0]), int(mijn[-1]) + 1, trekkingen, zaad)[mijn - mijn[0]] - 1.0
        for j, d in enumerate(delen):
            los[j] += d.invloed[a : a + stap].T @ gewicht
            log[j] += d.log[a : a + stap] @ gewicht
        bic += winst[1][a : a + stap] @ gewicht
    toeval = np.random.default_rng([zaad, trekkingen])  # priors vary as observations do
    trek = toeval.standard_normal((max(d.voorkennis.shape[1] for d in delen), trekkingen))
    for j, d in enumerate(delen):
        los[j] += d.voorkennis @ trek[: d.voorkennis.shape[1]]
    keus = np.array([kies(aic - 2 * log[:, b], float(bic[b]), bruikbaar) for b in range(trekkingen)])
    effect = np.stack([d.effect for d in delen])
    uit = effect[keus].T + los[keus, :, np.arange(trekkingen)].T
    aandeel = {int(j) + 1: float(np.mean(keus == j)) for j in np.unique(keus)}
    return np.asarray(uit), effect[0][:, None] + los[0], aandeel


def _typen(opzet: Opzet, fit: MixtureFit, coef: Floats, covariantie: Floats, vanaf: int) -> Typen:
    n_uit = len(opzet.uitstroom)
    punten = np.zeros((fit.types, len(BESTEMMINGEN) + len(opzet.intreden)))
    for j, c in enumerate(opzet.uitstroom):
        punten[:, c - 1] = fit.points[:, j]
    punten[:, len(BESTEMMINGEN) :] = fit.points[:, n_uit:]
    intrede = {
        i.code: kaart @ b
        for i, kaart, b in zip(opzet.intreden, opzet.kaarten[n_uit:], fit.par.coef[n_uit:], strict=True)
    }
    return Typen(
        punten=punten,
        coef=coef,
        covariantie=covariantie,
        intrede_termen={i.code: i.termen for i in opzet.intreden},
        intrede_coef=intrede,
        intrede_banden=INTREDE_BANDEN,
        tot_maand={i.code: i.tot_maand for i in opzet.intreden},
        bekend_vanaf=vanaf,
        kans=opzet.kans,
        delta=fit.form.logit(fit.par.psi, opzet.joint.traits.shape[1]),
        aandelen=fit.shares,
    )
