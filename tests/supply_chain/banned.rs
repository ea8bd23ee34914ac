//! Packages that must never come in, by whatever way.

use crate::lock_file::locked_packages;

/// A package, how its versions begin, and what is wrong with it.
type Banned = (&'static str, &'static str, &'static str);

const SYSTEM_TLS: &str =
    "the machine it runs on would decide which certificates and versions of TLS are good";
const SECOND_CRYPTOGRAPHY: &str = "a second cryptography beside ring, with a build of C of its own";
const OTHER_CLIENT: &str = "a client that follows redirects, takes proxies from the environment or resolves names by \
                            itself, and so goes around the address rule";
const UNPACKS: &str = "nothing that a receiver or a client sends is ever unpacked";
const UNMAINTAINED: &str = "nobody maintains it any more";

const BANNED: &[Banned] = &[
    ("openssl", "", SYSTEM_TLS),
    ("openssl-sys", "", SYSTEM_TLS),
    ("native-tls", "", SYSTEM_TLS),
    ("schannel", "", SYSTEM_TLS),
    ("security-framework", "", SYSTEM_TLS),
    ("rustls-native-certs", "", SYSTEM_TLS),
    ("rustls-platform-verifier", "", SYSTEM_TLS),
    ("aws-lc-rs", "", SECOND_CRYPTOGRAPHY),
    ("aws-lc-sys", "", SECOND_CRYPTOGRAPHY),
    ("reqwest", "", OTHER_CLIENT),
    ("ureq", "", OTHER_CLIENT),
    ("curl", "", OTHER_CLIENT),
    ("curl-sys", "", OTHER_CLIENT),
    ("isahc", "", OTHER_CLIENT),
    ("async-compression", "", UNPACKS),
    ("brotli", "", UNPACKS),
    // RUSTSEC-2023-0071. It would come with MySQL, which is no store of ours.
    ("rsa", "", "its timing gives private keys away"),
    // RUSTSEC-2020-0071. It came with chrono's `oldtime`.
    ("time", "0.1.", "reads the environment while others may write it"),
    ("ansi_term", "", UNMAINTAINED),
    ("atty", "", UNMAINTAINED),
    ("dotenv", "", UNMAINTAINED),
    ("failure", "", UNMAINTAINED),
    ("instant", "", UNMAINTAINED),
    ("net2", "", UNMAINTAINED),
    ("paste", "", UNMAINTAINED),
    ("proc-macro-error", "", UNMAINTAINED),
    ("rustls-pemfile", "", UNMAINTAINED),
    ("serde_yaml", "", UNMAINTAINED),
];

/// What is wrong with this package, if it is one of them.
fn objection(name: &str, version: &str) -> Option<&'static str> {
    let is_this = |banned: &&Banned| banned.0 == name && version.starts_with(banned.1);
    BANNED.iter().find(is_this).map(|banned| banned.2)
}

#[test]
fn nothing_that_is_banned_has_come_in() {
    for package in locked_packages() {
        let objection = objection(&package.name, &package.version);
        assert_eq!(objection, None, "{} {}", package.name, package.version);
    }
}

#[test]
fn a_package_is_known_by_its_name_and_the_version_that_is_meant() {
    assert_eq!(objection("openssl-sys", "0.9.104"), Some(SYSTEM_TLS));
    assert!(objection("time", "0.1.45").is_some());
    for (name, version) in [("time", "0.3.55"), ("ring", "0.17.14"), ("openssl-probe", "0.1.6")] {
        assert_eq!(objection(name, version), None, "{name} {version}");
    }
}
