//! Keeps snapshots as WARC.
