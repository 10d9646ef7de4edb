//! Mails that mailbox providers and recipients send back: delivery status notifications
//! (RFC 3464), feedback reports (RFC 5965), complaints to an abuse desk, automatic replies.
//! The figures and forms vary as they do in the world, by the fields of each.

const DATE: &str = "Mon, 02 Mar 2026 10:00:00 +0000";
const BOUNDARY: &str = "=_provider_test_boundary";

/// How much of the reported mail a report holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Original<'a> {
    /// All of it.
    Full(&'a [u8]),
    /// Its header only, cut from the whole mail given here.
    Header(&'a [u8]),
    /// Nothing.
    Nothing,
}

/// A delivery status notification.
#[derive(Clone, Debug)]
pub struct Dsn<'a> {
    /// The provider's host, also the domain of its From.
    pub reporting_mta: &'a str,
    /// The return path of the mail that failed: to whom the notification goes.
    pub to: &'a str,
    /// The recipient that is reported.
    pub recipient: &'a str,
    /// `failed`, `delayed`, `delivered`, `relayed` or `expanded`.
    pub action: &'a str,
    /// The enhanced status code, for example `5.1.1`.
    pub status: &'a str,
    /// The reply of the server that refused, for example `550 5.1.1 no such user`.
    pub diagnostic: &'a str,
    /// What is returned of the mail.
    pub original: Original<'a>,
}

impl<'a> Dsn<'a> {
    /// A mailbox that does not exist.
    #[must_use]
    pub fn hard(to: &'a str, recipient: &'a str, original: &'a [u8]) -> Self {
        Self {
            reporting_mta: "mx.provider.test",
            to,
            recipient,
            action: "failed",
            status: "5.1.1",
            diagnostic: "550 5.1.1 no such user here",
            original: Original::Header(original),
        }
    }

    /// A full mailbox, given up.
    #[must_use]
    pub fn soft(to: &'a str, recipient: &'a str, original: &'a [u8]) -> Self {
        Self { status: "4.2.2", diagnostic: "452 4.2.2 mailbox full", ..Self::hard(to, recipient, original) }
    }

    /// A notification that delivery takes longer: nothing has been decided.
    #[must_use]
    pub fn delayed(to: &'a str, recipient: &'a str, original: &'a [u8]) -> Self {
        Self { action: "delayed", ..Self::soft(to, recipient, original) }
    }

    /// The bytes of the mail.
    #[must_use]
    pub fn build(&self) -> Vec<u8> {
        let head = format!(
            "From: Mail Delivery System <MAILER-DAEMON@{mta}>\r\nTo: <{to}>\r\n\
             Subject: Undelivered Mail Returned to Sender\r\nDate: {DATE}\r\n\
             Message-ID: <dsn.{status}.{length}@{mta}>\r\nAuto-Submitted: auto-replied\r\n\
             MIME-Version: 1.0\r\nContent-Type: multipart/report; \
             report-type=delivery-status;\r\n\tboundary=\"{BOUNDARY}\"\r\n",
            mta = self.reporting_mta,
            to = self.to,
            status = self.status,
            length = self.recipient.len(),
        );
        let text = format!(
            "This is the mail system at host {}.\r\n\r\nYour message to <{}> has this state: \
             {}.\r\n\r\n{}\r\n",
            self.reporting_mta, self.recipient, self.action, self.diagnostic
        );
        let status = format!(
            "Reporting-MTA: dns; {}\r\nArrival-Date: {DATE}\r\n\r\n\
             Final-Recipient: rfc822; {}\r\nAction: {}\r\nStatus: {}\r\n\
             Remote-MTA: dns; {}\r\nDiagnostic-Code: smtp; {}\r\n",
            self.reporting_mta, self.recipient, self.action, self.status, self.reporting_mta, self.diagnostic
        );
        multipart(&head, &text, "message/delivery-status", status.as_bytes(), self.original)
    }
}

/// A feedback report.
#[derive(Clone, Debug)]
pub struct Arf<'a> {
    /// The provider's address.
    pub from: &'a str,
    /// The address of our feedback loop, or of our abuse desk.
    pub to: &'a str,
    /// `abuse`, `fraud`, `not-spam`, `opt-out`, `virus` or `other`.
    pub feedback_type: &'a str,
    /// MAIL FROM of the reported mail; none when redacted.
    pub original_mail_from: Option<&'a str>,
    /// The complainant; none when redacted.
    pub original_rcpt_to: Option<&'a str>,
    /// Our own token, by RFC 9477.
    pub cfbl_feedback_id: Option<&'a str>,
    /// How many reports this one stands for.
    pub incidents: Option<u32>,
    /// What is returned of the mail.
    pub original: Original<'a>,
    /// Texts (addresses, local parts) that the provider blackens wherever they stand in the
    /// returned mail (RFC 6590).
    pub redact: &'a [&'a str],
}

impl<'a> Arf<'a> {
    /// A complaint with the whole mail.
    #[must_use]
    pub fn abuse(to: &'a str, original: &'a [u8]) -> Self {
        Self {
            from: "feedback@provider.test",
            to,
            feedback_type: "abuse",
            original_mail_from: None,
            original_rcpt_to: None,
            cfbl_feedback_id: None,
            incidents: None,
            original: Original::Full(original),
            redact: &[],
        }
    }

    /// The bytes of the mail.
    #[must_use]
    pub fn build(&self) -> Vec<u8> {
        let head = format!(
            "From: <{}>\r\nTo: <{}>\r\nSubject: FW: a newsletter\r\nDate: {DATE}\r\n\
             Message-ID: <arf.{}@provider.test>\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/report; report-type=feedback-report;\r\n\
             \tboundary=\"{BOUNDARY}\"\r\n",
            self.from,
            self.to,
            checksum(self.original),
        );
        let text = "This is an email abuse report for a message that a user of provider.test \
                    received.\r\n";
        let blackened = match self.original {
            Original::Full(bytes) | Original::Header(bytes) => redacted(bytes, self.redact),
            Original::Nothing => Vec::new(),
        };
        let original = match self.original {
            Original::Full(_) => Original::Full(&blackened),
            Original::Header(_) => Original::Header(&blackened),
            Original::Nothing => Original::Nothing,
        };
        multipart(&head, text, "message/feedback-report", self.fields().as_bytes(), original)
    }

    fn fields(&self) -> String {
        let mut fields = format!(
            "Feedback-Type: {}\r\nUser-Agent: ProviderTest/1.0\r\nVersion: 1\r\n\
             Arrival-Date: {DATE}\r\nSource-IP: 192.0.2.25\r\n",
            self.feedback_type
        );
        let incidents = self.incidents.map(|count| count.to_string());
        for (name, value) in [
            ("Original-Mail-From", self.original_mail_from.map(|text| format!("<{text}>"))),
            ("Original-Rcpt-To", self.original_rcpt_to.map(|text| format!("<{text}>"))),
            ("CFBL-Feedback-ID", self.cfbl_feedback_id.map(str::to_owned)),
            ("Incidents", incidents),
        ] {
            if let Some(value) = value {
                fields.push_str(&format!("{name}: {value}\r\n"));
            }
        }
        fields
    }
}

/// How somebody forwards a mail to an abuse desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forwarding {
    /// As an attachment (message/rfc822), with all of its header.
    Attached,
    /// In the text, each line behind `> `, header included.
    Quoted,
    /// In the text, body only, under a line as mail programs write it.
    BodyOnly,
}

/// A person's letter to an abuse desk about `original`.
#[must_use]
pub fn forward_to_abuse(from: &str, to: &str, words: &str, original: &[u8], how: Forwarding) -> Vec<u8> {
    let head = format!(
        "From: <{from}>\r\nTo: <{to}>\r\nSubject: Fwd: complaint\r\nDate: {DATE}\r\n\
         Message-ID: <fwd.{}.{}>\r\nMIME-Version: 1.0\r\n",
        checksum(Original::Full(original)),
        from.replace('@', "."),
    );
    match how {
        Forwarding::Attached => {
            let kind = format!("Content-Type: multipart/mixed; boundary=\"{BOUNDARY}\"\r\n");
            let mut mail = format!(
                "{head}{kind}\r\n--{BOUNDARY}\r\nContent-Type: text/plain; charset=utf-8\r\n\
                 \r\n{words}\r\n"
            )
            .into_bytes();
            part(&mut mail, "message/rfc822", original);
            close(&mut mail);
            mail
        }
        Forwarding::Quoted => letter(&head, words, &quoted(original)),
        Forwarding::BodyOnly => {
            let body = body_of(original);
            let intro = b"---------- Forwarded message ---------\r\n\r\n";
            letter(&head, words, &[&intro[..], body].concat())
        }
    }
}

/// An automatic reply to a mail (RFC 3834), as vacation programs send it.
#[must_use]
pub fn auto_reply(from: &str, to: &str, in_reply_to: &str) -> Vec<u8> {
    format!(
        "From: <{from}>\r\nTo: <{to}>\r\nSubject: Out of office\r\nDate: {DATE}\r\n\
         Message-ID: <auto.{}@provider.test>\r\nIn-Reply-To: {in_reply_to}\r\n\
         Auto-Submitted: auto-replied\r\nPrecedence: bulk\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\r\nI am back on Monday.\r\n",
        in_reply_to.len()
    )
    .into_bytes()
}

fn multipart(head: &str, text: &str, kind: &str, fields: &[u8], original: Original<'_>) -> Vec<u8> {
    let mut mail = format!("{head}\r\n").into_bytes();
    part(&mut mail, "text/plain; charset=us-ascii", text.as_bytes());
    part(&mut mail, kind, fields);
    match original {
        Original::Full(bytes) => part(&mut mail, "message/rfc822", bytes),
        Original::Header(bytes) => part(&mut mail, "text/rfc822-headers", header_of(bytes)),
        Original::Nothing => {}
    }
    close(&mut mail);
    mail
}

fn part(mail: &mut Vec<u8>, kind: &str, bytes: &[u8]) {
    mail.extend_from_slice(format!("--{BOUNDARY}\r\nContent-Type: {kind}\r\n\r\n").as_bytes());
    mail.extend_from_slice(bytes);
    mail.extend_from_slice(b"\r\n");
}

fn close(mail: &mut Vec<u8>) {
    mail.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
}

fn letter(head: &str, words: &str, below: &[u8]) -> Vec<u8> {
    let kind = "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n";
    let mut mail = format!("{head}{kind}\r\n{words}\r\n\r\n").into_bytes();
    mail.extend_from_slice(below);
    if !mail.ends_with(b"\r\n") {
        mail.extend_from_slice(b"\r\n");
    }
    mail
}

fn split_place(mail: &[u8]) -> Option<usize> {
    mail.windows(4).position(|window| window == b"\r\n\r\n")
}

fn header_of(mail: &[u8]) -> &[u8] {
    split_place(mail).map_or(mail, |place| &mail[..place + 2])
}

fn body_of(mail: &[u8]) -> &[u8] {
    split_place(mail).map_or(&[], |place| &mail[place + 4..])
}

fn quoted(mail: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(mail.len() + mail.len() / 30);
    for line in mail.split_inclusive(|byte| *byte == b'\n') {
        text.extend_from_slice(b"> ");
        text.extend_from_slice(line);
    }
    text
}

fn redacted(mail: &[u8], words: &[&str]) -> Vec<u8> {
    let mut text = mail.to_vec();
    for word in words.iter().filter(|word| !word.is_empty()) {
        text = replace(&text, word.as_bytes(), b"redacted");
    }
    text
}

fn replace(text: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let mut changed = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        let here = text.get(at..at + old.len());
        if here.is_some_and(|here| here.eq_ignore_ascii_case(old)) {
            changed.extend_from_slice(new);
            at += old.len();
        } else {
            changed.push(text[at]);
            at += 1;
        }
    }
    changed
}

/// Keeps the Message-IDs of different reports apart, and those of equal ones equal (FNV-1a).
fn checksum(original: Original<'_>) -> String {
    let bytes = match original {
        Original::Full(bytes) | Original::Header(bytes) => bytes,
        Original::Nothing => &[],
    };
    let mix = |sum: u64, byte: &u8| (sum ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
    format!("{:016x}", bytes.iter().fold(0xcbf2_9ce4_8422_2325, mix))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAIL: &[u8] = b"From: a@example.test\r\nTo: bert@post.test\r\n\r\nHello bert@post.test\r\n";

    #[test]
    fn a_bounce_names_recipient_and_status_and_returns_the_header_only() {
        let mail = Dsn::hard("b.x@bounce.test", "bert@post.test", MAIL).build();
        let text = String::from_utf8(mail).expect("text");
        assert!(text.contains("Final-Recipient: rfc822; bert@post.test\r\nAction: failed\r\nStatus: 5.1.1\r\n"));
        assert!(text.contains("text/rfc822-headers\r\n\r\nFrom: a@example.test"));
        assert!(!text.contains("Hello"));
    }

    #[test]
    fn a_redacted_report_does_not_name_the_complainant() {
        let report = Arf { redact: &["Bert@post.test"], ..Arf::abuse("fbl@x.test", MAIL) };
        let text = String::from_utf8(report.build()).expect("text");
        assert!(!text.contains("bert") && text.contains("Hello redacted"));
        assert!(text.contains("Feedback-Type: abuse\r\n"));
    }

    #[test]
    fn forwarded_mails_hold_the_original_as_people_send_it() {
        let attached = forward_to_abuse("p@q.test", "abuse@x.test", "Stop!", MAIL, Forwarding::Attached);
        assert!(attached.windows(MAIL.len()).any(|window| window == MAIL));
        let quoted = forward_to_abuse("p@q.test", "abuse@x.test", "Stop!", MAIL, Forwarding::Quoted);
        assert!(String::from_utf8_lossy(&quoted).contains("> From: a@example.test\r\n"));
        let body = forward_to_abuse("p@q.test", "abuse@x.test", "Stop!", MAIL, Forwarding::BodyOnly);
        let body = String::from_utf8_lossy(&body).into_owned();
        assert!(body.contains("Hello bert") && !body.contains("a@example.test"));
    }
}
