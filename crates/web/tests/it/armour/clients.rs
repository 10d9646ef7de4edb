//! A thousand programs that post to the List-Unsubscribe URL, none like the other (B7).

use std::time::Duration;

use policy::ContactId;
use seals::fake::SeededDice;
use seals::{LinkPurpose, u64_below};
use testbench::http::Client;

use crate::door::{Door, run};

const CLIENTS: i64 = 1_000;
const SEED: u64 = 0xb7;

const TYPES: [&str; 14] = [
    "",
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded; charset=UTF-8",
    "APPLICATION/X-WWW-FORM-URLENCODED;charset=\"utf-8\"",
    "application/x-www-form-urlencoded,application/x-www-form-urlencoded",
    "text/plain",
    "text/plain;charset=us-ascii",
    "application/json",
    "application/octet-stream",
    "message/rfc822",
    "multipart/form-data; boundary=b7",
    "multipart/form-data",
    "no type at all",
    "*/*",
];
const BODIES: [&str; 14] = [
    "",
    "List-Unsubscribe=One-Click",
    "list-unsubscribe=one-click",
    "LIST-UNSUBSCRIBE=ONE-CLICK\r\n",
    "List-Unsubscribe=One%2DClick",
    "List-Unsubscribe%3DOne-Click",
    "a=1&List-Unsubscribe=One-Click&b=2",
    "b=2&b=3&List-Unsubscribe=One-Click&List-Unsubscribe=One-Click",
    "&&=&List-Unsubscribe=One-Click&tag=77&email=x%40y.example",
    "{\"List-Unsubscribe\":\"One-Click\"}",
    "--b7\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b7--\r\n",
    "--b7\r\nContent-Disposition: form-data; name=\"x\"; filename=\"y\"\r\nContent-Type: text/plain\r\n\r\nz\r\n--b7--\r\n",
    "\u{feff}List-Unsubscribe=One-Click\0",
    "%zz%&===\u{fffd}",
];
const AGENTS: [&str; 8] = [
    "",
    "Mail/1.0",
    "LinkScanner/3.2 (bot)",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64)",
    "curl/8.5.0",
    "python-requests/2.31",
    "Java/17",
    "\t odd \t",
];
const EXTRAS: [&str; 10] = [
    "",
    "Accept: */*",
    "Accept: application/json",
    "Origin: https://webmail.example",
    "Origin: null",
    "Referer: https://webmail.example/inbox?id=1",
    "Sec-Fetch-Site: cross-site",
    "X-Forwarded-For: 192.0.2.1, 198.51.100.2",
    "Cookie: session=of-somebody-else",
    "Authorization: Basic eDp5",
];

/// How a body goes over the wire.
#[derive(Clone, Copy, Debug)]
enum Framing {
    /// `Content-Length`.
    Sized,
    /// `Transfer-Encoding: chunked`, in small chunks with an extension.
    Chunked,
    /// Nothing is announced and nothing comes.
    Nothing,
    /// `Expect: 100-continue`, and the body follows whatever is said.
    Expected,
    /// The body comes in pieces.
    Slow,
    /// More is announced than ever comes.
    CutOff,
}

impl Framing {
    const ALL: [Self; 6] = [Self::Sized, Self::Chunked, Self::Nothing, Self::Expected, Self::Slow, Self::CutOff];
}

/// Draws what one client does.
struct Drawn<'d> {
    dice: &'d SeededDice,
}

impl Drawn<'_> {
    fn below(&self, count: usize) -> usize {
        usize::try_from(u64_below(self.dice, count as u64)).expect("small")
    }

    fn of<T: Copy>(&self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    /// Header names in any case.
    fn cased(&self, name: &str) -> String {
        match self.below(4) {
            0 => name.to_ascii_lowercase(),
            1 => name.to_ascii_uppercase(),
            2 => name.chars().map(|c| if self.below(2) == 0 { c.to_ascii_uppercase() } else { c }).collect(),
            _ => name.to_owned(),
        }
    }

    /// The pieces that one client writes.
    fn client(&self, n: i64, link: &str) -> Vec<Vec<u8>> {
        let framing = Framing::ALL[usize::try_from(n).expect("positive") % Framing::ALL.len()];
        // Chunks and interim answers came with HTTP/1.1.
        let old = !matches!(framing, Framing::Chunked | Framing::Expected) && self.below(3) == 0;
        let body = if matches!(framing, Framing::Nothing) { "" } else { self.of(&BODIES) };
        let target = match self.below(5) {
            0 => format!("{link}/"),
            1 => format!("{link}?utm_source=mail&a=%20"),
            2 => format!("http://n.example{link}"),
            _ => link.to_owned(),
        };
        let mut headers = vec![];
        let mut add = |name: &str, value: &str| headers.push(format!("{}: {value}\r\n", self.cased(name)));
        if !old || self.below(2) == 0 {
            add("Host", self.of(&["n.example", "N.Example:443", "127.0.0.1"]));
        }
        for (name, value) in [("Content-Type", self.of(&TYPES)), ("User-Agent", self.of(&AGENTS))] {
            if !value.is_empty() {
                add(name, value);
            }
        }
        if let Some((name, value)) = self.of(&EXTRAS).split_once(": ") {
            add(name, value);
        }
        match framing {
            Framing::Sized | Framing::Slow => add("Content-Length", &body.len().to_string()),
            Framing::CutOff => add("Content-Length", &(body.len() + 1).to_string()),
            Framing::Chunked => add("Transfer-Encoding", self.of(&["chunked", "Chunked"])),
            Framing::Expected => {
                add("Expect", self.of(&["100-continue", "100-Continue"]));
                add("Content-Length", &body.len().to_string());
            }
            Framing::Nothing => {}
        }
        let place = self.below(headers.len().max(1)).min(headers.len());
        headers.rotate_left(place);
        let version = if old { "1.0" } else { "1.1" };
        let head = format!("POST {target} HTTP/{version}\r\n{}\r\n", headers.concat()).into_bytes();
        match framing {
            Framing::Sized | Framing::CutOff => vec![[head, body.into()].concat()],
            Framing::Nothing => vec![head],
            Framing::Expected => vec![head, body.into()],
            Framing::Slow => {
                let pieces = body.as_bytes().chunks(1 + body.len() / 4).map(<[u8]>::to_vec);
                std::iter::once(head).chain(pieces).collect()
            }
            Framing::Chunked => {
                let chunk = |piece: &[u8]| [format!("{:x};n=v\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat();
                let chunks = body.as_bytes().chunks(7).map(chunk);
                std::iter::once(head).chain(chunks).chain([b"0\r\n\r\n".to_vec()]).collect()
            }
        }
    }
}

/// Contacts of the account, as many as there are clients.
async fn people(door: &Door) -> Vec<ContactId> {
    let account = policy::AccountId::from_raw(1);
    let mut script = String::new();
    let mut people = Vec::new();
    for n in 0..CLIENTS {
        let id = ContactId::new(account, 50_000 + n).expect("fits");
        people.push(id);
        let raw = id.get();
        script.push_str(&format!(
            "INSERT INTO contact (account_id, id, address, address_key, search, domain, language, fields, since, facts_version)
                VALUES (1, {raw}, 'p{n}@mail.example', x'{n:064x}', 'p{n}@mail.example', 'mail.example', 'en', '{{}}', 0, 1);
             INSERT INTO consent (account_id, contact_id, topic_id, topic_version, website_id, granted_at)
                VALUES (1, {raw}, 8, 1, 7, 0);"
        ));
    }
    door.script(&script).await;
    people
}

async fn post(client: Client, pieces: Vec<Vec<u8>>) -> String {
    let shown = String::from_utf8_lossy(&pieces.concat()).into_owned();
    // Long enough that the pieces arrive apart, short against the time that a body gets.
    match client.raw_in_pieces(&pieces, Duration::from_millis(15)).await {
        Ok(answer) if answer.status == 200 && answer.text().contains("You are unsubscribed") => String::new(),
        Ok(answer) => format!("{} for {shown}", answer.status),
        Err(error) => format!("{error} for {shown}"),
    }
}

/// ARMOUR B7. Proves U5, U7, U8, U9, R35: whatever program posts, in whatever shape, its person is
/// unsubscribed and it hears so.
#[test]
fn armour_b7_a_thousand_clients_unsubscribe_by_one_click() {
    run(async {
        let (door, dice) = (Door::open().await, SeededDice::new(SEED));
        let people = people(&door).await;
        assert_eq!(door.count("SELECT COUNT(*) FROM contact").await, CLIENTS);
        let drawn = Drawn { dice: &dice };
        let mut calls = Vec::new();
        for (n, person) in people.into_iter().enumerate() {
            let link = door.link(person, LinkPurpose::UnsubscribeHeader);
            calls.push(drawn.client(i64::try_from(n).expect("small"), &link));
        }
        let mut bad = Vec::new();
        for some in calls.chunks(500) {
            let mut posting = tokio::task::JoinSet::new();
            for pieces in some {
                posting.spawn(post(door.client.clone(), pieces.clone()));
            }
            bad.extend(posting.join_all().await.into_iter().filter(|said| !said.is_empty()));
        }
        assert!(bad.is_empty(), "seed {SEED}: {} of {CLIENTS}, first:\n{}", bad.len(), bad[0]);
        assert_eq!(door.count("SELECT COUNT(*) FROM contact").await, 0);
        let withdrawn = "SELECT COUNT(DISTINCT contact_id) FROM consent_event WHERE kind = 'withdrawn'";
        assert_eq!(door.count(withdrawn).await, CLIENTS);
    });
}
