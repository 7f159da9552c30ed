"""The pages around the form: start, list, dashboard, statement, begin and stop."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, Response, abort, make_response, redirect, request
from werkzeug.wrappers import Response as Antwoord

from kompas.web.beveiliging import GEEN_SESSIE, beleid
from kompas.web.blad import Bladmaker
from kompas.web.dashboardkast import Dashboardkast
from kompas.web.lijstvraag import FILTERS, lees_vraag, maak_lijstblad
from kompas.web.logboek import noteer_weigering
from kompas.web.opmaak import stijl, verklaring

OUD_MAANDEN = 12


def voeg_toe(app: Flask, maker: Bladmaker, koekje: str, stop: Callable[[], None]) -> None:
    """Add the routes."""
    _toegang(app, maker, koekje, stop)
    _start(app, maker)
    if maker.toestand.lijst is not None:
        _lijst(app, maker)
        _dashboard(app, maker, Dashboardkast(maker.toestand))


def _toegang(app: Flask, maker: Bladmaker, koekje: str, stop: Callable[[], None]) -> None:
    @app.get("/begin/<sleutel>", endpoint="begin")
    def begin(sleutel: str) -> Antwoord:
        """Exchange the token for a session, once; a browser that only looks ahead does not use it up."""
        vooruit = "Sec-Purpose" in request.headers or request.method != "GET"
        sessie = None if vooruit else maker.toegang.wissel(sleutel)
        if sessie is None:
            noteer_weigering(GEEN_SESSIE.code, request.method, "/begin/<sleutel>")
            tekst = maker.melding("Dit kan niet", GEEN_SESSIE.uitleg, GEEN_SESSIE.code, met_menu=False)
            return make_response(tekst, GEEN_SESSIE.status)
        antwoord = redirect("/", 303)
        antwoord.set_cookie(koekje, sessie, httponly=True, samesite="Strict", path="/")
        return antwoord

    @app.get("/stijl.css", endpoint="stijl")
    def stijlblad() -> Response:
        return Response(stijl(), mimetype="text/css")

    @app.get("/favicon.ico", endpoint="pictogram")
    def pictogram() -> Response:
        return Response(status=204)

    @app.post("/stop")
    def stoppen() -> str:
        tekst = maker.melding(
            "Kompas is gestopt", "U kunt dit tabblad sluiten. Wat u niet heeft vastgelegd, is weg.", "", met_menu=False
        )
        stop()
        return tekst


def _start(app: Flask, maker: Bladmaker) -> None:
    t = maker.toestand

    @app.get("/")
    def start() -> str:
        return maker.blad(
            "start.html.j2",
            titel="Kompas",
            huidig="/",
            aantal=None if t.lijst is None else len(t.lijst.tabel),
            register=t.register is not None,
            ouderdom=t.ouderdom,
            oud=t.ouderdom > OUD_MAANDEN,
            waarschuwingen=t.h.waarschuwingen,
            bij_gegevens=t.bij_gegevens,
        )

    @app.get("/toegankelijkheid")
    def toegankelijkheid() -> str:
        return maker.blad("verklaring.html.j2", titel="Toegankelijkheid", tekst=verklaring())


def _lijst(app: Flask, maker: Bladmaker) -> None:
    t = maker.toestand

    @app.route("/lijst", methods=["GET", "POST"])
    def lijst() -> str:
        blad = maak_lijstblad(t, lees_vraag(request.form, t))
        filters = {f: t.waarden[f] for f in FILTERS if t.waarden.get(f)}
        return maker.blad(
            "lijst.html.j2",
            titel="Lijst van lopende uitkeringen",
            huidig="/lijst",
            blad=blad,
            filters=filters,
            namen=_filternamen(maker),
            bij_gegevens=t.bij_gegevens,
        )


def _filternamen(maker: Bladmaker) -> dict[str, str]:
    """Labels of values that are codes."""
    t = maker.toestand
    instrumenten = t.lijst.instrumenten if t.lijst is not None else ()
    return {d.code: d.naam for d in t.config.doelgroepen} | {i.code: i.label for i in instrumenten}


def _dashboard(app: Flask, maker: Bladmaker, kast: Dashboardkast) -> None:
    @app.route("/dashboard", methods=["GET", "POST"])
    def dashboard() -> str | Antwoord:
        if request.method == "POST":
            kast.maak()
        if kast.klaar:
            return redirect("/dashboard/index.html", 303)
        return maker.blad("dashboardvraag.html.j2", titel="Dashboard", huidig="/dashboard")

    @app.get("/dashboard/<naam>")
    def dashboardblad(naam: str) -> Response:
        gevonden = kast.blad(naam)
        if gevonden is None:
            abort(404)
        inhoud, stijlen = gevonden
        soort = "application/pdf" if naam.endswith(".pdf") else "text/html"
        antwoord = Response(inhoud, mimetype=soort)
        antwoord.headers["Content-Security-Policy"] = beleid(stijlen)
        if soort != "text/html":
            antwoord.headers["Content-Disposition"] = f'attachment; filename="{naam}"'
        return antwoord
