//! `newshound stories show`: a story with its members.

use std::fmt::{self, Write as _};

use anyhow::Result;
use serde::Serialize;
use story::store::{Document, Story};

use super::choice::Data;
use crate::exit::Exit;
use crate::stories::name::Name;
use crate::stories::reader::Reader;
use crate::stories::view::{DocumentView, MemberView, StoryView};
use crate::{out, units};

/// Shows a story: who carries it and when, who came first, how each member belongs to it and how
/// much of it the others cover, and the text of the first publication. Times are UTC. Coverage is
/// what decided: without what outlets put into all their pages.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// A story (s12, or 12), or the one that a document (d40) or a URL belongs to
    #[arg(value_name = "STORY")]
    name: Name,
    /// Show the text also when its page asks not to be shown from archives
    #[arg(long)]
    include_noarchive: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    data: Data,
}

/// All of a story.
struct Shown {
    story: Story,
    members: Vec<Document>,
    /// Documents that hold a part of it and are no members.
    linked: Vec<Document>,
    text: Result<String, String>,
}

#[derive(Serialize)]
struct View {
    #[serde(flatten)]
    story: StoryView,
    members: Vec<MemberView>,
    linked: Vec<DocumentView>,
    text: Option<String>,
}

pub(crate) fn run(args: &Args) -> Result<Exit> {
    let reader = Reader::open(&args.data.data)?;
    let (asked, story) = match &args.name {
        Name::Story(number) | Name::Number(number) => (*number, reader.story(*number)?),
        name => {
            let number = reader.one(name)?.story.0;
            (number, reader.story(number)?)
        }
    };
    if asked != story.id.0 {
        eprintln!("newshound: s{asked} has become a part of s{}", story.id.0);
    }
    let shown = Shown {
        members: reader.store().members(story.id)?,
        linked: reader.store().linked(story.id)?,
        text: first_text(&reader, &story, args.include_noarchive)?,
        story,
    };
    if args.json {
        out::json(&shown.view(&reader)?)?;
    } else {
        out::text(&shown.render(&reader)?)?;
    }
    Ok(Exit::Ok)
}

/// The text of the first publication, or why it is not shown.
fn first_text(reader: &Reader, story: &Story, noarchive: bool) -> Result<Result<String, String>> {
    let document = reader.document(story.first)?;
    if document.noarchive && !noarchive {
        return Ok(Err(
            "its page asks not to be shown from archives: --include-noarchive shows it \
            all the same"
                .into(),
        ));
    }
    let text = reader.text(&document)?;
    Ok(text.ok_or_else(|| reader.lack(&document)))
}

impl Shown {
    fn view(self, reader: &Reader) -> Result<View> {
        let members = self.members.into_iter().map(|member| MemberView::of(reader.store(), member));
        if let Err(why) = &self.text {
            eprintln!("newshound: {why}");
        }
        Ok(View {
            story: self.story.into(),
            members: members.collect::<Result<_>>()?,
            linked: self.linked.into_iter().map(DocumentView::from).collect(),
            text: self.text.ok(),
        })
    }

    fn render(&self, reader: &Reader) -> Result<String> {
        let mut to = String::new();
        self.head(&mut to)?;
        for member in &self.members {
            self.member(&mut to, reader, member)?;
        }
        if !self.linked.is_empty() {
            writeln!(to, "\ncollections that hold a part of it")?;
        }
        for linked in &self.linked {
            writeln!(to, "  {:<7} {}", format!("d{}", linked.number), out::printable(&linked.url))?;
        }
        match &self.text {
            Ok(text) => {
                writeln!(to, "\ntext of d{}", self.story.first)?;
                for paragraph in text.lines().filter(|line| !line.trim().is_empty()) {
                    writeln!(to, "\n  {}", out::printable(paragraph))?;
                }
            }
            Err(why) => writeln!(to, "\nno text of d{}: {why}", self.story.first)?,
        }
        Ok(to)
    }

    fn head(&self, to: &mut String) -> fmt::Result {
        let story = &self.story;
        let headline = story.headline.as_deref().unwrap_or("(no headline)");
        writeln!(to, "s{}  {}", story.id.0, out::printable(headline))?;
        let mut row = |name: &str, value: &str| writeln!(to, "  {name:<16}{value}");
        row("agency", story.agency.as_deref().unwrap_or("none is named"))?;
        row(
            "carried by",
            &format!(
                "{}, {}; {} with all versions",
                units::plural(story.outlets, "outlet"),
                units::plural(story.size, "URL"),
                units::plural(story.documents, "document"),
            ),
        )?;
        let (from, to_) = (units::minute(story.seen_first), units::minute(story.seen_last));
        row("seen", &format!("{from} to {to_} UTC"))?;
        let first = format!("{} UTC by {}", units::minute(story.first_at), story.outlet);
        row("first published", &first)?;
        writeln!(to, "\nmembers, in the order of publication")
    }

    fn member(&self, to: &mut String, reader: &Reader, member: &Document) -> Result<()> {
        let number = format!("d{}", member.number);
        writeln!(to, "  {number:<7} {}  {}", time(member), member.outlet)?;
        writeln!(to, "          {}", out::printable(&member.url))?;
        let headline =
            member.headline.as_ref().filter(|own| Some(*own) != self.story.headline.as_ref());
        if let Some(headline) = headline {
            writeln!(to, "          “{}”", out::printable(headline))?;
        }
        writeln!(to, "          {}", self.why(reader, member)?)?;
        Ok(())
    }

    /// Why a document is in its story.
    fn why(&self, reader: &Reader, document: &Document) -> Result<String> {
        let store = reader.store();
        let mut parts = Vec::new();
        match store.reasons(document.number)?.first() {
            Some(reason) => parts.push(format!(
                "{}: {} of it stands in d{other}, {} of d{other} in it",
                document.kind.as_str(),
                units::percent(reason.of_document),
                units::percent(reason.of_other),
                other = reason.other,
            )),
            None => parts.push("the first that was seen".into()),
        }
        let links = store.links(document.number)?;
        if !links.is_empty() {
            let names: Vec<String> = links.iter().map(|story| format!("s{}", story.0)).collect();
            parts.push(format!("holds parts of {}", names.join(", ")));
        }
        let is_earlier =
            |other: &&Document| other.url == document.url && other.number < document.number;
        let earlier = self.members.iter().filter(is_earlier).max_by_key(|other| other.number);
        parts.extend(earlier.map(|earlier| format!("a later version of d{}", earlier.number)));
        parts.extend(document.agency.as_ref().map(|agency| format!("by {agency}")));
        if document.partial {
            parts.push("not free to read: its text may be cut".into());
        }
        if document.noarchive {
            parts.push("asks not to be shown from archives".into());
        }
        Ok(parts.join("; "))
    }
}

/// When it was published: the day alone where only that is known, and when it was seen where it
/// says nothing that can be true.
fn time(document: &Document) -> String {
    let at = units::minute(document.first_at);
    let time = match &document.published {
        Some(day) if day.len() == "2026-11-25".len() => format!("{day} (day)"),
        Some(_) if document.first_at < document.seen_at => at,
        _ => format!("{at} (seen)"),
    };
    format!("{time:<23}")
}
