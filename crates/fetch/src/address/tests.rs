//! Tests of the module that declares this one.

use super::*;

fn check(address: &str) -> Result<(), Forbidden> {
    Guard::default().check(address.parse().unwrap())
}

#[test]
fn public_addresses_pass() {
    for address in [
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "169.253.255.255",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "2001:200::1",
        "2606:4700::1111",
        "2a00:1450:4001::200e",
        "::ffff:1.1.1.1",
        "64:ff9b::101:101",
        "2002:101:101::1",
    ] {
        assert_eq!(check(address), Ok(()), "{address}");
    }
}

#[test]
fn special_purpose_addresses_do_not() {
    for (address, what) in [
        ("0.0.0.0", "this network"),
        ("0.1.2.3", "this network"),
        ("10.0.0.1", "private"),
        ("10.255.255.255", "private"),
        ("100.64.0.1", "carrier"),
        ("100.127.255.255", "carrier"),
        ("127.0.0.1", "loopback"),
        ("127.255.255.254", "loopback"),
        ("169.254.169.254", "metadata"),
        ("172.16.0.1", "private"),
        ("172.31.255.255", "private"),
        ("192.0.0.170", "protocol"),
        ("192.0.2.1", "documentation"),
        ("192.88.99.1", "6to4"),
        ("192.168.0.1", "private"),
        ("198.18.0.1", "benchmarking"),
        ("198.19.255.255", "benchmarking"),
        ("198.51.100.7", "documentation"),
        ("203.0.113.7", "documentation"),
        ("224.0.0.1", "multicast"),
        ("239.255.255.250", "multicast"),
        ("240.0.0.1", "reserved"),
        ("255.255.255.255", "broadcast"),
        ("::", "unspecified"),
        ("::1", "loopback"),
        ("::7f00:1", "outside"),
        ("fd00:ec2::254", "metadata"),
        ("fc00::1", "unique local"),
        ("fe80::1", "link-local"),
        ("febf::1", "link-local"),
        ("fec0::1", "site-local"),
        ("ff02::1", "multicast"),
        ("100::1", "discard"),
        ("64:ff9b:1::1", "translation"),
        ("5f00::1", "segment"),
        ("4000::1", "outside"),
        ("2001::1", "Teredo"),
        ("2001:10::1", "ORCHID"),
        ("2001:db8::1", "documentation"),
        ("3fff::1", "documentation"),
    ] {
        let forbidden = check(address).expect_err(address);
        assert!(forbidden.what.contains(what), "{address}: {forbidden}");
    }
}

#[test]
fn wrapped_ipv4_addresses_are_seen_through() {
    for address in [
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "::ffff:0:10.0.0.1",
        "64:ff9b::10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::1",
        "2002:a9fe:a9fe::",
        "2002:c0a8:101::5",
    ] {
        assert!(check(address).is_err(), "{address}");
    }
}

#[test]
fn an_allowed_network_is_open_and_no_other() {
    let guard = Guard::new(vec!["127.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()]);
    for (address, is_open) in [
        ("127.0.0.1", true),
        ("::ffff:127.0.0.1", true),
        ("fd00::1", true),
        ("::1", false),
        ("10.0.0.1", false),
        ("fc00::1", false),
    ] {
        assert_eq!(guard.check(address.parse().unwrap()).is_ok(), is_open, "{address}");
    }
}

#[test]
fn the_refusal_names_what_would_open_it() {
    assert_eq!(check("127.3.2.1").unwrap_err().network().to_string(), "127.0.0.0/8");
    assert_eq!(check("10.1.2.3").unwrap_err().network().to_string(), "10.1.2.3/32");
    assert_eq!(check("fd00::1").unwrap_err().network().to_string(), "fd00::1/128");
}
