//! Who answers for an arriving mail: DKIM (RFC 6376, 8301, 8463), SPF (RFC 7208), DMARC
//! (RFC 9989), by mail-auth over our resolver (A15, F11, R8).

use std::net::IpAddr;
use std::time::Duration;

use mail_auth::dmarc::Policy;
use mail_auth::dmarc::verify::DmarcParameters;
use mail_auth::spf::verify::SpfParameters;
use mail_auth::{
    AuthenticatedMessage, DkimOutput, DkimResult, DmarcResult, MessageAuthenticator, SpfOutput, SpfResult,
};

use crate::resolver::Resolver;

/// The most DKIM signatures of one mail that are verified; each costs a question to DNS.
pub const MAX_SIGNATURES: usize = 8;

/// What the owner of the From domain wants done with mail that fails DMARC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DmarcPolicy {
    /// No policy is published.
    Absent,
    /// `p=none`.
    None,
    /// `p=quarantine`.
    Quarantine,
    /// `p=reject`.
    Reject,
}

/// The findings about one mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthVerdict {
    /// The signing domains (d=) of DKIM signatures that are valid and count (A15: neither
    /// rsa-sha1 nor a body length `l=`), in lower case, each once.
    pub dkim_domains_passed: Vec<String>,
    /// The domain for which SPF passed, in lower case: that of MAIL FROM, or of EHLO when MAIL
    /// FROM is empty.
    pub spf_pass_domain: Option<String>,
    /// The domain of the one From address; none when there is no single one.
    pub from_domain: Option<String>,
    /// DMARC passed: a valid signature or SPF agrees with the From domain, and that domain
    /// publishes a DMARC record. Without a record this is false; compare the domains yourself.
    pub dmarc_aligned: bool,
    /// What the From domain asks for.
    pub dmarc_policy: DmarcPolicy,
    /// Some answer could not be had: what has not passed may still pass later.
    pub temporary: bool,
}

impl AuthVerdict {
    /// True when a valid DKIM signature is by exactly this domain (F11).
    #[must_use]
    pub fn dkim_passed_for(&self, domain: &str) -> bool {
        self.dkim_domains_passed.iter().any(|passed| passed.eq_ignore_ascii_case(domain))
    }

    /// True when an answer may go to the From address (R8): DMARC agrees, or SPF passed for
    /// the very domain of From.
    #[must_use]
    pub fn sender_is_genuine(&self) -> bool {
        let same = self.from_domain.is_some() && self.from_domain == self.spf_pass_domain;
        self.dmarc_aligned || same
    }

    /// True when the From domain asks not to let this mail through (R8: not forwarded).
    #[must_use]
    pub fn fails_strict_dmarc(&self) -> bool {
        !self.dmarc_aligned && matches!(self.dmarc_policy, DmarcPolicy::Reject | DmarcPolicy::Quarantine)
    }

    /// Nothing proven.
    fn nothing(temporary: bool) -> Self {
        Self {
            dkim_domains_passed: Vec::new(),
            spf_pass_domain: None,
            from_domain: None,
            dmarc_aligned: false,
            dmarc_policy: DmarcPolicy::Absent,
            temporary,
        }
    }
}

/// Checks arriving mail.
#[derive(Clone)]
pub struct Authenticator {
    inner: MessageAuthenticator,
    host_name: String,
    limit: Duration,
}

impl Authenticator {
    /// `host_name` is our own name in SMTP; `limit` the time for all questions of one mail.
    #[must_use]
    pub fn new(resolver: &Resolver, host_name: &str, limit: Duration) -> Self {
        let inner = MessageAuthenticator(resolver.hickory());
        Self { inner, host_name: host_name.to_owned(), limit }
    }

    /// Checks one mail: its bytes as received, the peer's EHLO name and address, and MAIL FROM
    /// (without brackets; empty for a bounce). Never fails: what cannot be proven has not
    /// passed, and `temporary` says whether asking later may change that.
    pub async fn authenticate(&self, raw: &[u8], helo: &str, ip: IpAddr, mail_from: &str) -> AuthVerdict {
        let check = self.check(raw, helo, ip, mail_from);
        let verdict = tokio::time::timeout(self.limit, check).await;
        verdict.unwrap_or_else(|_| AuthVerdict::nothing(true))
    }

    async fn check(&self, raw: &[u8], helo: &str, ip: IpAddr, mail_from: &str) -> AuthVerdict {
        // Strict: a signature with l= does not cover what was appended to the body.
        let Some(mut message) = AuthenticatedMessage::parse_with_opts(raw, None, true) else {
            return AuthVerdict::nothing(false);
        };
        keep_signatures_that_count(&mut message);
        let dkim = self.inner.verify_dkim(&message).await;
        let spf = self.spf(helo, ip, mail_from).await;
        let envelope = mail_from.rsplit_once('@').map_or(helo, |(_, domain)| domain);
        let dmarc = self.inner.verify_dmarc(DmarcParameters::new(&message, &dkim, envelope, &spf)).await;
        let aligned = [dmarc.dkim_result(), dmarc.spf_result()];
        AuthVerdict {
            dkim_domains_passed: passed_domains(&dkim),
            spf_pass_domain: (spf.result() == SpfResult::Pass).then(|| envelope.to_ascii_lowercase()),
            from_domain: single_from_domain(&message),
            dmarc_aligned: aligned.contains(&&DmarcResult::Pass),
            dmarc_policy: policy(dmarc.policy(), dmarc.dmarc_record().is_some()),
            temporary: spf.result() == SpfResult::TempError
                || dkim.iter().any(|one| matches!(one.result(), DkimResult::TempError(_)))
                || aligned.iter().any(|one| matches!(one, DmarcResult::TempError(_))),
        }
    }

    async fn spf(&self, helo: &str, ip: IpAddr, mail_from: &str) -> SpfOutput {
        let parameters = if mail_from.is_empty() {
            SpfParameters::verify_ehlo(ip, helo, &self.host_name)
        } else {
            SpfParameters::verify_mail_from(ip, helo, &self.host_name, mail_from)
        };
        self.inner.verify_spf(parameters).await
    }
}

/// RFC 8301 §3: rsa-sha1 proves nothing. And a hostile mail with a thousand signatures must
/// not cost a thousand questions.
fn keep_signatures_that_count(message: &mut AuthenticatedMessage<'_>) {
    message.dkim_headers.retain(|header| header.header.a != mail_auth::common::crypto::Algorithm::RsaSha1);
    message.dkim_headers.truncate(MAX_SIGNATURES);
}

fn passed_domains(dkim: &[DkimOutput<'_>]) -> Vec<String> {
    let mut domains: Vec<String> = dkim
        .iter()
        .filter(|one| *one.result() == DkimResult::Pass)
        .filter_map(|one| one.signature().map(|signature| signature.d.to_ascii_lowercase()))
        .collect();
    domains.sort();
    domains.dedup();
    domains
}

fn single_from_domain(message: &AuthenticatedMessage<'_>) -> Option<String> {
    let mut domains: Vec<String> = message
        .froms()
        .iter()
        .filter_map(|from| from.rsplit_once('@'))
        .map(|(_, domain)| domain.to_ascii_lowercase())
        .collect();
    domains.dedup();
    if domains.len() == 1 { domains.pop() } else { None }
}

fn policy(policy: Policy, published: bool) -> DmarcPolicy {
    match policy {
        _ if !published => DmarcPolicy::Absent,
        Policy::Reject => DmarcPolicy::Reject,
        Policy::Quarantine => DmarcPolicy::Quarantine,
        Policy::None | Policy::Unspecified => DmarcPolicy::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(algorithm: &str, number: usize) -> String {
        format!(
            "DKIM-Signature: v=1; a={algorithm}; c=relaxed/relaxed; d=d{number}.test; s=s;\r\n \
             h=From:To; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA\r\n"
        )
    }

    fn kept(headers: &str) -> Vec<String> {
        let raw = format!("{headers}From: a@good.test\r\nTo: b@us.test\r\n\r\n");
        let mut message = AuthenticatedMessage::parse_with_opts(raw.as_bytes(), None, true).expect("a message");
        keep_signatures_that_count(&mut message);
        message.dkim_headers.iter().map(|header| header.header.d.clone()).collect()
    }

    #[test]
    fn a15_signatures_with_sha1_do_not_count() {
        let headers = [header("rsa-sha1", 1), header("rsa-sha256", 2)].concat();
        assert_eq!(kept(&headers), ["d2.test"]);
    }

    #[test]
    fn a_mail_costs_at_most_eight_questions_for_signatures() {
        let headers: String = (0..50).map(|number| header("rsa-sha256", number)).collect();
        assert_eq!(kept(&headers).len(), MAX_SIGNATURES);
    }
}
