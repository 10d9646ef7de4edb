//! Who stands behind the audit's word for whoever changed something.

use policy::{AccountId, LoginId};
use store::users::User;
use texts::{Language, account as t, mailings as say, ui};

use crate::error::Fault;
use crate::ui::visit::Visit;

/// The people of an account by name.
pub(crate) struct Authors(Vec<User>);

impl Authors {
    /// Those of this account.
    pub(crate) async fn of(visit: &Visit, account: AccountId) -> Result<Self, Fault> {
        Ok(Self(visit.web.store.users(account).await?))
    }

    /// The person of a log-in, as long as it works in the account.
    fn person(&self, by: &str) -> Option<&User> {
        let login = by.strip_prefix("login ").and_then(|number| number.parse().ok()).map(LoginId::from_raw);
        self.0.iter().find(|user| login.is_some() && user.login == login)
    }

    /// Who wrote something: that is done by people of the account, and by programs.
    pub(crate) fn name(&self, language: Language, by: &str) -> String {
        match self.person(by) {
            Some(user) => user.name.clone(),
            None if by.starts_with("token ") => say::author_api(language),
            None => say::author_gone(language),
        }
    }

    /// Who changed something: that may be the operator, too, or a rule, or a name that was given.
    pub(crate) fn actor(&self, language: Language, by: &str) -> String {
        match (self.person(by), by) {
            (Some(user), _) => user.name.clone(),
            (None, "operator") => ui::role_operator(language),
            (None, "the mailbox") => t::actor_mailbox(language),
            (None, "a check of DNS") => t::actor_check(language),
            (None, by) if by.starts_with("login ") => t::actor_elsewhere(language),
            (None, by) => match by.strip_prefix("token ") {
                Some(number) => t::actor_token(language, number),
                None => by.to_owned(),
            },
        }
    }
}
