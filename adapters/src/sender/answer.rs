//! Reading what came back, within bounds.

use http::{HeaderMap, Response};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use slotflow_domain::delivery::AttemptResponse;
use tokio::time::{Instant, timeout_at};

/// How much of a body is kept; nothing is read beyond what tells that there is more.
const MOST_BODY_BYTES: usize = 16 * 1_024;
/// How many bytes of header names and values are kept.
const MOST_HEADER_BYTES: usize = 8 * 1_024;

/// An answer, as far as it was read.
pub(super) struct Answer {
    pub(super) response: AttemptResponse,
    /// Whether it was read to its end, so that another may follow on the same connection.
    pub(super) complete: bool,
}

impl Answer {
    /// Reads the body until its end, its bound, the deadline, or whatever cuts it off. The status stands
    /// already, so none of these is an error.
    pub(super) async fn read(head: Response<Incoming>, deadline: Instant) -> Self {
        let (head, mut incoming) = head.into_parts();
        let mut body = Vec::new();
        let complete = loop {
            if incoming.is_end_stream() {
                break true;
            }
            match timeout_at(deadline, incoming.frame()).await {
                Ok(Some(Ok(frame))) => {
                    // Frames without data are trailers, which nobody asked for.
                    let data = frame.into_data().unwrap_or_default();
                    let room = MOST_BODY_BYTES - body.len();
                    body.extend_from_slice(data.get(..room).unwrap_or(&data));
                    if data.len() > room {
                        break false;
                    }
                }
                Ok(None) => break true,
                Ok(Some(Err(_))) | Err(_) => break false,
            }
        };
        let response = AttemptResponse {
            status: head.status.as_u16(),
            headers: kept(&head.headers),
            body,
            truncated: !complete,
        };
        Self { response, complete }
    }

    /// An answer of which only the status line can be told.
    pub(super) fn of_status(status: u16) -> Self {
        let response = AttemptResponse { status, truncated: true, ..AttemptResponse::default() };
        Self { response, complete: false }
    }
}

fn kept(headers: &HeaderMap) -> Vec<(String, Vec<u8>)> {
    let mut room = MOST_HEADER_BYTES;
    let mut kept = Vec::with_capacity(headers.len());
    for (name, value) in headers {
        let Some(left) = room.checked_sub(name.as_str().len() + value.len()) else {
            break;
        };
        room = left;
        kept.push((name.as_str().to_owned(), value.as_bytes().to_vec()));
    }
    kept
}
