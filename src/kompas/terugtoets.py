"""The backtest: fit up to a day, score who was running, look what happened (rolling origin)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kompas.boosting import Boosting
from kompas.bron import Bestand
from kompas.config import Config
from kompas.fouten import GebruiksFout, GeweigerdFout, KompasError, RekenFout, naaste
from kompas.gebruikelijk import aangenomen_beleid, naar_model, over_beleid
from kompas.herijking import Herijking
from kompas.maatstaven import UITSTROOM, Meting, getroffen, tabellen_van, verdachte_cijfers
from kompas.mededingers import (
    Duur,
    Model,
    PerKenmerk,
    Schatter,
    Scoor,
    Voorspeller,
    Vorige,
    VorigJaar,
)
from kompas.models.calendar import add_months, to_day
from kompas.models.design import Floats
from kompas.perioden import Perioden, maak_perioden, venster
from kompas.schatters import schat_met_starts
from kompas.terugblik import (
    config_op,
    dag_eerder,
    genoeg_venster,
    groepen_op,
    laatste_dag,
    stand_op,
    uitkomst_van,
    zoals_bekend,
)
from kompas.toonbaar import Toonbaar

MEDEDINGERS = ("model", "vorig_jaar", "duur", "boosting", "fasering")
TERUG = (12, 24)  # months before the end of the window
VOORAF = 24  # months that the window must leave before a day of test
MINSTENS = 50  # fewer clients than this are no test
GRENS_FOUTEN = 2.0  # standard errors by which a new model must be worse
TOETSMAAND = 12

Voortgang = Callable[[str, float], None]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Terugtoets(Toonbaar, tabel="scores"):
    """How well each competitor predicted; holds no row about a person.

    Parameters
    ----------
    gemeente : str
    momenten : tuple of date
        Days on which was predicted, latest first.
    horizonnen : tuple of int
        Months ahead.
    mededingers : tuple of str
        Names, the model first.
    scores : DataFrame
        moment, horizon, bestemming (``uitstroom`` = any exit), voorspeller, n, brier, brier_se, auc, verdacht (auc
        over .80), verwacht (mean chance), waargenomen (share), oe, oe_laag, oe_hoog (observed over expected, 95%).
    geintegreerd : DataFrame
        moment, tot (last horizon), bestemming, voorspeller, brier, brier_se: mean Brier score over (0, tot].
    verschillen : DataFrame
        moment, horizon, bestemming, voorspeller, tegen, verschil (Brier of the first less that of ``tegen``:
        negative = the first predicts better), se (paired bootstrap over clients).
    kalibratie : DataFrame
        moment, horizon, bestemming, voorspeller, deciel (1-10), verwacht, waargenomen, n.
    groepen : DataFrame
        moment, horizon, bestemming, voorspeller, kenmerk, niveau, verwacht, waargenomen, n, oe, oe_laag, oe_hoog.
    beleid : DataFrame
        moment, voorspeller, beleid: ``gebruikelijk_beleid`` (instruments go on being started), ``niets_nieuws``
        (nothing new is started), ``waargenomen`` (learnt from what happened, starts included) or ``eigen``.
    telling : DataFrame
        moment, lopend, al_beeindigd (ended, but entered later), zonder_voorspelling, getoetst.
    opmerkingen : tuple of str
        Who did not take part and why; what is suspect.
    """

    gemeente: str
    momenten: tuple[dt.date, ...]
    horizonnen: tuple[int, ...]
    mededingers: tuple[str, ...]
    scores: pd.DataFrame
    geintegreerd: pd.DataFrame
    verschillen: pd.DataFrame
    kalibratie: pd.DataFrame
    groepen: pd.DataFrame
    beleid: pd.DataFrame
    telling: pd.DataFrame
    opmerkingen: tuple[str, ...]


def onthoud(schatter: Callable[..., Herijking], zaad: int) -> Schatter:
    """Estimate each config once: last year's model on one day is the model on an earlier one."""
    bekend: dict[str, Herijking] = {}

    def schat_(bestand: Bestand, config: Config) -> Herijking:
        sleutel = config.model_dump_json()
        if sleutel not in bekend:
            bekend[sleutel] = schatter(bestand, config, zaad=zaad)
        return bekend[sleutel]

    return schat_


def _kies(
    mededingers: Sequence[str | Voorspeller | Herijking], schatter: Schatter, scoor: Scoor, zaad: int
) -> list[Voorspeller]:
    bekend: dict[str, Voorspeller] = {
        "model": Model(schatter=schatter, scoor=scoor),
        "vorig_jaar": VorigJaar(schatter=schatter, scoor=scoor),
        "duur": Duur(),
        "boosting": Boosting(zaad=zaad),
        "fasering": PerKenmerk(kenmerk="fasering"),
    }
    uit: list[Voorspeller] = []
    for m in mededingers:
        if isinstance(m, Herijking):
            uit.append(Vorige(herijking=m, schatter=schatter, scoor=scoor))
        elif isinstance(m, str) and m not in bekend:
            raise GebruiksFout(
                "KMP-T002", f"onbekende mededinger '{m}'.{naaste(m, bekend)} Er is: {', '.join(bekend)}."
            )
        else:
            uit.append(bekend[m] if isinstance(m, str) else m)
    namen = [v.naam for v in uit]
    if not namen or len(set(namen)) < len(namen):
        raise GebruiksFout("KMP-T002", "de terugtoets heeft minstens een mededinger nodig, elk met een eigen naam.")
    return uit


def _momenten(config: Config, momenten: Sequence[dt.date] | None, horizonnen: Sequence[int]) -> list[dt.date]:
    """Days of the test, latest first."""
    if not horizonnen or list(horizonnen) != sorted({h for h in horizonnen if h > 0}):
        raise GebruiksFout("KMP-T008", "horizonnen moet oplopende, positieve maanden bevatten, zoals (3, 6, 12, 24).")
    if momenten is None:
        kans = [dag_eerder(laatste_dag(config), m) for m in TERUG]
        gekozen = [d for d in kans if genoeg_venster(config, d, VOORAF) and _bereik(config, d, horizonnen)]
        if not gekozen:
            raise RekenFout(
                "KMP-T001",
                f"het venster is te kort voor een terugtoets: er zijn {VOORAF} maanden nodig om van te leren en daarna "
                f"{TERUG[0]} maanden om te zien wat er gebeurt. Zet venster_van vroeger als de gegevens dat toelaten.",
            )
        return gekozen
    for d in momenten:
        if not genoeg_venster(config, d, 1) or not _bereik(config, d, horizonnen):
            raise GebruiksFout(
                "KMP-T008",
                f"moment {d} valt niet binnen het venster met nog {min(horizonnen)} maanden erna. Kies een eerdere of "
                "latere dag.",
            )
    return sorted(set(momenten), reverse=True)


def _bereik(config: Config, moment: dt.date, horizonnen: Sequence[int]) -> tuple[int, ...]:
    """The horizons that the window can still judge."""
    nu, tot = np.array([to_day(moment) + 1], dtype=np.int64), venster(config)[1]
    return tuple(h for h in horizonnen if int(add_months(nu, h)[0]) <= tot)


def toets_terug(
    bestand: Bestand,
    config: Config,
    *,
    momenten: Sequence[dt.date] | None = None,
    horizonnen: Sequence[int] = (3, 6, 12, 24),
    mededingers: Sequence[str | Voorspeller | Herijking] = MEDEDINGERS,
    zaad: int = 0,
    schatter: Callable[..., Herijking] = schat_met_starts,
    scoor: Scoor = naar_model,
    trekkingen: int = 200,
    voortgang: Voortgang | None = None,
) -> Terugtoets:
    """Predict from earlier days with what was known then, and compare with what happened.

    Parameters
    ----------
    bestand : Bestand
        Accepted rows.
    config : Config
    momenten : sequence of date, optional
        Days to predict from; 12 and 24 months before the end of the window when absent, as far as the window leaves
        24 months before them.
    horizonnen : sequence of int
        Months ahead; those beyond the window are left out.
    mededingers : sequence
        Names (``model``, ``vorig_jaar``, ``duur``, ``boosting``, ``fasering``), a ``Voorspeller``, or a ``Herijking``
        (an earlier model: ``vorige``). The first is the one that is judged.
    zaad : int
        Seed of the bootstrap, the challenger and the estimation.
    schatter : function (bestand, config, *, zaad) -> Herijking
        How the model is estimated: quickly, with the hazards of entry of one type, unless said otherwise;
        ``kompas.schatters.schatter_zoals(h)`` estimates as the herijking ``h`` was, types included.
    scoor : function (herijking, stand, horizonnen) -> (3, n, H) array
        How a model scores: usual policy where the model knows the hazards of entry and else nothing new (the
        default; ``beleid`` tells which), or always one of the two.
    trekkingen : int
        Bootstrap samples of clients.
    voortgang : function (step, share), optional

    Returns
    -------
    Terugtoets

    Raises
    ------
    RekenFout
        ``KMP-T001`` when the window is too short, ``KMP-T009`` when nobody could be tested.
    GebruiksFout
        ``KMP-T002`` unknown competitor, ``KMP-T008`` a day or horizon that does not fit.

    Notes
    -----
    A competitor that cannot be taught on a day (too few data, trait absent) is left out there; ``opmerkingen`` says
    so. All competitors are judged on the same clients: those for whom each gives a chance.
    """
    stap = voortgang if voortgang is not None else (lambda _s, _d: None)
    dagen = _momenten(config, momenten, horizonnen)
    voorspellers = _kies(mededingers, onthoud(schatter, zaad), scoor, zaad)
    vol = maak_perioden(bestand.uitkeringen, bestand.inzet.iloc[:0], config)
    opmerkingen: list[str] = []
    metingen: list[Meting] = []
    beleid: list[tuple[dt.date, str, str]] = []
    for k, dag in enumerate(dagen):

        def zeg(naam: str, deel: float, k: int = k, dag: dt.date = dag) -> None:
            stap(f"terugtoets {dag:%d-%m-%Y}: {naam}", (k + deel) / len(dagen))

        meting = _meet(
            bestand, config, vol, dag, _bereik(config, dag, horizonnen), voorspellers, opmerkingen, beleid, zeg
        )
        if meting is not None:
            metingen.append(meting)
    if not metingen:
        raise RekenFout("KMP-T009", "de terugtoets leverde geen enkel cijfer op. " + " ".join(opmerkingen))
    stap("terugtoets: maatstaven", 1.0)
    tabellen = tabellen_van(metingen, trekkingen, zaad)
    return Terugtoets(
        gemeente=config.gemeente.naam,
        momenten=tuple(m.moment for m in metingen),
        horizonnen=tuple(sorted({h for m in metingen for h in m.horizonnen})),
        mededingers=tuple(dict.fromkeys(v for m in metingen for v in m.kans)),
        beleid=_beleidtabel(beleid, metingen),
        opmerkingen=(*opmerkingen, *verdachte_cijfers(tabellen["scores"])),
        **tabellen,
    )


def _beleidtabel(rijen: list[tuple[dt.date, str, str]], metingen: list[Meting]) -> pd.DataFrame:
    """The assumptions of those that took part: moment, voorspeller, beleid."""
    mee = {m.moment for m in metingen}
    tabel = pd.DataFrame([r for r in rijen if r[0] in mee], columns=["moment", "voorspeller", "beleid"])
    return tabel.assign(moment=pd.to_datetime(tabel["moment"]))


def _meet(
    bestand: Bestand,
    config: Config,
    vol: Perioden,
    dag: dt.date,
    horizonnen: tuple[int, ...],
    voorspellers: Sequence[Voorspeller],
    opmerkingen: list[str],
    beleid: list[tuple[dt.date, str, str]],
    zeg: Callable[[str, float], None],
) -> Meting | None:
    """Teach and score every competitor on one day; None when there is nothing to judge."""
    stand = stand_op(zoals_bekend(bestand, dag), config_op(config, dag))
    uitkomst = uitkomst_van(stand, vol, bestand, config)
    kans: dict[str, Floats] = {}
    for j, v in enumerate(voorspellers):
        zeg(v.naam, j / len(voorspellers))
        try:
            geleerd = v.leer(stand.bestand, stand.config)
            p = geleerd.kansen(stand, horizonnen)
        except GeweigerdFout:
            raise
        except KompasError as fout:
            opmerkingen.append(f"{dag:%d-%m-%Y}: '{v.naam}' deed niet mee: {fout.bericht}")
            continue
        zonder = np.isnan(p[:, uitkomst.bekend]).any(axis=(0, 2))
        if zonder.size and zonder.mean() > 0.5:
            opmerkingen.append(f"{dag:%d-%m-%Y}: '{v.naam}' deed niet mee: voor meer dan de helft geeft het geen kans.")
            continue
        beleid.append((dag, v.naam, aangenomen_beleid(geleerd)))
        opmerkingen += [f"{dag:%d-%m-%Y}: {zin}" for zin in over_beleid(v.naam, geleerd)]
        kans[v.naam] = np.concatenate([p.sum(axis=0, keepdims=True), p])
    scoort = np.ones(stand.aantal, dtype=bool)
    for p in kans.values():
        scoort &= ~np.isnan(p).any(axis=(0, 2))
    wie = uitkomst.bekend & scoort
    if wie.sum() < MINSTENS or not kans:
        opmerkingen.append(f"{dag:%d-%m-%Y}: minder dan {MINSTENS} klanten te toetsen; dit moment is overgeslagen.")
        return None
    raak, gewicht = getroffen(uitkomst, stand.aow, horizonnen, wie)
    getoetst = int(wie.sum())
    bekend = int(uitkomst.bekend.sum())
    return Meting(
        moment=dag,
        horizonnen=horizonnen,
        kans={naam: p[:, wie] for naam, p in kans.items()},
        raak=raak,
        gewicht=gewicht,
        groepen=groepen_op(stand, wie),
        telling=(stand.aantal, stand.aantal - bekend, bekend - getoetst, getoetst),
    )


# -- what follows from it ------------------------------------------------------------------------------------------


def slechter_dan(t: Terugtoets, nieuw: str = "model", oud: str = "vorige") -> tuple[bool, str]:
    """Tell whether one competitor predicts clearly worse than another, and say so.

    Parameters
    ----------
    t : Terugtoets
    nieuw, oud : str
        Names of competitors.

    Returns
    -------
    (bool, str)
        True when the Brier score for any exit within 12 months, on the latest day that both were tested, is more than
        two bootstrap standard errors of the difference higher; and a Dutch sentence. False without a comparison.
    """
    f = t.verschillen
    paar = (f["voorspeller"] == nieuw) & (f["tegen"] == oud)
    rij = f[paar & (f["horizon"] == TOETSMAAND) & (f["bestemming"] == UITSTROOM)]
    if rij.empty:
        return False, f"'{nieuw}' en '{oud}' zijn niet te vergelijken: geen moment met {TOETSMAAND} maanden erna."
    r = rij.sort_values("moment", kind="stable").iloc[-1]
    verschil, se = float(r["verschil"]), float(r["se"])
    slechter = verschil > GRENS_FOUTEN * se and verschil > 0
    kern = "slechter dan" if slechter else "niet aantoonbaar slechter dan"
    zin = (
        f"'{nieuw}' voorspelt de uitstroom binnen {TOETSMAAND} maanden {kern} '{oud}' (vanaf {r['moment']:%d-%m-%Y}: "
        f"verschil in Brierscore {_getal(verschil)}, standaardfout {_getal(se)})."
    )
    return slechter, zin


def _getal(x: float) -> str:
    return f"{x:.5f}".replace(".", ",")


def vaardigheid(t: Terugtoets, tegen: str = "duur") -> pd.DataFrame:
    """Skill against a competitor: the share by which the Brier score is lower (1 = perfect, 0 = no better).

    Parameters
    ----------
    t : Terugtoets
    tegen : str
        The yardstick.

    Returns
    -------
    DataFrame
        moment, horizon, bestemming, voorspeller, tegen, vaardigheid.

    Raises
    ------
    GebruiksFout
        ``KMP-T002`` when ``tegen`` took no part.
    """
    if tegen not in t.mededingers:
        raise GebruiksFout(
            "KMP-T002",
            f"mededinger '{tegen}' deed niet mee.{naaste(tegen, t.mededingers)} Er is: {', '.join(t.mededingers)}.",
        )
    sleutel = ["moment", "horizon", "bestemming"]
    maat = t.scores[t.scores["voorspeller"] == tegen].set_index(sleutel)["brier"].rename("maat")
    rest = t.scores[t.scores["voorspeller"] != tegen].join(maat, on=sleutel)
    brier, basis = rest["brier"].to_numpy(dtype=np.float64), rest["maat"].to_numpy(dtype=np.float64)
    winst = 1.0 - brier / np.where(basis > 0, basis, np.nan)
    return rest[[*sleutel, "voorspeller"]].assign(tegen=tegen, vaardigheid=winst).reset_index(drop=True)
