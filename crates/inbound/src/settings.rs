//! Settings of the doors for arriving mail, and the certificate that they name.

use std::fmt;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

policy::settings! {
    /// How arriving mail is received (T2, T3).
    pub struct InboundSettings in "inbound." {
        listen: list(8) = &["0.0.0.0:25"], plain, "Addresses with ports on which mail servers reach us.";
        max_size_kib: int(1024, 51_200) = 10_240, plain, "The largest mail that is taken, in KiB.";
        memory_mib: int(64, 4096) = 256, plain, "Mail that is being received at one time, all connections together, in MiB.";
        connections: int(1, 10_000) = 400, plain, "Connections at one time.";
        connections_per_peer: int(1, 1000) = 20, plain, "Connections of one IPv4 address or IPv6 /64 at one time.";
        mails_per_connection: int(1, 1000) = 100, plain, "After so many mails a connection is closed.";
        command_limit: duration(5, 600) = 300, plain, "A peer that says nothing for so long is closed.";
        mail_limit: duration(30, 1800) = 600, plain, "One mail must be received within this time, from DATA to the final dot.";
        tls_certificate: text(1000) = "", plain, "The PEM file with the certificate chain for STARTTLS; empty: STARTTLS is not offered.";
        tls_key: text(1000) = "", plain, "The PEM file with the private key of that certificate.";
    }
}

/// Why the certificate cannot be used. The operator must act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateError(String);

impl fmt::Display for CertificateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for CertificateError {}

impl InboundSettings {
    /// The configuration for STARTTLS: TLS 1.2 or newer. None when no certificate is set.
    ///
    /// # Errors
    /// [`CertificateError`], which names the key and the file.
    pub fn tls(&self) -> Result<Option<Arc<ServerConfig>>, CertificateError> {
        let fail = |key: &str, file: &str, what: String| {
            CertificateError(format!("inbound.{key} = {file:?} cannot be used: {what}"))
        };
        match (self.tls_certificate.as_str(), self.tls_key.as_str()) {
            ("", "") => return Ok(None),
            ("", _) => return Err(fail("tls_certificate", "", "the key is set without its certificate".to_owned())),
            (_, "") => return Err(fail("tls_key", "", "the certificate is set without its key".to_owned())),
            _ => {}
        }
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(&self.tls_certificate)
            .and_then(Iterator::collect)
            .map_err(|error| fail("tls_certificate", &self.tls_certificate, error.to_string()))?;
        let key = PrivateKeyDer::from_pem_file(&self.tls_key)
            .map_err(|error| fail("tls_key", &self.tls_key, error.to_string()))?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
            .map(|config| Some(Arc::new(config)))
            .map_err(|error| fail("tls_certificate", &self.tls_certificate, error.to_string()))
    }
}
