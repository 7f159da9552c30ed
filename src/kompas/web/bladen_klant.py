"""The form of one client, its answer, and the record of a decision."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pandas as pd
from flask import Flask, abort, redirect, request
from werkzeug.wrappers import Response as Antwoord

from kompas.fouten import KompasError
from kompas.web.besluiten import UITLEG, VELDEN, Besluit, Boekhouding, als_veldfout, lees_besluit
from kompas.web.blad import Bladmaker
from kompas.web.klantformulier import Ingevuld, Veldfout, leeg_formulier, lees_klantformulier, zin
from kompas.web.lijstvraag import lees_vraag
from kompas.web.rekenen import antwoord_getypt, antwoord_uit_lijst
from kompas.weergave.klantdelen import ADVIES, Inhoud

GEEN_BESLUIT = Besluit(waarden=dict.fromkeys(VELDEN, ""))


def voeg_toe(app: Flask, maker: Bladmaker) -> None:
    """Add the routes."""
    t = maker.toestand
    boek = Boekhouding(t.registerslot)

    @app.get("/klant")
    def formulier() -> str:
        return _formulier(maker, leeg_formulier(t.h, t.peildatum))

    @app.post("/klant")
    def bereken() -> str:
        ingevuld = lees_klantformulier(request.form, t.h, t.config)
        if "wijzig" in request.form:
            return _formulier(maker, ingevuld, met_fouten=False)
        return _antwoord_getypt(maker, ingevuld, GEEN_BESLUIT)

    if t.lijst is not None:

        @app.post("/klant/uit-lijst")
        def uit_lijst() -> str:
            terug = lees_vraag(request.form, t).velden()
            return _antwoord_uit_lijst(maker, request.form.get("client_id", ""), GEEN_BESLUIT, terug)

    if t.register is not None:
        _besluit(app, maker, boek)


def _besluit(app: Flask, maker: Bladmaker, boek: Boekhouding) -> None:
    t = maker.toestand
    codes = [i.code for i in t.h.config.instrument]

    @app.post("/besluit")
    def besluit() -> str | Antwoord:
        """Compute the figures again from what the page carried, and record them with the decision."""
        van_lijst = request.form.get("herkomst") == "lijst" and t.lijst is not None
        client = request.form.get("client_id", "") if van_lijst else None
        gelezen = lees_besluit(request.form, t, codes, client=client)
        ingevuld = None if van_lijst else lees_klantformulier(request.form, t.h, t.config)
        if gelezen.fouten or (ingevuld is not None and ingevuld.invoer is None):
            return _opnieuw(maker, ingevuld, gelezen)
        try:
            if ingevuld is None or ingevuld.invoer is None:
                beeld = antwoord_uit_lijst(t, gelezen.waarden["client_id"]).beeld
            else:
                beeld = antwoord_getypt(t, ingevuld.invoer, ingevuld.peildatum).beeld
            nummer = boek.noteer(t, beeld, gelezen, request.form.get("formulier", ""))
        except KompasError as fout:
            if not fout.code.startswith("KMP-R01"):
                raise
            return _opnieuw(maker, ingevuld, Besluit(waarden=gelezen.waarden, fouten=(als_veldfout(fout),)))
        return redirect(f"/besluit/{nummer}", 303)

    @app.get("/besluit/<int(max=999999999):nummer>")
    def vastgelegd(nummer: int) -> str:
        if t.register is None:
            abort(404)
        alle = t.register.toon()
        gevonden = alle[(alle["volgnummer"] == nummer) & (alle["soort"] == "advies")]
        if not len(gevonden):
            abort(404)
        namen = {i.code: i.label for i in t.h.config.instrument}
        r: dict[str, Any] = {str(k): v for k, v in gevonden.iloc[0].to_dict().items()}
        return maker.blad(
            "vastgelegd.html.j2",
            titel="Uw besluit is vastgelegd",
            r=r,
            instrument=namen.get(r["instrument"], r["instrument"]),
            advies=ADVIES[r["advies"]],
            in_lijst=t.lijst is not None and bool((t.lijst.tabel["client_id"] == r["client_id"]).any()),
        )


def _opnieuw(maker: Bladmaker, ingevuld: Ingevuld | None, besluit: Besluit) -> str:
    """The page with the figures again, with what is wrong."""
    if ingevuld is None:
        return _antwoord_uit_lijst(maker, besluit.waarden["client_id"], besluit)
    return _antwoord_getypt(maker, ingevuld, besluit)


def _formulier(maker: Bladmaker, ingevuld: Ingevuld, *, met_fouten: bool = True) -> str:
    fouten = ingevuld.fouten if met_fouten else ()
    return maker.blad(
        "formulier.html.j2",
        titel="Formulier voor één klant",
        huidig="/klant",
        ingevuld=ingevuld,
        fouten=fouten,
        fout_bij={f.veld: f.tekst for f in fouten},
    )


def _antwoord_getypt(maker: Bladmaker, ingevuld: Ingevuld, besluit: Besluit) -> str:
    """The answer, or the form with what is wrong."""
    if ingevuld.invoer is None:
        return _formulier(maker, ingevuld)
    try:
        a = antwoord_getypt(maker.toestand, ingevuld.invoer, ingevuld.peildatum)
    except KompasError as fout:
        eerste = next(n for n, w in ingevuld.waarden.items() if w)
        fouten = (Veldfout(veld=eerste, tekst=f"{zin(fout)} ({fout.code})"),)
        return _formulier(
            maker,
            Ingevuld(
                groepen=ingevuld.groepen,
                waarden=ingevuld.waarden,
                invoer=None,
                peildatum=ingevuld.peildatum,
                fouten=fouten,
            ),
        )
    return _antwoord(maker, a.inhoud, a.beeld.opties, besluit, herkomst="getypt", velden=ingevuld.waarden)


def _antwoord_uit_lijst(
    maker: Bladmaker, client: str, besluit: Besluit, terug: Mapping[str, str] = MappingProxyType({})
) -> str:
    a = antwoord_uit_lijst(maker.toestand, client)
    return _antwoord(
        maker, a.inhoud, a.beeld.opties, besluit, herkomst="lijst", velden={"client_id": client}, terug=terug
    )


def _antwoord(
    maker: Bladmaker,
    inhoud: Inhoud,
    opties: pd.DataFrame,
    besluit: Besluit,
    *,
    herkomst: str,
    velden: Mapping[str, str],
    terug: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """The answer with the form of the decision; nothing is chosen beforehand."""
    t = maker.toestand
    keuzes = [(r["instrument"], f"{r['naam']} (advies: {ADVIES[r['indicatie']]})") for r in opties.to_dict("records")]
    return maker.blad(
        "antwoord.html.j2",
        titel=inhoud.titel,
        huidig="/klant" if herkomst == "getypt" else "/lijst",
        onder=inhoud.onder,
        delen=[replace(d, id=f"deel-{d.id}") for d in inhoud.delen],  # a section and its table share a name
        herkomst=herkomst,
        velden={n: w for n, w in velden.items() if w},
        terug=terug,
        client_id=velden.get("client_id", "") if herkomst == "lijst" else "",
        register=t.register is not None,
        keuzelijst=keuzes,
        besluiten=list(UITLEG.items()),
        besluit=besluit,
        fouten=besluit.fouten,
        fout_bij=dict.fromkeys(VELDEN, "") | besluit.fout_bij,
        formulier=secrets.token_hex(8),
    )
