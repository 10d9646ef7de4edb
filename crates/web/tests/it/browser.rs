//! A visitor with cookies, as a browser keeps them, and people who sign in.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicU64, Ordering};

use mail_formats::address::EmailAddress;
use policy::role::Role;
use policy::sender::ShortName;
use policy::{AccountId, LoginId, UserId};
use seals::fake::SeededDice;
use seals::{Clock as _, LinkPurpose, PasswordHash, SessionSecret};
use store::address_proofs::{ProofAsked, ProofMail, Proven};
use store::invitations::Joined;
use store::sessions::{Entry, NewSession};
use store::users::NewUser;
use testbench::http::{Response, form};
use texts::Language;

use crate::door::{Door, hidden};

/// The public address of the door's house.
pub(crate) const HOUSE: &str = "https://n.example";
/// A password that may be set.
pub(crate) const PASSWORD: &str = "kein grosses wort";

/// Keeps cookies, follows nothing, and says `Origin` as browsers do.
pub(crate) struct Browser<'d> {
    door: &'d Door,
    cookies: RefCell<BTreeMap<String, String>>,
}

impl<'d> Browser<'d> {
    pub(crate) fn new(door: &'d Door) -> Self {
        Self { door, cookies: RefCell::default() }
    }

    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.borrow().get(name).cloned()
    }

    pub(crate) fn set_cookie(&self, name: &str, value: &str) {
        self.cookies.borrow_mut().insert(name.to_owned(), value.to_owned());
    }

    pub(crate) fn forget_cookie(&self, name: &str) {
        self.cookies.borrow_mut().remove(name);
    }

    pub(crate) async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Response {
        let line: Vec<String> = self.cookies.borrow().iter().map(|(name, value)| format!("{name}={value}")).collect();
        let line = line.join("; ");
        let mut all = headers.to_vec();
        if !line.is_empty() {
            all.push(("Cookie", &line));
        }
        let answer = self.door.client.request(method, path, &all, body).await.expect("an answer");
        for (_, value) in answer.headers.iter().filter(|(name, _)| name == "set-cookie") {
            let (name, rest) = value.split_once('=').expect("a cookie");
            let value = rest.split(';').next().expect("a value");
            if rest.contains("Max-Age=0") { self.forget_cookie(name) } else { self.set_cookie(name, value) }
        }
        answer
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.ask("GET", path, &[], b"").await
    }

    /// Posts a form as it stands, from a page of the house.
    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let kind = ("Content-Type", "application/x-www-form-urlencoded");
        self.ask("POST", path, &[kind, ("Origin", HOUSE)], form(fields).as_bytes()).await
    }

    /// Opens a page, and posts a form with the mark that the page's forms carry.
    pub(crate) async fn send(&self, page: &str, path: &str, fields: &[(&str, &str)]) -> Response {
        let page = self.get(page).await;
        assert_eq!(page.status, 200, "{}", page.text());
        let mark = hidden(&page.text(), "csrf");
        let mut all = vec![("csrf", mark.as_str())];
        all.extend_from_slice(fields);
        self.post(path, &all).await
    }

    pub(crate) async fn sign_in(&self, address: &str, password: &str) -> Response {
        self.post("/login", &[("address", address), ("password", password)]).await
    }

    /// Whether the own access can be seen.
    pub(crate) async fn is_in(&self) -> bool {
        self.get("/me").await.status == 200
    }
}

/// Where an answer leads.
pub(crate) fn to(answer: &Response) -> String {
    assert_eq!(answer.status, 303, "{}", answer.text());
    answer.header("location").expect("a place").to_owned()
}

impl Door {
    /// The link of an entry link or an invitation.
    pub(crate) fn entry(&self, path: &str, number: i64, purpose: LinkPurpose) -> String {
        let number = u64::try_from(number).expect("positive");
        format!("/{path}/{}", self.seals.link_token(number, purpose).expect("fits").as_str())
    }

    /// Invites a person; nobody accepted yet.
    pub(crate) async fn invite(&self, account: i64, address: &str, role: Role) -> UserId {
        let (account, address) = (AccountId::from_raw(account), EmailAddress::parse(address).expect("an address"));
        let keys = self.seals.address_keys_mail(&address.normalised());
        let name = ShortName::parse("Ida").expect("a name");
        let new = NewUser { name, address, key: keys[0], language: Language::En, role };
        let id = self.store.add_user(account, new, "test", self.clock.now()).await.expect("a user");
        let mail = ProofMail { until: "soon".to_owned() };
        let asked = self.store.ask_proof(account, Proven::User(id), keys, mail, self.clock.now()).await;
        assert_eq!(asked.expect("an answer"), ProofAsked::Planned);
        id
    }

    /// A person of the account with [`PASSWORD`].
    pub(crate) async fn person(&self, account: i64, address: &str, role: Role) -> (UserId, LoginId) {
        let id = self.invite(account, address, role).await;
        let keys = self.seals.address_keys_mail(&EmailAddress::parse(address).expect("an address").normalised());
        let hash = PasswordHash::new(PASSWORD, &SeededDice::new(5));
        let name = ShortName::parse("Ida").expect("a name");
        let joined = self.store.accept_invitation(id, name, Language::En, keys, hash, self.clock.now()).await;
        match joined.expect("an answer") {
            Joined::Joined(login) => (id, login),
            other => panic!("{other:?}"),
        }
    }

    /// A browser in which this log-in is signed in.
    pub(crate) async fn signed_in(&self, login: LoginId) -> Browser<'_> {
        // Two log-ins of one moment must not draw the same secret.
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let seed = NEXT.fetch_add(1, Ordering::Relaxed);
        let secret = SessionSecret::generate(&SeededDice::new(seed));
        let ip = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let new = NewSession { hash: secret.hash(), login, entry: Entry::Whole, ip, user_agent: String::new() };
        self.store.begin_session(new, None, self.clock.now()).await.expect("a session");
        let browser = Browser::new(self);
        browser.set_cookie("__Host-jawort", secret.as_str());
        browser
    }

    /// A browser of the operator, who works in no account.
    pub(crate) async fn operator(&self) -> Browser<'_> {
        let number = self.store.make_start(None, Vec::new(), "test", self.clock.now()).await.expect("a link");
        let browser = Browser::new(self);
        let fields = [("name", "Olga"), ("address", "olga@mail.example"), ("new_password", PASSWORD)];
        let answer = browser.post(&self.entry("start", number, LinkPurpose::Enter), &fields).await;
        assert_eq!(answer.status, 303, "{}", answer.text());
        browser
    }
}
