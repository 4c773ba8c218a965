//! A server of bytes.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What a connection ends with, once all its answers are given.
#[derive(Clone, Copy)]
pub(super) enum Then {
    /// It stays open; further requests are read and not answered.
    Wait,
    /// It is closed after this many further requests were read.
    CloseAfter(usize),
}

/// Counts connections and keeps the heads of requests.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    connections: Arc<AtomicUsize>,
    closed: Arc<AtomicUsize>,
    heads: Heads,
    accepting: JoinHandle<()>,
}

pub(super) type Heads = Arc<Mutex<Vec<Vec<u8>>>>;

impl Server {
    /// Every connection gets these answers, one a request.
    pub(super) async fn answering(answers: &[&[u8]], then: Then) -> Self {
        let answers: Vec<Vec<u8>> = answers.iter().map(|a| a.to_vec()).collect();
        let answers = Arc::new(answers);
        Self::start(move |stream, heads| converse(stream, heads, Arc::clone(&answers), then)).await
    }

    /// One answer to every request, then the connection is closed.
    pub(super) async fn once(answer: &[u8]) -> Self {
        Self::answering(&[answer], Then::CloseAfter(0)).await
    }

    /// Every connection is given to `talk`, and closed when that ends.
    pub(super) async fn start<F, T>(talk: F) -> Self
    where
        F: Fn(TcpStream, Heads) -> T + Send + 'static,
        T: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (connections, closed) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
        let heads = Heads::default();
        let (counted, ended, kept) = (connections.clone(), closed.clone(), heads.clone());
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                let (talk, ended) = (talk(stream, kept.clone()), ended.clone());
                tokio::spawn(async move {
                    talk.await;
                    ended.fetch_add(1, Ordering::SeqCst);
                });
            }
        });
        Self { address, connections, closed, heads, accepting }
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://a.test:{}{path}", self.address.port())
    }

    pub(super) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub(super) fn heads(&self) -> Vec<Vec<u8>> {
        self.heads.lock().unwrap().clone()
    }

    /// Waits until so many connections were closed from this side, or seen closed.
    pub(super) async fn closed(&self, count: usize) {
        while self.closed.load(Ordering::SeqCst) < count {
            tokio::task::yield_now().await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn converse(mut stream: TcpStream, heads: Heads, answers: Arc<Vec<Vec<u8>>>, then: Then) {
    for answer in answers.iter() {
        let Some(head) = read_head(&mut stream).await else { return };
        heads.lock().unwrap().push(head);
        if stream.write_all(answer).await.is_err() {
            return;
        }
    }
    let further = match then {
        Then::Wait => usize::MAX,
        Then::CloseAfter(further) => further,
    };
    for _ in 0..further {
        let Some(head) = read_head(&mut stream).await else { return };
        heads.lock().unwrap().push(head);
    }
}

/// The bytes up to the empty line; nothing when the connection ends before.
pub(super) async fn read_head(stream: &mut (impl AsyncRead + Unpin)) -> Option<Vec<u8>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    Some(head)
}
