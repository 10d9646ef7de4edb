//! What the operator sees of all accounts' domains and websites, and of the installation's own records.

use policy::dns_records::platform;
use testbench::dns::{Dns, Fault, Value};
use texts::{Language, desk as t, setup as say};

use super::{door_with, page, shows};
use crate::door::{Door, run};

/// The language of the test's operator.
const EN: Language = Language::En;

/// Proves R63: the operator sees each record that the installation needs, as wanted and as others see it now.
#[test]
fn r63_the_operator_sees_the_installations_records_as_they_are() {
    run(async {
        let dns = Dns::start().await.expect("a DNS server");
        let door = door_with(&dns).await;
        let operator = door.operator().await;
        let empty = page(&operator.get("/desk/dns").await);
        shows(&empty, &t::dns_no_addresses(EN));
        shows(&empty, "_spf.mail.example");
        shows(&empty, "10 mx.mail.example");
        let wanted = platform(&super::super::door::names(), &[]);
        let musts = wanted.iter().filter(|one| one.need == policy::dns_records::Need::Must).count();
        shows(&empty, &t::zone_wrong(EN, u64::try_from(musts).expect("few")));
        for one in &wanted {
            let value = match one.kind {
                policy::dns_records::RecordType::Mx => Value::Mx(10, "mx.mail.example".to_owned()),
                _ => Value::Txt(one.value.clone()),
            };
            dns.set(&one.name, value);
        }
        shows(&page(&operator.get("/desk/dns").await), &t::zone_good(EN));
        dns.fail("_dmarc.mail.example", Fault::ServFail);
        let silent = page(&operator.get("/desk/dns").await);
        shows(&silent, &t::zone_silent(EN, 1));
        shows(&silent, &say::record_unanswered(EN));
        let first = page(&operator.get("/desk/first-run").await);
        shows(&first, "_spf.mail.example");
    });
}

async fn things(door: &Door) {
    door.script(
        "INSERT INTO sending_domain (account_id, id, name, platform, authenticated_at, checked_at, failing_since, found, created_at)
            VALUES (1, 60, 'right.example', FALSE, 1, 1780315000000, NULL, '[]', 0),
                (1, 61, 'gone.example', FALSE, 1, 1780315000000, 1780315000000, 'no JSON', 0),
                (1, 62, 'new.example', FALSE, NULL, NULL, NULL, '[]', 1780315000000);
         INSERT INTO website (account_id, id, host, proof_token, proven_at, checked_at, failing_since, created_at, found)
            VALUES (1, 70, 'www.gone.example', 't', 1, 1780315000000, 1780315000000, 0, 'absent redirects silent'),
                (1, 71, 'www.new.example', 't', NULL, NULL, NULL, 0, '')",
    )
    .await;
}

/// Proves R12: whoever reviews sees the proofs of websites: those that are missing, and beside a topic that
/// waits whether its website is proven.
#[test]
fn r12_the_operator_sees_domains_and_websites_of_all_accounts() {
    run(async {
        let dns = Dns::start().await.expect("a DNS server");
        let door = door_with(&dns).await;
        things(&door).await;
        let operator = door.operator().await;
        let shown = page(&operator.get("/desk/dns").await);
        for (name, state) in [
            ("right.example", say::domain_verified(EN)),
            ("gone.example", say::domain_failing(EN)),
            ("new.example", say::domain_not_started(EN)),
        ] {
            let row = shown.split("<tr>").find(|row| row.contains(name)).expect(name);
            shows(row, &state);
            assert!(row.contains("/desk/accounts/1"), "{row}");
        }
        let open = page(&operator.get("/desk/reviews/websites").await);
        assert!(open.contains("www.gone.example") && open.contains("www.new.example"));
        assert!(!open.contains("www.shop.example"), "that one is proven");
        for place in [say::place_absent(EN), say::place_redirects(EN), say::place_silent(EN)] {
            shows(&open, &place);
        }
        assert!(page(&operator.get("/desk/reviews/websites?show=all").await).contains("www.shop.example"));
        door.script("INSERT INTO topic (account_id, id, version, website_id, statement, state, submitted_at) VALUES (1, 9, 1, 71, 'Growing tomatoes at home', 0, 1)").await;
        let review = page(&operator.get("/desk/reviews").await);
        let paper = review.split("<article").find(|paper| paper.contains("Growing tomatoes")).expect("the topic");
        assert!(paper.contains("https://www.new.example/"), "{paper}");
        shows(paper, &t::not_proven(EN));
    });
}

/// A list longer than a page goes on behind a link, and nothing is left out or shown twice.
#[test]
fn the_operators_lists_are_paged_by_key() {
    run(async {
        let door = Door::open().await;
        let sites: Vec<String> =
            (100..160).map(|n| format!("(1, {n}, 'w{n}.example', 't', NULL, NULL, NULL, 0, '')")).collect();
        door.script(&format!(
            "INSERT INTO website (account_id, id, host, proof_token, proven_at, checked_at, failing_since, created_at, found) VALUES {}",
            sites.join(", ")
        ))
        .await;
        let operator = door.operator().await;
        let first = page(&operator.get("/desk/reviews/websites").await);
        assert_eq!(first.matches(".example/\"").count(), 50);
        let next =
            first.split("/desk/reviews/websites?show=open&#38;after=").nth(1).and_then(|rest| rest.split('"').next());
        let next = format!("/desk/reviews/websites?show=open&after={}", next.expect("a next page"));
        let second = page(&operator.get(&next).await);
        assert_eq!(second.matches(".example/\"").count(), 10);
        assert!(second.contains("w100.example") && !second.contains("w110.example"));
    });
}
