"""The recalibration: accepted rows and a config to a fitted, frozen model with its tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from kompas.bron import REGELS, Bestand
from kompas.config import BESTEMMINGEN, Config
from kompas.fouten import GebruiksFout, RekenFout, naaste
from kompas.kenmerken import (
    Bronwaarden,
    Interactie,
    Kenmerk,
    gevraagd,
    leer_kenmerken,
    maak_bronwaarden,
    numeriek,
    relevante_leeftijden,
)
from kompas.models.calendar import days_of
from kompas.models.covariance import clustered_covariance
from kompas.models.design import Factor, Floats, Ints, Profiles, make_profiles, readonly
from kompas.models.hazard import HazardFit, NotEstimableError, Problem, fit_hazard, prepare
from kompas.models.timedesign import TimeSpec, band_of, make_spec, make_time_design
from kompas.panel import Panel, Tijdlijn, deel_tijdlijn, maak_panel, maak_tijdlijn
from kompas.perioden import OPEN, Perioden, maak_perioden, venster
from kompas.tabellen import coefficiententabel, effectentabel, glancetabel, kalibratietabel, steuntabel
from kompas.toonbaar import Toonbaar
from kompas.uitstroom import incidentietabel, terugvaltabel

SELECTIE = (
    "Alle effecten zijn alleen gecorrigeerd voor waargenomen kenmerken. Wie een instrument krijgt is gekozen: "
    "verschillen die niet in de gegevens staan, kunnen de cijfers vertekenen."
)
PRIOR_ZONDER_EXIT = 1.0  # precision (standard deviation 1) for a level without any exit by a cause
PRIOR_START = 4.0  # first precision of the deviations per group, before it is learnt
EB_RONDEN = 3  # rounds in which the spread of the deviations is learnt


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
    kalibratie, uitstroom, terugval, steun, kosten : DataFrame
        Expected against realised exits; cumulative incidence; returns; support; cost per instrument.
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
    kalibratie: pd.DataFrame
    uitstroom: pd.DataFrame
    terugval: pd.DataFrame
    steun: pd.DataFrame
    kosten: pd.DataFrame
    telling: pd.DataFrame
    weglatingen: pd.DataFrame
    bevindingen: pd.DataFrame
    waarschuwingen: tuple[str, ...]
    bestanden: tuple[tuple[str, str], ...]

    def __post_init__(self) -> None:
        for veld in ("coef", "covariantie"):
            object.__setattr__(self, veld, readonly(getattr(self, veld), np.float64))

    def to_frame(self) -> pd.DataFrame:
        """The effects: one row per instrument x fase x bestemming x groep x methode."""
        return self.effecten.copy()


Voortgang = Callable[[str, float], None]


def _niets(stap: str, deel: float) -> None:
    """Default progress: silence."""


def historie_lijnen(
    historie: pd.DataFrame, perioden: Perioden, uitkeringen: pd.DataFrame
) -> tuple[dict[str, tuple[Tijdlijn, npt.NDArray[np.generic]]], list[Tijdlijn]]:
    """Step functions of traits that change (kenmerken_historie), per trait: by part of a spell, and its steps by spell.

    The history of a recipient holds for the parts of spells that are his own, also after a takeover.
    """
    if not len(historie):
        return {}, []
    client = uitkeringen["client_id"].to_numpy()[perioden.delen["rij"]]
    paren = pd.DataFrame({"client_id": client, "deel": np.arange(client.size), "spell": perioden.delen["spell"]})
    rijen = historie.merge(paren, on="client_id").sort_values(["kenmerk", "deel", "vanaf", "waarde"], kind="stable")
    uit: dict[str, tuple[Tijdlijn, npt.NDArray[np.generic]]] = {}
    stappen = []
    for naam, eigen in rijen.groupby("kenmerk", sort=True):
        deel, spell = eigen["deel"].to_numpy(dtype=np.int64), eigen["spell"].to_numpy(dtype=np.int64)
        vanaf, nummer = days_of(eigen["vanaf"], -OPEN), np.arange(len(eigen))
        uit[str(naam)] = (maak_tijdlijn(deel, vanaf, nummer), eigen["waarde"].astype(str).to_numpy(dtype=object))
        stappen.append(maak_tijdlijn(spell, vanaf, nummer))
    return uit, stappen


def bronwaarden_van(
    namen: Sequence[str], perioden: Perioden, uitkeringen: pd.DataFrame, historie: pd.DataFrame
) -> tuple[Bronwaarden, list[Tijdlijn]]:
    """Everything needed to look up traits by (spell, day)."""
    lijnen, stappen = historie_lijnen(historie[historie["kenmerk"].isin(list(namen))], perioden, uitkeringen)
    deel = deel_tijdlijn(perioden).op

    def van_ontvanger(lijn: Tijdlijn) -> Callable[[Ints, Ints], Ints]:
        return lambda spell, dag: lijn.op(deel(spell, dag), dag)

    zoek = {naam: (van_ontvanger(lijn), waarden) for naam, (lijn, waarden) in lijnen.items()}
    return maak_bronwaarden(namen, perioden, uitkeringen, deel, zoek), stappen


def _controleer_effect_per(config: Config, kenmerken: Sequence[Kenmerk]) -> None:
    bekend = {k.naam: k for k in kenmerken}
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


def ontwerp(
    config: Config,
    kenmerken: Sequence[Kenmerk],
    interacties: Sequence[Interactie],
    codes: Mapping[str, npt.NDArray[np.generic]],
) -> Profiles:
    """Lay out the design of profiles: traits, phases, deviations per group."""
    n = len(next(iter(codes.values()))) if codes else 1
    factoren = []
    for k in kenmerken:
        if k.soort == "numeriek":
            continue
        zonder = [v for v in k.niveaus if v != k.referentie]
        kaart = np.array([zonder.index(v) if v != k.referentie else -1 for v in k.niveaus], dtype=np.int64)
        code = np.asarray(codes[k.naam], dtype=np.int64)
        veilig = np.where(code >= 0, kaart[np.maximum(code, 0)], -1)
        factoren.append(Factor(name=k.naam, levels=tuple(zonder), codes=veilig, ridge=(0.0,) * len(zonder)))
    for ins in config.instrument:
        fase = np.asarray(codes[f"inzet:{ins.code}"], dtype=np.int64)
        factoren.append(Factor(name=f"inzet:{ins.code}", levels=ins.fasen, codes=fase, ridge=(0.0,) * len(ins.fasen)))
    per_naam = {k.naam: k for k in kenmerken}
    for i in interacties:
        k = per_naam[i.kenmerk]
        ins = next(x for x in config.instrument if x.code == i.instrument)
        fase = np.asarray(codes[f"inzet:{i.instrument}"], dtype=np.int64)
        niveau = np.asarray(codes[i.kenmerk], dtype=np.int64)
        code = np.where(fase == ins.fasen.index(i.fase), niveau, -1)
        factoren.append(Factor(name=i.naam, levels=k.niveaus, codes=code, ridge=(PRIOR_START,) * len(k.niveaus)))
    return make_profiles(factoren, numeriek(kenmerken, codes), n)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Oorzaak:
    """The fit of one cause and the map from its columns to the common ones."""

    probleem: Problem
    fit: HazardFit | None
    kaart: Floats  # (P, p)


def _banden_samen(panel: Panel, tijd: TimeSpec, oorzaak: int) -> Ints:
    """Group of each band: a band without exits by this cause joins the band before it (the first: the next)."""
    e = panel.exposure
    raak = e.event == oorzaak
    aantal = np.bincount(band_of((e.month + e.months - 1)[raak], tijd.bands), minlength=len(tijd.bands) + 1)
    groep = np.maximum(np.cumsum(aantal > 0) - 1, 0)
    return np.asarray(groep, dtype=np.int64)


def _probleem(panel: Panel, basis: Problem, tijd: TimeSpec, oorzaak: int) -> tuple[Problem, Floats]:
    """Problem of one cause: bands without exits joined, a weak prior on other levels without exits."""
    time = make_time_design(tijd)
    n_banden = time.duration.shape[1]
    groep = _banden_samen(panel, tijd, oorzaak)
    samen = np.zeros((n_banden, int(groep.max()) + 1))
    samen[np.arange(n_banden), groep] = 1.0
    e = panel.exposure
    raak = np.flatnonzero(e.event == oorzaak)
    maand = (e.calendar + e.months - 1)[raak] - time.first
    n_trend = tijd.n_trend
    per_kalender = time.calendar[maand].sum(axis=0)
    seizoen = np.arange(time.calendar.shape[1]) < time.calendar.shape[1] - n_trend
    ridge_tijd = np.concatenate(
        [np.zeros(samen.shape[1]), np.where(seizoen & (per_kalender == 0), PRIOR_ZONDER_EXIT, 0.0)]
    )
    per_kolom = np.asarray(basis.profiles.matrix[e.profile[raak]].getnnz(axis=0)).ravel()
    ridge = np.where((per_kolom == 0) & (basis.profiles.ridge == 0), PRIOR_ZONDER_EXIT, basis.profiles.ridge)
    namen = tuple(f"band {g}" for g in range(samen.shape[1])) + time.names[n_banden:]
    klein = replace(time, duration=time.duration @ samen, names=namen, ridge=ridge_tijd)
    rest = len(time.names) - n_banden + len(basis.profiles.names)
    kaart = np.zeros((n_banden + rest, samen.shape[1] + rest))
    kaart[:n_banden, : samen.shape[1]] = samen
    kaart[n_banden:, samen.shape[1] :] = np.eye(rest)
    return prepare(panel.exposure, replace(basis.profiles, ridge=ridge), klein), kaart


def _schat_oorzaak(panel: Panel, basis: Problem, tijd: TimeSpec, oorzaak: int) -> _Oorzaak:
    """Fit one cause; learn the spread of deviations per group by empirical Bayes (EM on their variance)."""
    probleem, kaart = _probleem(panel, basis, tijd, oorzaak)
    if not (panel.exposure.event == oorzaak).any():
        return _Oorzaak(probleem=probleem, fit=None, kaart=kaart)
    try:
        fit = fit_hazard(probleem, oorzaak)
        koppen = [n.split("=", 1)[0].split(":") for n in probleem.names]
        afwijking = np.array([k[0] == "inzet" and len(k) == 4 for k in koppen])
        for _ in range(EB_RONDEN if afwijking.any() else 0):
            variantie = fit.coef**2 + np.diag(fit.bread)
            ridge = probleem.profiles.ridge.copy()
            soort = np.array([":".join([k[1], k[3]]) if len(k) == 4 else "" for k in koppen])[probleem.time.size :]
            los = afwijking[probleem.time.size :]
            for s in np.unique(soort[los]):
                wie = los & (soort == s)
                ridge[wie] = 1.0 / max(float(np.mean(variantie[probleem.time.size :][wie])), 1e-4)
            probleem = replace(probleem, profiles=replace(probleem.profiles, ridge=ridge))
            fit = fit_hazard(probleem, oorzaak, start=fit.coef)
    except (NotEstimableError, np.linalg.LinAlgError) as fout:
        raise RekenFout(
            "KMP-M001",
            f"de schatting voor bestemming '{BESTEMMINGEN[oorzaak - 1]}' lukt niet ({fout}). Probeer minder kenmerken, "
            'bredere banden, of kalender = "maand".',
        ) from None
    return _Oorzaak(probleem=probleem, fit=fit, kaart=kaart)


def _gezamenlijk(oorzaken: Sequence[_Oorzaak]) -> tuple[Floats, Floats]:
    """Coefficients (3, P) and covariance (3P, 3P) on the common columns."""
    breed = oorzaken[0].kaart.shape[0]
    coef = np.full((len(oorzaken), breed), np.nan)
    geschat = [(o.probleem, o.fit) for o in oorzaken if o.fit is not None]
    covariantie = np.zeros((len(oorzaken) * breed, len(oorzaken) * breed))
    if not geschat:
        return coef, covariantie
    klein = clustered_covariance(geschat)
    kaarten, plekken = [], []
    for k, o in enumerate(oorzaken):
        if o.fit is None:
            continue
        ontbreekt = (o.kaart @ np.isnan(o.fit.coef).astype(np.float64)) > 0
        coef[k] = np.where(ontbreekt, np.nan, o.kaart @ np.nan_to_num(o.fit.coef))
        kaarten.append(o.kaart)
        plekken.append(np.arange(breed) + k * breed)
    groot = np.zeros((sum(k.shape[0] for k in kaarten), klein.shape[0]))
    rij = kolom = 0
    for kaart in kaarten:
        groot[rij : rij + kaart.shape[0], kolom : kolom + kaart.shape[1]] = kaart
        rij, kolom = rij + kaart.shape[0], kolom + kaart.shape[1]
    plek = np.concatenate(plekken)
    covariantie[np.ix_(plek, plek)] = groot @ klein @ groot.T
    return coef, covariantie


def _eerste_dag(perioden: Perioden, config: Config) -> tuple[Ints, Ints]:
    """Spells that overlap the window, each with its first day there."""
    van, tot = venster(config)
    begin, eind = perioden.spells["begin"].to_numpy(), perioden.spells["eind"].to_numpy()
    spell = np.flatnonzero((eind > van) & (begin < tot))
    return spell, np.maximum(begin[spell], van)


def _waarschuwingen(
    config: Config, kenmerken: Sequence[Kenmerk], oorzaken: Sequence[_Oorzaak], panel: Panel
) -> tuple[str, ...]:
    uit = [SELECTIE]
    standaard = {"geslacht", "leeftijd", "leefvorm", "opleiding", "fasering", "duur", "eerdere_spells"}
    for k in kenmerken:
        if k.naam in standaard:
            continue
        motief = config.kenmerken.motivering.get(k.naam)
        uit.append(
            f"Kenmerk '{k.naam}' staat niet in de standaardlijst. Motivering: {motief}"
            if motief
            else f"Kenmerk '{k.naam}' staat niet in de standaardlijst en heeft geen motivering. Schrijf er een bij "
            f"[kenmerken] motivering.{k.naam}, of haal het weg."
        )
    for naam, o in zip(BESTEMMINGEN, oorzaken, strict=True):
        if o.fit is None:
            uit.append(f"Bestemming '{naam}' komt in het venster niet voor; die kans is op nul gezet.")
        elif o.fit.aliased:
            uit.append(f"Bestemming '{naam}': niet te bepalen waren {', '.join(o.fit.aliased)}.")
        elif o.fit.events < 10 * int(np.sum(~np.isnan(o.fit.coef))):
            uit.append(f"Bestemming '{naam}' heeft {o.fit.events} uitstromers: weinig voor zo veel termen.")
    uit += [
        f"Kenmerk '{naam}' is gemarkeerd als alleen_voorspelling en doet in dit model niet mee."
        for naam in config.kenmerken.alleen_voorspelling
    ]
    e = panel.exposure
    langste = int((e.month + e.months).max())
    laatste = config.model.duurbanden[-1] if config.model.duurbanden else 0
    if langste <= laatste:
        uit.append(
            f"Niemand is langer dan {langste} maanden in de bijstand waargenomen; voor langere duur is de laatst "
            "bekende kans aangehouden."
        )
    if config.instrument and config.bron.inzet is not None and config.bron.inzet.volledig_vanaf is None:
        uit.append("volledig_vanaf ontbreekt bij [bron.inzet]: aangenomen is dat alle inzet geregistreerd is.")
    if not panel.inzetten.size and config.instrument:
        uit.append("In het venster is geen enkele inzet: over instrumenten is geen uitspraak mogelijk.")
    return tuple(uit)


def schat(bestand: Bestand, config: Config, *, zaad: int = 0, voortgang: Voortgang = _niets) -> Herijking:
    """Estimate the hazards of exit with method ``waargenomen``.

    Parameters
    ----------
    bestand : Bestand
        Accepted rows.
    config : Config
    zaad : int
        Recorded; this method draws nothing.
    voortgang : function (step, share)
        Called as the work goes on.

    Returns
    -------
    Herijking

    Raises
    ------
    RekenFout
        ``KMP-M001`` when a hazard cannot be estimated, ``KMP-M002`` when there is no exposure.
    GebruiksFout
        ``KMP-C020`` to ``KMP-C023`` for traits that do not fit the data.
    """
    voortgang("perioden", 0.0)
    uitkeringen = bestand.uitkeringen
    perioden = maak_perioden(uitkeringen, bestand.inzet, config)
    historie = bestand.kenmerken_historie
    namen = gevraagd(config, list(uitkeringen.columns), list(historie["kenmerk"].unique()))
    namen = tuple(n for n in namen if n not in config.kenmerken.alleen_voorspelling)
    bron, stappen = bronwaarden_van(namen, perioden, uitkeringen, historie)
    kenmerken = leer_kenmerken(namen, bron, *_eerste_dag(perioden, config), config)
    _controleer_effect_per(config, kenmerken)
    panel = maak_panel(
        perioden,
        uitkeringen,
        config,
        kenmerken=lambda spell, dag: {k.naam: k.codeer(bron.waarde(k.naam, spell, dag)) for k in kenmerken},
        tijdlijnen=stappen,
        leeftijden=relevante_leeftijden(kenmerken),
        voortgang=lambda deel: voortgang("blootstelling", deel),
    )
    e = panel.exposure
    if e.profile.size == 0:
        raise RekenFout("KMP-M002", "geen enkele periode valt in het venster. Controleer venster_van en peildatum.")
    tijd = make_spec(
        config.model.duurbanden, config.model.kalender, int(e.calendar.min()), int((e.calendar + e.months).max()) - 1
    )
    interacties = tuple(
        Interactie(instrument=i.code, fase=f, kenmerk=k)
        for i in config.instrument
        for f in i.fasen
        for k in config.model.effect_per
    )
    profielen = ontwerp(config, kenmerken, interacties, panel.profielen)
    basis = prepare(e, profielen, make_time_design(tijd))
    oorzaken = []
    for k, naam in enumerate(BESTEMMINGEN):
        voortgang(f"schatting {naam}", k / len(BESTEMMINGEN))
        oorzaken.append(_schat_oorzaak(panel, basis, tijd, k + 1))
    voortgang("onzekerheid", 0.0)
    coef, covariantie = _gezamenlijk(oorzaken)
    termen = basis.names
    effecten = effectentabel(panel, config, kenmerken, interacties, termen, coef, covariantie)
    voortgang("tabellen", 0.0)
    return Herijking(
        config=config,
        zaad=zaad,
        kenmerken=kenmerken,
        interacties=interacties,
        tijd=tijd,
        termen=termen,
        coef=coef,
        covariantie=covariantie,
        effecten=effecten,
        coefficienten=coefficiententabel(termen, coef, covariantie),
        glance=glancetabel([o.fit for o in oorzaken], e.person_months),
        kalibratie=kalibratietabel(basis, coef),
        uitstroom=incidentietabel(perioden, uitkeringen, config),
        terugval=terugvaltabel(perioden, uitkeringen, config),
        steun=steuntabel(panel, perioden, config, kenmerken, bron),
        kosten=kostentabel(panel, config),
        telling=bestand.telling,
        weglatingen=panel.weglatingen,
        bevindingen=_bevindingen(bestand),
        waarschuwingen=_waarschuwingen(config, kenmerken, oorzaken, panel),
        bestanden=bestand.bestanden,
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
