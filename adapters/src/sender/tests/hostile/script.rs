//! A receiver that plays a script, on the bare socket or behind TLS, whatever HTTP or TLS may say to it.

use futures_util::future::BoxFuture;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// Between two drips, and for what was sent to arrive.
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
    /// Lets what was sent arrive.
    Pause,
    /// Does nothing until the sender has gone.
    Wait,
    /// Says that it will send nothing more, in TLS too where it is spoken, and goes on.
    EndSending,
    /// Breaks the connection off, once what was sent before has arrived.
    Reset,
    /// Does this on the bare socket, past TLS.
    Beneath(Box<Self>),
}

impl Step {
    /// Whether the sender has to give up by itself.
    pub(super) fn stalls(&self) -> bool {
        match self {
            Self::Beneath(step) => step.stalls(),
            step => matches!(step, Self::Wait | Self::Drip(_)),
        }
    }
}

/// `Step::Beneath`.
pub(super) fn beneath(step: Step) -> Step {
    Step::Beneath(Box::new(step))
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
    pub(super) async fn new(tls: Option<TlsAcceptor>, script: Vec<Step>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let (done, played) = mpsc::unbounded_channel();
        let counted = Arc::clone(&connections);
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                counted.fetch_add(1, Ordering::SeqCst);
                let (tls, script, done) = (tls.clone(), script.clone(), done.clone());
                tokio::spawn(async move {
                    match tls {
                        None => play(&mut stream, &script).await,
                        Some(tls) => {
                            if let Ok(mut stream) = tls.accept(stream).await {
                                play(&mut stream, &script).await;
                            }
                        }
                    }
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

/// A connection, with TLS or without, and the socket beneath.
trait Line: AsyncRead + AsyncWrite + Send + Unpin {
    fn socket(&mut self) -> &mut TcpStream;
}

impl Line for TcpStream {
    fn socket(&mut self) -> &mut TcpStream {
        self
    }
}

impl Line for TlsStream<TcpStream> {
    fn socket(&mut self) -> &mut TcpStream {
        self.get_mut().0
    }
}

async fn play(stream: &mut impl Line, script: &[Step]) {
    for step in script {
        if !act(stream, step).await {
            return;
        }
    }
}

/// Takes a step; false if it was the last.
fn act<'a>(stream: &'a mut impl Line, step: &'a Step) -> BoxFuture<'a, bool> {
    Box::pin(async move {
        match step {
            Step::Read => read_request(stream).await,
            Step::Hear => stream.read(&mut [0; 4_096]).await.is_ok(),
            Step::Send(bytes) => send_all(stream, bytes).await,
            Step::Drip(bytes) => {
                while send_all(stream, bytes).await {
                    tokio::time::sleep(PAUSE).await;
                }
                false
            }
            Step::Flood(bytes) => {
                while stream.write_all(bytes).await.is_ok() {}
                false
            }
            Step::Pause => {
                tokio::time::sleep(PAUSE).await;
                true
            }
            Step::Wait => {
                while stream.read(&mut [0; 4_096]).await.is_ok_and(|count| count > 0) {}
                false
            }
            Step::EndSending => stream.shutdown().await.is_ok(),
            Step::Reset => {
                // A reset overtakes what was not read yet.
                tokio::time::sleep(PAUSE).await;
                stream.socket().set_zero_linger().is_ok()
            }
            Step::Beneath(step) => act(stream.socket(), step).await,
        }
    })
}

async fn send_all(stream: &mut impl Line, bytes: &[u8]) -> bool {
    stream.write_all(bytes).await.is_ok() && stream.flush().await.is_ok()
}

/// Reads a request to its end; false if the sender goes before.
async fn read_request(stream: &mut impl Line) -> bool {
    let mut request = Vec::new();
    while !request.ends_with(END_OF_REQUEST) {
        if !stream.read_buf(&mut request).await.is_ok_and(|count| count > 0) {
            return false;
        }
    }
    true
}
