//! A connection whose other side has to take what it asked for.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// How long a part of an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// How large a part has to be taken in that time, unless the rest is smaller: 4 KiB a second. Whoever took a byte now and
/// then would otherwise keep an answer in memory for days.
const LEAST_TAKEN: usize = 128 * 1_024;

/// A stream on which writing fails once its other side has taken too little for [`PATIENCE`].
///
/// A client that asks for something large and reads nothing of it would otherwise keep its place for ever: the kernel
/// keeps such a connection alive as long as the client's does.
pub(crate) struct PatientStream<S> {
    stream: S,
    /// Since writing had to wait.
    waiting: Option<Waiting>,
}

struct Waiting {
    over: Pin<Box<Sleep>>,
    taken: usize,
}

impl Waiting {
    fn begin() -> Self {
        Self { over: Box::pin(sleep(PATIENCE)), taken: 0 }
    }
}

impl<S> PatientStream<S> {
    /// This stream, watched.
    pub(crate) const fn new(stream: S) -> Self {
        Self { stream, waiting: None }
    }

    fn judge(
        &mut self,
        written: Poll<io::Result<usize>>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        if let Poll::Ready(written) = written {
            if let (Ok(bytes), Some(waiting)) = (&written, &mut self.waiting) {
                waiting.taken = waiting.taken.saturating_add(*bytes);
            }
            self.waiting = self.waiting.take().filter(|waiting| waiting.taken < LEAST_TAKEN);
            return Poll::Ready(written);
        }
        let waiting = self.waiting.get_or_insert_with(Waiting::begin);
        waiting.over.as_mut().poll(context).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for PatientStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for PatientStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.judge(written, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, pieces);
        self.judge(written, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        if flushed.is_ready() {
            // Asked for when nothing is left to be written.
            self.waiting = None;
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
    use tokio::time::Instant;

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_nobody_takes_fails_in_time() {
        let (ours, _theirs) = duplex(8);
        let began = Instant::now();
        let error = PatientStream::new(ours).write_all(&[7; 100]).await.unwrap_err();
        assert_eq!((error.kind(), began.elapsed()), (io::ErrorKind::TimedOut, PATIENCE));
    }

    /// Writes an answer, of which every so often a piece is taken; how that ended, and when.
    async fn write(answer: usize, piece: usize, every: Duration) -> (io::Result<()>, Duration) {
        let (ours, mut theirs) = duplex(1_024);
        let reading = tokio::spawn(async move {
            let mut taken = vec![0; piece];
            loop {
                sleep(every).await;
                if theirs.read_exact(&mut taken).await.is_err() {
                    return;
                }
            }
        });
        let began = Instant::now();
        let written = PatientStream::new(ours).write_all(&vec![7; answer]).await;
        reading.abort();
        (written, began.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_is_taken_slowly_is_written_whole() {
        let (written, took) = write(10 * LEAST_TAKEN, LEAST_TAKEN, PATIENCE - Duration::from_secs(1)).await;
        written.unwrap();
        assert!(took > 9 * PATIENCE - Duration::from_secs(20), "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_of_which_a_little_is_taken_now_and_then_fails_in_time() {
        for (piece, every) in
            [(1, PATIENCE / 2), (1, PATIENCE / 300), (LEAST_TAKEN / 2, PATIENCE - Duration::from_secs(1))]
        {
            let (written, took) = write(10 * LEAST_TAKEN, piece, every).await;
            assert_eq!(written.unwrap_err().kind(), io::ErrorKind::TimedOut);
            assert!((PATIENCE..=2 * PATIENCE).contains(&took), "{piece} bytes every {every:?}: {took:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn small_answers_that_are_taken_whole_are_written_however_slowly_they_are_asked_for() {
        let (ours, mut theirs) = duplex(8);
        let mut ours = PatientStream::new(ours);
        for _ in 0..10 {
            let mut taken = [0; 100];
            let (written, read) = tokio::join!(
                async {
                    ours.write_all(&[7; 100]).await?;
                    ours.flush().await
                },
                async {
                    sleep(PATIENCE - Duration::from_secs(1)).await;
                    theirs.read_exact(&mut taken).await
                },
            );
            assert!(written.is_ok() && read.is_ok());
        }
    }
}
