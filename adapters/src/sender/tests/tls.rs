//! Who is trusted.

use super::authority::{Authority, Identity};
use super::proxies::{leading_to, through};
use super::receiver::{Receiver, keep_answering};
use super::{PATIENT, development, request, resolver};
use crate::sender::{HttpSender, SenderSettings, UnusableSettings};
use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa};
use slotflow_application::ports::WebhookSender;
use slotflow_domain::delivery::{AttemptOutcome, AttemptReport};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tempfile::NamedTempFile;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

const NAME: &str = "receiver.example.com";
const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

impl Authority {
    /// A receiver whose certificate is for `names`, changed by `change`.
    async fn receiver(&self, names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Receiver {
        secured(self.certify(names, change), &["h2", "http/1.1"]).await
    }

    /// A receiver that is to be trusted, and offers these protocols.
    async fn receiver_of(&self, protocols: &[&str]) -> Receiver {
        secured(self.certify(&[NAME], |_| ()), protocols).await
    }

    fn trusting(&self) -> SenderSettings {
        self.trusted_by(development(PATIENT))
    }
}

/// A receiver that shows this certificate, and offers these protocols.
async fn secured(identity: Identity, protocols: &[&str]) -> Receiver {
    let mut config = identity.config(rustls::DEFAULT_VERSIONS);
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
    Receiver::secured(TlsAcceptor::from(Arc::new(config)), keep_answering(OK.into())).await
}

async fn attempt(settings: SenderSettings, host: &str, port: u16) -> AttemptReport {
    let sender = HttpSender::new(settings, resolver(&["127.0.0.1"])).unwrap();
    sender.send(request(&format!("https://{host}:{port}/"))).await
}

fn is_tls_failure(report: &AttemptReport, receiver: &Receiver, words: &str) {
    assert_eq!(report.outcome, AttemptOutcome::Tls);
    let error = report.error.as_deref().unwrap();
    assert!(error.contains(words), "{error}");
    assert!(receiver.requests().is_empty());
}

#[tokio::test]
async fn an_authority_from_the_file_is_trusted_for_names_and_addresses() {
    let authority = Authority::new();
    let receiver = authority.receiver(&[NAME, "127.0.0.1"], |_| ()).await;
    for host in [NAME, "127.0.0.1"] {
        let report = attempt(authority.trusting(), host, receiver.address.port()).await;
        assert_eq!(report.outcome, AttemptOutcome::Success, "{:?}", report.error);
    }
    assert_eq!(receiver.requests().len(), 2);
}

#[tokio::test]
async fn an_unknown_authority_is_not_trusted() {
    let receiver = Authority::new().receiver(&[NAME], |_| ()).await;
    let report = attempt(development(PATIENT), NAME, receiver.address.port()).await;
    is_tls_failure(&report, &receiver, "not trusted");
    let report = attempt(Authority::new().trusting(), NAME, receiver.address.port()).await;
    is_tls_failure(&report, &receiver, "not trusted");
}

#[tokio::test]
async fn a_certificate_that_is_its_own_authority_is_not_trusted() {
    for is_ca in [IsCa::NoCa, IsCa::Ca(BasicConstraints::Unconstrained)] {
        let mut params = CertificateParams::new(vec![NAME.to_owned()]).unwrap();
        params.is_ca = is_ca;
        let receiver = secured(Identity::self_signed(&params), &["http/1.1"]).await;
        let report = attempt(development(PATIENT), NAME, receiver.address.port()).await;
        is_tls_failure(&report, &receiver, "not trusted: it is self-signed");
    }
}

#[tokio::test]
async fn a_receiver_that_resets_the_handshake_is_a_tls_failure() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move { listener.accept().await.unwrap().0.set_zero_linger().unwrap() });
    let report = attempt(development(PATIENT), NAME, port).await;
    assert_eq!(report.outcome, AttemptOutcome::Tls);
    assert_eq!(report.error.as_deref(), Some("the receiver reset the connection while it was being secured"));
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    let authority = Authority::new();
    let receiver = authority.receiver(&["other.example.com"], |_| ()).await;
    for host in [NAME, "127.0.0.1"] {
        let report = attempt(authority.trusting(), host, receiver.address.port()).await;
        is_tls_failure(&report, &receiver, "certificate is for another name: other.example.com");
    }
}

#[tokio::test]
async fn through_a_proxy_the_certificate_must_be_the_hosts_all_the_same() {
    let authority = Authority::new();
    let receiver = authority.receiver(&[NAME], |_| ()).await;
    let proxy = leading_to(receiver.address).await;
    let report = attempt(through(&proxy, authority.trusting()), NAME, receiver.address.port()).await;
    assert_eq!(report.outcome, AttemptOutcome::Success, "{:?}", report.error);
    assert!(report.exchange.phases.tls.is_some());
    let target = format!("127.0.0.1:{}", receiver.address.port());
    assert_eq!(proxy.requests(), [format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n")]);

    let other = authority.receiver(&["other.example.com"], |_| ()).await;
    let proxy = leading_to(other.address).await;
    let report = attempt(through(&proxy, authority.trusting()), NAME, other.address.port()).await;
    is_tls_failure(&report, &other, "certificate is for another name: other.example.com");
    let report = attempt(through(&proxy, development(PATIENT)), NAME, other.address.port()).await;
    is_tls_failure(&report, &other, "not trusted");
}

#[tokio::test]
async fn an_expired_certificate_is_refused() {
    let authority = Authority::new();
    let days = |days: u64| Duration::from_secs(86_400 * days);
    for (before, words) in [(days(3), "expired 3 days ago"), (days(1), "expired 1 day ago")] {
        let ended = (SystemTime::now() - before).into();
        let receiver = authority.receiver(&[NAME], |certificate| certificate.not_after = ended).await;
        let report = attempt(authority.trusting(), NAME, receiver.address.port()).await;
        is_tls_failure(&report, &receiver, words);
    }
}

#[tokio::test]
async fn a_certificate_of_the_future_is_refused() {
    let authority = Authority::new();
    let begins = (SystemTime::now() + Duration::from_secs(2 * 3_600 + 60)).into();
    let receiver = authority.receiver(&[NAME], |certificate| certificate.not_before = begins).await;
    let report = attempt(authority.trusting(), NAME, receiver.address.port()).await;
    is_tls_failure(&report, &receiver, "is not valid yet, but in 2 hours");
}

#[tokio::test]
async fn little_is_told_of_a_certificate_that_says_much() {
    let authority = Authority::new();
    let purposes = (0..3_000).map(|number| ExtendedKeyUsagePurpose::Other(vec![1, 3, 6, 1, 4, 1, number]));
    let receiver =
        authority.receiver(&[NAME], |certificate| certificate.extended_key_usages = purposes.collect()).await;
    let report = attempt(authority.trusting(), NAME, receiver.address.port()).await;
    is_tls_failure(
        &report,
        &receiver,
        "certificate is not valid: certificate does not allow extended key usage",
    );
    assert_eq!(report.error.unwrap().chars().count(), 300);
}

#[tokio::test]
async fn a_port_that_does_not_speak_tls_is_a_tls_failure() {
    let plain = Receiver::new(|mut visit| async move {
        visit.write("HTTP/1.1 400 Bad Request\r\n\r\n").await;
        visit.request().await;
    })
    .await;
    let report = attempt(development(PATIENT), NAME, plain.address.port()).await;
    is_tls_failure(&report, &plain, "does not speak TLS");
    let silent = Receiver::new(|visit| async { drop(visit) }).await;
    let report = attempt(development(PATIENT), NAME, silent.address.port()).await;
    is_tls_failure(&report, &silent, "closed the connection");
}

#[tokio::test]
async fn a_receiver_of_http_2_alone_is_told_what_it_lacks() {
    let authority = Authority::new();
    let receiver = authority.receiver_of(&["h2"]).await;
    let report = attempt(authority.trusting(), NAME, receiver.address.port()).await;
    is_tls_failure(
        &report,
        &receiver,
        "does not speak HTTP/1.1 on this port; it may be one for HTTP/2 alone",
    );
    // One that offers nothing by name is spoken to in HTTP/1.1.
    let receiver = authority.receiver_of(&[]).await;
    let report = attempt(authority.trusting(), NAME, receiver.address.port()).await;
    assert_eq!(report.outcome, AttemptOutcome::Success, "{:?}", report.error);
}

#[tokio::test]
async fn a_secured_connection_is_used_again() {
    let authority = Authority::new();
    let receiver = authority.receiver(&[NAME], |_| ()).await;
    let sender = HttpSender::new(authority.trusting(), resolver(&["127.0.0.1"])).unwrap();
    for _ in 0..3 {
        let report = sender.send(request(&format!("https://{NAME}:{}/", receiver.address.port()))).await;
        assert_eq!(report.outcome, AttemptOutcome::Success, "{:?}", report.error);
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(receiver.connections(), 1);
}

#[test]
fn a_file_without_certificates_is_refused_at_the_start() {
    let settings = |file: &NamedTempFile| SenderSettings {
        extra_ca_file: Some(file.path().to_owned()),
        ..SenderSettings::default()
    };
    let empty = NamedTempFile::new().unwrap();
    let refusal = HttpSender::new(settings(&empty), resolver(&[])).err().unwrap();
    assert!(matches!(refusal, UnusableSettings::NoCertificate { .. }), "{refusal}");
    let path = empty.into_temp_path().to_owned();
    let gone = SenderSettings { extra_ca_file: Some(path), ..SenderSettings::default() };
    let refusal = HttpSender::new(gone, resolver(&[])).err().unwrap();
    assert!(matches!(refusal, UnusableSettings::CaFile { .. }), "{refusal}");
}
