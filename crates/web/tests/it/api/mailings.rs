//! Mailings written and stopped; accounts suspended and reinstated.

use serde_json::json;

use super::{api, at, call, error, refused, send, text};
use crate::door::{Door, run};

/// A newsletter and an autoresponder by their routes: bad templates are told with their place, and
/// each step answers with the state that it leads to.
#[test]
fn mailings_are_written_checked_scheduled_and_stopped() {
    run(async {
        let api = api(Door::open().await).await;
        let account = api.of(1).await;
        api.door.script("UPDATE sender SET platform = TRUE").await;
        api.door.contact("ada@mail.example").await;
        let letter = |body: &str| json!({ "name": "May", "topic": { "id": "8" }, "subject": "Hello {{ firstname | default(\"you\") }}", "format": "html", "body": body, "language": "en" });
        let said =
            refused(&account, "POST", "/newsletters", &letter("<p>Hello</p>\n<p>{{ nickname }}</p>"), 422, "content")
                .await;
        assert_eq!(
            (said["field"].clone(), said["details"][0]["code"].clone(), said["details"][0]["line"].clone()),
            (json!("body"), json!("unknown_field"), json!(2))
        );
        for (bad, code) in [
            ("<p>x</p><script>1</script>", "forbidden_element"),
            ("<!-- open", "bad_comment"),
            ("<div><p>x</p>", "unclosed"),
            ("{% for a in b %}{% endfor %}", "bad_field"),
        ] {
            let said = refused(&account, "POST", "/newsletters", &letter(bad), 422, "content").await;
            assert!(
                said["details"].as_array().is_some_and(|all| all.iter().any(|one| one["code"] == code)),
                "{bad}: {said}"
            );
        }
        let made = send(&account, "POST", "/newsletters", &letter("<p>Hello</p>")).await;
        let path = format!("/newsletters/{}", text(&made, "id"));
        assert_eq!((made["state"].clone(), made["topic"]["version"].clone()), (json!("draft"), json!(1)));
        send(&account, "PUT", &path, &letter("<p>Hello again</p>")).await;
        assert!(call(&account, "GET", "/newsletters").await["items"][0].get("body").is_none());
        refused(
            &account,
            "POST",
            &format!("{path}/schedule"),
            &json!({ "at": "2020-05-04T09:00" }),
            422,
            "moment_past",
        )
        .await;
        refused(&account, "POST", &format!("{path}/schedule"), &json!({ "at": "soon" }), 422, "not_a_moment").await;
        let at_nine = send(&account, "POST", &format!("{path}/schedule"), &json!({ "at": "2030-07-04T09:00" })).await;
        assert_eq!(
            (at_nine["state"].clone(), at_nine["scheduled_at"].clone()),
            (json!("scheduled"), json!("2030-07-04T07:00:00Z"))
        );
        call(&account, "POST", &format!("{path}/unschedule")).await;
        let user = (1_i64 << 38 | 40).to_string();
        assert_eq!(send(&account, "POST", &format!("{path}/test"), &json!({ "users": [user] })).await["planned"], 1);
        assert_eq!(call(&account, "POST", &format!("{path}/start")).await["state"], "running");
        assert_eq!(call(&account, "POST", &format!("{path}/pause")).await["state"], "paused");
        assert_eq!(call(&account, "POST", &format!("{path}/resume")).await["state"], "running");
        let progress = call(&account, "GET", &format!("{path}/progress")).await;
        assert_eq!((progress["audience"].clone(), progress["open"].clone()), (json!(0), json!(0)));
        assert_eq!(call(&account, "POST", &format!("{path}/abort")).await["state"], "aborted");
        refused(&account, "PUT", &path, &letter("<p>late</p>"), 422, "cannot_be_edited").await;
        assert_eq!(call(&account, "GET", &format!("{path}/score")).await["items"][0]["sent"], 0);
        refused(&account, "PUT", &path.replace("newsletters", "autoresponders"), &json!({ "name": "x", "topic": { "id": "8" }, "subject": "x", "body": "x", "trigger_tag": "31", "delay_minutes": 1 }), 404, "not_found").await;
        let auto = json!({ "name": "Welcome", "topic": { "id": "8" }, "subject": "Welcome", "body": "Hello.", "trigger_tag": "31", "delay_minutes": 1 });
        let auto = send(&account, "POST", "/autoresponders", &auto).await;
        let path = format!("/autoresponders/{}", text(&auto, "id"));
        assert_eq!(call(&account, "POST", &format!("{path}/activate")).await["state"], "running");
        let bert = api.door.contact("bert@mail.example").await;
        let lines = call(&account, "GET", &format!("{path}/deliveries?state=due")).await;
        assert_eq!(lines["items"][0]["contact"], json!(bert.to_string()));
        let lines = call(&account, "GET", &format!("/contacts/{bert}/deliveries")).await;
        assert_eq!(lines["items"][0]["mailing_name"], "Welcome");
        assert_eq!(call(&account, "POST", &format!("{path}/abort")).await["state"], "aborted");
        let lines = call(&account, "GET", &format!("/contacts/{bert}/deliveries")).await;
        assert_eq!(
            (lines["items"][0]["state"].clone(), lines["items"][0]["reason"].clone()),
            (json!("refused"), json!("aborted"))
        );
        assert!(lines["items"][0]["reason_text"].is_string());
    });
}

/// Proves R85 and R89: a suspension needs a name and a reason, stops starts at once, leads to a case, and is undone by one.
#[test]
fn r85_r89_the_operator_suspends_and_reinstates_with_a_reason() {
    run(async {
        let api = api(Door::open().await).await;
        let account = api.of(1).await;
        let made = json!({ "name": "May", "topic": { "id": "8" }, "subject": "Hello", "body": "Hello." });
        let mailing = text(&send(&account, "POST", "/newsletters", &made).await, "id");
        refused(&api.operator, "POST", "/accounts/1/suspend", &json!({ "by": "Olga", "reason": " " }), 422, "unsigned")
            .await;
        let case =
            send(&api.operator, "POST", "/accounts/1/suspend", &json!({ "by": "Olga", "reason": "off topic" })).await;
        let start =
            account.request("POST", &at(&format!("/newsletters/{mailing}/start")), &[], b"").await.expect("an answer");
        error(&start, "start", 409, "account_suspended");
        assert_eq!(call(&account, "GET", "/me").await["refusal"]["code"], "account_suspended");
        let path = format!("/cases/{}", text(&case, "case"));
        send(&api.operator, "POST", &format!("{path}/look"), &json!({ "by": "Olga" })).await;
        let shown = call(&api.operator, "GET", &path).await;
        assert_eq!((shown["open"].clone(), shown["looked"]["by"].clone()), (json!(true), json!("Olga")));
        assert_eq!(
            call(&api.operator, "GET", "/cases?open=true&account=1").await["items"].as_array().map(Vec::len),
            Some(1)
        );
        assert_eq!(call(&api.operator, "GET", "/cases/overdue").await["items"], json!([]));
        send(&api.operator, "POST", "/accounts/1/reinstate", &json!({ "by": "Olga", "reason": "a misunderstanding" }))
            .await;
        assert_eq!(call(&account, "GET", "/me").await["standing"], "active");
        refused(
            &api.operator,
            "POST",
            "/accounts/1/terminate",
            &json!({ "by": "Olga", "reason": "x" }),
            404,
            "not_found",
        )
        .await;
        refused(
            &api.operator,
            "POST",
            &format!("{path}/decide"),
            &json!({ "decision": "close", "by": "Olga", "reason": "x" }),
            409,
            "conflict",
        )
        .await;
        let lift = json!({ "address": "x@mail.example", "by": "Olga", "reason": "works again" });
        refused(&api.operator, "POST", "/exclusions/lift", &lift, 404, "not_found").await;
        assert_eq!(send(&api.operator, "POST", "/exclusions", &lift).await["new"], true);
        let found = send(&api.operator, "POST", "/exclusions/find", &json!({ "address": "X@mail.example" })).await;
        assert_eq!(found["reason"], "operator");
        send(&api.operator, "POST", "/exclusions/lift", &lift).await;
        assert_eq!(call(&api.operator, "GET", "/incidents").await["items"], json!([]));
        refused(
            &api.operator,
            "POST",
            "/incidents/7/decide",
            &json!({ "decision": "bounces_true", "by": "Olga", "reason": "x" }),
            404,
            "not_found",
        )
        .await;
        assert_eq!(
            send(&api.operator, "POST", "/silences/lift", &json!({ "address": "x@mail.example" })).await["lifted"],
            0
        );
    });
}
