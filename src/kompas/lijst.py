"""The list: one row per running spell with chances, returns and an indication per instrument (contract 5)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from kompas.bron import Bestand, afgevallen_rijen
from kompas.config import BESTEMMINGEN, Config, Instrument
from kompas.doelgroepen import Vooruit, controleer_doelgroepen, deel_in
from kompas.fouten import GebruiksFout, naaste
from kompas.herijking import Herijking
from kompas.indicatie import HOOFDBESTEMMING, Situatie, helpt_van, met_eigen, oordeel_van, prijs_van, steun_van
from kompas.klantstand import EENHEDEN, Klantstand, lopende_klanten, maak_klantstand
from kompas.modelmerk import modelmerk
from kompas.models.design import Ints
from kompas.profiel import schrijf_profiel
from kompas.rendement import Vooruitzicht, bereken, maak_meter
from kompas.rooster import JAAR
from kompas.toerekening import Referentie, bijdragen
from kompas.toonbaar import Toonbaar
from kompas.vooruitblik import Meter
from kompas.waarom import factoren_in_woorden, waarom

__all__ = ["Lijst", "controleer_lijst", "lopende_klanten", "maak_lijst", "scoor"]

Tekst = npt.NDArray[np.object_]
GEMIDDELDE = 50  # clients before their mean says anything


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Lijst(Toonbaar):
    """The list with what it rests on.

    Parameters
    ----------
    tabel : DataFrame
        Columns of the contract, sorted by client_id.
    peildatum : date
    instrumenten : tuple of Instrument
    waarschuwingen : tuple of str
        Sentences to show with the list.
    soort : str
        Which list: ``alle`` or one of `kompas.lijstsoorten.SOORTEN`.
    toelichting : tuple of str
        What was chosen: filters, and how the kind was decided.
    model : str
        Mark of the model (`kompas.profiel.modelmerk`).
    """

    tabel: pd.DataFrame
    peildatum: dt.date
    instrumenten: tuple[Instrument, ...]
    waarschuwingen: tuple[str, ...]
    soort: str = "alle"
    toelichting: tuple[str, ...] = ()
    model: str = ""

    def to_frame(self) -> pd.DataFrame:
        """One row per running spell."""
        return self.tabel.copy()


def _instrumenten(config: Config, h: Herijking) -> tuple[Instrument, ...]:
    """Instruments of the model, with prices from today's config; a new one needs a new herijking."""
    bekend = {i.code: i for i in h.config.instrument}
    vorm = {i.code: (i.duur_maanden, i.fasen_na, i.meter) for i in h.config.instrument}
    for ins in config.instrument:
        if ins.code not in bekend:
            raise GebruiksFout(
                "KMP-L001",
                f"instrument '{ins.code}' staat niet in het model.{naaste(ins.code, bekend)} Draai kompas herijk.",
            )
        if (ins.duur_maanden, ins.fasen_na, ins.meter) != vorm[ins.code]:
            raise GebruiksFout(
                "KMP-L002",
                f"instrument '{ins.code}' heeft in het model een andere duur, fasering of meter dan in de config. "
                "Zet ze gelijk of draai kompas herijk opnieuw.",
            )
    nieuw = {i.code: i for i in config.instrument}
    return tuple(nieuw.get(c, i) for c, i in bekend.items())


def maak_lijst(
    bestand: Bestand,
    config: Config,
    h: Herijking,
    *,
    referentie: Referentie | None = None,
    voortgang: Callable[[str, float], None] | None = None,
) -> Lijst:
    """Score all running spells.

    Parameters
    ----------
    bestand : Bestand
        Accepted rows of this month.
    config : Config
        This month's config (peildatum, prices, thresholds).
    h : Herijking
        The model.
    referentie : Referentie, optional
        See `scoor`: only the words of ``waarom`` depend on it.
    voortgang : function (step, share), optional

    Returns
    -------
    Lijst

    Raises
    ------
    GebruiksFout
        ``KMP-L001``, ``KMP-L002`` when config and model know different instruments; ``KMP-L004``, ``KMP-L005``,
        ``KMP-L006`` when a doelgroep does not fit the model.
    """
    controleer_lijst(config, h)
    stand, _ = maak_klantstand(bestand, config, h, voortgang=voortgang)
    lijst = scoor(stand, config, h, referentie=referentie, voortgang=voortgang)
    return replace(lijst, waarschuwingen=(*lijst.waarschuwingen, *afgevallen_rijen(bestand)))


def controleer_lijst(config: Config, h: Herijking) -> None:
    """Check that config and model fit, before the long part; raises as `scoor` does."""
    _instrumenten(config, h)
    controleer_doelgroepen(config.doelgroepen, h)


def scoor(
    stand: Klantstand,
    config: Config,
    h: Herijking,
    *,
    referentie: Referentie | None = None,
    voortgang: Callable[[str, float], None] | None = None,
) -> Lijst:
    """Turn the state of clients into the list; no figure of one client depends on the others.

    Parameters
    ----------
    stand : Klantstand
        Of this month's rows, or of profiles (`kompas.profiel.stand_uit_profiel`).
    config : Config
        Prices, thresholds, doelgroepen, peildatum.
    h : Herijking
    referentie : Referentie, optional
        Average client to whom ``waarom`` compares. By default the mean of these clients; of fewer than 50 there is no
        average, and the sentence names no factors.
    voortgang : function (step, share), optional

    Raises
    ------
    GebruiksFout
        ``KMP-L001``, ``KMP-L002`` when config and model know different instruments; ``KMP-L004``, ``KMP-L005``,
        ``KMP-L006`` when a doelgroep does not fit the model.
    """
    instrumenten = _instrumenten(config, h)
    r = config.rendement
    if voortgang is not None:
        voortgang("scoren", 0.0)
    meter = _meter(config, h)
    v = bereken(meter, stand.klanten, instrumenten)
    per_instrument, advies = _per_instrument(config, h, instrumenten, stand, meter, v)
    # Without any exit to work its chance is unknown.
    werk = not np.isnan(h.meter_coef[BESTEMMINGEN.index("werk")]).all()
    kans_uitstroom = {m: np.where(stand.scoort, p, np.nan) for m, p in v.kans_uitstroom.items()}
    kans_werk = {m: np.where(stand.scoort & werk, p, np.nan) for m, p in v.kans_werk.items()}
    verwacht = np.where(stand.scoort, v.verwachte_maanden, np.nan)
    vooruit = Vooruit(
        kans_werk=kans_werk, kans_uitstroom=kans_uitstroom, verwachte_maanden=verwacht, advies=advies != ""
    )
    factoren = _factoren(meter, stand, h, referentie)
    merk = modelmerk(h)
    tabel = pd.DataFrame(
        {
            "client_id": stand.client,
            **{naam: stand.eenheden[naam].to_numpy(dtype=object) for naam in EENHEDEN},
            "duur_maanden": stand.duur,
            "kans_uitstroom_12m": kans_uitstroom[JAAR],
            "kans_werk_12m": kans_werk[JAAR],
            "verwachte_maanden": verwacht,
            "doelgroep": deel_in(config.doelgroepen, stand, h, vooruit),
            "advies": advies,
            "waarom": waarom(stand, verwacht, kans_uitstroom[JAAR], advies, r.horizon_maanden, factoren),
            **per_instrument,
            **{f"kans_uitstroom_{m}m": p for m, p in kans_uitstroom.items() if m != JAAR},
            **{f"kans_werk_{m}m": p for m, p in kans_werk.items() if m != JAAR},
            "profiel": schrijf_profiel(stand, h, r.horizon_maanden),
            "model": np.full(advies.size, merk, dtype=object),
            "peildatum": pd.Timestamp(config.gemeente.peildatum),
        }
    )
    return Lijst(
        tabel=tabel,
        peildatum=config.gemeente.peildatum,
        instrumenten=instrumenten,
        waarschuwingen=(*h.waarschuwingen, *stand.bedragen.waarschuwingen),
        model=merk,
    )


def indicaties(bestand: Bestand, config: Config, h: Herijking) -> pd.DataFrame:
    """Return only the indications of the list, for who counts them: words and factors are not made.

    Parameters
    ----------
    bestand : Bestand
    config : Config
    h : Herijking

    Returns
    -------
    DataFrame
        ``CODE_indicatie`` per instrument, one row per running spell, in the order of `maak_lijst`.

    Raises
    ------
    GebruiksFout
        As `maak_lijst`.
    """
    controleer_lijst(config, h)
    instrumenten = _instrumenten(config, h)
    stand, _ = maak_klantstand(bestand, config, h)
    meter = _meter(config, h)
    v = bereken(meter, stand.klanten, instrumenten)
    alle, _ = _per_instrument(config, h, instrumenten, stand, meter, v)
    return pd.DataFrame({f"{i.code}_indicatie": alle[f"{i.code}_indicatie"] for i in instrumenten})


def _meter(config: Config, h: Herijking) -> Meter:
    r = config.rendement
    return maak_meter(h, horizon=r.horizon_maanden, discontovoet=r.discontovoet, terugval=r.terugval)


def _factoren(meter: Meter, stand: Klantstand, h: Herijking, referentie: Referentie | None) -> Tekst:
    """The factors that matter most, in words, (n,); empty without somebody to compare with."""
    uit = np.full(stand.client.size, "", dtype=object)
    wie = np.flatnonzero(stand.scoort)
    if wie.size == 0 or (referentie is None and wie.size < GEMIDDELDE):
        return uit
    b = bijdragen(meter, stand.klanten.deel(wie), referentie)
    uit[wie] = factoren_in_woorden(b.factoren, b.waarde, stand.deel(wie), h)
    return uit


def _per_instrument(
    config: Config,
    h: Herijking,
    instrumenten: tuple[Instrument, ...],
    stand: Klantstand,
    meter: Meter,
    v: Vooruitzicht,
) -> tuple[dict[str, npt.NDArray[np.generic]], Tekst]:
    """Columns of all instruments, and per client the codes with ja."""
    uit: dict[str, npt.NDArray[np.generic]] = {}
    advies = np.full(stand.client.size, "", dtype=object)
    for ins in instrumenten:
        situatie = Situatie(
            loopt=stand.loopt[ins.code],
            scoort=stand.scoort,
            steun=steun_van(h, ins, stand.klanten),
            grond=stand.gronden.get(ins.code),
            bedrag=stand.bedragen.bedrag,
            prijs=prijs_van(ins, h),
            oordeel=oordeel_van(h, ins),
            helpt=helpt_van(h, ins),
        )

        def apart(wie: Ints, ins: Instrument = ins) -> Vooruitzicht:
            return bereken(meter, stand.klanten.deel(wie), [ins], alleen=HOOFDBESTEMMING[ins.meter])

        eigen = met_eigen(ins, v, situatie, config.rendement.minimale_kans_positief, apart)
        uit |= eigen
        ja = eigen[f"{ins.code}_indicatie"] == "ja"
        advies = np.where(ja, np.where(advies == "", ins.code, advies + " " + ins.code), advies)
    return uit, advies
