//! Ways out: `return`, `?`, `break`, `continue`, panics, `let else`.

use crate::{body::Body, scope::Ty};

impl Body {
    /// A way out under a condition.
    pub(super) fn left(&mut self) -> bool {
        let condition = self.condition();
        let before = self.scope.states();
        let outer = self.scope.len();
        self.open(format!("if {condition} {{"));
        if self.random.percent(30) {
            self.changed();
        }
        if self.random.percent(20) {
            self.moved();
        }
        self.leave();
        self.scope.truncate(outer);
        self.close("}");
        self.scope.restore(&before);
        true
    }

    /// Leaves; what follows is not reached.
    pub(super) fn leave(&mut self) -> bool {
        let id = self.id();
        let line = match (self.random.below(5), self.labels.last().cloned()) {
            (0, _) => format!("panic!(\"p{id} {{}}\", {});", self.seen()),
            (1, Some((label, true))) if !label.is_empty() => format!("continue {label};"),
            (1, Some((_, true))) => "continue;".to_owned(),
            (2, Some((label, _))) if !label.is_empty() => format!("break {label};"),
            (2, _) if self.labels.len() > 1 && !self.labels[0].0.is_empty() => format!("break {};", self.labels[0].0),
            _ if self.can_return => {
                let floor = std::mem::replace(&mut self.scope.floor, 0);
                let value = self.value();
                self.scope.floor = floor;
                format!("return {value};")
            }
            _ => format!("panic!(\"p{id}\");"),
        };
        self.line(line);
        true
    }

    /// A value that may not be there, and what then.
    pub(super) fn asked(&mut self) -> bool {
        let (id, condition, name) = (self.id(), self.condition(), self.name());
        let (line, ty) = match self.random.below(10) {
            0 => (format!("let {name} = optional({condition}, {id}).expect(\"some {id}\");"), Ty::D),
            1 => (format!("let {name} = fail({condition}, {id}).unwrap();"), Ty::Number),
            2 => (format!("let {name} = [1, 2, 3][n as usize] - 1;"), Ty::Number),
            3 => (format!("let {name} = 2 - n;"), Ty::Number),
            4 => (format!("assert_ne!(n, {}, \"message {id}\"); let {name} = D::new({id});", id % 5), Ty::D),
            5 | 6 => return self.or_else(),
            _ if self.returned.is_result() && self.can_return => {
                (format!("let {name} = fail_with({condition}, {id})?;"), Ty::D)
            }
            _ if self.returned.is_option() && self.can_return => {
                (format!("let {name} = optional({condition}, {id})?;"), Ty::D)
            }
            _ => return self.or_else(),
        };
        self.line(line);
        self.scope.declare(name, ty, false);
        true
    }

    fn or_else(&mut self) -> bool {
        let (id, condition, name) = (self.id(), self.condition(), self.name());
        let (pattern, ty) = match self.random.below(3) {
            0 => (format!("Some({name}) = D::new({id}).number({condition})"), Ty::Number),
            1 => (format!("Ok({name}) = fail_with({condition}, {id})"), Ty::D),
            _ => (format!("Some({name}) = optional({condition}, {id})"), Ty::D),
        };
        let before = self.scope.states();
        self.open(format!("let {pattern} else {{"));
        self.leave();
        self.close("};");
        self.scope.restore(&before);
        self.scope.declare(name, ty, false);
        true
    }
}
