"""Who may see the pages: a token that works once, one session, and a mark in every form."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading


def _gelijk(a: str, b: str) -> bool:
    """Compare in a time that does not depend on where the texts differ."""
    return hmac.compare_digest(a.encode("utf-8", "replace"), b.encode("utf-8", "replace"))


class Toegang:
    """The token of the address that was opened, and the session that came of it.

    The token is exchanged once; who comes later with the same token gets nothing. There is one session at a time.

    Examples
    --------
    >>> t = Toegang()
    >>> sessie = t.wissel(t.sleutel)
    >>> t.wissel(t.sleutel) is None, t.geldig(sessie), t.geldig("iets anders")
    (True, True, False)
    """

    __slots__ = ("_sessie", "_slot", "_vrij", "sleutel")

    def __init__(self) -> None:
        self.sleutel = secrets.token_urlsafe(32)
        self._slot = threading.Lock()
        self._vrij = True
        self._sessie: str | None = None

    def wissel(self, sleutel: str) -> str | None:
        """Return a new session for the token; None when it is another one or was used before."""
        with self._slot:
            if not self._vrij or not _gelijk(sleutel, self.sleutel):
                return None
            self._vrij = False
            self._sessie = secrets.token_urlsafe(32)
            return self._sessie

    def geldig(self, sessie: str | None) -> bool:
        """Tell whether this is the session."""
        eigen = self._sessie
        return eigen is not None and sessie is not None and _gelijk(sessie, eigen)

    def merk(self) -> str:
        """Return the mark that every form of this session carries; it does not show the session itself."""
        return hashlib.sha256(f"formulier\n{self._sessie}\n{self.sleutel}".encode()).hexdigest()

    def merk_klopt(self, merk: str | None) -> bool:
        """Tell whether a form came from a page of this session."""
        return self._sessie is not None and merk is not None and _gelijk(merk, self.merk())
