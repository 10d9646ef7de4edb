### Was die Seiten für Kunden und den Betreiber gemeinsam haben.

## Um die Seite herum

ui_skip = Zum Inhalt springen
ui_menu = Menü
ui_close = Schließen
ui_in_account = Konto { $account }
ui_switch_account = Konto wechseln
ui_accounts = Ihre Konten
ui_my_access = Ihr Zugang
ui_language_other = English
ui_sign_in = Anmelden
ui_sign_out = Abmelden
ui_help = Hilfe
ui_help_keys = Tastenkürzel
ui_you_are_here = Sie sind hier
ui_operator_area = Betreiber
ui_customer_area = Konten
ui_abuse = Beschwerden: { $address }

## Navigation eines Kontos

ui_nav_dashboard = Überblick
ui_nav_audience = Menschen
ui_nav_contacts = Kontakte
ui_nav_tags = Tags
ui_nav_forms = Formulare
ui_nav_mail = E-Mails
ui_nav_newsletters = Newsletter
ui_nav_autoresponders = Autoresponder
ui_nav_setup = Einrichtung
ui_nav_senders = Absender
ui_nav_domains = Domains
ui_nav_websites = Websites
ui_nav_topics = Themen
ui_nav_legal_notice = Impressum
ui_nav_account = Konto
ui_nav_score = Beschwerdequote
ui_nav_activity = Verlauf
ui_nav_ask = Betreiber fragen
ui_nav_team = Team
ui_nav_tokens = API-Tokens
ui_nav_settings = Einstellungen

## Navigation des Betreibers

ui_nav_desk = Übersicht
ui_nav_accounts = Konten
ui_nav_cases = Fälle
ui_nav_reviews = Prüfungen
ui_nav_exclusions = Ausschlussliste
ui_nav_providers = Postfachanbieter
ui_nav_incidents = Vorfälle
ui_nav_arrived = Eingegangene Mail
ui_nav_installation = Installation
ui_nav_dns = DNS
ui_nav_desk_settings = Einstellungen
ui_nav_audit = Protokoll

## Rollen

ui_role_owner = Inhaber
ui_role_editor = Bearbeiter
ui_role_reader = Leser
ui_role_operator = Betreiber

## Knöpfe

ui_save = Speichern
ui_add = Hinzufügen
ui_edit = Bearbeiten
ui_delete = Löschen
ui_remove = Entfernen
ui_cancel = Abbrechen
ui_confirm = Bestätigen
ui_back = Zurück
ui_search = Suchen
ui_filter = Filtern
ui_show = Anzeigen
ui_copy = Kopieren
ui_copied = Kopiert
ui_print = Drucken

## Tabellen

ui_next_page = Nächste Seite
ui_first_page = Erste Seite
ui_nothing_found = Nichts gefunden
ui_figures = Dieselben Zahlen als Tabelle
ui_yes = Ja
ui_no = Nein
ui_never = Nie
ui_optional = freiwillig

## Was gerade geschah

ui_said_saved = Gespeichert.
ui_said_added = Hinzugefügt.
ui_said_removed = Entfernt.
ui_said_sent = Gesendet.
ui_said_started = Gestartet.
ui_said_paused = Pausiert.
ui_said_resumed = Fortgesetzt.
ui_said_stopped = Beendet.
ui_said_checked = Gerade geprüft.
ui_said_decided = Die Entscheidung ist festgehalten.
ui_said_revoked = Widerrufen. Ab sofort gilt es nicht mehr.
ui_said_unsubscribed = Abgemeldet. Ab sofort geht keine E-Mail mehr hinaus.
ui_said_erased = Gelöscht. Es bleibt nur, was eine neue Zusendung verhindert.
ui_said_asked = Ihre Frage ist beim Betreiber. Ein Mensch antwortet Ihnen per E-Mail.
ui_said_again = Sie wird in wenigen Sekunden erneut gelesen.
ui_said_nothing_to_read = Hier gibt es nichts zu lesen: Die Adresse allein war der Wunsch.
ui_said_signed_out = Sie sind abgemeldet.

## Fehler in Formularen

ui_form_problems = { $count ->
        [one] Eine Angabe stimmt noch nicht
       *[other] { $count } Angaben stimmen noch nicht
    }
ui_field_required = Bitte füllen Sie dies aus.
ui_field_too_long = Bitte verwenden Sie höchstens { $limit } Zeichen.
ui_field_too_short = Bitte verwenden Sie mindestens { $limit } Zeichen.
ui_field_control_characters = Darin sind Zeichen, die hier nicht erlaubt sind, zum Beispiel Zeilenumbrüche.
ui_field_bad_email = Bitte geben Sie eine vollständige E-Mail-Adresse ein, zum Beispiel anna@example.com.
ui_field_bad_host = Bitte geben Sie einen Hostnamen ein, zum Beispiel www.example.com.
ui_field_bad_number = Bitte geben Sie eine ganze Zahl von { $min } bis { $max } ein.
ui_field_bad_choice = Bitte wählen Sie einen der Einträge.
ui_field_bad_time = Bitte geben Sie Tag und Uhrzeit ein.
ui_field_too_many = Bitte wählen Sie höchstens { $limit }.
ui_field_taken = Das gibt es schon.
ui_field_refused = So geht es nicht: { $problem }

## Wenn etwas nicht geht

ui_forbidden_title = Ihre Rolle erlaubt das nicht
ui_forbidden_text = Sie können dieses Konto ansehen, dies aber nicht ändern. Ein Inhaber des Kontos kann Ihnen eine andere Rolle geben.
ui_stale_title = Diese Seite war zu lange offen
ui_stale_text = Es wurde nichts geändert. Bitte gehen Sie zurück, laden Sie die Seite neu und versuchen Sie es noch einmal.
ui_conflict_title = Jemand anderes war schneller
ui_conflict_text = Dies wurde inzwischen geändert. Von Ihnen wurde nichts gespeichert. Bitte laden Sie die Seite neu und sehen Sie nach.

## Die Seite an der Wurzel

ui_home_title = E-Mails von { $operator }, an Menschen, die sie bestellt haben
ui_home_enter = Anmelden
ui_home_for_recipients = Sie haben von hier eine E-Mail erhalten?
ui_home_for_recipients_text = Jede E-Mail endet mit einem Link, mit dem Sie sich mit einem Klick abmelden. Wenn Sie sie nicht bestellt haben, leiten Sie sie an { $abuse } weiter: Das liest ein Mensch.
ui_home_for_senders = Sie möchten senden?
ui_home_for_senders_text = Nur an Menschen, die sich angemeldet und das bestätigt haben. Ohne diese Bestätigung geht nichts hinaus, und wer sich abmeldet, wird sofort gehört.
