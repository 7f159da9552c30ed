"""Competitors in the backtest, behind one small protocol: the model, last year's, duration only, the caseworker."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Protocol

import numpy as np
import numpy.typing as npt

from kompas.bron import Bestand
from kompas.config import BESTEMMINGEN, Config, is_verboden
from kompas.fouten import GebruiksFout, GeweigerdFout, naaste
from kompas.herijking import Herijking
from kompas.historie import bronwaarden_van
from kompas.kenmerken import Kenmerk, leer_kenmerken
from kompas.lijst import lopende_klanten
from kompas.models.design import Floats, Ints
from kompas.models.elapsed import ElapsedIncidence, chained_incidence, elapsed_incidence
from kompas.models.timedesign import band_of
from kompas.panel import maak_panel, risicoperioden
from kompas.perioden import Perioden, maak_perioden, venster
from kompas.rendement import maak_meter
from kompas.terugblik import Stand, config_op, dag_eerder, genoeg_venster, zoals_bekend
from kompas.uitstroom import maanden_tussen
from kompas.vooruitblik import Blok, Klanten

BLOK = 2_000  # clients per block
MAANDEN_AFSTAND = 12  # how much older last year's model is
MINSTENS = 50.0  # person-months by which a thin cell leans on its band of duration
MINSTENS_UITSTROOM = 2.0  # exits by which a thin level leans on all levels together

Schatter = Callable[..., Herijking]
Scoor = Callable[[Herijking, Stand, Sequence[int]], Floats]


class Geleerd(Protocol):
    """A competitor that has learnt from the data up to some day."""

    def kansen(self, stand: Stand, horizonnen: Sequence[int]) -> Floats:
        """Cumulative incidence (3, n, H) of the clients of ``stand``, in their order; nan where it gives none.

        Parameters
        ----------
        stand : Stand
            The running clients, with the data as known then.
        horizonnen : sequence of H int
            Months.
        """


class Voorspeller(Protocol):
    """Anything that can be taught with the data up to a day and then predicts who leaves."""

    @property
    def naam(self) -> str:
        """Name in the tables."""

    def leer(self, bestand: Bestand, config: Config) -> Geleerd:
        """Learn from the data as known on the peildatum of ``config``."""


# -- a herijking -----------------------------------------------------------------------------------------------------


def te_scoren(h: Herijking, stand: Stand) -> Stand:
    """The same clients with deployments placed by the instruments of the model; traits must be there."""
    bestand = stand.bestand
    bekend = [*bestand.uitkeringen.columns, *bestand.kenmerken_historie["kenmerk"].unique()]
    for k in h.kenmerken:
        if k.naam not in {*bekend, "leeftijd", "eerdere_spells"}:
            raise GebruiksFout(
                "KMP-T003",
                f"het model gebruikt kenmerk '{k.naam}', dat niet in de gegevens staat.{naaste(k.naam, bekend)} "
                "Vergelijk met een model op dezelfde kenmerken, of neem de kolom op in de export.",
            )
    if h.config.instrument == stand.config.instrument:
        return stand
    config = stand.config.model_copy(update={"instrument": h.config.instrument})
    perioden = maak_perioden(bestand.uitkeringen, bekende_inzet(bestand, config).inzet, config)
    return replace(stand, perioden=perioden, config=config)


def bekende_inzet(bestand: Bestand, config: Config) -> Bestand:
    """Only deployments of the instruments in the config."""
    mee = bestand.inzet["instrument"].isin([i.code for i in config.instrument])
    return replace(bestand, inzet=bestand.inzet[mee].reset_index(drop=True))


def klanten_van(h: Herijking, stand: Stand) -> Klanten:
    """The running clients as the model sees them."""
    met = te_scoren(h, stand)
    return lopende_klanten(met.perioden, met.bestand, met.config, h, met.spells)[0]


def buiten_bereik(h: Herijking, klanten: Klanten) -> npt.NDArray[np.bool_]:
    """Clients with a trait outside what the model saw, (n,)."""
    uit = np.zeros(klanten.aantal, dtype=bool)
    for k in h.kenmerken:
        if k.naam in klanten.codes:
            waarde = np.asarray(klanten.codes[k.naam], dtype=np.float64)
            laag, hoog = k.bereik if k.bereik is not None else (0.0, np.inf)
            uit |= ~((waarde >= laag) & (waarde <= hoog))
    return uit


def zonder_nieuwe_start(h: Herijking, stand: Stand, horizonnen: Sequence[int]) -> Floats:
    """Cumulative incidence by the meters' own engine: what runs ends as planned, nothing new is started.

    Parameters
    ----------
    h : Herijking
    stand : Stand
    horizonnen : sequence of H int

    Returns
    -------
    (3, n, H) array
        nan for clients with a trait outside what the model saw.
    """
    klanten = klanten_van(h, stand)
    meter = maak_meter(h, horizon=max(horizonnen), discontovoet=0.0, terugval=False)
    uit = np.empty((len(BESTEMMINGEN), klanten.aantal, len(horizonnen)))
    for a in range(0, klanten.aantal, BLOK):
        wie = slice(a, min(a + BLOK, klanten.aantal))
        blok = Blok(meter, klanten.deel(wie))
        uit[:, wie] = blok.kansen(blok.hazard, horizonnen)[0]
    uit[:, buiten_bereik(h, klanten)] = np.nan
    return uit


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Geschat:
    """A herijking with the way in which it scores."""

    herijking: Herijking
    scoor: Scoor

    def kansen(self, stand: Stand, horizonnen: Sequence[int]) -> Floats:
        """Score."""
        return self.scoor(self.herijking, stand, horizonnen)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Model:
    """The model of kompas, estimated on the data up to that day.

    Parameters
    ----------
    schatter : function (bestand, config) -> Herijking
    scoor : function (herijking, stand, horizonnen) -> (3, n, H) array
    naam : str
    """

    schatter: Schatter
    scoor: Scoor = zonder_nieuwe_start
    naam: str = "model"

    def leer(self, bestand: Bestand, config: Config) -> Geleerd:
        """Estimate."""
        return Geschat(herijking=self.schatter(bestand, config), scoor=self.scoor)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class VorigJaar:
    """The model as it was a year before that day."""

    schatter: Schatter
    scoor: Scoor = zonder_nieuwe_start
    naam: str = "vorig_jaar"

    def leer(self, bestand: Bestand, config: Config) -> Geleerd:
        """Estimate on what was known a year earlier."""
        toen = dag_eerder(config.gemeente.peildatum, MAANDEN_AFSTAND)
        if not genoeg_venster(config, toen, MAANDEN_AFSTAND):
            raise GebruiksFout("KMP-T005", "het venster is te kort voor een model van een jaar eerder.")
        h = self.schatter(zoals_bekend(bestand, toen), config_op(config, toen))
        return Geschat(herijking=h, scoor=self.scoor)


def zelfde_levering(h: Herijking, bestand: Bestand) -> bool:
    """Whether the model was made from this very file of benefits: the content counts, not the name."""
    bron = h.config.bron.uitkeringen
    toen = dict(h.bestanden).get(bron.bestand) if bron is not None else None
    return toen is not None and toen in dict(bestand.bestanden).values()


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Vorige:
    """An existing herijking (``--vorige``).

    Where its peildatum lies after the day of the test it has seen the outcomes, and where it was made from the same
    delivery it knew ends that had not been registered by then. Its settings (traits, instruments, bands) are then
    estimated anew with what was known on its peildatum, or on the day of the test when that is earlier, so that nothing
    leaks.
    """

    herijking: Herijking
    schatter: Schatter
    scoor: Scoor = zonder_nieuwe_start
    naam: str = "vorige"

    def leer(self, bestand: Bestand, config: Config) -> Geleerd:
        """Take the parameters as they are when they have not seen the outcomes, else estimate."""
        h = self.herijking
        toen, nu = h.config.gemeente.peildatum, config.gemeente.peildatum
        if toen < nu and zelfde_levering(h, bestand):
            bestand, config = zoals_bekend(bestand, toen), config_op(config, toen)
        if toen > nu or zelfde_levering(h, bestand):
            delen = {"kenmerken": h.config.kenmerken, "model": h.config.model, "instrument": h.config.instrument}
            oud = config.model_copy(update=delen)
            h = self.schatter(bekende_inzet(bestand, oud), oud)
        return Geschat(herijking=h, scoor=self.scoor)


# -- duration only -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Duurcurve:
    curve: ElapsedIncidence

    def kansen(self, stand: Stand, horizonnen: Sequence[int]) -> Floats:
        duur = stand.duur
        delen = [self.curve.ahead(duur, np.minimum(float(m), stand.aow)) for m in horizonnen]
        return np.stack(delen, axis=2)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Duur:
    """Aalen-Johansen with late entry by elapsed duration, and nothing else."""

    naam: str = "duur"

    def leer(self, bestand: Bestand, config: Config) -> Geleerd:
        """Estimate the curve."""
        perioden = maak_perioden(bestand.uitkeringen, bestand.inzet.iloc[:0], config)
        s = risicoperioden(perioden, bestand.uitkeringen, config)
        intrede = maanden_tussen(s.begin, s.van)
        einde = maanden_tussen(s.begin, np.where(s.event > 0, np.minimum(s.eind, s.tot), s.tot))
        return _Duurcurve(
            curve=elapsed_incidence(intrede, np.maximum(einde, intrede + 1e-6), s.event, len(BESTEMMINGEN))
        )


# -- a trait by duration -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _PerNiveau:
    kenmerk: Kenmerk
    banden: tuple[int, ...]
    kans: Floats  # (3, levels + 1, bands): the last row holds for all levels together

    def kansen(self, stand: Stand, horizonnen: Sequence[int]) -> Floats:
        code = _codes(self.kenmerk, stand.perioden, stand.bestand, stand.spells, stand.nu - 1)
        maand = stand.duurmaand
        uit = np.empty((len(BESTEMMINGEN), stand.aantal, len(horizonnen)))
        for a in range(0, stand.aantal, 10 * BLOK):
            wie = slice(a, min(a + 10 * BLOK, stand.aantal))
            band = band_of(maand[wie, None] + np.arange(max(horizonnen) + 1), self.banden)
            deel = (stand.duur - maand)[wie]
            uit[:, wie] = chained_incidence(self.kans[:, code[wie, None], band], deel, stand.aow[wie], horizonnen)
        return uit


def _codes(kenmerk: Kenmerk, perioden: Perioden, bestand: Bestand, spells: Ints, dag: int) -> Ints:
    bron, _ = bronwaarden_van((kenmerk.naam,), perioden, bestand.uitkeringen, bestand.kenmerken_historie)
    waarde = bron.waarde(kenmerk.naam, spells, np.full(spells.size, dag, dtype=np.int64))
    return np.asarray(kenmerk.codeer(waarde), dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PerKenmerk:
    """Aalen-Johansen per level of one trait (the caseworker's own judgement) and band of duration.

    Parameters
    ----------
    kenmerk : str
        A column of uitkeringen or a trait in kenmerken_historie.

    Notes
    -----
    The monthly chance in a band is exits over person-months; a thin cell leans, with the weight of 50 person-months,
    on that band for all levels times the ratio of observed to expected exits of this level.
    """

    kenmerk: str = "fasering"

    @property
    def naam(self) -> str:
        """The name of the trait."""
        return self.kenmerk

    def leer(self, bestand: Bestand, config: Config) -> Geleerd:
        """Count exits and person-months.

        Raises
        ------
        GebruiksFout
            ``KMP-T003`` when the trait is in no table, ``KMP-T004`` when it is a number without bands.
        GeweigerdFout
            ``KMP-W001`` for a protected trait.
        """
        self._controleer(bestand)
        los = config.model_copy(update={"instrument": ()})
        perioden = maak_perioden(bestand.uitkeringen, bestand.inzet.iloc[:0], los)
        bron, stappen = bronwaarden_van((self.kenmerk,), perioden, bestand.uitkeringen, bestand.kenmerken_historie)
        van, tot = venster(los)
        begin, eind = (perioden.spells[k].to_numpy(dtype=np.int64) for k in ("begin", "eind"))
        spell = np.flatnonzero((eind > van) & (begin < tot))
        kenmerk = leer_kenmerken((self.kenmerk,), bron, spell, np.maximum(begin[spell], van), los)[0]
        if kenmerk.soort == "numeriek":
            raise GebruiksFout(
                "KMP-T004", f"kenmerk '{self.kenmerk}' is een getal; geef het banden onder [kenmerken] banden."
            )
        panel = maak_panel(
            perioden,
            bestand.uitkeringen,
            los,
            kenmerken=lambda s, dag: {self.kenmerk: kenmerk.codeer(bron.waarde(self.kenmerk, s, dag))},
            tijdlijnen=stappen,
        )
        e, banden = panel.exposure, config.model.duurbanden
        n = len(kenmerk.niveaus) + 1  # the last row is for levels that were never learnt
        niveau = np.asarray(panel.profielen[self.kenmerk], dtype=np.int64)[e.profile] % n
        rand = np.array([0, *banden, np.iinfo(np.int32).max], dtype=np.int64)
        maanden = np.stack(
            [
                np.bincount(
                    niveau,
                    np.clip(np.minimum(e.month + e.months, b) - np.maximum(e.month, a), 0, None) * e.length,
                    n,
                )
                for a, b in pairwise(rand.tolist())
            ],
            axis=1,
        )
        band = band_of(e.month + e.months - 1, banden)
        uitstroom = np.zeros((len(BESTEMMINGEN), *maanden.shape))
        raak = e.event > 0
        np.add.at(uitstroom, (e.event[raak] - 1, niveau[raak], band[raak]), 1.0)
        return _PerNiveau(kenmerk=kenmerk, banden=banden, kans=_maandkansen(uitstroom, maanden.astype(np.float64)))

    def _controleer(self, bestand: Bestand) -> None:
        if is_verboden(self.kenmerk):
            raise GeweigerdFout("KMP-W001", f"'{self.kenmerk}' mag geen kenmerk zijn, ook niet in de terugtoets.")
        bekend = [*bestand.uitkeringen.columns, *bestand.kenmerken_historie["kenmerk"].unique()]
        if self.kenmerk not in bekend:
            raise GebruiksFout(
                "KMP-T003", f"kenmerk '{self.kenmerk}' staat niet in de gegevens.{naaste(self.kenmerk, bekend)}"
            )


def _maandkansen(uitstroom: Floats, maanden: Floats) -> Floats:
    """Monthly chances (3, levels + 1, bands) from counts of that shape; the last row is all levels together."""
    totaal = uitstroom.sum(axis=(1, 2)) / max(float(maanden.sum()), 1.0)
    alle = (uitstroom.sum(axis=1) + MINSTENS * totaal[:, None]) / (maanden.sum(axis=0) + MINSTENS)
    # A thin cell leans on the band, times how much more this level leaves than its durations tell.
    verwacht = np.einsum("lb,cb->cl", maanden, alle)
    keer = (uitstroom.sum(axis=2) + MINSTENS_UITSTROOM) / (verwacht + MINSTENS_UITSTROOM)
    per = (uitstroom + MINSTENS * keer[:, :, None] * alle[:, None, :]) / (maanden + MINSTENS)
    return np.concatenate([per[:, :-1], alle[:, None, :]], axis=1)
