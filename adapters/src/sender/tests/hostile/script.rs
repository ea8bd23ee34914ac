//! A receiver that plays a script on the bare socket, whatever HTTP or TLS may say to it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// Between two drips.
const PAUSE: Duration = Duration::from_millis(50);
/// What every request of these tests ends in.
const END_OF_REQUEST: &[u8] = "Zo\u{eb}\"}".as_bytes();

/// What a receiver does next.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// Reads a whole request.
    Read,
    /// Reads whatever comes first.
    Hear,
    /// Sends this.
    Send(Vec<u8>),
    /// Sends this again and again, slowly, until the sender has gone.
    Drip(Vec<u8>),
    /// Sends this again and again, as fast as it is read, until the sender has gone.
    Flood(Vec<u8>),
    /// Does nothing until the sender has gone.
    Wait,
    /// Says that it will send nothing more, and goes on.
    EndSending,
    /// Breaks the connection off, once what was sent before has arrived.
    Reset,
}

impl Step {
    /// Whether the sender has to give up by itself.
    pub(super) const fn stalls(&self) -> bool {
        matches!(self, Self::Wait | Self::Drip(_))
    }
}

/// `Step::Send` of a text or of bytes.
pub(super) fn send(bytes: impl AsRef<[u8]>) -> Step {
    Step::Send(bytes.as_ref().to_vec())
}

/// `Step::Drip` of a text or of bytes.
pub(super) fn drip(bytes: impl AsRef<[u8]>) -> Step {
    Step::Drip(bytes.as_ref().to_vec())
}

/// `Step::Flood` of a text or of bytes.
pub(super) fn flood(bytes: impl AsRef<[u8]>) -> Step {
    Step::Flood(bytes.as_ref().to_vec())
}

/// Plays its script on every connection, and closes it then.
pub(super) struct Player {
    pub(super) address: SocketAddr,
    connections: Arc<AtomicUsize>,
    played: mpsc::UnboundedReceiver<()>,
}

impl Player {
    pub(super) async fn new(script: Vec<Step>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let (done, played) = mpsc::unbounded_channel();
        let counted = Arc::clone(&connections);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                counted.fetch_add(1, Ordering::SeqCst);
                let (script, done) = (script.clone(), done.clone());
                tokio::spawn(async move {
                    play(stream, &script).await;
                    // Nobody listens where the test does not care.
                    let _ = done.send(());
                });
            }
        });
        Self { address, connections, played }
    }

    pub(super) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// Waits until a connection has ended.
    pub(super) async fn has_played(&mut self) {
        self.played.recv().await.unwrap();
    }
}

async fn play(mut stream: TcpStream, script: &[Step]) {
    for step in script {
        let goes_on = match step {
            Step::Read => read_request(&mut stream).await,
            Step::Hear => stream.read(&mut [0; 4_096]).await.is_ok(),
            Step::Send(bytes) => stream.write_all(bytes).await.is_ok(),
            Step::Drip(bytes) => {
                while stream.write_all(bytes).await.is_ok() {
                    tokio::time::sleep(PAUSE).await;
                }
                false
            }
            Step::Flood(bytes) => {
                while stream.write_all(bytes).await.is_ok() {}
                false
            }
            Step::Wait => {
                while stream.read(&mut [0; 4_096]).await.is_ok_and(|count| count > 0) {}
                false
            }
            Step::EndSending => stream.shutdown().await.is_ok(),
            Step::Reset => {
                // A reset overtakes what was not read yet.
                tokio::time::sleep(PAUSE).await;
                stream.set_zero_linger().is_ok()
            }
        };
        if !goes_on {
            return;
        }
    }
}

/// Reads a request to its end; false if the sender goes before.
async fn read_request(stream: &mut TcpStream) -> bool {
    let mut request = Vec::new();
    while !request.ends_with(END_OF_REQUEST) {
        if !stream.read_buf(&mut request).await.is_ok_and(|count| count > 0) {
            return false;
        }
    }
    true
}
