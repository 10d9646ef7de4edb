//! The own pages with numbers and words of the neighbour where something may be typed: in every field of
//! every form that a page shows, and in every parameter by which lists are filtered, searched and paged.

use std::collections::BTreeSet;
use std::path::Path;

use testbench::http::Response;
use testbench::page::Form;

use super::pages::println_probes;
use super::{Hand, Stage, Told, Watch, of_accounts, own_paths, same, told, unchanged};
use crate::door::run;
use crate::tenants::{Tenant, nothing_like};

/// Parameters that lists usually have; those of our pages are read from their source.
const USUAL: &[&str] =
    &["after", "before", "tag", "topic", "q", "search", "address", "form", "mailing", "contact", "domain"];

/// The names in `query("…")` and `query_ids("…")` of every page.
fn parameters_of_pages() -> BTreeSet<String> {
    fn gather(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).expect("a folder of sources") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                gather(&path, found);
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("source");
            for call in ["query(\"", "query_ids(\""] {
                let names = text.split(call).skip(1).filter_map(|rest| rest.split('"').next());
                found.extend(names.map(str::to_owned));
            }
        }
    }
    let mut found: BTreeSet<String> = USUAL.iter().map(|name| (*name).to_owned()).collect();
    gather(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    assert!(found.len() > USUAL.len() + 5, "the names of parameters are not found any more");
    found
}

/// Numbers of the neighbour, one or more of each kind: for a name that is one of a kind those of the kind.
fn numbers<'t>(theirs: &'t Tenant, name: &str) -> Vec<i64> {
    let of_kind = |kind: &str| kind == name || name.strip_suffix('s') == Some(kind);
    let (same, others): (Vec<_>, Vec<_>) = theirs.kinds().partition(|(kind, _)| of_kind(kind));
    let long = |numbers: &'t [i64]| numbers.iter().copied().filter(|number| *number > 1_000_000);
    let mut found: Vec<i64> = same.iter().flat_map(|(_, numbers)| long(numbers)).collect();
    let few = if testbench::long() { usize::MAX } else { 3 };
    found.extend(others.iter().filter_map(|(_, numbers)| long(numbers).next()).take(few));
    found
}

/// Pages of the own account, filtered by what is the neighbour's.
async fn filters(stage: &Stage, watch: &mut Watch, hand: &Hand<'_>) {
    let names = parameters_of_pages();
    let before = stage.everything().await;
    // The beginning of the word finds what a search finds; the whole word is what must not be seen.
    let part = &stage.theirs.word[..8];
    for page in of_accounts().iter().filter(|page| page.method == "GET" && !page.path.ends_with("/events")) {
        for path in own_paths(page.path, &stage.own, if testbench::long() { 9 } else { 1 }) {
            for name in &names {
                for number in numbers(&stage.theirs, name) {
                    let (given, nothing) = (number.to_string(), nothing_like(number).to_string());
                    let theirs = hand.ask("GET", &format!("{path}?{name}={given}"), &[]).await;
                    let none = hand.ask("GET", &format!("{path}?{name}={nothing}"), &[]).await;
                    watch.look(page.path, &theirs, &given);
                    same(&format!("{path}?{name}={given}"), &told(&theirs, &given), &told(&none, &nothing));
                }
                for words in [part, "%25", "_", "*"] {
                    let answer = hand.ask("GET", &format!("{path}?{name}={words}"), &[]).await;
                    watch.look(page.path, &answer, "");
                    assert!(answer.status < 500, "{path}?{name}={words}: {}", answer.status);
                }
            }
        }
    }
    unchanged("filtering", &before, &stage.everything().await);
}

/// The forms that a page shows and that post to the own account, with the fields of the table that it
/// happens not to show.
async fn shown_forms(hand: &Hand<'_>, path: &str, account: i64) -> Vec<Form> {
    let page = hand.ask("GET", path, &[]).await;
    let mine = format!("/a/{account}/");
    let mut forms = Form::read_all(&page.text());
    for form in forms.iter_mut().filter(|form| form.action.is_empty()) {
        path.clone_into(&mut form.action);
    }
    forms.retain(|form| form.method == "post" && form.action.starts_with(&mine));
    for form in &mut forms {
        let known: BTreeSet<&str> = form.fields.iter().map(|(name, _)| name.as_str()).collect();
        let missing = fields_of(&form.action)
            .into_iter()
            .filter(|name| !known.contains(name))
            .map(|name| (name.to_owned(), String::new()));
        let missing: Vec<_> = missing.collect();
        form.fields.extend(missing);
    }
    forms
}

/// The fields that the page behind an address reads.
fn fields_of(action: &str) -> Vec<&'static str> {
    let parts: Vec<&str> = action.split('/').collect();
    let fits = |pattern: &str| {
        let pattern: Vec<&str> = pattern.split('/').collect();
        pattern.len() == parts.len() && pattern.iter().zip(&parts).all(|(p, part)| p.starts_with('{') || p == part)
    };
    let page = of_accounts().into_iter().find(|page| page.method == "POST" && fits(page.path));
    page.map(|page| page.fields).unwrap_or_default()
}

/// Posts a form as the page shows it now, with one field changed; none when the page has it no more.
async fn post_with(
    stage: &Stage,
    hand: &Hand<'_>,
    path: &str,
    action: &str,
    field: &str,
    given: &str,
) -> Option<Response> {
    let forms = shown_forms(hand, path, stage.own.account).await;
    let has = |form: &&Form| form.action == action && form.fields.iter().any(|(name, _)| name == field);
    let form = forms.iter().find(has)?;
    let mut pairs: Vec<(&str, &str)> = form.pairs();
    pairs.retain(|(name, _)| *name != field && *name != "csrf");
    pairs.push((field, given));
    Some(hand.ask("POST", &form.action, &pairs).await)
}

/// What a form's refusal tells; what the one post left behind stands on the page of the other. What was
/// taken (a name may be a number) leads on, or shows what was made: only that it was taken is alike.
fn said(answer: &Response, asked: [&str; 2]) -> Told {
    let (status, headers, body) = told(answer, asked[0]);
    if status < 400 { (200, Vec::new(), String::new()) } else { (status, headers, body.replace(asked[1], "#")) }
}

/// Every field of every form, filled with the neighbour's numbers.
async fn fields(stage: &Stage, watch: &mut Watch, hand: &Hand<'_>) {
    let before = stage.of_others().await;
    for page in of_accounts().iter().filter(|page| page.method == "GET" && !page.path.ends_with("/events")) {
        for path in own_paths(page.path, &stage.own, usize::MAX) {
            let forms = shown_forms(hand, &path, stage.own.account).await;
            for form in &forms {
                let names: BTreeSet<&str> =
                    form.fields.iter().map(|(name, _)| name.as_str()).filter(|name| *name != "csrf").collect();
                for name in names {
                    for number in numbers(&stage.theirs, name) {
                        let (given, nothing) = (number.to_string(), nothing_like(number).to_string());
                        let what = format!("{name}={given} of {} on {path}", form.action);
                        let Some(theirs) = post_with(stage, hand, &path, &form.action, name, &given).await else {
                            continue;
                        };
                        let Some(none) = post_with(stage, hand, &path, &form.action, name, &nothing).await else {
                            continue;
                        };
                        watch.look(page.path, &theirs, &given);
                        same(&what, &said(&theirs, [&given, &nothing]), &said(&none, [&given, &nothing]));
                        assert!(theirs.status < 500, "{what}: {}", theirs.status);
                    }
                }
            }
            unchanged(&path, &before, &stage.of_others().await);
        }
    }
}

/// Proves D1 of the armour for what is typed: filters, searches, and every field.
#[test]
fn armour_d1_nothing_that_is_typed_reaches_the_neighbour() {
    run(async {
        let stage = Stage::open().await;
        let mut watch = Watch::over(&stage.theirs);
        let owner = Hand::of(stage.door.signed_in(stage.own.owner).await).await;
        filters(&stage, &mut watch, &owner).await;
        watch.but_numbers(&stage.theirs);
        fields(&stage, &mut watch, &owner).await;
        assert!(watch.probes >= 3_000, "only {} probes", watch.probes);
        println_probes("what is typed", &watch);
    });
}
