//! Where the control groups of the process are: from what the process says of its groups and of its mounts. It does not
//! look into the groups.

use std::path::{Path, PathBuf};

use super::super::files::{Files, complain};
use crate::collectors::Batch;

/// The groups of the process.
pub(super) struct Tree {
    groups: Vec<(Controllers, Group)>,
}

/// What a hierarchy of groups controls.
enum Controllers {
    /// Version 1: these.
    Named(Vec<String>),
    /// Version 2: all that none of version 1 does.
    Unified,
}

/// One group of the process.
pub(super) struct Group {
    pub(super) version: Version,
    /// What the process calls it.
    pub(super) path: String,
    /// The folder of the group itself.
    pub(super) folder: PathBuf,
    /// The outermost folder of the hierarchy that can be seen.
    mount: PathBuf,
    /// What the process calls that one.
    root: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    One,
    Two,
}

impl Tree {
    /// Reads `/proc/self/cgroup` and `/proc/self/mountinfo`.
    pub(super) fn find(files: &Files, out: &mut Batch) -> Option<Self> {
        let own = files.optional(Path::new("/proc/self/cgroup"), out)?;
        let mounts = files.required("/proc/self/mountinfo", out)?;
        let mounts: Vec<Mount> = mounts.as_str().lines().filter_map(Mount::parse).collect();
        let mut groups = Vec::new();
        for line in own.as_str().lines() {
            let mut parts = line.splitn(3, ':');
            let (Some(_), Some(names), Some(path)) = (parts.next(), parts.next(), parts.next()) else {
                complain(out, Path::new("/proc/self/cgroup"), "a line is not of three parts");
                continue;
            };
            let names: Vec<String> = names.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect();
            let Some((mount, folder)) = best(&mounts, &names, path, files) else { continue };
            let version = if names.is_empty() { Version::Two } else { Version::One };
            let controllers = if names.is_empty() { Controllers::Unified } else { Controllers::Named(names) };
            let (point, root) = (mount.point.clone(), mount.root.clone());
            groups.push((controllers, Group { version, path: path.to_owned(), folder, mount: point, root }));
        }
        Some(Self { groups })
    }

    /// The group that has this controller: of version 1 if one says so, else of version 2.
    pub(super) fn group(&self, controller: &str) -> Option<&Group> {
        let named = self.groups.iter().find(|(controllers, _)| match controllers {
            Controllers::Named(names) => names.iter().any(|name| name == controller),
            Controllers::Unified => false,
        });
        named.map(|(_, group)| group).or_else(|| self.unified())
    }

    /// The group of version 2.
    pub(super) fn unified(&self) -> Option<&Group> {
        self.groups.iter().find(|(_, group)| group.version == Version::Two).map(|(_, group)| group)
    }
}

impl Group {
    /// The folders from the group's own to the outermost one.
    pub(super) fn upwards(&self) -> impl Iterator<Item = &Path> {
        self.folder.ancestors().take_while(|folder| folder.starts_with(&self.mount))
    }

    /// What the process calls one of these folders.
    pub(super) fn name(&self, folder: &Path) -> String {
        let inside = folder.strip_prefix(&self.mount).unwrap_or(folder);
        let root = Path::new(&self.root);
        // Nothing that is joined would be a slash at the end.
        if inside.as_os_str().is_empty() { self.root.clone() } else { root.join(inside).display().to_string() }
    }

    /// Whether it is the group of all processes, which has no files of what groups may have.
    pub(super) fn is_root(&self, files: &Files) -> bool {
        let has = |file: &str| files.path(&self.folder.join(file)).exists();
        !["cgroup.type", "cgroup.events", "cpu.max", "memory.max"].into_iter().any(has)
    }
}

/// A place where groups can be seen.
struct Mount {
    /// The group that is seen there.
    root: String,
    point: PathBuf,
    /// The controllers of version 1; `None` for version 2.
    controllers: Option<Vec<String>>,
}

impl Mount {
    /// A line of `mountinfo`, if it is of control groups.
    fn parse(line: &str) -> Option<Self> {
        let (left, right) = line.split_once(" - ")?;
        let mut left = left.split(' ').skip(3);
        let (root, point) = (left.next()?, left.next()?);
        let mut right = right.split(' ');
        let controllers = match right.next()? {
            "cgroup2" => None,
            "cgroup" => Some(right.nth(1)?.split(',').map(str::to_owned).collect()),
            _ => return None,
        };
        Some(Self { root: plain(root), point: PathBuf::from(plain(point)), controllers })
    }

    /// Whether it is of the hierarchy with these controllers; none are those of version 2.
    fn is_of(&self, names: &[String]) -> bool {
        match &self.controllers {
            None => names.is_empty(),
            Some(controllers) => !names.is_empty() && names.iter().all(|name| controllers.contains(name)),
        }
    }

    /// The folder of a group, if this mount shows groups around it; and whether it is that of the group itself. It is the
    /// outermost one if the group cannot be seen here, as in a container that sees its own group alone but is told its
    /// place on the host.
    fn folder(&self, path: &str, files: &Files) -> Option<(PathBuf, bool)> {
        let inside = match self.root.as_str() {
            "/" => Some(path),
            root => path.strip_prefix(root).filter(|rest| rest.is_empty() || rest.starts_with('/')),
        };
        let inside = inside?.trim_start_matches('/');
        let is_plain = !inside.split('/').any(|part| part == "..");
        let folder = self.point.join(inside);
        let is_there = is_plain && files.path(&folder).is_dir();
        Some(if is_there { (folder, true) } else { (self.point.clone(), false) })
    }
}

/// The mount of these controllers that has the group, and its folder there; of several the one that shows most of what is
/// around it. Without one, a mount that shows something around the group.
fn best<'m>(mounts: &'m [Mount], names: &[String], path: &str, files: &Files) -> Option<(&'m Mount, PathBuf)> {
    let of_it = mounts.iter().filter(|mount| mount.is_of(names));
    let folders = of_it.filter_map(|mount| mount.folder(path, files).map(|(folder, is_own)| (mount, folder, is_own)));
    // Of those that are alike, the first one.
    let best = folders.min_by_key(|(mount, _, is_own)| (!is_own, mount.root.len()));
    best.map(|(mount, folder, _)| (mount, folder))
}

/// A path of `mountinfo`, which writes spaces and the like in octal.
fn plain(path: &str) -> String {
    let bytes = path.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let digits = bytes.get(at + 1..at + 4).filter(|_| bytes[at] == b'\\');
        let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        let decoded = digits.and_then(|digits| u8::from_str_radix(digits, 8).ok());
        plain.push(decoded.unwrap_or(bytes[at]));
        at += if decoded.is_some() { 4 } else { 1 };
    }
    String::from_utf8_lossy(&plain).into_owned()
}
