//! The fake mailbox provider: each fault, and what is put down of it.

use std::time::Duration;

use testbench::dialog;
use testbench::provider::{Behaviour, Close, Provider, ProviderConfig, Reply, Scope, TlsFault};
use testbench::submit::submit;

const LIMIT: Duration = Duration::from_secs(20);
const MAIL: &[u8] = b"Subject: x\r\n\r\n.dot\r\n..two\r\nend\r\n";

async fn provider() -> Provider {
    started(ProviderConfig::default()).await
}

async fn started(config: ProviderConfig) -> Provider {
    let provider = Provider::start(config).await.expect("a port is free");
    provider.excuse("these tests make their mails up");
    provider
}

#[tokio::test]
async fn an_accepted_mail_is_recorded_byte_for_byte_with_its_instants_in_order() {
    let provider = provider().await;
    let done = submit(provider.addr(), "a@x.test", &["b@y.test"], MAIL).await.expect("a dialog");
    assert!(done.accepted(), "{done:?}");
    let records = provider.records();
    let [record] = records.as_slice() else { panic!("{records:?}") };
    assert_eq!(&*record.bytes, MAIL);
    assert_eq!((record.mail_from.as_str(), record.size), ("a@x.test", MAIL.len()));
    assert!(record.completed && record.accepted && record.is_message_for("B@y.test"));
    assert!(!record.early_content && !record.past_dot && !record.tls);
    let instants = [
        Some(record.mail_ns),
        Some(record.recipients[0].rcpt_ns),
        record.data_ns,
        record.go_ahead_ns,
        record.first_byte_ns,
        record.dot_ns,
        record.reply_ns,
    ];
    assert!(instants.iter().all(Option::is_some), "{record:?}");
    assert!(instants.is_sorted(), "{record:?}");
}

#[tokio::test]
async fn each_stage_refuses_as_scripted_and_only_for_whom_it_should() {
    let provider = provider().await;
    let set = |domain: &str, behaviour| {
        provider.set_behaviour(Scope::Domain(domain.into()), behaviour);
    };
    set("hard.test", Behaviour::hard());
    set("soft.test", Behaviour::soft());
    set("data.test", Behaviour::at_data("451 4.3.0 not now"));
    set("dot.test", Behaviour::policy());
    set("grey.test", Behaviour::greylist());
    for (domain, code, completed) in [
        ("hard.test", 550, false),
        ("soft.test", 452, false),
        ("data.test", 451, false),
        ("dot.test", 554, true),
        ("grey.test", 451, false),
        ("grey.test", 250, true),
        ("fine.test", 250, true),
    ] {
        let before = provider.completed();
        let to = format!("u@{domain}");
        let done = submit(provider.addr(), "a@x.test", &[&to], MAIL).await.expect("a dialog");
        assert_eq!(done.code(), code, "{domain}");
        assert_eq!(provider.completed() > before, completed, "{domain}");
    }
    let accepted = provider.records().iter().filter(|record| record.accepted).count();
    assert_eq!(accepted, 2);
}

#[tokio::test]
async fn a_connection_refused_at_the_door_and_at_mail_tells_its_code() {
    let provider = provider().await;
    provider.set_behaviour(Scope::All, Behaviour::at_connect("421 4.3.2 busy"));
    let done = submit(provider.addr(), "a@x.test", &["b@y.test"], MAIL).await.expect("a dialog");
    assert_eq!(done.code(), 421);
    let mut mail = Behaviour::at_mail("451 4.7.0 later");
    mail.split = true;
    provider.set_behaviour(Scope::Listener(provider.addr().ip()), mail);
    let done = submit(provider.addr(), "a@x.test", &["b@y.test"], MAIL).await.expect("a dialog");
    assert_eq!(done.code(), 451);
}

#[tokio::test]
async fn every_point_of_closing_is_on_record_as_what_it_was() {
    let provider = provider().await;
    for (number, close) in
        [Close::AtRcpt, Close::AtData, Close::InData(4), Close::AfterDot, Close::AfterReply].into_iter().enumerate()
    {
        let to = format!("u{number}@y.test");
        provider.set_behaviour(Scope::Address(to.clone()), Behaviour::closing(close));
        let done = submit(provider.addr(), "a@x.test", &[&to], MAIL).await;
        assert_eq!(done.is_ok(), close == Close::AfterReply, "{close:?}");
        assert!(provider.wait_ended(number + 1, LIMIT).await);
        let record = provider.records().pop().expect("a record");
        assert_eq!(record.recipients[0].address, to);
        let completed = matches!(close, Close::AfterDot | Close::AfterReply);
        assert_eq!(record.completed, completed, "{close:?}");
        assert_eq!(record.accepted, close == Close::AfterReply, "{close:?}");
        assert_eq!(record.dot_ns.is_some(), completed, "{close:?}");
    }
    for close in [Close::AtConnect, Close::AtEhlo, Close::AtMail] {
        provider.set_behaviour(Scope::All, Behaviour::closing(close));
        assert!(submit(provider.addr(), "a@x.test", &["b@y.test"], MAIL).await.is_err());
    }
}

#[tokio::test]
async fn faults_of_a_sender_that_pipelines_too_far_are_seen() {
    let provider = provider().await;
    dialog::run(
        provider.addr(),
        r"S: 220*
          C: EHLO a.test
          S: 250*
          S- 250-PIPELINING
          C> MAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\nDATA\r\nSubject: early\r\n\r\nx\r\n.\r\nNOOP\r\n
          S: 250*
          S: 250*
          S: 354*
          S: 250 2.0.0 kept
          S: 250*still*
          C: QUIT
          S: 221*
          END",
    )
    .await
    .expect("as scripted");
    let record = provider.messages().pop().expect("a message");
    assert!(record.early_content && record.past_dot, "{record:?}");
}

#[tokio::test]
async fn bare_line_ends_do_not_end_a_message_here() {
    let provider = provider().await;
    dialog::run(
        provider.addr(),
        r"S: 220*
          C: HELO a.test
          S: 250*
          C: MAIL FROM:<>
          S: 250*
          C: RCPT TO:<b@y.test>
          S: 250*
          C: DATA
          S: 354*
          C> a\n.\nb\r\n.\rc\n.\r\nd\r\n.\r\n
          S: 250*kept",
    )
    .await
    .expect("as scripted");
    let record = provider.messages().pop().expect("a message");
    assert_eq!(&*record.bytes, b"a\n.\nb\r\n\rc\n.\r\nd\r\n");
}

#[tokio::test]
async fn starttls_works_and_its_faults_are_faults() {
    let provider = provider().await;
    let secure = r"S: 220*
        C: EHLO a.test
        S: 250*
        S- 250-STARTTLS
        C: STARTTLS
        S: 220*
        TLS
        C: EHLO a.test
        S: 250*
        S! 250-STARTTLS
        C: MAIL FROM:<a@x.test>
        S: 250*
        C: RSET
        S: 250*";
    dialog::run(provider.addr(), secure).await.expect("TLS");
    assert!(provider.records().pop().expect("a transaction").tls);
    for fault in [TlsFault::Refused, TlsFault::Closed, TlsFault::Garbage] {
        let behaviour = Behaviour { tls: fault, ..Behaviour::default() };
        provider.set_behaviour(Scope::All, behaviour);
        let error = dialog::run(provider.addr(), secure).await.expect_err("a fault");
        assert!((6..=7).contains(&error.line), "{fault:?}: {error}");
    }
}

#[tokio::test]
async fn stopping_puts_down_what_was_open_and_counts_connections() {
    let provider = provider().await;
    let address = provider.addr();
    let slow = Behaviour { dot_delay_ms: 600_000, ..Behaviour::default() };
    provider.set_behaviour(Scope::Domain("slow.test".into()), slow);
    let sender = tokio::spawn(async move { submit(address, "a@x.test", &["b@slow.test"], MAIL).await });
    let open = tokio::spawn(async move {
        dialog::run(address, "S: 220*\nC: EHLO a\nS: 250*\nC: MAIL FROM:<o@x.test>\nS: 250*\nEND").await
    });
    let begun = async {
        while provider.open_connections() < 2 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LIMIT, begun).await.expect("both connect");
    assert!(provider.wait_for(1, LIMIT).await, "the dot came");
    assert_eq!((provider.connections(), provider.most_open_connections()), (2, 2));
    let records = provider.stop().await;
    let complete: Vec<_> = records.iter().filter(|record| record.completed).collect();
    let [unanswered] = complete.as_slice() else { panic!("{records:?}") };
    assert!(unanswered.is_message_for("b@slow.test") && unanswered.reply_ns.is_none());
    assert!(sender.await.expect("no panic").is_err());
    let _ = open.await.expect("no panic");
}

#[tokio::test]
async fn huge_and_foreign_replies_go_out_as_given() {
    let provider = provider().await;
    let huge = Reply::Huge { code: 550, lines: 5000, width: 100 };
    let behaviour = Behaviour { rcpt: Some(huge), ..Behaviour::default() };
    provider.set_behaviour(Scope::Address("h@y.test".into()), behaviour);
    let done = submit(provider.addr(), "a@x.test", &["h@y.test"], MAIL).await.expect("a dialog");
    assert_eq!(done.rcpt[0].len(), 5000);
    let garbage = Reply::Bytes(b"250 \xff\xfe\x00 ok\r\n".to_vec());
    let behaviour = Behaviour { dot: Some(garbage), ..Behaviour::default() };
    provider.set_behaviour(Scope::Address("g@y.test".into()), behaviour);
    let done = submit(provider.addr(), "a@x.test", &["g@y.test"], MAIL).await.expect("a dialog");
    assert!(done.accepted());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_senders_at_once_are_all_recorded_once() {
    let provider = provider().await;
    let address = provider.addr();
    let mut all = tokio::task::JoinSet::new();
    for n in 0..300 {
        all.spawn(async move {
            let to = format!("u{n}@y.test");
            submit(address, "a@x.test", &[&to], MAIL).await.expect("a dialog").accepted()
        });
    }
    while let Some(done) = all.join_next().await {
        assert!(done.expect("no panic"));
    }
    let mut to: Vec<String> =
        provider.messages().into_iter().map(|record| record.recipients[0].address.clone()).collect();
    to.sort();
    to.dedup();
    assert_eq!((provider.completed(), to.len()), (300, 300));
}
