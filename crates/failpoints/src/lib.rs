//! Named places at which a torture run kills the program (promise 6, ARMOUR A1).
//!
//! The list stands here and nowhere else. A program passes a place by calling [`reach`], which is
//! empty unless the feature `armed` is on: that is so only in the build of the torture runs
//! (`jawort-torture`), and a test looks for the names in the program that ships.
//!
//! An armed program that passes its place says so in one line on standard error and stands still
//! there, so that the run can kill it from outside (KILL) with this step done and the next not.

#[cfg(feature = "armed")]
mod armed;

#[cfg(feature = "armed")]
pub use armed::{arm, reach};

/// The environment variable of the armed build: `PLACE:PASS`, for example `after-dot:3`, the third
/// pass. Without it that build runs like any other.
pub const VARIABLE: &str = "TORTURE_FAILPOINT";
/// How the line begins that an armed program says when it stands at its place.
pub const STANDS: &str = "failpoint: standing at ";

macro_rules! places {
    ($($place:ident $name:literal $what:literal;)*) => {
        /// A place where the program may be killed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Point {
            $(#[doc = $what] $place,)*
        }

        impl Point {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$place),*];

            /// The name, as it stands in the variable and in reports.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$place => $name,)*
                }
            }
        }
    };
}

places! {
    LifeEntered "life-entered" "A new life stands in the table and has proven nothing yet.";
    RowsTakenBack "rows-taken-back" "Rows of a dead life are due again; that life is not marked as ended yet.";
    Claimed "claimed" "Rows are claimed; nothing was done for them.";
    Released "released" "The gate released a mail; it waits for a connection.";
    Started "started" "A mail's start is committed; nothing of it was written.";
    BeforeContent "before-content" "The receiver said 354; no byte of content was written.";
    BeforeDot "before-dot" "All content was written; the final dot was not.";
    AfterDot "after-dot" "The final dot was written; its reply was not read.";
    AfterReply "after-reply" "The receiver's word about a mail was read; its outcome was not recorded.";
    AfterOutcome "after-outcome" "An outcome is durable; its connection has not gone on.";
    BeforeCommit "before-commit" "A write transaction has done its work; it is not committed.";
    AfterCommit "after-commit" "A write transaction is committed; nobody was told.";
    AudiencePage "audience-page" "A page of an audience is listed; the next is not.";
    MailKept "mail-kept" "An arriving mail is kept; it had no effect yet.";
    BeforeDrain "before-drain" "A change of a fact is committed; nobody has waited for what is on the wire.";
    BeforeTaken "before-taken" "An arriving mail has had its effect; its sender was not told.";
    AfterTaken "after-taken" "The sender of an arriving mail was told 250; nothing was done since.";
}

impl Point {
    /// The place with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|place| place.name() == name)
    }
}

/// The program passes a place. Nothing happens in this build.
#[cfg(not(feature = "armed"))]
#[inline(always)]
pub const fn reach(_place: Point) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_has_a_name_of_its_own() {
        for place in Point::ALL {
            assert_eq!(Point::named(place.name()), Some(*place));
        }
        assert_eq!(Point::named("nowhere"), None);
    }
}
