//! Signals stop the quickstart in time, whoever is connected.

use std::{
    io::{Read, Write},
    net::TcpStream,
};

use rustix::process::Signal;

use super::support::shop::Shop;

#[test]
fn sigterm_stops_a_busy_shop() {
    let end = Shop::open(&[]).stop(Signal::TERM);
    assert_eq!(end.code, Some(0), "{}", end.errors);
}

#[test]
fn sigint_stops_a_shop_without_customers() {
    let end = Shop::open(&["--no-load"]).stop(Signal::INT);
    assert_eq!(end.code, Some(0), "{}", end.errors);
}

#[test]
fn open_connections_do_not_delay_the_end() {
    let shop = Shop::open(&["--no-load"]);
    let mut connections = Vec::new();
    for address in [shop.address, shop.metrics()] {
        // One connection is idle after its request, the other one is in the middle of it.
        let mut idle = TcpStream::connect(address).expect("it listens");
        idle.write_all(b"HEAD / HTTP/1.1\r\nHost: here\r\n\r\n").expect("it reads");
        assert!(idle.read(&mut [0; 1]).expect("it answers") > 0);
        let mut half = TcpStream::connect(address).expect("it listens");
        half.write_all(b"GET /metrics HTTP/1.1\r\nHo").expect("it reads");
        connections.extend([idle, half]);
    }
    let end = shop.stop(Signal::TERM);
    assert_eq!(end.code, Some(0), "{}", end.errors);
}
