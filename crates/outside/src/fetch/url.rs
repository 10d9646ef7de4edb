//! The URLs that may be fetched: a small, strict part of RFC 3986, because every liberty of a
//! URL parser has been used to get inside.

use std::fmt;
use std::net::IpAddr;

/// The longest URL that is taken.
const MAX_URL: usize = 2048;

/// A URL that may be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpUrl {
    https: bool,
    host: String,
    port: u16,
    target: String,
}

/// What is wrong with a URL. Whoever wrote it must correct it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadUrl {
    /// Neither `http://` nor `https://`.
    Scheme,
    /// Longer than 2,048 characters.
    TooLong,
    /// Spaces, control characters or others that do not belong into a URL.
    Characters,
    /// A user name or password.
    UserInfo,
    /// The host is missing, malformed, or a number instead of a name.
    Host,
    /// A port other than 80 and 443.
    Port,
}

impl fmt::Display for BadUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Scheme => "the address must begin with http:// or https://",
            Self::TooLong => "the address is too long",
            Self::Characters => "the address holds characters that do not belong there",
            Self::UserInfo => "the address must not hold a user name",
            Self::Host => "the address needs a host name, not a number",
            Self::Port => "only the ports 80 and 443 are allowed",
        })
    }
}

impl std::error::Error for BadUrl {}

impl HttpUrl {
    /// Reads a URL. `closed_network`: any port and numeric hosts are allowed too.
    ///
    /// # Errors
    /// [`BadUrl`] names the first thing that is wrong.
    pub fn parse(text: &str, closed_network: bool) -> Result<Self, BadUrl> {
        if text.len() > MAX_URL {
            return Err(BadUrl::TooLong);
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\\\"<>^`{|}".contains(&byte)) {
            return Err(BadUrl::Characters);
        }
        let (https, rest) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
            (Some(rest), _) => (true, rest),
            (None, Some(rest)) => (false, rest),
            (None, None) => return Err(BadUrl::Scheme),
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        if authority.contains('@') {
            return Err(BadUrl::UserInfo);
        }
        let (host, port) = split_authority(authority, https)?;
        if !(closed_network || matches!(port, 80 | 443)) {
            return Err(BadUrl::Port);
        }
        if !(is_name(&host) || closed_network && host.parse::<IpAddr>().is_ok()) {
            return Err(BadUrl::Host);
        }
        Ok(Self { https, host, port, target: request_target(path) })
    }

    /// True for `https`.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.https
    }

    /// The host in lower case; an IPv6 address stands without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, given or implied.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Path and query, for the request line.
    #[must_use]
    pub fn target(&self) -> &str {
        &self.target
    }

    /// The value of the Host header.
    #[must_use]
    pub fn host_header(&self) -> String {
        let implied = if self.https { 443 } else { 80 };
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        if self.port == implied { host } else { format!("{host}:{}", self.port) }
    }
}

fn split_authority(authority: &str, https: bool) -> Result<(String, u16), BadUrl> {
    let (host, port) = if let Some(rest) = authority.strip_prefix('[') {
        let (host, tail) = rest.split_once(']').ok_or(BadUrl::Host)?;
        (host, if tail.is_empty() { None } else { Some(tail.strip_prefix(':').ok_or(BadUrl::Host)?) })
    } else {
        match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        }
    };
    let port = match port {
        None => {
            if https {
                443
            } else {
                80
            }
        }
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().map_err(|_| BadUrl::Port)?,
        Some(_) => return Err(BadUrl::Port),
    };
    Ok((host.to_ascii_lowercase(), port))
}

/// A host name as people register them. A last label that begins with a digit is a number in
/// disguise (`0x7f.1`, `2130706433`, `127.1`): browsers would read an address there.
fn is_name(host: &str) -> bool {
    let good_label = |label: &str| {
        let edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        label.len() <= 63
            && edge(label.as_bytes().first())
            && edge(label.as_bytes().last())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let last = host.rsplit('.').next().unwrap_or_default();
    host.len() <= 253
        && host.contains('.')
        && host.split('.').all(good_label)
        && last.as_bytes().first().is_some_and(u8::is_ascii_alphabetic)
}

fn request_target(path: &str) -> String {
    let path = path.split('#').next().unwrap_or_default();
    if path.starts_with('/') { path.to_owned() } else { format!("/{path}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r12_urls_that_hide_an_address_or_a_user_are_refused() {
        for text in [
            "http://127.0.0.1/",
            "http://127.1/",
            "http://0x7f.1/",
            "http://2130706433/",
            "http://0177.0.0.1/",
            "http://0/",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://user@www.example.com/",
            "http://a:b@www.example.com/",
            "http://www.example.com@127.0.0.1/",
            "http://www.example.com\\@x/",
            "http://www.example.com:25/",
            "https://www.example.com:22/",
            "http://www.example.com:/",
            "http://www.example.com:+80/",
            "http://www.example.com:99999/",
            "ftp://www.example.com/",
            "file:///etc/passwd",
            "//www.example.com/",
            "www.example.com",
            "http://",
            "http:///x",
            "http://localhost/",
            "http://a..example/",
            "http://-a.example/",
            "http://a.example./",
            "http://www.example.com/ x",
            "http://www.example.com/\r\nHost: x",
            "http://ex\u{e4}.test/",
            "http://www.example.com\t/",
            "HTTP://www.example.com/",
            "http://1.2.3.4.5/",
            "http://169.254.169.254/latest/meta-data/",
            "http://[fd00:ec2::254]/",
        ] {
            assert!(HttpUrl::parse(text, false).is_err(), "{text}");
        }
    }

    #[test]
    fn plain_urls_are_read_as_they_stand() {
        let url = HttpUrl::parse("https://WWW.Example.com/a/b?c=d#e", false).expect("a URL");
        assert_eq!((url.host(), url.port(), url.target()), ("www.example.com", 443, "/a/b?c=d"));
        assert_eq!(url.host_header(), "www.example.com");
        let url = HttpUrl::parse("http://www.example.com?x", false).expect("a URL");
        assert_eq!((url.port(), url.target()), (80, "/?x"));
        let url = HttpUrl::parse("http://www.example.com:443/", false).expect("a URL");
        assert_eq!(url.host_header(), "www.example.com:443");
    }

    #[test]
    fn closed_networks_may_use_numbers_and_ports() {
        let url = HttpUrl::parse("http://127.0.0.1:8080/x", true).expect("a URL");
        assert_eq!((url.host(), url.port()), ("127.0.0.1", 8080));
        let url = HttpUrl::parse("http://[::1]:8080/x", true).expect("a URL");
        assert_eq!(url.host_header(), "[::1]:8080");
    }
}
