//! `newshound stories diff`: what one article took from another, cut and added.

use std::fmt::Write as _;

use anyhow::{Context, Result};
use serde::Serialize;
use story::diff::Diff;
use story::store::Document;

use super::choice::Data;
use crate::exit::{Exit, usage};
use crate::stories::aligned::{self, Counts, Paragraph, PassageView};
use crate::stories::name::Name;
use crate::stories::reader::Reader;
use crate::stories::view::DocumentView;
use crate::{out, units};

/// Lays two articles side by side: what the second has cut, added and changed. With one name, a URL
/// shows what its versions have changed one after the other, and a story what each member made of
/// the first publication. Nothing of the texts is left out.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// An article: a document (d40, or 40), a URL (its newest version), or a story (s12: its first
    /// publication)
    #[arg(value_name = "A")]
    a: Name,
    /// The article that it is compared with
    #[arg(value_name = "B")]
    b: Option<Name>,
    /// Show only paragraphs in which something differs
    #[arg(long, conflicts_with = "json")]
    changes: bool,
    /// Take also pages that ask not to be shown from archives
    #[arg(long)]
    include_noarchive: bool,
    /// Print a JSON object a line, one for each comparison
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    data: Data,
}

#[derive(Serialize)]
struct View<'a> {
    a: DocumentView,
    b: DocumentView,
    /// The share of each text that the other has.
    of_a: f64,
    of_b: f64,
    counts: Counts,
    passages: Vec<PassageView<'a>>,
}

pub(crate) fn run(args: &Args) -> Result<Exit> {
    let reader = Reader::open(&args.data.data)?;
    let pairs = match &args.b {
        Some(b) => vec![(reader.one(&args.a)?, reader.one(b)?)],
        None => pairs(&reader, &args.a)?,
    };
    for (n, (a, b)) in pairs.into_iter().enumerate() {
        if n > 0 && !args.json {
            out::text("\n")?;
        }
        let texts = (text(&reader, &a, args)?, text(&reader, &b, args)?);
        compare(args, (a, b), (&texts.0, &texts.1))?;
    }
    Ok(Exit::Ok)
}

/// The comparisons that one name stands for.
fn pairs(reader: &Reader, name: &Name) -> Result<Vec<(Document, Document)>> {
    match name {
        Name::Url { url, otherwise } => {
            let versions = reader.revisions(url, otherwise.as_ref())?;
            if versions.len() < 2 {
                eprintln!("newshound: only one version of {url} is known");
            }
            let pairs = versions.windows(2).map(|pair| (pair[0].clone(), pair[1].clone()));
            Ok(pairs.collect())
        }
        Name::Story(number) => {
            let story = reader.story(*number)?;
            let members = reader.store().members(story.id)?;
            let first = members.iter().find(|member| member.number == story.first);
            let first = first.context("a story has its first publication")?;
            let others = members.iter().filter(|member| member.number != story.first);
            let pairs: Vec<_> = others.map(|other| (first.clone(), other.clone())).collect();
            if pairs.is_empty() {
                eprintln!("newshound: s{} has one document only", story.id.0);
            }
            Ok(pairs)
        }
        Name::Document(_) | Name::Number(_) => Err(usage(format!(
            "{name} is one document: name another one that it is compared with, or a URL alone for \
                its versions, or a story (s12) for all of its members"
        ))),
    }
}

fn text(reader: &Reader, document: &Document, args: &Args) -> Result<String> {
    if document.noarchive && !args.include_noarchive {
        return Err(usage(format!(
            "d{} ({}) asks not to be shown from archives: --include-noarchive shows it all the \
                same",
            document.number, document.url
        )));
    }
    reader.needed_text(document)
}

fn compare(args: &Args, (a, b): (Document, Document), texts: (&str, &str)) -> Result<()> {
    let diff = story::diff::diff(texts.0, texts.1);
    if args.json {
        return out::json(&View {
            a: a.into(),
            b: b.into(),
            of_a: diff.of_a,
            of_b: diff.of_b,
            counts: Counts::of(&diff),
            passages: aligned::passages(texts.0, texts.1, &diff),
        });
    }
    let mut to = String::new();
    for (name, document) in [("first", &a), ("second", &b)] {
        let (number, at) = (document.number, units::minute(document.first_at));
        writeln!(to, "{name:<7} d{number:<6} {at} UTC  {}", out::printable(&document.url))?;
        if a.headline != b.headline {
            let headline = document.headline.as_deref().unwrap_or("(no headline)");
            writeln!(to, "                “{}”", out::printable(headline))?;
        }
    }
    summary(&mut to, &diff)?;
    if Counts::of(&diff).same > 0 {
        let paragraphs = aligned::marked(texts.0, texts.1, &diff, aligned::is_coloured());
        text_of(&mut to, &paragraphs, args.changes)?;
    }
    out::text(&to)
}

/// Writes the paragraphs; of those where nothing differs only how many there are, if so wanted.
fn text_of(to: &mut String, paragraphs: &[Paragraph], changes: bool) -> std::fmt::Result {
    for block in paragraphs.chunk_by(|x, y| x.is_marked == y.is_marked) {
        if changes && !block[0].is_marked {
            writeln!(to, "\n({}, the same)", units::plural(block.len() as u64, "paragraph"))?;
            continue;
        }
        for paragraph in block {
            writeln!(to, "\n{}", paragraph.text)?;
        }
    }
    Ok(())
}

fn summary(to: &mut String, diff: &Diff) -> std::fmt::Result {
    let counts = Counts::of(diff);
    let Counts { same, moved, cut, added, changed } = counts;
    if same == 0 {
        return writeln!(to, "They share no passage.");
    }
    if moved + cut + added + changed == 0 {
        return writeln!(to, "Both have the same words.");
    }
    let (of_a, of_b) = (units::percent(diff.of_a), units::percent(diff.of_b));
    write!(to, "{of_a} of the first is in the second, {of_b} of the second in the first: ")?;
    let counts = [(cut, "cut"), (added, "added"), (changed, "changed"), (moved, "moved")];
    let counts = counts.iter().filter(|(count, _)| *count > 0);
    let counts: Vec<_> = counts.map(|(count, what)| format!("{count} {what}")).collect();
    writeln!(to, "{}", counts.join(", "))?;
    writeln!(to, "{}", aligned::LEGEND)
}
