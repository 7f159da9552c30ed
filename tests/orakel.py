"""A slow oracle for person-months: plain Python, day by day, written from contract 3 and nothing else of kompas.

Days are ordinals of ``datetime.date``; an end is the first day that no longer counts, ``NOOIT`` when it has not come.
The AOW date is an argument (a function of the date of birth), so that its table is tested on its own.

Two places where the contract leaves room, and what is taken here: rows of a deployment are within 30 days when the
later begins at most 30 days after the last day of the earlier; a new deployment is a change of phase, also when it
restarts the phase that was already running.
"""

import calendar
import datetime as dt
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache

NOOIT = 10**9
BESTEMMINGEN = ("werk", "handhaving", "overig")
OVERNAME = ("02", "97")


@dataclass(frozen=True, kw_only=True)
class Instelling:
    """What the oracle needs of a config; ``instrumenten``: code -> (duur_maanden, fasen_na)."""

    venster_van: dt.date
    peildatum: dt.date
    gat_dagen: int = 30
    rijping_maanden: int = 0
    volledig_vanaf: dt.date | None = None
    instrumenten: dict[str, tuple[int, tuple[int, ...]]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Stuk:
    """One piece: client of the spell, its begin, duration month k from 1, first day, and what holds there."""

    client: str
    begin: dt.date
    k: int
    dag: dt.date
    maand: tuple[int, int]
    d: float
    event: str | None
    fasen: tuple[str | None, ...]
    inzetten: tuple[int | None, ...]
    leeftijd: int
    eerdere_spells: int
    rij: dict


@dataclass(kw_only=True)
class Periode:
    """A spell: first and last-but-one day, how it ended, and who receives from when."""

    client: str
    begin: int
    eind: int
    reden: str | None
    bestemming: str | None
    eerdere: int
    huishouden: str | None
    delen: list[tuple[int, dict]]


# --- calendar ----------------------------------------------------------------------------------------------------


@cache
def maanden_erbij(dag: int, n: int) -> int:
    """Day plus n calendar months, clipped to the end of the month."""
    d = dt.date.fromordinal(dag)
    jaar, maand = divmod(12 * d.year + d.month - 1 + n, 12)
    return dt.date(jaar, maand + 1, min(d.day, calendar.monthrange(jaar, maand + 1)[1])).toordinal()


def jaren_oud(geboren: dt.date, dag: dt.date) -> int:
    """Completed years."""
    return dag.year - geboren.year - ((dag.month, dag.day) < (geboren.month, geboren.day))


def venster(i: Instelling) -> tuple[int, int]:
    """First day of the window and the first day after it."""
    van = i.venster_van
    if i.instrumenten and i.volledig_vanaf is not None and i.volledig_vanaf > van:
        van = i.volledig_vanaf
    return van.toordinal(), maanden_erbij(i.peildatum.toordinal() + 1, -i.rijping_maanden)


# --- spells ------------------------------------------------------------------------------------------------------


def _einde(rij: dict) -> int:
    return NOOIT if rij["einddatum"] is None else rij["einddatum"].toordinal() + 1


def perioden_van_client(rijen: list[dict], gat: int) -> list[Periode]:
    """Join the rows of one client: overlap, adjacency or a gap shorter than ``gat`` days."""
    uit: list[Periode] = []
    for rij in sorted(rijen, key=lambda r: r["begindatum"]):
        begin, eind = rij["begindatum"].toordinal(), _einde(rij)
        vorige = uit[-1] if uit else None
        if vorige is None or begin - vorige.eind >= max(gat, 1):
            uit.append(
                Periode(
                    client=rij["client_id"],
                    begin=begin,
                    eind=eind,
                    reden=rij["reden_einde"],
                    bestemming=rij["bestemming"],
                    eerdere=len(uit),
                    huishouden=rij["huishouden_id"],
                    delen=[(begin, rij)],
                )
            )
        elif eind >= vorige.eind:
            vorige.eind, vorige.reden, vorige.bestemming = eind, rij["reden_einde"], rij["bestemming"]
            vorige.huishouden = rij["huishouden_id"]
    return uit


def maak_spells(uitkeringen: Sequence[dict], gat: int) -> list[Periode]:
    """Spells of all clients, takeovers (02, 97) within a household joined."""
    per_client: dict[str, list[dict]] = {}
    for rij in uitkeringen:
        per_client.setdefault(rij["client_id"], []).append(rij)
    los = [p for c in sorted(per_client) for p in perioden_van_client(per_client[c], gat)]
    opvolger: dict[int, int] = {}
    bezet: set[int] = set()
    for i in sorted(range(len(los)), key=lambda i: los[i].begin):
        p = los[i]
        if p.reden not in OVERNAME or p.huishouden is None:
            continue
        kandidaten = [
            j
            for j, q in enumerate(los)
            if q.huishouden == p.huishouden
            and q.client != p.client
            and q.begin > p.begin
            and q.eind > p.eind
            and q.begin - p.eind < max(gat, 1)
        ]
        eerste = min(kandidaten, key=lambda j: (los[j].begin, los[j].client), default=None)
        if eerste is not None and eerste not in bezet:
            opvolger[i] = eerste
            bezet.add(eerste)
    uit = []
    for i, eerste in enumerate(los):
        if i in bezet:
            continue
        keten = [i]
        while keten[-1] in opvolger:
            keten.append(opvolger[keten[-1]])
        laatste = los[keten[-1]]
        uit.append(
            Periode(
                client=laatste.client,
                begin=eerste.begin,
                eind=laatste.eind,
                reden=laatste.reden,
                bestemming=laatste.bestemming,
                eerdere=eerste.eerdere,
                huishouden=laatste.huishouden,
                delen=[d for j in keten for d in los[j].delen],
            )
        )
    return uit


# --- deployments -------------------------------------------------------------------------------------------------


def maak_inzetten(inzet: Sequence[dict], i: Instelling) -> list[tuple[str, str, int, int]]:
    """Deployments: client, instrument, start of the timing, planned end."""
    per: dict[tuple[str, str], list[dict]] = {}
    for r in inzet:
        if r["instrument"] in i.instrumenten:
            per.setdefault((r["client_id"], r["instrument"]), []).append(r)
    uit = []
    for (client, code), rijen in sorted(per.items()):
        duur = i.instrumenten[code][0]
        keten: list[dict] = []
        laatste = 0
        for r in sorted(rijen, key=_start):
            if keten and _start(r) - laatste > 30:
                uit.append((client, code, *_tijden(keten, duur)))
                keten, laatste = [], 0
            keten.append(r)
            laatste = max(laatste, r["begindatum"].toordinal() if duur == 0 else _einde(r) - 1)
        uit.append((client, code, *_tijden(keten, duur)))
    return uit


def _start(r: dict) -> int:
    return min(r["begindatum"], r["aanmelddatum"] or r["begindatum"]).toordinal()


def _tijden(keten: list[dict], duur: int) -> tuple[int, int]:
    start = min(_start(r) for r in keten)
    if duur == 0:
        return start, start
    gepland = [r["geplande_einddatum"].toordinal() + 1 for r in keten if r["geplande_einddatum"] is not None]
    eind = max(gepland) if gepland else maanden_erbij(min(r["begindatum"].toordinal() for r in keten), duur)
    return start, eind


def fase_op(dag: int, start: int, gepland: int, duur: int, fasen_na: tuple[int, ...]) -> str:
    """Phase on one day of a deployment that has started."""
    assert dag >= start
    if duur and dag < gepland:
        return "tijdens"
    vanaf = 0
    for grens in fasen_na:
        if dag < maanden_erbij(gepland, grens):
            return f"na_{vanaf}_{grens}"
        vanaf = grens
    return f"na_{vanaf}"


# --- pieces ------------------------------------------------------------------------------------------------------


def maak_stukken(
    uitkeringen: Sequence[dict],
    inzet: Sequence[dict],
    i: Instelling,
    aow: Callable[[dt.date], dt.date],
    *,
    per_dag: bool = True,
) -> list[Stuk]:
    """All pieces of all spells in the window.

    ``per_dag`` looks at every day; without it only at the days on which something can change (for larger tables).
    """
    van, tot = venster(i)
    inzetten = maak_inzetten(inzet, i)
    leden: dict[str, set[str]] = {}
    for r in uitkeringen:
        if r["huishouden_id"] is not None:
            leden.setdefault(r["huishouden_id"], set()).add(r["client_id"])
    per_client: dict[str, list[int]] = {}
    for nummer, (client, *_) in enumerate(inzetten):
        per_client.setdefault(client, []).append(nummer)
    uit = []
    for spell in maak_spells(uitkeringen, i.gat_dagen):
        wie = {r["client_id"] for _, r in spell.delen}
        for _, r in spell.delen:
            wie |= leden.get(r["huishouden_id"], set())
        eigen = [n for c in sorted(wie) for n in per_client.get(c, []) if inzetten[n][2] < spell.eind]
        uit += _stukken_van(spell, [(n, *inzetten[n]) for n in eigen], i, van, tot, aow, per_dag)
    return uit


def _stukken_van(spell, inzetten, i, van, tot, aow, per_dag) -> list[Stuk]:
    grens = min(tot, aow(spell.delen[-1][1]["geboortedatum"]).toordinal())
    uitgang = spell.eind - 1  # the last day with entitlement
    if spell.bestemming not in BESTEMMINGEN or spell.eind > grens:
        grens, uitgang = min(grens, spell.eind), NOOIT
    stappen = {van, grens}
    for _, _, c, s, g in inzetten:
        stappen |= {s, g, *(maanden_erbij(g, m) for m in i.instrumenten[c][1])}
    uit: list[Stuk] = []
    for k in itertools.count(1):
        m0, m1 = maanden_erbij(spell.begin, k - 1), maanden_erbij(spell.begin, k)
        if m0 >= min(grens, uitgang + 1):
            break
        dagen = range(m0, m1) if per_dag else sorted({m0, *(s for s in stappen if m0 < s < m1)})
        staten = [(dag, _toestand(dag, inzetten, i) if van <= dag < grens else None) for dag in dagen]
        runs = [(next(groep)[0], staat) for staat, groep in itertools.groupby(staten, key=lambda x: x[1])]
        for (a, staat), b in zip(runs, [r[0] for r in runs[1:]] + [m1], strict=True):
            if staat is not None and a <= uitgang:
                event = spell.bestemming if uitgang < b else None
                uit.append(_stuk(spell, k, a, (b - a) / (m1 - m0), event, staat))
    return uit


def _toestand(dag, inzetten, i) -> tuple[tuple[str | None, int | None], ...]:
    """Phase and number of the deployment in force, per instrument, on one day."""
    uit: list[tuple[str | None, int | None]] = []
    for code, (duur, fasen_na) in i.instrumenten.items():
        begonnen = [(s, g, n) for n, _, c, s, g in inzetten if c == code and s <= dag]
        if begonnen:
            s, g, n = max(begonnen)
            uit.append((fase_op(dag, s, g, duur, fasen_na), n))
        else:
            uit.append((None, None))
    return tuple(uit)


def _stuk(spell, k, dag, d, event, staat) -> Stuk:
    begin = dt.date.fromordinal(spell.begin)
    maand = divmod(12 * begin.year + begin.month - 1 + k - 1, 12)
    rij = [r for vanaf, r in spell.delen if vanaf <= dag][-1]
    datum = dt.date.fromordinal(dag)
    return Stuk(
        client=spell.client,
        begin=begin,
        k=k,
        dag=datum,
        maand=(maand[0], maand[1] + 1),
        d=d,
        event=event,
        fasen=tuple(f for f, _ in staat),
        inzetten=tuple(n for _, n in staat),
        leeftijd=jaren_oud(rij["geboortedatum"], datum),
        eerdere_spells=spell.eerdere,
        rij=rij,
    )
