//! A small world that sends: one account that may, a running newsletter, contacts with consent.
//!
//! Written with plain statements, because the doors that make such things are other stories.

use policy::{AccountId, ContactId, MailingId};
use store::conformance::script;
use store::{Place, Store};

/// What was founded.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) account: AccountId,
    pub(crate) mailing: MailingId,
    pub(crate) contacts: Vec<ContactId>,
}

/// One contact of the world.
pub(crate) struct Person {
    pub(crate) address: String,
    pub(crate) key: [u8; 32],
}

/// A stand-in for the keyed hash: tests of the store need no more.
pub(crate) fn plain_key(address: &str) -> [u8; 32] {
    let mut key = [0; 32];
    for (at, byte) in address.bytes().enumerate() {
        key[at % 32] ^= byte.rotate_left(u32::try_from(at / 32).unwrap_or(0));
    }
    key
}

pub(crate) fn people(addresses: impl IntoIterator<Item = String>) -> Vec<Person> {
    addresses.into_iter().map(|address| Person { key: plain_key(&address), address }).collect()
}

/// Bytes as a literal of the store's database.
pub(crate) fn blob(store: &Store, bytes: &[u8]) -> String {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    match store.place() {
        Place::Sqlite(_) => format!("x'{hex}'"),
        Place::Postgres(_) => format!("'\\x{hex}'::bytea"),
    }
}

const NOTICE: &str = r#"{"name":"Gartenfreunde","legal_person":false,"street":"Musterweg 1","postal_code":"12345","city":"Musterstadt","country":"Deutschland","email":"garten@shop.example","phone":"+49 30 1234567"}"#;

/// Founds account `n` with one running newsletter to `people`, all due at `due`, and returns it.
pub(crate) async fn found(store: &Store, n: i64, people: &[Person], due: i64, expires: i64) -> World {
    let mailing = 1000 + n;
    let mut text = String::new();
    let mut add = |statement: String| {
        text.push_str(&statement);
        text.push_str(";\n");
    };
    let key = |what: &str| blob(store, &plain_key(what));
    add(format!(
        "INSERT INTO account (id, name, language, time_zone, standing, standing_at, facts_version, sender_id, period, counting_since, legal_version, legal_review, policy_version, created_at)
         VALUES ({n}, 'Gartenfreunde {n}', 'de', 'Europe/Berlin', 0, 0, 1, 5, 1, 0, 1, 0, {}, 0)",
        policy::standing::POLICY_VERSION
    ));
    add(format!(
        "INSERT INTO sending_domain (account_id, id, name, platform, authenticated_at, found, created_at) VALUES ({n}, 6, 'shop{n}.example', FALSE, 1, '[]', 0)"
    ));
    add(format!(
        "INSERT INTO sender (account_id, id, address, address_key, display_name, domain_id, platform, proven_at, created_at)
         VALUES ({n}, 5, 'garten@shop{n}.example', {}, 'Gartenfreunde', 6, FALSE, 1, 0)",
        key(&format!("garten@shop{n}.example"))
    ));
    add(format!("INSERT INTO legal_notice (account_id, version, notice, created_at) VALUES ({n}, 1, '{NOTICE}', 0)"));
    add(format!(
        "INSERT INTO website (account_id, id, host, proof_token, proven_at, created_at) VALUES ({n}, 7, 'www.shop{n}.example', 't', 1, 0)"
    ));
    add(format!(
        "INSERT INTO topic (account_id, id, version, website_id, statement, state, submitted_at) VALUES ({n}, 8, 1, 7, 'Tips for growing vegetables in small gardens', 1, 0)"
    ));
    add(format!(
        "INSERT INTO mailing (account_id, id, kind, name, state, facts_version, topic_id, topic_version, subject, preheader, format, body, language, template_version,
            scheduled_at, cut_at, expanded_to, expanded, audience, delay_minutes, expiry_hours, created_at)
         VALUES ({n}, {mailing}, 1, 'May', 2, 1, 8, 1, 'Tomatoes in May', '', 'markdown', 'Hello {{{{ firstname | default(\"friend\") }}}}, plant them out now.', 'en', 1,
            {due}, {due}, 0, TRUE, {}, 0, 96, 0)",
        people.len()
    ));
    let mut contacts = Vec::new();
    for (at, person) in (0_i64..).zip(people) {
        let contact = ContactId::new(AccountId::from_raw(n), n * 100_000 + at).expect("fits");
        contacts.push(contact);
        let domain = person.address.rsplit('@').next().expect("an address");
        let id = contact.get();
        add(format!(
            "INSERT INTO contact (account_id, id, address, address_key, search, domain, language, fields, since, facts_version)
             VALUES ({n}, {id}, '{}', {}, '{}', '{domain}', 'en', '{{}}', 0, 1)",
            person.address,
            blob(store, &person.key),
            policy::search::folded(&person.address)
        ));
        add(format!(
            "INSERT INTO consent (account_id, contact_id, topic_id, topic_version, website_id, granted_at) VALUES ({n}, {id}, 8, 1, 7, 0)"
        ));
        add(format!(
            "INSERT INTO delivery (mailing_id, contact_id, account_id, state, domain, due_at, expires_at, attempt, deferrals, owner_beat, doubt, planned_at)
             VALUES ({mailing}, {id}, {n}, 0, '{domain}', {due}, {expires}, 0, 0, 0, FALSE, 0)"
        ));
    }
    script(store, &text).await.expect("a founded world");
    World { account: AccountId::from_raw(n), mailing: MailingId::from_raw(mailing), contacts }
}

/// A sign-up of account `n` that waits for its confirmation, and its notice; ids are `id`.
pub(crate) async fn sign_up(store: &Store, n: i64, id: i64, person: &Person, now: i64) -> ContactId {
    let signup = ContactId::new(AccountId::from_raw(n), id).expect("fits");
    let (contact, key, address) = (signup.get(), blob(store, &person.key), &person.address);
    let domain = address.rsplit('@').next().expect("an address");
    let text = format!(
        "INSERT INTO form (account_id, id, website_id, topic_id, name, language, version, open, created_at)
            SELECT {n}, {}, 7, 8, 'Footer', 'en', 1, TRUE, 0 WHERE NOT EXISTS (SELECT 1 FROM form WHERE account_id = {n});
         INSERT INTO signup (account_id, id, form_id, form_version, topic_id, topic_version, address, address_key, language, fields, ip, user_agent, form_url, sender_name, sender_address, submitted_at, expires_at, facts_version)
            VALUES ({n}, {contact}, {}, 1, 8, 1, '{address}', {key}, 'en', '{{}}', '192.0.2.1', 'test', '', '', '', {now}, {}, 1);
         INSERT INTO notice (id, account_id, purpose, person_id, address, address_key, domain, language, template, params, state, due_at, expires_at, attempt, deferrals, owner_beat, doubt, planned_at)
            VALUES ({id}, {n}, 3, {contact}, '{address}', {key}, '{domain}', 'en', 'confirmation', '{{}}', 0, {now}, {}, 0, 0, 0, FALSE, {now});",
        9000 + n,
        9000 + n,
        now + 259_200_000,
        now + 86_400_000,
    );
    script(store, &text).await.expect("a sign-up");
    signup
}
