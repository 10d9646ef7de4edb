//! Newsletters that are under way, so that there is always mail to be killed over.

use super::books::Books;
use crate::story::{Account, Words, progress, start_newsletter, write_newsletter};

/// So many mails are to be left for a node that may be killed at a random instant.
const LEFT: usize = 360;

/// A newsletter that was started.
#[derive(Clone, Debug)]
pub(super) struct Letter {
    pub(super) id: String,
    pub(super) subject: String,
}

/// The newsletters of a run.
pub(super) struct Stock {
    account: Account,
    readers: usize,
    nodes: usize,
    written: usize,
    started: Vec<Letter>,
    drafts: Vec<Letter>,
    /// Numbers of those whose start nobody confirmed.
    doubtful: Vec<String>,
}

impl Stock {
    pub(super) fn new(account: Account, readers: usize, nodes: usize) -> Self {
        Self { account, readers, nodes, written: 0, started: Vec::new(), drafts: Vec::new(), doubtful: Vec::new() }
    }

    pub(super) fn account(&self) -> &Account {
        &self.account
    }

    /// Newsletters that were started, oldest first.
    pub(super) fn started(&self) -> &[Letter] {
        &self.started
    }

    /// Messages of started newsletters that have not come yet.
    pub(super) fn remaining(&self, books: &Books) -> usize {
        (self.started.len() * self.readers).saturating_sub(books.served())
    }

    /// Starts newsletters until enough mail is left, and keeps a draft for later.
    pub(super) async fn top_up(&mut self, books: &Books) -> Result<(), String> {
        self.settle().await?;
        while self.remaining(books) < LEFT * self.nodes {
            self.start().await?;
            self.settle().await?;
        }
        Ok(())
    }

    async fn write(&mut self) -> Result<(), String> {
        self.written += 1;
        let number = self.written;
        let subject = format!("Gartenbrief Nummer {number:04}");
        let body = format!("Guten Tag,\n\ndies ist Brief {number} aus dem Garten.\n");
        let id = write_newsletter(&self.account, &Words { subject: subject.clone(), body }).await?;
        self.drafts.push(Letter { id, subject });
        Ok(())
    }

    /// Writes and starts one. Whether it was started is not known where no answer came, for the program
    /// may stand still or be killed meanwhile; [`settle`](Self::settle) finds out.
    pub(super) async fn start(&mut self) -> Result<(), String> {
        if self.drafts.is_empty() {
            self.write().await?;
        }
        let letter = self.drafts.pop().ok_or("no draft is left")?;
        if start_newsletter(&self.account, &letter.id).await.is_err() {
            self.doubtful.push(letter.id.clone());
        }
        self.started.push(letter);
        Ok(())
    }

    /// Starts what is a draft yet, though its start was asked for.
    pub(super) async fn settle(&mut self) -> Result<(), String> {
        while let Some(id) = self.doubtful.pop() {
            let state = progress(&self.account, "newsletters", &id).await?;
            if state["state"] == "draft" {
                start_newsletter(&self.account, &id).await?;
            }
        }
        Ok(())
    }
}
