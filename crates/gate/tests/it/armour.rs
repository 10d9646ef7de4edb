//! Fifty thousand mails whose every user field was written by an attacker (ARMOUR C3), and the
//! duties of each of them (ARMOUR B4), read by two parsers that have nothing in common: the one that
//! `mail-formats` reads with, and Python's `email`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::Arc;

use mail_formats::view::View;
use policy::legal_notice::{LegalNotice, LegalNoticeFields};
use policy::{Content, MailingContent, NoticeContent, PersonFacts, Refusal};
use seals::fake::SeededDice;
use seals::{Dice as _, u64_below};

use gate::{Fault, Gate};

use crate::hostile::{ACCEPTED, REFUSED};
use crate::judge::{Folder, not_run, variable};
use crate::world::{self, Mail, NOW, every_kind, gate_of, house, html, newsletter};

/// Mails in all.
const MAILS: usize = 50_000;
/// Every so many mails one is released, signatures and all.
const SIGNED_EVERY: usize = 250;
const SEED: u64 = 0xc3;
/// Threads that write, and Pythons that read.
const LANES: usize = 2;

/// What an attacker writes to begin a new header, a new recipient, or a new part.
const PIECES: [&str; 44] = [
    "\r\nBcc: x@evil.example",
    "\nBcc: x@evil.example",
    "\rBcc: x@evil.example",
    "\r\n\r\n<p>body</p>",
    "\n\nbody",
    "\n\rTo: x@evil.example",
    "\r\n Bcc: x@evil.example",
    "\r\n\tX-Evil: 1",
    "\0Bcc: x@evil.example",
    "\u{85}Bcc: x@evil.example",
    "\u{2028}Cc: x@evil.example",
    "\u{2029}Cc: x@evil.example",
    "\u{b}Cc: x@evil.example",
    "\u{c}Cc: x@evil.example",
    "\u{1c}Cc: x@evil.example",
    "\u{1e}Reply-To: x@evil.example",
    "=?utf-8?B?DQpCY2M6IHhAZXZpbC5leGFtcGxl?=",
    "=?utf-8?Q?=0D=0ABcc:_x@evil.example?=",
    "=?utf-8?q?=0A?=",
    "=?iso-2022-jp?B?GyRC?=",
    "=?utf-16?B?DQAKAA==?=",
    "=?utf-8?B?PGV2aWxAZXZpbC5leGFtcGxlPiw=?= <x@evil.example>",
    "=?x?Z?=?=",
    "?=",
    "=?",
    "<x@evil.example>",
    ", x@evil.example",
    "; x@evil.example",
    "\" <x@evil.example>, \"",
    "evil: x@evil.example;",
    "(comment",
    ")",
    "\\",
    "\"",
    "@evil.example",
    "%0d%0aBcc: x@evil.example",
    "&#13;&#10;Bcc: x@evil.example",
    "</div></body><!--",
    "{{ firstname }}{% if x %}",
    "--=_",
    "\u{202e}\u{feff}\u{200b}",
    "\u{f8f1}0\u{f8f2}",
    ".\r\n.\r\nMAIL FROM:<x@evil.example>\r\n",
    "Content-Type: text/html\r\nContent-Transfer-Encoding: base64",
];

struct Attacker {
    dice: SeededDice,
}

impl Attacker {
    fn below(&self, count: usize) -> usize {
        usize::try_from(u64_below(&self.dice, count as u64)).expect("small")
    }

    /// A text of some pieces, with others between them.
    fn text(&self) -> String {
        let mut text = String::new();
        for _ in 0..=self.below(3) {
            match self.below(8) {
                0 => text.push_str(["Müller & Söhne", "x", "日本語のなまえ", " "][self.below(4)]),
                1 => text.push_str(&["a", "ä", "\u{1f600}", " ", "a b\t"][self.below(5)].repeat(self.below(1_500))),
                2 => {
                    let mut bytes = vec![0; 1 + self.below(40)];
                    self.dice.fill(&mut bytes);
                    text.push_str(&String::from_utf8_lossy(&bytes));
                }
                _ => text.push_str(PIECES[self.below(PIECES.len())]),
            }
        }
        text
    }

    /// One mail in which some fields are the attacker's. Which they are is said for the report.
    fn mail(&self, mut mail: Mail) -> (Mail, String) {
        let mut said = String::new();
        for _ in 0..=self.below(3) {
            let (field, value) = (self.below(FIELDS.len()), self.text());
            let _ = write!(said, "{}={value:?} ", FIELDS[field]);
            set(&mut mail, FIELDS[field], value);
        }
        (mail, said)
    }
}

/// Every text of a customer or a visitor that stands in a mail.
const FIELDS: [&str; 16] = [
    "account name",
    "from name",
    "subject",
    "preheader",
    "body",
    "firstname",
    "city",
    "site",
    "statement",
    "ip",
    "notice value",
    "in reply to",
    "legal name",
    "legal street",
    "legal url",
    "recipient",
];

fn set(mail: &mut Mail, field: &str, value: String) {
    let mut account = mail.facts.account.as_deref().cloned();
    match field {
        "account name" => _ = account.as_mut().map(|account| account.name = value),
        "from name" => _ = account.as_mut().and_then(|a| a.sender.as_mut()).map(|sender| sender.display_name = value),
        "subject" => change(mail, |content| content.subject = value),
        "preheader" => change(mail, |content| content.preheader = value),
        "body" => change(mail, |content| content.body = format!("{} {{{{ city }}}}", frame(&value))),
        "notice value" => told(mail, &["account", "reason", "address", "until", "topic"], &value),
        "in reply to" => told(mail, &["in_reply_to", "case"], &value),
        "legal name" | "legal street" | "legal url" => {
            let mut fields = world::legal_fields();
            match field {
                "legal name" => fields.name = value,
                "legal street" => fields.street = value,
                _ => fields.contact_url = value,
            }
            legal(&mut account, fields);
        }
        _ => of_person(&mut mail.facts.person, field, value),
    }
    if let Some(account) = account {
        mail.facts.account = Some(Arc::new(account));
    }
}

/// The text as a customer would have to write it into HTML, so that it is not refused at once.
fn frame(value: &str) -> String {
    value.replace('&', "&amp;").replace('<', "&lt;").replace(['{', '}'], "")
}

fn change(mail: &mut Mail, change: impl FnOnce(&mut MailingContent)) {
    let Content::Mailing(content) = &mail.candidate.content else { return };
    let mut content = MailingContent::clone(content);
    change(&mut content);
    let content = Arc::new(content);
    if let Some(mailing) = &mail.facts.mailing {
        let mailing = policy::MailingFacts { content: Arc::clone(&content), ..policy::MailingFacts::clone(mailing) };
        mail.facts.mailing = Some(Arc::new(mailing));
    }
    mail.candidate.content = Content::Mailing(content);
}

fn told(mail: &mut Mail, names: &[&str], value: &str) {
    if let Content::Notice(NoticeContent { values, .. }) = &mut mail.candidate.content {
        for name in names {
            values.entry((*name).to_owned()).and_modify(|old| value.clone_into(old));
        }
    }
}

/// What the door refuses stays as it was: a notice is checked when it is written.
fn legal(account: &mut Option<policy::AccountFacts>, fields: LegalNoticeFields) {
    if let (Some(account), Ok(notice)) = (account, LegalNotice::validate(fields)) {
        account.legal_notice = Some(notice);
    }
}

fn of_person(person: &mut PersonFacts, field: &str, value: String) {
    match (person, field) {
        (PersonFacts::Contact(contact), "firstname" | "city") => {
            contact.fields.insert(field.to_owned(), value);
        }
        (PersonFacts::Contact(contact), "site" | "statement") => {
            if let Some(consent) = contact.consent.as_mut() {
                *if field == "site" { &mut consent.site } else { &mut consent.statement } = value;
            }
        }
        // An address is a type: what is no address does not come so far.
        (PersonFacts::Contact(contact), "recipient") => {
            if let Ok(address) = mail_formats::EmailAddress::parse(&value) {
                contact.address = address;
            }
        }
        (PersonFacts::Pending(pending), "site") => pending.site = value,
        (PersonFacts::Pending(pending), "statement") => pending.statement = value,
        (PersonFacts::Pending(pending), "ip") => pending.ip = value,
        _ => {}
    }
}

/// How often each header may stand in a mail of one kind: as in the same mail without an attacker.
type Names = BTreeMap<String, usize>;

fn names(view: &View) -> Names {
    let mut names = Names::new();
    for (name, _) in view.headers() {
        *names.entry(name.to_ascii_lowercase()).or_default() += 1;
    }
    names
}

/// The kinds of mail, mailings with hostile but accepted templates among them.
fn kinds() -> Vec<(&'static str, Mail)> {
    let templates = ACCEPTED.iter().map(|body| ("newsletter", newsletter(html(body))));
    every_kind().into_iter().chain(templates).collect()
}

/// What a mail must have beside what it must not have (B4).
fn duties(word: &str, view: &View, bytes: &[u8]) -> Vec<String> {
    let one = |name: &str| {
        let mut found = view.headers().iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        found.next().map(|(_, value)| value.trim().to_owned()).filter(|_| found.next().is_none())
    };
    let mut lacking = Vec::new();
    for name in ["From", "To", "Subject", "Date", "Message-ID"] {
        if one(name).is_none() {
            lacking.push(format!("not exactly one {name}"));
        }
    }
    let to_person = matches!(word, "newsletter" | "autoresponder" | "test" | "confirmation");
    if to_person {
        if one("List-Unsubscribe").is_none_or(|value| !value.contains("/u/") || !value.contains("mailto:")) {
            lacking.push("List-Unsubscribe".to_owned());
        }
        if one("List-Unsubscribe-Post").as_deref() != Some("List-Unsubscribe=One-Click") {
            lacking.push("List-Unsubscribe-Post".to_owned());
        }
        if one("Reply-To").is_some_and(|reply| Some(address(&reply)) != one("From").map(|from| address(&from))) {
            lacking.push("From is not Reply-To".to_owned());
        }
    }
    if bytes.windows(2).any(|two| two[0] == b'\r' && two[1] != b'\n' || two[0] != b'\r' && two[1] == b'\n') {
        lacking.push("a bare CR or LF".to_owned());
    }
    lacking
}

fn address(field: &str) -> String {
    field.rsplit('<').next().unwrap_or_default().trim_end_matches('>').to_owned()
}

/// Mails on their way to Python: a line with length, kind and recipient, then the bytes.
#[derive(Default)]
struct Batch {
    bytes: Vec<u8>,
    made: usize,
    refused: usize,
}

/// The links of the block in both parts of a preview, none longer than it may be.
fn visible_links(gate: &Gate, shown: &gate::Preview) -> bool {
    let path = format!("{}/u/", gate.house().public_url);
    [&shown.text, &shown.html].into_iter().all(|part| {
        let mut links = part.match_indices(&path).map(|(at, _)| &part[at..]);
        let length = |link: &str| link.find(|c: char| c.is_whitespace() || c == '"').unwrap_or(link.len());
        links.next().is_some_and(|link| length(link) <= gate::MAX_LINK)
    })
}

/// Writes one lane's share of the mails and looks at each with the first parser.
fn write(lane: usize, share: usize) -> Batch {
    let gate = gate_of(gate::House { domainkeys: false, ..house() });
    let attacker = Attacker { dice: SeededDice::new(SEED + lane as u64) };
    let kinds: Vec<(usize, &str, Mail, Names)> = kinds()
        .into_iter()
        .enumerate()
        .map(|(number, (word, mail))| {
            let shown = gate.preview(&mail.candidate, &mail.facts, NOW).expect("composed");
            (number, word, mail.clone(), names(&View::open(&shown.bytes).expect("a mail")))
        })
        .collect();
    let mut batch = Batch::default();
    for round in 0.. {
        if batch.made == share {
            break;
        }
        let (kind, word, mail, allowed) = &kinds[round % kinds.len()];
        let (mut mail, said) = attacker.mail(mail.clone());
        if *word == "newsletter" {
            mail.to(lane * MAILS + round);
        }
        let context = || format!("seed {SEED}, lane {lane}, round {round}, kind {kind} {word}: {said}");
        let shown = match gate.preview(&mail.candidate, &mail.facts, NOW) {
            Ok(shown) => shown,
            Err(Refusal::NotRenderable { .. }) => {
                batch.refused += 1;
                continue;
            }
            Err(refusal) => panic!("{refusal}\n{}", context()),
        };
        if batch.made.is_multiple_of(SIGNED_EVERY) {
            // The last step reads the signed bytes back, and proves every duty of them.
            mail.clone().release(&gate).unwrap_or_else(|refusal| panic!("{refusal}\n{}", context()));
        }
        let bytes = &shown.bytes;
        let view = View::open(bytes).expect("a mail");
        let found = names(&view);
        let extra: Vec<_> = found.iter().filter(|(name, count)| allowed.get(*name).unwrap_or(&0) < count).collect();
        assert!(extra.is_empty(), "{extra:?}\n{}", context());
        let lacking = duties(word, &view, bytes);
        assert!(lacking.is_empty(), "{lacking:?}\n{}", context());
        if !matches!(*word, "system" | "reply") {
            assert!(visible_links(&gate, &shown), "no link in a part\n{}", context());
        }
        let to = mail.facts.person.address().map_or(String::new(), |address| address.as_str().to_owned());
        let allowed: Vec<String> = allowed.iter().map(|(name, count)| format!("{name}:{count}")).collect();
        let _ = writeln!(batch.bytes, "{}\t{}\t{to}\t{}", bytes.len(), round, allowed.join(","));
        batch.bytes.extend_from_slice(bytes);
        batch.made += 1;
    }
    batch
}

/// Reads a batch: no header more often than it may be, one recipient and one author, no defect.
const READER: &str = r#"
import sys
from email.parser import BytesParser, BytesHeaderParser
from email import policy
from email.utils import getaddresses
plain = BytesHeaderParser(policy=policy.compat32)
whole = BytesParser(policy=policy.default)
count, findings = 0, []
with open(sys.argv[1], 'rb') as file:
    while True:
        line = file.readline()
        if not line:
            break
        length, number, to, allowed = line.decode().rstrip('\n').split('\t')
        wire = file.read(int(length))
        allowed = {k: int(v) for k, v in (pair.rsplit(':', 1) for pair in allowed.split(','))}
        def say(what):
            findings.append(f'mail {number}: {what}')
        # Up to the first empty line; that no line ends otherwise was looked at before.
        mail = plain.parsebytes(wire[:wire.index(b'\r\n\r\n') + 4])
        seen = {}
        for name, value in mail.raw_items():
            seen[name.lower()] = seen.get(name.lower(), 0) + 1
        for name, times in seen.items():
            if times > allowed.get(name, 0):
                say(f'extra header {name!r}')
        if mail.defects:
            say(f'defects {mail.defects}')
        for name in ('To', 'From', 'Reply-To'):
            # Addresses beyond ASCII stand there as they are (RFC 6532).
            fields = [value.encode('ascii', 'surrogateescape').decode('utf-8')
                      for known, value in mail.raw_items() if known.lower() == name.lower()]
            found = getaddresses(fields)
            if name == 'To' and (len(found) != 1 or found[0][1].lower() != to.lower()):
                say(f'recipients {found!r}, not {to!r}')
            if name != 'To' and len(found) != len(fields):
                say(f'{name} {found!r}')
        if count % 25 == 0:
            parsed = whole.parsebytes(wire)
            for part in parsed.walk():
                if part.defects:
                    say(f'part defects {part.defects}')
            if len(parsed['To'].addresses) != 1 or len(parsed['From'].addresses) != 1:
                say(f'addresses {parsed["To"]!r} {parsed["From"]!r}')
            if parsed.get_content_maintype() not in ('multipart', 'text'):
                say(f'content type {parsed.get_content_type()}')
        count += 1
for finding in findings[:20]:
    print(finding)
print(f'{count} mails, {len(findings)} findings')
"#;

fn python(file: &std::path::Path) -> Option<std::process::Child> {
    let mut command = Command::new("python3");
    command.args(["-c", READER]).arg(file).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().ok()
}

/// ARMOUR C3 and B4. Proves M1, M4, M6, T8, R26, R28, R34, R50: whatever stands in the fields of
/// customers and visitors, of fifty thousand mails none has a header, a recipient or an author too
/// many, and none lacks a duty.
#[test]
fn armour_c3_b4_fifty_thousand_hostile_mails_have_their_headers_and_no_others() {
    let figure = if variable("XTASK_LONG").is_some() { MAILS * 20 } else { MAILS };
    let folder = Folder::new("armour-c3");
    let mut pythons = Vec::new();
    for slice in 0..figure / MAILS {
        let lanes: Vec<_> =
            (0..LANES).map(|lane| std::thread::spawn(move || write(slice * LANES + lane, MAILS / LANES))).collect();
        for (lane, written) in lanes.into_iter().enumerate() {
            let batch = written.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            assert!(batch.refused < batch.made, "most attacks must be tried, not refused: {}", batch.refused);
            let file = folder.write(&format!("{slice}-{lane}"), &batch.bytes);
            pythons.push((python(&file), batch.made));
        }
    }
    for (python, made) in pythons {
        // Both have been reading since their file was written.
        let Some(python) = python else { return not_run("the second parser of hostile mails (python3 is absent)") };
        let output = python.wait_with_output().expect("Python ends");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(said.ends_with(&format!("{made} mails, 0 findings\n")), "{said}");
    }
}

/// ARMOUR B4. Proves R26, R28: there are at least forty hostile templates, all of the kinds that the
/// block must survive are among them, and ten megabytes are refused at save and at release.
#[test]
fn armour_b4_all_kinds_of_hostile_templates_are_tried() {
    assert!(ACCEPTED.len() >= 40 && REFUSED.len() >= 40, "{} {}", ACCEPTED.len(), REFUSED.len());
    let all: Vec<&str> = ACCEPTED.iter().copied().chain(REFUSED.iter().map(|(body, _)| *body)).collect();
    let tried = |piece: &str| all.iter().any(|body| body.contains(piece));
    for kind in [
        "<!-- ",
        "<style>.a{color:red}",
        "<textarea>",
        "display:none",
        "<base ",
        "</body></html><div",
        "font-size:1px",
        "font-size:0",
        "color:#fff",
        "#ffffff",
        "position:absolute",
        "<plaintext>",
        "<svg>",
        "opacity",
        "<!--[if mso]>",
        "margin-top:-5000px",
    ] {
        assert!(tried(kind), "no template with {kind}");
    }
    let large = html(&"<p>Ten megabytes</p>".repeat(500_000));
    assert!(large.body.len() >= 10_000_000);
    let problems = Gate::check_content(&large, &[]);
    assert!(matches!(problems[..], [gate::Problem { fault: Fault::TooLarge(gate::MAX_BODY), .. }]), "{problems:?}");
    assert!(newsletter(large).release(&world::gate()).is_err());
}

fn words(content: &MailingContent, known: &[&str]) -> Vec<&'static str> {
    Gate::check_content(content, known).iter().map(|problem| problem.fault.word()).collect()
}

/// ARMOUR D6: what a template costs and how long it becomes is bounded, and what goes
/// beyond is told when it is saved, not when it is sent.
#[test]
fn armour_d6_work_and_output_of_a_template_are_limited_at_save() {
    let known = ["a", "b", "firstname"];
    for (body, word) in [
        ("{% include 'x' %}".to_owned(), "bad_field"),
        ("{% import '/etc/passwd' as x %}".to_owned(), "bad_field"),
        ("{% extends 'x' %}".to_owned(), "bad_field"),
        ("{% for x in range(1000000000) %}x{% endfor %}".to_owned(), "bad_field"),
        ("{% macro x() %}{{ x() }}{% endmacro %}".to_owned(), "bad_field"),
        ("{{ range(1000000000) }}".to_owned(), "unknown_field"),
        ("{{ env('PATH') }}".to_owned(), "unknown_field"),
        ("{{ a.__class__.__mro__ }}".to_owned(), "bad_field"),
        ("{{ 'x' * 1000000000 }}".to_owned(), "bad_field"),
        ("{{ a | replace('', 'xxxxxxxx') }}".to_owned(), "bad_field"),
        // Many long expressions: each is allowed, all together are not.
        (format!("{{{{ {} }}}}", vec!["a"; 90].join(" ~ ")).repeat(200), "too_much_code"),
        // A text that becomes large with the longest values that fields may have.
        (format!("{{{{ {} }}}}", vec!["a"; 90].join(" ~ ")).repeat(80), "too_large_filled"),
        // Every condition doubles the versions of the text, and each of them is read at save.
        (format!("{}{}", "{% if a %}a{% endif %}".repeat(7), "<p>long</p>".repeat(40_000)), "too_many_ways"),
        ("{% if a %}x{% endif %}".repeat(33), "too_many_conditions"),
        ("<div>".repeat(500), "too_deep"),
        ("x".repeat(1_000_001), "too_large"),
    ] {
        let found = words(&html(&body), &known);
        assert!(found.contains(&word), "{}: {found:?}", &body[..body.len().min(80)]);
    }
    let subject = MailingContent { subject: "{{ a ~ a ~ a ~ a ~ a ~ a }}".to_owned(), ..html("<p>x</p>") };
    assert_eq!(words(&subject, &known), ["too_large_filled"]);
    let fine = format!("{}{}", "{% if a %}a{% endif %}".repeat(3), "<p>{{ a }} {{ b | upper }}</p>".repeat(30));
    assert_eq!(words(&html(&fine), &known), Vec::<&str>::new(), "what people write is not held up");
}

/// ARMOUR D6: values that are longer than fields can be do not become a mail of any size:
/// it is refused, and costs no more memory than a mail may.
#[test]
fn armour_d6_values_beyond_all_limits_are_refused_at_release() {
    let body = html(&"<p>{{ firstname }}</p>".repeat(20));
    let mut mail = newsletter(MailingContent { subject: "News".to_owned(), ..body });
    if let PersonFacts::Contact(contact) = &mut mail.facts.person {
        contact.fields.insert("firstname".into(), "&".repeat(1_000_000));
    }
    let refused = mail.release(&world::gate()).map(|_| ()).expect_err("too large");
    assert!(matches!(&refused, Refusal::NotRenderable { problem } if problem.contains("1048576")), "{refused}");
}

/// ARMOUR D6: every fault has its sentence in both languages, with the place where it stands.
#[test]
fn armour_d6_faults_are_told_in_german_and_english() {
    use texts::Language;
    let mut seen = std::collections::BTreeSet::new();
    for (body, _) in REFUSED {
        for problem in Gate::check_content(&html(body), &["firstname"]) {
            let (german, english) = (problem.say(Language::De), problem.say(Language::En));
            assert!(german.starts_with("Zeile ") && english.starts_with("Line "), "{german} {english}");
            assert_ne!(problem.fault.say(Language::De), problem.fault.say(Language::En), "{body}");
            assert_eq!(english, problem.to_string());
            seen.insert(problem.fault.word());
        }
    }
    assert!(seen.len() > 15, "{seen:?}");
}
