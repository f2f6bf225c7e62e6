//! Closures that capture variables, whole or by their fields.

use crate::{
    body::{Body, values::see},
    scope::{Ty, Var},
};

impl Body {
    pub(super) fn closure(&mut self) -> bool {
        let id = self.id();
        match self.random.below(6) {
            0 => {
                let (seen, seen_inside) = (self.seen(), self.seen());
                self.line(format!("let f{id} = || {{ let g = || {seen_inside}; g() + {seen} }};"));
                self.line(format!("f{id}();"));
            }
            1 => return self.moving(),
            2 => return self.eating(),
            3 => {
                self.line(format!(
                    "let f{id} = |k: u32| -> Result<u32, E> {{ if k > 1 {{ return Err(E({id})); }} Ok(fail(k == 1, {id})?) }};"
                ));
                self.line(format!("if let Ok(k) = f{id}(n) {{ log(format!(\"{{k}}\")); }}"));
            }
            _ => {
                let (Some(change), Some(nested)) = (self.change(), self.change()) else { return false };
                if self.random.percent(60) {
                    self.line(format!("let mut f{id} = || {{ {change} }};"));
                } else {
                    self.line(format!("let mut f{id} = || {{ {{ let mut g = || {{ {nested} }}; g(); }} {change} }};"));
                }
                self.line(format!("f{id}();"));
            }
        }
        true
    }

    /// What is captured by value; a `Copy` variable that it changes is a copy.
    fn moving(&mut self) -> bool {
        let Some(at) = self.scope.pick_moved(&mut self.random, |var| !matches!(var.ty, Ty::Pair | Ty::Tuple)) else {
            return false;
        };
        let (var, id) = (self.scope.var(at).clone(), self.id());
        let seen = see(&var);
        if var.ty == Ty::Number && var.mutable {
            self.line(format!("let mut f{id} = move || {{ {} += 1; {seen} }};", var.name));
        } else {
            self.line(format!("let f{id} = move || {seen};"));
        }
        // A field behind a box is captured with the box.
        if !matches!(var.ty, Ty::Number | Ty::Ref) || var.name.starts_with("self.") {
            self.scope.moved_whole(at);
        }
        if self.random.percent(80) {
            self.line(format!("f{id}();"));
        }
        true
    }

    /// What is given away by a closure that can be called once.
    fn eating(&mut self) -> bool {
        let Some(at) = self.scope.pick_moved(&mut self.random, |var: &Var| var.ty == Ty::D) else { return false };
        let (name, id) = (self.scope.var(at).name.clone(), self.id());
        self.scope.moved_whole(at);
        self.line(format!("let f{id} = || eat({name});"));
        if self.random.percent(80) {
            self.line(format!("f{id}();"));
        }
        true
    }
}
