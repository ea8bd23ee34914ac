//! What a receiver may do instead of securing the connection.

use super::Expected::Fails;
use super::script::Step::{EndSending, Hear, Reset, Wait};
use super::script::{drip, flood, send};
use super::{Row, row};
use slotflow_domain::delivery::AttemptOutcome::{Connect, Timeout, Tls};

/// A handshake message in a record of TLS 1.2, of at most 255 bytes.
fn handshake(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u8::try_from(body.len()).unwrap();
    [&[22, 3, 3, 0, length + 4, kind, 0, 0, length][..], body].concat()
}

/// The server's greeting in the version that ends in `minor`, with a cipher that goes with it.
fn server_hello(minor: u8) -> Vec<u8> {
    handshake(2, &[&[3, minor][..], &[7; 32], &[0, 0xc0, 0x13, 0]].concat())
}

pub(super) fn rows() -> Vec<Row> {
    let late = || Fails(Timeout, "the connection was not secured (TLS) within 3 s");
    let no_tls = || Fails(Tls, "does not speak TLS on this port");
    let too_old = || Fails(Tls, "supports no TLS version or cipher that we do");
    let page = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
    vec![
        row("no greeting", [Hear, Wait], late()),
        row("a greeting that drips", [Hear, send([22]), drip([3])], late()),
        row("plain HTTP", [Hear, send(page)], no_tls()),
        row("plain HTTP at once", [send(page), Wait], no_tls()),
        row("endless plain HTTP", [Hear, flood(page.repeat(50))], no_tls()),
        row("garbage", [Hear, send([0; 64]), Wait], no_tls()),
        row("endless garbage", [Hear, flood([0xff; 4_096])], no_tls()),
        row(
            "an endless greeting",
            [Hear, send([22, 3, 3, 0x40, 0, 2, 0xff, 0xff, 0xff]), flood([0; 4_096])],
            Fails(Tls, ""),
        ),
        row("endless empty records", [Hear, flood([23, 3, 3, 0, 0].repeat(100))], Fails(Tls, "")),
        row("endless warnings", [Hear, flood([21, 3, 3, 0, 2, 1, 90].repeat(100))], Fails(Tls, "")),
        row("TLS 1.1", [Hear, send(server_hello(2)), Wait], too_old()),
        row("TLS 1.0", [Hear, send(server_hello(1)), Wait], too_old()),
        row("SSL 3", [Hear, send(server_hello(0)), Wait], too_old()),
        row(
            "a word that our versions are too new",
            [Hear, send([21, 3, 1, 0, 2, 2, 70]), Wait],
            Fails(Tls, "refused to secure the connection (TLS alert ProtocolVersion)"),
        ),
        row("a reset at once", [Reset], Fails(Tls, "reset").or(Fails(Connect, ""))),
        row(
            "a reset after our greeting",
            [Hear, Reset],
            Fails(Tls, "reset the connection while it was being secured"),
        ),
        row(
            "a reset in its greeting",
            [Hear, send([22, 3, 3]), Reset],
            Fails(Tls, "while it was being secured"),
        ),
        row(
            "an end after our greeting",
            [Hear],
            Fails(Tls, "closed the connection while it was being secured"),
        ),
        row(
            "an end of sending",
            [Hear, EndSending, Wait],
            Fails(Tls, "closed the connection while it was being secured"),
        ),
    ]
}
