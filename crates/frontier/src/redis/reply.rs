//! Replies of the functions, read in their order.

use std::time::Duration;

use crawl::UnixMicros;
use redis::Value;

/// A reply: its stamp is read, the rest is taken piece by piece.
pub(super) struct Reply {
    stamp: Option<(UnixMicros, u64)>,
    is_look: bool,
    pieces: std::vec::IntoIter<Value>,
}

/// Why a reply cannot be read.
type Read<T> = Result<T, String>;

impl Reply {
    /// Takes a reply apart: `{stamp, ...}`, or one value without a stamp.
    pub(super) fn of(value: Value) -> Read<Self> {
        let Value::Array(pieces) = value else {
            return Ok(Self { stamp: None, is_look: false, pieces: vec![value].into_iter() });
        };
        let mut pieces = pieces.into_iter();
        let stamp = list(pieces.next().ok_or("it is empty")?)?;
        let [Value::Int(now), Value::Int(epoch), Value::Int(looks)] = stamp[..] else {
            return Err(format!("{stamp:?} is no stamp"));
        };
        let stamp = Some((UnixMicros(now), epoch.unsigned_abs()));
        Ok(Self { stamp, is_look: looks == 1, pieces })
    }

    /// Whether the function only looked, and did not check the clock.
    pub(super) fn is_look(&self) -> bool {
        self.is_look
    }

    pub(super) fn stamp(&self) -> Option<(UnixMicros, u64)> {
        self.stamp
    }

    /// The partition's time.
    pub(super) fn now(&self) -> UnixMicros {
        self.stamp.map(|(now, _)| now).unwrap_or_default()
    }

    pub(super) fn value(&mut self) -> Read<Value> {
        self.pieces.next().ok_or_else(|| "it is too short".to_owned())
    }

    pub(super) fn text(&mut self) -> Read<String> {
        text(self.value()?)
    }

    /// A text, or none where there is nothing.
    pub(super) fn some_text(&mut self) -> Read<Option<String>> {
        match self.value()? {
            Value::Nil => Ok(None),
            value => text(value).map(Some),
        }
    }

    pub(super) fn number(&mut self) -> Read<i64> {
        number(self.value()?)
    }

    pub(super) fn time(&mut self) -> Read<UnixMicros> {
        Ok(UnixMicros(self.number()?))
    }

    pub(super) fn duration(&mut self) -> Read<Duration> {
        Ok(Duration::from_micros(self.number()?.unsigned_abs()))
    }

    pub(super) fn list(&mut self) -> Read<Vec<Value>> {
        list(self.value()?)
    }

    pub(super) fn texts(&mut self) -> Read<Vec<String>> {
        self.list()?.into_iter().map(text).collect()
    }

    pub(super) fn counts(&mut self) -> Read<Vec<u64>> {
        self.list()?.into_iter().map(|n| number(n).map(i64::unsigned_abs)).collect()
    }

    /// A list of pairs.
    pub(super) fn pairs(&mut self) -> Read<Vec<(String, Vec<u8>)>> {
        pairs(self.value()?)
    }
}

pub(super) fn list(value: Value) -> Read<Vec<Value>> {
    match value {
        Value::Array(list) | Value::Set(list) => Ok(list),
        // What RESP3 gives instead of a flat list.
        Value::Map(pairs) => Ok(pairs.into_iter().flat_map(|(a, b)| [a, b]).collect()),
        other => Err(format!("{other:?} is no list")),
    }
}

pub(super) fn pairs(value: Value) -> Read<Vec<(String, Vec<u8>)>> {
    let mut flat = list(value)?.into_iter();
    let mut pairs = Vec::with_capacity(flat.len() / 2);
    while let Some(key) = flat.next() {
        let value = flat.next().ok_or("a list of pairs has an odd end")?;
        pairs.push((text(key)?, bytes(value)?));
    }
    Ok(pairs)
}

pub(super) fn bytes(value: Value) -> Read<Vec<u8>> {
    match value {
        Value::BulkString(bytes) => Ok(bytes),
        Value::SimpleString(text) => Ok(text.into_bytes()),
        Value::Int(n) => Ok(n.to_string().into_bytes()),
        Value::Okay => Ok(b"OK".to_vec()),
        other => Err(format!("{other:?} is no string")),
    }
}

pub(super) fn text(value: Value) -> Read<String> {
    String::from_utf8(bytes(value)?).map_err(|e| e.to_string())
}

pub(super) fn number(value: Value) -> Read<i64> {
    match value {
        Value::Int(n) => Ok(n),
        other => {
            let text = text(other)?;
            text.parse().map_err(|_| format!("{text:?} is no number"))
        }
    }
}
