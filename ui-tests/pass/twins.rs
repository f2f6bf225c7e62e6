//! A function under an attribute does what it does without: each body stands here twice, plain and measured, and what is
//! moved, assigned, dropped and returned is the same, in the same order. Temporaries at the end of a body are dropped as
//! the edition of the program has it.

#![allow(unused_variables, clippy::all)]

use std::{
    cell::RefCell,
    future::{Future, poll_fn},
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};

thread_local!(static LOG: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) });

fn log(text: impl Into<String>) {
    LOG.with_borrow_mut(|log| log.push(text.into()));
}

/// What has happened since the last time.
fn logged() -> Vec<String> {
    LOG.take()
}

/// A value that tells of its end, and whether it is open then.
pub struct Value {
    name: &'static str,
    open: bool,
}

impl Value {
    fn new(name: &'static str) -> Self {
        Self { name, open: true }
    }

    fn get(&self) -> u8 {
        7
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        log(format!("{} {}", self.name, if self.open { "open" } else { "closed" }));
    }
}

/// Two values without a destructor of their own.
pub struct Pair {
    left: Value,
    right: Value,
    count: u8,
}

fn pair(left: &'static str, right: &'static str) -> Pair {
    Pair { left: Value::new(left), right: Value::new(right), count: 0 }
}

/// Is pending once.
async fn later() {
    let mut polled = false;
    poll_fn(|_| if std::mem::replace(&mut polled, true) { Poll::Ready(()) } else { Poll::Pending }).await;
}

fn finish<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
    }
}

/// Polls a future once and drops it.
fn start<T>(future: impl Future<Output = T>) {
    let _ = pin!(future).as_mut().poll(&mut Context::from_waker(Waker::noop()));
}

/// The same bodies in a module of their own, and in a measured one.
macro_rules! twins {
    ($($bodies:tt)*) => {
        mod plain {
            use super::*;
            $($bodies)*
        }
        #[tachometer::measured]
        mod measured {
            use super::*;
            $($bodies)*
        }
    };
}

twins! {
    pub trait Commits {
        fn commit(self) -> Result<(), String>;
        fn commit_plainly(self);
        async fn commit_later(self) -> Result<u8, String>;
        async fn commit_plainly_later(self);
        fn commit_boxed(self: Box<Self>) -> Result<(), String>;
        fn count(self, other: Value) -> Option<u8>;
        fn swap(self, other: Pair) -> Result<Value, u8>;
    }
    impl Commits for Value {
        fn commit(mut self) -> Result<(), String> { self.open = false; Ok(()) }
        fn commit_plainly(mut self) { self.open = false; }
        async fn commit_later(mut self) -> Result<u8, String> { later().await; self.open = false; later().await; Ok(1) }
        async fn commit_plainly_later(mut self) { self.open = false; }
        fn commit_boxed(mut self: Box<Self>) -> Result<(), String> { self.open = false; Ok(()) }
        fn count(self, other: Value) -> Option<u8> { let _local = Value::new("local"); Some(other.get() + self.get()) }
        fn swap(self, mut other: Pair) -> Result<Value, u8> {
            other.count += 1;
            other.left.open = false;
            if self.open { Ok(std::mem::replace(&mut other.right, self)) } else { Err(other.count) }
        }
    }

    // Assignments to parts of what the function owns.
    pub fn assigned(mut value: Value) -> Result<(), String> { value.open = false; Ok(()) }
    pub async fn assigned_later(mut value: Value) -> u8 { value.open = false; later().await; 1 }
    pub fn assigned_in_a_pattern((mut left, right): (Value, Value)) -> Result<u8, u8> { left.open = false; Ok(right.get()) }
    pub fn assigned_in_closures(mut value: Value) -> Result<u8, u8> {
        let mut close = || value.open = false;
        close();
        Ok(1)
    }
    pub fn assigned_by_reference(ref mut value: Value) -> Result<u8, u8> { value.open = false; Ok(1) }
    pub fn assigned_and_kept(mut pair: Pair) -> Result<Pair, u8> { pair.count = 3; pair.left.open = false; Ok(pair) }
    pub fn counted_up(mut pair: Pair, up: u8) -> Result<u8, u8> { pair.count += up; pair.count += up; Ok(pair.count) }

    // The order in which parameters are dropped, used or not.
    pub fn used_backwards(a: Value, b: Value, c: Value) -> Result<u8, u8> { Ok(c.get() + a.get()) }
    pub fn used_forwards(a: Value, b: Value, c: Value) -> Result<u8, u8> { Ok(a.get() + b.get() + c.get()) }
    pub async fn used_later(a: Value, b: Value, c: Value) -> Result<u8, u8> { later().await; Ok(b.get() + c.get()) }
    pub async fn unused(a: Value, b: Value) {}
    pub fn moved_on(a: Value, b: Value, c: Value, flag: bool) -> Result<u8, u8> {
        if flag { drop(b); }
        let kept = if flag { Some(a) } else { None };
        Ok(c.get())
    }
    pub async fn moved_on_later(a: Value, b: Value, flag: bool) -> Result<u8, u8> {
        later().await;
        if flag { drop(a); }
        later().await;
        Err(b.get())
    }
    pub fn parts_moved(a: Value, pair: Pair, c: Value) -> Result<Value, u8> { drop(pair.left); Ok(c) }
    pub fn in_patterns(a: Value, (b, _, c): (Value, Value, Value), Pair { left, .. }: Pair) -> Result<u8, u8> {
        Ok(c.get() + left.get() + a.get())
    }
    pub fn without_a_name(a: Value, _: Value, c: Value) -> Result<u8, u8> { Ok(a.get()) }
    pub fn bound_as_a_whole(a: Value, b @ Pair { .. }: Pair, ref c: Value) -> Option<u8> { Some(b.count) }
    pub async fn in_patterns_later(a: Value, (b, _): (Value, Value), ref c: Value, _: Value) -> Result<u8, u8> {
        later().await;
        Ok(b.get() + a.get() + c.get())
    }
    pub fn early(a: Value, b: Value) -> Result<u8, String> {
        let number: u8 = "no number".parse().map_err(|_| "refused".to_owned())?;
        Ok(number + a.get() + b.get())
    }
    pub fn panics(a: Value, b: Value) -> Result<u8, String> {
        let _local = Value::new("local");
        if a.get() == b.get() { std::panic::resume_unwind(Box::new(1)) }
        Ok(1)
    }
    pub fn made(a: Value, b: Value) -> Pin<Box<dyn Future<Output = Result<u8, u8>>>> {
        if !a.open { return Box::pin(std::future::ready(Ok(1))); }
        Box::pin(async move { later().await; Ok(a.get()) })
    }
    pub fn made_at_the_end(a: Value, b: Value) -> impl Future<Output = Result<u8, u8>> {
        let _local = Value::new("local");
        async move { later().await; Ok(b.get() + a.get()) }
    }
    pub fn generic<T, U: FnOnce() -> u8>(a: T, b: U, c: impl Sized) -> Result<u8, u8> { Ok(b()) }

    // Temporaries of the last expression.
    pub fn tail() -> u8 { let _local = Value::new("local"); Value::new("temporary").get() }
    pub fn tail_of_a_result() -> Result<u8, u8> { let _local = Value::new("local"); Ok(Value::new("temporary").get()) }
    pub async fn tail_later() -> u8 { let _local = Value::new("local"); later().await; Value::new("temporary").get() }
    pub async fn tail_of_a_result_later() -> Result<u8, u8> {
        let _local = Value::new("local");
        Ok(Value::new("temporary").get())
    }
    pub fn tail_of_a_block() -> impl Future<Output = u8> {
        async { let _local = Value::new("local"); Value::new("temporary").get() }
    }
    pub fn tail_of_a_box() -> Pin<Box<dyn Future<Output = u8>>> {
        let _outer = Value::new("outer");
        Box::pin(async { let _local = Value::new("local"); Value::new("temporary").get() })
    }
    pub fn only_a_tail(a: Value) -> u8 { Value::new("temporary").get() }
    pub fn tail_of_a_match(a: Value) -> Option<u8> {
        let _local = Value::new("local");
        match Value::new("scrutinee").get() { 7 => Some(a.get()), _ => None }
    }
    pub fn tail_of_an_if() -> Option<u8> {
        let _local = Value::new("local");
        if let Some(7) = Some(Value::new("scrutinee").get()) { Some(1) } else { log("else"); None }
    }
}

/// What is the same for all of them.
macro_rules! compare {
    ($($call:expr;)*) => {{
        let mut differences = Vec::new();
        $({
            let traced = |of: &dyn Fn()| {
                if std::panic::catch_unwind(std::panic::AssertUnwindSafe(of)).is_err() {
                    log("panic");
                }
                logged()
            };
            let plain = traced(&|| { use plain::*; let _ = $call; });
            let measured = traced(&|| { use measured::*; let _ = $call; });
            if measured != plain {
                differences.push(format!("{}:\n  plain    {plain:?}\n  measured {measured:?}", stringify!($call)));
            }
        })*
        assert!(differences.is_empty(), "{}", differences.join("\n"));
    }};
}

fn v(name: &'static str) -> Value {
    Value::new(name)
}

fn main() {
    compare! {
        v("a").commit();
        v("a").commit_plainly();
        finish(v("a").commit_later());
        start(v("a").commit_later());
        drop(v("a").commit_later());
        finish(v("a").commit_plainly_later());
        Box::new(v("a")).commit_boxed();
        v("a").count(v("b"));
        v("a").swap(pair("l", "r"));
        assigned(v("a"));
        finish(assigned_later(v("a")));
        start(assigned_later(v("a")));
        assigned_in_a_pattern((v("a"), v("b")));
        assigned_in_closures(v("a"));
        assigned_by_reference(v("a"));
        assigned_and_kept(pair("l", "r"));
        counted_up(pair("l", "r"), 2);
        used_backwards(v("a"), v("b"), v("c"));
        used_forwards(v("a"), v("b"), v("c"));
        finish(used_later(v("a"), v("b"), v("c")));
        start(used_later(v("a"), v("b"), v("c")));
        drop(used_later(v("a"), v("b"), v("c")));
        finish(unused(v("a"), v("b")));
        drop(unused(v("a"), v("b")));
        moved_on(v("a"), v("b"), v("c"), true);
        moved_on(v("a"), v("b"), v("c"), false);
        finish(moved_on_later(v("a"), v("b"), true));
        finish(moved_on_later(v("a"), v("b"), false));
        start(moved_on_later(v("a"), v("b"), false));
        parts_moved(v("a"), pair("l", "r"), v("c"));
        in_patterns(v("a"), (v("b"), v("x"), v("c")), pair("l", "r"));
        without_a_name(v("a"), v("b"), v("c"));
        bound_as_a_whole(v("a"), pair("l", "r"), v("c"));
        finish(in_patterns_later(v("a"), (v("b"), v("x")), v("c"), v("d")));
        start(in_patterns_later(v("a"), (v("b"), v("x")), v("c"), v("d")));
        early(v("a"), v("b"));
        panics(v("a"), v("b"));
        finish(made(v("a"), v("b")));
        drop(made(v("a"), v("b")));
        finish(made_at_the_end(v("a"), v("b")));
        drop(made_at_the_end(v("a"), v("b")));
        generic(v("a"), { let b = v("b"); move || b.get() }, v("c"));
        tail();
        tail_of_a_result();
        finish(tail_later());
        finish(tail_of_a_result_later());
        finish(tail_of_a_block());
        finish(tail_of_a_box());
        only_a_tail(v("a"));
        tail_of_a_match(v("a"));
        tail_of_an_if();
    }
}
