//! The server's log: one JSON object a line for each request, in the order of their ends.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

/// One request as the server saw it. Times are seconds since 1970, never stepping back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Host header, lower case, without port; the TLS name for a refused handshake.
    pub host: String,
    /// Path and query as received; empty for a refused handshake.
    pub path: String,
    /// When the last byte of the request's head was there.
    pub start: f64,
    /// Just before the first byte of the response was handed to the socket, if it came to that.
    pub first_byte: Option<f64>,
    /// Just before the last byte was handed to the socket, or when the client was last known to be
    /// there.
    pub end: f64,
    /// Status of the response; 0 when there was none.
    pub status: u16,
    /// User-Agent header.
    pub ua: String,
    /// Bytes of the response that the socket took, head included.
    pub bytes: u64,
    /// `http` or `https`.
    pub scheme: String,
    /// Whether the whole response was handed over as it should be; false for bodies cut on purpose.
    pub complete: bool,
    /// The Retry-After that was sent, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<f64>,
    /// Whether the client had closed the connection before the server read the request: it had
    /// stood still, and its times say nothing of when the request was sent, nor of its end.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub given_up: bool,
}

impl Request {
    /// The URL that was asked for.
    pub fn url(&self) -> String {
        format!("{}://{}{}", self.scheme, self.host, self.path)
    }
}

/// Reads a log. A last line without an end, as of a server that was killed, is left out.
pub fn read_log(path: &Path) -> io::Result<Vec<Request>> {
    let mut reader = BufReader::new(File::open(path)?);
    let mut requests = Vec::new();
    let mut line = String::new();
    while reader.read_line(&mut line)? > 0 {
        if line.ends_with('\n') {
            requests.push(serde_json::from_str(&line)?);
        }
        line.clear();
    }
    Ok(requests)
}

/// Counts requests, keeps the latest, and writes all to a file in batches.
pub(crate) struct Log {
    state: Mutex<State>,
    kept_max: usize,
}

struct State {
    count: u64,
    bytes: u64,
    kept: VecDeque<Request>,
    /// Lines that are not in the file yet.
    lines: Vec<u8>,
    file: Option<File>,
    failed: Option<io::Error>,
}

/// Lines are written at the latest when this many bytes wait.
const WAITING_BYTES_MAX: usize = 1 << 20;

impl Log {
    /// A log that keeps `kept_max` requests in memory and, with a path, writes all to a new file.
    pub(crate) fn open(path: Option<&Path>, kept_max: usize) -> io::Result<Self> {
        let state = State {
            count: 0,
            bytes: 0,
            kept: VecDeque::new(),
            lines: Vec::new(),
            file: path.map(File::create).transpose()?,
            failed: None,
        };
        Ok(Self { state: Mutex::new(state), kept_max })
    }

    pub(crate) fn note(&self, request: Request) {
        let mut state = self.lock();
        state.count += 1;
        state.bytes += request.bytes;
        if state.file.is_some() {
            // Numbers and strings always have a JSON form, and a Vec always has room.
            let _ = serde_json::to_writer(&mut state.lines, &request);
            state.lines.push(b'\n');
            if state.lines.len() > WAITING_BYTES_MAX {
                state.write_out();
            }
        }
        if self.kept_max > 0 {
            if state.kept.len() == self.kept_max {
                state.kept.pop_front();
            }
            state.kept.push_back(request);
        }
    }

    /// Writes what waits. The first failure is kept for [`Log::close`].
    pub(crate) fn flush(&self) {
        self.lock().write_out();
    }

    /// Writes what waits and reports the first failure there was.
    pub(crate) fn close(&self) -> io::Result<()> {
        let mut state = self.lock();
        state.write_out();
        state.failed.take().map_or(Ok(()), Err)
    }

    /// How many requests and bytes there were.
    pub(crate) fn counts(&self) -> (u64, u64) {
        let state = self.lock();
        (state.count, state.bytes)
    }

    pub(crate) fn kept(&self) -> Vec<Request> {
        self.lock().kept.iter().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No state is left half changed by a panic: there is none between two changes.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn write_out(&mut self) {
        if let Some(file) = &mut self.file
            && let Err(error) = file.write_all(&self.lines)
        {
            self.failed.get_or_insert(error);
        }
        self.lines.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(path: &str) -> Request {
        Request {
            host: "a.test".to_owned(),
            path: path.to_owned(),
            start: 1_795_564_800.000_125,
            first_byte: Some(1_795_564_800.25),
            end: 1_795_564_801.5,
            status: 200,
            ua: "newshound/0.1 \"x\"".to_owned(),
            bytes: 10,
            scheme: "http".to_owned(),
            complete: true,
            retry_after_s: None,
            given_up: false,
        }
    }

    #[test]
    fn what_is_noted_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.jsonl");
        let log = Log::open(Some(&path), 1).unwrap();
        log.note(request("/a"));
        log.note(request("/b"));
        log.close().unwrap();
        assert_eq!(read_log(&path).unwrap(), [request("/a"), request("/b")]);
        assert_eq!((log.counts(), log.kept()), ((2, 20), vec![request("/b")]));
    }

    #[test]
    fn a_torn_last_line_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.jsonl");
        let line = serde_json::to_string(&request("/a")).unwrap();
        std::fs::write(&path, format!("{line}\n{}", &line[..20])).unwrap();
        assert_eq!(read_log(&path).unwrap().len(), 1);
    }
}
