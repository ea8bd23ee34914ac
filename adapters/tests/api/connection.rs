//! What needs a real connection to be seen.

use crate::support::{Ports, key};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

async fn serve() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Ports::new().router();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    address
}

fn head(length: &str) -> String {
    format!(
        "POST /v1/webhooks HTTP/1.1\r\nHost: api\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\n{length}\r\nConnection: close\r\n\r\n",
        key().expose()
    )
}

#[tokio::test]
async fn a_client_that_writes_all_before_it_reads_still_learns_that_it_was_too_much() {
    let address = serve().await;
    for bytes in [300 * 1024, 1024 * 1024, 3 * 1024 * 1024] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(head(&format!("Content-Length: {bytes}")).as_bytes()).await.unwrap();
        stream.write_all(&vec![b' '; bytes]).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 413 "), "{bytes}: {answer}");
        assert!(answer.ends_with(r#","status":413}}"#), "{bytes}: {answer}");
    }
}

#[tokio::test]
async fn a_body_announced_as_huge_is_refused_before_it_is_sent() {
    let mut stream = TcpStream::connect(serve().await).await.unwrap();
    let head = head("Content-Length: 1000000000\r\nExpect: 100-continue");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}

#[tokio::test]
async fn a_broken_chunk_is_malformed() {
    let mut stream = TcpStream::connect(serve().await).await.unwrap();
    stream.write_all(head("Transfer-Encoding: chunked").as_bytes()).await.unwrap();
    stream.write_all(b"zz\r\n{}\r\n0\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert!(answer.contains(r#""message":"the body ended before it was complete""#), "{answer}");
}
