//! What a receiver may do once the connection is secured, beside all that it may do without.

use super::Expected::{Delivered, Fails, Refused};
use super::script::Step::{EndSending, Pause, Read, Reset, Wait};
use super::script::{beneath, drip, flood, send};
use super::{Row, row};
use slotflow_domain::delivery::AttemptOutcome::{Protocol, Timeout, Tls};

/// The first line of a success.
const OK: &str = "HTTP/1.1 200 OK\r\n";
/// A success that has ended.
const NO_CONTENT: &str = "HTTP/1.1 204 No Content\r\n\r\n";
/// The beginning of a record of 256 bytes.
const HALF_A_RECORD: [u8; 8] = [23, 3, 3, 1, 0, 7, 7, 7];

/// A whole record that nobody can decrypt.
fn forged_record() -> Vec<u8> {
    [&[23, 3, 3, 0, 64][..], &[7; 64]].concat()
}

pub(super) fn rows() -> Vec<Row> {
    [broken_records(), broken_off()].into_iter().flatten().collect()
}

fn broken_records() -> Vec<Row> {
    let late = || Fails(Timeout, "connected, but no answer within 3 s");
    let broken = || Fails(Tls, "the connection could not be secured");
    vec![
        row("half a record", [Read, beneath(send(HALF_A_RECORD)), Wait], late()),
        row("a record that drips", [Read, beneath(send(HALF_A_RECORD)), beneath(drip([7]))], late()),
        row("half a record after a status", [Read, send(OK), beneath(send(HALF_A_RECORD)), Wait], Delivered),
        row("a forged record", [Read, beneath(send(forged_record())), Wait], broken()),
        // Where both arrive at once, what was not read of the one is lost with the other.
        row(
            "a forged record after a status",
            [Read, send(OK), Pause, beneath(send(forged_record())), Wait],
            Delivered.or(broken()),
        ),
        row(
            "a forged record after a refusal",
            [Read, send("HTTP/1.1 500 No\r\n"), Pause, beneath(send(forged_record())), Wait],
            Refused(500).or(broken()),
        ),
        row("endless forged records", [Read, beneath(flood(forged_record()))], broken()),
        row(
            "a record beyond its bound",
            [Read, beneath(send([23, 3, 3, 0xff, 0xff, 7])), Wait],
            Fails(Tls, ""),
        ),
        row("plain HTTP behind TLS", [Read, beneath(send(NO_CONTENT)), Wait], Fails(Tls, "")),
    ]
}

fn broken_off() -> Vec<Row> {
    let unanswered = |words| Fails(Protocol, words);
    vec![
        row(
            "a reset in a record",
            [Read, beneath(send(HALF_A_RECORD)), Reset],
            unanswered("the receiver reset the connection before it answered"),
        ),
        row(
            "a reset in a record after a status",
            [Read, send(OK), beneath(send(HALF_A_RECORD)), Reset],
            Delivered,
        ),
        row(
            "an end that TLS does not know of",
            [Read, beneath(EndSending), Wait],
            unanswered("the receiver closed the connection before it answered"),
        ),
        row(
            "an end in a record",
            [Read, beneath(send(HALF_A_RECORD)), beneath(EndSending), Wait],
            unanswered("the receiver closed the connection before it answered"),
        ),
        row(
            "an end in the status line that TLS does not know of",
            [Read, send("HTTP/1.1 2"), beneath(EndSending), Wait],
            unanswered("the receiver closed the connection in the middle of its answer"),
        ),
        row(
            "an end in the body that TLS does not know of",
            [Read, send(OK), send("\r\nhalf"), beneath(EndSending), Wait],
            Delivered,
        ),
    ]
}

/// Of one that wants to see our certificate.
pub(super) fn rows_of_a_demand() -> Vec<Row> {
    // Its word may be lost in the reset that follows.
    let lost = Fails(Tls, "reset the connection").or(Fails(Protocol, "before"));
    let refused = Fails(Tls, "the receiver refused to secure the connection (TLS alert").or(lost);
    vec![row("a demand for a certificate", [Read, send(NO_CONTENT)], refused)]
}

/// Of one that would like to see our certificate.
pub(super) fn rows_of_a_wish() -> Vec<Row> {
    vec![row("a wish for a certificate", [Read, send(NO_CONTENT)], Delivered)]
}

/// Of one that hands out tickets for later sessions first.
pub(super) fn rows_of_few_tickets() -> Vec<Row> {
    vec![row("a hundred tickets", [Read, send(NO_CONTENT)], Delivered)]
}

/// Of one that hands out 2 MiB of tickets first, all in one piece.
pub(super) fn rows_of_tickets_at_once() -> Vec<Row> {
    let no_room = || Fails(Tls, "more at once than TLS has room for");
    vec![
        row("thousands of tickets at once", [Read, Wait], no_room()),
        row("thousands of tickets at once, and an answer", [Read, send(NO_CONTENT)], no_room()),
    ]
}

/// Of one that hands out 2 MiB of tickets first, each in a record of its own.
pub(super) fn rows_of_tickets_one_by_one() -> Vec<Row> {
    let too_much = || Fails(Protocol, "more than 1 MiB through TLS");
    vec![
        row("thousands of tickets one by one", [Read, Wait], too_much()),
        row("thousands of tickets one by one, and an answer", [Read, send(NO_CONTENT)], too_much()),
    ]
}
