//! Scripted dialogs without sockets: `S:` is what the server says, `C:` what we must say.

use super::*;
use proptest::prelude::*;

fn at(millis: u64) -> Reading {
    Reading::from_nanos((1_000_000 + millis) * 1_000_000)
}

fn order() -> Order {
    Order {
        return_path: "b.abc@b.house.example".to_owned(),
        recipient: "p+1@d.test".to_owned(),
        smtputf8: false,
        eight_bit: false,
        size: 1234,
        started: at(0),
    }
}

/// Everything that the dialog wants now, in one line: writes as text, the rest by its name.
fn wants(dialog: &mut Dialog) -> Vec<String> {
    std::iter::from_fn(|| dialog.command())
        .map(|command| match command {
            Command::Write(bytes) => String::from_utf8(bytes).expect("ASCII").trim_end().replace("\r\n", " | "),
            Command::Report(End::Accepted(reply)) => format!("accepted {reply}"),
            Command::Report(End::Refused(stage, reply)) => format!("refused {stage:?} {reply}"),
            Command::Report(end) => format!("{end:?}"),
            other => format!("{other:?}"),
        })
        .collect()
}

fn say(dialog: &mut Dialog, text: &str, millis: u64) -> Vec<String> {
    dialog.handle(Event::Received(format!("{text}\r\n").replace('|', "\r\n").as_bytes()), at(millis));
    wants(dialog)
}

/// A dialog that is ready for a mail; the server offers `offers`.
fn ready(offers: &[&str]) -> Dialog {
    let mut dialog = Dialog::new("mail.house.example", TlsUse::Opportunistic, at(0));
    assert_eq!(say(&mut dialog, "220 mx.test ESMTP", 0), ["EHLO mail.house.example"]);
    let mut lines: Vec<String> = vec!["250-mx.test".to_owned()];
    lines.extend(offers.iter().map(|offer| format!("250-{offer}")));
    lines.push("250 HELP".to_owned());
    assert_eq!(say(&mut dialog, &lines.join("|"), 0), ["Ready"]);
    dialog
}

fn written(dialog: &mut Dialog, millis: u64) -> Vec<String> {
    dialog.handle(Event::Written { may_send: true }, at(millis));
    wants(dialog)
}

/// Takes a mail up to the 354.
fn up_to_go_ahead(dialog: &mut Dialog) {
    dialog.take(order(), at(0));
    assert_eq!(wants(dialog), ["MAIL FROM:<b.abc@b.house.example> | RCPT TO:<p+1@d.test> | DATA"]);
    assert!(say(dialog, "250 ok|250 ok", 1).is_empty());
}

#[test]
fn t6_a_whole_dialog_with_pipelining_and_a_second_mail_on_the_same_connection() {
    let mut dialog = ready(&["PIPELINING"]);
    up_to_go_ahead(&mut dialog);
    assert_eq!(say(&mut dialog, "354 go on", 2), ["WriteFirst"]);
    assert_eq!(written(&mut dialog, 3), ["WriteRest"]);
    assert_eq!(written(&mut dialog, 4), ["WriteDot"], "the final dot is a write of its own");
    assert_eq!(say(&mut dialog, "250 2.0.0 taken", 5), ["accepted 250 2.0.0 taken", "Ready"]);
    up_to_go_ahead(&mut dialog);
    dialog.handle(Event::TimedOut, at(240_000));
    assert_eq!(wants(&mut dialog), ["Broken(\"the server did not answer in time\")", "Close"]);
}

/// Proves T10 and T9: extensions are used where they are offered, and only there.
#[test]
fn t9_t10_extensions_are_used_where_they_are_offered() {
    let mut dialog = ready(&["PIPELINING", "SIZE 50000", "8BITMIME", "SMTPUTF8", "DSN"]);
    dialog.take(Order { smtputf8: true, eight_bit: true, ..order() }, at(0));
    assert_eq!(
        wants(&mut dialog),
        [
            "MAIL FROM:<b.abc@b.house.example> SIZE=1234 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=b.abc | RCPT TO:<p+1@d.test> NOTIFY=FAILURE,DELAY ORCPT=rfc822;p+2B1@d.test | DATA"
        ]
    );
    let mut dialog = ready(&["PIPELINING", "SIZE 1000"]);
    dialog.take(Order { smtputf8: true, ..order() }, at(0));
    assert_eq!(wants(&mut dialog), ["NoSmtpUtf8", "Ready"]);
    dialog.take(order(), at(0));
    assert_eq!(wants(&mut dialog), ["refused Data 552 5.3.4 larger than the server takes", "Ready"]);
    dialog.take(Order { eight_bit: true, size: 10, ..order() }, at(0));
    assert_eq!(wants(&mut dialog), ["refused Data 554 5.6.3 the server takes no 8-bit content", "Ready"]);
}

#[test]
fn a_server_without_pipelining_gets_one_command_at_a_time_rset_too() {
    let mut dialog = ready(&[]);
    dialog.take(order(), at(0));
    assert_eq!(wants(&mut dialog), ["MAIL FROM:<b.abc@b.house.example>"]);
    assert_eq!(say(&mut dialog, "250 ok", 1), ["RCPT TO:<p+1@d.test>"]);
    assert_eq!(say(&mut dialog, "550 5.1.1 no such user", 2), ["refused Rcpt 550 5.1.1 no such user", "Ready"]);
    dialog.take(order(), at(3));
    assert_eq!(wants(&mut dialog), ["RSET"]);
    assert_eq!(say(&mut dialog, "250 ok", 4), ["MAIL FROM:<b.abc@b.house.example>"]);
}

#[test]
fn a_refused_recipient_in_a_pipelined_group_is_reported_when_all_replies_are_there() {
    let mut dialog = ready(&["PIPELINING"]);
    dialog.take(order(), at(0));
    wants(&mut dialog);
    assert!(say(&mut dialog, "250 ok|550 5.1.1 no such user", 1).is_empty());
    assert_eq!(say(&mut dialog, "503 no recipients", 2), ["refused Rcpt 550 5.1.1 no such user", "Ready"]);
    dialog.take(order(), at(3));
    assert_eq!(wants(&mut dialog), ["RSET | MAIL FROM:<b.abc@b.house.example> | RCPT TO:<p+1@d.test> | DATA"]);
    // A server that goes ahead without a recipient would take a dot for an empty message.
    let answers = "250 ok|250 ok|452 4.2.2 full|354 go on";
    assert_eq!(say(&mut dialog, answers, 4), ["refused Rcpt 452 4.2.2 full", "Close"]);
}

#[test]
fn a_server_older_than_ehlo_is_greeted_with_helo() {
    let mut dialog = Dialog::new("h.example", TlsUse::Opportunistic, at(0));
    say(&mut dialog, "220 old", 0);
    assert_eq!(say(&mut dialog, "502 what", 0), ["HELO h.example"]);
    assert_eq!(say(&mut dialog, "250 hello", 0), ["Ready"]);
}

/// Proves T12, and armour C2: nothing that came in clear counts under TLS.
#[test]
fn t12_starttls_is_used_where_offered_and_nothing_is_carried_over_it() {
    let offer = "250-mx|250-STARTTLS|250 SMTPUTF8";
    let mut dialog = Dialog::new("h.example", TlsUse::Opportunistic, at(0));
    say(&mut dialog, "220 mx", 0);
    assert_eq!(say(&mut dialog, offer, 0), ["STARTTLS"]);
    assert_eq!(say(&mut dialog, "220 go", 0), ["StartTls"]);
    dialog.handle(Event::Received(b"250 injected\r\n"), at(1));
    assert!(wants(&mut dialog).is_empty());
    dialog.handle(Event::Secured, at(2));
    assert_eq!(wants(&mut dialog), ["EHLO h.example"]);
    assert_eq!(say(&mut dialog, "250 mx", 3), ["Ready"]);
    dialog.take(Order { smtputf8: true, ..order() }, at(0));
    assert_eq!(wants(&mut dialog), ["NoSmtpUtf8", "Ready"], "the offer in clear is forgotten");

    let mut dialog = Dialog::new("h.example", TlsUse::Opportunistic, at(0));
    say(&mut dialog, "220 mx", 0);
    say(&mut dialog, offer, 0);
    assert_eq!(say(&mut dialog, "220 go|250 injected", 0), ["Close"]);
    assert!(dialog.trouble().is_some());

    let mut dialog = Dialog::new("h.example", TlsUse::Off, at(0));
    say(&mut dialog, "220 mx", 0);
    assert_eq!(say(&mut dialog, offer, 0), ["Ready"]);
}

// ── the ticket rule ──────────────────────────────────────────────────────

/// Proves the sentence of DESIGN §4: a 354 read later than the ticket needs a new one.
#[test]
fn r30_a_late_go_ahead_needs_a_new_ticket_and_a_refused_one_closes_without_a_dot() {
    let mut dialog = ready(&["PIPELINING"]);
    up_to_go_ahead(&mut dialog);
    assert_eq!(say(&mut dialog, "354 go on", 1_001), ["Renew"]);
    dialog.handle(Event::Renewed(None), at(1_010));
    assert_eq!(wants(&mut dialog), ["TicketReturned", "Close"]);

    let mut dialog = ready(&["PIPELINING"]);
    up_to_go_ahead(&mut dialog);
    assert_eq!(say(&mut dialog, "354 go on", 5_000), ["Renew"]);
    dialog.handle(Event::Renewed(Some(at(5_001))), at(5_010));
    assert_eq!(wants(&mut dialog), ["WriteFirst"]);
    assert_eq!(written(&mut dialog, 6_001), ["WriteRest"], "within a second of the new reading");

    let mut dialog = ready(&["PIPELINING"]);
    up_to_go_ahead(&mut dialog);
    assert_eq!(say(&mut dialog, "354 go on", 5_000), ["Renew"]);
    dialog.handle(Event::Renewed(Some(at(5_001))), at(6_002));
    assert_eq!(wants(&mut dialog), ["TicketReturned", "Close"], "the renewal itself took too long");
}

#[test]
fn r30_content_that_began_too_late_gets_no_final_dot() {
    let mut dialog = ready(&["PIPELINING"]);
    up_to_go_ahead(&mut dialog);
    assert_eq!(say(&mut dialog, "354 go on", 999), ["WriteFirst"]);
    // The process stood still between the look at the clock and the write.
    assert_eq!(written(&mut dialog, 1_001), ["TicketReturned", "Close"]);
}

#[test]
fn a_node_without_a_proven_lock_sends_no_final_dot() {
    let mut dialog = ready(&["PIPELINING"]);
    up_to_go_ahead(&mut dialog);
    say(&mut dialog, "354 go on", 2);
    written(&mut dialog, 3);
    dialog.handle(Event::Written { may_send: false }, at(4));
    assert_eq!(wants(&mut dialog), ["TicketReturned", "Close"]);
}

#[test]
fn a_dialog_without_a_final_dot_ends_after_four_minutes_and_its_reply_is_awaited_ten() {
    let mut dialog = ready(&["PIPELINING"]);
    up_to_go_ahead(&mut dialog);
    assert_eq!(dialog.deadline(), at(240_000));
    say(&mut dialog, "354 go on", 2);
    written(&mut dialog, 3);
    assert_eq!(written(&mut dialog, 240_000), ["Broken(\"the server took the content too slowly\")", "Close"]);

    let mut dialog = ready(&["PIPELINING"]);
    up_to_go_ahead(&mut dialog);
    say(&mut dialog, "354 go on", 2);
    written(&mut dialog, 3);
    assert_eq!(written(&mut dialog, 4), ["WriteDot"]);
    assert_eq!(dialog.deadline(), at(600_004));
    dialog.handle(Event::TimedOut, at(600_004));
    assert_eq!(wants(&mut dialog), ["Unknown", "Close"]);
}

// ── hostile servers (armour C6) ──────────────────────────────────────────

#[test]
fn replies_that_nobody_asked_for_end_the_dialog() {
    let mut dialog = ready(&["PIPELINING"]);
    assert_eq!(say(&mut dialog, "250 before the command", 0), ["Close"]);

    let mut dialog = ready(&["PIPELINING"]);
    up_to_go_ahead(&mut dialog);
    assert_eq!(
        say(&mut dialog, "354 go on|354 go on", 2),
        ["WriteFirst", "Broken(\"the server spoke out of turn\")", "Close"]
    );

    let mut dialog = ready(&["PIPELINING"]);
    up_to_go_ahead(&mut dialog);
    say(&mut dialog, "354 go on", 2);
    written(&mut dialog, 3);
    written(&mut dialog, 4);
    assert_eq!(say(&mut dialog, "354 once more", 5), ["Unknown", "Close"], "neither yes nor no");
}

#[test]
fn a_refusal_while_content_is_written_is_the_answer() {
    let mut dialog = ready(&["PIPELINING"]);
    up_to_go_ahead(&mut dialog);
    assert_eq!(
        say(&mut dialog, "354 go on|552 5.3.4 too large", 2),
        ["WriteFirst", "refused Data 552 5.3.4 too large", "Close"]
    );
}

#[test]
fn endless_and_binary_replies_end_the_dialog() {
    let line = vec![b'x'; 100_000];
    let endless: Vec<u8> = b"250-more\r\n".repeat(100_000);
    for bytes in [line, endless, vec![0xff; 9000], b"\x1b[2J250 ok\r\n".to_vec()] {
        let mut dialog = ready(&["PIPELINING"]);
        dialog.take(order(), at(0));
        wants(&mut dialog);
        let mut wanted = Vec::new();
        // As the driver reads: whatever comes, little of it is kept.
        for piece in bytes.chunks(4096) {
            dialog.handle(Event::Received(piece), at(1));
            wanted.extend(wants(&mut dialog));
            assert!(dialog.received.len() <= 16 * 1024);
        }
        assert_eq!(wanted.last().map(String::as_str), Some("Close"), "{wanted:?}");
    }
}

#[test]
fn t6_421_ends_the_connection_and_a_greeting_that_says_no_is_the_trouble() {
    let mut dialog = ready(&["PIPELINING"]);
    dialog.take(order(), at(0));
    wants(&mut dialog);
    assert_eq!(say(&mut dialog, "421 4.3.2 closing|421 x|421 y", 1), ["refused Mail 421 4.3.2 closing", "Close"]);

    let mut dialog = Dialog::new("h.example", TlsUse::Off, at(0));
    assert_eq!(say(&mut dialog, "554 5.7.1 no", 0), ["QUIT"]);
    assert_eq!(dialog.trouble().map(ToString::to_string).as_deref(), Some("554 5.7.1 no"));
}

proptest! {
    /// Whatever a server sends, cut however: no panic, one report at most for each mail, and never
    /// a final dot without a go-ahead, a first piece in time and a rest.
    #[test]
    fn whatever_a_server_says_a_mail_has_one_end_and_no_dot_comes_early(
        lines in proptest::collection::vec(prop_oneof![
            Just("250 ok"), Just("250-PIPELINING"), Just("354 go"), Just("550 5.1.1 no"), Just("451 4.3.0 later"), Just("421 bye"), Just("220 hi"), Just("\u{1b}[1m"), Just("99"),
        ], 0..24),
        cut in 1_usize..9,
        step in 0_u64..400,
    ) {
        let bytes = lines.join("\r\n").into_bytes();
        let mut dialog = Dialog::new("h.example", TlsUse::Opportunistic, at(0));
        let (mut now, mut reports, mut taken, mut pieces) = (0, 0, 0, 0);
        for chunk in bytes.chunks(cut) {
            dialog.handle(Event::Received(chunk), at(now));
            now += step;
            while let Some(command) = dialog.command() {
                match command {
                    Command::Ready => {
                        prop_assert_eq!(reports, taken);
                        taken += 1;
                        pieces = 0;
                        dialog.take(Order { started: at(now), ..order() }, at(now));
                    }
                    Command::WriteFirst | Command::WriteRest => {
                        pieces += 1;
                        dialog.handle(Event::Written { may_send: true }, at(now));
                    }
                    Command::WriteDot => prop_assert_eq!(pieces, 2),
                    Command::Report(_) => reports += 1,
                    Command::Renew => dialog.handle(Event::Renewed(Some(at(now))), at(now)),
                    Command::StartTls => dialog.handle(Event::Secured, at(now)),
                    Command::Write(_) | Command::Close => {}
                }
            }
        }
        dialog.handle(Event::Closed, at(now));
        reports += std::iter::from_fn(|| dialog.command()).filter(|command| matches!(command, Command::Report(_))).count();
        prop_assert_eq!(reports, taken);
    }
}
