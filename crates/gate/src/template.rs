//! Merge fields: `{{ firstname | default("there") }}` and `{% if city == "Bonn" %}`.
//!
//! The literal text of a template never goes through a template engine: it is cut out here and
//! sent byte for byte (FACE 1.4). Only what stands between the braces is an expression, and that
//! has no input or output, no loops, no functions and no way to repeat text, so that its cost is
//! bounded by its length; the engine's fuel is a second bound.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use minijinja::{Environment, Expression, Value};

use crate::problem::{Fault, FieldFault, Found};

/// Steps that one expression may take.
const FUEL: u64 = 100_000;
/// Bytes of one expression.
const MAX_EXPRESSION: usize = 400;
/// Bytes of all expressions of one template. Without loops and calls an expression takes at most two
/// steps for each of its bytes, so that a whole template takes at most 100,000 (D6 of the armour).
pub(crate) const MAX_CODE: usize = 50_000;
/// Conditions in one template: more cannot be followed branch by branch.
pub(crate) const MAX_CONDITIONS: usize = 32;
/// Fields and conditions in one template.
const MAX_SLOTS: usize = 2_000;
/// Stand around the number of a slot in the cut text. Private characters; refused in sources.
pub(crate) const SLOT_OPEN: char = '\u{F8F1}';
pub(crate) const SLOT_CLOSE: char = '\u{F8F2}';

pub(crate) const FILTERS: [&str; 6] = ["default", "upper", "lower", "capitalize", "title", "trim"];

static ENGINE: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut engine = Environment::empty();
    engine.set_fuel(Some(FUEL));
    engine.add_filter("default", |value: Value, other: Value| {
        let blank = value.is_undefined() || value.is_none() || value.as_str().is_some_and(|s| s.trim().is_empty());
        if blank { other } else { value }
    });
    engine.add_filter("upper", |value: Value| text_of(&value).to_uppercase());
    engine.add_filter("lower", |value: Value| text_of(&value).to_lowercase());
    engine.add_filter("trim", |value: Value| text_of(&value).trim().to_owned());
    engine.add_filter("capitalize", |value: Value| capitalized(&text_of(&value)));
    engine
        .add_filter("title", |value: Value| text_of(&value).split(' ').map(capitalized).collect::<Vec<_>>().join(" "));
    engine
});

/// What a field without a value says: nothing.
fn text_of(value: &Value) -> String {
    if value.is_undefined() || value.is_none() { String::new() } else { value.to_string() }
}

fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(chars.flat_map(char::to_lowercase)).collect())
}

/// What stands between one pair of braces.
pub(crate) enum Slot {
    Value(Code),
    If(Code),
    Elif(Code),
    Else,
    EndIf,
}

/// One expression.
pub(crate) struct Code {
    expression: Expression<'static, 'static>,
    at: usize,
}

/// A text with its slots cut out.
pub(crate) struct Template {
    /// The text with `SLOT_OPEN number SLOT_CLOSE` for each slot.
    pub(crate) text: String,
    pub(crate) slots: Vec<Slot>,
    /// Offsets behind each slot: in `text`, in the source.
    map: Vec<(usize, usize)>,
    nodes: Vec<Node>,
    conditions: usize,
}

enum Node {
    /// A piece of the text, slots of values included.
    Raw(std::ops::Range<usize>),
    /// Branches with their conditions; `None` is else.
    Choice(Vec<(Option<usize>, Vec<Node>)>),
}

/// The fields of one recipient.
pub(crate) fn values(fields: &BTreeMap<String, String>) -> Value {
    Value::from_serialize(fields)
}

impl Template {
    /// Cuts a source.
    pub(crate) fn cut(source: &str) -> Result<Self, Vec<Found>> {
        let mut cutter = Cutter { source, out: Self::empty(), found: Vec::new(), code: 0 };
        cutter.run();
        if !cutter.found.is_empty() {
            return Err(cutter.found);
        }
        let mut template = cutter.out;
        template.build().map_err(|found| vec![found])?;
        Ok(template)
    }

    fn empty() -> Self {
        Self { text: String::new(), slots: Vec::new(), map: vec![(0, 0)], nodes: Vec::new(), conditions: 0 }
    }

    /// The offset in the source of an offset in the cut text.
    pub(crate) fn source_offset(&self, at: usize) -> usize {
        let behind = self.map.partition_point(|&(text, _)| text <= at);
        let (text, source) = self.map[behind.saturating_sub(1)];
        source + (at - text)
    }

    /// The fields that stand in it and that are not `known`.
    pub(crate) fn unknown_fields(&self, known: &[&str]) -> Vec<Found> {
        let mut found = Vec::new();
        for code in self.slots.iter().filter_map(Slot::code) {
            let mut names: Vec<String> = code.expression.undeclared_variables(false).into_iter().collect();
            names.sort();
            for name in names.into_iter().filter(|name| !known.contains(&name.as_str())) {
                let known = known.iter().map(|&k| k.to_owned()).collect();
                found.push(Found::new(code.at, Fault::UnknownField(name, known)));
            }
        }
        found
    }

    /// Evaluates everything once, so that what cannot be evaluated shows at save.
    pub(crate) fn trial(&self, values: &Value) -> Vec<Found> {
        let codes = self.slots.iter().filter_map(Slot::code);
        codes.filter_map(|code| code.text(values).err()).collect()
    }

    pub(crate) fn has_conditions(&self) -> bool {
        self.conditions > 0
    }

    /// Which branch each condition takes, in reading order.
    pub(crate) fn decide(&self, values: &Value) -> Result<Vec<u8>, Found> {
        let mut decisions = Vec::with_capacity(self.conditions);
        self.decide_nodes(&self.nodes, values, &mut decisions)?;
        Ok(decisions)
    }

    /// Ways through the conditions, as [`Template::decide`] tells them; at most `limit`.
    pub(crate) fn ways(&self, limit: usize) -> Vec<Vec<u8>> {
        ways_of(&self.nodes, limit)
    }

    /// The text of these branches; what stands in others is left out.
    pub(crate) fn assemble(&self, decisions: &[u8]) -> String {
        let mut out = String::with_capacity(self.text.len());
        self.assemble_nodes(&self.nodes, &mut decisions.iter(), &mut out);
        out
    }

    /// The text of one slot for one recipient.
    pub(crate) fn value(&self, slot: usize, values: &Value) -> Result<String, Found> {
        match self.slots.get(slot).and_then(Slot::code) {
            Some(code) => code.text(values),
            None => Ok(String::new()),
        }
    }

    /// The text with all slots filled in, for subjects: no escaping.
    pub(crate) fn plain(&self, values: &Value) -> Result<String, Found> {
        let text = self.assemble(&self.decide(values)?);
        let mut out = String::with_capacity(text.len());
        for piece in pieces(&text) {
            match piece {
                Piece::Raw(raw) => out.push_str(raw),
                Piece::Slot(slot) => out.push_str(&self.value(slot, values)?),
            }
        }
        Ok(out)
    }

    fn decide_nodes(&self, nodes: &[Node], values: &Value, decisions: &mut Vec<u8>) -> Result<(), Found> {
        for node in nodes {
            let Node::Choice(branches) = node else { continue };
            let mut taken = None;
            for (number, (condition, _)) in branches.iter().enumerate() {
                let holds = match condition {
                    Some(slot) => self.slots[*slot].code().map_or(Ok(false), |code| code.holds(values))?,
                    None => true,
                };
                if holds {
                    taken = Some(number);
                    break;
                }
            }
            decisions.push(taken.and_then(|n| u8::try_from(n).ok()).unwrap_or(u8::MAX));
            if let Some(number) = taken {
                self.decide_nodes(&branches[number].1, values, decisions)?;
            }
        }
        Ok(())
    }

    fn assemble_nodes(&self, nodes: &[Node], decisions: &mut std::slice::Iter<'_, u8>, out: &mut String) {
        for node in nodes {
            match node {
                Node::Raw(range) => out.push_str(&self.text[range.clone()]),
                Node::Choice(branches) => {
                    let taken = decisions.next().copied().unwrap_or(u8::MAX);
                    if let Some((_, nodes)) = branches.get(usize::from(taken)) {
                        self.assemble_nodes(nodes, decisions, out);
                    }
                }
            }
        }
    }

    /// Reads the conditions of the cut text into a tree.
    fn build(&mut self) -> Result<(), Found> {
        let mut levels: Vec<Vec<(Option<usize>, Vec<Node>)>> = Vec::new();
        let mut nodes = Vec::new();
        let mut open: Vec<Vec<Node>> = Vec::new();
        let (mut from, mut at, mut conditions) = (0, 0, 0);
        let broken = |at| Found::new(self.source_offset(at), Fault::BrokenCondition);
        for piece in pieces(&self.text) {
            let start = at;
            at += piece.len();
            let Piece::Slot(slot) = piece else { continue };
            if matches!(self.slots[slot], Slot::Value(_)) {
                continue;
            }
            nodes.push(Node::Raw(from..start));
            from = at;
            match &self.slots[slot] {
                Slot::Value(_) => {}
                Slot::If(_) => {
                    conditions += 1;
                    levels.push(vec![(Some(slot), Vec::new())]);
                    open.push(std::mem::take(&mut nodes));
                }
                Slot::Elif(_) | Slot::Else => {
                    let level = levels.last_mut().ok_or_else(|| broken(start))?;
                    let last = level.last_mut().ok_or_else(|| broken(start))?;
                    if last.0.is_none() {
                        return Err(broken(start));
                    }
                    last.1 = std::mem::take(&mut nodes);
                    level.push((self.slots[slot].code().map(|_| slot), Vec::new()));
                }
                Slot::EndIf => {
                    let mut level = levels.pop().ok_or_else(|| broken(start))?;
                    if let Some(last) = level.last_mut() {
                        last.1 = std::mem::take(&mut nodes);
                    }
                    nodes = open.pop().ok_or_else(|| broken(start))?;
                    nodes.push(Node::Choice(level));
                }
            }
        }
        if !levels.is_empty() {
            return Err(broken(at));
        }
        if conditions > MAX_CONDITIONS {
            return Err(Found::new(0, Fault::TooManyConditions(MAX_CONDITIONS)));
        }
        nodes.push(Node::Raw(from..self.text.len()));
        self.nodes = nodes;
        self.conditions = conditions;
        Ok(())
    }
}

fn ways_of(nodes: &[Node], limit: usize) -> Vec<Vec<u8>> {
    let mut ways = vec![Vec::new()];
    for node in nodes {
        let Node::Choice(branches) = node else { continue };
        let mut options = Vec::new();
        for (number, (_, inner)) in branches.iter().enumerate() {
            let number = u8::try_from(number).unwrap_or(u8::MAX);
            options.extend(ways_of(inner, limit).into_iter().map(|way| [vec![number], way].concat()));
        }
        if branches.last().is_some_and(|(condition, _)| condition.is_some()) {
            options.push(vec![u8::MAX]);
        }
        ways = ways.iter().flat_map(|way| options.iter().map(move |o| [&way[..], o].concat())).take(limit).collect();
    }
    ways
}

impl Slot {
    fn code(&self) -> Option<&Code> {
        match self {
            Self::Value(code) | Self::If(code) | Self::Elif(code) => Some(code),
            Self::Else | Self::EndIf => None,
        }
    }
}

impl Code {
    fn read(text: &str, at: usize) -> Result<Self, Found> {
        let bad = |fault| Found::new(at, Fault::BadField(fault));
        check_words(text).map_err(bad)?;
        let engine: &'static Environment<'static> = &ENGINE;
        let expression = engine.compile_expression_owned(text.trim().to_owned());
        Ok(Self { expression: expression.map_err(|_| bad(FieldFault::NoExpression))?, at })
    }

    fn evaluate(&self, values: &Value) -> Result<Value, Found> {
        let value = self.expression.eval(values);
        value.map_err(|_| Found::new(self.at, Fault::BadField(FieldFault::NoValue)))
    }

    fn text(&self, values: &Value) -> Result<String, Found> {
        Ok(text_of(&self.evaluate(values)?))
    }

    fn holds(&self, values: &Value) -> Result<bool, Found> {
        Ok(self.evaluate(values)?.is_true())
    }
}

/// Refuses filters that there are not, and `*`, which repeats text.
fn check_words(text: &str) -> Result<(), FieldFault> {
    let mut quote = None;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if let Some(open) = quote {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                c if c == open => quote = None,
                _ => {}
            }
            continue;
        }
        match c {
            '"' | '\'' => quote = Some(c),
            '*' => return Err(FieldFault::Repeats),
            '|' => {
                let rest = text[at + 1..].trim_start();
                let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
                if !FILTERS.contains(&&rest[..end]) {
                    return Err(FieldFault::NoFilter(rest[..end].to_owned()));
                }
            }
            _ => {}
        }
    }
    Ok(())
}

struct Cutter<'a> {
    source: &'a str,
    out: Template,
    found: Vec<Found>,
    /// Bytes of expressions so far.
    code: usize,
}

impl Cutter<'_> {
    fn run(&mut self) {
        let mut at = 0;
        while let Some(open) = next_open(&self.source[at..]).map(|o| at + o) {
            self.out.text.push_str(&self.source[at..open]);
            let Some(length) = expression_length(&self.source[open..]) else {
                self.found.push(Found::new(open, Fault::UnclosedField));
                return;
            };
            let inner = &self.source[open + 2..open + length - 2];
            self.code += inner.len();
            if self.code > MAX_CODE {
                self.found.push(Found::new(open, Fault::TooMuchCode(MAX_CODE)));
                return;
            }
            match slot(&self.source[open..open + 2], inner, open) {
                Ok(slot) => self.push(slot, open + length),
                Err(found) => self.found.push(found),
            }
            at = open + length;
            if self.out.slots.len() > MAX_SLOTS || self.found.len() >= 20 {
                self.found.push(Found::new(open, Fault::TooManyConditions(MAX_SLOTS)));
                return;
            }
        }
        self.out.text.push_str(&self.source[at..]);
    }

    fn push(&mut self, slot: Slot, behind: usize) {
        let number = self.out.slots.len();
        self.out.text.push_str(&format!("{SLOT_OPEN}{number}{SLOT_CLOSE}"));
        self.out.slots.push(slot);
        self.out.map.push((self.out.text.len(), behind));
    }
}

fn next_open(text: &str) -> Option<usize> {
    match (text.find("{{"), text.find("{%")) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

/// The length of the slot at the start of `text`, braces included. Quoted text may hold braces.
fn expression_length(text: &str) -> Option<usize> {
    let close = if text.starts_with("{{") { "}}" } else { "%}" };
    let mut quote = None;
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(2) {
        if at > MAX_EXPRESSION {
            return None;
        }
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if c == '\\' => escaped = true,
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c == '"' || c == '\'' => quote = Some(c),
            None if text[at..].starts_with(close) => return Some(at + 2),
            None => {}
        }
    }
    None
}

fn slot(open: &str, inner: &str, at: usize) -> Result<Slot, Found> {
    if open == "{{" {
        return Code::read(inner, at).map(Slot::Value);
    }
    let inner = inner.trim();
    let (word, rest) = inner.split_once(char::is_whitespace).unwrap_or((inner, ""));
    match word {
        "if" => Code::read(rest, at).map(Slot::If),
        "elif" => Code::read(rest, at).map(Slot::Elif),
        "else" if rest.is_empty() => Ok(Slot::Else),
        "endif" if rest.is_empty() => Ok(Slot::EndIf),
        _ => Err(Found::new(at, Fault::BadField(FieldFault::NoWord))),
    }
}

/// A piece of a cut text.
pub(crate) enum Piece<'a> {
    Raw(&'a str),
    Slot(usize),
}

impl Piece<'_> {
    /// Bytes in the cut text.
    fn len(&self) -> usize {
        match self {
            Self::Raw(raw) => raw.len(),
            Self::Slot(number) => SLOT_OPEN.len_utf8() + SLOT_CLOSE.len_utf8() + number.to_string().len(),
        }
    }
}

/// The pieces of a cut text, in order.
pub(crate) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find(SLOT_OPEN) {
        if let Some((number, length)) = slot_at(&rest[open..]) {
            if open > 0 {
                out.push(Piece::Raw(&rest[..open]));
            }
            out.push(Piece::Slot(number));
            rest = &rest[open + length..];
        } else {
            let end = open + SLOT_OPEN.len_utf8();
            out.push(Piece::Raw(&rest[..end]));
            rest = &rest[end..];
        }
    }
    if !rest.is_empty() {
        out.push(Piece::Raw(rest));
    }
    out
}

/// The slot at the start of `text`: its number and its bytes.
pub(crate) fn slot_at(text: &str) -> Option<(usize, usize)> {
    let rest = text.strip_prefix(SLOT_OPEN)?;
    let end = rest.find(SLOT_CLOSE)?;
    let number = rest[..end].parse().ok()?;
    Some((number, SLOT_OPEN.len_utf8() + end + SLOT_CLOSE.len_utf8()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> Value {
        values(&pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect())
    }

    fn said(source: &str, pairs: &[(&str, &str)]) -> String {
        Template::cut(source).unwrap_or_else(|f| panic!("{source}: {f:?}")).plain(&fields(pairs)).expect("rendered")
    }

    #[test]
    fn fields_and_conditions_are_filled_in() {
        assert_eq!(said("Hi {{ name | default(\"there\") }}.", &[]), "Hi there.");
        assert_eq!(said("Hi {{ name | default('there') }}.", &[("name", " ")]), "Hi there.");
        assert_eq!(said("Hi {{ name|trim|title }}.", &[("name", " anna LEE ")]), "Hi Anna Lee.");
        let source = "{% if a == 'x' %}1{% if b %}2{% endif %}{% elif b %}3{% else %}4{% endif %}5";
        assert_eq!(said(source, &[("a", "x"), ("b", "y")]), "125");
        assert_eq!(said(source, &[("a", "x")]), "15");
        assert_eq!(said(source, &[("b", "y")]), "35");
        assert_eq!(said(source, &[]), "45");
        let ways = Template::cut(source).expect("template").ways(64);
        assert_eq!(ways, [vec![0, 0], vec![0, 255], vec![1], vec![2]]);
        assert_eq!(said("@media{a{b:c}}#{x} {{ \"}}\" }}", &[]), "@media{a{b:c}}#{x} }}");
    }

    #[test]
    fn d6_what_repeats_or_reaches_out_is_refused() {
        for source in [
            "{{ 'a' * 1000000000 }}",
            "{{ a | safe }}",
            "{{ a | replace('a','b') }}",
            "{% for x in y %}{% endfor %}",
            "{% include 'x' %}",
            "{% macro x() %}{% endmacro %}",
            "{% set a = 1 %}",
            "{{ a",
            "{{ 'a }}",
            "{% if a %}",
            "{% endif %}",
            "{% else %}",
            "{% if a %}{% else %}{% else %}{% endif %}",
            "{% if %}{% endif %}",
            "{{ }}",
            "{% raw %}{% endraw %}",
            "{% import 'x' as y %}",
            "{% extends 'x' %}",
            "{% if a %}{% else %}{% elif b %}{% endif %}",
        ] {
            assert!(Template::cut(source).is_err(), "{source}");
        }
        for source in ["{{ range(1000000000) }}", "{{ a.b.c }}", "{{ a() }}", "{{ a.upper() }}", "{{ debug() }}"] {
            let template = Template::cut(source).expect("an expression");
            assert!(!template.trial(&fields(&[("a", "x")])).is_empty(), "{source}");
        }
        let many = "{% if a %}x{% endif %}".repeat(MAX_CONDITIONS + 1);
        assert!(Template::cut(&many).is_err());
        assert!(Template::cut(&format!("{{{{ '{}' }}}}", "a".repeat(500))).is_err());
    }

    /// The bound behind [`MAX_CODE`]: no expression takes more than two steps for a byte of it.
    #[test]
    fn armour_d6_an_expression_takes_at_most_two_steps_for_a_byte() {
        let nasty =
            ["a~a", "a|trim|trim", "-a==-a", "[a,a][0]", "not not a", "a if a else a", "{'a':a}['a']", "a[0:1:1]"];
        for (at, text) in nasty.iter().enumerate() {
            let text = vec![format!("({text})"); 40].join(["~", "and", "or"][at % 3]);
            let mut engine = ENGINE.clone();
            engine.set_fuel(Some(2 * text.len() as u64));
            let evaluated = engine.compile_expression(&text).expect("an expression").eval(fields(&[("a", "x")]));
            let spent = |error: &minijinja::Error| error.kind() == minijinja::ErrorKind::OutOfFuel;
            assert!(!evaluated.as_ref().is_err_and(spent), "{text}");
        }
        assert!(2 * MAX_CODE as u64 <= FUEL);
    }

    #[test]
    fn unknown_fields_are_named_with_their_place() {
        let template = Template::cut("ab {{ first }}{% if last %}{% endif %}").expect("template");
        let found = template.unknown_fields(&["last"]);
        assert_eq!(found, [Found::new(3, Fault::UnknownField("first".into(), vec!["last".into()]))]);
        assert_eq!(template.source_offset(template.text.len()), 38);
    }
}
