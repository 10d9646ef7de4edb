//! Every sentence of every page comes from `texts`: on a copy of the stage's memory, served by a process
//! in which each of them is marked, what is not marked is data, or was forgotten.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use gate::{Gate, House};
use mail_formats::{Domain, EmailAddress};
use outside::{Fetcher, OutsideSettings, Resolver};
use policy::dns_records::PlatformNames;
use policy::settings::{PolicySettings, Values};
use seals::fake::SeededDice;
use seals::{Clock, Reading, Seals, Sleep, Timestamp};
use serde_json::{Value, json};
use store::{Place, Store};
use testbench::house::{BOUNCE_DOMAIN, PLATFORM_DOMAIN};
use testbench::http::Client;
use testbench::stage::Stage;
use tokio::sync::watch;
use web::{Listeners, WebContext, WebSettings};

use super::tour::Visit;

/// Names the folder with the copy, in the process that marks.
const ASKED: &str = "TEST_WITH_MARKED_PAGES";
const OWN_NAME: &str = "faces::marked::what_is_not_marked_is_found";
/// The longest piece that is told.
const TOLD: usize = 120;

/// The machine's time.
struct Now(Instant);

impl Clock for Now {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
        Timestamp::from_millis(i64::try_from(since.as_millis()).expect("small"))
    }

    fn reading(&self) -> Reading {
        Reading::from_nanos(u64::try_from(self.0.elapsed().as_nanos()).expect("small"))
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// Asks for every page of these visits in a process of its own; what is not marked there.
pub(super) fn search(stage: &Stage, visits: &[Visit]) -> Vec<String> {
    let folder = std::env::temp_dir().join(format!("jawort-marked.{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a scratch folder");
    let house = stage.world.house.folder();
    let copy = format!("VACUUM INTO '{}'", folder.join("jawort.db").display());
    let done = Command::new("sqlite3").args(["-cmd", ".timeout 20000"]).arg(house.join("jawort.db")).arg(copy).status();
    assert!(done.expect("sqlite3 runs").success());
    fs::copy(house.join("secrets.key"), folder.join("secrets.key")).expect("the keys");
    let paths = |visit: &Visit| {
        // What is framed a customer wrote, or the gate composed for him.
        let stops = visit
            .stops
            .iter()
            .filter(|stop| !stop.framed)
            .map(|stop| json!({ "path": stop.path, "cookies": visit.cookies }));
        stops.collect::<Vec<_>>()
    };
    let asked = json!({
        "url": stage.world.house.url(),
        "dns": stage.world.dns.addr().to_string(),
        "known": stage.sets.iter().flat_map(|set| set.account.notice()).collect::<Vec<_>>(),
        "pages": visits.iter().flat_map(paths).collect::<Vec<_>>(),
    });
    fs::write(folder.join("asked.json"), asked.to_string()).expect("written");
    let mut child = Command::new(std::env::current_exe().expect("this test's program"));
    let told = child.args(["--exact", OWN_NAME, "--nocapture"]).env(ASKED, &folder).output().expect("a run");
    let said = String::from_utf8_lossy(&told.stdout).into_owned() + &String::from_utf8_lossy(&told.stderr);
    assert!(told.status.success() && said.contains("1 passed"), "{said}");
    let found: Value = serde_json::from_slice(&fs::read(folder.join("found.json")).expect("found")).expect("JSON");
    fs::remove_dir_all(&folder).expect("removed");
    let found = found.as_array().expect("a list").iter();
    found.map(|one| one.as_str().unwrap_or_default().to_owned()).collect()
}

/// Text outside all marks.
fn unmarked(text: &str) -> String {
    let mut depth = 0_u32;
    let outside = |c: &char| {
        match c {
            '⟦' => depth += 1,
            '⟧' => depth = depth.saturating_sub(1),
            _ => return depth == 0,
        }
        false
    };
    text.chars().filter(outside).collect()
}

fn unescaped(text: &str) -> String {
    [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&#38;", "&")]
        .iter()
        .fold(text.to_owned(), |text, (coded, plain)| text.replace(coded, plain))
}

/// White space and what databases escape made one.
fn even(text: &str) -> String {
    text.replace("\\n", " ").replace('\\', "").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A page without what is quoted word for word: what others wrote, said, or have to publish.
fn without_quotes(page: &str) -> String {
    let mut rest = page.to_owned();
    for (start, end) in [("<pre", "</pre>"), ("<code", "</code>")] {
        while let Some((before, after)) = rest.split_once(start) {
            let behind = after.split_once(end).map_or("", |(_, behind)| behind);
            rest = format!("{before}<i>{behind}");
        }
    }
    rest
}

/// What people see or hear of a page: the text between tags, and attributes that are read aloud.
fn pieces(page: &str) -> Vec<String> {
    let mut found = Vec::new();
    for part in page.split('<').skip(1) {
        let Some((tag, text)) = part.split_once('>') else { continue };
        for name in ["aria-label=\"", "title=\"", "placeholder=\"", "alt=\"", "data-copied=\""] {
            let value = tag.split_once(name).and_then(|(_, rest)| rest.split_once('"'));
            found.extend(value.map(|(value, _)| value.to_owned()));
        }
        found.push(text.to_owned());
    }
    found
}

/// Whether a piece is put together of data: names, addresses, subjects.
fn is_data(piece: &str, data: &str) -> bool {
    let edge = |c: char| !c.is_alphanumeric();
    let known = |part: &str| !part.chars().any(char::is_alphabetic) || data.contains(part.trim_matches(edge));
    known(piece) || piece.split([',', '<', '–']).all(known)
}

/// The pieces of a page that neither a mark nor the data explains.
fn strange(page: &str, data: &str) -> Vec<String> {
    let rest = pieces(&without_quotes(page)).into_iter().map(|piece| even(&unescaped(&unmarked(&piece))));
    rest.filter(|rest| !is_data(rest, data)).map(|rest| rest.chars().take(TOLD).collect()).collect()
}

/// Everything that the memory holds, as text.
fn data(folder: &Path) -> String {
    let dump = Command::new("sqlite3").arg(folder.join("jawort.db")).arg(".dump").output().expect("sqlite3 runs");
    assert!(dump.status.success());
    let dump = even(&String::from_utf8_lossy(&dump.stdout).replace("''", "'"));
    // Names of fields are shown with blanks.
    format!("{dump} {}", dump.replace('_', " "))
}

fn names() -> (House, PlatformNames, String) {
    let domain = |text: &str| Domain::parse(text).expect("a domain");
    let address = |local: &str| EmailAddress::parse(&format!("{local}@{PLATFORM_DOMAIN}")).expect("an address");
    let house = House {
        public_url: String::new(),
        bounce_domain: domain(BOUNCE_DOMAIN),
        platform_domain: domain(PLATFORM_DOMAIN),
        unsubscribe_domain: domain(BOUNCE_DOMAIN),
        abuse_address: address("abuse"),
        cfbl_address: address("fbl"),
        feedback_sender_id: "jawort1".to_owned(),
        operator_from: address("postmaster"),
        operator_name: "Jawort Beispielbetrieb".to_owned(),
        domainkeys: false,
    };
    let dns = PlatformNames {
        platform_domain: domain(PLATFORM_DOMAIN),
        bounce_domain: domain(BOUNCE_DOMAIN),
        unsubscribe_domain: domain(BOUNCE_DOMAIN),
        mail_host: domain(&format!("mx.{PLATFORM_DOMAIN}")),
        helo_name: domain(&format!("mx.{PLATFORM_DOMAIN}")),
        sending_addresses: Vec::new(),
        report_address: None,
        domainkeys: false,
        mta_sts: false,
    };
    // Kinds of DNS records are names in every language.
    let kinds = "MX TXT CNAME AAAA PTR";
    let all = format!("{PLATFORM_DOMAIN} {BOUNCE_DOMAIN} mx.{PLATFORM_DOMAIN} {} {kinds}", house.operator_name);
    (house, dns, all)
}

/// Serves the copy.
async fn serve(folder: &Path, asked: &Value) -> SocketAddr {
    let secrets = fs::read_to_string(folder.join("secrets.key")).expect("the keys");
    let seals = Seals::parse(&secrets).expect("the keys");
    let clock: Arc<dyn Clock> = Arc::new(Now(Instant::now()));
    let dice = Arc::new(SeededDice::new(3));
    let store = Store::open(&Place::Sqlite(folder.join("jawort.db")), Arc::clone(&clock)).await.expect("the copy");
    let (house, dns, _) = names();
    let house = House { public_url: asked["url"].as_str().expect("a URL").to_owned(), ..house };
    let server = asked["dns"].as_str().and_then(|text| text.parse().ok()).expect("an address");
    let outside = OutsideSettings { dns_servers: vec![server], ..OutsideSettings::default() };
    let resolver = Resolver::new(&outside).expect("a resolver");
    let own = Values::from_layers(WebSettings::KEYS, &std::collections::BTreeMap::new(), []).expect("defaults");
    let context = WebContext {
        store,
        gate: Arc::new(Gate::new(house, Arc::new(seals.clone()), dice.clone()).expect("a house in order")),
        seals,
        dns,
        fetcher: Fetcher::new(&resolver, &outside),
        resolver,
        clock,
        dice,
        settings: WebSettings::from_values(&own),
        policy: PolicySettings::defaults(),
        shown_settings: Arc::default(),
    };
    let listeners = Listeners::bind(&["127.0.0.1:0".to_owned()]).await.expect("a free port");
    let address = listeners.addresses().expect("an address")[0];
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(async move {
        web::run(context, listeners, stopped).await;
        drop(stop);
    });
    address
}

async fn ask(folder: &Path) -> Vec<String> {
    let asked: Value = serde_json::from_slice(&fs::read(folder.join("asked.json")).expect("asked")).expect("JSON");
    let client = Client::new(serve(folder, &asked).await).header("User-Agent", "Mozilla/5.0 (story)");
    let zones = policy::zone::Zone::names().join(" ");
    let data =
        data(folder) + " " + &zones + " " + &names().2 + " " + &asked["known"].to_string() + &asked["url"].to_string();
    let mut found = Vec::new();
    for page in asked["pages"].as_array().expect("a list") {
        let (path, cookies) = (page["path"].as_str().expect("a path"), page["cookies"].as_str().unwrap_or_default());
        let cookies: Vec<(&str, &str)> =
            Some(("Cookie", cookies)).filter(|(_, held)| !held.is_empty()).into_iter().collect();
        let answer = client.request("GET", path, &cookies, b"").await.expect("an answer");
        let text = answer.text();
        if answer.status != 200 || !text.contains('⟦') && !path.contains("/frame") && !path.ends_with("/body") {
            found.push(format!("{path} has no sentence at all: {}", answer.status));
        }
        found.extend(
            strange(&text, &data).into_iter().map(|piece| format!("{path} says {piece:?}, which is not in texts")),
        );
    }
    found
}

/// Says what the pages say that is not in `texts`, for [`search`]; alone it shows that the search works.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_marked_is_found() {
    let page =
        "<p>⟦a ⟦b⟧ c⟧ Save</p><p>Gartenhof</p><a title=\"Go\" href=\"/Nowhere\">⟦x⟧</a>, 7&#38;<code>v=1</code>Bad";
    assert_eq!(strange(page, "Gartenhof Immergrün"), ["Save", "Go", "Bad"]);
    assert!(is_data("Immergrün – Gartenhof, 7", "Gartenhof Immergrün") && !is_data("Immergrün – Save", "Immergrün"));
    let Some(folder) = std::env::var_os(ASKED).map(PathBuf::from) else { return };
    texts::mark_every_sentence();
    let found = ask(&folder).await;
    fs::write(folder.join("found.json"), json!(found).to_string()).expect("written");
}
