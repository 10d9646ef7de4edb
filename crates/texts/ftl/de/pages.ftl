### Seiten, die Empfänger sehen.

## Fußzeile

pages_footer_responsible = Verantwortlich für diese E-Mails: { $account }
pages_footer_legal = Impressum
pages_footer_complain = Beschwerde: Leiten Sie die E-Mail an { $abuse } weiter.
pages_footer_operator = Betrieben von { $operator }
pages_footer_contact = Oder schreiben Sie uns.

## Anmeldeformular

pages_form_title = Anmeldung: { $site }
pages_form_topic = { $account } sendet E-Mails zu diesem Thema: „{ $topic }“
pages_form_email = E-Mail-Adresse
pages_form_email_hint = Mehr müssen wir nicht wissen.
pages_form_optional = freiwillig
pages_field_first_name = Vorname
pages_field_last_name = Nachname
pages_field_name = Name
pages_field_company = Firma
pages_field_city = Ort
pages_field_phone = Telefon
pages_field_country = Land
pages_form_trap = Bitte lassen Sie dieses Feld leer
pages_form_consent = Ich möchte E-Mails von { $account } zu diesem Thema erhalten: „{ $topic }“. Ich kann mich jederzeit mit einem Klick abmelden.
pages_form_steps = Danach erhalten Sie eine E-Mail mit einem Link. Erst wenn Sie dort bestätigen, erhalten Sie E-Mails von { $account }.
pages_form_button = Anmelden
pages_form_bad_email = An diese Adresse können wir keine E-Mail senden. Bitte prüfen Sie die Schreibweise.
pages_form_typo = Meinten Sie { $suggestion }?
pages_form_missing_consent = Bitte setzen Sie das Häkchen, wenn Sie diese E-Mails wünschen.
pages_form_bad_field = Bitte prüfen Sie diese Angabe: { $field }
pages_form_again = Bitte prüfen Sie Ihre Angaben und drücken Sie den Knopf, um sich anzumelden.

## Nach der Anmeldung: dieselbe Antwort für alle

pages_check_mail_title = Bitte sehen Sie in Ihr Postfach
pages_check_mail_text = Wenn diese Adresse angemeldet werden kann, ist eine E-Mail mit einem Link dorthin unterwegs. Bitte bestätigen Sie dort. Ohne Ihre Bestätigung geschieht nichts weiter.
pages_check_mail_help = Nach einigen Minuten ist nichts angekommen? Bitte sehen Sie auch im Spam-Ordner nach. Eine bereits angemeldete Adresse erhält keine weitere E-Mail.

## Bestätigung

pages_confirm_title = Bitte bestätigen Sie Ihre Anmeldung
pages_confirm_text = Sie möchten E-Mails von { $account } zu diesem Thema erhalten: „{ $topic }“. Die Anmeldung erfolgte auf { $site }.
pages_confirm_button = Anmeldung bestätigen
pages_confirmed_title = Vielen Dank, Sie sind angemeldet
pages_confirmed_text = Sie erhalten nun E-Mails von { $account } zu diesem Thema: „{ $topic }“. In jeder E-Mail steht ein Link, mit dem Sie sich mit einem Klick abmelden.
pages_confirmed_contacts = Damit die E-Mails ankommen, nehmen Sie { $sender } in Ihre Kontakte auf.
pages_confirmed_card = Als Kontakt herunterladen
pages_confirm_gone_title = Dieser Link gilt nicht mehr
pages_confirm_gone_text = Die Anmeldung wurde bereits bestätigt, oder ihre Frist ist abgelaufen. Ist die Frist abgelaufen, so wurde die Adresse vergessen. Wenn Sie möchten, können Sie sich neu anmelden.

## „Das war ich nicht“

pages_not_me_title = Das waren nicht Sie?
pages_not_me_text = Die Anmeldung auf { $site } wird gelöscht. { $account } kann Ihnen danach keine weitere Bestätigungsmail senden.
pages_not_me_button = Das war ich nicht
pages_not_me_done_title = Die Anmeldung ist gelöscht
pages_not_me_done_text = Sie erhalten keine E-Mails von { $account }. Auch eine weitere Bestätigungsmail kann dieser Absender Ihnen nicht senden.

## Abmeldung

pages_unsubscribe_title = Abmeldung
pages_unsubscribe_working = Sie werden von { $account } abgemeldet. Einen Augenblick bitte.
pages_unsubscribe_noscript = Bitte drücken Sie den Knopf. Danach erhalten Sie keine E-Mails mehr von { $account }.
pages_unsubscribe_button = Jetzt abmelden
pages_unsubscribed_title = Sie sind abgemeldet
pages_unsubscribed_text = Sie erhalten ab sofort keine E-Mails mehr von { $account }.
pages_keep_legend = Wenn Sie einen Teil behalten möchten, wählen Sie hier:
pages_keep_button = Auswahl behalten
pages_keep_none = Bitte wählen Sie mindestens eines aus, oder verlassen Sie diese Seite. Sie sind abgemeldet.
pages_kept_title = Ihre Auswahl ist gespeichert
pages_kept_text = Von { $account } erhalten Sie nun nur noch, was Sie gewählt haben.
pages_undo_text = War das ein Versehen? Sie können es bis zum { $date } rückgängig machen.
pages_undo_button = Rückgängig machen
pages_undone_title = Sie sind wieder angemeldet
pages_undone_text = Sie erhalten E-Mails von { $account } wie zuvor.
pages_undo_gone_title = Das lässt sich nicht mehr rückgängig machen
pages_undo_gone_text = Sie sind abgemeldet. Wenn Sie wieder E-Mails von { $account } wünschen, melden Sie sich bitte neu an.

## Keine Testmails mehr

pages_test_stop_title = Keine Test-E-Mails mehr
pages_test_stop_text = Sie erhalten danach keine Test-E-Mails des Kontos { $account } mehr. Für Empfänger ändert sich nichts.
pages_test_stop_button = Test-E-Mails beenden
pages_test_stopped_title = Test-E-Mails sind beendet
pages_test_stopped_text = Sie erhalten keine Test-E-Mails des Kontos { $account } mehr.
pages_test_preferences_text = Dies können Empfänger einstellen. Es war eine Test-E-Mail; darum gibt es hier nichts zu ändern.

## Einstellungen

pages_preferences_title = Ihre Einstellungen
pages_preferences_text = Sie erhalten E-Mails von { $account } zu diesem Thema: „{ $topic }“
pages_preferences_legend = Ich möchte erhalten:
pages_preferences_button = Speichern
pages_preferences_saved = Ihre Einstellungen sind gespeichert.
pages_preferences_none = Sie sind bei { $account } nicht angemeldet und erhalten keine E-Mails.
pages_unsubscribe_all_text = Sie möchten gar keine E-Mails mehr von { $account }?
pages_unsubscribe_all_button = Von allem abmelden

## Beschwerde über ein Formular

pages_complain_link = Über diese E-Mails beschweren
pages_complain_title = Beschwerde senden
pages_complain_text = Sie erhalten danach sofort keine E-Mails mehr von { $account }. Ein Mensch bei { $operator } liest Ihre Beschwerde. Beschwerden zählen: Ein Konto mit zu vielen kann nichts mehr senden.
pages_complain_reason = Was stimmt nicht?
pages_complain_not_asked = Ich habe diese E-Mails nicht bestellt.
pages_complain_other_topic = Es geht um etwas anderes, als ich bestellt habe.
pages_complain_cannot_leave = Ich habe mich abgemeldet und trotzdem E-Mails erhalten.
pages_complain_other = Etwas anderes
pages_complain_words = In Ihren eigenen Worten
pages_complain_button = Beschwerde senden
pages_complained_title = Ihre Beschwerde ist angekommen
pages_complained_text = Sie erhalten ab sofort keine E-Mails mehr von { $account }.
pages_complained_case = Ein Mensch liest sie. Sie hat die Nummer { $number }; bitte nennen Sie diese, wenn Sie noch einmal dazu schreiben.

## Das Kontaktformular des Betreibers

pages_contact_title = An { $operator } schreiben
pages_contact_text = Hier erreichen Sie die Menschen bei { $operator }, die sich um Beschwerden kümmern und Fragen zu den Regeln für Absender beantworten. Wenn Sie die E-Mail noch haben, um die es geht, leiten Sie sie bitte weiter: Dann muss nichts gesucht werden.
pages_contact_about = Worum geht es?
pages_contact_complaint = Eine Beschwerde über E-Mails
pages_contact_question = Eine Frage
pages_contact_email = Ihre E-Mail-Adresse
pages_contact_email_hint = Für unsere Antwort, und um herauszufinden, wer dorthin schrieb.
pages_contact_sender = Wer hat Ihnen geschrieben?
pages_contact_sender_hint = Adresse oder Name des Absenders, wie die E-Mail sie zeigt.
pages_contact_words = Ihre Nachricht
pages_contact_button = Nachricht senden
pages_contact_too_often = Das war zu oft von Ihrem Anschluss. Bitte schreiben Sie stattdessen an { $abuse }.
pages_contacted_title = Ihre Nachricht ist angekommen
pages_contacted_text = Ein Mensch antwortet Ihnen an die Adresse, die Sie angegeben haben.

## E-Mails als Seiten

pages_online_link = Ihre letzten E-Mails als Seiten
pages_online_title = Ihre E-Mails von { $account }
pages_online_text = Dies sind die letzten E-Mails, die Ihrem Postfach übergeben wurden.
pages_online_none = Es gibt keine E-Mail zu zeigen.
pages_online_mail = E-Mail vom { $date }
pages_online_links = So sieht die E-Mail heute aus. Ihre Links zum Abmelden und zu Ihren Einstellungen gelten nur in Ihrem Postfach, damit Sie diese Seite auch anderen zeigen können.
pages_online_frame = Die E-Mail
pages_online_back = Alle E-Mails

## Nachweis einer Adresse

pages_prove_title = Adresse bestätigen
pages_prove_text = Das Konto { $account } möchte die Adresse { $address } verwenden.
pages_prove_button = Adresse bestätigen
pages_proved_title = Die Adresse ist bestätigt
pages_proved_text = Das Konto { $account } kann die Adresse { $address } nun verwenden.
pages_prove_gone_title = Dieser Link gilt nicht mehr
pages_prove_gone_text = Die Adresse wurde bereits bestätigt, oder die Frist ist abgelaufen. Das Konto kann einen neuen Link anfordern.

## Wenn etwas nicht geht

pages_unknown_title = Diesen Link kennen wir nicht
pages_unknown_text = Bitte kopieren Sie den ganzen Link aus der E-Mail. Wenn Sie sich abmelden möchten und der Link nicht funktioniert, leiten Sie die E-Mail an { $abuse } weiter.
pages_form_closed_title = Dieses Formular ist nicht geöffnet
pages_form_closed_text = Es nimmt derzeit keine Anmeldungen an. Ihre Adresse wurde nicht gespeichert.
pages_not_found_title = Diese Seite gibt es nicht
pages_not_found_text = Bitte prüfen Sie die Adresse im Browser.
pages_too_large_title = Das war zu viel
pages_too_large_text = Die gesendeten Daten sind zu groß. Es wurde nichts gespeichert.
pages_bad_request_title = Das konnten wir nicht lesen
pages_bad_request_text = Die Daten kamen nicht vollständig an. Es wurde nichts gespeichert. Bitte gehen Sie zurück und versuchen Sie es erneut.
pages_busy_title = Bitte versuchen Sie es erneut
pages_busy_text = Wir können das im Augenblick nicht ausführen. Es wurde nichts geändert. Bitte versuchen Sie es in einigen Minuten erneut.
pages_failed_title = Etwas ist schiefgegangen
pages_failed_text = Der Fehler liegt bei uns und wurde festgehalten. Bitte versuchen Sie es in einigen Minuten erneut.
