//! Which variables a statement can use, and how: what the borrow checker will allow, told more strictly.

use crate::random::Random;

/// The types of variables.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Ty {
    Number,
    D,
    Like,
    Optional,
    Pair,
    Tuple,
    Tx,
    /// The type that methods belong to, and that has the fields of a `Tx`.
    Own,
    Packed,
    Bits,
    Shape,
    Boxed,
    Many,
    Text,
    Ref,
    Mut,
    MutTx,
    MutMany,
}

/// A variable, or a field of one.
#[derive(Clone)]
pub(crate) struct Var {
    pub(crate) name: String,
    pub(crate) ty: Ty,
    pub(crate) mutable: bool,
    pub(crate) movable: bool,
    /// Whether it outlives the temporaries of the last expression.
    pub(crate) is_parameter: bool,
    live: bool,
    declaration: usize,
}

impl Var {
    fn root(&self) -> &str {
        self.name.split('.').next().unwrap_or_default()
    }

    fn is_part_of(&self, other: &Self) -> bool {
        let rest = self.name.strip_prefix(other.name.as_str());
        self.declaration == other.declaration && rest.is_some_and(|rest| rest.starts_with('.'))
    }

    /// Whether it can be assigned to, or be changed by what it borrows.
    pub(crate) fn is_changeable(&self) -> bool {
        match self.ty {
            Ty::Mut | Ty::MutTx | Ty::MutMany => true,
            Ty::Ref | Ty::Like | Ty::Pair | Ty::Tuple => false,
            _ => self.mutable,
        }
    }
}

/// All variables that are declared, the innermost last.
#[derive(Default)]
pub(crate) struct Scope {
    vars: Vec<Var>,
    declarations: usize,
    /// What stands before this place is outside of a loop, and must not be moved.
    pub(crate) floor: usize,
    /// Whether `self` is a box, which is captured as a whole.
    pub(crate) is_boxed: bool,
}

impl Scope {
    pub(crate) fn declare(&mut self, name: &str, ty: Ty, mutable: bool) {
        self.add(name, ty, mutable, true, false);
    }

    /// Declares a variable and its fields.
    pub(crate) fn add(&mut self, name: &str, ty: Ty, mutable: bool, movable: bool, is_parameter: bool) {
        self.declarations += 1;
        self.part(name, ty, mutable, movable, is_parameter);
    }

    /// Adds a field to what has been declared last.
    pub(crate) fn part(&mut self, name: &str, ty: Ty, mutable: bool, movable: bool, is_parameter: bool) {
        let declaration = self.declarations;
        self.vars.push(Var { name: name.to_owned(), ty, mutable, movable, is_parameter, live: true, declaration });
        let fields: &[(&str, Ty)] = match ty {
            Ty::Pair => &[("a", Ty::D), ("b", Ty::D), ("n", Ty::Number)],
            Ty::Tuple => &[("0", Ty::D), ("1", Ty::D)],
            _ => &[],
        };
        for (field, ty) in fields {
            self.part(&format!("{name}.{field}"), *ty, mutable, movable, is_parameter);
        }
    }

    /// One of the variables that can be used and are as wanted.
    pub(crate) fn pick(&self, random: &mut Random, wanted: impl Fn(&Var) -> bool) -> Option<usize> {
        let found: Vec<usize> = self.usable().filter(|&at| self.vars[at].live && wanted(&self.vars[at])).collect();
        (!found.is_empty()).then(|| random.pick(&found))
    }

    /// One that can be moved.
    pub(crate) fn pick_moved(&self, random: &mut Random, wanted: impl Fn(&Var) -> bool) -> Option<usize> {
        let is_inside: Vec<usize> = (self.floor..self.vars.len()).collect();
        let usable: Vec<usize> = self.usable().filter(|at| is_inside.contains(at)).collect();
        let is_free = |at: usize| self.vars[at].live && self.vars[at].movable && wanted(&self.vars[at]);
        let found: Vec<usize> = usable.into_iter().filter(|&at| is_free(at)).collect();
        (!found.is_empty()).then(|| random.pick(&found))
    }

    /// One that was moved away and can be given a value again.
    pub(crate) fn pick_gone(&self, random: &mut Random, wanted: impl Fn(&Var) -> bool) -> Option<usize> {
        let is_whole = |var: &Var| !var.name.contains('.') && !var.live && var.mutable && var.movable;
        let found: Vec<usize> =
            self.usable().filter(|&at| is_whole(&self.vars[at]) && wanted(&self.vars[at])).collect();
        (!found.is_empty()).then(|| random.pick(&found))
    }

    /// Those that nothing shadows.
    fn usable(&self) -> impl Iterator<Item = usize> {
        let is_shadowed = |at: usize| {
            let var = &self.vars[at];
            let mut later = self.vars[at + 1..].iter();
            later.any(|other| other.declaration != var.declaration && other.root() == var.root())
        };
        (0..self.vars.len()).filter(move |&at| !is_shadowed(at))
    }

    pub(crate) fn var(&self, at: usize) -> &Var {
        &self.vars[at]
    }

    /// Moves a variable away: its fields are gone, and what it is a field of is no longer whole.
    pub(crate) fn moved(&mut self, at: usize) {
        self.set(at, false);
    }

    pub(crate) fn filled(&mut self, at: usize) {
        self.set(at, true);
    }

    fn set(&mut self, at: usize, live: bool) {
        let moved = self.vars[at].clone();
        for var in &mut self.vars {
            if var.is_part_of(&moved) || (!live && moved.is_part_of(var)) {
                var.live = live;
            }
        }
        self.vars[at].live = live;
        if self.is_boxed && !live && moved.root() == "self" {
            self.moved_whole(at);
        }
    }

    /// What is written next captures what has a value; what has none cannot be given one there.
    pub(crate) fn seal(&mut self) {
        self.vars.iter_mut().filter(|var| !var.live).for_each(|var| var.mutable = false);
    }

    /// Moves away all of the variable that this one is a part of.
    pub(crate) fn moved_whole(&mut self, at: usize) {
        let declaration = self.vars[at].declaration;
        self.vars.iter_mut().filter(|var| var.declaration == declaration).for_each(|var| var.live = false);
    }

    pub(crate) fn len(&self) -> usize {
        self.vars.len()
    }

    /// Leaves a block.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.vars.truncate(len);
    }

    /// Which variables have values.
    pub(crate) fn states(&self) -> Vec<bool> {
        self.vars.iter().map(|var| var.live).collect()
    }

    pub(crate) fn restore(&mut self, states: &[bool]) {
        self.vars.iter_mut().zip(states).for_each(|(var, live)| var.live = *live);
    }

    /// Two ways have led here: what is gone on one of them is gone.
    pub(crate) fn merge(&mut self, states: &[bool]) {
        self.vars.iter_mut().zip(states).for_each(|(var, live)| var.live &= *live);
    }

    /// The same, but for one variable that was only borrowed.
    pub(crate) fn merge_others(&mut self, states: &[bool], borrowed: usize) {
        let declaration = self.vars[borrowed].declaration;
        let others = self.vars.iter_mut().zip(states).filter(|(var, _)| var.declaration != declaration);
        others.for_each(|(var, live)| var.live &= *live);
    }
}
