//! robots.txt files that are made to hurt, each on a host of its own that a crawl is let loose on.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::files;

/// Bytes of a file that count (RFC 9309, section 2.5: at least 500 KiB).
const FILE_BYTES: usize = 512 * 1024;

/// With what most of them begin.
const HEAD: &str = "User-agent: *\nDisallow: /private/\n";

/// Between two bytes of an answer that drips.
const DRIP: Duration = Duration::from_millis(100);

/// A file that is made to hurt.
#[derive(Clone, Copy, Debug)]
pub struct HostileRobots {
    /// What it is; its letters name its host.
    pub name: &'static str,
    /// How it is served.
    pub how: How,
    /// Makes its bytes.
    pub body: fn() -> Vec<u8>,
    /// What may be fetched afterwards.
    pub allows: Allows,
}

/// How a file is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// As it is.
    Plain,
    /// As gzip.
    Gzip,
    /// By a redirect to another place, which redirects again, and so on.
    Redirects,
    /// A byte now and then, without end.
    Drip,
}

/// What may be fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allows {
    /// Whatever it is.
    All,
    /// What is not under `/private/`.
    Open,
    /// Nothing.
    Nothing,
}

/// A row without its way of being served.
type Row = (&'static str, Allows, fn() -> Vec<u8>);

const PLAIN: [Row; 12] = [
    ("rule behind the limit", Allows::Open, || {
        [HEAD.as_bytes(), &lines(FILE_BYTES), b"Disallow: /open/\n"].concat()
    }),
    ("rule before the limit", Allows::Open, || {
        let start = b"User-agent: *\n";
        [&start[..], &lines(500 * 1024 - 100), b"Disallow: /private/\n", &lines(1 << 20)].concat()
    }),
    ("millions of tiny lines", Allows::Open, || [HEAD.as_bytes(), &b"\n".repeat(4 << 20)].concat()),
    ("millions of rules", Allows::Open, || {
        [HEAD.as_bytes(), &b"Allow:/b\n".repeat(1 << 20)].concat()
    }),
    ("endless line", Allows::Open, || {
        [HEAD.as_bytes(), b"Disallow: /open", &b"x".repeat(5 << 20)].concat()
    }),
    ("endless line first", Allows::Open, || {
        [&b"x".repeat(400 << 10)[..], b"\n", HEAD.as_bytes()].concat()
    }),
    ("NULs", Allows::Open, || {
        let rule = b"User-agent: *\0x\nDisallow: /private/\0/never\n";
        [&rule[..], &b"\0".repeat(300 << 10), b"\n\0Disallow: /open/\n"].concat()
    }),
    ("bad UTF8", Allows::Open, || {
        let junk = b"\xff\xfe: \xc3\x28\n\xed\xa0\x80 Disallow: /open/\n".repeat(10_000);
        [&b"User-agent: *\n"[..], &junk, b"Disallow: /private/\nDisallow: /\xff\n"].concat()
    }),
    ("byte order mark", Allows::Open, || [b"\xef\xbb\xbf", HEAD.as_bytes()].concat()),
    ("ten thousand groups", Allows::Open, || {
        let mut text = String::new();
        for number in 0..10_000 {
            let letters = format!("{number:05}").replace(|c: char| c.is_ascii_digit(), "z");
            // Writing to a string cannot fail.
            let _ = write!(text, "User-agent: bot{letters}\nDisallow: /open/\n");
        }
        (text + HEAD).into_bytes()
    }),
    ("wildcards", Allows::Open, || {
        let rule = format!("Disallow: /{}b\n", "*a".repeat(8_000));
        (HEAD.to_owned() + &rule.repeat(25)).into_bytes()
    }),
    ("wildcards anchored", Allows::Open, || {
        let rule = format!("Disallow: {}b$\n", "/*a*?*".repeat(2_500));
        (HEAD.to_owned() + &rule.repeat(25)).into_bytes()
    }),
];

/// All of them.
pub fn all() -> Vec<HostileRobots> {
    let plain = |(name, allows, body)| HostileRobots { name, how: How::Plain, body, allows };
    let served = |name, how, allows, body| HostileRobots { name, how, body, allows };
    let bomb = || files::gzip(HEAD.as_bytes(), b"# more of the same\n", 1 << 30);
    PLAIN
        .into_iter()
        .map(plain)
        .chain([
            served("unpacks to a gigabyte", How::Gzip, Allows::Open, bomb),
            served("endless redirects", How::Redirects, Allows::All, Vec::new),
            served("slow drip", How::Drip, Allows::Nothing, Vec::new),
        ])
        .collect()
}

/// Comments of so many bytes, and a little more.
fn lines(bytes: usize) -> Vec<u8> {
    let line = b"# nothing that anybody has to obey\n";
    line.repeat(bytes / line.len() + 1)
}

impl HostileRobots {
    /// The host that serves it.
    pub fn host(&self) -> String {
        format!("{}.robots.test", self.name.replace(' ', "-").to_ascii_lowercase())
    }

    /// The paths of the pages that may be fetched.
    pub fn allowed(&self) -> Vec<String> {
        let (front, open, private) = ("/".to_owned(), open(), PRIVATE.to_owned());
        match self.allows {
            Allows::All => vec![front, open, private],
            Allows::Open => vec![front, open],
            Allows::Nothing => Vec::new(),
        }
    }
}

/// What most of the files forbid.
const PRIVATE: &str = "/private/2026/11/25/flood-in-the-valley";

/// A long path, on which a matcher that goes back may go back for ever.
fn open() -> String {
    format!("/open/{}/flood-in-the-valley", "a".repeat(1_500))
}

/// Servers of such files, on one port, that serve until the tests end.
#[derive(Debug)]
pub struct Hosts {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<(String, String)>>>,
}

impl Hosts {
    /// Serves these files, each on its host.
    ///
    /// # Panics
    /// When loopback has no free port.
    pub fn start(files: &[HostileRobots]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
        let address = listener.local_addr().expect("it is bound");
        let asked: Arc<Mutex<Vec<_>>> = Arc::default();
        let made: Vec<_> = files.iter().map(|f| (f.host(), f.how, (f.body)())).collect();
        let (made, seen) = (Arc::new(made), Arc::clone(&asked));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (made, seen) = (Arc::clone(&made), Arc::clone(&seen));
                // A crawler that has enough closes its connection.
                thread::spawn(move || serve(stream, &made, &seen).ok());
            }
        });
        Self { address, asked }
    }

    /// The flags that bring a crawler here.
    pub fn flags(&self) -> [String; 4] {
        let rule = format!("*.robots.test={}", self.address);
        ["--allow-network", "127.0.0.0/8", "--connect-to", &rule].map(str::to_owned)
    }

    /// The pages of a host that were asked for, sorted, and how many other requests there were.
    pub fn asked(&self, host: &str) -> (Vec<String>, usize) {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let of_host = asked.iter().filter(|(of, _)| of == host).map(|(_, path)| path.clone());
        let is_page = |path: &String| !path.contains("robots") && !path.contains(".well-known");
        let (mut pages, others): (Vec<_>, Vec<_>) = of_host.partition(is_page);
        pages.sort();
        (pages, others.iter().filter(|path| path.contains("robots")).count())
    }
}

fn serve(
    mut stream: TcpStream,
    made: &[(String, How, Vec<u8>)],
    seen: &Mutex<Vec<(String, String)>>,
) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut host = String::new();
    for line in lines {
        let line = line?.to_ascii_lowercase();
        if let Some(name) = line.strip_prefix("host: ") {
            name.clone_into(&mut host);
        }
        // A head ends with an empty line; the requests of a crawler have no body.
        if line.is_empty() {
            break;
        }
    }
    seen.lock().unwrap_or_else(PoisonError::into_inner).push((host.clone(), path.clone()));
    let found = made.iter().find(|(name, ..)| *name == host);
    match (found, path.as_str()) {
        (Some((_, How::Redirects, _)), at) if at.contains("robots") => {
            let head = format!("302 Found\r\nLocation: {at}x-robots");
            answer(&mut stream, &head, b"")
        }
        (Some((_, How::Drip, _)), "/robots.txt") => drip(&mut stream),
        (Some((_, How::Gzip, body)), "/robots.txt") => {
            answer(&mut stream, "200 OK\r\nContent-Encoding: gzip", body)
        }
        (Some((_, _, body)), "/robots.txt") => answer(&mut stream, "200 OK", body),
        (Some(_), "/") => {
            let page = format!("<a href='{}'>a</a><a href='{PRIVATE}'>b</a>", open());
            answer(&mut stream, "200 OK\r\nContent-Type: text/html", page.as_bytes())
        }
        (Some(_), at) if at == PRIVATE || at == open() => {
            answer(&mut stream, "200 OK\r\nContent-Type: text/html", b"<p>Text")
        }
        _ => answer(&mut stream, "404 Not Found", b""),
    }
}

fn answer(stream: &mut TcpStream, head: &str, body: &[u8]) -> std::io::Result<()> {
    let length = body.len();
    write!(stream, "HTTP/1.1 {head}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n")?;
    stream.write_all(body)
}

/// What comes first would allow everything.
fn drip(stream: &mut TcpStream) -> std::io::Result<()> {
    write!(stream, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nUser-agent: *\nAllow: /\n")?;
    stream.set_read_timeout(Some(DRIP))?;
    // Until the client leaves; it says nothing meanwhile.
    while !matches!(stream.read(&mut [0]), Ok(0)) {
        stream.write_all(b"#")?;
    }
    Ok(())
}
