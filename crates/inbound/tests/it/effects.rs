//! What each door does, proven at the memory.

use std::time::Duration;

use seals::LinkPurpose;
use store::conformance::script;
use store::inbox::ArrivedMail;
use testbench::reports::{Arf, Dsn, Forwarding, Original, auto_reply, forward_to_abuse};

use crate::bench::Bench;
use crate::world::{self, blob};

fn effect(kind: &str, effect: &str) -> (String, String) {
    (kind.to_owned(), effect.to_owned())
}

crate::both!(
    /// Proves R57, R58, B2, B3 and T8: a DSN excludes the address of our own return path, whatever
    /// it names; delays, answers of machines and forged paths change nothing.
    r57_b3_a_dsn_counts_for_whom_our_return_path_names,
    |bench: Bench| async move {
        let world = bench.found(1, &["ada@a.test", "bob@a.test"], 100).await;
        let path = bench.return_path(&world, 0, 1);
        let delayed = Dsn::delayed(&path, "ada@a.test", b"").build();
        assert!(bench.hand_in("", &path, &delayed).await.accepted());
        assert_eq!(bench.last().await, effect("dsn", "no failure"));
        let vacation = auto_reply("ada@a.test", &path, "<x@house.example>");
        assert!(bench.hand_in("ada@a.test", &path, &vacation).await.accepted());
        assert_eq!(bench.last().await, effect("auto_reply", "nothing"));
        assert_eq!(bench.count("SELECT COUNT(*) FROM contact").await, 2);
        // The DSN names a forward target; our path names Ada.
        let hard = Dsn::hard(&path, "target@elsewhere.test", b"").build();
        let since = bench.clock.reading();
        assert!(bench.hand_in("", &path, &hard).await.accepted());
        assert!(bench.clock.reading().elapsed_since(since) >= Duration::from_millis(1_000), "the answer waits for what began before");
        assert_eq!(bench.last().await, effect("dsn", "excluded"));
        assert!(bench.store.suppression(&[bench.key("ada@a.test")]).await.expect("an answer").is_some());
        assert!(bench.store.suppression(&[bench.key("target@elsewhere.test")]).await.expect("an answer").is_none());
        assert_eq!(bench.count("SELECT COUNT(*) FROM contact").await, 1);
        assert!(bench.hand_in("", &path, &hard).await.accepted());
        assert_eq!(bench.last().await, effect("dsn", "repeat"));
        let soft = Dsn::soft(&path, "bob@a.test", b"").build();
        assert!(bench.hand_in("", &bench.return_path(&world, 1, 1), &soft).await.accepted());
        assert_eq!(bench.last().await, effect("dsn", "counted_soft"));
    }
);

crate::both!(
    /// Proves R53 and R58: a bounce that came to the customer's own address and was passed on counts for the
    /// mail of ours that it returns, once, as one of three; one that returns none of ours changes nothing.
    r53_r58_a_passed_on_bounce_counts_by_our_own_ids_as_one_of_three,
    |bench: Bench| async move {
        let world = bench.found(1, &["ada@a.test"], 100).await;
        let to = "bounce@house.example";
        let sent = bench.sent(&world, 0);
        let text = String::from_utf8(sent).expect("text");
        // Only the Message-ID is left of our ids.
        let kept = |line: &&str| !line.starts_with("Return-Path") && !line.starts_with("CFBL") && !line.contains("/u/");
        let returned = text.split("\r\n").filter(kept).collect::<Vec<_>>().join("\r\n");
        let dsn = Dsn::hard("garten@shop1.example", "ada@a.test", returned.as_bytes()).build();
        assert!(bench.hand_in("garten@shop1.example", to, &dsn).await.accepted());
        assert_eq!(bench.last().await, effect("dsn", "counted_soft"));
        assert!(bench.hand_in("garten@shop1.example", to, &dsn).await.accepted());
        assert_eq!(bench.last().await, effect("dsn", "repeat"));
        assert_eq!(bench.count("SELECT COUNT(*) FROM soft_bounce").await, 1);
        assert!(bench.store.suppression(&[bench.key("ada@a.test")]).await.expect("an answer").is_none());
        let foreign = Dsn::hard("garten@shop1.example", "ada@a.test", b"Message-ID: <x.y@elsewhere.example>\r\n\r\nx\r\n").build();
        assert!(bench.hand_in("garten@shop1.example", to, &foreign).await.accepted());
        assert_eq!(bench.last().await, effect("dsn", "kept: names no mail of ours"));
        assert!(bench.hand_in("ada@a.test", to, b"From: <ada@a.test>\r\nSubject: hello\r\n\r\nHow are you?\r\n").await.accepted());
        assert_eq!(bench.last().await, effect("letter", "kept: no bounce"));
    }
);

crate::both!(
    /// Proves R57 for mail that was kept and not dealt with: read again it does what it would have done,
    /// once. A letter whose address alone is the wish is left alone.
    r57_a_kept_mail_is_read_again_and_does_its_work_once,
    |bench: Bench| async move {
        let world = bench.found(1, &["ada@a.test"], 100).await;
        let path = bench.return_path(&world, 0, 1);
        let kept = |recipient: &str, raw: Vec<u8>| ArrivedMail {
            received_at: bench.clock.now(),
            peer: "127.0.0.1".to_owned(),
            helo: "mx.a.test".to_owned(),
            mail_from: String::new(),
            recipient: recipient.to_owned(),
            raw,
        };
        let store = &bench.store;
        let settled = async |id| {
            store.read_mail_again(id, "Olga", bench.clock.now()).await.expect("planned");
            for _ in 0..200 {
                let mail = store.kept_mail(id).await.expect("one");
                if mail.again_at.is_none() {
                    return (mail.kind, mail.effect);
                }
                bench.clock.sleep(Duration::from_millis(100)).await;
            }
            panic!("nobody read it again");
        };
        let hard = Dsn::hard(&path, "ada@a.test", b"").build();
        let id = store.keep_mail(kept(&path, hard)).await.expect("kept");
        store.note_mail(id, "not_done", "store").await.expect("noted");
        assert_eq!(settled(id).await, effect("dsn", "excluded"));
        assert!(store.suppression(&[bench.key("ada@a.test")]).await.expect("an answer").is_some());
        assert_eq!(settled(id).await, effect("dsn", "repeat"));
        let lost = store.keep_mail(kept("b.nobody@b.house.example", b"x".to_vec())).await.expect("kept");
        assert_eq!(settled(lost).await, effect("not_done", "its address is not ours any more"));
    }
);

crate::both!(
    /// Proves R73–R77 (of R73 the spam button) and F5: a feedback report counts, whole or redacted,
    /// once, and the reporter is out of the book and in quarantine when it is answered.
    r74_r75_a_feedback_report_counts_once_however_redacted,
    |bench: Bench| async move {
        let world = bench.found(1, &["ada@a.test", "bob@a.test", "cy@a.test"], 10_000).await;
        let to = "fbl-provider@house.example";
        for at in 0..3 {
            let sent = bench.sent(&world, at);
            let path = bench.return_path(&world, at, 1);
            let mut report = Arf::abuse(to, &sent);
            match at {
                1 => {
                    report.redact = &["someone@a.test", "garten@shop1.example"];
                    report.incidents = Some(40);
                }
                2 => {
                    report.original = Original::Nothing;
                    report.original_mail_from = Some(&path);
                }
                _ => {}
            }
            for _ in 0..2 {
                assert!(bench.hand_in("feedback@provider.test", to, &report.build()).await.accepted());
                assert_eq!(bench.count("SELECT COUNT(*) FROM former_contact WHERE reason = 'complained'").await, i64::try_from(at).expect("small") + 1);
            }
            assert_eq!(bench.last().await, effect("report", "repeat"), "{at}");
        }
        let scores = bench.store.scores(world.account, bench.clock.now()).await.expect("scores");
        assert_eq!((scores.life.complaints(), bench.count("SELECT COUNT(*) FROM contact").await), (3, 0));
        let mut not_spam = Arf::abuse(to, b"");
        not_spam.feedback_type = "not-spam";
        assert!(bench.hand_in("feedback@provider.test", to, &not_spam.build()).await.accepted());
        assert_eq!(bench.last().await, effect("report", "set_aside"));
    }
);

crate::both!(
    /// Proves R73 (the mail to abuse@), R76, R78 and D4: fifty copies of one letter at once count one; forwarded as attachment,
    /// quoted or body only, each names its message.
    r78_letters_to_abuse_count_however_the_mail_is_forwarded,
    |bench: Bench| async move {
        let world = bench.found(1, &["ada@a.test", "bob@a.test", "cy@a.test"], 100_000).await;
        let to = "abuse@house.example";
        let ways = [Forwarding::Attached, Forwarding::Quoted, Forwarding::BodyOnly];
        for (at, how) in ways.into_iter().enumerate() {
            let letter = forward_to_abuse("ada@a.test", to, "I never asked for this.", &bench.sent(&world, at), how);
            let copies = if at == 0 { 50 } else { 1 };
            let mut tasks = tokio::task::JoinSet::new();
            for _ in 0..copies {
                let (address, letter) = (bench.address, letter.clone());
                tasks.spawn(async move { testbench::submit::submit(address, "ada@a.test", &[to], &letter).await });
            }
            for said in tasks.join_all().await {
                // Beyond the connections of one peer the others are told to come again.
                let said = said.expect("a dialog");
                assert!(said.accepted() || said.code() == 421, "{}", said.last_reply());
            }
            let scores = bench.store.scores(world.account, bench.clock.now()).await.expect("scores");
            assert_eq!(scores.life.complaints(), i64::try_from(at).expect("small") + 1, "{how:?}");
        }
        assert_eq!(bench.words("SELECT DISTINCT reason FROM former_contact").await, ["complained"]);
    }
);

crate::both!(
    /// Proves R35, R30 and R43: any mail from anybody to the mailbox unsubscribes, and counts nothing.
    r35_r43_any_mail_to_the_mailbox_unsubscribes,
    |bench: Bench| async move {
        let world = bench.found(1, &["ada@a.test"], 1_000).await;
        let mailbox = bench.mailbox(&world, 0);
        assert!(bench.hand_in("stranger@b.test", &mailbox.to_ascii_uppercase(), b"\r\n").await.accepted());
        assert_eq!(bench.last().await, effect("unsubscribe", "done"));
        assert!(bench.hand_in("", &mailbox, b"Subject: unsubscribe\r\n\r\n").await.accepted());
        assert_eq!(bench.last().await, effect("unsubscribe", "already"));
        assert_eq!(bench.words("SELECT reason FROM former_contact").await, ["unsubscribed"]);
        let scores = bench.store.scores(world.account, bench.clock.now()).await.expect("scores");
        assert_eq!(scores.life.complaints(), 0);
        let person = world::people(["new@a.test".to_owned()]);
        let signup = world::sign_up(&bench.store, 1, 500, &person[0], bench.clock.now().millis()).await;
        let local = bench.seals.unsubscribe_mailbox_local(signup.bits(), LinkPurpose::NotMeHeader).expect("fits");
        assert!(bench.hand_in("", &format!("{local}@u.house.example"), b"\r\n").await.accepted());
        assert_eq!((bench.count("SELECT COUNT(*) FROM signup").await, bench.count("SELECT COUNT(*) FROM signup_bar").await), (0, 1));
    }
);

crate::both!(
    /// Proves R91, R8 and M9: a genuine letter is answered with its case, once; a forged or
    /// automatic one never; a bare wish gets no plus one (D14).
    r91_r8_a_genuine_letter_is_answered_once,
    |bench: Bench| async move {
        let world = bench.found(1, &["ada@real.test", "bob@real.test"], 1_000).await;
        bench.genuine("real.test", "none");
        bench.forged("victim.test", "none");
        let to = "abuse@house.example";
        let letter = |from: &str, words: &str, extra: &str| {
            format!("From: <{from}>\r\nTo: <{to}>\r\nMessage-ID: <q.{}@{from}>\r\nSubject: Your mail\r\n{extra}\r\n{words}\r\n", words.len()).into_bytes()
        };
        let spam = "This sender sends me spam: garten@shop1.example, I never asked for it.";
        assert!(bench.hand_in("ada@real.test", to, &letter("ada@real.test", spam, "")).await.accepted());
        assert_eq!(bench.last().await, effect("letter", "remove_and_attribute, answered"));
        assert!(bench.hand_in("ada@real.test", to, &letter("ada@real.test", "And this is spam again.", "")).await.accepted());
        assert_eq!(bench.last().await, effect("letter", "case_only"), "one answer a week");
        assert!(bench.hand_in("eve@victim.test", to, &letter("eve@victim.test", spam, "")).await.accepted());
        assert_eq!(bench.last().await, effect("letter", "case_only"), "the answer would go to somebody else");
        let automatic = |word: &str| letter("cy@real.test", spam, &format!("Auto-Submitted: {word}\r\n"));
        assert!(bench.hand_in("cy@real.test", to, &automatic("auto-replied")).await.accepted());
        assert_eq!(bench.last().await, effect("auto_reply", "nothing"));
        assert!(bench.hand_in("cy@real.test", to, &automatic("auto-generated")).await.accepted());
        assert_eq!(bench.last().await, effect("letter", "case_only"), "a machine gets no answer");
        assert!(bench.hand_in("bob@real.test", to, &letter("bob@real.test", "Please unsubscribe me.", "")).await.accepted());
        assert_eq!(bench.last().await, effect("letter", "wish, answered"));
        assert_eq!(bench.words("SELECT reason FROM former_contact ORDER BY reason").await, ["complained", "unsubscribed"]);
        assert_eq!(bench.words("SELECT template FROM notice ORDER BY template").await, ["abuse", "abuse_wish"]);
        let scores = bench.store.scores(world.account, bench.clock.now()).await.expect("scores");
        assert_eq!(scores.life.complaints(), 0, "a person attributes first");
    }
);

crate::both!(
    /// Proves R91: each writer is answered, also where two letters about one mailing share a case.
    r91_letters_that_share_a_case_are_answered_each,
    |bench: Bench| async move {
        let people = ["ada@real.test", "bob@real.test"];
        let world = bench.found(1, &people, 100_000).await;
        bench.genuine("real.test", "none");
        let to = "abuse@house.example";
        for (at, who) in people.into_iter().enumerate() {
            let letter =
                forward_to_abuse(who, to, "I never asked for this.", &bench.sent(&world, at), Forwarding::Attached);
            assert!(bench.hand_in(who, to, &letter).await.accepted());
        }
        assert_eq!(bench.words("SELECT address FROM notice WHERE template = 'abuse' ORDER BY address").await, people);
    }
);

crate::both!(
    /// Proves D7 and R8: a letter to a platform address is passed on byte for byte, once; what goes
    /// in circles is not, and what its domain forbids is refused.
    r8_a_letter_to_a_platform_address_is_passed_on_unchanged,
    |bench: Bench| async move {
        let world = bench.found(1, &["ada@real.test"], 1).await;
        bench.genuine("real.test", "reject");
        bench.forged("strict.test", "reject");
        let platform = "garten-1@house.example";
        let text = format!(
            "INSERT INTO sender (account_id, id, address, address_key, display_name, domain_id, platform, forward_to, proven_at, created_at)
             VALUES (1, 9, '{platform}', {}, 'G', 6, TRUE, 'box@mail.test', 1, 0)",
            blob(&bench.store, bench.key(platform).as_bytes())
        );
        script(&bench.store, &text).await.expect("a sender");
        let letter = b"From: <ada@real.test>\r\nSubject: Re: Tomatoes\r\n\r\n\xffbytes..\r\n.as they are \r\n";
        for _ in 0..2 {
            assert!(bench.hand_in("ada@real.test", platform, letter).await.accepted());
        }
        assert_eq!(bench.last().await, effect("reply", "passed on before"));
        assert_eq!(bench.count("SELECT COUNT(*) FROM notice WHERE purpose = 8 AND address = 'box@mail.test'").await, 1);
        let kept = bench.count("SELECT CAST(length(stored) AS BIGINT) FROM notice WHERE purpose = 8").await;
        assert_eq!(usize::try_from(kept).expect("positive"), letter.len());
        let forbidden = bench.hand_in("eve@strict.test", platform, b"From: <eve@strict.test>\r\nSubject: x\r\n\r\nx\r\n").await;
        assert_eq!(forbidden.code(), 550, "{}", forbidden.last_reply());
        let loops = [
            ("", b"From: <ada@real.test>\r\nSubject: null\r\n\r\nx\r\n".to_vec()),
            (bench.return_path(&world, 0, 1).as_str(), b"From: <ada@real.test>\r\nSubject: own\r\n\r\nx\r\n".to_vec()),
            ("ada@real.test", [b"Received: x\r\n".repeat(31), b"From: <ada@real.test>\r\n\r\nx\r\n".to_vec()].concat()),
        ]
        .map(|(from, mail)| (from.to_owned(), mail));
        for (from, mail) in loops {
            assert!(bench.hand_in(&from, platform, &mail).await.accepted());
            assert!(bench.last().await.1.starts_with("dropped"), "{:?}", bench.last().await);
        }
        assert_eq!(bench.count("SELECT COUNT(*) FROM notice WHERE purpose = 8").await, 1);
        let machine = b"From: <ada@real.test>\r\nSubject: ticket 5\r\nAuto-Submitted: auto-generated\r\n\r\nWe got it.\r\n";
        assert!(bench.hand_in("ada@real.test", &bench.return_path(&world, 0, 1), machine).await.accepted());
        assert_eq!(bench.last().await, effect("auto_reply", "nothing"));
        // A person's letter to a return path goes to the account's own address, once.
        let path = bench.return_path(&world, 0, 1);
        for _ in 0..2 {
            assert!(bench.hand_in("ada@real.test", &path, b"From: <ada@real.test>\r\nSubject: Hello\r\n\r\nDear all\r\n").await.accepted());
        }
        assert_eq!(bench.count("SELECT COUNT(*) FROM notice WHERE purpose = 8 AND address = 'garten@shop1.example'").await, 1);
    }
);

crate::both!(
    /// Proves F11 and D6: an unsigned report at the CFBL address changes nothing; only a genuine
    /// letter of the address itself lifts its exclusion; a mail that cannot be read is kept.
    f11_what_is_not_proven_changes_nothing,
    |bench: Bench| async move {
        let world = bench.found(1, &["ada@real.test"], 1_000).await;
        bench.genuine("real.test", "none");
        let report = Arf::abuse("cfbl@house.example", &bench.sent(&world, 0)).build();
        assert!(bench.hand_in("feedback@provider.test", "cfbl@house.example", &report).await.accepted());
        assert_eq!(bench.last().await, effect("report", "case_only"));
        assert_eq!(bench.count("SELECT COUNT(*) FROM contact").await, 1);
        let path = bench.return_path(&world, 0, 1);
        assert!(bench.hand_in("", &path, &Dsn::hard(&path, "ada@real.test", b"").build()).await.accepted());
        let lift = b"From: <ada@real.test>\r\nSubject: works again\r\n\r\nPlease lift.\r\n";
        bench.forged("forged.test", "none");
        let other = b"From: <ada@forged.test>\r\nSubject: x\r\n\r\nPlease lift.\r\n";
        assert!(bench.hand_in("ada@forged.test", "lift@house.example", other).await.accepted());
        assert_eq!(bench.last().await, effect("lift", "not authentic"));
        assert!(bench.hand_in("ada@real.test", "lift@house.example", lift).await.accepted());
        assert_eq!(bench.last().await, effect("lift", "lifted"));
        assert!(bench.store.suppression(&[bench.key("ada@real.test")]).await.expect("an answer").is_none());
        assert_eq!(bench.count("SELECT COUNT(*) FROM contact").await, 0, "a lift only allows a new double opt-in");
    }
);

crate::both!(
    /// Proves R85 at the door: the third report of a thousand mails suspends before its 250.
    r85_the_third_report_suspends_before_its_answer,
    |bench: Bench| async move {
        let world = bench.found(1, &["a@a.test", "b@a.test", "c@a.test"], 1_000).await;
        for at in 0..3 {
            assert_eq!(bench.count("SELECT standing FROM account").await, 0, "{at}");
            let report = Arf::abuse("fbl@house.example", &bench.sent(&world, at)).build();
            assert!(bench.hand_in("feedback@provider.test", "fbl@house.example", &report).await.accepted());
        }
        assert_eq!(bench.count("SELECT standing FROM account").await, 1);
    }
);
