//! What an error of the client means.

use std::error::Error;
use std::io;

use crate::{Failure, Phase};

/// Longest text of a cause that is kept, in bytes.
const DETAIL_BYTES_MAX: usize = 200;

/// The failure behind an error from before the head of a response was there.
pub(super) fn failure_of(error: &reqwest::Error) -> Failure {
    if error.is_builder() {
        return Failure::BadUrl(detail(error));
    }
    if let Some(tls) = find::<rustls::Error>(error) {
        return Failure::Tls(cut(tls.to_string()));
    }
    if error.is_connect() {
        let is_timeout = error.is_timeout()
            || find::<io::Error>(error).is_some_and(|e| e.kind() == io::ErrorKind::TimedOut);
        return if is_timeout {
            Failure::Timeout(Phase::Connect)
        } else {
            Failure::Connect(detail(error))
        };
    }
    match find::<hyper::Error>(error) {
        Some(hyper) if hyper.is_parse_too_large() => {
            Failure::HeadersTooLarge("more than the client reads".to_owned())
        }
        Some(hyper) if hyper.is_parse() => Failure::BadResponse(detail(error)),
        _ => Failure::Disconnect(detail(error)),
    }
}

/// The first cause of a type. `io::Error` hides what it wraps from `source`, so it is opened.
fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = inner(error).or_else(|| error.source());
    }
    None
}

fn inner<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    let wrapped = error.downcast_ref::<io::Error>()?.get_ref()?;
    Some(wrapped)
}

/// The innermost cause: the outer ones only repeat what [`Failure`] says.
fn detail(error: &(dyn Error + 'static)) -> String {
    let mut last = error;
    while let Some(next) = inner(last).or_else(|| last.source()) {
        last = next;
    }
    cut(last.to_string())
}

fn cut(mut text: String) -> String {
    text.truncate(text.floor_char_boundary(DETAIL_BYTES_MAX));
    text
}
