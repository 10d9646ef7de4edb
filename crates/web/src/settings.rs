//! Settings of the web door. The public address is the gate's: `gate::House` checks its length (R33).

policy::settings! {
    /// How pages and API are served.
    pub struct WebSettings in "web." {
        listen: list(8) = &["127.0.0.1:8080"], plain, "Addresses with ports on which pages and API are served, over plain HTTP; put a TLS proxy before them.";
        behind_proxy: bool = false, plain, "Whether a proxy stands before the listener. If so, the last address in X-Forwarded-For is the visitor's; if not, that header is ignored.";
        connections: int(1, 10_000) = 1000, plain, "Connections at one time; more wait.";
        header_limit: duration(1, 60) = 10, plain, "A visitor must have sent the head of a request within this time.";
        request_limit: duration(2, 120) = 30, plain, "A request is answered within this time, or told to come again.";
    }
}
