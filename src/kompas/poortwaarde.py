"""What a new spell costs: expected months and euros of those who came in during the last year, from their first day."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kompas.bron import Bestand
from kompas.config import Config
from kompas.herijking import Herijking
from kompas.historie import bronwaarden_van
from kompas.klantstand import maak_bedragen, scoort
from kompas.models.calendar import add_months, to_day
from kompas.models.design import Ints
from kompas.parameters.aow import aow_datum
from kompas.perioden import OPEN, Perioden, maak_perioden, op_volgorde
from kompas.poorteffect import Nieuwkomers
from kompas.rendement import bereken, maak_meter
from kompas.rooster import Klanten

MAANDEN = 12
MINSTE = 10


def maak_nieuwkomers(bestand: Bestand, config: Config, h: Herijking) -> Nieuwkomers | None:
    """Look ahead from the first day of every spell that began in the last year.

    Parameters
    ----------
    bestand : Bestand
    config : Config
    h : Herijking

    Returns
    -------
    Nieuwkomers or None
        None with fewer than ten such spells of which traits and amount are known.

    Notes
    -----
    Everybody is put at duration zero on the day after the peildatum, with the traits of the day he came in, without
    deployments; with unobserved types they count by their shares at the begin. The interval of the months is not part
    of the result.
    """
    met_model = config.model_copy(update={"instrument": h.config.instrument})
    bestand = replace(bestand, uitkeringen=op_volgorde(bestand.uitkeringen))
    perioden = maak_perioden(bestand.uitkeringen, bestand.inzet, met_model)
    nu = to_day(config.gemeente.peildatum) + 1
    jaar = int(add_months(np.array([nu]), -MAANDEN)[0])
    begin = perioden.spells["begin"].to_numpy(dtype=np.int64)
    klanten = _bij_begin(bestand, h, perioden, np.flatnonzero((begin >= jaar) & (begin < nu)), nu)
    rij = perioden.spells["rij"].to_numpy(dtype=np.int64)[(begin >= jaar) & (begin < nu)]
    bedragen = maak_bedragen(bestand.uitkeringen, rij, config.gemeente.peildatum)
    kan = np.flatnonzero(scoort(h, klanten) & ~np.isnan(bedragen.bedrag))
    if kan.size < MINSTE:
        return None
    klanten, bedrag = klanten.deel(kan), bedragen.bedrag[kan]
    r = config.rendement
    per_maand = np.zeros((kan.size, r.horizon_maanden + 1))
    horizons = range(1, r.horizon_maanden + 1) if r.discontovoet > 0 else (r.horizon_maanden,)
    for m in horizons:
        meter = maak_meter(h, horizon=m, discontovoet=0.0, terugval=r.terugval)
        per_maand[:, m] = bereken(meter, klanten, ()).verwachte_maanden
    maanden = per_maand[:, -1]
    waarde = maanden
    if r.discontovoet > 0:
        factor = (1 + r.discontovoet) ** (-(np.arange(r.horizon_maanden) + 0.5) / 12)
        waarde = np.diff(per_maand, axis=1) @ factor
    return Nieuwkomers(
        maanden=float(maanden.mean()),
        opbrengst=float((waarde * bedrag).mean()),
        aantal=int(kan.size),
        horizon=r.horizon_maanden,
    )


def _bij_begin(bestand: Bestand, h: Herijking, perioden: Perioden, spells: Ints, nu: int) -> Klanten:
    """The state of spells on their own first day, moved to now."""
    namen = [k.naam for k in h.kenmerken]
    bron, _ = bronwaarden_van(namen, perioden, bestand.uitkeringen, bestand.kenmerken_historie)
    dag = perioden.spells["begin"].to_numpy(dtype=np.int64)[spells]
    geboren = bron.geboren[bron.deel(spells, dag)]
    n = spells.size
    geen = np.full(n, OPEN, dtype=np.int64)
    met_typen = h.typen is not None and h.gesteund
    return Klanten(
        nu=nu,
        begin=np.full(n, nu, dtype=np.int64),
        geboren=geboren,
        aow=aow_datum(geboren),
        codes={k.naam: k.codeer(bron.waarde(k.naam, spells, dag)) for k in h.kenmerken if k.naam != "leeftijd"},
        inzet={i.code: (geen, geen) for i in h.config.instrument},
        types=np.tile(h.typen.aandelen, (n, 1)) if met_typen and h.typen is not None else np.ones((n, 1)),
    )
