//! What the pages of customers and the operator have in common: navigation, buttons, notices, forms.

sentences! { ui:
    // Around the page
    skip();
    menu();
    close();
    in_account(account: &str);
    switch_account();
    accounts();
    my_access();
    language_other();
    sign_in();
    sign_out();
    help();
    help_keys();
    you_are_here();
    operator_area();
    customer_area();
    abuse(address: &str);
    // Navigation of an account
    nav_dashboard();
    nav_audience();
    nav_contacts();
    nav_tags();
    nav_forms();
    nav_mail();
    nav_newsletters();
    nav_autoresponders();
    nav_setup();
    nav_senders();
    nav_domains();
    nav_websites();
    nav_topics();
    nav_legal_notice();
    nav_account();
    nav_score();
    nav_activity();
    nav_ask();
    nav_team();
    nav_tokens();
    nav_settings();
    // Navigation of the operator
    nav_desk();
    nav_accounts();
    nav_cases();
    nav_reviews();
    nav_exclusions();
    nav_providers();
    nav_incidents();
    nav_arrived();
    nav_installation();
    nav_dns();
    nav_desk_settings();
    nav_audit();
    // Roles
    role_owner();
    role_editor();
    role_reader();
    role_operator();
    // Buttons
    save();
    add();
    edit();
    delete();
    remove();
    cancel();
    confirm();
    back();
    search();
    filter();
    show();
    copy();
    copied();
    print();
    // Tables
    next_page();
    first_page();
    nothing_found();
    figures();
    yes();
    no();
    never();
    optional();
    // What was just done
    said_saved();
    said_added();
    said_removed();
    said_sent();
    said_started();
    said_paused();
    said_resumed();
    said_stopped();
    said_checked();
    said_decided();
    said_revoked();
    said_unsubscribed();
    said_erased();
    said_asked();
    said_again();
    said_nothing_to_read();
    said_signed_out();
    // Errors of forms
    form_problems(count: u64);
    field_required();
    field_too_long(limit: u64);
    field_too_short(limit: u64);
    field_control_characters();
    field_bad_email();
    field_bad_host();
    field_bad_number(min: &str, max: &str);
    field_bad_choice();
    field_bad_time();
    field_too_many(limit: u64);
    field_taken();
    field_refused(problem: &str);
    // When something cannot be done
    forbidden_title();
    forbidden_text();
    stale_title();
    stale_text();
    conflict_title();
    conflict_text();
    // The page at the root
    home_title(operator: &str);
    home_enter();
    home_for_recipients();
    home_for_recipients_text(abuse: &str);
    home_for_senders();
    home_for_senders_text();
}
