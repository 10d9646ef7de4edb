//! `jawort review …`: topics (R82) and legal notices (R48) that wait for a person.

use policy::{AccountId, TopicId, TopicRef};
use serde_json::json;

use crate::base::{Base, moment};
use crate::cli::{Review, Signed};
use crate::fault::Fault;
use crate::output::{Output, Table};

/// One thing that waits, as its name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Item {
    Topic { account: AccountId, topic: TopicRef },
    Legal { account: AccountId, version: i64 },
}

impl Item {
    fn parse(text: &str) -> Option<Self> {
        let (kind, numbers) = text.split_once(':')?;
        let numbers: Vec<i64> = numbers.split(':').map(|number| number.parse().ok()).collect::<Option<_>>()?;
        match (kind, numbers.as_slice()) {
            ("topic", &[account, topic, version]) => Some(Self::Topic {
                account: AccountId::from_raw(account),
                topic: TopicRef { topic: TopicId::from_raw(topic), version },
            }),
            ("legal", &[account, version]) => Some(Self::Legal { account: AccountId::from_raw(account), version }),
            _ => None,
        }
    }

    fn name(self) -> String {
        match self {
            Self::Topic { account, topic } => format!("topic:{account}:{}:{}", topic.topic, topic.version),
            Self::Legal { account, version } => format!("legal:{account}:{version}"),
        }
    }
}

pub(super) async fn run(base: &Base, what: Review, output: Output) -> Result<(), Fault> {
    match what {
        Review::List => list(base, output).await,
        Review::Approve { item, signed } => decide(base, &item, true, &signed, output).await,
        Review::Refuse { item, signed } => decide(base, &item, false, &signed, output).await,
    }
}

/// Things that one list shows of each kind.
const LIMIT: i64 = 500;

async fn list(base: &Base, output: Output) -> Result<(), Fault> {
    let mut table = Table::new(&["item", "account", "waits_since", "text"]);
    for topic in base.store.topics_waiting(LIMIT).await? {
        let item = Item::Topic { account: topic.account, topic: topic.topic };
        table.row([
            json!(item.name()),
            json!(topic.account.get()),
            json!(moment(topic.submitted_at)),
            json!(topic.statement),
        ]);
    }
    for notice in base.store.legal_reviews_waiting(LIMIT).await? {
        let item = Item::Legal { account: notice.account, version: notice.version };
        let lines = notice.notice.lines(texts::Language::En).join(" | ");
        table.row([json!(item.name()), json!(notice.account.get()), json!(moment(notice.created_at)), json!(lines)]);
    }
    output.table(&table)
}

async fn decide(base: &Base, item: &str, approve: bool, signed: &Signed, output: Output) -> Result<(), Fault> {
    let Some(parsed) = Item::parse(item) else {
        return Err(Fault::usage(format!(
            "{item:?} is no item; write topic:ACCOUNT:TOPIC:VERSION or legal:ACCOUNT:VERSION, as \"jawort review list\" shows it"
        )));
    };
    match parsed {
        Item::Topic { account, topic } => {
            base.store.decide_topic(account, topic, approve, &signed.by, &signed.reason, base.now()).await?;
        }
        Item::Legal { account, version } => {
            base.store.decide_legal_notice(account, version, approve, &signed.by, &signed.reason, base.now()).await?;
        }
    }
    output.done(&format!("{item} is {}", if approve { "approved" } else { "refused" }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_read_as_they_are_shown() {
        for name in ["topic:7:12:3", "legal:7:2"] {
            assert_eq!(Item::parse(name).expect("an item").name(), name);
        }
        for wrong in ["", "topic", "topic:7:12", "legal:7:2:1", "legal:x:1", "form:1:2"] {
            assert_eq!(Item::parse(wrong), None, "{wrong}");
        }
    }
}
