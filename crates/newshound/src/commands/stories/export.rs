//! `newshound stories export`: stories with their members, as JSON lines.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Serialize;
use story::store::{Document, Story};

use super::choice::{Choice, Data};
use crate::commands::Common;
use crate::exit::{Exit, usage};
use crate::out;
use crate::stories::reader::Reader;
use crate::stories::view::{MemberView, StoryView};
use crate::units::{self, rfc3339};

/// Stories that are read at a time.
const BATCH: usize = 256;

/// Writes stories as JSON lines, one a story, with its members and why they are members: those that
/// most outlets carry first. Pages that ask not to be shown from archives are left out and counted.
/// All of it is of one moment, also beside a crawl. Where texts are not at hand any more, the exit
/// code is 3.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Where to; - is standard output
    #[arg(value_name = "OUT")]
    out: PathBuf,
    #[command(flatten)]
    choice: Choice,
    /// With the text of each member
    #[arg(long)]
    texts: bool,
    /// Also pages that ask not to be shown from archives
    #[arg(long)]
    include_noarchive: bool,
    #[command(flatten)]
    data: Data,
}

/// A line.
#[derive(Serialize)]
struct Line {
    #[serde(flatten)]
    story: StoryView,
    /// Members that ask not to be shown from archives, and are left out.
    left_out: u64,
    members: Vec<Member>,
}

#[derive(Serialize)]
struct Member {
    #[serde(flatten)]
    member: MemberView,
    /// With `--texts`, where it is at hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

/// What was written.
#[derive(Default)]
struct Counts {
    stories: u64,
    members: u64,
    left_out: u64,
    /// Texts that are not at hand, and what helps with the first of them.
    lacking: u64,
    remedy: Option<String>,
}

pub(crate) fn run(args: &Args, common: &Common) -> Result<Exit> {
    let reader = Reader::open(&args.data.data)?;
    let mut to = To::open(&args.out)?;
    let mut counts = Counts::default();
    let written = write(args, &reader, &mut to, &mut counts).and_then(|()| to.finish());
    match written {
        // A reader that has seen enough (`| head`) is no failure.
        Err(error) if out::is_closed(&error) => return Ok(Exit::Ok),
        written => written?,
    }
    counts.tell(common.quiet);
    Ok(if counts.lacking > 0 { Exit::Findings } else { Exit::Ok })
}

fn write(args: &Args, reader: &Reader, to: &mut To, counts: &mut Counts) -> Result<()> {
    let mut query = args.choice.query()?;
    loop {
        let page = reader.store().stories(&query, BATCH)?;
        for story in page.stories {
            if let Some(line) = line(args, reader, story, counts)? {
                counts.stories += 1;
                to.line(&line)?;
            }
        }
        if page.next.is_none() {
            return Ok(());
        }
        query.after = page.next;
    }
}

/// A story as it is exported; nothing when none of its members may be.
fn line(args: &Args, reader: &Reader, story: Story, counts: &mut Counts) -> Result<Option<Line>> {
    let all = reader.store().members(story.id)?;
    let count = all.len();
    let is_wanted = |document: &Document| args.include_noarchive || !document.noarchive;
    let kept: Vec<Document> = all.into_iter().filter(is_wanted).collect();
    let left_out = (count - kept.len()) as u64;
    counts.left_out += left_out;
    let Some(first) = kept.first() else { return Ok(None) };
    let mut view = StoryView::from(story);
    if left_out > 0 {
        without(&mut view, first, &kept);
    }
    let mut members = Vec::with_capacity(kept.len());
    for document in kept {
        let text = if args.texts { counts.text(reader, &document)? } else { None };
        members.push(Member { member: MemberView::of(reader.store(), document)?, text });
    }
    counts.members += members.len() as u64;
    Ok(Some(Line { story: view, left_out, members }))
}

/// Makes a story's own fields those of the members that are exported.
fn without(view: &mut StoryView, first: &Document, kept: &[Document]) {
    let distinct = |of: fn(&Document) -> &str| {
        let values: std::collections::HashSet<&str> = kept.iter().map(of).collect();
        values.len() as u64
    };
    let seen = || kept.iter().map(|document| document.seen_at);
    if kept.iter().all(|document| document.agency != view.agency) {
        view.agency = kept.iter().find_map(|document| document.agency.clone());
    }
    view.size = distinct(|document| &document.url);
    view.outlets = distinct(|document| &document.outlet);
    view.documents = kept.len() as u64;
    view.headline.clone_from(&first.headline);
    view.first = first.number;
    view.first_at = rfc3339(first.first_at);
    view.outlet.clone_from(&first.outlet);
    view.url.clone_from(&first.url);
    view.seen_first = rfc3339(seen().min().unwrap_or(first.seen_at));
    view.seen_last = rfc3339(seen().max().unwrap_or(first.seen_at));
}

impl Counts {
    fn text(&mut self, reader: &Reader, document: &Document) -> Result<Option<String>> {
        let text = reader.text(document)?;
        if text.is_none() {
            self.lacking += 1;
            self.remedy.get_or_insert_with(|| reader.lack(document));
        }
        Ok(text)
    }

    fn tell(&self, is_quiet: bool) {
        if let Some(remedy) = &self.remedy {
            let texts = units::plural(self.lacking, "text");
            eprintln!("newshound: {texts} could not be had, as {remedy}");
        }
        if is_quiet {
            return;
        }
        let stories = match self.stories {
            1 => "1 story".to_owned(),
            n => format!("{} stories", units::count(n)),
        };
        let members = units::plural(self.members, "member");
        eprint!("exported {stories} with {members}");
        if self.left_out > 0 {
            let left_out = units::count(self.left_out);
            eprint!("; {left_out} that ask not to be shown from archives are left out");
        }
        eprintln!();
    }
}

/// Where the lines go: a file has its name once it is whole.
enum To {
    Out(BufWriter<io::Stdout>),
    File { part: PathBuf, path: PathBuf, file: BufWriter<File> },
}

impl To {
    fn open(path: &Path) -> Result<Self> {
        if path.as_os_str() == "-" {
            return Ok(Self::Out(BufWriter::new(io::stdout())));
        }
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        let part = PathBuf::from(part);
        let file = File::create(&part)
            .map_err(|error| usage(format!("cannot write {}: {error}", part.display())))?;
        Ok(Self::File { part, path: path.to_owned(), file: BufWriter::new(file) })
    }

    fn line(&mut self, value: &impl Serialize) -> Result<()> {
        let mut line = serde_json::to_vec(value)?;
        line.push(b'\n');
        let written = match self {
            Self::Out(to) => to.write_all(&line),
            Self::File { file, .. } => file.write_all(&line),
        };
        written.context("cannot write the export")
    }

    fn finish(self) -> Result<()> {
        let cannot = "cannot write the export to its end";
        match self {
            Self::Out(mut to) => to.flush().context(cannot),
            Self::File { part, path, file } => {
                let file = file.into_inner().map_err(io::IntoInnerError::into_error);
                file.and_then(|file| file.sync_all()).context(cannot)?;
                std::fs::rename(&part, &path)
                    .with_context(|| format!("cannot call {} {}", part.display(), path.display()))
            }
        }
    }
}
