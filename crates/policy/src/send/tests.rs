//! Proofs about the first question of the gate. Every rule is broken alone.

use proptest::prelude::*;

use super::*;
use crate::facts::{ConsentFacts, FactsVersions, InstallationFacts, OutsiderFacts, SenderFacts};
use crate::ids::{AccountId, ContactId, MailingId, SenderId, TagId, TopicId, TopicRef, UserId};
use crate::legal_notice::{LegalNotice, LegalNoticeFields, Review};
use mail_formats::address::EmailAddress;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const ACCOUNT: AccountId = AccountId::from_raw(7);
const TOPIC: TopicRef = TopicRef { topic: TopicId::from_raw(3), version: 2 };

fn address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).expect(text)
}

fn account() -> AccountFacts {
    let notice = LegalNotice::validate(LegalNoticeFields {
        name: "Erika Muster".into(),
        street: "Beispielweg 5".into(),
        city: "Musterstadt".into(),
        country: "Deutschland".into(),
        email: "erika@muster.example".into(),
        phone: "+49 30 1234567".into(),
        ..LegalNoticeFields::default()
    });
    AccountFacts {
        id: ACCOUNT,
        name: "Muster".into(),
        standing: Standing::Active,
        sender: Some(SenderFacts {
            id: SenderId::from_raw(1),
            address: address("erika@muster.example"),
            display_name: "Erika Muster".into(),
            proven: true,
            on_hold: false,
            domain_authenticated: true,
        }),
        legal_notice: Some(notice.expect("complete")),
        legal_review: Review::NotNeeded,
        legal_review_at: 500,
        contacts: 10,
        policy_accepted: true,
    }
}

fn mailing() -> MailingFacts {
    MailingFacts {
        id: MailingId::from_raw(11),
        state: MailingState::Running,
        topic: TOPIC,
        topic_approved: true,
        include: vec![],
        exclude: vec![],
        audience: 10,
        content: Arc::new(MailingContent {
            subject: "Tips".into(),
            preheader: String::new(),
            format: BodyFormat::Markdown,
            body: "Hello".into(),
            language: Language::En,
            template_version: 1,
        }),
    }
}

fn contact() -> ContactFacts {
    ContactFacts {
        id: ContactId::new(ACCOUNT, 42).expect("fits"),
        address: address("max@mail.example"),
        language: Language::De,
        fields: BTreeMap::new(),
        tags: vec![TagId::from_raw(1), TagId::from_raw(2)],
        consent: Some(ConsentFacts {
            topic: TOPIC,
            granted_at: NOW,
            site: "muster.example".into(),
            statement: "Tips for football training".into(),
        }),
    }
}

fn pending() -> PendingFacts {
    PendingFacts {
        id: ContactId::new(ACCOUNT, 43).expect("fits"),
        address: address("max@mail.example"),
        language: Language::De,
        site: "muster.example".into(),
        statement: "Tips for football training".into(),
        submitted_at: NOW,
        expires_at: NOW + std::time::Duration::from_secs(3 * 86_400),
        barred: false,
        ip: "192.0.2.7".into(),
    }
}

fn user() -> UserFacts {
    UserFacts {
        id: UserId::new(ACCOUNT, 2).expect("fits"),
        address: address("erika@muster.example"),
        language: Language::De,
        proven: true,
        tests_stopped: false,
    }
}

/// Facts under which a mail of this purpose leaves.
struct World {
    facts: SendFacts,
    account: AccountFacts,
    mailing: MailingFacts,
}

impl World {
    fn of(purpose: Purpose) -> Self {
        let outsider =
            || PersonFacts::Outsider(OutsiderFacts { address: address("x@mail.example"), language: Language::En });
        let person = match purpose {
            Purpose::Newsletter | Purpose::Autoresponder => PersonFacts::Contact(contact()),
            Purpose::Confirmation => PersonFacts::Pending(pending()),
            Purpose::TestMail | Purpose::AddressProof | Purpose::AccountNotice => PersonFacts::User(user()),
            Purpose::AbuseReply | Purpose::ForwardedReply => outsider(),
        };
        let facts = SendFacts {
            versions: FactsVersions { installation: 1, account: 1, mailing: 1, person: 1 },
            installation: InstallationFacts { sending_paused: false, frozen: false },
            account: None,
            mailing: None,
            person,
            suppressed: false,
        };
        Self { facts, account: account(), mailing: mailing() }
    }

    fn asks(mut self, purpose: Purpose) -> Result<(), Refusal> {
        self.facts.account = Some(Arc::new(self.account));
        self.facts.mailing = Some(Arc::new(self.mailing));
        may_send(purpose, &self.facts, NOW)
    }

    fn contact(&mut self) -> &mut ContactFacts {
        match &mut self.facts.person {
            PersonFacts::Contact(contact) => contact,
            other => panic!("{other:?} is no contact"),
        }
    }
}

fn refusal(purpose: Purpose, change: impl FnOnce(&mut World)) -> Option<Refusal> {
    let mut world = World::of(purpose);
    change(&mut world);
    world.asks(purpose).err()
}

const BULK: [Purpose; 2] = [Purpose::Newsletter, Purpose::Autoresponder];
/// Purposes that go out in the name of an account.
const OF_ACCOUNT: [Purpose; 4] =
    [Purpose::Newsletter, Purpose::Autoresponder, Purpose::Confirmation, Purpose::TestMail];

#[test]
fn r5_a_mail_that_keeps_every_rule_may_leave() {
    for purpose in Purpose::ALL {
        assert_eq!(refusal(purpose, |_| {}), None, "{purpose:?}");
    }
}

/// Proves R54 too: addresses that no longer exist stand on the exclusion list.
#[test]
fn r59_r60_r61_no_mail_of_any_purpose_goes_to_an_excluded_address() {
    for purpose in Purpose::ALL {
        assert_eq!(refusal(purpose, |w| w.facts.suppressed = true), Some(Refusal::Suppressed), "{purpose:?}");
    }
}

#[test]
fn a_paused_or_frozen_installation_sends_nothing() {
    for purpose in Purpose::ALL {
        let paused = refusal(purpose, |w| w.facts.installation.sending_paused = true);
        assert_eq!(paused, Some(Refusal::InstallationPaused));
        let frozen = refusal(purpose, |w| w.facts.installation.frozen = true);
        assert_eq!(frozen, Some(Refusal::InstallationFrozen));
    }
}

/// Proves R85: a suspension stops newsletters, autoresponders, confirmation mails and test mails.
#[test]
fn r85_r88_a_suspended_or_terminated_account_sends_nothing() {
    for purpose in OF_ACCOUNT {
        let suspended = refusal(purpose, |w| w.account.standing = Standing::Suspended);
        assert_eq!(suspended, Some(Refusal::AccountSuspended), "{purpose:?}");
        let terminated = refusal(purpose, |w| w.account.standing = Standing::Terminated);
        assert_eq!(terminated, Some(Refusal::AccountTerminated), "{purpose:?}");
    }
    for purpose in [Purpose::AccountNotice, Purpose::AbuseReply] {
        assert_eq!(refusal(purpose, |w| w.account.standing = Standing::Suspended), None, "{purpose:?}");
    }
}

/// Proves R7, R23, R45, R49, R53, R62: what an account must have before anything leaves in its name.
#[test]
fn r7_r45_r49_an_account_that_lacks_a_duty_sends_nothing() {
    type Change = fn(&mut World);
    let cases: &[(Change, Refusal)] = &[
        (|w| w.account.policy_accepted = false, Refusal::PolicyNotAccepted),
        (|w| w.account.sender = None, Refusal::NoSender),
        (|w| w.account.sender.as_mut().expect("set").proven = false, Refusal::SenderNotProven),
        (|w| w.account.sender.as_mut().expect("set").on_hold = true, Refusal::SenderOnHold),
        (|w| w.account.sender.as_mut().expect("set").domain_authenticated = false, Refusal::DomainNotAuthenticated),
        (|w| w.account.legal_notice = None, Refusal::NoLegalNotice),
    ];
    for purpose in OF_ACCOUNT {
        for (change, expected) in cases {
            assert_eq!(refusal(purpose, change), Some(expected.clone()), "{purpose:?}");
        }
    }
}

#[test]
fn r9_r10_without_consent_for_the_topic_nothing_leaves() {
    for purpose in BULK {
        let none = refusal(purpose, |w| w.contact().consent = None);
        assert_eq!(none, Some(Refusal::NoConsent));
        let other = TopicRef { topic: TopicId::from_raw(99), version: 2 };
        let other_topic = refusal(purpose, |w| w.mailing.topic = other);
        assert_eq!(other_topic, Some(Refusal::NoConsent));
        for person in [PersonFacts::NoContact, PersonFacts::Pending(pending()), PersonFacts::User(user())] {
            let refused = refusal(purpose, |w| w.facts.person = person.clone());
            assert_eq!(refused, Some(Refusal::NotAContact), "{person:?}");
        }
    }
}

/// Proves R82: a consent is bound to the version of the statement that was shown.
#[test]
fn r82_a_consent_never_serves_another_statement() {
    for version in [1, 3] {
        let topic = TopicRef { version, ..TOPIC };
        for purpose in BULK {
            let refused = refusal(purpose, |w| w.mailing.topic = topic);
            assert_eq!(refused, Some(Refusal::ConsentForOtherStatement));
        }
    }
    for purpose in [Purpose::Newsletter, Purpose::Autoresponder, Purpose::TestMail] {
        let refused = refusal(purpose, |w| w.mailing.topic_approved = false);
        assert_eq!(refused, Some(Refusal::TopicNotApproved));
    }
}

#[test]
fn r20_a_consent_for_one_account_never_serves_another() {
    for purpose in OF_ACCOUNT {
        let refused = refusal(purpose, |w| w.account.id = AccountId::from_raw(8));
        assert!(refused.is_some(), "{purpose:?}");
    }
    let refused = refusal(Purpose::Newsletter, |w| w.account.id = AccountId::from_raw(8));
    assert_eq!(refused, Some(Refusal::NotAContact));
}

#[test]
fn r31_tags_select_and_exclude() {
    let tag = TagId::from_raw;
    for purpose in BULK {
        assert_eq!(refusal(purpose, |w| w.mailing.include = vec![tag(9), tag(2)]), None, "one of them suffices");
        assert_eq!(refusal(purpose, |w| w.mailing.include = vec![tag(9)]), Some(Refusal::TagMissing));
        assert_eq!(refusal(purpose, |w| w.mailing.exclude = vec![tag(9)]), None);
        let both = refusal(purpose, |w| {
            w.mailing.include = vec![tag(1)];
            w.mailing.exclude = vec![tag(2)];
        });
        assert_eq!(both, Some(Refusal::TagExcluded), "exclusion is stronger");
    }
}

#[test]
fn only_a_running_mailing_sends_and_a_draft_may_be_tested() {
    for state in MailingState::ALL {
        let expected = match state {
            MailingState::Running => None,
            MailingState::Paused => Some(Refusal::MailingPaused),
            MailingState::Held => Some(Refusal::MailingHeld),
            _ => Some(Refusal::MailingNotRunning),
        };
        for purpose in BULK {
            assert_eq!(refusal(purpose, |w| w.mailing.state = state), expected, "{state:?}");
        }
        assert_eq!(refusal(Purpose::TestMail, |w| w.mailing.state = state), None, "{state:?}");
    }
    let mut facts = World::of(Purpose::Newsletter).facts;
    facts.account = Some(Arc::new(account()));
    assert_eq!(may_send(Purpose::Newsletter, &facts, NOW), Err(Refusal::MailingNotRunning));
    facts.mailing = Some(Arc::new(mailing()));
    facts.account = None;
    assert_eq!(may_send(Purpose::Newsletter, &facts, NOW), Err(Refusal::AccountTerminated));
}

#[test]
fn r48_sends_above_n_wait_for_the_review() {
    for review in Review::ALL {
        let above = |w: &mut World| {
            w.account.legal_review = review;
            w.account.contacts = 501;
            w.mailing.audience = 501;
        };
        let expected = (review != Review::Approved).then_some(Refusal::LegalNoticeUnderReview);
        for purpose in BULK {
            assert_eq!(refusal(purpose, above), expected, "{purpose:?} {review:?}");
        }
    }
    let small = refusal(Purpose::Newsletter, |w| {
        w.account.legal_review = Review::Open;
        w.account.contacts = 501;
        w.mailing.audience = 500;
    });
    assert_eq!(small, None, "a newsletter counts its audience");
    let autoresponder = refusal(Purpose::Autoresponder, |w| {
        w.account.contacts = 501;
        w.mailing.audience = 0;
    });
    assert_eq!(autoresponder, Some(Refusal::LegalNoticeUnderReview), "an autoresponder counts the contacts");
}

#[test]
fn r18_a_confirmation_mail_ends_with_its_sign_up() {
    let with = |change: fn(&mut PendingFacts)| {
        refusal(Purpose::Confirmation, |w| {
            let mut facts = pending();
            change(&mut facts);
            w.facts.person = PersonFacts::Pending(facts);
        })
    };
    assert_eq!(with(|p| p.expires_at = NOW), Some(Refusal::SignupTimedOut));
    assert_eq!(with(|p| p.barred = true), Some(Refusal::ConfirmationBarred));
    for person in [PersonFacts::NoPending, PersonFacts::Contact(contact()), PersonFacts::NoContact] {
        assert_eq!(refusal(Purpose::Confirmation, |w| w.facts.person = person), Some(Refusal::SignupGone));
    }
}

/// Proves R8 and D13: test mails go to proven users who did not stop them.
#[test]
fn r8_test_mails_go_to_proven_users_only() {
    let with = |proven, tests_stopped| {
        let facts = UserFacts { proven, tests_stopped, ..user() };
        refusal(Purpose::TestMail, |w| w.facts.person = PersonFacts::User(facts))
    };
    assert_eq!(with(true, false), None);
    assert_eq!(with(false, false), Some(Refusal::UserNotProven));
    assert_eq!(with(true, true), Some(Refusal::TestMailsStopped));
    let stranger = refusal(Purpose::TestMail, |w| w.facts.person = PersonFacts::Contact(contact()));
    assert_eq!(stranger, Some(Refusal::UserNotProven));
}

/// Platform mail is no way around consent: it never goes to contacts or sign-ups.
#[test]
fn r8_platform_mail_never_goes_to_contacts() {
    for purpose in [Purpose::AddressProof, Purpose::AccountNotice, Purpose::AbuseReply, Purpose::ForwardedReply] {
        for person in [PersonFacts::Contact(contact()), PersonFacts::Pending(pending()), PersonFacts::NoContact] {
            assert_eq!(refusal(purpose, |w| w.facts.person = person), Some(Refusal::NotAContact), "{purpose:?}");
        }
    }
}

/// The recipient's own will is named before any pause, and drops the row.
#[test]
fn r30_the_recipients_will_comes_before_every_hold() {
    let refused = refusal(Purpose::Newsletter, |w| {
        w.facts.installation.sending_paused = true;
        w.account.standing = Standing::Suspended;
        w.mailing.state = MailingState::Paused;
        w.facts.person = PersonFacts::NoContact;
    });
    assert_eq!(refused, Some(Refusal::NotAContact));
    assert_eq!(Refusal::NotAContact.effect(), crate::Effect::Drop);
}

/// One rule: whom it concerns, and how it is broken.
struct Rule {
    concerns: fn(Purpose) -> bool,
    broken: fn(&mut World),
}

fn any_purpose(_: Purpose) -> bool {
    true
}

fn of_account(purpose: Purpose) -> bool {
    OF_ACCOUNT.contains(&purpose)
}

fn bulk(purpose: Purpose) -> bool {
    BULK.contains(&purpose)
}

fn of_mailing(purpose: Purpose) -> bool {
    bulk(purpose) || purpose == Purpose::TestMail
}

fn change_contact(world: &mut World, change: fn(&mut ContactFacts)) {
    if let PersonFacts::Contact(contact) = &mut world.facts.person {
        change(contact);
    }
}

fn change_sender(world: &mut World, change: fn(&mut SenderFacts)) {
    world.account.sender.iter_mut().for_each(change);
}

/// Every rule of the first question, in no order. Changes that break two rules at once stand apart.
const RULES: &[Rule] = &[
    Rule { concerns: any_purpose, broken: |w| w.facts.suppressed = true },
    Rule { concerns: any_purpose, broken: |w| w.facts.installation.frozen = true },
    Rule { concerns: any_purpose, broken: |w| w.facts.installation.sending_paused = true },
    Rule { concerns: of_account, broken: |w| w.account.standing = Standing::Suspended },
    Rule { concerns: of_account, broken: |w| w.account.policy_accepted = false },
    Rule { concerns: of_account, broken: |w| change_sender(w, |s| s.proven = false) },
    Rule { concerns: of_account, broken: |w| change_sender(w, |s| s.on_hold = true) },
    Rule { concerns: of_account, broken: |w| change_sender(w, |s| s.domain_authenticated = false) },
    Rule { concerns: of_account, broken: |w| w.account.legal_notice = None },
    Rule { concerns: of_account, broken: |w| w.account.id = AccountId::from_raw(8) },
    Rule { concerns: of_mailing, broken: |w| w.mailing.topic_approved = false },
    Rule { concerns: bulk, broken: |w| w.mailing.state = MailingState::Paused },
    Rule { concerns: bulk, broken: |w| w.mailing.topic.version += 1 },
    Rule { concerns: bulk, broken: |w| w.mailing.exclude.push(TagId::from_raw(1)) },
    Rule { concerns: bulk, broken: |w| w.mailing.include.push(TagId::from_raw(9)) },
    Rule { concerns: bulk, broken: |w| change_contact(w, |c| c.consent = None) },
    Rule {
        concerns: bulk,
        broken: |w| {
            w.account.contacts = 501;
            w.mailing.audience = 501;
        },
    },
];

proptest! {
    /// However many rules are broken together, and whatever else is fine: a mail
    /// leaves exactly when no rule that concerns its purpose is broken.
    #[test]
    fn r8_r28_no_combination_of_facts_gets_around_a_rule(mask in 0u32..1 << RULES.len(), sparse in any::<u32>(), purpose in 0usize..Purpose::ALL.len()) {
        let purpose = Purpose::ALL[purpose];
        for mask in [mask, mask & sparse & (sparse >> 7), 1 << (mask as usize % RULES.len())] {
            let broken: Vec<&Rule> = (0..RULES.len()).filter(|bit| mask >> bit & 1 == 1).map(|bit| &RULES[bit]).collect();
            let mut world = World::of(purpose);
            broken.iter().for_each(|rule| (rule.broken)(&mut world));
            let may = !broken.iter().any(|rule| (rule.concerns)(purpose));
            prop_assert_eq!(world.asks(purpose).is_ok(), may, "{:?} {:b}", purpose, mask);
        }
    }
}
