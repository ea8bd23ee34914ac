//! What is answered to a request that is no delivery for us.

use axum_core::response::{IntoResponse, Response};
use http::StatusCode;
use slotflow_domain::signing::VerificationError;
use std::error::Error;

/// Why a request was not let in. Its text is the answer's body, and ends up in the sender's delivery log: it says which
/// thing is wrong, and quotes nothing of the request.
///
/// None of them is 410, by which a receiver says that it wants nothing any more. The sender tries again.
#[derive(Debug, thiserror::Error)]
pub enum WebhookRejection {
    /// 413. Nothing of it was judged.
    #[error("the body has more than {limit} bytes")]
    TooLarge {
        /// The most bytes that are taken.
        limit: usize,
    },
    /// 400: the connection broke off within the body, or the body was no HTTP.
    #[error("the body did not arrive whole")]
    Unreadable(#[source] Box<dyn Error + Send + Sync>),
    /// 401, or 400 where a header is missing or malformed beside others of its family.
    #[error(transparent)]
    Unverified(#[from] VerificationError),
    /// 400: genuine, but not what the handler takes. The source says what is wrong, and may quote the body.
    #[error("the body is not the JSON that is taken here: see line {}, column {}", .0.line(), .0.column())]
    UnexpectedJson(#[source] serde_json::Error),
}

impl WebhookRejection {
    /// The answer's status.
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Unreadable(_) | Self::UnexpectedJson(_) => StatusCode::BAD_REQUEST,
            Self::Unverified(error) => match error {
                VerificationError::Missing { .. } | VerificationError::Malformed { .. } => {
                    StatusCode::BAD_REQUEST
                }
                VerificationError::Unsigned
                | VerificationError::TooOld
                | VerificationError::InTheFuture
                | VerificationError::NoMatch
                | VerificationError::TimestampsDiffer => StatusCode::UNAUTHORIZED,
            },
        }
    }
}

impl IntoResponse for WebhookRejection {
    fn into_response(self) -> Response {
        (self.status(), self.to_string()).into_response()
    }
}
