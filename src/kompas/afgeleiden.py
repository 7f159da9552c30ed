"""From derivatives to log hazards per piece back to derivatives to the coefficients of the model, for one block.

Everything that does not depend on the instrument is laid out once per block. Sums over ranges of pieces (bands of
duration, years of age, phases) are differences of one running sum.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from kompas.config import BESTEMMINGEN, Instrument
from kompas.models.design import Floats, Ints
from kompas.rooster import JAAR, start_fasen
from kompas.vooruitblik import Blok, Effect

OORZAKEN = len(BESTEMMINGEN)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Eerder:
    """Derivatives to earlier deployments as one list of E entries (a phase of a deployment and a column).

    ``som`` (2, E): places in the running sums where the whole pieces begin and end; ``rand`` (2, E): places of the two
    pieces that are partly in the phase, with their weights ``gewicht`` (C, 2, E); ``doel`` (E,): place in the result.
    ``deel``: the entries of each instrument.
    """

    som: Ints
    rand: Ints
    gewicht: Floats
    doel: Ints
    deel: Mapping[str, slice]


class Afgeleiden:
    """The way back for one block of clients; results are (C, P + 1, n), the last column holds what has no term."""

    def __init__(self, blok: Blok) -> None:
        self.b = blok
        r, m = blok.r, blok.m
        n = self.n = blok.k.aantal
        self.breed = m.breedte + 1
        rij = np.arange(n)
        self.waarde = np.stack([w for _, w in blok.vast]) if blok.vast else np.zeros((0, n))
        kolommen = [k for k, _ in blok.vast]
        self.vast = np.stack(kolommen) * n + rij if kolommen else np.zeros((0, n), dtype=np.int64)
        self.trend = m.trendkolommen()
        banden = np.array([0, *m.herijking.tijd.bands], dtype=np.int64)[:, None] - r.maand0
        grens = np.concatenate([np.clip(banden, 0, m.horizon + 1), np.full((1, n), m.horizon + 1)])
        self.band = r.eerste[grens] * n + rij
        maanden = [j for j in range(JAAR) if f"maand={j + 1}" in m.plek]
        self.seizoen = np.array([m.plek[f"maand={j + 1}"] for j in maanden], dtype=np.int64)
        self.maand = ((np.array(maanden, dtype=np.int64)[:, None] - r.kalender[0]) % JAAR) * n + rij
        self._leeftijd()
        self._eerder_van()

    def _leeftijd(self) -> None:
        """Where each year of age begins, and the column of each."""
        b, n = self.b, self.n
        self.jaren = self.jaarkolom = np.zeros((0, n), dtype=np.int64)
        if b.leeftijd is None or b.leeftijd.soort == "numeriek":
            return
        eerste = b.r.leeftijd[0]
        stappen = np.arange(int((b.r.leeftijd[-1] - eerste).max(initial=0)) + 2)[:, None]
        leeftijd = eerste + stappen
        begin = (b.r.leeftijd[None] < leeftijd[:, None]).sum(axis=1)
        self.jaren = b.r.eerste[begin] * n + np.arange(n)
        self.jaarkolom = b.kolommen(b.leeftijd)[b.leeftijdcode(leeftijd[:-1])] * n + np.arange(n)

    def _eerder_van(self) -> None:
        """One list of all phases of all earlier deployments."""
        b, n = self.b, self.n
        som, rand, gewicht, doel, deel, eerste = [], [], [], [], {}, 0
        for ins in b.m.instrumenten:
            fasen, effect = b.eerder[ins.code], b.effect_eerder[ins.code]
            if fasen.wie.size == 0:
                continue
            keer = b.factor[ins.code][:, fasen.rand, np.arange(fasen.wie.size)]
            zwaar = fasen.deel * np.exp(effect.log)[:, None] / keer
            for kolom, heeft in effect.kolommen:
                wel = np.broadcast_to(heeft > 0, kolom.shape)
                som.append((fasen.vol * n + fasen.wie)[:, wel])
                rand.append((fasen.rand * n + fasen.wie)[:, wel])
                gewicht.append(zwaar[:, :, wel])
                doel.append((kolom * n + fasen.wie)[wel])
            deel[ins.code] = slice(eerste, sum(d.size for d in doel))
            eerste = deel[ins.code].stop
        leeg = np.zeros((2, 0), dtype=np.int64)
        self.eerder = _Eerder(
            som=np.concatenate([leeg, *som], axis=1),
            rand=np.concatenate([leeg, *rand], axis=1),
            gewicht=np.concatenate([np.zeros((OORZAKEN, 2, 0)), *gewicht], axis=2),
            doel=np.concatenate([leeg[0], *doel]),
            deel=deel,
        )

    def zonder(self, gradient: Floats) -> Floats:
        """Derivatives when nothing new starts, from those to the log hazards (C, J, n)."""
        uit, loop = self._tijd_en_kenmerken(gradient)
        self._naar_eerder(uit, gradient, loop)
        return uit

    def met(self, gradient: Floats, ins: Instrument, effect: Effect) -> Floats:
        """Derivatives when the instrument starts now: its own earlier deployment has given way."""
        uit, loop = self._tijd_en_kenmerken(gradient)
        self._naar_eerder(uit, gradient, loop, weg=(ins.code, effect.telt))
        self._naar_start(uit, loop, ins, effect)
        return uit

    def _tijd_en_kenmerken(self, gradient: Floats) -> tuple[Floats, Floats]:
        """Derivatives to traits and time, and the running sum over the pieces (C, J + 1, n)."""
        b, n, stukken = self.b, self.n, gradient.shape[1]
        loop = np.zeros((OORZAKEN, stukken + 1, n))
        np.cumsum(gradient, axis=1, out=loop[:, 1:])
        totaal, maanden = loop[:, -1], b.r.per_maand(gradient)
        uit = np.zeros((OORZAKEN, self.breed, n))
        plat, sommen = uit.reshape(OORZAKEN, -1), loop.reshape(OORZAKEN, -1)
        plat[:, self.vast] = totaal[:, None] * self.waarde
        uit[:, self.trend] = totaal[:, None] * b.trend[:, None]
        uit[:, b.m.tijd_band] = np.diff(sommen[:, self.band], axis=1)
        if self.seizoen.size:
            uit[:, self.seizoen] = jaarsom(maanden).reshape(OORZAKEN, -1)[:, self.maand]
        if b.leeftijd is not None and b.leeftijd.soort == "numeriek":
            uit[:, b.m.plek["leeftijd"]] = np.einsum("cjn,jn->cn", maanden, b.r.leeftijd)
        for jaar, kolom in enumerate(self.jaarkolom):  # a level may hold several years: add
            plat[:, kolom] += sommen[:, self.jaren[jaar + 1]] - sommen[:, self.jaren[jaar]]
        return uit, loop

    def _naar_eerder(self, uit: Floats, gradient: Floats, loop: Floats, weg: tuple[str, Floats] | None = None) -> None:
        """Derivatives to the phases of what was deployed before now, but for one instrument where its start counts."""
        e = self.eerder
        if e.doel.size == 0:
            return
        sommen = loop.reshape(OORZAKEN, -1)[:, e.som]
        waarde = sommen[:, 1] - sommen[:, 0]
        waarde += (gradient.reshape(OORZAKEN, -1)[:, e.rand] * e.gewicht).sum(axis=1)
        if weg is not None and weg[0] in e.deel:
            waarde[:, e.deel[weg[0]]] *= 1.0 - weg[1]
        uit.reshape(OORZAKEN, -1)[:, e.doel] = waarde

    def _naar_start(self, uit: Floats, loop: Floats, ins: Instrument, effect: Effect) -> None:
        """Derivatives to the phases of an instrument that starts now."""
        plat, rij = uit.reshape(OORZAKEN, -1), np.arange(self.n)
        for fase, (van, tot) in enumerate(start_fasen(ins, self.b.r)):
            som = (loop[:, tot] - loop[:, van]) * effect.telt
            for kolom, heeft in effect.kolommen:
                plat[:, kolom[fase] * self.n + rij] += som * heeft


def jaarsom(maanden: Floats) -> Floats:
    """Sums of every twelfth month, (C, 12, n)."""
    uit = np.zeros((maanden.shape[0], JAAR, maanden.shape[2]))
    for eerste in range(0, maanden.shape[1], JAAR):
        deel = maanden[:, eerste : eerste + JAAR]
        uit[:, : deel.shape[1]] += deel
    return uit
