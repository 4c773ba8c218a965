//! The wire service that a text comes from.

use crate::article::Article;

/// A wire service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Agency(pub &'static str);

/// Finds the agency of an article.
pub fn attribute(_article: &Article<'_>) -> Option<Agency> {
    None
}
