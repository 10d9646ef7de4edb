//! One account with one reader, and a gate with fresh keys: what every test starts from.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use gate::{DomainSigners, Gate, House, KeyBytes, Released, SigningKeys};
use mail_formats::dkim::DkimKey;
use mail_formats::domainkeys::DomainKeysKey;
use mail_formats::{Domain, EmailAddress};
use policy::facts::{ConsentFacts, MailingState, SenderFacts};
use policy::legal_notice::{LegalNotice, LegalNoticeFields, Review};
use policy::send::BodyFormat;
use policy::{
    AccountFacts, AccountId, Candidate, ContactFacts, ContactId, Content, FactsVersions, InstallationFacts,
    MailingContent, MailingFacts, MailingId, NoticeContent, NoticeId, OutsiderFacts, PendingFacts, PersonFacts,
    Purpose, Refusal, RowId, SendFacts, SenderId, Standing, Timestamp, TopicId, TopicRef, UserFacts, UserId,
};
use seals::Seals;
use seals::fake::SeededDice;
use texts::Language;

/// 21 November 2026.
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_795_300_000_000);
pub(crate) const ACCOUNT: AccountId = AccountId::from_raw(7);
pub(crate) const AUTHOR: &str = "muster.example";
pub(crate) const PLATFORM: &str = "jawort.example";

pub(crate) fn address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).expect(text)
}

pub(crate) fn domain(text: &str) -> Domain {
    Domain::parse(text).expect(text)
}

pub(crate) fn house() -> House {
    House {
        public_url: "https://abcdefghijklmnopqrstuvwxyz.example".into(),
        bounce_domain: domain("bounce.jawort.example"),
        platform_domain: domain(PLATFORM),
        unsubscribe_domain: domain("bounce.jawort.example"),
        abuse_address: address("abuse@jawort.example"),
        cfbl_address: address("fbl@jawort.example"),
        feedback_sender_id: "jawort7".into(),
        operator_from: address("service@jawort.example"),
        operator_name: "Example Mail Service".into(),
        domainkeys: true,
    }
}

struct Made {
    keys: SigningKeys,
    zone: String,
    seals: Arc<Seals>,
}

static MADE: LazyLock<Made> = LazyLock::new(|| {
    let mut zone = String::new();
    let dice = SeededDice::new(5);
    let author = signers(AUTHOR, &dice, &mut zone);
    let platform = signers(PLATFORM, &dice, &mut zone);
    let (seals, _) = Seals::generate(&dice);
    let keys = SigningKeys { author: Some(author), platform: Some(platform) };
    Made { keys, zone, seals: Arc::new(seals) }
});

fn signers(name: &str, dice: &SeededDice, zone: &mut String) -> Arc<DomainSigners> {
    let (rsa, rsa_der) = DkimKey::generate_rsa().expect("key");
    let (ed, ed_der) = DkimKey::generate_ed25519().expect("key");
    let mut fill = |bytes: &mut [u8]| seals::Dice::fill(dice, bytes);
    let (dk, dk_der) = DomainKeysKey::generate(&mut fill).expect("key");
    for (selector, record) in [("r1", rsa.record()), ("e1", ed.record()), ("d1", dk.record())] {
        zone.push_str(&format!("{selector}._domainkey.{name}\t{}\n", record.expect("record")));
    }
    let key = |selector, pkcs8| KeyBytes { selector, pkcs8 };
    let signers =
        DomainSigners::from_pkcs8(domain(name), key("r1", &rsa_der), key("e1", &ed_der), Some(key("d1", &dk_der)));
    Arc::new(signers.expect("signers"))
}

pub(crate) fn keys() -> SigningKeys {
    MADE.keys.clone()
}

pub(crate) fn zone() -> &'static str {
    &MADE.zone
}

pub(crate) fn seals() -> Arc<Seals> {
    Arc::clone(&MADE.seals)
}

pub(crate) fn gate_of(house: House) -> Gate {
    Gate::new(house, seals(), Arc::new(SeededDice::new(9))).expect("a house that keeps its promises")
}

pub(crate) fn gate() -> Gate {
    gate_of(house())
}

pub(crate) fn legal_fields() -> LegalNoticeFields {
    LegalNoticeFields {
        name: "Musterbau".into(),
        legal_person: true,
        legal_form: "GmbH".into(),
        representative: "Erika Muster".into(),
        street: "Beispielweg 5".into(),
        postal_code: "12345".into(),
        city: "Musterstadt".into(),
        country: "Deutschland".into(),
        email: "post@muster.example".into(),
        phone: "+49 30 1234567".into(),
        contact_url: "https://muster.example/kontakt".into(),
        register: "Amtsgericht Musterstadt".into(),
        register_number: "HRB 1234".into(),
        ..LegalNoticeFields::default()
    }
}

pub(crate) fn account() -> AccountFacts {
    AccountFacts {
        id: ACCOUNT,
        name: "Müllers Gärten & Söhne".into(),
        standing: Standing::Active,
        sender: Some(SenderFacts {
            id: SenderId::from_raw(1),
            address: address("erika@muster.example"),
            display_name: "Erika Müster, Gärten".into(),
            proven: true,
            on_hold: false,
            domain_authenticated: true,
        }),
        legal_notice: Some(LegalNotice::validate(legal_fields()).expect("complete")),
        legal_review: Review::NotNeeded,
        legal_review_at: 500,
        contacts: 10,
        policy_accepted: true,
    }
}

pub(crate) fn content(format: BodyFormat, body: &str) -> MailingContent {
    MailingContent {
        subject: "Neues für {{ firstname | default(\"Sie\") }}".into(),
        preheader: "Kurz & gut".into(),
        format,
        body: body.into(),
        language: Language::De,
        template_version: 1,
    }
}

pub(crate) fn fields() -> BTreeMap<String, String> {
    [("firstname", "Jörg"), ("city", "Bonn")].into_iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect()
}

pub(crate) fn contact_id() -> ContactId {
    ContactId::new(ACCOUNT, 4711).expect("fits")
}

/// A candidate with its facts; change what a test is about.
#[derive(Clone)]
pub(crate) struct Mail {
    pub(crate) candidate: Candidate,
    pub(crate) facts: SendFacts,
}

impl Mail {
    /// The same mail to another contact, so that its Message-ID is its own.
    pub(crate) fn to(&mut self, number: usize) {
        let id = ContactId::new(ACCOUNT, 10_000 + i64::try_from(number).expect("small")).expect("fits");
        self.candidate.row = RowId::Delivery { mailing: MailingId::from_raw(11), contact: id };
        if let PersonFacts::Contact(contact) = &mut self.facts.person {
            contact.id = id;
        }
    }

    pub(crate) fn release(self, gate: &Gate) -> Result<Released, Refusal> {
        gate.release(self.candidate, &self.facts, &keys(), NOW)
    }

    pub(crate) fn bytes(self, gate: &Gate) -> Vec<u8> {
        let purpose = self.candidate.purpose;
        self.release(gate).unwrap_or_else(|refusal| panic!("{purpose:?}: {refusal}")).spend().1
    }
}

fn facts(person: PersonFacts, content: Option<MailingContent>) -> SendFacts {
    let mailing = content.map(|content| {
        Arc::new(MailingFacts {
            id: MailingId::from_raw(11),
            state: MailingState::Running,
            topic: TopicRef { topic: TopicId::from_raw(3), version: 2 },
            topic_approved: true,
            include: vec![],
            exclude: vec![],
            audience: 10,
            content: Arc::new(content),
        })
    });
    SendFacts {
        versions: FactsVersions { installation: 1, account: 2, mailing: 3, person: 4 },
        installation: InstallationFacts { sending_paused: false, frozen: false },
        account: Some(Arc::new(account())),
        mailing,
        person,
        suppressed: false,
    }
}

pub(crate) fn contact() -> ContactFacts {
    ContactFacts {
        id: contact_id(),
        address: address("reader@leser.example"),
        language: Language::De,
        fields: fields(),
        tags: vec![],
        consent: Some(ConsentFacts {
            topic: TopicRef { topic: TopicId::from_raw(3), version: 2 },
            granted_at: NOW,
            site: "muster.example".into(),
            statement: "Tipps für den Garten im Lauf der Jahreszeiten".into(),
        }),
    }
}

pub(crate) fn user() -> UserFacts {
    UserFacts {
        id: UserId::new(ACCOUNT, 9).expect("fits"),
        address: address("erika@muster.example"),
        language: Language::En,
        proven: true,
        tests_stopped: false,
    }
}

pub(crate) fn newsletter(content: MailingContent) -> Mail {
    let facts = facts(PersonFacts::Contact(contact()), Some(content));
    let content = Content::Mailing(Arc::clone(&facts.mailing.as_ref().expect("set").content));
    let row = RowId::Delivery { mailing: MailingId::from_raw(11), contact: contact_id() };
    Mail { candidate: Candidate { row, purpose: Purpose::Newsletter, attempt: 1, content }, facts }
}

pub(crate) fn autoresponder(content: MailingContent) -> Mail {
    let mut mail = newsletter(content);
    mail.candidate.purpose = Purpose::Autoresponder;
    mail
}

pub(crate) fn test_mail(content: MailingContent) -> Mail {
    let mut mail = newsletter(content);
    mail.candidate.purpose = Purpose::TestMail;
    mail.candidate.row = RowId::Notice(NoticeId::from_raw(21));
    mail.facts.person = PersonFacts::User(user());
    mail
}

pub(crate) fn pending() -> PendingFacts {
    PendingFacts {
        id: ContactId::new(ACCOUNT, 4712).expect("fits"),
        address: address("new@leser.example"),
        language: Language::De,
        site: "muster.example".into(),
        statement: "Tipps für den Garten im Lauf der Jahreszeiten".into(),
        submitted_at: NOW,
        expires_at: NOW + std::time::Duration::from_secs(3 * 86_400),
        barred: false,
        ip: "192.0.2.7".into(),
    }
}

pub(crate) fn notice(purpose: Purpose, template: &str, values: &[(&str, &str)], person: PersonFacts) -> Mail {
    let values = values.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    let content = Content::Notice(NoticeContent { template: template.into(), values });
    let number = 30 + purpose.number();
    let candidate = Candidate { row: RowId::Notice(NoticeId::from_raw(number)), purpose, attempt: 3, content };
    Mail { candidate, facts: facts(person, None) }
}

pub(crate) fn confirmation() -> Mail {
    notice(Purpose::Confirmation, "confirmation", &[], PersonFacts::Pending(pending()))
}

pub(crate) fn abuse_reply() -> Mail {
    let outsider = OutsiderFacts { address: address("somebody@leser.example"), language: Language::De };
    let values = [("case", "A-17"), ("in_reply_to", "<x.1@leser.example>")];
    let mut mail = notice(Purpose::AbuseReply, "abuse", &values, PersonFacts::Outsider(outsider));
    mail.facts.account = None;
    mail
}

pub(crate) fn address_proof() -> Mail {
    let values = [("account", "Müllers Gärten"), ("address", "erika@muster.example"), ("until", "24. November 2026")];
    notice(Purpose::AddressProof, "prove_user", &values, PersonFacts::User(user()))
}

pub(crate) fn account_notice() -> Mail {
    let values = [("account", "Müllers Gärten"), ("reason", "Ein Grund\n<b>"), ("case", "A-17")];
    notice(Purpose::AccountNotice, "suspended", &values, PersonFacts::User(user()))
}

pub(crate) const HTML: &str = "<!DOCTYPE html>\n<html><head><title>x</title><style>.h{color:#006600}</style></head>\n\
<body bgcolor=\"#eeeeee\" style=\"font-family:Georgia\">\n<table role=\"presentation\"><tr><td class=h>Hallo {{ firstname | default(\"Sie\") }}!\n\
<p>Ein Absatz mit <a href=\"https://muster.example/a?n={{ firstname }}&amp;x=1\">Link</a>\n<!-- Notiz -->\n\
{% if city == \"Bonn\" %}<p>In Bonn.</p>{% else %}<p>Anderswo.</p>{% endif %}\n\
<img src=\"https://muster.example/b.png\" alt=\"Bild\"></td></tr></table>\n</body></html>\n";

pub(crate) const MARKDOWN: &str = "# Hallo {{ firstname | default(\"Sie\") }}\n\nEin *Absatz* mit [Link](https://muster.example/a).\n\n\
- eins\n- zwei\n\n{% if city %}Gruß nach {{ city }}.{% endif %}\n";

pub(crate) fn html(body: &str) -> MailingContent {
    content(BodyFormat::Html, body)
}

pub(crate) fn markdown(body: &str) -> MailingContent {
    content(BodyFormat::Markdown, body)
}

/// A mail of every kind, with the word by which the judge knows its purpose.
pub(crate) fn every_kind() -> Vec<(&'static str, Mail)> {
    let english = MailingContent { language: Language::En, ..html(HTML) };
    let mut platform_sender = newsletter(markdown(MARKDOWN));
    let mut account = account();
    account.sender.as_mut().expect("set").address = address("gaerten@jawort.example");
    platform_sender.facts.account = Some(Arc::new(account));
    vec![
        ("newsletter", newsletter(html(HTML))),
        ("newsletter", newsletter(markdown(MARKDOWN))),
        ("newsletter", newsletter(english)),
        ("newsletter", platform_sender),
        ("autoresponder", autoresponder(html(HTML))),
        ("test", test_mail(html(HTML))),
        ("confirmation", confirmation()),
        ("system", address_proof()),
        ("system", account_notice()),
        ("reply", abuse_reply()),
    ]
}
