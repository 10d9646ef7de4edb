//! Which pages there are, and an address of each that has something to show.
//!
//! The pages come from the router. The addresses come from the pages themselves: whoever is signed in
//! follows links from those that need no number, so a page that no other page leads to is found out, and
//! a page that was added yesterday is on the tour today.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use testbench::http::Response;
use testbench::stage::{Set, Stage};
use testbench::story::{LogIn, Member};
use web::{Who, pages, recipients_paths};

/// Addresses of one page that are on the tour.
const OF_EACH: usize = 2;
/// Addresses of one page that are followed on the way.
const FOLLOWED: usize = 12;

/// Who looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Guest {
    /// Nobody that we know.
    Stranger,
    /// Somebody whose code is still to come.
    HalfWay,
    /// The owner of an account.
    Customer,
    /// The operator's people.
    Operator,
}

impl Guest {
    pub(crate) const ALL: [Self; 4] = [Self::Stranger, Self::HalfWay, Self::Customer, Self::Operator];

    /// With what somebody signs in.
    pub(crate) fn log_in(self, set: &Set) -> Option<&LogIn> {
        match self {
            Self::Stranger => None,
            Self::HalfWay => Some(&set.half),
            Self::Customer => Some(&set.owner),
            Self::Operator => Some(&set.operator),
        }
    }
}

/// One page to look at.
#[derive(Clone, Debug)]
pub(crate) struct Stop {
    /// As it is in the router.
    pub(crate) route: &'static str,
    /// With everything filled in.
    pub(crate) path: String,
    /// Which of its route, from 0.
    number: usize,
    /// Made by a customer, and shown in a frame that may do nothing.
    pub(crate) framed: bool,
}

impl Stop {
    /// A name for files: the same in every run.
    pub(crate) fn name(&self) -> String {
        let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '-' };
        let name: String = self.route.replace(['{', '}'], "").chars().map(plain).collect();
        let name = if self.route == "/" { "home" } else { name.trim_start_matches('-') };
        if self.number == 0 { name.to_owned() } else { format!("{name}.{}", self.number + 1) }
    }
}

/// What one guest sees.
pub(crate) struct Visit {
    pub(crate) guest: Guest,
    /// As a request carries them.
    pub(crate) cookies: String,
    pub(crate) stops: Vec<Stop>,
}

/// The routes that answer to a GET of this guest.
fn routes(guest: Guest) -> Vec<&'static str> {
    let own = |who: Who, name: &str| match who {
        Who::Public if name == "login-code" => Guest::HalfWay,
        Who::Public => Guest::Stranger,
        Who::SignedIn | Who::Role(_) => Guest::Customer,
        Who::Operator => Guest::Operator,
    };
    let table = pages().into_iter().filter(|page| page.method == "GET" && own(page.who, page.name) == guest);
    let paths = table.map(|page| page.path);
    let others = if guest == Guest::Stranger { recipients_paths() } else { Vec::new() };
    paths.chain(others).collect()
}

fn is_open(segment: &str) -> bool {
    segment.starts_with('{')
}

/// Whether a path is one of this route.
fn fits(route: &str, path: &str) -> bool {
    let bare = path.split(['?', '#']).next().unwrap_or_default();
    let (route, path): (Vec<_>, Vec<_>) = (route.split('/').collect(), bare.split('/').collect());
    let same = |(wanted, given): (&&str, &&str)| wanted == given || (is_open(wanted) && !given.is_empty());
    route.len() == path.len() && route.iter().zip(&path).all(same)
}

/// The route that a path leads to: of several the one with the most words of its own.
fn route_of(routes: &[&'static str], path: &str) -> Option<&'static str> {
    let words = |route: &str| route.split('/').filter(|segment| !is_open(segment)).count();
    routes.iter().copied().filter(|route| fits(route, path)).max_by_key(|route| words(route))
}

/// Whatever in a page looks like a path of ours.
fn paths_in(page: &str) -> BTreeSet<String> {
    let values = page.split("=\"/").skip(1).filter_map(|rest| rest.split('"').next());
    let plain = |value: &str| format!("/{value}").replace("&#38;", "&").replace("&amp;", "&").replace("&#47;", "/");
    values.map(plain).filter(|path| !path.starts_with("//")).collect()
}

/// Answers that are no page of their own: pieces that scripts ask for, files, streams.
fn is_page(answer: &Response) -> bool {
    let html = answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html"));
    html && answer.text().trim_start().to_lowercase().starts_with("<!doctype")
}

/// Streams do not end by themselves.
fn is_stream(route: &str) -> bool {
    route.ends_with("/events")
}

/// Goes everywhere as this guest.
pub(crate) async fn visit(stage: &Stage, set: &Set, guest: Guest) -> Result<Visit, String> {
    let member = Member::new(stage.world.house.web(), set.language);
    if let Some(log_in) = guest.log_in(set) {
        member.sign_in(log_in).await?;
    }
    let routes = routes(guest);
    let mut way = Way { routes: routes.clone(), found: BTreeMap::new(), open: VecDeque::new() };
    let (starts, guessed) = (starts(&routes, set, guest), guesses(&routes, set, guest));
    starts.iter().chain(&guessed).for_each(|path| way.see(path));
    let (mut stops, mut good, mut problems) = (Vec::<Stop>::new(), BTreeSet::new(), Vec::new());
    while let Some((route, path)) = way.open.pop_front() {
        if is_stream(route) {
            good.insert(route);
            continue;
        }
        let answer = member.get(&path).await?;
        paths_in(&answer.text()).iter().for_each(|path| way.see(path));
        answer.header("location").into_iter().for_each(|place| way.see(place));
        let known = stops.iter().filter(|stop| stop.route == route).count();
        match answer.status {
            // Pages; pieces and files; a page that leads on; a path that only takes forms.
            200 | 303 | 405 => drop(good.insert(route)),
            // Not every token opens everything that hangs on tokens of its kind.
            404 | 410 if guessed.contains(&path) => {}
            status => problems.push(format!("{guest:?} {path} ({route}) answers {status}")),
        }
        if answer.status == 200 && is_page(&answer) && known < OF_EACH {
            let framed = answer.header("content-security-policy").is_some_and(|policy| policy.contains("sandbox"));
            stops.push(Stop { route, path, number: known, framed });
        }
    }
    let missing = routes.iter().filter(|route| !good.contains(**route));
    problems.extend(missing.map(|route| {
        format!("no page that {guest:?} sees leads to {route}: link it, or give the stage something to show there")
    }));
    if !problems.is_empty() {
        return Err(problems.join("\n"));
    }
    Ok(Visit { guest, cookies: member.cookies(), stops })
}

/// Where one begins: what needs no number, or the own account's alone, and what stands in mails.
fn starts(routes: &[&'static str], set: &Set, guest: Guest) -> Vec<String> {
    let own = |route: &&str| {
        let path = route.replace("{account}", &set.account.id).replace("{form}", &set.account.form);
        (guest != Guest::Operator || !route.contains('{')).then_some(path).filter(|path| !path.contains('{'))
    };
    let mut starts: Vec<String> = routes.iter().filter_map(own).collect();
    if guest == Guest::Stranger {
        starts.extend(set.doors.iter().cloned());
    }
    starts
}

/// What hangs on a token, with every token of its kind.
fn guesses(routes: &[&'static str], set: &Set, guest: Guest) -> BTreeSet<String> {
    let guess = |(route, door): (&&str, &String)| {
        let (kind, token) = (door.split('/').nth(1), door.split('/').nth(2).unwrap_or_default());
        let path = route.replace("{token}", token);
        (kind == route.split('/').nth(1) && !path.contains('{')).then_some(path)
    };
    let pairs = routes.iter().flat_map(|route| set.doors.iter().map(move |door| (route, door)));
    pairs.filter(|_| guest == Guest::Stranger).filter_map(guess).filter(|path| !set.doors.contains(path)).collect()
}

/// What was found, and where nobody was yet.
struct Way {
    routes: Vec<&'static str>,
    found: BTreeMap<&'static str, BTreeSet<String>>,
    open: VecDeque<(&'static str, String)>,
}

impl Way {
    fn see(&mut self, path: &str) {
        let Some(route) = route_of(&self.routes, path) else { return };
        // What was just said is no other page, and the other language is seen by who speaks it.
        let path = ["#", "?said=", "?lang="].iter().fold(path, |path, end| path.split(end).next().unwrap_or_default());
        let path = path.to_owned();
        let known = self.found.entry(route).or_default();
        if known.len() < FOLLOWED && known.insert(path.clone()) {
            self.open.push_back((route, path));
        }
    }
}

#[test]
fn the_nearest_route_is_found_and_links_are_read() {
    let routes = ["/a/{account}/newsletters/{mailing}", "/a/{account}/newsletters/new", "/u/{token}/"];
    assert_eq!(route_of(&routes, "/a/7/newsletters/new?x"), Some(routes[1]));
    assert_eq!(route_of(&routes, "/a/7/newsletters/12"), Some(routes[0]));
    assert_eq!(route_of(&routes, "/u/abc/"), Some(routes[2]));
    assert_eq!(route_of(&routes, "/a/7"), None);
    let links = paths_in("<a href=\"/a/7?x=1&#38;y=2\"><img src=\"//foreign\"><form action=\"/b\">");
    assert_eq!(links.into_iter().collect::<Vec<_>>(), ["/a/7?x=1&y=2", "/b"]);
}
