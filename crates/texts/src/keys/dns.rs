//! What to do about a DNS record; `policy::dns_records` says it, pages, API and commands show it.

sentences! { dns:
    publish(name: &str, kind: &str, value: &str);
    publish_alias(name: &str, kind: &str, value: &str, text: &str);
    ask_again();
    join_policies(joined: &str);
    add_term(term: &str, joined: &str);
    close_all(joined: &str);
    end_record();
    drop_ptr();
    one_key();
    revoked_key();
    other_key();
    key_kind(kind: &str);
    key_hash(hash: &str);
    key_scope();
    key_testing();
    one_dmarc();
    dmarc_policy();
    dmarc_stricter();
    missing_tag(tag: &str);
    other_hosts();
}
