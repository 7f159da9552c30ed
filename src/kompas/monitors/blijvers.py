"""Of the clients who run now, how many are still there at the end of each month to come."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from kompas.bron import Bestand
from kompas.config import Config
from kompas.gebruikelijk import GEBRUIKELIJK, beleid_van, kansen_gebruikelijk, zonder_intrede
from kompas.herijking import Herijking
from kompas.klantstand import Klantstand, maak_klantstand
from kompas.models.calendar import add_months, month_of
from kompas.models.design import Floats, Ints
from kompas.monitors.instroomprognose import Cohorten, Tafel, maak_tafel, vervolg
from kompas.monitors.maanden import laatste_dag, naam
from kompas.rooster import Klanten
from kompas.terugblik import zoals_bekend

STUK = 5_000  # clients whose chances are held at a time
REGELING = "algemeen"
AFWIJKING = 0.01  # clients counted apart from the series beyond which it is said


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Lopend:
    """Expected number of the running clients who stay.

    Parameters
    ----------
    blijvers : (H,) float
        At the end of each month.
    model : bool
        Whether the model said so; else the survival of the cohorts.
    stand : Klantstand
        The running clients at the end of the last month.
    toelichting, waarschuwingen : tuple of str
    """

    blijvers: Floats
    model: bool
    stand: Klantstand
    toelichting: tuple[str, ...]
    waarschuwingen: tuple[str, ...]


def tel_blijvers(bestand: Bestand, config: Config, h: Herijking, c: Cohorten, maanden: int) -> Lopend:
    r"""Sum the survival of the running clients: sum over i of S_i(k), with S_i = 0 from the AOW age on.

    Parameters
    ----------
    bestand : Bestand
        Accepted rows.
    config : Config
    h : Herijking
    c : Cohorten
        Up to the last complete month, from whose end the forecast runs.
    maanden : int

    Returns
    -------
    Lopend
        Under usual policy (instruments go on being started as they were). Where the model does not know how often they
        start, the survival of the cohorts is used: usual policy is in it, 'nothing new' is not what will happen.
        Clients of whom the model cannot say anything follow the cohorts of their own duration.
    """
    stand = _stand(bestand, config, h, c)
    tafel, zinnen = maak_tafel(c), list[str]()
    gezegd: list[str] = []
    eigen = np.flatnonzero(~stand.aow)
    model = beleid_van(h) == GEBRUIKELIJK and bool(stand.scoort.any())
    if not model:
        zinnen.append(
            "Het model weet niet hoe vaak een instrument begint, dus niet wat er bij gebruikelijk beleid gebeurt. "
            "Daarom volgen de lopende klanten de overlevingstafel van de laatste 24 maanden: het beleid van toen zit "
            "daarin."
        )
        blijvers, _ = vervolg(c, tafel, np.zeros(maanden))
        return Lopend(
            blijvers=blijvers, model=False, stand=stand, toelichting=tuple(zinnen), waarschuwingen=tuple(gezegd)
        )
    zinnen.append(
        "Lopende klanten volgen het model, elk met zijn eigen kansen, bij gebruikelijk beleid: instrumenten beginnen "
        "zo vaak als ze deden. Wie later instroomt, blijft zo lang als in de laatste 24 maanden."
    )
    if zonder_intrede(h):
        gezegd.append(f"Zonder nieuwe inzet van {', '.join(zonder_intrede(h))}: daarvan zijn te weinig starts bekend.")
    wel, niet = eigen[stand.scoort[eigen]], eigen[~stand.scoort[eigen]]
    blijvers = _volgens_model(h, stand.klanten.deel(wel), maanden)
    if niet.size:
        gezegd.append(
            f"Over {niet.size} lopende klanten zegt het model niets (een kenmerk met een onbekende waarde); zij volgen "
            "de overlevingstafel."
        )
        blijvers = blijvers + _volgens_tafel(tafel, stand.klanten.deel(niet), c.tot, maanden)
    werkelijk = float(c.stand[-1])
    if abs(eigen.size - werkelijk) > AFWIJKING * werkelijk:
        gezegd.append(
            f"Er lopen {eigen.size} klanten tegen {werkelijk:.0f} in de maandreeks; de blijvers zijn naar de reeks "
            "geschaald."
        )
    schaal = werkelijk / max(eigen.size, 1)
    return Lopend(
        blijvers=blijvers * schaal, model=True, stand=stand, toelichting=tuple(zinnen), waarschuwingen=tuple(gezegd)
    )


def _stand(bestand: Bestand, config: Config, h: Herijking, c: Cohorten) -> Klantstand:
    """The running clients at the end of the last complete month, as then known."""
    u = bestand.uitkeringen
    mee = replace(bestand, uitkeringen=u[u["regeling"] == REGELING].reset_index(drop=True))
    einde = laatste_dag(naam(c.tot))
    if einde != config.gemeente.peildatum:
        mee, config = zoals_bekend(mee, einde, registratie=False), config.met_peildatum(einde)
    return maak_klantstand(mee, config, h)[0]


def _maandeinden(nu: int, maanden: int) -> Ints:
    """First day after each month to come."""
    return add_months(np.full(maanden, nu, dtype=np.int64), np.arange(1, maanden + 1))


def _volgens_model(h: Herijking, klanten: Klanten, maanden: int) -> Floats:
    """Sum of the survival under usual policy, block by block."""
    uit, dag = np.zeros(maanden), _maandeinden(klanten.nu, maanden)
    for a in range(0, klanten.aantal, STUK):
        deel = klanten.deel(slice(a, a + STUK))
        over = 1.0 - kansen_gebruikelijk(h, deel, range(1, maanden + 1)).sum(axis=0)
        uit += (over * (deel.aow[:, None] > dag)).sum(axis=0)
    return uit


def _volgens_tafel(tafel: Tafel, klanten: Klanten, tot: int, maanden: int) -> Floats:
    """Sum of the survival of clients by the months since their month of inflow."""
    leeftijd, dag = tot - month_of(klanten.begin), _maandeinden(klanten.nu, maanden)
    over, uit = np.ones(klanten.aantal), np.zeros(maanden)
    for k in range(maanden):
        over = over * (1 - tafel.kans(leeftijd + 1 + k, tot + 1 + k)) * (klanten.aow > dag[k])
        uit[k] = over.sum()
    return uit
