//! The scratch Postfix does what the tests of the product rely on.

use std::time::Duration;

use testbench::postfix::{Postfix, Users};
use testbench::provider::{Provider, ProviderConfig};
use testbench::submit::submit;

fn users(back: std::net::SocketAddr) -> Users {
    Users {
        mailboxes: vec!["ada@post.test".into()],
        busy: vec!["busy@post.test".into()],
        full: vec!["full@post.test".into()],
        late_domain: "late.test".into(),
        late_mailboxes: vec!["here@late.test".into()],
        relays: vec![("bounce.test".into(), back)],
    }
}

#[tokio::test]
async fn postfix_takes_refuses_and_bounces_as_in_earnest() {
    let back = Provider::start(ProviderConfig::default()).await.expect("starts");
    back.excuse("Postfix's own notifications");
    let postfix = match Postfix::start(&users(back.addr())) {
        Ok(postfix) => postfix,
        Err(error) => return testbench::not_run(error),
    };
    for (to, code) in [
        ("ada@post.test", 250),
        ("nobody@post.test", 550),
        ("busy@post.test", 452),
        ("full@post.test", 250),
        ("gone@late.test", 250),
        ("here@late.test", 250),
        ("x@elsewhere.test", 554),
    ] {
        let mail = b"Subject: hello\r\n\r\nhello\r\n";
        let done = submit(postfix.addr(), "b.1@bounce.test", &[to], mail).await.expect("a dialog");
        let replies = done.rcpt.iter().flatten().chain(&done.dot).cloned().collect::<Vec<_>>();
        let decisive = replies.iter().find(|line| !line.starts_with('2')).or(replies.last());
        assert!(decisive.is_some_and(|line| line.starts_with(&code.to_string())), "{to} {done:?}");
    }
    assert!(back.wait_for(2, Duration::from_secs(20)).await, "{}", postfix.log());
    let bounces = back.messages();
    for (status, to) in [("5.2.2", "full@post.test"), ("5.1.1", "gone@late.test")] {
        let about = |record: &&testbench::provider::Record| {
            let text = String::from_utf8_lossy(&record.bytes).into_owned();
            text.contains(&format!("Status: {status}")) && text.contains(to)
        };
        assert_eq!(bounces.iter().filter(about).count(), 1, "{status}");
    }
    assert!(bounces.iter().all(|record| record.mail_from.is_empty()));
    assert_eq!(postfix.mailbox("ada@post.test"), 1);
    assert_eq!(postfix.refusals().len(), 3);
    assert!(postfix.fates().iter().any(|fate| fate.to == "gone@late.test" && fate.dsn == "5.1.1"));
}
