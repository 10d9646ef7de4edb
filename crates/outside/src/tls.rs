//! TLS on a dialled connection.
//!
//! Two clients: the opportunistic one takes any certificate, because a mail server reached by
//! MX has no name that a certificate could prove without DNSSEC or MTA-STS, and the
//! alternative is clear text (RFC 7435); the verifying one trusts the system's certificates.
//! Both refuse anything below TLS 1.2.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::dial::Stream;

/// Puts TLS on connections. Clones share their configuration and resumed sessions.
#[derive(Clone)]
pub struct TlsClient {
    config: Arc<ClientConfig>,
    limit: Duration,
}

impl fmt::Debug for TlsClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsClient").field("limit", &self.limit).finish_non_exhaustive()
    }
}

/// Why there is no TLS. After any of them the connection is lost.
#[derive(Debug)]
pub enum TlsError {
    /// The host's name cannot stand in a TLS greeting. Permanent for this host.
    BadName,
    /// The handshake took longer than the limit. Temporary.
    TimedOut(Duration),
    /// The handshake failed: the peer's fault, a wrong certificate, or a lost connection.
    Handshake(io::Error),
    /// The system has no certificates to verify with: the operator must act.
    NoTrust(String),
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadName => write!(f, "the host name cannot be used with TLS"),
            Self::TimedOut(limit) => write!(f, "no TLS within {} s", limit.as_secs_f32()),
            Self::Handshake(error) => write!(f, "TLS failed: {error}"),
            Self::NoTrust(detail) => write!(f, "no certificates to verify with: {detail}"),
        }
    }
}

impl std::error::Error for TlsError {}

/// What two sides agreed upon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsInfo {
    /// For example `TLSv1_3`.
    pub version: String,
    /// For example `TLS13_AES_256_GCM_SHA384`.
    pub cipher: String,
}

impl TlsInfo {
    pub(crate) fn of(connection: &rustls::ClientConnection) -> Self {
        let version = connection.protocol_version().and_then(|version| version.as_str());
        let cipher = connection.negotiated_cipher_suite();
        Self {
            version: version.unwrap_or("unknown").to_owned(),
            cipher: cipher.map_or_else(|| "unknown".into(), |suite| format!("{:?}", suite.suite())),
        }
    }
}

impl TlsClient {
    /// For STARTTLS towards mail servers: any certificate will do. `limit` is the time that a
    /// handshake may take.
    #[must_use]
    pub fn opportunistic(limit: Duration) -> Self {
        let provider = provider();
        let verifier = Arc::new(AnyCertificate(provider.clone()));
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("the provider supports TLS 1.2 and 1.3")
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth();
        Self { config: Arc::new(config), limit }
    }

    /// For web servers and mail servers whose name is known for certain: the certificate must
    /// be good, by the certificates of this system.
    ///
    /// # Errors
    /// [`TlsError::NoTrust`] when the system has no certificates.
    pub fn verifying(limit: Duration) -> Result<Self, TlsError> {
        let provider = provider();
        let verifier = rustls_platform_verifier::Verifier::new(provider.clone())
            .map_err(|error| TlsError::NoTrust(error.to_string()))?;
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| TlsError::NoTrust(error.to_string()))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        Ok(Self { config: Arc::new(config), limit })
    }

    /// Starts TLS as client. `host` is the name of the server (SNI) without final dot.
    /// Whatever was read from the connection before must have been thrown away by the caller.
    ///
    /// # Errors
    /// See [`TlsError`]; the connection cannot be used in clear afterwards.
    pub async fn start(&self, stream: TcpStream, host: &str) -> Result<Stream, TlsError> {
        let name = ServerName::try_from(host.to_owned()).map_err(|_| TlsError::BadName)?;
        let handshake = TlsConnector::from(self.config.clone()).connect(name, stream);
        let stream = tokio::time::timeout(self.limit, handshake)
            .await
            .map_err(|_| TlsError::TimedOut(self.limit))?
            .map_err(TlsError::Handshake)?;
        Ok(Stream::Tls(Box::new(stream)))
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

/// Takes any certificate, also an expired, foreign or unreadable one.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
