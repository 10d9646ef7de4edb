//! Signing keys, sealed (R64, A1, A2, A7, D16): of each sending domain, and the platform's own.
//!
//! A private key is sealed with account, domain and selector as its label, so
//! that a key copied into another account's row opens no seal. A selector names
//! the key's number and so is never used twice, and two accounts that send from
//! one domain do not need each other's.

use mail_formats::address::Domain;
use mail_formats::dkim::{DkimKey, SignError};
use mail_formats::domainkeys::DomainKeysKey;
use policy::dns_records::{KeyAlgorithm, PublishedKey};
use policy::{AccountId, KeyId, Timestamp};
use seals::{Dice, Seals};

use crate::Store;
use crate::conn::Conn;
use crate::error::{Result, StoreError};
use crate::profiles::corrupt;
use crate::sql::{Row, sql};
use crate::writer::Urgency;

/// Ids that the keys of one domain take.
pub const KEYS_OF_A_DOMAIN: i64 = 3;
/// The account number of the platform's own keys.
const PLATFORM: i64 = 0;

/// A key with its private half sealed.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedKey {
    /// Its number.
    pub id: KeyId,
    /// Whose it is; none for the platform's own.
    pub account: Option<AccountId>,
    /// The signing domain.
    pub domain: String,
    /// Selector, algorithm and the text to publish.
    pub published: PublishedKey,
    /// The sealed PKCS#8 bytes.
    pub sealed: Vec<u8>,
    /// Whether mail is signed with it.
    pub active: bool,
}

impl std::fmt::Debug for SealedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SealedKey({} {})", self.domain, self.published.selector)
    }
}

/// Why the keys of a domain could not be made. The operator must act.
#[derive(Debug)]
pub struct NoKeys(SignError);

impl std::fmt::Display for NoKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "no signing keys could be made: {}", self.0)
    }
}

impl std::error::Error for NoKeys {}

fn label(account: Option<AccountId>, domain: &str, selector: &str) -> Vec<u8> {
    format!("signing key\n{}\n{domain}\n{selector}", account.map_or(PLATFORM, AccountId::get)).into_bytes()
}

impl SealedKey {
    /// Makes the keys of one domain: RSA-2048, Ed25519, and RSA-1024 for DomainKeys. It takes most
    /// of a second: call it where it may block. `first` comes from [`Store::key_ids`].
    ///
    /// # Errors
    /// [`NoKeys`], which does not happen on a sane machine.
    pub fn generate(
        account: Option<AccountId>,
        domain: &Domain,
        first: KeyId,
        seals: &Seals,
        dice: &dyn Dice,
    ) -> std::result::Result<Vec<Self>, NoKeys> {
        let (rsa, rsa_bytes) = DkimKey::generate_rsa().map_err(NoKeys)?;
        let (ed25519, ed25519_bytes) = DkimKey::generate_ed25519().map_err(NoKeys)?;
        let (old, old_bytes) = DomainKeysKey::generate(&mut |bytes| dice.fill(bytes)).map_err(NoKeys)?;
        let made = [
            ("jwr", KeyAlgorithm::RsaSha256, rsa.record().map_err(NoKeys)?, rsa_bytes),
            ("jwe", KeyAlgorithm::Ed25519Sha256, ed25519.record().map_err(NoKeys)?, ed25519_bytes),
            ("jwd", KeyAlgorithm::DomainKeys, old.record().map_err(NoKeys)?, old_bytes),
        ];
        let keys = (first.get()..).zip(made).map(|(id, (prefix, algorithm, record, bytes))| {
            let selector = format!("{prefix}{id}");
            let sealed = seals.seal(&label(account, domain.as_str(), &selector), &bytes, dice);
            let published = PublishedKey { selector, algorithm, record };
            Self {
                id: KeyId::from_raw(id),
                account,
                domain: domain.as_str().to_owned(),
                published,
                sealed,
                active: true,
            }
        });
        Ok(keys.collect())
    }

    /// Unseals the private key: PKCS#8, DER. `None` when it was sealed for another row or with a
    /// secret that is lost.
    #[must_use]
    pub fn open(&self, seals: &Seals) -> Option<Vec<u8>> {
        seals.open(&label(self.account, &self.domain, &self.published.selector), &self.sealed)
    }
}

fn key(row: &Row) -> Result<SealedKey> {
    let account = row.int(1)?;
    let algorithm = KeyAlgorithm::parse(&row.text(4)?).ok_or_else(|| corrupt("algorithm of a key"))?;
    Ok(SealedKey {
        id: KeyId::from_raw(row.int(0)?),
        account: (account != PLATFORM).then(|| AccountId::from_raw(account)),
        domain: row.text(2)?,
        published: PublishedKey { selector: row.text(3)?, algorithm, record: row.text(6)? },
        sealed: row.blob(5)?,
        active: row.bool(7)?,
    })
}

/// Writes keys; whoever signs for the account reads them anew.
pub(crate) async fn insert(conn: &mut Conn, keys: Vec<SealedKey>, now: Timestamp) -> Result<()> {
    for key in keys {
        let account = key.account.map_or(PLATFORM, AccountId::get);
        conn.execute(sql!(
            "INSERT INTO signing_key (account_id, id, domain, selector, algorithm, sealed, public_key, active, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            account,
            key.id,
            key.domain,
            key.published.selector,
            key.published.algorithm.as_str(),
            key.sealed,
            key.published.record,
            key.active,
            now,
        ))
        .await?;
        conn.execute(sql!("UPDATE account SET facts_version = facts_version + 1 WHERE id = $1", account)).await?;
    }
    Ok(())
}

impl Store {
    /// Hands out the numbers of the keys of one domain: this one and the next two.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn key_ids(&self) -> Result<KeyId> {
        Ok(KeyId::from_raw(self.next_ids(KEYS_OF_A_DOMAIN).await?))
    }

    /// Keeps keys; those of the platform at its first start, those of a customer's domain with
    /// [`Store::add_domain`].
    ///
    /// # Errors
    /// Those of the database; then none is kept.
    pub async fn add_keys(&self, keys: Vec<SealedKey>, now: Timestamp) -> Result<()> {
        self.write(Urgency::AtOnce, move |conn| Box::pin(insert(conn, keys, now))).await
    }

    /// Every key of an account, or the platform's own, by number.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn signing_keys(&self, account: Option<AccountId>) -> Result<Vec<SealedKey>> {
        let rows = self
            .reader()
            .await?
            .all(sql!(
                "SELECT id, account_id, domain, selector, algorithm, sealed, public_key, active FROM signing_key WHERE account_id = $1 ORDER BY id",
                account.map_or(PLATFORM, AccountId::get),
            ))
            .await?;
        rows.iter().map(key).collect()
    }

    /// Lets mail be signed with a key, or no more (A5).
    ///
    /// # Errors
    /// `NotFound`; those of the database.
    pub async fn set_key_active(&self, account: Option<AccountId>, id: KeyId, active: bool) -> Result<()> {
        let owner = account.map_or(PLATFORM, AccountId::get);
        self.write(Urgency::AtOnce, move |conn| {
            Box::pin(async move {
                let set = conn
                    .execute(sql!(
                        "UPDATE signing_key SET active = $1 WHERE account_id = $2 AND id = $3",
                        active,
                        owner,
                        id
                    ))
                    .await?;
                if set == 0 {
                    return Err(StoreError::NotFound("signing key"));
                }
                conn.execute(sql!("UPDATE account SET facts_version = facts_version + 1 WHERE id = $1", owner))
                    .await
                    .map(drop)
            })
        })
        .await
    }
}
