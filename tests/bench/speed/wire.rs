//! The least of HTTP/1.1 that both ends of a measurement need, so that neither is what is measured.
//!
//! Messages have a `content-length` or no body; whoever sends anything else is told so.

use anyhow::{Context, bail, ensure};
use bytes::{Bytes, BytesMut};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Room for a message and what follows it.
const BUFFER: usize = 8 * 1024;
/// Longer heads are refused.
const LONGEST_HEAD: usize = 64 * 1024;

/// One connection, kept for many messages.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: BytesMut,
}

/// A message that arrived whole.
pub(crate) struct Message {
    head: Bytes,
    pub(crate) body: Bytes,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        Self::over(TcpStream::connect(address).await?)
    }

    pub(crate) fn over(stream: TcpStream) -> anyhow::Result<Self> {
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: BytesMut::with_capacity(BUFFER) })
    }

    /// Sends a request and answers the status that came back.
    pub(crate) async fn call(&mut self, request: &[u8]) -> anyhow::Result<u16> {
        self.send(request).await?;
        self.next().await?.context("the connection was closed")?.status()
    }

    pub(crate) async fn send(&mut self, message: &[u8]) -> anyhow::Result<()> {
        Ok(self.stream.write_all(message).await?)
    }

    /// The next message; nothing if the other side has closed the connection between two.
    pub(crate) async fn next(&mut self) -> anyhow::Result<Option<Message>> {
        let head_length = loop {
            if let Some(end) = self.buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
            ensure!(self.buffer.len() < LONGEST_HEAD, "a head without end");
            if !self.read().await? {
                ensure!(self.buffer.is_empty(), "the connection was closed within a head");
                return Ok(None);
            }
        };
        let head = self.buffer.split_to(head_length).freeze();
        let body_length = body_length(&head)?;
        while self.buffer.len() < body_length {
            ensure!(self.read().await?, "the connection was closed within a body");
        }
        Ok(Some(Message { head, body: self.buffer.split_to(body_length).freeze() }))
    }

    /// Whether there was anything more.
    async fn read(&mut self) -> anyhow::Result<bool> {
        self.buffer.reserve(BUFFER / 2);
        Ok(self.stream.read_buf(&mut self.buffer).await? > 0)
    }
}

impl Message {
    /// The path of a request.
    pub(crate) fn path(&self) -> &[u8] {
        self.word(1)
    }

    /// The status of an answer.
    fn status(&self) -> anyhow::Result<u16> {
        std::str::from_utf8(self.word(1))?.parse().context("an answer without a status")
    }

    fn word(&self, place: usize) -> &[u8] {
        self.head.split(|byte| *byte == b' ').nth(place).unwrap_or_default()
    }
}

fn body_length(head: &[u8]) -> anyhow::Result<usize> {
    for line in head.split(|byte| *byte == b'\n') {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let (name, value) = line.split_at(colon);
        if name.eq_ignore_ascii_case(b"content-length") {
            let value = value.strip_prefix(b":").unwrap_or_default().trim_ascii();
            return std::str::from_utf8(value)?.parse().context("a content-length");
        }
        if name.eq_ignore_ascii_case(b"transfer-encoding") {
            bail!("a message in chunks");
        }
    }
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    #[tokio::test]
    async fn messages_are_told_apart_however_they_arrive() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let mut sender = Connection::open(address).await.expect("a connection");
        let mut receiver = Connection::over(listener.accept().await.expect("it").0).expect("it");
        let two = b"POST /7 HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}GET /8 HTTP/1.1\r\nhost: x\r\n\r\n";
        let (first, second) = two.split_at(50);
        sender.send(first).await.expect("sent");
        let post = receiver.next().await.expect("a message").expect("a message");
        assert_eq!((post.path(), post.body.as_ref()), (b"/7".as_slice(), b"{}".as_slice()));
        sender.send(second).await.expect("sent");
        let get = receiver.next().await.expect("a message").expect("a message");
        assert_eq!((get.path(), get.body.len()), (b"/8".as_slice(), 0));
        drop(sender);
        assert!(receiver.next().await.expect("an end").is_none());
    }

    #[test]
    fn a_message_in_chunks_is_refused() {
        assert_eq!(body_length(b"POST / HTTP/1.1\r\ncontent-length:  12\r\n\r\n").expect("a length"), 12);
        assert!(body_length(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n").is_err());
    }
}
