"""Results as tables and pictures for a notebook; the only place that knows how a result looks.

A result is seen through ``to_frame()`` (and the frames and names that it carries beside it) and the glossary. Nothing
is fetched from elsewhere, text is escaped, Dutch labels and numbers.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from kompas.begrippen import fase_in_woorden, lees_begrippen
from kompas.fouten import GebruiksFout, naaste
from kompas.weergave import (
    ambitieplaat,
    bestandplaat,
    budgetplaat,
    catalogusplaat,
    klantplaat,
    platen,
    scanplaat,
    terugtoetsplaat,
    uitgavenplaat,
    uitvoeringplaat,
    vooruitzichtplaat,
    zinnen,
)
from kompas.weergave.getallen import aantal, datum, euro, getal, klein_aantal, percent
from kompas.weergave.htmltabel import cel
from kompas.weergave.platen import ERNST, STIJL, Grafiek, instrumentnamen, simulatienamen, ware_effecten

RIJEN = 20  # rows that a table in a notebook shows


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Kort:
    """A table as it is shown: caption, the rows, how many there are, names of instruments, headings of its own."""

    bijschrift: str
    frame: pd.DataFrame
    totaal: int
    namen: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    koppen: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    rechts: tuple[str, ...] = ()


def _html(k: Kort) -> str:
    begrippen, f = lees_begrippen(), k.frame.head(RIJEN)
    rechts = [c in k.rechts or _is_getal(f[c]) for c in f.columns]
    eenheden = [_eenheid(f[c], begrippen.eenheid(str(c), k.namen)) for c in f.columns]
    klasse = [' class="getal"' if r else "" for r in rechts]
    koppen = "".join(
        f'<th scope="col"{s}>{html.escape(k.koppen.get(c) or begrippen.label(str(c), k.namen))}</th>'
        for c, s in zip(f.columns, klasse, strict=True)
    )
    rijen = []
    for rij in f.itertuples(index=False):
        cellen = [html.escape(cel(w, str(c), e)) for w, c, e in zip(rij, f.columns, eenheden, strict=True)]
        kop = f'<th scope="row"{klasse[0]}>{cellen[0]}</th>' if cellen else ""
        rijen.append(kop + "".join(f"<td{s}>{c}</td>" for c, s in zip(cellen[1:], klasse[1:], strict=True)))
    lijf = "".join(f"<tr>{r}</tr>" for r in rijen)
    rest = k.totaal - len(f)
    woord = "rij" if rest == 1 else "rijen"
    staart = f"<p>en nog {aantal(rest)} {woord}; to_frame() geeft ze alle</p>" if rest > 0 else ""
    if f.empty:
        return f'<div class="kompas"><style>{STIJL}</style><p><strong>{html.escape(k.bijschrift)}</strong></p></div>'
    tabel = f"<table><caption>{html.escape(k.bijschrift)}</caption><thead><tr>{koppen}</tr></thead>"
    return f'<div class="kompas"><style>{STIJL}</style>{tabel}<tbody>{lijf}</tbody></table>{staart}</div>'


def _eenheid(reeks: pd.Series[Any], eenheid: str | None) -> str | None:
    """Whole months are counts: no decimals."""
    return "aantal" if eenheid == "maanden" and pd.api.types.is_integer_dtype(reeks) else eenheid


def _is_getal(reeks: pd.Series[Any]) -> bool:
    return pd.api.types.is_numeric_dtype(reeks) and not pd.api.types.is_bool_dtype(reeks)


# -- tables --------------------------------------------------------------------------------------------------------


def _herijking_kort(h: Any) -> Kort:
    """The effects for all clients on the exit that each instrument is for."""
    namen, alles, b = instrumentnamen(h.config.instrument), h.to_frame(), lees_begrippen()
    kop = f"Herijking {h.config.gemeente.naam}, peildatum {datum(h.config.gemeente.peildatum)}"
    if alles.empty:
        return Kort(bijschrift=f"{kop}: er zijn geen instrumenten", frame=h.glance, totaal=len(h.glance))
    handhaving = [i.code for i in h.config.instrument if i.meter == "handhaving"]
    r = zinnen.hoofdrijen(alles)
    r = r[r["bestemming"] == np.where(r["instrument"].isin(handhaving), "handhaving", "werk")]
    drie = r[["effect", "ondergrens", "bovengrens"]].to_numpy(dtype=np.float64)
    frame = pd.DataFrame(
        {
            "instrument": [namen.get(c) or str(c) for c in r["instrument"]],
            "fase": [fase_in_woorden(str(f)) for f in r["fase"]],
            "bestemming": r["bestemming"].to_numpy(),
            "effect": [zinnen.cijfer(*map(float, d)) for d in drie],
            "woorden": [zinnen.in_woorden(x) for x in r.to_dict("records")],
            "inzetten": [klein_aantal(n) for n in r["inzetten"]],
            "oordeel": [b.waarde("oordeel", str(o)) for o in r["oordeel"]],
        }
    )
    return Kort(
        bijschrift=f"{kop}: effecten voor alle cliënten samen",
        frame=frame,
        totaal=len(alles),
        koppen={"effect": "Effect (95%-interval)", "woorden": "In woorden"},
        rechts=("effect", "inzetten"),
    )


def _lijst_kort(lijst: Any) -> Kort:
    """Who, how long, chances, advice; per instrument the indication, with the net return where it counts."""
    alles, namen = lijst.to_frame(), instrumentnamen(lijst.instrumenten)
    if "advies" not in alles:  # who has left has no advice
        frame = alles.drop(columns=[k for k in ("afdeling", "klantmanager", "model", "peildatum") if k in alles])
        kop = f"Nazorg op peildatum {datum(lijst.peildatum)}: {aantal(len(alles))} klanten"
        return Kort(bijschrift=kop, frame=frame.head(RIJEN), totaal=len(alles))
    vast = ["client_id", "team", "duur_maanden", "kans_uitstroom_12m", "kans_werk_12m", "verwachte_maanden", "advies"]
    top = alles.head(RIJEN)
    frame = top[[k for k in vast if k != "team" or alles["team"].notna().any()]]
    frame = frame.assign(
        **({"waarom_op_lijst": top["waarom_op_lijst"]} if "waarom_op_lijst" in top else {}),
        advies=top["advies"].map(lambda a: ", ".join(namen.get(c, c) for c in str(a).split()) or "geen"),
        **{f"{c}_indicatie": _met_bedrag(top[f"{c}_indicatie"], top[f"{c}_netto"]) for c in namen},
    )
    kop = f"Lijst op peildatum {datum(lijst.peildatum)}: {aantal(len(alles))} lopende uitkeringen"
    koppen = {f"{c}_indicatie": f"{n} (netto opbrengst)" for c, n in namen.items()}
    return Kort(bijschrift=kop, frame=frame, totaal=len(alles), namen=namen, koppen=koppen)


def _met_bedrag(indicatie: pd.Series[Any], netto: pd.Series[Any]) -> list[str]:
    """The indication in words; an amount only behind yes or no, for without support it says nothing."""
    woorden = [lees_begrippen().waarde("indicatie", str(i)) for i in indicatie]
    toon = (indicatie != "geen_uitspraak") & netto.notna()
    return [f"{w} ({euro(n)})" if t else w for w, n, t in zip(woorden, netto, toon, strict=True)]


def _controle_kort(c: Any) -> Kort:
    """Findings summed per file, column and rule; no value and no row of a person."""
    alles = c.to_frame()
    sleutel = ["bestand", "kolom", "ernst", "regel", "wat_te_doen"]
    frame = alles.groupby(sleutel, sort=False, dropna=False)["aantal"].sum().reset_index()
    rang = frame["ernst"].map({e: n for n, e in enumerate(ERNST)}).fillna(len(ERNST))
    frame = frame.iloc[np.lexsort((-frame["aantal"].to_numpy(dtype=np.int64), rang.to_numpy()))]
    oordeel = "goedgekeurd" if c.goedgekeurd else f"afgekeurd. {c.reden}"
    kop = f"Controle van de invoer: {oordeel} ({aantal(int(alles['aantal'].sum()))} bevindingen)"
    frame = frame[["bestand", "kolom", "ernst", "regel", "aantal", "wat_te_doen"]]
    return Kort(bijschrift=kop, frame=frame, totaal=len(frame))


def _verkenning_kort(v: Any) -> Kort:
    """What each column was taken for; what needs a decision comes first."""
    alles = v.to_frame()
    frame = alles.iloc[np.argsort((alles["zekerheid"] == "zeker").to_numpy(), kind="stable")]
    kop = f"Verkenning: {aantal(len(frame))} kolommen, {aantal(len(v.twijfels))} twijfels"
    koppen = {"herkend_als": "Herkend als", "zekerheid": "Zekerheid", "voorbeeld": "Schrijfwijze"}
    return Kort(bijschrift=kop, frame=frame, totaal=len(frame), koppen=koppen)


def _simulatie_kort(s: Any) -> Kort:
    alles, namen = ware_effecten(s), simulatienamen(s)
    frame = alles.assign(
        instrument=alles["instrument"].map(lambda c: namen.get(c) or c), fase=alles["fase"].map(fase_in_woorden)
    )
    kop = f"Gesimuleerde gemeente, zaad {s.zaad}: de ware effecten van {aantal(len(namen))} instrumenten"
    return Kort(bijschrift=kop, frame=frame[["instrument", "fase", "bestemming", "effect"]], totaal=len(alles))


def _terugtoets_kort(t: Any) -> Kort:
    """Who predicted how well: all exits and exits to work, a year ahead on the latest day."""
    alles = t.to_frame()
    f = terugtoetsplaat.hoofdmoment(t, alles)
    f = f[f["bestemming"].isin(["uitstroom", "werk"])]
    frame = pd.DataFrame(
        {
            "bestemming": f["bestemming"],
            "voorspeller": [terugtoetsplaat.mededinger(str(v)) for v in f["voorspeller"]],
            "brier": [getal(x, 4) for x in f["brier"]],
            "auc": [getal(x, 2) for x in f["auc"]],
            "verwacht": [percent(x, 1) for x in f["verwacht"]],
            "waargenomen": [percent(x, 1) for x in f["waargenomen"]],
            "oe": [zinnen.cijfer(*map(float, d)) for d in f[["oe", "oe_laag", "oe_hoog"]].to_numpy()],
        }
    )
    maanden = int(f["horizon"].iloc[0]) if len(f) else 0
    kop = f"Terugtoets {t.gemeente}: voorspeld vanaf {datum(t.momenten[0])}, {maanden} maanden vooruit"
    koppen = {
        "voorspeller": "Voorspeller",
        "brier": "Brierscore",
        "auc": "AUC",
        "verwacht": "Verwacht",
        "waargenomen": "Waargenomen",
        "oe": "Waargenomen / verwacht (95%-interval)",
    }
    return Kort(bijschrift=kop, frame=frame, totaal=len(alles), koppen=koppen, rechts=tuple(koppen)[1:])


def _catalogus_kort(k: Any) -> Kort:
    """Per instrument: its place, months, net return and verdict."""
    b, f = lees_begrippen(), k.to_frame()
    frame = pd.DataFrame(
        {
            "rang": f["rang"],
            "instrument": f["naam"],
            "beperking": f["beperking"],
            "maanden_bespaard": f["maanden_bespaard"],
            "netto": [_bedrag(r) for r in f.to_dict("records")],
            "terugverdientijd": f["terugverdientijd"],
            "oordeel": [b.waarde("oordeel", str(o)) for o in f["oordeel"]],
        }
    )
    kop = f"Instrumentencatalogus {k.gemeente}, peildatum {datum(k.peildatum)}"
    koppen = {"netto": "Netto per klant (95%-interval)"}
    return Kort(bijschrift=kop, frame=frame, totaal=len(frame), koppen=koppen, rechts=("rang", "netto"))


def _bedrag(r: dict[str, Any]) -> str:
    """A net return with its interval; empty without one."""
    leeg = pd.isna(r["netto"])
    return "–" if leeg else f"{euro(r['netto'])} ({euro(r['netto_laag'])} tot {euro(r['netto_hoog'])})"


def _poort_kort(p: Any) -> Kort:
    """The preventiequote per year; the effect is in the caption."""
    b = lees_begrippen()
    oordelen = [f"{r.instrument} {b.waarde('oordeel', str(r.oordeel))}" for r in p.effecten.itertuples()]
    kop = f"Aan de poort: {p.gemeente}, peildatum {datum(p.peildatum)}"
    staart = f"; effect van het aanbod: {', '.join(oordelen)}" if oordelen else ""
    return Kort(bijschrift=kop + staart, frame=p.preventie, totaal=len(p.preventie))


def _bestand_kort(m: Any) -> Kort:
    """Per area: scaled and true level, and the development over three months."""
    frame = m.stand[["gebied", "maand", "geschaald", "uitkeringen", "ontwikkeling_3m"]]
    return Kort(bijschrift=f"Bestandsmonitor {m.gemeente}", frame=frame, totaal=len(frame))


def _vooruitzicht_kort(v: Any) -> Kort:
    """The months with their interval and flows."""
    frame = vooruitzichtplaat.notitietabel(v)
    return Kort(bijschrift=f"Vooruitzicht {v.gemeente}, vanaf {v.laatste_maand}", frame=frame, totaal=len(frame))


def _ambitie_kort(a: Any) -> Kort:
    """The months to come, and the last one that has been."""
    frame = ambitieplaat.notitietabel(a)
    return Kort(bijschrift=f"Ambitiemonitor {a.gemeente}, vanaf {a.vanaf}", frame=frame, totaal=len(frame))


def _uitgaven_kort(u: Any) -> Kort:
    """Own spending per year, the last one first."""
    frame = uitgavenplaat.jarentabel(u)
    return Kort(
        bijschrift=f"Uitgavenmonitor {u.gemeente}, tot en met {u.laatste_maand}", frame=frame, totaal=len(frame)
    )


def _budget_kort(b: Any) -> Kort:
    """Balance per round, this year first."""
    frame = budgetplaat.saldotabel(b)
    return Kort(bijschrift=f"Budgetmonitor {b.gemeente}, {b.jaar}", frame=frame, totaal=len(frame))


def _uitvoering_kort(u: Any) -> Kort:
    """The last month of the first unit: figures, norm of that moment, signal; small counts left out."""
    koppen = {"norm_tot_nu": "Norm tot nu"}
    frame = uitvoeringplaat.notitietabel(u)
    kop = f"Uitvoeringsmonitor {u.gemeente}, {u.laatste_maand}"
    return Kort(bijschrift=kop, frame=frame, totaal=len(frame), koppen=koppen, rechts=tuple(frame.columns[1:4]))


def _scan_kort(s: Any) -> Kort:
    """The conclusions, each with its figure and its verdict."""
    frame, koppen, rechts = scanplaat.conclusietabel(s)
    kop = f"BijstandScan {s.gemeente}, peildatum {datum(s.peildatum)}"
    return Kort(bijschrift=kop, frame=frame, totaal=len(frame), koppen=koppen, rechts=rechts)


def _algemeen(resultaat: Any) -> Kort:
    """Any other result: its table as it is."""
    frame = resultaat.to_frame()
    return Kort(bijschrift=type(resultaat).__name__, frame=frame, totaal=len(frame))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Wijze:
    """How one kind of result looks: its table, and its pictures with the choices that each knows."""

    kort: Callable[[Any], Kort]
    platen: Mapping[str, tuple[Callable[..., Grafiek], tuple[str, ...]]]


_WIJZEN: Mapping[str, _Wijze] = MappingProxyType(
    {
        "Herijking": _Wijze(
            kort=_herijking_kort,
            platen={
                "effecten": (platen.effecten, ("instrument", "bestemming", "groep")),
                "kalibratie": (platen.kalibratie, ("bestemming",)),
                "uitstroom": (platen.uitstroom, ("bestemming",)),
            },
        ),
        "Lijst": _Wijze(
            kort=_lijst_kort, platen={"indicaties": (platen.indicaties, ("instrument",)), "kansen": (platen.kansen, ())}
        ),
        "Klantbeeld": _Wijze(kort=_algemeen, platen={"overleving": (klantplaat.overleving, ("instrument",))}),
        "Controle": _Wijze(kort=_controle_kort, platen={"bevindingen": (platen.bevindingen, ())}),
        "Verkenning": _Wijze(kort=_verkenning_kort, platen={"kolommen": (platen.kolommen, ())}),
        "Terugtoets": _Wijze(
            kort=_terugtoets_kort,
            platen={
                "brier": (terugtoetsplaat.scores, ("bestemming",)),
                "kalibratie": (terugtoetsplaat.kalibratie, ("bestemming",)),
                "groepen": (terugtoetsplaat.groepen, ("bestemming",)),
            },
        ),
        "Catalogus": _Wijze(kort=_catalogus_kort, platen={"netto": (catalogusplaat.netto, ("instrument",))}),
        "Poort": _Wijze(kort=_poort_kort, platen={"besluiten": (catalogusplaat.besluiten, ())}),
        "Bestandsmonitor": _Wijze(
            kort=_bestand_kort,
            platen={
                "stand": (bestandplaat.stand, ()),
                "instroom": (bestandplaat.instroom, ()),
                "uitstroom": (bestandplaat.uitstroom, ()),
                "groepen": (bestandplaat.groepplaat, ("groep",)),
            },
        ),
        "Vooruitzicht": _Wijze(
            kort=_vooruitzicht_kort, platen={n: (p, ()) for n, p in vooruitzichtplaat.PLATEN.items()}
        ),
        "Ambitiemonitor": _Wijze(kort=_ambitie_kort, platen={n: (p, ()) for n, p in ambitieplaat.PLATEN.items()}),
        "Uitgavenmonitor": _Wijze(kort=_uitgaven_kort, platen={n: (p, ()) for n, p in uitgavenplaat.PLATEN.items()}),
        "Budgetmonitor": _Wijze(kort=_budget_kort, platen={n: (p, ()) for n, p in budgetplaat.PLATEN.items()}),
        "Uitvoeringsmonitor": _Wijze(
            kort=_uitvoering_kort,
            platen={
                "signalen": (uitvoeringplaat.signalen, ("groep",)),
                "trechter": (uitvoeringplaat.trechterplaat, ("groep",)),
                "verloop": (uitvoeringplaat.verloop, ("groep",)),
            },
        ),
        "Scan": _Wijze(kort=_scan_kort, platen={naam: (maak, ()) for naam, maak in scanplaat.PLATEN.items()}),
        "Simulatie": _Wijze(kort=_simulatie_kort, platen={"effecten": (platen.waarheid, ("instrument", "bestemming"))}),
    }
)


def _wijze(resultaat: Any) -> _Wijze:
    namen = (soort.__name__ for soort in type(resultaat).__mro__)
    return next((_WIJZEN[n] for n in namen if n in _WIJZEN), _Wijze(kort=_algemeen, platen={}))


def tabel_html(resultaat: Any) -> str:
    """Return a result as an HTML table of at most 20 rows; see `kompas.toonbaar.Toonbaar`."""
    return _html(_wijze(resultaat).kort(resultaat))


def plaat(
    resultaat: Any,
    soort: str | None = None,
    *,
    instrument: str | None = None,
    bestemming: str | None = None,
    groep: str | None = None,
) -> Grafiek:
    """Draw a result; see `kompas.toonbaar.Toonbaar.plot`.

    Raises
    ------
    GebruiksFout
        ``KMP-U010`` unknown ``soort``, ``KMP-U011`` unknown value, ``KMP-U012`` a choice the picture does not have.
    """
    soorten, naam = _wijze(resultaat).platen, type(resultaat).__name__
    gekozen = soort if soort is not None else next(iter(soorten), "")
    if gekozen not in soorten:
        er_is = (
            f"Er is: {', '.join(soorten)}." if soorten else "Dit resultaat heeft geen grafieken; gebruik to_frame()."
        )
        raise GebruiksFout("KMP-U010", f"{naam} kent de grafiek '{gekozen}' niet.{naaste(gekozen, soorten)} {er_is}")
    maak, keuzes = soorten[gekozen]
    gevraagd = {"instrument": instrument, "bestemming": bestemming, "groep": groep}
    gevraagd = {k: v for k, v in gevraagd.items() if v is not None}
    for keus in gevraagd:
        if keus not in keuzes:
            wel = f"Kies uit: {', '.join(keuzes)}." if keuzes else "Laat het weg."
            raise GebruiksFout("KMP-U012", f"de grafiek '{gekozen}' van {naam} kent geen keuze '{keus}'. {wel}")
    return maak(resultaat, **gevraagd)
