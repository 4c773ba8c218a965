//! The helper that starts the simulated web.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use it::Web;
use it::site::Site;
use newsweb::Config;

#[test]
fn a_web_listens_until_it_is_dropped_and_says_how_to_reach_it() {
    let web = Web::start(Config::demo());
    let address = web.get().http_addr();
    assert!(TcpStream::connect(address).is_ok());
    assert!(!web.get().seeds().is_empty());
    assert!(web.ca().is_file());
    let flags = web.flags().join(" ");
    assert!(flags.contains(&format!("--connect-to *.test:80={address}")), "{flags}");
    drop(web);
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn who_says_nothing_to_a_site_keeps_nobody_waiting() {
    let site = Site::of_pages(&[("a.test", "/x", "<p>x</p>")]);
    let address = site.flags()[3].split_once('=').unwrap().1.to_owned();
    let _silent = TcpStream::connect(&address).unwrap();
    let ask = |host: &str, path: &str| {
        let mut stream = TcpStream::connect(&address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    assert!(ask("a.test", "/x").ends_with("\r\n\r\n<p>x</p>"));
    assert!(ask("A.test", "/").contains("href=\"/x\""), "a front page links to all");
    assert!(ask("b.test", "/x").starts_with("HTTP/1.1 404"));
    assert_eq!(site.asked(), ["/x", "/", "/x"]);
}
