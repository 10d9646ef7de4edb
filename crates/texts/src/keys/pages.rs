//! Pages that recipients see.

sentences! { pages:
    // Footer
    footer_responsible(account: &str);
    footer_legal();
    footer_complain(abuse: &str);
    footer_operator(operator: &str);
    footer_contact();
    // Sign-up form
    form_title(site: &str);
    form_topic(account: &str, topic: &str);
    form_email();
    form_email_hint();
    form_optional();
    field_first_name();
    field_last_name();
    field_name();
    field_company();
    field_city();
    field_phone();
    field_country();
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
    // Complaint by form
    complain_link();
    complain_title();
    complain_text(account: &str, operator: &str);
    complain_reason();
    complain_not_asked();
    complain_other_topic();
    complain_cannot_leave();
    complain_other();
    complain_words();
    complain_button();
    complained_title();
    complained_text(account: &str);
    complained_case(number: &str);
    // The operator's contact form
    contact_title(operator: &str);
    contact_text(operator: &str);
    contact_about();
    contact_complaint();
    contact_question();
    contact_email();
    contact_email_hint();
    contact_sender();
    contact_sender_hint();
    contact_words();
    contact_button();
    contact_too_often(abuse: &str);
    contacted_title();
    contacted_text();
    // Mails as pages
    online_link();
    online_title(account: &str);
    online_text();
    online_none();
    online_mail(date: &str);
    online_links();
    online_frame();
    online_back();
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
}
