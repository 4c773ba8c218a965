//! How well pages are read and stories are told, against what is known of them: `cargo xtask
//! eval`.
//!
//! # Layout
//! One file a subject, holding its arguments and `run`: [`pages`], [`hostile`], [`stories`].

pub mod hostile;
pub mod pages;
pub mod stories;
