//! Reading without processes: for simulated time, in which no other process takes part.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{ReadOutcome, Reader, Reading, ToRead, Unreadable, child};

/// Reads on the caller's thread. Only for pages that are known to be harmless.
#[derive(Clone, Copy, Debug, Default)]
pub struct InProcess;

impl Reader for InProcess {
    fn read<'a>(&'a self, page: &'a ToRead) -> Reading<'a> {
        let read = catch_unwind(AssertUnwindSafe(|| child::read(page, false)));
        let outcome = match read {
            Ok(Some(article)) => ReadOutcome::Article(Box::new(article)),
            Ok(None) => ReadOutcome::NoArticle,
            Err(_) => ReadOutcome::Unreadable(Unreadable::Crashed),
        };
        Box::pin(std::future::ready(outcome))
    }
}
