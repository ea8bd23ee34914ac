//! What a receiver may do with a connection that is not secured.

use super::Expected::{Delivered, Fails, Refused};
use super::script::Step::{EndSending, Read, Reset, Wait};
use super::script::{drip, flood, send};
use super::{Row, row};
use slotflow_domain::delivery::AttemptOutcome::{Connect, Protocol, Timeout, Tls};

/// The first line of a success.
const OK: &str = "HTTP/1.1 200 OK\r\n";
/// The head of a success whose body is in chunks.
const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

/// A success with these headers, and what follows them.
fn ok(rest: &str) -> Vec<u8> {
    format!("{OK}{rest}").into_bytes()
}

pub(super) fn rows() -> Vec<Row> {
    let kinds =
        [slow(), endless(), ill_formed(), interim(), lengths(), chunks(), broken_off(), other_protocols()];
    kinds.into_iter().flatten().collect()
}

fn slow() -> Vec<Row> {
    let late = || Fails(Timeout, "connected, but no answer within 3 s");
    vec![
        row("no answer", [Read, Wait], late()),
        row("no reading", [Wait], late()),
        row("a status line that drips", [Read, send("HTTP/1.1 200 "), drip("O")], late()),
        row("headers that drip", [Read, send(OK), drip("X: y\r\n")], Delivered),
        row("one header that drips", [Read, send(OK), send("X: "), drip("y")], Delivered),
        row(
            "a refusal's headers that drip",
            [Read, send("HTTP/1.1 503 Busy\r\n"), drip("X: y\r\n")],
            Refused(503),
        ),
        row("a body that drips", [Read, send(ok("\r\n")), drip("x")], Delivered),
        row("chunks that drip", [Read, send(CHUNKED), drip("1\r\nx\r\n")], Delivered),
    ]
}

fn endless() -> Vec<Row> {
    let many = "X-Many: y\r\n".repeat(5_000);
    let huge = format!("X-Huge: {}\r\n", "y".repeat(1_024 * 1_024));
    // A gigabyte of zeros, as far as it goes.
    let bomb =
        [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xec, 0xc1, 1, 1, 0, 0, 0, 0x80, 0x90][..], &[0; 64]].concat();
    vec![
        row("an endless body", [Read, send(ok("\r\n")), flood("x".repeat(4_096))], Delivered),
        row(
            "a refusal's endless body",
            [Read, send("HTTP/1.1 500 No\r\n\r\n"), flood("x".repeat(4_096))],
            Refused(500),
        ),
        row("endless headers", [Read, send(OK), flood("X: y\r\n".repeat(500))], Delivered),
        row("an endless header", [Read, send(OK), send("X: "), flood("y".repeat(4_096))], Delivered),
        row("an endless header name", [Read, send(OK), flood("X".repeat(4_096))], Delivered),
        row("thousands of headers", [Read, send(ok(&many)), send("\r\n")], Delivered),
        row(
            "a refusal with thousands of headers",
            [Read, send("HTTP/1.1 500 No\r\n"), send(many)],
            Refused(500),
        ),
        row("one huge header", [Read, send(ok(&huge)), send("Content-Length: 0\r\n\r\n")], Delivered),
        row(
            "an endless status line",
            [Read, send("HTTP/1.1 200 "), flood("x".repeat(4_096))],
            Fails(Protocol, "larger than 8 KiB"),
        ),
        row("endless empty lines", [Read, flood("\r\n".repeat(2_000))], Fails(Protocol, "")),
        row("a compressed bomb", [Read, send(ok("Content-Encoding: gzip\r\n\r\n")), flood(bomb)], Delivered),
    ]
}

fn ill_formed() -> Vec<Row> {
    let empty = "Content-Length: 0\r\n\r\n";
    let no_http = || Fails(Protocol, "the answer is not HTTP/1.1");
    vec![
        row(
            "no UTF-8 in the status line",
            [Read, send(b"HTTP/1.1 200 \xff\xfe\r\n"), send(empty)],
            Delivered,
        ),
        row("a NUL in the status line", [Read, send("HTTP/1.1 200 a\0b\r\n"), send(empty)], Delivered),
        row(
            "no UTF-8 in a header's value",
            [Read, send(OK), send(b"X: \xff\xfe\r\n"), send(empty)],
            Delivered,
        ),
        row(
            "no UTF-8 in a header's name",
            [Read, send(OK), send(b"X\xff\xfe: y\r\n"), send(empty)],
            Delivered,
        ),
        row("a NUL in a header's value", [Read, send(OK), send("X: a\0b\r\n"), send(empty)], Delivered),
        row(
            "no UTF-8 in the body",
            [Read, send(ok("Content-Length: 3\r\n\r\n")), send(b"\xff\x00\xfe")],
            Delivered,
        ),
        row("a folded header", [Read, send(ok("X: a\r\n b\r\n")), send(empty)], Delivered),
        row("a header without a colon", [Read, send(ok("nonsense\r\n")), send(empty)], Delivered),
        row("lines that end in LF alone", [Read, send("HTTP/1.1 200 OK\nContent-Length: 0\n\n")], Delivered),
        row("a status of two digits", [Read, send("HTTP/1.1 20 OK\r\n"), send(empty)], no_http()),
        row("a status of four digits", [Read, send("HTTP/1.1 2000 OK\r\n"), send(empty)], no_http()),
        row("a status below 100", [Read, send("HTTP/1.1 099 OK\r\n"), send(empty)], no_http()),
        row("a body and nothing else", [Read, send("{\"ok\": true}\r\n\r\n")], no_http()),
        row(
            "a redirect to itself",
            [Read, send("HTTP/1.1 308 Here\r\nLocation: /webhook\r\n"), send(empty)],
            Refused(308),
        ),
    ]
}

fn interim() -> Vec<Row> {
    let late = || Fails(Timeout, "no answer within");
    let hints = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
    let switching = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: any\r\n\r\n";
    let final_answer = "HTTP/1.1 204 No Content\r\n\r\n";
    vec![
        row("100 and no end", [Read, send("HTTP/1.1 100 Continue\r\n\r\n"), Wait], late()),
        row("interim answers that drip", [Read, drip("HTTP/1.1 102 Processing\r\n\r\n")], late()),
        row("endless interim answers", [Read, flood(hints.repeat(50))], Fails(Protocol, "more than 256 KiB")),
        row(
            "a hundred interim answers first",
            [Read, send(hints.repeat(100)), send(final_answer)],
            Delivered,
        ),
        row("another protocol that nobody asked for", [Read, send(switching), Wait], Refused(101)),
        row("an answer after another protocol", [Read, send(switching), send(final_answer)], Refused(101)),
    ]
}

fn lengths() -> Vec<Row> {
    vec![
        row("less than the length says", [Read, send(ok("Content-Length: 9\r\n\r\nhalf"))], Delivered),
        row(
            "less than the length says, and no end",
            [Read, send(ok("Content-Length: 9\r\n\r\nhalf")), Wait],
            Delivered,
        ),
        row("more than the length says", [Read, send(ok("Content-Length: 2\r\n\r\nhello"))], Delivered),
        row("a negative length", [Read, send(ok("Content-Length: -5\r\n\r\nhello"))], Delivered),
        row("a length that is no number", [Read, send(ok("Content-Length: many\r\n\r\nhello"))], Delivered),
        row(
            "a length beyond all numbers",
            [Read, send(ok("Content-Length: 99999999999999999999\r\n\r\nhello"))],
            Delivered,
        ),
        row(
            "an enormous length",
            [Read, send(ok("Content-Length: 9223372036854775807\r\n\r\n")), flood("x".repeat(4_096))],
            Delivered,
        ),
        row(
            "two lengths",
            [Read, send(ok("Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello"))],
            Delivered,
        ),
        row(
            "the same length twice",
            [Read, send(ok("Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello"))],
            Delivered,
        ),
        row(
            "a length and chunks",
            [Read, send(ok("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nhello"))],
            Delivered,
        ),
        row(
            "a refusal with a negative length",
            [Read, send("HTTP/1.1 500 No\r\nContent-Length: -5\r\n\r\n")],
            Refused(500),
        ),
        row(
            "a body where there can be none",
            [Read, send("HTTP/1.1 204 No Content\r\n\r\n"), flood("x".repeat(4_096))],
            Delivered,
        ),
    ]
}

fn chunks() -> Vec<Row> {
    vec![
        row("a chunk without a size", [Read, send(CHUNKED), send("zz\r\nhello\r\n")], Delivered),
        row("a chunk with a negative size", [Read, send(CHUNKED), send("-1\r\nhello\r\n")], Delivered),
        row("a chunk beyond all sizes", [Read, send(CHUNKED), send("fffffffffffffffff\r\n")], Delivered),
        row("a chunk that never comes", [Read, send(CHUNKED), send("7fffffffffffffff\r\n"), Wait], Delivered),
        row(
            "a chunk that is longer than its size",
            [Read, send(CHUNKED), send("2\r\nhello\r\n0\r\n\r\n")],
            Delivered,
        ),
        row("an endless size", [Read, send(CHUNKED), flood("0".repeat(4_096))], Delivered),
        row(
            "endless blanks behind a size",
            [Read, send(CHUNKED), send("1"), flood(" ".repeat(4_096))],
            Delivered,
        ),
        row("an endless extension", [Read, send(CHUNKED), send("1;"), flood("x".repeat(4_096))], Delivered),
        row(
            "endless chunks with extensions",
            [Read, send(CHUNKED), flood("1;a=b\r\nx\r\n".repeat(400))],
            Delivered,
        ),
        row(
            "endless trailers",
            [Read, send(CHUNKED), send("0\r\n"), flood("X: y\r\n".repeat(500))],
            Delivered,
        ),
        row(
            "an endless trailer",
            [Read, send(CHUNKED), send("0\r\nX: "), flood("y".repeat(4_096))],
            Delivered,
        ),
        row(
            "a refusal's endless size",
            [Read, send(CHUNKED.replace("200 OK", "500 No")), flood("0".repeat(4_096))],
            Refused(500),
        ),
        row(
            "a coding that nobody knows",
            [Read, send(ok("Transfer-Encoding: gzip\r\n\r\nhello"))],
            Delivered,
        ),
    ]
}

fn broken_off() -> Vec<Row> {
    let unanswered = |words| Fails(Protocol, words);
    let early = || Delivered.or(Fails(Protocol, "before the request was sent"));
    vec![
        // Whether the system still takes it for a connection, or TLS for a secured one, depends on the moment.
        row(
            "a reset at once",
            [Reset],
            unanswered("before it answered").or(Fails(Connect, "").or(Fails(Tls, "reset the connection"))),
        ),
        row(
            "a reset after the request",
            [Read, Reset],
            unanswered("reset the connection before it answered"),
        ),
        row(
            "a reset in the status line",
            [Read, send("HTTP/1.1 2"), Reset],
            unanswered("in the middle of its answer"),
        ),
        row("a reset in the headers", [Read, send(ok("X: ")), Reset], Delivered),
        row("a reset in the body", [Read, send(ok("Content-Length: 9\r\n\r\nhalf")), Reset], Delivered),
        row("a refusal that is reset", [Read, send("HTTP/1.1 500 No\r\n"), Reset], Refused(500)),
        row("an end at once", [], unanswered("before")),
        row("an end after the request", [Read], unanswered("closed the connection before it answered")),
        row("an end of sending before the request", [EndSending, Wait], unanswered("before")),
        row(
            "an end of sending after the request",
            [Read, EndSending, Wait],
            unanswered("closed the connection before it answered"),
        ),
        row("an answer and an end of sending", [Read, send(ok("\r\nall")), EndSending, Wait], Delivered),
        // It may have come before or after the request was begun; only in the second case it is an answer.
        row("an answer before the request", [send(ok("Content-Length: 0\r\n\r\n")), Wait], early()),
        row(
            "an answer before the request, and an end",
            [send(ok("Content-Length: 0\r\n\r\n"))],
            early().or(unanswered("")),
        ),
    ]
}

fn other_protocols() -> Vec<Row> {
    let no_http = || Fails(Protocol, "the answer is not HTTP/1.1");
    let settings = [0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 100];
    let go_away = [0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
    vec![
        row("HTTP/2 without having been asked", [Read, send([&settings[..], &go_away].concat())], no_http()),
        row(
            "HTTP/2 before the request",
            [send(settings), Wait],
            no_http().or(Fails(Protocol, "before the request was sent")),
        ),
        row("the preface of HTTP/2", [Read, send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")], no_http()),
        row("a version that does not exist", [Read, send("HTTP/1.9 200 OK\r\n\r\n")], no_http()),
        row("HTTP/2 by its name", [Read, send("HTTP/2 200\r\n\r\n")], no_http()),
        row(
            "a greeting of SSH",
            [send("SSH-2.0-OpenSSH_9.2\r\n"), Wait],
            no_http().or(Fails(Protocol, "before the request was sent")),
        ),
    ]
}
