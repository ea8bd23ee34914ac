//! What chance makes of an input.

use fastrand::Rng;

/// Longer inputs are only tried where a piece was repeated: length alone finds little.
const LONGEST: usize = 64 * 1_024;

/// Pieces that have done harm somewhere.
const PIECES: &[&[u8]] = &[
    b"\0",
    b"\xff",
    b"\xc0\x80",
    b"\xed\xa0\x80",
    b"\xef\xbb\xbf",
    b"\xf4\x90\x80\x80",
    b"\r\n",
    b"\x1b[2J",
    b"\x7f",
    br"\u0000",
    br"\ud800",
    br"\udc00",
    br"\ud83d\ude00",
    br#"\""#,
    br"\",
    br#"""#,
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"null",
    b"true",
    b"{}",
    b"[]",
    b"-0",
    b"1e400",
    b"-1e400",
    b"1e-400",
    b"0.1",
    b"30.0",
    b"3e1",
    b"01",
    b"+1",
    b"9223372036854775807",
    b"9223372036854775808",
    b"-9223372036854775809",
    b"18446744073709551616",
    b"NaN",
    b"0000-01-01T00:00:00Z",
    b"9999-12-31T23:59:59.999Z",
    b"9999-12-31T23:59:59-23:59",
    b"10000-01-01T00:00:00Z",
    b"2016-12-31T23:59:60Z",
    b"2026-02-29T00:00:00Z",
    b"+24:00",
    b"1969-12-31T23:59:59.9999Z",
    b"2026-03-10",
    b"%00",
    b"%",
    b"%ff",
    b"%2e%2e",
    b"%F0%9F%98%80",
    b"&",
    b"=",
    b"+",
    b"#",
    b"?",
    b"/../",
    b"\\",
    b"@",
    b":0",
    b":65536",
    b"127.0.0.1",
    b"[::1]",
    b"[::ffff:10.0.0.1]",
    b"0x7f.1",
    b"169.254.169.254",
    b"localhost",
    b".local",
    b"xn--",
    b"..",
    "。".as_bytes(),
    "é".as_bytes(),
    "\u{202e}".as_bytes(),
    "\u{ad}".as_bytes(),
    "ﬀ".as_bytes(),
    "\u{1f600}".as_bytes(),
    b"v1=",
    b"v1,",
    b"t=",
    b"v2=",
    b" ",
    b"\t",
    b"00000000-0000-0000-0000-000000000000",
    b"'; DROP TABLE webhooks; --",
    b"metadata",
    b"\"duration\":",
    b"<script>",
    b"${x}",
    b"//",
];

/// Bytes of no meaning.
pub(crate) fn arbitrary(rng: &mut Rng) -> Vec<u8> {
    let length = rng.usize(0..200);
    (0..length).map(|_| rng.u8(..)).collect()
}

/// One of `seeds`, changed in one place or a few.
pub(crate) fn mutate(seeds: &[Vec<u8>], rng: &mut Rng) -> Vec<u8> {
    let mut input = seeds[rng.usize(..seeds.len())].clone();
    for _ in 0..rng.usize(1..6) {
        change(&mut input, seeds, rng);
    }
    input
}

fn change(input: &mut Vec<u8>, seeds: &[Vec<u8>], rng: &mut Rng) {
    let (start, end) = span(input, rng);
    match rng.u8(0..9) {
        0 if start < input.len() => input[start] ^= 1 << rng.u8(0..8),
        1 if start < input.len() => input[start] = rng.u8(..),
        2 => drop(input.drain(start..end)),
        3 => input.truncate(start),
        4 => {
            let copy = input[start..end].to_vec();
            insert(input, rng, &copy);
        }
        5 => {
            let copy = input[start..end].to_vec();
            let times = 1_usize << rng.u8(1..16);
            let times = times.min(LONGEST / copy.len().max(1));
            insert(input, rng, &copy.repeat(times));
        }
        6 => {
            let other = &seeds[rng.usize(..seeds.len())];
            let (from, to) = span(other, rng);
            input.splice(start..end, other[from..to].iter().copied());
        }
        7 => {
            let piece = PIECES[rng.usize(..PIECES.len())];
            input.splice(start..end, piece.iter().copied());
        }
        _ => {
            let piece = PIECES[rng.usize(..PIECES.len())];
            insert(input, rng, piece);
        }
    }
}

fn insert(input: &mut Vec<u8>, rng: &mut Rng, piece: &[u8]) {
    if input.len() + piece.len() <= 4 * LONGEST {
        let place = rng.usize(..=input.len());
        input.splice(place..place, piece.iter().copied());
    }
}

/// A span within `bytes`, more often a short one.
fn span(bytes: &[u8], rng: &mut Rng) -> (usize, usize) {
    let start = rng.usize(..=bytes.len());
    let longest = if rng.bool() { 4 } else { bytes.len() };
    let end = (start + rng.usize(..=longest)).min(bytes.len());
    (start, end)
}
