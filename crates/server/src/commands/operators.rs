//! `jawort operator …`

use mail_formats::EmailAddress;
use serde_json::json;
use store::entries::START_VALID;

use crate::base::{Base, moment};
use crate::cli::Operator;
use crate::fault::Fault;
use crate::founding::start_link;
use crate::output::Output;

pub(super) async fn run(base: &Base, what: Operator, output: Output) -> Result<(), Fault> {
    let Operator::Invite { address } = what;
    let address =
        EmailAddress::parse(&address).map_err(|error| Fault::usage(format!("--address {address:?}: {error}")))?;
    let until = moment(base.now() + START_VALID);
    let link = start_link(base, Some(address.clone()), "operator").await?;
    output.object(&json!({ "address": address.as_str(), "link": link, "works_once_until": until }))
}
