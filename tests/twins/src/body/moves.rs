//! What is ignored, looked at, changed, moved, taken apart, bound by reference or initialized late.

use crate::{
    body::{Arm, Body},
    scope::{Ty, Var},
};

impl Body {
    /// Values that are dropped at once, or that only seem to be.
    pub(super) fn ignored(&mut self) -> bool {
        let id = self.id();
        let line = match self.random.below(7) {
            0 => format!("let _ = D::new({id});"),
            1 => format!("let _kept = D::new({id});"),
            2 => format!("D::new({id});"),
            3 => format!("_ = D::new({id});"),
            4 => format!("let _ = D::new({id}).guard().v();"),
            5 => format!("let _kept{id} = &D::new({id});"),
            _ => match self.scope.pick(&mut self.random, |var| !var.name.contains('.')) {
                Some(at) => format!("let _ = {};", self.scope.var(at).name),
                None => return false,
            },
        };
        self.line(line);
        true
    }

    pub(super) fn looked_at(&mut self) -> bool {
        let id = self.id();
        let line = match self.random.below(6) {
            0 => "at();".to_owned(),
            1 => "log(format!(\"line {}\", line!()));".to_owned(),
            2 => format!("log(format!(\"number {{}}\", {}));", self.number()),
            3 => format!("sum(&D::new({id}), {});", self.seen()),
            4 => match self.scope.pick(&mut self.random, |var| var.ty == Ty::D) {
                Some(at) => format!("{}.guard().v();", self.scope.var(at).name),
                None => "at();".to_owned(),
            },
            _ => format!("let seen{id} = {};", self.seen()),
        };
        self.line(line);
        true
    }

    pub(super) fn changed(&mut self) -> bool {
        if self.random.percent(30)
            && let Some(at) = self.scope.pick_gone(&mut self.random, |var| var.ty == Ty::D)
        {
            let (name, id) = (self.scope.var(at).name.clone(), self.id());
            self.line(format!("{name} = D::new({id});"));
            self.scope.filled(at);
            return true;
        }
        let Some(line) = self.change() else { return false };
        self.line(line);
        true
    }

    /// A variable given away.
    pub(super) fn moved(&mut self) -> bool {
        let is_moved = |var: &Var| !matches!(var.ty, Ty::Number | Ty::Ref | Ty::Mut | Ty::MutTx | Ty::MutMany);
        let Some(at) = self.scope.pick_moved(&mut self.random, is_moved) else { return false };
        let var = self.scope.var(at).clone();
        self.scope.moved(at);
        let (p, id, choice) = (&var.name, self.id(), self.random.below(6));
        match (var.ty, choice) {
            (Ty::D, 0..=2) => self.line(format!("eat({p});")),
            (Ty::D, 3) if self.is_async => self.bound(&format!("give({p}).await"), Ty::D),
            (Ty::D, 3) => self.bound(&format!("({p}, D::new({id}))"), Ty::Tuple),
            (Ty::D, 4) => self.bound(&format!("Box::new({p})"), Ty::Boxed),
            (Ty::Boxed, 0..=2) => self.line(format!("eat(*{p});")),
            (Ty::Boxed, 3) => self.bound(&format!("*{p}"), Ty::D),
            (Ty::Like, _) => self.line(format!("{p}.eaten();")),
            (Ty::Text, _) => self.line(format!("eat_text({p});")),
            (Ty::Optional, 0..=3) => {
                let name = self.name();
                let arms = [Arm::with(format!("if let Some({name}) = {p} {{"), name, Ty::D), Arm::new("else {")];
                self.arms(&arms, true, "} ");
            }
            (Ty::Many, 0..=3) => {
                let name = self.name();
                self.open(format!("for {name} in {p} {{"));
                self.repeated_inside("", true, &[(name.to_owned(), Ty::D)]);
                self.close("}");
            }
            (Ty::Shape, 0..=3) => self.shape(p),
            (_, 5) => self.line(format!("drop({p});")),
            (ty, _) => self.bound(p, ty),
        }
        true
    }

    fn bound(&mut self, value: &str, ty: Ty) {
        let (name, (word, mutable)) = (self.name(), self.maybe_mut());
        self.line(format!("let {word}{name} = {value};"));
        self.scope.declare(name, ty, mutable);
        if ty == Ty::Own {
            // Its methods are not all functions', and `self` is where they find it.
            self.scope.moved(self.scope.len() - 1);
        }
    }

    fn shape(&mut self, scrutinee: &str) {
        let name = self.name();
        self.open(format!("match {scrutinee} {{"));
        let arms = [
            Arm::with(format!("Shape::A({name}) => {{"), name, Ty::D),
            Arm::with(format!("Shape::B {{ x: {name}, .. }} => {{"), name, Ty::D),
            Arm::new("Shape::C => {"),
        ];
        self.arms(&arms, true, "");
        self.close("}");
    }

    /// A pair or a tuple by a pattern, which may leave a part where it is.
    pub(super) fn taken_apart(&mut self) -> bool {
        let wanted = |var: &Var| matches!(var.ty, Ty::Pair | Ty::Tuple);
        let Some(at) = self.scope.pick_moved(&mut self.random, wanted) else { return false };
        let var = self.scope.var(at).clone();
        let p = &var.name;
        let ([one, two], id) = (["one", "two"], self.id());
        let mut declare = |name: &str, ty| self.scope.declare(name, ty, false);
        let choice = self.random.below(5);
        let line = match (var.ty, choice) {
            (Ty::Pair, 0) => {
                declare(one, Ty::D);
                format!("let Pair {{ a: {one}, .. }} = {p};")
            }
            (Ty::Pair, 1) => {
                declare(one, Ty::D);
                declare(two, Ty::Number);
                format!("let Pair {{ b: {one}, n: {two}, a: _ }} = {p};")
            }
            (Ty::Pair, 2) => {
                declare(one, Ty::D);
                format!("let Pair {{ a: ref r{id}, b: {one}, .. }} = {p}; r{id}.v();")
            }
            (Ty::Pair, _) => {
                declare(one, Ty::Pair);
                format!("let {one} = Pair {{ a: D::new({id}), ..{p} }};")
            }
            (_, 0) => {
                declare(one, Ty::D);
                format!("let ({one}, _) = {p};")
            }
            (_, 1) => {
                declare(one, Ty::D);
                declare(two, Ty::D);
                format!("let ({one}, {two}) = {p};")
            }
            (_, 2) => {
                declare(one, Ty::D);
                format!("let ({one}, ref r{id}) = {p}; r{id}.v();")
            }
            _ => {
                declare(one, Ty::Tuple);
                format!("let {one} @ (_, _) = {p};")
            }
        };
        self.line(line);
        self.scope.moved(at);
        true
    }

    /// `ref` and `ref mut`, within a block.
    pub(super) fn by_reference(&mut self) -> bool {
        let Some(at) = self.scope.pick(&mut self.random, |var| matches!(var.ty, Ty::D | Ty::Optional | Ty::Shape))
        else {
            return false;
        };
        let var = self.scope.var(at).clone();
        let (p, id) = (&var.name, self.id());
        let line = match (var.ty, var.mutable) {
            (Ty::D, true) => format!("{{ let ref mut r = {p}; r.set({id}); r.v(); }}"),
            (Ty::D, false) => format!("{{ let ref r = {p}; r.v(); }}"),
            (Ty::Optional, true) => format!("match {p} {{ Some(ref mut r) => r.set({id}), None => at() }}"),
            (Ty::Optional, false) => format!("if let Some(ref r) = {p} {{ r.v(); }}"),
            (_, true) => format!("if let Shape::B {{ ref mut y, .. }} = {p} {{ *y += 1; }}"),
            (_, false) => {
                format!("match {p} {{ Shape::A(ref r) | Shape::B {{ x: ref r, .. }} => {{ r.v(); }} _ => {{}} }}")
            }
        };
        self.line(line);
        true
    }

    /// A variable that gets its value later, on some ways or on all.
    pub(super) fn late(&mut self) -> bool {
        let (id, name, condition) = (self.id(), self.name(), self.condition());
        if self.random.percent(50) {
            self.line(format!("let {name};"));
            self.line(format!("if {condition} {{ {name} = D::new({id}) }} else {{ {name} = D::new({id}1) }}"));
            self.scope.declare(name, Ty::D, false);
        } else {
            self.line(format!("let {name}: D;"));
            self.line(format!("if {condition} {{ {name} = D::new({id}); {name}.v(); }}"));
            self.scope.declare(name, Ty::D, false);
            self.scope.moved(self.scope.len() - 1);
        }
        true
    }

    /// What stands in a body and is none of its statements.
    pub(super) fn item(&mut self) -> bool {
        let (id, seen) = (self.id(), self.seen());
        match self.random.below(6) {
            0 => {
                self.line(format!("fn inner{id}(d: D) -> u32 {{ at(); d.v() }}"));
                self.line(format!("inner{id}(D::new({id}));"));
            }
            1 => {
                self.line(format!("const K{id}: u32 = {id};"));
                self.line(format!("log(format!(\"{{}}\", K{id} + {seen}));"));
            }
            2 => {
                self.line(format!("macro_rules! twice{id} {{ ($value:expr) => {{ $value + $value }}; }}"));
                self.line(format!("let doubled{id} = twice{id}!({seen});"));
            }
            3 => {
                self.line(format!(
                    "struct Local{id}(D); impl Drop for Local{id} {{ fn drop(&mut self) {{ self.0.set(9); }} }}"
                ));
                self.line(format!("let _local{id} = Local{id}(D::new({id}));"));
            }
            4 => {
                self.line("use tachometer_twins::Shape::*;");
                self.line(format!("if let A(taken) = Shape::new({id}, n) {{ eat(taken); }}"));
            }
            _ => self.line(format!("static S{id}: u32 = {id}; log(format!(\"{{}}\", S{id}));")),
        }
        true
    }

    pub(super) fn block_of_its_own(&mut self) -> bool {
        let opening = self.random.pick(&["{", "{", "unsafe {"]);
        self.open(opening);
        self.inside(&[]);
        self.close("}");
        true
    }
}
