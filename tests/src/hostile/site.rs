//! A site on loopback that serves hostile answers, and honest pages between them.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::Hostile;

/// The name of its host.
pub const HOST: &str = "www.hostile.test";

/// Where its articles are, honest and hostile.
const FOLDER: &str = "/2026/11/25";

/// A site that serves until the tests end.
#[derive(Debug)]
pub struct Site {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

/// An answer, ready to be sent.
struct Answer {
    head: String,
    body: Vec<u8>,
}

impl Site {
    /// Serves hostile answers under [`Site::path`], with as many honest articles, and a front page
    /// that links to all of them.
    ///
    /// # Panics
    /// When loopback has no free port.
    pub fn start(hostile: Vec<Hostile>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
        let address = listener.local_addr().expect("it is bound");
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let answers = Arc::new(answers(hostile));
        let seen = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answers, seen) = (Arc::clone(&answers), Arc::clone(&seen));
                // A crawler that is killed leaves its connections.
                thread::spawn(move || serve(stream, &answers, &seen).ok());
            }
        });
        Self { address, asked }
    }

    /// The path of a hostile answer, or of the honest article of a number.
    pub fn path(name: &str) -> String {
        let slug: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        format!("{FOLDER}/{slug}")
    }

    /// The URL of a path.
    pub fn url(path: &str) -> String {
        format!("http://{HOST}{path}")
    }

    /// The flags that bring a crawler here.
    pub fn flags(&self) -> Vec<String> {
        let rule = format!("{HOST}={}", self.address);
        ["--allow-network", "127.0.0.0/8", "--connect-to", &rule].map(str::to_owned).to_vec()
    }

    /// The paths that were asked for, in order.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn answers(hostile: Vec<Hostile>) -> HashMap<String, Answer> {
    let mut answers = HashMap::new();
    let mut front = String::from("<!doctype html><title>Front page</title>");
    for (number, hostile) in hostile.into_iter().enumerate() {
        let (bad, good) = (Site::path(hostile.name), Site::path(&format!("honest {number}")));
        front += &format!("<a href='{bad}'>bad</a><a href='{good}'>good</a>");
        let coding = hostile.coding.map(|c| format!("Content-Encoding: {c}\r\n"));
        answers.insert(
            bad,
            answer(hostile.content_type, &coding.unwrap_or_default(), (hostile.body)()),
        );
        answers.insert(good, answer("text/html", "", honest(number).into_bytes()));
    }
    answers.insert("/".into(), answer("text/html", "", front.into_bytes()));
    answers
}

fn answer(content_type: &str, more: &str, body: Vec<u8>) -> Answer {
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\n{more}Content-Length: {}\r\n\
         Connection: close\r\n\r\n",
        body.len()
    );
    Answer { head, body }
}

/// An article that nobody can object to.
fn honest(number: usize) -> String {
    let sentences = "The bridge at the mill was closed on Tuesday, and nobody knows for how long. \
                     The council meets on Friday to hear what the engineers have found so far. ";
    let paragraphs = format!("<p>{}</p>", sentences.repeat(2)).repeat(4);
    format!(
        "<!doctype html><html lang='en'><head><title>Bridge {number} closed</title>\
         <meta property='og:type' content='article'></head><body><article>\
         <h1>Bridge {number} closed</h1>{paragraphs}</article></body></html>"
    )
}

fn serve(
    stream: TcpStream,
    answers: &HashMap<String, Answer>,
    seen: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    // A head ends with an empty line; the requests of a crawler have no body.
    for line in lines {
        if line?.is_empty() {
            break;
        }
    }
    let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
    let none = answer("text/plain", "", Vec::new());
    let missing = Answer { head: none.head.replace("200 OK", "404 Not Found"), ..none };
    let answer = answers.get(&path).unwrap_or(&missing);
    seen.lock().unwrap_or_else(PoisonError::into_inner).push(path);
    let mut stream = stream;
    stream.write_all(answer.head.as_bytes())?;
    stream.write_all(&answer.body)
}
