//! Templates of customers who want the signature block gone.

use gate::{Fault, Gate};

use crate::judge::{judge, notices};
use crate::world::{gate, html, newsletter};

/// Refused when they are saved, each with the word of its fault.
pub(crate) const REFUSED: &[(&str, &str)] = &[
    ("<p>a</p><!-- ", "bad_comment"),
    ("<p>a</p><!--> <!-- x", "bad_comment"),
    ("<p>a<!-- x --!><div hidden>", "bad_comment"),
    ("<!-- a <!-- b --> c -->", "bad_comment"),
    ("<p>a</p><![CDATA[ x", "bad_conditional_comment"),
    ("<p>a</p><?php x", "bad_tag"),
    ("<p>a</p><!x", "bad_conditional_comment"),
    ("<p>a</p></", "bad_tag"),
    ("a <</body>", "bad_tag"),
    ("a <", "bad_tag"),
    ("<{% if firstname %}div{% endif %}>", "bad_tag"),
    ("<p>a</p></ div>", "bad_tag"),
    ("<p>a</p></div></div></div>", "stray_end"),
    ("</body></html><p>a</p>", "stray_end"),
    ("<ul><li>a<div>b</ul>c", "unclosed"),
    ("<p>a</p></body></html><div style=\"display:none\">", "outside_body"),
    ("<html><body><p>a</p></body></html><div style=\"display:none\">", "outside_body"),
    ("<html><body><p>a</p></body></html>text", "outside_body"),
    ("<div style=\"display:none\"><p>a</p>", "unclosed"),
    ("<div hidden>a", "unclosed"),
    ("<table><tr><td>a", "unclosed"),
    ("<b><i>a</b></i>", "unclosed"),
    ("<a href=\"https://x.example/\">a", "unclosed"),
    ("<a href=\"https://x.example/\">a<a href=\"https://x.example/\">b</a></a>", "unclosed"),
    ("<font size=1>a", "unclosed"),
    ("<span style=\"font-size:0\">a", "unclosed"),
    ("<style>.a{color:red}", "unclosed"),
    ("<style>.a{color:red}</style <p>a</p>", "bad_tag"),
    ("<style>/* </style><p>a</p>", "style"),
    ("<p title=\"a>text</p><p class=\"b\">", "unclosed_attribute"),
    ("<img src=\"https://x.example/a.png>text", "unclosed_attribute"),
    ("<p class='a>text</p>", "unclosed_attribute"),
    ("<p a=1 a=2>x</p>", "repeated_attribute"),
    ("<p class=a\"b>x</p>", "bad_tag"),
    ("<p/class=a>x</p>", "bad_tag"),
    ("<div/>a", "self_closed"),
    ("<textarea>a", "forbidden_element"),
    ("<title>a", "forbidden_element"),
    ("<xmp>a", "forbidden_element"),
    ("<plaintext>a", "forbidden_element"),
    ("<script>a", "forbidden_element"),
    ("<script>/* </script>a", "forbidden_element"),
    ("<template>a</template>", "forbidden_element"),
    ("<noscript>a</noscript>", "forbidden_element"),
    ("<select><option>a", "forbidden_element"),
    ("<svg><style>a", "forbidden_element"),
    ("<math><mtext><p>a", "forbidden_element"),
    ("<svg><foreignObject><div>a</div></foreignObject></svg>", "forbidden_element"),
    ("<iframe srcdoc=\"x\"></iframe>", "forbidden_element"),
    ("<object data=x>", "forbidden_element"),
    ("<embed src=\"https://x.example/\">", "forbidden_element"),
    ("<noembed>a", "forbidden_element"),
    ("<noframes>a", "forbidden_element"),
    ("<frameset><frame>", "forbidden_element"),
    ("<base href=\"https://evil.example/\"><p>a</p>", "forbidden_element"),
    ("<html><head><base href=\"https://evil.example/\"></head><body>a</body></html>", "forbidden_element"),
    (
        "<html><head><meta http-equiv=\"refresh\" content=\"0;url=https://x.example/\"></head><body>a</body></html>",
        "forbidden_attribute",
    ),
    ("<html><head><script>x</script></head><body>a</body></html>", "forbidden_element"),
    (
        "<html><head><link rel=stylesheet href=\"https://x.example/a.css\"></head><body>a</body></html>",
        "forbidden_element",
    ),
    ("<link rel=stylesheet href=\"https://x.example/a.css\"><p>a</p>", "forbidden_element"),
    ("<form action=\"https://x.example/\"><input></form>", "forbidden_element"),
    ("<dialog open>a</dialog>", "forbidden_element"),
    ("<marquee>a</marquee>", "forbidden_element"),
    ("<body onload=\"x\"><p>a</p></body>", "forbidden_attribute"),
    ("<p onclick=\"x\">a</p>", "forbidden_attribute"),
    ("<img src=\"https://x.example/a.png\" onerror=x>", "forbidden_attribute"),
    ("<div popover>a</div>", "forbidden_attribute"),
    ("<a href=\"javascript:x\">a</a>", "forbidden_link"),
    ("<a href=\" JaVaScRiPt:x\">a</a>", "forbidden_link"),
    ("<a href=\"java&#115;cript:x\">a</a>", "forbidden_link"),
    ("<a href=\"java\nscript:x\">a</a>", "forbidden_link"),
    ("<a href=\"data:text/html,x\">a</a>", "forbidden_link"),
    ("<a href=\"vbscript:x\">a</a>", "forbidden_link"),
    ("<a href=\"//x.example/\">a</a>", "forbidden_link"),
    ("<a href=\"/local\">a</a>", "forbidden_link"),
    ("<a href=\"https://user@x.example/\">a</a>", "forbidden_link"),
    ("<a href=\"{{ firstname }}\">a</a>", "forbidden_link"),
    ("<a href=\"https://{{ firstname }}/\">a</a>", "forbidden_link"),
    ("<a href=https://x.example/{{ firstname }}>a</a>", "field_not_here"),
    ("<p style=\"color:{{ firstname }}\">a</p>", "style"),
    ("<{{ firstname }}>a", "bad_tag"),
    ("<p {{ firstname }}>a</p>", "bad_tag"),
    ("<p class=\"{{ firstname }}\">a</p>", "field_not_here"),
    ("<!-- {{ firstname }} --><p>a</p>", "field_not_here"),
    ("<style>.{{ firstname }}{color:red}</style><p>a</p>", "style"),
    ("{% if firstname %}<div style=\"display:none\">{% endif %}a", "broken_condition"),
    ("{% if firstname %}<!--{% endif %}a", "bad_comment"),
    ("<div>{% if firstname %}</div>{% endif %}a", "stray_end"),
    ("<p title=\"{% if firstname %}\">{% endif %}a</p>", "field_not_here"),
    ("<style>*{display:none!important}</style><p>a</p>", "style"),
    ("<style>div{visibility:hidden}</style><p>a</p>", "style"),
    ("<style>body *{opacity:0!important}</style><p>a</p>", "style"),
    (
        "<style>body::after{content:'';position:absolute;top:0;left:0;right:0;bottom:0;background:#fff}</style><p>a</p>",
        "style",
    ),
    ("<style>div::before{content:'x'}</style><p>a</p>", "style"),
    ("<style>@import url(https://x.example/a.css);</style><p>a</p>", "style"),
    ("<style>@layer a{div{display:none!important}}</style><p>a</p>", "style"),
    ("<style>@font-face{font-family:Arial;src:url(https://x.example/blank.woff2)}</style><p>a</p>", "style"),
    ("<style>.x{position:fixed;inset:0}</style><p class=x>a</p>", "style"),
    ("<div style=\"position:fixed;top:0\">a</div>", "style"),
    ("<div style=\"position:f\\69xed\">a</div>", "style"),
    ("<p style=\"color:red\"></p><style>.a{}<!-- </style>", "style"),
    ("<!--[if mso]></div></div><div style=\"display:none\"><![endif]--><p>a</p>", "stray_end"),
    ("<!--[if mso]><div style=\"display:none\"><![endif]--><p>a</p>", "unclosed"),
    ("<!--[if mso]><!-- x --><p>a</p>", "bad_comment"),
    ("<!--[if mso]><p>a</p> x --><p>a</p>", "bad_conditional_comment"),
    ("<![if !mso]><p>a</p><![endif]>", "bad_conditional_comment"),
    ("<!--[if gte mso 9]><plaintext><![endif]--><p>a</p>", "forbidden_element"),
    ("<p>a\u{0}b</p>", "character"),
    ("<p>a\u{b}b</p>", "character"),
    ("<p>\u{f8f1}0\u{f8f2}</p>", "character"),
    ("", "empty"),
    ("<html><head></head><body>  </body></html>", "empty"),
];

/// Accepted, because they cannot reach the block; what they do they do to themselves.
pub(crate) const ACCEPTED: &[&str] = &[
    "<p>a</p>",
    "a < b and 1 <3",
    "<p>one<p>two<ul><li>x<li>y</ul>",
    "<table><tr><td>a<td>b<tr><td>c</table>",
    "<div style=\"display:none\">a</div>b",
    "<div style=\"height:5000px\">a</div>",
    "<div style=\"margin-bottom:-5000px\">a</div>",
    "<div style=\"margin-top:-5000px;position:relative;z-index:999999\">a</div>",
    "<div style=\"position:absolute;top:0;left:0;width:5000px;height:50000px;background:#ffffff;z-index:2147483647\">a</div>",
    "<div style=\"position:sticky;bottom:0;height:100vh;background:#ffffff\">a</div>",
    "<div style=\"transform:translateY(400px) scale(50);background:#ffffff\">a</div>",
    "<div style=\"float:left;width:100%;height:3000px;background:#fff\">a</div>",
    "<div style=\"box-shadow:0 0 0 9999px #fff;outline:9999px solid #fff\">a</div>",
    "<div style=\"filter:drop-shadow(0 500px 0 #fff);mix-blend-mode:difference;background:#fff\">a</div>",
    "<style>.x{position:absolute;inset:0;background:#fff;z-index:99999;height:9999px}</style><div class=x>a</div>",
    "<style>.x::before{content:'';position:absolute;top:0;left:0;width:9999px;height:9999px;background:#fff}</style><div class=x>a</div>",
    "<style>body{background:#fff;color:#fff;font-size:1px;margin:-500px;padding:9999px}</style><p>a</p>",
    "<style>*{color:#fff!important;background:#fff!important}</style><p>a</p>",
    "<style>a{color:#fff!important;font-size:1px!important;pointer-events:none}</style><p>a</p>",
    "<style>div{margin-left:-9999px!important;letter-spacing:-1em;float:right}</style><p>a</p>",
    "<style>div{animation:x 1s infinite}@keyframes x{to{opacity:0;transform:scale(0)}}</style><p>a</p>",
    "<style>body{transition:all 9s;perspective:1px;rotate:90deg;translate:0 -9999px}</style><p>a</p>",
    "<style>html{writing-mode:vertical-rl;columns:9;direction:rtl}body{display:grid;grid-template-rows:0 0}</style><p>a</p>",
    "<style>body>:last-child{color:#fff;width:1px!important;user-select:none;cursor:none}</style><p>a</p>",
    "<style>@media all{body{height:100%;overflow:hidden;width:1px}}</style><p>a</p>",
    "<style>br{line-height:9999px}</style><p>a</p>",
    "<style>body{text-decoration:line-through 30px #fff}html{text-decoration:underline #fff 40px}</style><p>a</p>",
    "<style>body{outline:2000px solid #fff;outline-offset:-2000px}</style><p>a</p>",
    "<style>body{-webkit-mask-box-image:url(https://x.example/a.png)}html{-webkit-mask-box-image-source:linear-gradient(transparent,transparent)}</style><p>a</p>",
    "<style>html{scroll-snap-type:y mandatory;touch-action:none;interactivity:inert}.x{scroll-snap-align:start}</style><p class=x>a</p>",
    "<style>div{-webkit-text-security:disc;font:1px/1px Wingdings!important;text-transform:full-width;unicode-bidi:bidi-override;direction:rtl}</style><p>a</p>",
    "<style>div{-webkit-box-reflect:below;will-change:transform;inset:0;order:-1;margin:-9999px!important}</style><p>a</p>",
    "<style>html{columns:9;zoom:normal;height:100vh;line-height:9999px;word-spacing:9999px}</style><p>a</p>",
    "<html><head><style>html,body{contain:strict;container-type:size;zoom:normal;mix-blend-mode:difference}</style></head><body><p>a</p></body></html>",
    "<html><head><style>body{background-image:url(https://x.example/cover.png);border:900px solid #fff}</style></head><body style=\"display:none\" class=x><p>a</p></body></html>",
    "<html><head><title></head><body></title><meta charset=utf-8></head><body bgcolor=\"#fff\"><p>a</p></body></html>",
    "<p>unsubscribe</p><p>\u{202e}abc</p>",
    "<center><table width=\"100%\"><tr><td><font color=\"#ffffff\">a</font></td></tr></table></center>",
    "<!--[if mso]><table><tr><td><![endif]--><div>a</div><!--[if mso]></td></tr></table><![endif]-->",
    "<!--[if mso]><v:roundrect style=\"width:10px\"><w:anchorlock/><center>a</center></v:roundrect><![endif]--><!--[if !mso]><!--><p>b</p><!--<![endif]-->",
    "<div title=\"&lt;!--\">a</div><!-- </div></body></html> -->",
    "<p>____________________________________________________________</p>",
    "<pre>\n____________________________________________________________\nb</pre>",
    "<table><div>fostered</div><tr><td>a</td></tr></table>",
    "<p><span><div>a</div></span>",
    "<p>a</p></body></html>",
    "<ul><li>a<div>b</div></ul>c",
    "{% if firstname %}<p>a</p>{% else %}<div>b</div>{% endif %}",
    "<a href=\"https://x.example/?n={{ firstname }}\" title=\"{{ firstname }}\">{{ firstname }}</a>",
    "<img src=\"data:image/png;base64,AAAA\" alt=\"x\"><img src=\"https://x.example/a.png\" width=1 height=1>",
];

/// Values that try what templates may not.
const VALUES: &[&str] = &[
    "<!--",
    "--><script>",
    "</div></div><div style=\"display:none\">",
    "\"><plaintext>",
    "{{ 1 }}{% if x %}",
    "' onload='x",
    "\r\nBcc: x@y.example",
    "\u{f8f1}0\u{f8f2}",
    "&lt;b&gt;",
    "</style>",
    "javascript:x",
    "\u{202e}",
    "\0\u{1}",
    "\u{2028}",
    "ä€😀",
    "",
];

/// Proves R26, R27, R28, R47: a template that could hide or drop the block is refused when it is
/// saved, with its line and the word of its fault.
#[test]
fn r26_r28_r47_hostile_templates_are_refused_at_save() {
    for (body, word) in REFUSED {
        let problems = Gate::check_content(&html(body), &["firstname"]);
        let words: Vec<_> = problems.iter().map(|p| p.fault.word()).collect();
        assert!(words.contains(word), "{body}\nshould be {word}, is {words:?}");
        assert!(newsletter(html(body)).release(&gate()).is_err(), "{body} was released");
    }
}

/// Proves R26, R28: what is accepted is released with every duty, whatever the fields hold.
#[test]
fn r26_r28_accepted_templates_keep_every_duty() {
    let gate = gate();
    let mut mails = Vec::new();
    for (number, body) in ACCEPTED.iter().enumerate() {
        assert_eq!(Gate::check_content(&html(body), &["firstname"]), [], "{body}");
        for (other, value) in VALUES.iter().enumerate() {
            let mut mail = newsletter(html(body));
            mail.to(number);
            if let policy::PersonFacts::Contact(contact) = &mut mail.facts.person {
                contact.fields.insert("firstname".into(), (*value).into());
            }
            let released = mail.release(&gate).unwrap_or_else(|refusal| panic!("{body}\n{value:?}: {refusal}"));
            if other == number % VALUES.len() {
                mails.push((format!("{number:06}-newsletter.eml"), released.bytes().to_vec()));
            }
        }
    }
    judge("hostile", &mails, &notices());
}

/// Proves R28: every way through the conditions is looked at when a mailing is saved.
#[test]
fn r28_every_branch_is_checked_at_save() {
    let body = "{% if a %}{% if b %}fine{% else %}[x](javascript:y){% endif %}{% endif %}";
    let problems = Gate::check_content(&crate::world::markdown(body), &["a", "b"]);
    assert_eq!(problems.iter().map(|p| p.fault.word()).collect::<Vec<_>>(), ["forbidden_link"]);
    let body = "{% if a %}a{% else %} {% endif %}";
    assert_eq!(Gate::check_content(&html(body), &["a"])[0].fault.word(), "empty");
}

/// Elements as deep as they may be are rendered on the stack of an ordinary thread.
#[test]
fn d6_the_deepest_nesting_is_rendered() {
    let nested = |open: &str, close: &str, depth: usize| format!("{}x{}", open.repeat(depth), close.repeat(depth));
    for body in [
        nested("<div>", "</div>", 120),
        nested("<table><tr><td>", "</td></tr></table>", 40),
        nested("<blockquote>", "</blockquote>", 120),
        nested("<ul><li>", "</li></ul>", 60),
    ] {
        newsletter(html(&body)).bytes(&gate());
    }
}

/// Proves D6: what is too large is refused in words, and the place of a fault is told.
#[test]
fn d6_faults_are_told_with_line_and_column() {
    let problems = Gate::check_content(&html(&"a".repeat(10_000_000)), &[]);
    assert!(matches!(problems[0].fault, Fault::TooLarge(gate::MAX_BODY)), "{problems:?}");
    let problems = Gate::check_content(&html("<p>äö</p>\n<p>ä {{ firstname }} <div id=x>"), &["firstname"]);
    assert_eq!((problems[0].line, problems[0].column, problems[0].fault.word()), (2, 22, "unclosed"), "{problems:?}");
    let problems = Gate::check_content(&html("<p>\n  {{ frstname }}</p>"), &["firstname"]);
    assert_eq!(problems[0].to_string(), "Line 2, column 3: There is no field frstname. The fields are: firstname.");
    let deep = format!("{}{}", "<div>".repeat(5000), "</div>".repeat(5000));
    assert_eq!(Gate::check_content(&html(&deep), &[])[0].fault.word(), "too_deep");
}
