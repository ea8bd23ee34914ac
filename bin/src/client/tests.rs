use super::*;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls_pki_types::PrivateKeyDer;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

fn client(url: &str, ca_file: Option<&Path>) -> Client {
    Client::new(url.parse().unwrap(), &ApiKey::from_random([7; 32]), trusting(ca_file).unwrap()).unwrap()
}

/// Reads one request's head and answers this.
async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin, text: &str) -> String {
    let mut request = Vec::new();
    while !request.windows(4).any(|window| window == b"\r\n\r\n") {
        let mut chunk = [0; 1024];
        match stream.read(&mut chunk).await.unwrap_or(0) {
            0 => break,
            count => request.extend_from_slice(&chunk[..count]),
        }
    }
    let _ = stream.write_all(text.as_bytes()).await;
    let _ = stream.shutdown().await;
    String::from_utf8_lossy(&request).into_owned()
}

async fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

fn http(head: &str, body: &str) -> String {
    format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

/// What a call comes to when the server answers this.
async fn told(text: String) -> Result<String, CallError> {
    let (listener, address) = listener().await;
    let serving = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        answer(stream, &text).await
    });
    let called = client(&format!("http://{address}/base/"), None).get("/v1/events?limit=1").await;
    let request = serving.await.unwrap();
    assert!(request.starts_with("GET /base/v1/events?limit=1 HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("authorization: Bearer sk_live_"), "{request}");
    called.map(|answer| answer.line())
}

async fn complaint(text: String) -> String {
    let line = told(text).await.unwrap_err().to_string();
    assert!(!line.contains("sk_live_") && !line.contains('\n'), "{line}");
    line
}

#[tokio::test]
async fn an_answer_is_kept_as_it_came() {
    let body = "{\"b\": 1.0,\n\"a\": 12345678901234567890}";
    let line = told(http("200 OK", body)).await.unwrap();
    assert_eq!(line, r#"{"b": 1.0, "a": 12345678901234567890}"#);
}

#[tokio::test]
async fn an_error_of_the_api_is_told_with_its_code_and_cleaned() {
    let body =
        r#"{"error": {"code": "NOT_FOUND", "message": "there is no\u001b such thing", "status": 404}}"#;
    let error = told(http("404 Not Found", body)).await.unwrap_err();
    assert_eq!(error.to_string(), "NOT_FOUND: there is no\u{fffd} such thing");
    assert!(!error.concerns_all());
    let body = r#"{"error": {"code": "UNAVAILABLE", "message": "please try again", "status": 503}}"#;
    let error = told(http("503 Service Unavailable\r\nretry-after: 2", body)).await.unwrap_err();
    assert_eq!(error.to_string(), "UNAVAILABLE: please try again (in 2 s)");
    assert!(error.concerns_all());
}

#[tokio::test]
async fn an_answer_of_something_else_is_not_taken_for_ours() {
    let line = complaint(http("502 Bad Gateway", "<html>nginx</html>")).await;
    assert!(line.contains("502 Bad Gateway") && line.contains("not as slotflow does"), "{line}");
    let line = complaint(http("200 OK", "<html>It works!</html>")).await;
    assert!(line.contains("200 OK") && line.contains("not as slotflow does"), "{line}");
    let line = complaint(http("301 Moved Permanently\r\nlocation: https://elsewhere.dev/", "")).await;
    assert!(line.contains("https://elsewhere.dev/") && line.contains("not followed"), "{line}");
    let line = complaint("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{".to_owned()).await;
    assert!(line.contains("broke off"), "{line}");
    complaint("SSH-2.0-OpenSSH_9.2\r\n".to_owned()).await;
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named_with_what_to_try() {
    let (listener, address) = listener().await;
    drop(listener);
    let error = client(&format!("http://{address}"), None).get("/v1/events").await.unwrap_err();
    let line = error.to_string();
    assert!(line.contains(&format!("http://{address} (connection refused)")), "{line}");
    assert!(line.contains("slotflow serve") && line.contains("SLOTFLOW_SERVER"), "{line}");
    assert!(error.concerns_all());
}

/// A server with a certificate of its own for `localhost`: its address, and the certificate's text.
async fn encrypted_server() -> (String, String) {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let (listener, address) = listener().await;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(stream) = acceptor.accept(stream).await {
                answer(stream, &http("200 OK", "{}")).await;
            }
        }
    });
    (format!("https://localhost:{}", address.port()), cert.pem())
}

#[tokio::test]
async fn an_encrypted_server_is_trusted_by_its_authority_only() {
    let (url, certificate) = encrypted_server().await;
    let line = client(&url, None).get("/").await.unwrap_err().to_string();
    assert!(line.contains("not trusted") && line.contains("--ca-file"), "{line}");

    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), certificate).unwrap();
    let trusting = client(&url, Some(file.path()));
    assert_eq!(trusting.get("/").await.unwrap().line(), "{}");

    let by_address = client(&url.replace("localhost", "127.0.0.1"), Some(file.path()));
    let line = by_address.get("/").await.unwrap_err().to_string();
    assert!(line.contains("not valid for name") || line.contains("NotValidForName"), "{line}");
}

#[tokio::test]
async fn https_to_a_server_that_does_not_speak_it_is_named() {
    let (listener, address) = listener().await;
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
    });
    let line = client(&format!("https://{address}"), None).get("/").await.unwrap_err().to_string();
    assert!(line.contains("does not speak TLS"), "{line}");
}

#[test]
fn a_file_without_certificates_is_refused() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "no certificate").unwrap();
    let line = format!("{:#}", trusting(Some(file.path())).unwrap_err());
    assert!(line.starts_with("--ca-file: no certificates can be read from"), "{line}");
    assert!(trusting(Some(Path::new("/nowhere/ca.pem"))).is_err());
}
