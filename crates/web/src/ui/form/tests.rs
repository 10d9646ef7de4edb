//! Forms read what people send, and say what is wrong beside each field.

use super::*;

const COLOURS: &[(&str, Sentence)] = &[("red", ui::save), ("blue", ui::add)];
const FIELDS: &[Field] = &[
    must("name", ui::save, Kind::Line(5)).hint(ui::search),
    may("text", ui::add, Kind::Text(20)),
    may("number", ui::edit, Kind::Int(1, 9)),
    may("tick", ui::show, Kind::Tick),
    may("colour", ui::copy, Kind::Choice(COLOURS)),
    may("address", ui::print, Kind::Address).autocomplete("email"),
    may("host", ui::back, Kind::Host),
    may("secret", ui::delete, Kind::Secret(9)),
    may("at", ui::filter, Kind::Moment),
    may("tags", ui::remove, Kind::Picks(2)),
];

fn read(sent: &[(&str, &str)]) -> Form {
    let sent: Vec<(String, String)> = sent.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    Form::read(Language::En, "mark".to_owned(), FIELDS, &sent)
}

#[test]
fn what_fits_is_read_as_it_is_meant() {
    let form = read(&[
        ("name", "  Ada "),
        ("text", "one\r\ntwo\r\n"),
        ("number", "7"),
        ("tick", "yes"),
        ("colour", "blue"),
        ("address", "ada@mail.example"),
        ("host", "www.shop.example"),
        ("secret", " a b "),
        ("at", "2026-05-04T09:00"),
        ("tags", "3"),
        ("tags", "4"),
        ("strange", "x"),
    ])
    .options("tags", vec![Choice::new(3, "three"), Choice::new(4, "four")]);
    assert!(form.is_good(), "{form:?}");
    assert_eq!((form.text("name"), form.text("text"), form.int("number")), ("Ada", "one\ntwo", Some(7)));
    assert!(form.ticked("tick") && form.ids("tags") == [3, 4]);
    assert_eq!((form.text("secret"), form.text("strange")), (" a b ", ""));
    assert_eq!(form.address("address").expect("an address").as_str(), "ada@mail.example");
    assert_eq!(form.summary().to_string(), "");
}

/// Proves M4 for forms: a line takes no line break and nothing takes NUL; each problem names its field.
#[test]
fn m4_what_does_not_fit_is_said_beside_its_field_and_on_top() {
    for (name, value, problem) in [
        ("name", "", ui::field_required(Language::En)),
        ("name", "sixsix", ui::field_too_long(Language::En, 5)),
        ("name", "a\nb", ui::field_control_characters(Language::En)),
        ("text", "a\0b", ui::field_control_characters(Language::En)),
        ("number", "0", ui::field_bad_number(Language::En, "1", "9")),
        ("number", "1e1", ui::field_bad_number(Language::En, "1", "9")),
        ("colour", "green", ui::field_bad_choice(Language::En)),
        ("address", "ada@", ui::field_bad_email(Language::En)),
        ("host", "http://a", ui::field_bad_host(Language::En)),
        ("at", "tomorrow", ui::field_bad_time(Language::En)),
        ("tags", "9", ui::field_bad_choice(Language::En)),
    ] {
        let mut sent = vec![("name", "Ada")];
        sent.retain(|(known, _)| *known != name);
        sent.push((name, value));
        let form = read(&sent).options("tags", vec![Choice::new(3, "three")]);
        assert!(!form.is_good(), "{name} {value:?}");
        let html = form.field(name).to_string();
        assert!(html.contains(&problem) && html.contains("aria-describedby=\"e-"), "{name}: {html}");
        assert!(name == "tags" || html.contains("aria-invalid=\"true\""), "{name}: {html}");
        let summary = form.summary().to_string();
        assert!(summary.contains(&format!("href=\"#f-{name}\"")) && summary.contains(&problem), "{summary}");
        assert!(html.contains(&format!("id=\"f-{name}\"")), "the summary leads nowhere: {html}");
    }
    let many = read(&[("name", "Ada"), ("tags", "3"), ("tags", "3"), ("tags", "3")]);
    assert!(many.field("tags").to_string().contains(&ui::field_too_many(Language::En, 2)));
}

#[test]
fn what_was_typed_comes_back_escaped_and_secrets_do_not() {
    let form = read(&[("name", "<b>\"x"), ("secret", "hunter2"), ("text", "</textarea>")]);
    let all: String = form.all().iter().map(ToString::to_string).collect();
    assert!(all.contains("&#60;b&#62;&#34;x") && all.contains("&#60;/textarea&#62;"), "{all}");
    assert!(!all.contains("hunter2") && !all.contains("<b>"), "{all}");
    assert_eq!(form.mark().to_string(), "<input type=\"hidden\" name=\"csrf\" value=\"mark\">");
}

#[test]
fn a_rule_s_problem_stands_like_the_others() {
    let mut form = read(&[("name", "Ada")]);
    form.wrong("name", "taken");
    form.refused("not today");
    let summary = form.summary().to_string();
    assert!(summary.contains("2 entries") && summary.contains("taken") && summary.contains("not today"), "{summary}");
}
