//! Each duty is broken in turn in finished bytes, and the last look must notice.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use policy::Refusal;

use crate::world::{
    HTML, MARKDOWN, Mail, NOW, autoresponder, confirmation, gate, html, keys, markdown, newsletter, test_mail,
};

type Change = fn(&str) -> String;

fn swap(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "nothing to change: {from}");
    text.replacen(from, to, 1)
}

/// The text without the line (with its folds) that begins so.
fn without_field(text: &str, name: &str) -> String {
    let start = text.find(&format!("\r\n{name}:")).expect("the field") + 2;
    let mut end = start;
    loop {
        end += text[end..].find("\r\n").expect("a line") + 2;
        if !text[end..].starts_with([' ', '\t']) {
            return format!("{}{}", &text[..start], &text[end..]);
        }
    }
}

fn before_field(text: &str, name: &str, line: &str) -> String {
    swap(text, &format!("\r\n{name}:"), &format!("\r\n{line}\r\n{name}:"))
}

/// Decodes a part, changes it and writes it in base64.
fn in_part(message: &str, kind: &str, change: impl Fn(&str) -> String) -> String {
    let head = format!("Content-Type: {kind}; charset=utf-8\r\nContent-Transfer-Encoding: ");
    let at = message.find(&head).expect("the part") + head.len();
    let (encoding, rest) = message[at..].split_once("\r\n\r\n").expect("a blank line");
    let end = rest.find("\r\n--=_").expect("the end of the part");
    let text = match encoding {
        "base64" => BASE64.decode(rest[..end].replace("\r\n", "")).expect("base64"),
        _ => unquoted(&rest[..end]),
    };
    let text = String::from_utf8(text).expect("text");
    let changed = change(&text);
    assert_ne!(changed, text, "nothing was changed");
    let lines: Vec<_> =
        BASE64.encode(changed).as_bytes().chunks(76).map(|c| String::from_utf8_lossy(c).into_owned()).collect();
    format!("{}base64\r\n\r\n{}\r\n{}", &message[..at], lines.join("\r\n"), &rest[end..])
}

fn unquoted(text: &str) -> Vec<u8> {
    let joined = text.replace("=\r\n", "");
    let bytes = joined.as_bytes();
    let (mut out, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        if bytes[at] == b'=' {
            out.push(u8::from_str_radix(&joined[at + 1..at + 3], 16).expect("two digits"));
            at += 3;
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    out
}

fn in_html(message: &str, change: impl Fn(&str) -> String) -> String {
    in_part(message, "text/html", change)
}

fn in_text(message: &str, change: impl Fn(&str) -> String) -> String {
    in_part(message, "text/plain", change)
}

/// The last link of a text that begins with the letter's path.
fn link<'a>(text: &'a str, letter: &str) -> &'a str {
    let at = text.rfind(&format!("https://abcdefghijklmnopqrstuvwxyz.example/{letter}/")).expect("a link");
    &text[at..at + 67]
}

const HEADER: [(&str, Change); 34] = [
    ("M1 second From", |m| before_field(m, "Subject", "From: other@muster.example")),
    ("M1 second Subject", |m| before_field(m, "To", "Subject: x")),
    ("M1 second Date", |m| before_field(m, "To", "Date: Sat, 21 Nov 2026 20:00:00 +0000")),
    ("M1 no Date", |m| without_field(m, "Date")),
    ("M1 no To", |m| without_field(m, "To")),
    ("M1 no Subject", |m| without_field(m, "Subject")),
    ("M1 a field of nobody", |m| before_field(m, "To", "X-Anything: 1")),
    ("M3 no Message-ID", |m| without_field(m, "Message-ID")),
    ("M3 other Message-ID", |m| swap(m, "\r\nMessage-ID: <", "\r\nMessage-ID: <x")),
    ("T8 second recipient", |m| {
        swap(m, "\r\nTo: reader@leser.example", "\r\nTo: reader@leser.example, b@leser.example")
    }),
    ("T8 other recipient", |m| swap(m, "\r\nTo: reader@", "\r\nTo: leader@")),
    ("T8 Cc", |m| before_field(m, "To", "Cc: b@leser.example")),
    ("T8 Bcc", |m| before_field(m, "To", "Bcc: b@leser.example")),
    ("R50 other From", |m| swap(m, "<erika@muster.example>", "<erika@other.example>")),
    ("R50 other Reply-To", |m| before_field(m, "To", "Reply-To: b@muster.example")),
    ("D9 Sender", |m| before_field(m, "To", "Sender: b@muster.example")),
    ("R25 subject of a reply", |m| {
        swap(&without_field(m, "Subject"), "\r\nMessage-ID:", "\r\nSubject: Re: x\r\nMessage-ID:")
    }),
    ("R25 encoded subject of a reply", |m| {
        swap(&without_field(m, "Subject"), "\r\nMessage-ID:", "\r\nSubject: =?utf-8?B?UmU6IHg=?=\r\nMessage-ID:")
    }),
    ("R34 no List-Unsubscribe", |m| without_field(m, "List-Unsubscribe")),
    ("U1 second List-Unsubscribe", |m| before_field(m, "List-Unsubscribe", "List-Unsubscribe: <https://x.example/>")),
    ("U2 foreign link", |m| swap(m, "<https://abc", "<https://xbc")),
    ("R35 no mailbox", |m| swap(m, "<mailto:u.", "<mailto:v.")),
    ("U3 no one-click", |m| without_field(m, "List-Unsubscribe-Post")),
    ("U3 other one-click", |m| swap(m, "List-Unsubscribe=One-Click", "List-Unsubscribe=Two-Click")),
    ("U13 no List-Id", |m| without_field(m, "List-Id")),
    ("U13 other List-Id", |m| swap(m, "<t3.a7.list.", "<t4.a7.list.")),
    ("U14 List-Post", |m| swap(m, "\r\nList-Post: NO", "\r\nList-Post: <mailto:x@muster.example>")),
    ("F12 no Feedback-ID", |m| without_field(m, "Feedback-ID")),
    ("F12 other Feedback-ID", |m| swap(m, ":jawort7", ":jawort8")),
    ("F9 no CFBL-Address", |m| without_field(m, "CFBL-Address")),
    ("F9 other CFBL-Address", |m| swap(m, "fbl@jawort.example; report=arf", "fbl@other.example; report=arf")),
    ("F10 other CFBL-Feedback-ID", |m| swap(m, "\r\nCFBL-Feedback-ID: ", "\r\nCFBL-Feedback-ID: a")),
    ("M6 no MIME-Version", |m| without_field(m, "MIME-Version")),
    ("M6 other boundary", |m| swap(m, "boundary=\"=_", "boundary=\"=__")),
];

const SIGNATURES: [(&str, Change); 11] = [
    ("A1 no signature of the author", |m| m[m.find("\r\nDKIM-Signature").expect("second") + 2..].to_owned()),
    ("A2 no Ed25519", |m| swap(m, "a=ed25519-sha256", "a=rsa-sha256")),
    ("A1 SHA-1", |m| swap(m, "a=rsa-sha256", "a=rsa-sha1")),
    ("A4 other domain", |m| swap(m, "d=muster.example", "d=other.example")),
    ("A3 From not oversigned", |m| swap(m, "h=From:From:", "h=From:")),
    ("U4 List-Unsubscribe not signed", |m| m.replacen("List-Unsubscribe:List-Unsubscribe:", "List-Help:List-Help:", 1)),
    ("A3 length tag", |m| swap(m, "DKIM-Signature: v=1;", "DKIM-Signature: v=1; l=10;")),
    ("A3 simple body", |m| swap(m, "c=relaxed/relaxed", "c=relaxed/simple")),
    ("A7 no DomainKeys", |m| without_field(m, "DomainKey-Signature")),
    ("A7 other DomainKeys domain", |m| {
        let at = m.find("DomainKey-Signature").expect("it");
        format!("{}{}", &m[..at], swap(&m[at..], "d=muster.example", "d=other.example"))
    }),
    ("A8 DomainKeys above DKIM", |m| {
        let at = m.find("DomainKey-Signature").expect("it");
        let end = at + m[at..].find("\r\nDate:").expect("behind") + 2;
        format!("{}{}{}", &m[at..end], &m[..at], &m[end..])
    }),
];

const WIRE: [(&str, Change); 8] = [
    ("T1 bare LF", |m| swap(m, "\r\nTo:", "\nTo:")),
    ("T1 bare CR", |m| swap(m, "\r\nTo:", "\r\r\nTo:")),
    ("T1 NUL", |m| swap(m, "\r\nTo:", "\0\r\nTo:")),
    ("M2 long line", |m| format!("{m}{}\r\n", "x".repeat(999))),
    ("M2 unfinished", |m| m.trim_end().to_owned()),
    ("M6 a third part", |m| {
        let b = &m[m.rfind("--=_").expect("boundary")..];
        let b = b.trim_end().trim_end_matches("--");
        m.replace(&format!("{b}--"), &format!("{b}\r\nContent-Type: text/plain\r\n\r\nx\r\n{b}--"))
    }),
    ("M6 HTML first", |m| {
        m.replace("text/plain", "text/other").replace("text/html", "text/plain").replace("text/other", "text/html")
    }),
    ("M5 octet over 126", |m| swap(m, "\r\nSubject: ", "\r\nSubject: \u{e4}")),
];

const BODY: [(&str, Change); 36] = [
    ("R26 no link in HTML", |m| {
        in_html(m, |h| {
            let l = link(h, "u").to_owned();
            h.replace(&l, "https://muster.example/")
        })
    }),
    ("R38 no preferences in HTML", |m| {
        in_html(m, |h| {
            let l = link(h, "p").to_owned();
            h.replace(&l, "https://muster.example/")
        })
    }),
    ("R26 no link in text", |m| {
        in_text(m, |t| {
            let l = link(t, "u").to_owned();
            t.replace(&l, "https://muster.example/")
        })
    }),
    ("R38 no preferences in text", |m| {
        in_text(m, |t| {
            let l = link(t, "p").to_owned();
            t.replace(&l, "")
        })
    }),
    ("R33 a link with company on its line", |m| {
        in_text(m, |t| {
            let l = link(t, "u").to_owned();
            t.replace(&l, &format!("{l} x"))
        })
    }),
    ("R33 a broken link", |m| {
        in_text(m, |t| {
            let l = link(t, "u").to_owned();
            t.replace(&l, &format!("{}\n{}", &l[..30], &l[30..]))
        })
    }),
    ("R26 link only at the beginning of the text", |m| {
        in_text(m, |t| {
            let l = link(t, "u").to_owned();
            format!("{l}\n{}", t.replace(&l, ""))
        })
    }),
    ("R26 something behind the text block", |m| in_text(m, |t| format!("{t}\nmore"))),
    ("R46 legal notice in text", |m| in_text(m, |t| swap(t, "Beispielweg 5", "Postfach 5"))),
    ("R46 legal notice in HTML", |m| in_html(m, |h| swap(h, "Beispielweg 5", "Postfach 5"))),
    ("R46 a line gone from the HTML", |m| in_html(m, |h| swap(h, "HRB 1234", ""))),
    ("R26 block in a comment", |m| {
        in_html(m, |h| swap(h, "</div><div style=\"display:block;clear", "</div><!--<div style=\"display:block;clear"))
    }),
    ("R26 comment opened before the block", |m| in_html(m, |h| swap(h, "Bild", "Bild\"><!--"))),
    ("R26 container not closed", |m| {
        in_html(m, |h| swap(h, "</div><div style=\"display:block;clear", "<div style=\"display:block;clear"))
    }),
    ("R26 container closed too early", |m| in_html(m, |h| swap(h, "<table", "</div><table"))),
    ("R26 block hidden", |m| {
        in_html(m, |h| swap(h, "<div style=\"display:block;clear", "<div hidden style=\"display:block;clear"))
    }),
    ("R26 block in a hidden element", |m| {
        in_html(m, |h| {
            swap(
                h,
                "</div><div style=\"display:block;clear",
                "</div><div style=\"display:none\"><div style=\"display:block;clear",
            )
        })
    }),
    ("R26 block style weakened", |m| {
        in_html(m, |h| {
            swap(h, "clear:both;margin:0;padding:16px;color:#333333", "clear:both;margin:0;padding:16px;color:#ffffff")
        })
    }),
    ("R26 link style weakened", |m| in_html(m, |h| swap(h, " style=\"color:#0645ad", " style=\"color:#ffffff"))),
    ("R26 link without words", |m| {
        in_html(m, |h| {
            let at = h.rfind("</a>").expect("a link");
            let from = h[..at].rfind('>').expect("a tag") + 1;
            format!("{}{}", &h[..from], &h[at..])
        })
    }),
    ("R26 body hidden", |m| in_html(m, |h| swap(h, "<body style=\"", "<body hidden style=\""))),
    ("R26 root style gone", |m| {
        in_html(m, |h| {
            swap(h, "display:block!important;visibility:visible!important", "display:block;visibility:visible")
        })
    }),
    ("R26 style of the customer reaches the block", |m| {
        in_html(m, |h| swap(h, ".h{color:#006600}", "div{display:none!important}"))
    }),
    ("R26 style not closed", |m| in_html(m, |h| swap(h, "</style>", ""))),
    ("R26 script in the head", |m| in_html(m, |h| swap(h, "</head>", "<script>x</script></head>"))),
    ("R26 base in the head", |m| in_html(m, |h| swap(h, "</head>", "<base href=\"https://x.example/\"></head>"))),
    ("R26 textarea", |m| in_html(m, |h| swap(h, "Ein Absatz", "<textarea>Ein Absatz"))),
    ("R26 plaintext", |m| in_html(m, |h| swap(h, "Ein Absatz", "<plaintext>"))),
    ("R26 open attribute", |m| in_html(m, |h| swap(h, "alt=\"Bild\"", "alt=\"Bild"))),
    ("R26 event handler", |m| in_html(m, |h| swap(h, "alt=\"Bild\"", "alt=\"Bild\" onload=\"x\""))),
    ("R26 position fixed", |m| in_html(m, |h| swap(h, "alt=\"Bild\"", "alt=\"Bild\" style=\"position:fixed\""))),
    ("R26 second block", |m| {
        in_html(m, |h| {
            let at = h.rfind("<div style=\"display:block;clear").expect("block");
            let b = h[at..].trim_end_matches("</body></html>");
            format!("{}{b}{}", &h[..at], &h[at..])
        })
    }),
    ("R26 something behind the block", |m| in_html(m, |h| swap(h, "</body></html>", "<p>more</p></body></html>"))),
    ("R26 a foreign link in the block", |m| {
        in_html(m, |h| {
            let at = h.rfind("<br>").expect("a line");
            format!("{}<a href=\"https://x.example/\">x</a>{}", &h[..at], &h[at..])
        })
    }),
    ("R26 a picture in the block", |m| {
        in_html(m, |h| {
            let at = h.rfind("<br>").expect("a line");
            format!("{}<img src=\"https://x.example/\">{}", &h[..at], &h[at..])
        })
    }),
    ("R26 document without end", |m| in_html(m, |h| swap(h, "</body></html>", ""))),
];

fn must_notice(mail: &Mail, changes: &[(&str, Change)]) {
    let gate = gate();
    let look = |bytes: &[u8]| gate.inspect(bytes, &mail.candidate, &mail.facts, &keys(), NOW);
    let bytes = mail.clone().bytes(&gate);
    assert_eq!(look(&bytes), Ok(()));
    let message = String::from_utf8(bytes).expect("ASCII");
    for (name, change) in changes {
        let changed = change(&message);
        assert_ne!(changed, message, "{name} changes nothing");
        let found = look(changed.as_bytes());
        assert!(matches!(found, Err(Refusal::DutyBroken { .. })), "{name} was not noticed: {found:?}");
    }
}

/// Proves R25, R34, R35, R36, R50, M1, M3, U1, U2, U3, U13, U14, F9, F10, F12, T8: no field can be
/// missing, doubled or other than it must be.
#[test]
fn r34_r50_m1_u1_broken_header_fields_are_noticed() {
    must_notice(&newsletter(html(HTML)), &HEADER);
}

/// Proves A1, A2, A3, A4, A7, A8, U4.
#[test]
fn r64_a3_u4_broken_signature_fields_are_noticed() {
    must_notice(&newsletter(html(HTML)), &SIGNATURES);
}

/// Proves T1, M2, M5, M6.
#[test]
fn t1_m2_m6_broken_bytes_are_noticed() {
    must_notice(&newsletter(html(HTML)), &WIRE);
}

/// Proves R26, R28, R33, R38, R46, R47: whatever is taken from either part, or put around the
/// block, is noticed.
#[test]
fn r26_r28_r33_r38_r46_broken_parts_are_noticed() {
    must_notice(&newsletter(html(HTML)), &BODY);
}

/// Proves M8 for autoresponders, D13 for test mails, L2, L3 and C2 for confirmation mails.
#[test]
fn m8_d13_l3_duties_of_other_purposes_are_noticed() {
    must_notice(
        &autoresponder(markdown(MARKDOWN)),
        &[
            ("M8 no Auto-Submitted", |m| without_field(m, "Auto-Submitted")),
            ("M8 other Auto-Submitted", |m| swap(m, "auto-generated", "auto-replied")),
        ],
    );
    must_notice(
        &test_mail(html(HTML)),
        &[
            ("D13 no List-Unsubscribe", |m| without_field(m, "List-Unsubscribe")),
            ("D13 no link", |m| {
                in_html(m, |h| {
                    let l = link(h, "u").to_owned();
                    h.replace(&l, "https://muster.example/")
                })
            }),
        ],
    );
    must_notice(
        &confirmation(),
        &[
            ("M8 no Auto-Submitted", |m| without_field(m, "Auto-Submitted")),
            ("C2 no Form-Sub", |m| without_field(m, "Form-Sub")),
            ("C2 other address", |m| swap(m, "ip=192.0.2.7", "ip=192.0.2.8")),
            ("D13 no List-Unsubscribe", |m| without_field(m, "List-Unsubscribe")),
            ("L3 Precedence", |m| before_field(m, "To", "Precedence: bulk")),
            ("L3 a third link in the text", |m| in_text(m, |t| format!("https://muster.example/\n{t}"))),
            ("L3 no confirmation link in the text", |m| {
                in_text(m, |t| {
                    let l = link(t, "c").to_owned();
                    t.replace(&l, "")
                })
            }),
            ("L3 a third link in the HTML", |m| {
                in_html(m, |h| {
                    swap(
                        h,
                        "16px;line-height:24px\">",
                        "16px;line-height:24px\"><a href=\"https://muster.example/\">x</a>",
                    )
                })
            }),
            ("L2 a picture", |m| {
                in_html(m, |h| {
                    swap(
                        h,
                        "16px;line-height:24px\">",
                        "16px;line-height:24px\"><img src=\"https://muster.example/b.png\">",
                    )
                })
            }),
            ("R16 no confirmation link in the HTML", |m| {
                in_html(m, |h| {
                    let l = link(h, "c").to_owned();
                    h.replace(&l, "https://muster.example/")
                })
            }),
            ("D13 no way to say that was not me", |m| {
                in_html(m, |h| {
                    let l = link(h, "u").to_owned();
                    h.replace(&l, "https://muster.example/")
                })
            }),
            ("R46 no legal notice", |m| in_text(m, |t| swap(t, "Beispielweg", "Postfach"))),
        ],
    );
}
