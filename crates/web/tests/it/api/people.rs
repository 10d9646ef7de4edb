//! Sign-ups, unsubscribes, repeated requests and tokens by the API.

use serde_json::{Value, json};
use store::conformance::texts;

use super::{api, at, call, error, refused, send, text};
use crate::door::{Door, FORM, run};

/// A POST that comes twice with one key acts once, and a token's secret is shown once.
#[test]
fn a_replayed_post_acts_once() {
    run(async {
        let api = api(Door::open().await).await;
        let account = api.of(1).await;
        let keyed = account.clone().header("Idempotency-Key", "7f3a");
        let tag = json!({ "name": "news" });
        let first = keyed.send_json("POST", &at("/tags"), &tag).await.expect("an answer");
        let again = keyed.send_json("POST", &at("/tags"), &tag).await.expect("an answer");
        assert_eq!((first.status, &first.body), (201, &again.body));
        assert_eq!(again.status, 201);
        refused(&keyed, "POST", "/tags", &json!({ "name": "other" }), 409, "key_reused").await;
        refused(&account, "POST", "/tags", &tag, 409, "tag_taken").await;
        let refusal = account.clone().header("Idempotency-Key", "bad-one");
        for _ in 0..2 {
            refused(&refusal, "POST", "/forms", &json!({ "topic": 1, "name": "x" }), 404, "not_found").await;
        }
        let mint = account.clone().header("Idempotency-Key", "mint");
        let first = send(&mint, "POST", "/tokens", &json!({ "label": "shop" })).await;
        let again = send(&mint, "POST", "/tokens", &json!({ "label": "shop" })).await;
        assert_eq!((first["id"].clone(), again["token"].clone()), (again["id"].clone(), Value::Null));
        assert!(text(&first, "token").starts_with("jw_"));
        refused(
            &account.clone().header("Idempotency-Key", &"x".repeat(201)),
            "POST",
            "/tags",
            &tag,
            400,
            "bad_request",
        )
        .await;
        let kept = texts(&api.door.store, "SELECT body FROM api_replay", 1).await.expect("rows");
        assert!(
            kept.iter().flatten().flatten().all(|body| !body.contains(&text(&first, "token"))),
            "no secret is kept"
        );
        let parallel: Vec<_> = (0..8)
            .map(|_| {
                let client = account.clone().header("Idempotency-Key", "at-once");
                tokio::spawn(async move {
                    client
                        .send_json("POST", &at("/tags"), &json!({ "name": "parallel" }))
                        .await
                        .expect("an answer")
                        .status
                })
            })
            .collect();
        for one in parallel {
            let status = one.await.expect("an end");
            assert!(matches!(status, 201 | 409), "{status}");
        }
        assert_eq!(api.door.count("SELECT COUNT(*) FROM tag WHERE name = 'parallel'").await, 1);
    });
}

/// A revoked token opens nothing from the answer on.
#[test]
fn a_revoked_token_opens_nothing() {
    run(async {
        let api = api(Door::open().await).await;
        let account = api.of(1).await;
        let made = send(&account, "POST", "/tokens", &json!({ "label": "shop" })).await;
        let second = api.door.client.clone().token(&text(&made, "token"));
        assert_eq!(call(&second, "GET", "/me").await["name"], "Gartenfreunde");
        call(&account, "DELETE", &format!("/tokens/{}", text(&made, "id"))).await;
        let response = second.get(&at("/me")).await.expect("an answer");
        error(&response, "revoked", 401, "not_signed_in");
    });
}

/// Proves R11 and R18 at this door: a sign-up is a pending sign-up and nothing else, and the answer
/// is the same for new, pending, known and excluded addresses.
#[test]
fn r11_a_sign_up_by_api_is_pending_and_tells_nothing() {
    run(async {
        let api = api(Door::open().await).await;
        let account = api.of(1).await;
        let known = api.door.contact("known@mail.example").await;
        let sign_up = |address: &'static str| {
            let account = account.clone();
            async move {
                let body = json!({ "form": FORM.to_string(), "address": address, "fields": { "firstname": "Ada", "role": "x" }, "ip": "192.0.2.77" });
                account.send_json("POST", &at("/sign-ups"), &body).await.expect("an answer")
            }
        };
        let exclude = json!({ "address": "gone@mail.example", "by": "Olga", "reason": "asked by letter" });
        send(&api.operator, "POST", "/exclusions", &exclude).await;
        let mut bodies = Vec::new();
        for address in ["new@mail.example", "new@mail.example", "known@mail.example", "gone@mail.example"] {
            let response = sign_up(address).await;
            assert_eq!(response.status, 202);
            bodies.push(response.body);
        }
        assert!(bodies.iter().all(|body| *body == bodies[0]));
        assert_eq!(api.door.count("SELECT COUNT(*) FROM signup").await, 1);
        assert_eq!(api.door.count("SELECT COUNT(*) FROM contact").await, 1);
        assert!(api.door.is_contact(known).await);
        assert_eq!(
            api.door.count("SELECT COUNT(*) FROM notice WHERE purpose = 3").await,
            2,
            "one for each of the two sign-ups"
        );
        refused(&account, "POST", "/sign-ups", &json!({ "form": FORM, "address": "no address" }), 422, "bad_email")
            .await;
        refused(
            &account,
            "POST",
            "/sign-ups",
            &json!({ "form": FORM, "address": "a@b.example", "ip": "here" }),
            422,
            "ip_unreadable",
        )
        .await;
        refused(
            &account,
            "POST",
            "/sign-ups",
            &json!({ "form": FORM, "address": "a@b.example", "version": 9 }),
            409,
            "form_changed",
        )
        .await;
        call(&account, "POST", &format!("/forms/{FORM}/close")).await;
        refused(&account, "POST", "/sign-ups", &json!({ "form": FORM, "address": "a@b.example" }), 409, "form_closed")
            .await;
    });
}

/// Proves R30, R40 and R31 at this door: the customer's unsubscribe takes effect at once, and no
/// route brings the person back.
#[test]
fn r30_r40_an_unsubscribe_by_api_is_final_for_the_customer() {
    run(async {
        let api = api(Door::open().await).await;
        let account = api.of(1).await;
        let id = api.door.contact("ada@mail.example").await;
        let path = format!("/contacts/{id}");
        let shown = call(&account, "GET", &path).await;
        assert_eq!((shown["address"].clone(), shown["tags"].clone()), (json!("ada@mail.example"), json!(["31", "32"])));
        assert_eq!(call(&account, "GET", "/contacts").await["items"][0]["id"], json!(id.to_string()));
        assert_eq!(call(&account, "GET", "/contacts?tag=31&limit=1").await["next"], json!(id.to_string()));
        let found = send(&account, "POST", "/contacts/find", &json!({ "address": "ADA@mail.example" })).await;
        assert_eq!(found["id"], json!(id.to_string()));
        send(&account, "PUT", &format!("{path}/fields"), &json!({ "fields": { "firstname": "Ada" } })).await;
        let tagged = send(&account, "POST", &format!("{path}/tags"), &json!({ "remove": ["32"] })).await;
        assert_eq!((tagged["tags"].clone(), tagged["fields"]["firstname"].clone()), (json!(["31"]), json!("Ada")));
        let proof = account.get(&at(&format!("{path}/consent-proof"))).await.expect("an answer");
        assert!(proof.header("content-type").is_some_and(|kind| kind.starts_with("text/plain")));
        assert!(proof.text().contains("confirmed"), "{}", proof.text());
        call(&account, "POST", &format!("{path}/unsubscribe")).await;
        call(&account, "POST", &format!("{path}/unsubscribe")).await;
        assert!(!api.door.is_contact(id).await);
        refused(&account, "POST", &format!("{path}/tags"), &json!({ "add": ["31"] }), 404, "not_found").await;
        let former = call(&account, "GET", "/former-contacts").await;
        assert_eq!(former["items"][0]["reason"], "unsubscribed");
        assert!(!former.to_string().contains("ada@"), "former contacts are not shown in clear");
        call(&account, "DELETE", &path).await;
        let kept = texts(&api.door.store, "SELECT evidence FROM consent_evidence", 1).await.expect("rows");
        assert!(kept.iter().flatten().flatten().all(|evidence| !evidence.contains("ada@")), "{kept:?}");
        assert_eq!(api.door.count("SELECT COUNT(*) FROM former_contact WHERE address IS NULL").await, 1);
    });
}
