### What the pages of customers and the operator have in common.

## Around the page

ui_skip = Skip to content
ui_menu = Menu
ui_close = Close
ui_in_account = Account { $account }
ui_switch_account = Switch account
ui_accounts = Your accounts
ui_my_access = Your access
ui_language_other = Deutsch
ui_sign_in = Sign in
ui_sign_out = Sign out
ui_help = Help
ui_help_keys = Keyboard shortcuts
ui_you_are_here = You are here
ui_operator_area = Operator’s desk
ui_customer_area = Accounts
ui_abuse = Complaints: { $address }

## Navigation of an account

ui_nav_dashboard = Overview
ui_nav_audience = People
ui_nav_contacts = Contacts
ui_nav_tags = Tags
ui_nav_forms = Forms
ui_nav_mail = E-mails
ui_nav_newsletters = Newsletters
ui_nav_autoresponders = Autoresponders
ui_nav_setup = Set-up
ui_nav_senders = Senders
ui_nav_domains = Domains
ui_nav_websites = Websites
ui_nav_topics = Topics
ui_nav_legal_notice = Legal notice
ui_nav_account = Account
ui_nav_score = Complaint score
ui_nav_activity = Activity
ui_nav_ask = Ask the operator
ui_nav_team = Team
ui_nav_tokens = API tokens
ui_nav_settings = Settings

## Navigation of the operator

ui_nav_desk = Desk
ui_nav_accounts = Accounts
ui_nav_cases = Cases
ui_nav_reviews = Reviews
ui_nav_exclusions = Exclusion list
ui_nav_providers = Mailbox providers
ui_nav_incidents = Incidents
ui_nav_arrived = Arrived mail
ui_nav_installation = Installation
ui_nav_dns = DNS
ui_nav_desk_settings = Settings
ui_nav_audit = Audit

## Roles

ui_role_owner = Owner
ui_role_editor = Editor
ui_role_reader = Reader
ui_role_operator = Operator

## Buttons

ui_save = Save
ui_add = Add
ui_edit = Edit
ui_delete = Delete
ui_remove = Remove
ui_cancel = Cancel
ui_confirm = Confirm
ui_back = Back
ui_search = Search
ui_filter = Filter
ui_show = Show
ui_copy = Copy
ui_copied = Copied
ui_print = Print

## Tables

ui_next_page = Next page
ui_first_page = First page
ui_nothing_found = Nothing found
ui_figures = The same figures as a table
ui_yes = Yes
ui_no = No
ui_never = Never
ui_optional = optional

## What was just done

ui_said_saved = Saved.
ui_said_added = Added.
ui_said_removed = Removed.
ui_said_sent = Sent.
ui_said_started = Started.
ui_said_paused = Paused.
ui_said_resumed = Resumed.
ui_said_stopped = Stopped.
ui_said_checked = Checked just now.
ui_said_decided = The decision is recorded.
ui_said_revoked = Revoked. It no longer works from now on.
ui_said_unsubscribed = Unsubscribed. No mail leaves from now on.
ui_said_erased = Erased. Only what prevents new mail stays.
ui_said_asked = Your question is with the operator. A person answers you by mail.
ui_said_again = It is read again within a few seconds.
ui_said_nothing_to_read = There is nothing to read: its address alone was the wish.
ui_said_signed_out = You are signed out.

## Errors of forms

ui_form_problems = { $count ->
        [one] One entry needs your attention
       *[other] { $count } entries need your attention
    }
ui_field_required = Please fill this in.
ui_field_too_long = Please use at most { $limit } characters.
ui_field_too_short = Please use at least { $limit } characters.
ui_field_control_characters = This contains characters that are not allowed here, for example line breaks.
ui_field_bad_email = Please enter a whole e-mail address, for example anna@example.com.
ui_field_bad_host = Please enter a host name, for example www.example.com.
ui_field_bad_number = Please enter a whole number from { $min } to { $max }.
ui_field_bad_choice = Please choose one of the entries.
ui_field_bad_time = Please enter day and time.
ui_field_too_many = Please choose at most { $limit }.
ui_field_taken = This exists already.
ui_field_refused = This does not work: { $problem }

## When something cannot be done

ui_forbidden_title = Your role does not allow that
ui_forbidden_text = You can look at this account, but not change this. An owner of the account can give you another role.
ui_stale_title = This page was open for too long
ui_stale_text = Nothing was changed. Please go back, load the page anew and try again.
ui_conflict_title = Somebody else was faster
ui_conflict_text = This was changed in the meantime. Nothing of yours was saved. Please load the page anew and look.

## The page at the root

ui_home_title = E-mail from { $operator }, to people who asked for it
ui_home_enter = Sign in
ui_home_for_recipients = You received an e-mail from here?
ui_home_for_recipients_text = Every e-mail ends with a link to unsubscribe with one click. If you did not ask for it, forward it to { $abuse }: a person reads it.
ui_home_for_senders = You want to send?
ui_home_for_senders_text = Only to people who signed up and confirmed it. Without their confirmation nothing leaves, and who unsubscribes is heard at once.
