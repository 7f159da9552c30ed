import re

import numpy as np
import pandas as pd
import pytest
from tests.test_uitvoering import maak, taken
from tests.uitvoeringhulp import groot, spel

from kompas.fouten import GebruiksFout
from kompas.weergave.uitvoeringblad import EERST_OORZAAK, kernzinnen, uitvoeringdelen, uitvoeringpagina, uitvoeringtekst
from kompas.weergave.uitvoeringcijfers import NIET_GETOOND, stand, verborgen

TEAMS = pd.DataFrame({"team": ["T1", "T2", "T3", "T4"], "afdeling": ["N", "N", "Z", "Z"]})


def frame(aantallen, kengetal="plaatsingen", noemers=None):
    """Town, two afdelingen, four teams; counts of the teams add up."""
    a = np.array(aantallen, dtype=float)
    rijen = [("management", "Dorp", a.sum()), ("teamleider", "N", a[:2].sum()), ("teamleider", "Z", a[2:].sum())]
    rijen += [("team", f"T{i + 1}", x) for i, x in enumerate(a)]
    f = pd.DataFrame(rijen, columns=["niveau", "eenheid", "teller"])
    n = np.full(4, np.nan) if noemers is None else np.array(noemers, dtype=float)
    return f.assign(kengetal=kengetal, noemer=[n.sum(), n[:2].sum(), n[2:].sum(), *n])


def weg(f):
    return sorted(f.loc[verborgen(f, TEAMS), "eenheid"])


@pytest.fixture(scope="module")
def monitor(tmp_path_factory):
    tabellen = {"uitkeringen": groot(), "taakstellingen": taken()}
    return maak(tmp_path_factory.mktemp("blad"), tabellen)


# -- suppression


@pytest.mark.parametrize(
    ("aantallen", "verwacht"),
    [
        ([20, 30, 40, 50], []),
        ([20, 30, 40, 0], []),  # none is no person
        ([5, 30, 40, 50], ["T1", "T2"]),  # T2 too: N less T2 gives T1
        ([5, 6, 40, 50], ["T1", "T2"]),  # together eleven
        ([3, 4, 40, 50], ["N", "T1", "T2", "Z"]),  # N is small itself, and Z would give it away
    ],
)
def test_kleine_aantallen_en_wat_ze_verraadt(aantallen, verwacht):
    assert set(verwacht) <= set(weg(frame(aantallen)))
    if not verwacht or "N" not in verwacht:
        assert weg(frame(aantallen)) == verwacht


def test_geen_aftrekking_geeft_een_klein_aantal():
    """Over random towns: no shown total less its shown parts leaves one to nine, nor one hidden part alone."""
    rng = np.random.default_rng(5)
    for _ in range(300):
        f = frame(rng.choice([0, 2, 5, 9, 10, 11, 40], 4))
        uit = verborgen(f, TEAMS)
        n = f["teller"].to_numpy()
        assert uit[(n > 0) & (n < 10)].all()
        for ouder, kinderen in ((0, [1, 2]), (0, [3, 4, 5, 6]), (1, [3, 4]), (2, [5, 6])):
            if not uit[ouder]:
                dicht = [k for k in kinderen if uit[k]]
                assert len(dicht) != 1
                assert not 0 < sum(n[dicht]) < 10


def test_van_een_aandeel_telt_ook_de_rest():
    f = frame([50, 60, 70, 80], "aandeel_in_traject", [52, 100, 100, 100])  # two of T1 are in no trajectory
    assert weg(f) == ["T1", "T2"]


def test_kosten_gedeeld_door_weinig_zijn_weinig():
    rij = {"niveau": "management", "eenheid": "Dorp", "kengetal": "handhaving_kosten_per_einde"}
    f = pd.DataFrame([rij | {"teller": 6_797.0, "noemer": 1.0}])
    assert verborgen(f, TEAMS).all()


def test_een_verborgen_cijfer_staat_nergens_op_de_pagina(tmp_path):
    """Seven exits to work in team T3: not in the page, not in the text, not in a picture; they are in to_frame."""
    extra = [spel(f"S{i}", "2006-01-01", "2007-02-10", "11", team="T3", afdeling="Zuid") for i in range(7)]
    extra += [spel(f"R{i}", "2006-01-01", team="T3", afdeling="Zuid") for i in range(93)]
    t = taken({"uitstroom_werk": 7}, "teamleider", "T3")
    u = maak(tmp_path, {"uitkeringen": [*groot(), *extra], "taakstellingen": t})
    f = stand(u)
    r = f[(f["eenheid"] == "T3") & (f["kengetal"] == "uitstroom_werk")].iloc[0]
    assert r["teller"] == 7
    assert r["verborgen"]
    rijen = [c for d in uitvoeringdelen(u) for s in d.stukken if s.tabel for c in s.tabel.rijen if c[0] == "Team T3"]
    werk = [c for c in rijen if c[1] == NIET_GETOOND]
    assert werk
    assert not any(c[1] == "7" for c in rijen)
    assert "Team T3" not in " ".join(u.plot("trechter").zinnen)
    assert not any("Uitstroom naar werk" in z for z in u.plot("signalen", groep="T3").zinnen)


def test_eigen_klanten_worden_niet_verborgen(tmp_path):
    u = maak(tmp_path, {"uitkeringen": groot(60)}, klantmanager="KM3")
    assert not stand(u)["verborgen"].any()
    assert NIET_GETOOND not in uitvoeringpagina(u)


# -- sentences follow from the figures


def test_de_eerste_zin_telt_de_signalen(tmp_path, monitor):
    f = monitor.to_frame()
    top = f[(f["maand"] == "2007-06") & (f["niveau"] == "management") & (f["signaal"] != "geen")]
    n = top["signaal"].value_counts()
    zin = kernzinnen(monitor)[0]
    assert zin.startswith(f"Dorp, juni 2007: van {len(top)} kengetallen met een norm ")
    assert f"{n.get('rood', 0)} rood, {n.get('oranje', 0)} oranje en {n.get('groen', 0)} groen" in zin
    soepel = maak(tmp_path, {"uitkeringen": groot(), "taakstellingen": taken({"langer_dan_3_jaar": 0.99})})
    assert "0 rood" in kernzinnen(soepel)[0]
    assert len(kernzinnen(soepel)) == 1


def test_maatregel_staat_er_pas_als_er_een_oorzaak_is(tmp_path):
    tabellen = {"uitkeringen": groot(), "taakstellingen": taken({"langer_dan_3_jaar": 0.35})}
    zonder = maak(tmp_path / "a", tabellen)
    assert EERST_OORZAAK in uitvoeringpagina(zonder)
    assert "nog geen oorzaak genoteerd" in uitvoeringtekst(zonder)
    oorzaak = {"maand": "2007-06", "kengetal": "langer_dan_3_jaar", "eenheid": "Dorp", "oorzaak": "weinig instroom"}
    met = maak(tmp_path / "b", tabellen, oorzaak=[oorzaak | {"maatregel": "heronderzoek", "door": "hoofd"}])
    pagina = uitvoeringpagina(met)
    assert EERST_OORZAAK not in pagina
    assert "weinig instroom (juni 2007)" in pagina
    assert "heronderzoek" in pagina
    assert "oorzaak genoteerd" in kernzinnen(met)[-1]


# -- the page


def test_pagina_heeft_bij_elk_plaatje_een_naam_en_een_tabel(monitor):
    pagina = uitvoeringpagina(monitor)
    assert pagina.count("<svg") == pagina.count('<svg role="img" aria-label="') >= 3
    for deel in uitvoeringdelen(monitor):
        for stuk in deel.stukken:
            assert stuk.svg is None or stuk.tabel is not None
    assert not re.findall(r"(?:src|href)=\"(?!#)", pagina)
    assert "Peildatum 30-06-2007" in pagina
    ids = re.findall(r'<(?:section|table) id="([^"]+)"', pagina)
    assert len(ids) == len(set(ids))
    assert pagina == uitvoeringpagina(monitor)


def test_pagina_draagt_de_definities(monitor):
    pagina = uitvoeringpagina(monitor)
    for definitie in monitor.definities.set_index("kengetal").loc[["uitstroom", "volume"], "definitie"]:
        assert definitie in pagina


def test_tekst_past_in_tachtig_kolommen(monitor):
    regels = uitvoeringtekst(monitor).splitlines()
    assert max(map(len, regels)) <= 80
    assert regels[0].startswith("Dorp, juni 2007: van")


# -- pictures


def test_platen(monitor):
    assert "Instroom: 0 (norm" in " ".join(monitor.plot().zinnen)
    trechter = monitor.plot("trechter", groep="uitstroom_werk")
    assert [z.split(":")[0] for z in trechter.zinnen] == ["T1", "T2"]
    assert "lager dan verwacht" in trechter.zinnen[0]
    assert "Huishoudens" not in trechter.titel
    verloop = monitor.plot("verloop", groep="volume")
    assert verloop.zinnen[0].startswith("realisatie:")
    with pytest.raises(GebruiksFout, match="KMP-U011"):
        monitor.plot("verloop", groep="volumme")
    with pytest.raises(GebruiksFout, match="KMP-U011"):
        monitor.plot("signalen", groep="KM1")


def test_tabel_in_een_notebook(monitor):
    tekst = monitor._repr_html_()
    assert "Uitvoeringsmonitor Dorp, 2007-06" in tekst
    assert "Uitstroom naar werk" in tekst
