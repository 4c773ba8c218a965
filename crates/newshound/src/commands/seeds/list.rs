//! `seeds list` and `seeds export`.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use anyhow::{Context, Result};
use crawl::{SeedSpec, SpecField};
use frontier::Frontier;

use super::Common;
use crate::exit::Exit;
use crate::out;
use crate::seeds::{Format, Writer};
use crate::store::{Place, with_frontier};

/// Lists the seeds with what is said of them.
#[derive(clap::Args, Debug)]
pub(crate) struct ListArgs {
    /// Only those with this tag
    #[arg(long)]
    tag: Option<String>,
    /// Only those of this country
    #[arg(long)]
    country: Option<String>,
    /// Only those of this language
    #[arg(long)]
    language: Option<String>,
    /// Print a JSON object a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

/// Writes the seeds as a list that import reads again.
#[derive(clap::Args, Debug)]
pub(crate) struct ExportArgs {
    /// Where to; standard output without it
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// txt, csv or opml; without it, by the extension of the file, else csv
    #[arg(long, value_enum)]
    format: Option<Format>,
    #[command(flatten)]
    place: Place,
}

impl ListArgs {
    fn wants(&self, spec: &SeedSpec) -> bool {
        let is = |wanted: &Option<String>, given: Option<&str>| {
            wanted.as_ref().is_none_or(|w| given.is_some_and(|g| g.eq_ignore_ascii_case(w)))
        };
        let tags = spec.labels.tags();
        is(&self.country, spec.labels.country())
            && is(&self.language, spec.labels.language())
            && self.tag.as_ref().is_none_or(|tag| tags.iter().any(|t| t.eq_ignore_ascii_case(tag)))
    }
}

pub(super) async fn list(args: &ListArgs, common: &Common) -> Result<Exit> {
    let site = super::site(&args.place, common)?;
    let opened = site.open().await?;
    let (all, shown) = with_frontier!(&opened, frontier => show(frontier, args).await)?;
    if all == 0 {
        let flag = site.flag();
        eprintln!("newshound: there are no seeds; add some with `newshound seeds add ... {flag}`");
    } else if shown == 0 {
        eprintln!("newshound: none of the {all} seeds is like that");
    }
    Ok(Exit::Ok)
}

/// Lists the seeds. Gives how many there are, and how many of them were shown.
async fn show(frontier: &impl Frontier, args: &ListArgs) -> Result<(u64, u64)> {
    let mut shown = 0_u64;
    let mut each = async |row: frontier::SeedRow| {
        if !args.wants(&row.spec) {
            return Ok(());
        }
        shown += 1;
        if args.json {
            return out::json(&row.spec);
        }
        let said = SpecField::ALL.into_iter().filter_map(|field| {
            row.spec.get(field).map(|value| format!("{}={value}", field.name()))
        });
        let said: Vec<String> = said.collect();
        let kind = row.spec.seed.kind().name();
        out::line!("{kind:7} {} {}", row.spec.seed, said.join(" "))
    };
    let all = super::every_seed(frontier, &mut each).await?;
    Ok((all, shown))
}

pub(super) async fn export(args: &ExportArgs, common: &Common) -> Result<Exit> {
    let opened = super::site(&args.place, common)?.open().await?;
    let by_name = args.file.as_deref().and_then(Format::of_extension);
    let format = args.format.or(by_name).unwrap_or(Format::Csv);
    let to: Box<dyn Write> = match &args.file {
        Some(path) if path.as_os_str() != "-" => {
            let file = File::create(path);
            Box::new(file.with_context(|| format!("cannot write {}", path.display()))?)
        }
        _ => Box::new(std::io::stdout()),
    };
    match with_frontier!(&opened, frontier => write(frontier, format, to).await) {
        // A reader that has seen enough (`| head`) is no failure.
        Err(error) if out::is_closed(&error) => Ok(Exit::Ok),
        written => written.map(|()| Exit::Ok),
    }
}

async fn write(frontier: &impl Frontier, format: Format, to: Box<dyn Write>) -> Result<()> {
    let mut writer = Writer::new(format, BufWriter::new(to))?;
    let mut each =
        async |row: frontier::SeedRow| writer.write(&row.spec).context("cannot write the list");
    super::every_seed(frontier, &mut each).await?;
    writer.finish().context("cannot write the list")?;
    Ok(())
}
