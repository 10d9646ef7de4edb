### People: address book, contacts, tags, forms, questions to the operator.

## Address book

audience_book_lead = Who signed up and confirmed it, and nobody else.
audience_tabs = Contacts and former contacts
audience_tab_active = Contacts
audience_tab_former = Former contacts
audience_search = Look for
audience_search_hint = The beginning of an address, of a name or of another word in the fields; behind an @ the beginning of a domain.
audience_narrow = Narrow down by tags and fields
audience_with_tags = With one of these tags
audience_with_tags_hint = Nothing ticked: all.
audience_without_tags = Without these tags
audience_without_tags_hint = Whoever has one of them is not listed.
audience_by_field = Field
audience_by_value = Value
audience_by_value_hint = The whole value; capitals and accents do not count.
audience_contacts_one = One contact
audience_contacts = { $n } contacts
audience_contacts_at_least = at least { $n } contacts
audience_show_all = Show all
audience_more_tags = and { $n } more
audience_column_contact = Contact
audience_column_tags = Tags
audience_column_since = Since
audience_column_mailing = Mailing
audience_column_when = When
audience_column_state = State
audience_column_form = Form
audience_found_nobody = Nobody fits this search.
audience_found_paused = Many contacts were looked at up to here, and few fit. Others may fit further on.
audience_look_further = Look further
audience_book_none_title = No contacts yet
audience_book_none_text = Contacts come by themselves: somebody signs up through one of your forms and confirms it in their mailbox. There is no other way.
audience_to_forms = To the forms

## Former contacts

audience_former_lead = Who left, when and why. Names and addresses no longer stand here.
audience_former_address = Mail address
audience_former_address_hint = If you know the whole address, you find here what happened to it.
audience_former_unknown = This address was never in your address book, or its data were erased.
audience_former_number = Former contact { $number }
audience_former_unnamed = Name and address stand in the proof of consent only.
audience_former_none_title = Nobody left yet
audience_former_none_text = Here stands who unsubscribed, complained, or can no longer be reached.
audience_left_all = All
audience_left_unsubscribed = Unsubscribed
audience_left_complained = Complaint
audience_left_bounced = Bounced
audience_left_excluded = Excluded
audience_left_erased = Data erased

## One person

audience_state_active = Contact
audience_facts_title = Facts
audience_fact_since = Since
audience_fact_language = Language
audience_fact_number = Number
audience_fact_left = Left
audience_fact_reason = Reason
audience_fact_undo = Undo
audience_undo_until = By the person alone, until { $moment }
audience_topics_title = Agreed to
audience_to_proof = Proof of consent
audience_back_to_contact = To the contact
audience_coming_title = What comes next
audience_coming_none = Nothing is planned at present.
audience_coming_scheduled = Scheduled
audience_history_title = What happened
audience_history_none = Nothing is on record about it (any more).
audience_history_newest = Newest
audience_history_older = Older
audience_signed_up = Sign-up on { $site }
audience_confirmation_sent = Confirmation mail handed over
audience_agreed_to = Agreed to this topic: “{ $topic }”
audience_from_ip = IP address { $ip }
audience_evidence_erased = The details were erased.
audience_tag_given = Tag given: { $tag }
audience_tag_taken = Tag taken: { $tag }
audience_hand_form = By the form of the sign-up
audience_hand_person = By the person, on the page of their settings
audience_hand_removed = The tag was removed from the account
audience_hand_actor = By { $name }
audience_newsletter_mail = Newsletter “{ $name }”: { $state }
audience_autoresponder_mail = Autoresponder “{ $name }”: { $state }
audience_bounced_later = Reported as bounced later: { $moment }
audience_bounce_excluded = The address went onto the exclusion list by it.
audience_bounce_counted = This counts; at the third time the address goes onto the exclusion list.
audience_bounce_held = An incident at the mailbox provider: the operator decides whether this counts.
audience_complained_about = Complaint about this mail: { $moment }
audience_complaint_not_counted = Report about this mail that does not count as a complaint: { $moment }
audience_to_mailing = To the mailing
audience_to_form = To the form

## Why there is a mail, or none

audience_why_title = Why did a mail (not) come?
audience_why_mailing = Mailing
audience_why_button = Look it up
audience_absent_not_begun = This mailing has not begun yet.
audience_absent_being_listed = It is still being listed whom this mailing reaches.
audience_absent_left_before = When it began, the person was no longer a contact.
audience_absent_away = When it began, the person was unsubscribed; they undid that only later.
audience_absent_came_later = When it began, the person was no contact yet.
audience_absent_no_consent = The person never agreed to the topic of this mailing.
audience_absent_other_statement = The person agreed to another version of the topic. For this one a new sign-up is needed.
audience_absent_agreed_later = The person agreed to the topic only afterwards.
audience_absent_consent_ended = The person's consent to this topic had ended already.
audience_absent_tag_missing = The person carried none of the tags then that this mailing asks for.
audience_absent_tag_excluded = The person carried a tag then that this mailing excludes.
audience_absent_tag_given_before = The person got the tag before this autoresponder was started.
audience_absent_ended_early = This mailing was ended before it was the person's turn.
audience_absent_unknown = Nothing is on record about it. Please ask the operator.

## What one can do with a contact

audience_carries_none = No tag
audience_give_tag = Give a tag
audience_give_tag_hint = Autoresponders that follow this tag begin. A tag gives no consent to a topic.
audience_give_button = Give
audience_take_tag = Take
audience_fields_title = Fields
audience_fields_hint = Your texts can merge them. A field that is left empty is removed.
audience_field_new_name = New field
audience_field_new_hint = Small letters, digits and underscores, for example customer_number.
audience_field_twice = There is a field { $name } already.
audience_leaving_title = Unsubscribe and erase
audience_unsubscribe = Unsubscribe
audience_unsubscribe_question = The person gets no mail of this account any more from now on, not even one that is just under way. Only they can undo it, for 24 hours.
audience_erase = Erase data
audience_erase_button = Erase for good
audience_erase_goes = Address, fields, tags and the details of the consent are erased; the person gets no mail any more.
audience_erase_stays = A key stays from which the address cannot be read: it keeps the address from coming back into the address book without a new sign-up.
audience_erase_proof = The lines in the consent ledger stay, without name and address. Print the proof first if you may need it.
audience_erase_final = Nobody can undo this.

## Proof

audience_proof_made = Made for the account { $account }, { $moment }
audience_proof_print = Print this page with your browser: everything stands on paper, the part for checking too.
audience_proof_check = For checking
audience_proof_check_hint = With these values anybody can check that nothing was changed afterwards (SHA-256, RFC 9162).

## Tags

audience_tags_lead = With tags you sort contacts and choose whom a mailing reaches. Recipients see the public name and can keep a tag or give it up.
audience_tags_none_title = No tags yet
audience_tags_none_text = A form gives tags at the confirmation, and autoresponders follow them.
audience_new_tag = New tag
audience_make_tag = Make the tag
audience_tag_name = Name
audience_tag_name_hint = What you call it.
audience_tag_public_name = Public name
audience_tag_public_name_hint = What recipients' pages call it; empty: like the name.
audience_tag_contacts = Contacts
audience_tag_uses = Where it is used
audience_tag_unused = Nowhere.
audience_tag_uses_mailings = Mailings that have not ended
audience_tag_uses_forms = Forms that give it
audience_used_by_newsletter = A newsletter
audience_used_by_autoresponder = An autoresponder
audience_used_by_form = A form
audience_tag_rename = Rename
audience_tag_remove = Remove the tag
audience_tag_remove_button = Remove the tag
audience_tag_remove_not = While a mailing that has not ended names it, the tag stays: without it the mailing would reach others than you chose.
audience_remove_contacts = Contacts that lose it: { $n }
audience_remove_forms = Forms that give it no more from then on: { $n }
audience_remove_recipients = Recipients no longer see it in their settings.
audience_remove_record = What was sent by it stays on record.
audience_remove_final = This cannot be undone: a new tag of the same name begins without contacts.

## Forms

audience_forms_lead = Contacts come through forms: somebody fills one in and confirms it in their mailbox.
audience_forms_none_title = No form yet
audience_forms_none_text = A form belongs to a website and a topic. You put it onto your website or link to it.
audience_new_form = Make a form
audience_make_form = Make the form
audience_edit_form = Edit { $name }
audience_no_topic_title = A topic first
audience_no_topic_text = Whoever signs up agrees to a topic. You have no approved topic yet.
audience_to_topics = To the topics
audience_form_state_open = Open
audience_form_state_waiting = Takes no sign-ups yet
audience_form_state_closed = Closed
audience_form_state_stopped = Stopped
audience_form_takes_none = This form takes no sign-ups
audience_form_stopped = It was stopped after a complaint about a confirmation mail; the operator decides.
audience_form_closed = You closed it.
audience_form_suspended = Your account is suspended.
audience_form_site = It is not proven that { $site } is yours.
audience_form_topic = The topic is not approved.
audience_form_sender = No proven sender is set up.
audience_form_legal = The legal notice is missing.
audience_to_ask = Ask the operator
audience_form_figures = Sign-ups
audience_form_submitted = Sign-ups
audience_form_confirmed = Confirmed
audience_form_share = Share confirmed
audience_form_figures_hint = What is not confirmed still waits, timed out, was signed up already or could get no mail. Nobody says which: it would be about others' addresses.
audience_form_chart = Sign-ups of the last 30 days
audience_form_chart_says = Sign-ups: { $submitted }, confirmations: { $confirmed }; days in UTC.
audience_form_chart_day = Day
audience_form_on_site = Onto your website
audience_form_link = Link to it
audience_form_link_hint = The page with the form.
audience_form_embed = To embed
audience_form_embed_hint = Plain HTML without script. Whoever sends it sees the page with the whole text first and confirms there. Do not change the text: what the form says is what is kept.
audience_form_preview = As recipients see it
audience_form_preview_hint = To look at; it cannot be sent from here.
audience_form_preview_typed = What you type appears here. It cannot be sent.
audience_form_preview_button = Show
audience_form_open = Open the form
audience_form_close = Close the form
audience_form_close_question = Whoever comes afterwards sees that it is closed. Whoever has a confirmation mail can still confirm. You can open it again.
audience_form_fact_site = On the website
audience_form_fact_topic = Topic
audience_form_fact_language = Language
audience_form_fact_tags = Gives the tags
audience_form_fact_fields = Asks for
audience_form_fact_version = Version
audience_nothing_given = nothing
audience_form_name = Name
audience_form_name_hint = What you call it; visitors do not see it.
audience_form_topic_choice = Topic and website
audience_form_topic_hint = Whoever signs up agrees to just this topic. It cannot be changed later.
audience_form_topic_on = { $topic } – on { $site }
audience_form_language = Language of the form and of the confirmation mail
audience_form_fields = Fields beside the address
audience_form_fields_hint = One name a line, for example firstname. All are voluntary.
audience_form_tags = Tags that a confirmation gives
audience_form_tags_hint = Autoresponders can follow them.
audience_form_consent = Text of the consent
audience_form_consent_hint = Empty: the platform's sentence with your name and the topic.
audience_form_privacy = Privacy notice
audience_form_privacy_hint = Stands under the consent and is kept with it.
audience_form_next_version = A change becomes version { $version }. Whoever agreed to an earlier one agreed to that one.

## Asking the operator

audience_ask_title = Ask the operator
audience_ask_lead = Unsure whether something is allowed? Ask { $operator } before you send. A person reads and answers.
audience_ask_question = Question
audience_ask_words = Your question
audience_ask_words_hint = What is it about, to whom shall it go, and what is unclear?
audience_ask_answer_to = The answer goes to { $address }.
audience_ask_button = Send the question
audience_ask_before = Earlier questions
audience_ask_open = Waits for an answer
audience_ask_closed = Settled
