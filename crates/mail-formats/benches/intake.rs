//! The reader of arriving mail, measured: messages per second of one core. Reads the corpora's mails
//! where they lie, else a few of its own. `docs/performance.md` tells how to run it.
#![expect(clippy::print_stdout, reason = "a benchmark says what it found")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock and finds the corpora")]

use std::path::PathBuf;
use std::time::{Duration, Instant};

use mail_formats::incoming;

/// How long one slice lasts, and how many there are; the median is said.
const SLICE: Duration = Duration::from_secs(2);
const SLICES: usize = 5;

const DSN: &str = "From: MAILER-DAEMON@mx.example\r\nTo: b@house.example\r\nSubject: Undelivered Mail Returned to Sender\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n--x\r\n\r\nThis is the mail system at host mx.example.\r\n\r\n<a@example.com>: host mx.example.com said: 550 5.1.1 User unknown\r\n--x\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; a@example.com\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 User unknown\r\n\r\n--x\r\nContent-Type: message/rfc822\r\n\r\nFrom: c@example.org\r\nTo: a@example.com\r\nSubject: x\r\n\r\nHello\r\n--x--\r\n";
const NOTICE: &str = "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example\r\nTo: b@house.example\r\nSubject: failure notice\r\n\r\nHi. This is the qmail-send program at mx.example.\r\n\r\n<a@example.com>:\r\nSorry, no mailbox here by that name. (#5.1.1)\r\n\r\n--- Below this line is a copy of the message.\r\n\r\nReturn-Path: <c@example.org>\r\nReceived: from x\r\nFrom: c@example.org\r\nTo: a@example.com\r\n\r\nHello\r\n";
const LETTER: &str = "From: Otto <otto@example.org>\r\nTo: abuse@house.example\r\nSubject: Fwd: Tips\r\n\r\nI did not ask for this.\r\n\r\n---------- Forwarded message ---------\r\nFrom: Anna <anna@example.com>\r\nSubject: Tips\r\nTo: otto@example.org\r\n\r\nHello\r\n";

fn mails() -> (Vec<Vec<u8>>, &'static str) {
    let shared = std::env::var_os("JAWORT_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let mut found = Vec::new();
    for folder in ["bounces", "complaints", "autoreplies", "negatives"] {
        let entries = std::fs::read_dir(shared.join("corpora").join(folder)).into_iter().flatten().flatten();
        found.extend(entries.filter_map(|entry| std::fs::read(entry.path()).ok()));
    }
    if found.is_empty() {
        return ([DSN, NOTICE, LETTER].iter().map(|mail| mail.as_bytes().to_vec()).collect(), "own mails");
    }
    (found, "mails of the corpora")
}

fn main() {
    let (mails, what) = mails();
    let octets: usize = mails.iter().map(Vec::len).sum();
    let mut rates: Vec<f64> = (0..SLICES).map(|_| slice(&mails)).collect();
    rates.sort_by(f64::total_cmp);
    println!(
        "{} {what}, {} octets each: {:.0} mails per second of one core ({:.0} to {:.0})",
        mails.len(),
        octets / mails.len(),
        rates[SLICES / 2],
        rates[0],
        rates[SLICES - 1]
    );
}

/// Mails per second of processor time; of the clock's time where the system does not tell.
fn slice(mails: &[Vec<u8>]) -> f64 {
    let (begun, spent) = (Instant::now(), processor_time());
    let mut read = 0_u32;
    while begun.elapsed() < SLICE {
        for mail in mails {
            std::hint::black_box(incoming::read(std::hint::black_box(mail)));
            read += 1;
        }
    }
    let time = match (spent, processor_time()) {
        (Some(before), Some(after)) => after - before,
        _ => begun.elapsed(),
    };
    f64::from(read) / time.as_secs_f64()
}

/// What this process took of the processor (proc(5), schedstat).
fn processor_time() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}
