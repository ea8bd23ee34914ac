//! A response's headers as one run of bytes.
//!
//! Each name and each value stands behind its length (four bytes, big-endian): no byte of a receiver's can be
//! taken for a separator.

/// Headers as they are stored.
pub(in crate::store) fn encode(headers: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, value) in headers {
        for part in [name.as_bytes(), value] {
            bytes.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
            bytes.extend_from_slice(part);
        }
    }
    bytes
}

/// Headers as they were received; nothing if the bytes are cut off.
pub(in crate::store) fn decode(mut bytes: &[u8]) -> Option<Vec<(String, Vec<u8>)>> {
    let mut headers = Vec::new();
    while !bytes.is_empty() {
        let name = String::from_utf8_lossy(next_part(&mut bytes)?).into_owned();
        headers.push((name, next_part(&mut bytes)?.to_vec()));
    }
    Some(headers)
}

fn next_part<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (part, rest) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
    *bytes = rest;
    Some(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_bytes_come_back_as_they_were() {
        let headers = vec![
            ("content-type".to_owned(), b"text/plain".to_vec()),
            ("x-bytes".to_owned(), vec![0, 255, b'\r', b'\n', b':']),
            ("x-empty".to_owned(), vec![]),
        ];
        assert_eq!(decode(&encode(&headers)), Some(headers));
        assert_eq!(decode(&[]), Some(vec![]));
    }

    #[test]
    fn cut_off_bytes_are_not_headers() {
        let bytes = encode(&[("name".to_owned(), b"value".to_vec())]);
        for length in 1..bytes.len() {
            assert_eq!(decode(&bytes[..length]), None, "{length}");
        }
    }
}
