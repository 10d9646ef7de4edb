//! A mailing's content, read once and rendered for each recipient.
//!
//! Conditions are resolved before the HTML is read, so that every reading that leaves was scanned
//! and proven as it is. Each way through the conditions is one [`Skeleton`], made when it is first
//! taken and kept.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use minijinja::Value;
use policy::MailingContent;
use policy::send::BodyFormat;

use crate::frame;
use crate::markup::{self, Context, Rules, Scan, SlotKind};
use crate::outlook;
use crate::problem::{Fault, Found, Part, Problem};
use crate::template::{self, Piece, SLOT_CLOSE, SLOT_OPEN, Slot, Template};

/// Bytes of a body as a customer writes it.
pub const MAX_BODY: usize = 1_000_000;
/// Bytes of a body with its fields filled in (D6 of the armour: at most 1 MB).
const MAX_OUTPUT: usize = 1 << 20;
/// Bytes of a subject or preheader.
pub const MAX_SUBJECT: usize = 500;
/// Bytes of a subject or preheader with its fields filled in.
const MAX_SUBJECT_OUTPUT: usize = 4_000;
/// The longest value of a field that contacts have, in characters of four bytes: what does not fit
/// with it is told at save, not at send.
const LONGEST_VALUE: usize = 200;
/// Bytes that a check at save reads, over all ways through the conditions: about a second of work.
const MAX_READ: usize = 20_000_000;
/// Ways through the conditions that are kept.
const MAX_SKELETONS: usize = 64;
/// Columns of the text part.
const TEXT_WIDTH: usize = 76;

/// Content that was checked.
pub(crate) struct Compiled {
    subject: Template,
    preheader: Template,
    body: Template,
    kinds: Vec<SlotKind>,
    format: BodyFormat,
    language: &'static str,
    skeletons: Mutex<HashMap<Vec<u8>, Arc<Skeleton>>>,
}

/// One way through the conditions.
struct Skeleton {
    /// The document up to the preheader.
    opening: String,
    /// Between the container's tags.
    html: Vec<Filling>,
    text: Vec<Filling>,
}

enum Filling {
    Raw(String),
    Value(usize, Context),
}

/// A mailing for one recipient, without the signature block.
pub(crate) struct Rendered {
    pub(crate) subject: String,
    /// The document up to and including the container's start tag.
    pub(crate) opening: String,
    /// Between the container's tags.
    pub(crate) html: String,
    pub(crate) text: String,
}

impl Compiled {
    /// Reads and checks the content.
    pub(crate) fn new(content: &MailingContent) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let subject = cut(&content.subject, Part::Subject, MAX_SUBJECT, &mut problems);
        let preheader = cut(&content.preheader, Part::Preheader, MAX_SUBJECT, &mut problems);
        let body = cut(&content.body, Part::Body, MAX_BODY, &mut problems);
        let (Some(subject), Some(preheader), Some(body)) = (subject, preheader, body) else {
            return Err(problems);
        };
        for (text, part) in [(&content.subject, Part::Subject), (&content.body, Part::Body)] {
            if text.trim().is_empty() {
                problems.push(Found::new(0, Fault::Empty).in_source(part, text));
            }
        }
        if let Some((at, c)) = content.subject.char_indices().find(|&(_, c)| breaks_line(c)) {
            problems.push(Found::new(at, Fault::Character(c)).in_source(Part::Subject, &content.subject));
        }
        if looks_like_reply(&content.subject) {
            problems.push(Found::new(0, Fault::LooksLikeReply).in_source(Part::Subject, &content.subject));
        }
        let kinds = body.slots.iter().map(kind).collect();
        let compiled = Self {
            subject,
            preheader,
            body,
            kinds,
            format: content.format,
            language: content.language.code(),
            skeletons: Mutex::default(),
        };
        problems.extend(compiled.body_problems(&content.body));
        if problems.is_empty() { Ok(compiled) } else { Err(problems) }
    }

    fn body_problems(&self, source: &str) -> Vec<Problem> {
        let place = |found: Found| self.placed(found, source);
        if self.format == BodyFormat::Html && self.body.has_conditions() {
            let rules = Rules { slots: Some(&self.kinds), office: false, document: true };
            if let Err(found) = markup::scan(&self.body.text, rules) {
                return found.into_iter().map(place).collect();
            }
        }
        let ways = self.body.ways(MAX_SKELETONS);
        if ways.len() > 1 && ways.len().saturating_mul(source.len()) > MAX_READ {
            return vec![Found::new(0, Fault::TooManyWays).in_source(Part::Body, source)];
        }
        // Every way is proven when it is taken; here, so that faults show at save.
        for way in ways {
            if let Err(found) = self.skeleton(&way) {
                return found.into_iter().map(place).collect();
            }
        }
        Vec::new()
    }

    /// The problem with its place in the source.
    fn placed(&self, found: Found, source: &str) -> Problem {
        let at = match self.format {
            BodyFormat::Html => self.body.source_offset(found.at.min(self.body.text.len())),
            BodyFormat::Markdown => {
                let text = self.body.assemble(&[]);
                let at = markdown_offset(&text, found.at);
                // With conditions the texts differ; the place is then that of the same offset.
                self.body.source_offset(at)
            }
        };
        Found { at, ..found }.in_source(Part::Body, source)
    }

    /// Problems that depend on which fields the account has.
    pub(crate) fn field_problems(&self, content: &MailingContent, known: &[&str]) -> Vec<Problem> {
        let full: BTreeMap<_, _> = known.iter().map(|&k| (k.to_owned(), "x".to_owned())).collect();
        let samples = [template::values(&full), template::values(&BTreeMap::new())];
        let parts = [
            (Part::Subject, &self.subject, &content.subject),
            (Part::Preheader, &self.preheader, &content.preheader),
            (Part::Body, &self.body, &content.body),
        ];
        let mut problems = Vec::new();
        for (part, template, source) in parts {
            let mut found = template.unknown_fields(known);
            for values in &samples {
                found.extend(template.trial(values));
            }
            found.dedup();
            problems.extend(found.into_iter().map(|f| f.in_source(part, source)));
        }
        if problems.is_empty() {
            let longest = known.iter().map(|&k| (k.to_owned(), "😀".repeat(LONGEST_VALUE))).collect();
            if let Err(fault @ (Fault::TooLargeFilled(_) | Fault::BadField(_))) = self.render(&longest) {
                problems.push(Found::new(0, fault).in_source(Part::Body, ""));
            }
        }
        problems
    }

    /// Fills in one recipient's fields.
    pub(crate) fn render(&self, fields: &BTreeMap<String, String>) -> Result<Rendered, Fault> {
        let values = template::values(fields);
        let fault = |found: Found| found.fault;
        let line = |template: &Template| match template.plain(&values) {
            Ok(text) if text.len() > MAX_SUBJECT_OUTPUT => Err(Fault::TooLargeFilled(MAX_SUBJECT_OUTPUT)),
            Ok(text) => Ok(mail_formats::header::cleaned(&text)),
            Err(found) => Err(found.fault),
        };
        let subject = line(&self.subject)?;
        if subject.is_empty() {
            return Err(Fault::Empty);
        }
        if looks_like_reply(&subject) {
            return Err(Fault::LooksLikeReply);
        }
        let preheader = line(&self.preheader)?;
        let decisions = self.body.decide(&values).map_err(fault)?;
        let skeleton = self.skeleton(&decisions).map_err(|mut found| found.swap_remove(0).fault)?;
        let mut html = preheader_html(&preheader);
        self.fill(&skeleton.html, &values, true, &mut html).map_err(fault)?;
        let mut text = String::new();
        self.fill(&skeleton.text, &values, false, &mut text).map_err(fault)?;
        Ok(Rendered { subject, opening: skeleton.opening.clone(), html, text })
    }

    fn fill(&self, fillings: &[Filling], values: &Value, html: bool, out: &mut String) -> Result<(), Found> {
        for filling in fillings {
            match filling {
                Filling::Raw(raw) => out.push_str(raw),
                Filling::Value(slot, context) => {
                    let value = self.body.value(*slot, values)?;
                    match context {
                        Context::Url => percent_encode(&value, out),
                        Context::Text if html => out.push_str(&frame::escaped(&value)),
                        Context::Text => out.push_str(&mail_formats::header::cleaned(&value)),
                    }
                }
            }
            // Before the next piece, so that no more than one value lies above the limit.
            if out.len() > MAX_OUTPUT {
                return Err(Found::new(0, Fault::TooLargeFilled(MAX_OUTPUT)));
            }
        }
        Ok(())
    }

    /// The skeleton of these decisions, kept or made.
    fn skeleton(&self, decisions: &[u8]) -> Result<Arc<Skeleton>, Vec<Found>> {
        let kept = self.skeletons.lock().unwrap_or_else(PoisonError::into_inner).get(decisions).cloned();
        if let Some(skeleton) = kept {
            return Ok(skeleton);
        }
        let skeleton = Arc::new(self.build(decisions)?);
        let mut all = self.skeletons.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() < MAX_SKELETONS {
            all.insert(decisions.to_vec(), Arc::clone(&skeleton));
        }
        Ok(skeleton)
    }

    fn build(&self, decisions: &[u8]) -> Result<Skeleton, Vec<Found>> {
        let mut source = self.body.assemble(decisions);
        let document = self.format == BodyFormat::Html;
        if !document {
            source = markdown(&source);
        }
        let rules = Rules { slots: Some(&self.kinds), office: false, document };
        let scan = markup::scan(&source, rules)?;
        let opening = opening(self.language, &source, &scan);
        let (before, after) = wrapper(&source, &scan);
        let body = &source[scan.body.clone()];
        if body.trim().is_empty() {
            return Err(vec![Found::new(0, Fault::Empty)]);
        }
        check_readings(&source, &scan, &self.kinds, &opening)?;
        let inner = format!("{before}{body}{after}");
        if !frame::prove(&around(&opening, &inner)) {
            return Err(vec![Found::new(scan.body.start, Fault::NotContained)]);
        }
        Ok(Skeleton { opening, html: fillings(&inner, &scan.contexts), text: fillings(&text_of(body), &scan.contexts) })
    }
}

/// A document like the one that will be sent, for the proof.
fn around(opening: &str, inner: &str) -> String {
    let close = frame::CONTAINER_CLOSE;
    format!("{opening}{inner}{close}{}x{}{}", frame::BLOCK_OPEN, frame::BLOCK_CLOSE, frame::END)
}

/// What Outlook reads must hold as well.
fn check_readings(source: &str, scan: &Scan, kinds: &[SlotKind], opening: &str) -> Result<(), Vec<Found>> {
    let readings = outlook::readings(source, &scan.comments).map_err(|found| vec![found])?;
    for reading in readings {
        let body = &reading[scan.body.clone()];
        let rules = Rules { slots: Some(kinds), office: true, document: false };
        let moved = |found: Vec<Found>| {
            found.into_iter().map(|f| Found { at: f.at + scan.body.start, ..f }).collect::<Vec<_>>()
        };
        markup::scan(body, rules).map_err(moved)?;
        if !frame::prove(&around(opening, body)) {
            return Err(vec![Found::new(scan.body.start, Fault::NotContained)]);
        }
    }
    Ok(())
}

fn cut(source: &str, part: Part, limit: usize, problems: &mut Vec<Problem>) -> Option<Template> {
    if source.len() > limit {
        problems.push(Found::new(0, Fault::TooLarge(limit)).in_source(part, ""));
        return None;
    }
    if let Some((at, c)) = source.char_indices().find(|&(_, c)| matches!(c, SLOT_OPEN | SLOT_CLOSE | '\0')) {
        problems.push(Found::new(at, Fault::Character(c)).in_source(part, source));
        return None;
    }
    match Template::cut(source) {
        Ok(template) => Some(template),
        Err(found) => {
            problems.extend(found.into_iter().map(|f| f.in_source(part, source)));
            None
        }
    }
}

fn kind(slot: &Slot) -> SlotKind {
    match slot {
        Slot::Value(_) => SlotKind::Value,
        Slot::If(_) => SlotKind::If,
        Slot::Elif(_) | Slot::Else => SlotKind::Else,
        Slot::EndIf => SlotKind::EndIf,
    }
}

fn opening(language: &str, source: &str, scan: &Scan) -> String {
    let styles: String = scan.head_styles.iter().map(|range| &source[range.clone()]).collect();
    frame::opening(language, &styles)
}

/// The customer's body element as an element of our body. Its `bgcolor`, which only a body has,
/// becomes the colour of an element around it.
fn wrapper(source: &str, scan: &Scan) -> (String, &'static str) {
    let of = |name: &str| scan.body_attributes.iter().find(|(n, _)| n == name).map(|(_, range)| &source[range.clone()]);
    let kept = scan.body_attributes.iter().filter(|(name, _)| name != "bgcolor");
    let attributes: String = kept.map(|(_, range)| format!(" {}", &source[range.clone()])).collect();
    let colour = of("bgcolor")
        .and_then(|attribute| attribute.split_once('='))
        .map(|(_, value)| value.trim().trim_matches(['"', '\'']));
    let colour = colour
        .filter(|value| !value.is_empty() && value.trim_start_matches('#').bytes().all(|b| b.is_ascii_alphanumeric()));
    match (colour, attributes.is_empty()) {
        (None, true) => (String::new(), ""),
        (None, false) => (format!("<div{attributes}>"), "</div>"),
        (Some(colour), _) => (format!("<div style=\"background-color:{colour}\"><div{attributes}>"), "</div></div>"),
    }
}

/// The preheader is hidden on the page and shown by lists of mails.
fn preheader_html(preheader: &str) -> String {
    if preheader.is_empty() {
        return String::new();
    }
    format!("<div style=\"display:none;mso-hide:all\">{}</div>", frame::escaped(preheader))
}

fn fillings(text: &str, contexts: &BTreeMap<usize, Context>) -> Vec<Filling> {
    let pieces = template::pieces(text).into_iter();
    pieces
        .map(|piece| match piece {
            Piece::Raw(raw) => Filling::Raw(raw.replace([SLOT_OPEN, SLOT_CLOSE], "")),
            Piece::Slot(slot) => Filling::Value(slot, contexts.get(&slot).copied().unwrap_or(Context::Text)),
        })
        .collect()
}

/// Markdown to HTML; markup in it goes through the same check as that of HTML mailings.
fn markdown(source: &str) -> String {
    use pulldown_cmark::{Parser, html};
    let mut out = String::with_capacity(source.len() * 3 / 2);
    html::push_html(&mut out, Parser::new_ext(source, markdown_options()));
    // The writer percent-encodes the marks of slots in links; whoever writes the same by hand
    // names a slot that exists or gets an error.
    unescaped_slots(&out)
}

/// The offset in Markdown of the piece that stands at `at` in its HTML.
fn markdown_offset(source: &str, at: usize) -> usize {
    use pulldown_cmark::{Parser, html};
    let mut found = 0;
    let mut out = String::new();
    for (event, range) in Parser::new_ext(source, markdown_options()).into_offset_iter() {
        // Each event alone tells about how much HTML it makes; tables' cells apart, just that.
        html::push_html(&mut out, std::iter::once(event));
        found = range.start;
        if out.len() > at {
            break;
        }
    }
    found
}

fn markdown_options() -> pulldown_cmark::Options {
    pulldown_cmark::Options::ENABLE_TABLES | pulldown_cmark::Options::ENABLE_STRIKETHROUGH
}

fn unescaped_slots(html: &str) -> String {
    html.replace("%EF%A3%B1", "\u{F8F1}").replace("%EF%A3%B2", "\u{F8F2}")
}

/// The text part of an HTML body.
fn text_of(body: &str) -> String {
    let page = format!("<!DOCTYPE html><body>{body}");
    let config = html2text::config::plain().no_table_borders().no_link_wrapping().allow_width_overflow();
    let text = config.string_from_read(page.as_bytes(), TEXT_WIDTH).unwrap_or_default();
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim().to_owned()
}

fn percent_encode(value: &str, out: &mut String) {
    for b in value.bytes() {
        if b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(b));
        } else {
            out.push_str(&format!("%{b:02X}"));
        }
    }
}

fn breaks_line(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// `Re:`, `AW[2] :`, `Fwd：` and their kin in any language that we met (R25).
pub(crate) fn looks_like_reply(subject: &str) -> bool {
    const PREFIXES: [&str; 12] = ["re", "aw", "antw", "sv", "fwd", "fw", "wg", "tr", "rif", "vs", "enc", "odp"];
    let subject = subject.trim_start();
    let end = subject.find(|c: char| !c.is_alphabetic()).unwrap_or(subject.len());
    if !PREFIXES.contains(&subject[..end].to_lowercase().as_str()) {
        return false;
    }
    let mut rest = subject[end..].trim_start();
    rest = rest.trim_start_matches(['[', '(', '^']).trim_start_matches(|c: char| c.is_ascii_digit());
    rest = rest.trim_start_matches([']', ')']).trim_start();
    rest.starts_with([':', '\u{ff1a}'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r25_subjects_that_imitate_replies_are_seen() {
        for subject in ["Re: x", "RE : x", "aw[2]: x", "Fwd: x", "fw:x", "WG： x", " re (3) : x", "SV:x", "Re^2: x"] {
            assert!(looks_like_reply(subject), "{subject}");
        }
        for subject in ["Regards: x", "Reduced: 5 things", "Fresh news: x", "re x", "[Test] x"] {
            assert!(!looks_like_reply(subject), "{subject}");
        }
    }
}
