//! A stream that is looked at while it is read.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The receiver sent more than any answer needs. Displays as what its owner is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct TooMuch(pub(super) &'static str);

impl TooMuch {
    /// The one within an error of a stream, if that is what it is about.
    pub(super) fn within(error: &io::Error) -> Option<Self> {
        error.get_ref().and_then(|inner| inner.downcast_ref()).copied()
    }
}

/// A stream of whose bytes each piece that was read is shown to `observer`, which may have had enough.
pub(super) struct Watched<S, O> {
    stream: S,
    observer: O,
}

impl<S, O: FnMut(&[u8]) -> Result<(), TooMuch>> Watched<S, O> {
    pub(super) const fn new(stream: S, observer: O) -> Self {
        Self { stream, observer }
    }
}

impl<S: AsyncRead + Unpin, O: FnMut(&[u8]) -> Result<(), TooMuch> + Unpin> AsyncRead for Watched<S, O> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        let read = buf.filled().get(before..).unwrap_or_default();
        Poll::Ready((self.observer)(read).map_err(io::Error::other))
    }
}

impl<S: AsyncWrite + Unpin, O: Unpin> AsyncWrite for Watched<S, O> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
