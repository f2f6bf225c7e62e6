//! How a body ends: its last expression, whose temporaries live longer than its variables, or not.

use crate::{
    body::Body,
    returned::Returned,
    scope::{Ty, Var},
};

impl Body {
    pub(crate) fn tail(&mut self) {
        let id = self.id();
        match self.random.below(14) {
            0 => {
                let condition = self.condition();
                self.branches(&format!("if {condition} {{"));
            }
            1 => {
                let condition = self.condition();
                self.branches(&format!("if let Some(k{id}) = D::new({id}).number({condition}) {{"));
            }
            2 => {
                let condition = self.condition();
                self.branches(&format!("if let Some(r{id}) = D::new({id}).lent({condition}) {{"));
            }
            3 => self.match_tail(id),
            4 => {
                self.open("{");
                self.statement();
                self.line(format!("let t{id} = D::new({id});"));
                self.last();
                self.close("}");
            }
            5 => {
                let condition = self.condition();
                let states = self.scope.states();
                let early = self.value();
                self.scope.restore(&states);
                self.open(format!("'t{id}: {{"));
                self.line(format!("if {condition} {{ break 't{id} {early}; }}"));
                self.last();
                self.close("}");
            }
            6 => {
                let value = self.value();
                self.line(format!("return {value};"));
            }
            7 => {
                let value = self.value();
                self.line(format!("return {value}"));
            }
            8 => {
                let value = self.value();
                self.line(format!("loop {{ break {value}; }}"));
            }
            9 => {
                self.open("unsafe {");
                self.last();
                self.close("}");
            }
            10 if self.returned == Returned::Unit => self.line(format!("D::new({id}).set({id})")),
            10 | 11 => self.guarded(id),
            12 if self.returned == Returned::Unit => {}
            _ => self.last(),
        }
    }

    fn last(&mut self) {
        let value = self.value();
        self.line(value);
    }

    fn branches(&mut self, opening: &str) {
        let before = self.scope.states();
        self.open(opening);
        self.last();
        self.scope.restore(&before);
        self.indent -= 1;
        self.open("} else {");
        self.last();
        self.close("}");
    }

    fn match_tail(&mut self, id: usize) {
        let before = self.scope.states();
        self.open(format!("match D::new({id}).v() + n {{"));
        for pattern in ["0 | 1 =>", "2..=4 =>", "_ =>"] {
            self.scope.restore(&before);
            if self.random.percent(10) {
                self.line(format!("{pattern} panic!(\"tail {id}\"),"));
            } else {
                let value = self.value();
                self.line(format!("{pattern} {value},"));
            }
        }
        self.close("}");
    }

    /// A temporary with a destructor in the last expression, which may borrow from an argument.
    fn guarded(&mut self, id: usize) {
        let wanted = |var: &Var| var.is_parameter && matches!(var.ty, Ty::D | Ty::Ref | Ty::Mut);
        let lock = match self.scope.pick(&mut self.random, wanted) {
            Some(at) if self.random.percent(60) => format!("{}.guard().v()", self.scope.var(at).name),
            _ => format!("D::new({id}).guard().v()"),
        };
        let tail = match self.returned {
            Returned::Number | Returned::Opaque => lock,
            Returned::ResultNumber | Returned::Checked => format!("fail({lock} > 4, {id})"),
            Returned::ResultOpaque => format!("Ok({lock})"),
            Returned::OptionNumber => format!("optional_number({lock} > 4, {id})"),
            Returned::OptionD => format!("optional({lock} > 4, {id})"),
            Returned::ResultD => format!("fail_with({lock} > 4, {id})"),
            Returned::D => format!("match {lock} {{ 0 => D::new({id}1), _ => D::new({id}2) }}"),
            Returned::Unit => format!("drop({lock})"),
            _ => return self.last(),
        };
        self.line(tail);
    }
}
