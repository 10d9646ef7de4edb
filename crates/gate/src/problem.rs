//! What is wrong with what a customer wrote, and where.

use std::fmt;

use texts::{Language, content};

/// A place in a mailing's content, with what must be changed there. The customer must act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Which text it stands in.
    pub part: Part,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub fault: Fault,
}

/// The texts of a mailing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// The subject.
    Subject,
    /// The line that mail programs show beside the subject.
    Preheader,
    /// The body.
    Body,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// There is nothing to send.
    Empty,
    /// Longer than this many bytes.
    TooLarge(usize),
    /// A control character, or one that the gate keeps for itself.
    Character(char),
    /// The subject pretends to be a reply or a forwarded mail (R25).
    LooksLikeReply,
    /// A merge field or condition that does not end.
    UnclosedField,
    /// A merge field that cannot be understood.
    BadField(FieldFault),
    /// A merge field that the account does not have; the name, and the names that there are.
    UnknownField(String, Vec<String>),
    /// A merge field where none may stand.
    FieldNotHere(FieldPlace),
    /// A condition whose branches do not hold whole elements, or that does not end.
    BrokenCondition,
    /// More conditions or fields than the gate follows.
    TooManyConditions(usize),
    /// Merge fields and conditions that are longer than this many bytes together: their length bounds
    /// the work of a mail (D6 of the armour).
    TooMuchCode(usize),
    /// The ways through the conditions, each with its text, are more than a check at save reads.
    TooManyWays,
    /// Longer than this many bytes once long values stand in the fields.
    TooLargeFilled(usize),
    /// A comment that does not end, or that programs read differently.
    BadComment,
    /// A conditional comment that the gate cannot follow.
    BadConditionalComment,
    /// `<` with something that begins no tag, or a tag that programs read differently.
    BadTag,
    /// An attribute value that does not end before the next `<`; the name.
    UnclosedAttribute(String),
    /// An attribute that stands twice in one tag.
    RepeatedAttribute(String),
    /// An element that may not stand in a mail.
    ForbiddenElement(String),
    /// An attribute that may not stand in a mail.
    ForbiddenAttribute(String),
    /// A link or source that is not a whole web address.
    ForbiddenLink(String),
    /// An element that is not closed.
    Unclosed(String),
    /// An end tag that closes nothing that is open here.
    StrayEnd(String),
    /// `<name/>` for an element that needs an end tag.
    SelfClosed(String),
    /// Elements within elements, deeper than this.
    TooDeep(usize),
    /// Text outside the body.
    OutsideBody,
    /// A style that mail programs read differently, or that reaches beyond the mailing.
    Style(StyleFault),
    /// A parser of browsers does not keep the content in its place.
    NotContained,
}

/// What is wrong with a merge field or a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldFault {
    /// It is no expression.
    NoExpression,
    /// There is no such filter; its name.
    NoFilter(String),
    /// `*` repeats text.
    Repeats,
    /// A word behind the brace that is none of if, elif, else and endif.
    NoWord,
    /// It can be read and gives nothing: a call, a part of a text, a comparison that has no sense.
    NoValue,
}

/// Where no merge field may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldPlace {
    /// In the head of the document.
    Head,
    /// In a comment.
    Comment,
    /// A condition in a tag.
    ConditionInTag,
    /// In a value without quotes.
    WithoutQuotes,
    /// In an attribute whose value acts.
    Attribute,
}

/// What is wrong with a style.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StyleFault {
    /// An @ rule that is not among the allowed ones, or that stands where it may not.
    AtRule,
    /// Braces, brackets or quotes do not close.
    Open,
    /// It holds marks of HTML, or merge fields.
    Markup,
    /// A backslash where programs read it differently.
    Escape,
    /// Its selector could match the signature block.
    Reach,
    /// `position: fixed`.
    Fixed,
    /// It defines a font of the block anew.
    Font,
    /// Rules within rules.
    Nested,
    /// Its letters are written as character references.
    References,
}

impl FieldFault {
    fn say(&self, language: Language) -> String {
        match self {
            Self::NoExpression => content::field_no_expression(language),
            Self::NoFilter(name) => content::field_no_filter(language, name, &crate::template::FILTERS.join(", ")),
            Self::Repeats => content::field_repeats(language),
            Self::NoWord => content::field_no_word(language),
            Self::NoValue => content::field_no_value(language),
        }
    }
}

impl FieldPlace {
    fn say(self, language: Language) -> String {
        match self {
            Self::Head => content::field_in_head(language),
            Self::Comment => content::field_in_comment(language),
            Self::ConditionInTag => content::condition_in_tag(language),
            Self::WithoutQuotes => content::field_without_quotes(language),
            Self::Attribute => content::field_in_attribute(language),
        }
    }
}

impl StyleFault {
    fn say(self, language: Language) -> String {
        match self {
            Self::AtRule => content::style_at_rule(language),
            Self::Open => content::style_open(language),
            Self::Markup => content::style_markup(language),
            Self::Escape => content::style_escape(language),
            Self::Reach => content::style_reach(language),
            Self::Fixed => content::style_fixed(language),
            Self::Font => content::style_font(language),
            Self::Nested => content::style_nested(language),
            Self::References => content::style_references(language),
        }
    }
}

fn number(limit: usize) -> u64 {
    u64::try_from(limit).unwrap_or(u64::MAX)
}

impl Fault {
    /// The word by which pages and the API name the fault.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLarge(_) => "too_large",
            Self::Character(_) => "character",
            Self::LooksLikeReply => "looks_like_reply",
            Self::UnclosedField => "unclosed_field",
            Self::BadField(_) => "bad_field",
            Self::UnknownField(..) => "unknown_field",
            Self::FieldNotHere(_) => "field_not_here",
            Self::BrokenCondition => "broken_condition",
            Self::TooManyConditions(_) => "too_many_conditions",
            Self::TooMuchCode(_) => "too_much_code",
            Self::TooManyWays => "too_many_ways",
            Self::TooLargeFilled(_) => "too_large_filled",
            Self::BadComment => "bad_comment",
            Self::BadConditionalComment => "bad_conditional_comment",
            Self::BadTag => "bad_tag",
            Self::UnclosedAttribute(_) => "unclosed_attribute",
            Self::RepeatedAttribute(_) => "repeated_attribute",
            Self::ForbiddenElement(_) => "forbidden_element",
            Self::ForbiddenAttribute(_) => "forbidden_attribute",
            Self::ForbiddenLink(_) => "forbidden_link",
            Self::Unclosed(_) => "unclosed",
            Self::StrayEnd(_) => "stray_end",
            Self::SelfClosed(_) => "self_closed",
            Self::TooDeep(_) => "too_deep",
            Self::OutsideBody => "outside_body",
            Self::Style(_) => "style",
            Self::NotContained => "not_contained",
        }
    }
}

impl Fault {
    /// What must be changed, for the writer.
    #[must_use]
    pub fn say(&self, language: Language) -> String {
        match self {
            Self::Empty => content::empty(language),
            Self::TooLarge(limit) => content::too_large(language, number(*limit)),
            Self::TooLargeFilled(limit) => content::too_large_filled(language, number(*limit)),
            Self::Character(c) => content::character(language, &format!("U+{:04X}", u32::from(*c))),
            Self::LooksLikeReply => content::looks_like_reply(language),
            Self::UnclosedField => content::unclosed_field(language),
            Self::BadField(fault) => fault.say(language),
            Self::UnknownField(name, known) if known.is_empty() => content::no_fields(language, name),
            Self::UnknownField(name, known) => content::unknown_field(language, name, &known.join(", ")),
            Self::FieldNotHere(place) => place.say(language),
            Self::BrokenCondition => content::broken_condition(language),
            Self::TooManyConditions(limit) => content::too_many_conditions(language, number(*limit)),
            Self::TooMuchCode(limit) => content::too_much_code(language, number(*limit)),
            Self::TooManyWays => content::too_many_ways(language),
            Self::BadComment => content::bad_comment(language),
            Self::BadConditionalComment => content::bad_conditional_comment(language),
            Self::UnclosedAttribute(name) => content::unclosed_attribute(language, name),
            Self::RepeatedAttribute(name) => content::repeated_attribute(language, name),
            Self::ForbiddenElement(name) => content::forbidden_element(language, name),
            Self::ForbiddenAttribute(name) => content::forbidden_attribute(language, name),
            Self::ForbiddenLink(url) => content::forbidden_link(language, url),
            Self::Unclosed(name) => content::unclosed(language, name),
            Self::StrayEnd(name) => content::stray_end(language, name),
            Self::SelfClosed(name) => content::self_closed(language, name),
            Self::TooDeep(limit) => content::too_deep(language, number(*limit)),
            Self::OutsideBody => content::outside_body(language),
            Self::Style(fault) => fault.say(language),
            Self::NotContained => content::not_contained(language),
            Self::BadTag => content::bad_tag(language),
        }
    }
}

/// In English, for logs and records.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.say(Language::En))
    }
}

impl Problem {
    /// The place and what must be changed there, for the writer.
    #[must_use]
    pub fn say(&self, language: Language) -> String {
        content::place(language, number(self.line), number(self.column), &self.fault.say(language))
    }
}

/// In English, for logs and records.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.say(Language::En))
    }
}

impl std::error::Error for Problem {}

/// A fault at a byte of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) at: usize,
    pub(crate) fault: Fault,
}

impl Found {
    pub(crate) fn new(at: usize, fault: Fault) -> Self {
        Self { at, fault }
    }

    /// The same with line and column of `source`.
    pub(crate) fn in_source(self, part: Part, source: &str) -> Problem {
        let before = &source[..source.floor_char_boundary(self.at)];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Problem {
            part,
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            fault: self.fault,
        }
    }
}
