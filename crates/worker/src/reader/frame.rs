//! What the crawler and a reader say to each other, over the reader's standard streams.
//!
//! A page: the length of its head and of its body (`u32`, little endian), the head as JSON, the
//! body as it is. An answer: its length, then JSON. One at a time.

use std::io::{self, Read, Write};

use extract::Article;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::ToRead;

/// Bytes of an answer. A tame page has 3 MB, which JSON may make six times as long.
const ANSWER_BYTES_MAX: usize = 32 * 1024 * 1024;

/// What a reader says of a page; and once at its start, of none.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Answer {
    /// CPU time of the process so far.
    pub(super) cpu_us: u64,
    /// Resident memory of the process at its peak, where it is known.
    pub(super) memory_peak_bytes: u64,
    /// What was read.
    pub(super) read: Said,
}

/// What was read of a page.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Said {
    /// Nothing yet: the reader is there.
    Ready,
    /// Its article.
    Article(Box<Article>),
    /// It has none.
    NoArticle,
    /// The reading panicked: a fault of the program.
    Panicked,
}

fn length(bytes: usize) -> io::Result<[u8; 4]> {
    let too_long = |_| io::Error::new(io::ErrorKind::InvalidInput, "too long for a reader");
    Ok(u32::try_from(bytes).map_err(too_long)?.to_le_bytes())
}

/// Sends a page.
pub(super) async fn send_page<W>(to: &mut W, page: &ToRead) -> io::Result<()>
where
    W: AsyncWrite + Unpin,
{
    let head = serde_json::to_vec(page)?;
    let lengths = [length(head.len())?, length(page.body.len())?].concat();
    to.write_all(&[&lengths[..], &head].concat()).await?;
    to.write_all(&page.body).await?;
    to.flush().await
}

/// Receives a page; none at the end of the stream.
pub(super) fn receive_page(from: &mut impl Read) -> io::Result<Option<ToRead>> {
    let mut lengths = [0; 8];
    match from.read_exact(&mut lengths) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        read => read?,
    }
    let [h0, h1, h2, h3, b0, b1, b2, b3] = lengths;
    let mut take = |length: [u8; 4]| -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; u32::from_le_bytes(length) as usize];
        from.read_exact(&mut bytes)?;
        Ok(bytes)
    };
    let mut page: ToRead = serde_json::from_slice(&take([h0, h1, h2, h3])?)?;
    page.body = take([b0, b1, b2, b3])?;
    Ok(Some(page))
}

/// Sends an answer.
pub(super) fn send_answer(to: &mut impl Write, answer: &Answer) -> io::Result<()> {
    let text = serde_json::to_vec(answer)?;
    to.write_all(&length(text.len())?)?;
    to.write_all(&text)?;
    to.flush()
}

/// Receives an answer. What a reader says is bounded too.
pub(super) async fn receive_answer<R>(from: &mut R) -> io::Result<Answer>
where
    R: AsyncRead + Unpin,
{
    let length = from.read_u32_le().await? as usize;
    if length > ANSWER_BYTES_MAX {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the answer is too long"));
    }
    let mut text = vec![0; length];
    from.read_exact(&mut text).await?;
    Ok(serde_json::from_slice(&text)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> ToRead {
        ToRead {
            url: "https://a.test/b?c=%FF".parse().unwrap(),
            content_type: Some("text/html; charset=\"x\"".into()),
            robots_tags: vec!["noai".into(), String::new()],
            body: vec![0, 1, 255, b'{'],
        }
    }

    #[tokio::test]
    async fn pages_there_and_answers_back() {
        let mut sent = Vec::new();
        send_page(&mut sent, &page()).await.unwrap();
        let mut empty = page();
        empty.body.clear();
        send_page(&mut sent, &empty).await.unwrap();
        let mut from = &sent[..];
        assert_eq!(receive_page(&mut from).unwrap(), Some(page()));
        assert_eq!(receive_page(&mut from).unwrap(), Some(empty));
        assert_eq!(receive_page(&mut from).unwrap(), None);

        let mut article = Article::default();
        article.headline = Some("Flood \u{1}".into());
        let read = Said::Article(Box::new(article));
        let answer = Answer { cpu_us: 7, memory_peak_bytes: u64::MAX, read };
        let mut said = Vec::new();
        send_answer(&mut said, &answer).unwrap();
        assert_eq!(receive_answer(&mut &said[..]).await.unwrap(), answer);
    }

    #[tokio::test]
    async fn what_is_cut_or_boundless_is_refused() {
        let mut sent = Vec::new();
        send_page(&mut sent, &page()).await.unwrap();
        for end in 8..sent.len() {
            assert!(receive_page(&mut &sent[..end]).is_err(), "cut at {end}");
        }
        let endless = [255; 64];
        let error = receive_answer(&mut &endless[..]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }
}
