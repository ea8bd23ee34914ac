//! How a command ends when it does not succeed.

use crate::client::CallError;
use crate::output::complain;
use slotflow_adapters::store::{BackupError, ConnectError};
use slotflow_application::organizations::OrganizationError;
use slotflow_application::ports::StoreError;
use std::process::ExitCode;
use tokio::task::JoinError;

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It was asked wrongly: exit code 2.
    Usage(String),
    /// It could not: exit code 1.
    Failed(anyhow::Error),
}

impl Failure {
    /// Says so in one line on stderr, and answers the exit code.
    pub(crate) fn report(&self) -> ExitCode {
        match self {
            Self::Usage(message) => {
                complain(message);
                ExitCode::from(2)
            }
            Self::Failed(error) => {
                complain(&told_once(error));
                ExitCode::FAILURE
            }
        }
    }
}

/// The error and its causes in one line. Some errors name their cause in their own text, which is then not said
/// again.
fn told_once(error: &anyhow::Error) -> String {
    let mut line = String::new();
    for part in error.chain().map(ToString::to_string) {
        if line.is_empty() {
            line = part;
        } else if !line.contains(&part) {
            line.push_str(": ");
            line.push_str(&part);
        }
    }
    line
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(error)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// Of a panic it tells no more than that there was one: the log says where.
impl From<JoinError> for Failure {
    fn from(_: JoinError) -> Self {
        Self::Failed(anyhow::anyhow!("a part of the program stopped working"))
    }
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<OrganizationError> for Failure {
    fn from(error: OrganizationError) -> Self {
        Self::Failed(error.into())
    }
}

/// A URL that cannot be right is the caller's mistake; a database that does not answer is not.
impl From<ConnectError> for Failure {
    fn from(error: ConnectError) -> Self {
        match error {
            ConnectError::BadUrl(_) | ConnectError::NotBuiltIn(_) => {
                Self::Usage(format!("--database-url: {error}"))
            }
            // They tell of their cause themselves. The server's tables lie in no schema of ours.
            ConnectError::OldSqlite(_) | ConnectError::NoSchemas | ConnectError::Unreachable(_) => {
                Self::Failed(anyhow::anyhow!("{error}"))
            }
        }
    }
}

/// A backup that cannot be, as opposed to one that failed, is the caller's mistake.
impl From<BackupError> for Failure {
    fn from(error: BackupError) -> Self {
        match error {
            BackupError::NotSqlite | BackupError::TargetExists(_) => Self::Usage(error.to_string()),
            BackupError::Unwritable { .. } | BackupError::Store(_) => Self::Failed(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_words_of_a_panic_are_not_told() {
        let error = tokio::spawn(async { panic!("Zaphod") }).await.unwrap_err();
        let Failure::Failed(told) = Failure::from(error) else { panic!("it is the program's") };
        assert_eq!(told_once(&told), "a part of the program stopped working");
    }

    #[test]
    fn a_cause_is_told_once() {
        let error = || anyhow::anyhow!("no such file");
        assert_eq!(told_once(&error().context("opening failed")), "opening failed: no such file");
        let named = error().context("opening failed: no such file");
        assert_eq!(told_once(&named), "opening failed: no such file");
    }
}
