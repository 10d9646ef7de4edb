//! Log-ins, sessions, invitations, entry links and tries.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use mail_formats::address::EmailAddress;
use policy::invalid::Invalid;
use policy::role::Role;
use policy::tries::{LONGEST_WAIT, TrySubject};
use policy::{AccountId, LoginId, SessionId, UserId};
use seals::{AddressKey, Clock as _, PasswordHash};
use store::StoreError;
use store::address_proofs::{PROOF_VALID, ProofAsked, ProofMail, ProofOutcome, Proven};
use store::conformance::{numbers, texts};
use store::entries::{EntryKind, RESET_VALID, RESETS_A_DAY, START_VALID};
use store::invitations::Joined;
use store::logins::NewLogin;
use store::sessions::{Entry, HALF_WAY, IDLE, LONGEST, MAX_SESSIONS, NewSession, SEEN_EVERY};
use store::tries::TryOutcome;
use store::users::NewUser;
use texts::Language;

use crate::both::Bench;
use crate::customers::{account, name};
use crate::world::plain_key;

const BY: &str = "operator";
const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).expect("an address")
}

fn keys(text: &str) -> Vec<AddressKey> {
    vec![AddressKey::from_bytes(plain_key(text))]
}

/// The store never looks into a hash.
fn hash(text: &str) -> PasswordHash {
    PasswordHash::from_stored(text.to_owned())
}

fn new_login(mailbox: &str) -> NewLogin {
    NewLogin {
        name: name("Olga"),
        address: address(mailbox),
        keys: keys(mailbox),
        language: Language::De,
        password: hash("one"),
    }
}

/// A log-in as operator, by a start link.
async fn operator(bench: &Bench, mailbox: &str) -> LoginId {
    let link = bench.store.make_start(None, Vec::new(), BY, bench.clock.now()).await.expect("a link");
    let made = bench.store.start_operator(link, new_login(mailbox), bench.clock.now()).await;
    made.expect("an answer").expect("a log-in")
}

async fn invited(bench: &Bench, account: AccountId, mailbox: &str, role: Role) -> UserId {
    let key = AddressKey::from_bytes(plain_key(mailbox));
    let new = NewUser { name: name("Uwe"), address: address(mailbox), key, language: Language::De, role };
    let id = bench.store.add_user(account, new, BY, bench.clock.now()).await.expect("a user");
    let mail = ProofMail { until: "soon".to_owned() };
    let asked = bench.store.ask_proof(account, Proven::User(id), keys(mailbox), mail, bench.clock.now()).await;
    assert_eq!(asked.expect("an answer"), ProofAsked::Planned);
    id
}

async fn accept(bench: &Bench, id: UserId, mailbox: &str) -> Joined {
    let now = bench.clock.now();
    let done = bench.store.accept_invitation(id, name("Uwe"), Language::De, keys(mailbox), hash("one"), now).await;
    done.expect("an answer")
}

/// A user of the account who signs in.
async fn member(bench: &Bench, account: AccountId, mailbox: &str, role: Role) -> (UserId, LoginId) {
    let id = invited(bench, account, mailbox, role).await;
    match accept(bench, id, mailbox).await {
        Joined::Joined(login) => (id, login),
        other => panic!("{other:?}"),
    }
}

fn session(login: LoginId, n: u8, entry: Entry) -> NewSession {
    let user_agent = format!("Browser {n}\n{}", "x".repeat(400));
    NewSession { hash: [n; 32], login, entry, ip: IpAddr::V4(Ipv4Addr::LOCALHOST), user_agent }
}

async fn sign_in(bench: &Bench, login: LoginId, n: u8) -> SessionId {
    let begun = bench.store.begin_session(session(login, n, Entry::Whole), None, bench.clock.now()).await;
    begun.expect("a session")
}

async fn is_in(bench: &Bench, n: u8) -> bool {
    bench.store.visitor([n; 32], bench.clock.now()).await.expect("an answer").is_some()
}

async fn actions(bench: &Bench, account: i64) -> Vec<String> {
    let lines = bench.store.audit(AccountId::from_raw(account), 0, 500).await.expect("lines");
    lines.into_iter().map(|line| line.action).collect()
}

crate::both!(
    /// Armour D13: a session ends by idleness, by age, by its owner's word, and with a new password.
    armour_d13_a_session_ends_at_once_and_by_itself,
    |bench: Bench| async move {
        let store = &bench.store;
        let login = operator(&bench, "olga@mail.example").await;
        let first = sign_in(&bench, login, 1).await;
        let found = store.visitor([1; 32], bench.clock.now()).await.expect("an answer").expect("signed in");
        assert_eq!((found.login, found.session, found.name.as_str()), (login, first, "Olga"));
        assert!(found.operator && found.accounts.is_empty());
        assert!(!is_in(&bench, 2).await, "another secret");
        for n in 2..=4 {
            sign_in(&bench, login, n).await;
        }
        let listed = store.sessions(login, bench.clock.now()).await.expect("sessions");
        assert_eq!(listed.len(), 4);
        assert!(listed[0].user_agent.starts_with("Browser 4xx"), "no control characters: {}", listed[0].user_agent);
        assert_eq!(listed[0].user_agent.len(), 300);
        store.end_session(login, first, bench.clock.now()).await.expect("ended");
        assert!(!is_in(&bench, 1).await && is_in(&bench, 2).await);
        let other = operator(&bench, "oskar@mail.example").await;
        let foreign = store.end_session(other, listed[0].id, bench.clock.now()).await;
        assert!(matches!(foreign, Err(StoreError::NotFound(_))), "{foreign:?}");
        let kept = listed[0].id;
        store.set_password(login, hash("two"), Some(kept), bench.clock.now()).await.expect("set");
        assert!(is_in(&bench, 4).await && !is_in(&bench, 2).await && !is_in(&bench, 3).await);
        assert_eq!(store.end_sessions(login, None, bench.clock.now()).await.expect("ended"), 1);
        assert!(!is_in(&bench, 4).await);
        let actions = actions(&bench, 0).await;
        for wanted in ["login_made", "signed_in", "signed_out", "password_set", "signed_out_everywhere"] {
            assert!(actions.iter().any(|action| action == wanted), "{wanted} in {actions:?}");
        }
    }
);

crate::both!(
    /// Armour D13: idle and absolute limits, and that use is noted at most each ten minutes.
    armour_d13_an_idle_session_and_an_old_one_are_over,
    |bench: Bench| async move {
        let store = &bench.store;
        let login = operator(&bench, "olga@mail.example").await;
        sign_in(&bench, login, 1).await;
        let seen = || async { store.sessions(login, bench.clock.now()).await.expect("sessions")[0].seen_at };
        let began = seen().await;
        bench.clock.advance(SEEN_EVERY - SECOND);
        assert!(is_in(&bench, 1).await);
        assert_eq!(seen().await, began);
        bench.clock.advance(SECOND);
        assert!(is_in(&bench, 1).await);
        assert_eq!(seen().await, bench.clock.now());
        bench.clock.advance(IDLE - SECOND);
        assert!(is_in(&bench, 1).await, "used within the month");
        bench.clock.advance(IDLE);
        assert!(!is_in(&bench, 1).await, "idle");
        assert_eq!(store.forget_sessions(bench.clock.now()).await.expect("forgotten"), 1);
        sign_in(&bench, login, 2).await;
        let mut used = Duration::ZERO;
        while used + DAY < LONGEST {
            bench.clock.advance(DAY);
            used += DAY;
            assert!(is_in(&bench, 2).await);
        }
        bench.clock.advance(DAY);
        assert!(!is_in(&bench, 2).await, "90 days, however much it was used");
    }
);

crate::both!(
    /// Armour D13: who knew the secret before gains nothing, and half way is not in.
    armour_d13_a_secret_from_before_opens_nothing,
    |bench: Bench| async move {
        let store = &bench.store;
        let login = operator(&bench, "olga@mail.example").await;
        store.begin_session(session(login, 1, Entry::HalfWay), None, bench.clock.now()).await.expect("half way");
        assert!(!is_in(&bench, 1).await);
        assert_eq!(store.half_way([1; 32], bench.clock.now()).await.expect("asked"), Some(login));
        assert!(store.sessions(login, bench.clock.now()).await.expect("sessions").is_empty());
        let whole = session(login, 2, Entry::Whole);
        store.begin_session(whole, Some([1; 32]), bench.clock.now()).await.expect("whole");
        assert!(is_in(&bench, 2).await && !is_in(&bench, 1).await);
        assert_eq!(store.half_way([1; 32], bench.clock.now()).await.expect("asked"), None);
        assert_eq!(store.half_way([2; 32], bench.clock.now()).await.expect("asked"), None);
        store.begin_session(session(login, 3, Entry::HalfWay), None, bench.clock.now()).await.expect("half way");
        bench.clock.advance(HALF_WAY);
        assert_eq!(store.half_way([3; 32], bench.clock.now()).await.expect("asked"), None);
        for n in 0..=u8::try_from(MAX_SESSIONS).expect("small") {
            bench.clock.advance(SECOND);
            sign_in(&bench, login, 100 + n).await;
        }
        assert!(!is_in(&bench, 2).await, "the least used one made room");
        assert!(is_in(&bench, 101).await && is_in(&bench, 150).await);
    }
);

crate::both!(
    /// Armour D15: a code counts once, also when two come at once, and recovery codes too.
    armour_d15_a_code_and_a_recovery_code_count_once,
    |bench: Bench| async move {
        let store = &bench.store;
        let login = operator(&bench, "olga@mail.example").await;
        assert!(!store.take_totp_step(login, 10).await.expect("asked"), "codes are off");
        let recovery = vec![[7; 32], [8; 32]];
        store.set_totp(login, vec![1, 2, 3], 10, recovery.clone(), bench.clock.now()).await.expect("on");
        let twice = store.set_totp(login, vec![9], 11, Vec::new(), bench.clock.now()).await;
        assert!(matches!(twice, Err(StoreError::Conflict(_))), "{twice:?}");
        assert_eq!(store.login(login).await.expect("the log-in").totp, Some(vec![1, 2, 3]));
        assert!(!store.take_totp_step(login, 10).await.expect("asked"), "the code that turned it on");
        let (one, two) = tokio::join!(store.take_totp_step(login, 11), store.take_totp_step(login, 11));
        assert_eq!([one.expect("asked"), two.expect("asked")].iter().filter(|taken| **taken).count(), 1);
        assert!(!store.take_totp_step(login, 9).await.expect("asked"), "an earlier one");
        assert_eq!(store.recovery_left(login).await.expect("asked"), 2);
        let take = |hash| store.take_recovery(login, hash, bench.clock.now());
        assert!(take([7; 32]).await.expect("asked"));
        assert!(!take([7; 32]).await.expect("asked"));
        assert!(!take([1; 32]).await.expect("asked"));
        let other = operator(&bench, "oskar@mail.example").await;
        assert!(!store.take_recovery(other, [8; 32], bench.clock.now()).await.expect("asked"));
        store.clear_totp(login, bench.clock.now()).await.expect("off");
        assert_eq!(store.recovery_left(login).await.expect("asked"), 0);
        assert_eq!(store.login(login).await.expect("the log-in").totp, None);
    }
);

crate::both!(
    /// Proves the invitation: it proves the address, makes a log-in once, and not for anybody else.
    an_invitation_works_once_while_it_is_young,
    |bench: Bench| async move {
        let store = &bench.store;
        let one = account(&bench, "Gartenfreunde").await;
        let user = invited(&bench, one, "uwe@shop.example", Role::Editor).await;
        let look = |id: UserId| store.invitation(id, |address| keys(address.as_str()), bench.clock.now());
        let found = look(user).await.expect("asked").expect("open");
        assert_eq!((found.account, found.role, found.login), (one, Role::Editor, None));
        assert_eq!(found.account_name, "Gartenfreunde");
        let login = match accept(&bench, user, "uwe@shop.example").await {
            Joined::Joined(login) => login,
            other => panic!("{other:?}"),
        };
        assert_eq!(accept(&bench, user, "uwe@shop.example").await, Joined::Gone, "used");
        assert_eq!(look(user).await.expect("asked"), None);
        let shown = store.user(one, user).await.expect("the user");
        assert!(shown.proven_at.is_some() && shown.login == Some(login));
        let made = store.login(login).await.expect("the log-in");
        assert_eq!((made.address.as_str(), made.operator), ("uwe@shop.example", false));
        sign_in(&bench, login, 1).await;
        let visitor = store.visitor([1; 32], bench.clock.now()).await.expect("asked").expect("signed in");
        assert_eq!(visitor.accounts, [(one, "Gartenfreunde".to_owned(), Role::Editor)]);
        let late = invited(&bench, one, "lars@shop.example", Role::Reader).await;
        bench.clock.advance(PROOF_VALID);
        assert_eq!(look(late).await.expect("asked"), None);
        assert_eq!(accept(&bench, late, "lars@shop.example").await, Joined::Gone, "too old");
        let removed = invited(&bench, one, "rita@shop.example", Role::Reader).await;
        store.remove_user(one, removed, BY, bench.clock.now()).await.expect("removed");
        assert_eq!(accept(&bench, removed, "rita@shop.example").await, Joined::Gone, "taken back");
        let actions = actions(&bench, one.get()).await;
        for wanted in ["user_added", "user_joined", "user_removed"] {
            assert!(actions.iter().any(|action| action == wanted), "{wanted} in {actions:?}");
        }
    }
);

crate::both!(
    /// Proves that a second account is joined by the log-in of the invited address, and by no other.
    an_invitation_is_joined_by_the_log_in_of_its_address,
    |bench: Bench| async move {
        let store = &bench.store;
        let (one, two) = (account(&bench, "Gartenfreunde").await, account(&bench, "Radladen").await);
        let (_, uwe) = member(&bench, one, "uwe@shop.example", Role::Owner).await;
        let (_, ida) = member(&bench, one, "ida@shop.example", Role::Reader).await;
        let user = invited(&bench, two, "uwe@shop.example", Role::Reader).await;
        let found = store.invitation(user, |address| keys(address.as_str()), bench.clock.now()).await;
        assert_eq!(found.expect("asked").expect("open").login, Some(uwe));
        assert_eq!(accept(&bench, user, "uwe@shop.example").await, Joined::SignInFirst, "no second log-in");
        let join = |login| store.join(user, login, keys("uwe@shop.example"), bench.clock.now());
        assert_eq!(join(ida).await.expect("asked"), Joined::SignInFirst);
        assert_eq!(join(uwe).await.expect("asked"), Joined::Joined(uwe));
        assert_eq!(join(uwe).await.expect("asked"), Joined::Gone);
        sign_in(&bench, uwe, 1).await;
        let visitor = store.visitor([1; 32], bench.clock.now()).await.expect("asked").expect("signed in");
        assert_eq!(visitor.accounts.iter().map(|(_, _, role)| *role).collect::<Vec<_>>(), [Role::Owner, Role::Reader]);
        // A joined user who stopped test mails proves the address anew without a second log-in.
        assert_eq!(store.prove(user.get(), bench.clock.now()).await.expect("asked"), ProofOutcome::Already);
    }
);

crate::both!(
    /// Proves that an operator who sends for himself has both roles, and proves his mailbox like anybody.
    an_operator_may_own_an_account,
    |bench: Bench| async move {
        let store = &bench.store;
        let login = operator(&bench, "olga@mail.example").await;
        let one = account(&bench, "Gartenfreunde").await;
        let olga = || async { store.login(login).await.expect("the log-in") };
        let key = keys("olga@mail.example")[0];
        let user = store.own_account(one, olga().await, key, bench.clock.now()).await.expect("an owner");
        sign_in(&bench, login, 1).await;
        let visitor = store.visitor([1; 32], bench.clock.now()).await.expect("asked").expect("signed in");
        assert!(visitor.operator);
        assert_eq!(visitor.accounts, [(one, "Gartenfreunde".to_owned(), Role::Owner)]);
        assert!(store.user(one, user).await.expect("the user").proven_at.is_none());
        let twice = store.own_account(one, olga().await, key, bench.clock.now()).await;
        assert!(matches!(twice, Err(StoreError::Invalid(Invalid::UserTaken))), "{twice:?}");
        let nowhere = store.own_account(AccountId::from_raw(99), olga().await, key, bench.clock.now()).await;
        assert!(matches!(nowhere, Err(StoreError::NotFound(_))), "{nowhere:?}");
    }
);

crate::both!(
    /// Proves that the last owner stays, and that whoever is removed or made smaller is so at once.
    roles_change_at_once_and_the_last_owner_stays,
    |bench: Bench| async move {
        let store = &bench.store;
        let one = account(&bench, "Gartenfreunde").await;
        let (owner, olga) = member(&bench, one, "olga@shop.example", Role::Owner).await;
        let waiting = invited(&bench, one, "wait@shop.example", Role::Owner).await;
        sign_in(&bench, olga, 1).await;
        let now = bench.clock.now();
        let last = |result: store::Result<()>| match result {
            Err(StoreError::Invalid(problem)) => assert_eq!(problem, Invalid::LastOwner),
            other => panic!("{other:?}"),
        };
        last(store.remove_user(one, owner, BY, now).await);
        last(store.set_role(one, owner, Role::Editor, BY, now).await);
        store.set_role(one, waiting, Role::Reader, BY, now).await.expect("an invited owner is none yet");
        let (second, _) = member(&bench, one, "otto@shop.example", Role::Reader).await;
        store.set_role(one, second, Role::Owner, BY, now).await.expect("a second owner");
        let role_of = || async {
            let found = store.visitor([1; 32], bench.clock.now()).await.expect("asked").expect("signed in");
            found.accounts.first().map(|(_, _, role)| *role)
        };
        assert_eq!(role_of().await, Some(Role::Owner));
        store.set_role(one, owner, Role::Reader, BY, now).await.expect("smaller");
        assert_eq!(role_of().await, Some(Role::Reader));
        last(store.remove_user(one, second, BY, now).await);
        store.remove_user(one, owner, BY, now).await.expect("removed");
        assert_eq!(role_of().await, None, "still signed in, and out of the account");
        let other = account(&bench, "Radladen").await;
        for foreign in [
            store.set_role(other, second, Role::Reader, BY, now).await,
            store.remove_user(other, second, BY, now).await,
        ] {
            assert!(matches!(foreign, Err(StoreError::NotFound(_))), "{foreign:?}");
        }
    }
);

crate::both!(
    /// Proves the way back into a forgotten log-in: one mail, one use, one hour, and every session ends.
    a_forgotten_password_is_set_once_by_its_link,
    |bench: Bench| async move {
        let store = &bench.store;
        let login = operator(&bench, "olga@mail.example").await;
        sign_in(&bench, login, 1).await;
        let ask = |mailbox: &'static str| store.ask_reset(keys(mailbox), bench.clock.now());
        assert!(!ask("nobody@mail.example").await.expect("asked"));
        let link = || async {
            let rows = texts(store, "SELECT params FROM notice WHERE template = 'reset_password' ORDER BY id", 1).await;
            let params = rows.expect("notices").pop().and_then(|row| row[0].clone()).expect("a notice");
            let digits: String = params.split("\"proof\":\"").nth(1).expect("a link").chars().take_while(char::is_ascii_digit).collect();
            digits.parse::<i64>().expect("a number")
        };
        assert!(ask("olga@mail.example").await.expect("asked"));
        let older = link().await;
        assert!(ask("olga@mail.example").await.expect("asked"));
        let newer = link().await;
        let reset = |id, word: &'static str| store.reset_password(id, hash(word), bench.clock.now());
        assert_eq!(reset(older, "x").await.expect("asked"), None, "the newest mail counts");
        let shown = store.entry_link(newer, EntryKind::Reset, bench.clock.now()).await.expect("asked").expect("open");
        assert_eq!(shown.login.map(|(id, ..)| id), Some(login));
        assert_eq!(store.entry_link(newer, EntryKind::Start, bench.clock.now()).await.expect("asked"), None);
        assert_eq!(store.start_operator(newer, new_login("x@mail.example"), bench.clock.now()).await.expect("asked"), None);
        assert_eq!(reset(newer, "two").await.expect("asked"), Some(login));
        assert_eq!(reset(newer, "three").await.expect("asked"), None, "used");
        assert_eq!(store.login(login).await.expect("the log-in").password, hash("two"));
        assert!(!is_in(&bench, 1).await, "every session ended");
        assert!(ask("olga@mail.example").await.expect("asked"));
        let late = link().await;
        bench.clock.advance(RESET_VALID);
        assert_eq!(reset(late, "x").await.expect("asked"), None, "too old");
        for _ in 3..RESETS_A_DAY {
            assert!(ask("olga@mail.example").await.expect("asked"));
        }
        assert!(!ask("olga@mail.example").await.expect("asked"), "five a day");
        bench.clock.advance(DAY);
        assert!(ask("olga@mail.example").await.expect("asked"));
        let open = link().await;
        store.set_password(login, hash("four"), None, bench.clock.now()).await.expect("set");
        assert_eq!(reset(open, "x").await.expect("asked"), None, "a password set otherwise ends links");
    }
);

crate::both!(
    /// Proves the first start: one link, once, a day long; and the way back into a lost operator log-in.
    an_operator_begins_by_a_link_that_works_once,
    |bench: Bench| async move {
        let store = &bench.store;
        assert!(!store.has_start().await.expect("asked") && !store.has_operator_login().await.expect("asked"));
        let link = store.make_start(None, Vec::new(), BY, bench.clock.now()).await.expect("a link");
        assert!(store.has_start().await.expect("asked"));
        let start = |id, mailbox: &'static str| store.start_operator(id, new_login(mailbox), bench.clock.now());
        let login = start(link, "olga@mail.example").await.expect("asked").expect("a log-in");
        assert!(store.has_operator_login().await.expect("asked"));
        assert!(store.login(login).await.expect("the log-in").operator);
        assert_eq!(start(link, "eve@mail.example").await.expect("asked"), None, "used");
        let late = store.make_start(None, Vec::new(), BY, bench.clock.now()).await.expect("a link");
        bench.clock.advance(START_VALID);
        assert_eq!(start(late, "eve@mail.example").await.expect("asked"), None, "too old");
        let taken = store.make_start(None, Vec::new(), BY, bench.clock.now()).await.expect("a link");
        let taken = start(taken, "olga@mail.example").await;
        assert!(matches!(taken, Err(StoreError::Conflict(_))), "{taken:?}");
        store.set_totp(login, vec![1], 1, vec![[1; 32]], bench.clock.now()).await.expect("on");
        sign_in(&bench, login, 1).await;
        let mailbox = Some(address("olga@mail.example"));
        let back = store.make_start(mailbox.clone(), keys("olga@mail.example"), BY, bench.clock.now()).await.expect("a link");
        let shown = store.entry_link(back, EntryKind::Start, bench.clock.now()).await.expect("asked").expect("open");
        assert_eq!((shown.login.map(|(id, ..)| id), shown.address), (Some(login), mailbox));
        let new = NewLogin { password: hash("two"), ..new_login("olga@mail.example") };
        let found = store.start_operator(back, new, bench.clock.now()).await.expect("asked");
        assert_eq!(found, Some(login));
        let now = store.login(login).await.expect("the log-in");
        assert_eq!((now.password, now.totp), (hash("two"), None));
        assert!(!is_in(&bench, 1).await);
    }
);

crate::both!(
    /// Armour D14: tries are counted before they are judged, whoever the address belongs to, and
    /// waits end.
    armour_d14_five_tries_and_then_a_quarter_of_an_hour,
    |bench: Bench| async move {
        let store = &bench.store;
        let (who, net) = ((TrySubject::Address, [1; 32]), (TrySubject::Network, [9; 32]));
        let attempt = || store.begin_try(vec![net, who], bench.clock.now());
        for _ in 0..3 {
            assert_eq!(attempt().await.expect("asked"), TryOutcome::Allowed);
        }
        assert_eq!(attempt().await.expect("asked"), TryOutcome::Wait(Duration::from_secs(10)));
        bench.clock.advance(Duration::from_secs(10));
        assert_eq!(attempt().await.expect("asked"), TryOutcome::Allowed);
        bench.clock.advance(Duration::from_secs(60));
        assert_eq!(attempt().await.expect("asked"), TryOutcome::Allowed);
        assert_eq!(attempt().await.expect("asked"), TryOutcome::Wait(LONGEST_WAIT));
        let device = store.begin_try(vec![net, (TrySubject::Device, [2; 32])], bench.clock.now()).await;
        assert_eq!(device.expect("asked"), TryOutcome::Allowed, "the owner's own device");
        bench.clock.advance(LONGEST_WAIT);
        assert_eq!(attempt().await.expect("asked"), TryOutcome::Allowed);
        assert_eq!(attempt().await.expect("asked"), TryOutcome::Wait(LONGEST_WAIT), "and again");
        store.end_try(vec![who, net]).await.expect("forgiven");
        assert_eq!(attempt().await.expect("asked"), TryOutcome::Allowed);
        let counted = numbers(store, "SELECT failed FROM entry_try ORDER BY failed", 1).await.expect("counts");
        // Eight tries of the network; it lost the good one, and one for each minute that passed.
        assert_eq!(counted, [[Some(1)], [Some(1)], [Some(1)]]);
        bench.clock.advance(DAY);
        assert_eq!(store.forget_tries(bench.clock.now()).await.expect("forgotten"), 3);
        let many = [(); 12].map(|()| attempt());
        let mut allowed = 0;
        for tried in many {
            allowed += usize::from(tried.await.expect("asked") == TryOutcome::Allowed);
        }
        assert_eq!(allowed, 3);
    }
);

crate::both!(
    /// Armour D14: many tries at once gain nothing over one after the other.
    armour_d14_tries_at_once_are_counted_each,
    |bench: Bench| async move {
        let who = (TrySubject::Address, [1; 32]);
        let mut all = tokio::task::JoinSet::new();
        for _ in 0..20 {
            let (store, now) = (bench.store.clone(), bench.clock.now());
            all.spawn(async move { store.begin_try(vec![who], now).await });
        }
        let outcomes = all.join_all().await;
        let allowed = outcomes.into_iter().filter(|tried| matches!(tried, Ok(TryOutcome::Allowed))).count();
        assert_eq!(allowed, 3);
    }
);

crate::both!(
    /// Proves that name, language and hash of a log-in change where they should, and nowhere else.
    a_profile_is_changed_by_its_person,
    |bench: Bench| async move {
        let store = &bench.store;
        let (login, other) = (operator(&bench, "olga@mail.example").await, operator(&bench, "oskar@mail.example").await);
        store.set_profile(login, name("Olga Meyer"), Language::En, bench.clock.now()).await.expect("changed");
        let now = store.login(login).await.expect("the log-in");
        assert_eq!((now.name.as_str(), now.language), ("Olga Meyer", Language::En));
        assert_eq!(store.login(other).await.expect("the other").name, "Olga");
        store.renew_hash(login, hash("other"), hash("new")).await.expect("no match");
        assert_eq!(store.login(login).await.expect("the log-in").password, hash("one"));
        store.renew_hash(login, hash("one"), hash("new")).await.expect("renewed");
        assert_eq!(store.login(login).await.expect("the log-in").password, hash("new"));
        let found = store.login_of(&keys("olga@mail.example")).await.expect("asked").expect("found");
        assert_eq!(found.id, login);
        assert!(store.login_of(&keys("nobody@mail.example")).await.expect("asked").is_none());
        let nobody = LoginId::from_raw(1);
        assert!(matches!(store.login(nobody).await, Err(StoreError::NotFound(_))));
        assert!(matches!(store.set_profile(nobody, name("X"), Language::De, bench.clock.now()).await, Err(StoreError::NotFound(_))));
        assert!(matches!(store.set_password(nobody, hash("x"), None, bench.clock.now()).await, Err(StoreError::NotFound(_))));
        assert!(matches!(store.begin_session(session(nobody, 1, Entry::Whole), None, bench.clock.now()).await, Err(StoreError::NotFound(_))));
    }
);
