//! Receivers that hold an attempt for as long as it lasts, or send as much as is read.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;
use tokio_util::task::AbortOnDropHandle;

/// Between two drips.
const PAUSE: Duration = Duration::from_millis(200);

/// How a receiver treats those who come.
#[derive(Debug, Clone)]
pub(super) struct Manner {
    scheme: &'static str,
    first: Vec<u8>,
    then: Vec<u8>,
    pause: Duration,
}

impl Manner {
    /// Sends `first`, and then `then` again and again, slowly.
    fn holding(scheme: &'static str, first: impl Into<Vec<u8>>, then: impl Into<Vec<u8>>) -> Manner {
        Manner { scheme, first: first.into(), then: then.into(), pause: PAUSE }
    }

    /// Sends `first`, and then `then` again and again, as fast as it is read.
    fn flooding(scheme: &'static str, first: &str, then: &str) -> Manner {
        Manner { scheme, first: first.into(), then: then.repeat(200).into_bytes(), pause: Duration::ZERO }
    }
}

/// Those that hold an attempt until its deadline, each as full as it may be before it is broken off.
pub(super) fn holding() -> Vec<Manner> {
    let hints = format!("HTTP/1.1 103 Early Hints\r\nLink: {}\r\n\r\n", "x".repeat(7_000));
    let many: String = (0..90).map(|number| format!("X-{number}: {}\r\n", "y".repeat(70))).collect();
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    // The beginning of a greeting of 60 KiB.
    let greeting = [&[22, 3, 3, 0x40, 0, 2, 0, 0xf0, 0, 3, 3][..], &[7; 16_000]].concat();
    vec![
        Manner::holding("http", "", ""),
        Manner::holding("http", format!("HTTP/1.1 200 {}", "x".repeat(7_000)), "x"),
        Manner::holding("http", format!("HTTP/1.1 200 OK\r\n{many}X: "), "y"),
        Manner::holding("http", format!("HTTP/1.1 200 OK\r\n{many}\r\n{}", "x".repeat(16_000)), "x"),
        Manner::holding("http", hints.repeat(30), "HTTP/1.1 102 Processing\r\n\r\n"),
        Manner::holding("http", format!("{chunked}{}", "0".repeat(200_000)), "0"),
        Manner::holding("http", format!("{chunked}{}", "1\r\nx\r\n".repeat(4_000)), "1\r\nx\r\n"),
        Manner::holding("https", greeting, "\u{7}"),
    ]
}

/// Those that send without end.
pub(super) fn flooding() -> Vec<Manner> {
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    vec![
        Manner::flooding("http", "HTTP/1.1 200 OK\r\n\r\n", "endless"),
        Manner::flooding("http", "HTTP/1.1 200 OK\r\n", "X-Endless: y\r\n"),
        Manner::flooding("http", "HTTP/1.1 200 OK\r\nX: ", "endless"),
        Manner::flooding("http", "HTTP/1.1 200 ", "endless"),
        Manner::flooding("http", "", "HTTP/1.1 102 Processing\r\n\r\n"),
        Manner::flooding("http", chunked, "00000000"),
        Manner::flooding("http", &format!("{chunked}0\r\n"), "X-Endless: y\r\n"),
        Manner::flooding("https", "", "endless"),
    ]
}

/// A receiver of one manner, until it is dropped.
pub(super) struct Hostile {
    scheme: &'static str,
    address: SocketAddr,
    _listening: AbortOnDropHandle<()>,
}

impl Hostile {
    /// Starts one, which counts the connections that are open to it in `open`.
    pub(super) async fn start(manner: Manner, open: &Arc<AtomicUsize>) -> Hostile {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (scheme, open) = (manner.scheme, Arc::clone(open));
        let listening = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (manner, open) = (manner.clone(), Arc::clone(&open));
                tokio::spawn(async move {
                    open.fetch_add(1, Ordering::SeqCst);
                    treat(stream, &manner).await;
                    open.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        Hostile { scheme, address, _listening: AbortOnDropHandle::new(listening) }
    }

    /// One of the URLs that lead to it.
    pub(super) fn url(&self, number: usize) -> String {
        format!("{}://{}/{number}", self.scheme, self.address)
    }
}

/// Treats a visitor in this manner until they go.
async fn treat(mut stream: TcpStream, manner: &Manner) {
    // What is said before the sender has spoken is no answer, and would end the attempt.
    let mut heard = [0; 4_096];
    if !stream.read(&mut heard).await.is_ok_and(|count| count > 0) {
        return;
    }
    let (mut read, mut write) = stream.split();
    let hear = async { while read.read(&mut heard).await.is_ok_and(|count| count > 0) {} };
    let speak = async {
        let mut goes_on = write.write_all(&manner.first).await.is_ok();
        while goes_on {
            goes_on = write.write_all(&manner.then).await.is_ok();
            sleep(manner.pause).await;
        }
    };
    tokio::select! { () = hear => {}, () = speak => {} }
}
