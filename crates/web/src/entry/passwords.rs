//! Passwords are compared and hashed here alone: on threads that may wait, and two at one time, so that
//! a flood of log-ins leaves the rest of the program its processors (ARMOUR D14).

use std::sync::Arc;

use policy::password::{NewPassword, PasswordProblem};
use policy::tries::TrySubject;
use seals::{PasswordHash, fits_nobody};
use store::tries::{Subject, TryOutcome};
use texts::{Language, entry};

use crate::client::Client;
use crate::context::Web;
use crate::error::Fault;

/// Hashes at one time.
pub(crate) const AT_ONCE: usize = 2;

async fn apart<T: Send + 'static>(web: &Web, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Fault> {
    let permit = Arc::clone(web.hashing()).acquire_owned().await.map_err(|_| Fault::Busy)?;
    let done = tokio::task::spawn_blocking(move || {
        let made = work();
        // The place is free when the work is done, also where nobody waits for it any more.
        drop(permit);
        made
    });
    done.await.map_err(|_| {
        tracing::error!("a password could not be hashed; the panic stands above");
        Fault::Failed
    })
}

/// Whether the password fits. Without a hash the answer is no, after the same time.
pub(crate) async fn fits(web: &Web, hash: Option<PasswordHash>, password: String) -> Result<bool, Fault> {
    apart(web, move || hash.map_or_else(|| fits_nobody(&password), |hash| hash.fits(&password))).await
}

/// The hash of a new password.
pub(crate) async fn hashed(web: &Web, password: NewPassword) -> Result<PasswordHash, Fault> {
    let dice = Arc::clone(&web.dice);
    apart(web, move || PasswordHash::new(password.as_str(), &*dice)).await
}

/// What is wrong with a new password, in the reader's words.
pub(crate) fn sentence(language: Language, problem: PasswordProblem) -> String {
    match problem {
        PasswordProblem::TooShort => entry::password_too_short(language),
        PasswordProblem::TooLong => entry::password_too_long(language),
        PasswordProblem::Common => entry::password_common(language),
        PasswordProblem::OwnAddress => entry::password_own_address(language),
    }
}

/// What a visitor's tries are counted by: the network, and what the try is about. A known device is
/// counted by itself alone, so that a neighbour's guesses do not make its owner wait.
pub(crate) fn subjects(web: &Web, client: &Client, kind: TrySubject, about: &[u8]) -> Vec<Subject> {
    let network: Vec<u8> = match client.ip {
        std::net::IpAddr::V4(ip) => ip.octets().to_vec(),
        // Whoever has one IPv6 address has its whole /64.
        std::net::IpAddr::V6(ip) => ip.octets()[..8].to_vec(),
    };
    let scope = match kind {
        TrySubject::Address => "entry address",
        TrySubject::Device => return vec![(kind, web.seals.limit_key("entry device", about))],
        TrySubject::Code => "entry code",
        TrySubject::Network => return vec![(kind, web.seals.limit_key("entry network", &network))],
    };
    let network = (TrySubject::Network, web.seals.limit_key("entry network", &network));
    vec![network, (kind, web.seals.limit_key(scope, about))]
}

/// Counts a try. `Some` says how many seconds the visitor must wait; nothing is judged then.
pub(crate) async fn begin(web: &Web, subjects: &[Subject]) -> Result<Option<u64>, Fault> {
    Ok(match web.store.begin_try(subjects.to_vec(), web.clock.now()).await? {
        TryOutcome::Allowed => None,
        TryOutcome::Wait(wait) => Some(wait.as_secs().max(1)),
    })
}
