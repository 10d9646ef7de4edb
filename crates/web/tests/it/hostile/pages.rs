//! Pages with hostile texts have just the tags, attributes and addresses of pages with plain ones.

use std::collections::BTreeSet;

use policy::role::Role;
use web::{PageInfo, Who, pages};

use super::fields::Fields;
use super::payloads::payload;
use super::skeleton;
use crate::browser::Browser;
use crate::door::{Door, run};
use crate::tenants::Tenant;

/// Who shows everything: the operator, who works in the account too.
pub(super) struct Stage {
    pub(super) door: Door,
    pub(super) tenant: Tenant,
}

impl Stage {
    pub(super) async fn on(door: Door) -> Self {
        let tenant = door.tenant(2, "kanarienvogel").await;
        // A legal notice and a statement that wait for their review; a provider that gets nothing for now.
        door.script(
            "INSERT INTO legal_notice (account_id, version, notice, created_at) SELECT 2, 2, notice, 5 FROM legal_notice WHERE account_id = 2;
             UPDATE account SET legal_version = 2, legal_review = 1 WHERE id = 2;
             INSERT INTO provider_pause (provider_group, until, reason, incident_id) VALUES ('mx.a', 0, 'kanarienvogel', NULL);",
        )
        .await;
        Self { door, tenant }
    }

    pub(super) async fn operator(&self) -> Browser<'_> {
        let (user, login) = self.door.person(2, "olga@mail.example", Role::Owner).await;
        let _ = user;
        self.door.script(&format!("UPDATE login SET operator = TRUE WHERE id = {login}")).await;
        self.door.signed_in(login).await
    }
}

/// Every path of a page, with every combination of things.
fn combinations(page: &PageInfo, tenant: &Tenant) -> Vec<String> {
    let mut paths = vec![String::new()];
    for part in page.path.split('/').skip(1) {
        let name = part.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        let parts: Vec<String> = match name {
            Some("account") => vec![tenant.account.to_string()],
            Some(name) => tenant.all(name, page.path).iter().map(i64::to_string).collect(),
            None => vec![part.to_owned()],
        };
        paths = paths.iter().flat_map(|path| parts.iter().map(move |part| format!("{path}/{part}"))).collect();
    }
    paths
}

/// Views that show what the first one of their page does not.
const VIEWS: &[(&str, &[&str])] = &[
    ("newsletters", &["?state=drafts", "?state=scheduled", "?state=running", "?state=ended"]),
    ("desk-cases", &["?show=mine", "?kind=letter"]),
];
/// Paths of one page that are looked at.
const MOST: usize = 3;

/// Every page that shows something, by paths that do.
pub(super) async fn shown(browser: &Browser<'_>, tenant: &Tenant) -> Vec<String> {
    let (mut found, mut broken) = (Vec::new(), Vec::new());
    for page in pages().iter().filter(|page| page.method == "GET" && page.who != Who::Public) {
        if page.path.ends_with("/events") {
            continue;
        }
        let (mut shows, mut leads) = (0, false);
        for path in combinations(page, tenant) {
            let answer = browser.get(&path).await;
            if answer.status >= 500 {
                broken.push(path.clone());
            }
            leads |= answer.status == 303;
            if answer.status == 200 && shows < MOST {
                shows += 1;
                found.push(path.clone());
                let views = VIEWS.iter().filter(|(name, _)| *name == page.name).flat_map(|(_, views)| *views);
                found.extend(views.map(|view| format!("{path}{view}")));
            }
        }
        if shows == 0 && !leads {
            broken.push(format!("{} shows nothing", page.path));
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
    found
}

/// Where a link, a form or a picture of ours may lead.
fn harmless(target: &str) -> bool {
    let target = testbench::page::unescape(target);
    let inside = target.starts_with('/') && !target.starts_with("//") && !target.starts_with("/\\");
    let known = ["#", "?", "https://", "http://", "mailto:", "tel:", "data:image/"];
    target.is_empty() || inside || known.iter().any(|start| target.starts_with(start))
}

/// Whether a page is the mail itself, in the frame of another: its tags are those of who wrote it.
fn shows_a_mail(path: &str) -> bool {
    path.ends_with("/frame") || path.ends_with("/body")
}

async fn skeleton_of(browser: &Browser<'_>, path: &str) -> Vec<String> {
    let answer = browser.get(path).await;
    // A text that no mail may have has nothing to show in the frame of its preview, or of the mail.
    let expected = if shows_a_mail(path) { [200, 404] } else { [200, 200] };
    assert!(expected.contains(&answer.status), "{path}: {} {}", answer.status, answer.text());
    // What is saved as a file is text to every browser (`nosniff`), whatever stands in it.
    if answer.header("content-type").is_some_and(|kind| kind.starts_with("text/plain")) {
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        return Vec::new();
    }
    let (tags, targets) = skeleton(&answer.text());
    let strange = targets.iter().find(|target| !harmless(target));
    assert!(strange.is_none(), "{path} leads to {strange:?}");
    tags
}

/// Whether a page says what is wrong with a draft, or shows a mail as it would be made now: its shape follows
/// the text, so that only the kinds of its tags can be compared.
fn follows_content(path: &str) -> bool {
    if path.starts_with("/desk/mails/") {
        return true;
    }
    ["/edit", "/preview", "/send", "/start"].iter().any(|end| path.ends_with(end))
}

/// Proves D11 of the armour: of 500 hostile texts in every place that others write and a page shows, none
/// becomes a tag, an attribute or an address, for the operator and for customers.
#[test]
fn armour_d11_five_hundred_hostile_texts_stay_text_on_every_page() {
    run(async {
        let stage = Stage::on(Door::open().await).await;
        let browser = stage.operator().await;
        let mut fields = Fields::of(&stage.door, stage.tenant.word).await;
        fields.put(&stage.door, |n| format!("plain{n}")).await;
        let paths = shown(&browser, &stage.tenant).await;
        let mut plain = Vec::new();
        for path in &paths {
            plain.push(skeleton_of(&browser, path).await);
        }
        let known: BTreeSet<String> = plain.iter().flatten().cloned().collect();
        // Each field shows as many of them as there are rounds, each text stands in some field in each round.
        let step = if testbench::long() { 1 } else { fields.count().min(60) };
        for first in (0..500).step_by(step) {
            fields.put(&stage.door, |n| payload((first + n) % 500)).await;
            for (path, tags) in paths.iter().zip(&plain) {
                let now = skeleton_of(&browser, path).await;
                if shows_a_mail(path) {
                    let acts = |tag: &str| tag.split(' ').any(|word| word == "script" || word.starts_with("on"));
                    let runs = |tag: &&String| acts(tag) && !known.contains(*tag);
                    assert_eq!(now.iter().find(runs), None, "{path} with the texts from {first} on");
                    continue;
                }
                if follows_content(path) {
                    let strange = now.iter().find(|tag| !known.contains(*tag));
                    assert!(strange.is_none(), "{path} with the texts from {first} on has the tag {strange:?}");
                    continue;
                }
                assert_eq!(&now, tags, "{path} with the texts from {first} on");
            }
        }
        fields.put(&stage.door, |_| "<b>".to_owned()).await;
        let mut escaped = 0;
        for path in &paths {
            escaped += usize::from(browser.get(path).await.text().contains("&#60;b&#62;"));
        }
        assert!(escaped * 10 > paths.len() * 8, "the texts stand on {escaped} of {} pages only", paths.len());
    });
}
