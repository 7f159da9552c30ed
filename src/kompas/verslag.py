"""After the estimation: the comparison with last time or the backtest, and the contents of the report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from kompas.artefact import versie
from kompas.bron import Bestand
from kompas.config import Config
from kompas.fouten import GebruiksFout, RekenFout
from kompas.gebruikelijk import GEBRUIKELIJK
from kompas.herijking import Herijking
from kompas.jaarvergelijk import NIEUW, OUD, Jaarvergelijking, beoordeel, vergelijk_jaren
from kompas.jaarverschil import effectverschillen
from kompas.ladder import PRAKTISCH, maak_ladder
from kompas.maatstaven import UITSTROOM
from kompas.models.calendar import to_date
from kompas.perioden import venster
from kompas.prior import gewicht_van
from kompas.registergebruik import Adviesgebruik
from kompas.schatters import schat_licht, schat_met_starts, schatter_zoals
from kompas.terugtoets import TOETSMAAND, Terugtoets, onthoud, toets_terug
from kompas.weergave.jaardelen import vergelijkzin
from kompas.weergave.rapport import RapportInhoud, terugval_samenvatting

Voortgang = Callable[[str, float], None]
UIT_HERIJKING = ("typenpad", "fits", "overlap", "overleving", "toetsen", "kracht")
TE_KORT = ("KMP-T001", "KMP-T009")  # no day to test on, nobody to test: said in the report, no error


def controleer_volgorde(oud: Herijking, config: Config) -> None:
    """Refuse an earlier model of a later day (``KMP-J002``) before anything is estimated."""
    toen, nu = oud.config.gemeente.peildatum, config.gemeente.peildatum
    if toen > nu:
        raise GebruiksFout(
            "KMP-J002",
            f"het model van --vorige heeft een latere peildatum ({toen:%d-%m-%Y}) dan deze herijking ({nu:%d-%m-%Y}). "
            "Wissel ze om of kies een eerdere modelmap.",
        )


def zonder_kleinigheid(jaren: Jaarvergelijking) -> Jaarvergelijking:
    """Not worse when the Brier score of a year ahead differs by less than half a percent.

    Two models on nearly the same data predict nearly the same. Their paired difference is so precise that any passes a
    test, such as that between two deliveries of which the later knows more ends.
    """
    f = jaren.proef
    f = f[(f["bestemming"] == UITSTROOM) & (f["horizon"] == TOETSMAAND)]
    if not jaren.slechter or not len(f):
        return jaren
    brier = f[f["moment"] == f["moment"].max()].set_index("voorspeller")["brier"]
    if float(brier[NIEUW]) > (1 + PRAKTISCH) * float(brier[OUD]):
        return jaren
    zin = "Het verschil in Brierscore is meetbaar, maar kleiner dan een half procent: dat telt niet als slechter."
    return replace(jaren, slechter=False, opmerkingen=(*jaren.opmerkingen, zin))


def vergelijk_met_vorige(
    oud: Herijking, h: Herijking, bestand: Bestand, *, voortgang: Voortgang | None = None
) -> Jaarvergelijking:
    """Compare with last time.

    On one day both models predict on the same footing: with types and hazards of entry where the old one has them, else
    two ways of predicting would be compared and not two years. For the same reason the ladder of updates goes without
    types from its first step to its last; all steps expect instruments to be started as a single type starts them.
    """
    stap = voortgang if voortgang is not None else (lambda _s, _d: None)
    jaren = vergelijk_jaren(
        oud,
        h,
        bestand,
        datastand_oud=oud.datastand,
        datastand_nieuw=h.datastand,
        prior=gewicht_van(oud.config, h.config) if h.config.model.prior_vorige else 0.0,
        met_ladder=False,
        voortgang=voortgang,
    )
    stap("vergelijken: bijstellingen", 0.8)
    jaren = zonder_kleinigheid(jaren)
    licht = onthoud(schat_met_starts if h.typen is not None else schat_licht, h.zaad)
    ladder = maak_ladder(oud, bestand, h.config, weerlegd=jaren.weerlegd, schatter=licht)
    return replace(jaren, ladder=ladder)


def toets_model(
    h: Herijking, bestand: Bestand, *, voortgang: Voortgang | None = None
) -> tuple[Terugtoets | None, tuple[str, ...]]:
    """The backtest of a first herijking: the model against duration, boosting and, where present, the fasering.

    The model is estimated on each day as it was for ``h``: with hazards of entry when ``selectie`` was run, so that it
    expects instruments to be started as they were, as the forecasts do; and with as many types, as with as many bands:
    the settings are those of now, the figures those of then.

    Returns
    -------
    (Terugtoets or None, tuple of str)
        None when the window is too short or nobody can be tested; and what must be said.
    """
    kolommen = {*bestand.uitkeringen.columns, *bestand.kenmerken_historie["kenmerk"].unique()}
    mededingers = ["model", "duur", "boosting", *(["fasering"] if "fasering" in kolommen else [])]
    try:
        t = toets_terug(
            bestand,
            h.config,
            mededingers=mededingers,
            zaad=h.zaad,
            schatter=schatter_zoals(h),
            voortgang=voortgang,
        )
    except RekenFout as fout:
        if fout.code not in TE_KORT:
            raise
        return None, (f"Er is geen terugtoets: {fout.bericht}",)
    zinnen = [*vergelijkzin(t.verschillen)]
    if h.config.instrument and set(t.beleid.loc[t.beleid["voorspeller"] == "model", "beleid"]) == {GEBRUIKELIJK}:
        zinnen.append("Het model rekent erop dat instrumenten zo vaak worden ingezet als het tot die dag zag.")
    return t, (*zinnen, *t.opmerkingen)


def rapportinhoud(
    h: Herijking,
    *,
    jaren: Jaarvergelijking | None = None,
    terugtoets: Terugtoets | None = None,
    terugtoets_zinnen: Sequence[str] = (),
    adviezen: Adviesgebruik | None = None,
) -> RapportInhoud:
    """Collect what the report of a herijking says.

    Parameters
    ----------
    h : Herijking
    jaren : Jaarvergelijking, optional
        The comparison with last time; a model that was judged worse is marked in the warnings.
    terugtoets : Terugtoets, optional
        The backtest.
    terugtoets_zinnen : sequence of str
        What must be said with the backtest, or why there is none.
    adviezen : Adviesgebruik, optional
        How advice was used, from the register.

    Notes
    -----
    The sections on methods, types, overlap, survival, tests and power come from the herijking itself; a section of
    which it has no rows is absent.
    """
    extra: dict[str, Any] = {n: f if len(f := getattr(h, n)) else None for n in UIT_HERIJKING}
    extra["methoden"] = h.effecten if len(set(h.effecten["methode"])) > 1 else None
    extra |= {} if adviezen is None else {"adviesgebruik": adviezen.tabel, "adviesgebruik_zinnen": adviezen.zinnen}
    extra["terugtoets"] = None if terugtoets is None else terugtoets.scores
    waarschuwingen = h.waarschuwingen
    if jaren is not None:
        ok, zin = beoordeel(jaren)
        if not ok and zin not in waarschuwingen:
            waarschuwingen = (zin, *waarschuwingen)
    van, tot = venster(h.config)
    return RapportInhoud(
        gemeente=h.config.gemeente.naam,
        peildatum=h.config.gemeente.peildatum,
        venster_van=to_date(van),
        venster_tot=to_date(tot - 1),
        kompas_versie=versie(),
        zaad=h.zaad,
        telling=h.telling,
        weglatingen=h.weglatingen,
        bevindingen=h.bevindingen,
        glance=h.glance,
        effecten=h.effecten,
        coefficienten=h.coefficienten,
        kalibratie=h.kalibratie,
        kalibratie_toelichting="Gemeten op dezelfde gegevens als waarop geschat is: een goede aansluiting bewijst nog "
        "niet dat het model de toekomst voorspelt.",
        cif=h.uitstroom,
        referenties={k.naam: k.referentie for k in h.kenmerken if k.referentie is not None},
        waarschuwingen=waarschuwingen,
        instrumentnamen={i.code: i.label for i in h.config.instrument},
        meters={i.code: i.meter for i in h.config.instrument},
        motiveringen=dict(h.config.kenmerken.motivering),
        terugval=terugval_samenvatting(h.terugval),
        jaren=jaren,
        terugtoets_zinnen=tuple(terugtoets_zinnen),
        **extra,
    )


def vergelijking(oud: Herijking, nieuw: Herijking) -> pd.DataFrame:
    """Effects of two recalibrations side by side, as written in ``vergelijking.csv``.

    Keys, oud, nieuw (log hazard ratios), their standard errors, verschil with its interval and signal; see
    :func:`kompas.jaarverschil.effectverschillen`. A row that stands in one of them only keeps its empty cell.
    """
    return effectverschillen(oud, nieuw)


def met_oordeel(h: Herijking, jaren: Jaarvergelijking | None) -> tuple[Herijking, str]:
    """Mark a model that predicts worse than last time's, and say why; an empty text when there is nothing to mark."""
    ok, zin = (True, "") if jaren is None else beoordeel(jaren)
    return (h, "") if ok else (replace(h, waarschuwingen=(zin, *h.waarschuwingen)), zin)
