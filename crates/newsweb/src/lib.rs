//! A simulated news web on loopback: outlets with front pages, sections, articles and wire stories,
//! robots files of every kind, redirects, errors and oddities, over http and https.
//!
//! It is the independent judge of the crawler: it depends on none of our other crates, makes every
//! page from (seed, host, path) when it is asked for, knows which URLs a right crawler fetches, and
//! logs each request as the server sees it. It is not a model of one site, and no proxy: it never
//! talks to anything but loopback.
//!
//! # Layout
//! - [`config`]: what kind of web it is
//! - `plan`, `site`: which hosts, pages and links there are; pure, from the seed
//! - `text`, `html`: the words of an article, and the page around them
//! - `live`: outlets that publish over time, with feeds and sitemaps; [`in_process`] asks them
//! - [`server`]: sockets, TLS, codings, and misbehaviour to the byte
//! - [`log`]: one JSON object for each request
//! - [`truth`]: what a right crawler does on this web
//! - [`mod@judge`]: compares a log with the truth

mod clock;
mod dice;
mod plan;
mod site;
mod story;
mod text;

mod html;
mod http;
mod live;

pub mod config;
pub mod in_process;
pub mod judge;
pub mod log;
pub mod server;
pub mod truth;

pub use config::{Coding, Config, Live, Mode, PageBytes, RobotsMix, Schedule, Traits};
pub use in_process::{Asked, InProcess, Reply, Told};
pub use judge::{Offence, OffenceKind, Verdict, judge};
pub use log::{Request, read_log};
pub use server::{Error, NewsWeb};
pub use truth::{
    LiveArticle, LiveFound, LiveKind, LiveOutlet, LiveSource, LiveSourceKind, LiveTruth, TrapKind,
};
pub use truth::{Truth, TruthHost, TruthMaze, TruthPage, TruthStory};
