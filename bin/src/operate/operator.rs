//! The connection to the server, and how its answers are to be printed.

use super::flags::OperatorFlags;
use crate::client::{Answer, Client, trusting};
use crate::failure::Failure;
use crate::output::{say, warn};
use crate::terminal::Colours;
use slotflow_adapters::system::SystemClock;
use slotflow_application::ports::Clock;
use slotflow_domain::Timestamp;

/// Whoever gave the command.
pub(super) struct Operator {
    pub(super) client: Client,
    /// Whether a program reads what is printed.
    pub(super) json: bool,
    pub(super) colours: Colours,
    /// When the command was given; what is relative is so to this.
    pub(super) now: Timestamp,
}

impl Operator {
    /// Nothing is sent yet.
    pub(super) fn new(flags: OperatorFlags) -> Result<Self, Failure> {
        let Some(key) = flags.api_key else {
            return Err(Failure::Usage(
                "an API key is needed: put it into SLOTFLOW_API_KEY (or give --api-key)".to_owned(),
            ));
        };
        if flags.server.is_exposed() {
            let server = &flags.server;
            warn(&format_args!(
                "{server} is not encrypted: others on the way can read the API key and all that is answered"
            ));
        }
        let client = Client::new(flags.server, &key, trusting(flags.ca_file.as_deref())?)?;
        Ok(Self { client, json: flags.json, colours: Colours::of_stdout(), now: SystemClock.now() })
    }

    /// Prints an answer: as it is for programs, else as these lines of `for_people`.
    pub(super) fn print(
        &self,
        answer: &Answer,
        for_people: impl FnOnce() -> Result<Vec<String>, Failure>,
    ) -> Result<(), Failure> {
        let lines = if self.json { vec![answer.line()] } else { for_people()? };
        for line in lines {
            say!("{line}");
        }
        Ok(())
    }
}
