//! Closures that are returned learn from the signature what they take, and for which lifetimes, as they do without an
//! attribute.

#![deny(warnings)]
#![deny(clippy::all)]

use std::cmp::Ordering;

use tachometer::{measured, timed};

#[measured]
fn is_key<K: Ord>(key: &K) -> impl Fn(&(K, u8)) -> bool + '_ {
    move |entry| *key == entry.0
}

#[measured]
fn by_key<T, K: Ord, F: FnMut(&T) -> K>(mut key: F) -> impl FnMut(&T, &T) -> Ordering {
    move |one, other| key(one).cmp(&key(other))
}

#[timed]
fn once(text: &str, flag: bool) -> impl FnOnce(&str) -> usize + use<> {
    #![allow(clippy::needless_return)]
    let length = text.len();
    if flag {
        return either(length, 1);
    }
    return either(length, 2);
}

fn either(length: usize, times: usize) -> impl FnOnce(&str) -> usize {
    move |other| other.len() * times + length
}

struct Table;

#[measured]
impl Table {
    fn hasher<V>(&self) -> impl Fn(&(u8, V)) -> u64 + '_ {
        |entry| u64::from(entry.0)
    }

    fn boxed<'a>(&self, key: &'a str) -> Box<dyn Fn(&str) -> bool + 'a> {
        Box::new(move |text| text == key)
    }
}

fn main() {
    assert!(is_key(&1)(&(1, 2)));
    assert_eq!(by_key(|text: &String| text.len())(&"a".into(), &"bb".into()), Ordering::Less);
    assert_eq!((once("ab", true)("c"), once("ab", false)("c")), (3, 4));
    assert_eq!((Table.hasher()(&(3, "x")), Table.boxed("k")("k")), (3, true));
}
