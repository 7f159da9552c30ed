"""The tables of a recalibration: effects, coefficients, fit, calibration, support (contract 5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from kompas.config import BESTEMMINGEN, Config, Instrument
from kompas.kenmerken import STARTBANDEN, Bronwaarden, Interactie, Kenmerk, effectgroepen
from kompas.models.design import Floats, Ints
from kompas.models.hazard import HazardFit, Problem, cell_hazard, cumulative
from kompas.models.timedesign import band_of
from kompas.panel import Panel
from kompas.perioden import Perioden

METHODE = "waargenomen"
Z95 = 1.959963984540054
MINIMUM = 10  # fewer deployments than this give no support
MINIMUM_UITSTROOM = 5  # fewer exits than this are no estimate


def coefficiententabel(termen: Sequence[str], coef: Floats, covariantie: Floats) -> pd.DataFrame:
    """Baseline, traits and calendar per bestemming: bestemming, term, methode, log_effect, se.

    Terms that could not be estimated have empty values; instruments stand in the effects.
    """
    breed = len(termen)
    se = np.sqrt(np.maximum(np.diag(covariantie), 0.0))
    rijen = [
        (naam, term, METHODE, coef[k, j], se[k * breed + j] if not np.isnan(coef[k, j]) else np.nan)
        for k, naam in enumerate(BESTEMMINGEN)
        for j, term in enumerate(termen)
        if not term.startswith("inzet:")
    ]
    return pd.DataFrame(rijen, columns=["bestemming", "term", "methode", "log_effect", "se"])


def glancetabel(fits: Sequence[HazardFit | None], persoonmaanden: float) -> pd.DataFrame:
    """One row per bestemming: bestemming, methode, persoonmaanden, gebeurtenissen, log_likelihood, typen.

    ``persoonmaanden`` is the sum of the lengths d of all pieces: parts of months count as parts.
    """
    rijen = [
        (naam, METHODE, persoonmaanden, f.events if f else 0, f.log_likelihood if f else np.nan, 1)
        for naam, f in zip(BESTEMMINGEN, fits, strict=True)
    ]
    return pd.DataFrame(
        rijen, columns=["bestemming", "methode", "persoonmaanden", "gebeurtenissen", "log_likelihood", "typen"]
    )


def _inzetten(panel: Panel, code: str, in_fase: npt.NDArray[np.bool_]) -> int:
    """How many different deployments stand behind these rows."""
    return int(np.unique(panel.inzet[code][in_fase]).size) if code in panel.inzet else 0


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Effectrijen:
    """The rows of the effects before any method: keys, and the columns whose sum is each effect.

    Parameters
    ----------
    sleutels : DataFrame
        instrument, fase, bestemming, groep, inzetten, gebeurtenissen.
    gewichten : (rows, P) array
        Weights on the terms of the hazard of ``bestemming``.
    oorzaak : (rows,) int
        Index of the bestemming.
    """

    sleutels: pd.DataFrame
    gewichten: Floats
    oorzaak: Ints

    @property
    def weinig(self) -> npt.NDArray[np.bool_]:
        """Rows with too few deployments or exits behind them."""
        s = self.sleutels
        weinig = (s["gebeurtenissen"] < MINIMUM_UITSTROOM) | (s["inzetten"] < MINIMUM)
        return np.asarray(weinig, dtype=np.bool_)


def effectrijen(
    panel: Panel,
    config: Config,
    kenmerken: Sequence[Kenmerk],
    interacties: Sequence[Interactie],
    termen: Sequence[str],
) -> Effectrijen:
    """Lay out one row per instrument x fase x groep x bestemming.

    ``allen`` is the log effect averaged over treated exposure: the common effect plus the deviations per group,
    weighted by the months that treated clients of each group spent in that phase.
    """
    plek = {t: j for j, t in enumerate(termen)}
    per_naam = effectgroepen(kenmerken)
    e = panel.exposure
    gewicht = e.length * e.months
    rijen: list[tuple[object, ...]] = []
    gewichten: list[Floats] = []
    for ins in config.instrument:
        fase = np.asarray(panel.profielen[f"inzet:{ins.code}"], dtype=np.int64)[e.profile]
        groepen: list[tuple[str, npt.NDArray[np.bool_] | None]] = [("allen", None)]
        for naam in config.model.effect_per:
            kolom = f"startduur:{ins.code}" if naam == "duur" else naam
            code = np.asarray(panel.profielen[kolom], dtype=np.int64)[e.profile]
            groepen += [(f"{naam}={v}", code == g) for g, v in enumerate(per_naam[naam].niveaus)]
        for groep, wie in groepen:
            ok = np.ones(fase.size, dtype=bool) if wie is None else wie
            for f, fasenaam in enumerate(ins.fasen):
                in_fase = ok & (fase == f)
                inzetten = _inzetten(panel, ins.code, in_fase)
                vector = _combinatie(ins, fasenaam, groep, interacties, per_naam, plek, panel, in_fase, gewicht)
                for k, bestemming in enumerate(BESTEMMINGEN):
                    exits = int(np.sum(in_fase & (e.event == k + 1)))
                    rijen.append((ins.code, fasenaam, bestemming, groep, inzetten, exits))
                    gewichten.append(vector)
    kolommen = ["instrument", "fase", "bestemming", "groep", "inzetten", "gebeurtenissen"]
    tabel = pd.DataFrame(rijen, columns=kolommen).astype({"inzetten": np.int64, "gebeurtenissen": np.int64})
    return Effectrijen(
        sleutels=tabel,
        gewichten=np.array(gewichten, dtype=np.float64).reshape(len(tabel), len(plek)),
        oorzaak=np.arange(len(tabel), dtype=np.int64) % len(BESTEMMINGEN),
    )


def waargenomen_effecten(r: Effectrijen, coef: Floats, covariantie: Floats) -> tuple[Floats, Floats]:
    """Log effects and standard errors of method ``waargenomen``, one per row."""
    paren = [_schatting(v, coef[k], covariantie, int(k)) for v, k in zip(r.gewichten, r.oorzaak, strict=True)]
    uit = np.array(paren, dtype=np.float64).reshape(-1, 2)
    return uit[:, 0], uit[:, 1]


def _combinatie(
    ins: Instrument,
    fase: str,
    groep: str,
    interacties: Sequence[Interactie],
    per_naam: dict[str, Kenmerk],
    plek: dict[str, int],
    panel: Panel,
    in_fase: npt.NDArray[np.bool_],
    gewicht: Floats,
) -> Floats:
    """Weights on the columns whose sum is the effect of this phase in this group."""
    vector = np.zeros(len(plek))
    vector[plek[f"inzet:{ins.code}={fase}"]] = 1.0
    for i in interacties:
        if (i.instrument, i.fase) != (ins.code, fase):
            continue
        niveaus = per_naam[i.kenmerk].niveaus
        code = np.asarray(panel.profielen[i.kolom], dtype=np.int64)[panel.exposure.profile]
        deel = np.bincount(code[in_fase], gewicht[in_fase], len(niveaus)) if in_fase.any() else np.zeros(len(niveaus))
        if groep.startswith(f"{i.kenmerk}="):
            deel = np.array([float(f"{i.kenmerk}={v}" == groep) for v in niveaus])
        totaal = deel.sum()
        for v, d in zip(niveaus, deel, strict=True):
            vector[plek[f"{i.naam}={v}"]] = d / totaal if totaal > 0 else 0.0
    return vector


def _schatting(vector: Floats, coef: Floats, covariantie: Floats, k: int) -> tuple[float, float]:
    """Log effect and standard error of a combination; the prior (0, sd 1) where nothing could be estimated."""
    breed = coef.size
    if np.isnan(coef[vector != 0]).any():
        return 0.0, 1.0
    blok = covariantie[k * breed : (k + 1) * breed, k * breed : (k + 1) * breed]
    variantie = float(vector @ blok @ vector)
    return float(vector @ np.nan_to_num(coef)), float(np.sqrt(max(variantie, 0.0)))


def _verwachte_uitstroom(probleem: Problem, cel: Floats, relatief: Floats) -> Floats:
    """Sum of 1 - exp(-u) over the months of each row, by its series in u (monthly hazards are small)."""
    uit = np.zeros(relatief.size)
    teken, faculteit = 1.0, 1.0
    for macht in range(1, 7):
        faculteit *= macht
        som = cumulative(probleem.lexis, cel**macht)
        uit += teken / faculteit * relatief**macht * (som[probleem.lexis.stop] - som[probleem.lexis.start])
        teken = -teken
    return np.asarray(np.clip(uit, 0.0, probleem.exposure.months), dtype=np.float64)


def kalibratietabel(probleem: Problem, coef: Floats) -> pd.DataFrame:
    """Expected against realised exits by decile of the fitted hazard: bestemming, deciel, verwacht, waargenomen, n.

    ``verwacht`` and ``waargenomen`` are exits per person-month on the data of the fit; ``n`` is person-months.
    """
    e = probleem.exposure
    p_z = probleem.time.size
    maanden = e.length * e.months
    rijen = []
    for k, naam in enumerate(BESTEMMINGEN):
        if np.isnan(coef[k]).all():
            continue
        beta = np.nan_to_num(coef[k])
        cel = cell_hazard(probleem, beta[:p_z])
        relatief = np.exp(probleem.profiles.matrix @ beta[p_z:])[e.profile] * e.length
        verwacht = _verwachte_uitstroom(probleem, cel, relatief)
        orde: Ints = np.argsort(verwacht / maanden, kind="stable")
        op = np.cumsum(maanden[orde])
        deciel = np.minimum((op - maanden[orde] / 2) / op[-1] * 10, 9.999).astype(np.int64)
        raak = (e.event == k + 1)[orde].astype(np.float64)
        n = np.bincount(deciel, maanden[orde], 10)
        hoop = np.where(n > 0, n, np.nan)
        kolom = (np.bincount(deciel, verwacht[orde], 10) / hoop, np.bincount(deciel, raak, 10) / hoop, n)
        rijen += [(naam, d + 1, kolom[0][d], kolom[1][d], kolom[2][d]) for d in range(10)]
    return pd.DataFrame(rijen, columns=["bestemming", "deciel", "verwacht", "waargenomen", "n"])


def steuntabel(
    panel: Panel, perioden: Perioden, config: Config, kenmerken: Sequence[Kenmerk], bron: Bronwaarden
) -> pd.DataFrame:
    """Where the data support a statement about a start: instrument, kenmerk, niveau, voldoende.

    ``voldoende`` is true with at least ten deployments started by clients of that level (or, for ``duur``, within that
    band of elapsed months). Counts themselves are not kept.
    """
    del perioden
    rijen = []
    for k, ins in enumerate(config.instrument):
        eigen = panel.inzetten[panel.inzetten["instrument"] == k]
        spell, dag = eigen["spell"].to_numpy(dtype=np.int64), eigen["start"].to_numpy(dtype=np.int64)
        for kenmerk in kenmerken:
            if kenmerk.soort == "numeriek":
                continue
            code = np.asarray(kenmerk.codeer(bron.waarde(kenmerk.naam, spell, dag)), dtype=np.int64)
            aantal = np.bincount(code[code >= 0], minlength=len(kenmerk.niveaus))
            rijen += [
                (ins.code, kenmerk.naam, v, bool(a >= MINIMUM)) for v, a in zip(kenmerk.niveaus, aantal, strict=True)
            ]
        band = band_of(eigen["maand"].to_numpy(dtype=np.int64), STARTBANDEN)
        aantal = np.bincount(band, minlength=len(STARTBANDEN) + 1)
        rijen += [(ins.code, "duur", str(b), bool(a >= MINIMUM)) for b, a in enumerate(aantal)]
    return pd.DataFrame(rijen, columns=["instrument", "kenmerk", "niveau", "voldoende"])


def kostentabel(panel: Panel, config: Config) -> pd.DataFrame:
    """Cost per deployment: the price in the config, else the mean of the recorded costs, else unknown.

    Columns: instrument, kosten (nan unknown), herkomst (config, registratie, onbekend), bekend (share with a cost).
    """
    rijen = []
    for k, ins in enumerate(config.instrument):
        eigen = panel.inzetten.loc[panel.inzetten["instrument"] == k, "kosten"]
        bekend = float(eigen.notna().mean()) if len(eigen) else 0.0
        if ins.kosten is not None:
            rijen.append((ins.code, ins.kosten, "config", bekend))
        elif eigen.notna().sum() >= 10:
            rijen.append((ins.code, float(eigen.mean()), "registratie", bekend))
        else:
            rijen.append((ins.code, np.nan, "onbekend", bekend))
    return pd.DataFrame(rijen, columns=["instrument", "kosten", "herkomst", "bekend"])
