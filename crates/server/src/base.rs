//! What every command stands on: settings, names, memory, keys, clock and dice.

use std::path::PathBuf;
use std::sync::Arc;

use policy::Timestamp;
use policy::zone::Zone;
use seals::{Clock, Dice, Seals};
use store::{Place, Store, StoreError};

use crate::clock::{MachineClock, MachineDice};
use crate::fault::Fault;
use crate::names::Names;
use crate::secrets;
use crate::settings::Settings;

/// An opened installation.
pub(crate) struct Base {
    pub(crate) settings: Settings,
    pub(crate) names: Names,
    pub(crate) store: Store,
    pub(crate) seals: Seals,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) dice: Arc<dyn Dice>,
}

/// Whether a command may found an installation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opening {
    /// `serve`: makes database and secret where there are none.
    FoundIfNew,
    /// Every other command works on what is there.
    Existing,
}

impl Base {
    /// Opens the installation.
    ///
    /// # Errors
    /// What is missing or cannot be used, with what to do.
    pub(crate) async fn open(settings: Settings, opening: Opening) -> Result<Self, Fault> {
        let names = Names::read(&settings)?;
        let clock: Arc<dyn Clock> = Arc::new(MachineClock::new());
        let dice: Arc<dyn Dice> = Arc::new(MachineDice::new());
        let store = open_store(&settings, opening, Arc::clone(&clock)).await?;
        let secrets_file = PathBuf::from(&settings.core.secrets_file);
        let seals = match opening {
            Opening::FoundIfNew => secrets::found_or_read(&secrets_file, &store, dice.as_ref()).await?,
            Opening::Existing => secrets::read_existing(&secrets_file, &store).await?,
        };
        Ok(Self { settings, names, store, seals, clock, dice })
    }

    /// Now.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

/// Opens the memory; brings its schema up to date.
///
/// # Errors
/// What stands in the way, with what to do.
pub(crate) async fn open_store(settings: &Settings, opening: Opening, clock: Arc<dyn Clock>) -> Result<Store, Fault> {
    let place = Place::parse(&settings.core.database).map_err(|error| Fault::failed(format!("database: {error}")))?;
    if let Place::Sqlite(path) = &place
        && opening == Opening::Existing
        && !path.exists()
    {
        let path = path.display();
        return Err(Fault::failed(format!(
            "there is no database at {path}: \"jawort serve\" or \"jawort migrate\" makes it; or name another with the setting database"
        )));
    }
    Store::open(&place, clock).await.map_err(|error| unusable(&place, error))
}

fn unusable(place: &Place, error: StoreError) -> Fault {
    match (place, error) {
        (_, StoreError::DiskFull) => Fault::failed(StoreError::DiskFull.to_string()),
        (Place::Sqlite(path), error) if is_in_closed_folder(path) => {
            let folder = folder_of(path);
            Fault::failed(format!("{error}; the folder {} must exist and be writable for this user", folder.display()))
        }
        (_, error) => Fault::failed(error.to_string()),
    }
}

fn folder_of(path: &std::path::Path) -> PathBuf {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).map_or_else(|| PathBuf::from("."), PathBuf::from)
}

/// Whether the folder is missing or takes no new file.
fn is_in_closed_folder(path: &std::path::Path) -> bool {
    let probe = folder_of(path).join(format!(".jawort-probe-{}", std::process::id()));
    let opened = std::fs::OpenOptions::new().write(true).create_new(true).open(&probe);
    match opened {
        Ok(_) => std::fs::remove_file(&probe).is_err(),
        Err(_) => true,
    }
}

/// A moment as commands print it: in UTC.
pub(crate) fn moment(at: Timestamp) -> String {
    match Zone::parse("UTC") {
        Ok(zone) => zone.show(at),
        Err(_) => at.millis().to_string(),
    }
}
