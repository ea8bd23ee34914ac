//! A receiver that does as it is told, down to the byte.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

#[derive(Clone, Default)]
struct Log {
    connections: Arc<Mutex<usize>>,
    requests: Arc<Mutex<Vec<String>>>,
}

/// Listens on loopback until the test's runtime ends.
pub(super) struct Receiver {
    pub(super) address: SocketAddr,
    log: Log,
}

/// One connection to the receiver.
pub(super) struct Visit {
    pub(super) stream: Box<dyn Stream>,
    log: Log,
}

impl Receiver {
    /// Hands each connection to `host`.
    pub(super) async fn new<F>(host: impl Fn(Visit) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self::listen(None, host).await
    }

    /// The same behind TLS.
    pub(super) async fn secured<F>(
        tls: TlsAcceptor,
        host: impl Fn(Visit) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self::listen(Some(tls), host).await
    }

    /// Answers every request with the same bytes, on connections that stay open.
    pub(super) async fn answering(answer: impl Into<Vec<u8>>) -> Self {
        Self::new(keep_answering(answer.into())).await
    }

    async fn listen<F>(tls: Option<TlsAcceptor>, host: impl Fn(Visit) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, log) = (listener.local_addr().unwrap(), Log::default());
        let visited = log.clone();
        let host = Arc::new(host);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                *visited.connections.lock().unwrap() += 1;
                let (tls, host, log) = (tls.clone(), Arc::clone(&host), visited.clone());
                tokio::spawn(async move {
                    let stream: Box<dyn Stream> = match tls {
                        None => Box::new(stream),
                        Some(tls) => match tls.accept(stream).await {
                            Ok(stream) => Box::new(stream),
                            Err(_) => return,
                        },
                    };
                    host(Visit { stream, log }).await;
                });
            }
        });
        Self { address, log }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}/webhook", self.address)
    }

    pub(super) fn connections(&self) -> usize {
        *self.log.connections.lock().unwrap()
    }

    /// The requests so far, whole and as they came.
    pub(super) fn requests(&self) -> Vec<String> {
        self.log.requests.lock().unwrap().clone()
    }
}

impl Visit {
    /// Reads the next request to its end; nothing if the sender has gone.
    pub(super) async fn request(&mut self) -> Option<String> {
        let mut bytes = Vec::new();
        loop {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            if let Some((head, _)) = text.split_once("\r\n\r\n") {
                let length =
                    head.lines().find_map(|line| line.strip_prefix("Content-Length: ")).unwrap_or("0");
                if bytes.len() == head.len() + 4 + length.parse::<usize>().unwrap() {
                    self.log.requests.lock().unwrap().push(text.clone());
                    return Some(text);
                }
            }
            let mut more = [0; 4_096];
            match self.stream.read(&mut more).await {
                Ok(0) | Err(_) => return None,
                Ok(count) => bytes.extend_from_slice(&more[..count]),
            }
        }
    }

    /// Writes `bytes`; false if the sender has gone.
    pub(super) async fn write(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.stream.write_all(bytes.as_ref()).await.is_ok() && self.stream.flush().await.is_ok()
    }
}

/// A host that answers every request with the same bytes.
pub(super) fn keep_answering(
    answer: Vec<u8>,
) -> impl Fn(Visit) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> {
    let answer = Arc::new(answer);
    move |mut visit| {
        let answer = Arc::clone(&answer);
        Box::pin(
            async move { while visit.request().await.is_some() && visit.write(answer.as_slice()).await {} },
        )
    }
}
