"""Everything that is said about one client, put together: a question to a `Klantbeeld`."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from kompas.begrippen import lees_begrippen
from kompas.config import Instrument
from kompas.fouten import GebruiksFout
from kompas.herijking import Herijking
from kompas.indicatie import HOOFDBESTEMMING, oordeel_van, prijs_van, steun_van
from kompas.klantbeeld import Klantbeeld
from kompas.klantgroep import aantal_gelijken, namen_van
from kompas.klantinvoer import Waarde
from kompas.klantuitkomst import (
    Uitkomst,
    bijdragen_van,
    grenzen,
    kwantielen,
    later,
    meter_van,
    per_rekenwijze,
    reken,
    se_verwacht,
)
from kompas.klantvraag import Vraag, referentie_van
from kompas.models.calendar import age_at, to_date
from kompas.perioden import venster
from kompas.rendement import overleving
from kompas.toerekening import Referentie

OUD_DAGEN = 366  # a model is old when the calculation is later than this
HORIZONTEN = (3, 6, 12, 24)
NIETS = "niets nieuws"


def maak_beeld(vraag: Vraag, h: Herijking, *, zonder_laatste: Vraag | None = None) -> Klantbeeld:
    """Compute everything that is said about a client.

    Parameters
    ----------
    vraag : Vraag
    h : Herijking
    zonder_laatste : Vraag, optional
        The same question without the trait that was typed last.

    Raises
    ------
    GebruiksFout
        ``KMP-K007`` when the AOW age is reached, ``KMP-K011`` when no benefit runs, ``KMP-K012`` for a value that the
        model does not know.
    """
    referentie = referentie_van(meter_van(vraag.config, h), vraag.config, h)
    u = reken(vraag.bestand, vraag.config, h, vraag.gewicht, client=vraag.client, referentie=referentie)
    _controleer_stand(u)
    if vraag.client is not None:
        vraag = _uit_stand(vraag, u, h)
    verwacht = float(u.rij["verwachte_maanden"].iloc[0])
    laag, hoog = grenzen(verwacht, se_verwacht(u))
    horizon = vraag.config.rendement.horizon_maanden
    los = vraag.gewicht.size > 1
    van, tot = venster(h.config)
    gemiddeld, factoren = _factoren(u, h, referentie, vraag)
    return Klantbeeld(
        rij=u.rij,
        opties=_opties(u, h),
        kansen=_kansen(u),
        curve=_curve(u),
        factoren=factoren,
        verandert=_verandert(u, vraag, h, zonder_laatste),
        kenmerken=vraag.woorden,
        gemiddeld=vraag.gemiddeld,
        gelijken=vraag.gelijken,
        gelijk_op=vraag.gelijk_op,
        verwacht=verwacht,
        laag=max(laag, 0.0),
        hoog=min(hoog, float(horizon)),
        spreiding=_spreiding(u) if los else None,
        referentie=gemiddeld,
        horizon=horizon,
        gemeente=h.config.gemeente.naam,
        peildatum=vraag.config.gemeente.peildatum,
        modeldatum=h.config.gemeente.peildatum,
        venster_van=to_date(van),
        venster_tot=to_date(tot - 1),
        persoonmaanden=float(h.glance["persoonmaanden"].max()),
        gebeurtenissen=float(h.glance.drop_duplicates("bestemming")["gebeurtenissen"].sum()),
        minimum=vraag.config.rendement.minimale_kans_positief,
        waarschuwingen=(*_datums(vraag, h), *vraag.waarschuwingen, *_norm(u), *u.stand.bedragen.waarschuwingen),
        modelwaarschuwingen=h.waarschuwingen,
    )


def _factoren(u: Uitkomst, h: Herijking, referentie: Referentie | None, vraag: Vraag) -> tuple[float, pd.DataFrame]:
    if referentie is None:
        return float("nan"), pd.DataFrame(columns=["factor", "tekst", "maanden"])
    return bijdragen_van(u, h, referentie, None if not vraag.gemiddeld else set(vraag.bekend))


def _norm(u: Uitkomst) -> tuple[str, ...]:
    if not u.stand.bedragen.geschat.any():
        return ()
    return ("Het uitkeringsbedrag is niet bekend. Voor de euro's is de bijstandsnorm van die dag gebruikt.",)


def _controleer_stand(u: Uitkomst) -> None:
    if u.stand.aow.any():
        raise GebruiksFout(
            "KMP-K007", "de AOW-leeftijd is bereikt op de peildatum: over deze klant is geen uitspraak mogelijk."
        )
    if not u.stand.scoort.all():
        raise GebruiksFout(
            "KMP-K012",
            "een kenmerk van deze klant heeft een waarde die het model niet kent: geen uitspraak. Vul de codes aan in "
            "[bron.uitkeringen.codes], of herijk opnieuw.",
        )


def _datums(vraag: Vraag, h: Herijking) -> tuple[str, ...]:
    """What must be said about the age of the model."""
    peildatum, model = vraag.config.gemeente.peildatum, h.config.gemeente.peildatum
    if (peildatum - model).days > OUD_DAGEN:
        maanden = round((peildatum - model).days / 30.44)
        return (f"Het model is oud: het kent gegevens tot en met {model:%d-%m-%Y}, {maanden} maanden geleden.",)
    if peildatum < model:
        return (f"De peildatum ligt voor het einde van de gegevens van het model ({model:%d-%m-%Y}).",)
    return ()


def _uit_stand(vraag: Vraag, u: Uitkomst, h: Herijking) -> Vraag:
    """What is known about a client of the data, as the meters see it."""
    b, k = lees_begrippen(), u.stand.klanten
    nu = np.array([k.nu], dtype=np.int64)
    bekend: dict[str, Waarde] = {}
    for kenmerk in h.kenmerken:
        if kenmerk.naam != "leeftijd":
            code = k.codes[kenmerk.naam][0]
            bekend[kenmerk.naam] = kenmerk.niveaus[int(code)] if kenmerk.niveaus else float(code)
    woorden = [(b.label(n), b.waarde(n, w) if isinstance(w, str) else f"{w:g}") for n, w in bekend.items()]
    bekend["leeftijd"], bekend["duur"] = float(age_at(k.geboren, nu)[0]), float(u.stand.duur[0])
    woorden += [
        ("Leeftijd", f"{bekend['leeftijd']:g} jaar"),
        ("Bijstand sinds", f"{to_date(int(k.begin[0])):%d-%m-%Y}"),
    ]
    for i in h.config.instrument:
        start = int(k.inzet[i.code][0][0])
        if start <= k.nu:
            loopt = " (loopt nu)" if u.stand.loopt[i.code][0] else ""
            woorden.append(("Kreeg al", f"{i.label} vanaf {to_date(start):%d-%m-%Y}{loopt}"))
    op = [n for n in bekend if n in namen_van(h.profielen)]
    return replace(
        vraag,
        bekend=bekend,
        woorden=tuple(woorden),
        gelijken=aantal_gelijken(h.profielen, {n: bekend[n] for n in op}) if op else 0.0,
        gelijk_op=tuple(b.label(n).lower() for n in op),
    )


def _spreiding(u: Uitkomst) -> tuple[float, float]:
    laag, hoog = kwantielen(u.per_profiel.verwachte_maanden, u.gewicht)
    return laag, hoog


def _steuncijfers(ins: Instrument, h: Herijking) -> tuple[int, int]:
    """Deployments and exits behind the effect, for the bestemming that the meter is about."""
    e = h.effecten
    f = e[
        (e["instrument"] == ins.code)
        & (e["bestemming"] == HOOFDBESTEMMING[ins.meter])
        & (e["groep"] == "allen")
        & e["voorkeur"]
    ]
    return (int(f["inzetten"].max()), int(f["gebeurtenissen"].sum())) if len(f) else (0, 0)


def _opties(u: Uitkomst, h: Herijking) -> pd.DataFrame:
    """Instruments side by side, in the order of the alphabet."""
    rijen = []
    for ins in sorted(u.instrumenten, key=lambda i: (i.label.casefold(), i.code)):
        c = ins.code
        eigen = {k: u.rij[f"{c}_{k}"].iloc[0] for k in ("opbrengst", "netto", "netto_laag", "netto_hoog")}
        bespaard, se = u.bespaard(c)
        onder, boven = grenzen(bespaard, se)
        inzetten, uitstroom = _steuncijfers(ins, h)
        p10, p90 = np.nan, np.nan
        if u.gewicht.size > 1 and not np.isnan(eigen["netto"]):
            euro = u.per_profiel.waarde[c] * u.stand.bedragen.bedrag - prijs_van(ins, h)
            bekend = ~np.isnan(euro)
            p10, p90 = kwantielen(euro[bekend], u.gewicht[bekend])
        rijen.append(
            {
                "instrument": c,
                "naam": ins.label,
                "meter": ins.meter,
                "indicatie": u.rij[f"{c}_indicatie"].iloc[0],
                "reden": u.rij[f"{c}_reden"].iloc[0],
                "maanden_bespaard": bespaard,
                "maanden_laag": onder,
                "maanden_hoog": boven,
                "opbrengst": eigen["opbrengst"],
                "kosten": prijs_van(ins, h),
                "netto": eigen["netto"],
                "netto_laag": eigen["netto_laag"],
                "netto_hoog": eigen["netto_hoog"],
                "kans_positief": u.rij[f"{c}_kans_positief"].iloc[0],
                "oordeel": oordeel_van(h, ins),
                "inzetten": inzetten,
                "gebeurtenissen": uitstroom,
                "steun": float(u.gewicht @ steun_van(h, ins, u.stand.klanten)),
                "netto_p10": p10,
                "netto_p90": p90,
            }
        )
    return pd.DataFrame(rijen)


def _kansen(u: Uitkomst) -> pd.DataFrame:
    """Chances from the one survival curve, as the list has them."""
    rijen = [
        {"maand": m} | {f"kans_{s}": float(u.rij[f"kans_{s}_{m}m"].iloc[0]) for s in ("uitstroom", "werk")}
        for m in HORIZONTEN
        if f"kans_uitstroom_{m}m" in u.rij
    ]
    return pd.DataFrame(rijen, columns=["maand", "kans_uitstroom", "kans_werk"])


def _curve(u: Uitkomst) -> pd.DataFrame:
    """Still on benefit by month, with nothing new and with each instrument that the list gives months for."""
    o = overleving(u.meter, u.stand.klanten, u.instrumenten)
    delen = [(NIETS, o.geen)]
    delen += [
        (i.label, o.met[i.code])
        for i in sorted(u.instrumenten, key=lambda i: (i.label.casefold(), i.code))
        if not np.isnan(u.bespaard(i.code)[0])
    ]
    return pd.concat(
        [pd.DataFrame({"maand": np.arange(c.shape[1]), "kans": u.gewicht @ c, "groep": naam}) for naam, c in delen],
        ignore_index=True,
    )


def _rij(wat: str, u: Uitkomst) -> dict[str, object]:
    return {"wat": wat, "verwachte_maanden": float(u.rij["verwachte_maanden"].iloc[0])} | {
        i.code: u.bespaard(i.code)[0] for i in u.instrumenten
    }


def _verandert(u: Uitkomst, vraag: Vraag, h: Herijking, zonder_laatste: Vraag | None) -> pd.DataFrame:
    """What another situation would give: half a year on, another way of computing, one trait fewer."""
    rijen = [_rij("zoals nu", u)]
    bestand, config = later(vraag.bestand, vraag.config, h)
    toen = reken(bestand, config, h, vraag.gewicht, client=vraag.client)
    if toen.stand.scoort.all():
        rijen.append(_rij("over een half jaar, als er niets verandert", toen))
    if zonder_laatste is not None:
        naam = lees_begrippen().label(next(n for n in vraag.bekend if n not in zonder_laatste.bekend)).lower()
        ander = reken(zonder_laatste.bestand, zonder_laatste.config, h, zonder_laatste.gewicht)
        if ander.stand.scoort.all():
            rijen.append(_rij(f"als {naam} niet was ingevuld", ander))
    wijze = per_rekenwijze(u, h)
    if len(wijze):
        per = wijze.groupby("instrument")["maanden_bespaard"]
        for naam, waarde in (("laagste", per.min()), ("hoogste", per.max())):
            getoond = {c: float(v) for c, v in waarde.items() if not np.isnan(u.bespaard(str(c))[0])}
            if getoond:
                leeg = {i.code: np.nan for i in u.instrumenten}
                rijen.append(
                    {"wat": f"volgens de {naam} van de rekenwijzen", "verwachte_maanden": rijen[0]["verwachte_maanden"]}
                    | leeg
                    | getoond
                )
    return pd.DataFrame(rijen)
