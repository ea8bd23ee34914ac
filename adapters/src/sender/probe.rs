//! Whether the other end of an idle connection has closed it.

use std::io;
use tokio::net::TcpStream;

/// A second handle to a connection's socket, to look at what has arrived without reading it.
///
/// The runtime learns of a closed connection only when it next asks the system for events, which takes a
/// while under load. A request written meanwhile is lost, and nobody can tell whether it was read. So the
/// socket itself is asked right before it is used again.
pub(super) struct Probe(std::net::TcpStream);

impl Probe {
    /// The stream, and a probe into it.
    pub(super) fn of(stream: TcpStream) -> io::Result<(TcpStream, Self)> {
        let stream = stream.into_std()?;
        let probe = stream.try_clone()?;
        Ok((TcpStream::from_std(stream)?, Self(probe)))
    }

    /// Whether nothing has arrived that was not read: no end, no reset, no byte. Never blocks.
    pub(super) fn is_silent(&self) -> bool {
        matches!(self.0.peek(&mut [0]), Err(error) if error.kind() == io::ErrorKind::WouldBlock)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::net::TcpListener;

    async fn pair() -> (std::net::TcpStream, TcpStream, Probe) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, probe) = Probe::of(stream).unwrap();
        (listener.accept().unwrap().0, stream, probe)
    }

    #[tokio::test]
    async fn an_end_is_seen_without_asking_the_runtime() {
        let (other, _stream, probe) = pair().await;
        assert!(probe.is_silent());
        drop(other);
        assert!(!probe.is_silent());
    }

    #[tokio::test]
    async fn a_byte_that_nobody_asked_for_is_seen() {
        let (mut other, _stream, probe) = pair().await;
        other.write_all(b"?").unwrap();
        assert!(!probe.is_silent());
    }
}
