### Was eine Regel gegen einen Wert oder Wunsch einwendet: Die API sagt es als Meldung, Seiten neben
### dem Feld.

# Grenzen eines Kontos
invalid_too_many_forms = Ein Konto kann höchstens { $limit } Formulare haben.
invalid_too_many_users = Ein Konto kann höchstens { $limit } Nutzer haben. Bitte löschen Sie zuerst etwas, das Sie nicht mehr brauchen.
invalid_too_many_tags = Ein Konto kann höchstens { $limit } Tags haben. Bitte löschen Sie zuerst etwas, das Sie nicht mehr brauchen.
invalid_too_many_senders = Ein Konto kann höchstens { $limit } Absenderadressen haben. Bitte löschen Sie zuerst etwas, das Sie nicht mehr brauchen.
invalid_too_many_topics = Ein Konto kann höchstens { $limit } Themen haben.
invalid_too_many_websites = Ein Konto kann höchstens { $limit } Websites haben.
invalid_too_many_domains = Ein Konto kann höchstens { $limit } Absenderdomains haben. Bitte löschen Sie zuerst etwas, das Sie nicht mehr brauchen.
invalid_too_many_mailings = Ein Konto kann höchstens { $limit } Mailings haben.
invalid_too_many_tokens = Es kann höchstens { $limit } Token geben. Bitte widerrufen Sie zuerst eines.
invalid_too_many_form_fields = Ein Formular kann höchstens { $limit } Felder haben.
invalid_too_many_form_tags = Ein Formular kann höchstens { $limit } Tags vergeben.
invalid_too_many_contact_fields = Ein Kontakt kann höchstens { $limit } Felder haben.
invalid_too_many_mailing_tags = Ein Mailing kann höchstens { $limit } Tags nennen.

# Was es schon gibt
invalid_tag_taken = Einen Tag mit diesem Namen gibt es schon.
invalid_tag_in_use = Ein Mailing, das noch nicht beendet ist, nennt diesen Tag. Bitte ändern oder beenden Sie es zuerst.
invalid_tag_gone = Die Tags, an die sich dies richtet, gibt es nicht mehr. Bitte wählen Sie andere.
invalid_user_taken = Einen Nutzer mit dieser Adresse gibt es schon.
invalid_last_owner = Das ist der letzte Inhaber des Kontos. Machen Sie zuerst jemand anderen zum Inhaber.
invalid_too_many_memberships = Ein Mensch kann in höchstens { $limit } Konten arbeiten.
invalid_sender_taken = Einen Absender mit dieser Adresse gibt es schon.
invalid_website_taken = Diese Website ist im Konto schon eingetragen.
invalid_domain_taken = Diese Domain ist im Konto schon eingetragen.
invalid_platform_address_taken = Diese Adresse der Plattform ist vergeben. Bitte wählen Sie einen anderen Namen.

# Texte
invalid_line = { $item }: bitte eine Zeile mit 1 bis { $limit } Zeichen.
invalid_text = { $item }: höchstens { $limit } Zeichen, ohne Steuerzeichen.
invalid_item_name = Name
invalid_item_label = Bezeichnung
invalid_item_public_name = Öffentlicher Name
invalid_item_consent_text = Einwilligungstext
invalid_item_privacy_notice = Datenschutzhinweis
invalid_item_time_zone = Zeitzone
invalid_item_reason = Begründung
invalid_item_person = Name der Person, die entscheidet
invalid_field_name = Der Name eines Feldes beginnt mit einem Kleinbuchstaben von a bis z und besteht aus Kleinbuchstaben, Ziffern und Unterstrichen, höchstens { $limit }.
invalid_contact_field = Das Feld { $name } kann höchstens { $limit } Zeichen in einer Zeile haben.

# Namen, die Empfänger sehen
invalid_name_empty = Ein Name braucht einen Buchstaben oder eine Ziffer.
invalid_name_too_long = Ein Name hat hier höchstens { $limit } Zeichen.
invalid_name_unprintable = Der Name enthält ein unsichtbares Zeichen oder einen Zeilenumbruch.
invalid_name_holds_address = Der Name enthält eine E-Mail-Adresse. Empfänger könnten sie für die echte halten.
invalid_name_holds_domain = Der Name enthält eine Webadresse oder eine fremde Domain. Bitte schreiben Sie nur den Namen.
invalid_name_mixed_alphabets = Ein Wort des Namens mischt ähnlich aussehende Buchstaben mehrerer Alphabete.
invalid_name_foreign_brand = Der Name enthält eine oft nachgeahmte Marke, zu der die Adresse nicht gehört.
invalid_name_no_reply = Der Name sagt, dass niemand Antworten liest. Empfänger müssen antworten können.

# Themen
invalid_statement_too_short = Bitte beschreiben Sie das Thema mit mindestens { $limit } Zeichen, damit man weiß, wofür man sich anmeldet.
invalid_statement_too_long = Ein Thema hat höchstens { $limit } Zeichen.
invalid_statement_unprintable = Das Thema enthält ein unsichtbares Zeichen oder einen Zeilenumbruch.
invalid_statement_holds_link = Das Thema enthält eine Web- oder E-Mail-Adresse. Es steht in Bestätigungsmails, die keine weiteren Links haben.
invalid_statement_generic = Das nennt keinen Gegenstand. Bitte schreiben Sie, wovon Ihre E-Mails handeln, zum Beispiel: Tipps zum Brotbacken zu Hause.
invalid_topic_not_approved = Diese Fassung des Themas ist noch nicht freigegeben. Der Betreiber liest sie zuerst.

# Impressum
invalid_legal_notice = Das Impressum ist noch nicht vollständig. Bitte sehen Sie nach: { $fields }.
invalid_legal_missing = Diese Angabe ist nötig.
invalid_legal_missing_form = Bei Firmen, Vereinen und Behörden ist die Rechtsform nötig, zum Beispiel GmbH oder e. V.
invalid_legal_missing_representative = Bei Firmen, Vereinen und Behörden ist nötig, wer sie vertritt, zum Beispiel: Geschäftsführerin Anna Beispiel.
invalid_legal_missing_street = Straße und Hausnummer sind nötig: Dort müssen Ihnen Schreiben zugestellt werden können.
invalid_legal_missing_contact = Neben der E-Mail-Adresse ist ein zweiter schneller Weg zu Ihnen nötig: eine Telefonnummer oder eine Kontaktseite.
invalid_legal_missing_register = Zu dieser Nummer gehört das Register, zum Beispiel Amtsgericht Musterstadt.
invalid_legal_missing_register_number = Zu diesem Register gehört die Nummer, zum Beispiel HRB 12345.
invalid_legal_too_long = Dieses Feld hat höchstens { $limit } Zeichen.
invalid_legal_unprintable = Dieses Feld enthält ein unsichtbares Zeichen oder einen Zeilenumbruch.
invalid_legal_post_office_box = Postfach oder Packstation genügt nicht: Hier müssen Ihnen Schreiben eines Gerichts zugestellt werden können.
invalid_legal_implausible = Das ist zu wenig, um verstanden zu werden. Bitte schreiben Sie es aus.
invalid_legal_not_an_address = Das ist keine vollständige E-Mail-Adresse.
invalid_legal_not_a_url = Bitte geben Sie eine Seite an, die mit https:// beginnt.
invalid_legal_holds_link = Hier kann keine Webadresse stehen.
invalid_legal_names_legal_person = Der Name ist der einer Firma. Bitte geben Sie das an, mit Rechtsform und Vertretung.

# Zeiten
invalid_zone_unknown = Diese Zeitzone gibt es nicht. Bitte schreiben Sie eine wie Europe/Berlin.
invalid_moment_unreadable = Bitte schreiben Sie die Zeit wie 2026-05-04T09:00; sie gilt in der Zeitzone des Kontos.
invalid_moment_skipped = Diese Zeit gibt es nicht: Zu Beginn der Sommerzeit überspringen die Uhren sie.
invalid_moment_past = Diese Zeit ist vorbei. Bitte wählen Sie eine spätere oder starten Sie den Newsletter jetzt.

# E-Mail-Adressen und Domains
invalid_address_empty = Die Adresse fehlt.
invalid_address_no_at = In der Adresse fehlt das @.
invalid_address_several_ats = Die Adresse hat mehr als ein @.
invalid_address_no_local_part = Vor dem @ steht nichts.
invalid_address_local_too_long = Der Teil vor dem @ ist zu lang.
invalid_address_too_long = Die Adresse ist zu lang.
invalid_address_misplaced_dot = Vor dem @ steht ein Punkt an falscher Stelle.
invalid_address_bad_character = Die Adresse kann { $character } nicht enthalten.
invalid_address_invisible = Die Adresse enthält ein Leerzeichen oder ein unsichtbares Zeichen.
invalid_address_quoted = Adressen mit Anführungszeichen werden nicht unterstützt.
invalid_domain_empty = Die Domain fehlt.
invalid_domain_single_label = Der Domain fehlt ein Punkt. Bitte schreiben Sie sie aus, zum Beispiel shop.example.
invalid_domain_literal = Bitte schreiben Sie den Namen der Domain, nicht ihre Nummer.
invalid_domain_length = Die Domain oder einer ihrer Teile ist leer oder zu lang.
invalid_domain_characters = Die Domain enthält Zeichen, die keine Domain haben kann.
invalid_ip_unreadable = Das ist keine IP-Adresse.

# Absender und ihre Domains
invalid_sender_no_reply = Das ist eine No-Reply-Adresse. Empfänger müssen antworten können: Bitte geben Sie eine Adresse an, die jemand liest.
invalid_sender_freemail = Diese Adresse gehört zu einem Mailanbieter, dessen Domain Sie nicht ausweisen können. Bitte nehmen Sie eine Adresse der Plattform; Briefe an sie gehen an Ihr Postfach weiter.
invalid_domain_freemail = Diese Domain gehört zu einem Mailanbieter, ihre Einträge können Sie nicht veröffentlichen. Bitte nehmen Sie eine Adresse der Plattform; Briefe an sie gehen an Ihr Postfach weiter.
invalid_platform_domain = Diese Domain gehört der Plattform.
invalid_no_domain = Bitte tragen Sie zuerst { $domain } als Absenderdomain ein.
invalid_sender_elsewhere = Diese Adresse liegt nicht bei { $domain }.
invalid_bad_mailbox = Briefe müssen an ein eigenes Postfach weitergehen, das jemand liest.
invalid_mailbox_excluded = E-Mails an dieses Postfach kamen zurück, deshalb steht es auf der Ausschlussliste. Bitte schreiben Sie dem Betreiber, wenn es wieder funktioniert.
invalid_sender_not_proven = Diese Adresse ist noch nicht bestätigt. Bitte öffnen Sie den Link in der E-Mail, die wir dorthin gesendet haben.
invalid_sender_in_use = Die E-Mails des Kontos kommen von diesem Absender. Bitte wählen Sie zuerst einen anderen.
invalid_domain_in_use = Absender nutzen diese Domain. Bitte löschen Sie diese zuerst.
invalid_website_in_use = Zu dieser Website gehören Themen, darum bleibt sie.
invalid_looked_just_now = Hier wurde gerade erst nachgesehen. In zehn Sekunden geht es wieder.
invalid_proof_limited = Diese Adresse hat vorerst so viele E-Mails dieser Art bekommen, wie sie bekommen darf. Bitte versuchen Sie es später erneut.

# Test-E-Mails
invalid_test_mails = Ein Konto kann in 24 Stunden { $limit } Test-E-Mails senden, an mindestens einen Nutzer.
invalid_test_user_not_proven = { $user } hat die Adresse noch nicht bestätigt. Test-E-Mails gehen nur an bestätigte Adressen.
invalid_test_user_stopped = { $user } hat Test-E-Mails beendet. Eine neue Bestätigung der Adresse erlaubt sie wieder.

# Mailings
invalid_newsletter_with_trigger = Ein Newsletter folgt keinem Tag. Schreiben Sie dafür bitte einen Autoresponder.
invalid_autoresponder_without_trigger = Ein Autoresponder braucht einen Tag, dem er folgt.
invalid_autoresponder_with_include = Ein Autoresponder erreicht, wer seinen Tag trägt. Weitere schließt er nicht ein.
invalid_delay = Der Abstand kann 0 bis { $limit } Minuten haben.
invalid_tag_both_ways = Ein Tag ist zugleich eingeschlossen und ausgeschlossen. Niemand würde erreicht.
invalid_cannot_be_scheduled = Dieses Mailing ist { $state }; es kann nicht geplant werden.
invalid_cannot_be_started = Dieses Mailing ist { $state }; es kann nicht gestartet werden.
invalid_cannot_be_paused = Dieses Mailing ist { $state }; es kann nicht pausiert werden.
invalid_cannot_be_resumed = Dieses Mailing ist { $state }; es kann nicht fortgesetzt werden.
invalid_cannot_be_aborted = Dieses Mailing ist { $state }; es kann nicht beendet werden.
invalid_cannot_be_edited = Dieses Mailing ist { $state }; es kann nicht geändert werden.
invalid_cannot_be_removed = Dieses Mailing ist { $state }; es kann nicht gelöscht werden.
invalid_state_draft = ein Entwurf
invalid_state_scheduled = geplant
invalid_state_running = unterwegs
invalid_state_paused = pausiert
invalid_state_held = wegen Beschwerden angehalten
invalid_state_aborted = beendet
invalid_state_finished = abgeschlossen
invalid_content_unreadable = Dieser Inhalt kann nicht gelesen werden.

# Formulare
invalid_form_stopped = Dieses Formular wurde wegen einer Beschwerde angehalten. Der Betreiber entscheidet zuerst den Fall.
invalid_form_closed = Dieses Formular nimmt keine Anmeldungen an. Es muss offen sein, seine Website nachgewiesen, sein Thema freigegeben und das Konto aktiv mit Absender und Impressum.
invalid_form_changed = Das Formular hat sich geändert, seit es angezeigt wurde. Bitte zeigen Sie es erneut, damit die Person dem jetzigen Text zustimmt.

# Konten, Fälle und Entscheidungen
invalid_too_many_questions = Sie haben dem Betreiber heute schon { $limit } Fragen geschickt. Bitte warten Sie auf die Antworten, oder schreiben Sie morgen wieder.
invalid_account_suspended = Das Konto ist gesperrt, solange wir untersuchen. Es sendet nichts.
invalid_account_terminated = Das Konto ist beendet. Es sendet nichts.
invalid_policy_version = Die jetzige Fassung der Richtlinie ist { $version }. Bitte lesen Sie diese und nehmen Sie sie an.
invalid_terminated_for_good = Ein beendetes Konto kann nicht gesperrt werden.
invalid_not_suspended = Nur ein gesperrtes Konto kann wieder freigegeben werden. Eine Beendigung ist endgültig.
invalid_unsigned = Eine Entscheidung braucht eine benannte Person und eine schriftliche Begründung.
invalid_case_without_account = Dieser Fall betrifft kein Konto.
invalid_case_without_mailing = Dieser Fall handelt von keinem Mailing.
invalid_case_without_form = Dieser Fall handelt von keinem Formular.
