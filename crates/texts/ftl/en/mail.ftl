### Mails that the platform writes, and the signature block under every mail to recipients.
### One paragraph is one line; whoever composes the mail folds it.

## Signature block

mail_why_newsletter = You receive this e-mail because you signed up at { $site } on { $date } for “{ $topic }”.
mail_why_confirmation = You receive this e-mail because this address was entered in the sign-up form at { $site } on { $date }.
mail_why_test = You receive this test e-mail because you are a user of the account { $account }.
mail_unsubscribe_label = Unsubscribe with one click:
mail_unsubscribe_anchor = Unsubscribe with one click
mail_preferences_label = Change settings:
mail_preferences_anchor = Change settings
mail_not_me_label = Cancel the sign-up if it was not you:
mail_not_me_anchor = That was not me
mail_test_stop_label = Receive no more test e-mails:
mail_test_stop_anchor = Receive no more test e-mails
mail_complain = How to complain: forward this e-mail to { $abuse }, with a short reason if you like.

## Labels of the legal notice. The notice itself is the account's own text.

mail_legal_heading = Legal notice
mail_legal_represented_by = Represented by:
mail_legal_email = E-mail:
mail_legal_phone = Phone:
mail_legal_contact = Contact:
mail_legal_register = Register:
mail_legal_vat_id = VAT ID:
mail_legal_business_id = Business ID:
mail_legal_authority = Supervisory authority:
mail_legal_professional = Professional data:
mail_legal_responsible = Responsible for content:
mail_legal_note = Note:

## Confirmation mail (no advertising, no word that is not needed)

mail_confirm_subject = Please confirm your sign-up at { $site }
mail_confirm_intro = Somebody entered this e-mail address in the sign-up form at { $site }. The sign-up is for e-mails from { $account } on this topic: “{ $topic }”.
mail_confirm_ask = If that was you and you want these e-mails, please confirm:
mail_confirm_anchor = Please confirm
mail_confirm_until = You can confirm until { $date }. If you do nothing, the sign-up is forgotten and you receive no e-mails from it.
mail_confirm_not_me = If that was not you, cancel the sign-up here. This sender can then send you no further confirmation e-mail:
mail_confirm_not_me_anchor = That was not me

## Test mail

mail_test_subject = [Test] { $subject }
mail_test_hint = This is a test e-mail. It went only to you. Its unsubscribe link stops further test e-mails to you and changes nothing for recipients.

## Proof of an address

mail_prove_sender_subject = Please confirm this address as a sender address
mail_prove_sender_body =
    The account { $account } on { $platform } wants to send e-mails from { $address }. Replies would arrive at this address too.

    If you agree, please confirm here:
mail_prove_user_subject = Invitation: { $account }
mail_prove_user_body =
    The account { $account } on { $platform } invites you, with the address { $address }.

    If that is right, please open this link. It confirms the address and lets you choose a password:
mail_prove_user_anchor = Open the invitation
mail_prove_anchor = Please confirm
mail_prove_until = The link works until { $date }. If you do nothing, the address will not be used.

## A forgotten password

mail_reset_password_subject = Choose a new password
mail_reset_password_body =
    Somebody asked for a new password for { $address } on { $platform }.

    You choose it here:
mail_reset_password_anchor = Choose a new password
mail_reset_password_until = The link works for one hour, and once. If you did not ask for it, delete this e-mail: your password stays as it is.

## Notices to customers

mail_notice_opening = Good day,
mail_notice_closing =
    Regards
    The operator of { $platform }
mail_suspended_subject = Your account { $account } is suspended
mail_suspended_body =
    The account { $account } is suspended from now on. Nothing of it is sent: no newsletters, no autoresponders, no confirmation e-mails.

    Reason: { $reason }

    A person now investigates what happened before anything is decided. Your case has the number { $case }. To tell us your side, reply to this e-mail and name the number.

    Your data stay where they are. Unsubscribing, bounces and complaints go on working.
mail_suspended_reason_score = { $complaints ->
        [one] One complaint came for { $sent } e-mails sent.
       *[other] { $complaints } complaints came for { $sent } e-mails sent.
    } That is { $score }; the limit is 0.2 %.
mail_suspended_reason_topic = A mailing did not keep to the topic for which its recipients signed up.
mail_reinstated_subject = Your account { $account } can send again
mail_reinstated_body =
    The investigation of case { $case } has ended, and the account { $account } can send again. The count of complaints starts anew today.

    Reason of the decision: { $reason }

    Nothing continues by itself: what was under way is paused, and a newsletter whose time is over is a draft again. Nothing was lost. Please resume what still fits.
mail_terminated_subject = Your account { $account } is terminated
mail_terminated_body =
    The investigation of case { $case } has ended with the decision to terminate the account { $account }. It can no longer send.

    Reason of the decision: { $reason }

    Fees paid are not refunded. Unsubscribing and complaints go on working for everybody who received e-mails from you.
mail_mailing_paused_subject = Your mailing “{ $mailing }” is paused
mail_mailing_paused_body =
    The mailing “{ $mailing }” is paused, because its complaints passed the limit of 0.2 %: { $complaints ->
        [one] one complaint
       *[other] { $complaints } complaints
    } for { $sent } e-mails sent.

    Your other mailings go on. A person looks at this one; your case has the number { $case }. To tell us your side, reply to this e-mail and name the number.
mail_review_opened_subject = We check your legal notice
mail_review_opened_body =
    The account { $account } has reached { $contacts } contacts. From this size on a person checks whether the legal notice is correct.

    Until it is approved, mailings to more than { $contacts } recipients wait. You need not do anything if the notice is complete and correct. A change of the notice starts the check anew.
mail_review_approved_subject = Your legal notice is approved
mail_review_approved_body = The legal notice of the account { $account } was checked and approved. Mailings that waited for it continue.
mail_review_refused_subject = Please correct your legal notice
mail_review_refused_body =
    The legal notice of the account { $account } was checked and could not be approved.

    Reason: { $reason }

    Please correct it. The correction starts a new check. Until then mailings above the limit wait.
mail_topic_approved_subject = Your topic is approved
mail_topic_approved_body = This topic of the account { $account } was approved: “{ $topic }”. Forms can now collect sign-ups for it.
mail_topic_refused_subject = Please word your topic more closely
mail_topic_refused_body =
    This topic of the account { $account } could not be approved: “{ $topic }”

    Reason: { $reason }

    A topic says in 20 to 300 characters what the e-mails will be about, so that a person knows what to expect.
mail_score_warning_subject = Complaints about your e-mails: { $score }
mail_score_warning_body =
    The complaint score of the account { $account } has reached { $score }: { $complaints ->
        [one] one complaint
       *[other] { $complaints } complaints
    } for { $sent } e-mails sent.

    It must stay below 0.2 %. From 0.1 % on we warn you. Above 0.2 % sending stops.

    Please check whether your e-mails keep to the topic of the sign-up, and whether people recognise you as the sender.
mail_score_limit_subject = Complaints about your e-mails have reached the limit
mail_score_limit_body =
    The complaint score of the account { $account } has reached { $score }: { $complaints ->
        [one] one complaint
       *[other] { $complaints } complaints
    } for { $sent } e-mails sent.

    That is the limit. One more complaint can stop your sending at once. Please pause what you are not sure about, and ask us before you send.
mail_letter_flood_subject = A flood of replies: { $account }
mail_letter_flood_body =
    More than { $limit } letters in one hour came to one sender address of the account { $account }. Those beyond are not passed on to the mailbox behind it.

    They are kept and can be read here for some days. Letters are passed on again as soon as fewer come.
mail_sender_on_hold_subject = Your sender address { $address } does not accept e-mail
mail_sender_on_hold_body =
    An e-mail to your own sender address { $address } came back as undeliverable. People who reply to you would not reach you, so sending from this address waits.

    Please repair the mailbox and then prove the address again in the account { $account }.
mail_domain_on_hold_subject = The DNS records of { $domain } are missing
mail_domain_on_hold_body =
    The domain { $domain } does not publish the records that sign your e-mails. Sending from it waits until they are there.

    The account { $account } shows which records are missing.

## Notices to the operator

mail_case_opened_subject = Case { $case }: { $account }
mail_case_opened_body =
    Case { $case } was opened for the account { $account }.

    Reason: { $reason }

    First look due: { $first_look_due }
    Decision due: { $decision_due }
mail_case_overdue_subject = Overdue: case { $case }, { $account }
mail_case_overdue_body =
    Case { $case } of the account { $account } was due on { $due }.

    Reason: { $reason }

    Please take it up next.
mail_score_critical_subject = Critical: complaints about { $account } at { $score }
mail_score_critical_body =
    The complaint score of the account { $account } is { $score }: { $complaints ->
        [one] one complaint
       *[other] { $complaints } complaints
    } for { $sent } e-mails sent.

    Above 1 % mailbox providers block the sender, and others who send from the same addresses suffer with it. The limit of 0.2 % has stopped what it must stop.

    Please look at case { $case } now, and at what the providers answer.
mail_incident_opened_subject = Incident { $incident }: { $group }
mail_incident_opened_body =
    Incident { $incident } was opened for the provider group { $group }.

    What was seen: { $finding }

    Sending to this group is paused. The exclusions of this incident can be lifted together by one decision.
mail_review_waiting_subject = A legal notice waits for your check: { $account }
mail_review_waiting_body = The account { $account } has { $contacts } contacts. Its legal notice waits for your check. Mailings above the limit wait too.
mail_topic_waiting_subject = A topic waits for your check: { $account }
mail_topic_waiting_body = The account { $account } entered this topic: “{ $topic }”

## Answers of the abuse desk

mail_abuse_subject = Your report, case { $case }
mail_abuse_body =
    Thank you for your report. It has the case number { $case }.

    If your message shows which e-mail it is about, its sender can already send you nothing more.

    A person looks at every report within one working day and decides within five. If you want to add something, reply to this e-mail.
mail_abuse_wish_body =
    Thank you for your message. It has the number { $case }.

    You asked for no more e-mails. If we found your address with the senders concerned, they can already send you nothing more. If e-mails still arrive, forward one of them to { $abuse }.
