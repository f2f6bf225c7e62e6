//! What only a body that is a future can do.

use crate::{
    body::{Body, values::see},
    scope::{Ty, Var},
};

impl Body {
    pub(super) fn waited(&mut self) -> bool {
        let (id, name) = (self.id(), self.name());
        match self.random.below(9) {
            0..=2 => self.line(format!("pause({id}).await;")),
            3 => {
                self.line(format!("let {name} = give(D::new({id})).await;"));
                self.scope.declare(name, Ty::D, false);
            }
            4 => {
                let wanted = |var: &Var| var.ty == Ty::Mut || (var.ty == Ty::D && var.mutable);
                let Some(at) = self.scope.pick(&mut self.random, wanted) else { return false };
                let var = self.scope.var(at);
                let borrow = if var.ty == Ty::Mut { "" } else { "&mut " };
                self.line(format!("lend({borrow}{}).await;", var.name));
            }
            5 => self.line(format!("sum(&D::new({id}), pause_for({id}).await);")),
            6 => self.line(format!("let _both{id} = (D::new({id}), pause_for({id}).await);")),
            7 => {
                let seen = self.seen();
                self.line(format!("let made{id} = async {{ pause({id}).await; {seen} }};"));
                self.line(format!("made{id}.await;"));
            }
            _ => {
                let Some(at) = self.scope.pick_moved(&mut self.random, |var| var.ty == Ty::D) else { return false };
                let seen = see(self.scope.var(at));
                self.scope.moved_whole(at);
                self.line(format!("let made{id} = async move {{ pause({id}).await; {seen} }};"));
                if self.random.percent(70) {
                    self.line(format!("made{id}.await;"));
                }
            }
        }
        true
    }
}
