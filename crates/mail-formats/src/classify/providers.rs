//! Who speaks: providers by the hosts that they name themselves with.

/// Hosts by the suffix of their names, and the provider's name in the rules.
const HOSTS: &[(&str, &str)] = &[
    ("google.com", "google"),
    ("googlemail.com", "google"),
    ("protection.outlook.com", "microsoft"),
    ("prod.outlook.com", "microsoft"),
    ("outlook.com", "microsoft"),
    ("hotmail.com", "microsoft"),
    ("mx.microsoft", "microsoft"),
    ("yahoodns.net", "yahoo"),
    ("mail.yahoo.com", "yahoo"),
    ("aol.com", "yahoo"),
    ("icloud.com", "apple"),
    ("me.com", "apple"),
    ("me.com.akadns.net", "apple"),
    ("gmx.net", "united-internet"),
    ("web.de", "united-internet"),
    ("kundenserver.de", "united-internet"),
    ("ionos.de", "united-internet"),
    ("t-online.de", "telekom"),
    ("qq.com", "tencent"),
    ("orange.fr", "orange"),
    ("wanadoo.fr", "orange"),
    ("laposte.net", "orange"),
    ("cox.net", "cox"),
    ("docomo.ne.jp", "carrier"),
    ("ezweb.ne.jp", "carrier"),
    ("au.com", "carrier"),
    ("auone-net.jp", "carrier"),
    ("softbank.ne.jp", "carrier"),
    ("mail.ru", "mailru"),
];

/// What providers write into their replies besides the names of their hosts: pieces of words.
const MARKS: &[(&str, &str)] =
    &[(" gsmtp ", "google"), (" gmail smtp in ", "google"), (" lpn", "orange"), (" ofr", "orange"), (" aup cx", "cox")];

pub(super) fn is_name(name: &str) -> bool {
    HOSTS.iter().any(|(_, known)| *known == name)
}

/// The provider whose host this is (an MX name, or the name in a greeting); `None` for others.
pub fn provider_of_host(host: &str) -> Option<&'static str> {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    HOSTS
        .iter()
        .find(|(suffix, _)| host.strip_suffix(suffix).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
        .map(|(_, name)| *name)
}

/// The provider that a text speaks of: by a mark, else by the first host in it. The host of an
/// address says nothing: the reply may come from anywhere.
pub(super) fn provider_in_text(text: &str, words: &str) -> Option<&'static str> {
    if let Some((_, name)) = MARKS.iter().find(|(mark, _)| words.contains(mark)) {
        return Some(name);
    }
    let is_host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    text.split_whitespace()
        .filter(|word| word.contains('.') && !word.contains('@'))
        .flat_map(|word| word.split(|c| !is_host(c)).filter(|host| host.contains('.')))
        .take(100)
        .find_map(provider_of_host)
}
