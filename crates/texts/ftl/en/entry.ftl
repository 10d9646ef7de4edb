### How people come in: sign-in, invitation, new password, own access, team.

## Signing in

entry_address = E-mail address
entry_password = Password
entry_to_login = To the sign-in page
entry_login_title = Sign in
entry_login_button = Sign in
entry_login_forgot = Forgot your password?
entry_login_wrong = The address or the password is not right.
entry_too_many_tries = Too many tries. Please try again in { $minutes ->
        [one] one minute
       *[other] { $minutes } minutes
    }.
entry_code_title = Enter the code
entry_code_text = Your password is right. Now please enter the code that your authenticator app shows.
entry_code = Code
entry_code_hint = Six digits. Without your phone, one of your recovery codes works too.
entry_code_button = Continue
entry_code_wrong = This code is not right, or was used before. Wait for the next one.

## Passwords

entry_new_password = New password
entry_password_hint = At least twelve characters. A sentence that only you know is good; pasting is fine.
entry_password_too_short = The password is too short: it needs at least twelve characters.
entry_password_too_long = The password is too long: it may have 128 characters at most.
entry_password_common = This is one that others try first. Please choose one that nobody guesses.
entry_password_own_address = Your address is no good password. Please choose something else.

## Links that work once

entry_link_gone_title = This link no longer works
entry_link_gone_text = It was used before, is too old, or was taken back. If you have a password, sign in with it; otherwise ask for a new link.
entry_name = Your name
entry_bad_name = Please enter a short name without a web address.
entry_invitation_title = Invitation: { $account }
entry_invitation_text = The account { $account } invites { $address } to work with it, as { $role }.
entry_invitation_button = Accept the invitation
entry_invitation_join = Join this account
entry_invitation_sign_in = This address has access already. Please sign in; one click then lets you join.
entry_invitation_other_person = You are signed in as { $name }. The invitation is for { $address }. Please sign out and open the link again.
entry_invitation_only_mail = You do not want to sign in here, and only want to receive test e-mails?
entry_invitation_only_mail_button = Only confirm the address
entry_forgot_title = Forgotten password
entry_forgot_text = We send you a link by which you choose a new one. It works for one hour.
entry_forgot_button = Send the link
entry_reset_title = Choose a new password
entry_reset_text = For { $address }. All browsers are signed out afterwards.
entry_reset_button = Set the password
entry_start_title = Access for the operator
entry_start_text = With this access you run { $operator }: accounts, complaints, reviews, settings.
entry_start_again_text = For { $address }: a new password. Codes of the authenticator app are turned off, all browsers signed out.
entry_start_button = Create the access
entry_start_taken = This address has access already. For a link to it, run: jawort operator invite --address …
entry_said_reset_sent = If this address has access, the e-mail with the link is on its way.
entry_said_password_set = The new password is set.

## The own access

entry_me_title = Your access
entry_me_profile = Name and language
entry_language = Language
entry_language_de = Deutsch (German)
entry_language_en = English
entry_me_password = Password
entry_me_password_text = A new password signs all other browsers out.
entry_old_password = Your password
entry_old_password_wrong = That is not your password.
entry_me_password_button = Change the password
entry_me_codes = Code when signing in
entry_me_codes_text = Who knows your password cannot get in with it alone: at each sign-in your phone shows a code.
entry_codes_are_on = On
entry_codes_are_off = Off
entry_codes_left =
    { $count ->
        [one] One recovery code is left.
       *[other] { $count } recovery codes are left.
    }
entry_codes_turn_on = Turn codes on
entry_codes_turn_off = Turn codes off
entry_codes_title = Set up a code for signing in
entry_codes_step_scan = 1. Scan the picture with the app
entry_codes_scan_text = Every authenticator app works: Aegis, Google Authenticator, 1Password and others.
entry_codes_picture = Picture for the authenticator app; the same key stands below as text.
entry_codes_type_text = Or type the key:
entry_codes_secret = Key
entry_codes_step_prove = 2. Show that it works
entry_codes_code_hint = The six digits that the app shows now.
entry_recovery_title = Recovery codes
entry_recovery_on = Codes are on.
entry_recovery_text = Keep these eight codes where you find them without your phone. Each one replaces the app's code once. They are shown only now.
entry_recovery_done = I have stored them
entry_me_browsers = Browsers that are signed in
entry_me_sign_out_all = Sign out everywhere
entry_me_sign_out_all_question = Sign all browsers out, this one too?
entry_browser = Browser
entry_browser_ip = IP address at sign-in
entry_browser_since = Signed in since
entry_browser_seen = Last used
entry_browser_own = this browser
entry_browser_on = { $program } on { $system }
entry_browser_unknown = Unknown

## People of an account

entry_team_title = Team
entry_team_lead = Who works in this account, and what each may do.
entry_team_person = Person
entry_team_role = Role
entry_team_state = State
entry_team_you = that is you
entry_team_in = signs in
entry_team_invited = invited
entry_team_invited_until = link works until { $date }
entry_team_late = invitation expired
entry_team_mail_only = test e-mails only
entry_team_resend = Send the invitation again
entry_team_set_role = Change the role
entry_team_remove_question = Remove { $name } from the account? The access ends at once.
entry_team_invite = Invite somebody
entry_team_invite_button = Send the invitation
entry_team_name = Name
entry_role_owner_text = Owner: everything, senders, legal notice, team, tokens and settings too
entry_role_editor_text = Editor: contacts, tags, forms and e-mails
entry_role_reader_text = Reader: sees everything, changes nothing
entry_team_limited = This address just got as many e-mails of this kind as it may get. Please try again later.
entry_team_excluded = E-mails to this address came back as undeliverable, so nothing is sent there. Write to the operator once the mailbox works again.

## The operator's first steps

entry_first_title = First steps
entry_first_lead = Names, DNS and the first account. Then mail can leave.
entry_first_names = 1. Names
entry_first_names_text = This is what the installation calls itself. It is changed in the settings file and holds after a restart.
entry_first_public_url = Public address
entry_first_operator_name = Name of the operator
entry_first_platform_domain = Domain of the platform
entry_first_bounce_domain = Domain for bounces
entry_first_mail_host = Host for arriving mail
entry_first_abuse_address = Address for complaints
entry_first_sending_addresses = IP addresses that mail leaves from
entry_first_not_set = missing
entry_first_no_addresses = Without these addresses the SPF record names nobody, and others will not accept mail. Set platform.sending_addresses.
entry_first_dns = 2. DNS, as others see it now
entry_first_look_again = Look again
entry_first_account = 3. The first account
entry_first_account_there = There is an account already. Here you make another one.
entry_first_account_name = Name of the account
entry_first_account_name_hint = Recipients see the sender by this name.
entry_first_time_zone = Time zone
entry_first_bad_zone = Please enter a time zone, for example Europe/Berlin.
entry_first_owner = Owner
entry_first_owner_me = Myself: I run the platform and send too
entry_first_owner_other = Somebody else, by invitation
entry_first_person = Name of the person
entry_first_account_button = Make the account
