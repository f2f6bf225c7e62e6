//! `if`, `if let` and `match`, with temporaries in what they look at.

use crate::{
    body::{Arm, Body},
    scope::{Ty, Var},
};

impl Body {
    pub(super) fn condition_block(&mut self) -> bool {
        let id = self.id();
        let condition = match self.random.below(4) {
            0 => format!("D::new({id}).v() > 3 && {}", self.condition()),
            _ => self.condition(),
        };
        let mut arms = vec![Arm::new(format!("if {condition} {{"))];
        let ways = self.random.below(3);
        if ways > 1 {
            arms.push(Arm::new(format!("else if {} {{", self.condition())));
        }
        if ways > 0 {
            arms.push(Arm::new("else {"));
        }
        self.arms(&arms, ways > 0, "} ");
        true
    }

    pub(super) fn matched(&mut self) -> bool {
        if self.random.percent(40) {
            return self.matched_by_reference();
        }
        let (number, k) = (self.number(), format!("k{}", self.id()));
        self.open(format!("match {number} % 5 {{"));
        let guard = self.condition();
        let arms = [
            Arm::new("0 => {"),
            Arm::new(format!("1 | 2 if {guard} => {{")),
            Arm::with(format!("{k} @ 2..=3 => {{"), &k, Ty::Number),
            Arm::new("_ => {"),
        ];
        self.arms(&arms, true, "");
        self.close("}");
        true
    }

    fn matched_by_reference(&mut self) -> bool {
        let wanted = |var: &Var| var.ty == Ty::Optional || var.ty == Ty::Shape;
        let Some(at) = self.scope.pick(&mut self.random, wanted) else { return false };
        let var = self.scope.var(at).clone();
        let (p, id) = (&var.name, self.id());
        // While it is borrowed it is not for the arms.
        let states = self.scope.states();
        self.scope.moved_whole(at);
        if var.ty == Ty::Optional {
            self.open(format!("match {p}.as_ref() {{"));
            let some = format!("Some(r{id}) => {{");
            self.arms(&[Arm::with(some, &format!("r{id}"), Ty::Ref), Arm::new("None => {")], true, "");
        } else {
            self.open(format!("match &{p} {{"));
            let b = format!("Shape::B {{ x: r{id}, y: _ }} => {{");
            self.arms(&[Arm::with(b, &format!("r{id}"), Ty::Ref), Arm::new("_ => {")], true, "");
        }
        self.close("}");
        let after = self.scope.states();
        self.scope.restore(&states);
        self.scope.merge_others(&after, at);
        true
    }

    pub(super) fn if_let(&mut self) -> bool {
        let (id, condition, name) = (self.id(), self.condition(), self.name());
        let (opening, ty) = match self.random.below(5) {
            0 => (format!("if let Some({name}) = D::new({id}).number({condition}) {{"), Ty::Number),
            1 => (format!("if let Some({name}) = D::new({id}).lent({condition}) {{"), Ty::Ref),
            2 => (format!("if let Ok({name}) = fail_with({condition}, {id}) {{"), Ty::D),
            3 => (format!("if let Err(E(e{id})) = fail(D::new({id}).v() > 2, {id}).as_ref() {{"), Ty::Optional),
            _ => (format!("if let Some({name}) = optional({condition}, {id}) {{"), Ty::D),
        };
        let first = if ty == Ty::Optional { Arm::new(opening) } else { Arm::with(opening, name, ty) };
        let mut arms = vec![first];
        let is_exhaustive = self.random.percent(60);
        if is_exhaustive {
            arms.push(Arm::new("else {"));
        }
        self.arms(&arms, is_exhaustive, "} ");
        true
    }
}
