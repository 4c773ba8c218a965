//! Two texts as aligned passages.
