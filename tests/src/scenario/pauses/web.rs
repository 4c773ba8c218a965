//! A few hosts that many workers want at once, each with something that takes time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crawl::{Clock, Fingerprint, HostKey, Random};
use fetch::failure::Phase;
use fetch::{Exchange, Failure, Moment, Outcome, Request, Response, Session, Truncation, Web};
use frontier::LeaseToken;

use super::EXCHANGE_MAX;
use super::frontier::Tokens;
use super::judge::{Fate, Judge, Start};
use crate::sim::gate::Gate;
use crate::sim::{SimClock, SimRandom};

/// A host of the web.
struct Site {
    host: &'static str,
    /// Its pages are `/p/0` and so on.
    pages: usize,
    robots: Robots,
    /// What robots.txt asks for.
    crawl_delay: Duration,
    /// The longest time to first byte.
    slow_ms: u64,
    mood: Mood,
}

/// What its robots.txt answers.
enum Robots {
    /// There is none.
    Absent,
    /// A file.
    File,
    /// It is somewhere else.
    At(&'static str),
}

/// How it treats the first requests for a page.
#[derive(PartialEq)]
enum Mood {
    Calm,
    /// It has too much to do, and says how long (or not).
    Busy,
    /// It does not answer.
    Hanging,
    /// It takes no connection.
    Refusing,
}

const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

/// The page that no robots.txt allows.
const SECRET: &str = "/secret";

static SITES: [Site; 7] = [
    Site {
        host: "plain.test",
        pages: 8,
        robots: Robots::Absent,
        crawl_delay: Duration::ZERO,
        slow_ms: 200,
        mood: Mood::Refusing,
    },
    Site {
        host: "calm.test",
        pages: 6,
        robots: Robots::File,
        crawl_delay: secs(3),
        slow_ms: 200,
        mood: Mood::Calm,
    },
    Site {
        host: "slow.test",
        pages: 6,
        robots: Robots::Absent,
        crawl_delay: Duration::ZERO,
        slow_ms: 4_500,
        mood: Mood::Hanging,
    },
    Site {
        host: "busy.test",
        pages: 6,
        robots: Robots::File,
        crawl_delay: Duration::ZERO,
        slow_ms: 500,
        mood: Mood::Busy,
    },
    // Its lease cannot be kept over the delay.
    Site {
        host: "patient.test",
        pages: 4,
        robots: Robots::File,
        crawl_delay: secs(9),
        slow_ms: 500,
        mood: Mood::Calm,
    },
    // The rules of these two lie on a host that is visited as well.
    Site {
        host: "lodger.test",
        pages: 5,
        robots: Robots::At("https://calm.test/robots.txt"),
        crawl_delay: secs(3),
        slow_ms: 200,
        mood: Mood::Calm,
    },
    Site {
        host: "guest.test",
        pages: 5,
        robots: Robots::At("https://busy.test/rules.txt"),
        crawl_delay: secs(2),
        slow_ms: 1_500,
        mood: Mood::Hanging,
    },
];

/// Where the crawl begins: the first page of each host, and the second half of its pages, so that
/// all hosts have something to do from the start.
pub(super) fn beginnings() -> Vec<String> {
    let pages = SITES.iter().flat_map(|site| {
        let pages = std::iter::once(0).chain(site.pages / 2..site.pages);
        pages.map(|page| format!("https://{}/p/{page}", site.host))
    });
    pages.collect()
}

/// All that is to be found from there, and allowed.
fn expected() -> BTreeSet<String> {
    let pages = SITES
        .iter()
        .flat_map(|site| (0..site.pages).map(|page| format!("https://{}/p/{page}", site.host)));
    let more = ["https://plain.test/away", "https://calm.test/landed", "https://busy.test/round"];
    pages.chain(more.map(String::from)).collect()
}

/// The web as one worker sees it.
#[derive(Clone)]
pub(super) struct Sites {
    pub(super) clock: SimClock,
    pub(super) gate: Gate,
    pub(super) judge: Arc<Judge>,
    pub(super) worker: usize,
    pub(super) tokens: Tokens,
    pub(super) servers: Servers,
}

/// The servers, which all workers share.
#[derive(Clone)]
pub(super) struct Servers {
    seed: u64,
    /// How often each URL was asked for, and whether it was ever answered for good.
    asked: Arc<Mutex<BTreeMap<String, (u64, bool)>>>,
}

impl Servers {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed, asked: Arc::default() }
    }

    /// What was never answered, though it is there and allowed.
    pub(super) fn missed(&self) -> Vec<String> {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let is_missed = |url: &String| !asked.get(url).is_some_and(|(_, answered)| *answered);
        expected().into_iter().filter(is_missed).collect()
    }

    /// Whether what is forbidden was asked for.
    pub(super) fn is_trespassed(&self) -> bool {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.keys().any(|url| url.ends_with(SECRET))
    }

    fn answer(&self, site: &Site, request: &Request) -> Answer {
        let url = request.url.to_string();
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let (count, is_answered) = asked.entry(url.clone()).or_default();
        let dice = SimRandom::new(self.seed ^ Fingerprint::of(&url).0 ^ (*count << 32));
        let answer = site.answer(request.url.path_and_query(), *count, &dice);
        *count += 1;
        *is_answered |= answer.is_final();
        answer
    }
}

/// What a server does.
struct Answer {
    fate: Fate,
    status: u16,
    headers: Vec<(String, Vec<u8>)>,
    body: String,
}

impl Answer {
    fn is_final(&self) -> bool {
        matches!(self.fate, Fate::Answered { .. }) && !matches!(self.status, 429 | 503)
    }
}

impl Site {
    fn of(host: &HostKey) -> &'static Self {
        let found = SITES.iter().find(|site| site.host == host.as_str());
        found.unwrap_or_else(|| panic!("{host} is no host of this web"))
    }

    /// The answer to the `count`th request for a path. Nobody is in a mood for ever.
    fn answer(&self, path: &str, count: u64, dice: &SimRandom) -> Answer {
        let (first_byte, body_in) = (1 + dice.next_u64() % self.slow_ms, dice.next_u64() % 100);
        let is_moody = count < 2 && dice.next_u64().is_multiple_of(3);
        let is_robots = path == "/robots.txt";
        let first_byte = Duration::from_millis(first_byte);
        let whole = first_byte + Duration::from_millis(body_in);
        let mut answer = Answer {
            fate: Fate::Answered { first_byte, whole, rest: Duration::ZERO },
            status: 200,
            headers: Vec::new(),
            body: String::new(),
        };
        match self.mood {
            Mood::Refusing if is_moody => answer.fate = Fate::Fails(first_byte),
            Mood::Hanging if is_moody && !is_robots => answer.fate = Fate::Hangs,
            Mood::Busy if is_moody && (!is_robots || count == 0) => {
                answer.refuse(first_byte, whole, dice.next_u64());
            }
            _ => self.say(path, &mut answer),
        }
        answer
    }

    fn say(&self, path: &str, answer: &mut Answer) {
        let redirect = match (path, &self.robots) {
            ("/robots.txt", Robots::Absent) => return answer.status = 404,
            ("/robots.txt", Robots::At(place)) => place,
            ("/robots.txt", Robots::File) => return answer.body = rules(self.crawl_delay),
            ("/rules.txt", _) => return answer.body = rules(secs(2)),
            ("/away", _) => "https://calm.test/landed",
            ("/round", _) => "/p/0",
            _ => return answer.body = self.page(path),
        };
        answer.status = 302;
        answer.headers.push(("location".into(), redirect.as_bytes().to_vec()));
    }

    /// A page with links to the next one and to another host.
    fn page(&self, path: &str) -> String {
        let page: usize = path.trim_start_matches("/p/").parse().unwrap_or(usize::MAX / 2);
        let place = SITES.iter().position(|site| site.host == self.host).unwrap_or_default();
        let other = &SITES[(place + 1) % SITES.len()];
        let mut targets = match self.host {
            "plain.test" => vec!["/away".to_owned()],
            "busy.test" => vec!["/round".to_owned(), SECRET.to_owned()],
            "calm.test" => vec![SECRET.to_owned()],
            _ => Vec::new(),
        };
        if page + 1 < self.pages {
            targets.push(format!("/p/{}", page + 1));
        }
        if page < other.pages {
            targets.push(format!("https://{}/p/{page}", other.host));
        }
        let link = |target: &String| format!("<a href=\"{target}\">on</a>");
        let links: String = targets.iter().map(link).collect();
        format!("<!DOCTYPE html><title>{page}</title><p>Page {page}.</p>{links}")
    }
}

impl Answer {
    /// Too much to do: with a wish that is far from the delay, or none.
    fn refuse(&mut self, first_byte: Duration, whole: Duration, dice: u64) {
        self.status = if dice.is_multiple_of(2) { 429 } else { 503 };
        let asked = 2 + (dice >> 8) % 18;
        let rest = if dice.is_multiple_of(3) {
            super::politeness().backoff_first
        } else {
            self.headers.push(("retry-after".into(), asked.to_string().into_bytes()));
            secs(asked)
        };
        self.fate = Fate::Answered { first_byte, whole, rest };
    }
}

fn rules(crawl_delay: Duration) -> String {
    format!("User-agent: *\nCrawl-delay: {}\nDisallow: {SECRET}\n", crawl_delay.as_secs())
}

impl Web for Sites {
    type Session = Visitor;

    fn open(&self, host: &HostKey) -> Visitor {
        let token = self.tokens.take(host);
        // Without a lease it is no lease's session: the judge shall see it.
        let token = token.unwrap_or_else(|| LeaseToken { host: host.clone(), fence: 0 });
        Visitor { sites: self.clone(), token }
    }
}

/// A worker's session with one host.
pub(super) struct Visitor {
    sites: Sites,
    token: LeaseToken,
}

impl Session for Visitor {
    async fn exchange(&mut self, request: &Request) -> Exchange {
        let Sites { clock, gate, judge, servers, worker, .. } = &self.sites;
        assert!(!gate.is_stopped(), "a stopped worker runs: the simulation is wrong");
        let (site, path) = (Site::of(&self.token.host), request.url.path_and_query());
        let (began, started) = (clock.elapsed(), Moment::of(gate));
        let Answer { fate, status, headers, body } = servers.answer(site, request);
        let start = Start {
            worker: *worker,
            token: &self.token,
            path,
            is_robots: path == "/robots.txt" || path == "/rules.txt",
            crawl_delay: site.crawl_delay,
            fate,
        };
        judge.starts(&start, began);
        let mut first_byte = None;
        let outcome = match self.wait(fate, began, &mut first_byte).await {
            Ok(truncated) => Outcome::Response(Box::new(Response {
                status,
                reason: None,
                version: "HTTP/1.1",
                headers,
                body: body.into_bytes().into(),
                truncated,
            })),
            Err(failure) => Outcome::Failed(failure),
        };
        Exchange {
            url: request.url.clone(),
            request_head: format!("GET {path} HTTP/1.1\r\n\r\n").into_bytes(),
            started,
            first_byte,
            ended: Moment::of(gate),
            remote: None,
            outcome,
        }
    }

    fn close_idle(&mut self) {}
}

impl Visitor {
    /// Waits for what comes, as far as the process runs. One that was stopped beyond the total time
    /// finds both the answer and its own time limit: it goes by either.
    async fn wait(
        &self,
        fate: Fate,
        began: Duration,
        seen: &mut Option<Moment>,
    ) -> Result<Option<Truncation>, Failure> {
        let Sites { clock, gate, judge, servers, .. } = &self.sites;
        let is_late = || {
            let passed = clock.elapsed().saturating_sub(began);
            passed >= EXCHANGE_MAX
                && (passed.as_millis() ^ u128::from(servers.seed)).is_multiple_of(2)
        };
        match fate {
            Fate::Hangs => {
                tokio::time::sleep(EXCHANGE_MAX).await;
                self.runs().await;
                judge.closed(&self.token, began, clock.elapsed());
                Err(Failure::Timeout(Phase::FirstByte))
            }
            Fate::Fails(after) => {
                tokio::time::sleep(after).await;
                self.runs().await;
                Err(Failure::Connect("refused".into()))
            }
            Fate::Answered { first_byte, whole, .. } => {
                tokio::time::sleep(first_byte).await;
                self.runs().await;
                if is_late() {
                    judge.unread(&self.token, began);
                    return Err(Failure::Timeout(Phase::FirstByte));
                }
                *seen = Some(Moment::of(gate));
                let left = (began + whole).saturating_sub(clock.elapsed());
                tokio::time::sleep(left).await;
                self.runs().await;
                Ok(is_late().then_some(Truncation::Time))
            }
        }
    }

    /// Perhaps the process is stopped here; it goes on when this returns.
    async fn runs(&self) {
        self.sites.gate.touch();
        self.sites.gate.pass().await;
    }
}
