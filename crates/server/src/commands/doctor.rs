//! `jawort doctor`: the whole installation, looked over.

use std::path::Path;
use std::sync::Arc;

use outside::Resolver;
use seals::Clock;
use store::Store;

use super::findings::{self, Finding, Verdict};
use super::zone;
use crate::base::{Opening, open_store};
use crate::clock::MachineClock;
use crate::fault::Fault;
use crate::names::{self, Names};
use crate::output::Output;
use crate::secrets;
use crate::settings::Settings;

pub(super) async fn run(settings: Settings, output: Output) -> Result<(), Fault> {
    let mut found = vec![fine("settings", "readable")];
    match Names::read(&settings) {
        Ok(names) => {
            found.extend(of_settings(&settings, &names));
            of_installation(&settings, &names, &mut found).await?;
        }
        Err(fault) => found.push(bad("names", fault.to_string())),
    }
    findings::print(&found, output)
}

fn fine(check: &str, found: impl Into<String>) -> Finding {
    Finding::new(check, Verdict::Ok, found, "", "")
}

/// The text says what is wrong and what to do.
fn bad(check: &str, text: impl Into<String>) -> Finding {
    Finding::new(check, Verdict::Fail, "", "", text)
}

fn doubtful(check: &str, found: impl Into<String>, advice: &str) -> Finding {
    Finding::new(check, Verdict::Warn, found, "", advice)
}

fn of_settings(settings: &Settings, names: &Names) -> Vec<Finding> {
    let mut found = Vec::new();
    let url = &names.house.public_url;
    found.push(if url.starts_with("https://") {
        fine("public address", url)
    } else {
        doubtful("public address", url, "plain http is for trying things out only: nobody else can reach this address")
    });
    found.push(match settings.inbound.tls() {
        Ok(Some(_)) => fine("starttls", "offered"),
        Ok(None) => doubtful("starttls", "not offered", "set inbound.tls_certificate and inbound.tls_key"),
        Err(error) => bad("starttls", error.to_string()),
    });
    found.push(if settings.policy.domainkeys.active() {
        Finding::new(
            "domainkeys",
            Verdict::Ok,
            "on",
            "on",
            "DomainKeys and Sender ID are historic; only the operator can retire them, for the whole installation (domainkeys = \"retired\")",
        )
    } else {
        doubtful("domainkeys", "retired", "the policy promises DomainKeys and Sender ID; the public authentication page says that they are retired")
    });
    if settings.network.allow_private_destinations {
        found.push(doubtful(
            "destinations",
            "private addresses allowed",
            "set network.allow_private_destinations = false outside of tests and closed networks",
        ));
    }
    let open: Vec<&String> = settings.status.listen.iter().filter(|address| !is_loopback(address)).collect();
    if !open.is_empty() {
        let open: Vec<&str> = open.into_iter().map(String::as_str).collect();
        found.push(doubtful(
            "status listener",
            open.join(", "),
            "it asks nobody who he is: keep status.listen on loopback or in a network of your own",
        ));
    }
    if settings.network.smtp_port != 25 {
        let port = settings.network.smtp_port.to_string();
        found.push(doubtful("smtp port", port, "mail servers of others listen on port 25"));
    }
    found
}

/// Whether only this machine reaches an address with its port.
fn is_loopback(address: &str) -> bool {
    match address.parse::<std::net::SocketAddr>() {
        Ok(address) => address.ip().is_loopback(),
        Err(_) => address.starts_with("localhost:"),
    }
}

async fn of_installation(settings: &Settings, names: &Names, found: &mut Vec<Finding>) -> Result<(), Fault> {
    let clock: Arc<dyn Clock> = Arc::new(MachineClock::new());
    let store = match open_store(settings, Opening::Existing, Arc::clone(&clock)).await {
        Ok(store) => store,
        Err(fault) => {
            found.push(bad("database", fault.to_string()));
            return Ok(());
        }
    };
    found.push(fine("database", "open, schema up to date"));
    found.extend(of_secrets(settings, &store).await?);
    found.extend(of_state(&store, clock.as_ref()).await?);
    match names::outside(&settings.network)
        .and_then(|outside| Resolver::new(&outside).map_err(|error| Fault::failed(error.to_string())))
    {
        Ok(resolver) => found.extend(zone::platform_findings(&store, names, &resolver).await?),
        Err(fault) => found.push(bad("dns servers", fault.to_string())),
    }
    store.close().await;
    Ok(())
}

/// `secrets.key` and what it must open.
async fn of_secrets(settings: &Settings, store: &Store) -> Result<Vec<Finding>, Fault> {
    let seals = match secrets::read_existing(Path::new(&settings.core.secrets_file), store).await {
        Ok(seals) => seals,
        Err(fault) => return Ok(vec![bad("secrets.key", fault.to_string())]),
    };
    let keys = store.signing_keys(None).await?;
    let sealed_apart = keys.iter().filter(|key| key.open(&seals).is_none()).count();
    Ok(vec![
        fine("secrets.key", "belongs to this database"),
        match (keys.len(), sealed_apart) {
            (0, _) => bad("signing keys", "the platform has no signing keys: start \"jawort serve\" once"),
            (n, 0) => fine("signing keys", format!("{n} of the platform")),
            (_, n) => bad(
                "signing keys",
                format!("{n} keys of the platform cannot be unsealed: put back your copy of secrets.key"),
            ),
        },
    ])
}

/// What a person should know of.
async fn of_state(store: &Store, clock: &dyn Clock) -> Result<Vec<Finding>, Fault> {
    let installation = store.installation().await?;
    let mut found = vec![match (installation.paused, installation.frozen) {
        (_, true) => doubtful("sending", "frozen", "this is a restored copy; nothing is sent before it is released"),
        (Some(reason), _) => doubtful("sending", format!("paused: {reason}"), "nothing is sent"),
        (None, false) => fine("sending", "allowed"),
    }];
    let valid = store.tokens(None).await?.iter().filter(|token| token.revoked_at.is_none()).count();
    found.push(if valid == 0 {
        doubtful("operator token", "none", "make one with \"jawort token create --label NAME\"")
    } else {
        fine("operator token", format!("{valid} valid"))
    });
    let overdue = store.overdue_cases(clock.now(), 500).await?.len();
    found.push(if overdue == 0 {
        fine("cases", "none overdue")
    } else {
        doubtful("cases", format!("{overdue} overdue"), "decide them: \"jawort case list\"")
    });
    let incidents = store.incidents(true, 0, 500).await?.len();
    found.push(if incidents == 0 {
        fine("incidents", "none open")
    } else {
        doubtful("incidents", format!("{incidents} open"), "decide them: \"jawort incident list\"")
    });
    Ok(found)
}
