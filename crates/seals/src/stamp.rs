//! The signed time in a sign-up form: how long somebody looked at it before submitting.

use std::fmt;
use std::time::Duration;

use crate::keys::{Seals, TooLarge, fits};
use crate::time::Timestamp;

const FORM_BITS: u32 = 63;
const TIME_BITS: u32 = 61;

/// Why a stamp says nothing. The sign-up is treated like one of a robot; nobody is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StampRefused {
    /// Not minted by this installation, damaged, or of another form.
    Unknown,
    /// From after `now`: the wall clock was set back, or the machines' clocks differ.
    FromTheFuture,
}

impl fmt::Display for StampRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unknown => "the form's stamp is not one of ours for this form",
            Self::FromTheFuture => "the form's stamp is from after the present time",
        })
    }
}

impl std::error::Error for StampRefused {}

impl Seals {
    /// A stamp for a form shown at `now`: 44 base32 characters that tell its reader nothing.
    ///
    /// # Errors
    /// `form` is 2^63 or more, or `now` is before 1970.
    pub fn form_stamp(&self, form: u64, now: Timestamp) -> Result<String, TooLarge> {
        let form = fits("form", form, FORM_BITS)?;
        let millis = u64::try_from(now.millis()).unwrap_or(u64::MAX);
        let millis = fits("time", millis, TIME_BITS)?;
        let meaning = u128::from(form) << TIME_BITS | u128::from(millis);
        Ok(self.current().stamp.seal(meaning))
    }

    /// How long ago the form was shown. A stamp stays valid; the caller sets the limits.
    ///
    /// # Errors
    /// [`StampRefused`].
    pub fn check_form_stamp(&self, stamp: &str, form: u64, now: Timestamp) -> Result<Duration, StampRefused> {
        let meaning = self.ring().find_map(|keys| keys.stamp.open(stamp));
        let meaning = meaning.ok_or(StampRefused::Unknown)?;
        if meaning >> TIME_BITS != u128::from(form) {
            return Err(StampRefused::Unknown);
        }
        let millis = meaning & ((1 << TIME_BITS) - 1);
        let shown = Timestamp::from_millis(i64::try_from(millis).unwrap_or(i64::MAX));
        if shown > now { Err(StampRefused::FromTheFuture) } else { Ok(now.since(shown)) }
    }
}
