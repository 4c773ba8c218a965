//! One safe HTTP exchange.
//!
//! What it is: a request goes out, and what came back is a value: a response, or the kind of
//! failure. No request leaves for an address that is not public unless its network was allowed, and
//! every response is bounded: bytes of the head, of the body and decoded, time to the first byte,
//! total time, least rate.
//!
//! What it is not: it follows no redirect, tries nothing twice, knows neither robots.txt nor pace,
//! decodes nothing on the way (bodies are handed on as received; [`coding`] decodes on request),
//! uses no proxy and reads no environment.
//!
//! # Layout
//! - [`web`]: the seam: [`Web`], [`Session`], and what goes in and comes out of an exchange
//! - [`failure`]: the ways in which an exchange ends without a response
//! - [`config`]: limits, allowed networks, extra certificates
//! - [`connect_to`]: rules that send the requests for a host to another address
//! - [`address`]: which addresses are public
//! - [`resolver`]: how names become addresses
//! - [`http`]: the real web: HTTP/1.1 over TCP and TLS
//! - [`coding`]: content codings, bounded

pub mod address;
pub mod coding;
pub mod config;
pub mod connect_to;
pub mod failure;
pub mod http;
pub mod resolver;
pub mod web;

pub use address::{Forbidden, Guard};
pub use config::{Config, ConfigError, Limits};
pub use connect_to::{ConnectTo, ConnectToError};
pub use failure::{Failure, Phase};
pub use http::{Error, HttpSession, HttpWeb};
pub use resolver::{Lookup, Resolver, SystemResolver};
pub use web::{Exchange, Moment, Outcome, Peer, Request, Response, Session, Truncation, Web};
