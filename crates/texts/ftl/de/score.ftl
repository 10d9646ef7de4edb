### Die Beschwerdequote: wie sie steht, woraus sie besteht, wie sie sich entwickelt. Für Kunden und den Betreiber.

## Wie sie steht

score_name = Beschwerdequote
score_none = kein Versand
score_fine = in Ordnung
score_warning = Warnung
score_at_limit = an der Grenze
score_violation = über der Grenze
score_critical = kritisch
score_of = { $complaints } Beschwerden, { $sent } versandt
score_interval = Mit 95 % Sicherheit zwischen { $low } und { $high }

## Woher Beschwerden kamen

score_source_feedback_loop = Feedback-Loop
score_source_cfbl = CFBL-Bericht
score_source_letter = Brief an abuse@
score_source_form = Formular
score_source_body = Meldestelle

## Ihr Verlauf

score_day = Tag
score_chart_title = Beschwerdequote über jeweils 30 Tage
score_chart_summary = Heute { $now }, höchstens { $most } in diesem Zeitraum.
score_chart_nothing = In diesem Zeitraum wurde nichts versandt.
score_chart_warning = Warnung ab
score_chart_limit = Grenze
score_chart_critical = Sperrlisten ab
score_chart_note = Eine Beschwerde zählt am Versandtag ihrer Mail.
