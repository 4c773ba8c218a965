//! The seal on a crawl that is written out: nobody changes it meanwhile.

use std::time::Duration;

use super::Redis;
use super::client::Arg;
use crate::Result;

impl Redis {
    /// Seals this crawl for a while, so that calls that would change it fail
    /// ([`Error::Sealed`](crate::Error::Sealed)); other crawls of this Redis go on. Notes may be
    /// set, and workers heard of, all the same. False when another one has sealed it.
    pub async fn seal(&self, owner: &str, lasts: Duration) -> Result<bool> {
        let sealed = self.seal_all(owner, lasts, false).await;
        if !matches!(sealed, Ok(true)) {
            // What failed already is the answer; what stays sealed opens by itself.
            let _ = self.unseal(owner).await;
        }
        sealed
    }

    /// Makes the owner's own seal last for so long from now. False when it has not been in force
    /// all the time since it was set: others may have changed the crawl.
    pub async fn renew_seal(&self, owner: &str, lasts: Duration) -> Result<bool> {
        self.seal_all(owner, lasts, true).await
    }

    /// Breaks the owner's own seal; that of another one stays.
    pub async fn unseal(&self, owner: &str) -> Result<()> {
        self.seal_all(owner, Duration::ZERO, false).await.map(drop)
    }

    async fn seal_all(&self, owner: &str, lasts: Duration, must_be: bool) -> Result<bool> {
        let args = [Arg::from(owner), Arg::from(lasts), Arg::from(usize::from(must_be))];
        let calls = self.everywhere().map(|at| self.caller.call(at, "nh1_seal", &args));
        let mut is_done = true;
        for mut reply in futures_util::future::try_join_all(calls).await? {
            is_done &= reply.number().map_err(|e| self.caller.unreadable(e))? == 1;
        }
        Ok(is_done)
    }
}
