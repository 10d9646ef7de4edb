//! The settings of the clockwork.

policy::settings! {
    /// How long things are kept.
    pub struct SchedulerSettings in "keep." {
        arrived_mail_days: int(7, 400) = 60, plain,
            "Days for which mail that arrived (bounces, reports, letters) is kept whole. What it led to is kept with the account.";
    }
}
