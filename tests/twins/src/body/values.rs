//! Values: how one of each type is made, looked at and changed.

use crate::{
    body::Body,
    returned::Returned,
    scope::{Ty, Var},
};

impl Body {
    pub(crate) fn condition(&mut self) -> String {
        match self.random.below(5) {
            0 => format!("n == {}", self.random.below(4)),
            1 => format!("n > {}", self.random.below(3)),
            2 => "n % 2 == 0".to_owned(),
            3 => format!("n != {}", self.random.below(4)),
            _ => "odd()".to_owned(),
        }
    }

    /// A number, looked up anywhere; its temporaries borrow nothing.
    pub(crate) fn number(&mut self) -> String {
        let id = self.id();
        match self.random.below(if self.is_async { 10 } else { 9 }) {
            0 => format!("{id}_u32"),
            1 => "n".to_owned(),
            2 => format!("D::new({id}).v()"),
            3 => format!("eat(D::new({id}))"),
            4 => format!("sum(&D::new({id}), {})", self.seen()),
            5 => format!("fail({}, {id}).unwrap_or(2)", self.condition()),
            9 => format!("pause_for({id}).await"),
            _ => self.seen(),
        }
    }

    /// What a variable shows.
    pub(crate) fn seen(&mut self) -> String {
        let found = self.scope.pick(&mut self.random, |var| !matches!(var.ty, Ty::Pair | Ty::Tuple));
        found.map_or_else(|| "n".to_owned(), |at| see(self.scope.var(at)))
    }

    /// A `D`: one that there is, or a new one.
    pub(crate) fn d(&mut self) -> String {
        if self.random.percent(50)
            && let Some(at) = self.scope.pick_moved(&mut self.random, |var| var.ty == Ty::D)
        {
            self.scope.moved(at);
            return self.scope.var(at).name.clone();
        }
        let id = self.id();
        match self.random.below(if self.is_async { 6 } else { 5 }) {
            0 => format!("Pair::new({id}).b"),
            1 => format!("if {} {{ D::new({id}) }} else {{ D::new({id}1) }}", self.condition()),
            5 => format!("give(D::new({id})).await"),
            _ => format!("D::new({id})"),
        }
    }

    /// What the function can return.
    pub(crate) fn value(&mut self) -> String {
        match self.returned {
            Returned::Unit => "()".to_owned(),
            Returned::Number | Returned::Opaque => self.number(),
            Returned::D => self.d(),
            Returned::Pair => self.pair(),
            Returned::OptionNumber => match self.random.below(4) {
                0 => "None".to_owned(),
                1 => format!("D::new({}).number({})", self.id(), self.condition()),
                2 => format!("Some(optional_number({}, {})?)", self.condition(), self.id()),
                _ => format!("Some({})", self.number()),
            },
            Returned::OptionD => match self.random.below(3) {
                0 => "None".to_owned(),
                1 => format!("optional({}, {})", self.condition(), self.id()),
                _ => format!("Some({})", self.d()),
            },
            Returned::ResultUnit | Returned::ResultOpaque if self.random.percent(30) => self.error(),
            Returned::ResultUnit => match self.random.below(3) {
                0 => format!("fail({}, {}).map(drop)", self.condition(), self.id()),
                _ => "Ok(())".to_owned(),
            },
            Returned::ResultOpaque => format!("Ok({})", self.number()),
            Returned::ResultNumber | Returned::Checked => match self.random.below(5) {
                0 => self.error(),
                1 => format!("fail({}, {})", self.condition(), self.number()),
                2 => format!("Ok(fail({}, {})?)", self.condition(), self.number()),
                _ => format!("Ok({})", self.number()),
            },
            Returned::ResultD => match self.random.below(4) {
                0 => self.error(),
                1 => format!("fail_with({}, {})", self.condition(), self.id()),
                _ => format!("Ok({})", self.d()),
            },
            Returned::Dyn => {
                let value = if self.random.percent(50) { self.d() } else { self.number() };
                format!("Box::new({value}){}", if self.coerces { "" } else { " as Box<dyn Show>" })
            }
            Returned::Ref => "&kept[0]".to_owned(),
            Returned::OptionMut if self.random.percent(30) => "None".to_owned(),
            Returned::OptionMut => "kept.first_mut()".to_owned(),
            Returned::ResultMut if self.random.percent(30) => self.error(),
            Returned::ResultMut => format!("kept.last_mut().ok_or_else(|| E({}))", self.id()),
        }
    }

    fn error(&mut self) -> String {
        if self.returned.is_opaque() {
            // What the other variant holds has to be said.
            return format!("fail(true, {})", self.id());
        }
        format!("Err(E({}))", self.id())
    }

    fn pair(&mut self) -> String {
        if let Some(at) = self.scope.pick_moved(&mut self.random, |var| var.ty == Ty::Pair) {
            self.scope.moved(at);
            return self.scope.var(at).name.clone();
        }
        let (a, b) = (self.d(), self.d());
        format!("Pair {{ a: {a}, b: {b}, n: {} }}", self.random.below(9))
    }

    /// A new variable of any type.
    pub(super) fn local(&mut self) -> bool {
        const TYPES: [Ty; 14] = [
            Ty::D,
            Ty::D,
            Ty::D,
            Ty::Number,
            Ty::Optional,
            Ty::Pair,
            Ty::Tuple,
            Ty::Tx,
            Ty::Packed,
            Ty::Bits,
            Ty::Shape,
            Ty::Boxed,
            Ty::Many,
            Ty::Text,
        ];
        let ty = self.random.pick(&TYPES);
        let value = self.new_value(ty);
        let (name, (word, mutable)) = (self.name(), self.maybe_mut());
        self.line(format!("let {word}{name} = {value};"));
        self.scope.declare(name, ty, mutable);
        true
    }

    pub(super) fn new_value(&mut self, ty: Ty) -> String {
        let id = self.id();
        match ty {
            Ty::Number => self.number(),
            Ty::D => self.d(),
            Ty::Optional => format!("optional({}, {id})", self.condition()),
            Ty::Pair => self.pair(),
            Ty::Tuple => {
                let (a, b) = (self.d(), self.d());
                format!("({a}, {b})")
            }
            Ty::Packed => format!("Packed::new({id})"),
            Ty::Bits => format!("Bits::new({id})"),
            Ty::Shape => format!("Shape::new({id}, n)"),
            Ty::Boxed => format!("Box::new({})", self.d()),
            Ty::Many => format!("vec![D::new({id}1), D::new({id}2)]"),
            Ty::Text => format!("String::from(\"t{id}\")"),
            _ => format!("Tx::new({id})"),
        }
    }

    /// A statement that changes something, if there is something.
    pub(super) fn change(&mut self) -> Option<String> {
        let at = self.scope.pick(&mut self.random, Var::is_changeable)?;
        let var = self.scope.var(at).clone();
        let (p, id) = (&var.name, self.id());
        let choice = self.random.below(3);
        Some(match (var.ty, choice) {
            (Ty::Number, 0) => format!("{p} = {id};"),
            (Ty::Number, _) => format!("{p} += {id};"),
            (Ty::D, 0) => format!("{p} = D::new({id});"),
            (Ty::D | Ty::Mut | Ty::Boxed, 1 | 2) => format!("{p}.set({id});"),
            (Ty::Mut | Ty::Boxed, _) => format!("*{p} = D::new({id});"),
            (Ty::Optional, 0) => format!("{p} = None;"),
            (Ty::Optional, 1) => format!("{p}.take();"),
            (Ty::Optional, _) => format!("{p} = Some(D::new({id}));"),
            (Ty::Shape, _) => format!("{p} = Shape::new({id}, n + {choice});"),
            (Ty::Many | Ty::MutMany, _) => format!("{p}.push(D::new({id}));"),
            (Ty::Text, _) => format!("{p}.push('x');"),
            (Ty::Tx, 2) if self.random.percent(20) => format!("{p} = Tx::new({id});"),
            (Ty::MutTx, 2) if self.random.percent(20) => format!("*{p} = Tx::new({id});"),
            (Ty::Bits, _) => format!("{p}.n = {id};"),
            (_, 0) => format!("{p}.n = {id};"),
            _ => format!("{p}.open = {};", self.random.percent(20)),
        })
    }
}

/// An expression for a number that is in a variable.
pub(super) fn see(var: &Var) -> String {
    let p = &var.name;
    match var.ty {
        Ty::Number => p.clone(),
        Ty::Tx | Ty::Own | Ty::MutTx => format!("{p}.n"),
        // There are no borrows of it.
        Ty::Packed => format!("u32::from({p}.n)"),
        Ty::Bits => format!("unsafe {{ {p}.n }}"),
        Ty::Many | Ty::MutMany | Ty::Text => format!("({p}.len() as u32)"),
        _ => format!("{p}.v()"),
    }
}
