//! Compiled mailings, kept while they are used.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use policy::MailingContent;

use crate::compiled::Compiled;
use crate::problem::Problem;

/// Mailings that are kept. One takes some hundred kilobytes at most times.
const MAX_KEPT: usize = 128;

/// What was compiled, by content.
#[derive(Default)]
pub(crate) struct Cache(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    entries: HashMap<u64, Entry>,
    uses: u64,
}

struct Entry {
    content: Arc<MailingContent>,
    compiled: Result<Arc<Compiled>, Arc<Vec<Problem>>>,
    last_use: u64,
}

impl Cache {
    /// The compiled content; its problems if it has any.
    pub(crate) fn get(&self, content: &Arc<MailingContent>) -> Result<Arc<Compiled>, Arc<Vec<Problem>>> {
        let mut hasher = DefaultHasher::new();
        content.hash(&mut hasher);
        let key = hasher.finish();
        if let Some(compiled) = self.kept(key, content) {
            return compiled;
        }
        // Compiled outside the lock: two threads may do it at once, none waits.
        let compiled = Compiled::new(content).map(Arc::new).map_err(Arc::new);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.entries.len() >= MAX_KEPT {
            let oldest = kept.entries.iter().min_by_key(|(_, entry)| entry.last_use).map(|(key, _)| *key);
            oldest.map(|key| kept.entries.remove(&key));
        }
        let last_use = kept.uses;
        kept.entries.insert(key, Entry { content: Arc::clone(content), compiled: compiled.clone(), last_use });
        compiled
    }

    fn kept(&self, key: u64, content: &Arc<MailingContent>) -> Option<Result<Arc<Compiled>, Arc<Vec<Problem>>>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.uses += 1;
        let uses = kept.uses;
        let entry = kept.entries.get_mut(&key)?;
        // Two contents may have one hash: the content itself decides.
        let same = Arc::ptr_eq(&entry.content, content) || entry.content == *content;
        entry.last_use = uses;
        same.then(|| entry.compiled.clone())
    }
}
