//! Every mail of the corpora, broken in many ways, is read without a panic and within its limits.
#![expect(clippy::disallowed_methods, reason = "the seed and the number of copies come from the environment")]

use std::path::PathBuf;

use mail_formats::rules::RuleSet;
use mail_formats::{console, incoming};

/// Broken copies of each file in an ordinary run, and in a long one.
const COPIES: u32 = 5;
const COPIES_LONG: u32 = 200;
/// Files above this size are read by other tests.
const MAX_FILE: usize = 256 * 1024;

/// A small generator (xorshift64*), so that a seed tells everything.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(limit.max(1)).expect("small")).expect("small")
    }
}

/// Pieces that readers look for, and pieces that they stumble over.
const PIECES: &[&[u8]] = &[
    b"\r\n",
    b"\n\n",
    b"\r",
    b"\0",
    b"@",
    b"<",
    b">>>",
    b":",
    b";",
    b"\"",
    b"\\x{",
    b"=?utf-8?B?",
    b"?=",
    b"--",
    b"\xe3\x81",
    b"\xff\xfe",
    b"\x1b$B",
    b"550 5.1.1 ",
    b"Final-Recipient: rfc822; ",
    b"Action: failed\r\n",
    b"Content-Type: message/rfc822\r\n\r\n",
    b"Content-Type: multipart/mixed; boundary=\"x\"\r\n\r\n--x\r\n",
    b"Content-Transfer-Encoding: base64\r\n",
    b"charset=iso-2022-jp",
    b"charset=utf-7",
    b"-----Original Message-----\r\nFrom: ",
    b"{\"notificationType\":\"Bounce\",\"bouncedRecipients\":[{",
    b"PK\x03\x04",
    b"\x1f\x8b\x08\xff",
];

fn broken(raw: &[u8], other: &[u8], chance: &mut Chance) -> Vec<u8> {
    let mut out = raw.to_vec();
    for _ in 0..=chance.below(6) {
        let (a, b) = (chance.below(out.len() + 1), chance.below(out.len() + 1));
        let (from, to) = (a.min(b), a.max(b).min(a.min(b) + 2_000));
        match chance.below(7) {
            0 => out.truncate(from),
            1 => drop(out.drain(from..to)),
            2 => {
                let piece = out[from..to].to_vec();
                out.splice(to..to, piece);
            }
            3 if !out.is_empty() => {
                let at = chance.below(out.len());
                out[at] = chance.next().to_le_bytes()[0];
            }
            4 => {
                let piece = &other[chance.below(other.len() + 1)..];
                out.splice(from..to, piece[..piece.len().min(3_000)].iter().copied());
            }
            _ => {
                let piece = PIECES[chance.below(PIECES.len())];
                let times = 1 + chance.below(3) * chance.below(40);
                out.splice(from..from, piece.repeat(times));
            }
        }
    }
    out
}

fn files(folder: PathBuf) -> Vec<PathBuf> {
    let (mut open, mut files) = (vec![folder], Vec::new());
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).expect("folder").flatten() {
            if entry.path().is_dir() { open.push(entry.path()) } else { files.push(entry.path()) }
        }
    }
    files.sort();
    files
}

/// Proves ARMOUR C4 and C5 for the reader: whatever a mail looks like, it is read.
#[test]
fn armour_c4_broken_copies_of_every_corpus_file_are_read() {
    let Some(folder) = crate::corpora::corpora() else { return };
    let long = std::env::var_os("XTASK_LONG").is_some();
    let seed = std::env::var("JAWORT_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(0x6a61_776f_7274);
    println!("JAWORT_SEED={seed}");
    let mut chance = Chance(seed);
    let mut before = Vec::new();
    let mut read = 0;
    for file in files(folder) {
        let raw = std::fs::read(&file).expect("a file");
        if raw.len() > MAX_FILE {
            continue;
        }
        for copy in 0..if long { COPIES_LONG } else { COPIES } {
            let mail = broken(&raw, &before, &mut chance);
            let told = std::panic::catch_unwind(|| {
                let _ = incoming::read(&mail);
                let text = String::from_utf8_lossy(&mail);
                let _ = console::forward_json(RuleSet::built_in(), &text, Some(&text[..text.floor_char_boundary(60)]));
                let _ = console::reply_word(RuleSet::built_in(), &text[..text.floor_char_boundary(600)]);
                if copy == 0 { console::explanation(RuleSet::built_in(), &mail).len() } else { 0 }
            });
            assert!(
                told.is_ok_and(|length| length < 2 * 1024 * 1024),
                "{} copy {copy}, JAWORT_SEED={seed}",
                file.display()
            );
            read += 1;
        }
        before = raw;
    }
    println!("{read} broken mails read");
    assert!(read > 1_000, "{read}");
}
