"""The public function ``verschil``: two months' lists side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

import pandas as pd

from kompas import artefact
from kompas.fouten import GebruiksFout
from kompas.herijking import Herijking
from kompas.lijst import Lijst
from kompas.lijstbestand import lees_lijst
from kompas.lijstverschil import Lijstverschil, vergelijk_lijsten
from kompas.weergave.tabellen import controleer_uitgang, schrijf_tabel

Bron: TypeAlias = str | Path | Lijst | pd.DataFrame


def verschil(
    lijst1: Bron,
    lijst2: Bron,
    *,
    model1: str | Path | Herijking | None = None,
    model2: str | Path | Herijking | None = None,
    uit: str | Path | None = None,
    nl: bool = False,
) -> Lijstverschil:
    """Compare two months' lists: who came, who left, who changed, and whether by data, duration or model.

    Parameters
    ----------
    lijst1, lijst2 : path, Lijst or DataFrame
        The earlier and the later list, whole (not filtered).
    model1, model2 : path or Herijking, optional
        The models of these lists. With both, every change in expected months and in net return is split into parts
        that add up to it.
    uit : path, optional
        Write the whole table: ``.csv``, ``.parquet`` or ``.xlsx``.
    nl : bool
        CSV in Dutch notation.

    Returns
    -------
    Lijstverschil

    Raises
    ------
    GebruiksFout
        ``KMP-D001`` to ``KMP-D004`` when a list cannot be read, ``KMP-D005`` in the wrong order, ``KMP-D006`` when a
        model is not that of its list, ``KMP-D007`` when a list does not say what it rests on and parts are asked for,
        ``KMP-D008`` when one of two models is missing.
    ModelFout
        When a model folder was changed.
    """
    if uit is not None:
        controleer_uitgang(uit)
    if (model1 is None) != (model2 is None):
        raise GebruiksFout(
            "KMP-D008",
            "geef bij een ontleding beide modellen: --model1 en --model2 (het mag twee keer hetzelfde zijn).",
        )
    h1, h2 = (m if m is None or isinstance(m, Herijking) else artefact.laad(m) for m in (model1, model2))
    vorig, nu = lees_lijst(lijst1, naam="de eerste lijst"), lees_lijst(lijst2, naam="de tweede lijst")
    v = vergelijk_lijsten(vorig, nu, model_vorig=h1, model_nu=h2)
    if uit is not None:
        schrijf_tabel(
            v.tabel,
            uit,
            nl=nl,
            decimalen=v.decimalen(),
            titel="Verschil",
            peildatum=v.peildatum_nu,
            toelichting=v.zinnen,
        )
    return v
