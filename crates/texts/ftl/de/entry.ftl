### Wie Menschen hereinkommen: Anmeldung, Einladung, neues Passwort, eigener Zugang, Team.

## Anmelden

entry_address = E-Mail-Adresse
entry_password = Passwort
entry_to_login = Zur Anmeldung
entry_login_title = Anmelden
entry_login_button = Anmelden
entry_login_forgot = Passwort vergessen?
entry_login_wrong = Adresse oder Passwort stimmt nicht.
entry_too_many_tries = Zu viele Versuche. Bitte versuchen Sie es in { $minutes ->
        [one] einer Minute
       *[other] { $minutes } Minuten
    } noch einmal.
entry_code_title = Code eingeben
entry_code_text = Ihr Passwort stimmt. Bitte geben Sie jetzt den Code aus Ihrer Authenticator-App ein.
entry_code = Code
entry_code_hint = Sechs Ziffern. Ohne das Telefon geht auch einer Ihrer Wiederherstellungscodes.
entry_code_button = Weiter
entry_code_wrong = Dieser Code stimmt nicht oder wurde schon benutzt. Warten Sie auf den nächsten.

## Passwörter

entry_new_password = Neues Passwort
entry_password_hint = Mindestens zwölf Zeichen. Ein Satz, den nur Sie kennen, ist gut; einfügen ist erlaubt.
entry_password_too_short = Das Passwort ist zu kurz: Es braucht mindestens zwölf Zeichen.
entry_password_too_long = Das Passwort ist zu lang: Es darf höchstens 128 Zeichen haben.
entry_password_common = Dieses Passwort probieren andere zuerst. Bitte wählen Sie eines, das niemand errät.
entry_password_own_address = Ihre Adresse ist kein gutes Passwort. Bitte wählen Sie etwas anderes.

## Links, die einmal gelten

entry_link_gone_title = Dieser Link gilt nicht mehr
entry_link_gone_text = Er wurde schon benutzt, ist zu alt oder wurde zurückgezogen. Wenn Sie schon ein Passwort haben, melden Sie sich damit an; sonst bitten Sie um einen neuen Link.
entry_name = Ihr Name
entry_bad_name = Bitte geben Sie einen kurzen Namen ohne Webadresse ein.
entry_invitation_title = Einladung: { $account }
entry_invitation_text = Das Konto { $account } lädt { $address } ein, als { $role } mitzuarbeiten.
entry_invitation_button = Einladung annehmen
entry_invitation_join = Diesem Konto beitreten
entry_invitation_sign_in = Diese Adresse hat schon einen Zugang. Bitte melden Sie sich an; danach treten Sie mit einem Klick bei.
entry_invitation_other_person = Sie sind als { $name } angemeldet. Die Einladung gilt { $address }. Bitte melden Sie sich ab und öffnen Sie den Link noch einmal.
entry_invitation_only_mail = Sie möchten sich hier nicht anmelden und nur Test-E-Mails erhalten?
entry_invitation_only_mail_button = Nur die Adresse bestätigen
entry_forgot_title = Passwort vergessen
entry_forgot_text = Wir senden Ihnen einen Link, mit dem Sie ein neues wählen. Er gilt eine Stunde.
entry_forgot_button = Link senden
entry_reset_title = Neues Passwort wählen
entry_reset_text = Für { $address }. Danach sind alle Browser abgemeldet.
entry_reset_button = Passwort setzen
entry_start_title = Zugang des Betreibers
entry_start_text = Mit diesem Zugang betreiben Sie { $operator }: Konten, Beschwerden, Prüfungen, Einstellungen.
entry_start_again_text = Für { $address }: ein neues Passwort. Codes der Authenticator-App werden abgeschaltet, alle Browser abgemeldet.
entry_start_button = Zugang anlegen
entry_start_taken = Diese Adresse hat schon einen Zugang. Ein Link für sie kommt von: jawort operator invite --address …
entry_said_reset_sent = Wenn diese Adresse einen Zugang hat, ist die E-Mail mit dem Link unterwegs.
entry_said_password_set = Das neue Passwort gilt.

## Der eigene Zugang

entry_me_title = Ihr Zugang
entry_me_profile = Name und Sprache
entry_language = Sprache
entry_language_de = Deutsch
entry_language_en = Englisch (English)
entry_me_password = Passwort
entry_me_password_text = Ein neues Passwort meldet alle anderen Browser ab.
entry_old_password = Ihr Passwort
entry_old_password_wrong = Das ist nicht Ihr Passwort.
entry_me_password_button = Passwort ändern
entry_me_codes = Code bei der Anmeldung
entry_me_codes_text = Wer Ihr Passwort kennt, kommt damit allein nicht hinein: Bei jeder Anmeldung zeigt Ihr Telefon einen Code.
entry_codes_are_on = Eingeschaltet
entry_codes_are_off = Ausgeschaltet
entry_codes_left =
    { $count ->
        [one] Ein Wiederherstellungscode ist übrig.
       *[other] { $count } Wiederherstellungscodes sind übrig.
    }
entry_codes_turn_on = Codes einschalten
entry_codes_turn_off = Codes ausschalten
entry_codes_title = Code bei der Anmeldung einrichten
entry_codes_step_scan = 1. Das Bild mit der App aufnehmen
entry_codes_scan_text = Jede Authenticator-App geht: Aegis, Google Authenticator, 1Password und andere.
entry_codes_picture = Bild für die Authenticator-App; derselbe Schlüssel steht darunter als Text.
entry_codes_type_text = Oder den Schlüssel eintippen:
entry_codes_secret = Schlüssel
entry_codes_step_prove = 2. Zeigen, dass es geht
entry_codes_code_hint = Die sechs Ziffern, die die App jetzt zeigt.
entry_recovery_title = Wiederherstellungscodes
entry_recovery_on = Codes sind eingeschaltet.
entry_recovery_text = Bewahren Sie diese acht Codes dort auf, wo Sie sie ohne das Telefon finden. Jeder ersetzt den Code der App einmal. Sie werden nur jetzt gezeigt.
entry_recovery_done = Ich habe sie aufbewahrt
entry_me_browsers = Angemeldete Browser
entry_me_sign_out_all = Überall abmelden
entry_me_sign_out_all_question = Alle Browser abmelden, auch diesen?
entry_browser = Browser
entry_browser_ip = IP-Adresse bei der Anmeldung
entry_browser_since = Angemeldet seit
entry_browser_seen = Zuletzt benutzt
entry_browser_own = dieser Browser
entry_browser_on = { $program } auf { $system }
entry_browser_unknown = Unbekannt

## Menschen eines Kontos

entry_team_title = Team
entry_team_lead = Wer in diesem Konto arbeitet, und was er oder sie darf.
entry_team_person = Person
entry_team_role = Rolle
entry_team_state = Stand
entry_team_you = das sind Sie
entry_team_in = meldet sich an
entry_team_invited = eingeladen
entry_team_invited_until = Link gilt bis { $date }
entry_team_late = Einladung abgelaufen
entry_team_mail_only = nur Test-E-Mails
entry_team_resend = Einladung noch einmal senden
entry_team_set_role = Rolle ändern
entry_team_remove_question = { $name } aus dem Konto entfernen? Der Zugang endet sofort.
entry_team_invite = Jemanden einladen
entry_team_invite_button = Einladung senden
entry_team_name = Name
entry_role_owner_text = Inhaber: alles, auch Absender, Impressum, Team, Tokens und Einstellungen
entry_role_editor_text = Bearbeiter: Kontakte, Tags, Formulare und E-Mails
entry_role_reader_text = Leser: sieht alles, ändert nichts
entry_team_limited = An diese Adresse gingen gerade so viele E-Mails dieser Art, wie erlaubt sind. Bitte später noch einmal.
entry_team_excluded = E-Mails an diese Adresse kamen als unzustellbar zurück, darum geht nichts mehr dorthin. Schreiben Sie dem Betreiber, sobald das Postfach wieder geht.

## Die ersten Schritte des Betreibers

entry_first_title = Erste Schritte
entry_first_lead = Namen, DNS und das erste Konto. Danach kann gesendet werden.
entry_first_names = 1. Namen
entry_first_names_text = So heißt die Installation nach außen. Geändert wird das in der Einstellungsdatei; ein Neustart übernimmt es.
entry_first_public_url = Öffentliche Adresse
entry_first_operator_name = Name des Betreibers
entry_first_platform_domain = Domain der Plattform
entry_first_bounce_domain = Domain für Rückläufer
entry_first_mail_host = Host für eintreffende E-Mails
entry_first_abuse_address = Adresse für Beschwerden
entry_first_sending_addresses = IP-Adressen, von denen gesendet wird
entry_first_not_set = fehlt
entry_first_no_addresses = Ohne diese Adressen nennt der SPF-Eintrag niemanden, und andere nehmen E-Mails nicht an. Setzen Sie platform.sending_addresses.
entry_first_dns = 2. DNS, wie andere es gerade sehen
entry_first_look_again = Noch einmal nachsehen
entry_first_account = 3. Das erste Konto
entry_first_account_there = Es gibt schon ein Konto. Hier legen Sie ein weiteres an.
entry_first_account_name = Name des Kontos
entry_first_account_name_hint = So sehen Empfänger den Absender.
entry_first_time_zone = Zeitzone
entry_first_bad_zone = Bitte geben Sie eine Zeitzone ein, zum Beispiel Europe/Berlin.
entry_first_owner = Inhaber
entry_first_owner_me = Ich selbst: Ich betreibe die Plattform und sende auch
entry_first_owner_other = Jemand anderes, per Einladung
entry_first_person = Name der Person
entry_first_account_button = Konto anlegen
