### The pages of an account about itself: overview, complaint score, activity, tokens, settings.

## On top of the first page: how the score stands

account_score_title = Complaint score
account_score_limit = Limit 0.2 %, warning from 0.1 %
account_score_recent = Last 30 days
account_score_life = Since counting began on { $since }
account_score_unit = Highest of a mailing of the last 30 days
account_score_counts = { $complaints ->
        [one] { $complaints } complaint
       *[other] { $complaints } complaints
    } about { $sent } mails
account_score_interval = Between { $low } and { $high } with 95 % confidence, of { $sent } mails
account_score_nothing = Within the last 30 days no receiver accepted a mail of yours. The score is complaints divided by accepted mails. Without mails there is none.
account_score_more = How it went, single mailings, suspensions
account_score_lead = Complaints divided by mails that were accepted. It must stay below 0.2 % at all times.
account_room = { $count ->
        [one] One more complaint does not exceed the limit yet, a second one does.
       *[other] { $count } more complaints do not exceed the limit yet.
    }
account_room_none = The next complaint exceeds the limit.
account_room_over = The limit is exceeded. From three complaints on the account is suspended, below that the mailing is held.

## What the complaints are made of

account_parts_title = What the complaints are made of
account_parts_lead = The complaints of the last 30 days. Only mailings have a score of their own; how many mails went to a tag or a form is not counted.
account_parts_newest = The newest { $count } were looked at.
account_parts_complaints = Complaints
account_parts_units = Mailing
account_parts_forms = Signed up by the form
account_parts_tags = Carried the tag
account_parts_ways = Came in by
account_unit_week = { $name }, week from { $day }
account_unit_gone = Deleted mailing
account_form_gone = Deleted form
account_tag_gone = Deleted tag

## What to do

account_tips_title = What to do now
account_tip_begin = Write the first newsletter under the name and from the address that stood on your form: who recognises you does not complain.
account_tip_small = Contacts in your address book: { $contacts }. Of fewer than { $floor } mails a single complaint is above 0.2 %: the mailing is held then, and from { $stop } complaints on the account is suspended. So send only what the sign-up promised.
account_tip_pause = Pause what is under way until you know the cause.
account_tip_pause_label = To the newsletters
account_tip_mailing = “{ $name }” brought { $complaints } of { $of } complaints. Compare its subject and content with the topic that people signed up for before you write the next one.
account_tip_mailing_label = To the mailing
account_tip_form = { $complaints } of { $of } came by the form “{ $name }”. Check whether it says what you send, and how often.
account_tip_form_label = To the forms
account_tip_new = { $n } of { $of } had been there for less than 30 days. The first mails do not keep what the sign-up promised: begin with what people signed up for.
account_tip_old = { $n } of { $of } had signed up more than a year ago. Write regularly, and say in the first line where people signed up.
account_tip_button = { $n } of { $of } pressed the spam button instead of the unsubscribe link. Say in the first lines that one click at the end of the mail is enough; unsubscribing costs no score.
account_tip_topic = Send only what belongs directly to the topic of the sign-up. A confirmed sign-up is no licence for any topic.
account_tip_topic_label = To the topics

## When sending is stopped

account_stopped_suspended = Your account is suspended
account_stopped_terminated = Your account is terminated
account_stopped_paused = The operator has paused all sending for a while
account_stopped_frozen = The operator is putting the system back into service
account_stopped_waits = Your mails wait and leave afterwards. You need not do anything.
account_stopped_by_score = The complaint score is above 0.2 %: { $complaints } complaints about { $sent } mails.
account_stopped_by_scores = The complaint score is above 0.2 %.
account_stopped_effect = Nothing leaves: no newsletters, no autoresponders, no confirmation mails. Your data stay; unsubscribing and complaints go on working.
account_stopped_next = A person looks at it until { $look } and decides until { $until }. You hear the decision with its reason by mail.
account_stopped_looked = A person has been looking at it since { $at } and decides until { $until }. You hear the decision with its reason by mail.
account_stopped_answer = To tell your side, write to { $address } and name the case { $case }: what happened, and what you changed.
account_stopped_for_good = This decision is final. Unsubscribing and complaints go on working.

## What is still missing

account_checklist_title = Set-up
account_checklist_progress = { $done } of { $all } done
account_checklist_complete = Everything is set up. Look at the steps
account_step_done = done
account_step_waits = waits
account_step_open = still missing
account_step_mend = Do it now
account_step_policy = Policy accepted
account_step_legal = Legal notice
account_step_sender = Sender address confirmed
account_step_dns = DNS of the sender’s domain
account_step_website = Website proven
account_step_topic = Topic approved
account_step_form = Sign-up form open
account_step_test = Test mail arrived
account_step_newsletter = First newsletter
account_policy_missing = Please read the policy and accept it; nothing leaves before.
account_legal_missing = Every mail must carry it.
account_legal_refused = The operator found a fault. Please correct it.
account_legal_review = The operator checks it. Smaller mailings leave, larger ones wait.
account_sender_missing = Please enter an address that you read.
account_sender_waits = Please open the link in the mail to that address.
account_sender_on_hold = The mailbox does not accept mail. Repair it, and confirm the address again.
account_dns_missing = Please enter the domain of your sender address; we show the DNS records that it needs.
account_dns_waits = The records cannot be seen yet. We look every hour.
account_dns_failing = Records that were right are missing now. Please restore them, or sending ends after 72 hours.
account_website_missing = Please name the website on which people sign up.
account_website_waits = The proof was not found there yet.
account_topic_missing = Please say in one sentence what your mails are about.
account_topic_waits = The operator checks it.
account_topic_refused = The operator refused it. Please word it more closely.
account_form_missing = Without a form nobody can sign up.
account_form_closed = There is a form, but it is closed.
account_test_missing = Send the newsletter to yourself before others get it.
account_test_waits = A test mail is under way.
account_newsletter_missing = Write it; nothing is sent before you start it.
account_newsletter_draft = A draft is there.

## What is under way, and how book and sending went

account_running_title = Under way
account_column_mailing = Mailing
account_column_day = Day
account_column_hour = Hour
account_book_heading = Address book
account_book_size = Contacts: { $contacts }
account_book_title = Who came and who left within the last 30 days
account_book_says = Came: { $came }, left: { $went }. Those who left stand below zero.
account_book_came = Came
account_book_unsubscribed = Unsubscribed
account_book_bounced = Bounced
account_book_complained = Complained
account_book_otherwise = Excluded or erased
account_book_nothing = Nobody came and nobody left within the last 30 days.
account_churn = { $gone ->
        [one] { $gone } person
       *[other] { $gone } people
    } unsubscribed within 30 days, { $share } of the address book.
account_churn_none = Nobody could unsubscribe yet.
account_churn_note = Unsubscribing is usual and no part of the complaint score.
account_hours_heading = Sending
account_hours_title = Mails by the hour, last 48 hours
account_hours_says = { $accepted } mails were accepted, at most { $most } in one hour.
account_hours_accepted = Accepted
account_hours_deferred = Deferred
account_hours_bounced = Bounced
account_hours_nothing = Nothing left within the last 48 hours.

## The page of the score

account_way_title = How it went
account_span_days = { $count } days
account_rules_title = What keeps complaints rare
account_rule_limit = Of 1,000 mails not more than two may lead to a complaint: of each mailing, over 30 days, and since counting began.
account_rule_stop = From 0.1 % on we warn by mail. Above 0.2 % sending stops by itself, and a person decides. From 1 % on mailbox providers block the sender.
account_rule_topic = Keep to the topic of the sign-up. Who signs up for garden tips wants no phone contract.
account_rule_sender = Be recognisable: the same name, the same address, the same website as on the form.
account_rule_rhythm = Write as often as the form says. Who hears nothing for long forgets the sign-up.
account_rule_leave = Make unsubscribing easy, and say on top that it is possible. An unsubscribe costs nothing, a complaint much.
account_units_title = Single mailings
account_units_lead = A newsletter has one score, an autoresponder one for each calendar week. Each decides like the account’s own.
account_units_none = Nothing sent yet
account_units_none_text = As soon as a receiver accepts a mail, its mailing stands here.
account_column_sent = Sent
account_from_to = { $from } to { $to }
account_periods_title = Counting periods and suspensions
account_periods_lead = When an account is reinstated after a suspension, counting begins anew. Earlier periods stay here and count no longer.
account_column_period = Period
account_period_name = Period { $number }
account_period_current = now
account_suspensions_none = The account was never suspended.
account_suspensions_title = Suspensions
account_suspension_open = being investigated
account_suspension_ended = reinstated
account_suspension_terminated = account terminated
account_suspension_closed = closed
account_suspension_rested = The suspension rested on a complaint that no longer counts.
account_column_when = When
account_column_reason = Reason
account_column_became = Outcome

## Activity

account_activity_lead = Who changed what, and when.
account_activity_none = Nothing changed yet
account_activity_none_text = Every change of set-up, team and mailings stands here.
account_column_who = Who
account_column_what = What
account_actor_mailbox = Link in the mail
account_actor_check = DNS check
account_actor_elsewhere = Somebody outside the team
account_actor_token = API token { $number }
account_did_account_created = Account “{ $what }” made
account_did_account_changed = Settings of the account changed; it is called “{ $what }” now
account_did_policy_accepted = Policy and attestation accepted, version { $what }
account_did_address_proven = A mail address confirmed
account_did_legal_notice_changed = Legal notice changed, version { $what }
account_did_review_approved = Legal notice checked and approved: { $what }
account_did_review_refused = Legal notice checked and refused: { $what }
account_did_domain_added = Domain { $what } added
account_did_domain_removed = Domain { $what } removed
account_did_domain_authenticated = DNS records of { $what } are right
account_did_domain_lost = DNS records of { $what } have been missing for 72 hours
account_did_sender_added = Sender { $what } added
account_did_sender_changed = The sender is { $what } now
account_did_sender_removed = Sender { $what } removed
account_did_sender_renamed = The sender’s name is “{ $what }” now
account_did_website_added = Website { $what } added
account_did_website_removed = Website { $what } removed
account_did_topic_submitted = Topic { $what } submitted
account_did_topic_changed = Topic { $what } worded anew
account_did_topic_approved = Topic approved: { $what }
account_did_topic_refused = Topic refused: { $what }
account_did_tag_removed = Tag “{ $what }” removed
account_did_token_made = API token “{ $what }” made
account_did_token_revoked = API token { $what } revoked
account_did_user_added = Invited to the team: { $what } ({ $role })
account_did_user_joined = Invitation accepted
account_did_user_removed = Removed from the team: number { $what }
account_did_role_changed = Role of { $who }: { $role }
account_did_mailing_edited = “{ $what }” edited
account_did_mailing_started = “{ $what }” started
account_did_mailing_paused = “{ $what }” paused
account_did_mailing_resumed = “{ $what }” resumed
account_did_mailing_aborted = “{ $what }” aborted
account_did_mailing_scheduled = “{ $what }” scheduled
account_did_mailing_unscheduled = Schedule of “{ $what }” taken back

## API tokens

account_tokens_lead = With these, programs work in this account. A token may do all that an owner may.
account_tokens_none = No token yet
account_tokens_none_text = A token is for who works on contacts or mailings from a program. Otherwise you need none.
account_token_label = What for
account_token_label_hint = By what you will know the token later, for example “web shop”.
account_token_state = State
account_token_works = works
account_token_revoked = revoked
account_token_made_at = Made
account_token_revoke = Revoke
account_token_question = Revoke “{ $label }”? Programs that use it cannot get in any more from then on.
account_token_make = Make a token
account_token_make_text = It is shown once. At most { $most } can work at once.
account_token_made_title = Your new token
account_token_once = This token is shown now and never again. Keep it before you go on; if it gets lost, revoke it and make a new one.
account_token_use = This is how a program asks which account it is:
account_token_kept = I have kept it

## Settings and policy

account_settings_lead = What the account is called, its language and time zone, and the policy.
account_settings_account = Account
account_field_name = Name of the account
account_field_name_hint = This is how recipients see whose mail it is. At most 40 characters, without links.
account_field_language = Language of notices
account_field_language_hint = We write to the account in this language. You choose the language of your pages under “Your access”.
account_field_zone = Time zone
account_field_zone_hint = Scheduled newsletters begin by this clock, and times on these pages follow it.
account_fact_number = Number of the account
account_fact_created = Made on
account_fact_sender = Sender
account_sender_none = none confirmed yet
account_policy_title = Policy against spam
account_policy_accepted = accepted
account_policy_not_accepted = not accepted
account_policy_open = The policy is not accepted in its present version yet. Nothing leaves before.
account_policy_by_owner = An owner of the account can accept it.
account_policy_last = Version { $version }, accepted on { $at } by { $who }
account_policy_tick = We have read the policy and keep to it.
account_attestation_tick = We declare: our e-mails go only to customers and prospects who expressly agreed to get e-mail.
account_policy_accept = Accept the policy
account_policy_spam = Spam is unsolicited bulk mail. Here, moreover, spam is what recipients take for it, even where they had signed up.
account_policy_consent = Only who signed up and confirmed it gets mail. A sign-up that nobody confirms within { $days } days is forgotten. Addresses that were bought, rented or collected are forbidden.
account_policy_topic = Only what belongs directly to the topic of the sign-up is sent.
account_policy_sender = Every mail names its sender: an own, confirmed address that is read, and a complete and correct legal notice. Subject and sender deceive nobody.
account_policy_leave = Every mail carries an unsubscribe link that works at once. Addresses that bounce are excluded for everybody.
account_policy_score = The complaint score stays below 0.2 % at all times. Above it sending stops; from { $stop } complaints on the account is suspended at once.
account_policy_measures = After a suspension a person investigates the case and decides with reasons. Who exceeds the limit significantly or repeatedly loses the account; fees are not refunded.
