//! The helper that starts the simulated web.

use std::net::TcpStream;

use it::Web;
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
