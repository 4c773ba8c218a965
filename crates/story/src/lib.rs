//! Which articles are one story: the same text, wholly, edited, excerpted, or as a later version.
//!
//! What it is: an engine that is handed articles in the order of their arrival and says of each
//! which story it belongs to and why. It finds containment either way, ignores what an outlet puts
//! into all its pages, tells templates from texts, and keeps collections of several stories apart.
//! The same order gives the same stories.
//!
//! What it is not: it reads no clock, opens no files ([`store`] does), and keeps no texts. Those it
//! asks for through [`Texts`], since a claim of republication is always checked on the texts
//! themselves.
//!
//! # Layout
//! - [`article`]: what the engine is handed and what it answers
//! - [`stories`]: the engine
//! - [`tokens`]: texts as tokens; [`signature`]: which of their hashes are kept
//! - `filter`, `body`: what an outlet repeats, and what is left of a text without it
//! - `index`, `estimate`: which older documents may share something
//! - `verify`, `facts`, [`decide`], `resolve`, `relate`: what they share, and what that makes them
//! - `unmask`: members that turn out to be digests later
//! - [`agency`]: the wire service that a text comes from
//! - [`diff`]: two texts as aligned passages
//! - [`furniture`]: the outlet filter by itself
//! - [`checkpoint`]: the engine's state as bytes
//! - [`store`]: apart from all that, stories on disk: the engine with a file, and reading it

pub mod agency;
pub mod article;
pub mod checkpoint;
pub mod decide;
pub mod diff;
pub mod furniture;
pub mod signature;
pub mod store;
pub mod stories;
pub mod tokens;

mod body;
mod documents;
mod error;
mod estimate;
mod facts;
mod filter;
mod hash;
mod index;
mod relate;
mod resolve;
mod text;
mod unmask;
mod verify;

pub use agency::Agency;
pub use article::{Article, Assignment, Hints, Moved, Reason, StoryId, Texts, TextsError};
pub use decide::Kind;
pub use error::Error;
pub use stories::{Config, Figures, Stories};
