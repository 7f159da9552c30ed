"""The server: one address on this computer, refusals that are logged, an end that is clean."""

from __future__ import annotations

import socket
import sys
import threading
import time
from typing import Any

from waitress import create_server
from waitress.channel import HTTPChannel
from waitress.task import ErrorTask

from kompas.fouten import GebruiksFout
from kompas.web.beveiliging import KOPPEN, beleid
from kompas.web.logboek import noteer_weigering
from kompas.web.toegang import Toegang
from kompas.web.toepassing import maak_toepassing
from kompas.web.toestand import Toestand

ADRES = "127.0.0.1"
DRADEN = 64  # requests that can wait at the same time
HOOGSTENS_GELEZEN = 1 << 20  # bytes of a body before the connection is cut; pages refuse far less
IN_GEHEUGEN = 1 << 26  # nothing that was typed or shown goes through a temporary file
NAGALM = 1.0  # seconds for the last answer to go out
ONLEESBAAR = "Dit verzoek is te groot of niet te lezen. (KMP-H010)\n"


class _Weigertaak(ErrorTask):  # type: ignore[misc]  # waitress has no types
    """What is refused before any page sees it: too large, or no HTTP."""

    def execute(self) -> None:
        """Answer in Dutch, without repeating anything of the request."""
        fout = self.request.error
        noteer_weigering("KMP-H010", "ander", f"status {fout.code}")
        lijf = ONLEESBAAR.encode("utf-8")
        self.status = f"{fout.code} {fout.reason}"
        koppen = {"Content-Type": "text/plain; charset=utf-8", "Content-Security-Policy": beleid(), **KOPPEN}
        self.response_headers.extend(koppen.items())
        self.set_close_on_finish()
        self.content_length = len(lijf)
        self.write(lijf)


class _Kanaal(HTTPChannel):  # type: ignore[misc]  # waitress has no types
    """A connection whose refusals are ours."""

    error_task_class = _Weigertaak


class Bediening:
    """A server that listens, until it is stopped.

    Parameters
    ----------
    toestand : Toestand
    poort : int
        0 = any free one.

    Raises
    ------
    GebruiksFout
        ``KMP-H002`` when the port is taken or not allowed.
    """

    def __init__(self, toestand: Toestand, poort: int = 0) -> None:
        self._gestopt = threading.Event()
        self._kaart: dict[int, Any] = {}
        self._server = create_server(
            _nog_niet,
            map=self._kaart,
            sockets=[_luister(poort)],
            threads=DRADEN,
            ident=None,
            connection_limit=4 * DRADEN,
            max_request_body_size=HOOGSTENS_GELEZEN,
            max_request_header_size=1 << 15,
            inbuf_overflow=IN_GEHEUGEN,
            outbuf_overflow=IN_GEHEUGEN,
            asyncore_use_poll=True,
        )
        self._server.channel_class = _Kanaal
        self.poort = int(self._server.effective_port)
        toepassing = maak_toepassing(toestand, self.poort, self.stop)
        self._server.application = toepassing.wsgi
        self.toegang: Toegang = toepassing.toegang

    @property
    def adres(self) -> str:
        """Address of the pages, without the token."""
        return f"http://{ADRES}:{self.poort}/"

    @property
    def beginadres(self) -> str:
        """Address that gives access, once."""
        return f"{self.adres}begin/{self.toegang.sleutel}"

    def draai(self) -> None:
        """Serve until `stop` is called or the program is interrupted."""
        try:
            while not self._gestopt.is_set():
                self._ronde(0.5)
            einde = time.monotonic() + NAGALM
            while time.monotonic() < einde:
                self._ronde(0.1)
        except KeyboardInterrupt:
            pass
        finally:
            self._gestopt.set()
            self._server.task_dispatcher.shutdown()
            self._server.asyncore.close_all(self._kaart)

    def stop(self) -> None:
        """End the server after the answers that are under way."""
        self._gestopt.set()

    def _ronde(self, wacht: float) -> None:
        self._server.asyncore.loop(timeout=wacht, use_poll=True, map=self._kaart, count=1)


def _luister(poort: int) -> socket.socket:
    """Take a port of this computer; no other program can share it."""
    deur = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if sys.platform == "win32":
            deur.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            deur.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        deur.bind((ADRES, poort))
    except (OSError, OverflowError):
        deur.close()
        raise GebruiksFout(
            "KMP-H002",
            f"poort {poort} is bezet of mag niet. Kies een andere met --poort-nummer, of 0 voor een vrije.",
        ) from None
    return deur


def _nog_niet(omgeving: Any, begin: Any) -> Any:
    """Stand-in until the port is known: nobody can ask anything before `Bediening.draai`."""
    del omgeving
    begin("503 Service Unavailable", [])
    return [b""]
