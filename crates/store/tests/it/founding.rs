//! The row that stands for the whole installation.

use crate::both::{Bench, START};

crate::both!(
    /// Marks of secrets are only ever added.
    no_mark_of_a_secret_is_ever_forgotten,
    |bench: Bench| async move {
        let fresh = bench.store.installation().await.expect("the installation");
        assert_eq!((fresh.created_at, fresh.paused, fresh.frozen), (START, None, false));
        assert!(fresh.secret_marks.is_empty());
        for marks in [&["aa"][..], &["bb", "aa"], &["bb"]] {
            let marks = marks.iter().map(|&mark| mark.to_owned()).collect();
            bench.store.keep_secret_marks(marks).await.expect("marks are kept");
        }
        assert_eq!(bench.store.installation().await.expect("the installation").secret_marks, ["aa", "bb"]);
    }
);
