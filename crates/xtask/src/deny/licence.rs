//! Whether a licence expression is met by a list of allowed licences.
//!
//! The grammar is that of SPDX (annex D of the specification, version 2.3): `OR` binds weaker than
//! `AND`, `WITH` belongs to its licence. Old manifests write `/` for `OR`.

use std::collections::BTreeSet;

use anyhow::{Result, bail};

/// Nested brackets of an expression; real ones have one.
const DEPTH_MAX: usize = 16;

/// Whether the allowed licences are enough to use what is licensed by `expression`.
pub(super) fn is_met(expression: &str, allowed: &BTreeSet<&str>) -> Result<bool> {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut parser = Parser { words: &words, allowed, depth: 0 };
    let met = parser.any_of()?;
    if let Some(word) = parser.words.first() {
        bail!("unexpected `{word}`");
    }
    Ok(met)
}

struct Parser<'a> {
    words: &'a [&'a str],
    allowed: &'a BTreeSet<&'a str>,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn any_of(&mut self) -> Result<bool> {
        let mut met = self.all_of()?;
        while self.skip("OR") {
            met |= self.all_of()?;
        }
        Ok(met)
    }

    fn all_of(&mut self) -> Result<bool> {
        let mut met = self.one()?;
        while self.skip("AND") {
            met &= self.one()?;
        }
        Ok(met)
    }

    fn one(&mut self) -> Result<bool> {
        match self.next()? {
            "(" if self.depth == DEPTH_MAX => bail!("more than {DEPTH_MAX} brackets"),
            "(" => {
                self.depth += 1;
                let met = self.any_of()?;
                self.depth -= 1;
                if !self.skip(")") {
                    bail!("a bracket is not closed");
                }
                Ok(met)
            }
            word @ (")" | "OR" | "AND" | "WITH") => bail!("unexpected `{word}`"),
            licence if self.skip("WITH") => {
                let with = format!("{licence} WITH {}", self.next()?);
                // An exception only permits more than its licence does.
                Ok(self.allowed.contains(licence) || self.allowed.contains(with.as_str()))
            }
            licence => Ok(self.allowed.contains(licence)),
        }
    }

    fn next(&mut self) -> Result<&'a str> {
        let Some((word, rest)) = self.words.split_first() else { bail!("it ends too early") };
        self.words = rest;
        Ok(word)
    }

    fn skip(&mut self, word: &str) -> bool {
        let found = self.words.first() == Some(&word);
        if found {
            self.words = &self.words[1..];
        }
        found
    }
}
