"""The recalibration: accepted rows and a config to a fitted, frozen model with its tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from kompas.bron import REGELS, Bestand
from kompas.config import BESTEMMINGEN, Config
from kompas.driftstand import datastand
from kompas.fouten import GebruiksFout, RekenFout, naaste
from kompas.gegevens import Gegevens
from kompas.historie import bronwaarden_van
from kompas.kanttekeningen import kanttekeningen
from kompas.kenmerken import (
    Bronwaarden,
    Interactie,
    Kenmerk,
    effectgroepen,
    gevraagd,
    leer_kenmerken,
    relevante_leeftijden,
)
from kompas.klantprofiel import profieltabel
from kompas.methoden import METHODEN, vergelijk_methoden
from kompas.models.design import Floats, Ints, readonly
from kompas.models.hazard import prepare
from kompas.models.timedesign import TimeSpec, make_spec, make_time_design
from kompas.panel import maak_panel, overal_meteen
from kompas.perioden import Perioden, maak_perioden, op_volgorde, venster
from kompas.prior import Prior, gewicht_van, maak_prior
from kompas.schatting import gezamenlijk, ontwerp, schat_oorzaak
from kompas.tabellen import coefficiententabel, glancetabel, kalibratietabel, kostentabel, steuntabel
from kompas.tijdlijn import Tijdlijn
from kompas.toonbaar import Toonbaar
from kompas.typen import ZOEK, Typen, Typenkeuze
from kompas.uitstroom import incidentietabel, terugvaltabel


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Herijking(Toonbaar):
    """A fitted model and everything that is written about it; holds no row about a person.

    Parameters
    ----------
    config : Config
        The configuration that was used.
    zaad : int
        Seed (this method draws nothing; it is recorded).
    kenmerken : tuple of Kenmerk
        Traits with levels and references as learnt.
    interacties : tuple of Interactie
        Effects that may differ by group, shrunk towards the common effect.
    tijd : TimeSpec
        Bands of duration, season, trend.
    termen : tuple of str
        Names of the P columns, the same for every bestemming.
    coef : (3, P) array
        Log hazards by bestemming (order of ``BESTEMMINGEN``); nan where nothing could be estimated.
    covariantie : (3P, 3P) array
        Clustered by client, over all bestemmingen together.
    effecten, coefficienten, glance : DataFrame
        As in the contract.
    typen : Typen or None
        Unobserved types and hazards of entry, of method ``selectie``.
    gesteund : bool
        Whether the meters use the types.
    meter_coef, meter_covariantie : arrays
        What the meters compute with, of the preferred methods: (3, P), (3P, 3P); log hazards at the first type.
    fits, typenpad, overlap, overleving, gewichten, toetsen, kracht : DataFrame
        What stands behind the verdicts; empty for methods that were not run.
    datastand : DataFrame
        Counts of the data, to compare next year's delivery with.
    kalibratie, uitstroom, terugval, steun, kosten : DataFrame
        Expected against realised exits; cumulative incidence; returns; support; cost per instrument.
    profielen : DataFrame
        Counts of the running caseload by combinations of traits, at least ten clients each.
    telling, weglatingen, bevindingen : DataFrame
        What went in, what was left out, what was found.
    waarschuwingen : tuple of str
        Dutch sentences to be shown with every result.
    bestanden : tuple of (str, str)
        Input files and their sha256.
    """

    config: Config
    zaad: int
    kenmerken: tuple[Kenmerk, ...]
    interacties: tuple[Interactie, ...]
    tijd: TimeSpec
    termen: tuple[str, ...]
    coef: Floats
    covariantie: Floats
    effecten: pd.DataFrame
    coefficienten: pd.DataFrame
    glance: pd.DataFrame
    typen: Typen | None
    gesteund: bool
    meter_coef: Floats
    meter_covariantie: Floats
    fits: pd.DataFrame
    typenpad: pd.DataFrame
    overlap: pd.DataFrame
    overleving: pd.DataFrame
    gewichten: pd.DataFrame
    toetsen: pd.DataFrame
    kracht: pd.DataFrame
    datastand: pd.DataFrame
    kalibratie: pd.DataFrame
    uitstroom: pd.DataFrame
    terugval: pd.DataFrame
    steun: pd.DataFrame
    profielen: pd.DataFrame
    kosten: pd.DataFrame
    telling: pd.DataFrame
    weglatingen: pd.DataFrame
    bevindingen: pd.DataFrame
    waarschuwingen: tuple[str, ...]
    bestanden: tuple[tuple[str, str], ...]

    def __post_init__(self) -> None:
        for veld in ("coef", "covariantie", "meter_coef", "meter_covariantie"):
            object.__setattr__(self, veld, readonly(getattr(self, veld), np.float64))

    def to_frame(self) -> pd.DataFrame:
        """The effects: one row per instrument x fase x bestemming x groep x methode."""
        return self.effecten.copy()


Voortgang = Callable[[str, float], None]


def _niets(stap: str, deel: float) -> None:
    """Default progress: silence."""


def _controleer_effect_per(config: Config, kenmerken: Sequence[Kenmerk]) -> None:
    bekend = effectgroepen(kenmerken)
    for naam in config.model.effect_per:
        if naam not in bekend:
            raise GebruiksFout(
                "KMP-C022",
                f"effect_per noemt '{naam}', maar dat is geen gebruikt kenmerk.{naaste(naam, bekend)} "
                "Zet het ook in [kenmerken] gebruik.",
            )
        if bekend[naam].soort == "numeriek":
            raise GebruiksFout(
                "KMP-C023",
                f"effect_per noemt '{naam}', een getal. Geef het banden: [kenmerken] banden.{naam} = [...].",
            )


def _eerste_dag(perioden: Perioden, config: Config) -> tuple[Ints, Ints]:
    """Spells that overlap the window, each with its first day there."""
    van, tot = venster(config)
    begin, eind = perioden.spells["begin"].to_numpy(), perioden.spells["eind"].to_numpy()
    spell = np.flatnonzero((eind > van) & (begin < tot))
    return spell, np.maximum(begin[spell], van)


def _leer(
    bestand: Bestand, config: Config, perioden: Perioden
) -> tuple[Bronwaarden, list[Tijdlijn], tuple[Kenmerk, ...]]:
    """Values of the traits in use, their changes in time, and what was learnt of each.

    Raises
    ------
    GebruiksFout
        ``KMP-C020`` to ``KMP-C023``.
    """
    historie = bestand.kenmerken_historie
    namen = gevraagd(config, list(bestand.uitkeringen.columns), list(historie["kenmerk"].unique()))
    namen = tuple(n for n in namen if n not in config.kenmerken.alleen_voorspelling)
    bron, stappen = bronwaarden_van(namen, perioden, bestand.uitkeringen, historie)
    kenmerken = leer_kenmerken(namen, bron, *_eerste_dag(perioden, config), config)
    _controleer_effect_per(config, kenmerken)
    return bron, stappen, kenmerken


def controleer_kenmerken(bestand: Bestand, config: Config) -> None:
    """Refuse traits that a herijking of these data would refuse, before anything is estimated.

    Parameters
    ----------
    bestand : Bestand
        Accepted rows.
    config : Config

    Raises
    ------
    GebruiksFout
        ``KMP-C020`` to ``KMP-C023`` for traits that do not fit the data.
    """
    bestand = replace(bestand, uitkeringen=op_volgorde(bestand.uitkeringen))
    _leer(bestand, config, maak_perioden(bestand.uitkeringen, bestand.inzet, config))


def schat(
    bestand: Bestand,
    config: Config,
    *,
    zaad: int = 0,
    methoden: Sequence[str] = METHODEN,
    vorige: Herijking | None = None,
    keuze: Typenkeuze = ZOEK,
    voortgang: Voortgang = _niets,
) -> Herijking:
    """Estimate the hazards of exit and the effects of every instrument.

    Parameters
    ----------
    bestand : Bestand
        Accepted rows.
    config : Config
    zaad : int
        Of the client bootstrap.
    methoden : sequence of str
        ``waargenomen`` is always there; ``landmark`` and ``selectie`` can be left out where only predictions matter.
    vorige : Herijking, optional
        Last year's model: its parameters are a prior when ``[model] prior_vorige`` says so.
    keuze : Typenkeuze
        How ``selectie`` finds the number of unobserved types.
    voortgang : function (step, share)
        Called as the work goes on.

    Returns
    -------
    Herijking

    Raises
    ------
    RekenFout
        ``KMP-M001`` when a hazard cannot be estimated, ``KMP-M002`` without exposure, ``KMP-M003``
        without any exit.
    GebruiksFout
        ``KMP-C020`` to ``KMP-C023`` for traits that do not fit the data.
    """
    voortgang("perioden", 0.0)
    bestand = replace(bestand, uitkeringen=op_volgorde(bestand.uitkeringen))
    uitkeringen = bestand.uitkeringen
    perioden = maak_perioden(uitkeringen, bestand.inzet, config)
    bron, stappen, kenmerken = _leer(bestand, config, perioden)

    def kenmerkfunctie(spell: Ints, dag: Ints) -> Mapping[str, npt.NDArray[np.generic]]:
        return {k.naam: k.codeer(bron.waarde(k.naam, spell, dag)) for k in kenmerken}

    leeftijden = relevante_leeftijden(kenmerken)
    panel = maak_panel(
        perioden,
        uitkeringen,
        config,
        kenmerken=kenmerkfunctie,
        tijdlijnen=stappen,
        leeftijden=leeftijden,
        voortgang=lambda deel: voortgang("blootstelling", deel),
    )
    e = panel.exposure
    if e.profile.size == 0:
        raise RekenFout("KMP-M002", "geen enkele periode valt in het venster. Controleer venster_van en peildatum.")
    if not (e.event > 0).any():
        raise RekenFout(
            "KMP-M003",
            "in het venster stroomt niemand uit, dus er valt geen kans te schatten. Controleer einddatum, reden_einde "
            "en venster_van.",
        )
    tijd = make_spec(
        config.model.duurbanden, config.model.kalender, int(e.calendar.min()), int((e.calendar + e.months).max()) - 1
    )
    interacties = tuple(
        Interactie(instrument=i.code, fase=f, kenmerk=k)
        for i in config.instrument
        for f in i.fasen
        for k in config.model.effect_per
    )
    profielen = ontwerp(config, kenmerken, interacties, panel.profielen, zwak=overal_meteen(panel, perioden, config))
    basis = prepare(e, profielen, make_time_design(tijd))
    prior = _prior(config, vorige, kenmerken)
    oorzaken = []
    for k, naam in enumerate(BESTEMMINGEN):
        voortgang(f"schatting {naam}", k / len(BESTEMMINGEN))
        oorzaken.append(schat_oorzaak(panel, basis, tijd, k + 1, prior=prior))
    voortgang("onzekerheid", 0.0)
    coef, covariantie = gezamenlijk(oorzaken)
    termen = basis.names
    gegevens = Gegevens(
        panel=panel,
        perioden=perioden,
        uitkeringen=uitkeringen,
        config=config,
        kenmerken=kenmerken,
        interacties=interacties,
        tijd=tijd,
        basis=basis,
        oorzaken=oorzaken,
        coef=coef,
        covariantie=covariantie,
        kenmerkfunctie=kenmerkfunctie,
        tijdlijnen=stappen,
        leeftijden=leeftijden,
    )
    m = vergelijk_methoden(gegevens, methoden=methoden, zaad=zaad, keuze=keuze, voortgang=voortgang)
    voortgang("tabellen", 0.0)
    glance = glancetabel([o.fit for o in oorzaken], float((e.length * e.months).sum()))
    waarschuwingen = (*kanttekeningen(config, kenmerken, oorzaken, panel, m), *m.waarschuwingen)
    if prior is not None:
        waarschuwingen = (prior.zin(), *waarschuwingen)
    return Herijking(
        config=config,
        zaad=zaad,
        kenmerken=kenmerken,
        interacties=interacties,
        tijd=tijd,
        termen=termen,
        coef=coef,
        covariantie=covariantie,
        effecten=m.effecten,
        coefficienten=_onder_elkaar(coefficiententabel(termen, coef, covariantie), m.coefficienten),
        glance=_onder_elkaar(glance, m.glance),
        typen=m.typen,
        gesteund=m.gesteund,
        meter_coef=m.coef,
        meter_covariantie=m.covariantie,
        fits=m.fits,
        typenpad=m.typenpad,
        overlap=m.overlap,
        overleving=m.overleving,
        gewichten=m.gewichten,
        toetsen=m.toetsen,
        kracht=m.kracht,
        datastand=datastand(bestand, perioden, config),
        kalibratie=kalibratietabel(basis, coef),
        uitstroom=incidentietabel(perioden, uitkeringen, config),
        terugval=terugvaltabel(perioden, uitkeringen, config),
        steun=steuntabel(panel, perioden, config, kenmerken, bron),
        profielen=profieltabel(perioden, uitkeringen, config, kenmerken, bron),
        kosten=kostentabel(panel, config),
        telling=bestand.telling,
        weglatingen=panel.weglatingen,
        bevindingen=_bevindingen(bestand),
        waarschuwingen=waarschuwingen,
        bestanden=bestand.bestanden,
    )


def _onder_elkaar(eerst: pd.DataFrame, dan: pd.DataFrame) -> pd.DataFrame:
    """Rows of a second table below those of the first, with the types of the first."""
    return pd.concat([eerst, dan.astype(eerst.dtypes)], ignore_index=True) if len(dan) else eerst


def _prior(config: Config, vorige: Herijking | None, kenmerken: tuple[Kenmerk, ...]) -> Prior | None:
    """Last year's parameters as a prior, when the config asks for it."""
    if not config.model.prior_vorige:
        return None
    if vorige is None:
        raise GebruiksFout(
            "KMP-C024",
            "prior_vorige staat aan, maar er is geen vorige herijking gegeven. Voeg --vorige MAP toe of zet "
            "[model] prior_vorige = false.",
        )
    return maak_prior(
        vorige.termen,
        vorige.coef,
        vorige.covariantie,
        vorige.kenmerken,
        kenmerken,
        gewicht=gewicht_van(vorige.config, config),
    )


def _bevindingen(bestand: Bestand) -> pd.DataFrame:
    """Findings summed per rule: no row, no value, nothing about a person."""
    tabel = bestand.bevindingen.to_frame()
    per = tabel.groupby(["regel", "ernst"], sort=True)["aantal"].sum().reset_index()
    tekst = {code: (REGELS[code].omschrijving, REGELS[code].wat_te_doen) for code in per["regel"]}
    return per.assign(
        bericht=[tekst[r][0] for r in per["regel"]],
        wat_te_doen=[tekst[r][1] for r in per["regel"]],
    )
