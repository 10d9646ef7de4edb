//! Reads customers' HTML strictly: what programs could read in two ways is refused.
//!
//! The scanner keeps its own stack of open elements and allows only elements that mail needs, so
//! that nothing of the customer can end up outside its container or swallow what follows it. It
//! knows where merge fields may stand. A parser of browsers proves the result again when the
//! mailing is compiled ([`crate::frame::prove`]).

use std::collections::BTreeMap;
use std::ops::Range;

use crate::problem::{Fault, FieldPlace, Found};
use crate::style;
use crate::tag::{Attribute, Tag, is_fine_srcset, is_fine_url, is_name, read_tag};
use crate::template::{SLOT_OPEN, slot_at};

/// Elements within elements. Real mails stay below 60; parsers of others recurse.
const MAX_DEPTH: usize = 120;
/// Problems that are told at once.
const MAX_FOUND: usize = 20;

const ALLOWED: [&str; 83] = [
    "a",
    "abbr",
    "address",
    "area",
    "article",
    "aside",
    "b",
    "bdi",
    "bdo",
    "big",
    "blockquote",
    "br",
    "caption",
    "center",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "font",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "main",
    "map",
    "mark",
    "nav",
    "ol",
    "p",
    "picture",
    "pre",
    "q",
    "rp",
    "rt",
    "ruby",
    "s",
    "samp",
    "section",
    "small",
    "source",
    "span",
    "strike",
    "strong",
    "style",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "time",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
    "wbr",
    "details",
    "summary",
    "bgsound",
    "acronym",
    "nobr",
];
const VOID: [&str; 8] = ["area", "br", "col", "hr", "img", "source", "wbr", "bgsound"];
/// Elements whose end tag may be left out (HTML 13.1.2.4).
const OPTIONAL_END: [&str; 13] =
    ["p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "colgroup", "rp", "rt"];
/// Elements that end an open paragraph.
const ENDS_P: [&str; 28] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "center",
    "details",
    "div",
    "dl",
    "figcaption",
    "figure",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "main",
    "nav",
    "ol",
    "p",
    "pre",
    "section",
    "table",
    "ul",
    "summary",
];
const URLS: [&str; 7] = ["href", "src", "background", "cite", "longdesc", "lowsrc", "dynsrc"];
const FORBIDDEN_ATTRIBUTES: [&str; 15] = [
    "action",
    "formaction",
    "srcdoc",
    "http-equiv",
    "ping",
    "popover",
    "is",
    "slot",
    "autofocus",
    "contenteditable",
    "manifest",
    "xmlns",
    "form",
    "data",
    "code",
];

/// Where a merge field stands, which decides how its value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Context {
    /// Between tags, or in a quoted attribute for people.
    Text,
    /// Within the address of a link, behind the name of its site.
    Url,
}

/// What a slot of the text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SlotKind {
    Value,
    If,
    Else,
    EndIf,
}

/// What was read.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    /// Where the values stand.
    pub(crate) contexts: BTreeMap<usize, Context>,
    /// The style elements of the head, tags included.
    pub(crate) head_styles: Vec<Range<usize>>,
    /// What stands in the body.
    pub(crate) body: Range<usize>,
    /// The attributes of the body that go to its container.
    pub(crate) body_attributes: Vec<(String, Range<usize>)>,
    /// Comments of the body.
    pub(crate) comments: Vec<Range<usize>>,
}

/// How to read.
#[derive(Clone, Copy)]
pub(crate) struct Rules<'a> {
    /// The kinds of the slots; `None` reads finished text, which has none.
    pub(crate) slots: Option<&'a [SlotKind]>,
    /// Elements of office programs (`v:rect`) are allowed: the text is what Outlook sees.
    pub(crate) office: bool,
    /// The text may be a whole document.
    pub(crate) document: bool,
}

/// Reads a text.
pub(crate) fn scan(text: &str, rules: Rules<'_>) -> Result<Scan, Vec<Found>> {
    let whole = rules.document && begins_document(text);
    let place = if whole { Place::Before } else { Place::Body };
    let mut scanner =
        Scanner { text, at: 0, place, stack: Vec::new(), found: Vec::new(), rules, scan: Scan::default() };
    scanner.scan.body = 0..text.len();
    scanner.run();
    if scanner.found.is_empty() { Ok(scanner.scan) } else { Err(scanner.found) }
}

/// The text begins as a document does, comments and blanks apart.
fn begins_document(text: &str) -> bool {
    let mut rest = text.trim_start_matches('\u{feff}').trim_start();
    while let Some(comment) = rest.strip_prefix("<!--") {
        let Some(end) = comment.find("-->") else { return false };
        rest = comment[end + 3..].trim_start();
    }
    let head: String = rest.chars().take(9).collect::<String>().to_ascii_lowercase();
    ["<!doctype", "<html", "<head", "<body"].iter().any(|word| head.starts_with(word))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Before,
    Head,
    Body,
    After,
}

struct Open {
    name: String,
    at: usize,
}

/// The name by which a condition stands on the stack; no element has it.
const CONDITION: &str = "{% if %}";

struct Scanner<'a> {
    text: &'a str,
    at: usize,
    place: Place,
    stack: Vec<Open>,
    found: Vec<Found>,
    rules: Rules<'a>,
    scan: Scan,
}

impl<'a> Scanner<'a> {
    fn run(&mut self) {
        while self.at < self.text.len() && self.found.len() < MAX_FOUND {
            let rest = &self.text[self.at..];
            let next = rest.find(['<', SLOT_OPEN]).unwrap_or(rest.len());
            self.words(next);
            self.at += next;
            if self.at < self.text.len() && !self.markup() {
                return;
            }
        }
        self.finish();
    }

    fn fault(&mut self, at: usize, fault: Fault) {
        self.found.push(Found::new(at, fault));
    }

    /// Text without tags.
    fn words(&mut self, length: usize) {
        let text = &self.text[self.at..self.at + length];
        if let Some((at, c)) = text.char_indices().find(|&(_, c)| c.is_control() && !matches!(c, '\t' | '\n' | '\r')) {
            self.fault(self.at + at, Fault::Character(c));
        }
        let blank = text.trim_matches('\u{feff}').trim().is_empty();
        if self.place != Place::Body && !blank {
            self.fault(self.at, Fault::OutsideBody);
        }
    }

    /// Something that begins with `<` or a slot. False stops the scan: what follows cannot be
    /// told apart.
    fn markup(&mut self) -> bool {
        let rest = &self.text[self.at..];
        if rest.starts_with(SLOT_OPEN) {
            return self.slot();
        }
        let second = rest.chars().nth(1);
        match second {
            Some('!') if rest.starts_with("<!--") => self.comment(),
            Some('!') => self.doctype(),
            Some('/') => self.end_tag(),
            Some(c) if c.is_ascii_alphabetic() => self.start_tag(),
            Some(c) if c.is_whitespace() || c.is_ascii_digit() || matches!(c, '=' | '-') => {
                self.at += 1;
                true
            }
            _ => {
                self.fault(self.at, Fault::BadTag);
                false
            }
        }
    }

    fn slot(&mut self) -> bool {
        let Some(kinds) = self.rules.slots else {
            // Finished text has no slots; this is a character like others.
            self.at += SLOT_OPEN.len_utf8();
            return true;
        };
        let Some((number, length)) = slot_at(&self.text[self.at..]) else {
            self.fault(self.at, Fault::Character(SLOT_OPEN));
            return false;
        };
        let Some(&kind) = kinds.get(number) else {
            self.fault(self.at, Fault::Character(SLOT_OPEN));
            return false;
        };
        if self.place != Place::Body {
            self.fault(self.at, Fault::FieldNotHere(FieldPlace::Head));
        }
        let on_top = self.stack.last().is_some_and(|open| open.name == CONDITION);
        match kind {
            SlotKind::Value => {
                self.scan.contexts.insert(number, Context::Text);
            }
            SlotKind::If => self.stack.push(Open { name: CONDITION.to_owned(), at: self.at }),
            SlotKind::Else if on_top => {}
            SlotKind::EndIf if on_top => {
                self.stack.pop();
            }
            SlotKind::Else | SlotKind::EndIf => {
                self.fault(self.at, Fault::BrokenCondition);
                return false;
            }
        }
        self.at += length;
        true
    }

    fn comment(&mut self) -> bool {
        let start = self.at;
        let inner = &self.text[start + 4..];
        let Some(end) = inner.find("-->") else {
            self.fault(start, Fault::BadComment);
            return false;
        };
        let text = &inner[..end];
        // `<!-->` closes itself, `--!>` closes a comment, `<!--` in one is read differently.
        if text.starts_with('>') || text.starts_with("->") || text.contains("--!>") || text.contains("<!--") {
            self.fault(start, Fault::BadComment);
            return false;
        }
        if text.contains(SLOT_OPEN) && self.rules.slots.is_some() {
            self.fault(start, Fault::FieldNotHere(FieldPlace::Comment));
        }
        self.at = start + 4 + end + 3;
        if self.place == Place::Body {
            self.scan.comments.push(start..self.at);
        }
        true
    }

    fn doctype(&mut self) -> bool {
        let rest = &self.text[self.at..];
        let is = rest.get(..9).is_some_and(|word| word.eq_ignore_ascii_case("<!doctype"));
        let end = rest.find('>');
        match end {
            Some(end) if is && self.place == Place::Before && !rest[1..end].contains('<') => {
                self.at += end + 1;
                true
            }
            _ => {
                self.fault(
                    self.at,
                    if is { Fault::ForbiddenElement("!doctype".into()) } else { Fault::BadConditionalComment },
                );
                false
            }
        }
    }

    fn end_tag(&mut self) -> bool {
        let rest = &self.text[self.at + 2..];
        let length = rest.find(|c: char| !is_name(c)).unwrap_or(rest.len());
        let name = rest[..length].to_ascii_lowercase();
        let behind = rest[length..].trim_start();
        if name.is_empty() || !behind.starts_with('>') {
            self.fault(self.at, Fault::BadTag);
            return false;
        }
        let start = self.at;
        self.at = self.text.len() - behind.len() + 1;
        match (self.place, name.as_str()) {
            (Place::Head, "head") => self.place = Place::Before,
            (Place::Body, "body") if self.scan.body.end == self.text.len() && self.rules.document => {
                self.close_all(start);
                self.scan.body.end = start;
                self.place = Place::After;
            }
            (Place::After, "html") => {}
            (Place::Body, _) => self.close(&name, start),
            _ => self.fault(start, Fault::StrayEnd(name)),
        }
        true
    }

    fn close(&mut self, name: &str, at: usize) {
        let depth = self.stack.iter().rposition(|open| open.name == name);
        let barrier = self.stack.iter().rposition(|open| open.name == CONDITION);
        let Some(depth) = depth.filter(|&d| barrier.is_none_or(|b| d > b)) else {
            self.fault(at, Fault::StrayEnd(name.to_owned()));
            return;
        };
        for open in self.stack.split_off(depth).into_iter().skip(1).rev() {
            if !OPTIONAL_END.contains(&open.name.as_str()) {
                self.fault(open.at, Fault::Unclosed(open.name));
            }
        }
    }

    /// At the end of the body.
    fn close_all(&mut self, _at: usize) {
        for open in std::mem::take(&mut self.stack).into_iter().rev() {
            if open.name == CONDITION {
                self.fault(open.at, Fault::BrokenCondition);
            } else if !OPTIONAL_END.contains(&open.name.as_str()) {
                self.fault(open.at, Fault::Unclosed(open.name));
            }
        }
    }

    fn finish(&mut self) {
        match self.place {
            Place::Body => self.close_all(self.text.len()),
            Place::After => {}
            Place::Before | Place::Head => self.fault(self.text.len(), Fault::Unclosed("head".into())),
        }
    }

    fn start_tag(&mut self) -> bool {
        let start = self.at;
        let tag = match read_tag(self.text, start) {
            Ok(tag) => tag,
            Err(found) => {
                self.found.push(found);
                return false;
            }
        };
        self.at = tag.end;
        match self.place {
            Place::Before => self.frame_tag(start, &tag),
            Place::Head => self.head_tag(start, &tag),
            Place::Body => self.body_tag(start, &tag),
            Place::After => {
                self.fault(start, Fault::OutsideBody);
                true
            }
        }
    }

    fn frame_tag(&mut self, start: usize, tag: &Tag<'_>) -> bool {
        match tag.name.as_str() {
            "html" => self.harmless_attributes(tag),
            "head" => {
                self.harmless_attributes(tag);
                self.place = Place::Head;
            }
            "body" => {
                self.attributes(tag);
                let kept = |a: &&Attribute<'_>| {
                    matches!(a.name.as_str(), "style" | "class" | "id" | "dir" | "lang" | "bgcolor")
                };
                self.scan.body_attributes =
                    tag.attributes.iter().filter(kept).map(|a| (a.name.clone(), a.range.clone())).collect();
                self.scan.body = tag.end..self.text.len();
                self.place = Place::Body;
            }
            _ => self.fault(start, Fault::OutsideBody),
        }
        true
    }

    fn harmless_attributes(&mut self, tag: &Tag<'_>) {
        for attribute in &tag.attributes {
            if attribute.name.starts_with("on") {
                self.fault(attribute.range.start, Fault::ForbiddenAttribute(attribute.name.clone()));
            }
        }
    }

    fn head_tag(&mut self, start: usize, tag: &Tag<'_>) -> bool {
        match tag.name.as_str() {
            "style" => {
                self.attributes(tag);
                let Some(end) = self.raw_text("style", start) else { return false };
                self.scan.head_styles.push(start..end);
                true
            }
            "title" => self.raw_text("title", start).is_some(),
            "meta" => {
                let refused = tag.attributes.iter().any(|a| {
                    let value = a.value.to_ascii_lowercase();
                    a.name == "http-equiv"
                        && !matches!(value.as_str(), "content-type" | "x-ua-compatible" | "content-language")
                });
                if refused {
                    self.fault(start, Fault::ForbiddenAttribute("http-equiv".into()));
                }
                true
            }
            name => {
                self.fault(start, Fault::ForbiddenElement(name.to_owned()));
                !matches!(name, "script" | "noscript" | "template")
            }
        }
    }

    fn body_tag(&mut self, start: usize, tag: &Tag<'_>) -> bool {
        let name = tag.name.as_str();
        let office = self.rules.office && name.contains(':');
        if !office && !ALLOWED.contains(&name) {
            self.fault(start, Fault::ForbiddenElement(name.to_owned()));
            // What stands in these is no markup; going on would only confuse.
            return !matches!(
                name,
                "script"
                    | "textarea"
                    | "title"
                    | "xmp"
                    | "plaintext"
                    | "noscript"
                    | "template"
                    | "iframe"
                    | "noembed"
                    | "noframes"
            );
        }
        self.attributes(tag);
        if name == "style" {
            return self.raw_text("style", start).is_some();
        }
        if VOID.contains(&name) {
            return true;
        }
        if tag.slash {
            if !office {
                self.fault(start, Fault::SelfClosed(tag.name.clone()));
            }
            return true;
        }
        self.close_implied(name);
        if name == "a" && self.stack.iter().any(|open| open.name == "a") {
            self.fault(start, Fault::Unclosed("a".into()));
        }
        self.stack.push(Open { name: tag.name.clone(), at: start });
        if self.stack.len() > MAX_DEPTH {
            self.fault(start, Fault::TooDeep(MAX_DEPTH));
            return false;
        }
        true
    }

    /// Pops what the start tag of `name` ends by HTML's own rules.
    fn close_implied(&mut self, name: &str) {
        while let Some(top) = self.stack.last() {
            let ends = match top.name.as_str() {
                "p" => {
                    ENDS_P.contains(&name)
                        || matches!(name, "li" | "dt" | "dd" | "tr" | "td" | "th" | "tbody" | "thead" | "tfoot")
                }
                "li" => name == "li",
                "dt" | "dd" => matches!(name, "dt" | "dd"),
                "td" | "th" => matches!(name, "td" | "th" | "tr" | "tbody" | "thead" | "tfoot"),
                "tr" => matches!(name, "tr" | "tbody" | "thead" | "tfoot"),
                "thead" | "tbody" | "tfoot" => matches!(name, "tbody" | "thead" | "tfoot"),
                "colgroup" => name != "col",
                "rp" | "rt" => matches!(name, "rp" | "rt"),
                _ => false,
            };
            if !ends {
                return;
            }
            self.stack.pop();
        }
    }

    /// Reads to the end tag of an element whose content is no markup; the offset behind it.
    fn raw_text(&mut self, name: &str, start: usize) -> Option<usize> {
        let rest = &self.text[self.at..];
        let lower = rest.to_ascii_lowercase();
        let Some(end) = lower.find(&format!("</{name}")) else {
            self.fault(start, Fault::Unclosed(name.to_owned()));
            return None;
        };
        let behind = rest[end + 2 + name.len()..].trim_start();
        if !behind.starts_with('>') {
            self.fault(self.at + end, Fault::BadTag);
            return None;
        }
        if name == "style"
            && let Err((at, reason)) = style::check_sheet(&rest[..end])
        {
            self.fault(self.at + at, Fault::Style(reason));
        }
        self.at = self.text.len() - behind.len() + 1;
        Some(self.at)
    }

    fn attributes(&mut self, tag: &Tag<'_>) {
        for (number, attribute) in tag.attributes.iter().enumerate() {
            if tag.attributes[..number].iter().any(|other| other.name == attribute.name) {
                self.fault(attribute.range.start, Fault::RepeatedAttribute(attribute.name.clone()));
            }
            self.attribute(attribute);
        }
    }

    fn attribute(&mut self, attribute: &Attribute<'_>) {
        let name = attribute.name.as_str();
        let at = attribute.range.start;
        if name.starts_with("on") || FORBIDDEN_ATTRIBUTES.contains(&name) && !self.rules.office {
            self.fault(at, Fault::ForbiddenAttribute(attribute.name.clone()));
            return;
        }
        if let Some(c) = attribute.value.chars().find(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r')) {
            self.fault(attribute.at, Fault::Character(c));
        }
        if name == "style"
            && let Err((offset, reason)) = style::check_attribute(attribute.value)
        {
            self.fault(attribute.at + offset, Fault::Style(reason));
        }
        let is_url = URLS.contains(&name);
        if is_url && !is_fine_url(attribute.value, name) || name == "srcset" && !is_fine_srcset(attribute.value) {
            let shown = attribute.value.chars().filter(|c| !c.is_control()).take(60).collect();
            self.fault(attribute.at, Fault::ForbiddenLink(shown));
            return;
        }
        self.attribute_slots(attribute, is_url);
    }

    fn attribute_slots(&mut self, attribute: &Attribute<'_>, is_url: bool) {
        let Some(kinds) = self.rules.slots else { return };
        let for_people = matches!(attribute.name.as_str(), "alt" | "title" | "aria-label" | "summary" | "abbr");
        let mut at = 0;
        while let Some(open) = attribute.value[at..].find(SLOT_OPEN).map(|o| at + o) {
            let place = attribute.at + open;
            let slot =
                slot_at(&attribute.value[open..]).filter(|&(number, _)| kinds.get(number) == Some(&SlotKind::Value));
            let Some((number, length)) = slot else {
                self.fault(place, Fault::FieldNotHere(FieldPlace::ConditionInTag));
                return;
            };
            if !attribute.quoted {
                self.fault(place, Fault::FieldNotHere(FieldPlace::WithoutQuotes));
            } else if is_url {
                self.scan.contexts.insert(number, Context::Url);
            } else if for_people {
                self.scan.contexts.insert(number, Context::Text);
            } else {
                self.fault(place, Fault::FieldNotHere(FieldPlace::Attribute));
            }
            at = open + length;
        }
    }
}
