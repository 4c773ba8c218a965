//! An article on its way through Redis: JSON, compressed.

use std::io::{self, Read as _};

use story::store::Arrival;

/// zstd's default: a good third of a short text.
const LEVEL: i32 = 3;

/// Bytes of an article at most, once unpacked: far more than any page we read.
const BYTES_MAX: u64 = 64 << 20;

/// Packs an article of an archive.
pub(super) fn pack(arrival: &Arrival, archive: &str) -> io::Result<Vec<u8>> {
    let mut arrival = arrival.clone();
    if let Some(place) = &mut arrival.place {
        archive.clone_into(&mut place.archive);
    }
    zstd::bulk::compress(&serde_json::to_vec(&arrival)?, LEVEL)
}

/// The article that was packed.
pub(super) fn unpack(packed: &[u8]) -> io::Result<Arrival> {
    let mut json = Vec::new();
    zstd::Decoder::new(packed)?.take(BYTES_MAX).read_to_end(&mut json)?;
    Ok(serde_json::from_slice(&json)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use story::store::Place;

    #[test]
    fn an_article_comes_out_as_it_went_in_with_whose_it_is() {
        let place = Place { segment: "s.warc.gz".into(), ..Place::default() };
        let text = "one line\n".repeat(100);
        let arrival = Arrival { text, place: Some(place.clone()), ..Arrival::default() };
        let packed = pack(&arrival, "w1").unwrap();
        assert!(packed.len() < arrival.text.len() / 2, "{}", packed.len());
        let place = Some(Place { archive: "w1".into(), ..place });
        assert_eq!(unpack(&packed).unwrap(), Arrival { place, ..arrival });
        assert!(unpack(b"something else").is_err());
    }
}
