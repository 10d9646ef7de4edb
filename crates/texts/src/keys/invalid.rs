//! What a rule says against a value or a wish; `policy::invalid` says them.

sentences! { invalid:
    // Limits of an account
    too_many_forms(limit: &str);
    too_many_users(limit: &str);
    too_many_tags(limit: &str);
    too_many_senders(limit: &str);
    too_many_topics(limit: &str);
    too_many_websites(limit: &str);
    too_many_domains(limit: &str);
    too_many_mailings(limit: &str);
    too_many_tokens(limit: &str);
    too_many_form_fields(limit: &str);
    too_many_form_tags(limit: &str);
    too_many_contact_fields(limit: &str);
    too_many_mailing_tags(limit: &str);
    // What stands there already
    tag_taken();
    tag_in_use();
    tag_gone();
    user_taken();
    last_owner();
    too_many_memberships(limit: &str);
    sender_taken();
    website_taken();
    domain_taken();
    platform_address_taken();
    // Texts
    line(item: &str, limit: &str);
    text(item: &str, limit: &str);
    item_name();
    item_label();
    item_public_name();
    item_consent_text();
    item_privacy_notice();
    item_time_zone();
    item_reason();
    item_person();
    field_name(limit: &str);
    contact_field(name: &str, limit: &str);
    // Names that recipients see
    name_empty();
    name_too_long(limit: &str);
    name_unprintable();
    name_holds_address();
    name_holds_domain();
    name_mixed_alphabets();
    name_foreign_brand();
    name_no_reply();
    // Topics
    statement_too_short(limit: &str);
    statement_too_long(limit: &str);
    statement_unprintable();
    statement_holds_link();
    statement_generic();
    topic_not_approved();
    // Legal notice
    legal_notice(fields: &str);
    legal_missing();
    legal_missing_form();
    legal_missing_representative();
    legal_missing_street();
    legal_missing_contact();
    legal_missing_register();
    legal_missing_register_number();
    legal_too_long(limit: &str);
    legal_unprintable();
    legal_post_office_box();
    legal_implausible();
    legal_not_an_address();
    legal_not_a_url();
    legal_holds_link();
    legal_names_legal_person();
    // Times
    zone_unknown();
    moment_unreadable();
    moment_skipped();
    moment_past();
    // Mail addresses and domains
    address_empty();
    address_no_at();
    address_several_ats();
    address_no_local_part();
    address_local_too_long();
    address_too_long();
    address_misplaced_dot();
    address_bad_character(character: &str);
    address_invisible();
    address_quoted();
    domain_empty();
    domain_single_label();
    domain_literal();
    domain_length();
    domain_characters();
    ip_unreadable();
    // Senders and their domains
    sender_no_reply();
    sender_freemail();
    domain_freemail();
    platform_domain();
    no_domain(domain: &str);
    sender_elsewhere(domain: &str);
    bad_mailbox();
    mailbox_excluded();
    sender_not_proven();
    sender_in_use();
    domain_in_use();
    website_in_use();
    looked_just_now();
    proof_limited();
    // Test mails
    test_mails(limit: &str);
    test_user_not_proven(user: &str);
    test_user_stopped(user: &str);
    // Mailings
    newsletter_with_trigger();
    autoresponder_without_trigger();
    autoresponder_with_include();
    delay(limit: &str);
    tag_both_ways();
    cannot_be_scheduled(state: &str);
    cannot_be_started(state: &str);
    cannot_be_paused(state: &str);
    cannot_be_resumed(state: &str);
    cannot_be_aborted(state: &str);
    cannot_be_edited(state: &str);
    cannot_be_removed(state: &str);
    state_draft();
    state_scheduled();
    state_running();
    state_paused();
    state_held();
    state_aborted();
    state_finished();
    content_unreadable();
    // Forms
    form_stopped();
    form_closed();
    form_changed();
    // Accounts, cases and decisions
    too_many_questions(limit: &str);
    account_suspended();
    account_terminated();
    policy_version(version: &str);
    terminated_for_good();
    not_suspended();
    unsigned();
    case_without_account();
    case_without_mailing();
    case_without_form();
}
