//! A few pages of our own on loopback, for what the simulated web does not have.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

/// Most lines of a request that are read.
const LINES_MAX: usize = 100;

/// Serves pages over plain HTTP until it is dropped. A host's front page links to all of its pages.
pub struct Pages {
    address: SocketAddr,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Pages {
    /// Serves pages by host and path.
    ///
    /// # Panics
    /// When loopback has no free port.
    pub fn serve(pages: &[(&str, &str, &str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
        let address = listener.local_addr().expect("it is bound");
        let mut by_url = HashMap::new();
        for (host, path, html) in pages {
            by_url.insert(format!("{host}{path}"), (*html).to_owned());
            let front = by_url.entry(format!("{host}/")).or_default();
            front.extend(["<p><a href=\"", path, "\">read what happened on this day</a>\n"]);
        }
        let is_over = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&is_over);
        let thread = thread::spawn(move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                // A crawler that hangs up is none of ours.
                stream.and_then(|stream| answer(stream, &by_url)).ok();
            }
        });
        Self { address, is_over, thread: Some(thread) }
    }

    /// The flags that bring a crawler here for every host of `.test`.
    pub fn flags(&self) -> [String; 4] {
        let rule = format!("*.test:80={}", self.address);
        ["--allow-network".into(), "127.0.0.0/8".into(), "--connect-to".into(), rule]
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        // It waits for a connection.
        TcpStream::connect(self.address).ok();
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

/// Answers one request, and closes the connection.
fn answer(mut stream: TcpStream, pages: &HashMap<String, String>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut path, mut host) = (String::new(), String::new());
    for _ in 0..LINES_MAX {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
        if path.is_empty() {
            line.split(' ').nth(1).unwrap_or("/").clone_into(&mut path);
        } else if let Some(("host", name)) = line.to_ascii_lowercase().split_once(':') {
            name.trim().clone_into(&mut host);
        }
    }
    let (status, body) = match pages.get(&format!("{host}{path}")) {
        Some(page) => ("200 OK", page.as_str()),
        None => ("404 Not Found", "<p>There is no such page."),
    };
    write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {}\r\n\
            connection: close\r\n\r\n{body}",
        body.len()
    )
}
