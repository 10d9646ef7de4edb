//! The table of replies, and the corpus.

use super::*;
use proptest::prelude::*;

fn at(stage: Stage, text: &str) -> Verdict {
    classify(&Reply::from_diagnostic(text), stage, None)
}

fn class(text: &str) -> Class {
    at(Stage::Rcpt, text).class
}

/// Proves R56, B4: what says that the address is gone for good is hard.
#[test]
fn r56_b4_addresses_that_are_gone_are_hard() {
    for text in [
        "550 5.1.1 whatever",
        "550 5.1.2 whatever",
        "553 5.1.3 whatever",
        "551 5.1.6 whatever",
        "556 5.1.10 whatever",
        "550 5.2.1 whatever",
        "525 5.7.13 whatever",
        "550 5.7.17 whatever",
        "550 5.7.18 whatever",
        "550 User unknown",
        "550 No such user here",
        "550 5.0.0 Benutzer unbekannt",
        "550 5.4.1 Recipient address rejected: Access denied [X.mail.protection.outlook.com]",
        "521 host takes no mail",
    ] {
        assert_eq!(class(text), Class::Hard, "{text}");
        assert!(at(Stage::Rcpt, text).counts_against_address, "{text}");
    }
}

/// Proves R58, B6: what may pass is soft, also Gmail's "out of storage and inactive".
#[test]
fn r58_b6_what_may_pass_is_soft() {
    for text in [
        "552 5.2.2 whatever",
        "550 5.0.0 user over quota",
        "452 4.2.2 mailbox full",
        "552-5.2.2 The recipient's inbox is out of storage space and inactive. gsmtp",
        "550-5.2.1 The user you are trying to contact is receiving mail at a rate that gsmtp",
        "554 4.4.7 message expired",
        "550 5.4.6 routing loop",
    ] {
        assert_eq!(class(text), Class::Soft, "{text}");
    }
    assert_eq!(class("550-5.2.1 The email account is inactive. gsmtp"), Class::Hard);
}

/// Proves B5, B6: a block of ours never touches an address, whatever else the reply says.
#[test]
fn b5_b6_blocks_and_content_never_count_against_an_address() {
    for text in [
        "550 5.7.1 rejected",
        "550 5.7.26 unauthenticated",
        "550 5.7.515 Access denied, sending domain does not meet the required level",
        "554 5.7.1 Client host rejected: blocked using zen.example",
        "550 5.1.1 <a@example.com> - 192.0.2.1 has sent to too many recipients this hour",
        "553 https://www.spamhaus.org/query/bl?ip=192.0.2.1",
        "550 5.1.8 sender address rejected",
        "550 5.1.7 bad sender",
        "421 4.7.28 unusual rate gsmtp",
        "451 4.7.1 Greylisted, try again in 5 minutes",
        "552 5.3.4 message too large",
        "554 5.6.0 bad content",
        "550 5.6.7 address not international",
        "501 5.5.4 syntax",
        "550 SPF check failed: no such user may send",
    ] {
        assert!(!at(Stage::Rcpt, text).counts_against_address, "{text}: {:?}", at(Stage::Rcpt, text));
    }
    for text in ["550 5.1.1 user unknown", "550 no such user", "550 rejected", "554 denied"] {
        assert!(!at(Stage::Mail, text).counts_against_address, "{text}");
    }
    for text in ["554 denied", "554 no", "550 go away"] {
        assert!(!at(Stage::Connect, text).counts_against_address, "{text}");
        assert!(!at(Stage::Data, text).counts_against_address, "{text}");
    }
}

/// Proves B4: a 4yz reply is never hard, whatever its words.
#[test]
fn b4_a_deferral_is_never_hard() {
    for text in ["450 4.1.1 user unknown", "450 user unknown", "451 4.1.2 unknown domain", "4.2.1 disabled"] {
        assert_ne!(class(text), Class::Hard, "{text}");
    }
    assert_eq!(class("451 4.3.0 try later"), Class::Transient);
    assert_eq!(class("421 closing"), Class::Transient);
    assert_eq!(class("451 4.7.1 greylisting in action"), Class::Greylist);
    assert_eq!(class("421 4.7.0 too many connections"), Class::Rate);
}

/// Proves D5, B6: what expires for the receiver's reasons is soft, for ours it is not.
#[test]
fn d5_b6_expiry_counts_only_what_was_not_our_fault() {
    assert_eq!(Class::Transient.when_expired(), Class::Soft);
    assert_eq!(Class::Greylist.when_expired(), Class::Soft);
    assert_eq!(Class::Rate.when_expired(), Class::Rate);
    assert_eq!(Class::Policy.when_expired(), Class::Policy);
    assert_eq!(Class::Message.when_expired(), Class::Message);
}

/// Proves the collision of REQUIREMENTS 6.2: one status, two meanings.
#[test]
fn b4_providers_are_asked_before_the_registry() {
    let reply = Reply::from_diagnostic("550 5.7.27 refused");
    assert_eq!(classify(&reply, Stage::Data, Some("google")).reason, Reason::Authentication);
    assert_eq!(classify(&reply, Stage::Data, None).reason, Reason::SenderRefused);
    let reply = Reply::from_diagnostic("550 5.7.29 refused");
    assert_eq!(classify(&reply, Stage::Data, Some("google")).reason, Reason::Tls);
    assert_eq!(classify(&reply, Stage::Data, None).reason, Reason::Authentication);
    assert_eq!(provider_of_host("gmail-smtp-in.l.google.com."), Some("google"));
    assert_eq!(provider_of_host("notgoogle.com"), None);
}

/// Proves B4: every status that IANA has registered gets a class with a reason.
#[test]
fn b4_every_registered_status_is_known() {
    let registered: &[(u16, u16)] = &[(1, 10), (2, 4), (3, 6), (4, 7), (5, 6), (6, 10), (7, 30)];
    for &(subject, last) in registered {
        for detail in 1..=last {
            for digit in [4_u8, 5] {
                let reply =
                    Reply::new(u16::from(digit) * 100 + 50, Some(EnhancedStatus::new(digit, subject, detail)), "x");
                let verdict = classify(&reply, Stage::Rcpt, None);
                let vague = (subject, detail) == (1, 4);
                assert!(vague || verdict.reason != Reason::Unknown, "{digit}.{subject}.{detail}");
                assert!(!(digit == 4 && verdict.class == Class::Hard), "{digit}.{subject}.{detail}");
                let ours = matches!(subject, 6 | 7) && !matches!(detail, 13 | 17 | 18) || subject == 5;
                assert!(!(ours && verdict.counts_against_address), "{digit}.{subject}.{detail}");
            }
        }
    }
}

proptest! {
    #[test]
    fn any_reply_gets_a_verdict(code in 200_u16..600, text in any::<String>(), quoted in any::<String>()) {
        for stage in [Stage::Connect, Stage::Mail, Stage::Rcpt, Stage::Data, Stage::Report] {
            let verdict = classify(&Reply::new(code, None, &text), stage, Some("google"));
            prop_assert!(!verdict.counts_against_address || matches!(verdict.class, Class::Hard | Class::Soft));
            prop_assert!(code >= 500 || verdict.class != Class::Hard);
            let _ = classify(&Reply::from_diagnostic(&quoted), stage, None);
        }
    }
}
