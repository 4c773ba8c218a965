//! The configuration: a file, then `NEWSHOUND_*` from the environment, then flags.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use crawl::{ScopeRule, politeness, retry, revisit, traps};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use toml::{Table, Value};

use crate::exit::usage;
use crate::store;

/// Read from the working directory where no other file is named.
const DEFAULT_FILE: &str = "newshound.toml";

/// Environment variables begin with it: `NEWSHOUND_POLITENESS_DELAY=5s`.
const ENV_PREFIX: &str = "NEWSHOUND_";

/// Every key, all optional. `config/newshound.toml` is the reference.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    /// Mail address or URL in the user agent.
    pub(crate) contact: Option<String>,
    /// How far links are followed.
    pub(crate) scope: ScopeRule,
    /// The frontier of a fleet, as a URL; the data directory has its own where there is none.
    pub(crate) frontier: Option<String>,
    pub(crate) redis: store::Config,
    pub(crate) crawl: worker::Config,
    pub(crate) reader: worker::reader::Config,
    pub(crate) politeness: politeness::Config,
    pub(crate) retry: retry::Config,
    pub(crate) revisit: revisit::Config,
    pub(crate) traps: traps::Config,
    pub(crate) fetch: fetch::Config,
    pub(crate) archive: archive::Config,
    pub(crate) stories: worker::stories::Config,
}

impl Config {
    /// Reads the file that is named (or the default one where it exists) and the environment.
    pub(crate) fn load(named: Option<&Path>) -> Result<Self> {
        Ok(Self::load_given(named)?.0)
    }

    /// The same, and which keys were given.
    pub(crate) fn load_given(named: Option<&Path>) -> Result<(Self, Given)> {
        let default = PathBuf::from(DEFAULT_FILE);
        let path = match named {
            Some(path) => Some(path.to_owned()),
            None => default.is_file().then_some(default),
        };
        let text = match &path {
            Some(path) => std::fs::read_to_string(path).map_err(|e| {
                usage(format!("cannot read the config file {}: {e}", path.display()))
            })?,
            None => String::new(),
        };
        let place = path.as_deref().map_or_else(|| "the environment".into(), Path::display_text);
        // Parsed alone first, so that an error points at the line of the file.
        let config: Self = toml::from_str(&text).map_err(|e| explain(&place, &e))?;
        let mut table: Table = toml::from_str(&text).map_err(|e| explain(&place, &e))?;
        let is_ours = |name: &str| name.starts_with(ENV_PREFIX) && name != store::PASSWORD_VARIABLE;
        let variables: Vec<_> = std::env::vars().filter(|(name, _)| is_ours(name)).collect();
        if variables.is_empty() {
            return Ok((config, Given(table)));
        }
        apply(&mut table, &variables)?;
        let given = Given(table.clone());
        let config = table.try_into().map_err(|e| {
            let named: Vec<_> = variables.iter().map(|(name, _)| name.as_str()).collect();
            usage(format!("in the environment ({}): {e}", named.join(", ")))
        })?;
        Ok((config, given))
    }
}

/// The keys that the file or the environment give, apart from those that have their defaults.
#[derive(Clone, Debug, Default)]
pub(crate) struct Given(Table);

impl Given {
    /// Whether a key is given: `has(&["politeness", "delay"])`.
    pub(crate) fn has(&self, path: &[&str]) -> bool {
        let Some((last, tables)) = path.split_last() else { return false };
        let start = Some(&self.0);
        let within = tables.iter().fold(start, |at, name| at?.get(*name)?.as_table());
        within.is_some_and(|table| table.contains_key(*last))
    }
}

trait DisplayText {
    fn display_text(&self) -> String;
}

impl DisplayText for Path {
    fn display_text(&self) -> String {
        self.display().to_string()
    }
}

fn explain(place: &str, error: &toml::de::Error) -> anyhow::Error {
    usage(format!("in {place}: {error}see config/newshound.toml for every key"))
}

/// Puts variables into the table: `NEWSHOUND_POLITENESS_DELAY` is `delay` in `[politeness]`.
fn apply(table: &mut Table, variables: &[(String, String)]) -> Result<()> {
    let keys = keys()?;
    for (name, text) in variables {
        let Some((path, default)) = keys.iter().find(|(path, _)| env_name(path) == *name) else {
            tracing::warn!(name, "this environment variable names no config key; it is ignored");
            continue;
        };
        let mut at = &mut *table;
        for part in &path[..path.len() - 1] {
            let next = at.entry(part.clone()).or_insert_with(|| Value::Table(Table::new()));
            at = next.as_table_mut().with_context(|| format!("{part} is no table"))?;
        }
        at.insert(path[path.len() - 1].clone(), value(text, default));
    }
    Ok(())
}

/// A text is taken as what the key's default is: a number, a list, a truth value, else a text.
fn value(text: &str, default: &Json) -> Value {
    let as_text = || Value::String(text.to_owned());
    match default {
        Json::String(_) => as_text(),
        Json::Null if text.parse::<i64>().is_err() => as_text(),
        _ => match toml::from_str::<Table>(&format!("v = {text}")) {
            Ok(mut table) => table.remove("v").unwrap_or_else(as_text),
            Err(_) => as_text(),
        },
    }
}

fn env_name(path: &[String]) -> String {
    format!("{ENV_PREFIX}{}", path.join("_").to_uppercase())
}

/// Every key with its default.
fn keys() -> Result<Vec<(Vec<String>, Json)>> {
    fn walk(at: &mut Vec<String>, value: Json, keys: &mut Vec<(Vec<String>, Json)>) {
        match value {
            Json::Object(members) => {
                for (name, member) in members {
                    at.push(name);
                    walk(at, member, keys);
                    at.pop();
                }
            }
            leaf => keys.push((at.clone(), leaf)),
        }
    }
    let mut keys = Vec::new();
    walk(&mut Vec::new(), serde_json::to_value(Config::default())?, &mut keys);
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use super::*;

    const REFERENCE: &str = include_str!("../../../config/newshound.toml");

    #[test]
    fn the_reference_is_the_default() {
        let config: Config = toml::from_str(REFERENCE).unwrap();
        assert_eq!(config, Config::default());
    }

    #[test]
    fn the_reference_misses_no_key() {
        let mut section = String::new();
        let mut written = Vec::new();
        for line in REFERENCE.lines() {
            let line = line.trim_start_matches("# ");
            if let Some(name) = line.strip_prefix('[').and_then(|l| l.split(']').next()) {
                section = format!("{name}.");
            } else if let Some((key, _)) = line.split_once(" = ") {
                written.push(format!("{section}{key}"));
            }
        }
        for (path, _) in keys().unwrap() {
            assert!(written.contains(&path.join(".")), "{} is missing", path.join("."));
        }
    }

    #[test]
    fn variables_go_over_the_file() {
        let mut table: Table = toml::from_str("[politeness]\ndelay = \"2s\"").unwrap();
        let set = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        let variables = [
            set("NEWSHOUND_POLITENESS_DELAY", "5s"),
            set("NEWSHOUND_CONTACT", "a@example.org"),
            set("NEWSHOUND_CRAWL_CONCURRENCY", "7"),
            set("NEWSHOUND_CRAWL_PAGES_MAX", "9"),
        ];
        apply(&mut table, &variables).unwrap();
        let config: Config = table.try_into().unwrap();
        assert_eq!(config.politeness.delay.as_secs(), 5);
        assert_eq!(config.contact.as_deref(), Some("a@example.org"));
        assert_eq!((config.crawl.concurrency, config.crawl.pages_max), (7, Some(9)));
    }

    #[test]
    fn what_is_given_is_told_from_defaults() {
        let given = Given(toml::from_str("scope = \"any\"\n[crawl]\nwatch = true").unwrap());
        assert!(given.has(&["scope"]) && given.has(&["crawl", "watch"]) && given.has(&["crawl"]));
        for path in [&["contact"][..], &["crawl", "patience"], &["politeness", "delay"], &[]] {
            assert!(!given.has(path), "{path:?}");
        }
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("n.toml");
        std::fs::write(&path, "[politeness]\ndeley = \"1s\"\n").unwrap();
        let error = Config::load(Some(&path)).unwrap_err().to_string();
        assert!(error.contains("deley") && error.contains("line 2"), "{error}");
    }
}
