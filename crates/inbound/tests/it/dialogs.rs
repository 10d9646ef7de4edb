//! The dialog: what is offered, what is refused, and what no sequence of bytes gets through.

use store::inbox::Shown;
use testbench::dialog;
use tokio::io::AsyncReadExt as _;

use crate::bench::{Bench, run};

async fn play(bench: &Bench, script: &str) {
    if let Err(error) = dialog::run(bench.address, script).await {
        panic!("{error}");
    }
}

/// Proves T2, T3, T8 and T11: the doors that are there, and nothing about others.
#[test]
fn t8_t11_the_doors_are_these_and_no_others() {
    run(async {
        let bench = Bench::sqlite(|_| {}).await;
        let world = bench.found(1, &["ada@a.test"], 1).await;
        let (path, mailbox) = (bench.return_path(&world, 0, 1), bench.mailbox(&world, 0));
        let mut forged = path.clone();
        forged.replace_range(5..6, if &path[5..6] == "a" { "b" } else { "a" });
        let upper = path.to_ascii_uppercase();
        play(
            &bench,
            &format!(
                "S: 220 mx.house.example*
                C: MAIL FROM:<>
                S: 503*
                C: EHLO mx.a.test
                S: 250*
                S- 250-PIPELINING
                S- 250-SIZE 10485760
                S- 250-STARTTLS
                S! *VRFY*
                S! *CHUNKING*
                C: VRFY root
                S: 252*
                C: EXPN all
                S: 252*
                C: RCPT TO:<abuse@house.example>
                S: 503*
                C: MAIL FROM:<> SIZE=99999999999
                S: 552*
                C: MAIL FROM:<> BODY=8BITMIME SIZE=100
                S: 250*
                C: MAIL FROM:<>
                S: 503*
                C: DATA
                S: 554*
                C: RCPT TO:<{path}>
                S: 250*
                C: RCPT TO:<{upper}>
                S: 250*
                C: RCPT TO:<{mailbox}>
                S: 250*
                C: RCPT TO:<{forged}>
                S: 550 5.1.1*
                C: RCPT TO:<abuse@b.house.example>
                S: 250*
                C: RCPT TO:<postmaster@return.shop1.example>
                S: 250*
                C: RCPT TO:<Postmaster>
                S: 250*
                C: RCPT TO:<fbl-yahoo@house.example>
                S: 250*
                C: RCPT TO:<CFBL@house.example>
                S: 250*
                C: QUIT
                S: 221*
                END"
            ),
        )
        .await;
        play(
            &bench,
            "S: 220*
            C: EHLO mx.a.test
            S: 250*
            C: MAIL FROM:<x@a.test>
            S: 250*
            C: RCPT TO:<somebody@house.example>
            S: 550 5.1.1*
            C: RCPT TO:<somebody@elsewhere.test>
            S: 550 5.7.1*
            C: RCPT TO:<@a.test:abuse@house.example>
            S: 501*
            C: BDAT 5 LAST
            S: 500*
            C: RSET
            S: 250*
            C: QUIT
            S: 221*",
        )
        .await;
    });
}

/// Proves T2 and C1: none of the sequences ends a mail, however the bytes are cut; the mail is
/// refused and the connection closed, and never are there two mails.
#[test]
fn t2_no_smuggled_mail_passes() {
    run(async {
        let bench = Bench::sqlite(|_| {}).await;
        let sequences = [
            r"\n.\n",
            r"\n.\r",
            r"\r.\n",
            r"\r.\r",
            r"\n.\r\n",
            r"\r.\r\n",
            r"\r\n.\n",
            r"\r\n.\r\r\n",
            r"\r\r\n.\r\r\n",
        ];
        for sequence in sequences {
            let smuggled =
                r"MAIL FROM:<x@a.test>\r\nRCPT TO:<abuse@house.example>\r\nDATA\r\nSubject: smuggled\r\n\r\nx\r\n.\r\n";
            for cut in [sequence.to_owned(), sequence.replacen('.', ".\nC> ", 1)] {
                play(
                    &bench,
                    &format!(
                        "S: 220*
                        C: EHLO mx.a.test
                        S: 250*
                        C: MAIL FROM:<x@a.test>
                        S: 250*
                        C: RCPT TO:<abuse@house.example>
                        S: 250*
                        C: DATA
                        S: 354*
                        C> Subject: first\\r\\n\\r\\nbody{cut}{smuggled}
                        S: 550 5.5.2*
                        END"
                    ),
                )
                .await;
            }
        }
        assert_eq!(bench.count("SELECT COUNT(*) FROM inbox").await, 0);
        // A NUL before the dot is no end either; the mail that follows it to the real end is refused.
        play(
            &bench,
            "S: 220*
            C: EHLO mx.a.test
            S: 250*
            C: MAIL FROM:<x@a.test>
            S: 250*
            C: RCPT TO:<abuse@house.example>
            S: 250*
            C: DATA
            S: 354*
            C> Subject: x\\r\\n\\r\\nbody\\r\\n\\x00.\\r\\nNOOP\\r\\n.\\r\\n
            S: 550 5.6.0*
            C: NOOP
            S: 250*",
        )
        .await;
        assert_eq!(bench.count("SELECT COUNT(*) FROM inbox").await, 0);
    });
}

/// Proves T2: pipelining in order is served; a peer that runs ahead of DATA is cut off, and what it
/// said in clear behind STARTTLS is thrown away (C2).
#[test]
fn t2_nothing_is_taken_before_its_turn() {
    run(async {
        let bench = Bench::sqlite(|_| {}).await;
        play(
            &bench,
            "S: 220*
            C: EHLO mx.a.test
            S: 250*
            C> MAIL FROM:<x@a.test>\\r\\nRCPT TO:<abuse@house.example>\\r\\nDATA\\r\\n
            S: 250*
            S: 250*
            S: 354*
            C> Subject: x\\r\\n\\r\\nx\\r\\n.\\r\\nNOOP\\r\\n
            S: 250*
            S: 250*
            C> MAIL FROM:<x@a.test>\\r\\nRCPT TO:<abuse@house.example>\\r\\nDATA\\r\\nSubject: y\\r\\n\\r\\ny\\r\\n.\\r\\n
            S: 250*
            S: 250*
            S: 554 5.5.0*
            END",
        )
        .await;
        assert_eq!(bench.count("SELECT COUNT(*) FROM inbox").await, 1);
        play(
            &bench,
            "S: 220*
            C: EHLO mx.a.test
            S: 250*
            C> STARTTLS\\r\\nMAIL FROM:<injected@a.test>\\r\\n
            S: 220*
            TLS
            C: MAIL FROM:<x@a.test>
            S: 503*
            C: EHLO mx.a.test
            S: 250*
            S! 250-STARTTLS*
            C: STARTTLS
            S: 502*
            C: MAIL FROM:<x@a.test>
            S: 250*
            C: RCPT TO:<abuse@house.example>
            S: 250*
            C: DATA
            S: 354*
            C> Subject: z\\r\\n\\r\\n..z\\r\\n.\\r\\n
            S: 250*
            C: QUIT
            S: 221*",
        )
        .await;
        let mails = bench.store.kept_mails(Shown::All, None, 10).await.expect("a list");
        assert_eq!(mails.len(), 2);
        let raw = bench.store.kept_mail_bytes(mails[0].id).await.expect("bytes");
        assert_eq!(raw, b"Subject: z\r\n\r\n.z\r\n");
        assert_eq!(mails[0].mail_from, "x@a.test");
        for line in ["C> EHLO a\\n", "C> EHLO a\\rb\\r\\n", "C> EHLO \\n\\r\\n"] {
            play(&bench, &format!("S: 220*\n{line}\nS: 500 5.5.2*\nEND")).await;
        }
    });
}

/// Proves T3: size, number of recipients, length of lines, errors and connections have limits.
#[test]
fn t3_everything_has_its_limit() {
    run(async {
        let bench = Bench::sqlite(|settings| {
            settings.max_size_kib = 1024;
            settings.mails_per_connection = 1;
        })
        .await;
        let big = format!("Subject: x\r\n\r\n{}", "x".repeat(1100 * 1024));
        let said = bench.hand_in("", "abuse@house.example", big.as_bytes()).await;
        assert_eq!(said.code(), 552, "{}", said.last_reply());
        let many: Vec<String> = (0..101).map(|_| "C: RCPT TO:<abuse@house.example>\nS: *".to_owned()).collect();
        play(
            &bench,
            &format!(
                "S: 220*\nC: EHLO a\nS: 250*\nC: MAIL FROM:<>\nS: 250*\n{}\nC: RCPT TO:<abuse@house.example>\nS: 452 4.5.3*\nC: RSET\nS: 250*\nC> {}\nS: 500*\nEND",
                many.join("\n"),
                "x".repeat(600)
            ),
        )
        .await;
        play(&bench, &format!("S: 220*\n{}C: X\nS: 421*\nEND", "C: X\nS: 500*\n".repeat(10))).await;
        let one = "C: MAIL FROM:<>\nS: 250*\nC: RCPT TO:<postmaster@house.example>\nS: 250*\nC: DATA\nS: 354*\nC> x: y\\r\\n\\r\\n.\\r\\nS: 250*\n";
        play(
            &bench,
            &format!(
                "S: 220*\nC: EHLO a\nS: 250*\n{}C: MAIL FROM:<>\nS: 421*\nEND",
                one.replace("\\r\\nS:", "\\r\\n\nS:")
            ),
        )
        .await;
    });
}

/// Proves T3: two guests are in when they have heard the greeting; the third is turned away.
#[test]
#[expect(clippy::disallowed_methods, reason = "a peer connects from outside")]
fn t3_a_peer_has_so_many_connections_and_no_more() {
    run(async {
        let bench = Bench::sqlite(|settings| settings.connections_per_peer = 2).await;
        let mut guests = Vec::new();
        for _ in 0..2 {
            let mut guest = tokio::net::TcpStream::connect(bench.address).await.expect("a connection");
            let mut greeting = [0; 4];
            guest.read_exact(&mut greeting).await.expect("a greeting");
            assert_eq!(greeting, *b"220 ");
            guests.push(guest);
        }
        play(&bench, "S: 421*\nEND").await;
    });
}

/// A stop ends idle connections with a word and takes no new ones.
#[test]
fn a_stop_ends_every_connection_with_a_word() {
    run(async {
        let mut bench = Bench::sqlite(|_| {}).await;
        let address = bench.address;
        let idle =
            tokio::spawn(async move { dialog::run(address, "S: 220*\nC: EHLO a\nS: 250*\nS: 421 4.3.2*\nEND").await });
        let said = bench.hand_in("x@a.test", "postmaster@house.example", b"Subject: x\r\n\r\nx\r\n").await;
        assert!(said.accepted());
        bench.stop().await;
        idle.await.expect("a dialog").expect("the word");
        assert!(dialog::run(address, "S: 220*").await.is_err());
    });
}
