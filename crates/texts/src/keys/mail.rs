//! Mails that the platform writes, and the signature block under every mail to recipients.

sentences! { mail:
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
    legal_professional();
    legal_responsible();
    legal_note();
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
    prove_user_subject(account: &str);
    prove_user_body(account: &str, platform: &str, address: &str);
    prove_anchor();
    prove_until(date: &str);
    prove_user_anchor();
    // A forgotten password
    reset_password_subject();
    reset_password_body(platform: &str, address: &str);
    reset_password_anchor();
    reset_password_until();
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
    letter_flood_subject(account: &str);
    letter_flood_body(account: &str, limit: u64);
    sender_on_hold_subject(address: &str);
    sender_on_hold_body(address: &str, account: &str);
    domain_on_hold_subject(domain: &str);
    domain_on_hold_body(domain: &str, account: &str);
    // Notices to the operator
    case_opened_subject(case: &str, account: &str);
    case_opened_body(case: &str, account: &str, reason: &str, first_look_due: &str, decision_due: &str);
    case_overdue_subject(case: &str, account: &str);
    case_overdue_body(case: &str, account: &str, reason: &str, due: &str);
    score_critical_subject(account: &str, score: &str);
    score_critical_body(account: &str, score: &str, complaints: u64, sent: u64, case: &str);
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
