### Mails der Plattform und der Signaturblock unter jeder Mail an Empfänger.
### Ein Absatz ist eine Zeile; wer die Mail zusammensetzt, bricht um.

## Signaturblock

mail_why_newsletter = Sie erhalten diese E-Mail, weil Sie sich am { $date } auf { $site } für „{ $topic }“ angemeldet haben.
mail_why_confirmation = Sie erhalten diese E-Mail, weil diese Adresse am { $date } in das Anmeldeformular auf { $site } eingetragen wurde.
mail_why_test = Sie erhalten diese Test-E-Mail, weil Sie das Konto { $account } nutzen.
mail_unsubscribe_label = Mit einem Klick abmelden:
mail_unsubscribe_anchor = Mit einem Klick abmelden
mail_preferences_label = Einstellungen ändern:
mail_preferences_anchor = Einstellungen ändern
mail_not_me_label = Anmeldung löschen, falls Sie es nicht waren:
mail_not_me_anchor = Das war ich nicht
mail_test_stop_label = Keine Test-E-Mails mehr erhalten:
mail_test_stop_anchor = Keine Test-E-Mails mehr erhalten
mail_complain = Beschwerde: Leiten Sie diese E-Mail an { $abuse } weiter, gern mit einer kurzen Begründung.

## Bezeichnungen im Impressum. Das Impressum selbst ist der Text des Kontos.

mail_legal_heading = Impressum
mail_legal_represented_by = Vertreten durch:
mail_legal_email = E-Mail:
mail_legal_phone = Telefon:
mail_legal_contact = Kontakt:
mail_legal_register = Register:
mail_legal_vat_id = USt-IdNr.:
mail_legal_business_id = Wirtschafts-IdNr.:
mail_legal_authority = Aufsichtsbehörde:
mail_legal_professional = Berufsrechtliche Angaben:
mail_legal_responsible = Verantwortlich nach § 18 Abs. 2 MStV:
mail_legal_note = Hinweis:

## Bestätigungsmail (keine Werbung, kein überflüssiges Wort)

mail_confirm_subject = Bitte bestätigen Sie Ihre Anmeldung auf { $site }
mail_confirm_intro = Jemand hat diese E-Mail-Adresse in das Anmeldeformular auf { $site } eingetragen. Die Anmeldung gilt für E-Mails von { $account } zu diesem Thema: „{ $topic }“.
mail_confirm_ask = Wenn Sie das waren und diese E-Mails wünschen, bestätigen Sie bitte:
mail_confirm_anchor = Bitte bestätigen
mail_confirm_until = Sie können bis zum { $date } bestätigen. Wenn Sie nichts tun, wird die Anmeldung vergessen, und Sie erhalten daraus keine E-Mails.
mail_confirm_not_me = Wenn Sie das nicht waren, löschen Sie die Anmeldung hier. Dieser Absender kann Ihnen dann keine weitere Bestätigungsmail senden:
mail_confirm_not_me_anchor = Das war ich nicht

## Testmail

mail_test_subject = [Test] { $subject }
mail_test_hint = Dies ist eine Test-E-Mail. Sie ging nur an Sie. Ihr Abmeldelink beendet weitere Test-E-Mails an Sie und ändert nichts für Empfänger.

## Nachweis einer Adresse

mail_prove_sender_subject = Bitte bestätigen Sie diese Adresse als Absender
mail_prove_sender_body =
    Das Konto { $account } auf { $platform } möchte E-Mails mit dem Absender { $address } senden. Auch Antworten kämen an dieser Adresse an.

    Wenn Sie einverstanden sind, bestätigen Sie bitte hier:
mail_prove_user_subject = Einladung: { $account }
mail_prove_user_body =
    Das Konto { $account } auf { $platform } lädt Sie mit der Adresse { $address } ein.

    Wenn das stimmt, öffnen Sie bitte diesen Link. Sie bestätigen damit die Adresse und wählen ein Passwort:
mail_prove_user_anchor = Einladung öffnen
mail_prove_anchor = Bitte bestätigen
mail_prove_until = Der Link gilt bis zum { $date }. Wenn Sie nichts tun, wird die Adresse nicht verwendet.

## Vergessenes Passwort

mail_reset_password_subject = Ein neues Passwort wählen
mail_reset_password_body =
    Für das Konto mit der Adresse { $address } auf { $platform } wurde ein neues Passwort angefordert.

    Hier wählen Sie es:
mail_reset_password_anchor = Neues Passwort wählen
mail_reset_password_until = Der Link gilt eine Stunde und nur einmal. Wenn Sie ihn nicht angefordert haben, löschen Sie diese E-Mail: Ihr Passwort bleibt, wie es ist.

## Mitteilungen an Kunden

mail_notice_opening = Guten Tag,
mail_notice_closing =
    Mit freundlichen Grüßen
    Der Betreiber von { $platform }
mail_suspended_subject = Ihr Konto { $account } ist gesperrt
mail_suspended_body =
    Das Konto { $account } ist ab sofort gesperrt. Es sendet nichts mehr: keine Newsletter, keine Autoresponder, keine Bestätigungsmails.

    Grund: { $reason }

    Ein Mensch untersucht nun, was geschehen ist, bevor etwas entschieden wird. Ihr Fall hat die Nummer { $case }. Wenn Sie Stellung nehmen möchten, antworten Sie auf diese E-Mail und nennen Sie die Nummer.

    Ihre Daten bleiben erhalten. Abmeldungen, Rückläufer und Beschwerden werden weiter bearbeitet.
mail_suspended_reason_score = { $complaints ->
        [one] Eine Beschwerde kam auf { $sent } gesendete E-Mails.
       *[other] { $complaints } Beschwerden kamen auf { $sent } gesendete E-Mails.
    } Das sind { $score }; die Grenze liegt bei 0,2 %.
mail_suspended_reason_topic = Ein Mailing hielt sich nicht an das Thema, für das sich die Empfänger angemeldet haben.
mail_reinstated_subject = Ihr Konto { $account } kann wieder senden
mail_reinstated_body =
    Die Untersuchung im Fall { $case } ist beendet, und das Konto { $account } kann wieder senden. Die Zählung der Beschwerden beginnt heute neu.

    Begründung: { $reason }

    Nichts läuft von selbst weiter: Was unterwegs war, ist pausiert, und ein Newsletter, dessen Zeit vorbei ist, ist wieder ein Entwurf. Verloren ist nichts. Bitte setzen Sie fort, was noch passt.
mail_terminated_subject = Ihr Konto { $account } ist beendet
mail_terminated_body =
    Die Untersuchung im Fall { $case } endete mit der Entscheidung, das Konto { $account } zu beenden. Es kann nicht mehr senden.

    Begründung: { $reason }

    Gezahlte Entgelte werden nicht erstattet. Abmeldungen und Beschwerden bleiben für alle möglich, die E-Mails von Ihnen erhalten haben.
mail_mailing_paused_subject = Ihr Mailing „{ $mailing }“ ist angehalten
mail_mailing_paused_body =
    Das Mailing „{ $mailing }“ ist angehalten, weil seine Beschwerden die Grenze von 0,2 % überschritten haben: { $complaints ->
        [one] eine Beschwerde
       *[other] { $complaints } Beschwerden
    } auf { $sent } gesendete E-Mails.

    Ihre anderen Mailings laufen weiter. Dieses sieht sich ein Mensch an; Ihr Fall hat die Nummer { $case }. Wenn Sie Stellung nehmen möchten, antworten Sie auf diese E-Mail und nennen Sie die Nummer.
mail_review_opened_subject = Wir prüfen Ihr Impressum
mail_review_opened_body =
    Das Konto { $account } hat { $contacts } Kontakte erreicht. Ab dieser Größe prüft ein Mensch, ob das Impressum richtig ist.

    Bis zur Freigabe warten Mailings an mehr als { $contacts } Empfänger. Sie müssen nichts tun, wenn das Impressum vollständig und richtig ist. Eine Änderung des Impressums beginnt die Prüfung von vorn.
mail_review_approved_subject = Ihr Impressum ist freigegeben
mail_review_approved_body = Das Impressum des Kontos { $account } wurde geprüft und freigegeben. Mailings, die darauf gewartet haben, laufen weiter.
mail_review_refused_subject = Bitte berichtigen Sie Ihr Impressum
mail_review_refused_body =
    Das Impressum des Kontos { $account } wurde geprüft und konnte nicht freigegeben werden.

    Grund: { $reason }

    Bitte berichtigen Sie es. Damit beginnt eine neue Prüfung. Bis dahin warten Mailings oberhalb der Grenze.
mail_topic_approved_subject = Ihr Thema ist freigegeben
mail_topic_approved_body = Dieses Thema des Kontos { $account } wurde freigegeben: „{ $topic }“. Formulare können nun Anmeldungen dafür sammeln.
mail_topic_refused_subject = Bitte fassen Sie Ihr Thema enger
mail_topic_refused_body =
    Dieses Thema des Kontos { $account } konnte nicht freigegeben werden: „{ $topic }“

    Grund: { $reason }

    Ein Thema sagt in 20 bis 300 Zeichen, worum es in den E-Mails gehen wird, damit jeder weiß, was ihn erwartet.
mail_score_warning_subject = Beschwerden über Ihre E-Mails: { $score }
mail_score_warning_body =
    Die Beschwerdequote des Kontos { $account } hat { $score } erreicht: { $complaints ->
        [one] eine Beschwerde
       *[other] { $complaints } Beschwerden
    } auf { $sent } gesendete E-Mails.

    Sie muss unter 0,2 % bleiben. Ab 0,1 % warnen wir Sie. Über 0,2 % endet der Versand.

    Bitte prüfen Sie, ob Ihre E-Mails beim Thema der Anmeldung bleiben und ob die Empfänger Sie als Absender erkennen.
mail_score_limit_subject = Die Beschwerden über Ihre E-Mails haben die Grenze erreicht
mail_score_limit_body =
    Die Beschwerdequote des Kontos { $account } hat { $score } erreicht: { $complaints ->
        [one] eine Beschwerde
       *[other] { $complaints } Beschwerden
    } auf { $sent } gesendete E-Mails.

    Das ist die Grenze. Eine weitere Beschwerde kann Ihren Versand sofort beenden. Bitte halten Sie an, wobei Sie unsicher sind, und fragen Sie uns vor dem Senden.
mail_letter_flood_subject = Eine Flut von Antworten: { $account }
mail_letter_flood_body =
    Mehr als { $limit } Zuschriften kamen in einer Stunde an eine Absenderadresse des Kontos { $account }. Die weiteren werden nicht an das Postfach dahinter weitergeleitet.

    Sie bleiben erhalten und sind hier einige Tage lang zu lesen. Sobald weniger kommen, wird wieder weitergeleitet.
mail_sender_on_hold_subject = Ihre Absenderadresse { $address } nimmt keine E-Mails an
mail_sender_on_hold_body =
    Eine E-Mail an Ihre eigene Absenderadresse { $address } kam als unzustellbar zurück. Wer Ihnen antwortet, würde Sie nicht erreichen; darum wartet der Versand von dieser Adresse.

    Bitte bringen Sie das Postfach in Ordnung und weisen Sie die Adresse danach im Konto { $account } erneut nach.
mail_domain_on_hold_subject = Die DNS-Einträge von { $domain } fehlen
mail_domain_on_hold_body =
    Die Domain { $domain } veröffentlicht die Einträge nicht, mit denen Ihre E-Mails unterschrieben werden. Der Versand von dort wartet, bis sie vorhanden sind.

    Das Konto { $account } zeigt, welche Einträge fehlen.

## Mitteilungen an den Betreiber

mail_case_opened_subject = Fall { $case }: { $account }
mail_case_opened_body =
    Der Fall { $case } wurde für das Konto { $account } eröffnet.

    Grund: { $reason }

    Erste Durchsicht fällig: { $first_look_due }
    Entscheidung fällig: { $decision_due }
mail_case_overdue_subject = Überfällig: Fall { $case }, { $account }
mail_case_overdue_body =
    Der Fall { $case } für das Konto { $account } hätte bis { $due } bearbeitet sein sollen.

    Grund: { $reason }

    Bitte nehmen Sie ihn als Nächstes vor.
mail_score_critical_subject = Kritisch: Beschwerden über { $account } bei { $score }
mail_score_critical_body =
    Die Beschwerdequote des Kontos { $account } liegt bei { $score }: { $complaints ->
        [one] eine Beschwerde
       *[other] { $complaints } Beschwerden
    } auf { $sent } gesendete E-Mails.

    Über 1 % sperren die Postfachanbieter den Absender, und wer von denselben Adressen sendet, leidet mit. Die Grenze von 0,2 % hat angehalten, was sie anhalten muss.

    Bitte sehen Sie sich jetzt den Fall { $case } an, und was die Anbieter antworten.
mail_incident_opened_subject = Vorfall { $incident }: { $group }
mail_incident_opened_body =
    Der Vorfall { $incident } wurde für die Anbietergruppe { $group } eröffnet.

    Beobachtung: { $finding }

    Der Versand an diese Gruppe ist angehalten. Die Ausschlüsse dieses Vorfalls lassen sich mit einer Entscheidung gemeinsam aufheben.
mail_review_waiting_subject = Ein Impressum wartet auf Ihre Prüfung: { $account }
mail_review_waiting_body = Das Konto { $account } hat { $contacts } Kontakte. Sein Impressum wartet auf Ihre Prüfung. Mailings oberhalb der Grenze warten ebenfalls.
mail_topic_waiting_subject = Ein Thema wartet auf Ihre Prüfung: { $account }
mail_topic_waiting_body = Das Konto { $account } hat dieses Thema eingetragen: „{ $topic }“

## Antworten der Beschwerdestelle

mail_abuse_subject = Ihre Meldung, Fall { $case }
mail_abuse_body =
    Vielen Dank für Ihre Meldung. Sie hat die Fallnummer { $case }.

    Wenn Ihre Nachricht erkennen lässt, um welche E-Mail es geht, kann deren Absender Ihnen schon jetzt nichts mehr senden.

    Ein Mensch sieht jede Meldung binnen eines Arbeitstags an und entscheidet binnen fünf. Wenn Sie etwas ergänzen möchten, antworten Sie auf diese E-Mail.
mail_abuse_wish_body =
    Vielen Dank für Ihre Nachricht. Sie hat die Nummer { $case }.

    Sie möchten keine E-Mails mehr. Wenn wir Ihre Adresse bei den genannten Absendern gefunden haben, können diese Ihnen schon jetzt nichts mehr senden. Wenn dennoch E-Mails kommen, leiten Sie eine davon an { $abuse } weiter.
