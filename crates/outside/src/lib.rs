//! Everything that Jawort asks of the network as a client: names from DNS, connections to
//! mail servers, one small file from a web server, and the judgement of who signed an
//! arriving mail.
//!
//! * [`resolver`] asks DNS and keeps "does not exist" and "could not find out" apart.
//! * [`route`] turns a domain into the mail servers that receive for it (T4).
//! * [`guard`] says which addresses may be dialled at all.
//! * [`dial`] connects, behind the guard; [`tls`] puts TLS on such a connection.
//! * [`fetch`] gets one small document, for the proof that a website is its owner's (R12).
//! * [`records`] looks up the DNS records that are wanted of a domain, [`site_proof`] the proof of
//!   a website, for the doors that show and re-check them.
//! * [`authenticate`] checks DKIM, SPF and DMARC of an arriving mail.
//!
//! Absent here: accounts, decisions, storage, and anything that listens. Only `delivery` dials
//! SMTP through this crate.

pub mod authenticate;
pub mod dial;
pub mod fetch;
pub mod guard;
pub mod records;
pub mod resolver;
pub mod route;
mod settings;
pub mod site_proof;
pub mod tls;

pub use authenticate::{AuthVerdict, Authenticator, DmarcPolicy};
pub use dial::{DialError, Dialler, Stream};
pub use fetch::{FetchError, Fetcher};
pub use guard::{Guard, is_public};
pub use resolver::{LookupError, Mx, Resolver};
pub use route::{MailHost, Route};
pub use settings::OutsideSettings;
pub use tls::{TlsClient, TlsError, TlsInfo};
