//! One function for each sentence. A line here is the only place that names a key in Rust.

/// Makes a module whose functions say the sentences `{module}_{name}`.
macro_rules! sentences {
    ($(#[$doc:meta])* $module:ident { $($name:ident($($arg:ident: $kind:ty),*);)* }) => {
        $(#[$doc])*
        pub mod $module {
            use crate::{Language, bundles};

            $(
                #[doc = concat!("Says `", stringify!($module), "_", stringify!($name), "`.")]
                #[must_use]
                pub fn $name(language: Language $(, $arg: $kind)*) -> String {
                    let key = concat!(stringify!($module), "_", stringify!($name));
                    bundles::say(language, key, &[$((stringify!($arg), $arg.into())),*])
                }
            )*

            /// Every key with its arguments and the sentence said with samples of them.
            #[cfg(test)]
            pub(crate) fn all(language: Language) -> Vec<(&'static str, Vec<&'static str>, String)> {
                use crate::tests::Sample;
                vec![$((
                    concat!(stringify!($module), "_", stringify!($name)),
                    vec![$(stringify!($arg)),*],
                    $name(language $(, <$kind>::sample(concat!("‹", stringify!($arg), "›")))*),
                )),*]
            }
        }
    };
}

sentences! {
    /// Mails that the platform writes, and the signature block under every mail to recipients.
    mail {
        // Signature block
        why_newsletter(site: &str, date: &str, topic: &str);
        why_confirmation(site: &str, date: &str);
        why_test(account: &str);
        unsubscribe_label();
        unsubscribe_anchor();
        preferences_label();
        preferences_anchor();
        not_me_label();
        not_me_anchor();
        test_stop_label();
        test_stop_anchor();
        complain(abuse: &str);
        // Labels of the legal notice. The notice itself is the account's own text.
        legal_heading();
        legal_represented_by();
        legal_email();
        legal_phone();
        legal_contact();
        legal_register();
        legal_vat_id();
        legal_business_id();
        legal_authority();
        legal_chamber();
        legal_profession();
        legal_profession_state();
        legal_profession_rules();
        legal_capital();
        legal_liquidation();
        legal_editor();
        // Confirmation mail (no advertising, no word that is not needed)
        confirm_subject(site: &str);
        confirm_intro(site: &str, account: &str, topic: &str);
        confirm_ask();
        confirm_anchor();
        confirm_until(date: &str);
        confirm_not_me();
        confirm_not_me_anchor();
        // Test mail
        test_subject(subject: &str);
        test_hint();
        // Proof of an address
        prove_sender_subject();
        prove_sender_body(account: &str, platform: &str, address: &str);
        prove_user_subject();
        prove_user_body(account: &str, platform: &str, address: &str);
        prove_anchor();
        prove_until(date: &str);
        // Notices to customers
        notice_opening();
        notice_closing(platform: &str);
        suspended_subject(account: &str);
        suspended_body(account: &str, reason: &str, case: &str);
        suspended_reason_score(complaints: u64, sent: u64, score: &str);
        suspended_reason_topic();
        reinstated_subject(account: &str);
        reinstated_body(case: &str, account: &str, reason: &str);
        terminated_subject(account: &str);
        terminated_body(case: &str, account: &str, reason: &str);
        mailing_paused_subject(mailing: &str);
        mailing_paused_body(mailing: &str, complaints: u64, sent: u64, case: &str);
        review_opened_subject();
        review_opened_body(account: &str, contacts: u64);
        review_approved_subject();
        review_approved_body(account: &str);
        review_refused_subject();
        review_refused_body(account: &str, reason: &str);
        topic_approved_subject();
        topic_approved_body(account: &str, topic: &str);
        topic_refused_subject();
        topic_refused_body(account: &str, topic: &str, reason: &str);
        score_warning_subject(score: &str);
        score_warning_body(account: &str, score: &str, complaints: u64, sent: u64);
        score_limit_subject();
        score_limit_body(account: &str, score: &str, complaints: u64, sent: u64);
        sender_on_hold_subject(address: &str);
        sender_on_hold_body(address: &str, account: &str);
        domain_on_hold_subject(domain: &str);
        domain_on_hold_body(domain: &str, account: &str);
        // Notices to the operator
        case_opened_subject(case: &str, account: &str);
        case_opened_body(case: &str, account: &str, reason: &str, first_look_due: &str, decision_due: &str);
        incident_opened_subject(incident: &str, group: &str);
        incident_opened_body(incident: &str, group: &str, finding: &str);
        review_waiting_subject(account: &str);
        review_waiting_body(account: &str, contacts: u64);
        topic_waiting_subject(account: &str);
        topic_waiting_body(account: &str, topic: &str);
        // Answers of the abuse desk
        abuse_subject(case: &str);
        abuse_body(case: &str);
        abuse_wish_body(case: &str, abuse: &str);
    }
}

sentences! {
    /// Pages that recipients see.
    pages {
        // Footer
        footer_responsible(account: &str);
        footer_legal();
        footer_complain(abuse: &str);
        footer_operator(operator: &str);
        // Sign-up form
        form_title(site: &str);
        form_topic(account: &str, topic: &str);
        form_email();
        form_email_hint();
        form_optional();
        form_trap();
        form_consent(account: &str, topic: &str);
        form_steps(account: &str);
        form_button();
        form_bad_email();
        form_typo(suggestion: &str);
        form_missing_consent();
        form_bad_field(field: &str);
        form_again();
        // After the sign-up: the same answer for everybody
        check_mail_title();
        check_mail_text();
        check_mail_help();
        // Confirmation
        confirm_title();
        confirm_text(account: &str, topic: &str, site: &str);
        confirm_button();
        confirmed_title();
        confirmed_text(account: &str, topic: &str);
        confirmed_contacts(sender: &str);
        confirmed_card();
        confirm_gone_title();
        confirm_gone_text();
        // “That was not me”
        not_me_title();
        not_me_text(site: &str, account: &str);
        not_me_button();
        not_me_done_title();
        not_me_done_text(account: &str);
        // Unsubscribe
        unsubscribe_title();
        unsubscribe_working(account: &str);
        unsubscribe_noscript(account: &str);
        unsubscribe_button();
        unsubscribed_title();
        unsubscribed_text(account: &str);
        keep_legend();
        keep_button();
        keep_none();
        kept_title();
        kept_text(account: &str);
        undo_text(date: &str);
        undo_button();
        undone_title();
        undone_text(account: &str);
        undo_gone_title();
        undo_gone_text(account: &str);
        // No more test mails
        test_stop_title();
        test_stop_text(account: &str);
        test_stop_button();
        test_stopped_title();
        test_stopped_text(account: &str);
        test_preferences_text();
        // Settings
        preferences_title();
        preferences_text(account: &str, topic: &str);
        preferences_legend();
        preferences_button();
        preferences_saved();
        preferences_none(account: &str);
        unsubscribe_all_text(account: &str);
        unsubscribe_all_button();
        // Proof of an address
        prove_title();
        prove_text(account: &str, address: &str);
        prove_button();
        proved_title();
        proved_text(account: &str, address: &str);
        prove_gone_title();
        prove_gone_text();
        // When something cannot be done
        unknown_title();
        unknown_text(abuse: &str);
        form_closed_title();
        form_closed_text();
        not_found_title();
        not_found_text();
        too_large_title();
        too_large_text();
        bad_request_title();
        bad_request_text();
        busy_title();
        busy_text();
        failed_title();
        failed_text();
        // The page at the root
        home_text();
    }
}

sentences! {
    /// What API and account forms say when something is refused.
    errors {
        bad_request(problem: &str);
        not_signed_in();
        forbidden();
        not_found();
        conflict(problem: &str);
        too_large(limit: u64);
        too_many(seconds: u64);
        unavailable();
        internal(number: &str);
        required(field: &str);
        too_long(field: &str, limit: u64);
        too_short(field: &str, limit: u64);
        control_characters(field: &str);
        bad_email(field: &str);
        no_reply_address(field: &str);
        bad_choice(field: &str, choices: &str);
        bad_merge_field(name: &str);
    }
}

sentences! {
    /// Dates and figures as people write them.
    dates {
        day(day: u64, month: u64, year: u64);
        moment(day: &str, time: &str, zone: &str);
        percent(whole: u64, hundredths: &str);
    }
}
