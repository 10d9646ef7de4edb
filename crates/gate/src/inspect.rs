//! Reads the finished bytes back and proves every duty of the mail's purpose (promise 2).
//!
//! It works on the bytes alone and on facts that it looks up itself; nothing is taken from what
//! the composer believes to have written. The header may hold exactly the fields of the purpose,
//! each once; the block must consist of nothing but its own words and links, behind a container
//! whose content passes the strict scanner once more.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use mail_formats::EmailAddress;
use mail_formats::dkim::OVERSIGNED;
use mail_formats::header::{Header, HeaderValue, Mailbox};
use mail_formats::raw::{RawField, RawMessage};
use mail_formats::wire;
use policy::{PersonFacts, Purpose, Refusal, SendFacts};
use seals::Timestamp;

use crate::block::{self, RULE};
use crate::compiled::looks_like_reply;
use crate::compose;
use crate::frame;
use crate::house::{House, MAX_LINK};
use crate::keys::Expected;
use crate::marks::Marks;
use crate::markup::{self, Rules};
use crate::outlook;

/// What a mail is held against.
pub(crate) struct Duty<'a> {
    pub(crate) purpose: Purpose,
    pub(crate) facts: &'a SendFacts,
    pub(crate) marks: &'a Marks,
    pub(crate) house: &'a House,
    pub(crate) recipient: &'a EmailAddress,
    pub(crate) signatures: Vec<Expected>,
    pub(crate) now: Timestamp,
}

/// A duty that is not kept: the requirement, and what was found.
type Broken = String;

/// Proves the finished bytes.
pub(crate) fn inspect(bytes: &[u8], duty: &Duty<'_>) -> Result<(), Refusal> {
    check(bytes, duty).map_err(|duty| Refusal::DutyBroken { duty })
}

fn check(bytes: &[u8], duty: &Duty<'_>) -> Result<(), Broken> {
    wire::check(bytes).map_err(|error| format!("T1: {error}"))?;
    let message = RawMessage::parse(bytes).map_err(|error| format!("M1: {error}"))?;
    field_names(&message, duty)?;
    origin(&message, duty)?;
    list_fields(&message, duty)?;
    signatures(&message, duty)?;
    let parts = parts(&message)?;
    let legal = legal_lines(duty)?;
    text_part(&parts.text, &legal, duty)?;
    html_part(&parts.html, &legal, duty)
}

fn demand(holds: bool, what: &str) -> Result<(), Broken> {
    if holds { Ok(()) } else { Err(what.to_owned()) }
}

/// Exactly the fields of the purpose, each once, signatures on top in their order (M1, U1, A8).
fn field_names(message: &RawMessage<'_>, duty: &Duty<'_>) -> Result<(), Broken> {
    let duties = duty.purpose.duties();
    let mut wanted = vec!["DKIM-Signature"; duty.signatures.len()];
    if duty.house.domainkeys {
        wanted.push("DomainKey-Signature");
    }
    wanted.extend(["Date", "From", "To", "Subject", "Message-ID"]);
    if duty.purpose == Purpose::AbuseReply && message.only("In-Reply-To").is_some() {
        wanted.extend(["In-Reply-To", "References"]);
    }
    if duties.list_unsubscribe {
        wanted.extend(["List-Unsubscribe", "List-Unsubscribe-Post"]);
    }
    if duties.list_identity {
        wanted.extend(["List-Id", "List-Post", "Feedback-ID", "CFBL-Address", "CFBL-Feedback-ID"]);
    }
    if duties.auto_submitted.is_some() {
        wanted.push("Auto-Submitted");
    }
    if duty.purpose == Purpose::Confirmation {
        wanted.push("Form-Sub");
    }
    wanted.extend(["MIME-Version", "Content-Type"]);
    let found: Vec<&str> = message.fields().iter().map(RawField::name).collect();
    if found == wanted {
        return Ok(());
    }
    let odd = found.iter().zip(&wanted).find(|(f, w)| f != w).map_or("the last", |(f, _)| f);
    Err(format!("M1: the header fields are not those of a {} mail, from {odd} on", duty.purpose.word()))
}

fn one(message: &RawMessage<'_>, name: &str) -> Result<String, Broken> {
    let field = message.only(name).ok_or_else(|| format!("M1: {name} does not stand once"))?;
    if field.value().iter().any(|&b| b > 126 || b < 32 && !matches!(b, b'\r' | b'\n' | b'\t'))
        && !matches!(name, "To" | "From")
    {
        return Err(format!("M5: {name} holds other than printable ASCII"));
    }
    Ok(field.unfolded())
}

fn equal(message: &RawMessage<'_>, name: &str, wanted: &str, rule: &str) -> Result<(), Broken> {
    demand(one(message, name)? == wanted, &format!("{rule}: {name} is not what it must be"))
}

/// Who, to whom, when, which (M1, M3, R25, R50, T8).
fn origin(message: &RawMessage<'_>, duty: &Duty<'_>) -> Result<(), Broken> {
    let author = compose::author(duty.purpose, duty.facts, duty.house).map_err(|r| format!("R50: {r}"))?;
    let address = author.address().as_str().to_owned();
    mailbox(message, "From", author, "R50")?;
    let from = one(message, "From")?;
    let shown = from.rsplit_once('<').map_or(from.as_str(), |(_, rest)| rest.trim_end_matches('>'));
    demand(shown == address, "R50: From does not end in the account's own address")?;
    mailbox(message, "To", Mailbox::bare(duty.recipient.clone()), "T8")?;
    let date = HeaderValue::date(duty.now.millis());
    demand(raw_field(message, "Date")? == written("Date", date)?, "M1: Date is not the time of the release")?;
    let id = format!("<{}@{}>", duty.marks.message_id_local, duty.house.platform_domain.as_str());
    equal(message, "Message-ID", &id, "M3")?;
    let subject = decoded_words(&one(message, "Subject")?);
    demand(!subject.trim().is_empty(), "R25: the subject is empty")?;
    let reply = duty.purpose != Purpose::AbuseReply && looks_like_reply(&subject);
    demand(!reply, "R25: the subject looks like a reply")?;
    equal(message, "MIME-Version", "1.0", "M6")?;
    match duty.purpose.duties().auto_submitted {
        Some(word) => equal(message, "Auto-Submitted", word, "M8"),
        None => Ok(()),
    }
}

fn mailbox(message: &RawMessage<'_>, name: &str, wanted: Mailbox, rule: &str) -> Result<(), Broken> {
    let holds = raw_field(message, name)? == written(name, HeaderValue::mailbox(wanted))?;
    demand(holds, &format!("{rule}: {name} is not the one mailbox that it must be"))
}

fn written(name: &str, value: HeaderValue) -> Result<Vec<u8>, Broken> {
    let mut out = Vec::new();
    Header::new(name, value).map_err(|error| format!("M1: {error}"))?.write(&mut out);
    Ok(out)
}

fn raw_field(message: &RawMessage<'_>, name: &str) -> Result<Vec<u8>, Broken> {
    let field = message.only(name).ok_or_else(|| format!("M1: {name} does not stand once"))?;
    Ok([field.name().as_bytes(), b":", field.value(), b"\r\n"].concat())
}

/// The way out in the header, and whom a report leads to (R34, R35, U2, U3, U13, F9, F10, F12).
fn list_fields(message: &RawMessage<'_>, duty: &Duty<'_>) -> Result<(), Broken> {
    let duties = duty.purpose.duties();
    let marks = duty.marks;
    if duties.list_unsubscribe {
        short(&marks.header_url)?;
        demand(marks.header_url.starts_with(&duty.house.public_url), "U2: the header link is not ours")?;
        let links = format!("<{}>, <{}>", marks.header_url, marks.header_mail);
        equal(message, "List-Unsubscribe", &links, "U2")?;
        equal(message, "List-Unsubscribe-Post", "List-Unsubscribe=One-Click", "U3")?;
    }
    if duty.purpose == Purpose::Confirmation {
        let PersonFacts::Pending(pending) = &duty.facts.person else {
            return Err("C2: a confirmation mail without a sign-up".to_owned());
        };
        equal(message, "Form-Sub", &compose::form_sub(&pending.ip), "C2")?;
    }
    if !duties.list_identity {
        return Ok(());
    }
    let missing = |refusal: Refusal| format!("U13: {refusal}");
    let (id, description) = compose::list_id(duty.facts, duty.house).map_err(missing)?;
    let list = HeaderValue::list_id(&description, &id).map_err(|error| format!("U13: {error}"))?;
    demand(raw_field(message, "List-Id")? == written("List-Id", list)?, "U13: List-Id is not that of the topic")?;
    demand(one(message, "List-Id")?.ends_with(&format!("<{id}>")), "U13: List-Id does not end in its identifier")?;
    equal(message, "List-Post", "NO", "U14")?;
    let feedback = compose::feedback_id(duty.purpose, duty.facts, duty.house).map_err(missing)?;
    equal(message, "Feedback-ID", &feedback, "F12")?;
    equal(message, "CFBL-Address", &compose::cfbl_address(duty.house), "F9")?;
    equal(message, "CFBL-Feedback-ID", &marks.feedback_token, "F10")
}

/// Every signature that must be there, each covering all that it must (A1–A4, A8, U4).
fn signatures(message: &RawMessage<'_>, duty: &Duty<'_>) -> Result<(), Broken> {
    let mut found = Vec::new();
    for field in message.named("DKIM-Signature") {
        let text: String = field.unfolded().split_whitespace().collect();
        let tags: Vec<(&str, &str)> = text.split(';').filter_map(|tag| tag.split_once('=')).collect();
        let tag = |name: &str| tags.iter().find(|(n, _)| *n == name).map_or("", |(_, value)| value);
        demand(
            tag("l").is_empty() && tag("v") == "1" && tag("c") == "relaxed/relaxed",
            "A3: a signature of another form",
        )?;
        demand(!tag("b").is_empty() && !tag("bh").is_empty(), "A1: a signature without its value")?;
        covers(message, tag("h"))?;
        found.push((tag("d").to_owned(), tag("a").to_owned()));
    }
    let wanted: Vec<_> = duty.signatures.iter().map(|e| (e.domain.clone(), e.algorithm.to_owned())).collect();
    demand(found == wanted, "A4: the signatures are not those that the mail must carry")?;
    let Some(field) = message.only("DomainKey-Signature") else { return Ok(()) };
    let text: String = field.unfolded().split_whitespace().collect();
    let author = duty.signatures.first().map_or("", |e| e.domain.as_str());
    let holds = text.contains("a=rsa-sha1;") && text.contains(&format!("d={author};")) && text.contains("b=");
    demand(holds, "A7: the DomainKeys signature is not that of the author's domain")
}

fn covers(message: &RawMessage<'_>, list: &str) -> Result<(), Broken> {
    let names: Vec<&str> = list.split(':').collect();
    let listed = |name: &str| names.iter().filter(|n| n.eq_ignore_ascii_case(name)).count();
    for name in OVERSIGNED {
        let present = message.named(name).count();
        if listed(name) != present + 1 {
            return Err(format!("A3: {name} stands {present} times and is signed {} times", listed(name)));
        }
    }
    demand(listed("DomainKey-Signature") == 0, "A8: a DKIM signature covers DomainKey-Signature")
}

/// A decoded part, with what stood on the wire.
struct Part<'a> {
    raw: &'a str,
    quoted_printable: bool,
    text: String,
}

struct Parts<'a> {
    text: Part<'a>,
    html: Part<'a>,
}

/// Text first, HTML last, nothing else (M6).
fn parts<'a>(message: &RawMessage<'a>) -> Result<Parts<'a>, Broken> {
    let kind = one(message, "Content-Type")?;
    let boundary = kind
        .strip_prefix("multipart/alternative; boundary=\"")
        .and_then(|rest| rest.strip_suffix('"'))
        .ok_or("M6: the mail is not multipart/alternative")?;
    let body = std::str::from_utf8(message.body()).map_err(|_| "M6: the body is not ASCII")?;
    demand(body.is_ascii(), "M6: the body is not ASCII")?;
    let delimiter = format!("--{boundary}");
    let mut pieces = body.split(&delimiter[..]);
    let (Some(""), Some(text), Some(html), Some("--\r\n"), None) =
        (pieces.next(), pieces.next(), pieces.next(), pieces.next(), pieces.next())
    else {
        return Err("M6: the mail has not exactly two parts".to_owned());
    };
    Ok(Parts { text: part(text, "text/plain")?, html: part(html, "text/html")? })
}

fn part<'a>(piece: &'a str, kind: &str) -> Result<Part<'a>, Broken> {
    let wrong = || format!("M6: the {kind} part is not well formed");
    let inner = piece.strip_prefix("\r\n").and_then(|p| p.strip_suffix("\r\n")).ok_or_else(wrong)?;
    let (head, raw) = inner.split_once("\r\n\r\n").ok_or_else(wrong)?;
    let encoding = head
        .strip_prefix(&format!("Content-Type: {kind}; charset=utf-8\r\nContent-Transfer-Encoding: ")[..])
        .ok_or_else(wrong)?;
    let bytes = match encoding {
        "quoted-printable" => quoted_printable(raw).ok_or_else(wrong)?,
        "base64" => BASE64.decode(raw.replace("\r\n", "")).map_err(|_| wrong())?,
        _ => return Err(wrong()),
    };
    let text = String::from_utf8(bytes).map_err(|_| wrong())?.replace("\r\n", "\n");
    Ok(Part { raw, quoted_printable: encoding == "quoted-printable", text: text.trim_end_matches('\n').to_owned() })
}

fn quoted_printable(raw: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        rest = tail;
        if first != b'=' {
            out.push(first);
            continue;
        }
        if let Some(behind) = tail.strip_prefix(b"\r\n") {
            rest = behind;
            continue;
        }
        let code = std::str::from_utf8(tail.get(..2)?).ok()?;
        out.push(u8::from_str_radix(code, 16).ok()?);
        rest = &tail[2..];
    }
    Some(out)
}

/// Encoded-words to text, as far as the writer of headers makes them; others stay.
fn decoded_words(value: &str) -> String {
    let mut bytes = Vec::new();
    for (number, word) in value.split(' ').enumerate() {
        let mut fields = word.strip_prefix("=?").and_then(|w| w.strip_suffix("?=")).unwrap_or("").split('?');
        let (_, how, text) = (fields.next(), fields.next().unwrap_or(""), fields.next().unwrap_or(""));
        let decoded = match how {
            "B" | "b" => BASE64.decode(text).ok(),
            "Q" | "q" => quoted_printable(&text.replace('_', " ")),
            _ => None,
        };
        match decoded {
            Some(decoded) => bytes.extend(decoded),
            None => {
                bytes.extend(if number > 0 { &b" "[..] } else { b"" });
                bytes.extend_from_slice(word.as_bytes());
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn legal_lines(duty: &Duty<'_>) -> Result<Vec<String>, Broken> {
    if !duty.purpose.duties().legal_notice {
        return Ok(Vec::new());
    }
    let language = block::language(duty.purpose, duty.facts);
    let lines = block::legal_lines(duty.purpose, duty.facts, language).map_err(|r| format!("R46: {r}"))?;
    demand(lines.len() >= 2, "R46: the legal notice is empty")?;
    Ok(lines)
}

fn short(url: &str) -> Result<(), Broken> {
    demand(url.len() <= MAX_LINK, "R33: a link has more than 67 characters")
}

/// The links that the block must show, in their order.
fn block_links<'a>(duty: &'a Duty<'_>) -> Vec<&'a str> {
    let mut links = Vec::new();
    if duty.purpose.duties().signature_block {
        links.push(duty.marks.body_url.as_str());
    }
    if duty.purpose.duties().preference_link {
        links.push(duty.marks.preferences_url.as_str());
    }
    links
}

/// The block at the end of the text part: every line of the notice, every link alone on its line
/// and whole on the wire (R26, R33, R38, R46).
fn text_part(part: &Part<'_>, legal: &[String], duty: &Duty<'_>) -> Result<(), Broken> {
    demand(!part.text.trim().is_empty(), "M6: the text part is empty")?;
    if duty.purpose == Purpose::Confirmation {
        let links = part.text.matches("http://").count() + part.text.matches("https://").count();
        demand(links == 2, "L3: a confirmation mail has other than two links in its text")?;
        whole_line(part, &part.text, &duty.marks.confirm_url, "R16")?;
        short(&duty.marks.confirm_url)?;
    }
    if !duty.purpose.duties().signature_block {
        return Ok(());
    }
    let border = format!("\n{RULE}\n");
    let at = part.text.rfind(&border).ok_or("R26: the text part has no signature block")?;
    let tail = &part.text[at + border.len()..];
    for line in legal {
        demand(tail.lines().any(|l| l == line), "R46: a line of the legal notice is missing in the text part")?;
    }
    for url in block_links(duty) {
        short(url)?;
        whole_line(part, tail, url, "R26")?;
    }
    let last = tail.lines().next_back().unwrap_or("");
    demand(block_links(duty).last() == Some(&last), "R26: the text part does not end with the links")
}

fn whole_line(part: &Part<'_>, text: &str, url: &str, rule: &str) -> Result<(), Broken> {
    demand(
        text.lines().any(|l| l == url),
        &format!("{rule}: a link does not stand alone on its line in the text part"),
    )?;
    demand(!part.quoted_printable || part.raw.contains(url), "R33: a link of the text part is broken on the wire")
}

/// Frame, container, block, end: nothing else, and nothing that could hide the block (R26–R28).
fn html_part(part: &Part<'_>, legal: &[String], duty: &Duty<'_>) -> Result<(), Broken> {
    let html = part.text.as_str();
    demand(html.matches(frame::CONTAINER_OPEN).count() == 1, "R26: the container does not stand once")?;
    let at = html.find(frame::CONTAINER_OPEN).unwrap_or(0) + frame::CONTAINER_OPEN.len();
    let language = block::language(duty.purpose, duty.facts);
    demand(frame::is_opening(&html[..at], language.code()), "R26: the HTML part does not begin with its frame")?;
    let (inner, tail) = split_block(&html[at..], duty.purpose.duties().signature_block)?;
    customer_part(inner)?;
    if duty.purpose.duties().bare {
        demand(
            !inner.contains("<img") && !html.contains("url(") && !html.contains("<style"),
            "L2: a picture or style in a platform mail",
        )?;
    }
    if duty.purpose == Purpose::Confirmation {
        let link = format!("<a href=\"{}\"", duty.marks.confirm_url);
        let once = inner.matches("<a ").count() == 1 && inner.contains(&link);
        demand(once, "L3: a confirmation mail has other than its one link before the block")?;
    }
    match tail {
        Some(tail) => html_block(tail, legal, duty),
        None => Ok(()),
    }
}

/// The customer's part, and the inside of the block.
fn split_block(rest: &str, has_block: bool) -> Result<(&str, Option<&str>), Broken> {
    let end = rest.strip_suffix(frame::END).ok_or("R26: the HTML part does not end with its frame")?;
    if !has_block {
        let inner = end.strip_suffix(frame::CONTAINER_CLOSE).ok_or("R26: the container is not closed")?;
        return Ok((inner, None));
    }
    let border = format!("{}{}", frame::CONTAINER_CLOSE, frame::BLOCK_OPEN);
    demand(end.matches(frame::BLOCK_OPEN).count() == 1, "R26: the signature block does not stand once")?;
    let (inner, tail) = end.split_once(&border).ok_or("R26: the signature block does not follow the container")?;
    let tail = tail.strip_suffix(frame::BLOCK_CLOSE).ok_or("R26: the signature block is not closed")?;
    Ok((inner, Some(tail)))
}

fn customer_part(inner: &str) -> Result<(), Broken> {
    let rules = Rules { slots: None, office: false, document: false };
    let faulty = |found: &[crate::problem::Found]| {
        format!("R26: what stands in the container is not contained: {}", found.first().map_or("?", |f| f.fault.word()))
    };
    let scan = markup::scan(inner, rules).map_err(|found| faulty(&found))?;
    let readings = outlook::readings(inner, &scan.comments).map_err(|found| faulty(&[found]))?;
    for reading in readings {
        markup::scan(&reading, Rules { office: true, ..rules }).map_err(|found| faulty(&found))?;
    }
    Ok(())
}

/// The block holds words, line ends and its own links, nothing else.
fn html_block(tail: &str, legal: &[String], duty: &Duty<'_>) -> Result<(), Broken> {
    let mut links = Vec::new();
    let mut lines = vec![String::new()];
    let mut rest = tail;
    while let Some(at) = rest.find('<') {
        lines.last_mut().map(|line| line.push_str(&rest[..at])).unwrap_or_default();
        rest = &rest[at..];
        if let Some(behind) = rest.strip_prefix("<br>") {
            lines.push(String::new());
            rest = behind;
            continue;
        }
        let link = rest.strip_prefix("<a href=\"").and_then(|r| r.split_once('"'));
        let (url, behind) = link.ok_or("R26: the signature block holds foreign markup")?;
        let words = behind.strip_prefix(frame::LINK_STYLE).and_then(|r| r.split_once("</a>"));
        let (words, behind) = words.ok_or("R26: a link of the signature block is not as it must be")?;
        demand(!words.trim().is_empty() && !words.contains('<'), "R26: a link of the signature block has no words")?;
        links.push(url);
        rest = behind;
    }
    demand(rest.is_empty(), "R26: the signature block does not end with its lines")?;
    demand(links == block_links(duty), "R26: the links of the signature block are not those that it must show")?;
    for line in legal {
        demand(lines.contains(&frame::escaped(line)), "R46: a line of the legal notice is missing in the HTML part")?;
    }
    Ok(())
}
