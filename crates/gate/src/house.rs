//! What the installation calls itself in mails.

use std::fmt;

use mail_formats::{Domain, EmailAddress};
use seals::{LINK_TOKEN_CHARS, LinkPurpose, LinkToken};

/// Characters of the longest `public_url`: with `/u/` and a token a link then has 67 (R33).
pub const MAX_PUBLIC_URL: usize = 42;
/// Characters of the longest link of ours in a mail (R33).
pub const MAX_LINK: usize = 67;

/// The names of the installation that stand in mails.
#[derive(Clone, Debug)]
pub struct House {
    /// Where recipients' pages are: `https://` and a host, without a slash at the end. Plain
    /// `http://` is accepted for loopback hosts only (development).
    pub public_url: String,
    /// The domain of return paths.
    pub bounce_domain: Domain,
    /// The platform's own domain: second DKIM signature, Message-ID, List-Id.
    pub platform_domain: Domain,
    /// The domain of the List-Unsubscribe mailboxes.
    pub unsubscribe_domain: Domain,
    /// Where people complain; stands in the signature block.
    pub abuse_address: EmailAddress,
    /// Where providers send feedback reports (RFC 9477).
    pub cfbl_address: EmailAddress,
    /// The last field of Feedback-ID: 5 to 15 letters or digits, never changed (F12).
    pub feedback_sender_id: String,
    /// From of mails of the operator; at or below the platform domain.
    pub operator_from: EmailAddress,
    /// The operator's name, as people read it.
    pub operator_name: String,
    /// Sign with DomainKeys too (R64, D8).
    pub domainkeys: bool,
}

/// Why an installation cannot send under these names. The operator must act; nothing starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HouseError {
    /// `public_url` is longer than [`MAX_PUBLIC_URL`] characters (R33).
    PublicUrlTooLong(usize),
    /// `public_url` is no https address of a host alone.
    PublicUrl,
    /// `feedback_sender_id` is not made of 5 to 15 letters or digits (F12).
    FeedbackSenderId,
    /// `operator_from` is not at the platform domain, so nothing would sign it.
    OperatorFrom,
    /// `operator_name` is empty or holds control characters.
    OperatorName,
}

impl fmt::Display for HouseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PublicUrlTooLong(length) => write!(
                f,
                "the public address has {length} characters; with more than {MAX_PUBLIC_URL} unsubscribe links would be too long"
            ),
            Self::PublicUrl => {
                f.write_str("the public address must be https:// and a host, without a slash at the end")
            }
            Self::FeedbackSenderId => f.write_str("the Feedback-ID's sender must have 5 to 15 letters or digits"),
            Self::OperatorFrom => f.write_str("the operator's sender address must be at the platform's domain"),
            Self::OperatorName => f.write_str("the operator's name is empty or holds control characters"),
        }
    }
}

impl std::error::Error for HouseError {}

impl House {
    /// Proves that mails under these names can keep their promises.
    ///
    /// # Errors
    /// The first [`HouseError`].
    pub fn check(&self) -> Result<(), HouseError> {
        let length = self.public_url.chars().count();
        if length > MAX_PUBLIC_URL || MAX_PUBLIC_URL + 3 + LINK_TOKEN_CHARS > MAX_LINK {
            return Err(HouseError::PublicUrlTooLong(length));
        }
        if !is_public_url(&self.public_url) {
            return Err(HouseError::PublicUrl);
        }
        let id = self.feedback_sender_id.as_bytes();
        if !(5..=15).contains(&id.len()) || !id.iter().all(u8::is_ascii_alphanumeric) {
            return Err(HouseError::FeedbackSenderId);
        }
        if !self.operator_from.domain().is_at_or_below(&self.platform_domain) {
            return Err(HouseError::OperatorFrom);
        }
        if self.operator_name.trim().is_empty() || self.operator_name.chars().any(char::is_control) {
            return Err(HouseError::OperatorName);
        }
        Ok(())
    }

    /// The link of a token: at most [`MAX_LINK`] characters in a checked house.
    #[must_use]
    pub fn link(&self, purpose: LinkPurpose, token: &LinkToken) -> String {
        format!("{}/{}/{}", self.public_url, purpose.path_letter(), token.as_str())
    }

    /// The link of a token that lets somebody in: `path` is `invitation`, `reset`, `start`. Such links
    /// go to people of the platform, so R33's length is none of theirs.
    #[must_use]
    pub fn entry_link(&self, path: &str, token: &LinkToken) -> String {
        format!("{}/{path}/{}", self.public_url, token.as_str())
    }
}

fn is_public_url(url: &str) -> bool {
    let (host, loopback_only) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
        (Some(host), _) => (host, false),
        (None, Some(host)) => (host, true),
        (None, None) => return false,
    };
    let (name, port) = host.rsplit_once(':').unwrap_or((host, ""));
    let loopback = matches!(name, "localhost" | "127.0.0.1");
    !name.is_empty()
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-'))
        && (port.is_empty() && !host.ends_with(':') || port.parse::<u16>().is_ok())
        && (loopback || !loopback_only && name.contains('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r33_the_public_address_is_a_short_https_host() {
        for url in ["https://n.example", "https://news.example.com:8443", "http://127.0.0.1:8080", "http://localhost:1"]
        {
            assert!(is_public_url(url), "{url}");
        }
        for url in [
            "",
            "https://",
            "http://n.example",
            "https://n.example/",
            "https://n.example/x",
            "https://a b.example",
            "https://N.example",
            "ftp://x.example",
            "https://x.example:",
            "https://x.example:99999",
            "https://u@x.example",
            "https://x",
        ] {
            assert!(!is_public_url(url), "{url}");
        }
    }
}
