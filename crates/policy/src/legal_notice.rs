//! The legal notice of an account (R44–R48, L4): what it must hold, what
//! recipients see of it, and the operator's review.
//!
//! Validation proves what a program can prove: that an address for service of
//! process is given and no field is missing. Whether it is true is what the
//! operator looks at in the review.

mod review;
mod street;

use std::fmt;

use mail_formats::address::EmailAddress;
use texts::{Language, invalid, mail};

use crate::fold::{is_unprintable, one_spaced, words};

pub use review::{Review, holds, review_after_edit, review_after_growth};

/// Longest field in characters, the professional data apart.
pub const MAX_FIELD_CHARS: usize = 120;
/// Longest professional data in characters (chamber, title, state, rules).
pub const MAX_PROFESSIONAL_CHARS: usize = 300;

/// What a customer filled in. Says nothing about validity.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LegalNoticeFields {
    /// The name of the person or firm.
    pub name: String,
    /// The account is a legal person: a firm, an association, an authority.
    pub legal_person: bool,
    /// The legal form, for example `GmbH`; required for legal persons.
    pub legal_form: String,
    /// Who represents a legal person; required for those.
    pub representative: String,
    /// Street and house number.
    pub street: String,
    /// Postal code; some countries have none.
    pub postal_code: String,
    /// City.
    pub city: String,
    /// Country, written out.
    pub country: String,
    /// The e-mail address for contact.
    pub email: String,
    /// A telephone number; this or `contact_url` is required.
    pub phone: String,
    /// An https page by which the account answers quickly.
    pub contact_url: String,
    /// The register, for example `Amtsgericht Musterstadt`.
    pub register: String,
    /// The number in the register; required when a register is named, and the other way round.
    pub register_number: String,
    /// VAT identification number.
    pub vat_id: String,
    /// Business identification number (Wirtschafts-IdNr.).
    pub business_id: String,
    /// The supervisory authority of a licensed trade.
    pub authority: String,
    /// Chamber, professional title, state that granted it, professional rules.
    pub professional: String,
    /// Who answers for editorial content (MStV § 18(2)), with address.
    pub responsible_person: String,
    /// Capital or liquidation note where the law asks for one.
    pub capital_note: String,
}

/// A field of the legal notice, for pointing at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Field {
    /// [`LegalNoticeFields::name`]
    Name,
    /// [`LegalNoticeFields::legal_form`]
    LegalForm,
    /// [`LegalNoticeFields::representative`]
    Representative,
    /// [`LegalNoticeFields::street`]
    Street,
    /// [`LegalNoticeFields::postal_code`]
    PostalCode,
    /// [`LegalNoticeFields::city`]
    City,
    /// [`LegalNoticeFields::country`]
    Country,
    /// [`LegalNoticeFields::email`]
    Email,
    /// [`LegalNoticeFields::phone`]
    Phone,
    /// [`LegalNoticeFields::contact_url`]
    ContactUrl,
    /// [`LegalNoticeFields::register`]
    Register,
    /// [`LegalNoticeFields::register_number`]
    RegisterNumber,
    /// [`LegalNoticeFields::vat_id`]
    VatId,
    /// [`LegalNoticeFields::business_id`]
    BusinessId,
    /// [`LegalNoticeFields::authority`]
    Authority,
    /// [`LegalNoticeFields::professional`]
    Professional,
    /// [`LegalNoticeFields::responsible_person`]
    ResponsiblePerson,
    /// [`LegalNoticeFields::capital_note`]
    CapitalNote,
}

impl Field {
    /// The name of the form field and of the stored field.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::LegalForm => "legal_form",
            Self::Representative => "representative",
            Self::Street => "street",
            Self::PostalCode => "postal_code",
            Self::City => "city",
            Self::Country => "country",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::ContactUrl => "contact_url",
            Self::Register => "register",
            Self::RegisterNumber => "register_number",
            Self::VatId => "vat_id",
            Self::BusinessId => "business_id",
            Self::Authority => "authority",
            Self::Professional => "professional",
            Self::ResponsiblePerson => "responsible_person",
            Self::CapitalNote => "capital_note",
        }
    }

    /// That it is missing, and why it is asked for.
    fn say_missing(self, language: Language) -> String {
        match self {
            Self::LegalForm => invalid::legal_missing_form(language),
            Self::Representative => invalid::legal_missing_representative(language),
            Self::Street => invalid::legal_missing_street(language),
            Self::Phone => invalid::legal_missing_contact(language),
            Self::Register => invalid::legal_missing_register(language),
            Self::RegisterNumber => invalid::legal_missing_register_number(language),
            _ => invalid::legal_missing(language),
        }
    }

    /// Its longest text, in characters.
    #[must_use]
    pub const fn limit(self) -> usize {
        match self {
            Self::Professional => MAX_PROFESSIONAL_CHARS,
            _ => MAX_FIELD_CHARS,
        }
    }
}

/// What is wrong with a field. The customer must act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FieldFault {
    /// Nothing is given, and the law asks for it.
    Missing,
    /// Longer than its limit.
    TooLong,
    /// Holds a control, invisible or line-breaking character.
    Unprintable,
    /// A post office box or parcel station is no address for service of process (R45).
    PostOfficeBox,
    /// Too little to be the thing asked for.
    Implausible,
    /// No mail address.
    NotAnAddress,
    /// No https address of a page.
    NotAUrl,
    /// Holds a web address where none belongs: a confirmation mail has two links only (L3).
    HoldsLink,
    /// The name says that this is a legal person, the form says it is not.
    NamesLegalPerson,
}

impl FieldFault {
    /// The word by which pages and the API name the fault.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::TooLong => "too_long",
            Self::Unprintable => "unprintable",
            Self::PostOfficeBox => "post_office_box",
            Self::Implausible => "implausible",
            Self::NotAnAddress => "not_an_address",
            Self::NotAUrl => "not_a_url",
            Self::HoldsLink => "holds_link",
            Self::NamesLegalPerson => "names_legal_person",
        }
    }
}

/// One field and its fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FieldProblem {
    /// Where.
    pub field: Field,
    /// What.
    pub fault: FieldFault,
}

impl FieldProblem {
    /// The word by which pages and the API name the fault.
    #[must_use]
    pub const fn word(self) -> &'static str {
        self.fault.word()
    }

    /// The sentence for the customer, to stand beside the field.
    #[must_use]
    pub fn say(self, language: Language) -> String {
        match self.fault {
            FieldFault::Missing => self.field.say_missing(language),
            FieldFault::TooLong => invalid::legal_too_long(language, &self.field.limit().to_string()),
            FieldFault::Unprintable => invalid::legal_unprintable(language),
            FieldFault::PostOfficeBox => invalid::legal_post_office_box(language),
            FieldFault::Implausible => invalid::legal_implausible(language),
            FieldFault::NotAnAddress => invalid::legal_not_an_address(language),
            FieldFault::NotAUrl => invalid::legal_not_a_url(language),
            FieldFault::HoldsLink => invalid::legal_holds_link(language),
            FieldFault::NamesLegalPerson => invalid::legal_names_legal_person(language),
        }
    }
}

impl fmt::Display for FieldProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field.name(), self.fault.word())
    }
}

/// A legal notice that passed [`LegalNotice::validate`].
///
/// Stored with serde as its fields; reading it back validates again, so that
/// nothing enters through the database that the form would refuse.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "LegalNoticeFields", into = "LegalNoticeFields")]
pub struct LegalNotice(LegalNoticeFields);

/// Why a stored legal notice is not valid any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidNotice(pub Vec<FieldProblem>);

impl fmt::Display for InvalidNotice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let problems: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        write!(f, "legal notice: {}", problems.join(", "))
    }
}

impl std::error::Error for InvalidNotice {}

impl TryFrom<LegalNoticeFields> for LegalNotice {
    type Error = InvalidNotice;

    fn try_from(fields: LegalNoticeFields) -> Result<Self, InvalidNotice> {
        Self::validate(fields).map_err(InvalidNotice)
    }
}

impl From<LegalNotice> for LegalNoticeFields {
    fn from(notice: LegalNotice) -> Self {
        notice.0
    }
}

impl LegalNotice {
    /// Checks what a customer filled in (R45, L4). Runs of spaces become one.
    ///
    /// # Errors
    /// Every problem at once, so that the form can show them beside their fields.
    pub fn validate(fields: LegalNoticeFields) -> Result<Self, Vec<FieldProblem>> {
        let fields = tidied(fields);
        let mut problems = Vec::new();
        check_texts(&fields, &mut problems);
        check_person(&fields, &mut problems);
        if let Some(fault) = street::street_fault(&fields.street).filter(|_| !fields.street.is_empty()) {
            problems.push(FieldProblem { field: Field::Street, fault });
        }
        check_contact(&fields, &mut problems);
        check_register(&fields, &mut problems);
        if problems.is_empty() { Ok(Self(fields)) } else { Err(problems) }
    }

    /// The fields, for the form that changes them.
    #[must_use]
    pub const fn fields(&self) -> &LegalNoticeFields {
        &self.0
    }

    /// What recipients see, one piece per line, in a stable order (R46, R47).
    ///
    /// The pieces stand in every part of every mail as they are here; an
    /// independent judge looks for each of them.
    #[must_use]
    pub fn lines(&self, language: Language) -> Vec<String> {
        let fields = &self.0;
        let mut lines = vec![self.full_name(), self.postal_address()];
        let mut labelled = |label: fn(Language) -> String, text: &str| {
            if !text.is_empty() {
                lines.push(format!("{} {text}", label(language)));
            }
        };
        labelled(mail::legal_represented_by, &fields.representative);
        labelled(mail::legal_email, &fields.email);
        labelled(mail::legal_phone, &fields.phone);
        // Without its scheme: the notice stands in confirmation mails too, and those have two links only (L3).
        labelled(mail::legal_contact, fields.contact_url.trim_start_matches("https://"));
        if !fields.register.is_empty() {
            labelled(mail::legal_register, &format!("{}, {}", fields.register, fields.register_number));
        }
        labelled(mail::legal_vat_id, &fields.vat_id);
        labelled(mail::legal_business_id, &fields.business_id);
        labelled(mail::legal_authority, &fields.authority);
        labelled(mail::legal_professional, &fields.professional);
        labelled(mail::legal_responsible, &fields.responsible_person);
        labelled(mail::legal_note, &fields.capital_note);
        lines
    }

    /// Name with legal form, unless the name holds it already.
    fn full_name(&self) -> String {
        let fields = &self.0;
        if fields.legal_form.is_empty() || fields.name.ends_with(&fields.legal_form) {
            return fields.name.clone();
        }
        format!("{} ({})", fields.name, fields.legal_form)
    }

    /// Street, postal code, city, country in one line.
    fn postal_address(&self) -> String {
        let fields = &self.0;
        let city = one_spaced(&format!("{} {}", fields.postal_code, fields.city));
        format!("{}, {city}, {}", fields.street, fields.country)
    }
}

fn tidied(fields: LegalNoticeFields) -> LegalNoticeFields {
    let t = |text: String| one_spaced(&text);
    LegalNoticeFields {
        name: t(fields.name),
        legal_person: fields.legal_person,
        legal_form: t(fields.legal_form),
        representative: t(fields.representative),
        street: t(fields.street),
        postal_code: t(fields.postal_code),
        city: t(fields.city),
        country: t(fields.country),
        email: t(fields.email),
        phone: t(fields.phone),
        contact_url: t(fields.contact_url),
        register: t(fields.register),
        register_number: t(fields.register_number),
        vat_id: t(fields.vat_id),
        business_id: t(fields.business_id),
        authority: t(fields.authority),
        professional: t(fields.professional),
        responsible_person: t(fields.responsible_person),
        capital_note: t(fields.capital_note),
    }
}

fn every_field(fields: &LegalNoticeFields) -> [(Field, &str); 18] {
    [
        (Field::Name, &fields.name),
        (Field::LegalForm, &fields.legal_form),
        (Field::Representative, &fields.representative),
        (Field::Street, &fields.street),
        (Field::PostalCode, &fields.postal_code),
        (Field::City, &fields.city),
        (Field::Country, &fields.country),
        (Field::Email, &fields.email),
        (Field::Phone, &fields.phone),
        (Field::ContactUrl, &fields.contact_url),
        (Field::Register, &fields.register),
        (Field::RegisterNumber, &fields.register_number),
        (Field::VatId, &fields.vat_id),
        (Field::BusinessId, &fields.business_id),
        (Field::Authority, &fields.authority),
        (Field::Professional, &fields.professional),
        (Field::ResponsiblePerson, &fields.responsible_person),
        (Field::CapitalNote, &fields.capital_note),
    ]
}

fn check_texts(fields: &LegalNoticeFields, problems: &mut Vec<FieldProblem>) {
    const ALWAYS: [Field; 5] = [Field::Name, Field::Street, Field::City, Field::Country, Field::Email];
    for (field, text) in every_field(fields) {
        if text.is_empty() && ALWAYS.contains(&field) {
            problems.push(FieldProblem { field, fault: FieldFault::Missing });
        }
        if text.chars().count() > field.limit() {
            problems.push(FieldProblem { field, fault: FieldFault::TooLong });
        }
        if field != Field::ContactUrl && text.contains("://") {
            problems.push(FieldProblem { field, fault: FieldFault::HoldsLink });
        }
        if text.chars().any(is_unprintable) {
            problems.push(FieldProblem { field, fault: FieldFault::Unprintable });
        }
    }
    for (field, text) in [(Field::Name, &fields.name), (Field::City, &fields.city), (Field::Country, &fields.country)] {
        if !text.is_empty() && letters(text) < 2 {
            problems.push(FieldProblem { field, fault: FieldFault::Implausible });
        }
    }
}

/// Words at the end of a name that only legal persons bear.
const LEGAL_FORMS: &[&str] = &[
    "gmbh", "ggmbh", "mbh", "ag", "kgaa", "ug", "se", "eg", "ltd", "limited", "llc", "inc", "plc", "sarl", "sas", "bv",
    "gmbhcokg",
];

fn check_person(fields: &LegalNoticeFields, problems: &mut Vec<FieldProblem>) {
    if !fields.legal_person {
        let last = words(&fields.name).pop().unwrap_or_default();
        if LEGAL_FORMS.contains(&last.as_str()) {
            problems.push(FieldProblem { field: Field::Name, fault: FieldFault::NamesLegalPerson });
        }
        return;
    }
    for (field, text) in [(Field::LegalForm, &fields.legal_form), (Field::Representative, &fields.representative)] {
        if letters(text) < 2 {
            problems.push(FieldProblem { field, fault: FieldFault::Missing });
        }
    }
}

fn check_contact(fields: &LegalNoticeFields, problems: &mut Vec<FieldProblem>) {
    if !fields.email.is_empty() && EmailAddress::parse(&fields.email).is_err() {
        problems.push(FieldProblem { field: Field::Email, fault: FieldFault::NotAnAddress });
    }
    if fields.phone.is_empty() && fields.contact_url.is_empty() {
        problems.push(FieldProblem { field: Field::Phone, fault: FieldFault::Missing });
    }
    let digits = fields.phone.chars().filter(char::is_ascii_digit).count();
    let strange = fields.phone.chars().any(|c| !c.is_ascii_digit() && !"+ ()/-.".contains(c));
    if !fields.phone.is_empty() && (strange || !(6..=20).contains(&digits)) {
        problems.push(FieldProblem { field: Field::Phone, fault: FieldFault::Implausible });
    }
    if !fields.contact_url.is_empty() && !is_https_url(&fields.contact_url) {
        problems.push(FieldProblem { field: Field::ContactUrl, fault: FieldFault::NotAUrl });
    }
}

fn check_register(fields: &LegalNoticeFields, problems: &mut Vec<FieldProblem>) {
    if fields.register.is_empty() && !fields.register_number.is_empty() {
        problems.push(FieldProblem { field: Field::Register, fault: FieldFault::Missing });
    }
    if !fields.register.is_empty() && fields.register_number.is_empty() {
        problems.push(FieldProblem { field: Field::RegisterNumber, fault: FieldFault::Missing });
    }
}

fn is_https_url(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("https://") else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    mail_formats::address::Domain::parse(host).is_ok() && !text.contains([' ', '"', '<', '>'])
}

fn letters(text: &str) -> usize {
    text.chars().filter(|c| c.is_alphabetic()).count()
}

#[cfg(test)]
mod tests;
