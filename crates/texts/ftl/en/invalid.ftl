### What a rule says against a value or a wish: the API says it as the message, pages beside the field.

# Limits of an account
invalid_too_many_forms = An account can have at most { $limit } forms.
invalid_too_many_users = An account can have at most { $limit } users. Please remove one you no longer need.
invalid_too_many_tags = An account can have at most { $limit } tags. Please remove one you no longer need.
invalid_too_many_senders = An account can have at most { $limit } sender addresses. Please remove one you no longer need.
invalid_too_many_topics = An account can have at most { $limit } topics.
invalid_too_many_websites = An account can have at most { $limit } websites.
invalid_too_many_domains = An account can have at most { $limit } sending domains. Please remove one you no longer need.
invalid_too_many_mailings = An account can have at most { $limit } mailings.
invalid_too_many_tokens = There can be at most { $limit } tokens. Please revoke one first.
invalid_too_many_form_fields = A form can ask for at most { $limit } fields.
invalid_too_many_form_tags = A form can give at most { $limit } tags.
invalid_too_many_contact_fields = A contact can have at most { $limit } fields.
invalid_too_many_mailing_tags = A mailing can name at most { $limit } tags.

# What stands there already
invalid_tag_taken = There is a tag with this name already.
invalid_tag_in_use = A mailing that has not ended names this tag. Please change or end it first.
invalid_tag_gone = The tags that this asks for are gone. Please choose others.
invalid_user_taken = There is a user with this address already.
invalid_last_owner = This is the account's last owner. Make somebody else an owner first.
invalid_too_many_memberships = A person may work in { $limit } accounts at most.
invalid_sender_taken = There is a sender with this address already.
invalid_website_taken = This website is registered in the account already.
invalid_domain_taken = This domain is registered in the account already.
invalid_platform_address_taken = This address of the platform is taken. Please choose another name.

# Texts
invalid_line = { $item }: one line of 1 to { $limit } characters, please.
invalid_text = { $item }: at most { $limit } characters, without control characters.
invalid_item_name = Name
invalid_item_label = Label
invalid_item_public_name = Public name
invalid_item_consent_text = Consent text
invalid_item_privacy_notice = Privacy notice
invalid_item_time_zone = Time zone
invalid_item_reason = Reason
invalid_item_person = Name of whoever decides
invalid_field_name = The name of a field begins with a small letter from a to z and has small letters, digits and underscores, at most { $limit }.
invalid_contact_field = The field { $name } can have at most { $limit } characters in one line.

# Names that recipients see
invalid_name_empty = A name needs a letter or a digit.
invalid_name_too_long = A name here has at most { $limit } characters.
invalid_name_unprintable = The name contains an invisible character or a line break.
invalid_name_holds_address = The name contains a mail address. Recipients could take it for the real one.
invalid_name_holds_domain = The name contains a web address or a foreign domain. Please write the plain name.
invalid_name_mixed_alphabets = A word of the name mixes letters of several alphabets that look alike.
invalid_name_foreign_brand = The name contains a brand that is often imitated, and the address does not belong to it.
invalid_name_no_reply = The name says that nobody reads replies. Recipients must be able to answer.

# Topics
invalid_statement_too_short = Please describe the topic in at least { $limit } characters, so that people know what they sign up for.
invalid_statement_too_long = A topic has at most { $limit } characters.
invalid_statement_unprintable = The topic contains an invisible character or a line break.
invalid_statement_holds_link = The topic contains a web or mail address. It stands in confirmation mails, which have no other links.
invalid_statement_generic = This names no subject. Please write what your mails are about, for example: tips for baking bread at home.
invalid_topic_not_approved = This version of the topic is not approved yet. An operator reads it first.

# Legal notice
invalid_legal_notice = The legal notice is not complete yet. Please look at: { $fields }.
invalid_legal_missing = This is required.
invalid_legal_missing_form = Firms, associations and authorities must give their legal form, for example GmbH or Ltd.
invalid_legal_missing_representative = Firms, associations and authorities must say who represents them, for example: Managing director Anna Example.
invalid_legal_missing_street = Street and house number are needed: letters must be able to be served on you there.
invalid_legal_missing_contact = Beside the e-mail address a second quick way to you is needed: a telephone number or a contact page.
invalid_legal_missing_register = This number needs its register, for example Companies House.
invalid_legal_missing_register_number = This register needs the number, for example HRB 12345.
invalid_legal_too_long = This field has at most { $limit } characters.
invalid_legal_unprintable = This field contains an invisible character or a line break.
invalid_legal_post_office_box = A post office box or parcel station does not do: letters of a court must reach you here.
invalid_legal_implausible = That is too little to be understood. Please write it out.
invalid_legal_not_an_address = This is no complete e-mail address.
invalid_legal_not_a_url = Please give a page that begins with https://.
invalid_legal_holds_link = No web address can stand here.
invalid_legal_names_legal_person = The name is that of a firm. Please say so above, with legal form and representative.

# Times
invalid_zone_unknown = There is no such time zone. Please write one such as Europe/Berlin.
invalid_moment_unreadable = Please write the time like 2026-05-04T09:00; it counts in the time zone of the account.
invalid_moment_skipped = This time does not exist: the clocks skip it when summer time begins.
invalid_moment_past = This time is over. Please choose a later one, or start the newsletter now.

# Mail addresses and domains
invalid_address_empty = The address is missing.
invalid_address_no_at = The address has no @.
invalid_address_several_ats = The address has more than one @.
invalid_address_no_local_part = Nothing stands before the @.
invalid_address_local_too_long = The part before the @ is too long.
invalid_address_too_long = The address is too long.
invalid_address_misplaced_dot = A dot stands at the wrong place before the @.
invalid_address_bad_character = The address cannot contain { $character }.
invalid_address_invisible = The address contains a space or an invisible character.
invalid_address_quoted = Addresses with quotation marks are not supported.
invalid_domain_empty = The domain is missing.
invalid_domain_single_label = The domain has no dot. Please write it out, for example shop.example.
invalid_domain_literal = Please write the name of the domain, not its number.
invalid_domain_length = The domain or one of its parts is empty or too long.
invalid_domain_characters = The domain contains characters that no domain can have.
invalid_ip_unreadable = This is no IP address.

# Senders and their domains
invalid_sender_no_reply = This is a no-reply address. Recipients must be able to answer: please give an address that somebody reads.
invalid_sender_freemail = This address belongs to a mailbox provider, whose domain you cannot authenticate. Please take an address of the platform; its letters go on to your mailbox.
invalid_domain_freemail = This domain belongs to a mailbox provider, so you cannot publish its records. Please take an address of the platform; its letters go on to your mailbox.
invalid_platform_domain = This domain is the platform's own.
invalid_no_domain = Please register { $domain } as sending domain first.
invalid_sender_elsewhere = This address does not lie at { $domain }.
invalid_bad_mailbox = Letters must go on to a mailbox of your own that somebody reads.
invalid_mailbox_excluded = Mail to this mailbox bounced, so it stands on the exclusion list. Please write to the operator once it works again.
invalid_sender_not_proven = This address is not proven yet. Please open the link in the mail that we sent there.
invalid_sender_in_use = The mail of the account comes from this sender. Please choose another one first.
invalid_domain_in_use = Senders use this domain. Please remove them first.
invalid_website_in_use = Topics belong to this website, so it stays.
invalid_looked_just_now = Somebody looked here a moment ago. In ten seconds it can be done again.
invalid_proof_limited = This address got as many mails of this kind as it may get for now. Please ask again later.

# Test mails
invalid_test_mails = An account can send { $limit } test mails in 24 hours, to one user at least.
invalid_test_user_not_proven = { $user } has not confirmed the address yet. Test mails go to confirmed addresses only.
invalid_test_user_stopped = { $user } stopped test mails. Confirming the address again allows them.

# Mailings
invalid_newsletter_with_trigger = A newsletter follows no tag. Please write an autoresponder for that.
invalid_autoresponder_without_trigger = An autoresponder needs a tag to follow.
invalid_autoresponder_with_include = An autoresponder reaches those who carry its tag. It includes no others.
invalid_delay = The delay can have 0 to { $limit } minutes.
invalid_tag_both_ways = A tag is included and excluded at once. Nobody would be reached.
invalid_cannot_be_scheduled = This mailing is { $state }; it cannot be scheduled.
invalid_cannot_be_started = This mailing is { $state }; it cannot be started.
invalid_cannot_be_paused = This mailing is { $state }; it cannot be paused.
invalid_cannot_be_resumed = This mailing is { $state }; it cannot be resumed.
invalid_cannot_be_aborted = This mailing is { $state }; it cannot be ended.
invalid_cannot_be_edited = This mailing is { $state }; it cannot be changed.
invalid_cannot_be_removed = This mailing is { $state }; it cannot be deleted.
invalid_state_draft = a draft
invalid_state_scheduled = scheduled
invalid_state_running = running
invalid_state_paused = paused
invalid_state_held = held because of complaints
invalid_state_aborted = ended
invalid_state_finished = finished
invalid_content_unreadable = This content cannot be read.

# Forms
invalid_form_stopped = This form was stopped because of a complaint. The operator decides its case first.
invalid_form_closed = This form takes no sign-ups. It must be open, its website proven, its topic approved, and the account active with sender and legal notice.
invalid_form_changed = The form changed since it was shown. Please show it again, so that the person agrees to what stands there now.

# Accounts, cases and decisions
invalid_too_many_questions = You sent the operator { $limit } questions today. Please wait for the answers, or write again tomorrow.
invalid_account_suspended = The account is suspended while we investigate. It sends nothing.
invalid_account_terminated = The account is terminated. It sends nothing.
invalid_policy_version = The current version of the policy is { $version }. Please read it and accept that one.
invalid_terminated_for_good = A terminated account cannot be suspended.
invalid_not_suspended = Only a suspended account can be reinstated. A termination is final.
invalid_unsigned = A decision needs a named person and a written reason.
invalid_case_without_account = This case concerns no account.
invalid_case_without_mailing = This case is about no mailing.
invalid_case_without_form = This case is about no form.
