### Newsletters and autoresponders: writing, looking, sending, watching.

## Lists

mailings_shelf_drafts = Drafts ({ $n })
mailings_shelf_scheduled = Scheduled ({ $n })
mailings_shelf_running = On their way ({ $n })
mailings_shelf_ended = Ended ({ $n })
mailings_shelf_empty = Nothing stands here at present.
mailings_none_title = No newsletter yet
mailings_none_text = A newsletter goes once to everybody who agreed to its topic. You write it, look at it, send yourself a test mail, and say when it begins.
mailings_new_newsletter = Write a newsletter
mailings_new_autoresponder = Write an autoresponder
mailings_no_subject = (no subject yet)
mailings_column_newsletter = Newsletter and subject
mailings_column_state = State
mailings_column_when = Time
mailings_column_audience = Audience
mailings_column_accepted = Accepted
mailings_column_deferred = Deferred
mailings_column_bounced = Bounced
mailings_column_complaints = Complaints
mailings_column_who = By
mailings_column_how = How
mailings_column_provider = Provider
mailings_column_reply = Last reply, word for word
mailings_column_contact = Contact
mailings_column_reason = Reason
mailings_column_attempts = Attempts

## Before anything can be written

mailings_no_topic_title = A topic first
mailings_no_topic_text = Every mail belongs to a topic to which your contacts agreed. You have no approved topic yet.
mailings_to_topics = To the topics
mailings_no_tag_title = A tag first
mailings_no_tag_text = An autoresponder follows when a contact gets a tag. You have no tag yet.
mailings_to_tags = To the tags
mailings_begin_writing = Go on to writing

## States of a mailing

mailings_state_draft = Draft
mailings_state_scheduled = Scheduled
mailings_state_running = Running
mailings_state_paused = Paused
mailings_state_held = Held
mailings_state_aborted = Aborted
mailings_state_finished = Finished
mailings_held_by_rule = A rule holds this until a person of the operator has decided.

## States of a mail

mailings_row_due = Due
mailings_row_in_flight = In flight
mailings_row_deferred = Deferred
mailings_row_in_doubt = In doubt
mailings_row_accepted = Accepted
mailings_row_bounced = Bounced
mailings_row_expired = Expired
mailings_row_refused = Refused
mailings_hint_due = Its turn comes as soon as there is room.
mailings_hint_in_flight = Is being handed over just now.
mailings_hint_deferred = The receiving server asked to come again. We try by ourselves.
mailings_hint_in_doubt = The connection broke before an answer came. A second attempt follows; after that nobody knows.
mailings_hint_accepted = Taken by the receiving server.
mailings_hint_bounced = Refused for good by the receiving server.
mailings_hint_expired = Deferred until its time was over.
mailings_hint_refused = Stopped by a rule, for example after an unsubscribe.
mailings_reason_hard = The address does not exist.
mailings_reason_soft = The address could not take anything at that time.
mailings_reason_policy = The receiving server refused by rules of its own; the address has nothing to do with it.
mailings_reason_message = The receiving server refused this message, for example for its size.
mailings_reason_too_late = After the pause it would have been more than seven days late.

## Pages of a mailing

mailings_tabs = Pages of this
mailings_tab_edit = Write
mailings_tab_preview = Preview
mailings_tab_send = Send
mailings_tab_activate = Activate
mailings_tab_live = Progress
mailings_tab_results = Results
mailings_tab_revisions = Revisions

## Fields

mailings_field_name = Internal name
mailings_field_name_hint = For you alone; recipients do not see it.
mailings_field_topic = Topic
mailings_field_topic_hint = Reaches only contacts who agreed to just this statement.
mailings_field_subject = Subject
mailings_field_preheader = Preheader
mailings_field_preheader_hint = The sentence that mail programs show beside the subject.
mailings_field_format = Written as
mailings_format_markdown = Markdown: text with simple signs for headings, lists and links
mailings_format_html = HTML: stays character by character as you write it
mailings_field_body = Text of the mail
mailings_field_language = Language of the foot
mailings_field_language_hint = Legal notice, unsubscribe link and why it was received stand under each mail by themselves.
mailings_language_de = German
mailings_language_en = English
mailings_field_include = Only those with one of these tags
mailings_field_include_hint = None chosen: everybody who agreed to the topic.
mailings_field_exclude = Not those with one of these tags
mailings_field_trigger = Follows the tag
mailings_field_trigger_hint = Reaches those who get this tag from the activation on.
mailings_field_delay = Delay
mailings_field_unit = Unit
mailings_unit_days = Days
mailings_unit_hours = Hours
mailings_unit_minutes = Minutes
mailings_field_testers = Test mail to
mailings_field_at = Begins at
mailings_tag_on_both_sides = A tag stands on both sides; nobody would be reached.

## Writing

mailings_audience_title = Who gets it
mailings_about_title = About this mail
mailings_people_one = one person
mailings_people = { $n } people
mailings_people_more = more than { $n } people
mailings_reach = Reaches { $people } at present.
mailings_merge_title = Insert fields of contacts
mailings_merge_text = Your forms ask for these fields. Between the quotation marks stands what appears where a field is empty.
mailings_merge_insert = Insert
mailings_save_running = Save: holds from now on
mailings_save_preview = Save and look
mailings_save_send = Go on to sending
mailings_ready_to_send = Nothing is missing: go on to sending
mailings_copy_this = Copy as a new draft
mailings_copy_of = { $name } (copy)
mailings_remove_this = Delete the draft
mailings_remove_question = The draft and its revisions are gone then.
mailings_autosave_open = Not saved yet
mailings_autosave_saving = Saving
mailings_autosave_done = Saved at { $time }
mailings_autosave_wrong = Not saved: one entry does not fit yet. Press Save to see which.
mailings_autosave_beside = Not saved: somebody else changed this draft. Your text is among the revisions; press Save to see both.
mailings_autosave_lost = Not saved: no connection. Your text still stands here.
mailings_beside_title = Two texts
mailings_saved_by = { $who } saved this on { $when } while you were writing.
mailings_beside_text = Your text stands below and is among the revisions too. If you save it now, it replaces the other one, which is kept as well.
mailings_beside_theirs = Look at the other text
mailings_beside_open = Open as a revision

## Revisions

mailings_revisions_lead = The last { $count } revisions are kept. What you restore becomes the newest.
mailings_revisions_none = No revision yet.
mailings_revision_current = current
mailings_revision_by_hand = saved
mailings_revision_by_itself = saved by itself
mailings_revision_beside = kept aside: somebody else had saved before
mailings_author_api = a program
mailings_author_gone = somebody who no longer works here
mailings_restore = Restore this revision
mailings_restore_hint = What holds now stays among the revisions.

## What is missing

mailings_missing_title = Before it is sent
mailings_check_done = Done
mailings_check_hint = Note
mailings_check_open = Missing
mailings_mend = Mend it
mailings_check_account = Sender, domain, legal notice and conditions are in order.
mailings_check_text = The text can be sent as it is.
mailings_check_text_problems = { $count ->
        [one] One place in the text is not right yet.
       *[other] { $count } places in the text are not right yet.
    }
mailings_subject_missing = The subject is missing.
mailings_body_missing = The text of the e-mail is missing.
mailings_check_topic = The topic is approved.
mailings_check_reach = Reaches { $people } who agreed to: { $topic }
mailings_check_reach_none = Nobody is reached like this. Choose other tags or another topic.
mailings_not_ready = Something is still missing; the list says what.
mailings_in_subject = Subject, character { $column }
mailings_in_preheader = Preheader, character { $column }
mailings_in_body = Line { $line }, character { $column }

## Preview

mailings_preview_contact = As for this contact
mailings_preview_contact_hint = Address or number; empty shows a sample.
mailings_preview_unknown = There is no such contact here.
mailings_preview_empty = Sample with empty fields
mailings_preview_refused = The mail cannot be made like this
mailings_preview_frame = Preview of the mail
mailings_preview_links = The links in the foot belong to nobody here: whoever clicks them unsubscribes nobody.
mailings_looks = Views
mailings_look_wide = Screen
mailings_look_narrow = Telephone
mailings_look_dark = Dark
mailings_look_text = Plain text
mailings_size_label = Size
mailings_size = { $html } of HTML, { $all } in all
mailings_clipped = The HTML is larger than 102 KB. Large mailbox providers cut it off; its end with legal notice and unsubscribe link then stands behind one more click. Please shorten it.

## Sending

mailings_test_title = Test mail
mailings_test_nobody = Test mails go only to people of your team who proved their address.
mailings_to_team = To the team
mailings_test_button = Send a test mail
mailings_test_limit = An account can send { $count } test mails in 24 hours.
mailings_schedule_title = At a time
mailings_schedule_button = Set the time
mailings_unschedule = Make it a draft again
mailings_zone_hint = By the clock of your account: { $zone }. It is { $now } there now.
mailings_both_clocks = Begins on { $own }, which is { $utc } UTC.
mailings_time_skipped = This time does not exist on that day: the clocks go forward for summer time.
mailings_time_unreadable = There is no such day or time.
mailings_time_over = This time is over already.
mailings_time_zone_unknown = The time zone of the account is not known. Please set it anew in the settings.
mailings_now_title = Now
mailings_now_text = You first see to how many people it goes, from which sender and about which topic.
mailings_now_button = Go on to confirm
mailings_start_title = Send now?
mailings_start_button = Send to { $people } now
mailings_activate_title = Activate the autoresponder
mailings_activate_next = Go on to confirming
mailings_activate_button = Activate now
mailings_fact_reach = Recipients
mailings_count_everybody = Count them all
mailings_fact_subject = Subject
mailings_fact_sender = Sender
mailings_fact_topic = Topic
mailings_fact_score = Complaint score
mailings_score_none = none yet: nothing was sent so far
mailings_score_now = { $share }, limit 0.20 % ({ $complaints ->
        [one] one complaint
       *[other] { $complaints } complaints
    })
mailings_pause = Pause
mailings_resume = Resume
mailings_abort = Abort
mailings_abort_question = What is not sent yet will not be sent any more. This cannot be taken back.

## On its way, and results

mailings_as_of = As of
mailings_audience_all = in the audience
mailings_audience_so_far = in the audience so far; it is still being listed
mailings_share_done = done
mailings_unsubscribed = unsubscribes of people who had this last
mailings_complaints = complaints
mailings_states_title = Where the mails stand
mailings_rate_title = Answers over time
mailings_rate_says = { $count ->
        [one] One bar is one minute; the highest value is { $highest }.
       *[other] One bar is { $count } minutes; the highest value is { $highest }.
    }
mailings_providers_title = By provider
mailings_more_providers = And { $count } more.
mailings_live_lost = The connection is interrupted; these figures are no longer fresh. We keep trying.
mailings_live_anew = This page loads itself anew every five seconds.
mailings_mails_title = The single mails
mailings_all_mails = All
mailings_mails_none = None.
mailings_ran = From { $from } to { $to }
mailings_runs_since = Since { $from }

## Autoresponders

mailings_series_lead = What follows a tag, in its order.
mailings_series_title = After the tag { $tag }
mailings_series_none_title = No autoresponder yet
mailings_series_none_text = An autoresponder sends each contact one mail, a fixed time after it got a tag, for example three days after the sign-up.
mailings_series_show_ended = Show ended ones too
mailings_series_hide_ended = Hide ended ones
mailings_series_from_now = It reaches those who get the tag from now on. Those who have it already get nothing.
mailings_series_once = Each contact gets this mail at most once, also when the tag is taken and given again.
mailings_series_tag_gone = Those who no longer have the tag when the mail is due do not get it.
mailings_series_pause = During a pause mails are still planned. After it, what is at most seven days late leaves.
mailings_planned_label = planned:
mailings_accepted_label = accepted:
mailings_complaints_label = complaints:
mailings_delay_at_once = at once
mailings_delay_minutes = { $count ->
        [one] after one minute
       *[other] after { $count } minutes
    }
mailings_delay_hours = { $count ->
        [one] after one hour
       *[other] after { $count } hours
    }
mailings_delay_days = { $count ->
        [one] after one day
       *[other] after { $count } days
    }
