//! The account of an outlet as a hash of sums.

use crawl::{Account, Freshness, Posting, UnixMicros};

use super::client::Arg;

/// A posting as pairs of name and amount; nothing where it changes nothing.
pub(super) fn amounts(posting: &Posting) -> Vec<(String, i64)> {
    if *posting == Posting::default() {
        return Vec::new();
    }
    let mut amounts: Vec<(String, i64)> = Vec::new();
    let mut add = |name: &str, amount: i64| {
        if amount != 0 {
            amounts.push((name.to_owned(), amount));
        }
    };
    add("rq", signed(posting.requests));
    add("ar", signed(posting.articles));
    add("di", signed(posting.discovered));
    add("sh", posting.shares);
    add("fe", posting.feeds);
    add("se", signed(posting.sections));
    add("as", signed(posting.asleep));
    if let Some(at) = posting.last_new_at {
        amounts.push(("ln".to_owned(), at.0));
    }
    // Told also when they are nothing: a new day begins with them.
    amounts.push(("sp".to_owned(), signed(posting.requests)));
    amounts.push(("so".to_owned(), signed(posting.requests_for_old)));
    let mut hours = Account::default();
    hours
        .post(UnixMicros(0), &Posting { appeared: posting.appeared.clone(), ..Posting::default() });
    let hours = hours.hours.into_iter().enumerate().filter(|(_, n)| *n > 0);
    amounts.extend(hours.map(|(hour, n)| (format!("h{hour}"), signed(n))));
    let steps = posting.freshness.counts().iter().enumerate().filter(|(_, n)| **n > 0);
    amounts.extend(steps.map(|(step, n)| (format!("f{step}"), signed(*n))));
    amounts
}

/// The same as arguments.
pub(super) fn args<'a>(posting: &Posting) -> Vec<Arg<'a>> {
    let amounts = amounts(posting);
    let mut args = vec![Arg::from(amounts.len())];
    for (name, amount) in amounts {
        args.push(Arg::from(name));
        args.push(Arg::from(amount));
    }
    args
}

/// The fields of an account, as [`read`] reads them.
pub(super) fn fields(account: &Account) -> Vec<(String, i64)> {
    let sums = [
        ("rq", account.requests),
        ("ar", account.articles),
        ("di", account.discovered),
        ("sh", account.shares),
        ("fe", account.feeds),
        ("se", account.sections),
        ("as", account.asleep),
        ("sp", account.spent),
        ("so", account.spent_on_old),
    ];
    let mut fields: Vec<(String, i64)> =
        sums.into_iter().map(|(name, sum)| (name.to_owned(), signed(sum))).collect();
    fields.push(("day".to_owned(), account.day));
    fields.extend(account.since.map(|at| ("si".to_owned(), at.0)));
    fields.extend(account.last_new_at.map(|at| ("ln".to_owned(), at.0)));
    fields.extend(account.hours.iter().enumerate().map(|(h, n)| (format!("h{h}"), signed(*n))));
    let steps = account.freshness.counts().iter().enumerate();
    fields.extend(steps.map(|(step, n)| (format!("f{step}"), signed(*n))));
    fields.retain(|(name, sum)| *sum != 0 || matches!(name.as_str(), "si" | "ln"));
    fields
}

/// Reads an account, and the version of the outlet's seeds that stands with it.
pub(super) fn read(fields: Vec<(String, Vec<u8>)>) -> Result<(Account, u64), String> {
    let mut account = Account::default();
    let mut steps = Vec::new();
    let mut version = 0;
    for (name, value) in fields {
        let text = String::from_utf8_lossy(&value);
        let n: i64 = text.parse().map_err(|_| format!("{name} is {text:?}"))?;
        let sum = n.unsigned_abs();
        match (name.as_str(), name.get(1..).map(str::parse::<usize>)) {
            ("v", _) => version = sum,
            ("day", _) => account.day = n,
            ("si", _) => account.since = Some(UnixMicros(n)),
            ("sp", _) => account.spent = sum,
            ("so", _) => account.spent_on_old = sum,
            ("rq", _) => account.requests = sum,
            ("ar", _) => account.articles = sum,
            ("di", _) => account.discovered = sum,
            ("ln", _) => account.last_new_at = Some(UnixMicros(n)),
            ("sh", _) => account.shares = sum,
            ("fe", _) => account.feeds = sum,
            ("se", _) => account.sections = sum,
            ("as", _) => account.asleep = sum,
            (name, Some(Ok(hour))) if name.starts_with('h') && hour < account.hours.len() => {
                account.hours[hour] = sum;
            }
            (name, Some(Ok(step))) if name.starts_with('f') => {
                if steps.len() <= step {
                    steps.resize(step.min(64) + 1, 0);
                }
                if let Some(count) = steps.get_mut(step) {
                    *count = sum;
                }
            }
            _ => return Err(format!("it has a field {name:?}")),
        }
    }
    account.freshness = Freshness::of(steps);
    Ok((account, version))
}

fn signed(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
