//! Answers that are made to hurt: bombs, mazes and rubbish, each made by code.
//!
//! # Layout
//! - here: what one is
//! - [`pages`]: pages of HTML
//! - [`files`]: feeds, sitemaps, and what is packed
//! - [`robots`]: robots.txt files, and hosts that serve them
//! - [`site`]: a host that serves them

pub mod files;
pub mod pages;
pub mod robots;
pub mod site;

/// An answer that is made to hurt.
#[derive(Clone, Debug)]
pub struct Hostile {
    /// What it is, in a word or two.
    pub name: &'static str,
    /// The `Content-Type` that it comes with.
    pub content_type: &'static str,
    /// Its `Content-Encoding`, where it has one.
    pub coding: Option<&'static str>,
    /// Makes the body as it is sent: some take their time.
    pub body: fn() -> Vec<u8>,
    /// What may become of it, by the words of [`crate::eval::hostile`].
    pub outcomes: &'static [&'static str],
}

/// Bytes of a body that a crawl takes: what is longer is cut.
pub const BODY_BYTES_MAX: usize = 10 * 1024 * 1024;

/// Links alone are read of what no tree can be built of.
pub(crate) const UNTAMED: &[&str] = &["links-only"];

/// A reader may cope or not; both are recorded.
pub(crate) const READ_OR_NOT: &[&str] =
    &["article", "no-article", "unreadable: time", "unreadable: memory"];

/// What is harmless to whoever reads it well.
pub(crate) const HARMLESS: &[&str] = &["article", "no-article"];

/// The one of a name.
///
/// # Panics
/// When there is none.
#[track_caller]
pub fn named(name: &str) -> Hostile {
    let found = all().into_iter().find(|hostile| hostile.name == name);
    found.unwrap_or_else(|| panic!("nothing hostile is called {name:?}"))
}

/// All of them.
pub fn all() -> Vec<Hostile> {
    pages::all().into_iter().chain(files::all()).collect()
}
