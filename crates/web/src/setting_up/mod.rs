//! What API and pages have in common when an account is set up: domains, senders, websites. Each function
//! does one thing, and says a rule's refusal as [`store::StoreError::Invalid`].

pub(crate) mod domains;
pub(crate) mod pace;
pub(crate) mod senders;
pub(crate) mod websites;
