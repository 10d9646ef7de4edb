### Pages that recipients see.

## Footer

pages_footer_responsible = Responsible for these e-mails: { $account }
pages_footer_legal = Legal notice
pages_footer_complain = How to complain: forward the e-mail to { $abuse }.
pages_footer_operator = Operated by { $operator }
pages_footer_contact = Or write to us.

## Sign-up form

pages_form_title = Sign up: { $site }
pages_form_topic = { $account } sends e-mails on this topic: “{ $topic }”
pages_form_email = E-mail address
pages_form_email_hint = The only thing we need to know.
pages_form_optional = optional
pages_field_first_name = First name
pages_field_last_name = Last name
pages_field_name = Name
pages_field_company = Company
pages_field_city = City
pages_field_phone = Telephone
pages_field_country = Country
pages_form_trap = Please leave this field empty
pages_form_consent = I want to receive e-mails from { $account } on this topic: “{ $topic }”. I can unsubscribe at any time with one click.
pages_form_steps = You then receive an e-mail with a link. Only when you confirm there do you receive e-mails from { $account }.
pages_form_button = Sign up
pages_form_bad_email = We cannot send e-mail to this address. Please check how it is written.
pages_form_typo = Did you mean { $suggestion }?
pages_form_missing_consent = Please tick the box if you want these e-mails.
pages_form_bad_field = Please check this entry: { $field }
pages_form_again = Please check your entries and press the button to sign up.

## After the sign-up: the same answer for everybody

pages_check_mail_title = Please look into your mailbox
pages_check_mail_text = If this address can be signed up, an e-mail with a link is on its way to it. Please confirm there. Without your confirmation nothing further happens.
pages_check_mail_help = Nothing arrived after some minutes? Please look into the spam folder too. An address that is already signed up gets no further e-mail.

## Confirmation

pages_confirm_title = Please confirm your sign-up
pages_confirm_text = You want to receive e-mails from { $account } on this topic: “{ $topic }”. The sign-up was made at { $site }.
pages_confirm_button = Confirm sign-up
pages_confirmed_title = Thank you, you are signed up
pages_confirmed_text = You now receive e-mails from { $account } on this topic: “{ $topic }”. Every e-mail has a link to unsubscribe with one click.
pages_confirmed_contacts = So that the e-mails arrive, add { $sender } to your contacts.
pages_confirmed_card = Download as contact
pages_confirm_gone_title = This link is no longer valid
pages_confirm_gone_text = The sign-up was confirmed already, or its time has passed. If its time has passed, the address was forgotten. You can sign up again if you wish.

## “That was not me”

pages_not_me_title = That was not you?
pages_not_me_text = The sign-up at { $site } will be deleted. { $account } can then send you no further confirmation e-mail.
pages_not_me_button = That was not me
pages_not_me_done_title = The sign-up is deleted
pages_not_me_done_text = You receive no e-mails from { $account }. This sender can send you no further confirmation e-mail either.

## Unsubscribe

pages_unsubscribe_title = Unsubscribe
pages_unsubscribe_working = You are being unsubscribed from { $account }. One moment, please.
pages_unsubscribe_noscript = Please press the button. After that you receive no more e-mails from { $account }.
pages_unsubscribe_button = Unsubscribe now
pages_unsubscribed_title = You are unsubscribed
pages_unsubscribed_text = You receive no more e-mails from { $account }, from now on.
pages_keep_legend = If you want to keep some of them, choose here:
pages_keep_button = Keep what I chose
pages_keep_none = Please choose at least one, or leave this page. You are unsubscribed.
pages_kept_title = Your choice is saved
pages_kept_text = From { $account } you now receive only what you chose.
pages_undo_text = Was that a mistake? You can undo it until { $date }.
pages_undo_button = Undo
pages_undone_title = You are signed up again
pages_undone_text = You receive e-mails from { $account } as before.
pages_undo_gone_title = This can no longer be undone
pages_undo_gone_text = You are unsubscribed. If you want e-mails from { $account } again, please sign up anew.

## No more test mails

pages_test_stop_title = No more test e-mails
pages_test_stop_text = You then receive no more test e-mails of the account { $account }. For recipients nothing changes.
pages_test_stop_button = Stop test e-mails
pages_test_stopped_title = Test e-mails are stopped
pages_test_stopped_text = You receive no more test e-mails of the account { $account }.
pages_test_preferences_text = This is what recipients can set. It was a test e-mail, so there is nothing to change here.

## Settings

pages_preferences_title = Your settings
pages_preferences_text = You receive e-mails from { $account } on this topic: “{ $topic }”
pages_preferences_legend = I want to receive:
pages_preferences_button = Save
pages_preferences_saved = Your settings are saved.
pages_preferences_none = You are not signed up with { $account } and receive no e-mails.
pages_unsubscribe_all_text = You want no more e-mails from { $account } at all?
pages_unsubscribe_all_button = Unsubscribe from everything

## Complaint by form

pages_complain_link = Complain about these e-mails
pages_complain_title = Send a complaint
pages_complain_text = You then receive no more e-mails from { $account }, at once. A person at { $operator } reads your complaint. Complaints count: an account with too many of them cannot send any more.
pages_complain_reason = What is wrong?
pages_complain_not_asked = I did not ask for these e-mails.
pages_complain_other_topic = They are about something else than I signed up for.
pages_complain_cannot_leave = I unsubscribed and still received e-mails.
pages_complain_other = Something else
pages_complain_words = In your own words
pages_complain_button = Send complaint
pages_complained_title = Your complaint has arrived
pages_complained_text = You receive no more e-mails from { $account }, from now on.
pages_complained_case = A person reads it. Its number is { $number }; please name it if you write about it again.

## The operator's contact form

pages_contact_title = Write to { $operator }
pages_contact_text = Here you reach the people at { $operator } who look after complaints, and who answer questions about the rules for senders. If you have the e-mail that it is about, forward it instead: then nothing needs to be looked for.
pages_contact_about = What is it about?
pages_contact_complaint = A complaint about e-mails
pages_contact_question = A question
pages_contact_email = Your e-mail address
pages_contact_email_hint = For our answer, and to find out who wrote to it.
pages_contact_sender = Who wrote to you?
pages_contact_sender_hint = The sender’s address or name, as the e-mail shows it.
pages_contact_words = Your message
pages_contact_button = Send message
pages_contact_too_often = That was too often from your connection. Please write to { $abuse } instead.
pages_contacted_title = Your message has arrived
pages_contacted_text = A person answers you at the address that you gave.

## Mails as pages

pages_online_link = Your latest e-mails as pages
pages_online_title = Your e-mails from { $account }
pages_online_text = These are the latest e-mails that were handed over to your mailbox.
pages_online_none = There is no e-mail to show.
pages_online_mail = E-mail of { $date }
pages_online_links = This is how the e-mail looks today. Its links to unsubscribe and to your settings work in your mailbox only, so that you can show this page to others.
pages_online_frame = The e-mail
pages_online_back = All e-mails

## Proof of an address

pages_prove_title = Confirm address
pages_prove_text = The account { $account } wants to use the address { $address }.
pages_prove_button = Confirm address
pages_proved_title = The address is confirmed
pages_proved_text = The account { $account } can now use the address { $address }.
pages_prove_gone_title = This link is no longer valid
pages_prove_gone_text = The address was confirmed already, or the time has passed. The account can ask for a new link.

## When something cannot be done

pages_unknown_title = We do not know this link
pages_unknown_text = Please copy the whole link from the e-mail. If you want to unsubscribe and the link does not work, forward the e-mail to { $abuse }.
pages_form_closed_title = This form is not open
pages_form_closed_text = It takes no sign-ups at present. Your address was not saved.
pages_not_found_title = There is no such page
pages_not_found_text = Please check the address in the browser.
pages_too_large_title = That was too much
pages_too_large_text = The data sent are too large. Nothing was saved.
pages_bad_request_title = We could not read that
pages_bad_request_text = The data did not arrive completely. Nothing was saved. Please go back and try again.
pages_busy_title = Please try again
pages_busy_text = We cannot carry this out at the moment. Nothing was changed. Please try again in a few minutes.
pages_failed_title = Something went wrong
pages_failed_text = The fault is ours, and it was recorded. Please try again in a few minutes.
