//! Articles of tame pages: text on lines, within the bounds of the page, and the same after it
//! went through a reader's answer.

use std::thread;

use crawl::identity::TOKEN;
use extract::{Article, Limits};

use crate::target::{assert_canonical, input, url};

/// The stack of a reader.
const STACK_BYTES: usize = 16 * 1024 * 1024;

pub(crate) fn check(body: &[u8]) {
    let body = body.to_vec();
    let reading = thread::Builder::new().stack_size(STACK_BYTES).spawn(move || read(&body));
    let read = reading.expect("a thread can be started").join();
    if let Err(panic) = read {
        std::panic::resume_unwind(panic);
    }
}

fn read(body: &[u8]) {
    let url = url();
    let limits = Limits::default();
    let page = extract::read_page(&input(&url, body), TOKEN, &limits);
    let Some(article) = extract::read_article(&input(&url, body), &page, &limits) else {
        return;
    };
    assert!(page.guard.is_none());
    for paragraph in &article.paragraphs {
        assert!(!paragraph.text.trim().is_empty(), "an empty paragraph");
        assert!(!paragraph.text.contains('\n'), "{:?}", paragraph.text);
    }
    // A byte that is broken becomes three, a character reference never more than it was long.
    let text_bytes: usize = article.paragraphs.iter().map(|p| p.text.len()).sum();
    assert!(text_bytes <= body.len() * 3 + 4, "{text_bytes} of {}", body.len());
    article.canonical.iter().chain(&article.amp).for_each(assert_canonical);
    let told = serde_json::to_string(&article).expect("it is plain data");
    let again: Article = serde_json::from_str(&told).expect("we wrote it");
    assert_eq!(again, article);
}
