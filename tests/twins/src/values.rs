//! Values that say when they are made, looked at, changed and dropped.

use crate::log;

/// Says all that happens to it.
#[derive(Debug)]
pub struct D {
    id: u32,
    n: u32,
}

impl D {
    /// Makes one.
    #[must_use]
    pub fn new(id: u32) -> Self {
        log(format!("new {id}"));
        Self { id, n: 0 }
    }

    pub(crate) fn id(&self) -> u32 {
        self.id
    }

    /// Something that borrows it and has a destructor.
    #[must_use]
    pub fn guard(&self) -> Guard<'_> {
        log(format!("lock {}", self.id));
        Guard(self)
    }

    /// A number that lives longer than the borrow.
    #[must_use]
    pub fn number(&self, is_some: bool) -> Option<u32> {
        is_some.then(|| self.v())
    }

    /// A borrow that does not.
    #[must_use]
    pub fn lent(&self, is_some: bool) -> Option<&Self> {
        is_some.then_some(self)
    }
}

impl Drop for D {
    fn drop(&mut self) {
        log(format!("drop {} {}", self.id, self.n));
    }
}

/// What generic functions take.
pub trait Like: Sized {
    /// Looks at it.
    fn v(&self) -> u32;
    /// Changes it.
    fn set(&mut self, n: u32);
    /// Takes it.
    fn eaten(self) -> u32 {
        log(format!("eaten {}", self.v()));
        1
    }
}

impl Like for D {
    fn v(&self) -> u32 {
        log(format!("see {} {}", self.id, self.n));
        self.id % 7 + self.n
    }

    fn set(&mut self, n: u32) {
        self.n = n;
        log(format!("set {} {n}", self.id));
    }
}

/// A borrow with a destructor.
#[derive(Debug)]
pub struct Guard<'a>(&'a D);

impl Guard<'_> {
    /// Looks at it.
    #[must_use]
    pub fn v(&self) -> u32 {
        self.0.v()
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        log(format!("unlock {}", self.0.id));
    }
}

/// An error that says when it is dropped.
#[derive(Debug)]
pub struct E(pub u32);

impl Drop for E {
    fn drop(&mut self) {
        log(format!("drop error {}", self.0));
    }
}

/// A transaction: its fields are `Copy` and its destructor reads them.
#[derive(Debug)]
pub struct Tx {
    /// Whether it is not committed.
    pub open: bool,
    /// A number.
    pub n: u32,
}

impl Tx {
    /// Makes one.
    #[must_use]
    pub fn new(n: u32) -> Self {
        Self { open: true, n }
    }
}

impl Drop for Tx {
    fn drop(&mut self) {
        log(format!("drop tx {} {}", self.open, self.n));
    }
}

/// The same without padding, of whose fields there are no borrows.
#[derive(Debug)]
#[repr(Rust, packed)]
pub struct Packed {
    /// Moves the number to an odd place.
    pub open: bool,
    /// A number.
    pub n: u32,
}

impl Packed {
    /// Makes one.
    #[must_use]
    pub fn new(n: u32) -> Self {
        Self { open: true, n }
    }
}

impl Drop for Packed {
    fn drop(&mut self) {
        log(format!("drop packed {} {}", { self.open }, { self.n }));
    }
}

/// The same as a union.
#[allow(missing_debug_implementations, reason = "a union cannot derive it")]
pub union Bits {
    /// A number.
    pub n: u32,
    /// Its bytes.
    pub bytes: [u8; 4],
}

impl Bits {
    /// Makes one.
    #[must_use]
    pub fn new(n: u32) -> Self {
        Self { n }
    }
}

impl Drop for Bits {
    fn drop(&mut self) {
        // SAFETY: all bytes of a `u32` are always written, and each value of them is one.
        log(format!("drop bits {}", unsafe { self.n }));
    }
}

/// Fields that can be moved out, one by one.
#[derive(Debug)]
pub struct Pair {
    /// One of them.
    pub a: D,
    /// The other one.
    pub b: D,
    /// A number.
    pub n: u32,
}

impl Pair {
    /// Makes one.
    #[must_use]
    pub fn new(id: u32) -> Self {
        Self { a: D::new(id), b: D::new(id + 100), n: id }
    }
}

/// Variants of each kind.
#[derive(Debug)]
pub enum Shape {
    /// One value.
    A(D),
    /// Fields.
    B {
        /// To be moved.
        x: D,
        /// To be copied.
        y: u32,
    },
    /// Nothing.
    C,
}

impl Shape {
    /// Makes one of the variants.
    #[must_use]
    pub fn new(id: u32, which: u32) -> Self {
        match which % 3 {
            0 => Self::A(D::new(id)),
            1 => Self::B { x: D::new(id), y: id },
            _ => Self::C,
        }
    }
}

/// What can be looked at although it may not be there.
pub trait Maybe {
    /// Looks at it.
    fn v(&self) -> u32;
}

impl Maybe for Option<D> {
    fn v(&self) -> u32 {
        self.as_ref().map_or(0, Like::v)
    }
}

impl Maybe for Shape {
    fn v(&self) -> u32 {
        match self {
            Self::A(d) => d.v(),
            Self::B { y, .. } => *y,
            Self::C => 0,
        }
    }
}

/// Takes one.
#[expect(clippy::needless_pass_by_value, reason = "it is here to drop it")]
pub fn eat(d: D) -> u32 {
    log(format!("eat {}", d.id));
    d.id % 7
}

/// Takes a text.
#[expect(clippy::needless_pass_by_value, reason = "it is here to drop it")]
pub fn eat_text(text: String) -> u32 {
    log(format!("eat {text}"));
    u32::try_from(text.len()).unwrap_or_default()
}

/// A number or an error.
///
/// # Errors
/// If it is told so.
pub fn fail(fails: bool, id: u32) -> Result<u32, E> {
    if fails { Err(E(id)) } else { Ok(id) }
}

/// A value or an error.
///
/// # Errors
/// If it is told so.
pub fn fail_with(fails: bool, id: u32) -> Result<D, E> {
    if fails { Err(E(id)) } else { Ok(D::new(id)) }
}

/// A value or none.
#[must_use]
pub fn optional(is_some: bool, id: u32) -> Option<D> {
    is_some.then(|| D::new(id))
}

/// A number or none.
#[must_use]
pub fn optional_number(is_some: bool, id: u32) -> Option<u32> {
    is_some.then_some(id)
}

/// Adds what has been looked at.
#[must_use]
pub fn sum(a: &D, b: u32) -> u32 {
    a.v() + b
}

/// What functions return, as the trace shows it.
pub trait Show {
    /// As text.
    fn show(&self) -> String;
}

impl Show for () {
    fn show(&self) -> String {
        "()".to_owned()
    }
}

impl Show for u32 {
    fn show(&self) -> String {
        self.to_string()
    }
}

impl Show for D {
    fn show(&self) -> String {
        format!("value {} {}", self.id, self.n)
    }
}

impl Show for Pair {
    fn show(&self) -> String {
        format!("pair {} {} {}", self.a.show(), self.b.show(), self.n)
    }
}

impl<T: Show + ?Sized> Show for &T {
    fn show(&self) -> String {
        (**self).show()
    }
}

impl<T: Show + ?Sized> Show for &mut T {
    fn show(&self) -> String {
        (**self).show()
    }
}

impl<T: Show + ?Sized> Show for Box<T> {
    fn show(&self) -> String {
        (**self).show()
    }
}

impl<T: Show> Show for Option<T> {
    fn show(&self) -> String {
        self.as_ref().map_or_else(|| "none".to_owned(), |value| format!("some {}", value.show()))
    }
}

impl<T: Show> Show for Result<T, E> {
    fn show(&self) -> String {
        match self {
            Ok(value) => format!("ok {}", value.show()),
            Err(E(id)) => format!("error {id}"),
        }
    }
}
