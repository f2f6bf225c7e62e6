//! Loops of each kind and blocks with labels.

use crate::{
    body::Body,
    scope::{Ty, Var},
};

impl Body {
    pub(super) fn repeated(&mut self) -> bool {
        if self.labels.len() > 1 {
            return false;
        }
        let id = self.id();
        let label = format!("'l{id}");
        match self.random.below(6) {
            0 => {
                self.open(format!("{label}: for i{id} in 0..n {{"));
                self.repeated_inside(&label, true, &[(format!("i{id}"), Ty::Number)]);
                self.close("}");
            }
            1 => {
                self.line(format!("let mut k{id} = 0;"));
                self.open(format!("{label}: while k{id} < D::new({id}).v() % 3 {{"));
                self.line(format!("k{id} += 1;"));
                self.repeated_inside(&label, true, &[]);
                self.close("}");
            }
            2 => return self.popped(&label),
            3 => {
                let number = self.number();
                self.open(format!("{label}: {{"));
                self.repeated_inside(&label, false, &[]);
                self.line(format!("if {number} > 3 {{ break {label}; }}"));
                self.line("at();");
                self.close("}");
            }
            4 => {
                let (value, other) = (self.number(), self.d());
                self.line(format!("let looped{id} = {label}: loop {{ if {value} > 2 {{ break {label} {other}; }} break D::new({id}); }};"));
            }
            _ => {
                let condition = self.condition();
                self.line(format!("let mut k{id} = 0;"));
                self.open(format!("{label}: loop {{"));
                self.line(format!("k{id} += 1;"));
                self.line(format!("if k{id} > 2 || {condition} {{ break; }}"));
                self.repeated_inside(&label, true, &[]);
                self.close("}");
            }
        }
        true
    }

    /// All values out of a vector, while it can be used for nothing else.
    fn popped(&mut self, label: &str) -> bool {
        let wanted = |var: &Var| matches!(var.ty, Ty::Many | Ty::MutMany) && var.is_changeable() && var.name != "kept";
        let Some(at) = self.scope.pick(&mut self.random, wanted) else { return false };
        let (p, name) = (self.scope.var(at).name.clone(), self.name());
        let states = self.scope.states();
        self.scope.moved_whole(at);
        self.open(format!("{label}: while let Some({name}) = {p}.pop() {{"));
        self.repeated_inside(label, true, &[(name.to_owned(), Ty::D)]);
        self.close("}");
        let after = self.scope.states();
        self.scope.restore(&states);
        self.scope.merge_others(&after, at);
        true
    }
}
