//! What is wrong with what a customer wrote, and where.

use std::fmt;

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
    /// A merge field that cannot be understood; the reason.
    BadField(String),
    /// A merge field that the account does not have; the name, and the names that there are.
    UnknownField(String, Vec<String>),
    /// A merge field where none may stand; where that is.
    FieldNotHere(&'static str),
    /// A condition whose branches do not hold whole elements, or that does not end.
    BrokenCondition,
    /// More conditions than the gate follows.
    TooManyConditions(usize),
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
    /// A style that mail programs read differently, or that reaches beyond the mailing; the reason.
    Style(&'static str),
    /// A parser of browsers does not keep the content in its place.
    NotContained,
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

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("there is nothing to send"),
            Self::TooLarge(limit) => {
                write!(f, "longer than {limit} bytes; put large pictures on a web server and link them")
            }
            Self::Character(c) => write!(f, "the character U+{:04X} cannot stand here", u32::from(*c)),
            Self::LooksLikeReply => f.write_str("the subject must not look like a reply or a forwarded mail"),
            Self::UnclosedField => f.write_str("this {{ or {% has no end"),
            Self::BadField(reason) => write!(f, "this merge field cannot be understood: {reason}"),
            Self::UnknownField(name, known) => {
                write!(f, "there is no field {name}; the fields are: {}", known.join(", "))
            }
            Self::FieldNotHere(place) => write!(f, "no merge field may stand in {place}"),
            Self::BrokenCondition => {
                f.write_str("{% if %} needs an {% endif %}, and each branch must hold whole elements")
            }
            Self::TooManyConditions(limit) => write!(f, "more than {limit} conditions"),
            Self::BadComment => f.write_str("this comment does not end with -->, or holds a second <!--"),
            Self::BadConditionalComment => {
                f.write_str("conditional comments must be <!--[if …]>…<![endif]-->, with at most three conditions")
            }
            Self::BadTag => f.write_str("this is no well-formed tag; write &lt; for a < in text"),
            Self::UnclosedAttribute(name) => write!(f, "the value of {name} has no closing quote before the next <"),
            Self::RepeatedAttribute(name) => write!(f, "{name} stands twice in one tag"),
            Self::ForbiddenElement(name) => write!(f, "<{name}> cannot stand in a mail"),
            Self::ForbiddenAttribute(name) => write!(f, "the attribute {name} cannot stand in a mail"),
            Self::ForbiddenLink(url) => {
                write!(
                    f,
                    "{url}: links must begin with https://, http://, mailto: or tel:, and with the name of a site"
                )
            }
            Self::Unclosed(name) => write!(f, "<{name}> is not closed"),
            Self::StrayEnd(name) => write!(f, "</{name}> closes nothing that is open here"),
            Self::SelfClosed(name) => write!(f, "<{name}/> does not close the element; write </{name}>"),
            Self::TooDeep(limit) => write!(f, "elements within elements, more than {limit} deep"),
            Self::OutsideBody => f.write_str("text must stand in the body"),
            Self::Style(reason) => f.write_str(reason),
            Self::NotContained => {
                f.write_str("browsers do not read these elements in the order in which they are written")
            }
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.fault)
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
