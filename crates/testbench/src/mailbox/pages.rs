//! The pages of the mailboxes: what a mail program would show, with its buttons.

use std::collections::BTreeMap;

use super::serve::Answer;
use crate::clock::monotonic_now_ns;
use crate::letter::Letter;
use crate::provider::Record;

/// Mailboxes that a page lists.
const LISTED: usize = 100;
/// What these pages may load.
const POLICY: &str = "default-src 'none'; style-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'";
/// What a mail's own HTML may do: be looked at.
const FRAME_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox";

/// Text as it may stand in HTML.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            other => safe.push(other),
        }
    }
    safe
}

/// Text as it may stand in a query.
pub(super) fn queried(text: &str) -> String {
    crate::http::form(&[("", text)]).split_off(1)
}

fn page(title: &str, again: bool, body: &str) -> Answer {
    let title = escaped(title);
    let again = if again { "<meta http-equiv=\"refresh\" content=\"4\">" } else { "" };
    let html = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\">{again}<title>{title}</title>\
         <link rel=\"icon\" href=\"data:,\"><link rel=\"stylesheet\" href=\"/style.css\"></head><body><main>\
         <p><a href=\"/\">All mailboxes</a></p><h1>{title}</h1>\n{body}</main></body></html>\n"
    );
    Answer::of("text/html; charset=utf-8", html)
        .with("Content-Security-Policy", &format!("{POLICY}; img-src data:"))
        .with("Referrer-Policy", "same-origin")
}

/// There is no such page or mail.
pub(super) fn nothing() -> Answer {
    Answer { status: 404, ..page("Nothing is here", false, "<p>No such page, or no such mail.</p>") }
}

/// Another page's form is not taken.
pub(super) fn foreign() -> Answer {
    Answer { status: 403, ..page("Not from here", false, "<p>This form does not stand on a page of these.</p>") }
}

fn age(record: &Record) -> String {
    let came = record.dot_ns.unwrap_or(record.mail_ns);
    let seconds = monotonic_now_ns().saturating_sub(came) / 1_000_000_000;
    if seconds < 120 { format!("{seconds} s ago") } else { format!("{} min ago", seconds / 60) }
}

fn subject(record: &Record) -> String {
    let words = Letter::read(&record.bytes).words("Subject").unwrap_or_default();
    if words.is_empty() { "(no subject)".to_owned() } else { words }
}

/// The mailboxes whose address holds `wanted`, the newest mail first.
pub(super) fn boxes(mails: &[Record], wanted: &str, domains: &[&str]) -> Answer {
    let mut last: BTreeMap<String, (&Record, usize)> = BTreeMap::new();
    for mail in mails {
        for to in mail.accepted_recipients().map(str::to_lowercase).filter(|to| to.contains(wanted)) {
            let known = last.entry(to).or_insert((mail, 0));
            *known = (mail, known.1 + 1);
        }
    }
    let count = last.len();
    let mut rows: Vec<_> = last.into_iter().collect();
    rows.sort_by_key(|(_, (mail, _))| std::cmp::Reverse(mail.number));
    let line = |(to, (mail, count)): &(String, (&Record, usize))| {
        let (address, words) = (escaped(to), escaped(&subject(mail)));
        let at = queried(to);
        format!(
            "<tr><td><a href=\"/box?address={at}\">{address}</a></td><td>{count}</td><td>{words}</td><td>{}</td></tr>\n",
            age(mail)
        )
    };
    let rows: String = rows.iter().take(LISTED).map(line).collect();
    let body = format!(
        "<p>Every mail of the demo arrives here. Sign up with any address at {}; its mailbox is there as soon as it is used.</p>\
         <form method=\"get\" action=\"/box\"><label for=\"address\">Open the mailbox of</label> <input type=\"email\" \
         id=\"address\" name=\"address\" required> <button>Open</button></form>\
         <form method=\"get\" action=\"/\"><label for=\"q\">or list those with</label> <input id=\"q\" name=\"q\" value=\"{}\"> \
         <button>List</button></form>\
         <table><thead><tr><th scope=\"col\">Mailbox</th><th scope=\"col\">Mails</th><th scope=\"col\">The newest</th>\
         <th scope=\"col\">Came</th></tr></thead><tbody>\n{rows}</tbody></table>\
         <p class=\"soft\">{} of {count} mailboxes, the newest mail first.</p>",
        domains.join(", "),
        escaped(wanted),
        count.min(LISTED),
    );
    // Whoever is typing must not lose what stands in the field.
    page("Mailboxes", false, &body)
}

/// One mailbox. The page looks again by itself.
pub(super) fn mailbox(mails: &[Record], address: &str) -> Answer {
    let own: Vec<&Record> = mails.iter().filter(|mail| mail.is_message_for(address)).collect();
    let line = |mail: &&Record| {
        let from = Letter::read(&mail.bytes).words("From").unwrap_or_default();
        format!(
            "<tr><td><a href=\"/mail/{}\">{}</a></td><td>{}</td><td>{}</td></tr>\n",
            mail.number,
            escaped(&subject(mail)),
            escaped(&from),
            age(mail)
        )
    };
    let rows: String = own.iter().rev().map(line).collect();
    let body = if rows.is_empty() {
        "<p>No mail yet. This page looks again by itself, every four seconds.</p>".to_owned()
    } else {
        format!(
            "<table><thead><tr><th scope=\"col\">Subject</th><th scope=\"col\">From</th><th scope=\"col\">Came</th></tr></thead>\
             <tbody>\n{rows}</tbody></table><p class=\"soft\">This page looks again by itself, every four seconds.</p>"
        )
    };
    page(address, true, &body)
}

/// What a link of the house is for, by its path.
fn purpose(path: &str) -> Option<&'static str> {
    let known = [
        ("/c/", "Confirm the sign-up"),
        ("/u/", "Unsubscribe, or: that was not me"),
        ("/p/", "Preferences"),
        ("/v/", "Read in the browser"),
        ("/e/", "Prove the address"),
        ("/i/", "Accept the invitation"),
        ("/r/", "Choose a new password"),
        ("/complain/", "Complain"),
    ];
    known.into_iter().find(|(start, _)| path.starts_with(start)).map(|(_, words)| words)
}

/// The links of both parts, each once: address and label.
fn links(letter: &Letter<'_>, house: &str) -> Vec<(String, String)> {
    let html = letter.html();
    let anchors = html.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let anchors = anchors.map(|link| link.replace("&amp;", "&").replace("&#47;", "/"));
    let mut found: Vec<(String, String)> = Vec::new();
    for link in letter.links().into_iter().chain(anchors).filter(|link| link.starts_with("http")) {
        if found.iter().all(|(known, _)| *known != link) {
            let words = link.strip_prefix(house).and_then(purpose);
            let label = words.map_or_else(|| link.clone(), |words| format!("{words}: {link}"));
            found.push((link, label));
        }
    }
    found
}

/// One mail, with what a mail program offers.
pub(super) fn mail(record: &Record, house: &str, said: &str) -> Answer {
    let letter = Letter::read(&record.bytes);
    let to = record.accepted_recipients().next().unwrap_or_default();
    let fact = |name: &str, value: Option<String>| {
        value.map(|value| format!("<dt>{name}</dt><dd>{}</dd>", escaped(&value))).unwrap_or_default()
    };
    let facts: String = [
        fact("From", letter.words("From")),
        fact("To", letter.words("To")),
        fact("Reply-To", letter.words("Reply-To")),
        fact("List-Unsubscribe", letter.header("List-Unsubscribe")),
        fact("List-Unsubscribe-Post", letter.header("List-Unsubscribe-Post")),
    ]
    .concat();
    let link =
        |(link, label): &(String, String)| format!("<li><a href=\"{}\">{}</a></li>", escaped(link), escaped(label));
    let links: String = links(&letter, house).iter().map(link).collect();
    let number = record.number;
    let said = if said.is_empty() {
        String::new()
    } else {
        format!("<p class=\"said\" role=\"status\">{}</p>", escaped(said))
    };
    let html = if letter.html().is_empty() {
        String::new()
    } else {
        format!("<h2>As HTML</h2><iframe sandbox=\"\" src=\"/mail/{number}/html\" title=\"The mail as HTML\"></iframe>")
    };
    let body = format!(
        "<p><a href=\"/box?address={}\">{}</a></p>{said}<dl>{facts}</dl>\n{}\
         <h2>Links</h2><ul>{links}</ul>\n<h2>As text</h2><pre>{}</pre>\n{html}\
         <p><a href=\"/mail/{number}/source\">The source</a></p>",
        queried(to),
        escaped(to),
        buttons(&letter, number),
        escaped(&letter.text()),
    );
    page(&subject(record), false, &body)
}

/// What somebody may do with a mail beside following its links.
fn buttons(letter: &Letter<'_>, number: u64) -> String {
    let uris = letter.unsubscribe_uris();
    let button = |shown: bool, what: &str, words: &str| {
        let form = format!("<form method=\"post\" action=\"/mail/{number}/{what}\"><button>{words}</button></form>");
        if shown { form } else { String::new() }
    };
    let one_click = letter.header("List-Unsubscribe-Post").is_some();
    let by_mail = uris.iter().any(|uri| uri.starts_with("mailto:"));
    format!(
        "<h2>What a mail program offers</h2>{}{}{}\
         <form method=\"post\" action=\"/mail/{number}/abuse\"><label for=\"words\">With these words</label> \
         <input id=\"words\" name=\"words\" value=\"I did not ask for this.\" required> <button>Forward to abuse@</button></form>",
        button(one_click, "one-click", "Unsubscribe by one click"),
        button(by_mail, "by-mail", "Unsubscribe by a mail"),
        button(true, "spam", "Report as spam"),
    )
}

/// The HTML of a mail, for its frame.
pub(super) fn html(record: &Record) -> Answer {
    Answer::of("text/html; charset=utf-8", Letter::read(&record.bytes).html())
        .with("Content-Security-Policy", FRAME_POLICY)
}

/// The mail byte for byte.
pub(super) fn source(record: &Record) -> Answer {
    Answer::of("text/plain; charset=utf-8", record.bytes.to_vec()).with("Content-Security-Policy", POLICY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_mail_becomes_markup_of_the_page() {
        let content = b"From: <a@b.test>\r\nSubject: <b>&\r\nContent-Type: text/plain\r\n\r\n<script>x</script> http://h.test/c/1\r\n";
        let shown = mail(&Record::of(content.to_vec(), "<i>@b.test"), "http://h.test", "<u>");
        let body = String::from_utf8(shown.body).expect("text");
        for bad in ["<script>", "<b>", "<i>@", "<u>"] {
            assert!(!body.contains(bad), "{bad}");
        }
        assert!(body.contains("<a href=\"http://h.test/c/1\">Confirm the sign-up"));
        assert_eq!(queried("a b@c"), "a+b%40c");
    }
}
