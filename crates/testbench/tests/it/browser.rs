//! The browser's input is trusted, as that of a hand.

use testbench::browser::Browser;

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_types_clicks_and_moves_as_a_person_does() {
    let browser = match Browser::start().await {
        Ok(browser) => browser,
        Err(error) => return testbench::not_run(error),
    };
    let page = "data:text/html,<input id=i><button id=b>Go</button><p id=p></p><script>\
        b.onclick = e => p.textContent = i.value + e.isTrusted;\
        onpointermove = e => document.title = 'moved ' %2b e.isTrusted</script>";
    browser.open(page).await.expect("opens");
    browser.type_into("#i", "ja").await.expect("types");
    browser.click("#b").await.expect("clicks");
    assert!(browser.text().await.expect("text").contains("jatrue"));
    browser.move_pointer().await.expect("moves");
    let title = browser.run("return document.title").await.expect("runs");
    assert_eq!(title, "moved true");
    let file = std::env::temp_dir().join(format!("jawort-shot.{}.png", std::process::id()));
    browser.screenshot(&file).await.expect("a picture");
    let bytes = std::fs::read(&file).expect("written");
    let _ = std::fs::remove_file(&file);
    assert!(bytes.starts_with(b"\x89PNG"));
}
