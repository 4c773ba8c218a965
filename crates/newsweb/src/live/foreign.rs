//! The hosts to which paid links lead: `ads-NN.test`. Every path there is a page of more offers,
//! without end.

use std::fmt::Write as _;

use crate::dice::Dice;

const HOSTS: u64 = 40;
/// Links of a page to its own host, and to others.
const OWN_LINKS: usize = 8;
const OTHER_LINKS: u64 = 2;

/// Whether this is the name of such a host.
pub(crate) fn is_foreign(host: &str) -> bool {
    let number = host.strip_prefix("ads-").and_then(|rest| rest.strip_suffix(".test"));
    number.is_some_and(|n| n.len() == 2 && n.parse::<u64>().is_ok_and(|n| n < HOSTS))
}

/// An offer that an outlet links to in a period (an hour, a day); other periods have others.
pub(super) fn offer(seed: u64, domain: &str, period: u64, nth: u64) -> String {
    let mut dice = Dice::new(seed, "offer", domain, period << 16 | nth);
    let (host, number) = (dice.below(HOSTS), dice.below(1 << 40));
    format!("http://ads-{host:02}.test/offer/{number:x}.html")
}

/// The page at any path.
pub(super) fn page(seed: u64, host: &str, target: &str) -> Vec<u8> {
    let mut dice = Dice::new(seed, target, host, 0);
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Offers</title>\
         </head>\n<body><h1>Offer {:x}</h1>\n<ul>\n",
        dice.below(1 << 40)
    );
    for _ in 0..OWN_LINKS {
        // Writing into a String cannot fail.
        let number = dice.below(1 << 40);
        let _ = writeln!(out, "<li><a href=\"/offer/{number:x}.html\">More</a></li>");
    }
    for nth in 0..OTHER_LINKS {
        let url = offer(seed, host, dice.roll() >> 16, nth);
        let _ = writeln!(out, "<li><a href=\"{url}\">Even more</a></li>");
    }
    out.push_str("</ul></body></html>\n");
    out.into_bytes()
}
