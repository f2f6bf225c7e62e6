//! How the lines of one family begin: the names of its samples, in quotes where they are not classic, and the labels
//! that stand on all of them. It knows nothing of values.

use std::borrow::Cow;

use crate::metric::{block, name};

/// The beginnings of a family's lines, put together once for all its series.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// A line without own labels, up to its value: `name{zone="a"} `, or `name `.
    pub(super) bare: Vec<u8>,
    /// A line with own labels, up to these: `name{zone="a",`, or `name{`.
    pub(super) head: Vec<u8>,
    pub(super) plain: Name,
    pub(super) bucket: Name,
    pub(super) sum: Name,
    pub(super) count: Name,
    pub(super) created: Name,
}

/// The name of a sample as a line begins with it.
#[derive(Debug, Default)]
pub(super) struct Name {
    /// Before labels: `name{`, or `{"na.me",`.
    pub(super) open: Vec<u8>,
    /// Before the value where there are no labels: `name `, or `{"na.me"} `.
    pub(super) alone: Vec<u8>,
}

impl Names {
    /// Prepares the lines of the family of this name; `base` is what the time of its beginning is named after.
    pub(super) fn begin(&mut self, name: &str, base: &str, common: &[u8]) {
        self.plain.set(name, "");
        self.bucket.set(name, "_bucket");
        self.sum.set(name, "_sum");
        self.count.set(name, "_count");
        self.created.set(base, "_created");
        self.bare.clear();
        self.head.clear();
        self.head.extend_from_slice(&self.plain.open);
        if common.is_empty() {
            self.bare.extend_from_slice(&self.plain.alone);
        } else {
            self.head.extend_from_slice(common);
            self.bare.extend_from_slice(&self.head);
            self.bare.extend_from_slice(b"} ");
            self.head.push(b',');
        }
    }
}

impl Name {
    fn set(&mut self, name: &str, suffix: &str) {
        let name = [name, suffix].concat();
        self.open.clear();
        self.alone.clear();
        if name::is_valid(&name) {
            self.open.extend_from_slice(name.as_bytes());
            self.alone.extend_from_slice(name.as_bytes());
            self.open.push(b'{');
            self.alone.push(b' ');
        } else {
            self.open.push(b'{');
            self.open.extend_from_slice(block::quoted(&name).as_bytes());
            self.alone.extend_from_slice(&self.open);
            self.open.push(b',');
            self.alone.extend_from_slice(b"} ");
        }
    }
}

/// A family's name as it stands on the lines that describe it.
pub(super) fn described(name: &str) -> Cow<'_, str> {
    if name::is_valid(name) { Cow::Borrowed(name) } else { Cow::Owned(block::quoted(name)) }
}
