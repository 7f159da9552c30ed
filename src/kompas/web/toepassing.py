"""The application: one factory that ties checks, pages and errors together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, make_response, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from kompas.fouten import KompasError
from kompas.web import bladen, bladen_klant
from kompas.web.beveiliging import (
    GEEN_BLAD,
    GROOTSTE_INVOER,
    KOPPEN,
    TE_GROOT,
    VERKEERD_GEBRUIK,
    Weigering,
    beleid,
    toets,
)
from kompas.web.blad import Bladmaker
from kompas.web.logboek import noteer_fout, noteer_weigering
from kompas.web.toegang import Toegang
from kompas.web.toestand import Toestand

ONVERWACHT = "Er ging iets mis in kompas. Er is niets vastgelegd. Probeer het opnieuw, of begin op de startpagina."


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Toepassing:
    """The application and who may use it."""

    wsgi: Flask
    toegang: Toegang


def _route() -> str | None:
    return request.url_rule.rule if request.url_rule is not None else None


def maak_toepassing(t: Toestand, poort: int, stop: Callable[[], None]) -> Toepassing:
    """Make the application.

    Parameters
    ----------
    t : Toestand
    poort : int
        Port on which is listened: the only one that a request may name.
    stop : function
        Ends the server; called when the reader asks for it.

    Returns
    -------
    Toepassing
    """
    app = Flask("kompas.web", static_folder=None, template_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=GROOTSTE_INVOER, MAX_FORM_MEMORY_SIZE=GROOTSTE_INVOER, MAX_FORM_PARTS=200)
    app.url_map.strict_slashes = True
    toegang = Toegang()
    koekje = f"kompas_{poort}"
    maker = Bladmaker(toestand=t, toegang=toegang)

    @app.before_request
    def bewaak() -> Response | None:
        weigering = toets(request, poort, toegang, koekje)
        return None if weigering is None else _weiger(maker, weigering)

    @app.after_request
    def kop(antwoord: Response) -> Response:
        antwoord.headers.setdefault("Content-Security-Policy", beleid())
        for naam, waarde in KOPPEN.items():
            antwoord.headers[naam] = waarde
        return antwoord

    bladen.voeg_toe(app, maker, koekje, stop)
    bladen_klant.voeg_toe(app, maker)
    _vang_fouten(app, maker)
    return Toepassing(wsgi=app, toegang=toegang)


def _weiger(maker: Bladmaker, w: Weigering) -> Response:
    """Answer with why, and log code and route."""
    noteer_weigering(w.code, request.method, _route())
    return make_response(maker.melding("Dit kan niet", w.uitleg, w.code, met_menu=w.status != 403), w.status)


def _vang_fouten(app: Flask, maker: Bladmaker) -> None:
    """Every error ends as a page in Dutch."""

    @app.errorhandler(HTTPException)
    def http(fout: HTTPException) -> Any:
        if fout.code is not None and 300 <= fout.code < 400:
            return fout
        if isinstance(fout, RequestEntityTooLarge):
            return _weiger(maker, TE_GROOT)
        return _weiger(maker, GEEN_BLAD if fout.code in (404, 405) else VERKEERD_GEBRUIK)

    @app.errorhandler(KompasError)
    def eigen(fout: KompasError) -> Response:
        noteer_weigering(fout.code, request.method, _route())
        tekst = f"{fout.bericht[:1].upper()}{fout.bericht[1:]}"
        return make_response(maker.melding("Dit kan niet", tekst, fout.code), 400)

    @app.errorhandler(Exception)
    def onverwacht(fout: Exception) -> Response:
        noteer_fout(fout, _route())
        return make_response(maker.melding("Er ging iets mis", ONVERWACHT, "KMP-H012"), 500)
