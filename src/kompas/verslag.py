"""From a recalibration to the contents of its report, and the comparison with last time."""

from __future__ import annotations

import pandas as pd

from kompas.artefact import versie
from kompas.herijking import Herijking
from kompas.models.calendar import to_date
from kompas.perioden import venster
from kompas.weergave.rapport import RapportInhoud, terugval_samenvatting


def rapportinhoud(h: Herijking) -> RapportInhoud:
    """Collect what the report of a herijking says."""
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
        waarschuwingen=h.waarschuwingen,
        instrumentnamen={i.code: i.label for i in h.config.instrument},
        meters={i.code: i.meter for i in h.config.instrument},
        motiveringen=dict(h.config.kenmerken.motivering),
        terugval=terugval_samenvatting(h.terugval),
    )


def vergelijking(oud: Herijking, nieuw: Herijking) -> pd.DataFrame:
    """Effects of two recalibrations side by side: keys, oud, nieuw, verschil (log hazard ratios).

    A row that stands in one of them only keeps its empty cell.
    """
    sleutel = ["instrument", "fase", "bestemming", "groep", "methode"]
    samen = oud.effecten[[*sleutel, "log_effect"]].merge(
        nieuw.effecten[[*sleutel, "log_effect"]], on=sleutel, how="outer", suffixes=("_oud", "_nieuw"), sort=True
    )
    uit = samen.rename(columns={"log_effect_oud": "oud", "log_effect_nieuw": "nieuw"})
    return uit.assign(verschil=uit["nieuw"] - uit["oud"])
