//! A reader as it sees itself: pages come in on standard input, answers go out on standard output.
//!
//! It ends when its input does, also in the middle of a page: so no reader outlives its crawler,
//! however that ends.

use std::fs::File;
use std::io::{self, BufReader, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

use crawl::identity;
use extract::{Article, ArticleKind, Guard, Limits};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::stdio::{dup2_stdout, stderr, stdin, stdout};

use super::ToRead;
use super::frame::{self, Answer, Said};
use crate::cost::process_cpu;

/// Stack of the thread that reads, in bytes. A tame page (256 deep) takes a small part of it.
pub const STACK_BYTES: usize = 16 * 1024 * 1024;

/// Memory that has to be left when a reader begins, in bytes.
const ROOM_BYTES: usize = 32 * 1024 * 1024;

/// What a reader is told at its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChildOptions {
    /// Address space that it may take, in bytes.
    pub memory_bytes_max: Option<u64>,
    /// Builds a tree of pages that are not tame as well.
    pub untamed: bool,
}

/// Reads pages until the input ends.
pub fn serve(options: ChildOptions) -> io::Result<()> {
    limit(options.memory_bytes_max)?;
    // Nothing but answers may get between the answers: all else that is printed is an error.
    let mut answers = File::from(rustix::io::fcntl_dupfd_cloexec(stdout(), 3)?);
    dup2_stdout(stderr())?;
    let mut pages = BufReader::new(File::from(rustix::io::fcntl_dupfd_cloexec(stdin(), 3)?));
    let (hand_over, to_read) = sync_channel(1);
    let reading = thread::Builder::new().name("reading".into()).stack_size(STACK_BYTES);
    reading.spawn(move || {
        let Err(error) = read_all(&to_read, &mut answers, options.untamed) else { return };
        // The other thread waits for the next page, which would be in vain.
        let _ = writeln!(io::stderr(), "{error}");
        std::process::exit(1);
    })?;
    while let Some(page) = frame::receive_page(&mut pages)? {
        let gone = |_| io::Error::other("the thread that reads is gone");
        hand_over.send(page).map_err(gone)?;
    }
    Ok(())
}

fn limit(memory_bytes_max: Option<u64>) -> io::Result<()> {
    let none = Some(0);
    setrlimit(Resource::Core, Rlimit { current: none, maximum: none })?;
    if let Some(bytes) = memory_bytes_max {
        let highest = getrlimit(Resource::As).maximum.map_or(bytes, |max| max.min(bytes));
        let limit = Some(highest);
        setrlimit(Resource::As, Rlimit { current: limit, maximum: limit })?;
    }
    Ok(())
}

fn read_all(pages: &Receiver<ToRead>, answers: &mut File, untamed: bool) -> io::Result<()> {
    // Whatever is missing for a page of the usual size is not that page's fault.
    let room = Vec::<u8>::new().try_reserve_exact(ROOM_BYTES);
    room.map_err(|_| io::Error::other("the limit of memory leaves no room to read a page"))?;
    answer(answers, Said::Ready)?;
    for page in pages {
        let read = catch_unwind(AssertUnwindSafe(|| read(&page, untamed)));
        let said = match read {
            Ok(Some(article)) => Said::Article(Box::new(article)),
            Ok(None) => Said::NoArticle,
            Err(_) => Said::Panicked,
        };
        answer(answers, said)?;
    }
    Ok(())
}

/// Reads the article of a page, in this process: it may hang, take all memory or overflow the
/// stack.
pub(super) fn read(page: &ToRead, untamed: bool) -> Option<Article> {
    let mut limits = Limits::default();
    if untamed {
        limits.body_bytes_max = usize::MAX;
    }
    let input = page.input();
    let mut seen = extract::read_page(&input, identity::TOKEN, &limits);
    if untamed && seen.guard != Some(Guard::Memory) {
        seen.guard = None;
    }
    // A page that only lists articles is none, although it has a headline and some text.
    extract::read_article(&input, &seen, &limits).filter(|read| read.kind != ArticleKind::Hub)
}

fn answer(answers: &mut impl Write, read: Said) -> io::Result<()> {
    let cpu_us = u64::try_from(process_cpu().as_micros()).unwrap_or(u64::MAX);
    let memory_peak_bytes = crate::cost::memory_peak_bytes("self").unwrap_or(0);
    frame::send_answer(answers, &Answer { cpu_us, memory_peak_bytes, read })
}
