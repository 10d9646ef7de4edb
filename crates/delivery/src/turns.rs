//! Whose turn it is: each claim is shared evenly between accounts, and between the mailings of one.

use std::collections::HashMap;

use policy::{AccountId, MailingId};
use store::claims::DueMailing;

/// Accounts that share one claim.
const SHARES: usize = 16;

/// Whose turn it is.
#[derive(Debug, Default)]
pub struct Turns {
    /// The account that got a share last, when others wait behind it.
    pub after: Option<DueMailing>,
    /// The mailing of each account that got a share last.
    mailings: HashMap<AccountId, MailingId>,
}

impl Turns {
    /// Shares `free` rows evenly between accounts, and lets the mailings of an account take turns.
    pub fn shares(&mut self, due: &[DueMailing], free: usize) -> Vec<(MailingId, usize)> {
        if self.mailings.len() > 10_000 {
            self.mailings.clear();
        }
        let mut accounts: Vec<&[DueMailing]> = due.chunk_by(|one, other| one.account == other.account).collect();
        let most = SHARES.min(free.max(1));
        let more_wait = accounts.len() > most;
        accounts.truncate(most);
        let each = free.checked_div(accounts.len()).unwrap_or(0).max(1);
        let chosen: Vec<DueMailing> = accounts.iter().filter_map(|mailings| self.next_of(mailings)).collect();
        let end_of_account = |last: &DueMailing| DueMailing { mailing: MailingId::from_raw(i64::MAX), ..*last };
        self.after = chosen.last().filter(|_| more_wait).map(end_of_account);
        chosen.iter().map(|due| (due.mailing, each)).collect()
    }

    fn next_of(&mut self, mailings: &[DueMailing]) -> Option<DueMailing> {
        let account = mailings.first()?.account;
        let last = self.mailings.get(&account);
        let next = mailings.iter().find(|due| last.is_none_or(|last| due.mailing > *last)).or(mailings.first())?;
        self.mailings.insert(account, next.mailing);
        Some(*next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(account: i64, mailing: i64) -> DueMailing {
        DueMailing { account: AccountId::from_raw(account), mailing: MailingId::from_raw(mailing) }
    }

    fn shares(turns: &mut Turns, due: &[DueMailing], free: usize) -> Vec<(i64, usize)> {
        turns.shares(due, free).into_iter().map(|(mailing, n)| (mailing.get(), n)).collect()
    }

    #[test]
    fn accounts_share_evenly_and_the_mailings_of_one_take_turns() {
        let list = [due(1, 10), due(1, 11), due(2, 20), due(3, 30)];
        let mut turns = Turns::default();
        assert_eq!(shares(&mut turns, &list, 90), [(10, 30), (20, 30), (30, 30)]);
        assert_eq!(shares(&mut turns, &list, 90), [(11, 30), (20, 30), (30, 30)]);
        assert_eq!(shares(&mut turns, &list, 90), [(10, 30), (20, 30), (30, 30)]);
        assert_eq!(turns.after, None);
    }

    #[test]
    fn many_accounts_take_turns() {
        let list: Vec<_> = (0..40).map(|n| due(n, n)).collect();
        let mut turns = Turns::default();
        let first = shares(&mut turns, &list, 160);
        assert_eq!((first.len(), first[0].1), (SHARES, 10));
        assert_eq!(turns.after, Some(due(15, i64::MAX)));
        assert_eq!(shares(&mut turns, &list[16..], 1), [(16, 1)]);
    }
}
