//! What may never happen, whatever bytes come in: a property for each of our readers.
//!
//! What it is: functions that panic when a property is broken. `cargo xtask fuzz` calls them with
//! bytes that libFuzzer makes up, guided by the code that they reach; the tests call them with the
//! bytes of `corpus/`: beginnings of each kind, and all that was ever found.
//!
//! What it is not: a check that what is read is right; that is for the tests of the readers.
//!
//! # Layout
//! - [`target`]: the list
//! - `robots`, `html`, `feed`, `sitemap`, `charset`, `coding`, `warc`, `article`: one each

mod article;
mod charset;
mod coding;
mod feed;
mod html;
mod robots;
mod sitemap;
pub mod target;
mod warc;

pub use target::{TARGETS, Target};
