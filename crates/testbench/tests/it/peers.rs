//! The scripted SMTP dialog and the HTTP client.

use testbench::{dialog, http};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

#[tokio::test]
async fn a_dialog_that_goes_otherwise_fails_at_its_line() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a peer");
        stream.write_all(b"220-one\r\n220 two\r\n").await.expect("written");
        let mut line = [0; 8];
        stream.read_exact(&mut line).await.expect("a line");
        stream.write_all(b"421 go\r\n").await.expect("written");
        line
    });
    let script = "S: 220 two\nS- 220-one\nC> Q\\x51\\r\\n\\x00\\xffab\nS: 221*";
    let error = dialog::run(address, script).await.expect_err("421 is not 221");
    assert_eq!(error.line, 4);
    assert_eq!(error.transcript.last().map(String::as_str), Some("S: 421 go"));
    assert_eq!(&server.await.expect("no panic"), b"QQ\r\n\0\xffab");
}

#[tokio::test]
async fn the_http_client_sends_what_it_says_and_follows_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a peer");
        let mut request = Vec::new();
        while !request.ends_with(b"a=1+2") {
            assert!(stream.read_buf(&mut request).await.expect("read") > 0, "cut off");
        }
        stream
            .write_all(
                b"HTTP/1.1 303 See Other\r\nLocation: /next\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
            )
            .await
            .expect("written");
        String::from_utf8(request).expect("text")
    });
    let client = http::Client::new(address).host("www.example.com").token("t");
    let response = client.post_form("/form", &[("a", "1 2")]).await.expect("an answer");
    assert_eq!((response.status, response.header("location")), (303, Some("/next")));
    assert_eq!(response.text(), "hi");
    let request = server.await.expect("no panic");
    assert!(
        request.starts_with("POST /form HTTP/1.1\r\nHost: www.example.com\r\nAuthorization: Bearer t\r\n"),
        "{request}"
    );
    assert!(request.contains("\r\nContent-Length: 5\r\n"), "{request}");
}
