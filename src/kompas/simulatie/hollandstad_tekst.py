"""The fixed text of the sample: ``kompas.toml`` of Hollandstad."""

KOMPAS_TOML = """\
# Hollandstad: een verzonnen gemeente met de cijfers van het Hollandstad uit 'Koers zetten en houden' (APE, 2007).
# Geen rij gaat over een bestaand mens. LEESMIJ.md zegt wat klopt met de bron; 'waarheid' bevat de ware parameters.

[gemeente]
naam = "Hollandstad"
peildatum = 2007-06-30             # laatste waargenomen dag

[bron]
map = "bron"                       # ten opzichte van dit bestand
venster_van = 2001-01-01           # waarnemingsvenster: vanaf deze dag tot en met de peildatum
rijping_maanden = 0                # beeindigingen staan er allemaal in
gat_dagen = 30                     # een kortere onderbreking is geen uitstroom

[bron.uitkeringen]
bestand = "uitkeringen.csv"        # alle perioden die op of na 1-1-2000 nog liepen

[bron.inzet]
bestand = "inzet.csv"
volledig_vanaf = 2000-01-01        # vanaf deze dag is alle inzet geregistreerd

[bron.gronden]                     # zonder vastgelegde grond geen indicatie voor een huisbezoek
bestand = "gronden.csv"

# Fasering verklapt in uitkeringen.csv de uitkomst: daar staat de laatste waarde, en wie werk vond is bij het sluiten
# van het dossier in fase 1 gezet (tabel 4 van de bron: 90% van fase 1 is binnen een jaar weg). In kenmerken_historie
# staat het oordeel zoals het was op elk moment. Kompas gebruikt die tabel, dus mag fasering gewoon meedoen. Hebt u de
# geschiedenis niet, zet dan onder [kenmerken]: alleen_voorspelling = ["fasering"]
[bron.kenmerken_historie]
bestand = "kenmerken_historie.csv"

[bron.aanvragen]                   # vanaf 2004, het begin van de WWB
bestand = "aanvragen.csv"

[bron.uitgaven]
bestand = "uitgaven.csv"

[bron.budget]
bestand = "budget.csv"

[bron.macro]
bestand = "macro.csv"

[bron.referentie]
bestand = "referentie.csv"

[bron.taakstellingen]
bestand = "taakstellingen.csv"

[bron.contracten]
bestand = "contracten.csv"

[bron.capaciteit]
bestand = "capaciteit.csv"

[kenmerken]
gebruik = ["geslacht", "leeftijd", "leefvorm", "opleiding", "fasering", "duur", "eerdere_spells"]

[model]
kalender = "maand+trend"
effect_per = []                    # bijvoorbeeld ["opleiding"]; in Hollandstad is elk effect voor iedereen gelijk

[[instrument]]
code = "reintegratie"
naam = "Re-integratietraject"
meter = "reintegratie"
duur_maanden = 6
fasen_na = [6, 18]
kosten = 4500.0

[[instrument]]
code = "werkdirect"
naam = "WerkDirect"
meter = "werkdirect"
duur_maanden = 1                   # aangeboden aan de poort, in de eerste tien dagen
fasen_na = [3]
kosten = 900.0

[[instrument]]
code = "huisbezoek"
naam = "Huisbezoek"
meter = "handhaving"
duur_maanden = 0                   # een moment
fasen_na = [6]
kosten = 250.0

[rendement]
horizon_maanden = 60
discontovoet = 0.0
terugval = true
minimale_kans_positief = 0.80
"""
