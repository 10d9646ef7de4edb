### Seiten, die Empfänger sehen.

## Fußzeile

pages_footer_responsible = Verantwortlich für diese E-Mails: { $account }
pages_footer_legal = Impressum
pages_footer_complain = Beschwerde: Leiten Sie die E-Mail an { $abuse } weiter.
pages_footer_operator = Betrieben von { $operator }

## Anmeldeformular

pages_form_title = Anmeldung: { $site }
pages_form_topic = { $account } sendet E-Mails zu diesem Thema: „{ $topic }“
pages_form_email = E-Mail-Adresse
pages_form_email_hint = Mehr müssen wir nicht wissen.
pages_form_optional = freiwillig
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

## Die Seite an der Wurzel

pages_home_text = Von hier aus werden E-Mails an Menschen gesendet, die sie bestellt haben. In jeder steht ein Link, mit dem man sich mit einem Klick abmeldet.
