//! What every handler may use.

use std::ops::Deref;
use std::sync::Arc;

use gate::Gate;
use outside::{Fetcher, Resolver};
use policy::dns_records::PlatformNames;
use policy::settings::{PolicySettings, Shown};
use seals::{Clock, Dice, EVIDENCE_SALT_BYTES, Seals, array};
use store::Store;
use store::consents::{Salt, Source, Word};
use store::limits::SourceLimits;
use tokio::sync::Semaphore;

use crate::customers::mailings::Hub;
use crate::entry::passwords;
use crate::setting_up::pace::Pace;
use crate::settings::WebSettings;

/// What the door is given by whoever starts it.
#[derive(Clone)]
pub struct WebContext {
    /// The memory.
    pub store: Store,
    /// The keys: they tell our own links from look-alikes.
    pub seals: Seals,
    /// Names of the installation, and previews of mailings.
    pub gate: Arc<Gate>,
    /// The names that stand in DNS.
    pub dns: PlatformNames,
    /// For proofs of websites and domains.
    pub resolver: Resolver,
    /// For proofs of websites.
    pub fetcher: Fetcher,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// For salts of evidence, tokens and keys.
    pub dice: Arc<dyn Dice>,
    /// Listeners and limits.
    pub settings: WebSettings,
    /// The published rules' settings.
    pub policy: PolicySettings,
    /// Every setting of the program for the operator's eyes, without secrets.
    pub shown_settings: Arc<Vec<Shown>>,
}

/// The context and what the door itself remembers; cheap to clone.
#[derive(Clone)]
pub(crate) struct Web(Arc<Inner>);

pub(crate) struct Inner {
    context: WebContext,
    /// How often each source submitted forms. Sign-ups by the API count here too.
    pub(crate) limits: SourceLimits,
    /// Who watches which running mailing.
    hub: Hub,
    /// Places for passwords to be hashed.
    hashing: Arc<Semaphore>,
    /// What was looked at a moment ago.
    pace: Pace,
}

impl Web {
    pub(crate) fn new(context: WebContext) -> Self {
        let limits = SourceLimits::new(context.clock.reading());
        let hashing = Arc::new(Semaphore::new(passwords::AT_ONCE));
        Self(Arc::new(Inner { context, limits, hub: Hub::default(), hashing, pace: Pace::default() }))
    }

    /// How often each source submitted forms.
    pub(crate) fn limits(&self) -> &SourceLimits {
        &self.0.limits
    }

    /// Who watches which running mailing.
    pub(crate) fn hub(&self) -> &Hub {
        &self.0.hub
    }

    /// Places for passwords to be hashed: few, so that log-ins leave others their processors.
    pub(crate) fn hashing(&self) -> &Arc<Semaphore> {
        &self.0.hashing
    }

    /// What was looked at a moment ago.
    pub(crate) fn pace(&self) -> &Pace {
        &self.0.pace
    }

    /// A salt for evidence.
    pub(crate) fn salt(&self) -> Salt {
        array::<EVIDENCE_SALT_BYTES>(&*self.dice)
    }

    /// A person's word, for the ledger.
    pub(crate) fn word(&self, source: Source, ip: std::net::IpAddr) -> Word {
        Word { source, ip: Some(ip), salt: self.salt() }
    }
}

impl Deref for Web {
    type Target = WebContext;

    fn deref(&self) -> &WebContext {
        &self.0.context
    }
}
