//! Which stories a command is about.

use std::path::PathBuf;
use std::str::FromStr;

use anyhow::Result;
use crawl::{Clock as _, Seed};
use story::store::{Label, Query};
use worker::SystemClock;

use crate::exit::usage;
use crate::store::DATA;
use crate::times::When;

/// The data directory whose stories are read.
#[derive(clap::Args, Debug)]
pub(super) struct Data {
    /// The data directory of the crawl, or of `stories serve`
    #[arg(long, value_name = "DIR", default_value = DATA)]
    pub(super) data: PathBuf,
}

/// Conditions that all have to hold.
#[derive(clap::Args, Debug)]
pub(super) struct Choice {
    /// Seen at this time or later, at least in part: 2026-11-25, 2026-11-25T09:30Z, yesterday, or
    /// 12h (ago)
    #[arg(long, value_name = "TIME", visible_alias = "since")]
    from: Option<When>,
    /// Seen before this time, at least in part; a day is included
    #[arg(long, value_name = "TIME", visible_alias = "until")]
    to: Option<When>,
    /// Carried by this outlet (example.com)
    #[arg(long, value_name = "DOMAIN")]
    outlet: Option<String>,
    /// Attributed to this wire service: AFP, Reuters
    #[arg(long, value_name = "NAME")]
    agency: Option<String>,
    /// Carried by an outlet whose seed has this label: country=FR, language=fr, tag=local, or the
    /// value alone (repeatable: all of them)
    #[arg(long = "label", value_name = "[NAME=]VALUE")]
    labels: Vec<LabelArg>,
    /// Carried by so many URLs at least; 1 shows what nobody else carries as well
    #[arg(long, value_name = "N", default_value_t = 2)]
    min_size: u64,
    /// Carried by so many outlets at least
    #[arg(long, value_name = "N", default_value_t = 1)]
    min_outlets: u64,
}

/// A label as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
struct LabelArg(Label);

impl FromStr for LabelArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = match text.split_once('=') {
            None => (None, text),
            Some((name, value)) => match name.trim().to_ascii_lowercase().as_str() {
                "country" => (Some("country"), value),
                "language" => (Some("language"), value),
                "tag" => (Some("tag"), value),
                _ => return Err("labels are country=FR, language=fr and tag=local".into()),
            },
        };
        let (name, value) = (name.map(str::to_owned), value.trim().to_owned());
        if value.is_empty() {
            return Err("a label has a value: country=FR, or FR alone".into());
        }
        Ok(Self(Label { name, value }))
    }
}

impl Choice {
    pub(super) fn query(&self) -> Result<Query> {
        let now = SystemClock.now();
        let query = Query {
            from: self.from.map(|when| when.start(now)),
            to: self.to.map(|when| when.end(now)),
            outlet: self.outlet.as_deref().map(outlet).transpose()?,
            agency: self.agency.as_deref().map(agency),
            labels: self.labels.iter().map(|label| label.0.clone()).collect(),
            size_min: self.min_size,
            outlets_min: self.min_outlets,
            after: None,
        };
        if let (Some(from), Some(to)) = (query.from, query.to)
            && from >= to
        {
            return Err(usage("--from has to be before --to"));
        }
        Ok(query)
    }
}

/// A host or a URL stands for its outlet.
fn outlet(text: &str) -> Result<String> {
    let seed = Seed::parse(text).map_err(|error| usage(format!("--outlet: {error}")))?;
    Ok(seed.outlet().as_str().to_owned())
}

/// A wire service by any of its names.
fn agency(text: &str) -> String {
    crawl::agency::exact(text).unwrap_or(text.trim()).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_have_a_name_or_none() {
        let read = |text: &str| text.parse::<LabelArg>().map(|label| (label.0.name, label.0.value));
        assert_eq!(read("Country=fr"), Ok((Some("country".into()), "fr".into())));
        assert_eq!(read("local"), Ok((None, "local".into())));
        for text in ["colour=red", "tag=", ""] {
            assert!(read(text).unwrap_err().contains("country=FR"), "{text}");
        }
    }

    #[test]
    fn outlets_and_agencies_by_other_names() {
        assert_eq!(outlet("https://www.a.test/x").unwrap(), "a.test");
        assert_eq!(outlet("WWW.A.test").unwrap(), "a.test");
        assert!(outlet("a").is_err());
        assert_eq!(agency("agence france-presse"), "AFP");
        assert_eq!(agency("Nobody's Agency"), "Nobody's Agency");
    }
}
