### Newsletter und Autoresponder: schreiben, ansehen, senden, verfolgen.

## Listen

mailings_shelf_drafts = Entwürfe ({ $n })
mailings_shelf_scheduled = Geplant ({ $n })
mailings_shelf_running = Unterwegs ({ $n })
mailings_shelf_ended = Abgeschlossen ({ $n })
mailings_shelf_empty = Hier steht zurzeit nichts.
mailings_none_title = Noch kein Newsletter
mailings_none_text = Ein Newsletter geht einmal an alle, die seinem Thema zugestimmt haben. Sie schreiben ihn, sehen ihn an, schicken sich eine Testmail und legen fest, wann er beginnt.
mailings_new_newsletter = Newsletter schreiben
mailings_new_autoresponder = Autoresponder schreiben
mailings_no_subject = (noch ohne Betreff)
mailings_column_newsletter = Newsletter
mailings_column_state = Stand
mailings_column_when = Zeitpunkt
mailings_column_audience = Empfänger
mailings_column_accepted = Angenommen
mailings_column_deferred = Aufgeschoben
mailings_column_bounced = Unzustellbar
mailings_column_complaints = Beschwerden
mailings_column_who = Von
mailings_column_how = Art
mailings_column_provider = Postfachanbieter
mailings_column_reply = Letzte Antwort im Wortlaut
mailings_column_contact = Kontakt
mailings_column_reason = Grund
mailings_column_attempts = Versuche

## Bevor geschrieben werden kann

mailings_no_topic_title = Zuerst ein Thema
mailings_no_topic_text = Jede E-Mail gehört zu einem Thema, dem Ihre Kontakte zugestimmt haben. Sie haben noch kein freigegebenes Thema.
mailings_to_topics = Zu den Themen
mailings_no_tag_title = Zuerst ein Tag
mailings_no_tag_text = Ein Autoresponder folgt darauf, dass ein Kontakt einen Tag bekommt. Sie haben noch keinen Tag.
mailings_to_tags = Zu den Tags
mailings_begin_writing = Weiter zum Schreiben

## Stand eines Mailings

mailings_state_draft = Entwurf
mailings_state_scheduled = Geplant
mailings_state_running = Läuft
mailings_state_paused = Pausiert
mailings_state_held = Angehalten
mailings_state_aborted = Abgebrochen
mailings_state_finished = Abgeschlossen
mailings_held_by_rule = Eine Regel hält dies an, bis ein Mensch beim Betreiber entschieden hat.

## Stand einer E-Mail

mailings_row_due = Wartet
mailings_row_in_flight = Unterwegs
mailings_row_deferred = Aufgeschoben
mailings_row_in_doubt = Ungewiss
mailings_row_accepted = Angenommen
mailings_row_bounced = Unzustellbar
mailings_row_expired = Abgelaufen
mailings_row_refused = Nicht gesendet
mailings_hint_due = An der Reihe, sobald ein Platz frei ist.
mailings_hint_in_flight = Wird gerade übergeben.
mailings_hint_deferred = Der Empfänger-Server bat um einen späteren Versuch. Wir versuchen es von selbst.
mailings_hint_in_doubt = Die Verbindung brach ab, bevor eine Antwort kam. Ein zweiter Versuch folgt; danach weiß es niemand.
mailings_hint_accepted = Vom Empfänger-Server angenommen.
mailings_hint_bounced = Vom Empfänger-Server endgültig abgelehnt.
mailings_hint_expired = Bis zum Ende der Frist aufgeschoben.
mailings_hint_refused = Von einer Regel zurückgewiesen, zum Beispiel nach einer Abmeldung.
mailings_reason_hard = Die Adresse gibt es nicht.
mailings_reason_soft = Die Adresse konnte gerade nichts annehmen.
mailings_reason_policy = Der Empfänger-Server lehnte aus eigenen Regeln ab; mit der Adresse hat das nichts zu tun.
mailings_reason_message = Der Empfänger-Server lehnte diese Nachricht ab, zum Beispiel wegen ihrer Größe.
mailings_reason_too_late = Sie wäre nach der Pause mehr als sieben Tage zu spät gekommen.

## Seiten eines Mailings

mailings_tabs = Seiten dazu
mailings_tab_edit = Schreiben
mailings_tab_preview = Vorschau
mailings_tab_send = Senden
mailings_tab_activate = Aktivieren
mailings_tab_live = Verlauf
mailings_tab_results = Ergebnisse
mailings_tab_revisions = Fassungen

## Felder

mailings_field_name = Interner Name
mailings_field_name_hint = Nur für Sie; Empfänger sehen ihn nicht.
mailings_field_topic = Thema
mailings_field_topic_hint = Erreicht nur Kontakte, die genau dieser Aussage zugestimmt haben.
mailings_field_subject = Betreff
mailings_field_preheader = Vorschauzeile
mailings_field_preheader_hint = Der Satz, den Mailprogramme neben dem Betreff zeigen.
mailings_field_format = Geschrieben als
mailings_format_markdown = Markdown: Text mit einfachen Zeichen für Überschriften, Listen und Links
mailings_format_html = HTML: bleibt Zeichen für Zeichen, wie Sie es schreiben
mailings_field_body = Text der E-Mail
mailings_field_language = Sprache des Fußes
mailings_field_language_hint = Impressum, Abmeldelink und der Grund des Empfangs stehen unter jeder E-Mail von selbst.
mailings_language_de = Deutsch
mailings_language_en = Englisch
mailings_field_include = Nur wer einen dieser Tags hat
mailings_field_include_hint = Ohne Auswahl: alle, die dem Thema zugestimmt haben.
mailings_field_exclude = Nicht wer einen dieser Tags hat
mailings_field_trigger = Folgt auf den Tag
mailings_field_trigger_hint = Erreicht, wer diesen Tag ab der Aktivierung bekommt.
mailings_field_delay = Abstand
mailings_field_unit = Einheit
mailings_unit_days = Tage
mailings_unit_hours = Stunden
mailings_unit_minutes = Minuten
mailings_field_testers = Testmail an
mailings_field_at = Beginnt am
mailings_tag_on_both_sides = Ein Tag steht auf beiden Seiten; so würde niemand erreicht.

## Schreiben

mailings_audience_title = Wer es bekommt
mailings_about_title = Zu dieser E-Mail
mailings_people_one = eine Person
mailings_people = { $n } Personen
mailings_people_more = mehr als { $n } Personen
mailings_reach = Erreicht zurzeit { $people }.
mailings_merge_title = Felder der Kontakte einsetzen
mailings_merge_text = Diese Felder fragen Ihre Formulare ab. Zwischen den Anführungszeichen steht, was erscheint, wenn ein Feld leer ist.
mailings_merge_insert = Einsetzen
mailings_save_running = Speichern: gilt ab sofort
mailings_save_preview = Speichern und ansehen
mailings_save_send = Weiter zum Senden
mailings_ready_to_send = Es fehlt nichts: weiter zum Senden
mailings_copy_this = Als neuen Entwurf kopieren
mailings_copy_of = { $name } (Kopie)
mailings_remove_this = Entwurf löschen
mailings_remove_question = Der Entwurf und seine Fassungen sind danach weg.
mailings_autosave_open = Noch nicht gespeichert
mailings_autosave_saving = Wird gespeichert
mailings_autosave_done = Gespeichert um { $time }
mailings_autosave_wrong = Nicht gespeichert: Eine Angabe stimmt noch nicht. Beim Speichern sehen Sie, welche.
mailings_autosave_beside = Nicht gespeichert: Jemand anderes hat diesen Entwurf geändert. Ihr Text liegt bei den Fassungen; mit Speichern sehen Sie beide.
mailings_autosave_lost = Nicht gespeichert: keine Verbindung. Ihr Text steht noch hier.
mailings_beside_title = Zwei Fassungen
mailings_saved_by = { $who } hat dies am { $when } gespeichert, während Sie schrieben.
mailings_beside_text = Ihr Text steht unten und liegt auch bei den Fassungen. Wenn Sie ihn jetzt speichern, ersetzt er den anderen; auch der bleibt erhalten.
mailings_beside_theirs = Den anderen Text ansehen
mailings_beside_open = Als Fassung öffnen

## Fassungen

mailings_revisions_lead = Die letzten { $count } Fassungen bleiben erhalten. Was Sie wiederherstellen, wird die neueste.
mailings_revisions_none = Noch keine Fassung.
mailings_revision_current = gilt
mailings_revision_by_hand = gespeichert
mailings_revision_by_itself = von selbst gespeichert
mailings_revision_beside = beiseite gelegt: Jemand anderes hatte zuvor gespeichert
mailings_author_api = ein Programm
mailings_author_gone = jemand, der nicht mehr hier arbeitet
mailings_restore = Diese Fassung wiederherstellen
mailings_restore_hint = Was jetzt gilt, bleibt bei den Fassungen.

## Was fehlt

mailings_missing_title = Vor dem Senden
mailings_check_done = Erledigt
mailings_check_hint = Zu beachten
mailings_check_open = Fehlt
mailings_mend = Beheben
mailings_check_account = Absender, Domain, Impressum und Bedingungen sind in Ordnung.
mailings_check_text = Der Text kann so gesendet werden.
mailings_check_text_problems = { $count ->
        [one] Im Text stimmt eine Stelle noch nicht.
       *[other] Im Text stimmen { $count } Stellen noch nicht.
    }
mailings_subject_missing = Der Betreff fehlt.
mailings_body_missing = Der Text der E-Mail fehlt.
mailings_check_topic = Das Thema ist freigegeben.
mailings_check_reach = Erreicht { $people } mit Zustimmung zu: { $topic }
mailings_check_reach_none = So wird niemand erreicht. Wählen Sie andere Tags oder ein anderes Thema.
mailings_not_ready = Es fehlt noch etwas; die Liste sagt, was.
mailings_in_subject = Betreff, Zeichen { $column }
mailings_in_preheader = Vorschauzeile, Zeichen { $column }
mailings_in_body = Zeile { $line }, Zeichen { $column }

## Vorschau

mailings_preview_contact = Wie für diesen Kontakt
mailings_preview_contact_hint = Adresse oder Nummer; leer zeigt ein Beispiel.
mailings_preview_unknown = Diesen Kontakt gibt es hier nicht.
mailings_preview_empty = Beispiel ohne ausgefüllte Felder
mailings_preview_refused = So kann die E-Mail nicht entstehen
mailings_preview_frame = Vorschau der E-Mail
mailings_preview_links = Die Links im Fuß gehören hier zu niemandem: Wer darauf klickt, meldet niemanden ab.
mailings_looks = Ansichten
mailings_look_wide = Bildschirm
mailings_look_narrow = Telefon
mailings_look_dark = Dunkel
mailings_look_text = Nur Text
mailings_size_label = Größe
mailings_size = { $html } HTML, { $all } insgesamt
mailings_clipped = Das HTML ist größer als 102 KB. Große Postfachanbieter schneiden es ab; das Ende mit Impressum und Abmeldelink steht dann hinter einem weiteren Klick. Bitte kürzen Sie.

## Senden

mailings_test_title = Testmail
mailings_test_nobody = Testmails gehen nur an Menschen Ihres Teams, die ihre Adresse bestätigt haben.
mailings_to_team = Zum Team
mailings_test_button = Testmail senden
mailings_test_limit = Ein Konto kann in 24 Stunden { $count } Testmails senden.
mailings_schedule_title = Zu einer Zeit
mailings_schedule_button = Zeit festlegen
mailings_unschedule = Wieder zum Entwurf machen
mailings_zone_hint = Nach der Uhr Ihres Kontos: { $zone }. Jetzt ist es dort { $now }.
mailings_both_clocks = Beginnt am { $own }, das ist { $utc } UTC.
mailings_time_skipped = Diese Uhrzeit gibt es an dem Tag nicht: Die Uhren werden auf Sommerzeit vorgestellt.
mailings_time_unreadable = Diesen Tag oder diese Uhrzeit gibt es nicht.
mailings_time_over = Diese Zeit ist schon vorbei.
mailings_time_zone_unknown = Die Zeitzone des Kontos ist nicht bekannt. Bitte stellen Sie sie in den Einstellungen neu ein.
mailings_now_title = Jetzt
mailings_now_text = Sie sehen zuerst, an wie viele Menschen es geht, von welchem Absender und zu welchem Thema.
mailings_now_button = Weiter zum Bestätigen
mailings_start_title = Jetzt senden?
mailings_start_button = Jetzt an { $people } senden
mailings_activate_title = Autoresponder aktivieren
mailings_activate_next = Weiter zum Bestätigen
mailings_activate_button = Jetzt aktivieren
mailings_fact_reach = Empfänger
mailings_count_everybody = Genau zählen
mailings_fact_subject = Betreff
mailings_fact_sender = Absender
mailings_fact_topic = Thema
mailings_fact_score = Beschwerdequote
mailings_score_none = noch keine: Es wurde noch nichts gesendet
mailings_score_now = { $share }, Grenze 0,20 % ({ $complaints ->
        [one] eine Beschwerde
       *[other] { $complaints } Beschwerden
    })
mailings_pause = Pausieren
mailings_resume = Fortsetzen
mailings_abort = Abbrechen
mailings_abort_question = Was noch nicht gesendet ist, wird nicht mehr gesendet. Das lässt sich nicht zurücknehmen.

## Unterwegs, und Ergebnisse

mailings_as_of = Stand:
mailings_audience_all = Empfänger
mailings_audience_so_far = Empfänger bis jetzt; die Liste entsteht noch
mailings_share_done = erledigt
mailings_unsubscribed = Abmeldungen von Menschen, die dies zuletzt bekamen
mailings_complaints = Beschwerden
mailings_states_title = Wo die E-Mails stehen
mailings_rate_title = Antworten im Lauf der Zeit
mailings_rate_says = { $count ->
        [one] Ein Balken ist eine Minute; der höchste Wert ist { $highest }.
       *[other] Ein Balken sind { $count } Minuten; der höchste Wert ist { $highest }.
    }
mailings_providers_title = Nach Postfachanbieter
mailings_more_providers = Und { $count } weitere.
mailings_live_lost = Die Verbindung ist unterbrochen; diese Zahlen sind nicht mehr frisch. Wir versuchen es weiter.
mailings_live_anew = Diese Seite lädt sich alle fünf Sekunden neu.
mailings_mails_title = Die einzelnen E-Mails
mailings_all_mails = Alle
mailings_mails_none = Keine.
mailings_ran = Vom { $from } bis zum { $to }
mailings_runs_since = Seit dem { $from }

## Autoresponder

mailings_series_lead = Was nach einem Tag geschieht, in seiner Reihenfolge.
mailings_series_title = Nach dem Tag { $tag }
mailings_series_none_title = Noch kein Autoresponder
mailings_series_none_text = Ein Autoresponder schickt jedem Kontakt eine E-Mail, eine feste Zeit nachdem er einen Tag bekommen hat, zum Beispiel drei Tage nach der Anmeldung.
mailings_series_show_ended = Auch beendete zeigen
mailings_series_hide_ended = Beendete ausblenden
mailings_series_from_now = Er erreicht, wer den Tag ab jetzt bekommt. Wer ihn schon hat, bekommt nichts.
mailings_series_once = Jeder Kontakt bekommt diese E-Mail höchstens einmal, auch wenn der Tag genommen und wieder gegeben wird.
mailings_series_tag_gone = Wer den Tag nicht mehr hat, wenn die E-Mail fällig ist, bekommt sie nicht.
mailings_series_pause = In einer Pause wird weiter vorgemerkt. Danach geht hinaus, was höchstens sieben Tage zu spät ist.
mailings_planned_label = vorgemerkt:
mailings_accepted_label = angenommen:
mailings_complaints_label = Beschwerden:
mailings_delay_at_once = sofort
mailings_delay_minutes = { $count ->
        [one] nach einer Minute
       *[other] nach { $count } Minuten
    }
mailings_delay_hours = { $count ->
        [one] nach einer Stunde
       *[other] nach { $count } Stunden
    }
mailings_delay_days = { $count ->
        [one] nach einem Tag
       *[other] nach { $count } Tagen
    }
