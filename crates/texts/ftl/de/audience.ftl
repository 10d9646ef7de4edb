### Menschen: Adressbuch, Kontakte, Tags, Formulare, Fragen an den Betreiber.

## Adressbuch

audience_book_lead = Wer sich angemeldet und das bestätigt hat, und sonst niemand.
audience_tabs = Kontakte und ehemalige Kontakte
audience_tab_active = Kontakte
audience_tab_former = Ehemalige Kontakte
audience_search = Suchen
audience_search_hint = Der Anfang einer Adresse, eines Namens oder eines anderen Wortes in den Feldern; hinter einem @ der Anfang einer Domain.
audience_narrow = Nach Tags und Feldern eingrenzen
audience_with_tags = Mit einem dieser Tags
audience_with_tags_hint = Nichts angekreuzt: alle.
audience_without_tags = Ohne diese Tags
audience_without_tags_hint = Wer einen davon hat, steht nicht in der Liste.
audience_by_field = Feld
audience_by_value = Wert
audience_by_value_hint = Der ganze Wert; Groß- und Kleinschreibung und Akzente zählen nicht.
audience_contacts_one = Ein Kontakt
audience_contacts = { $n } Kontakte
audience_contacts_at_least = mindestens { $n } Kontakte
audience_show_all = Alle anzeigen
audience_more_tags = und { $n } weitere
audience_column_contact = Kontakt
audience_column_tags = Tags
audience_column_since = Seit
audience_column_mailing = Mailing
audience_column_when = Zeitpunkt
audience_column_state = Stand
audience_column_form = Formular
audience_found_nobody = Auf diese Suche passt niemand.
audience_found_paused = Bis hierher wurden viele Kontakte durchgesehen, und wenige passten. Weiter hinten können noch andere passen.
audience_look_further = Weiter suchen
audience_book_none_title = Noch keine Kontakte
audience_book_none_text = Kontakte kommen von selbst: Jemand meldet sich über eines Ihrer Formulare an und bestätigt das in seinem Postfach. Einen anderen Weg gibt es nicht.
audience_to_forms = Zu den Formularen

## Ehemalige Kontakte

audience_former_lead = Wer gegangen ist, wann und warum. Namen und Adressen stehen hier nicht mehr.
audience_former_address = E-Mail-Adresse
audience_former_address_hint = Wenn Sie die ganze Adresse kennen, finden Sie hier, was mit ihr geschah.
audience_former_unknown = Diese Adresse war in Ihrem Adressbuch nie, oder ihre Daten sind gelöscht.
audience_former_number = Ehemaliger Kontakt { $number }
audience_former_unnamed = Name und Adresse stehen nur noch im Nachweis der Einwilligung.
audience_former_none_title = Noch niemand ist gegangen
audience_former_none_text = Hier steht, wer sich abgemeldet hat, sich beschwert hat oder nicht mehr erreichbar ist.
audience_left_all = Alle
audience_left_unsubscribed = Abgemeldet
audience_left_complained = Beschwerde
audience_left_bounced = Unzustellbar
audience_left_excluded = Ausgeschlossen
audience_left_erased = Daten gelöscht

## Eine Person

audience_state_active = Kontakt
audience_facts_title = Angaben
audience_fact_since = Seit
audience_fact_language = Sprache
audience_fact_number = Nummer
audience_fact_left = Gegangen
audience_fact_reason = Grund
audience_fact_undo = Rückgängig
audience_undo_until = Nur die Person selbst, bis { $moment }
audience_topics_title = Hat zugestimmt
audience_to_proof = Nachweis der Einwilligung
audience_back_to_contact = Zum Kontakt
audience_coming_title = Was als Nächstes kommt
audience_coming_none = Zurzeit ist nichts geplant.
audience_coming_scheduled = Geplant
audience_history_title = Was geschah
audience_history_none = Darüber ist nichts (mehr) festgehalten.
audience_history_newest = Neueste
audience_history_older = Ältere
audience_signed_up = Anmeldung auf { $site }
audience_confirmation_sent = Bestätigungsmail übergeben
audience_agreed_to = Hat diesem Thema zugestimmt: „{ $topic }“
audience_from_ip = IP-Adresse { $ip }
audience_evidence_erased = Die Einzelheiten sind gelöscht.
audience_tag_given = Tag gegeben: { $tag }
audience_tag_taken = Tag genommen: { $tag }
audience_hand_form = Durch das Formular der Anmeldung
audience_hand_person = Von der Person selbst, auf der Seite ihrer Einstellungen
audience_hand_removed = Der Tag wurde aus dem Konto entfernt
audience_hand_actor = Von { $name }
audience_newsletter_mail = Newsletter „{ $name }“: { $state }
audience_autoresponder_mail = Autoresponder „{ $name }“: { $state }
audience_bounced_later = Später als unzustellbar zurückgemeldet: { $moment }
audience_bounce_excluded = Die Adresse kam dadurch auf die Ausschlussliste.
audience_bounce_counted = Das zählt; beim dritten Mal kommt die Adresse auf die Ausschlussliste.
audience_bounce_held = Ein Vorfall beim Postfachanbieter: Der Betreiber entscheidet, ob das zählt.
audience_complained_about = Beschwerde über diese E-Mail: { $moment }
audience_complaint_not_counted = Meldung zu dieser E-Mail, die nicht als Beschwerde zählt: { $moment }
audience_to_mailing = Zum Mailing
audience_to_form = Zum Formular

## Warum eine E-Mail kam oder nicht

audience_why_title = Warum kam eine E-Mail (nicht)?
audience_why_mailing = Mailing
audience_why_button = Nachsehen
audience_absent_not_begun = Dieses Mailing hat noch nicht begonnen.
audience_absent_being_listed = Es wird noch zusammengestellt, wen dieses Mailing erreicht.
audience_absent_left_before = Als sie begann, war die Person kein Kontakt mehr.
audience_absent_away = Als sie begann, war die Person abgemeldet; sie machte das erst später rückgängig.
audience_absent_came_later = Als sie begann, war die Person noch kein Kontakt.
audience_absent_no_consent = Die Person hat dem Thema dieses Mailings nie zugestimmt.
audience_absent_other_statement = Die Person hat einer anderen Fassung des Themas zugestimmt. Für diese braucht es eine neue Anmeldung.
audience_absent_agreed_later = Die Person hat dem Thema erst danach zugestimmt.
audience_absent_consent_ended = Die Zustimmung der Person zu diesem Thema war schon beendet.
audience_absent_tag_missing = Die Person hatte damals keinen der Tags, an die sich dieses Mailing richtet.
audience_absent_tag_excluded = Die Person hatte damals einen Tag, den dieses Mailing ausschließt.
audience_absent_tag_given_before = Die Person bekam den Tag, bevor dieser Autoresponder gestartet wurde.
audience_absent_ended_early = Dieses Mailing wurde abgebrochen, bevor die Person an der Reihe war.
audience_absent_unknown = Darüber ist nichts festgehalten. Bitte fragen Sie den Betreiber.

## Was man mit einem Kontakt tun kann

audience_carries_none = Kein Tag
audience_give_tag = Tag geben
audience_give_tag_hint = Autoresponder, die diesem Tag folgen, beginnen. Ein Tag gibt keine Zustimmung zu einem Thema.
audience_give_button = Geben
audience_take_tag = Nehmen
audience_fields_title = Felder
audience_fields_hint = Ihre Texte können sie einsetzen. Ein leeres Feld wird entfernt.
audience_field_new_name = Neues Feld
audience_field_new_hint = Kleinbuchstaben, Ziffern und Unterstriche, zum Beispiel customer_number.
audience_field_twice = Das Feld { $name } gibt es schon.
audience_leaving_title = Abmelden und löschen
audience_unsubscribe = Abmelden
audience_unsubscribe_question = Die Person erhält ab sofort keine E-Mail dieses Kontos mehr, auch keine, die gerade unterwegs ist. Nur sie selbst kann das rückgängig machen, 24 Stunden lang.
audience_erase = Daten löschen
audience_erase_button = Endgültig löschen
audience_erase_goes = Adresse, Felder, Tags und die Einzelheiten der Einwilligung werden gelöscht; die Person erhält keine E-Mail mehr.
audience_erase_stays = Es bleibt ein Schlüssel, aus dem sich die Adresse nicht lesen lässt: Er verhindert, dass sie ohne neue Anmeldung wieder ins Adressbuch kommt.
audience_erase_proof = Die Zeilen im Einwilligungsbuch bleiben, ohne Namen und Adresse. Drucken Sie den Nachweis vorher, wenn Sie ihn brauchen dürfen.
audience_erase_final = Das kann niemand rückgängig machen.

## Nachweis

audience_proof_made = Ausgestellt für das Konto { $account }, { $moment }
audience_proof_print = Drucken Sie diese Seite mit Ihrem Browser: Auf dem Papier steht alles, auch der Teil zum Nachrechnen.
audience_proof_check = Zum Nachrechnen
audience_proof_check_hint = Mit diesen Werten lässt sich prüfen, dass nichts nachträglich geändert wurde (SHA-256, RFC 9162).

## Tags

audience_tags_lead = Mit Tags sortieren Sie Kontakte und wählen aus, wen ein Mailing erreicht. Empfänger sehen den öffentlichen Namen und können einen Tag behalten oder abgeben.
audience_tags_none_title = Noch keine Tags
audience_tags_none_text = Ein Formular gibt Tags bei der Bestätigung, und Autoresponder folgen ihnen.
audience_new_tag = Neuer Tag
audience_make_tag = Tag anlegen
audience_tag_name = Name
audience_tag_name_hint = So nennen Sie ihn.
audience_tag_public_name = Öffentlicher Name
audience_tag_public_name_hint = So nennen ihn die Seiten für Empfänger; leer: wie der Name.
audience_tag_contacts = Kontakte
audience_tag_uses = Wo er verwendet wird
audience_tag_unused = Nirgends.
audience_tag_uses_mailings = Mailings, die noch nicht beendet sind
audience_tag_uses_forms = Formulare, die ihn geben
audience_used_by_newsletter = Ein Newsletter
audience_used_by_autoresponder = Ein Autoresponder
audience_used_by_form = Ein Formular
audience_tag_rename = Umbenennen
audience_tag_remove = Tag entfernen
audience_tag_remove_button = Tag entfernen
audience_tag_remove_not = Solange ein Mailing ihn nennt, das noch nicht beendet ist, bleibt der Tag: Es würde sonst andere erreichen, als Sie gewählt haben.
audience_remove_contacts = Kontakte, die ihn verlieren: { $n }
audience_remove_forms = Formulare, die ihn von da an nicht mehr geben: { $n }
audience_remove_recipients = Empfänger sehen ihn in ihren Einstellungen nicht mehr.
audience_remove_record = Was damit versandt wurde, bleibt festgehalten.
audience_remove_final = Das lässt sich nicht rückgängig machen: Ein neuer Tag gleichen Namens beginnt ohne Kontakte.

## Formulare

audience_forms_lead = Durch Formulare kommen Kontakte: Jemand füllt eines aus und bestätigt es in seinem Postfach.
audience_forms_none_title = Noch kein Formular
audience_forms_none_text = Ein Formular gehört zu einer Website und einem Thema. Sie setzen es auf Ihre Website oder verlinken es.
audience_new_form = Formular anlegen
audience_make_form = Formular anlegen
audience_edit_form = { $name } bearbeiten
audience_no_topic_title = Zuerst ein Thema
audience_no_topic_text = Wer sich anmeldet, stimmt einem Thema zu. Sie haben noch kein Thema, das freigegeben ist.
audience_to_topics = Zu den Themen
audience_form_state_open = Offen
audience_form_state_waiting = Nimmt noch nichts an
audience_form_state_closed = Geschlossen
audience_form_state_stopped = Angehalten
audience_form_takes_none = Dieses Formular nimmt keine Anmeldungen an
audience_form_stopped = Nach einer Beschwerde über eine Bestätigungsmail ist es angehalten; der Betreiber entscheidet.
audience_form_closed = Sie haben es geschlossen.
audience_form_suspended = Ihr Konto ist gesperrt.
audience_form_site = Dass { $site } Ihnen gehört, ist nicht bewiesen.
audience_form_topic = Das Thema ist nicht freigegeben.
audience_form_sender = Es ist kein bestätigter Absender eingerichtet.
audience_form_legal = Das Impressum fehlt.
audience_to_ask = Den Betreiber fragen
audience_form_figures = Anmeldungen
audience_form_submitted = Anmeldungen
audience_form_confirmed = Bestätigt
audience_form_share = Anteil bestätigt
audience_form_figures_hint = Was nicht bestätigt ist, wartet noch, ist abgelaufen, war schon angemeldet oder durfte keine E-Mail bekommen. Welches davon, sagt niemand: Es ginge um fremde Adressen.
audience_form_chart = Anmeldungen der letzten 30 Tage
audience_form_chart_says = Anmeldungen: { $submitted }, Bestätigungen: { $confirmed }; Tage nach UTC.
audience_form_chart_day = Tag
audience_form_on_site = Auf Ihre Website
audience_form_link = Verlinken
audience_form_link_hint = Die Seite mit dem Formular.
audience_form_embed = Zum Einbetten
audience_form_embed_hint = Reines HTML ohne Skript. Wer es absendet, sieht zuerst die Seite mit dem ganzen Text und bestätigt dort. Ändern Sie den Text nicht: Festgehalten wird, was das Formular sagt.
audience_form_preview = So sehen es Empfänger
audience_form_preview_hint = Zum Ansehen; abgeschickt werden kann es hier nicht.
audience_form_preview_typed = Was Sie tippen, erscheint hier. Abgeschickt werden kann es nicht.
audience_form_preview_button = Ansehen
audience_form_open = Formular öffnen
audience_form_close = Formular schließen
audience_form_close_question = Wer es danach aufruft, sieht, dass es geschlossen ist. Wer eine Bestätigungsmail hat, kann noch bestätigen. Sie können es wieder öffnen.
audience_form_fact_site = Auf der Website
audience_form_fact_topic = Thema
audience_form_fact_language = Sprache
audience_form_fact_tags = Gibt die Tags
audience_form_fact_fields = Fragt nach
audience_form_fact_version = Fassung
audience_nothing_given = nichts
audience_form_name = Name
audience_form_name_hint = So nennen Sie es; Besucher sehen ihn nicht.
audience_form_topic_choice = Thema und Website
audience_form_topic_hint = Wer sich anmeldet, stimmt genau diesem Thema zu. Es lässt sich später nicht wechseln.
audience_form_topic_on = { $topic } – auf { $site }
audience_form_language = Sprache des Formulars und der Bestätigungsmail
audience_form_fields = Felder neben der Adresse
audience_form_fields_hint = Ein Name je Zeile, zum Beispiel firstname. Alle sind freiwillig.
audience_form_tags = Tags, die eine Bestätigung gibt
audience_form_tags_hint = Autoresponder können ihnen folgen.
audience_form_consent = Text der Einwilligung
audience_form_consent_hint = Leer: der Satz der Plattform mit Ihrem Namen und dem Thema.
audience_form_privacy = Datenschutzhinweis
audience_form_privacy_hint = Steht unter der Einwilligung und wird mit ihr festgehalten.
audience_form_next_version = Eine Änderung wird zur Fassung { $version }. Wer einer früheren zugestimmt hat, hat jener zugestimmt.

## Den Betreiber fragen

audience_ask_title = Den Betreiber fragen
audience_ask_lead = Unsicher, ob etwas erlaubt ist? Fragen Sie { $operator }, bevor Sie senden. Ein Mensch liest und antwortet.
audience_ask_question = Frage
audience_ask_words = Ihre Frage
audience_ask_words_hint = Worum geht es, an wen soll es gehen, und was ist unklar?
audience_ask_answer_to = Die Antwort geht an { $address }.
audience_ask_button = Frage senden
audience_ask_before = Frühere Fragen
audience_ask_open = Wartet auf Antwort
audience_ask_closed = Erledigt
