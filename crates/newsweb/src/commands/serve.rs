//! `newsweb serve`: a web until standard input ends or a signal comes.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::ValueEnum;
use newsweb::{Coding, Config, NewsWeb, PageBytes, RobotsMix, Schedule, Traits};
use rustix::time::{ClockId, clock_gettime};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

/// What `serve` takes. Everything that is not given comes from the web that `--web` names.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Which web to start from.
    #[arg(long, value_enum, default_value = "news")]
    web: Web,
    #[command(flatten)]
    size: Size,
    #[command(flatten)]
    manner: Manner,
    #[command(flatten)]
    calendar: Calendar,
    #[command(flatten)]
    files: Files,
    /// Go on when standard input ends.
    #[arg(long)]
    detached: bool,
    /// Threads of the server.
    #[arg(long, default_value_t = 2)]
    threads: usize,
}

#[derive(Clone, Copy, ValueEnum)]
enum Web {
    /// Outlets with everything that real ones have.
    News,
    /// A small one of those.
    Demo,
    /// Hosts that redirect their pages and robots files to one hub.
    Hub,
    /// Plain pages that cost the server next to nothing.
    Bench,
    /// Outlets that publish over time, with feeds and sitemaps of every kind.
    Live,
}

#[derive(clap::Args)]
#[command(next_help_heading = "How large")]
struct Size {
    /// Where all chance comes from.
    #[arg(long)]
    seed: Option<u64>,
    /// How many outlets (hosts, in a bench or hub web).
    #[arg(long)]
    outlets: Option<usize>,
    /// How many articles an outlet has (pages a host, in a bench web).
    #[arg(long)]
    articles: Option<usize>,
    /// How many sections a site has, 1 to 8.
    #[arg(long)]
    sections: Option<usize>,
    /// Bytes of an HTML page; 40 to 110 KB in a mix without it.
    #[arg(long)]
    page_bytes: Option<usize>,
    /// Share of the articles that are there at the start; the rest appears over `--publish-s`.
    #[arg(long, requires = "publish_s")]
    published: Option<f64>,
    /// Seconds over which the other articles appear.
    #[arg(long, requires = "published")]
    publish_s: Option<f64>,
    /// A folder of *.html.gz pages to serve as the articles.
    #[arg(long)]
    real_pages: Option<PathBuf>,
}

#[derive(clap::Args)]
#[command(next_help_heading = "How it behaves")]
struct Manner {
    /// The product token whose robots rules decide what is allowed.
    #[arg(long)]
    agent: Option<String>,
    /// Share of the outlets that speak https.
    #[arg(long)]
    https_share: Option<f64>,
    /// Share of the outlets with a www and with a sport host.
    #[arg(long)]
    subdomain_share: Option<f64>,
    /// Share of the articles that are wire stories.
    #[arg(long)]
    wire_share: Option<f64>,
    /// mixed, plain, chunked, gzip, brotli, zstd, deflate or xgzip.
    #[arg(long, value_parser = named::<Coding>)]
    coding: Option<Coding>,
    /// Robots files: mixed, or open for none.
    #[arg(long, value_parser = named::<RobotsMix>)]
    robots: Option<RobotsMix>,
    /// Crawl-delay values in use, in seconds, parted by commas.
    #[arg(long, value_delimiter = ',')]
    crawl_delays: Option<Vec<f64>>,
    /// Time to first byte of an ordinary host, in milliseconds.
    #[arg(long)]
    latency_ms: Option<u64>,
    /// Share of the hosts that are slow.
    #[arg(long)]
    slow_share: Option<f64>,
    /// Time to first byte of a slow host, in milliseconds.
    #[arg(long)]
    slow_ms: Option<u64>,
    /// Kinds of oddity a site.
    #[arg(long)]
    oddities: Option<usize>,
    /// Links to places that robots files forbid, a site.
    #[arg(long)]
    traps: Option<usize>,
    /// Share of the hosts that send validators and answer 304.
    #[arg(long)]
    validators_share: Option<f64>,
}

#[derive(clap::Args)]
#[command(next_help_heading = "How time passes in a live web")]
struct Calendar {
    /// Seconds of the web for each second that passes here.
    #[arg(long)]
    time_scale: Option<f64>,
    /// Time 0 of the web: seconds since 1970, or `now`.
    #[arg(long, value_parser = moment)]
    starts_at: Option<u64>,
    /// How long the outlets publish, in days from time 0.
    #[arg(long)]
    days: Option<u32>,
}

#[derive(clap::Args)]
#[command(next_help_heading = "What it writes")]
struct Files {
    /// A line of JSON for each request.
    #[arg(long)]
    log: Option<PathBuf>,
    /// What a right crawler does on this web, as JSON, before the first request.
    #[arg(long)]
    truth: Option<PathBuf>,
    /// What each outlet of a live web publishes and where it is found, as JSON.
    #[arg(long)]
    live_truth: Option<PathBuf>,
    /// The seeds, one a line.
    #[arg(long)]
    seeds: Option<PathBuf>,
    /// The certificate of the authority; a temporary file without it.
    #[arg(long)]
    ca: Option<PathBuf>,
}

/// Serves; prints a line of JSON when it is ready, and one at the end.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(args.threads.clamp(1, 64))
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    runtime.block_on(serve(args))?;
    Ok(ExitCode::SUCCESS)
}

async fn serve(args: &Args) -> anyhow::Result<()> {
    let mut ended = signal(SignalKind::terminate()).context("cannot wait for signals")?;
    let mut interrupted = signal(SignalKind::interrupt()).context("cannot wait for signals")?;
    let input = input_ends(args.detached);
    let given_ca = args.files.ca.clone();
    let web = NewsWeb::start(config(args)).await?;
    let ca = given_ca.clone().unwrap_or_else(|| {
        std::env::temp_dir().join(format!("newsweb-{}-ca.pem", std::process::id()))
    });
    write(&ca, web.ca_pem())?;
    write_files(args, &web)?;
    say(&serde_json::json!({
        "http": web.http_addr(),
        "https": web.https_addr(),
        "ca": ca,
        "connect_to": web.connect_to(),
        "pid": std::process::id(),
    }))?;
    tokio::select! {
        _ = ended.recv() => {}
        _ = interrupted.recv() => {}
        () = input => {}
    }
    let (requests, bytes) = (web.request_count(), web.bytes_sent());
    web.stop().await?;
    if given_ca.is_none() {
        // Whoever needed it has it; a file that is gone already is as good.
        let _ = std::fs::remove_file(&ca);
    }
    say(&serde_json::json!({ "requests": requests, "bytes": bytes, "cpu_seconds": cpu_s() }))
}

fn write_files(args: &Args, web: &NewsWeb) -> anyhow::Result<()> {
    let Files { truth, live_truth, seeds, .. } = &args.files;
    if let Some(path) = seeds {
        write(path, &(web.seeds().join("\n") + "\n"))?;
    }
    if let Some(path) = truth {
        let saved = web.truth().save(path);
        saved.with_context(|| format!("cannot write {}", path.display()))?;
    }
    if let Some(path) = live_truth {
        let days = args.calendar.days.unwrap_or(newsweb::Live::default().days);
        let truth = web.live_truth(0.0..f64::from(days) * 86_400.0);
        let truth = truth.context("only a live web (--web live) has a live truth")?;
        truth.save(path).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

fn config(args: &Args) -> Config {
    let (size, manner) = (&args.size, &args.manner);
    let base = match args.web {
        Web::News => Config::news(20),
        Web::Demo => Config::demo(),
        Web::Hub => Config::hub(200),
        Web::Bench => Config::bench(100, 100, 60_000, Coding::Plain),
        Web::Live => Config::live(30),
    };
    let mut config = Config { requests_kept: 0, log: args.files.log.clone(), ..base };
    set(&mut config.seed, size.seed);
    set(&mut config.outlets, size.outlets);
    set(&mut config.articles_per_outlet, size.articles);
    set(&mut config.sections, size.sections);
    set(&mut config.page_bytes, size.page_bytes.map(PageBytes::Fixed));
    config.real_pages.clone_from(&size.real_pages);
    config.publish = size
        .published
        .zip(size.publish_s)
        .map(|(initial_share, period_s)| Schedule { initial_share, period_s });
    set(&mut config.agent, manner.agent.clone());
    set(&mut config.https_share, manner.https_share);
    set(&mut config.subdomain_share, manner.subdomain_share);
    set(&mut config.wire_share, manner.wire_share);
    set(&mut config.coding, manner.coding);
    set(&mut config.live.time_scale, args.calendar.time_scale);
    set(&mut config.live.starts_at, args.calendar.starts_at);
    set(&mut config.live.days, args.calendar.days);
    set_traits(&mut config.traits, manner);
    config
}

fn set_traits(traits: &mut Traits, manner: &Manner) {
    set(&mut traits.robots, manner.robots);
    set(&mut traits.crawl_delays_s, manner.crawl_delays.clone());
    set(&mut traits.latency_ms, manner.latency_ms);
    set(&mut traits.slow_share, manner.slow_share);
    set(&mut traits.slow_ms, manner.slow_ms);
    set(&mut traits.oddities_per_site, manner.oddities);
    set(&mut traits.traps_per_site, manner.traps);
    set(&mut traits.validators_share, manner.validators_share);
}

fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

/// A word as the configuration names it.
fn named<T: serde::de::DeserializeOwned>(word: &str) -> Result<T, serde_json::Error> {
    serde_json::from_value(word.into())
}

/// A number of seconds since 1970, or `now`.
fn moment(word: &str) -> Result<u64, String> {
    if word == "now" {
        return u64::try_from(clock_gettime(ClockId::Realtime).tv_sec).map_err(|e| e.to_string());
    }
    word.parse().map_err(|_| "not `now`, and no number of seconds since 1970".to_owned())
}

/// Ends when standard input does, or never. Reading it blocks, so a thread does.
async fn input_ends(detached: bool) {
    if detached {
        return std::future::pending().await;
    }
    let (done, ended) = oneshot::channel();
    std::thread::spawn(move || {
        let mut ignored = [0; 1_024];
        while matches!(std::io::stdin().read(&mut ignored), Ok(count) if count > 0) {}
        // Nobody listens any more when a signal came first.
        let _ = done.send(());
    });
    let _ = ended.await;
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

fn say(line: &serde_json::Value) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}

/// What this process has used of the processors, in seconds.
fn cpu_s() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}
