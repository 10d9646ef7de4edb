//! A browser draws every hostile template that was accepted: is the block there, on top, and to be
//! clicked?

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::hostile::ACCEPTED;
use crate::judge::{Folder, not_run};
use crate::world::{HTML, Mail, NOW, confirmation, gate, html, newsletter};

const BROWSER: &str = "/usr/bin/chromium";

/// Draws each mail in a frame of its own and writes what it finds into the page as JSON.
const MEASURE: &str = r#"
const told = [];
function sight(frame) {
  const view = frame.contentWindow, page = frame.contentDocument, faults = [];
  const say = (what) => faults.push(what);
  const block = page.body.lastElementChild;
  for (const element of [page.documentElement, page.body, block, ...block.querySelectorAll('a')]) {
    const style = view.getComputedStyle(element), name = element.tagName;
    if (style.display === 'none' || style.display === 'contents') say(name + ' display ' + style.display);
    if (style.visibility !== 'visible') say(name + ' visibility');
    if (style.opacity !== '1') say(name + ' opacity');
    for (const property of ['transform', 'filter', 'clipPath', 'rotate', 'scale', 'translate', 'perspective', 'maskImage', 'animationName'])
      if (style[property] !== 'none') say(name + ' ' + property + ' ' + style[property]);
    if (name !== 'A' && style.textDecorationLine !== 'none') say(name + ' decoration');
    if (style.scrollSnapType !== 'none' || style.touchAction !== 'auto') say(name + ' scrolling');
    if (style.outlineStyle !== 'none' || style.webkitMaskBoxImageSource !== 'none') say(name + ' outline or mask');
    if (style.interactivity && style.interactivity !== 'auto') say(name + ' inert');
    if (style.writingMode !== 'horizontal-tb') say(name + ' writing mode');
    for (const pseudo of ['::before', '::after']) {
      const content = view.getComputedStyle(element, pseudo).content;
      if (content !== 'none' && content !== 'normal') say(name + pseudo + ' ' + content);
    }
  }
  const own = view.getComputedStyle(block);
  if (own.color !== 'rgb(51, 51, 51)' || own.backgroundColor !== 'rgb(255, 255, 255)') say('colours of the block');
  if (own.fontSize !== '14px' || own.webkitTextFillColor !== 'rgb(51, 51, 51)' || own.letterSpacing !== 'normal') say('letters of the block');
  if (own.pointerEvents !== 'auto') say('pointer events');
  const box = block.getBoundingClientRect();
  if (box.width < 400 || box.height < 150) say('size ' + box.width + 'x' + box.height);
  if (box.left < 0 || box.right > view.innerWidth + 1) say('sides ' + box.left + ' ' + box.right);
  const links = [...block.querySelectorAll('a')];
  if (!links.length) say('no links');
  for (const link of links) {
    link.scrollIntoView({ block: 'center', behavior: 'instant' });
    const at = link.getClientRects()[0];
    if (!at || at.width < 30 || at.height < 10) { say('link size'); continue; }
    const style = view.getComputedStyle(link);
    if (style.color !== 'rgb(6, 69, 173)' || style.fontSize !== '14px') say('letters of a link');
    for (const x of [at.left + 3, at.left + at.width / 2, at.right - 3])
      if (page.elementFromPoint(x, at.top + at.height / 2) !== link) say('link covered at ' + Math.round(x));
  }
  for (const text of [...block.childNodes].filter((n) => n.nodeType === 3 && n.data.trim())) {
    const range = page.createRange(); range.selectNode(text);
    const at = range.getClientRects()[0];
    if (!at) { say('a line without a place'); continue; }
    view.scrollTo(0, at.top + view.scrollY - 200);
    const now = range.getClientRects()[0];
    if (page.elementFromPoint(now.left + 4, now.top + now.height / 2) !== block) say('a line is covered');
  }
  return faults;
}
async function run() {
  for (const mail of MAILS) {
    const frame = document.createElement('iframe');
    frame.width = 800; frame.height = 600;
    const loaded = new Promise((done) => { frame.onload = done; });
    frame.srcdoc = mail;
    document.body.append(frame);
    await loaded;
    try { told.push(sight(frame)); } catch (error) { told.push(['error ' + error]); }
    frame.remove();
  }
  document.getElementById('told').textContent = JSON.stringify(told);
}
run();
"#;

fn page(mails: &[String]) -> String {
    let list = serde_json::to_string(mails)
        .expect("text")
        .replace("</", "<\\/")
        .replace("<!--", "\\u003c!--")
        .replace("<script", "\\u003cscript");
    format!(
        "<!DOCTYPE html><meta charset=utf-8><body><pre id=told></pre><script>const MAILS = {list};\n{MEASURE}</script>"
    )
}

fn sights(mails: &[String]) -> Vec<Vec<String>> {
    let folder = Folder::new("chromium");
    let file = folder.write("page.html", page(mails).as_bytes());
    let profile = folder.0.join("profile");
    let output = Command::new(BROWSER)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
        ])
        .args([
            "--disable-component-update",
            "--disable-sync",
            "--host-resolver-rules=MAP * ~NOTFOUND",
            "--virtual-time-budget=60000",
        ])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg("--dump-dom")
        .arg(format!("file://{}", file.display()))
        .output()
        .expect("the browser runs");
    let dom = String::from_utf8_lossy(&output.stdout);
    let told = dom
        .split_once("<pre id=\"told\">")
        .and_then(|(_, rest)| rest.split_once("</pre>"))
        .map_or("", |(told, _)| told);
    let told = told.replace("&gt;", ">").replace("&lt;", "<").replace("&amp;", "&");
    let parsed: Value = serde_json::from_str(&told)
        .unwrap_or_else(|e| panic!("{e}: {told:?} {}", String::from_utf8_lossy(&output.stderr)));
    let texts =
        |v: &Value| v.as_array().expect("a list").iter().map(|t| t.as_str().unwrap_or("?").to_owned()).collect();
    parsed.as_array().expect("a list").iter().map(texts).collect()
}

/// Proves R26, R28, R47: in a browser, the block of every accepted hostile template is drawn, has
/// its own colours and letters, and its links lie on top; the same measurement finds fault with a
/// block whose protection was taken away.
#[test]
fn r26_r28_r47_a_browser_shows_the_block_of_every_accepted_template() {
    if !Path::new(BROWSER).exists() {
        return not_run("the browser's look at hostile templates (chromium is absent)");
    }
    let gate = gate();
    let shown = |mail: Mail| gate.preview(&mail.candidate, &mail.facts, NOW).expect("composed").html;
    let mut names: Vec<&str> = ACCEPTED.to_vec();
    let mut mails: Vec<String> = ACCEPTED.iter().map(|body| shown(newsletter(html(body)))).collect();
    names.push(HTML);
    mails.push(shown(newsletter(html(HTML))));
    names.push("a confirmation mail");
    mails.push(shown(confirmation()));
    let sound = mails.len();
    // What the measurement must find: a block whose style was weakened under a hostile sheet.
    mails.push(
        mails[0]
            .replace("all:initial!important;", "")
            .replace("!important", "")
            .replace("</head>", "<style>div{display:none!important}</style></head>"),
    );
    mails.push(mails[0].replace("z-index:2147483647!important", "z-index:0!important").replace(
        "<p>a</p>",
        "<p>a</p></div><div style=\"position:fixed;top:0;left:0;width:100%;height:100%;z-index:9;background:#fff\">",
    ));
    mails.push(mails[0].replace(
        "</head>",
        "<style>body::after{content:'x';position:fixed;inset:0;background:#fff;z-index:2147483647}</style></head>",
    ));
    let found = sights(&mails);
    assert_eq!(found.len(), mails.len());
    for (number, faults) in found.iter().enumerate() {
        if number < sound {
            assert!(faults.is_empty(), "{}\n{faults:?}", names[number]);
        } else {
            assert!(!faults.is_empty(), "the measurement is blind to weakened block {}", number - sound);
        }
    }
}
