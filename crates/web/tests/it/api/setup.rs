//! An account set up from nothing, step by step.

use serde_json::{Value, json};
use testbench::dns::{Dns, Value as Record};
use testbench::http::Client;

use super::{Api, api, at, call, error, refused, send, text};
use crate::door::{Door, HOUR, run};

/// The setup of an account from nothing, by both sides, with DNS and mail round trips: every step
/// that is missing is named before it is made (R7, R12, R45, R48, R49, R51, R62, R82, D7).
#[test]
fn r7_r12_r49_r62_an_account_is_set_up_step_by_step() {
    run(async {
        let dns = Dns::start().await.expect("a DNS server");
        let server = dns.addr();
        let door = Door::with(|context| {
            let settings =
                outside::OutsideSettings { dns_servers: vec![server], ..outside::OutsideSettings::default() };
            context.resolver = outside::Resolver::new(&settings).expect("a resolver");
            context.fetcher = outside::Fetcher::new(&context.resolver, &settings);
        })
        .await;
        let api = api(door).await;
        let (id, account) = api.second().await;
        let me = call(&account, "GET", "/me").await;
        assert_eq!(
            (me["may_send"].clone(), me["refusal"]["code"].clone()),
            (json!(false), json!("policy_not_accepted"))
        );
        send(&account, "POST", "/me/policy", &json!({ "version": me["policy_version"], "accepted_by": "Ada" })).await;
        assert_eq!(call(&account, "GET", "/me").await["refusal"]["code"], "no_sender");
        topic_and_form(&api, &account, id, &dns).await;
        sender(&api, &account, &dns).await;
        assert_eq!(call(&account, "GET", "/me").await["refusal"]["code"], "no_legal_notice");
        legal(&account).await;
        assert_eq!(call(&account, "GET", "/me").await["may_send"], json!(true));
        let changed = send(&account, "PATCH", "/me", &json!({ "name": "Radhaus", "time_zone": "Europe/Zurich" })).await;
        assert_eq!((changed["name"].clone(), changed["time_zone"].clone()), (json!("Radhaus"), json!("Europe/Zurich")));
        refused(&account, "PATCH", "/me", &json!({ "time_zone": "Mars/Base" }), 422, "unknown_zone").await;
        refused(&account, "PATCH", "/me", &json!({ "name": "visit www.spam.example" }), 422, "holds_domain").await;
        let shown = call(&api.operator, "GET", &format!("/accounts/{id}")).await;
        assert_eq!((shown["score"]["recent"]["sent"].clone(), shown["standing"].clone()), (json!(0), json!("active")));
        let own = call(&account, "GET", "/score").await;
        assert_eq!((&own, &own["unsubscribed"]), (&shown["score"], &json!({ "recent": 0, "life": 0 })));
        assert!(
            call(&api.operator, "GET", &format!("/accounts/{id}/audit")).await["items"]
                .as_array()
                .is_some_and(|lines| lines.len() > 8)
        );
    });
}

async fn topic_and_form(api: &Api, account: &Client, id: i64, dns: &Dns) {
    let site = send(account, "POST", "/websites", &json!({ "host": "www.rad.example" })).await;
    let path = format!("/websites/{}", text(&site, "id"));
    assert_eq!(call(account, "POST", &format!("{path}/check")).await["found"], "no");
    dns.set("www.rad.example", Record::Txt(text(&site["proof"]["dns_txt"], "value")));
    api.door.clock.forward(HOUR);
    refused(
        account,
        "POST",
        "/topics",
        &json!({ "website": text(&site, "id"), "statement": "News and offers of our shop" }),
        422,
        "generic",
    )
    .await;
    let statement = json!({ "website": text(&site, "id"), "statement": "Repairing bicycles at home, step by step" });
    let topic = send(account, "POST", "/topics", &statement).await;
    let form = json!({ "topic": text(&topic, "id"), "name": "Footer", "language": "en", "fields": ["firstname"] });
    refused(account, "POST", "/forms", &form, 422, "topic_not_approved").await;
    let waiting = call(&api.operator, "GET", "/reviews/topics").await;
    assert_eq!(
        (waiting["items"][0]["account"].clone(), waiting["items"].as_array().map(Vec::len)),
        (json!(id.to_string()), Some(1))
    );
    let review = format!("/reviews/topics/{id}/{}/1", text(&topic, "id"));
    let decided =
        send(&api.operator, "POST", &review, &json!({ "approve": true, "by": "Olga", "reason": "a clear subject" }))
            .await;
    assert_eq!(decided["state"], "approved");
    refused(
        &api.operator,
        "POST",
        &review,
        &json!({ "approve": false, "by": "Olga", "reason": "no" }),
        409,
        "conflict",
    )
    .await;
    let form = send(account, "POST", "/forms", &form).await;
    assert_eq!(form["version"], 1);
    let page = api.door.client.get(&format!("/f/{}", text(&form, "id"))).await.expect("an answer");
    assert_eq!(page.status, 403, "no sign-up without proven website, sender and legal notice");
    let edited = send(
        account,
        "PUT",
        &format!("/forms/{}", text(&form, "id")),
        &json!({ "name": "Footer", "consent_text": "Yes, please." }),
    )
    .await;
    assert_eq!(edited["version"], 2);
}

async fn sender(api: &Api, account: &Client, dns: &Dns) {
    refused(account, "POST", "/domains", &json!({ "name": "gmx.de" }), 422, "domain_freemail").await;
    refused(account, "POST", "/domains", &json!({ "name": "sub.mail.example" }), 422, "platform_domain").await;
    refused(
        account,
        "POST",
        "/senders",
        &json!({ "display_name": "Rad", "address": "rad@gmail.com" }),
        422,
        "freemail",
    )
    .await;
    refused(
        account,
        "POST",
        "/senders",
        &json!({ "display_name": "Rad", "address": "no-reply@rad.example" }),
        422,
        "no_reply",
    )
    .await;
    refused(
        account,
        "POST",
        "/senders",
        &json!({ "display_name": "Rad", "address": "info@rad.example" }),
        422,
        "no_domain",
    )
    .await;
    let domain = send(account, "POST", "/domains", &json!({ "name": "rad.example" })).await;
    let path = format!("/domains/{}", text(&domain, "id"));
    let checked = call(account, "POST", &format!("{path}/check")).await;
    assert_eq!(
        (checked["authenticated_at"].clone(), checked["found"][0]["state"].clone()),
        (Value::Null, json!("missing"))
    );
    for record in domain["records"].as_array().expect("records") {
        assert_eq!(record["type"], "TXT", "{record}");
        dns.set(record["name"].as_str().expect("a name"), Record::Txt(text(record, "value")));
    }
    let added =
        send(account, "POST", "/senders", &json!({ "display_name": "Radladen", "address": "info@rad.example" })).await;
    assert_eq!((added["proof"]["state"].clone(), added["current"].clone()), (json!("sent"), json!(false)));
    let again = account
        .request("POST", &at(&format!("/senders/{}/proof", text(&added, "id"))), &[], b"")
        .await
        .expect("an answer");
    error(&again, "a second mail at once", 429, "proof_limited");
    let pressed = api.door.client.post_form(&api.proof_link().await, &[]).await.expect("an answer");
    assert_eq!(pressed.status, 200);
    let proven = call(account, "GET", &format!("/senders/{}", text(&added, "id"))).await;
    assert_eq!(proven["current"], true);
    assert_eq!(call(account, "GET", "/me").await["refusal"]["code"], "domain_not_authenticated");
    let platform = json!({ "display_name": "Radladen", "platform": { "name": "hallo", "forward_to": "ada@gmx.de" } });
    let platform = send(account, "POST", "/senders", &platform).await;
    assert_eq!(platform["address"], "hallo-radladen@mail.example");
    let pressed = api.door.client.post_form(&api.proof_link().await, &[]).await.expect("an answer");
    assert_eq!(pressed.status, 200);
    call(account, "POST", &format!("/senders/{}/choose", text(&platform, "id"))).await;
}

async fn legal(account: &Client) {
    let mut notice = json!({ "name": "Radladen", "street": "Postfach 12", "postal_code": "12345", "city": "Musterstadt", "country": "Deutschland", "email": "info@rad.example", "phone": "+49 30 1234567" });
    let said = refused(account, "PUT", "/legal-notice", &notice, 422, "legal_notice").await;
    assert_eq!(
        (said["field"].clone(), said["details"][0]["code"].clone()),
        (json!("street"), json!("post_office_box"))
    );
    notice["street"] = json!("Musterweg 12");
    let kept = send(account, "PUT", "/legal-notice", &notice).await;
    assert_eq!((kept["version"].clone(), kept["review"].clone()), (json!(1), json!("not_needed")));
    assert_eq!(call(account, "GET", "/legal-notice").await["notice"]["street"], "Musterweg 12");
}
