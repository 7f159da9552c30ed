"""From a Vega-Lite specification to a named SVG: here, or in a second process while this one goes on.

Drawing holds the lock of the interpreter, so a thread gains nothing. The second process reads specifications and
writes pictures, a line of JSON each; it knows no client and no folder. Where it cannot be started, or fails, the
picture is drawn here: the bytes are the same.
"""

from __future__ import annotations

import contextlib
import html
import json
import re
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from types import TracebackType
from typing import Any, BinaryIO, Self

import vl_convert

LETTER = "Liberation Sans"  # comes with vl-convert and has the widths of Arial: layout is the same on every machine
LETTERS = "Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"
GEDULD = 60.0  # seconds before a picture is drawn here after all
_WARM = {"data": {"values": [{"x": 1}]}, "mark": "point", "encoding": {"x": {"field": "x", "type": "quantitative"}}}


def teken(spec: Mapping[str, Any], naam: str, beschrijving: str) -> str:
    """Draw without any network and name the picture; ids are made to depend on the picture alone.

    Parameters
    ----------
    spec : mapping
        Vega-Lite, with `LETTER` as its only font.
    naam, beschrijving : str
        What a screen reader says.

    Returns
    -------
    str
        SVG in which `LETTERS` are the fonts.
    """
    ruw = vl_convert.vegalite_to_svg(dict(spec), format_locale="nl-NL", allowed_base_urls=[])
    ruw = re.sub(r' (?:role="graphics-[a-z]+"|aria-roledescription="[^"]*")', "", ruw)  # the whole picture is named
    ids: dict[str, str] = {}
    for oud in re.findall(r'\bid="([^"]+)"', ruw):
        ids.setdefault(oud, f"k{len(ids)}")
    for oud, nieuw in ids.items():
        ruw = ruw.replace(f'id="{oud}"', f'id="{nieuw}"').replace(f"url(#{oud})", f"url(#{nieuw})")
    ruw = ruw.replace(f'font-family="{LETTER}"', f'font-family="{LETTERS}"')
    kop = f'<svg role="img" aria-label="{html.escape(naam)}" '
    inhoud = f"<title>{html.escape(naam)}</title><desc>{html.escape(beschrijving)}</desc>"
    begin, sluit = ruw.index("<svg ") + 5, ruw.index(">") + 1
    return f"{kop}{ruw[begin:sluit]}{inhoud}{ruw[sluit:]}"


@dataclass(frozen=True, eq=False, kw_only=True)
class Tekening:
    """A picture that is drawn when somebody looks at it.

    Parameters
    ----------
    spec : mapping
        Vega-Lite.
    naam, beschrijving : str
        See `teken`.

    Examples
    --------
    >>> str(Tekening(spec=_WARM, naam="Een punt", beschrijving="Bij 1."))[:38]
    '<svg role="img" aria-label="Een punt" '
    """

    spec: Mapping[str, Any] = field(repr=False)
    naam: str
    beschrijving: str

    @cached_property
    def svg(self) -> str:
        """The picture."""
        return teken(self.spec, self.naam, self.beschrijving)

    def __str__(self) -> str:
        return self.svg


@dataclass(frozen=True, eq=False, kw_only=True)
class _Onderweg(Tekening):
    """A picture that a second process is drawing."""

    werk: Future[str] = field(repr=False)

    @cached_property
    def svg(self) -> str:
        """The picture, drawn here when the other process fails."""
        try:
            return self.werk.result(timeout=GEDULD)
        except (OSError, ValueError, TimeoutError, CancelledError):
            return teken(self.spec, self.naam, self.beschrijving)


class Tekenaar:
    """A second process that draws; use it as a context, and look at the pictures before the context ends.

    Examples
    --------
    >>> t = Tekening(spec=_WARM, naam="Een punt", beschrijving="Bij 1.")
    >>> with Tekenaar() as tekenaar:
    ...     str(tekenaar.begin(t)) == str(t)
    True
    """

    def __init__(self) -> None:
        self._proces: subprocess.Popen[bytes] | None = None
        self._rij = ThreadPoolExecutor(max_workers=1)
        self._bekend: dict[bytes, Future[str]] = {}

    def __enter__(self) -> Self:
        try:
            self._proces = _start()
        except OSError:  # not allowed here: everything is drawn in this process
            return self
        self.begin(Tekening(spec=_WARM, naam="", beschrijving=""))  # loads fonts before the first picture is ready
        return self

    def __exit__(
        self, soort: type[BaseException] | None, fout: BaseException | None, spoor: TracebackType | None
    ) -> None:
        if self._proces is not None:
            self._proces.kill()  # who still waits for an answer gets an error at once
        self._rij.shutdown(wait=True, cancel_futures=True)
        if self._proces is not None:
            for pijp in filter(None, (self._proces.stdin, self._proces.stdout)):
                with contextlib.suppress(OSError):
                    pijp.close()
            self._proces.wait()

    def begin(self, t: Tekening) -> Tekening:
        """Return the same picture, on its way; the same picture is drawn once."""
        if self._proces is None:
            return t
        vraag = json.dumps([t.spec, t.naam, t.beschrijving]).encode("ascii") + b"\n"
        werk = self._bekend.get(vraag)
        if werk is None:
            werk = self._bekend[vraag] = self._rij.submit(_vraag, self._proces, vraag)
        return _Onderweg(spec=t.spec, naam=t.naam, beschrijving=t.beschrijving, werk=werk)


def _start() -> subprocess.Popen[bytes]:
    """Start this module as a program; ``-P`` keeps files in the working folder out of its imports."""
    if getattr(sys, "frozen", False) or not sys.executable:
        raise OSError("no interpreter to start")
    return subprocess.Popen(  # noqa: S603 - this interpreter, this module, nothing that was typed
        [sys.executable, "-P", "-m", __name__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )


def _vraag(proces: subprocess.Popen[bytes], vraag: bytes) -> str:
    """Ask for one picture; raises OSError or ValueError when the other process does not answer."""
    if proces.stdin is None or proces.stdout is None:
        raise OSError("no pipes")
    proces.stdin.write(vraag)
    proces.stdin.flush()
    return str(json.loads(proces.stdout.readline()))


def bedien(lezer: BinaryIO, schrijver: BinaryIO) -> None:
    """Draw every specification that comes in, until there is no more: the work of the second process."""
    for regel in lezer:
        schrijver.write(json.dumps(teken(*json.loads(regel))).encode("ascii") + b"\n")
        schrijver.flush()


if __name__ == "__main__":
    bedien(sys.stdin.buffer, sys.stdout.buffer)
