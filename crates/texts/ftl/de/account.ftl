### Die Seiten eines Kontos über sich selbst: Überblick, Beschwerdequote, Verlauf, Tokens, Einstellungen.

## Oben auf der ersten Seite: wie die Quote steht

account_score_title = Beschwerdequote
account_score_limit = Grenze 0,2 %, Warnung ab 0,1 %
account_score_recent = Letzte 30 Tage
account_score_life = Seit Beginn der Zählung am { $since }
account_score_unit = Höchste eines Mailings der letzten 30 Tage
account_score_counts = { $complaints ->
        [one] { $complaints } Beschwerde
       *[other] { $complaints } Beschwerden
    } auf { $sent } Mails
account_score_interval = Mit 95 % Sicherheit zwischen { $low } und { $high }, bei { $sent } Mails
account_score_nothing = In den letzten 30 Tagen hat kein Empfänger-Server eine Mail von Ihnen angenommen. Die Quote ist: Beschwerden geteilt durch angenommene Mails. Ohne Mails gibt es keine.
account_score_more = Verlauf, einzelne Mailings und Sperren
account_score_lead = Beschwerden geteilt durch Mails, die angenommen wurden. Sie muss immer unter 0,2 % bleiben.
account_room = { $count ->
        [one] Eine weitere Beschwerde überschreitet die Grenze noch nicht, eine zweite schon.
       *[other] { $count } weitere Beschwerden überschreiten die Grenze noch nicht.
    }
account_room_none = Die nächste Beschwerde überschreitet die Grenze.
account_room_over = Die Grenze ist überschritten. Ab drei Beschwerden wird das Konto gesperrt, darunter das Mailing angehalten.

## Woraus die Beschwerden bestehen

account_parts_title = Woraus die Beschwerden bestehen
account_parts_lead = Die Beschwerden der letzten 30 Tage. Nur Mailings haben eine eigene Quote; wie viele Mails an einen Tag oder ein Formular gingen, wird nicht gezählt.
account_parts_newest = Angesehen sind die { $count } neuesten.
account_parts_complaints = Beschwerden
account_parts_units = Mailing
account_parts_forms = Angemeldet über das Formular
account_parts_tags = Trug den Tag
account_parts_ways = Eingegangen über
account_unit_week = { $name }, Woche ab { $day }
account_unit_gone = Gelöschtes Mailing
account_form_gone = Gelöschtes Formular
account_tag_gone = Gelöschter Tag

## Was zu tun ist

account_tips_title = Was jetzt zu tun ist
account_tip_begin = Schreiben Sie den ersten Newsletter unter dem Namen und von der Adresse, die auf Ihrem Formular standen: Wer Sie wiedererkennt, beschwert sich nicht.
account_tip_small = Kontakte in Ihrem Adressbuch: { $contacts }. Bei weniger als { $floor } Mails liegt schon eine Beschwerde über 0,2 %: Dann wird das Mailing angehalten, ab { $stop } Beschwerden das Konto gesperrt. Senden Sie darum nur, was die Anmeldung versprach.
account_tip_pause = Halten Sie an, was gerade hinausgeht, bis Sie die Ursache kennen.
account_tip_pause_label = Zu den Newslettern
account_tip_mailing = „{ $name }“ brachte { $complaints } von { $of } Beschwerden. Vergleichen Sie Betreff und Inhalt mit dem Thema, für das sich die Empfänger angemeldet haben, bevor Sie das nächste schreiben.
account_tip_mailing_label = Zum Mailing
account_tip_form = { $complaints } von { $of } kamen über das Formular „{ $name }“. Prüfen Sie, ob es sagt, was Sie schicken und wie oft.
account_tip_form_label = Zu den Formularen
account_tip_new = { $n } von { $of } waren noch keine 30 Tage dabei. Die ersten Mails halten nicht, was die Anmeldung versprach: Beginnen Sie mit dem, wofür sich die Menschen angemeldet haben.
account_tip_old = { $n } von { $of } hatten sich vor mehr als einem Jahr angemeldet. Schreiben Sie regelmäßig, und sagen Sie in der ersten Zeile, wo sich die Empfänger angemeldet haben.
account_tip_button = { $n } von { $of } drückten den Spam-Knopf statt des Abmeldelinks. Sagen Sie in den ersten Zeilen, dass ein Klick am Ende der Mail genügt; Abmeldungen kosten keine Quote.
account_tip_topic = Senden Sie nur, was unmittelbar zum Thema der Anmeldung gehört. Eine bestätigte Anmeldung ist kein Freibrief für jedes Thema.
account_tip_topic_label = Zu den Themen

## Wenn der Versand angehalten ist

account_stopped_suspended = Ihr Konto ist gesperrt
account_stopped_terminated = Ihr Konto ist beendet
account_stopped_paused = Der Betreiber hat den gesamten Versand eine Zeit lang angehalten
account_stopped_frozen = Der Betreiber nimmt das System gerade wieder in Betrieb
account_stopped_waits = Ihre Mails warten und gehen danach hinaus. Sie müssen nichts tun.
account_stopped_by_score = Die Beschwerdequote liegt über 0,2 %: { $complaints } Beschwerden auf { $sent } Mails.
account_stopped_by_scores = Die Beschwerdequote liegt über 0,2 %.
account_stopped_effect = Nichts geht hinaus: keine Newsletter, keine Autoresponder, keine Bestätigungsmails. Ihre Daten bleiben; Abmeldungen und Beschwerden wirken weiter.
account_stopped_next = Ein Mensch sieht es sich bis zum { $look } an und entscheidet bis zum { $until }. Sie erfahren die Entscheidung mit ihrem Grund per Mail.
account_stopped_looked = Seit { $at } befasst sich ein Mensch damit und entscheidet bis zum { $until }. Sie erfahren die Entscheidung mit ihrem Grund per Mail.
account_stopped_answer = Was Sie dazu sagen möchten, schreiben Sie an { $address } und nennen den Fall { $case }: was geschah, und was Sie geändert haben.
account_stopped_for_good = Diese Entscheidung ist endgültig. Abmeldungen und Beschwerden wirken weiter.

## Was noch fehlt

account_checklist_title = Einrichtung
account_checklist_progress = { $done } von { $all } erledigt
account_checklist_complete = Alles ist eingerichtet. Schritte ansehen
account_step_done = erledigt
account_step_waits = wartet
account_step_open = fehlt noch
account_step_mend = Jetzt erledigen
account_step_policy = Richtlinie angenommen
account_step_legal = Impressum
account_step_sender = Absenderadresse bestätigt
account_step_dns = DNS der Absenderdomain
account_step_website = Website nachgewiesen
account_step_topic = Thema freigegeben
account_step_form = Anmeldeformular offen
account_step_test = Testmail angekommen
account_step_newsletter = Erster Newsletter
account_policy_missing = Bitte lesen Sie die Richtlinie und nehmen Sie sie an; vorher geht nichts hinaus.
account_legal_missing = Jede Mail muss es tragen.
account_legal_refused = Der Betreiber fand einen Fehler. Bitte berichtigen Sie es.
account_legal_review = Der Betreiber prüft es. Kleinere Mailings gehen hinaus, größere warten.
account_sender_missing = Bitte tragen Sie eine Adresse ein, die Sie lesen.
account_sender_waits = Bitte öffnen Sie den Link in der Mail an diese Adresse.
account_sender_on_hold = Das Postfach nimmt keine Mails an. Bringen Sie es in Ordnung und bestätigen Sie die Adresse erneut.
account_dns_missing = Bitte tragen Sie die Domain Ihrer Absenderadresse ein; wir zeigen die nötigen DNS-Einträge.
account_dns_waits = Die Einträge sind noch nicht zu sehen. Wir sehen stündlich nach.
account_dns_failing = Einträge, die stimmten, fehlen jetzt. Bitte stellen Sie sie wieder her, sonst endet der Versand nach 72 Stunden.
account_website_missing = Bitte nennen Sie die Website, auf der sich Menschen anmelden.
account_website_waits = Der Nachweis wurde dort noch nicht gefunden.
account_topic_missing = Bitte sagen Sie in einem Satz, worum es in Ihren Mails geht.
account_topic_waits = Der Betreiber prüft es.
account_topic_refused = Der Betreiber hat es abgelehnt. Bitte fassen Sie es enger.
account_form_missing = Ohne Formular kann sich niemand anmelden.
account_form_closed = Es gibt ein Formular, aber es ist geschlossen.
account_test_missing = Schicken Sie sich den Newsletter, bevor ihn andere bekommen.
account_test_waits = Eine Testmail ist unterwegs.
account_newsletter_missing = Schreiben Sie ihn; gesendet wird erst, wenn Sie ihn starten.
account_newsletter_draft = Ein Entwurf liegt bereit.

## Was unterwegs ist, und wie Adressbuch und Versand verliefen

account_running_title = Unterwegs
account_column_mailing = Mailing
account_column_day = Tag
account_column_hour = Stunde
account_book_heading = Adressbuch
account_book_size = Kontakte: { $contacts }
account_book_title = Zugänge und Abgänge der letzten 30 Tage
account_book_says = Hinzugekommen: { $came }, gegangen: { $went }. Abgänge stehen unter der Null.
account_book_came = Hinzugekommen
account_book_unsubscribed = Abgemeldet
account_book_bounced = Unzustellbar
account_book_complained = Beschwert
account_book_otherwise = Ausgeschlossen oder gelöscht
account_book_nothing = In den letzten 30 Tagen kam niemand hinzu, und niemand ging.
account_churn = { $gone ->
        [one] { $gone } Abmeldung
       *[other] { $gone } Abmeldungen
    } in 30 Tagen, das sind { $share } des Adressbuchs.
account_churn_none = Noch niemand konnte sich abmelden.
account_churn_note = Abmeldungen sind üblich und zählen nicht zur Beschwerdequote.
account_hours_heading = Versand
account_hours_title = Mails nach Stunden, letzte 48 Stunden
account_hours_says = { $accepted } Mails wurden angenommen, höchstens { $most } in einer Stunde.
account_hours_accepted = Angenommen
account_hours_deferred = Aufgeschoben
account_hours_bounced = Unzustellbar
account_hours_nothing = In den letzten 48 Stunden ging nichts hinaus.

## Die Seite der Quote

account_way_title = Verlauf
account_span_days = { $count } Tage
account_rules_title = Was Beschwerden selten hält
account_rule_limit = Von 1.000 Mails dürfen nicht mehr als zwei zu einer Beschwerde führen: je Mailing, über 30 Tage und seit Beginn der Zählung.
account_rule_stop = Ab 0,1 % warnen wir per Mail. Über 0,2 % hält der Versand von selbst an, und ein Mensch entscheidet. Ab 1 % sperren Postfachanbieter den Absender.
account_rule_topic = Bleiben Sie beim Thema der Anmeldung. Wer sich für Gartentipps anmeldet, will kein Handyangebot.
account_rule_sender = Seien Sie zu erkennen: derselbe Name, dieselbe Adresse, dieselbe Website wie auf dem Formular.
account_rule_rhythm = Schreiben Sie so oft, wie das Formular sagt. Wer lange nichts hört, vergisst die Anmeldung.
account_rule_leave = Machen Sie das Abmelden leicht, und sagen Sie oben, dass es geht. Eine Abmeldung kostet nichts, eine Beschwerde viel.
account_units_title = Einzelne Mailings
account_units_lead = Ein Newsletter hat eine Quote, ein Autoresponder eine für jede Kalenderwoche. Jede entscheidet wie die des Kontos.
account_units_none = Noch nichts versandt
account_units_none_text = Sobald ein Empfänger-Server eine Mail annimmt, steht ihr Mailing hier.
account_column_sent = Versandt
account_from_to = { $from } bis { $to }
account_periods_title = Zählzeiträume und Sperren
account_periods_lead = Wird ein Konto nach einer Sperre wieder freigegeben, beginnt die Zählung von vorn. Frühere Zeiträume bleiben hier stehen und zählen nicht mehr.
account_column_period = Zeitraum
account_period_name = Zeitraum { $number }
account_period_current = jetzt
account_suspensions_none = Das Konto war nie gesperrt.
account_suspensions_title = Sperren
account_suspension_open = wird untersucht
account_suspension_ended = wieder freigegeben
account_suspension_terminated = Konto beendet
account_suspension_closed = abgeschlossen
account_suspension_rested = Die Sperre beruhte auf einer Beschwerde, die nicht mehr zählt.
account_column_when = Wann
account_column_reason = Grund
account_column_became = Ergebnis

## Verlauf

account_activity_lead = Wer was wann geändert hat.
account_activity_none = Noch nichts geändert
account_activity_none_text = Jede Änderung an Einrichtung, Team und Mailings steht hier.
account_column_who = Wer
account_column_what = Was
account_actor_mailbox = Link in der Mail
account_actor_check = DNS-Prüfung
account_actor_elsewhere = Jemand außerhalb des Teams
account_actor_token = API-Token { $number }
account_did_account_created = Konto „{ $what }“ angelegt
account_did_account_changed = Einstellungen des Kontos geändert; es heißt jetzt „{ $what }“
account_did_policy_accepted = Richtlinie und Erklärung angenommen, Fassung { $what }
account_did_address_proven = Eine Mailadresse bestätigt
account_did_legal_notice_changed = Impressum geändert, Fassung { $what }
account_did_review_approved = Impressum geprüft und freigegeben: { $what }
account_did_review_refused = Impressum geprüft und abgelehnt: { $what }
account_did_domain_added = Domain { $what } eingetragen
account_did_domain_removed = Domain { $what } entfernt
account_did_domain_authenticated = DNS-Einträge von { $what } stimmen
account_did_domain_lost = DNS-Einträge von { $what } fehlen seit 72 Stunden
account_did_sender_added = Absender { $what } eingetragen
account_did_sender_changed = Absender ist jetzt { $what }
account_did_sender_removed = Absender { $what } entfernt
account_did_sender_renamed = Absendername ist jetzt „{ $what }“
account_did_website_added = Website { $what } eingetragen
account_did_website_removed = Website { $what } entfernt
account_did_topic_submitted = Thema { $what } eingereicht
account_did_topic_changed = Thema { $what } neu gefasst
account_did_topic_approved = Thema freigegeben: { $what }
account_did_topic_refused = Thema abgelehnt: { $what }
account_did_tag_removed = Tag „{ $what }“ entfernt
account_did_token_made = API-Token „{ $what }“ erstellt
account_did_token_revoked = API-Token { $what } widerrufen
account_did_user_added = Ins Team eingeladen: { $what } ({ $role })
account_did_user_joined = Einladung angenommen
account_did_user_removed = Aus dem Team entfernt: Nummer { $what }
account_did_role_changed = Rolle von { $who }: { $role }
account_did_mailing_edited = „{ $what }“ bearbeitet
account_did_mailing_started = „{ $what }“ gestartet
account_did_mailing_paused = „{ $what }“ pausiert
account_did_mailing_resumed = „{ $what }“ fortgesetzt
account_did_mailing_aborted = „{ $what }“ abgebrochen
account_did_mailing_scheduled = „{ $what }“ geplant
account_did_mailing_unscheduled = Planung von „{ $what }“ zurückgenommen

## API-Tokens

account_tokens_lead = Damit arbeiten Programme in diesem Konto. Ein Token darf alles, was eine Inhaberin oder ein Inhaber darf.
account_tokens_none = Noch kein Token
account_tokens_none_text = Ein Token braucht, wer Kontakte oder Mailings von einem Programm aus bearbeitet. Sonst brauchen Sie keines.
account_token_label = Wofür
account_token_label_hint = Woran Sie das Token später erkennen, zum Beispiel „Webshop“.
account_token_state = Stand
account_token_works = gilt
account_token_revoked = widerrufen
account_token_made_at = Erstellt
account_token_revoke = Widerrufen
account_token_question = „{ $label }“ widerrufen? Programme, die es benutzen, kommen sofort nicht mehr hinein.
account_token_make = Token erstellen
account_token_make_text = Es wird einmal gezeigt. Höchstens { $most } können zugleich gelten.
account_token_made_title = Ihr neues Token
account_token_once = Dieses Token wird nur jetzt gezeigt. Bewahren Sie es auf, bevor Sie weitergehen; geht es verloren, widerrufen Sie es und erstellen ein neues.
account_token_use = So fragt ein Programm, welches Konto es ist:
account_token_kept = Ich habe es aufbewahrt

## Einstellungen und Richtlinie

account_settings_lead = Wie das Konto heißt, welche Sprache und Zeitzone es hat, und die Richtlinie.
account_settings_account = Konto
account_field_name = Name des Kontos
account_field_name_hint = So sehen Empfänger, von wem eine Mail kommt. Höchstens 40 Zeichen, ohne Links.
account_field_language = Sprache der Benachrichtigungen
account_field_language_hint = In dieser Sprache schreiben wir dem Konto. Die Sprache Ihrer Seiten wählen Sie unter „Ihr Zugang“.
account_field_zone = Zeitzone
account_field_zone_hint = Nach dieser Uhr beginnen geplante Newsletter, und Zeiten auf diesen Seiten folgen ihr.
account_fact_number = Nummer des Kontos
account_fact_created = Angelegt am
account_fact_sender = Absender
account_sender_none = noch keiner bestätigt
account_policy_title = Richtlinie gegen Spam
account_policy_accepted = angenommen
account_policy_not_accepted = nicht angenommen
account_policy_open = Die Richtlinie ist in ihrer jetzigen Fassung noch nicht angenommen. Vorher geht nichts hinaus.
account_policy_by_owner = Annehmen kann sie, wer das Konto besitzt.
account_policy_last = Fassung { $version }, angenommen am { $at } von { $who }
account_policy_tick = Wir haben die Richtlinie gelesen und halten sie ein.
account_attestation_tick = Wir erklären: Unsere E-Mails gehen nur an Kunden und Interessenten, die ausdrücklich zugestimmt haben, E-Mails zu bekommen.
account_policy_accept = Richtlinie annehmen
account_policy_spam = Spam ist unverlangte Massenmail. Hier gilt darüber hinaus: Spam ist, was die Empfänger dafür halten, auch wenn sie sich angemeldet hatten.
account_policy_consent = Post bekommt nur, wer sich angemeldet und das bestätigt hat. Eine Anmeldung, die niemand innerhalb von { $days } Tagen bestätigt, wird vergessen. Gekaufte, gemietete oder gesammelte Adressen sind verboten.
account_policy_topic = Gesendet wird nur, was unmittelbar zum Thema der Anmeldung gehört.
account_policy_sender = Jede Mail nennt ihren Absender: eine eigene, bestätigte Adresse, die gelesen wird, und ein vollständiges, richtiges Impressum. Betreff und Absender täuschen niemanden.
account_policy_leave = Jede Mail trägt einen Abmeldelink, der sofort wirkt. Unzustellbare Adressen werden für alle ausgeschlossen.
account_policy_score = Die Beschwerdequote bleibt immer unter 0,2 %. Darüber hält der Versand an; ab { $stop } Beschwerden ist das Konto sofort gesperrt.
account_policy_measures = Nach einer Sperre untersucht ein Mensch den Fall und entscheidet mit Begründung. Wer die Grenze erheblich oder wiederholt überschreitet, verliert das Konto; Gebühren werden nicht erstattet.
