//! Writes the body of a function: statements of all kinds that compile, in an order of chance.

mod branches;
mod closures;
mod leaving;
mod loops;
mod moves;
mod tails;
mod values;
mod waiting;

use crate::{
    random::Random,
    returned::Returned,
    scope::{Scope, Ty},
};

/// A body while it is written.
pub(crate) struct Body {
    pub(crate) random: Random,
    pub(crate) scope: Scope,
    pub(crate) returned: Returned,
    /// Whether it can wait.
    pub(crate) is_async: bool,
    /// Whether a `return` returns what the function returns.
    pub(crate) can_return: bool,
    /// Whether the signature says what the last expression is.
    pub(crate) coerces: bool,
    lines: Vec<String>,
    indent: usize,
    ids: usize,
    /// The labels around, innermost last, and whether each is one of a loop.
    labels: Vec<(String, bool)>,
    /// How many statements may follow.
    budget: usize,
}

/// A block behind a condition or a pattern, with the variables of the pattern.
struct Arm {
    opening: String,
    vars: Vec<(String, Ty)>,
}

impl Arm {
    fn new(opening: impl Into<String>) -> Self {
        Self { opening: opening.into(), vars: Vec::new() }
    }

    fn with(opening: impl Into<String>, name: &str, ty: Ty) -> Self {
        Self { opening: opening.into(), vars: vec![(name.to_owned(), ty)] }
    }
}

/// Names that variables share, so that they shadow each other.
const NAMES: [&str; 6] = ["a", "b", "c", "x", "y", "z"];

impl Body {
    pub(crate) fn new(random: Random, scope: Scope, returned: Returned) -> Self {
        Self {
            random,
            scope,
            returned,
            is_async: false,
            can_return: true,
            coerces: true,
            lines: Vec::new(),
            indent: 1,
            ids: 0,
            labels: Vec::new(),
            budget: 0,
        }
    }

    pub(crate) fn into_lines(self) -> Vec<String> {
        self.lines
    }

    /// Statements, about as many as are told.
    pub(crate) fn statements(&mut self, budget: usize) {
        self.budget = budget;
        while self.budget > 0 {
            self.statement();
        }
    }

    fn statement(&mut self) {
        self.budget = self.budget.saturating_sub(1);
        let written = match self.random.below(if self.is_async { 30 } else { 26 }) {
            0 | 1 => self.local(),
            2 => self.ignored(),
            3 | 4 => self.looked_at(),
            5..=7 => self.changed(),
            8..=10 => self.moved(),
            11 => self.taken_apart(),
            12 => self.by_reference(),
            13 => self.late(),
            14 | 15 => self.condition_block(),
            16 => self.matched(),
            17 => self.if_let(),
            18 => self.repeated(),
            19 | 20 => self.closure(),
            21 | 22 => self.left(),
            23 => self.asked(),
            24 => self.item(),
            25 => self.block_of_its_own(),
            _ => self.waited(),
        };
        if !written {
            self.looked_at();
        }
    }

    pub(crate) fn line(&mut self, line: impl AsRef<str>) {
        self.lines.push(format!("{}{}", "    ".repeat(self.indent), line.as_ref()));
    }

    pub(crate) fn open(&mut self, line: impl AsRef<str>) {
        self.line(line);
        self.indent += 1;
    }

    pub(crate) fn close(&mut self, line: impl AsRef<str>) {
        self.indent -= 1;
        self.line(line);
    }

    /// A number that is in no other place of the function.
    pub(crate) fn id(&mut self) -> usize {
        self.ids += 1;
        self.ids
    }

    fn name(&mut self) -> &'static str {
        self.random.pick(&NAMES)
    }

    fn maybe_mut(&mut self) -> (&'static str, bool) {
        if self.random.percent(50) { ("mut ", true) } else { ("", false) }
    }

    /// Statements in the block that has been opened, and how it ends; whether it is always left by another way.
    fn inside(&mut self, vars: &[(String, Ty)]) -> bool {
        let outer = self.scope.len();
        for (name, ty) in vars {
            self.scope.declare(name, *ty, false);
        }
        let count = self.random.below(3).min(self.budget);
        for _ in 0..count {
            self.statement();
        }
        let diverges = self.random.percent(15) && self.leave();
        self.scope.truncate(outer);
        diverges
    }

    /// Blocks of which one runs at most, or exactly one.
    fn arms(&mut self, arms: &[Arm], is_exhaustive: bool, between: &str) {
        let before = self.scope.states();
        let mut after = (!is_exhaustive).then(|| before.clone());
        for (at, arm) in arms.iter().enumerate() {
            self.scope.restore(&before);
            if at > 0 && between == "} " {
                self.indent -= 1;
                self.open(format!("}} {}", arm.opening));
            } else {
                self.open(&arm.opening);
            }
            let diverges = self.inside(&arm.vars);
            if between != "} " {
                self.close("}");
            }
            if !diverges {
                if let Some(after) = &after {
                    self.scope.merge(after);
                }
                after = Some(self.scope.states());
            }
        }
        if between == "} " {
            self.close("}");
        }
        self.scope.restore(&after.unwrap_or(before));
    }

    /// Statements that may run any number of times, or be left in the middle.
    fn repeated_inside(&mut self, label: &str, is_loop: bool, vars: &[(String, Ty)]) {
        let before = self.scope.states();
        let floor = self.scope.floor;
        if is_loop {
            self.scope.floor = self.scope.len();
        }
        self.labels.push((label.to_owned(), is_loop));
        self.inside(vars);
        self.labels.pop();
        self.scope.floor = floor;
        self.scope.merge(&before);
    }
}
