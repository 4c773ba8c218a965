//! The article of a page: as the crawl kept it, or read now in a process that may die of it.

use archive::articles::Found;
use extract::{Article, Input};
use worker::reader::{Config, ReadOutcome, ToRead, Unreadable};

use super::reading::{ArticleIs, Reading};
use crate::exit::Exit;
use crate::{job, units};

/// What a crawl has kept of an article.
pub(super) enum KeptArticle {
    /// What it found, and the name of the file that says so.
    Line(Box<Found<Article>>, String),
    /// Nothing that counts; why.
    None(String),
}

/// Takes what a crawl has kept; where that is nothing, reads the page.
pub(super) async fn kept_or_read(
    config: &Config,
    kept: KeptArticle,
    input: &Input<'_>,
    mut reading: Reading,
) -> Reading {
    if reading.article_is == ArticleIs::Impossible {
        return reading;
    }
    let (found, file) = match kept {
        KeptArticle::Line(found, file) => (*found, file),
        KeptArticle::None(why) => {
            let mut reading = read(config, input, reading).await;
            reading.article_note = reading.article_from.map(|_| match reading.article_note {
                Some(note) => format!("{note}; {why}"),
                None => why,
            });
            return reading;
        }
    };
    reading.article_from = Some("crawl");
    reading.article_note = Some(match &found {
        Found::Article(_) => format!("as it stands in {file}"),
        Found::Nothing(word) => format!("{file} says that there is none: {word}"),
        Found::Wall(kind) => format!("{file} says that it is a wall: {kind}"),
        Found::Unreadable(why) => {
            reading.unreadable = Some(why.clone());
            format!("{file} says that it cannot be read ({why}), so it is not tried again")
        }
    });
    if let Found::Article(article) = found {
        reading.take(article);
    }
    reading
}

/// Reads the article of a page in a process of its own, under the limits of a crawl's readers.
pub(super) async fn read(config: &Config, input: &Input<'_>, mut reading: Reading) -> Reading {
    let is_tame = reading.guard.is_none() || config.untamed;
    if reading.article_is != ArticleIs::Likely || !is_tame {
        return reading;
    }
    let readers = job::readers(Config { processes: 1, ..config.clone() });
    let outcome = readers.read(&ToRead::of(input)).await;
    readers.close().await;
    reading.article_from = Some("now");
    let (word, why) = match outcome {
        ReadOutcome::Article(article) => {
            reading.take(*article);
            return reading;
        }
        ReadOutcome::NoArticle => return reading,
        ReadOutcome::Unreadable(why) => (why.word(), why_unreadable(why, config)),
        ReadOutcome::Unread => {
            let why = "no process could be had to read it (reader.memory_bytes_max too low?)";
            ("unread", why.to_owned())
        }
    };
    reading.unreadable = Some(word.to_owned());
    reading.article_note = Some(why);
    reading
}

/// What a page has done to its reader, and what helps.
fn why_unreadable(why: Unreadable, config: &Config) -> String {
    match why {
        Unreadable::Memory => format!(
            "reading it takes more memory than reader.memory_bytes_max ({}); with \
                NEWSHOUND_READER_MEMORY_BYTES_MAX it may take more",
            units::bytes(config.memory_bytes_max)
        ),
        Unreadable::Time => format!(
            "reading it takes longer than reader.time_max ({}); with NEWSHOUND_READER_TIME_MAX it \
                may take longer",
            units::duration(config.time_max)
        ),
        Unreadable::Crashed => {
            "the process that reads it crashes of it: please report this URL".to_owned()
        }
    }
}

/// How a command ends that shows a reading; says on the error stream what could not be read.
pub(super) fn told(url: &str, reading: &Reading) -> Exit {
    let Some(word) = &reading.unreadable else { return Exit::Ok };
    let why = reading.article_note.as_deref().unwrap_or(word);
    eprintln!("newshound: the article of {url} cannot be read: {why}. All else is shown");
    if word == "unread" { Exit::Failed } else { Exit::Findings }
}
