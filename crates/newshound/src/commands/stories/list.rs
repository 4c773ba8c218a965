//! `newshound stories list`: which stories there are.

use std::fmt::Write as _;

use anyhow::Result;
use story::store::Story;

use super::choice::{Choice, Data};
use crate::exit::Exit;
use crate::stories::reader::Reader;
use crate::stories::view::StoryView;
use crate::{out, units};

/// Lists stories, those that most outlets carry first, then those of most URLs, then the newest.
/// Times are UTC; the first publication goes by what pages say, as far as that can be true.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[command(flatten)]
    choice: Choice,
    /// So many at most
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: u32,
    /// Print a JSON object a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    data: Data,
}

pub(crate) fn run(args: &Args) -> Result<Exit> {
    let query = args.choice.query()?;
    let reader = Reader::open(&args.data.data)?;
    // One more tells whether there are more.
    let limit = args.limit as usize;
    let mut stories = reader.store().stories(&query, limit.saturating_add(1))?.stories;
    let is_all = stories.len() <= limit;
    stories.truncate(limit);
    let mut text = String::new();
    let is_none = stories.is_empty();
    for story in stories {
        if args.json {
            out::json(&StoryView::from(story))?;
        } else {
            line(&mut text, &story)?;
        }
    }
    out::text(&text)?;
    if !is_all {
        eprintln!("newshound: there are more: --limit N shows them, conditions (--help) choose");
    } else if is_none {
        none(&reader)?;
    }
    Ok(Exit::Ok)
}

fn line(to: &mut String, story: &Story) -> Result<()> {
    let headline = story.headline.as_deref().unwrap_or("(no headline)");
    writeln!(to, "{:<7} {}", format!("s{}", story.id.0), out::printable(headline))?;
    let agency = story.agency.as_deref().map(|agency| format!("{agency}; ")).unwrap_or_default();
    writeln!(
        to,
        "        {agency}{}, {}; first {} UTC, {}",
        units::plural(story.outlets, "outlet"),
        units::plural(story.size, "URL"),
        units::minute(story.first_at),
        out::printable(&story.url),
    )?;
    Ok(())
}

/// Says what there is instead.
fn none(reader: &Reader) -> Result<()> {
    let held = reader.store().held()?;
    let documents = units::plural(held.documents, "article");
    if held.stories == 0 {
        eprintln!("newshound: no story is carried twice yet, among {documents}");
    } else {
        let stories = units::count(held.stories);
        eprintln!("newshound: no story is like that, among {stories} (of {documents})");
    }
    Ok(())
}
