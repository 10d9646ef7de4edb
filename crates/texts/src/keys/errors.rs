//! What API and account forms say when something is refused.

sentences! { errors:
    bad_request(problem: &str);
    not_signed_in();
    forbidden();
    not_found();
    conflict();
    request_unfinished();
    key_reused();
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
