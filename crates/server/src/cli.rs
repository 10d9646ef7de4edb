//! The command line: one table of subcommands, from which help comes.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Jawort: e-mail marketing that cannot be used for spam.
#[derive(Debug, Parser)]
#[command(name = "jawort", version, disable_help_subcommand = true)]
pub(crate) struct Cli {
    /// The settings file. Without it: JAWORT_CONFIG, else jawort.toml in the working folder.
    #[arg(long, global = true)]
    pub(crate) config: Option<PathBuf>,
    /// Print JSON.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What the program can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run all doors. The first start makes the database and secrets.key, and prints the operator's API token once.
    Serve,
    /// Run the pages and the API alone. PostgreSQL only, like the next three: each door in processes of its own.
    Web,
    /// Run the listener for arriving mail alone.
    Inbound,
    /// Send alone. Every process that sends has a life of its own.
    Deliver,
    /// Do alone what time brings.
    Schedule,
    /// Bring the database's schema up to date; make the database where there is none.
    Migrate,
    /// Accounts of customers.
    #[command(subcommand)]
    Account(Account),
    /// Legal notices and topics that wait for a person's decision.
    #[command(subcommand)]
    Review(Review),
    /// Cases of the abuse desk.
    #[command(subcommand)]
    Case(Case),
    /// Addresses that get no mail from anybody.
    #[command(subcommand)]
    Exclusion(Exclusion),
    /// What happened at providers.
    #[command(subcommand)]
    Incident(Incident),
    /// Mail that arrived: bounces, reports, letters.
    #[command(subcommand)]
    Arrived(Arrived),
    /// Show what waits for which mailbox provider: how much, what the provider said last word for word, when it
    /// is tried next, and what is paused. Asks DNS which provider a domain belongs to, ten seconds at most.
    Queue,
    /// Say why a person did or did not get a mailing, from what is on record.
    Explain(Explain),
    /// The DNS records of the platform and of sending domains.
    #[command(subcommand)]
    Dns(Dns),
    /// Check the whole installation. Exit code 1 when something fails.
    Doctor,
    /// The settings.
    #[command(subcommand)]
    Config(Config),
    /// Say what arriving mail and refusals are, and why. Reads files, changes nothing, opens no database.
    Classify(Classify),
    /// Run seeded worlds in simulated time, with crashes, and check the promises in them. Reads no settings, opens no
    /// database. Exit code 1 when a promise breaks.
    Simulate(Simulate),
    /// People who sign in as the operator.
    #[command(subcommand)]
    Operator(Operator),
    /// API tokens: of the operator, or of an account.
    #[command(subcommand)]
    Token(Token),
}

/// Who decides, and why. Both stand on record.
#[derive(Args, Clone, Debug)]
pub(crate) struct Signed {
    /// Why; the account reads it.
    #[arg(long)]
    pub(crate) reason: String,
    /// Who decides.
    #[arg(long, default_value = "operator")]
    pub(crate) by: String,
}

/// `jawort account …`
#[derive(Debug, Subcommand)]
pub(crate) enum Account {
    /// Make an account, and an API token for it that is printed once.
    Create {
        /// Its name as recipients see it.
        #[arg(long)]
        name: String,
        /// The language of its notices: de or en.
        #[arg(long, default_value = "en")]
        language: String,
        /// Its time zone.
        #[arg(long, default_value = "Europe/Berlin")]
        time_zone: String,
    },
    /// List accounts.
    List,
    /// Stop everything that an account sends, at once. Reversible.
    Suspend {
        /// Its number.
        id: i64,
        #[command(flatten)]
        signed: Signed,
    },
    /// Let a suspended account send again; a new counting period begins.
    Reinstate {
        /// Its number.
        id: i64,
        #[command(flatten)]
        signed: Signed,
    },
    /// End a suspended account for good.
    Terminate {
        /// Its number.
        id: i64,
        #[command(flatten)]
        signed: Signed,
    },
}

/// `jawort review …`
#[derive(Debug, Subcommand)]
pub(crate) enum Review {
    /// List what waits.
    List,
    /// Approve one.
    Approve {
        /// Its name, as the list shows it: topic:ACCOUNT:TOPIC:VERSION or legal:ACCOUNT:VERSION.
        item: String,
        #[command(flatten)]
        signed: Signed,
    },
    /// Refuse one.
    Refuse {
        /// Its name, as the list shows it.
        item: String,
        #[command(flatten)]
        signed: Signed,
    },
}

/// `jawort case …`
#[derive(Debug, Subcommand)]
pub(crate) enum Case {
    /// List open cases.
    List {
        /// Decided ones too.
        #[arg(long)]
        all: bool,
        /// Of this account only.
        #[arg(long)]
        account: Option<i64>,
    },
    /// Show one with its steps. Counts as the first look.
    Show {
        /// Its number.
        id: i64,
        /// Who looks.
        #[arg(long, default_value = "operator")]
        by: String,
    },
    /// Decide one.
    Decide {
        /// Its number.
        id: i64,
        /// reinstate, terminate, release_mailing, reopen_form or close.
        decision: String,
        #[command(flatten)]
        signed: Signed,
    },
}

/// `jawort exclusion …`
#[derive(Debug, Subcommand)]
pub(crate) enum Exclusion {
    /// Show whether and why an address is excluded.
    Show {
        /// The address.
        address: String,
    },
    /// Take an address off the list. That only allows a new double opt-in.
    Lift {
        /// The address.
        address: String,
        #[command(flatten)]
        signed: Signed,
    },
}

/// `jawort incident …`
#[derive(Debug, Subcommand)]
pub(crate) enum Incident {
    /// List open incidents.
    List {
        /// Decided ones too.
        #[arg(long)]
        all: bool,
    },
    /// End an incident: the provider was at fault, so its exclusions are lifted and sending goes on.
    Lift {
        /// Its number.
        id: i64,
        /// The bounces were true instead: they count, exclusions stay, sending goes on.
        #[arg(long)]
        bounces_true: bool,
        #[command(flatten)]
        signed: Signed,
    },
}

/// `jawort arrived …`
#[derive(Debug, Subcommand)]
pub(crate) enum Arrived {
    /// List what was not read yet, not understood, or could not be dealt with, the newest first; 500 at most.
    List {
        /// What is settled, too.
        #[arg(long)]
        all: bool,
        /// Only mails with a smaller number: the list behind the last one.
        #[arg(long)]
        before: Option<i64>,
    },
    /// Show one: what it was and did, how it is read today, and which rules decide.
    Show {
        /// Its number.
        id: i64,
    },
    /// Print one as it came.
    Source {
        /// Its number.
        id: i64,
    },
    /// Have one read again by the running server: after rules changed, or when something did not answer as
    /// it came. What it did before it does not do twice.
    Again {
        /// Its number.
        id: i64,
        /// Who wishes so.
        #[arg(long, default_value = "operator")]
        by: String,
    },
}

/// `jawort explain …`
#[derive(Args, Clone, Debug)]
pub(crate) struct Explain {
    /// The person: a contact's number (at the end of the address of its page), or an address in the address
    /// book of the mailing's account.
    pub(crate) contact: String,
    /// The mailing's number: at the end of the address of its page.
    pub(crate) mailing: i64,
}

/// `jawort dns …`
#[derive(Debug, Subcommand)]
pub(crate) enum Dns {
    /// Print the wanted records.
    Export {
        /// In which form.
        #[arg(long, value_enum, default_value_t = ZoneForm::Zone)]
        form: ZoneForm,
    },
    /// Look every wanted record of the platform up. Exit code 1 when one that must be there is missing or wrong.
    Check {
        /// Those of all sending domains too.
        #[arg(long)]
        all: bool,
    },
}

/// Forms of `dns export`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ZoneForm {
    /// A zone file for the operator's own zone.
    Zone,
    /// The text records of the platform and of all sending domains, one a line: name, TAB, value.
    Lines,
}

/// `jawort config …`
#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    /// Print an example file with every setting, its help and its bounds.
    Example,
    /// Check the settings without starting anything.
    Check,
}

/// `jawort classify …`
#[derive(Args, Clone, Debug)]
#[command(group = clap::ArgGroup::new("what").required(true).args(["tsv", "replies", "forward", "explain", "changes"]))]
pub(crate) struct Classify {
    /// Print a line for each mail: file, kind, recipients (;) and their classes (;), separated by TAB.
    #[arg(long, num_args = 1.., value_name = "FILE")]
    pub(crate) tsv: Vec<PathBuf>,
    /// Print the class of each line of a file of refusals.
    #[arg(long, value_name = "FILE")]
    pub(crate) replies: Option<PathBuf>,
    /// Print what a text, and its subject, say about the mail forwarded in it, as JSON.
    #[arg(long, num_args = 1..=2, value_names = ["BODY_FILE", "SUBJECT_FILE"])]
    pub(crate) forward: Vec<PathBuf>,
    /// Print what a mail is and which rules decided.
    #[arg(long, value_name = "FILE")]
    pub(crate) explain: Option<PathBuf>,
    /// Print what the rules of --rules change at mails (.eml), refusals (.tsv), forwarded texts (_body.txt) and folders of them.
    #[arg(long, num_args = 1.., value_name = "PATH", requires = "rules")]
    pub(crate) changes: Vec<PathBuf>,
    /// A folder with edited copies of the rules; without it those that were compiled in.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) rules: Option<PathBuf>,
}

/// `jawort simulate …`
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Simulate {
    /// The seed of the first world. An even one has one node on SQLite, an odd one several on PostgreSQL.
    #[arg(long)]
    pub(crate) seed: u64,
    /// For how many days there are load and faults; after them everything comes to its end.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=i64::from(simulator::MOST_DAYS)))]
    pub(crate) days: u32,
    /// How many worlds, with this seed and the following ones.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub(crate) seeds: u64,
    /// Tell the story of each world even if every promise held; of long ones the end.
    #[arg(long)]
    pub(crate) story: bool,
}

/// `jawort operator …`
#[derive(Debug, Subcommand)]
pub(crate) enum Operator {
    /// Print a link that makes an operator's log-in, or opens a lost one: with a new password, and
    /// without codes. It works once, for 24 hours.
    Invite {
        /// The person's address.
        #[arg(long)]
        address: String,
    },
}

/// `jawort token …`
#[derive(Debug, Subcommand)]
pub(crate) enum Token {
    /// Make a token and print it once.
    Create {
        /// What it is for.
        #[arg(long)]
        label: String,
        /// The account that it is for; without it, the operator's.
        #[arg(long)]
        account: Option<i64>,
    },
    /// List tokens, without their secrets.
    List {
        /// Of this account; without it, the operator's.
        #[arg(long)]
        account: Option<i64>,
    },
    /// Revoke a token, at once.
    Revoke {
        /// Its number.
        id: i64,
        /// Of this account; without it, the operator's.
        #[arg(long)]
        account: Option<i64>,
    },
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_table_of_subcommands_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_world_has_a_seed_and_some_days() {
        let of = |arguments: &[&str]| Cli::try_parse_from([&["jawort", "simulate"], arguments].concat());
        assert!(of(&["--seed", "7", "--days", "2"]).is_ok());
        for bad in [
            &["--seed", "7"][..],
            &["--days", "2"],
            &["--seed", "7", "--days", "0"],
            &["--seed", "7", "--days", "1101"],
            &["--seed", "-1", "--days", "2"],
            &["--seed", "7", "--days", "2", "--seeds", "0"],
            &["--seed", "7", "--days", "2", "--nodes", "3"],
        ] {
            assert!(of(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_decision_needs_a_reason() {
        assert!(Cli::try_parse_from(["jawort", "account", "suspend", "7"]).is_err());
        assert!(Cli::try_parse_from(["jawort", "account", "suspend", "7", "--reason", "off topic"]).is_ok());
    }
}
