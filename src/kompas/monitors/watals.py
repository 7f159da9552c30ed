r"""What if: a different inflow, or an instrument for so many more clients; the difference in caseload per month.

With S_i(k) the chance that client i is still on benefit after k months without the instrument, S_i^x(k) when it starts
now, d_c(j) the mean extra exits to destination c in month j, r_c(u) the chance of a return in month u after such an
exit and S^n the survival of the new spell, N more clients give the difference

.. math:: \Delta(k) = N \Bigl[\frac{1}{n}\sum_i (S_i^x(k) - S_i(k))
          + \sum_c \sum_{j \le k} d_c(j) \sum_{u \le k-j} r_c(u)\, S^n(k-j-u)\Bigr],

the mean over the n clients who may get it: before the AOW age, not running it now, and with support in the data. Who
gets it is a random draw of them: no client is chosen, so a ground for a person is not asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.special import ndtri

from kompas.config import BESTEMMINGEN, Instrument
from kompas.fouten import GebruiksFout, naaste
from kompas.herijking import Herijking
from kompas.indicatie import HANDHAVING, ZWAK, oordeel_van, steun_van
from kompas.klantstand import Klantstand
from kompas.models.calendar import add_months, month_of
from kompas.models.design import Floats
from kompas.monitors.instroomprognose import Tafel
from kompas.rendement import BLOK, maak_meter, per_blok
from kompas.rooster import Klanten
from kompas.vooruitblik import Blok, Meter

Z80 = float(ndtri(0.9))
INSTROOM = "instroom"
AANGENOMEN = (
    "De verandering zelf is als zeker aangenomen: het verschil is een rekenregel zonder interval, en het interval van "
    "de prognose zegt niet of de instroom zo verandert."
)
STAPJE = 1e-4  # of a log hazard


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Verschil:
    """What one change does to the caseload.

    Parameters
    ----------
    onderdeel : str
        ``instroom`` or the code of an instrument.
    wat : str
        The change in words.
    verschil, ondergrens, bovengrens : (H,) float
        Households more (less: negative) at the end of each month; all nan where nothing can be said. The interval (80%)
        holds the uncertainty of the effect only; nan where the change is assumed (``instroom``).
    oordeel : str
        Verdict on the instrument; ``rekenregel`` for the inflow.
    zin : str
        What must be said with it.
    """

    onderdeel: str
    wat: str
    verschil: Floats
    ondergrens: Floats
    bovengrens: Floats
    oordeel: str
    zin: str

    @property
    def bekend(self) -> bool:
        """Whether there is a figure."""
        return bool(np.isfinite(self.verschil).any())


def minder_instroom(nieuwe: Floats, verandering: float) -> Verschil:
    """A relative change of all future inflow: who came since changes in proportion.

    Parameters
    ----------
    nieuwe : (H,) float
        Who came since, under usual inflow; nan unknown.
    verandering : float
        -0.1 is ten percent less.

    Raises
    ------
    GebruiksFout
        ``KMP-Z201`` for a change of -100% or more.

    Examples
    --------
    >>> minder_instroom(np.array([50.0, 90.0]), -0.1).verschil.tolist()
    [-5.0, -9.0]
    """
    if not -1.0 < verandering < np.inf:
        raise GebruiksFout(
            "KMP-Z201", "de verandering van de instroom moet groter zijn dan -100%; -0.1 is tien procent minder."
        )
    verschil = nieuwe * verandering
    wat = f"instroom {'+' if verandering > 0 else ''}{100 * verandering:g}%".replace(".", ",").replace("-", "−")
    zin = (
        "Geen uitspraak over een andere instroom: zonder uitkeringsperioden is niet bekend hoe lang nieuwe klanten "
        "blijven. Voeg [bron.uitkeringen] toe."
        if np.isnan(verschil).all()
        else "De andere instroom geldt vanaf de eerste maand van de prognose, in elke maand evenveel procent; wie "
        f"komt, blijft even lang als nu. {AANGENOMEN}"
    )
    leeg = np.full(nieuwe.size, np.nan)
    return Verschil(
        onderdeel=INSTROOM, wat=wat, verschil=verschil, ondergrens=leeg, bovengrens=leeg, oordeel="rekenregel", zin=zin
    )


def controleer_extra(extra: Mapping[str, int], h: Herijking | None) -> None:
    """Check the codes and numbers before anything is computed.

    Raises
    ------
    GebruiksFout
        ``KMP-Z202`` unknown instrument, ``KMP-Z203`` no model, ``KMP-Z204`` a number below one.
    """
    if not extra:
        return
    if h is None:
        raise GebruiksFout(
            "KMP-Z203",
            "wat een instrument voor meer klanten doet, is zonder model niet te zeggen. Geef de modelmap mee "
            "(--model).",
        )
    codes = [i.code for i in h.config.instrument]
    for code, n in extra.items():
        if code not in codes:
            er_is = f"Er is: {', '.join(codes)}." if codes else "Dit model heeft geen instrumenten."
            raise GebruiksFout("KMP-Z202", f"instrument '{code}' staat niet in het model.{naaste(code, codes)} {er_is}")
        if n < 1:
            raise GebruiksFout("KMP-Z204", f"voor '{code}' is het aantal klanten {n}; kies er minstens 1.")


def meer_inzet(
    h: Herijking, ins: Instrument, aantal: int, stand: Klantstand, tafel: Tafel, *, maanden: int
) -> Verschil:
    """So many more clients get an instrument now.

    Parameters
    ----------
    h : Herijking
    ins : Instrument
    aantal : int
    stand : Klantstand
        The running clients.
    tafel : Tafel
        How long who returns stays.
    maanden : int
        Months ahead.

    Returns
    -------
    Verschil

    Raises
    ------
    GebruiksFout
        ``KMP-Z205`` when fewer clients may get it.
    """
    wie = np.flatnonzero(stand.scoort & ~stand.loopt[ins.code] & steun_van(h, ins, stand.klanten))
    oordeel, wat = oordeel_van(h, ins), f"{ins.label} voor {aantal} klanten meer"
    leeg = np.full(maanden, np.nan)
    if oordeel in ZWAK or wie.size == 0:
        reden = f"het effect is {oordeel.replace('_', ' ')}" if oordeel in ZWAK else "niemand lijkt op wie het kreeg"
        zin = f"Geen uitspraak over {ins.label} voor meer klanten: {reden}."
        return Verschil(
            onderdeel=ins.code, wat=wat, verschil=leeg, ondergrens=leeg, bovengrens=leeg, oordeel=oordeel, zin=zin
        )
    if aantal > wie.size:
        raise GebruiksFout(
            "KMP-Z205",
            f"'{ins.code}' voor {aantal} klanten meer kan niet: {wie.size} lopende klanten krijgen het nu niet en "
            "lijken op wie het eerder kreeg. Kies een kleiner aantal.",
        )
    meter = maak_meter(h, horizon=maanden, discontovoet=0.0, terugval=False)
    klanten = stand.klanten.deel(wie)
    verschil = aantal * _verschil(meter, klanten, ins, tafel)
    marge = aantal * Z80 * _standaardfout(meter, klanten, ins, tafel)
    return Verschil(
        onderdeel=ins.code,
        wat=wat,
        verschil=verschil,
        ondergrens=verschil - marge,
        bovengrens=verschil + marge,
        oordeel=oordeel,
        zin=_zin(ins, oordeel),
    )


def alle_inzet(
    h: Herijking | None, meer: Mapping[str, int], stand: Klantstand | None, tafel: Tafel | None, *, maanden: int
) -> list[Verschil]:
    """Every instrument that more clients get, in the order asked; without running clients there is no statement."""
    if h is None or not meer:
        return []
    per = {i.code: i for i in h.config.instrument}
    if stand is None or tafel is None:
        return [_zonder_klanten(per[code], n, maanden) for code, n in meer.items()]
    return [meer_inzet(h, per[code], n, stand, tafel, maanden=maanden) for code, n in meer.items()]


def _zonder_klanten(ins: Instrument, n: int, maanden: int) -> Verschil:
    leeg = np.full(maanden, np.nan)
    return Verschil(
        onderdeel=ins.code,
        wat=f"{ins.label} voor {n} klanten meer",
        verschil=leeg,
        ondergrens=leeg,
        bovengrens=leeg,
        oordeel="geen_uitspraak",
        zin=f"Geen uitspraak over {ins.label} voor meer klanten: er zijn geen lopende klanten. Voeg "
        "[bron.uitkeringen] toe.",
    )


def _zin(ins: Instrument, oordeel: str) -> str:
    eerst = (
        f"{ins.label} voor meer klanten: gemiddeld over alle klanten die het nu niet hebben en lijken op wie het "
        "eerder kreeg; het begint nu, en wie daardoor eerder weggaat, kan terugkomen."
    )
    delen = [eerst]
    if oordeel == "afhankelijk_van_aanname":
        delen.append("Het cijfer geldt als klanten met gelijke kenmerken verder gelijk zijn.")
    if ins.meter == HANDHAVING:
        delen.append("Dit is een beleidscijfer: bij een persoon mag dit alleen op een vastgelegde concrete grond.")
    return " ".join(delen)


def _verschil(m: Meter, klanten: Klanten, ins: Instrument, tafel: Tafel) -> Floats:
    """Mean difference in caseload per client who gets it, at the end of each month, returns included, (H,)."""
    rij = range(1, m.horizon + 1)
    blijft, weg = {}, {}

    def een(wie: slice, deel: Klanten) -> None:
        blok, eigen = Blok(m, deel), wie.stop - wie.start
        kansen = [blok.kansen(hazard, rij) for hazard in (blok.hazard, blok.met_start(ins))]
        dag = add_months(np.full(m.horizon, deel.nu, dtype=np.int64), np.array(rij))
        recht = deel.aow[:eigen, None] > dag
        blijft[wie.start] = ((kansen[1][1] - kansen[0][1])[:eigen] * recht).sum(axis=0)
        weg[wie.start] = (kansen[1][0] - kansen[0][0])[:, :eigen].sum(axis=1)

    per_blok(klanten, een)
    som = np.sum([blijft[p] for p in sorted(blijft)], axis=0)
    uit = np.diff(np.sum([weg[p] for p in sorted(weg)], axis=0), axis=1, prepend=0.0)
    return np.asarray((som + _terug(m.herijking, tafel, uit, klanten.nu)) / klanten.aantal)


def _terug(h: Herijking, tafel: Tafel, weg: Floats, nu: int) -> Floats:
    """Of extra exits per destination and month (3, H), who is back on benefit at the end of each month, (H,)."""
    maanden, t = weg.shape[1], h.terugval[h.terugval["soort"] == "terugkeer"]
    eerste = int(month_of(np.array([nu], dtype=np.int64))[0])
    komt, uit = np.zeros(maanden), np.zeros(maanden)
    for c, naam in enumerate(BESTEMMINGEN):
        kans = t.loc[t["bestemming"] == naam, "waarde"].to_numpy(dtype=np.float64)[:maanden]
        komt[1:] += np.convolve(weg[c], kans)[: maanden - 1]
    over = np.zeros(maanden)
    for k in range(maanden):
        over[k] = komt[k]
        over[: k + 1] *= 1.0 - tafel.kans(np.arange(k, -1, -1), eerste + k)
        uit[k] = over.sum()
    return uit


def _standaardfout(m: Meter, klanten: Klanten, ins: Instrument, tafel: Tafel) -> Floats:
    """Standard error of that difference by the coefficients of the instrument (delta method), (H,).

    Derivatives by small steps, on at most one block of evenly chosen clients.
    """
    plek = np.unique(np.linspace(0, klanten.aantal - 1, min(klanten.aantal, BLOK)).astype(np.int64))
    deel, h = klanten.deel(plek), m.herijking
    kolommen = [j for t, j in m.plek.items() if t.startswith((f"inzet:{ins.code}=", f"inzet:{ins.code}:"))]
    q = [c * m.breedte + j for c in range(len(BESTEMMINGEN)) if not np.isnan(h.meter_coef[c]).all() for j in kolommen]
    basis, helling = _verschil(m, deel, ins, tafel), np.zeros((m.horizon, len(q)))
    for k, plaats in enumerate(q):
        coef = m.coef.copy()
        coef[plaats // m.breedte, plaats % m.breedte] += STAPJE
        helling[:, k] = (_verschil(replace(m, coef=coef), deel, ins, tafel) - basis) / STAPJE
    v = np.nan_to_num(h.meter_covariantie[np.ix_(q, q)])
    return np.asarray(np.sqrt(np.maximum(np.einsum("hi,ij,hj->h", helling, v, helling), 0.0)))


def als_tabel(verschillen: list[Verschil], maanden: list[str], basis: Floats) -> pd.DataFrame | None:
    """All changes as a long table: maand, onderdeel, wat, basis, verschil, ondergrens, bovengrens, oordeel."""
    if not verschillen:
        return None
    delen = [
        pd.DataFrame(
            {
                "maand": maanden,
                "onderdeel": v.onderdeel,
                "wat": v.wat,
                "basis": basis,
                "verschil": v.verschil,
                "ondergrens": v.ondergrens,
                "bovengrens": v.bovengrens,
                "oordeel": v.oordeel,
            }
        )
        for v in verschillen
    ]
    return pd.concat(delen, ignore_index=True)
