//! An HTTP proxy on loopback that connects wherever it is asked to, and remembers where that was.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, bail};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::{CancellationToken, DropGuard};

/// Stops when it is dropped.
#[derive(Debug)]
pub struct EgressProxy {
    /// Where it listens.
    pub address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
    _stop: DropGuard,
}

impl EgressProxy {
    /// Starts on any free port.
    ///
    /// # Errors
    /// When the system has none.
    pub async fn start() -> anyhow::Result<EgressProxy> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let heads = Arc::<Mutex<Vec<String>>>::default();
        let stop = CancellationToken::new();
        tokio::spawn(stop.clone().run_until_cancelled_owned(serve(listener, Arc::clone(&heads))));
        Ok(EgressProxy { address, heads, _stop: stop.drop_guard() })
    }

    /// What it was asked so far, as it came in.
    pub fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn serve(listener: TcpListener, heads: Arc<Mutex<Vec<String>>>) {
    while let Ok((stream, _)) = listener.accept().await {
        // A tunnel that either end breaks off is what some tests want.
        tokio::spawn(tunnel(stream, Arc::clone(&heads)));
    }
}

async fn tunnel(stream: TcpStream, heads: Arc<Mutex<Vec<String>>>) -> anyhow::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head).await? == 0 {
            bail!("no whole head");
        }
    }
    let target = head.strip_prefix("CONNECT ").and_then(|rest| rest.split(' ').next());
    // An address, not a name: parsing it is part of the test.
    let target: SocketAddr = target.context("not a CONNECT")?.parse()?;
    heads.lock().unwrap_or_else(PoisonError::into_inner).push(head.clone());
    let mut there = TcpStream::connect(target).await?;
    stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
    copy_bidirectional(&mut stream, &mut there).await?;
    Ok(())
}
