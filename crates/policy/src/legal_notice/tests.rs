//! Proofs about legal notices.

use super::*;

pub(crate) fn filled_in() -> LegalNoticeFields {
    LegalNoticeFields {
        name: "Muster Fußball GmbH".into(),
        legal_person: true,
        legal_form: "GmbH".into(),
        representative: "Erika Muster".into(),
        street: "Beispielweg 5a".into(),
        postal_code: "12345".into(),
        city: "Musterstadt".into(),
        country: "Deutschland".into(),
        email: "kontakt@muster.example".into(),
        phone: "+49 30 1234567".into(),
        register: "Amtsgericht Musterstadt".into(),
        register_number: "HRB 1234".into(),
        vat_id: "DE123456789".into(),
        ..LegalNoticeFields::default()
    }
}

fn faults(fields: LegalNoticeFields) -> Vec<FieldProblem> {
    LegalNotice::validate(fields).err().unwrap_or_default()
}

fn fault_of(change: impl FnOnce(&mut LegalNoticeFields)) -> Vec<FieldProblem> {
    let mut fields = filled_in();
    change(&mut fields);
    faults(fields)
}

fn street_fault(street: &str) -> Option<FieldFault> {
    fault_of(|fields| fields.street = street.into()).first().map(|problem| problem.fault)
}

#[test]
fn r45_a_complete_notice_passes_and_shows_every_piece() {
    let notice = LegalNotice::validate(filled_in()).expect("complete");
    assert_eq!(
        notice.lines(Language::De),
        [
            "Muster Fußball GmbH",
            "Beispielweg 5a, 12345 Musterstadt, Deutschland",
            "Vertreten durch: Erika Muster",
            "E-Mail: kontakt@muster.example",
            "Telefon: +49 30 1234567",
            "Register: Amtsgericht Musterstadt, HRB 1234",
            "USt-IdNr.: DE123456789",
        ]
    );
    assert_eq!(notice.lines(Language::En).len(), 7);
}

#[test]
fn r46_every_given_field_stands_in_the_lines_of_both_languages() {
    let mut fields = filled_in();
    fields.contact_url = "https://muster.example/kontakt".into();
    fields.business_id = "DE999999999-00001".into();
    fields.authority = "Gewerbeamt Musterstadt".into();
    fields.professional = "Steuerberater, Kammer Musterstadt".into();
    fields.responsible_person = "Max Muster, Beispielweg 5a".into();
    fields.capital_note = "In Liquidation".into();
    let notice = LegalNotice::validate(fields).expect("complete");
    for language in [Language::De, Language::En] {
        let text = notice.lines(language).join("\n");
        for (field, value) in every_field(notice.fields()) {
            assert!(!value.is_empty(), "{field:?} is not given");
            assert!(text.contains(value.trim_start_matches("https://")), "{field:?} is not shown");
        }
    }
}

#[test]
fn r45_a_post_office_box_alone_is_refused_in_every_spelling() {
    let boxes = [
        "Postfach 12 34 56",
        "Postfach 1234",
        "POSTFACH",
        "Postfach12",
        "Post-Fach 7",
        "Pf. 123",
        "PF 99",
        "Postfach Nr. 12",
        "P.O. Box 12",
        "PO Box 12",
        "P. O. Box 12",
        "p.o.box 12",
        "POBox12",
        "Post Office Box 44",
        "P O Box No. 5",
        "Boîte postale 12",
        "BOITE POSTALE 12",
        "B.P. 123",
        "BP 123",
        "BP123",
        "CS 12345",
        "Case postale 12",
        "Packstation 123",
        "postlagernd",
        "Apartado 12",
        "Private Bag 12",
        "Ｐ.Ｏ. Box 3",
        "P\u{43e}stfach 3",
    ];
    for street in boxes {
        assert_eq!(street_fault(street), Some(FieldFault::PostOfficeBox), "{street}");
    }
}

#[test]
fn r45_a_street_is_taken_also_beside_a_box() {
    let streets = [
        "Beispielweg 5",
        "Postfachweg 3",
        "Am Postplatz 1",
        "Beispielweg 5, Postfach 12",
        "Postfach 12 / Beispielweg 5",
        "12 rue de la Boîte",
        "10 Downing Street",
        "Schloss Muster",
        "5 Box Lane",
        "BP Strasse 12",
    ];
    for street in streets {
        assert_eq!(street_fault(street), None, "{street}");
    }
    assert_eq!(street_fault("12"), Some(FieldFault::Implausible));
    assert_eq!(street_fault("--"), Some(FieldFault::Implausible));
}

/// Proves R45 for each single field that the law asks for.
#[test]
fn r45_each_missing_field_is_named() {
    type Change = fn(&mut LegalNoticeFields);
    let cases: &[(Field, Change)] = &[
        (Field::Name, |f| f.name = "  ".into()),
        (Field::Street, |f| f.street.clear()),
        (Field::City, |f| f.city.clear()),
        (Field::Country, |f| f.country.clear()),
        (Field::Email, |f| f.email.clear()),
        (Field::LegalForm, |f| f.legal_form.clear()),
        (Field::Representative, |f| f.representative.clear()),
        (Field::Phone, |f| f.phone.clear()),
        (Field::RegisterNumber, |f| f.register_number.clear()),
        (Field::Register, |f| f.register.clear()),
    ];
    for &(field, change) in cases {
        assert_eq!(fault_of(change), [FieldProblem { field, fault: FieldFault::Missing }]);
    }
}

#[test]
fn r45_a_natural_person_needs_no_representative_but_a_firm_cannot_pose_as_one() {
    let person = |name: &str| {
        fault_of(|fields| {
            fields.legal_person = false;
            fields.legal_form.clear();
            fields.representative.clear();
            fields.name = name.into();
        })
    };
    assert_eq!(person("Erika Muster"), []);
    for firm in ["Muster GmbH", "Muster AG", "Example Ltd.", "Muster UG"] {
        assert_eq!(person(firm), [FieldProblem { field: Field::Name, fault: FieldFault::NamesLegalPerson }], "{firm}");
    }
}

#[test]
fn r45_control_characters_and_overlong_fields_are_refused() {
    for bad in ['\n', '\r', '\0', '\t', '\u{202e}', '\u{200b}', '\u{2028}'] {
        let problems = fault_of(|fields| fields.name = format!("Muster{bad}Bcc: x GmbH"));
        assert_eq!(problems, [FieldProblem { field: Field::Name, fault: FieldFault::Unprintable }], "{bad:?}");
    }
    let long = |chars: usize| fault_of(|fields| fields.city = "ä".repeat(chars));
    assert_eq!(long(MAX_FIELD_CHARS), []);
    assert_eq!(long(MAX_FIELD_CHARS + 1), [FieldProblem { field: Field::City, fault: FieldFault::TooLong }]);
    assert_eq!(fault_of(|fields| fields.professional = "x".repeat(MAX_PROFESSIONAL_CHARS)), []);
}

#[test]
fn r45_contact_data_must_be_usable() {
    let one = |field, fault| vec![FieldProblem { field, fault }];
    assert_eq!(fault_of(|f| f.email = "muster.example".into()), one(Field::Email, FieldFault::NotAnAddress));
    assert_eq!(fault_of(|f| f.phone = "call me".into()), one(Field::Phone, FieldFault::Implausible));
    assert_eq!(fault_of(|f| f.phone = "12".into()), one(Field::Phone, FieldFault::Implausible));
    for url in
        ["http://muster.example", "javascript:alert(1)", "https://", "https://localhost/x", "https://a.example/ x"]
    {
        assert_eq!(fault_of(|f| f.contact_url = url.into()), one(Field::ContactUrl, FieldFault::NotAUrl), "{url}");
    }
    let by_page = fault_of(|f| {
        f.phone.clear();
        f.contact_url = "https://muster.example/kontakt?x=1".into();
    });
    assert_eq!(by_page, []);
}

/// Proves L3: the notice adds no link to the two of a confirmation mail.
#[test]
fn r46_a_notice_never_shows_a_link() {
    let mut fields = filled_in();
    fields.contact_url = "https://muster.example/kontakt".into();
    let notice = LegalNotice::validate(fields).expect("complete");
    assert!(!notice.lines(Language::De).join(" ").contains("://"));
    let problems = fault_of(|fields| fields.professional = "Regeln: http://muster.example".into());
    assert_eq!(problems, [FieldProblem { field: Field::Professional, fault: FieldFault::HoldsLink }]);
}

#[test]
fn r45_a_stored_notice_is_validated_again() {
    let notice = LegalNotice::validate(filled_in()).expect("complete");
    let stored = serde_json::to_string(&notice).expect("serialises");
    assert_eq!(serde_json::from_str::<LegalNotice>(&stored).expect("reads back"), notice);
    let tampered = stored.replace("Beispielweg 5a", "Postfach 1");
    let error = serde_json::from_str::<LegalNotice>(&tampered).expect_err("a box");
    assert!(error.to_string().contains("street: post_office_box"), "{error}");
}

#[test]
fn r48_sends_above_n_wait_until_approved_others_leave() {
    for review in Review::ALL {
        assert!(!holds(review, 500, 500), "{review:?} at n");
        assert_eq!(holds(review, 501, 500), review != Review::Approved, "{review:?} above n");
    }
}

#[test]
fn r48_crossing_n_opens_a_review_and_crossing_back_and_forth_loses_nothing() {
    assert_eq!(review_after_growth(Review::NotNeeded, 499, 500), Review::NotNeeded);
    assert_eq!(review_after_growth(Review::NotNeeded, 500, 500), Review::Open);
    for review in [Review::Open, Review::Approved, Review::Refused] {
        let mut now = review;
        for contacts in [600, 10, 600, 0, 501, 500, 499] {
            now = review_after_growth(now, contacts, 500);
        }
        assert_eq!(now, review);
    }
}

#[test]
fn r48_an_edit_reopens_what_was_decided() {
    for review in [Review::Open, Review::Approved, Review::Refused] {
        assert_eq!(review_after_edit(review, 10, 500), Review::Open);
    }
    assert_eq!(review_after_edit(Review::NotNeeded, 10, 500), Review::NotNeeded);
    assert_eq!(review_after_edit(Review::NotNeeded, 500, 500), Review::Open);
}

#[test]
fn r48_only_an_open_review_can_be_decided() {
    assert_eq!(Review::Open.decided(true), Some(Review::Approved));
    assert_eq!(Review::Open.decided(false), Some(Review::Refused));
    for review in [Review::NotNeeded, Review::Approved, Review::Refused] {
        assert_eq!(review.decided(true), None);
    }
    for review in Review::ALL {
        assert_eq!(Review::from_number(review.number()), Some(review));
    }
}
