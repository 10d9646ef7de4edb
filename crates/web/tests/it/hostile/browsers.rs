//! The same in a real Chromium: nothing runs, nothing is reported, nothing is asked of another host.

use std::sync::Arc;

use gate::Gate;
use testbench::browser::{Browser, NoBrowser};
use web::pages;

use super::fields::Fields;
use super::pages::{Stage, shown};
use super::payloads::payload;
use crate::door::{Door, house, run};

/// Texts that stand in one field at once.
const AT_ONCE: usize = 100;

/// Before anything of a page: whoever is called, and whatever the policy stops, is noted.
const WATCH: &str = "window.__ran = []; window.__stopped = [];
    for (const name of ['alert', 'confirm', 'prompt', 'print']) window[name] = () => { window.__ran.push(name); };
    document.addEventListener('securitypolicyviolation', e => window.__stopped.push(`${e.effectiveDirective} ${e.blockedURI} ${e.sample}`));";

/// What was noted, and what was asked of other hosts.
const SEEN: &str =
    "return { ran: window.__ran, stopped: window.__stopped, outside: performance.getEntriesByType('resource')
    .map(entry => entry.name).filter(name => !name.startsWith(location.origin) && !name.startsWith('data:')) };";

/// Pages that are a customer's own HTML, which the policy of their frame is there for.
fn is_a_frame(path: &str) -> bool {
    let frames = pages().into_iter().filter(|page| page.name.ends_with("-frame") || page.name == "desk-mail-body");
    let ends: Vec<String> = frames.filter_map(|page| page.path.rsplit('}').next().map(str::to_owned)).collect();
    ends.iter().any(|end| path.ends_with(end.as_str()))
}

async fn look(browser: &Browser, url: &str) -> Result<serde_json::Value, NoBrowser> {
    browser.open(url).await?;
    browser.run(SEEN).await
}

/// The watch sees what it is there for.
async fn the_watch_works(browser: &Browser) -> Result<(), NoBrowser> {
    let page = "data:text/html,<script>alert(1)</script>";
    assert_eq!(look(browser, page).await?["ran"], serde_json::json!(["alert"]));
    let page = "data:text/html,<meta http-equiv=content-security-policy content=\"script-src 'none'\"><script>alert(1)</script>";
    let seen = look(browser, page).await?;
    assert_eq!(seen["ran"], serde_json::json!([]));
    assert!(seen["stopped"][0].as_str().is_some_and(|what| what.starts_with("script-src")), "{seen}");
    Ok(())
}

async fn all(browser: &Browser) -> Result<(), NoBrowser> {
    let door = Door::with(|context| {
        // Over plain HTTP on loopback the cookie has a plain name.
        let gate = Gate::new(house("http://127.0.0.1"), Arc::new(context.seals.clone()), context.dice.clone());
        context.gate = Arc::new(gate.expect("a house in order"));
    })
    .await;
    let stage = Stage::on(door).await;
    let person = stage.operator().await;
    let secret = person.cookie("__Host-jawort").expect("a session");
    person.forget_cookie("__Host-jawort");
    person.set_cookie("jawort", &secret);
    let mut fields = Fields::of(&stage.door, stage.tenant.word).await;
    let paths = shown(&person, &stage.tenant).await;
    let base = format!("http://{}", stage.door.client.address());
    browser.before_each(WATCH).await?;
    the_watch_works(browser).await?;
    browser.open(&format!("{base}/robots.txt")).await?;
    browser.set_cookie("jawort", &secret).await?;
    let mut seen = 0;
    for first in (0..500).step_by(AT_ONCE) {
        let joined = (first..first + AT_ONCE).map(payload).collect::<Vec<_>>().join(" ");
        fields.put(&stage.door, |_| joined.clone()).await;
        for path in &paths {
            let found = look(browser, &format!("{base}{path}")).await?;
            assert_eq!(found["ran"], serde_json::json!([]), "{path} ran a text from {first} on");
            assert_eq!(found["outside"], serde_json::json!([]), "{path} asked another host");
            let stopped = found["stopped"].as_array().map_or(0, Vec::len);
            assert!(stopped == 0 || is_a_frame(path), "{path}: {}", found["stopped"]);
            seen += 1;
        }
    }
    assert!(seen >= 200, "only {seen} pages were looked at");
    Ok(())
}

/// Proves D11 of the armour in a browser: every field of every page shows 500 hostile texts to the operator
/// and to a customer; no script runs, and the policy has nothing to stop.
#[test]
fn armour_d11_no_hostile_text_runs_in_a_browser() {
    run(async {
        match Browser::start().await {
            Ok(browser) => all(&browser).await.unwrap_or_else(|error| panic!("{error}")),
            Err(reason) => testbench::not_run(format!("hostile texts in a browser: {reason}")),
        }
    });
}
