//! A host that serves hostile answers, and honest pages between them.

use std::collections::HashMap;

use super::Hostile;
use crate::site::{Answer, Site};

/// The name of its host.
pub const HOST: &str = "www.hostile.test";

/// Where its articles are, honest and hostile.
const FOLDER: &str = "/2026/11/25";

/// Serves hostile answers under their [`path`], with as many honest articles, and a front page that
/// links to all of them.
///
/// # Panics
/// When loopback has no free port.
pub fn start(hostile: Vec<Hostile>) -> Site {
    let mut answers = HashMap::new();
    let mut front = String::from("<!doctype html><title>Front page</title>");
    for (number, hostile) in hostile.into_iter().enumerate() {
        let (bad, good) = (path(hostile.name), path(&format!("honest {number}")));
        front.extend(["<a href='", &bad, "'>bad</a><a href='", &good, "'>good</a>"]);
        let Hostile { content_type, coding, body, .. } = hostile;
        answers.insert(bad, Answer { content_type, coding, body: body() });
        answers.insert(good, Answer::page(honest(number)));
    }
    answers.insert("/".into(), Answer::page(front));
    let by_host = answers.into_iter().map(|(path, answer)| (format!("{HOST}{path}"), answer));
    Site::serve(by_host.collect())
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
