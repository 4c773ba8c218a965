//! What a right crawler does on this web: which URLs it fetches and which it must not, found by
//! walking the links that the generator itself puts into its pages.

mod live;

use std::collections::{HashMap, HashSet, VecDeque};
use std::fs::File;
use std::io::{BufReader, BufWriter, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::config::{Config, Mode};
use crate::live::LiveWeb;
use crate::plan::{Address, Host, Plan, Role};
use crate::site::{Answer, Kind, Link, MAZES, Site};
use crate::story;

pub use live::{
    LiveArticle, LiveFound, LiveKind, LiveOutlet, LiveSource, LiveSourceKind, LiveTruth, TrapKind,
};

/// Everything about a web that a judge must know.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Truth {
    /// Where a crawl starts: the front page of each outlet.
    pub seeds: Vec<String>,
    /// All hosts.
    pub hosts: Vec<TruthHost>,
    /// All pages that are linked from anywhere, robots files apart.
    pub pages: Vec<TruthPage>,
    /// The wire stories that at least two outlets run.
    pub stories: Vec<TruthStory>,
    /// Places without end. Of their pages only the entries are among `pages`.
    #[serde(default)]
    pub mazes: Vec<TruthMaze>,
}

/// A place without end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TruthMaze {
    /// Which kind.
    pub name: String,
    /// The beginning of all its URLs.
    pub prefix: String,
    /// Beginnings of URLs: a right crawler asks for one of each.
    pub needed: Vec<String>,
    /// The most requests that a right crawler sends there.
    pub fetches_max: u64,
}

/// A host.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TruthHost {
    /// Its name.
    pub host: String,
    /// `https` (its http side redirects there) or `http` (it refuses TLS).
    pub scheme: String,
    /// What its robots file asks for, in seconds.
    pub crawl_delay_s: Option<f64>,
    /// Its time to first byte, in milliseconds.
    pub latency_ms: u64,
    /// Which kind of robots file it has.
    pub robots: String,
}

/// A page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TruthPage {
    /// Its canonical URL.
    pub url: String,
    /// Whether the robots file of its host allows it.
    pub allowed: bool,
    /// Whether its host belongs to one of the outlets, or is one that seeds redirect to.
    pub in_scope: bool,
    /// Whether allowed links in scope that may be followed lead to it from the seeds. Set for
    /// forbidden pages that such a link points at, too.
    pub linked: bool,
    /// What it answers; the first time, where that differs. 0 when TLS is refused.
    pub status: u16,
    /// `front`, `section`, `article`, `print`, `plain`, `bench`, `redirect`, `error`, `file`,
    /// `maze` (walls too).
    pub kind: String,
    /// The wire story that it carries.
    pub story: Option<u32>,
    /// The URL that shows the same page.
    pub duplicate_of: Option<String>,
    /// When it appears, in seconds from the start.
    pub appears_s: f64,
}

/// A wire story.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TruthStory {
    /// Its number.
    pub id: u32,
    /// The URLs that carry it, one an outlet. Robots files may forbid some.
    pub members: Vec<String>,
    /// The headline under which the agency sent it.
    pub headline: String,
    /// The agency.
    pub agency: String,
}

impl TruthPage {
    /// Whether a right crawler fetches it.
    pub fn expected(&self) -> bool {
        self.linked && self.allowed && self.in_scope
    }
}

impl Truth {
    /// The truth of the web that a configuration makes. It grows with the web: for benchmarks with
    /// many pages, do not ask. Pages that come and go with time are not in it: a live web has a
    /// [`LiveTruth`] besides.
    pub fn of(config: &Config) -> Self {
        Self::walk(&Plan::new(config.clone()))
    }

    /// Only the hosts of a live web: its pages depend on the time.
    fn of_live(plan: &Plan) -> Self {
        let live = LiveWeb::new(plan);
        let hosts = (0..plan.config.outlets).flat_map(|outlet| plan.hosts_of(outlet));
        let hosts = hosts.map(|host| {
            let crawl_delay_s =
                (host.role == Role::Main).then(|| live.crawl_delay_s(host.outlet)).flatten();
            TruthHost { crawl_delay_s, ..truth_host(plan, &host) }
        });
        let seeds = (0..plan.config.outlets).map(|outlet| plan.seed(outlet).to_string());
        Self { seeds: seeds.collect(), hosts: hosts.collect(), ..Self::default() }
    }

    pub(crate) fn walk(plan: &Plan) -> Self {
        if plan.config.mode == Mode::Live {
            return Self::of_live(plan);
        }
        let mut walk = Walk::new(plan);
        walk.follow();
        let stories = if plan.config.mode == Mode::News { stories(plan) } else { Vec::new() };
        let outlets = 0..plan.config.outlets;
        Self {
            seeds: outlets.clone().map(|outlet| plan.seed(outlet).to_string()).collect(),
            hosts: outlets
                .flat_map(|outlet| plan.hosts_of(outlet))
                .chain(plan.common_hosts())
                .map(|host| truth_host(plan, &host))
                .collect(),
            pages: walk.pages,
            stories,
            mazes: mazes(plan),
        }
    }

    /// The URLs that a right crawler with the default scope fetches, each once.
    pub fn expected_urls(&self) -> impl Iterator<Item = &str> {
        self.pages.iter().filter(|page| page.expected()).map(|page| page.url.as_str())
    }

    /// The URLs that no right crawler asks for: forbidden by a robots file.
    pub fn forbidden_urls(&self) -> impl Iterator<Item = &str> {
        self.pages.iter().filter(|page| !page.allowed).map(|page| page.url.as_str())
    }

    /// A host, by its name.
    pub fn host(&self, name: &str) -> Option<&TruthHost> {
        self.hosts.iter().find(|host| host.host == name)
    }

    /// Reads what [`Truth::save`] has written.
    pub fn load(path: &Path) -> std::io::Result<Self> {
        Ok(serde_json::from_reader(BufReader::new(File::open(path)?))?)
    }

    /// Writes it as JSON.
    pub fn save(&self, path: &Path) -> std::io::Result<()> {
        let mut out = BufWriter::new(File::create(path)?);
        serde_json::to_writer(&mut out, self)?;
        out.flush()
    }
}

fn mazes(plan: &Plan) -> Vec<TruthMaze> {
    if plan.config.mode != Mode::News || !plan.config.traits.mazes {
        return Vec::new();
    }
    let of_outlet = |outlet: usize| {
        let host = plan.main_host(outlet);
        let url = move |target: &str| {
            let (https, host) = (host.https, host.name.clone());
            Address { https, host, target: target.to_owned() }.to_string()
        };
        MAZES.iter().map(move |maze| TruthMaze {
            name: maze.name.to_owned(),
            prefix: url(maze.prefix),
            needed: maze.needed.iter().map(|target| url(target)).collect(),
            fetches_max: maze.fetches_max,
        })
    };
    (0..plan.config.outlets).flat_map(of_outlet).collect()
}

fn truth_host(plan: &Plan, host: &Host) -> TruthHost {
    // The bare domain's robots file is the one of its site.
    let ruling = if host.role == Role::Bare { plan.main_host(host.outlet) } else { host.clone() };
    TruthHost {
        host: host.name.clone(),
        scheme: if host.https { "https" } else { "http" }.to_owned(),
        crawl_delay_s: ruling.crawl_delay_s,
        latency_ms: host.latency_ms,
        robots: format!("{:?}", host.robots),
    }
}

fn stories(plan: &Plan) -> Vec<TruthStory> {
    let members = |of: &[(usize, u64)]| {
        of.iter()
            .map(|(outlet, article)| {
                let host = plan.main_host(*outlet);
                Site::new(plan, &host, None).article_at(*article).to_string()
            })
            .collect()
    };
    story::stories(&plan.config)
        .into_iter()
        .map(|(id, of)| {
            let (agency, headline) = story::original(&plan.config, id);
            TruthStory { id, members: members(&of), headline, agency: agency.to_owned() }
        })
        .collect()
}

/// A walk over all pages. What a right crawler may follow comes first; then all the rest, so that
/// a careless crawler's finds are known too.
struct Walk<'a> {
    plan: &'a Plan,
    hosts: HashMap<String, Option<Host>>,
    seen: HashSet<Address>,
    right: VecDeque<Address>,
    careless: VecDeque<Address>,
    pages: Vec<TruthPage>,
}

impl<'a> Walk<'a> {
    fn new(plan: &'a Plan) -> Self {
        Self {
            plan,
            hosts: HashMap::new(),
            seen: HashSet::new(),
            right: (0..plan.config.outlets).map(|outlet| plan.seed(outlet)).collect(),
            careless: VecDeque::new(),
            pages: Vec::new(),
        }
    }

    fn follow(&mut self) {
        while let Some(at) = self.right.pop_front() {
            self.visit(&at, true);
        }
        while let Some(at) = self.careless.pop_front() {
            self.visit(&at, false);
        }
    }

    fn visit(&mut self, at: &Address, linked: bool) {
        if !self.seen.insert(at.clone()) {
            return;
        }
        let plan = self.plan;
        let host = self.hosts.entry(at.host.clone()).or_insert_with(|| plan.host(&at.host)).clone();
        let (Some(host), Some(answer)) = (host, self.plan.answer(at, None)) else { return };
        let in_scope = !matches!(host.role, Role::Elsewhere | Role::Rules);
        let allowed = !self.forbids(&host, at);
        let page = self.describe(&host, at, &answer);
        let page = TruthPage { allowed, in_scope, linked, ..page };
        let right = page.expected();
        self.pages.push(page);
        match answer {
            // Where a wall leads is no page of the outlet.
            Answer::Moved { to, .. } => self.found(to, right && !at.target.starts_with("/walled/")),
            Answer::Page(page) => {
                let follows = page.follows();
                for Link { to, how, .. } in page.links {
                    self.found(to, right && follows && how.is_followed());
                }
            }
            Answer::Failed { once: Some(page), .. } => {
                for link in page.links {
                    self.found(link.to, right && link.how.is_followed());
                }
            }
            _ => {}
        }
    }

    fn found(&mut self, to: Address, right: bool) {
        if !self.seen.contains(&to) {
            if right { self.right.push_back(to) } else { self.careless.push_back(to) }
        }
    }

    /// Whether the robots file that rules a URL forbids it.
    fn forbids(&self, host: &Host, at: &Address) -> bool {
        let ruling =
            if host.role == Role::Bare { self.plan.main_host(host.outlet) } else { host.clone() };
        if ruling.robots.closes_all() {
            return true;
        }
        let trap = crate::plan::Trap::at(&at.target);
        let print = at.target.ends_with("?print=1").then_some(crate::plan::Trap::Print);
        trap.or(print).is_some_and(|trap| ruling.robots.forbids(trap))
    }

    fn describe(&self, host: &Host, at: &Address, answer: &Answer) -> TruthPage {
        let (status, kind) = match answer {
            Answer::Refused => (0, "error"),
            Answer::Robots(_) => (200, "robots"),
            Answer::Moved { status, .. } => (*status, "redirect"),
            Answer::Failed { status, .. } => (*status, "error"),
            Answer::Page(page) => (200, page.kind.name()),
            Answer::Raw { status, .. } => (*status, "maze"),
            Answer::File { .. } => (200, "file"),
        };
        let mut page = TruthPage {
            url: at.to_string(),
            allowed: true,
            in_scope: true,
            linked: false,
            status,
            kind: kind.to_owned(),
            story: None,
            duplicate_of: None,
            appears_s: 0.0,
        };
        if let Answer::Page(shown) = answer {
            page.duplicate_of = shown.duplicate_of.as_ref().map(ToString::to_string);
            if let Kind::Article(number) | Kind::Print(number) = shown.kind {
                let site = Site::new(self.plan, host, None);
                page.story = site.story(number);
                page.appears_s = site.appears_s(number);
            }
        }
        page
    }
}

#[cfg(test)]
mod tests;
